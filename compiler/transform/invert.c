/* Solving a computation for its input: see invert.h for the method.
 *
 * Does: plans the steps on marks alone; makes their values, or the log-determinant, when asked.
 * Requires: x and y of one graph, y of as many elements as x. Leaves: nodes, or the operation where
 * it got stuck. */
#include "inversion.h"
#include "derivatives.h"
#include "inverses.h"
#include "rewrite.h"

#include <string.h>

/* ---- marks ---- */

bool inversion_marked(const Inversion *v, const Node *n, int mark) {
    return n->id < v->room && (v->marks[n->id] & mark);
}

static void mark(Inversion *v, const Node *n, int with) {
    v->marks[n->id] |= (unsigned char)with;
}

static bool is_known(const Inversion *v, const Node *n) {
    return !inversion_marked(v, n, NODE_DEPENDS) || inversion_marked(v, n, NODE_KNOWN);
}

static void mark_dependent(Inversion *v) {
    bool *fixed = NEW_ARRAY(v->a, bool, v->room);
    for (int i = 0; i < v->n_given; i++)
        if (v->given[i]->id < v->room) fixed[v->given[i]->id] = true;
    for (int i = 0; i < v->n_leaves; i++) mark(v, v->leaves[i], NODE_DEPENDS | NODE_LEAF);
    for (int i = 0; i < v->order.n; i++) {
        Node *n = v->order.at[i];
        for (int j = 0; j < n->n_in && !fixed[n->id]; j++)
            if (inversion_marked(v, n->in[j], NODE_DEPENDS)) mark(v, n, NODE_DEPENDS);
        if (inversion_marked(v, n, NODE_DEPENDS)) LIST_ADD(v->a, &v->unknown, n);
    }
}

void inversion_make_known(Inversion *v, Node *n) {
    mark(v, n, NODE_KNOWN | NODE_COORDINATE);
    LIST_ADD(v->a, &v->coordinates, n);
    v->dirty = true;
}

void inversion_add_step(Inversion *v, Step step) {
    mark(v, step.n, NODE_SPENT);
    LIST_ADD(v->a, &v->steps, step);
}

void inversion_set_image(Inversion *v, const Node *n, Node *image) {
    v->image[n->id] = image;
}

/* In a scan's body every node is made again, since its formals are others. */
static bool stays(const Inversion *v, const Node *n) {
    return v->body ? n->depth < v->body->depth : !inversion_marked(v, n, NODE_DEPENDS);
}

static Node *known_image(Inversion *v, Node *n) {
    if (stays(v, n)) return v->outer ? inversion_image(v->outer, n) : n;
    return n->id < v->room ? v->image[n->id] : NULL;
}

/* ---- values known in parts ---- */

static bool is_move(const Node *n) {
    return n->op == OP_RESHAPE || n->op == OP_TRANSPOSE || n->op == OP_SLICE || n->op == OP_CONCAT;
}

/* Where an element comes from, through all moves: from which computed value or leaf, and which of
 * its elements it is. */
typedef struct Element {
    Node *base;
    int64_t at;
} Element;

static void place_slice(const Node *n, const Element *from, Element *to) {
    int rank = n->shape.rank;
    const int64_t *start = n->ints, *step = start + 2 * rank;
    int64_t at[GRAPH_MAX_RANK] = {0}, size = shape_size(&n->shape);
    for (int64_t k = 0; k < size; k++) {
        int64_t place = 0;
        for (int i = 0; i < rank; i++)
            place = place * n->in[0]->shape.dim[i] + start[i] + at[i] * step[i];
        to[k] = from[place];
        for (int i = rank - 1; i >= 0 && ++at[i] == n->shape.dim[i]; i--) at[i] = 0;
    }
}

static void place_transposed(const Node *n, const Element *from, Element *to) {
    int rank = n->shape.rank;
    int64_t stride[GRAPH_MAX_RANK], at[GRAPH_MAX_RANK] = {0}, size = shape_size(&n->shape);
    for (int i = rank - 1; i >= 0; i--)
        stride[i] = i == rank - 1 ? 1 : stride[i + 1] * n->in[0]->shape.dim[i + 1];
    for (int64_t k = 0; k < size; k++) {
        int64_t place = 0;
        for (int i = 0; i < rank; i++) place += at[i] * stride[n->ints[i]];
        to[k] = from[place];
        for (int i = rank - 1; i >= 0 && ++at[i] == n->shape.dim[i]; i--) at[i] = 0;
    }
}

