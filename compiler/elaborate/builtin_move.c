/* Primitives that move elements: reshape, transpose, concat, split ...
 *
 * Does: works out lengths and axes, builds the nodes. */
#include "builtin.h"

#include <string.h>

/* The lengths in `...`; one of them may be -1: what is left. */
static bool lengths(Elab *e, Call *c, int64_t size, Shape *out) {
    *out = (Shape){0};
    int open = -1;
    int64_t known = 1;
    for (int i = 0; i < c->n_rest; i++) {
        int64_t n;
        if (i == GRAPH_MAX_RANK) {
            elab_error(e, D_TOO_MANY_AXES, c->at, GRAPH_MAX_RANK);
            return false;
        }
        if (!elab_integer(e, &c->rest[i].value, c->rest[i].span, &n)) return false;
        if (n == -1 && open < 0 && size > 0) open = i;
        else if (n < 1) {
            elab_error(e, D_BAD_LENGTH, c->rest[i].span, (long long)n);
            return false;
        }
        out->dim[out->rank++] = n;
        if (n > 0 && n > GRAPH_MAX_ELEMENTS / known) return elab_check_shape(e, out, c->at);
        known *= n == -1 ? 1 : n;
    }
    if (open >= 0 && size % known == 0) out->dim[open] = size / known;
    return true;
}

/* reshape(x, lengths.., keep = n): x's last n axes stay, and the lengths are those before them. */
static bool kept_axes(Elab *e, Call *c, const Node *x, int *keep) {
    int64_t n = 0;
    if (c->arg[2].kind != VALUE_NONE && !elab_integer(e, &c->arg[2], c->where[2], &n)) return false;
    *keep = (int)n;
    if (n >= 0 && n <= x->shape.rank) return true;
    elab_error(e, D_WINDOW_NUMBER, c->where[2], "keep", 0LL, (long long)n);
    return false;
}

Value b_reshape(Elab *e, Call *c) {
    Node *x;
    Shape s;
    int keep;
    if (!elab_node(e, &c->arg[0], c->where[0], &x) || !kept_axes(e, c, x, &keep))
        return value_poison();
    Shape before = x->shape;
    before.rank -= keep;
    if (!lengths(e, c, shape_size(&before), &s) || !elab_check_rank(e, s.rank + keep, c->at))
        return value_poison();
    for (int i = 0; i < keep; i++) s.dim[s.rank++] = x->shape.dim[before.rank + i];
    if (shape_size(&s) != shape_size(&x->shape)) {
        elab_error(e, D_BAD_RESHAPE, c->at, shape_text(e->a, &x->shape), shape_text(e->a, &s),
                   (long long)shape_size(&x->shape));
        return value_poison();
    }
    return value_node(graph_reshape(e->g, x, s), c->at);
}

Value b_broadcast(Elab *e, Call *c) {
    Node *x;
    Shape s, both;
    if (!elab_node(e, &c->arg[0], c->where[0], &x) || !lengths(e, c, 0, &s)) return value_poison();
    if (!shape_broadcast(&x->shape, &s, &both) || !shape_equal(&both, &s)) {
        elab_error(e, D_BAD_BROADCAST, c->at, shape_text(e->a, &x->shape), shape_text(e->a, &s));
        return value_poison();
    }
    return value_node(elab_fill(e, x, s, x->rows), c->at);
}

/* broadcast_like(x, y): x in y's shape. reshape_like(x, all): in the shape of one of all's parts.
 */
Value b_like(Elab *e, Call *c) {
    Node *x, *y;
    if (!elab_node(e, &c->arg[0], c->where[0], &x) || !elab_node(e, &c->arg[1], c->where[1], &y))
        return value_poison();
    Shape s = y->shape, both;
    bool part = c->builtin->op == OP_RESHAPE;
    if (part && s.rank > 0) memmove(s.dim, s.dim + 1, sizeof *s.dim * (size_t)--s.rank);
    if (part ? shape_size(&s) == shape_size(&x->shape)
             : shape_broadcast(&x->shape, &s, &both) && shape_equal(&both, &s))
        return value_node(part ? graph_reshape(e->g, x, s) : elab_fill(e, x, s, x->rows), c->at);
    elab_error(e, D_BAD_BROADCAST, c->at, shape_text(e->a, &x->shape), shape_text(e->a, &s));
    return value_poison();
}

