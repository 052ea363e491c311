/* The primitives of the language, from the table builtins.def.
 *
 * Does: checks a primitive's arguments and builds its nodes. Leaves: an error where shapes or kinds do not fit. */
#include "elab.h"
#include "../transform/grad.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MAX_ARGUMENTS = 6 };

/* A call of a primitive with its arguments put in place. */
typedef struct {
    const Builtin *builtin;
    const Tree *tree;
    Span at;
    Value arg[MAX_ARGUMENTS];           /* NONE where left out */
    Span where[MAX_ARGUMENTS];
    int n_rest; Argument *rest;         /* what `...` took */
} Call;

typedef Value BuiltinRule(Elab *e, Call *c);

struct Builtin {
    const char *name, *formals;
    BuiltinRule *rule;
    int op;
};

Node *elab_fill(Elab *e, Node *x, Shape shape, const Rows *rows) {
    if (shape_equal(&x->shape, &shape) && rows_join(x->rows, rows) == x->rows)
        return x;
    return graph_broadcast(e->g, x, shape, rows_join(x->rows, rows));
}


/* ---- elementwise ---- */

static double fold_sigmoid(double a) { return 1 / (1 + exp(-a)); }
static double fold_softplus(double a) { return fmax(a, 0) + log1p(exp(-fabs(a))); }
static double fold_sign(double a) { return (a > 0) - (a < 0); }

static double (*const fold1[OP_COUNT])(double) = {
    [OP_EXP] = exp, [OP_EXPM1] = expm1, [OP_LOG] = log, [OP_LOG1P] = log1p, [OP_SQRT] = sqrt, [OP_SIN] = sin,
    [OP_COS] = cos, [OP_TANH] = tanh, [OP_ERF] = erf, [OP_ABS] = fabs, [OP_FLOOR] = floor,
    [OP_SIGMOID] = fold_sigmoid, [OP_SOFTPLUS] = fold_softplus, [OP_SIGN] = fold_sign,
};

static Value b_map(Elab *e, Call *c) {
    Op op = (Op)c->builtin->op;
    if (c->arg[0].kind == VALUE_NUMBER && fold1[op])
        return value_number(fold1[op](c->arg[0].number), c->at);
    Node *x;
    if (!elab_real(e, &c->arg[0], c->where[0], &x))
        return value_poison();
    return value_node(graph_map1(e->g, op, x), c->at);
}

static Value b_stop(Elab *e, Call *c) {
    if (c->arg[0].kind == VALUE_NUMBER)
        return c->arg[0];
    Node *x;
    if (!elab_node(e, &c->arg[0], c->where[0], &x))
        return value_poison();
    return value_node(graph_map1(e->g, OP_STOP, x), c->at);
}

static Value b_real(Elab *e, Call *c) {
    Node *x;
    if (!elab_node(e, &c->arg[0], c->where[0], &x))
        return value_poison();
    return value_node(x->kind == KIND_REAL ? x : graph_map1(e->g, OP_REAL, x), c->at);
}

static Value b_index(Elab *e, Call *c) {
    Node *x;
    int64_t classes;
    if (!elab_real(e, &c->arg[0], c->where[0], &x) || !elab_integer(e, &c->arg[1], c->where[1], &classes))
        return value_poison();
    if (classes < 1 || classes > INT32_MAX) {
        elab_error(e, D_BAD_LENGTH, c->where[1], (long long)classes);
        return value_poison();
    }
    return value_node(graph_to_index(e->g, x, classes), c->at);
}

