/* Simplification rules of windows: those that do not overlap only move elements. */
#include "rules.h"

Node *window_of_zero(Graph *g, const Node *n) {
    return rule_is(n->in[0], 0) ? graph_full(g, 0, n->shape, n->rows) : NULL;
}

/* Do all windows hold one element, none of them outside? */
static bool is_single(const Node *n) {
    const Window *w;
    int axes = window_axes(n, &w);
    for (int i = 0; i < axes; i++)
        if (w[i].size != 1 || w[i].before != 0 || (w[i].count - 1) * w[i].step >= w[i].length)
            return false;
    return true;
}

Node *window_single(Graph *g, const Node *n) {
    const Window *w;
    int axes = window_axes(n, &w), lead = n->in[0]->shape.rank - axes;
    int64_t start[GRAPH_MAX_RANK] = {0}, size[GRAPH_MAX_RANK], step[GRAPH_MAX_RANK];
    if (!is_single(n)) return NULL;
    for (int i = 0; i < lead + axes; i++) {
        size[i] = i < lead ? n->shape.dim[i] : w[i - lead].count;
        step[i] = i < lead ? 1 : w[i - lead].step;
    }
    return graph_reshape(g, graph_slice(g, n->in[0], start, size, step), n->shape);
}

Node *fold_single(Graph *g, const Node *n) {
    const Window *w;
    int axes = window_axes(n, &w), lead = n->shape.rank - axes;
    int64_t before[GRAPH_MAX_RANK] = {0}, after[GRAPH_MAX_RANK], step[GRAPH_MAX_RANK];
    Shape shape = n->shape;
    if (!is_single(n)) return NULL;
    for (int i = 0; i < lead + axes; i++) {
        bool is_lead = i < lead;
        const Window *axis = is_lead ? NULL : &w[i - lead];
        step[i] = is_lead ? 1 : axis->step;
        after[i] = is_lead ? 0 : axis->length - 1 - (axis->count - 1) * axis->step;
        if (!is_lead) shape.dim[i] = axis->count;
    }
    return graph_pad(g, graph_reshape(g, n->in[0], shape), before, after, step);
}

/* Is every element of the axes in exactly one window? */
static bool is_exact(const Node *n, bool *single_file) {
    const Window *w;
    int axes = window_axes(n, &w);
    bool sizes = true, counts = true; /* all are 1 */
    for (int i = 0; i < axes; i++) {
        if (w[i].before != 0 || w[i].size * w[i].count != w[i].length) return false;
        if (w[i].size > 1 && w[i].apart != 1) return false;
        if (w[i].count > 1 && w[i].step != w[i].size) return false;
        sizes = sizes && w[i].size == 1;
        counts = counts && w[i].count == 1;
    }
    *single_file = sizes || counts;
    return true;
}

/* [.., count, size, count, size..], what every axis is cut into, and the order of axes that makes
 * [.., size.., count..] of it. */
static Shape cut_axes(const Node *n, int lead, const Shape *from, int order[GRAPH_MAX_RANK]) {
    const Window *w;
    int axes = window_axes(n, &w);
    Shape cut = {.rank = lead + 2 * axes};
    for (int i = 0; i < lead; i++) {
        cut.dim[i] = from->dim[i];
        order[i] = i;
    }
    for (int i = 0; i < axes; i++) {
        cut.dim[lead + 2 * i] = w[i].count;
        cut.dim[lead + 2 * i + 1] = w[i].size;
        order[lead + i] = lead + 2 * i + 1;
        order[lead + axes + i] = lead + 2 * i;
    }
    return cut;
}

Node *window_exact(Graph *g, const Node *n) {
    int order[GRAPH_MAX_RANK];
    bool single_file;
    if (!is_exact(n, &single_file)) return NULL;
    if (single_file) return graph_reshape(g, n->in[0], n->shape);
    int axes = n->n_ints / WINDOW_INTS;
    Shape cut = cut_axes(n, n->in[0]->shape.rank - axes, &n->shape, order);
    return graph_transpose(g, graph_reshape(g, n->in[0], cut), order);
}

Node *fold_exact(Graph *g, const Node *n) {
    int order[GRAPH_MAX_RANK], back[GRAPH_MAX_RANK];
    bool single_file;
    if (!is_exact(n, &single_file)) return NULL;
    if (single_file) return graph_reshape(g, n->in[0], n->shape);
    int axes = n->n_ints / WINDOW_INTS;
    Shape cut = cut_axes(n, n->shape.rank - axes, &n->shape, order);
    for (int i = 0; i < cut.rank; i++) back[order[i]] = i;
    return graph_reshape(g, graph_transpose(g, n->in[0], back), n->shape);
}
