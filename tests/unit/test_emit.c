/* The generated C computes what the interpreter computes: every primitive and its derivatives, and
 * random graphs with stores; compiled with the sanitizers and without a warning. */
#include "../../compiler/emit/emit.h"
#include "../../compiler/plan/limits.h"
#include "../../compiler/transform/finish.h"
#include "../../compiler/transform/grad.h"
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../grad/interpret.c"
#include "../grad/check_gradient.c"
#include "../grad/cases.c"
#include "../emit/random_graph.c"

enum { STORAGES = 4, STORAGE_SIZE = 64, GRAPHS = 40, NODES = 45 };

/* ---- a model under test: programs, and the values that they are given ---- */

typedef struct {
    int kind, number;
    int64_t offset, count;
    const double *at;
} Given;
typedef struct {
    Program *program;
    Interpreter *in;
    LIST(Given) given;
    double *storage;
} Trial;
typedef struct {
    Arena *a;
    Model *m;
    LIST(Trial *) trials;
    int64_t storage_size;
} Bench;

static Bench new_bench(void) {
    Bench b = {.a = arena_new()};
    b.m = NEW(b.a, Model);
    b.m->arena = b.a;
    b.m->name = "trial";
    b.m->folder = ".";
    b.m->canonical = "# a trial\n";
    b.m->decls = NEW(b.a, Tree);
    return b;
}

static void add_storages(Bench *b, int n, int64_t size) {
    b->storage_size = size;
    for (int i = 0; i < n; i++) {
        const char *name = arena_printf(b->a, "storage%d", i);
        LIST_ADD(b->a, &b->m->storages, ((Storage){name, size}));
        Tensor t = {.path = name,
                    .role = GEN_PARAM,
                    .shape = shape_of(1, size),
                    .storage = i,
                    .span = NO_SPAN};
        LIST_ADD(b->a, &b->m->tensors, t);
    }
}

static Trial *add_trial(Bench *b, Graph *g) {
    Trial *t = NEW(b->a, Trial);
    Program *p = NEW(b->a, Program);
    *p = (Program){.name = "",
                   .symbol = arena_printf(b->a, "program%d", b->trials.n),
                   .role = GEN_SAMPLE,
                   .span = NO_SPAN,
                   .graph = g,
                   .batch = BATCH,
                   .times = 1};
    t->program = p;
    t->in = interpret_new(g);
    LIST_ADD(b->a, &b->m->programs, p);
    LIST_ADD(b->a, &b->trials, t);
    return t;
}

static void give(Bench *b, Trial *t, Node *n, int kind, int number, int64_t offset,
                 const double *at) {
    interpret_set(t->in, n, at);
    LIST_ADD(b->a, &t->given, ((Given){kind, number, offset, interpret_size(n), at}));
}

/* The runtime reads a value per example, so draws become an axis. */
static void add_output(Bench *b, Trial *t, Node *n) {
    if (n->kind == KIND_BOOL) n = graph_map1(t->program->graph, OP_REAL, n);
    while (n->rows && n->rows->outer) n = graph_collect(t->program->graph, n);
    Output o = {.name = arena_printf(b->a, "out%d", t->program->outputs.n), .value = n};
    LIST_ADD(b->a, &t->program->outputs, o);
}

static Node *add_input(Bench *b, Trial *t, Kind kind, int64_t classes, Shape shape) {
    Graph *g = t->program->graph;
    int number = t->program->inputs.n;
    Input in = {.name = arena_printf(b->a, "x%d", number),
                .datum = -1,
                .kind = kind,
                .classes = classes,
                .shape = shape};
    LIST_ADD(b->a, &t->program->inputs, in);
    return graph_input(g, number, kind, classes, shape);
}

/* ---- what should come out, and what does ---- */

