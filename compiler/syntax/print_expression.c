/* Expressions in canonical form: brackets by precedence, one space around operators, none in
 * powers, ranges of simple ends, and products that begin with a number (4*n, 1/2).
 *
 * On a line too short, a pipeline breaks before every |>, a call between its arguments, a sum or
 * product before an operator. */
#include "print.h"

#include <string.h>

/* How tightly each kind binds; what binds less than its place demands gets brackets. */
enum { PIPE = 1, COMPARISON, RANGE, SUM, PRODUCT, UNARY, POWER, POSTFIX, PRIMARY };

static const struct { const char *name; int level, left, right; } operators[] = {
    {"<", COMPARISON, RANGE, RANGE},   {">", COMPARISON, RANGE, RANGE},
    {"<=", COMPARISON, RANGE, RANGE},  {">=", COMPARISON, RANGE, RANGE},
    {"==", COMPARISON, RANGE, RANGE},  {"!=", COMPARISON, RANGE, RANGE},
    {"..", RANGE, SUM, SUM},           {"+", SUM, SUM, PRODUCT},
    {"-", SUM, SUM, PRODUCT},          {"*", PRODUCT, PRODUCT, UNARY},
    {"/", PRODUCT, PRODUCT, UNARY},    {"@", PRODUCT, PRODUCT, UNARY},
    {"^", POWER, POSTFIX, UNARY},
};

static int find_operator(const char *name) {
    for (int i = 0; i < (int)(sizeof operators / sizeof *operators); i++)
        if (strcmp(operators[i].name, name) == 0) return i;
    BUG("'%s' is no operator", name);
}

static int level_of(const Tree *t) {
    if (t->kind == TREE_PIPE) return PIPE;
    if (t->kind == TREE_BINARY) return operators[find_operator(t->name)].level;
    if (t->kind == TREE_UNARY) return UNARY;
    if (t->kind == TREE_CALL || t->kind == TREE_INDEX || t->kind == TREE_MEMBER) return POSTFIX;
    return PRIMARY;
}

static void open_bracket(Printer *p, const char *bracket) {
    print_put(p, bracket);
    p->in_brackets++;
}

static void close_bracket(Printer *p, const char *bracket) {
    p->in_brackets--;
    print_put(p, bracket);
}

static void print_bracketed(Printer *p, const Tree *t) {
    open_bracket(p, "(");
    print_expression(p, t);
    close_bracket(p, ")");
}

static void print_at_level(Printer *p, const Tree *t, int level) {
    if (level_of(t) < level) print_bracketed(p, t);
    else print_expression(p, t);
}

/* ---- leaves ---- */

static void print_number(Printer *p, const Tree *t) {
    print_put(p, t->text ? t->text : arena_printf(p->arena, "%.17g", t->number));
}

static void print_string(Printer *p, const Tree *t) {
    static const char escaped[][2] = {{'\n', 'n'}, {'\t', 't'}, {'"', '"'}, {'\\', '\\'}};
    Text text = {.arena = p->arena};
    text_put(&text, "\"");
    for (const char *c = t->text; *c; c++) {
        char as[3] = {*c, 0, 0};
        for (size_t i = 0; i < sizeof escaped / sizeof *escaped; i++)
            if (escaped[i][0] == *c) as[0] = '\\', as[1] = escaped[i][1];
        text_put(&text, as);
    }
    text_put(&text, "\"");
    print_put(p, text.at);
}

static void print_name(Printer *p, const Tree *t) {
    print_put(p, t->name);
}

static void print_ellipsis(Printer *p, const Tree *t) {
    (void)t;
    print_put(p, "...");
}

/* ---- operators ---- */

static bool is_operation(const Tree *t, const char *names) {
    return t->kind == TREE_BINARY && !t->name[1] && strchr(names, t->name[0]);
}

/* A product or quotient of numbers, 1/2; where it stands alone also of names after a number, 4*n.
 */
static bool is_tight(const Tree *t, bool alone) {
    if (!is_operation(t, "*/")) return false;
    if (t->kid[1]->kind != TREE_NUMBER && !(alone && t->kid[1]->kind == TREE_NAME)) return false;
    return t->kid[0]->kind == TREE_NUMBER || is_tight(t->kid[0], alone);
}

