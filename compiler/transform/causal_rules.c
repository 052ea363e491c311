/* What each operation makes of what is known of its operands: a table by operation.
 *
 * Does: computes the fact of a node from its inputs' facts. An operation without a row is taken to
 * mix everything: each of its elements may depend on all that any operand depends on. */
#include "causal_rules.h"
#include "fold.h"
#include <math.h>
#include <string.h>

enum { MOST = 1 << 26 }; /* elements looked at one by one; beyond that all count as alike */

/* ---- facts ---- */

Fact *fact_new(Arena *a, Shape shape, const int64_t *length, bool with_known) {
    Fact *f = NEW(a, Fact);
    f->shape = shape;
    f->size = 1;
    for (int i = 0; i < shape.rank; i++) f->size *= f->length[i] = length[i];
    f->latest = NEW_ARRAY(a, int, f->size);
    for (int64_t i = 0; i < f->size; i++) f->latest[i] = -1;
    if (with_known) f->known = NEW_ARRAY(a, double, f->size);
    for (int64_t i = 0; with_known && i < f->size; i++) f->known[i] = NAN;
    return f;
}

Fact *fact_uniform(Arena *a, Shape shape, int latest, double known) {
    int64_t ones[GRAPH_MAX_RANK];
    for (int i = 0; i < GRAPH_MAX_RANK; i++) ones[i] = 1;
    Fact *f = fact_new(a, shape, ones, !isnan(known));
    f->latest[0] = latest;
    if (f->known) f->known[0] = known;
    return f;
}

Fact *fact_copy(Arena *a, const Fact *from) {
    Fact *f = fact_new(a, from->shape, from->length, from->known != NULL);
    memcpy(f->latest, from->latest, sizeof *f->latest * (size_t)f->size);
    if (f->known) memcpy(f->known, from->known, sizeof *f->known * (size_t)f->size);
    return f;
}

int64_t fact_stride(const Fact *f, int axis) {
    int64_t stride = 1;
    if (f->length[axis] == 1) return 0;
    for (int i = axis + 1; i < f->shape.rank; i++) stride *= f->length[i];
    return stride;
}

int fact_latest_of_all(const Fact *f) {
    int latest = -1;
    for (int64_t i = 0; i < f->size; i++)
        if (f->latest[i] > latest) latest = f->latest[i];
    return latest;
}

/* Whether the array, as [outer, length, inner], is alike along the middle. */
static bool is_alike(const void *array, size_t item, int64_t outer, int64_t length, int64_t inner) {
    const char *at = array;
    size_t block = item * (size_t)inner;
    for (int64_t o = 0; o < outer; o++, at += block * (size_t)length)
        for (int64_t i = 1; i < length; i++)
            if (memcmp(at, at + block * (size_t)i, block) != 0) return false;
    return true;
}

static void keep_first(void *array, size_t item, int64_t outer, int64_t length, int64_t inner) {
    char *at = array;
    size_t block = item * (size_t)inner;
    for (int64_t o = 1; o < outer; o++)
        memmove(at + block * (size_t)o, at + block * (size_t)(o * length), block);
}

void fact_shrink(Fact *f) {
    for (int axis = 0; axis < f->shape.rank; axis++) {
        int64_t length = f->length[axis], inner = fact_stride(f, axis);
        if (length == 1) continue;
        int64_t outer = f->size / (length * inner);
        if (!is_alike(f->latest, sizeof *f->latest, outer, length, inner) ||
            (f->known && !is_alike(f->known, sizeof *f->known, outer, length, inner)))
            continue;
        keep_first(f->latest, sizeof *f->latest, outer, length, inner);
        if (f->known) keep_first(f->known, sizeof *f->known, outer, length, inner);
        f->length[axis] = 1;
        f->size /= length;
    }
    bool any = false;
    for (int64_t i = 0; f->known && i < f->size && !any; i++) any = !isnan(f->known[i]);
    if (!any) f->known = NULL;
}

static double known_at(const Fact *f, int64_t offset) {
    return f->known ? f->known[offset] : NAN;
}

static void put(Fact *f, int64_t offset, int latest, double known) {
    f->latest[offset] = latest;
    if (f->known) f->known[offset] = known;
}

static void raise_to(int *latest, int other) {
    if (other > *latest) *latest = other;
}

/* ---- loops ---- */

