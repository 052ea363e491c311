/* The graph: equal nodes are one, shapes follow, walks are in order. */
#include "../../compiler/graph/graph.h"
#include <check.h>
#include <stdlib.h>
#include <string.h>

static Arena *arena;
static Graph *g;

static void setup(void) {
    arena = arena_new();
    g = graph_new(arena, 32);
}

static void teardown(void) {
    arena_free(arena);
}

static Node *tensor(const char *path, Shape shape) {
    return graph_tensor(g, path, shape, 0, 0);
}
static Node *data(int number, Shape shape) {
    return graph_input(g, number, KIND_REAL, 0, shape);
}

static void expect_shape(const Node *n, Shape shape) {
    ck_assert_int_eq(n->shape.rank, shape.rank);
    for (int i = 0; i < shape.rank; i++) ck_assert_int_eq(n->shape.dim[i], shape.dim[i]);
}

static int place_of(NodeList list, const Node *n) {
    for (int i = 0; i < list.n; i++)
        if (list.at[i] == n) return i;
    return -1;
}

START_TEST(equal_nodes_are_one) {
    Node *x = data(0, shape_of(1, (int64_t)5));
    ck_assert_ptr_eq(x, data(0, shape_of(1, (int64_t)5)));
    ck_assert_ptr_ne(x, data(1, shape_of(1, (int64_t)5)));
    Node *sum = graph_map2(g, OP_ADD, x, graph_const(g, 1));
    for (int i = 0; i < 5000; i++) graph_const(g, i + 0.5); /* the table grows */
    ck_assert_ptr_eq(sum, graph_map2(g, OP_ADD, x, graph_const(g, 1)));
    ck_assert_ptr_ne(graph_const(g, 0.0), graph_const(g, -0.0));
}
END_TEST

START_TEST(draws_of_different_paths_never_merge) {
    Shape shape = shape_of(1, (int64_t)3);
    Node *a = graph_random(g, OP_GAUSSIAN, "q.z", shape, g->batch, 0, NULL);
    Node *b = graph_random(g, OP_GAUSSIAN, "p.z", shape, g->batch, 0, NULL);
    ck_assert_ptr_ne(a, b);
    ck_assert_ptr_eq(a, graph_random(g, OP_GAUSSIAN, "q.z", shape, g->batch, 0, NULL));
    ck_assert_ptr_ne(a, graph_random(g, OP_UNIFORM, "q.z", shape, g->batch, 0, NULL));
}
END_TEST

START_TEST(maps_broadcast_shapes_and_rows) {
    Node *x = data(0, shape_of(2, (int64_t)4, (int64_t)1)),
         *b = tensor("b", shape_of(1, (int64_t)3));
    Node *sum = graph_map2(g, OP_ADD, x, b);
    expect_shape(sum, shape_of(2, (int64_t)4, (int64_t)3));
    ck_assert_ptr_eq(sum->rows, g->batch);
    ck_assert_int_eq(graph_map2(g, OP_LT, x, b)->kind, KIND_BOOL);
    ck_assert_ptr_eq(b->rows, NULL);
}
END_TEST

START_TEST(draws_become_an_axis_and_back) {
    const Rows *inner = graph_rows(g, g->batch, 7);
    ck_assert_ptr_eq(inner, graph_rows(g, g->batch, 7));
    Node *z = graph_random(g, OP_GAUSSIAN, "z", shape_of(1, (int64_t)3), inner, 0, NULL);
    Node *all = graph_collect(g, z);
    expect_shape(all, shape_of(2, (int64_t)7, (int64_t)3));
    ck_assert_ptr_eq(all->rows, g->batch);
    Node *again = graph_spread(g, all, inner);
    expect_shape(again, z->shape);
    ck_assert_ptr_eq(again->rows, inner);
    ck_assert_int_eq(rows_count(inner), 32 * 7);
}
END_TEST

