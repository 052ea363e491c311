/* Nodes and rows: how they are made, and that equal ones are made once. */
#include "graph.h"
#include "../transform/simplify.h"
#include <string.h>

enum { FIRST_TABLE_SIZE = 1 << 10 };

/* Rules nested deeper than this are not applied: a chain of ten thousand operations must not take
 * the stack. */
enum { MAX_SIMPLIFY_DEPTH = 256 };

Graph *graph_new(Arena *a, int64_t batch) {
    Graph *g = NEW(a, Graph);
    g->arena = a;
    g->span = NO_SPAN;
    g->nodes.size = g->simplified.size = FIRST_TABLE_SIZE;
    g->nodes.at = NEW_ARRAY(a, Node *, g->nodes.size);
    g->simplified.at = NEW_ARRAY(a, Node *, g->simplified.size);
    if (batch > 0) g->batch = graph_rows(g, NULL, batch);
    return g;
}

/* ---- shapes and rows ---- */

const char *shape_text(Arena *a, const Shape *s) {
    Text t = {.arena = a};
    text_put(&t, "[");
    for (int i = 0; i < s->rank; i++) text_printf(&t, i ? ", %lld" : "%lld", (long long)s->dim[i]);
    text_put(&t, "]");
    return t.at;
}

int64_t shape_size(const Shape *s) {
    int64_t size = 1;
    for (int i = 0; i < s->rank; i++)
        if (__builtin_mul_overflow(size, s->dim[i], &size)) return INT64_MAX;
    return size;
}

bool shape_equal(const Shape *a, const Shape *b) {
    if (a->rank != b->rank) return false;
    for (int i = 0; i < a->rank; i++)
        if (a->dim[i] != b->dim[i]) return false;
    return true;
}

Shape shape_of(int rank, ...) {
    Shape s = {.rank = rank};
    va_list args;
    va_start(args, rank);
    for (int i = 0; i < rank; i++) s.dim[i] = va_arg(args, int64_t);
    va_end(args);
    return s;
}

bool shape_broadcast(const Shape *a, const Shape *b, Shape *out) {
    Shape joined = {.rank = a->rank > b->rank ? a->rank : b->rank};
    for (int i = 1; i <= joined.rank; i++) {
        int64_t x = i <= a->rank ? a->dim[a->rank - i] : 1,
                y = i <= b->rank ? b->dim[b->rank - i] : 1;
        if (x != y && x != 1 && y != 1) return false;
        joined.dim[joined.rank - i] = x == 1 ? y : x;
    }
    *out = joined;
    return true;
}

int rows_depth(const Rows *r) {
    int depth = 0;
    for (; r; r = r->outer) depth++;
    return depth;
}

int64_t rows_count(const Rows *r) {
    int64_t count = 1;
    for (; r; r = r->outer)
        if (__builtin_mul_overflow(count, r->times, &count)) return INT64_MAX;
    return count;
}

bool rows_inside(const Rows *inner, const Rows *outer) {
    while (inner && inner != outer) inner = inner->outer;
    return inner == outer;
}

const Rows *rows_join(const Rows *a, const Rows *b) {
    if (rows_inside(a, b)) return a;
    if (rows_inside(b, a)) return b;
    BUG("values of unrelated rows meet");
}

const Rows *graph_rows(Graph *g, const Rows *outer, int64_t times) {
    for (int i = 0; i < g->all_rows.n; i++)
        if (g->all_rows.at[i]->outer == outer && g->all_rows.at[i]->times == times)
            return g->all_rows.at[i];
    Rows *rows = NEW(g->arena, Rows);
    *rows = (Rows){outer, times};
    LIST_ADD(g->arena, &g->all_rows, (const Rows *)rows);
    return rows;
}

/* ---- the hash table ---- */

static uint64_t mix(uint64_t h, uint64_t word) {
    h = (h ^ word) * 0x9e3779b97f4a7c15u;
    return h ^ h >> 29;
}

/* Inputs count by their ids and texts by their letters: nothing depends on where memory lies. */
static uint64_t node_hash(const Node *n) {
    uint64_t h = mix(HASH_START, (uint64_t)n->op), bits;
    for (int i = 0; i < n->n_in; i++) h = mix(h, (uint64_t)n->in[i]->id);
    for (int i = 0; i < n->n_ints; i++) h = mix(h, (uint64_t)n->ints[i]);
    memcpy(&bits, &n->number, sizeof bits);
    h = mix(h, bits);
    h = mix(h, (uint64_t)rows_count(n->rows));
    if (n->text) h = hash_bytes(h, n->text, strlen(n->text));
    return h;
}