static void evaluate_roots(Trial *t) {
    const Program *p = t->program;
    Node **roots = NEW_ARRAY(p->graph->arena, Node *, p->outputs.n + p->stores.n + p->finite.n);
    int n = 0;
    for (int i = 0; i < p->outputs.n; i++) roots[n++] = p->outputs.at[i].value;
    for (int i = 0; i < p->stores.n; i++) roots[n++] = p->stores.at[i].value;
    for (int i = 0; i < p->finite.n; i++) roots[n++] = p->finite.at[i];
    interpret_run(t->in, n, roots);
}

static FILE *open_in(const char *folder, const char *name, const char *mode) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, mode);
    if (!f) ck_abort_msg("cannot open %s", path);
    return f;
}

static void put(FILE *f, double x) {
    fwrite(&x, sizeof x, 1, f);
}

static void write_given(const Bench *b, const char *folder) {
    FILE *f = open_in(folder, "values", "wb");
    for (int i = 0; i < b->trials.n; i++) {
        const Trial *t = b->trials.at[i];
        for (int j = 0; j < t->given.n; j++) {
            const Given *v = &t->given.at[j];
            put(f, v->kind), put(f, v->number), put(f, (double)v->offset), put(f, (double)v->count);
            for (int64_t k = 0; k < v->count; k++) put(f, v->at[k]);
        }
        put(f, 2);
    }
    fclose(f);
}

static double get(FILE *f) {
    double x;
    ck_assert_msg(fread(&x, sizeof x, 1, f) == 1, "the generated program stopped early");
    return x;
}

static bool close_enough(double want, double got) {
    if (isnan(want) || isinf(want)) return isnan(want) ? isnan(got) : want == got;
    return fabs(want - got) <= 1e-9 * fmax(1, fmax(fabs(want), fabs(got)));
}

static void expect_values(const Trial *t, const char *what, int number, int64_t n,
                          const double *want, FILE *f) {
    for (int64_t i = 0; i < n; i++) {
        double got = get(f);
        ck_assert_msg(close_enough(want[i], got),
                      "%s, %s %d, element %lld of %lld: %.12g, not %.12g", t->program->symbol, what,
                      number, (long long)i, (long long)n, got, want[i]);
    }
}

static void expect_trial(const Bench *b, Trial *t, FILE *f) {
    const Program *p = t->program;
    evaluate_roots(t);
    ck_assert_msg(get(f) == 1, "%s did not run", p->symbol);
    for (int i = 0; i < p->outputs.n; i++) {
        const Node *n = p->outputs.at[i].value;
        expect_values(t, "output", i, interpret_size(n), interpret_value(t->in, n), f);
    }
    for (int s = 0; s < b->m->storages.n; s++) {
        double *want = NEW_ARRAY(b->a, double, b->storage_size);
        for (int i = 0; i < t->given.n; i++)
            if (t->given.at[i].kind == 0 && t->given.at[i].number == s)
                memcpy(want + t->given.at[i].offset, t->given.at[i].at,
                       sizeof(double) * (size_t)t->given.at[i].count);
        for (int i = 0; i < p->stores.n; i++)
            if (p->stores.at[i].storage == s)
                memcpy(want + p->stores.at[i].offset, interpret_value(t->in, p->stores.at[i].value),
                       sizeof(double) * (size_t)p->stores.at[i].size);
        expect_values(t, "storage", s, b->storage_size, want, f);
    }
}

static const char *folder_of(const char *name) {
    static char folder[256];
    const char *build = getenv("BUILD");
    snprintf(folder, sizeof folder, "%s/tests/emit_%s", build ? build : "build", name);
    char command[400];
    snprintf(command, sizeof command, "mkdir -p %s", folder);
    ck_assert_int_eq(system(command), 0);
    return folder;
}

static const char *source_root(void) {
    static char root[256];
    snprintf(root, sizeof root, "%s", __FILE__);
    char *end = strstr(root, "tests/unit/");
    if (end == root) return ".";
    end[-1] = 0;
    return root;
}