static const Element *places(Inversion *v, Node *n);

/* Part after part, each in runs of its own length along the axis and all inside it. */
static void place_joined(Inversion *v, const Node *n, Element *to) {
    int64_t outer = 1, inner = 1, whole = n->shape.dim[n->ints[0]], first = 0;
    for (int i = 0; i < n->ints[0]; i++) outer *= n->shape.dim[i];
    for (int i = (int)n->ints[0] + 1; i < n->shape.rank; i++) inner *= n->shape.dim[i];
    for (int part = 0; part < n->n_in; part++) {
        const Element *from = places(v, n->in[part]);
        int64_t length = n->in[part]->shape.dim[n->ints[0]] * inner;
        for (int64_t k = 0; k < outer; k++)
            memcpy(to + k * whole * inner + first, from + k * length, sizeof *to * (size_t)length);
        first += length;
    }
}

static const Element *places(Inversion *v, Node *n) {
    int64_t size = shape_size(&n->shape);
    if (v->places[n->id]) return v->places[n->id];
    Element *to = NEW_ARRAY(v->a, Element, size + 1);
    if (n->op == OP_CONCAT) {
        place_joined(v, n, to);
    } else if (is_move(n)) {
        const Element *from = places(v, n->in[0]);
        if (n->op == OP_SLICE) place_slice(n, from, to);
        else if (n->op == OP_TRANSPOSE) place_transposed(n, from, to);
        else memcpy(to, from, sizeof *to * (size_t)size);
    } else {
        for (int64_t k = 0; k < size; k++) to[k] = (Element){n, k};
    }
    return v->places[n->id] = to;
}

static Partial *partial_of(Inversion *v, const Node *base) {
    Partial **p = &v->partial[base->id];
    if (*p) return *p;
    *p = NEW(v->a, Partial);
    (*p)->left = shape_size(&base->shape);
    (*p)->covered = NEW_ARRAY(v->a, bool, (*p)->left);
    return *p;
}

static bool place_is_known(const Inversion *v, Element p) {
    if (is_known(v, p.base)) return true;
    const Partial *partial = v->partial[p.base->id];
    return partial && partial->covered[p.at];
}

/* What can be said of a move's elements without looking at each. */
typedef enum { ALL_KNOWN, SOME_UNKNOWN, IN_PARTS } Cover;

static Cover cover_of(const Inversion *v, const Node *n) {
    if (is_known(v, n)) return ALL_KNOWN;
    if (!is_move(n)) return v->partial[n->id] ? IN_PARTS : SOME_UNKNOWN;
    Cover all = cover_of(v, n->in[0]);
    for (int i = 1; i < n->n_in; i++)
        if (cover_of(v, n->in[i]) != all) all = IN_PARTS;
    return all;
}

static bool is_covered(Inversion *v, Node *n) {
    if (!is_move(n)) return false;
    Cover cover = cover_of(v, n);
    if (cover != IN_PARTS) return cover == ALL_KNOWN;
    const Element *place = places(v, n);
    for (int64_t k = 0, size = shape_size(&n->shape); k < size; k++)
        if (!place_is_known(v, place[k])) return false;
    return true;
}

/* What a part adds to: the values that its elements come from. */
typedef struct {
    LIST(Node *) bases;
    LIST(Node *) complete; /* of those, which it makes complete */
} Part;

static bool holds(const Part *part, const Node *base) {
    for (int i = 0; i < part->bases.n; i++)
        if (part->bases.at[i] == base) return true;
    return false;
}

/* Adds n's value, zero where it is not known, to what its elements come from. */
static void put_back(Inversion *v, const Part *part, Node *n, Node *value) {
    Graph *g = v->g;
    int back[GRAPH_MAX_RANK];
    int64_t start[GRAPH_MAX_RANK] = {0}, step[GRAPH_MAX_RANK];
    if (!is_move(n)) {
        if (!holds(part, n)) return;
        Partial *p = partial_of(v, n);
        p->value = p->value ? graph_map2(g, OP_ADD, p->value, value) : value;
    } else if (n->op == OP_CONCAT) {
        for (int i = 0; i < GRAPH_MAX_RANK; i++) step[i] = 1;
        for (int i = 0; i < n->n_in; i++) {
            put_back(v, part, n->in[i], graph_slice(g, value, start, n->in[i]->shape.dim, step));
            start[n->ints[0]] += n->in[i]->shape.dim[n->ints[0]];
        }
    } else if (n->op == OP_SLICE) {
        put_back(v, part, n->in[0], derivative_unslice(g, n, value));
    } else if (n->op == OP_RESHAPE) {
        put_back(v, part, n->in[0], graph_reshape(g, value, n->in[0]->shape));
    } else {
        for (int i = 0; i < n->shape.rank; i++) back[n->ints[i]] = i;
        put_back(v, part, n->in[0], graph_transpose(g, value, back));
    }
}

