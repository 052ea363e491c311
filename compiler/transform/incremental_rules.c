/* What each operation needs of its inputs to give some of its places, and how it makes them.
 *
 * A rule says three things: which axes of an input the places lie along, which place of the input a
 * place of the result reads, and how blocks are put together. */
#include "incremental_rules.h"
#include <string.h>

enum { IMPOSSIBLE = -1 };

/* ---- places ---- */

int64_t places_count(const Shape *s, unsigned axes) {
    int64_t n = 1;
    for (int i = 0; i < s->rank; i++)
        if (axes >> i & 1) n *= s->dim[i];
    return n;
}

unsigned places_axes(const Shape *s, unsigned axes) {
    unsigned kept = 0;
    for (int i = 0; i < s->rank; i++)
        if (axes >> i & 1 && s->dim[i] > 1) kept |= 1u << i;
    return kept;
}

static void coordinates(const Shape *s, unsigned axes, int64_t place, int64_t *at) {
    for (int i = s->rank - 1; i >= 0; i--) {
        at[i] = 0;
        if (!(axes >> i & 1)) continue;
        at[i] = place % s->dim[i];
        place /= s->dim[i];
    }
}

static int64_t place_at(const Shape *s, unsigned axes, const int64_t *at) {
    int64_t place = 0;
    for (int i = 0; i < s->rank; i++)
        if (axes >> i & 1) place = place * s->dim[i] + at[i];
    return place;
}

/* The block's shape, with `taps` in front. */
static Shape block_shape(const Shape *s, unsigned axes, int taps) {
    Shape block = {.rank = 1, .dim = {taps}};
    for (int i = 0; i < s->rank; i++)
        if (!(axes >> i & 1)) block.dim[block.rank++] = s->dim[i];
    return block;
}

/* Axis i's place in [taps, block...]. */
static int block_axis(unsigned axes, int i) {
    return 1 + i - __builtin_popcount(axes & ((1u << i) - 1));
}

Node *places_first(Graph *g, Node *x, unsigned axes) {
    int order[GRAPH_MAX_RANK], n = 0;
    for (int i = 0; i < x->shape.rank; i++)
        if (axes >> i & 1) order[n++] = i;
    for (int i = 0; i < x->shape.rank; i++)
        if (!(axes >> i & 1)) order[n++] = i;
    Shape shape = block_shape(&x->shape, axes, (int)places_count(&x->shape, axes));
    return graph_reshape(g, graph_transpose(g, x, order), shape);
}

Node *places_back(Graph *g, Node *x, const Shape *shape, unsigned axes) {
    Shape apart = {0};
    int from[GRAPH_MAX_RANK];
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < shape->rank; i++)
            if ((axes >> i & 1) == (pass == 0)) {
                from[i] = apart.rank;
                apart.dim[apart.rank++] = shape->dim[i];
            }
    return graph_transpose(g, graph_reshape(g, x, apart), from);
}

/* ---- elementwise, and broadcasts ---- */

/* The axes of an aligned input that have places. */
static int aligned_axes(const Node *n, int i, unsigned axes) {
    const Shape *in = &n->in[i]->shape;
    int more = n->shape.rank - in->rank;
    unsigned own = 0;
    for (int k = 0; k < in->rank; k++)
        if (axes >> (k + more) & 1 && in->dim[k] > 1) own |= 1u << k;
    return (int)own;
}

static bool aligned_place(const Node *n, int i, int tap, const int64_t *out, int64_t *in) {
    int more = n->shape.rank - n->in[i]->shape.rank;
    (void)tap;
    for (int k = 0; k < n->in[i]->shape.rank; k++) in[k] = out[k + more];
    return true;
}

/* An input's part as [taps or 1, blocks aligned with the result's]. */
static Node *aligned(Graph *g, const Node *n, unsigned axes, Node *x, const Shape *own,
                     const Want *want) {
    Shape shape = {.rank = 1, .dim = {want->kind == WANT_PLACES ? x->shape.dim[0] : 1}};
    int more = n->shape.rank - own->rank;
    for (int k = 0; k < n->shape.rank; k++)
        if (!(axes >> k & 1)) shape.dim[shape.rank++] = k < more ? 1 : own->dim[k - more];
    return graph_reshape(g, x, shape);
}

