/* Distributions: made, drawn from, and asked for log_prob, kl, mean, mode.
 *
 * Does: evaluates what a family states, for as many independent events as its parameters, or the
 * draw's left side, make. The shapes beside a family's parameters, and beside log_prob's argument,
 * are those of one event; axes before them are independent events. Requires: calls (call.c).
 * Leaves: nodes. */
#include "elab.h"

#include <string.h>

/* ---- events ---- */

static const Tree *method_find(const Tree *family, const char *name) {
    for (int i = 0; i < family->kid[1]->list.n; i++)
        if (strcmp(family->kid[1]->list.at[i]->name, name) == 0) return family->kid[1]->list.at[i];
    return NULL;
}

bool dist_has_method(const Dist *dist, const char *method) {
    if (dist->derived) return dist->derived->has_method && dist->derived->has_method(dist, method);
    return method_find(dist->family, method) != NULL;
}

const char *dist_name(const Dist *dist) {
    return dist->derived ? dist->derived->name : dist->family->name;
}

static int dims_rank(const Tree *dims) {
    return dims ? dims->list.n : 0;
}

/* Is a value of this family one joint event, whatever its shape (log_prob(x[...]))? */
static const Tree *event_dims(const Dist *dist) {
    const Tree *log_prob = method_find(dist->family, "log_prob");
    bool formal = log_prob && log_prob->kid[0] && log_prob->kid[0]->list.n == 1;
    return formal ? log_prob->kid[0]->list.at[0]->kid[0] : NULL;
}

bool dist_is_joint(const Dist *dist) {
    const Tree *dims = event_dims(dist);
    return dims && dims->list.n == 1 && dims->list.at[0]->kind == TREE_ELLIPSIS;
}

/* The shape of one event of a value, from log_prob's argument. */
bool dist_event(Elab *e, const Dist *dist, Shape *out) {
    *out = (Shape){0};
    if (dist_is_joint(dist)) return true;
    Context saved = e->at;
    e->at.env = dist->env;
    bool ok = elab_dims(e, event_dims(dist), out);
    e->at = saved;
    return ok;
}

static Shape leading(const Shape *s, int event_rank) {
    Shape lead = *s;
    lead.rank = s->rank - event_rank;
    return lead;
}

static Shape shape_join(const Shape *a, const Shape *b) {
    Shape s = *a;
    for (int i = 0; i < b->rank && s.rank < GRAPH_MAX_RANK; i++) s.dim[s.rank++] = b->dim[i];
    return s;
}

/* What of the parameters' shapes is not one event's: broadcast together. */
static bool independent(Elab *e, const Dist *dist, Shape *out, Span at) {
    const Tree *formals = dist->family->kid[0];
    *out = (Shape){0};
    for (int i = 0; i < formals->list.n; i++) {
        const Tree *formal = formals->list.at[i];
        Binding *b = env_find_own(dist->env, formal->name);
        if (b->lazy || b->value.kind != VALUE_NODE) continue;
        Shape lead = leading(&b->value.node->shape, dims_rank(formal->kid[0]));
        if (!shape_broadcast(out, &lead, out)) {
            elab_error(e, D_SHAPES_DIFFER, at, dist->family->name);
            elab_note(e, b->value.span, "'%s' is %s", formal->name, value_describe(e, &b->value));
            return false;
        }
    }
    return true;
}

/* Binds the names in mean[d], tril[d, d] to the trailing lengths of the arguments. */
static bool match_events(Elab *e, const Dist *dist, Span at) {
    const Tree *formals = dist->family->kid[0];
    for (int i = 0; i < formals->list.n; i++) {
        const Tree *formal = formals->list.at[i], *dims = formal->kid[0];
        Binding *b = env_find_own(dist->env, formal->name);
        if (!dims || b->lazy) continue;
        int rank = dims_rank(dims);
        Shape own = {0};
        if (b->value.kind == VALUE_NODE) own = b->value.node->shape;
        if (own.rank < rank) {
            elab_error(e, D_PATTERN, at, formal->name, diag_text(e->d, dims->span),
                       shape_text(e->a, &own));
            return false;
        }
        Shape event = {.rank = rank};
        memcpy(event.dim, own.dim + own.rank - rank, sizeof *event.dim * (size_t)rank);
        if (!elab_match(e, dims, &event, dist->env, formal->name, at)) return false;
    }
    return true;
}

