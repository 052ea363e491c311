/* What the names of a spec denote: looked up in the trees of the spec, its imports and the library,
 * without elaborating anything. */
#include "names.h"

#include <string.h>

enum { MAX_STEPS = 40 }; /* of following a name to what it is bound to */

/* ---- the parts of declarations that can be called ---- */

/* Which kid is what; -1: there is none. */
static const struct {
    TreeKind kind;
    int formals, pattern, body;
    bool network;
} callable_kinds[] = {
    {TREE_FN, 0, -1, 1, false},
    {TREE_LAYER, 0, 1, 2, false},
    {TREE_DISTRIBUTION, 0, -1, -1, false},
    {TREE_OPTIMIZER, 0, 1, 2, false},
    {TREE_NETWORK, 0, -1, 1, true},
    {TREE_AUTOREGRESSIVE, 0, 1, 3, true},
    {TREE_FLOW, 0, 1, 2, true},
};

enum { N_CALLABLE_KINDS = sizeof callable_kinds / sizeof *callable_kinds };

static int callable_kind(const Tree *decl) {
    for (int i = 0; i < N_CALLABLE_KINDS; i++)
        if (callable_kinds[i].kind == decl->kind) return i;
    return -1;
}

static const Tree *callable_kid(const Tree *decl, int kid) {
    return kid < 0 ? NULL : decl->kid[kid];
}

const Tree *callable_body(const Tree *decl) {
    return callable_kid(decl, callable_kinds[callable_kind(decl)].body);
}

const Tree *callable_formals(const Tree *decl) {
    return callable_kid(decl, callable_kinds[callable_kind(decl)].formals);
}

const Tree *callable_pattern(const Tree *decl) {
    return callable_kid(decl, callable_kinds[callable_kind(decl)].pattern);
}

bool spec_is_network(const Callable *c) {
    return c && callable_kinds[callable_kind(c->decl)].network;
}

const Callable *spec_callable(const Spec *s, const char *name) {
    for (int i = 0; i < s->callables.n; i++)
        if (strcmp(s->callables.at[i].decl->name, name) == 0) return &s->callables.at[i];
    return NULL;
}

/* ---- the whole tree ---- */

typedef void (*Visit)(Spec *s, const Tree *t, void *with);

static void visit_all(Spec *s, const Tree *t, Visit visit, void *with) {
    if (!t) return;
    visit(s, t, with);
    for (int i = 0; i < TREE_MAX_KIDS; i++) visit_all(s, t->kid[i], visit, with);
    for (int i = 0; i < t->list.n; i++) visit_all(s, t->list.at[i], visit, with);
}

typedef struct {
    const char *name;
    bool found;
} Wanted;

static void visit_name(Spec *s, const Tree *t, void *with) {
    (void)s;
    Wanted *wanted = with;
    if (t->name && strcmp(t->name, wanted->name) == 0) wanted->found = true;
}

bool spec_mentions(const Spec *s, const Tree *t, const char *name) {
    Wanted wanted = {name, false};
    visit_all((Spec *)s, t, visit_name, &wanted);
    return wanted.found;
}

bool spec_uses(const Spec *s, const char *name) {
    return spec_mentions(s, s->file->decls, name);
}

/* ---- values ---- */

static bool names_include(const Tree *names, const char *name) {
    for (int i = 0; i < names->list.n; i++)
        if (strcmp(names->list.at[i]->name, name) == 0) return true;
    return false;
}

/* Whether a statement or declaration gives a value the name. */
static bool binds(const Tree *t, const char *name) {
    static const TreeKind named[] = {TREE_DRAW, TREE_PARAM,  TREE_STATE, TREE_LET,
                                     TREE_LOSS, TREE_METRIC, TREE_FOR};
    if (t->kind == TREE_BIND || t->kind == TREE_DATA || t->kind == TREE_DATA_DRAW)
        return names_include(t->kid[0], name);
    for (size_t i = 0; i < sizeof named / sizeof *named; i++)
        if (t->kind == named[i]) return strcmp(t->name, name) == 0;
    return false;
}

static const Tree *find_binding(const Tree *list, const char *name);

