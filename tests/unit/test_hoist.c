/* What leaves the bodies of scans, what stays, and that all of it keeps its value. */
#include "../../compiler/transform/finish.h"
#include "../../compiler/transform/grad.h"
#include "../../compiler/transform/hoist.h"
#include <check.h>
#include <stdlib.h>
/* Parts of the tests alone, that no library holds. */
#include "../grad/interpret.c"
#include "../grad/check_gradient.c"

enum { TURNS = 4, WIDE = 3, MOST_ROOTS = 8 };

static Arena *arena;
static Graph *g;
static Interpreter *in;
static Node *x, *w, *u,
    *b; /* [TURNS, WIDE] per example; [WIDE, WIDE], [WIDE, WIDE], [WIDE] shared */

static Node *given(Node *leaf, uint64_t number) {
    double *value = NEW_ARRAY(arena, double, interpret_size(leaf));
    fill(value, interpret_size(leaf), -1, 1, number);
    interpret_set(in, leaf, value);
    return leaf;
}

static Node *shared(const char *name, Shape shape, uint64_t number) {
    return given(graph_tensor(g, name, shape, 0, (int64_t)number * 100), number);
}

static void setup(void) {
    arena = arena_new();
    g = graph_new(arena, BATCH);
    g->simplify = true;
    in = interpret_new(g);
    Shape square = shape_of(2, (int64_t)WIDE, (int64_t)WIDE);
    x = given(graph_input(g, 0, KIND_REAL, 0, shape_of(2, (int64_t)TURNS, (int64_t)WIDE)), 1);
    w = shared("w", square, 2);
    u = shared("u", square, 3);
    b = shared("b", shape_of(1, (int64_t)WIDE), 4);
}

static void teardown(void) {
    arena_free(arena);
}

static Node *two(Op op, Node *a, Node *c) {
    return graph_map2(g, op, a, c);
}
static Node *one(Op op, Node *a) {
    return graph_map1(g, op, a);
}

/* h = tanh(x_t @ w + h @ u + b), from 0; its scan is left open. */
static Scan *open_recurrence(Node *sequence, bool reverse, Node **next) {
    Shape part = shape_of(1, (int64_t)WIDE);
    Node *zero = graph_const(g, 0);
    const Rows *rows = g->batch;
    Scan *s = scan_begin(g, TURNS, reverse, 1, &sequence, 1, &zero, &part, &rows);
    Node *sum = two(OP_ADD, graph_matmul(g, s->slices[0], w), graph_matmul(g, s->carries[0], u));
    *next = one(OP_TANH, two(OP_ADD, sum, b));
    return s;
}

static Node *recurrence(Node *sequence, bool reverse) {
    Node *next;
    Scan *s = open_recurrence(sequence, reverse, &next);
    scan_finish(g, s, &next, 1, &next);
    return graph_pick(g, s, 1);
}

/* Products, or scatters, of every body that the roots reach. */
static int count_inside(Op op, int n, Node *const *roots, const Scan *body) {
    NodeList order = graph_reachable(arena, n, roots, body);
    int count = 0;
    for (int i = 0; i < order.n; i++) {
        count += body && order.at[i]->op == op;
        if (order.at[i]->op == OP_SCAN) count += count_inside(op, 0, NULL, order.at[i]->scan);
    }
    return count;
}

static int count_carries(int n, Node *const *roots) {
    NodeList order = graph_reachable(arena, n, roots, NULL);
    int count = 0;
    for (int i = 0; i < order.n; i++)
        if (order.at[i]->op == OP_SCAN) count += order.at[i]->scan->n_carries;
    return count;
}

static int count_scans(int n, Node *const *roots) {
    NodeList order = graph_reachable(arena, n, roots, NULL);
    int count = 0;
    for (int i = 0; i < order.n; i++) count += order.at[i]->op == OP_SCAN;
    return count;
}

/* The roots keep their values when hoisted. */
static void hoist_equal(int n, Node **roots) {
    double *expected[MOST_ROOTS];
    finish_roots(g, n, roots);
    interpret_run(in, n, roots);
    for (int i = 0; i < n; i++) {
        size_t size = sizeof(double) * (size_t)interpret_size(roots[i]);
        expected[i] = memcpy(arena_alloc(arena, size), interpret_value(in, roots[i]), size);
    }
    hoist_scans(g, n, roots);
    interpret_run(in, n, roots);
    for (int i = 0; i < n; i++)
        for (int64_t j = 0; j < interpret_size(roots[i]); j++)
            ck_assert_double_eq_tol(interpret_value(in, roots[i])[j], expected[i][j], 1e-12);
}

