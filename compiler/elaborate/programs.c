/* What the trainer does besides its steps: initialise, evaluate, sample.
 *
 * Does: builds those programs. Requires: constants, data and train read. programs_init also
 * discovers every parameter: it elaborates all that any program will, and keeps of it what initial
 * values need. Leaves: m->programs. */
#include "elab.h"

#include <math.h>
#include <string.h>

enum {
    SAMPLE_BATCH = 64, /* rows of one call of a sample; the trainer calls as often as it needs */
    SAMPLE_POSITIONS =
        12800,        /* of all rows together, where positions are drawn one after another */
    INIT_BATCH = 256, /* examples that data-dependent initial values see, at least */
};

/* A fresh top-level context in which `name` is elaborated. */
static void enter_top(Elab *e, const char *name) {
    e->at.env = NULL;
    e->at.path = e->at.draw_path = name;
    e->at.function = NULL;
    e->at.results = NULL;
}

static Node *per_example(Elab *e, Node *x) {
    return elab_fill(e, x, x->shape, e->g->batch);
}

/* ---- metrics and losses ---- */

static const Tree *metric_value(const Tree *t) {
    return t->kid[1];
}

static bool metric_batch(Elab *e, const Tree *t, int64_t *out) {
    *out = e->m->batch;
    if (!t->kid[0]) return true;
    Value v = elab_expr(e, t->kid[0]);
    if (!elab_integer(e, &v, t->kid[0]->span, out)) return false;
    if (*out >= 1 && *out <= 1 << 20) return true;
    elab_error(e, D_BAD_LENGTH, t->kid[0]->span, (long long)*out);
    return false;
}

/* metric m above 0.3 = ...: the trainer warns of what does not hold. */
static void add_bound(Elab *e, const Tree *t) {
    const Tree *setting = t->kid[2];
    if (!setting) return;
    bool above = strcmp(setting->name, "above") == 0;
    Bound bound = {t->name, -INFINITY, INFINITY, setting->span};
    Value v = elab_expr(e, setting->kid[0]);
    if (!elab_finite(e, &v, setting->kid[0]->span, above ? &bound.low : &bound.high)) return;
    LIST_ADD(e->a, &e->m->bounds, bound);
}

static void add_metric(Elab *e, const Tree *t) {
    Context saved = e->at;
    enter_top(e, t->name);
    Value v = elab_expr(e, metric_value(t));
    e->at = saved;
    Node *x;
    if (!elab_real(e, &v, metric_value(t)->span, &x)) return;
    if (shape_size(&x->shape) != 1) {
        elab_error(e, D_LOSS_SHAPE, metric_value(t)->span, value_describe(e, &v));
        return;
    }
    x = graph_reshape(e->g, x, (Shape){0});
    LIST_ADD(e->a, &e->program->outputs, ((Output){.name = t->name, .value = x, .datum = -1}));
    if (!e->discovering) add_bound(e, t);
}

static void add_loss(Elab *e, const Global *g) {
    Value v = elab_top(e, g->decl, 0);
    if (v.kind == VALUE_NODE)
        LIST_ADD(e->a, &e->program->outputs,
                 ((Output){.name = g->name, .value = per_example(e, v.node), .datum = -1}));
}

/* In the order in which training logs them, which is that of its minimizes, so that the figures of
 * held-out data stand in the same columns. */
static void add_losses(Elab *e) {
    int n = e->user->values.n;
    const Global *all = e->user->values.at;
    for (int k = 0; train_logged(e, k); k++)
        for (int i = 0; i < n; i++)
            if (all[i].decl->kind == TREE_LOSS && all[i].name == train_logged(e, k))
                add_loss(e, &all[i]);
    for (int i = 0; i < n; i++)
        if (all[i].decl->kind == TREE_LOSS && !train_logs(e, all[i].name)) add_loss(e, &all[i]);
}

/* What the only minimize minimizes: by it the trainer knows its best checkpoint. */
static void add_objective(Elab *e) {
    const Tree *t = train_loss(e, 0);
    Node *x;
    if (!t || train_loss(e, 1)) return;
    Context saved = e->at;
    enter_top(e, intern(e->a, "minimize.0"));
    Value v = elab_expr(e, t);
    e->at = saved;
    if (!elab_real(e, &v, t->span, &x)) return;
    x = per_example(e, graph_reshape(e->g, x, (Shape){0}));
    Output o = {.name = tree_text(e, t), .value = x, .display = GEN_HIDDEN, .datum = -1};
    LIST_ADD(e->a, &e->program->outputs, o);
}

static void metric_program(Elab *e, const Tree *t) {
    int64_t batch;
    GenProgramRole role = !(t->flags & TREE_FINAL) ? GEN_METRIC
                          : t->kid[0]              ? GEN_FINAL_METRIC
                                                   : GEN_FINAL;
    const char *symbol = arena_printf(e->a, "metric_%s", t->name);
    elab_new_program(e, role, t->name, symbol, e->m->batch, t->span);
    if (metric_batch(e, t, &batch) && batch != e->program->batch) {
        e->m->programs.n--;
        elab_new_program(e, role, t->name, symbol, batch, t->span);
    }
    e->program->about = syntax_print_tree(e->a, t);
    e->averaged = train_averages(e);
    add_metric(e, t);
    elab_end_program(e);
}

