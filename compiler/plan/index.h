/* Symbolic places in memory: sums of loop variables times constants.
 *
 * Moves (reshape, slice, transpose, broadcast) never run: they turn into arithmetic on the index
 * at which their input is read. Quotients and remainders, which reshapes bring, cancel here again
 * where the memory is contiguous: 28 * (i / 28) + i % 28 is i. */
#ifndef GENC_INDEX_H
#define GENC_INDEX_H

#include "../base.h"

typedef struct Index Index;
typedef enum { ATOM_VARIABLE, ATOM_QUOTIENT, ATOM_REMAINDER, ATOM_WITHIN } AtomKind;

/* How deep in a kernel's loops a value changes. */
typedef enum { LEVEL_KERNEL, LEVEL_ROW, LEVEL_ELEMENT } Level;

typedef struct {
    AtomKind kind;
    int id;
    const char *name; /* of a variable, as in the generated C */
    Level level;
    int64_t max;     /* the largest value; the least is 0 */
    const Index *of; /* quotient, remainder, within: of / by, of % by, of */
    int64_t by;
} Atom;

enum { INDEX_MAX_TERMS = 16 };
struct Index {
    int64_t constant;
    int n;
    struct {
        int64_t factor;
        const Atom *atom;
    } term[INDEX_MAX_TERMS]; /* in order of atom id */
};

/* All atoms of a program; equal atoms are the same pointer. */
typedef struct {
    Arena *arena;
    LIST(const Atom *) atoms;
} IndexPool;

Index index_constant(int64_t value);
/* The variable `name`, 0 .. extent-1; the constant 0 if it takes no other value. */
Index index_variable(IndexPool *pool, const char *name, int64_t extent, Level level);
Index index_add(const Index *a, const Index *b);
Index index_scale(const Index *a, int64_t factor);
Index index_quotient(IndexPool *pool, const Index *a, int64_t by); /* a >= 0 */
Index index_remainder(IndexPool *pool, const Index *a, int64_t by);

/* a, of which is known that it is one of 0 .. extent-1 whenever it is looked at (under a condition
 * that says so), though its parts alone could make it another. */
Index index_within(IndexPool *pool, const Index *a, int64_t extent);

bool index_equal(const Index *a, const Index *b);
void index_range(const Index *a, int64_t *min, int64_t *max);
Level index_level(const Index *a);
bool index_divides(const Index *a, Level level); /* a quotient or remainder changes at this level */

/* Row-major position of at[0..n) in dim[0..n), and back. */
Index index_flatten(int n, const int64_t *dim, const Index *at);
void index_unflatten(IndexPool *pool, const Index *flat, int n, const int64_t *dim, Index *at);

void index_print(Text *out, const Index *a); /* 784 * r + i */

#endif
