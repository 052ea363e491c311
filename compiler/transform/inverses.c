/* Inverse rules, one row for each operation. Above each function, what it states.
 * n is the operation's own value, a and b its operands, y its known value. */
#include "inverses.h"
#include "rules.h"

#include <math.h>

static Node *one(Graph *g, Op op, Node *a) {
    return graph_map1(g, op, a);
}
static Node *two(Graph *g, Op op, Node *a, Node *b) {
    return graph_map2(g, op, a, b);
}
static Node *number(Graph *g, double value) {
    return graph_const(g, value);
}
static Node *neg(Graph *g, Node *a) {
    return one(g, OP_NEG, a);
}

/* ---- log |a| ---- */

/* log |e^s| = s, log sigmoid(s) = -softplus(-s), log |a b| = log |a| + log |b| where a factor's
 * logarithm is known in that way. */
Node *inverse_log_abs(Graph *g, Node *a) {
    double value;
    Node *x = a->n_in ? a->in[0] : NULL;
    if (rule_constant(a, &value)) return number(g, log(fabs(value)));
    switch (a->op) {
    case OP_EXP:
        return x;
    case OP_NEG:
    case OP_ABS:
        return inverse_log_abs(g, x);
    case OP_SIGMOID:
        return neg(g, one(g, OP_SOFTPLUS, neg(g, x)));
    case OP_SQRT:
        return two(g, OP_MUL, number(g, 0.5), inverse_log_abs(g, x));
    case OP_SOFTPLUS:
        return one(g, OP_LOG, a);
    default:
        return one(g, OP_LOG, one(g, OP_ABS, a));
    }
}

/* ---- elementwise, of one operand ---- */

static Node *solve_neg(Graph *g, const Node *n, int i, Node *y, Node *const *known) {
    (void)n, (void)i, (void)known;
    return neg(g, y);
}

static Node *solve_same(Graph *g, const Node *n, int i, Node *y, Node *const *known) {
    (void)g, (void)n, (void)i, (void)known;
    return y;
}

/* e^a = y; d/da = e^a */
static Node *solve_exp(Graph *g, const Node *n, int i, Node *y, Node *const *known) {
    (void)n, (void)i, (void)known;
    return one(g, OP_LOG, y);
}
static Node *slope_exp(Graph *g, const Node *n, int i) {
    (void)g;
    return n->in[i];
}

static Node *solve_expm1(Graph *g, const Node *n, int i, Node *y, Node *const *known) {
    (void)n, (void)i, (void)known;
    return one(g, OP_LOG1P, y);
}

/* log a = y; d/da = 1/a = e^-n */
static Node *solve_log(Graph *g, const Node *n, int i, Node *y, Node *const *known) {
    (void)n, (void)i, (void)known;
    return one(g, OP_EXP, y);
}
static Node *solve_log1p(Graph *g, const Node *n, int i, Node *y, Node *const *known) {
    (void)n, (void)i, (void)known;
    return one(g, OP_EXPM1, y);
}
static Node *slope_log(Graph *g, const Node *n, int i) {
    (void)i;
    return neg(g, (Node *)n);
}

/* sqrt a = y; d/da = 1 / (2 n) */
static Node *solve_sqrt(Graph *g, const Node *n, int i, Node *y, Node *const *known) {
    (void)n, (void)i, (void)known;
    return two(g, OP_MUL, y, y);
}
static Node *slope_sqrt(Graph *g, const Node *n, int i) {
    (void)i;
    return neg(g, one(g, OP_LOG, two(g, OP_MUL, number(g, 2), (Node *)n)));
}

/* a = (log(1 + y) - log(1 - y)) / 2; log(1 - tanh(a)^2) = 2 (log 2 - a - softplus(-2a)) */
static Node *solve_tanh(Graph *g, const Node *n, int i, Node *y, Node *const *known) {
    (void)n, (void)i, (void)known;
    Node *apart = two(g, OP_SUB, one(g, OP_LOG1P, y), one(g, OP_LOG1P, neg(g, y)));
    return two(g, OP_MUL, number(g, 0.5), apart);
}
static Node *slope_tanh(Graph *g, const Node *n, int i) {
    Node *a = n->in[i], *soft = one(g, OP_SOFTPLUS, two(g, OP_MUL, number(g, -2), a));
    Node *half = two(g, OP_SUB, two(g, OP_SUB, number(g, log(2)), a), soft);
    return two(g, OP_MUL, number(g, 2), half);
}

