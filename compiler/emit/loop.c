/* loop.c: loop nests.
 *
 *     for (int r = 0; r < rows; r++) {         in parallel, if it is worth it
 *         what is the same all over the row
 *         for (int i = 0; i < extent; i++) {   vectorised
 *             sums += ..;                      locals, then stores: all loads come before them
 *         }
 *         ..                                   further segments
 *     }
 */
#include "expression.h"

#include <inttypes.h>
#include <stdlib.h>

enum { LEAST_INNER = 8 };

/* ---- how much work ---- */

static double node_work(const Node *n) {
    double flops = graph_flops(n);
    double moved = (double)node_elements(n) * (reduces(n) ? (double)reduced_elements(n) : 1);
    return flops > moved ? flops : moved;
}

static double kernel_work(const Kernel *k) {
    double work = 0;
    for (int s = 0; s < k->segments.n; s++)
        for (int i = 0; i < k->segments.at[s].nodes.n; i++)
            work += node_work(k->segments.at[s].nodes.at[i]);
    return work;
}

/* ---- one segment ---- */

typedef struct {
    Text before, body, after; /* of the inner loop */
    Text kernel;              /* before the outer loop */
    Text sums, maxima;        /* the names that a reduction clause lists */
    bool in_order;            /* an argmax: not to be vectorised */
} Parts;

static void add_name(Text *list, const char *name) {
    text_printf(list, "%s%s", list->n ? ", " : "", name);
}

static bool store_element(Loop *l, Node *n, const Index *at, Level level, Text *to,
                          const char *value) {
    const Value *v = plan_value(l->e->plan, n);
    if (!v->has_location) return false;
    int64_t dim[DOMAIN_MAX];
    const char *place = loop_place(l, &v->location, node_domain(n, dim), at);
    if (!l->counting) text_printf(to, "%*s%s = %s;\n", 4 * l->indent[level], "", place, value);
    return true;
}

static void write_argmax(Loop *l, const char *name, Expr term, const Index *reduced, Parts *parts) {
    Emitter *e = l->e;
    const char *largest = l->counting ? "largest" : emit_name(e, "largest");
    loop_statement(l, LEVEL_ROW, "real %s = (real)-INFINITY;", largest);
    const char *value = term.text;
    if (!term.simple) {
        value = l->counting ? "value" : emit_name(e, "value");
        loop_statement(l, LEVEL_ELEMENT, "const real %s = %s;", value, term.text);
    }
    Text place = {.arena = e->arena};
    index_print(&place, &reduced[0]);
    loop_statement(l, LEVEL_ELEMENT, "if (%s > %s) {", value, largest);
    loop_statement(l, LEVEL_ELEMENT, "    %s = %s;", largest, value);
    loop_statement(l, LEVEL_ELEMENT, "    %s = %s;", name, place.at);
    loop_statement(l, LEVEL_ELEMENT, "}");
    parts->in_order = true;
}

static void write_reduction(Loop *l, Node *n, const Index *at, const Index *reduced, Parts *parts) {
    Emitter *e = l->e;
    const char *name = l->counting ? "sum" : emit_name(e, emit_path(e, n));
    bool argmax = n->op == OP_ARGMAX;
    loop_statement(l, LEVEL_ROW, "%s %s = %s;", loop_type(n), name, loop_neutral(n));
    Expr term = loop_term(l, n, at, reduced);
    if (argmax) {
        write_argmax(l, name, term, reduced, parts);
    } else {
        loop_statement(l, LEVEL_ELEMENT, "%s", loop_combine(l, n, name, term));
        if (!l->counting) add_name(n->op == OP_MAX_OVER ? &parts->maxima : &parts->sums, name);
    }
    store_element(l, n, at, LEVEL_ROW, &parts->after, name);
    if (!l->counting) {
        Expr sum = {.text = name,
                    .precedence = 16,
                    .level = l->row_loop ? LEVEL_ROW : LEVEL_KERNEL,
                    .type = argmax ? TYPE_INDEX : TYPE_REAL,
                    .simple = true};
        loop_known(l, n, at, sum);
    }
}

