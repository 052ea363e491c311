/* Random invertible bodies: undone, and their log-determinant against a Jacobian of central
 * differences. */
#include "../../compiler/transform/finish.h"
#include "../../compiler/transform/grad.h"
#include "../../compiler/transform/invert.h"
#include <check.h>
#include <math.h>
#include <stdlib.h>
/* Parts of the tests alone, that no library holds. */
#include "../grad/interpret.c"
#include "../grad/check_gradient.c"

enum { N_BODIES = 200, ROWS = 2, MAX_SIZE = 12 };

/* ---- random bodies ---- */

typedef struct {
    Graph *g;
    Interpreter *in;
    uint64_t state;
    int n_tensors;
} Body;

static int pick(Body *b, int n) {
    b->state = b->state * 6364136223846793005u + 1442695040888963407u;
    return (int)((b->state >> 33) % (uint64_t)n);
}

/* A parameter with values between low and high. */
static Node *tensor(Body *b, Shape shape, double low, double high) {
    int number = b->n_tensors++;
    Node *n = graph_tensor(b->g, arena_printf(b->g->arena, "w%d", number), shape, 0, 100 * number);
    double *value = NEW_ARRAY(b->g->arena, double, interpret_size(n));
    fill(value, interpret_size(n), low, high, b->state + (uint64_t)b->n_tensors);
    interpret_set(b->in, n, value);
    return n;
}

static Node *two(Body *b, Op op, Node *x, Node *y) {
    return graph_map2(b->g, op, x, y);
}
static Node *one(Body *b, Op op, Node *x) {
    return graph_map1(b->g, op, x);
}
static Node *number(Body *b, double value) {
    return graph_const(b->g, value);
}

static Node *flat(Body *b, Node *h) {
    return graph_reshape(b->g, h, shape_of(1, shape_size(&h->shape)));
}

static Node *slice_of(Body *b, Node *h, int64_t from, int64_t size, int64_t by) {
    return graph_slice(b->g, h, &from, &size, &by);
}

static Node *monotone(Body *b, Node *h) {
    Node *small = two(b, OP_MUL, h, number(b, 0.4));
    switch (pick(b, 9)) {
    case 0:
        return two(b, OP_MUL, one(b, OP_TANH, small), number(b, 2));
    case 1:
        return one(b, OP_LOG, two(b, OP_ADD, one(b, OP_SIGMOID, small), number(b, 0.2)));
    case 2:
        return one(b, OP_SQRT, one(b, OP_EXP, small));
    case 3:
        return one(b, OP_SOFTPLUS, h);
    case 4:
        return one(b, OP_EXPM1, small);
    case 5:
        return one(b, OP_LOG1P, one(b, OP_EXP, h));
    case 6:
        return two(b, OP_POW, two(b, OP_ADD, two(b, OP_DIV, h, number(b, 20)), number(b, 1)),
                   number(b, 3));
    case 7:
        return two(b, OP_DIV, number(b, 2), one(b, OP_EXP, small));
    default:
        return two(b, OP_POW, number(b, 1.5), one(b, OP_NEG, small));
    }
}

static Node *affine(Body *b, Node *h) {
    Shape last = {.rank = 1, .dim = {h->shape.dim[h->shape.rank - 1]}};
    Node *w = tensor(b, last, 0.5, 1.5), *c = tensor(b, last, -1, 1);
    return pick(b, 2) ? two(b, OP_ADD, two(b, OP_MUL, h, w), c)
                      : two(b, OP_SUB, c, two(b, OP_DIV, h, w));
}

/* What a coupling computes from one half for the other. */
static Node *net(Body *b, Node *a, int64_t out) {
    Node *w = tensor(b, shape_of(2, a->shape.dim[0], out), -0.5, 0.5);
    Node *h = one(b, OP_TANH, graph_matmul(b->g, a, w));
    return pick(b, 2) ? h : slice_of(b, h, out - 1, out, -1);
}

