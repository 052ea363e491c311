/* lsp_rename: a name changed wherever it is used: in the document, and if it is one that other
 * files import, in those that are open or lie beside the file that declares it. Nothing is changed
 * that then would mean something else. */
#include "lsp.h"
#include "../diff/diff.h"

#include <ctype.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

/* A file in which the name occurs. */
typedef struct {
    const char *path, *uri, *text;
    const Analysis *x;
    Spans places;
    const char *renamed;
} Affected;
typedef LIST(Affected) AffectedList;

typedef struct {
    const Documents *all;
    Arena *a;
    const char *name, *to;
    AffectedList files;
} Renaming;

/* What keeps a text from being a name; NULL: nothing. */
static const char *wrong_name(Arena *a, const char *text) {
    if (!*text) return "a name has at least a letter";
    bool plain = isalpha((unsigned char)*text) || *text == '_';
    for (const char *c = text; *c; c++) plain = plain && (isalnum((unsigned char)*c) || *c == '_');
    if (!plain) return arena_printf(a, "'%s' is no name: letters, digits and _", text);
    for (int i = 0; syntax_word(i); i++)
        if (strcmp(syntax_word(i), text) == 0)
            return arena_printf(a, "'%s' is a word of the language", text);
    return NULL;
}

static int by_place(const void *x, const void *y) {
    return ((const Span *)x)->start - ((const Span *)y)->start;
}

/* Places of a top-level name are those in every declaration that has no such name of its own. */
static Spans places_on_top(const Analysis *x, const char *name) {
    Spans list = {0};
    Span at;
    for (int i = 0; i < x->file->decls->list.n; i++) {
        const Tree *t = x->file->decls->list.at[i];
        if (t->name == name || !binds_locally(t, name, t->span.end, &at))
            places_of(x->arena, t, name, &list);
    }
    LIST_SORT(&list, by_place);
    return list;
}

static const char *renamed_text(Arena *a, const char *text, const Spans *places, const char *to) {
    Text t = {.arena = a};
    int at = 0;
    text_put(&t, "");
    for (int i = 0; i < places->n; i++) {
        if (places->at[i].start < at) continue;
        text_put_n(&t, text + at, (size_t)(places->at[i].start - at));
        text_put(&t, to);
        at = places->at[i].end;
    }
    text_put(&t, text + at);
    return t.at;
}

static void add_file(Renaming *r, const char *path, const Analysis *x, Spans places) {
    const Document *open = documents_at_path(r->all, path);
    Affected file = {.path = path,
                     .uri = open ? open->uri : lsp_uri_of(r->a, path),
                     .text = x->text,
                     .x = x,
                     .places = places,
                     .renamed = renamed_text(r->a, x->text, &places, r->to)};
    LIST_ADD(r->a, &r->files, file);
}

/* ---- other files ---- */

static bool is_known(const Renaming *r, const char *path) {
    for (int i = 0; i < r->files.n; i++)
        if (strcmp(r->files.at[i].path, path) == 0) return true;
    return false;
}

/* A file that may import the one at `source_path`: with its own binding of the name it is not
 * concerned. False if it is, and has errors. */
static bool visit(Renaming *r, const char *source_path, const char *path) {
    const Document *open = documents_at_path(r->all, path);
    const char *text = open ? open->text : read_whole_file(r->a, path, SYNTAX_MAX_BYTES);
    Span at;
    if (is_known(r, path) || !text || !strstr(text, "import")) return true;
    Analysis *x = NEW(r->a, Analysis);
    *x = documents_analyse(r->all, r->a, path, text);
    if (!imports_file(x, source_path)) return true;
    const char *name = intern(r->a, r->name);
    for (int i = 0; i < x->file->decls->list.n; i++)
        if (binds_on_top(x->file->decls->list.at[i], name, &at)) return true;
    Spans places = places_on_top(x, name);
    if (places.n && diag_errors(x->diag)) return false;
    if (places.n) add_file(r, path, x, places);
    return true;
}

/* Those that are open, and those that lie in the same folder. */
static bool visit_importing(Renaming *r, const char *source_path) {
    bool good = true;
    glob_t found;
    for (int i = 0; i < r->all->n && good; i++) good = visit(r, source_path, r->all->at[i].path);
    const char *slash = strrchr(source_path, '/');
    const char *pattern =
        arena_printf(r->a, "%.*s*.gen", slash ? (int)(slash - source_path) + 1 : 0, source_path);
    if (glob(pattern, 0, NULL, &found) != 0) return good;
    for (size_t i = 0; i < found.gl_pathc && good; i++)
        good = visit(r, source_path, arena_printf(r->a, "%s", found.gl_pathv[i]));
    globfree(&found);
    return good;
}

