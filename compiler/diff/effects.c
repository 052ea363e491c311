/* find_effects: what follows from the changes: shapes and constants downstream, figures, what is
 * minimised, whether a checkpoint fits. diff_specs: changes, then effects. */
#include "inside.h"
#include "../compile.h"
#include "../transform/transform.h"

#include <stdlib.h>
#include <string.h>

/* ---- shapes and constants that follow ---- */

/* A constant of both specs that is given another value where it is declared. */
typedef struct {
    const char *name;
    const char *setting;
} Cause;
typedef LIST(Cause) Causes;

static Causes causes_of(Compare *c) {
    Causes list = {0};
    for (int i = 0; i < c->diff->changes.n; i++) {
        const Change *change = c->diff->changes.at[i];
        double value;
        bool let = change->old_decl && change->new_decl && change->old_decl->kind == TREE_LET &&
                   change->new_decl->kind == TREE_LET && change->kind != CHANGE_RENAMED;
        if (!let || !side_constant(c->new, change->new_decl->name, &value)) continue;
        const char *name = change->old_decl->name;
        if (list.n && list.at[list.n - 1].name == name) continue;
        LIST_ADD(c->a, &list, ((Cause){name, arena_printf(c->a, "%s=%.17g", name, value)}));
    }
    return list;
}

/* The old spec with some constants as the new one has them; NULL if that has errors. */
static Model *what_if(Compare *c, const Causes *causes, int only) {
    int n = c->old->n_overrides, all = causes->n;
    const char **settings = NEW_ARRAY(c->a, const char *, n + all + 1);
    for (int i = 0; i < n; i++) settings[i] = c->old->overrides[i];
    for (int i = 0; i < all; i++)
        if (only < 0 || only == i) settings[n++] = causes->at[i].setting;
    Diag *d = diag_new(c->a);
    for (int i = 0; i <= c->old->source; i++) { /* under the same numbers */
        const Source *source = diag_source(c->old->diag, i);
        diag_add_source(d, source->name, source->text, source->length, source->builtin);
    }
    return compile_seen(c->a, d, c->old->source, n, settings);
}

static const char *shape_at(Compare *c, const Model *m, Span at) {
    const Seen *seen = m ? model_seen(m, at) : NULL;
    return seen && seen->shaped ? shape_text(c->a, &seen->shape) : NULL;
}

typedef struct {
    Compare *c;
    const Causes *causes;
    Model *all, **one;
    const Tree *decl;
} Following;

static const char *cause_of(const Following *f, Span at, const char *now) {
    for (int i = 0; i < f->causes->n; i++) {
        const char *alone = shape_at(f->c, f->one[i], at);
        if (alone && strcmp(alone, now) == 0) return f->causes->at[i].name;
    }
    return NULL;
}

static void shape_of_name(const Following *f, const char *name, Span at) {
    Compare *c = f->c;
    const char *was = shape_at(c, c->old->model, at), *is = shape_at(c, f->all, at);
    if (!was || !is || strcmp(was, is) == 0) return;
    const char *own = decl_name(f->decl, 0);
    const char *what = own == name ? name : arena_printf(c->a, "%s in %s", name, own);
    for (int i = 0; i < c->diff->shapes.n; i++)
        if (strcmp(c->diff->shapes.at[i].what, what) == 0) return;
    LIST_ADD(c->a, &c->diff->shapes, ((DiffShape){what, was, is, cause_of(f, at, is)}));
}

static void shapes_below(const Following *f, const Tree *t) {
    if (!t) return;
    if (t->kind == TREE_DRAW || t->kind == TREE_DATUM) shape_of_name(f, t->name, t->name_span);
    if (t->kind == TREE_BIND)
        for (int i = 0; i < t->kid[0]->list.n; i++)
            shape_of_name(f, t->kid[0]->list.at[i]->name, t->kid[0]->list.at[i]->name_span);
    for (int i = 0; i < TREE_MAX_KIDS; i++) shapes_below(f, t->kid[i]);
    for (int i = 0; i < t->list.n; i++) shapes_below(f, t->list.at[i]);
}

static bool is_cause(const Causes *causes, const char *name) {
    for (int i = 0; i < causes->n; i++)
        if (causes->at[i].name == name) return true;
    return false;
}