static void visit_segment(Loop *l, Parts *parts, bool counting) {
    Plan *p = l->e->plan;
    const Kernel *k = l->kernel;
    const Segment *s = &k->segments.at[l->segment];
    Text stores = {.arena = l->e->arena};
    Level level = l->element_loop ? LEVEL_ELEMENT : LEVEL_ROW;
    l->counting = counting;
    for (int i = 0; i < s->nodes.n; i++) {
        Node *n = s->nodes.at[i];
        Index at[DOMAIN_MAX], reduced[DOMAIN_MAX];
        loop_indices(p, n, k->rows, s->extent, at, reduced);
        if (reduces(n)) {
            write_reduction(l, n, at, reduced, parts);
            continue;
        }
        l->force_name = s->extent == 1 && k->segments.n > 1;
        Expr value = loop_element(l, n, at);
        l->force_name = false;
        store_element(l, n, at, level, &stores, value.text);
    }
    if (stores.n) text_put(l->element_loop ? &parts->body : &parts->before, stores.at);
}

static Parts new_parts(Arena *a) {
    Text empty = {.arena = a};
    text_put(&empty, "");
    Parts parts = {empty, empty, empty, empty, empty, empty, false};
    Text *all[] = {&parts.before, &parts.body, &parts.after,
                   &parts.kernel, &parts.sums, &parts.maxima};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        *all[i] = (Text){.arena = a};
        text_put(all[i], "");
    }
    return parts;
}

static void write_segment(Loop *l, Parts *parts) {
    const Segment *s = &l->kernel->segments.at[l->segment];
    l->element_loop = s->extent > 1;
    l->text[LEVEL_KERNEL] = l->row_loop ? &parts->kernel : &parts->before;
    l->text[LEVEL_ROW] = &parts->before;
    l->text[LEVEL_ELEMENT] = &parts->body;
    l->written.n = 0;
    for (int i = 0; i < s->nodes.n; i++) {
        const Value *v = plan_value(l->e->plan, s->nodes.at[i]);
        if (v->has_location) LIST_ADD(l->e->arena, &l->written, (const Buffer *)v->location.buffer);
    }
    visit_segment(l, parts, true);
    visit_segment(l, parts, false);
    loop_forget(l);
}

/* ---- how a kernel without sums is cut into rows ---- */

static bool divides_with(Emitter *e, Kernel *k, int64_t extent) {
    Kernel trial = *k;
    Segment segment = k->segments.at[0];
    segment.extent = extent;
    trial.segments.at = &segment;
    trial.rows = k->total / extent;
    Loop l = {.e = e, .kernel = k, .row_loop = trial.rows > 1, .element_loop = extent > 1};
    int used = e->used.n, names = e->names.n;
    Parts parts = new_parts(e->arena);
    Segment kept = k->segments.at[0];
    int64_t rows = k->rows;
    k->segments.at[0].extent = extent;
    k->rows = trial.rows;
    visit_segment(&l, &parts, true);
    k->segments.at[0] = kept;
    k->rows = rows;
    e->used.n = used;
    e->names.n = names;
    return l.divides;
}

static int larger_first(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x < y) - (x > y);
}

typedef struct {
    Plan *plan;
    Arena *arena;
    int64_t total;
    LIST(int64_t) extents;
    LIST(Node *) seen;
} Cuts;

static void add_cuts(Cuts *c, Node *n) {
    for (int i = 0; i < c->seen.n; i++)
        if (c->seen.at[i] == n) return;
    LIST_ADD(c->arena, &c->seen, n);
    int64_t dim[DOMAIN_MAX], extent = 1;
    for (int i = node_domain(n, dim) - 1; i >= 0; i--) {
        extent *= dim[i];
        if (extent > 1 && c->total % extent == 0) LIST_ADD(c->arena, &c->extents, extent);
    }
    const Value *v = plan_value(c->plan, n);
    if (v->role == VALUE_INLINE || c->seen.n == 1)
        for (int i = 0; i < read_inputs(c->plan, n); i++) add_cuts(c, read_input(c->plan, n, i));
}

