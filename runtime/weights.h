/* weights.h: for a library: tensors out of a checkpoint, into memory of the caller. */
#ifndef GENC_WEIGHTS_H
#define GENC_WEIGHTS_H

#include "gencall.h"

#include <stddef.h>

typedef struct WeightTensor {
    const char *path;               /* "p.h.dense.W" */
    int rank;
    int64_t dim[8];
    int64_t to;                     /* the element of the weights at which it begins */
} WeightTensor;

typedef struct { int64_t begin; int bytes; /* of a number: 0: not found yet */ } WeightPlace;

/* Reads n tensors of a safetensors file into `weights`; single and double precision are converted.
 * `places` is memory for n. False, and why in `why`, if the file cannot be read, is not what the
 * format demands, or has a tensor not, or of another shape; the weights may then be half read. */
bool weights_read(const char *file, int n, const WeightTensor *tensors, WeightPlace *places,
                  real *weights, char *why, size_t room);

#endif
