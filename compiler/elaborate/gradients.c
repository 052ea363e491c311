/* What a minimize minimises over, and its gradients.
 *
 * Does: finds the parameters that `over` names, elaborates the loss and differentiates it.
 * Requires: parameters laid out. Leaves: a gradient for every parameter, or an error that says why
 * there is none. */
#include "train.h"
#include "../transform/grad.h"

#include <string.h>

/* ---- over ---- */

/* "q.h" of `over q.h`. */
static const char *over_path(Elab *e, const Tree *t) {
    if (t->kind == TREE_MEMBER) return path_join(e, over_path(e, t->kid[0]), t->name);
    return t->name ? t->name : "";
}

static bool under(const char *path, const char *prefix) {
    size_t n = strlen(prefix);
    return strncmp(path, prefix, n) == 0 && (path[n] == 0 || path[n] == '.');
}

bool over_holds(Elab *e, const Minimize *m, const char *path) {
    const Tree *over = m->tree->kid[1];
    for (int i = 0; i < over->list.n; i++)
        if (under(path, over_path(e, over->list.at[i]))) return true;
    return false;
}

static void over_nothing(Elab *e, const Tree *t) {
    const char *names[256], *path = over_path(e, t);
    Callable c;
    int n = 0;
    for (int i = 0; i < e->user->callables.n && n < 256; i++)
        if (e->user->callables.at[i].decl->kind == TREE_NETWORK ||
            e->user->callables.at[i].decl->kind == TREE_FLOW ||
            e->user->callables.at[i].decl->kind == TREE_AUTOREGRESSIVE)
            names[n++] = e->user->callables.at[i].name;
    bool known = t->kind == TREE_NAME && module_callable(e->user, path, &c);
    elab_error(e, known ? D_OVER_NOTHING : D_OVER_UNKNOWN, t->span, path);
    if (!known) diag_suggest(e->d, path, names, n);
}

bool over_check(Elab *e, const Minimize *m) {
    const Tree *over = m->tree->kid[1];
    bool ok = true;
    for (int i = 0; i < over->list.n; i++) {
        bool any = false;
        for (int k = 0; k < e->variables.n; k++)
            any = any || (e->variables.at[k].role == GEN_PARAM &&
                          under(e->variables.at[k].path, over_path(e, over->list.at[i])));
        if (!any) over_nothing(e, over->list.at[i]);
        ok = ok && any;
    }
    return ok;
}

void over_ranges(Elab *e, Minimize *m) {
    Range *last = NULL;
    for (int i = 0; i < e->variables.n; i++) {
        const Variable *v = &e->variables.at[i];
        if (v->role != GEN_PARAM || !over_holds(e, m, v->path)) continue;
        if (!last || last->offset + last->size != v->offset || last->first + last->n != i) {
            LIST_ADD(e->a, &m->ranges, ((Range){v->offset, 0, i, 0}));
            last = &m->ranges.at[m->ranges.n - 1];
        }
        last->size += shape_size(&v->shape);
        last->n++;
        m->size += shape_size(&v->shape);
    }
}

int range_rank(const Elab *e, const Range *r) {
    int rank = e->variables.at[r->first].shape.rank;
    for (int i = 1; i < r->n; i++)
        if (e->variables.at[r->first + i].shape.rank != rank) return -1;
    return rank;
}

void over_cut_by_rank(Elab *e, Minimize *m) {
    LIST(Range) cut = {0};
    for (int i = 0; i < m->ranges.n; i++) {
        const Range *r = &m->ranges.at[i];
        int rank = -1;
        for (int k = r->first; k < r->first + r->n; k++) {
            const Variable *v = &e->variables.at[k];
            if (v->shape.rank != rank) LIST_ADD(e->a, &cut, ((Range){v->offset, 0, k, 0}));
            rank = v->shape.rank;
            cut.at[cut.n - 1].size += shape_size(&v->shape);
            cut.at[cut.n - 1].n++;
        }
    }
    m->ranges.n = 0;
    for (int i = 0; i < cut.n; i++) LIST_ADD(e->a, &m->ranges, cut.at[i]);
}

/* ---- gradients ---- */

static Node *scalar_loss(Elab *e, const Tree *t, const Value *v) {
    Node *x;
    if (!elab_real(e, v, t->span, &x)) return NULL;
    if (shape_size(&x->shape) != 1) {
        elab_error(e, D_LOSS_SHAPE, t->span, value_describe(e, v));
        diag_help(e->d, "sum(%s) or mean(%s) makes it one", tree_text(e, t), tree_text(e, t));
        return NULL;
    }
    return graph_reshape(e->g, x, (Shape){0});
}