bool loop_next(Loop *l) {
    for (int i = l->rank - 1; i >= 0; i--) {
        if (++l->at[i] < l->length[i]) {
            for (int k = 0; k < l->n; k++) l->offset[k] += l->stride[k][i];
            return true;
        }
        for (int k = 0; k < l->n; k++) l->offset[k] -= l->stride[k][i] * (l->length[i] - 1);
        l->at[i] = 0;
    }
    return false;
}

/* A loop over f's array, which is its array k. */
static void loop_along(Loop *l, int k, const Fact *f) {
    for (int i = 0; i < f->shape.rank; i++) l->stride[k][i] = fact_stride(f, i);
    if (k >= l->n) l->n = k + 1;
}

static Loop loop_over(const Fact *f) {
    Loop l = {.rank = f->shape.rank};
    for (int i = 0; i < l.rank; i++) l.length[i] = f->length[i];
    loop_along(&l, 0, f);
    return l;
}

/* ---- elementwise ---- */

/* What the operation does where something of its operands is known. */
static double known_result(const Node *n, const double *v) {
    double result;
    bool all = true;
    for (int i = 0; i < n->n_in; i++) all = all && !isnan(v[i]);
    if (n->op == OP_MUL && (v[0] == 0 || v[1] == 0)) return 0;
    if (n->op == OP_DIV && v[0] == 0) return 0;
    if (n->op == OP_ADD && (isinf(v[0]) || isinf(v[1]))) return isinf(v[0]) ? v[0] : v[1];
    if (n->op == OP_SUB && (isinf(v[0]) || isinf(v[1]))) return isinf(v[0]) ? v[0] : -v[1];
    if (n->op == OP_MIN && (v[0] == -INFINITY || v[1] == -INFINITY)) return -INFINITY;
    if (n->op == OP_MAX && (v[0] == INFINITY || v[1] == INFINITY)) return INFINITY;
    if (!all) return NAN;
    if (n->op == OP_TO_INDEX) return fmin(fmax(floor(v[0]), 0), (double)n->ints[0] - 1);
    return fold(n->op, v[0], n->n_in > 1 ? v[1] : 0, &result) ? result : NAN;
}

/* The latest of max(a, -inf) and min(a, inf) is that of a; otherwise of all operands. */
static int latest_of_operands(const Node *n, const int *latest, const double *v) {
    double nothing = n->op == OP_MAX ? -INFINITY : INFINITY;
    bool chooses = n->op == OP_MAX || n->op == OP_MIN;
    int result = -1;
    for (int i = 0; i < n->n_in; i++)
        if (!(chooses && v[i] == nothing)) raise_to(&result, latest[i]);
    return result;
}

static void map_element(const Node *n, const int *latest, const double *v, Fact *out, int64_t at) {
    if (n->op == OP_WHERE && !isnan(v[0])) {
        int branch = v[0] != 0 ? 1 : 2;
        put(out, at, latest[branch], v[branch]);
        return;
    }
    double known = n->op == OP_WHERE ? NAN : known_result(n, v);
    put(out, at, isnan(known) ? latest_of_operands(n, latest, v) : -1, known);
}

static Fact *rule_map(Arena *a, const Node *n, const Fact *const *in) {
    int64_t length[GRAPH_MAX_RANK] = {0};
    int rank = n->shape.rank, operands = graph_operands(n);
    for (int i = 0; i < rank; i++) length[i] = 1;
    for (int k = 0; k < operands; k++)
        for (int i = 0, r = in[k]->shape.rank; i < r; i++)
            if (in[k]->length[i] > 1) length[rank - r + i] = in[k]->length[i];
    Fact *out = fact_new(a, n->shape, length, true);
    Loop l = loop_over(out);
    l.n = operands + 1;
    for (int k = 0; k < operands; k++)
        for (int i = 0, r = in[k]->shape.rank; i < r; i++)
            l.stride[k + 1][rank - r + i] = fact_stride(in[k], i);
    Node one_operand = *n; /* as many inputs as operands */
    one_operand.n_in = operands;
    do {
        int latest[3];
        double v[3] = {NAN, NAN, NAN};
        for (int k = 0; k < operands; k++) {
            latest[k] = in[k]->latest[l.offset[k + 1]];
            v[k] = known_at(in[k], l.offset[k + 1]);
        }
        if (graph_is_marker(n)) put(out, l.offset[0], latest[0], v[0]);
        else map_element(&one_operand, latest, v, out, l.offset[0]);
    } while (loop_next(&l));
    return out;
}

