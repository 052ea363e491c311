/* shuffle.c: the order in which examples are read.
 *
 * The training stream is endless: position p is example p mod n of epoch p / n, and each epoch has
 * a permutation of its own, which depends on the seed and the epoch only: any place in the stream
 * can be found again. */
#include "data.h"

/* Fisher and Yates' shuffle of 0 .. n-1. */
void shuffle_fill(uint64_t key, int64_t n, int32_t *order) {
    uint32_t word[4];
    for (int64_t i = 0; i < n; i++) order[i] = (int32_t)i;
    for (int64_t i = n - 1; i > 0; i--) {
        int64_t turn = n - 1 - i;
        if (turn % 4 == 0) random_words(key, (uint64_t)turn / 4, word);
        int64_t j = (int64_t)(((uint64_t)word[turn % 4] * (uint64_t)(i + 1)) >> 32);
        int32_t other = order[j];
        order[j] = order[i];
        order[i] = other;
    }
}

/* Room for the numbers of n examples. */
static int32_t *shuffle_order(int64_t n) {
    if (n > INT32_MAX)
        fail("data: %" PRId64 " examples are more than can be told apart, %d", n, INT32_MAX);
    return allocate(n, sizeof(int32_t));
}

Shuffle shuffle_new(const char *name, int64_t n) {
    return (Shuffle){n, random_path(name), 0, -1, shuffle_order(n)};
}

int64_t shuffle_row(Shuffle *shuffle, uint64_t seed, int64_t position) {
    int64_t epoch = position / shuffle->n;
    if (epoch != shuffle->epoch || seed != shuffle->seed) {
        shuffle->epoch = epoch;
        shuffle->seed = seed;
        uint64_t key = random_mix(random_mix(shuffle->path, seed), (uint64_t)epoch);
        shuffle_fill(key, shuffle->n, shuffle->order);
    }
    return shuffle->order[position % shuffle->n];
}

/* Which examples are held out where the source does not say: a fixed shuffle, the same for all data
 * of a spec and for every seed. Marks them. */
void shuffle_hold_out(int64_t n, int64_t held_out, bool *is_held_out) {
    int32_t *order = shuffle_order(n);
    shuffle_fill(random_path("data.split"), n, order);
    for (int64_t i = 0; i < held_out; i++) is_held_out[order[i]] = true;
    free(order);
}
