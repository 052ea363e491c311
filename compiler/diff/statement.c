/* walk_body: two bodies that differ, statement by statement. */
#include "inside.h"

static double statement_score(Compare *c, const Tree *old, const Tree *new) {
    if (old->kind != new->kind) return 0;
    if (match(c, old, new, false)) return 1.2;
    double common = similar(c->a, old, new);
    if (bound_name(old) && bound_name(old) == bound_name(new)) return 0.7 + 0.3 * common;
    if (!bound_name(old)) return 0.3 + 0.6 * common;
    return common >= 0.6 ? 0.6 * common : 0;
}

static bool both_return(const Tree *old, const Tree *new) {
    return old->kind == TREE_RETURN && new->kind == TREE_RETURN;
}

/* Binds old's name to new's for what follows; another name is a change, for paths contain it. */
static void pair_renamed(Compare *c, const Tree *old, const Tree *new) {
    Change *rename = NULL;
    for (const NamePair *p = c->pairs; p && old->name != new->name && !rename; p = p->outer)
        if (p->old == old->name && p->new == new->name) rename = p->rename;
    if (old->name != new->name && !rename)
        rename = rename_change(c, "name", old->name, old->name_span, new->name, new->name_span);
    pair_names(c, old->name, old->name_span, new->name, rename);
}

static void walk_dims(Compare *c, const Tree *old, const Tree *new) {
    if (old && new && old->list.n == new->list.n && old->list.n)
        for (int i = 0; i < old->list.n; i++) walk_expression(c, old->list.at[i], new->list.at[i]);
    else if (!match_dims(c, old, new, false, false)) replace(c, "shape", c->old_line, c->new_line);
}

/* a, b = ... and b, a = ...: the same names for other values. */
static bool is_permuted(const Tree *x, const Tree *y) {
    bool same = true;
    for (int i = 0; i < x->list.n; i++) {
        bool found = false;
        for (int k = 0; k < y->list.n; k++)
            found = found || x->list.at[i]->name == y->list.at[k]->name;
        if (!found) return false;
        same = same && i < y->list.n && x->list.at[i]->name == y->list.at[i]->name;
    }
    return !same && x->list.n == y->list.n;
}

static void walk_bind(Compare *c, const Tree *old, const Tree *new) {
    const Tree *x = old->kid[0], *y = new->kid[0];
    bool permuted = is_permuted(x, y);
    if (x->list.n != y->list.n || permuted) {
        replace(c, "statement", old, new);
        for (int i = 0; permuted && i < x->list.n; i++)
            pair_names(c, x->list.at[i]->name, NO_SPAN, x->list.at[i]->name, NULL);
        return;
    }
    walk_expression(c, old->kid[1], new->kid[1]);
    for (int i = 0; i < x->list.n; i++) pair_renamed(c, x->list.at[i], y->list.at[i]);
}

/* draw, param, state: a name, a shape, and the rest, which must be there on both sides or none. */
static void walk_named(Compare *c, const Tree *old, const Tree *new) {
    for (int i = 0; i < TREE_MAX_KIDS; i++)
        if (!old->kid[i] != !new->kid[i] || (old->kid[i] && old->kid[i]->kind == TREE_KIND &&
                                             !match(c, old->kid[i], new->kid[i], false))) {
            replace(c, "statement", old, new);
            if (old->name != new->name) pair_names(c, old->name, NO_SPAN, new->name, NULL);
            return;
        }
    walk_dims(c, old->kid[0], new->kid[0]);
    for (int i = 1; i < TREE_MAX_KIDS; i++)
        if (old->kid[i] && old->kid[i]->kind != TREE_KIND)
            walk_expression(c, old->kid[i], new->kid[i]);
    pair_renamed(c, old, new);
}

static void walk_values(Compare *c, const Tree *old, const Tree *new) {
    bool same_as = match(c, old->kid[1], new->kid[1], false);
    if (old->kid[0]->list.n != new->kid[0]->list.n || !same_as) {
        replace(c, "statement", old, new);
        return;
    }
    match(c, old->kid[1], new->kid[1], true);
    for (int i = 0; i < old->kid[0]->list.n; i++)
        walk_expression(c, old->kid[0]->list.at[i], new->kid[0]->list.at[i]);
}

static void walk_for(Compare *c, const Tree *old, const Tree *new) {
    walk_expression(c, old->kid[0], new->kid[0]);
    NamePair *hidden = NEW(c->a, NamePair);
    *hidden = (NamePair){old->name, new->name, c->pairs, NULL};
    if (old->name != new->name)
        hidden->rename =
            rename_change(c, "name", old->name, old->name_span, new->name, new->name_span);
    c->pairs = hidden;
    walk_body(c, old->kid[1], new->kid[1]);
}

