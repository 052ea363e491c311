/* Walking a graph to find what each value can depend on of a sequence, and who is to blame.
 *
 * Does: gives every node a fact, inputs before users; a scan's body is gone through turn by turn,
 * so what its turns know of each other is exact. Requires: leaves that cut the graph. Leaves: the
 * graph as it was. */
#include "causal_rules.h"
#include <math.h>
#include <string.h>

/* What a scan's results are; by its SCAN node. */
typedef struct {
    Fact **pick;
} Outcome;

struct Causal {
    Arena *arena, *turn; /* of the whole; of what the turn at hand needs (arena outside scans) */
    LIST(Fact *) facts;  /* by id */
    LIST(Outcome) outcomes;
    int n_leaves;
    const CausalLeaf *leaves;
    /* positions over those axes of x along which they differ */
    Shape order;
    int *position;
    double left; /* of the work that may be done, in elements; below 0: given up */
};

static const double most_work = (double)(1 << 30), work_of_node = 256;

static void set_fact(Causal *c, const Node *n, Fact *f) {
    while (c->facts.n <= n->id) LIST_ADD(c->arena, &c->facts, NULL);
    c->facts.at[n->id] = f;
}

static Fact *fact_of(const Causal *c, const Node *n) {
    return n->id < c->facts.n ? c->facts.at[n->id] : NULL;
}

/* ---- leaves ---- */

static Fact *leaf_fact(Arena *a, const CausalLeaf *leaf) {
    if (!leaf->position) return fact_uniform(a, leaf->node->shape, -1, NAN);
    Fact *f = fact_new(a, leaf->node->shape, leaf->node->shape.dim, false);
    memcpy(f->latest, leaf->position, sizeof *f->latest * (size_t)f->size);
    fact_shrink(f);
    return f;
}

Causal *causal_new(Arena *a, int n, const CausalLeaf *leaves) {
    Causal *c = NEW(a, Causal);
    *c = (Causal){.arena = a, .turn = a, .n_leaves = n, .leaves = leaves, .left = INFINITY};
    for (int i = 0; i < n; i++) {
        Fact *f = leaf_fact(a, &leaves[i]);
        set_fact(c, leaves[i].node, f);
        if (!leaves[i].position || c->position) continue;
        for (int k = 0; k < f->shape.rank; k++)
            if (f->length[k] > 1) c->order.dim[c->order.rank++] = f->length[k];
        c->position = f->latest;
    }
    return c;
}

void causal_bound(Causal *c) {
    c->left = most_work;
}

bool causal_gave_up(const Causal *c) {
    return c->left < 0;
}

/* Whether it is still to be done. */
static bool take_work(Causal *c, double elements) {
    c->left -= elements;
    return c->left >= 0;
}

static Fact *own_fact(Arena *a, const Node *n) {
    if (n->op == OP_CONST) return fact_uniform(a, n->shape, -1, n->number);
    if (n->op != OP_IOTA && n->op != OP_TABLE) return fact_uniform(a, n->shape, -1, NAN);
    Fact *f = fact_new(a, n->shape, n->shape.dim, true);
    for (int64_t i = 0; i < f->size; i++)
        f->known[i] = n->op == OP_IOTA ? (double)i : (double)n->ints[2 + n->shape.rank + i];
    return f;
}

/* ---- scans ---- */

static Fact *slice_of(Arena *a, const Fact *sequence, int64_t turn) {
    Fact view = *sequence; /* the rows before this turn's are left out */
    view.shape.rank--;
    view.size = 1;
    for (int i = 0; i < view.shape.rank; i++) {
        view.shape.dim[i] = sequence->shape.dim[i + 1];
        view.length[i] = sequence->length[i + 1];
        view.size *= view.length[i];
    }
    int64_t offset = turn * fact_stride(sequence, 0);
    view.latest += offset;
    if (view.known) view.known += offset;
    Fact *part = fact_copy(a, &view);
    fact_shrink(part);
    return part;
}

