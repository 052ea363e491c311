/* expression.c: elements as C expressions; see expression.h. */
#include "expression.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Longer expressions are given a name. */
enum { LONG_TEXT = 72 };

enum {
    PREC_TERNARY = 3,
    PREC_EQUAL = 9,
    PREC_COMPARE = 10,
    PREC_ADD = 12,
    PREC_MULTIPLY = 13,
    PREC_UNARY = 14,
    PREC_PRIMARY = 16
};

/* An element of a value: asked for `count` times in this loop. */
struct Cell {
    Node *node;
    const Index *at;
    int n, count;
    bool done;
    Expr value;
};

/* ---- statements ---- */

void loop_statement(Loop *l, Level level, const char *format, ...) {
    va_list args;
    va_start(args, format);
    char *line = arena_vprintf(l->e->arena, format, args);
    va_end(args);
    if (!l->counting) text_printf(l->text[level], "%*s%s\n", 4 * l->indent[level], "", line);
}

const char *loop_type(const Node *n) {
    return n->kind == KIND_INDEX ? "int32_t" : n->kind == KIND_BOOL ? "bool" : "real";
}

static ExprType type_of(const Node *n) {
    return n->kind == KIND_INDEX ? TYPE_INDEX : n->kind == KIND_BOOL ? TYPE_BOOL : TYPE_REAL;
}

/* ---- cells ---- */

static Cell *find_cell(Loop *l, Node *n, int count, const Index *at) {
    for (int i = 0; i < l->cells.n; i++) {
        Cell *c = l->cells.at[i];
        bool same = c->node == n;
        for (int j = 0; same && j < count; j++) same = index_equal(&c->at[j], &at[j]);
        if (same) return c;
    }
    return NULL;
}

static Cell *new_cell(Loop *l, Node *n, int count, const Index *at) {
    Arena *a = l->e->arena;
    Index *copy = NEW_ARRAY(a, Index, count + 1);
    for (int j = 0; j < count; j++) copy[j] = at[j];
    Cell *c = NEW(a, Cell);
    *c = (Cell){.node = n, .at = copy, .n = count};
    LIST_ADD(a, &l->cells, c);
    return c;
}

void loop_known(Loop *l, Node *n, const Index *at, Expr value) {
    int64_t dim[DOMAIN_MAX];
    int count = node_domain(n, dim);
    Cell *c = find_cell(l, n, count, at);
    if (!c) c = new_cell(l, n, count, at);
    c->done = true;
    c->value = value;
}

static void keep_cells(Loop *l, Level level) {
    int kept = 0;
    for (int i = 0; i < l->cells.n; i++)
        if (l->cells.at[i]->done && l->cells.at[i]->value.level <= level)
            l->cells.at[kept++] = l->cells.at[i];
    l->cells.n = kept;
}

void loop_forget(Loop *l) {
    keep_cells(l, LEVEL_ROW);
}

void loop_drop(Loop *l) {
    keep_cells(l, LEVEL_ELEMENT);
}

/* ---- literals and indices ---- */

static const char *shortest(Arena *a, double value) {
    for (int digits = 1; digits < 17; digits++) {
        char *text = arena_printf(a, "%.*g", digits, value);
        if (strtod(text, NULL) == value) return text;
    }
    return arena_printf(a, "%.17g", value);
}

static Expr literal(Loop *l, double value) {
    Arena *a = l->e->arena;
    Expr x = {.precedence = PREC_UNARY, .type = TYPE_REAL, .simple = true};
    if (isnan(value)) {
        x.text = "(real)NAN";
    } else if (isinf(value)) {
        x.text = value > 0 ? "(real)INFINITY" : "(real)-INFINITY";
    } else if (value == floor(value) && fabs(value) < 1e6 && !(value == 0 && signbit(value))) {
        x.text = arena_printf(a, "%.0f", value);
        x.type = TYPE_INTEGER;
        x.precedence = value < 0 ? PREC_UNARY : PREC_PRIMARY;
    } else {
        x.text = arena_printf(a, "(real)%s", shortest(a, value));
    }
    return x;
}

static void note_atoms(Loop *l, const Index *at) {
    for (int i = 0; i < at->n; i++) {
        const Atom *atom = at->term[i].atom;
        LIST_ADD(l->e->arena, &l->printed, atom);
        if (atom->of) note_atoms(l, atom->of);
    }
}

