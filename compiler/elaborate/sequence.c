/* Sequences of unequal lengths, and how samples show values.
 *
 * Does: knows which values are padded, and where. A value is padded like a sequence of classes, x,
 * if it was computed from x place by place: class 0 of x marks padding (runtime/rt.h:
 * TOKEN_PADDING). Requires: data declared. Leaves: length(x), is_padded(x), the mask of log_prob.
 */
#include "builtin.h"

/* A value that came out of a call or an operation on `from`: if it has as many places, it is padded
 * where `from` is. What has fewer axes is a sum over places rather than a place. */
Value sequence_follow(const Value *from, Value v) {
    if (v.kind != VALUE_NODE || v.padding || from->kind != VALUE_NODE || !from->padding) return v;
    const Shape *shape = &v.node->shape;
    if (shape->rank > 0 && shape->rank >= from->node->shape.rank &&
        shape->dim[0] == from->padding->shape.dim[0])
        v.padding = from->padding;
    return v;
}

/* Where x is no padding: a condition of x's places. */
static Node *real_places(Elab *e, Node *padding, const Tree *t) {
    Value x = value_node(padding, t->span), zero = value_number(0, t->span);
    Value there = elab_binary(e, "!=", x, zero, t);
    return there.node;
}

/* Of the values of log_probs, with axes `lead`: 0 where x is padding. `axes` of x's own, less those
 * of an event, are the last ones of lead; the first of them is the sequence's. */
Node *sequence_mask(Elab *e, Node *logs, const Value *x, int axes, const char *family,
                    const Tree *t) {
    if (!x->padding || axes > logs->shape.rank) return logs;
    if (axes < 1) {
        elab_error(e, D_PADDED_EVENT, t->span, family);
        diag_help(e->d, "let a family's events be places, or cut windows(t), which have no padding");
        return logs;
    }
    Shape shape = {.rank = logs->shape.rank};
    int axis = shape.rank - axes;
    for (int i = 0; i < shape.rank; i++) shape.dim[i] = 1;
    shape.dim[axis] = x->padding->shape.dim[0];
    if (logs->shape.dim[axis] != shape.dim[axis]) return logs;
    Node *there = graph_reshape(e->g, real_places(e, x->padding, t), shape);
    return graph_where(e->g, there, logs, graph_const(e->g, 0));
}

static bool want_axes(Elab *e, Call *c, Node **x) {
    if (!elab_node(e, &c->arg[0], c->where[0], x)) return false;
    if ((*x)->shape.rank > 0) return true;
    elab_error(e, D_NO_LENGTH, c->where[0], value_describe(e, &c->arg[0]));
    return false;
}

/* Places that are no padding; the end mark is one of them. */
Value b_length(Elab *e, Call *c) {
    Node *x;
    if (!want_axes(e, c, &x)) return value_poison();
    if (!c->arg[0].padding) return value_number((double)x->shape.dim[0], c->at);
    Node *there = graph_map1(e->g, OP_REAL, real_places(e, c->arg[0].padding, c->tree));
    return value_node(graph_reduce(e->g, OP_SUM, there, 1), c->at);
}

Value b_is_padded(Elab *e, Call *c) {
    Node *x;
    if (!elab_node(e, &c->arg[0], c->where[0], &x)) return value_poison();
    return value_number(c->arg[0].padding != NULL, c->at);
}

/* ---- how samples show values ---- */

static bool is_picture(const Shape *s) {
    return s->rank == 2 || (s->rank == 3 && (s->dim[0] == 1 || s->dim[0] == 3));
}

static bool is_points(const Shape *s) {
    return s->rank == 0 || (s->rank <= 2 && s->dim[s->rank - 1] <= 2);
}

static bool is_sound(const Shape *s) {
    return s->rank == 1 || (s->rank == 2 && s->dim[0] == 1);
}

static bool is_video(const Shape *s) {
    return s->rank == 3 || (s->rank == 4 && (s->dim[1] == 1 || s->dim[1] == 3));
}

/* What a display can show; any value if it is not here. */
static const struct {
    bool (*fits)(const Shape *s);
    const char *shapes;
} displays[] = {
    [GEN_AS_IMAGE] = {is_picture, "[h, w], [1, h, w] or [3, h, w]"},
    [GEN_AS_POINTS] = {is_points, "[1], [2] or [n, 2]"},
    [GEN_AS_AUDIO] = {is_sound, "[t]"},
    [GEN_AS_VIDEO] = {is_video, "[t, h, w], [t, 1, h, w] or [t, 3, h, w]"},
    [GEN_AS_DATUM] = {NULL, NULL},
};

Value b_show(Elab *e, Call *c) {
    GenDisplay display = (GenDisplay)c->builtin->op;
    Node *x;
    if (!elab_node(e, &c->arg[0], c->where[0], &x)) return value_poison();
    if (displays[display].fits && !displays[display].fits(&x->shape)) {
        elab_error(e, D_CANNOT_SHOW, c->where[0], c->builtin->name, displays[display].shapes,
                   value_describe(e, &c->arg[0]));
        return value_poison();
    }
    return (Value){.kind = VALUE_SHOWN, .node = x, .display = display, .span = c->at};
}

/* audio(v, rate): samples between -1 and 1. */
Value b_audio(Elab *e, Call *c) {
    double rate;
    Node *x;
    if (!elab_number(e, &c->arg[1], c->where[1], &rate) ||
        !elab_real(e, &c->arg[0], c->where[0], &x))
        return value_poison();
    if (!(rate >= 1 && rate <= 1e6)) {
        elab_error(e, D_BAD_RATE, c->where[1], rate);
        return value_poison();
    }
    Value v = b_show(e, c);
    v.number = rate;
    return v;
}