static Node *coupling(Body *b, Node *h) {
    h = flat(b, h);
    int64_t size = h->shape.dim[0];
    if (size < 2) return h;
    int64_t left = 1 + pick(b, (int)size - 1);
    Node *x = slice_of(b, h, 0, left, 1), *y = slice_of(b, h, left, size - left, 1);
    Node *s = one(b, OP_EXP, net(b, x, size - left)), *t = net(b, x, size - left);
    y = pick(b, 2) ? two(b, OP_ADD, two(b, OP_MUL, y, s), t)
                   : two(b, OP_MUL, two(b, OP_SUB, t, y), s);
    return graph_concat(b->g, 2, pick(b, 2) ? (Node *[]){x, y} : (Node *[]){y, x}, 0);
}

static Node *interleaved(Body *b, Node *h) {
    h = flat(b, h);
    int64_t size = h->shape.dim[0], half = size / 2;
    if (size % 2) return h;
    Node *even = slice_of(b, h, 0, half, 2), *odd = slice_of(b, h, size - 1, half, -2);
    odd = two(b, OP_ADD, odd, net(b, even, half));
    return graph_concat(b->g, 2, (Node *[]){odd, even}, 0);
}

static Node *moved(Body *b, Node *h) {
    int64_t size = shape_size(&h->shape);
    for (int64_t k = 2 + pick(b, 3); k < size; k++)
        if (size % k == 0) {
            Node *m = graph_reshape(b->g, h, shape_of(2, k, size / k));
            return pick(b, 3) ? graph_transpose(b->g, m, (int[]){1, 0}) : m;
        }
    return slice_of(b, flat(b, h), size - 1, size, -1);
}

/* A product with a square matrix, along the last axis or the first. */
static Node *mixed(Body *b, Node *h) {
    bool last = pick(b, 2);
    int64_t n = h->shape.dim[last ? h->shape.rank - 1 : 0];
    Node *noise = tensor(b, shape_of(2, n, n), -0.15, 0.15);
    Node *row = graph_reshape(b->g, graph_iota(b->g, n), shape_of(2, n, (int64_t)1));
    Node *eye = one(b, OP_REAL, two(b, OP_EQ, row, graph_iota(b->g, n)));
    Node *m = two(b, OP_ADD, noise, eye);
    return last ? graph_matmul(b->g, h, m) : graph_matmul(b->g, m, h);
}

static Node *summed(Body *b, Node *h) {
    return graph_cumsum(b->g, h, pick(b, h->shape.rank), pick(b, 2));
}

/* y_t = x_t e^(s c) + c, and c the tanh of y_t: a recurrence along the first axis */
static Node *recurrent(Body *b, Node *h) {
    if (h->shape.rank < 2) h = moved(b, h);
    Shape part = {.rank = h->shape.rank - 1};
    for (int i = 0; i < part.rank; i++) part.dim[i] = h->shape.dim[i + 1];
    Node *s = tensor(b, (Shape){0}, -0.5, 0.5);
    Scan *scan = scan_open(b->g, h->shape.dim[0], pick(b, 2), 0);
    Node *x = scan_slice(b->g, scan, h);
    Node *c = scan_carry(b->g, scan, number(b, 0.3), part, h->rows);
    Node *y = two(b, OP_ADD, two(b, OP_MUL, x, one(b, OP_EXP, two(b, OP_MUL, s, c))), c);
    scan_next(scan, 0, one(b, OP_TANH, pick(b, 2) ? y : two(b, OP_ADD, x, c)));
    scan_close(b->g, scan);
    return graph_pick(b->g, scan, scan_yield(b->g, scan, y));
}

/* h = coupling(h) e^(turn / 10), some turns: the last value of a carry */
static Node *repeated(Body *b, Node *h) {
    h = flat(b, h);
    Scan *scan = scan_open(b->g, 2 + pick(b, 3), pick(b, 2), 0);
    Node *c = scan_carry(b->g, scan, h, h->shape, h->rows);
    Node *next = coupling(b, c);
    Node *grows = one(b, OP_EXP, two(b, OP_MUL, scan->turn, number(b, 0.1)));
    scan_next(scan, 0, two(b, OP_MUL, next, grows));
    scan_close(b->g, scan);
    return graph_pick(b->g, scan, 0);
}

