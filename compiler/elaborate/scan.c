/* scan and draws: the only bodies that run more than once.
 *
 * Does: elaborates a scan's body on its formals and closes the recurrence; elaborates a draws body
 * at rows of its own and collects them. Leaves: stacked yields as the value, carries rebound to
 * their last values. */
#include "elab.h"
#include "../transform/share.h"

#include <string.h>

typedef struct {
    const Tree *tree;
    Node *init;
    Shape shape;
    const Rows *rows;
} Carry;
typedef struct {
    const Tree *tree;
    Value value;
} Sequence;

typedef struct {
    const Tree *tree;
    int64_t turns;
    bool reverse;
    int64_t wanted; /* recompute: turns of a piece; 0: not said */
    int64_t piece;  /* turns computed again at a time; = turns: all are kept */
    Node *first;    /* of a piece: the number of its first turn; NULL: 0 */
    LIST(Sequence) sequences;
    LIST(Carry) carries;
} Header;

/* ---- the header ---- */

static bool read_sequence(Elab *e, Header *h, const Tree *t) {
    Value v = elab_expr(e, t->kid[0]);
    int64_t turns = 0;
    if (v.kind == VALUE_RANGE) turns = (int64_t)(v.to - v.number);
    else if (v.kind == VALUE_NODE && v.node->shape.rank > 0) turns = v.node->shape.dim[0];
    else if (v.kind != VALUE_POISON)
        elab_error(e, D_NOT_A_SEQUENCE, t->kid[0]->span, value_describe(e, &v));
    if (v.kind == VALUE_RANGE && turns < 1) elab_error(e, D_EMPTY_RANGE, t->kid[0]->span);
    if (turns < 1) return false;
    if (turns > INT32_MAX) {
        elab_error(e, D_TOO_MANY_TURNS, t->kid[0]->span, (long long)turns);
        return false;
    }
    if (h->turns && h->turns != turns) {
        elab_error(e, D_SEQUENCE_LENGTHS, t->kid[0]->span, (long long)turns, (long long)h->turns);
        return false;
    }
    bool reverse = v.kind == VALUE_RANGE && v.reverse;
    if (h->turns && h->reverse != reverse) {
        elab_error(e, D_SCAN_DIRECTIONS, t->kid[0]->span);
        return false;
    }
    h->turns = turns;
    h->reverse = reverse;
    LIST_ADD(e->a, &h->sequences, ((Sequence){t, v}));
    return true;
}

static bool read_carry(Elab *e, Header *h, const Tree *t) {
    Value v = elab_expr(e, t->kid[1]);
    Carry c = {.tree = t};
    Shape both;
    if (!elab_node(e, &v, t->kid[1]->span, &c.init)) return false;
    if (c.init->kind == KIND_BOOL) c.init = graph_map1(e->g, OP_REAL, c.init);
    c.shape = c.init->shape;
    if (t->kid[0] && !elab_dims(e, t->kid[0], &c.shape)) return false;
    if (!shape_broadcast(&c.init->shape, &c.shape, &both) || !shape_equal(&both, &c.shape)) {
        elab_error(e, D_BAD_BROADCAST, t->kid[1]->span, shape_text(e->a, &c.init->shape),
                   shape_text(e->a, &c.shape));
        return false;
    }
    LIST_ADD(e->a, &h->carries, c);
    return true;
}

/* The divisor of n that is nearest to k, in proportion. */
static int64_t nearest_divisor(int64_t n, int64_t k) {
    if (k >= n) return n;
    int64_t below, above;
    divisors_around(n, k, &below, &above);
    return (double)above / (double)k < (double)k / (double)below ? above : below;
}

/* recompute k */
static bool read_wanted(Elab *e, Header *h, const Tree *t) {
    if (!t) return true;
    Value v = elab_expr(e, t);
    if (!elab_integer(e, &v, t->span, &h->wanted)) return false;
    if (h->wanted < 1) elab_error(e, D_BAD_LENGTH, t->span, (long long)h->wanted);
    return h->wanted >= 1;
}

static bool read_header(Elab *e, Header *h, const Tree *t) {
    const Tree *header = t->kid[0];
    bool ok = true;
    h->tree = t;
    for (int i = 0; i < header->list.n; i++) {
        const Tree *item = header->list.at[i];
        ok =
            (item->kind == TREE_SCAN_IN ? read_sequence(e, h, item) : read_carry(e, h, item)) && ok;
    }
    if (ok && h->turns == 0) {
        elab_error(e, D_SCAN_WITHOUT_SEQUENCE, t->span);
        return false;
    }
    return ok && read_wanted(e, h, t->kid[2]);
}

