#include "random_graph.h"

#include <string.h>

enum { MOST_ELEMENTS = 600 };

int random_below(Random *r, int n) {
    r->seed = r->seed * 6364136223846793005u + 1442695040888963407u;
    return (int)((r->seed >> 33) % (uint64_t)n);
}

Node *random_pick(Random *r) {
    int back = random_below(r, 2) ? random_below(r, r->pool.n)
                                  : random_below(r, r->pool.n < 6 ? r->pool.n : 6);
    return r->pool.at[r->pool.n - 1 - back];
}

static Node *pick_kind(Random *r, Kind kind) {
    for (int i = 0; i < 20; i++) {
        Node *n = random_pick(r);
        if (n->kind == kind) return n;
    }
    return NULL;
}

static Node *pick_real(Random *r) {
    return pick_kind(r, KIND_REAL);
}

static bool related(const Node *a, const Node *b) {
    return rows_inside(a->rows, b->rows) || rows_inside(b->rows, a->rows);
}

/* A partner that x broadcasts with. */
static Node *partner(Random *r, const Node *x) {
    for (int i = 0; i < 30; i++) {
        Node *n = random_pick(r);
        Shape s;
        if (n->kind == KIND_REAL && related(n, x) && shape_broadcast(&n->shape, &x->shape, &s))
            return n;
    }
    return NULL;
}

static Node *small(Random *r, Node *x) {
    return graph_map2(r->g, OP_MUL, x, graph_const(r->g, 0.3));
}

/* ---- one function a family of operations; NULL: not this time ---- */

static Node *make_map1(Random *r) {
    static const Op ops[] = {OP_NEG, OP_ABS,     OP_SIGN,     OP_TANH, OP_SIN,
                             OP_COS, OP_SIGMOID, OP_SOFTPLUS, OP_ERF,  OP_STOP};
    Node *x = pick_real(r);
    return x ? graph_map1(r->g, ops[random_below(r, sizeof ops / sizeof *ops)], x) : NULL;
}

static Node *make_positive(Random *r) {
    static const Op ops[] = {OP_LOG, OP_SQRT, OP_LOG1P};
    Node *x = pick_real(r);
    if (!x) return NULL;
    x = graph_map2(r->g, OP_ADD, graph_map1(r->g, OP_ABS, x), graph_const(r->g, 0.5));
    return graph_map1(r->g, ops[random_below(r, 3)], x);
}

static Node *make_map2(Random *r) {
    static const Op ops[] = {OP_ADD, OP_SUB, OP_MUL, OP_MUL, OP_MAX, OP_MIN, OP_ADD};
    Node *x = pick_real(r), *y = x ? partner(r, x) : NULL;
    if (!y) return NULL;
    return graph_map2(r->g, ops[random_below(r, sizeof ops / sizeof *ops)], x, y);
}

static Node *make_division(Random *r) {
    Node *x = pick_real(r), *y = x ? partner(r, x) : NULL;
    if (!y) return NULL;
    y = graph_map2(r->g, OP_ADD, graph_map2(r->g, OP_MUL, y, y), graph_const(r->g, 1));
    return graph_map2(r->g, OP_DIV, x, y);
}

static Node *make_where(Random *r) {
    static const Op ops[] = {OP_LT, OP_LE};
    Node *x = pick_real(r), *y = x ? partner(r, x) : NULL, *z = x ? partner(r, x) : NULL;
    Shape s;
    if (!y || !z || !related(y, z) || !shape_broadcast(&y->shape, &z->shape, &s) ||
        !shape_broadcast(&s, &x->shape, &s))
        return NULL;
    Node *condition = graph_map2(r->g, ops[random_below(r, 2)], x, y);
    if (random_below(r, 3) == 0) return graph_map1(r->g, OP_REAL, condition);
    return graph_where(r->g, condition, z, random_below(r, 2) ? graph_const(r->g, 2) : x);
}

