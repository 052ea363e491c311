/* walk_expression: down two trees that differ, to the smallest parts that do.
 *
 * Does: pipelines stage by stage, sums and products operand by operand, calls argument by argument.
 * Leaves: Changes, each with the edits that turn the old text there
 * into the new. */
#include "inside.h"

#include <string.h>

/* ---- changes ---- */

static Span at_or_none(const Tree *t) {
    return t ? t->span : NO_SPAN;
}

static const char *path_of(Compare *c) {
    const Tree *decl = c->old_decl ? c->old_decl : c->new_decl;
    const Tree *line = c->old_line ? c->old_line : c->new_line;
    const char *name = decl ? decl_name(decl, 0) : "";
    if (!line || line == decl) return name;
    const char *own = line->kind == TREE_BIND ? line->kid[0]->list.at[0]->name : line->name;
    if (line->kind == TREE_RETURN) own = "out";
    return own ? arena_printf(c->a, "%s.%s", name, own) : name;
}

Change *add_change(Compare *c, ChangeKind kind, const char *what, const Tree *old,
                   const Tree *new) {
    Change *change = NEW(c->a, Change);
    const Tree *decl = c->old_decl ? c->old_decl : c->new_decl;
    bool whole = (old ? old : new) == decl;
    *change = (Change){.kind = kind,
                       .what = what,
                       .in = whole || !decl ? NULL : decl_title(c->a, decl),
                       .path = path_of(c),
                       .old = old,
                       .new = new,
                       .old_text = old ? syntax_print_tree(c->a, old) : NULL,
                       .new_text = new ? syntax_print_tree(c->a, new) : NULL,
                       .old_at = at_or_none(old),
                       .new_at = at_or_none(new),
                       .old_line = c->old_line,
                       .new_line = c->new_line,
                       .old_decl = c->old_decl,
                       .new_decl = c->new_decl,
                       .order = c->order};
    LIST_ADD(c->a, &c->diff->changes, change);
    return change;
}

void add_edit(Compare *c, Change *change, Span at, const char *text) {
    for (int i = 0; i < change->edits.n; i++)
        if (change->edits.at[i].at.file == at.file && change->edits.at[i].at.start == at.start &&
            change->edits.at[i].at.end == at.end)
            return;
    LIST_ADD(c->a, &change->edits, ((DiffEdit){at, text}));
}

static void edit(Compare *c, Change *change, int from, int to, int new_from, int new_to) {
    add_edit(c, change, (Span){c->old_file, from, to},
             side_text(c, c->new, (Span){c->new_file, new_from, new_to}));
}

Change *replace(Compare *c, const char *what, const Tree *old, const Tree *new) {
    Change *change = add_change(c, CHANGE_CHANGED, what, old, new);
    edit(c, change, old->span.start, old->span.end, new->span.start, new->span.end);
    return change;
}

/* A name bound by the text itself, which has no tree of its own. */
Change *rename_change(Compare *c, const char *what, const char *old, Span old_at, const char *new,
                      Span new_at) {
    Change *change = add_change(c, CHANGE_RENAMED, what, NULL, NULL);
    change->old_text = old;
    change->new_text = new;
    change->old_at = old_at;
    change->new_at = new_at;
    add_edit(c, change, old_at, new);
    return change;
}

/* ---- items between separators ---- */

/* Items of which the first stays: later ones come and go with the separator before them. */
typedef struct {
    Tree **at;
    int n;
    int *start, *end; /* bytes of an item, with its operator */
    const char *what;
} Items;

static void item_removed(Compare *c, const Items *x, int i) {
    Change *change = add_change(c, CHANGE_REMOVED, x->what, x->at[i], NULL);
    add_edit(c, change, (Span){c->old_file, x->end[i - 1], x->end[i]}, "");
}

static void item_added(Compare *c, const Items *x, int after, const Items *y, int k) {
    Change *change = add_change(c, CHANGE_ADDED, y->what, NULL, y->at[k]);
    edit(c, change, x->end[after], x->end[after], y->end[k - 1], y->end[k]);
}

