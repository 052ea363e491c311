/* Shape rules: what kind of value, of which shape and rows, an operation makes.
 *
 * The elaborator has checked everything that a user can get wrong, with words and places; what does
 * not fit here is a mistake of ours. */
#include "shapes.h"

#define CHECK(n, condition)                                                                        \
    do {                                                                                           \
        if (!(condition)) BUG("%s: not %s", op_info[(n)->op].name, #condition);                    \
    } while (0)

static void set_shape(Node *n, int rank, const int64_t *dim) {
    CHECK(n, rank >= 0 && rank <= GRAPH_MAX_RANK);
    n->shape = (Shape){.rank = rank};
    for (int i = 0; i < rank; i++) n->shape.dim[i] = dim[i];
}

/* Kind, classes, shape and rows of input i. */
static void set_like(Node *n, int i) {
    n->kind = n->in[i]->kind;
    n->classes = n->in[i]->classes;
    n->shape = n->in[i]->shape;
    n->rows = n->in[i]->rows;
}

static const Rows *join_inputs(const Node *n) {
    const Rows *rows = NULL;
    for (int i = 0; i < n->n_in; i++) rows = rows_join(rows, n->in[i]->rows);
    return rows;
}

/* ---- leaves ---- */

void shape_const(Graph *g, Node *n) {
    (void)g, (void)n;
}

void shape_iota(Graph *g, Node *n) {
    (void)g;
    n->kind = KIND_INDEX;
    n->classes = n->ints[0];
    set_shape(n, 1, n->ints);
}

void shape_tensor(Graph *g, Node *n) {
    (void)g;
    set_shape(n, n->n_ints - 2, n->ints + 2);
}

void shape_input(Graph *g, Node *n) {
    n->kind = (Kind)n->ints[1];
    n->classes = n->ints[2];
    n->rows = g->batch;
    set_shape(n, n->n_ints - 3, n->ints + 3);
}

void shape_scalar(Graph *g, Node *n) {
    (void)g, (void)n;
}

void shape_formal(Graph *g, Node *n) {
    (void)g;
    n->depth = (int)n->ints[1];
    n->kind = (Kind)n->ints[2];
    n->classes = n->ints[3];
    set_shape(n, n->n_ints - 4, n->ints + 4);
}

void shape_table(Graph *g, Node *n) {
    (void)g;
    n->kind = KIND_INDEX;
    n->classes = n->ints[0];
    set_shape(n, (int)n->ints[1], n->ints + 2);
    CHECK(n, n->n_ints == 2 + n->shape.rank + shape_size(&n->shape));
}

void shape_hole(Graph *g, Node *n) {
    (void)g;
    n->kind = (Kind)n->ints[1];
    n->classes = n->ints[2];
    set_shape(n, n->n_ints - 3, n->ints + 3);
}

void shape_random(Graph *g, Node *n) {
    (void)g;
    for (int i = 0; i < n->n_in; i++) CHECK(n, n->in[i]->shape.rank == 0 && !n->in[i]->rows);
    set_shape(n, n->n_ints, n->ints);
}

/* ---- elementwise ---- */

/* Shape and rows of the inputs from `first` on, broadcast against each other. */
static void broadcast_inputs(Node *n, int first) {
    n->shape = n->in[first]->shape;
    for (int i = first + 1; i < n->n_in; i++)
        if (!shape_broadcast(&n->shape, &n->in[i]->shape, &n->shape))
            BUG("%s: shapes do not broadcast", op_info[n->op].name);
    n->rows = join_inputs(n);
}

void shape_map(Graph *g, Node *n) {
    (void)g;
    n->kind = KIND_REAL;
    if (n->op == OP_STOP) {
        n->kind = n->in[0]->kind;
        n->classes = n->in[0]->classes;
    } else {
        for (int i = 0; i < n->n_in; i++) CHECK(n, n->in[i]->kind == KIND_REAL);
    }
    broadcast_inputs(n, 0);
}

void shape_drawn(Graph *g, Node *n) {
    (void)g;
    CHECK(n, n->n_in >= 1);
    set_like(n, 0);
}

void shape_real(Graph *g, Node *n) {
    (void)g;
    set_like(n, 0);
    n->kind = KIND_REAL;
    n->classes = 0;
}

void shape_to_index(Graph *g, Node *n) {
    (void)g;
    set_like(n, 0);
    CHECK(n, n->kind == KIND_REAL);
    n->kind = KIND_INDEX;
    n->classes = n->ints[0];
}

void shape_compare(Graph *g, Node *n) {
    (void)g;
    CHECK(n, n->in[0]->kind == n->in[1]->kind);
    n->kind = KIND_BOOL;
    broadcast_inputs(n, 0);
}

void shape_where(Graph *g, Node *n) {
    (void)g;
    const Node *a = n->in[1], *b = n->in[2];
    CHECK(n, n->in[0]->kind == KIND_BOOL);
    CHECK(n, a->kind == b->kind);
    n->kind = a->kind;
    n->classes = a->classes > b->classes ? a->classes : b->classes;
    broadcast_inputs(n, 0);
}

/* ---- reductions ---- */

static void drop_axes(Node *n, unsigned axes) {
    const Shape *from = &n->in[0]->shape;
    CHECK(n, axes != 0 && axes >> from->rank == 0);
    Shape kept = {0};
    for (int i = 0; i < from->rank; i++)
        if (!(axes >> i & 1)) kept.dim[kept.rank++] = from->dim[i];
    n->shape = kept;
}

void shape_reduce(Graph *g, Node *n) {
    (void)g;
    set_like(n, 0);
    CHECK(n, n->kind == KIND_REAL);
    drop_axes(n, (unsigned)n->ints[0]);
}

void shape_argmax(Graph *g, Node *n) {
    (void)g;
    set_like(n, 0);
    CHECK(n, n->kind == KIND_REAL);
    unsigned axes = (unsigned)n->ints[0];
    CHECK(n, axes != 0 && (axes & (axes - 1)) == 0);
    drop_axes(n, axes);
    n->kind = KIND_INDEX;
    n->classes = n->in[0]->shape.dim[__builtin_ctz(axes)];
}

void shape_sum_rows(Graph *g, Node *n) {
    (void)g;
    const Rows *to = n->rows;
    set_like(n, 0);
    CHECK(n, n->kind == KIND_REAL);
    CHECK(n, rows_inside(n->rows, to));
    n->rows = to;
}

void shape_cumsum(Graph *g, Node *n) {
    (void)g;
    set_like(n, 0);
    CHECK(n, n->kind == KIND_REAL);
    CHECK(n, n->ints[0] >= 0 && n->ints[0] < n->shape.rank);
}

/* ---- moves ---- */

void shape_reshape(Graph *g, Node *n) {
    (void)g;
    set_like(n, 0);
    set_shape(n, n->n_ints, n->ints);
    CHECK(n, shape_size(&n->shape) == shape_size(&n->in[0]->shape));
}

void shape_transpose(Graph *g, Node *n) {
    (void)g;
    set_like(n, 0);
    const Shape *from = &n->in[0]->shape;
    CHECK(n, n->n_ints == from->rank);
    unsigned seen = 0;
    for (int i = 0; i < n->n_ints; i++) {
        CHECK(n, n->ints[i] >= 0 && n->ints[i] < from->rank);
        seen |= 1u << n->ints[i];
        n->shape.dim[i] = from->dim[n->ints[i]];
    }
    CHECK(n, seen == (1u << from->rank) - 1);
}

void shape_slice(Graph *g, Node *n) {
    (void)g;
    set_like(n, 0);
    int rank = n->shape.rank;
    CHECK(n, n->n_ints == 3 * rank);
    const int64_t *start = n->ints, *size = start + rank, *step = size + rank;
    for (int i = 0; i < rank; i++) {
        int64_t length = n->in[0]->shape.dim[i], last = start[i] + (size[i] - 1) * step[i];
        CHECK(n, size[i] > 0 && step[i] != 0);
        CHECK(n, start[i] >= 0 && start[i] < length && last >= 0 && last < length);
        n->shape.dim[i] = size[i];
    }
}

void shape_pad(Graph *g, Node *n) {
    (void)g;
    set_like(n, 0);
    int rank = n->shape.rank;
    CHECK(n, n->n_ints == 3 * rank);
    const int64_t *before = n->ints, *after = before + rank, *step = after + rank;
    for (int i = 0; i < rank; i++) {
        CHECK(n, before[i] >= 0 && after[i] >= 0 && step[i] > 0);
        n->shape.dim[i] = before[i] + (n->shape.dim[i] - 1) * step[i] + 1 + after[i];
    }
}

void shape_concat(Graph *g, Node *n) {
    (void)g;
    int64_t axis = n->ints[0];
    CHECK(n, n->n_in > 0);
    set_like(n, 0);
    CHECK(n, axis >= 0 && axis < n->shape.rank);
    for (int i = 1; i < n->n_in; i++) {
        const Node *part = n->in[i];
        CHECK(n, part->kind == n->kind && part->shape.rank == n->shape.rank);
        for (int j = 0; j < n->shape.rank; j++)
            CHECK(n, j == axis || part->shape.dim[j] == n->shape.dim[j]);
        n->shape.dim[axis] += part->shape.dim[axis];
        if (part->classes > n->classes) n->classes = part->classes;
    }
    n->rows = join_inputs(n);
}

void shape_broadcast_to(Graph *g, Node *n) {
    (void)g;
    const Rows *rows = n->rows;
    set_like(n, 0);
    CHECK(n, rows_inside(rows, n->rows));
    n->rows = rows;
    set_shape(n, n->n_ints, n->ints);
    Shape joined;
    CHECK(n, shape_broadcast(&n->shape, &n->in[0]->shape, &joined));
    CHECK(n, shape_equal(&joined, &n->shape));
}

static void check_window(const Node *n, const Window *w) {
    CHECK(n, w->length > 0 && w->size > 0 && w->count > 0 && w->step > 0 && w->apart > 0);
    CHECK(n, w->before >= 0);
}

/* [.., length..] to [.., size.., count..] */
void shape_window(Graph *g, Node *n) {
    (void)g;
    const Window *w;
    int axes = window_axes(n, &w);
    set_like(n, 0);
    int lead = n->shape.rank - axes;
    CHECK(n, axes > 0 && lead >= 0 && n->shape.rank + axes <= GRAPH_MAX_RANK);
    for (int i = 0; i < axes; i++) {
        check_window(n, &w[i]);
        CHECK(n, w[i].length == n->in[0]->shape.dim[lead + i]);
        n->shape.dim[lead + i] = w[i].size;
        n->shape.dim[lead + axes + i] = w[i].count;
    }
    n->shape.rank += axes;
}

void shape_fold(Graph *g, Node *n) {
    (void)g;
    const Window *w;
    int axes = window_axes(n, &w);
    set_like(n, 0);
    int lead = n->shape.rank - 2 * axes;
    CHECK(n, n->kind == KIND_REAL && axes > 0 && lead >= 0);
    for (int i = 0; i < axes; i++) {
        check_window(n, &w[i]);
        CHECK(n, w[i].size == n->shape.dim[lead + i]);
        CHECK(n, w[i].count == n->in[0]->shape.dim[lead + axes + i]);
        n->shape.dim[lead + i] = w[i].length;
        n->shape.dim[lead + axes + i] = 0;
    }
    n->shape.rank -= axes;
}

void shape_collect(Graph *g, Node *n) {
    (void)g;
    set_like(n, 0);
    CHECK(n, n->rows && n->shape.rank < GRAPH_MAX_RANK);
    n->shape.rank++;
    n->shape.dim[0] = n->rows->times;
    for (int i = 1; i < n->shape.rank; i++) n->shape.dim[i] = n->in[0]->shape.dim[i - 1];
    n->rows = n->rows->outer;
}

void shape_spread(Graph *g, Node *n) {
    (void)g;
    const Rows *rows = n->rows;
    set_like(n, 0);
    CHECK(n, rows && rows->outer == n->rows);
    CHECK(n, n->shape.rank > 0 && n->shape.dim[0] == rows->times);
    n->shape.rank--;
    for (int i = 0; i < n->shape.rank; i++) n->shape.dim[i] = n->in[0]->shape.dim[i + 1];
    n->shape.dim[n->shape.rank] = 0;
    n->rows = rows;
}

/* ---- products and the rest ---- */

void shape_contract(Graph *g, Node *n) {
    (void)g;
    const Node *a = n->in[0], *b = n->in[1];
    int out_rank = n->n_ints - a->shape.rank - b->shape.rank;
    CHECK(n, a->kind == KIND_REAL && b->kind == KIND_REAL);
    CHECK(n, out_rank >= 0 && out_rank <= GRAPH_MAX_RANK);
    CHECK(n, rows_inside(join_inputs(n), n->rows));
    int64_t size[GRAPH_MAX_LABELS] = {0};
    uint32_t in[2] = {0}, in_out = 0; /* the labels of a, of b, of the result */
    const int64_t *label = n->ints;
    for (int operand = 0; operand < 2; operand++)
        for (int i = 0; i < n->in[operand]->shape.rank; i++, label++) {
            int64_t length = n->in[operand]->shape.dim[i];
            CHECK(n, *label >= 0 && *label < GRAPH_MAX_LABELS && !(in[operand] >> *label & 1));
            CHECK(n, size[*label] == 0 || size[*label] == length);
            size[*label] = length;
            in[operand] |= 1u << *label;
        }
    n->kind = KIND_REAL;
    n->shape.rank = out_rank;
    for (int i = 0; i < out_rank; i++) {
        CHECK(n, label[i] >= 0 && label[i] < GRAPH_MAX_LABELS && size[label[i]] > 0);
        CHECK(n, !(in_out >> label[i] & 1));
        n->shape.dim[i] = size[label[i]];
        in_out |= 1u << label[i];
    }
    CHECK(n, ((in[0] ^ in[1]) & ~in_out) == 0);
}

void shape_gather(Graph *g, Node *n) {
    (void)g;
    const Node *table = n->in[0], *index = n->in[1];
    CHECK(n, index->kind == KIND_INDEX && table->shape.rank > 0);
    CHECK(n, index->shape.rank + table->shape.rank - 1 <= GRAPH_MAX_RANK);
    n->kind = table->kind;
    n->classes = table->classes;
    n->shape = index->shape;
    for (int i = 1; i < table->shape.rank; i++) n->shape.dim[n->shape.rank++] = table->shape.dim[i];
    n->rows = join_inputs(n);
}

void shape_scatter(Graph *g, Node *n) {
    (void)g;
    const Node *index = n->in[0], *values = n->in[1];
    CHECK(n, index->kind == KIND_INDEX && values->kind == KIND_REAL);
    CHECK(n, rows_inside(join_inputs(n), n->rows));
    n->kind = KIND_REAL;
    set_shape(n, n->n_ints, n->ints);
    int rest = n->shape.rank - 1;
    CHECK(n, rest >= 0 && values->shape.rank == index->shape.rank + rest);
    for (int i = 0; i < index->shape.rank; i++)
        CHECK(n, values->shape.dim[i] == index->shape.dim[i]);
    for (int i = 0; i < rest; i++)
        CHECK(n, values->shape.dim[index->shape.rank + i] == n->shape.dim[1 + i]);
}

void shape_put(Graph *g, Node *n) {
    (void)g;
    const Node *buffer = n->in[0], *index = n->in[1], *values = n->in[2];
    CHECK(n, index->kind == KIND_INDEX && index->shape.rank == 1 && !index->rows);
    CHECK(n, values->kind == buffer->kind && values->rows == buffer->rows);
    CHECK(n, values->shape.rank == buffer->shape.rank && buffer->shape.rank > 0);
    CHECK(n, values->shape.dim[0] == index->shape.dim[0]);
    for (int i = 1; i < buffer->shape.rank; i++)
        CHECK(n, values->shape.dim[i] == buffer->shape.dim[i]);
    set_like(n, 0);
}

static void check_square(const Node *n) {
    const Node *m = n->in[0];
    CHECK(n, m->kind == KIND_REAL && m->shape.rank == 2 && m->shape.dim[0] == m->shape.dim[1]);
}

void shape_tri_solve(Graph *g, Node *n) {
    (void)g;
    check_square(n);
    set_like(n, 1);
    CHECK(n, n->kind == KIND_REAL && (n->shape.rank == 1 || n->shape.rank == 2));
    CHECK(n, n->shape.dim[0] == n->in[0]->shape.dim[0]);
    n->rows = join_inputs(n);
}

void shape_log_abs_det(Graph *g, Node *n) {
    (void)g;
    check_square(n);
    set_like(n, 0);
    n->shape = (Shape){0};
}

void shape_inverse(Graph *g, Node *n) {
    (void)g;
    check_square(n);
    set_like(n, 0);
}

void shape_scan(Graph *g, Node *n) {
    (void)g;
    n->rows = join_inputs(n);
}

void shape_pick(Graph *g, Node *n) {
    (void)g;
    Scan *s = n->in[0]->scan;
    int64_t which = n->ints[0];
    CHECK(n, which >= 0 && which < s->n_carries + s->yields.n);
    const Node *value =
        which < s->n_carries ? s->carries[which] : s->yields.at[which - s->n_carries];
    n->scan = s;
    n->kind = value->kind;
    n->classes = value->classes;
    n->shape = value->shape;
    n->rows = value->rows;
    if (which < s->n_carries) return;
    CHECK(n, value->shape.rank < GRAPH_MAX_RANK);
    for (int i = n->shape.rank++; i > 0; i--) n->shape.dim[i] = n->shape.dim[i - 1];
    n->shape.dim[0] = s->turns;
}
