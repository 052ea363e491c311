/* Strides: where the elements of a value, or of a view of one, lie in a buffer. */
#ifndef GENC_LOCATION_H
#define GENC_LOCATION_H

#include "access.h"

Location location_contiguous(Buffer *buffer, const Node *n);
/* The same with the first axis outside of the rows: a stack of turns, each of which is contiguous. */
Location location_stacked(Buffer *buffer, const Node *n);
bool location_is_contiguous(const Location *l, const Node *n);

/* The same elements under other extents; false if strides cannot say it. */
bool location_reshape(Location *l, int n_from, const int64_t *from, int n_to, const int64_t *to);

/* Part of a concatenation that starts at `start` along its axis. */
Location location_part(const Location *whole, const Node *concat, int64_t start);

/* This turn's place in the stacked yields [rows, turns, ...], for a body node of the given rows. */
Location location_turn(const Location *stacked, const Region *body, const Node *yield);

/* Where n can be looked at in memory without computing anything: n itself, or what it is a reshape,
 * transpose, slice .. of. False if there is no such place. A value that will be in memory, but
 * whose buffer is not yet chosen, has its contiguous strides and no buffer. */
bool location_view(Plan *p, Node *n, Location *out);

/* How n, which is only another way of looking at the memory of `in`, changes its location; false if
 * strides cannot say it. v: n's. */
typedef bool ViewRule(const Value *v, const Node *n, const Node *in, Location *l);
extern ViewRule *const view_rules[OP_COUNT]; /* NULL: n computes something */

/* Where an element lies: base + sum of stride[i] * at[i]. */
Index location_at(const Location *l, int n, const Index *at);

#endif