static Value b_where(Elab *e, Call *c) {
    Node *condition, *a, *b;
    if (c->arg[0].kind == VALUE_NUMBER)
        return c->arg[0].number != 0 ? c->arg[1] : c->arg[2];
    if (!elab_node(e, &c->arg[0], c->where[0], &condition) || !elab_node(e, &c->arg[1], c->where[1], &a) ||
        !elab_node(e, &c->arg[2], c->where[2], &b))
        return value_poison();
    if (condition->kind != KIND_BOOL) {
        elab_error(e, D_NOT_A_CONDITION, c->where[0], value_describe(e, &c->arg[0]));
        return value_poison();
    }
    if (a->kind != b->kind || a->kind == KIND_BOOL)
        if (!elab_real(e, &c->arg[1], c->where[1], &a) || !elab_real(e, &c->arg[2], c->where[2], &b))
            return value_poison();
    Shape s;
    if (!shape_broadcast(&a->shape, &b->shape, &s) || !shape_broadcast(&s, &condition->shape, &s)) {
        elab_error(e, D_SHAPES_DIFFER, c->at, "where");
        return value_poison();
    }
    if (!elab_check_shape(e, &s, c->at))
        return value_poison();
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
    if (!elab_axis(e, axis, x->shape.rank, at, &one))
        return false;
    *axes = 1u << one;
    return true;
}

static Node *keep_axes(Elab *e, Node *reduced, const Node *x, unsigned axes) {
    Shape s = x->shape;
    for (int i = 0; i < s.rank; i++)
        if (axes >> i & 1)
            s.dim[i] = 1;
    return graph_reshape(e->g, reduced, s);
}

static Value reduce(Elab *e, Call *c, Op op, Node *x, int axis_arg) {
    unsigned axes;
    if (!axes_of(e, &c->arg[axis_arg], c->where[axis_arg], x, &axes))
        return value_poison();
    Node *y = axes ? graph_reduce(e->g, op, x, axes) : x;
    bool keep = c->arg[axis_arg + 1].kind == VALUE_NUMBER && c->arg[axis_arg + 1].number != 0;
    return value_node(keep ? keep_axes(e, y, x, axes) : y, c->at);
}

static Value b_reduce(Elab *e, Call *c) {
    Node *x;
    if (!elab_real(e, &c->arg[0], c->where[0], &x))
        return value_poison();
    return reduce(e, c, (Op)c->builtin->op, x, 1);
}

/* max(a, b) is elementwise, max(x) and max(x, axis = 1) reduce. */
static Value b_extreme(Elab *e, Call *c) {
    Op op = (Op)c->builtin->op;
    Node *x, *y;
    Shape s;
    if (c->arg[1].kind == VALUE_NONE) {
        if (!elab_real(e, &c->arg[0], c->where[0], &x))
            return value_poison();
        Value least = value_poison();
        Node *flipped = op == OP_MIN ? graph_map1(e->g, OP_NEG, x) : x;
        least = reduce(e, c, OP_MAX_OVER, flipped, 2);
        if (op == OP_MIN && least.kind == VALUE_NODE)
            least.node = graph_map1(e->g, OP_NEG, least.node);
        return least;
    }
    if (c->arg[0].kind == VALUE_NUMBER && c->arg[1].kind == VALUE_NUMBER)
        return value_number(op == OP_MAX ? fmax(c->arg[0].number, c->arg[1].number)
                                         : fmin(c->arg[0].number, c->arg[1].number), c->at);
    if (!elab_real(e, &c->arg[0], c->where[0], &x) || !elab_real(e, &c->arg[1], c->where[1], &y))
        return value_poison();
    if (!shape_broadcast(&x->shape, &y->shape, &s)) {
        elab_error(e, D_SHAPES_DIFFER, c->at, c->builtin->name);
        return value_poison();
    }
    if (!elab_check_shape(e, &s, c->at))
        return value_poison();
    return value_node(graph_map2(e->g, op, x, y), c->at);
}

static Value b_argmax(Elab *e, Call *c) {
    Node *x;
    int axis;
    if (!elab_real(e, &c->arg[0], c->where[0], &x))
        return value_poison();
    Value last = c->arg[1].kind == VALUE_NONE ? value_number(-1, c->at) : c->arg[1];
    if (!elab_axis(e, &last, x->shape.rank, c->where[1], &axis))
        return value_poison();
    return value_node(graph_reduce(e->g, OP_ARGMAX, x, 1u << axis), c->at);
}

static Value b_cumsum(Elab *e, Call *c) {
    Node *x;
    int axis;
    if (!elab_real(e, &c->arg[0], c->where[0], &x))
        return value_poison();
    Value first = c->arg[1].kind == VALUE_NONE ? value_number(0, c->at) : c->arg[1];
    if (!elab_axis(e, &first, x->shape.rank, c->where[1], &axis))
        return value_poison();
    return value_node(graph_cumsum(e->g, x, axis, false), c->at);
}

