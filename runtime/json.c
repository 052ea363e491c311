/* json.c: reading JSON with jsmn, and the two pieces that writing needs. */
#include "rt.h"

#define JSMN_STATIC
#define JSMN_STRICT
#define JSMN_PARENT_LINKS
#include <jsmn.h>

struct Json {
    char *text;
    int n;
    jsmntok_t *token;
    int *after; /* the token behind each token's last child */
};

/* jsmn accepts an object whose keys are not strings or lack values: not so here. */
static const char *json_check(const Json *json) {
    for (int i = 0; i < json->n; i++) {
        int parent = json->token[i].parent;
        if (parent < 0 || json->token[parent].type != JSMN_OBJECT) continue;
        if (json->token[i].type != JSMN_STRING || json->token[i].size != 1)
            return "an object's key must be a string with one value";
    }
    return json->n == 0 || json->after[0] != json->n ? "it must hold exactly one value" : NULL;
}

static void json_link(Json *json) {
    for (int i = json->n - 1; i >= 0; i--) {
        if (json->after[i] == 0) json->after[i] = i + 1;
        int parent = json->token[i].parent;
        if (parent >= 0 && json->after[parent] == 0) json->after[parent] = json->after[i];
    }
}

Json *json_parse(const char *text, int64_t length, const char **error) {
    jsmn_parser parser;
    jsmn_init(&parser);
    int n = jsmn_parse(&parser, text, (size_t)length, NULL, 0);
    *error = n <= 0 ? "not valid JSON" : NULL;
    if (n <= 0) return NULL;
    Json *json = allocate(1, sizeof *json);
    json->text = allocate(length + 1, 1);
    memcpy(json->text, text, (size_t)length);
    json->token = allocate(n, sizeof *json->token);
    json->after = allocate(n, sizeof *json->after);
    jsmn_init(&parser);
    json->n = jsmn_parse(&parser, text, (size_t)length, json->token, (unsigned)n);
    if (json->n == n) {
        json_link(json);
        *error = json_check(json);
    } else {
        *error = "not valid JSON";
    }
    if (*error == NULL) return json;
    json_free(json);
    return NULL;
}

void json_free(Json *json) {
    if (json == NULL) return;
    free(json->text);
    free(json->token);
    free(json->after);
    free(json);
}

int json_first(const Json *json, int parent) {
    return json->token[parent].size > 0 ? parent + 1 : -1;
}

int json_next(const Json *json, int item) {
    int next = json->after[item];
    return next < json->n && json->token[next].parent == json->token[item].parent ? next : -1;
}

int json_value(const Json *json, int key) {
    (void)json;
    return key + 1;
}

static bool json_has_text(const Json *json, int at, const char *text) {
    char *own = json_text(json, at);
    bool same = strcmp(own, text) == 0;
    free(own);
    return same;
}

int json_get(const Json *json, int object, const char *key) {
    if (!json_is_object(json, object)) return -1;
    for (int at = json_first(json, object); at >= 0; at = json_next(json, at))
        if (json_has_text(json, at, key)) return json_value(json, at);
    return -1;
}

static bool json_is(const Json *json, int at, jsmntype_t type) {
    return at >= 0 && json->token[at].type == type;
}

bool json_is_object(const Json *json, int at) {
    return json_is(json, at, JSMN_OBJECT);
}
bool json_is_array(const Json *json, int at) {
    return json_is(json, at, JSMN_ARRAY);
}
bool json_is_string(const Json *json, int at) {
    return json_is(json, at, JSMN_STRING);
}

bool json_is_false(const Json *json, int at) {
    return json_is(json, at, JSMN_PRIMITIVE) && json->text[json->token[at].start] == 'f';
}

bool json_integer(const Json *json, int at, int64_t *value) {
    if (!json_is(json, at, JSMN_PRIMITIVE)) return false;
    char *end;
    errno = 0;
    *value = strtoll(json->text + json->token[at].start, &end, 10);
    return errno == 0 && end == json->text + json->token[at].end;
}

bool json_number(const Json *json, int at, double *value) {
    if (!json_is(json, at, JSMN_PRIMITIVE)) return false;
    char *end;
    *value = strtod(json->text + json->token[at].start, &end);
    return end == json->text + json->token[at].end;
}

static char *json_put_utf8(char *to, unsigned code) {
    if (code < 0x80) {
        *to++ = (char)code;
        return to;
    }
    if (code < 0x800) {
        *to++ = (char)(0xc0 | code >> 6);
    } else {
        *to++ = (char)(0xe0 | code >> 12);
        *to++ = (char)(0x80 | (code >> 6 & 0x3f));
    }
    *to++ = (char)(0x80 | (code & 0x3f));
    return to;
}

char *json_text(const Json *json, int at) {
    const char *from = json->text + json->token[at].start, *end = json->text + json->token[at].end;
    char *text = allocate(end - from + 1, 1), *to = text;
    static const char plain[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    while (from < end) {
        if (*from != '\\') {
            *to++ = *from++;
            continue;
        }
        const char *which = strchr(plain, from[1]);
        if (from[1] == 'u') {
            char digits[5] = {0};
            memcpy(digits, from + 2, 4);
            to = json_put_utf8(to, (unsigned)strtoul(digits, NULL, 16));
            from += 6;
        } else {
            *to++ = which != NULL ? meant[which - plain] : from[1];
            from += 2;
        }
    }
    *to = 0;
    return text;
}

void json_put_text(FILE *to, const char *text) {
    fputc('"', to);
    for (const unsigned char *c = (const unsigned char *)text; *c != 0; c++) {
        if (*c == '"' || *c == '\\') fprintf(to, "\\%c", *c);
        else if (*c == '\n') fputs("\\n", to);
        else if (*c < 0x20) fprintf(to, "\\u%04x", *c);
        else fputc(*c, to);
    }
    fputc('"', to);
}

void json_put_number(FILE *to, double value) {
    if (isfinite(value)) fprintf(to, "%.*g", sizeof(real) == 8 ? 17 : 9, value);
    else fputs("null", to);
}