static void run_part(Inversion *v, const Step *s) {
    const Part *part = s->own;
    put_back(v, part, s->n, v->image[s->n->id]);
    for (int i = 0; i < part->complete.n; i++) {
        Node *base = part->complete.at[i];
        inversion_set_image(v, base, partial_of(v, base)->value);
    }
}

/* A known value that was moved out of others: it is known there, and must be new there. */
static bool take_part(Inversion *v, Node *n, const char **reason) {
    Part *part = NEW(v->a, Part);
    const Element *place = places(v, n);
    int64_t size = shape_size(&n->shape), taken = 0;
    for (; taken < size && !place_is_known(v, place[taken]); taken++)
        partial_of(v, place[taken].base)->covered[place[taken].at] = true;
    if (taken < size) { /* all is put as it was */
        while (taken-- > 0) partial_of(v, place[taken].base)->covered[place[taken].at] = false;
        *reason = "it repeats what the result gives elsewhere";
        return false;
    }
    for (int64_t k = 0; k < size; k++) {
        Node *base = place[k].base;
        if (!holds(part, base)) LIST_ADD(v->a, &part->bases, base);
        if (--partial_of(v, base)->left == 0) LIST_ADD(v->a, &part->complete, base);
    }
    inversion_add_step(v, (Step){.run = run_part, .n = n, .own = part});
    for (int i = 0; i < part->complete.n; i++) inversion_make_known(v, part->complete.at[i]);
    v->dirty = true;
    return true;
}

/* A move made again: of values that are known, or of the parts of them that are. */
static Node *move_again(Inversion *v, Node *n) {
    Node **in = NEW_ARRAY(v->a, Node *, n->n_in);
    if (known_image(v, n)) return known_image(v, n);
    if (!is_move(n)) return partial_of(v, n)->value;
    for (int i = 0; i < n->n_in; i++) {
        in[i] = move_again(v, n->in[i]);
        if (!in[i]) in[i] = graph_full(v->g, 0, n->in[i]->shape, n->in[i]->rows);
    }
    return graph_remake(v->g, n, in);
}

static bool has_parts(const Inversion *v, const Node *n) {
    bool any = !is_move(n) && n->id < v->room && v->partial[n->id];
    for (int i = 0; is_move(n) && i < n->n_in; i++) any = any || has_parts(v, n->in[i]);
    return any;
}

/* Whether n is moved out of values of which only parts are known, but all that it needs. */
static bool is_of_parts(Inversion *v, Node *n) {
    if (!is_move(n) || !has_parts(v, n) || !is_covered(v, n)) return false;
    const Element *place = places(v, n);
    for (int64_t k = 0, size = shape_size(&n->shape); k < size; k++)
        if (v->partial[place[k].base->id] && !known_image(v, place[k].base)) return true;
    return false;
}

/* ---- one operation backwards ---- */

Node *inversion_sum(Graph *g, Node *slope, const Node *n) {
    Node *all = graph_broadcast(g, slope, n->shape, n->rows);
    return graph_reduce(g, OP_SUM, all, (1u << n->shape.rank) - 1);
}

static void run_operation(Inversion *v, const Step *s) {
    Node *n = s->n, *operand = n->in[s->operand];
    Node **known = NEW_ARRAY(v->a, Node *, n->n_in);
    for (int i = 0; i < n->n_in; i++) {
        bool estimated = v->estimate && inversion_marked(v, n->in[i], NODE_DEPENDS);
        if (i != s->operand) known[i] = inversion_image(estimated ? v->estimate : v, n->in[i]);
    }
    Node *x = inverse_rules[n->op].solve(v->g, n, s->operand, v->image[n->id], known);
    if (!shape_equal(&x->shape, &operand->shape)) x = graph_reshape(v->g, x, operand->shape);
    inversion_set_image(v, operand, x);
}

