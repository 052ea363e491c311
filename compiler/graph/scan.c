/* Recurrences: how their bodies are opened, closed and asked for more. */
#include "graph.h"

/* ---- formals ---- */

/* Each is its own node, whatever it looks like: the number makes it unique. */
static Node *new_formal(Graph *g, const Scan *s, Kind kind, int64_t classes, const Shape *shape,
                        const Rows *rows) {
    int64_t ints[4 + GRAPH_MAX_RANK] = {g->n_formals++, s->depth, kind, classes};
    for (int i = 0; i < shape->rank; i++) ints[4 + i] = shape->dim[i];
    return graph_make_rows(g, OP_FORMAL, 0, NULL, 4 + shape->rank, ints, 0, NULL, rows);
}

static Node **grown(Graph *g, Node **at, int n) {
    Node **copy = NEW_ARRAY(g->arena, Node *, n + 1);
    for (int i = 0; i < n; i++) copy[i] = at[i];
    return copy;
}

Scan *scan_open(Graph *g, int64_t turns, bool reverse, int at_least) {
    int surrounding = g->open_scans.n ? g->open_scans.at[g->open_scans.n - 1]->depth : 0;
    Scan *s = NEW(g->arena, Scan);
    s->turns = turns;
    s->reverse = reverse;
    s->depth = surrounding + 1 > at_least ? surrounding + 1 : at_least;
    LIST_ADD(g->arena, &g->open_scans, s);
    s->turn = new_formal(g, s, KIND_REAL, 0, &(Shape){0}, NULL);
    return s;
}

Scan *scan_at_depth(const Graph *g, int depth) {
    for (int i = 0; i < g->open_scans.n; i++)
        if (g->open_scans.at[i]->depth == depth) return g->open_scans.at[i];
    BUG("no scan of depth %d is open", depth);
}

static void expect_open(const Graph *g, const Scan *s) {
    if (g->open_scans.n == 0 || g->open_scans.at[g->open_scans.n - 1] != s)
        BUG("another scan than this is open");
}

Node *scan_slice(Graph *g, Scan *s, Node *sequence) {
    if (scan_at_depth(g, s->depth) != s) BUG("a slice of a scan that is not open");
    if (sequence->shape.rank == 0 || sequence->shape.dim[0] != s->turns)
        BUG("a scan's sequence has another length");
    if (sequence->depth >= s->depth) BUG("a scan's sequence is made in its body");
    Shape part = {.rank = sequence->shape.rank - 1};
    for (int i = 0; i < part.rank; i++) part.dim[i] = sequence->shape.dim[i + 1];
    s->slices = grown(g, s->slices, s->n_slices);
    s->sequences = grown(g, s->sequences, s->n_slices);
    s->sequences[s->n_slices] = sequence;
    return s->slices[s->n_slices++] =
               new_formal(g, s, sequence->kind, sequence->classes, &part, sequence->rows);
}

Node *scan_carry(Graph *g, Scan *s, Node *init, Shape shape, const Rows *rows) {
    expect_open(g, s);
    if (init->depth >= s->depth) BUG("a scan's initial carry is made in its body");
    s->carries = grown(g, s->carries, s->n_carries);
    s->inits = grown(g, s->inits, s->n_carries);
    s->next = grown(g, s->next, s->n_carries);
    s->inits[s->n_carries] = graph_broadcast(g, init, shape, rows);
    return s->carries[s->n_carries++] = new_formal(g, s, init->kind, init->classes, &shape, rows);
}

void scan_next(Scan *s, int carry, Node *value) {
    const Node *formal = s->carries[carry];
    if (value->kind != formal->kind || value->rows != formal->rows ||
        !shape_equal(&value->shape, &formal->shape))
        BUG("a carry changes its shape");
    s->next[carry] = value;
}

/* ---- closing ---- */

static void find_captures(Graph *g, Scan *s, Node *from);

/* What a scan inside another captures is used in that other's body too. */
static void capture(Graph *g, Scan *s, Node *outer) {
    Node *node = s->node;
    node->in = grown(g, node->in, node->n_in);
    node->in[node->n_in++] = outer;
    node->rows = rows_join(node->rows, outer->rows);
    if (outer->depth > node->depth) node->depth = outer->depth;
    if (s->enclosing) find_captures(g, s->enclosing, outer);
}

static bool first_visit(Graph *g, Scan *s, const Node *n) {
    while (s->seen.n < g->n_nodes) LIST_ADD(g->arena, &s->seen, false);
    if (s->seen.at[n->id]) return false;
    return s->seen.at[n->id] = true;
}

