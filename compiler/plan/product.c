/* product.c: matrix products in a CONTRACT.
 *
 * Every extent of a product (a label or a level of rows) is one of four: in both inputs and the
 * result (batch), in the left and the result (m), in the right and the result (n), in both inputs
 * only (k). Neighbouring extents of one kind that lie one behind the other in memory are one
 * extent. What does not fit into a single matrix product becomes a loop around it. */
#include "product.h"

#include <string.h>

enum { LEFT, RIGHT, OUT };
typedef enum { ROLE_BATCH, ROLE_M, ROLE_N, ROLE_K, ROLE_COUNT, ROLE_ODD } ExtentRole;
typedef struct {
    ExtentRole role;
    int64_t dim, stride[3];
    bool in[3];
} Extent;
typedef struct {
    int n;
    Extent at[DOMAIN_MAX];
} Extents;

/* Below this many multiply-adds a call costs more than it saves. */
enum { SMALL_PRODUCT = 1024, SMALL_BATCHED_PRODUCT = 4096 };

static int64_t label_of(const Node *n, int operand, int axis) {
    int at = axis;
    for (int i = 0; i < operand; i++) at += n->in[i]->shape.rank;
    return n->ints[at];
}

/* The extent named by this label, or by this level of rows (numbered behind all labels). */
static Extent *find_extent(Extents *e, int64_t *name, int64_t label, int64_t dim) {
    for (int i = 0; i < e->n; i++)
        if (name[i] == label) return &e->at[i];
    name[e->n] = label;
    e->at[e->n] = (Extent){.dim = dim};
    return &e->at[e->n++];
}

static ExtentRole role_of(const Extent *e) {
    static const ExtentRole role[8] = {
        [0] = ROLE_ODD, [1] = ROLE_ODD, [2] = ROLE_ODD, [4] = ROLE_ODD,
        [3] = ROLE_K,   [5] = ROLE_M,   [6] = ROLE_N,   [7] = ROLE_BATCH,
    };
    return role[e->in[LEFT] + 2 * e->in[RIGHT] + 4 * e->in[OUT]];
}

/* All extents longer than 1, those of the result first and in its order. */
static Extents find_extents(Node *n, const Location where[3], int64_t outermost) {
    enum { FIRST_LEVEL = 1000 };
    Extents e = {0};
    int64_t name[DOMAIN_MAX];
    Node *const value[3] = {n->in[0], n->in[1], n};
    static const int order[3] = {OUT, LEFT, RIGHT};
    for (int k = 0; k < 3; k++) {
        int which = order[k], rows = rows_depth(value[which]->rows);
        int64_t dim[DOMAIN_MAX];
        int count = node_domain(value[which], dim);
        if (rows > 0 && outermost > 0) dim[0] = outermost;
        for (int i = 0; i < count; i++) {
            if (dim[i] == 1) continue;
            int64_t label = i < rows ? FIRST_LEVEL + i : label_of(n, which, i - rows);
            Extent *found = find_extent(&e, name, label, dim[i]);
            found->in[which] = true;
            found->stride[which] = where[which].stride[i];
        }
    }
    for (int i = 0; i < e.n; i++) e.at[i].role = role_of(&e.at[i]);
    return e;
}

static bool follows(const Extent *a, const Extent *b) {
    if (a->role != b->role) return false;
    for (int i = 0; i < 3; i++)
        if (a->in[i] && a->stride[i] != b->stride[i] * b->dim) return false;
    return true;
}

static bool merge_once(Extents *e) {
    for (int i = 0; i < e->n; i++)
        for (int j = 0; j < e->n; j++) {
            if (i == j || !follows(&e->at[i], &e->at[j])) continue;
            int64_t dim = e->at[i].dim * e->at[j].dim;
            e->at[i] = e->at[j];
            e->at[i].dim = dim;
            memmove(&e->at[j], &e->at[j + 1], sizeof e->at[0] * (size_t)(e->n - j - 1));
            e->n--;
            return true;
        }
    return false;
}

/* A matrix [rows, columns] as BLAS wants it: one of its strides is 1. */
static bool matrix(const Extent *rows, const Extent *columns, int which, bool *trans,
                   int64_t *stride) {
    int64_t n_rows = rows->dim, n_columns = columns->dim;
    int64_t by_row = rows->stride[which], by_column = columns->stride[which];
    *trans = false;
    *stride = n_rows == 1 ? n_columns : by_row;
    if ((by_column == 1 || n_columns == 1) && *stride >= n_columns) return true;
    *trans = true;
    *stride = n_columns == 1 ? n_rows : by_column;
    return (by_row == 1 || n_rows == 1) && *stride >= n_rows;
}