/* Compile-time numbers become nodes only when a formula needs them; index and boolean arguments
 * must not slip in. */
static bool check_parameters(Elab *e, const Dist *dist, Span at) {
    const Tree *formals = dist->family->kid[0];
    for (int i = 0; i < formals->list.n; i++) {
        Binding *b = env_find_own(dist->env, formals->list.at[i]->name);
        Node *x;
        if (!b->lazy && b->value.kind == VALUE_NODE && !elab_real(e, &b->value, at, &x))
            return false;
    }
    return true;
}

Value dist_make(Elab *e, Callable c, int n, Argument *args, const Tree *t) {
    Dist *dist = NEW(e->a, Dist);
    *dist =
        (Dist){.family = c.decl, .home = c.home, .env = env_new(e, NULL, c.home), .span = t->span};
    dist->env->barrier = true;
    Shape shape;
    if (!bind_formals(e, c.decl->kid[0], n, args, dist->env, t->span, c.decl->name) ||
        !check_parameters(e, dist, t->span) || !match_events(e, dist, t->span) ||
        !independent(e, dist, &shape, t->span))
        return value_poison();
    return (Value){.kind = VALUE_DIST, .dist = dist, .span = t->span};
}

bool dist_of(Elab *e, const Tree *t, Value *out) {
    *out = elab_expr(e, t);
    if (out->kind == VALUE_CALLABLE) /* a family's or function's bare name: no arguments */
        *out = call_callable(e, out->callable, 0, NULL, NULL, t);
    if (out->kind == VALUE_DIST) return true;
    if (out->kind != VALUE_POISON)
        elab_error(e, D_NOT_A_DISTRIBUTION, t->span, value_describe(e, out));
    return false;
}

/* ---- methods ---- */

/* Evaluates one method in the family's scope, its arguments bound. */
static Value run_method(Elab *e, const Dist *dist, const Tree *method, int n, Argument *args,
                        Span at) {
    Env *env = env_new(e, dist->env, dist->home);
    env->barrier = true;
    const Tree *formals = method->kid[0];
    if (formals && !bind_formals(e, formals, n, args, env, at, method->name)) return value_poison();
    if (!formals && n > 0) {
        elab_error(e, D_TOO_MANY_ARGUMENTS, args[0].span, method->name, 0);
        return value_poison();
    }
    Context saved = e->at;
    e->at.env = env;
    e->at.function = method->name;
    Value v = elab_result(e, method->kid[1], method->name_span);
    e->at = saved;
    return v;
}

/* mean, mode and the like: as large as a draw would be. */
Value dist_method(Elab *e, const Value *d, const char *name, int n, Argument *args, const Tree *t) {
    const Dist *dist = d->dist;
    if (dist->derived) return dist->derived->method(e, dist, name, n, args, t);
    Value v = run_method(e, dist, method_find(dist->family, name), n, args, t->span);
    Node *x;
    Shape lead, event;
    if (v.kind == VALUE_DIST) return v; /* sharpen and the like make another one */
    if (!elab_node(e, &v, t->span, &x) || !independent(e, dist, &lead, t->span) ||
        !dist_event(e, dist, &event))
        return value_poison();
    Shape full = shape_join(&lead, &event), both;
    if (!dist_is_joint(dist) && shape_broadcast(&x->shape, &full, &both))
        x = elab_fill(e, x, both, x->rows);
    return value_node(x, t->span);
}

Value dist_member(Elab *e, const Value *d, const char *name, Span at) {
    Value v;
    if (!d->dist->derived && formal_named(d->dist->family->kid[0], name) &&
        env_value(e, d->dist->env, name, at, &v))
        return v;
    elab_error(e, D_NO_PARAMETER, at, dist_name(d->dist), name);
    return value_poison();
}

/* ---- draws ---- */

