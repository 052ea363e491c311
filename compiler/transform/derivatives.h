/* Derivative rules: for each operation a function that adds to its inputs' adjoints, given its own.
 * They are written in primitives, so a derivative can be differentiated again. */
#ifndef GENC_DERIVATIVES_H
#define GENC_DERIVATIVES_H

#include "grad.h"

/* A reverse accumulation under way; accumulate.h. An adjoint has the shape and rows of its node. */
typedef struct Grad Grad;

typedef void DerivativeRule(Grad *grad, Node *n, Node *adjoint);

extern DerivativeRule *const derivative_rules[OP_COUNT];

#define OP(op, name, arity, class, rows, shape, derivative, ...) DerivativeRule derivative;
#include "../graph/ops.def"

/* Adds a contribution to the adjoint of n's input i, brought to its shape and rows by sums where it
 * was broadcast. Nothing happens if that input leads to no wrt; grad_wants tells beforehand. */
void grad_add(Grad *grad, Node *n, int i, Node *contribution);
bool grad_wants(const Grad *grad, const Node *n, int i);
Graph *grad_graph(const Grad *grad);

/* d, of a slice's shape, back where the slice was cut out, zero elsewhere; axes taken backwards are
 * turned first. */
Node *derivative_unslice(Graph *g, const Node *slice, Node *d);

#endif
