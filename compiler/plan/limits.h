/* What decides between ways of computing a product, in the open so that tests can make small ones
 * large. */
#ifndef GENC_LIMITS_H
#define GENC_LIMITS_H

#include <stdint.h>

typedef struct {
    int64_t least_work; /* multiply-adds, below which a plain loop is as good */
    int64_t side;       /* how long the side of a block's matrices is that the examples lie on, if
                         * there are examples enough */
} PackedLimits;
extern PackedLimits packed_limits;

#endif