void programs_eval(Elab *e) {
    elab_new_program(e, GEN_EVAL, "", "evaluate", e->m->batch, NO_SPAN);
    e->program->about = "losses and metrics, each of one example";
    e->averaged = train_averages(e);
    add_losses(e);
    for (int i = 0; i < e->user->metrics.n; i++) {
        const Tree *t = e->user->metrics.at[i];
        if (!t->kid[0] && !(t->flags & TREE_FINAL)) add_metric(e, t);
    }
    add_objective(e);
    elab_end_program(e);
    for (int i = 0; i < e->user->metrics.n; i++) {
        const Tree *t = e->user->metrics.at[i];
        if (t->kid[0] || t->flags & TREE_FINAL) metric_program(e, t);
    }
}

/* ---- samples ---- */

static void bind_sample_argument(Elab *e, const Tree *formal, Env *env) {
    const Tree *kind = formal->kid[1];
    bool of_index = kind && strcmp(kind->name, "index") == 0,
         of_real = kind && strcmp(kind->name, "real") == 0;
    int datum = elab_find_datum(e, kind && !of_index && !of_real ? kind->name : formal->name);
    if (datum >= 0 && !of_index && !of_real) {
        env_set(e, env, formal->name, elab_datum_input(e, formal->name, datum, formal->span));
        return;
    }
    Shape shape = {0};
    int64_t classes = 0;
    env_set(e, env, formal->name, value_poison());
    if (!of_index && !of_real) {
        bool drawn = elab_is_drawn(e, formal->name);
        elab_error(e, drawn ? D_DRAWN_DATA : D_SAMPLE_ARGUMENT, formal->span, formal->name);
        if (!drawn) diag_help(e->d, "'%s : real' is a number that --set gives", formal->name);
        return;
    }
    if (!elab_dims(e, formal->kid[0], &shape) || !elab_classes(e, kind, &classes)) return;
    if (of_index && classes == 0) {
        elab_error(e, D_UNKNOWN_KIND, kind->span, "index without a number of classes");
        return;
    }
    Node *x = elab_input(e, formal->name, INPUT_FREE, of_index ? KIND_INDEX : KIND_REAL,
                         of_index ? classes : 0, shape);
    env_set(e, env, formal->name, value_node(x, formal->span));
}

/* A figure made of parameters alone is drawn once; beside what varies, it is there for each
 * example. */
static void fill_outputs(Elab *e) {
    bool varies = false;
    for (int i = 0; i < e->program->outputs.n; i++)
        varies = varies || e->program->outputs.at[i].value->rows;
    for (int i = 0; i < e->program->outputs.n && varies; i++) {
        Output *o = &e->program->outputs.at[i];
        o->value = per_example(e, o->value);
    }
}

/* Runs a sample's body in the program being built; its outputs are what it shows and returns. */
static void run_sample(Elab *e, const Tree *t) {
    Env *env = env_new(e, NULL, e->user);
    env->barrier = true;
    Results results = {.kind = BODY_SAMPLE};
    Context saved = e->at;
    PathCounts counts = {0};
    enter_top(e, t->name);
    e->at.env = env;
    e->at.results = &results;
    e->at.param_counts = &counts;
    for (int i = 0; i < t->kid[0]->list.n; i++) bind_sample_argument(e, t->kid[0]->list.at[i], env);
    int errors = diag_errors(e->d);
    e->settable.n = 0;
    elab_statements(e, t->kid[1]);
    e->at = saved;
    if (e->program->outputs.n == 0 && diag_errors(e->d) == errors && !e->discovering)
        elab_error(e, D_SAMPLE_EMPTY, t->name_span, t->name);
    fill_outputs(e);
    settable_outputs(e);
}

/* A number may stand for [1], and [1] for a number. */
static bool fits_datum(const Node *x, const Datum *d) {
    bool shapes = shape_equal(&x->shape, &d->shape) ||
                  (shape_size(&x->shape) == 1 && shape_size(&d->shape) == 1);
    return x->kind == d->kind && x->classes == d->classes && shapes;
}

