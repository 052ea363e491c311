/* Calls: functions, layers, networks; distributions are made in dist.c, primitives in builtin.c.
 *
 * Does: puts arguments in place, opens the callee's scope and paths, and elaborates its body there,
 * so that everything is inlined. Leaves: the callee's result. */
#include "flow.h"

#include <string.h>

int elab_arguments(Elab *e, const Tree *list, const Value *first, Span first_at, Argument **out) {
    int n = 0, given = list ? list->list.n : 0;
    *out = NEW_ARRAY(e->a, Argument, given + 1);
    if (first) (*out)[n++] = (Argument){NULL, *first, first_at};
    for (int i = 0; i < given; i++) {
        const Tree *t = list->list.at[i];
        bool named = t->kind == TREE_NAMED;
        Value v = elab_expr(e, named ? t->kid[0] : t);
        (*out)[n++] = (Argument){named ? t->name : NULL, v, t->span};
    }
    return n;
}

const Tree *formal_named(const Tree *formals, const char *name) {
    for (int i = 0; i < formals->list.n; i++)
        if (formals->list.at[i]->name == name) return formals->list.at[i];
    return NULL;
}

static void unknown_argument(Elab *e, const Tree *formals, const Argument *a, const char *what) {
    const char *names[64];
    int n = 0;
    for (; n < formals->list.n && n < 64; n++) names[n] = formals->list.at[n]->name;
    elab_error(e, D_UNKNOWN_ARGUMENT, a->span, what, a->name);
    diag_suggest(e->d, a->name, names, n);
}

static bool check_formal(Elab *e, const Tree *formal, const Argument *a, const char *what) {
    const Tree *kind = formal->kid[1];
    if (!kind || a->value.kind == VALUE_POISON || a->value.kind == VALUE_DIST)
        return true; /* a family's name behind ':' chooses a closed form: dist.c */
    if (strcmp(kind->name, "real") != 0 && strcmp(kind->name, "index") != 0) {
        elab_error(e, D_UNKNOWN_KIND, kind->span, kind->name);
        return false;
    }
    if (strcmp(kind->name, "real") == 0) return true;
    if (value_kind(&a->value) == KIND_INDEX) return true;
    elab_error(e, D_ARGUMENT_KIND, a->span, formal->name, what, value_describe(e, &a->value));
    return false;
}

bool bind_formals(Elab *e, const Tree *formals, int n, Argument *args, Env *env, Span call,
                  const char *what) {
    int next = 0;
    bool ok = true;
    for (int i = 0; i < n; i++) {
        const Tree *formal = NULL;
        if (args[i].name) formal = formal_named(formals, args[i].name);
        else if (next < formals->list.n) formal = formals->list.at[next++];
        if (!formal && args[i].name) unknown_argument(e, formals, &args[i], what);
        else if (!formal) elab_error(e, D_TOO_MANY_ARGUMENTS, args[i].span, what, formals->list.n);
        else if (env_find_own(env, formal->name))
            elab_error(e, D_ARGUMENT_TWICE, args[i].span, formal->name);
        else
            env_set(e, env, formal->name, elab_marked(e, formal->name, args[i].value)),
                elab_see(e, formal->name_span, &args[i].value, NULL),
                ok = check_formal(e, formal, &args[i], what) && ok;
        ok = ok && formal && args[i].value.kind != VALUE_POISON;
    }
    for (int i = 0; i < formals->list.n; i++) {
        const Tree *formal = formals->list.at[i];
        if (env_find_own(env, formal->name)) continue;
        if (formal->kid[2]) {
            env_set_lazy(e, env, formal->name, formal->kid[2]);
        } else {
            elab_error(e, D_ARGUMENT_NEEDED, call, what, formal->name);
            ok = false;
        }
    }
    return ok;
}

/* Shapes written beside formals: fn f(a[t, k]) binds t and k. */
static bool match_formals(Elab *e, const Tree *formals, Env *env, Span at) {
    for (int i = 0; i < formals->list.n; i++) {
        const Tree *formal = formals->list.at[i];
        Binding *b = env_find_own(env, formal->name);
        if (!formal->kid[0] || b->lazy || b->value.kind != VALUE_NODE) continue;
        if (!elab_match(e, formal->kid[0], &b->value.node->shape, env, formal->name, at))
            return false;
    }
    return true;
}

static Value call_function(Elab *e, Callable c, int n, Argument *args, Span at) {
    const Tree *fn = c.decl;
    Env *env = env_new(e, NULL, c.home);
    env->barrier = true;
    if (!bind_formals(e, fn->kid[0], n, args, env, at, fn->name) ||
        !match_formals(e, fn->kid[0], env, at))
        return value_poison();
    Context saved = e->at;
    e->at.env = env;
    e->at.function = fn->name;
    e->at.draw_path = path_unique(e, e->at.draw_counts, path_join(e, e->at.draw_path, fn->name));
    Value v = elab_result(e, fn->kid[1], fn->name_span);
    e->at = saved;
    elab_see(e, at, &v, NULL);
    return v;
}

