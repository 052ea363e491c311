/* What a sample's body draws can be given from outside: the trainer's --set, --walk and --grid.
 *
 * Does: makes of a draw v ~ dist in a sample's body
 *
 *     where(v.mode == 1, v given, where(v.mode == 2, mean of dist, v drawn))
 *
 * element by element, where `v given` and `v.mode` are inputs; at mode 0, which they are until
 * someone sets them, the number is what it would have been. Requires: the draw, elaborated. Leaves:
 * the value, and the draw in e->settable, so that settable_outputs can add a hidden output for
 * each.
 */
#include "elab.h"

#include <string.h>

static Settable *find_settable(Elab *e, const char *name) {
    for (int i = 0; i < e->settable.n; i++)
        if (e->settable.at[i].name == name) return &e->settable.at[i];
    return NULL;
}

static bool is_input(Elab *e, const char *name) {
    for (int i = 0; i < e->program->inputs.n; i++)
        if (e->program->inputs.at[i].name == name) return true;
    return false;
}

/* Several draws of one name (in a `for`) are one variable, if they are alike. An argument's name,
 * or that of data, is taken. */
static bool can_set(Elab *e, const char *name, const Node *x) {
    const Settable *before = find_settable(e, name);
    if (before)
        return before->value->kind == x->kind && before->value->classes == x->classes &&
               shape_equal(&before->value->shape, &x->shape);
    return x->kind != KIND_BOOL && e->settable.n < GEN_MAX_OUTPUTS && !is_input(e, name) &&
           elab_find_datum(e, name) < 0;
}

/* A mixture has a mean if its components have one. */
static bool has_mean(const Dist *dist) {
    if (!dist_has_method(dist, "mean")) return false;
    for (int i = 0; i < dist->env->names.n; i++) {
        const Binding *b = &dist->env->names.at[i];
        if (!b->lazy && b->value.kind == VALUE_DIST && !has_mean(b->value.dist)) return false;
    }
    return true;
}

/* The mean, where the family has one as large as the draw; else the draw itself. */
static Node *mean_or(Elab *e, const Value *dist, Node *drawn, const Tree *t) {
    if (drawn->kind != KIND_REAL || !has_mean(dist->dist)) return drawn;
    Value mean = dist_method(e, dist, "mean", 0, NULL, t);
    Node *x;
    Shape both;
    if (!elab_real(e, &mean, t->span, &x)) return drawn;
    if (!shape_broadcast(&x->shape, &drawn->shape, &both) || !shape_equal(&both, &drawn->shape))
        return drawn;
    return elab_fill(e, x, drawn->shape, drawn->rows);
}

static Node *is_mode(Elab *e, Node *mode, double which) {
    return graph_map2(e->g, OP_EQ, mode, graph_const(e->g, which));
}

Value settable_draw(Elab *e, const Tree *t, const Value *dist, Value v) {
    if (e->options->n_library > 0) return v; /* a function's draws are its seed's */
    if (v.kind != VALUE_NODE || !can_set(e, t->name, v.node)) return v;
    Node *drawn = v.node;
    const char *mode_name = intern(e->a, arena_printf(e->a, "%s.mode", t->name));
    Node *given = elab_input(e, t->name, INPUT_DRAW, drawn->kind, drawn->classes, drawn->shape);
    Node *mode = elab_input(e, mode_name, INPUT_MODE, KIND_REAL, 0, drawn->shape);
    Node *mean = mean_or(e, dist, drawn, t);
    e->program->inputs.at[given->ints[0]].has_mean = mean != drawn;
    if (mean != drawn) drawn = graph_where(e->g, is_mode(e, mode, GEN_MEAN), mean, drawn);
    v.node = graph_where(e->g, is_mode(e, mode, GEN_GIVEN), given, drawn);
    if (!find_settable(e, t->name)) LIST_ADD(e->a, &e->settable, ((Settable){t->name, v.node}));
    return v;
}

void settable_outputs(Elab *e) {
    for (int i = 0; i < e->settable.n; i++) {
        const Settable *s = &e->settable.at[i];
        Output o = {.name = s->name,
                    .value = elab_fill(e, s->value, s->value->shape, e->g->batch),
                    .display = GEN_HIDDEN,
                    .datum = -1};
        LIST_ADD(e->a, &e->program->outputs, o);
    }
}
