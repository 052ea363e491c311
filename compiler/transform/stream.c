/* Draws in bounded memory: values of k draws are computed a chunk of them at a time.
 *
 * Values inside the rows of `draws k` leave them by exits: sums over the draws, and COLLECTs of a
 * few numbers a draw. An exit all whose inputs can be computed without any other exit is ready. All
 * ready exits are taken at once: a scan over the chunks holds the draws' values that they need,
 * with rows for one chunk; sums become carries, collected numbers are yielded. Then what these
 * exits gave is there, others become ready, and it all begins anew: what a second pass (a gradient,
 * say) needs of the first it computes again, with the same draws, for their keys count chunks as
 * turns. */
#include "stream.h"
#include "finish.h"
#include "rewrite.h"

enum { FEW = 16 /* numbers a draw that may be collected */ };

typedef LIST(const Rows *) RowsList;

typedef struct {
    Graph *g;
    int n_roots;
    Node **roots;
    const Scan *body; /* whose results the roots are; NULL: the program's */
    NodeList order;
    bool *waits;      /* by id: depends on an exit */
    const Rows *rows; /* those streamed now */
    NodeList ready;   /* exits */
} Stream;

static bool is_draw(const Stream *s, const Node *n) {
    return rows_inside(n->rows, s->rows);
}

static bool has_draw_input(const Stream *s, const Node *n) {
    for (int i = 0; i < n->n_in; i++)
        if (is_draw(s, n->in[i])) return true;
    return false;
}

static bool is_exit(const Stream *s, const Node *n) {
    return !is_draw(s, n) && has_draw_input(s, n);
}

/* ---- what can be streamed ---- */

static bool is_sum(const Stream *s, const Node *n);

/* Whether nothing in the scan's body uses this carry but its own next value. */
static bool is_private(const Stream *s, const Scan *scan, int carry) {
    NodeList body = graph_reachable(s->g->arena, 0, NULL, scan);
    const Node *formal = scan->carries[carry];
    for (int i = 0; i < body.n; i++)
        for (int j = 0; j < body.at[i]->n_in; j++)
            if (body.at[i]->in[j] == formal && body.at[i] != scan->next[carry]) return false;
    for (int i = 0; i < scan->n_carries; i++)
        if (i != carry && (scan->next[i] == formal || scan->next[i] == scan->next[carry]))
            return false;
    for (int i = 0; i < scan->yields.n; i++)
        if (scan->yields.at[i] == formal || scan->yields.at[i] == scan->next[carry]) return false;
    return true;
}

/* sum = 0; sum = sum + part, in a recurrence of the draws: as gradients of parameters are added up.
 */
static bool is_carried_sum(const Stream *s, const Node *pick) {
    const Scan *scan = pick->scan;
    int carry = (int)pick->ints[0];
    if (carry >= scan->n_carries) return false;
    const Node *init = scan->node->in[scan->n_slices + carry], *next = scan->next[carry];
    while (init->op == OP_BROADCAST || init->op == OP_RESHAPE) init = init->in[0];
    if (init->op != OP_CONST || init->number != 0 || next->op != OP_ADD) return false;
    for (int i = 0; i < 2; i++)
        if (next->in[i] == scan->carries[carry] && is_sum(s, next->in[1 - i]))
            return is_private(s, scan, carry);
    return false;
}

/* Whether n is for all draws the sum of what it is for parts of them. */
static bool is_sum(const Stream *s, const Node *n) {
    if (op_has(n->op, ADDS_ROWS)) return has_draw_input(s, n);
    if (n->op == OP_PICK) return has_draw_input(s, n) && is_carried_sum(s, n);
    if (!op_has(n->op, ADDITIVE)) return false;
    for (int i = 0; i < n->n_in; i++)
        if (!is_sum(s, n->in[i])) return false;
    return true;
}

static bool can_leave(const Stream *s, const Node *n) {
    if (n->op == OP_COLLECT)
        return n->in[0]->rows == s->rows && shape_size(&n->in[0]->shape) <= FEW;
    return is_sum(s, n);
}

/* Whether, in a recurrence of the draws, what is summed over them is only ever added up: a turn
 * that used such a sum would see that of a chunk. */
