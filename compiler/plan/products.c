/* products.c: the floor under a training step, as text: its matrix products and the memory traffic
 * of its updates. Read by tests/bench/bare.c.
 *
 *     product COUNT M N K LEFT RIGHT     COUNT times [M, K] times [K, N]; t: stored transposed
 *     traffic ELEMENTS                   read or written by updates
 *
 * An update reads and writes what it stores, and a parameter's reads its gradient too: of an Adam
 * that is 7 elements a parameter, of a plain gradient step 3. */
#include "packed.h"

#include <inttypes.h>

typedef struct {
    int64_t m, n, k, count;
    bool left, right;
} Line;
typedef struct {
    Plan *plan;
    LIST(Line) lines;
    int64_t traffic;
} Floor;

static void add_product(Floor *f, const Product *q, int64_t times) {
    for (int i = 0; i < q->n_loops; i++) times *= q->loop[i].extent;
    for (int i = 0; i < f->lines.n; i++) {
        Line *l = &f->lines.at[i];
        if (l->m != q->m || l->n != q->n || l->k != q->k || l->left != q->trans_left ||
            l->right != q->trans_right)
            continue;
        l->count += times;
        return;
    }
    LIST_ADD(f->plan->arena, &f->lines,
             ((Line){q->m, q->n, q->k, times, q->trans_left, q->trans_right}));
}

/* Of the first block; all are of one size. */
static void add_packed(Floor *f, const Kernel *k, int64_t times) {
    const Value *v = plan_value(f->plan, k->node);
    Index first = index_constant(0);
    Product q;
    if (packed_lower(f->plan, v->folded ? v->folded : k->node, v->packed, k->scratch, &first, &q))
        add_product(f, &q, times * v->packed->blocks);
}

static void add_region(Floor *f, const Region *r, int64_t times) {
    for (int i = 0; i < r->kernels.n; i++) {
        const Kernel *k = r->kernels.at[i];
        Product q;
        if (k->kind == KERNEL_SCAN) add_region(f, k->body, times * k->body->scan->turns);
        else if (k->kind == KERNEL_PRODUCT && product_lower(f->plan, k->node, &q))
            add_product(f, &q, times);
        else if (k->kind == KERNEL_PACKED) add_packed(f, k, times);
    }
}

static int64_t traffic(const Model *m, const Program *p) {
    int64_t elements = 0;
    for (int i = 0; i < p->stores.n; i++) {
        int storage = p->stores.at[i].storage;
        bool parameters = false;
        for (int k = 0; k < m->tensors.n; k++)
            parameters = parameters || (m->tensors.at[k].storage == storage &&
                                        m->tensors.at[k].role == GEN_PARAM);
        elements += (parameters ? 3 : 2) * p->stores.at[i].size;
    }
    return elements;
}

/* n: plans of the model's programs. */
char *plan_floor(Arena *a, const Model *m, int n, Plan *const *plans) {
    Floor f = {0};
    Text text = {.arena = a};
    for (int i = 0; i < n; i++) {
        const Program *p = plans[i]->program;
        if (p->role != GEN_STEP) continue;
        f.plan = plans[i];
        add_region(&f, plans[i]->top, p->times);
        f.traffic += p->times * traffic(m, p);
    }
    for (int i = 0; i < f.lines.n; i++) {
        const Line *l = &f.lines.at[i];
        text_printf(&text, "product %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %s %s\n",
                    l->count, l->m, l->n, l->k, l->left ? "t" : "n", l->right ? "t" : "n");
    }
    text_printf(&text, "traffic %" PRId64 "\n", f.traffic);
    return text.at;
}