/* A carry lives as often as anything it starts from or reads; what its body brings in shows after a
 * first try. */
static void guess_rows(Header *h) {
    const Rows *rows = NULL;
    for (int i = 0; i < h->sequences.n; i++)
        if (h->sequences.at[i].value.kind == VALUE_NODE)
            rows = rows_join(rows, h->sequences.at[i].value.node->rows);
    for (int i = 0; i < h->carries.n; i++) rows = rows_join(rows, h->carries.at[i].init->rows);
    for (int i = 0; i < h->carries.n; i++) h->carries.at[i].rows = rows;
}

/* ---- the body ---- */

static void bind_header(Elab *e, Header *h, Scan *s, Env *env) {
    Node *turn = h->first ? graph_map2(e->g, OP_ADD, h->first, s->turn) : s->turn;
    for (int i = 0; i < h->sequences.n; i++) {
        const Sequence *q = &h->sequences.at[i];
        Node *part = q->value.kind == VALUE_NODE
                         ? scan_slice(e->g, s, q->value.node)
                         : graph_map2(e->g, OP_ADD, turn, graph_const(e->g, q->value.number));
        env_set(e, env, q->tree->name, value_node(part, q->tree->name_span));
    }
    for (int i = 0; i < h->carries.n; i++) {
        const Carry *c = &h->carries.at[i];
        Node *formal = scan_carry(e->g, s, c->init, c->shape, c->rows);
        env_set(e, env, c->tree->name, value_node(formal, c->tree->name_span));
    }
}

static bool next_value(Elab *e, Env *env, const Carry *c, Node **out) {
    Value v = env_find_own(env, c->tree->name)->value;
    Shape both;
    if (!elab_node(e, &v, c->tree->span, out)) return false;
    if ((*out)->kind == KIND_BOOL) *out = graph_map1(e->g, OP_REAL, *out);
    bool fits = (*out)->kind == c->init->kind && (*out)->classes == c->init->classes &&
                shape_broadcast(&(*out)->shape, &c->shape, &both) && shape_equal(&both, &c->shape);
    if (!fits) {
        elab_error(e, D_CARRY_CHANGES, c->tree->span, c->tree->name, shape_text(e->a, &c->shape),
                   value_describe(e, &v));
        return false;
    }
    return true;
}

/* Runs the body once. False after an error; *again if a carry turned out to live more often than
 * assumed. */
static bool run_body(Elab *e, Header *h, Scan *s, Results *results, Node **next, bool *again) {
    Env *env = env_new(e, e->at.env, NULL);
    env->barrier_word = "scan";
    bind_header(e, h, s, env);
    LIST_ADD(e->a, &e->turns, s->turn);
    Context saved = e->at;
    int errors = diag_errors(e->d);
    e->at.env = env;
    e->at.results = results;
    elab_statements(e, h->tree->kid[1]);
    e->at = saved;
    e->turns.n--;
    *again = false;
    bool right = diag_errors(e->d) == errors;
    for (int i = 0; i < h->carries.n && right; i++) {
        Carry *c = &h->carries.at[i];
        right = next_value(e, env, c, &next[i]); /* what was wrong may have been said before */
        if (right && !rows_inside(c->rows, next[i]->rows)) {
            c->rows = rows_join(c->rows, next[i]->rows);
            *again = true;
        }
    }
    return right;
}

static PathCounts counts_copy(Elab *e, const PathCounts *counts) {
    PathCounts copy = {0};
    for (int i = 0; i < counts->n; i++) LIST_ADD(e->a, &copy, counts->at[i]);
    return copy;
}

/* ---- pieces ----
 *
 * recompute: a scan over pieces of a scan over turns. The outer one is bounded, so its derivative
 * keeps only its carries; it computes the inner one again, and that one's derivative keeps what it
 * needs, for one piece. Draws count turns through both, so they are the same draws. */

/* Whole blocks of what is summed at once, so that recomputing changes no sum. Only a derivative
 * needs pieces. */
static int64_t piece_of(const Elab *e, const Header *h) {
    const Rows *rows = NULL;
    if (h->wanted == 0 || !e->training) return h->turns;
    for (int i = 0; i < h->carries.n; i++) rows = rows_join(rows, h->carries.at[i].rows);
    int64_t block = scan_block(h->turns, rows_count(rows));
    return block * nearest_divisor(h->turns / block, (h->wanted + block - 1) / block);
}

static Node *in_pieces(Elab *e, Node *sequence, int64_t piece) {
    const Shape *from = &sequence->shape;
    Shape s = {.rank = from->rank + 1, .dim = {from->dim[0] / piece, piece}};
    for (int i = 1; i < from->rank; i++) s.dim[i + 1] = from->dim[i];
    return graph_reshape(e->g, sequence, s);
}

