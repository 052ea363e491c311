/* sums.c: the loops that are not one element a place: sums over leading axes, running sums,
 * scatters.
 *
 * Each sum is taken in one order, whatever the number of threads: what is split over threads is
 * never what is summed. */
#include "expression.h"

#include <inttypes.h>

enum { COLUMN_BLOCKS = 8, COLUMN_ALIGN = 16 };

static Loop new_loop(Emitter *e, Kernel *k, int row_indent, Text *kernel, Text *row,
                     Text *element) {
    Loop l = {.e = e, .kernel = k, .row_loop = true, .element_loop = true};
    l.text[LEVEL_KERNEL] = kernel;
    l.text[LEVEL_ROW] = row;
    l.text[LEVEL_ELEMENT] = element;
    l.indent[LEVEL_KERNEL] = e->indent;
    l.indent[LEVEL_ROW] = row_indent;
    l.indent[LEVEL_ELEMENT] = row_indent + 1;
    for (int i = 0; i < 3; i++) {
        *l.text[i] = (Text){.arena = e->arena};
        text_put(l.text[i], "");
    }
    return l;
}

/* ---- sums over leading axes ---- */

typedef struct {
    Text kernel, row, element, start;
    int64_t block;
} Columns;

/* Column i of the sums, from 0 or from this block's first. */
static void open_columns(Emitter *e, const Kernel *k, const Columns *c) {
    emit_line(e, "#pragma omp simd");
    if (c->block) emit_line(e, "for (%s i = first; i < end; i++) {", e->counter);
    else emit_line(e, "for (%s i = 0; i < %" PRId64 "; i++) {", e->counter, k->columns);
}

static void write_columns(Emitter *e, Kernel *k, Columns *c, int row_indent) {
    Loop l = new_loop(e, k, row_indent, &c->kernel, &c->row, &c->element);
    c->start = (Text){.arena = e->arena};
    text_put(&c->start, "");
    for (int pass = 0; pass < 2; pass++) {
        l.counting = pass == 0;
        for (int i = 0; i < k->segments.at[0].nodes.n; i++) {
            Node *n = k->segments.at[0].nodes.at[i];
            Index at[DOMAIN_MAX], reduced[DOMAIN_MAX];
            int64_t dim[DOMAIN_MAX];
            column_indices(e->plan, n, k, at, reduced);
            const Location *where = &plan_value(e->plan, n)->location;
            const char *place = loop_place(&l, where, node_domain(n, dim), at);
            if (!l.counting)
                text_printf(&c->start, "%*s%s = %s;\n", 4 * row_indent, "", place, loop_neutral(n));
            Expr term = loop_term(&l, n, at, reduced);
            loop_statement(&l, LEVEL_ELEMENT, "%s", loop_combine(&l, n, place, term));
        }
    }
}

void emit_columns(Emitter *e, Kernel *k) {
    Columns c = {0};
    double work = (double)k->total * (double)k->reduced * (double)k->columns;
    bool parallel = work >= PARALLEL_WORK;
    if (k->total == 1 && parallel && k->columns >= 2 * COLUMN_ALIGN)
        c.block = (k->columns / COLUMN_BLOCKS + COLUMN_ALIGN) / COLUMN_ALIGN * COLUMN_ALIGN;
    bool outer = c.block || k->total > 1;
    write_columns(e, k, &c, e->indent + outer + 1);
    emit_text(e, &c.kernel);
    if (outer && parallel) emit_line(e, "#pragma omp parallel for");
    if (c.block) {
        emit_line(e, "for (%s first = 0; first < %" PRId64 "; first += %" PRId64 ") {", e->counter,
                  k->columns, c.block);
        e->indent++;
        emit_line(e,
                  "const %s end = first + %" PRId64 " < %" PRId64 " ? first + %" PRId64
                  " : %" PRId64 ";",
                  e->counter, c.block, k->columns, c.block, k->columns);
    } else if (outer) {
        emit_open_loop(e, "r", k->total);
    }
    open_columns(e, k, &c);
    emit_text(e, &c.start);
    emit_line(e, "}");
    emit_open_loop(e, "j", k->reduced);
    emit_text(e, &c.row);
    open_columns(e, k, &c);
    emit_text(e, &c.element);
    emit_line(e, "}");
    emit_close_loop(e);
    if (outer) emit_close_loop(e);
}

/* ---- running sums ---- */

void emit_running_sum(Emitter *e, Kernel *k) {
    Node *n = k->node;
    Plan *p = e->plan;
    int64_t dim[DOMAIN_MAX], others[DOMAIN_MAX];
    int count = node_domain(n, dim), axis = rows_depth(n->rows) + (int)n->ints[0], rest = 0;
    int64_t length = dim[axis], rows = node_elements(n) / length;
    for (int i = 0; i < count; i++)
        if (i != axis) others[rest++] = dim[i];
    Index r = index_variable(&p->pool, "r", rows, LEVEL_ROW), at[DOMAIN_MAX], split[DOMAIN_MAX];
    Index i = index_variable(&p->pool, "i", length, LEVEL_ELEMENT);
    index_unflatten(&p->pool, &r, rest, others, split);
    for (int j = 0; j < count; j++) at[j] = j == axis ? i : split[j < axis ? j : j - 1];
    if (n->ints[1]) {
        Index last = index_constant(length - 1), back = index_scale(&i, -1);
        at[axis] = index_add(&last, &back);
    }
    Text kernel, row, element;
    Loop l = new_loop(e, k, e->indent + 1, &kernel, &row, &element);
    l.counting = true;
    loop_term(&l, n, at, NULL);
    l.counting = false;
    const char *sum = emit_name(e, "sum");
    Expr term = loop_term(&l, n, at, NULL);
    loop_statement(&l, LEVEL_ELEMENT, "%s += %s;", sum, term.text);
    loop_statement(&l, LEVEL_ELEMENT, "%s = %s;",
                   loop_place(&l, &plan_value(p, n)->location, count, at), sum);
    emit_text(e, &kernel);
    if (node_elements(n) >= PARALLEL_WORK && rows > 1) emit_line(e, "#pragma omp parallel for");
    emit_open_loop(e, "r", rows);
    emit_text(e, &row);
    emit_line(e, "real %s = 0;", sum);
    emit_open_loop(e, "i", length);
    emit_text(e, &element);
    emit_close_loop(e);
    emit_close_loop(e);
}

