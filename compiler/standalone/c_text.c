/* c_text.c: the names in a C file. See c_text.h. */
#include "c_text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    Arena *arena;
    const char *at;
    CText *into;
    int depth; /* of braces */
    /* of the item at the top level that is being read */
    bool is_static, is_typedef, is_extern, valued;
    const char *last;     /* the identifier before what comes next */
    const char *called;   /* the one before the first bracket */
    const char *variable; /* the last one before a value, an index or the end */
} Lexer;

bool c_text_has(const NameList *list, const char *interned) {
    for (int i = 0; i < list->n; i++)
        if (list->at[i] == interned) return true;
    return false;
}

/* ---- what is no code ---- */

static void skip_quoted(Lexer *x) {
    char quote = *x->at++;
    while (*x->at && *x->at != quote) x->at += x->at[0] == '\\' && x->at[1] ? 2 : 1;
    x->at += *x->at != 0;
}

static void skip_comment(Lexer *x) {
    const char *end = strstr(x->at + 2, "*/");
    x->at = end ? end + 2 : x->at + strlen(x->at);
}

/* ---- items ---- */

static void add_once(Arena *a, NameList *list, const char *name) {
    if (name && !c_text_has(list, name)) LIST_ADD(a, list, name);
}

/* At a function's body, a value or the end. */
static void end_item(Lexer *x, bool body) {
    const char *name = x->called ? x->called : x->variable ? x->variable : x->last;
    bool defined = body ? x->called != NULL : !x->called && !x->is_extern;
    if (defined && !x->is_static && !x->is_typedef) add_once(x->arena, &x->into->defined, name);
    add_once(x->arena, &x->into->top, name);
    x->is_static = x->is_typedef = x->is_extern = x->valued = false;
    x->last = x->called = x->variable = NULL;
}

static void read_mark(Lexer *x) {
    char c = *x->at++;
    if (x->depth == 0 && c == '(' && !x->called && !x->valued) x->called = x->last;
    if (x->depth == 0 && (c == '=' || c == '[') && !x->valued && !x->called) x->variable = x->last;
    if (x->depth == 0 && c == '=') x->valued = true;
    if (x->depth == 0 && c == ';') end_item(x, false);
    if (c == '{' && x->depth++ == 0 && x->called && !x->valued) x->last = NULL;
    if (c != '}' || --x->depth > 0) return;
    if (x->called && !x->valued && !x->is_typedef) end_item(x, true);
    x->last = NULL;
}

static const char *take_name(Lexer *x) {
    const char *start = x->at;
    while (isalnum((unsigned char)*x->at) || *x->at == '_') x->at++;
    const char *name = intern_n(x->arena, start, (size_t)(x->at - start));
    LIST_ADD(x->arena, &x->into->mentioned, name);
    return name;
}

static void read_name(Lexer *x) {
    const char *name = take_name(x);
    if (x->depth > 0) return;
    if (strcmp(name, "static") == 0) x->is_static = true;
    else if (strcmp(name, "typedef") == 0) x->is_typedef = true;
    else if (strcmp(name, "extern") == 0) x->is_extern = true;
    else x->last = name;
}

static bool begins_name(char c) {
    return isalpha((unsigned char)c) || c == '_';
}

/* Of a macro, what it stands for is mentioned; it defines nothing that a linker sees. */
static void read_directive(Lexer *x) {
    bool define = strncmp(x->at, "#define", 7) == 0;
    while (*x->at && *x->at != '\n') {
        if (x->at[0] == '\\' && x->at[1]) x->at += 2;
        else if (x->at[0] == '/' && x->at[1] == '*') skip_comment(x);
        else if (define && *x->at == '"') skip_quoted(x);
        else if (define && begins_name(*x->at)) take_name(x);
        else x->at++;
    }
}

static int by_pointer(const void *a, const void *b) {
    const char *const *x = a, *const *y = b;
    return (*x > *y) - (*x < *y);
}

static void drop_repeated(NameList *list) {
    int n = 0;
    LIST_SORT(list, by_pointer);
    for (int i = 0; i < list->n; i++)
        if (i == 0 || list->at[i] != list->at[i - 1]) list->at[n++] = list->at[i];
    list->n = n;
}

CText c_text_read(Arena *a, const char *text) {
    CText read = {0};
    Lexer x = {.arena = a, .at = text, .into = &read};
    bool line_starts = true;
    while (*x.at) {
        char c = *x.at;
        if (c == '/' && x.at[1] == '*') skip_comment(&x);
        else if (c == '"' || c == '\'') skip_quoted(&x);
        else if (c == '#' && line_starts) read_directive(&x);
        else if (begins_name(c)) read_name(&x);
        else if (isdigit((unsigned char)c))
            while (isalnum((unsigned char)*x.at) || *x.at == '.') x.at++;
        else if (isspace((unsigned char)c)) x.at++;
        else read_mark(&x);
        line_starts = c == '\n' || (line_starts && c == ' ');
    }
    drop_repeated(&read.mentioned);
    return read;
}
