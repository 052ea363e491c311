/* Primitives of linear algebra, one matrix at a time.
 *
 * Does: takes leading axes apart, so that the operations themselves see one matrix. */
#include "builtin.h"
#include "flow.h"

#include <math.h>
#include <string.h>

/* One matrix at a time: leading axes are taken apart, and the results stacked again. */
typedef Node *MatrixRule(Elab *e, Op op, Node *m, Node *b);

static Node *over_leading(Elab *e, MatrixRule *rule, Op op, Node *m, int m_rank, Node *b,
                          int b_rank) {
    bool lead_m = m->shape.rank > m_rank, lead_b = b && b->shape.rank > b_rank;
    if (!lead_m && !lead_b) return rule(e, op, m, b);
    int64_t n = lead_m ? m->shape.dim[0] : b->shape.dim[0];
    Node **part = NEW_ARRAY(e->a, Node *, n);
    for (int64_t i = 0; i < n; i++) {
        Node *of_m = m, *of_b = b;
        Shape s;
        if (lead_m) {
            of_m = builtin_slice(e, m, 0, i, 1, 1);
            s = of_m->shape, s.rank--;
            memmove(s.dim, s.dim + 1, sizeof *s.dim * (size_t)s.rank);
            of_m = graph_reshape(e->g, of_m, s);
        }
        if (lead_b) {
            of_b = builtin_slice(e, b, 0, i, 1, 1);
            s = of_b->shape, s.rank--;
            memmove(s.dim, s.dim + 1, sizeof *s.dim * (size_t)s.rank);
            of_b = graph_reshape(e->g, of_b, s);
        }
        part[i] = elab_expand(e, over_leading(e, rule, op, of_m, m_rank, of_b, b_rank), 0);
    }
    return graph_concat(e->g, (int)n, part, 0);
}

/* Leading axes go together: equally long, or only on one side. */
static bool same_leading(const Shape *a, int a_rank, const Shape *b, int b_rank) {
    int n_a = a->rank - a_rank, n_b = b->rank - b_rank;
    for (int i = 0; i < n_a && i < n_b; i++)
        if (a->dim[i] != b->dim[i]) return false;
    return n_a == 0 || n_b == 0 || n_a == n_b;
}

/* Each matrix is an operation, and several around it. */
static bool few_matrices(Elab *e, Call *c, const Node *m, int m_rank) {
    Shape lead = m->shape;
    lead.rank -= m_rank;
    if (shape_size(&lead) <= GRAPH_MAX_NODES / 64) return true;
    elab_error(e, D_TOO_MANY_OPERATIONS, c->at);
    return false;
}

static Node *solve(Elab *e, Op op, Node *l, Node *b) {
    (void)op;
    return graph_tri_solve(e->g, l, b, false);
}

/* tri_solve(l, b): l [..., n, n]; b [..., n], or [..., n, m] where l has no leading axes fewer than
 * b less two. */
Value b_tri_solve(Elab *e, Call *c) {
    Node *l, *b;
    if (!elab_real(e, &c->arg[0], c->where[0], &l) || !elab_real(e, &c->arg[1], c->where[1], &b))
        return value_poison();
    int rl = l->shape.rank;
    int64_t n = rl >= 2 ? l->shape.dim[rl - 1] : 0;
    bool square = rl >= 2 && l->shape.dim[rl - 2] == n;
    bool matrix =
        square && b->shape.rank >= 2 && b->shape.rank == rl && b->shape.dim[b->shape.rank - 2] == n;
    bool vector = square && !matrix && b->shape.rank >= 1 && b->shape.dim[b->shape.rank - 1] == n;
    if ((!matrix && !vector) || !same_leading(&l->shape, 2, &b->shape, matrix ? 2 : 1)) {
        elab_error(e, D_SHAPES_DIFFER, c->at, "tri_solve");
        elab_note(e, c->where[0], "'l' is %s", value_describe(e, &c->arg[0]));
        elab_note(e, c->where[1], "'b' is %s", value_describe(e, &c->arg[1]));
        return value_poison();
    }
    if (!few_matrices(e, c, l, 2) || !few_matrices(e, c, b, matrix ? 2 : 1)) return value_poison();
    return value_node(over_leading(e, solve, OP_TRI_SOLVE, l, 2, b, matrix ? 2 : 1), c->at);
}

/* log_det(f, x): of a flow's derivative at x. */
Value b_log_det(Elab *e, Call *c) {
    Instance *flow;
    Node *x;
    if (!flow_of(e, &c->arg[0], c->where[0], &flow) || !elab_real(e, &c->arg[1], c->where[1], &x))
        return value_poison();
    FlowUse *use = flow_use(e, flow, x, c->at);
    Node *det = use ? flow_log_det(e, use, c->at) : NULL;
    return det ? value_node(det, c->at) : value_poison();
}

/* bits_per_dim(nll, x): of data x as the source gives it, before its transforms: with x = T(v),
 * p(v) = p(x) |dT/dv|, and (nll - log |dT/dv|) / (elements log 2). */
Value b_bits_per_dim(Elab *e, Call *c) {
    Node *nll, *x;
    if (!elab_real(e, &c->arg[0], c->where[0], &nll) || !elab_node(e, &c->arg[1], c->where[1], &x))
        return value_poison();
    while (x->op == OP_DRAWN) x = x->in[0];
    if (x->op != OP_INPUT || e->program->inputs.at[x->ints[0]].datum < 0) {
        elab_error(e, D_NOT_DATA, c->where[1]);
        return value_poison();
    }
    int64_t datum = e->program->inputs.at[x->ints[0]].datum;
    Node *volume = graph_make(e->g, OP_SCALAR, 0, NULL, 1, &datum, 0, "log_volume");
    Node *dims = graph_const(e->g, (double)shape_size(&x->shape) * log(2));
    return value_node(graph_map2(e->g, OP_DIV, graph_map2(e->g, OP_SUB, nll, volume), dims), c->at);
}

static Node *square_rule(Elab *e, Op op, Node *m, Node *b) {
    (void)b;
    return op == OP_INVERSE ? graph_inverse(e->g, m) : graph_log_abs_det(e->g, m);
}

Value b_square(Elab *e, Call *c) {
    Node *m;
    bool callable = c->arg[0].kind == VALUE_CALLABLE || c->arg[0].kind == VALUE_INSTANCE;
    if (callable && c->builtin->op == OP_INVERSE) {
        Instance *flow;
        return flow_of(e, &c->arg[0], c->where[0], &flow) ? flow_inverse(e, flow, c->at)
                                                          : value_poison();
    }
    if (!elab_real(e, &c->arg[0], c->where[0], &m)) return value_poison();
    int rank = m->shape.rank;
    if (rank < 2 || m->shape.dim[rank - 1] != m->shape.dim[rank - 2]) {
        elab_error(e, D_NOT_SQUARE, c->where[0], value_describe(e, &c->arg[0]));
        return value_poison();
    }
    if (!few_matrices(e, c, m, 2)) return value_poison();
    return value_node(over_leading(e, square_rule, (Op)c->builtin->op, m, 2, NULL, 0), c->at);
}
