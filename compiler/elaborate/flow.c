/* Flows: networks that are invertible, applied in both directions.
 *
 * Does: elaborates a flow's body on what it is applied to, or, for its inverse, on a stand-in whose
 * value is then solved for (transform/invert.c). A flow's parameters are shared by all its calls,
 * as a network's are. Leaves: nodes; an error at the statement that cannot be inverted. */
#include "flow.h"

#include <string.h>

/* ---- flows as values ---- */

bool flow_of(Elab *e, const Value *v, Span at, Instance **out) {
    bool bare =
        v->kind == VALUE_CALLABLE && v->callable.decl && v->callable.decl->kind == TREE_FLOW;
    if (v->kind == VALUE_INSTANCE && v->instance->layer->kind == TREE_FLOW) {
        *out = v->instance;
        return true;
    }
    if (bare) {
        Value made = flow_call(e, v->callable, 0, NULL, NULL, at);
        *out = made.instance;
        return made.kind == VALUE_INSTANCE;
    }
    if (v->kind != VALUE_POISON) elab_error(e, D_NOT_A_FLOW, at, value_describe(e, v));
    return false;
}

Value flow_inverse(Elab *e, const Instance *flow, Span at) {
    Instance *inverse = NEW(e->a, Instance);
    *inverse = *flow;
    inverse->inverse = !flow->inverse;
    return (Value){.kind = VALUE_INSTANCE, .instance = inverse, .span = at};
}

static Value make_flow(Elab *e, Callable c, int n, Argument *args, Span at) {
    Env *env = env_new(e, NULL, c.home);
    if (!bind_formals(e, c.decl->kid[0], n, args, env, at, c.decl->name)) return value_poison();
    Instance *flow = NEW(e->a, Instance);
    *flow = (Instance){.layer = c.decl,
                       .home = c.home,
                       .n_args = n,
                       .args = args,
                       .path = c.decl->name,
                       .span = at};
    return (Value){.kind = VALUE_INSTANCE, .instance = flow, .span = at};
}

/* x |> f(a), or f(x) where f has no arguments of its own; f(a) alone is the flow with its
 * arguments. */
Value flow_call(Elab *e, Callable c, int n, Argument *args, const Value *input, Span at) {
    bool applied = input || (n == 1 && c.decl->kid[0]->list.n == 0 && !args[0].name);
    Value flow = make_flow(e, c, n - applied, args + applied, at);
    if (!applied || flow.kind == VALUE_POISON) return flow;
    return flow_apply(e, flow.instance, &args[0].value, at);
}

static bool same_value(const Value *a, const Value *b) {
    if (a->kind != b->kind) return false;
    if (a->kind == VALUE_NODE) return a->node == b->node;
    return a->kind == VALUE_NUMBER && a->number == b->number;
}

static bool same_flow(const Instance *a, const Instance *b) {
    if (a->layer != b->layer || a->inverse != b->inverse || a->n_args != b->n_args) return false;
    for (int i = 0; i < a->n_args; i++)
        if (a->args[i].name != b->args[i].name || !same_value(&a->args[i].value, &b->args[i].value))
            return false;
    return true;
}

/* ---- the body ---- */

/* What the flow makes of the node `from`. */
static Node *elaborate_body(Elab *e, const Instance *flow, Node *from, Span at) {
    const Tree *decl = flow->layer, *on = decl->kid[1];
    Env *env = env_new(e, NULL, flow->home);
    env->barrier = true;
    if (!bind_formals(e, decl->kid[0], flow->n_args, flow->args, env, at, decl->name) ||
        !elab_match(e, on->kid[0], &from->shape, env, decl->name, at))
        return NULL;
    if (shape_size(&from->shape) > ELAB_MAX_FOLLOWED) {
        elab_error(e, D_TOO_MANY_ELEMENTS, at, decl->name, shape_text(e->a, &from->shape));
        return NULL;
    }
    env_set(e, env, on->name, value_node(from, at));
    Context saved = e->at;
    PathCounts counts = {0};
    e->at.env = env;
    e->at.function = NULL;
    e->at.noise = NULL;
    e->at.param_counts = &counts;
    e->at.path = decl->name;
    e->at.draw_path = path_unique(e, e->at.draw_counts, path_join(e, e->at.draw_path, decl->name));
    e->at.rows = from->rows;
    bool whole = e->g->whole;
    e->g->whole = true;
    Value v = elab_result(e, decl->kid[2], decl->name_span);
    e->g->whole = whole;
    e->at = saved;
    Node *y;
    if (!elab_real(e, &v, decl->name_span, &y)) return NULL;
    if (shape_size(&y->shape) == shape_size(&from->shape)) return y;
    elab_error(e, D_FLOW_SIZE, v.span, decl->name, shape_text(e->a, &from->shape),
               shape_text(e->a, &y->shape));
    return NULL;
}

