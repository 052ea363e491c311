/* data.h: what the data sources and transforms share with dataset.c. */
#ifndef GENC_DATA_H
#define GENC_DATA_H

#include "rt.h"

enum { MAX_DATUMS = 4, MAX_STATS = 2 };

/* ---- calls.c: arguments of a source or transform ---- */

double call_number(const GenCall *call, const char *name);
const char *call_text(const GenCall *call, const char *name);    /* given, or NULL */
bool call_has_word(const GenCall *call, const char *word);
/* The next text argument that names a file or several, from *i on; NULL when there are no more. */
const char *call_next_file(const GenCall *call, int *i);

bool call_names_files(const GenCall *call);           /* has it such an argument? */

/* ---- sources ---- */

typedef struct SourceRequest {
    const GenCall *call;
    const GenCall *first;                             /* its first transform, or NULL */
    const char *folder;                               /* where relative paths begin */
    int n_datums;                                     /* how many values of an example are wanted */
    const GenDatum *datum;
    int64_t packed;                                   /* how many examples pack makes one of */
    bool running;                                     /* windows follow: text is not cut in lines */
    double test_fraction;                             /* how many more examples to hold out */
    const char *typed;                                /* not NULL: the file's content, typed */
    const GenPipeline *calls;                         /* the source and all transforms; NULL: typed */
    const char *words[MAX_DATUMS];                    /* from the checkpoint: see SourceTable */
} SourceRequest;

/* Fails unless datum d's transforms lead from examples in this space to its declared shape. For sources
 * that know the space before they have read the values. */
void source_fits(const SourceRequest *request, int d, const Space *space, const char *from);

/* Where a sequence came from: a file, or a line of it. */
typedef struct { const char *file; int64_t line; } Place;
char *place_text(Place place);                        /* "poems.txt:12", allocated */

/* What a source gives: per datum its space, and the values of both parts, [count, size]. Of a
 * ragged space, which only the first datum may have, [positions, size]: one sequence after another.
 */
typedef struct SourceTable {
    int64_t count[DATA_PARTS];                        /* held out 0: the source has none of its own;
                                                         -1: as many as the other sources */
    Space space[MAX_DATUMS];
    real *values[DATA_PARTS][MAX_DATUMS];
    int64_t *length[DATA_PARTS];                      /* ragged: the positions of each sequence */
    Place *place[DATA_PARTS];                         /* ragged: where each came from */
    const char *words[MAX_DATUMS];                    /* what classes are words for, by number: each with
                                                         a '/' behind it; "": words are numbers. NULL:
                                                         classes are no words. The checkpoint keeps it */
    const char *from;                                 /* file or source, for messages */
} SourceTable;

const char *find_data_file(const char *folder, const char *name);   /* with or without .gz */
/* The files that `name` stands for: itself; or those of a folder, or of a pattern with * ? [ ],
 * whose names end in `ending`, in the order of their names. NULL-terminated; empty if none. */
char **find_data_files(const char *folder, const char *name, const char *ending);
char **find_data_folders(const char *folder, const char *name);   /* those in it, or of a pattern */
DataFile *open_data_file(const char *folder, const char *name, const char **path);
void end_data_file(DataFile *file, const char *path);
typedef struct { int64_t bytes; uint64_t hash; } Fingerprint;   /* zeroed: of nothing yet */
Bytes read_data_file(const char *path, Fingerprint *add_to);    /* whole, unpacked */
void end_data_files(const char *path, const Fingerprint *of);   /* as end_data_file, of several */
typedef double ReadNumber(const unsigned char *at);
void read_numbers(DataFile *file, int64_t n, int bytes, ReadNumber *read, real *to);
/* Of `size` numbers, an example a row: stops at one that is infinite or not a number. */
void must_be_finite(const char *path, const real *values, int64_t size, int64_t rows);
GenLoad load_npy;                                     /* arrays are for anything: given.c */

/* ---- hold_out.c ---- */

/* Takes a fixed share out of the training examples: whole sequences (of a single one, its end), or
 * those packed as one together; the last ones, or by a shuffle. Both parts keep the source's order.
 */
void hold_out(SourceTable *table, int n_datums, int64_t packed, double fraction, bool last);

/* ---- source_png.c: for other sources made of pictures ---- */

typedef struct {
    const char *first;                                /* the path of the first picture */
    Space space;                                      /* of all: [3, height, width], bytes */
    bool coloured, deep;
} PngSet;

/* [3, height, width], over the background that the call names, by its first transform made to fit.
 * Pictures of one set have one size, or there is a message. */
real *png_read(const SourceRequest *request, const char *path, Fingerprint *add_to, PngSet *set);
/* All of them if any has colours; otherwise one of three equal channels is kept. */
Space png_settle(PngSet *set, real *values, int64_t pictures);

/* ---- what more than one source needs ---- */

