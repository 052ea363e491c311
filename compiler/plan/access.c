/* access.c: the moves and broadcasts of every operation as index arithmetic; see access.h. */
#include "location.h"

static int rows_domain(const Rows *rows, int64_t *dim) {
    int depth = rows_depth(rows);
    for (int i = depth - 1; i >= 0; i--, rows = rows->outer) dim[i] = rows->times;
    return depth;
}

int node_domain(const Node *n, int64_t dim[DOMAIN_MAX]) {
    int count = rows_domain(n->rows, dim);
    for (int i = 0; i < n->shape.rank; i++) dim[count++] = n->shape.dim[i];
    return count;
}

int64_t domain_elements(int n, const int64_t *dim) {
    int64_t elements = 1;
    for (int i = 0; i < n; i++) elements *= dim[i];
    return elements;
}

int64_t node_elements(const Node *n) {
    return rows_count(n->rows) * shape_size(&n->shape);
}

Index access_position(const Node *n, const Index *at) {
    int64_t dim[DOMAIN_MAX];
    int count = node_domain(n, dim);
    return index_flatten(count, dim, at);
}

/* ---- what is summed ---- */

bool is_reduction(const Node *n) {
    return op_has(n->op, REDUCES);
}

static const int64_t *contract_labels(const Node *n, int operand, int *rank) {
    const int64_t *labels = n->ints;
    for (int i = 0; i < operand; i++) labels += n->in[i]->shape.rank;
    *rank = operand < 2 ? n->in[operand]->shape.rank : n->shape.rank;
    return labels;
}

static int find_label(const Node *n, int operand, int64_t label) {
    int rank;
    const int64_t *labels = contract_labels(n, operand, &rank);
    for (int i = 0; i < rank; i++)
        if (labels[i] == label) return i;
    return -1;
}

/* The labels that a product sums, in the order of its first operand. */
static int summed_labels(const Node *n, int64_t *label, int64_t *dim) {
    int rank, count = 0;
    const int64_t *labels = contract_labels(n, 0, &rank);
    for (int i = 0; i < rank; i++)
        if (find_label(n, 2, labels[i]) < 0) {
            label[count] = labels[i];
            dim[count++] = n->in[0]->shape.dim[i];
        }
    return count;
}

static int inner_rows(const Node *n, const Rows *from, int64_t *dim) {
    int64_t all[DOMAIN_MAX];
    int outer = rows_depth(n->rows), depth = rows_domain(from, all);
    for (int i = outer; i < depth; i++) dim[i - outer] = all[i];
    return depth > outer ? depth - outer : 0;
}

int reduced_domain(const Node *n, int64_t dim[DOMAIN_MAX]) {
    int count = 0;
    if (n->op == OP_SUM_ROWS) return inner_rows(n, n->in[0]->rows, dim);
    if (n->op == OP_CONTRACT) {
        int64_t label[GRAPH_MAX_RANK];
        count = inner_rows(n, rows_join(n->in[0]->rows, n->in[1]->rows), dim);
        return count + summed_labels(n, label, dim + count);
    }
    if (!is_reduction(n)) return 0;
    for (int i = 0; i < n->in[0]->shape.rank; i++)
        if (n->ints[0] >> i & 1) dim[count++] = n->in[0]->shape.dim[i];
    return count;
}

Index access_window(const Window *w, const Index *size, const Index *count) {
    Index inside = index_scale(size, w->apart), start = index_scale(count, w->step);
    start.constant -= w->before;
    return index_add(&start, &inside);
}

/* ---- one function per way of reading an input ---- */

typedef struct {
    Plan *plan;
    const Node *n;
    const Node *in;
    int input;
    const Index *at, *reduced, *chosen;
    Index *out;
    int rows, in_rows; /* how many of the indices are rows, of n and of its input */
} Access;

static void copy_indices(Index *out, const Index *from, int n) {
    for (int i = 0; i < n; i++) out[i] = from[i];
}

static void read_same(const Access *a) {
    copy_indices(a->out, a->at, a->rows + a->n->shape.rank);
}

/* Trailing axes aligned, length 1 stretched; an outer value is the same for all inner rows. */
static void read_broadcast(const Access *a) {
    copy_indices(a->out, a->at, a->in_rows);
    int missing = a->n->shape.rank - a->in->shape.rank;
    for (int i = 0; i < a->in->shape.rank; i++)
        a->out[a->in_rows + i] =
            a->in->shape.dim[i] == 1 ? index_constant(0) : a->at[a->rows + missing + i];
}

static void read_reduced(const Access *a) {
    copy_indices(a->out, a->at, a->rows);
    int kept = a->rows, summed = 0;
    for (int i = 0; i < a->in->shape.rank; i++)
        a->out[a->rows + i] = a->n->ints[0] >> i & 1 ? a->reduced[summed++] : a->at[kept++];
}

static void read_rows(const Access *a) {
    copy_indices(a->out, a->at, a->rows);
    copy_indices(a->out + a->rows, a->reduced, a->in_rows - a->rows);
    copy_indices(a->out + a->in_rows, a->at + a->rows, a->n->shape.rank);
}

static void read_reshape(const Access *a) {
    copy_indices(a->out, a->at, a->rows);
    Index flat = index_flatten(a->n->shape.rank, a->n->shape.dim, a->at + a->rows);
    index_unflatten(&a->plan->pool, &flat, a->in->shape.rank, a->in->shape.dim, a->out + a->rows);
}

