/* Draws computed a chunk at a time are the same draws, and their reductions the same numbers. */
#include "../../compiler/transform/finish.h"
#include "../../compiler/transform/grad.h"
#include "../../compiler/transform/stream.h"
#include <check.h>
#include <math.h>
#include <stdlib.h>
/* Parts of the tests alone, that no library holds. */
#include "../grad/interpret.c"
#include "../grad/check_gradient.c"

enum { N_DRAWS = 12, CHUNK = 5 /* so that 4 are taken */, WIDE = 3 };

static Arena *arena;
static Graph *g;
static Interpreter *in;
static Node *x, *w; /* [WIDE] per example; [WIDE, WIDE] shared */

static Node *given(Node *leaf, uint64_t number) {
    double *value = NEW_ARRAY(arena, double, interpret_size(leaf));
    fill(value, interpret_size(leaf), -1, 1, number);
    interpret_set(in, leaf, value);
    return leaf;
}

static void setup(void) {
    arena = arena_new();
    g = graph_new(arena, BATCH);
    g->simplify = true;
    in = interpret_new(g);
    x = given(graph_input(g, 0, KIND_REAL, 0, shape_of(1, (int64_t)WIDE)), 1);
    w = given(graph_tensor(g, "w", shape_of(2, (int64_t)WIDE, (int64_t)WIDE), 0, 0), 2);
}

static void teardown(void) {
    arena_free(arena);
}

static Node *two(Op op, Node *a, Node *b) {
    return graph_map2(g, op, a, b);
}
static Node *sum(Node *a, unsigned axes) {
    return graph_reduce(g, OP_SUM, a, axes);
}
static const Rows *draws(void) {
    return graph_rows(g, g->batch, N_DRAWS);
}

/* z = tanh((x + noise) @ w), a draw */
static Node *code(const Rows *rows, int n_turns, Node *const *turns) {
    Node *noise = graph_random(g, OP_GAUSSIAN, "z", x->shape, rows, n_turns, turns);
    return graph_map1(g, OP_TANH, graph_matmul(g, two(OP_ADD, x, noise), w));
}

/* One number a draw: -|z|^2 + z.x */
static Node *log_weight(Node *z) {
    return sum(two(OP_MUL, z, two(OP_SUB, x, z)), 1);
}

/* log(sum(exp(a))) along the first axis, as the library writes it */
static Node *logsumexp(Node *a) {
    Node *most = graph_reduce(g, OP_MAX_OVER, a, 1);
    Node *apart = graph_map1(g, OP_EXP, two(OP_SUB, a, graph_map1(g, OP_STOP, most)));
    return two(OP_ADD, most, graph_map1(g, OP_LOG, sum(apart, 1)));
}

static int64_t most_rows(int n, Node *const *roots, const Scan *body) {
    NodeList order = graph_reachable(arena, n, roots, body);
    int64_t most = 0;
    for (int i = 0; i < order.n; i++) {
        const Node *at = order.at[i];
        int64_t rows = at->op == OP_SCAN ? most_rows(0, NULL, at->scan) : rows_count(at->rows);
        if (rows > most) most = rows;
    }
    return most;
}

/* The roots are the same when streamed, and nothing has more rows than `rows`. */
static void check_streamed(int n, Node **roots, int64_t rows) {
    double *expected[8];
    int64_t size[8];
    finish_roots(g, n, roots);
    interpret_run(in, n, roots);
    for (int i = 0; i < n; i++) {
        size[i] = interpret_size(roots[i]);
        expected[i] = NEW_ARRAY(arena, double, size[i]);
        memcpy(expected[i], interpret_value(in, roots[i]), sizeof(double) * (size_t)size[i]);
    }
    stream_draws(g, n, roots, CHUNK);
    interpret_run(in, n, roots);
    ck_assert_int_eq(most_rows(n, roots, NULL), rows);
    for (int i = 0; i < n; i++) {
        ck_assert_int_eq(interpret_size(roots[i]), size[i]);
        for (int64_t j = 0; j < size[i]; j++)
            ck_assert_double_eq_tol(interpret_value(in, roots[i])[j], expected[i][j], 1e-10);
    }
}

START_TEST(sums_over_draws_are_carried) {
    Node *z = code(draws(), 0, NULL);
    Node *roots[] = {sum(graph_collect(g, z), 1), graph_sum_rows(g, graph_map1(g, OP_EXP, z), NULL),
                     graph_contract(g, z, (int[]){0}, z, (int[]){1}, 2, (int[]){0, 1}, NULL)};
    check_streamed(3, roots, BATCH * 4);
}
END_TEST

START_TEST(a_bound_is_streamed_in_one_pass) {
    Node *root = logsumexp(graph_collect(g, log_weight(code(draws(), 0, NULL))));
    check_streamed(1, &root, BATCH * 4);
    NodeList order = graph_reachable(arena, 1, &root, NULL);
    int scans = 0;
    for (int i = 0; i < order.n; i++) scans += order.at[i]->op == OP_SCAN;
    ck_assert_int_eq(scans, 1);
}
END_TEST

