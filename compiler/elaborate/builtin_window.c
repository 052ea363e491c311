/* Primitives of convolutions and pooling: windows, their adjoint, and a matrix along an axis.
 *
 * Does: works out how many windows there are, and says where they do not fit. The layers are in
 * std/images.gen. */
#include "builtin.h"

#include <string.h>

/* The argument of a call of windows or fold that says something of axis i: one number for all axes,
 * or one for each. */
static bool axis_integer(Elab *e, Call *c, int argument, int i, int64_t missing, int64_t least,
                         int64_t *out) {
    static const char *const name[] = {"x",       "size", "stride", "dilation",
                                       "padding", "axis", "extra"};
    Value v = c->arg[argument];
    *out = missing;
    if (v.kind == VALUE_NONE) return true;
    if (v.kind == VALUE_TUPLE) {
        if (i >= v.n) {
            elab_error(e, D_UNPACK, c->where[argument], i + 1, value_describe(e, &v));
            return false;
        }
        v = v.items[i];
    }
    if (!elab_integer(e, &v, c->where[argument], out)) return false;
    if (*out >= least && *out <= INT32_MAX) return true;
    elab_error(e, D_WINDOW_NUMBER, c->where[argument], name[argument], (long long)least,
               (long long)*out);
    return false;
}

/* Padding: a number of places on both sides, or a function of (length, size, stride, dilation) that
 * gives how many before and after. */
static bool padding(Elab *e, Call *c, int i, const Window *w, int64_t *before, int64_t *after) {
    const Value *p = &c->arg[4];
    if (p->kind != VALUE_CALLABLE) {
        bool ok = axis_integer(e, c, 4, i, 0, 0, before);
        *after = *before;
        return ok;
    }
    const double number[] = {(double)w->length, (double)w->size, (double)w->step, (double)w->apart};
    Argument args[4];
    for (int k = 0; k < 4; k++)
        args[k] = (Argument){NULL, value_number(number[k], c->at), c->where[4]};
    Value both = call_callable(e, p->callable, 4, args, NULL, c->tree);
    if (both.kind == VALUE_POISON) return false;
    if (both.kind != VALUE_TUPLE || both.n != 2) {
        elab_error(e, D_UNPACK, c->where[4], 2, value_describe(e, &both));
        return false;
    }
    if (!elab_integer(e, &both.items[0], c->where[4], before) ||
        !elab_integer(e, &both.items[1], c->where[4], after))
        return false;
    if (*before >= 0 && *after >= 0 && *before <= INT32_MAX && *after <= INT32_MAX) return true;
    elab_error(e, D_WINDOW_NUMBER, c->where[4], "padding", 0LL,
               (long long)(*before < 0 ? *before : *after));
    return false;
}

/* The first axis that windows run along. */
static bool first_axis(Elab *e, Call *c, int rank, int *axis) {
    Value first = c->arg[5].kind == VALUE_NONE ? value_number(1, c->at) : c->arg[5];
    if (rank < 1 || (c->arg[5].kind == VALUE_NONE && rank < 2)) {
        elab_error(e, D_WINDOW_RANK, c->where[0], value_describe(e, &c->arg[0]));
        diag_help(e->d, "windows run along all axes but the first: [channels, height, width]");
        return false;
    }
    return elab_axis(e, &first, rank, c->where[5], axis);
}

static bool read_window(Elab *e, Call *c, int i, Window *w) {
    return axis_integer(e, c, 1, i, 1, 1, &w->size) && axis_integer(e, c, 2, i, 1, 1, &w->step) &&
           axis_integer(e, c, 3, i, 1, 1, &w->apart);
}

static int64_t span_of(const Window *w) {
    return (w->size - 1) * w->apart + 1;
}

