/* Simplification rules of moves. */
#include "rules.h"

/* ---- reshape ---- */

Node *reshape_same(Graph *g, const Node *n) {
    (void)g;
    return shape_equal(&n->shape, &n->in[0]->shape) ? n->in[0] : NULL;
}

Node *reshape_reshape(Graph *g, const Node *n) {
    return n->in[0]->op == OP_RESHAPE ? graph_reshape(g, n->in[0]->in[0], n->shape) : NULL;
}

Node *reshape_constant(Graph *g, const Node *n) {
    double value;
    return rule_constant(n->in[0], &value) ? graph_full(g, value, n->shape, n->rows) : NULL;
}

/* So that elementwise chains stay together, and a reshape comes to lie on what is in memory, where
 * it is free. */
Node *reshape_map(Graph *g, const Node *n) {
    const Node *map = n->in[0];
    Node *in[3];
    if (op_info[map->op].op_class != CLASS_MAP || graph_is_marker(map) || g->whole) return NULL;
    for (int i = 0; i < map->n_in; i++)
        if (!shape_equal(&map->in[i]->shape, &map->shape) && shape_size(&map->in[i]->shape) != 1)
            return NULL;
    for (int i = 0; i < map->n_in; i++) {
        bool whole = shape_equal(&map->in[i]->shape, &map->shape);
        in[i] = graph_reshape(g, map->in[i], whole ? n->shape : (Shape){0});
    }
    return graph_remake(g, map, in);
}

/* ---- transpose ---- */

Node *transpose_same(Graph *g, const Node *n) {
    (void)g;
    for (int i = 0; i < n->n_ints; i++)
        if (n->ints[i] != i) return NULL;
    return n->in[0];
}

Node *transpose_transpose(Graph *g, const Node *n) {
    const Node *inner = n->in[0];
    int order[GRAPH_MAX_RANK];
    if (inner->op != OP_TRANSPOSE) return NULL;
    for (int i = 0; i < n->n_ints; i++) order[i] = (int)inner->ints[n->ints[i]];
    return graph_transpose(g, inner->in[0], order);
}

Node *transpose_constant(Graph *g, const Node *n) {
    double value;
    return rule_constant(n->in[0], &value) ? graph_full(g, value, n->shape, n->rows) : NULL;
}

/* ---- slice ---- */

Node *slice_all(Graph *g, const Node *n) {
    (void)g;
    int rank = n->shape.rank;
    for (int i = 0; i < rank; i++)
        if (n->shape.dim[i] != n->in[0]->shape.dim[i] ||
            (n->ints[2 * rank + i] != 1 && n->shape.dim[i] != 1))
            return NULL;
    return n->in[0];
}

Node *slice_slice(Graph *g, const Node *n) {
    const Node *inner = n->in[0];
    int rank = n->shape.rank;
    int64_t start[GRAPH_MAX_RANK], step[GRAPH_MAX_RANK];
    if (inner->op != OP_SLICE) return NULL;
    for (int i = 0; i < rank; i++) {
        start[i] = inner->ints[i] + n->ints[i] * inner->ints[2 * rank + i];
        step[i] = n->ints[2 * rank + i] * inner->ints[2 * rank + i];
    }
    return graph_slice(g, inner->in[0], start, n->shape.dim, step);
}

Node *slice_concat(Graph *g, const Node *n) {
    const Node *whole = n->in[0];
    int rank = n->shape.rank;
    if (whole->op != OP_CONCAT) return NULL;
    int64_t axis = whole->ints[0], start[GRAPH_MAX_RANK];
    int64_t first = n->ints[axis],
            last = first + (n->shape.dim[axis] - 1) * n->ints[2 * rank + axis];
    int64_t low = first < last ? first : last, high = first < last ? last : first, begin = 0;
    for (int i = 0; i < whole->n_in; i++) {
        int64_t end = begin + whole->in[i]->shape.dim[axis];
        if (low >= begin && high < end) {
            for (int j = 0; j < rank; j++) start[j] = n->ints[j] - (j == axis ? begin : 0);
            Node *part = graph_slice(g, whole->in[i], start, n->shape.dim, n->ints + 2 * rank);
            return graph_broadcast(g, part, n->shape, n->rows);
        }
        begin = end;
    }
    return NULL;
}

/* Where none of the zeros is taken; of an axis with zeros between, only the whole or one element.
 */
Node *slice_pad(Graph *g, const Node *n) {
    const Node *pad = n->in[0];
    int rank = n->shape.rank;
    int64_t start[GRAPH_MAX_RANK], step[GRAPH_MAX_RANK];
    if (pad->op != OP_PAD) return NULL;
    for (int i = 0; i < rank; i++) {
        int64_t length = pad->in[0]->shape.dim[i], apart = pad->ints[2 * rank + i];
        int64_t first = n->ints[i] - pad->ints[i], by = n->ints[2 * rank + i];
        int64_t last = first + (n->shape.dim[i] - 1) * by;
        if (n->shape.dim[i] == 1) by = apart;
        if (first % apart != 0 || by % apart != 0) return NULL;
        if (first < 0 || last < 0 || first / apart >= length || last / apart >= length) return NULL;
        start[i] = first / apart;
        step[i] = by / apart;
    }
    return graph_slice(g, pad->in[0], start, n->shape.dim, step);
}

Node *slice_broadcast(Graph *g, const Node *n) {
    const Node *whole = n->in[0];
    if (whole->op != OP_BROADCAST) return NULL;
    Node *x = whole->in[0];
    int rank = n->shape.rank, extra = rank - x->shape.rank;
    int64_t start[GRAPH_MAX_RANK], size[GRAPH_MAX_RANK], step[GRAPH_MAX_RANK];
    for (int i = 0; i < x->shape.rank; i++) {
        bool stretched = x->shape.dim[i] == 1;
        start[i] = stretched ? 0 : n->ints[extra + i];
        size[i] = stretched ? 1 : n->shape.dim[extra + i];
        step[i] = stretched ? 1 : n->ints[2 * rank + extra + i];
    }
    return rule_instead(g, n, graph_slice(g, x, start, size, step));
}

