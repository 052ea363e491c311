/* Bodies line by line: one function for each kind of statement. */
#include "statement.h"

#include <string.h>

static const struct {
    const char *text, *latex;
} relations[] = {
    {"", ""}, {"=", "="}, {"~", "\\sim"}, {"∈", "\\in"}, {"←", "\\leftarrow"},
};

static const char *relation_of(const Lines *l, const char *text) {
    for (size_t i = 0; i < sizeof relations / sizeof *relations; i++)
        if (strcmp(relations[i].text, text) == 0) return l->latex ? relations[i].latex : text;
    BUG("'%s' is no relation", text);
}

Formula lines_formula(const Lines *l) {
    return formula_new(l->spec, l->latex, l->scope);
}

static const char *formula_text(const Formula *f) {
    return f->out.at ? f->out.at : "";
}

/* ---- what formulas counted over ---- */

static void put_for_all(Formula *f, const Indexed *x) {
    Scope *outer = (Scope *)x->scope->outer;
    const Scope *before = f->scope;
    formula_words(f, " for ");
    formula_break(f);
    formula_put(f, x->index, x->index);
    formula_put(f, " = 1, …, ", " = 1, \\dots, ");
    f->scope = outer;
    formula_at(f, x->of->kid[0], BINDS_SUM);
    f->scope = before;
}

static void write_draws(Lines *l, int indent, const Indexed *x);
static void write_scan(Lines *l, int indent, const Tree *scan);

static void write_indexed(Lines *l, int indent, const Formula *f) {
    const Scope *before = l->scope;
    for (int i = 0; i < f->indexed.n; i++) {
        const Indexed *x = &f->indexed.at[i];
        l->scope = x->scope;
        if (x->index) write_draws(l, indent, x);
        else write_scan(l, indent, x->of);
    }
    l->scope = before;
}

void lines_row(Lines *l, int indent, Formula *left, const char *relation, Formula *right) {
    page_row(l->page, indent, formula_text(left), relation_of(l, relation),
             right ? formula_text(right) : "");
    write_indexed(l, indent + 1, left);
    if (right) write_indexed(l, indent + 1, right);
}

/* ---- statements ---- */

/* A name bound in this scope, with its subscript where it has one. */
static void put_bound_name(const Lines *l, Formula *f, const char *name) {
    formula_name(f, name);
    if (!l->scope || !l->scope->index) return;
    formula_put(f, "_", "_{");
    formula_put(f, l->scope->index, l->scope->index);
    formula_put(f, "", "}");
}

static void put_names(const Lines *l, Formula *f, const Tree *names) {
    for (int i = 0; i < names->list.n; i++) {
        if (i) formula_comma(f);
        put_bound_name(l, f, names->list.at[i]->name);
    }
}

static void finish_row(Lines *l, int indent, Formula *left, const char *relation, Formula *right,
                       const Indexed *counted) {
    if (counted) put_for_all(right, counted);
    lines_row(l, indent, left, relation, right);
}

static void write_bind(Lines *l, int indent, const Tree *t, const Indexed *counted) {
    Formula left = lines_formula(l), right = lines_formula(l);
    put_names(l, &left, t->kid[0]);
    formula_expression(&right, t->kid[1]);
    finish_row(l, indent, &left, "=", &right, counted);
}

static void write_draw(Lines *l, int indent, const Tree *t, const Indexed *counted) {
    Formula left = lines_formula(l), right = lines_formula(l);
    Tree *drawn = NEW(l->spec->arena, Tree);
    drawn->kind = TREE_NAME;
    drawn->name = t->name;
    put_bound_name(l, &left, t->name);
    formula_draw(&right, t->kid[2], drawn);
    if (t->kid[3]) formula_words(&right, " given "), formula_expression(&right, t->kid[3]);
    if (t->kid[0] || t->kid[1]) {
        formula_comma(&right);
        formula_put(&right, "", "\\quad ");
        put_bound_name(l, &right, t->name);
        formula_space(&right, t->kid[0], t->kid[1]);
    }
    finish_row(l, indent, &left, "~", &right, counted);
}

/* W ∈ ℝ^(k×n), what it is, and where it starts. */
static void write_stored(Lines *l, int indent, const Tree *t, const char *what) {
    Formula f = lines_formula(l);
    put_bound_name(l, &f, t->name);
    formula_space(&f, t->kid[0], NULL);
    formula_words(&f, what);
    if (t->kid[1]) formula_words(&f, ", at first drawn from "), formula_expression(&f, t->kid[1]);
    if (t->kid[2]) formula_words(&f, ", at first "), formula_expression(&f, t->kid[2]);
    lines_row(l, indent, &f, "", NULL);
}

