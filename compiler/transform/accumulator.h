/* Carries that only add up: a = a + f. */
#ifndef GENC_ACCUMULATOR_H
#define GENC_ACCUMULATOR_H

#include "../graph/graph.h"

/* What carry i adds to itself each turn, a = a + f or a - f; NULL if it does anything else. */
Node *accumulator_added(const Scan *s, int i);
/* Whether nothing uses carry i but its own next value, and nothing that. body: all of s's nodes. */
bool accumulator_private(const Scan *s, NodeList body, int i);
/* Does: in a scan over pieces of a recurrence, starts the sums of a piece from what has been summed
 * so far, instead of adding them to it: the same numbers in the same order as without pieces.
 * results: the next values and yields of s; replaced by equal ones. */
void accumulators_thread(Graph *g, const Scan *s, Node **results);

#endif
