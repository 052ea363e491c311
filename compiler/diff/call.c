/* match_call: two calls, each argument in its place, with the defaults of what is left out.
 * x |> f(a) is f of x and a. */
#include "inside.h"
#include "../elaborate/elaborate.h"

#include <stdlib.h>
#include <string.h>

/* The places that a callee's arguments can take. */
typedef struct {
    const Tree *formals; /* of a declaration */
    const char *name;    /* of a source, transform or primitive */
    bool data, known;
} Callee;

static Callee find_callee(Compare *c, bool is_old, const Tree *name) {
    Callee found = {.data = c->in_data};
    if (name->kind != TREE_NAME) return found;
    found.name = name->name;
    if (c->in_data) return found.known = true, found;
    if (is_local(c, is_old, name->name)) return found;
    const Tree *decl = side_callable(is_old ? c->old : c->new, name);
    if (decl) found.formals = decl->kid[0];
    found.known = decl || primitive_argument(c->a, name->name, 0);
    return found;
}

/* The name of place i, without the '?' of an argument that may be left out; NULL: there is none. */
static const char *place_name(Compare *c, const Callee *f, int i, const Tree **given) {
    static Tree number = {.kind = TREE_NUMBER, .depth = 1};
    *given = NULL;
    if (f->formals) {
        if (i >= f->formals->list.n) return NULL;
        *given = f->formals->list.at[i]->kid[2];
        return f->formals->list.at[i]->name;
    }
    const char *fallback = NULL;
    const char *name =
        f->data ? data_argument(f->name, i, &fallback) : primitive_argument(c->a, f->name, i);
    if (!name) return NULL;
    if (fallback && (fallback[0] == '-' || (fallback[0] >= '0' && fallback[0] <= '9'))) {
        Tree *t = NEW(c->a, Tree);
        *t = number;
        t->number = strtod(fallback, NULL);
        t->text = fallback;
        t->span = t->name_span = NO_SPAN;
        *given = t;
    }
    return intern_n(c->a, name, strcspn(name, "?"));
}

enum { MOST_PLACES = 64 };

static bool put(Placed *places, int n, const char *name, const Tree *value) {
    for (int i = 0; i < n; i++)
        if (places[i].name == name) {
            if (places[i].value) return false;
            return places[i].value = value, true;
        }
    return false;
}

int place_arguments(Compare *c, bool is_old, const Tree *call, const Tree *piped, Placed **out) {
    const Tree *name = call->kind == TREE_CALL ? call->kid[0] : call;
    const Tree *list = call->kind == TREE_CALL ? call->kid[1] : NULL;
    Callee f = find_callee(c, is_old, name);
    const Tree *decl = f.name ? side_callable(is_old ? c->old : c->new, name) : NULL;
    bool layer = !c->in_data && f.formals && decl && decl->kind == TREE_LAYER;
    if (!f.known) return -1;
    Placed *places = *out = NEW_ARRAY(c->a, Placed, MOST_PLACES + 1);
    int n = 0, next = 0;
    if (layer || c->in_data) places[n++] = (Placed){.name = "|>"};
    for (int i = 0; n < MOST_PLACES; i++, n++) {
        places[n].name = place_name(c, &f, i, &places[n].given);
        if (!places[n].name) break;
        if (strncmp(places[n].name, "...", 3) == 0) return -1;
    }
    if (layer || c->in_data) places[next++].value = piped;
    else if (piped) {
        if (next >= n) return -1;
        places[next++].value = piped;
    }
    for (int i = 0; list && i < list->list.n; i++) {
        const Tree *t = list->list.at[i];
        bool good = t->kind == TREE_NAMED ? put(places, n, t->name, t->kid[0])
                                          : next < n && put(places, n, places[next++].name, t);
        if (!good) return -1;
    }
    return n;
}

/* An argument written out against the default that holds where it is not. */
static bool match_default(Compare *c, bool is_old, const Tree *value, const Tree *given,
                          const Placed *places, int n) {
    BoundName *bound = NEW_ARRAY(c->a, BoundName, n + 1);
    double x, y;
    for (int i = 0; i < n; i++) bound[i] = (BoundName){places[i].name, places[i].value};
    BoundList list = {bound, n};
    if (constant_value(c, is_old, value, NULL, &x))
        return constant_is_stable(c, is_old, value) &&
               constant_value(c, is_old, given, &list, &y) && x == y;
    return value->kind == given->kind && value->kind == TREE_NAME && value->name == given->name &&
           !is_local(c, is_old, value->name);
}

bool match_placed(Compare *c, const Placed *x, int nx, const Placed *y, int ny, int i,
                  bool record) {
    if (x[i].value && y[i].value) return match(c, x[i].value, y[i].value, record);
    if (!x[i].value && !y[i].value) return true;
    if (x[i].value) return y[i].given && match_default(c, true, x[i].value, y[i].given, x, nx);
    return x[i].given && match_default(c, false, y[i].value, x[i].given, y, ny);
}

const Tree *callee_of(const Tree *call) {
    return call->kind == TREE_CALL ? call->kid[0] : call;
}

/* Names by which arguments are given change with the formals that they name. */
static bool plain_lists(Compare *c, const Tree *old, const Tree *new, const Tree *x, const Tree *y,
                        bool record) {
    static const Tree none = {.kind = TREE_LIST};
    const Tree *a = old->kind == TREE_CALL ? old->kid[1] : &none;
    const Tree *b = new->kind == TREE_CALL ? new->kid[1] : &none;
    return match(c, x, y, record) && match_list(c, a, b, record);
}

/* Where the old call names an argument that is called otherwise now. */
static void note_named(Compare *c, const Tree *old, const Tree *new) {
    const Tree *x = side_callable(c->old, callee_of(old)),
               *y = side_callable(c->new, callee_of(new));
    if (!x || !y || old->kind != TREE_CALL || x->kid[0]->list.n != y->kid[0]->list.n) return;
    for (int i = 0; i < old->kid[1]->list.n; i++)
        for (int k = 0; k < x->kid[0]->list.n; k++) {
            const Tree *t = old->kid[1]->list.at[i];
            const char *name = x->kid[0]->list.at[k]->name, *now = y->kid[0]->list.at[k]->name;
            if (t->kind == TREE_NAMED && t->name == name && now != name)
                LIST_ADD(c->a, &c->named, ((NamedArgument){x->kid[0], name, {t->name_span, now}}));
        }
}

bool match_callees(Compare *c, const Tree *x, const Tree *y, bool record) {
    if (x->kind == TREE_NAME && y->kind == TREE_NAME) return match_names(c, x, y, true, record);
    return match(c, x, y, record);
}

bool match_call(Compare *c, const Tree *old, const Tree *new, bool record) {
    const Tree *x = NULL, *y = NULL;
    if (old->kind == TREE_PIPE) x = old->kid[0], old = old->kid[1];
    if (new->kind == TREE_PIPE) y = new->kid[0], new = new->kid[1];
    if (!match_callees(c, callee_of(old), callee_of(new), record)) return false;
    Placed *p, *q;
    int n = place_arguments(c, true, old, x, &p), m = place_arguments(c, false, new, y, &q);
    if (n < 0 || m < 0 || n != m) return plain_lists(c, old, new, x, y, record);
    for (int i = 0; i < n; i++)
        if (!match_placed(c, p, n, q, m, i, record)) return false;
    if (record && !c->in_data) note_named(c, old, new);
    return true;
}