static void item_moved(Compare *c, const Items *x, int i, int after, const Items *y, int k) {
    Change *change = add_change(c, CHANGE_MOVED, x->what, x->at[i], y->at[k]);
    add_edit(c, change, (Span){c->old_file, x->end[i - 1], x->end[i]}, "");
    edit(c, change, x->end[after], x->end[after], y->end[k - 1], y->end[k]);
}

/* The other end of a move, which align marked: of several that are alike, each once. */
static int moved_from(Compare *c, const Items *x, const AlignPair *p, int n, const Tree *new,
                      bool *used) {
    for (int i = 0; i < n; i++) {
        bool end = p[i].moved && p[i].new < 0 && !used[p[i].old];
        if (!end || !match(c, x->at[p[i].old], new, false)) continue;
        used[p[i].old] = true;
        return p[i].old;
    }
    return -1;
}

/* Walks items 1 to the end; the first ones have been dealt with. */
static void walk_items(Compare *c, const Items *x, const Items *y, AlignScore *score,
                       bool (*zip)(const Tree *, const Tree *),
                       void (*walk)(Compare *c, const Tree *old, const Tree *new)) {
    AlignPair *p = NEW_ARRAY(c->a, AlignPair, x->n + y->n + 1);
    int n = align(c, x->at + 1, x->n - 1, y->at + 1, y->n - 1, score, zip, p), after = 0;
    bool *used = NEW_ARRAY(c->a, bool, x->n + 1);
    for (int i = 0; i < n; i++) {
        if (p[i].old >= 0) p[i].old++;
        if (p[i].new >= 0) p[i].new ++;
    }
    for (int i = 0; i < n; i++) {
        if (p[i].old > after) after = p[i].old;
        if (p[i].old >= 0 && p[i].new >= 0) walk(c, x->at[p[i].old], y->at[p[i].new]);
        else if (p[i].old >= 0 && !p[i].moved) item_removed(c, x, p[i].old);
        else if (p[i].new >= 0 && !p[i].moved) item_added(c, x, after, y, p[i].new);
        else if (p[i].new >= 0) {
            int from = moved_from(c, x, p, n, y->at[p[i].new], used);
            if (from >= 0) item_moved(c, x, from, after, y, p[i].new);
            else item_added(c, x, after, y, p[i].new);
        }
    }
}

/* ---- pipelines ---- */

static Items stages_of(Compare *c, const Tree *t) {
    Items s = {.n = 1, .what = "stage"};
    for (const Tree *p = t; p->kind == TREE_PIPE && (p == t || !(p->flags & TREE_BRACKETED));
         p = p->kid[0])
        s.n++;
    s.at = NEW_ARRAY(c->a, Tree *, s.n);
    s.end = NEW_ARRAY(c->a, int, s.n);
    const Tree *p = t;
    for (int i = s.n - 1; i > 0; i--, p = p->kid[0]) {
        s.at[i] = p->kid[1];
        s.end[i] = p->kid[1]->span.end;
    }
    s.at[0] = (Tree *)p;
    s.end[0] = p->span.end;
    return s;
}

static bool match_stage(Compare *c, const Tree *old, const Tree *new, bool record) {
    NamePair *saved = c->pairs;
    Tree x = {.kind = TREE_PIPE, .kid = {NULL, (Tree *)old}}, y = x;
    y.kid[1] = (Tree *)new;
    bool same = match_call(c, &x, &y, record);
    c->pairs = saved;
    return same;
}

static double stage_score(Compare *c, const Tree *old, const Tree *new) {
    if (match_stage(c, old, new, false)) return 1;
    if (!match_callees(c, callee_of(old), callee_of(new), false)) return 0;
    return 0.4 + 0.3 * similar(c->a, old, new);
}

static void walk_call(Compare *c, const Tree *old, const Tree *new);

static void walk_stage(Compare *c, const Tree *old, const Tree *new) {
    if (match_stage(c, old, new, false)) match_stage(c, old, new, true);
    else if (old->kind == TREE_CALL && new->kind == TREE_CALL &&
             match_callees(c, callee_of(old), callee_of(new), false))
        walk_call(c, old, new);
    else replace(c, "stage", old, new);
}

static void walk_pipe(Compare *c, const Tree *old, const Tree *new) {
    Items x = stages_of(c, old), y = stages_of(c, new);
    walk_expression(c, x.at[0], y.at[0]);
    walk_items(c, &x, &y, stage_score, any_two, walk_stage);
}