/* Kind, classes, shape and depth follow from what is compared here. */
static bool node_equal(const Node *a, const Node *b) {
    if (a->op != b->op || a->n_in != b->n_in || a->n_ints != b->n_ints || a->text != b->text ||
        a->rows != b->rows || a->scan != b->scan ||
        memcmp(&a->number, &b->number, sizeof a->number) != 0)
        return false;
    for (int i = 0; i < a->n_in; i++)
        if (a->in[i] != b->in[i]) return false;
    for (int i = 0; i < a->n_ints; i++)
        if (a->ints[i] != b->ints[i]) return false;
    return true;
}

/* Where n is in the table, or the empty place where it belongs. */
static Node **find(const NodeTable *table, const Node *n) {
    size_t mask = table->size - 1;
    for (size_t i = node_hash(n) & mask;; i = (i + 1) & mask)
        if (!table->at[i] || node_equal(table->at[i], n)) return &table->at[i];
}

static void enter(Arena *a, NodeTable *table, Node *n) {
    *find(table, n) = n;
    if ((size_t)++table->n * 2 < table->size) return;
    NodeTable larger = {NEW_ARRAY(a, Node *, table->size * 2), table->size * 2, table->n};
    for (size_t i = 0; i < table->size; i++)
        if (table->at[i]) *find(&larger, table->at[i]) = table->at[i];
    *table = larger;
}

/* ---- making nodes ---- */

static Node *copy(Graph *g, const Node *draft) {
    Node *n = NEW(g->arena, Node);
    *n = *draft;
    n->in = NEW_ARRAY(g->arena, Node *, n->n_in + 1);
    for (int i = 0; i < n->n_in; i++) n->in[i] = draft->in[i];
    int64_t *ints = NEW_ARRAY(g->arena, int64_t, n->n_ints + 1);
    for (int i = 0; i < n->n_ints; i++) ints[i] = draft->ints[i];
    n->ints = ints;
    return n;
}

static bool is_too_large(const Node *n) {
    int64_t all;
    return __builtin_mul_overflow(rows_count(n->rows), shape_size(&n->shape), &all) ||
           all > GRAPH_MAX_ELEMENTS;
}

static Node *keep(Graph *g, const Node *draft) {
    Node *n = copy(g, draft);
    n->id = g->n_nodes++;
    n->span = g->span;
    n->path = g->path;
    if (g->n_nodes > GRAPH_MAX_NODES) g->overflow = true;
    if (!g->too_large && is_too_large(n)) g->too_large = n;
    return n;
}

/* What simplification makes of the draft, or the draft. Its answers are remembered: a chain in
 * which each value is used twice would otherwise be gone through twice as often at each further
 * step. */
static Node *simplest(Graph *g, Node *draft) {
    Node **known = find(&g->simplified, draft);
    if (*known) return (*known)->simpler;
    if (g->simplify_depth == MAX_SIMPLIFY_DEPTH) return draft;
    g->simplify_depth++;
    Node *simpler = simplify(g, draft);
    g->simplify_depth--;
    if (simpler == draft) return draft;
    Node *record = copy(g, draft);
    record->simpler = simpler;
    enter(g->arena, &g->simplified, record);
    return simpler;
}

Node *graph_make_rows(Graph *g, Op op, int n_in, Node *const *in, int n_ints, const int64_t *ints,
                      double number, const char *text, const Rows *rows) {
    const OpInfo *info = &op_info[op];
    if (info->arity >= 0 && n_in != info->arity) BUG("%s: %d inputs", info->name, n_in);
    Node draft = {.op = op,
                  .n_in = n_in,
                  .in = (Node **)in,
                  .n_ints = n_ints,
                  .ints = ints,
                  .number = number,
                  .rows = rows};
    if (op == OP_FORMAL) draft.scan = scan_at_depth(g, (int)ints[1]);
    draft.text = text ? intern(g->arena, text) : NULL;
    for (int i = 0; i < n_in; i++)
        if (in[i]->depth > draft.depth) draft.depth = in[i]->depth;
    info->shape(g, &draft);
    if (g->simplify) {
        Node *simpler = simplest(g, &draft);
        if (simpler != &draft) return simpler;
    }
    Node *known = *find(&g->nodes, &draft);
    if (known) return known;
    Node *n = keep(g, &draft);
    enter(g->arena, &g->nodes, n);
    return n;
}