static const char *index_text(Loop *l, const Index *at) {
    Text t = {.arena = l->e->arena};
    if (index_divides(at, LEVEL_ELEMENT)) l->divides = true;
    if (l->counting) note_atoms(l, at);
    index_print(&t, at);
    return t.at;
}

static Expr index_value(Loop *l, const Index *at) {
    bool plain = at->n == 0 || (at->n == 1 && at->constant == 0 && at->term[0].factor == 1 &&
                                at->term[0].atom->kind == ATOM_VARIABLE);
    const char *text = index_text(l, at);
    return (Expr){.text = plain ? text : arena_printf(l->e->arena, "(%s)", text),
                  .simple = true,
                  .precedence = PREC_PRIMARY,
                  .level = index_level(at),
                  .type = TYPE_INDEX};
}

static Expr table_value(Loop *l, const Node *n, const Index *at) {
    Index place = index_constant(0);
    for (int i = 0; i < n->shape.rank; i++) {
        place = index_scale(&place, n->shape.dim[i]);
        place = index_add(&place, &at[i]);
    }
    return (Expr){.text = arena_printf(l->e->arena, "%s[%s]", emit_table_name(l->e, n),
                                       index_text(l, &place)),
                  .precedence = PREC_PRIMARY,
                  .level = index_level(&place),
                  .type = TYPE_INDEX};
}

/* ---- memory ---- */

const char *loop_place(Loop *l, const Location *where, int n, const Index *at) {
    Index offset = location_at(where, n, at);
    return arena_printf(l->e->arena, "%s[%s]", emit_buffer_name(l->e, where->buffer),
                        index_text(l, &offset));
}

static Expr load(Loop *l, Node *n, const Index *at) {
    const Value *v = plan_value(l->e->plan, n);
    if (!v->has_location)
        BUG("%s (node %d) is read from memory and is not there", op_info[n->op].name, n->id);
    int64_t dim[DOMAIN_MAX];
    int count = node_domain(n, dim);
    Index offset = location_at(&v->location, count, at);
    Expr x = {.text = loop_place(l, &v->location, count, at),
              .precedence = PREC_PRIMARY,
              .level = index_level(&offset),
              .type = type_of(n)};
    if (n->kind == KIND_BOOL) {
        x.text = arena_printf(l->e->arena, "%s != 0", x.text);
        x.precedence = PREC_EQUAL;
    }
    return x;
}

/* ---- run-time scalars ---- */

static Expr scalar(Loop *l, const Node *n) {
    static const char *const plain[] = {"step", "epoch", "lr_scale", "hold"};
    Arena *a = l->e->arena;
    Expr x = {.precedence = PREC_UNARY, .type = TYPE_REAL};
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        if (strcmp(n->text, plain[i]) == 0) {
            x.text = arena_printf(a, "(real)run->%s", plain[i]);
            return x;
        }
    if (strcmp(n->text, "log_volume") == 0) {
        x.text = arena_printf(a, "gen_log_volume(run, %d)", (int)n->ints[0]);
        return x;
    }
    if (strcmp(n->text, "updates") != 0) BUG("no run-time scalar '%s'", n->text);
    x.text = arena_printf(a, "(real)(updates[%d] + 1)", (int)n->ints[0]);
    return x;
}

/* ---- maps ---- */

static int template_precedence(const char *code) {
    static const struct {
        const char *operator;
        int precedence;
    } operators[] = {
        {" ? ", PREC_TERNARY}, {" == ", PREC_EQUAL},   {" != ", PREC_EQUAL},
        {" < ", PREC_COMPARE}, {" <= ", PREC_COMPARE}, {" + ", PREC_ADD},
        {" - ", PREC_ADD},     {" * ", PREC_MULTIPLY}, {" / ", PREC_MULTIPLY},
    };
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
        if (strstr(code, operators[i].operator)) return operators[i].precedence;
    return code[0] == '-' || code[0] == '(' ? PREC_UNARY : PREC_PRIMARY;
}

/* An operand where an operator of this precedence wants it: bracketed where C, or a reader, needs
 * it. */
