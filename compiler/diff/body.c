/* walk_train, walk_methods: the declarations whose braces hold a list of things with names. */
#include "inside.h"

#include "../elaborate/elaborate.h"

#include <string.h>

/* ---- train ---- */

static bool is_walked(const Compare *c, const Tree *old, const Tree *new) {
    for (int i = 0; i < c->diff->changes.n; i++)
        if (c->diff->changes.at[i]->old_line == old && c->diff->changes.at[i]->new_line == new)
            return true;
    return false;
}

/* A setting that one side may lack. In its place its value is walked; true if it has to be written
 * down otherwise: then *first is set, to the first such change. */
static bool walk_setting(Compare *c, const Tree *old, const Tree *new, bool in_place,
                         Change **first) {
    if (match_setting(c, old, new, false)) return match_setting(c, old, new, true), false;
    if (is_walked(c, old, new)) return !in_place; /* what holds for several minimizes */
    c->old_line = old;
    c->new_line = new;
    if (old && new &&in_place) return walk_expression(c, old->kid[0], new->kid[0]), false;
    ChangeKind kind = !old ? CHANGE_ADDED : !new ? CHANGE_REMOVED : CHANGE_CHANGED;
    Change *change = add_change(c, kind, "setting", old, new);
    if (!*first) *first = change;
    return true;
}

static bool walk_step_settings(Compare *c, const Tree *old, const Tree *new, Change **first) {
    const char *name;
    bool of_minimize, comes_or_goes = false;
    for (int i = 0; (name = setting_name(i, &of_minimize)); i++)
        if (!of_minimize &&
            walk_setting(c, setting_named(old, name), setting_named(new, name), true, first))
            comes_or_goes = true;
    return comes_or_goes;
}

/* Settings that hold for a minimize, its own or the step's. */
typedef enum { SETTINGS_IN_PLACE, SETTINGS_OF_MINIMIZE, SETTINGS_OF_STEP } Rewrite;

static Rewrite walk_minimize_settings(Compare *c, const Tree *old, const Tree *new,
                                      Change **first) {
    const char *name;
    bool of_minimize;
    Rewrite rewrite = SETTINGS_IN_PLACE;
    for (int i = 0; (name = setting_name(i, &of_minimize)); i++) {
        const Tree *x = setting_of_minimize(c->old, old, name),
                   *y = setting_of_minimize(c->new, new, name);
        bool x_own = !x || setting_named(old->kid[3], name),
             y_own = !y || setting_named(new->kid[3], name);
        if (!of_minimize || !walk_setting(c, x, y, x_own == y_own, first)) continue;
        if (!x_own || !y_own) rewrite = SETTINGS_OF_STEP;
        else if (rewrite == SETTINGS_IN_PLACE) rewrite = SETTINGS_OF_MINIMIZE;
    }
    return rewrite;
}

static void replace_over(Compare *c, const Tree *x, const Tree *y) {
    Change *change = add_change(c, CHANGE_CHANGED, "over", x, y);
    change->old_at = span_join(x->list.at[0]->span, x->list.at[x->list.n - 1]->span);
    change->new_at = span_join(y->list.at[0]->span, y->list.at[y->list.n - 1]->span);
    add_edit(c, change, change->old_at, side_text(c, c->new, change->new_at));
}

/* True if all that stands in the train block has to be written anew. */
static bool walk_minimize(Compare *c, const Tree *old, const Tree *new, Change **first) {
    c->old_line = old;
    c->new_line = new;
    walk_expression(c, old->kid[0], new->kid[0]);
    if (!match_set(c, old->kid[1], new->kid[1], false)) replace_over(c, old->kid[1], new->kid[1]);
    else match_set(c, old->kid[1], new->kid[1], true);
    Tree x = {.kind = TREE_PIPE, .kid = {NULL, old->kid[2]}},
         y = {.kind = TREE_PIPE, .kid = {NULL, new->kid[2]}};
    if (match_call(c, &x, &y, false)) match_call(c, &x, &y, true);
    else walk_expression(c, old->kid[2], new->kid[2]);
    Change *own = NULL;
    Rewrite rewrite = walk_minimize_settings(c, old, new, &own);
    if (own && !*first) *first = own;
    if (rewrite != SETTINGS_OF_MINIMIZE) return rewrite == SETTINGS_OF_STEP;
    Span from = {c->old_file, old->kid[2]->span.end, old->span.end};
    Span to = {c->new_file, new->kid[2]->span.end, new->span.end};
    own->old_span = old->kid[3];
    own->new_span = new->kid[3];
    add_edit(c, own, from, side_text(c, c->new, to));
    return false;
}

