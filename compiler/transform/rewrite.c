/* Substitution through a graph and into the bodies of its scans.
 *
 * First a walk from the roots marks what is needed: a PICK needs its one carry or yield, a carry
 * needs its next value, a slice its sequence, and so on until nothing is new. Then the needed nodes
 * are made again in order; a scan is opened and its body made again in the same way. */
#include "rewrite.h"
#include "share.h"

/* Which parts of a scan are needed, and the scan that takes its place. */
typedef struct ScanUse {
    bool *carry, *slice, *yield;
    Scan *image;
    int *pick; /* pick numbers of the image by those of the scan */
} ScanUse;

typedef LIST(Node *) Stack;

Rewrite *rewrite_new(Graph *g, int least_depth) {
    Arena *scratch = arena_new();
    Rewrite *r = NEW(scratch, Rewrite);
    r->g = g;
    r->scratch = scratch;
    r->least_depth = least_depth;
    r->first = g->finished.n;
    return r;
}

static void set_image(Rewrite *r, const Node *old, Node *image) {
    while (r->image.n <= old->id) LIST_ADD(r->scratch, &r->image, NULL);
    r->image.at[old->id] = image;
}

void rewrite_set(Rewrite *r, Node *old, Node *image) {
    set_image(r, old, image);
}

static Node *known_image(const Rewrite *r, Node *n) {
    if (n->id < r->image.n && r->image.at[n->id]) return r->image.at[n->id];
    return n->depth < r->least_depth ? n : NULL;
}

static Node *image_of(const Rewrite *r, Node *n) {
    Node *image = known_image(r, n);
    if (!image) BUG("%s: used before it was rewritten", op_info[n->op].name);
    return image;
}

static const Rows *image_of_rows(const Rewrite *r, const Rows *rows) {
    if (!r->rows || !rows_inside(rows, r->rows)) return rows;
    return rows == r->rows ? r->rows_image
                           : graph_rows(r->g, image_of_rows(r, rows->outer), rows->times);
}

/* ---- what is needed ---- */

static bool is_live(const Rewrite *r, const Node *n) {
    return n->id < r->live.n && r->live.at[n->id];
}

static void need(Rewrite *r, Stack *stack, Node *n) {
    if (is_live(r, n) || known_image(r, n)) return;
    while (r->live.n <= n->id) LIST_ADD(r->scratch, &r->live, false);
    r->live.at[n->id] = true;
    LIST_ADD(r->scratch, stack, n);
}

static ScanUse *use_of(Rewrite *r, const Scan *s) {
    while (r->uses.n <= s->node->id) LIST_ADD(r->scratch, &r->uses, NULL);
    ScanUse **use = &r->uses.at[s->node->id];
    if (*use) return *use;
    *use = NEW(r->scratch, ScanUse);
    (*use)->carry = NEW_ARRAY(r->scratch, bool, s->n_carries + 1);
    (*use)->slice = NEW_ARRAY(r->scratch, bool, s->n_slices + 1);
    (*use)->yield = NEW_ARRAY(r->scratch, bool, s->yields.n + 1);
    (*use)->pick = NEW_ARRAY(r->scratch, int, s->n_carries + s->yields.n + 1);
    return *use;
}

static void need_carry(Rewrite *r, Stack *stack, const Scan *s, int i) {
    use_of(r, s)->carry[i] = true;
    need(r, stack, s->next[i]);
    need(r, stack, s->node->in[s->n_slices + i]);
}

static void need_pick(Rewrite *r, Stack *stack, const Node *pick) {
    const Scan *s = pick->scan;
    int which = (int)pick->ints[0];
    if (which < s->n_carries) {
        need_carry(r, stack, s, which);
        return;
    }
    use_of(r, s)->yield[which - s->n_carries] = true;
    need(r, stack, s->yields.at[which - s->n_carries]);
}

/* A formal of an open scan has no SCAN node yet, and stays. */
static void need_formal(Rewrite *r, Stack *stack, const Node *formal) {
    const Scan *s = formal->scan;
    if (!s->node) return;
    for (int i = 0; i < s->n_carries; i++)
        if (s->carries[i] == formal) need_carry(r, stack, s, i);
    for (int i = 0; i < s->n_slices; i++)
        if (s->slices[i] == formal) {
            use_of(r, s)->slice[i] = true;
            need(r, stack, s->node->in[i]);
        }
}

static int inputs_needed(const Rewrite *r, const Node *n) {
    return r->strip ? graph_operands(n) : n->n_in;
}

static void find_needed(Rewrite *r, int n_roots, Node *const *roots) {
    Stack stack = {0};
    for (int i = 0; i < n_roots; i++) need(r, &stack, roots[i]);
    while (stack.n > 0) {
        Node *n = stack.at[--stack.n];
        if (n->op == OP_PICK) need_pick(r, &stack, n);
        else if (n->op == OP_FORMAL) need_formal(r, &stack, n);
        else
            for (int i = 0; i < inputs_needed(r, n); i++) need(r, &stack, n->in[i]);
    }
}

/* ---- making again ---- */

static void remake_all(Rewrite *r, int n_roots, Node *const *roots, const Scan *within);

static bool makes_anew(const Rewrite *r) {
    return r->strip || r->stopped;
}

/* Whether all that the needed part of a scan takes from outside stays as it is. */
static bool stays(Rewrite *r, const Scan *s, const ScanUse *use) {
    if (makes_anew(r) || image_of_rows(r, s->node->rows) != s->node->rows) return false;
    for (int i = 0; i < s->node->n_in; i++) {
        Node *in = s->node->in[i];
        bool needed = i < s->n_slices                  ? use->slice[i]
                      : i < s->n_slices + s->n_carries ? use->carry[i - s->n_slices]
                                                       : is_live(r, in) || known_image(r, in);
        if (needed && image_of(r, in) != in) return false;
    }
    return true;
}

