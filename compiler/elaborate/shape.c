/* Written shapes, the patterns of `on`, and subscripts.
 *
 * Does: evaluates dims to a Shape, matches a shape against a pattern (binding its names), and turns
 * x[1, :, 2:10] into slices and gathers. Leaves: an error where a shape does not come out. */
#include "elab.h"

#include <string.h>

bool elab_check_shape(Elab *e, const Shape *shape, Span at) {
    double size = 1;
    for (int i = 0; i < shape->rank; i++) size *= (double)shape->dim[i];
    if (size <= (double)GRAPH_MAX_ELEMENTS) return true;
    elab_error(e, D_TOO_LARGE, at, shape_text(e->a, shape));
    return false;
}

bool elab_check_rank(Elab *e, int rank, Span at) {
    if (rank <= GRAPH_MAX_RANK) return true;
    elab_error(e, D_TOO_MANY_AXES, at, GRAPH_MAX_RANK);
    return false;
}

bool elab_classes(Elab *e, const Tree *kind, int64_t *out) {
    *out = 0;
    bool index = strcmp(kind->name, "index") == 0;
    if (!index && strcmp(kind->name, "real") != 0) {
        elab_error(e, D_UNKNOWN_KIND, kind->span, kind->name);
        return false;
    }
    if (!index || !kind->kid[0]) return true;
    Value v = elab_expr(e, kind->kid[0]);
    if (!elab_integer(e, &v, kind->span, out)) return false;
    if (*out >= 1 && *out <= INT32_MAX) return true;
    elab_error(e, D_BAD_LENGTH, kind->span, (long long)*out);
    return false;
}

bool elab_dims(Elab *e, const Tree *dims, Shape *out) {
    *out = (Shape){0};
    for (int i = 0; dims && i < dims->list.n; i++) {
        const Tree *t = dims->list.at[i];
        if (t->kind == TREE_ELLIPSIS) {
            elab_error(e, D_REST_HERE, t->span);
            return false;
        }
        if (i == GRAPH_MAX_RANK) {
            elab_error(e, D_TOO_MANY_AXES, dims->span, GRAPH_MAX_RANK);
            return false;
        }
        Value v = elab_expr(e, t);
        int64_t length;
        if (!elab_integer(e, &v, t->span, &length)) return false;
        if (length < 1) {
            elab_error(e, D_BAD_LENGTH, t->span, (long long)length);
            return false;
        }
        if (length > GRAPH_MAX_ELEMENTS) length = GRAPH_MAX_ELEMENTS + 1;
        out->dim[out->rank++] = length;
    }
    return elab_check_shape(e, out, dims ? dims->span : e->at.user);
}

static bool is_free(Env *env, const char *name) {
    if (env_find(env, name)) return false;
    while (env->outer && !env->module) env = env->outer;
    return !module_has_constant(env->module, name);
}

/* One entry of a pattern against one length: a name that has no value yet is bound to it, anything
 * else must equal it. */
static bool match_dim(Elab *e, const Tree *t, int64_t length, Env *into) {
    if (t->kind == TREE_NAME && is_free(into, t->name)) {
        env_set_fixed(e, into, t->name, value_number((double)length, t->span));
        return true;
    }
    Context saved = e->at;
    e->at.env = into;
    Value v = elab_expr(e, t);
    e->at = saved;
    return v.kind == VALUE_NUMBER && v.number == (double)length;
}

static bool match_all(Elab *e, const Tree *dims, const Shape *shape, Env *into) {
    int n = dims->list.n, rest = -1;
    for (int i = 0; i < n; i++)
        if (dims->list.at[i]->kind == TREE_ELLIPSIS) rest = i;
    if (rest < 0 ? n != shape->rank : n - 1 > shape->rank) return false;
    for (int i = 0; i < n; i++) {
        if (i == rest) continue;
        int axis = rest >= 0 && i > rest ? shape->rank - (n - i) : i;
        if (!match_dim(e, dims->list.at[i], shape->dim[axis], into)) return false;
    }
    return true;
}

bool elab_match(Elab *e, const Tree *dims, const Shape *shape, Env *into, const char *what,
                Span at) {
    if (!dims || match_all(e, dims, shape, into)) return true;
    elab_error(e, D_PATTERN, at, what, diag_text(e->d, dims->span), shape_text(e->a, shape));
    return false;
}

bool elab_axis(Elab *e, const Value *v, int rank, Span at, int *axis) {
    int64_t number;
    if (!elab_integer(e, v, at, &number)) return false;
    if (number < -rank || number >= rank) {
        elab_error(e, D_BAD_AXIS, at, (long long)number, rank);
        return false;
    }
    *axis = (int)(number < 0 ? number + rank : number);
    return true;
}

Node *elab_expand(Elab *e, Node *x, int axis) {
    Shape s = x->shape;
    for (int i = s.rank; i > axis; i--) s.dim[i] = s.dim[i - 1];
    s.dim[axis] = 1;
    s.rank++;
    return graph_reshape(e->g, x, s);
}

/* ---- subscripts ---- */

typedef struct {
    Node *x;
    int axis; /* of x, the next to be subscripted */
    int64_t start[GRAPH_MAX_RANK], size[GRAPH_MAX_RANK], step[GRAPH_MAX_RANK];
    bool drop[GRAPH_MAX_RANK];
} Subscript;

