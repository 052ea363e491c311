/* Simplification rules of products. */
#include "rules.h"

typedef struct {
    Node *in[2];
    int rank[3]; /* of a, b and the result */
    int label[3][GRAPH_MAX_RANK];
    const Rows *rows;
} Product;

static Product read_product(const Node *n) {
    Product p = {.in = {n->in[0], n->in[1]},
                 .rows = n->rows,
                 .rank = {n->in[0]->shape.rank, n->in[1]->shape.rank, n->shape.rank}};
    const int64_t *label = n->ints;
    for (int o = 0; o < 3; o++)
        for (int i = 0; i < p.rank[o]; i++) p.label[o][i] = (int)*label++;
    return p;
}

static Node *make_product(Graph *g, const Product *p) {
    return graph_contract(g, p->in[0], p->label[0], p->in[1], p->label[1], p->rank[2], p->label[2],
                          p->rows);
}

static int find_label(const Product *p, int operand, int label) {
    for (int i = 0; i < p->rank[operand]; i++)
        if (p->label[operand][i] == label) return i;
    return -1;
}

Node *contract_zero(Graph *g, const Node *n) {
    return rule_is(n->in[0], 0) || rule_is(n->in[1], 0) ? graph_full(g, 0, n->shape, n->rows)
                                                        : NULL;
}

Node *contract_transpose(Graph *g, const Node *n) {
    Product p = read_product(n);
    bool changed = false;
    for (int o = 0; o < 2; o++) {
        const Node *turned = n->in[o];
        if (turned->op != OP_TRANSPOSE) continue;
        int label[GRAPH_MAX_RANK];
        for (int i = 0; i < p.rank[o]; i++) label[turned->ints[i]] = p.label[o][i];
        for (int i = 0; i < p.rank[o]; i++) p.label[o][i] = label[i];
        p.in[o] = turned->in[0];
        changed = true;
    }
    return changed ? make_product(g, &p) : NULL;
}

/* Only rows; and the rows summed over must stay as many. */
Node *contract_broadcast(Graph *g, const Node *n) {
    Product p = read_product(n);
    for (int o = 0; o < 2; o++) {
        const Node *whole = n->in[o];
        if (whole->op != OP_BROADCAST || !shape_equal(&whole->shape, &whole->in[0]->shape))
            continue;
        const Rows *others = n->in[1 - o]->rows;
        if (rows_join(whole->in[0]->rows, others) != rows_join(whole->rows, others)) continue;
        p.in[o] = whole->in[0];
        return make_product(g, &p);
    }
    return NULL;
}

/* An operand with an axis for each of the result's, of length 1 where it has no such label; NULL if
 * its axes come in another order. */
static Node *aligned(Graph *g, const Product *p, int o) {
    Shape shape = {.rank = p->rank[2]};
    int next = 0;
    for (int i = 0; i < p->rank[2]; i++) {
        int axis = find_label(p, o, p->label[2][i]);
        shape.dim[i] = axis < 0 ? 1 : p->in[o]->shape.dim[axis];
        if (axis < 0) continue;
        if (axis != next++) return NULL;
    }
    return next == p->rank[o] ? graph_reshape(g, p->in[o], shape) : NULL;
}

Node *contract_elementwise(Graph *g, const Node *n) {
    Product p = read_product(n);
    if (rows_join(n->in[0]->rows, n->in[1]->rows) != n->rows) return NULL;
    Node *a = aligned(g, &p, 0), *b = aligned(g, &p, 1);
    return a && b ? graph_map2(g, OP_MUL, a, b) : NULL;
}
