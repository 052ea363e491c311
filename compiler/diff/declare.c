/* compare_declarations: walks each pair of declarations. Leaves: all changes, in the order of the
 * new spec. */
#include "inside.h"

#include <stdlib.h>
#include <string.h>

/* ---- what a declaration is called ---- */

static const struct {
    Space space;
    const char *word, *head;
} kinds[TREE_COUNT] = {
    [TREE_IMPORT] = {SPACE_OTHER, "import", "import"},
    [TREE_LET] = {SPACE_VALUE, "constant", "let"},
    [TREE_DATA] = {SPACE_VALUE, "data", "data"},
    [TREE_DATA_DRAW] = {SPACE_VALUE, "data", "data"},
    [TREE_BIND] = {SPACE_VALUE, "value", ""},
    [TREE_DRAW] = {SPACE_VALUE, "draw", ""},
    [TREE_PARAM] = {SPACE_VALUE, "parameter", "param"},
    [TREE_LOSS] = {SPACE_VALUE, "loss", "loss"},
    [TREE_METRIC] = {SPACE_METRIC, "metric", "metric"},
    [TREE_SAMPLE] = {SPACE_SAMPLE, "sample", "sample"},
    [TREE_TRAIN] = {SPACE_OTHER, "train", "train"},
    [TREE_FN] = {SPACE_CALLABLE, "function", "fn"},
    [TREE_LAYER] = {SPACE_CALLABLE, "layer", "layer"},
    [TREE_DISTRIBUTION] = {SPACE_CALLABLE, "distribution", "distribution"},
    [TREE_OPTIMIZER] = {SPACE_CALLABLE, "optimizer", "optimizer"},
    [TREE_NETWORK] = {SPACE_CALLABLE, NULL, NULL}, /* its role */
    [TREE_AUTOREGRESSIVE] = {SPACE_CALLABLE, "autoregressive", "autoregressive"},
    [TREE_FLOW] = {SPACE_CALLABLE, "flow", "flow"},
};

Space space_of(const Tree *decl) {
    return kinds[decl->kind].space;
}

static bool is_listed(const Tree *t) {
    return t->kind == TREE_BIND || t->kind == TREE_DATA || t->kind == TREE_DATA_DRAW;
}

bool diff_is_callable(const Tree *decl) {
    return kinds[decl->kind].word || decl->kind == TREE_NETWORK
               ? kinds[decl->kind].space == SPACE_CALLABLE
               : false;
}

int decl_items(const Tree *decl) {
    return is_listed(decl) ? decl->kid[0]->list.n : 1;
}

const char *decl_name(const Tree *decl, int item) {
    if (is_listed(decl)) return decl->kid[0]->list.at[item]->name;
    if (decl->kind == TREE_TRAIN) return "train";
    return decl->kind == TREE_IMPORT ? decl->text : decl->name;
}

const char *decl_word(const Tree *decl) {
    return decl->kind == TREE_NETWORK ? decl->text : kinds[decl->kind].word;
}

const char *decl_title(Arena *a, const Tree *decl) {
    const char *head = decl->kind == TREE_NETWORK ? decl->text : kinds[decl->kind].head;
    if (decl->kind == TREE_TRAIN) return "train";
    if (decl->kind == TREE_IMPORT) return arena_printf(a, "import \"%s\"", decl->text);
    return *head ? arena_printf(a, "%s %s", head, decl_name(decl, 0)) : decl_name(decl, 0);
}

/* What a pair is called, whichever of the two is the old one. */
static const char *pair_word(const Tree *old, const Tree *new) {
    return strcmp(decl_word(old), decl_word(new)) == 0 ? decl_word(old) : "declaration";
}

static Span name_at(const Tree *decl, int item) {
    return is_listed(decl) ? decl->kid[0]->list.at[item]->name_span : decl->name_span;
}

/* ---- one pair ---- */

static void begin(Compare *c, const Tree *old, const Tree *new) {
    c->old_decl = c->old_line = old;
    c->new_decl = c->new_line = new;
    c->old_file = old ? old->span.file : -1;
    c->new_file = new ? new->span.file : -1;
    c->pairs = NULL;
}

