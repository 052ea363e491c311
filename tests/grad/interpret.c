#include "interpret.h"
#include "../../compiler/transform/fold.h"
#include <math.h>
#include <string.h>

struct Interpreter {
    Graph *g;
    LIST(double *) value; /* by id */
    LIST(bool) given;     /* by id */
    bool in_float;
};

typedef struct {
    int64_t at[GRAPH_MAX_RANK];
} Index;

Interpreter *interpret_new(Graph *g) {
    Interpreter *in = NEW(g->arena, Interpreter);
    in->g = g;
    return in;
}

int64_t interpret_size(const Node *n) {
    return shape_size(&n->shape) * rows_count(n->rows);
}

static double *storage(Interpreter *in, const Node *n) {
    while (in->value.n <= n->id) {
        LIST_ADD(in->g->arena, &in->value, NULL);
        LIST_ADD(in->g->arena, &in->given, false);
    }
    double **at = &in->value.at[n->id];
    if (!*at) *at = NEW_ARRAY(in->g->arena, double, interpret_size(n));
    return *at;
}

void interpret_set(Interpreter *in, const Node *n, const double *values) {
    memcpy(storage(in, n), values, sizeof *values * (size_t)interpret_size(n));
    in->given.at[n->id] = true;
}

const double *interpret_value(const Interpreter *in, const Node *n) {
    if (n->id >= in->value.n || !in->value.at[n->id])
        BUG("%s has not been computed", op_info[n->op].name);
    return in->value.at[n->id];
}

void interpret_in_float(Interpreter *in) {
    in->in_float = true;
}

/* ---- places ---- */

static Index index_of(const Shape *shape, int64_t flat) {
    Index index = {{0}};
    for (int i = shape->rank - 1; i >= 0; i--) {
        index.at[i] = flat % shape->dim[i];
        flat /= shape->dim[i];
    }
    return index;
}

static int64_t flat_of(const Shape *shape, const Index *index) {
    int64_t flat = 0;
    for (int i = 0; i < shape->rank; i++) flat = flat * shape->dim[i] + index->at[i];
    return flat;
}

/* The row of `outer` in which row r of `inner` lies. */
static int64_t outer_row(const Rows *inner, const Rows *outer, int64_t r) {
    return r / (rows_count(inner) / rows_count(outer));
}

/* Where x, broadcast to shape and rows, has its element at `index` of row r. */
static int64_t broadcast_place(const Node *x, const Shape *shape, const Rows *rows, int64_t r,
                               const Index *index) {
    Index own = {{0}};
    for (int i = 0; i < x->shape.rank; i++) {
        int64_t at = index->at[shape->rank - x->shape.rank + i];
        own.at[i] = x->shape.dim[i] == 1 ? 0 : at;
    }
    return outer_row(rows, x->rows, r) * shape_size(&x->shape) + flat_of(&x->shape, &own);
}

/* ---- leaves ---- */

/* As the runtime keys its draws: see gen_gaussian. */
static void draw(Interpreter *in, const Node *n, double *out) {
    int64_t rows = rows_count(n->rows), size = shape_size(&n->shape);
    int64_t times = rows_inside(n->rows, in->g->batch) ? rows / rows_count(in->g->batch) : rows,
            turn = 0;
    for (int i = 0; i < n->n_in; i++) {
        const Scan *s = n->in[i]->scan;
        turn = turn * s->turns + (int64_t)interpret_value(in, n->in[i])[0];
    }
    for (int64_t r = 0; r < rows; r++)
        for (int64_t i = 0; i < size; i++) {
            int64_t key[] = {r / times, turn * times + r % times, i};
            uint64_t h =
                hash_bytes(hash_bytes(HASH_START, n->text, strlen(n->text)), key, sizeof key);
            double u = ((double)(h >> 12) + 0.5) / 0x1p52;
            out[r * size + i] =
                n->op == OP_UNIFORM ? u : sqrt(12.0) * (u - 0.5) * 1.2 + sin(40 * u);
        }
}

