/* Distributions over sequences whose parameters at each position follow from the positions before.
 *
 * Does: makes `autoregressive p(z) on x { ... }` a distribution. Its log_prob runs the body once on
 * the whole of x; a draw derives from the body the sampler of one position at a time
 * (transform/incremental.h). While parameters are discovered, every body that runs is proved to be
 * causal (transform/causal.h). Requires: calls, families. Leaves: nodes, or the statement that
 * leaks. */
#include "elab.h"
#include "../transform/causal.h"
#include "../transform/incremental.h"

#include <string.h>

/* A method that makes another distribution of what the body returns: sharpen(p, top_k = 40). */
typedef struct Change Change;
struct Change {
    const Change *before;
    const char *method;
    int n;
    Argument *args;
    const Tree *at;
};

typedef struct {
    const Tree *tree; /* AUTOREGRESSIVE */
    Module *home;
    Env *args;
    const Change *changes; /* the last one first */
    Node *prefix;          /* the first positions as they are given; or NULL */
    Span prefix_at;
} Sequence;

static const Tree *pattern(const Sequence *p) {
    return p->tree->kid[1];
}

static Value sequence_value(Elab *e, const Sequence *p, Span at) {
    Dist *dist = NEW(e->a, Dist);
    *dist = (Dist){.home = p->home, .env = p->args, .span = at, .derived = &sequence_dist, .of = p};
    return (Value){.kind = VALUE_DIST, .dist = dist, .span = at};
}

static bool match_arguments(Elab *e, const Sequence *p, Span at) {
    const Tree *formals = p->tree->kid[0];
    for (int i = 0; i < formals->list.n; i++) {
        const Tree *formal = formals->list.at[i];
        Binding *b = env_find_own(p->args, formal->name);
        if (!formal->kid[0] || b->lazy || b->value.kind != VALUE_NODE) continue;
        if (!elab_match(e, formal->kid[0], &b->value.node->shape, p->args, formal->name, at))
            return false;
    }
    return true;
}

Value sequence_make(Elab *e, Callable c, int n, Argument *args, Span at) {
    Sequence *p = NEW(e->a, Sequence);
    *p = (Sequence){.tree = c.decl, .home = c.home, .args = env_new(e, NULL, c.home)};
    p->args->barrier = true;
    if (!bind_formals(e, c.decl->kid[0], n, args, p->args, at, c.decl->name) ||
        !match_arguments(e, p, at))
        return value_poison();
    return sequence_value(e, p, at);
}

/* ---- positions ---- */

/* The axis of x that a name after `along` names in `on x[c, h, w]`. */
static int axis_named(const Sequence *p, const char *name, int rank) {
    const Tree *dims = pattern(p)->kid[0];
    int found = -1;
    for (int i = 0, from_end = 0; dims && i < dims->list.n; i++) {
        const Tree *t = dims->list.at[i];
        if (t->kind == TREE_ELLIPSIS) from_end = rank - dims->list.n;
        if (t->kind == TREE_NAME && t->name == name) found = i + from_end;
    }
    return found;
}

/* The axes in the order in which positions go through them, the slowest first. */
static bool order_axes(Elab *e, const Sequence *p, int rank, int *axis, int *n) {
    const Tree *along = p->tree->kid[2];
    *n = along ? along->list.n : rank;
    for (int i = 0; i < *n; i++) {
        axis[i] = along ? axis_named(p, along->list.at[i]->name, rank) : i;
        bool again = false;
        for (int k = 0; k < i; k++) again = again || axis[k] == axis[i];
        if (axis[i] >= 0 && axis[i] < rank && !again) continue;
        elab_error(e, D_ALONG, along->list.at[i]->span, along->list.at[i]->name, pattern(p)->name);
        diag_help(e->d, "name axes and their order: on x[c, h, w] along h, w, c");
        return false;
    }
    return true;
}

static bool can_follow(Elab *e, const Sequence *p, const Shape *shape, int64_t turns) {
    bool few = shape_size(shape) <= ELAB_MAX_FOLLOWED;
    if (few && turns <= GRAPH_MAX_NODES) return true;
    Span at = p->tree->name_span;
    if (few) elab_error(e, D_TOO_MANY_OPERATIONS, at);
    else elab_error(e, D_TOO_MANY_ELEMENTS, at, p->tree->name, shape_text(e->a, shape));
    return false;
}

