/* The front half of the pipeline in one call, for the commands. */
#ifndef GENC_COMPILE_H
#define GENC_COMPILE_H

#include "elaborate/elaborate.h"

/* source ──parse──▶ tree ──elaborate──▶ Model. NULL after errors, which are in d. */
Model *compile_spec(Arena *a, Diag *d, int source, int n_overrides, const char *const *overrides);

/* The same, keeping what each expression came to (Model.seen). */
Model *compile_seen(Arena *a, Diag *d, int source, int n_overrides, const char *const *overrides);

/* The same for genc emit --library: a program for each of these networks, and no others. */
Model *compile_library(Arena *a, Diag *d, int source, int n_overrides, const char *const *overrides,
                       int n_networks, const char *const *networks);

/* Only as far as its declarations: no programs, and no errors in what networks come to. */
Model *compile_declared(Arena *a, Diag *d, int source, int n_overrides,
                        const char *const *overrides);

#endif
