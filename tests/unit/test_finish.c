/* Finishing a graph changes no value and leaves nothing that only derivatives ask for. */
#include "../../compiler/transform/finish.h"
#include <check.h>
#include <math.h>
#include <stdlib.h>
/* Parts of the tests alone, that no library holds. */
#include "../grad/interpret.c"
#include "../grad/check_gradient.c"
#include "../grad/cases.c"

static void expect_equal(const Case *c, const Node *a, const double *before, const double *after) {
    for (int64_t i = 0; i < interpret_size(a); i++)
        if (!(fabs(before[i] - after[i]) <= 1e-12 * fmax(1, fabs(before[i]))))
            ck_abort_msg("%s: element %d was %.17g, is %.17g", c->name, (int)i, before[i],
                         after[i]);
}

static bool asked_by_derivatives(const Node *n) {
    return n->op == OP_STOP || graph_is_marker(n);
}

static void expect_clean(Arena *a, int n, Node *const *roots, const Scan *body) {
    NodeList order = graph_reachable(a, n, roots, body);
    for (int i = 0; i < order.n; i++) {
        ck_assert(!asked_by_derivatives(order.at[i]));
        if (order.at[i]->op == OP_SCAN) expect_clean(a, 0, NULL, order.at[i]->scan);
    }
}

/* The value of a case and its gradients, before and after. */
static void check_case(const Case *c, bool simplify) {
    Arena *a = arena_new();
    Setting s = {.g = graph_new(a, BATCH)};
    GradFailure failure;
    s.in = interpret_new(s.g);
    for (int i = 0; i < c->n_leaves; i++) make_leaf(&s, c, i);
    Node *gradient[MAX_LEAVES], *roots[MAX_LEAVES + 1];
    int n = 0;
    Node *y = roots[n++] = weighted_sum(&s, c->build(s.g, s.leaf));
    ck_assert(grad(s.g, y, s.n_wrt, s.wrt, gradient, &failure));
    for (int i = 0; i < s.n_wrt; i++)
        if (gradient[i]) roots[n++] = gradient[i];
    interpret_run(s.in, n, roots);
    Node *before[MAX_LEAVES + 1];
    double *value[MAX_LEAVES + 1];
    for (int i = 0; i < n; i++) {
        before[i] = roots[i];
        value[i] = NEW_ARRAY(a, double, interpret_size(roots[i]));
        memcpy(value[i], interpret_value(s.in, roots[i]),
               sizeof(double) * (size_t)interpret_size(roots[i]));
    }
    s.g->simplify = simplify;
    finish_roots(s.g, n, roots);
    expect_clean(a, n, roots, NULL);
    interpret_run(s.in, n, roots);
    for (int i = 0; i < n; i++)
        expect_equal(c, before[i], value[i], interpret_value(s.in, roots[i]));
    arena_free(a);
}

START_TEST(finishing_changes_no_value) {
    check_case(&cases[_i], false);
}
END_TEST

START_TEST(finishing_and_simplifying_change_no_value) {
    check_case(&cases[_i], true);
}
END_TEST

START_TEST(what_no_root_needs_of_a_scan_goes_away) {
    Arena *a = arena_new();
    Graph *g = graph_new(a, 4);
    Node *x = graph_input(g, 0, KIND_REAL, 0, shape_of(2, (int64_t)5, (int64_t)3));
    Node *y = graph_input(g, 1, KIND_REAL, 0, shape_of(2, (int64_t)5, (int64_t)3));
    Node *zero = graph_const(g, 0), *inits[] = {zero, zero}, *sequences[] = {x, y};
    Shape shape = shape_of(1, (int64_t)3);
    Scan *s = scan_begin(g, 5, false, 2, sequences, 2, inits, (Shape[]){shape, shape},
                         (const Rows *[]){g->batch, g->batch});
    Node *next[] = {graph_map2(g, OP_ADD, s->carries[0], s->slices[0]),
                    graph_map2(g, OP_MUL, s->carries[1], s->slices[1])};
    scan_finish(g, s, next, 2, s->carries);
    Node *root = graph_pick(g, s, 3); /* the history of the second carry */
    finish_roots(g, 1, &root);
    ck_assert_int_eq(root->scan->n_carries, 1);
    ck_assert_int_eq(root->scan->n_slices, 1);
    ck_assert_int_eq(root->scan->yields.n, 1);
    ck_assert_ptr_eq(root->scan->node->in[0], y);
    arena_free(a);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("finish");
    tcase_add_loop_test(tests, finishing_changes_no_value, 0, N_CASES);
    tcase_add_loop_test(tests, finishing_and_simplifying_change_no_value, 0, N_CASES);
    tcase_add_test(tests, what_no_root_needs_of_a_scan_goes_away);
    Suite *suite = suite_create("finish");
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
