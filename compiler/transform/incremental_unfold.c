/* A recurrence taken apart: see incremental_parts.h.
 *
 * Does: makes the body of a scan for all of its turns at once (lift.c), so that its values have
 * places along the turns and along their own axes, as the rows and columns of a picture are. What a
 * turn gets from the one before is then the next value moved on by one turn,
 *
 *     carry = concat(init, next[:-1]),
 *
 * which leads in a circle; there it is cut by a HOLE that stands for what earlier turns of the
 * sampler have kept of `next`. Requires: an operation of the body that has a form for all turns.
 * Leaves: a network without this scan; s->fed. */
#include "incremental_parts.h"
#include "lift.h"
#include "rewrite.h"

typedef struct {
    Sampler *s;
    Scan *scan;
    LIST(Node *) image; /* by id: of the body's nodes, for all turns */
} Unfolding;

static Node *image_of(const Unfolding *u, const Node *n) {
    return n->id < u->image.n ? u->image.at[n->id] : NULL;
}

static void set_image(Unfolding *u, const Node *n, Node *image) {
    while (u->image.n <= n->id) LIST_ADD(u->s->a, &u->image, NULL);
    u->image.at[n->id] = image;
}

static Shape with_turns(int64_t turns, const Shape *s) {
    Shape out = {.rank = s->rank + 1, .dim = {turns}};
    for (int i = 0; i < s->rank; i++) out.dim[i + 1] = s->dim[i];
    return out;
}

/* Turns from `first` on, n of them. */
static Node *some_turns(Graph *g, Node *x, int64_t first, int64_t n) {
    int64_t start[GRAPH_MAX_RANK] = {first}, size[GRAPH_MAX_RANK], step[GRAPH_MAX_RANK];
    for (int i = 0; i < x->shape.rank; i++) size[i] = x->shape.dim[i], step[i] = 1;
    size[0] = n;
    return graph_slice(g, x, start, size, step);
}

/* ---- the formals ---- */

static void set_carry(Unfolding *u, int i, Feedback f) {
    Graph *g = u->s->g;
    const Scan *scan = u->scan;
    const Node *carry = scan->carries[i];
    Shape shape = with_turns(scan->turns, &carry->shape);
    f.past = graph_hole(g, carry->kind, carry->classes, shape, carry->rows);
    Node *first =
        graph_reshape(g, scan->node->in[scan->n_slices + i], with_turns(1, &carry->shape));
    Node *part[] = {first, f.past};
    if (scan->turns > 1) {
        part[1] = some_turns(g, f.past, 0, scan->turns - 1);
        first = graph_concat(g, 2, part, 0);
    }
    set_image(u, carry, first);
    LIST_ADD(u->s->a, &u->s->fed, f);
}

static bool fits(const Scan *scan) {
    if (scan->reverse) return false;
    for (int i = 0; i < scan->n_carries; i++)
        if (scan->carries[i]->shape.rank == GRAPH_MAX_RANK || scan->carries[i]->kind == KIND_BOOL)
            return false;
    return true;
}

static void set_formals(Unfolding *u, bool known) {
    Graph *g = u->s->g;
    Scan *scan = u->scan;
    set_image(u, scan->turn, graph_map1(g, OP_REAL, graph_iota(g, scan->turns)));
    for (int i = 0; i < scan->n_slices; i++) set_image(u, scan->slices[i], scan->node->in[i]);
    Node **trace = NEW_ARRAY(u->s->a, Node *, scan->n_carries + 1);
    for (int i = 0; i < scan->n_carries; i++)
        trace[i] = graph_pick(g, scan, scan_yield(g, scan, scan->next[i]));
    Causal *causal = sampler_causal(u->s, u->s->a);
    for (int i = 0; i < scan->n_carries; i++)
        set_carry(u, i,
                  (Feedback){.trace = trace[i],
                             .latest = causal_latest(causal, trace[i]),
                             .known = known});
}

/* ---- the body ---- */