static Value b_batch_mean(Elab *e, Call *c) {
    Node *x;
    if (!elab_real(e, &c->arg[0], c->where[0], &x))
        return value_poison();
    if (!x->rows)
        return value_node(x, c->at);
    double rows = (double)rows_count(x->rows);
    return value_node(graph_map2(e->g, OP_DIV, graph_sum_rows(e->g, x, NULL), graph_const(e->g, rows)), c->at);
}

/* ---- moves ---- */

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
        if (!elab_integer(e, &c->rest[i].value, c->rest[i].span, &n))
            return false;
        if (n == -1 && open < 0 && size > 0)
            open = i;
        else if (n < 1) {
            elab_error(e, D_BAD_LENGTH, c->rest[i].span, (long long)n);
            return false;
        }
        out->dim[out->rank++] = n;
        if (n > 0 && n > GRAPH_MAX_ELEMENTS / known)
            return elab_check_shape(e, out, c->at);
        known *= n == -1 ? 1 : n;
    }
    if (open >= 0 && size % known == 0)
        out->dim[open] = size / known;
    return true;
}

static Value b_reshape(Elab *e, Call *c) {
    Node *x;
    Shape s;
    if (!elab_node(e, &c->arg[0], c->where[0], &x) || !lengths(e, c, shape_size(&x->shape), &s))
        return value_poison();
    if (shape_size(&s) != shape_size(&x->shape)) {
        elab_error(e, D_BAD_RESHAPE, c->at, shape_text(e->a, &x->shape), shape_text(e->a, &s),
                   (long long)shape_size(&x->shape));
        return value_poison();
    }
    return value_node(graph_reshape(e->g, x, s), c->at);
}

static Value b_broadcast(Elab *e, Call *c) {
    Node *x;
    Shape s, both;
    if (!elab_node(e, &c->arg[0], c->where[0], &x) || !lengths(e, c, 0, &s))
        return value_poison();
    if (!shape_broadcast(&x->shape, &s, &both) || !shape_equal(&both, &s)) {
        elab_error(e, D_BAD_BROADCAST, c->at, shape_text(e->a, &x->shape), shape_text(e->a, &s));
        return value_poison();
    }
    return value_node(elab_fill(e, x, s, x->rows), c->at);
}

/* broadcast_like(x, y): x in y's shape. reshape_like(x, all): in the shape of one of all's parts. */
static Value b_like(Elab *e, Call *c) {
    Node *x, *y;
    if (!elab_node(e, &c->arg[0], c->where[0], &x) || !elab_node(e, &c->arg[1], c->where[1], &y))
        return value_poison();
    Shape s = y->shape, both;
    bool part = c->builtin->op == OP_RESHAPE;
    if (part && s.rank > 0)
        memmove(s.dim, s.dim + 1, sizeof *s.dim * (size_t)--s.rank);
    if (part ? shape_size(&s) == shape_size(&x->shape)
             : shape_broadcast(&x->shape, &s, &both) && shape_equal(&both, &s))
        return value_node(part ? graph_reshape(e->g, x, s) : elab_fill(e, x, s, x->rows), c->at);
    elab_error(e, D_BAD_BROADCAST, c->at, shape_text(e->a, &x->shape), shape_text(e->a, &s));
    return value_poison();
}

