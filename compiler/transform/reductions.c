/* Simplification rules of reductions. */
#include "rules.h"

static unsigned all_axes(const Node *n) {
    return (1u << n->shape.rank) - 1;
}

Node *reduce_single(Graph *g, const Node *n) {
    const Shape *from = &n->in[0]->shape;
    for (int i = 0; i < from->rank; i++)
        if (n->ints[0] >> i & 1 && from->dim[i] != 1) return NULL;
    return graph_reshape(g, n->in[0], n->shape);
}

static Node *times(Graph *g, const Node *n, Node *x, int64_t count) {
    return rule_instead(g, n, graph_map2(g, OP_MUL, x, graph_const(g, (double)count)));
}

Node *sum_broadcast(Graph *g, const Node *n) {
    const Node *whole = n->in[0];
    if (whole->op != OP_BROADCAST) return NULL;
    Node *part = whole->in[0];
    int extra = whole->shape.rank - part->shape.rank;
    int64_t count = 1;
    unsigned own = 0; /* the axes of part among those summed */
    for (int i = 0; i < whole->shape.rank; i++) {
        if (!(n->ints[0] >> i & 1)) continue;
        if (i >= extra) own |= 1u << (i - extra);
        if (i < extra || part->shape.dim[i - extra] == 1) count *= whole->shape.dim[i];
    }
    return times(g, n, graph_reduce(g, OP_SUM, part, own), count);
}

Node *reduce_reduce(Graph *g, const Node *n) {
    const Node *inner = n->in[0];
    if (inner->op != n->op) return NULL;
    unsigned axes = (unsigned)inner->ints[0];
    for (int i = 0, left = 0; i < inner->in[0]->shape.rank; i++) {
        if (inner->ints[0] >> i & 1) continue;
        if (n->ints[0] >> left++ & 1) axes |= 1u << i;
    }
    return graph_reduce(g, n->op, inner->in[0], axes);
}

Node *reduce_all_of_move(Graph *g, const Node *n) {
    Node *x = n->in[0];
    if (n->shape.rank != 0 || (x->op != OP_RESHAPE && x->op != OP_TRANSPOSE)) return NULL;
    x = x->in[0];
    return x->shape.rank == 0 ? x : graph_reduce(g, n->op, x, all_axes(x));
}

/* So that all uses of an elementwise value agree on one shape, and it is computed once. */
Node *reduce_all_of_map(Graph *g, const Node *n) {
    Node *x = n->in[0];
    if (n->shape.rank != 0 || x->shape.rank < 2 || op_info[x->op].op_class != CLASS_MAP)
        return NULL;
    Node *flat = graph_reshape(g, x, shape_of(1, shape_size(&x->shape)));
    return flat->op == OP_RESHAPE ? NULL : graph_reduce(g, n->op, flat, 1);
}

Node *sum_collected(Graph *g, const Node *n) {
    Node *collected = n->in[0];
    if (collected->op != OP_COLLECT) return NULL;
    Node *x = collected->in[0];
    unsigned others = (unsigned)n->ints[0] >> 1;
    Node *sum = graph_reduce(g, OP_SUM, x, others);
    return n->ints[0] & 1 ? graph_sum_rows(g, sum, x->rows->outer) : graph_collect(g, sum);
}

Node *sum_rows_sum_rows(Graph *g, const Node *n) {
    if (n->in[0]->op != OP_SUM_ROWS) return NULL;
    return graph_sum_rows(g, n->in[0]->in[0], n->rows);
}

/* A value with fewer rows than are summed counts once for each. */
Node *sum_rows_broadcast(Graph *g, const Node *n) {
    const Node *whole = n->in[0];
    if (whole->op != OP_BROADCAST || whole->in[0]->rows == whole->rows) return NULL;
    Node *x = whole->in[0];
    bool stays = rows_inside(x->rows, n->rows); /* some of x's own rows may have to be summed */
    int64_t count = rows_count(whole->rows) / rows_count(stays ? x->rows : n->rows);
    if (stays) x = graph_sum_rows(g, x, n->rows);
    return times(g, n, x, count);
}