Value b_transpose(Elab *e, Call *c) {
    Node *x;
    int order[GRAPH_MAX_RANK];
    unsigned seen = 0;
    if (!elab_node(e, &c->arg[0], c->where[0], &x)) return value_poison();
    int rank = x->shape.rank;
    if (rank < 2 || (c->n_rest != 0 && c->n_rest != rank)) {
        elab_error(e, D_BAD_TRANSPOSE, c->at, shape_text(e->a, &x->shape));
        return value_poison();
    }
    for (int i = 0; i < rank; i++) {
        order[i] =
            i < rank - 2 ? i : 2 * rank - 3 - i; /* without axes: the last two change places */
        if (c->n_rest && !elab_axis(e, &c->rest[i].value, rank, c->rest[i].span, &order[i]))
            return value_poison();
        seen |= 1u << order[i];
    }
    if (seen != (1u << rank) - 1) {
        elab_error(e, D_BAD_TRANSPOSE, c->at, shape_text(e->a, &x->shape));
        return value_poison();
    }
    return value_node(graph_transpose(e->g, x, order), c->at);
}

Node *builtin_slice(Elab *e, Node *x, int axis, int64_t from, int64_t size, int64_t by) {
    int64_t start[GRAPH_MAX_RANK] = {0}, sizes[GRAPH_MAX_RANK], step[GRAPH_MAX_RANK];
    for (int i = 0; i < x->shape.rank; i++) {
        sizes[i] = x->shape.dim[i];
        step[i] = 1;
    }
    start[axis] = from;
    sizes[axis] = size;
    step[axis] = by;
    return graph_slice(e->g, x, start, sizes, step);
}

Value b_reverse(Elab *e, Call *c) {
    if (c->arg[0].kind == VALUE_RANGE) {
        c->arg[0].reverse = !c->arg[0].reverse;
        return c->arg[0];
    }
    Node *x;
    int axis;
    Value first = c->arg[1].kind == VALUE_NONE ? value_number(0, c->at) : c->arg[1];
    if (!elab_node(e, &c->arg[0], c->where[0], &x) ||
        !elab_axis(e, &first, x->shape.rank, c->where[1], &axis))
        return value_poison();
    int64_t n = x->shape.dim[axis];
    return value_node(builtin_slice(e, x, axis, n - 1, n, -1), c->at);
}

Value b_expand(Elab *e, Call *c) {
    Node *x;
    int axis;
    if (!elab_node(e, &c->arg[0], c->where[0], &x) ||
        !elab_axis(e, &c->arg[1], x->shape.rank + 1, c->where[1], &axis))
        return value_poison();
    if (x->shape.rank == GRAPH_MAX_RANK) {
        elab_error(e, D_TOO_MANY_AXES, c->at, GRAPH_MAX_RANK);
        return value_poison();
    }
    return value_node(elab_expand(e, x, axis), c->at);
}

Value b_pad(Elab *e, Call *c) {
    Node *x;
    int axis;
    int64_t amount[2], before[GRAPH_MAX_RANK] = {0}, after[GRAPH_MAX_RANK] = {0},
                       step[GRAPH_MAX_RANK];
    Value last = c->arg[3].kind == VALUE_NONE ? value_number(-1, c->at) : c->arg[3];
    if (!elab_real(e, &c->arg[0], c->where[0], &x) ||
        !elab_axis(e, &last, x->shape.rank, c->where[3], &axis))
        return value_poison();
    for (int i = 0; i < 2; i++) {
        if (!elab_integer(e, &c->arg[1 + i], c->where[1 + i], &amount[i])) return value_poison();
        if (amount[i] < 0 || amount[i] > GRAPH_MAX_ELEMENTS) {
            elab_error(e, D_BAD_LENGTH, c->where[1 + i], (long long)amount[i]);
            return value_poison();
        }
    }
    for (int i = 0; i < GRAPH_MAX_RANK; i++) step[i] = 1;
    before[axis] = amount[0];
    after[axis] = amount[1];
    Shape s = x->shape;
    s.dim[axis] += amount[0] + amount[1];
    if (!elab_check_shape(e, &s, c->at)) return value_poison();
    return value_node(graph_pad(e->g, x, before, after, step), c->at);
}

