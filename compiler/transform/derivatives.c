/* Derivative rules of elementwise operations, reductions and moves. Above each, what it adds.
 * n is the operation's own value, a and b its inputs, d its adjoint. */
#include "derivatives.h"
#include <math.h>

static Node *one(const Grad *grad, Op op, Node *a) {
    return graph_map1(grad_graph(grad), op, a);
}
static Node *two(const Grad *grad, Op op, Node *a, Node *b) {
    return graph_map2(grad_graph(grad), op, a, b);
}
static Node *number(const Grad *grad, double value) {
    return graph_const(grad_graph(grad), value);
}
static Node *mul(const Grad *grad, Node *a, Node *b) {
    return two(grad, OP_MUL, a, b);
}
static Node *neg(const Grad *grad, Node *a) {
    return one(grad, OP_NEG, a);
}
static Node *one_minus(const Grad *grad, Node *a) {
    return two(grad, OP_SUB, number(grad, 1), a);
}

/* Places and leaves, and operations that are constant almost everywhere: nothing. */
void d_zero(Grad *grad, Node *n, Node *d) {
    (void)grad, (void)n, (void)d;
}

/* ---- elementwise ---- */

void d_neg(Grad *grad, Node *n, Node *d) {
    grad_add(grad, n, 0, neg(grad, d));
}

/* d sign(a) */
void d_abs(Grad *grad, Node *n, Node *d) {
    grad_add(grad, n, 0, mul(grad, d, one(grad, OP_SIGN, n->in[0])));
}

/* d e^a */
void d_exp(Grad *grad, Node *n, Node *d) {
    grad_add(grad, n, 0, mul(grad, d, n));
}

/* d e^a = d (n + 1) */
void d_expm1(Grad *grad, Node *n, Node *d) {
    grad_add(grad, n, 0, mul(grad, d, two(grad, OP_ADD, n, number(grad, 1))));
}

/* d / a */
void d_log(Grad *grad, Node *n, Node *d) {
    grad_add(grad, n, 0, two(grad, OP_DIV, d, n->in[0]));
}

/* d / (1 + a) */
void d_log1p(Grad *grad, Node *n, Node *d) {
    grad_add(grad, n, 0, two(grad, OP_DIV, d, two(grad, OP_ADD, number(grad, 1), n->in[0])));
}

/* d / (2 sqrt(a)) */
void d_sqrt(Grad *grad, Node *n, Node *d) {
    grad_add(grad, n, 0, two(grad, OP_DIV, mul(grad, d, number(grad, 0.5)), n));
}

/* d cos(a) */
void d_sin(Grad *grad, Node *n, Node *d) {
    grad_add(grad, n, 0, mul(grad, d, one(grad, OP_COS, n->in[0])));
}

/* -d sin(a) */
void d_cos(Grad *grad, Node *n, Node *d) {
    grad_add(grad, n, 0, neg(grad, mul(grad, d, one(grad, OP_SIN, n->in[0]))));
}

/* d (1 - n^2) */
void d_tanh(Grad *grad, Node *n, Node *d) {
    grad_add(grad, n, 0, mul(grad, d, one_minus(grad, mul(grad, n, n))));
}

/* d n (1 - n) */
void d_sigmoid(Grad *grad, Node *n, Node *d) {
    grad_add(grad, n, 0, mul(grad, d, mul(grad, n, one_minus(grad, n))));
}

/* d sigmoid(a) */
void d_softplus(Grad *grad, Node *n, Node *d) {
    grad_add(grad, n, 0, mul(grad, d, one(grad, OP_SIGMOID, n->in[0])));
}

/* d 2/sqrt(pi) e^(-a^2) */
void d_erf(Grad *grad, Node *n, Node *d) {
    Node *bell = one(grad, OP_EXP, neg(grad, mul(grad, n->in[0], n->in[0])));
    grad_add(grad, n, 0, mul(grad, d, mul(grad, number(grad, 2 / sqrt(M_PI)), bell)));
}

/* The value gets it all; whether that is right for the family has been asked by then. */
void d_drawn(Grad *grad, Node *n, Node *d) {
    grad_add(grad, n, 0, d);
}

void d_real(Grad *grad, Node *n, Node *d) {
    grad_add(grad, n, 0, d);
}