/* Facts of one shape, one for each turn, as one of shape [turns, ...]. */
static Fact *stacked(Arena *a, int64_t turns, Fact *const *at) {
    Shape shape = {.rank = at[0]->shape.rank + 1, .dim = {turns}};
    int64_t length[GRAPH_MAX_RANK] = {turns};
    for (int i = 1; i < shape.rank; i++) {
        shape.dim[i] = at[0]->shape.dim[i - 1];
        length[i] = 1;
        for (int64_t t = 0; t < turns; t++)
            if (at[t]->length[i - 1] > 1) length[i] = at[t]->length[i - 1];
    }
    Fact *all = fact_new(a, shape, length, true);
    for (int64_t t = 0; t < turns; t++) {
        Loop l = {.rank = shape.rank - 1, .n = 2, .offset = {t * fact_stride(all, 0)}};
        for (int i = 0; i < l.rank; i++) {
            l.length[i] = length[i + 1];
            l.stride[0][i] = fact_stride(all, i + 1);
            l.stride[1][i] = fact_stride(at[t], i);
        }
        do {
            all->latest[l.offset[0]] = at[t]->latest[l.offset[1]];
            if (at[t]->known) all->known[l.offset[0]] = at[t]->known[l.offset[1]];
        } while (loop_next(&l));
    }
    fact_shrink(all);
    return all;
}

static void find_fact(Causal *c, Node *n);

static void run_turn(Causal *c, const Scan *s, int64_t turn, const NodeList *body) {
    set_fact(c, s->turn, fact_uniform(c->turn, (Shape){0}, -1, (double)turn));
    for (int i = 0; i < s->n_slices; i++)
        set_fact(c, s->slices[i], slice_of(c->turn, fact_of(c, s->node->in[i]), turn));
    for (int i = 0; i < body->n; i++)
        if (body->at[i]->op != OP_FORMAL) find_fact(c, body->at[i]);
}

/* A turn's facts live until the next one is over: two arenas take turns. */
static Outcome run_scan(Causal *c, const Scan *s) {
    Arena *outside = c->turn, *pair[2] = {arena_new(), arena_new()}, *scratch = arena_new();
    NodeList body = graph_reachable(scratch, 0, NULL, s);
    int n_yields = s->yields.n;
    bool go_on = take_work(c, (double)s->turns * (n_yields + work_of_node * body.n));
    Outcome o = {NEW_ARRAY(outside, Fact *, s->n_carries + n_yields + 1)};
    Fact **yielded = NEW_ARRAY(scratch, Fact *, go_on ? s->turns * n_yields + 1 : 1);
    for (int i = 0; i < s->n_carries; i++)
        set_fact(c, s->carries[i], fact_of(c, s->node->in[s->n_slices + i]));
    for (int64_t i = 0; i < s->turns && go_on; i++) {
        int64_t turn = s->reverse ? s->turns - 1 - i : i;
        arena_free(pair[i & 1]);
        c->turn = pair[i & 1] = arena_new();
        run_turn(c, s, turn, &body);
        for (int k = 0; k < n_yields; k++)
            yielded[k * s->turns + turn] = fact_copy(scratch, fact_of(c, s->yields.at[k]));
        Fact **next = NEW_ARRAY(c->turn, Fact *, s->n_carries + 1);
        for (int k = 0; k < s->n_carries; k++) next[k] = fact_copy(c->turn, fact_of(c, s->next[k]));
        for (int k = 0; k < s->n_carries; k++) set_fact(c, s->carries[k], next[k]);
        go_on = !causal_gave_up(c);
    }
    c->turn = outside;
    for (int k = 0; k < s->n_carries && go_on; k++)
        o.pick[k] = fact_copy(outside, fact_of(c, s->carries[k]));
    for (int k = 0; k < n_yields && go_on; k++)
        o.pick[s->n_carries + k] = stacked(outside, s->turns, yielded + k * s->turns);
    arena_free(pair[0]);
    arena_free(pair[1]);
    arena_free(scratch);
    return o;
}

