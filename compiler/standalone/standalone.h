/* One C file that holds a trainer and all it needs of the runtime. */
#ifndef GENC_STANDALONE_H
#define GENC_STANDALONE_H

#include "../emit/emit.h"
#include "../program.h"
#include "runtime.h"

#include <stdio.h>

/* How a trainer is compiled, in a standalone file's comment as by genc build. */
extern const char *const trainer_flags[];  /* "-std=c11" ...; NULL-terminated */

/* x86-64 reaches static arrays past 2 GiB only in another code model. */
bool trainer_is_large(Model *m, bool f64);
extern const char *const trainer_large_flag;

/* The libraries that a trainer of this C is linked with; NULL if the file cannot be read. */
const char *trainer_libraries(Arena *a, const char *c_file);

/* `path`: what the file will be called, for the line that compiles it. False if it could not be
 * written. */
bool standalone_write(Model *m, bool f64, const char *path, FILE *out);

/* ---- pair.c: networks as functions ---- */

/* What a spec's networks lack to be functions, as a message; NULL: nothing. Requires: the model of
 * options.library. */
const char *pair_refusal(Model *m, int n, const char *const *networks);
/* The checkpoint's weights for the library, all that are in it; NULL, and why. */
double *pair_weights(Arena *a, const EmitLibrary *library, const char *checkpoint, const char **why);
/* The .c of a library. trained: the weights to compile in; or NULL. */
bool pair_write_c(Model *m, const EmitLibrary *library, const double *trained, bool f64, FILE *out);

/* ---- join.c: the runtime's files one behind the other ---- */

typedef struct { const char *condition, *header; } Include; /* "#ifndef GENC_MINIMAL", or "" */
typedef struct { Include *at; int n, room; } Includes;

/* Puts the file's text behind `out`, without its guard and what it includes; those are added to
 * `includes` instead. */
/* `own`: names that are to be the file's own: static; or NULL. */
void join_file(Runtime *r, const RuntimeFile *f, const NameList *own, Text *out, Includes *includes);
/* From the `first` on, and not among those before. */
void join_put_includes(Arena *a, const Includes *includes, int first, Text *out);
/* For the head of a file, so that it compiles without a warning by any line: loops may stay serial. */
void join_put_pragmas(Text *out);
/* A word of a shell's command line, in quotes where it needs them. */
const char *join_quoted(Arena *a, const char *word);
/* As lines of a comment. */
void join_put_comment(const char *text, Text *out);

#endif
