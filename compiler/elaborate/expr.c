/* Expressions.
 *
 * Does: evaluates one expression in the current context; compile-time numbers stay numbers, all
 * else becomes nodes. Requires: scopes (scope.c). Leaves: a value, or poison after an error. */
#include "flow.h"
#include "../transform/fold.h"

#include <math.h>
#include <string.h>

typedef Value ExprRule(Elab *e, const Tree *t);

static Value expr_number(Elab *e, const Tree *t) {
    (void)e;
    return value_number(t->number, t->span);
}

static Value expr_string(Elab *e, const Tree *t) {
    (void)e;
    return (Value){.kind = VALUE_TEXT, .text = t->text, .span = t->span};
}

/* ---- operators ---- */

static void note_operand(Elab *e, const Tree *t, const Value *v) {
    elab_note(e, v->kind == VALUE_NODE && v->node->span.file >= 0 ? v->node->span : t->span,
              "'%s' is %s", tree_text(e, t), value_describe(e, v));
}

static Value mismatch(Elab *e, DiagCode code, const char *op, const Tree *t, const Value *a,
                      const Value *b) {
    elab_error(e, code, t->span, op);
    if (t->kind == TREE_BINARY) {
        note_operand(e, t->kid[0], a);
        note_operand(e, t->kid[1], b);
    } else {
        elab_note(e, t->span, "one side is %s, the other %s", value_describe(e, a),
                  value_describe(e, b));
    }
    return value_poison();
}

static Value range(Elab *e, const Value *a, const Value *b, const Tree *t) {
    int64_t from, to;
    if (!elab_integer(e, a, t->kid[0]->span, &from) || !elab_integer(e, b, t->kid[1]->span, &to))
        return value_poison();
    return (Value){.kind = VALUE_RANGE, .number = (double)from, .to = (double)to, .span = t->span};
}

static Value matmul(Elab *e, Value *a, Value *b, const Tree *t) {
    Node *x, *w;
    if (!elab_real(e, a, t->kid[0]->span, &x) || !elab_real(e, b, t->kid[1]->span, &w))
        return value_poison();
    int rx = x->shape.rank, rw = w->shape.rank;
    if (rx == 0 || rw == 0 || x->shape.dim[rx - 1] != w->shape.dim[rw == 1 ? 0 : rw - 2])
        return mismatch(e, D_SHAPES_DIFFER, "@", t, a, b);
    Shape lead_x = x->shape, lead_w = w->shape, lead;
    lead_x.rank = rx > 2 && rw > 2 ? rx - 2 : 0;
    lead_w.rank = rw > 2 && rx > 2 ? rw - 2 : 0;
    if (!shape_broadcast(&lead_x, &lead_w, &lead))
        return mismatch(e, D_SHAPES_DIFFER, "@", t, a, b);
    Shape result = lead;
    if (!elab_check_rank(e, (rx > 2 ? rx : 2) + (rw > 2 ? rw : 2) - 2, t->span))
        return value_poison();
    if (rx <= 2 || rw <= 2)
        result = rx > 2 ? x->shape : w->shape, result.rank = (rx > 2 ? rx : rw > 2 ? rw : 2) - 2;
    if (rx > 1) result.dim[result.rank++] = x->shape.dim[rx - 2];
    if (rw > 1) result.dim[result.rank++] = w->shape.dim[rw - 1];
    if (!elab_check_shape(e, &result, t->span)) return value_poison();
    return value_node(graph_matmul(e->g, x, w), t->span);
}

/* Indices may be compared with each other or with a number; anything else wants real numbers. */
static bool operands(Elab *e, const Operator *op, Value *a, Value *b, const Tree *t, Node **x,
                     Node **y) {
    Span at_a = t->kind == TREE_BINARY ? t->kid[0]->span : t->span;
    Span at_b = t->kind == TREE_BINARY ? t->kid[1]->span : t->span;
    if (!op->compare) return elab_real(e, a, at_a, x) & elab_real(e, b, at_b, y);
    if (!elab_node(e, a, at_a, x) || !elab_node(e, b, at_b, y)) return false;
    bool same = (*x)->kind == KIND_INDEX && (*y)->kind == KIND_INDEX &&
                (op->op == OP_EQ || op->op == OP_NE);
    if (!same) {
        *x = (*x)->kind == KIND_REAL ? *x : graph_map1(e->g, OP_REAL, *x);
        *y = (*y)->kind == KIND_REAL ? *y : graph_map1(e->g, OP_REAL, *y);
    }
    return true;
}

Value elab_binary(Elab *e, const char *name, Value a, Value b, const Tree *t) {
    if (a.kind == VALUE_POISON || b.kind == VALUE_POISON) return value_poison();
    if (strcmp(name, "..") == 0) return range(e, &a, &b, t);
    if (strcmp(name, "@") == 0) return matmul(e, &a, &b, t);
    const Operator *op = operator_find(name);
    if (!op) BUG("operator %s", name);
    if (op->op == OP_DIV && b.kind == VALUE_NUMBER && b.number == 0) {
        elab_error(e, D_DIVISION_BY_ZERO, t->kind == TREE_BINARY ? t->kid[1]->span : t->span);
        return value_poison();
    }
    if (!op->compare && (a.kind == VALUE_DIST) != (b.kind == VALUE_DIST))
        return image_under_operator(e, name, a, b, t);
    if (a.kind == VALUE_NUMBER && b.kind == VALUE_NUMBER)
        return value_number(operator_fold(op, a.number, b.number), t->span);
    if (a.kind == VALUE_TEXT && b.kind == VALUE_TEXT && (op->op == OP_EQ || op->op == OP_NE))
        return value_number((strcmp(a.text, b.text) == 0) == (op->op == OP_EQ), t->span);
    Node *x, *y;
    Shape shape;
    if (!operands(e, op, &a, &b, t, &x, &y)) return value_poison();
    if (!shape_broadcast(&x->shape, &y->shape, &shape))
        return mismatch(e, D_SHAPES_DIFFER, name, t, &a, &b);
    if (!elab_check_shape(e, &shape, t->span)) return value_poison();
    return value_node(op->swap ? graph_map2(e->g, op->op, y, x) : graph_map2(e->g, op->op, x, y),
                      t->span);
}