START_TEST(products_follow_the_language) {
    Node *x = data(0, shape_of(1, (int64_t)5)),
         *w = tensor("W", shape_of(2, (int64_t)5, (int64_t)6));
    expect_shape(graph_matmul(g, x, w), shape_of(1, (int64_t)6));
    Node *seq = data(1, shape_of(2, (int64_t)9, (int64_t)5));
    expect_shape(graph_matmul(g, seq, w), shape_of(2, (int64_t)9, (int64_t)6));
    expect_shape(graph_matmul(g, seq, x), shape_of(1, (int64_t)9));
    expect_shape(graph_matmul(g, x, x), shape_of(0));
    Node *heads = data(2, shape_of(3, (int64_t)4, (int64_t)9, (int64_t)5));
    Node *one = data(3, shape_of(4, (int64_t)3, (int64_t)1, (int64_t)5, (int64_t)2));
    expect_shape(graph_matmul(g, heads, one),
                 shape_of(4, (int64_t)3, (int64_t)4, (int64_t)9, (int64_t)2));
    ck_assert_double_eq(graph_flops(graph_matmul(g, x, w)), 2.0 * 32 * 5 * 6);
}
END_TEST

START_TEST(moves_have_their_shapes) {
    Node *x = data(0, shape_of(2, (int64_t)6, (int64_t)4));
    int64_t start[] = {5, 0}, size[] = {3, 2}, step[] = {-2, 3};
    expect_shape(graph_slice(g, x, start, size, step), shape_of(2, (int64_t)3, (int64_t)2));
    int64_t before[] = {1, 0}, after[] = {2, 0}, apart[] = {2, 1};
    expect_shape(graph_pad(g, x, before, after, apart), shape_of(2, (int64_t)14, (int64_t)4));
    expect_shape(graph_concat(g, 2, (Node *[]){x, x}, 1), shape_of(2, (int64_t)6, (int64_t)8));
    expect_shape(graph_transpose(g, x, (int[]){1, 0}), shape_of(2, (int64_t)4, (int64_t)6));
    expect_shape(graph_reduce(g, OP_SUM, x, 3), shape_of(0));
    expect_shape(graph_reduce(g, OP_MAX_OVER, x, 1), shape_of(1, (int64_t)4));
    ck_assert_int_eq(graph_reduce(g, OP_ARGMAX, x, 2)->classes, 4);
    Node *index = graph_to_index(g, x, 10),
         *table = tensor("E", shape_of(2, (int64_t)10, (int64_t)3));
    expect_shape(graph_gather(g, table, index), shape_of(3, (int64_t)6, (int64_t)4, (int64_t)3));
}
END_TEST

/* ys = scan x_t in x, h = 0 { h = tanh(x_t + h @ W); yield h } */
static Scan *recurrence(Node *x, Node *w) {
    Node *init = graph_const(g, 0);
    Shape shape = w->shape;
    shape.rank = 1;
    Scan *s = scan_begin(g, x->shape.dim[0], false, 1, &x, 1, &init, &shape, &x->rows);
    Node *h = graph_map1(g, OP_TANH,
                         graph_map2(g, OP_ADD, s->slices[0], graph_matmul(g, s->carries[0], w)));
    scan_finish(g, s, &h, 1, &h);
    return s;
}

START_TEST(a_scan_stacks_its_yields_and_captures_its_parameters) {
    Node *x = data(0, shape_of(2, (int64_t)9, (int64_t)3)),
         *w = tensor("W", shape_of(2, (int64_t)3, (int64_t)3));
    Scan *s = recurrence(x, w);
    expect_shape(graph_pick(g, s, 0), shape_of(1, (int64_t)3));
    expect_shape(graph_pick(g, s, 1), shape_of(2, (int64_t)9, (int64_t)3));
    ck_assert_int_eq(s->node->n_in, 3);
    ck_assert_ptr_eq(s->node->in[2], w);
    ck_assert_int_eq(graph_pick(g, s, 0)->depth, 0);
    ck_assert_int_eq(s->next[0]->depth, 1);
    ck_assert_int_eq(scan_yield(g, s, s->carries[0]), 2);
    ck_assert_int_eq(scan_yield(g, s, s->carries[0]), 2);
    NodeList body = graph_reachable(arena, 0, NULL, s);
    ck_assert_int_eq(body.n, 5); /* two formals, product, sum, tanh */
}
END_TEST