/* a = log y - log(1 - y); log(n (1 - n)) = -softplus(a) - softplus(-a) */
static Node *solve_sigmoid(Graph *g, const Node *n, int i, Node *y, Node *const *known) {
    (void)n, (void)i, (void)known;
    return two(g, OP_SUB, one(g, OP_LOG, y), one(g, OP_LOG1P, neg(g, y)));
}
static Node *slope_sigmoid(Graph *g, const Node *n, int i) {
    Node *up = one(g, OP_SOFTPLUS, n->in[i]), *down = one(g, OP_SOFTPLUS, neg(g, n->in[i]));
    return neg(g, two(g, OP_ADD, up, down));
}

/* a = y + log(1 - e^-y); log sigmoid(a) = -softplus(-a) */
static Node *solve_softplus(Graph *g, const Node *n, int i, Node *y, Node *const *known) {
    (void)n, (void)i, (void)known;
    return two(g, OP_ADD, y, one(g, OP_LOG, neg(g, one(g, OP_EXPM1, neg(g, y)))));
}
static Node *slope_softplus(Graph *g, const Node *n, int i) {
    return neg(g, one(g, OP_SOFTPLUS, neg(g, n->in[i])));
}

/* ---- elementwise, of two ---- */

static Node *solve_add(Graph *g, const Node *n, int i, Node *y, Node *const *known) {
    (void)n;
    return two(g, OP_SUB, y, known[1 - i]);
}

static Node *solve_sub(Graph *g, const Node *n, int i, Node *y, Node *const *known) {
    (void)n;
    return i == 0 ? two(g, OP_ADD, y, known[1]) : two(g, OP_SUB, known[0], y);
}

/* a b = y; where b is e^s, y e^-s rather than y / e^s */
static Node *solve_mul(Graph *g, const Node *n, int i, Node *y, Node *const *known) {
    (void)n;
    Node *factor = known[1 - i];
    if (factor->op != OP_EXP) return two(g, OP_DIV, y, factor);
    return two(g, OP_MUL, y, one(g, OP_EXP, neg(g, factor->in[0])));
}
static Node *slope_mul(Graph *g, const Node *n, int i) {
    return inverse_log_abs(g, n->in[1 - i]);
}

/* a / b = y; in b: d/db = -a / b^2 */
static Node *solve_div(Graph *g, const Node *n, int i, Node *y, Node *const *known) {
    (void)n;
    return i == 0 ? two(g, OP_MUL, y, known[1]) : two(g, OP_DIV, known[0], y);
}
static Node *slope_div(Graph *g, const Node *n, int i) {
    Node *below = inverse_log_abs(g, n->in[1]);
    if (i == 0) return neg(g, below);
    return two(g, OP_SUB, inverse_log_abs(g, n->in[0]), two(g, OP_MUL, number(g, 2), below));
}

/* a^c for odd c: a = sign(y) |y|^(1/c), log |c| + (c - 1) log |a|.
 * c^b for constant c > 0: b = log y / log c, b log c + log |log c|. */
static const char *refuse_pow(const Node *n, int i) {
    double value;
    bool known = rule_constant(n->in[1 - i], &value);
    if (i == 1)
        return known && value > 0 && value != 1 ? NULL : "its base is no number above 0 but 1";
    if (!known) return "its exponent is no number";
    return fabs(fmod(value, 2)) == 1 ? NULL : "only an odd power can be undone on both sides of 0";
}
static Node *solve_pow(Graph *g, const Node *n, int i, Node *y, Node *const *known) {
    (void)n;
    double value;
    rule_constant(known[1 - i], &value);
    if (i == 1) return two(g, OP_MUL, one(g, OP_LOG, y), number(g, 1 / log(value)));
    Node *root = two(g, OP_POW, one(g, OP_ABS, y), number(g, 1 / value));
    return two(g, OP_MUL, one(g, OP_SIGN, y), root);
}
static Node *slope_pow(Graph *g, const Node *n, int i) {
    double value;
    rule_constant(n->in[1 - i], &value);
    double own = i == 1 ? log(fabs(log(value))) : log(fabs(value));
    Node *rest = i == 1 ? two(g, OP_MUL, number(g, log(value)), n->in[1])
                        : two(g, OP_MUL, number(g, value - 1), inverse_log_abs(g, n->in[0]));
    return two(g, OP_ADD, rest, number(g, own));
}

