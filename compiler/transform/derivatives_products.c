/* Derivative rules of products, gather and scatter, and linear algebra. */
#include "derivatives.h"

/* A product of labelled axes is closed under differentiation: the adjoint takes the place of one
 * operand and the labels of that operand become the result's. */
void d_contract(Grad *grad, Node *n, Node *d) {
    Node *a = n->in[0], *b = n->in[1];
    int label[3 * GRAPH_MAX_RANK];
    for (int i = 0; i < n->n_ints; i++) label[i] = (int)n->ints[i];
    const int *of_a = label, *of_b = of_a + a->shape.rank, *of_n = of_b + b->shape.rank;
    if (grad_wants(grad, n, 0))
        grad_add(grad, n, 0,
                 graph_contract(grad_graph(grad), d, of_n, b, of_b, a->shape.rank, of_a, a->rows));
    if (grad_wants(grad, n, 1))
        grad_add(grad, n, 1,
                 graph_contract(grad_graph(grad), a, of_a, d, of_n, b->shape.rank, of_b, b->rows));
}

/* What was replaced gets nothing; what replaced it, what lies there now. */
void d_put(Grad *grad, Node *n, Node *d) {
    Graph *g = grad_graph(grad);
    Node *values = n->in[2], *none = graph_full(g, 0, values->shape, values->rows);
    grad_add(grad, n, 0, graph_put(g, d, n->in[1], none));
    grad_add(grad, n, 2, graph_gather(g, d, n->in[1]));
}

void d_gather(Grad *grad, Node *n, Node *d) {
    const Node *table = n->in[0];
    grad_add(grad, n, 0, graph_scatter(grad_graph(grad), n->in[1], d, table->shape, table->rows));
}

void d_scatter(Grad *grad, Node *n, Node *d) {
    grad_add(grad, n, 1, graph_gather(grad_graph(grad), d, n->in[0]));
}

/* ---- matrices: Giles 2008, "Collected matrix derivative results" ---- */

static Node *transposed(Graph *g, Node *m) {
    return graph_transpose(g, m, (int[]){1, 0});
}

/* x y^T of two vectors, or of two matrices. */
static Node *outer(Graph *g, Node *x, Node *y) {
    if (x->shape.rank == 1) {
        x = graph_reshape(g, x, shape_of(2, x->shape.dim[0], (int64_t)1));
        y = graph_reshape(g, y, shape_of(2, y->shape.dim[0], (int64_t)1));
    }
    return graph_matmul(g, x, transposed(g, y));
}

static Node *lower_triangle(Graph *g, Node *m) {
    int64_t order = m->shape.dim[0];
    Node *place = graph_map1(g, OP_REAL, graph_iota(g, order));
    Node *row = graph_reshape(g, place, shape_of(2, order, (int64_t)1));
    return graph_where(g, graph_map2(g, OP_LE, place, row), m, graph_const(g, 0));
}

/* With x = l^-1 b: b's adjoint is l^-T d, and l's is minus that times x^T; transposed alike. */
void d_tri_solve(Grad *grad, Node *n, Node *d) {
    Graph *g = grad_graph(grad);
    bool was_transposed = n->ints[0] != 0;
    Node *of_b = graph_tri_solve(g, n->in[0], d, !was_transposed);
    grad_add(grad, n, 1, of_b);
    if (!grad_wants(grad, n, 0)) return;
    Node *of_l = was_transposed ? outer(g, n, of_b) : outer(g, of_b, n);
    grad_add(grad, n, 0, graph_map1(g, OP_NEG, lower_triangle(g, of_l)));
}

/* d m^-T */
void d_log_abs_det(Grad *grad, Node *n, Node *d) {
    Graph *g = grad_graph(grad);
    grad_add(grad, n, 0, graph_map2(g, OP_MUL, d, transposed(g, graph_inverse(g, n->in[0]))));
}

/* -m^-T d m^-T */
void d_inverse(Grad *grad, Node *n, Node *d) {
    Graph *g = grad_graph(grad);
    Node *back = transposed(g, n);
    grad_add(grad, n, 0, graph_map1(g, OP_NEG, graph_matmul(g, back, graph_matmul(g, d, back))));
}
