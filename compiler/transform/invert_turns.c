/* An autoregressive map backwards: one position after another.
 *
 * y_t = s(x before t) x_t + m(x before t) has no operand that is known first. But if x's elements
 * have an order in which what scales and shifts an element depends on earlier ones alone
 * (causal.h), then solving for x with scales and shifts taken from an estimate of x makes the first
 * positions right, then those after them, and all after as many turns as there are positions
 * (Papamakarios et al. 2017 go element by element; Song et al. 2021 call these Jacobi steps). Its
 * Jacobian is triangular, so its determinant is, as ever, what the steps say.
 *
 * Requires: an operation where the ordinary steps got stuck. Leaves: one step, from it back to the
 * nearest value through which all that it depends on must pass. */
#include "inversion.h"
#include "causal.h"

typedef struct {
    Node *n, *leaf; /* from where, back to where */
    int order;      /* number of the order of leaf's elements */
    int64_t turns;
    Inversion *solve;    /* one turn */
    Inversion *estimate; /* the way there, from the estimate */
    InvertFailure failure;
} TurnsInverse;

/* ---- where to ---- */

static bool unknown(const Inversion *v, const Node *n) {
    return inversion_marked(v, n, NODE_DEPENDS) && !inversion_marked(v, n, NODE_KNOWN);
}

/* The values through which every way from the input to n passes, the nearest first. */
static NodeList find_gates(Inversion *v, Node *n) {
    NodeList gates = {0};
    bool *open = NEW_ARRAY(v->a, bool, v->room);
    int n_open = 1;
    open[n->id] = true;
    for (int i = v->order.n - 1; i >= 0; i--) {
        Node *at = v->order.at[i];
        if (!open[at->id]) continue;
        n_open--;
        bool like = shape_size(&at->shape) == shape_size(&n->shape) && at->rows == n->rows;
        if (n_open == 0 && at != n && at->op != OP_SCAN && like) LIST_ADD(v->a, &gates, at);
        if (inversion_marked(v, at, NODE_LEAF)) continue;
        for (int j = 0; j < at->n_in; j++) {
            if (!unknown(v, at->in[j]) || open[at->in[j]->id]) continue;
            open[at->in[j]->id] = true;
            n_open++;
        }
    }
    return gates;
}

/* ---- in what order ---- */

/* Order number k of a value's elements: along each axis, forwards and backwards, and then element
 * by element. Positions there are, 0 after the last order. */
static int64_t positions(const Shape *s, int k, int *position) {
    int axis = k / 2;
    bool whole = axis == s->rank;
    if (axis > s->rank) return 0;
    int64_t size = shape_size(s), n = whole ? size : s->dim[axis], inner = 1;
    for (int i = axis + 1; i < s->rank; i++) inner *= s->dim[i];
    for (int64_t e = 0; e < size; e++) {
        int64_t at = whole ? e : e / inner % n;
        position[e] = (int)(k % 2 ? n - 1 - at : at);
    }
    return n;
}

/* The same positions as a value, to be compared with the turn's number. */
static Node *position_node(Graph *g, const Shape *s, int k) {
    int axis = k / 2;
    bool whole = axis == s->rank;
    int64_t n = whole ? shape_size(s) : s->dim[axis];
    Shape at = *s;
    for (int i = 0; i < s->rank && !whole; i++)
        if (i != axis) at.dim[i] = 1;
    Node *place = graph_map1(g, OP_REAL, graph_iota(g, n));
    if (k % 2) place = graph_map2(g, OP_SUB, graph_const(g, (double)(n - 1)), place);
    return graph_reshape(g, place, at);
}

/* ---- values ---- */

static void run_turns(Inversion *v, const Step *step) {
    const TurnsInverse *t = step->own;
    Node *zero = graph_const(v->g, 0), *from = inversion_image(v, t->n);
    Scan *s = scan_open(v->g, t->turns, false, 0);
    Node *carry = scan_carry(v->g, s, zero, t->leaf->shape, t->leaf->rows);
    inversion_set_image(t->estimate, t->leaf, carry);
    inversion_set_image(t->solve, t->n, from);
    inversion_run(t->solve);
    Node *next = inversion_image(t->solve, t->leaf);
    /* what comes later is not right yet, and not of a size to be multiplied even by 0 */
    Node *now = graph_map2(v->g, OP_LE, position_node(v->g, &t->leaf->shape, t->order), s->turn);
    next = graph_where(v->g, now, next, zero);
    scan_next(s, 0, graph_broadcast(v->g, next, carry->shape, carry->rows));
    scan_close(v->g, s);
    inversion_set_image(v, t->leaf, graph_pick(v->g, s, 0));
}

