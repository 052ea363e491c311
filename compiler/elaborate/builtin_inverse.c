/* with_inverse(x, f, g, ...): f(x, ...), of which it is stated that g(y, ...) undoes it.
 *
 * Does: proves that f goes element by element, so that its Jacobian is diagonal and made of its
 * derivative; keeps with the value what inversion needs (UNDONE in ops.def). That g is the inverse
 * is what the user says; the trainer's gradcheck measures it. */
#include "builtin.h"
#include "../transform/causal.h"
#include "../transform/grad.h"

static bool as_function(Elab *e, const Call *c, int i) {
    if (c->arg[i].kind == VALUE_CALLABLE) return true;
    elab_error(e, D_INVERSE_FUNCTION, c->where[i], value_describe(e, &c->arg[i]));
    return false;
}

/* f or g of `first` and the further arguments. */
static Node *applied(Elab *e, const Call *c, int which, Node *first) {
    Argument *args = NEW_ARRAY(e->a, Argument, c->n_rest + 1);
    Node *out;
    args[0] = (Argument){NULL, value_node(first, c->where[0]), c->where[0]};
    for (int i = 0; i < c->n_rest; i++) args[i + 1] = c->rest[i];
    Value v = call_callable(e, c->arg[which].callable, c->n_rest + 1, args, NULL, c->tree);
    if (!elab_real(e, &v, c->where[which], &out)) return NULL;
    if (shape_equal(&out->shape, &first->shape)) return out;
    elab_error(e, D_INVERSE_SHAPE, c->where[which], diag_text(e->d, c->where[which]),
               shape_text(e->a, &first->shape), shape_text(e->a, &out->shape));
    return NULL;
}

/* The first element of y that may depend on an element of x behind its own, in this order or in the
 * reverse; -1: none. The further arguments count as constants. */
static int64_t first_mixed(Elab *e, const Call *c, Node *x, Node *y, bool backwards) {
    int64_t size = shape_size(&x->shape);
    int *position = NEW_ARRAY(e->a, int, size + 1), n = 1;
    CausalLeaf *leaf = NEW_ARRAY(e->a, CausalLeaf, c->n_rest + 1);
    for (int64_t i = 0; i < size; i++) position[i] = (int)(backwards ? size - 1 - i : i);
    leaf[0] = (CausalLeaf){x, position};
    for (int i = 0; i < c->n_rest; i++)
        if (c->rest[i].value.kind == VALUE_NODE)
            leaf[n++] = (CausalLeaf){c->rest[i].value.node, NULL};
    const int *latest = causal_latest(causal_new(e->a, n, leaf), y);
    for (int64_t i = 0; i < size; i++)
        if (latest[i] > position[i]) return i;
    return -1;
}

/* x -> y is a map of each element: y_i depends on x_i and on no other. */
static bool is_elementwise(Elab *e, const Call *c, Node *x, Node *y) {
    if (first_mixed(e, c, x, y, false) < 0 && first_mixed(e, c, x, y, true) < 0) return true;
    elab_error(e, D_INVERSE_MIXES, c->where[1], diag_text(e->d, c->where[1]));
    return false;
}

/* dy/dx of each element. */
static Node *slope(Elab *e, const Call *c, Node *x, Node *y) {
    GradFailure failure = {0};
    Node *sum = graph_reduce(e->g, OP_SUM, y, (1u << y->shape.rank) - 1), *out = NULL;
    if (!grad(e->g, sum, 1, &x, &out, &failure)) {
        elab_error(e, D_NOT_REPARAMETERISED, c->where[1], failure.drawn->text);
        return NULL;
    }
    if (!out)
        elab_error(e, D_GRAD_INDEPENDENT, c->where[1], diag_text(e->d, c->where[1]),
                   diag_text(e->d, c->where[0]));
    return out;
}

static void remember(Elab *e, const Call *c, Node *made) {
    for (int i = 0; i < e->inverses.n; i++)
        if (e->inverses.at[i].made == made) return;
    LIST_ADD(e->a, &e->inverses, ((StatedInverse){made, diag_text(e->d, c->where[2])}));
}

Value b_with_inverse(Elab *e, Call *c) {
    Node *x, *in[4]; /* the value, what it was made of, g of it, the slope */
    const char *name = intern(e->a, "with_inverse");
    if (!elab_real(e, &c->arg[0], c->where[0], &x) || !as_function(e, c, 1) ||
        !as_function(e, c, 2))
        return value_poison();
    bool whole = e->g->whole;
    in[1] = graph_make(e->g, OP_DRAWN, 1, &x, 0, NULL, 0, name);
    e->g->whole = true;
    Node *y = applied(e, c, 1, in[1]);
    e->g->whole = whole;
    if (!y || !is_elementwise(e, c, in[1], y) || !(in[3] = slope(e, c, in[1], y)))
        return value_poison();
    in[0] = graph_make(e->g, OP_DRAWN, 1, &y, 0, NULL, 0, name);
    if (!(in[2] = applied(e, c, 2, in[0]))) return value_poison();
    Node *made = graph_make(e->g, OP_UNDONE, 4, in, 0, NULL, 0, name);
    remember(e, c, made);
    return value_node(made, c->at);
}

/* max |g(f(x)) - x| of each with_inverse of this program that a scan does not hide. */
int inverse_claims(Elab *e, Claim **out) {
    int n = 0;
    *out = NEW_ARRAY(e->a, Claim, e->inverses.n + 1);
    for (int i = 0; i < e->inverses.n; i++) {
        const StatedInverse *s = &e->inverses.at[i];
        if (s->made->depth > 0) continue;
        Node *off = graph_map2(e->g, OP_SUB, s->made->in[2], s->made->in[1]);
        off = graph_map1(e->g, OP_ABS, off);
        off = graph_reduce(e->g, OP_MAX_OVER, off, (1u << off->shape.rank) - 1);
        (*out)[n++] = (Claim){arena_printf(e->a, "%s, an inverse", s->name), off};
    }
    return n;
}