/* A first value taken from data cannot be had from what is only solved for. */
static bool check_initial(Elab *e, const Instance *flow, const Node *from, int known, Span at) {
    for (int i = known; i < e->variables.n; i++) {
        NodeList all = graph_reachable(e->a, 1, &e->variables.at[i].initial, NULL);
        for (int k = 0; k < all.n; k++) {
            if (all.at[k] != from) continue;
            elab_error(e, D_FLOW_INITIAL, at, e->variables.at[i].path, flow->layer->name);
            diag_help(e->d, "let a loss ask for %s(x), or for log_prob of data, first",
                      flow->layer->name);
            return false;
        }
    }
    return true;
}

static const char *name_of(Elab *e, const Instance *flow, const char *what) {
    return intern(e->a, arena_printf(e->a, "%s.%s", flow->path, what));
}

int flow_given(Elab *e, Node ***out) {
    *out = NEW_ARRAY(e->a, Node *, e->versions.n + 1);
    for (int i = 0; i < e->versions.n; i++) (*out)[i] = e->versions.at[i].now;
    return e->versions.n;
}

void flow_not_invertible(Elab *e, const char *name, const InvertFailure *failure, Span at) {
    Span where = failure->at && failure->at->span.file >= 0 ? failure->at->span : at;
    elab_error(e, D_NOT_INVERTIBLE, where, name, failure->reason);
    if (where.start != at.start || where.file != at.file)
        elab_note(e, at, "the inverse or the determinant is asked for here");
}

static Inversion *plan(Elab *e, const Instance *flow, const FlowUse *use, Span at) {
    InvertFailure failure;
    Node **given;
    int n = flow_given(e, &given);
    Inversion *v = invert_plan(e->g, use->from, use->to, n, given, &failure);
    if (!v) flow_not_invertible(e, flow->layer->name, &failure, at);
    else if (invert_turns(v) > 0)
        elab_remark(e, arena_printf(e->a,
                                    "flow %s is slow backwards: inverse(%s) takes %lld turns, "
                                    "one for each position",
                                    flow->path, flow->path, (long long)invert_turns(v)));
    return v;
}

/* ---- both directions ---- */

static bool run_forward(Elab *e, const Instance *flow, FlowUse *use, Span at) {
    use->from = graph_make(e->g, OP_DRAWN, 1, &use->given, 0, NULL, 0, name_of(e, flow, "in"));
    use->to = use->result = elaborate_body(e, flow, use->from, at);
    return use->result != NULL;
}

/* The body on a stand-in of the shape that x must have. */
static bool run_on_stand_in(Elab *e, const Instance *flow, FlowUse *use, const Shape *shape,
                            const Rows *rows, Span at) {
    int known = e->variables.n;
    Node *zero = graph_full(e->g, 0, *shape, rows);
    use->from = graph_make(e->g, OP_DRAWN, 1, &zero, 0, NULL, 0, name_of(e, flow, "inverse"));
    use->to = elaborate_body(e, flow, use->from, at);
    return use->to && (!e->discovering || check_initial(e, flow, use->from, known, at));
}