START_TEST(a_scan_inside_a_scan_belongs_to_its_body) {
    Node *x = data(0, shape_of(3, (int64_t)4, (int64_t)9, (int64_t)3)),
         *w = tensor("W", shape_of(2, (int64_t)3, (int64_t)3));
    Scan *outer = scan_begin(g, 4, false, 1, &x, 0, NULL, NULL, NULL);
    Scan *inner = recurrence(outer->slices[0], w);
    Node *last = graph_pick(g, inner, 0);
    ck_assert_int_eq(last->depth, 1);
    scan_finish(g, outer, NULL, 1, &last);
    Node *all = graph_pick(g, outer, 0);
    expect_shape(all, shape_of(2, (int64_t)4, (int64_t)3));
    ck_assert_int_eq(all->depth, 0);
    ck_assert_int_eq(outer->node->n_in, 3); /* x, zeros for the inner carry, W */
    ck_assert_ptr_eq(outer->node->in[2], w);
    ck_assert_int_ge(place_of(graph_reachable(arena, 0, NULL, outer), inner->node), 0);
    ck_assert_int_lt(place_of(graph_reachable(arena, 1, &all, NULL), inner->node), 0);
}
END_TEST

START_TEST(a_walk_puts_late_captures_before_their_scan) {
    Node *x = data(0, shape_of(2, (int64_t)9, (int64_t)3)),
         *w = tensor("W", shape_of(2, (int64_t)3, (int64_t)3));
    Scan *s = recurrence(x, w);
    Node *late = tensor("late", shape_of(1, (int64_t)3));
    int which = scan_yield(g, s, graph_map2(g, OP_MUL, s->carries[0], late));
    Node *root = graph_pick(g, s, which);
    NodeList order = graph_reachable(arena, 1, &root, NULL);
    ck_assert_int_gt(late->id, s->node->id);
    ck_assert_int_lt(place_of(order, late), place_of(order, s->node));
    for (int i = 0; i < order.n; i++)
        for (int j = 0; j < order.at[i]->n_in; j++)
            ck_assert_int_lt(place_of(order, order.at[i]->in[j]), i);
}
END_TEST

START_TEST(the_graph_prints_a_line_a_node) {
    Node *w = tensor("q.W", shape_of(1, (int64_t)3)), *x = data(0, shape_of(1, (int64_t)3));
    Node *root = graph_reduce(g, OP_SUM, graph_map2(g, OP_MUL, x, w), 1);
    ck_assert_str_eq(graph_print(arena, 1, &root), "%0 = tensor q.W {0 0 3} : [3]\n"
                                                   "%1 = input {0 0 0 3} : [3] x 32\n"
                                                   "%2 = mul %1 %0 : [3] x 32\n"
                                                   "%3 = sum %2 {1} : [] x 32\n");
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("graph");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, equal_nodes_are_one);
    tcase_add_test(tests, draws_of_different_paths_never_merge);
    tcase_add_test(tests, maps_broadcast_shapes_and_rows);
    tcase_add_test(tests, draws_become_an_axis_and_back);
    tcase_add_test(tests, products_follow_the_language);
    tcase_add_test(tests, moves_have_their_shapes);
    tcase_add_test(tests, a_scan_stacks_its_yields_and_captures_its_parameters);
    tcase_add_test(tests, a_scan_inside_a_scan_belongs_to_its_body);
    tcase_add_test(tests, a_walk_puts_late_captures_before_their_scan);
    tcase_add_test(tests, the_graph_prints_a_line_a_node);
    Suite *suite = suite_create("graph");
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
