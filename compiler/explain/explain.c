/* The sections of the page, in the order of a paper: data, networks, what is drawn and computed,
 * losses, training, samples. Within a section things stand in the order of the spec. */
#include "explain.h"

#include "depends.h"
#include "statement.h"

#include <ctype.h>
#include <string.h>

static bool is_last(const Tree *list, int i, TreeKind kind) {
    for (i++; i < list->list.n; i++)
        if (list->list.at[i]->kind == kind) return false;
    return true;
}

static bool has_kind(const Lines *l, TreeKind kind) {
    return !is_last(l->spec->file->decls, -1, kind);
}

/* ---- the top ---- */

/* The comment at the spec's beginning, as one text; NULL: none. */
static const char *first_comment(const Spec *s) {
    const SyntaxFile *file = s->file;
    const char *text = diag_source(s->diag, file->source)->text;
    int end = file->decls->list.n ? file->decls->list.at[0]->span.start : 0, next = 0;
    Text words = {.arena = s->arena};
    for (int i = 0; i < file->comments.n && file->comments.at[i].span.end <= end; i++) {
        const Comment *c = &file->comments.at[i];
        int lines = 0;
        for (int at = next; at < c->span.start; at++) lines += text[at] == '\n';
        if (i && lines > 1) break;
        const char *start = c->text + strspn(c->text, " \t");
        if (i && *start) text_put(&words, " ");
        text_put(&words, start);
        next = c->span.end;
    }
    return words.n ? words.at : NULL;
}

static void write_constants(Lines *l) {
    Formula f = lines_formula(l);
    const Tree *decls = l->spec->file->decls;
    if (!has_kind(l, TREE_LET)) return;
    page_heading(l->page, "Constants");
    for (int i = 0, n = 0; i < decls->list.n; i++) {
        const Tree *t = decls->list.at[i];
        if (t->kind != TREE_LET) continue;
        if (n++) formula_comma(&f), formula_put(&f, " ", "\\quad ");
        formula_name(&f, t->name);
        formula_put(&f, " = ", " = ");
        formula_expression(&f, t->kid[0]);
    }
    lines_row(l, 1, &f, "", NULL);
}

/* ---- data ---- */

static void write_data(Lines *l, const Tree *t) {
    for (int i = 0; i < t->kid[0]->list.n; i++) {
        const Tree *datum = t->kid[0]->list.at[i];
        Formula f = lines_formula(l);
        formula_name(&f, datum->name);
        formula_space(&f, datum->kid[0], datum->kid[1]);
        if (t->kind == TREE_DATA_DRAW) {
            formula_comma(&f);
            formula_name(&f, datum->name);
            formula_put(&f, " ~ ", " \\sim ");
            formula_distribution(&f, t->kid[1], NULL);
            formula_words(&f, ", drawn afresh");
        }
        lines_row(l, 1, &f, "", NULL);
    }
    if (t->kind == TREE_DATA_DRAW) return;
    Arena *a = l->spec->arena;
    page_code(l->page, 2, arena_printf(a, "= %s", syntax_print_tree(a, t->kid[1])));
    for (int i = 0; i < t->kid[2]->list.n; i++)
        page_code(l->page, 2,
                  arena_printf(a, "or %s", syntax_print_tree(a, t->kid[2]->list.at[i])));
    if (t->flags & TREE_UNPAIRED) page_prose(l->page, 2, "in an order of its own");
}

/* ---- what can be called ---- */

static void write_networks(Lines *l) {
    bool heading = false;
    for (int i = 0; i < l->spec->callables.n; i++) {
        const Callable *c = &l->spec->callables.at[i];
        if (c->library || !spec_is_network(c)) continue;
        if (!heading) page_heading(l->page, "Networks");
        heading = true;
        Formula f = lines_formula(l);
        const char *role = c->decl->text ? c->decl->text : tree_kind_name(c->decl->kind);
        formula_words(&f, arena_printf(l->spec->arena, "%s ", role));
        formula_name(&f, c->decl->name);
        formula_words(&f, " with parameters ");
        formula_letter(&f, c);
        formula_words(&f, ":");
        lines_row(l, 1, &f, "", NULL);
        lines_definition(l, 2, c);
        page_gap(l->page);
    }
}

static void write_method(Lines *l, const Callable *family, const Tree *method) {
    Scope arguments = {NULL, callable_formals(family->decl), NULL, NULL};
    Scope inside = {&arguments, method->kid[0],
                    method->kid[1]->kind == TREE_BODY ? method->kid[1]->kid[0] : NULL, NULL};
    l->scope = &inside;
    Formula left = lines_formula(l), right = lines_formula(l);
    formula_function(&left, method->name);
    if (method->kid[0])
        formula_put(&left, "(", "("), formula_list(&left, method->kid[0]),
            formula_put(&left, ")", ")");
    if (method->kid[1]->kind == TREE_BODY) {
        formula_words(&left, ":");
        lines_row(l, 2, &left, "", NULL);
        lines_body(l, 3, method->kid[1]);
    } else {
        formula_expression(&right, method->kid[1]);
        lines_row(l, 2, &left, "=", &right);
    }
    l->scope = NULL;
}

