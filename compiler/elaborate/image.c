/* The image of a distribution under an invertible map: the distribution of f(z) for a draw z of
 * the base.
 *
 * Does: draws by drawing z and applying the map; log_prob by undoing the map,
 * log p(x) = log p(z) - log |det df/dz|. Where x was just drawn, its own z is taken instead of
 * solving for it. Requires: flow.c for flows, transform/invert.c for elementwise maps. */
#include "builtin.h"
#include "flow.h"

/* How the base is mapped: by a flow, or by a primitive or operator with other arguments. */
typedef struct {
    Value base;
    const Instance *flow;
    const Builtin *builtin;
    const char *op;
    int n, place; /* of args; which of them is the base's */
    Argument *args;
    const Tree *tree;
} Image;

/* A draw's way from z to x. */
typedef struct ImageDraw {
    Node *drawn, *z, *x;
} ImageDraw;

static const Image *image_of(const Dist *d) {
    return d->of;
}

/* ---- the map ---- */

static Value apply(Elab *e, const Image *m, Value z, Span at) {
    if (m->flow) return flow_apply(e, m->flow, &z, at);
    Argument *args = NEW_ARRAY(e->a, Argument, m->n);
    for (int i = 0; i < m->n; i++) args[i] = m->args[i];
    args[m->place].value = z;
    if (m->builtin) return builtin_call(e, m->builtin, m->n, args, m->tree);
    return elab_binary(e, m->op, args[0].value, args[1].value, m->tree);
}

/* z for this x, and log |det dx/dz|; for one event each, if it goes element by element and they are
 * not to be summed. */
typedef struct {
    Node *z, *log_det;
    bool elementwise;
} Origin;

static bool origin_by_flow(Elab *e, const Image *m, Node *x, Span at, Origin *out) {
    Value back = flow_inverse(e, m->flow, at);
    FlowUse *use = flow_use(e, back.instance, x, at);
    Node *det = use ? flow_log_det(e, use, at) : NULL;
    if (!det) return false;
    *out = (Origin){use->result, graph_map1(e->g, OP_NEG, det), false};
    return true;
}

static bool origin_by_map(Elab *e, const Image *m, Node *x, Span at, Origin *out) {
    InvertFailure failure;
    Node **given, *y, *zero = graph_full(e->g, 0, x->shape, x->rows);
    Node *z = graph_make(e->g, OP_DRAWN, 1, &zero, 0, NULL, 0, intern(e->a, "image.inverse"));
    Value v = apply(e, m, value_node(z, at), at);
    if (!elab_real(e, &v, at, &y)) return false;
    if (!shape_equal(&y->shape, &x->shape)) {
        elab_error(e, D_LOG_PROB_SHAPE, at, "image", shape_text(e->a, &y->shape),
                   shape_text(e->a, &x->shape));
        return false;
    }
    int n = flow_given(e, &given);
    Inversion *plan = invert_plan(e->g, z, y, n, given, &failure);
    if (!plan) {
        flow_not_invertible(e, m->builtin ? m->builtin->name : m->op, &failure, m->tree->span);
        return false;
    }
    out->z = invert_solve(plan, x);
    out->log_det = invert_log_slopes_found(plan);
    out->elementwise = out->log_det != NULL;
    if (!out->log_det) out->log_det = invert_log_det_found(plan);
    return true;
}

/* Of a value that was drawn: what it was drawn from, if this very map made it. */
static bool origin_by_draw(Elab *e, const Image *m, const Node *x, Span at, Origin *out) {
    for (int i = 0; i < e->image_draws.n; i++) {
        const ImageDraw *d = e->image_draws.at[i];
        if (d->drawn != x || !m->flow) continue;
        FlowUse *use = flow_use(e, m->flow, d->z, at);
        Node *det = use && use->result == d->x ? flow_log_det(e, use, at) : NULL;
        *out = (Origin){d->z, det, false};
        return det != NULL;
    }
    return false;
}

/* ---- what can be asked of it ---- */