static Node *total(Node *y) {
    Node *square = two(OP_MUL, y, y);
    return graph_sum_rows(g, graph_reduce(g, OP_SUM, square, (1u << y->shape.rank) - 1), NULL);
}

START_TEST(the_input_product_is_done_before) {
    for (int reverse = 0; reverse < 2; reverse++) {
        Node *root = recurrence(x, reverse != 0);
        hoist_equal(1, &root);
        ck_assert_int_eq(count_inside(OP_CONTRACT, 1, &root, NULL), 1);
    }
}
END_TEST

START_TEST(the_weight_gradients_are_done_after) {
    Node *loss = total(recurrence(x, false)), *wrt[] = {w, u, b, x}, *roots[5] = {loss};
    GradFailure failure;
    ck_assert(grad(g, loss, 4, wrt, roots + 1, &failure));
    hoist_equal(5, roots);
    /* forward h @ u, backward d @ u^T; carries h and its adjoint */
    ck_assert_int_eq(count_inside(OP_CONTRACT, 5, roots, NULL), 2);
    ck_assert_int_eq(count_inside(OP_SUM_ROWS, 5, roots, NULL), 0);
    ck_assert_int_eq(count_carries(5, roots), 2);
}
END_TEST

START_TEST(two_uses_of_a_matrix_are_two_sums) {
    Node *next;
    Scan *s = open_recurrence(x, false, &next);
    next = one(OP_TANH, two(OP_SUB, graph_matmul(g, next, u), graph_matmul(g, s->slices[0], u)));
    scan_finish(g, s, &next, 1, &next);
    Node *loss = total(graph_pick(g, s, 1)), *wrt[] = {w, u}, *roots[3] = {loss};
    GradFailure failure;
    ck_assert(grad(g, loss, 2, wrt, roots + 1, &failure));
    hoist_equal(3, roots);
    ck_assert_int_eq(count_carries(3, roots), 2);
}
END_TEST

START_TEST(an_output_product_is_done_after) {
    Node *next;
    Scan *s = open_recurrence(x, false, &next);
    Node *y = one(OP_EXP, two(OP_ADD, graph_matmul(g, next, w), s->slices[0]));
    Node *share =
        two(OP_DIV, y, graph_reshape(g, graph_reduce(g, OP_SUM, y, 1), shape_of(1, (int64_t)1)));
    scan_finish(g, s, &next, 1, &share);
    Node *roots[] = {graph_pick(g, s, 1), graph_pick(g, s, 0)};
    hoist_equal(2, roots);
    ck_assert_int_eq(count_inside(OP_CONTRACT, 2, roots, NULL), 1);
    ck_assert_int_eq(count_inside(OP_EXP, 2, roots, NULL), 0);
}
END_TEST

START_TEST(a_scan_without_carries_is_no_scan) {
    Scan *s = scan_begin(g, TURNS, true, 1, &x, 0, NULL, NULL, NULL);
    Node *h = one(OP_TANH, two(OP_ADD, graph_matmul(g, s->slices[0], w), s->turn));
    Node *parts[] = {graph_matmul(g, h, u), s->slices[0], b};
    scan_finish(g, s, NULL, 3, parts);
    Node *roots[] = {graph_pick(g, s, 0), graph_pick(g, s, 1), graph_pick(g, s, 2)};
    hoist_equal(3, roots);
    ck_assert_int_eq(count_inside(OP_TANH, 3, roots, NULL), 0);
}
END_TEST

START_TEST(a_carry_in_use_stays) {
    Shape square = w->shape;
    Node *zero = graph_const(g, 0), *next[1], *yield;
    const Rows *none = NULL;
    Scan *s = scan_begin(g, TURNS, false, 1, &x, 1, &zero, &square, &none);
    Node *both = graph_contract(g, s->slices[0], (int[]){0}, s->slices[0], (int[]){1}, 2,
                                (int[]){0, 1}, NULL);
    next[0] = two(OP_ADD, s->carries[0], both);
    yield = graph_matmul(g, s->slices[0], s->carries[0]); /* so far */
    scan_finish(g, s, next, 1, &yield);
    Node *roots[] = {graph_pick(g, s, 0), graph_pick(g, s, 1)};
    hoist_equal(2, roots);
    ck_assert_int_eq(count_carries(2, roots), 1);
}
END_TEST