static const char *operand(Arena *a, Expr x, int outer, bool first) {
    if (outer == PREC_EQUAL) outer = PREC_COMPARE; /* a < b == c is right, but compilers warn */
    bool chain = first && (outer == PREC_ADD || outer == PREC_MULTIPLY);
    bool bare = outer == PREC_PRIMARY || x.precedence > outer || (chain && x.precedence == outer);
    return bare ? x.text : arena_printf(a, "(%s)", x.text);
}

/* C would compute with integers: 1 / 2. */
static Expr as_real(Arena *a, Expr x) {
    x.text = arena_printf(a, "(real)%s", operand(a, x, PREC_UNARY, false));
    x.precedence = PREC_UNARY;
    x.type = TYPE_REAL;
    return x;
}

static const char *fill(Arena *a, const char *code, const Node *n, const Expr *in) {
    int outer = template_precedence(code), depth = 0;
    Text t = {.arena = a};
    text_put(&t, "");
    for (const char *c = code; *c; c++) {
        depth += (*c == '(') - (*c == ')');
        if (*c != '$') {
            text_put_n(&t, c, 1);
            continue;
        }
        c++;
        if (*c == 'K') text_printf(&t, "%" PRId64, n->classes);
        else text_put(&t, operand(a, in[*c - '0'], depth ? PREC_PRIMARY : outer, *c == '0'));
    }
    return t.at;
}

static Expr map(Loop *l, const Node *n, int n_in, Expr *in) {
    const char *code = op_info[n->op].code;
    if (strcmp(code, "$0") == 0) return in[0];
    Expr x = {.precedence = template_precedence(code), .type = type_of(n)};
    bool any_real = false;
    int first = n->op == OP_WHERE ? 1 : 0;
    for (int i = first; i < n_in; i++) any_real = any_real || in[i].type == TYPE_REAL;
    bool operates = x.precedence != PREC_PRIMARY && code[0] != '(';
    if (operates && n->kind == KIND_REAL && !any_real) in[first] = as_real(l->e->arena, in[first]);
    for (int i = 0; i < n_in; i++)
        if (in[i].level > x.level) x.level = in[i].level;
    x.text = fill(l->e->arena, code, n, in);
    return x;
}

/* ---- reading inputs ---- */

static Expr input(Loop *l, Node *n, int which, const Index *at, const Index *reduced,
                  const Index *chosen) {
    Index in[DOMAIN_MAX];
    Plan *p = l->e->plan;
    access_input(p, n, which, at, reduced, chosen, in);
    return loop_element(l, read_input(p, n, which), in);
}

Index loop_chosen(Loop *l, Node *index, const Index *at, int64_t length) {
    if (length == 1) return index_constant(0);
    Expr row = loop_element(l, index, at);
    const char *name = row.simple ? row.text : arena_printf(l->e->arena, "(%s)", row.text);
    return index_variable(&l->e->plan->pool, name, length, row.level);
}

/* Did no index that was printed while counting depend on which row was chosen? (All rows are one if
 * the table is a broadcast.) */
static bool is_ignored(const Loop *l, const Index *chosen) {
    for (int i = 0; i < l->printed.n && chosen->n > 0; i++)
        if (l->printed.at[i] == chosen->term[0].atom) return false;
    return true;
}

static Expr gather(Loop *l, Node *n, const Index *at) {
    Index place[DOMAIN_MAX], chosen = index_constant(0);
    bool ignored = false;
    for (int i = 0; i < l->ignored.n; i++) ignored = ignored || l->ignored.at[i] == n;
    access_input(l->e->plan, n, 1, at, NULL, NULL, place);
    if (!ignored) chosen = loop_chosen(l, n->in[1], place, n->in[0]->shape.dim[0]);
    Expr value = input(l, n, 0, at, NULL, &chosen);
    if (l->counting && !ignored && is_ignored(l, &chosen)) LIST_ADD(l->e->arena, &l->ignored, n);
    return value;
}