static void show_value(Elab *e, const Tree *t, const Value *v, int datum) {
    Node *x;
    if (!elab_node(e, v, t->span, &x)) return;
    if (x->kind == KIND_BOOL) x = graph_map1(e->g, OP_REAL, x);
    if (datum >= 0 && !fits_datum(x, &e->m->data.at[datum])) {
        const Datum *d = &e->m->data.at[datum];
        elab_error(e, D_AS_SHAPE, t->span, value_describe(e, v), d->name,
                   shape_text(e->a, &d->shape));
        elab_note(e, d->span, "'%s' is declared here", d->name);
        return;
    }
    bool shown = v->kind == VALUE_SHOWN;
    if (datum >= 0) x = graph_reshape(e->g, x, e->m->data.at[datum].shape);
    if (e->program->outputs.n == GEN_MAX_OUTPUTS) {
        elab_error(e, D_TOO_MANY_SHOWN, t->span, GEN_MAX_OUTPUTS);
        return;
    }
    Output o = {.name = tree_text(e, t),
                .value = x,
                .datum = datum,
                .display = datum >= 0 ? GEN_AS_DATUM
                           : shown    ? v->display
                                      : GEN_AS_ARRAY,
                .rate = v->number};
    LIST_ADD(e->a, &e->program->outputs, o);
}

void programs_show(Elab *e, const Tree *t) {
    const Tree *as = t->kid[1];
    int datum = as ? elab_find_datum(e, as->name) : -1;
    if (as && datum < 0) {
        elab_error(e, elab_is_drawn(e, as->name) ? D_DRAWN_DATA : D_AS_UNKNOWN, as->span, as->name);
        return;
    }
    Context saved = e->at;
    e->at.path = path_join(e, e->at.path, "out");
    e->at.draw_path = path_join(e, e->at.draw_path, "out");
    for (int i = 0; i < t->kid[0]->list.n; i++) {
        Value v = elab_expr(e, t->kid[0]->list.at[i]);
        show_value(e, t->kid[0]->list.at[i], &v, datum);
    }
    e->at = saved;
}

static void sample_program(Elab *e, const Tree *t, int64_t batch) {
    elab_new_program(e, GEN_SAMPLE, t->name, arena_printf(e->a, "sample_%s", t->name), batch,
                     t->span);
    e->program->about = arena_printf(e->a, "sample %s", t->name);
    e->averaged = train_averages(e);
    run_sample(e, t);
}

/* A sound of a second is drawn alone: the others of a batch would make whoever wants one wait. */
void programs_sample(Elab *e, const Tree *t) {
    sample_program(e, t, SAMPLE_BATCH);
    int64_t batch = SAMPLE_BATCH;
    while (batch > 1 && batch * e->positions > SAMPLE_POSITIONS) batch /= 2;
    if (batch < SAMPLE_BATCH) {
        e->m->programs.n--;
        sample_program(e, t, batch);
    }
    elab_end_program(e);
}

void programs_samples(Elab *e) {
    for (int i = 0; i < e->user->samples.n && diag_errors(e->d) < DIAG_LIMIT; i++)
        programs_sample(e, e->user->samples.at[i]);
}

/* ---- the init program ---- */

/* Everything as training sees it: in the order of the minimizes, then the other losses by name. */
static void discover_training(Elab *e) {
    e->training = true;
    for (int i = 0; train_loss(e, i); i++) {
        Context saved = e->at;
        enter_top(e, intern(e->a, arena_printf(e->a, "minimize.%d", i)));
        elab_expr(e, train_loss(e, i));
        e->at = saved;
    }
    for (int i = 0; i < e->user->values.n; i++) {
        const Global *g = &e->user->values.at[i];
        if (g->decl->kind != TREE_LET) elab_top(e, g->decl, g->item);
    }
}

static void discover_rest(Elab *e) {
    int measures = e->user->metrics.n;
    for (int i = 0; i < e->user->values.n; i++) {
        const Tree *t = e->user->values.at[i].decl;
        if (t->kind == TREE_LOSS && ++measures > GEN_MAX_OUTPUTS)
            elab_error(e, D_TOO_MANY_MEASURES, t->name_span, GEN_MAX_OUTPUTS);
    }
    e->training = false;
    elab_forget(e);
    add_losses(e);
    for (int i = 0; i < e->user->metrics.n; i++) add_metric(e, e->user->metrics.at[i]);
    e->program->outputs.n = 0;
    for (int i = 0; i < e->user->samples.n; i++) run_sample(e, e->user->samples.at[i]);
    e->program->outputs.n = 0;
    e->updates.n = 0;
}

void programs_init(Elab *e) {
    int64_t batch = e->m->batch > INIT_BATCH ? e->m->batch : INIT_BATCH;
    Program *p = elab_new_program(e, GEN_INIT, "", "initialise", batch, NO_SPAN);
    p->about = "initial values; those that depend on data take them from the first batch";
    e->discovering = true;
    discover_training(e);
    if (diag_errors(e->d) == 0) discover_rest(e);
    resolve_uncalled(e);
    e->discovering = false;
    params_layout(e);
    if (train_averages(e)) params_averages(e);
    for (int i = 0; i < e->variables.n; i++) {
        const Variable *v = &e->variables.at[i];
        int64_t size = shape_size(&v->shape);
        LIST_ADD(e->a, &p->stores, ((Store){v->storage, v->offset, size, v->initial}));
        if (train_averages(e) && v->role == GEN_PARAM)
            LIST_ADD(e->a, &p->stores, ((Store){e->average_storage, v->offset, size, v->initial}));
    }
}
