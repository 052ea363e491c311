/* hoist.c: products out of the bodies of scans.
 *
 * Of a body's nodes, those that depend on no carry can be computed for all turns before the scan;
 * those that no carry depends on, after it, if what they are made of is yielded. Many small
 * products with one matrix become one large product by that, so products are what is moved, with
 * whatever lies between them and the edge of the body. A carry that only adds up, a = a + f, is
 * init plus the sum of f over all turns; if f is a product, turns are one more thing that it sums.
 * An LSTM gets its one input product by the first rule, its one weight gradient by the third,
 * without anybody knowing that it is one. Elementwise work stays inside, where it is one loop over
 * what is in the cache.
 */
#include "hoist.h"
#include "accumulator.h"
#include "finish.h"
#include "lift.h"
#include "rewrite.h"

typedef struct {
    Graph *g;
    Arena *scratch;
    Scan *s;
    NodeList body;
    bool *carried; /* by id: depends on a carry, or has no form for all turns */
    bool *before;  /* by id: computed before the scan */
    bool *fed;     /* by id: a carry's next value depends on it */
    bool *after;   /* by id: computed after the scan */
    bool *summed;  /* by id: part of what an accumulator adds */
    bool *sunk;    /* by carry: an accumulator that is summed after the scan */
    bool *asked;   /* by id: must be yielded */
    Node **whole;  /* by id: the value for all turns */
    Node **last;   /* by carry: of a sunk one, its last value */
} Hoist;

static bool in_body(const Hoist *h, const Node *n) {
    return n->depth >= h->s->depth;
}

static void find_stacked(const Hoist *h, const Node *n, bool *stacked) {
    for (int i = 0; i < n->n_in; i++) stacked[i] = in_body(h, n->in[i]);
}

static bool *stacked_inputs(const Hoist *h, const Node *n) {
    bool *stacked = NEW_ARRAY(h->scratch, bool, n->n_in + 1);
    find_stacked(h, n, stacked);
    return stacked;
}

/* A product with a matrix that is the same each turn. */
static bool is_repeated_product(const Hoist *h, const Node *n) {
    return n->op == OP_CONTRACT && (!in_body(h, n->in[0]) || !in_body(h, n->in[1]));
}

/* ---- before the scan ---- */

static bool is_carried(const Hoist *h, const Node *n) {
    if (n->op == OP_FORMAL) {
        for (int i = 0; i < h->s->n_slices; i++)
            if (h->s->slices[i] == n) return false;
        return n != h->s->turn;
    }
    for (int i = 0; i < n->n_in; i++)
        if (in_body(h, n->in[i]) && h->carried[n->in[i]->id]) return true;
    return !lift_can(n, stacked_inputs(h, n));
}

/* Products of slices, and what they are made of. */
static void find_before(Hoist *h) {
    for (int i = 0; i < h->body.n; i++) {
        const Node *n = h->body.at[i];
        h->carried[n->id] = is_carried(h, n);
        h->before[n->id] = !h->carried[n->id] && is_repeated_product(h, n);
    }
    for (int i = h->body.n - 1; i >= 0; i--) {
        const Node *n = h->body.at[i];
        for (int j = 0; h->before[n->id] && j < n->n_in; j++) h->before[n->in[j]->id] = true;
    }
}

/* ---- accumulators ---- */

/* The sum over turns of these is the same of the sums. */
static bool is_additive(const Hoist *h, const Node *n) {
    if (!op_has(n->op, ADDITIVE)) return false;
    for (int i = 0; i < n->n_in; i++)
        if (!in_body(h, n->in[i]) || n->in[i]->rows != n->rows ||
            (op_info[n->op].op_class == CLASS_MAP && !shape_equal(&n->in[i]->shape, &n->shape)))
            return false;
    return true;
}

/* Whether the sum of n over turns can be made of sums that need no turns; *products: of how many
 * products, or scatters. */