void d_add(Grad *grad, Node *n, Node *d) {
    grad_add(grad, n, 0, d);
    grad_add(grad, n, 1, d);
}

void d_sub(Grad *grad, Node *n, Node *d) {
    grad_add(grad, n, 0, d);
    grad_add(grad, n, 1, neg(grad, d));
}

/* d b; d a; 2 d a of a square */
void d_mul(Grad *grad, Node *n, Node *d) {
    if (n->in[0] == n->in[1]) {
        grad_add(grad, n, 0, mul(grad, mul(grad, number(grad, 2), d), n->in[0]));
        return;
    }
    if (grad_wants(grad, n, 0)) grad_add(grad, n, 0, mul(grad, d, n->in[1]));
    if (grad_wants(grad, n, 1)) grad_add(grad, n, 1, mul(grad, d, n->in[0]));
}

/* d / b; -(d / b) n */
void d_div(Grad *grad, Node *n, Node *d) {
    Node *part = two(grad, OP_DIV, d, n->in[1]);
    grad_add(grad, n, 0, part);
    if (grad_wants(grad, n, 1)) grad_add(grad, n, 1, neg(grad, mul(grad, part, n)));
}

/* d b a^(b-1); d n log(a) where a > 0, and 0 elsewhere */
void d_pow(Grad *grad, Node *n, Node *d) {
    Graph *g = grad_graph(grad);
    Node *a = n->in[0], *b = n->in[1];
    if (grad_wants(grad, n, 0)) {
        Node *less = two(grad, OP_POW, a, two(grad, OP_SUB, b, number(grad, 1)));
        grad_add(grad, n, 0, mul(grad, d, mul(grad, b, less)));
    }
    if (grad_wants(grad, n, 1)) {
        Node *positive = two(grad, OP_LT, number(grad, 0), a);
        Node *logarithm = one(grad, OP_LOG, graph_where(g, positive, a, number(grad, 1)));
        Node *slope = graph_where(g, positive, mul(grad, n, logarithm), number(grad, 0));
        grad_add(grad, n, 1, mul(grad, d, slope));
    }
}

/* d to where `winner` is above `other`, half of it at a tie. */
static void add_to_winner(Grad *grad, Node *n, Node *d, int winner, Node *above, Node *below) {
    Graph *g = grad_graph(grad);
    if (!grad_wants(grad, n, winner)) return;
    Node *tie = graph_where(g, two(grad, OP_EQ, above, below), mul(grad, d, number(grad, 0.5)),
                            number(grad, 0));
    grad_add(grad, n, winner, graph_where(g, two(grad, OP_LT, below, above), d, tie));
}

void d_max(Grad *grad, Node *n, Node *d) {
    add_to_winner(grad, n, d, 0, n->in[0], n->in[1]);
    add_to_winner(grad, n, d, 1, n->in[1], n->in[0]);
}

void d_min(Grad *grad, Node *n, Node *d) {
    add_to_winner(grad, n, d, 0, n->in[1], n->in[0]);
    add_to_winner(grad, n, d, 1, n->in[0], n->in[1]);
}

/* where(c, d, 0); where(c, 0, d) */
void d_where(Grad *grad, Node *n, Node *d) {
    Graph *g = grad_graph(grad);
    Node *zero = number(grad, 0);
    if (grad_wants(grad, n, 1)) grad_add(grad, n, 1, graph_where(g, n->in[0], d, zero));
    if (grad_wants(grad, n, 2)) grad_add(grad, n, 2, graph_where(g, n->in[0], zero, d));
}

/* ---- reductions ---- */

/* x, a reduction's result or its adjoint, with the reduced axes back as 1s. */
static Node *with_axes(const Grad *grad, const Node *n, Node *x) {
    Shape shape = n->in[0]->shape;
    for (int i = 0; i < shape.rank; i++)
        if (n->ints[0] >> i & 1) shape.dim[i] = 1;
    return graph_reshape(grad_graph(grad), x, shape);
}

void d_sum(Grad *grad, Node *n, Node *d) {
    grad_add(grad, n, 0,
             graph_broadcast(grad_graph(grad), with_axes(grad, n, d), n->in[0]->shape, n->rows));
}

