/* What elaboration leaves and everything behind it reads: the model as programs over graphs.
 *
 * A program is one thing that the trainer does: initialise, a step, evaluate, a sample. Each has a
 * graph of its own with its own batch. Tensors that outlive a program lie in storages, which are
 * plain arrays of reals in the generated C. */
#ifndef GENC_PROGRAM_H
#define GENC_PROGRAM_H

#include "../runtime/genrt.h"
#include "graph/graph.h"
#include "syntax/tree.h"

/* A static array of reals in the generated C: `params`, `state`, `minimize0_m` ... */
typedef struct { const char *name; int64_t size; } Storage;

/* A named tensor in a storage, as checkpoints know it. */
typedef struct {
    const char *path;       /* "q.h.dense.W" */
    GenRole role;
    Shape shape;
    int storage;            /* -1 for GEN_UPDATES: the counter of minimize number `offset` */
    int64_t offset;         /* in elements */
    Span span;
} Tensor;

enum {
    INPUT_FREE = -1,        /* a sample's `v : real`: given by --set */
    INPUT_DRAW = -2,        /* what a draw `z` of a sample's body is where it is given */
    INPUT_MODE = -3,        /* "z.mode": where that is; [shape of z] of GenDrawMode */
};

typedef struct {
    const char *name;       /* "x", "a" */
    int datum;              /* or one of the above */
    Kind kind;
    int64_t classes;
    Shape shape;
    bool has_mean;          /* of a draw: its distribution has a mean */
} Input;

typedef struct {
    const char *name;
    Node *value;
    GenDisplay display;
    int datum;
    double rate;
} Output;

/* A metric that should stay above low and below high. */
typedef struct { const char *metric; double low, high; Span span; } Bound;

/* value goes to `size` elements of the storage at the program's end; nodes that read the old contents
 * (TENSOR nodes of overlapping range) mean the contents at the program's start. value's elements are in memory order. */
typedef struct { int storage; int64_t offset, size; Node *value; } Store;

typedef struct {
    const char *name;       /* "", or a sample's or metric's */
    const char *symbol;     /* its C function: "step", "sample_prior" */
    const char *about;      /* a line of comment above it: "minimize reconstruction + beta * kl over q, p" */
    GenProgramRole role;
    Span span;
    Graph *graph;
    int64_t batch, times;
    bool is_function;       /* of a library: its inputs are arguments */
    struct { Input *at; int n, room; } inputs;
    const int *input_places;    /* by an INPUT's number: its place in inputs; NULL: that is the same */
    struct { Output *at; int n, room; } outputs;
    struct { Store *at; int n, room; } stores;
    struct { Node **at; int n, room; } finite;   /* shared scalars (losses) that must be finite before anything is stored */
    struct { int *at; int n, room; } counts;     /* minimizes whose update counter goes up by one at the end */
} Program;

/* What a datum's transforms are undone to. */
typedef enum {
    UNDO_NONE,                /* classes that stand for nothing else */
    UNDO_REALS,               /* reals, each by a line of its own */
    UNDO_LEVELS,              /* of a class a number */
    UNDO_COLOURS,             /* of a class red, green and blue */
    UNDO_TEXT,                /* of a class a character */
    UNDO_WORDS,               /* of a class a word */
} Undo;

typedef struct {
    const char *name;
    Kind kind;
    int64_t classes;
    Shape shape;
    Undo undo;
    bool padded;              /* text of unequal lengths: class 0 is what follows its end */
    Span span;
} Datum;

/* What a source's first value is: the column of sources.def. */
typedef enum { GIVES_PICTURES, GIVES_POINTS, GIVES_TEXT, GIVES_SOUND, GIVES_VIDEO, GIVES_ANYTHING } DataGives;

/* One source declaration: its pipelines (source first) as checked calls; see GenSource. */
typedef struct {
    const char *name;
    const char *symbol;     /* in C, of what loads it: "load_idx"; of a transform NULL */
    DataGives gives;        /* of a source: what the first of its values is */
    bool keeps_axes;        /* of a transform: as many axes come out as go in */
    int n_args;             /* all that have a value, by name */
    GenArg *args;
} DataCall;
typedef struct { const char *ending; DataCall call; } FileReader;     /* of a file, by its ending: ".png" */
typedef struct { DataCall *calls; int n_calls; } Pipeline;
typedef struct { int first_datum, n_datums, n_pipelines; Pipeline *pipelines; bool unpaired; } DataSource;

/* A network, for genc info: parameters and what it is. */
typedef struct { const char *role, *name; int64_t parameters; Span span; } Network;

/* A file that the spec imports. */
typedef struct {
    const char *name;       /* as the spec writes it: "../parts.gen" */
    const char *kept;       /* as the spec in a run's folder does: "imports/parts.gen" */
    int source;             /* its number in diag */
    const Tree *decls;
} Import;

/* A `let`, evaluated. */
typedef struct { const char *name; double value; } Constant;

/* What an expression, or the name it was given, came to where it was met first: for editors and diff.
 * Kept only if ElaborateOptions asks for it. */
typedef struct {
    Span span;
    const char *words;      /* "[400]", "a distribution (normal)" */
    bool shaped;
    Shape shape;            /* of a value that has one */
    const char *path;       /* of the parameters that a layer or network has here: "q.h.dense"; or NULL */
    int next;               /* of those that start at the same place; -1: none */
} Seen;

typedef struct {
    Arena *arena;
    Diag *diag;
    const char *name;               /* "vae" */
    const char *folder;             /* where the spec lies */
    const char *canonical;          /* the spec's text, canonical */
    const char *kept;               /* the same with its imports as a run's folder has them */
    struct { Import *at; int n, room; } imports;
    int source;                     /* its number in diag */
    struct { const char **at; int n, room; } overrides;   /* "beta=4" */
    struct { Storage *at; int n, room; } storages;
    struct { Tensor *at; int n, room; } tensors;
    struct { Datum *at; int n, room; } data;
    struct { DataSource *at; int n, room; } sources;
    struct { FileReader *at; int n, room; } readers;          /* all that there are */
    struct { Program **at; int n, room; } programs;
    struct { Network *at; int n, room; } networks;
    struct { int *at; int n, room; } undone;                  /* for a library: data that have a function */
    struct { Bound *at; int n, room; } bounds;
    const Tree *decls;              /* the spec's own declarations */
    struct { const Tree **at; int n, room; } callables;   /* in reach of the spec: its own and imported ones, then the library's */
    struct { Constant *at; int n, room; } constants;
    struct { Seen *at; int n, room; } seen;
    int *seen_at;                   /* by the first byte: the last of `seen` that starts there, or -1; NULL: none is kept */
    struct { const char **at; int n, room; } info;        /* remarks: "kl(q(x), normal): closed form" */
    int n_minimizes;
    int64_t batch, steps;
    double epochs, test_fraction;
} Model;

/* The place in p->inputs of an INPUT node. */
static inline int program_input(const Program *p, const Node *input) {
    return p->input_places ? p->input_places[input->ints[0]] : (int)input->ints[0];
}

/* What is known of the expression or name at exactly this place of the spec; NULL: nothing. */
const Seen *model_seen(const Model *m, Span span);

#endif