/* Bodies of `for` and `if` are no scopes of their own. */
static const Tree *find_inside(const Tree *t, const char *name) {
    const Tree *body = t->kind == TREE_FOR ? t->kid[1] : t->kind == TREE_IF ? t->kid[1] : NULL;
    const Tree *found = body ? find_binding(body->kid[0], name) : NULL;
    if (found || t->kind != TREE_IF || !t->kid[2]) return found;
    const Tree *other = t->kid[2];
    return other->kind == TREE_IF ? find_inside(other, name) : find_binding(other->kid[0], name);
}

static const Tree *find_binding(const Tree *list, const char *name) {
    for (int i = 0; list && i < list->list.n; i++) {
        const Tree *t = list->list.at[i], *inside;
        if (binds(t, name)) return t;
        if ((inside = find_inside(t, name))) return inside;
    }
    return NULL;
}

static const Tree *find_formal(const Tree *formals, const char *name) {
    for (int i = 0; formals && i < formals->list.n; i++)
        if (strcmp(formals->list.at[i]->name, name) == 0) return formals->list.at[i];
    return NULL;
}

const Tree *spec_binding(const Spec *s, const Scope *scope, const char *name, const Scope **in) {
    for (; scope; scope = scope->outer) {
        const Tree *t = find_binding(scope->statements, name);
        if (!t) t = find_formal(scope->formals, name);
        if (t) return *in = scope, t;
    }
    *in = NULL;
    return find_binding(s->file->decls, name);
}

const Tree *spec_bound_value(const Tree *t) {
    return t && t->kind == TREE_BIND && t->kid[0]->list.n == 1 ? t->kid[1] : NULL;
}

static const Tree *find_return(const Tree *statements) {
    for (int i = 0; i < statements->list.n; i++) {
        const Tree *t = statements->list.at[i], *found = NULL;
        if (t->kind == TREE_RETURN) return t;
        if (t->kind == TREE_IF || t->kind == TREE_FOR) found = find_return(t->kid[1]->kid[0]);
        if (found) return found;
    }
    return NULL;
}

const Tree *body_results(const Tree *body) {
    const Tree *t = body && body->kind == TREE_BODY ? find_return(body->kid[0]) : NULL;
    return t ? t->kid[0] : NULL;
}

const Tree *body_result(const Tree *body) {
    if (body && body->kind != TREE_BODY) return body;
    const Tree *results = body_results(body);
    return results && results->list.n ? results->list.at[0] : NULL;
}

/* ---- distributions ---- */

static bool is_distribution(const Spec *s, const Scope *scope, const Tree *t, int steps);

static bool gives_distribution(const Spec *s, const Callable *c, int steps) {
    if (!c) return false;
    if (c->decl->kind == TREE_DISTRIBUTION || c->decl->kind == TREE_AUTOREGRESSIVE) return true;
    const Tree *body = callable_body(c->decl);
    Scope inside = {NULL, callable_formals(c->decl),
                    body && body->kind == TREE_BODY ? body->kid[0] : NULL, NULL};
    return is_distribution(s, &inside, body_result(body), steps - 1);
}

static bool call_is_distribution(const Spec *s, const Scope *scope, const Tree *callee,
                                 const Tree *first, int steps) {
    if (callee->kind == TREE_NAME)
        return gives_distribution(s, spec_callable(s, callee->name), steps);
    /* inverse(f)(d): an invertible map of a distribution */
    return callee->kind == TREE_CALL && first && is_distribution(s, scope, first, steps - 1);
}

static bool name_is_distribution(const Spec *s, const Scope *scope, const Tree *t, int steps) {
    const Scope *in;
    const Tree *binding = spec_binding(s, scope, t->name, &in);
    if (binding) return is_distribution(s, in, spec_bound_value(binding), steps - 1);
    const Callable *c = spec_callable(s, t->name);
    return c && c->decl->kind == TREE_AUTOREGRESSIVE;
}

static bool is_distribution(const Spec *s, const Scope *scope, const Tree *t, int steps) {
    if (!t || steps <= 0) return false;
    if (t->kind == TREE_NAME) return name_is_distribution(s, scope, t, steps);
    if (t->kind == TREE_CALL) {
        const Tree *args = t->kid[1];
        return call_is_distribution(s, scope, t->kid[0], args->list.n ? args->list.at[0] : NULL,
                                    steps);
    }
    if (t->kind != TREE_PIPE) return false;
    const Tree *target = t->kid[1]->kind == TREE_CALL ? t->kid[1]->kid[0] : t->kid[1];
    return call_is_distribution(s, scope, target, t->kid[0], steps);
}

