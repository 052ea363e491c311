/* Memory, strings and growing arrays: see base.h.
 *
 * An arena is a list of blocks. Small requests are cut off the newest block; one that does not fit
 * opens the next. The table of interned strings lives beside the blocks and dies with them. */
#include "base.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { BLOCK_BYTES = 1 << 16, ALIGNMENT = 16, FIRST_INTERN_SLOTS = 256 };

typedef struct Block Block;
struct Block {
    Block *next;
    size_t used, size; /* bytes of data */
    _Alignas(ALIGNMENT) unsigned char data[];
};

struct Arena {
    Block *blocks;      /* newest first */
    const char **slots; /* interned strings: open addressing */
    size_t slot_count;  /* a power of two */
    size_t strings;     /* slots in use */
};

static void *must(void *memory) {
    if (!memory) {
        fputs("genc: out of memory\n", stderr);
        exit(2);
    }
    return memory;
}

Arena *arena_new(void) {
    Arena *a = must(calloc(1, sizeof *a));
    a->slot_count = FIRST_INTERN_SLOTS;
    a->slots = must(calloc(a->slot_count, sizeof *a->slots));
    return a;
}

void arena_free(Arena *a) {
    if (!a) return;
    for (Block *block = a->blocks, *next; block; block = next) {
        next = block->next;
        free(block);
    }
    free(a->slots);
    free(a);
}

