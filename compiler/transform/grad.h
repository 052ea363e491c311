/* Reverse-mode derivatives, graph to graph. */
#ifndef GENC_GRAD_H
#define GENC_GRAD_H

#include "../graph/graph.h"

/* What kept a gradient from being taken. */
typedef struct {
    Node *drawn; /* a draw without reparameterised gradient on the way, or NULL */
} GradFailure;

/* d y / d wrt[i] for every i, where y is a scalar, summed over all its rows; out[i] has the shape
 * and rows of wrt[i], or is NULL if y does not depend on it (differentiably). Every wrt is taken as
 * a leaf: what it was computed from is not looked at. Only nodes between y and a wrt are visited.
 * The result is made of ordinary nodes and can be differentiated again. False, with *failure told,
 * if a draw without reparameterised gradient lies on the way. */
bool grad(Graph *g, Node *y, int n, Node *const *wrt, Node **out, GradFailure *failure);

#endif