Space text_space(void);                               /* sequences of code points */
Space sound_space(double rate, int bits);             /* sequences of samples in -1 .. 1 */
int64_t space_size(const Space *space);
int64_t built_in_count(const SourceRequest *request, int part);    /* by its argument n */

/* A stream of random numbers for drawing synthetic example number `example` of a part. */
typedef struct { uint64_t key, counter; uint32_t word[4]; int used; } Chance;
Chance chance_new(const char *source, int part, int64_t example);
double chance_uniform(Chance *c);                     /* in (0, 1) */
double chance_between(Chance *c, double low, double high);
double chance_gaussian(Chance *c);
int chance_below(Chance *c, int n);

/* ---- transforms.c, transform_*.c ---- */

typedef struct Transform Transform;

/* The examples of a part on their way through a pipeline. Of a ragged space: `n` sequences. */
typedef struct {
    int part;                                         /* TRAINING or HELD_OUT */
    int64_t n;
    real *values;
    int64_t *length;                                  /* ragged: the positions of each sequence */
    const Place *place;                               /* ragged: where each came from, or NULL */
    int64_t n_sequences, *cut_into;                   /* after a cut: how many examples each became */
    int64_t *start;                                   /* the element at which each example begins,
                                                         or NULL: they lie one after another */
    int64_t stored;                                   /* with start: how many values there are */
} Rows;

/* What a transform is for: see transforms.def. */
typedef enum { REALS, PICTURES, ANY, CUTS, TO_INDEX, TO_COLOURS, TO_TOKENS, TO_WORDS } TransformOn;

typedef void TransformDescribe(Transform *t);
typedef void TransformLearn(Transform *t, const real *values, int64_t rows);
/* From t->before to t->after; `to` is `from` exactly if both have the same size. */
typedef void TransformApply(const Transform *t, const GenRun *run, const real *from, real *to,
                            int64_t rows);
/* In place of apply, for what makes other sequences, or examples, out of sequences. */
typedef void TransformCut(const Transform *t, Rows *rows);
/* Values that lie in the space *now, which may be smaller than t->after, go back by one transform,
 * in place; *now becomes where they are then. There is room for what is larger. */
typedef void TransformUndo(const Transform *t, Space *now, real *values, int64_t rows);

typedef double TransformVolume(const Transform *t);

typedef struct TransformKind {
    const char *name;
    TransformOn on;                                   /* as in transforms.def */
    TransformDescribe *describe;                      /* the space behind it, from that before it, and
                                                         whether it draws afresh at every use */
    TransformLearn *learn;                            /* what must be known of the training data */
    TransformApply *apply;
    TransformUndo *undo;                              /* NULL: values pass as they are */
    TransformVolume *volume;                          /* log |derivative|, summed over an example;
                                                         NULL: 0 */
    bool fits;                                        /* leads from any size to one of its own */
} TransformKind;

struct Transform {
    const TransformKind *kind;
    const GenCall *call;
    const char *path;                                 /* "data.x.scale": of its draws and tensors */
    bool every_use;                                   /* acts on each batch, not once at the start */
    bool follows;                                     /* of a datum beside the sequences */
    bool last;                                        /* nothing after it touches the values */
    const Rows *learns_from;                          /* while it learns */
    TransformCut *cut;                                /* set by describe, or NULL */
    Space before, after;
    const char *stat_name[MAX_STATS];
    int64_t stat_size[MAX_STATS];
    real *stat[MAX_STATS];                            /* what it learned; NULL: not yet. Its size is
                                                         stat_size, or what comes if that is ANY */
    int64_t stat_known[MAX_STATS];                    /* the size of what it learned */
    void *memo;                                       /* what it made of what it learned */
    int64_t work_size;                                /* numbers it needs to work with */
    real *work;
};

int64_t transform_packs(const Transform *t);          /* m of pack(m), else 1 */
/* Values in the range of one space become those of another, in place */
void space_map(real *values, int64_t n, const Space *from, const Space *to);
void space_take_range(Space *space, const Space *from);   /* low, high and level */
void describe_tokens(Transform *t, const char *what);   /* of "words": what chars and words share */
void tokens_undone(Space *now);
enum { CODE_POINTS = 0x110000 };
bool is_code_point(real value);                       /* whatever a checkpoint says */
void sequence_must_be_whole(const Transform *t);      /* fails if the space before it is ragged */

/* ---- picture_space.c: pictures: their last two axes are height and width, the third to last, if
 * they have one, the channels ---- */

typedef struct { int64_t planes, height, width; } PlaneSize;   /* planes: all axes before the last two */
PlaneSize plane_size(const Space *space);
void must_be_picture(const Transform *t);
void must_not_be_standardized(const Transform *t);    /* whose elements have a mean each */
void round_to_levels(const Space *space, real *values, int64_t n);

