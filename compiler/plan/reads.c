/* reads.c: see reads.h. */
#include "reads.h"
#include "calls.h"

typedef struct {
    Node *node;
    int n;
    const Index *at;
} Visited;
typedef struct {
    Plan *plan;
    ReadSeen seen;
    void *context;
    LIST(Visited) visited;
} Reader;

int read_inputs(Plan *p, const Node *n) {
    const Value *v = plan_value(p, n);
    if (v->alike || graph_is_marker(n)) return 1;
    if (n->op == OP_FORMAL) return v->is_slice;
    if (n->op == OP_ARGMAX) return reduces(n); /* the first of one, whatever it is */
    bool blind = call_info[n->op].is_call ? call_info[n->op].takes == NOTHING
                                          : n->op == OP_SCAN || n->op == OP_PICK;
    return blind ? 0 : n->n_in;
}

Node *read_input(Plan *p, const Node *n, int input) {
    const Value *v = plan_value(p, n);
    if (v->alike) return v->alike;
    return n->op == OP_FORMAL ? v->scan->node->in[v->place] : n->in[input];
}

static bool seen_before(Reader *r, Node *n, int count, const Index *at) {
    for (int i = 0; i < r->visited.n; i++) {
        const Visited *v = &r->visited.at[i];
        bool same = v->node == n;
        for (int j = 0; same && j < count; j++) same = index_equal(&v->at[j], &at[j]);
        if (same) return true;
    }
    Index *copy = NEW_ARRAY(r->plan->arena, Index, count + 1);
    for (int j = 0; j < count; j++) copy[j] = at[j];
    LIST_ADD(r->plan->arena, &r->visited, ((Visited){n, count, copy}));
    return false;
}

static void read_inputs_at(Reader *r, Node *n, const Index *at, const Index *reduced);

static void read_element(Reader *r, Node *n, const Index *at) {
    if (plan_value(r->plan, n)->role != VALUE_INLINE) {
        r->seen(r->context, n, at);
        return;
    }
    int64_t dim[DOMAIN_MAX];
    if (!seen_before(r, n, node_domain(n, dim), at)) read_inputs_at(r, n, at, NULL);
}

static void read_inputs_at(Reader *r, Node *n, const Index *at, const Index *reduced) {
    Plan *p = r->plan;
    Index zero[DOMAIN_MAX] = {0}, in[DOMAIN_MAX], chosen = {0};
    if (n->op == OP_GATHER)
        chosen = index_variable(&p->pool, arena_printf(p->arena, "chosen%d", n->id),
                                n->in[0]->shape.dim[0], LEVEL_ELEMENT);
    for (int i = read_inputs(p, n) - 1; i >= 0; i--) {
        access_input(p, n, i, at, reduced ? reduced : zero, &chosen, in);
        read_element(r, read_input(p, n, i), in);
    }
}

void reads_of(Plan *p, Node *n, const Index *at, const Index *reduced, ReadSeen seen,
              void *context) {
    Reader r = {.plan = p, .seen = seen, .context = context};
    read_inputs_at(&r, n, at, reduced);
}

/* ---- the elements that kernels compute ---- */

int64_t reduced_elements(const Node *n) {
    int64_t dim[DOMAIN_MAX];
    return domain_elements(reduced_domain(n, dim), dim);
}

bool reduces(const Node *n) {
    return is_reduction(n) && reduced_elements(n) > 1;
}

Index loop_position(Plan *p, int64_t rows, int64_t extent) {
    Index r = index_variable(&p->pool, "r", rows, LEVEL_ROW);
    Index i = index_variable(&p->pool, "i", extent, LEVEL_ELEMENT);
    r = index_scale(&r, extent);
    return index_add(&r, &i);
}

static void no_indices(Index *at) {
    for (int i = 0; i < DOMAIN_MAX; i++) at[i] = index_constant(0);
}