static Node *make_reduction(Random *r) {
    Node *x = pick_real(r);
    if (!x || x->shape.rank == 0) return NULL;
    unsigned axes = 1 + (unsigned)random_below(r, (1 << x->shape.rank) - 1);
    return random_below(r, 3) ? small(r, graph_reduce(r->g, OP_SUM, x, axes))
                              : graph_reduce(r->g, OP_MAX_OVER, x, axes);
}

static Node *make_softmax(Random *r) {
    Node *x = pick_real(r);
    if (!x || x->shape.rank == 0) return NULL;
    unsigned axis = 1u << (x->shape.rank - 1);
    Shape kept = x->shape;
    kept.dim[kept.rank - 1] = 1;
    Node *largest = graph_reshape(r->g, graph_reduce(r->g, OP_MAX_OVER, x, axis), kept);
    Node *e = graph_map1(r->g, OP_EXP, graph_map2(r->g, OP_SUB, x, largest));
    Node *sum = graph_reshape(r->g, graph_reduce(r->g, OP_SUM, e, axis), kept);
    return graph_map2(r->g, OP_DIV, e, sum);
}

static Node *make_index(Random *r) {
    Node *x = pick_real(r);
    if (!x) return NULL;
    if (x->shape.rank > 0 && random_below(r, 2))
        return graph_reduce(r->g, OP_ARGMAX, x, 1u << random_below(r, x->shape.rank));
    return graph_to_index(r->g, graph_map2(r->g, OP_MUL, x, graph_const(r->g, 3)), 4);
}

static Node *make_real(Random *r) {
    Node *y = pick_kind(r, KIND_INDEX);
    return y ? graph_map1(r->g, OP_REAL, y) : NULL;
}

static Node *make_gather(Random *r) {
    Node *y = pick_kind(r, KIND_INDEX), *x = pick_real(r);
    if (!y || !x || x->shape.rank == 0 || x->shape.dim[0] < y->classes || !related(x, y) ||
        x->shape.rank - 1 + y->shape.rank > 5)
        return NULL;
    return graph_gather(r->g, x, y);
}

static Node *make_scatter(Random *r) {
    Node *y = pick_kind(r, KIND_INDEX), *x = pick_real(r);
    if (!y || !x || !related(x, y) || x->shape.rank < y->shape.rank) return NULL;
    Shape table = {.rank = 1 + x->shape.rank - y->shape.rank,
                   .dim = {y->classes + random_below(r, 2)}};
    for (int i = 0; i < y->shape.rank; i++)
        if (x->shape.dim[i] != y->shape.dim[i]) return NULL;
    for (int i = 1; i < table.rank; i++) table.dim[i] = x->shape.dim[y->shape.rank + i - 1];
    const Rows *rows = rows_join(x->rows, y->rows);
    if (random_below(r, 2) && rows) rows = rows->outer;
    return small(r, graph_scatter(r->g, y, x, table, rows));
}

static Node *make_sum_rows(Random *r) {
    Node *x = pick_real(r);
    if (!x || !x->rows) return NULL;
    return small(r, graph_sum_rows(r->g, x, random_below(r, 2) ? x->rows->outer : NULL));
}

static Node *make_cumsum(Random *r) {
    Node *x = pick_real(r);
    if (!x || x->shape.rank == 0) return NULL;
    return small(r, graph_cumsum(r->g, x, random_below(r, x->shape.rank), random_below(r, 2)));
}

static Node *make_reshape(Random *r) {
    Node *x = random_pick(r);
    if (x->kind == KIND_BOOL) return NULL;
    int64_t left = shape_size(&x->shape);
    Shape s = {0};
    while (s.rank < 4 && left > 1) {
        int64_t d = 1 + random_below(r, 6);
        if (left % d || (d == 1 && random_below(r, 3))) continue;
        s.dim[s.rank] = s.rank == 3 ? left : d;
        left /= s.dim[s.rank++];
    }
    if (left > 1) s.dim[s.rank++] = left;
    return graph_reshape(r->g, x, s);
}

