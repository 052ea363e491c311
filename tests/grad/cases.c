/* At least one case for every primitive: what tests of derivatives and of rewriting go through. */
#include "check_gradient.h"
#include "../../compiler/transform/grad.h"

/* ---- elementwise: a build for each number of inputs, the operation from the case's row ---- */

#define UNARY(OP_NAME)                                                                             \
    static Node *build_##OP_NAME(Graph *g, Node *const *leaf) {                                    \
        return graph_map1(g, OP_##OP_NAME, leaf[0]);                                               \
    }
#define BINARY(OP_NAME)                                                                            \
    static Node *build_##OP_NAME(Graph *g, Node *const *leaf) {                                    \
        return graph_map2(g, OP_##OP_NAME, leaf[0], leaf[1]);                                      \
    }

UNARY(NEG)
UNARY(ABS) UNARY(SIGN) UNARY(FLOOR) UNARY(EXP) UNARY(EXPM1) UNARY(LOG) UNARY(LOG1P) UNARY(SQRT)
    UNARY(SIN) UNARY(COS) UNARY(TANH) UNARY(SIGMOID) UNARY(SOFTPLUS) UNARY(ERF) BINARY(ADD)
        BINARY(SUB) BINARY(MUL) BINARY(DIV) BINARY(POW) BINARY(MAX) BINARY(MIN)