static void write_family(Lines *l, const Callable *c) {
    Formula f = lines_formula(l);
    formula_words(&f, "family ");
    formula_function(&f, c->decl->name);
    formula_put(&f, "(", "(");
    formula_list(&f, callable_formals(c->decl));
    formula_put(&f, ")", ")");
    formula_words(&f, ":");
    lines_row(l, 1, &f, "", NULL);
    for (int i = 0; i < c->decl->kid[1]->list.n; i++)
        write_method(l, c, c->decl->kid[1]->list.at[i]);
}

/* The spec's own functions, layers, families and optimizers. */
static void write_functions(Lines *l) {
    bool heading = false;
    const Tree *decls = l->spec->file->decls;
    for (int i = 0; i < l->spec->callables.n; i++) {
        const Callable *c = &l->spec->callables.at[i];
        if (c->decl->span.file != decls->span.file || c->library || spec_is_network(c)) continue;
        if (!heading) page_heading(l->page, "Definitions");
        heading = true;
        if (c->decl->kind == TREE_DISTRIBUTION) write_family(l, c);
        else lines_definition(l, 1, c);
        page_gap(l->page);
    }
}

/* ---- values and losses ---- */

static void write_value(Lines *l, const Tree *t) {
    lines_statement(l, 1, t);
}

/* What stands at the top level for each example. */
static void write_values(Lines *l) {
    const Tree *decls = l->spec->file->decls;
    if (!has_kind(l, TREE_BIND) && !has_kind(l, TREE_DRAW) && !has_kind(l, TREE_EXPR)) return;
    page_heading(l->page, "For each example");
    for (int i = 0; i < decls->list.n; i++) {
        const Tree *t = decls->list.at[i];
        if (t->kind == TREE_BIND || t->kind == TREE_DRAW || t->kind == TREE_EXPR) write_value(l, t);
    }
}

static void write_losses(Lines *l) {
    const Tree *decls = l->spec->file->decls;
    if (!has_kind(l, TREE_LOSS)) return;
    page_heading(l->page, "Losses");
    for (int i = 0; i < decls->list.n; i++) {
        const Tree *t = decls->list.at[i];
        if (t->kind != TREE_LOSS) continue;
        Formula left = lines_formula(l), right = lines_formula(l);
        formula_name(&left, t->name);
        formula_expression(&right, t->kid[0]);
        lines_row(l, 1, &left, "=", &right);
    }
}

static void write_metrics(Lines *l) {
    const Tree *decls = l->spec->file->decls;
    if (!has_kind(l, TREE_METRIC)) return;
    page_heading(l->page, "Measured on held-out data");
    for (int i = 0; i < decls->list.n; i++) {
        const Tree *t = decls->list.at[i];
        if (t->kind != TREE_METRIC) continue;
        Formula left = lines_formula(l), right = lines_formula(l);
        formula_name(&left, t->name);
        formula_expression(&right, t->kid[1]);
        if (t->kid[0])
            formula_words(&right, ", over "), formula_expression(&right, t->kid[0]),
                formula_words(&right, " examples");
        if (t->kid[2])
            formula_words(&right, ", to stay "), formula_words(&right, t->kid[2]->name),
                formula_words(&right, " "), formula_expression(&right, t->kid[2]->kid[0]);
        if (t->flags & TREE_FINAL) formula_words(&right, ", at the end");
        lines_row(l, 1, &left, "=", &right);
    }
}

/* ---- training ---- */

static void put_owner(Formula *f, const Tree *t) {
    const Callable *c = t->kind == TREE_NAME ? spec_callable(f->spec, t->name) : NULL;
    if (spec_is_network(c)) formula_letter(f, c);
    else formula_expression(f, t);
}

static void put_owners(Formula *f, const Tree *over) {
    for (int i = 0; i < over->list.n; i++) {
        if (i) formula_comma(f);
        put_owner(f, over->list.at[i]);
    }
}

/* x, y ~ data: what was read. */
static int put_read(Formula *f, RandomNames names) {
    int n = 0;
    for (int i = 0; i < names.n; i++) {
        if (names.at[i].binding->kind != TREE_DATA) continue;
        if (n++) formula_put(f, ", ", ", ");
        formula_name(f, names.at[i].name);
    }
    if (n) formula_put(f, " ~ data", " \\sim \\text{data}");
    return n;
}

/* z ~ q(z | x): what was drawn. */
static void put_drawn(Formula *f, RandomNames names, int n) {
    for (int i = 0; i < names.n; i++) {
        const Tree *t = names.at[i].binding;
        if (t->kind == TREE_DATA) continue;
        Tree *drawn = NEW(f->spec->arena, Tree);
        drawn->kind = TREE_NAME;
        drawn->name = names.at[i].name;
        if (n++) formula_comma(f), formula_put(f, "", "\\; ");
        formula_name(f, drawn->name);
        formula_put(f, " ~ ", " \\sim ");
        formula_draw(f, t->kid[t->kind == TREE_DATA_DRAW ? 1 : 2], drawn);
    }
}

