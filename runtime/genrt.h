/* genrt.h: all that a generated trainer and the runtime know of each other, on one page.
 *
 * The generated C holds the arithmetic (one function per program), the memory (static arrays) and
 * the tables below that describe both; gen_main() is the whole command line around them.
 * One runtime is built for float and one for double (GENC_F64). */
#ifndef GENRT_H
#define GENRT_H

#include "gencall.h"

#include <stddef.h>

enum { GEN_MAX_RANK = 8, GEN_MAX_OUTPUTS = 64 /* of one program: losses and metrics, or what a sample shows */ };

/* What an element is. Booleans live in memory as reals 0 and 1. */
typedef enum {
    GEN_REAL,
    GEN_INDEX,                      /* int32_t in 0 .. classes-1 */
    GEN_COUNT,                      /* int64_t */
} GenKind;

typedef struct {
    GenKind kind;
    int64_t classes;                /* of index(K); 0 otherwise */
    int rank;
    int64_t dim[GEN_MAX_RANK];
} GenShape;                         /* of one example, or of a shared value */

/* ---- Tensors that outlive a step: what a checkpoint holds ---- */

/* What a moving average is called before its parameter: no path of a spec begins so. */
#define GEN_AVERAGE_PREFIX "train.ema."

typedef enum {
    GEN_PARAM,                      /* a parameter: q.h.dense.W */
    GEN_STATE,                      /* state of a layer: D.h.batchnorm.m */
    GEN_SLOT,                       /* state of an optimiser: minimize.0.m.q.h.dense.W */
    GEN_UPDATES,                    /* updates a minimize has made: minimize.0.t (GEN_COUNT) */
    GEN_AVERAGE,                    /* exponential moving average: train.ema.q.h.dense.W */
} GenRole;

typedef struct {
    const char *path;
    GenRole role;
    GenShape shape;
    void *at;                       /* in the generated file's static memory */
} GenTensor;

/* ---- Data ---- */

typedef enum {
    GEN_NUMBER,
    GEN_TEXT,
    GEN_FILE,                       /* a file, or several: a folder, a pattern */
    GEN_WORD,                       /* a bare name: dynamic */
} GenArgType;

typedef struct { const char *name; GenArgType type; double number; const char *text; } GenArg;

/* What reads a source's data and what a transform does: data/data.h. A trainer has those that its
 * model names, and no others. */
struct SourceRequest;
struct SourceTable;
typedef void GenLoad(const struct SourceRequest *request, struct SourceTable *table);
typedef struct TransformKind GenTransform;

/* A source or a transform with its arguments: idx("a.gz", test = "b.gz"), scale(0, 1). The compiler
 * has checked them against sources.def and transforms.def, and says all that have a value. */
typedef struct {
    const char *name;
    GenLoad *load;                  /* of a source; NULL: of a transform */
    const GenTransform *transform;  /* the other way round */
    int n_args;
    const GenArg *args;
} GenCall;
typedef struct { int n_calls; const GenCall *calls; } GenPipeline;   /* calls[0] is the source */

typedef struct {
    const char *name;               /* x */
    GenShape shape;
    const char *where;              /* "x[1, 28, 28], vae.gen:3:1", for messages */
} GenDatum;

/* One data declaration: n_datums of the model's data, from first_datum on, come from one pipeline.
 * pipelines[1..] are the fallbacks after `or`; the whole spec takes one alternative at once. */
typedef struct {
    int first_datum, n_datums;
    int n_pipelines;
    const GenPipeline *pipelines;
    bool unpaired;
} GenSource;

/* What reads a file that a user names for a datum, by its ending: --set x=mine.png. The first of
 * the source's files is then that one. */
typedef struct { const char *ending; GenCall call; } GenReader;

/* A kind of file that samples become: sample.h, forms.def. */
typedef struct FileForm GenForm;

/* ---- Programs ---- */

typedef enum {
    GEN_INIT,                       /* sets every parameter and state, some from its inputs */
    GEN_STEP,                       /* one or more minimizes; a step runs all, `times` each */
    GEN_EVAL,                       /* every loss and every plain metric on held-out examples */
    GEN_METRIC,                     /* one metric with a batch of its own (`over n`) */
    GEN_FINAL,                      /* one metric marked final: only `eval` runs it */
    GEN_FINAL_METRIC,               /* both: `over n`, final */
    GEN_SAMPLE,
    GEN_GRAD,                       /* for gradcheck: a minimize's loss, its gradients, what must be 0 */
} GenProgramRole;

