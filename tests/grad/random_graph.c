#include "random_graph.h"

typedef struct {
    Graph *g;
    uint64_t state;
    LIST(Node *) pool; /* what there is so far */
} Maker;

static int64_t below(Maker *m, int64_t n) {
    m->state = m->state * 6364136223846793005u + 1442695040888963407u;
    return (int64_t)(m->state >> 33) % n;
}

static Node *any(Maker *m) {
    return m->pool.at[below(m, m->pool.n)];
}

/* Kept small, so that products of products do not run away. */
static Node *made_small(Maker *m, Node *x) {
    return shape_size(&x->shape) > 64 ? NULL : graph_map1(m->g, OP_TANH, x);
}

static Node *some_unary(Maker *m) {
    static const Op ops[] = {OP_NEG,  OP_ABS,     OP_EXP,      OP_SIN,
                             OP_TANH, OP_SIGMOID, OP_SOFTPLUS, OP_STOP};
    return graph_map1(m->g, ops[below(m, 8)], graph_map1(m->g, OP_TANH, any(m)));
}

static Node *some_binary(Maker *m) {
    static const Op ops[] = {OP_ADD, OP_SUB, OP_MUL, OP_MAX, OP_MIN, OP_DIV};
    static const double numbers[] = {0, 1, -1, 2, 0.5, 3};
    Op op = ops[below(m, 6)];
    Node *a = any(m), *b = any(m);
    Shape both;
    if (below(m, 3) == 0) b = graph_const(m->g, numbers[1 + below(m, 5)]);
    else if (op == OP_DIV)
        b = graph_map2(m->g, OP_ADD, graph_map1(m->g, OP_SIGMOID, b), graph_const(m->g, 1));
    if (op != OP_DIV && below(m, 8) == 0) a = graph_const(m->g, numbers[below(m, 6)]);
    return shape_broadcast(&a->shape, &b->shape, &both) ? graph_map2(m->g, op, a, b) : NULL;
}

static Node *some_choice(Maker *m) {
    Node *a = any(m), *b = any(m), *c = any(m);
    Shape both;
    if (!shape_broadcast(&a->shape, &b->shape, &both) || !shape_broadcast(&both, &c->shape, &both))
        return NULL;
    return graph_where(m->g, graph_map2(m->g, OP_LT, c, graph_const(m->g, 0.1)), a, b);
}

static Node *some_reduction(Maker *m) {
    Node *x = any(m);
    if (x->shape.rank == 0) return NULL;
    unsigned axes = 1 + (unsigned)below(m, (1 << x->shape.rank) - 1);
    return graph_reduce(m->g, below(m, 3) ? OP_SUM : OP_MAX_OVER, x, axes);
}

static Node *some_reshape(Maker *m) {
    Node *x = any(m);
    int64_t size = shape_size(&x->shape), first = 1 + below(m, size);
    while (size % first != 0) first--;
    return graph_reshape(m->g, x,
                         below(m, 2) ? shape_of(1, size) : shape_of(2, first, size / first));
}

static Node *some_transpose(Maker *m) {
    Node *x = any(m);
    int order[GRAPH_MAX_RANK];
    for (int i = 0; i < x->shape.rank; i++) {
        int j = (int)below(m, i + 1);
        order[i] = order[j];
        order[j] = i;
    }
    return graph_transpose(m->g, x, order);
}

static Node *some_slice(Maker *m) {
    Node *x = any(m);
    int64_t start[GRAPH_MAX_RANK], size[GRAPH_MAX_RANK], step[GRAPH_MAX_RANK];
    for (int i = 0; i < x->shape.rank; i++) {
        int64_t length = x->shape.dim[i];
        start[i] = below(m, length);
        step[i] = 1 + below(m, 2);
        size[i] = 1 + below(m, (length - 1 - start[i]) / step[i] + 1);
        if (below(m, 4)) start[i] = 0, step[i] = 1, size[i] = length;
        else if (below(m, 3) == 0) start[i] += (size[i] - 1) * step[i], step[i] = -step[i];
    }
    return graph_slice(m->g, x, start, size, step);
}

static Node *some_pad(Maker *m) {
    Node *x = any(m);
    int64_t before[GRAPH_MAX_RANK], after[GRAPH_MAX_RANK], step[GRAPH_MAX_RANK];
    for (int i = 0; i < x->shape.rank; i++) {
        before[i] = below(m, 3) ? 0 : below(m, 3);
        after[i] = below(m, 3) ? 0 : below(m, 3);
        step[i] = below(m, 5) ? 1 : 2;
    }
    return graph_pad(m->g, x, before, after, step);
}