Node *graph_make(Graph *g, Op op, int n_in, Node *const *in, int n_ints, const int64_t *ints,
                 double number, const char *text) {
    return graph_make_rows(g, op, n_in, in, n_ints, ints, number, text, NULL);
}

Node *graph_remake(Graph *g, const Node *n, Node *const *in) {
    return graph_make_rows(g, n->op, n->n_in, in, n->n_ints, n->ints, n->number, n->text,
                           op_info[n->op].rows_given ? n->rows : NULL);
}

/* Not hash-consed: a SCAN is as unique as its formals. */
Node *graph_keep_scan(Graph *g, Scan *s, int n_in, Node *const *in) {
    Node draft = {.op = OP_SCAN, .n_in = n_in, .in = (Node **)in, .scan = s};
    for (int i = 0; i < n_in; i++)
        if (in[i]->depth > draft.depth) draft.depth = in[i]->depth;
    op_info[OP_SCAN].shape(g, &draft);
    return keep(g, &draft);
}

/* ---- leaves ---- */

Node *graph_const(Graph *g, double value) {
    return graph_make(g, OP_CONST, 0, NULL, 0, NULL, value, NULL);
}

Node *graph_full(Graph *g, double value, Shape shape, const Rows *rows) {
    return graph_broadcast(g, graph_const(g, value), shape, rows);
}

Node *graph_iota(Graph *g, int64_t n) {
    return graph_make(g, OP_IOTA, 0, NULL, 1, &n, 0, NULL);
}

/* ints: a head of n_head, then the dimensions. */
static int with_dims(int64_t *ints, int n_head, const Shape *shape) {
    for (int i = 0; i < shape->rank; i++) ints[n_head + i] = shape->dim[i];
    return n_head + shape->rank;
}

Node *graph_tensor(Graph *g, const char *path, Shape shape, int storage, int64_t offset) {
    int64_t ints[2 + GRAPH_MAX_RANK] = {storage, offset};
    return graph_make(g, OP_TENSOR, 0, NULL, with_dims(ints, 2, &shape), ints, 0, path);
}

Node *graph_input(Graph *g, int number, Kind kind, int64_t classes, Shape shape) {
    int64_t ints[3 + GRAPH_MAX_RANK] = {number, kind, classes};
    return graph_make(g, OP_INPUT, 0, NULL, with_dims(ints, 3, &shape), ints, 0, NULL);
}

Node *graph_scalar(Graph *g, const char *name) {
    return graph_make(g, OP_SCALAR, 0, NULL, 0, NULL, 0, name);
}

Node *graph_updates(Graph *g, int minimize) {
    int64_t ints[] = {minimize};
    return graph_make(g, OP_SCALAR, 0, NULL, 1, ints, 0, "updates");
}

Node *graph_table(Graph *g, int64_t classes, Shape shape, const int64_t *elements) {
    int64_t size = shape_size(&shape), n = 2 + shape.rank;
    int64_t *ints = NEW_ARRAY(g->arena, int64_t, n + size);
    ints[0] = classes;
    ints[1] = shape.rank;
    for (int i = 0; i < shape.rank; i++) ints[2 + i] = shape.dim[i];
    for (int64_t i = 0; i < size; i++) ints[n + i] = elements[i];
    return graph_make(g, OP_TABLE, 0, NULL, (int)(n + size), ints, 0, NULL);
}

Node *graph_hole(Graph *g, Kind kind, int64_t classes, Shape shape, const Rows *rows) {
    int64_t ints[3 + GRAPH_MAX_RANK] = {g->n_formals++, kind, classes};
    return graph_make_rows(g, OP_HOLE, 0, NULL, with_dims(ints, 3, &shape), ints, 0, NULL, rows);
}

Node *graph_random(Graph *g, Op op, const char *path, Shape shape, const Rows *rows, int n_turns,
                   Node *const *turns) {
    return graph_make_rows(g, op, n_turns, turns, shape.rank, shape.dim, 0, path, rows);
}
