/* place.c: which buffer every value lies in.
 *
 * New contents of a storage, or of a scan's carry, are computed right over the old ones where
 * nothing reads the old ones afterwards: every reader runs earlier, or is the same loop at the same
 * element (all stores of a loop's body come behind its loads). Otherwise they are made apart and
 * copied. Kernels that overwrite a storage run last, behind the check that the losses are finite.
 */
#include "calls.h"
#include "reads.h"
#include "location.h"
#include "packed.h"

/* ---- which kernels run late ---- */

typedef struct {
    Plan *plan;
    Kernel *kernel;
    bool late;
    bool *needed;
} Late;

static Kernel *maker(Plan *p, const Node *n) {
    const Value *v = plan_value(p, n);
    return n->op == OP_PICK ? plan_value(p, n->in[0])->kernel : v->kernel;
}

static void see_late(void *context, Node *a, const Index *at) {
    (void)at;
    Late *l = context;
    const Kernel *k = maker(l->plan, a);
    if (k && k != l->kernel && k->region == l->plan->top && k->late) l->late = true;
}

/* The copies that fill a scan's carries or a concatenation's parts are read by no node. */
static void see_copies(Late *l, ReadSeen see) {
    const Kernel *k = l->kernel;
    if (!k->node || (k->kind != KERNEL_SCAN && k->kind != KERNEL_JOIN)) return;
    const Value *v = plan_value(l->plan, k->node);
    for (int i = 0; i < v->before.n; i++) see(l, v->before.at[i], NULL);
}

static void see_needed(void *context, Node *a, const Index *at) {
    (void)at;
    Late *l = context;
    const Kernel *k = maker(l->plan, a);
    if (k && k != l->kernel && k->region == l->plan->top) l->needed[k->position] = true;
}

/* The value that a whole reshape of it shows. */
static Node *shown(Plan *p, Node *n) {
    Node *in;
    while (access_steps_down(p, n, &in)) n = in;
    return n;
}

/* No kernel that a loss is computed from may store before the losses have been checked. */
static void keep_before_check(Plan *p) {
    bool *needed = NEW_ARRAY(p->arena, bool, p->top->kernels.n + 1);
    for (int i = 0; i < p->program->finite.n; i++) {
        const Kernel *k = maker(p, shown(p, p->finite[i]));
        if (k) needed[k->position] = true;
    }
    for (int i = p->top->kernels.n - 1; i >= 0; i--) {
        Late l = {.plan = p, .kernel = p->top->kernels.at[i], .needed = needed};
        if (!needed[i]) continue;
        l.kernel->stores = false;
        reads_of_kernel(p, l.kernel, see_needed, &l);
        see_copies(&l, see_needed);
    }
}

static void order_late(Plan *p) {
    LIST(Kernel *) early = {0}, late = {0};
    for (int i = 0; i < p->top->kernels.n; i++) {
        Kernel *k = p->top->kernels.at[i];
        Late l = {.plan = p, .kernel = k, .late = k->stores};
        reads_of_kernel(p, k, see_late, &l);
        see_copies(&l, see_late);
        k->late = l.late;
        if (k->late) LIST_ADD(p->arena, &late, k);
        else LIST_ADD(p->arena, &early, k);
    }
    p->finite_after = early.n;
    for (int i = 0; i < late.n; i++) LIST_ADD(p->arena, &early, late.at[i]);
    for (int i = 0; i < early.n; i++) {
        p->top->kernels.at[i] = early.at[i];
        early.at[i]->position = i;
    }
}

/* ---- overwriting ---- */

typedef struct {
    Plan *plan;
    const Buffer *old; /* what would be overwritten */
    const Node *writer;
    Index at;    /* where the writer stores, from the start of the storage or buffer */
    int segment; /* being looked at */
    bool same_loop, safe;
    const Node *continued; /* the value that the writer only changes a part of; or NULL */
} Overwrite;

static void see_old(void *context, Node *a, const Index *at) {
    Overwrite *o = context;
    const Value *v = plan_value(o->plan, a);
    if (!v->has_location || a == o->writer || !buffer_overlap(v->location.buffer, o->old)) return;
    if (a == o->continued) return;
    o->safe = o->safe && o->same_loop && at;
    if (!o->safe) return;
    int64_t dim[DOMAIN_MAX];
    Index read = location_at(&v->location, node_domain(a, dim), at);
    if (v->location.buffer->kind == BUFFER_STORAGE) read.constant += v->location.buffer->offset;
    o->safe = index_equal(&read, &o->at) && o->segment <= plan_value(o->plan, o->writer)->segment;
}

typedef struct {
    Region *region;
    Arena *arena;
    int position;
} Noting;

static void note_read(void *context, Node *a, const Index *at) {
    (void)at;
    Noting *n = context;
    LIST_ADD(n->arena, &n->region->reads, ((ReadAt){a, n->position}));
}

