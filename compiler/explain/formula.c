/* Expressions as formulas. A formula is written once, front to back; brackets follow from how
 * tightly what is written binds, which need not be how the spec's operators bind: a fraction or a
 * root brackets by itself. */
#include "formula.h"

#include <stdlib.h>
#include <string.h>

/* ---- numbers ---- */

static bool is_scientific(const Tree *t) {
    return t->kind == TREE_NUMBER && t->text && strpbrk(t->text, "eE");
}

/* 2e-4 is 2 · 10⁻⁴. */
static void write_number(Formula *f, const Tree *t) {
    const char *text = t->text ? t->text : arena_printf(f->spec->arena, "%g", t->number);
    const char *e = strpbrk(text, "eE");
    if (!e) {
        text_put(&f->out, text);
        return;
    }
    bool one = e == text + 1 && *text == '1';
    if (!one) text_put_n(&f->out, text, (size_t)(e - text)), formula_put(f, "·", "\\cdot ");
    text_put(&f->out, "10");
    formula_superscript(f, arena_printf(f->spec->arena, "%d", atoi(e + 1)));
}

/* ---- what a name stands for ---- */

/* The loss that a name is written as, or NULL. */
static const Tree *expanded_loss(const Formula *f, const Tree *t) {
    const Scope *in;
    if (!f->expand || t->kind != TREE_NAME) return NULL;
    const Tree *binding = spec_binding(f->spec, f->scope, t->name, &in);
    return binding && binding->kind == TREE_LOSS ? binding->kid[0] : NULL;
}

static void write_in(Formula *f, const Scope *scope, const Tree *t, Tightness least) {
    const Scope *before = f->scope;
    f->scope = scope;
    formula_at(f, t, least);
    f->scope = before;
}

static void write_name(Formula *f, const Tree *t) {
    const Scope *in;
    if (expanded_loss(f, t)) {
        write_in(f, NULL, expanded_loss(f, t), BINDS_PIPE);
        return;
    }
    if (spec_is_distribution(f->spec, f->scope, t)) {
        formula_distribution(f, t, NULL);
        return;
    }
    const Tree *binding = spec_binding(f->spec, f->scope, t->name, &in);
    const Callable *c = binding ? NULL : spec_callable(f->spec, t->name);
    if (c) formula_function(f, t->name);
    else formula_name(f, t->name);
    if (spec_is_network(c))
        formula_put(f, "_", "_{"), formula_letter(f, c), formula_put(f, "", "}");
    if (in && in->index && binding->kind != TREE_FORMAL)
        text_put(&f->out, f->latex ? "_{" : "_"), text_put(&f->out, in->index),
            formula_put(f, "", "}");
}

const char *formula_index(Formula *f) {
    static const char *const free_letters[] = {"i", "j", "m", "l", "r", "s"};
    for (size_t i = 0; i < sizeof free_letters / sizeof *free_letters; i++) {
        bool taken = spec_uses(f->spec, free_letters[i]);
        for (const Scope *s = f->scope; s; s = s->outer)
            if (s->index && strcmp(s->index, free_letters[i]) == 0) taken = true;
        if (!taken) return free_letters[i];
    }
    return "i'";
}

void formula_range(Formula *f, const char *index, const Tree *count) {
    formula_put(f, "_{", "_{");
    text_put(&f->out, index);
    formula_put(f, "=1..", "=1}^{");
    formula_at(f, count, f->latex ? BINDS_PIPE : BINDS_SUM);
    text_put(&f->out, "}");
}

/* ---- distributions ---- */

static const Callable *named_callable(const Formula *f, const Tree *callee) {
    return callee->kind == TREE_NAME ? spec_callable(f->spec, callee->name) : NULL;
}

static bool may_stand_for(const Formula *f, const char *variable, const Tree *const *args, int n) {
    for (int i = 0; variable && i < n; i++)
        if (spec_mentions(f->spec, args[i], variable)) return false;
    return variable;
}

void formula_network(Formula *f, const Callable *c, const Tree *const *args, int n,
                     const Tree *value) {
    formula_name(f, c->decl->name);
    formula_put(f, "_", "_{");
    formula_letter(f, c);
    formula_put(f, "", "}");
    formula_open(f, "(");
    if (spec_gives_distribution(f->spec, c)) {
        if (value) formula_expression(f, value);
        else if (may_stand_for(f, c->variable, args, n)) formula_name(f, c->variable);
        else formula_put(f, "·", "\\cdot");
        if (n) formula_put(f, " | ", " \\mid ");
    }
    formula_arguments(f, args, n);
    formula_close(f, ")");
}

