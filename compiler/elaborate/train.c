/* The train block: minimizes, optimisers, schedules' settings.
 *
 * Does: builds the step's programs. One graph holds all minimizes that follow each other without repetition: a later one
 * reads the parameters as the earlier one left them, and what no update in between has changed is the same node, so it is
 * computed once. Requires: parameters laid out. Leaves: GEN_STEP and GEN_GRAD programs. */
#include "elab.h"
#include "../transform/grad.h"

#include <math.h>
#include <string.h>

/* What a setting of `train`, or of one minimize, is called and may be. */
typedef enum { SET_BATCH, SET_EPOCHS, SET_STEPS, SET_TIMES, SET_CLIP, SET_CLIP_WEIGHTS, SET_EMA, SET_COUNT } Setting;
static const struct { const char *name; bool whole, of_train, of_minimize; double least, most; } settings[SET_COUNT] = {
    [SET_BATCH] = {"batch", true, true, false, 1, 1 << 20},
    [SET_EPOCHS] = {"epochs", false, true, false, 0, 1e9},
    [SET_STEPS] = {"steps", true, true, false, 0, 1e12},
    [SET_TIMES] = {"times", true, true, true, 1, 1e6},
    [SET_CLIP] = {"clip", false, true, true, 0, 1e30},
    [SET_CLIP_WEIGHTS] = {"clip_weights", false, true, true, 0, 1e30},
    [SET_EMA] = {"ema", false, true, false, 0, 1},
};

typedef struct { double value[SET_COUNT]; bool given[SET_COUNT]; } Settings;

/* A stretch of parameter storage, all of it minimised over. */
typedef struct { int64_t offset, size; int first, n; /* of e->variables */ } Range;
typedef struct { const char *name; int storage; } Slot;

typedef struct {
    const Tree *tree;
    int number;
    Settings set;
    Callable optimizer;
    LIST(Range) ranges;
    LIST(Slot) slots;               /* the optimiser's states, each a storage as large as all ranges together */
    int64_t size;
} Minimize;

struct Train {
    const Tree *tree;
    Settings set;
    LIST(Minimize) minimizes;
    LIST(Range) updated;            /* in the program being built */
    LIST(Node *) updated_to;
    LIST(const char *) logged;
};

/* What the optimiser's body works on. */
typedef struct Optimizing {
    Minimize *m;
    const char *p;                  /* the name of its parameter */
    Node *new_p;
    int64_t offset, size;           /* of this range in the slots */
} Optimizing;

/* ---- reading ---- */

static void read_setting(Elab *e, const Tree *t, Settings *out, bool minimize) {
    const char *names[SET_COUNT];
    double value;
    for (int i = 0; i < SET_COUNT; i++) {
        names[i] = settings[i].name;
        if (strcmp(names[i], t->name) != 0 || !(minimize ? settings[i].of_minimize : settings[i].of_train))
            continue;
        Value v = t->kid[0] ? elab_expr(e, t->kid[0]) : value_number(NAN, t->span);
        if (!elab_number(e, &v, t->span, &value))
            return;
        if (!(value >= settings[i].least && value <= settings[i].most) || (settings[i].whole && floor(value) != value))
            elab_error(e, D_BAD_SETTING, t->span, t->name, settings[i].whole ? "a whole number" : "a number",
                       settings[i].least, settings[i].most);
        if (out->given[i])
            elab_error(e, D_ARGUMENT_TWICE, t->name_span, t->name);
        out->value[i] = value;
        out->given[i] = true;
        return;
    }
    elab_error(e, D_UNKNOWN_SETTING, t->name_span, t->name);
    const char *near = diag_nearest(t->name, names, SET_COUNT);
    if (near)
        diag_help(e->d, "did you mean '%s'?", near);
}

static void read_minimize(Elab *e, const Tree *t) {
    Minimize m = {.tree = t, .number = e->train->minimizes.n};
    for (int i = 0; i < t->kid[3]->list.n; i++)
        read_setting(e, t->kid[3]->list.at[i], &m.set, true);
    const Tree *name = t->kid[2]->kind == TREE_CALL ? t->kid[2]->kid[0] : t->kid[2];
    bool found = name->kind == TREE_NAME && elab_callable(e, name->name, &m.optimizer);
    if (!found && name->kind == TREE_NAME)
        elab_unknown(e, name, true);
    else if (!found || !m.optimizer.decl || m.optimizer.decl->kind != TREE_OPTIMIZER)
        elab_error(e, D_NOT_AN_OPTIMIZER, name->span, diag_text(e->d, name->span));
    LIST_ADD(e->a, &e->train->minimizes, m);
}

