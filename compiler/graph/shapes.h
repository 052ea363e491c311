/* The shape rules that ops.def names; see OpInfo. */
#ifndef GENC_SHAPES_H
#define GENC_SHAPES_H

#include "graph.h"

#define OP(op, name, arity, class, rows, shape, ...) void shape(Graph *g, Node *n);
#include "ops.def"

#endif
