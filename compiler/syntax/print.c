/* syntax_print: the canonical text of a file, comments kept; syntax_print_tree: one tree, one line.
 * Requires: a tree without errors. Leaves: text whose own canonical form is itself.
 *
 * Statements are written one after another into lines. A body that stood on one line stays on one
 * if it fits. Comments are taken from the file's list in order: those that come before a statement
 * stand above it, one that follows on its line stays there. In the end neighbours are aligned. */
#include "print.h"

#include <string.h>

/* ---- lines ---- */

void print_put(Printer *p, const char *text) {
    if (!p->measuring) text_put(&p->line, text);
    p->column += text_letters(text);
}

bool print_fits(const Printer *p, int width) {
    return p->one_line || p->column + width + p->in_brackets <= PRINT_WIDTH;
}

static void end_line(Printer *p) {
    const char *text = p->line.at ? p->line.at : "";
    LIST_ADD(p->arena, &p->lines, ((PrintLine){text, p->comment, p->align_at, p->align_key,
                                               p->blank_before}));
    p->line = (Text){.arena = p->arena};
    p->column = p->align_at = p->align_key = 0;
    p->comment = NULL;
    p->blank_before = false;
}

static void begin_line(Printer *p, int indent) {
    for (int i = 0; i < indent; i++) print_put(p, " ");
}

void print_break(Printer *p, int indent) {
    p->align_key = 0;
    end_line(p);
    begin_line(p, indent);
    p->align_key = -1; /* what goes on from the line above aligns with nothing */
}

void print_align(Printer *p, const Tree *t, char separator) {
    if (p->align_key != 0 || p->in_braces > 0 || p->flat) return;
    bool several = t->kind == TREE_BIND && t->kid[0]->list.n > 1;
    p->align_at = (int)p->line.n;
    p->align_key = t->kind << 9 | several << 8 | separator;
}

int print_flat_width(const Printer *p, const Tree *t) {
    if (p->flat) return 0;
    Printer measure = {.arena = p->arena, .flat = true, .measuring = true};
    print_expression(&measure, t);
    return measure.column;
}

/* ---- comments and blank lines ---- */

static const Comment *next_comment(const Printer *p) {
    if (!p->file || p->next_comment >= p->file->comments.n) return NULL;
    return &p->file->comments.at[p->next_comment];
}

bool print_has_comment_before(const Printer *p, int offset) {
    const Comment *comment = next_comment(p);
    return comment && comment->span.start < offset;
}

static const char *comment_text(Printer *p, const Comment *comment) {
    return arena_printf(p->arena, "#%s", comment->text);
}

/* Takes the next comment into the line under construction, whose text ended at `offset`, if it
 * stood inside that text or follows it on its line, and comes before `limit`. */
void print_trailing_comment(Printer *p, int offset, int limit) {
    if (p->flat || p->comment || !print_has_comment_before(p, limit)) return;
    const Comment *comment = next_comment(p);
    int between = comment->span.start - offset;
    if (between > 0 && memchr(p->source + offset, '\n', (size_t)between)) return;
    p->comment = comment_text(p, comment);
    p->next_comment++;
}

/* Ends the line and puts the comments before `offset` on lines of their own: the last of them is
 * left under construction. */
void print_comment_lines(Printer *p, int offset, int indent) {
    while (print_has_comment_before(p, offset)) {
        print_break(p, indent);
        print_put(p, comment_text(p, next_comment(p)));
        p->next_comment++;
    }
}

static bool blank_line_before(const Printer *p, int offset) {
    int newlines = 0;
    while (offset > 0 && strchr(" \t\r\n", p->source[offset - 1]))
        newlines += p->source[--offset] == '\n';
    return newlines > 1;
}

/* ---- statements ---- */

static bool on_one_line(const Printer *p, Span at) {
    return !memchr(p->source + at.start, '\n', (size_t)(at.end - at.start));
}

/* A declaration whose braces hold a list, not a BODY. */
static bool has_braces(const Tree *t) {
    return t->kind == TREE_TRAIN || t->kind == TREE_DISTRIBUTION;
}

/* Where its first body opens that stood on several lines; -1 if there is none. */
static int first_open_brace(const Printer *p, const Tree *t) {
    if (t->kind == TREE_BODY) return on_one_line(p, t->span) ? -1 : t->span.start;
    const Tree *items = has_braces(t) ? t->kid[t->kind == TREE_DISTRIBUTION] : NULL;
    if (items) {
        Span braces = {t->span.file, items->name_span.start, t->span.end};
        return on_one_line(p, braces) ? -1 : items->name_span.start;
    }
    for (int i = 0; i < TREE_MAX_KIDS; i++) {
        int open = t->kid[i] ? first_open_brace(p, t->kid[i]) : -1;
        if (open >= 0) return open;
    }
    for (int i = 0; i < t->list.n; i++) {
        int open = first_open_brace(p, t->list.at[i]);
        if (open >= 0) return open;
    }
    return -1;
}

bool print_holds_tall_body(const Printer *p, const Tree *t) {
    return !p->flat && first_open_brace(p, t) >= 0;
}