static bool can_sum(const Hoist *h, const Node *n, int *products) {
    if (lift_can_sum(n, stacked_inputs(h, n))) {
        *products += n->op != OP_SUM_ROWS;
        return true;
    }
    if (!is_additive(h, n)) return false;
    for (int i = 0; i < n->n_in; i++)
        if (!can_sum(h, n->in[i], products)) return false;
    return true;
}

static void ask_operands(Hoist *h, const Node *n) {
    h->summed[n->id] = true;
    for (int i = 0; i < n->n_in; i++) {
        if (is_additive(h, n)) ask_operands(h, n->in[i]);
        else h->asked[n->in[i]->id] = true;
    }
}

/* Whether all that must be stacked for the sum of n is stacked anyway. */
static bool operands_known(const Hoist *h, const Node *n) {
    for (int i = 0; i < n->n_in; i++) {
        const Node *in = n->in[i];
        bool known = h->asked[in->id] || in->op == OP_FORMAL;
        for (int k = 0; k < h->s->yields.n; k++) known = known || h->s->yields.at[k] == in;
        if (is_additive(h, n) ? !operands_known(h, in) : !known) return false;
    }
    return true;
}

/* Sums of products first; sums over rows alone (of a bias) only where they cost no memory. */
static void find_accumulators(Hoist *h) {
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < h->s->n_carries; i++) {
            Node *f = accumulator_added(h->s, i);
            int products = 0;
            if (h->sunk[i] || !f || !accumulator_private(h->s, h->body, i) ||
                !can_sum(h, f, &products))
                continue;
            if (pass == 0 ? products == 0 : !operands_known(h, f)) continue;
            h->sunk[i] = true;
            ask_operands(h, f);
        }
}

/* ---- after the scan ---- */

static void find_fed(Hoist *h) {
    const Scan *s = h->s;
    for (int i = 0; i < s->n_carries; i++)
        if (!h->sunk[i]) h->fed[s->next[i]->id] = true;
    for (int i = h->body.n - 1; i >= 0; i--) {
        const Node *n = h->body.at[i];
        for (int j = 0; h->fed[n->id] && j < n->n_in; j++) h->fed[n->in[j]->id] = true;
    }
}

static bool is_map(const Hoist *h) {
    for (int i = 0; i < h->s->n_carries; i++)
        if (!h->sunk[i]) return false;
    return true;
}

/* Where n and all that is made of it can be computed after the scan. */
static bool *find_free(Hoist *h) {
    bool *held = NEW_ARRAY(h->scratch, bool, h->g->n_nodes),
         *is_free = NEW_ARRAY(h->scratch, bool, h->g->n_nodes);
    for (int i = h->body.n - 1; i >= 0; i--) {
        const Node *n = h->body.at[i];
        bool own = !h->fed[n->id] && n->op != OP_FORMAL && lift_can(n, stacked_inputs(h, n));
        is_free[n->id] = own && !held[n->id];
        for (int j = 0; j < n->n_in; j++)
            if (!is_free[n->id] && !h->summed[n->id]) held[n->in[j]->id] = true;
    }
    return is_free;
}

static void find_after(Hoist *h) {
    bool *is_free = find_free(h), map = is_map(h);
    for (int i = 0; i < h->s->yields.n && map; i++) {
        const Node *y = h->s->yields.at[i];
        h->after[y->id] = in_body(h, y) && is_free[y->id] && !h->before[y->id];
    }
    for (int i = 0; i < h->body.n; i++) {
        const Node *n = h->body.at[i];
        if (h->before[n->id] || !is_free[n->id] || h->summed[n->id]) continue;
        if (is_repeated_product(h, n)) h->after[n->id] = true;
        for (int j = 0; j < n->n_in; j++)
            if (in_body(h, n->in[j]) && h->after[n->in[j]->id]) h->after[n->id] = true;
    }
    for (int i = 0; i < h->body.n; i++) {
        const Node *n = h->body.at[i];
        for (int j = 0; h->after[n->id] && j < n->n_in; j++) h->asked[n->in[j]->id] = true;
    }
}

static bool any_sunk(const Hoist *h) {
    for (int i = 0; i < h->s->n_carries; i++)
        if (h->sunk[i]) return true;
    return false;
}

