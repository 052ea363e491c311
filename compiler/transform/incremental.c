/* The sampler that does one position at a time: see incremental.h.
 *
 * Does: goes from the parameters back to x and notes, for every value, which of its places each
 * turn asks for; a value's own turns are those at which a place is first asked for. Then the values
 * are made inside a scan over the turns, each at its own places, and read either as just made or
 * from the carry that keeps them. Requires: parameters that depend on earlier positions only.
 * Leaves: the network's own nodes unused. */
#include "incremental.h"
#include "causal.h"
#include "incremental_rules.h"
#include "rewrite.h"
#include <string.h>

typedef enum {
    PART_STATIC, /* does not depend on x: computed before the scan */
    PART_VIEW,   /* looked through */
    PART_PLACES, /* at its own places */
    PART_WHOLE,  /* all of it at each turn */
    PART_TURN,   /* of a SCAN: one of its turns at each of ours; of a PICK: its result */
} PartRole;

/* A value of the network. */
typedef struct {
    PartRole role;
    unsigned axes; /* along which its places are */
    LIST(Ask) asks;
    bool asked_whole, mixed; /* mixed: asked for along different axes */
    Ask own;                 /* the places made at each turn */
    int64_t n_places;
    Node *fresh;  /* those, [taps, block...] */
    Node *kept;   /* all so far, [1 + places + 1, block...]: zeros, places, what is not wanted */
    Node *all;    /* whole */
    Node **image; /* of a SCAN in turns: this turn's yields */
    int *least, *latest; /* of a SCAN: by turn, of all its yields that are read */
    bool running;        /* a running sum: its places come one after another */
} Part;

typedef struct {
    Node *formal, *next;
} Memory;

struct Sampler {
    Graph *g;
    Arena *a;
    Node *leaf;
    const Order *order;
    int turns;
    Causal *causal;
    Scan *scan;
    LIST(Part *) parts; /* by id */
    NodeList nodes;     /* of the network, inputs first */
    NodeList whole;
    LIST(Memory) memories;
    int x_carry;
};

static Part *part_of(Sampler *s, const Node *n) {
    while (s->parts.n <= n->id) LIST_ADD(s->a, &s->parts, NULL);
    if (!s->parts.at[n->id]) s->parts.at[n->id] = NEW(s->a, Part);
    return s->parts.at[n->id];
}

static int operands(const Node *n) {
    return n->op == OP_DRAWN ? 1 : n->n_in;
}

static bool is_static(Sampler *s, const Node *n) {
    return part_of(s, n)->role == PART_STATIC;
}

/* ---- who asks for what ---- */

static void ask_whole(Sampler *s, const Node *n) {
    part_of(s, n)->asked_whole = true;
}

static bool same_ask(const Sampler *s, Ask a, Ask b) {
    return a.taps == b.taps &&
           memcmp(a.place, b.place, sizeof *a.place * (size_t)(s->turns * a.taps)) == 0;
}

static void ask_places(Sampler *s, const Node *n, unsigned axes, Ask ask) {
    Part *p = part_of(s, n);
    axes = places_axes(&n->shape, axes);
    if (p->asks.n && p->axes != axes) p->mixed = true;
    p->axes = axes;
    for (int i = 0; i < p->asks.n; i++)
        if (same_ask(s, p->asks.at[i], ask)) return;
    LIST_ADD(s->a, &p->asks, ask);
}

static void ask_for(Sampler *s, const Node *n, const Want *want) {
    if (is_static(s, n)) return;
    if (want->kind == WANT_WHOLE) ask_whole(s, n);
    else ask_places(s, n, want->axes, want->ask);
}

/* Can n give these places from its inputs' places? Asks them if so. */
static bool pass_on(Sampler *s, const Node *n, unsigned axes, Ask ask) {
    Want *want = NEW_ARRAY(s->a, Want, n->n_in + 1);
    for (int i = 0; i < operands(n); i++) {
        want[i] = incremental_want(s->a, n, i, axes, ask, s->turns);
        if (want[i].kind == WANT_IMPOSSIBLE) return false;
    }
    for (int i = 0; i < operands(n); i++) ask_for(s, n->in[i], &want[i]);
    return true;
}

static void make_whole(Sampler *s, Node *n) {
    Part *p = part_of(s, n);
    p->role = PART_WHOLE;
    for (int i = 0; i < operands(n); i++)
        if (!is_static(s, n->in[i])) ask_whole(s, n->in[i]);
    if (n->op != OP_PICK && !incremental_is_view(n)) LIST_ADD(s->a, &s->whole, n);
}

/* ---- a value's own places ---- */

typedef LIST(int) Places;

/* The lists of each turn as one table. False if the busiest turn has so much that all turns, which
 * do as much, would do many times what is needed. */
