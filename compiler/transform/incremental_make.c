/* What each turn of the sampler computes: see incremental_parts.h.
 *
 * Does: makes values at the places that incremental.c found, inside the scan over the positions,
 * and keeps in its carries what later turns read. Requires: a plan. Leaves: nodes. */
#include "incremental_parts.h"
#include "rewrite.h"

/* ---- reading ---- */

static Node *place_index(Sampler *s, Ask ask, int64_t first, int64_t none, int64_t classes) {
    Graph *g = s->g;
    int64_t n = (int64_t)s->turns * ask.taps, *element = NEW_ARRAY(s->a, int64_t, n + 1);
    int64_t *offset = NEW_ARRAY(s->a, int64_t, ask.taps + 1);
    bool even = true; /* places go up by one at each turn; those before the first are none */
    for (int64_t i = 0; i < n; i++) element[i] = ask.place[i] < 0 ? none : ask.place[i] + first;
    for (int k = 0; k < ask.taps; k++) offset[k] = element[n - ask.taps + k] - (s->turns - 1);
    for (int64_t i = 0; i < n && even; i++) {
        int64_t at = i / ask.taps + offset[i % ask.taps];
        even = element[i] == (at < 0 ? 0 : at >= classes ? classes - 1 : at);
    }
    if (!even || ask.taps > 1) {
        Node *table =
            graph_table(g, classes, shape_of(2, (int64_t)s->turns, (int64_t)ask.taps), element);
        if (s->turns == 1) return graph_reshape(g, table, shape_of(1, (int64_t)ask.taps));
        return graph_gather(g, table, graph_to_index(g, s->scan->turn, s->turns));
    }
    Node *at = graph_map2(g, OP_ADD, s->scan->turn, graph_const(g, (double)offset[0]));
    return graph_reshape(g, graph_to_index(g, at, classes), shape_of(1, (int64_t)1));
}

static bool has_none(const Sampler *s, Ask ask) {
    for (int i = 0; i < s->turns * ask.taps; i++)
        if (ask.place[i] < 0) return true;
    return false;
}

/* [taps]: there is such a place. */
static Node *is_there(Sampler *s, Ask ask) {
    int *there = NEW_ARRAY(s->a, int, s->turns *ask.taps + 1);
    for (int i = 0; i < s->turns * ask.taps; i++) there[i] = ask.place[i] < 0 ? -1 : 0;
    Node *index = place_index(s, (Ask){ask.taps, there}, 1, 0, 2);
    return graph_map2(s->g, OP_LT, graph_const(s->g, 0), graph_map1(s->g, OP_REAL, index));
}

static Node *zero_like(Graph *g, const Node *x) {
    Node *zero = graph_const(g, 0);
    if (x->kind == KIND_INDEX) zero = graph_to_index(g, zero, x->classes);
    if (x->kind == KIND_BOOL) zero = graph_map2(g, OP_LT, zero, zero);
    return zero;
}

static Node *tall(Graph *g, Node *flags, int rank) {
    Shape shape = {.rank = rank, .dim = {flags->shape.dim[0]}};
    for (int i = 1; i < rank; i++) shape.dim[i] = 1;
    return graph_reshape(g, flags, shape);
}

/* Rows of `rows`, [places, block...], with zeros for none. */
static Node *read_rows(Sampler *s, Node *rows, Ask ask) {
    Node *x = graph_gather(s->g, rows, place_index(s, ask, 0, 0, rows->shape.dim[0]));
    if (!has_none(s, ask)) return x;
    return graph_where(s->g, tall(s->g, is_there(s, ask), x->shape.rank), x, zero_like(s->g, x));
}

/* A boolean is kept as a number. */
static Node *as_kept(Graph *g, Node *x) {
    return x->kind == KIND_BOOL ? graph_map1(g, OP_REAL, x) : x;
}
static Node *as_was(Graph *g, const Node *n, Node *x) {
    return n->kind == KIND_BOOL ? graph_map2(g, OP_LT, graph_const(g, 0), x) : x;
}