/* Makes inputs of the SCAN what the body uses from outside, in the order in which a walk from
 * `from` through inputs meets it: an order that no node's number has a part in. */
static void find_captures(Graph *g, Scan *s, Node *from) {
    LIST(Node *) stack = {0};
    LIST_ADD(g->arena, &stack, from);
    while (stack.n > 0) {
        Node *n = stack.at[--stack.n];
        if (!first_visit(g, s, n)) continue;
        if (n->depth < s->depth) {
            capture(g, s, n);
            continue;
        }
        if (n->op == OP_SCAN) n->scan->enclosing = s;
        for (int i = n->n_in - 1; i >= 0; i--) LIST_ADD(g->arena, &stack, n->in[i]);
    }
}

Node *scan_close(Graph *g, Scan *s) {
    expect_open(g, s);
    g->open_scans.n--;
    Node **in = NEW_ARRAY(g->arena, Node *, s->n_slices + s->n_carries + 1);
    for (int i = 0; i < s->n_slices; i++) in[i] = s->sequences[i];
    for (int i = 0; i < s->n_carries; i++) in[s->n_slices + i] = s->inits[i];
    s->node = graph_keep_scan(g, s, s->n_slices + s->n_carries, in);
    LIST_ADD(g->arena, &g->finished, s);
    for (int i = 0; i < s->n_carries; i++) {
        if (!s->next[i]) BUG("a carry without a next value");
        s->node->rows = rows_join(s->node->rows, s->next[i]->rows);
        find_captures(g, s, s->next[i]);
    }
    return s->node;
}

static int add_yield(Graph *g, Scan *s, Node *value) {
    int depth = s->node->depth;
    find_captures(g, s, value);
    if (s->picked && s->node->depth != depth) BUG("a late yield moves its scan into another");
    s->node->rows = rows_join(s->node->rows, value->rows);
    LIST_ADD(g->arena, &s->yields, value);
    return s->n_carries + s->yields.n - 1;
}

Node *scan_stackable(Graph *g, Node *value) {
    if (value->shape.rank < GRAPH_MAX_RANK) return value;
    return graph_reshape(g, value, shape_of(1, shape_size(&value->shape)));
}

int scan_yield(Graph *g, Scan *s, Node *value) {
    if (!s->node) BUG("a yield before the scan is closed");
    for (int i = 0; i < s->yields.n; i++)
        if (s->yields.at[i] == value) return s->n_carries + i;
    return add_yield(g, s, value);
}

void scan_replace(Graph *g, Scan *s, Node *const *next, Node *const *yields) {
    for (int i = 0; i < s->n_carries; i++) {
        scan_next(s, i, next[i]);
        find_captures(g, s, next[i]);
    }
    for (int i = 0; i < s->yields.n; i++) {
        s->yields.at[i] = yields[i];
        find_captures(g, s, yields[i]);
    }
}

Node *graph_pick(Graph *g, Scan *s, int which) {
    int64_t ints[] = {which};
    s->picked = true;
    return graph_make(g, OP_PICK, 1, &s->node, 1, ints, 0, NULL);
}

enum { BLOCK_ROWS = 2048 };

int64_t scan_block(int64_t turns, int64_t rows) {
    int64_t least = rows < BLOCK_ROWS ? (BLOCK_ROWS + rows - 1) / rows : 1, below, block;
    if (least >= turns) return turns;
    divisors_around(turns, least, &below, &block);
    return block;
}

/* ---- all at once ---- */

Scan *scan_begin(Graph *g, int64_t turns, bool reverse, int n_slices, Node *const *sequences,
                 int n_carries, Node *const *inits, const Shape *carry_shapes,
                 const Rows *const *carry_rows) {
    Scan *s = scan_open(g, turns, reverse, 0);
    for (int i = 0; i < n_slices; i++) scan_slice(g, s, sequences[i]);
    for (int i = 0; i < n_carries; i++) scan_carry(g, s, inits[i], carry_shapes[i], carry_rows[i]);
    return s;
}

Node *scan_finish(Graph *g, Scan *s, Node *const *next, int n_yields, Node *const *yields) {
    for (int i = 0; i < s->n_carries; i++)
        scan_next(s, i, graph_broadcast(g, next[i], s->carries[i]->shape, s->carries[i]->rows));
    scan_close(g, s);
    for (int i = 0; i < n_yields; i++) add_yield(g, s, yields[i]);
    return s->node;
}
