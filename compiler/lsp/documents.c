/* The documents that the editor holds open: what it says of them goes before what the disk says,
 * for them and for what imports them. */
#include "lsp.h"
#include "../elaborate/elaborate.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

Document *documents_find(const Documents *all, const char *uri) {
    for (int i = 0; uri && i < all->n; i++)
        if (strcmp(all->at[i].uri, uri) == 0) return &all->at[i];
    return NULL;
}

const Document *documents_at_path(const Documents *all, const char *path) {
    for (int i = 0; i < all->n; i++)
        if (strcmp(all->at[i].path, path) == 0) return &all->at[i];
    return NULL;
}

static char *copy(const char *text) {
    char *own = strdup(text);
    if (!own) BUG("no memory for a document");
    return own;
}

/* "file:///a%20b.gen": "/a b.gen", in the form that imports have too */
static char *path_of(const char *uri) {
    if (strncmp(uri, "file://", 7) == 0) uri += 7;
    char *path = malloc(strlen(uri) + 1), *to = path;
    if (!path) BUG("no memory for a path");
    for (; *uri; uri++) {
        char digits[3] = {uri[0] == '%' ? uri[1] : 0, uri[0] == '%' && uri[1] ? uri[2] : 0, 0};
        bool escaped = isxdigit((unsigned char)digits[0]) && isxdigit((unsigned char)digits[1]);
        char c = escaped ? (char)strtol(digits, NULL, 16) : *uri;
        if (c) *to++ = c;
        if (escaped) uri += 2;
    }
    *to = 0;
    Arena *a = arena_new();
    char *plain = copy(path_plain(a, path));
    arena_free(a);
    free(path);
    return plain;
}

void documents_drop_analysis(Documents *all) {
    if (all->memory) arena_free(all->memory);
    all->memory = NULL;
    all->analysed = NULL;
}

Document *documents_keep(Documents *all, const char *uri, const char *text) {
    Document *d = documents_find(all, uri);
    documents_drop_analysis(all);
    if (d) {
        free(d->text);
        d->text = copy(text);
        return d;
    }
    all->at = realloc(all->at, sizeof *all->at * (size_t)(all->n + 1));
    if (!all->at) BUG("no memory for a document");
    all->at[all->n] = (Document){copy(uri), path_of(uri), copy(text)};
    return &all->at[all->n++];
}

void documents_forget(Documents *all, const char *uri) {
    Document *d = documents_find(all, uri);
    if (!d) return;
    documents_drop_analysis(all);
    free(d->uri);
    free(d->path);
    free(d->text);
    *d = all->at[--all->n];
}

void documents_free(Documents *all) {
    while (all->n) documents_forget(all, all->at[0].uri);
    free(all->at);
    *all = (Documents){0};
}

Analysis documents_analyse(const Documents *all, Arena *a, const char *path, const char *text) {
    Analysis x = {.arena = a, .diag = diag_new(a), .text = text, .units = all->units};
    for (int i = 0; i < all->n; i++)
        if (strcmp(all->at[i].path, path) != 0)
            diag_add_source(x.diag, all->at[i].path, all->at[i].text, (int)strlen(all->at[i].text),
                            false);
    analyse(&x, path);
    return x;
}

/* Only the last one is kept, so that memory does not grow with what is open. */
const Analysis *documents_analysis(Documents *all, const Document *d) {
    if (all->analysed != d->text) {
        documents_drop_analysis(all);
        all->memory = arena_new();
        all->analysed = d->text;
        all->analysis = documents_analyse(all, all->memory, d->path, d->text);
    }
    return &all->analysis;
}

/* Whether it can be read or not. */
bool imports_file(const Analysis *x, const char *path) {
    const char *folder = folder_of(x->arena, diag_source(x->diag, x->source)->name);
    for (int i = 0; i < x->file->decls->list.n; i++) {
        const Tree *t = x->file->decls->list.at[i];
        if (t->kind != TREE_IMPORT) continue;
        if (strcmp(import_path(x->arena, folder, t->text), path) == 0) return true;
    }
    return false;
}