static Node *make_map(Graph *g, const Node *n, unsigned axes, int taps, Node *const *in,
                      const Want *want, Node *const *chosen) {
    Node *part[3];
    (void)taps, (void)chosen;
    for (int i = 0; i < n->n_in; i++)
        part[i] = aligned(g, n, axes, in[i], &n->in[i]->shape, &want[i]);
    return graph_make(g, n->op, n->n_in, part, n->n_ints, n->ints, n->number, n->text);
}

static Node *make_broadcast(Graph *g, const Node *n, unsigned axes, int taps, Node *const *in,
                            const Want *want, Node *const *chosen) {
    (void)chosen;
    Node *x = aligned(g, n, axes, in[0], &n->in[0]->shape, &want[0]);
    return graph_broadcast(g, x, block_shape(&n->shape, axes, taps), n->rows);
}

static Node *make_same(Graph *g, const Node *n, unsigned axes, int taps, Node *const *in,
                       const Want *want, Node *const *chosen) {
    (void)g, (void)n, (void)axes, (void)taps, (void)want, (void)chosen;
    return in[0];
}

/* ---- reductions ---- */

static int kept_axis(const Node *n, int out) {
    for (int k = 0; k < n->in[0]->shape.rank; k++)
        if (!(n->ints[0] >> k & 1) && out-- == 0) return k;
    BUG("a reduction without axis %d", out);
}

static int reduced_axes(const Node *n, int i, unsigned axes) {
    unsigned own = 0;
    (void)i;
    for (int k = 0; k < n->shape.rank; k++)
        if (axes >> k & 1) own |= 1u << kept_axis(n, k);
    return (int)own;
}

static bool reduced_place(const Node *n, int i, int tap, const int64_t *out, int64_t *in) {
    (void)i, (void)tap;
    for (int k = 0; k < n->shape.rank; k++) in[kept_axis(n, k)] = out[k];
    return true;
}

static Node *make_reduced(Graph *g, const Node *n, unsigned axes, int taps, Node *const *in,
                          const Want *want, Node *const *chosen) {
    unsigned over = 0;
    (void)axes, (void)taps, (void)chosen;
    for (int k = 0; k < n->in[0]->shape.rank; k++)
        if (n->ints[0] >> k & 1) over |= 1u << block_axis(want[0].axes, k);
    return graph_reduce(g, n->op, in[0], over);
}

/* ---- moves ---- */

static int transposed_axes(const Node *n, int i, unsigned axes) {
    unsigned own = 0;
    (void)i;
    for (int k = 0; k < n->shape.rank; k++)
        if (axes >> k & 1) own |= 1u << n->ints[k];
    return (int)own;
}

static bool transposed_place(const Node *n, int i, int tap, const int64_t *out, int64_t *in) {
    (void)i, (void)tap;
    for (int k = 0; k < n->shape.rank; k++) in[n->ints[k]] = out[k];
    return true;
}

static Node *make_transposed(Graph *g, const Node *n, unsigned axes, int taps, Node *const *in,
                             const Want *want, Node *const *chosen) {
    int order[GRAPH_MAX_RANK] = {0}, at = 1;
    (void)taps, (void)chosen;
    for (int k = 0; k < n->shape.rank; k++)
        if (!(axes >> k & 1)) order[at++] = block_axis(want[0].axes, (int)n->ints[k]);
    return graph_transpose(g, in[0], order);
}

static int same_axes(const Node *n, int i, unsigned axes) {
    return (int)places_axes(&n->in[i]->shape, axes);
}

static bool sliced_place(const Node *n, int i, int tap, const int64_t *out, int64_t *in) {
    int rank = n->shape.rank;
    (void)i, (void)tap;
    for (int k = 0; k < rank; k++) in[k] = n->ints[k] + out[k] * n->ints[2 * rank + k];
    return true;
}

/* The three lists of a SLICE or PAD, of the blocks' axes; those of places and taps as they are. */
static void block_ints(const Node *n, unsigned axes, const int64_t *neutral, int64_t *out,
                       int *rank) {
    int whole = n->shape.rank;
    *rank = 1 + whole - __builtin_popcount(axes);
    for (int list = 0; list < 3; list++) {
        int at = 1;
        out[list * GRAPH_MAX_RANK] = neutral[list];
        for (int k = 0; k < whole; k++)
            if (!(axes >> k & 1)) out[list * GRAPH_MAX_RANK + at++] = n->ints[list * whole + k];
    }
}