/* The parts of concat and stack as nodes of one kind, and the axis along which they are joined. */
static bool parts(Elab *e, Call *c, bool stacked, Node **part, int *axis) {
    if (c->n_rest == 0) {
        elab_error(e, D_TOO_FEW_ARGUMENTS, c->at, c->builtin->name);
        return false;
    }
    for (int i = 0; i < c->n_rest; i++)
        if (!elab_node(e, &c->rest[i].value, c->rest[i].span, &part[i])) return false;
    Shape first = part[0]->shape;
    int rank = first.rank + stacked;
    if (rank > GRAPH_MAX_RANK) {
        elab_error(e, D_TOO_MANY_AXES, c->at, GRAPH_MAX_RANK);
        return false;
    }
    Value where = c->arg[1].kind == VALUE_NONE ? value_number(stacked ? 0 : -1, c->at) : c->arg[1];
    if (!elab_axis(e, &where, rank, c->where[1], axis)) return false;
    for (int i = 0; i < c->n_rest; i++) {
        Shape a = first, b = part[i]->shape;
        if (!stacked && b.rank == a.rank) b.dim[*axis] = a.dim[*axis];
        if (!shape_equal(&a, &b) || part[i]->kind != part[0]->kind) {
            elab_error(e, D_SHAPES_DIFFER, c->at, c->builtin->name);
            elab_note(e, c->rest[0].span, "the first is %s", value_describe(e, &c->rest[0].value));
            elab_note(e, c->rest[i].span, "this is %s", value_describe(e, &c->rest[i].value));
            return false;
        }
        if (stacked) part[i] = elab_expand(e, part[i], *axis);
    }
    return true;
}

static Value join(Elab *e, Call *c, bool stacked) {
    Node **part = NEW_ARRAY(e->a, Node *, c->n_rest + 1);
    int axis;
    if (!parts(e, c, stacked, part, &axis)) return value_poison();
    const Rows *rows = NULL;
    Shape s = part[0]->shape;
    s.dim[axis] = 0;
    for (int i = 0; i < c->n_rest; i++) s.dim[axis] += part[i]->shape.dim[axis];
    if (!elab_check_shape(e, &s, c->at)) return value_poison();
    for (int i = 0; i < c->n_rest; i++) rows = rows_join(rows, part[i]->rows);
    for (int i = 0; i < c->n_rest; i++) part[i] = elab_fill(e, part[i], part[i]->shape, rows);
    return value_node(graph_concat(e->g, c->n_rest, part, axis), c->at);
}

Value b_concat(Elab *e, Call *c) {
    return join(e, c, false);
}
Value b_stack(Elab *e, Call *c) {
    return join(e, c, true);
}

Value b_split(Elab *e, Call *c) {
    Node *x;
    int axis;
    int64_t n;
    Value last = c->arg[2].kind == VALUE_NONE ? value_number(-1, c->at) : c->arg[2];
    if (!elab_node(e, &c->arg[0], c->where[0], &x) ||
        !elab_integer(e, &c->arg[1], c->where[1], &n) ||
        !elab_axis(e, &last, x->shape.rank, c->where[2], &axis))
        return value_poison();
    int64_t length = x->shape.dim[axis];
    if (n < 1 || length % n != 0 || n > GRAPH_MAX_NODES) {
        elab_error(e, D_BAD_SPLIT, c->at, (long long)length, (long long)n);
        return value_poison();
    }
    Value v = {.kind = VALUE_TUPLE, .n = (int)n, .items = NEW_ARRAY(e->a, Value, n), .span = c->at};
    for (int i = 0; i < v.n; i++)
        v.items[i] = value_node(builtin_slice(e, x, axis, i * (length / n), length / n, 1), c->at);
    return v;
}