static Node *read_places(Sampler *s, Node *n, unsigned axes, Ask ask);
static Node *read_whole(Sampler *s, Node *n);

/* ---- keeping ---- */

/* A carry of [1 + places + 1, block...]: a row of zeros, the places, a row for what is none. */
static Node *new_memory(Sampler *s, const Node *n, int64_t places, const Shape *block, Node *init) {
    Shape shape = *block;
    shape.dim[0] = places + 2;
    if (!init) init = n->kind == KIND_BOOL ? graph_const(s->g, 0) : zero_like(s->g, n);
    Node *formal = scan_carry(s->g, s->scan, init, shape, n->rows);
    LIST_ADD(s->a, &s->memories, ((Memory){formal, NULL}));
    return formal;
}

static Node *keep(Sampler *s, int memory, Ask own, Node *fresh) {
    Memory *m = &s->memories.at[memory];
    int64_t rows = m->formal->shape.dim[0];
    Node *index = place_index(s, own, 1, rows - 1, rows);
    return m->next = graph_put(s->g, m->formal, index, as_kept(s->g, fresh));
}

static bool is_kept(const Sampler *s, const Part *p) {
    bool kept = p->asked_whole || p->before;
    for (int i = 0; i < p->asks.n; i++)
        kept = kept || has_none(s, p->asks.at[i]) || !part_same_ask(s, p->asks.at[i], p->own);
    return kept;
}

static void keep_fresh(Sampler *s, const Node *n, Part *p) {
    if (!is_kept(s, p)) return;
    if (!p->before) {
        new_memory(s, n, p->n_places, &p->fresh->shape, NULL);
        p->memory = s->memories.n - 1;
    }
    p->kept = keep(s, p->memory, p->own, p->fresh);
}

static Node *kept_rows(Sampler *s, Node *kept, int64_t places) {
    int64_t start[GRAPH_MAX_RANK] = {1}, size[GRAPH_MAX_RANK], step[GRAPH_MAX_RANK];
    for (int i = 0; i < kept->shape.rank; i++) size[i] = kept->shape.dim[i], step[i] = 1;
    size[0] = places;
    return graph_slice(s->g, kept, start, size, step);
}

/* ---- making ---- */

static Node *wanted(Sampler *s, Node *n, const Want *want) {
    return want->kind == WANT_WHOLE ? read_whole(s, n) : read_places(s, n, want->axes, want->ask);
}

/* n at these places, out of its inputs. */
static Node *make_places(Sampler *s, Node *n, unsigned axes, Ask ask) {
    Node **in = NEW_ARRAY(s->a, Node *, n->n_in + 1), **chosen = NULL;
    Want *want = NEW_ARRAY(s->a, Want, n->n_in + 1);
    if (n->op == OP_CONCAT && axes >> n->ints[0] & 1) chosen = NEW_ARRAY(s->a, Node *, n->n_in);
    int64_t before = 0;
    for (int i = 0; i < graph_operands(n); i++) {
        want[i] = incremental_want(s->a, n, i, axes, ask, s->turns);
        in[i] = wanted(s, n->in[i], &want[i]);
        if (!chosen) continue;
        /* whose place it is: counted along the concatenation's axis */
        int64_t inner = 1, axis = n->ints[0], length = n->in[i]->shape.dim[axis];
        for (int k = (int)axis + 1; k < n->shape.rank; k++)
            if (axes >> k & 1) inner *= n->shape.dim[k];
        int *own = NEW_ARRAY(s->a, int, s->turns *ask.taps + 1);
        bool any = false;
        for (int t = 0; t < s->turns * ask.taps; t++) {
            int64_t at = ask.place[t] < 0 ? -1 : ask.place[t] / inner % n->shape.dim[axis] - before;
            own[t] = at >= 0 && at < length ? 0 : -1;
            any = any || own[t] == 0;
        }
        chosen[i] = any ? is_there(s, (Ask){ask.taps, own}) : NULL;
        before += length;
    }
    Span span = s->g->span;
    s->g->span = n->span;
    Node *made = incremental_make(s->g, n, axes, ask.taps, in, want, chosen);
    s->g->span = span;
    return made;
}