static void leaf(Interpreter *in, const Node *n, double *out) {
    switch (n->op) {
    case OP_CONST:
        out[0] = n->number;
        break;
    case OP_IOTA:
        for (int64_t i = 0; i < n->ints[0]; i++) out[i] = (double)i;
        break;
    case OP_TABLE:
        for (int64_t i = 0; i < shape_size(&n->shape); i++)
            out[i] = (double)n->ints[2 + n->shape.rank + i];
        break;
    case OP_UNIFORM:
    case OP_GAUSSIAN:
        draw(in, n, out);
        break;
    default:
        BUG("%s %s has not been given", op_info[n->op].name, n->text ? n->text : "");
    }
}

/* ---- elementwise ---- */

static double map(const Node *n, const double *x) {
    double result;
    switch (n->op) {
    case OP_WHERE:
        return x[0] != 0 ? x[1] : x[2];
    case OP_TO_INDEX:
        return fmin(fmax(floor(x[0]), 0), (double)n->ints[0] - 1);
    case OP_DRAWN:
    case OP_UNDONE:
        return x[0];
    default:
        if (!fold(n->op, x[0], x[1], &result)) BUG("%s: no meaning here", op_info[n->op].name);
        return result;
    }
}

static void map_all(Interpreter *in, const Node *n, double *out) {
    int64_t rows = rows_count(n->rows), size = shape_size(&n->shape);
    int n_in = graph_operands(n);
    for (int64_t r = 0; r < rows; r++)
        for (int64_t i = 0; i < size; i++) {
            Index index = index_of(&n->shape, i);
            double x[3] = {0};
            for (int j = 0; j < n_in; j++)
                x[j] = interpret_value(
                    in, n->in[j])[broadcast_place(n->in[j], &n->shape, n->rows, r, &index)];
            out[r * size + i] = map(n, x);
        }
}

/* ---- reductions ---- */

static void reduce(Interpreter *in, const Node *n, double *out) {
    const Node *x = n->in[0];
    const double *value = interpret_value(in, x);
    int64_t rows = rows_count(n->rows), size = shape_size(&n->shape), from = shape_size(&x->shape);
    double *best = NEW_ARRAY(in->g->arena, double, size);
    for (int64_t r = 0; r < rows; r++) {
        for (int64_t i = 0; i < size; i++) best[i] = n->op == OP_SUM ? 0 : -INFINITY;
        for (int64_t i = 0; i < from; i++) {
            Index index = index_of(&x->shape, i), kept = {{0}};
            int rank = 0;
            for (int j = 0; j < x->shape.rank; j++)
                if (!(n->ints[0] >> j & 1)) kept.at[rank++] = index.at[j];
            int64_t place = flat_of(&n->shape, &kept);
            double v = value[r * from + i];
            if (n->op == OP_SUM) {
                best[place] += v;
            } else if (v > best[place]) {
                best[place] = v;
                if (n->op == OP_ARGMAX)
                    out[r * size + place] = (double)index.at[__builtin_ctz((unsigned)n->ints[0])];
            }
        }
        if (n->op != OP_ARGMAX) memcpy(out + r * size, best, sizeof *best * (size_t)size);
    }
}

static void sum_rows(Interpreter *in, const Node *n, double *out) {
    const Node *x = n->in[0];
    int64_t size = shape_size(&n->shape);
    memset(out, 0, sizeof *out * (size_t)interpret_size(n));
    for (int64_t r = 0; r < rows_count(x->rows); r++)
        for (int64_t i = 0; i < size; i++)
            out[outer_row(x->rows, n->rows, r) * size + i] += interpret_value(in, x)[r * size + i];
}

static void cumsum(Interpreter *in, const Node *n, double *out) {
    int64_t rows = rows_count(n->rows), size = shape_size(&n->shape), axis = n->ints[0];
    int64_t length = n->shape.dim[axis];
    const double *x = interpret_value(in, n->in[0]);
    for (int64_t r = 0; r < rows; r++)
        for (int64_t i = 0; i < size; i++) {
            Index index = index_of(&n->shape, i);
            int64_t here = index.at[axis], first = n->ints[1] ? here : 0,
                    last = n->ints[1] ? length - 1 : here;
            double sum = 0;
            for (int64_t j = first; j <= last; j++) {
                index.at[axis] = j;
                sum += x[r * size + flat_of(&n->shape, &index)];
            }
            out[r * size + i] = sum;
        }
}