/* The file that declares the name, if that is another one. */
static void add_declaring(Renaming *r, const Analysis *x, int source) {
    const Source *file = diag_source(x->diag, source);
    Analysis *own = NEW(r->a, Analysis);
    *own = documents_analyse(r->all, r->a, file->name, file->text);
    add_file(r, file->name, own, places_on_top(own, intern(r->a, r->name)));
}

/* ---- does it mean the same? ---- */

/* Compared with what it was, a file may show nothing but names. */
static bool means_the_same(const Renaming *r, const Affected *file) {
    Diag *d = diag_new(r->a);
    DiffSide old, new;
    for (int i = 0; i < r->files.n; i++)
        if (&r->files.at[i] != file)
            diag_add_source(d, r->files.at[i].path, r->files.at[i].renamed,
                            (int)strlen(r->files.at[i].renamed), false);
    for (int i = 0; i < r->all->n; i++)
        if (!is_known(r, r->all->at[i].path))
            diag_add_source(d, r->all->at[i].path, r->all->at[i].text,
                            (int)strlen(r->all->at[i].text), false);
    int source = diag_add_source(d, file->path, file->renamed, (int)strlen(file->renamed), false);
    if (!file->x->model || diag_errors(file->x->diag)) return false;
    diff_side_of(r->a, &old, file->x->model, file->path, 0, NULL);
    if (!diff_side(r->a, &new, d, source, file->path, 0, NULL)) return false;
    const Diff *changes = diff_changes(r->a, &old, &new);
    for (int i = 0; i < changes->changes.n; i++)
        if (changes->changes.at[i]->kind != CHANGE_RENAMED) return false;
    return true;
}

/* ---- the answer ---- */

static cJSON *edits_of(const Renaming *r) {
    cJSON *json = cJSON_CreateObject(), *changes = cJSON_AddObjectToObject(json, "changes");
    for (int i = 0; i < r->files.n; i++) {
        const Affected *file = &r->files.at[i];
        cJSON *edits = cJSON_AddArrayToObject(changes, file->uri);
        for (int k = 0; k < file->places.n; k++) {
            cJSON *edit = cJSON_CreateObject();
            cJSON_AddItemToObject(edit, "range", lsp_range(file->x, file->places.at[k]));
            cJSON_AddStringToObject(edit, "newText", r->to);
            cJSON_AddItemToArray(edits, edit);
        }
    }
    return json;
}

/* What a place binds or uses. */
typedef struct {
    const char *name;
    Span at, bound;
    const Tree *decl;
    bool local;
} Renamed;

/* Why the name at a place cannot be changed; NULL: it can. */
static const char *find_renamed(const Analysis *x, int offset, Renamed *out) {
    const char *name = out->name = name_at(x, offset, &out->at);
    if (diag_errors(x->diag)) return "the spec has errors";
    if (!name || !binding_of(x, name, offset, &out->bound, &out->decl, &out->local))
        return "there is no name here";
    if (diag_source(x->diag, out->bound.file)->builtin) return "the name is the library's";
    return NULL;
}

cJSON *lsp_prepare_rename(const Analysis *x, int offset, const char **why) {
    Renamed what;
    *why = find_renamed(x, offset, &what);
    if (*why) return NULL;
    cJSON *json = cJSON_CreateObject();
    cJSON_AddItemToObject(json, "range", lsp_range(x, what.at));
    cJSON_AddStringToObject(json, "placeholder", what.name);
    return json;
}

/* Of a local name, those in its declaration; otherwise wherever it is on top. */
static Spans places_here(const Analysis *x, const Renamed *what) {
    Spans inside = {0};
    if (!what->local) return places_on_top(x, what->name);
    places_of(x->arena, what->decl, what->name, &inside);
    LIST_SORT(&inside, by_place);
    return inside;
}

cJSON *lsp_rename(const Documents *all, const Analysis *x, int offset, const char *to,
                  const char **why) {
    Renamed what;
    *why = wrong_name(x->arena, to);
    if (!*why) *why = find_renamed(x, offset, &what);
    if (*why) return NULL;
    Renaming r = {.all = all, .a = x->arena, .name = what.name, .to = to};
    add_file(&r, diag_source(x->diag, x->source)->name, x, places_here(x, &what));
    if (what.bound.file != x->source) add_declaring(&r, x, what.bound.file);
    if (!what.local && diff_is_callable(what.decl) &&
        !visit_importing(&r, diag_source(x->diag, what.bound.file)->name))
        *why = "a file that uses the name has errors";
    for (int i = 0; !*why && i < r.files.n; i++)
        if (!means_the_same(&r, &r.files.at[i]))
            *why = "the spec would not mean the same under this name";
    return *why ? NULL : edits_of(&r);
}