static bool run_backward(Elab *e, const Instance *flow, FlowUse *use, Span at) {
    Node *z = use->given;
    Shape shape;
    if (!flow_shape(e, flow, &shape)) shape = z->shape;
    if (!run_on_stand_in(e, flow, use, &shape, z->rows, at)) return false;
    if (!shape_equal(&use->to->shape, &z->shape)) {
        elab_error(e, D_FLOW_RESULT, at, flow->layer->name, shape_text(e->a, &use->to->shape),
                   shape_text(e->a, &z->shape));
        return false;
    }
    use->solved = plan(e, flow, use, at);
    if (use->solved) use->result = invert_solve(use->solved, z);
    return use->result != NULL;
}

FlowUse *flow_use(Elab *e, const Instance *flow, Node *x, Span at) {
    for (int i = 0; i < e->flow_uses.n; i++) {
        FlowUse *known = e->flow_uses.at[i];
        if (known->given == x && same_flow(known->flow, flow)) return known;
    }
    FlowUse *use = NEW(e->a, FlowUse);
    *use = (FlowUse){.flow = flow, .given = x};
    if (flow->inverse ? !run_backward(e, flow, use, at) : !run_forward(e, flow, use, at))
        return NULL;
    LIST_ADD(e->a, &e->flow_uses, use);
    return use;
}

Node *flow_log_det(Elab *e, FlowUse *use, Span at) {
    if (use->log_det) return use->log_det;
    if (use->solved)
        return use->log_det = graph_map1(e->g, OP_NEG, invert_log_det_found(use->solved));
    Inversion *v = plan(e, use->flow, use, at);
    return use->log_det = v ? invert_log_det(v) : NULL;
}

Value flow_apply(Elab *e, const Instance *flow, const Value *input, Span at) {
    Node *x;
    if (input->kind == VALUE_DIST) return image_under_flow(e, input, flow, at);
    if (!elab_real(e, input, at, &x)) return value_poison();
    FlowUse *use = flow_use(e, flow, x, at);
    return use ? value_node(use->result, at) : value_poison();
}

/* ---- shapes ---- */

/* Lengths that are numbers without any value to be matched with. */
static bool are_constant(const Instance *flow, const Tree *dims) {
    for (int i = 0; dims && i < dims->list.n; i++) {
        const Tree *t = dims->list.at[i];
        bool named = t->kind == TREE_NAME && module_has_constant(flow->home, t->name);
        if (t->kind != TREE_NUMBER && !named) return false;
    }
    return dims != NULL;
}

/* That of the data of that name; or what is written, if it is all numbers. */
bool flow_shape(Elab *e, const Instance *flow, Shape *out) {
    const Tree *on = flow->layer->kid[1];
    int datum = elab_find_datum(e, on->name);
    if (are_constant(flow, on->kid[0])) {
        Context saved = e->at;
        e->at.env = env_new(e, NULL, flow->home);
        bool ok = elab_dims(e, on->kid[0], out);
        e->at = saved;
        return ok;
    }
    if (datum >= 0) *out = e->m->data.at[datum].shape;
    if (datum >= 0 || !elab_is_drawn(e, on->name)) return datum >= 0;
    Tree name = {.kind = TREE_NAME, .name = on->name, .span = on->span};
    Context saved = e->at;
    e->at.env = NULL;
    Value v = elab_name(e, &name);
    e->at = saved;
    if (v.kind == VALUE_NODE) *out = v.node->shape;
    return v.kind == VALUE_NODE;
}

bool flow_draw_shape(Elab *e, const Instance *flow, const Shape *wanted, Span at, Shape *out) {
    Shape x;
    bool said = flow_shape(e, flow, &x);
    if (!said && wanted && flow->inverse) x = *wanted, said = true;
    if (!said) {
        elab_error(e, D_FLOW_SHAPE, at, flow->layer->name, flow->layer->kid[1]->name);
        return false;
    }
    *out = x;
    if (!flow->inverse) return true;
    FlowUse use = {.flow = flow};
    if (!run_on_stand_in(e, flow, &use, &x, e->at.rows, at)) return false;
    *out = use.to->shape;
    return true;
}
