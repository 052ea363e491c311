/* location.c: see location.h. */
#include "location.h"

Location location_contiguous(Buffer *buffer, const Node *n) {
    Location l = {.buffer = buffer};
    int64_t dim[DOMAIN_MAX], stride = 1;
    for (int i = node_domain(n, dim) - 1; i >= 0; i--) {
        l.stride[i] = stride;
        stride *= dim[i];
    }
    return l;
}

Location location_stacked(Buffer *buffer, const Node *n) {
    Location l = {.buffer = buffer};
    int64_t dim[DOMAIN_MAX], stride = 1;
    int rows = rows_depth(n->rows);
    for (int i = node_domain(n, dim) - 1; i >= 0; i--) {
        if (i == rows) continue;
        l.stride[i] = stride;
        stride *= dim[i];
    }
    l.stride[rows] = stride;
    return l;
}

bool location_is_contiguous(const Location *l, const Node *n) {
    int64_t dim[DOMAIN_MAX], stride = 1;
    for (int i = node_domain(n, dim) - 1; i >= 0; i--) {
        if (dim[i] != 1 && l->stride[i] != stride) return false;
        stride *= dim[i];
    }
    return true;
}

static int without_ones(int n, const int64_t *dim, const int64_t *stride, int64_t *d, int64_t *s) {
    int count = 0;
    for (int i = 0; i < n; i++)
        if (dim[i] != 1) {
            d[count] = dim[i];
            s[count++] = stride ? stride[i] : 0;
        }
    return count;
}

/* Gives strides to a group of extents that together are one group of the old ones. */
static bool reshape_group(int n_from, const int64_t *from, const int64_t *stride, int n_to,
                          const int64_t *to, int64_t *out) {
    for (int i = 0; i + 1 < n_from; i++)
        if (stride[i] != stride[i + 1] * from[i + 1]) return false;
    int64_t step = stride[n_from - 1];
    for (int i = n_to - 1; i >= 0; i--) {
        out[i] = step;
        step *= to[i];
    }
    return true;
}

bool location_reshape(Location *l, int n_from, const int64_t *from, int n_to, const int64_t *to) {
    int64_t f[DOMAIN_MAX], fs[DOMAIN_MAX], t[DOMAIN_MAX], ts[DOMAIN_MAX];
    int nf = without_ones(n_from, from, l->stride, f, fs), nt = without_ones(n_to, to, NULL, t, ts);
    for (int i = 0, j = 0; i < nf || j < nt;) {
        int i0 = i, j0 = j;
        int64_t left = f[i++], right = t[j++];
        while (left != right) {
            if (left < right) left *= f[i++];
            else right *= t[j++];
        }
        if (!reshape_group(i - i0, f + i0, fs + i0, j - j0, t + j0, ts + j0)) return false;
    }
    for (int i = 0, j = 0; i < n_to; i++) l->stride[i] = to[i] == 1 ? 0 : ts[j++];
    return true;
}

Location location_part(const Location *whole, const Node *concat, int64_t start) {
    Location part = *whole;
    int axis = rows_depth(concat->rows) + (int)concat->ints[0];
    part.base.constant += start * whole->stride[axis];
    return part;
}

Location location_turn(const Location *stacked, const Region *body, const Node *yield) {
    Location l = *stacked;
    int rows = rows_depth(yield->rows);
    Index turn = index_scale(&body->turn, stacked->stride[rows]);
    l.base = index_add(&l.base, &turn);
    for (int i = rows; i < rows + yield->shape.rank; i++) l.stride[i] = stacked->stride[i + 1];
    return l;
}

Index location_at(const Location *l, int n, const Index *at) {
    Index sum = l->base;
    for (int i = 0; i < n; i++) {
        Index part = index_scale(&at[i], l->stride[i]);
        sum = index_add(&sum, &part);
    }
    return sum;
}

/* ---- views ---- */

static bool view_reshape(const Value *v, const Node *n, const Node *in, Location *l) {
    (void)v;
    int64_t from[DOMAIN_MAX], to[DOMAIN_MAX];
    int n_from = node_domain(in, from), n_to = node_domain(n, to);
    return location_reshape(l, n_from, from, n_to, to);
}

static bool view_transpose(const Value *v, const Node *n, const Node *in, Location *l) {
    (void)v, (void)in;
    Location was = *l;
    int rows = rows_depth(n->rows);
    for (int i = 0; i < n->shape.rank; i++) l->stride[rows + i] = was.stride[rows + n->ints[i]];
    return true;
}

static bool view_slice(const Value *v, const Node *n, const Node *in, Location *l) {
    (void)v, (void)in;
    int rows = rows_depth(n->rows), rank = n->shape.rank;
    for (int i = 0; i < rank; i++) {
        l->base.constant += n->ints[i] * l->stride[rows + i];
        l->stride[rows + i] *= n->ints[2 * rank + i];
    }
    return true;
}

static bool view_same(const Value *v, const Node *n, const Node *in, Location *l) {
    (void)v, (void)n, (void)in, (void)l;
    return true;
}

/* A scan's slice of its sequence. */
static bool view_turn(const Value *v, const Node *n, const Node *in, Location *l) {
    (void)in;
    *l = location_turn(l, v->region, n);
    return true;
}

ViewRule *const view_rules[OP_COUNT] = {
#define OP(op, name, arity, class, rows, shape, derivative, work, read, view, ...) [OP_##op] = view,
#include "../graph/ops.def"
};

bool location_view(Plan *p, Node *n, Location *out) {
    const Value *v = plan_value(p, n);
    if (v->has_location) {
        *out = v->location;
        return true;
    }
    if (v->role == VALUE_ANCHOR) {
        *out = location_contiguous(NULL, n);
        return true;
    }
    Node *in;
    if (!access_steps_down(p, n, &in) || !location_view(p, in, out)) return false;
    return (v->alike ? view_reshape : view_rules[n->op])(v, n, in, out);
}