/* An axis of one place is a block's in the input and may be a place's in the result. */
static Node *with_blocks_of(Graph *g, Node *x, const Node *in, unsigned axes, int taps) {
    return graph_reshape(g, x, block_shape(&in->shape, axes, taps));
}

static Node *make_sliced(Graph *g, const Node *n, unsigned axes, int taps, Node *const *in,
                         const Want *want, Node *const *chosen) {
    int64_t ints[3 * GRAPH_MAX_RANK], neutral[] = {0, taps, 1};
    int rank;
    (void)want, (void)chosen;
    block_ints(n, axes, neutral, ints, &rank);
    Node *x = with_blocks_of(g, in[0], n->in[0], axes, taps);
    return graph_slice(g, x, ints, ints + GRAPH_MAX_RANK, ints + 2 * GRAPH_MAX_RANK);
}

/* What is padded along an axis of places must have more than one there. */
static int padded_axes(const Node *n, int i, unsigned axes) {
    unsigned own = places_axes(&n->in[i]->shape, axes);
    return own == axes ? (int)own : IMPOSSIBLE;
}

static bool padded_place(const Node *n, int i, int tap, const int64_t *out, int64_t *in) {
    int rank = n->shape.rank;
    (void)i, (void)tap;
    for (int k = 0; k < rank; k++) {
        int64_t from = out[k] - n->ints[k], step = n->ints[2 * rank + k];
        in[k] = from / step;
        if (from < 0 || from % step != 0 || in[k] >= n->in[0]->shape.dim[k]) return false;
    }
    return true;
}

/* Of blocks' axes, all coordinates are 0 here: they are padded whole. */
static bool padded_place_of(const Node *n, int i, int tap, const int64_t *out, int64_t *in) {
    int64_t at[GRAPH_MAX_RANK];
    for (int k = 0; k < n->shape.rank; k++) at[k] = out[k] < 0 ? n->ints[k] : out[k];
    return padded_place(n, i, tap, at, in);
}

static Node *make_padded(Graph *g, const Node *n, unsigned axes, int taps, Node *const *in,
                         const Want *want, Node *const *chosen) {
    int64_t ints[3 * GRAPH_MAX_RANK], neutral[] = {0, 0, 1};
    int rank;
    (void)want, (void)chosen;
    block_ints(n, axes, neutral, ints, &rank);
    Shape own = n->in[0]->shape, kept = block_shape(&own, axes, taps);
    return graph_pad(g, graph_reshape(g, in[0], kept), ints, ints + GRAPH_MAX_RANK,
                     ints + 2 * GRAPH_MAX_RANK);
}

/* The next axes of in and out that hold the same elements: up to where products agree. */
static void next_group(const Shape *in, const Shape *out, int *in_end, int *out_end) {
    int i = *in_end, o = *out_end;
    int64_t a = 1, b = 1;
    while (a != b || i == *in_end || o == *out_end) {
        if (i < in->rank && (a <= b || o == out->rank)) a *= in->dim[i++];
        else if (o < out->rank) b *= out->dim[o++];
        else break;
    }
    *in_end = i;
    *out_end = o;
}

static unsigned axes_between(int from, int to) {
    return to > from ? ((1u << to) - 1) & ~((1u << from) - 1) : 0;
}

/* A group of axes must be places or blocks as a whole. */
static int reshaped_axes(const Node *n, int i, unsigned axes) {
    const Shape *in = &n->in[i]->shape, *out = &n->shape;
    unsigned own = 0;
    for (int a = 0, b = 0, a_end = 0, b_end = 0; a < in->rank || b < out->rank;
         a = a_end, b = b_end) {
        next_group(in, out, &a_end, &b_end);
        unsigned group = places_axes(out, axes_between(b, b_end)), places = group & axes;
        if (places && places != group) return IMPOSSIBLE;
        if (places) own |= places_axes(in, axes_between(a, a_end));
    }
    return (int)own;
}

