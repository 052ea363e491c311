/* Plans: index arithmetic is exact, buffers that live at the same time lie apart, and what can be made in its
 * place is. */
#include "../../compiler/plan/location.h"
#include "../../compiler/plan/plan.h"
#include "../../compiler/plan/product.h"
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../emit/random_graph.c"

/* ---- indices ---- */

typedef struct {
    int64_t r, i;
} Where;

static int64_t value_of(const Index *a, Where at) {
    int64_t sum = a->constant;
    for (int k = 0; k < a->n; k++) {
        const Atom *atom = a->term[k].atom;
        int64_t x = atom->kind == ATOM_VARIABLE
                        ? (strcmp(atom->name, "r") == 0 ? at.r : at.i)
                        : value_of(atom->of, at);
        if (atom->kind == ATOM_QUOTIENT) x /= atom->by;
        if (atom->kind == ATOM_REMAINDER) x %= atom->by;
        ck_assert_int_le(x, atom->max);
        sum += a->term[k].factor * x;
    }
    return sum;
}

static const int64_t splits[][4] = {
    {2, 3, 4, 5}, {1, 120, 1, 1}, {6, 1, 20, 1}, {5, 4, 3, 2}, {8, 15, 1, 1}, {3, 5, 4, 2},
};
enum { N_SPLITS = sizeof splits / sizeof splits[0] };

START_TEST(an_index_split_and_joined_again_is_itself) {
    IndexPool pool = {.arena = arena_new()};
    for (int s = 0; s < N_SPLITS; s++) {
        Index r = index_variable(&pool, "r", 6, LEVEL_ROW), i, at[4];
        i = index_variable(&pool, "i", 20, LEVEL_ELEMENT);
        r = index_scale(&r, 20);
        Index flat = index_add(&r, &i);
        index_unflatten(&pool, &flat, 4, splits[s], at);
        Index again = index_flatten(4, splits[s], at);
        ck_assert(index_equal(&flat, &again));
    }
    arena_free(pool.arena);
}
END_TEST

START_TEST(splits_of_splits_have_the_right_value_everywhere) {
    IndexPool pool = {.arena = arena_new()};
    for (int s = 0; s < N_SPLITS * N_SPLITS; s++) {
        Index r = index_variable(&pool, "r", 6, LEVEL_ROW), at[4], moved[4], back[4];
        Index i = index_variable(&pool, "i", 20, LEVEL_ELEMENT);
        const int64_t *dim = splits[s / N_SPLITS];
        r = index_scale(&r, 20);
        Index flat = index_add(&r, &i);
        index_unflatten(&pool, &flat, 4, dim, at);
        for (int k = 0; k < 4; k++) moved[k] = at[3 - k];
        int64_t turned[4] = {dim[3], dim[2], dim[1], dim[0]};
        Index across = index_flatten(4, turned, moved);
        index_unflatten(&pool, &across, 4, splits[s % N_SPLITS], back);
        Index end = index_flatten(4, splits[s % N_SPLITS], back);
        for (Where p = {0, 0}; p.r < 6; p.r += p.i == 19, p.i = (p.i + 1) % 20) {
            int64_t want = 0, left = p.r * 20 + p.i, digit[4];
            for (int k = 3; k >= 0; k--) digit[k] = left % dim[k], left /= dim[k];
            for (int k = 0; k < 4; k++) want = want * turned[k] + digit[3 - k];
            ck_assert_int_eq(value_of(&across, p), want);
            ck_assert_int_eq(value_of(&end, p), want);
        }
    }
    arena_free(pool.arena);
}
END_TEST

START_TEST(a_reversed_slice_of_a_row_needs_no_division) {
    IndexPool pool = {.arena = arena_new()};
    Index r = index_variable(&pool, "r", 6, LEVEL_ROW);
    Index i = index_variable(&pool, "i", 20, LEVEL_ELEMENT);
    Index last = index_constant(19), back = index_scale(&i, -1), at[2] = {r};
    int64_t dim[] = {6, 20};
    at[1] = index_add(&last, &back);
    Index flat = index_flatten(2, dim, at), again[2];
    index_unflatten(&pool, &flat, 2, dim, again);
    ck_assert(index_equal(&again[0], &at[0]));
    ck_assert(index_equal(&again[1], &at[1]));
    arena_free(pool.arena);
}
END_TEST

/* ---- memory ---- */

static Program *program_of(Arena *a, Graph *g, int64_t batch) {
    Program *p = NEW(a, Program);
    *p = (Program){
        .name = "", .symbol = "program", .role = GEN_STEP, .graph = g, .batch = batch, .times = 1};
    return p;
}