/* One application of a layer. Its parameters are under `path`. */
static Value apply_layer(Elab *e, Callable c, int n, Argument *args, const Value *input,
                         const char *path, Span at, Env **scope) {
    const Tree *layer = c.decl, *on = layer->kid[1];
    Env *env = env_new(e, NULL, c.home);
    env->barrier = true;
    Node *x;
    if (!bind_formals(e, layer->kid[0], n, args, env, at, layer->name) ||
        !elab_node(e, input, at, &x) || !elab_match(e, on->kid[0], &x->shape, env, layer->name, at))
        return value_poison();
    Value on_x = value_node(x, input->span);
    on_x.padding = input->padding;
    env_set(e, env, on->name, elab_marked(e, on->name, on_x));
    Context saved = e->at;
    PathCounts counts = {0};
    e->at.env = env;
    e->at.param_counts = &counts;
    e->at.path = path;
    e->at.draw_path = path_unique(e, e->at.draw_counts, path_join(e, e->at.draw_path, layer->name));
    Value v = elab_result(e, layer->kid[2], layer->name_span);
    e->at = saved;
    elab_see(e, at, &v, path);
    if (scope) *scope = env;
    return v;
}

static Value make_instance(Elab *e, Callable c, int n, Argument *args, Span at) {
    Instance *instance = NEW(e->a, Instance);
    *instance = (Instance){.layer = c.decl, .home = c.home, .n_args = n, .args = args, .span = at};
    instance->path = path_unique(e, e->at.param_counts, path_join(e, e->at.path, c.decl->name));
    return (Value){.kind = VALUE_INSTANCE, .instance = instance, .span = at};
}

/* Its parameters are its own, so it may be applied even inside a function. */
static Value apply_instance(Elab *e, Instance *i, const Value *input, Span at) {
    const char *function = e->at.function;
    e->at.function = NULL;
    Value v = apply_layer(e, (Callable){i->layer, i->home, NULL}, i->n_args, i->args, input,
                          i->path, at, &i->env);
    e->at.function = function;
    return v;
}

static Value check_score(Elab *e, const Tree *net, Value v, Span at) {
    const Value *first = v.kind == VALUE_TUPLE ? &v.items[0] : &v;
    if (strcmp(net->text, "discriminator") != 0 || first->kind == VALUE_POISON) return v;
    if (first->kind == VALUE_NODE && shape_size(&first->node->shape) == 1) return v;
    elab_error(e, D_SCORE, net->name_span, net->name, value_describe(e, first));
    elab_note(e, at, "called here");
    return value_poison();
}

/* What a network's arguments are, by their names. */
static void remember_signature(Elab *e, const Tree *net, Env *env) {
    for (int i = 0; i < e->signatures.n; i++)
        if (e->signatures.at[i].decl == net) return;
    const Tree *formals = net->kid[0];
    Signature s = {net, 0, NEW_ARRAY(e->a, Argument, formals->list.n + 1)};
    for (int i = 0; i < formals->list.n; i++) {
        const Tree *formal = formals->list.at[i];
        const Binding *b = env_find_own(env, formal->name);
        if (b && !b->lazy) s.args[s.n++] = (Argument){formal->name, b->value, formal->span};
    }
    LIST_ADD(e->a, &e->signatures, s);
}

static Value call_network(Elab *e, Callable c, int n, Argument *args, Span at) {
    const Tree *net = c.decl;
    Env *env = env_new(e, NULL, c.home);
    env->barrier = true;
    if (!bind_formals(e, net->kid[0], n, args, env, at, net->name) ||
        !match_formals(e, net->kid[0], env, at))
        return value_poison();
    remember_signature(e, net, env);
    Context saved = e->at;
    PathCounts counts = {0};
    e->at.env = env;
    e->at.function = NULL;
    e->at.noise = NULL;
    e->at.param_counts = &counts;
    e->at.path = net->name;
    e->at.draw_path = path_unique(e, e->at.draw_counts, path_join(e, e->at.draw_path, net->name));
    Value v = elab_result(e, net->kid[1], net->name_span);
    e->at = saved;
    elab_see(e, at, &v, net->name);
    return check_score(e, net, v, at);
}

static void remember_call(Elab *e, const Tree *decl) {
    for (int i = 0; i < e->called.n; i++)
        if (e->called.at[i] == decl) return;
    LIST_ADD(e->a, &e->called, decl);
}

