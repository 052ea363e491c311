/* Solving a computation for its input.
 *
 * The map from x to y is undone by repeating one step. With y known, take a value that is known and
 * whose operation has exactly one operand that is not; invert that operation in that operand. What
 * depends only on known values is known, computed by the operation itself; parts of a value that
 * come out one by one make it known once they cover it.
 *
 * Every step replaces as many numbers by as many others, and the further operands of its operation
 * are functions of what is known already and does not change, so its Jacobian is triangular:
 * log |det dy/dx| is the sum of what each step's operation gives, log |derivative| in that operand.
 * The rules, one row for each operation, are in inverses.c. */
#ifndef GENC_INVERT_H
#define GENC_INVERT_H

#include "../graph/graph.h"

typedef struct Inversion Inversion;

typedef struct {
    const Node *at;     /* the operation that cannot be inverted; NULL: none in particular */
    const char *reason; /* in words, to follow "cannot be inverted: " */
} InvertFailure;

/* How the map from x to y is undone, or NULL and why not. given: nodes that count as constants
 * whatever they are made of. */
Inversion *invert_plan(Graph *g, Node *x, Node *y, int n_given, Node *const *given,
                       InvertFailure *failure);
/* How often the longest of its parts that go position by position is gone through; 0: none does. */
int64_t invert_turns(const Inversion *v);
/* log |det dy/dx| at x, one number per example, shape []. */
Node *invert_log_det(Inversion *v);
/* x where y is `value`, which has y's shape and rows. Once for each plan. */
Node *invert_solve(Inversion *v, Node *value);
/* After that: log |det dy/dx| at the x found. */
Node *invert_log_det_found(Inversion *v);
/* The same for each element, broadcast to x; NULL if the map does not go element by element. */
Node *invert_log_slopes_found(Inversion *v);

#endif
