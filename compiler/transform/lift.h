/* Operations of a scan's body for all turns at once. */
#ifndef GENC_LIFT_H
#define GENC_LIFT_H

#include "../graph/graph.h"

/* Can n be computed for all turns at once, where stacked[i] says of each input that it is another
 * one each turn? (At least one is.) */
bool lift_can(const Node *n, const bool *stacked);

/* n for all turns: [turns, n's shape...], from its inputs for all turns [turns, ...] where stacked,
 * and as they are where not. */
Node *lift(Graph *g, const Node *n, int64_t turns, Node *const *in, const bool *stacked);

/* Can the sum of n over all turns be had without stacking n, because n adds things up itself? */
bool lift_can_sum(const Node *n, const bool *stacked);

/* The sum of n over all turns, shaped like n: turns become part of what n sums. */
Node *lift_sum(Graph *g, const Node *n, int64_t turns, Node *const *in, const bool *stacked);

#endif