/* ---- reductions ---- */

/* An element combined into a result: sums and maxima of what is known are known. */
static void reduce_element(Op op, Fact *out, int64_t at, int latest, double v, double times) {
    if (op == OP_MAX_OVER) {
        if (v != -INFINITY) raise_to(&out->latest[at], latest);
        if (isnan(v) || isnan(out->known[at])) out->known[at] = NAN;
        else out->known[at] = fmax(out->known[at], v);
        return;
    }
    raise_to(&out->latest[at], latest);
    out->known[at] = op == OP_SUM ? out->known[at] + v * times : NAN;
}

static Fact *rule_reduce(Arena *a, const Node *n, const Fact *const *in) {
    int64_t length[GRAPH_MAX_RANK] = {0}, times = 1;
    unsigned axes = (unsigned)n->ints[0];
    int rank = 0;
    for (int i = 0; i < in[0]->shape.rank; i++) {
        bool reduced = axes >> i & 1;
        if (!reduced) length[rank++] = in[0]->length[i];
        else if (in[0]->length[i] == 1) times *= in[0]->shape.dim[i];
    }
    Fact *out = fact_new(a, n->shape, length, true);
    for (int64_t i = 0; i < out->size; i++) out->known[i] = n->op == OP_MAX_OVER ? -INFINITY : 0;
    Loop l = loop_over(in[0]);
    l.n = 2;
    for (int i = 0, k = 0; i < in[0]->shape.rank; i++)
        if (!(axes >> i & 1)) l.stride[1][i] = fact_stride(out, k++);
    do
        reduce_element(n->op, out, l.offset[1], in[0]->latest[l.offset[0]],
                       known_at(in[0], l.offset[0]), (double)times);
    while (loop_next(&l));
    return out;
}

static Fact *rule_sum_rows(Arena *a, const Node *n, const Fact *const *in) {
    Fact *out = fact_copy(a, in[0]);
    (void)n;
    for (int64_t i = 0; out->known && i < out->size; i++)
        if (out->known[i] != 0) out->known[i] = NAN;
    return out;
}

static Fact *rule_cumsum(Arena *a, const Node *n, const Fact *const *in) {
    int axis = (int)n->ints[0];
    int64_t length[GRAPH_MAX_RANK] = {0}, turns = n->shape.dim[axis];
    for (int i = 0; i < n->shape.rank; i++) length[i] = in[0]->length[i];
    length[axis] = turns;
    Fact *out = fact_new(a, n->shape, length, true);
    Loop l = loop_over(out);
    l.length[axis] = 1;
    loop_along(&l, 1, in[0]);
    int64_t stride = fact_stride(out, axis), from = fact_stride(in[0], axis);
    do {
        int latest = -1;
        double sum = 0;
        for (int64_t i = 0; i < turns; i++) {
            int64_t t = n->ints[1] ? turns - 1 - i : i;
            raise_to(&latest, in[0]->latest[l.offset[1] + t * from]);
            sum += known_at(in[0], l.offset[1] + t * from);
            put(out, l.offset[0] + t * stride, latest, sum);
        }
    } while (loop_next(&l));
    return out;
}

/* ---- moves ---- */

static void copy_along(Loop *l, Fact *out, const Fact *in) {
    do put(out, l->offset[0], in->latest[l->offset[1]], known_at(in, l->offset[1]));
    while (loop_next(l));
}

static Fact *expanded(Arena *a, const Fact *in) {
    Fact *out = fact_new(a, in->shape, in->shape.dim, in->known != NULL);
    Loop l = loop_over(out);
    loop_along(&l, 1, in);
    copy_along(&l, out, in);
    return out;
}

static Fact *rule_reshape(Arena *a, const Node *n, const Fact *const *in) {
    if (in[0]->size == 1) return fact_uniform(a, n->shape, in[0]->latest[0], known_at(in[0], 0));
    Fact *out = expanded(a, in[0]);
    out->shape = n->shape;
    for (int i = 0; i < n->shape.rank; i++) out->length[i] = n->shape.dim[i];
    return out;
}

