/* fold.c: windows summed back to where they were seen.
 *
 *     for (int r = 0; r < planes; r++) {            in parallel
 *         out[..] = 0;
 *         for (size ..)                             the elements of a window, in their order
 *             for (place ..)                        all places but the last axis'
 *                 for (int i = from; i < to; i++)   those whose element lies inside
 *                     out[i * step + ..] += y[.., i];
 *     }
 *
 * What is added at an element comes in the order of `size`, whatever the number of threads. */
#include "expression.h"

#include <inttypes.h>

typedef struct {
    Emitter *e;
    Node *n, *y;
    const Window *window;
    int axes, lead;           /* rows and leading axes; the windows' axes come after them */
    int64_t sizes, places;    /* how many; places without the last axis */
    const char *size, *place; /* loop variables */
    const char *from, *to;    /* bounds of the last axis; NULL: all of it */
    Index at_y[DOMAIN_MAX], at_out[DOMAIN_MAX], axis[GRAPH_MAX_RANK];
} Fold;

static Fold new_fold(Emitter *e, Node *n) {
    Fold f = {.e = e, .n = n, .y = n->in[0], .sizes = 1, .places = 1};
    f.axes = window_axes(n, &f.window);
    f.lead = rows_depth(n->rows) + n->shape.rank - f.axes;
    for (int i = 0; i < f.axes; i++) f.sizes *= f.window[i].size;
    for (int i = 0; i < f.axes - 1; i++) f.places *= f.window[i].count;
    f.size = emit_name(e, "size");
    f.place = emit_name(e, "place");
    return f;
}

/* Where the loops' variables lead: r over the planes from row `block` on, and the others. */
static void fold_indices(Fold *f, const Index *block, int64_t planes, const int64_t *plane_dim) {
    IndexPool *pool = &f->e->plan->pool;
    int64_t size_dim[GRAPH_MAX_RANK], count_dim[GRAPH_MAX_RANK];
    for (int i = 0; i < f->axes; i++) {
        size_dim[i] = f->window[i].size;
        count_dim[i] = f->window[i].count;
    }
    Index r = index_variable(pool, "r", planes, LEVEL_ROW);
    Index size = index_variable(pool, f->size, f->sizes, LEVEL_ROW);
    Index place = index_variable(pool, f->place, f->places, LEVEL_ROW);
    Index *at = f->at_y;
    index_unflatten(pool, &r, f->lead, plane_dim, at);
    if (f->lead) at[0] = index_add(&at[0], block);
    index_unflatten(pool, &size, f->axes, size_dim, at + f->lead);
    index_unflatten(pool, &place, f->axes - 1, count_dim, at + f->lead + f->axes);
    at[f->lead + 2 * f->axes - 1] =
        index_variable(pool, "i", f->window[f->axes - 1].count, LEVEL_ELEMENT);
    for (int i = 0; i < f->lead; i++) f->at_out[i] = at[i];
    for (int i = 0; i < f->axes; i++) {
        f->axis[i] = access_window(&f->window[i], &at[f->lead + i], &at[f->lead + f->axes + i]);
        f->at_out[f->lead + i] = index_within(pool, &f->axis[i], f->window[i].length);
    }
}

static void zero_plane(Fold *f) {
    Emitter *e = f->e;
    const Location *where = &plan_value(e->plan, f->n)->location;
    int64_t dim[DOMAIN_MAX];
    int count = node_domain(f->n, dim);
    int64_t elements = domain_elements(f->axes, dim + f->lead);
    Index at[DOMAIN_MAX], i = index_variable(&e->plan->pool, "i", elements, LEVEL_ELEMENT);
    for (int j = 0; j < f->lead; j++) at[j] = f->at_out[j];
    index_unflatten(&e->plan->pool, &i, f->axes, dim + f->lead, at + f->lead);
    Loop l = {.e = e};
    if (elements > 1)
        emit_line(e, "for (%s i = 0; i < %" PRId64 "; i++) %s = 0;", e->counter, elements,
                  loop_place(&l, where, count, at));
    else emit_line(e, "%s = 0;", loop_place(&l, where, count, at));
}

static const char *index_text(Emitter *e, const Index *at) {
    Text t = {.arena = e->arena};
    index_print(&t, at);
    return t.at;
}

