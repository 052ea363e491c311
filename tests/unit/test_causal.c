/* What may depend on what: against perturbing every position of x and looking at what changes. */
#include "../../compiler/transform/causal.h"
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
/* Parts of the tests alone, that no library holds. */
#include "../grad/interpret.c"
#include "../grad/check_gradient.c"
#include "../grad/random_graph.c"

enum { T = 6, K = 3, N_RANDOM = 300, N_OPERATIONS = 25 };

static Arena *arena;
static Graph *g;
static Node *x, *w, *sq; /* [T, K]; [K, K]; [T, T] */
static int order[T * K];

static void setup(void) {
    arena = arena_new();
    g = graph_new(arena, 1);
    x = graph_input(g, 0, KIND_REAL, 0, shape_of(2, (int64_t)T, (int64_t)K));
    w = graph_tensor(g, "w", shape_of(2, (int64_t)K, (int64_t)K), 0, 0);
    sq = graph_tensor(g, "sq", shape_of(2, (int64_t)T, (int64_t)T), 0, 9);
    for (int i = 0; i < T * K; i++) order[i] = i / K; /* a row is one position */
}

static void teardown(void) {
    arena_free(arena);
}

static void give(Interpreter *in, Node *leaf, uint64_t number) {
    double *v = NEW_ARRAY(arena, double, interpret_size(leaf));
    fill(v, interpret_size(leaf), -1, 1, number);
    interpret_set(in, leaf, v);
}

static bool differs(double a, double b) {
    return !(a == b) && !(isnan(a) && isnan(b));
}

/* By element of y: the last position whose change changes it, tried several times. */
static void seen(Node *y, int n_leaves, Node *const *leaf, const int *position, int *latest) {
    Interpreter *in = interpret_new(g);
    int64_t size = shape_size(&y->shape), all = interpret_size(y), n = shape_size(&leaf[0]->shape);
    double *first = NEW_ARRAY(arena, double, all), *v = NEW_ARRAY(arena, double, n);
    for (int64_t i = 0; i < size; i++) latest[i] = -1;
    for (int k = 1; k < n_leaves; k++) give(in, leaf[k], 10 + (uint64_t)k);
    for (uint64_t attempt = 0; attempt < 4; attempt++)
        for (int p = -1; p < (int)n; p++) {
            fill(v, n, -1, 1, 100 + attempt);
            for (int64_t i = 0; i < n; i++)
                if (position[i] == p) v[i] += attempt < 2 ? 0.5 : -2;
            interpret_set(in, leaf[0], v);
            interpret_run(in, 1, &y);
            const double *now = interpret_value(in, y);
            if (p < 0) memcpy(first, now, sizeof *first * (size_t)all);
            for (int64_t i = 0; i < all; i++)
                if (differs(first[i], now[i]) && p > latest[i % size]) latest[i % size] = p;
        }
}

/* Exactly what is seen. */
static void check_exact(const char *what, Node *y) {
    int64_t size = shape_size(&y->shape);
    int *expected = NEW_ARRAY(arena, int, size);
    seen(y, 3, (Node *[]){x, w, sq}, order, expected);
    CausalLeaf leaf = {x, order};
    const int *found = causal_latest(causal_new(arena, 1, &leaf), y);
    for (int64_t i = 0; i < size; i++)
        ck_assert_msg(found[i] == expected[i], "%s: element %d: %d, seen %d", what, (int)i,
                      found[i], expected[i]);
}

/* ---- what is built ---- */

static Node *rows(Node *a, int64_t start, int64_t size, int64_t step) {
    int64_t from[] = {start, 0}, many[] = {size, a->shape.dim[1]}, by[] = {step, 1};
    return graph_slice(g, a, from, many, by);
}
static Node *padded(Node *a, int64_t before, int64_t after, int64_t step) {
    return graph_pad(g, a, (int64_t[]){before, 0}, (int64_t[]){after, 0}, (int64_t[]){step, 1});
}
static Node *shifted(Node *a, int64_t by) {
    return padded(rows(a, 0, T - by, 1), by, 0, 1);
}
static Node *two(Op op, Node *a, Node *b) {
    return graph_map2(g, op, a, b);
}
static Node *turned(Node *a) {
    return graph_transpose(g, a, (int[]){1, 0});
}
/* [T, T], true where the column is at most (or less than) the row */
static Node *mask(Op op) {
    Node *i = graph_iota(g, T);
    Node *row = graph_reshape(g, i, shape_of(2, (int64_t)T, (int64_t)1));
    return graph_where(g, graph_map2(g, op, row, i), graph_full(g, 0, shape_of(0), NULL),
                       graph_const(g, 1));
}
static Node *softmaxed(Node *a) {
    Node *most = graph_reduce(g, OP_MAX_OVER, a, 2);
    most = graph_reshape(g, most, shape_of(2, (int64_t)T, (int64_t)1));
    Node *e = graph_map1(g, OP_EXP, two(OP_SUB, a, most)), *sum = graph_reduce(g, OP_SUM, e, 2);
    return two(OP_DIV, e, graph_reshape(g, sum, shape_of(2, (int64_t)T, (int64_t)1)));
}
/* Attention over a under a triangular mask. */
static Node *attention(Node *a) {
    Node *i = graph_iota(g, T), *row = graph_reshape(g, i, shape_of(2, (int64_t)T, (int64_t)1));
    Node *scores = graph_matmul(g, graph_matmul(g, a, w), turned(a));
    Node *hidden =
        graph_where(g, graph_map2(g, OP_LE, graph_map1(g, OP_REAL, i), graph_map1(g, OP_REAL, row)),
                    scores, graph_const(g, -INFINITY));
    return graph_matmul(g, softmaxed(hidden), a);
}
/* h = tanh(x_t @ w + h), all turns */
static Node *recurrence(Node *a, bool reverse) {
    Scan *s = scan_open(g, T, reverse, 0);
    Node *part = scan_slice(g, s, a),
         *row = graph_reshape(g, part, shape_of(2, (int64_t)1, (int64_t)K));
    Node *h = scan_carry(g, s, graph_const(g, 0), shape_of(2, (int64_t)1, (int64_t)K), x->rows);
    Node *next = graph_map1(g, OP_TANH, two(OP_ADD, graph_matmul(g, row, w), h));
    scan_next(s, 0, next);
    scan_close(g, s);
    Node *ys = graph_pick(g, s, scan_yield(g, s, next));
    return graph_reshape(g, ys, x->shape);
}