static Value call_declared(Elab *e, Callable c, int n, Argument *args, const Value *input,
                           const Tree *t) {
    switch (c.decl->kind) {
    case TREE_FN:
        return call_function(e, c, n, args, t->span);
    case TREE_NETWORK:
        return call_network(e, c, n, args, t->span);
    case TREE_DISTRIBUTION:
        return dist_make(e, c, n, args, t);
    case TREE_AUTOREGRESSIVE:
        return sequence_make(e, c, n, args, t->span);
    case TREE_LAYER: {
        if (!input) return make_instance(e, c, n, args, t->span);
        const char *path =
            path_unique(e, e->at.param_counts, path_join(e, e->at.path, c.decl->name));
        return apply_layer(e, c, n - 1, args + 1, input, path, t->span, NULL);
    }
    case TREE_OPTIMIZER:
        elab_error(e, D_OPTIMIZER_HERE, t->span, c.decl->name);
        return value_poison();
    case TREE_FLOW:
        return flow_call(e, c, n, args, input, t->span);
    default:
        BUG("%s cannot be called", tree_kind_name(c.decl->kind));
    }
}

Value call_callable(Elab *e, Callable c, int n, Argument *args, const Value *input, const Tree *t) {
    if (!c.decl) return builtin_call(e, c.builtin, n, args, t);
    remember_call(e, c.decl);
    LIST_ADD(e->a, &e->active, c.decl);
    Value v = call_declared(e, c, n, args, input, t);
    e->active.n--;
    return v;
}

/* A value in call position: a layer's instance, a function given as an argument. */
static Value call_value(Elab *e, const Value *callee, int n, Argument *args, const Tree *t) {
    if (callee->kind == VALUE_POISON) return *callee;
    if (callee->kind == VALUE_CALLABLE) return call_callable(e, callee->callable, n, args, NULL, t);
    if (callee->kind == VALUE_INSTANCE && n == 1 && callee->instance->layer->kind == TREE_FLOW)
        return flow_apply(e, callee->instance, &args[0].value, t->span);
    if (callee->kind == VALUE_INSTANCE && n == 1)
        return apply_instance(e, callee->instance, &args[0].value, t->span);
    elab_error(e, D_NOT_CALLABLE, t->span, value_describe(e, callee));
    return value_poison();
}

/* mean(d), log_prob(d, x) ...: what its first argument's family states; the sums are primitives. */
static bool is_method(const Value *first, const char *name) {
    return first->kind == VALUE_DIST && !builtin_find(name) && dist_has_method(first->dist, name);
}

/* tok of `tok = embed(8)`: bound in a scope around, or at top level. */
static bool find_instance(Elab *e, const char *name, Value *out) {
    for (Env *env = e->at.env; env; env = env->outer) {
        Binding *b = env_find_own(env, name);
        if (b && !b->lazy && b->value.kind == VALUE_INSTANCE) return *out = b->value, true;
    }
    return elab_top_instance(e, name, out);
}

static void no_method(Elab *e, const Tree *name, const Argument *of) {
    const Value *dist = &of->value;
    if (dist->dist->derived == &sequence_dist && strcmp(name->name, "mean") == 0) {
        elab_error(e, D_NO_MEAN, of->span, diag_text(e->d, of->span));
        diag_help(e->d, "mode(%s) takes the likeliest value at each position",
                  diag_text(e->d, of->span));
        return;
    }
    elab_error(e, D_NO_METHOD, name->span, dist_name(dist->dist), name->name);
}

static Value call_by_name(Elab *e, const Tree *t, int n, Argument *args, const Value *piped) {
    const Tree *callee = t->kind == TREE_CALL ? t->kid[0] : t;
    if (!elab_is_library(e, t->span)) e->g->span = e->at.user = t->span;
    if (callee->kind != TREE_NAME) {
        Value v = elab_expr(e, callee);
        return call_value(e, &v, n, args, t);
    }
    Value instance;
    Callable c;
    const Value *first = n && !args[0].name ? &args[0].value : NULL;
    if (find_instance(e, callee->name, &instance)) return call_value(e, &instance, n, args, t);
    if (first && is_method(first, callee->name))
        return dist_method(e, first, callee->name, n - 1, args + 1, t);
    bool found = elab_callable(e, callee->name, &c);
    bool of_values = found && c.decl && c.decl->kind == TREE_FN &&
                     c.home->builtin; /* mean, var ... of numbers */
    if (first && first->kind == VALUE_DIST && (!found || of_values)) no_method(e, callee, &args[0]);
    else if (found) return call_callable(e, c, n, args, piped, t);
    else elab_unknown(e, callee, true);
    return value_poison();
}

Value elab_call(Elab *e, const Tree *t, const Value *piped, Span piped_at) {
    const Tree *list = t->kind == TREE_CALL ? t->kid[1] : NULL;
    Argument *args;
    int n = elab_arguments(e, list, piped, piped_at, &args);
    for (int i = 0; i < n; i++)
        if (args[i].value.kind == VALUE_POISON) return value_poison();
    Value v = call_by_name(e, t, n, args, piped);
    return n > 0 && !args[0].name ? sequence_follow(&args[0].value, v) : v;
}
