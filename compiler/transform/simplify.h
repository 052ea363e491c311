/* Local rewriting, applied as nodes are made (graph->simplify): constants folded, neutral elements
 * dropped, moves merged, products relabelled instead of transposed. */
#ifndef GENC_SIMPLIFY_H
#define GENC_SIMPLIFY_H

#include "../graph/graph.h"

/* An equal and simpler node for n, or n. n is not yet in the graph; its inputs are, and are simple.
 */
Node *simplify(Graph *g, Node *n);

#endif