static bool keeps_draws_apart(const Stream *s, const Scan *scan) {
    NodeList body = graph_reachable(s->g->arena, 0, NULL, scan);
    bool *mixed = NEW_ARRAY(s->g->arena, bool, s->g->n_nodes);
    for (bool changed = true; changed;) {
        changed = false;
        for (int i = 0; i < body.n; i++) {
            const Node *n = body.at[i];
            bool mixes = is_exit(s, n);
            for (int j = 0; j < n->n_in; j++) mixes |= mixed[n->in[j]->id];
            if (mixes && is_draw(s, n)) return false;
            mixed[n->id] |= mixes;
            if (n->op == OP_SCAN && is_draw(s, n) && !keeps_draws_apart(s, n->scan)) return false;
        }
        for (int i = 0; i < scan->n_carries; i++) {
            bool spreads = mixed[scan->next[i]->id] && !mixed[scan->carries[i]->id];
            mixed[scan->carries[i]->id] |= spreads;
            changed |= spreads;
        }
    }
    return true;
}

/* A place on the way in whose chunks are slices of a sequence. */
static bool is_spread(const Stream *s, const Node *n) {
    return n->op == OP_SPREAD && n->rows == s->rows;
}

/* The runtime keys a draw by its number among all of its example, so only the outermost draws can
 * be cut. */
static bool can_stream(const Stream *s) {
    if (s->rows->outer != s->g->batch) return false;
    for (int i = 0; i < s->n_roots; i++)
        if (is_draw(s, s->roots[i])) return false;
    for (int i = 0; i < s->order.n; i++) {
        const Node *n = s->order.at[i];
        if (n->op == OP_FORMAL && is_draw(s, n)) return false;
        if (is_exit(s, n) && !can_leave(s, n)) return false;
        if (n->op == OP_SCAN && is_draw(s, n) && !keeps_draws_apart(s, n->scan)) return false;
        if (is_spread(s, n) && n->in[0]->shape.rank == GRAPH_MAX_RANK) return false;
    }
    return true;
}

/* Rows of more draws than a chunk, not among those given up; NULL: none are left. */
static const Rows *find_rows(const Stream *s, int64_t chunk, const RowsList *given_up) {
    for (int i = 0; i < s->order.n; i++)
        for (const Rows *r = s->order.at[i]->rows; r && r != s->g->batch; r = r->outer) {
            bool seen = r->times <= chunk;
            for (int j = 0; j < given_up->n && !seen; j++) seen = given_up->at[j] == r;
            if (!seen) return r;
        }
    return NULL;
}

static void find_ready(Stream *s) {
    s->waits = NEW_ARRAY(s->g->arena, bool, s->g->n_nodes);
    s->ready = (NodeList){0};
    for (int i = 0; i < s->order.n; i++) {
        Node *n = s->order.at[i];
        bool waits = false;
        for (int j = 0; j < n->n_in; j++) waits |= s->waits[n->in[j]->id];
        if (is_exit(s, n) && !waits) LIST_ADD(s->g->arena, &s->ready, n);
        s->waits[n->id] = waits || is_exit(s, n);
    }
}

/* ---- one scan ---- */

static int64_t chunk_of(int64_t times, int64_t most) {
    while (times % most != 0) most--;
    return most;
}

static Node *split_first_axis(Graph *g, Node *x, int64_t chunk) {
    Shape shape = {.rank = x->shape.rank + 1, .dim = {x->shape.dim[0] / chunk, chunk}};
    for (int i = 1; i < x->shape.rank; i++) shape.dim[i + 1] = x->shape.dim[i];
    return graph_reshape(g, x, shape);
}

/* The draws' values needed by the ready exits are to be made again; all else is taken as it is. */
static void set_boundary(Stream *s, Rewrite *r, Scan *chunks) {
    bool *seen = NEW_ARRAY(s->g->arena, bool, s->g->n_nodes);
    NodeList stack = {0};
    for (int i = 0; i < s->ready.n; i++) LIST_ADD(s->g->arena, &stack, s->ready.at[i]);
    while (stack.n > 0) {
        Node *n = stack.at[--stack.n];
        if (seen[n->id]) continue;
        seen[n->id] = true;
        if (is_spread(s, n) && !is_draw(s, n->in[0])) {
            Node *sequence = split_first_axis(s->g, n->in[0], r->rows_image->times);
            rewrite_set(r, n,
                        graph_spread(s->g, scan_slice(s->g, chunks, sequence), r->rows_image));
            continue;
        }
        for (int i = 0; i < n->n_in; i++) {
            if (is_draw(s, n->in[i])) LIST_ADD(s->g->arena, &stack, n->in[i]);
            else rewrite_set(r, n->in[i], n->in[i]);
        }
    }
}