/* The independent events of a draw: the parameters', stretched to what the left side says. */
static bool draw_shape(Elab *e, const Dist *dist, const Shape *wanted, Shape *lead, Span at) {
    Shape event, own;
    if (!independent(e, dist, &own, at) || !dist_event(e, dist, &event)) return false;
    *lead = own;
    if (!wanted || dist_is_joint(dist)) return true;
    Shape tail = {.rank = event.rank}, both;
    bool fits = wanted->rank >= event.rank;
    if (fits) {
        memcpy(tail.dim, wanted->dim + wanted->rank - event.rank,
               sizeof *tail.dim * (size_t)event.rank);
        *lead = leading(wanted, event.rank);
        fits = shape_equal(&tail, &event) && shape_broadcast(&own, lead, &both) &&
               shape_equal(&both, lead);
    }
    if (!fits) {
        Shape full = shape_join(&own, &event);
        elab_error(e, D_DRAW_SHAPE, at, shape_text(e->a, wanted), dist->family->name,
                   shape_text(e->a, &full));
    }
    return fits;
}

/* The drawn value, marked with the parameters through which a gradient would have to pass. */
static Node *mark_drawn(Elab *e, const Dist *dist, Node *x, const char *path) {
    const Tree *formals = dist->family->kid[0];
    Node **in = NEW_ARRAY(e->a, Node *, formals->list.n + 1);
    int n = 0;
    in[n++] = x;
    for (int i = 0; i < formals->list.n; i++) {
        Binding *b = env_find_own(dist->env, formals->list.at[i]->name);
        if (!b->lazy && b->value.kind == VALUE_NODE) in[n++] = b->value.node;
    }
    return graph_make(e->g, OP_DRAWN, n, in, 0, NULL, 0, path);
}

Value dist_draw(Elab *e, const Value *d, const Shape *wanted, const char *path, Span at) {
    const Dist *dist = d->dist;
    if (dist->derived) return dist->derived->draw(e, dist, wanted, path, at);
    const Tree *method = method_find(dist->family, "draw");
    Noise noise = {.path = path};
    Shape event, both;
    Node *x;
    if (!method) {
        elab_error(e, D_NO_METHOD, at, dist->family->name, "draw");
        return value_poison();
    }
    if (!draw_shape(e, dist, wanted, &noise.independent, at) || !dist_event(e, dist, &event))
        return value_poison();
    Context saved = e->at;
    e->at.noise = &noise;
    e->at.draw_path = path;
    Value v = run_method(e, dist, method, 0, NULL, at);
    e->at = saved;
    if (!elab_node(e, &v, at, &x)) return value_poison();
    Shape full =
        dist_is_joint(dist) ? wanted ? *wanted : x->shape : shape_join(&noise.independent, &event);
    if (!shape_broadcast(&x->shape, &full, &both) || !shape_equal(&both, &full)) {
        elab_error(e, D_DRAW_SHAPE, at, shape_text(e->a, &full), dist->family->name,
                   shape_text(e->a, &x->shape));
        return value_poison();
    }
    x = elab_fill(e, x, full, e->at.rows);
    return value_node(mark_drawn(e, dist, x, path), at);
}

Value dist_noise(Elab *e, Op op, int n, Argument *args, Span at) {
    Noise *noise = e->at.noise;
    if (!noise) {
        elab_error(e, D_NOISE_OUTSIDE, at);
        diag_help(e->d, "draw it: u ~ uniform(0, 1), or n ~ normal(0, 1)");
        return value_poison();
    }
    Shape shape = noise->independent;
    for (int i = 0; i < n; i++) {
        int64_t length;
        if (!elab_integer(e, &args[i].value, args[i].span, &length)) return value_poison();
        if (length < 1 || shape.rank == GRAPH_MAX_RANK) {
            elab_error(e, D_BAD_LENGTH, args[i].span, (long long)length);
            return value_poison();
        }
        shape.dim[shape.rank++] = length;
    }
    if (!elab_check_shape(e, &shape, at)) return value_poison();
    const char *path = noise->used++ == 0
                           ? noise->path
                           : intern(e->a, arena_printf(e->a, "%s~%d", noise->path, noise->used));
    return value_node(graph_random(e->g, op, path, shape, e->at.rows, e->turns.n - e->at.turn_base,
                                   e->turns.at + e->at.turn_base),
                      at);
}