/* Other names of a declaration are changes of their own, whose places the comparison collects. */
static void note_renames(Compare *c, const Tree *old, const Tree *new) {
    for (int i = 0; i < decl_items(old) && i < decl_items(new); i++) {
        Entry *x = entry_of(c->old, old, i), *y = x->mate;
        if (!y || x->name == y->name || old->kind == TREE_IMPORT) continue;
        begin(c, old, new);
        x->rename = rename_change(c, pair_word(old, new), x->name, name_at(old, i), y->name,
                                  name_at(new, i));
        x->rename->in = NULL;
    }
}

static const Tree *pattern_of(const Tree *t) {
    bool has = t->kind == TREE_LAYER || t->kind == TREE_FLOW || t->kind == TREE_AUTOREGRESSIVE;
    return has ? t->kid[1] : NULL;
}

static const Tree *body_of(const Tree *t) {
    int at = t->kind == TREE_AUTOREGRESSIVE               ? 3
             : pattern_of(t) || t->kind == TREE_OPTIMIZER ? 2
                                                          : 1;
    return t->kid[at];
}

/* What stands between the name and the body: arguments, `on`, `along`. */
static bool match_header(Compare *c, const Tree *old, const Tree *new, bool record) {
    NamePair *saved = c->pairs;
    bool same = match_formals(c, old->kid[0], new->kid[0], record);
    if (same && pattern_of(old)) {
        const Tree *x = pattern_of(old), *y = pattern_of(new);
        pair_names(c, x->name, x->name_span, y->name, NULL);
        same = match_dims(c, x->kid[0], y->kid[0], true, record);
    }
    if (same && old->kind == TREE_OPTIMIZER)
        same = match_dims(c, old->kid[1], new->kid[1], true, record);
    if (same && old->kind == TREE_AUTOREGRESSIVE)
        same = match_list(c, old->kid[2], new->kid[2], record);
    if (!record) c->pairs = saved;
    return same;
}

typedef struct {
    const char *old, *new;
    Span old_at, new_at;
} Binder;
typedef LIST(Binder) Binders;

static void add_binder(Compare *c, Binders *list, const Tree *x, const Tree *y) {
    LIST_ADD(c->a, list,
             ((Binder){x ? x->name : NULL, y ? y->name : NULL, x ? x->name_span : NO_SPAN,
                       y ? y->name_span : NO_SPAN}));
}

static void add_dim_binders(Compare *c, Binders *list, const Tree *x, const Tree *y) {
    for (int i = 0; x && y && i < x->list.n && i < y->list.n; i++)
        if (x->list.at[i]->kind == TREE_NAME && y->list.at[i]->kind == TREE_NAME)
            add_binder(c, list, x->list.at[i], y->list.at[i]);
}

static const Tree *formal_of(const Tree *list, const char *name) {
    for (int i = 0; list && i < list->list.n; i++)
        if (list->list.at[i]->name == name) return list->list.at[i];
    return NULL;
}

/* The names that both headers bind: equal ones, and others by their place if as many are left. */
static Binders binders_of(Compare *c, const Tree *old, const Tree *new) {
    Binders list = {0};
    const Tree *x = old->kid[0], *y = new->kid[0];
    bool same = x && y && x->list.n == y->list.n;
    for (int i = 0; x && i < x->list.n; i++) {
        const Tree *mate = same ? y->list.at[i] : formal_of(y, x->list.at[i]->name);
        add_binder(c, &list, x->list.at[i], mate);
        if (mate) add_dim_binders(c, &list, x->list.at[i]->kid[0], mate->kid[0]);
    }
    for (int i = 0; y && !same && i < y->list.n; i++)
        if (!formal_of(x, y->list.at[i]->name)) add_binder(c, &list, NULL, y->list.at[i]);
    if (pattern_of(old)) {
        add_binder(c, &list, pattern_of(old), pattern_of(new));
        add_dim_binders(c, &list, pattern_of(old)->kid[0], pattern_of(new)->kid[0]);
    }
    if (old->kind == TREE_OPTIMIZER) add_dim_binders(c, &list, old->kid[1], new->kid[1]);
    return list;
}

/* Other names of arguments count only if something else changes: then the old text gets them too.
 */
static Change *argument_rename(Compare *c, const Binder *b) {
    Change *change = rename_change(c, "argument", b->old, b->old_at, b->new, b->new_at);
    c->diff->changes.n--; /* for the caller to put in again */
    return change;
}