static Node *log_det_operation(Inversion *v, const Step *s) {
    const InverseRule *rule = &inverse_rules[s->n->op];
    return rule->slope ? inversion_sum(v->g, rule->slope(v->g, s->n, s->operand), s->n) : NULL;
}

static const char *refuse(const Node *n, int i) {
    const InverseRule *rule = &inverse_rules[n->op];
    if (!rule->solve) return rule->never ? rule->never : "it has no inverse";
    bool resized = n->op != OP_CONTRACT && shape_size(&n->shape) != shape_size(&n->in[i]->shape);
    if (resized) return "it repeats the elements of its operand";
    return rule->refuse ? rule->refuse(n, i) : NULL;
}

static void step_to(Inversion *v, Node *n, int operand) {
    inversion_add_step(
        v, (Step){.run = run_operation, .log_det = log_det_operation, .n = n, .operand = operand});
    inversion_make_known(v, n->in[operand]);
}

/* y = f(x) with g(y) beside it, where y is known: what g is made of must be known then, and x is
 * what it gives. */
static void run_undone(Inversion *v, const Step *s) {
    Node *n = s->n;
    inversion_set_image(v, n->in[0], v->image[n->id]);
    inversion_set_image(v, n->in[1], inversion_image(v, n->in[2]));
}

static bool undo_as_stated(Inversion *v, Node *n, const char **reason) {
    bool new = !is_known(v, n->in[0]);
    if (new) {
        mark(v, n->in[0], NODE_KNOWN);
        v->dirty = true;
        return true;
    }
    *reason = is_known(v, n->in[1])       ? "it repeats what the result gives elsewhere"
              : !is_known(v, n->in[2])    ? "what else it takes depends on what it maps"
              : n->rows != n->in[1]->rows ? "it repeats the elements of its operand"
                                          : NULL;
    if (*reason) return false;
    inversion_add_step(
        v, (Step){.run = run_undone, .log_det = log_det_operation, .n = n, .operand = 1});
    inversion_make_known(v, n->in[1]);
    return true;
}

static int count_unknown(const Inversion *v, const Node *n, int *last) {
    int unknown = 0;
    for (int i = 0; i < n->n_in; i++)
        if (!is_known(v, n->in[i])) unknown++, *last = i;
    return unknown;
}

/* Marks what can be computed from what is known; keeps what cannot for the next time. */
static void refresh(Inversion *v) {
    int kept = 0, last;
    v->dirty = false;
    for (int i = 0; i < v->unknown.n; i++) {
        Node *n = v->unknown.at[i];
        if (is_known(v, n)) continue;
        bool computed = !inversion_marked(v, n, NODE_LEAF) &&
                        (count_unknown(v, n, &last) == 0 || is_covered(v, n));
        if (computed) mark(v, n, NODE_KNOWN);
        else v->unknown.at[kept++] = n;
    }
    v->unknown.n = kept;
}

/* Goes from a known value to what it is made of; false: not yet, or never (*reason). */
static bool advance(Inversion *v, Node *n, const char **reason) {
    int unknown, operand = 0;
    if (inversion_marked(v, n, NODE_LEAF)) {
        mark(v, n, NODE_SPENT);
        return true;
    }
    if (is_move(n)) return take_part(v, n, reason);
    if (n->op == OP_PICK && !v->causal) return invert_scan(v, n, reason);
    if (v->dirty) refresh(v);
    if (n->op == OP_UNDONE) return undo_as_stated(v, n, reason);
    unknown = count_unknown(v, n, &operand);
    if (v->causal && unknown > 1) {
        int latest = invert_latest_operand(v, n);
        if (latest >= 0) unknown = 1, operand = latest;
    }
    *reason = unknown == 0  ? "it repeats what the result gives elsewhere"
              : unknown > 1 ? inverse_several(n)
                            : refuse(n, operand);
    if (!*reason && v->causal && op_info[n->op].op_class != CLASS_MAP)
        *reason = "its elements do not follow one another";
    if (*reason) return false;
    step_to(v, n, operand);
    return true;
}

/* ---- the plan ---- */

/* Advances whatever can be; true if anything could. */
static bool sweep(Inversion *v) {
    bool any = false;
    const char *reason;
    for (int i = 0; i < v->coordinates.n; i++) {
        Node *n = v->coordinates.at[i];
        if (!inversion_marked(v, n, NODE_SPENT) && advance(v, n, &reason)) any = true;
    }
    return any;
}

