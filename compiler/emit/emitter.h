/* What the files of emit/ share while they write one function of the generated C: a program, or one
 * part of a long program (parts.c). */
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

typedef struct File File; /* file.h */

/* A buffer that the function being written mentions. */
typedef struct {
    Buffer *buffer; /* NULL: it was, in a block that has ended */
    bool declared;
} Used;

typedef struct {
    Arena *arena;
    File *file;
    Plan *plan;
    const Region *base; /* whose kernels are the function's own, not in a loop of a scan */
    Text *out;
    Text *parts;         /* functions that come before this one */
    const char *counter; /* the type of loop variables: int, or int64_t if that could overflow */
    int indent;          /* in steps of four spaces */
    LIST(const char *) names; /* taken in this function; interned */
    LIST(Used) used;
    int all_declared;          /* of those used, at least this many */
    LIST(const Node *) tables; /* to be declared */
    LIST(const char *) table_names;
    struct {
        NameEntry *at;
        size_t size, n;
    } entries;    /* private to names.c: names looked up by hashing */
    int *lines;   /* by a kernel's time: lines of C, as a first writing shows */
    bool measure; /* that is this one: nothing is cut in parts */
} Emitter;

/* names.c */
/* A C identifier for a path: q.h -> q_h; not a keyword, not yet taken. Now taken. */
const char *emit_name(Emitter *e, const char *path);
void emit_reserve(Emitter *e, const char *name);
const char *emit_buffer_name(Emitter *e, Buffer *b);
const char *emit_table_name(Emitter *e, const Node *table);
const char *emit_path(Emitter *e, const Node *n); /* "q.h": what it is in the spec */
bool emit_is_constant(const Node *n);             /* a number, everywhere */
char *emit_shape(Arena *a, const Node *n);        /* "[128, 400]" */

/* What text of the spec is inside a comment: no comment ends or begins in it. */
char *emit_comment(Arena *a, const char *text);

/* A line at the current indent. */
void emit_line(Emitter *e, const char *format, ...) __attribute__((format(printf, 2, 3)));
void emit_text(Emitter *e, const Text *t);
/* for (int variable = 0; variable < extent; variable++) { ... } */
void emit_open_loop(Emitter *e, const char *variable, int64_t extent);
void emit_close_loop(Emitter *e);
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

/* declare.c: buffers, each before the kernel that mentions it first */
/* Those that what has been written in region r mentions, and nothing around it. */
void emit_declarations(Emitter *e, const Region *r);
/* The block of a scan has ended that began when `before` buffers were used. */
void emit_forget_declared(Emitter *e, int before);
bool emit_mentions(const char *text, const char *name); /* as a whole word */
bool emit_uses_run(const char *body);
/* The tables of places that body reads. */
void emit_tables_used(Emitter *e, const char *body, Text *out);

/* kernels.c: those from .. to-1 of a region, and no more */
void emit_kernels(Emitter *e, Region *r, int from, int to);
/* parts.c: the same, in functions of their own where they are many */
void emit_region(Emitter *e, Region *r, int from, int to);
/* program.c: names that no function may give to anything of its own */
void emit_reserve_all(Emitter *e);
const char *emit_pointer(Emitter *e, const Location *l); /* "q_h + 400 * t" */

#endif