static bool stands_close(const Tree *t, bool alone) {
    if (strcmp(t->name, "..") == 0)
        return t->kid[0]->kind != TREE_BINARY && t->kid[1]->kind != TREE_BINARY;
    return is_operation(t, "^") || is_tight(t, alone);
}

enum { SHORT_START = 12 }; /* after so little text a line is not broken */

static void print_binary(Printer *p, const Tree *t) {
    int row = find_operator(t->name), start = p->column;
    bool close = stands_close(t, p->alone);
    p->alone = p->alone && is_operation(t, "*/");
    print_at_level(p, t->kid[0], operators[row].left);
    p->alone = false;
    int needed = (int)strlen(t->name) + 2 + print_flat_width(p, t->kid[1]);
    if (!p->flat && !close && !print_fits(p, needed) && p->column > start + SHORT_START)
        print_break(p, start);
    else if (!close)
        print_put(p, " ");
    print_put(p, t->name);
    if (!close) print_put(p, " ");
    print_at_level(p, t->kid[1], operators[row].right);
}

static void print_unary(Printer *p, const Tree *t) {
    print_put(p, t->name);
    print_at_level(p, t->kid[0], POWER);
}

/* ---- pipelines ---- */

/* An unbracketed sum or product to the left of |> is an error: keep its brackets. */
static void print_fed_value(Printer *p, const Tree *t) {
    if (t->kind == TREE_BINARY && strcmp(t->name, "^") != 0) print_bracketed(p, t);
    else print_expression(p, t);
}

static void print_broken_pipe(Printer *p, const Tree *t, int start) {
    if (t->kid[0]->kind == TREE_PIPE) print_broken_pipe(p, t->kid[0], start);
    else print_fed_value(p, t->kid[0]);
    print_trailing_comment(p, t->kid[0]->span.end, t->kid[1]->span.start);
    print_comment_lines(p, t->kid[1]->span.start, start);
    print_break(p, start);
    print_put(p, "|> ");
    print_at_level(p, t->kid[1], POSTFIX);
}

static void print_pipe(Printer *p, const Tree *t) {
    bool breaks = !p->flat && (!print_fits(p, print_flat_width(p, t)) ||
                               print_has_comment_before(p, t->kid[1]->span.start));
    if (breaks) {
        print_broken_pipe(p, t, p->column);
        return;
    }
    print_fed_value(p, t->kid[0]);
    print_put(p, " |> ");
    print_at_level(p, t->kid[1], POSTFIX);
}

/* ---- calls, subscripts, members ---- */

void print_list(Printer *p, const Tree *list) {
    int start = p->column;
    for (int i = 0; i < list->list.n; i++) {
        const Tree *item = list->list.at[i];
        if (i > 0 && !p->flat && !print_fits(p, print_flat_width(p, item) + 3)) {
            print_put(p, ",");
            print_break(p, start);
        } else if (i > 0) {
            print_put(p, ", ");
        }
        p->alone = true;
        print_expression(p, item);
    }
}

void print_dims(Printer *p, const Tree *dims) {
    if (!dims) return;
    open_bracket(p, "[");
    print_list(p, dims);
    close_bracket(p, "]");
}

void print_kind(Printer *p, const Tree *kind) {
    if (!kind) return;
    print_put(p, " : ");
    print_put(p, kind->name);
    if (kind->kid[0]) print_bracketed(p, kind->kid[0]);
}

static void print_postfix_head(Printer *p, const Tree *t) {
    if (t->kind == TREE_NUMBER) print_bracketed(p, t);
    else print_at_level(p, t, POSTFIX);
}

static void print_call(Printer *p, const Tree *t) {
    print_postfix_head(p, t->kid[0]);
    open_bracket(p, "(");
    print_list(p, t->kid[1]);
    close_bracket(p, ")");
}

static void print_named(Printer *p, const Tree *t) {
    print_put(p, t->name);
    print_put(p, " = ");
    print_expression(p, t->kid[0]);
}

