/* The last pass over a program's graph before it is planned. */
#ifndef GENC_FINISH_H
#define GENC_FINISH_H

#include "../graph/graph.h"

/* Does: takes STOP and DRAWN out and drops what no root needs of scans (results, carries, slices).
 * Requires: all gradients have been taken.
 * Leaves: roots of equal value. */
void finish_roots(Graph *g, int n, Node **roots);

#endif
