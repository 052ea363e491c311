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

static cJSON *position(const char *text, int offset) {
    int line, character;
    cJSON *json = cJSON_CreateObject();
    position_of(text, offset, &line, &character);
    cJSON_AddNumberToObject(json, "line", line);
    cJSON_AddNumberToObject(json, "character", character);
    return json;
}

static cJSON *range(const char *text, Span at) {
    cJSON *json = cJSON_CreateObject();
    cJSON_AddItemToObject(json, "start", position(text, at.start));
    cJSON_AddItemToObject(json, "end", position(text, at.end));
    return json;
}

/* ---- diagnostics ---- */

static int whole(const cJSON *json, const char *key) {
    const cJSON *item = cJSON_GetObjectItem(json, key);
    return cJSON_IsNumber(item) ? item->valueint : 1;
}

static cJSON *place(const cJSON *error, const char *line, const char *col) {
    cJSON *json = cJSON_CreateObject();
    cJSON_AddNumberToObject(json, "line", whole(error, line) - 1);
    cJSON_AddNumberToObject(json, "character", whole(error, col) - 1);
    return json;
}

static cJSON *diagnostic(const cJSON *error) {
    cJSON *json = cJSON_CreateObject(), *at = cJSON_AddObjectToObject(json, "range");
    const cJSON *help = cJSON_GetObjectItem(error, "help");
    const char *message = cJSON_GetObjectItem(error, "message")->valuestring;
    cJSON_AddItemToObject(at, "start", place(error, "line", "col"));
    cJSON_AddItemToObject(at, "end", place(error, "end_line", "end_col"));
    cJSON_AddNumberToObject(json, "severity", 1);
    cJSON_AddStringToObject(json, "source", "genc");
    cJSON_AddStringToObject(json, "code", cJSON_GetObjectItem(error, "code")->valuestring);
    if (!cJSON_IsString(help)) {
        cJSON_AddStringToObject(json, "message", message);
        return json;
    }
    Arena *a = arena_new();
    cJSON_AddStringToObject(json, "message",
                            arena_printf(a, "%s\nhelp: %s", message, help->valuestring));
    arena_free(a);
    return json;
}

cJSON *lsp_diagnostics(const Analysis *x) {
    char *text = NULL;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    if (!to) BUG("no memory for diagnostics");
    diag_print_json(x->diag, to);
    fclose(to);
    cJSON *errors = cJSON_Parse(text), *list = cJSON_CreateArray();
    const cJSON *error;
    cJSON_ArrayForEach(error, errors) cJSON_AddItemToArray(list, diagnostic(error));
    cJSON_Delete(errors);
    free(text);
    return list;
}

/* ---- hover ---- */

/* What the smallest known expression around a place came to. */
static const Seen *seen_around(const Analysis *x, Span at) {
    const Seen *best = model_seen(x->model, at);
    for (int i = 0; !best && i < x->model->seen.n; i++) {
        const Seen *s = &x->model->seen.at[i];
        bool around = s->span.start <= at.start && at.end <= s->span.end;
        if (around && (!best || s->span.end - s->span.start < best->span.end - best->span.start))
            best = s;
    }
    return best;
}

static int64_t parameters_below(const Model *m, const char *path) {
    size_t n = strlen(path);
    int64_t count = 0;
    for (int i = 0; i < m->tensors.n; i++) {
        const Tensor *t = &m->tensors.at[i];
        bool below = strncmp(t->path, path, n) == 0 && (t->path[n] == '.' || !t->path[n]);
        if (below && t->role == GEN_PARAM) count += shape_size(&t->shape);
    }
    return count;
}

/* A layer applied: `dense(400)` of x |> dense(400), whose callee is the word. */
static const Seen *applied_at(const Analysis *x, Span word) {
    for (int i = 0; i < x->model->seen.n; i++) {
        const Seen *s = &x->model->seen.at[i];
        if (s->path && s->span.start <= word.start && word.end <= s->span.end &&
            s->span.start == word.start)
            return s;
    }
    return NULL;
}

cJSON *lsp_hover(const Analysis *x, int offset) {
    Span at, bound;
    const Tree *decl;
    bool local;
    const char *name = name_at(x, offset, &at);
    if (!name || !x->model) return NULL;
    Text t = {.arena = x->arena};
    bool known = binding_of(x, name, offset, &bound, &decl, &local);
    bool callable =
        known && !local &&
        (decl->kind == TREE_NETWORK || decl->kind == TREE_LAYER || decl->kind == TREE_FN ||
         decl->kind == TREE_DISTRIBUTION || decl->kind == TREE_OPTIMIZER);
    const Seen *seen = callable ? applied_at(x, at) : seen_around(x, at);
    if (callable) text_printf(&t, "```gen\n%s\n```\n", diff_heading(x->arena, decl));
    if (seen) text_printf(&t, "%s: %s\n", callable ? "gives" : name, seen->words);
    const char *path = seen && seen->path                       ? seen->path
                       : callable && decl->kind == TREE_NETWORK ? name
                                                                : NULL;
    if (path)
        text_printf(&t, "\n%s parameters in `%s`\n",
                    diff_grouped(x->arena, (double)parameters_below(x->model, path)), path);
    if (!t.at) return NULL;
    cJSON *json = cJSON_CreateObject(), *contents = cJSON_AddObjectToObject(json, "contents");
    cJSON_AddStringToObject(contents, "kind", "markdown");
    cJSON_AddStringToObject(contents, "value", t.at);
    cJSON_AddItemToObject(json, "range", range(x->text, at));
    return json;
}

/* ---- definition ---- */

