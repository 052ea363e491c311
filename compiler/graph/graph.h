/* The tensor graph: what a program computes.
 *
 * A node is a primitive operation on other nodes. Nodes are immutable and hash-consed: asking twice
 * for the same operation on the same inputs gives the same node, so equal values are computed once,
 * and what no root reaches is never computed. ops.def lists the operations.
 *
 * A value has a per-example shape, and *rows*: how often it exists. Rows are NULL for a shared
 * value (a parameter, a constant), graph->batch for one value per example, and inside `draws k` a
 * Rows whose outer is what surrounds it. In memory a value is [rows..., shape...], row-major.
 * An operation on values of different rows uses the outer one's value again for each inner row
 * (rows form a chain: of any two that meet, one is an ancestor of the other). */
#ifndef GENC_GRAPH_H
#define GENC_GRAPH_H

#include "../base.h"
#include "../diag.h"

enum { GRAPH_MAX_RANK = 8, GRAPH_MAX_LABELS = 32 /* of a CONTRACT */ };
#define GRAPH_MAX_ELEMENTS ((int64_t)1 << 40) /* of a value, all its rows together */
enum { GRAPH_MAX_NODES = 1 << 20, GRAPH_MAX_ROWS = 10 /* levels: the batch, and draws within draws */ };

typedef enum {
#define OP(op, ...) OP_##op,
#include "ops.def"
    OP_COUNT
} Op;

typedef enum {
    CLASS_LEAF,   /* no inputs (but for a draw's turns) */
    CLASS_MAP,    /* elementwise; inputs broadcast, trailing axes aligned, length 1 stretched */
    CLASS_REDUCE, /* over axes of an example */
    CLASS_MOVE,   /* places elements elsewhere, computes nothing */
    CLASS_OTHER,
} OpClass;

typedef enum { KIND_REAL, KIND_INDEX, KIND_BOOL } Kind;

typedef struct {
    int rank;
    int64_t dim[GRAPH_MAX_RANK];
} Shape;

/* How one axis is seen through a window: place `at` of `count`, element s of `size`, is place
 * at * step + s * apart - before of the axis, and zero if that lies outside of 0 .. length-1. */
typedef struct {
    int64_t length, size, count, step, apart, before;
} Window;
enum { WINDOW_INTS = sizeof(Window) / sizeof(int64_t) };

typedef struct Rows Rows;
struct Rows {
    const Rows *outer; /* NULL: these are the examples of the batch */
    int64_t times;     /* how many of these to one of outer: the batch size, or k of draws k */
};

typedef struct Node Node;
typedef struct Scan Scan;
typedef struct Graph Graph;

struct Node {
    Op op;
    int id; /* in order of creation; a scan's late captures may come after it: to go through
             * a graph in order, use graph_reachable */
    Kind kind;
    int64_t classes; /* K of index(K) */
    Shape shape;
    const Rows *rows;
    int depth; /* 0 outside scans; d: depends on a FORMAL of a scan of depth d */
    int n_in;
    Node **in;
    int n_ints; /* attributes: ops.def says what they are */
    const int64_t *ints;
    double number;
    const char *text; /* interned */
    Scan *scan;       /* of a SCAN, a PICK, a FORMAL */
    Node *simpler;    /* private to graph.c: what stands for this draft */
    Span span;        /* where it comes from in the spec; not part of its identity */
    const char *path; /* "q.h": the binding that it was made for; not part of its identity */
};

/* A recurrence. The body is made of ordinary nodes that depend on its formals (depth is one more
 * than outside); the body may use any outer node directly. `next` and `yields` are body nodes.
 * The SCAN node's inputs are the sequences, then the initial carries, then what the body captures
 * (kept up to date by scan_finish and scan_yield). Its results are read by PICK nodes: pick i is
 * the last value of carry i for i < n_carries, and the stacked yields[i - n_carries], [turns, ...],
 * after that. yields only ever grows (a derivative asks for more of the forward pass to be kept).
 */
