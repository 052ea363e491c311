/* One minimize, from its loss to what is stored.
 *
 * Does: gradients, clipping, the optimiser, running statistics, what is logged. A later minimize of
 * the same program reads parameters and state as this one leaves them. Requires: m->ranges. Leaves:
 * the program's stores and outputs. */
#include "train.h"

static Node *flat(Elab *e, Node *x) {
    return graph_reshape(e->g, x, shape_of(1, shape_size(&x->shape)));
}

/* One vector of several values, in order. */
static Node *flat_join(Elab *e, int n, Node **of) {
    Node **part = NEW_ARRAY(e->a, Node *, n);
    for (int i = 0; i < n; i++) part[i] = flat(e, of[i]);
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
    for (int i = 0; i < n; i++) g[i] = graph_map2(e->g, OP_MUL, g[i], factor);
}

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
        const char *path =
            intern(e->a, arena_printf(e->a, "params[%lld:%lld]", (long long)r->offset,
                                      (long long)(r->offset + r->size)));
        return graph_tensor(e->g, path, shape_of(1, r->size), e->param_storage, r->offset);
    }
    Node **part = NEW_ARRAY(e->a, Node *, r->n);
    for (int i = 0; i < r->n; i++) part[i] = variable_now(e, &e->variables.at[r->first + i]);
    return flat_join(e, r->n, part);
}

/* From here on this range's parameters are parts of `now`: marked, so that a later gradient takes
 * them as leaves. */
static void range_set(Elab *e, const Minimize *m, const Range *r, Node *now) {
    LIST_ADD(e->a, &e->train->updated, *r);
    for (int i = 0; i < r->n; i++) {
        const Variable *v = &e->variables.at[r->first + i];
        int64_t start = v->offset - r->offset, size = shape_size(&v->shape), step = 1;
        Node *part = graph_reshape(e->g, graph_slice(e->g, now, &start, &size, &step), v->shape);
        const char *path = intern(e->a, arena_printf(e->a, "%s after %d", v->path, m->number));
        part = graph_map1(e->g, OP_STOP, part); /* how they came about is no later loss's concern */
        variable_set(e, v->path, graph_make(e->g, OP_DRAWN, 1, &part, 0, NULL, 0, path));
    }
}

/* One loop moves all of a range; an optimiser that asks for the rank of what it moves has loops for
 * parameters of one rank each. */
static void cut_ranges(Elab *e, Minimize *m) {
    for (int r = 0; r < m->ranges.n; r++) {
        if (range_rank(e, &m->ranges.at[r]) >= 0) continue;
        if (optimizer_asks_rank(e, m, range_now(e, &m->ranges.at[r]))) over_cut_by_rank(e, m);
        return;
    }
}

static void update_parameters(Elab *e, Minimize *m, Node **gradient) {
    int errors = diag_errors(e->d);
    cut_ranges(e, m);
    if (diag_errors(e->d) > errors) return;
    int n = m->ranges.n;
    Node **g = NEW_ARRAY(e->a, Node *, n + 1);
    e->g->path = intern(e->a, "gradient");
    for (int r = 0, at = 0; r < n; at += m->ranges.at[r].n, r++)
        g[r] = flat_join(e, m->ranges.at[r].n, gradient + at);
    double clip = train_setting(&m->set, &e->train->set, SET_CLIP, 0);
    double weights = train_setting(&m->set, &e->train->set, SET_CLIP_WEIGHTS, 0);
    if (clip > 0) clip_norm(e, n, g, clip);
    int64_t offset = 0;
    for (int r = 0; r < n; r++) {
        const Range *range = &m->ranges.at[r];
        Node *p = optimizer_run(e, m, range, range_now(e, range), g[r], offset);
        if (!p) return;
        if (weights > 0)
            p = graph_map2(e->g, OP_MAX, graph_const(e->g, -weights),
                           graph_map2(e->g, OP_MIN, p, graph_const(e->g, weights)));
        LIST_ADD(e->a, &e->program->stores,
                 ((Store){e->param_storage, range->offset, range->size, p}));
        range_set(e, m, range, p);
        offset += range->size;
    }
}

/* Running statistics of the networks minimised over; several calls' are averaged. */
static void update_state(Elab *e, const Minimize *m) {
    for (int i = 0; i < e->updates.n; i++) {
        const StateUpdate *u = &e->updates.at[i];
        const Variable *v = variable_find(e, u->path);
        if (!over_holds(e, m, u->path)) continue;
        Node *sum = u->before ? graph_map2(e->g, OP_ADD, u->before, u->now) : u->now;
        Node *now =
            u->calls == 1 ? sum : graph_map2(e->g, OP_DIV, sum, graph_const(e->g, u->calls));
        LIST_ADD(e->a, &e->program->stores,
                 ((Store){v->storage, v->offset, shape_size(&v->shape), now}));
        variable_set(e, u->path, graph_map1(e->g, OP_STOP, now));
    }
    e->updates.n = 0;
}

static void log_loss(Elab *e, const Global *g) {
    Value v = elab_top(e, g->decl, 0);
    if (v.kind != VALUE_NODE || train_logs(e, g->name)) return;
    e->g->path = path_join(e, g->name, "mean");
    Node *mean = minimize_mean(e, v.node);
    LIST_ADD(e->a, &e->program->outputs, ((Output){.name = g->name, .value = mean, .datum = -1}));
    LIST_ADD(e->a, &e->program->finite, mean);
    LIST_ADD(e->a, &e->train->logged, g->name);
}

static bool names(const Tree *t, const char *name) {
    if (!t) return false;
    bool found = t->kind == TREE_NAME && t->name == name;
    for (int i = 0; !found && i < TREE_MAX_KIDS; i++) found = names(t->kid[i], name);
    for (int i = 0; !found && i < t->list.n; i++) found = names(t->list.at[i], name);
    return found;
}

/* Losses that this minimize computed; with the first one also those that none will. */
static void log_losses(Elab *e, const Minimize *m) {
    for (int i = 0; i < e->user->values.n; i++) {
        const Global *g = &e->user->values.at[i];
        if (g->decl->kind != TREE_LOSS) continue;
        bool now = names(m->tree->kid[0], g->name), later = false;
        for (int k = 0; k < e->train->minimizes.n; k++)
            later = later || names(e->train->minimizes.at[k].tree->kid[0], g->name);
        now = now || memo_find(e, g->decl, g->item);
        if (now || (m->number == 0 && !later)) log_loss(e, g);
    }
}

void minimize_build(Elab *e, Minimize *m) {
    Node *loss = minimize_loss(e, m);
    if (!loss) return;
    Node **gradient = minimize_gradients(e, m, loss);
    if (!gradient) return;
    log_losses(e, m);
    LIST_ADD(e->a, &e->program->finite, loss);
    LIST_ADD(e->a, &e->program->counts, m->number);
    update_parameters(e, m, gradient);
    update_state(e, m);
    elab_forget(e);
}

/* ema = d * ema + (1 - d) * p, over all parameters, after the step's last update. */
void minimize_averages(Elab *e) {
    if (!train_averages(e) || diag_errors(e->d) > 0) return;
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
