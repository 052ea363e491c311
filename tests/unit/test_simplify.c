/* Every simplification rule: what it makes of an expression, and that the value stays the same. */
#include "../../compiler/graph/graph.h"
#include <check.h>
#include <math.h>
#include <stdlib.h>
/* Parts of the tests alone, that no library holds. */
#include "../grad/interpret.c"
#include "../grad/check_gradient.c"

/* Leaves: x [2, 3] per example, w [2, 3] and v [3] shared, s [4, 3] per example. */
static Graph *g;
static Node *x, *w, *v, *s;

typedef struct {
    const char *rule;
    Node *(*build)(void);
    const char *becomes; /* the operations left, in order */
} Row;

static Node *number(double value) {
    return graph_const(g, value);
}
static Node *one(Op op, Node *a) {
    return graph_map1(g, op, a);
}
static Node *two(Op op, Node *a, Node *b) {
    return graph_map2(g, op, a, b);
}
static Node *reduced(Op op, Node *a, unsigned axes) {
    return graph_reduce(g, op, a, axes);
}
static Shape shape2(int64_t a, int64_t b) {
    return shape_of(2, a, b);
}
static Node *reshape(Node *a, Shape shape) {
    return graph_reshape(g, a, shape);
}
static Node *turn(Node *a) {
    return graph_transpose(g, a, (int[]){1, 0});
}
static Node *wide(Node *a) {
    return graph_broadcast(g, a, shape_of(3, (int64_t)5, (int64_t)2, (int64_t)3), g->batch);
}
static Node *batched(Node *a) {
    return graph_broadcast(g, a, a->shape, g->batch);
}
static const Rows *draws(void) {
    return graph_rows(g, g->batch, 4);
}

/* columns start, start + step, ... of a [rows, columns] */
static Node *columns(Node *a, int64_t start, int64_t size, int64_t step) {
    int64_t starts[] = {0, start}, sizes[] = {a->shape.dim[0], size}, steps[] = {1, step};
    return graph_slice(g, a, starts, sizes, steps);
}

static Node *padded(Node *a, int64_t before, int64_t after) {
    int64_t befores[] = {0, before}, afters[] = {0, after}, steps[] = {1, 1};
    return graph_pad(g, a, befores, afters, steps);
}

static Node *pair(Node *a, Node *b) {
    return graph_concat(g, 2, (Node *[]){a, b}, 1);
}

/* clang-format off */
#define RULE_CASE(name, expression) static Node *name(void) { return expression; }