static bool find_order(Elab *e, const Sequence *p, Shape shape, Order *out) {
    int axis[GRAPH_MAX_RANK] = {0}, n = 0;
    int64_t size = shape_size(&shape), turns = 1;
    if (!order_axes(e, p, shape.rank, axis, &n)) return false;
    *out = (Order){.shape = shape};
    for (int i = 0; i < n; i++) {
        out->axes |= 1u << axis[i];
        turns *= shape.dim[axis[i]];
    }
    if (!can_follow(e, p, &shape, turns)) return false;
    out->turns = (int)turns;
    out->place = NEW_ARRAY(e->a, int, turns + 1);
    out->position = NEW_ARRAY(e->a, int, size + 1);
    for (int64_t i = 0; i < size; i++) {
        int64_t at[GRAPH_MAX_RANK], rest = i, turn = 0, place = 0;
        for (int k = shape.rank - 1; k >= 0; rest /= shape.dim[k--]) at[k] = rest % shape.dim[k];
        for (int k = 0; k < n; k++) turn = turn * shape.dim[axis[k]] + at[axis[k]];
        for (int k = 0; k < shape.rank; k++)
            if (out->axes >> k & 1) place = place * shape.dim[k] + at[k];
        out->position[i] = (int)turn;
        out->place[turn] = (int)place;
    }
    return true;
}

/* ---- the body ---- */

static Node *cut(Elab *e, Node *x, const char *name) {
    return graph_make(e->g, OP_DRAWN, 1, &x, 0, NULL, 0, name);
}

/* A scope for one run of the body; leaves: where a proof stops, if it is to be proved. */
static Env *body_scope(Elab *e, const Sequence *p, Node *x, bool prove, Node ***leaves, int *n) {
    Env *env = env_new(e, NULL, p->home);
    env->barrier = true;
    *leaves = NEW_ARRAY(e->a, Node *, p->args->names.n + 2);
    *n = 0;
    for (int i = 0; i < p->args->names.n; i++) {
        Binding b = p->args->names.at[i];
        if (prove && !b.lazy && b.value.kind == VALUE_NODE)
            b.value.node = (*leaves)[++*n] =
                cut(e, b.value.node, path_join(e, p->tree->name, b.name));
        LIST_ADD(e->a, &env->names, b);
    }
    (*leaves)[0] = prove && x->op != OP_HOLE ? cut(e, x, path_join(e, p->tree->name, "x")) : x;
    ++*n;
    const char *name = pattern(p)->name;
    env_set(e, env, name, elab_marked(e, name, value_node((*leaves)[0], pattern(p)->span)));
    return env;
}

static bool check_returned(Elab *e, const Sequence *p, const Value *v) {
    if (v->kind == VALUE_DIST && !v->dist->derived) return true;
    if (v->kind != VALUE_POISON)
        elab_error(e, D_AUTOREGRESSIVE_OF, p->tree->name_span, p->tree->name, value_describe(e, v));
    return false;
}

static Value run_in(Elab *e, const Sequence *p, Env *env) {
    Context saved = e->at;
    PathCounts counts = {0};
    e->at.env = env;
    e->at.function = NULL;
    e->at.noise = NULL;
    e->at.param_counts = &counts;
    e->at.path = p->tree->name;
    e->at.draw_path =
        path_unique(e, e->at.draw_counts, path_join(e, e->at.draw_path, p->tree->name));
    Value v = elab_result(e, p->tree->kid[3], p->tree->name_span);
    e->at = saved;
    return v;
}

/* ---- the proof ---- */

static const char *element_text(Elab *e, const Shape *s, int64_t at) {
    Text t = {.arena = e->a};
    int64_t size = shape_size(s);
    text_put(&t, "[");
    for (int i = 0; i < s->rank; i++) {
        size /= s->dim[i];
        text_printf(&t, "%s%lld", i ? ", " : "", (long long)(at / size % s->dim[i]));
    }
    text_put(&t, "]");
    return t.at;
}

static int64_t element_at(const Order *order, int position) {
    int64_t i = 0;
    while (order->position[i] != position) i++;
    return i;
}