static Fact *rule_transpose(Arena *a, const Node *n, const Fact *const *in) {
    int64_t length[GRAPH_MAX_RANK] = {0};
    for (int i = 0; i < n->shape.rank; i++) length[i] = in[0]->length[n->ints[i]];
    Fact *out = fact_new(a, n->shape, length, in[0]->known != NULL);
    Loop l = loop_over(out);
    l.n = 2;
    for (int i = 0; i < n->shape.rank; i++) l.stride[1][i] = fact_stride(in[0], (int)n->ints[i]);
    copy_along(&l, out, in[0]);
    return out;
}

static Fact *rule_slice(Arena *a, const Node *n, const Fact *const *in) {
    int rank = n->shape.rank;
    const int64_t *start = n->ints, *size = start + rank, *step = size + rank;
    int64_t length[GRAPH_MAX_RANK] = {0};
    for (int i = 0; i < rank; i++) length[i] = in[0]->length[i] == 1 ? 1 : size[i];
    Fact *out = fact_new(a, n->shape, length, in[0]->known != NULL);
    Loop l = loop_over(out);
    l.n = 2;
    for (int i = 0; i < rank; i++) {
        l.offset[1] += start[i] * fact_stride(in[0], i);
        l.stride[1][i] = step[i] * fact_stride(in[0], i);
    }
    copy_along(&l, out, in[0]);
    return out;
}

static Fact *rule_pad(Arena *a, const Node *n, const Fact *const *in) {
    int rank = n->shape.rank;
    const int64_t *before = n->ints, *after = before + rank, *step = after + rank;
    int64_t length[GRAPH_MAX_RANK] = {0};
    bool pads[GRAPH_MAX_RANK];
    for (int i = 0; i < rank; i++) {
        pads[i] = before[i] > 0 || after[i] > 0 || step[i] > 1;
        length[i] = pads[i] ? n->shape.dim[i] : in[0]->length[i];
    }
    Fact *out = fact_new(a, n->shape, length, true);
    for (int64_t i = 0; i < out->size; i++) out->known[i] = 0;
    Loop l = {.rank = rank, .n = 2};
    for (int i = 0; i < rank; i++) {
        l.length[i] = pads[i] ? in[0]->shape.dim[i] : in[0]->length[i];
        l.stride[0][i] = fact_stride(out, i) * (pads[i] ? step[i] : 1);
        l.offset[0] += pads[i] ? before[i] * fact_stride(out, i) : 0;
        l.stride[1][i] = fact_stride(in[0], i);
    }
    copy_along(&l, out, in[0]);
    return out;
}

static Fact *rule_concat(Arena *a, const Node *n, const Fact *const *in) {
    int axis = (int)n->ints[0], rank = n->shape.rank;
    int64_t length[GRAPH_MAX_RANK] = {0}, before = 0;
    bool known = false;
    for (int i = 0; i < rank; i++) length[i] = i == axis ? n->shape.dim[i] : 1;
    for (int k = 0; k < n->n_in; k++) {
        known = known || in[k]->known;
        for (int i = 0; i < rank; i++)
            if (i != axis && in[k]->length[i] > 1) length[i] = in[k]->length[i];
    }
    Fact *out = fact_new(a, n->shape, length, known);
    for (int k = 0; k < n->n_in; k++) {
        Loop l = loop_over(out);
        loop_along(&l, 1, in[k]);
        l.length[axis] = in[k]->shape.dim[axis];
        l.offset[0] = before * fact_stride(out, axis);
        copy_along(&l, out, in[k]);
        before += in[k]->shape.dim[axis];
    }
    return out;
}

static Fact *rule_broadcast(Arena *a, const Node *n, const Fact *const *in) {
    int64_t length[GRAPH_MAX_RANK] = {0};
    int extra = n->shape.rank - in[0]->shape.rank;
    for (int i = 0; i < n->shape.rank; i++) length[i] = i < extra ? 1 : in[0]->length[i - extra];
    Fact *out = fact_copy(a, in[0]);
    out->shape = n->shape;
    for (int i = 0; i < n->shape.rank; i++) out->length[i] = length[i];
    return out;
}

/* All draws of an example are alike. */
static Fact *rule_collect(Arena *a, const Node *n, const Fact *const *in) {
    Fact *out = fact_copy(a, in[0]);
    out->shape = n->shape;
    out->length[0] = 1;
    for (int i = 1; i < n->shape.rank; i++) out->length[i] = in[0]->length[i - 1];
    return out;
}