/* let half = width / 2 under another width. */
static void constants_that_follow(const Following *f) {
    Compare *c = f->c;
    for (int i = 0; i < c->old->model->constants.n; i++) {
        const Constant *k = &c->old->model->constants.at[i];
        DiffSide after = {.model = f->all};
        double now = k->value, alone;
        const char *cause = NULL;
        if (is_cause(f->causes, k->name) || !side_constant(&after, k->name, &now) ||
            now == k->value)
            continue;
        for (int j = 0; j < f->causes->n && !cause; j++) {
            DiffSide one = {.model = f->one[j]};
            if (f->one[j] && side_constant(&one, k->name, &alone) && alone == now)
                cause = f->causes->at[j].name;
        }
        LIST_ADD(c->a, &c->diff->shapes,
                 ((DiffShape){arena_printf(c->a, "let %s", k->name),
                              arena_printf(c->a, "%.10g", k->value),
                              arena_printf(c->a, "%.10g", now), cause}));
    }
}

enum { MOST_CAUSES = 16 }; /* each costs an elaboration */

static void find_shapes(Compare *c) {
    Causes causes = causes_of(c);
    if (!causes.n || causes.n > MOST_CAUSES) return;
    Following f = {.c = c, .causes = &causes, .all = what_if(c, &causes, -1)};
    f.one = NEW_ARRAY(c->a, Model *, causes.n);
    for (int i = 0; i < causes.n; i++) f.one[i] = causes.n == 1 ? f.all : what_if(c, &causes, i);
    if (!f.all) return;
    constants_that_follow(&f);
    for (int i = 0; i < c->old->names->decls.n; i++) {
        f.decl = c->old->names->decls.at[i];
        shapes_below(&f, f.decl);
    }
}

/* ---- figures ---- */

static double parameters_of(const Model *m) {
    double n = 0;
    for (int i = 0; i < m->tensors.n; i++)
        if (m->tensors.at[i].role == GEN_PARAM) n += (double)shape_size(&m->tensors.at[i].shape);
    return n;
}

static const Network *network_named(const Model *m, const char *name) {
    for (int i = 0; i < m->networks.n; i++)
        if (m->networks.at[i].name == name) return &m->networks.at[i];
    return NULL;
}

static void add_network(Compare *c, const Network *x, const Network *y) {
    const char *what = x && y && x->name != y->name
                           ? arena_printf(c->a, "%s %s -> %s", x->role, x->name, y->name)
                           : arena_printf(c->a, "%s %s", (x ? x : y)->role, (x ? x : y)->name);
    LIST_ADD(c->a, &c->diff->networks,
             ((DiffFigure){what, x ? (double)x->parameters : 0, y ? (double)y->parameters : 0,
                           x != NULL, y != NULL}));
}

static void find_figures(Compare *c) {
    transform_model(c->old->model);
    transform_model(c->new->model);
    c->old->size = emit_size(c->old->model, 4);
    c->new->size = emit_size(c->new->model, 4);
    Diff *d = c->diff;
    const Model *m = c->old->model, *n = c->new->model;
    for (int i = 0; i < c->old->names->entries.n; i++) {
        const Entry *e = c->old->names->entries.at[i];
        const Network *x = e->space == SPACE_CALLABLE ? network_named(m, e->name) : NULL;
        if (x) add_network(c, x, e->mate ? network_named(n, e->mate->name) : NULL);
    }
    for (int i = 0; i < c->new->names->entries.n; i++) {
        const Entry *e = c->new->names->entries.at[i];
        const Network *y = e->space == SPACE_CALLABLE ? network_named(n, e->name) : NULL;
        if (y && !e->mate) add_network(c, NULL, y);
    }
    d->parameters = (DiffFigure){"parameters", parameters_of(m), parameters_of(n), true, true};
    d->flops = (DiffFigure){"flops a step", c->old->size.flops_per_step,
                            c->new->size.flops_per_step, true, true};
    d->memory = (DiffFigure){"planned memory", (double)c->old->size.total,
                             (double)c->new->size.total, true, true};
}

/* ---- what is minimised ---- */

typedef struct {
    Compare *c;
    const DiffSide *side;
    LIST(const Tree *) reached;
} Reach;

static void reach(Reach *r, const Tree *t);