/* ---- log_prob ---- */

/* Splits x's shape into independent events and one event; an error if x cannot be a value of the
 * family. */
static bool fit_value(Elab *e, const Dist *dist, const Node *x, Shape *lead, Span at) {
    Shape event, own, tail = {0};
    if (!dist_event(e, dist, &event) || !independent(e, dist, &own, at)) return false;
    *lead = (Shape){0};
    if (dist_is_joint(dist)) return true;
    bool fits = x->shape.rank >= event.rank;
    if (fits) {
        tail.rank = event.rank;
        memcpy(tail.dim, x->shape.dim + x->shape.rank - event.rank,
               sizeof *tail.dim * (size_t)event.rank);
        Shape front = leading(&x->shape, event.rank);
        fits = shape_equal(&tail, &event) && shape_broadcast(&front, &own, lead);
    }
    if (!fits) {
        Shape full = shape_join(&own, &event);
        elab_error(e, D_LOG_PROB_SHAPE, at, dist->family->name, shape_text(e->a, &full),
                   shape_text(e->a, &x->shape));
    }
    return fits;
}

/* categorical's value is an index(k): log_prob(x : index(k)). */
static bool fit_kind(Elab *e, const Dist *dist, const Tree *method, const Argument *a) {
    const Tree *formal =
        method->kid[0] && method->kid[0]->list.n ? method->kid[0]->list.at[0] : NULL;
    const Tree *kind = formal ? formal->kid[1] : NULL;
    bool wants_index = kind && strcmp(kind->name, "index") == 0;
    const Node *x = a->value.kind == VALUE_NODE ? a->value.node : NULL;
    if (!wants_index) {
        Node *as_real;
        return elab_real(e, &a->value, a->span, &as_real);
    }
    int64_t classes = 0;
    Context saved = e->at;
    e->at.env = dist->env;
    bool known = elab_classes(e, kind, &classes);
    e->at = saved;
    if (!known) return false;
    if (x && x->kind == KIND_INDEX && (!kind->kid[0] || x->classes == classes)) return true;
    elab_error(e, D_WANTS_INDEX, a->span, dist->family->name, (long long)classes,
               value_describe(e, &a->value));
    return false;
}

static Node *sum_all(Elab *e, Node *x) {
    return x->shape.rank ? graph_reduce(e->g, OP_SUM, x, (1u << x->shape.rank) - 1) : x;
}

/* A family's formula, as large as all its events; summed to a number per example if asked. Where it
 * is of a value `of` that is padded, padding counts nothing; `axes` of its own are not one event's.
 */
static Value finish_events(Elab *e, const Value *v, Shape lead, const Rows *rows, bool summed,
                           const Value *of, int axes, const char *family, const Tree *t) {
    Node *x;
    Shape both;
    if (!elab_real(e, v, t->span, &x)) return value_poison();
    if (!shape_broadcast(&x->shape, &lead, &both)) both = x->shape;
    x = elab_fill(e, x, both, rows);
    if (of) x = sequence_mask(e, x, of, axes, family, t);
    return value_node(summed ? sum_all(e, x) : x, t->span);
}

static bool want_dist(Elab *e, const Argument *a) {
    if (a->value.kind == VALUE_DIST) return true;
    if (a->value.kind != VALUE_POISON)
        elab_error(e, D_NOT_A_DISTRIBUTION, a->span, value_describe(e, &a->value));
    return false;
}

Value dist_log_prob(Elab *e, int n, Argument *args, bool summed, const Tree *t) {
    (void)n;
    if (!want_dist(e, &args[0])) return value_poison();
    const Dist *dist = args[0].value.dist;
    if (dist->derived) return dist->derived->log_prob(e, dist, &args[1], summed, t);
    const Tree *method = method_find(dist->family, "log_prob");
    Node *x;
    Shape lead, event;
    if (!method) {
        elab_error(e, D_NO_METHOD, t->span, dist->family->name, "log_prob");
        return value_poison();
    }
    if (!elab_node(e, &args[1].value, args[1].span, &x) || !fit_kind(e, dist, method, &args[1]) ||
        !fit_value(e, dist, x, &lead, args[1].span) || !dist_event(e, dist, &event))
        return value_poison();
    Argument value = {NULL, args[1].value, args[1].span};
    Value v = run_method(e, dist, method, 1, &value, t->span);
    if (v.kind == VALUE_POISON) return v;
    int axes = dist_is_joint(dist) ? 0 : x->shape.rank - event.rank;
    return finish_events(e, &v, lead, x->rows, summed, &args[1].value, axes,
                         dist->family->name, t);
}