static Fact *rule_spread(Arena *a, const Node *n, const Fact *const *in) {
    Fact *out = fact_new(a, n->shape, in[0]->length + 1, in[0]->known != NULL);
    Loop l = loop_over(in[0]);
    l.n = 2;
    for (int i = 1; i < in[0]->shape.rank; i++) l.stride[1][i] = fact_stride(out, i - 1);
    do {
        int64_t to = l.offset[1];
        double v = known_at(in[0], l.offset[0]);
        raise_to(&out->latest[to], in[0]->latest[l.offset[0]]);
        if (out->known && l.at[0] == 0) out->known[to] = v;
        else if (out->known && out->known[to] != v) out->known[to] = NAN;
    } while (loop_next(&l));
    return out;
}

/* ---- products and look-ups ---- */

/* Loops over the result's labels, then over those summed: a pair with a zero in it adds nothing. */
static Fact *rule_contract(Arena *a, const Node *n, const Fact *const *in) {
    int rank_a = in[0]->shape.rank, rank_b = in[1]->shape.rank, rank = n->shape.rank;
    const int64_t *labels = n->ints, *result = n->ints + rank_a + rank_b;
    int64_t longest[GRAPH_MAX_LABELS], stride[2][GRAPH_MAX_LABELS] = {{0}};
    for (int i = 0; i < GRAPH_MAX_LABELS; i++) longest[i] = 1;
    for (int i = 0; i < rank_a + rank_b; i++) {
        int k = i >= rank_a, axis = i - k * rank_a;
        stride[k][labels[i]] = fact_stride(in[k], axis);
        if (in[k]->length[axis] > longest[labels[i]]) longest[labels[i]] = in[k]->length[axis];
    }
    int64_t length[GRAPH_MAX_RANK] = {0};
    for (int i = 0; i < rank; i++) length[i] = longest[result[i]];
    Fact *out = fact_new(a, n->shape, length, true);
    Loop l = {.n = 3};
    for (int i = 0; i < rank; i++) {
        l.stride[2][l.rank] = fact_stride(out, i);
        for (int k = 0; k < 2; k++) l.stride[k][l.rank] = stride[k][result[i]];
        l.length[l.rank++] = length[i];
        longest[result[i]] = 1;
    }
    for (int label = 0; label < GRAPH_MAX_LABELS; label++) {
        if (longest[label] == 1) continue;
        for (int k = 0; k < 2; k++) l.stride[k][l.rank] = stride[k][label];
        l.length[l.rank++] = longest[label];
    }
    for (int64_t i = 0; i < out->size; i++) out->known[i] = 0;
    do {
        if (known_at(in[0], l.offset[0]) == 0 || known_at(in[1], l.offset[1]) == 0) continue;
        raise_to(&out->latest[l.offset[2]], in[0]->latest[l.offset[0]]);
        raise_to(&out->latest[l.offset[2]], in[1]->latest[l.offset[1]]);
        out->known[l.offset[2]] = NAN;
    } while (loop_next(&l));
    return out;
}

/* A row of a table: the one that is known, or any. */
static Fact *rule_gather(Arena *a, const Node *n, const Fact *const *in) {
    const Fact *table = in[0], *index = in[1];
    int lead = index->shape.rank, rank = n->shape.rank;
    int64_t length[GRAPH_MAX_RANK] = {0}, rows = table->length[0], row = fact_stride(table, 0);
    for (int i = 0; i < rank; i++)
        length[i] = i < lead ? index->length[i] : table->length[i - lead + 1];
    Fact *out = fact_new(a, n->shape, length, true);
    Loop l = loop_over(out);
    l.n = 3;
    for (int i = 0; i < rank; i++)
        if (i < lead) l.stride[1][i] = fact_stride(index, i);
        else l.stride[2][i] = fact_stride(table, i - lead + 1);
    do {
        double v = known_at(index, l.offset[1]);
        int latest = index->latest[l.offset[1]];
        int64_t first = isnan(v) || rows == 1 ? 0 : (int64_t)v, last = isnan(v) ? rows - 1 : first;
        for (int64_t r = first; r <= last; r++)
            raise_to(&latest, table->latest[l.offset[2] + r * row]);
        put(out, l.offset[0], latest,
            first == last ? known_at(table, l.offset[2] + first * row) : NAN);
    } while (loop_next(&l));
    return out;
}

/* Where in `whole`, the axes that are seen through windows, the element at l->at of `seen` lies;
 * -1: outside. */