bool spec_is_distribution(const Spec *s, const Scope *scope, const Tree *t) {
    return is_distribution(s, scope, t, MAX_STEPS);
}

bool spec_gives_distribution(const Spec *s, const Callable *c) {
    return gives_distribution(s, c, MAX_STEPS);
}

/* ---- letters and variables ---- */

/* The letter that a role's parameters have in papers, if it is free. */
static const struct {
    const char *role, *letter;
} role_letters[] = {
    {"encoder", "phi"},       {"decoder", "theta"}, {"generator", "theta"},
    {"discriminator", "phi"}, {"network", "theta"},
};
static const char *const letters[] = {"theta", "phi", "psi", "omega", "xi", "eta", "zeta", "chi"};

static bool letter_is_free(const Spec *s, const char *letter) {
    for (int i = 0; i < s->callables.n; i++)
        if (s->callables.at[i].letter && strcmp(s->callables.at[i].letter, letter) == 0)
            return false;
    return !spec_uses(s, letter);
}

static const char *choose_letter(const Spec *s, const Tree *decl) {
    for (size_t i = 0; decl->text && i < sizeof role_letters / sizeof *role_letters; i++)
        if (strcmp(role_letters[i].role, decl->text) == 0 &&
            letter_is_free(s, role_letters[i].letter))
            return role_letters[i].letter;
    for (size_t i = 0; i < sizeof letters / sizeof *letters; i++)
        if (letter_is_free(s, letters[i])) return letters[i];
    return arena_printf(s->arena, "theta_%s", decl->name);
}

/* The network that a distribution comes from, through a name for it; NULL: another one. */
static const Callable *network_of(const Spec *s, const Tree *t) {
    const Scope *in;
    for (int steps = 0; t && steps < MAX_STEPS; steps++) {
        const Tree *named = t->kind == TREE_CALL ? t->kid[0] : t;
        if (named->kind != TREE_NAME) return NULL;
        const Callable *c = spec_callable(s, named->name);
        const Tree *binding = t->kind == TREE_NAME ? spec_binding(s, NULL, t->name, &in) : NULL;
        if (!binding) return spec_is_network(c) ? c : NULL;
        t = spec_bound_value(binding);
    }
    return NULL;
}

static void set_variable(Spec *s, const Tree *distribution, const char *variable) {
    Callable *c = (Callable *)network_of(s, distribution);
    if (c && !c->variable) c->variable = variable;
}

/* z ~ q(x) and log_prob(p(z), x) say what q and p are distributions of. */
static void visit_variable(Spec *s, const Tree *t, void *with) {
    (void)with;
    if (t->kind == TREE_DRAW) set_variable(s, t->kid[2], t->name);
    if (t->kind != TREE_CALL || t->kid[0]->kind != TREE_NAME || t->kid[1]->list.n != 2) return;
    const Tree *distribution = t->kid[1]->list.at[0], *value = t->kid[1]->list.at[1];
    if (value->kind == TREE_NAME && spec_is_distribution(s, NULL, distribution) &&
        !spec_is_distribution(s, NULL, value))
        set_variable(s, distribution, value->name);
}

static void add_callables(Spec *s, const SyntaxFile *file, bool library) {
    for (int i = 0; i < file->decls->list.n; i++) {
        const Tree *t = file->decls->list.at[i];
        if (callable_kind(t) >= 0)
            LIST_ADD(s->arena, &s->callables, ((Callable){t, library, NULL, NULL}));
    }
}

Spec *spec_read(Arena *a, Diag *d, int source) {
    Spec *s = NEW(a, Spec);
    s->arena = a;
    s->diag = d;
    s->file = syntax_parse(a, d, source);
    add_callables(s, s->file, false);
    for (int library = 0; library < 2; library++)
        for (int i = 0; i < diag_sources(d); i++)
            if (i != source && diag_source(d, i)->builtin == (library == 1))
                add_callables(s, syntax_parse(a, d, i), library == 1);
    for (int i = 0; i < s->callables.n; i++)
        if (spec_is_network(&s->callables.at[i]))
            s->callables.at[i].letter = choose_letter(s, s->callables.at[i].decl);
    for (int i = 0; i < s->file->decls->list.n; i++)
        visit_all(s, s->file->decls->list.at[i], visit_variable, NULL);
    return s;
}
