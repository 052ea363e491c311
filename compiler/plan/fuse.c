/* fuse.c: which nodes are computed in one loop nest.
 *
 * Nodes are taken in order. A cheap one is computed again wherever it is used. Any other joins the
 * first kernel behind all that it needs which loops over the same elements, or over the same rows
 * if it needs only what that kernel computes for the same row (then it goes to a later segment: an
 * inner loop of its own behind those of the reductions that it waits for). Otherwise it starts a
 * kernel. Since a node only ever joins a kernel at or behind those of its inputs, the order stays
 * valid. */
#include "fuse.h"
#include "location.h"
#include "reads.h"

/* A value of at most this work is computed again instead of stored. */
enum { CHEAP_FLOPS = 4, CHEAP_LOADS = 3, MOST_DEPTH = 24 };

/* How many kernels a node tries to join, of those over as many elements. */
enum { MOST_TRIES = 32 };

/* ---- cheap values ---- */

static bool is_scalar(const Node *n) {
    return node_elements(n) == 1;
}

/* What it takes to compute an element of n again. */
static void find_cost(Plan *p, Node *n) {
    Value *v = plan_value(p, n);
    bool chooses = n->op == OP_PAD || n->op == OP_GATHER || n->op == OP_WINDOW;
    v->cost = v->alike                               ? 0
              : chooses                              ? 2
              : n->op == OP_CONTRACT                 ? 1
              : op_info[n->op].op_class == CLASS_MAP ? op_info[n->op].flops
                                                     : 0;
    for (int i = 0; i < read_inputs(p, n); i++) {
        const Value *in = plan_value(p, read_input(p, n, i));
        bool again = in->role == VALUE_INLINE;
        v->cost += again ? in->cost : 0;
        v->loads += again ? in->loads : 1;
        int depth = in->depth + (view_rules[n->op] == NULL); /* a view takes no code */
        if (again && depth > v->depth) v->depth = depth;
    }
    if (is_scalar(n)) /* computed once, before the loops */
        v->cost = 0, v->loads = 1;
}

static bool is_cheap(Plan *p, const Node *n) {
    const Value *v = plan_value(p, n);
    OpClass c = op_info[n->op].op_class;
    if (n->op == OP_CONCAT || reduces(n) || v->depth > MOST_DEPTH) return false;
    return v->alike || c == CLASS_LEAF || c == CLASS_MOVE || n->op == OP_GATHER ||
           (is_scalar(n) && c == CLASS_MAP) || (v->cost <= CHEAP_FLOPS && v->loads <= CHEAP_LOADS);
}

/* From where on in its region n can be used. */
static int find_ready(Plan *p, Node *n) {
    int ready = -1;
    Region *region = plan_value(p, n)->region;
    for (int i = 0; i < read_inputs(p, n); i++) {
        const Value *in = plan_value(p, read_input(p, n, i));
        if (in->region == region && in->ready > ready) ready = in->ready;
    }
    return ready;
}

/* ---- joining a kernel ---- */

typedef struct {
    Plan *plan;
    Kernel *kernel;
    Node *node;
    int64_t rows, extent; /* loops under which the node would be computed there */
    int segment;          /* the first that it may stand in */
    bool allowed, depends;
} Joining;

/* The extent of the inner loop that computes a, when the kernel has j->rows rows. */
static int64_t extent_of(const Joining *j, const Node *a) {
    return reduces(a) ? reduced_elements(a) : node_elements(a) / j->rows;
}

static void wait_for(Joining *j, int segment) {
    if (segment > j->segment) j->segment = segment;
}

static void see_read(void *context, Node *a, const Index *at) {
    Joining *j = context;
    Plan *p = j->plan;
    const Value *v = plan_value(p, a);
    if (v->role != VALUE_ANCHOR || v->kernel != j->kernel) return;
    j->depends = true;
    Index position = access_position(a, at), row = loop_position(p, j->rows, 1);
    if (reduces(a)) {
        j->allowed = j->allowed && index_equal(&position, &row);
        wait_for(j, v->segment + 1);
        return;
    }
    int64_t extent = extent_of(j, a);
    Index same = loop_position(p, j->rows, extent);
    if (extent == j->extent && index_equal(&position, &same)) {
        wait_for(j, v->segment);
        return;
    }
    Index its_row = index_quotient(&p->pool, &position, extent);
    j->allowed = j->allowed && index_equal(&its_row, &row);
    wait_for(j, v->segment + 1);
}