RULE_CASE(constants, two(OP_ADD, x, two(OP_MUL, number(2), one(OP_NEG, number(3)))))
RULE_CASE(broadcasts, two(OP_MUL, wide(w), wide(x)))
RULE_CASE(broadcast_dropped, two(OP_MUL, batched(v), x))
RULE_CASE(negations, one(OP_NEG, one(OP_NEG, x)))
RULE_CASE(negated_difference, one(OP_NEG, two(OP_SUB, x, w)))
RULE_CASE(negated_multiple, one(OP_NEG, two(OP_MUL, x, number(2))))
RULE_CASE(zero_added, two(OP_ADD, two(OP_ADD, number(0), x), number(0)))
RULE_CASE(negation_added, two(OP_ADD, one(OP_NEG, x), w))
RULE_CASE(zero_subtracted, two(OP_SUB, number(0), two(OP_SUB, x, number(0))))
RULE_CASE(negation_subtracted, two(OP_SUB, x, one(OP_NEG, w)))
RULE_CASE(times_zero, two(OP_MUL, x, number(0)))
RULE_CASE(times_one, two(OP_MUL, number(-1), two(OP_MUL, x, number(1))))
RULE_CASE(huge_multiples, two(OP_MUL, number(1e20), two(OP_MUL, x, number(1e20))))
RULE_CASE(tiny_multiples, two(OP_MUL, number(1e-20), two(OP_MUL, x, number(1e-20))))
RULE_CASE(multiples, two(OP_MUL, number(3), two(OP_MUL, one(OP_NEG, x), number(2))))
RULE_CASE(by_one, two(OP_ADD, two(OP_DIV, x, number(1)), two(OP_DIV, number(0), w)))
RULE_CASE(by_eight, two(OP_DIV, x, number(-8)))
RULE_CASE(square, two(OP_POW, x, number(2)))
RULE_CASE(root, two(OP_POW, one(OP_EXP, x), number(0.5)))
RULE_CASE(reciprocal, two(OP_POW, x, number(-1)))
RULE_CASE(powers, two(OP_ADD, two(OP_POW, x, number(0)), two(OP_POW, x, number(1))))
RULE_CASE(reals, one(OP_REAL, one(OP_REAL, x)))
RULE_CASE(same_choice, graph_where(g, two(OP_LT, x, w), v, v))
RULE_CASE(known_choice, graph_where(g, two(OP_LT, number(1), number(2)), x, w))
RULE_CASE(split_derivative, two(OP_ADD, two(OP_ADD, padded(x, 6, 0), padded(w, 0, 6)), padded(x, 3, 3)))
RULE_CASE(single_axes, two(OP_ADD, reduced(OP_SUM, reshape(x, shape2(1, 6)), 1), reduced(OP_MAX_OVER, reshape(x, shape2(1, 6)), 1)))
RULE_CASE(sum_of_repeats, reduced(OP_SUM, wide(w), 3))
RULE_CASE(sums, reduced(OP_SUM, reduced(OP_SUM, wide(x), 2), 3))
RULE_CASE(maxima, reduced(OP_MAX_OVER, reduced(OP_MAX_OVER, x, 2), 1))
RULE_CASE(sum_of_exp, reduced(OP_SUM, one(OP_EXP, x), 3))
RULE_CASE(sum_of_moved, reduced(OP_SUM, reshape(turn(x), shape_of(1, (int64_t)6)), 1))
RULE_CASE(logarithm, one(OP_LOG, one(OP_EXP, x)))
RULE_CASE(sum_over_draws, reduced(OP_SUM, graph_collect(g, two(OP_MUL, graph_spread(g, s, draws()), v)), 3))
RULE_CASE(sum_beside_draws, reduced(OP_SUM, graph_collect(g, two(OP_MUL, graph_spread(g, s, draws()), v)), 2))
RULE_CASE(row_sums, graph_sum_rows(g, graph_sum_rows(g, one(OP_EXP, graph_spread(g, s, draws())), g->batch), NULL))
RULE_CASE(row_sum_of_repeats, graph_sum_rows(g, graph_broadcast(g, x, x->shape, draws()), NULL))
RULE_CASE(row_sum_of_shared, graph_sum_rows(g, graph_broadcast(g, w, w->shape, draws()), g->batch))
RULE_CASE(same_shape, reshape(x, shape2(2, 3)))
RULE_CASE(reshapes, reshape(reshape(x, shape2(3, 2)), shape2(1, 6)))
RULE_CASE(constant_reshaped, two(OP_MUL, reshape(x, shape2(3, 2)), reshape(graph_full(g, 2, shape2(2, 3), NULL), shape2(3, 2))))
RULE_CASE(chain_reshaped, reshape(one(OP_EXP, two(OP_MUL, x, number(3))), shape2(3, 2)))
RULE_CASE(same_order, graph_transpose(g, x, (int[]){0, 1}))
RULE_CASE(transposes, turn(turn(x)))
RULE_CASE(constant_turned, two(OP_MUL, turn(x), turn(graph_full(g, 2, shape2(2, 3), NULL))))
RULE_CASE(all_of_it, columns(x, 0, 3, 1))
RULE_CASE(slices, columns(columns(s, 2, 3, -1), 0, 2, 2))
RULE_CASE(slice_of_part, columns(pair(x, w), 4, 2, 1))
RULE_CASE(slice_of_padded, columns(padded(x, 1, 1), 1, 1, 1))
RULE_CASE(slice_of_repeats, columns(graph_broadcast(g, v, shape2(2, 3), g->batch), 0, 2, 2))
RULE_CASE(no_padding, two(OP_ADD, padded(x, 0, 0), padded(graph_full(g, 0, shape2(2, 1), g->batch), 1, 1)))
RULE_CASE(one_part, graph_concat(g, 1, &x, 0))
RULE_CASE(split_and_joined, pair(columns(x, 0, 1, 1), columns(x, 1, 2, 1)))
RULE_CASE(joins, pair(pair(x, w), x))
RULE_CASE(repeats_of_repeats, wide(graph_broadcast(g, v, shape2(2, 3), NULL)))
RULE_CASE(there_and_back, graph_collect(g, graph_spread(g, s, draws())))
RULE_CASE(back_and_there, graph_spread(g, graph_collect(g, two(OP_MUL, v, graph_spread(g, s, draws()))), draws()))
RULE_CASE(spread_repeats, graph_spread(g, graph_broadcast(g, v, shape2(4, 3), g->batch), draws()))
RULE_CASE(product_with_zero, graph_matmul(g, x, turn(graph_full(g, 0, shape2(2, 3), NULL))))
RULE_CASE(product_of_turned, graph_matmul(g, turn(x), w))
RULE_CASE(product_of_repeats, graph_contract(g, batched(w), (int[]){0, 1}, x, (int[]){0, 1}, 0, NULL, NULL))
RULE_CASE(product_without_sum, graph_contract(g, v, (int[]){1}, x, (int[]){0, 2}, 3, (int[]){0, 1, 2}, g->batch))

