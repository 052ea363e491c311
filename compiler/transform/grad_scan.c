/* The derivative of a scan: a scan in the other direction.
 *
 * With next = f(x_t, c, w) and yields o_t = h(x_t, c, w), the adjoints of the carries run
 * backwards: at each turn those of next and of o_t are carried back through f and h, giving the
 * adjoint of c (for the turn before), of x_t (a yield) and of every captured w (summed in a carry).
 *
 * The body is differentiated as it stands, in terms of the forward body's nodes. Then these are
 * replaced: slices by slices of the same sequences, carries by their history, what is dear to
 * compute by its kept value, both asked of the forward scan as further yields; what is cheap is
 * computed again. In a bounded scan all but the carries is computed again. */
#include "accumulate.h"
#include "rewrite.h"

typedef struct {
    Grad *outer; /* the accumulation that met the scan */
    Grad body;   /* that in its body */
    Scan *s;     /* the scan */
    Node *node;
    int n_in;           /* inputs of node before values kept for the derivative capture more */
    Scan *back;         /* its derivative */
    Node **final;       /* adjoints of the last carries; NULL: none */
    Node **stacked;     /* adjoints of the stacked yields; NULL: none */
    bool *active;       /* by carry: depends on a wrt */
    int *adjoint_carry; /* by carry: which carry of `back` is its adjoint; -1: none */
    int n_roots;
    Node **root; /* what the turn of `back` computes: next values of its carries, then yields */
    int *capture_carry; /* by input of the SCAN: the carry of `back` that sums its adjoint; -1 */
    int *slice_root;    /* by slice: the root that is its adjoint; -1 */
} Reversal;

/* The adjoints themselves wait at the PICKs until the SCAN's turn comes; its own is only a sign. */
void d_pick(Grad *grad, Node *n, Node *d) {
    LIST_ADD(grad->scratch, &grad->picks, n);
    grad->adjoint[n->in[0]->id] = d;
}

static Arena *arena_of(const Reversal *r) {
    return r->outer->scratch;
}

static void find_known_adjoints(Reversal *r) {
    r->final = NEW_ARRAY(arena_of(r), Node *, r->s->n_carries + 1);
    r->stacked = NEW_ARRAY(arena_of(r), Node *, r->s->yields.n + 1);
    for (int i = 0; i < r->outer->picks.n; i++) {
        Node *pick = r->outer->picks.at[i], *d = accumulate_adjoint(r->outer, pick);
        int which = (int)pick->ints[0];
        if (pick->scan != r->s) continue;
        if (which < r->s->n_carries) r->final[which] = d;
        else r->stacked[which - r->s->n_carries] = d;
    }
}

/* Prepares the body's accumulation from these results, with the carries known as active so far. */
static void begin_body(Reversal *r, int n_seeds, Node *const *seeds) {
    const Scan *s = r->s;
    LIST(Node *) leaves = {0};
    for (int i = 0; i < r->n_in; i++) {
        Node *in = r->node->in[i];
        int carry = i - s->n_slices;
        bool is_carry = carry >= 0 && carry < s->n_carries;
        if (is_carry ? !r->active[carry] : !accumulate_leads(r->outer, in)) continue;
        LIST_ADD(arena_of(r), &leaves,
                 is_carry    ? s->carries[carry]
                 : carry < 0 ? s->slices[i]
                             : in);
    }
    accumulate_begin(&r->body, r->outer->g, arena_of(r), s->depth, n_seeds, seeds, leaves.n,
                     leaves.at);
}

/* A carry depends on a wrt if its initial value does, or its next value given the others. */
static void find_active_carries(Reversal *r) {
    const Scan *s = r->s;
    r->active = NEW_ARRAY(arena_of(r), bool, s->n_carries + 1);
    for (int i = 0; i < s->n_carries; i++)
        r->active[i] = accumulate_leads(r->outer, r->node->in[s->n_slices + i]);
    for (bool changed = true; changed;) {
        changed = false;
        begin_body(r, s->n_carries, s->next);
        for (int i = 0; i < s->n_carries; i++) {
            if (r->active[i] || s->carries[i]->kind != KIND_REAL) continue;
            r->active[i] = accumulate_leads(&r->body, s->next[i]);
            changed |= r->active[i];
        }
    }
}

