/* similar: how much two trees have in common, as twice the words in both over all words (Dice). */
#include "inside.h"

#include <stdlib.h>
#include <string.h>

typedef LIST(uint64_t) Words;

static void add_words(Arena *a, const Tree *t, Words *words) {
    if (!t) return;
    uint64_t h = hash_bytes(HASH_START, &t->kind, sizeof t->kind);
    if (t->kind == TREE_NUMBER) h = hash_bytes(h, &t->number, sizeof t->number);
    else if (t->text) h = hash_bytes(h, t->text, strlen(t->text));
    if (t->name) h = hash_bytes(h, t->name, strlen(t->name));
    if (t->kind != TREE_LIST && t->kind != TREE_BODY) LIST_ADD(a, words, h);
    for (int i = 0; i < TREE_MAX_KIDS; i++) add_words(a, t->kid[i], words);
    for (int i = 0; i < t->list.n; i++) add_words(a, t->list.at[i], words);
}

static int by_size(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* Of what a tree holds, not of its own name. */
static Words words_of(Arena *a, const Tree *t) {
    Words words = {0};
    bool leaf = true;
    for (int i = 0; i < TREE_MAX_KIDS; i++) leaf = leaf && !t->kid[i];
    if (leaf && !t->list.n) add_words(a, t, &words);
    for (int i = 0; i < TREE_MAX_KIDS; i++)
        if (!(t->kind == TREE_BIND && i == 0)) add_words(a, t->kid[i], &words);
    for (int i = 0; i < t->list.n; i++) add_words(a, t->list.at[i], &words);
    LIST_SORT(&words, by_size);
    return words;
}

double similar(Arena *a, const Tree *x, const Tree *y) {
    Words u = words_of(a, x), v = words_of(a, y);
    int common = 0;
    for (int i = 0, k = 0; i < u.n && k < v.n;) {
        if (u.at[i] == v.at[k]) common++, i++, k++;
        else if (u.at[i] < v.at[k]) i++;
        else k++;
    }
    return u.n + v.n ? 2.0 * common / (u.n + v.n) : 1;
}
