/* pair_declarations: which declaration of one spec is which of the other: by name, then by what
 * they hold. Files first: the spec and the spec, imports by the names they go by, then by content,
 * for which path a file has means nothing. */
#include "inside.h"

#include <stdlib.h>
#include <string.h>

/* ---- files ---- */

typedef struct {
    Home *old, *new;
    double score;
} HomePair;

static int by_likeness(const void *a, const void *b) {
    const HomePair *x = a, *y = b;
    if (x->score != y->score) return x->score > y->score ? -1 : 1;
    int old = strcmp(x->old->name, y->old->name), new = strcmp(x->new->name, y->new->name);
    return old + new ? old + new : old;
}

static const Tree *import_of(const DiffSide *side, const Home *home) {
    const Tree *decls = side->names->homes.at[0]->decls;
    for (int i = 0; i < decls->list.n; i++)
        if (decls->list.at[i]->kind == TREE_IMPORT &&
            strcmp(decls->list.at[i]->text, home->name) == 0)
            return decls->list.at[i];
    BUG("a file that nothing imports");
}

static void set_mates(Compare *c, const Tree *old, const Tree *new);

static void set_home_mates(Compare *c, Home *old, Home *new) {
    old->mate = new;
    new->mate = old;
    if (old->name) set_mates(c, import_of(c->old, old), import_of(c->new, new));
}

enum { SAME_FILE_PERCENT = 50 };

static void pair_files(Compare *c) {
    LIST(HomePair) found = {0};
    Names *x = c->old->names, *y = c->new->names;
    set_home_mates(c, x->homes.at[0], y->homes.at[0]);
    for (int i = 1; i < x->homes.n; i++)
        for (int k = 1; k < y->homes.n; k++) {
            bool same = strcmp(x->homes.at[i]->name, y->homes.at[k]->name) == 0;
            double score = same ? 2 : similar(c->a, x->homes.at[i]->decls, y->homes.at[k]->decls);
            if (100 * score >= SAME_FILE_PERCENT)
                LIST_ADD(c->a, &found, ((HomePair){x->homes.at[i], y->homes.at[k], score}));
        }
    LIST_SORT(&found, by_likeness);
    for (int i = 0; i < found.n; i++)
        if (!found.at[i].old->mate && !found.at[i].new->mate)
            set_home_mates(c, found.at[i].old, found.at[i].new);
}

/* ---- declarations ---- */

static void set_mates(Compare *c, const Tree *old, const Tree *new) {
    for (int i = 0; i < decl_items(old) && i < decl_items(new); i++) {
        Entry *x = entry_of(c->old, old, i), *y = entry_of(c->new, new, i);
        x->mate = y;
        y->mate = x;
    }
}

static bool is_paired(const DiffSide *side, const Tree *decl) {
    for (int i = 0; i < decl_items(decl); i++)
        if (entry_of(side, decl, i)->mate) return true;
    return false;
}

/* train and train; x and x. */
static bool same_thing(const Entry *x, const Entry *y) {
    if (x->space != y->space) return false;
    return x->space == SPACE_OTHER ? x->decl->kind == y->decl->kind && strcmp(x->name, y->name) == 0
                                   : x->name == y->name;
}

enum { ALIKE_PERCENT = 60 }; /* from here on two declarations are one that was renamed */

static bool may_be_renamed(const Tree *old, const Tree *new) {
    return old->kind == new->kind && old->kind != TREE_LET && old->kind != TREE_IMPORT &&
           old->kind != TREE_TRAIN;
}

/* Does `side` hold something that t would rather be, under another name, than what it has in common
 * with the one of its own name? */
static bool has_nearer(Compare *c, const DiffSide *side, const Tree *t, const Tree *own,
                       double common) {
    for (int i = 0; i < side->names->decls.n; i++) {
        const Tree *other = side->names->decls.at[i];
        if (other == own || !may_be_renamed(t, other)) continue;
        double score = similar(c->a, t, other);
        if (score > common && 100 * score >= ALIKE_PERCENT) return true;
    }
    return false;
}

/* Two of one name that are each nearer to another: names may have been exchanged, or passed on in a
 * row. Whether they have is for diff_changes to judge, by what would be left to change. */
static bool name_passed_on(Compare *c, const Tree *old, const Tree *new) {
    double common = similar(c->a, old, new);
    return common < 1 && has_nearer(c, c->new, old, new, common) &&
           has_nearer(c, c->old, new, old, common);
}

static bool same_file(const Entry *x, const Entry *y) {
    return x->home->mate == y->home;
}

/* In three passes: of the same kind (y ~ d and loss y = ... may both be there), of any, and what
 * went from one file to another. */
static void pair_by_name(Compare *c, bool exchange) {
    for (int pass = 0; pass < 3; pass++)
        for (int i = 0; i < c->old->names->entries.n; i++)
            for (int k = 0; k < c->new->names->entries.n; k++) {
                Entry *x = c->old->names->entries.at[i], *y = c->new->names->entries.at[k];
                if (!same_thing(x, y) || is_paired(c->old, x->decl) || is_paired(c->new, y->decl))
                    continue;
                if (same_file(x, y) != (pass < 2) || (pass != 1 && x->decl->kind != y->decl->kind))
                    continue;
                if (exchange && pass < 2 && name_passed_on(c, x->decl, y->decl))
                    c->exchanged = true;
                else set_mates(c, x->decl, y->decl);
            }
}

typedef struct {
    const Tree *old, *new;
    double score;
    int i, k;
} Candidate;

/* The most alike first; ties by place, in a way that does not ask which spec is the old one. */
static int by_score(const void *a, const void *b) {
    const Candidate *x = a, *y = b;
    if (x->score != y->score) return x->score > y->score ? -1 : 1;
    int dx = abs(x->i - x->k), dy = abs(y->i - y->k);
    if (dx != dy) return dx - dy;
    return x->i + x->k != y->i + y->k ? x->i + x->k - y->i - y->k : x->i - y->i;
}

static void pair_by_content(Compare *c) {
    LIST(Candidate) found = {0};
    for (int i = 0; i < c->old->names->decls.n; i++)
        for (int k = 0; k < c->new->names->decls.n; k++) {
            const Tree *x = c->old->names->decls.at[i], *y = c->new->names->decls.at[k];
            if (!may_be_renamed(x, y) || is_paired(c->old, x) || is_paired(c->new, y)) continue;
            if (!same_file(entry_of(c->old, x, 0), entry_of(c->new, y, 0))) continue;
            double score = similar(c->a, x, y);
            if (score * 100 >= ALIKE_PERCENT)
                LIST_ADD(c->a, &found, ((Candidate){x, y, score, i, k}));
        }
    LIST_SORT(&found, by_score);
    for (int i = 0; i < found.n; i++)
        if (!is_paired(c->old, found.at[i].old) && !is_paired(c->new, found.at[i].new))
            set_mates(c, found.at[i].old, found.at[i].new);
}

void pair_declarations(Compare *c) {
    pair_files(c);
    pair_by_name(c, c->exchange);
    pair_by_content(c);
    if (c->exchanged) pair_by_name(c, false); /* those for which nothing was found after all */
}