START_TEST(what_is_found_is_what_is_seen) {
    check_exact("x itself", x);
    check_exact("a shift", shifted(x, 1));
    check_exact("a slice with a step", rows(x, 1, 3, 2));
    check_exact("a slice backwards", rows(x, T - 1, T, -1));
    check_exact("a pad with a step", padded(x, 1, 2, 3));
    check_exact("a product along channels", graph_matmul(g, x, w));
    check_exact("a product along places", graph_matmul(g, sq, x));
    check_exact("a triangle", graph_matmul(g, two(OP_MUL, sq, mask(OP_LT)), x));
    check_exact("its transpose", graph_matmul(g, turned(two(OP_MUL, sq, mask(OP_LT))), x));
    check_exact("a running sum", graph_cumsum(g, x, 0, false));
    check_exact("a running sum backwards", graph_cumsum(g, x, 0, true));
    check_exact("attention", attention(x));
    check_exact("a reduction of places", graph_reduce(g, OP_SUM, x, 1));
    check_exact("a reduction of channels", graph_reduce(g, OP_MAX_OVER, x, 2));
    check_exact("a reshape", graph_reshape(g, x, shape_of(2, (int64_t)K, (int64_t)T)));
    check_exact("a scan", recurrence(x, false));
    check_exact("a scan backwards", recurrence(x, true));
    check_exact("a scan after a shift", recurrence(shifted(x, 2), false));
    check_exact("parts", graph_concat(g, 2, (Node *[]){rows(x, 4, 2, 1), rows(x, 0, 2, 1)}, 0));
    check_exact("a scan of attention", recurrence(attention(x), false));
}
END_TEST

/* Nothing that is seen is missed, whatever the graph. */
START_TEST(a_random_graph_hides_nothing) {
    Node *leaf[3] = {graph_input(g, 0, KIND_REAL, 0, shape_of(2, (int64_t)4, (int64_t)3)),
                     graph_tensor(g, "a", shape_of(2, (int64_t)3, (int64_t)3), 0, 0),
                     graph_tensor(g, "b", shape_of(1, (int64_t)4), 0, 9)};
    g->simplify = _i % 2;
    Node *y = random_graph(g, 1 + (uint64_t)_i, N_OPERATIONS, 3, leaf);
    int position[12];
    for (int i = 0; i < 12; i++) position[i] = (i * 5 + _i) % 12;
    int64_t size = shape_size(&y->shape);
    int *expected = NEW_ARRAY(arena, int, size);
    seen(y, 3, leaf, position, expected);
    CausalLeaf at = {leaf[0], position};
    const int *found = causal_latest(causal_new(arena, 1, &at), y);
    for (int64_t i = 0; i < size; i++)
        ck_assert_msg(found[i] >= expected[i], "element %d: %d, seen %d", (int)i, found[i],
                      expected[i]);
}
END_TEST

static Leak leak_of(Node *y, int64_t at) {
    CausalLeaf leaf = {x, order};
    return causal_leak(causal_new(arena, 1, &leaf), y, at);
}

START_TEST(the_operation_that_looks_ahead_is_found) {
    Node *before = graph_map1(g, OP_TANH, shifted(x, 1)), *ahead = graph_matmul(g, sq, before);
    Leak leak = leak_of(graph_map1(g, OP_EXP, graph_matmul(g, ahead, w)), 0);
    ck_assert_int_eq(leak.kind, LEAK_AHEAD);
    ck_assert_ptr_eq(leak.node, ahead);
    Node *first = graph_map1(g, OP_TANH, x);
    leak = leak_of(graph_matmul(g, first, w), 4);
    ck_assert_int_eq(leak.kind, LEAK_UNSHIFTED);
    ck_assert_ptr_eq(leak.node, first);
}
END_TEST

START_TEST(a_value_that_is_cut_off_counts_as_independent) {
    Node *code = graph_reduce(g, OP_SUM, x, 3), *y = two(OP_ADD, shifted(x, 1), code);
    CausalLeaf leaves[] = {{x, order}, {code, NULL}};
    Causal *c = causal_new(arena, 2, leaves);
    ck_assert_int_eq(causal_latest(c, y)[0], -1);
    ck_assert_int_eq(causal_latest(c, y)[T * K - 1], T - 2);
    ck_assert(!causal_depends(c, code));
    ck_assert(causal_depends(c, y));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("causal");
    TCase *tests = tcase_create("latest");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, what_is_found_is_what_is_seen);
    tcase_add_test(tests, the_operation_that_looks_ahead_is_found);
    tcase_add_test(tests, a_value_that_is_cut_off_counts_as_independent);
    tcase_add_loop_test(tests, a_random_graph_hides_nothing, 0, N_RANDOM);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