/* Windows of the last axis, or those folded back. */
static Node *some_windows(Maker *m) {
    Node *x = any(m);
    if (x->shape.rank == 0 || x->shape.rank > 3) return NULL;
    Window w = {x->shape.dim[x->shape.rank - 1], 1 + below(m, 3), 1 + below(m, 3), 1 + below(m, 3),
                1 + below(m, 2), below(m, 2)};
    if (w.length % w.size == 0 && below(m, 2))
        w.before = 0, w.apart = 1, w.step = w.size, w.count = w.length / w.size;
    Node *seen = graph_window(m->g, x, 1, &w);
    return below(m, 2) ? seen : graph_fold(m->g, graph_map1(m->g, OP_SIN, seen), 1, &w);
}

static Node *some_concat(Maker *m) {
    Node *a = any(m);
    if (a->shape.rank == 0) return NULL;
    return graph_concat(m->g, 2, (Node *[]){a, below(m, 2) ? a : graph_map1(m->g, OP_SIN, a)},
                        (int)below(m, a->shape.rank));
}

static Node *some_broadcast(Maker *m) {
    Node *x = any(m);
    Shape shape = {.rank = x->shape.rank + 1, .dim = {1 + below(m, 3)}};
    if (shape.rank > 4) return NULL;
    for (int i = 0; i < x->shape.rank; i++) shape.dim[i + 1] = x->shape.dim[i];
    return graph_broadcast(m->g, x, shape, x->rows ? x->rows : m->g->batch);
}

static Node *some_draws(Maker *m) {
    Node *x = any(m);
    const Rows *inner = graph_rows(m->g, m->g->batch, 3);
    if (x->rows == inner)
        return below(m, 2) ? graph_collect(m->g, x) : graph_sum_rows(m->g, x, m->g->batch);
    if (x->rows == m->g->batch && x->shape.rank > 0 && x->shape.dim[0] == 3)
        return graph_spread(m->g, x, inner);
    if (below(m, 2)) return graph_sum_rows(m->g, x, NULL);
    return graph_map2(m->g, OP_MUL, x,
                      graph_random(m->g, OP_UNIFORM, "u", (Shape){0}, inner, 0, NULL));
}

static Node *some_product(Maker *m) {
    Node *a = any(m), *b = any(m);
    int64_t inner = b->shape.rank > 0 ? b->shape.dim[b->shape.rank < 2 ? 0 : b->shape.rank - 2] : 0;
    if (a->shape.rank == 0 || a->shape.rank > 2 || b->shape.rank > 2) return NULL;
    if (a->shape.dim[a->shape.rank - 1] != inner) return NULL;
    return graph_matmul(m->g, a, b);
}

static Node *some_cumsum(Maker *m) {
    Node *x = any(m);
    return x->shape.rank ? graph_cumsum(m->g, x, (int)below(m, x->shape.rank), below(m, 2)) : NULL;
}

/* s = tanh(s + f(x_t)) along the first axis of something. */
static Node *some_recurrence(Maker *m) {
    Node *x = any(m);
    if (x->shape.rank == 0) return NULL;
    Shape part = {.rank = x->shape.rank - 1};
    for (int i = 0; i < part.rank; i++) part.dim[i] = x->shape.dim[i + 1];
    Node *zero = graph_const(m->g, 0.5);
    const Rows *rows = x->rows;
    Scan *s = scan_begin(m->g, x->shape.dim[0], below(m, 2), 1, &x, 1, &zero, &part, &rows);
    Node *next = graph_map2(m->g, OP_ADD, s->carries[0],
                            graph_map2(m->g, OP_MUL, s->slices[0], s->carries[0]));
    next = graph_map1(m->g, OP_TANH, next);
    scan_finish(m->g, s, &next, 1, &next);
    return graph_pick(m->g, s, (int)below(m, 2));
}

typedef Node *Step(Maker *m);

static Step *const steps[] = {
    some_unary,     some_unary,   some_binary,    some_binary, some_binary,     some_choice,
    some_reduction, some_reshape, some_transpose, some_slice,  some_pad,        some_concat,
    some_broadcast, some_draws,   some_product,   some_cumsum, some_recurrence, some_reduction,
    some_windows,   some_windows};

Node *random_graph(Graph *g, uint64_t seed, int n_operations, int n_leaves, Node *const *leaf) {
    Maker m = {.g = g, .state = seed * 0x9e3779b97f4a7c15u + 1};
    Node *sum = graph_const(g, 0);
    for (int i = 0; i < n_leaves; i++) LIST_ADD(g->arena, &m.pool, leaf[i]);
    for (int i = 0; i < n_operations; i++) {
        Node *x = steps[below(&m, sizeof steps / sizeof steps[0])](&m);
        if (x) x = made_small(&m, x);
        if (x) LIST_ADD(g->arena, &m.pool, x);
    }
    for (int i = 0; i < m.pool.n; i++) {
        Node *x = m.pool.at[i];
        Node *all = graph_sum_rows(g, graph_reduce(g, OP_SUM, x, (1u << x->shape.rank) - 1), NULL);
        sum =
            graph_map2(g, OP_ADD, sum, graph_map2(g, OP_MUL, all, graph_const(g, 0.1 + 0.01 * i)));
    }
    return sum;
}
