/* The order of elaboration.
 *
 * Does: names, constants, data and train block first; then the init program, which discovers every
 * parameter; then each other program on a graph of its own. Requires: a tree without syntax errors.
 * Leaves: the Model. */
#include "elab.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- errors ---- */

bool elab_is_library(Elab *e, Span at) {
    return at.file < 0 || diag_source(e->d, at.file)->builtin;
}

void elab_error(Elab *e, DiagCode code, Span at, ...) {
    bool library = elab_is_library(e, at);
    va_list args;
    va_start(args, at);
    diag_verror(e->d, code, library ? e->at.user : at, args);
    va_end(args);
    if (library && at.file >= 0) diag_note(e->d, NO_SPAN, "in %s", diag_where(e->d, at));
}

void elab_note(Elab *e, Span at, const char *format, ...) {
    va_list args;
    va_start(args, format);
    char *text = arena_vprintf(e->a, format, args);
    va_end(args);
    diag_note(e->d, elab_is_library(e, at) ? NO_SPAN : at, "%s", text);
}

/* ---- top-level values ---- */

static bool overridden(Elab *e, const char *name, double *value) {
    for (int i = e->options->n_overrides - 1; i >= 0; i--) { /* the last one said */
        const char *text = e->options->overrides[i], *equals = strchr(text, '=');
        if (equals && strlen(name) == (size_t)(equals - text) &&
            strncmp(text, name, strlen(name)) == 0) {
            *value = strtod(equals + 1, NULL);
            return true;
        }
    }
    return false;
}

static Value constant(Elab *e, const Tree *t) {
    double value;
    if (overridden(e, t->name, &value)) return value_number(value, t->span);
    Value v = elab_expr(e, t->kid[0]);
    return elab_number(e, &v, t->kid[0]->span, &value) ? v : value_poison();
}

static Value loss(Elab *e, const Tree *t) {
    Value v = elab_expr(e, t->kid[0]);
    Node *x;
    if (!elab_real(e, &v, t->kid[0]->span, &x)) return value_poison();
    if (shape_size(&x->shape) != 1) {
        elab_error(e, D_LOSS_SHAPE, t->kid[0]->span, value_describe(e, &v));
        diag_help(e->d, "sum(%s) or mean(%s) makes it one", tree_text(e, t->kid[0]),
                  tree_text(e, t->kid[0]));
        return value_poison();
    }
    return value_node(graph_reshape(e->g, x, (Shape){0}), t->name_span);
}

/* data x[2] ~ dist: drawn like any other value, from a stream of its own on held-out data. */
static Value drawn_datum(Elab *e, const Tree *t, int item) {
    const Tree *d = t->kid[0]->list.at[item];
    Tree draw = {.kind = TREE_DRAW,
                 .span = t->span,
                 .name_span = d->name_span,
                 .name = d->name,
                 .kid = {d->kid[0], d->kid[1], t->kid[1], NULL}};
    Context saved = e->at;
    e->at.path = e->at.draw_path = "";
    Value v = elab_draw(e, &draw);
    e->at = saved;
    return v;
}

/* a, b = expr binds all its names at once; the one asked for is returned. */
static Value several(Elab *e, const Tree *t, int item) {
    Value v = elab_expr(e, t->kid[1]), wanted = value_poison();
    const Tree *names = t->kid[0];
    if (names->list.n > 1 && (v.kind != VALUE_TUPLE || v.n != names->list.n)) {
        if (v.kind != VALUE_POISON)
            elab_error(e, D_UNPACK, t->kid[1]->span, names->list.n, value_describe(e, &v));
        v = value_poison();
    }
    for (int i = 0; i < names->list.n; i++) {
        Value one = v.kind == VALUE_TUPLE && names->list.n > 1 ? v.items[i] : v;
        one = elab_marked(e, names->list.at[i]->name, one);
        one.span = names->list.at[i]->name_span;
        elab_see(e, one.span, &one, NULL);
        memo_add(e, t, i, one, false);
        if (i == item) wanted = one;
    }
    return wanted;
}

static Value evaluate(Elab *e, const Tree *t, int item) {
    Value v;
    switch (t->kind) {
    case TREE_LET:
        v = constant(e, t);
        elab_see(e, t->name_span, &v, NULL);
        return v;
    case TREE_LOSS:
        v = loss(e, t);
        elab_see(e, t->name_span, &v, NULL);
        return elab_marked(e, t->name, v);
    case TREE_DATA:
        return elab_datum(e, t, item);
    case TREE_DATA_DRAW:
        return drawn_datum(e, t, item);
    case TREE_PARAM:
        return elab_param(e, t);
    case TREE_DRAW:
        return elab_marked(e, t->name, elab_draw(e, t));
    case TREE_BIND:
        return several(e, t, item);
    default:
        BUG("%s is no top-level value", tree_kind_name(t->kind));
    }
}