Node *minimize_mean(Elab *e, Node *x) {
    if (!x->rows) return x;
    Node *sum = graph_sum_rows(e->g, x, NULL);
    return graph_map2(e->g, OP_DIV, sum, graph_const(e->g, (double)rows_count(x->rows)));
}

Node *minimize_loss(Elab *e, const Minimize *m) {
    Context saved = e->at;
    e->at.path = e->at.draw_path = intern(e->a, arena_printf(e->a, "minimize.%d", m->number));
    Value v = elab_expr(e, m->tree->kid[0]);
    e->at = saved;
    Node *x = scalar_loss(e, m->tree->kid[0], &v);
    if (!x && diag_errors(e->d) == 0) BUG("a loss without a value and without an error");
    e->g->path = intern(e->a, "loss");
    return x ? minimize_mean(e, x) : NULL;
}

/* Does n depend on a parameter under `path`, however that may be? */
static bool reaches(Elab *e, Node *n, const char *path) {
    NodeList all = graph_reachable(e->a, 1, &n, NULL);
    for (int i = 0; i < all.n; i++)
        if (all.at[i]->op == OP_TENSOR && under(all.at[i]->text, path)) return true;
    return false;
}

/* The library has stops of its own, where what is stopped makes no difference: what is written at
 * their place is the name of the function. */
static bool is_written_stop(Elab *e, const Node *n) {
    static const char word[] = "stop";
    if (n->op != OP_STOP || n->span.file < 0) return false;
    const Source *s = diag_source(e->d, n->span.file);
    int length = (int)sizeof word - 1;
    return n->span.start + length <= s->length &&
           strncmp(s->text + n->span.start, word, (size_t)length) == 0;
}

static void independent_of(Elab *e, const Minimize *m, Node *loss, const Tree *over) {
    const char *text = tree_text(e, m->tree->kid[0]), *path = over_path(e, over);
    elab_error(e, D_LOSS_INDEPENDENT, over->span, text, path);
    NodeList all = graph_reachable(e->a, 1, &loss, NULL);
    for (int i = 0; i < all.n; i++)
        if (is_written_stop(e, all.at[i]) && reaches(e, all.at[i], path)) {
            elab_note(e, all.at[i]->span, "what depends on '%s' is under stop", path);
            return;
        }
}

/* Every item of `over` must be reached by the loss; single parameters may be out of use. */
static bool check_dependence(Elab *e, const Minimize *m, Node *loss, Node *const *out) {
    const Tree *over = m->tree->kid[1];
    bool ok = true;
    for (int i = 0; i < over->list.n; i++) {
        bool any = false;
        int at = 0;
        for (int r = 0; r < m->ranges.n; r++)
            for (int k = 0; k < m->ranges.at[r].n; k++, at++) {
                const Variable *v = &e->variables.at[m->ranges.at[r].first + k];
                any = any || (out[at] && under(v->path, over_path(e, over->list.at[i])));
            }
        if (!any) independent_of(e, m, loss, over->list.at[i]);
        ok = ok && any;
    }
    return ok;
}

/* The gradient of every parameter in m's ranges, in order; NULL after an error. */
Node **minimize_gradients(Elab *e, const Minimize *m, Node *loss) {
    int n = 0;
    for (int r = 0; r < m->ranges.n; r++) n += m->ranges.at[r].n;
    Node **wrt = NEW_ARRAY(e->a, Node *, n + 1), **out = NEW_ARRAY(e->a, Node *, n + 1);
    n = 0;
    for (int r = 0; r < m->ranges.n; r++)
        for (int k = 0; k < m->ranges.at[r].n; k++)
            wrt[n++] = variable_now(e, &e->variables.at[m->ranges.at[r].first + k]);
    GradFailure failure = {0};
    if (!grad(e->g, loss, n, wrt, out, &failure)) {
        elab_error(e, D_NOT_REPARAMETERISED, failure.drawn->span, failure.drawn->text);
        elab_note(e, m->tree->kid[0]->span, "the gradient of this loss would pass through it");
        diag_help(e->d, "put the draw under stop, or draw from a family that is reparameterised");
        return NULL;
    }
    if (e->g->too_large) {
        elab_too_large(e, m->tree->kid[0]->span);
        elab_note(e, NO_SPAN, "it is kept for the gradient of this loss");
        return NULL;
    }
    if (!check_dependence(e, m, loss, out)) return NULL;
    for (int i = 0; i < n; i++)
        if (!out[i]) out[i] = elab_fill(e, graph_const(e->g, 0), wrt[i]->shape, NULL);
    return out;
}