/* ---- the walk ---- */

/* Requires the facts of the inputs. */
static void find_fact(Causal *c, Node *n) {
    Fact *f;
    for (int i = 0; i < c->n_leaves; i++)
        if (c->leaves[i].node == n) return;
    if (causal_gave_up(c)) {
        f = fact_uniform(c->turn, n->shape, -1, NAN);
    } else if (n->op == OP_SCAN) {
        while (c->outcomes.n <= n->id) LIST_ADD(c->arena, &c->outcomes, (Outcome){0});
        Outcome o = run_scan(c, n->scan); /* which may make the list longer */
        c->outcomes.at[n->id] = o;
        f = fact_uniform(c->turn, (Shape){0}, -1, NAN);
    } else if (n->op == OP_PICK) {
        f = c->outcomes.at[n->in[0]->id].pick[n->ints[0]];
    } else if (op_info[n->op].op_class == CLASS_LEAF) {
        f = own_fact(c->turn, n);
    } else {
        const Fact **in = NEW_ARRAY(c->turn, const Fact *, n->n_in + 1);
        for (int i = 0; i < n->n_in; i++) in[i] = fact_of(c, n->in[i]);
        f = causal_rule(c->turn, n, in);
    }
    if (n->op != OP_SCAN) take_work(c, (double)f->size);
    set_fact(c, n, f);
}

static Fact *settle(Causal *c, Node *root) {
    LIST(Node *) stack = {0};
    LIST_ADD(c->arena, &stack, root);
    while (stack.n > 0) {
        Node *n = stack.at[stack.n - 1];
        bool ready = true;
        if (fact_of(c, n)) {
            stack.n--;
            continue;
        }
        for (int i = 0; i < n->n_in; i++)
            if (!fact_of(c, n->in[i])) {
                LIST_ADD(c->arena, &stack, n->in[i]);
                ready = false;
            }
        if (!ready) continue;
        find_fact(c, n);
        stack.n--;
    }
    return fact_of(c, root);
}

const int *causal_latest(Causal *c, Node *n) {
    const Fact *f = settle(c, n);
    int64_t size = shape_size(&n->shape), at = 0;
    int *latest = NEW_ARRAY(c->arena, int, size);
    Loop l = {.rank = n->shape.rank, .n = 1};
    for (int i = 0; i < l.rank; i++) {
        l.length[i] = n->shape.dim[i];
        l.stride[0][i] = fact_stride(f, i);
    }
    do latest[at++] = f->latest[l.offset[0]];
    while (loop_next(&l));
    return latest;
}

int *causal_latest_at(Causal *c, Node *n, unsigned axes, int *least) {
    const Fact *f = settle(c, n);
    int64_t places = 1;
    Loop l = {.rank = n->shape.rank, .n = 2};
    for (int i = l.rank - 1; i >= 0; i--) {
        bool is_place = axes >> i & 1;
        l.length[i] = is_place ? n->shape.dim[i] : f->length[i];
        l.stride[0][i] = fact_stride(f, i);
        l.stride[1][i] = is_place ? places : 0;
        if (is_place) places *= n->shape.dim[i];
    }
    int *latest = NEW_ARRAY(c->arena, int, places);
    for (int64_t i = 0; i < places; i++) latest[i] = -1;
    for (int64_t i = 0; least && i < places; i++) least[i] = INT32_MAX;
    do {
        int of = f->latest[l.offset[0]], *at = &latest[l.offset[1]];
        if (of > *at) *at = of;
        if (least && of < least[l.offset[1]]) least[l.offset[1]] = of;
    } while (loop_next(&l));
    return latest;
}