static double setting(const Settings *own, const Settings *all, Setting s, double otherwise) {
    return own && own->given[s] ? own->value[s] : all->given[s] ? all->value[s] : otherwise;
}

void train_read(Elab *e) {
    Train *train = e->train = NEW(e->a, Train);
    for (int i = 0; i < e->user->trains.n; i++) {
        const Tree *t = e->user->trains.at[i];
        if (train->tree) {
            elab_error(e, D_TRAIN_TWICE, t->span);
            elab_note(e, train->tree->span, "the first one");
            return;
        }
        train->tree = t;
        for (int k = 0; k < t->kid[0]->list.n; k++) {
            const Tree *item = t->kid[0]->list.at[k];
            if (item->kind == TREE_MINIMIZE)
                read_minimize(e, item);
            else
                read_setting(e, item, &train->set, false);
        }
        if (train->minimizes.n == 0)
            elab_error(e, D_NOTHING_MINIMIZED, t->span);
    }
    e->m->batch = (int64_t)setting(NULL, &train->set, SET_BATCH, 64);
    e->m->epochs = setting(NULL, &train->set, SET_EPOCHS, 0);
    e->m->steps = (int64_t)setting(NULL, &train->set, SET_STEPS, 0);
    e->m->n_minimizes = train->minimizes.n;
}

/* ---- over ---- */

/* "q.h" of `over q.h`. */
static const char *over_path(Elab *e, const Tree *t) {
    if (t->kind == TREE_MEMBER)
        return path_join(e, over_path(e, t->kid[0]), t->name);
    return t->name ? t->name : "";
}

static bool under(const char *path, const char *prefix) {
    size_t n = strlen(prefix);
    return strncmp(path, prefix, n) == 0 && (path[n] == 0 || path[n] == '.');
}

static bool in_over(Elab *e, const Minimize *m, const char *path) {
    const Tree *over = m->tree->kid[1];
    for (int i = 0; i < over->list.n; i++)
        if (under(path, over_path(e, over->list.at[i])))
            return true;
    return false;
}

static void over_nothing(Elab *e, const Tree *t) {
    const char *names[256], *path = over_path(e, t);
    Callable c;
    int n = 0;
    for (int i = 0; i < e->user->callables.n && n < 256; i++)
        if (e->user->callables.at[i].decl->kind == TREE_NETWORK)
            names[n++] = e->user->callables.at[i].name;
    bool known = t->kind == TREE_NAME && module_callable(e->user, path, &c);
    elab_error(e, known ? D_OVER_NOTHING : D_OVER_UNKNOWN, t->span, path);
    const char *near = known ? NULL : diag_nearest(path, names, n);
    if (near)
        diag_help(e->d, "did you mean '%s'?", near);
}

static bool check_over(Elab *e, const Minimize *m) {
    const Tree *over = m->tree->kid[1];
    bool ok = true;
    for (int i = 0; i < over->list.n; i++) {
        bool any = false;
        for (int k = 0; k < e->variables.n; k++)
            any = any || (e->variables.at[k].role == GEN_PARAM && under(e->variables.at[k].path, over_path(e, over->list.at[i])));
        if (!any)
            over_nothing(e, over->list.at[i]);
        ok = ok && any;
    }
    return ok;
}

static void find_ranges(Elab *e, Minimize *m) {
    Range *last = NULL;
    for (int i = 0; i < e->variables.n; i++) {
        const Variable *v = &e->variables.at[i];
        if (v->role != GEN_PARAM || !in_over(e, m, v->path))
            continue;
        if (!last || last->offset + last->size != v->offset || last->first + last->n != i) {
            LIST_ADD(e->a, &m->ranges, ((Range){v->offset, 0, i, 0}));
            last = &m->ranges.at[m->ranges.n - 1];
        }
        last->size += shape_size(&v->shape);
        last->n++;
        m->size += shape_size(&v->shape);
    }
}

/* ---- gradients ---- */