/* ---- sums and products ---- */

static bool is_chain(const Tree *t, const char *operators) {
    return t->kind == TREE_BINARY && !t->name[1] && strchr(operators, t->name[0]);
}

/* Operands of a + b - c from left to right. Each is held by the BINARY whose right side it is. */
static Items operands_of(Compare *c, const Tree *t, const char *operators) {
    Items s = {.n = 1, .what = "operand"};
    for (const Tree *p = t; is_chain(p, operators) && (p == t || !(p->flags & TREE_BRACKETED));
         p = p->kid[0])
        s.n++;
    s.at = NEW_ARRAY(c->a, Tree *, s.n);
    s.end = NEW_ARRAY(c->a, int, s.n);
    const Tree *p = t;
    for (int i = s.n - 1; i > 0; i--, p = p->kid[0]) {
        s.at[i] = (Tree *)p;
        s.end[i] = p->kid[1]->span.end;
    }
    s.at[0] = (Tree *)p;
    s.end[0] = p->span.end;
    return s;
}

static double operand_score(Compare *c, const Tree *old, const Tree *new) {
    if (old->name != new->name) return 0;
    if (match(c, old->kid[1], new->kid[1], false)) return 1;
    return 0.5 * similar(c->a, old->kid[1], new->kid[1]);
}

static bool same_operator(const Tree *old, const Tree *new) {
    return old->name == new->name;
}

static void walk_operand(Compare *c, const Tree *old, const Tree *new) {
    walk_expression(c, old->kid[1], new->kid[1]);
}

/* An operand stands for itself, not for the chain up to it: what is shown is its right side. */
static void show_operands(Compare *c, int from) {
    for (int i = from; i < c->diff->changes.n; i++) {
        Change *change = c->diff->changes.at[i];
        if (strcmp(change->what, "operand") != 0) continue;
        const Tree **side[] = {&change->old, &change->new};
        const char **text[] = {&change->old_text, &change->new_text};
        Span *at[] = {&change->old_at, &change->new_at};
        for (int k = 0; k < 2; k++) {
            const Tree *t = *side[k];
            if (!t || t->kind != TREE_BINARY) continue;
            *side[k] = t->kid[1];
            *text[k] = arena_printf(c->a, "%s %s", t->name, syntax_print_tree(c->a, t->kid[1]));
            *at[k] = t->kid[1]->span;
        }
        change->what = "term";
    }
}

/* Whether one is the other's first operand or stage, so that a chain may be compared with one item.
 */
static bool same_brackets(const Tree *old, const Tree *new) {
    return (old->flags & TREE_BRACKETED) == (new->flags &TREE_BRACKETED);
}

static bool is_compound(const Tree *t) {
    return t->kind == TREE_PIPE || t->kind == TREE_BINARY || t->kind == TREE_UNARY;
}

/* Does one of them stand in brackets that it would need behind it: (x |> f) / 2 and x |> f? */
static bool needs_brackets(const Tree *old, const Tree *new) {
    return (is_compound(old) || is_compound(new)) && !same_brackets(old, new);
}

/* Operand i without its operator. */
static const Tree *operand_at(const Items *x, int i) {
    return i ? x->at[i]->kid[1] : x->at[0];
}

/* The first one is added, or multiplied by. */
static char operator_of(const Items *x, int i, const char *operators) {
    return i ? x->at[i]->name[0] : operators[0];
}

static bool same_operands(Compare *c, const Items *x, const Items *y, const char *operators) {
    bool *used = NEW_ARRAY(c->a, bool, y->n);
    for (int i = 0; i < x->n; i++) {
        bool found = false;
        char sign = operator_of(x, i, operators);
        for (int k = 0; k < y->n && !found; k++) {
            found = !used[k] && sign != '@' && sign == operator_of(y, k, operators) &&
                    match(c, operand_at(x, i), operand_at(y, k), false);
            used[k] = used[k] || found;
        }
        if (!found) return false;
    }
    return x->n == y->n;
}