static bool fail(Inversion *v, const Node *at, const char *reason) {
    *v->failure = (InvertFailure){at, reason};
    return false;
}

/* Of what is stuck, that which waits for nothing else: with one unknown operand, or else nearest to
 * the input. */
static Node *find_stuck(Inversion *v) {
    Node *waiting = NULL;
    int last;
    for (int i = 0; i < v->order.n; i++) {
        Node *n = v->order.at[i];
        if (!inversion_marked(v, n, NODE_COORDINATE) || inversion_marked(v, n, NODE_SPENT))
            continue;
        if (is_move(n) || count_unknown(v, n, &last) <= 1) return n;
        if (!waiting) waiting = n;
    }
    return waiting;
}

/* Everything must have been followed down to the leaves. */
static bool complete(Inversion *v) {
    const char *reason = NULL;
    Node *stuck = find_stuck(v);
    if (stuck) {
        advance(v, stuck, &reason);
        return v->deeper.at ? fail(v, v->deeper.at, v->deeper.reason) : fail(v, stuck, reason);
    }
    for (int i = 0; i < v->n_leaves; i++)
        if (!inversion_marked(v, v->leaves[i], NODE_COORDINATE))
            return fail(v, NULL, "part of its input does not reach its result");
    return true;
}

bool inversion_plan(Inversion *v, int n_roots, Node *const *roots, int n_leaves,
                    Node *const *leaves) {
    v->order = graph_reachable(v->a, n_roots, roots, v->body);
    v->n_leaves = n_leaves;
    v->leaves = leaves;
    v->room = v->g->n_nodes;
    v->marks = NEW_ARRAY(v->a, unsigned char, v->room);
    v->image = NEW_ARRAY(v->a, Node *, v->room);
    v->partial = NEW_ARRAY(v->a, Partial *, v->room);
    v->places = NEW_ARRAY(v->a, const struct Element *, v->room);
    mark_dependent(v);
    for (int i = 0; i < n_roots; i++) {
        if (!inversion_marked(v, roots[i], NODE_DEPENDS))
            return fail(v, roots[i], "it does not depend on the input");
        if (inversion_marked(v, roots[i], NODE_KNOWN))
            return fail(v, roots[i], "it repeats what the result gives elsewhere");
        inversion_make_known(v, roots[i]);
    }
    do {
        if (v->dirty) refresh(v);
    } while (sweep(v) || v->dirty || (!v->estimate && invert_in_turns(v)));
    return complete(v);
}

/* ---- values ---- */

/* All results of a scan at once, so that it is made again only once. */
static void remake_picks(Inversion *v, const Node *pick) {
    const Node *scan = pick->in[0];
    LIST(Node *) picks = {0};
    Rewrite *r = rewrite_new(v->g, v->body ? v->body->depth : 0);
    for (int i = 0; i < scan->n_in; i++) rewrite_set(r, scan->in[i], known_image(v, scan->in[i]));
    for (int i = 0; i < v->order.n; i++) {
        Node *n = v->order.at[i];
        if (n->op == OP_PICK && n->in[0] == scan) LIST_ADD(v->a, &picks, n);
    }
    Node **root = NEW_ARRAY(v->a, Node *, picks.n);
    for (int i = 0; i < picks.n; i++) root[i] = picks.at[i];
    rewrite(r, picks.n, root);
    for (int i = 0; i < picks.n; i++)
        if (!v->image[picks.at[i]->id]) v->image[picks.at[i]->id] = root[i];
}

static void remake(Inversion *v, Node *n) {
    Node **in = NEW_ARRAY(v->a, Node *, n->n_in + 1);
    v->g->span = n->span;
    v->g->path = n->path;
    if (n->op == OP_PICK) {
        remake_picks(v, n);
        return;
    }
    for (int i = 0; i < n->n_in; i++) in[i] = known_image(v, n->in[i]);
    v->image[n->id] = graph_remake(v->g, n, in);
}

/* Those of n's bases that do not become known in parts must have their values first. */
static void wait_for_bases(Inversion *v, Node *n, NodeList *stack) {
    const Element *place = places(v, n);
    for (int64_t k = 0, size = shape_size(&n->shape); k < size; k++) {
        Node *base = place[k].base;
        bool again = k > 0 && place[k - 1].base == base;
        if (!again && !v->partial[base->id] && !known_image(v, base)) LIST_ADD(v->a, stack, base);
    }
}