enum { NOISE_ROWS = 64, ANY_SIZE = -1 };

typedef void NoiseUse(const Transform *t, real *values, const real *uniform, int64_t rows);
/* Draws `n` uniform numbers for each row, NOISE_ROWS rows at a time, in t->work. */
void transform_with_noise(const Transform *t, const GenRun *run, int64_t n, real *values,
                          int64_t rows, NoiseUse *use);

/* ---- pipeline.c: one data declaration's transforms, for one of its data ---- */

typedef struct {
    Space source;                                     /* as the source gives it */
    const GenDatum *datum;
    int n;
    Transform *transform;
    int cut;                                          /* the transform before which sequences are
                                                         cut or padded to the declared length; -1:
                                                         they are not, or by windows */
    Space cut_space;
    int windows;                                      /* the transform that cuts windows, or -1 */
    bool restored;                                    /* from a checkpoint: nothing is learned */
    int64_t packed;                                   /* examples of the source in one of ours */
    int64_t room;                                     /* elements of the largest space on the way */
} Pipeline;

/* Whether this datum, the d-th of its source, becomes an index on the way. */
bool pipeline_makes_index(const GenPipeline *calls, const GenDatum *datum, int d);
Pipeline pipeline_new(const GenPipeline *calls, const GenDatum *datum, int d);
void pipeline_describe(Pipeline *p);                  /* carries the space through */
/* Transforms both parts in memory, as far as that can be done once, learning from the training part
 * what is not yet known. rows[].n counts our examples (or sequences), and does so afterwards; the
 * values may move. */
void pipeline_load(Pipeline *p, Rows rows[DATA_PARTS]);
bool pipeline_has_windows(const GenPipeline *calls);
bool pipeline_draws(const Pipeline *p);               /* something is left to do at every use */
int64_t pipeline_stored_size(const Pipeline *p);      /* elements of an example after loading */
/* What is left, on a batch in from[rows, stored size], with as much room as other (packed examples
 * of `room` elements each); returns which of both has the result. */
real *pipeline_use(const Pipeline *p, const GenRun *run, real *from, real *other, int64_t rows);
Space pipeline_shown(const Pipeline *p);              /* where undoing leads */
void pipeline_undo(const Pipeline *p, real *values, int64_t rows);
/* data/undoing.c: undoing as numbers, allocated: of reals [2, elements], what 0 becomes and what every 1
 * adds; of classes [classes, columns], what each stands for; NULL: there is none. */
real *pipeline_undoing(const Pipeline *p, int64_t *rows, int64_t *columns);
double pipeline_log_volume(const Pipeline *p);        /* log |derivative|, of one example */
const Space *pipeline_last(const Pipeline *p);        /* where the transforms lead */
const GenCall *pipeline_split(const GenPipeline *calls);   /* NULL: it has none */
int64_t pipeline_packed(const GenPipeline *calls);    /* the product of all pack(m) */
/* One picture by one transform alone: *space and *values change. For sources whose pictures come in
 * several sizes. False if `call` is no transform that leads to a size of its own. */
bool pipeline_fit(const GenCall *call, const char *file, Space *space, real **values);

/* ---- given.c: what a user types for a datum, as examples of it ---- */

typedef struct {
    const GenModel *model;
    const GenPipeline *calls;
    Pipeline *pipeline;                               /* as the checkpoint or the data left it */
    const GenDatum *datum;
    int nth;                                          /* of its source's */
    const char *what;                                 /* "--set x=3", for messages */
} Given;

/* Reads VALUE, as in --set; returns how many examples it gives, of the datum's kind. */
int64_t given_examples(const Given *given, const char *value, void **examples);

/* ---- ahead.c: the next batch, made in a thread while the model computes ---- */

typedef struct Ahead Ahead;
typedef void AheadFill(Dataset *data, const Batch *batch, const GenRun *run, int n_inputs,
                       const GenInput *inputs);

Ahead *ahead_new(Dataset *data, AheadFill *fill, const GenModel *model);
void ahead_ask(Ahead *ahead, const Batch *batch, const GenRun *run, int n_inputs,
               const GenInput *inputs);
/* Fills the inputs: from what was made ahead if that is what is wanted, else now. */
void ahead_take(Ahead *ahead, const Batch *batch, const GenRun *run, int n_inputs,
                const GenInput *inputs);

/* ---- cut.c: sequences become examples ---- */

/* Cuts or pads each sequence to `length` positions. `padding` is one position of it. */
void cut_to_length(const Space *ragged, int64_t length, const real *padding, Rows *rows);
/* Every `stride` positions an example of `length`; a view, or copies. Fails for a sequence that is
 * shorter. `path` names the transform. */
void cut_windows(const Space *ragged, const char *path, int64_t length, int64_t stride, bool view,
                 Rows *rows);
const char *positions_word(Media media);              /* "characters", "samples", "frames" ... */

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