static int find_segment(const Kernel *k, int64_t extent, int from) {
    for (int s = from; s < k->segments.n; s++)
        if (k->segments.at[s].extent == extent) return s;
    return -1;
}

/* Under which loops would the node run in this kernel? False if the sizes do not fit. */
static bool loops_fit(Joining *j) {
    const Kernel *k = j->kernel;
    int64_t kept = node_elements(j->node),
            reduced = reduces(j->node) ? reduced_elements(j->node) : 1;
    if (k->rows == 0) {
        j->rows = reduced > 1 ? kept : 1;
        j->extent = reduced > 1 ? reduced : kept;
        return kept * reduced == k->total;
    }
    j->rows = k->rows;
    j->extent = reduced > 1 ? reduced : kept / k->rows;
    return reduced > 1 ? kept == k->rows : kept % k->rows == 0;
}

static bool can_join(Joining *j) {
    Index at[DOMAIN_MAX], reduced[DOMAIN_MAX];
    loop_indices(j->plan, j->node, j->rows, j->extent, at, reduced);
    reads_of(j->plan, j->node, at, reduced, see_read, j);
    const Kernel *k = j->kernel;
    if (!j->allowed) return false;
    if (k->rows == 0) return j->segment == 0;
    if (k->rows == 1 && j->extent > 1 && find_segment(k, j->extent, j->segment) < 0)
        return false; /* a loop of its own can be split over threads */
    return j->depends || find_segment(k, j->extent, 0) >= 0;
}

static void add_node(Plan *p, Kernel *k, int segment, int64_t extent, Node *n) {
    if (segment < 0) {
        LIST_ADD(p->arena, &k->segments, ((Segment){.extent = extent}));
        segment = k->segments.n - 1;
    }
    LIST_ADD(p->arena, &k->segments.at[segment].nodes, n);
    Value *v = plan_value(p, n);
    v->kernel = k;
    v->segment = segment;
    v->ready = k->position;
}

static void join(Joining *j) {
    Kernel *k = j->kernel;
    if (k->rows == 0 && reduces(j->node)) {
        k->rows = j->rows;
        k->total = 0;
        k->segments.at[0].extent = j->extent;
    }
    int segment = find_segment(k, j->extent, j->segment);
    add_node(j->plan, k, segment, j->extent, j->node);
}

static Kernel *new_kernel(Plan *p, Region *r, KernelKind kind, Node *n) {
    Kernel *k = NEW(p->arena, Kernel);
    *k = (Kernel){.kind = kind, .region = r, .position = r->kernels.n, .node = n};
    LIST_ADD(p->arena, &r->kernels, k);
    return k;
}

static void place_in_loop(Plan *p, Region *r, Node *n, int ready) {
    int tries = 0;
    for (int i = ready < 0 ? 0 : ready; i < r->kernels.n && tries < MOST_TRIES; i++) {
        Kernel *k = r->kernels.at[i];
        Joining j = {.plan = p, .kernel = k, .node = n, .allowed = true};
        if (k->kind != KERNEL_LOOP || !loops_fit(&j)) continue;
        tries++;
        if (can_join(&j)) {
            join(&j);
            return;
        }
    }
    Kernel *k = new_kernel(p, r, KERNEL_LOOP, NULL);
    bool sums = reduces(n);
    k->rows = sums ? node_elements(n) : 0;
    k->total = sums ? 0 : node_elements(n);
    add_node(p, k, -1, sums ? reduced_elements(n) : k->total, n);
}

/* ---- sums over leading axes ---- */

static bool is_column_sum(const Node *n, Kernel *shape) {
    int split = columns_split(n);
    if (!reduces(n) || split < 0) return false;
    int64_t dim[DOMAIN_MAX];
    int count = node_domain(n, dim);
    shape->total = domain_elements(split, dim);
    shape->columns = domain_elements(count - split, dim + split);
    shape->reduced = reduced_elements(n);
    return shape->columns > 1;
}

