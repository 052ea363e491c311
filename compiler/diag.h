/* Diagnostics: the only way by which any stage says something to the user.
 *
 * A stage reports with diag_error and goes on; notes and a help line attach to the error before
 * them. The words of every error stand in diag.def, once. At most DIAG_LIMIT errors are kept. */
#ifndef GENC_DIAG_H
#define GENC_DIAG_H

#include "base.h"
#include <stdio.h>

/* A place in a source file: bytes [start, end) of file number `file`. */
typedef struct { int file, start, end; } Span;

#define NO_SPAN ((Span){-1, 0, 0})
Span span_join(Span a, Span b);                       /* from a's start to b's end */

/* One source text. Files built into the compiler (std) are named "std/nn.gen". */
typedef struct { const char *name; const char *text; int length; bool builtin; } Source;

typedef enum {
#define DIAG(code, format) D_##code,
#include "diag.def"
#undef DIAG
    D_COUNT
} DiagCode;

enum { DIAG_LIMIT = 20 };

typedef struct Diag Diag;

Diag *diag_new(Arena *a);
int diag_add_source(Diag *d, const char *name, const char *text, int length, bool builtin);
const Source *diag_source(const Diag *d, int file);
int diag_sources(const Diag *d);                      /* how many sources so far */
int diag_find_source(const Diag *d, const char *name); /* -1: there is none of that name */
int diag_errors(const Diag *d);                       /* how many errors so far */

void diag_error(Diag *d, DiagCode code, Span at, ...);
void diag_verror(Diag *d, DiagCode code, Span at, va_list args);
/* A note with a place ends in " at FILE:LINE:COL"; NO_SPAN: it has none. */
void diag_note(Diag *d, Span at, const char *format, ...) __attribute__((format(printf, 3, 4)));
void diag_help(Diag *d, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Line and column (both from 1, the column in characters) of a span's start and of the character
 * after its end. */
typedef struct { int line, col, end_line, end_col; } Place;
Place diag_place(const Diag *d, Span at);
const char *diag_where(const Diag *d, Span at);       /* "vae.gen:3:1", in the arena */
const char *diag_text(const Diag *d, Span at);        /* the text as the user wrote it */

/* Error number i in order of place, as it was said; false behind the last. The words of notes without
 * a place, and of what helps, are lines of `help`; NULL: none. */
typedef struct { Span at; const char *text; } DiagNote;
typedef struct {
    const char *code, *message, *help;
    Span at;
    struct { DiagNote *at; int n, room; } notes; /* those with a place */
} DiagSaid;
bool diag_said(const Diag *d, int i, DiagSaid *out);

/* The nearest of `names` to `wanted` by edit distance, at most 2 and less than half its length;
 * NULL if none is near. */
const char *diag_nearest(const char *wanted, const char *const *names, int n);
/* The help line "did you mean ...?" with that name; none if none is near. */
void diag_suggest(Diag *d, const char *wanted, const char *const *names, int n);

/* Errors in order of place: for people (caret spans; colour if asked), or a JSON array. */
void diag_print(const Diag *d, FILE *out, bool colour);
void diag_print_json(const Diag *d, FILE *out);
void diag_print_json_all(const Diag *const *diags, int n, FILE *out);  /* one array for them all */

#endif
