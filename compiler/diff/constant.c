/* Compile-time numbers in expressions, as far as they follow from the text alone. */
#include "inside.h"
#include "../transform/fold.h"

#include <math.h>
#include <string.h>

static bool binary_value(Compare *c, bool is_old, const Tree *t, const BoundList *bound,
                         double *value) {
    double x, y;
    if (!constant_value(c, is_old, t->kid[0], bound, &x) ||
        !constant_value(c, is_old, t->kid[1], bound, &y))
        return false;
    const Operator *o = operator_find(t->name);
    if (o) *value = operator_fold(o, x, y);
    return o != NULL;
}

bool is_local(const Compare *c, bool is_old, const char *name) {
    for (const NamePair *p = c->pairs; p; p = p->outer)
        if ((is_old ? p->old : p->new) == name) return true;
    return false;
}

static bool named_value(Compare *c, bool is_old, const Tree *t, const BoundList *bound,
                        double *value) {
    for (int i = 0; bound && i < bound->n; i++)
        if (bound->at[i].name == t->name)
            return bound->at[i].value && constant_value(c, is_old, bound->at[i].value, NULL, value);
    if (is_local(c, is_old, t->name)) return false;
    const DiffSide *side = is_old ? c->old : c->new;
    const Entry *global = names_find(side, SPACE_VALUE, t);
    if (global) return side_constant(side, global->name, value);
    if (strcmp(t->name, "pi") == 0) return *value = acos(-1), true;
    if (strcmp(t->name, "true") == 0) return *value = 1, true;
    return strcmp(t->name, "false") == 0 ? (*value = 0, true) : false;
}

bool constant_value(Compare *c, bool is_old, const Tree *t, const BoundList *bound, double *value) {
    switch (t->kind) {
    case TREE_NUMBER:
        return *value = t->number, true;
    case TREE_NAME:
        return named_value(c, is_old, t, bound, value);
    case TREE_BINARY:
        return binary_value(c, is_old, t, bound, value);
    case TREE_UNARY:
        if (!constant_value(c, is_old, t->kid[0], bound, value)) return false;
        return *value = -*value, true;
    default:
        return false;
    }
}

/* The constant of the other spec by the same name has the same value; one of this spec only is
 * calculated from such. */
bool constant_is_stable(Compare *c, bool is_old, const Tree *t) {
    if (t->kind == TREE_NAME) {
        const DiffSide *own = is_old ? c->old : c->new, *other = is_old ? c->new : c->old;
        Entry *let = names_find(own, SPACE_VALUE, t);
        double x, y;
        if (!let || let->decl->kind != TREE_LET) return true;
        if (!let->mate) return constant_is_stable(c, is_old, let->decl->kid[0]);
        return side_constant(own, t->name, &x) && side_constant(other, let->mate->name, &y) &&
               x == y;
    }
    for (int i = 0; i < TREE_MAX_KIDS; i++)
        if (t->kid[i] && !constant_is_stable(c, is_old, t->kid[i])) return false;
    return true;
}

void constant_lets(Compare *c, bool is_old, const Tree *t, Entry ***at, int *n, int *room) {
    if (!t) return;
    if (t->kind == TREE_NAME) {
        Entry *let = names_find(is_old ? c->old : c->new, SPACE_VALUE, t);
        if (!let || let->decl->kind != TREE_LET || let->mate) return;
        list_grow(c->a, (void **)at, n, room, sizeof **at);
        (*at)[(*n)++] = let;
        return;
    }
    for (int i = 0; i < TREE_MAX_KIDS; i++) constant_lets(c, is_old, t->kid[i], at, n, room);
    for (int i = 0; i < t->list.n; i++) constant_lets(c, is_old, t->list.at[i], at, n, room);
}