static void write_family(Formula *f, const char *name, const Tree *const *args, int n,
                         const Tree *value) {
    const Callable *family = spec_callable(f->spec, name);
    if (notation_write(f, name, family, args, n, value)) return;
    formula_function(f, name);
    formula_open(f, "(");
    if (value) formula_expression(f, value);
    if (value && n) formula_put(f, "; ", ";\\, ");
    formula_arguments(f, args, n);
    formula_close(f, ")");
}

/* The call that an expression is: f(a) or a |> f. args has room for all. */
typedef struct {
    const Tree *callee;
    const Tree **args;
    int n;
} Call;

static bool read_call(Formula *f, const Tree *t, Call *call) {
    const Tree *target = t->kind == TREE_PIPE ? t->kid[1] : t;
    const Tree *rest = target->kind == TREE_CALL ? target->kid[1] : NULL;
    int n = rest ? rest->list.n : 0;
    if (t->kind != TREE_PIPE && !rest) return false;
    *call =
        (Call){rest ? target->kid[0] : target, NEW_ARRAY(f->spec->arena, const Tree *, n + 1), 0};
    if (t->kind == TREE_PIPE) call->args[call->n++] = t->kid[0];
    for (int i = 0; i < n; i++) call->args[call->n++] = rest->list.at[i];
    return true;
}

static void distribution_of_call(Formula *f, const Call *call, const Tree *value) {
    const Callable *c = named_callable(f, call->callee);
    if (spec_is_network(c)) formula_network(f, c, call->args, call->n, value);
    else if (c && c->decl->kind == TREE_DISTRIBUTION)
        write_family(f, c->decl->name, call->args, call->n, value);
    else {
        if (c) formula_function(f, c->decl->name);
        else formula_at(f, call->callee, BINDS_POSTFIX);
        formula_open(f, "(");
        formula_arguments(f, call->args, call->n);
        formula_close(f, ")");
        if (value) formula_open(f, "("), formula_expression(f, value), formula_close(f, ")");
    }
}

static void distribution_of_name(Formula *f, const Tree *t, const Tree *value) {
    const Scope *in, *before = f->scope;
    const Tree *binding = spec_binding(f->spec, f->scope, t->name, &in);
    const Tree *bound = binding ? spec_bound_value(binding) : NULL; /* none: one name of several */
    if (!binding) {
        formula_network(f, spec_callable(f->spec, t->name), NULL, 0, value);
    } else if (bound && !in && !value) {
        write_in(f, NULL, bound, BINDS_PIPE);
    } else if (bound && !in && !f->scope) {
        formula_distribution(f, bound, value);
    } else {
        formula_name(f, t->name);
        if (value) formula_open(f, "("), formula_expression(f, value), formula_close(f, ")");
    }
    f->scope = before;
}

void formula_distribution(Formula *f, const Tree *t, const Tree *value) {
    Call call;
    if (t->kind == TREE_NAME) distribution_of_name(f, t, value);
    else if (read_call(f, t, &call)) distribution_of_call(f, &call, value);
    else {
        formula_at(f, t, BINDS_POSTFIX);
        if (value) formula_open(f, "("), formula_expression(f, value), formula_close(f, ")");
    }
}

/* The network that a distribution comes from, through a name of the top level. */
static bool is_of_network(Formula *f, const Tree *t) {
    const Scope *in;
    Call call;
    if (t->kind != TREE_NAME)
        return read_call(f, t, &call) && spec_is_network(named_callable(f, call.callee));
    const Tree *binding = spec_binding(f->spec, f->scope, t->name, &in);
    if (!binding) return spec_is_network(spec_callable(f->spec, t->name));
    return !in && spec_bound_value(binding) && is_of_network(f, spec_bound_value(binding));
}

void formula_draw(Formula *f, const Tree *t, const Tree *drawn) {
    formula_distribution(f, t, is_of_network(f, t) ? drawn : NULL);
}

/* ---- calls and pipelines ---- */

static bool is_layer(const Formula *f, const Tree *callee) {
    const Callable *c = named_callable(f, callee);
    const Scope *in;
    if (callee->kind == TREE_NAME && spec_binding(f->spec, f->scope, callee->name, &in) && !c)
        return true;
    return c && (c->decl->kind == TREE_LAYER || c->decl->kind == TREE_FLOW);
}

/* One step that is no layer reads better as f(x); several as x → f → g. */
static bool is_chain(Formula *f, const Tree *t) {
    Call call;
    if (t->kind != TREE_PIPE || !read_call(f, t, &call)) return false;
    if (t->kid[0]->kind == TREE_PIPE) return true;
    return is_layer(f, call.callee);
}

