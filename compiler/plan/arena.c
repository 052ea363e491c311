/* arena.c: where in the arena each buffer lies.
 *
 * A buffer lives from the first kernel that writes it to the last that reads it; a scan is one
 * kernel to what is made outside of it. An elementwise loop takes over the buffer of an input that
 * dies in it. Then the largest buffers first, each at the lowest offset where it meets no other
 * that lives at the same time (the greedy-by-size rule of Pisarchyk and Lee, 2020). */
#include "reads.h"
#include "location.h"

#include <stdlib.h>
#include <string.h>

enum { ALIGN_ELEMENTS = 16 }; /* 64 bytes of float */

/* ---- time ---- */

static int number_kernels(Region *r, int time) {
    for (int i = 0; i < r->kernels.n; i++) {
        Kernel *k = r->kernels.at[i];
        k->time = time++;
        if (k->kind == KERNEL_SCAN) time = number_kernels(k->body, time);
        k->end_time = k->kind == KERNEL_SCAN ? time++ : k->time;
    }
    return time;
}

static void live_at(Buffer *b, int first, int last) {
    if (b->first < 0 || first < b->first) b->first = first;
    if (last > b->last) b->last = last;
}

/* Buffer b is used in kernel k: if b belongs outside of the scan that k is in, during all of the
 * scan. */
static void live_in(Buffer *b, const Kernel *k) {
    b = buffer_root(b);
    while (k->region != b->home) k = k->region->kernel;
    live_at(b, k->time, k->end_time);
}

typedef struct {
    Plan *plan;
    Kernel *kernel;
} Using;

static void see_use(void *context, Node *a, const Index *at) {
    (void)at;
    Using *u = context;
    const Value *v = plan_value(u->plan, a);
    if (v->has_location) live_in(v->location.buffer, u->kernel);
}

static void use_result(Plan *p, Node *n, Kernel *k) {
    const Value *v = plan_value(p, n);
    if (v->has_location) live_in(v->location.buffer, k);
}

static void use_kernel(Plan *p, Kernel *k) {
    Using u = {p, k};
    if (k->kind != KERNEL_SCAN) {
        reads_of_kernel(p, k, see_use, &u);
        if (k->node) use_result(p, k->node, k);
    }
    for (int s = 0; s < k->segments.n; s++)
        for (int i = 0; i < k->segments.at[s].nodes.n; i++)
            use_result(p, k->segments.at[s].nodes.at[i], k);
    if (k->scratch) live_in(k->scratch, k);
}

/* A carry's next value waits in its own buffer until the turn's end. */
static void use_updates(Region *body) {
    for (int i = 0; i < body->updates.n; i++) {
        CarryUpdate *u = &body->updates.at[i];
        live_at(buffer_root(u->carry), body->kernel->time, body->kernel->end_time);
        if (!u->in_place && u->from->first >= 0)
            live_at(u->from, u->from->first, body->kernel->end_time);
    }
}

static Buffer *whole_buffer(Plan *p, Node *n) {
    Location l;
    if (!location_view(p, n, &l)) BUG("a result that is not in memory");
    return buffer_root(l.buffer);
}

/* What is read after the last kernel. */
static void use_results(Plan *p, int end) {
    for (int i = 0; i < p->program->outputs.n; i++) {
        Buffer *b = whole_buffer(p, p->outputs[i]);
        b->whole_program = true;
        live_at(b, end, end);
    }
    for (int i = 0; i < p->program->finite.n; i++) {
        Buffer *b = whole_buffer(p, p->finite[i]);
        b->whole_program = true;
        live_at(b, end, end);
    }
    for (int i = 0; i < p->stores.n; i++) live_at(whole_buffer(p, p->stores.at[i].value), end, end);
}

/* ---- whose buffers they are ---- */

static void set_home(Buffer *b, Region *r) {
    if (!b->home) b->home = r;
}

static void find_homes(Plan *p) {
    for (int r = 0; r < p->regions.n; r++) {
        Region *region = p->regions.at[r];
        for (int i = 0; i < region->nodes.n; i++) {
            Node *n = region->nodes.at[i];
            const Value *v = plan_value(p, n);
            if (n->op == OP_PICK && v->has_location) /* a scan's results belong around it */
                set_home(v->location.buffer, region);
        }
        for (int i = 0; i < region->updates.n; i++) {
            set_home(region->updates.at[i].carry, region->outer);
            set_home(region->updates.at[i].from, region);
        }
    }
    for (int i = 0; i < p->buffers.n; i++)
        set_home(p->buffers.at[i], plan_value(p, p->buffers.at[i]->node)->region);
}

static void find_lives(Plan *p) {
    int end = number_kernels(p->top, 0);
    for (int r = 0; r < p->regions.n; r++)
        for (int i = 0; i < p->regions.at[r]->kernels.n; i++)
            use_kernel(p, p->regions.at[r]->kernels.at[i]);
    for (int r = 1; r < p->regions.n; r++) use_updates(p->regions.at[r]);
    use_results(p, end);
}

/* ---- taking over the buffer of a dying input ---- */

typedef struct {
    Plan *plan;
    Kernel *kernel;
    const Node *writer;
    Index at; /* where the writer stores */
    int segment;
    LIST(Buffer *) dying, unfit;
} Reuse;