/* A product of h with a matrix that is 0 on and below its diagonal, or on and above it. */
static Node *of_earlier(Body *b, Node *h, bool later) {
    int64_t n = h->shape.dim[0];
    Node *row = graph_reshape(b->g, graph_iota(b->g, n), shape_of(2, n, (int64_t)1));
    Node *i = one(b, OP_REAL, row), *j = one(b, OP_REAL, graph_iota(b->g, n));
    Node *seen = later ? two(b, OP_LT, j, i) : two(b, OP_LT, i, j);
    Node *w = tensor(b, shape_of(2, n, n), -0.7, 0.7);
    return one(b, OP_TANH, graph_matmul(b->g, h, graph_where(b->g, seen, w, number(b, 0))));
}

/* y_t = (x_t + m(x before t)) e^s(x before t), from either end */
static Node *autoregressive(Body *b, Node *h) {
    h = flat(b, h);
    bool later = pick(b, 2);
    Node *m = of_earlier(b, h, later), *s = one(b, OP_EXP, of_earlier(b, h, later));
    return pick(b, 2) ? two(b, OP_MUL, two(b, OP_ADD, h, m), s)
                      : two(b, OP_SUB, m, two(b, OP_DIV, h, s));
}

static Node *(*const moves[])(Body *, Node *) = {monotone,  affine,   coupling,      interleaved,
                                                 moved,     mixed,    summed,        coupling,
                                                 recurrent, repeated, autoregressive};

/* h, scaled down by a number if it has grown: what is tested is not how well exp(exp(x)) keeps its
 * digits. */
static Node *tame(Body *b, Node *h) {
    double most = 0;
    interpret_run(b->in, 1, &h);
    for (int64_t i = 0; i < interpret_size(h); i++)
        most = fmax(most, fabs(interpret_value(b->in, h)[i]));
    return most > 3 ? two(b, OP_MUL, h, number(b, 3 / most)) : h;
}

static Node *random_body(Body *b, Node *x) {
    for (int i = 0, n = 3 + pick(b, 6); i < n; i++)
        x = tame(b, moves[pick(b, sizeof moves / sizeof *moves)](b, x));
    return x;
}

/* ---- what is measured ---- */

/* log |det| by elimination with pivots. */
static double log_abs_det(double *m, int n) {
    double sum = 0;
    for (int k = 0; k < n; k++) {
        int best = k;
        for (int i = k; i < n; i++)
            if (fabs(m[i * n + k]) > fabs(m[best * n + k])) best = i;
        for (int j = 0; j < n; j++) {
            double swap = m[k * n + j];
            m[k * n + j] = m[best * n + j];
            m[best * n + j] = swap;
        }
        sum += log(fabs(m[k * n + k]));
        for (int i = k + 1; i < n; i++) {
            double f = m[i * n + k] / m[k * n + k];
            for (int j = k; j < n; j++) m[i * n + j] -= f * m[k * n + j];
        }
    }
    return sum;
}

/* Of example `row`, by differences of fourth order. */
static double measured_log_det(Interpreter *in, Node *x, Node *y, const double *at, int row) {
    static const double shift[] = {-2, -1, 1, 2}, weight[] = {1, -8, 8, -1};
    int n = (int)shape_size(&x->shape);
    double jacobian[MAX_SIZE * MAX_SIZE] = {0}, moved_x[ROWS * MAX_SIZE], h = 1e-3;
    for (int j = 0; j < n; j++)
        for (int k = 0; k < 4; k++) {
            memcpy(moved_x, at, sizeof(double) * (size_t)(ROWS * n));
            moved_x[row * n + j] += h * shift[k];
            interpret_set(in, x, moved_x);
            interpret_run(in, 1, &y);
            for (int i = 0; i < n; i++)
                jacobian[i * n + j] += weight[k] * interpret_value(in, y)[row * n + i] / (12 * h);
        }
    interpret_set(in, x, at);
    return log_abs_det(jacobian, n);
}

/* A body, and its inverse of whatever `given` is. */
typedef struct {
    Interpreter *in;
    int seed;
    Node *x, *y, *given, *back;
    int64_t size;
} Pair;

/* x again, from f(x). */
static const double *undone(const Pair *p, const double *at) {
    interpret_set(p->in, p->x, at);
    interpret_run(p->in, 1, &p->y);
    interpret_set(p->in, p->given, interpret_value(p->in, p->y));
    interpret_run(p->in, 1, &p->back);
    return interpret_value(p->in, p->back);
}

