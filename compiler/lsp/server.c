/* lsp_serve: reads messages, keeps documents, answers. Whatever comes in, it goes on. */
#include "lsp.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    MOST_BYTES = 1 << 26,
    PARSE_ERROR = -32700,
    INVALID_REQUEST = -32600,
    NO_METHOD = -32601,
    BAD_PARAMETERS = -32602,
    FAILED = -32803,
    NOT_INITIALIZED = -32002
};

typedef struct {
    FILE *in, *out;
    Documents documents;
    enum { BEFORE, RUNNING, AFTER } state; /* of initialize and shutdown */
    bool ended;
} Server;

/* ---- messages ---- */

static void send(Server *s, cJSON *message) {
    cJSON_AddStringToObject(message, "jsonrpc", "2.0");
    char *text = cJSON_PrintUnformatted(message);
    if (text) fprintf(s->out, "Content-Length: %zu\r\n\r\n%s", strlen(text), text);
    fflush(s->out);
    cJSON_free(text);
    cJSON_Delete(message);
}

static void answer(Server *s, const cJSON *id, cJSON *result) {
    cJSON *message = cJSON_CreateObject();
    cJSON_AddItemToObject(message, "id", id ? cJSON_Duplicate(id, true) : cJSON_CreateNull());
    cJSON_AddItemToObject(message, "result", result ? result : cJSON_CreateNull());
    send(s, message);
}

static void refuse(Server *s, const cJSON *id, int code, const char *words) {
    cJSON *message = cJSON_CreateObject();
    cJSON_AddItemToObject(message, "id", id ? cJSON_Duplicate(id, true) : cJSON_CreateNull());
    cJSON *error = cJSON_AddObjectToObject(message, "error");
    cJSON_AddNumberToObject(error, "code", code);
    cJSON_AddStringToObject(error, "message", words);
    send(s, message);
}

static void notify(Server *s, const char *method, cJSON *parameters) {
    cJSON *message = cJSON_CreateObject();
    cJSON_AddStringToObject(message, "method", method);
    cJSON_AddItemToObject(message, "params", parameters);
    send(s, message);
}

/* One line of a header, without its end; false at the end of the input. */
static bool read_line(FILE *in, char *line, int room) {
    int n = 0, c;
    while ((c = getc(in)) != EOF && c != '\n')
        if (n < room - 1) line[n++] = (char)c;
    while (n > 0 && line[n - 1] == '\r') n--;
    line[n] = 0;
    return c != EOF;
}

/* The length that a message's header gives; -1: it gives none that can be; -2: the input has ended.
 */
static long read_header(FILE *in) {
    static const char key[] = "content-length:";
    char line[256];
    long length = -1;
    bool header = false;
    while (read_line(in, line, sizeof line)) {
        if (!*line && (length != -1 || header)) return length;
        header = header || *line;
        if (strncasecmp(line, key, sizeof key - 1) != 0) continue;
        char *end;
        length = strtol(line + sizeof key - 1, &end, 10);
        if (*end || length < 0 || length > MOST_BYTES) return -1;
    }
    return -2;
}

static char *read_body(FILE *in, long length) {
    char *text = malloc((size_t)length + 1);
    if (!text || fread(text, 1, (size_t)length, in) != (size_t)length) {
        free(text);
        return NULL;
    }
    text[length] = 0;
    return text;
}

/* Whether a message holds the character NUL, as it is or as "\\u0000", which no text in C can. */
static bool holds_nul(const char *text, long length) {
    for (const char *at = text; *at; at++) {
        if (*at == '\\' && strncmp(at + 1, "u0000", 5) == 0) return true;
        if (*at == '\\' && at[1]) at++;
    }
    return strlen(text) < (size_t)length;
}

/* ---- what is asked ---- */

static const cJSON *part(const cJSON *json, const char *key) {
    return cJSON_GetObjectItemCaseSensitive(json, key);
}

static const char *text_of(const cJSON *json, const char *key) {
    const cJSON *item = part(json, key);
    return cJSON_IsString(item) ? item->valuestring : NULL;
}

static void publish(Server *s, const Document *d) {
    const Analysis *x = documents_analysis(&s->documents, d);
    cJSON *parameters = cJSON_CreateObject();
    cJSON_AddStringToObject(parameters, "uri", d->uri);
    cJSON_AddItemToObject(parameters, "diagnostics", lsp_diagnostics(x));
    notify(s, "textDocument/publishDiagnostics", parameters);
}

static void publish_importing(Server *s, const char *path) {
    for (int i = 0; i < s->documents.n; i++) {
        const Document *d = &s->documents.at[i];
        if (!strstr(d->text, "import") || strcmp(d->path, path) == 0) continue;
        if (imports_file(documents_analysis(&s->documents, d), path)) publish(s, d);
    }
}

/* The document, and those that import it. */
static void publish_all(Server *s, const Document *changed) {
    publish(s, changed);
    publish_importing(s, changed->path);
}

static void did_open(Server *s, const cJSON *id, const cJSON *p) {
    const cJSON *document = part(p, "textDocument");
    const char *uri = text_of(document, "uri"), *text = text_of(document, "text");
    (void)id;
    if (uri && text) publish_all(s, documents_keep(&s->documents, uri, text));
}

