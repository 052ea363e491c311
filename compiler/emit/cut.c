/* cut.c: candidates for the extent of an inner loop. */
#include "cut.h"

#include <stdlib.h>

/* A shorter inner loop is not worth vectorising. */
enum { LEAST_INNER = 8 };

typedef struct {
    Plan *plan;
    int64_t total;
    LIST(int64_t) extents;
    LIST(Node *) seen; /* from one of the segment's values on */
} Cuts;

static int larger_first(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x < y) - (x > y);
}

static void add_cuts(Cuts *c, Node *n) {
    for (int i = 0; i < c->seen.n; i++)
        if (c->seen.at[i] == n) return;
    LIST_ADD(c->plan->arena, &c->seen, n);
    int64_t dim[DOMAIN_MAX], extent = 1;
    for (int i = node_domain(n, dim) - 1; i >= 0; i--) {
        extent *= dim[i];
        if (extent >= LEAST_INNER && c->total % extent == 0)
            LIST_ADD(c->plan->arena, &c->extents, extent);
    }
    const Value *v = plan_value(c->plan, n);
    if (v->role == VALUE_INLINE || c->seen.n == 1)
        for (int i = 0; i < read_inputs(c->plan, n); i++) add_cuts(c, read_input(c->plan, n, i));
}

int64_t cut_longest(Plan *p, const Segment *s, int64_t total, Divides *divides, void *context) {
    if (!divides(context, total)) return total;
    Cuts cuts = {.plan = p, .total = total};
    for (int i = 0; i < s->nodes.n; i++) {
        cuts.seen.n = 0;
        add_cuts(&cuts, s->nodes.at[i]);
    }
    LIST_SORT(&cuts.extents, larger_first);
    int64_t before = total;
    for (int i = 0; i < cuts.extents.n; i++) {
        int64_t extent = cuts.extents.at[i];
        if (extent == before) continue;
        if (!divides(context, extent)) return extent;
        before = extent;
    }
    return total;
}
