/* call.c: what the runtime or BLAS computes. */
#include "emitter.h"
#include "../plan/product.h"

#include <inttypes.h>
#include <string.h>

const char *emit_pointer(Emitter *e, const Location *l) {
    const char *name = emit_buffer_name(e, l->buffer);
    if (l->base.n == 0 && l->base.constant == 0) return name;
    Text t = {.arena = e->arena};
    text_printf(&t, "%s + ", name);
    index_print(&t, &l->base);
    return t.at;
}

/* ---- products ---- */

/* Opens the loops around a product and moves its three places along. Returns what beta is. */
static const char *open_product_loops(Emitter *e, Product *q, const char *added) {
    Text beta = {.arena = e->arena};
    text_put(&beta, added ? added : "");
    for (int sums = 0; sums < 2; sums++)
        for (int i = 0; i < q->n_loops; i++) {
            const ProductLoop *loop = &q->loop[i];
            if (loop->sums != (sums == 1)) continue;
            const char *name = emit_name(e, sums ? "part" : "item");
            Index at = index_variable(&e->plan->pool, name, loop->extent, LEVEL_ROW);
            Location *moved[3] = {&q->left, &q->right, &q->out};
            for (int j = 0; j < 3; j++) {
                Index step = index_scale(&at, loop->step[j]);
                moved[j]->base = index_add(&moved[j]->base, &step);
            }
            if (sums) text_printf(&beta, "%s%s > 0", beta.n ? " || " : "", name);
            emit_line(e, "for (%s %s = 0; %s < %" PRId64 "; %s++) {", e->counter, name, name,
                      loop->extent, name);
            e->indent++;
        }
    return beta.n ? beta.at : "0";
}

void emit_gemm(Emitter *e, Product *q, const char *added) {
    const char *beta = open_product_loops(e, q, added);
    emit_line(e,
              "gen_gemm(%s, %s, %" PRId64 ", %" PRId64 ", %" PRId64 ", 1, %s, %" PRId64
              ", %s, %" PRId64 ", %s, %s, %" PRId64 ");",
              q->trans_left ? "true" : "false", q->trans_right ? "true" : "false", q->m, q->n, q->k,
              emit_pointer(e, &q->left), q->left_stride, emit_pointer(e, &q->right),
              q->right_stride, beta, emit_pointer(e, &q->out), q->out_stride);
    for (int i = 0; i < q->n_loops; i++) {
        e->indent--;
        emit_line(e, "}");
    }
}

void emit_product(Emitter *e, Kernel *k) {
    Product q;
    if (!product_lower(e->plan, k->node, &q))
        BUG("a matrix product whose operands BLAS cannot read");
    emit_gemm(e, &q, NULL);
}

/* ---- draws ---- */

/* The number of this turn among all turns of the scans around a draw. */
static Index draw_turn(Plan *p, const Node *n) {
    Index turn = index_constant(0);
    for (int i = 0; i < n->n_in; i++) {
        const Value *v = plan_value(p, n->in[i]);
        if (!v->is_turn) BUG("a draw's turn is not a scan's");
        turn = index_scale(&turn, v->scan->turns);
        turn = index_add(&turn, &v->region->turn);
    }
    return turn;
}

void emit_draw(Emitter *e, Kernel *k) {
    const Node *n = k->node;
    const Rows *batch = e->plan->program->graph->batch;
    int64_t rows = rows_count(n->rows);
    int64_t examples = batch && rows_inside(n->rows, batch) ? rows_count(batch) : 1;
    Text turn = {.arena = e->arena};
    Index number = draw_turn(e->plan, n);
    index_print(&turn, &number);
    uint64_t hash = hash_bytes(HASH_START, n->text, strlen(n->text));
    emit_line(
        e, "%s(run, 0x%016" PRIx64 " /* %s */, %s, %" PRId64 ", %" PRId64 ", %" PRId64 ", %s);",
        n->op == OP_UNIFORM ? "gen_uniform" : "gen_gaussian", hash, n->text, turn.at, rows,
        rows / examples, shape_size(&n->shape), emit_pointer(e, &plan_value(e->plan, n)->location));
}

/* ---- matrices ---- */

/* Where the matrix of input or result n for row r of the kernel's node starts. */
static const char *matrix_pointer(Emitter *e, Node *n, int rows, const Index *at) {
    Location l;
    if (!location_view(e->plan, n, &l)) BUG("a matrix that is not in memory");
    int own = rows_depth(n->rows);
    for (int i = 0; i < own && i < rows; i++) {
        Index step = index_scale(&at[i], l.stride[i]);
        l.base = index_add(&l.base, &step);
    }
    return emit_pointer(e, &l);
}

/* Writes the call for one row's matrices; flat: the row's number. */
typedef void MatrixCall(Emitter *e, const Kernel *k, const char *const *in, const char *out,
                        const Index *flat);

