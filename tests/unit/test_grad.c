/* The derivative of every primitive, first and second, against central differences. */
#include "../../compiler/transform/grad.h"
#include <check.h>
#include <stdlib.h>
/* Parts of the tests alone, that no library holds. */
#include "../grad/interpret.c"
#include "../grad/check_gradient.c"
#include "../grad/cases.c"

static void check_case(const Case *c, bool simplify) {
    Arena *arena = arena_new();
    const char *wrong = check_gradient(arena, c, simplify);
    if (wrong) ck_abort_msg("%s%s: %s", c->name, simplify ? ", simplified" : "", wrong);
    arena_free(arena);
}

START_TEST(derivatives_agree_with_central_differences) {
    check_case(&cases[_i], false);
}
END_TEST

START_TEST(derivatives_agree_when_simplified) {
    check_case(&cases[_i], true);
}
END_TEST

START_TEST(every_primitive_has_a_case) {
    for (Op op = 0; op < OP_COUNT; op++) {
        bool has = op_info[op].op_class == CLASS_LEAF;
        for (int i = 0; i < N_CASES; i++) has |= cases[i].op == op;
        ck_assert_msg(has, "no gradient case for %s", op_info[op].name);
    }
}
END_TEST

/* ---- what has no derivative ---- */

static Arena *arena;
static Graph *g;

static void setup(void) {
    arena = arena_new();
    g = graph_new(arena, 4);
    g->simplify = true;
}

static void teardown(void) {
    arena_free(arena);
}

static Node *leaf_vector(const char *path) {
    return graph_tensor(g, path, shape_of(1, (int64_t)3), 0, 0);
}

static Node *drawn(Node *value, Node *parameter, const char *path) {
    return graph_make(g, OP_DRAWN, 2, (Node *[]){value, parameter}, 0, NULL, 0, path);
}

/* 1 where a uniform draw is below the sigmoid of the logits */
static Node *bernoulli(Node *logits, const char *path) {
    Node *u = graph_random(g, OP_UNIFORM, path, logits->shape, g->batch, 0, NULL);
    Node *hit = graph_map2(g, OP_LT, u, graph_map1(g, OP_SIGMOID, logits));
    return drawn(graph_where(g, hit, graph_const(g, 1), graph_const(g, 0)), logits, path);
}

static Node *normal(Node *mean, const char *path) {
    Node *noise = graph_random(g, OP_GAUSSIAN, path, mean->shape, g->batch, 0, NULL);
    return drawn(graph_map2(g, OP_ADD, mean, noise), mean, path);
}

static Node *total(Node *x) {
    return graph_reduce(g, OP_SUM, graph_map1(g, OP_EXP, x), (1u << x->shape.rank) - 1);
}

/* The draw that keeps the gradient of total(x) by w from being taken, or NULL. */
static Node *culprit(Node *x, Node *w) {
    Node *out;
    GradFailure failure;
    bool taken = grad(g, total(x), 1, &w, &out, &failure);
    ck_assert(taken == (failure.drawn == NULL));
    return failure.drawn;
}

START_TEST(a_draw_by_comparison_has_no_gradient) {
    Node *w = leaf_vector("w"), *z = bernoulli(w, "z");
    ck_assert_ptr_eq(culprit(z, w), z);
    ck_assert_ptr_eq(culprit(graph_map2(g, OP_MUL, w, z), w), z);
}
END_TEST

START_TEST(a_draw_whose_parameters_are_constant_is_a_constant) {
    Node *w = leaf_vector("w"), *v = leaf_vector("v"), *out;
    GradFailure failure;
    Node *y = total(graph_map2(g, OP_ADD, w, bernoulli(v, "z")));
    ck_assert(grad(g, y, 1, &w, &out, &failure));
    ck_assert_ptr_nonnull(out);
}
END_TEST

START_TEST(a_stop_settles_it) {
    Node *w = leaf_vector("w"), *z = graph_map1(g, OP_STOP, bernoulli(w, "z"));
    ck_assert_ptr_null(culprit(graph_map2(g, OP_MUL, w, z), w));
}
END_TEST

START_TEST(a_location_family_has_a_gradient) {
    Node *w = leaf_vector("w");
    ck_assert_ptr_null(culprit(normal(w, "z"), w));
    ck_assert_ptr_null(culprit(graph_map1(g, OP_FLOOR, normal(w, "z")), w));
}
END_TEST

START_TEST(a_class_drawn_from_logits_has_none) {
    Node *w = leaf_vector("w"),
         *table = graph_tensor(g, "E", shape_of(2, (int64_t)3, (int64_t)2), 0, 8);
    Node *noise = graph_random(g, OP_UNIFORM, "c", w->shape, g->batch, 0, NULL);
    Node *c = drawn(graph_reduce(g, OP_ARGMAX, graph_map2(g, OP_ADD, w, noise), 1), w, "c");
    ck_assert_ptr_eq(culprit(graph_gather(g, table, c), w), c);
    Node *one_hot = graph_map1(g, OP_REAL, graph_map2(g, OP_EQ, c, graph_iota(g, 3)));
    ck_assert_ptr_eq(culprit(graph_map2(g, OP_MUL, w, one_hot), w), c);
    Node *e = table;
    ck_assert_ptr_null(culprit(graph_gather(g, table, c), e));
}
END_TEST

