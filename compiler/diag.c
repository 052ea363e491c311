/* Diagnostics: collected while the stages run, printed once, in order of place. See diag.h. */
#include "diag.h"

#include "json.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    bool is_help;
    Span at; /* NO_SPAN if it has no place */
    const char *text;
} Remark;

typedef struct {
    DiagCode code;
    Span at;
    int order; /* of reporting: settles equal places */
    const char *message;
    struct { Remark *at; int n, room; } remarks;
} Error;

struct Diag {
    Arena *arena;
    struct { Source *at; int n, room; } sources;
    struct { Error *at; int n, room; } errors;
    int reported;  /* errors so far, those not kept included */
    int current;   /* the error that remarks attach to; -1: the last one was not kept */
};

static const char *const formats[D_COUNT] = {
#define DIAG(code, format) [D_##code] = format,
#include "diag.def"
#undef DIAG
};

static const char *const codes[D_COUNT] = {
#define DIAG(code, format) [D_##code] = #code,
#include "diag.def"
#undef DIAG
};

Span span_join(Span a, Span b) {
    if (a.file < 0) return b;
    if (b.file < 0) return a;
    return (Span){a.file, a.start, b.end};
}

Diag *diag_new(Arena *a) {
    Diag *d = NEW(a, Diag);
    d->arena = a;
    d->current = -1;
    return d;
}

int diag_add_source(Diag *d, const char *name, const char *text, int length, bool builtin) {
    LIST_ADD(d->arena, &d->sources, ((Source){name, text, length, builtin}));
    return d->sources.n - 1;
}

const Source *diag_source(const Diag *d, int file) {
    if (file < 0 || file >= d->sources.n) BUG("there is no source number %d", file);
    return &d->sources.at[file];
}

int diag_sources(const Diag *d) {
    return d->sources.n;
}

int diag_find_source(const Diag *d, const char *name) {
    for (int i = 0; i < diag_sources(d); i++)
        if (strcmp(diag_source(d, i)->name, name) == 0) return i;
    return -1;
}

int diag_errors(const Diag *d) {
    return d->reported;
}

static bool same_span(Span a, Span b) {
    return a.file == b.file && a.start == b.start && a.end == b.end;
}

static bool is_duplicate(const Diag *d, DiagCode code, Span at) {
    for (int i = 0; i < d->errors.n; i++)
        if (d->errors.at[i].code == code && at.file >= 0 && same_span(d->errors.at[i].at, at))
            return true;
    return false;
}

void diag_error(Diag *d, DiagCode code, Span at, ...) {
    va_list args;
    va_start(args, at);
    diag_verror(d, code, at, args);
    va_end(args);
}

void diag_verror(Diag *d, DiagCode code, Span at, va_list args) {
    d->current = -1;
    if (is_duplicate(d, code, at)) return;
    d->reported++;
    if (d->errors.n == DIAG_LIMIT) return;
    const char *message = arena_vprintf(d->arena, formats[code], args);
    d->current = d->errors.n;
    LIST_ADD(d->arena, &d->errors,
             ((Error){.code = code, .at = at, .order = d->errors.n, .message = message}));
}

static void add_remark(Diag *d, bool is_help, Span at, const char *format, va_list args) {
    if (d->current < 0) return;
    Remark remark = {is_help, at, arena_vprintf(d->arena, format, args)};
    LIST_ADD(d->arena, &d->errors.at[d->current].remarks, remark);
}

void diag_note(Diag *d, Span at, const char *format, ...) {
    va_list args;
    va_start(args, format);
    add_remark(d, false, at, format, args);
    va_end(args);
}

void diag_help(Diag *d, const char *format, ...) {
    va_list args;
    va_start(args, format);
    add_remark(d, true, NO_SPAN, format, args);
    va_end(args);
}

/* ---- places ---- */

static bool starts_character(char c) {
    return ((unsigned char)c & 0xc0) != 0x80;
}

static void find_place(const Source *source, int offset, int *line, int *col) {
    *line = *col = 1;
    for (int i = 0; i < offset && i < source->length; i++) {
        if (source->text[i] == '\n') {
            ++*line;
            *col = 1;
        } else if (starts_character(source->text[i])) {
            ++*col;
        }
    }
}

Place diag_place(const Diag *d, Span at) {
    const Source *source = diag_source(d, at.file);
    Place place;
    find_place(source, at.start, &place.line, &place.col);
    find_place(source, at.end, &place.end_line, &place.end_col);
    return place;
}

const char *diag_where(const Diag *d, Span at) {
    if (at.file < 0) return "genc";
    Place place = diag_place(d, at);
    return arena_printf(d->arena, "%s:%d:%d", diag_source(d, at.file)->name, place.line, place.col);
}

const char *diag_text(const Diag *d, Span at) {
    if (at.file < 0) return "";
    const Source *source = diag_source(d, at.file);
    int end = at.end < source->length ? at.end : source->length;
    int start = at.start < end ? at.start : end;
    return arena_strndup(d->arena, source->text + start, (size_t)(end - start));
}