static void print_index(Printer *p, const Tree *t) {
    print_postfix_head(p, t->kid[0]);
    print_dims(p, t->kid[1]);
}

static void print_slice(Printer *p, const Tree *t) {
    if (t->kid[0]) print_expression(p, t->kid[0]);
    print_put(p, ":");
    if (t->kid[1]) print_expression(p, t->kid[1]);
}

static void print_member(Printer *p, const Tree *t) {
    print_postfix_head(p, t->kid[0]);
    print_put(p, ".");
    print_put(p, t->name);
}

/* ---- scan and draws ---- */

static void print_scan(Printer *p, const Tree *t) {
    print_put(p, "scan ");
    print_list(p, t->kid[0]);
    if (t->kid[2]) {
        print_put(p, " recompute ");
        print_expression(p, t->kid[2]);
    }
    print_put(p, " ");
    print_inner_body(p, t->kid[1]);
}

static void print_scan_in(Printer *p, const Tree *t) {
    print_put(p, t->name);
    print_put(p, " in ");
    print_expression(p, t->kid[0]);
}

static void print_carry(Printer *p, const Tree *t) {
    print_put(p, t->name);
    print_dims(p, t->kid[0]);
    print_put(p, " = ");
    print_expression(p, t->kid[1]);
}

static void print_draws(Printer *p, const Tree *t) {
    print_put(p, "draws ");
    print_expression(p, t->kid[0]);
    print_put(p, " ");
    print_inner_body(p, t->kid[1]);
}

/* ---- formals and data, which stand in lists too ---- */

static void print_formal(Printer *p, const Tree *t) {
    print_put(p, t->name);
    print_dims(p, t->kid[0]);
    print_kind(p, t->kid[1]);
    if (!t->kid[2]) return;
    print_put(p, " = ");
    print_expression(p, t->kid[2]);
}

static void print_datum(Printer *p, const Tree *t) {
    print_put(p, t->name);
    print_dims(p, t->kid[0]);
    print_kind(p, t->kid[1]);
}

static void print_pattern(Printer *p, const Tree *t) {
    print_put(p, t->name);
    print_dims(p, t->kid[0]);
}

static void print_kind_alone(Printer *p, const Tree *t) {
    print_put(p, t->name);
    if (t->kid[0]) print_bracketed(p, t->kid[0]);
}

static void (*const printers[TREE_COUNT])(Printer *, const Tree *) = {
    [TREE_LIST] = print_list,       [TREE_NUMBER] = print_number,   [TREE_STRING] = print_string,
    [TREE_NAME] = print_name,       [TREE_CALL] = print_call,       [TREE_NAMED] = print_named,
    [TREE_PIPE] = print_pipe,       [TREE_BINARY] = print_binary,   [TREE_UNARY] = print_unary,
    [TREE_INDEX] = print_index,     [TREE_SLICE] = print_slice,
    [TREE_ELLIPSIS] = print_ellipsis,
    [TREE_MEMBER] = print_member,   [TREE_SCAN] = print_scan,       [TREE_SCAN_IN] = print_scan_in,
    [TREE_CARRY] = print_carry,     [TREE_DRAWS] = print_draws,     [TREE_DATUM] = print_datum,
    [TREE_FORMAL] = print_formal,   [TREE_PATTERN] = print_pattern, [TREE_KIND] = print_kind_alone,
};

/* Begins or ends the marks of t. */
static void put_marks(Printer *p, const Tree *t, bool end) {
    for (int i = 0; i < p->n_marks; i++) {
        if (p->marks[i].tree != t) continue;
        if (end) p->marks[i].end = (int)p->line.n;
        else p->marks[i].start = (int)p->line.n;
    }
}

/* A statement or declaration asked for as an expression is printed as what it is. */
void print_expression(Printer *p, const Tree *t) {
    p->alone = p->alone && t->kind == TREE_BINARY;
    put_marks(p, t, false);
    if (printers[t->kind]) printers[t->kind](p, t);
    else print_statement(p, t);
    put_marks(p, t, true);
}