static Value expr_binary(Elab *e, const Tree *t) {
    Value a = elab_expr(e, t->kid[0]);
    Value b = elab_expr(e, t->kid[1]);
    if (t->span.file >= 0 && !elab_is_library(e, t->span)) e->g->span = t->span;
    return sequence_follow(&b, sequence_follow(&a, elab_binary(e, t->name, a, b, t)));
}

static Value expr_unary(Elab *e, const Tree *t) {
    Value a = elab_expr(e, t->kid[0]);
    if (a.kind == VALUE_NUMBER) return value_number(-a.number, t->span);
    if (a.kind == VALUE_DIST) return image_under_operator(e, "*", value_number(-1, t->span), a, t);
    Node *x;
    if (!elab_real(e, &a, t->kid[0]->span, &x)) return value_poison();
    return value_node(graph_map1(e->g, OP_NEG, x), t->span);
}

static Value expr_pipe(Elab *e, const Tree *t) {
    Value v = elab_expr(e, t->kid[0]);
    if (v.kind == VALUE_POISON) return v;
    return elab_call(e, t->kid[1], &v, t->kid[0]->span);
}

static Value expr_call(Elab *e, const Tree *t) {
    return elab_call(e, t, NULL, t->span);
}

/* other.std of a distribution; tok.W of a layer. */
static Value expr_member(Elab *e, const Tree *t) {
    Value v = elab_expr(e, t->kid[0]);
    if (v.kind == VALUE_DIST) return dist_member(e, &v, t->name, t->name_span);
    if (v.kind == VALUE_INSTANCE) {
        Binding *b = v.instance->env ? env_find_own(v.instance->env, t->name) : NULL;
        if (b && !b->lazy) return b->value;
        elab_error(e, v.instance->env ? D_NO_MEMBER : D_NOT_APPLIED, t->span,
                   tree_text(e, t->kid[0]), t->name);
        return value_poison();
    }
    if (v.kind != VALUE_POISON)
        elab_error(e, D_NO_MEMBER, t->span, tree_text(e, t->kid[0]), t->name);
    return value_poison();
}

static Value expr_stray(Elab *e, const Tree *t) {
    elab_error(e, D_STRAY, t->span);
    return value_poison();
}

static ExprRule *const rules[TREE_COUNT] = {
    [TREE_NUMBER] = expr_number, [TREE_STRING] = expr_string,   [TREE_NAME] = elab_name,
    [TREE_CALL] = expr_call,     [TREE_PIPE] = expr_pipe,       [TREE_BINARY] = expr_binary,
    [TREE_UNARY] = expr_unary,   [TREE_INDEX] = elab_subscript, [TREE_MEMBER] = expr_member,
    [TREE_SCAN] = elab_scan,     [TREE_DRAWS] = elab_draws,     [TREE_ELLIPSIS] = expr_stray,
    [TREE_SLICE] = expr_stray,   [TREE_NAMED] = expr_stray,
};

static bool too_deep(const Elab *e) {
    return e->depth >= ELAB_MAX_DEPTH || e->levels >= ELAB_MAX_LEVELS;
}

/* Too many operations, or too deep: because something calls itself, if it is at work many times. */
static void report_limit(Elab *e, Span at) {
    int times = 0;
    const Tree *last = e->active.n ? e->active.at[e->active.n - 1] : NULL;
    for (int i = 0; i < e->active.n; i++) times += e->active.at[i] == last;
    if (!too_deep(e)) elab_error(e, D_TOO_MANY_OPERATIONS, at);
    else if (times > 10) elab_error(e, D_CALLS_ITSELF, last->name_span, last->name);
    else elab_error(e, D_TOO_DEEP, at);
}

void elab_too_large(Elab *e, Span at) {
    const Node *n = e->g->too_large;
    if (n->rows)
        elab_error(e, D_TOO_LARGE_IN_ALL, at, shape_text(e->a, &n->shape),
                   (long long)rows_count(n->rows));
    else elab_error(e, D_TOO_LARGE, at, shape_text(e->a, &n->shape));
    e->g->too_large = NULL;
}

Value elab_expr(Elab *e, const Tree *t) {
    if (!rules[t->kind]) BUG("%s is no expression", tree_kind_name(t->kind));
    if (too_deep(e) || e->g->overflow) {
        report_limit(e, t->span);
        return value_poison();
    }
    Span span = e->g->span;
    if (!elab_is_library(e, t->span)) e->at.user = e->g->span = t->span;
    e->g->path = e->at.path;
    e->depth++;
    e->levels++;
    Value v = rules[t->kind](e, t);
    e->depth--;
    e->levels--;
    elab_see(e, t->span, &v, NULL);
    e->g->span = span;
    if (!e->g->too_large) return v;
    elab_too_large(e, t->span);
    return value_poison();
}