static bool places_by_turn(Sampler *s, Part *p, const Places *at) {
    int most = 1;
    for (int t = 0; t < s->turns; t++)
        if (at[t].n > most) most = at[t].n;
    if ((int64_t)most * s->turns > 4 * p->n_places + 4 * s->turns) return false;
    int *place = NEW_ARRAY(s->a, int, most * s->turns + 1);
    for (int t = 0; t < s->turns; t++)
        for (int k = 0; k < most; k++) place[t * most + k] = k < at[t].n ? at[t].at[k] : -1;
    p->own = (Ask){most, place};
    return true;
}

/* The turns at which places are computed: when they are asked for, but not before the turn at which
 * something in them can be known (earlier they are multiplied by zero, as the taps of a mask are),
 * and not again once all of it was. least, latest: see causal_latest_at. */
static bool own_places(Sampler *s, Part *p, const int *least, const int *latest) {
    Places *at = NEW_ARRAY(s->a, Places, s->turns + 1);
    int *last = NEW_ARRAY(s->a, int, p->n_places + 1); /* one more than the last turn */
    for (int t = 0; t < s->turns; t++)
        for (int k = 0; k < p->asks.n; k++)
            for (int i = 0; i < p->asks.at[k].taps; i++) {
                int place = p->asks.at[k].place[t * p->asks.at[k].taps + i];
                if (place < 0 || last[place] == t + 1 || t <= least[place]) continue;
                if (last[place] > 0 && t > latest[place] + 1) continue;
                last[place] = t + 1;
                LIST_ADD(s->a, &at[t], place);
            }
    return places_by_turn(s, p, at);
}

static bool asked_places(Sampler *s, Node *n, Part *p) {
    p->n_places = places_count(&n->shape, p->axes);
    int *least = NEW_ARRAY(s->a, int, p->n_places + 1);
    return own_places(s, p, least, causal_latest_at(s->causal, n, p->axes, least));
}

/* Where all of it is asked for: as soon as x allows, along the axes where that differs. */
static bool earliest_places(Sampler *s, Node *n, Part *p) {
    unsigned axes = causal_axes(s->causal, n);
    if (axes == 0 || (p->asks.n && axes != p->axes)) return false;
    p->axes = axes;
    p->n_places = places_count(&n->shape, axes);
    Places *at = NEW_ARRAY(s->a, Places, s->turns + 1);
    int *latest = causal_latest_at(s->causal, n, axes, NULL);
    for (int64_t i = 0; i < p->n_places; i++)
        if (latest[i] + 1 < s->turns) LIST_ADD(s->a, &at[latest[i] + 1], (int)i);
    return places_by_turn(s, p, at);
}

/* ---- scans ---- */

static bool draws_inside(Sampler *s, const Scan *scan) {
    NodeList body = graph_reachable(s->a, 0, NULL, scan);
    for (int i = 0; i < body.n; i++)
        if (body.at[i]->op == OP_UNIFORM || body.at[i]->op == OP_GAUSSIAN) return true;
    return false;
}

/* One turn after another, at most one at each of ours. */
static bool in_sequence(const Sampler *s, Ask own) {
    int next = 0;
    for (int t = 0; t < s->turns && own.taps == 1; t++)
        if (own.place[t] >= 0 && own.place[t] != next++) return false;
    return own.taps == 1;
}

/* A scan goes along with ours if it runs forward, starts from what x has no part in, and its yields
 * are read turn by turn. */
static bool goes_along(Sampler *s, Node *node, Part *p) {
    Scan *scan = node->scan;
    p->axes = 1;
    if (scan->reverse || p->asked_whole || p->mixed || p->asks.n == 0) return false;
    for (int i = 0; i < scan->n_carries; i++)
        if (!is_static(s, node->in[scan->n_slices + i])) return false;
    if (draws_inside(s, scan)) return false;
    p->n_places = scan->turns;
    return own_places(s, p, p->least, p->latest) && in_sequence(s, p->own);
}

static void plan_scan(Sampler *s, Node *n) {
    Part *p = part_of(s, n);
    const Scan *scan = n->scan;
    if (!goes_along(s, n, p)) {
        make_whole(s, n);
        return;
    }
    p->role = PART_TURN;
    for (int i = 0; i < n->n_in; i++) {
        if (is_static(s, n->in[i])) continue;
        if (i < scan->n_slices) ask_places(s, n->in[i], 1, p->own);
        else ask_whole(s, n->in[i]);
    }
}