/* a value whose slope is known: log |dy/dx| (invert.c solves for x) */
static Node *slope_undone(Graph *g, const Node *n, int i) {
    (void)i;
    return inverse_log_abs(g, n->in[3]);
}

/* ---- moves, but for those that invert.c follows element by element ---- */

static const char *refuse_broadcast(const Node *n, int i) {
    return shape_size(&n->shape) == shape_size(&n->in[i]->shape) && n->rows == n->in[i]->rows
               ? NULL
               : "it repeats its elements";
}

/* a running sum: x_t = y_t - y_(t-1), or y_t - y_(t+1) of one from the end */
static Node *solve_cumsum(Graph *g, const Node *n, int i, Node *y, Node *const *known) {
    (void)i, (void)known;
    int64_t axis = n->ints[0], start[GRAPH_MAX_RANK] = {0}, step[GRAPH_MAX_RANK];
    int64_t before[GRAPH_MAX_RANK] = {0}, after[GRAPH_MAX_RANK] = {0};
    if (n->shape.dim[axis] == 1) return y;
    Shape less = n->shape;
    less.dim[axis]--;
    for (int j = 0; j < GRAPH_MAX_RANK; j++) step[j] = 1;
    start[axis] = n->ints[1] ? 1 : 0;
    before[axis] = n->ints[1] ? 0 : 1;
    after[axis] = n->ints[1] ? 1 : 0;
    Node *rest = graph_slice(g, y, start, less.dim, step);
    return two(g, OP_SUB, y, graph_pad(g, rest, before, after, step));
}

/* ---- products ---- */

typedef struct {
    int matrix;         /* which operand is it */
    int summed, result; /* labels: the axis that goes, and the axis that comes */
    bool result_first;  /* the matrix is [result, summed] */
    const int64_t *x, *out;
    int64_t length; /* of both */
} Product;

static int place_of(const int64_t *labels, int n, int64_t label) {
    for (int i = 0; i < n; i++)
        if (labels[i] == label) return i;
    return -1;
}

/* x times one square matrix m: every axis of x but one stays, that one is summed with one of m's
 * and m's other takes its place. */
static const char *read_product(const Node *n, int i, Product *p) {
    const Node *x = n->in[i], *m = n->in[1 - i];
    int rank = x->shape.rank;
    const int64_t *labels[] = {n->ints, n->ints + n->in[0]->shape.rank};
    *p = (Product){.matrix = 1 - i, .x = labels[i]};
    p->out = labels[1] + n->in[1]->shape.rank;
    if (m->shape.rank != 2 || n->shape.rank != rank) return "it is no product with one matrix";
    if (n->rows != x->rows) return "it sums over examples or draws";
    const int64_t *own = labels[1 - i];
    p->result_first = place_of(p->x, rank, own[1]) >= 0;
    p->summed = (int)own[p->result_first ? 1 : 0];
    p->result = (int)own[p->result_first ? 0 : 1];
    if (place_of(p->x, rank, p->summed) < 0 || place_of(p->out, rank, p->summed) >= 0 ||
        place_of(p->x, rank, p->result) >= 0 || place_of(p->out, rank, p->result) < 0)
        return "it is no product with one matrix";
    p->length = m->shape.dim[0];
    return m->shape.dim[0] == m->shape.dim[1] ? NULL : "its matrix is not square";
}

static const char *refuse_contract(const Node *n, int i) {
    Product p;
    return read_product(n, i, &p);
}

/* x = y m^-1 along that axis */
static Node *solve_contract(Graph *g, const Node *n, int i, Node *y, Node *const *known) {
    Product p;
    int x_labels[GRAPH_MAX_RANK], y_labels[GRAPH_MAX_RANK], m_labels[2];
    if (read_product(n, i, &p)) BUG("a product that cannot be inverted");
    for (int j = 0; j < n->shape.rank; j++) {
        x_labels[j] = (int)p.x[j];
        y_labels[j] = (int)p.out[j];
    }
    m_labels[0] = p.result_first ? p.summed : p.result; /* the inverse's axes change places */
    m_labels[1] = p.result_first ? p.result : p.summed;
    Node *inverse = graph_inverse(g, known[p.matrix]);
    return graph_contract(g, y, y_labels, inverse, m_labels, n->shape.rank, x_labels, y->rows);
}

