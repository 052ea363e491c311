/* Networks and samples as functions of their arguments, for genc emit --library.
 *
 * Does: elaborates each network that the options name once more, on arguments of the kinds and
 * shapes that the spec first calls it with, and each sample as the trainer has it but for what is
 * only for --set, in place of all other programs. Requires: all else elaborated. Leaves: a program
 * for each; a network's outputs are what it returns: of a distribution its mean, if its family
 * states one, then its parameters; a sample's are what it shows. In m->undone the data that are
 * named. */
#include "elab.h"

#include <string.h>

enum { LIBRARY_BATCH = 64 /* rows of one call, as of a sample's: so the bits are the same */ };

static const Signature *signature_of(const Elab *e, const char *name) {
    for (int i = 0; i < e->signatures.n; i++)
        if (strcmp(e->signatures.at[i].decl->name, name) == 0) return &e->signatures.at[i];
    return NULL;
}

static const char *output_name(Elab *e, int n, int i, const char *part) {
    const char *of = n > 1 ? arena_printf(e->a, "out%d", i + 1) : "";
    if (!part) return *of ? of : "out";
    return *of ? arena_printf(e->a, "%s_%s", of, part) : part;
}

static void add_output(Elab *e, const char *name, Node *x) {
    for (int i = 0; i < e->program->outputs.n; i++)
        if (strcmp(e->program->outputs.at[i].name, name) == 0) return;
    if (x->kind == KIND_BOOL) x = graph_map1(e->g, OP_REAL, x);
    Output o = {
        .name = intern(e->a, name), .value = elab_fill(e, x, x->shape, e->g->batch), .datum = -1};
    LIST_ADD(e->a, &e->program->outputs, o);
}

static void add_distribution(Elab *e, const Value *v, int n, int i, const Tree *net) {
    const Dist *d = v->dist;
    if (dist_has_method(d, "mean")) {
        Value mean = dist_method(e, v, "mean", 0, NULL, net);
        if (mean.kind == VALUE_NODE) add_output(e, output_name(e, n, i, "mean"), mean.node);
    }
    for (int k = 0; d->family && k < d->family->kid[0]->list.n; k++) {
        const char *name = d->family->kid[0]->list.at[k]->name;
        const Binding *b = env_find_own(d->env, name);
        if (b && !b->lazy && b->value.kind == VALUE_NODE)
            add_output(e, output_name(e, n, i, name), b->value.node);
    }
}

static void add_results(Elab *e, const Value *v, const Tree *net) {
    int n = v->kind == VALUE_TUPLE ? v->n : 1;
    for (int i = 0; i < n; i++) {
        const Value *one = v->kind == VALUE_TUPLE ? &v->items[i] : v;
        Node *x;
        if (one->kind == VALUE_DIST) add_distribution(e, one, n, i, net);
        else if (one->kind != VALUE_POISON && elab_node(e, one, net->span, &x))
            add_output(e, output_name(e, n, i, NULL), x);
    }
}

/* Whether its arguments are values of the running program, or compile-time constants. */
static bool are_plain(const Signature *s) {
    for (int i = 0; i < s->n; i++) {
        ValueKind kind = s->args[i].value.kind;
        if (kind != VALUE_NODE && kind != VALUE_NUMBER && kind != VALUE_TEXT &&
            kind != VALUE_NONE && kind != VALUE_CALLABLE)
            return false;
    }
    return true;
}

/* What runs when the program does becomes an input; all else is as in the spec's call. */
static Argument *arguments(Elab *e, const Signature *s) {
    Argument *args = NEW_ARRAY(e->a, Argument, s->n + 1);
    for (int i = 0; i < s->n; i++) {
        args[i] = s->args[i];
        const Node *x = s->args[i].value.node;
        if (s->args[i].value.kind != VALUE_NODE) continue;
        Kind kind = x->kind == KIND_INDEX ? KIND_INDEX : KIND_REAL;
        args[i].value = value_node(
            elab_input(e, args[i].name, INPUT_FREE, kind, x->classes, x->shape), args[i].span);
    }
    return args;
}

static void network_program(Elab *e, const Signature *s) {
    Callable c;
    if (!are_plain(s) || !module_callable(e->user, s->decl->name, &c)) return;
    elab_new_program(e, GEN_SAMPLE, s->decl->name, arena_printf(e->a, "network_%s", s->decl->name),
                     LIBRARY_BATCH, s->decl->span);
    e->program->about = arena_printf(e->a, "%s %s", s->decl->text, s->decl->name);
    e->averaged = train_averages(e);
    e->at.env = env_new(e, NULL, e->user);
    Value v = call_callable(e, c, s->n, arguments(e, s), NULL, s->decl);
    add_results(e, &v, s->decl);
    elab_end_program(e);
}

/* What is shown `as x` is called shown_x; a row of anything is one of the function's. */
static void sample_function(Elab *e, const Tree *t) {
    programs_sample(e, t);
    Program *p = e->m->programs.at[e->m->programs.n - 1];
    for (int i = 0; i < p->outputs.n; i++) {
        Output *o = &p->outputs.at[i];
        if (o->datum >= 0)
            o->name = intern(e->a, arena_printf(e->a, "shown_%s", e->m->data.at[o->datum].name));
        o->value = elab_fill(e, o->value, o->value->shape, p->graph->batch);
    }
}

static const Tree *sample_named(const Elab *e, const char *name) {
    for (int i = 0; i < e->user->samples.n; i++)
        if (strcmp(e->user->samples.at[i]->name, name) == 0) return e->user->samples.at[i];
    return NULL;
}

static void library_function(Elab *e, const char *name) {
    const Signature *s = signature_of(e, name);
    const Tree *sample = sample_named(e, name);
    int datum = elab_find_datum(e, name);
    if (s) network_program(e, s);
    else if (sample) sample_function(e, sample);
    else if (datum >= 0) LIST_ADD(e->a, &e->m->undone, datum);
}

/* Arguments that nothing reads are arguments all the same. */
static void keep_arguments(Elab *e) {
    for (int i = 0; i < e->m->programs.n; i++) e->m->programs.at[i]->is_function = true;
}

void programs_library(Elab *e) {
    e->m->programs.n = 0;
    for (int i = 0; i < e->options->n_library; i++) library_function(e, e->options->library[i]);
    keep_arguments(e);
}
