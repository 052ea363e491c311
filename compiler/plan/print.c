/* print.c: a plan as text: kernels in order, the buffers they leave their values in. */
#include "access.h"

#include <inttypes.h>

static void print_value(Plan *p, Text *t, const Node *n) {
    Value *v = plan_value(p, n);
    text_printf(t, " %s%s%s", op_info[n->op].name, n->path ? " " : "", n->path ? n->path : "");
    if (!v->has_location) return;
    const Buffer *b = buffer_root(v->location.buffer);
    static const char *const kind[] = {"arena", "storage", "input"};
    text_printf(t, " -> %s+%" PRId64 " (%" PRId64 ", live %d..%d)", kind[b->kind],
                b->offset + v->location.base.constant, b->size, b->first, b->last);
}

static void print_region(Plan *p, Text *t, const Region *r, int depth) {
    static const char *const kind[] = {
#define KERNEL(kind, name, emit, what) name,
#include "kernels.def"
    };
    for (int i = 0; i < r->kernels.n; i++) {
        const Kernel *k = r->kernels.at[i];
        text_printf(t, "%*s%d %s", 4 * depth, "", k->time, kind[k->kind]);
        if (k->node) print_value(p, t, k->node);
        text_put(t, "\n");
        for (int s = 0; s < k->segments.n; s++) {
            const Segment *segment = &k->segments.at[s];
            text_printf(t, "%*s%" PRId64 " x %" PRId64 "\n", 4 * depth + 4, "",
                        k->rows ? k->rows : 1, segment->extent);
            for (int j = 0; j < segment->nodes.n; j++) {
                text_printf(t, "%*s", 4 * depth + 7, "");
                print_value(p, t, segment->nodes.at[j]);
                text_put(t, "\n");
            }
        }
        if (k->body) print_region(p, t, k->body, depth + 1);
    }
}

char *plan_print(Plan *p) {
    Text t = {.arena = p->arena};
    text_printf(&t, "arena: %" PRId64 " reals, %" PRId64 " indices; %.0f flops\n", p->arena_reals,
                p->arena_indexes, p->flops);
    print_region(p, &t, p->top, 1);
    return t.at;
}