/* The first position of each of a parameter's independent events. */
static int *first_positions(Elab *e, const Order *order, int event_rank, const Shape *lead) {
    int rank = order->shape.rank - event_rank;
    int *first = NEW_ARRAY(e->a, int, shape_size(lead) + 1);
    for (int64_t i = 0; i < shape_size(lead); i++) first[i] = order->turns;
    for (int64_t i = 0; i < shape_size(&order->shape); i++) {
        int64_t rest = i, at[GRAPH_MAX_RANK], place = 0;
        for (int k = order->shape.rank - 1; k >= 0; rest /= order->shape.dim[k--])
            at[k] = rest % order->shape.dim[k];
        for (int k = 0; k < lead->rank; k++) {
            int own = k + rank - lead->rank;
            place = place * lead->dim[k] + (lead->dim[k] == 1 ? 0 : at[own]);
        }
        if (order->position[i] < first[place]) first[place] = order->position[i];
    }
    return first;
}

static void report_leak(Elab *e, const Sequence *p, const Order *order, Leak leak, int own,
                        int seen) {
    const char *x = pattern(p)->name, *name = p->tree->name;
    const char *at = element_text(e, &order->shape, element_at(order, own));
    Span span = leak.node->span.file >= 0 ? leak.node->span : p->tree->name_span;
    elab_error(e, D_NOT_CAUSAL, span, name, at, x,
               element_text(e, &order->shape, element_at(order, seen)));
    if (leak.kind == LEAK_UNSHIFTED)
        elab_note(e, NO_SPAN, "nothing before this has shifted '%s'", x);
    else elab_note(e, NO_SPAN, "this lets a position see itself, or what comes after it");
    elab_note(e, p->tree->name_span, "'%s' is declared autoregressive over '%s'", name, x);
    if (leak.kind == LEAK_UNSHIFTED && order->shape.rank == 1)
        diag_help(e->d, "feed in what comes before: %s |> shift", x);
}

static bool prove_parameter(Elab *e, const Sequence *p, const Order *order, Causal *causal,
                            const Tree *formal, Node *x, int event_rank) {
    int own = formal->kid[0] ? formal->kid[0]->list.n : 0;
    Shape lead = x->shape;
    lead.rank -= own;
    if (lead.rank > order->shape.rank - event_rank) return true; /* fit_value reports it */
    const int *latest = causal_latest(causal, x);
    if (causal_gave_up(causal)) {
        elab_error(e, D_PROOF_TOO_LONG, p->tree->name_span, p->tree->name);
        return false;
    }
    const int *first = first_positions(e, order, event_rank, &lead);
    int64_t inner = shape_size(&x->shape) / shape_size(&lead);
    for (int64_t i = 0; i < shape_size(&x->shape); i++) {
        if (latest[i] < first[i / inner]) continue;
        report_leak(e, p, order, causal_leak(causal, x, i), first[i / inner], latest[i]);
        return false;
    }
    return true;
}

static bool is_accused(Elab *e, const Tree *tree) {
    for (int i = 0; i < e->accused.n; i++)
        if (e->accused.at[i] == tree) return true;
    return false;
}

static bool prove(Elab *e, const Sequence *p, const Order *order, const Dist *inner, Node *x, int n,
                  Node *const *leaf, int event_rank) {
    CausalLeaf *leaves = NEW_ARRAY(e->a, CausalLeaf, n + 1);
    for (int i = 0; i < n; i++) leaves[i] = (CausalLeaf){leaf[i], i == 0 ? order->position : NULL};
    if (x != leaf[0] && x->rows) leaves[n++] = (CausalLeaf){x, order->position};
    Causal *causal = causal_new(e->a, n, leaves);
    causal_bound(causal);
    const Tree *formals = inner->family->kid[0];
    for (int i = 0; i < formals->list.n; i++) {
        const Binding *b = env_find_own(inner->env, formals->list.at[i]->name);
        if (b->lazy || b->value.kind != VALUE_NODE) continue;
        if (prove_parameter(e, p, order, causal, formals->list.at[i], b->value.node, event_rank))
            continue;
        LIST_ADD(e->a, &e->accused, p->tree);
        return false;
    }
    return true;
}