static Node *scalar_loss(Elab *e, const Tree *t, const Value *v) {
    Node *x;
    if (!elab_real(e, v, t->span, &x))
        return NULL;
    if (shape_size(&x->shape) != 1) {
        elab_error(e, D_LOSS_SHAPE, t->span, value_describe(e, v));
        diag_help(e->d, "sum(%s) or mean(%s) makes it one", tree_text(e, t), tree_text(e, t));
        return NULL;
    }
    return graph_reshape(e->g, x, (Shape){0});
}

static Node *train_mean(Elab *e, Node *x) {
    if (!x->rows)
        return x;
    Node *sum = graph_sum_rows(e->g, x, NULL);
    return graph_map2(e->g, OP_DIV, sum, graph_const(e->g, (double)rows_count(x->rows)));
}

static Node *minimize_loss(Elab *e, const Minimize *m) {
    Context saved = e->at;
    e->at.path = e->at.draw_path = intern(e->a, arena_printf(e->a, "minimize.%d", m->number));
    Value v = elab_expr(e, m->tree->kid[0]);
    e->at = saved;
    Node *x = scalar_loss(e, m->tree->kid[0], &v);
    if (!x && diag_errors(e->d) == 0)
        BUG("a loss without a value and without an error");
    e->g->path = intern(e->a, "loss");
    return x ? train_mean(e, x) : NULL;
}

/* Does n depend on a parameter under `path`, however that may be? */
static bool reaches(Elab *e, Node *n, const char *path) {
    NodeList all = graph_reachable(e->a, 1, &n, NULL);
    for (int i = 0; i < all.n; i++)
        if (all.at[i]->op == OP_TENSOR && under(all.at[i]->text, path))
            return true;
    return false;
}

static void independent_of(Elab *e, const Minimize *m, Node *loss, const Tree *over) {
    const char *text = tree_text(e, m->tree->kid[0]), *path = over_path(e, over);
    elab_error(e, D_LOSS_INDEPENDENT, over->span, text, path);
    NodeList all = graph_reachable(e->a, 1, &loss, NULL);
    for (int i = 0; i < all.n; i++)
        if (all.at[i]->op == OP_STOP && reaches(e, all.at[i], path)) {
            elab_note(e, all.at[i]->span, "what depends on '%s' is under stop", path);
            return;
        }
}

/* Every item of `over` must be reached by the loss; single parameters may be out of use. */
static bool check_dependence(Elab *e, const Minimize *m, Node *loss, Node *const *out) {
    const Tree *over = m->tree->kid[1];
    bool ok = true;
    for (int i = 0; i < over->list.n; i++) {
        bool any = false;
        int at = 0;
        for (int r = 0; r < m->ranges.n; r++)
            for (int k = 0; k < m->ranges.at[r].n; k++, at++) {
                const Variable *v = &e->variables.at[m->ranges.at[r].first + k];
                any = any || (out[at] && under(v->path, over_path(e, over->list.at[i])));
            }
        if (!any)
            independent_of(e, m, loss, over->list.at[i]);
        ok = ok && any;
    }
    return ok;
}

/* The gradient of every parameter in m's ranges, in order; NULL after an error. */
static Node **gradients(Elab *e, const Minimize *m, Node *loss) {
    int n = 0;
    for (int r = 0; r < m->ranges.n; r++)
        n += m->ranges.at[r].n;
    Node **wrt = NEW_ARRAY(e->a, Node *, n + 1), **out = NEW_ARRAY(e->a, Node *, n + 1);
    n = 0;
    for (int r = 0; r < m->ranges.n; r++)
        for (int k = 0; k < m->ranges.at[r].n; k++)
            wrt[n++] = variable_now(e, &e->variables.at[m->ranges.at[r].first + k]);
    GradFailure failure = {0};
    if (!grad(e->g, loss, n, wrt, out, &failure)) {
        elab_error(e, D_NOT_REPARAMETERISED, failure.drawn->span, failure.drawn->text);
        elab_note(e, m->tree->kid[0]->span, "the gradient of this loss would pass through it");
        diag_help(e->d, "put the draw under stop, or draw from a family that is reparameterised");
        return NULL;
    }
    if (!check_dependence(e, m, loss, out))
        return NULL;
    for (int i = 0; i < n; i++)
        if (!out[i])
            out[i] = elab_fill(e, graph_const(e->g, 0), wrt[i]->shape, NULL);
    return out;
}

static Node *flat(Elab *e, Node *x) { return graph_reshape(e->g, x, shape_of(1, shape_size(&x->shape))); }

