/* What a scan need not do turn by turn. */
#ifndef GENC_HOIST_H
#define GENC_HOIST_H

#include "../graph/graph.h"

/* Does: computes for all turns at once, before each scan, products of its slices; after it,
 * products that no later turn uses, and sums over turns of products (the weight gradients).
 * Requires: all gradients have been taken; finish_roots has run.
 * Leaves: roots of equal value, finished again. */
void hoist_scans(Graph *g, int n_roots, Node **roots);

#endif