/* Opens the scan over pieces, and makes the header of that over a piece's turns. */
static Scan *open_pieces(Elab *e, const Header *h, Header *inner) {
    Scan *pieces = scan_open(e->g, h->turns / h->piece, h->reverse, 0);
    pieces->bounded = true;
    *inner = (Header){.tree = h->tree, .turns = h->piece, .reverse = h->reverse};
    inner->first = graph_map2(e->g, OP_MUL, pieces->turn, graph_const(e->g, (double)h->piece));
    for (int i = 0; i < h->sequences.n; i++) {
        Sequence q = h->sequences.at[i];
        if (q.value.kind == VALUE_NODE)
            q.value.node = scan_slice(e->g, pieces, in_pieces(e, q.value.node, h->piece));
        LIST_ADD(e->a, &inner->sequences, q);
    }
    for (int i = 0; i < h->carries.n; i++) {
        Carry c = h->carries.at[i];
        c.init = scan_carry(e->g, pieces, c.init, c.shape, c.rows);
        LIST_ADD(e->a, &inner->carries, c);
    }
    return pieces;
}

/* The scans of one try, open. */
typedef struct {
    Scan *pieces; /* NULL: all in one */
    Scan *turns;
} Opened;

static void give_up_opened(Elab *e, const Opened *o) {
    e->g->open_scans.n -= o->pieces ? 2 : 1; /* without SCAN nodes nothing of them is reached */
}

/* One try: as run_body. */
static bool try_body(Elab *e, Header *h, Opened *o, Results *results, Node **next, bool *again) {
    Header inner = *h;
    h->piece = piece_of(e, h);
    bool cut = h->piece < h->turns;
    *o = (Opened){0};
    if (cut) {
        o->pieces = open_pieces(e, h, &inner);
        LIST_ADD(e->a, &e->turns, o->pieces->turn);
    }
    o->turns = scan_open(e->g, inner.turns, inner.reverse, 0);
    bool right = run_body(e, &inner, o->turns, results, next, again);
    e->turns.n -= cut;
    for (int i = 0; i < h->carries.n; i++) h->carries.at[i].rows = inner.carries.at[i].rows;
    return right;
}

/* Opens the scan and runs its body until the rows of its carries hold; false after an error. */
static bool settle(Elab *e, Header *h, Opened *o, Results *results, Node **next) {
    PathCounts params = counts_copy(e, e->at.param_counts),
               draws = counts_copy(e, e->at.draw_counts);
    for (;;) {
        bool again;
        *results = (Results){.kind = BODY_SCAN};
        bool right = try_body(e, h, o, results, next, &again);
        if (right && !again) return true;
        give_up_opened(e, o);
        if (!right) return false;
        *e->at.param_counts = counts_copy(e, &params);
        *e->at.draw_counts = counts_copy(e, &draws);
    }
}

/* ---- results ---- */

/* One more axis in front, of `times`. */
static bool can_stack(Elab *e, const Node *x, int64_t times, Span at) {
    if (!elab_check_rank(e, x->shape.rank + 1, at)) return false;
    Shape s = x->shape;
    s.dim[s.rank++] = times;
    return elab_check_shape(e, &s, at);
}

/* Pieces are an axis more. */
static bool can_cut(Elab *e, const Header *h) {
    for (int i = 0; i < h->sequences.n && h->wanted; i++) {
        const Sequence *q = &h->sequences.at[i];
        if (q->value.kind == VALUE_NODE &&
            !elab_check_rank(e, q->value.node->shape.rank + 1, h->tree->span))
            return false;
    }
    return true;
}

/* The yields as nodes of the body; false after an error. */
static bool read_yields(Elab *e, const Header *h, const Results *results, Node **yields) {
    for (int i = 0; i < results->yields.n; i++) {
        const Value *y = &results->yields.at[i];
        if (!elab_node(e, y, y->span, &yields[i])) return false;
        if (yields[i]->kind == KIND_BOOL) yields[i] = graph_map1(e->g, OP_REAL, yields[i]);
        int axes = yields[i]->shape.rank + (h->wanted ? 2 : 1);
        if (!elab_check_rank(e, axes, h->tree->span) ||
            !can_stack(e, yields[i], h->turns, h->tree->span))
            return false;
    }
    return true;
}

/* The scan, closed, or one that is the same. */
static Scan *finished(Elab *e, Scan *s, int n_yields, Node **yields) {
    Scan *same = share_scan(e->g, s, 0, n_yields, yields);
    if (!same) scan_close(e->g, s);
    return same ? same : s;
}

/* Closes the scan over a piece's turns, and has the one over pieces carry and yield what it does.
 */
