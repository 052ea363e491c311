#include "check_gradient.h"
#include "../../compiler/transform/grad.h"
#include <math.h>

enum { BATCH = 3 };

typedef struct {
    Graph *g;
    Interpreter *in;
    Node *leaf[MAX_LEAVES];
    double *value[MAX_LEAVES];
    Node *wrt[MAX_LEAVES];  /* the leaves that are not constant */
    double *at[MAX_LEAVES]; /* their values */
    int n_wrt;
    int n_weights;
} Setting;

void fill(double *at, int64_t n, double low, double high, uint64_t number) {
    for (int64_t i = 0; i < n; i++) {
        int64_t key[] = {(int64_t)number, i};
        double u = ((double)(hash_bytes(hash_bytes(HASH_START, key, sizeof key), "u", 1) *
                                 0x9e3779b97f4a7c15u >>
                             12) +
                    0.5) /
                   0x1p52;
        at[i] = low + (high - low) * u;
    }
}

/* A storage of its own number keeps weights apart from leaves. */
static Node *weights(Setting *s, const Node *like) {
    Node *w = graph_tensor(s->g, "weights", like->shape, 1000 + s->n_weights++, 0);
    double *value = NEW_ARRAY(s->g->arena, double, interpret_size(w));
    fill(value, interpret_size(w), 0.5, 1.5, 77 + (uint64_t)s->n_weights);
    interpret_set(s->in, w, value);
    return w;
}

/* sum(weights * x), a shared scalar. */
static Node *weighted_sum(Setting *s, Node *x) {
    Node *product = graph_map2(s->g, OP_MUL, x, weights(s, x));
    Node *sum = graph_reduce(s->g, OP_SUM, product, (1u << x->shape.rank) - 1);
    return graph_sum_rows(s->g, sum, NULL);
}

static void make_leaf(Setting *s, const Case *c, int i) {
    Shape shape = {.rank = c->leaf[i].rank};
    for (int j = 0; j < shape.rank; j++) shape.dim[j] = c->leaf[i].dim[j];
    s->leaf[i] = c->leaf[i].batched ? graph_input(s->g, i, KIND_REAL, 0, shape)
                                    : graph_tensor(s->g, "leaf", shape, i, 0);
    int64_t size = interpret_size(s->leaf[i]);
    s->value[i] = NEW_ARRAY(s->g->arena, double, size);
    fill(s->value[i], size, c->leaf[i].low, c->leaf[i].high, (uint64_t)i + 1);
    interpret_set(s->in, s->leaf[i], s->value[i]);
    if (c->constant[i]) return;
    s->wrt[s->n_wrt] = s->leaf[i];
    s->at[s->n_wrt++] = s->value[i];
}

static double evaluate_at(Setting *s, Node *y, int i, int64_t place, double value) {
    double before = s->at[i][place];
    s->at[i][place] = value;
    interpret_set(s->in, s->wrt[i], s->at[i]);
    interpret_run(s->in, 1, &y);
    s->at[i][place] = before;
    interpret_set(s->in, s->wrt[i], s->at[i]);
    return interpret_value(s->in, y)[0];
}

/* Five points: the error is of fourth order. */
static double difference(Setting *s, Node *y, int i, int64_t place) {
    double h = 1e-3, x = s->at[i][place];
    return (8 * (evaluate_at(s, y, i, place, x + h) - evaluate_at(s, y, i, place, x - h)) -
            (evaluate_at(s, y, i, place, x + 2 * h) - evaluate_at(s, y, i, place, x - 2 * h))) /
           (12 * h);
}

static const char *compare(Setting *s, Node *y, Node *const *gradient, const char *order) {
    for (int i = 0; i < s->n_wrt; i++) {
        int64_t size = interpret_size(s->wrt[i]);
        double *analytic = NEW_ARRAY(s->g->arena, double, size);
        if (gradient[i]) {
            if (!shape_equal(&gradient[i]->shape, &s->wrt[i]->shape) ||
                gradient[i]->rows != s->wrt[i]->rows)
                return arena_printf(s->g->arena, "%s derivative has another shape than leaf %d",
                                    order, i);
            interpret_run(s->in, 1, (Node *[]){gradient[i]});
            for (int64_t j = 0; j < size; j++) analytic[j] = interpret_value(s->in, gradient[i])[j];
        }
        for (int64_t j = 0; j < size; j++) {
            double numeric = difference(s, y, i, j);
            double scale = fmax(1, fmax(fabs(analytic[j]), fabs(numeric)));
            if (!(fabs(analytic[j] - numeric) <= 1e-6 * scale))
                return arena_printf(
                    s->g->arena,
                    "%s derivative by leaf %d, element %d: %.12g, by differences %.12g", order, i,
                    (int)j, analytic[j], numeric);
        }
    }
    return NULL;
}

/* The sum of weighted gradients: something to differentiate once more. */
static Node *sum_of_gradients(Setting *s, Node *const *gradient) {
    Node *sum = graph_const(s->g, 0);
    for (int i = 0; i < s->n_wrt; i++)
        if (gradient[i]) sum = graph_map2(s->g, OP_ADD, sum, weighted_sum(s, gradient[i]));
    return sum;
}

const char *check_gradient(Arena *a, const Case *c, bool simplify) {
    Setting s = {.g = graph_new(a, BATCH)};
    GradFailure failure;
    s.g->simplify = simplify;
    s.in = interpret_new(s.g);
    for (int i = 0; i < c->n_leaves; i++) make_leaf(&s, c, i);
    Node *first[MAX_LEAVES], *second[MAX_LEAVES];
    Node *y = weighted_sum(&s, c->build(s.g, s.leaf));
    if (!grad(s.g, y, s.n_wrt, s.wrt, first, &failure)) return "the first derivative fails";
    for (int i = 0; i < s.n_wrt; i++)
        if (!first[i] != c->flat) return c->flat ? "a gradient where there is none" : "no gradient";
    const char *wrong = compare(&s, y, first, "first");
    if (wrong) return wrong;
    Node *y2 = sum_of_gradients(&s, first);
    if (!grad(s.g, y2, s.n_wrt, s.wrt, second, &failure)) return "the second derivative fails";
    return compare(&s, y2, second, "second");
}