/* The pipeline that is the statement's value and can keep comments between its parts; or NULL. */
static const Tree *main_pipe(const Tree *t) {
    const Tree *value = NULL;
    for (int i = 0; i < TREE_MAX_KIDS; i++)
        if (t->kid[i] && t->kid[i]->kind == TREE_PIPE) value = t->kid[i];
    if (t->kind == TREE_RETURN && t->kid[0]->list.n == 1) value = t->kid[0]->list.at[0];
    return value && value->kind == TREE_PIPE ? value : NULL;
}

/* Comments before this offset go above the statement. */
static int comments_above(const Printer *p, const Tree *t) {
    int limit = t->span.end;
    int open = first_open_brace(p, t);
    if (open >= 0) limit = open;
    const Tree *first = main_pipe(t);
    while (first && first->kind == TREE_PIPE) first = first->kid[0];
    if (t->kind == TREE_DATA && !first) first = t->kid[1];
    return first && first->span.end < limit ? first->span.end : limit;
}

/* Comments before this offset stand between parts of the statement, on lines of their own. */
static int last_part(const Tree *t) {
    const Tree *last = main_pipe(t);
    if (t->kind == TREE_DATA && t->kid[2]->list.n > 0)
        last = t->kid[2]->list.at[t->kid[2]->list.n - 1];
    if (!last) return t->span.start;
    return last->kind == TREE_PIPE ? last->kid[1]->span.start : last->span.start;
}

/* Puts the comments that belong above `t` on lines of their own. */
static void print_comments_above(Printer *p, const Tree *t, bool first) {
    int limit = comments_above(p, t);
    bool blank = !first && blank_line_before(p, t->span.start);
    while (print_has_comment_before(p, limit)) {
        const Comment *comment = next_comment(p);
        bool inside = comment->span.start > t->span.start;
        p->blank_before = inside ? blank : !first && blank_line_before(p, comment->span.start);
        if (inside) blank = false;
        first = false;
        begin_line(p, p->indent);
        print_put(p, comment_text(p, comment));
        end_line(p);
        p->next_comment++;
        if (!inside) blank = blank_line_before(p, t->span.start);
    }
    p->blank_before = blank;
}

/* Puts the comments before `offset` that no statement follows. */
static void print_last_comments(Printer *p, int offset, bool first) {
    while (print_has_comment_before(p, offset)) {
        const Comment *comment = next_comment(p);
        p->blank_before = !first && blank_line_before(p, comment->span.start);
        first = false;
        begin_line(p, p->indent);
        print_put(p, comment_text(p, comment));
        end_line(p);
        p->next_comment++;
    }
}

/* One statement and the comments that belong to it; the next thing begins at `limit`. It stays on
 * one line if it fits and nothing in it stood on several. */
static void print_item(Printer *p, const Tree *t, bool first, int limit) {
    print_comments_above(p, t, first);
    begin_line(p, p->indent);
    bool outer_one_line = p->one_line;
    int outer_brackets = p->in_brackets;
    p->one_line = false;
    p->in_brackets = 0;
    p->one_line = first_open_brace(p, t) < 0 && !print_has_comment_before(p, last_part(t)) &&
                  print_fits(p, print_flat_width(p, t));
    if (!p->one_line) p->align_key = -1;
    print_statement(p, t);
    print_trailing_comment(p, t->span.end, limit);
    end_line(p);
    p->one_line = outer_one_line;
    p->in_brackets = outer_brackets;
}

/* The items of a body or file whose text ends at `end`. */
static void print_items(Printer *p, const Tree *items, int end) {
    for (int i = 0; i < items->list.n; i++) {
        int limit = i + 1 < items->list.n ? items->list.at[i + 1]->span.start : end;
        print_item(p, items->list.at[i], i == 0, limit);
    }
    print_last_comments(p, end, items->list.n == 0);
}

/* { a   b } */
static void print_flat_braces(Printer *p, const Tree *items) {
    print_put(p, "{ ");
    p->in_braces++;
    for (int i = 0; i < items->list.n; i++) {
        if (i > 0) print_put(p, "   ");
        print_statement(p, items->list.at[i]);
    }
    p->in_braces--;
    print_put(p, items->list.n ? " }" : "}");
}

static int flat_braces_width(const Printer *p, const Tree *items) {
    Printer measure = {.arena = p->arena, .flat = true, .measuring = true};
    print_flat_braces(&measure, items);
    return measure.column;
}

static void print_tall_braces(Printer *p, const Tree *items, int start, int end) {
    print_put(p, "{");
    p->align_key = -1;
    print_trailing_comment(p, start + 1, items->list.n ? items->list.at[0]->span.start : end - 1);
    end_line(p);
    int outer_braces = p->in_braces;
    p->in_braces = 0;
    p->indent += PRINT_INDENT;
    print_items(p, items, end - 1);
    p->indent -= PRINT_INDENT;
    p->in_braces = outer_braces;
    begin_line(p, p->indent);
    print_put(p, "}");
    p->align_key = -1;
}

void print_braces(Printer *p, const Tree *items, int end) {
    if (p->flat || p->one_line) print_flat_braces(p, items);
    else print_tall_braces(p, items, items->name_span.start, end);
}

