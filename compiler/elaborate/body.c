/* Statements.
 *
 * Does: runs a body's statements in order in the current scope. Requires: a Results in the context
 * for return and yield. Leaves: names bound, results filled. */
#include "elab.h"

#include <string.h>

typedef void StatementRule(Elab *e, const Tree *t);

/* The path of what is bound to `name` here. */
static void enter(Elab *e, const char *name) {
    e->at.path = path_join(e, e->at.path, name);
    e->at.draw_path = path_join(e, e->at.draw_path, name);
}

Value elab_marked(Elab *e, const char *name, Value v) {
    bool asked = false;
    for (int i = 0; i < e->grad_names.n; i++) asked = asked || e->grad_names.at[i] == name;
    if (asked && v.kind == VALUE_NODE && v.node->kind == KIND_REAL)
        v.node = graph_make(e->g, OP_DRAWN, 1, &v.node, 0, NULL, 0,
                            intern(e->a, path_join(e, e->at.draw_path, name)));
    return v;
}

static void assign(Elab *e, const Tree *name, Value v) {
    v.span = name->name_span;
    elab_see(e, name->name_span, &v, NULL);
    env_assign(e, name->name, elab_marked(e, name->name, v), name->span);
}

void elab_bind(Elab *e, const Tree *t) {
    const Tree *names = t->kid[0];
    Context saved = e->at;
    enter(e, names->list.at[0]->name);
    Value v = elab_expr(e, t->kid[1]);
    e->at = saved;
    if (names->list.n == 1) {
        assign(e, names->list.at[0], v);
        return;
    }
    bool fits = v.kind == VALUE_TUPLE && v.n == names->list.n;
    if (!fits && v.kind != VALUE_POISON)
        elab_error(e, D_UNPACK, t->kid[1]->span, names->list.n, value_describe(e, &v));
    for (int i = 0; i < names->list.n; i++)
        assign(e, names->list.at[i], fits ? v.items[i] : value_poison());
}

/* What is drawn against the kind on the left: index(K), index or real. */
static bool fits_kind(Elab *e, const Tree *kind, const Value *v) {
    int64_t classes = 0;
    bool index = strcmp(kind->name, "index") == 0, is_index = v->node->kind == KIND_INDEX;
    if (!elab_classes(e, kind, &classes)) return false;
    if (index == is_index && (!kind->kid[0] || v->node->classes == classes)) return true;
    elab_error(e, D_DRAW_KIND, kind->span, value_describe(e, v));
    return false;
}

/* v[shape] : index(K) ~ dist. */
Value elab_draw(Elab *e, const Tree *t) {
    Value dist, v;
    Shape wanted;
    Context saved = e->at;
    enter(e, t->name);
    e->at.draw_path = path_unique(e, e->at.draw_counts, e->at.draw_path);
    bool ok = dist_of(e, t->kid[2], &dist);
    if (ok && t->kid[0]) ok = elab_dims(e, t->kid[0], &wanted);
    if (ok && t->kid[3]) {
        Value prefix = elab_expr(e, t->kid[3]);
        if (prefix.kind != VALUE_POISON)
            dist = sequence_given(e, &dist, &prefix, t->kid[3]->span);
        ok = prefix.kind != VALUE_POISON && dist.kind == VALUE_DIST;
    }
    v = ok ? dist_draw(e, &dist, t->kid[0] ? &wanted : NULL, e->at.draw_path, t->span)
           : value_poison();
    if (ok && e->at.results && e->at.results->kind == BODY_SAMPLE) v = settable_draw(e, t, &dist, v);
    e->at = saved;
    if (v.kind == VALUE_NODE && t->kid[1] && !fits_kind(e, t->kid[1], &v)) return value_poison();
    v.span = t->name_span;
    elab_see(e, t->name_span, &v, NULL);
    return v;
}

static void do_draw(Elab *e, const Tree *t) {
    env_assign(e, t->name, elab_marked(e, t->name, elab_draw(e, t)), t->name_span);
}

static void do_param(Elab *e, const Tree *t) {
    env_set_fixed(e, e->at.env, t->name, elab_param(e, t));
}

static void do_state(Elab *e, const Tree *t) {
    Value v = elab_state(e, t);
    env_set(e, e->at.env, t->name, v)->path = path_join(e, e->at.path, t->name);
}

/* return a, b: one value, or a tuple. */
static Value values_of(Elab *e, const Tree *list, const char *path) {
    Context saved = e->at;
    enter(e, path);
    Value v = {
        .kind = VALUE_TUPLE, .n = list->list.n, .items = NEW_ARRAY(e->a, Value, list->list.n + 1)};
    for (int i = 0; i < v.n; i++) {
        v.items[i] = elab_expr(e, list->list.at[i]);
        v.items[i].span = list->list.at[i]->span;
    }
    e->at = saved;
    return v.n == 1 ? v.items[0] : v;
}

static void do_return(Elab *e, const Tree *t) {
    Results *r = e->at.results;
    if (r->kind == BODY_SAMPLE) {
        programs_show(e, t);
        r->has_returned = true;
        return;
    }
    if (r->kind == BODY_SCAN || t->kid[1]) {
        elab_error(e, t->kid[1] ? D_AS_OUTSIDE : D_RETURN_IN_SCAN, t->span);
        return;
    }
    if (r->has_returned) {
        elab_error(e, D_RETURN_TWICE, t->span);
        return;
    }
    r->returned = values_of(e, t->kid[0], "out");
    r->has_returned = true;
}