/* d / (how many are largest), where x is the largest */
void d_max_over(Grad *grad, Node *n, Node *d) {
    Graph *g = grad_graph(grad);
    Node *largest = one(grad, OP_REAL, two(grad, OP_EQ, n->in[0], with_axes(grad, n, n)));
    Node *share = two(grad, OP_DIV, d, graph_reduce(g, OP_SUM, largest, (unsigned)n->ints[0]));
    grad_add(grad, n, 0, mul(grad, largest, with_axes(grad, n, share)));
}

void d_sum_rows(Grad *grad, Node *n, Node *d) {
    grad_add(grad, n, 0, graph_broadcast(grad_graph(grad), d, n->shape, n->in[0]->rows));
}

/* x_i is in the sums from i on: the running sum from the other end */
void d_cumsum(Grad *grad, Node *n, Node *d) {
    grad_add(grad, n, 0, graph_cumsum(grad_graph(grad), d, (int)n->ints[0], !n->ints[1]));
}

/* ---- moves ---- */

void d_reshape(Grad *grad, Node *n, Node *d) {
    grad_add(grad, n, 0, graph_reshape(grad_graph(grad), d, n->in[0]->shape));
}

void d_transpose(Grad *grad, Node *n, Node *d) {
    int back[GRAPH_MAX_RANK];
    for (int i = 0; i < n->shape.rank; i++) back[n->ints[i]] = i;
    grad_add(grad, n, 0, graph_transpose(grad_graph(grad), d, back));
}

Node *derivative_unslice(Graph *g, const Node *n, Node *d) {
    int rank = n->shape.rank;
    const int64_t *start = n->ints, *size = start + rank, *step = size + rank;
    int64_t first[GRAPH_MAX_RANK], turn[GRAPH_MAX_RANK], before[GRAPH_MAX_RANK],
        after[GRAPH_MAX_RANK], apart[GRAPH_MAX_RANK];
    for (int i = 0; i < rank; i++) {
        int64_t last = start[i] + (size[i] - 1) * step[i];
        turn[i] = step[i] < 0 ? -1 : 1;
        first[i] = step[i] < 0 ? size[i] - 1 : 0;
        before[i] = step[i] < 0 ? last : start[i];
        after[i] = n->in[0]->shape.dim[i] - 1 - (step[i] < 0 ? start[i] : last);
        apart[i] = step[i] * turn[i];
    }
    return graph_pad(g, graph_slice(g, d, first, size, turn), before, after, apart);
}

void d_slice(Grad *grad, Node *n, Node *d) {
    grad_add(grad, n, 0, derivative_unslice(grad_graph(grad), n, d));
}

void d_pad(Grad *grad, Node *n, Node *d) {
    int rank = n->shape.rank;
    const int64_t *before = n->ints, *apart = before + 2 * rank;
    grad_add(grad, n, 0, graph_slice(grad_graph(grad), d, before, n->in[0]->shape.dim, apart));
}

/* Each the other's adjoint. */
void d_window(Grad *grad, Node *n, Node *d) {
    const Window *w;
    int axes = window_axes(n, &w);
    grad_add(grad, n, 0, graph_fold(grad_graph(grad), d, axes, w));
}

void d_fold(Grad *grad, Node *n, Node *d) {
    const Window *w;
    int axes = window_axes(n, &w);
    grad_add(grad, n, 0, graph_window(grad_graph(grad), d, axes, w));
}

void d_concat(Grad *grad, Node *n, Node *d) {
    int64_t start[GRAPH_MAX_RANK] = {0}, step[GRAPH_MAX_RANK];
    for (int i = 0; i < n->shape.rank; i++) step[i] = 1;
    for (int i = 0; i < n->n_in; i++) {
        const Shape *part = &n->in[i]->shape;
        if (grad_wants(grad, n, i))
            grad_add(grad, n, i, graph_slice(grad_graph(grad), d, start, part->dim, step));
        start[n->ints[0]] += part->dim[n->ints[0]];
    }
}

/* grad_add sums where it was stretched. */
void d_broadcast(Grad *grad, Node *n, Node *d) {
    grad_add(grad, n, 0, d);
}

void d_collect(Grad *grad, Node *n, Node *d) {
    grad_add(grad, n, 0, graph_spread(grad_graph(grad), d, n->in[0]->rows));
}

void d_spread(Grad *grad, Node *n, Node *d) {
    grad_add(grad, n, 0, graph_collect(grad_graph(grad), d));
}