RULE_CASE(windows_of_zero, graph_window(g, graph_full(g, 0, shape2(2, 6), NULL), 1, &(Window){6, 2, 5, 1, 1, 0}))
RULE_CASE(windows_of_one, graph_window(g, x, 1, &(Window){3, 1, 2, 2, 1, 0}))
RULE_CASE(windows_side_by_side, graph_window(g, graph_reshape(g, x, shape2(1, 6)), 1, &(Window){6, 2, 3, 2, 1, 0}))
RULE_CASE(window_of_all, graph_window(g, x, 1, &(Window){3, 3, 1, 1, 1, 0}))
RULE_CASE(fold_of_ones, graph_fold(g, graph_reshape(g, x, shape_of(3, (int64_t)2, (int64_t)1, (int64_t)3)), 1, &(Window){7, 1, 3, 2, 1, 0}))
RULE_CASE(fold_side_by_side, graph_fold(g, graph_reshape(g, x, shape_of(3, (int64_t)1, (int64_t)2, (int64_t)3)), 1, &(Window){6, 2, 3, 2, 1, 0}))

static const Row rows[] = {
    {"map_of_constants", constants, "input const add"},
    {"map_of_broadcasts", broadcasts, "input tensor mul broadcast"},
    {"map_of_broadcasts", broadcast_dropped, "input tensor mul"},
    {"neg_neg", negations, "input"},
    {"neg_neg", negated_difference, "input tensor sub"},
    {"neg_neg", negated_multiple, "input const mul"},
    {"add_zero", zero_added, "input"},
    {"add_neg", negation_added, "input tensor sub"},
    {"sub_zero", zero_subtracted, "input neg"},
    {"sub_neg", negation_subtracted, "input tensor add"},
    {"mul_zero", times_zero, "const broadcast"},
    {"mul_one", times_one, "input neg"},
    {"mul_constants", multiples, "input const mul"},
    {"mul_constants", huge_multiples, "input const mul mul"},
    {"mul_constants", tiny_multiples, "input const mul mul"},
    {"div_one", by_one, "input"},
    {"div_power_of_two", by_eight, "input const mul"},
    {"pow_known", square, "input mul"},
    {"pow_known", root, "input exp sqrt"},
    {"pow_known", reciprocal, "input const div"},
    {"pow_known", powers, "input const add"},
    {"log_exp", logarithm, "input"},
    {"real_real", reals, "input"},
    {"where_same", same_choice, "tensor broadcast"},
    {"where_known", known_choice, "input"},
    {"add_pads", split_derivative, "input tensor concat"},
    {"reduce_single", single_axes, "input reshape add"},
    {"sum_broadcast", sum_of_repeats, "tensor sum const mul broadcast"},
    {"reduce_reduce", sums, "input sum const mul"},
    {"reduce_reduce", maxima, "input max_over"},
    {"reduce_all_of_move", sum_of_moved, "input sum"},
    {"reduce_all_of_map", sum_of_exp, "input reshape exp sum"},
    {"sum_collected", sum_over_draws, "tensor input spread mul sum sum_rows"},
    {"sum_collected", sum_beside_draws, "tensor input spread mul sum collect"},
    {"sum_rows_sum_rows", row_sums, "input spread exp sum_rows"},
    {"sum_rows_broadcast", row_sum_of_repeats, "input sum_rows const mul"},
    {"sum_rows_broadcast", row_sum_of_shared, "tensor const mul broadcast"},
    {"reshape_same", same_shape, "input"},
    {"reshape_reshape", reshapes, "input reshape"},
    {"reshape_constant", constant_reshaped, "input const reshape mul"},
    {"reshape_map", chain_reshaped, "input const reshape mul exp"},
    {"transpose_same", same_order, "input"},
    {"transpose_transpose", transposes, "input"},
    {"transpose_constant", constant_turned, "input const transpose mul"},
    {"slice_all", all_of_it, "input"},
    {"slice_slice", slices, "input slice"},
    {"slice_concat", slice_of_part, "tensor slice broadcast"},
    {"slice_pad", slice_of_padded, "input slice"},
    {"slice_broadcast", slice_of_repeats, "tensor slice broadcast"},
    {"pad_nothing", no_padding, "input"},
    {"window_of_zero", windows_of_zero, "const broadcast"},
    {"window_single", windows_of_one, "input slice reshape"},
    {"window_exact", windows_side_by_side, "input reshape transpose"},
    {"window_exact", window_of_all, "input reshape"},
    {"fold_single", fold_of_ones, "input pad"},
    {"fold_exact", fold_side_by_side, "input reshape transpose reshape"},
    {"concat_one", one_part, "input"},
    {"concat_slices", split_and_joined, "input"},
    {"concat_concat", joins, "input tensor concat"},
    {"broadcast_broadcast", repeats_of_repeats, "tensor broadcast"},
    {"collect_spread", there_and_back, "input"},
    {"spread_collect", back_and_there, "tensor input spread mul"},
    {"spread_broadcast", spread_repeats, "tensor broadcast"},
    {"contract_zero", product_with_zero, "const broadcast"},
    {"contract_transpose", product_of_turned, "input tensor contract"},
    {"contract_broadcast", product_of_repeats, "input tensor contract"},
    {"contract_elementwise", product_without_sum, "input tensor reshape reshape mul"},
};
enum { N_ROWS = sizeof rows / sizeof rows[0] };

