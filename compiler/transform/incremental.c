/* The sampler that does one position at a time: see incremental.h.
 *
 * Does: goes from the parameters back to x and notes, for every value, which of its places each
 * turn asks for; a value's own turns are those at which a place is first asked for. Then the values
 * are made inside a scan over the turns (incremental_make.c), each at its own places, and read
 * either as just made or from the carry that keeps them. Requires: parameters that depend on
 * earlier positions only. Leaves: the network's own nodes unused. */
#include "incremental_parts.h"
#include <string.h>

Part *part_of(Sampler *s, const Node *n) {
    while (s->parts.n <= n->id) LIST_ADD(s->a, &s->parts, NULL);
    if (!s->parts.at[n->id]) s->parts.at[n->id] = NEW(s->a, Part);
    return s->parts.at[n->id];
}

bool part_is_static(Sampler *s, const Node *n) {
    return part_of(s, n)->role == PART_STATIC;
}

/* ---- who asks for what ---- */

static void ask_whole(Sampler *s, const Node *n) {
    part_of(s, n)->asked_whole = true;
}

bool part_same_ask(const Sampler *s, Ask a, Ask b) {
    return a.taps == b.taps &&
           memcmp(a.place, b.place, sizeof *a.place * (size_t)(s->turns * a.taps)) == 0;
}

static void ask_places(Sampler *s, const Node *n, unsigned axes, Ask ask) {
    Part *p = part_of(s, n);
    axes = places_axes(&n->shape, axes);
    if (p->asks.n && p->axes != axes) p->mixed = true;
    p->axes = axes;
    for (int i = 0; i < p->asks.n; i++)
        if (part_same_ask(s, p->asks.at[i], ask)) return;
    LIST_ADD(s->a, &p->asks, ask);
}

static void ask_for(Sampler *s, const Node *n, const Want *want) {
    if (part_is_static(s, n)) return;
    if (want->kind == WANT_WHOLE) ask_whole(s, n);
    else ask_places(s, n, want->axes, want->ask);
}

/* Can n give these places from its inputs' places? Asks them if so. */
static bool pass_on(Sampler *s, const Node *n, unsigned axes, Ask ask) {
    Want *want = NEW_ARRAY(s->a, Want, n->n_in + 1);
    for (int i = 0; i < graph_operands(n); i++) {
        want[i] = incremental_want(s->a, n, i, axes, ask, s->turns);
        if (want[i].kind == WANT_IMPOSSIBLE) return false;
    }
    for (int i = 0; i < graph_operands(n); i++) ask_for(s, n->in[i], &want[i]);
    return true;
}

