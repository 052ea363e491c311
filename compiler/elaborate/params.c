/* Parameters and state, by path.
 *
 * Does: declares them while the init program is built (there a parameter *is* its initial value, so
 * that values that depend on data come out in dependency order), and reads and updates them in all
 * later programs. Leaves: e->variables, each with its place in a storage once params_layout has
 * run. */
#include "elab.h"

#include <stdlib.h>
#include <string.h>

Variable *variable_find(Elab *e, const char *path) {
    for (int i = 0; i < e->variables.n; i++)
        if (e->variables.at[i].path == path) return &e->variables.at[i];
    return NULL;
}

void variable_set(Elab *e, const char *path, Node *now) {
    for (int i = 0; i < e->versions.n; i++)
        if (e->versions.at[i].path == path) {
            e->versions.at[i].now = now;
            return;
        }
    LIST_ADD(e->a, &e->versions, ((Version){path, now}));
}

/* Under a word of the language, so that no path of a spec's own can be the same. */
static const char *average_path(Elab *e, const Variable *v) {
    return intern(e->a, arena_printf(e->a, GEN_AVERAGE_PREFIX "%s", v->path));
}

Node *variable_now(Elab *e, const Variable *v) {
    for (int i = 0; i < e->versions.n; i++)
        if (e->versions.at[i].path == v->path) return e->versions.at[i].now;
    bool averaged = e->averaged && v->role == GEN_PARAM;
    const char *path = averaged ? average_path(e, v) : v->path;
    Node *now =
        graph_tensor(e->g, path, v->shape, averaged ? e->average_storage : v->storage, v->offset);
    variable_set(e, v->path, now);
    return now;
}

/* ---- initial values ---- */

/* Drawn, or an expression that is the same for every example. */
static bool initial_value(Elab *e, const Tree *dist_tree, const Tree *value_tree,
                          const Shape *shape, const char *path, Span at, Node **out) {
    Context saved = e->at;
    Value v = value_number(0, at), dist;
    Shape both;
    e->at.turn_base = e->turns.n; /* once, whatever scan is around */
    if (dist_tree) {
        e->at.rows = NULL;
        v = dist_of(e, dist_tree, &dist) ? dist_draw(e, &dist, shape, path, at) : value_poison();
    } else if (value_tree) {
        e->at.path = e->at.draw_path = path;
        v = elab_expr(e, value_tree);
    }
    e->at = saved;
    if (!elab_real(e, &v, at, out)) return false;
    if ((*out)->rows) {
        elab_error(e, D_INITIAL_PER_EXAMPLE, at);
        diag_help(e->d, "batch_mean(...) is the same for every example");
        return false;
    }
    if ((*out)->depth > 0) {
        elab_error(e, D_INITIAL_IN_SCAN, at);
        return false;
    }
    if (!shape_broadcast(&(*out)->shape, shape, &both) || !shape_equal(&both, shape)) {
        elab_error(e, D_BAD_BROADCAST, at, shape_text(e->a, &(*out)->shape),
                   shape_text(e->a, shape));
        return false;
    }
    *out = elab_fill(e, *out, *shape, NULL);
    return true;
}

static Value discover(Elab *e, const Tree *t, GenRole role, const char *path, const Shape *shape) {
    Variable *known = variable_find(e, path);
    Node *initial;
    if (known && shape_equal(&known->shape, shape))
        return value_node(variable_now(e, known), t->name_span);
    if (known) {
        elab_error(e, D_PARAM_SHAPE, t->name_span, path, shape_text(e->a, shape),
                   shape_text(e->a, &known->shape));
        elab_note(e, known->span, "it was first used here");
        return value_poison();
    }
    if (!initial_value(e, t->kid[1], t->kid[2], shape, path, t->span, &initial))
        return value_poison();
    LIST_ADD(e->a, &e->variables,
             ((Variable){.path = path,
                         .role = role,
                         .shape = *shape,
                         .initial = initial,
                         .span = e->at.user,
                         .storage = -1}));
    /* marked: elsewhere it is a leaf, and must not vanish into what is calculated from it here */
    Node *marked = graph_make(e->g, OP_DRAWN, 1, &initial, 0, NULL, 0, path);
    variable_set(e, path, marked);
    return value_node(marked, t->name_span);
}