/* Leaves out the places of an outer axis that lie outside. */
static void skip_outside(const Fold *f) {
    Text t = {.arena = f->e->arena};
    text_put(&t, "");
    for (int i = 0; i < f->axes - 1; i++) {
        int64_t min, max;
        index_range(&f->axis[i], &min, &max);
        const char *text = index_text(f->e, &f->axis[i]);
        if (min < 0) text_printf(&t, "%s%s < 0", t.n ? " || " : "", text);
        if (max >= f->window[i].length)
            text_printf(&t, "%s%s >= %" PRId64, t.n ? " || " : "", text, f->window[i].length);
    }
    if (t.n) emit_line(f->e, "if (%s) continue;", t.at);
}

/* i * step + offset lies within the last axis for i in from .. to-1. */
static void find_bounds(Fold *f) {
    Emitter *e = f->e;
    const Window *w = &f->window[f->axes - 1];
    int64_t min, max;
    index_range(&f->axis[f->axes - 1], &min, &max);
    Index offset = index_scale(&f->at_y[f->lead + f->axes - 1], w->apart), last;
    offset.constant -= w->before;
    f->from = f->to = NULL;
    if (min < 0) {
        f->from = emit_name(e, "from");
        Index up = index_scale(&offset, -1);
        up.constant += w->step - 1;
        emit_line(e, "const %s %s = %s < 0 ? (%s) / %" PRId64 " : 0;", e->counter, f->from,
                  index_text(e, &offset), index_text(e, &up), w->step);
    }
    if (max >= w->length) {
        f->to = emit_name(e, "to");
        last = index_scale(&offset, -1);
        last.constant += w->length + w->step - 1;
        offset.constant += (w->count - 1) * w->step;
        emit_line(e, "const %s %s = %s < %" PRId64 " ? %" PRId64 " : (%s) / %" PRId64 ";",
                  e->counter, f->to, index_text(e, &offset), w->length, w->count,
                  index_text(e, &last), w->step);
    }
}

/* The innermost loop. Its statements are written to `row` and `element` first. */
static void add_windows(Fold *f, Kernel *k) {
    Emitter *e = f->e;
    const Location *where = &plan_value(e->plan, f->n)->location;
    int64_t dim[DOMAIN_MAX], count = f->window[f->axes - 1].count;
    int n_out = node_domain(f->n, dim);
    Text text[3];
    Loop l = {.e = e, .kernel = k, .row_loop = true, .element_loop = true};
    for (int i = 0; i < 3; i++) {
        text[i] = (Text){.arena = e->arena};
        text_put(&text[i], "");
        l.text[i] = &text[i];
        l.indent[i] = e->indent + (i == LEVEL_ELEMENT);
    }
    for (int pass = 0; pass < 2; pass++) {
        l.counting = pass == 0;
        Expr value = loop_element(&l, f->y, f->at_y);
        loop_statement(&l, LEVEL_ELEMENT, "%s += %s;", loop_place(&l, where, n_out, f->at_out),
                       value.text);
    }
    text_put_n(e->out, text[LEVEL_KERNEL].at, text[LEVEL_KERNEL].n);
    text_put_n(e->out, text[LEVEL_ROW].at, text[LEVEL_ROW].n);
    emit_line(e, "#pragma omp simd");
    const char *to = f->to ? f->to : arena_printf(e->arena, "%" PRId64, count);
    emit_line(e, "for (%s i = %s; i < %s; i++) {", e->counter, f->from ? f->from : "0", to);
    text_put_n(e->out, text[LEVEL_ELEMENT].at, text[LEVEL_ELEMENT].n);
    emit_line(e, "}");
}

void emit_fold_block(Emitter *e, Kernel *k, Node *n, const Index *block, int64_t rows) {
    Fold f = new_fold(e, n);
    int64_t dim[DOMAIN_MAX];
    node_domain(n, dim);
    if (n->rows) dim[0] = rows;
    int64_t planes = domain_elements(f.lead, dim);
    fold_indices(&f, block, planes, dim);
    double work = (double)planes * (double)(f.sizes * f.places * f.window[f.axes - 1].count);
    if (planes > 1 && work >= PARALLEL_WORK) emit_line(e, "#pragma omp parallel for");
    emit_open_loop(e, "r", planes);
    zero_plane(&f);
    emit_open_loop(e, f.size, f.sizes);
    find_bounds(&f);
    emit_open_loop(e, f.place, f.places);
    skip_outside(&f);
    add_windows(&f, k);
    emit_close_loop(e);
    emit_close_loop(e);
    emit_close_loop(e);
}

void emit_fold(Emitter *e, Kernel *k) {
    const Index start = index_constant(0);
    int64_t dim[DOMAIN_MAX];
    node_domain(k->node, dim);
    emit_fold_block(e, k, k->node, &start, dim[0]);
}