static Value b_transpose(Elab *e, Call *c) {
    Node *x;
    int order[GRAPH_MAX_RANK];
    unsigned seen = 0;
    if (!elab_node(e, &c->arg[0], c->where[0], &x))
        return value_poison();
    int rank = x->shape.rank;
    if (rank < 2 || (c->n_rest != 0 && c->n_rest != rank)) {
        elab_error(e, D_BAD_TRANSPOSE, c->at, shape_text(e->a, &x->shape));
        return value_poison();
    }
    for (int i = 0; i < rank; i++) {
        order[i] = i < rank - 2 ? i : 2 * rank - 3 - i; /* without axes: the last two change places */
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

static Node *slice_axis(Elab *e, Node *x, int axis, int64_t from, int64_t size, int64_t by) {
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

static Value b_reverse(Elab *e, Call *c) {
    if (c->arg[0].kind == VALUE_RANGE) {
        c->arg[0].reverse = !c->arg[0].reverse;
        return c->arg[0];
    }
    Node *x;
    int axis;
    Value first = c->arg[1].kind == VALUE_NONE ? value_number(0, c->at) : c->arg[1];
    if (!elab_node(e, &c->arg[0], c->where[0], &x) || !elab_axis(e, &first, x->shape.rank, c->where[1], &axis))
        return value_poison();
    int64_t n = x->shape.dim[axis];
    return value_node(slice_axis(e, x, axis, n - 1, n, -1), c->at);
}

static Value b_expand(Elab *e, Call *c) {
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

static Value b_pad(Elab *e, Call *c) {
    Node *x;
    int axis;
    int64_t amount[2], before[GRAPH_MAX_RANK] = {0}, after[GRAPH_MAX_RANK] = {0}, step[GRAPH_MAX_RANK];
    Value last = c->arg[3].kind == VALUE_NONE ? value_number(-1, c->at) : c->arg[3];
    if (!elab_real(e, &c->arg[0], c->where[0], &x) || !elab_axis(e, &last, x->shape.rank, c->where[3], &axis))
        return value_poison();
    for (int i = 0; i < 2; i++) {
        if (!elab_integer(e, &c->arg[1 + i], c->where[1 + i], &amount[i]))
            return value_poison();
        if (amount[i] < 0 || amount[i] > GRAPH_MAX_ELEMENTS) {
            elab_error(e, D_BAD_LENGTH, c->where[1 + i], (long long)amount[i]);
            return value_poison();
        }
    }
    for (int i = 0; i < GRAPH_MAX_RANK; i++)
        step[i] = 1;
    before[axis] = amount[0];
    after[axis] = amount[1];
    Shape s = x->shape;
    s.dim[axis] += amount[0] + amount[1];
    if (!elab_check_shape(e, &s, c->at))
        return value_poison();
    return value_node(graph_pad(e->g, x, before, after, step), c->at);
}

/* The parts of concat and stack as nodes of one kind, and the axis along which they are joined. */
static bool parts(Elab *e, Call *c, bool stacked, Node **part, int *axis) {
    if (c->n_rest == 0) {
        elab_error(e, D_TOO_FEW_ARGUMENTS, c->at, c->builtin->name);
        return false;
    }
    for (int i = 0; i < c->n_rest; i++)
        if (!elab_node(e, &c->rest[i].value, c->rest[i].span, &part[i]))
            return false;
    Shape first = part[0]->shape;
    int rank = first.rank + stacked;
    if (rank > GRAPH_MAX_RANK) {
        elab_error(e, D_TOO_MANY_AXES, c->at, GRAPH_MAX_RANK);
        return false;
    }
    Value where = c->arg[1].kind == VALUE_NONE ? value_number(stacked ? 0 : -1, c->at) : c->arg[1];
    if (!elab_axis(e, &where, rank, c->where[1], axis))
        return false;
    for (int i = 0; i < c->n_rest; i++) {
        Shape a = first, b = part[i]->shape;
        if (!stacked && b.rank == a.rank)
            b.dim[*axis] = a.dim[*axis];
        if (!shape_equal(&a, &b) || part[i]->kind != part[0]->kind) {
            elab_error(e, D_SHAPES_DIFFER, c->at, c->builtin->name);
            elab_note(e, c->rest[0].span, "the first is %s", value_describe(e, &c->rest[0].value));
            elab_note(e, c->rest[i].span, "this is %s", value_describe(e, &c->rest[i].value));
            return false;
        }
        if (stacked)
            part[i] = elab_expand(e, part[i], *axis);
    }
    return true;
}

static Value join(Elab *e, Call *c, bool stacked) {
    Node **part = NEW_ARRAY(e->a, Node *, c->n_rest + 1);
    int axis;
    if (!parts(e, c, stacked, part, &axis))
        return value_poison();
    const Rows *rows = NULL;
    Shape s = part[0]->shape;
    s.dim[axis] = 0;
    for (int i = 0; i < c->n_rest; i++)
        s.dim[axis] += part[i]->shape.dim[axis];
    if (!elab_check_shape(e, &s, c->at))
        return value_poison();
    for (int i = 0; i < c->n_rest; i++)
        rows = rows_join(rows, part[i]->rows);
    for (int i = 0; i < c->n_rest; i++)
        part[i] = elab_fill(e, part[i], part[i]->shape, rows);
    return value_node(graph_concat(e->g, c->n_rest, part, axis), c->at);
}

static Value b_concat(Elab *e, Call *c) { return join(e, c, false); }
static Value b_stack(Elab *e, Call *c) { return join(e, c, true); }

static Value b_split(Elab *e, Call *c) {
    Node *x;
    int axis;
    int64_t n;
    Value last = c->arg[2].kind == VALUE_NONE ? value_number(-1, c->at) : c->arg[2];
    if (!elab_node(e, &c->arg[0], c->where[0], &x) || !elab_integer(e, &c->arg[1], c->where[1], &n) ||
        !elab_axis(e, &last, x->shape.rank, c->where[2], &axis))
        return value_poison();
    int64_t length = x->shape.dim[axis];
    if (n < 1 || length % n != 0 || n > GRAPH_MAX_NODES) {
        elab_error(e, D_BAD_SPLIT, c->at, (long long)length, (long long)n);
        return value_poison();
    }
    Value v = {.kind = VALUE_TUPLE, .n = (int)n, .items = NEW_ARRAY(e->a, Value, n), .span = c->at};
    for (int i = 0; i < v.n; i++)
        v.items[i] = value_node(slice_axis(e, x, axis, i * (length / n), length / n, 1), c->at);
    return v;
}

/* ---- the rest ---- */

static Value b_iota(Elab *e, Call *c) {
    int64_t n;
    if (!elab_integer(e, &c->arg[0], c->where[0], &n))
        return value_poison();
    if (n < 1 || n > INT32_MAX) {
        elab_error(e, D_BAD_LENGTH, c->where[0], (long long)n);
        return value_poison();
    }
    return value_node(graph_iota(e->g, n), c->at);
}

static Value b_one_hot(Elab *e, Call *c) {
    Node *y;
    if (!elab_node(e, &c->arg[0], c->where[0], &y))
        return value_poison();
    if (y->kind != KIND_INDEX || y->shape.rank == GRAPH_MAX_RANK) {
        elab_error(e, D_NOT_AN_INDEX, c->where[0], value_describe(e, &c->arg[0]));
        return value_poison();
    }
    Shape s = y->shape;
    s.dim[s.rank++] = y->classes;
    if (!elab_check_shape(e, &s, c->at))
        return value_poison();
    Node *places = graph_iota(e->g, y->classes);
    Node *same = graph_map2(e->g, OP_EQ, elab_expand(e, y, y->shape.rank), places);
    return value_node(graph_map1(e->g, OP_REAL, same), c->at);
}

/* size(x): its elements; dim(x, axis): a length; classes(y): K of index(K). All known now. */
static Value b_size(Elab *e, Call *c) {
    Node *x;
    int axis;
    if (!elab_node(e, &c->arg[0], c->where[0], &x))
        return value_poison();
    if (c->builtin->op == OP_CONST)
        return value_number((double)shape_size(&x->shape), c->at);
    if (c->builtin->op == OP_RESHAPE)
        return elab_axis(e, &c->arg[1], x->shape.rank, c->where[1], &axis)
                   ? value_number((double)x->shape.dim[axis], c->at) : value_poison();
    if (x->kind == KIND_INDEX)
        return value_number((double)x->classes, c->at);
    elab_error(e, D_NOT_AN_INDEX, c->where[0], value_describe(e, &c->arg[0]));
    return value_poison();
}

/* One matrix at a time: leading axes are taken apart, and the results stacked again. */
typedef Node *MatrixRule(Elab *e, Op op, Node *m, Node *b);

static Node *over_leading(Elab *e, MatrixRule *rule, Op op, Node *m, int m_rank, Node *b, int b_rank) {
    bool lead_m = m->shape.rank > m_rank, lead_b = b && b->shape.rank > b_rank;
    if (!lead_m && !lead_b)
        return rule(e, op, m, b);
    int64_t n = lead_m ? m->shape.dim[0] : b->shape.dim[0];
    Node **part = NEW_ARRAY(e->a, Node *, n);
    for (int64_t i = 0; i < n; i++) {
        Node *of_m = m, *of_b = b;
        Shape s;
        if (lead_m) {
            of_m = slice_axis(e, m, 0, i, 1, 1);
            s = of_m->shape, s.rank--;
            memmove(s.dim, s.dim + 1, sizeof *s.dim * (size_t)s.rank);
            of_m = graph_reshape(e->g, of_m, s);
        }
        if (lead_b) {
            of_b = slice_axis(e, b, 0, i, 1, 1);
            s = of_b->shape, s.rank--;
            memmove(s.dim, s.dim + 1, sizeof *s.dim * (size_t)s.rank);
            of_b = graph_reshape(e->g, of_b, s);
        }
        part[i] = elab_expand(e, over_leading(e, rule, op, of_m, m_rank, of_b, b_rank), 0);
    }
    return graph_concat(e->g, (int)n, part, 0);
}

/* Leading axes go together: equally long, or only on one side. */
static bool same_leading(const Shape *a, int a_rank, const Shape *b, int b_rank) {
    int n_a = a->rank - a_rank, n_b = b->rank - b_rank;
    for (int i = 0; i < n_a && i < n_b; i++)
        if (a->dim[i] != b->dim[i])
            return false;
    return n_a == 0 || n_b == 0 || n_a == n_b;
}

static Node *solve(Elab *e, Op op, Node *l, Node *b) {
    (void)op;
    return graph_tri_solve(e->g, l, b, false);
}

/* tri_solve(l, b): l [..., n, n]; b [..., n], or [..., n, m] where l has no leading axes fewer than b less two. */
static Value b_tri_solve(Elab *e, Call *c) {
    Node *l, *b;
    if (!elab_real(e, &c->arg[0], c->where[0], &l) || !elab_real(e, &c->arg[1], c->where[1], &b))
        return value_poison();
    int rl = l->shape.rank;
    int64_t n = rl >= 2 ? l->shape.dim[rl - 1] : 0;
    bool square = rl >= 2 && l->shape.dim[rl - 2] == n;
    bool matrix = square && b->shape.rank >= 2 && b->shape.rank == rl && b->shape.dim[b->shape.rank - 2] == n;
    bool vector = square && !matrix && b->shape.rank >= 1 && b->shape.dim[b->shape.rank - 1] == n;
    if (square && shape_size(&l->shape) / (n * n) > GRAPH_MAX_NODES / 64) {
        elab_error(e, D_TOO_MANY_OPERATIONS, c->at); /* each matrix is one */
        return value_poison();
    }
    if ((!matrix && !vector) || !same_leading(&l->shape, 2, &b->shape, matrix ? 2 : 1)) {
        elab_error(e, D_SHAPES_DIFFER, c->at, "tri_solve");
        elab_note(e, c->where[0], "'l' is %s", value_describe(e, &c->arg[0]));
        elab_note(e, c->where[1], "'b' is %s", value_describe(e, &c->arg[1]));
        return value_poison();
    }
    return value_node(over_leading(e, solve, OP_TRI_SOLVE, l, 2, b, matrix ? 2 : 1), c->at);
}

static Node *square_rule(Elab *e, Op op, Node *m, Node *b) {
    (void)b;
    return op == OP_INVERSE ? graph_inverse(e->g, m) : graph_log_abs_det(e->g, m);
}

static Value b_square(Elab *e, Call *c) {
    Node *m;
    if (c->arg[0].kind == VALUE_CALLABLE || c->arg[0].kind == VALUE_INSTANCE) {
        elab_error(e, D_NOT_YET, c->at, "inverse of a flow");
        return value_poison();
    }
    if (!elab_real(e, &c->arg[0], c->where[0], &m))
        return value_poison();
    int rank = m->shape.rank;
    if (rank < 2 || m->shape.dim[rank - 1] != m->shape.dim[rank - 2]) {
        elab_error(e, D_NOT_SQUARE, c->where[0], value_describe(e, &c->arg[0]));
        return value_poison();
    }
    if (shape_size(&m->shape) / (m->shape.dim[rank - 1] * m->shape.dim[rank - 1]) > GRAPH_MAX_NODES / 64) {
        elab_error(e, D_TOO_MANY_OPERATIONS, c->at);
        return value_poison();
    }
    return value_node(over_leading(e, square_rule, (Op)c->builtin->op, m, 2, NULL, 0), c->at);
}

/* grad(y, v): the derivative of the batch sum of y with v as a leaf. */
static Value b_grad(Elab *e, Call *c) {
    Node *y, *v, *out;
    GradFailure failure = {0};
    if (!elab_real(e, &c->arg[0], c->where[0], &y) || !elab_real(e, &c->arg[1], c->where[1], &v))
        return value_poison();
    if (shape_size(&y->shape) != 1) {
        elab_error(e, D_GRAD_SHAPE, c->where[0], value_describe(e, &c->arg[0]));
        return value_poison();
    }
    if (!grad(e->g, graph_reshape(e->g, y, (Shape){0}), 1, &v, &out, &failure)) {
        elab_error(e, D_NOT_REPARAMETERISED, c->where[0], failure.drawn->text);
        diag_help(e->d, "put the draw under stop, or draw from a family that is reparameterised");
        return value_poison();
    }
    if (!out) {
        elab_error(e, D_GRAD_INDEPENDENT, c->at, diag_text(e->d, c->where[0]), diag_text(e->d, c->where[1]));
        return value_poison();
    }
    return value_node(out, c->at);
}

static Value b_noise(Elab *e, Call *c) {
    return dist_noise(e, (Op)c->builtin->op, c->n_rest, c->rest, c->at);
}

static Value b_log_prob(Elab *e, Call *c) {
    Argument args[2] = {{NULL, c->arg[0], c->where[0]}, {NULL, c->arg[1], c->where[1]}};
    return dist_log_prob(e, 2, args, c->builtin->op == OP_SUM, c->tree);
}

static Value b_kl(Elab *e, Call *c) {
    Argument args[2] = {{NULL, c->arg[0], c->where[0]}, {NULL, c->arg[1], c->where[1]}};
    return dist_kl(e, 2, args, c->builtin->op == OP_SUM, c->tree);
}

static bool can_show(GenDisplay display, const Shape *s) {
    if (display == GEN_AS_IMAGE)
        return s->rank == 2 || (s->rank == 3 && (s->dim[0] == 1 || s->dim[0] == 3));
    return display != GEN_AS_POINTS || s->rank == 0 || (s->rank <= 2 && s->dim[s->rank - 1] <= 2);
}

static Value b_show(Elab *e, Call *c) {
    Node *x;
    if (!elab_node(e, &c->arg[0], c->where[0], &x))
        return value_poison();
    if (!can_show((GenDisplay)c->builtin->op, &x->shape)) {
        bool image = c->builtin->op == GEN_AS_IMAGE;
        elab_error(e, D_CANNOT_SHOW, c->where[0], c->builtin->name,
                   image ? "[h, w], [1, h, w] or [3, h, w]" : "[1], [2] or [n, 2]", value_describe(e, &c->arg[0]));
        return value_poison();
    }
    return (Value){.kind = VALUE_SHOWN, .node = x, .display = (GenDisplay)c->builtin->op, .span = c->at};
}

/* ---- the table, and putting arguments in place ---- */

static const Builtin builtins[] = {
#define BUILTIN(name, formals, rule, op) {name, formals, rule, (int)op},
#include "builtins.def"
#undef BUILTIN
};
enum { N_BUILTINS = sizeof builtins / sizeof *builtins };

const Builtin *builtin_find(const char *name) {
    for (int i = 0; i < N_BUILTINS; i++)
        if (strcmp(builtins[i].name, name) == 0)
            return &builtins[i];
    return NULL;
}

int builtin_names(const char **out, int room) {
    int n = 0;
    for (; n < N_BUILTINS && n < room; n++)
        out[n] = builtins[n].name;
    return n;
}

bool builtin_constant(Elab *e, const char *name, Value *out) {
    static const struct { const char *name; double value; } constants[] = {
        {"pi", 3.14159265358979323846}, {"inf", INFINITY}, {"true", 1}, {"false", 0},
    };
    static const char *const scalars[] = {"step", "epoch"};
    for (size_t i = 0; i < sizeof constants / sizeof *constants; i++)
        if (strcmp(name, constants[i].name) == 0)
            return *out = value_number(constants[i].value, e->at.user), true;
    for (size_t i = 0; i < sizeof scalars / sizeof *scalars; i++)
        if (strcmp(name, scalars[i]) == 0)
            return *out = value_node(graph_scalar(e->g, name), e->at.user), true;
    if (strcmp(name, "training") == 0)
        return *out = value_number(e->training, e->at.user), true;
    if (strcmp(name, "none") == 0)
        return *out = (Value){.kind = VALUE_NONE, .span = e->at.user}, true;
    return false;
}

/* One formal of "x, axis?, ...": its name and what it may be. */
typedef struct { char name[24]; bool optional, rest; } Formal;

static int read_formals(const char *text, Formal *out) {
    int n = 0;
    while (*text) {
        size_t length = strcspn(text, ",");
        Formal *f = &out[n++];
        *f = (Formal){0};
        f->rest = strncmp(text, "...", 3) == 0;
        f->optional = length && text[length - 1] == '?';
        snprintf(f->name, sizeof f->name, "%.*s", (int)(length - f->optional), text);
        text += length;
        text += strspn(text, ", ");
    }
    return n;
}

static bool place_named(Elab *e, Call *c, const Formal *formals, int n, const Argument *a) {
    const char *names[MAX_ARGUMENTS];
    for (int i = 0; i < n; i++) {
        names[i] = formals[i].name;
        if (strcmp(formals[i].name, a->name) == 0 && !formals[i].rest) {
            if (c->arg[i].kind != VALUE_NONE) {
                elab_error(e, D_ARGUMENT_TWICE, a->span, a->name);
                return false;
            }
            c->arg[i] = a->value;
            c->where[i] = a->span;
            return true;
        }
    }
    elab_error(e, D_UNKNOWN_ARGUMENT, a->span, c->builtin->name, a->name);
    const char *near = diag_nearest(a->name, names, n);
    if (near)
        diag_help(e->d, "did you mean '%s'?", near);
    return false;
}

Value builtin_call(Elab *e, const Builtin *b, int n, Argument *args, const Tree *tree) {
    Call c = {.builtin = b, .tree = tree, .at = tree->span, .rest = NEW_ARRAY(e->a, Argument, n + 1)};
    Formal formals[MAX_ARGUMENTS];
    int n_formals = read_formals(b->formals, formals), next = 0;
    for (int i = 0; i < MAX_ARGUMENTS; i++) {
        c.arg[i] = (Value){.kind = VALUE_NONE};
        c.where[i] = tree->span;
    }
    for (int i = 0; i < n; i++) {
        if (args[i].value.kind == VALUE_POISON)
            return value_poison();
        if (args[i].name) {
            if (!place_named(e, &c, formals, n_formals, &args[i]))
                return value_poison();
        } else if (next < n_formals && formals[next].rest) {
            c.rest[c.n_rest++] = args[i];
        } else if (next < n_formals) {
            c.where[next] = args[i].span;
            c.arg[next++] = args[i].value;
        } else {
            elab_error(e, D_TOO_MANY_ARGUMENTS, args[i].span, b->name, n_formals);
            return value_poison();
        }
    }
    for (int i = 0; i < n_formals; i++)
        if (!formals[i].optional && !formals[i].rest && c.arg[i].kind == VALUE_NONE) {
            elab_error(e, D_ARGUMENT_NEEDED, tree->span, b->name, formals[i].name);
            return value_poison();
        }
    return b->rule(e, &c);
}