/* clang-format on */

static Interpreter *in;

static Node *given(Node *leaf, uint64_t number_of_leaf) {
    double *value = NEW_ARRAY(g->arena, double, interpret_size(leaf));
    fill(value, interpret_size(leaf), -1, 1, number_of_leaf);
    interpret_set(in, leaf, value);
    return leaf;
}

static Node *built(const Row *row, bool simplify) {
    g = graph_new(g->arena, 4);
    g->simplify = simplify;
    in = interpret_new(g);
    x = given(graph_input(g, 0, KIND_REAL, 0, shape2(2, 3)), 1);
    w = given(graph_tensor(g, "w", shape2(2, 3), 0, 0), 2);
    v = given(graph_tensor(g, "v", shape_of(1, (int64_t)3), 0, 6), 3);
    s = given(graph_input(g, 1, KIND_REAL, 0, shape2(4, 3)), 4);
    return row->build();
}

static const char *operations(Node *root) {
    Text text = {.arena = g->arena};
    NodeList order = graph_reachable(g->arena, 1, &root, NULL);
    for (int i = 0; i < order.n; i++)
        text_printf(&text, "%s%s", i ? " " : "", op_info[order.at[i]->op].name);
    return text.at;
}

START_TEST(a_rule_simplifies_and_keeps_the_value) {
    const Row *row = &rows[_i];
    g = graph_new(arena_new(), 4);
    Node *plain = built(row, false);
    interpret_run(in, 1, &plain);
    const double *expected = interpret_value(in, plain);
    Node *simple = built(row, true);
    interpret_run(in, 1, &simple);
    ck_assert_msg(strcmp(operations(simple), row->becomes) == 0, "%s: %s, not %s", row->rule,
                  operations(simple), row->becomes);
    ck_assert_int_eq(interpret_size(simple), interpret_size(plain));
    for (int64_t i = 0; i < interpret_size(plain); i++)
        ck_assert_double_eq_tol(interpret_value(in, simple)[i], expected[i], 1e-12);
    arena_free(g->arena);
}
END_TEST

START_TEST(every_rule_has_a_row) {
    static const char *const names[] = {
#define RULE(op, rule) #rule,
#include "../../compiler/transform/rules.def"
#undef RULE
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        bool has = false;
        for (int j = 0; j < N_ROWS; j++) has |= strcmp(rows[j].rule, names[i]) == 0;
        ck_assert_msg(has, "no test of the rule %s", names[i]);
    }
}
END_TEST

START_TEST(an_index_keeps_its_classes) {
    g = graph_new(arena_new(), 4);
    g->simplify = true;
    Node *few = graph_iota(g, 3), *many = graph_to_index(g, graph_full(g, 1, few->shape, NULL), 10);
    Node *chosen = graph_where(g, two(OP_LT, number(1), number(2)), few, many);
    ck_assert_int_eq(chosen->classes, 10);
    arena_free(g->arena);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("rules");
    tcase_add_loop_test(tests, a_rule_simplifies_and_keeps_the_value, 0, N_ROWS);
    tcase_add_test(tests, every_rule_has_a_row);
    tcase_add_test(tests, an_index_keeps_its_classes);
    Suite *suite = suite_create("simplify");
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