static bool finds_something(const Hoist *h) {
    for (int i = 0; i < h->body.n; i++) {
        const Node *n = h->body.at[i];
        if (h->before[n->id] || h->after[n->id]) return true;
    }
    return any_sunk(h);
}

/* ---- values for all turns ---- */

static Node *lifted(Hoist *h, Node *n) {
    Node **in = NEW_ARRAY(h->scratch, Node *, n->n_in + 1);
    for (int i = 0; i < n->n_in; i++)
        in[i] = in_body(h, n->in[i]) ? h->whole[n->in[i]->id] : n->in[i];
    return lift(h->g, n, h->s->turns, in, stacked_inputs(h, n));
}

static void compute_before(Hoist *h) {
    Graph *g = h->g;
    Scan *s = h->s;
    for (int i = 0; i < s->n_slices; i++) h->whole[s->slices[i]->id] = s->node->in[i];
    h->whole[s->turn->id] = graph_map1(g, OP_REAL, graph_iota(g, s->turns));
    for (int i = 0; i < h->body.n; i++) {
        Node *n = h->body.at[i];
        if (h->before[n->id] && !h->whole[n->id]) h->whole[n->id] = lifted(h, n);
    }
}

static void compute_after(Hoist *h) {
    for (int i = 0; i < h->body.n; i++) {
        Node *n = h->body.at[i];
        if (h->after[n->id]) h->whole[n->id] = lifted(h, n);
    }
}

/* The sum of n over turns, of which `part` has the operands by id. */
static Node *sum_over_turns(Hoist *h, Node *n, int64_t turns, Node *const *part) {
    Node **in = NEW_ARRAY(h->scratch, Node *, n->n_in + 1);
    bool additive = is_additive(h, n);
    for (int i = 0; i < n->n_in; i++)
        in[i] = additive ? sum_over_turns(h, n->in[i], turns, part) : part[n->in[i]->id];
    return additive ? graph_remake(h->g, n, in) : lift_sum(h->g, n, turns, in, stacked_inputs(h, n));
}

/* Operands of the sum n, for the block of turns that the scan over blocks is at. */
static void slice_operands(Hoist *h, const Node *n, Scan *blocks, Node **part) {
    for (int i = 0; i < n->n_in; i++) {
        Node *in = n->in[i];
        if (is_additive(h, n)) slice_operands(h, in, blocks, part);
        if (is_additive(h, n) || part[in->id]) continue;
        const Shape *from = &h->whole[in->id]->shape;
        Shape s = {.rank = from->rank + 1, .dim = {blocks->turns, from->dim[0] / blocks->turns}};
        for (int j = 1; j < from->rank; j++) s.dim[j + 1] = from->dim[j];
        part[in->id] = scan_slice(h->g, blocks, graph_reshape(h->g, h->whole[in->id], s));
    }
}

/* The accumulators, a block of turns at a time; leaves in last[i] what carry i has come to. */
static void sum_blocks(Hoist *h, int64_t block, Node **last) {
    Graph *g = h->g;
    const Scan *s = h->s;
    Scan *blocks = scan_open(g, s->turns / block, s->reverse, s->depth);
    Node **part = NEW_ARRAY(h->scratch, Node *, g->n_nodes);
    blocks->bounded = true;
    for (int i = 0; i < s->n_carries; i++) {
        if (!h->sunk[i]) continue;
        Node *carry = s->carries[i], *f = accumulator_added(s, i);
        Node *sum = scan_carry(g, blocks, s->node->in[s->n_slices + i], carry->shape, carry->rows);
        slice_operands(h, f, blocks, part);
        Node *more = sum_over_turns(h, f, block, part);
        scan_next(blocks, blocks->n_carries - 1, graph_map2(g, s->next[i]->op, sum, more));
    }
    scan_close(g, blocks);
    for (int i = 0, place = 0; i < s->n_carries; i++)
        if (h->sunk[i]) last[i] = graph_pick(g, blocks, place++);
}