static Node *make_transpose(Random *r) {
    Node *x = random_pick(r);
    if (x->shape.rank < 2) return NULL;
    int order[GRAPH_MAX_RANK];
    for (int i = 0; i < x->shape.rank; i++) order[i] = i;
    for (int i = x->shape.rank - 1; i > 0; i--) {
        int j = random_below(r, i + 1), kept = order[i];
        order[i] = order[j];
        order[j] = kept;
    }
    return graph_transpose(r->g, x, order);
}

static Node *make_slice(Random *r) {
    Node *x = random_pick(r);
    int64_t start[GRAPH_MAX_RANK], size[GRAPH_MAX_RANK], step[GRAPH_MAX_RANK];
    if (x->shape.rank == 0) return NULL;
    for (int i = 0; i < x->shape.rank; i++) {
        int length = (int)x->shape.dim[i], reach = 1 + random_below(r, length);
        step[i] = random_below(r, 3) == 0 && reach > 2 ? 2 : 1;
        size[i] = (reach - 1) / step[i] + 1;
        start[i] = random_below(r, length - (int)((size[i] - 1) * step[i]));
        if (random_below(r, 3) == 0) {
            start[i] += (size[i] - 1) * step[i];
            step[i] = -step[i];
        }
    }
    return graph_slice(r->g, x, start, size, step);
}

static Node *make_pad(Random *r) {
    Node *x = pick_real(r);
    int64_t before[GRAPH_MAX_RANK], after[GRAPH_MAX_RANK], step[GRAPH_MAX_RANK];
    if (!x || x->shape.rank == 0) return NULL;
    for (int i = 0; i < x->shape.rank; i++) {
        before[i] = random_below(r, 3);
        after[i] = random_below(r, 2);
        step[i] = 1 + (random_below(r, 3) == 0);
    }
    return graph_pad(r->g, x, before, after, step);
}

/* Windows over the last axes of a shape: overlapping, beyond the ends, with a rest, or exact. */
static int random_windows(Random *r, const Shape *s, Window *w) {
    int axes = 1 + random_below(r, s->rank > 1 ? 2 : 1);
    for (int i = 0; i < axes; i++) {
        int64_t length = s->dim[s->rank - axes + i];
        w[i] = (Window){length, 1 + random_below(r, 3), 1, 1 + random_below(r, 3),
                        1 + random_below(r, 2), random_below(r, 2)};
        if (random_below(r, 4) == 0 && length % w[i].size == 0) {
            w[i] = (Window){length, w[i].size, length / w[i].size, w[i].size, 1, 0};
            continue;
        }
        int64_t room = length + w[i].before + random_below(r, 2) - (w[i].size - 1) * w[i].apart - 1;
        if (room < 0) return 0;
        w[i].count = room / w[i].step + 1;
    }
    return axes;
}

static Node *make_window(Random *r) {
    Node *x = pick_real(r);
    Window w[GRAPH_MAX_RANK];
    int axes = x && x->shape.rank > 0 && x->shape.rank < 4 ? random_windows(r, &x->shape, w) : 0;
    return axes ? graph_window(r->g, x, axes, w) : NULL;
}

static Node *make_fold(Random *r) {
    Node *x = pick_real(r);
    Window w[GRAPH_MAX_RANK];
    int axes = x && x->shape.rank > 0 && x->shape.rank < 4 ? random_windows(r, &x->shape, w) : 0;
    if (!axes) return NULL;
    Node *seen = graph_window(r->g, x, axes, w);
    if (shape_size(&seen->shape) * rows_count(seen->rows) > MOST_ELEMENTS) return NULL;
    return small(r, graph_fold(r->g, graph_map1(r->g, OP_SIN, seen), axes, w));
}

