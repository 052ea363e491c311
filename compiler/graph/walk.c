/* Going through a graph: in order, and printing it. */
#include "graph.h"
#include <string.h>

/* ---- in order ---- */

typedef struct {
    Arena *arena;
    const Scan *body; /* stay inside this scan's body; NULL: no limit */
    int room;         /* ids of nodes reached are below this */
    int *waits;       /* by id: 1 + inputs not yet given out; 0: not reached */
    LIST(Node *) found;
    LIST(int) heads; /* by id: index into edges of the node's first user, or -1 */
    LIST(struct {
        Node *user;
        int next;
    })
    edges;
} Walk;

static bool inside(const Walk *w, const Node *n) {
    return !w->body || n->depth >= w->body->depth;
}

/* Ids of what one node reaches can be above its own (late captures): make room as they come. */
static void make_room(Walk *w, int id) {
    if (id < w->room) return;
    int room = w->room ? w->room : 1024;
    while (room <= id) room *= 2;
    int *waits = NEW_ARRAY(w->arena, int, room);
    if (w->room) memcpy(waits, w->waits, sizeof *waits * (size_t)w->room);
    w->waits = waits;
    w->room = room;
}

static void find(Walk *w, Node *n) {
    make_room(w, n->id);
    if (!inside(w, n) || w->waits[n->id]) return;
    w->waits[n->id] = 1;
    LIST_ADD(w->arena, &w->found, n);
}

static void connect(Walk *w) {
    for (int i = 0; i < w->room; i++) LIST_ADD(w->arena, &w->heads, -1);
    for (int i = 0; i < w->found.n; i++) {
        Node *user = w->found.at[i];
        for (int j = 0; j < user->n_in; j++) {
            if (!inside(w, user->in[j])) continue;
            int *head = &w->heads.at[user->in[j]->id];
            LIST_ADD(w->arena, &w->edges, ((__typeof__(*w->edges.at)){user, *head}));
            *head = w->edges.n - 1;
            w->waits[user->id]++;
        }
    }
}

/* A binary heap of nodes, lowest id first. */
static void heap_push(Node **heap, int n, Node *item) {
    int at = n;
    for (; at > 0 && heap[(at - 1) / 2]->id > item->id; at = (at - 1) / 2)
        heap[at] = heap[(at - 1) / 2];
    heap[at] = item;
}

static Node *heap_pop(Node **heap, int n) {
    Node *top = heap[0], *last = heap[n - 1];
    int at = 0;
    for (int child; (child = 2 * at + 1) < n - 1; at = child) {
        if (child + 1 < n - 1 && heap[child + 1]->id < heap[child]->id) child++;
        if (heap[child]->id >= last->id) break;
        heap[at] = heap[child];
    }
    heap[at] = last;
    return top;
}

/* Gives out, of the nodes all whose inputs have been given out, always the one of lowest id. */
static NodeList in_order(Walk *w) {
    NodeList order = {0};
    Node **heap = NEW_ARRAY(w->arena, Node *, w->found.n + 1);
    int waiting = 0;
    for (int i = 0; i < w->found.n; i++)
        if (w->waits[w->found.at[i]->id] == 1) heap_push(heap, waiting++, w->found.at[i]);
    while (waiting > 0) {
        Node *n = heap_pop(heap, waiting--);
        LIST_ADD(w->arena, &order, n);
        for (int e = w->heads.at[n->id]; e >= 0; e = w->edges.at[e].next) {
            Node *user = w->edges.at[e].user;
            if (--w->waits[user->id] == 1) heap_push(heap, waiting++, user);
        }
    }
    if (order.n != w->found.n) BUG("a cycle in the graph");
    return order;
}

