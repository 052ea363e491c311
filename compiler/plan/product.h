/* CONTRACT as calls of gen_gemm: which extents are rows, columns and depth of one matrix product.
 */
#ifndef GENC_PRODUCT_H
#define GENC_PRODUCT_H

#include "location.h"

enum { PRODUCT_MAX_LOOPS = 8 };

typedef struct {
    int64_t extent, step[3];
    bool sums;
} ProductLoop; /* steps of left, right, out */

/* for loops: out[m, n] (+)= left[m, k] right[k, n], with row strides. */
typedef struct {
    int64_t m, n, k;
    Location left, right, out; /* of which only buffer and base are used */
    bool swapped;              /* left is the node's second input */
    bool trans_left, trans_right;
    int64_t left_stride, right_stride, out_stride;
    int n_loops;
    ProductLoop loop[PRODUCT_MAX_LOOPS];
} Product;

/* Is gen_gemm the way to compute n, rather than a plain loop? */
bool product_fits(Plan *p, Node *n);

/* The calls that compute n from where its inputs lie to where it is to lie. False if strides do not
 * allow it. */
bool product_lower(Plan *p, Node *n, Product *out);

/* The same for left, right and result at these places; outermost: how many of the outermost rows
 * there are, 0: all. */
bool product_lower_at(Node *n, const Location where[3], int64_t outermost, Product *out);

#endif
