/* mutate.c: a file with something wrong in it.
 *
 *   mutate FROM TO NUMBER      the same number always makes the same damage: the file cut short or grown,
 *                              bits flipped, bytes overwritten or doubled, digits and brackets of the
 *                              header changed, the header's length too large */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct { unsigned char *at; size_t size; } Bytes;     /* room for twice the size, and a page */

static uint64_t chance_state;

static size_t chance(size_t n) {                      /* xorshift64* (Vigna 2016), below n */
    chance_state ^= chance_state >> 12;
    chance_state ^= chance_state << 25;
    chance_state ^= chance_state >> 27;
    return n == 0 ? 0 : (size_t)(chance_state * 2685821657736338717u >> 20) % n;
}

/* A place in the file, more often in its first bytes and its header than in the numbers behind. */
static size_t place(const Bytes *b) {
    size_t range = chance(3) == 0 ? b->size : chance(4) == 0 ? 8 : 4096;
    return chance(range < b->size ? range : b->size);
}

static void cut(Bytes *b) { b->size = place(b); }
static void grow(Bytes *b) { b->at[b->size++] = 'x'; }
static void flip(Bytes *b) {
    for (size_t n = 1 + chance(4); n > 0 && b->size > 0; n--) b->at[place(b)] ^= (unsigned char)(1u << chance(8));
}
static void overwrite(Bytes *b) {
    for (size_t n = 1 + chance(16), at = place(b); n > 0 && at < b->size; n--, at++)
        b->at[at] = (unsigned char)chance(256);
}
static void repeat(Bytes *b) {
    size_t at = place(b), n = chance(64);
    if (at + n > b->size) n = b->size - at;
    memmove(b->at + at + n, b->at + at, b->size - at);
    b->size += n;
}
static void drop(Bytes *b) {
    size_t at = place(b), n = chance(64);
    if (at + n > b->size) n = b->size - at;
    memmove(b->at + at, b->at + at + n, b->size - at - n);
    b->size -= n;
}

/* Changes one of the header's characters that mean something into another. */
static void confuse(Bytes *b) {
    static const char signs[] = "0123456789{}[]\",:-eF";
    for (int tries = 0; tries < 1000 && b->size > 8; tries++) {
        size_t at = 8 + chance(b->size - 8 < 4096 ? b->size - 8 : 4096);
        if (b->at[at] == 0 || strchr(signs, b->at[at]) == NULL) continue;
        b->at[at] = (unsigned char)signs[chance(sizeof signs - 1)];
        return;
    }
}
static void stretch_header(Bytes *b) {
    if (b->size >= 8) b->at[chance(8)] = (unsigned char)(1u << chance(8));
}

static void (*const damages[])(Bytes *) = {cut, grow, flip, overwrite, repeat, drop, confuse, confuse, stretch_header};

int main(int argc, char **argv) {
    if (argc != 4) return 2;
    FILE *from = fopen(argv[1], "rb"), *to = fopen(argv[2], "wb");
    Bytes bytes = {malloc(1 << 25), 0};
    if (from == NULL || to == NULL || bytes.at == NULL) return 2;
    bytes.size = fread(bytes.at, 1, (1 << 24) - 4096, from);
    chance_state = 0x9e3779b97f4a7c15u * (uint64_t)(atoi(argv[3]) + 1);
    damages[chance(sizeof damages / sizeof *damages)](&bytes);
    fwrite(bytes.at, 1, bytes.size, to);
    return fclose(to) == 0 ? 0 : 2;
}
