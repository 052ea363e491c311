/* Files that appear whole or not at all (whole.c). */
#ifndef GENC_COMMANDS_WHOLE_H
#define GENC_COMMANDS_WHOLE_H

#include "../base.h"

typedef struct {
    const char *path; /* "-": standard output */
    const char *text;
} WholeFile;

/* Writes n files, all of them or none: what was there stays if one cannot be written. Links are
 * followed and modes kept; a device or a pipe is written to as it is. A status, after a message. */
int whole_write(Arena *a, int n, const WholeFile *file);

#endif
