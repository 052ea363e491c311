/* The difference as lines, before text.c or markdown.c lays them out. */
#ifndef GENC_DIFF_LINES_H
#define GENC_DIFF_LINES_H

#include "inside.h"

/* A stretch of a line that differs: bytes [start, end). */
typedef struct {
    int start, end;
} Stretch;

typedef struct {
    char sign; /* '-', '+', or ' ' */
    const char *text;
    LIST(Stretch) differs;
} DiffLine;

/* The changes of one declaration, or of one kind of them. */
typedef struct {
    const char *title; /* "encoder q(x)" */
    const char *note;  /* "in parts.gen, renamed from p", or NULL */
    const Tree *decl;  /* NULL: the constants */
    LIST(DiffLine) lines;
} DiffGroup;

typedef LIST(DiffGroup) DiffGroups;

/* Constants first, then a group for each declaration, in the order of the new spec. */
DiffGroups diff_groups(const Diff *d);

/* "652,824 -> 834,808" and the difference as people read it. */
typedef struct {
    const char *what, *old, *new, *difference, *percent;
} FigureWords;
int diff_figures(const Diff *d, FigureWords **out);

/* What becomes of a checkpoint, in a sentence. */
const char *diff_checkpoint(const Diff *d);

#endif
