/* What a value depends on: a walk over its expression, through the names of the spec's top level
 * and the bodies of what it calls. Inner names (formals, draws k { ... }) are not the spec's. */
#include "depends.h"

#include <string.h>

typedef struct {
    const Spec *spec;
    RandomNames found;
    LIST(const Tree *) seen; /* declarations already walked */
} Walk;

static void walk(Walk *w, const Scope *scope, const Tree *t);

static void walk_all(Walk *w, const Scope *scope, const Tree *list) {
    for (int i = 0; list && i < list->list.n; i++) walk(w, scope, list->list.at[i]);
}

static bool seen_before(Walk *w, const Tree *t) {
    for (int i = 0; i < w->seen.n; i++)
        if (w->seen.at[i] == t) return true;
    LIST_ADD(w->spec->arena, &w->seen, t);
    return false;
}

static void add_random(Walk *w, const Tree *binding, const char *name) {
    for (int i = 0; i < w->found.n; i++)
        if (strcmp(w->found.at[i].name, name) == 0) return;
    LIST_ADD(w->spec->arena, &w->found, ((RandomName){binding, name}));
}

static void walk_callable(Walk *w, const Callable *c) {
    if (!c || c->library || seen_before(w, c->decl)) return;
    const Tree *body = c->decl->kind == TREE_DISTRIBUTION ? NULL : callable_body(c->decl);
    if (!body) return;
    Scope inside = {NULL, callable_formals(c->decl), body->kind == TREE_BODY ? body->kid[0] : NULL,
                    NULL};
    const Tree *on = callable_pattern(c->decl);
    Scope around = {NULL, NULL, NULL, NULL};
    Tree *patterns = NULL;
    if (on) {
        patterns = NEW(w->spec->arena, Tree);
        patterns->kind = TREE_LIST;
        LIST_ADD(w->spec->arena, &patterns->list, (Tree *)on);
        around.formals = patterns;
        inside.outer = &around;
    }
    walk(w, &inside, body->kind == TREE_BODY ? body->kid[0] : body);
}

/* A name of the top level: random itself, or bound to what may be. */
static void walk_top(Walk *w, const Tree *binding, const char *name) {
    bool data = binding->kind == TREE_DATA || binding->kind == TREE_DATA_DRAW;
    if (!data && binding->kind != TREE_LET && !seen_before(w, binding))
        for (int i = 0; i < TREE_MAX_KIDS; i++)
            if (binding->kid[i] && !(binding->kind == TREE_BIND && i == 0))
                walk(w, NULL, binding->kid[i]);
    if (data || binding->kind == TREE_DRAW) add_random(w, binding, name);
}

static void walk_name(Walk *w, const Scope *scope, const Tree *t) {
    const Scope *in;
    const Tree *binding = spec_binding(w->spec, scope, t->name, &in);
    if (in) return;
    if (binding) walk_top(w, binding, t->name);
    else walk_callable(w, spec_callable(w->spec, t->name));
}

/* In call position only what can be called is looked up first. */
static void walk_callee(Walk *w, const Scope *scope, const Tree *callee) {
    const Callable *c = callee->kind == TREE_NAME ? spec_callable(w->spec, callee->name) : NULL;
    if (c) walk_callable(w, c);
    else walk(w, scope, callee);
}

static void walk(Walk *w, const Scope *scope, const Tree *t) {
    if (!t) return;
    if (t->kind == TREE_NAME) {
        walk_name(w, scope, t);
        return;
    }
    if (t->kind == TREE_DRAWS || t->kind == TREE_SCAN) {
        Scope inside = {scope, t->kind == TREE_SCAN ? t->kid[0] : NULL, t->kid[1]->kid[0], NULL};
        walk(w, scope, t->kid[0]);
        walk_all(w, &inside, t->kid[1]->kid[0]);
        return;
    }
    bool called = t->kind == TREE_CALL || (t->kind == TREE_PIPE && t->kid[1]->kind == TREE_NAME);
    int callee = !called ? -1 : t->kind == TREE_CALL ? 0 : 1;
    for (int i = 0; i < TREE_MAX_KIDS; i++)
        if (i == callee) walk_callee(w, scope, t->kid[i]);
        else if (!(t->kind == TREE_BIND && i == 0)) walk(w, scope, t->kid[i]);
    walk_all(w, scope, t);
}

RandomNames depends_on(const Spec *s, const Tree *t) {
    Walk w = {.spec = s};
    walk(&w, NULL, t);
    return w.found;
}