static bool lives(const Buffer *b) { return b->kind == BUFFER_ARENA && !b->same && b->first >= 0; }

static void expect_apart(const Plan *p) {
    for (int i = 0; i < p->buffers.n; i++)
        for (int j = 0; j < i; j++) {
            const Buffer *a = p->buffers.at[i], *b = p->buffers.at[j];
            if (!lives(a) || !lives(b) || a->is_index != b->is_index) continue;
            bool meet = a->first <= b->last && b->first <= a->last;
            ck_assert(!meet || a->offset + a->size <= b->offset || b->offset + b->size <= a->offset);
        }
}

START_TEST(buffers_that_live_at_once_lie_apart) {
    for (uint64_t seed = 1; seed <= 60; seed++) {
        Arena *a = arena_new();
        Model m = {.arena = a};
        Graph *g = graph_new(a, 3);
        Random r = {.g = g, .seed = seed};
        Node *x = graph_input(g, 0, KIND_REAL, 0, shape_of(2, (int64_t)4, (int64_t)3));
        LIST_ADD(a, &r.pool, x);
        LIST_ADD(a, &r.pool, graph_tensor(g, "W", shape_of(2, (int64_t)3, (int64_t)5), 0, 0));
        random_nodes(&r, 60);
        Program *p = program_of(a, g, 3);
        Input in = {.name = "x", .datum = -1, .shape = x->shape};
        LIST_ADD(a, &p->inputs, in);
        for (int i = 0; i < 8; i++) {
            Output o = {.name = "out", .value = random_pick(&r)};
            LIST_ADD(a, &p->outputs, o);
        }
        expect_apart(plan_program(a, &m, p));
        arena_free(a);
    }
}
END_TEST

/* ---- in place ---- */

typedef struct {
    Arena *a;
    Model m;
    Graph *g;
    Program *p;
    Node *params, *momentum;
} Step;

enum { SIZE = 24 };

static Step new_step(void) {
    Step s = {.a = arena_new()};
    s.m.arena = s.a;
    s.g = graph_new(s.a, 4);
    s.p = program_of(s.a, s.g, 4);
    s.params = graph_tensor(s.g, "params", shape_of(1, (int64_t)SIZE), 0, 0);
    s.momentum = graph_tensor(s.g, "momentum", shape_of(1, (int64_t)SIZE), 1, 0);
    return s;
}

static void store(Step *s, int storage, Node *value) {
    LIST_ADD(s->a, &s->p->stores, ((Store){storage, 0, SIZE, value}));
}

static Node *scaled(Step *s, Node *x, double by) {
    return graph_map2(s->g, OP_MUL, x, graph_const(s->g, by));
}

START_TEST(an_optimiser_writes_over_what_it_read) {
    Step s = new_step();
    Node *gradient = graph_map1(s.g, OP_EXP, s.params);
    Node *m = graph_map2(s.g, OP_ADD, scaled(&s, s.momentum, 0.9), gradient);
    store(&s, 1, m);
    store(&s, 0, graph_map2(s.g, OP_SUB, s.params, scaled(&s, m, 0.1)));
    Plan *p = plan_program(s.a, &s.m, s.p);
    ck_assert(p->stores.at[0].in_place);
    ck_assert(p->stores.at[1].in_place);
    ck_assert_int_eq(p->top->kernels.n, 1);
    ck_assert_int_eq(p->arena_reals, 0);
    arena_free(s.a);
}
END_TEST

START_TEST(what_is_read_elsewhere_is_not_overwritten) {
    Step s = new_step();
    int64_t start[] = {SIZE - 1}, size[] = {SIZE}, step[] = {-1};
    Node *reversed = graph_slice(s.g, s.params, start, size, step);
    store(&s, 0, graph_map1(s.g, OP_TANH, reversed));
    Plan *p = plan_program(s.a, &s.m, s.p);
    ck_assert(!p->stores.at[0].in_place);
    ck_assert_int_ge(p->arena_reals, SIZE);
    arena_free(s.a);
}
END_TEST

START_TEST(nothing_is_stored_before_the_losses_are_checked) {
    Step s = new_step();
    Node *x = graph_input(s.g, 0, KIND_REAL, 0, shape_of(1, (int64_t)SIZE));
    LIST_ADD(s.a, &s.p->inputs, ((Input){.name = "x", .datum = -1, .shape = x->shape}));
    store(&s, 0, graph_map1(s.g, OP_TANH, s.params));
    Node *error = graph_map2(s.g, OP_MUL, x, x);
    Node *loss = graph_sum_rows(s.g, graph_reduce(s.g, OP_SUM, error, 1), NULL);
    LIST_ADD(s.a, &s.p->finite, loss);
    Plan *p = plan_program(s.a, &s.m, s.p);
    ck_assert_int_lt(p->finite_after, p->top->kernels.n);
    for (int i = 0; i < p->finite_after; i++) ck_assert(!p->top->kernels.at[i]->stores);
    arena_free(s.a);
}
END_TEST