/* x's windows against weights of their own, to `filters` channels; or back from them. */
static Node *make_convolution(Random *r) {
    Node *x = pick_real(r);
    Window w[GRAPH_MAX_RANK];
    int axes = x && x->shape.rank > 1 && x->shape.rank < 4 ? random_windows(r, &x->shape, w) : 0;
    if (!axes || axes == x->shape.rank) return NULL;
    Node *seen = graph_window(r->g, x, axes, w);
    int lead = x->shape.rank - axes, of_w[GRAPH_MAX_RANK] = {0}, of_x[GRAPH_MAX_RANK],
        out[GRAPH_MAX_RANK] = {0};
    Shape weights = {.rank = 1 + lead + axes, .dim = {1 + random_below(r, 5)}};
    for (int i = 0; i < seen->shape.rank; i++) {
        of_x[i] = i + 1;
        if (i < lead + axes) weights.dim[i + 1] = seen->shape.dim[i];
        if (i < lead + axes) of_w[i + 1] = i + 1;
        else out[1 + i - lead - axes] = i + 1;
    }
    Node *v = graph_random(r->g, OP_UNIFORM, "weights", weights, NULL, 0, NULL);
    v = random_below(r, 2) ? v : graph_map2(r->g, OP_SUB, v, graph_const(r->g, 0.5));
    Node *y = graph_contract(r->g, v, of_w, seen, of_x, 1 + axes, out, x->rows);
    if (shape_size(&y->shape) * rows_count(y->rows) > MOST_ELEMENTS) return NULL;
    if (random_below(r, 2)) return small(r, y);
    Node *back = graph_contract(r->g, v, of_w, graph_map1(r->g, OP_SIN, y), out,
                                seen->shape.rank, of_x, x->rows);
    return small(r, small(r, graph_fold(r->g, back, axes, w)));
}

static Node *make_concat(Random *r) {
    Node *x = pick_real(r);
    if (!x || x->shape.rank == 0) return NULL;
    int axis = random_below(r, x->shape.rank), n = 1;
    Node *parts[4] = {x};
    for (int i = 0; i < 40 && n < 4; i++) {
        Node *y = random_pick(r);
        bool fits = y->kind == KIND_REAL && y->shape.rank == x->shape.rank && related(x, y);
        for (int j = 0; fits && j < n; j++) fits = related(parts[j], y);
        for (int j = 0; fits && j < x->shape.rank; j++)
            fits = j == axis || y->shape.dim[j] == x->shape.dim[j];
        if (fits) parts[n++] = y;
    }
    if (n == 1) parts[n++] = graph_map1(r->g, OP_TANH, x);
    return graph_concat(r->g, n, parts, axis);
}

static Node *make_broadcast(Random *r) {
    Node *x = random_pick(r);
    Shape s = x->shape;
    if (x->kind == KIND_BOOL || s.rank >= 4) return NULL;
    for (int i = s.rank; i > 0; i--)
        s.dim[i] = s.dim[i - 1] == 1 && random_below(r, 2) ? 3 : s.dim[i - 1];
    s.rank++;
    s.dim[0] = 1 + random_below(r, 3);
    const Rows *rows = x->rows || random_below(r, 2) ? x->rows : r->g->batch;
    return graph_broadcast(r->g, x, s, rows);
}

static Node *make_spread(Random *r) {
    Node *x = random_pick(r);
    if (x->rows != r->g->batch || x->shape.rank == 0 || x->shape.dim[0] != 2 ||
        x->kind == KIND_BOOL)
        return NULL;
    return graph_spread(r->g, x, graph_rows(r->g, x->rows, x->shape.dim[0]));
}

static Node *make_collect(Random *r) {
    Node *x = random_pick(r);
    if (!x->rows || !x->rows->outer || x->shape.rank >= 4 || x->kind == KIND_BOOL) return NULL;
    return graph_collect(r->g, x);
}