/* The seeds: results with an adjoint. A carry has one if its last value has, or if it is used by
 * another seed. */
static void find_adjoint_carries(Reversal *r) {
    const Scan *s = r->s;
    bool *has = NEW_ARRAY(arena_of(r), bool, s->n_carries + 1);
    for (int i = 0; i < s->n_carries; i++) has[i] = r->active[i] && r->final[i];
    for (bool changed = true; changed;) {
        LIST(Node *) seeds = {0};
        for (int i = 0; i < s->n_carries; i++)
            if (has[i]) LIST_ADD(arena_of(r), &seeds, s->next[i]);
        for (int i = 0; i < s->yields.n; i++)
            if (r->stacked[i]) LIST_ADD(arena_of(r), &seeds, s->yields.at[i]);
        begin_body(r, seeds.n, seeds.at);
        if (seeds.n == 0) break;
        NodeList used = graph_reachable(arena_of(r), seeds.n, seeds.at, s);
        changed = false;
        for (int i = 0; i < used.n; i++)
            for (int j = 0; j < s->n_carries; j++)
                if (used.at[i] == s->carries[j] && r->active[j] && !has[j]) changed = has[j] = true;
    }
    r->adjoint_carry = NEW_ARRAY(arena_of(r), int, s->n_carries + 1);
    for (int i = 0; i < s->n_carries; i++) r->adjoint_carry[i] = has[i] ? 0 : -1;
}

/* Opens the derivative and carries the adjoints of one turn back through the body. */
static void differentiate_turn(Reversal *r) {
    Graph *g = r->outer->g;
    const Scan *s = r->s;
    r->back = scan_open(g, s->turns, !s->reverse, s->depth);
    r->back->bounded = s->bounded;
    for (int i = 0; i < s->n_carries; i++) {
        const Node *carry = s->carries[i];
        if (r->adjoint_carry[i] < 0) continue;
        Node *init = r->final[i] ? r->final[i] : graph_const(g, 0);
        r->adjoint_carry[i] = r->back->n_carries;
        accumulate_seed(&r->body, s->next[i],
                        scan_carry(g, r->back, init, carry->shape, carry->rows));
    }
    for (int i = 0; i < s->yields.n; i++)
        if (r->stacked[i])
            accumulate_seed(&r->body, s->yields.at[i], scan_slice(g, r->back, r->stacked[i]));
    accumulate_run(&r->body);
}

/* What each turn of the derivative computes. */
static void collect_results(Reversal *r) {
    Graph *g = r->outer->g;
    const Scan *s = r->s;
    LIST(Node *) roots = {0};
    for (int i = 0; i < s->n_carries; i++) {
        const Node *carry = s->carries[i];
        if (r->adjoint_carry[i] < 0) continue;
        Node *d = accumulate_adjoint(&r->body, carry);
        LIST_ADD(arena_of(r), &roots, d ? d : graph_full(g, 0, carry->shape, carry->rows));
    }
    r->capture_carry = NEW_ARRAY(arena_of(r), int, r->n_in + 1);
    for (int i = s->n_slices + s->n_carries; i < r->n_in; i++) {
        Node *captured = r->node->in[i], *d = accumulate_adjoint(&r->body, captured);
        r->capture_carry[i] = d ? r->back->n_carries : -1;
        if (!d) continue;
        Node *sum = scan_carry(g, r->back, graph_const(g, 0), captured->shape, captured->rows);
        LIST_ADD(arena_of(r), &roots, graph_map2(g, OP_ADD, sum, d));
    }
    r->slice_root = NEW_ARRAY(arena_of(r), int, s->n_slices + 1);
    for (int i = 0; i < s->n_slices; i++) {
        Node *d = accumulate_adjoint(&r->body, s->slices[i]);
        r->slice_root[i] = d ? roots.n : -1;
        if (d) LIST_ADD(arena_of(r), &roots, d);
    }
    r->root = roots.at;
    r->n_roots = roots.n;
}