static const char *cache_folder(Arena *a) {
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    const char *base = cache && *cache ? cache
                       : home && *home ? arena_printf(a, "%s/.cache", home)
                                       : "/tmp";
    mkdir(base, 0777);
    const char *own = arena_printf(a, "%s/genc-" GENC_VERSION, base);
    mkdir(own, 0777);
    mkdir(arena_printf(a, "%s/std", own), 0777);
    return own;
}

/* The library is inside genc: an editor sees a copy. NULL if none can be written. */
static const char *library_copy(Arena *a, const Source *source) {
    const char *path = arena_printf(a, "%s/%s", cache_folder(a), source->name);
    const char *fresh = arena_printf(a, "%s.%d", path, (int)getpid());
    FILE *out = fopen(fresh, "w");
    bool good = out && fputs(source->text, out) != EOF;
    if (out && fclose(out) != 0) good = false;
    return good && rename(fresh, path) == 0 ? path : NULL;
}

static const char *uri_of(Arena *a, const char *path) {
    Text t = {.arena = a};
    text_put(&t, "file://");
    for (; *path; path++) {
        bool plain = isalnum((unsigned char)*path) || strchr("/-._~", *path);
        if (plain) text_put_n(&t, path, 1);
        else text_printf(&t, "%%%02X", (unsigned char)*path);
    }
    return t.at;
}

cJSON *lsp_definition(const Analysis *x, const char *uri, int offset) {
    Span at, bound;
    const Tree *decl;
    bool local;
    const char *name = name_at(x, offset, &at);
    if (!name || !binding_of(x, name, offset, &bound, &decl, &local)) return NULL;
    const Source *source = diag_source(x->diag, bound.file);
    const char *path = bound.file == x->source ? NULL
                       : source->builtin       ? library_copy(x->arena, source)
                                               : source->name;
    if (bound.file != x->source && !path) return NULL;
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "uri", path ? uri_of(x->arena, path) : uri);
    cJSON_AddItemToObject(json, "range", range(source->text, bound));
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
        if (t->kind == TREE_NETWORK || t->kind == TREE_LAYER || t->kind == TREE_FN)
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
    cJSON_AddItemToObject(edit, "range", range(x->text, (Span){x->source, 0, length}));
    cJSON_AddStringToObject(edit, "newText", canonical);
    cJSON_AddItemToArray(list, edit);
    return list;
}

/* ---- rename ---- */

static bool is_name(const char *text) {
    if (!isalpha((unsigned char)*text) && *text != '_') return false;
    for (const char *c = text; *c; c++)
        if (!isalnum((unsigned char)*c) && *c != '_') return false;
    for (int i = 0; syntax_word(i); i++)
        if (strcmp(syntax_word(i), text) == 0) return false;
    return true;
}

static int by_place(const void *x, const void *y) {
    return ((const Span *)x)->start - ((const Span *)y)->start;
}

/* Places of a top-level name are those in every declaration that has no such name of its own. */
static Spans places_to_rename(const Analysis *x, const char *name, const Tree *decl, bool local) {
    Spans list = {0};
    Span at;
    if (local) places_of(x->arena, decl, name, &list);
    for (int i = 0; !local && i < x->file->decls->list.n; i++) {
        const Tree *t = x->file->decls->list.at[i];
        if (t->name != name && binds_locally(t, name, t->span.end, &at)) continue;
        places_of(x->arena, t, name, &list);
    }
    LIST_SORT(&list, by_place);
    return list;
}

static const char *renamed(const Analysis *x, const Spans *places, const char *name) {
    Text t = {.arena = x->arena};
    int at = 0;
    text_put(&t, "");
    for (int i = 0; i < places->n; i++) {
        if (places->at[i].start < at) continue;
        text_put_n(&t, x->text + at, (size_t)(places->at[i].start - at));
        text_put(&t, name);
        at = places->at[i].end;
    }
    text_put(&t, x->text + at);
    return t.at;
}

/* Compared with what it was, the spec may show nothing but names. */
static bool means_the_same(const Analysis *x, const char *path, const char *text) {
    DiffSide side[2];
    for (int i = 0; i < 2; i++) {
        const char *words = i ? text : x->text;
        Diag *d = diag_new(x->arena);
        int source = diag_add_source(d, path, words, (int)strlen(words), false);
        if (!diff_side(x->arena, &side[i], d, source, path, 0, NULL)) return false;
    }
    const Diff *d = diff_changes(x->arena, &side[0], &side[1]);
    for (int i = 0; i < d->changes.n; i++)
        if (d->changes.at[i]->kind != CHANGE_RENAMED) return false;
    return true;
}

cJSON *lsp_rename(const Analysis *x, const char *path, const char *uri, int offset, const char *to,
                  const char **why) {
    Span at, bound;
    const Tree *decl;
    bool local;
    const char *name = name_at(x, offset, &at);
    *why = NULL;
    if (!is_name(to)) *why = "this cannot be a name";
    else if (diag_errors(x->diag)) *why = "the spec has errors";
    else if (!name || !binding_of(x, name, offset, &bound, &decl, &local))
        *why = "there is no name here";
    else if (bound.file != x->source) *why = "the name is not of this spec";
    if (*why) return NULL;
    Spans places = places_to_rename(x, name, decl, local);
    if (!means_the_same(x, path, renamed(x, &places, to))) {
        *why = "the spec would not mean the same under this name";
        return NULL;
    }
    cJSON *json = cJSON_CreateObject(), *changes = cJSON_AddObjectToObject(json, "changes");
    cJSON *edits = cJSON_AddArrayToObject(changes, uri);
    for (int i = 0; i < places.n; i++) {
        cJSON *edit = cJSON_CreateObject();
        cJSON_AddItemToObject(edit, "range", range(x->text, places.at[i]));
        cJSON_AddStringToObject(edit, "newText", to);
        cJSON_AddItemToArray(edits, edit);
    }
    return json;
}