void print_body(Printer *p, const Tree *body) {
    if (p->flat || p->one_line) print_flat_braces(p, body->kid[0]);
    else print_tall_braces(p, body->kid[0], body->span.start, body->span.end);
}

void print_inner_body(Printer *p, const Tree *body) {
    bool flat = p->flat || (on_one_line(p, body->span) &&
                            print_fits(p, flat_braces_width(p, body->kid[0])));
    if (flat) print_flat_braces(p, body->kid[0]);
    else print_tall_braces(p, body->kid[0], body->span.start, body->span.end);
}

/* ---- alignment ---- */

typedef struct { int first, end, column; } Run; /* lines [first, end) share a column */

static size_t indent_of(const char *text) {
    return strspn(text, " ");
}

/* Comments where a body opens or closes speak of the body: they align with no neighbour. */
static bool is_edge_of_body(const char *text) {
    size_t n = strlen(text);
    return text[indent_of(text)] == '}' || (n > 0 && text[n - 1] == '{');
}

static int larger(int a, int b) {
    return a > b ? a : b;
}

/* Do the lines of `run` stay within the width with their separators in one column? */
static bool separators_fit(const Printer *p, Run run) {
    for (int i = run.first; i < run.end; i++) {
        const PrintLine *line = &p->lines.at[i];
        if (text_letters(line->text) + run.column - line->align_at > PRINT_WIDTH) return false;
    }
    return true;
}

/* The lines from `first` on whose separators stand in one column: as many as then still fit. */
static Run aligned_run(const Printer *p, int first) {
    const PrintLine *lines = p->lines.at;
    Run run = {first, first + 1, lines[first].align_at};
    while (run.end < p->lines.n && lines[run.end].align_key == lines[first].align_key &&
           !lines[run.end].blank_before) {
        Run longer = {first, run.end + 1, larger(run.column, lines[run.end].align_at)};
        if (!separators_fit(p, longer)) break;
        run = longer;
    }
    return run;
}

static void align_separators(Printer *p) {
    for (int i = 0; i < p->lines.n; i++) {
        if (p->lines.at[i].align_key <= 0) continue;
        Run run = aligned_run(p, i);
        for (i = run.first; i < run.end; i++) {
            PrintLine *line = &p->lines.at[i];
            int padding = run.column - line->align_at;
            line->text = arena_printf(p->arena, "%.*s%*s%s", line->align_at, line->text, padding,
                                      "", line->text + line->align_at);
        }
        i--;
    }
}

/* Can the comment of line `next` stand in one column with that of the line above it? */
static bool comments_belong_together(const PrintLine *next) {
    const PrintLine *above = next - 1;
    return next->comment && !next->blank_before &&
           indent_of(next->text) == indent_of(above->text) &&
           !is_edge_of_body(next->text) && !is_edge_of_body(above->text);
}

/* The lines from `first` on whose comments stand in one column: as many as then still fit. */
static Run comment_run(const Printer *p, int first) {
    const PrintLine *lines = p->lines.at;
    Run run = {first, first + 1, text_letters(lines[first].text) + 2};
    int widest = text_letters(lines[first].comment);
    while (run.end < p->lines.n && comments_belong_together(&lines[run.end])) {
        int column = larger(run.column, text_letters(lines[run.end].text) + 2);
        widest = larger(widest, text_letters(lines[run.end].comment));
        if (column + widest > PRINT_WIDTH) break;
        run.column = column;
        run.end++;
    }
    return run;
}

static void put_comments_in_column(Printer *p) {
    for (int i = 0; i < p->lines.n; i++) {
        if (!p->lines.at[i].comment) continue;
        Run run = comment_run(p, i);
        for (i = run.first; i < run.end; i++) {
            PrintLine *line = &p->lines.at[i];
            int padding = run.column - text_letters(line->text);
            line->text = arena_printf(p->arena, "%s%*s%s", line->text, padding, "", line->comment);
        }
        i--;
    }
}

char *syntax_print(Arena *a, const Diag *d, const SyntaxFile *file) {
    const Source *source = diag_source(d, file->source);
    Printer p = {.arena = a, .file = file, .source = source->text, .line = {.arena = a}};
    print_items(&p, file->decls, source->length + 1);
    align_separators(&p);
    put_comments_in_column(&p);
    Text text = {.arena = a};
    text_put(&text, "");
    for (int i = 0; i < p.lines.n; i++)
        text_printf(&text, "%s%s\n", p.lines.at[i].blank_before ? "\n" : "", p.lines.at[i].text);
    return text.at;
}

char *syntax_print_marked(Arena *a, const Tree *t, SyntaxMark *marks, int n) {
    Printer p = {.arena = a, .flat = true, .line = {.arena = a}, .marks = marks, .n_marks = n};
    for (int i = 0; i < n; i++) marks[i].start = marks[i].end = -1;
    print_expression(&p, t);
    return p.line.at ? p.line.at : arena_strndup(a, "", 0);
}

char *syntax_print_tree(Arena *a, const Tree *t) {
    return syntax_print_marked(a, t, NULL, 0);
}