void *arena_alloc(Arena *a, size_t size) {
    if (size > SIZE_MAX / 2) must(NULL);
    size = size ? (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT : ALIGNMENT;
    Block *block = a->blocks;
    if (!block || block->size - block->used < size) {
        size_t room = size > BLOCK_BYTES ? size : BLOCK_BYTES;
        block = must(calloc(1, sizeof *block + room));
        block->size = room;
        block->next = a->blocks;
        a->blocks = block;
    }
    void *memory = block->data + block->used;
    block->used += size;
    return memory;
}

char *arena_strndup(Arena *a, const char *s, size_t n) {
    char *copy = arena_alloc(a, n + 1);
    if (n) memcpy(copy, s, n);
    return copy;
}

char *arena_vprintf(Arena *a, const char *format, va_list args) {
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (n < 0) BUG("bad format '%s'", format);
    char *text = arena_alloc(a, (size_t)n + 1);
    vsnprintf(text, (size_t)n + 1, format, args);
    return text;
}

char *arena_printf(Arena *a, const char *format, ...) {
    va_list args;
    va_start(args, format);
    char *text = arena_vprintf(a, format, args);
    va_end(args);
    return text;
}

/* The slot that holds the n bytes at s, or the empty one where they belong. */
static const char **intern_slot(const Arena *a, const char *s, size_t n) {
    size_t mask = a->slot_count - 1;
    size_t i = (size_t)hash_bytes(HASH_START, s, n) & mask;
    while (a->slots[i] && (strlen(a->slots[i]) != n || memcmp(a->slots[i], s, n) != 0))
        i = (i + 1) & mask;
    return &a->slots[i];
}

static void grow_intern_table(Arena *a) {
    const char **old = a->slots;
    size_t old_count = a->slot_count;
    a->slot_count *= 2;
    a->slots = must(calloc(a->slot_count, sizeof *a->slots));
    for (size_t i = 0; i < old_count; i++)
        if (old[i]) *intern_slot(a, old[i], strlen(old[i])) = old[i];
    free(old);
}

const char *intern_n(Arena *a, const char *s, size_t n) {
    if (n && memchr(s, 0, n)) BUG("an interned string holds a NUL byte");
    if (a->strings * 2 >= a->slot_count) grow_intern_table(a);
    const char **slot = intern_slot(a, s, n);
    if (!*slot) {
        *slot = arena_strndup(a, s, n);
        a->strings++;
    }
    return *slot;
}

const char *intern(Arena *a, const char *s) {
    return intern_n(a, s, strlen(s));
}

void list_grow(Arena *a, void **at, const int *n, int *room, size_t item_size) {
    if (*n < *room) return;
    if (*room > INT32_MAX / 2) BUG("a list of more than 2^30 items");
    *room = *room ? 2 * *room : 8;
    void *bigger = arena_alloc(a, (size_t)*room * item_size);
    if (*n) memcpy(bigger, *at, (size_t)*n * item_size);
    *at = bigger;
}

void text_put_n(Text *t, const char *s, size_t n) {
    if (t->n + n + 1 > t->room) {
        t->room = 2 * (t->n + n) + 64;
        char *bigger = arena_alloc(t->arena, t->room);
        if (t->n) memcpy(bigger, t->at, t->n);
        t->at = bigger;
    }
    if (n) memcpy(t->at + t->n, s, n);
    t->n += n;
    t->at[t->n] = 0;
}

/* "..", or what came first and cannot be taken back: "/", "./" */
static bool stays(const char *path, size_t from, size_t n) {
    return n == from || (n - from >= 3 && strncmp(path + n - 3, "../", 3) == 0 &&
                         (n - from == 3 || path[n - 4] == '/'));
}

char *path_plain(Arena *a, const char *path) {
    char *out = arena_alloc(a, strlen(path) + 2);
    size_t n = strspn(path, "/") ? 1 : strncmp(path, "./", 2) == 0 ? 2 : 0, root = n;
    memcpy(out, path, n);
    for (size_t part; path += strspn(path, "/"), *path; path += part) {
        part = strcspn(path, "/");
        bool up = part == 2 && path[0] == '.' && path[1] == '.';
        if (part == 1 && *path == '.') continue;
        if (up && root == 1 && n == root) continue; /* above "/" is "/" */
        if (up && !stays(out, root, n)) {
            for (n--; n > root && out[n - 1] != '/';) n--;
            continue;
        }
        memcpy(out + n, path, part);
        n += part;
        out[n++] = '/';
    }
    if (n > 1 && n > root) n--; /* the last "/" */
    out[n] = 0;
    return out;
}

const char *text_cell(Arena *a, const char *text) {
    Text t = {.arena = a};
    text_put(&t, "");
    for (; *text; text++) {
        if (*text == '|') text_put(&t, "\\");
        text_put_n(&t, *text == '\n' ? " " : text, 1);
    }
    return t.at;
}

void text_put(Text *t, const char *s) {
    text_put_n(t, s, strlen(s));
}

void text_printf(Text *t, const char *format, ...) {
    char small[256];
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(small, sizeof small, format, args);
    if (n < 0) BUG("bad format '%s'", format);
    if ((size_t)n < sizeof small)
        text_put_n(t, small, (size_t)n);
    else
        text_put(t, arena_vprintf(t->arena, format, again));
    va_end(again);
    va_end(args);
}

int text_letters(const char *text) {
    int n = 0;
    for (; *text; text++) n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

bool text_read(Text *t, FILE *in, size_t most) {
    char part[1 << 14];
    size_t n = 1;
    text_put(t, "");
    while (t->n <= most && n > 0) {
        size_t left = most + 1 - t->n;
        n = fread(part, 1, left < sizeof part ? left : sizeof part, in);
        text_put_n(t, part, n);
    }
    return !ferror(in);
}

char *read_whole_file(Arena *a, const char *path, size_t most) {
    FILE *in = fopen(path, "rb");
    Text t = {.arena = a};
    struct stat st;
    if (!in) return NULL;
    bool large = fstat(fileno(in), &st) == 0 && st.st_size > 0 && (size_t)st.st_size > most;
    bool good = large || text_read(&t, in, most);
    large = large || t.n > most;
    int reason = large ? EFBIG : errno;
    fclose(in);
    errno = reason;
    return good && !large ? t.at : NULL;
}

const char *path_stem(Arena *a, const char *path) {
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    const char *ending = strrchr(base, '.');
    return arena_strndup(a, base,
                         ending && ending != base ? (size_t)(ending - base) : strlen(base));
}

uint64_t hash_bytes(uint64_t h, const void *data, size_t n) {
    const unsigned char *bytes = data;
    for (size_t i = 0; i < n; i++) h = (h ^ bytes[i]) * 0x100000001b3u;
    return h;
}

void divisors_around(int64_t n, int64_t k, int64_t *below, int64_t *above) {
    *below = 1;
    *above = n;
    for (int64_t d = 1; d <= n / d; d++) {
        const int64_t pair[] = {d, n / d};
        if (n % d != 0) continue;
        for (int i = 0; i < 2; i++) {
            if (pair[i] <= k && pair[i] > *below) *below = pair[i];
            if (pair[i] >= k && pair[i] < *above) *above = pair[i];
        }
    }
}

void bug_at(const char *file, int line, const char *format, ...) {
    fprintf(stderr, "genc: internal error at %s:%d: ", file, line);
    va_list args;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputs("\nThis is a mistake in genc, not in your spec. Please report it, with the spec.\n", stderr);
    abort();
}
