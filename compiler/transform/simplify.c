/* Local rewriting as nodes are made: a table of rules by operation, one small function each.
 *
 * A rule looks at a draft, whose inputs are in the graph and simple already, and answers with an
 * equal node made of simpler ones, or NULL. What it answers was simplified in its turn when it was
 * made, so one application is enough. Operands are never put in another order: what is computed, to
 * the last bit, must not depend on the order in which a spec declares things.
 *
 * x * 0 is 0 and x - x is left alone: a value is taken to be finite where zero multiplies it. */
#include "simplify.h"
#include "fold.h"
#include "rules.h"

typedef struct { Op op; Node *(*rule)(Graph *g, const Node *n); } Rule;

/* In the order tried. */
static const Rule rules[] = {
#define RULE(op, rule) {OP_##op, rule},
#include "rules.def"
#undef RULE
};

enum { N_RULES = sizeof rules / sizeof rules[0], RULES_PER_OP = 16 };

/* The rules of each operation, sorted out on first use. */
static const Rule *rules_of[OP_COUNT][RULES_PER_OP + 1];

static void sort_rules(void) {
    int count[OP_COUNT] = {0};
    for (int i = 0; i < N_RULES; i++) {
        Op op = rules[i].op;
        if (count[op] == RULES_PER_OP) BUG("too many rules for %s", op_info[op].name);
        rules_of[op][count[op]++] = &rules[i];
    }
}

/* A map of constants only is a constant. */
static Node *fold_constants(Graph *g, const Node *n) {
    double in[2] = {0}, value;
    if (op_info[n->op].op_class != CLASS_MAP || n->kind != KIND_REAL || n->op == OP_DRAWN) return NULL;
    if (n->n_in > 2) return NULL;
    for (int i = 0; i < n->n_in; i++)
        if (!rule_constant(n->in[i], &in[i])) return NULL;
    if (!fold(n->op, in[0], in[1], &value)) return NULL;
    return graph_full(g, value, n->shape, n->rows);
}

Node *simplify(Graph *g, Node *n) {
    if (!rules_of[rules[0].op][0]) sort_rules();
    Node *simpler = fold_constants(g, n);
    for (const Rule **rule = rules_of[n->op]; *rule && !simpler; rule++)
        simpler = (*rule)->rule(g, n);
    return simpler ? simpler : n;
}