/* ---- moves ---- */

/* Where element `to` of the result comes from: an input and a place in it; false for a padding
 * zero. */
static bool source(const Node *n, const Index *to, int *input, Index *from) {
    int rank = n->shape.rank;
    *input = 0;
    *from = *to;
    switch (n->op) {
    case OP_TRANSPOSE:
        for (int i = 0; i < rank; i++) from->at[n->ints[i]] = to->at[i];
        return true;
    case OP_SLICE:
        for (int i = 0; i < rank; i++) from->at[i] = n->ints[i] + to->at[i] * n->ints[2 * rank + i];
        return true;
    case OP_PAD:
        for (int i = 0; i < rank; i++) {
            int64_t offset = to->at[i] - n->ints[i], step = n->ints[2 * rank + i];
            if (offset < 0 || offset % step != 0 || offset / step >= n->in[0]->shape.dim[i])
                return false;
            from->at[i] = offset / step;
        }
        return true;
    case OP_CONCAT:
        while (from->at[n->ints[0]] >= n->in[*input]->shape.dim[n->ints[0]])
            from->at[n->ints[0]] -= n->in[(*input)++]->shape.dim[n->ints[0]];
        return true;
    default:
        BUG("%s: no meaning here", op_info[n->op].name);
    }
}

/* One element of a window, or its place when it is folded back: where it lies on the axis. */
static bool window_place(const Node *n, const Index *seen, int lead, Index *from) {
    const Window *w;
    int axes = window_axes(n, &w);
    *from = *seen;
    for (int i = 0; i < axes; i++) {
        int64_t s = seen->at[lead + i], c = seen->at[lead + axes + i];
        int64_t at = c * w[i].step + s * w[i].apart - w[i].before;
        if (at < 0 || at >= w[i].length) return false;
        from->at[lead + i] = at;
    }
    return true;
}

static void window(Interpreter *in, const Node *n, double *out) {
    const Node *x = n->in[0];
    const double *from = interpret_value(in, x);
    int lead = x->shape.rank - n->n_ints / WINDOW_INTS;
    int64_t size = shape_size(&n->shape), own = shape_size(&x->shape);
    for (int64_t i = 0; i < rows_count(n->rows) * size; i++) {
        Index seen = index_of(&n->shape, i % size), at;
        out[i] =
            window_place(n, &seen, lead, &at) ? from[i / size * own + flat_of(&x->shape, &at)] : 0;
    }
}

static void fold_windows(Interpreter *in, const Node *n, double *out) {
    const Node *y = n->in[0];
    const double *from = interpret_value(in, y);
    int lead = n->shape.rank - n->n_ints / WINDOW_INTS;
    int64_t size = shape_size(&n->shape), own = shape_size(&y->shape);
    memset(out, 0, sizeof *out * (size_t)(rows_count(n->rows) * size));
    for (int64_t i = 0; i < rows_count(n->rows) * own; i++) {
        Index seen = index_of(&y->shape, i % own), at;
        if (window_place(n, &seen, lead, &at))
            out[i / own * size + flat_of(&n->shape, &at)] += from[i];
    }
}

static void move(Interpreter *in, const Node *n, double *out) {
    int64_t rows = rows_count(n->rows), size = shape_size(&n->shape);
    for (int64_t r = 0; r < rows; r++)
        for (int64_t i = 0; i < size; i++) {
            Index to = index_of(&n->shape, i), from;
            int input;
            if (!source(n, &to, &input, &from)) {
                out[r * size + i] = 0;
                continue;
            }
            const Node *x = n->in[input];
            int64_t row = outer_row(n->rows, x->rows, r);
            out[r * size + i] =
                interpret_value(in, x)[row * shape_size(&x->shape) + flat_of(&x->shape, &from)];
        }
}