/* The same terms or factors in another order: one change. A product of matrices has but one. */
static bool try_reordered(Compare *c, const Tree *old, const Tree *new, const Items *x,
                          const Items *y, const char *operators) {
    if (x->n != y->n || !same_operands(c, x, y, operators)) return false;
    const char *what = operators[0] == '+' ? "terms" : "factors";
    Change *change = add_change(c, CHANGE_REORDERED, what, old, new);
    edit(c, change, old->span.start, old->span.end, new->span.start, new->span.end);
    return true;
}

static bool try_chain(Compare *c, const Tree *old, const Tree *new, const char *operators) {
    if (!is_chain(old, operators) && !is_chain(new, operators)) return false;
    if (!same_brackets(old, new)) return false;
    Items x = operands_of(c, old, operators), y = operands_of(c, new, operators);
    if (is_chain(old, operators) != is_chain(new, operators)) {
        if (!match(c, x.at[0], y.at[0], false) || needs_brackets(x.at[0], y.at[0])) return false;
    }
    if (try_reordered(c, old, new, &x, &y, operators)) return true;
    int from = c->diff->changes.n;
    walk_expression(c, x.at[0], y.at[0]);
    walk_items(c, &x, &y, operand_score, same_operator, walk_operand);
    show_operands(c, from);
    return true;
}

/* ---- calls ---- */

static bool in_order(const Tree *list, const Placed *places, int n) {
    int last = -1;
    for (int i = 0; i < list->list.n; i++) {
        const Tree *t = list->list.at[i], *value = t->kind == TREE_NAMED ? t->kid[0] : t;
        for (int k = 0; k < n; k++)
            if (places[k].value == value) {
                if (k < last) return false;
                last = k;
            }
    }
    return true;
}

/* Every argument stands on both sides, so that each can be compared in its place. */
static bool walk_same_places(Compare *c, const Placed *x, const Placed *y, int n) {
    for (int i = 0; i < n; i++)
        if (!match_placed(c, x, n, y, n, i, false) && (!x[i].value || !y[i].value)) return false;
    for (int i = 0; i < n; i++) {
        if (match_placed(c, x, n, y, n, i, false)) match_placed(c, x, n, y, n, i, true);
        else walk_expression(c, x[i].value, y[i].value);
    }
    return true;
}

/* The text between the brackets of a call. */
static Span inside(const Tree *call) {
    return (Span){call->span.file, call->kid[0]->span.end, call->span.end};
}

static const Tree *argument_at(const Tree *call, const Tree *value) {
    for (int i = 0; value && i < call->kid[1]->list.n; i++) {
        const Tree *t = call->kid[1]->list.at[i];
        if (t == value || (t->kind == TREE_NAMED && t->kid[0] == value)) return t;
    }
    return value;
}

/* Some arguments are given on one side only: each difference is a change, the first replaces all.
 */
static void walk_places(Compare *c, const Tree *old, const Tree *new, const Placed *x,
                        const Placed *y, int n) {
    Change *first = NULL;
    for (int i = 0; i < n; i++) {
        if (match_placed(c, x, n, y, n, i, false)) continue;
        ChangeKind kind = !x[i].value   ? CHANGE_ADDED
                          : !y[i].value ? CHANGE_REMOVED
                                        : CHANGE_CHANGED;
        Change *change = add_change(c, kind, "argument", argument_at(old, x[i].value),
                                    argument_at(new, y[i].value));
        if (first) continue;
        first = change;
        change->old_span = old->kid[1];
        change->new_span = new->kid[1];
        Span at = inside(old), now = inside(new);
        edit(c, change, at.start, at.end, now.start, now.end);
    }
}

static void walk_plain_call(Compare *c, const Tree *old, const Tree *new) {
    const Tree *x = old->kid[1], *y = new->kid[1];
    for (int i = 0; i < x->list.n && x->list.n == y->list.n; i++)
        walk_expression(c, x->list.at[i], y->list.at[i]);
    if (x->list.n != y->list.n) replace(c, "call", old, new);
}

/* Two calls of the same callee. */
static void walk_call(Compare *c, const Tree *old, const Tree *new) {
    Placed *x, *y;
    int n = place_arguments(c, true, old, NULL, &x), m = place_arguments(c, false, new, NULL, &y);
    match_callees(c, callee_of(old), callee_of(new), true);
    if (n < 0 || n != m) walk_plain_call(c, old, new);
    else if (!in_order(old->kid[1], x, n) || !in_order(new->kid[1], y, n) ||
             !walk_same_places(c, x, y, n))
        walk_places(c, old, new, x, y, n);
}