struct Scan {
    int64_t turns;
    bool reverse; /* turns run from turns-1 down to 0; slice and stack places are by turn number */
    bool bounded; /* made to save memory: nothing of its body is to be kept for all turns */
    int depth;    /* of the body's nodes: more than that of anything it captures */
    Node *node;   /* its SCAN node, once finished */
    Node *turn;   /* FORMAL: the turn's number, a real scalar */
    int n_slices;
    Node **slices; /* FORMALs: this turn's part of each sequence */
    int n_carries;
    Node **carries; /* FORMALs */
    Node **next;    /* the carries after this turn; same shape and rows as the formal */
    struct {
        Node **at;
        int n, room;
    } yields;
    /* private to scan.c */
    Node **sequences, **inits; /* until scan_close makes them inputs of `node` */
    Scan *enclosing;           /* whose body `node` is part of; NULL: none */
    bool picked;               /* a PICK exists, so the SCAN's place is fixed */
    LIST(bool) seen;           /* by id: visited on the way to captures */
};

/* A row of ops.def: what the graph itself needs of it. Derivative rules are in
 * transform/derivatives.h, reading and calls in plan/, so that the graph knows nothing of either.
 */
typedef struct {
    const char *name;
    int arity; /* -1: any number */
    OpClass op_class;
    /* Sets kind, classes and shape from inputs and attributes, and rows where they follow from the
     * inputs; BUG on misuse: the elaborator has told the user before. */
    void (*shape)(Graph *g, Node *n);
    bool rows_given;               /* to graph_make_rows: they do not follow from the inputs */
    double flops;                  /* per element */
    double (*work)(const Node *n); /* flops of one evaluation, all rows; NULL: `flops` says it */
    const char *code;              /* CLASS_MAP: its C expression, $0 $1 $2 the inputs */
} OpInfo;
extern const OpInfo op_info[OP_COUNT];

/* See TRAITS in ops.def. */
typedef enum { ADDITIVE = 1, ADDS_ROWS = 2, REDUCES = 4, KEEPS_ELEMENTS = 8 } OpTrait;
bool op_has(Op op, OpTrait trait);

/* A marker's value is its first input's; the others are there to be asked about. */
bool graph_is_marker(const Node *n);
int graph_operands(const Node *n); /* how many of its inputs a value is made of */

/* A hash table of equal nodes: open addressing. */
typedef struct {
    Node **at;
    size_t size;
    int n;
} NodeTable;

struct Graph {
    Arena *arena;
    bool simplify; /* apply transform/simplify.c at construction */
    bool whole;    /* but leave reshapes where they are, so that a value is one node: an inversion
                    * must find it again */
    /* For the elaborator to report, and to stop: */
    bool overflow;         /* more than GRAPH_MAX_NODES */
    const Node *too_large; /* the first of more than GRAPH_MAX_ELEMENTS, or NULL */
    const Rows *batch;     /* one row per example; NULL if nothing is */
    int n_nodes;
    Span span;        /* given to nodes made from now on */
    const char *path; /* likewise */
    struct {
        Scan **at;
        int n, room;
    } open_scans, finished; /* finished: all there are, in order */
    /* private to graph.c */
    NodeTable nodes;      /* all but SCANs */
    NodeTable simplified; /* what has been asked for and made simpler */
    int simplify_depth;   /* simplifications under way */
    int n_formals;
    LIST(const Rows *) all_rows;
};

/* batch: rows of this program; 0: nothing in it is per example. */
Graph *graph_new(Arena *a, int64_t batch);

/* The general constructor; all others are thin over it. Inputs and ints are copied. */
Node *graph_make(Graph *g, Op op, int n_in, Node *const *in, int n_ints, const int64_t *ints,
                 double number, const char *text);
/* The same for an operation whose result's rows are given and do not follow from its inputs. */
Node *graph_make_rows(Graph *g, Op op, int n_in, Node *const *in, int n_ints, const int64_t *ints,
                      double number, const char *text, const Rows *rows);
