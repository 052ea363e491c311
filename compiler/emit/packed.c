/* packed.c: products of what has to be copied together first.
 *
 *     for (int block = 0; block < blocks; block++) {
 *         columns[..] = a block of the inputs, computed on the way;
 *         gen_gemm(..);
 *         out[..] = result[..];            or the result is folded
 *     }
 */
#include "expression.h"
#include "../plan/packed.h"

#include <inttypes.h>

/* A nest over some extents of a value: r over all but the last two, j, and i. */
typedef struct {
    int64_t rows, middle, inner; /* extents of r, j, i; 1: no such loop */
    Index at[DOMAIN_MAX];
} Nest;

static Nest new_nest(Emitter *e, const Node *n, int count, const int *order, bool moves,
                     int64_t rows, const Index *block) {
    IndexPool *pool = &e->plan->pool;
    int64_t dim[DOMAIN_MAX], outer_dim[DOMAIN_MAX];
    Index outer[DOMAIN_MAX];
    Nest nest = {.rows = 1, .middle = 1, .inner = 1};
    int n_outer = count > 2 ? count - 2 : count - 1;
    node_domain(n, dim);
    if (moves) dim[0] = rows;
    for (int i = 0; i < DOMAIN_MAX; i++) nest.at[i] = index_constant(0);
    for (int i = 0; i < n_outer; i++) nest.rows *= outer_dim[i] = dim[order[i]];
    Index r = index_variable(pool, "r", nest.rows, LEVEL_ROW);
    if (n_outer > 0) index_unflatten(pool, &r, n_outer, outer_dim, outer);
    for (int i = 0; i < n_outer; i++) nest.at[order[i]] = outer[i];
    if (count > 2) {
        nest.middle = dim[order[count - 2]];
        nest.at[order[count - 2]] = index_variable(pool, "j", nest.middle, LEVEL_ROW);
    }
    if (count > 0) {
        nest.inner = dim[order[count - 1]];
        nest.at[order[count - 1]] = index_variable(pool, "i", nest.inner, LEVEL_ELEMENT);
    }
    if (moves) nest.at[0] = index_add(&nest.at[0], block);
    return nest;
}

/* to[..] = element of n, for a whole nest. */
static void emit_nest(Emitter *e, Kernel *k, Node *n, const Nest *nest, const Location *to) {
    int64_t dim[DOMAIN_MAX];
    int count = node_domain(n, dim);
    bool rows = nest->rows > 1, middle = nest->middle > 1, inner = nest->inner > 1;
    Text text[3];
    Loop l = {.e = e, .kernel = k, .row_loop = rows || middle, .element_loop = inner};
    for (int i = 0; i < 3; i++) {
        text[i] = (Text){.arena = e->arena};
        text_put(&text[i], "");
        l.text[i] = &text[i];
    }
    l.indent[LEVEL_KERNEL] = e->indent;
    l.indent[LEVEL_ROW] = e->indent + rows + middle;
    l.indent[LEVEL_ELEMENT] = l.indent[LEVEL_ROW] + inner;
    for (int pass = 0; pass < 2; pass++) {
        l.counting = pass == 0;
        Expr value = loop_element(&l, n, nest->at);
        loop_statement(&l, LEVEL_ELEMENT, "%s = %s;", loop_place(&l, to, count, nest->at),
                       value.text);
    }
    double work = (double)nest->rows * (double)nest->middle * (double)nest->inner;
    text_put_n(e->out, text[LEVEL_KERNEL].at, text[LEVEL_KERNEL].n);
    if ((rows || middle) && work >= PARALLEL_WORK) emit_line(e, "#pragma omp parallel for");
    if (rows) emit_open_loop(e, "r", nest->rows);
    if (middle) emit_open_loop(e, "j", nest->middle);
    text_put_n(e->out, text[LEVEL_ROW].at, text[LEVEL_ROW].n);
    if (inner) emit_line(e, "#pragma omp simd");
    if (inner) emit_open_loop(e, "i", nest->inner);
    text_put_n(e->out, text[LEVEL_ELEMENT].at, text[LEVEL_ELEMENT].n);
    if (inner) emit_close_loop(e);
    if (middle) emit_close_loop(e);
    if (rows) emit_close_loop(e);
}