static void reach_name(Reach *r, const Tree *name) {
    static const Space spaces[] = {SPACE_VALUE, SPACE_CALLABLE};
    for (int s = 0; s < 2; s++) {
        const Entry *e = names_find(r->side, spaces[s], name);
        bool known = !e;
        for (int i = 0; !known && i < r->reached.n; i++) known = r->reached.at[i] == e->decl;
        if (known) continue;
        LIST_ADD(r->c->a, &r->reached, e->decl);
        for (int i = 0; i < TREE_MAX_KIDS; i++) reach(r, e->decl->kid[i]);
    }
}

static void reach(Reach *r, const Tree *t) {
    if (!t) return;
    if (t->kind == TREE_NAME) reach_name(r, t);
    for (int i = 0; i < TREE_MAX_KIDS; i++) reach(r, t->kid[i]);
    for (int i = 0; i < t->list.n; i++) reach(r, t->list.at[i]);
}

/* What it is called, in which file it stands and in which order it is summed changes nothing that
 * it does. */
static bool counts(const Change *change) {
    return change->kind != CHANGE_RENAMED && change->kind != CHANGE_REORDERED &&
           (change->kind != CHANGE_MOVED || change->in);
}

static bool decl_changed(const Compare *c, const Tree *decl) {
    for (int i = 0; i < c->diff->changes.n; i++)
        if (counts(c->diff->changes.at[i]) && c->diff->changes.at[i]->new_decl == decl) return true;
    return false;
}

enum { MOST_NAMED = 4 };

/* The changed declarations that a term of the new spec depends on; NULL: none. */
static const char *changed_below(Compare *c, const Tree *term) {
    Reach r = {.c = c, .side = c->new};
    Text t = {.arena = c->a};
    int n = 0;
    reach(&r, term);
    for (int i = 0; i < r.reached.n; i++) {
        if (!decl_changed(c, r.reached.at[i])) continue;
        if (++n <= MOST_NAMED)
            text_printf(&t, "%s%s", n > 1 ? ", " : "", decl_title(c->a, r.reached.at[i]));
    }
    if (n > MOST_NAMED) text_printf(&t, " and %d more", n - MOST_NAMED);
    return t.at;
}

typedef LIST(const Tree *) Trees;

static void terms_of(Arena *a, const Tree *t, Trees *out) {
    bool sum = t->kind == TREE_BINARY && !t->name[1] && strchr("+-", t->name[0]);
    if (!sum) {
        LIST_ADD(a, out, t);
        return;
    }
    terms_of(a, t->kid[0], out);
    LIST_ADD(a, out, t->kid[1]);
}

static void add_term(Compare *c, const char *minimize, const Tree *t, TermState state,
                     const char *through) {
    LIST_ADD(c->a, &c->diff->terms,
             ((DiffTerm){minimize, syntax_print_tree(c->a, t), state, through}));
}

static int nearest_term(Compare *c, const Trees *old, const bool *used, const Tree *term) {
    int best = -1;
    double most = 0.2;
    for (int i = 0; i < old->n; i++) {
        double common = used[i] ? 0 : similar(c->a, old->at[i], term);
        if (common > most) most = common, best = i;
    }
    return best;
}

static void compare_terms(Compare *c, const char *minimize, const Tree *old, const Tree *new) {
    Trees x = {0}, y = {0};
    if (old) terms_of(c->a, old->kid[0], &x);
    if (new) terms_of(c->a, new->kid[0], &y);
    bool *used = NEW_ARRAY(c->a, bool, x.n + 1), *found = NEW_ARRAY(c->a, bool, y.n + 1);
    for (int k = 0; k < y.n; k++)
        for (int i = 0; i < x.n && !found[k]; i++)
            if (!used[i] && match(c, x.at[i], y.at[k], false)) used[i] = found[k] = true;
    for (int k = 0; k < y.n; k++) {
        const char *through = changed_below(c, y.at[k]);
        int old_term = found[k] ? -1 : nearest_term(c, &x, used, y.at[k]);
        TermState state = found[k]        ? (through ? TERM_THROUGH : TERM_SAME)
                          : old_term >= 0 ? TERM_CHANGED
                                          : TERM_ADDED;
        if (old_term >= 0) used[old_term] = true;
        add_term(c, minimize, y.at[k], state, through);
    }
    for (int i = 0; i < x.n; i++)
        if (!used[i]) add_term(c, minimize, x.at[i], TERM_REMOVED, NULL);
}