static void broadcast(Interpreter *in, const Node *n, double *out) {
    int64_t rows = rows_count(n->rows), size = shape_size(&n->shape);
    for (int64_t r = 0; r < rows; r++)
        for (int64_t i = 0; i < size; i++) {
            Index index = index_of(&n->shape, i);
            out[r * size + i] = interpret_value(
                in, n->in[0])[broadcast_place(n->in[0], &n->shape, n->rows, r, &index)];
        }
}

static void copy(Interpreter *in, const Node *n, double *out) {
    memcpy(out, interpret_value(in, n->in[0]), sizeof *out * (size_t)interpret_size(n));
}

/* ---- products ---- */

static void contract(Interpreter *in, const Node *n, double *out) {
    const Node *operand[] = {n->in[0], n->in[1], n};
    const Rows *rows = rows_join(n->in[0]->rows, n->in[1]->rows);
    int64_t length[GRAPH_MAX_LABELS], at[GRAPH_MAX_LABELS] = {0}, combinations = 1;
    for (int i = 0; i < GRAPH_MAX_LABELS; i++) length[i] = 1;
    const int64_t *label = n->ints;
    for (int o = 0; o < 2; o++)
        for (int i = 0; i < operand[o]->shape.rank; i++)
            length[*label++] = operand[o]->shape.dim[i];
    for (int i = 0; i < GRAPH_MAX_LABELS; i++) combinations *= length[i];
    memset(out, 0, sizeof *out * (size_t)interpret_size(n));
    for (int64_t r = 0; r < rows_count(rows); r++)
        for (int64_t c = 0; c < combinations; c++) {
            int64_t rest = c, place[3];
            for (int i = 0; i < GRAPH_MAX_LABELS; i++) at[i] = rest % length[i], rest /= length[i];
            label = n->ints;
            for (int o = 0; o < 3; o++) {
                place[o] = outer_row(rows, operand[o]->rows, r);
                for (int i = 0; i < operand[o]->shape.rank; i++)
                    place[o] = place[o] * operand[o]->shape.dim[i] + at[*label++];
            }
            out[place[2]] +=
                interpret_value(in, n->in[0])[place[0]] * interpret_value(in, n->in[1])[place[1]];
        }
}

static void gather(Interpreter *in, const Node *n, double *out) {
    const Node *table = n->in[0], *index = n->in[1];
    int64_t rows = rows_count(n->rows), places = shape_size(&index->shape);
    int64_t entry = shape_size(&n->shape) / places;
    for (int64_t r = 0; r < rows; r++)
        for (int64_t i = 0; i < places; i++) {
            int64_t which = (int64_t)interpret_value(
                in, index)[outer_row(n->rows, index->rows, r) * places + i];
            const double *from = interpret_value(in, table) +
                                 outer_row(n->rows, table->rows, r) * shape_size(&table->shape) +
                                 which * entry;
            memcpy(out + (r * places + i) * entry, from, sizeof *out * (size_t)entry);
        }
}

static void put_entries(Interpreter *in, const Node *n, double *out) {
    const Node *index = n->in[1];
    int64_t rows = rows_count(n->rows), m = index->shape.dim[0];
    int64_t all = shape_size(&n->shape), entry = all / n->shape.dim[0];
    memcpy(out, interpret_value(in, n->in[0]), sizeof *out * (size_t)interpret_size(n));
    for (int64_t r = 0; r < rows; r++)
        for (int64_t i = 0; i < m; i++)
            memcpy(out + r * all + (int64_t)interpret_value(in, index)[i] * entry,
                   interpret_value(in, n->in[2]) + (r * m + i) * entry,
                   sizeof *out * (size_t)entry);
}

static void scatter(Interpreter *in, const Node *n, double *out) {
    const Node *index = n->in[0], *values = n->in[1];
    const Rows *rows = rows_join(index->rows, values->rows);
    int64_t places = shape_size(&index->shape), entry = shape_size(&n->shape) / n->shape.dim[0];
    memset(out, 0, sizeof *out * (size_t)interpret_size(n));
    for (int64_t r = 0; r < rows_count(rows); r++)
        for (int64_t i = 0; i < places; i++) {
            int64_t which =
                (int64_t)interpret_value(in, index)[outer_row(rows, index->rows, r) * places + i];
            double *to = out + outer_row(rows, n->rows, r) * shape_size(&n->shape) + which * entry;
            const double *from = interpret_value(in, values) +
                                 (outer_row(rows, values->rows, r) * places + i) * entry;
            for (int64_t j = 0; j < entry; j++) to[j] += from[j];
        }
}

