/* accumulator.c: see accumulator.h. */
#include "accumulator.h"
#include "rewrite.h"
#include "rules.h"

Node *accumulator_added(const Scan *s, int i) {
    Node *carry = s->carries[i], *next = s->next[i];
    if (next->op != OP_ADD && (next->op != OP_SUB || next->in[0] != carry)) return NULL;
    Node *f = next->in[0] == carry ? next->in[1] : next->in[1] == carry ? next->in[0] : NULL;
    if (!f || f == carry || f->rows != next->rows || !shape_equal(&f->shape, &next->shape))
        return NULL;
    return f;
}

bool accumulator_private(const Scan *s, NodeList body, int i) {
    const Node *carry = s->carries[i], *next = s->next[i];
    for (int k = 0; k < body.n; k++)
        for (int j = 0; j < body.at[k]->n_in; j++) {
            const Node *in = body.at[k]->in[j];
            if (in == next || (in == carry && body.at[k] != next)) return false;
        }
    for (int k = 0; k < s->n_carries; k++)
        if (k != i && (s->next[k] == carry || s->next[k] == next)) return false;
    for (int k = 0; k < s->yields.n; k++)
        if (s->yields.at[k] == carry || s->yields.at[k] == next) return false;
    return true;
}

/* ---- from piece to piece ---- */

typedef struct {
    Graph *g;
    const Scan *s; /* over pieces */
    NodeList body; /* its nodes */
    Scan *inner;   /* one of them: over a piece's turns */
    int *from;     /* by carry of inner: the carry of s that it goes on with; -1: none */
} Threading;

static bool used_once(const Threading *t, const Node *n) {
    int uses = 0;
    for (int i = 0; i < t->body.n; i++)
        for (int j = 0; j < t->body.at[i]->n_in; j++) uses += t->body.at[i]->in[j] == n;
    for (int i = 0; i < t->s->yields.n; i++) uses += t->s->yields.at[i] == n;
    return uses == 1;
}

/* Carry i of s adds up what carry j of inner, from zero, has added up. */
static bool find_threads(Threading *t, Arena *scratch) {
    const Scan *inner = t->inner;
    NodeList own = graph_reachable(scratch, 0, NULL, inner);
    bool any = false;
    for (int j = 0; j < inner->n_carries; j++) t->from[j] = -1;
    for (int i = 0; i < t->s->n_carries; i++) {
        const Node *f = t->s->next[i]->op == OP_ADD ? accumulator_added(t->s, i) : NULL;
        int j = f && f->op == OP_PICK && f->scan == inner ? (int)f->ints[0] : inner->n_carries;
        if (j >= inner->n_carries || !rule_is(inner->node->in[inner->n_slices + j], 0)) continue;
        if (!used_once(t, f) || !accumulator_private(t->s, t->body, i)) continue;
        if (!accumulator_added(inner, j) || !accumulator_private(inner, own, j)) continue;
        t->from[j] = i;
        any = true;
    }
    return any;
}

/* inner again, its sums going on from those of s. */
static Scan *threaded(const Threading *t) {
    Scan *old = t->inner;
    Graph *g = t->g;
    int n = old->n_carries + old->yields.n;
    Scan *made = scan_open(g, old->turns, old->reverse, old->depth);
    Rewrite *r = rewrite_new(g, old->depth);
    Node **results = NEW_ARRAY(g->arena, Node *, n);
    made->bounded = old->bounded;
    rewrite_set(r, old->turn, made->turn);
    for (int i = 0; i < old->n_slices; i++)
        rewrite_set(r, old->slices[i], scan_slice(g, made, old->node->in[i]));
    for (int i = 0; i < old->n_carries; i++) {
        Node *carry = old->carries[i];
        Node *init = t->from[i] < 0 ? old->node->in[old->n_slices + i] : t->s->carries[t->from[i]];
        rewrite_set(r, carry, scan_carry(g, made, init, carry->shape, carry->rows));
    }
    for (int i = 0; i < n; i++)
        results[i] = i < old->n_carries ? old->next[i] : old->yields.at[i - old->n_carries];
    rewrite(r, n, results);
    for (int i = 0; i < old->n_carries; i++) scan_next(made, i, results[i]);
    scan_close(g, made);
    for (int i = old->n_carries; i < n; i++)
        if (scan_yield(g, made, results[i]) != i) BUG("yields of a scan fall together");
    return made;
}

static bool thread_one(Threading *t, Node **results) {
    Graph *g = t->g;
    Rewrite *around = rewrite_new(g, t->s->depth);
    t->from = NEW_ARRAY(around->scratch, int, t->inner->n_carries + 1);
    if (!find_threads(t, around->scratch)) {
        arena_free(around->scratch);
        return false;
    }
    Scan *made = threaded(t);
    for (int i = 0; i < t->body.n; i++) {
        Node *n = t->body.at[i];
        if (n->op == OP_PICK && n->scan == t->inner)
            rewrite_set(around, n, graph_pick(g, made, (int)n->ints[0]));
    }
    for (int j = 0; j < t->inner->n_carries; j++)
        if (t->from[j] >= 0) rewrite_set(around, t->s->next[t->from[j]], graph_pick(g, made, j));
    rewrite(around, t->s->n_carries + t->s->yields.n, results);
    return true;
}

void accumulators_thread(Graph *g, const Scan *s, Node **results) {
    Threading t = {.g = g, .s = s, .body = graph_reachable(g->arena, 0, NULL, s)};
    for (int i = 0; i < t.body.n; i++) {
        if (t.body.at[i]->op != OP_SCAN) continue;
        t.inner = t.body.at[i]->scan;
        if (thread_one(&t, results)) return; /* a piece is one recurrence, and has one derivative */
    }
}