NodeList graph_reachable(Arena *a, int n_roots, Node *const *roots, const Scan *body) {
    Walk w = {.arena = a, .body = body};
    for (int i = 0; i < n_roots; i++) find(&w, roots[i]);
    if (body && n_roots == 0) {
        for (int i = 0; i < body->n_carries; i++) find(&w, body->next[i]);
        for (int i = 0; i < body->yields.n; i++) find(&w, body->yields.at[i]);
    }
    for (int i = 0; i < w.found.n; i++)
        for (int j = 0; j < w.found.at[i]->n_in; j++) find(&w, w.found.at[i]->in[j]);
    connect(&w);
    return in_order(&w);
}

/* ---- text ---- */

typedef struct {
    Arena *arena;
    Text text;
    LIST(int) number;
    int next;
} Printer;

static int number_of(Printer *p, const Node *n) {
    while (p->number.n <= n->id) LIST_ADD(p->arena, &p->number, -1);
    if (p->number.at[n->id] < 0) p->number.at[n->id] = p->next++;
    return p->number.at[n->id];
}

static void print_type(Printer *p, const Node *n) {
    static const char *const kind[] = {"", "index", "bool"};
    text_put(&p->text, kind[n->kind]);
    if (n->kind == KIND_INDEX) text_printf(&p->text, "(%lld)", (long long)n->classes);
    text_put(&p->text, "[");
    for (int i = 0; i < n->shape.rank; i++)
        text_printf(&p->text, "%s%lld", i ? ", " : "", (long long)n->shape.dim[i]);
    text_put(&p->text, "]");
    for (const Rows *r = n->rows; r; r = r->outer)
        text_printf(&p->text, " x %lld", (long long)r->times);
}

static void print_list(Printer *p, const char *name, int n, Node *const *at) {
    if (n == 0) return;
    text_printf(&p->text, " %s", name);
    for (int i = 0; i < n; i++) text_printf(&p->text, " %%%d", number_of(p, at[i]));
}

static void print_nodes(Printer *p, NodeList list, int indent);

static void print_scan(Printer *p, const Scan *s, int indent) {
    text_printf(&p->text, " turns %lld%s turn %%%d", (long long)s->turns,
                s->reverse ? " reverse" : "", number_of(p, s->turn));
    print_list(p, "slices", s->n_slices, s->slices);
    print_list(p, "carries", s->n_carries, s->carries);
    text_put(&p->text, " {\n");
    print_nodes(p, graph_reachable(p->arena, 0, NULL, s), indent + 1);
    text_printf(&p->text, "%*s}", 4 * indent, "");
    print_list(p, "next", s->n_carries, s->next);
    print_list(p, "yields", s->yields.n, s->yields.at);
}

static void print_node(Printer *p, const Node *n, int indent) {
    text_printf(&p->text, "%*s%%%d = %s", 4 * indent, "", number_of(p, n), op_info[n->op].name);
    if (n->text) text_printf(&p->text, " %s", n->text);
    if (n->op == OP_CONST) text_printf(&p->text, " %.17g", n->number);
    for (int i = 0; i < n->n_in; i++) text_printf(&p->text, " %%%d", number_of(p, n->in[i]));
    int first = n->op == OP_FORMAL || n->op == OP_HOLE ? 1 : 0; /* a formal's unique number says nothing */
    for (int i = first; i < n->n_ints; i++)
        text_printf(&p->text, "%s%lld", i == first ? " {" : " ", (long long)n->ints[i]);
    if (n->n_ints > first) text_put(&p->text, "}");
    text_put(&p->text, " : ");
    print_type(p, n);
    if (n->op == OP_SCAN) print_scan(p, n->scan, indent);
    if (n->path) text_printf(&p->text, "  # %s", n->path);
    text_put(&p->text, "\n");
}

static void print_nodes(Printer *p, NodeList list, int indent) {
    for (int i = 0; i < list.n; i++) print_node(p, list.at[i], indent);
}

char *graph_print(Arena *a, int n_roots, Node *const *roots) {
    Printer p = {.arena = a, .text = {.arena = a}};
    text_put(&p.text, "");
    print_nodes(&p, graph_reachable(a, n_roots, roots, NULL), 0);
    return p.text.at;
}
