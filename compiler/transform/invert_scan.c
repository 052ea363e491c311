/* A recurrence backwards, turn by turn.
 *
 * Where its sequences are unknown and its carries start from known values, the turns run in the
 * same order: this turn's yields give this turn's part of the sequence, and with it the next
 * carries. Where a carry's last value is known and its first is not, the turns run in the other
 * order: the carry after a turn gives the carry before it. Either way one turn is an inversion of
 * its own, of the body. */
#include "inversion.h"

typedef struct {
    Scan *s;
    bool backward;   /* the turns run in the other order */
    Inversion *body; /* of one turn */
    InvertFailure failure;
    int n_roots, n_leaves;
    Node **pick, **root;  /* what is known: a result of the scan, what it is in a turn */
    Node **input, **leaf; /* what is looked for: an input of the scan, its formal */
} ScanInverse;

static bool unknown(const Inversion *v, const Node *n) {
    return inversion_marked(v, n, NODE_DEPENDS) && !inversion_marked(v, n, NODE_KNOWN);
}

static Node *root_of(const Scan *s, const Node *pick) {
    int which = (int)pick->ints[0];
    return which < s->n_carries ? s->next[which] : s->yields.at[which - s->n_carries];
}

/* The results that are known and not yet used. */
static void find_roots(const Inversion *v, ScanInverse *si) {
    si->pick = NEW_ARRAY(v->a, Node *, v->order.n);
    si->root = NEW_ARRAY(v->a, Node *, v->order.n);
    for (int i = 0; i < v->coordinates.n; i++) {
        Node *n = v->coordinates.at[i];
        if (n->op != OP_PICK || n->scan != si->s || inversion_marked(v, n, NODE_SPENT)) continue;
        si->pick[si->n_roots] = n;
        si->root[si->n_roots++] = root_of(si->s, n);
    }
}

static void look_for(ScanInverse *si, Node *input, Node *formal) {
    si->input[si->n_leaves] = input;
    si->leaf[si->n_leaves++] = formal;
}

/* The inputs that are unknown, and the direction that follows from them. */
static const char *find_leaves(const Inversion *v, ScanInverse *si) {
    const Scan *s = si->s;
    Node *const *in = s->node->in;
    int n_own = s->n_slices + s->n_carries, unknown_carries = 0;
    si->input = NEW_ARRAY(v->a, Node *, n_own + 1);
    si->leaf = NEW_ARRAY(v->a, Node *, n_own + 1);
    for (int i = 0; i < s->n_slices; i++)
        if (unknown(v, in[i])) look_for(si, in[i], s->slices[i]);
    for (int i = 0; i < s->n_carries; i++) {
        if (!unknown(v, in[s->n_slices + i])) continue;
        look_for(si, in[s->n_slices + i], s->carries[i]);
        unknown_carries++;
    }
    for (int i = n_own; i < s->node->n_in; i++)
        if (unknown(v, in[i])) return "each turn looks at the whole of the input";
    for (int i = 0; i < si->n_leaves; i++)
        for (int j = 0; j < i; j++)
            if (si->input[i] == si->input[j]) return "it runs along one value twice";
    if (unknown_carries > 0 && unknown_carries < s->n_carries)
        return "only some of its carries start from the input, so its turns cannot run backwards";
    si->backward = unknown_carries > 0;
    return si->n_leaves ? NULL : "it repeats what the result gives elsewhere";
}

/* What is known must be as many numbers as what is looked for. */
static const char *check_sizes(const ScanInverse *si) {
    int64_t known = 0, wanted = 0;
    int last_values = 0;
    for (int i = 0; i < si->n_roots; i++) {
        known += shape_size(&si->root[i]->shape);
        last_values += si->pick[i]->ints[0] < si->s->n_carries;
    }
    for (int i = 0; i < si->n_leaves; i++) wanted += shape_size(&si->leaf[i]->shape);
    if (last_values != (si->backward ? si->s->n_carries : 0))
        return si->backward ? "the last value of a carry does not reach the result"
                            : "it repeats what the result gives elsewhere";
    return known == wanted ? NULL : "a turn gives another count of numbers than it takes";
}

/* ---- values ---- */