/* Turns of a scan inside ours: its carries become ours, and stay where it has no turn. */
static void make_turn(Sampler *s, Node *node) {
    Graph *g = s->g;
    Scan *scan = node->scan;
    Part *p = part_of(s, node);
    Shape none = {0};
    Node *there = has_none(s, p->own) ? graph_reshape(g, is_there(s, p->own), none) : NULL;
    Rewrite *r = rewrite_new(g, scan->depth);
    LIST(Node *) roots = {0};
    int first = s->memories.n;
    for (int i = 0; i < scan->n_carries; i++) {
        const Node *c = scan->carries[i];
        Node *formal = scan_carry(g, s->scan, node->in[scan->n_slices + i], c->shape, c->rows);
        LIST_ADD(s->a, &s->memories, ((Memory){formal, NULL}));
        rewrite_set(r, scan->carries[i], formal);
        LIST_ADD(s->a, &roots, scan->next[i]);
    }
    for (int i = 0; i < scan->n_slices; i++) {
        Node *slice = read_places(s, node->in[i], 1, p->own);
        rewrite_set(r, scan->slices[i], graph_reshape(g, slice, scan->slices[i]->shape));
    }
    for (int i = scan->n_slices + scan->n_carries; i < node->n_in; i++)
        if (!part_is_static(s, node->in[i]))
            rewrite_set(r, node->in[i], read_whole(s, node->in[i]));
    Node *turn = graph_map1(g, OP_REAL, place_index(s, p->own, 0, 0, scan->turns));
    rewrite_set(r, scan->turn, graph_reshape(g, turn, none));
    for (int i = 0; i < scan->yields.n; i++) LIST_ADD(s->a, &roots, scan->yields.at[i]);
    rewrite(r, roots.n, roots.at);
    for (int i = 0; i < scan->n_carries; i++) {
        Memory *m = &s->memories.at[first + i];
        m->next = there ? graph_where(g, there, roots.at[i], m->formal) : roots.at[i];
    }
    p->image = roots.at + scan->n_carries;
}

/* Its turn's yield as a place. */
static void make_yield(Sampler *s, Node *n, Part *p) {
    Part *scan = part_of(s, n->in[0]);
    if (!scan->image) make_turn(s, n->in[0]);
    Node *y = scan->image[n->ints[0] - n->scan->n_carries];
    Shape shape = {.rank = 1 + y->shape.rank, .dim = {1}};
    for (int i = 1; i < shape.rank; i++) shape.dim[i] = y->shape.dim[i - 1];
    p->own = scan->own;
    p->n_places = n->scan->turns;
    p->fresh = graph_reshape(s->g, y, shape);
}

static Node *make_running(Sampler *s, Node *n, const Part *p) {
    Graph *g = s->g;
    Node *x = read_places(s, n->in[0], p->axes, p->own);
    Node *formal = scan_carry(g, s->scan, graph_const(g, 0), x->shape, n->rows);
    Node *sum = graph_map2(g, OP_ADD, formal, x);
    if (has_none(s, p->own))
        sum = graph_where(g, tall(g, is_there(s, p->own), x->shape.rank), sum, formal);
    LIST_ADD(s->a, &s->memories, ((Memory){formal, sum}));
    return sum;
}

static Node *fresh_places(Sampler *s, Node *n) {
    Part *p = part_of(s, n);
    if (p->fresh) return p->fresh;
    if (n->op == OP_PICK) make_yield(s, n, p);
    else if (p->running) p->fresh = make_running(s, n, p);
    else p->fresh = make_places(s, n, p->axes, p->own);
    p->fresh = graph_broadcast(s->g, p->fresh, p->fresh->shape, n->rows);
    keep_fresh(s, n, p);
    return p->fresh;
}