static Node *log_det_turns(Inversion *v, const Step *step) {
    (void)v;
    return inversion_log_det(((const TurnsInverse *)step->own)->solve);
}

/* ---- the plan ---- */

/* One turn from t->n back to t->leaf, if its elements follow one another in that order. */
static bool plan_turn(Inversion *v, TurnsInverse *t, const int *position) {
    CausalLeaf *leaf = NEW_ARRAY(v->a, CausalLeaf, v->n_given + 1);
    leaf[0] = (CausalLeaf){t->leaf, position};
    for (int i = 0; i < v->n_given; i++) leaf[i + 1] = (CausalLeaf){v->given[i], NULL};
    t->estimate = NEW(v->a, Inversion);
    t->solve = NEW(v->a, Inversion);
    Causal *causal = causal_new(v->a, v->n_given + 1, leaf);
    causal_bound(causal);
    *t->solve = (Inversion){.g = v->g,
                            .a = v->a,
                            .outer = v,
                            .estimate = t->estimate,
                            .causal = causal,
                            .n_given = v->n_given,
                            .given = v->given,
                            .failure = &t->failure};
    if (!inversion_plan(t->solve, 1, &t->n, 1, &t->leaf)) return false;
    *t->estimate = *t->solve;
    t->estimate->estimate = NULL;
    t->estimate->partial = NEW_ARRAY(v->a, Partial *, t->estimate->room);
    t->estimate->image = NEW_ARRAY(v->a, Node *, t->estimate->room);
    return true;
}

static bool try_gate(Inversion *v, Node *n, Node *gate) {
    int64_t size = shape_size(&gate->shape);
    for (int k = 0;; k++) {
        int *position = NEW_ARRAY(v->a, int, size + 1);
        TurnsInverse *t = NEW(v->a, TurnsInverse);
        *t = (TurnsInverse){
            .n = n, .leaf = gate, .order = k, .turns = positions(&gate->shape, k, position)};
        if (t->turns == 0) return false;
        if (!plan_turn(v, t, position)) continue;
        inversion_add_step(v, (Step){.run = run_turns, .log_det = log_det_turns, .n = n, .own = t});
        v->turns = t->turns > v->turns ? t->turns : v->turns;
        inversion_make_known(v, gate);
        return true;
    }
}

bool invert_in_turns(Inversion *v) {
    for (int i = 0; i < v->coordinates.n; i++) {
        Node *n = v->coordinates.at[i];
        if (inversion_marked(v, n, NODE_SPENT) || n->op == OP_PICK) continue;
        NodeList gates = find_gates(v, n);
        for (int k = 0; k < gates.n; k++)
            if (try_gate(v, n, gates.at[k])) return true;
    }
    return false;
}

/* The operand that, at every element, depends on a later position than each of the others. */
int invert_latest_operand(Inversion *v, Node *n) {
    int64_t size = shape_size(&n->shape);
    int best = -1;
    if (op_info[n->op].op_class != CLASS_MAP) return -1;
    for (int i = 0; i < n->n_in; i++) {
        bool latest = unknown(v, n->in[i]);
        const int *own =
            latest ? causal_latest(v->causal, graph_broadcast(v->g, n->in[i], n->shape, n->rows))
                   : NULL;
        for (int j = 0; j < n->n_in && latest; j++) {
            if (j == i || !unknown(v, n->in[j])) continue;
            const int *other =
                causal_latest(v->causal, graph_broadcast(v->g, n->in[j], n->shape, n->rows));
            for (int64_t e = 0; e < size && latest; e++) latest = own[e] > other[e];
        }
        if (latest) best = i;
    }
    return causal_gave_up(v->causal) ? -1 : best;
}