/* Where a yield is read whole, each of its scan's turns runs as soon as x allows. */
static bool ask_early(Sampler *s, const Scan *scan, const int *latest, Part *p) {
    int *place = NEW_ARRAY(s->a, int, s->turns + 1);
    for (int t = 0; t < s->turns; t++) place[t] = -1;
    for (int64_t i = 0; i < scan->turns; i++) {
        if (latest[i] + 1 >= s->turns) continue;
        if (place[latest[i] + 1] >= 0) return false;
        place[latest[i] + 1] = (int)i;
    }
    LIST_ADD(s->a, &p->asks, ((Ask){1, place}));
    return true;
}

/* A yield's places are turns of its scan; all picks of a scan go the same way. */
static void plan_pick(Sampler *s, Node *n) {
    Part *p = part_of(s, n), *scan = part_of(s, n->in[0]);
    bool turns = !p->mixed && (p->axes == 1 || p->asks.n == 0) && n->ints[0] >= n->scan->n_carries;
    p->role = PART_TURN;
    p->axes = scan->axes = 1;
    int *least = NEW_ARRAY(s->a, int, n->scan->turns + 1);
    int *latest = turns ? causal_latest_at(s->causal, n, 1, least) : NULL;
    for (int64_t i = 0; latest && scan->latest && i < n->scan->turns; i++) {
        if (scan->latest[i] > latest[i]) latest[i] = scan->latest[i];
        if (scan->least[i] < least[i]) least[i] = scan->least[i];
    }
    scan->latest = latest;
    scan->least = least;
    if (turns && p->asked_whole) turns = ask_early(s, n->scan, latest, scan);
    if (!turns) ask_whole(s, n->in[0]);
    for (int i = 0; turns && i < p->asks.n; i++) LIST_ADD(s->a, &scan->asks, p->asks.at[i]);
}

/* ---- the plan ---- */

static void plan_view(Sampler *s, Node *n) {
    Part *p = part_of(s, n);
    p->role = PART_VIEW;
    for (int i = 0; i < p->asks.n; i++)
        if (incremental_want(s->a, n, 0, p->axes, p->asks.at[i], 1).kind == WANT_IMPOSSIBLE ||
            p->mixed) {
            make_whole(s, n);
            return;
        }
    for (int i = 0; i < p->asks.n; i++) pass_on(s, n, p->axes, p->asks.at[i]);
    if (p->asked_whole) ask_whole(s, n->in[0]);
}

/* A running sum adds a place at a time to what it has. */
static bool plan_running(Sampler *s, Node *n, Part *p) {
    Want want = {WANT_PLACES, p->axes, p->own};
    if (n->ints[1] || p->axes != 1u << n->ints[0] || !in_sequence(s, p->own)) return false;
    p->running = true;
    ask_for(s, n->in[0], &want);
    return true;
}

static void plan_part(Sampler *s, Node *n) {
    Part *p = part_of(s, n);
    if (p->role == PART_STATIC || n == s->leaf) return;
    if (p->asks.n == 0 && !p->asked_whole) return; /* nobody wants it */
    if (n->op == OP_SCAN) {
        plan_scan(s, n);
    } else if (n->op == OP_PICK) {
        plan_pick(s, n);
    } else if (incremental_is_view(n)) {
        plan_view(s, n);
    } else {
        bool own = !p->mixed &&
                   (p->asked_whole ? earliest_places(s, n, p) : p->asks.n && asked_places(s, n, p));
        p->role = PART_PLACES;
        if (own && n->op == OP_CUMSUM) own = plan_running(s, n, p);
        else own = own && pass_on(s, n, p->axes, p->own);
        if (!own) make_whole(s, n);
    }
}

static void find_static(Sampler *s) {
    for (int i = 0; i < s->nodes.n; i++) {
        Node *n = s->nodes.at[i];
        bool depends = n == s->leaf;
        for (int k = 0; k < operands(n); k++) depends = depends || !is_static(s, n->in[k]);
        part_of(s, n)->role = depends ? PART_PLACES : PART_STATIC;
    }
}

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
static Node *new_memory(Sampler *s, const Node *n, int64_t places, const Shape *block) {
    Shape shape = *block;
    shape.dim[0] = places + 2;
    Node *zero = zero_like(s->g, n);
    if (n->kind == KIND_BOOL) zero = graph_const(s->g, 0);
    Node *formal = scan_carry(s->g, s->scan, zero, shape, n->rows);
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
    bool kept = p->asked_whole;
    for (int i = 0; i < p->asks.n; i++)
        kept = kept || has_none(s, p->asks.at[i]) || !same_ask(s, p->asks.at[i], p->own);
    return kept;
}

