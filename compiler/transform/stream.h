/* Draws in bounded memory. */
#ifndef GENC_STREAM_H
#define GENC_STREAM_H

#include "../graph/graph.h"

/* Does: makes a scan over chunks of draws of every `draws k`, k > chunk, whose draws are all
 * reduced (or collected as a few numbers each); the draws are the same. Requires: finish_roots has
 * run. Leaves: roots of equal value, finished again. A chunk is the largest divisor of k that is at
 * most `chunk`. */
void stream_draws(Graph *g, int n_roots, Node **roots, int64_t chunk);

#endif