/* The same operation as n (not a SCAN) on other inputs. */
Node *graph_remake(Graph *g, const Node *n, Node *const *in);

/* leaves */
Node *graph_const(Graph *g, double value);                               /* a shared scalar */
Node *graph_full(Graph *g, double value, Shape shape, const Rows *rows); /* that value everywhere */
Node *graph_iota(Graph *g, int64_t n);                                   /* [n], index(n) */
Node *graph_tensor(Graph *g, const char *path, Shape shape, int storage, int64_t offset);
Node *graph_input(Graph *g, int number, Kind kind, int64_t classes, Shape shape);
Node *graph_scalar(Graph *g, const char *name); /* "step" "epoch" "lr_scale" "hold" */
Node *graph_updates(Graph *g, int minimize);    /* its count of updates, this one too */
/* A draw. turns: the FORMAL turns of the scans around it, outermost first (may be none). */
Node *graph_random(Graph *g, Op op, const char *path, Shape shape, const Rows *rows, int n_turns,
                   Node *const *turns);

/* classes: of the index; elements: row-major. */
Node *graph_table(Graph *g, int64_t classes, Shape shape, const int64_t *elements);
/* A value that is to be put in later: rewrite_set says what. */
Node *graph_hole(Graph *g, Kind kind, int64_t classes, Shape shape, const Rows *rows);

/* elementwise */
Node *graph_map1(Graph *g, Op op, Node *a);
Node *graph_map2(Graph *g, Op op, Node *a, Node *b);
Node *graph_where(Graph *g, Node *condition, Node *a, Node *b);
Node *graph_to_index(Graph *g, Node *x, int64_t classes);

/* reductions; axes is a bit mask; the axes go away */
Node *graph_reduce(Graph *g, Op op, Node *x, unsigned axes); /* no axes: x itself */
Node *graph_sum_rows(Graph *g, Node *x, const Rows *to);     /* sums all rows inside one of `to` */
Node *graph_cumsum(Graph *g, Node *x, int axis, bool reverse);

/* moves */
Node *graph_reshape(Graph *g, Node *x, Shape shape);
/* Axis i of the result is axis order[i] of x. */
Node *graph_transpose(Graph *g, Node *x, const int *order);
Node *graph_slice(Graph *g, Node *x, const int64_t *start, const int64_t *size,
                  const int64_t *step);
/* Zeros before, after and, where step > 1, step-1 of them between. */
Node *graph_pad(Graph *g, Node *x, const int64_t *before, const int64_t *after,
                const int64_t *step);
/* [.., length..] to [.., size.., count..] over the last n axes, and back, summing. A convolution is
 * a CONTRACT over windows, a transposed one a fold of a CONTRACT, pooling a reduction of windows. */
Node *graph_window(Graph *g, Node *x, int n, const Window *axes);
Node *graph_fold(Graph *g, Node *y, int n, const Window *axes);
int window_axes(const Node *n, const Window **axes); /* of a WINDOW or FOLD: how many, and which */
Node *graph_concat(Graph *g, int n, Node *const *parts, int axis);
Node *graph_broadcast(Graph *g, Node *x, Shape shape, const Rows *rows);
Node *graph_collect(Graph *g, Node *x); /* rows r.times=k -> r.outer, shape [k, ...] */
Node *graph_spread(Graph *g, Node *x, const Rows *rows); /* the other way: drops the first axis */

/* products: labels name axes (small numbers); see CONTRACT in ops.def. rows: of the result. */
Node *graph_contract(Graph *g, Node *a, const int *a_labels, Node *b, const int *b_labels,
                     int out_rank, const int *out_labels, const Rows *rows);
/* a @ b as in the language: contracts a's last axis with b's last but one ([k] counts as a row on
 * the left, as a column on the right); leading axes of both are aligned from the right and
 * broadcast. */
Node *graph_matmul(Graph *g, Node *a, Node *b);