/* Is element `at` inside what is padded? Adds the conditions; the text is empty if it always is. */
static void pad_condition(Loop *l, const Node *n, const Index *at, Text *t, Level *level) {
    int rows = rows_depth(n->rows), rank = n->shape.rank;
    for (int i = 0; i < rank; i++) {
        int64_t before = n->ints[i], after = n->ints[rank + i], step = n->ints[2 * rank + i];
        const Index *here = &at[rows + i];
        if (before == 0 && after == 0 && step == 1) continue;
        const char *text = index_text(l, here);
        const char *joint = t->n ? " && " : "";
        if (before > 0) {
            text_printf(t, "%s%s >= %" PRId64, joint, text, before);
            joint = " && ";
        }
        if (after > 0) {
            text_printf(t, "%s%s < %" PRId64, joint, text, n->shape.dim[i] - after);
            joint = " && ";
        }
        if (step > 1) {
            Index first = index_constant(-before), from = index_add(here, &first);
            bool plain = from.n == 1 && from.constant == 0 && from.term[0].factor == 1;
            text_printf(t, "%s%s%s%s %% %" PRId64 " == 0", joint, plain ? "" : "(",
                        index_text(l, &from), plain ? "" : ")", step);
        }
        if (index_level(here) > *level) *level = index_level(here);
    }
}

/* Does the element lie on every axis that the windows go beyond? */
static void window_condition(Loop *l, const Node *n, const Index *at, Text *t, Level *level) {
    const Window *w;
    int axes = window_axes(n, &w), lead = rows_depth(n->rows) + n->in[0]->shape.rank - axes;
    for (int i = 0; i < axes; i++) {
        Index place = access_window(&w[i], &at[lead + i], &at[lead + axes + i]);
        int64_t min, max;
        index_range(&place, &min, &max);
        if (min >= 0 && max < w[i].length) continue;
        const char *text = index_text(l, &place);
        if (min < 0) text_printf(t, "%s%s >= 0", t->n ? " && " : "", text);
        if (max >= w[i].length)
            text_printf(t, "%s%s < %" PRId64, t->n ? " && " : "", text, w[i].length);
        if (index_level(&place) > *level) *level = index_level(&place);
    }
}

/* An element that is there under a condition, and 0 otherwise. */
static Expr pad(Loop *l, Node *n, const Index *at) {
    Text condition = {.arena = l->e->arena};
    text_put(&condition, "");
    Expr x = {.precedence = PREC_TERNARY, .type = type_of(n)};
    (n->op == OP_PAD ? pad_condition : window_condition)(l, n, at, &condition, &x.level);
    if (condition.n == 0) return input(l, n, 0, at, NULL, NULL);
    bool was = l->conditional;
    l->conditional = true;
    Expr inside = input(l, n, 0, at, NULL, NULL);
    l->conditional = was;
    if (inside.level > x.level) x.level = inside.level;
    x.text = arena_printf(l->e->arena, "%s ? %s : 0", condition.at,
                          operand(l->e->arena, inside, PREC_TERNARY, false));
    return x;
}

/* Elementwise product, when a CONTRACT sums nothing; or one term of what it sums. */
static Expr product(Loop *l, Node *n, const Index *at, const Index *reduced) {
    Expr a = input(l, n, 0, at, reduced, NULL), b = input(l, n, 1, at, reduced, NULL);
    if (a.type != TYPE_REAL && b.type != TYPE_REAL) a = as_real(l->e->arena, a);
    Arena *arena = l->e->arena;
    return (Expr){.text = arena_printf(arena, "%s * %s", operand(arena, a, PREC_MULTIPLY, true),
                                       operand(arena, b, PREC_MULTIPLY, false)),
                  .precedence = PREC_MULTIPLY,
                  .level = a.level > b.level ? a.level : b.level};
}

Expr loop_term(Loop *l, Node *n, const Index *at, const Index *reduced) {
    return n->op == OP_CONTRACT ? product(l, n, at, reduced) : input(l, n, 0, at, reduced, NULL);
}

