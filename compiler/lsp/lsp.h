/* The language server: what an editor asks about specs, answered over JSON-RPC.
 *
 *   server.c     messages in and out, documents, which method does what
 *   analysis.c   a document compiled: places, names, what they mean
 *   answer.c     diagnostics, hover, definition, completion, formatting, rename
 */
#ifndef GENC_LSP_H
#define GENC_LSP_H

#include "../program.h"

#include <cjson/cJSON.h>
#include <stdio.h>

/* Serves until the editor says exit (0 after shutdown, else 1) or the input ends. */
int lsp_serve(FILE *in, FILE *out);

/* ---- analysis.c ---- */

typedef struct {
    Arena *arena;
    Diag *diag;
    int source;
    const SyntaxFile *file;
    Model *model; /* as far as errors let it come; NULL after syntax errors */
    const char *text;
} Analysis;

Analysis analyse(Arena *a, const char *path, const char *text);

/* Editors count lines from 0, and columns in UTF-16 units. */
int offset_of(const char *text, int line, int character);
void position_of(const char *text, int offset, int *line, int *character);

/* The name around a place: its interned spelling, or NULL. */
const char *name_at(const Analysis *x, int offset, Span *at);
/* The declaration around a place, or NULL. */
const Tree *declaration_at(const Analysis *x, int offset);
typedef LIST(Span) Spans;
/* All places of a name below t, as it is bound or used. */
void places_of(Arena *a, const Tree *t, const char *name, Spans *out);
/* Where `name` is bound for a use at `offset`: in the declaration around, on top, or in the
 * library. */
bool binding_of(const Analysis *x, const char *name, int offset, Span *at, const Tree **decl,
                bool *local);
bool binds_locally(const Tree *decl, const char *name, int before, Span *at);

/* ---- answer.c: NULL stands for null ---- */

cJSON *lsp_diagnostics(const Analysis *x);
cJSON *lsp_hover(const Analysis *x, int offset);
cJSON *lsp_definition(const Analysis *x, const char *uri, int offset);
cJSON *lsp_completion(const Analysis *x, int offset);
cJSON *lsp_formatting(const Analysis *x);
/* *why says what is wrong where it gives NULL. */
cJSON *lsp_rename(const Analysis *x, const char *path, const char *uri, int offset,
                  const char *name, const char **why);

#endif