int minimizes_of(Compare *c, const Tree *list, Tree ***out) {
    int n = 0;
    *out = NEW_ARRAY(c->a, Tree *, list->list.n + 1);
    for (int i = 0; i < list->list.n; i++)
        if (list->list.at[i]->kind == TREE_MINIMIZE) (*out)[n++] = list->list.at[i];
    return n;
}

static double minimize_score(Compare *c, const Tree *old, const Tree *new) {
    if (match(c, old, new, false)) return 1.5;
    bool same_over = match_set(c, old->kid[1], new->kid[1], false);
    double common = similar(c->a, old, new);
    return same_over ? 0.6 + 0.4 * common : common >= 0.5 ? common / 2 : 0;
}

int pair_minimizes(Compare *c, Tree **old, int n, Tree **new, int m, AlignPair **out) {
    *out = NEW_ARRAY(c->a, AlignPair, n + m + 1);
    return align(c, old, n, new, m, minimize_score, any_two, *out);
}

/* Where minimizes or settings come or go, all between the braces is replaced at once: a setting
 * that follows a minimize would belong to it. */
static Span between_braces(const Tree *train) {
    return (Span){train->span.file, train->kid[0]->name_span.start + 1, train->span.end - 1};
}

void walk_train(Compare *c, const Tree *old, const Tree *new) {
    int from = c->diff->changes.n;
    Change *first = NULL;
    bool all = walk_step_settings(c, old->kid[0], new->kid[0], &first);
    Tree **x, **y;
    int n = minimizes_of(c, old->kid[0], &x), m = minimizes_of(c, new->kid[0], &y);
    AlignPair *p;
    int pairs = pair_minimizes(c, x, n, y, m, &p);
    for (int i = 0; i < pairs; i++) {
        bool was = p[i].old >= 0, is = p[i].new >= 0;
        c->old_line = was ? x[p[i].old] : NULL;
        c->new_line = is ? y[p[i].new] : NULL;
        if (was && is) {
            all = walk_minimize(c, c->old_line, c->new_line, &first) || all;
            continue;
        }
        Change *change = add_change(c, was ? CHANGE_REMOVED : CHANGE_ADDED, "minimize", c->old_line,
                                    c->new_line);
        if (!first) first = change;
        all = true;
    }
    if (!all) return;
    for (int i = from; i < c->diff->changes.n; i++) c->diff->changes.at[i]->edits.n = 0;
    Span now = between_braces(new);
    first->old_span = old;
    first->new_span = new;
    add_edit(c, first, between_braces(old), side_text(c, c->new, now));
}

/* ---- distributions ---- */

void walk_methods(Compare *c, const Tree *old, const Tree *new) {
    const Tree *x = old->kid[1], *y = new->kid[1];
    for (int i = 0; i < x->list.n; i++) {
        const Tree *t = x->list.at[i], *mate = method_named(y, t->name);
        NamePair *saved = c->pairs;
        c->old_line = t;
        c->new_line = mate;
        if (!mate) add_edit(c, add_change(c, CHANGE_REMOVED, "method", t, NULL), t->span, "");
        else if (match(c, t, mate, false)) match(c, t, mate, true);
        else if (!match_formals(c, t->kid[0], mate->kid[0], true) ||
                 (t->kid[1]->kind == TREE_BODY) != (mate->kid[1]->kind == TREE_BODY))
            replace(c, "method", t, mate);
        else if (t->kid[1]->kind == TREE_BODY) walk_body(c, t->kid[1], mate->kid[1]);
        else walk_expression(c, t->kid[1], mate->kid[1]);
        c->pairs = saved;
    }
    for (int i = 0; i < y->list.n; i++) {
        const Tree *t = y->list.at[i];
        if (method_named(x, t->name)) continue;
        c->old_line = NULL;
        c->new_line = t;
        Change *change = add_change(c, CHANGE_ADDED, "method", NULL, t);
        int at = old->span.end - 1;
        add_edit(c, change, (Span){c->old_file, at, at},
                 arena_printf(c->a, "\n%s\n", side_text(c, c->new, t->span)));
    }
}