/* The longest inner loop that needs no division to find its elements. */
static void cut_rows(Emitter *e, Kernel *k) {
    if (k->rows) return;
    Cuts cuts = {.plan = e->plan, .arena = e->arena, .total = k->total};
    for (int i = 0; i < k->segments.at[0].nodes.n; i++) {
        cuts.seen.n = 0;
        add_cuts(&cuts, k->segments.at[0].nodes.at[i]);
    }
    LIST_ADD(e->arena, &cuts.extents, k->total);
    qsort(cuts.extents.at, (size_t)cuts.extents.n, sizeof(int64_t), larger_first);
    int64_t chosen = k->total;
    for (int i = 0; i < cuts.extents.n; i++) {
        int64_t extent = cuts.extents.at[i];
        if (i > 0 && extent == cuts.extents.at[i - 1]) continue;
        if (extent != k->total && extent < LEAST_INNER) break;
        if (!divides_with(e, k, extent)) {
            chosen = extent;
            break;
        }
    }
    k->rows = k->total / chosen;
    k->segments.at[0].extent = chosen;
}

/* ---- the nest ---- */

static void put(Emitter *e, const Text *t) {
    text_put_n(e->out, t->at, t->n);
}

static void put_pragma(Emitter *e, const Parts *parts, bool parallel) {
    if (parts->in_order) return;
    Text t = {.arena = e->arena};
    text_put(&t, parallel ? "#pragma omp parallel for simd" : "#pragma omp simd");
    if (parts->sums.n) text_printf(&t, " reduction(+ : %s)", parts->sums.at);
    if (parts->maxima.n) text_printf(&t, " reduction(max : %s)", parts->maxima.at);
    emit_line(e, "%s", t.at);
}

static void put_segment(Emitter *e, const Segment *s, const Parts *parts, bool parallel) {
    put(e, &parts->before);
    if (s->extent > 1) {
        put_pragma(e, parts, parallel);
        emit_line(e, "for (%s i = 0; i < %" PRId64 "; i++) {", e->counter, s->extent);
        put(e, &parts->body);
        emit_line(e, "}");
    }
    put(e, &parts->after);
}

void emit_loop(Emitter *e, Kernel *k) {
    cut_rows(e, k);
    Loop l = {.e = e, .kernel = k, .row_loop = k->rows > 1};
    l.indent[LEVEL_KERNEL] = e->indent;
    l.indent[LEVEL_ROW] = e->indent + l.row_loop;
    l.indent[LEVEL_ELEMENT] = l.indent[LEVEL_ROW] + 1;
    Parts *parts = NEW_ARRAY(e->arena, Parts, k->segments.n);
    for (l.segment = 0; l.segment < k->segments.n; l.segment++) {
        parts[l.segment] = new_parts(e->arena);
        write_segment(&l, &parts[l.segment]);
        put(e, &parts[l.segment].kernel);
    }
    bool parallel = kernel_work(k) >= PARALLEL_WORK;
    if (l.row_loop) {
        if (parallel) emit_line(e, "#pragma omp parallel for");
        emit_line(e, "for (%s r = 0; r < %" PRId64 "; r++) {", e->counter, k->rows);
        e->indent++;
    }
    for (int s = 0; s < k->segments.n; s++) {
        bool alone = !l.row_loop && parallel && parts[s].sums.n == 0 && parts[s].maxima.n == 0;
        put_segment(e, &k->segments.at[s], &parts[s], alone);
    }
    if (l.row_loop) {
        e->indent--;
        emit_line(e, "}");
    }
}