static Scan *open_image(Rewrite *r, const Scan *s, const ScanUse *use) {
    int depth = s->depth > r->least_depth ? s->depth : r->least_depth;
    Scan *image = scan_open(r->g, s->turns, s->reverse, depth);
    image->bounded = s->bounded;
    set_image(r, s->turn, image->turn);
    for (int i = 0; i < s->n_slices; i++)
        if (use->slice[i])
            set_image(r, s->slices[i], scan_slice(r->g, image, image_of(r, s->node->in[i])));
    for (int i = 0; i < s->n_carries; i++) {
        if (!use->carry[i]) continue;
        const Node *carry = s->carries[i];
        use->pick[i] = image->n_carries;
        Node *init = image_of(r, s->node->in[s->n_slices + i]);
        set_image(r, carry,
                  scan_carry(r->g, image, init, carry->shape, image_of_rows(r, carry->rows)));
    }
    return image;
}

/* Closes the image, or takes one that is the same in its place, and asks it for the yields. */
static void close_image(Rewrite *r, Scan *s, ScanUse *use) {
    LIST(Node *) yields = {0};
    int next = 0;
    for (int i = 0; i < s->n_carries; i++)
        if (use->carry[i]) scan_next(use->image, use->pick[i], image_of(r, s->next[i]));
    for (int i = 0; i < s->yields.n; i++)
        if (use->yield[i]) LIST_ADD(r->scratch, &yields, image_of(r, s->yields.at[i]));
    Scan *same = share_scan(r->g, use->image, makes_anew(r) ? r->first : 0, yields.n, yields.at);
    if (same) use->image = same;
    else scan_close(r->g, use->image);
    for (int i = 0; i < s->yields.n; i++)
        if (use->yield[i])
            use->pick[s->n_carries + i] = scan_yield(r->g, use->image, yields.at[next++]);
}

static void remake_scan(Rewrite *r, Scan *s) {
    ScanUse *use = use_of(r, s);
    LIST(Node *) results = {0};
    use->image = s;
    for (int i = 0; i < s->n_carries + s->yields.n; i++) use->pick[i] = i;
    if (stays(r, s, use)) return;
    use->image = open_image(r, s, use);
    for (int i = 0; i < s->n_carries; i++)
        if (use->carry[i]) LIST_ADD(r->scratch, &results, s->next[i]);
    for (int i = 0; i < s->yields.n; i++)
        if (use->yield[i]) LIST_ADD(r->scratch, &results, s->yields.at[i]);
    remake_all(r, results.n, results.at, s);
    close_image(r, s, use);
}

static Node *remake_draw(Rewrite *r, const Node *n) {
    bool streamed = image_of_rows(r, n->rows) != n->rows;
    Node **turns = NEW_ARRAY(r->scratch, Node *, n->n_in + 1);
    for (int i = 0; i < n->n_in; i++) turns[i] = image_of(r, n->in[i]);
    if (streamed) turns[n->n_in] = r->turn;
    return graph_random(r->g, n->op, n->text, n->shape, image_of_rows(r, n->rows),
                        n->n_in + streamed, turns);
}

static Node *remake(Rewrite *r, Node *n) {
    if (n->op == OP_PICK) {
        ScanUse *use = use_of(r, n->scan);
        return graph_pick(r->g, use->image, use->pick[n->ints[0]]);
    }
    if (r->strip && (n->op == OP_STOP || graph_is_marker(n))) return image_of(r, n->in[0]);
    if (r->stopped && n->op == OP_STOP) return r->stopped(r->context, n, image_of(r, n->in[0]));
    if (n->op == OP_UNIFORM || n->op == OP_GAUSSIAN) return remake_draw(r, n);
    if (n->n_in == 0) return n;
    Node **in = NEW_ARRAY(r->scratch, Node *, n->n_in);
    for (int i = 0; i < n->n_in; i++) in[i] = image_of(r, n->in[i]);
    return graph_make_rows(r->g, n->op, n->n_in, in, n->n_ints, n->ints, n->number, n->text,
                           op_info[n->op].rows_given ? image_of_rows(r, n->rows) : NULL);
}

/* within: the scan whose body the roots belong to; NULL: none. */
static void remake_all(Rewrite *r, int n_roots, Node *const *roots, const Scan *within) {
    Scan limit = {.depth =
                      within && within->depth > r->least_depth ? within->depth : r->least_depth};
    if (n_roots == 0) return;
    NodeList order = graph_reachable(r->scratch, n_roots, roots, &limit);
    for (int i = 0; i < order.n; i++) {
        Node *n = order.at[i];
        bool used_scan = n->op == OP_SCAN && n->id < r->uses.n && r->uses.at[n->id];
        if (known_image(r, n) || !(used_scan || is_live(r, n))) continue;
        r->g->span = n->span;
        r->g->path = n->path;
        if (n->op == OP_SCAN) remake_scan(r, n->scan);
        else set_image(r, n, remake(r, n));
    }
}

void rewrite(Rewrite *r, int n, Node **roots) {
    Span span = r->g->span;
    const char *path = r->g->path;
    find_needed(r, n, roots);
    remake_all(r, n, roots, NULL);
    for (int i = 0; i < n; i++) roots[i] = image_of(r, roots[i]);
    r->g->span = span;
    r->g->path = path;
    arena_free(r->scratch);
}