static void walk_if(Compare *c, const Tree *old, const Tree *new) {
    if (!old->kid[2] != !new->kid[2] || (old->kid[2] && old->kid[2]->kind != new->kid[2]->kind)) {
        replace(c, "statement", old, new);
        return;
    }
    walk_expression(c, old->kid[0], new->kid[0]);
    walk_body(c, old->kid[1], new->kid[1]);
    if (old->kid[2] && old->kid[2]->kind == TREE_IF) walk_if(c, old->kid[2], new->kid[2]);
    else if (old->kid[2]) walk_body(c, old->kid[2], new->kid[2]);
}

static void walk_update(Compare *c, const Tree *old, const Tree *new) {
    if (match_names(c, old, new, false, false)) {
        match_names(c, old, new, false, true);
        walk_expression(c, old->kid[0], new->kid[0]);
    } else replace(c, "statement", old, new);
}

static void walk_first(Compare *c, const Tree *old, const Tree *new) {
    if (old->kid[0]->kind == TREE_LIST && old->kid[0]->list.n != new->kid[0]->list.n)
        replace(c, "statement", old, new);
    else walk_expression(c, old->kid[0], new->kid[0]);
}

static void (*const statement_walks[TREE_COUNT])(Compare *, const Tree *, const Tree *) = {
    [TREE_BIND] = walk_bind,   [TREE_DRAW] = walk_named,    [TREE_PARAM] = walk_named,
    [TREE_STATE] = walk_named, [TREE_UPDATE] = walk_update, [TREE_RETURN] = walk_values,
    [TREE_SHOW] = walk_values, [TREE_YIELD] = walk_first,   [TREE_FOR] = walk_for,
    [TREE_IF] = walk_if,       [TREE_EXPR] = walk_first,
};

static void walk_statement(Compare *c, const Tree *old, const Tree *new) {
    const Tree *old_line = c->old_line, *new_line = c->new_line;
    NamePair *saved = c->pairs;
    c->old_line = old;
    c->new_line = new;
    if (match(c, old, new, false)) {
        match(c, old, new, true);
        pair_bound(c, old, new);
    } else statement_walks[old->kind](c, old, new);
    if (old->kind == TREE_FOR || old->kind == TREE_IF) c->pairs = saved;
    c->old_line = old_line;
    c->new_line = new_line;
}

/* Where a statement is put in: behind old's statement number `after`, or behind the brace. */
static int place_behind(const Tree *body, int after) {
    return after >= 0 ? body->kid[0]->list.at[after]->span.end : body->span.start + 1;
}

static void statement_added(Compare *c, const Tree *old, int after, const Tree *new) {
    const Tree *old_line = c->old_line, *new_line = c->new_line;
    c->old_line = NULL;
    c->new_line = new;
    Change *change = add_change(c, CHANGE_ADDED, "statement", NULL, new);
    c->old_line = old_line;
    c->new_line = new_line;
    int at = place_behind(old, after);
    const char *text = side_text(c, c->new, new->span);
    add_edit(c, change, (Span){c->old_file, at, at}, arena_printf(c->a, "\n%s\n", text));
}

static void statement_removed(Compare *c, const Tree *old) {
    const Tree *old_line = c->old_line, *new_line = c->new_line;
    c->old_line = old;
    c->new_line = NULL;
    Change *change = add_change(c, CHANGE_REMOVED, "statement", old, NULL);
    c->old_line = old_line;
    c->new_line = new_line;
    add_edit(c, change, old->span, "");
}

void walk_body(Compare *c, const Tree *old, const Tree *new) {
    const Tree *x = old->kid[0];
    Tree **list = body_in_order_of(c, x, new->kid[0]);
    AlignPair *p = NEW_ARRAY(c->a, AlignPair, x->list.n + new->kid[0]->list.n + 1);
    int n =
        align(c, x->list.at, x->list.n, list, new->kid[0]->list.n, statement_score, both_return, p);
    NamePair *saved = c->pairs;
    int after = -1;
    for (int i = 0; i < n; i++) {
        if (p[i].old > after) after = p[i].old;
        if (p[i].old >= 0 && p[i].new >= 0) walk_statement(c, x->list.at[p[i].old], list[p[i].new]);
        else if (p[i].old >= 0) statement_removed(c, x->list.at[p[i].old]);
        else statement_added(c, old, after, list[p[i].new]);
    }
    c->pairs = saved;
}