static bool unfold_node(Unfolding *u, const Node *n) {
    Arena *a = u->s->a;
    bool *stacked = NEW_ARRAY(a, bool, n->n_in + 1);
    Node **in = NEW_ARRAY(a, Node *, n->n_in + 1);
    for (int i = 0; i < n->n_in; i++) {
        Node *image = image_of(u, n->in[i]);
        stacked[i] = image != NULL;
        in[i] = image ? image : n->in[i];
    }
    if (!lift_can(n, stacked)) return false;
    set_image(u, n, lift(u->s->g, n, u->scan->turns, in, stacked));
    return true;
}

static bool unfold_body(Unfolding *u) {
    NodeList body = graph_reachable(u->s->a, 0, NULL, u->scan);
    Span span = u->s->g->span;
    const char *path = u->s->g->path;
    bool ok = true;
    for (int i = 0; ok && i < body.n; i++)
        if (body.at[i]->op != OP_FORMAL) ok = unfold_node(u, body.at[i]);
    u->s->g->span = span;
    u->s->g->path = path;
    return ok;
}

/* A value of the body; what is the same at each turn is repeated. */
static Node *for_all_turns(const Unfolding *u, Node *n) {
    Node *image = image_of(u, n);
    if (image) return image;
    return graph_broadcast(u->s->g, n, with_turns(u->scan->turns, &n->shape), n->rows);
}

/* ---- the network ---- */

static Node *picked(const Unfolding *u, const Node *pick) {
    const Scan *scan = u->scan;
    int which = (int)pick->ints[0];
    if (which >= scan->n_carries) return for_all_turns(u, scan->yields.at[which - scan->n_carries]);
    Node *all = for_all_turns(u, scan->next[which]);
    return graph_reshape(u->s->g, some_turns(u->s->g, all, scan->turns - 1, 1), pick->shape);
}

static void replace_scan(Unfolding *u, int n, Node **params) {
    Sampler *s = u->s;
    Rewrite *r = rewrite_new(s->g, 0);
    Node **roots = NEW_ARRAY(s->a, Node *, n + s->fed.n + 1);
    NodeList all = graph_reachable(s->a, n, params, NULL);
    for (int i = 0; i < all.n; i++) {
        Node *pick = all.at[i];
        if (pick->op == OP_PICK && pick->in[0] == u->scan->node)
            rewrite_set(r, pick, picked(u, pick));
    }
    for (int i = 0; i < n; i++) roots[i] = params[i];
    for (int i = 0; i < s->fed.n; i++) roots[n + i] = s->fed.at[i].next;
    rewrite(r, n + s->fed.n, roots);
    for (int i = 0; i < n; i++) params[i] = roots[i];
    for (int i = 0; i < s->fed.n; i++) s->fed.at[i].next = roots[n + i];
}

/* What feeds must be made at places of its own, and must be no cut itself. */
static bool can_feed(const Sampler *s) {
    for (int i = 0; i < s->fed.n; i++) {
        const Node *next = s->fed.at[i].next;
        if (next->op == OP_PICK || next->op == OP_HOLE) return false;
        for (int k = 0; k < i; k++)
            if (s->fed.at[k].next == next) return false;
    }
    return true;
}

/* A run on nothing cannot ask for what is only there once the sampler runs. */
static bool can_be_known(const Sampler *s, int first) {
    for (int i = first; i < s->fed.n; i++) {
        NodeList all = graph_reachable(s->a, 1, &s->fed.at[i].trace, NULL);
        for (int k = 0; k < all.n; k++)
            if (all.at[k]->op == OP_HOLE && all.at[k] != s->leaf) return false;
    }
    return true;
}

bool unfold_scan(Sampler *s, Node *node, bool known, int n, Node **params) {
    Unfolding u = {.s = s, .scan = node->scan};
    int first = s->fed.n;
    if (!fits(u.scan)) return false;
    set_formals(&u, known);
    if (!unfold_body(&u) || (known && !can_be_known(s, first))) return false;
    for (int i = 0; i < u.scan->n_carries; i++)
        s->fed.at[first + i].next = for_all_turns(&u, u.scan->next[i]);
    replace_scan(&u, n, params);
    return can_feed(s);
}