static double distance(const double *a, const double *b, int64_t n) {
    double most = 0;
    for (int64_t i = 0; i < n; i++) most = fmax(most, fabs(a[i] - b[i]));
    return most;
}

/* How far x moves if f(x) alone is rounded. */
static double rounding_moves(const Pair *p, const double *at) {
    double rounded[ROWS * MAX_SIZE];
    undone(p, at);
    for (int64_t i = 0; i < p->size; i++) rounded[i] = (float)interpret_value(p->in, p->y)[i];
    interpret_set(p->in, p->given, rounded);
    interpret_run(p->in, 1, &p->back);
    return distance(interpret_value(p->in, p->back), at, p->size);
}

/* There and back with every result in single precision: to 1e-4, or where rounding f(x) alone comes
 * near that, to four times what it does. */
static void check_in_float(const Pair *p, const double *at) {
    double rounded[ROWS * MAX_SIZE], limit = fmax(1e-4, 4 * rounding_moves(p, at));
    for (int64_t i = 0; i < p->size; i++) rounded[i] = (float)at[i];
    interpret_in_float(p->in);
    double off = distance(undone(p, rounded), rounded, p->size);
    ck_assert_msg(off < limit, "body %d in float: off by %.3g, more than %.3g", p->seed, off,
                  limit);
}

/* log |det| as derived, as measured, and in terms of the x that was found. */
static void check_log_det(const Pair *p, const double *at, Node *log_det, Node *log_det_found) {
    double det[ROWS], found[ROWS];
    undone(p, at);
    interpret_run(p->in, 1, &log_det);
    interpret_run(p->in, 1, &log_det_found);
    memcpy(det, interpret_value(p->in, log_det), sizeof det);
    memcpy(found, interpret_value(p->in, log_det_found), sizeof found);
    for (int row = 0; row < ROWS; row++) {
        double is = measured_log_det(p->in, p->x, p->y, at, row);
        ck_assert_msg(fabs(det[row] - is) < 1e-6 * fmax(1, fabs(is)),
                      "body %d: log det %.10g, measured %.10g", p->seed, det[row], is);
        ck_assert_msg(fabs(det[row] - found[row]) < 1e-9, "body %d: log det %.15g, found %.15g",
                      p->seed, det[row], found[row]);
    }
}

static void check_body(int seed, bool simplify) {
    static const int sizes[] = {1, 2, 3, 4, 6, 8, 9, 12, 6, 12};
    Arena *a = arena_new();
    Body b = {.g = graph_new(a, ROWS), .state = (uint64_t)seed * 7919 + 1};
    b.g->simplify = simplify;
    b.g->whole = true;
    b.in = interpret_new(b.g);
    int n = sizes[seed % 10];
    Pair p = {.in = b.in, .seed = seed, .size = ROWS * n};
    p.x = graph_input(b.g, 0, KIND_REAL, 0, shape_of(1, (int64_t)n));
    double at[ROWS * MAX_SIZE];
    fill(at, ROWS * n, -1, 1, (uint64_t)seed);
    interpret_set(b.in, p.x, at);
    p.y = random_body(&b, p.x);
    p.given = graph_input(b.g, 1, KIND_REAL, 0, p.y->shape);
    InvertFailure failure;
    Inversion *v = invert_plan(b.g, p.x, p.y, 0, NULL, &failure);
    ck_assert_msg(v != NULL, "body %d: %s: %s", seed,
                  failure.at ? op_info[failure.at->op].name : "", failure.reason);
    Node *log_det = invert_log_det(v);
    p.back = invert_solve(v, p.given);
    double off = distance(undone(&p, at), at, p.size);
    ck_assert_msg(off < 1e-10, "body %d: off by %.3g", seed, off);
    check_log_det(&p, at, log_det, invert_log_det_found(v));
    check_in_float(&p, at);
    arena_free(a);
}

START_TEST(a_random_body_is_undone) {
    check_body(_i, true);
}
END_TEST

START_TEST(and_without_simplification) {
    check_body(_i, false);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("invert");
    TCase *tc = tcase_create("bodies");
    tcase_add_loop_test(tc, a_random_body_is_undone, 0, N_BODIES);
    tcase_add_loop_test(tc, and_without_simplification, 0, N_BODIES);
    tcase_set_timeout(tc, 60);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