static void close_turns(Elab *e, Opened *o, int n_yields, Node **yields) {
    Scan *s = finished(e, o->turns, n_yields, yields);
    if (o->pieces) {
        for (int i = 0; i < s->n_carries; i++) scan_next(o->pieces, i, graph_pick(e->g, s, i));
        for (int i = 0; i < n_yields; i++)
            yields[i] = graph_pick(e->g, s, scan_yield(e->g, s, yields[i]));
        s = finished(e, o->pieces, n_yields, yields);
    }
    *o = (Opened){.turns = s};
}

static Node *stacked(Elab *e, const Header *h, Scan *s, Node *yield) {
    Node *pick = graph_pick(e->g, s, scan_yield(e->g, s, yield));
    if (h->piece == h->turns) return pick;
    Shape whole = {.rank = pick->shape.rank - 1, .dim = {h->turns}};
    for (int i = 1; i < whole.rank; i++) whole.dim[i] = pick->shape.dim[i + 1];
    return graph_reshape(e->g, pick, whole);
}

static Value stacked_yields(Elab *e, const Header *h, Scan *s, int n, Node *const *yields) {
    Span at = h->tree->span;
    Value v = {.kind = VALUE_TUPLE, .n = n, .items = NEW_ARRAY(e->a, Value, n + 1), .span = at};
    for (int i = 0; i < n; i++) v.items[i] = value_node(stacked(e, h, s, yields[i]), at);
    if (n == 0) v.kind = VALUE_NONE;
    return n == 1 ? v.items[0] : v;
}

/* What a carry is after the scan. At top level there is no body whose name it could be. */
static void leave_carry(Elab *e, const Tree *carry, Value last) {
    if (e->at.env) env_set(e, e->at.env, carry->name, elab_marked(e, carry->name, last));
}

/* After an error: the carries' names are bound all the same, so that their uses give no further
 * errors. */
static Value give_up(Elab *e, const Tree *t) {
    for (int i = 0; i < t->kid[0]->list.n; i++)
        if (t->kid[0]->list.at[i]->kind == TREE_CARRY)
            leave_carry(e, t->kid[0]->list.at[i], value_poison());
    return value_poison();
}

Value elab_scan(Elab *e, const Tree *t) {
    Header h = {0};
    Results results;
    Opened o;
    if (!read_header(e, &h, t) || !can_cut(e, &h)) return give_up(e, t);
    guess_rows(&h);
    Node **next = NEW_ARRAY(e->a, Node *, h.carries.n + 1);
    if (!settle(e, &h, &o, &results, next)) return give_up(e, t);
    for (int i = 0; i < h.carries.n; i++)
        scan_next(o.turns, i, elab_fill(e, next[i], h.carries.at[i].shape, h.carries.at[i].rows));
    Node **yields = NEW_ARRAY(e->a, Node *, results.yields.n + 1);
    if (!read_yields(e, &h, &results, yields)) {
        give_up_opened(e, &o);
        return give_up(e, t);
    }
    close_turns(e, &o, results.yields.n, yields);
    Value v = stacked_yields(e, &h, o.turns, results.yields.n, yields);
    for (int i = 0; i < h.carries.n; i++) {
        const Tree *c = h.carries.at[i].tree;
        leave_carry(e, c, value_node(graph_pick(e->g, o.turns, i), c->name_span));
    }
    return v;
}

/* draws k { ... return v }: k independent draws, a new leading axis. */
Value elab_draws(Elab *e, const Tree *t) {
    Value count = elab_expr(e, t->kid[0]);
    int64_t k;
    Node *x;
    if (!elab_integer(e, &count, t->kid[0]->span, &k)) return value_poison();
    if (k < 1 || k > INT32_MAX) {
        elab_error(e, D_BAD_LENGTH, t->kid[0]->span, (long long)k);
        return value_poison();
    }
    if (rows_depth(e->at.rows) == GRAPH_MAX_ROWS) {
        elab_error(e, D_DRAWS_TOO_DEEP, t->span, GRAPH_MAX_ROWS - 1);
        return value_poison();
    }
    Context saved = e->at;
    Env *env = env_new(e, e->at.env, NULL);
    env->barrier_word = "draws";
    e->at.env = env;
    e->at.rows = graph_rows(e->g, e->at.rows, k);
    const Rows *rows = e->at.rows;
    Value v = elab_result(e, t->kid[1], t->span);
    e->at = saved;
    if (!elab_node(e, &v, t->kid[1]->span, &x)) return value_poison();
    if (!can_stack(e, x, k, t->span)) return value_poison();
    return value_node(graph_collect(e->g, elab_fill(e, x, x->shape, rows)), t->span);
}
