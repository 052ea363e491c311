/* Elementwise operations on numbers known when compiling. */
#ifndef GENC_FOLD_H
#define GENC_FOLD_H

#include "../graph/graph.h"

/* What op makes of these numbers (b for two-input operations); false if op has no such rule. */
bool fold(Op op, double a, double b, double *result);

#endif