unsigned causal_axes(Causal *c, Node *n) {
    const Fact *f = settle(c, n);
    unsigned axes = 0;
    for (int i = 0; i < n->shape.rank; i++)
        if (f->length[i] > 1) axes |= 1u << i;
    return axes;
}

bool causal_depends(Causal *c, Node *n) {
    return fact_latest_of_all(settle(c, n)) >= 0;
}

/* ---- who is to blame ---- */

/* The axes of n, from *first on, that are x's places: all of them in a row, or as one axis, or,
 * where positions go on inside a place, without the last. Their number, 0 if there are none. */
static int find_places(const Causal *c, const Node *n, int *first, int *kept) {
    for (*kept = c->order.rank; *kept > 0; --*kept) {
        int64_t all = 1;
        for (int i = 0; i < *kept; i++) all *= c->order.dim[i];
        for (*first = 0; *first < n->shape.rank; ++*first) {
            int same = 0;
            while (same < *kept && *first + same < n->shape.rank &&
                   n->shape.dim[*first + same] == c->order.dim[same])
                same++;
            if (same == *kept) return *kept;
            if (n->shape.dim[*first] == all) return 1;
        }
    }
    return 0;
}

/* The position at which element `at` of n stands; -1 where n's axes do not say. */
static int own_position(const Causal *c, const Node *n, int64_t at) {
    int first, kept, axes = find_places(c, n, &first, &kept);
    int64_t inner = 1, places = 1, rest = 1;
    if (axes == 0) return -1;
    for (int i = first + axes; i < n->shape.rank; i++) inner *= n->shape.dim[i];
    for (int i = 0; i < kept; i++) places *= c->order.dim[i];
    for (int i = kept; i < c->order.rank; i++) rest *= c->order.dim[i];
    int64_t place = at / inner % places * rest;
    int position = c->position[place];
    for (int64_t i = 1; i < rest; i++)
        if (c->position[place + i] < position) position = c->position[place + i];
    return position;
}

static bool is_leaf(const Causal *c, const Node *n) {
    for (int i = 0; i < c->n_leaves; i++)
        if (c->leaves[i].node == n) return true;
    return false;
}

/* Of an input, an element that depends on `latest` and on nothing later: the one standing at `own`
 * if there is one. */
static int64_t find_element(Causal *c, Node *n, int latest, int own) {
    int64_t found = -1;
    if (n->op == OP_SCAN) return -1;
    const int *of = causal_latest(c, n);
    for (int64_t i = 0; i < shape_size(&n->shape); i++) {
        if (of[i] != latest) continue;
        if (found < 0 || own_position(c, n, i) == own) found = i;
        if (own_position(c, n, i) == own) break;
    }
    return found;
}

/* One step back towards x. */
static Node *cause(Causal *c, Node *n, int latest, int own, int64_t *at) {
    const Node *from = n->op == OP_PICK ? n->in[0] : n;
    for (int i = 0; i < from->n_in; i++) {
        *at = find_element(c, from->in[i], latest, own);
        if (*at >= 0) return from->in[i];
    }
    return NULL;
}

/* Goes from the leak back to x and compares, wherever a value's axes say at which position it
 * stands, how far it sees: less than its own position after a shift, its own or more at a leak. */
Leak causal_leak(Causal *c, Node *n, int64_t at) {
    int latest = causal_latest(c, n)[at], later = own_position(c, n, at);
    Node *user = n, *crossing = NULL, *ahead = NULL;
    while ((n = cause(c, n, latest, later, &at))) {
        int own = own_position(c, n, at);
        if (own >= 0) {
            if (!crossing && latest < own && latest >= later) crossing = user;
            if (own > later && latest > later) ahead = user;
            later = own;
        }
        if (is_leaf(c, n)) break;
        user = n;
    }
    if (crossing || ahead) return (Leak){LEAK_AHEAD, crossing ? crossing : ahead};
    return (Leak){LEAK_UNSHIFTED, user};
}