typedef enum {
    GEN_AS_ARRAY, GEN_AS_IMAGE, GEN_AS_POINTS, GEN_AS_AUDIO, GEN_AS_VIDEO, GEN_AS_TEXT,
    GEN_AS_DATUM,                   /* in the space of `datum`: its transforms undone */
    GEN_HIDDEN,                     /* not shown: the value of the draw that is called so; these come last */
} GenDisplay;

typedef struct {
    const char *name;               /* loss, metric, parameter or what must be 0 (GEN_GRAD), or what is shown */
    GenShape shape;
    bool batched;                   /* [batch, shape] in memory, else [shape] */
    void *at;
    GenDisplay display;             /* GEN_SAMPLE only, as all below */
    int datum;
    double rate;                    /* of audio, in Hz */
} GenOutput;

/* What each element of a draw in a sample's body is. */
typedef enum { GEN_DRAWN, GEN_GIVEN, GEN_MEAN /* of its distribution, where it has one; else drawn */ } GenDrawMode;

typedef struct {
    const char *name;               /* x; or the argument's own name: a */
    int datum;                      /* -1: a free variable, set by --set only; or a draw */
    GenShape shape;
    void *at;                       /* [batch, shape]; filled by the runtime before run() */
    real *mode;                     /* of a draw z ~ dist of the sample's body: [batch, shape] of
                                       GenDrawMode, all GEN_DRAWN if nobody says else; otherwise NULL */
    int value;                      /* the output that gives the draw's value; -1 */
    bool has_mean;                  /* GEN_MEAN means something */
} GenInput;

typedef struct {
    const char *name;               /* of a sample or metric; "" otherwise */
    GenProgramRole role;
    int64_t batch;                  /* rows it works on: a constant */
    int64_t times;                  /* GEN_STEP: calls per step, each with new examples and draws */
    int n_inputs;
    const GenInput *inputs;
    int n_outputs;
    const GenOutput *outputs;
    bool (*run)(const GenRun *);    /* false: a loss was not finite, nothing was stored */
    double flops;
} GenProgram;

/* A metric that should stay above low and below high; else training warns. */
typedef struct {
    const char *metric;
    double low, high;               /* -INFINITY, INFINITY: no bound */
    const char *where;              /* "gan.gen:31:26", for messages */
} GenBound;

/* A file that the spec imports, as a run's folder has it. */
typedef struct { const char *path /* "imports/parts.gen" */, *text; } GenImport;

typedef struct {
    const char *name;               /* "vae" */
    const char *spec;               /* the whole spec in canonical form */
    const char *folder;             /* where the spec lay: relative data paths start here */
    const char *spec_hash;          /* 16 hex digits, of what the spec says: comments and layout do not count */
    const char *version;            /* genc's */
    int n_imports;     const GenImport *imports;
    int n_overrides;
    const char *const *overrides;   /* "beta=4" */
    int n_tensors;     const GenTensor *tensors;
    int n_data;        const GenDatum *data;
    int n_sources;     const GenSource *sources;   /* 0: all data is drawn, endless */
    int n_readers;     const GenReader *readers;
    int n_forms;       const GenForm *const *forms;
    int n_programs;    const GenProgram *programs;
    int n_bounds;      const GenBound *bounds;
    int n_info;        const char *const *info;    /* lines of genc info */
    int64_t batch;                  /* examples a step consumes per call */
    double epochs;                  /* 0: not said */
    int64_t steps;                  /* 0: not said */
    double test_fraction;           /* held out where no source says: 0.1 */
    int64_t planned_bytes;          /* parameters, state, slots and arena */
    size_t arena_bytes;             /* of an arena too large to be static; else 0 */
    void (*place)(void *arena);     /* tells where it is */
    double flops_per_step;
} GenModel;

/* The trainer: train, sample, eval, info, gradcheck, bench. Returns the exit status. */
int gen_main(const GenModel *model, int argc, char **argv);

#endif
