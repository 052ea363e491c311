/* The rules of causal.c: what each operation makes of what is known of its operands. */
#ifndef GENC_CAUSAL_RULES_H
#define GENC_CAUSAL_RULES_H

#include "causal.h"

/* What is known of a value's elements. Most values are alike along most axes (all channels of a
 * place depend on the same places): an axis of `length` 1 says so, and nothing is stored for it. */
typedef struct {
    Shape shape;
    int64_t length[GRAPH_MAX_RANK]; /* the axis's length in the arrays: that in `shape`, or 1 */
    int64_t size;                   /* product of all lengths */
    int *latest;
    double *known; /* its number if that is known when compiling, else NaN; NULL: none is */
} Fact;

Fact *fact_new(Arena *a, Shape shape, const int64_t *length, bool with_known);
Fact *fact_uniform(Arena *a, Shape shape, int latest, double known);
Fact *fact_copy(Arena *a, const Fact *f);
void fact_shrink(Fact *f); /* drops the axes along which all is alike */
/* Offsets to go along an axis of the arrays: 0 where all is alike along it. */
int64_t fact_stride(const Fact *f, int axis);
int fact_latest_of_all(const Fact *f);

/* The fact of n, of an operation that has a rule of its own or not; not of leaves and scans. */
Fact *causal_rule(Arena *a, const Node *n, const Fact *const *in);

/* Nested loops over `rank` axes that keep an offset into each of several arrays. */
enum { LOOP_ARRAYS = 4 };
typedef struct {
    int rank, n;
    int64_t length[GRAPH_MAX_LABELS], at[GRAPH_MAX_LABELS];
    int64_t stride[LOOP_ARRAYS][GRAPH_MAX_LABELS], offset[LOOP_ARRAYS];
} Loop;
bool loop_next(Loop *l);

#endif
