/* Inverse rules: for each operation, in which operands it can be inverted, and how. */
#ifndef GENC_INVERSES_H
#define GENC_INVERSES_H

#include "../graph/graph.h"

/* An operation n as an equation for its operand number i. */
typedef struct {
    /* Why it has no solution for that operand, or NULL if it has one; no function: it always has.
     * unknown: how many operands are unknown. */
    const char *(*refuse)(const Node *n, int i);
    /* The operand, from n's value y and the other operands' values known[]. */
    Node *(*solve)(Graph *g, const Node *n, int i, Node *y, Node *const *known);
    /* log |dn / d operand i| for each element of n, broadcast to n; no function: 0. A product with
     * a matrix gives its log |det| divided by the length of the axis that is multiplied. */
    Node *(*slope)(Graph *g, const Node *n, int i);
    const char *never; /* why it is never inverted, where there is no `solve` */
} InverseRule;

extern const InverseRule inverse_rules[OP_COUNT];

/* Why an operation with several operands that depend on the input is not inverted. */
const char *inverse_several(const Node *n);
/* log |a|, in the form that loses least: of e^s it is s. */
Node *inverse_log_abs(Graph *g, Node *a);

#endif