static bool reshaped_place(const Node *n, int i, int tap, const int64_t *out, int64_t *in) {
    const Shape *from = &n->in[i]->shape;
    (void)tap;
    int64_t place = place_at(&n->shape, axes_between(0, n->shape.rank), out);
    coordinates(from, axes_between(0, from->rank), place, in);
    return true;
}

static Node *make_reshaped(Graph *g, const Node *n, unsigned axes, int taps, Node *const *in,
                           const Want *want, Node *const *chosen) {
    (void)want, (void)chosen;
    return graph_reshape(g, in[0], block_shape(&n->shape, axes, taps));
}

static bool joined_place(const Node *n, int i, int tap, const int64_t *out, int64_t *in) {
    int axis = (int)n->ints[0];
    (void)tap;
    memcpy(in, out, sizeof *in * GRAPH_MAX_RANK);
    for (int k = 0; k < i; k++) in[axis] -= n->in[k]->shape.dim[axis];
    return in[axis] >= 0 && in[axis] < n->in[i]->shape.dim[axis];
}

/* Along an axis of blocks, all parts have the place. */
static bool joined_place_of(const Node *n, int i, int tap, const int64_t *out, int64_t *in) {
    int axis = (int)n->ints[0];
    if (out[axis] >= 0) return joined_place(n, i, tap, out, in);
    memcpy(in, out, sizeof *in * GRAPH_MAX_RANK);
    return true;
}

static int joined_axes(const Node *n, int i, unsigned axes) {
    return (int)places_axes(&n->in[i]->shape, axes);
}

static Node *make_joined(Graph *g, const Node *n, unsigned axes, int taps, Node *const *in,
                         const Want *want, Node *const *chosen) {
    int axis = (int)n->ints[0], rank = n->shape.rank;
    Node **parts = NEW_ARRAY(g->arena, Node *, n->n_in), *all = NULL;
    for (int i = 0; i < n->n_in; i++) {
        Shape own = n->in[i]->shape;
        Shape few = block_shape(&own, axes, want[i].kind == WANT_PLACES ? taps : 1);
        Shape full = block_shape(&own, axes, taps);
        parts[i] = graph_broadcast(g, graph_reshape(g, in[i], few), full, n->rows);
    }
    if (!(axes >> axis & 1)) return graph_concat(g, n->n_in, parts, block_axis(axes, axis));
    for (int i = 0; i < n->n_in; i++) {
        Shape tall = {.rank = 1 + rank - __builtin_popcount(axes), .dim = {taps}};
        for (int k = 1; k < tall.rank; k++) tall.dim[k] = 1;
        if (!chosen[i]) continue;
        all = all ? graph_where(g, graph_reshape(g, chosen[i], tall), parts[i], all) : parts[i];
    }
    return all;
}

/* ---- windows ---- */

/* Places of the windowed axes, each with all elements of its window. */
static int windowed_axes(const Node *n, int i, unsigned axes) {
    const Window *w;
    int k = window_axes(n, &w), lead = n->in[0]->shape.rank - k;
    (void)i;
    unsigned sizes = axes_between(lead, lead + k), counts = axes_between(lead + k, lead + 2 * k);
    if (axes & sizes) return IMPOSSIBLE;
    for (int a = 0; a < k; a++)
        if (!(axes >> (lead + k + a) & 1) && (w[a].length > 1 || w[a].size > 1)) return IMPOSSIBLE;
    return (int)((axes & axes_between(0, lead)) | (axes & counts) >> k);
}

static int windowed_taps(const Node *n) {
    const Window *w;
    int64_t taps = 1;
    for (int k = window_axes(n, &w); k > 0; k--) taps *= w[k - 1].size;
    return (int)taps;
}

static bool windowed_place(const Node *n, int i, int tap, const int64_t *out, int64_t *in) {
    const Window *w;
    int k = window_axes(n, &w), lead = n->in[0]->shape.rank - k;
    (void)i;
    for (int a = 0; a < lead; a++) in[a] = out[a];
    for (int a = k - 1; a >= 0; tap /= (int)w[a--].size) {
        in[lead + a] = out[lead + k + a] * w[a].step + tap % w[a].size * w[a].apart - w[a].before;
        if (in[lead + a] < 0 || in[lead + a] >= w[a].length) return false;
    }
    return true;
}

