/* Words that have a notation of their own: std/notation.def. */
#include "formula.h"

#include <string.h>

static const struct {
    const char *word;
    Tightness binds;
    const char *text, *latex;
} rows[] = {
#define PREFIX                               BINDS_PREFIX
#define POSTFIX                              BINDS_POSTFIX
#define NOTATION(word, binding, text, latex) {word, binding, text, latex},
#include "../std/notation.def"
#undef NOTATION
#undef PREFIX
#undef POSTFIX
};

enum { N_ROWS = sizeof rows / sizeof *rows, MAX_SLOTS = 9 };

/* A call's arguments by place, and those without one. */
typedef struct {
    const Tree *slot[MAX_SLOTS];
    const Tree *extra[MAX_SLOTS];
    int n_extra;
} Slots;

static int formal_number(const Callable *family, const char *name) {
    const Tree *formals = family ? callable_formals(family->decl) : NULL;
    for (int i = 0; formals && i < formals->list.n; i++)
        if (strcmp(formals->list.at[i]->name, name) == 0) return i;
    return -1;
}

static bool fill_slots(Slots *s, const Callable *family, const Tree *const *args, int n) {
    *s = (Slots){0};
    if (n > MAX_SLOTS) return false;
    for (int i = 0; i < n; i++) {
        int at = args[i]->kind == TREE_NAMED ? formal_number(family, args[i]->name) : i;
        const Tree *value = args[i]->kind == TREE_NAMED ? args[i]->kid[0] : args[i];
        if (at >= 0 && at < MAX_SLOTS) s->slot[at] = value;
        else s->extra[s->n_extra++] = args[i];
    }
    return true;
}

static bool uses_slot(const char *notation, int slot) {
    for (const char *c = notation; *c; c++)
        if ((*c == '$' || *c == '#') && c[1] == '1' + slot) return true;
        else if (*c == '#' && c[3] == '1' + slot) return true;
    return false;
}

/* A row fits if it says all: every argument has a place in it, and every place an argument. With
 * an '@', what is left over becomes its subscript. */
static bool row_fits(int row, const Slots *s) {
    bool open = strchr(rows[row].latex, '@');
    for (int i = 0; i < MAX_SLOTS; i++) {
        bool used = uses_slot(rows[row].latex, i);
        if (used != (s->slot[i] != NULL) && (used || !open)) return false;
    }
    return open || !s->n_extra;
}

/* The row for a word of the library; -1: none. The spec's own words have no notation. */
static int find_row(const char *word, const Callable *family, const Tree *const *args, int n,
                    Slots *s) {
    if ((family && !family->library) || !fill_slots(s, family, args, n)) return -1;
    for (int i = 0; i < N_ROWS; i++)
        if (strcmp(rows[i].word, word) == 0 && row_fits(i, s)) return i;
    return -1;
}

Tightness notation_binding(const Formula *f, const char *word, const Callable *family,
                           const Tree *const *args, int n) {
    Slots s;
    (void)f;
    int row = find_row(word, family, args, n, &s);
    return row < 0 ? BINDS_POSTFIX : rows[row].binds;
}

/* What stands behind `@`. */
static void write_subscript(Formula *f, int row, const Slots *s, const Callable *family,
                            const Tree *draws, const char *index) {
    if (draws) {
        formula_range(f, index, draws->kid[0]);
        return;
    }
    int n = 0;
    for (int i = 0; i < MAX_SLOTS + s->n_extra; i++) {
        const Tree *t = i < MAX_SLOTS ? s->slot[i] : s->extra[i - MAX_SLOTS];
        if (!t || (i < MAX_SLOTS && uses_slot(rows[row].latex, i))) continue;
        text_put(&f->out, n ? ", " : "_{");
        if (i < MAX_SLOTS && family) {
            formula_name(f, callable_formals(family->decl)->list.at[i]->name);
            text_put(&f->out, " = ");
        }
        formula_expression(f, t);
        n++;
    }
    if (n) text_put(&f->out, "}");
}

static void write_square(Formula *f, const Tree *t) {
    bool one = t->kind == TREE_NUMBER && t->number == 1;
    formula_at(f, t, BINDS_POSTFIX);
    if (!one) formula_put(f, "²", "^{2}");
}

/* One argument, `how` it is bracketed being the character behind its number. The number of
 * characters of `how`: 0 or 1. */
static int write_argument(Formula *f, const Tree *t, char how) {
    if (how == '^') return write_square(f, t), 1;
    size_t at = f->out.n;
    formula_at(f, t, how == '!' ? BINDS_POSTFIX : how == '*' ? BINDS_PRODUCT : BINDS_PIPE);
    if (how == '!' && !f->latex && at && f->out.at[at] == '(' && f->out.at[at - 1] == ' ')
        memmove(f->out.at + at - 1, f->out.at + at, f->out.n-- - at + 1); /* log(a + b) */
    return how == '!' || how == '*';
}

/* Opens the scope of a `draws` that a row counts over. */
static const char *enter_draws(Formula *f, const Tree *draws) {
    const char *index = formula_index(f);
    Scope *inside = NEW(f->spec->arena, Scope);
    *inside = (Scope){f->scope, NULL, draws->kid[1]->kid[0], index};
    LIST_ADD(f->spec->arena, &f->indexed, ((Indexed){draws, inside, index}));
    return index;
}

static void write_row(Formula *f, int row, const Slots *s, const Callable *family,
                      const Tree *value) {
    const char *notation = f->latex ? rows[row].latex : rows[row].text;
    const Tree *first = s->slot[0];
    bool counts = first && first->kind == TREE_DRAWS && strchr(notation, '@');
    const char *index = counts ? enter_draws(f, first) : NULL;
    const Scope *outside = f->scope;
    const Scope *inside = counts ? f->indexed.at[f->indexed.n - 1].scope : outside;
    for (const char *c = notation; *c; c++) {
        if (*c == '$') {
            const Tree *t = s->slot[c[1] - '1'];
            f->scope = counts && t == first ? inside : outside;
            c += 1 +
                 write_argument(f, f->scope == inside && counts ? body_result(t->kid[1]) : t, c[2]);
            f->scope = outside;
        } else if (*c == '#') {
            formula_distribution(f, s->slot[c[1] - '1'], s->slot[c[3] - '1']);
            c += 3;
        } else if (*c == '@') {
            write_subscript(f, row, s, family, counts ? first : NULL, index);
        } else if (*c == '&') {
            if (value) formula_expression(f, value), formula_put(f, "; ", ";\\, ");
        } else {
            if (*c == '(' || *c == '{') f->depth++;
            if (*c == ')' || *c == '}') f->depth--;
            text_put_n(&f->out, c, 1);
            if (*c == ',') formula_break(f);
        }
    }
}

bool notation_write(Formula *f, const char *word, const Callable *family, const Tree *const *args,
                    int n, const Tree *value) {
    Slots s;
    int row = find_row(word, family, args, n, &s);
    if (row < 0) return false;
    write_row(f, row, &s, family, value);
    return true;
}