/* Adds an exit's part to the scan; its carry, or -1 if it is to be yielded. */
static int add_carry(Graph *g, Scan *chunks, const Node *exit, Node *part) {
    if (exit->op == OP_COLLECT) return -1;
    Node *sum = scan_carry(g, chunks, graph_const(g, 0), exit->shape, exit->rows);
    scan_next(chunks, chunks->n_carries - 1, graph_map2(g, OP_ADD, sum, part));
    return chunks->n_carries - 1;
}

/* What takes an exit's place when the scan is closed. */
static Node *result(Graph *g, Scan *chunks, const Node *exit, int carry, Node *part) {
    if (carry >= 0) return graph_pick(g, chunks, carry);
    int yield = scan_yield(g, chunks, scan_stackable(g, part));
    return graph_reshape(g, graph_pick(g, chunks, yield), exit->shape);
}

/* Computes the ready exits by a scan, and the roots from its results. */
static void stream_ready(Stream *s, int64_t chunk) {
    Graph *g = s->g;
    int depth = s->body ? s->body->depth : 0, n = s->ready.n;
    Scan *chunks = scan_open(g, s->rows->times / chunk, false, depth + 1);
    chunks->bounded = true;
    Rewrite *inside = rewrite_new(g, 0);
    inside->rows = s->rows;
    inside->rows_image = graph_rows(g, s->rows->outer, chunk);
    inside->turn = chunks->turn;
    set_boundary(s, inside, chunks);
    Node **part = NEW_ARRAY(g->arena, Node *, n);
    int *carry = NEW_ARRAY(g->arena, int, n);
    for (int i = 0; i < n; i++) part[i] = s->ready.at[i];
    rewrite(inside, n, part);
    for (int i = 0; i < n; i++) carry[i] = add_carry(g, chunks, s->ready.at[i], part[i]);
    scan_close(g, chunks);
    Rewrite *around = rewrite_new(g, depth);
    for (int i = 0; i < n; i++)
        rewrite_set(around, s->ready.at[i], result(g, chunks, s->ready.at[i], carry[i], part[i]));
    rewrite(around, s->n_roots, s->roots);
}

/* ---- a level: the program's nodes, or those of one body ---- */

static void stream_level(Graph *g, int n_roots, Node **roots, const Scan *body, int64_t chunk);

static void stream_body(Graph *g, Scan *scan, int64_t chunk) {
    int n = scan->n_carries + scan->yields.n;
    Node **results = NEW_ARRAY(g->arena, Node *, n + 1);
    for (int i = 0; i < scan->n_carries; i++) results[i] = scan->next[i];
    for (int i = 0; i < scan->yields.n; i++) results[scan->n_carries + i] = scan->yields.at[i];
    stream_level(g, n, results, scan, chunk);
    scan_replace(g, scan, results, results + scan->n_carries);
}

static void stream_level(Graph *g, int n_roots, Node **roots, const Scan *body, int64_t chunk) {
    Stream s = {.g = g, .n_roots = n_roots, .roots = roots, .body = body};
    RowsList given_up = {0};
    if (n_roots == 0) return;
    for (;;) {
        s.order = graph_reachable(g->arena, n_roots, roots, body);
        s.rows = find_rows(&s, chunk, &given_up);
        if (!s.rows) break;
        if (can_stream(&s)) {
            find_ready(&s);
            stream_ready(&s, chunk_of(s.rows->times, chunk));
            continue;
        }
        LIST_ADD(g->arena, &given_up, s.rows);
    }
    for (int i = 0; i < s.order.n; i++)
        if (s.order.at[i]->op == OP_SCAN) stream_body(g, s.order.at[i]->scan, chunk);
}

void stream_draws(Graph *g, int n_roots, Node **roots, int64_t chunk) {
    stream_level(g, n_roots, roots, NULL, chunk);
    finish_roots(g, n_roots, roots);
}