static void emit_matrices(Emitter *e, Kernel *k, MatrixCall *call) {
    Node *n = k->node;
    int64_t dim[DOMAIN_MAX], rows = rows_count(n->rows);
    int depth = rows_depth(n->rows);
    node_domain(n, dim);
    Index r = index_variable(&e->plan->pool, "r", rows, LEVEL_ROW), at[DOMAIN_MAX];
    index_unflatten(&e->plan->pool, &r, depth, dim, at);
    const char *in[2] = {0};
    for (int i = 0; i < n->n_in; i++) in[i] = matrix_pointer(e, n->in[i], depth, at);
    const char *out = matrix_pointer(e, n, depth, at);
    if (rows > 1) {
        emit_line(e, "#pragma omp parallel for");
        emit_line(e, "for (%s r = 0; r < %" PRId64 "; r++) {", e->counter, rows);
        e->indent++;
    }
    call(e, k, in, out, &r);
    if (rows > 1) {
        e->indent--;
        emit_line(e, "}");
    }
}

static int64_t order_of(const Kernel *k) {
    return k->node->in[0]->shape.dim[0];
}

static void call_tri_solve(Emitter *e, const Kernel *k, const char *const *in, const char *out,
                           const Index *flat) {
    (void)flat;
    int64_t order = order_of(k);
    emit_line(e, "gen_tri_solve(%s, %" PRId64 ", %" PRId64 ", %s, %s, %s);",
              k->node->ints[0] ? "true" : "false", order, shape_size(&k->node->shape) / order,
              in[0], in[1], out);
}

void emit_tri_solve(Emitter *e, Kernel *k) {
    emit_matrices(e, k, call_tri_solve);
}

static void call_inverse(Emitter *e, const Kernel *k, const char *const *in, const char *out,
                         const Index *flat) {
    (void)flat;
    emit_line(e, "gen_inverse(%" PRId64 ", %s, %s);", order_of(k), in[0], out);
}

void emit_inverse(Emitter *e, Kernel *k) {
    emit_matrices(e, k, call_inverse);
}

static void call_log_abs_det(Emitter *e, const Kernel *k, const char *const *in, const char *out,
                             const Index *flat) {
    int64_t order = order_of(k);
    Location scratch = {.buffer = k->scratch, .base = index_scale(flat, order * order)};
    emit_line(e, "*(%s) = gen_log_abs_det(%" PRId64 ", %s, %s);", out, order, in[0],
              emit_pointer(e, &scratch));
}

void emit_log_abs_det(Emitter *e, Kernel *k) {
    emit_matrices(e, k, call_log_abs_det);
}

/* ---- entries put into a buffer ---- */

/* The buffer is changed where it lies if it and the result share their memory. */
void emit_put(Emitter *e, Kernel *k) {
    Node *n = k->node;
    Location buffer, index, values;
    if (!location_view(e->plan, n->in[0], &buffer) || !location_view(e->plan, n->in[1], &index) ||
        !location_view(e->plan, n->in[2], &values))
        BUG("a buffer that is not in memory");
    const Location *out = &plan_value(e->plan, n)->location;
    const char *type = n->kind == KIND_INDEX ? "int32_t" : "real";
    int64_t rows = rows_count(n->rows), places = n->shape.dim[0];
    int64_t entry = shape_size(&n->shape) / places, m = n->in[1]->shape.dim[0];
    const char *to = emit_pointer(e, out), *from = emit_pointer(e, &values);
    if (buffer_root(out->buffer) != buffer_root(buffer.buffer))
        emit_line(e, "memcpy(%s, %s, sizeof(%s) * %" PRId64 ");", to, emit_pointer(e, &buffer),
                  type, rows * places * entry);
    emit_line(e, "for (%s r = 0; r < %" PRId64 "; r++)", e->counter, rows);
    emit_line(e, "    for (%s i = 0; i < %" PRId64 "; i++)", e->counter, m);
    emit_line(e, "        memcpy(%s + (r * %" PRId64 " + (%s)[i]) * %" PRId64 ",", to, places,
              emit_pointer(e, &index), entry);
    emit_line(e,
              "               %s + (r * %" PRId64 " + i) * %" PRId64 ", sizeof(%s) * %" PRId64 ");",
              from, m, entry, type, entry);
}

/* ---- any ---- */

void emit_call(Emitter *e, Kernel *k) {
    static void (*const emits[OP_COUNT])(Emitter *, Kernel *) = {
#define OP(...)
#define CALL(op, name, arity, class, rows, shape, derivative, work, read, takes, gives, scratch,   \
             emit, what)                                                                           \
    [OP_##op] = emit,
#include "../graph/ops.def"
    };
    emits[k->node->op](e, k);
}