static void compute_sums(Hoist *h) {
    const Scan *s = h->s;
    int64_t block = scan_block(s->turns, rows_count(s->node->rows));
    h->last = NEW_ARRAY(h->scratch, Node *, s->n_carries + 1);
    if (block < s->turns && any_sunk(h)) {
        sum_blocks(h, block, h->last);
        return;
    }
    for (int i = 0; i < s->n_carries; i++) {
        if (!h->sunk[i]) continue;
        Node *sum = sum_over_turns(h, accumulator_added(s, i), s->turns, h->whole);
        h->last[i] = graph_map2(h->g, s->next[i]->op, s->node->in[s->n_slices + i], sum);
    }
}

/* ---- the scan that is left ---- */

typedef struct {
    Scan *scan; /* NULL: nothing is left */
    int n_roots;
    Node **root; /* next values of the carries that stay, then what is yielded */
    int n_carries;
} Rest;

/* What is still yielded: old yields, and what is asked for; NULL-terminated. */
static NodeList rest_yields(Hoist *h) {
    NodeList list = {0};
    for (int i = 0; i < h->s->yields.n; i++) {
        Node *y = h->s->yields.at[i];
        if (!h->whole[y->id] && !h->after[y->id] && in_body(h, y)) h->asked[y->id] = true;
        if (!in_body(h, y)) LIST_ADD(h->scratch, &list, y);
    }
    for (int i = 0; i < h->body.n; i++) {
        Node *n = h->body.at[i];
        if (h->asked[n->id] && !h->whole[n->id] && !h->after[n->id]) LIST_ADD(h->scratch, &list, n);
    }
    return list;
}

/* Sets images of the formals, and slices of what is computed before, that the roots need. */
static void set_edge(Hoist *h, Rewrite *r, const Rest *rest) {
    bool *needed = NEW_ARRAY(h->scratch, bool, h->g->n_nodes);
    for (int i = 0; i < rest->n_roots; i++) needed[rest->root[i]->id] = true;
    for (int i = h->body.n - 1; i >= 0; i--) {
        Node *n = h->body.at[i];
        if (!needed[n->id]) continue;
        if (n == h->s->turn) rewrite_set(r, n, rest->scan->turn);
        else if (h->whole[n->id]) rewrite_set(r, n, scan_slice(h->g, rest->scan, h->whole[n->id]));
        else
            for (int j = 0; j < n->n_in; j++) needed[n->in[j]->id] = true;
    }
}

/* Opens it and makes its body; leaves the roots' images in rest->root. */
static void make_rest(Hoist *h, Rest *rest) {
    const Scan *s = h->s;
    Graph *g = h->g;
    Rewrite *r = rewrite_new(g, s->depth);
    rest->scan = scan_open(g, s->turns, s->reverse, s->depth);
    rest->scan->bounded = s->bounded;
    for (int i = 0; i < s->n_carries; i++)
        if (!h->sunk[i])
            rewrite_set(r, s->carries[i],
                        scan_carry(g, rest->scan, s->node->in[s->n_slices + i],
                                   s->carries[i]->shape, s->carries[i]->rows));
    set_edge(h, r, rest);
    rewrite(r, rest->n_roots, rest->root);
    for (int i = 0; i < rest->n_carries; i++) scan_next(rest->scan, i, rest->root[i]);
    scan_close(g, rest->scan);
}

/* What is left of the scan, and the values for all turns that it yields. */
static Rest compute_rest(Hoist *h) {
    Scan *s = h->s;
    LIST(Node *) roots = {0};
    NodeList yields = rest_yields(h);
    Rest rest = {0};
    for (int i = 0; i < s->n_carries; i++)
        if (!h->sunk[i]) LIST_ADD(h->scratch, &roots, s->next[i]);
    rest.n_carries = roots.n;
    for (int i = 0; i < yields.n; i++) LIST_ADD(h->scratch, &roots, yields.at[i]);
    rest.n_roots = roots.n;
    rest.root = roots.at;
    if (rest.n_roots == 0) return rest;
    make_rest(h, &rest);
    for (int i = 0; i < yields.n; i++) {
        Node *image = rest.root[rest.n_carries + i];
        h->whole[yields.at[i]->id] =
            graph_pick(h->g, rest.scan, scan_yield(h->g, rest.scan, image));
    }
    return rest;
}