static void write_param(Lines *l, int indent, const Tree *t, const Indexed *counted) {
    (void)counted;
    write_stored(l, indent, t, ", a parameter");
}

static void write_state(Lines *l, int indent, const Tree *t, const Indexed *counted) {
    (void)counted;
    write_stored(l, indent, t, ", kept from step to step");
}

static void write_update(Lines *l, int indent, const Tree *t, const Indexed *counted) {
    Formula left = lines_formula(l), right = lines_formula(l);
    put_bound_name(l, &left, t->name);
    formula_expression(&right, t->kid[0]);
    finish_row(l, indent, &left, "←", &right, counted);
}

/* A word before values, and what they are shown as. */
static void write_values(Lines *l, int indent, const Tree *t, const char *word) {
    Formula f = lines_formula(l);
    formula_words(&f, word);
    formula_list(&f, t->kid[0]);
    if (t->kid[1]) formula_words(&f, " as "), formula_name(&f, t->kid[1]->name);
    lines_row(l, indent, &f, "", NULL);
}

static void write_return(Lines *l, int indent, const Tree *t, const Indexed *counted) {
    (void)counted;
    write_values(l, indent, t, "gives ");
}

static void write_show(Lines *l, int indent, const Tree *t, const Indexed *counted) {
    (void)counted;
    write_values(l, indent, t, "shows ");
}

static void write_yield(Lines *l, int indent, const Tree *t, const Indexed *counted) {
    (void)counted;
    write_values(l, indent, t, "yields ");
}

static void write_for(Lines *l, int indent, const Tree *t, const Indexed *counted) {
    Formula f = lines_formula(l);
    (void)counted;
    formula_words(&f, "for ");
    formula_name(&f, t->name);
    formula_put(&f, " = ", " = ");
    formula_expression(&f, t->kid[0]);
    formula_words(&f, ":");
    lines_row(l, indent, &f, "", NULL);
    lines_body(l, indent + 1, t->kid[1]);
}

static void write_if(Lines *l, int indent, const Tree *t, const Indexed *counted) {
    Formula f = lines_formula(l);
    (void)counted;
    formula_words(&f, "if ");
    formula_condition(&f, t->kid[0]);
    formula_words(&f, ":");
    lines_row(l, indent, &f, "", NULL);
    lines_body(l, indent + 1, t->kid[1]);
    if (!t->kid[2]) return;
    Formula otherwise = lines_formula(l);
    formula_words(&otherwise, "otherwise:");
    lines_row(l, indent, &otherwise, "", NULL);
    if (t->kid[2]->kind == TREE_IF) write_if(l, indent + 1, t->kid[2], NULL);
    else lines_body(l, indent + 1, t->kid[2]);
}

static void write_alone(Lines *l, int indent, const Tree *t, const Indexed *counted) {
    (void)counted;
    if (t->kid[0]->kind == TREE_SCAN) write_scan(l, indent, t->kid[0]);
}

static void (*const writers[TREE_COUNT])(Lines *l, int indent, const Tree *t,
                                         const Indexed *counted) = {
    [TREE_BIND] = write_bind,   [TREE_DRAW] = write_draw,     [TREE_PARAM] = write_param,
    [TREE_STATE] = write_state, [TREE_UPDATE] = write_update, [TREE_RETURN] = write_return,
    [TREE_SHOW] = write_show,   [TREE_YIELD] = write_yield,   [TREE_FOR] = write_for,
    [TREE_IF] = write_if,       [TREE_EXPR] = write_alone,
};

static void write_statement(Lines *l, int indent, const Tree *t, const Indexed *counted) {
    if (!writers[t->kind]) BUG("no line for %s", tree_kind_name(t->kind));
    writers[t->kind](l, indent, t, counted);
}

void lines_statement(Lines *l, int indent, const Tree *t) {
    write_statement(l, indent, t, NULL);
}

void lines_where(Lines *l, int indent, const Tree *body) {
    const Tree *list = body->kid[0];
    for (int i = 0; i < list->list.n; i++)
        if (list->list.at[i]->kind != TREE_RETURN) lines_statement(l, indent, list->list.at[i]);
}

void lines_body(Lines *l, int indent, const Tree *body) {
    for (int i = 0; i < body->kid[0]->list.n; i++)
        lines_statement(l, indent, body->kid[0]->list.at[i]);
}