/* ---- scatter ---- */

typedef struct {
    Index rows[DOMAIN_MAX], index[DOMAIN_MAX], values[DOMAIN_MAX], out[DOMAIN_MAX];
} Scatter;

/* r runs over the values' rows and the index's places, i over the rest of a table's row. */
static void scatter_indices(Plan *p, Node *n, int64_t places, int64_t rest, Scatter *s) {
    Node *index = n->in[0], *values = n->in[1];
    const Rows *all = rows_join(index->rows, values->rows);
    int rows = rows_depth(all), rank = index->shape.rank, rests = n->shape.rank - 1;
    Node joined = {.rows = all, .shape = index->shape};
    int64_t dim[DOMAIN_MAX];
    Index r = index_variable(&p->pool, "r", places, LEVEL_ROW), each[DOMAIN_MAX], part[DOMAIN_MAX];
    Index i = index_variable(&p->pool, "i", rest, LEVEL_ELEMENT);
    index_unflatten(&p->pool, &r, node_domain(&joined, dim), dim, each);
    index_unflatten(&p->pool, &i, rests, n->shape.dim + 1, part);
    int index_rows = rows_depth(index->rows), value_rows = rows_depth(values->rows);
    int out_rows = rows_depth(n->rows);
    for (int j = 0; j < rows; j++) s->index[j] = s->values[j] = s->out[j] = each[j];
    for (int j = 0; j < rank; j++)
        s->index[index_rows + j] = s->values[value_rows + j] = each[rows + j];
    for (int j = 0; j < rests; j++)
        s->values[value_rows + rank + j] = s->out[out_rows + 1 + j] = part[j];
}

/* Threads share out the columns: which rows of the table meet is known at run time only. Each sum
 * keeps its order, however many threads there are. */
static int64_t scatter_block(int64_t places, int64_t rest) {
    enum { LEAST = 16 /* a line of the cache */, BLOCKS = 8 };
    int64_t block = rest / BLOCKS > LEAST ? rest / BLOCKS : LEAST;
    if (places == 1 || block >= rest || (double)places * (double)rest < PARALLEL_WORK) return rest;
    while (rest % block != 0) block++;
    return block;
}

void emit_scatter(Emitter *e, Kernel *k) {
    Node *n = k->node;
    Plan *p = e->plan;
    int64_t rest = shape_size(&n->shape) / n->shape.dim[0], dim[DOMAIN_MAX];
    int64_t places =
        rows_count(rows_join(n->in[0]->rows, n->in[1]->rows)) * shape_size(&n->in[0]->shape);
    Scatter s;
    scatter_indices(p, n, places, rest, &s);
    Text kernel, row, element;
    int64_t block = scatter_block(places, rest);
    int around = (places > 1) + (block < rest);
    Loop l = new_loop(e, k, e->indent + around, &kernel, &row, &element);
    l.row_loop = places > 1;
    l.element_loop = rest > 1;
    if (!l.element_loop) l.text[LEVEL_ELEMENT] = &row, l.indent[LEVEL_ELEMENT]--;
    if (!l.row_loop) l.text[LEVEL_ROW] = &kernel;
    const Location *where = &plan_value(p, n)->location;
    for (int pass = 0; pass < 2; pass++) {
        l.counting = pass == 0;
        s.out[rows_depth(n->rows)] = loop_chosen(&l, n->in[0], s.index, n->shape.dim[0]);
        Expr value = loop_element(&l, n->in[1], s.values);
        loop_statement(&l, LEVEL_ELEMENT, "%s += %s;",
                       loop_place(&l, where, node_domain(n, dim), s.out), value.text);
    }
    emit_line(e, "memset(%s, 0, sizeof(real) * %" PRId64 ");", emit_pointer(e, where),
              node_elements(n));
    emit_text(e, &kernel);
    if (block < rest) {
        emit_line(e, "#pragma omp parallel for");
        emit_open_loop(e, "j", rest / block);
    }
    if (l.row_loop) emit_open_loop(e, "r", places);
    emit_text(e, &row);
    if (l.element_loop) {
        emit_line(e, "#pragma omp simd");
        if (block == rest) emit_line(e, "for (%s i = 0; i < %" PRId64 "; i++) {", e->counter, rest);
        else
            emit_line(e, "for (%s i = %" PRId64 " * j; i < %" PRId64 " * (j + 1); i++) {",
                      e->counter, block, block);
        emit_text(e, &element);
        emit_line(e, "}");
    }
    if (l.row_loop) emit_close_loop(e);
    if (block < rest) emit_close_loop(e);
}
