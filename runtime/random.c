/* random.c: counter-based random numbers.
 *
 * Philox4x32-10 (J. Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011): a keyed
 * function from a counter to four 32-bit words. The key is a hash of (seed, path, stream,
 * repetition), the counter (block of four, turn, example): any draw can be made again anywhere, in
 * any order, by any number of threads. Float and double builds read the same words, so they draw
 * the same numbers up to rounding. */
#include "gencall.h"
#include "genmath.h"
#include "kernels.h"

#include <string.h>

enum { BLOCKS = 64 }; /* blocks of four words made side by side */

typedef struct {
    uint32_t word[4][BLOCKS];
} PhiloxBlocks;

static void philox_rounds(PhiloxBlocks *b, uint64_t key) {
    uint32_t key0 = (uint32_t)key, key1 = (uint32_t)(key >> 32);
    for (int round = 0; round < 10; round++) {
#pragma omp simd
        for (int i = 0; i < BLOCKS; i++) {
            uint64_t p0 = (uint64_t)0xD2511F53u * b->word[0][i];
            uint64_t p1 = (uint64_t)0xCD9E8D57u * b->word[2][i];
            b->word[0][i] = (uint32_t)(p1 >> 32) ^ b->word[1][i] ^ key0;
            b->word[1][i] = (uint32_t)p1;
            b->word[2][i] = (uint32_t)(p0 >> 32) ^ b->word[3][i] ^ key1;
            b->word[3][i] = (uint32_t)p0;
        }
        key0 += 0x9E3779B9u;
        key1 += 0xBB67AE85u;
    }
}