/* A scan that is run whole: made again on whole inputs, all its results at once. */
static void make_scan(Sampler *s, Node *node) {
    Rewrite *r = rewrite_new(s->g, 0);
    LIST(Node *) picks = {0}, images = {0};
    for (int i = 0; i < node->n_in; i++) rewrite_set(r, node->in[i], read_whole(s, node->in[i]));
    for (int i = 0; i < s->nodes.n; i++)
        if (s->nodes.at[i]->op == OP_PICK && s->nodes.at[i]->in[0] == node) {
            LIST_ADD(s->a, &picks, s->nodes.at[i]);
            LIST_ADD(s->a, &images, s->nodes.at[i]);
        }
    rewrite(r, images.n, images.at);
    for (int i = 0; i < picks.n; i++) part_of(s, picks.at[i])->all = images.at[i];
}

static bool scan_is_whole(Sampler *s, const Node *pick) {
    return part_of(s, pick->in[0])->role == PART_WHOLE;
}

static Node *compute_whole(Sampler *s, Node *n) {
    if (n->op == OP_PICK && scan_is_whole(s, n)) {
        make_scan(s, n->in[0]);
        return part_of(s, n)->all;
    }
    if (graph_is_marker(n) || n->op == OP_STOP) return read_whole(s, n->in[0]);
    Node **in = NEW_ARRAY(s->a, Node *, n->n_in + 1);
    for (int i = 0; i < n->n_in; i++) in[i] = read_whole(s, n->in[i]);
    Span span = s->g->span;
    s->g->span = n->span;
    Node *made = graph_remake(s->g, n, in);
    s->g->span = span;
    return made;
}

static Node *read_whole(Sampler *s, Node *n) {
    Part *p = part_of(s, n);
    if (p->role == PART_STATIC) return n;
    if (p->all) return p->all;
    bool placed = p->role == PART_PLACES || (n->op == OP_PICK && !scan_is_whole(s, n));
    if (placed && n != s->leaf) fresh_places(s, n);
    if (!placed) return p->all = compute_whole(s, n);
    Node *rows = kept_rows(s, p->kept, p->n_places);
    return p->all = as_was(s->g, n, places_back(s->g, rows, &n->shape, p->axes));
}

/* Rows of a memory. */
static Node *recall(Sampler *s, const Node *n, Node *kept, Ask ask) {
    Node *index = place_index(s, ask, 1, 0, kept->shape.dim[0]);
    return as_was(s->g, n, graph_gather(s->g, kept, index));
}

static Node *read_past(Sampler *s, const Part *p, unsigned axes, Ask ask) {
    Node *next = p->feeds->next;
    const Part *of = part_of(s, next);
    if (of->role == PART_STATIC) return read_rows(s, places_first(s->g, next, axes), ask);
    if (axes != of->axes) BUG("an earlier turn is read at other places than were planned");
    return recall(s, next, of->before, ask);
}

static Node *read_places(Sampler *s, Node *n, unsigned axes, Ask ask) {
    Part *p = part_of(s, n);
    axes = places_axes(&n->shape, axes);
    if (p->role == PART_PAST) return read_past(s, p, axes, ask);
    if (p->role == PART_STATIC) return read_rows(s, places_first(s->g, n, axes), ask);
    if (p->role == PART_VIEW) return make_places(s, n, axes, ask);
    bool placed = p->role == PART_PLACES || (n->op == OP_PICK && !scan_is_whole(s, n));
    if (!placed || axes != p->axes)
        return read_rows(s, places_first(s->g, read_whole(s, n), axes), ask);
    Node *fresh = n == s->leaf ? NULL : fresh_places(s, n);
    if (fresh && !has_none(s, ask) && part_same_ask(s, ask, p->own)) return fresh;
    return recall(s, n, p->kept, ask);
}

/* ---- the whole ---- */