static bool bound(Elab *e, const Tree *t, int64_t length, int64_t missing, int64_t *out) {
    *out = missing;
    if (!t) return true;
    Value v = elab_expr(e, t);
    if (!elab_integer(e, &v, t->span, out)) return false;
    if (*out < 0) *out += length;
    return true;
}

static bool subscript_slice(Elab *e, Subscript *s, const Tree *t) {
    int64_t length = s->x->shape.dim[s->axis], from, to;
    if (!bound(e, t->kid[0], length, 0, &from) || !bound(e, t->kid[1], length, length, &to))
        return false;
    if (from < 0 || to > length || from >= to) {
        elab_error(e, D_BAD_SLICE, t->span, (long long)from, (long long)to, (long long)length);
        return false;
    }
    s->start[s->axis] = from;
    s->size[s->axis] = to - from;
    return true;
}

static bool subscript_place(Elab *e, Subscript *s, const Value *v, const Tree *t) {
    int64_t place, length = s->x->shape.dim[s->axis];
    if (!elab_integer(e, v, t->span, &place)) return false;
    if (place < -length || place >= length) {
        elab_error(e, D_OUT_OF_RANGE, t->span, (long long)place, (long long)length);
        return false;
    }
    s->start[s->axis] = place < 0 ? place + length : place;
    s->size[s->axis] = 1;
    s->drop[s->axis] = true;
    return true;
}

static Value finish_subscript(Elab *e, Subscript *s, Span at) {
    Node *x = graph_slice(e->g, s->x, s->start, s->size, s->step);
    Shape shape = {0};
    for (int i = 0; i < x->shape.rank; i++)
        if (!s->drop[i]) shape.dim[shape.rank++] = x->shape.dim[i];
    return value_node(graph_reshape(e->g, x, shape), at);
}

static Value gather(Elab *e, Node *table, Node *index, const Tree *t) {
    if (table->shape.rank == 0 || table->shape.dim[0] < index->classes) {
        elab_error(e, D_GATHER, t->span, shape_text(e->a, &table->shape),
                   (long long)index->classes);
        return value_poison();
    }
    Shape s = index->shape;
    if (!elab_check_rank(e, s.rank + table->shape.rank - 1, t->span)) return value_poison();
    for (int i = 1; i < table->shape.rank; i++) s.dim[s.rank++] = table->shape.dim[i];
    return elab_check_shape(e, &s, t->span) ? value_node(graph_gather(e->g, table, index), t->span)
                                            : value_poison();
}

static bool apply_subscripts(Elab *e, Subscript *s, const Tree *subscripts) {
    int rank = s->x->shape.rank;
    bool rest = false;
    for (int i = 0; i < subscripts->list.n; i++) {
        const Tree *t = subscripts->list.at[i];
        if (t->kind == TREE_ELLIPSIS) {
            int axis = rank - (subscripts->list.n - 1 - i);
            if (rest || axis < s->axis) {
                elab_error(e, rest ? D_REST_TWICE : D_TOO_MANY_SUBSCRIPTS, t->span,
                           shape_text(e->a, &s->x->shape));
                return false;
            }
            s->axis = axis;
            rest = true;
            continue;
        }
        if (s->axis < 0 || s->axis >= rank) {
            elab_error(e, D_TOO_MANY_SUBSCRIPTS, t->span, shape_text(e->a, &s->x->shape));
            return false;
        }
        Value v;
        bool ok = t->kind == TREE_SLICE ? subscript_slice(e, s, t)
                                        : (v = elab_expr(e, t), subscript_place(e, s, &v, t));
        if (!ok) return false;
        s->axis++;
    }
    return true;
}

Value elab_subscript(Elab *e, const Tree *t) {
    Value v = elab_expr(e, t->kid[0]);
    const Tree *subscripts = t->kid[1];
    if (v.kind == VALUE_TUPLE && subscripts->list.n == 1) {
        Value which = elab_expr(e, subscripts->list.at[0]);
        int64_t i;
        if (!elab_integer(e, &which, t->span, &i)) return value_poison();
        if (i >= 0 && i < v.n) return v.items[i];
        elab_error(e, D_OUT_OF_RANGE, t->span, (long long)i, (long long)v.n);
        return value_poison();
    }
    Subscript s = {0};
    if (!elab_node(e, &v, t->kid[0]->span, &s.x)) return value_poison();
    if (subscripts->list.n == 1 && subscripts->list.at[0]->kind != TREE_SLICE &&
        subscripts->list.at[0]->kind != TREE_ELLIPSIS) {
        Value index = elab_expr(e, subscripts->list.at[0]);
        if (index.kind == VALUE_POISON) return index;
        if (index.kind == VALUE_NODE && index.node->kind == KIND_INDEX)
            return gather(e, s.x, index.node, t);
    }
    for (int i = 0; i < s.x->shape.rank; i++) {
        s.size[i] = s.x->shape.dim[i];
        s.step[i] = 1;
    }
    return apply_subscripts(e, &s, subscripts) ? finish_subscript(e, &s, t->span) : value_poison();
}