/* Says which arenas the generated file has. */
static const char *memory_flags(const Bench *b, const char *folder, const char *flags) {
    FILE *f = open_in(folder, "generated.c", "r");
    bool arena = false, index_arena = false;
    for (char line[4096]; fgets(line, sizeof line, f);) {
        arena = arena || strstr(line, "real arena[");
        index_arena = index_arena || strstr(line, "int32_t index_arena[");
    }
    fclose(f);
    return arena_printf(b->a, "%s%s%s", flags, arena ? " -DHAS_ARENA" : "",
                        index_arena ? " -DHAS_INDEX_ARENA" : "");
}

static void compile_and_compare(Bench *b, const char *name, const char *flags) {
    const char *folder = folder_of(name), *root = source_root();
    FILE *c = open_in(folder, "generated.c", "w");
    ck_assert(emit_model(b->m, c));
    fclose(c);
    write_given(b, folder);
    const char *command =
        arena_printf(b->a,
                     "cc -std=c11 -Wall -Wextra -Werror %s -fopenmp -DGENC_F64 -I%s/runtime "
                     "-DGENERATED='\"%s%s/generated.c\"' "
                     "-o %s/program %s/tests/emit/harness.c %s/runtime/kernels.c -lm && "
                     "OMP_NUM_THREADS=2 %s/program < %s/values > %s/results",
                     memory_flags(b, folder, flags), root, folder[0] == '/' ? "" : "../../", folder,
                     folder, root, root, folder, folder, folder);
    ck_assert_msg(system(command) == 0, "failed: %s", command);
    FILE *f = open_in(folder, "results", "rb");
    for (int i = 0; i < b->trials.n; i++) expect_trial(b, b->trials.at[i], f);
    fclose(f);
    arena_free(b->a);
}

#define SANITIZED  "-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined"
#define VECTORISED "-O3 -march=native -fno-math-errno -fno-trapping-math"

/* ---- every primitive, and its first derivative ---- */

static void add_case(Bench *b, const Case *c, bool simplify) {
    Graph *g = graph_new(b->a, BATCH);
    Trial *t = add_trial(b, g);
    Node *leaf[MAX_LEAVES], *wrt[MAX_LEAVES], *gradient[MAX_LEAVES] = {0};
    int n_wrt = 0, n_stored = 0;
    for (int i = 0; i < c->n_leaves; i++) {
        Shape shape = {.rank = c->leaf[i].rank};
        for (int j = 0; j < shape.rank; j++) shape.dim[j] = c->leaf[i].dim[j];
        leaf[i] = c->leaf[i].batched ? add_input(b, t, KIND_REAL, 0, shape)
                                     : graph_tensor(g, "leaf", shape, n_stored++, 0);
        double *value = NEW_ARRAY(b->a, double, interpret_size(leaf[i]));
        fill(value, interpret_size(leaf[i]), c->leaf[i].low, c->leaf[i].high, (uint64_t)i + 1);
        give(b, t, leaf[i], c->leaf[i].batched, (int)leaf[i]->ints[0], 0, value);
        if (!c->constant[i]) wrt[n_wrt++] = leaf[i];
    }
    g->simplify = simplify;
    Node *y = c->build(g, leaf), *root[MAX_LEAVES + 1] = {y};
    Node *loss = graph_sum_rows(
        g, graph_reduce(g, OP_SUM, graph_map2(g, OP_MUL, y, y), (1u << y->shape.rank) - 1), NULL);
    GradFailure failure;
    int n = 1;
    ck_assert(grad(g, loss, n_wrt, wrt, gradient, &failure));
    for (int i = 0; i < n_wrt; i++)
        if (gradient[i]) root[n++] = gradient[i];
    finish_roots(g, n, root);
    for (int i = 0; i < n; i++) add_output(b, t, root[i]);
}

