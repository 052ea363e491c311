/* What a value can depend on of a sequence: causality.
 *
 * The elements of a leaf x stand in an order: each has a position 0, 1, 2 ... For every element of
 * every value computed from x, `latest` is the largest position of x that it may depend on, -1 for
 * none. One number is enough: an element depends on what its operands depend on, and the largest of
 * a union is the largest of the largest. So a map takes the maximum over its operands, a reduction
 * over what it reduces, a product over the pairs that meet, a move moves it, and a scan runs turn
 * by turn. What is known when compiling (masks made of iota and comparisons, padding) is evaluated,
 * and what a zero multiplies, a known condition leaves out or e^-inf hides is not depended on. */
#ifndef GENC_CAUSAL_H
#define GENC_CAUSAL_H

#include "../graph/graph.h"

typedef struct Causal Causal;

/* A value that is not looked into. */
typedef struct {
    Node *node;
    const int *position; /* by element, row-major; NULL: it counts as independent of x */
} CausalLeaf;

/* Several leaves may stand for the same x. The arrays are kept, not copied. */
Causal *causal_new(Arena *a, int n, const CausalLeaf *leaves);

/* The walk may take so much, about 4 million operations of turns or a billion elements, and then
 * gives up: nothing that it says afterwards holds. A walk that is not bounded takes what it takes. */
void causal_bound(Causal *c);
bool causal_gave_up(const Causal *c);

/* By element of one example's n, row-major: the latest position it may depend on, -1: none. */
const int *causal_latest(Causal *c, Node *n);
/* By place, row-major over these axes of n: of all that lies there, the latest; and in `least` (may
 * be NULL) the latest of the element that depends on least. */
int *causal_latest_at(Causal *c, Node *n, unsigned axes, int *least);
/* The axes of n along which not all is alike. */
unsigned causal_axes(Causal *c, Node *n);
bool causal_depends(Causal *c, Node *n); /* on any position at all */

/* Why element `at` of n depends on position latest[at]: the operation to blame where a value
 * standing at `own` must not see that position. */
typedef enum {
    LEAK_UNSHIFTED, /* each place sees its own, and nothing before has moved x by a place */
    LEAK_AHEAD,     /* the node lets a place see its own or a later one */
} LeakKind;
typedef struct {
    LeakKind kind;
    Node *node; /* AHEAD: what looks ahead; UNSHIFTED: the first that reads x */
} Leak;
Leak causal_leak(Causal *c, Node *n, int64_t at);

#endif
