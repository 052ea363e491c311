/* Random graphs and their gradients keep their values through simplification, finishing,
 * hoisting and streaming. */
#include "../../compiler/transform/finish.h"
#include "../../compiler/transform/grad.h"
#include "../../compiler/transform/hoist.h"
#include "../../compiler/transform/stream.h"
#include <check.h>
#include <math.h>
#include <stdlib.h>
/* Parts of the tests alone, that no library holds. */
#include "../grad/interpret.c"
#include "../grad/check_gradient.c"
#include "../grad/random_graph.c"

enum { N_GRAPHS = 300, N_LEAVES = 4, N_OPERATIONS = 25 };

typedef struct {
    Graph *g;
    Interpreter *in;
    Node *root[N_LEAVES + 1]; /* the value, then its gradients by the leaves */
} Program;

static Node *given(Program *p, Node *leaf, uint64_t number) {
    double *value = NEW_ARRAY(p->g->arena, double, interpret_size(leaf));
    fill(value, interpret_size(leaf), -1, 1, number);
    interpret_set(p->in, leaf, value);
    return leaf;
}

static Program make_program(Arena *a, uint64_t seed, bool simplify) {
    Program p = {.g = graph_new(a, BATCH)};
    GradFailure failure;
    p.g->simplify = simplify;
    p.in = interpret_new(p.g);
    Node *leaf[] = {
        given(&p, graph_input(p.g, 0, KIND_REAL, 0, shape_of(2, (int64_t)2, (int64_t)3)), 1),
        given(&p, graph_input(p.g, 1, KIND_REAL, 0, shape_of(1, (int64_t)3)), 2),
        given(&p, graph_tensor(p.g, "w", shape_of(2, (int64_t)3, (int64_t)2), 0, 0), 3),
        given(&p, graph_tensor(p.g, "v", shape_of(1, (int64_t)2), 0, 6), 4),
    };
    p.root[0] = random_graph(p.g, seed, N_OPERATIONS, N_LEAVES, leaf);
    ck_assert(grad(p.g, p.root[0], N_LEAVES, leaf, p.root + 1, &failure));
    for (int i = 0; i < N_LEAVES; i++)
        if (!p.root[i + 1]) p.root[i + 1] = graph_full(p.g, 0, leaf[i]->shape, leaf[i]->rows);
    return p;
}

static void expect_equal(uint64_t seed, const char *when, const Program *p,
                         double *const *expected) {
    interpret_run(p->in, N_LEAVES + 1, p->root);
    for (int i = 0; i <= N_LEAVES; i++)
        for (int64_t j = 0; j < interpret_size(p->root[i]); j++) {
            double is = interpret_value(p->in, p->root[i])[j], was = expected[i][j];
            ck_assert_msg(fabs(is - was) <= 1e-9 * fmax(1, fabs(was)),
                          "graph %d, root %d, element %d: %.17g, %s %.17g", (int)seed, i, (int)j,
                          was, when, is);
        }
}

START_TEST(a_random_graph_keeps_its_value) {
    Arena *a = arena_new();
    uint64_t seed = (uint64_t)_i;
    double *expected[N_LEAVES + 1];
    Program plain = make_program(a, seed, false), simple = make_program(a, seed, true);
    interpret_run(plain.in, N_LEAVES + 1, plain.root);
    for (int i = 0; i <= N_LEAVES; i++) {
        size_t size = sizeof(double) * (size_t)interpret_size(plain.root[i]);
        expected[i] = memcpy(arena_alloc(a, size), interpret_value(plain.in, plain.root[i]), size);
    }
    expect_equal(seed, "simplified", &simple, expected);
    finish_roots(plain.g, N_LEAVES + 1, plain.root);
    expect_equal(seed, "finished", &plain, expected);
    finish_roots(simple.g, N_LEAVES + 1, simple.root);
    expect_equal(seed, "simplified and finished", &simple, expected);
    hoist_scans(plain.g, N_LEAVES + 1, plain.root);
    expect_equal(seed, "hoisted", &plain, expected);
    stream_draws(simple.g, N_LEAVES + 1, simple.root, 1);
    expect_equal(seed, "streamed", &simple, expected);
    arena_free(a);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("rewriting");
    tcase_add_loop_test(tests, a_random_graph_keeps_its_value, 0, N_GRAPHS);
    Suite *suite = suite_create("rewriting");
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