static void write_step(Formula *f, const Tree *target) {
    const Tree *callee = target->kind == TREE_CALL ? target->kid[0] : target;
    const Callable *c = named_callable(f, callee);
    if (callee->kind != TREE_NAME) formula_at(f, callee, BINDS_POSTFIX);
    else formula_function(f, callee->name);
    if (spec_is_network(c))
        formula_put(f, "_", "_{"), formula_letter(f, c), formula_put(f, "", "}");
    if (target->kind != TREE_CALL) return;
    formula_open(f, "(");
    formula_arguments(f, (const Tree *const *)target->kid[1]->list.at, target->kid[1]->list.n);
    formula_close(f, ")");
}

static void write_call(Formula *f, const Tree *t) {
    Call call;
    read_call(f, t, &call);
    const Callable *c = named_callable(f, call.callee);
    if (is_chain(f, t)) {
        formula_at(f, t->kid[0], is_chain(f, t->kid[0]) ? BINDS_PIPE : BINDS_PRODUCT);
        formula_break(f);
        formula_put(f, " → ", " \\to ");
        write_step(f, t->kid[1]);
    } else if (spec_is_distribution(f->spec, f->scope, t)) {
        formula_distribution(f, t, NULL);
    } else if (spec_is_network(c)) {
        formula_network(f, c, call.args, call.n, NULL);
    } else if (call.callee->kind != TREE_NAME ||
               !notation_write(f, call.callee->name, c, call.args, call.n, NULL)) {
        if (call.callee->kind == TREE_NAME) formula_function(f, call.callee->name);
        else formula_at(f, call.callee, BINDS_POSTFIX);
        formula_open(f, "(");
        formula_arguments(f, call.args, call.n);
        formula_close(f, ")");
    }
}

static void write_named(Formula *f, const Tree *t) {
    formula_name(f, t->name);
    formula_put(f, " = ", " = ");
    formula_expression(f, t->kid[0]);
}

void formula_arguments(Formula *f, const Tree *const *args, int n) {
    for (int i = 0; i < n; i++) {
        if (i) formula_comma(f);
        formula_expression(f, args[i]);
    }
}

void formula_list(Formula *f, const Tree *list) {
    formula_arguments(f, (const Tree *const *)list->list.at, list->list.n);
}

/* ---- operators ---- */

static const struct {
    const char *name, *text, *latex;
    Tightness binds, left, right;
} operators[] = {
    {"<", " < ", " < ", BINDS_COMPARISON, BINDS_RANGE, BINDS_RANGE},
    {">", " > ", " > ", BINDS_COMPARISON, BINDS_RANGE, BINDS_RANGE},
    {"<=", " ≤ ", " \\le ", BINDS_COMPARISON, BINDS_RANGE, BINDS_RANGE},
    {">=", " ≥ ", " \\ge ", BINDS_COMPARISON, BINDS_RANGE, BINDS_RANGE},
    {"==", " = ", " = ", BINDS_COMPARISON, BINDS_RANGE, BINDS_RANGE},
    {"!=", " ≠ ", " \\ne ", BINDS_COMPARISON, BINDS_RANGE, BINDS_RANGE},
    {"..", "", "", BINDS_RANGE, BINDS_SUM, BINDS_SUM},
    {"+", " + ", " + ", BINDS_SUM, BINDS_SUM, BINDS_PREFIX},
    {"-", " − ", " - ", BINDS_SUM, BINDS_SUM, BINDS_PREFIX},
    {"*", " · ", " \\cdot ", BINDS_PRODUCT, BINDS_PRODUCT, BINDS_UNARY},
    {"/", " / ", " / ", BINDS_PRODUCT, BINDS_PRODUCT, BINDS_POWER},
    {"@", " ", " \\, ", BINDS_PRODUCT, BINDS_PRODUCT, BINDS_POWER},
    {"^", "^", "^", BINDS_POWER, BINDS_POSTFIX, BINDS_POSTFIX},
};

enum { N_OPERATORS = sizeof operators / sizeof *operators };

static int find_operator(const char *name) {
    for (int i = 0; i < N_OPERATORS; i++)
        if (strcmp(operators[i].name, name) == 0) return i;
    BUG("'%s' is no operator", name);
}

static bool is_operator(const Tree *t, const char *name) {
    return t->kind == TREE_BINARY && strcmp(t->name, name) == 0;
}

static bool is_atom(const Tree *t) {
    return (t->kind == TREE_NUMBER && !is_scientific(t)) || t->kind == TREE_NAME;
}

static bool is_integer(const Tree *t) {
    return t->kind == TREE_NUMBER && t->text && strspn(t->text, "0123456789") == strlen(t->text);
}