START_TEST(a_table_is_gathered_and_scattered_at_once) {
    Node *y = given(graph_input(g, 1, KIND_REAL, 0, shape_of(1, (int64_t)TURNS)), 7);
    Node *class = graph_to_index(g, two(OP_ADD, y, graph_const(g, 1)), WIDE);
    Shape part = shape_of(1, (int64_t)WIDE);
    Node *zero = graph_const(g, 0), *loss, *wrt[] = {w, u}, *roots[3];
    const Rows *rows = g->batch;
    GradFailure failure;
    Scan *s = scan_begin(g, TURNS, false, 1, &class, 1, &zero, &part, &rows);
    Node *given_row = graph_matmul(g, graph_gather(g, w, s->slices[0]), u);
    Node *next = one(OP_SIN, two(OP_ADD, given_row, s->carries[0]));
    scan_finish(g, s, &next, 1, &next);
    loss = total(graph_pick(g, s, 1));
    ck_assert(grad(g, loss, 2, wrt, roots, &failure));
    roots[2] = loss;
    hoist_equal(3, roots);
    ck_assert_int_eq(count_inside(OP_SCATTER, 3, roots, NULL), 0);
    ck_assert_int_eq(count_inside(OP_CONTRACT, 3, roots, NULL), 0);
}
END_TEST

START_TEST(nested_scans_are_relieved_from_the_inside) {
    Shape cube = shape_of(3, (int64_t)2, (int64_t)TURNS, (int64_t)WIDE);
    Node *sequences = given(graph_input(g, 1, KIND_REAL, 0, cube), 8), *zero = graph_const(g, 0);
    Shape part = shape_of(1, (int64_t)WIDE);
    const Rows *rows = g->batch;
    Scan *s = scan_begin(g, 2, false, 1, &sequences, 1, &zero, &part, &rows);
    Node *rest = recurrence(s->slices[0], false);
    Node *next = two(OP_ADD, s->carries[0], graph_reduce(g, OP_SUM, rest, 1));
    scan_finish(g, s, &next, 1, &rest);
    Node *loss = two(OP_ADD, total(graph_pick(g, s, 1)), total(graph_pick(g, s, 0)));
    Node *wrt[] = {w, u, b, sequences}, *roots[5] = {loss};
    GradFailure failure;
    ck_assert(grad(g, loss, 4, wrt, roots + 1, &failure));
    hoist_equal(5, roots);
    ck_assert_int_eq(count_inside(OP_CONTRACT, 5, roots, NULL), 2);
}
END_TEST

START_TEST(the_same_scan_is_made_once) {
    Node *one_way = recurrence(x, false), *again = recurrence(x, false),
         *back = recurrence(x, true);
    Node *loss = two(OP_ADD, two(OP_MUL, total(one_way), total(again)), total(back));
    Node *wrt[] = {w, u}, *roots[4] = {loss, two(OP_SUB, one_way, again)};
    GradFailure failure;
    ck_assert(grad(g, loss, 2, wrt, roots + 2, &failure));
    hoist_equal(4, roots);
    /* one way, back, and each backwards*/
    ck_assert_int_eq(count_scans(4, roots), 4);
    hoist_scans(g, 4, roots);
    ck_assert_int_eq(count_scans(4, roots), 4);
}
END_TEST

START_TEST(a_bounded_scan_is_left_alone) {
    Node *next;
    Scan *s = open_recurrence(x, false, &next);
    s->bounded = true;
    scan_finish(g, s, &next, 1, &next);
    Node *root = graph_pick(g, s, 1);
    hoist_equal(1, &root);
    ck_assert_int_eq(count_inside(OP_CONTRACT, 1, &root, NULL), 2);
    ck_assert_int_eq(count_scans(1, &root), 1);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("hoist");
    TCase *tests = tcase_create("hoist");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, the_input_product_is_done_before);
    tcase_add_test(tests, the_weight_gradients_are_done_after);
    tcase_add_test(tests, two_uses_of_a_matrix_are_two_sums);
    tcase_add_test(tests, an_output_product_is_done_after);
    tcase_add_test(tests, a_scan_without_carries_is_no_scan);
    tcase_add_test(tests, a_carry_in_use_stays);
    tcase_add_test(tests, a_table_is_gathered_and_scattered_at_once);
    tcase_add_test(tests, nested_scans_are_relieved_from_the_inside);
    tcase_add_test(tests, the_same_scan_is_made_once);
    tcase_add_test(tests, a_bounded_scan_is_left_alone);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
