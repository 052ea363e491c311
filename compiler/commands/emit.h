/* What genc build and genc emit share (emit.c). */
#ifndef GENC_COMMANDS_EMIT_H
#define GENC_COMMANDS_EMIT_H

#include "commands.h"
#include "../program.h"

#include <stdio.h>

/* f32 or f64; a status after a message. */
int emit_read_real(const char *command, const char *text, bool *f64);

/* Compiles the spec named on the command line; NULL and *status after anything wrong. */
Model *emit_compile(Arena *a, const char *spec, int n_overrides, const char *const *overrides, int *status);

typedef bool EmitWrite(void *what, FILE *out);
typedef struct {
    const char *path; /* "-": standard output */
    EmitWrite *write;
    void *what;
} EmitFile;

/* Writes C to n files, all of them or none. Nothing is lost that genc did not write, and nothing that
 * it did unless the new files are whole. */
int emit_to_files(Arena *a, int n, const EmitFile *file);

#endif