/* ---- matrices ---- */

static void tri_solve(Interpreter *in, const Node *n, double *out) {
    const Node *l = n->in[0], *b = n->in[1];
    int64_t order = l->shape.dim[0], columns = shape_size(&n->shape) / order;
    for (int64_t r = 0; r < rows_count(n->rows); r++) {
        const double *lv = interpret_value(in, l) + outer_row(n->rows, l->rows, r) * order * order;
        const double *bv =
            interpret_value(in, b) + outer_row(n->rows, b->rows, r) * order * columns;
        double *x = out + r * order * columns;
        for (int64_t c = 0; c < columns; c++)
            for (int64_t k = 0; k < order; k++) {
                int64_t i = n->ints[0] ? order - 1 - k : k;
                double sum = bv[i * columns + c];
                for (int64_t j = n->ints[0] ? i + 1 : 0; j < (n->ints[0] ? order : i); j++)
                    sum -=
                        (n->ints[0] ? lv[j * order + i] : lv[i * order + j]) * x[j * columns + c];
                x[i * columns + c] = sum / lv[i * order + i];
            }
    }
}

/* Gauss-Jordan with pivots; the determinant's logarithm, and the inverse in out if it is not NULL.
 */
static double invert(Arena *arena, int64_t order, const double *matrix, double *out) {
    double *m = NEW_ARRAY(arena, double, order *order), *v = NEW_ARRAY(arena, double, order *order);
    double log_det = 0;
    memcpy(m, matrix, sizeof *m * (size_t)(order * order));
    for (int64_t i = 0; i < order; i++) v[i * order + i] = 1;
    for (int64_t i = 0; i < order; i++) {
        int64_t pivot = i;
        for (int64_t j = i + 1; j < order; j++)
            if (fabs(m[j * order + i]) > fabs(m[pivot * order + i])) pivot = j;
        for (int64_t j = 0; j < order; j++) {
            double t = m[i * order + j], u = v[i * order + j];
            m[i * order + j] = m[pivot * order + j], m[pivot * order + j] = t;
            v[i * order + j] = v[pivot * order + j], v[pivot * order + j] = u;
        }
        double head = m[i * order + i];
        log_det += log(fabs(head));
        for (int64_t j = 0; j < order; j++) m[i * order + j] /= head, v[i * order + j] /= head;
        for (int64_t k = 0; k < order; k++) {
            double factor = m[k * order + i];
            for (int64_t j = 0; j < order && k != i; j++) {
                m[k * order + j] -= factor * m[i * order + j];
                v[k * order + j] -= factor * v[i * order + j];
            }
        }
    }
    if (out) memcpy(out, v, sizeof *v * (size_t)(order * order));
    return log_det;
}

static void matrices(Interpreter *in, const Node *n, double *out) {
    int64_t order = n->in[0]->shape.dim[0];
    for (int64_t r = 0; r < rows_count(n->rows); r++) {
        const double *m = interpret_value(in, n->in[0]) + r * order * order;
        if (n->op == OP_INVERSE) invert(in->g->arena, order, m, out + r * order * order);
        else out[r] = invert(in->g->arena, order, m, NULL);
    }
}

/* ---- recurrences ---- */

static void evaluate(Interpreter *in, const Node *n);

/* Rows and turns change places: row r of the part, turn t of the whole. */
static void part_of(const Node *whole, double *whole_at, const Node *part, double *part_at,
                    int64_t turns, int64_t t, bool store) {
    int64_t size = shape_size(&part->shape), rows = rows_count(whole->rows);
    for (int64_t r = 0; r < rows; r++) {
        double *w = whole_at + (r * turns + t) * size, *p = part_at + r * size;
        memcpy(store ? w : p, store ? p : w, sizeof *w * (size_t)size);
    }
}

/* The stacked yields and last carries are kept where PICK nodes, whose memory this is, look:
 * stack[i]. */