uint64_t random_mix(uint64_t h, uint64_t value) {
    uint64_t z = (h ^ value) + 0x9e3779b97f4a7c15u; /* the finaliser of splitmix64 */
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

uint64_t random_path(const char *path) {
    uint64_t h = 0;
    for (; *path != 0; path++) h = random_mix(h, (unsigned char)*path);
    return h;
}

void random_words(uint64_t key, uint64_t counter, uint32_t words[4]) {
    uint32_t w[4] = {(uint32_t)counter, (uint32_t)(counter >> 32), 0, 0};
    uint32_t key0 = (uint32_t)key, key1 = (uint32_t)(key >> 32);
    for (int round = 0; round < 10; round++) {
        uint64_t p0 = (uint64_t)0xD2511F53u * w[0], p1 = (uint64_t)0xCD9E8D57u * w[2];
        w[0] = (uint32_t)(p1 >> 32) ^ w[1] ^ key0;
        w[1] = (uint32_t)p1;
        w[2] = (uint32_t)(p0 >> 32) ^ w[3] ^ key1;
        w[3] = (uint32_t)p0;
        key0 += 0x9E3779B9u;
        key1 += 0xBB67AE85u;
    }
    memcpy(words, w, sizeof w);
}

/* ---- words to numbers ---- */

/* Strictly inside (0, 1): a float holds 23 bits and a half, a double all 32 and a half. */
static void words_to_uniform(const PhiloxBlocks *b, real *out) {
    for (int j = 0; j < 4; j++) {
#pragma omp simd
        for (int i = 0; i < BLOCKS; i++) {
#ifdef GENC_F64
            out[4 * i + j] = ((double)b->word[j][i] + 0.5) * 0x1p-32;
#else
            out[4 * i + j] = ((float)(int32_t)(b->word[j][i] >> 9) + 0.5f) * 0x1p-23f;
#endif
        }
    }
}

/* log((w + 1/2) / 2^32). Near 1 the distance to 1 is taken from the word, not from a rounded sum.
 */
GEN_INLINE real log_of_word(uint32_t word) {
    real u = ((real)word + (real)0.5) * (real)0x1p-32, k;
    real f = gen_split_log(u, &k);
    real below_one = ((real)(uint32_t)~word + (real)0.5) * (real)0x1p-32;
    bool near = word >= 0xc0000000u;
    return gen_log_core(near ? -below_one : f, near ? 0 : k, 0);
}

/* Box and Muller (1958): sqrt(-2 log u) (cos t, sin t), the angle t reduced exactly in integers. */
static void words_to_gaussian(const PhiloxBlocks *b, real *out) {
    for (int j = 0; j < 4; j += 2) {
#pragma omp simd
        for (int i = 0; i < BLOCKS; i++) {
            real radius = gen_sqrt(-2 * log_of_word(b->word[j][i]));
            uint32_t angle = b->word[j + 1][i];
            uint32_t quadrant = (angle + 0x20000000u) >> 30;
            int32_t rest = (int32_t)(angle - (quadrant << 30));
            real r = (real)rest * (real)1.4629180792671596e-9; /* 2 pi / 2^32 */
            real s = gen_sin_core(r), c = gen_cos_core(r);
            real x = (quadrant & 1u) != 0 ? s : c;
            real y = (quadrant & 1u) != 0 ? c : s;
            x = ((quadrant + 1u) & 2u) != 0 ? -x : x;
            y = (quadrant & 2u) != 0 ? -y : y;
            out[4 * i + j] = radius * x;
            out[4 * i + j + 1] = radius * y;
        }
    }
}

/* ---- filling rows ---- */

typedef void WordsToReals(const PhiloxBlocks *b, real *out);

typedef struct {
    uint64_t key;
    int64_t first_example, turn, rows, times, n;
    real *out;
    WordsToReals *convert;
} RowFill;

/* A counter is four words: a row's block of four numbers, the turn, and the example in two. What a
 * turn has above 32 bits goes into the last, which examples leave free up to the 2^48th. */
static void fill_counters(const RowFill *fill, int64_t first_block, PhiloxBlocks *b) {
    int64_t per_row = (fill->n + 3) / 4;
    int64_t row = first_block / per_row, column = first_block % per_row;
    for (int i = 0; i < BLOCKS; i++) {
        uint64_t example = (uint64_t)(fill->first_example + row / fill->times);
        b->word[0][i] = (uint32_t)column;
        uint64_t turn = (uint64_t)(fill->turn * fill->times + row % fill->times);
        b->word[1][i] = (uint32_t)turn;
        b->word[2][i] = (uint32_t)example;
        b->word[3][i] = (uint32_t)(example >> 32) ^ (uint32_t)(turn >> 32) << 16;
        if (++column == per_row) {
            column = 0;
            row++;
        }
    }
}

static void fill_chunk(const RowFill *fill, int64_t chunk) {
    PhiloxBlocks blocks;
    real numbers[4 * BLOCKS];
    int64_t per_row = (fill->n + 3) / 4;
    int64_t first = chunk * BLOCKS, total = fill->rows * per_row;
    int count = (int)(total - first < BLOCKS ? total - first : BLOCKS);
    fill_counters(fill, first, &blocks);
    philox_rounds(&blocks, fill->key);
    fill->convert(&blocks, numbers);
    int64_t row = first / per_row, column = first % per_row;
    for (int i = 0; i < count;) { /* as many blocks of this row as there are */
        int64_t here = per_row - column < count - i ? per_row - column : count - i;
        int64_t from = 4 * column, to = 4 * (column + here);
        if (to > fill->n) to = fill->n;
        memcpy(fill->out + row * fill->n + from, numbers + 4 * i,
               (size_t)(to - from) * sizeof(real));
        i += (int)here;
        column = 0;
        row++;
    }
}

static void fill_rows(const RowFill *fill) {
    int64_t blocks = fill->rows * ((fill->n + 3) / 4);
    int64_t chunks = (blocks + BLOCKS - 1) / BLOCKS;
#pragma omp parallel for if (chunks >= 32)
    for (int64_t chunk = 0; chunk < chunks; chunk++) fill_chunk(fill, chunk);
}

uint64_t random_key(const GenRun *run, uint64_t path) {
    uint64_t key = random_mix(random_mix(0, run->seed), path);
    return random_mix(random_mix(key, (uint64_t)run->stream), (uint64_t)run->repetition);
}

static void draw(const GenRun *run, uint64_t path, int64_t turn, int64_t rows, int64_t times,
                 int64_t n, real *out, WordsToReals *convert) {
    RowFill fill = {random_key(run, path), run->first_example, turn, rows, times, n, out, convert};
    fill_rows(&fill);
}

void gen_uniform(const GenRun *run, uint64_t path, int64_t turn, int64_t rows, int64_t times,
                 int64_t n, real *out) {
    draw(run, path, turn, rows, times, n, out, words_to_uniform);
}

void gen_gaussian(const GenRun *run, uint64_t path, int64_t turn, int64_t rows, int64_t times,
                  int64_t n, real *out) {
    draw(run, path, turn, rows, times, n, out, words_to_gaussian);
}
