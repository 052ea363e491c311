/* A document compiled as far as it goes, and what its names mean. */
#include "lsp.h"
#include "../elaborate/elaborate.h"

#include <ctype.h>
#include <string.h>

const char *folder_of(Arena *a, const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? arena_strndup(a, path, slash == path ? 1 : (size_t)(slash - path)) : ".";
}

void analyse(Analysis *x, const char *path) {
    ElaborateOptions options = {
        .name = "spec", .folder = folder_of(x->arena, path), .simplify = true, .see = true};
    x->source = diag_add_source(x->diag, path, x->text, (int)strlen(x->text), false);
    x->file = syntax_parse(x->arena, x->diag, x->source);
    if (!diag_errors(x->diag)) x->model = elaborate(x->arena, x->diag, x->file, &options);
}

static bool is_word(char c) {
    return isalnum((unsigned char)c) || c == '_';
}

const char *name_at(const Analysis *x, int offset, Span *at) {
    int start = offset, end = offset;
    while (start > 0 && is_word(x->text[start - 1])) start--;
    while (is_word(x->text[end])) end++;
    if (start == end || isdigit((unsigned char)x->text[start])) return NULL;
    *at = (Span){x->source, start, end};
    return intern_n(x->arena, x->text + start, (size_t)(end - start));
}

const Tree *declaration_at(const Analysis *x, int offset) {
    for (int i = 0; i < x->file->decls->list.n; i++) {
        const Tree *t = x->file->decls->list.at[i];
        if (t->span.start <= offset && offset <= t->span.end) return t;
    }
    return NULL;
}

/* ---- names ---- */

static bool has_name(const Tree *t) {
    static const bool none[TREE_COUNT] = {
        [TREE_BINARY] = true, [TREE_UNARY] = true,   [TREE_PIPE] = true,     [TREE_MEMBER] = true,
        [TREE_NAMED] = true,  [TREE_SETTING] = true, [TREE_ELLIPSIS] = true, [TREE_METHOD] = true};
    return t->name && !none[t->kind];
}

static Span kind_name(const Tree *t) {
    return (Span){t->span.file, t->span.start, t->span.start + (int)strlen(t->name)};
}

void places_of(Arena *a, const Tree *t, const char *name, Spans *out) {
    if (!t) return;
    if (has_name(t) && t->name == name)
        LIST_ADD(a, out, t->kind == TREE_KIND ? kind_name(t) : t->name_span);
    for (int i = 0; i < TREE_MAX_KIDS; i++) places_of(a, t->kid[i], name, out);
    for (int i = 0; i < t->list.n; i++) places_of(a, t->list.at[i], name, out);
}

static bool is_binder(const Tree *t) {
    static const bool binder[TREE_COUNT] = {
        [TREE_DRAW] = true,    [TREE_PARAM] = true, [TREE_STATE] = true,   [TREE_FORMAL] = true,
        [TREE_SCAN_IN] = true, [TREE_CARRY] = true, [TREE_PATTERN] = true, [TREE_FOR] = true};
    return binder[t->kind];
}

/* The last binding of a name below t that begins before a place. */
static bool find_binder(const Tree *t, const char *name, int before, Span *at) {
    bool found = false;
    Span below;
    if (!t) return false;
    if (is_binder(t) && t->name == name && t->name_span.start <= before)
        *at = t->name_span, found = true;
    if (t->kind == TREE_BIND)
        for (int i = 0; i < t->kid[0]->list.n; i++)
            if (t->kid[0]->list.at[i]->name == name &&
                t->kid[0]->list.at[i]->name_span.start <= before)
                *at = t->kid[0]->list.at[i]->name_span, found = true;
    for (int i = 0; i < TREE_MAX_KIDS; i++)
        if (find_binder(t->kid[i], name, before, &below)) *at = below, found = true;
    for (int i = 0; i < t->list.n; i++)
        if (find_binder(t->list.at[i], name, before, &below)) *at = below, found = true;
    return found;
}

bool binds_locally(const Tree *decl, const char *name, int before, Span *at) {
    bool top = decl->kind == TREE_BIND || decl->kind == TREE_DRAW || decl->kind == TREE_PARAM;
    if (top) return false;
    for (int i = 0; i < TREE_MAX_KIDS; i++)
        if (find_binder(decl->kid[i], name, before, at)) return true;
    return false;
}

bool binds_on_top(const Tree *t, const char *name, Span *at) {
    bool listed = t->kind == TREE_BIND || t->kind == TREE_DATA || t->kind == TREE_DATA_DRAW;
    for (int i = 0; listed && i < t->kid[0]->list.n; i++)
        if (t->kid[0]->list.at[i]->name == name)
            return *at = t->kid[0]->list.at[i]->name_span, true;
    if (!listed && t->name == name && t->kind != TREE_TRAIN && t->kind != TREE_IMPORT)
        return *at = t->name_span, true;
    return false;
}

bool binding_of(const Analysis *x, const char *name, int offset, Span *at, const Tree **decl,
                bool *local) {
    const Tree *around = declaration_at(x, offset);
    *local = around && binds_locally(around, name, offset, at);
    *decl = around;
    if (*local) return true;
    for (int i = 0; i < x->file->decls->list.n; i++) {
        *decl = x->file->decls->list.at[i];
        if (binds_on_top(*decl, name, at)) return true;
    }
    for (int i = 0; x->model && i < x->model->callables.n; i++) {
        *decl = x->model->callables.at[i];
        if ((*decl)->name == name) return *at = (*decl)->name_span, true;
    }
    return false;
}