Node *graph_gather(Graph *g, Node *table, Node *index);
Node *graph_scatter(Graph *g, Node *index, Node *values, Shape table, const Rows *rows);
/* See PUT; rows are joined. */
Node *graph_put(Graph *g, Node *buffer, Node *index, Node *values);
Node *graph_tri_solve(Graph *g, Node *l, Node *b, bool transposed);
Node *graph_log_abs_det(Graph *g, Node *m);
Node *graph_inverse(Graph *g, Node *m);

/* recurrences: begin, make body nodes from the formals, finish; then pick results. The carries'
 * kinds are those of inits; inits and next are broadcast to the carries' shapes and rows. */
Scan *scan_begin(Graph *g, int64_t turns, bool reverse, int n_slices, Node *const *sequences,
                 int n_carries, Node *const *inits, const Shape *carry_shapes,
                 const Rows *const *carry_rows);
Node *scan_finish(Graph *g, Scan *s, Node *const *next, int n_yields, Node *const *yields);
/* One more stacked result of a finished scan, or the same again: its pick number. */
int scan_yield(Graph *g, Scan *s, Node *value);
/* The same piece by piece, for transformations that learn on the way what they need. at_least: the
 * body's depth where open scans do not ask for more. */
Scan *scan_open(Graph *g, int64_t turns, bool reverse, int at_least);
/* Its FORMAL. s: open, perhaps with others open inside it. */
Node *scan_slice(Graph *g, Scan *s, Node *sequence);
Node *scan_carry(Graph *g, Scan *s, Node *init, Shape shape, const Rows *rows);
void scan_next(Scan *s, int carry, Node *value);
Node *scan_close(Graph *g, Scan *s); /* its SCAN node; yields come by scan_yield */
/* Of a body: the same as a yield may be, which takes one axis more. */
Node *scan_stackable(Graph *g, Node *value);
Scan *scan_at_depth(const Graph *g, int depth); /* the open one whose body has this depth */
/* Equal values in the place of a closed scan's next values and yields. */
void scan_replace(Graph *g, Scan *s, Node *const *next, Node *const *yields);
Node *graph_keep_scan(Graph *g, Scan *s, int n_in, Node *const *in); /* for scan_close alone */
Node *graph_pick(Graph *g, Scan *s, int which);
/* Sums over turns are taken so many turns at a time: the least divisor of turns that makes a product of
 * at least 2048 rows. It is the same for a recurrence and for pieces of it that hold whole blocks. */
int64_t scan_block(int64_t turns, int64_t rows);

/* questions */
int64_t shape_size(const Shape *s);
const char *shape_text(Arena *a, const Shape *s); /* "[1, 28, 28]" */
bool shape_equal(const Shape *a, const Shape *b);
Shape shape_of(int rank, ...); /* int64_t dims */
bool shape_broadcast(const Shape *a, const Shape *b, Shape *out);
int64_t rows_count(const Rows *r);                   /* 1 for NULL; INT64_MAX: too many */
int rows_depth(const Rows *r);                       /* levels: 0 for NULL, 1 for the batch */
const Rows *rows_join(const Rows *a, const Rows *b); /* the inner one */
bool rows_inside(const Rows *inner, const Rows *outer);
/* Rows inside `draws times` in rows `outer`; the same pointer for the same. */
const Rows *graph_rows(Graph *g, const Rows *outer, int64_t times);
double graph_flops(const Node *n); /* of one evaluation, all rows (a scan: all turns) */

/* All nodes that the roots reach, every node after its inputs and otherwise by id. body = NULL:
 * scan bodies' nodes are left out (what they capture is an input of their SCAN). Else the nodes of
 * one scan's body only: those that its next values and yields reach (or the roots, if any), formals
 * included. */
typedef struct {
    Node **at;
    int n, room;
} NodeList;
NodeList graph_reachable(Arena *a, int n_roots, Node *const *roots, const Scan *body);

/* Text for --dump=graph and tests: a line per node. */
char *graph_print(Arena *a, int n_roots, Node *const *roots);

#endif