/* One vector of several values, in order. */
static Node *flat_join(Elab *e, int n, Node **of) {
    Node **part = NEW_ARRAY(e->a, Node *, n);
    for (int i = 0; i < n; i++)
        part[i] = flat(e, of[i]);
    return n == 1 ? part[0] : graph_concat(e->g, n, part, 0);
}

/* Scales all gradients so that their joint norm is at most c (Pascanu et al. 2013, algorithm 1). */
static void clip_norm(Elab *e, int n, Node **g, double c) {
    Node *sum = NULL, *limit = graph_const(e->g, c);
    for (int i = 0; i < n; i++) {
        Node *square = graph_reduce(e->g, OP_SUM, graph_map2(e->g, OP_MUL, g[i], g[i]), 1);
        sum = sum ? graph_map2(e->g, OP_ADD, sum, square) : square;
    }
    Node *norm = graph_map1(e->g, OP_SQRT, sum);
    Node *factor = graph_map2(e->g, OP_DIV, limit, graph_map2(e->g, OP_MAX, norm, limit));
    for (int i = 0; i < n; i++)
        g[i] = graph_map2(e->g, OP_MUL, g[i], factor);
}

/* ---- the optimiser's body ---- */

static Slot *slot_for(Elab *e, Minimize *m, const Tree *t) {
    for (int i = 0; i < m->slots.n; i++)
        if (m->slots.at[i].name == t->name)
            return &m->slots.at[i];
    const char *name = arena_printf(e->a, "minimize%d_%s", m->number, t->name);
    LIST_ADD(e->a, &e->m->storages, ((Storage){name, m->size}));
    LIST_ADD(e->a, &m->slots, ((Slot){t->name, e->m->storages.n - 1}));
    int64_t offset = 0;
    for (int r = 0; r < m->ranges.n; r++)
        for (int k = 0; k < m->ranges.at[r].n; k++) {
            const Variable *v = &e->variables.at[m->ranges.at[r].first + k];
            const char *path = arena_printf(e->a, "minimize.%d.%s.%s", m->number, t->name, v->path);
            Tensor tensor = {path, GEN_SLOT, v->shape, e->m->storages.n - 1, offset, v->span};
            LIST_ADD(e->a, &e->m->tensors, tensor);
            offset += shape_size(&v->shape);
        }
    return &m->slots.at[m->slots.n - 1];
}

/* The init program fills a slot with its constant. */
static void slot_initial(Elab *e, const Minimize *m, int storage, double value) {
    Program *init = e->m->programs.at[0];
    for (int i = 0; i < init->stores.n; i++)
        if (init->stores.at[i].storage == storage)
            return;
    Node *filled = graph_broadcast(init->graph, graph_const(init->graph, value), shape_of(1, m->size), NULL);
    LIST_ADD(e->a, &init->stores, ((Store){storage, 0, m->size, filled}));
}

Value optimizer_state(Elab *e, const Tree *t) {
    Optimizing *o = e->at.optimizing;
    double value;
    Value v = t->kid[2] ? elab_expr(e, t->kid[2]) : value_poison();
    if (!t->kid[2] || t->kid[0])
        elab_error(e, D_OPTIMIZER_STATE, t->span);
    if (!t->kid[2] || !elab_number(e, &v, t->span, &value))
        return value_poison();
    Slot *slot = slot_for(e, o->m, t);
    slot_initial(e, o->m, slot->storage, value);
    const char *path = intern(e->a, arena_printf(e->a, "minimize.%d.%s", o->m->number, t->name));
    return value_node(graph_tensor(e->g, path, shape_of(1, o->size), slot->storage, o->offset), t->span);
}

void optimizer_update(Elab *e, const Tree *t) {
    Optimizing *o = e->at.optimizing;
    Node *x;
    Context saved = e->at;
    e->at.path = path_join(e, e->at.path, t->name);
    Value v = elab_expr(e, t->kid[0]);
    e->at = saved;
    if (!elab_real(e, &v, t->span, &x))
        return;
    Shape wanted = shape_of(1, o->size), both;
    if (x->rows || !shape_broadcast(&x->shape, &wanted, &both) || !shape_equal(&both, &wanted)) {
        elab_error(e, D_OPTIMIZER_SHAPE, t->span, t->name);
        return;
    }
    x = elab_fill(e, x, wanted, NULL);
    if (t->name == o->p) {
        o->new_p = x;
    } else {
        Slot *slot = NULL;
        for (int i = 0; i < o->m->slots.n; i++)
            if (o->m->slots.at[i].name == t->name)
                slot = &o->m->slots.at[i];
        if (!slot) {
            elab_error(e, D_UPDATE_WHAT, t->name_span, t->name);
            return;
        }
        LIST_ADD(e->a, &e->program->stores, ((Store){slot->storage, o->offset, o->size, x}));
    }
    env_assign(e, t->name, value_node(x, t->span), t->span);
}

