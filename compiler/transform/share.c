/* share.c: the same recurrence, asked for twice.
 *
 * Ordinary nodes are hash-consed; a scan is not, for its formals are its own. Two scans are
 * compared by putting the formals of one in the place of the other's: if they are equal,
 * hash-consing makes the very same next values of it. (An encoder that is called for a draw and
 * again for a KL is one recurrence so, and has one derivative.) */
#include "share.h"
#include "rewrite.h"

static bool is_alike(const Scan *a, const Scan *b) {
    if (a->turns != b->turns || a->reverse != b->reverse || a->bounded != b->bounded ||
        a->depth != b->depth || a->n_slices != b->n_slices || a->n_carries != b->n_carries)
        return false;
    for (int i = 0; i < a->n_slices; i++)
        if (a->node->in[i] != b->sequences[i]) return false;
    for (int i = 0; i < a->n_carries; i++)
        if (a->node->in[a->n_slices + i] != b->inits[i]) return false;
    return true;
}

/* How deep is what the body takes from outside for this value? */
static int capture_depth(const Graph *g, const Scan *s, Node *value) {
    int depth = value->depth < s->depth ? value->depth : 0;
    NodeList body = graph_reachable(g->arena, 1, &value, s);
    for (int i = 0; i < body.n; i++)
        for (int j = 0; j < body.at[i]->n_in; j++) {
            const Node *in = body.at[i]->in[j];
            if (in->depth < s->depth && in->depth > depth) depth = in->depth;
        }
    return depth;
}

/* Values of b's body in terms of a's formals. */
static void translate(Graph *g, const Scan *a, const Scan *b, int n, Node **values) {
    Rewrite *r = rewrite_new(g, b->depth);
    rewrite_set(r, b->turn, a->turn);
    for (int i = 0; i < a->n_slices; i++) rewrite_set(r, b->slices[i], a->slices[i]);
    for (int i = 0; i < a->n_carries; i++) rewrite_set(r, b->carries[i], a->carries[i]);
    rewrite(r, n, values);
}

static bool is_same(Graph *g, const Scan *a, const Scan *b, int n_values, Node **values) {
    Node **next = NEW_ARRAY(g->arena, Node *, b->n_carries + 1);
    if (!is_alike(a, b)) return false;
    for (int i = 0; i < b->n_carries; i++) next[i] = b->next[i];
    translate(g, a, b, b->n_carries, next);
    for (int i = 0; i < b->n_carries; i++)
        if (next[i] != a->next[i]) return false;
    for (int i = 0; i < n_values; i++)
        if (capture_depth(g, b, values[i]) > a->node->depth) return false;
    translate(g, a, b, n_values, values);
    return true;
}

Scan *share_scan(Graph *g, Scan *s, int from, int n_values, Node **values) {
    for (int i = from; i < g->finished.n; i++)
        if (is_same(g, g->finished.at[i], s, n_values, values)) {
            g->open_scans.n--;
            return g->finished.at[i];
        }
    return NULL;
}
