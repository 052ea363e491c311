/* Sampling one position at a time, derived from the network that trains.
 *
 * The parameters of a distribution over x are given as values made from a leaf that stands for x,
 * those of position t of positions before t only (transform/causal.h proves it). What is derived is
 * a scan over the positions in which every value computes, at each turn, only those of its places
 * that are asked for then and have not been computed before; what later turns read again is kept in
 * a carry. So a recurrence keeps its carries, a causal convolution the inputs under its kernel,
 * attention its keys and values. Values that no rule takes apart are computed whole at each turn.
 *
 *     s = sampler_open(...)              the scan's body is open; part[i]: this turn's parameters
 *     x_t = ... drawn from part ...
 *     x = sampler_close(s, x_t) */
#ifndef GENC_INCREMENTAL_H
#define GENC_INCREMENTAL_H

#include "../graph/graph.h"

/* Where the positions of x are. */
typedef struct {
    Shape shape;
    unsigned axes; /* of `shape`: those that make the positions; the others lie within one */
    int turns;     /* positions */
    int *place;    /* by turn: which place, counted row-major over the axes */
    int *position; /* by element of x: its turn */
} Order;

typedef struct Sampler Sampler;

/* leaf: a HOLE of x's kind, shape and rows. params: leading axes are x's, at least up to the last
 * of order->axes. part[i] gets param[i] at this turn's position, without those axes. */
Sampler *sampler_open(Graph *g, Node *leaf, const Order *order, int n, Node *const *params,
                      Node **part);
Node *sampler_turn(const Sampler *s);
/* drawn: x at this turn's position, without the order's axes. Gives x, whole. */
Node *sampler_close(Sampler *s, Node *drawn);
/* Values that are computed whole at each turn: the nodes of the network. */
NodeList sampler_whole(const Sampler *s);

#endif
