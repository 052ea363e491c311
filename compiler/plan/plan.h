/* A plan: which nodes of a program are computed together, in what order, and where in memory.
 *
 * A *kernel* is one loop nest or one call in the generated C; the kernels of the program, and those
 * of each scan's body, form a *region* that runs from top to bottom. A node is computed by one
 * kernel, or again wherever it is used (cheap ones), or is a mere way of looking at another.
 * plan_program calls, in this order:
 *     order.c    regions: what has to be computed, in the order of the spec
 *     alike.c    what is the same but for its shape
 *     target.c   values that are made right where they are wanted: parts of a concatenation, yields
 *     packed.c   products that copy what they multiply
 *     fuse.c     kernels
 *     place.c    buffers: in-place stores, carries, reuse of what dies
 *     arena.c    offsets by liveness */
#ifndef GENC_PLAN_H
#define GENC_PLAN_H

#include "../program.h"
#include "index.h"

enum { DOMAIN_MAX = 28 }; /* rows levels, an example's axes, and what is reduced */

/* A piece of memory; see place.c. */
typedef enum {
    BUFFER_ARENA,   /* lives from its first write to its last read */
    BUFFER_STORAGE, /* part of a Storage: outlives the program */
    BUFFER_INPUT,   /* filled by the runtime */
} BufferKind;

typedef struct Buffer Buffer;
typedef struct Packed Packed; /* packed.h */
typedef struct Region Region;
typedef struct Kernel Kernel;

struct Buffer {
    BufferKind kind;
    bool is_index;      /* int32_t, not real */
    bool whole_program; /* an output: nothing else may lie here while the program runs */
    int64_t size;       /* elements */
    int64_t offset;     /* in the arena or storage, in elements */
    int number;         /* of the storage, or of the input */
    Node *node;         /* whose value it holds, for its name and shape */
    const char *name;   /* in the generated C */
    int used;           /* its place among those that the function uses: names.c */
    int first, last;    /* times of its first write and last read */
    Region *home;       /* first and last are kernels of this region (or inside of them) */
    Buffer *same;       /* lies where this one does: it took over its memory */
};

/* Where a node's elements are: buffer[base + sum of stride[i] * at[i]] over its rows and axes. */
typedef struct {
    Buffer *buffer;
    Index base;
    int64_t stride[DOMAIN_MAX];
} Location;

typedef enum {
    VALUE_INLINE, /* computed where it is used */
    VALUE_LEAF,   /* in memory before the program (or the body's turn) starts */
    VALUE_ANCHOR, /* computed by its kernel */
} ValueRole;

typedef struct {
    ValueRole role;
    bool reached;
    Node *alike;       /* has the same elements in the same order: this is a view of it */
    bool in_memory;    /* other kernels read it, so its kernel stores it */
    bool handed_whole; /* a call reads it as one contiguous piece */
    bool is_product;   /* a CONTRACT that gen_gemm computes */
    Packed *packed;    /* ... from copies in scratch memory; of a FOLD: its product is */
    Node *folded;      /* that product */
    bool absorbed;     /* computed by the kernel of the FOLD */
    bool has_location;
    Location location;
    Kernel *kernel; /* of an anchor */
    int segment;    /* of the kernel */
    int ready;      /* position in its region from which it can be used; -1: from the start */
    double cost;    /* flops to compute an element again */
    int loads;      /* and elements to load */
    int depth;      /* of the expression that would do it */
    Region *region;
    Scan *scan; /* of a FORMAL, and which of its slices or carries it is */
    bool is_turn, is_slice;
    int place;
    LIST(Node *) before; /* copies to be made for a CONCAT or a SCAN before it */
} Value;

typedef enum {
#define KERNEL(kind, name, emit, what) KERNEL_##kind,
#include "kernels.def"
} KernelKind;

/* One inner loop of a KERNEL_LOOP: `extent` elements of each row; 1: no loop. */
typedef struct {
    int64_t extent;
    LIST(Node *) nodes;
} Segment;

struct Kernel {
    KernelKind kind;
    Region *region;
    int position; /* in its region */
    int time;     /* in the program; a scan's body lies between time and end_time */
    int end_time;
    int64_t rows;  /* KERNEL_LOOP: extent of the outer loop; 0: no reduction has settled it yet */
    int64_t total; /* KERNEL_LOOP with rows == 0: elements; KERNEL_COLUMNS: kept leading part */
    int64_t reduced, columns; /* KERNEL_COLUMNS */
    LIST(Segment) segments;
    Node *node;      /* of all kinds but LOOP and COLUMNS */
    Region *body;    /* KERNEL_SCAN */
    Buffer *scratch; /* KERNEL_CALL, KERNEL_PACKED: its working memory; or NULL */
    bool stores;     /* overwrites a storage in place */
    bool late;       /* runs after the check that the losses are finite */
};

/* What one carry of a scan needs at the end of a turn. */
typedef struct {
    Node *next;
    Buffer *from, *carry;
    bool in_place;
} CarryUpdate;

/* A value that the kernel at this position of a region reads. */
typedef struct {
    Node *node;
    int position;
} ReadAt;

struct Region {
    Scan *scan; /* NULL: the program itself */
    Region *outer;
    Kernel *kernel; /* the KERNEL_SCAN whose body it is */
    Index turn;     /* the turn's number, as C knows it */
    const char *turn_name;
    LIST(Node *) nodes; /* in the order of computation */
    LIST(Node *) tail;  /* copies made at the end */
    LIST(Kernel *) kernels;
    LIST(CarryUpdate) updates;
    LIST(ReadAt) reads; /* in order; private to place.c */
};

typedef struct {
    const Store *store;
    Node *value;
    bool in_place;
} StorePlan; /* value: looked at as a whole */

typedef struct {
    Arena *arena;
    Model *model;
    Program *program;
    IndexPool pool;
    LIST(Value *) values; /* by node id */
    int next_id;          /* for copies */
    Region *top;
    LIST(Region *) regions;
    LIST(Buffer *) buffers;
    LIST(StorePlan) stores;
    Node **outputs; /* of each output, what lies in memory */
    Node **finite;
    int finite_after; /* position in top after which finite is checked */
    int64_t arena_reals, arena_indexes;
    double flops;
} Plan;

Plan *plan_program(Arena *a, Model *m, Program *p);
char *plan_print(Plan *p); /* text for --dump=plan */
/* Text for --dump=products, of the plans of all programs: what a training step cannot do without.
 */
char *plan_floor(Arena *a, const Model *m, int n, Plan *const *plans);

/* ---- for the passes ---- */

void plan_order(Plan *p);
void plan_alike(Plan *p);
void plan_targets(Plan *p);
void plan_place(Plan *p);
void plan_arena(Plan *p);

Value *plan_value(Plan *p, const Node *n);
/* A private elementwise copy of n with the given shape and rows; not in the graph. */
Node *plan_copy(Plan *p, Node *n, const Shape *shape, const Rows *rows);
Buffer *plan_buffer(Plan *p, BufferKind kind, Node *node, int64_t size);
/* The buffer's own memory: follows `same`. */
Buffer *buffer_root(Buffer *b);
/* Do they share memory, at whatever time? */
bool buffer_overlap(const Buffer *a, const Buffer *b);

#endif
