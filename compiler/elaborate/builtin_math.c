/* Elementwise primitives and reductions.
 *
 * Does: checks kinds and shapes, folds compile-time numbers, builds the nodes. */
#include "builtin.h"
#include "../transform/fold.h"

#include <math.h>

/* ---- elementwise ---- */

Value b_map(Elab *e, Call *c) {
    Op op = (Op)c->builtin->op;
    double folded;
    if (c->arg[0].kind == VALUE_NUMBER && fold(op, c->arg[0].number, 0, &folded))
        return value_number(folded, c->at);
    Node *x;
    if (!elab_real(e, &c->arg[0], c->where[0], &x)) return value_poison();
    return value_node(graph_map1(e->g, op, x), c->at);
}

Value b_stop(Elab *e, Call *c) {
    if (c->arg[0].kind == VALUE_NUMBER) return c->arg[0];
    Node *x;
    if (!elab_node(e, &c->arg[0], c->where[0], &x)) return value_poison();
    return value_node(graph_map1(e->g, OP_STOP, x), c->at);
}

Value b_real(Elab *e, Call *c) {
    Node *x;
    if (!elab_node(e, &c->arg[0], c->where[0], &x)) return value_poison();
    return value_node(x->kind == KIND_REAL ? x : graph_map1(e->g, OP_REAL, x), c->at);
}

Value b_index(Elab *e, Call *c) {
    Node *x;
    int64_t classes;
    if (!elab_real(e, &c->arg[0], c->where[0], &x) ||
        !elab_integer(e, &c->arg[1], c->where[1], &classes))
        return value_poison();
    if (classes < 1 || classes > INT32_MAX) {
        elab_error(e, D_BAD_LENGTH, c->where[1], (long long)classes);
        return value_poison();
    }
    return value_node(graph_to_index(e->g, x, classes), c->at);
}

Value b_where(Elab *e, Call *c) {
    Node *condition, *a, *b;
    if (c->arg[0].kind == VALUE_NUMBER) return c->arg[0].number != 0 ? c->arg[1] : c->arg[2];
    if (!elab_node(e, &c->arg[0], c->where[0], &condition) ||
        !elab_node(e, &c->arg[1], c->where[1], &a) || !elab_node(e, &c->arg[2], c->where[2], &b))
        return value_poison();
    if (condition->kind != KIND_BOOL) {
        elab_error(e, D_NOT_A_CONDITION, c->where[0], value_describe(e, &c->arg[0]));
        return value_poison();
    }
    if (a->kind != b->kind || a->kind == KIND_BOOL)
        if (!elab_real(e, &c->arg[1], c->where[1], &a) ||
            !elab_real(e, &c->arg[2], c->where[2], &b))
            return value_poison();
    Shape s;
    if (!shape_broadcast(&a->shape, &b->shape, &s) || !shape_broadcast(&s, &condition->shape, &s)) {
        elab_error(e, D_SHAPES_DIFFER, c->at, "where");
        return value_poison();
    }
    if (!elab_check_shape(e, &s, c->at)) return value_poison();
    return value_node(graph_where(e->g, condition, a, b), c->at);
}

/* ---- reductions ---- */

/* The axes to reduce: one, or all. */
static bool axes_of(Elab *e, const Value *axis, Span at, const Node *x, unsigned *axes) {
    int one;
    if (axis->kind == VALUE_NONE) {
        *axes = (1u << x->shape.rank) - 1;
        return true;
    }
    if (!elab_axis(e, axis, x->shape.rank, at, &one)) return false;
    *axes = 1u << one;
    return true;
}

static Node *keep_axes(Elab *e, Node *reduced, const Node *x, unsigned axes) {
    Shape s = x->shape;
    for (int i = 0; i < s.rank; i++)
        if (axes >> i & 1) s.dim[i] = 1;
    return graph_reshape(e->g, reduced, s);
}

static Value reduce(Elab *e, Call *c, Op op, Node *x, int axis_arg) {
    unsigned axes;
    if (!axes_of(e, &c->arg[axis_arg], c->where[axis_arg], x, &axes)) return value_poison();
    Node *y = axes ? graph_reduce(e->g, op, x, axes) : x;
    bool keep = c->arg[axis_arg + 1].kind == VALUE_NUMBER && c->arg[axis_arg + 1].number != 0;
    return value_node(keep ? keep_axes(e, y, x, axes) : y, c->at);
}

Value b_reduce(Elab *e, Call *c) {
    Node *x;
    if (!elab_real(e, &c->arg[0], c->where[0], &x)) return value_poison();
    return reduce(e, c, (Op)c->builtin->op, x, 1);
}

/* max(a, b) is elementwise, max(x) and max(x, axis = 1) reduce. */
Value b_extreme(Elab *e, Call *c) {
    Op op = (Op)c->builtin->op;
    Node *x, *y;
    Shape s;
    if (c->arg[1].kind == VALUE_NONE) {
        if (!elab_real(e, &c->arg[0], c->where[0], &x)) return value_poison();
        Value least = value_poison();
        Node *flipped = op == OP_MIN ? graph_map1(e->g, OP_NEG, x) : x;
        least = reduce(e, c, OP_MAX_OVER, flipped, 2);
        if (op == OP_MIN && least.kind == VALUE_NODE)
            least.node = graph_map1(e->g, OP_NEG, least.node);
        return least;
    }
    if (c->arg[0].kind == VALUE_NUMBER && c->arg[1].kind == VALUE_NUMBER)
        return value_number(op == OP_MAX ? fmax(c->arg[0].number, c->arg[1].number)
                                         : fmin(c->arg[0].number, c->arg[1].number),
                            c->at);
    if (!elab_real(e, &c->arg[0], c->where[0], &x) || !elab_real(e, &c->arg[1], c->where[1], &y))
        return value_poison();
    if (!shape_broadcast(&x->shape, &y->shape, &s)) {
        elab_error(e, D_SHAPES_DIFFER, c->at, c->builtin->name);
        return value_poison();
    }
    if (!elab_check_shape(e, &s, c->at)) return value_poison();
    return value_node(graph_map2(e->g, op, x, y), c->at);
}

Value b_argmax(Elab *e, Call *c) {
    Node *x;
    int axis;
    if (!elab_real(e, &c->arg[0], c->where[0], &x)) return value_poison();
    Value last = c->arg[1].kind == VALUE_NONE ? value_number(-1, c->at) : c->arg[1];
    if (!elab_axis(e, &last, x->shape.rank, c->where[1], &axis)) return value_poison();
    return value_node(graph_reduce(e->g, OP_ARGMAX, x, 1u << axis), c->at);
}

Value b_cumsum(Elab *e, Call *c) {
    Node *x;
    int axis;
    if (!elab_real(e, &c->arg[0], c->where[0], &x)) return value_poison();
    Value first = c->arg[1].kind == VALUE_NONE ? value_number(0, c->at) : c->arg[1];
    if (!elab_axis(e, &first, x->shape.rank, c->where[1], &axis)) return value_poison();
    return value_node(graph_cumsum(e->g, x, axis, false), c->at);
}

Value b_batch_mean(Elab *e, Call *c) {
    Node *x;
    if (!elab_real(e, &c->arg[0], c->where[0], &x)) return value_poison();
    if (!x->rows) return value_node(x, c->at);
    double rows = (double)rows_count(x->rows);
    return value_node(
        graph_map2(e->g, OP_DIV, graph_sum_rows(e->g, x, NULL), graph_const(e->g, rows)), c->at);
}
