/* Values: described for messages, and brought to the form that is wanted.
 *
 * Does: turns a value into a node, a real node, a number or an integer. Leaves: an error where it
 * cannot. */
#include "elab.h"

#include <math.h>
#include <string.h>

Value value_poison(void) {
    return (Value){.kind = VALUE_POISON};
}

Value value_number(double v, Span span) {
    return (Value){.kind = VALUE_NUMBER, .number = v, .span = span};
}

Value value_node(Node *n, Span span) {
    return (Value){.kind = VALUE_NODE, .node = n, .span = span};
}

static const char *callable_word(const Callable *c) {
    if (!c->decl) return "a function";
    switch (c->decl->kind) {
    case TREE_LAYER:
        return "a layer";
    case TREE_DISTRIBUTION:
        return "a family of distributions";
    case TREE_OPTIMIZER:
        return "an optimizer";
    case TREE_NETWORK:
        return "a network";
    case TREE_FLOW:
        return "a flow";
    default:
        return "a function";
    }
}

static const char *describe_node(Elab *e, const Node *n) {
    const char *shape = shape_text(e->a, &n->shape);
    if (n->kind == KIND_INDEX)
        return arena_printf(e->a, "%s : index(%lld)", shape, (long long)n->classes);
    return n->kind == KIND_BOOL ? arena_printf(e->a, "a comparison %s", shape) : shape;
}

const char *value_describe(Elab *e, const Value *v) {
    switch (v->kind) {
    case VALUE_POISON:
        return "a value in error";
    case VALUE_NUMBER:
        return arena_printf(e->a, "the number %g", v->number);
    case VALUE_NODE:
    case VALUE_SHOWN:
        return describe_node(e, v->node);
    case VALUE_TEXT:
        return arena_printf(e->a, "the text \"%s\"", v->text);
    case VALUE_NONE:
        return "nothing";
    case VALUE_RANGE:
        return "a range";
    case VALUE_TUPLE:
        return arena_printf(e->a, "%d values", v->n);
    case VALUE_CALLABLE:
        return callable_word(&v->callable);
    case VALUE_INSTANCE:
        return "a layer without its input";
    case VALUE_DIST:
        return arena_printf(e->a, "a distribution (%s)", dist_name(v->dist));
    }
    BUG("value kind %d", (int)v->kind);
}

Kind value_kind(const Value *v) {
    return v->kind == VALUE_NODE || v->kind == VALUE_SHOWN ? v->node->kind : KIND_REAL;
}

bool elab_node(Elab *e, const Value *v, Span at, Node **out) {
    switch (v->kind) {
    case VALUE_NODE:
    case VALUE_SHOWN:
        *out = v->node;
        return true;
    case VALUE_NUMBER:
        *out = graph_const(e->g, v->number);
        return true;
    case VALUE_POISON:
        return false;
    case VALUE_DIST:
        elab_error(e, D_NOT_A_VALUE, at, value_describe(e, v));
        if (dist_has_method(v->dist, "mean"))
            diag_help(e->d, "draw from it (v ~ %s), or take its mean: mean(%s)",
                      diag_text(e->d, at), diag_text(e->d, at));
        else diag_help(e->d, "draw from it: v ~ %s", diag_text(e->d, at));
        return false;
    default:
        elab_error(e, D_NOT_A_VALUE, at, value_describe(e, v));
        if (v->kind == VALUE_INSTANCE)
            diag_help(e->d, "feed its input in: x |> %s", v->instance->layer->name);
        return false;
    }
}

bool elab_real(Elab *e, const Value *v, Span at, Node **out) {
    if (!elab_node(e, v, at, out)) return false;
    if ((*out)->kind == KIND_INDEX) {
        elab_error(e, D_INDEX_ARITHMETIC, at, describe_node(e, *out));
        diag_help(e->d, "one_hot(%s) for a vector of 0 and 1, or real(%s) for its number",
                  diag_text(e->d, at), diag_text(e->d, at));
        return false;
    }
    if ((*out)->kind == KIND_BOOL) *out = graph_map1(e->g, OP_REAL, *out);
    return true;
}

bool elab_number(Elab *e, const Value *v, Span at, double *out) {
    if (v->kind == VALUE_POISON) return false;
    if (v->kind != VALUE_NUMBER) {
        elab_error(e, D_NOT_A_CONSTANT, at, value_describe(e, v));
        return false;
    }
    *out = v->number;
    return true;
}

bool elab_finite(Elab *e, const Value *v, Span at, double *out) {
    if (!elab_number(e, v, at, out)) return false;
    if (isfinite(*out)) return true;
    elab_error(e, D_NOT_FINITE, at, isnan(*out) ? "nan" : *out > 0 ? "inf" : "-inf");
    return false;
}

bool elab_integer(Elab *e, const Value *v, Span at, int64_t *out) {
    double number;
    if (!elab_number(e, v, at, &number)) return false;
    if (!(fabs(number) < 1e15) || floor(number) != number) {
        elab_error(e, D_NOT_AN_INTEGER, at, number);
        return false;
    }
    *out = (int64_t)number;
    return true;
}

const char *tree_text(Elab *e, const Tree *t) {
    const char *text = diag_text(e->d, t->span);
    return strlen(text) <= 40 && !strchr(text, '\n') ? text : arena_printf(e->a, "this");
}