START_TEST(parts_are_made_in_their_whole) {
    Step s = new_step();
    Node *x = graph_input(s.g, 0, KIND_REAL, 0, shape_of(1, (int64_t)40));
    LIST_ADD(s.a, &s.p->inputs, ((Input){.name = "x", .datum = -1, .shape = x->shape}));
    Node *w = graph_tensor(s.g, "W", shape_of(2, (int64_t)40, (int64_t)30), 2, 0);
    Node *product = graph_matmul(s.g, x, w);
    Node *parts[] = {graph_map1(s.g, OP_EXP, x), product};
    Node *whole = graph_concat(s.g, 2, parts, 0);
    LIST_ADD(s.a, &s.p->outputs, ((Output){.name = "whole", .value = whole}));
    Plan *p = plan_program(s.a, &s.m, s.p);
    Location where;
    ck_assert(location_view(p, product, &where));
    ck_assert_ptr_eq(where.buffer, plan_value(p, whole)->location.buffer);
    ck_assert_int_eq(where.base.constant, 40);
    ck_assert_int_eq(where.stride[0], 70);
    ck_assert_int_eq(p->arena_reals, (4 * 70 + 15) / 16 * 16);
    arena_free(s.a);
}
END_TEST

START_TEST(a_product_with_batched_rows_is_one_call) {
    Step s = new_step();
    Node *x = graph_input(s.g, 0, KIND_REAL, 0, shape_of(2, (int64_t)5, (int64_t)32));
    LIST_ADD(s.a, &s.p->inputs, ((Input){.name = "x", .datum = -1, .shape = x->shape}));
    Node *w = graph_tensor(s.g, "W", shape_of(2, (int64_t)32, (int64_t)16), 2, 0);
    Node *y = graph_matmul(s.g, x, w);
    LIST_ADD(s.a, &s.p->outputs, ((Output){.name = "y", .value = y}));
    Plan *p = plan_program(s.a, &s.m, s.p);
    Product q;
    ck_assert(plan_value(p, y)->is_product);
    ck_assert(product_lower(p, y, &q));
    ck_assert_int_eq(q.n_loops, 0);
    ck_assert_int_eq(q.m, 20);
    ck_assert_int_eq(q.n, 16);
    ck_assert_int_eq(q.k, 32);
    arena_free(s.a);
}
END_TEST

START_TEST(a_softmax_is_one_kernel) {
    Step s = new_step();
    Graph *g = s.g;
    Node *x = graph_input(g, 0, KIND_REAL, 0, shape_of(1, (int64_t)SIZE));
    LIST_ADD(s.a, &s.p->inputs, ((Input){.name = "x", .datum = -1, .shape = x->shape}));
    Node *e = graph_map1(g, OP_EXP, graph_map2(g, OP_SUB, x, graph_reduce(g, OP_MAX_OVER, x, 1)));
    Node *y = graph_map2(g, OP_DIV, e, graph_reduce(g, OP_SUM, e, 1));
    LIST_ADD(s.a, &s.p->outputs, ((Output){.name = "y", .value = y}));
    Plan *p = plan_program(s.a, &s.m, s.p);
    ck_assert_int_eq(p->top->kernels.n, 1);
    ck_assert_int_eq(p->top->kernels.at[0]->segments.n, 3);
    ck_assert_int_eq(p->arena_reals, 4 * SIZE);
    arena_free(s.a);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("plan");
    tcase_add_test(tests, an_index_split_and_joined_again_is_itself);
    tcase_add_test(tests, splits_of_splits_have_the_right_value_everywhere);
    tcase_add_test(tests, a_reversed_slice_of_a_row_needs_no_division);
    tcase_add_test(tests, buffers_that_live_at_once_lie_apart);
    tcase_add_test(tests, an_optimiser_writes_over_what_it_read);
    tcase_add_test(tests, what_is_read_elsewhere_is_not_overwritten);
    tcase_add_test(tests, nothing_is_stored_before_the_losses_are_checked);
    tcase_add_test(tests, parts_are_made_in_their_whole);
    tcase_add_test(tests, a_product_with_batched_rows_is_one_call);
    tcase_add_test(tests, a_softmax_is_one_kernel);
    Suite *suite = suite_create("plan");
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