/* What each kernel of a region reads, noted once, when their order has been settled. */
static void note_reads(Plan *p, Region *r) {
    Noting n = {.region = r, .arena = p->arena};
    for (; n.position < r->kernels.n; n.position++)
        reads_of_kernel(p, r->kernels.at[n.position], note_read, &n);
}

/* Kernels behind this one. */
static void see_later(Overwrite *o, const Kernel *k) {
    const Region *r = k->region;
    o->same_loop = false;
    for (int i = r->reads.n - 1; o->safe && i >= 0 && r->reads.at[i].position > k->position; i--)
        see_old(o, r->reads.at[i].node, NULL);
}

/* May the kernel of `writer`, whose value is as large as `old`, store it over it? */
static bool may_overwrite(Plan *p, const Buffer *old, Node *writer) {
    const Value *v = plan_value(p, writer);
    Kernel *k = v->kernel;
    if (!k || k->kind == KERNEL_JOIN || k->kind == KERNEL_SCAN) return false;
    Overwrite o = {.plan = p, .old = old, .writer = writer, .safe = true};
    o.same_loop = k->kind == KERNEL_LOOP && !reduces(writer);
    if (o.same_loop) {
        o.at = loop_position(p, k->rows ? k->rows : 1, k->segments.at[v->segment].extent);
        o.at.constant += old->kind == BUFFER_STORAGE ? old->offset : 0;
    }
    if (writer->op == OP_PUT) o.continued = shown(p, writer->in[0]);
    for (; o.segment < k->segments.n; o.segment++) reads_of_segment(p, k, o.segment, see_old, &o);
    if (k->segments.n == 0) reads_of_kernel(p, k, see_old, &o);
    o.continued = NULL;
    see_later(&o, k);
    return o.safe;
}

static bool store_candidate(Plan *p, const StorePlan *s, Node **made) {
    *made = shown(p, s->value);
    const Value *v = plan_value(p, *made);
    return v->role == VALUE_ANCHOR && !v->has_location && v->kernel->region == p->top &&
           node_elements(*made) == s->store->size;
}

static void place_stores(Plan *p) {
    for (int i = 0; i < p->stores.n; i++) {
        StorePlan *s = &p->stores.at[i];
        Node *made;
        if (!store_candidate(p, s, &made) || !plan_value(p, made)->kernel->stores) continue;
        Buffer *b = plan_buffer(p, BUFFER_STORAGE, made, s->store->size);
        b->number = s->store->storage;
        b->offset = s->store->offset;
        s->in_place = may_overwrite(p, b, made);
        if (!s->in_place) continue;
        Value *v = plan_value(p, made);
        v->has_location = true;
        v->location = location_contiguous(b, made);
    }
}

static void mark_stores(Plan *p) {
    for (int i = 0; i < p->stores.n; i++) {
        Node *made;
        if (store_candidate(p, &p->stores.at[i], &made)) plan_value(p, made)->kernel->stores = true;
    }
    keep_before_check(p);
    order_late(p);
}

static void place_carries(Plan *p, Region *body) {
    for (int i = 0; i < body->updates.n; i++) {
        CarryUpdate *u = &body->updates.at[i];
        Node *made = shown(p, u->next);
        u->in_place = plan_value(p, made)->role == VALUE_ANCHOR && may_overwrite(p, u->carry, made);
        if (u->in_place) u->from->same = u->carry;
    }
}

/* ---- buffers of their own ---- */

static void place_value(Plan *p, Node *n) {
    Value *v = plan_value(p, n);
    if (v->role != VALUE_ANCHOR || !v->in_memory || v->has_location) return;
    v->has_location = true;
    v->location = location_contiguous(plan_buffer(p, BUFFER_ARENA, n, node_elements(n)), n);
}

static void place_kernel(Plan *p, Kernel *k) {
    for (int s = 0; s < k->segments.n; s++)
        for (int i = 0; i < k->segments.at[s].nodes.n; i++)
            place_value(p, k->segments.at[s].nodes.at[i]);
    if (k->node && k->kind != KERNEL_SCAN) place_value(p, k->node);
    if (k->kind == KERNEL_PACKED)
        k->scratch = plan_buffer(p, BUFFER_ARENA, k->node, plan_value(p, k->node)->packed->scratch);
    if (k->kind == KERNEL_CALL && call_info[k->node->op].scratch)
        k->scratch = plan_buffer(p, BUFFER_ARENA, k->node, call_info[k->node->op].scratch(k->node));
}

/* Requires: kernels. Leaves: every value that lies in memory with its location; the arena's buffers
 * still without offsets. */
void plan_place(Plan *p) {
    mark_stores(p);
    for (int r = 0; r < p->regions.n; r++) note_reads(p, p->regions.at[r]);
    place_stores(p);
    for (int r = 0; r < p->regions.n; r++) {
        Region *region = p->regions.at[r];
        place_carries(p, region);
        for (int i = 0; i < region->kernels.n; i++) place_kernel(p, region->kernels.at[i]);
    }
}