static Node *slope_contract(Graph *g, const Node *n, int i) {
    Product p;
    if (read_product(n, i, &p)) BUG("a product that cannot be inverted");
    Node *det = graph_log_abs_det(g, n->in[p.matrix]);
    return two(g, OP_DIV, det, number(g, (double)p.length));
}

/* ---- the table ---- */

const InverseRule inverse_rules[OP_COUNT] = {
    [OP_NEG] = {.solve = solve_neg},
    [OP_EXP] = {.solve = solve_exp, .slope = slope_exp},
    [OP_EXPM1] = {.solve = solve_expm1, .slope = slope_exp},
    [OP_LOG] = {.solve = solve_log, .slope = slope_log},
    [OP_LOG1P] = {.solve = solve_log1p, .slope = slope_log},
    [OP_SQRT] = {.solve = solve_sqrt, .slope = slope_sqrt},
    [OP_TANH] = {.solve = solve_tanh, .slope = slope_tanh},
    [OP_SIGMOID] = {.solve = solve_sigmoid, .slope = slope_sigmoid},
    [OP_SOFTPLUS] = {.solve = solve_softplus, .slope = slope_softplus},
    [OP_STOP] = {.solve = solve_same},
    [OP_DRAWN] = {.solve = solve_same},
    [OP_UNDONE] = {.slope = slope_undone},
    [OP_REAL] = {.solve = solve_same},
    [OP_ADD] = {.solve = solve_add},
    [OP_SUB] = {.solve = solve_sub},
    [OP_MUL] = {.solve = solve_mul, .slope = slope_mul},
    [OP_DIV] = {.solve = solve_div, .slope = slope_div},
    [OP_POW] = {.refuse = refuse_pow, .solve = solve_pow, .slope = slope_pow},
    [OP_BROADCAST] = {.refuse = refuse_broadcast, .solve = solve_same},
    [OP_CUMSUM] = {.solve = solve_cumsum},
    [OP_CONTRACT] = {.refuse = refuse_contract, .solve = solve_contract, .slope = slope_contract},
    [OP_ABS] = {.never = "it forgets the sign"},
    [OP_SIGN] = {.never = "it keeps the sign alone"},
    [OP_FLOOR] = {.never = "it rounds"},
    [OP_SIN] = {.never = "it takes the same value many times"},
    [OP_COS] = {.never = "it takes the same value many times"},
    [OP_ERF] = {.never = "its inverse has no formula"},
    [OP_MAX] = {.never = "it forgets the smaller one"},
    [OP_MIN] = {.never = "it forgets the larger one"},
    [OP_WHERE] = {.never = "it drops what it does not choose"},
    [OP_LT] = {.never = "it keeps the answer to a comparison alone"},
    [OP_LE] = {.never = "it keeps the answer to a comparison alone"},
    [OP_EQ] = {.never = "it keeps the answer to a comparison alone"},
    [OP_NE] = {.never = "it keeps the answer to a comparison alone"},
    [OP_TO_INDEX] = {.never = "it rounds"},
    [OP_SUM] = {.never = "it keeps a sum and forgets its terms"},
    [OP_MAX_OVER] = {.never = "it keeps the largest alone"},
    [OP_ARGMAX] = {.never = "it keeps the place of the largest alone"},
    [OP_SUM_ROWS] = {.never = "it looks across the examples of the batch"},
    [OP_PAD] = {.never = "it adds zeros, which not every value has"},
    [OP_GATHER] = {.never = "it picks elements by a number"},
};

const char *inverse_several(const Node *n) {
    if (n->n_in == 2 && n->in[0] == n->in[1] && n->op == OP_MUL) return "a square forgets the sign";
    switch (n->op) {
    case OP_MUL:
    case OP_DIV:
        return "its scale depends on what it scales";
    case OP_ADD:
    case OP_SUB:
        return "its shift depends on what it shifts";
    case OP_CONTRACT:
        return "both its factors depend on the input";
    default:
        return inverse_rules[n->op].never ? inverse_rules[n->op].never
                                          : "several of its operands depend on the input";
    }
}
