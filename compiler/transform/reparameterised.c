/* Which draws have no reparameterised gradient.
 *
 * A family draws by an expression of its parameters and of noise. If that expression passes a
 * parameter that leads to a wrt through an operation that no gradient passes (a comparison, a
 * rounding, an index), then the derivative along the expression is not the derivative of the
 * expectation, and a gradient taken there would be silently wrong (Kingma & Welling 2014, 2.4).
 *
 * The search sees through recurrences: from a PICK to what the body yields, from a FORMAL to its
 * sequence, or to its initial value and to the value of the turn before. */
#include "accumulate.h"
#include <string.h>

typedef LIST(Node *) Nodes;

typedef struct {
    Arena *scratch;
    int room;
    bool *wrt;          /* by id: a leaf */
    bool *leads;        /* by id: a gradient passes from it to a leaf */
    unsigned char *met; /* by id: for the search inside one draw: 1 in sight, 2 behind a blind edge */
    bool *reached;      /* by id */
    Nodes order;        /* those that y depends on */
} Search;

/* What n is computed from; in a recurrence, of whatever turn. */
static Nodes sources(Arena *a, const Node *n) {
    Nodes found = {0};
    const Scan *s = n->scan;
    if (n->op == OP_PICK) {
        int which = (int)n->ints[0];
        LIST_ADD(a, &found,
                 which < s->n_carries ? s->next[which] : s->yields.at[which - s->n_carries]);
        return found;
    }
    if (n->op != OP_FORMAL) {
        int n_in = n->op == OP_UNDONE ? 1 : n->n_in; /* the rest is for inversion */
        for (int i = 0; i < n_in; i++) LIST_ADD(a, &found, n->in[i]);
        return found;
    }
    for (int i = 0; i < s->n_slices; i++)
        if (s->slices[i] == n) LIST_ADD(a, &found, s->node ? s->node->in[i] : s->sequences[i]);
    for (int i = 0; i < s->n_carries; i++) {
        if (s->carries[i] != n) continue;
        LIST_ADD(a, &found, s->node ? s->node->in[s->n_slices + i] : s->inits[i]);
        if (s->next[i]) LIST_ADD(a, &found, s->next[i]);
    }
    return found;
}

/* Does a gradient pass from n to this one of its sources? */
static bool passes(const Node *n, const Node *source) {
    bool recurrence = n->op == OP_PICK || n->op == OP_FORMAL;
    return source->kind == KIND_REAL && (recurrence || derivative_rules[n->op] != d_zero);
}

/* All that y depends on, but for what is under a stop, or under a leaf. */
static void reach(Search *s, Node *y) {
    Nodes waiting = {0};
    LIST_ADD(s->scratch, &waiting, y);
    while (waiting.n > 0) {
        Node *n = waiting.at[--waiting.n];
        if (s->reached[n->id]) continue;
        s->reached[n->id] = true;
        LIST_ADD(s->scratch, &s->order, n);
        if (n->op == OP_STOP || s->wrt[n->id]) continue;
        Nodes below = sources(s->scratch, n);
        for (int i = 0; i < below.n; i++) LIST_ADD(s->scratch, &waiting, below.at[i]);
    }
}

static bool leads_on(const Search *s, const Node *n) {
    if (n->op == OP_STOP || n->kind != KIND_REAL) return false;
    Nodes below = sources(s->scratch, n);
    for (int i = 0; i < below.n; i++)
        if (s->leads[below.at[i]->id] && passes(n, below.at[i])) return true;
    return false;
}

/* Recurrences make circles, so until nothing changes: about as often as scans are nested. */
static void find_leads(Search *s) {
    for (bool changed = true; changed;) {
        changed = false;
        for (int i = s->order.n - 1; i >= 0; i--) {
            Node *n = s->order.at[i];
            if (s->leads[n->id] || !leads_on(s, n)) continue;
            s->leads[n->id] = changed = true;
        }
    }
}

/* ---- inside one draw ---- */

/* Other markers have no parameters, and are looked through. */
static bool is_draw(const Node *n) {
    return n->op == OP_DRAWN && n->n_in > 1;
}

static bool is_parameter(const Node *drawn, const Node *n) {
    for (int i = 1; i < drawn->n_in; i++)
        if (drawn->in[i] == n) return true;
    return false;
}

static bool has_wanted_parameter(const Search *s, const Node *drawn) {
    for (int i = 1; i < drawn->n_in; i++)
        if (s->leads[drawn->in[i]->id]) return true;
    return false;
}

typedef struct {
    Node *node;
    bool blind; /* an edge lies above that no gradient passes */
} Step;
typedef LIST(Step) Steps;

static void step_to(Search *s, Steps *steps, Node *n, bool blind) {
    unsigned char mark = blind ? 2 : 1;
    if (s->met[n->id] & mark) return;
    s->met[n->id] |= mark;
    LIST_ADD(s->scratch, steps, ((Step){n, blind}));
}

static bool is_blind(Search *s, Node *drawn) {
    Steps steps = {0};
    memset(s->met, 0, (size_t)s->room);
    step_to(s, &steps, drawn->in[0], !passes(drawn, drawn->in[0]));
    while (steps.n > 0) {
        Step step = steps.at[--steps.n];
        Node *n = step.node;
        if (step.blind && (s->leads[n->id] || (is_draw(n) && has_wanted_parameter(s, n)))) return true;
        if (n->op == OP_STOP || is_parameter(drawn, n) || is_draw(n)) continue;
        Nodes below = sources(s->scratch, n);
        for (int i = 0; i < below.n; i++)
            step_to(s, &steps, below.at[i], step.blind || !passes(n, below.at[i]));
    }
    return false;
}

Node *find_blind_draw(Graph *g, Arena *scratch, Node *y, int n, Node *const *wrt) {
    Search s = {.scratch = scratch, .room = g->n_nodes};
    s.wrt = NEW_ARRAY(scratch, bool, s.room);
    s.leads = NEW_ARRAY(scratch, bool, s.room);
    s.reached = NEW_ARRAY(scratch, bool, s.room);
    s.met = NEW_ARRAY(scratch, unsigned char, s.room);
    for (int i = 0; i < n; i++) s.wrt[wrt[i]->id] = s.leads[wrt[i]->id] = true;
    reach(&s, y);
    find_leads(&s);
    for (int i = 0; i < s.order.n; i++) {
        Node *drawn = s.order.at[i];
        if (is_draw(drawn) && !s.wrt[drawn->id] && has_wanted_parameter(&s, drawn) &&
            is_blind(&s, drawn))
            return drawn;
    }
    return NULL;
}