/* ---- pad ---- */

Node *pad_nothing(Graph *g, const Node *n) {
    if (shape_equal(&n->shape, &n->in[0]->shape)) return n->in[0];
    return rule_is(n->in[0], 0) ? graph_full(g, 0, n->shape, n->rows) : NULL;
}

/* The one axis along which a PAD adds zeros, not between elements; -1 if it is not so simple. */
static int padded_axis(const Node *n) {
    int rank = n->shape.rank, axis = -1;
    if (n->op != OP_PAD) return -1;
    for (int i = 0; i < rank; i++) {
        if (n->ints[i] == 0 && n->ints[rank + i] == 0 && n->ints[2 * rank + i] == 1) continue;
        if (axis >= 0 || n->ints[2 * rank + i] != 1) return -1;
        axis = i;
    }
    return axis;
}

/* pad(a) + pad(b) where a's place ends at b's. */
static Node *join_pads(Graph *g, const Node *a, const Node *b) {
    int axis = padded_axis(a), rank = a->shape.rank;
    int64_t after[GRAPH_MAX_RANK], step[GRAPH_MAX_RANK];
    if (axis < 0 || padded_axis(b) != axis || !shape_equal(&a->shape, &b->shape)) return NULL;
    if (a->ints[axis] + a->in[0]->shape.dim[axis] != b->ints[axis]) return NULL;
    Node *joined = graph_concat(g, 2, (Node *[]){a->in[0], b->in[0]}, axis);
    for (int i = 0; i < rank; i++) {
        after[i] = i == axis ? b->ints[rank + i] : 0;
        step[i] = 1;
    }
    return graph_pad(g, joined, a->ints, after, step);
}

static Node *join_either_way(Graph *g, const Node *a, const Node *b) {
    Node *joined = join_pads(g, a, b);
    return joined ? joined : join_pads(g, b, a);
}

/* What a split's derivative leaves: each part's adjoint among zeros. The sums may be taken in
 * another order, since of what is added at a place all but one is zero. */
Node *add_pads(Graph *g, const Node *n) {
    for (int i = 0; i < 2; i++) {
        Node *pad = n->in[i], *rest = n->in[1 - i], *joined;
        if (padded_axis(pad) < 0) continue;
        if ((joined = join_either_way(g, pad, rest))) return rule_instead(g, n, joined);
        if (rest->op != OP_ADD) continue;
        for (int j = 0; j < 2; j++)
            if (padded_axis(rest->in[1 - j]) >= 0 &&
                (joined = join_either_way(g, pad, rest->in[j])))
                return graph_map2(g, OP_ADD, joined, rest->in[1 - j]);
    }
    return NULL;
}

/* ---- concat ---- */

Node *concat_one(Graph *g, const Node *n) {
    (void)g;
    return n->n_in == 1 ? n->in[0] : NULL;
}

/* Parts that are slices of one value, in their places, all of it. */
Node *concat_slices(Graph *g, const Node *n) {
    (void)g;
    int rank = n->shape.rank;
    int64_t axis = n->ints[0], end = 0;
    Node *whole = n->in[0]->op == OP_SLICE ? n->in[0]->in[0] : NULL;
    if (!whole || !shape_equal(&whole->shape, &n->shape)) return NULL;
    for (int i = 0; i < n->n_in; i++) {
        const Node *part = n->in[i];
        if (part->op != OP_SLICE || part->in[0] != whole || part->ints[axis] != end) return NULL;
        for (int j = 0; j < rank; j++)
            if ((part->ints[2 * rank + j] != 1 && part->shape.dim[j] != 1) ||
                (j != axis && part->ints[j] != 0))
                return NULL;
        end += part->shape.dim[axis];
    }
    return whole;
}

Node *concat_concat(Graph *g, const Node *n) {
    LIST(Node *) parts = {0};
    bool nested = false;
    for (int i = 0; i < n->n_in; i++)
        nested |= n->in[i]->op == OP_CONCAT && n->in[i]->ints[0] == n->ints[0];
    if (!nested) return NULL;
    for (int i = 0; i < n->n_in; i++) {
        Node *part = n->in[i];
        bool open = part->op == OP_CONCAT && part->ints[0] == n->ints[0];
        for (int j = 0; j < (open ? part->n_in : 1); j++)
            LIST_ADD(g->arena, &parts, open ? part->in[j] : part);
    }
    return rule_instead(g, n, graph_concat(g, parts.n, parts.at, (int)n->ints[0]));
}

/* ---- broadcast and rows ---- */

Node *broadcast_broadcast(Graph *g, const Node *n) {
    return n->in[0]->op == OP_BROADCAST ? rule_instead(g, n, n->in[0]->in[0]) : NULL;
}

Node *collect_spread(Graph *g, const Node *n) {
    (void)g;
    return n->in[0]->op == OP_SPREAD ? n->in[0]->in[0] : NULL;
}

Node *spread_collect(Graph *g, const Node *n) {
    (void)g;
    const Node *x = n->in[0];
    return x->op == OP_COLLECT && x->in[0]->rows == n->rows ? x->in[0] : NULL;
}

Node *spread_broadcast(Graph *g, const Node *n) {
    const Node *whole = n->in[0];
    if (whole->op != OP_BROADCAST || whole->in[0]->shape.rank == whole->shape.rank) return NULL;
    return rule_instead(g, n, whole->in[0]);
}
