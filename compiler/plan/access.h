/* Which elements of its inputs an element of a node is made of. */
#ifndef GENC_ACCESS_H
#define GENC_ACCESS_H

#include "plan.h"

/* The extents of a value: its rows from the outermost, then its axes. Returns how many. */
int node_domain(const Node *n, int64_t dim[DOMAIN_MAX]);
int64_t node_elements(const Node *n);
int64_t domain_elements(int n, const int64_t *dim);

/* For nodes that sum (SUM, MAX_OVER, ARGMAX, SUM_ROWS, CONTRACT): the extents that are summed. */
int reduced_domain(const Node *n, int64_t dim[DOMAIN_MAX]);
bool is_reduction(const Node *n);

/* The place in input number `input` that element `at` of n reads (`reduced`: at this place of the
 * summed extents). GATHER's table is read at a row that only the running program knows, given as
 * `chosen`; PAD's input is there only under the conditions of pad_inside. */
void access_input(Plan *p, const Node *n, int input, const Index *at, const Index *reduced,
                  const Index *chosen, Index *out);

/* The place on an axis of the element at these places of a WINDOW of it; outside, perhaps. */
Index access_window(const Window *w, const Index *size, const Index *count);

/* n, if it is only a way of looking at another value's elements, steps down to that. */
bool access_steps_down(Plan *p, Node *n, Node **to);

/* An element's place within a piece of the loop nest: the value's row-major position. */
Index access_position(const Node *n, const Index *at);

#endif
