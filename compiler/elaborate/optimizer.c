/* An optimiser at work on a stretch of parameters.
 *
 * Does: runs the body of `optimizer` with p and g flat, its states in slots as large as all that is
 * minimised over. Leaves: what p becomes; stores for the states, and their initial values in the
 * init program. */
#include "train.h"

#include <string.h>

static Slot *slot_for(Elab *e, Minimize *m, const Tree *t) {
    for (int i = 0; i < m->slots.n; i++)
        if (m->slots.at[i].name == t->name) return &m->slots.at[i];
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
        if (init->stores.at[i].storage == storage) return;
    Node *filled =
        graph_broadcast(init->graph, graph_const(init->graph, value), shape_of(1, m->size), NULL);
    LIST_ADD(e->a, &init->stores, ((Store){storage, 0, m->size, filled}));
}

Value optimizer_state(Elab *e, const Tree *t) {
    Optimizing *o = e->at.optimizing;
    double value;
    Value v = t->kid[2] ? elab_expr(e, t->kid[2]) : value_poison();
    if (!t->kid[2] || t->kid[0]) elab_error(e, D_OPTIMIZER_STATE, t->span);
    if (!t->kid[2] || !elab_number(e, &v, t->span, &value)) return value_poison();
    Slot *slot = slot_for(e, o->m, t);
    slot_initial(e, o->m, slot->storage, value);
    const char *path = intern(e->a, arena_printf(e->a, "minimize.%d.%s", o->m->number, t->name));
    return value_node(graph_tensor(e->g, path, shape_of(1, o->size), slot->storage, o->offset),
                      t->span);
}

void optimizer_update(Elab *e, const Tree *t) {
    Optimizing *o = e->at.optimizing;
    Node *x;
    Context saved = e->at;
    e->at.path = path_join(e, e->at.path, t->name);
    Value v = elab_expr(e, t->kid[0]);
    e->at = saved;
    if (!elab_real(e, &v, t->span, &x)) return;
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
            if (o->m->slots.at[i].name == t->name) slot = &o->m->slots.at[i];
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
    if (!env_value(e, env, name, e->at.user, &v) || !elab_real(e, &v, e->at.user, &lr)) return;
    env_set(e, env, name,
            value_node(graph_map2(e->g, OP_MUL, lr, graph_scalar(e->g, intern(e->a, "lr_scale"))),
                       v.span));
}

/* What p, g and t are in the optimizer's body. */
static bool bind_body(Elab *e, const Minimize *m, Env *env, Node *p, Node *g) {
    const Tree *t = m->optimizer.decl, *call = m->tree->kid[2], *on = t->kid[1];
    Argument *args;
    int n =
        elab_arguments(e, call->kind == TREE_CALL ? call->kid[1] : NULL, NULL, call->span, &args);
    if (on->list.n != 2) {
        elab_error(e, D_OPTIMIZER_ON, t->name_span, t->name);
        return false;
    }
    if (!bind_formals(e, t->kid[0], n, args, env, call->span, t->name)) return false;
    scale_rate(e, env);
    Node *updates =
        graph_make(e->g, OP_SCALAR, 0, NULL, 1, (int64_t[]){m->number}, 0, intern(e->a, "updates"));
    env_set(e, env, intern(e->a, "t"), value_node(updates, call->span));
    env_set(e, env, on->list.at[0]->name, value_node(p, call->span));
    env_set(e, env, on->list.at[1]->name, value_node(g, call->span));
    return true;
}

static void run_body(Elab *e, Optimizing *o, Node *p, Node *g) {
    const Tree *t = o->m->optimizer.decl;
    Env *env = env_new(e, NULL, o->m->optimizer.home);
    env->barrier = true;
    if (!bind_body(e, o->m, env, p, g)) return;
    o->p = t->kid[1]->list.at[0]->name;
    Context saved = e->at;
    Results results = {.kind = BODY_VALUE};
    e->at.env = env;
    e->at.optimizing = o;
    e->at.function = t->name;
    e->at.results = &results;
    e->at.path = t->name;
    int errors = diag_errors(e->d);
    elab_statements(e, t->kid[2]);
    e->at = saved;
    if (!o->new_p && diag_errors(e->d) == errors)
        elab_error(e, D_OPTIMIZER_IDLE, t->name_span, t->name, o->p);
}

Node *optimizer_run(Elab *e, Minimize *m, const Range *range, Node *p, Node *g, int64_t offset) {
    Optimizing o = {.m = m, .offset = offset, .size = range->size, .rank = range_rank(e, range)};
    run_body(e, &o, p, g);
    return o.new_p;
}

/* A trial run; what it stores is forgotten. */
bool optimizer_asks_rank(Elab *e, Minimize *m, Node *p) {
    int stores = e->program->stores.n;
    Optimizing o = {.m = m, .size = p->shape.dim[0], .rank = -1};
    run_body(e, &o, p, p);
    e->program->stores.n = stores;
    return o.asked_rank;
}

bool optimizer_rank(Elab *e, const Node *x, int *rank) {
    Optimizing *o = e->at.optimizing;
    if (!o || x->shape.rank != 1 || x->shape.dim[0] != o->size) return false;
    o->asked_rank = true;
    *rank = o->rank;
    return true;
}