static Ask order_ask(const Sampler *s) {
    return (Ask){1, s->order->place};
}

/* One place of n. */
static Shape block_of(const Node *n, unsigned axes) {
    Shape block = {.rank = 1, .dim = {1}};
    for (int i = 0; i < n->shape.rank; i++)
        if (!(axes >> i & 1)) block.dim[block.rank++] = n->shape.dim[i];
    return block;
}

/* What x has no part in, from a run of the whole scan on nothing: [1 + places + 1, block...]. */
static Node *known_rows(Sampler *s, const Feedback *f, unsigned axes) {
    Graph *g = s->g;
    Rewrite *r = rewrite_new(g, 0);
    Node *x = f->trace, *nothing = zero_like(g, s->leaf);
    rewrite_set(r, s->leaf, graph_broadcast(g, nothing, s->leaf->shape, s->leaf->rows));
    rewrite(r, 1, &x);
    x = as_kept(g, places_first(g, x, axes));
    int64_t around[GRAPH_MAX_RANK] = {1}, step[GRAPH_MAX_RANK];
    for (int i = 0; i < GRAPH_MAX_RANK; i++) step[i] = 1;
    return graph_pad(g, x, around, around, step);
}

/* x itself is a memory that is written when the turn's part has been drawn. */
static void open_leaf(Sampler *s) {
    Part *p = part_of(s, s->leaf);
    p->role = PART_PLACES;
    p->axes = places_axes(&s->leaf->shape, s->order->axes);
    Shape block = block_of(s->leaf, p->axes);
    p->n_places = s->turns;
    p->own = order_ask(s);
    p->kept = new_memory(s, s->leaf, s->turns, &block, NULL);
}

void make_memories(Sampler *s) {
    open_leaf(s);
    for (int i = 0; i < s->fed.n; i++) {
        const Feedback *f = &s->fed.at[i];
        Part *p = part_of(s, f->next);
        if (p->role == PART_STATIC || f->asks.n == 0) continue;
        Shape block = block_of(f->next, p->axes);
        p->before = new_memory(s, f->next, p->n_places, &block, s->known.at[i]);
        p->memory = s->memories.n - 1;
    }
}

void make_known(Sampler *s) {
    for (int i = 0; i < s->fed.n; i++) {
        const Feedback *f = &s->fed.at[i];
        bool used = f->known && f->asks.n && !part_is_static(s, f->next);
        LIST_ADD(s->a, &s->known, used ? known_rows(s, f, f->axes) : NULL);
    }
}

Node *make_parameter(Sampler *s, Node *param) {
    Shape part = {0};
    for (int i = 0; i < param->shape.rank; i++)
        if (!(s->order->axes >> i & 1)) part.dim[part.rank++] = param->shape.dim[i];
    Node *x = places_axes(&param->shape, s->order->axes)
                  ? read_places(s, param, s->order->axes, order_ask(s))
                  : read_whole(s, param);
    return graph_reshape(s->g, x, part);
}

Node *make_result(Sampler *s, Node *drawn) {
    Part *p = part_of(s, s->leaf);
    Shape one = p->kept->shape;
    one.dim[0] = 1;
    drawn = graph_broadcast(s->g, drawn, drawn->shape, s->leaf->rows);
    keep(s, 0, p->own, graph_reshape(s->g, drawn, one));
    for (int i = 0; i < s->fed.n; i++) /* what only later turns read is made too */
        if (part_of(s, s->fed.at[i].next)->before) fresh_places(s, s->fed.at[i].next);
    for (int i = 0; i < s->memories.n; i++)
        scan_next(s->scan, i,
                  graph_broadcast(s->g, s->memories.at[i].next, s->memories.at[i].formal->shape,
                                  s->memories.at[i].formal->rows));
    scan_close(s->g, s->scan);
    Node *x = kept_rows(s, graph_pick(s->g, s->scan, 0), s->turns);
    return places_back(s->g, x, &s->leaf->shape, p->axes);
}