/* Runs the body on x: a family's distribution. What it is over must be events within positions. */
static bool run_body(Elab *e, const Sequence *p, Node *x, const Order *order, Span at, Value *out,
                     int *event_rank) {
    Node **leaf;
    int n;
    bool proving = e->discovering && !is_accused(e, p->tree);
    Env *env = body_scope(e, p, x, proving, &leaf, &n);
    if (!elab_match(e, pattern(p)->kid[0], &x->shape, env, p->tree->name, at)) return false;
    *out = run_in(e, p, env);
    Shape event;
    if (!check_returned(e, p, out) || !dist_event(e, out->dist, &event)) return false;
    *event_rank = dist_is_joint(out->dist) ? x->shape.rank : event.rank;
    int lead = x->shape.rank - *event_rank;
    for (int i = lead < 0 ? 0 : lead; i < x->shape.rank; i++) {
        if (!(order->axes >> i & 1) || x->shape.dim[i] == 1) continue;
        elab_error(e, D_EVENT_POSITIONS, p->tree->name_span, dist_name(out->dist),
                   shape_text(e->a, &x->shape));
        diag_help(e->d, "name the axes that are positions: on x[t, k] along t");
        return false;
    }
    return !proving || prove(e, p, order, out->dist, x, n, leaf, *event_rank);
}

static bool change(Elab *e, const Change *c, Value *dist) {
    if (!c) return true;
    if (!change(e, c->before, dist)) return false;
    if (!dist_has_method(dist->dist, c->method)) {
        elab_error(e, D_NO_METHOD, c->at->span, dist_name(dist->dist), c->method);
        return false;
    }
    *dist = dist_method(e, dist, c->method, c->n, c->args, c->at);
    if (dist->kind == VALUE_DIST) return true;
    if (dist->kind != VALUE_POISON)
        elab_error(e, D_NOT_A_DISTRIBUTION, c->at->span, value_describe(e, dist));
    return false;
}

/* ---- log_prob ---- */

/* The data that it is on, by its name. */
static const Datum *datum_of(Elab *e, const Sequence *p) {
    int i = p->home == e->user ? elab_find_datum(e, pattern(p)->name) : -1;
    return i >= 0 ? &e->m->data.at[i] : NULL;
}

/* `on x` is of the data's shape; `on x[t]` of whatever matches. */
static bool fits_shape(const Sequence *p, const Datum *d, const Shape *s) {
    return pattern(p)->kid[0] || shape_equal(s, &d->shape);
}

static bool fits_data(Elab *e, const Sequence *p, const Node *x, Span at) {
    const Datum *d = datum_of(e, p);
    if (!d || (x->kind == d->kind && x->classes == d->classes && fits_shape(p, d, &x->shape)))
        return true;
    Value v = value_node((Node *)x, at);
    elab_error(e, D_AUTOREGRESSIVE_ON, at, p->tree->name, d->name, shape_text(e->a, &d->shape),
               value_describe(e, &v));
    elab_note(e, d->span, "'%s' is declared", d->name);
    return false;
}

static Value log_prob(Elab *e, const Dist *d, const Argument *a, bool summed, const Tree *t) {
    const Sequence *p = d->of;
    Node *x;
    Order order;
    Value inner;
    int event_rank;
    if (!elab_node(e, &a->value, a->span, &x) || !fits_data(e, p, x, a->span) ||
        !find_order(e, p, x->shape, &order) ||
        !run_body(e, p, x, &order, a->span, &inner, &event_rank) || !change(e, p->changes, &inner))
        return value_poison();
    Argument args[2] = {{NULL, inner, t->span}, *a};
    return dist_log_prob(e, 2, args, summed, t);
}

/* ---- draws ---- */

static bool drawn_shape(Elab *e, const Sequence *p, const Shape *wanted, Shape *shape, Span at) {
    const Datum *d = datum_of(e, p);
    const Tree *dims = pattern(p)->kid[0];
    bool constant = dims != NULL;
    if (d && wanted && !fits_shape(p, d, wanted)) {
        elab_error(e, D_AUTOREGRESSIVE_ON, at, p->tree->name, d->name, shape_text(e->a, &d->shape),
                   shape_text(e->a, wanted));
        return false;
    }
    for (int i = 0; dims && i < dims->list.n; i++)
        constant = constant && dims->list.at[i]->kind == TREE_NUMBER;
    if (wanted) *shape = *wanted;
    else if (d) *shape = d->shape;
    else if (!constant || !elab_dims(e, dims, shape)) {
        elab_error(e, D_DRAW_WITHOUT_SHAPE, at, p->tree->name);
        diag_help(e->d, "say it on the left: y[100] ~ %s", p->tree->name);
        return false;
    }
    return true;
}