static Value declare(Elab *e, const Tree *t, GenRole role) {
    Shape shape;
    if (e->at.function) {
        elab_error(e, D_PARAM_IN_FUNCTION, t->span, e->at.function);
        diag_help(e->d, "make '%s' a layer", e->at.function);
        return value_poison();
    }
    if (!elab_dims(e, t->kid[0], &shape)) return value_poison();
    const char *path = path_join(e, e->at.path, t->name);
    if (path_unique(e, e->at.param_counts, path) != path) {
        elab_error(e, D_BOUND_TWICE, t->name_span, t->name);
        return value_poison();
    }
    if (e->discovering) {
        Value found = discover(e, t, role, path, &shape);
        elab_see(e, t->name_span, &found, path);
        return found;
    }
    Variable *v = variable_find(e, path);
    if (!v) BUG("parameter %s was not discovered", path);
    return value_node(variable_now(e, v), t->name_span);
}

Value elab_param(Elab *e, const Tree *t) {
    return declare(e, t, GEN_PARAM);
}

/* ---- state ---- */

Value elab_state(Elab *e, const Tree *t) {
    if (e->at.optimizing) return optimizer_state(e, t);
    Value v = declare(e, t, GEN_STATE);
    return v;
}

/* Remembers an update for the program's end. A later one of the same call takes the earlier one's
 * place; several calls' are added up, to be averaged. */
static void remember_update(Elab *e, const char *path, Node *now, const Env *call) {
    for (int i = 0; i < e->updates.n; i++) {
        StateUpdate *u = &e->updates.at[i];
        if (u->path != path) continue;
        if (u->call != call) {
            u->before = u->before ? graph_map2(e->g, OP_ADD, u->before, u->now) : u->now;
            u->calls++;
        }
        u->now = now;
        u->call = call;
        return;
    }
    LIST_ADD(e->a, &e->updates, ((StateUpdate){path, NULL, now, 1, call}));
}

static bool can_store(Elab *e, const Variable *v, const Node *x, const Tree *t) {
    bool fits = !x->rows && x->depth == 0 && shape_equal(&x->shape, &v->shape);
    if (!fits)
        elab_error(e,
                   x->rows    ? D_UPDATE_PER_EXAMPLE
                   : x->depth ? D_UPDATE_IN_SCAN
                              : D_UPDATE_SHAPE,
                   t->span, t->name, shape_text(e->a, &v->shape), shape_text(e->a, &x->shape));
    return fits;
}

/* Rebinds the name for what follows. */
void elab_update(Elab *e, const Tree *t) {
    if (e->at.optimizing) {
        optimizer_update(e, t);
        return;
    }
    Env *call = env_holding(e->at.env, t->name);
    const char *path = call ? env_find_own(call, t->name)->path : NULL;
    Variable *v = path ? variable_find(e, path) : NULL;
    Node *x;
    if (!v) {
        if (!path) elab_error(e, D_UPDATE_WHAT, t->name_span, t->name);
        return;
    }
    Context saved = e->at;
    e->at.path = path;
    e->at.draw_path = path_join(e, e->at.draw_path, t->name);
    Value value = elab_expr(e, t->kid[0]);
    e->at = saved;
    if (!elab_real(e, &value, t->span, &x) || !can_store(e, v, x, t)) return;
    v->updated = true;
    env_find_own(call, t->name)->value = elab_marked(e, t->name, value_node(x, t->name_span));
    remember_update(e, path, x, call);
}

/* ---- places ---- */

/* Parameters before state: optimisers and averages go over unbroken stretches of parameters. */
static int by_role_and_path(const void *a, const void *b) {
    const Variable *x = a, *y = b;
    return x->role != y->role ? (int)x->role - (int)y->role : strcmp(x->path, y->path);
}

static void place(Elab *e, Variable *v, int storage, const char *path, GenRole role) {
    Storage *s = &e->m->storages.at[storage];
    Tensor tensor = {path, role, v->shape, storage, s->size, v->span};
    if (role != GEN_AVERAGE) {
        v->storage = storage;
        v->offset = s->size;
    }
    s->size += shape_size(&v->shape);
    LIST_ADD(e->a, &e->m->tensors, tensor);
}

/* Sorts by role and path, so that one network's parameters lie together, and gives each its place.
 */
void params_layout(Elab *e) {
    LIST_SORT(&e->variables, by_role_and_path);
    for (int i = 0; i < e->variables.n; i++) {
        Variable *v = &e->variables.at[i];
        place(e, v, v->role == GEN_PARAM ? e->param_storage : e->state_storage, v->path, v->role);
    }
}

/* Moving averages of all parameters, laid out as they are. */
void params_averages(Elab *e) {
    LIST_ADD(e->a, &e->m->storages, ((Storage){"average", 0}));
    e->average_storage = e->m->storages.n - 1;
    for (int i = 0; i < e->variables.n; i++)
        if (e->variables.at[i].role == GEN_PARAM)
            place(e, &e->variables.at[i], e->average_storage,
                  average_path(e, &e->variables.at[i]), GEN_AVERAGE);
}