static void do_show(Elab *e, const Tree *t) {
    if (e->at.results->kind == BODY_SAMPLE) programs_show(e, t);
    else elab_error(e, D_SHOW_OUTSIDE, t->span);
}

static void do_yield(Elab *e, const Tree *t) {
    Results *r = e->at.results;
    if (r->kind != BODY_SCAN || r->has_yielded) {
        elab_error(e, D_YIELD_HERE, t->span);
        return;
    }
    Value v = values_of(e, t->kid[0], "out");
    r->has_yielded = true;
    if (v.kind != VALUE_TUPLE) LIST_ADD(e->a, &r->yields, v);
    for (int i = 0; v.kind == VALUE_TUPLE && i < v.n; i++) LIST_ADD(e->a, &r->yields, v.items[i]);
}

/* Unrolled: fresh parameters each turn. */
static void do_for(Elab *e, const Tree *t) {
    Value range = elab_expr(e, t->kid[0]);
    if (range.kind == VALUE_POISON) return;
    if (range.kind != VALUE_RANGE) {
        elab_error(e, D_NOT_A_RANGE, t->kid[0]->span, value_describe(e, &range));
        return;
    }
    e->turns_taken += range.to - range.number > GRAPH_MAX_NODES
                          ? GRAPH_MAX_NODES + 1
                          : (int64_t)(range.to - range.number);
    if (e->turns_taken > 16 * (int64_t)GRAPH_MAX_NODES ||
        range.to - range.number > GRAPH_MAX_NODES) {
        elab_error(e, D_TOO_MANY_OPERATIONS, t->kid[0]->span);
        return;
    }
    Binding *hidden = env_find_own(e->at.env, t->name);
    Binding before = hidden ? *hidden : (Binding){0};
    int64_t turns = (int64_t)(range.to - range.number);
    int errors = diag_errors(e->d); /* the next turn would only repeat this one's */
    for (int64_t i = 0; i < turns && diag_errors(e->d) == errors && !e->g->overflow; i++) {
        double number = range.reverse ? range.to - 1 - (double)i : range.number + (double)i;
        Context saved = e->at;
        env_set_fixed(e, e->at.env, t->name, value_number(number, t->name_span));
        enter(e, intern(e->a, arena_printf(e->a, "%g", number)));
        elab_statements(e, t->kid[1]);
        e->at = saved;
        if (e->at.results && e->at.results->has_returned) break;
    }
    Binding *own = env_find_own(e->at.env, t->name);
    if (own) *own = before; /* what it hid, or nothing */
}

/* After a condition in error: what the branch would bind is there, but poison. */
static void poison_bound(Elab *e, const Tree *branch) {
    const Tree *list = branch->kid[0];
    for (int i = 0; i < list->list.n; i++) {
        const Tree *bind = list->list.at[i];
        if (bind->kind != TREE_BIND) continue;
        const Tree *names = bind->kid[0];
        for (int k = 0; k < names->list.n; k++)
            if (!env_find_own(e->at.env, names->list.at[k]->name))
                env_set_fixed(e, e->at.env, names->list.at[k]->name, value_poison());
    }
}

static void do_if(Elab *e, const Tree *t) {
    Value condition = elab_expr(e, t->kid[0]);
    double holds;
    if (!elab_number(e, &condition, t->kid[0]->span, &holds)) {
        if (condition.kind == VALUE_NODE)
            diag_help(e->d,
                      "where(condition, a, b) chooses element by element while the program runs");
        poison_bound(e, t->kid[1]);
        return;
    }
    const Tree *branch = holds != 0 ? t->kid[1] : t->kid[2];
    if (branch && branch->kind == TREE_IF) do_if(e, branch);
    else if (branch) elab_statements(e, branch);
}

static void do_expr(Elab *e, const Tree *t) {
    elab_expr(e, t->kid[0]);
}

static StatementRule *const rules[TREE_COUNT] = {
    [TREE_BIND] = elab_bind, [TREE_DRAW] = do_draw,       [TREE_PARAM] = do_param,
    [TREE_STATE] = do_state, [TREE_UPDATE] = elab_update, [TREE_RETURN] = do_return,
    [TREE_SHOW] = do_show,   [TREE_YIELD] = do_yield,     [TREE_FOR] = do_for,
    [TREE_IF] = do_if,       [TREE_EXPR] = do_expr,
};

void elab_statements(Elab *e, const Tree *body) {
    const Tree *list = body->kid[0];
    for (int i = 0; i < list->list.n; i++) {
        const Tree *t = list->list.at[i];
        if (!rules[t->kind]) BUG("%s is no statement", tree_kind_name(t->kind));
        if (!elab_is_library(e, t->span)) e->at.user = e->g->span = t->span;
        rules[t->kind](e, t);
    }
}

Value elab_result(Elab *e, const Tree *body, Span at) {
    if (body->kind != TREE_BODY) return elab_expr(e, body);
    Results results = {.kind = BODY_VALUE};
    int errors = diag_errors(e->d);
    e->at.results = &results; /* the caller restores the context */
    elab_statements(e, body);
    if (!results.has_returned && diag_errors(e->d) == errors) elab_error(e, D_NO_RETURN, at);
    return results.has_returned ? results.returned : value_poison();
}
