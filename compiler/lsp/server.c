/* lsp_serve: reads messages, keeps documents, answers. Whatever comes in, it goes on. */
#include "lsp.h"

#include <ctype.h>
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
    char *uri, *text;
} Document;

typedef struct {
    FILE *in, *out;
    Document *documents;
    int n_documents;
    bool initialized, shut_down, ended;
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
    while (read_line(in, line, sizeof line)) {
        if (!*line && length != -1) return length;
        if (!*line) continue; /* lines that are no header: on to one */
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

/* ---- documents ---- */

static Document *find(Server *s, const char *uri) {
    for (int i = 0; uri && i < s->n_documents; i++)
        if (strcmp(s->documents[i].uri, uri) == 0) return &s->documents[i];
    return NULL;
}

static void keep(Server *s, const char *uri, const char *text) {
    Document *d = find(s, uri);
    if (d) {
        free(d->text);
        d->text = strdup(text);
        return;
    }
    s->documents = realloc(s->documents, sizeof *s->documents * (size_t)(s->n_documents + 1));
    if (!s->documents) BUG("no memory for a document");
    s->documents[s->n_documents++] = (Document){strdup(uri), strdup(text)};
}

static void forget(Server *s, const char *uri) {
    Document *d = find(s, uri);
    if (!d) return;
    free(d->uri);
    free(d->text);
    *d = s->documents[--s->n_documents];
}

/* "file:///a%20b.gen": "/a b.gen" */
static const char *path_of(Arena *a, const char *uri) {
    Text t = {.arena = a};
    if (strncmp(uri, "file://", 7) == 0) uri += 7;
    text_put(&t, "");
    for (; *uri; uri++) {
        char digits[3] = {uri[0] == '%' ? uri[1] : 0, uri[0] == '%' && uri[1] ? uri[2] : 0, 0};
        bool escaped = isxdigit((unsigned char)digits[0]) && isxdigit((unsigned char)digits[1]);
        char c = escaped ? (char)strtol(digits, NULL, 16) : *uri;
        if (c) text_put_n(&t, &c, 1);
        if (escaped) uri += 2;
    }
    return t.at;
}

/* ---- what is asked ---- */

static const cJSON *part(const cJSON *json, const char *key) {
    return cJSON_GetObjectItemCaseSensitive(json, key);
}

static const char *text_of(const cJSON *json, const char *key) {
    const cJSON *item = part(json, key);
    return cJSON_IsString(item) ? item->valuestring : NULL;
}

static void publish(Server *s, const char *uri, const char *text) {
    Arena *a = arena_new();
    Analysis x = analyse(a, path_of(a, uri), text);
    cJSON *parameters = cJSON_CreateObject();
    cJSON_AddStringToObject(parameters, "uri", uri);
    cJSON_AddItemToObject(parameters, "diagnostics", lsp_diagnostics(&x));
    notify(s, "textDocument/publishDiagnostics", parameters);
    arena_free(a);
}

static void did_open(Server *s, const cJSON *id, const cJSON *p) {
    const cJSON *document = part(p, "textDocument");
    const char *uri = text_of(document, "uri"), *text = text_of(document, "text");
    (void)id;
    if (!uri || !text) return;
    keep(s, uri, text);
    publish(s, uri, text);
}

static void did_change(Server *s, const cJSON *id, const cJSON *p) {
    const char *uri = text_of(part(p, "textDocument"), "uri");
    const cJSON *changes = part(p, "contentChanges");
    const char *text =
        text_of(cJSON_GetArrayItem(changes, cJSON_GetArraySize(changes) - 1), "text");
    (void)id;
    if (!uri || !text || !find(s, uri)) return;
    keep(s, uri, text);
    publish(s, uri, text);
}

static void did_close(Server *s, const cJSON *id, const cJSON *p) {
    const char *uri = text_of(part(p, "textDocument"), "uri");
    (void)id;
    forget(s, uri);
    if (!uri) return;
    cJSON *parameters = cJSON_CreateObject();
    cJSON_AddStringToObject(parameters, "uri", uri);
    cJSON_AddArrayToObject(parameters, "diagnostics");
    notify(s, "textDocument/publishDiagnostics", parameters);
}

static void initialize(Server *s, const cJSON *id, const cJSON *p) {
    static const char can[] =
        "{\"textDocumentSync\":1,\"hoverProvider\":true,\"definitionProvider\":true,"
        "\"completionProvider\":{},\"documentFormattingProvider\":true,\"renameProvider\":true}";
    (void)p;
    cJSON *result = cJSON_CreateObject();
    cJSON_AddItemToObject(result, "capabilities", cJSON_Parse(can));
    cJSON *info = cJSON_AddObjectToObject(result, "serverInfo");
    cJSON_AddStringToObject(info, "name", "genc");
    cJSON_AddStringToObject(info, "version", GENC_VERSION);
    s->initialized = true;
    answer(s, id, result);
}

static void shut_down(Server *s, const cJSON *id, const cJSON *p) {
    (void)p;
    s->shut_down = true;
    answer(s, id, NULL);
}

static void leave(Server *s, const cJSON *id, const cJSON *p) {
    (void)id, (void)p;
    s->ended = true;
}

static void nothing(Server *s, const cJSON *id, const cJSON *p) {
    (void)s, (void)id, (void)p;
}

typedef cJSON *Question(const Analysis *x, const cJSON *p, const char *uri, int offset,
                        const char **why);

static cJSON *ask_hover(const Analysis *x, const cJSON *p, const char *uri, int offset,
                        const char **why) {
    (void)p, (void)uri, (void)why;
    return lsp_hover(x, offset);
}

static cJSON *ask_definition(const Analysis *x, const cJSON *p, const char *uri, int offset,
                             const char **why) {
    (void)p, (void)why;
    return lsp_definition(x, uri, offset);
}

static cJSON *ask_completion(const Analysis *x, const cJSON *p, const char *uri, int offset,
                             const char **why) {
    (void)p, (void)uri, (void)why;
    return lsp_completion(x, offset);
}

static cJSON *ask_formatting(const Analysis *x, const cJSON *p, const char *uri, int offset,
                             const char **why) {
    (void)p, (void)uri, (void)offset, (void)why;
    return lsp_formatting(x);
}

static cJSON *ask_rename(const Analysis *x, const cJSON *p, const char *uri, int offset,
                         const char **why) {
    const char *name = text_of(p, "newName");
    if (!name) return *why = "newName is missing", NULL;
    return lsp_rename(x, path_of(x->arena, uri), uri, offset, name, why);
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
};

static const struct {
    const char *method;
    void (*run)(Server *s, const cJSON *id, const cJSON *p);
} methods[] = {
    {"initialize", initialize},
    {"initialized", nothing},
    {"shutdown", shut_down},
    {"exit", leave},
    {"textDocument/didOpen", did_open},
    {"textDocument/didChange", did_change},
    {"textDocument/didClose", did_close},
    {"textDocument/didSave", nothing},
    {"$/cancelRequest", nothing},
    {"$/setTrace", nothing},
};

static void ask(Server *s, const cJSON *id, const cJSON *p, int which) {
    const char *uri = text_of(part(p, "textDocument"), "uri"), *why = NULL;
    const cJSON *at = part(p, "position"), *line = part(at, "line"),
                *character = part(at, "character");
    const Document *d = find(s, uri);
    bool placed = cJSON_IsNumber(line) && cJSON_IsNumber(character) && line->valueint >= 0 &&
                  character->valueint >= 0;
    if (!d || (questions[which].at_a_place && !placed)) {
        refuse(s, id, BAD_PARAMETERS, d ? "the position is missing" : "this document is not open");
        return;
    }
    Arena *a = arena_new();
    Analysis x = analyse(a, path_of(a, uri), d->text);
    int offset = placed ? offset_of(d->text, line->valueint, character->valueint) : 0;
    cJSON *result = questions[which].ask(&x, p, uri, offset, &why);
    if (why) refuse(s, id, FAILED, why);
    else answer(s, id, result);
    arena_free(a);
}

static void dispatch(Server *s, const cJSON *message) {
    const char *method = text_of(message, "method");
    const cJSON *id = part(message, "id"), *p = part(message, "params");
    if (!cJSON_IsObject(message) ||
        (!method && !part(message, "result") && !part(message, "error"))) {
        refuse(s, id, INVALID_REQUEST, "this is no request");
        return;
    }
    if (!method) return; /* an answer to what was never asked */
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (strcmp(methods[i].method, method) == 0) {
            methods[i].run(s, id, p);
            return;
        }
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++)
        if (strcmp(questions[i].method, method) == 0) {
            if (s->initialized) ask(s, id, p, (int)i);
            else refuse(s, id, NOT_INITIALIZED, "initialize comes first");
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
        cJSON *message = text ? cJSON_Parse(text) : NULL;
        if (message) dispatch(&s, message);
        else
            refuse(&s, NULL, PARSE_ERROR,
                   length < 0 ? "a header without a length" : "a message that is no JSON");
        cJSON_Delete(message);
        free(text);
    }
    while (s.n_documents) forget(&s, s.documents[0].uri);
    free(s.documents);
    return s.shut_down ? 0 : 1;
}