static void check_cases(const char *name, bool simplify, const char *flags) {
    Bench b = new_bench();
    add_storages(&b, STORAGES, STORAGE_SIZE);
    for (int i = 0; i < N_CASES; i++) add_case(&b, &cases[i], simplify);
    compile_and_compare(&b, name, flags);
}

START_TEST(every_primitive_computes_as_interpreted) {
    check_cases("cases", false, SANITIZED);
}
END_TEST

START_TEST(every_primitive_computes_as_interpreted_when_simplified) {
    check_cases("simplified", true, SANITIZED);
}
END_TEST

START_TEST(every_primitive_computes_as_interpreted_when_vectorised) {
    check_cases("vectorised", true, VECTORISED);
}
END_TEST

/* ---- random graphs ---- */

static Node *stored(Bench *b, Trial *t, const char *path, Shape shape, int storage, int64_t offset,
                    const double *all) {
    Node *n = graph_tensor(t->program->graph, path, shape, storage, offset);
    give(b, t, n, 0, storage, offset, all + offset);
    return n;
}

static void add_leaves(Bench *b, Trial *t, Random *r, Node **flat) {
    Graph *g = r->g;
    Node *all[] = {
        add_input(b, t, KIND_REAL, 0, shape_of(2, (int64_t)4, (int64_t)3)),
        add_input(b, t, KIND_REAL, 0, shape_of(1, (int64_t)3)),
        add_input(b, t, KIND_INDEX, 4, shape_of(1, (int64_t)2)),
    };
    for (int i = 0; i < 3; i++) {
        double *value = NEW_ARRAY(b->a, double, interpret_size(all[i]));
        fill(value, interpret_size(all[i]), -1, 1, r->seed + (uint64_t)i);
        for (int64_t j = 0; i == 2 && j < interpret_size(all[i]); j++)
            value[j] = floor(2 + 2 * value[j]);
        give(b, t, all[i], 1, i, 0, value);
        LIST_ADD(g->arena, &r->pool, all[i]);
    }
    double *parameters = NEW_ARRAY(b->a, double, STORAGE_SIZE),
           *state = NEW_ARRAY(b->a, double, STORAGE_SIZE);
    fill(parameters, STORAGE_SIZE, -1, 1, r->seed + 10);
    fill(state, STORAGE_SIZE, -1, 1, r->seed + 11);
    LIST_ADD(g->arena, &r->pool,
             stored(b, t, "W", shape_of(2, (int64_t)3, (int64_t)5), 0, 0, parameters));
    LIST_ADD(g->arena, &r->pool,
             stored(b, t, "V", shape_of(2, (int64_t)4, (int64_t)3), 0, 15, parameters));
    LIST_ADD(g->arena, &r->pool,
             stored(b, t, "M", shape_of(2, (int64_t)3, (int64_t)3), 0, 27, parameters));
    flat[0] = stored(b, t, "params", shape_of(1, (int64_t)36), 0, 0, parameters);
    flat[1] = stored(b, t, "state", shape_of(1, (int64_t)36), 1, 0, state);
}

/* A value of the pool brought to a parameter's shape, as a gradient would be. */
static Node *like_gradient(Random *r, int64_t size) {
    Graph *g = r->g;
    for (int i = 0; i < 100; i++) {
        Node *x = random_pick(r);
        if (x->kind != KIND_REAL) continue;
        if (x->rows) x = graph_sum_rows(g, x, NULL);
        if (shape_size(&x->shape) == size) return graph_reshape(g, x, shape_of(1, size));
    }
    return graph_broadcast(g, graph_const(g, 0.25), shape_of(1, size), NULL);
}

