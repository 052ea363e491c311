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
    bool see;      /* keep what each expression came to: Model.seen */
    int n_library; /* these networks as functions of their arguments, and no trainer */
    const char *const *library;
    bool declared; /* read declarations only: constants, names in reach, data; no programs */
} ElaborateOptions;

/* Reads the tree of a whole spec; leaves the model with all its programs, or errors in d (then what
 * is returned is incomplete). */
Model *elaborate(Arena *a, Diag *d, const SyntaxFile *file, const ElaborateOptions *options);

/* The path of what a spec in this folder imports under a name. */
const char *import_path(Arena *a, const char *folder, const char *name);

/* The arguments of the language's own words. Argument i of a primitive ("x", "axis?", "..."), NULL
 * behind the last; of a data source or transform, with its default as the runtime's table has it. */
const char *primitive_name(int i); /* NULL behind the last */
const char *primitive_argument(Arena *a, const char *name, int i);
const char *data_argument(const char *name, int i, const char **fallback);
/* Setting i of `train`, NULL behind the last, and whether it is a minimize's: one that `train` gives
 * then holds for every minimize without its own. */
const char *setting_name(int i, bool *of_minimize);
/* What a setting of `train` is where it is not given; false: there is no such number. */
bool setting_default(const char *name, double *value);
/* What it means, in a line; NULL: there is no such setting. */
const char *setting_about(const char *name);

#endif