static void walk_header(Compare *c, const Tree *old, const Tree *new) {
    const Tree *x = old->kid[0], *y = new->kid[0];
    Change *first = NULL;
    int nx = x ? x->list.n : 0, ny = y ? y->list.n : 0;
    for (int i = 0; i < nx || i < ny; i++) {
        bool by_place = nx == ny;
        const Tree *t = i < nx ? x->list.at[i] : NULL;
        const Tree *u = by_place ? y->list.at[i] : t ? formal_of(y, t->name) : NULL;
        const char *a = t ? syntax_print_tree(c->a, t) : NULL,
                   *b = u ? syntax_print_tree(c->a, u) : NULL;
        if (!t || (a && b && strcmp(a, b) == 0)) continue;
        Change *change = add_change(c, u ? CHANGE_CHANGED : CHANGE_REMOVED, "argument", t, u);
        if (!first) first = change;
    }
    for (int i = 0; i < ny && nx != ny; i++)
        if (!formal_of(x, y->list.at[i]->name)) {
            Change *change = add_change(c, CHANGE_ADDED, "argument", NULL, y->list.at[i]);
            if (!first) first = change;
        }
    if (!first) first = add_change(c, CHANGE_CHANGED, "header", old, new);
    Span at = {c->old_file, old->name_span.end, body_of(old)->span.start};
    Span now = {c->new_file, new->name_span.end, body_of(new)->span.start};
    first->old_span = old->kid[0];
    first->new_span = new->kid[0];
    add_edit(c, first, at, side_text(c, c->new, now));
}

/* networks, layers, functions, samples, optimizers: a header and a body. */
static void walk_callable(Compare *c, const Tree *old, const Tree *new) {
    const Tree *x = body_of(old), *y = body_of(new);
    if ((x->kind == TREE_BODY) != (y->kind == TREE_BODY)) {
        replace(c, pair_word(old, new), old, new);
        return;
    }
    if (old->kind == TREE_NETWORK && strcmp(old->text, new->text) != 0) {
        Change *role = add_change(c, CHANGE_CHANGED, "role", NULL, NULL);
        role->old_text = old->text;
        role->new_text = new->text;
        role->old_at = (Span){c->old_file, old->span.start, old->name_span.start};
        role->new_at = (Span){c->new_file, new->span.start, new->name_span.start};
        add_edit(c, role, role->old_at, arena_printf(c->a, "%s ", new->text));
    }
    Binders names = binders_of(c, old, new);
    int from = c->diff->changes.n;
    bool same_header = match_header(c, old, new, false);
    NamePair *outside = c->pairs;
    if (same_header) match_header(c, old, new, true);
    else walk_header(c, old, new);
    c->pairs = outside;
    LIST(Change *) renames = {0};
    for (int i = 0; i < names.n; i++) {
        const Binder *b = &names.at[i];
        Change *rename = b->old && b->new && b->old != b->new ? argument_rename(c, b) : NULL;
        pair_names(c, b->old, b->old_at, b->new, rename);
        if (rename) LIST_ADD(c->a, &renames, rename);
    }
    if (x->kind == TREE_BODY) walk_body(c, x, y);
    else walk_expression(c, x, y);
    for (int i = 0; c->diff->changes.n > from && i < renames.n; i++)
        LIST_ADD(c->a, &c->diff->changes, renames.at[i]);
}

static void walk_distribution(Compare *c, const Tree *old, const Tree *new) {
    if (!match_formals(c, old->kid[0], new->kid[0], true))
        replace(c, pair_word(old, new), old, new);
    else walk_methods(c, old, new);
}

static void walk_data(Compare *c, const Tree *old, const Tree *new) {
    const Tree *x = old->kid[0], *y = new->kid[0];
    bool heads = x->list.n == y->list.n && !((old->flags ^ new->flags) & TREE_UNPAIRED) &&
                 (old->kind != TREE_DATA || old->kid[2]->list.n == new->kid[2]->list.n);
    for (int i = 0; heads && i < x->list.n; i++)
        heads = match(c, x->list.at[i]->kid[1], y->list.at[i]->kid[1], false) &&
                (x->list.at[i]->kid[0] ? x->list.at[i]->kid[0]->list.n : 0) ==
                    (y->list.at[i]->kid[0] ? y->list.at[i]->kid[0]->list.n : 0);
    if (!heads) {
        replace(c, "data", old, new);
        return;
    }
    for (int i = 0; i < x->list.n; i++)
        for (int k = 0; x->list.at[i]->kid[0] && k < x->list.at[i]->kid[0]->list.n; k++)
            walk_expression(c, x->list.at[i]->kid[0]->list.at[k],
                            y->list.at[i]->kid[0]->list.at[k]);
    c->in_data = old->kind == TREE_DATA;
    walk_expression(c, old->kid[1], new->kid[1]);
    for (int i = 0; c->in_data && i < old->kid[2]->list.n; i++)
        walk_expression(c, old->kid[2]->list.at[i], new->kid[2]->list.at[i]);
    c->in_data = false;
}