static void find_terms(Compare *c) {
    const Tree *x = side_train(c->old), *y = side_train(c->new);
    static const Tree none = {.kind = TREE_LIST};
    Tree **old, **new;
    AlignPair *p;
    int n = minimizes_of(c, x ? x : &none, &old), m = minimizes_of(c, y ? y : &none, &new);
    c->pairs = NULL;
    int pairs = pair_minimizes(c, old, n, new, m, &p);
    for (int i = 0; i < pairs; i++) {
        const Tree *a = p[i].old >= 0 ? old[p[i].old] : NULL,
                   *b = p[i].new >= 0 ? new[p[i].new] : NULL;
        Tree over = *(b ? b : a)->kid[1];
        over.kind = TREE_LIST;
        compare_terms(c, arena_printf(c->a, "over %s", syntax_print_tree(c->a, &over)), a, b);
    }
}

/* ---- checkpoints ---- */

static const Tensor *tensor_at(const Model *m, const char *path) {
    for (int i = 0; i < m->tensors.n; i++)
        if (strcmp(m->tensors.at[i].path, path) == 0) return &m->tensors.at[i];
    return NULL;
}

/* The new name of a path's part: of a top-level thing, or of a name within `network`. */
static const char *renamed_part(Compare *c, const char *network, const char *part) {
    for (int i = 0; i < c->diff->changes.n; i++) {
        const Change *change = c->diff->changes.at[i];
        if (change->kind != CHANGE_RENAMED || strcmp(change->old_text, part) != 0) continue;
        bool top = !change->in;
        if (network ? !top && strcmp(decl_name(change->old_decl, 0), network) == 0 : top)
            return change->new_text;
    }
    return part;
}

static const char *renamed_path(Compare *c, const char *path) {
    Text t = {.arena = c->a};
    const char *network = NULL;
    while (*path) {
        size_t n = strcspn(path, ".#");
        const char *part = arena_strndup(c->a, path, n);
        text_put(&t, renamed_part(c, network, part));
        if (!network) network = part;
        path += n;
        if (*path == '#') {
            size_t rest = strcspn(path, ".");
            text_put_n(&t, path, rest);
            path += rest;
        }
        if (*path == '.') text_put_n(&t, path++, 1);
    }
    return t.at;
}

static void add_misfit(Compare *c, const char *path, const Tensor *x, const Tensor *y,
                       const char *renamed) {
    LIST_ADD(c->a, &c->diff->misfits,
             ((DiffTensor){path, x ? shape_text(c->a, &x->shape) : NULL,
                           y ? shape_text(c->a, &y->shape) : NULL, renamed}));
}

/* Where an old tensor has gone. */
typedef struct {
    const Tensor *old, *there; /* there: what has its path in the new spec */
    const Tensor *now;         /* the same one, in the new spec; NULL: it is no more */
} Gone;

/* A parameter of what is called otherwise is the same one only in its old shape. */
static Gone where_is(Compare *c, const Tensor *x) {
    const Model *n = c->new->model;
    const char *path = renamed_path(c, x->path);
    Gone g = {.old = x, .there = tensor_at(n, x->path), .now = tensor_at(n, path)};
    bool renamed = strcmp(path, x->path) != 0;
    if (renamed && g.now && !shape_equal(&x->shape, &g.now->shape)) g.now = NULL;
    return g;
}

static bool fits(const Tensor *x, const Tensor *y) {
    return y && shape_equal(&x->shape, &y->shape);
}

typedef LIST(Gone) Goings;

static void find_misfits(Compare *c, const Goings *list) {
    Diff *d = c->diff;
    for (int i = 0; i < list->n; i++) {
        const Gone *g = &list->at[i];
        bool stays = g->now == g->there;
        d->fitting += stays && fits(g->old, g->now);
        d->astray += !stays && fits(g->old, g->there);
        if (!stays || !fits(g->old, g->now))
            add_misfit(c, g->old->path, g->old, g->now, stays || !g->now ? NULL : g->now->path);
    }
    for (int i = 0; i < c->new->model->tensors.n; i++) {
        const Tensor *y = &c->new->model->tensors.at[i];
        bool known = y->role > GEN_STATE;
        for (int k = 0; k < list->n && !known; k++) known = list->at[k].now == y;
        if (!known) add_misfit(c, y->path, NULL, y, NULL);
    }
}