/* ---- kl ---- */

/* The closed form for these two families, if d's states one: kl(other : normal). */
static const Tree *closed_form(const Dist *d, const Dist *other) {
    const Tree *methods = d->family->kid[1];
    for (int i = 0; i < methods->list.n; i++) {
        const Tree *m = methods->list.at[i];
        const Tree *formal = m->kid[0] && m->kid[0]->list.n == 1 ? m->kid[0]->list.at[0] : NULL;
        Callable c;
        if (strcmp(m->name, "kl") == 0 && formal && formal->kid[1] &&
            module_callable(d->home, formal->kid[1]->name, &c) && c.decl == other->family)
            return m;
    }
    return NULL;
}

void elab_remark(Elab *e, const char *text) {
    for (int i = 0; i < e->m->info.n; i++)
        if (strcmp(e->m->info.at[i], text) == 0) return;
    LIST_ADD(e->a, &e->m->info, text);
}

/* One-sample Monte Carlo: log q(z) - log p(z) at a fresh draw z of q; of the shape wanted, or q's
 * own if that is NULL. */
static Value kl_by_draw(Elab *e, Argument *args, const Shape *wanted, bool summed, const Tree *t) {
    const char *path = path_unique(e, e->at.draw_counts, path_join(e, e->at.draw_path, "kl"));
    Value z = dist_draw(e, &args[0].value, wanted, path, t->span);
    if (z.kind == VALUE_POISON) return z;
    Argument q[2] = {args[0], {NULL, z, t->span}}, p[2] = {args[1], {NULL, z, t->span}};
    Value log_q = dist_log_prob(e, 2, q, summed, t), log_p = dist_log_prob(e, 2, p, summed, t);
    return elab_binary(e, "-", log_q, log_p, t);
}

static void remark_kl(Elab *e, const Dist *d, const Dist *other, bool closed) {
    elab_remark(e, arena_printf(e->a, "%s: %s: kl of %s and %s: %s", diag_where(e->d, e->at.user),
                                diag_text(e->d, e->at.user), dist_name(d), dist_name(other),
                                closed ? "closed form" : "one-sample Monte Carlo"));
}

Value dist_kl(Elab *e, int n, Argument *args, bool summed, const Tree *t) {
    (void)n;
    Shape own, others, lead, event;
    if (!want_dist(e, &args[0]) || !want_dist(e, &args[1])) return value_poison();
    const Dist *d = args[0].value.dist, *other = args[1].value.dist;
    if (d->derived || other->derived) {
        remark_kl(e, d, other, false);
        return kl_by_draw(e, args, NULL, summed, t);
    }
    if (!independent(e, d, &own, t->span) || !independent(e, other, &others, t->span))
        return value_poison();
    if (!shape_broadcast(&own, &others, &lead)) {
        elab_error(e, D_SHAPES_DIFFER, t->span, "kl");
        elab_note(e, args[0].span, "one has %s events", shape_text(e->a, &own));
        elab_note(e, args[1].span, "the other has %s", shape_text(e->a, &others));
        return value_poison();
    }
    const Tree *closed = closed_form(d, other);
    remark_kl(e, d, other, closed != NULL);
    if (!closed) {
        if (!dist_event(e, d, &event)) return value_poison();
        Shape full = shape_join(&lead, &event);
        return kl_by_draw(e, args, dist_is_joint(d) ? NULL : &full, summed, t);
    }
    Argument value = {NULL, args[1].value, args[1].span};
    Value v = run_method(e, d, closed, 1, &value, t->span);
    return v.kind == VALUE_POISON ? v : finish_events(e, &v, lead, NULL, summed, NULL, 0, NULL, t);
}
