/* Constructors: thin over graph_make, one for each form of operation. */
#include "graph.h"

#include <string.h>

/* ---- elementwise ---- */

Node *graph_map1(Graph *g, Op op, Node *a) {
    return graph_make(g, op, 1, &a, 0, NULL, 0, NULL);
}

Node *graph_map2(Graph *g, Op op, Node *a, Node *b) {
    return graph_make(g, op, 2, (Node *[]){a, b}, 0, NULL, 0, NULL);
}

Node *graph_where(Graph *g, Node *condition, Node *a, Node *b) {
    return graph_make(g, OP_WHERE, 3, (Node *[]){condition, a, b}, 0, NULL, 0, NULL);
}

Node *graph_to_index(Graph *g, Node *x, int64_t classes) {
    return graph_make(g, OP_TO_INDEX, 1, &x, 1, &classes, 0, NULL);
}

/* ---- reductions ---- */

Node *graph_reduce(Graph *g, Op op, Node *x, unsigned axes) {
    if (axes == 0) return x;
    int64_t ints[] = {axes};
    return graph_make(g, op, 1, &x, 1, ints, 0, NULL);
}

Node *graph_sum_rows(Graph *g, Node *x, const Rows *to) {
    if (x->rows == to) return x;
    return graph_make_rows(g, OP_SUM_ROWS, 1, &x, 0, NULL, 0, NULL, to);
}

Node *graph_cumsum(Graph *g, Node *x, int axis, bool reverse) {
    int64_t ints[] = {axis, reverse};
    return graph_make(g, OP_CUMSUM, 1, &x, 2, ints, 0, NULL);
}

/* ---- moves ---- */

Node *graph_reshape(Graph *g, Node *x, Shape shape) {
    return graph_make(g, OP_RESHAPE, 1, &x, shape.rank, shape.dim, 0, NULL);
}

Node *graph_transpose(Graph *g, Node *x, const int *order) {
    int64_t ints[GRAPH_MAX_RANK];
    for (int i = 0; i < x->shape.rank; i++) ints[i] = order[i];
    return graph_make(g, OP_TRANSPOSE, 1, &x, x->shape.rank, ints, 0, NULL);
}

static Node *with_three(Graph *g, Op op, Node *x, const int64_t *a, const int64_t *b,
                        const int64_t *c) {
    int64_t ints[3 * GRAPH_MAX_RANK];
    int rank = x->shape.rank;
    for (int i = 0; i < rank; i++) {
        ints[i] = a[i];
        ints[rank + i] = b[i];
        ints[2 * rank + i] = c[i];
    }
    return graph_make(g, op, 1, &x, 3 * rank, ints, 0, NULL);
}

Node *graph_slice(Graph *g, Node *x, const int64_t *start, const int64_t *size,
                  const int64_t *step) {
    return with_three(g, OP_SLICE, x, start, size, step);
}

Node *graph_pad(Graph *g, Node *x, const int64_t *before, const int64_t *after,
                const int64_t *step) {
    return with_three(g, OP_PAD, x, before, after, step);
}

static Node *with_windows(Graph *g, Op op, Node *x, int n, const Window *axes) {
    int64_t ints[WINDOW_INTS * GRAPH_MAX_RANK];
    if (n > GRAPH_MAX_RANK) BUG("windows over %d axes", n);
    memcpy(ints, axes, sizeof *axes * (size_t)n);
    return graph_make(g, op, 1, &x, WINDOW_INTS * n, ints, 0, NULL);
}

Node *graph_window(Graph *g, Node *x, int n, const Window *axes) {
    return with_windows(g, OP_WINDOW, x, n, axes);
}

Node *graph_fold(Graph *g, Node *y, int n, const Window *axes) {
    return with_windows(g, OP_FOLD, y, n, axes);
}

int window_axes(const Node *n, const Window **axes) {
    *axes = (const Window *)n->ints;
    return n->n_ints / WINDOW_INTS;
}

Node *graph_concat(Graph *g, int n, Node *const *parts, int axis) {
    int64_t ints[] = {axis};
    return graph_make(g, OP_CONCAT, n, parts, 1, ints, 0, NULL);
}

Node *graph_broadcast(Graph *g, Node *x, Shape shape, const Rows *rows) {
    if (shape_equal(&x->shape, &shape) && x->rows == rows) return x;
    return graph_make_rows(g, OP_BROADCAST, 1, &x, shape.rank, shape.dim, 0, NULL, rows);
}

Node *graph_collect(Graph *g, Node *x) {
    return graph_make(g, OP_COLLECT, 1, &x, 0, NULL, 0, NULL);
}

Node *graph_spread(Graph *g, Node *x, const Rows *rows) {
    if (rows && x->rows != rows->outer) x = graph_broadcast(g, x, x->shape, rows->outer);
    return graph_make_rows(g, OP_SPREAD, 1, &x, 0, NULL, 0, NULL, rows);
}

/* ---- products ---- */

