/* lift.c: one rule per operation for an axis of turns in front; see lift.h.
 *
 * Memory for an example is [turns, shape...] then; rows stay outermost. An operation without a rule
 * is computed turn by turn. */
#include "lift.h"

typedef struct {
    Graph *g;
    const Node *n;
    int64_t turns;
    Node *const *in;
    const bool *stacked;
} Lifting;

static Shape with_turns(int64_t turns, const Shape *s) {
    Shape out = {.rank = s->rank + 1, .dim = {turns}};
    for (int i = 0; i < s->rank; i++) out.dim[i + 1] = s->dim[i];
    return out;
}

/* Input i with an axis of turns, repeated along it if it is the same each turn. */
static Node *stacked_input(const Lifting *l, int i) {
    if (l->stacked[i]) return l->in[i];
    return graph_broadcast(l->g, l->in[i], with_turns(l->turns, &l->in[i]->shape), l->in[i]->rows);
}

/* Input i such that its axes align with those of a value of this rank behind the turns. */
static Node *aligned_input(const Lifting *l, int i, int rank) {
    if (!l->stacked[i]) return l->in[i];
    const Shape *from = &l->in[i]->shape;
    Shape s = {.rank = rank + 1, .dim = {l->turns}};
    int own = from->rank - 1;
    for (int j = 0; j < rank; j++)
        s.dim[j + 1] = j < rank - own ? 1 : from->dim[j - rank + own + 1];
    return graph_reshape(l->g, l->in[i], s);
}

/* ---- elementwise ---- */

static Node *lift_map(const Lifting *l) {
    Node *in[3];
    for (int i = 0; i < l->n->n_in; i++) in[i] = aligned_input(l, i, l->n->shape.rank);
    return graph_remake(l->g, l->n, in);
}

/* ---- reductions ---- */

static Node *lift_reduce(const Lifting *l) {
    return graph_reduce(l->g, l->n->op, l->in[0], (unsigned)l->n->ints[0] << 1);
}

static Node *lift_sum_rows(const Lifting *l) {
    return graph_sum_rows(l->g, l->in[0], l->n->rows);
}

static Node *lift_cumsum(const Lifting *l) {
    return graph_cumsum(l->g, l->in[0], (int)l->n->ints[0] + 1, l->n->ints[1] != 0);
}

/* ---- moves ---- */

static Node *lift_reshape(const Lifting *l) {
    return graph_reshape(l->g, l->in[0], with_turns(l->turns, &l->n->shape));
}

static Node *lift_transpose(const Lifting *l) {
    int order[GRAPH_MAX_RANK] = {0};
    for (int i = 0; i < l->n->n_ints; i++) order[i + 1] = (int)l->n->ints[i] + 1;
    return graph_transpose(l->g, l->in[0], order);
}

/* The three lists of attributes of a slice or pad, with the turns' in front. */
static void with_turns_in_front(const Lifting *l, const int64_t first[3],
                                int64_t list[3][GRAPH_MAX_RANK]) {
    int rank = l->n->n_ints / 3;
    for (int k = 0; k < 3; k++) {
        list[k][0] = first[k];
        for (int i = 0; i < rank; i++) list[k][i + 1] = l->n->ints[k * rank + i];
    }
}

static Node *lift_slice(const Lifting *l) {
    int64_t list[3][GRAPH_MAX_RANK];
    with_turns_in_front(l, (int64_t[]){0, l->turns, 1}, list);
    return graph_slice(l->g, l->in[0], list[0], list[1], list[2]);
}

static Node *lift_pad(const Lifting *l) {
    int64_t list[3][GRAPH_MAX_RANK];
    with_turns_in_front(l, (int64_t[]){0, 0, 1}, list);
    return graph_pad(l->g, l->in[0], list[0], list[1], list[2]);
}

static Node *lift_concat(const Lifting *l) {
    Node **part = NEW_ARRAY(l->g->arena, Node *, l->n->n_in);
    for (int i = 0; i < l->n->n_in; i++) part[i] = stacked_input(l, i);
    return graph_concat(l->g, l->n->n_in, part, (int)l->n->ints[0] + 1);
}

static Node *lift_broadcast(const Lifting *l) {
    return graph_broadcast(l->g, aligned_input(l, 0, l->n->shape.rank),
                           with_turns(l->turns, &l->n->shape), l->n->rows);
}

/* The first two axes change places. */
static Node *swap_first(Graph *g, Node *x) {
    int order[GRAPH_MAX_RANK] = {1, 0};
    for (int i = 2; i < x->shape.rank; i++) order[i] = i;
    return graph_transpose(g, x, order);
}

static Node *lift_collect(const Lifting *l) {
    return swap_first(l->g, graph_collect(l->g, l->in[0]));
}

static Node *lift_spread(const Lifting *l) {
    return graph_spread(l->g, swap_first(l->g, l->in[0]), l->n->rows);
}