static void make_whole(Sampler *s, Node *n) {
    Part *p = part_of(s, n);
    p->role = PART_WHOLE;
    for (int i = 0; i < graph_operands(n); i++)
        if (!part_is_static(s, n->in[i])) ask_whole(s, n->in[i]);
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

/* Is a place that depends on nothing later than `latest` there before the first turn? */
static bool known_before(const Part *p, int latest) {
    return p->feeds && p->feeds->known && latest < 0;
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
                if (known_before(p, latest[place])) continue;
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
        if (latest[i] + 1 < s->turns && !known_before(p, latest[i]))
            LIST_ADD(s->a, &at[latest[i] + 1], (int)i);
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
        if (!part_is_static(s, node->in[scan->n_slices + i])) return false;
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
        if (part_is_static(s, n->in[i])) continue;
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
    if (p->role == PART_STATIC || p->role == PART_PAST || n == s->leaf) return;
    if (p->asks.n == 0 && !p->asked_whole) return; /* nobody wants it */
    if (n->op == OP_SCAN) {
        plan_scan(s, n);
    } else if (n->op == OP_PICK) {
        plan_pick(s, n);
    } else if (incremental_is_view(n) && !p->feeds) {
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
    for (int i = 0; i < s->fed.n; i++) {
        part_of(s, s->fed.at[i].past)->feeds = &s->fed.at[i];
        part_of(s, s->fed.at[i].next)->feeds = &s->fed.at[i];
    }
    for (int i = 0; i < s->nodes.n; i++) {
        Node *n = s->nodes.at[i];
        Part *p = part_of(s, n);
        bool is_past = p->feeds && p->feeds->past == n, depends = n == s->leaf || is_past;
        for (int k = 0; k < graph_operands(n); k++)
            depends = depends || !part_is_static(s, n->in[k]);
        p->role = is_past ? PART_PAST : depends ? PART_PLACES : PART_STATIC;
    }
}

static Ask order_ask(const Sampler *s) {
    return (Ask){1, s->order->place};
}

Causal *sampler_causal(Sampler *s, Arena *a) {
    CausalLeaf *leaf = NEW_ARRAY(a, CausalLeaf, s->fed.n + 1);
    leaf[0] = (CausalLeaf){s->leaf, s->order->position};
    for (int i = 0; i < s->fed.n; i++)
        leaf[i + 1] = (CausalLeaf){s->fed.at[i].past, s->fed.at[i].latest};
    return causal_new(a, s->fed.n + 1, leaf);
}

/* Forgets what was planned, and starts from what is known to be asked for. */
static void start_plan(Sampler *s, int n, Node *const *params) {
    Node **roots = NEW_ARRAY(s->a, Node *, n + s->fed.n + 1);
    for (int i = 0; i < n; i++) roots[i] = params[i];
    for (int i = 0; i < s->fed.n; i++) roots[n + i] = s->fed.at[i].next;
    s->parts.n = s->whole.n = 0;
    if (s->facts) arena_free(s->facts);
    s->facts = arena_new();
    s->causal = sampler_causal(s, s->facts);
    s->nodes = graph_reachable(s->a, n + s->fed.n, roots, NULL);
    find_static(s);
    part_of(s, s->leaf)->role = PART_PLACES;
    for (int i = 0; i < n; i++) {
        unsigned axes = places_axes(&params[i]->shape, s->order->axes);
        Want want = {axes ? WANT_PLACES : WANT_WHOLE, axes, order_ask(s)};
        ask_for(s, params[i], &want);
    }
    for (int i = 0; i < s->fed.n; i++)
        for (int k = 0; k < s->fed.at[i].asks.n; k++)
            if (!part_is_static(s, s->fed.at[i].next))
                ask_places(s, s->fed.at[i].next, s->fed.at[i].axes, s->fed.at[i].asks.at[k]);
}

/* ---- recurrences taken apart ---- */

typedef enum { FED_FAILED, FED_MORE, FED_DONE } FedState;

/* What earlier turns are asked for, the next values have to give: is there more of it than was
 * known when this plan began? */
static FedState collect_asks(Sampler *s) {
    FedState state = FED_DONE;
    for (int i = 0; i < s->fed.n; i++) {
        Feedback *f = &s->fed.at[i];
        const Part *past = part_of(s, f->past);
        if (past->asked_whole || past->mixed || (f->asks.n && past->axes != f->axes))
            return FED_FAILED;
        f->axes = past->axes;
        for (int k = 0; k < past->asks.n; k++) {
            bool known = false;
            for (int j = 0; j < f->asks.n; j++)
                known = known || part_same_ask(s, past->asks.at[k], f->asks.at[j]);
            if (known) continue;
            LIST_ADD(s->a, &f->asks, past->asks.at[k]);
            state = FED_MORE;
        }
    }
    return state;
}

/* Is all that the past is asked for made at an earlier turn, and complete by then? */
static bool is_past_made(Sampler *s, const Feedback *f) {
    const Part *p = part_of(s, f->next);
    if (p->role == PART_STATIC || f->asks.n == 0) return true;
    if (p->role != PART_PLACES || p->axes != f->axes) return false;
    const int *latest = causal_latest_at(s->causal, f->next, p->axes, NULL);
    int *made = NEW_ARRAY(s->a, int, p->n_places + 1); /* one more than the last turn */
    for (int t = 0; t < s->turns; t++) {
        for (int k = 0; k < f->asks.n; k++)
            for (int i = 0; i < f->asks.at[k].taps; i++) {
                int place = f->asks.at[k].place[t * f->asks.at[k].taps + i];
                if (place < 0 || known_before(p, latest[place])) continue;
                if (made[place] == 0 || made[place] < latest[place] + 2) return false;
            }
        for (int i = 0; i < p->own.taps; i++)
            if (p->own.place[t * p->own.taps + i] >= 0)
                made[p->own.place[t * p->own.taps + i]] = t + 1;
    }
    return true;
}

enum { MOST_PLANS = 4 };

static bool plan_network(Sampler *s, int n, Node *const *params) {
    FedState state = FED_MORE;
    for (int plans = 0; state == FED_MORE && plans < MOST_PLANS; plans++) {
        start_plan(s, n, params);
        for (int i = s->nodes.n - 1; i >= 0; i--) plan_part(s, s->nodes.at[i]);
        state = collect_asks(s);
    }
    for (int i = 0; state == FED_DONE && i < s->fed.n; i++)
        if (!is_past_made(s, &s->fed.at[i])) return false;
    return state == FED_DONE;
}

/* First without what is known beforehand, which costs a run of the whole scan. */
static bool try_unfolded(Sampler *s, Node *scan, int n, Node **params) {
    Feedbacks fed = s->fed;
    for (int known = 0; known < 2; known++) {
        Node **now = NEW_ARRAY(s->a, Node *, n + 1);
        for (int i = 0; i < n; i++) now[i] = params[i];
        s->fed = (Feedbacks){0};
        for (int i = 0; i < fed.n; i++) {
            LIST_ADD(s->a, &s->fed, fed.at[i]);
            s->fed.at[i].asks.n = 0;
        }
        if (!unfold_scan(s, scan, known, n, now)) break;
        if (!plan_network(s, n, now)) continue;
        for (int i = 0; i < n; i++) params[i] = now[i];
        return true;
    }
    s->fed = fed;
    return false;
}

/* A scan that would be run whole, or NULL; not one of these. */
static Node *whole_scan(const Sampler *s, const NodeList *without) {
    for (int i = 0; i < s->whole.n; i++) {
        Node *n = s->whole.at[i];
        bool is_out = n->op != OP_SCAN;
        for (int k = 0; k < without->n; k++) is_out = is_out || without->at[k] == n;
        if (!is_out) return n;
    }
    return NULL;
}

static void plan_and_unfold(Sampler *s, int n, Node **params) {
    NodeList given_up = {0};
    Node *scan;
    plan_network(s, n, params);
    while ((scan = whole_scan(s, &given_up))) {
        if (try_unfolded(s, scan, n, params)) continue;
        LIST_ADD(s->a, &given_up, scan);
        plan_network(s, n, params);
    }
    arena_free(s->facts);
}

/* ---- the whole ---- */

Sampler *sampler_open(Graph *g, Node *leaf, const Order *order, int n, Node *const *params,
                      Node **part) {
    Sampler *s = NEW(g->arena, Sampler);
    *s = (Sampler){.g = g, .a = g->arena, .leaf = leaf, .order = order, .turns = order->turns};
    Node **now = NEW_ARRAY(s->a, Node *, n + 1);
    for (int i = 0; i < n; i++) now[i] = params[i];
    plan_and_unfold(s, n, now);
    make_known(s);
    s->scan = scan_open(g, s->turns, false, 0);
    make_memories(s);
    for (int i = 0; i < n; i++) part[i] = make_parameter(s, now[i]);
    return s;
}

Node *sampler_turn(const Sampler *s) {
    return s->scan->turn;
}

Node *sampler_close(Sampler *s, Node *drawn) {
    return make_result(s, drawn);
}

NodeList sampler_whole(const Sampler *s) {
    return s->whole;
}
