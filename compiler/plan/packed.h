/* A CONTRACT of values that are not matrices in memory: windows of a picture, or a result that is
 * to be folded. A block of examples at a time they are copied into scratch memory as matrices,
 * multiplied there, and what comes out is copied, or folded, to its place (im2col and col2im, as in
 * Chellapilla et al. 2006, but for any product). */
#ifndef GENC_PACKED_H
#define GENC_PACKED_H

#include "limits.h"
#include "product.h"

enum { PACKED_LEFT, PACKED_RIGHT, PACKED_OUT };

/* One of the two inputs, or the result. */
typedef struct {
    bool copied;              /* in scratch; else where it lies */
    bool moves;               /* it has the rows that are taken in blocks */
    int n, order[DOMAIN_MAX]; /* its extents longer than 1, from the outermost in scratch */
    int64_t offset, size;     /* in scratch */
    int64_t stride[DOMAIN_MAX];
} PackedValue;

struct Packed {
    int64_t rows, blocks; /* of the outermost level: so many in a block, so many blocks */
    bool sums;            /* the blocks are summed: the result does not have these rows */
    PackedValue value[3];
    int64_t scratch; /* elements */
};

/* Decides for all products of the plan, once their targets are known. */
void plan_packed(Plan *p);

/* The product of the block of n, a CONTRACT with v->packed, that starts at row `block`. False if
 * strides do not allow it (never, once it has been planned). */
bool packed_lower(Plan *p, Node *n, const Packed *packed, Buffer *scratch, const Index *block,
                  Product *out);

#endif
