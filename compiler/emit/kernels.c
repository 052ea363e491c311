/* kernels.c: a region's kernels one after another; a scan's body inside its loop. */
#include "file.h"

#include <inttypes.h>
#include <string.h>

/* ---- scans ---- */

/* The next carries that could not be computed in place. */
static void emit_updates(Emitter *e, Region *body) {
    for (int i = 0; i < body->updates.n; i++)
        if (!body->updates.at[i].in_place) emit_buffer_name(e, body->updates.at[i].from);
    emit_declarations(e, body);
    for (int i = 0; i < body->updates.n; i++) {
        CarryUpdate *u = &body->updates.at[i];
        if (u->in_place) continue;
        emit_line(e, "memcpy(%s, %s, sizeof(%s) * %" PRId64 ");", emit_buffer_name(e, u->carry),
                  emit_buffer_name(e, u->from), u->carry->is_index ? "int32_t" : "real",
                  u->carry->size);
    }
}

void emit_scan(Emitter *e, Kernel *k) {
    Region *body = k->body;
    const char *t = body->turn_name;
    int64_t turns = body->scan->turns;
    if (turns == 1) emit_line(e, "{");
    else if (body->scan->reverse)
        emit_line(e, "for (%s %s = %" PRId64 "; %s >= 0; %s--) {", e->counter, t, turns - 1, t, t);
    else emit_line(e, "for (%s %s = 0; %s < %" PRId64 "; %s++) {", e->counter, t, t, turns, t);
    e->indent++;
    int before = e->used.n;
    emit_region(e, body, 0, body->kernels.n);
    emit_updates(e, body);
    emit_forget_declared(e, before);
    e->indent--;
    emit_line(e, "}");
}

void emit_nothing(Emitter *e, Kernel *k) {
    (void)e;
    (void)k;
}

/* ---- watching ---- */

enum { MAX_INNER = 6 }; /* names beside a watched value */

static bool is_watched(Emitter *e, const Node *n) {
    const Value *v = plan_value(e->plan, n);
    return v->has_location && n->kind == KIND_REAL && location_is_contiguous(&v->location, n) &&
           !emit_is_constant(n);
}

static bool is_adjoint(const char *path) {
    return strncmp(path, "d.", 2) == 0;
}

/* What a loop computes on the way to its results is in no array and cannot be watched: the spec's names for it
 * go with the result's. "l, by way of q.k, q.m" */
static const char *with_inner(Emitter *e, const Kernel *k, const Node *result) {
    const char *name = emit_path(e, result), *last = name;
    Text text = {.arena = e->arena};
    text_put(&text, name);
    if (is_adjoint(name) || node_elements(result) == 1) return text.at;
    int named = 0;
    for (int s = 0; s < k->segments.n; s++) {
        for (int i = 0; i < k->segments.at[s].nodes.n; i++) {
            const Node *n = k->segments.at[s].nodes.at[i];
            if (n == result) return text.at;
            if (!n->path || strcmp(n->path, last) == 0 || strcmp(n->path, name) == 0) continue;
            if (is_watched(e, n) || is_adjoint(n->path) || named == MAX_INNER) continue;
            text_put(&text, named++ ? ", " : ", by way of ");
            text_put(&text, n->path);
            last = n->path;
        }
    }
    return text.at;
}

static void watch(Emitter *e, const Kernel *k, const Node *n) {
    if (!is_watched(e, n)) return;
    emit_line(e, "GEN_WATCH(run, \"%s\", %s, %" PRId64 ");", with_inner(e, k, n),
              emit_pointer(e, &plan_value(e->plan, n)->location), node_elements(n));
}

static void emit_watches(Emitter *e, const Kernel *k) {
    if (e->file->library) return; /* nobody asks */
    for (int s = 0; s < k->segments.n; s++)
        for (int i = 0; i < k->segments.at[s].nodes.n; i++)
            watch(e, k, k->segments.at[s].nodes.at[i]);
    if (k->node && k->kind != KERNEL_SCAN && k->kind != KERNEL_JOIN) watch(e, k, k->node);
}

/* ---- all ---- */

static int count_lines(const Text *t) {
    int n = 0;
    for (size_t i = 0; i < t->n; i++) n += t->at[i] == '\n';
    return n;
}

/* The spec's lines, what it mentions first, the kernel. */
static void emit_kernel(Emitter *e, Kernel *k) {
    static void (*const emits[])(Emitter *, Kernel *) = {
#define KERNEL(kind, name, emit, what) emit,
#include "../plan/kernels.def"
    };
    Text *out = e->out, body = {.arena = e->arena}, whole = {.arena = e->arena};
    text_put(&whole, "");
    text_put(&body, "");
    e->out = &body;
    emits[k->kind](e, k);
    emit_watches(e, k);
    e->out = &whole;
    if (k->kind != KERNEL_JOIN) emit_origin(e, k);
    emit_declarations(e, k->region);
    text_put_n(&whole, body.at, body.n);
    e->out = out;
    text_put_n(out, whole.at, whole.n);
    if (e->measure) e->lines[k->time] = count_lines(&whole);
}

void emit_kernels(Emitter *e, Region *r, int from, int to) {
    for (int i = from; i < to; i++) emit_kernel(e, r->kernels.at[i]);
}
