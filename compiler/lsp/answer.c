/* What an editor is told: each answer from a document that was compiled. */
#include "lsp.h"
#include "../diff/diff.h"
#include "../elaborate/elaborate.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static cJSON *position(const Analysis *x, const char *text, int offset) {
    int line, character;
    cJSON *json = cJSON_CreateObject();
    position_of(text, x->units, offset, &line, &character);
    cJSON_AddNumberToObject(json, "line", line);
    cJSON_AddNumberToObject(json, "character", character);
    return json;
}

cJSON *lsp_range(const Analysis *x, Span at) {
    const char *text = diag_source(x->diag, at.file)->text;
    cJSON *json = cJSON_CreateObject();
    cJSON_AddItemToObject(json, "start", position(x, text, at.start));
    cJSON_AddItemToObject(json, "end", position(x, text, at.end));
    return json;
}

/* ---- documents ---- */

/* NULL: there is none of the user's own. */
static const char *cache_folder(Arena *a) {
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    const char *base = cache && *cache ? cache
                       : home && *home ? arena_printf(a, "%s/.cache", home)
                                       : NULL;
    return base ? arena_printf(a, "%s/genc-" GENC_VERSION, base) : NULL;
}

static bool holds(Arena *a, const char *path, const Source *source) {
    const char *text = read_whole_file(a, path, (size_t)source->length + 1);
    return text && strcmp(text, source->text) == 0;
}

/* There whole or not at all. */
static bool write_copy(Arena *a, const char *folder, const char *path, const Source *source) {
    const char *fresh = arena_printf(a, "%s.%d", path, (int)getpid());
    char *base = arena_strndup(a, folder, (size_t)(strrchr(folder, '/') - folder));
    mkdir(base, 0777);
    mkdir(folder, 0777);
    mkdir(arena_printf(a, "%s/std", folder), 0777);
    FILE *out = fopen(fresh, "w");
    bool good = out && fputs(source->text, out) != EOF;
    if (out && fclose(out) != 0) good = false;
    if (good && rename(fresh, path) == 0) return true;
    unlink(fresh);
    return false;
}

/* The library is inside genc: an editor sees a copy, which is written where it is missing or holds
 * something else. This is looked at once for each file in the life of a server; afterwards only
 * that it is still there. NULL: there is none, and none can be written. */
static const char *library_copy(Arena *a, const Source *source) {
    static LIST(const char *) good; /* texts in genc itself */
    static Arena *lasting;
    const char *folder = cache_folder(a), *path = NULL;
    if (folder) path = arena_printf(a, "%s/%s", folder, source->name);
    if (!path) return NULL;
    for (int i = 0; i < good.n; i++)
        if (good.at[i] == source->text && access(path, R_OK) == 0) return path;
    if (!holds(a, path, source) && !write_copy(a, folder, path, source)) return NULL;
    if (!lasting) lasting = arena_new();
    LIST_ADD(lasting, &good, source->text);
    return path;
}

const char *lsp_uri_of(Arena *a, const char *path) {
    Text t = {.arena = a};
    text_put(&t, "file://");
    for (; *path; path++) {
        bool plain = isalnum((unsigned char)*path) || strchr("/-._~", *path);
        if (plain) text_put_n(&t, path, 1);
        else text_printf(&t, "%%%02X", (unsigned char)*path);
    }
    return t.at;
}

const char *lsp_uri(const Analysis *x, int source) {
    const Source *file = diag_source(x->diag, source);
    const char *path = file->builtin ? library_copy(x->arena, file) : file->name;
    return path ? lsp_uri_of(x->arena, path) : NULL;
}

/* ---- diagnostics ---- */

/* Where a document says what imports the file of a place; the place itself if it is the document's.
 */
static Span shown_at(const Analysis *x, Span at) {
    if (at.file == x->source) return at;
    for (int i = 0; x->model && i < x->model->imports.n; i++)
        for (int k = 0; k < x->file->decls->list.n; k++) {
            const Tree *t = x->file->decls->list.at[k];
            const Import *import = &x->model->imports.at[i];
            if (import->source == at.file && t->kind == TREE_IMPORT &&
                strcmp(t->text, import->name) == 0)
                return t->span;
        }
    return (Span){x->source, 0, 0};
}

static cJSON *related(const Analysis *x, const DiagSaid *said) {
    cJSON *list = cJSON_CreateArray();
    for (int i = 0; i < said->notes.n; i++) {
        Span at = said->notes.at[i].at;
        const char *uri = lsp_uri(x, at.file);
        if (!uri) continue;
        cJSON *json = cJSON_CreateObject(), *place = cJSON_AddObjectToObject(json, "location");
        cJSON_AddStringToObject(place, "uri", uri);
        cJSON_AddItemToObject(place, "range", lsp_range(x, at));
        cJSON_AddStringToObject(json, "message", said->notes.at[i].text);
        cJSON_AddItemToArray(list, json);
    }
    return list;
}

