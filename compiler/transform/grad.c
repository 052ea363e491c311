/* Reverse accumulation: adjoints flow from users to inputs, each operation's rule adding its part.
 *
 * A sum of floating-point numbers depends on its order. Contributions to one adjoint are added in
 * the order in which a walk from y, depth first and through inputs in their order, leaves their
 * users (the last first), and then by input: an order that only the expressions decide, and not
 * node numbers, so that a spec with its declarations in another order gives the same bits. */
#include "accumulate.h"
#include <string.h>

DerivativeRule *const derivative_rules[OP_COUNT] = {
#define OP(op, name, arity, class, rows, shape, derivative, ...) [OP_##op] = derivative,
#include "../graph/ops.def"
};

/* No gradient passes from n to its input i. */
static bool edge_is_blind(const Node *n, int i) {
    return derivative_rules[n->op] == d_zero || n->in[i]->kind != KIND_REAL;
}

/* ---- what leads to a leaf ---- */

static bool leads_by_inputs(const Grad *grad, const Node *n) {
    if (n->kind != KIND_REAL || derivative_rules[n->op] == d_zero) return false;
    for (int i = 0; i < n->n_in; i++)
        if (grad->leads[n->in[i]->id] == LEADS_TO_WRT) return true;
    return false;
}

typedef struct {
    Node *node;
    int next;
} Visit;
typedef LIST(Visit) Visits;

static void enter(Grad *grad, Visits *stack, bool *entered, Node *n) {
    if (entered[n->id]) return;
    entered[n->id] = true;
    if (grad->leads[n->id] != LEADS_UNKNOWN || n->depth < grad->least_depth) {
        if (grad->leads[n->id] == LEADS_UNKNOWN) grad->leads[n->id] = LEADS_NOWHERE;
        return;
    }
    LIST_ADD(grad->scratch, stack, ((Visit){n, 0}));
}

/* Visits a seed's ancestors, inputs before users. What is under a stop is of no interest to
 * anyone. */
static void visit(Grad *grad, Node *seed, bool *entered) {
    Visits stack = {0};
    enter(grad, &stack, entered, seed);
    while (stack.n > 0) {
        Visit *top = &stack.at[stack.n - 1];
        Node *n = top->node;
        if (n->op != OP_STOP && top->next < n->n_in) {
            enter(grad, &stack, entered, n->in[top->next++]);
            continue;
        }
        stack.n--;
        grad->leads[n->id] = leads_by_inputs(grad, n) ? LEADS_TO_WRT : LEADS_NOWHERE;
        if (grad->leads[n->id] == LEADS_TO_WRT) LIST_ADD(grad->scratch, &grad->order, n);
    }
}

void accumulate_begin(Grad *grad, Graph *g, Arena *scratch, int least_depth, int n_seeds,
                      Node *const *seeds, int n_leaves, Node *const *leaves) {
    *grad = (Grad){.g = g, .scratch = scratch, .least_depth = least_depth, .room = g->n_nodes};
    grad->adjoint = NEW_ARRAY(scratch, Node *, grad->room);
    grad->leads = NEW_ARRAY(scratch, unsigned char, grad->room);
    bool *entered = NEW_ARRAY(scratch, bool, grad->room);
    for (int i = 0; i < n_leaves; i++) grad->leads[leaves[i]->id] = LEADS_TO_WRT;
    for (int i = 0; i < n_seeds; i++) visit(grad, seeds[i], entered);
}

bool accumulate_leads(const Grad *grad, const Node *n) {
    return n->id < grad->room && grad->leads[n->id] == LEADS_TO_WRT;
}

Node *accumulate_adjoint(const Grad *grad, const Node *n) {
    return n->id < grad->room ? grad->adjoint[n->id] : NULL;
}

/* ---- adjoints ---- */

/* The axes of a contribution over which its target was broadcast. */
static unsigned stretched_axes(const Shape *from, const Shape *to) {
    unsigned axes = 0;
    int extra = from->rank - to->rank;
    for (int i = 0; i < from->rank; i++)
        if (i < extra || (to->dim[i - extra] == 1 && from->dim[i] != 1)) axes |= 1u << i;
    return axes;
}

static Node *fit(Graph *g, Node *contribution, const Node *target) {
    Node *sum =
        graph_reduce(g, OP_SUM, contribution, stretched_axes(&contribution->shape, &target->shape));
    if (sum->shape.rank < target->shape.rank &&
        shape_size(&sum->shape) == shape_size(&target->shape))
        sum = graph_reshape(g, sum, target->shape);
    if (rows_inside(sum->rows, target->rows)) sum = graph_sum_rows(g, sum, target->rows);
    return graph_broadcast(g, sum, target->shape, target->rows);
}

static void add_adjoint(Grad *grad, Node *target, Node *contribution) {
    Node **sum = &grad->adjoint[target->id];
    Node *fitted = fit(grad->g, contribution, target);
    *sum = *sum ? graph_map2(grad->g, OP_ADD, *sum, fitted) : fitted;
}

bool grad_wants(const Grad *grad, const Node *n, int i) {
    return !edge_is_blind(n, i) && accumulate_leads(grad, n->in[i]);
}

void grad_add(Grad *grad, Node *n, int i, Node *contribution) {
    if (grad_wants(grad, n, i)) add_adjoint(grad, n->in[i], contribution);
}

Graph *grad_graph(const Grad *grad) {
    return grad->g;
}

/* ---- the walk back ---- */

void accumulate_seed(Grad *grad, Node *seed, Node *adjoint) {
    if (accumulate_leads(grad, seed)) add_adjoint(grad, seed, adjoint);
}

/* "d.q.h": what an adjoint is called in the generated C. */
static const char *path_of_adjoint(Graph *g, const Node *n) {
    return n->path ? intern(g->arena, arena_printf(g->arena, "d.%s", n->path)) : NULL;
}

void accumulate_run(Grad *grad) {
    for (int i = grad->order.n - 1; i >= 0; i--) {
        Node *n = grad->order.at[i], *adjoint = grad->adjoint[n->id];
        if (!adjoint) continue;
        grad->g->span = n->span;
        grad->g->path = path_of_adjoint(grad->g, n);
        derivative_rules[n->op](grad, n, adjoint);
    }
}

bool grad(Graph *g, Node *y, int n, Node *const *wrt, Node **out, GradFailure *failure) {
    Grad all;
    Span span = g->span;
    const char *path = g->path;
    Arena *scratch = arena_new();
    *failure = (GradFailure){find_blind_draw(g, scratch, y, n, wrt)};
    accumulate_begin(&all, g, scratch, 0, 1, &y, n, wrt);
    accumulate_seed(&all, y, graph_full(g, 1, y->shape, y->rows));
    accumulate_run(&all);
    for (int i = 0; i < n; i++) out[i] = accumulate_adjoint(&all, wrt[i]);
    g->span = span;
    g->path = path;
    arena_free(scratch);
    return failure->drawn == NULL;
}