void loop_indices_at(Plan *p, const Node *n, int64_t rows, int64_t extent, const Index *i,
                     Index *at, Index *reduced) {
    int64_t dim[DOMAIN_MAX];
    int count = node_domain(n, dim);
    Index r = index_variable(&p->pool, "r", rows, LEVEL_ROW);
    no_indices(reduced);
    if (!reduces(n)) {
        Index row = index_scale(&r, extent), position = index_add(&row, i);
        index_unflatten(&p->pool, &position, count, dim, at);
        return;
    }
    index_unflatten(&p->pool, &r, count, dim, at);
    count = reduced_domain(n, dim);
    index_unflatten(&p->pool, i, count, dim, reduced);
}

void loop_indices(Plan *p, const Node *n, int64_t rows, int64_t extent, Index *at, Index *reduced) {
    Index i = index_variable(&p->pool, "i", extent, LEVEL_ELEMENT);
    loop_indices_at(p, n, rows, extent, &i, at, reduced);
}

int columns_split(const Node *n) {
    if (n->op == OP_SUM_ROWS) return rows_depth(n->rows);
    if (n->op != OP_SUM && n->op != OP_MAX_OVER) return -1;
    int before = 0, summed = 0, after = 0;
    for (int i = 0; i < n->in[0]->shape.rank; i++) {
        bool sums = n->ints[0] >> i & 1;
        if (n->in[0]->shape.dim[i] != 1 && sums && after > 0) return -1;
        if (sums) summed += n->in[0]->shape.dim[i] != 1;
        else if (summed == 0) before++;
        else after += n->in[0]->shape.dim[i] != 1;
    }
    return rows_depth(n->rows) + before;
}

void column_indices(Plan *p, const Node *n, const Kernel *k, Index *at, Index *reduced) {
    int64_t dim[DOMAIN_MAX], summed[DOMAIN_MAX];
    int count = node_domain(n, dim), split = columns_split(n);
    Index r = index_variable(&p->pool, "r", k->total, LEVEL_ROW);
    Index j = index_variable(&p->pool, "j", k->reduced, LEVEL_ROW);
    Index i = index_variable(&p->pool, "i", k->columns, LEVEL_ELEMENT);
    index_unflatten(&p->pool, &r, split, dim, at);
    index_unflatten(&p->pool, &i, count - split, dim + split, at + split);
    count = reduced_domain(n, summed);
    index_unflatten(&p->pool, &j, count, summed, reduced);
}

/* ---- whole kernels ---- */

static void read_whole(Plan *p, Node *n, ReadSeen seen, void *context) {
    Node *in;
    while (access_steps_down(p, n, &in)) n = in;
    if (plan_value(p, n)->role != VALUE_INLINE) {
        seen(context, n, NULL);
        return;
    }
    for (int i = 0; i < read_inputs(p, n); i++) read_whole(p, read_input(p, n, i), seen, context);
}

void reads_of_segment(Plan *p, Kernel *k, int segment, ReadSeen seen, void *context) {
    Index at[DOMAIN_MAX], reduced[DOMAIN_MAX];
    const Segment *s = &k->segments.at[segment];
    for (int i = 0; i < s->nodes.n; i++) {
        if (k->kind == KERNEL_LOOP)
            loop_indices(p, s->nodes.at[i], k->rows ? k->rows : 1, s->extent, at, reduced);
        else column_indices(p, s->nodes.at[i], k, at, reduced);
        reads_of(p, s->nodes.at[i], at, reduced, seen, context);
    }
}

void reads_of_kernel(Plan *p, Kernel *k, ReadSeen seen, void *context) {
    if (k->kind == KERNEL_LOOP || k->kind == KERNEL_COLUMNS) {
        for (int s = 0; s < k->segments.n; s++) reads_of_segment(p, k, s, seen, context);
    } else if (k->kind == KERNEL_SCAN) {
        for (int i = 0; i < k->body->kernels.n; i++)
            reads_of_kernel(p, k->body->kernels.at[i], seen, context);
    } else {
        for (int i = 0; i < read_inputs(p, k->node); i++)
            read_whole(p, read_input(p, k->node, i), seen, context);
    }
}