static bool read_position(const cJSON *at, int *line, int *character) {
    const cJSON *l = part(at, "line"), *c = part(at, "character");
    if (!cJSON_IsNumber(l) || !cJSON_IsNumber(c) || l->valueint < 0 || c->valueint < 0)
        return false;
    *line = l->valueint;
    *character = c->valueint;
    return true;
}

/* The text after one change, of all of it or of a range; NULL: it makes no sense. */
static const char *changed(Arena *a, Units units, const char *text, const cJSON *change) {
    const char *new = text_of(change, "text");
    const cJSON *range = part(change, "range");
    int line, character, end_line, end_character;
    if (!new || !range) return new;
    if (!read_position(part(range, "start"), &line, &character) ||
        !read_position(part(range, "end"), &end_line, &end_character))
        return NULL;
    int start = offset_of(text, units, line, character);
    int end = offset_of(text, units, end_line, end_character);
    if (end < start) return NULL;
    return arena_printf(a, "%.*s%s%s", start, text, new, text + end);
}

static void did_change(Server *s, const cJSON *id, const cJSON *p) {
    const char *uri = text_of(part(p, "textDocument"), "uri");
    const Document *d = documents_find(&s->documents, uri);
    const cJSON *changes = part(p, "contentChanges"), *change;
    (void)id;
    if (!d || cJSON_GetArraySize(changes) == 0) return;
    Arena *a = arena_new();
    const char *text = d->text;
    cJSON_ArrayForEach(change, changes) if (text) text =
        changed(a, s->documents.units, text, change);
    if (text) publish_all(s, documents_keep(&s->documents, uri, text));
    arena_free(a);
}

/* What is not open is read from the disk, where something has changed. */
static void disk_changed(Server *s, const cJSON *id, const cJSON *p) {
    (void)id, (void)p;
    documents_drop_analysis(&s->documents);
    for (int i = 0; i < s->documents.n; i++)
        if (strstr(s->documents.at[i].text, "import")) publish(s, &s->documents.at[i]);
}

/* From now on what is on the disk holds. */
static void did_close(Server *s, const cJSON *id, const cJSON *p) {
    const char *uri = text_of(part(p, "textDocument"), "uri");
    const Document *d = documents_find(&s->documents, uri);
    (void)id;
    if (!uri) return;
    cJSON *parameters = cJSON_CreateObject();
    cJSON_AddStringToObject(parameters, "uri", uri);
    cJSON_AddArrayToObject(parameters, "diagnostics");
    notify(s, "textDocument/publishDiagnostics", parameters);
    if (!d) return;
    Arena *a = arena_new();
    const char *path = arena_strndup(a, d->path, strlen(d->path));
    documents_forget(&s->documents, uri);
    publish_importing(s, path);
    arena_free(a);
}

/* Bytes, if the editor can count in them: no text has to be walked for it. */
static void agree_on_units(Server *s, const cJSON *p) {
    const cJSON *offered = part(part(part(p, "capabilities"), "general"), "positionEncodings"),
                *name;
    Units units;
    cJSON_ArrayForEach(name, offered) if (cJSON_IsString(name) &&
                                          units_named(name->valuestring, &units) &&
                                          units == UNITS_UTF8) s->documents.units = units;
}

static void initialize(Server *s, const cJSON *id, const cJSON *p) {
    static const char can[] =
        "{\"textDocumentSync\":{\"openClose\":true,\"change\":2},\"hoverProvider\":true,"
        "\"definitionProvider\":true,\"completionProvider\":{},"
        "\"documentFormattingProvider\":true,\"renameProvider\":{\"prepareProvider\":true}}";
    agree_on_units(s, p);
    cJSON *result = cJSON_CreateObject(), *capabilities = cJSON_Parse(can);
    cJSON_AddStringToObject(capabilities, "positionEncoding", units_name(s->documents.units));
    cJSON_AddItemToObject(result, "capabilities", capabilities);
    cJSON *info = cJSON_AddObjectToObject(result, "serverInfo");
    cJSON_AddStringToObject(info, "name", "genc");
    cJSON_AddStringToObject(info, "version", GENC_VERSION);
    s->state = RUNNING;
    answer(s, id, result);
}

static void shut_down(Server *s, const cJSON *id, const cJSON *p) {
    (void)p;
    s->state = AFTER;
    answer(s, id, NULL);
}

static void leave(Server *s, const cJSON *id, const cJSON *p) {
    (void)id, (void)p;
    s->ended = true;
}

static void nothing(Server *s, const cJSON *id, const cJSON *p) {
    (void)s, (void)id, (void)p;
}

/* A question about a document. */
typedef struct {
    const Documents *all;
    const Analysis *x;
    const cJSON *p;
    const char *uri;
    int offset;
} Asked;

typedef cJSON *Question(const Asked *q, const char **why);

static cJSON *ask_hover(const Asked *q, const char **why) {
    (void)why;
    return lsp_hover(q->x, q->offset);
}

static cJSON *ask_definition(const Asked *q, const char **why) {
    (void)why;
    return lsp_definition(q->x, q->uri, q->offset);
}