static void open_slices(Inversion *v, const ScanInverse *si, Scan *image) {
    const Scan *s = si->s;
    for (int i = 0; i < s->n_slices; i++) {
        bool wanted = false;
        for (int k = 0; k < si->n_leaves; k++) wanted = wanted || si->leaf[k] == s->slices[i];
        if (!wanted && s->slices[i]->id < si->body->room)
            inversion_set_image(si->body, s->slices[i],
                                scan_slice(v->g, image, inversion_image(v, s->node->in[i])));
    }
}

/* The carries before a turn, or after it where turns run the other way. */
static void open_carries(Inversion *v, const ScanInverse *si, Scan *image) {
    const Scan *s = si->s;
    for (int i = 0; i < s->n_carries; i++) {
        const Node *c = s->carries[i], *from = c;
        Node *init = s->node->in[s->n_slices + i];
        for (int k = 0; si->backward && k < si->n_roots; k++)
            if (si->pick[k]->ints[0] == i) init = si->pick[k], from = si->root[k];
        Node *formal = scan_carry(v->g, image, inversion_image(v, init), c->shape, c->rows);
        if (from->id < si->body->room) inversion_set_image(si->body, from, formal);
    }
}

static void open_yields(Inversion *v, const ScanInverse *si, Scan *image) {
    for (int k = 0; k < si->n_roots; k++)
        if (si->pick[k]->ints[0] >= si->s->n_carries)
            inversion_set_image(si->body, si->root[k],
                                scan_slice(v->g, image, inversion_image(v, si->pick[k])));
}

static void close_carries(const ScanInverse *si, Scan *image) {
    const Scan *s = si->s;
    for (int i = 0; i < s->n_carries; i++) {
        Node *next = inversion_image(si->body, si->backward ? s->carries[i] : s->next[i]);
        const Node *c = s->carries[i];
        scan_next(image, i, graph_broadcast(si->body->g, next, c->shape, c->rows));
    }
}

static void run_scan(Inversion *v, const Step *step) {
    const ScanInverse *si = step->own;
    const Scan *s = si->s;
    Scan *image = scan_open(v->g, s->turns, s->reverse != si->backward, 0);
    if (s->turn->id < si->body->room) inversion_set_image(si->body, s->turn, image->turn);
    open_slices(v, si, image);
    open_carries(v, si, image);
    open_yields(v, si, image);
    inversion_run(si->body);
    close_carries(si, image);
    scan_close(v->g, image);
    for (int k = 0; k < si->n_leaves; k++) {
        int carry = -1;
        for (int i = 0; i < s->n_carries; i++)
            if (si->leaf[k] == s->carries[i]) carry = i;
        int which =
            carry >= 0 ? carry : scan_yield(v->g, image, inversion_image(si->body, si->leaf[k]));
        inversion_set_image(v, si->input[k], graph_pick(v->g, image, which));
    }
}

/* The turns' own, added up. */
static Node *log_det_scan(Inversion *v, const Step *step) {
    const ScanInverse *si = step->own;
    Scan *s = si->s;
    Node *turn = inversion_log_det(si->body);
    if (!turn) return NULL;
    if (turn->depth < s->depth)
        return graph_map2(v->g, OP_MUL, turn, graph_const(v->g, (double)s->turns));
    return graph_reduce(v->g, OP_SUM, graph_pick(v->g, s, scan_yield(v->g, s, turn)), 1);
}

/* ---- the plan ---- */

bool invert_scan(Inversion *v, Node *n, const char **reason) {
    ScanInverse *si = NEW(v->a, ScanInverse);
    si->s = n->scan;
    find_roots(v, si);
    *reason = find_leaves(v, si);
    if (!*reason) *reason = check_sizes(si);
    if (*reason) return false;
    si->body = NEW(v->a, Inversion);
    *si->body =
        (Inversion){.g = v->g, .a = v->a, .outer = v, .body = si->s, .failure = &si->failure};
    if (!inversion_plan(si->body, si->n_roots, si->root, si->n_leaves, si->leaf)) {
        *reason = si->failure.reason;
        v->deeper = si->failure;
        return false;
    }
    v->deeper = (InvertFailure){0};
    for (int k = 0; k < si->n_roots; k++)
        if (si->pick[k] != n) inversion_add_step(v, (Step){.n = si->pick[k]});
    inversion_add_step(v, (Step){.run = run_scan, .log_det = log_det_scan, .n = n, .own = si});
    for (int k = 0; k < si->n_leaves; k++) inversion_make_known(v, si->input[k]);
    return true;
}