/* [taps * window, lead...] to [taps, lead..., sizes...]; axes of one place come last, as blocks. */
static Node *make_windowed(Graph *g, const Node *n, unsigned axes, int taps, Node *const *in,
                           const Want *want, Node *const *chosen) {
    int order[GRAPH_MAX_RANK] = {0}, at = 1;
    Shape apart = in[0]->shape, out = block_shape(&n->shape, axes, taps);
    (void)want, (void)chosen;
    for (int i = apart.rank++; i > 1; i--) apart.dim[i] = apart.dim[i - 1];
    apart.dim[0] = taps;
    apart.dim[1] = windowed_taps(n);
    for (int i = 2; i < apart.rank; i++) order[at++] = i;
    order[at] = 1;
    return graph_reshape(g, graph_transpose(g, graph_reshape(g, in[0], apart), order), out);
}

/* ---- products and look-ups ---- */

static int label_axis(const Node *n, int64_t label) {
    const int64_t *out = n->ints + n->in[0]->shape.rank + n->in[1]->shape.rank;
    for (int k = 0; k < n->shape.rank; k++)
        if (out[k] == label) return k;
    return -1;
}

static const int64_t *labels_of(const Node *n, int i) {
    return n->ints + (i ? n->in[0]->shape.rank : 0);
}

static int product_axes(const Node *n, int i, unsigned axes) {
    unsigned own = 0;
    if (!rows_inside(n->rows, rows_join(n->in[0]->rows, n->in[1]->rows))) return IMPOSSIBLE;
    for (int k = 0; k < n->in[i]->shape.rank; k++) {
        int axis = label_axis(n, labels_of(n, i)[k]);
        if (axis >= 0 && axes >> axis & 1) own |= 1u << k;
    }
    return (int)own;
}

static bool product_place(const Node *n, int i, int tap, const int64_t *out, int64_t *in) {
    (void)tap;
    for (int k = 0; k < n->in[i]->shape.rank; k++) {
        int axis = label_axis(n, labels_of(n, i)[k]);
        in[k] = axis >= 0 ? out[axis] : 0;
    }
    return true;
}

static int free_label(const Node *n) {
    int all = n->in[0]->shape.rank + n->in[1]->shape.rank;
    for (int label = 0;; label++) {
        bool taken = false;
        for (int k = 0; k < all; k++) taken = taken || n->ints[k] == label;
        if (!taken) return label;
    }
}

static Node *make_product(Graph *g, const Node *n, unsigned axes, int taps, Node *const *in,
                          const Want *want, Node *const *chosen) {
    int label[2][GRAPH_MAX_RANK + 1], out[GRAPH_MAX_RANK + 1], n_out = 0, tap = free_label(n);
    (void)taps, (void)chosen;
    for (int i = 0; i < 2; i++) {
        int at = 0;
        bool places = want[i].kind == WANT_PLACES;
        if (places) label[i][at++] = tap;
        for (int k = 0; k < n->in[i]->shape.rank; k++)
            if (!places || !(want[i].axes >> k & 1)) label[i][at++] = (int)labels_of(n, i)[k];
    }
    out[n_out++] = tap;
    for (int k = 0; k < n->shape.rank; k++)
        if (!(axes >> k & 1)) out[n_out++] = (int)labels_of(n, 1)[n->in[1]->shape.rank + k];
    return graph_contract(g, in[0], label[0], in[1], label[1], n_out, out, n->rows);
}

/* The table stays whole; places are those of the index. */
static int chosen_axes(const Node *n, int i, unsigned axes) {
    unsigned index = axes_between(0, n->in[1]->shape.rank);
    if (axes & ~index) return IMPOSSIBLE;
    return i == 0 ? 0 : (int)axes;
}

static bool chosen_place(const Node *n, int i, int tap, const int64_t *out, int64_t *in) {
    (void)n, (void)tap;
    for (int k = 0; k < n->in[i]->shape.rank; k++) in[k] = out[k];
    return true;
}

static Node *make_chosen(Graph *g, const Node *n, unsigned axes, int taps, Node *const *in,
                         const Want *want, Node *const *chosen) {
    (void)n, (void)axes, (void)taps, (void)want, (void)chosen;
    return graph_gather(g, in[0], in[1]);
}

/* ---- the table ---- */