/* What takes the place of the scan's result number `which`. */
static Node *result(Hoist *h, const Rest *rest, int which) {
    const Scan *s = h->s;
    if (which >= s->n_carries) return h->whole[s->yields.at[which - s->n_carries]->id];
    if (h->sunk[which]) return h->last[which];
    int place = 0;
    for (int i = 0; i < which; i++) place += !h->sunk[i];
    return graph_pick(h->g, rest->scan, place);
}

/* ---- one scan ---- */

static void find_all(Hoist *h) {
    int room = h->g->n_nodes;
    bool **flags[] = {&h->carried, &h->before, &h->fed, &h->after, &h->summed, &h->asked};
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        *flags[i] = NEW_ARRAY(h->scratch, bool, room);
    h->sunk = NEW_ARRAY(h->scratch, bool, h->s->n_carries + 1);
    h->whole = NEW_ARRAY(h->scratch, Node *, room);
    h->body = graph_reachable(h->scratch, 0, NULL, h->s);
    find_before(h);
    find_accumulators(h);
    find_fed(h);
    find_after(h);
}

/* Moves out of the scan what need not be in it, and sets its results' images; false if there is
 * nothing of the kind. */
static bool hoist_scan(Graph *g, Scan *s, NodeList level, Rewrite *around) {
    Hoist h = {.g = g, .s = s, .scratch = around->scratch};
    if (s->bounded) return false;
    find_all(&h);
    if (!finds_something(&h)) return false;
    compute_before(&h);
    Rest rest = compute_rest(&h);
    compute_after(&h);
    compute_sums(&h);
    for (int i = 0; i < level.n; i++) {
        Node *n = level.at[i];
        if (n->op == OP_PICK && n->scan == s)
            rewrite_set(around, n, result(&h, &rest, (int)n->ints[0]));
    }
    return true;
}

/* ---- a level: the program's nodes, or those of one body ---- */

static void hoist_level(Graph *g, int n_roots, Node **roots, const Scan *body);

static void hoist_body(Graph *g, Scan *s) {
    int n = s->n_carries + s->yields.n;
    Node **results = NEW_ARRAY(g->arena, Node *, n + 1);
    for (int i = 0; i < s->n_carries; i++) results[i] = s->next[i];
    for (int i = 0; i < s->yields.n; i++) results[s->n_carries + i] = s->yields.at[i];
    if (s->bounded) {
        accumulators_thread(g, s, results);
        scan_replace(g, s, results, results + s->n_carries);
    }
    hoist_level(g, n, results, s);
    scan_replace(g, s, results, results + s->n_carries);
}

/* Hoists the first scan of the level that has something to hoist. */
static bool hoist_one(Graph *g, int n_roots, Node **roots, const Scan *body) {
    NodeList level = graph_reachable(g->arena, n_roots, roots, body);
    for (int i = 0; i < level.n; i++) {
        if (level.at[i]->op != OP_SCAN) continue;
        Rewrite *around = rewrite_new(g, body ? body->depth : 0);
        if (hoist_scan(g, level.at[i]->scan, level, around)) {
            rewrite(around, n_roots, roots);
            return true;
        }
        arena_free(around->scratch);
    }
    return false;
}

static void hoist_level(Graph *g, int n_roots, Node **roots, const Scan *body) {
    if (n_roots == 0) return;
    NodeList level = graph_reachable(g->arena, n_roots, roots, body);
    for (int i = 0; i < level.n; i++)
        if (level.at[i]->op == OP_SCAN) hoist_body(g, level.at[i]->scan);
    while (hoist_one(g, n_roots, roots, body))
        ;
}

void hoist_scans(Graph *g, int n_roots, Node **roots) {
    Span span = g->span;
    const char *path = g->path;
    hoist_level(g, n_roots, roots, NULL);
    g->span = span;
    g->path = path;
    finish_roots(g, n_roots, roots);
}