/* The draw of the base, and what the map makes of it. */
static bool draw_through(Elab *e, const Image *m, const Shape *wanted, const char *path, Span at,
                         Node **z, Node **x) {
    Shape shape;
    const Shape *of_base = wanted;
    if (m->flow) {
        if (!flow_draw_shape(e, m->flow, wanted, at, &shape)) return false;
        of_base = &shape;
    }
    Value from = dist_draw(e, &m->base, of_base, path, at);
    if (from.kind == VALUE_POISON) return false;
    Value v = apply(e, m, from, at);
    if (!elab_real(e, &v, at, x)) return false;
    *z = from.node;
    bool stretched = !m->flow && !wanted && !shape_equal(&(*x)->shape, &from.node->shape);
    if (!stretched) return true;
    shape = (*x)->shape; /* each element is a draw of its own */
    return draw_through(e, m, &shape, path, at, z, x);
}

static Value draw_image(Elab *e, const Dist *d, const Shape *wanted, const char *path, Span at) {
    Node *z, *x;
    if (!draw_through(e, image_of(d), wanted, path, at, &z, &x)) return value_poison();
    if (wanted && !shape_equal(wanted, &x->shape)) {
        elab_error(e, D_DRAW_SHAPE, at, shape_text(e->a, wanted), dist_name(d),
                   shape_text(e->a, &x->shape));
        return value_poison();
    }
    ImageDraw *draw = NEW(e->a, ImageDraw);
    *draw = (ImageDraw){.z = z, .x = x};
    draw->drawn = graph_make(e->g, OP_DRAWN, 1, &x, 0, NULL, 0, path);
    LIST_ADD(e->a, &e->image_draws, draw);
    return value_node(draw->drawn, at);
}

static Value log_prob_image(Elab *e, const Dist *d, const Argument *a, bool summed, const Tree *t) {
    const Image *m = image_of(d);
    Origin from;
    Node *x, *p;
    if (!elab_real(e, &a->value, a->span, &x)) return value_poison();
    if (!origin_by_draw(e, m, x, t->span, &from) &&
        !(m->flow ? origin_by_flow(e, m, x, t->span, &from)
                  : origin_by_map(e, m, x, t->span, &from)))
        return value_poison();
    summed = summed || !from.elementwise; /* else its elements are one joint event */
    Argument args[2] = {{NULL, m->base, t->span}, {NULL, value_node(from.z, a->span), a->span}};
    Value v = dist_log_prob(e, 2, args, summed, t);
    if (!elab_real(e, &v, t->span, &p)) return value_poison();
    Node *det = from.log_det;
    if (summed && from.elementwise) {
        det = graph_broadcast(e->g, det, x->shape, rows_join(det->rows, x->rows));
        det = graph_reduce(e->g, OP_SUM, det, (1u << det->shape.rank) - 1);
    }
    return value_node(graph_map2(e->g, OP_SUB, p, det), t->span);
}

static const DerivedDist image_kind = {
    .name = "image", .draw = draw_image, .log_prob = log_prob_image};

static Value make(Elab *e, Image image, Span at) {
    Dist *d = NEW(e->a, Dist);
    Image *own = NEW(e->a, Image);
    *own = image;
    *d = (Dist){.span = at, .derived = &image_kind, .of = own};
    return (Value){.kind = VALUE_DIST, .dist = d, .span = at};
}

Value image_under_flow(Elab *e, const Value *dist, const Instance *flow, Span at) {
    return make(e, (Image){.base = *dist, .flow = flow}, at);
}

Value image_under_builtin(Elab *e, const Builtin *b, int n, Argument *args, int place,
                          const Tree *t) {
    Image m = {.base = args[place].value, .builtin = b, .n = n, .place = place, .tree = t};
    m.args = NEW_ARRAY(e->a, Argument, n);
    for (int i = 0; i < n; i++) m.args[i] = args[i];
    return make(e, m, t->span);
}

Value image_under_operator(Elab *e, const char *op, Value a, Value b, const Tree *t) {
    Image m = {.op = op, .n = 2, .place = a.kind == VALUE_DIST ? 0 : 1, .tree = t};
    m.args = NEW_ARRAY(e->a, Argument, 2);
    m.args[0] = (Argument){NULL, a, t->span};
    m.args[1] = (Argument){NULL, b, t->span};
    m.base = m.args[m.place].value;
    return make(e, m, t->span);
}
