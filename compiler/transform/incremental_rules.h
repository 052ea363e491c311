/* How incremental.c takes operations apart. */
#ifndef GENC_INCREMENTAL_RULES_H
#define GENC_INCREMENTAL_RULES_H

#include "../graph/graph.h"

/* Places asked for, `taps` at each turn: place[turn * taps + k], or -1 for none, which reads as
 * zero. A place is counted row-major over some axes of a value; the rest of its axes are the block
 * at that place. */
typedef struct {
    int taps;
    const int *place;
} Ask;

/* What an operation needs of an input to give places of its own. */
typedef struct {
    enum { WANT_PLACES, WANT_WHOLE, WANT_IMPOSSIBLE } kind;
    unsigned axes;
    Ask ask;
} Want;

int64_t places_count(const Shape *s, unsigned axes);
/* Axes of length 1 are left out: they make no places. */
unsigned places_axes(const Shape *s, unsigned axes);

/* The operation may be looked through: it only moves elements of one input. */
bool incremental_is_view(const Node *n);
/* What input i has to give for n to give `ask` over `axes`. */
Want incremental_want(Arena *a, const Node *n, int i, unsigned axes, Ask ask, int turns);
/* n at those places, [taps, block...], from its inputs: [taps, block...] where places were wanted,
 * else whole. chosen (of a CONCAT along places): by part, a boolean [taps]: it is that one's. */
Node *incremental_make(Graph *g, const Node *n, unsigned axes, int taps, Node *const *in,
                       const Want *want, Node *const *chosen);

/* [shape] as [places, block...] and back. */
Node *places_first(Graph *g, Node *x, unsigned axes);
Node *places_back(Graph *g, Node *x, const Shape *shape, unsigned axes);

#endif