static void keep_fresh(Sampler *s, const Node *n, Part *p) {
    if (!is_kept(s, p)) return;
    Node *formal = new_memory(s, n, p->n_places, &p->fresh->shape);
    (void)formal;
    p->kept = keep(s, s->memories.n - 1, p->own, p->fresh);
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
    for (int i = 0; i < operands(n); i++) {
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
        if (!is_static(s, node->in[i])) rewrite_set(r, node->in[i], read_whole(s, node->in[i]));
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
    if (n->op == OP_DRAWN || n->op == OP_STOP) return read_whole(s, n->in[0]);
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

static Node *read_places(Sampler *s, Node *n, unsigned axes, Ask ask) {
    Part *p = part_of(s, n);
    axes = places_axes(&n->shape, axes);
    if (p->role == PART_STATIC) return read_rows(s, places_first(s->g, n, axes), ask);
    if (p->role == PART_VIEW) return make_places(s, n, axes, ask);
    bool placed = p->role == PART_PLACES || (n->op == OP_PICK && !scan_is_whole(s, n));
    if (!placed || axes != p->axes)
        return read_rows(s, places_first(s->g, read_whole(s, n), axes), ask);
    Node *fresh = n == s->leaf ? NULL : fresh_places(s, n);
    if (fresh && !has_none(s, ask) && same_ask(s, ask, p->own)) return fresh;
    Node *index = place_index(s, ask, 1, 0, p->kept->shape.dim[0]);
    return as_was(s->g, n, graph_gather(s->g, p->kept, index));
}

/* ---- the whole ---- */

static Ask order_ask(const Sampler *s) {
    return (Ask){1, s->order->place};
}

/* x itself is a memory that is written when the turn's part has been drawn. */
static void open_leaf(Sampler *s) {
    Part *p = part_of(s, s->leaf);
    Shape block = {.rank = 1, .dim = {1}};
    p->role = PART_PLACES;
    p->axes = places_axes(&s->leaf->shape, s->order->axes);
    for (int i = 0; i < s->leaf->shape.rank; i++)
        if (!(p->axes >> i & 1)) block.dim[block.rank++] = s->leaf->shape.dim[i];
    p->n_places = s->turns;
    p->own = order_ask(s);
    p->kept = new_memory(s, s->leaf, s->turns, &block);
}

static Node *param_part(Sampler *s, Node *param) {
    Shape part = {0};
    for (int i = 0; i < param->shape.rank; i++)
        if (!(s->order->axes >> i & 1)) part.dim[part.rank++] = param->shape.dim[i];
    Node *x = places_axes(&param->shape, s->order->axes)
                  ? read_places(s, param, s->order->axes, order_ask(s))
                  : read_whole(s, param);
    return graph_reshape(s->g, x, part);
}

Sampler *sampler_open(Graph *g, Node *leaf, const Order *order, int n, Node *const *params,
                      Node **part) {
    Sampler *s = NEW(g->arena, Sampler);
    CausalLeaf *x = NEW(g->arena, CausalLeaf);
    *x = (CausalLeaf){leaf, order->position};
    *s = (Sampler){.g = g, .a = g->arena, .leaf = leaf, .order = order, .turns = order->turns};
    s->causal = causal_new(s->a, 1, x);
    s->nodes = graph_reachable(s->a, n, params, NULL);
    find_static(s);
    part_of(s, leaf)->role = PART_PLACES;
    for (int i = 0; i < n; i++) {
        unsigned axes = places_axes(&params[i]->shape, order->axes);
        Want want = {axes ? WANT_PLACES : WANT_WHOLE, axes, order_ask(s)};
        ask_for(s, params[i], &want);
    }
    for (int i = s->nodes.n - 1; i >= 0; i--) plan_part(s, s->nodes.at[i]);
    s->scan = scan_open(g, s->turns, false, 0);
    open_leaf(s);
    for (int i = 0; i < n; i++) part[i] = param_part(s, params[i]);
    return s;
}

Node *sampler_turn(const Sampler *s) {
    return s->scan->turn;
}

Node *sampler_close(Sampler *s, Node *drawn) {
    Part *p = part_of(s, s->leaf);
    Shape one = p->kept->shape;
    one.dim[0] = 1;
    drawn = graph_broadcast(s->g, drawn, drawn->shape, s->leaf->rows);
    keep(s, 0, p->own, graph_reshape(s->g, drawn, one));
    for (int i = 0; i < s->memories.n; i++)
        scan_next(s->scan, i,
                  graph_broadcast(s->g, s->memories.at[i].next, s->memories.at[i].formal->shape,
                                  s->memories.at[i].formal->rows));
    scan_close(s->g, s->scan);
    Node *x = kept_rows(s, graph_pick(s->g, s->scan, 0), s->turns);
    return places_back(s->g, x, &s->leaf->shape, p->axes);
}

NodeList sampler_whole(const Sampler *s) {
    return s->whole;
}
