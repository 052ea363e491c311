/* Elementwise operations on numbers known when compiling. */
#ifndef GENC_FOLD_H
#define GENC_FOLD_H

#include "../graph/graph.h"

/* What op makes of these numbers (b for two-input operations); false if op has no such rule. */
bool fold(Op op, double a, double b, double *result);

/* An operator of the language on two values. */
typedef struct {
    const char *name;
    Op op;
    bool swap;    /* a > b is b < a */
    bool compare; /* gives a boolean */
} Operator;
const Operator *operator_find(const char *name); /* NULL: none of these, as @ and .. are not */
double operator_fold(const Operator *o, double a, double b);

#endif