static void walk_value(Compare *c, const Tree *old, const Tree *new) {
    if (old->kind == TREE_METRIC &&
        ((old->flags ^ new->flags) & TREE_FINAL || !old->kid[0] != !new->kid[0] ||
         !old->kid[2] != !new->kid[2])) {
        replace(c, pair_word(old, new), old, new);
        return;
    }
    for (int i = 0; i < TREE_MAX_KIDS; i++)
        if (old->kid[i] && i >= (old->kind == TREE_BIND))
            walk_expression(c, old->kid[i], new->kid[i]);
}

static void walk_top_named(Compare *c, const Tree *old, const Tree *new) {
    for (int i = 0; i < TREE_MAX_KIDS; i++) {
        bool listed = old->kid[i] && new->kid[i] && old->kid[i]->kind == TREE_LIST;
        bool kind = old->kid[i] && new->kid[i] && old->kid[i]->kind == TREE_KIND;
        if (!old->kid[i] != !new->kid[i] ||
            (listed && old->kid[i]->list.n != new->kid[i]->list.n) ||
            (kind && !match(c, old->kid[i], new->kid[i], false))) {
            replace(c, pair_word(old, new), old, new);
            return;
        }
    }
    for (int i = 0; i < TREE_MAX_KIDS; i++) {
        if (old->kid[i] && old->kid[i]->kind == TREE_LIST)
            for (int k = 0; k < old->kid[i]->list.n; k++)
                walk_expression(c, old->kid[i]->list.at[k], new->kid[i]->list.at[k]);
        else if (old->kid[i] && old->kid[i]->kind != TREE_KIND)
            walk_expression(c, old->kid[i], new->kid[i]);
    }
}

static void (*const walks[TREE_COUNT])(Compare *, const Tree *, const Tree *) = {
    [TREE_LET] = walk_value,          [TREE_BIND] = walk_value,
    [TREE_LOSS] = walk_value,         [TREE_METRIC] = walk_value,
    [TREE_DATA] = walk_data,          [TREE_DATA_DRAW] = walk_data,
    [TREE_DRAW] = walk_top_named,     [TREE_PARAM] = walk_top_named,
    [TREE_TRAIN] = walk_train,        [TREE_FN] = walk_callable,
    [TREE_LAYER] = walk_callable,     [TREE_DISTRIBUTION] = walk_distribution,
    [TREE_OPTIMIZER] = walk_callable, [TREE_NETWORK] = walk_callable,
    [TREE_FLOW] = walk_callable,      [TREE_AUTOREGRESSIVE] = walk_callable,
    [TREE_SAMPLE] = walk_callable,
};

static void walk_pair(Compare *c, const Tree *old, const Tree *new) {
    begin(c, old, new);
    if (match(c, old, new, false)) match(c, old, new, true);
    else if (old->kind == new->kind && walks[old->kind] && decl_items(old) == decl_items(new))
        walks[old->kind](c, old, new);
    else replace(c, pair_word(old, new), old, new);
    c->pairs = NULL;
}

/* ---- declarations of one spec only ---- */

static void removed(Compare *c, const Tree *old) {
    begin(c, old, NULL);
    add_edit(c, add_change(c, CHANGE_REMOVED, decl_word(old), old, NULL), old->span, "");
}

/* At the end of the old spec's file that new's file is. */
static void append(Compare *c, Change *change, const Tree *new) {
    int file = home_of(c->new, new->span.file)->mate->source;
    int end = diag_source(c->old->diag, file)->length;
    add_edit(c, change, (Span){file, end, end},
             arena_printf(c->a, "\n%s\n", side_text(c, c->new, new->span)));
}

static void added(Compare *c, const Tree *new) {
    begin(c, NULL, new);
    append(c, add_change(c, CHANGE_ADDED, decl_word(new), NULL, new), new);
}

/* ---- files that only one spec imports ---- */

/* Comes and goes with its file. */
static bool comes_along(const DiffSide *side, const Tree *decl) {
    return !home_of(side, decl->span.file)->mate;
}

