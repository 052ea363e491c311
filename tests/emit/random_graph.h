/* Random graphs: whatever can be built can turn up. */
#ifndef GENC_RANDOM_GRAPH_H
#define GENC_RANDOM_GRAPH_H

#include "../../compiler/graph/graph.h"

typedef struct {
    Graph *g;
    uint64_t seed;
    int depth; /* scans around what is made */
    int n_draws;
    LIST(Node *) turns; /* of those scans */
    LIST(Node *) pool;  /* values to go on from */
} Random;

int random_below(Random *r, int n);
/* Makes about n nodes from those in the pool, which it adds to. */
void random_nodes(Random *r, int n);
/* A real value of the pool of this size at least, or NULL. */
Node *random_pick(Random *r);

#endif