/* ---- in terms of the derivative's own slices ---- */

enum { DEAR = 10 /* flops per element from which a value is kept */ };

static bool is_dear(const Node *n) {
    const OpInfo *info = &op_info[n->op];
    if (info->op_class == CLASS_REDUCE) return true;
    if (info->op_class == CLASS_OTHER) return n->op != OP_GATHER && n->op != OP_SCAN;
    return info->flops >= DEAR || info->flops < 0;
}

/* Whether the forward pass can compute n: it depends on no formal but the scan's own. */
static bool is_forward(const Reversal *r, const Node *n, const bool *forward) {
    if (n->op == OP_FORMAL) return n->scan == r->s;
    for (int i = 0; i < n->n_in; i++)
        if (n->in[i]->depth >= r->s->depth && !forward[n->in[i]->id]) return false;
    return true;
}

static Node *kept(Reversal *r, Node *n) {
    Graph *g = r->outer->g;
    Node *all = graph_pick(g, r->s, scan_yield(g, r->s, scan_stackable(g, n)));
    return graph_reshape(g, scan_slice(g, r->back, all), n->shape);
}

static Node *substitute(Reversal *r, Node *n) {
    const Scan *s = r->s;
    if (n == s->turn) return r->back->turn;
    for (int i = 0; i < s->n_slices; i++)
        if (s->slices[i] == n) return scan_slice(r->outer->g, r->back, r->node->in[i]);
    return n->op == OP_FORMAL || (!s->bounded && is_dear(n)) ? kept(r, n) : NULL;
}

/* Goes down from the roots as far as values must be computed again. */
static void substitute_forward(Reversal *r) {
    Graph *g = r->outer->g;
    Rewrite *rewriting = rewrite_new(g, r->s->depth);
    NodeList order = graph_reachable(arena_of(r), r->n_roots, r->root, r->s);
    int room = g->n_nodes;
    bool *forward = NEW_ARRAY(arena_of(r), bool, room),
         *wanted = NEW_ARRAY(arena_of(r), bool, room);
    for (int i = 0; i < order.n; i++)
        forward[order.at[i]->id] = is_forward(r, order.at[i], forward);
    for (int i = 0; i < r->n_roots; i++) wanted[r->root[i]->id] = true;
    for (int i = order.n - 1; i >= 0; i--) {
        Node *n = order.at[i];
        if (!wanted[n->id]) continue;
        Node *image = forward[n->id] ? substitute(r, n) : NULL;
        if (image) rewrite_set(rewriting, n, image);
        for (int j = 0; j < n->n_in && !image; j++) wanted[n->in[j]->id] = true;
    }
    rewrite(rewriting, r->n_roots, r->root);
}

/* ---- the whole ---- */

static void close_and_give(Reversal *r) {
    Graph *g = r->outer->g;
    const Scan *s = r->s;
    int n_next = r->back->n_carries;
    for (int i = 0; i < n_next; i++) scan_next(r->back, i, r->root[i]);
    scan_close(g, r->back);
    for (int i = 0; i < s->n_slices; i++)
        if (r->slice_root[i] >= 0)
            grad_add(r->outer, r->node, i,
                     graph_pick(g, r->back, scan_yield(g, r->back, r->root[r->slice_root[i]])));
    for (int i = 0; i < s->n_carries; i++)
        if (r->adjoint_carry[i] >= 0)
            grad_add(r->outer, r->node, s->n_slices + i,
                     graph_pick(g, r->back, r->adjoint_carry[i]));
    for (int i = s->n_slices + s->n_carries; i < r->n_in; i++)
        if (r->capture_carry[i] >= 0)
            grad_add(r->outer, r->node, i, graph_pick(g, r->back, r->capture_carry[i]));
}

void d_scan(Grad *grad, Node *n, Node *d) {
    (void)d;
    Reversal r = {.outer = grad, .s = n->scan, .node = n, .n_in = n->n_in};
    find_known_adjoints(&r);
    find_active_carries(&r);
    find_adjoint_carries(&r);
    differentiate_turn(&r);
    collect_results(&r);
    substitute_forward(&r);
    close_and_give(&r);
}
