/* match: do two trees mean the same? What is only written otherwise does not count: brackets,
 * defaults written out, arguments by name or by place, constants of the same value, names of
 * arguments and loops, the order of statements that do not depend on each other, `recompute`, which
 * changes no bit of any result.
 *
 * Requires: c->pairs holds the names bound around both. Leaves: if `record`, the places of renamed
 * things in their Change. */
#include "inside.h"
#include "../elaborate/elaborate.h"

#include <string.h>

static bool structural(Compare *c, const Tree *old, const Tree *new, bool record);

static bool same_text(const char *a, const char *b) {
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* ---- names ---- */

static void note_place(Compare *c, Change *rename, Span at, const char *new, bool record) {
    if (record && rename) add_edit(c, rename, at, new);
}

/* Both name a top-level thing, or neither does. */
static bool match_globals(Compare *c, const Tree *old, const Tree *new, Space space, bool record,
                          bool *known) {
    Entry *x = names_find(c->old, space, old), *y = names_find(c->new, space, new);
    *known = x || y;
    if (x && y) {
        if (x->mate == y && old->name != new->name)
            note_place(c, x->rename, old->name_span, new->name, record);
        return x->mate == y;
    }
    return old->name ==
           new->name; /* one of them may shadow the library's: that is reported there */
}

bool match_names(Compare *c, const Tree *old, const Tree *new, bool call, bool record) {
    if (c->in_data) return old->name == new->name;
    for (const NamePair *p = c->pairs; p; p = p->outer) {
        if (p->old != old->name && p->new != new->name) continue;
        if (call && p->old != p->new && (!p->old || !p->new)) continue;
        if (p->old != old->name || p->new != new->name) return false;
        if (old->name != new->name) note_place(c, p->rename, old->name_span, new->name, record);
        return true;
    }
    static const Space order[2][2] = {{SPACE_VALUE, SPACE_CALLABLE}, {SPACE_CALLABLE, SPACE_VALUE}};
    for (int i = 0; i < 2; i++) {
        bool known;
        bool same = match_globals(c, old, new, order[call][i], record, &known);
        if (known) return same;
    }
    return old->name == new->name;
}

void pair_names(Compare *c, const char *old, Span old_at, const char *new, Change *rename) {
    if (rename) add_edit(c, rename, old_at, new);
    NamePair *p = NEW(c->a, NamePair);
    *p = (NamePair){old, new, c->pairs, rename};
    c->pairs = p;
}

/* ---- lists, shapes, formals ---- */

bool match_list(Compare *c, const Tree *old, const Tree *new, bool record) {
    if (!old || !new) return old == new;
    if (old->list.n != new->list.n) return false;
    for (int i = 0; i < old->list.n; i++)
        if (!match(c, old->list.at[i], new->list.at[i], record)) return false;
    return true;
}

bool match_dims(Compare *c, const Tree *old, const Tree *new, bool binds, bool record) {
    if (!old || !new) return old == new;
    if (old->list.n != new->list.n) return false;
    for (int i = 0; i < old->list.n; i++) {
        const Tree *x = old->list.at[i], *y = new->list.at[i];
        bool binder = binds && x->kind == TREE_NAME && y->kind == TREE_NAME;
        if (binder) pair_names(c, x->name, x->name_span, y->name, NULL);
        else if (!match(c, x, y, record)) return false;
    }
    return true;
}

static bool match_kind(Compare *c, const Tree *old, const Tree *new, bool record) {
    if (!old || !new) return old == new;
    if (!match(c, old->kid[0], new->kid[0], record)) return false;
    return old->name == new->name || match_names(c, old, new, false, record) ||
           match_names(c, old, new, true, record);
}

bool match_formals(Compare *c, const Tree *old, const Tree *new, bool record) {
    if (!old || !new) return (!old || !old->list.n) && (!new || !new->list.n);
    if (old->list.n != new->list.n) return false;
    for (int i = 0; i < old->list.n; i++) {
        const Tree *x = old->list.at[i], *y = new->list.at[i];
        if (!match_kind(c, x->kid[1], y->kid[1], record)) return false;
        pair_names(c, x->name, x->name_span, y->name, NULL);
        if (!match_dims(c, x->kid[0], y->kid[0], true, record)) return false;
    }
    for (int i = 0; i < old->list.n; i++)
        if (!match(c, old->list.at[i]->kid[2], new->list.at[i]->kid[2], record)) return false;
    return true;
}

static bool match_pattern(Compare *c, const Tree *old, const Tree *new, bool record) {
    pair_names(c, old->name, old->name_span, new->name, NULL);
    return match_dims(c, old->kid[0], new->kid[0], true, record);
}

/* ---- bodies ---- */

/* Pairs the names that a statement binds for those after it: equal ones. */
void pair_bound(Compare *c, const Tree *old, const Tree *new) {
    if (old->kind == TREE_BIND)
        for (int i = 0; i < old->kid[0]->list.n && i < new->kid[0]->list.n; i++)
            pair_names(c, old->kid[0]->list.at[i]->name, NO_SPAN, new->kid[0]->list.at[i]->name,
                       NULL);
    else if (old->name) pair_names(c, old->name, NO_SPAN, new->name, NULL);
}

static bool binds(const Tree *t, const char *name) {
    if (t->kind == TREE_BIND) {
        for (int i = 0; i < t->kid[0]->list.n; i++)
            if (t->kid[0]->list.at[i]->name == name) return true;
        return false;
    }
    return t->name == name;
}

static bool mentions_bound(const Tree *t, const Tree *binder) {
    if (!t) return false;
    if (t->name && t->kind != TREE_BINARY && binds(binder, t->name)) return true;
    for (int i = 0; i < TREE_MAX_KIDS; i++)
        if (mentions_bound(t->kid[i], binder)) return true;
    for (int i = 0; i < t->list.n; i++)
        if (mentions_bound(t->list.at[i], binder)) return true;
    return false;
}

/* Whether two neighbours in a body may change places. */
static bool commute(const Tree *x, const Tree *y) {
    static const bool free[TREE_COUNT] = {
        [TREE_BIND] = true, [TREE_DRAW] = true, [TREE_PARAM] = true, [TREE_STATE] = true};
    return free[x->kind] && free[y->kind] && !mentions_bound(x, y) && !mentions_bound(y, x);
}

const char *bound_name(const Tree *t) {
    return t->kind == TREE_BIND ? t->kid[0]->list.at[0]->name : t->name;
}

/* Where old has a statement of the same kind and name, and as manieth; -1: nowhere. */
static int place_in(const Tree *old, Tree *const *list, int at) {
    const Tree *t = list[at];
    int before = 0;
    for (int i = 0; i < at; i++)
        before += list[i]->kind == t->kind && bound_name(list[i]) == bound_name(t);
    for (int i = 0; bound_name(t) && i < old->list.n; i++) {
        const Tree *x = old->list.at[i];
        if (x->kind == t->kind && bound_name(x) == bound_name(t) && before-- == 0) return i;
    }
    return -1;
}

Tree **body_in_order_of(Compare *c, const Tree *old, const Tree *new) {
    int n = new->list.n;
    Tree **list = NEW_ARRAY(c->a, Tree *, n + 1);
    double *key = NEW_ARRAY(c->a, double, n + 1);
    for (int i = 0; i < n; i++) list[i] = new->list.at[i];
    for (int i = 0; i < n; i++) {
        int place = place_in(old, list, i);
        key[i] = place >= 0 ? place : i ? key[i - 1] + 0.001 : -1;
    }
    for (int round = 0, changed = 1; changed && round < n; round++) {
        changed = 0;
        for (int i = 0; i + 1 < n; i++) {
            if (key[i] <= key[i + 1] || !commute(list[i], list[i + 1])) continue;
            Tree *t = list[i];
            double k = key[i];
            list[i] = list[i + 1], key[i] = key[i + 1];
            list[i + 1] = t, key[i + 1] = k;
            changed = 1;
        }
    }
    return list;
}

static bool match_body(Compare *c, const Tree *old, const Tree *new, bool record) {
    const Tree *x = old->kid[0], *y = new->kid[0];
    if (x->list.n != y->list.n) return false;
    Tree **list = body_in_order_of(c, x, y);
    NamePair *saved = c->pairs;
    bool same = true;
    for (int i = 0; i < x->list.n && same; i++) {
        same = match(c, x->list.at[i], list[i], record);
        if (same) pair_bound(c, x->list.at[i], list[i]);
    }
    c->pairs = saved;
    return same;
}

/* ---- kinds with something of their own ---- */

static bool match_bind(Compare *c, const Tree *old, const Tree *new, bool record) {
    if (old->kid[0]->list.n != new->kid[0]->list.n) return false;
    for (int i = 0; i < old->kid[0]->list.n; i++)
        if (old->kid[0]->list.at[i]->name != new->kid[0]->list.at[i]->name) return false;
    return match(c, old->kid[1], new->kid[1], record);
}

static bool match_draw(Compare *c, const Tree *old, const Tree *new, bool record) {
    return old->name == new->name &&match_dims(c, old->kid[0], new->kid[0], false, record) &&
           match_kind(c, old->kid[1], new->kid[1], record) &&
           match(c, old->kid[2], new->kid[2], record) && match(c, old->kid[3], new->kid[3], record);
}

static bool match_for(Compare *c, const Tree *old, const Tree *new, bool record) {
    if (!match(c, old->kid[0], new->kid[0], record)) return false;
    pair_names(c, old->name, old->name_span, new->name, NULL);
    return match(c, old->kid[1], new->kid[1], record);
}

static bool match_scan_header(Compare *c, const Tree *x, const Tree *y, bool record) {
    if (x->kind != y->kind) return false;
    if (x->kind == TREE_SCAN_IN) return match(c, x->kid[0], y->kid[0], record);
    return x->name == y->name && match_dims(c, x->kid[0], y->kid[0], false, record) &&
           match(c, x->kid[1], y->kid[1], record);
}

static bool match_scan(Compare *c, const Tree *old, const Tree *new, bool record) {
    const Tree *x = old->kid[0], *y = new->kid[0];
    if (x->list.n != y->list.n) return false;
    for (int i = 0; i < x->list.n; i++)
        if (!match_scan_header(c, x->list.at[i], y->list.at[i], record)) return false;
    for (int i = 0; i < x->list.n; i++)
        pair_names(c, x->list.at[i]->name, x->list.at[i]->name_span, y->list.at[i]->name, NULL);
    return match(c, old->kid[1], new->kid[1], record);
}

static bool match_name(Compare *c, const Tree *old, const Tree *new, bool record) {
    return match_names(c, old, new, false, record);
}

static bool match_number(Compare *c, const Tree *old, const Tree *new, bool record) {
    (void)c, (void)record;
    return old->number == new->number;
}

static bool match_update(Compare *c, const Tree *old, const Tree *new, bool record) {
    return match_names(c, old, new, false, record) && match(c, old->kid[0], new->kid[0], record);
}

/* ---- declarations ---- */

/* The arguments of a sample are data by their own names, which stay what they are in its body, or by names
 * that --set knows. */
static bool match_sample(Compare *c, const Tree *old, const Tree *new, bool record) {
    const Tree *x = old->kid[0], *y = new->kid[0];
    int n = x ? x->list.n : 0;
    if (n != (y ? y->list.n : 0)) return false;
    for (int i = 0; i < n; i++) {
        const Tree *f = x->list.at[i], *g = y->list.at[i];
        bool given = f->kid[1] || g->kid[1];
        if (given ? f->name != g->name : !match_names(c, f, g, false, record)) return false;
        if (!match_kind(c, f->kid[1], g->kid[1], record)) return false;
        if (given) pair_names(c, f->name, f->name_span, g->name, NULL);
        if (!match_dims(c, f->kid[0], g->kid[0], true, record)) return false;
    }
    return match(c, old->kid[1], new->kid[1], record);
}

static bool match_function(Compare *c, const Tree *old, const Tree *new, bool record) {
    return same_text(old->text, new->text) && match_formals(c, old->kid[0], new->kid[0], record) &&
           match(c, old->kid[1], new->kid[1], record);
}

/* layer, flow, autoregressive: formals, a pattern, the rest. */
static bool match_layer(Compare *c, const Tree *old, const Tree *new, bool record) {
    if (!match_formals(c, old->kid[0], new->kid[0], record) ||
        !match_pattern(c, old->kid[1], new->kid[1], record))
        return false;
    if (old->kind == TREE_AUTOREGRESSIVE && !match_list(c, old->kid[2], new->kid[2], record))
        return false;
    int body = old->kind == TREE_AUTOREGRESSIVE ? 3 : 2;
    return match(c, old->kid[body], new->kid[body], record);
}

static bool match_optimizer(Compare *c, const Tree *old, const Tree *new, bool record) {
    if (!match_formals(c, old->kid[0], new->kid[0], record) ||
        !match_dims(c, old->kid[1], new->kid[1], true, record))
        return false;
    return match(c, old->kid[2], new->kid[2], record);
}

const Tree *method_named(const Tree *list, const char *name) {
    for (int i = 0; i < list->list.n; i++)
        if (list->list.at[i]->name == name) return list->list.at[i];
    return NULL;
}

static bool match_distribution(Compare *c, const Tree *old, const Tree *new, bool record) {
    if (!match_formals(c, old->kid[0], new->kid[0], record) ||
        old->kid[1]->list.n != new->kid[1]->list.n)
        return false;
    for (int i = 0; i < old->kid[1]->list.n; i++) {
        const Tree *x = old->kid[1]->list.at[i], *y = method_named(new->kid[1], x->name);
        if (!y || !match(c, x, y, record)) return false;
    }
    return true;
}

/* Which path a file has means nothing; what it holds is compared by itself. */
static bool match_import(Compare *c, const Tree *old, const Tree *new, bool record) {
    (void)c, (void)old, (void)new, (void)record;
    return true;
}

static bool match_data(Compare *c, const Tree *old, const Tree *new, bool record) {
    const Tree *x = old->kid[0], *y = new->kid[0];
    if (x->list.n != y->list.n || (old->flags ^ new->flags) & TREE_UNPAIRED) return false;
    for (int i = 0; i < x->list.n; i++)
        if (!match_dims(c, x->list.at[i]->kid[0], y->list.at[i]->kid[0], false, record) ||
            !match_kind(c, x->list.at[i]->kid[1], y->list.at[i]->kid[1], record))
            return false;
    c->in_data = old->kind == TREE_DATA;
    bool same = match(c, old->kid[1], new->kid[1], record) &&
                (old->kind != TREE_DATA || match_list(c, old->kid[2], new->kid[2], record));
    c->in_data = false;
    return same;
}

/* `over` is a set. */
bool match_set(Compare *c, const Tree *old, const Tree *new, bool record) {
    if (old->list.n != new->list.n) return false;
    for (int i = 0; i < old->list.n; i++) {
        bool found = false;
        for (int k = 0; k < new->list.n && !found; k++) {
            const Tree *x = old->list.at[i], *y = new->list.at[k];
            if (x->kind != y->kind) continue;
            found =
                x->kind == TREE_NAME ? match_names(c, x, y, true, record) : match(c, x, y, record);
        }
        if (!found) return false;
    }
    return true;
}

const Tree *setting_named(const Tree *list, const char *name) {
    for (int i = 0; list && i < list->list.n; i++)
        if (list->list.at[i]->kind == TREE_SETTING && strcmp(list->list.at[i]->name, name) == 0)
            return list->list.at[i];
    return NULL;
}

/* Is a setting that only one side gives the one that holds anyway? */
static bool is_default(Compare *c, bool is_old, const Tree *t) {
    double value, otherwise;
    return constant_value(c, is_old, t->kid[0], NULL, &value) &&
           constant_is_stable(c, is_old, t->kid[0]) && setting_default(t->name, &otherwise) &&
           value == otherwise;
}

bool match_setting(Compare *c, const Tree *old, const Tree *new, bool record) {
    if (old && new) return match(c, old->kid[0], new->kid[0], record);
    return (!old || is_default(c, true, old)) && (!new || is_default(c, false, new));
}

const Tree *setting_of_minimize(const DiffSide *side, const Tree *minimize, const char *name) {
    const Tree *own = setting_named(minimize->kid[3], name);
    return own ? own : setting_named(side_train(side), name);
}

static bool match_minimize_settings(Compare *c, const Tree *old, const Tree *new, bool record) {
    const char *name;
    bool of_minimize;
    for (int i = 0; (name = setting_name(i, &of_minimize)); i++)
        if (of_minimize && !match_setting(c, setting_of_minimize(c->old, old, name),
                                          setting_of_minimize(c->new, new, name), record))
            return false;
    return true;
}

/* Those that are the whole step's. */
static bool match_step_settings(Compare *c, const Tree *old, const Tree *new, bool record) {
    const char *name;
    bool of_minimize;
    for (int i = 0; (name = setting_name(i, &of_minimize)); i++)
        if (!of_minimize &&
            !match_setting(c, setting_named(old, name), setting_named(new, name), record))
            return false;
    return true;
}

static bool match_callee(Compare *c, const Tree *old, const Tree *new, bool record) {
    return match_call(c, old, new, record);
}

static bool match_minimize(Compare *c, const Tree *old, const Tree *new, bool record) {
    return match(c, old->kid[0], new->kid[0], record) &&
           match_set(c, old->kid[1], new->kid[1], record) &&
           match_callee(c, old->kid[2], new->kid[2], record) &&
           match_minimize_settings(c, old, new, record);
}

static const Tree *next_minimize(const Tree *list, int *at) {
    while (*at < list->list.n && list->list.at[*at]->kind != TREE_MINIMIZE) ++*at;
    return *at < list->list.n ? list->list.at[(*at)++] : NULL;
}

static bool match_train(Compare *c, const Tree *old, const Tree *new, bool record) {
    if (!match_step_settings(c, old->kid[0], new->kid[0], record)) return false;
    for (int i = 0, k = 0;;) {
        const Tree *x = next_minimize(old->kid[0], &i), *y = next_minimize(new->kid[0], &k);
        if (!x || !y) return x == y;
        if (!match(c, x, y, record)) return false;
    }
}

/* ---- all kinds ---- */

typedef bool MatchRule(Compare *c, const Tree *old, const Tree *new, bool record);

static MatchRule *const rules[TREE_COUNT] = {
    [TREE_LIST] = match_list,           [TREE_NAME] = match_name,
    [TREE_NUMBER] = match_number,       [TREE_CALL] = match_call,
    [TREE_PIPE] = match_call,           [TREE_SCAN] = match_scan,
    [TREE_BODY] = match_body,           [TREE_BIND] = match_bind,
    [TREE_DRAW] = match_draw,           [TREE_FOR] = match_for,
    [TREE_UPDATE] = match_update,       [TREE_KIND] = match_kind,
    [TREE_IMPORT] = match_import,       [TREE_FN] = match_function,
    [TREE_NETWORK] = match_function,    [TREE_SAMPLE] = match_sample,
    [TREE_METHOD] = match_function,     [TREE_LAYER] = match_layer,
    [TREE_FLOW] = match_layer,          [TREE_AUTOREGRESSIVE] = match_layer,
    [TREE_OPTIMIZER] = match_optimizer, [TREE_DISTRIBUTION] = match_distribution,
    [TREE_DATA] = match_data,           [TREE_DATA_DRAW] = match_data,
    [TREE_MINIMIZE] = match_minimize,   [TREE_TRAIN] = match_train,
};

/* Of a top-level declaration the name is compared by what it is paired with, not here. */
static bool names_itself(const Tree *t) {
    return t->kind == TREE_LET || t->kind == TREE_LOSS || t->kind == TREE_METRIC;
}

static bool is_application(const Tree *t) {
    return t->kind == TREE_CALL || t->kind == TREE_PIPE;
}

static bool structural(Compare *c, const Tree *old, const Tree *new, bool record) {
    if (is_application(old) && is_application(new)) return match_call(c, old, new, record);
    if (old->kind != new->kind) return false;
    if (rules[old->kind]) return rules[old->kind](c, old, new, record);
    int flags = TREE_UNPAIRED | TREE_FINAL;
    if ((old->flags ^ new->flags) & flags || !same_text(old->text, new->text)) return false;
    if (old->name != new->name && !names_itself(old)) return false;
    for (int i = 0; i < TREE_MAX_KIDS; i++)
        if (!match(c, old->kid[i], new->kid[i], record)) return false;
    return true;
}

/* Two ways to write the same number, which stay the same whatever else the two specs change. */
static bool match_constants(Compare *c, const Tree *old, const Tree *new, bool record) {
    double x, y;
    if (!constant_value(c, true, old, NULL, &x) || !constant_value(c, false, new, NULL, &y) ||
        x != y || !constant_is_stable(c, true, old) || !constant_is_stable(c, false, new))
        return false;
    if (!record) return true;
    Silent silent = {.edit = {old->span, side_text(c, c->new, new->span)}};
    constant_lets(c, true, old, &silent.lets.at, &silent.lets.n, &silent.lets.room);
    constant_lets(c, false, new, &silent.lets.at, &silent.lets.n, &silent.lets.room);
    if (silent.lets.n) LIST_ADD(c->a, &c->silent, silent);
    return true;
}

bool match(Compare *c, const Tree *old, const Tree *new, bool record) {
    if (!old || !new) return old == new;
    NamePair *saved = c->pairs;
    bool same = structural(c, old, new, false);
    c->pairs = saved;
    if (same && record) structural(c, old, new, true);
    c->pairs = saved;
    return same || match_constants(c, old, new, record);
}