START_TEST(its_gradient_is_streamed_in_a_second_pass) {
    Node *bound = logsumexp(graph_collect(g, log_weight(code(draws(), 0, NULL))));
    Node *wrt[] = {w, x}, *roots[3] = {bound};
    GradFailure failure;
    ck_assert(grad(g, bound, 2, wrt, roots + 1, &failure));
    check_streamed(3, roots, BATCH * 4);
}
END_TEST

START_TEST(deviations_from_the_mean_take_two_passes) {
    Node *z = code(draws(), 0, NULL);
    Node *mean = two(OP_MUL, graph_sum_rows(g, z, g->batch), graph_const(g, 1.0 / N_DRAWS));
    Node *apart = two(OP_SUB, z, mean);
    Node *root = graph_sum_rows(g, two(OP_MUL, apart, apart), g->batch);
    check_streamed(1, &root, BATCH * 4);
}
END_TEST

START_TEST(few_draws_stay) {
    Node *z = code(graph_rows(g, g->batch, CHUNK), 0, NULL);
    Node *root = sum(graph_collect(g, z), 1);
    check_streamed(1, &root, BATCH * CHUNK);
    ck_assert_ptr_null(root->scan);
}
END_TEST

START_TEST(draws_that_are_all_kept_stay) {
    const Rows *rows = draws();
    Node *z = graph_random(g, OP_UNIFORM, "z", shape_of(1, (int64_t)100), rows, 0, NULL);
    Node *root = graph_collect(g, graph_map1(g, OP_EXP, z));
    check_streamed(1, &root, BATCH * N_DRAWS);
}
END_TEST

START_TEST(draws_inside_draws_are_streamed_by_the_outer) {
    const Rows *outer = draws(), *inner = graph_rows(g, outer, 2);
    Node *z = code(outer, 0, NULL);
    Node *noise = graph_random(g, OP_UNIFORM, "n", x->shape, inner, 0, NULL);
    Node *each = graph_sum_rows(g, graph_map1(g, OP_EXP, two(OP_MUL, z, noise)), outer);
    Node *roots[] = {graph_sum_rows(g, each, g->batch),
                     graph_sum_rows(g, two(OP_MUL, z, noise), NULL)};
    check_streamed(2, roots, BATCH * 4 * 2);
}
END_TEST

START_TEST(a_recurrence_inside_draws_is_streamed_whole) {
    const Rows *rows = draws();
    Node *zero = graph_const(g, 0);
    Scan *s = scan_begin(g, 3, false, 0, NULL, 1, &zero, &x->shape, &rows);
    Node *next = two(OP_ADD, graph_matmul(g, s->carries[0], w), code(rows, 1, &s->turn));
    scan_finish(g, s, &next, 1, &next);
    Node *last = graph_pick(g, s, 0), *all = sum(graph_pick(g, s, 1), 1);
    Node *y = graph_sum_rows(g, graph_map1(g, OP_TANH, two(OP_ADD, last, all)), g->batch);
    Node *roots[2] = {sum(y, 1)};
    GradFailure failure;
    ck_assert(grad(g, roots[0], 1, &w, roots + 1, &failure));
    check_streamed(2, roots, BATCH * 4);
}
END_TEST

START_TEST(draws_inside_a_recurrence_are_streamed_in_its_body) {
    Scan *s = scan_begin(g, 3, true, 0, NULL, 1, &x, &x->shape, &x->rows);
    Node *z = two(OP_MUL, code(draws(), 1, &s->turn), s->carries[0]);
    Node *mean = two(OP_MUL, graph_sum_rows(g, z, g->batch), graph_const(g, 1.0 / N_DRAWS));
    scan_finish(g, s, &mean, 1, (Node *[]){sum(mean, 1)});
    Node *roots[] = {sum(graph_pick(g, s, 0), 1), graph_pick(g, s, 1), NULL};
    GradFailure failure;
    ck_assert(grad(g, roots[0], 1, &w, roots + 2, &failure));
    check_streamed(2, roots, BATCH * 4);
}
END_TEST

START_TEST(numbers_given_to_each_draw_are_cut_up) {
    Node *each =
        given(graph_input(g, 1, KIND_REAL, 0, shape_of(2, (int64_t)N_DRAWS, (int64_t)WIDE)), 5);
    Node *z = two(OP_MUL, graph_spread(g, each, draws()), code(draws(), 0, NULL));
    Node *roots[] = {graph_sum_rows(g, z, g->batch), graph_collect(g, z)};
    check_streamed(2, roots, BATCH * 4);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("stream");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, sums_over_draws_are_carried);
    tcase_add_test(tests, a_bound_is_streamed_in_one_pass);
    tcase_add_test(tests, its_gradient_is_streamed_in_a_second_pass);
    tcase_add_test(tests, deviations_from_the_mean_take_two_passes);
    tcase_add_test(tests, few_draws_stay);
    tcase_add_test(tests, draws_that_are_all_kept_stay);
    tcase_add_test(tests, draws_inside_draws_are_streamed_by_the_outer);
    tcase_add_test(tests, a_recurrence_inside_draws_is_streamed_whole);
    tcase_add_test(tests, draws_inside_a_recurrence_are_streamed_in_its_body);
    tcase_add_test(tests, numbers_given_to_each_draw_are_cut_up);
    Suite *suite = suite_create("stream");
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
