/* Memory, strings and growing arrays for one compilation.
 *
 * Everything a pass makes lives in the compilation's arena and is freed at once with it: no pass
 * frees anything. Names are interned, so equal names are equal pointers. */
#ifndef GENC_BASE_H
#define GENC_BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef struct Arena Arena;

Arena *arena_new(void);
void arena_free(Arena *a);
void *arena_alloc(Arena *a, size_t size);                      /* zeroed, aligned to 16 bytes */
char *arena_strndup(Arena *a, const char *s, size_t n);
char *arena_printf(Arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprintf(Arena *a, const char *format, va_list args);

/* The one copy of a string in this arena: intern(a, s) == intern(a, t) exactly if s equals t. */
const char *intern(Arena *a, const char *s);
const char *intern_n(Arena *a, const char *s, size_t n);

#define NEW(arena, Type) ((Type *)arena_alloc((arena), sizeof(Type)))
#define NEW_ARRAY(arena, Type, n) ((Type *)arena_alloc((arena), sizeof(Type) * (size_t)(n)))

/* A growing array in an arena: struct { Type *at; int n, room; }. */
#define LIST(Type) struct { Type *at; int n, room; }
#define LIST_ADD(arena, list, item) \
    (list_grow((arena), (void **)&(list)->at, &(list)->n, &(list)->room, sizeof *(list)->at), \
     (list)->at[(list)->n++] = (item))
/* An empty list has no memory, and qsort must not be given none. */
#define LIST_SORT(list, order) \
    ((list)->n > 1 ? qsort((list)->at, (size_t)(list)->n, sizeof *(list)->at, (order)) : (void)0)
void list_grow(Arena *a, void **at, const int *n, int *room, size_t item_size);

/* Text built piece by piece, always NUL-terminated. */
typedef struct { Arena *arena; char *at; size_t n, room; } Text;
void text_printf(Text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_put(Text *t, const char *s);
void text_put_n(Text *t, const char *s, size_t n);
/* How many letters a text has, in UTF-8. */
int text_letters(const char *text);
/* Text in a cell of a Markdown table: a bar or the end of a line would end it. */
const char *text_cell(Arena *a, const char *text);

/* A path by its text alone, so that a file has one: without "//", and without "." and ".." but for a
 * leading "./" and for what goes beyond its beginning. */
char *path_plain(Arena *a, const char *path);

/* All that is left of a file, or one byte more than `most` of it; false: it cannot be read. */
bool text_read(Text *t, FILE *in, size_t most);
/* All of a file; NULL: it cannot be read, or holds more than `most` bytes (EFBIG), as errno says. */
char *read_whole_file(Arena *a, const char *path, size_t most);

/* "specs/vae.gen": "vae" */
const char *path_stem(Arena *a, const char *path);

/* A 64-bit FNV-1a hash; start from HASH_START. */
#define HASH_START 0xcbf29ce484222325u
uint64_t hash_bytes(uint64_t h, const void *data, size_t n);

/* The divisors of n that are nearest to k, for k in 1..n: the largest of at most k and the smallest
 * of at least k. Takes sqrt(n) steps. */
void divisors_around(int64_t n, int64_t k, int64_t *below, int64_t *above);

/* What we did wrong: aborts with our own file and line, never blaming the user. */
#define BUG(...) bug_at(__FILE__, __LINE__, __VA_ARGS__)
_Noreturn void bug_at(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