/* Have both the same averages? */
static bool averages_fit(const Model *m, const Model *n) {
    int old = 0, new = 0, same = 0;
    for (int i = 0; i < n->tensors.n; i++) new += n->tensors.at[i].role == GEN_AVERAGE;
    for (int i = 0; i < m->tensors.n; i++) {
        const Tensor *x = &m->tensors.at[i];
        old += x->role == GEN_AVERAGE;
        same += x->role == GEN_AVERAGE && fits(x, tensor_at(n, x->path));
    }
    return old == same && new == same;
}

static void find_checkpoint(Compare *c) {
    Diff *d = c->diff;
    const Model *m = c->old->model, *n = c->new->model;
    Goings list = {0};
    for (int i = 0; i < m->tensors.n; i++)
        if (m->tensors.at[i].role <= GEN_STATE)
            LIST_ADD(c->a, &list, where_is(c, &m->tensors.at[i]));
    d->tensors = list.n;
    find_misfits(c, &list);
    d->averages_fit = averages_fit(m, n);
    d->resumes = m->tensors.n == n->tensors.n && !d->astray;
    for (int i = 0; d->resumes && i < m->tensors.n; i++)
        d->resumes = fits(&m->tensors.at[i], tensor_at(n, m->tensors.at[i].path));
}

/* ---- all ---- */

void find_effects(Compare *c) {
    find_figures(c);
    find_terms(c);
    find_checkpoint(c);
    find_shapes(c);
}

/* Places of renamed things that lie in what another change replaces are gone with it. */
static void drop_covered_edits(Diff *d) {
    for (int i = 0; i < d->changes.n; i++) {
        Change *x = d->changes.at[i];
        int kept = 0;
        for (int e = 0; e < x->edits.n; e++) {
            Span at = x->edits.at[e].at;
            bool covered = !home_of(d->old, at.file)->mate; /* of a file that is imported no more */
            for (int k = 0; k < d->changes.n; k++)
                for (int f = 0; f < d->changes.at[k]->edits.n && !covered; f++) {
                    Span other = d->changes.at[k]->edits.at[f].at;
                    bool inside =
                        other.start <= at.start && at.end <= other.end && at.file == other.file;
                    bool larger = other.end - other.start > at.end - at.start;
                    covered = inside && larger && at.end > at.start;
                }
            if (!covered) x->edits.at[kept++] = x->edits.at[e];
        }
        x->edits.n = kept;
    }
}

static void forget_mates(DiffSide *side) {
    for (int i = 0; i < side->names->homes.n; i++) side->names->homes.at[i]->mate = NULL;
    for (int i = 0; i < side->names->entries.n; i++) {
        Entry *e = side->names->entries.at[i];
        e->mate = NULL;
        e->rename = NULL;
        e->active = false;
    }
}

static Compare *compare_with(Arena *a, DiffSide *old, DiffSide *new, bool exchange) {
    Diff *d = NEW(a, Diff);
    *d = (Diff){.arena = a, .old = old, .new = new};
    Compare *c = NEW(a, Compare);
    *c = (Compare){.a = a, .diff = d, .old = old, .new = new, .exchange = exchange};
    forget_mates(old);
    forget_mates(new);
    compare_declarations(c);
    drop_covered_edits(d);
    return c;
}

/* What stands under one name is the same thing, unless fewer changes are left where names that seem
 * to have been exchanged are taken to be: q(x) and p(z) called p(x) and q(z), with all their uses.
 * (The sides remember the last comparison.) */
static Compare *compare(Arena *a, DiffSide *old, DiffSide *new) {
    Compare *exchanged = compare_with(a, old, new, true);
    if (!exchanged->exchanged) return exchanged;
    Compare *plain = compare_with(a, old, new, false);
    bool fewer = exchanged->diff->changes.n < plain->diff->changes.n;
    return fewer ? compare_with(a, old, new, true) : plain;
}

Diff *diff_changes(Arena *a, DiffSide *old, DiffSide *new) {
    return compare(a, old, new)->diff;
}

Diff *diff_specs(Arena *a, DiffSide *old, DiffSide *new) {
    Compare *c = compare(a, old, new);
    find_effects(c);
    drop_covered_edits(c->diff); /* pairing objectives met renamed networks again */
    return c->diff;
}
