/* Derivatives against central differences, over graphs built by small functions. */
#ifndef GENC_CHECK_GRADIENT_H
#define GENC_CHECK_GRADIENT_H

#include "interpret.h"

enum { MAX_LEAVES = 4 };

/* An input of what is tested: real, its elements between low and high. */
typedef struct {
    int rank;
    int64_t dim[5];
    bool batched; /* one per example, else shared */
    double low, high;
} Leaf;

typedef Node *Build(Graph *g, Node *const *leaf);

typedef struct {
    Op op; /* the primitive that this is about */
    const char *name;
    Build *build; /* any real value made of the leaves */
    int n_leaves;
    Leaf leaf[MAX_LEAVES];
    bool constant[MAX_LEAVES]; /* leaves that no gradient is asked for */
    bool flat;                 /* the gradient is to be absent: constant almost everywhere */
} Case;

/* NULL, or how the first or second derivative of sum(weights * value) disagrees with central
 * differences: |a - n| > 1e-6 max(1, |a|, |n|). */
const char *check_gradient(Arena *a, const Case *c, bool simplify);
/* Elements that look random, between low and high, the same for the same number. */
void fill(double *at, int64_t n, double low, double high, uint64_t number);

#endif