/* n's element from its inputs' elements. */
static Expr compute(Loop *l, Node *n, const Index *at) {
    static const Index zero[DOMAIN_MAX];
    Plan *p = l->e->plan;
    const Value *v = plan_value(p, n);
    if (v->alike) return input(l, n, 0, at, NULL, NULL);
    switch (n->op) {
    case OP_CONST:
        return literal(l, n->number);
    case OP_SCALAR:
        return scalar(l, n);
    case OP_IOTA:
        return index_value(l, &at[0]);
    case OP_TABLE:
        return table_value(l, n, at);
    case OP_GATHER:
        return gather(l, n, at);
    case OP_PAD:
    case OP_WINDOW:
        return pad(l, n, at);
    case OP_ARGMAX:
        return literal(l, 0); /* of one element */
    case OP_FORMAL:
        if (v->is_turn) return as_real(l->e->arena, index_value(l, &v->region->turn));
        break;
    default:
        break;
    }
    if (is_reduction(n)) return loop_term(l, n, at, zero);
    if (op_info[n->op].op_class != CLASS_MAP) return input(l, n, 0, at, zero, NULL);
    Expr in[3];
    int n_in = read_inputs(p, n);
    for (int i = 0; i < n_in; i++) in[i] = input(l, n, i, at, NULL, NULL);
    return map(l, n, n_in, in);
}

/* ---- elements ---- */

static Level inner_level(const Loop *l) {
    return l->element_loop ? LEVEL_ELEMENT : l->row_loop ? LEVEL_ROW : LEVEL_KERNEL;
}

static bool deserves_name(const Loop *l, const Cell *c) {
    if (c->value.simple || l->conditional) return false;
    return c->count > 1 || c->value.level < inner_level(l) || strlen(c->value.text) > LONG_TEXT;
}

/* Is n read from where this loop stores? Then it is read before any of the stores. */
static bool is_overwritten(Loop *l, const Node *n) {
    const Value *v = plan_value(l->e->plan, n);
    if (!v->has_location || l->written.n < 2) return false;
    for (int i = 0; i < l->written.n; i++)
        if (buffer_overlap(l->written.at[i], v->location.buffer)) return true;
    return false;
}

static void give_name(Loop *l, Cell *c) {
    const char *path = emit_path(l->e, c->node);
    const char *name = l->counting ? "local" : emit_name(l->e, path);
    loop_statement(l, c->value.level, "const %s %s = %s;", loop_type(c->node), name, c->value.text);
    c->value = (Expr){.text = name,
                      .precedence = PREC_PRIMARY,
                      .level = c->value.level,
                      .type = type_of(c->node),
                      .simple = true};
}

static bool is_computed_here(Loop *l, const Node *n) {
    const Value *v = plan_value(l->e->plan, n);
    if (v->role == VALUE_INLINE) return true;
    return v->role == VALUE_ANCHOR && v->kernel == l->kernel && v->segment == l->segment &&
           !reduces(n);
}

/* The same place in the one form that the kernel's own elements are known by: after a reshape there
 * and back, (r / 5) % 4 may have become (r % 20) / 5. */
static const Index *own_form(Loop *l, const Node *n, int count, const int64_t *dim, const Index *at,
                             Index *own) {
    const Value *v = plan_value(l->e->plan, n);
    if (v->role != VALUE_ANCHOR || v->kernel != l->kernel || l->conditional) return at;
    Index position = index_flatten(count, dim, at);
    index_unflatten(&l->e->plan->pool, &position, count, dim, own);
    return own;
}

Expr loop_element(Loop *l, Node *n, const Index *where) {
    int64_t dim[DOMAIN_MAX];
    Index own[DOMAIN_MAX];
    int count = node_domain(n, dim);
    const Index *at = own_form(l, n, count, dim, where, own);
    Cell *c = find_cell(l, n, count, at);
    if (c && (l->counting || c->done)) {
        c->count++;
        return c->value;
    }
    bool force = l->force_name;
    l->force_name = false;
    bool here = is_computed_here(l, n);
    Expr value = here ? compute(l, n, at) : load(l, n, at);
    force = force || (!here && is_overwritten(l, n));
    if (l->conditional) return value;
    if (!c) c = new_cell(l, n, count, at);
    c->count += l->counting;
    c->value = value;
    c->done = !l->counting;
    if (deserves_name(l, c) || (force && !value.simple)) give_name(l, c);
    return c->value;
}

/* ---- sums ---- */

const char *loop_neutral(const Node *n) {
    return n->op == OP_MAX_OVER ? "(real)-INFINITY" : "0";
}

const char *loop_combine(Loop *l, const Node *n, const char *sum, Expr term) {
    return n->op == OP_MAX_OVER
               ? arena_printf(l->e->arena, "%s = gen_max(%s, %s);", sum, sum, term.text)
               : arena_printf(l->e->arena, "%s += %s;", sum, term.text);
}
