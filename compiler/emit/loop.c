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
#include "cut.h"
#include "expression.h"

#include <inttypes.h>

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
    int64_t block;            /* the innermost loop's extent, a part of the segment's */
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

/* The element of the row: i, or block * j + i. */
static Index element_index(const Loop *l, int64_t extent) {
    IndexPool *pool = &l->e->plan->pool;
    int64_t block = l->block && l->block < extent ? l->block : extent;
    Index i = index_variable(pool, "i", block, LEVEL_ELEMENT);
    Index j = index_variable(pool, "j", extent / block, LEVEL_ELEMENT);
    j = index_scale(&j, block);
    return index_add(&j, &i);
}

static void visit_segment(Loop *l, Parts *parts, bool counting) {
    Plan *p = l->e->plan;
    const Kernel *k = l->kernel;
    const Segment *s = &k->segments.at[l->segment];
    Text stores = {.arena = l->e->arena};
    Level level = l->element_loop ? LEVEL_ELEMENT : LEVEL_ROW;
    Index element = element_index(l, s->extent);
    l->counting = counting;
    for (int i = 0; i < s->nodes.n; i++) {
        Node *n = s->nodes.at[i];
        Index at[DOMAIN_MAX], reduced[DOMAIN_MAX];
        loop_indices_at(p, n, k->rows, s->extent, &element, at, reduced);
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
    Parts parts = {0};
    Text *all[] = {&parts.before, &parts.body, &parts.after,
                   &parts.kernel, &parts.sums, &parts.maxima};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        *all[i] = (Text){.arena = a};
        text_put(all[i], "");
    }
    return parts;
}

/* ---- how loops are cut ---- */

/* Goes through a segment without writing anything. */
static bool segment_divides(Loop *l) {
    Parts none = new_parts(l->e->arena);
    int used = l->e->used.n, names = l->e->names.n;
    l->divides = false;
    l->element_loop = true;
    visit_segment(l, &none, true);
    loop_drop(l);
    l->e->used.n = used;
    l->e->names.n = names;
    return l->divides;
}

static void set_extent(Kernel *k, int64_t extent) {
    k->rows = k->total / extent;
    k->segments.at[0].extent = extent;
}

static bool rows_divide(void *context, int64_t extent) {
    Loop *l = context;
    set_extent(l->kernel, extent);
    return segment_divides(l);
}

/* A kernel without sums can have any rows. */
static void cut_rows(Emitter *e, Kernel *k) {
    Loop l = {.e = e, .kernel = k};
    if (k->rows == 0)
        set_extent(k, cut_longest(e->plan, &k->segments.at[0], k->total, rows_divide, &l));
}

static bool blocks_divide(void *context, int64_t extent) {
    Loop *l = context;
    l->block = extent;
    return segment_divides(l);
}

/* One with sums goes through a row in blocks, if that saves divisions. */
static void cut_blocks(Loop *l) {
    const Segment *s = &l->kernel->segments.at[l->segment];
    if (s->extent > 1 && l->kernel->total == 0)
        l->block = cut_longest(l->e->plan, s, s->extent, blocks_divide, l);
    else l->block = s->extent;
}

static void write_segment(Loop *l, Parts *parts) {
    const Segment *s = &l->kernel->segments.at[l->segment];
    l->text[LEVEL_KERNEL] = l->row_loop ? &parts->kernel : &parts->before;
    l->text[LEVEL_ROW] = &parts->before;
    l->text[LEVEL_ELEMENT] = &parts->body;
    l->written.n = 0;
    for (int i = 0; i < s->nodes.n; i++) {
        const Value *v = plan_value(l->e->plan, s->nodes.at[i]);
        if (v->has_location) LIST_ADD(l->e->arena, &l->written, (const Buffer *)v->location.buffer);
    }
    cut_blocks(l);
    parts->block = l->block;
    l->element_loop = s->extent > 1;
    l->indent[LEVEL_ELEMENT] = l->indent[LEVEL_ROW] + (l->block < s->extent ? 2 : 1);
    visit_segment(l, parts, true);
    visit_segment(l, parts, false);
    loop_forget(l);
}

/* ---- the nest ---- */

static void put_pragma(Emitter *e, const Parts *parts, bool parallel) {
    if (parts->in_order) return;
    Text t = {.arena = e->arena};
    text_put(&t, parallel ? "#pragma omp parallel for simd" : "#pragma omp simd");
    if (parts->sums.n) text_printf(&t, " reduction(+ : %s)", parts->sums.at);
    if (parts->maxima.n) text_printf(&t, " reduction(max : %s)", parts->maxima.at);
    emit_line(e, "%s", t.at);
}

static void put_segment(Emitter *e, const Segment *s, const Parts *parts, bool parallel) {
    emit_text(e, &parts->before);
    int64_t blocks = s->extent / parts->block;
    if (blocks > 1) {
        emit_line(e, "for (%s j = 0; j < %" PRId64 "; j++) {", e->counter, blocks);
        e->indent++;
    }
    if (s->extent > 1) {
        put_pragma(e, parts, parallel && blocks == 1);
        emit_line(e, "for (%s i = 0; i < %" PRId64 "; i++) {", e->counter, parts->block);
        emit_text(e, &parts->body);
        emit_line(e, "}");
    }
    if (blocks > 1) {
        e->indent--;
        emit_line(e, "}");
    }
    emit_text(e, &parts->after);
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
        emit_text(e, &parts[l.segment].kernel);
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