static bool try_matrices(const Extent *m, const Extent *n, const Extent *k, Product *out) {
    bool trans_out;
    Product p = *out;
    if (!matrix(m, n, OUT, &trans_out, &p.out_stride) ||
        !matrix(m, k, LEFT, &p.trans_left, &p.left_stride) ||
        !matrix(k, n, RIGHT, &p.trans_right, &p.right_stride))
        return false;
    p.m = m->dim;
    p.n = n->dim;
    p.k = k->dim;
    p.swapped = trans_out;
    *out = p;
    return true;
}

static void add_loops(Product *p, const Extents *e, const int chosen[ROLE_COUNT]) {
    for (int i = 0; i < e->n; i++) {
        const Extent *x = &e->at[i];
        if (i == chosen[ROLE_M] || i == chosen[ROLE_N] || i == chosen[ROLE_K]) continue;
        if (p->n_loops == PRODUCT_MAX_LOOPS)
            BUG("a product with more than %d loops around it", PRODUCT_MAX_LOOPS);
        ProductLoop loop = {.extent = x->dim, .sums = x->role == ROLE_K};
        for (int j = 0; j < 3; j++) loop.step[j] = x->stride[j];
        p->loop[p->n_loops++] = loop;
    }
}

/* out^T = right^T left^T. */
static void swap_sides(Product *p) {
    Product was = *p;
    p->m = was.n;
    p->n = was.m;
    p->left = was.right;
    p->right = was.left;
    p->trans_left = !was.trans_right;
    p->trans_right = !was.trans_left;
    p->left_stride = was.right_stride;
    p->right_stride = was.left_stride;
    for (int i = 0; i < p->n_loops; i++) {
        p->loop[i].step[LEFT] = was.loop[i].step[RIGHT];
        p->loop[i].step[RIGHT] = was.loop[i].step[LEFT];
    }
}

/* Of each role the extent (-1: none) for the largest product that BLAS takes. */
static bool choose(const Extents *e, Product *best, int chosen[ROLE_COUNT]) {
    static const Extent none = {.dim = 1};
    bool found = false;
    for (int m = -1; m < e->n; m++)
        for (int n = -1; n < e->n; n++)
            for (int k = -1; k < e->n; k++) {
                if ((m >= 0 && e->at[m].role != ROLE_M) || (n >= 0 && e->at[n].role != ROLE_N) ||
                    (k >= 0 && e->at[k].role != ROLE_K))
                    continue;
                Product p = *best;
                if (!try_matrices(m < 0 ? &none : &e->at[m], n < 0 ? &none : &e->at[n],
                                  k < 0 ? &none : &e->at[k], &p))
                    continue;
                if (found && p.m * p.n * p.k <= best->m * best->n * best->k) continue;
                found = true;
                *best = p;
                chosen[ROLE_M] = m;
                chosen[ROLE_N] = n;
                chosen[ROLE_K] = k;
            }
    return found;
}

bool product_lower_at(Node *n, const Location where[3], int64_t outermost, Product *out) {
    Extents e = find_extents(n, where, outermost);
    for (int i = 0; i < e.n; i++)
        if (e.at[i].role == ROLE_ODD) return false;
    while (merge_once(&e))
        ;
    int chosen[ROLE_COUNT];
    *out = (Product){.left = where[LEFT], .right = where[RIGHT], .out = where[OUT]};
    if (!choose(&e, out, chosen)) return false;
    add_loops(out, &e, chosen);
    if (out->swapped) swap_sides(out);
    return true;
}

bool product_fits(Plan *p, Node *n) {
    Location where[3] = {location_contiguous(NULL, n->in[0]), location_contiguous(NULL, n->in[1]),
                         location_contiguous(NULL, n)};
    for (int i = 0; i < 2; i++) location_view(p, n->in[i], &where[i]);
    if (plan_value(p, n)->has_location) where[OUT] = plan_value(p, n)->location;
    Product product;
    if (!product_lower_at(n, where, 0, &product)) return false;
    if (product.k == 1 || (product.m == 1 && product.n == 1)) return false;
    bool is_vector = product.m == 1 || product.n == 1;
    if (is_vector && !product.trans_left && product.n == 1 && product.right_stride == 1)
        return false; /* rows times a vector: a dot product a row, which fuses with what follows */
    int64_t work = product.m * product.n * product.k;
    return work >= (product.n_loops ? SMALL_BATCHED_PRODUCT : SMALL_PRODUCT);
}

bool product_lower(Plan *p, Node *n, Product *out) {
    Location where[3];
    if (!location_view(p, n->in[0], &where[LEFT]) || !location_view(p, n->in[1], &where[RIGHT]) ||
        !location_view(p, n, &where[OUT]))
        return false;
    return product_lower_at(n, where, 0, out);
}
