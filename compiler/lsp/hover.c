/* lsp_hover: what is known of the place under the pointer: what a name came to, how a callable is
 * declared and what its comment says, how many parameters it has there. */
#include "lsp.h"
#include "../diff/diff.h"
#include "../elaborate/elaborate.h"

#include <string.h>

/* The smallest expression around a place that came to something. */
static const Seen *seen_around(const Analysis *x, Span at) {
    const Seen *best = model_seen(x->model, at);
    for (int i = 0; i < x->model->seen.n; i++) {
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
        if (s->path && s->span.start == word.start && word.end <= s->span.end) return s;
    }
    return NULL;
}

/* The lines of comment directly above a declaration. */
static void put_comment(const Analysis *x, Text *t, const Tree *decl) {
    const char *text = diag_source(x->diag, decl->span.file)->text, *at = text + decl->span.start;
    while (at > text && at[-1] != '\n') at--;
    const char *end = at;
    while (at > text) {
        const char *line = at - 1;
        while (line > text && line[-1] != '\n') line--;
        if (*line != '#') break;
        at = line;
    }
    if (at < end) text_put(t, "\n");
    while (at < end) {
        size_t n = strcspn(at, "\n"), skipped = strspn(at, "# ");
        text_put_n(t, at + skipped, n > skipped ? n - skipped : 0);
        text_put(t, "  \n");
        at += n + 1;
    }
}

/* scale(low, high): a primitive, a data source or a transform. */
static bool put_builtin(const Analysis *x, Text *t, const char *name) {
    const char *fallback = NULL, *argument = data_argument(name, 0, &fallback);
    bool primitive = !argument;
    if (primitive) argument = primitive_argument(x->arena, name, 0);
    if (!argument) return false;
    text_printf(t, "```gen\n%s(", name);
    for (int i = 0; argument; i++) {
        bool optional = argument[strlen(argument) - 1] == '?';
        text_printf(t, "%s%.*s", i ? ", " : "", (int)strlen(argument) - optional, argument);
        if (fallback) text_printf(t, " = %s", fallback);
        else if (optional) text_put(t, " = none");
        fallback = NULL;
        argument = primitive ? primitive_argument(x->arena, name, i + 1)
                             : data_argument(name, i + 1, &fallback);
    }
    text_put(t, ")\n```\n");
    return true;
}

static void put_parameters(const Analysis *x, Text *t, const char *path) {
    text_printf(t, "\n%s parameters in `%s`\n",
                diff_grouped(x->arena, (double)parameters_below(x->model, path)), path);
}

static void put_callable(const Analysis *x, Text *t, const Tree *decl, Span at) {
    const Seen *seen = applied_at(x, at);
    text_printf(t, "```gen\n%s\n```\n", diff_heading(x->arena, decl));
    if (seen) text_printf(t, "gives: %s\n", seen->words);
    if (seen && seen->path) put_parameters(x, t, seen->path);
    else if (decl->span.file == x->source && parameters_below(x->model, decl->name) > 0)
        put_parameters(x, t, decl->name);
    put_comment(x, t, decl);
}

static void put_value(const Analysis *x, Text *t, const char *name, Span at) {
    const Seen *seen = seen_around(x, at);
    if (!seen) return;
    text_printf(t, "%s: %s\n", name, seen->words);
    if (seen->path) put_parameters(x, t, seen->path);
}

static bool is_data_word(const Analysis *x, int offset) {
    const Tree *around = declaration_at(x, offset);
    const char *fallback;
    Span at;
    const char *name = name_at(x, offset, &at);
    return around && around->kind == TREE_DATA && data_argument(name, 0, &fallback);
}

/* batch 128: the word is a setting's only where one stands. */
static const Tree *setting_below(const Tree *t, Span at) {
    const Tree *found = NULL;
    if (!t) return NULL;
    if (t->kind == TREE_SETTING && t->name_span.start == at.start) return t;
    for (int i = 0; i < TREE_MAX_KIDS && !found; i++) found = setting_below(t->kid[i], at);
    for (int i = 0; i < t->list.n && !found; i++) found = setting_below(t->list.at[i], at);
    return found;
}

static bool put_setting(Text *t, const Tree *around, Span at) {
    const Tree *setting = setting_below(around, at);
    const char *about = setting ? setting_about(setting->name) : NULL;
    double usual;
    if (!about) return false;
    text_printf(t, "%s: %s\n", setting->name, about);
    if (setting_default(setting->name, &usual) && usual > 0)
        text_printf(t, "\n%g if it is not given\n", usual);
    return true;
}

cJSON *lsp_hover(const Analysis *x, int offset) {
    Span at = {x->source, offset, offset}, bound;
    const Tree *decl;
    bool local;
    Text t = {.arena = x->arena};
    const char *name = name_at(x, offset, &at);
    if (!x->model) return NULL;
    if (!name) put_value(x, &t, "this", at);
    else if (is_data_word(x, offset)) put_builtin(x, &t, name);
    else if (put_setting(&t, declaration_at(x, offset), at)) name = NULL; /* all is said */
    else if (!binding_of(x, name, offset, &bound, &decl, &local)) {
        if (!put_builtin(x, &t, name)) put_value(x, &t, name, at);
    } else if (!local && diff_is_callable(decl)) put_callable(x, &t, decl, at);
    else put_value(x, &t, name, at);
    if (!t.at) return NULL;
    cJSON *json = cJSON_CreateObject(), *contents = cJSON_AddObjectToObject(json, "contents");
    cJSON_AddStringToObject(contents, "kind", "markdown");
    cJSON_AddStringToObject(contents, "value", t.at);
    cJSON_AddItemToObject(json, "range", lsp_range(x, at));
    return json;
}