static void place_in_columns(Plan *p, Region *r, Node *n, int ready, const Kernel *shape) {
    for (int i = ready + 1; i < r->kernels.n; i++) {
        Kernel *k = r->kernels.at[i];
        if (k->kind == KERNEL_COLUMNS && k->total == shape->total && k->columns == shape->columns &&
            k->reduced == shape->reduced) {
            add_node(p, k, 0, shape->columns, n);
            return;
        }
    }
    Kernel *k = new_kernel(p, r, KERNEL_COLUMNS, NULL);
    k->total = shape->total;
    k->columns = shape->columns;
    k->reduced = shape->reduced;
    add_node(p, k, -1, shape->columns, n);
}

/* ---- calls ---- */

/* What computes n if it is not part of a loop; KERNEL_LOOP if it is. */
static KernelKind kernel_kind(Plan *p, const Node *n) {
    static const KernelKind kinds[OP_COUNT] = {
#define OP(op, name, arity, class, rows, shape, derivative, work, read, view, kernel, ...)         \
    [OP_##op] = KERNEL_##kernel,
#include "../graph/ops.def"
    };
    const Value *v = plan_value(p, n);
    return v->packed ? KERNEL_PACKED : v->is_product ? KERNEL_PRODUCT : kinds[n->op];
}

static void fuse_region(Plan *p, Region *r);

static void place_call(Plan *p, Region *r, Node *n, KernelKind kind) {
    Value *v = plan_value(p, n);
    Kernel *k = new_kernel(p, r, kind, n);
    if (kind == KERNEL_SCAN) {
        k->body = plan_value(p, n->scan->turn)->region;
        k->body->kernel = k;
        fuse_region(p, k->body);
    } else {
        v->role = VALUE_ANCHOR;
        v->in_memory = true;
    }
    v->kernel = k;
    v->ready = k->position;
}

/* ---- all nodes ---- */

static void fuse_node(Plan *p, Region *r, Node *n) {
    Value *v = plan_value(p, n);
    for (int i = 0; i < v->before.n; i++) fuse_node(p, r, v->before.at[i]);
    if (v->role == VALUE_LEAF) {
        v->ready = n->op == OP_PICK ? plan_value(p, n->in[0])->ready : -1;
        return;
    }
    if (v->absorbed) return;
    KernelKind kind = kernel_kind(p, n);
    if (kind != KERNEL_LOOP) {
        place_call(p, r, n, kind);
        return;
    }
    find_cost(p, n);
    int ready = find_ready(p, n);
    if (v->role == VALUE_INLINE && is_cheap(p, n)) {
        v->ready = ready;
        return;
    }
    v->role = VALUE_ANCHOR;
    Kernel shape;
    if (is_column_sum(n, &shape)) place_in_columns(p, r, n, ready, &shape);
    else place_in_loop(p, r, n, ready);
}

static void fuse_region(Plan *p, Region *r) {
    for (int i = 0; i < r->nodes.n; i++) fuse_node(p, r, r->nodes.at[i]);
    for (int i = 0; i < r->tail.n; i++) fuse_node(p, r, r->tail.at[i]);
}

/* ---- what other kernels, or later segments, read ---- */

typedef struct {
    Plan *plan;
    Kernel *kernel;
    int segment;
} Marking;

static void mark_read(void *context, Node *a, const Index *at) {
    (void)at;
    Marking *m = context;
    Value *v = plan_value(m->plan, a);
    if (v->role != VALUE_ANCHOR) return;
    if (v->kernel != m->kernel) v->in_memory = true;
    else if (v->segment < m->segment && !reduces(a) &&
             v->kernel->segments.at[v->segment].extent > 1)
        v->in_memory = true;
}

static void mark_region(Plan *p, Region *r) {
    for (int i = 0; i < r->kernels.n; i++) {
        Kernel *k = r->kernels.at[i];
        Marking m = {p, k, 0};
        if (k->kind == KERNEL_SCAN) mark_region(p, k->body);
        else if (k->segments.n == 0) reads_of_kernel(p, k, mark_read, &m);
        for (; m.segment < k->segments.n; m.segment++)
            reads_of_segment(p, k, m.segment, mark_read, &m);
    }
}

void fuse(Plan *p) {
    fuse_region(p, p->top);
    mark_region(p, p->top);
}
