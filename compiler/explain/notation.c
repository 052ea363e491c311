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

/* What stands behind an argument's number in a notation. */
static const struct {
    char how;
    Tightness least;
} hows[] = {{'!', BINDS_POSTFIX}, {'*', BINDS_PRODUCT}, {'?', BINDS_PRIMARY}};

/* One argument, as the character behind its number says. The length of that: 0 or 1. */
static int write_argument(Formula *f, const Tree *t, char how) {
    if (how == '^') return write_square(f, t), 1;
    if (how == ':') return formula_condition(f, t), 1;
    for (size_t i = 0; i < sizeof hows / sizeof *hows; i++)
        if (hows[i].how == how) return formula_at(f, t, hows[i].least), 1;
    return formula_expression(f, t), 0;
}

/* log a, but log(a + b): a bracket needs no space. */
static void close_up(Formula *f, size_t at) {
    if (f->latex || f->out.at[at] != '(') return;
    memmove(f->out.at + at - 1, f->out.at + at, f->out.n - at + 1);
    f->out.n--;
}

/* Opens the scope of a `draws` that a row counts over. */
static const char *enter_draws(Formula *f, const Tree *draws) {
    const char *index = formula_index(f);
    Scope *inside = NEW(f->spec->arena, Scope);
    *inside = (Scope){f->scope, NULL, draws->kid[1]->kid[0], index};
    LIST_ADD(f->spec->arena, &f->indexed, ((Indexed){draws, inside, index}));
    return index;
}

/* A row in use. draws: what its `@` counts over, or NULL; then argument 1 is written inside. */
typedef struct {
    int row;
    const Slots *slots;
    const Callable *family;
    const Tree *value, *draws;
    const char *index;
    const Scope *inside;
} Use;

/* $1 and what is behind it, at c. Gives the length of that, less one. */
static int write_dollar(Formula *f, const Use *u, const char *c, bool behind_space) {
    const Tree *t = u->slots->slot[c[1] - '1'];
    const Scope *outside = f->scope;
    size_t at = f->out.n;
    bool counted = u->draws && t == u->draws;
    if (counted) f->scope = u->inside;
    int how = write_argument(f, counted ? body_result(t->kid[1]) : t, c[2]);
    f->scope = outside;
    if (behind_space && c[2] == '!') close_up(f, at);
    return 1 + how;
}

static void write_row(Formula *f, const Use *u) {
    const char *notation = f->latex ? rows[u->row].latex : rows[u->row].text;
    for (const char *c = notation; *c; c++) {
        if (*c == '$') {
            c += write_dollar(f, u, c, c > notation && c[-1] == ' ');
        } else if (*c == '#') {
            formula_distribution(f, u->slots->slot[c[1] - '1'], u->slots->slot[c[3] - '1']);
            c += 3;
        } else if (*c == '@') {
            write_subscript(f, u->row, u->slots, u->family, u->draws, u->index);
        } else if (*c == '&') {
            if (u->value) formula_expression(f, u->value), formula_put(f, "; ", ";\\, ");
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
    Use use = {.row = row, .slots = &s, .family = family, .value = value};
    if (s.slot[0] && s.slot[0]->kind == TREE_DRAWS && strchr(rows[row].latex, '@')) {
        use.draws = s.slot[0];
        use.index = enter_draws(f, use.draws);
        use.inside = f->indexed.at[f->indexed.n - 1].scope;
    }
    write_row(f, &use);
    return true;
}