static void write_power(Formula *f, const Tree *t) {
    formula_at(f, t->kid[0], BINDS_POSTFIX);
    if (is_integer(t->kid[1])) {
        formula_superscript(f, t->kid[1]->text);
        return;
    }
    formula_put(f, "^", "^{");
    formula_at(f, t->kid[1], f->latex ? BINDS_PIPE : BINDS_POSTFIX);
    formula_put(f, "", "}");
}

static void write_fraction(Formula *f, const Tree *t) {
    text_put(&f->out, "\\frac{");
    formula_expression(f, t->kid[0]);
    text_put(&f->out, "}{");
    formula_expression(f, t->kid[1]);
    text_put(&f->out, "}");
}

/* One less than a number of things: the last of 0 .. n-1. */
static void put_last(Formula *f, const Tree *count) {
    if (is_integer(count)) {
        text_printf(&f->out, "%.0f", count->number - 1);
        return;
    }
    formula_at(f, count, BINDS_SUM);
    formula_put(f, " − 1", " - 1");
}

/* a..b is a, …, b − 1. */
static void write_range(Formula *f, const Tree *t) {
    formula_at(f, t->kid[0], BINDS_SUM);
    formula_put(f, ", …, ", ", \\dots, ");
    put_last(f, t->kid[1]);
}

static const struct {
    const char *name;
    void (*write)(Formula *f, const Tree *t);
    bool text;
} own_layout[] = {
    {"^", write_power, true}, {"..", write_range, true}, {"/", write_fraction, false}};

static void write_binary(Formula *f, const Tree *t) {
    for (size_t k = 0; k < sizeof own_layout / sizeof *own_layout; k++)
        if ((f->latex || own_layout[k].text) && is_operator(t, own_layout[k].name)) {
            own_layout[k].write(f, t);
            return;
        }
    int i = find_operator(t->name);
    Tightness right = t->kid[1]->kind == TREE_UNARY ? BINDS_POSTFIX : operators[i].right;
    formula_at(f, t->kid[0], operators[i].left);
    if (is_operator(t, "/") && is_atom(t->kid[0]) && is_atom(t->kid[1])) text_put(&f->out, "/");
    else {
        (operators[i].binds == BINDS_PRODUCT ? formula_poor_break : formula_break)(f);
        formula_put(f, operators[i].text, operators[i].latex);
    }
    formula_at(f, t->kid[1], right);
}

static bool is_comparison(const Tree *t) {
    return t->kind == TREE_BINARY && operators[find_operator(t->name)].binds == BINDS_COMPARISON;
}

/* A comparison is 1 or 0. */
static void write_operation(Formula *f, const Tree *t) {
    bool number = is_comparison(t);
    if (number) formula_open(f, "[");
    write_binary(f, t);
    if (number) formula_close(f, "]");
}

void formula_condition(Formula *f, const Tree *t) {
    if (is_comparison(t)) write_binary(f, t);
    else formula_expression(f, t);
}

static void write_unary(Formula *f, const Tree *t) {
    formula_put(f, "−", "-");
    formula_at(f, t->kid[0], BINDS_PREFIX);
}

/* ---- the rest ---- */

static void write_string(Formula *f, const Tree *t) {
    formula_code(f, syntax_print_tree(f->spec->arena, t));
}

static void write_index(Formula *f, const Tree *t) {
    formula_at(f, t->kid[0], BINDS_POSTFIX);
    formula_put(f, "[", "_{");
    formula_list(f, t->kid[1]);
    formula_put(f, "]", "}");
}

static void write_slice(Formula *f, const Tree *t) {
    if (t->kid[0]) formula_expression(f, t->kid[0]);
    text_put(&f->out, ":");
    if (t->kid[1]) formula_expression(f, t->kid[1]);
}

static void write_ellipsis(Formula *f, const Tree *t) {
    (void)t;
    formula_put(f, "…", "\\dots");
}

static void write_member(Formula *f, const Tree *t) {
    formula_at(f, t->kid[0], BINDS_POSTFIX);
    text_put(&f->out, ".");
    formula_name(f, t->name);
}

static void write_scan(Formula *f, const Tree *t) {
    LIST_ADD(f->spec->arena, &f->indexed, ((Indexed){t, f->scope, NULL}));
    formula_words(f, "a recurrence over ");
    for (int i = 0, n = 0; i < t->kid[0]->list.n; i++) {
        const Tree *header = t->kid[0]->list.at[i];
        if (header->kind != TREE_SCAN_IN) continue;
        if (n++) formula_comma(f);
        formula_name(f, header->name);
        formula_put(f, " ∈ ", " \\in ");
        formula_at(f, header->kid[0], BINDS_RANGE);
    }
}