static void write_draws(Lines *l, int indent, const Indexed *x) {
    const Tree *list = x->of->kid[1]->kid[0];
    for (int i = 0; i < list->list.n; i++)
        if (list->list.at[i]->kind != TREE_RETURN) write_statement(l, indent, list->list.at[i], x);
}

/* for each x_t ∈ x, from h = 0: */
static void write_scan(Lines *l, int indent, const Tree *scan) {
    const Tree *headers = scan->kid[0];
    Formula f = lines_formula(l);
    formula_words(&f, "for each ");
    for (int i = 0, carries = 0; i < headers->list.n; i++) {
        const Tree *t = headers->list.at[i];
        bool carry = t->kind == TREE_CARRY;
        if (i) formula_put(&f, ", ", ", ");
        if (carry && !carries++) formula_put(&f, "starting from ", "\\text{ starting from }");
        formula_name(&f, t->name);
        formula_put(&f, carry ? " = " : " ∈ ", carry ? " = " : " \\in ");
        formula_at(&f, t->kid[carry ? 1 : 0], BINDS_RANGE);
    }
    formula_words(&f, ":");
    lines_row(l, indent, &f, "", NULL);
    Scope inside = {l->scope, headers, scan->kid[1]->kid[0], NULL};
    Scope *kept = NEW(l->spec->arena, Scope);
    *kept = inside;
    const Scope *before = l->scope;
    l->scope = kept;
    lines_body(l, indent + 1, scan->kid[1]);
    l->scope = before;
}

/* ---- definitions ---- */

static void put_head(Lines *l, Formula *f, const Callable *c) {
    const Tree *formals = callable_formals(c->decl), *on = callable_pattern(c->decl);
    const Tree *const *args = (const Tree *const *)formals->list.at;
    Tree *value = NULL;
    if (c->decl->kind == TREE_AUTOREGRESSIVE) {
        value = NEW(l->spec->arena, Tree);
        value->kind = TREE_NAME;
        value->name = on->name;
    }
    if (spec_is_network(c)) {
        formula_network(f, c, args, formals->list.n, value);
    } else {
        formula_function(f, c->decl->name);
        formula_put(f, "(", "(");
        formula_arguments(f, args, formals->list.n);
        formula_put(f, ")", ")");
    }
    if (!on || value) return;
    text_put(&f->out, "[");
    if (on->kind == TREE_LIST) formula_list(f, on);
    else formula_name(f, on->name);
    text_put(&f->out, "]");
}

/* The right side of a definition: what the body gives, as a density where the head is one. */
static void put_result(Formula *f, const Callable *c, const Tree *result) {
    Tree *value = NEW(f->spec->arena, Tree);
    value->kind = TREE_NAME;
    value->name = c->variable;
    bool density = spec_is_network(c) && c->variable &&
                   spec_is_distribution(f->spec, f->scope, result) &&
                   !spec_mentions(f->spec, callable_formals(c->decl), c->variable);
    if (density) formula_distribution(f, result, value);
    else formula_expression(f, result);
}

static Scope *scope_of(const Lines *l, const Callable *c, const Tree *body) {
    Scope *inside = NEW(l->spec->arena, Scope);
    *inside = (Scope){NULL, callable_formals(c->decl),
                      body->kind == TREE_BODY ? body->kid[0] : NULL, NULL};
    return inside;
}

/* One return at the end of a body: it can stand beside the head. */
static bool ends_in_return(const Tree *body) {
    if (body->kind != TREE_BODY) return true;
    const Tree *list = body->kid[0];
    return list->list.n && list->list.at[list->list.n - 1]->kind == TREE_RETURN;
}

void lines_definition(Lines *l, int indent, const Callable *c) {
    const Tree *body = callable_body(c->decl), *results = body_results(body);
    const Scope *before = l->scope;
    l->scope = scope_of(l, c, body);
    Formula left = lines_formula(l), right = lines_formula(l);
    put_head(l, &left, c);
    if (!ends_in_return(body)) {
        formula_words(&left, ":");
        lines_row(l, indent, &left, "", NULL);
        lines_body(l, indent + 1, body);
    } else {
        if (results && results->list.n > 1) formula_list(&right, results);
        else put_result(&right, c, body_result(body));
        lines_row(l, indent, &left, "=", &right);
        if (body->kind == TREE_BODY) lines_where(l, indent + 1, body);
    }
    l->scope = before;
}
