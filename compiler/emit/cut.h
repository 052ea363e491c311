/* Where an inner loop can be cut so that its elements are found without division. */
#ifndef GENC_CUT_H
#define GENC_CUT_H

#include "../plan/reads.h"

/* Would an inner loop of this extent divide to find an element? */
typedef bool Divides(void *context, int64_t extent);

/* The longest extent that divides `total`, that the values of a segment have as trailing axes, and
 * for which `divides` says no; `total` if there is none. */
int64_t cut_longest(Plan *p, const Segment *s, int64_t total, Divides *divides, void *context);

#endif