#define COMPARISON(OP_NAME)                                                                        \
    static Node *build_##OP_NAME(Graph *g, Node *const *leaf) {                                    \
        return graph_map1(g, OP_REAL, graph_map2(g, OP_##OP_NAME, leaf[0], leaf[1]));              \
    }
            COMPARISON(LT) COMPARISON(LE) COMPARISON(EQ) COMPARISON(NE)

    /* a^-1.5, a constant exponent */
    static Node *build_power(Graph *g, Node *const *leaf) {
    return graph_map2(g, OP_POW, leaf[0], graph_const(g, -1.5));
}

static Node *build_STOP(Graph *g, Node *const *leaf) {
    return graph_map2(g, OP_MUL, leaf[1], graph_map1(g, OP_STOP, leaf[0]));
}

/* mean + std * noise, marked as a draw */
static Node *build_DRAWN(Graph *g, Node *const *leaf) {
    Node *noise = graph_random(g, OP_GAUSSIAN, "z", leaf[1]->shape, g->batch, 0, NULL);
    Node *value = graph_map2(g, OP_ADD, leaf[0], graph_map2(g, OP_MUL, leaf[1], noise));
    return graph_make(g, OP_DRAWN, 3, (Node *[]){value, leaf[0], leaf[1]}, 0, NULL, 0, "z");
}

/* x^3 with what undoes it, and its slope */
static Node *build_UNDONE(Graph *g, Node *const *leaf) {
    Node *square = graph_map2(g, OP_MUL, leaf[0], leaf[0]), *y = graph_map2(g, OP_MUL, square, leaf[0]);
    Node *in[] = {y, leaf[0], graph_map2(g, OP_POW, y, graph_const(g, 1 / 3.0)),
                  graph_map2(g, OP_MUL, graph_const(g, 3), square)};
    return graph_make(g, OP_UNDONE, 4, in, 0, NULL, 0, "cube");
}

static Node *build_TO_INDEX(Graph *g, Node *const *leaf) {
    return graph_map1(g, OP_REAL, graph_to_index(g, leaf[0], 5));
}

static Node *build_WHERE(Graph *g, Node *const *leaf) {
    Node *condition = graph_map2(g, OP_LT, leaf[2], graph_const(g, 0));
    return graph_where(g, condition, graph_map1(g, OP_EXP, leaf[0]),
                       graph_map1(g, OP_SIN, leaf[1]));
}

/* ---- reductions ---- */

static Node *cube(Graph *g, Node *x) {
    return graph_map2(g, OP_MUL, x, graph_map2(g, OP_MUL, x, x));
}

static Node *build_SUM(Graph *g, Node *const *leaf) {
    return cube(g, graph_reduce(g, OP_SUM, leaf[0], 5));
}
static Node *build_MAX_OVER(Graph *g, Node *const *leaf) {
    return cube(g, graph_reduce(g, OP_MAX_OVER, leaf[0], 2));
}
static Node *build_ARGMAX(Graph *g, Node *const *leaf) {
    return graph_map1(g, OP_REAL, graph_reduce(g, OP_ARGMAX, leaf[0], 2));
}
static Node *build_SUM_ROWS(Graph *g, Node *const *leaf) {
    return graph_map2(g, OP_MUL, cube(g, graph_sum_rows(g, leaf[0], NULL)), leaf[0]);
}
static Node *build_CUMSUM(Graph *g, Node *const *leaf) {
    return cube(g, graph_cumsum(g, leaf[0], 0, false));
}
static Node *build_cumsum_reverse(Graph *g, Node *const *leaf) {
    return cube(g, graph_cumsum(g, leaf[0], 1, true));
}

/* ---- moves, with a cube behind so that the second derivative is not zero ---- */

static Node *build_RESHAPE(Graph *g, Node *const *leaf) {
    return graph_map2(g, OP_MUL,
                      cube(g, graph_reshape(g, leaf[0], shape_of(2, (int64_t)3, (int64_t)4))),
                      leaf[1]);
}
static Node *build_TRANSPOSE(Graph *g, Node *const *leaf) {
    return graph_map2(g, OP_MUL, cube(g, graph_transpose(g, leaf[0], (int[]){2, 0, 1})), leaf[1]);
}
static Node *build_SLICE(Graph *g, Node *const *leaf) {
    int64_t start[] = {5, 1}, size[] = {2, 2}, step[] = {-3, 2};
    return cube(g, graph_slice(g, leaf[0], start, size, step));
}
static Node *build_PAD(Graph *g, Node *const *leaf) {
    int64_t before[] = {1, 0}, after[] = {0, 2}, step[] = {2, 1};
    return graph_map2(g, OP_MUL, cube(g, graph_pad(g, leaf[0], before, after, step)), leaf[1]);
}
/* [2, 7, 6] by 3 x 2, steps 2 and 3, the first axis' elements 2 apart and one place in */
static const Window overlapping[] = {{7, 3, 2, 2, 2, 1}, {6, 2, 3, 3, 1, 1}};
static Node *build_WINDOW(Graph *g, Node *const *leaf) {
    return graph_map2(g, OP_MUL, cube(g, graph_window(g, leaf[0], 2, overlapping)), leaf[1]);
}
static Node *build_FOLD(Graph *g, Node *const *leaf) {
    return graph_map2(g, OP_MUL, cube(g, graph_fold(g, leaf[0], 2, overlapping)), leaf[1]);
}
/* 2 x 3 side by side; single elements; all at once */
static Node *build_window_exact(Graph *g, Node *const *leaf) {
    const Window exact[] = {{4, 2, 2, 2, 1, 0}, {6, 3, 2, 3, 1, 0}};
    Node *x = graph_window(g, leaf[0], 2, exact);
    return graph_map2(g, OP_MUL, cube(g, graph_fold(g, cube(g, x), 2, exact)), leaf[0]);
}
static Node *build_window_single(Graph *g, Node *const *leaf) {
    const Window single[] = {{7, 1, 3, 2, 1, 0}};
    Node *x = graph_window(g, leaf[0], 1, single);
    return cube(g, graph_fold(g, graph_map2(g, OP_MUL, x, leaf[1]), 1, single));
}
/* a convolution: 3 x 2 windows of 2 channels to 3 */
static Node *convolution(Graph *g, Node *x, Node *w) {
    Node *seen = graph_window(g, x, 2, overlapping);
    return graph_contract(g, w, (int[]){0, 1, 2, 3}, seen, (int[]){1, 2, 3, 4, 5}, 3,
                          (int[]){0, 4, 5}, g->batch);
}
static Node *build_convolution(Graph *g, Node *const *leaf) {
    return cube(g, convolution(g, leaf[0], leaf[1]));
}
/* ... and a transposed one, from 3 channels to 2 */
static Node *build_convolution_back(Graph *g, Node *const *leaf) {
    Node *seen = graph_contract(g, leaf[1], (int[]){0, 1, 2, 3}, leaf[0], (int[]){0, 4, 5}, 5,
                                (int[]){1, 2, 3, 4, 5}, g->batch);
    return cube(g, graph_fold(g, seen, 2, overlapping));
}
static Node *build_CONCAT(Graph *g, Node *const *leaf) {
    return cube(g, graph_concat(g, 3, (Node *[]){leaf[0], leaf[1], leaf[0]}, 1));
}
static Node *build_BROADCAST(Graph *g, Node *const *leaf) {
    return cube(
        g, graph_broadcast(g, leaf[0], shape_of(3, (int64_t)2, (int64_t)3, (int64_t)4), g->batch));
}
/* Draws of an example that share a and differ by the noise, then joined, and the other way. */
static Node *build_COLLECT(Graph *g, Node *const *leaf) {
    const Rows *inner = graph_rows(g, g->batch, 4);
    Node *noise = graph_random(g, OP_GAUSSIAN, "n", leaf[0]->shape, inner, 0, NULL);
    Node *value = graph_map2(g, OP_ADD, leaf[0], graph_map2(g, OP_MUL, leaf[1], noise));
    return cube(g, graph_reduce(g, OP_SUM, graph_collect(g, cube(g, value)), 1));
}
static Node *build_SPREAD(Graph *g, Node *const *leaf) {
    const Rows *inner = graph_rows(g, g->batch, 4);
    Node *x = graph_spread(g, leaf[0], inner);
    return cube(g, graph_map2(g, OP_MUL, x, leaf[1]));
}

/* ---- products ---- */

static Node *build_CONTRACT(Graph *g, Node *const *leaf) {
    return cube(g, graph_matmul(g, leaf[0], leaf[1]));
}
static Node *build_batched_product(Graph *g, Node *const *leaf) {
    return cube(g, graph_matmul(g, leaf[0], leaf[1]));
}
/* sum over examples of x y^T */
static Node *build_product_over_rows(Graph *g, Node *const *leaf) {
    return cube(
        g, graph_contract(g, leaf[0], (int[]){0}, leaf[1], (int[]){1}, 2, (int[]){1, 0}, NULL));
}
/* the same with an operand that has no rows: its product with the sum of the other */
static Node *build_product_over_own_rows(Graph *g, Node *const *leaf) {
    return cube(
        g, graph_contract(g, leaf[0], (int[]){0, 1}, leaf[1], (int[]){1}, 1, (int[]){0}, NULL));
}
/* draws of an example against values of the example */
static Node *build_product_of_draws(Graph *g, Node *const *leaf) {
    Node *x = graph_spread(g, leaf[0], graph_rows(g, g->batch, 4));
    Node *joint = graph_matmul(g, cube(g, x), leaf[1]);
    return graph_contract(g, joint, (int[]){0}, leaf[2], (int[]){0}, 1, (int[]){0}, g->batch);
}

static Node *indices(Graph *g, Node *x) {
    return graph_to_index(g, x, 4);
}

static Node *build_GATHER(Graph *g, Node *const *leaf) {
    return cube(g, graph_gather(g, leaf[0], indices(g, leaf[1])));
}
static Node *build_PUT(Graph *g, Node *const *leaf) {
    Node *index = graph_table(g, 4, shape_of(1, (int64_t)2), (int64_t[]){3, 1});
    return cube(g, graph_put(g, leaf[0], index, leaf[1]));
}
static Node *build_SCATTER(Graph *g, Node *const *leaf) {
    Shape table = shape_of(2, (int64_t)4, (int64_t)2);
    return cube(g, graph_scatter(g, indices(g, leaf[1]), leaf[0], table, NULL));
}
static Node *build_scatter_each(Graph *g, Node *const *leaf) {
    Shape table = shape_of(2, (int64_t)4, (int64_t)2);
    return cube(g, graph_scatter(g, indices(g, leaf[1]), leaf[0], table, g->batch));
}

/* Diagonally dominant, so that it is far from singular. */
static Node *regular(Graph *g, Node *m) {
    int64_t order = m->shape.dim[0];
    Node *place = graph_map1(g, OP_REAL, graph_iota(g, order));
    Node *row = graph_reshape(g, place, shape_of(2, order, (int64_t)1));
    Node *eye =
        graph_where(g, graph_map2(g, OP_EQ, place, row), graph_const(g, 3), graph_const(g, 0));
    return graph_map2(g, OP_ADD, m, eye);
}
static Node *build_TRI_SOLVE(Graph *g, Node *const *leaf) {
    return graph_tri_solve(g, regular(g, leaf[0]), cube(g, leaf[1]), false);
}
static Node *build_tri_solve_transposed(Graph *g, Node *const *leaf) {
    return graph_tri_solve(g, regular(g, leaf[0]), cube(g, leaf[1]), true);
}
static Node *build_LOG_ABS_DET(Graph *g, Node *const *leaf) {
    return graph_log_abs_det(g, regular(g, leaf[0]));
}
static Node *build_INVERSE(Graph *g, Node *const *leaf) {
    return graph_inverse(g, regular(g, leaf[0]));
}

/* ---- recurrences ---- */

/* h = tanh(x_t @ W + h @ V), all h and the last, backwards if asked */
static Node *recurrence(Graph *g, Node *const *leaf, bool reverse) {
    Node *x = leaf[0], *w = leaf[1], *init = leaf[2];
    Scan *s = scan_begin(g, x->shape.dim[0], reverse, 1, &x, 1, &init, &init->shape,
                         (const Rows *[]){g->batch});
    Node *h = graph_map1(g, OP_TANH,
                         graph_map2(g, OP_ADD, graph_matmul(g, s->slices[0], w),
                                    graph_map2(g, OP_MUL, s->carries[0], s->carries[0])));
    scan_finish(g, s, &h, 1, &h);
    return graph_map2(g, OP_MUL, graph_pick(g, s, 0),
                      graph_reduce(g, OP_SUM, graph_pick(g, s, 1), 1));
}
static Node *build_SCAN(Graph *g, Node *const *leaf) {
    return recurrence(g, leaf, false);
}
static Node *build_PICK(Graph *g, Node *const *leaf) {
    return recurrence(g, leaf, true);
}

/* A sum over turns that the body's number enters, and a carry that only counts. */
static Node *build_scan_by_turns(Graph *g, Node *const *leaf) {
    Node *init[] = {graph_const(g, 1), graph_to_index(g, graph_const(g, 0), 100)};
    Shape shapes[] = {leaf[0]->shape, {0}};
    Scan *s = scan_begin(g, 4, false, 0, NULL, 2, init, shapes, (const Rows *[]){g->batch, NULL});
    Node *count = graph_map1(g, OP_REAL, s->carries[1]);
    Node *turn = graph_map2(g, OP_ADD, s->turn, count);
    Node *h = graph_map1(
        g, OP_SIN, graph_map2(g, OP_MUL, graph_map2(g, OP_MUL, s->carries[0], leaf[0]), turn));
    Node *next[] = {h, graph_to_index(g, graph_map2(g, OP_ADD, count, graph_const(g, 1)), 100)};
    scan_finish(g, s, next, 0, NULL);
    return graph_pick(g, s, 0);
}

/* Fresh noise in every turn: the backward pass must meet the same. */
static Node *build_scan_with_draws(Graph *g, Node *const *leaf) {
    Node *init = leaf[0];
    Scan *s = scan_begin(g, 3, false, 0, NULL, 1, &init, &init->shape, (const Rows *[]){g->batch});
    Node *noise = graph_random(g, OP_GAUSSIAN, "n", init->shape, g->batch, 1, &s->turn);
    Node *value = graph_map2(g, OP_ADD, s->carries[0], graph_map2(g, OP_MUL, leaf[1], noise));
    Node *z =
        graph_make(g, OP_DRAWN, 3, (Node *[]){value, s->carries[0], leaf[1]}, 0, NULL, 0, "n");
    Node *next = graph_map1(g, OP_TANH, cube(g, z));
    scan_finish(g, s, &next, 1, &z);
    return graph_map2(g, OP_ADD, graph_pick(g, s, 0),
                      graph_reduce(g, OP_MAX_OVER, graph_pick(g, s, 1), 1));
}

/* rows of a picture: inside each a recurrence along it, its last state carried to the next row */
static Node *build_scan_in_scan(Graph *g, Node *const *leaf) {
    Node *image = leaf[0], *w = leaf[1], *init = leaf[2];
    const Rows *rows[] = {g->batch};
    Scan *outer = scan_begin(g, image->shape.dim[0], true, 1, &image, 1, &init, &init->shape, rows);
    Node *row = outer->slices[0], *start = outer->carries[0];
    Scan *inner = scan_begin(g, row->shape.dim[0], false, 1, &row, 1, &start, &init->shape, rows);
    Node *noise = graph_random(g, OP_UNIFORM, "u", init->shape, g->batch, 2,
                               (Node *[]){outer->turn, inner->turn});
    Node *mix = graph_map2(g, OP_MUL, graph_matmul(g, inner->carries[0], w),
                           graph_map2(g, OP_ADD, inner->slices[0], noise));
    Node *h = graph_map1(g, OP_SIN, graph_map2(g, OP_ADD, mix, start));
    scan_finish(g, inner, &h, 1, (Node *[]){graph_map2(g, OP_MUL, h, h)});
    Node *next = graph_pick(g, inner, 0);
    Node *all = graph_map2(g, OP_MUL, graph_reduce(g, OP_SUM, graph_pick(g, inner, 1), 1),
                           outer->carries[0]);
    scan_finish(g, outer, &next, 1, &all);
    return graph_map2(g, OP_ADD, graph_pick(g, outer, 0),
                      graph_reduce(g, OP_SUM, graph_pick(g, outer, 1), 1));
}

/* In every turn a step down the gradient of sum(h^2 w h): the derivative inside a body. */
static Node *build_grad_in_scan(Graph *g, Node *const *leaf) {
    Node *init = leaf[0], *slope;
    GradFailure failure;
    Scan *s = scan_begin(g, 3, false, 0, NULL, 1, &init, &init->shape, (const Rows *[]){g->batch});
    Node *h = s->carries[0];
    Node *energy = graph_reduce(
        g, OP_SUM, graph_map2(g, OP_MUL, cube(g, h), graph_map1(g, OP_EXP, leaf[1])), 1);
    if (!grad(g, energy, 1, &h, &slope, &failure)) BUG("no gradient in a body");
    Node *next = graph_map2(g, OP_SUB, h, graph_map2(g, OP_MUL, slope, graph_const(g, 0.05)));
    scan_finish(g, s, &next, 0, NULL);
    return graph_pick(g, s, 0);
}

/* The gradient, inside a body, of a recurrence outside it. */
static Node *build_grad_of_scan_in_scan(Graph *g, Node *const *leaf) {
    Node *zero = graph_const(g, 0), *slope;
    GradFailure failure;
    Scan *s = scan_begin(g, 2, false, 0, NULL, 1, &zero, &leaf[1]->shape, (const Rows *[]){NULL});
    Node *y = graph_reduce(g, OP_SUM,
                           graph_map2(g, OP_MUL, recurrence(g, leaf, false), s->carries[0]), 1);
    if (!grad(g, y, 1, &leaf[1], &slope, &failure)) BUG("no gradient in a body");
    Node *next = graph_map2(g, OP_ADD, slope ? slope : zero, graph_const(g, 0.25));
    next = graph_map2(g, OP_ADD, next, graph_map2(g, OP_MUL, s->carries[0], leaf[1]));
    scan_finish(g, s, &next, 0, NULL);
    return graph_pick(g, s, 0);
}

/* ---- the table, a case a line ---- */
/* clang-format off */

#define V(low, high) {2, {2, 3}, true, low, high}              /* [2, 3] per example */
#define P(low, high) {1, {3}, false, low, high}                /* [3], shared */
#define ONE(OP_NAME, low, high) {OP_##OP_NAME, #OP_NAME, build_##OP_NAME, 1, {V(low, high)}, {0}, false}
#define TWO(OP_NAME, low, high) {OP_##OP_NAME, #OP_NAME, build_##OP_NAME, 2, {V(low, high), P(low, high)}, {0}, false}
#define FLAT(OP_NAME, n) {OP_##OP_NAME, #OP_NAME, build_##OP_NAME, n, {V(0.1, 3.9), P(0.1, 3.9)}, {0}, true}
#define SQUARE {2, {3, 3}, true, -0.5, 0.5}

static const Case cases[] = {
    ONE(NEG, -1, 1), ONE(ABS, 0.1, 1), ONE(ABS, -1, -0.1), ONE(EXP, -1, 1), ONE(EXPM1, -1, 1), ONE(LOG, 0.3, 2),
    ONE(LOG1P, -0.5, 2), ONE(SQRT, 0.3, 2), ONE(SIN, -2, 2), ONE(COS, -2, 2), ONE(TANH, -2, 2), ONE(SIGMOID, -2, 2),
    ONE(SOFTPLUS, -2, 2), ONE(ERF, -2, 2),
    FLAT(SIGN, 1), FLAT(FLOOR, 1), FLAT(LT, 2), FLAT(LE, 2), FLAT(EQ, 2), FLAT(NE, 2), FLAT(TO_INDEX, 1),
    TWO(ADD, -1, 1), TWO(SUB, -1, 1), TWO(MUL, -1, 1), TWO(DIV, 0.4, 2), TWO(POW, 0.4, 2), TWO(MAX, -1, 1), TWO(MIN, -1, 1),
    {OP_POW, "a constant power", build_power, 1, {V(0.4, 2)}, {0}, false},
    {OP_STOP, "stop", build_STOP, 2, {V(-1, 1), V(-1, 1)}, {true}, false},
    {OP_REAL, "real", build_STOP, 2, {V(-1, 1), V(-1, 1)}, {true}, false},
    {OP_DRAWN, "drawn", build_DRAWN, 2, {V(-1, 1), P(0.5, 1)}, {0}, false},
    {OP_UNDONE, "undone", build_UNDONE, 1, {V(0.4, 2)}, {0}, false},
    {OP_WHERE, "where", build_WHERE, 3, {V(-1, 1), P(-1, 1), V(-1, 1)}, {false, false, true}, false},
    {OP_SUM, "sum", build_SUM, 1, {{3, {2, 3, 2}, true, -1, 1}}, {0}, false},
    {OP_MAX_OVER, "max_over", build_MAX_OVER, 1, {{2, {3, 4}, true, -1, 1}}, {0}, false},
    {OP_ARGMAX, "argmax", build_ARGMAX, 1, {V(-1, 1)}, {0}, true},
    {OP_SUM_ROWS, "sum_rows", build_SUM_ROWS, 1, {V(-1, 1)}, {0}, false},
    {OP_CUMSUM, "cumsum", build_CUMSUM, 1, {V(-1, 1)}, {0}, false},
    {OP_CUMSUM, "cumsum from the end", build_cumsum_reverse, 1, {V(-1, 1)}, {0}, false},
    {OP_RESHAPE, "reshape", build_RESHAPE, 2, {{3, {2, 2, 3}, true, -1, 1}, {1, {4}, false, -1, 1}}, {0}, false},
    {OP_TRANSPOSE, "transpose", build_TRANSPOSE, 2, {{3, {2, 3, 4}, true, -1, 1}, {3, {4, 1, 3}, false, -1, 1}}, {0}, false},
    {OP_SLICE, "slice", build_SLICE, 1, {{2, {7, 4}, true, -1, 1}}, {0}, false},
    {OP_PAD, "pad", build_PAD, 2, {V(-1, 1), {2, {4, 5}, false, -1, 1}}, {0}, false},
    {OP_WINDOW, "window", build_WINDOW, 2, {{3, {2, 7, 6}, true, -1, 1}, {2, {2, 1}, false, -1, 1}}, {0}, false},
    {OP_FOLD, "fold", build_FOLD, 2, {{5, {2, 3, 2, 2, 3}, true, -1, 1}, {2, {7, 1}, false, -1, 1}}, {0}, false},
    {OP_WINDOW, "windows side by side", build_window_exact, 1, {{3, {2, 4, 6}, true, -1, 1}}, {0}, false},
    {OP_FOLD, "windows of one element", build_window_single, 2, {{2, {2, 7}, true, -1, 1}, {1, {3}, false, -1, 1}}, {0}, false},
    {OP_WINDOW, "convolution", build_convolution, 2, {{3, {2, 7, 6}, true, -1, 1}, {4, {3, 2, 3, 2}, false, -1, 1}}, {0}, false},
    {OP_FOLD, "transposed convolution", build_convolution_back, 2, {{3, {3, 2, 3}, true, -1, 1}, {4, {3, 2, 3, 2}, false, -1, 1}}, {0}, false},
    {OP_CONCAT, "concat", build_CONCAT, 2, {V(-1, 1), {2, {2, 2}, false, -1, 1}}, {0}, false},
    {OP_BROADCAST, "broadcast", build_BROADCAST, 1, {{2, {3, 1}, false, -1, 1}}, {0}, false},
    {OP_COLLECT, "collect", build_COLLECT, 2, {V(-1, 1), P(0.5, 1)}, {0}, false},
    {OP_SPREAD, "spread", build_SPREAD, 2, {{2, {4, 3}, true, -1, 1}, P(-1, 1)}, {0}, false},
    {OP_CONTRACT, "x @ W", build_CONTRACT, 2, {V(-1, 1), {2, {3, 2}, false, -1, 1}}, {0}, false},
    {OP_CONTRACT, "batched product", build_batched_product, 2, {{3, {2, 2, 3}, true, -1, 1}, {4, {3, 1, 3, 2}, false, -1, 1}}, {0}, false},
    {OP_CONTRACT, "product summed over rows", build_product_over_rows, 2, {P(-1, 1), {1, {2}, true, -1, 1}}, {0}, false},
    {OP_CONTRACT, "product summed over one's rows", build_product_over_own_rows, 2, {{2, {2, 3}, true, -1, 1}, P(-1, 1)}, {0}, false},
    {OP_CONTRACT, "product of draws", build_product_of_draws, 3, {{2, {4, 3}, true, -1, 1}, {2, {3, 2}, true, -1, 1}, {1, {2}, false, -1, 1}}, {0}, false},
    {OP_GATHER, "gather", build_GATHER, 2, {{2, {4, 2}, false, -1, 1}, {2, {2, 3}, true, 0, 4}}, {false, true}, false},
    {OP_PUT, "put", build_PUT, 2, {{2, {4, 3}, false, -1, 1}, {2, {2, 3}, true, -1, 1}}, {0}, false},
    {OP_GATHER, "gather from each its own", build_GATHER, 2, {{2, {4, 2}, true, -1, 1}, {1, {3}, false, 0, 4}}, {false, true}, false},
    {OP_SCATTER, "scatter", build_SCATTER, 2, {{2, {3, 2}, true, -1, 1}, {1, {3}, true, 0, 4}}, {false, true}, false},
    {OP_SCATTER, "scatter of what all share", build_SCATTER, 2, {{2, {3, 2}, false, -1, 1}, {1, {3}, true, 0, 4}}, {false, true}, false},
    {OP_SCATTER, "scatter for each", build_scatter_each, 2, {{2, {3, 2}, false, -1, 1}, {1, {3}, true, 0, 4}}, {false, true}, false},
    {OP_TRI_SOLVE, "tri_solve", build_TRI_SOLVE, 2, {SQUARE, {2, {3, 2}, false, -1, 1}}, {0}, false},
    {OP_TRI_SOLVE, "tri_solve transposed, of a vector", build_tri_solve_transposed, 2, {{2, {3, 3}, false, -0.5, 0.5}, {1, {3}, true, -1, 1}}, {0}, false},
    {OP_LOG_ABS_DET, "log_abs_det", build_LOG_ABS_DET, 1, {SQUARE}, {0}, false},
    {OP_INVERSE, "inverse", build_INVERSE, 1, {SQUARE}, {0}, false},
    {OP_SCAN, "scan", build_SCAN, 3, {{2, {4, 2}, true, -1, 1}, {2, {2, 3}, false, -1, 1}, P(-1, 1)}, {0}, false},
    {OP_PICK, "scan in reverse", build_PICK, 3, {{2, {4, 2}, true, -1, 1}, {2, {2, 3}, false, -1, 1}, P(-1, 1)}, {0}, false},
    {OP_SCAN, "scan by turns", build_scan_by_turns, 1, {V(-1, 1)}, {0}, false},
    {OP_SCAN, "scan with draws", build_scan_with_draws, 2, {{1, {3}, true, -0.5, 0.5}, P(0.2, 0.5)}, {0}, false},
    {OP_SCAN, "scan in scan", build_scan_in_scan, 3, {{3, {2, 3, 2}, true, -1, 1}, {2, {2, 2}, false, -1, 1}, {1, {2}, false, -1, 1}}, {0}, false},
    {OP_SCAN, "gradient in scan", build_grad_in_scan, 2, {{1, {3}, true, -1, 1}, P(-1, 1)}, {0}, false},
    {OP_SCAN, "gradient of a scan in another", build_grad_of_scan_in_scan, 3, {{2, {3, 2}, true, -1, 1}, {2, {2, 3}, false, -1, 1}, P(-1, 1)}, {0}, false},
};
enum { N_CASES = sizeof cases / sizeof cases[0] };

