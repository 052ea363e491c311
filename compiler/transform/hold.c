/* Holding stopped values, by a substitution that makes every scan anew.
 *
 * In memory a held value is [rows..., turns..., elements]: what is read is spread over the rows of
 * the STOP, and sliced by the scans around it from the outermost in; what is stored leaves those
 * scans by yields from the innermost out. */
#include "hold.h"
#include "rewrite.h"

/* A value on its way out of the scans around it, outermost first. */
typedef struct {
    int64_t offset, size;
    Node *value;
    LIST(Scan *) scans;
} Leaving;

typedef struct {
    Graph *g;
    Hold *hold;
    LIST(bool) moves; /* by id: depends on a tensor that does */
    LIST(Leaving) leaving;
} Holding;

/* ---- what depends on what moves ---- */

static bool moves(const Holding *h, const Node *n) {
    return n->id < h->moves.n && h->moves.at[n->id];
}

static bool is_moved(const Holding *h, const Node *n) {
    if (n->op == OP_TENSOR) return h->hold->moves(h->hold->context, n);
    if (n->op == OP_FORMAL) return moves(h, n->scan->node);
    for (int i = 0; i < n->n_in; i++)
        if (moves(h, n->in[i])) return true;
    return false;
}

/* A scan takes all that its body captures as inputs, so they are known before the body. */
static void find_moves(Holding *h, NodeList in_order) {
    for (int i = 0; i < in_order.n; i++) {
        const Node *n = in_order.at[i];
        while (h->moves.n <= n->id) LIST_ADD(h->g->arena, &h->moves, false);
        h->moves.at[n->id] = is_moved(h, n);
        if (n->op == OP_SCAN) find_moves(h, graph_reachable(h->g->arena, 0, NULL, n->scan));
    }
}

/* ---- one STOP ---- */

static int count_rows(const Rows *rows) {
    return rows ? count_rows(rows->outer) + 1 : 0;
}

/* The outermost first. */
static void rows_dims(const Rows *rows, Shape *shape) {
    if (!rows) return;
    rows_dims(rows->outer, shape);
    shape->dim[shape->rank++] = rows->times;
}

static Node *spread(Graph *g, Node *x, const Rows *rows) {
    return rows ? graph_spread(g, spread(g, x, rows->outer), rows) : x;
}

static void find_scans(const Holding *h, const Node *value, Leaving *out) {
    for (int i = 0; i < h->g->open_scans.n; i++)
        if (h->g->open_scans.at[i]->depth <= value->depth)
            LIST_ADD(h->g->arena, &out->scans, h->g->open_scans.at[i]);
}

/* What the storage holds of it, in this turn. */
static Node *kept(Holding *h, Leaving *l, const Node *value) {
    Shape all = {0};
    rows_dims(value->rows, &all);
    for (int i = 0; i < l->scans.n; i++) all.dim[all.rank++] = l->scans.at[i]->turns;
    all.dim[all.rank++] = shape_size(&value->shape);
    l->offset = h->hold->size;
    l->size = shape_size(&all);
    h->hold->size += l->size;
    Node *x = graph_tensor(h->g, intern(h->g->arena, "held"), all, h->hold->storage, l->offset);
    x = spread(h->g, x, value->rows);
    for (int i = 0; i < l->scans.n; i++) x = scan_slice(h->g, l->scans.at[i], x);
    return graph_reshape(h->g, x, value->shape);
}

static Node *hold(void *context, const Node *stop, Node *value) {
    Holding *h = context;
    Leaving l = {0};
    if (value->kind != KIND_REAL || !moves(h, stop)) return value;
    find_scans(h, value, &l);
    if (count_rows(value->rows) + l.scans.n + 1 > GRAPH_MAX_RANK) return value;
    Node *set = graph_map2(h->g, OP_NE, graph_scalar(h->g, intern(h->g->arena, "hold")),
                           graph_const(h->g, 0));
    l.value = graph_where(h->g, set, kept(h, &l, value), value);
    LIST_ADD(h->g->arena, &h->leaving, l);
    return l.value;
}

/* ---- all ---- */

static Node *leave(Graph *g, const Leaving *l) {
    Node *x = graph_reshape(g, l->value, shape_of(1, shape_size(&l->value->shape)));
    for (int i = l->scans.n - 1; i >= 0; i--)
        x = graph_pick(g, l->scans.at[i], scan_yield(g, l->scans.at[i], x));
    return x;
}

void hold_stops(Graph *g, Hold *to, int n, Node **roots) {
    Holding h = {.g = g, .hold = to};
    find_moves(&h, graph_reachable(g->arena, n, roots, NULL));
    Rewrite *r = rewrite_new(g, 0);
    r->stopped = hold;
    r->context = &h;
    rewrite(r, n, roots);
    for (int i = 0; i < h.leaving.n; i++) {
        const Leaving *l = &h.leaving.at[i];
        LIST_ADD(g->arena, &to->all, ((Held){l->offset, l->size, leave(g, l)}));
    }
}
