/* data.h: what the data sources and transforms share with dataset.c. */
#ifndef GENC_DATA_H
#define GENC_DATA_H

#include "rt.h"

enum { MAX_DATUMS = 4, MAX_STATS = 2 };
typedef enum { REQUIRED, OPTIONAL } Presence;

/* ---- calls.c: arguments of a source or transform, by the tables ---- */

double call_number(const GenCall *call, const char *name);       /* given, or the table's default */
const char *call_text(const GenCall *call, const char *name);    /* given, or NULL */
bool call_has_word(const GenCall *call, const char *word);
/* The next text argument that names a file, from *i on; NULL when there are no more. */
const char *call_next_file(const GenCall *call, int *i);

/* ---- sources ---- */

typedef struct {
    const GenCall *call;
    const char *folder;                               /* where relative paths begin */
    int n_datums;                                     /* how many values of an example are wanted */
    const GenDatum *datum;
    double test_fraction;                             /* how many more examples to hold out */
} SourceRequest;

/* What a source gives: per datum its space, and the values of both parts, [count, size]. */
typedef struct {
    int64_t count[DATA_PARTS];                        /* held out 0: the source has none of its own;
                                                         -1: as many as the other sources */
    Space space[MAX_DATUMS];
    real *values[DATA_PARTS][MAX_DATUMS];
    const char *from;                                 /* file or source, for messages */
} SourceTable;

typedef void SourceLoad(const SourceRequest *request, SourceTable *table);
const char *find_data_file(const char *folder, const char *name);   /* with or without .gz */
DataFile *open_data_file(const char *folder, const char *name, const char **path);
void end_data_file(DataFile *file, const char *path);
typedef double ReadNumber(const unsigned char *at);
void read_numbers(DataFile *file, int64_t n, int bytes, ReadNumber *read, real *to);
void load_source(const SourceRequest *request, SourceTable *table);
bool is_source(const char *name);

int64_t space_size(const Space *space);
int64_t built_in_count(const SourceRequest *request, int part);    /* by its argument n */

/* A stream of random numbers for drawing synthetic example number `example` of a part. */
typedef struct { uint64_t key, counter; uint32_t word[4]; int used; } Chance;
Chance chance_new(const char *source, int part, int64_t example);
double chance_uniform(Chance *c);                     /* in (0, 1) */
double chance_between(Chance *c, double low, double high);
double chance_gaussian(Chance *c);
int chance_below(Chance *c, int n);

/* ---- transforms.c ---- */

typedef struct Transform Transform;

typedef struct {
    const char *name;
    void (*describe)(Transform *t);
    void (*learn)(Transform *t, const real *values, int64_t rows);
    void (*apply)(const Transform *t, const GenRun *run, real *values, int64_t rows);
    void (*undo)(const Transform *t, real *values, int64_t rows);
} TransformKind;

struct Transform {
    const TransformKind *kind;
    const GenCall *call;
    const char *path;                                 /* "data.x.scale": of its draws and tensors */
    bool every_use;                                   /* acts on each batch, not once at the start */
    Space before, after;
    const char *stat_name[MAX_STATS];
    int64_t stat_size[MAX_STATS];
    real *stat[MAX_STATS];                            /* what it learned; NULL: not yet */
    real *noise;                                      /* NOISE_ROWS rows of draws */
};

enum { NOISE_ROWS = 64 };

const TransformKind *transform_find(const char *name);

/* ---- pipeline.c: one data declaration's transforms, for one of its data ---- */

typedef struct {
    Space source;                                     /* as the source gives it */
    int n;
    Transform *transform;
} Pipeline;

Pipeline pipeline_new(const GenPipeline *calls, const char *datum);
void pipeline_describe(Pipeline *p);                  /* carries the space through */
/* Transforms both parts in memory, learning from the training part what is not yet known. */
void pipeline_load(Pipeline *p, const int64_t count[DATA_PARTS], real *values[DATA_PARTS]);
void pipeline_use(const Pipeline *p, const GenRun *run, real *values, int64_t rows);
void pipeline_undo(const Pipeline *p, real *values, int64_t rows);
double pipeline_held_out(const GenPipeline *calls, double otherwise);   /* the fraction of split */

/* ---- shuffle.c ---- */

typedef struct {
    int64_t n;
    uint64_t path, seed;
    int64_t epoch;                                    /* whose permutation is in order; -1: none */
    int32_t *order;
} Shuffle;

Shuffle shuffle_new(const char *name, int64_t n);
int64_t shuffle_row(Shuffle *shuffle, uint64_t seed, int64_t position);
void shuffle_hold_out(int64_t n, int64_t held_out, bool *is_held_out);

#endif
