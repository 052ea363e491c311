/* work.c: how many floating-point operations a node takes. */
#include "work.h"

static double elements(const Node *n) {
    return (double)shape_size(&n->shape) * (double)rows_count(n->rows);
}

/* A multiply and an add for every combination of labels and rows. */
double work_contract(const Node *n) {
    const Node *a = n->in[0], *b = n->in[1];
    double work =
        elements(a) / (double)rows_count(a->rows) * (double)rows_count(rows_join(a->rows, b->rows));
    for (int i = 0; i < b->shape.rank; i++) {
        bool shared = false;
        for (int j = 0; j < a->shape.rank; j++)
            if (n->ints[j] == n->ints[a->shape.rank + i]) shared = true;
        if (!shared) work *= (double)b->shape.dim[i];
    }
    return 2 * work;
}

/* ---- of [n, n] matrices ---- */

static double order_of(const Node *n) {
    return (double)n->in[0]->shape.dim[0];
}

static double cubes(const Node *n) {
    return order_of(n) * order_of(n) * order_of(n) * (double)rows_count(n->rows);
}

double work_tri_solve(const Node *n) {
    return elements(n) * order_of(n);
}

double work_log_abs_det(const Node *n) {
    return cubes(n) * 2 / 3;
}

double work_inverse(const Node *n) {
    return cubes(n) * 2;
}

/* ---- recurrences ---- */

double work_scan(const Node *n) {
    Arena *scratch = arena_new();
    NodeList body = graph_reachable(scratch, 0, NULL, n->scan);
    double sum = 0;
    for (int i = 0; i < body.n; i++) sum += graph_flops(body.at[i]);
    arena_free(scratch);
    return sum * (double)n->scan->turns;
}

/* ---- of any node ---- */

double graph_flops(const Node *n) {
    if (op_info[n->op].work) return op_info[n->op].work(n);
    double most = elements(n);
    for (int i = 0; i < n->n_in; i++)
        if (elements(n->in[i]) > most)
            most = elements(n->in[i]); /* a reduction reads more than it makes */
    return op_info[n->op].flops * most;
}