/* --lr-scale multiplies whatever an optimiser calls lr. */
static void scale_rate(Elab *e, Env *env) {
    Value v;
    Node *lr;
    const char *name = intern(e->a, "lr");
    if (!env_value(e, env, name, e->at.user, &v) || !elab_real(e, &v, e->at.user, &lr))
        return;
    env_set(e, env, name, value_node(graph_map2(e->g, OP_MUL, lr, graph_scalar(e->g, intern(e->a, "lr_scale"))), v.span));
}

static Node *run_optimizer(Elab *e, Minimize *m, Node *p, Node *g, int64_t offset, int64_t size) {
    const Tree *t = m->optimizer.decl, *call = m->tree->kid[2];
    const Tree *on = t->kid[1];
    Argument *args;
    int n = elab_arguments(e, call->kind == TREE_CALL ? call->kid[1] : NULL, NULL, call->span, &args);
    Env *env = env_new(e, NULL, m->optimizer.home);
    env->barrier = true;
    if (on->list.n != 2) {
        elab_error(e, D_OPTIMIZER_ON, t->name_span, t->name);
        return NULL;
    }
    if (!bind_formals(e, t->kid[0], n, args, env, call->span, t->name))
        return NULL;
    scale_rate(e, env);
    Node *updates = graph_make(e->g, OP_SCALAR, 0, NULL, 1, (int64_t[]){m->number}, 0, intern(e->a, "updates"));
    env_set(e, env, intern(e->a, "t"), value_node(updates, call->span));
    env_set(e, env, on->list.at[0]->name, value_node(p, call->span));
    env_set(e, env, on->list.at[1]->name, value_node(g, call->span));
    Optimizing o = {m, on->list.at[0]->name, NULL, offset, size};
    Context saved = e->at;
    Results results = {.kind = BODY_VALUE};
    e->at.env = env;
    e->at.optimizing = &o;
    e->at.function = t->name;
    e->at.results = &results;
    e->at.path = t->name;
    int errors = diag_errors(e->d);
    elab_statements(e, t->kid[2]);
    e->at = saved;
    if (!o.new_p && diag_errors(e->d) == errors)
        elab_error(e, D_OPTIMIZER_IDLE, t->name_span, t->name, on->list.at[0]->name);
    return o.new_p;
}

/* ---- one minimize ---- */

static bool overlap(const Range *a, const Range *b) {
    return a->offset < b->offset + b->size && b->offset < a->offset + a->size;
}

/* The parameters of a range as they are now, flat. */
static Node *range_now(Elab *e, const Range *r) {
    bool touched = false;
    for (int i = 0; i < e->train->updated.n; i++) {
        const Range *u = &e->train->updated.at[i];
        touched = touched || overlap(u, r);
    }
    if (!touched) {
        const char *path = intern(e->a, arena_printf(e->a, "params[%lld:%lld]", (long long)r->offset,
                                                     (long long)(r->offset + r->size)));
        return graph_tensor(e->g, path, shape_of(1, r->size), e->param_storage, r->offset);
    }
    Node **part = NEW_ARRAY(e->a, Node *, r->n);
    for (int i = 0; i < r->n; i++)
        part[i] = variable_now(e, &e->variables.at[r->first + i]);
    return flat_join(e, r->n, part);
}

/* From here on this range's parameters are parts of `now`: marked, so that a later gradient takes them as leaves. */
static void range_set(Elab *e, const Minimize *m, const Range *r, Node *now) {
    LIST_ADD(e->a, &e->train->updated, *r);
    for (int i = 0; i < r->n; i++) {
        const Variable *v = &e->variables.at[r->first + i];
        int64_t start = v->offset - r->offset, size = shape_size(&v->shape), step = 1;
        Node *part = graph_reshape(e->g, graph_slice(e->g, now, &start, &size, &step), v->shape);
        const char *path = intern(e->a, arena_printf(e->a, "%s after %d", v->path, m->number));
        variable_set(e, v->path, graph_make(e->g, OP_DRAWN, 1, &part, 0, NULL, 0, path));
    }
}