typedef struct {
    /* of input i, the axes along which it is asked for places; 0: it is wanted whole */
    int (*axes)(const Node *n, int i, unsigned axes);
    /* which place of it; false: none. Coordinates of blocks' axes are -1. */
    bool (*place)(const Node *n, int i, int tap, const int64_t *out, int64_t *in);
    Node *(*make)(Graph *g, const Node *n, unsigned axes, int taps, Node *const *in,
                  const Want *want, Node *const *chosen);
    bool is_view;
    int (*taps)(const Node *n); /* places of the input for each of the result's; NULL: one */
} Rule;

static const Rule map_rule = {.axes = aligned_axes, .place = aligned_place, .make = make_map};
static const Rule rules[OP_COUNT] = {
    [OP_STOP] = {aligned_axes, aligned_place, make_same, true, NULL},
    [OP_DRAWN] = {aligned_axes, aligned_place, make_same, true, NULL},
    [OP_UNDONE] = {aligned_axes, aligned_place, make_same, true, NULL},
    [OP_BROADCAST] = {aligned_axes, aligned_place, make_broadcast, true, NULL},
    [OP_SUM] = {reduced_axes, reduced_place, make_reduced, false, NULL},
    [OP_MAX_OVER] = {reduced_axes, reduced_place, make_reduced, false, NULL},
    [OP_ARGMAX] = {reduced_axes, reduced_place, make_reduced, false, NULL},
    [OP_TRANSPOSE] = {transposed_axes, transposed_place, make_transposed, true, NULL},
    [OP_SLICE] = {same_axes, sliced_place, make_sliced, true, NULL},
    [OP_PAD] = {padded_axes, padded_place_of, make_padded, true, NULL},
    [OP_RESHAPE] = {reshaped_axes, reshaped_place, make_reshaped, true, NULL},
    [OP_WINDOW] = {windowed_axes, windowed_place, make_windowed, true, windowed_taps},
    [OP_CONCAT] = {joined_axes, joined_place_of, make_joined, false, NULL},
    [OP_CONTRACT] = {product_axes, product_place, make_product, false, NULL},
    [OP_GATHER] = {chosen_axes, chosen_place, make_chosen, false, NULL},
};

static const Rule *rule_of(const Node *n) {
    if (rules[n->op].make) return &rules[n->op];
    return op_info[n->op].op_class == CLASS_MAP ? &map_rule : NULL;
}

bool incremental_is_view(const Node *n) {
    return rules[n->op].is_view;
}

Want incremental_want(Arena *a, const Node *n, int i, unsigned axes, Ask ask, int turns) {
    const Rule *rule = rule_of(n);
    Want want = {.kind = WANT_IMPOSSIBLE};
    int own = rule ? rule->axes(n, i, axes) : IMPOSSIBLE;
    if (own == IMPOSSIBLE) return want;
    want.axes = places_axes(&n->in[i]->shape, (unsigned)own);
    want.kind = want.axes ? WANT_PLACES : WANT_WHOLE;
    if (want.kind == WANT_WHOLE) return want;
    int more = rule->taps ? rule->taps(n) : 1, all = turns * ask.taps;
    int *place = NEW_ARRAY(a, int, (size_t)all *(size_t)more + 1);
    for (int t = 0; t < all; t++) {
        int64_t out[GRAPH_MAX_RANK] = {0}, in[GRAPH_MAX_RANK] = {0};
        if (ask.place[t] >= 0) coordinates(&n->shape, axes, ask.place[t], out);
        for (int k = 0; k < n->shape.rank; k++)
            if (!(axes >> k & 1)) out[k] = n->op == OP_PAD || n->op == OP_CONCAT ? -1 : 0;
        for (int tap = 0; tap < more; tap++) {
            bool there = ask.place[t] >= 0 && rule->place(n, i, tap, out, in);
            place[t * more + tap] = there ? (int)place_at(&n->in[i]->shape, want.axes, in) : -1;
        }
    }
    want.ask = (Ask){ask.taps * more, place};
    return want;
}

Node *incremental_make(Graph *g, const Node *n, unsigned axes, int taps, Node *const *in,
                       const Want *want, Node *const *chosen) {
    return rule_of(n)->make(g, n, axes, taps, in, want, chosen);
}