/* A parameter as large as the independent events of x ask for; NULL if it cannot be. */
static Node *stretched(Elab *e, Node *x, int own_rank, const Shape *shape, int event_rank) {
    Shape full = *shape, both;
    full.rank -= event_rank;
    for (int i = x->shape.rank - own_rank; i < x->shape.rank; i++)
        full.dim[full.rank++] = x->shape.dim[i];
    if (!shape_broadcast(&x->shape, &full, &both) || !shape_equal(&both, &full)) return NULL;
    return graph_broadcast(e->g, x, full, x->rows);
}

typedef struct {
    Binding *binding;
    Node *whole, *part;
} Parameter;

/* The family's distribution of one position: its arguments are to be replaced by their parts. */
static int split_parameters(Elab *e, const Dist *inner, Dist *one, const Shape *shape,
                            int event_rank, Parameter *out, Span at) {
    const Tree *formals = inner->family->kid[0];
    int n = 0;
    *one = *inner;
    one->env = env_new(e, inner->env->outer, inner->env->module);
    one->env->barrier = true;
    for (int i = 0; i < inner->env->names.n; i++)
        LIST_ADD(e->a, &one->env->names, inner->env->names.at[i]);
    for (int i = 0; i < formals->list.n; i++) {
        const Tree *formal = formals->list.at[i];
        Binding *b = env_find_own(one->env, formal->name);
        if (b->lazy || b->value.kind != VALUE_NODE) continue;
        int own = formal->kid[0] ? formal->kid[0]->list.n : 0;
        Node *x = b->value.node, *whole = stretched(e, x, own, shape, event_rank);
        if (!whole) {
            elab_error(e, D_PARAMETER_SHAPE, at, formal->name, inner->family->name,
                       shape_text(e->a, &x->shape), shape_text(e->a, shape));
            return -1;
        }
        out[n++] = (Parameter){b, whole, NULL};
    }
    return n;
}

/* What is given as the first positions, with zeros behind; how many positions those are. */
static bool padded_prefix(Elab *e, const Sequence *p, const Order *order, const Node *like,
                          Node **out, int *given) {
    Node *v = p->prefix;
    const Shape *s = &order->shape;
    int64_t none[GRAPH_MAX_RANK] = {0}, after[GRAPH_MAX_RANK], ones[GRAPH_MAX_RANK];
    if (v->shape.rank == 0 && s->rank == 1) v = graph_reshape(e->g, v, shape_of(1, (int64_t)1));
    bool fits = v->kind == like->kind && v->classes <= like->classes && v->shape.rank == s->rank;
    for (int i = 0; fits && i < s->rank; i++) {
        fits = v->shape.dim[i] <= s->dim[i];
        after[i] = s->dim[i] - v->shape.dim[i];
        ones[i] = 1;
    }
    int64_t rest = shape_size(s) / order->turns;
    *given = fits ? (int)(shape_size(&v->shape) / rest) : 0;
    for (int64_t i = 0; fits && i < shape_size(s); i++) {
        int64_t at = i;
        bool inside = true;
        for (int k = s->rank - 1; k >= 0; at /= s->dim[k--])
            inside = inside && at % s->dim[k] < v->shape.dim[k];
        fits = inside == (order->position[i] < *given);
    }
    if (!fits) {
        Value value = value_node(v, p->prefix_at);
        elab_error(e, D_GIVEN_SHAPE, p->prefix_at, shape_text(e->a, s), value_describe(e, &value));
        return false;
    }
    *out = graph_pad(e->g, v, none, after, ones);
    return true;
}

/* Why a sampler computes something whole: a recurrence, if there is one among it. */
static const char *why_whole(const NodeList *whole) {
    for (int i = 0; i < whole->n; i++)
        if (whole->at[i]->op == OP_SCAN)
            return whole->at[i]->scan->reverse
                       ? "its recurrence runs backwards"
                       : "a position needs several turns of its recurrence at once";
    return "it mixes positions in a way that no rule takes apart";
}

static void remark_whole(Elab *e, const Sequence *p, const Sampler *s) {
    NodeList whole = sampler_whole(s);
    const char *first = NULL;
    for (int i = whole.n - 1; i >= 0; i--)
        if (!first && whole.at[i]->span.file >= 0 && !elab_is_library(e, whole.at[i]->span))
            first = diag_text(e->d, whole.at[i]->span);
    elab_remark(
        e, arena_printf(e->a, "%s: a draw of %s: %s", diag_where(e->d, e->at.user), p->tree->name,
                        !whole.n ? "one position at a time"
                        : first  ? arena_printf(e->a, "computes %s whole for each position: %s",
                                                first, why_whole(&whole))
                                 : arena_printf(e->a, "computes a part whole for each position: %s",
                                                why_whole(&whole))));
}