/* min_{φ, θ} E_{x ~ data, z ~ q(z | x)} [ ... ], the losses written out. */
static void write_objective(Lines *l, int indent, const Tree *minimize) {
    RandomNames names = depends_on(l->spec, minimize->kid[0]);
    Formula f = lines_formula(l);
    bool several = minimize->kid[1]->list.n > 1;
    formula_put(&f, several ? "min_{" : "min_", "\\min_{");
    put_owners(&f, minimize->kid[1]);
    formula_put(&f, several ? "}" : "", "}");
    if (names.n) {
        f.depth++;
        formula_put(&f, " E_{", " \\operatorname*{E}_{");
        put_drawn(&f, names, put_read(&f, names));
        formula_put(&f, "}", "}");
        f.depth--;
    }
    formula_put(&f, " ", "\\, ");
    formula_break(&f);
    formula_put(&f, "[ ", "\\bigl[ ");
    f.depth++;
    f.expand = true;
    formula_expression(&f, minimize->kid[0]);
    formula_put(&f, " ]", " \\bigr]");
    lines_row(l, indent, &f, "", NULL);
}

static void put_setting(Lines *l, Formula *f, const Tree *setting) {
    formula_words(f,
                  arena_printf(l->spec->arena, "%s%s", setting->name, setting->kid[0] ? " " : ""));
    if (setting->kid[0]) formula_expression(f, setting->kid[0]);
}

static void write_minimize(Lines *l, const Tree *t, int number, bool several) {
    Formula f = lines_formula(l);
    if (several) formula_words(&f, arena_printf(l->spec->arena, "%d. ", number));
    formula_words(&f, "minimise ");
    formula_expression(&f, t->kid[0]);
    formula_words(&f, " over ");
    put_owners(&f, t->kid[1]);
    formula_break(&f);
    formula_words(&f, " by ");
    formula_expression(&f, t->kid[2]);
    for (int i = 0; i < t->kid[3]->list.n; i++) {
        formula_comma(&f);
        put_setting(l, &f, t->kid[3]->list.at[i]);
    }
    formula_words(&f, ":");
    lines_row(l, 1, &f, "", NULL);
    write_objective(l, 2, t);
}

static void write_train(Lines *l, const Tree *train) {
    const Tree *items = train->kid[0];
    int minimizes = 0, number = 0, settings = 0;
    page_heading(l->page, "Training");
    for (int i = 0; i < items->list.n; i++) minimizes += items->list.at[i]->kind == TREE_MINIMIZE;
    if (minimizes > 1)
        page_prose(l->page, 1, "A step does these in turn; what one is not over stays as it is.");
    for (int i = 0; i < items->list.n; i++)
        if (items->list.at[i]->kind == TREE_MINIMIZE)
            write_minimize(l, items->list.at[i], ++number, minimizes > 1);
    Formula f = lines_formula(l);
    for (int i = 0; i < items->list.n; i++) {
        if (items->list.at[i]->kind == TREE_MINIMIZE) continue;
        if (settings++) formula_comma(&f);
        put_setting(l, &f, items->list.at[i]);
    }
    if (settings) lines_row(l, 1, &f, "", NULL);
}

/* ---- samples ---- */

static void write_sample(Lines *l, const Tree *t) {
    Scope inside = {NULL, t->kid[0], t->kid[1]->kid[0], NULL};
    Formula f = lines_formula(l);
    formula_name(&f, t->name);
    if (t->kid[0]->list.n)
        formula_put(&f, "(", "("), formula_list(&f, t->kid[0]), formula_put(&f, ")", ")");
    formula_words(&f, ":");
    lines_row(l, 1, &f, "", NULL);
    l->scope = &inside;
    lines_body(l, 2, t->kid[1]);
    l->scope = NULL;
}

/* ---- the page ---- */

static void write_each(Lines *l, TreeKind kind, const char *heading,
                       void (*write)(Lines *l, const Tree *t)) {
    const Tree *decls = l->spec->file->decls;
    bool first = true;
    for (int i = 0; i < decls->list.n; i++) {
        const Tree *t = decls->list.at[i];
        if (t->kind != kind) continue;
        if (first && heading) page_heading(l->page, heading);
        first = false;
        write(l, t);
    }
}

char *explain_spec(Arena *a, Diag *d, int source, const char *name, bool latex) {
    Spec *s = spec_read(a, d, source);
    Lines l = {page_new(a, latex, name), s, latex, NULL};
    const char *comment = first_comment(s);
    if (comment) page_prose(l.page, 0, comment);
    write_constants(&l);
    if (has_kind(&l, TREE_DATA) || has_kind(&l, TREE_DATA_DRAW)) page_heading(l.page, "Data");
    write_each(&l, TREE_DATA, NULL, write_data);
    write_each(&l, TREE_DATA_DRAW, NULL, write_data);
    write_networks(&l);
    write_functions(&l);
    write_each(&l, TREE_PARAM, "Parameters", write_value);
    write_values(&l);
    write_losses(&l);
    write_metrics(&l);
    write_each(&l, TREE_TRAIN, NULL, write_train);
    write_each(&l, TREE_SAMPLE, "Samples", write_sample);
    return page_finish(l.page);
}