/* How many windows there are along one axis. */
static bool count_windows(Elab *e, Call *c, Window *w, int64_t after) {
    int64_t room = w->length + w->before + after - span_of(w);
    if (room < 0) {
        elab_error(e, D_WINDOW_FIT, c->at, (long long)span_of(w),
                   (long long)(w->length + w->before + after));
        diag_help(e->d, "a smaller size, or more padding");
        return false;
    }
    if (room % w->step != 0) {
        elab_error(e, D_WINDOW_FRACTION, c->at, (long long)w->step, (long long)span_of(w),
                   (long long)(w->length + w->before + after), (long long)(room % w->step));
        diag_help(e->d, "padding = same fits any length");
        return false;
    }
    w->count = room / w->step + 1;
    return true;
}

/* windows(x, size, stride, dilation, padding, axis): [.., length..] to [.., size^n, count..] */
Value b_windows(Elab *e, Call *c) {
    Node *x;
    int first;
    if (!elab_real(e, &c->arg[0], c->where[0], &x) || !first_axis(e, c, x->shape.rank, &first))
        return value_poison();
    int axes = x->shape.rank - first;
    Window w[GRAPH_MAX_RANK];
    Shape flat = {.rank = first + 1};
    if (!elab_check_rank(e, x->shape.rank + axes, c->at)) return value_poison();
    memcpy(flat.dim, x->shape.dim, sizeof *flat.dim * (size_t)first);
    flat.dim[first] = 1;
    double size = (double)shape_size(&x->shape);
    for (int i = 0; i < axes; i++) {
        int64_t after;
        w[i] = (Window){.length = x->shape.dim[first + i]};
        if (!read_window(e, c, i, &w[i]) || !padding(e, c, i, &w[i], &w[i].before, &after) ||
            !count_windows(e, c, &w[i], after))
            return value_poison();
        size *= (double)w[i].size * (double)w[i].count / (double)w[i].length;
        flat.dim[first] *= size <= (double)GRAPH_MAX_ELEMENTS ? w[i].size : 1;
        flat.dim[flat.rank++] = w[i].count;
    }
    if (size > (double)GRAPH_MAX_ELEMENTS) {
        elab_error(e, D_TOO_LARGE, c->at, "what these windows hold");
        return value_poison();
    }
    return value_node(graph_reshape(e->g, graph_window(e->g, x, axes, w), flat), c->at);
}

/* ---- back ---- */

/* How long an axis becomes: as far as the windows reach, less the padding. */
static bool folded_length(Elab *e, Call *c, int i, Window *w) {
    int64_t extra, after;
    w->length = w->count * w->step;
    if (!padding(e, c, i, w, &w->before, &after) || !axis_integer(e, c, 6, i, 0, 0, &extra))
        return false;
    w->length = (w->count - 1) * w->step + span_of(w) - w->before - after + extra;
    if (w->length >= 1 && w->length <= GRAPH_MAX_ELEMENTS) return true;
    elab_error(e, D_FOLD_LENGTH, c->at, (long long)w->length);
    diag_help(e->d, "less padding, or a larger size");
    return false;
}

/* fold(y, size, stride, dilation, padding, axis, extra): [.., size^n, count..] to [.., length..] */
Value b_fold(Elab *e, Call *c) {
    Node *y;
    int first;
    if (!elab_real(e, &c->arg[0], c->where[0], &y) || !first_axis(e, c, y->shape.rank - 1, &first))
        return value_poison();
    int axes = y->shape.rank - 1 - first;
    Window w[GRAPH_MAX_RANK];
    Shape apart = {.rank = first}, folded = {.rank = first};
    int64_t sizes = 1;
    if (!elab_check_rank(e, first + 2 * axes, c->at)) return value_poison();
    for (int i = 0; i < first; i++) apart.dim[i] = folded.dim[i] = y->shape.dim[i];
    for (int i = 0; i < axes; i++) {
        w[i] = (Window){.count = y->shape.dim[first + 1 + i]};
        if (!read_window(e, c, i, &w[i]) || !folded_length(e, c, i, &w[i])) return value_poison();
        apart.dim[apart.rank++] = w[i].size;
        folded.dim[folded.rank++] = w[i].length;
        sizes = sizes > GRAPH_MAX_ELEMENTS ? sizes : sizes * w[i].size;
    }
    if (sizes != y->shape.dim[first]) {
        elab_error(e, D_FOLD_SIZE, c->where[0], (long long)sizes, (long long)y->shape.dim[first]);
        return value_poison();
    }
    for (int i = 0; i < axes; i++) apart.dim[apart.rank++] = w[i].count;
    if (!elab_check_shape(e, &folded, c->at)) return value_poison();
    return value_node(graph_fold(e->g, graph_reshape(e->g, y, apart), axes, w), c->at);
}

