/* Which values in memory, or of the same kernel, the elements of a node are computed from. */
#ifndef GENC_READS_H
#define GENC_READS_H

#include "access.h"

/* Told of every element of a leaf or an anchor that is read; `at` has the extents of its domain. */
typedef void (*ReadSeen)(void *context, Node *value, const Index *at);

/* All that computing element `at` of n (at `reduced` of what it sums) reads. */
void reads_of(Plan *p, Node *n, const Index *at, const Index *reduced, ReadSeen seen,
              void *context);

/* How many inputs of n are read element by element: not a draw's turns, nor a drawn value's
 * parameters. */
int read_inputs(Plan *p, const Node *n);
Node *read_input(Plan *p, const Node *n, int input);

/* Does n sum more than one element? (A CONTRACT may be a mere elementwise product.) */
bool reduces(const Node *n);
int64_t reduced_elements(const Node *n);

/* The element of n that a loop kernel of this many rows computes at r, and at i of `extent`
 * elements of the row. */
void loop_indices(Plan *p, const Node *n, int64_t rows, int64_t extent, Index *at, Index *reduced);
/* The same where i is something else: part of a nest. */
void loop_indices_at(Plan *p, const Node *n, int64_t rows, int64_t extent, const Index *i,
                     Index *at, Index *reduced);
/* Its row-major position. */
Index loop_position(Plan *p, int64_t rows, int64_t extent);

/* The same for KERNEL_COLUMNS: r is the kept leading part, j what is summed, i the columns. */
void column_indices(Plan *p, const Node *n, const Kernel *k, Index *at, Index *reduced);
/* How many kept extents lie before the summed ones, if all others lie after them; -1 otherwise. */
int columns_split(const Node *n);

/* All that a kernel (a scan: its body too) reads. Calls read whole values: `at` is NULL. */
void reads_of_kernel(Plan *p, Kernel *k, ReadSeen seen, void *context);

/* That of one inner loop of a KERNEL_LOOP or KERNEL_COLUMNS. */
void reads_of_segment(Plan *p, Kernel *k, int segment, ReadSeen seen, void *context);

#endif