Node *inversion_image(Inversion *v, Node *wanted) {
    NodeList stack = {0};
    LIST_ADD(v->a, &stack, wanted);
    while (stack.n > 0) {
        Node *n = stack.at[stack.n - 1];
        int waits = stack.n;
        if (known_image(v, n)) {
            stack.n--;
            continue;
        }
        if (inversion_marked(v, n, NODE_LEAF)) BUG("%s: asked for too early", op_info[n->op].name);
        bool parts = is_of_parts(v, n);
        if (parts) {
            wait_for_bases(v, n, &stack);
        } else {
            const Node *user = n->op == OP_PICK ? n->in[0] : n;
            for (int i = 0; i < user->n_in; i++)
                if (!known_image(v, user->in[i])) LIST_ADD(v->a, &stack, user->in[i]);
        }
        if (stack.n > waits) continue;
        if (parts) v->image[n->id] = move_again(v, n);
        else remake(v, n);
    }
    return known_image(v, wanted);
}

void inversion_run(Inversion *v) {
    Span span = v->g->span;
    const char *path = v->g->path;
    for (int i = 0; i < v->steps.n; i++) {
        const Step *s = &v->steps.at[i];
        v->g->span = s->n->span;
        v->g->path = s->n->path;
        if (s->run) s->run(v, s);
    }
    v->g->span = span;
    v->g->path = path;
}

Node *inversion_log_det(Inversion *v) {
    Node *sum = NULL;
    Span span = v->g->span;
    const char *path = v->g->path;
    for (int i = 0; i < v->steps.n; i++) {
        const Step *s = &v->steps.at[i];
        v->g->span = s->n->span;
        v->g->path = s->n->path;
        Node *part = s->log_det ? s->log_det(v, s) : NULL;
        if (part) sum = sum ? graph_map2(v->g, OP_ADD, sum, part) : part;
    }
    v->g->span = span;
    v->g->path = path;
    return sum;
}

/* ---- the whole ---- */

Inversion *invert_plan(Graph *g, Node *x, Node *y, int n_given, Node *const *given,
                       InvertFailure *failure) {
    Inversion *v = NEW(g->arena, Inversion);
    Node **leaf = NEW(g->arena, Node *);
    *leaf = x;
    *v = (Inversion){.g = g, .a = g->arena, .n_given = n_given, .given = given, .failure = failure};
    *failure = (InvertFailure){0};
    return inversion_plan(v, 1, &y, 1, leaf) ? v : NULL;
}

int64_t invert_turns(const Inversion *v) {
    return v->turns;
}

Node *invert_log_det(Inversion *v) {
    Node *sum = inversion_log_det(v);
    return graph_broadcast(v->g, sum ? sum : graph_const(v->g, 0), (Shape){0}, v->leaves[0]->rows);
}

Node *invert_solve(Inversion *v, Node *value) {
    inversion_set_image(v, v->coordinates.at[0], value);
    inversion_run(v);
    return v->image[v->leaves[0]->id];
}

/* A value of the way there, in terms of what was solved from. */
static Node *at_found(Inversion *v, Node *value) {
    Rewrite *r = rewrite_new(v->g, 0);
    for (int i = 0; i < v->order.n; i++) {
        Node *n = v->order.at[i];
        if (v->image[n->id] && inversion_marked(v, n, NODE_DEPENDS))
            rewrite_set(r, n, v->image[n->id]);
    }
    rewrite(r, 1, &value);
    return value;
}

Node *invert_log_det_found(Inversion *v) {
    return at_found(v, invert_log_det(v));
}

Node *invert_log_slopes_found(Inversion *v) {
    Node *sum = graph_const(v->g, 0);
    const Node *x = v->leaves[0];
    for (int i = 0; i < v->steps.n; i++) {
        const Step *s = &v->steps.at[i];
        const InverseRule *rule = &inverse_rules[s->n->op];
        if (op_info[s->n->op].op_class != CLASS_MAP || !shape_equal(&s->n->shape, &x->shape))
            return NULL;
        if (rule->slope) sum = graph_map2(v->g, OP_ADD, sum, rule->slope(v->g, s->n, s->operand));
    }
    return at_found(v, sum);
}