/* Any product that labels can say: every label in the result or in both. */
static Node *make_contract(Random *r) {
    Node *a = pick_real(r), *b = a ? pick_real(r) : NULL;
    if (!b || !related(a, b) || a->shape.rank > 3 || b->shape.rank > 3) return NULL;
    int la[4], lb[4], out[8], rank = 0, shared[4] = {0};
    for (int i = 0; i < a->shape.rank; i++) la[i] = i;
    for (int j = 0; j < b->shape.rank; j++) {
        lb[j] = 4 + j;
        for (int i = 0; i < a->shape.rank; i++)
            if (!shared[i] && a->shape.dim[i] == b->shape.dim[j] && random_below(r, 3)) {
                lb[j] = i;
                shared[i] = 1;
                break;
            }
    }
    for (int i = 0; i < a->shape.rank; i++)
        if (!shared[i] || random_below(r, 4) == 0) out[rank++] = i;
    for (int j = 0; j < b->shape.rank; j++)
        if (lb[j] >= 4) out[rank++] = lb[j];
    for (int i = rank - 1; i > 0; i--) {
        int j = random_below(r, i + 1), kept = out[i];
        out[i] = out[j];
        out[j] = kept;
    }
    const Rows *rows = rows_join(a->rows, b->rows);
    if (rows && random_below(r, 3) == 0) rows = random_below(r, 2) ? rows->outer : NULL;
    return small(r, graph_contract(r->g, a, la, b, lb, rank, out, rows));
}

static Node *make_matmul(Random *r) {
    Node *a = pick_real(r);
    for (int i = 0; a && i < 30; i++) {
        Node *b = random_pick(r);
        if (b->kind == KIND_REAL && related(a, b) && a->shape.rank > 0 && a->shape.rank <= 2 &&
            b->shape.rank == 2 && b->shape.dim[0] == a->shape.dim[a->shape.rank - 1])
            return graph_matmul(r->g, a, b);
    }
    return NULL;
}

static Node *make_draw(Random *r) {
    const Rows *inner = graph_rows(r->g, r->g->batch, 2),
               *rows[] = {NULL, r->g->batch, inner, graph_rows(r->g, inner, 2)};
    Shape s = shape_of(2, (int64_t)(1 + random_below(r, 3)), (int64_t)3);
    s.rank = random_below(r, 3);
    const char *path = intern(r->g->arena, arena_printf(r->g->arena, "draw%d", r->n_draws++));
    return graph_random(r->g, random_below(r, 2) ? OP_UNIFORM : OP_GAUSSIAN, path, s,
                        rows[random_below(r, 4)], r->turns.n, r->turns.at);
}

static Node *make_matrix(Random *r) {
    Node *x = pick_real(r), *b = x ? partner(r, x) : NULL;
    if (!b || x->shape.rank != 2 || x->shape.dim[0] != x->shape.dim[1]) return NULL;
    int64_t n = x->shape.dim[0];
    Node *i = graph_iota(r->g, n), *column = graph_reshape(r->g, i, shape_of(2, n, (int64_t)1));
    Node *identity = graph_map1(r->g, OP_REAL, graph_map2(r->g, OP_EQ, i, column));
    Node *m = graph_map2(r->g, OP_ADD, small(r, graph_map1(r->g, OP_TANH, x)),
                         graph_map2(r->g, OP_MUL, identity, graph_const(r->g, 3)));
    int which = random_below(r, 4);
    if (which == 0) return graph_inverse(r->g, m);
    if (which == 1) return graph_log_abs_det(r->g, m);
    if (b->shape.rank < 1 || b->shape.rank > 2 || b->shape.dim[0] != n) return NULL;
    return graph_tri_solve(r->g, m, b, which == 2);
}