static bool changed_file(Compare *c, const Tree *old, const Tree *new) {
    return home_of(c->old, old->span.file)->mate != home_of(c->new, new->span.file);
}

/* Is it the same, file by file, but for where things stand? Then that means nothing. */
static bool only_rearranged(Compare *c) {
    for (int side = 0; side < 2; side++) {
        const DiffSide *own = side ? c->new : c->old;
        for (int i = 0; i < own->names->decls.n; i++) {
            const Tree *t = own->names->decls.at[i];
            const Entry *mate = entry_of(own, t, 0)->mate;
            if (!mate && comes_along(own, t)) return false;
            if (side || !mate || !changed_file(c, t, mate->decl)) continue;
            begin(c, t, mate->decl);
            if (!match(c, t, mate->decl, false)) return false;
        }
    }
    return true;
}

/* From one file to another: whatever changes in it besides is shown, but edited as a whole. */
static void walk_moved(Compare *c, const Tree *old, const Tree *new) {
    begin(c, old, new);
    Change *change = add_change(c, CHANGE_MOVED, pair_word(old, new), old, new);
    int from = c->diff->changes.n;
    walk_pair(c, old, new);
    for (int i = from; i < c->diff->changes.n; i++) c->diff->changes.at[i]->edits.n = 0;
    if (!comes_along(c->old, old)) add_edit(c, change, old->span, "");
    if (!comes_along(c->new, new)) append(c, change, new);
}

/* ---- constants of one spec only ---- */

/* Was any of them not active before? */
static bool activate(Entry **lets, int n) {
    bool any = false;
    for (int i = 0; i < n; i++) {
        any = any || !lets[i]->active;
        lets[i]->active = true;
    }
    return any;
}

static bool activate_lets(Compare *c, bool is_old, const Tree *t) {
    Entry **lets = NULL;
    int n = 0, room = 0;
    constant_lets(c, is_old, t, &lets, &n, &room);
    return activate(lets, n);
}

/* Where a name is hidden by another of its kind it counts as read. */
static bool is_read(const DiffSide *side, const Tree *t, const Entry *e) {
    if (!t) return false;
    if (t->kind == TREE_NAME && t->name == e->name && names_find(side, SPACE_VALUE, t) == e)
        return true;
    for (int i = 0; i < TREE_MAX_KIDS; i++)
        if (is_read(side, t->kid[i], e)) return true;
    for (int i = 0; i < t->list.n; i++)
        if (is_read(side, t->list.at[i], e)) return true;
    return false;
}

/* A constant that stands for nothing, as nothing reads it, is there to be set by -D. */
static bool is_unread(const DiffSide *side, const Entry *e) {
    if (e->mate || e->decl->kind != TREE_LET || comes_along(side, e->decl)) return false;
    for (int i = 0; i < side->names->decls.n; i++)
        if (is_read(side, side->names->decls.at[i], e)) return false;
    return true;
}

static void activate_unread(const DiffSide *side) {
    for (int i = 0; i < side->names->entries.n; i++) {
        Entry *e = side->names->entries.at[i];
        if (is_unread(side, e)) e->active = true;
    }
}

/* Where one of the constants of an expression that means the same shows, all of them do. */
static bool activate_silent(Compare *c) {
    bool any = false;
    for (int i = 0; i < c->silent.n; i++) {
        int active = 0, n = c->silent.at[i].lets.n;
        for (int k = 0; k < n; k++) active += c->silent.at[i].lets.at[k]->active;
        if (active && activate(c->silent.at[i].lets.at, n)) any = true;
    }
    return any;
}

/* What active constants are made of. */
static bool activate_below(Compare *c, bool is_old) {
    const Names *names = (is_old ? c->old : c->new)->names;
    bool any = false;
    for (int i = 0; i < names->entries.n; i++) {
        const Entry *e = names->entries.at[i];
        if (e->active && e->decl->kind == TREE_LET && activate_lets(c, is_old, e->decl->kid[0]))
            any = true;
    }
    return any;
}

/* A constant that one spec has and the other has not is a change only if some change reads it, or
 * nothing at all does. */
static void activate_constants(Compare *c) {
    activate_unread(c->old);
    activate_unread(c->new);
    for (int i = 0; i < c->diff->changes.n; i++) {
        const Change *change = c->diff->changes.at[i];
        activate_lets(c, true, change->old_span ? change->old_span : change->old);
        activate_lets(c, false, change->new_span ? change->new_span : change->new);
    }
    for (bool more = true; more;) {
        more = activate_silent(c);
        more = activate_below(c, true) || more;
        more = activate_below(c, false) || more;
    }
}