/* ---- suggestions ---- */

enum { LONGEST_NAME = 63 };

static int least(int a, int b) {
    return a < b ? a : b;
}

/* Edits that turn a into b: insert, delete, replace, or swap two neighbours (optimal string
 * alignment). Names longer than LONGEST_NAME are never near anything. */
static int edit_distance(const char *a, const char *b) {
    int m = (int)strlen(a), n = (int)strlen(b);
    if (m > LONGEST_NAME || n > LONGEST_NAME) return LONGEST_NAME;
    int cost[LONGEST_NAME + 1][LONGEST_NAME + 1];
    for (int i = 0; i <= m; i++) cost[i][0] = i;
    for (int j = 0; j <= n; j++) cost[0][j] = j;
    for (int i = 1; i <= m; i++)
        for (int j = 1; j <= n; j++) {
            int replace = cost[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            cost[i][j] = least(replace, least(cost[i - 1][j], cost[i][j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                cost[i][j] = least(cost[i][j], cost[i - 2][j - 2] + 1);
        }
    return cost[m][n];
}

const char *diag_nearest(const char *wanted, const char *const *names, int n) {
    const char *nearest = NULL;
    int nearest_distance = 3;
    for (int i = 0; i < n; i++) {
        int distance = edit_distance(wanted, names[i]);
        if (distance < nearest_distance && 2 * distance < (int)strlen(wanted)) {
            nearest = names[i];
            nearest_distance = distance;
        }
    }
    return nearest;
}

void diag_suggest(Diag *d, const char *wanted, const char *const *names, int n) {
    const char *near = diag_nearest(wanted, names, n);
    if (near) diag_help(d, "did you mean '%s'?", near);
}

/* ---- printing for people ---- */

typedef struct { const char *bold, *red, *blue, *off; } Colours;

static const Colours no_colours = {"", "", "", ""};
static const Colours terminal_colours = {"\033[1m", "\033[1;31m", "\033[1;34m", "\033[0m"};

static int by_place(const void *left, const void *right) {
    const Error *a = left, *b = right;
    if (a->at.file != b->at.file) return a->at.file < b->at.file ? -1 : 1;
    if (a->at.start != b->at.start) return a->at.start < b->at.start ? -1 : 1;
    return a->order < b->order ? -1 : 1;
}

static Error *sorted_errors(const Diag *d) {
    Error *sorted = NEW_ARRAY(d->arena, Error, d->errors.n);
    if (d->errors.n) memcpy(sorted, d->errors.at, (size_t)d->errors.n * sizeof *sorted);
    qsort(sorted, (size_t)d->errors.n, sizeof *sorted, by_place);
    return sorted;
}

/* Source text as it may safely stand on a terminal: control characters become '?'. */
static void put_source(FILE *out, const char *text, int n) {
    for (int i = 0; i < n; i++) {
        unsigned char c = (unsigned char)text[i];
        fputc((c < 0x20 && c != '\t') || c == 0x7f ? '?' : c, out);
    }
}

enum { SHOWN_BEFORE = 100, SHOWN_AFTER = 100 }; /* bytes of a long line around the place */

/* The part of the line around [start, end) that is worth showing: line_start and line_end. */
static void line_around(const Source *source, int start, int end, int *line_start, int *line_end) {
    const char *text = source->text;
    *line_start = *line_end = start;
    while (*line_start > 0 && text[*line_start - 1] != '\n' && start - *line_start < SHOWN_BEFORE)
        --*line_start;
    while (*line_start < start && !starts_character(text[*line_start])) ++*line_start;
    int limit = (end > start && end - start < SHOWN_AFTER ? end : start) + SHOWN_AFTER;
    while (*line_end < source->length && text[*line_end] != '\n' && *line_end < limit) ++*line_end;
    while (*line_end > start && *line_end < source->length && !starts_character(text[*line_end]))
        --*line_end;
    if (*line_end > start && text[*line_end - 1] == '\r') --*line_end;
}

static void put_excerpt(const Diag *d, Span at, FILE *out, const Colours *colour) {
    const Source *source = diag_source(d, at.file);
    int start = least(at.start, source->length), line_start, line_end;
    line_around(source, start, least(at.end, source->length), &line_start, &line_end);
    fprintf(out, "%s%5d |%s ", colour->blue, diag_place(d, at).line, colour->off);
    put_source(out, source->text + line_start, line_end - line_start);
    fprintf(out, "\n%s      |%s ", colour->blue, colour->off);
    for (int i = line_start; i < start; i++)
        if (source->text[i] == '\t') fputc('\t', out);
        else if (starts_character(source->text[i])) fputc(' ', out);
    fputs(colour->red, out);
    int end = least(at.end, line_end);
    fputc('^', out);
    for (int i = start + 1; i < end; i++)
        if (starts_character(source->text[i])) fputc('^', out);
    fprintf(out, "%s\n", colour->off);
}

static void put_remark(const Diag *d, const Remark *remark, FILE *out, const Colours *colour) {
    fprintf(out, "%s%s:%s %s", colour->blue, remark->is_help ? "help" : "note", colour->off,
            remark->text);
    if (remark->at.file >= 0) fprintf(out, " at %s", diag_where(d, remark->at));
    fputc('\n', out);
}

void diag_print(const Diag *d, FILE *out, bool colour) {
    const Colours *colours = colour ? &terminal_colours : &no_colours;
    const Error *errors = sorted_errors(d);
    for (int i = 0; i < d->errors.n; i++) {
        const Error *e = &errors[i];
        fprintf(out, "%s%s: %serror:%s%s %s%s\n", colours->bold, diag_where(d, e->at), colours->red,
                colours->off, colours->bold, e->message, colours->off);
        if (e->at.file >= 0) put_excerpt(d, e->at, out, colours);
        for (int k = 0; k < e->remarks.n; k++) put_remark(d, &e->remarks.at[k], out, colours);
    }
    if (d->reported > d->errors.n)
        fprintf(out, "too many errors: %d are shown, %d more are not\n", d->errors.n,
                d->reported - d->errors.n);
}

/* ---- printing for programs ---- */

static void json_place(const Diag *d, cJSON *object, Span at) {
    if (at.file < 0) {
        cJSON_AddNullToObject(object, "file");
        return;
    }
    Place place = diag_place(d, at);
    cJSON_AddStringToObject(object, "file", diag_source(d, at.file)->name);
    cJSON_AddNumberToObject(object, "line", place.line);
    cJSON_AddNumberToObject(object, "col", place.col);
    cJSON_AddNumberToObject(object, "end_line", place.end_line);
    cJSON_AddNumberToObject(object, "end_col", place.end_col);
}

static char *lower_case(Arena *a, const char *s) {
    char *lower = arena_strndup(a, s, strlen(s));
    for (char *c = lower; *c; c++) *c = (char)tolower((unsigned char)*c);
    return lower;
}

/* All help lines in one string, or NULL. */
static const char *all_help(Arena *a, const Error *e) {
    Text help = {.arena = a};
    for (int i = 0; i < e->remarks.n; i++)
        if (e->remarks.at[i].is_help)
            text_printf(&help, "%s%s", help.n ? "\n" : "", e->remarks.at[i].text);
    return help.at;
}

bool diag_said(const Diag *d, int i, DiagSaid *out) {
    if (i >= d->errors.n) return false;
    const Error *e = &sorted_errors(d)[i];
    Text help = {.arena = d->arena};
    *out = (DiagSaid){lower_case(d->arena, codes[e->code]), e->message, NULL, e->at, {0}};
    for (int k = 0; k < e->remarks.n; k++) {
        const Remark *r = &e->remarks.at[k];
        if (r->is_help || r->at.file < 0)
            text_printf(&help, "%s%s: %s", help.n ? "\n" : "", r->is_help ? "help" : "note", r->text);
        else LIST_ADD(d->arena, &out->notes, ((DiagNote){r->at, r->text}));
    }
    out->help = help.at;
    return true;
}

static cJSON *json_notes(const Diag *d, const Error *e) {
    cJSON *notes = cJSON_CreateArray();
    for (int i = 0; i < e->remarks.n; i++) {
        if (e->remarks.at[i].is_help) continue;
        cJSON *note = cJSON_CreateObject();
        json_place(d, note, e->remarks.at[i].at);
        cJSON_AddStringToObject(note, "message", e->remarks.at[i].text);
        cJSON_AddItemToArray(notes, note);
    }
    return notes;
}

static cJSON *json_error(const Diag *d, const Error *e) {
    cJSON *object = cJSON_CreateObject();
    json_place(d, object, e->at);
    cJSON_AddStringToObject(object, "severity", "error");
    cJSON_AddStringToObject(object, "code", lower_case(d->arena, codes[e->code]));
    cJSON_AddStringToObject(object, "message", e->message);
    const char *help = all_help(d->arena, e);
    if (help) cJSON_AddStringToObject(object, "help", help);
    else cJSON_AddNullToObject(object, "help");
    cJSON_AddItemToObject(object, "notes", json_notes(d, e));
    return object;
}

void diag_print_json_all(const Diag *const *diags, int n, FILE *out) {
    cJSON *array = cJSON_CreateArray();
    for (int i = 0; i < n; i++) {
        const Error *errors = sorted_errors(diags[i]);
        for (int k = 0; k < diags[i]->errors.n; k++)
            cJSON_AddItemToArray(array, json_error(diags[i], &errors[k]));
    }
    json_print(array, out);
}

void diag_print_json(const Diag *d, FILE *out) {
    diag_print_json_all(&d, 1, out);
}