/* A scan over what the pool has, with a body of random nodes. */
static Node *make_scan(Random *r) {
    if (r->depth == 2) return NULL;
    int64_t turns = 1 + random_below(r, 4);
    Node *sequences[2], *inits[2];
    Shape shapes[2];
    const Rows *rows[2];
    int n_slices = 0, n_carries = 1 + random_below(r, 2);
    for (int i = 0; i < 30 && n_slices < 2; i++) {
        Node *x = random_pick(r);
        if (x->shape.rank > 0 && x->kind == KIND_REAL &&
            (n_slices ? x->shape.dim[0] == turns : x->shape.dim[0] > 1)) {
            sequences[n_slices++] = x;
            turns = x->shape.dim[0];
        }
    }
    for (int i = 0; i < n_carries; i++) {
        Node *x = pick_real(r);
        if (!x) return NULL;
        inits[i] = random_below(r, 2) ? x : graph_const(r->g, 0.1);
        shapes[i] = x->shape;
        rows[i] = x->rows ? x->rows : random_below(r, 2) ? r->g->batch : NULL;
        for (int j = 0; j < n_slices; j++)
            if (!rows_inside(rows[i], sequences[j]->rows))
                rows[i] = rows_join(rows[i], sequences[j]->rows);
    }
    Scan *s = scan_begin(r->g, turns, random_below(r, 2), n_slices, sequences, n_carries, inits,
                         shapes, rows);
    Random body = *r;
    body.depth++;
    body.turns.at = NULL;
    body.turns.n = body.turns.room = 0;
    body.pool.at = NULL;
    body.pool.n = body.pool.room = 0;
    for (int i = 0; i < r->turns.n; i++) LIST_ADD(r->g->arena, &body.turns, r->turns.at[i]);
    LIST_ADD(r->g->arena, &body.turns, s->turn);
    for (int i = 0; i < 8; i++) LIST_ADD(r->g->arena, &body.pool, random_pick(r));
    for (int i = 0; i < n_slices; i++) LIST_ADD(r->g->arena, &body.pool, s->slices[i]);
    LIST_ADD(r->g->arena, &body.pool, s->turn);
    for (int i = 0; i < n_carries; i++) LIST_ADD(r->g->arena, &body.pool, s->carries[i]);
    random_nodes(&body, 12);
    Node *next[2], *yields[3];
    for (int i = 0; i < n_carries; i++) {
        next[i] =
            s->carries[random_below(r, 4) == 0 && shape_equal(&shapes[0], &shapes[n_carries - 1]) &&
                               rows[0] == rows[n_carries - 1]
                           ? n_carries - 1 - i
                           : i];
        for (int j = 0; j < 60; j++) {
            Node *x = random_pick(&body);
            Shape all;
            if (x->kind == KIND_REAL && rows_inside(rows[i], x->rows) &&
                shape_broadcast(&x->shape, &shapes[i], &all) && shape_equal(&all, &shapes[i])) {
                next[i] =
                    random_below(r, 2)
                        ? x
                        : graph_map1(r->g, OP_TANH, graph_map2(r->g, OP_ADD, x, s->carries[i]));
                break;
            }
        }
    }
    int n_yields = 0;
    for (int i = 0; i < 20 && n_yields < 3; i++) {
        Node *x = random_pick(&body);
        if (x->kind == KIND_REAL && x->shape.rank < 4)
            yields[n_yields++] = random_below(r, 4) ? x : s->carries[0];
    }
    r->seed = body.seed;
    r->n_draws = body.n_draws;
    scan_finish(r->g, s, next, n_yields, yields);
    for (int i = 0; i < s->n_carries + s->yields.n; i++)
        LIST_ADD(r->g->arena, &r->pool, graph_pick(r->g, s, i));
    return graph_pick(r->g, s, 0);
}

typedef Node *Make(Random *r);

static Make *const makes[] = {
    make_map1,      make_map1,    make_map2,      make_map2,      make_map2,    make_positive,
    make_division,  make_where,   make_reduction, make_reduction, make_softmax, make_index,
    make_real,      make_gather,  make_scatter,   make_sum_rows,  make_cumsum,  make_reshape,
    make_transpose, make_slice,   make_pad,       make_concat,    make_concat,  make_broadcast,
    make_spread,    make_collect, make_contract,  make_contract,  make_matmul,  make_draw,
    make_matrix,    make_scan,    make_window,    make_fold,      make_convolution,
    make_convolution,
};

void random_nodes(Random *r, int n) {
    for (int i = 0; i < n; i++) {
        Node *made = makes[random_below(r, sizeof makes / sizeof *makes)](r);
        if (made && shape_size(&made->shape) * rows_count(made->rows) <= MOST_ELEMENTS)
            LIST_ADD(r->g->arena, &r->pool, made);
    }
}