static const char *name_of(const Tree *t, int item) {
    bool listed = t->kind == TREE_BIND || t->kind == TREE_DATA || t->kind == TREE_DATA_DRAW;
    return listed ? t->kid[0]->list.at[item]->name : t->name;
}

Value elab_top(Elab *e, const Tree *decl, int item) {
    const Memo *known = memo_find(e, decl, item);
    if (known && !known->running) return known->value;
    if (known) {
        elab_error(e, D_CYCLE, decl->name_span.file >= 0 ? decl->name_span : decl->span,
                   name_of(decl, item));
        return value_poison();
    }
    int mine = e->memo.n, depth = e->depth;
    memo_add(e, decl, item, value_poison(), true);
    e->depth = 0;
    Context saved = e->at;
    PathCounts params = {0};
    bool draws = decl->kind == TREE_DRAW || decl->kind == TREE_PARAM;
    const char *path = draws ? "" : name_of(decl, decl->kind == TREE_BIND ? 0 : item);
    e->at = (Context){.path = path,
                      .draw_path = path,
                      .param_counts = &params,
                      .draw_counts = saved.draw_counts,
                      .rows = e->g->batch,
                      .turn_base = e->turns.n,
                      .user = decl->span};
    Span span = e->g->span;
    e->g->span = decl->span;
    Value v = evaluate(e, decl, item);
    e->at = saved;
    e->depth = depth;
    e->g->span = span;
    e->memo.at[mine].value = v;
    e->memo.at[mine].running = false;
    return v;
}

/* ---- programs ---- */

Program *elab_new_program(Elab *e, GenProgramRole role, const char *name, const char *symbol,
                          int64_t batch, Span span) {
    Program *p = NEW(e->a, Program);
    *p = (Program){.name = name,
                   .symbol = symbol,
                   .about = "",
                   .role = role,
                   .span = span,
                   .batch = batch,
                   .times = 1};
    p->graph = graph_new(e->a, batch);
    p->graph->simplify = e->options->simplify;
    LIST_ADD(e->a, &e->m->programs, p);
    e->program = p;
    e->g = p->graph;
    e->training = e->averaged = false;
    e->positions = 0;
    e->versions.n = e->updates.n = e->turns.n = 0;
    e->at = (Context){.path = "",
                      .draw_path = "",
                      .param_counts = NEW(e->a, PathCounts),
                      .draw_counts = NEW(e->a, PathCounts),
                      .rows = p->graph->batch,
                      .user = span};
    elab_forget(e);
    return p;
}

/* Top-level values are evaluated anew from here on: parameters have changed. What has not comes out
 * as the same nodes. */
void elab_forget(Elab *e) {
    e->memo.n = e->flow_uses.n = e->image_draws.n = e->inverses.n = 0;
    e->at.draw_counts->n = 0;
}

void elab_end_program(Elab *e) {
    e->program = NULL;
}

/* ---- the whole ---- */

static void check_overrides(Elab *e) {
    for (int i = 0; i < e->options->n_overrides; i++) {
        const char *text = e->options->overrides[i], *equals = strchr(text, '=');
        const char **names = NEW_ARRAY(e->a, const char *, e->user->values.n + 1);
        const char *name = intern_n(e->a, text, equals ? (size_t)(equals - text) : strlen(text));
        char *end = NULL;
        int n = 0;
        bool known = false;
        for (int k = 0; k < e->user->values.n; k++)
            if (e->user->values.at[k].decl->kind == TREE_LET)
                names[n++] = e->user->values.at[k].name;
        for (int k = 0; k < n; k++) known = known || names[k] == name;
        bool finite = equals && equals[1] && isfinite(strtod(equals + 1, &end));
        if (!known) {
            elab_error(e, D_OVERRIDE_UNKNOWN, NO_SPAN, name);
            diag_suggest(e->d, name, names, n);
        } else if (!finite || *end) {
            elab_error(e, D_OVERRIDE_VALUE, NO_SPAN, text);
        }
        LIST_ADD(e->a, &e->m->overrides, text);
    }
}