static void read_transpose(const Access *a) {
    copy_indices(a->out, a->at, a->rows);
    for (int i = 0; i < a->n->shape.rank; i++) a->out[a->rows + a->n->ints[i]] = a->at[a->rows + i];
}

static void read_slice(const Access *a) {
    copy_indices(a->out, a->at, a->rows);
    int rank = a->n->shape.rank;
    for (int i = 0; i < rank; i++) {
        Index start = index_constant(a->n->ints[i]);
        Index step = index_scale(&a->at[a->rows + i], a->n->ints[2 * rank + i]);
        a->out[a->rows + i] = index_add(&start, &step);
    }
}

static void read_pad(const Access *a) {
    copy_indices(a->out, a->at, a->rows);
    int rank = a->n->shape.rank;
    for (int i = 0; i < rank; i++) {
        Index before = index_constant(-a->n->ints[i]);
        Index from = index_add(&a->at[a->rows + i], &before);
        a->out[a->rows + i] = index_quotient(&a->plan->pool, &from, a->n->ints[2 * rank + i]);
    }
}

/* Where an axis is padded, the place is one of its own only under window_inside. */
static void read_window(const Access *a) {
    const Window *w;
    int axes = window_axes(a->n, &w), lead = a->rows + a->in->shape.rank - axes;
    copy_indices(a->out, a->at, lead);
    for (int i = 0; i < axes; i++) {
        Index place = access_window(&w[i], &a->at[lead + i], &a->at[lead + axes + i]);
        a->out[lead + i] = index_within(&a->plan->pool, &place, w[i].length);
    }
}

static void read_product(const Access *a) {
    int64_t label[GRAPH_MAX_RANK], dim[GRAPH_MAX_RANK], joined[DOMAIN_MAX];
    int summed = summed_labels(a->n, label, dim);
    int inner = inner_rows(a->n, rows_join(a->n->in[0]->rows, a->n->in[1]->rows), joined);
    for (int i = 0; i < a->in_rows; i++)
        a->out[i] = i < a->rows ? a->at[i] : a->reduced[i - a->rows];
    int rank;
    const int64_t *labels = contract_labels(a->n, a->input, &rank);
    for (int i = 0; i < rank; i++) {
        int kept = find_label(a->n, 2, labels[i]);
        if (kept >= 0) a->out[a->in_rows + i] = a->at[a->rows + kept];
        for (int j = 0; kept < 0 && j < summed; j++)
            if (label[j] == labels[i]) a->out[a->in_rows + i] = a->reduced[inner + j];
    }
}

static void read_gather(const Access *a) {
    copy_indices(a->out, a->at, a->in_rows);
    int index_rank = a->n->in[1]->shape.rank;
    if (a->input == 1) {
        copy_indices(a->out + a->in_rows, a->at + a->rows, index_rank);
        return;
    }
    a->out[a->in_rows] = *a->chosen;
    copy_indices(a->out + a->in_rows + 1, a->at + a->rows + index_rank, a->in->shape.rank - 1);
}

/* A scan's slice: its sequence at this turn. */
static void read_sequence(const Access *a) {
    const Value *v = plan_value(a->plan, a->n);
    const Region *body = v->region;
    copy_indices(a->out, a->at, a->rows);
    a->out[a->rows] = body->turn;
    copy_indices(a->out + a->rows + 1, a->at + a->rows, a->n->shape.rank);
}

/* The same elements under other extents. */
static void read_alike(const Access *a) {
    int64_t dim[DOMAIN_MAX], in_dim[DOMAIN_MAX];
    int count = node_domain(a->n, dim), in_count = node_domain(a->in, in_dim);
    Index flat = index_flatten(count, dim, a->at);
    index_unflatten(&a->plan->pool, &flat, in_count, in_dim, a->out);
}

static void (*const read_rules[OP_COUNT])(const Access *) = {
#define OP(op, name, arity, class, rows, shape, derivative, work, read, ...) [OP_##op] = read,
#include "../graph/ops.def"
};

static Node *input_of(Plan *p, const Node *n, int input) {
    const Value *v = plan_value(p, n);
    if (v->alike) return v->alike;
    return n->op == OP_FORMAL ? v->scan->node->in[v->place] : n->in[input];
}

void access_input(Plan *p, const Node *n, int input, const Index *at, const Index *reduced,
                  const Index *chosen, Index *out) {
    const Node *in = input_of(p, n, input);
    Access a = {.plan = p,
                .n = n,
                .in = in,
                .input = input,
                .at = at,
                .reduced = reduced,
                .chosen = chosen,
                .out = out,
                .rows = rows_depth(n->rows),
                .in_rows = rows_depth(in->rows)};
    void (*read)(const Access *) = plan_value(p, n)->alike ? read_alike : read_rules[n->op];
    if (!read) BUG("no rule for reading the inputs of %s", op_info[n->op].name);
    read(&a);
}

bool access_steps_down(Plan *p, Node *n, Node **to) {
    const Value *v = plan_value(p, n);
    if (v->role != VALUE_INLINE) return false;
    if (v->alike) {
        *to = v->alike;
        return true;
    }
    if (!view_rules[n->op] || (n->op == OP_FORMAL && !v->is_slice)) return false;
    *to = input_of(p, n, 0);
    return op_info[n->op].op_class != CLASS_MAP ||
           ((*to)->rows == n->rows && shape_equal(&(*to)->shape, &n->shape));
}