START_TEST(a_mixture_has_no_gradient_for_its_weights) {
    Node *w = leaf_vector("w"), *m = leaf_vector("m");
    Node *noise = graph_random(g, OP_UNIFORM, "c", w->shape, g->batch, 0, NULL);
    Node *c = drawn(graph_reduce(g, OP_ARGMAX, graph_map2(g, OP_ADD, w, noise), 1), w, "c");
    Node *parts = normal(m, "parts");
    Node *z =
        graph_make(g, OP_DRAWN, 3, (Node *[]){graph_gather(g, parts, c), w, m}, 0, NULL, 0, "z");
    ck_assert_ptr_eq(culprit(z, w), z);
    ck_assert_ptr_null(culprit(z, m));
}
END_TEST

START_TEST(a_draw_inside_a_scan_is_asked_too) {
    Node *w = leaf_vector("w");
    Scan *s = scan_begin(g, 2, false, 0, NULL, 1, &w, &w->shape, (const Rows *[]){g->batch});
    Node *z = bernoulli(s->carries[0], "z");
    Node *next = graph_map2(g, OP_MUL, z, s->carries[0]);
    scan_finish(g, s, &next, 0, NULL);
    ck_assert_ptr_eq(culprit(graph_pick(g, s, 0), w), z);
    ck_assert_int_eq(g->open_scans.n, 0);
}
END_TEST

START_TEST(what_y_does_not_depend_on_has_no_gradient) {
    Node *w = leaf_vector("w"), *v = leaf_vector("v"), *wrt[] = {w, v, NULL}, *out[3];
    GradFailure failure;
    Node *product = wrt[2] = graph_map2(g, OP_MUL, w, w);
    ck_assert(grad(g, total(product), 3, wrt, out, &failure));
    ck_assert_ptr_null(out[1]);
    ck_assert_ptr_nonnull(out[2]);
    ck_assert_ptr_null(out[0]); /* every wrt is a leaf: w is behind the product */
}
END_TEST

/* ---- how it is done ---- */

/* A value used by many, made in one order or the other. */
static Node *used_by_many(bool backwards) {
    Node *w = leaf_vector("w"), *part[6];
    for (int k = 0; k < 6; k++) {
        int i = backwards ? 5 - k : k;
        Node *factor = graph_map1(g, OP_SIN, graph_const(g, 1.1 * i + 0.3));
        part[i] = graph_map1(g, OP_TANH, graph_map2(g, OP_MUL, w, factor));
    }
    Node *sum = part[0];
    for (int i = 1; i < 6; i++)
        sum = graph_map2(g, OP_ADD, sum, graph_map2(g, OP_MUL, part[i], part[i - 1]));
    return graph_reduce(g, OP_SUM, sum, 1);
}

/* The order in which a spec declares things decides node numbers; no bit of a gradient may depend
 * on it. */
START_TEST(the_order_of_making_changes_no_bit) {
    double values[3], first[3];
    for (int backwards = 0; backwards < 2; backwards++) {
        g = graph_new(arena, 4);
        g->simplify = true;
        Interpreter *in = interpret_new(g);
        Node *y = used_by_many(backwards), *w = leaf_vector("w"), *d;
        GradFailure failure;
        ck_assert(grad(g, y, 1, &w, &d, &failure));
        fill(values, 3, -1, 1, 9);
        interpret_set(in, w, values);
        interpret_run(in, 1, &d);
        for (int i = 0; i < 3; i++) {
            if (!backwards) first[i] = interpret_value(in, d)[i];
            ck_assert(interpret_value(in, d)[i] == first[i]);
        }
    }
}
END_TEST

/* Each step uses the last twice: work that follows every path would never end. */
START_TEST(a_long_chain_takes_no_time_and_no_stack) {
    enum { STEPS = 20000 };
    Node *w = leaf_vector("w"), *h = w, *d;
    GradFailure failure;
    for (int i = 0; i < STEPS; i++)
        h = graph_map2(g, OP_MUL, graph_map1(g, OP_SIN, h), graph_map1(g, OP_COS, h));
    Node *y = graph_reduce(g, OP_SUM, graph_reshape(g, h, shape_of(2, (int64_t)3, (int64_t)1)), 3);
    ck_assert(grad(g, y, 1, &w, &d, &failure));
    ck_assert_int_lt(g->n_nodes, 20 * STEPS);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("derivatives");
    tcase_add_loop_test(tests, derivatives_agree_with_central_differences, 0, N_CASES);
    tcase_add_loop_test(tests, derivatives_agree_when_simplified, 0, N_CASES);
    tcase_add_test(tests, every_primitive_has_a_case);
    TCase *failures = tcase_create("failures");
    tcase_add_checked_fixture(failures, setup, teardown);
    tcase_add_test(failures, a_draw_by_comparison_has_no_gradient);
    tcase_add_test(failures, a_draw_whose_parameters_are_constant_is_a_constant);
    tcase_add_test(failures, a_stop_settles_it);
    tcase_add_test(failures, a_location_family_has_a_gradient);
    tcase_add_test(failures, a_class_drawn_from_logits_has_none);
    tcase_add_test(failures, a_mixture_has_no_gradient_for_its_weights);
    tcase_add_test(failures, a_draw_inside_a_scan_is_asked_too);
    tcase_add_test(failures, what_y_does_not_depend_on_has_no_gradient);
    TCase *ways = tcase_create("ways");
    tcase_add_checked_fixture(ways, setup, teardown);
    tcase_add_test(ways, the_order_of_making_changes_no_bit);
    tcase_add_test(ways, a_long_chain_takes_no_time_and_no_stack);
    Suite *suite = suite_create("grad");
    suite_add_tcase(suite, tests);
    suite_add_tcase(suite, failures);
    suite_add_tcase(suite, ways);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
