/* The shape rules that ops.def names; see OpInfo. */
#ifndef GENC_SHAPES_H
#define GENC_SHAPES_H

#include "graph.h"

#define OP(op, name, arity, class, shape, derivative, flops, code, what)                           \
    void shape(Graph *g, Node *n);
#include "ops.def"
#undef OP

#endif
