/* What the files of emit/ share while they write one function of the generated C. */
#ifndef GENC_EMITTER_H
#define GENC_EMITTER_H

#include "../plan/product.h"
#include "../plan/reads.h"

/* A loop of less work (flops, or elements moved) gains nothing from a second thread. */
#define PARALLEL_WORK ((double)(1 << 16))

/* Where in Emitter.names a name stands, and where the last one that was made of it by a number. */
typedef struct {
    const char *name; /* interned */
    int place, number, last;
} NameEntry;

typedef struct {
    Arena *arena;
    Plan *plan;
    Text *out;
    const char *counter; /* the type of loop variables: int, or int64_t if that could overflow */
    int indent;          /* in steps of four spaces */
    LIST(const char *) names;  /* taken in this function; interned */
    LIST(Buffer *) used;       /* buffers to be declared */
    LIST(const Node *) tables; /* likewise */
    LIST(const char *) table_names;
    struct {
        NameEntry *at;
        size_t size, n;
    } entries; /* private to names.c: names looked up by hashing */
} Emitter;

/* names.c */
/* A C identifier for a path: q.h -> q_h; not a keyword, not yet taken. Now taken. */
const char *emit_name(Emitter *e, const char *path);
void emit_reserve(Emitter *e, const char *name);
const char *emit_buffer_name(Emitter *e, Buffer *b);
const char *emit_table_name(Emitter *e, const Node *table);
const char *emit_path(Emitter *e, const Node *n); /* "q.h": what it is in the spec */
char *emit_shape(Arena *a, const Node *n);        /* "[128, 400]" */

/* A line at the current indent. */
void emit_line(Emitter *e, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The spec's lines that a kernel comes from, as comments. */
void emit_origin(Emitter *e, const Kernel *k);

/* What writes each kind of kernel (loop.c, sums.c, call.c, kernels.c) ... */
#define KERNEL(kind, name, emit, what) void emit(Emitter *e, Kernel *k);
#include "../plan/kernels.def"
/* ... and each operation that is a CALL (call.c, sums.c). */
#define OP(...)
#define CALL(op, name, arity, class, rows, shape, derivative, work, read, takes, gives, scratch,   \
             emit, what)                                                                           \
    void emit(Emitter *e, Kernel *k);
#include "../graph/ops.def"

/* call.c: the calls of gen_gemm. added: when what lies there is added to; NULL: never. */
void emit_gemm(Emitter *e, Product *q, const char *added);

/* fold.c: a FOLD, as emit_fold, of the rows block .. block + rows - 1 of its outermost level. */
void emit_fold_block(Emitter *e, Kernel *k, Node *n, const Index *block, int64_t rows);

/* kernels.c */
void emit_region(Emitter *e, Region *r, int from, int to);
const char *emit_pointer(Emitter *e, const Location *l); /* "q_h + 400 * t" */

#endif
