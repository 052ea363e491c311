/* Elaboration: runs a spec on shapes instead of numbers, which builds its programs' graphs. */
#ifndef GENC_ELABORATE_H
#define GENC_ELABORATE_H

#include "../program.h"

typedef struct {
    const char *name;   /* the model's: the file's name without .gen */
    const char *folder; /* imports and data start here */
    int n_overrides;
    const char *const *overrides; /* "beta=4", from -D */
    bool simplify; /* rewrite nodes as they are made; false shows the graph as written */
} ElaborateOptions;

/* Reads the tree of a whole spec; leaves the model with all its programs, or errors in d (then what
 * is returned is incomplete). */
Model *elaborate(Arena *a, Diag *d, const SyntaxFile *file, const ElaborateOptions *options);

#endif