/* ---- a matrix along an axis ---- */

/* mix(x, W, axis): W [.., n, k] takes the place of the k elements along an axis by n. W's leading
 * axes, if it has any, are x's first ones. */
Value b_mix(Elab *e, Call *c) {
    Node *x, *w;
    int axis, of_w[GRAPH_MAX_RANK], of_x[GRAPH_MAX_RANK], out[GRAPH_MAX_RANK];
    Value first = c->arg[2].kind == VALUE_NONE ? value_number(0, c->at) : c->arg[2];
    if (!elab_real(e, &c->arg[0], c->where[0], &x) || !elab_real(e, &c->arg[1], c->where[1], &w) ||
        !elab_axis(e, &first, x->shape.rank, c->where[2], &axis))
        return value_poison();
    int lead = w->shape.rank - 2;
    bool fits = lead >= 0 && lead <= axis && w->shape.dim[lead + 1] == x->shape.dim[axis];
    for (int i = 0; fits && i < lead; i++) fits = w->shape.dim[i] == x->shape.dim[i];
    if (!fits) {
        elab_error(e, D_SHAPES_DIFFER, c->at, "mix");
        elab_note(e, c->where[0], "'x' is %s", value_describe(e, &c->arg[0]));
        elab_note(e, c->where[1], "'W' is %s", value_describe(e, &c->arg[1]));
        return value_poison();
    }
    enum { NEW_AXIS = GRAPH_MAX_RANK };
    for (int i = 0; i < x->shape.rank; i++) {
        of_x[i] = i;
        out[i] = i == axis ? NEW_AXIS : i;
    }
    for (int i = 0; i < lead; i++) of_w[i] = i;
    of_w[lead] = NEW_AXIS;
    of_w[lead + 1] = axis;
    Shape s = x->shape;
    s.dim[axis] = w->shape.dim[lead];
    if (!elab_check_shape(e, &s, c->at)) return value_poison();
    return value_node(
        graph_contract(e->g, w, of_w, x, of_x, x->shape.rank, out, rows_join(w->rows, x->rows)),
        c->at);
}

/* repeat(x, n, axis): a new axis, along which x stands n times. */
Value b_repeat(Elab *e, Call *c) {
    Node *x;
    int axis;
    int64_t n;
    Value first = c->arg[2].kind == VALUE_NONE ? value_number(0, c->at) : c->arg[2];
    if (!elab_node(e, &c->arg[0], c->where[0], &x) ||
        !elab_integer(e, &c->arg[1], c->where[1], &n) ||
        !elab_check_rank(e, x->shape.rank + 1, c->at) ||
        !elab_axis(e, &first, x->shape.rank + 1, c->where[2], &axis))
        return value_poison();
    if (n < 1 || n > GRAPH_MAX_ELEMENTS) {
        elab_error(e, D_BAD_LENGTH, c->where[1], (long long)n);
        return value_poison();
    }
    x = elab_expand(e, x, axis);
    Shape s = x->shape;
    s.dim[axis] = n;
    if (!elab_check_shape(e, &s, c->at)) return value_poison();
    return value_node(elab_fill(e, x, s, x->rows), c->at);
}

/* ---- numbers ---- */

Value b_rank(Elab *e, Call *c) {
    Node *x;
    int rank;
    if (!elab_node(e, &c->arg[0], c->where[0], &x)) return value_poison();
    return value_number(optimizer_rank(e, x, &rank) ? rank : x->shape.rank, c->at);
}