static void update_parameters(Elab *e, Minimize *m, Node **gradient) {
    int n = m->ranges.n;
    Node **g = NEW_ARRAY(e->a, Node *, n + 1);
    e->g->path = intern(e->a, "gradient");
    for (int r = 0, at = 0; r < n; at += m->ranges.at[r].n, r++)
        g[r] = flat_join(e, m->ranges.at[r].n, gradient + at);
    double clip = setting(&m->set, &e->train->set, SET_CLIP, 0);
    double weights = setting(&m->set, &e->train->set, SET_CLIP_WEIGHTS, 0);
    if (clip > 0)
        clip_norm(e, n, g, clip);
    int64_t offset = 0;
    for (int r = 0; r < n; r++) {
        const Range *range = &m->ranges.at[r];
        Node *p = run_optimizer(e, m, range_now(e, range), g[r], offset, range->size);
        if (!p)
            return;
        if (weights > 0)
            p = graph_map2(e->g, OP_MAX, graph_const(e->g, -weights), graph_map2(e->g, OP_MIN, p, graph_const(e->g, weights)));
        LIST_ADD(e->a, &e->program->stores, ((Store){e->param_storage, range->offset, range->size, p}));
        range_set(e, m, range, p);
        offset += range->size;
    }
}

/* Running statistics of the networks minimised over; several calls' are averaged. */
static void update_state(Elab *e, const Minimize *m) {
    for (int i = 0; i < e->updates.n; i++) {
        const StateUpdate *u = &e->updates.at[i];
        const Variable *v = variable_find(e, u->path);
        if (!in_over(e, m, u->path))
            continue;
        Node *sum = u->before ? graph_map2(e->g, OP_ADD, u->before, u->now) : u->now;
        Node *now = u->calls == 1 ? sum : graph_map2(e->g, OP_DIV, sum, graph_const(e->g, u->calls));
        LIST_ADD(e->a, &e->program->stores, ((Store){v->storage, v->offset, shape_size(&v->shape), now}));
        variable_set(e, u->path, now);
    }
    e->updates.n = 0;
}

static bool is_logged(Elab *e, const char *name) {
    for (int i = 0; i < e->train->logged.n; i++)
        if (e->train->logged.at[i] == name)
            return true;
    return false;
}

static void log_loss(Elab *e, const Global *g) {
    Value v = elab_top(e, g->decl, 0);
    if (v.kind != VALUE_NODE || is_logged(e, g->name))
        return;
    e->g->path = path_join(e, g->name, "mean");
    Node *mean = train_mean(e, v.node);
    LIST_ADD(e->a, &e->program->outputs, ((Output){.name = g->name, .value = mean, .datum = -1}));
    LIST_ADD(e->a, &e->program->finite, mean);
    LIST_ADD(e->a, &e->train->logged, g->name);
}

static bool names(const Tree *t, const char *name) {
    if (!t)
        return false;
    bool found = t->kind == TREE_NAME && t->name == name;
    for (int i = 0; !found && i < TREE_MAX_KIDS; i++)
        found = names(t->kid[i], name);
    for (int i = 0; !found && i < t->list.n; i++)
        found = names(t->list.at[i], name);
    return found;
}

/* Losses that this minimize computed; with the first one also those that none will. */
static void log_losses(Elab *e, const Minimize *m) {
    for (int i = 0; i < e->user->values.n; i++) {
        const Global *g = &e->user->values.at[i];
        if (g->decl->kind != TREE_LOSS)
            continue;
        bool now = names(m->tree->kid[0], g->name), later = false;
        for (int k = 0; k < e->train->minimizes.n; k++)
            later = later || names(e->train->minimizes.at[k].tree->kid[0], g->name);
        for (int k = 0; k < e->memo.n; k++)
            now = now || e->memo.at[k].decl == g->decl;
        if (now || (m->number == 0 && !later))
            log_loss(e, g);
    }
}

static void build_minimize(Elab *e, Minimize *m) {
    Node *loss = minimize_loss(e, m);
    if (!loss)
        return;
    Node **gradient = gradients(e, m, loss);
    if (!gradient)
        return;
    log_losses(e, m);
    LIST_ADD(e->a, &e->program->finite, loss);
    LIST_ADD(e->a, &e->program->counts, m->number);
    update_parameters(e, m, gradient);
    update_state(e, m);
    elab_forget(e);
}