/* Windows lie over the last axes. */
static Node *lift_window(const Lifting *l) {
    const Window *w;
    int axes = window_axes(l->n, &w);
    return l->n->op == OP_WINDOW ? graph_window(l->g, l->in[0], axes, w)
                                 : graph_fold(l->g, l->in[0], axes, w);
}

/* ---- products, gather ---- */

static int free_label(const Node *n) {
    uint32_t used = 0;
    for (int i = 0; i < n->n_ints; i++) used |= 1u << n->ints[i];
    return __builtin_ctz(~used);
}

/* The product with one more label, the turns, in the operands that are stacked and, unless it is
 * summed, in the result. */
static Node *product_over_turns(const Lifting *l, bool sums) {
    int label[3][GRAPH_MAX_RANK], rank[3], turns = free_label(l->n), next = 0;
    for (int o = 0; o < 3; o++) {
        const Node *from = o < 2 ? l->n->in[o] : l->n;
        rank[o] = 0;
        if (o < 2 ? l->stacked[o] : !sums) label[o][rank[o]++] = turns;
        for (int i = 0; i < from->shape.rank; i++) label[o][rank[o]++] = (int)l->n->ints[next++];
    }
    return graph_contract(l->g, l->in[0], label[0], l->in[1], label[1], rank[2], label[2],
                          l->n->rows);
}

static Node *lift_contract(const Lifting *l) {
    return product_over_turns(l, false);
}

static Node *lift_gather(const Lifting *l) {
    return graph_gather(l->g, l->in[0], l->in[1]);
}

/* ---- the table ---- */

static Node *(*const rule[OP_COUNT])(const Lifting *) = {
    [OP_SUM] = lift_reduce,          [OP_MAX_OVER] = lift_reduce,   [OP_ARGMAX] = lift_reduce,
    [OP_SUM_ROWS] = lift_sum_rows,   [OP_CUMSUM] = lift_cumsum,     [OP_RESHAPE] = lift_reshape,
    [OP_TRANSPOSE] = lift_transpose, [OP_SLICE] = lift_slice,       [OP_PAD] = lift_pad,
    [OP_CONCAT] = lift_concat,       [OP_COLLECT] = lift_collect,   [OP_SPREAD] = lift_spread,
    [OP_BROADCAST] = lift_broadcast, [OP_CONTRACT] = lift_contract, [OP_GATHER] = lift_gather,
    [OP_WINDOW] = lift_window,       [OP_FOLD] = lift_window,
};

static Node *(*rule_of(const Node *n))(const Lifting *) {
    if (op_info[n->op].op_class == CLASS_MAP && !graph_is_marker(n)) return lift_map;
    return rule[n->op];
}

bool lift_can(const Node *n, const bool *stacked) {
    if (!rule_of(n) || n->shape.rank == GRAPH_MAX_RANK) return false;
    for (int i = 0; i < n->n_in; i++)
        if (n->in[i]->shape.rank == GRAPH_MAX_RANK) return false;
    return n->op != OP_GATHER || !stacked[0]; /* a table for each turn is none for all */
}

Node *lift(Graph *g, const Node *n, int64_t turns, Node *const *in, const bool *stacked) {
    Lifting l = {g, n, turns, in, stacked};
    g->span = n->span;
    g->path = n->path;
    return rule_of(n)(&l);
}

/* ---- sums over all turns ---- */

static Node *sum_of_rows(const Lifting *l) {
    return graph_sum_rows(l->g, graph_reduce(l->g, OP_SUM, l->in[0], 1), l->n->rows);
}

static Node *sum_of_products(const Lifting *l) {
    return product_over_turns(l, true);
}

/* sum over turns of scatter(index, values): more places for the same table. */
static Node *sum_of_scatters(const Lifting *l) {
    return graph_scatter(l->g, stacked_input(l, 0), stacked_input(l, 1), l->n->shape, l->n->rows);
}

static Node *(*const sum_rule[OP_COUNT])(const Lifting *) = {
    [OP_SUM_ROWS] = sum_of_rows,
    [OP_CONTRACT] = sum_of_products,
    [OP_SCATTER] = sum_of_scatters,
};

/* A product with an operand that stays the same would only be done more often. */
bool lift_can_sum(const Node *n, const bool *stacked) {
    if (!sum_rule[n->op]) return false;
    for (int i = 0; i < n->n_in; i++)
        if (n->in[i]->shape.rank == GRAPH_MAX_RANK || !stacked[i]) return false;
    return true;
}

Node *lift_sum(Graph *g, const Node *n, int64_t turns, Node *const *in, const bool *stacked) {
    Lifting l = {g, n, turns, in, stacked};
    g->span = n->span;
    g->path = n->path;
    return sum_rule[n->op](&l);
}