Node *graph_contract(Graph *g, Node *a, const int *a_labels, Node *b, const int *b_labels,
                     int out_rank, const int *out_labels, const Rows *rows) {
    int64_t ints[3 * GRAPH_MAX_RANK];
    int n = 0;
    for (int i = 0; i < a->shape.rank; i++) ints[n++] = a_labels[i];
    for (int i = 0; i < b->shape.rank; i++) ints[n++] = b_labels[i];
    for (int i = 0; i < out_rank; i++) ints[n++] = out_labels[i];
    const Rows *joined = rows_join(a->rows, b->rows);
    const Rows *own = rows_inside(joined, rows) ? rows : joined;
    Node *product = graph_make_rows(g, OP_CONTRACT, 2, (Node *[]){a, b}, n, ints, 0, NULL, own);
    return graph_broadcast(g, product, product->shape, rows);
}

/* x without those of its leading axes that have length 1, leaving `matrix` last axes alone;
 * label[i] names the axes left, taken from the labels of the aligned leading axes. */
static Node *squeeze_leading(Graph *g, Node *x, int matrix, int n_leading, const bool *drop_single,
                             int *label) {
    Shape kept = {0};
    int own = x->shape.rank - matrix;
    for (int i = 0; i < own; i++) {
        int aligned = n_leading - own + i;
        if (x->shape.dim[i] == 1 && drop_single[aligned]) continue;
        label[kept.rank] = aligned;
        kept.dim[kept.rank++] = x->shape.dim[i];
    }
    for (int i = own; i < x->shape.rank; i++) kept.dim[kept.rank++] = x->shape.dim[i];
    return kept.rank == x->shape.rank ? x : graph_reshape(g, x, kept);
}

/* Labels: 0 .. n_leading-1 the aligned leading axes, then rows, columns and the summed axis. */
Node *graph_matmul(Graph *g, Node *a, Node *b) {
    int a_matrix = a->shape.rank < 2 ? 1 : 2, b_matrix = b->shape.rank < 2 ? 1 : 2;
    int a_leading = a->shape.rank - a_matrix, b_leading = b->shape.rank - b_matrix;
    int n_leading = a_leading > b_leading ? a_leading : b_leading;
    int row = n_leading, column = n_leading + 1, summed = n_leading + 2;

    bool a_drops[GRAPH_MAX_RANK] = {0}, b_drops[GRAPH_MAX_RANK] = {0};
    for (int i = 0; i < n_leading; i++) {
        int in_a = i - (n_leading - a_leading), in_b = i - (n_leading - b_leading);
        b_drops[i] = in_a >= 0; /* a has that axis: a 1 of b's adds nothing */
        a_drops[i] = in_b >= 0 && b->shape.dim[in_b] != 1;
    }
    int a_label[GRAPH_MAX_RANK], b_label[GRAPH_MAX_RANK], out_label[GRAPH_MAX_RANK + 2];
    a = squeeze_leading(g, a, a_matrix, n_leading, a_drops, a_label);
    b = squeeze_leading(g, b, b_matrix, n_leading, b_drops, b_label);
    if (a_matrix == 2) a_label[a->shape.rank - 2] = row;
    a_label[a->shape.rank - 1] = summed;
    b_label[b->shape.rank - b_matrix] = summed;
    if (b_matrix == 2) b_label[b->shape.rank - 1] = column;

    int n = 0;
    for (int i = 0; i < n_leading; i++) out_label[n++] = i;
    if (a_matrix == 2) out_label[n++] = row;
    if (b_matrix == 2) out_label[n++] = column;
    return graph_contract(g, a, a_label, b, b_label, n, out_label, rows_join(a->rows, b->rows));
}

Node *graph_gather(Graph *g, Node *table, Node *index) {
    return graph_make(g, OP_GATHER, 2, (Node *[]){table, index}, 0, NULL, 0, NULL);
}

Node *graph_scatter(Graph *g, Node *index, Node *values, Shape table, const Rows *rows) {
    return graph_make_rows(g, OP_SCATTER, 2, (Node *[]){index, values}, table.rank, table.dim, 0,
                           NULL, rows);
}

Node *graph_put(Graph *g, Node *buffer, Node *index, Node *values) {
    const Rows *rows = rows_join(buffer->rows, values->rows);
    Node *in[] = {graph_broadcast(g, buffer, buffer->shape, rows), index,
                  graph_broadcast(g, values, values->shape, rows)};
    return graph_make(g, OP_PUT, 3, in, 0, NULL, 0, NULL);
}

Node *graph_tri_solve(Graph *g, Node *l, Node *b, bool transposed) {
    int64_t ints[] = {transposed};
    return graph_make(g, OP_TRI_SOLVE, 2, (Node *[]){l, b}, 1, ints, 0, NULL);
}

Node *graph_log_abs_det(Graph *g, Node *m) {
    return graph_make(g, OP_LOG_ABS_DET, 1, &m, 0, NULL, 0, NULL);
}

Node *graph_inverse(Graph *g, Node *m) {
    return graph_make(g, OP_INVERSE, 1, &m, 0, NULL, 0, NULL);
}
