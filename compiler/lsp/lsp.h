/* The language server: what an editor asks about specs, answered over JSON-RPC.
 *
 *   server.c     messages in and out, which method does what
 *   documents.c  what is open in the editor, compiled
 *   position.c   places as editors count them
 *   analysis.c   a document compiled: names, and what they mean
 *   answer.c     diagnostics, definition, completion, formatting
 *   hover.c      what is known of the place under the pointer
 *   rename.c     a name changed wherever it is used, in other files too
 */
#ifndef GENC_LSP_H
#define GENC_LSP_H

#include "../program.h"

#include <cjson/cJSON.h>
#include <stdio.h>

/* Serves until the editor says exit (0 after shutdown, else 1) or the input ends. */
int lsp_serve(FILE *in, FILE *out);

/* ---- position.c ---- */

typedef enum {
    UNITS_UTF16,
    UNITS_UTF8,
    UNITS_UTF32
} Units; /* of columns; UTF-16 if none is said */
bool units_named(const char *name, Units *units);
const char *units_name(Units units);
int offset_of(const char *text, Units units, int line, int character);
void position_of(const char *text, Units units, int offset, int *line, int *character);

/* ---- analysis.c ---- */

typedef struct {
    Arena *arena;
    Diag *diag;
    int source;
    const SyntaxFile *file;
    Model *model; /* as far as errors let it come; NULL after syntax errors */
    const char *text;
    Units units;
} Analysis;

const char *folder_of(Arena *a, const char *path);
/* Compiles x's text; its diag may know other files already, which then are not read. */
void analyse(Analysis *x, const char *path);

/* The name around a place: its interned spelling, or NULL. */
const char *name_at(const Analysis *x, int offset, Span *at);
/* The declaration around a place, or NULL. */
const Tree *declaration_at(const Analysis *x, int offset);
typedef LIST(Span) Spans;
/* All places of a name below t, as it is bound or used. */
void places_of(Arena *a, const Tree *t, const char *name, Spans *out);
/* Where `name` is bound for a use at `offset`: in the declaration around, on top, in an import or
 * in the library. */
bool binding_of(const Analysis *x, const char *name, int offset, Span *at, const Tree **decl,
                bool *local);
bool binds_locally(const Tree *decl, const char *name, int before, Span *at);
bool binds_on_top(const Tree *decl, const char *name, Span *at);

/* ---- documents.c ---- */

typedef struct {
    char *uri, *path, *text;
} Document;

typedef struct {
    Document *at;
    int n;
    Units units;
    Arena *memory;        /* of the one analysis that is kept */
    const char *analysed; /* the text that it is of */
    Analysis analysis;
} Documents;

Document *documents_find(const Documents *all, const char *uri);
const Document *documents_at_path(const Documents *all, const char *path);
Document *documents_keep(Documents *all, const char *uri, const char *text);
void documents_forget(Documents *all, const char *uri);
void documents_free(Documents *all);
/* For when the disk may hold something else than when it was made. */
void documents_drop_analysis(Documents *all);
/* Good until a document changes or another one is asked for. */
const Analysis *documents_analysis(Documents *all, const Document *d);
/* A file that need not be open, with what is. */
Analysis documents_analyse(const Documents *all, Arena *a, const char *path, const char *text);
bool imports_file(const Analysis *x, const char *path);

/* ---- answer.c, hover.c, rename.c: NULL stands for null ---- */

cJSON *lsp_range(const Analysis *x, Span at);
/* A document that an editor can open: a copy, if the file is built into genc. NULL: there is none.
 */
const char *lsp_uri(const Analysis *x, int source);
const char *lsp_uri_of(Arena *a, const char *path);

cJSON *lsp_diagnostics(const Analysis *x);
cJSON *lsp_hover(const Analysis *x, int offset);
cJSON *lsp_definition(const Analysis *x, const char *uri, int offset);
cJSON *lsp_completion(const Analysis *x, int offset);
cJSON *lsp_formatting(const Analysis *x);
/* *why says what is wrong where it gives NULL. */
/* Where the name stands that would be changed. */
cJSON *lsp_prepare_rename(const Analysis *x, int offset, const char **why);
cJSON *lsp_rename(const Documents *all, const Analysis *x, int offset, const char *to,
                  const char **why);

#endif
