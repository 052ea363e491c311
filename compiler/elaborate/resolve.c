/* Names in what nothing calls.
 *
 * Does: reads the bodies of the user's callables without shapes, and looks up every name in them,
 * so that a misspelling is found even where no call elaborates the body. Requires: modules filled.
 * Leaves: errors only. */
#include "elab.h"

#include <string.h>

typedef struct {
    Elab *e;
    Env *env;
    Module *home;
} Resolve;

static void resolve(Resolve *r, const Tree *t);

static void bind(Resolve *r, const Tree *t) {
    if (t && t->name) env_set(r->e, r->env, t->name, value_poison());
}

static void resolve_list(Resolve *r, const Tree *list) {
    for (int i = 0; list && i < list->list.n; i++) resolve(r, list->list.at[i]);
}

/* A shape beside a formal or after `on`: names in it are bound, what is calculated is looked up. */
static void bind_dims(Resolve *r, const Tree *dims) {
    for (int i = 0; dims && i < dims->list.n; i++) {
        const Tree *t = dims->list.at[i];
        if (t->kind == TREE_NAME) bind(r, t);
        else resolve(r, t);
    }
}

static void bind_formals_of(Resolve *r, const Tree *formals) {
    for (int i = 0; formals && i < formals->list.n; i++) {
        bind(r, formals->list.at[i]);
        bind_dims(r, formals->list.at[i]->kid[0]);
    }
    for (int i = 0; formals && i < formals->list.n; i++) resolve(r, formals->list.at[i]->kid[2]);
}

static void in_scope(Resolve *r, const Tree *header, const Tree *body) {
    Env *outer = r->env;
    r->env = env_new(r->e, outer, NULL);
    resolve_list(r, header);
    resolve(r, body);
    r->env = outer;
}

static bool is_known(Resolve *r, const Tree *name, bool call) {
    Value v;
    Callable c;
    if (env_find(r->env, name->name) || module_callable(r->home, name->name, &c)) return true;
    return !call &&
           (module_has_value(r->home, name->name) || builtin_constant(r->e, name->name, &v));
}

static void look_up(Resolve *r, const Tree *name, bool call) {
    if (is_known(r, name, call)) return;
    Context saved = r->e->at;
    r->e->at.env = r->env;
    elab_unknown(r->e, name, call);
    r->e->at = saved;
}

/* What stands in call position. A method of a distribution (mode(d)) is no name of its own: it may
 * be any family's. */
static void resolve_callee(Resolve *r, const Tree *callee) {
    if (callee->kind != TREE_NAME) resolve(r, callee);
    else if (!module_states(r->home, callee->name) && !module_has_value(r->home, callee->name))
        look_up(r, callee, true);
}

static void resolve_kids(Resolve *r, const Tree *t) {
    for (int i = 0; i < TREE_MAX_KIDS; i++)
        if (t->kid[i]) resolve(r, t->kid[i]);
    resolve_list(r, t);
}

static void resolve(Resolve *r, const Tree *t) {
    if (!t) return;
    switch (t->kind) {
    case TREE_NAME:
        look_up(r, t, false);
        return;
    case TREE_CALL:
        resolve_callee(r, t->kid[0]);
        resolve_list(r, t->kid[1]);
        return;
    case TREE_PIPE:
        resolve(r, t->kid[0]);
        if (t->kid[1]->kind == TREE_CALL) resolve(r, t->kid[1]);
        else resolve_callee(r, t->kid[1]);
        return;
    case TREE_SCAN:
        resolve(r, t->kid[2]);
        in_scope(r, t->kid[0], t->kid[1]);
        for (int i = 0; i < t->kid[0]->list.n; i++) bind(r, t->kid[0]->list.at[i]);
        return;
    case TREE_DRAWS:
        resolve(r, t->kid[0]);
        in_scope(r, NULL, t->kid[1]);
        return;
    case TREE_BIND:
        resolve(r, t->kid[1]);
        for (int i = 0; i < t->kid[0]->list.n; i++) bind(r, t->kid[0]->list.at[i]);
        return;
    case TREE_DRAW:
    case TREE_PARAM:
    case TREE_STATE:
    case TREE_SCAN_IN:
    case TREE_CARRY:
    case TREE_FOR:
        if (t->kind == TREE_FOR) bind(r, t);
        resolve_kids(r, t);
        bind(r, t);
        return;
    default:
        resolve_kids(r, t);
    }
}

static void resolve_callable(Elab *e, Module *home, const Tree *t) {
    Resolve r = {e, env_new(e, NULL, home), home};
    bind_formals_of(&r, t->kid[0]);
    bool sequence = t->kind == TREE_AUTOREGRESSIVE;
    bool on = t->kind == TREE_LAYER || t->kind == TREE_FLOW || sequence;
    if (on) {
        bind(&r, t->kid[1]);
        bind_dims(&r, t->kid[1]->kid[0]);
    }
    resolve(&r, t->kid[sequence ? 3 : on ? 2 : 1]);
}

void resolve_uncalled(Elab *e) {
    for (int i = 0; i < e->user->callables.n; i++) {
        const Global *g = &e->user->callables.at[i];
        bool read = g->decl->kind == TREE_FN || g->decl->kind == TREE_LAYER ||
                    g->decl->kind == TREE_NETWORK || g->decl->kind == TREE_FLOW ||
                    g->decl->kind == TREE_AUTOREGRESSIVE;
        for (int k = 0; read && k < e->called.n; k++) read = e->called.at[k] != g->decl;
        if (read && g->home == e->user) resolve_callable(e, g->home, g->decl);
    }
}