static void write_draws(Formula *f, const Tree *t) {
    const char *index = formula_index(f);
    const Scope *before = f->scope;
    Scope *inside = NEW(f->spec->arena, Scope);
    *inside = (Scope){before, NULL, t->kid[1]->kid[0], index};
    LIST_ADD(f->spec->arena, &f->indexed, ((Indexed){t, inside, index}));
    f->scope = inside;
    formula_open(f, "(");
    const Tree *results = body_results(t->kid[1]);
    if (results) formula_list(f, results);
    formula_close(f, ")");
    f->scope = before;
    formula_range(f, index, t->kid[0]);
}

static void write_formal(Formula *f, const Tree *t) {
    formula_name(f, t->name);
}

static const struct {
    void (*write)(Formula *f, const Tree *t);
    Tightness binds;
} kinds[TREE_COUNT] = {
    [TREE_NUMBER] = {write_number, BINDS_PRIMARY},  [TREE_STRING] = {write_string, BINDS_PRIMARY},
    [TREE_NAME] = {write_name, BINDS_PRIMARY},      [TREE_CALL] = {write_call, BINDS_POSTFIX},
    [TREE_NAMED] = {write_named, BINDS_PIPE},       [TREE_PIPE] = {write_call, BINDS_POSTFIX},
    [TREE_BINARY] = {write_operation, BINDS_PIPE},  [TREE_UNARY] = {write_unary, BINDS_PREFIX},
    [TREE_INDEX] = {write_index, BINDS_POSTFIX},    [TREE_SLICE] = {write_slice, BINDS_PIPE},
    [TREE_ELLIPSIS] = {write_ellipsis, BINDS_PIPE}, [TREE_MEMBER] = {write_member, BINDS_POSTFIX},
    [TREE_SCAN] = {write_scan, BINDS_PIPE},         [TREE_DRAWS] = {write_draws, BINDS_POSTFIX},
    [TREE_FORMAL] = {write_formal, BINDS_PRIMARY},
};

static Tightness binding_of_call(Formula *f, const Tree *t) {
    Call call;
    if (is_chain(f, t)) return BINDS_PIPE;
    if (!read_call(f, t, &call) || call.callee->kind != TREE_NAME) return BINDS_POSTFIX;
    return notation_binding(f, call.callee->name, named_callable(f, call.callee), call.args,
                            call.n);
}

static Tightness binding_of(Formula *f, const Tree *t) {
    if (expanded_loss(f, t)) return binding_of(f, expanded_loss(f, t));
    if (t->kind == TREE_CALL || t->kind == TREE_PIPE) return binding_of_call(f, t);
    if (is_scientific(t)) return BINDS_PRODUCT;
    if (t->kind != TREE_BINARY) return kinds[t->kind].binds;
    if (f->latex && is_operator(t, "/")) return BINDS_UNARY;
    if (is_comparison(t)) return BINDS_POSTFIX;
    return operators[find_operator(t->name)].binds;
}

void formula_at(Formula *f, const Tree *t, Tightness least) {
    if (!kinds[t->kind].write) BUG("no formula for %s", tree_kind_name(t->kind));
    bool bracketed = binding_of(f, t) < least;
    if (bracketed) formula_open(f, "(");
    kinds[t->kind].write(f, t);
    if (bracketed) formula_close(f, ")");
}

void formula_expression(Formula *f, const Tree *t) {
    formula_at(f, t, BINDS_PIPE);
}

/* ---- spaces ---- */

static void put_dims(Formula *f, const Tree *dims) {
    if (!dims || !dims->list.n) return;
    bool bracketed = dims->list.n > 1 || !is_atom(dims->list.at[0]);
    formula_put(f, bracketed ? "^(" : "^", "^{");
    for (int i = 0; i < dims->list.n; i++) {
        if (i) formula_put(f, "×", " \\times ");
        formula_at(f, dims->list.at[i], BINDS_POSTFIX);
    }
    formula_put(f, bracketed ? ")" : "", "}");
}

static void put_classes(Formula *f, const Tree *count) {
    formula_put(f, "{0, …, ", "\\{0, \\dots, ");
    put_last(f, count);
    formula_put(f, "}", "\\}");
}

void formula_space(Formula *f, const Tree *dims, const Tree *kind) {
    formula_put(f, " ∈ ", " \\in ");
    if (kind && kind->kid[0]) put_classes(f, kind->kid[0]);
    else formula_put(f, "ℝ", "\\mathbf{R}");
    put_dims(f, dims);
}