static int64_t window_offset(const Node *n, const Loop *l, const Fact *whole) {
    const Window *w;
    int axes = window_axes(n, &w), lead = whole->shape.rank - axes;
    int64_t offset = 0;
    for (int i = 0; i < lead; i++)
        offset += whole->length[i] == 1 ? 0 : l->at[i] * fact_stride(whole, i);
    for (int i = 0; i < axes; i++) {
        int64_t at =
            l->at[lead + axes + i] * w[i].step + l->at[lead + i] * w[i].apart - w[i].before;
        if (at < 0 || at >= w[i].length) return -1;
        offset += at * fact_stride(whole, lead + i);
    }
    return offset;
}

/* The lengths of what is seen through windows, where the leading axes have those of `whole`. */
static Fact *new_seen(Arena *a, const Node *n, const Fact *whole) {
    int64_t length[GRAPH_MAX_RANK] = {0};
    int lead = whole->shape.rank - n->n_ints / WINDOW_INTS;
    for (int i = 0; i < n->shape.rank; i++)
        length[i] = i < lead ? whole->length[i] : n->shape.dim[i];
    return fact_new(a, n->shape, length, true);
}

static Fact *rule_window(Arena *a, const Node *n, const Fact *const *in) {
    Fact *out = new_seen(a, n, in[0]);
    Loop l = loop_over(out);
    do {
        int64_t from = window_offset(n, &l, in[0]);
        if (from < 0) put(out, l.offset[0], -1, 0);
        else put(out, l.offset[0], in[0]->latest[from], known_at(in[0], from));
    } while (loop_next(&l));
    return out;
}

static Fact *rule_fold(Arena *a, const Node *n, const Fact *const *in) {
    int64_t length[GRAPH_MAX_RANK] = {0};
    int axes = n->n_ints / WINDOW_INTS, lead = n->shape.rank - axes;
    for (int i = 0; i < n->shape.rank; i++)
        length[i] = i < lead ? in[0]->length[i] : n->shape.dim[i];
    Fact *out = fact_new(a, n->shape, length, false);
    Loop l = {.rank = in[0]->shape.rank};
    for (int i = 0; i < l.rank; i++)
        l.length[i] = i < lead ? in[0]->length[i] : in[0]->shape.dim[i];
    loop_along(&l, 0, in[0]);
    do {
        int64_t to = window_offset(n, &l, out);
        if (to >= 0) raise_to(&out->latest[to], in[0]->latest[l.offset[0]]);
    } while (loop_next(&l));
    return out;
}

/* ---- the table ---- */

typedef Fact *RuleFunction(Arena *a, const Node *n, const Fact *const *in);

static RuleFunction *const rules[OP_COUNT] = {
    [OP_SUM] = rule_reduce,          [OP_MAX_OVER] = rule_reduce,     [OP_ARGMAX] = rule_reduce,
    [OP_SUM_ROWS] = rule_sum_rows,   [OP_CUMSUM] = rule_cumsum,       [OP_RESHAPE] = rule_reshape,
    [OP_TRANSPOSE] = rule_transpose, [OP_SLICE] = rule_slice,         [OP_PAD] = rule_pad,
    [OP_CONCAT] = rule_concat,       [OP_BROADCAST] = rule_broadcast, [OP_COLLECT] = rule_collect,
    [OP_WINDOW] = rule_window,       [OP_FOLD] = rule_fold,           [OP_SPREAD] = rule_spread,
    [OP_CONTRACT] = rule_contract,   [OP_GATHER] = rule_gather,
};

/* Each element may depend on all that any operand depends on. */
static Fact *rule_mix(Arena *a, const Node *n, const Fact *const *in) {
    int latest = -1;
    for (int i = 0; i < n->n_in; i++) raise_to(&latest, fact_latest_of_all(in[i]));
    return fact_uniform(a, n->shape, latest, NAN);
}

static bool is_small(const Node *n) {
    if (shape_size(&n->shape) > MOST) return false;
    for (int i = 0; i < n->n_in; i++)
        if (shape_size(&n->in[i]->shape) > MOST) return false;
    return true;
}

Fact *causal_rule(Arena *a, const Node *n, const Fact *const *in) {
    RuleFunction *rule = op_info[n->op].op_class == CLASS_MAP ? rule_map : rules[n->op];
    Fact *f = rule && is_small(n) ? rule(a, n, in) : rule_mix(a, n, in);
    fact_shrink(f);
    return f;
}
