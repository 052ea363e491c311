/* Grouping nodes to kernels: see fuse.c. */
#ifndef GENC_FUSE_H
#define GENC_FUSE_H

#include "../plan/plan.h"

/* Requires: regions, and targets marked. Leaves: every region's kernels, in order, every anchor in
 * one of them, and marked whether it must be in memory. */
void fuse(Plan *p);

#endif
