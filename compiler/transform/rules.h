/* The simplification rules that rules.def names, and what they share. */
#ifndef GENC_RULES_H
#define GENC_RULES_H

#include "../graph/graph.h"

/* Whether n is one number everywhere (a constant, possibly broadcast or reshaped). */
bool rule_constant(const Node *n, double *value);
bool rule_is(const Node *n, double value); /* and it is this one */
Node *rule_instead(Graph *g, const Node *n,
                   Node *x); /* x in the place of n: broadcast to its shape and rows */

#define RULE(op, rule) Node *rule(Graph *g, const Node *n);
#include "rules.def"
#undef RULE

#endif