/* Draws, or takes the mode of, one position after another. */
static Value draw_sequence(Elab *e, const Sequence *p, const Shape *wanted, const char *path,
                           const Tree *mode, Span at) {
    Order *order = NEW(e->a, Order);
    const Datum *d = datum_of(e, p);
    Shape shape, part = {0};
    Value inner;
    int event_rank, given = 0;
    if (!drawn_shape(e, p, wanted, &shape, at) || !find_order(e, p, shape, order))
        return value_poison();
    Node *x = graph_hole(e->g, d ? d->kind : KIND_REAL, d ? d->classes : 0, shape, e->at.rows);
    if (!run_body(e, p, x, order, at, &inner, &event_rank)) return value_poison();
    Dist one;
    Parameter *param = NEW_ARRAY(e->a, Parameter, inner.dist->family->kid[0]->list.n);
    int n = split_parameters(e, inner.dist, &one, &shape, event_rank, param, at);
    if (n < 0) return value_poison();
    Node **whole = NEW_ARRAY(e->a, Node *, n + 1), **parts = NEW_ARRAY(e->a, Node *, n + 1);
    for (int i = 0; i < n; i++) whole[i] = param[i].whole;
    if (p->prefix && !padded_prefix(e, p, order, x, &whole[n], &given)) return value_poison();
    Sampler *s = sampler_open(e->g, x, order, n + (given > 0), whole, parts);
    for (int i = 0; i < n; i++) param[i].binding->value.node = parts[i];
    for (int i = 0; i < shape.rank; i++)
        if (!(order->axes >> i & 1)) part.dim[part.rank++] = shape.dim[i];
    LIST_ADD(e->a, &e->turns, sampler_turn(s));
    Value now = {.kind = VALUE_DIST, .dist = &one, .span = at};
    Value v = value_poison();
    if (change(e, p->changes, &now))
        v = mode ? dist_method(e, &now, mode->name, 0, NULL, mode)
                 : dist_draw(e, &now, &part, path, at);
    e->turns.n--;
    Node *drawn;
    if (!elab_node(e, &v, at, &drawn)) {
        e->g->open_scans.n--;
        return value_poison();
    }
    drawn = elab_fill(e, drawn, part, e->at.rows);
    if (given > 0) {
        Node *known = graph_map2(e->g, OP_LT, sampler_turn(s), graph_const(e->g, given));
        drawn = graph_where(e->g, known, elab_fill(e, parts[n], part, NULL), drawn);
    }
    if (order->turns > e->positions) e->positions = order->turns;
    if (e->discovering) remark_whole(e, p, s);
    return value_node(sampler_close(s, drawn), at);
}

static Value draw(Elab *e, const Dist *d, const Shape *wanted, const char *path, Span at) {
    return draw_sequence(e, d->of, wanted, path, NULL, at);
}

static bool has_method(const Dist *d, const char *name) {
    return strcmp(name, "mean") != 0 && module_states(d->home, name);
}

static Value method(Elab *e, const Dist *d, const char *name, int n, Argument *args,
                    const Tree *t) {
    const Sequence *p = d->of;
    if (strcmp(name, "mode") == 0 && n == 0) {
        Tree at = {.kind = TREE_NAME, .span = t->span, .name = name};
        return draw_sequence(e, p, NULL, "", &at, t->span);
    }
    Change *c = NEW(e->a, Change);
    *c = (Change){p->changes, name, n, args, t};
    Sequence *changed = NEW(e->a, Sequence);
    *changed = *p;
    changed->changes = c;
    return sequence_value(e, changed, t->span);
}

const DerivedDist sequence_dist = {"autoregressive", draw, log_prob, has_method, method};

Value sequence_given(Elab *e, const Value *dist, const Value *prefix, Span at) {
    const Dist *d = dist->dist;
    Node *x;
    if (d->derived != &sequence_dist) {
        elab_error(e, D_GIVEN, at, dist_name(d));
        return value_poison();
    }
    if (!elab_node(e, prefix, at, &x)) return value_poison();
    Sequence *p = NEW(e->a, Sequence);
    *p = *(const Sequence *)d->of;
    p->prefix = x;
    p->prefix_at = at;
    return sequence_value(e, p, dist->span);
}