/* The smallest ones. */
static const char *divisors(Arena *a, int64_t n) {
    enum { MOST = 8 };
    Text t = {.arena = a};
    int64_t below, next = 0;
    for (int found = 0; next < n && found < MOST; found++) {
        divisors_around(n, next + 1, &below, &next);
        text_printf(&t, found ? ", %lld" : "%lld", (long long)next);
    }
    return t.at;
}

/* part(n, parts): n / parts, which must come out whole. */
Value b_part(Elab *e, Call *c) {
    int64_t n, parts;
    if (!elab_integer(e, &c->arg[0], c->where[0], &n) ||
        !elab_integer(e, &c->arg[1], c->where[1], &parts))
        return value_poison();
    if (parts >= 1 && n % parts == 0) return value_number((double)(n / parts), c->at);
    elab_error(e, D_BAD_SPLIT, c->at, (long long)n, (long long)parts);
    if (n >= 1 && n <= GRAPH_MAX_ELEMENTS)
        diag_help(e->d, "it can be split into %s", divisors(e->a, n));
    return value_poison();
}

/* each(a, b ..): one value for each axis. */
Value b_each(Elab *e, Call *c) {
    Value v = {.kind = VALUE_TUPLE,
               .n = c->n_rest,
               .items = NEW_ARRAY(e->a, Value, c->n_rest + 1),
               .span = c->at};
    for (int i = 0; i < c->n_rest; i++) v.items[i] = c->rest[i].value;
    return v;
}

/* volume(size, axes): the elements of a window. */
Value b_volume(Elab *e, Call *c) {
    int64_t axes, size;
    double volume = 1;
    if (!elab_integer(e, &c->arg[1], c->where[1], &axes)) return value_poison();
    for (int64_t i = 0; i < axes && i < GRAPH_MAX_RANK; i++) {
        const Value *v = &c->arg[0];
        if (v->kind == VALUE_TUPLE && i >= v->n) {
            elab_error(e, D_UNPACK, c->where[0], (int)axes, value_describe(e, v));
            return value_poison();
        }
        if (!elab_integer(e, v->kind == VALUE_TUPLE ? &v->items[i] : v, c->where[0], &size))
            return value_poison();
        volume *= (double)size;
    }
    return value_number(volume, c->at);
}

Value b_is_none(Elab *e, Call *c) {
    (void)e;
    return value_number(c->arg[0].kind == VALUE_NONE, c->at);
}

/* "A", "B" or "C" */
static const char *choices_text(Elab *e, const Call *c) {
    Text t = {.arena = e->a};
    text_put(&t, "");
    for (int i = 0; i < c->n_rest; i++) {
        const char *before = i == 0 ? "" : i == c->n_rest - 1 ? " or " : ", ";
        text_printf(&t, "%s\"%s\"", before, c->rest[i].value.text);
    }
    return t.at;
}

/* one_of(word, "A", "B"): the word, if it is one of those that may be said. */
Value b_one_of(Elab *e, Call *c) {
    const char **names = NEW_ARRAY(e->a, const char *, c->n_rest + 1);
    const Value *word = &c->arg[0];
    if (word->kind == VALUE_POISON) return *word;
    for (int i = 0; i < c->n_rest; i++) {
        const Value *v = &c->rest[i].value;
        if (v->kind != VALUE_TEXT) {
            elab_error(e, D_WANTS_TEXT, v->span, "one_of", value_describe(e, v));
            return value_poison();
        }
        if (word->kind == VALUE_TEXT && strcmp(word->text, v->text) == 0) return *word;
        names[i] = v->text;
    }
    elab_error(e, D_ONE_OF, c->where[0], diag_text(e->d, c->where[0]), choices_text(e, c),
               value_describe(e, word));
    if (word->kind == VALUE_TEXT) diag_suggest(e->d, word->text, names, c->n_rest);
    return value_poison();
}