static void describe_networks(Elab *e) {
    for (int i = 0; i < e->user->callables.n; i++) {
        const Tree *t = e->user->callables.at[i].decl;
        bool sequence = t->kind == TREE_AUTOREGRESSIVE, flow = t->kind == TREE_FLOW;
        if (t->kind != TREE_NETWORK && !sequence && !flow) continue;
        const char *role = sequence ? "autoregressive" : flow ? "flow" : t->text;
        Network net = {role, t->name, 0, t->span};
        for (int k = 0; k < e->variables.n; k++) {
            const Variable *v = &e->variables.at[k];
            size_t n = strlen(t->name);
            if (v->role == GEN_PARAM && strncmp(v->path, t->name, n) == 0 && v->path[n] == '.')
                net.parameters += shape_size(&v->shape);
        }
        LIST_ADD(e->a, &e->m->networks, net);
    }
}

/* What no expression of the spec has shown: derivatives may be larger than what they derive. */
static void check_limits(Elab *e) {
    for (int i = 0; i < e->m->programs.n && diag_errors(e->d) == 0; i++) {
        const Program *p = e->m->programs.at[i];
        e->g = p->graph;
        if (p->graph->overflow) elab_error(e, D_TOO_MANY_OPERATIONS, p->span);
        else if (p->graph->too_large) elab_too_large(e, p->graph->too_large->span);
    }
}

static int add_storage(Elab *e, const char *name) {
    LIST_ADD(e->a, &e->m->storages, ((Storage){name, 0}));
    return e->m->storages.n - 1;
}

static void read_declarations(Elab *e, const SyntaxFile *file) {
    elab_new_program(e, GEN_INIT, "", "constants", 1,
                     NO_SPAN); /* compile-time numbers need no graph, but a context */
    elab_load_std(e);
    elab_load_user(e, file);
    check_overrides(e);
    for (int i = 0; i < e->user->values.n; i++) {
        const Tree *t = e->user->values.at[i].decl;
        if (t->kind != TREE_LET) continue;
        Value v = elab_top(e, t, 0);
        if (v.kind == VALUE_NUMBER)
            LIST_ADD(e->a, &e->m->constants, ((Constant){t->name, v.number}));
    }
    for (int i = 0; i < e->user->callables.n; i++)
        LIST_ADD(e->a, &e->m->callables, e->user->callables.at[i].decl);
    for (int i = 0; i < e->std->callables.n; i++)
        LIST_ADD(e->a, &e->m->callables, e->std->callables.at[i].decl);
    elab_data_declarations(e);
    train_read(e);
    e->m->programs.n = 0;
}

/* The spec as a run's folder has it, where copies of its imports lie in a folder of their own. */
static const char *kept_spec(Elab *e, const SyntaxFile *file) {
    SyntaxFile kept = *file;
    Tree decls = *file->decls;
    int import = 0;
    decls.list.at = NEW_ARRAY(e->a, Tree *, decls.list.n + 1);
    for (int i = 0; i < decls.list.n; i++) {
        Tree *t = decls.list.at[i] = NEW(e->a, Tree);
        *t = *file->decls->list.at[i];
        if (t->kind == TREE_IMPORT) t->text = e->m->imports.at[import++].kept;
    }
    kept.decls = &decls;
    return import ? syntax_print(e->a, e->d, &kept) : e->m->canonical;
}

Model *elaborate(Arena *a, Diag *d, const SyntaxFile *file, const ElaborateOptions *options) {
    Elab *e = NEW(a, Elab);
    Model *m = NEW(a, Model);
    *e = (Elab){.a = a, .d = d, .m = m, .options = options};
    *m = (Model){.arena = a,
                 .diag = d,
                 .name = options->name,
                 .folder = options->folder,
                 .source = file->source,
                 .decls = file->decls,
                 .test_fraction = 0.1,
                 .canonical = syntax_print(a, d, file)};
    e->param_storage = add_storage(e, "params");
    e->state_storage = add_storage(e, "state");
    e->held_storage = add_storage(e, "held");
    void (*const passes[])(Elab *) = {programs_init, train_steps, programs_eval, programs_samples};
    read_declarations(e, file);
    if (options->declared) return m;
    for (size_t i = 0; i < sizeof passes / sizeof *passes && diag_errors(d) == 0; i++) passes[i](e);
    if (options->n_library > 0 && diag_errors(d) == 0) programs_library(e);
    check_limits(e);
    if (diag_errors(d) > 0) return m;
    m->kept = kept_spec(e, file);
    describe_networks(e);
    return m;
}