/* ---- a block's values ---- */

typedef struct {
    Kernel *kernel;
    Node *n; /* the CONTRACT */
    const Packed *packed;
    Index block; /* the first row of the block */
} Block;

/* Where a copied value lies in scratch: element `at`, counted from the first row of all. */
static Location in_scratch(const Block *b, int which) {
    const PackedValue *v = &b->packed->value[which];
    Location l = {.buffer = b->kernel->scratch, .base = index_constant(v->offset)};
    for (int i = 0; i < DOMAIN_MAX; i++) l.stride[i] = v->stride[i];
    if (v->moves) {
        Index before = index_scale(&b->block, -v->stride[0]);
        l.base = index_add(&l.base, &before);
    }
    return l;
}

static void copy_in(Emitter *e, const Block *b, int which) {
    const PackedValue *v = &b->packed->value[which];
    Node *n = b->n->in[which];
    Location to = in_scratch(b, which);
    Nest nest = new_nest(e, n, v->n, v->order, v->moves, b->packed->rows, &b->block);
    emit_nest(e, b->kernel, n, &nest, &to);
}

/* While this lasts, the product's elements are read from scratch. */
static Value hide_product(Emitter *e, const Block *b) {
    Value *v = plan_value(e->plan, b->n), was = *v;
    v->role = VALUE_LEAF;
    v->has_location = true;
    v->location = in_scratch(b, PACKED_OUT);
    return was;
}

static void copy_out(Emitter *e, const Block *b) {
    Value *v = plan_value(e->plan, b->n);
    const PackedValue *out = &b->packed->value[PACKED_OUT];
    Location to = v->location;
    int64_t dim[DOMAIN_MAX];
    int order[DOMAIN_MAX], n = 0, count = node_domain(b->n, dim);
    if (out->moves) dim[0] = b->packed->rows;
    for (int i = 0; i < count; i++)
        if (dim[i] > 1) order[n++] = i;
    Nest nest = new_nest(e, b->n, n, order, out->moves, b->packed->rows, &b->block);
    Value was = hide_product(e, b);
    emit_nest(e, b->kernel, b->n, &nest, &to);
    *v = was;
}

static void put_out(Emitter *e, const Block *b) {
    Node *fold = b->kernel->node;
    if (fold == b->n) {
        copy_out(e, b);
        return;
    }
    Value was = hide_product(e, b);
    emit_fold_block(e, b->kernel, fold, &b->block, b->packed->rows);
    *plan_value(e->plan, b->n) = was;
}

static void emit_block(Emitter *e, const Block *b, const char *beta) {
    Product q;
    for (int i = 0; i < 2; i++)
        if (b->packed->value[i].copied && b->packed->value[i].moves) copy_in(e, b, i);
    if (!packed_lower(e->plan, b->n, b->packed, b->kernel->scratch, &b->block, &q))
        BUG("a packed product that is none");
    emit_gemm(e, &q, beta);
    if (b->packed->value[PACKED_OUT].copied && !b->packed->sums) put_out(e, b);
}

void emit_packed(Emitter *e, Kernel *k) {
    Value *v = plan_value(e->plan, k->node);
    const Packed *packed = v->packed;
    Block b = {.kernel = k, .n = v->folded ? v->folded : k->node, .packed = packed};
    bool several = packed->blocks > 1;
    const char *name = several ? emit_name(e, "block") : "";
    b.block = index_variable(&e->plan->pool, name, packed->blocks, LEVEL_KERNEL);
    b.block = index_scale(&b.block, packed->rows);
    for (int i = 0; i < 2; i++)
        if (packed->value[i].copied && !packed->value[i].moves) copy_in(e, &b, i);
    if (several) emit_open_loop(e, name, packed->blocks);
    emit_block(e, &b, several && packed->sums ? arena_printf(e->arena, "%s > 0", name) : NULL);
    if (several) emit_close_loop(e);
    if (packed->value[PACKED_OUT].copied && packed->sums) put_out(e, &b);
}
