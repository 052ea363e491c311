/* Random graphs: the same for the same seed, whatever the graph makes of them. */
#ifndef GENC_RANDOM_GRAPH_H
#define GENC_RANDOM_GRAPH_H

#include "interpret.h"

/* A real value made of about n_operations operations on the leaves; rows are those of some leaf, or
 * draws of an example. Values stay between about -3 and 3. */
Node *random_graph(Graph *g, uint64_t seed, int n_operations, int n_leaves, Node *const *leaf);

#endif
