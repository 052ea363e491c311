/* syntax_hash: what a spec says as one number, from which layout leaves no trace: neither blanks,
 * comments, brackets and the writing of numbers, nor the order where it means nothing, that of
 * declarations, of settings, of what stands behind `over`, and of arguments given by name. */
#include "tree.h"

#include <string.h>

static uint64_t hash_text(uint64_t h, const char *text) {
    return text ? hash_bytes(h, text, strlen(text) + 1) : hash_bytes(h, "", 1);
}

static uint64_t hash_tree(const Tree *t);

/* An item of a list that may as well stand elsewhere in it. */
static bool is_loose(const Tree *item) {
    static const bool loose[TREE_COUNT] = {
        [TREE_SETTING] = true, [TREE_METHOD] = true, [TREE_NAMED] = true};
    return loose[item->kind];
}

/* What has a place, in its order; of the rest the sum, which has none. */
static uint64_t hash_items(uint64_t h, const Tree *list, bool all_loose) {
    uint64_t sum = 0;
    for (int i = 0; i < list->list.n; i++) {
        uint64_t item = hash_tree(list->list.at[i]);
        if (all_loose || is_loose(list->list.at[i])) sum += item;
        else h = hash_bytes(h, &item, sizeof item);
    }
    return hash_bytes(h, &sum, sizeof sum);
}

static uint64_t hash_tree(const Tree *t) {
    int flags = t->flags & (TREE_UNPAIRED | TREE_FINAL);
    uint64_t h = hash_text(HASH_START, tree_kind_name(t->kind));
    h = hash_bytes(h, &flags, sizeof flags);
    h = hash_text(h, t->name);
    if (t->kind == TREE_NUMBER) h = hash_bytes(h, &t->number, sizeof t->number);
    else if (t->kind != TREE_IMPORT) h = hash_text(h, t->text); /* a file is what it holds */
    for (int i = 0; i < TREE_MAX_KIDS; i++) {
        uint64_t kid = 0;
        bool over = t->kind == TREE_MINIMIZE && i == 1;
        if (t->kid[i]) kid = over ? hash_items(HASH_START, t->kid[i], true) : hash_tree(t->kid[i]);
        h = hash_bytes(h, &kid, sizeof kid);
    }
    return hash_items(h, t, false);
}

uint64_t syntax_hash(const Tree *decls) {
    return hash_items(HASH_START, decls, true);
}