static void see_dying(void *context, Node *a, const Index *at) {
    Reuse *u = context;
    const Value *v = plan_value(u->plan, a);
    if (!v->has_location) return;
    Buffer *b = buffer_root(v->location.buffer);
    int64_t dim[DOMAIN_MAX];
    Index read = location_at(&v->location, node_domain(a, dim), at);
    bool fits = b->kind == BUFFER_ARENA && !b->whole_program && b->home == u->kernel->region &&
                b->last == u->kernel->time && index_equal(&read, &u->at) &&
                u->segment <= plan_value(u->plan, u->writer)->segment;
    if (fits) LIST_ADD(u->plan->arena, &u->dying, b);
    else LIST_ADD(u->plan->arena, &u->unfit, b);
}

static bool in_list(Buffer *const *at, int n, const Buffer *b) {
    for (int i = 0; i < n; i++)
        if (at[i] == b) return true;
    return false;
}

/* Another value of this kernel is stored there too. */
static bool written_here(Plan *p, const Kernel *k, const Node *writer, const Buffer *b) {
    int first = plan_value(p, writer)->segment;
    for (int s = first; s < k->segments.n; s++)
        for (int i = 0; i < k->segments.at[s].nodes.n; i++) {
            Node *n = k->segments.at[s].nodes.at[i];
            const Value *v = plan_value(p, n);
            if (n != writer && v->has_location && buffer_root(v->location.buffer) == b) return true;
        }
    return false;
}

static void reuse_for(Plan *p, Kernel *k, Node *n) {
    Value *v = plan_value(p, n);
    if (!v->has_location || reduces(n)) return;
    Buffer *own = v->location.buffer;
    if (own->same || own->kind != BUFFER_ARENA || own->home != k->region || own->node != n ||
        own->first != k->time || own->size != node_elements(n))
        return;
    Reuse u = {.plan = p, .kernel = k, .writer = n};
    u.at = loop_position(p, k->rows ? k->rows : 1, k->segments.at[v->segment].extent);
    for (; u.segment < k->segments.n; u.segment++) reads_of_segment(p, k, u.segment, see_dying, &u);
    for (int i = 0; i < u.dying.n; i++) {
        Buffer *b = u.dying.at[i];
        if (b == own || b->size < own->size || b->is_index != own->is_index ||
            in_list(u.unfit.at, u.unfit.n, b) || written_here(p, k, n, b))
            continue;
        own->same = b;
        live_at(b, own->first, own->last);
        b->whole_program = own->whole_program;
        return;
    }
}

static void reuse_buffers(Plan *p) {
    for (int r = 0; r < p->regions.n; r++)
        for (int i = 0; i < p->regions.at[r]->kernels.n; i++) {
            Kernel *k = p->regions.at[r]->kernels.at[i];
            if (k->kind != KERNEL_LOOP) continue;
            for (int s = 0; s < k->segments.n; s++)
                for (int j = 0; j < k->segments.at[s].nodes.n; j++)
                    reuse_for(p, k, k->segments.at[s].nodes.at[j]);
        }
}

/* ---- offsets ---- */

static int larger_first(const void *a, const void *b) {
    const Buffer *x = *(Buffer *const *)a, *y = *(Buffer *const *)b;
    if (x->size != y->size) return x->size < y->size ? 1 : -1;
    return x->node->id - y->node->id;
}

static bool meet(const Buffer *a, const Buffer *b) {
    return a->is_index == b->is_index && a->first <= b->last && b->first <= a->last;
}

static int64_t aligned(int64_t size) {
    return (size + ALIGN_ELEMENTS - 1) / ALIGN_ELEMENTS * ALIGN_ELEMENTS;
}

typedef struct {
    Buffer **at; /* by offset */
    int n;
} Placed;

/* The lowest offset at which b meets none of those placed. */
static int64_t find_offset(const Placed *placed, const Buffer *b) {
    int64_t offset = 0;
    for (int i = 0; i < placed->n; i++) {
        const Buffer *o = placed->at[i];
        if (!meet(o, b)) continue;
        if (offset + aligned(b->size) <= o->offset) break;
        int64_t end = o->offset + aligned(o->size);
        if (offset < end) offset = end;
    }
    return offset;
}

static void keep_placed(Placed *placed, Buffer *b) {
    int low = 0, high = placed->n;
    while (low < high) {
        int middle = (low + high) / 2;
        if (placed->at[middle]->offset <= b->offset) low = middle + 1;
        else high = middle;
    }
    memmove(placed->at + low + 1, placed->at + low, sizeof *placed->at * (size_t)(placed->n - low));
    placed->at[low] = b;
    placed->n++;
}

static void give_offsets(Plan *p) {
    LIST(Buffer *) all = {0};
    for (int i = 0; i < p->buffers.n; i++) {
        Buffer *b = p->buffers.at[i];
        if (b->kind == BUFFER_ARENA && !b->same && b->first >= 0) LIST_ADD(p->arena, &all, b);
    }
    LIST_SORT(&all, larger_first);
    Placed placed = {.at = NEW_ARRAY(p->arena, Buffer *, all.n + 1)};
    for (int i = 0; i < all.n; i++) {
        Buffer *b = all.at[i];
        b->offset = find_offset(&placed, b);
        keep_placed(&placed, b);
        int64_t end = b->offset + aligned(b->size);
        int64_t *size = b->is_index ? &p->arena_indexes : &p->arena_reals;
        if (end > *size) *size = end;
    }
}

/* Requires: locations. Leaves: every buffer of the arena with its offset. */
void plan_arena(Plan *p) {
    find_homes(p);
    find_lives(p);
    reuse_buffers(p);
    give_offsets(p);
}