/* ---- expressions ---- */

static bool same_callee(Compare *c, const Tree *old, const Tree *new) {
    return old->kind == TREE_CALL &&
           new->kind == TREE_CALL &&match_callees(c, old->kid[0], new->kid[0], false);
}

static bool both_named(const Tree *old, const Tree *new) {
    return old->kind == new->kind && old->name == new->name;
}

/* Kinds whose kids are compared one by one where the kids of both are there. */
static bool walk_kids(Compare *c, const Tree *old, const Tree *new) {
    static const bool by_kids[TREE_COUNT] = {
        [TREE_NAMED] = true, [TREE_BINARY] = true, [TREE_UNARY] = true, [TREE_MEMBER] = true,
        [TREE_INDEX] = true, [TREE_LIST] = true,   [TREE_SLICE] = true};
    if (!by_kids[old->kind] || !both_named(old, new) || old->list.n != new->list.n) return false;
    for (int i = 0; i < TREE_MAX_KIDS; i++)
        if (!old->kid[i] != !new->kid[i] || (old->kid[i] && old->kid[i]->kind == TREE_LIST &&
                                             old->kid[i]->list.n != new->kid[i]->list.n))
            return false;
    for (int i = 0; i < TREE_MAX_KIDS; i++)
        if (old->kid[i]) walk_expression(c, old->kid[i], new->kid[i]);
    for (int i = 0; i < old->list.n; i++) walk_expression(c, old->list.at[i], new->list.at[i]);
    return true;
}

static bool same_headers(Compare *c, const Tree *old, const Tree *new) {
    if (old->list.n != new->list.n) return false;
    for (int i = 0; i < old->list.n; i++) {
        const Tree *x = old->list.at[i], *y = new->list.at[i];
        if (x->kind != y->kind || x->name != y->name) return false;
        if (x->kind == TREE_CARRY && !match_dims(c, x->kid[0], y->kid[0], false, false))
            return false;
    }
    return true;
}

/* scan and draws: what stands before the body, then the body in a scope of its own. */
static bool walk_inner(Compare *c, const Tree *old, const Tree *new) {
    if (old->kind != new->kind) return false;
    if (old->kind == TREE_DRAWS) walk_expression(c, old->kid[0], new->kid[0]);
    else if (old->kind != TREE_SCAN || !same_headers(c, old->kid[0], new->kid[0])) return false;
    NamePair *saved = c->pairs;
    for (int i = 0; old->kind == TREE_SCAN && i < old->kid[0]->list.n; i++) {
        const Tree *x = old->kid[0]->list.at[i], *y = new->kid[0]->list.at[i];
        int value = x->kind == TREE_CARRY;
        walk_expression(c, x->kid[value], y->kid[value]);
        pair_names(c, x->name, NO_SPAN, y->name, NULL);
    }
    walk_body(c, old->kid[1], new->kid[1]);
    c->pairs = saved;
    return true;
}

static bool is_pipe(const Tree *t) {
    return t->kind == TREE_PIPE;
}

static bool try_pipe(Compare *c, const Tree *old, const Tree *new) {
    if ((!is_pipe(old) && !is_pipe(new)) || !same_brackets(old, new)) return false;
    if (is_pipe(old) != is_pipe(new)) { /* x and x |> f */
        Items x = stages_of(c, old), y = stages_of(c, new);
        if (!match(c, x.at[0], y.at[0], false) || needs_brackets(x.at[0], y.at[0])) return false;
    }
    walk_pipe(c, old, new);
    return true;
}

void walk_expression(Compare *c, const Tree *old, const Tree *new) {
    if (match(c, old, new, false)) {
        match(c, old, new, true);
        return;
    }
    if (try_pipe(c, old, new) || try_chain(c, old, new, "+-") || try_chain(c, old, new, "*/@"))
        return;
    if (same_callee(c, old, new)) {
        walk_call(c, old, new);
        return;
    }
    if (walk_inner(c, old, new) || walk_kids(c, old, new)) return;
    replace(c, "value", old, new);
}