/* An optimiser's step over flat memory: momentum in storage 1, parameters in storage 0. */
static void add_stores(Bench *b, Trial *t, Random *r, Node **flat) {
    Graph *g = r->g;
    Node *parts[] = {like_gradient(r, 15), like_gradient(r, 12), like_gradient(r, 9)};
    Node *gradient = graph_concat(g, 3, parts, 0);
    Node *momentum =
        graph_map2(g, OP_ADD, graph_map2(g, OP_MUL, flat[1], graph_const(g, 0.9)), gradient);
    Node *moved = graph_map2(g, OP_SUB, flat[0], graph_map1(g, OP_TANH, momentum));
    if (random_below(r, 3) == 0)
        moved = graph_map2(g, OP_ADD, moved, graph_reduce(g, OP_SUM, momentum, 1));
    LIST_ADD(b->a, &t->program->stores, ((Store){1, 0, 36, momentum}));
    LIST_ADD(b->a, &t->program->stores, ((Store){0, 0, 36, moved}));
    Node *x = like_gradient(r, 1);
    LIST_ADD(b->a, &t->program->finite, graph_reshape(g, x, (Shape){0}));
}

static void finish_trial(Trial *t) {
    Program *p = t->program;
    Node *roots[32];
    int n = 0;
    for (int i = 0; i < p->outputs.n; i++) roots[n++] = p->outputs.at[i].value;
    for (int i = 0; i < p->stores.n; i++) roots[n++] = p->stores.at[i].value;
    for (int i = 0; i < p->finite.n; i++) roots[n++] = p->finite.at[i];
    finish_roots(p->graph, n, roots);
    n = 0;
    for (int i = 0; i < p->outputs.n; i++) p->outputs.at[i].value = roots[n++];
    for (int i = 0; i < p->stores.n; i++) p->stores.at[i].value = roots[n++];
    for (int i = 0; i < p->finite.n; i++) p->finite.at[i] = roots[n++];
}

static void add_random(Bench *b, uint64_t seed) {
    Graph *g = graph_new(b->a, BATCH);
    Trial *t = add_trial(b, g);
    Random r = {.g = g, .seed = seed * 7919 + 1};
    Node *flat[2];
    random_below(&r, 2);
    add_leaves(b, t, &r, flat);
    g->simplify = seed % 3 == 0;
    random_nodes(&r, NODES);
    for (int i = 0; i < 6; i++) add_output(b, t, random_pick(&r));
    if (seed % 2) add_stores(b, t, &r, flat);
    if (seed % 4 < 3) finish_trial(t);
}

static int rounds(void) {
    return getenv("FULL") ? 20 : 1;
}

static uint64_t first_seed(void) {
    return getenv("SEED") ? strtoull(getenv("SEED"), NULL, 10) : 0;
}

static void check_random(const char *name, uint64_t seed, const char *flags) {
    for (int round = 0; round < rounds(); round++) {
        Bench b = new_bench();
        add_storages(&b, 2, STORAGE_SIZE);
        for (uint64_t i = 0; i < GRAPHS; i++) add_random(&b, seed + (uint64_t)round * GRAPHS + i);
        compile_and_compare(&b, name, flags);
    }
}

START_TEST(random_graphs_compute_as_interpreted) {
    check_random("random", first_seed(), SANITIZED);
}
END_TEST

START_TEST(random_graphs_compute_as_interpreted_when_vectorised) {
    check_random("random_vectorised", first_seed() + 100000, VECTORISED);
}
END_TEST

int main(void) {
    packed_limits = (PackedLimits){.least_work = 1, .side = 6}; /* blocks of few examples */
    TCase *tests = tcase_create("emit");
    tcase_set_timeout(tests, 0);
    tcase_add_test(tests, every_primitive_computes_as_interpreted);
    tcase_add_test(tests, every_primitive_computes_as_interpreted_when_simplified);
    tcase_add_test(tests, every_primitive_computes_as_interpreted_when_vectorised);
    TCase *random = tcase_create("random");
    tcase_set_timeout(random, 0);
    tcase_add_test(random, random_graphs_compute_as_interpreted);
    tcase_add_test(random, random_graphs_compute_as_interpreted_when_vectorised);
    Suite *suite = suite_create("emit");
    suite_add_tcase(suite, tests);
    suite_add_tcase(suite, random);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