static cJSON *ask_completion(const Asked *q, const char **why) {
    (void)why;
    return lsp_completion(q->x, q->offset);
}

static cJSON *ask_formatting(const Asked *q, const char **why) {
    (void)why;
    return lsp_formatting(q->x);
}

static cJSON *ask_rename(const Asked *q, const char **why) {
    const char *name = text_of(q->p, "newName");
    if (!name) return *why = "newName is missing", NULL;
    return lsp_rename(q->all, q->x, q->offset, name, why);
}

static cJSON *ask_prepare(const Asked *q, const char **why) {
    return lsp_prepare_rename(q->x, q->offset, why);
}

static const struct {
    const char *method;
    Question *ask;
    bool at_a_place;
} questions[] = {
    {"textDocument/hover", ask_hover, true},
    {"textDocument/definition", ask_definition, true},
    {"textDocument/completion", ask_completion, true},
    {"textDocument/formatting", ask_formatting, false},
    {"textDocument/rename", ask_rename, true},
    {"textDocument/prepareRename", ask_prepare, true},
};

static const struct {
    const char *method;
    void (*run)(Server *s, const cJSON *id, const cJSON *p);
    bool request; /* answered; what is not is a notification */
} methods[] = {
    {"initialize", initialize, true},
    {"initialized", nothing, false},
    {"shutdown", shut_down, true},
    {"exit", leave, false},
    {"textDocument/didOpen", did_open, false},
    {"textDocument/didChange", did_change, false},
    {"textDocument/didClose", did_close, false},
    {"textDocument/didSave", disk_changed, false},
    {"workspace/didChangeWatchedFiles", disk_changed, false},
    {"$/cancelRequest", nothing, false},
    {"$/setTrace", nothing, false},
};

static void ask(Server *s, const cJSON *id, const cJSON *p, int which) {
    const char *uri = text_of(part(p, "textDocument"), "uri"), *why = NULL;
    const Document *d = documents_find(&s->documents, uri);
    int line = 0, character = 0;
    bool placed = read_position(part(p, "position"), &line, &character);
    if (!d || (questions[which].at_a_place && !placed)) {
        refuse(s, id, BAD_PARAMETERS, d ? "the position is missing" : "this document is not open");
        return;
    }
    int offset = offset_of(d->text, s->documents.units, line, character);
    Asked q = {&s->documents, documents_analysis(&s->documents, d), p, uri, offset};
    cJSON *result = questions[which].ask(&q, &why);
    if (why) refuse(s, id, FAILED, why);
    else answer(s, id, result);
}

/* Whether it is the time for a message; a request that comes at another is refused, a notification
 * passed over. Only exit is obeyed at any time. */
static bool in_order(Server *s, const cJSON *id, const char *method) {
    static const struct {
        int code;
        const char *words;
    } refusals[] = {[BEFORE] = {NOT_INITIALIZED, "initialize comes first"},
                    [RUNNING] = {INVALID_REQUEST, "initialize comes once"},
                    [AFTER] = {INVALID_REQUEST, "after shutdown only exit is left"}};
    bool first = strcmp(method, "initialize") == 0;
    if (strcmp(method, "exit") == 0) return true;
    if (s->state == BEFORE ? first : s->state == RUNNING && !first) return true;
    if (id) refuse(s, id, refusals[s->state].code, refusals[s->state].words);
    return false;
}

static void dispatch(Server *s, const cJSON *message) {
    const char *method = text_of(message, "method");
    const cJSON *id = part(message, "id"), *p = part(message, "params");
    if (!cJSON_IsObject(message) ||
        (!method && !part(message, "result") && !part(message, "error"))) {
        refuse(s, id, INVALID_REQUEST, "this is no request");
        return;
    }
    if (!method || !in_order(s, id, method)) return; /* or an answer to what was never asked */
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (strcmp(methods[i].method, method) == 0) {
            if (methods[i].request == (id != NULL)) methods[i].run(s, id, p);
            else if (id) refuse(s, id, INVALID_REQUEST, "this is a notification: it has no id");
            return;
        }
    for (size_t i = 0; id && i < sizeof questions / sizeof *questions; i++)
        if (strcmp(questions[i].method, method) == 0) {
            ask(s, id, p, (int)i);
            return;
        }
    if (id) refuse(s, id, NO_METHOD, "there is no such method");
}

int lsp_serve(FILE *in, FILE *out) {
    Server s = {.in = in, .out = out};
    while (!s.ended) {
        long length = read_header(in);
        char *text = length >= 0 ? read_body(in, length) : NULL;
        if (length == -2 || (length >= 0 && !text)) break; /* the editor has gone */
        cJSON *message = text && !holds_nul(text, length) ? cJSON_Parse(text) : NULL;
        if (message) dispatch(&s, message);
        else
            refuse(&s, NULL, PARSE_ERROR,
                   length < 0 ? "a header without a length"
                              : "a message that is no JSON, or holds a character NUL");
        cJSON_Delete(message);
        free(text);
    }
    documents_free(&s.documents);
    return s.state == AFTER ? 0 : 1;
}
