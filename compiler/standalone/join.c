/* join.c: files of the runtime one behind the other, in one. What each includes stands once, before
 * all of them. */
#include "standalone.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { DEEPEST = 16 };

typedef struct {
    Runtime *runtime;
    Arena *arena;
    const char *guard; /* of a header: its name; NULL: none, or not yet */
    int depth;         /* of conditions that are kept */
    const char *condition[DEEPEST];
    bool other[DEEPEST]; /* behind its #else */
    LIST(const char *) lines;
    Includes *includes;
} Joiner;

static bool begins(const char *line, const char *with) {
    return strncmp(line, with, strlen(with)) == 0;
}

static void add_include(Joiner *j, const char *condition, const char *header) {
    for (int i = 0; i < j->includes->n; i++)
        if (strcmp(j->includes->at[i].condition, condition) == 0 &&
            strcmp(j->includes->at[i].header, header) == 0)
            return;
    LIST_ADD(j->arena, j->includes, ((Include){condition, header}));
}

/* <png.h>: to the others, under the condition it has; a header that we have stands where it is. */
static void take_include(Joiner *j, const char *line) {
    const char *header = line + strlen("#include ");
    if (*header == '"') return;
    char *name = arena_strndup(j->arena, header + 1, strlen(header) - 2);
    const RuntimeFile *own = runtime_file(j->runtime, name);
    if (own) LIST_ADD(j->arena, &j->lines, own->file->text);
    else if (j->depth > 1 || (j->depth == 1 && j->other[0])) LIST_ADD(j->arena, &j->lines, line);
    else add_include(j, j->depth ? j->condition[0] : "", header);
}

/* Whether a line begins or ends the guard of a header. */
static bool is_guard(Joiner *j, const char *line, bool is_header) {
    size_t n = strlen(line);
    if (is_header && !j->guard && begins(line, "#ifndef ") && n > 2 &&
        strcmp(line + n - 2, "_H") == 0) {
        j->guard = line + strlen("#ifndef ");
        return true;
    }
    if (!j->guard) return false;
    bool defines = begins(line, "#define ") && strcmp(line + strlen("#define "), j->guard) == 0;
    return defines || (begins(line, "#endif") && j->depth == 0);
}

static void follow_condition(Joiner *j, const char *line) {
    if (begins(line, "#if")) {
        if (j->depth == DEEPEST) BUG("conditions too deep in the runtime");
        j->condition[j->depth] = line;
        j->other[j->depth++] = false;
    }
    if (begins(line, "#el") && j->depth > 0) j->other[j->depth - 1] = true;
    if (begins(line, "#endif") && j->depth > 0) j->depth--;
}

static bool is_blank(const char *line) {
    return line[strspn(line, " \t")] == 0;
}

/* The last line that is not blank; -1 if there is none. */
static int last_line(const Joiner *j) {
    int i = j->lines.n - 1;
    while (i >= 0 && is_blank(j->lines.at[i])) i--;
    return i;
}

/* A condition around nothing, since what it included stands elsewhere, is dropped; so are empty
 * lines behind one. */
static void add_line(Joiner *j, const char *line) {
    int last = last_line(j);
    if (begins(line, "#endif") && last >= 0 && begins(j->lines.at[last], "#if")) {
        j->lines.n = last;
        return;
    }
    if (is_blank(line) && last < j->lines.n - 1) return;
    LIST_ADD(j->arena, &j->lines, line);
}

/* Whether a line at the top level defines or declares one of these functions. */
static bool begins_own(Arena *a, const char *line, const NameList *own) {
    if (!own || !(isalpha((unsigned char)*line) || *line == '_')) return false;
    if (begins(line, "static ") || begins(line, "typedef ") || begins(line, "GEN_")) return false;
    const char *bracket = strchr(line, '('), *start = bracket;
    while (start && start > line && (isalnum((unsigned char)start[-1]) || start[-1] == '_'))
        start--;
    return start && start > line && c_text_has(own, intern_n(a, start, (size_t)(bracket - start)));
}

void join_file(Runtime *r, const RuntimeFile *f, const NameList *own, Text *out,
               Includes *includes) {
    Joiner j = {.runtime = r, .arena = out->arena, .includes = includes};
    for (const char *at = f->file->text; *at;) {
        size_t n = strcspn(at, "\n");
        const char *line = arena_strndup(out->arena, at, n);
        at += n + (at[n] == '\n');
        if (is_guard(&j, line, f->is_header)) continue;
        if (begins(line, "#include ")) take_include(&j, line);
        else
            add_line(&j, begins_own(out->arena, line, own)
                             ? arena_printf(out->arena, "static %s", line)
                             : line);
        follow_condition(&j, line);
    }
    j.lines.n = last_line(&j) + 1;
    for (int i = 0; i < j.lines.n; i++) text_printf(out, "%s\n", j.lines.at[i]);
}

static bool stands_before(const Includes *includes, int first, const Include *what) {
    for (int i = 0; i < first; i++)
        if (strcmp(includes->at[i].header, what->header) == 0 && !*includes->at[i].condition)
            return true;
    return false;
}

static int by_condition(const void *one, const void *other) {
    const Include *a = one, *b = other;
    int order = strcmp(a->condition, b->condition);
    return order ? order : strcmp(a->header, b->header);
}

void join_put_includes(Arena *a, const Includes *includes, int first, Text *out) {
    Includes left = {0};
    for (int i = first; i < includes->n; i++)
        if (!stands_before(includes, first, &includes->at[i])) LIST_ADD(a, &left, includes->at[i]);
    LIST_SORT(&left, by_condition);
    const char *open = "";
    for (int i = 0; i < left.n; i++) {
        if (strcmp(open, left.at[i].condition) != 0) {
            text_printf(out, "%s%s\n", *open ? "#endif\n" : "", left.at[i].condition);
            open = left.at[i].condition;
        }
        text_printf(out, "#include %s\n", left.at[i].header);
    }
    if (*open) text_put(out, "#endif\n");
}

void join_put_comment(const char *text, Text *out) {
    while (*text) {
        size_t n = strcspn(text, "\n");
        text_printf(out, " *%s%.*s\n", n ? " " : "", (int)n, text);
        text += n + (text[n] == '\n');
    }
}

void join_put_pragmas(Text *out) {
    text_put(out,
             "#ifndef _OPENMP\n"
             "#pragma GCC diagnostic ignored \"-Wunknown-pragmas\" /* loops stay serial */\n"
             "#endif\n"
             "#ifdef __clang__\n"
             "#pragma clang diagnostic ignored \"-Wpass-failed\" /* they are slow, not wrong */\n"
             "#endif\n");
}

const char *join_quoted(Arena *a, const char *word) {
    Text t = {.arena = a};
    bool plain = *word != 0 && *word != '-';
    for (const char *at = word; *at; at++)
        plain = plain && (isalnum((unsigned char)*at) || strchr("._-+/,", *at));
    if (plain) return word;
    text_put(&t, *word == '-' ? "./'" : "'");
    for (const char *at = word; *at; at++) text_printf(&t, *at == '\'' ? "'\\''" : "%c", *at);
    text_put(&t, "'");
    return t.at;
}
