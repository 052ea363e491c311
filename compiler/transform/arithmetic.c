/* Simplification rules of elementwise arithmetic. */
#include "fold.h"
#include "rules.h"
#include <float.h>
#include <math.h>

bool rule_constant(const Node *n, double *value) {
    while (n->op == OP_BROADCAST || n->op == OP_RESHAPE) n = n->in[0];
    *value = n->number;
    return n->op == OP_CONST;
}

bool rule_is(const Node *n, double value) {
    double own;
    return rule_constant(n, &own) && own == value;
}

Node *rule_instead(Graph *g, const Node *n, Node *x) {
    return graph_broadcast(g, x, n->shape, n->rows);
}

static Node *zero(Graph *g, const Node *n) {
    return graph_full(g, 0, n->shape, n->rows);
}

static Node *negated(Graph *g, const Node *n, Node *a) {
    return rule_instead(g, n, graph_map1(g, OP_NEG, a));
}

/* ---- every elementwise operation ---- */

Node *map_of_constants(Graph *g, const Node *n) {
    double in[2] = {0}, value;
    if (n->n_in > 2 || n->kind != KIND_REAL || graph_is_marker(n)) return NULL;
    for (int i = 0; i < n->n_in; i++)
        if (!rule_constant(n->in[i], &in[i])) return NULL;
    if (!fold(n->op, in[0], in[1], &value)) return NULL;
    return graph_full(g, value, n->shape, n->rows);
}

/* Elementwise operations broadcast by themselves; what all operands repeat is computed once. */
Node *map_of_broadcasts(Graph *g, const Node *n) {
    Node *in[3];
    bool changed = false;
    if (graph_is_marker(n)) return NULL;
    for (int i = 0; i < n->n_in; i++) {
        bool repeats = n->in[i]->op == OP_BROADCAST;
        in[i] = repeats ? n->in[i]->in[0] : n->in[i];
        changed |= repeats;
    }
    return changed ? rule_instead(g, n, graph_remake(g, n, in)) : NULL;
}

/* ---- arithmetic ---- */

Node *neg_neg(Graph *g, const Node *n) {
    const Node *a = n->in[0];
    double b;
    if (a->op == OP_NEG) return a->in[0];
    if (a->op == OP_SUB) return graph_map2(g, OP_SUB, a->in[1], a->in[0]);
    if (a->op == OP_MUL && rule_constant(a->in[1], &b))
        return graph_map2(g, OP_MUL, a->in[0], graph_const(g, -b));
    return NULL;
}

Node *add_zero(Graph *g, const Node *n) {
    if (rule_is(n->in[1], 0)) return rule_instead(g, n, n->in[0]);
    if (rule_is(n->in[0], 0)) return rule_instead(g, n, n->in[1]);
    return NULL;
}

Node *add_neg(Graph *g, const Node *n) {
    Node *a = n->in[0], *b = n->in[1];
    if (b->op == OP_NEG) return graph_map2(g, OP_SUB, a, b->in[0]);
    if (a->op == OP_NEG) return graph_map2(g, OP_SUB, b, a->in[0]);
    return NULL;
}

Node *sub_zero(Graph *g, const Node *n) {
    if (rule_is(n->in[1], 0)) return rule_instead(g, n, n->in[0]);
    if (rule_is(n->in[0], 0)) return negated(g, n, n->in[1]);
    return NULL;
}

Node *sub_neg(Graph *g, const Node *n) {
    if (n->in[1]->op != OP_NEG) return NULL;
    return graph_map2(g, OP_ADD, n->in[0], n->in[1]->in[0]);
}

Node *mul_zero(Graph *g, const Node *n) {
    return rule_is(n->in[0], 0) || rule_is(n->in[1], 0) ? zero(g, n) : NULL;
}

Node *mul_one(Graph *g, const Node *n) {
    for (int i = 0; i < 2; i++) {
        if (rule_is(n->in[i], 1)) return rule_instead(g, n, n->in[1 - i]);
        if (rule_is(n->in[i], -1)) return negated(g, n, n->in[1 - i]);
    }
    return NULL;
}

/* A factor of x that is a number: x is *rest times it. */
static bool constant_factor(Node *x, Node **rest, double *factor) {
    *rest = x->in[0];
    *factor = -1;
    if (x->op == OP_NEG) return true;
    if (x->op != OP_MUL) return false;
    if (rule_constant(x->in[1], factor)) return true;
    *rest = x->in[1];
    return rule_constant(x->in[0], factor);
}

/* Whether one factor can stand for two in single precision too: 1e40 does not exist there, so that
 * for x = 0 it would make nan of (x * 1e20) * 1e20; and below FLT_MIN digits get lost. */
static bool holds_in_single(double factor) {
    return fabs(factor) >= (double)FLT_MIN && fabs(factor) <= (double)FLT_MAX;
}

Node *mul_constants(Graph *g, const Node *n) {
    for (int i = 0; i < 2; i++) {
        Node *rest;
        double outer, inner;
        if (!rule_constant(n->in[i], &outer) || n->in[1 - i]->n_in == 0) continue;
        if (!constant_factor(n->in[1 - i], &rest, &inner)) continue;
        if (!holds_in_single(outer * inner)) continue;
        return rule_instead(g, n, graph_map2(g, OP_MUL, rest, graph_const(g, outer * inner)));
    }
    return NULL;
}

Node *div_one(Graph *g, const Node *n) {
    if (rule_is(n->in[1], 1)) return rule_instead(g, n, n->in[0]);
    if (rule_is(n->in[0], 0)) return zero(g, n);
    return NULL;
}

Node *div_power_of_two(Graph *g, const Node *n) {
    double b;
    int exponent;
    if (!rule_constant(n->in[1], &b) || fabs(frexp(b, &exponent)) != 0.5) return NULL;
    if (exponent < -100 || exponent > 100)
        return NULL; /* 1/b must be exact in single precision too */
    return rule_instead(g, n, graph_map2(g, OP_MUL, n->in[0], graph_const(g, 1 / b)));
}

Node *pow_known(Graph *g, const Node *n) {
    double b;
    Node *a = n->in[0];
    if (!rule_constant(n->in[1], &b)) return NULL;
    if (b == 0) return graph_full(g, 1, n->shape, n->rows);
    if (b == 1) return rule_instead(g, n, a);
    if (b == 2) return rule_instead(g, n, graph_map2(g, OP_MUL, a, a));
    if (b == 0.5) return rule_instead(g, n, graph_map1(g, OP_SQRT, a));
    if (b == -1) return rule_instead(g, n, graph_map2(g, OP_DIV, graph_const(g, 1), a));
    return NULL;
}

Node *log_exp(Graph *g, const Node *n) {
    (void)g;
    return n->in[0]->op == OP_EXP ? n->in[0]->in[0] : NULL;
}

Node *real_real(Graph *g, const Node *n) {
    (void)g;
    return n->in[0]->kind == KIND_REAL ? n->in[0] : NULL;
}

Node *where_same(Graph *g, const Node *n) {
    return n->in[1] == n->in[2] ? rule_instead(g, n, n->in[1]) : NULL;
}

Node *where_known(Graph *g, const Node *n) {
    const Node *condition = n->in[0];
    double in[2], truth;
    if (condition->n_in != 2) return NULL;
    for (int i = 0; i < 2; i++)
        if (!rule_constant(condition->in[i], &in[i])) return NULL;
    if (!fold(condition->op, in[0], in[1], &truth)) return NULL;
    return rule_instead(g, n, truth != 0 ? n->in[1] : n->in[2]);
}