static void scan(Interpreter *in, const Node *n) {
    Scan *s = n->scan;
    Arena *arena = in->g->arena;
    NodeList body = graph_reachable(arena, 0, NULL, s);
    double **next = NEW_ARRAY(arena, double *, s->n_carries + 1);
    for (int i = 0; i < s->n_carries; i++) {
        const Node *init = n->in[s->n_slices + i];
        next[i] = NEW_ARRAY(arena, double, interpret_size(init));
        memcpy(storage(in, s->carries[i]), interpret_value(in, init),
               sizeof(double) * (size_t)interpret_size(init));
    }
    for (int64_t k = 0; k < s->turns; k++) {
        int64_t t = s->reverse ? s->turns - 1 - k : k;
        storage(in, s->turn)[0] = (double)t;
        for (int i = 0; i < s->n_slices; i++)
            part_of(n->in[i], storage(in, n->in[i]), s->slices[i], storage(in, s->slices[i]),
                    s->turns, t, false);
        for (int i = 0; i < body.n; i++)
            if (body.at[i]->op != OP_FORMAL) evaluate(in, body.at[i]);
        for (int i = 0; i < s->yields.n; i++) {
            Node *stack = graph_pick(in->g, s, s->n_carries + i);
            part_of(stack, storage(in, stack), s->yields.at[i],
                    (double *)interpret_value(in, s->yields.at[i]), s->turns, t, true);
        }
        for (int i = 0; i < s->n_carries; i++)
            memcpy(next[i], interpret_value(in, s->next[i]),
                   sizeof(double) * (size_t)interpret_size(s->carries[i]));
        for (int i = 0; i < s->n_carries; i++)
            memcpy(storage(in, s->carries[i]), next[i],
                   sizeof(double) * (size_t)interpret_size(s->carries[i]));
    }
    for (int i = 0; i < s->n_carries; i++) {
        Node *last = graph_pick(in->g, s, i);
        memcpy(storage(in, last), interpret_value(in, s->carries[i]),
               sizeof(double) * (size_t)interpret_size(last));
    }
}

/* ---- all of it ---- */

static void no_more(Interpreter *in, const Node *n, double *out) {
    (void)in, (void)n, (void)out;
}

typedef void Evaluate(Interpreter *in, const Node *n, double *out);

static Evaluate *const by_class[] = {
    [CLASS_LEAF] = leaf, [CLASS_MAP] = map_all, [CLASS_REDUCE] = reduce,
    [CLASS_MOVE] = move, [CLASS_OTHER] = NULL,
};
static Evaluate *const by_op[OP_COUNT] = {
    [OP_SUM_ROWS] = sum_rows,   [OP_CUMSUM] = cumsum,        [OP_RESHAPE] = copy,
    [OP_COLLECT] = copy,        [OP_SPREAD] = copy,          [OP_BROADCAST] = broadcast,
    [OP_CONTRACT] = contract,   [OP_GATHER] = gather,        [OP_SCATTER] = scatter,
    [OP_TRI_SOLVE] = tri_solve, [OP_LOG_ABS_DET] = matrices, [OP_INVERSE] = matrices,
    [OP_PICK] = no_more,        [OP_WINDOW] = window,        [OP_FOLD] = fold_windows,
    [OP_PUT] = put_entries,
};

static void evaluate(Interpreter *in, const Node *n) {
    double *out = storage(in, n);
    if (in->given.at[n->id]) return;
    if (n->op == OP_SCAN) {
        scan(in, n);
        return;
    }
    Evaluate *rule = by_op[n->op] ? by_op[n->op] : by_class[op_info[n->op].op_class];
    if (!rule) BUG("%s: no meaning here", op_info[n->op].name);
    rule(in, n, out);
    for (int64_t i = 0, size = in->in_float ? interpret_size(n) : 0; i < size; i++)
        out[i] = (float)out[i];
}

void interpret_run(Interpreter *in, int n_roots, Node *const *roots) {
    NodeList order = graph_reachable(in->g->arena, n_roots, roots, NULL);
    for (int i = 0; i < order.n; i++) evaluate(in, order.at[i]);
}