/* ema = d * ema + (1 - d) * p, over all parameters, after the step's last update. */
static void update_averages(Elab *e) {
    double d = e->train->set.value[SET_EMA];
    Range all = {0};
    while (all.n < e->variables.n && e->variables.at[all.n].role == GEN_PARAM)
        all.size += shape_size(&e->variables.at[all.n++].shape);
    Node *p = range_now(e, &all);
    Node *average = graph_tensor(e->g, intern(e->a, "average"), p->shape, e->average_storage, 0);
    Node *kept = graph_map2(e->g, OP_MUL, graph_const(e->g, d), average);
    Node *added = graph_map2(e->g, OP_MUL, graph_const(e->g, 1 - d), p);
    LIST_ADD(e->a, &e->program->stores,
             ((Store){e->average_storage, 0, all.size, graph_map2(e->g, OP_ADD, kept, added)}));
}

/* ---- programs ---- */

static const char *about(Elab *e, const Minimize *m) {
    return syntax_print_tree(e->a, m->tree);
}

static void step_programs(Elab *e) {
    Train *train = e->train;
    for (int i = 0; i < train->minimizes.n && diag_errors(e->d) == 0;) {
        Minimize *m = &train->minimizes.at[i];
        int64_t times = (int64_t)setting(&m->set, &train->set, SET_TIMES, 1);
        const char *symbol = i == 0 ? "step" : arena_printf(e->a, "step_%d", i);
        Program *p = elab_new_program(e, GEN_STEP, "", symbol, e->m->batch, m->tree->span);
        p->times = times;
        p->about = about(e, m);
        e->training = true;
        train->updated.n = 0;
        do {
            build_minimize(e, &train->minimizes.at[i]);
            i++;
        } while (times == 1 && i < train->minimizes.n && diag_errors(e->d) == 0 &&
                 setting(&train->minimizes.at[i].set, &train->set, SET_TIMES, 1) == 1);
        if (i == train->minimizes.n && train->set.given[SET_EMA] && diag_errors(e->d) == 0)
            update_averages(e);
        elab_end_program(e);
    }
}

static void grad_program(Elab *e, Minimize *m) {
    const char *symbol = arena_printf(e->a, "gradients_%d", m->number);
    Program *p = elab_new_program(e, GEN_GRAD, arena_printf(e->a, "minimize.%d", m->number), symbol, e->m->batch,
                                  m->tree->span);
    p->about = about(e, m);
    e->training = true;
    Node *loss = minimize_loss(e, m);
    Node **gradient = loss ? gradients(e, m, loss) : NULL;
    if (gradient)
        LIST_ADD(e->a, &p->outputs, ((Output){.name = syntax_print_tree(e->a, m->tree->kid[0]), .value = loss, .datum = -1}));
    for (int r = 0, at = 0; gradient && r < m->ranges.n; r++)
        for (int k = 0; k < m->ranges.at[r].n; k++, at++) {
            const char *path = e->variables.at[m->ranges.at[r].first + k].path;
            LIST_ADD(e->a, &p->outputs, ((Output){.name = path, .value = gradient[at], .datum = -1}));
        }
    elab_end_program(e);
}

static void count_tensors(Elab *e) {
    for (int i = 0; i < e->train->minimizes.n; i++) {
        Tensor t = {arena_printf(e->a, "minimize.%d.t", i), GEN_UPDATES, {0}, -1, i, e->train->minimizes.at[i].tree->span};
        LIST_ADD(e->a, &e->m->tensors, t);
    }
}

void train_steps(Elab *e) {
    for (int i = 0; i < e->train->minimizes.n; i++) {
        if (!check_over(e, &e->train->minimizes.at[i]))
            return;
        find_ranges(e, &e->train->minimizes.at[i]);
    }
    count_tensors(e);
    step_programs(e);
    for (int i = 0; i < e->train->minimizes.n && diag_errors(e->d) == 0; i++)
        grad_program(e, &e->train->minimizes.at[i]);
}

bool train_averages(const Elab *e) { return e->train->set.given[SET_EMA]; }

const Tree *train_loss(const Elab *e, int i) {
    return i < e->train->minimizes.n ? e->train->minimizes.at[i].tree->kid[0] : NULL;
}