static cJSON *diagnostic(const Analysis *x, const DiagSaid *said) {
    cJSON *json = cJSON_CreateObject();
    bool own = said->at.file == x->source || said->at.file < 0;
    Span at = said->at.file < 0 ? (Span){x->source, 0, 0} : shown_at(x, said->at);
    cJSON_AddItemToObject(json, "range", lsp_range(x, at));
    cJSON_AddNumberToObject(json, "severity", 1);
    cJSON_AddStringToObject(json, "source", "genc");
    cJSON_AddStringToObject(json, "code", said->code);
    cJSON_AddStringToObject(json, "message",
                            arena_printf(x->arena, "%s%s%s%s%s",
                                         own ? "" : diag_where(x->diag, said->at), own ? "" : ": ",
                                         said->message, said->help ? "\n" : "",
                                         said->help ? said->help : ""));
    if (said->notes.n) cJSON_AddItemToObject(json, "relatedInformation", related(x, said));
    return json;
}

cJSON *lsp_diagnostics(const Analysis *x) {
    cJSON *list = cJSON_CreateArray();
    DiagSaid said;
    for (int i = 0; diag_said(x->diag, i, &said); i++)
        cJSON_AddItemToArray(list, diagnostic(x, &said));
    return list;
}

/* ---- definition ---- */

cJSON *lsp_definition(const Analysis *x, const char *uri, int offset) {
    Span at, bound;
    const Tree *decl;
    bool local;
    const char *name = name_at(x, offset, &at);
    if (!name || !binding_of(x, name, offset, &bound, &decl, &local)) return NULL;
    const char *in = bound.file == x->source ? uri : lsp_uri(x, bound.file);
    if (!in) return NULL;
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "uri", in);
    cJSON_AddItemToObject(json, "range", lsp_range(x, bound));
    return json;
}

/* ---- completion ---- */

enum { ITEM_FUNCTION = 3, ITEM_VARIABLE = 6, ITEM_KEYWORD = 14 };

static void add_item(cJSON *list, const char *label, int kind, const char *detail) {
    const cJSON *other;
    cJSON_ArrayForEach(other, list) if (strcmp(cJSON_GetObjectItem(other, "label")->valuestring,
                                               label) == 0) return;
    cJSON *item = cJSON_CreateObject();
    cJSON_AddStringToObject(item, "label", label);
    cJSON_AddNumberToObject(item, "kind", kind);
    if (detail) cJSON_AddStringToObject(item, "detail", detail);
    cJSON_AddItemToArray(list, item);
}

static void add_names(const Analysis *x, cJSON *list, const Tree *t) {
    if (!t) return;
    bool value = t->kind == TREE_LET || t->kind == TREE_DRAW || t->kind == TREE_PARAM ||
                 t->kind == TREE_LOSS || t->kind == TREE_DATUM || t->kind == TREE_FORMAL ||
                 t->kind == TREE_STATE || t->kind == TREE_CARRY || t->kind == TREE_SCAN_IN ||
                 t->kind == TREE_FOR;
    const Seen *seen = value && x->model ? model_seen(x->model, t->name_span) : NULL;
    if (value) add_item(list, t->name, ITEM_VARIABLE, seen ? seen->words : NULL);
    for (int i = 0; t->kind == TREE_BIND && i < t->kid[0]->list.n; i++) {
        const Tree *name = t->kid[0]->list.at[i];
        seen = x->model ? model_seen(x->model, name->name_span) : NULL;
        add_item(list, name->name, ITEM_VARIABLE, seen ? seen->words : NULL);
    }
}

static void add_locals(const Analysis *x, cJSON *list, const Tree *t, int before) {
    if (!t || t->span.start > before) return;
    add_names(x, list, t);
    for (int i = 0; i < TREE_MAX_KIDS; i++) add_locals(x, list, t->kid[i], before);
    for (int i = 0; i < t->list.n; i++) add_locals(x, list, t->list.at[i], before);
}

cJSON *lsp_completion(const Analysis *x, int offset) {
    cJSON *list = cJSON_CreateArray();
    const Tree *around = declaration_at(x, offset);
    if (around) add_locals(x, list, around, offset);
    for (int i = 0; i < x->file->decls->list.n; i++) {
        const Tree *t = x->file->decls->list.at[i];
        bool data = t->kind == TREE_DATA || t->kind == TREE_DATA_DRAW;
        for (int k = 0; data && k < t->kid[0]->list.n; k++)
            add_names(x, list, t->kid[0]->list.at[k]);
        add_names(x, list, t);
        if (!x->model && diff_is_callable(t))
            add_item(list, t->name, ITEM_FUNCTION, diff_heading(x->arena, t));
    }
    for (int i = 0; x->model && i < x->model->callables.n; i++)
        add_item(list, x->model->callables.at[i]->name, ITEM_FUNCTION,
                 diff_heading(x->arena, x->model->callables.at[i]));
    for (int i = 0; primitive_name(i); i++) add_item(list, primitive_name(i), ITEM_FUNCTION, NULL);
    for (int i = 0; syntax_word(i); i++) add_item(list, syntax_word(i), ITEM_KEYWORD, NULL);
    return list;
}

/* ---- formatting ---- */

cJSON *lsp_formatting(const Analysis *x) {
    int length = (int)strlen(x->text);
    if (!x->model) return NULL; /* syntax errors: left as it is */
    cJSON *list = cJSON_CreateArray();
    const char *canonical = syntax_print(x->arena, x->diag, x->file);
    if (strcmp(canonical, x->text) == 0) return list;
    cJSON *edit = cJSON_CreateObject();
    cJSON_AddItemToObject(edit, "range", lsp_range(x, (Span){x->source, 0, length}));
    cJSON_AddStringToObject(edit, "newText", canonical);
    cJSON_AddItemToArray(list, edit);
    return list;
}
