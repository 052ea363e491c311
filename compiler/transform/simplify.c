/* Local rewriting as nodes are made: a table of rules by operation, one small function each.
 *
 * A rule looks at a draft, whose inputs are in the graph and simple already, and answers with an
 * equal node made of simpler ones, or NULL. What it answers was simplified in its turn when it was
 * made, so one application is enough. Operands are never put in another order: what is computed, to
 * the last bit, must not depend on the order in which a spec declares things.
 *
 * x * 0 is 0 and x - x is left alone: a value is taken to be finite where zero multiplies it. */
#include "simplify.h"
#include "rules.h"

typedef Node *RuleFunction(Graph *g, const Node *n);
typedef struct {
    int op;
    RuleFunction *rule;
} Rule;

enum { OP_ANY_MAP = OP_COUNT };

/* In the order tried. */
static const Rule rules[] = {
#define RULE(op, rule) {OP_##op, rule},
#include "rules.def"
#undef RULE
};

enum { N_RULES = sizeof rules / sizeof rules[0], RULES_PER_OP = 16 };

/* The rules of each operation, sorted out on first use. */
static RuleFunction *rules_of[OP_COUNT][RULES_PER_OP + 1];

static void sort_rules(void) {
    int count[OP_COUNT] = {0};
    for (int i = 0; i < N_RULES; i++)
        for (int op = 0; op < OP_COUNT; op++) {
            bool any_map = rules[i].op == OP_ANY_MAP && op_info[op].op_class == CLASS_MAP;
            if (rules[i].op != op && !any_map) continue;
            if (count[op] == RULES_PER_OP) BUG("too many rules for %s", op_info[op].name);
            rules_of[op][count[op]++] = rules[i].rule;
        }
}

static void expect_equal(const Node *n, const Node *simpler) {
    if (simpler->kind != n->kind || simpler->rows != n->rows ||
        !shape_equal(&simpler->shape, &n->shape))
        BUG("%s became %s of another shape", op_info[n->op].name, op_info[simpler->op].name);
}

/* An index must not lose classes on the way: what it counts is part of its type. */
Node *simplify(Graph *g, Node *n) {
    if (!rules_of[OP_ADD][0]) sort_rules();
    for (RuleFunction **rule = rules_of[n->op]; *rule; rule++) {
        Node *simpler = (*rule)(g, n);
        if (!simpler || simpler->classes != n->classes) continue;
        expect_equal(n, simpler);
        return simpler;
    }
    return n;
}
