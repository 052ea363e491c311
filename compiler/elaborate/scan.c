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
    return ok;
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
    for (int i = 0; i < h->sequences.n; i++) {
        const Sequence *q = &h->sequences.at[i];
        Node *part = q->value.kind == VALUE_NODE
                         ? scan_slice(e->g, s, q->value.node)
                         : graph_map2(e->g, OP_ADD, s->turn, graph_const(e->g, q->value.number));
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
    for (int i = 0; i < h->carries.n && diag_errors(e->d) == errors; i++) {
        Carry *c = &h->carries.at[i];
        if (next_value(e, env, c, &next[i]) && !rows_inside(c->rows, next[i]->rows)) {
            c->rows = rows_join(c->rows, next[i]->rows);
            *again = true;
        }
    }
    return diag_errors(e->d) == errors;
}

static PathCounts counts_copy(Elab *e, const PathCounts *counts) {
    PathCounts copy = {0};
    for (int i = 0; i < counts->n; i++) LIST_ADD(e->a, &copy, counts->at[i]);
    return copy;
}

/* Opens the scan and runs its body until the rows of its carries hold. */
static Scan *settle(Elab *e, Header *h, Results *results, Node **next) {
    PathCounts params = counts_copy(e, e->at.param_counts),
               draws = counts_copy(e, e->at.draw_counts);
    for (;;) {
        bool again;
        *results = (Results){.kind = BODY_SCAN};
        Scan *s = scan_open(e->g, h->turns, h->reverse, 0);
        if (!run_body(e, h, s, results, next, &again)) {
            e->g->open_scans.n--;
            return NULL;
        }
        if (!again) return s;
        e->g->open_scans.n--; /* given up: it has no SCAN node, so nothing of it is reached */
        *e->at.param_counts = counts_copy(e, &params);
        *e->at.draw_counts = counts_copy(e, &draws);
    }
}

/* One more axis in front, of `times`. */
static bool can_stack(Elab *e, const Node *x, int64_t times, Span at) {
    if (!elab_check_rank(e, x->shape.rank + 1, at)) return false;
    Shape s = x->shape;
    s.dim[s.rank++] = times;
    return elab_check_shape(e, &s, at);
}

/* The yields as nodes of the body; false after an error. */
static bool read_yields(Elab *e, const Scan *s, const Results *results, Node **yields, Span at) {
    for (int i = 0; i < results->yields.n; i++) {
        if (!elab_node(e, &results->yields.at[i], results->yields.at[i].span, &yields[i]))
            return false;
        if (yields[i]->kind == KIND_BOOL) yields[i] = graph_map1(e->g, OP_REAL, yields[i]);
        if (!can_stack(e, yields[i], s->turns, at)) return false;
    }
    return true;
}

static Value stacked_yields(Elab *e, Scan *s, int n, Node *const *yields, Span at) {
    Value v = {.kind = VALUE_TUPLE, .n = n, .items = NEW_ARRAY(e->a, Value, n + 1), .span = at};
    for (int i = 0; i < n; i++)
        v.items[i] = value_node(graph_pick(e->g, s, scan_yield(e->g, s, yields[i])), at);
    if (n == 0) v.kind = VALUE_NONE;
    return n == 1 ? v.items[0] : v;
}

/* The scan, closed, or one that is the same. */
static Scan *finished(Elab *e, Scan *s, int n_yields, Node **yields) {
    Scan *same = share_scan(e->g, s, 0, n_yields, yields);
    if (!same) scan_close(e->g, s);
    return same ? same : s;
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
    if (!read_header(e, &h, t)) return give_up(e, t);
    guess_rows(&h);
    Node **next = NEW_ARRAY(e->a, Node *, h.carries.n + 1);
    Scan *s = settle(e, &h, &results, next);
    if (!s) return give_up(e, t);
    for (int i = 0; i < h.carries.n; i++)
        scan_next(s, i, elab_fill(e, next[i], h.carries.at[i].shape, h.carries.at[i].rows));
    Node **yields = NEW_ARRAY(e->a, Node *, results.yields.n + 1);
    if (!read_yields(e, s, &results, yields, t->span)) {
        e->g->open_scans.n--;
        return give_up(e, t);
    }
    s = finished(e, s, results.yields.n, yields);
    Value v = stacked_yields(e, s, results.yields.n, yields, t->span);
    for (int i = 0; i < h.carries.n; i++) {
        const Tree *c = h.carries.at[i].tree;
        leave_carry(e, c, value_node(graph_pick(e->g, s, i), c->name_span));
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