/* The places where the constant is used, or no longer, though nothing changes there. */
static void add_silent_edits(Compare *c, Change *change, const Entry *let) {
    for (int i = 0; i < c->silent.n; i++)
        for (int k = 0; k < c->silent.at[i].lets.n; k++)
            if (c->silent.at[i].lets.at[k] == let)
                add_edit(c, change, c->silent.at[i].edit.at, c->silent.at[i].edit.text);
}

static void constants_of_one(Compare *c) {
    activate_constants(c);
    for (int side = 0; side < 2; side++) {
        Names *names = (side ? c->new : c->old)->names;
        for (int i = 0; i < names->entries.n; i++) {
            Entry *e = names->entries.at[i];
            if (e->mate || !e->active || e->decl->kind != TREE_LET) continue;
            c->order = i;
            if (side) added(c, e->decl);
            else removed(c, e->decl);
            add_silent_edits(c, c->diff->changes.at[c->diff->changes.n - 1], e);
        }
    }
}

/* ---- all ---- */

static int index_of(const DiffSide *side, const Tree *decl) {
    for (int i = 0; i < side->names->decls.n; i++)
        if (side->names->decls.at[i] == decl) return i;
    return -1;
}

/* Of a declaration that the other spec has not: constants are looked at by themselves. */
static bool is_reported(const DiffSide *side, const Tree *decl, bool rearranged) {
    if (decl->kind == TREE_LET || comes_along(side, decl)) return false;
    return decl->kind != TREE_IMPORT || !rearranged;
}

/* A removed declaration stands behind what stood before it. */
static double order_of_removed(Compare *c, int at) {
    for (int i = at - 1; i >= 0; i--) {
        const Entry *e = entry_of(c->old, c->old->names->decls.at[i], 0);
        if (e->mate) return index_of(c->new, e->mate->decl) + 0.5 + 0.0001 * at;
    }
    return -0.5 + 0.0001 * at;
}

static int by_order(const void *a, const void *b) {
    const Change *x = *(Change *const *)a, *y = *(Change *const *)b;
    if (x->order != y->order) return x->order < y->order ? -1 : 1;
    return x->id - y->id;
}

static void add_named_arguments(Compare *c) {
    for (int i = 0; i < c->named.n; i++)
        for (int k = 0; k < c->diff->changes.n; k++) {
            Change *change = c->diff->changes.at[k];
            if (change->kind == CHANGE_RENAMED && strcmp(change->what, "argument") == 0 &&
                change->old_decl->kid[0] == c->named.at[i].formals &&
                strcmp(change->old_text, c->named.at[i].name) == 0)
                add_edit(c, change, c->named.at[i].edit.at, c->named.at[i].edit.text);
        }
}

static void walk_all(Compare *c, bool rearranged) {
    Names *x = c->old->names, *y = c->new->names;
    for (int i = 0; i < x->decls.n; i++) {
        const Tree *t = x->decls.at[i];
        const Entry *e = entry_of(c->old, t, 0);
        c->order = e->mate ? index_of(c->new, e->mate->decl) : order_of_removed(c, i);
        if (e->mate && !rearranged && changed_file(c, t, e->mate->decl))
            walk_moved(c, t, e->mate->decl);
        else if (e->mate) walk_pair(c, t, e->mate->decl);
        else if (is_reported(c->old, t, rearranged)) removed(c, t);
    }
    for (int i = 0; i < y->decls.n; i++) {
        c->order = i;
        if (!entry_of(c->new, y->decls.at[i], 0)->mate &&
            is_reported(c->new, y->decls.at[i], rearranged))
            added(c, y->decls.at[i]);
    }
}

void compare_declarations(Compare *c) {
    pair_declarations(c);
    for (int i = 0; i < c->old->names->decls.n; i++) {
        const Entry *e = entry_of(c->old, c->old->names->decls.at[i], 0);
        if (!e->mate) continue;
        c->order = index_of(c->new, e->mate->decl);
        note_renames(c, e->decl, e->mate->decl);
    }
    walk_all(c, only_rearranged(c));
    constants_of_one(c);
    add_named_arguments(c);
    for (int i = 0; i < c->diff->changes.n; i++) c->diff->changes.at[i]->id = i;
    LIST_SORT(&c->diff->changes, by_order);
}
