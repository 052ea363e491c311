/* rt.h: what the runtime's own files share, file by file. Generated code never sees it. */
#ifndef GENC_RT_H
#define GENC_RT_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "genrt.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- basics.c: messages and memory ---- */

extern const char *program_path;                      /* "./vae": how it was called */
extern const char *program_name;                      /* "vae": begins every message */

_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));
const char *last_message(void);                       /* of the two, without the program's name */
void on_failure(void (*tell)(const char *why));       /* called once, by the next fail() */
#define BUG(what) (fprintf(stderr, "%s:%d: bug: %s\n", __FILE__, __LINE__, (what)), abort())

void *allocate(int64_t count, size_t size);           /* zeroed; fails with a message */
char *text_of(const char *format, ...) __attribute__((format(printf, 1, 2)));   /* allocated */
double seconds_now(void);
int thread_count(void);

int64_t elements_of(const GenShape *shape);            /* elements of one example */
int64_t kind_bytes(GenKind kind);
char *dims_text(int rank, const int64_t *dim, const char *between);    /* "1, 28, 28" */
char *axes_text(int rank, const int64_t *dim);       /* "28 x 28", without leading ones */

/* ---- random.c ---- */

uint64_t random_mix(uint64_t h, uint64_t value);      /* a 64-bit hash of both */
uint64_t random_path(const char *path);               /* a path's key */
void random_words(uint64_t key, uint64_t counter, uint32_t words[4]);   /* one Philox block */

/* ---- watch.c: which value first was not finite ---- */

void watch_begin(void);
const char *watch_found(void);                        /* "h (inf at 12)", or NULL */

/* ---- files.c ---- */

typedef struct { unsigned char *at; int64_t size; } Bytes;

bool file_exists(const char *path);
bool folder_exists(const char *path);
char *join_path(const char *folder, const char *name);
void make_folders(const char *path);
/* The whole file, unpacked if gzipped. NULL, or why it could not be read. */
char *read_bytes(const char *path, Bytes *bytes);

/* Of data: fails if the file is gzipped and this program has no zlib. */
void refuse_gzipped(const char *path);

/* A data file read from front to end, unpacked if gzipped. Anything wrong fails with a message. */
typedef struct DataFile DataFile;
DataFile *data_file_open(const char *path);
void data_file_read(DataFile *file, void *to, int64_t bytes, const char *what);
void data_file_end(DataFile *file);                   /* nothing may follow; closes it */
uint64_t data_file_hash(const DataFile *file, int64_t *bytes);        /* of what was read */

/* A file that appears whole or not at all: written beside its place, synced, renamed. */
typedef struct { char *path, *temporary; FILE *to; } AtomicFile;
AtomicFile atomic_open(const char *path);
void atomic_close(AtomicFile *file);                  /* fails if anything could not be written */
void atomic_abandon(void);                            /* the file that is being written goes */
void copy_file(const char *from, const char *to);     /* in the same way */

/* ---- json.c ---- */

typedef struct Json Json;

Json *json_parse(const char *text, int64_t length, const char **error);
void json_free(Json *json);
int json_get(const Json *json, int object, const char *key);   /* the value, or -1; the root is 0 */
int json_first(const Json *json, int parent);         /* first key of an object, item of an array */
int json_next(const Json *json, int item);            /* the next one, or -1 */
int json_value(const Json *json, int key);
bool json_is_object(const Json *json, int at);
bool json_is_array(const Json *json, int at);
bool json_is_string(const Json *json, int at);
bool json_is_false(const Json *json, int at);
bool json_integer(const Json *json, int at, int64_t *value);
bool json_number(const Json *json, int at, double *value);
char *json_text(const Json *json, int at);            /* a string, unescaped, allocated */
void json_put_text(FILE *to, const char *text);       /* quoted and escaped */
void json_put_number(FILE *to, double value);         /* null if not finite */

/* ---- checkpoint.c: safetensors ---- */

typedef struct { char *key, *value; } CheckpointNote;

typedef struct {
    const char *name;
    GenKind kind;
    int rank;
    int64_t dim[GEN_MAX_RANK];
    void *at;
} CheckpointTensor;

typedef struct {
    int n_tensors;
    CheckpointTensor *tensors;
    int n_notes;
    CheckpointNote *notes;                            /* __metadata__ */
} Checkpoint;

void checkpoint_write(const char *path, Checkpoint *checkpoint);

typedef struct CheckpointFile CheckpointFile;
CheckpointFile *checkpoint_open(const char *path);    /* validated whole; fails with a message */
const char *checkpoint_name(const CheckpointFile *file);                        /* its path */
const char *checkpoint_note(const CheckpointFile *file, const char *key);       /* or NULL */
void checkpoint_read(const CheckpointFile *file, const Checkpoint *into);
/* One tensor of any size, as reals, for what transforms learned: NULL if it is not there. */
real *checkpoint_reals(const CheckpointFile *file, const char *name, int64_t *n);
/* Takes one tensor if it is there with this shape and kind; otherwise says what keeps it (allocated)
 * and takes nothing. */
char *checkpoint_take(const CheckpointFile *file, const char *name, const CheckpointTensor *into);
void checkpoint_close(CheckpointFile *file);

/* ---- picture.c, plot.c, npy.c ---- */

/* Grey, or red, green and blue: 1 or 3 channels. */
typedef struct { int width, height, channels; unsigned char *pixel; } Picture;

Picture picture_new(int width, int height, int channels, unsigned char background);
void picture_write(const char *path, const Picture *picture);
void picture_free(Picture *picture);
/* `rows` x `columns` of equal tiles, each `shape` [h, w] or [c, h, w] of values in 0 .. 1; tile i
 * is at tiles + i * h * w * c, or missing (grey) if i >= n. */
typedef struct { int scale, gap, width, height; } TileLayout;  /* of one tile, in pixels as shown */
TileLayout picture_layout(const GenShape *shape);
Picture picture_grid(const real *const *tiles, int64_t n, int64_t columns, const GenShape *shape);

/* Points in one or two dimensions, `n_groups` sets of [n, dims], each in its own colour. */
typedef struct { const real *at; int64_t n; } PointGroup;
Picture plot_points(const PointGroup *groups, int n_groups, int dims);

/* ---- animation.c, sound.c ---- */

/* An animated PNG of n pictures of one size, each shown `delay` thousandths of a second. */
void animation_write(const char *path, const Picture *frames, int n, int delay);

typedef struct { const real *at; int64_t n; } Sound;   /* samples between -1 and 1 */
/* One after another, a quarter second of silence between; `rate` samples a second. */
void wav_write(const char *path, const Sound *sounds, int64_t n, double rate);
/* Each as its waveform, and below it its spectrogram from 0 Hz to half the rate. */
Picture picture_of_sounds(const Sound *sounds, int64_t n, int64_t columns, double rate);

void npy_write(const char *path, GenKind kind, int rank, const int64_t *dim, const void *values);

/* ---- data/dataset.c ---- */

typedef struct Dataset Dataset;
enum { TRAINING, HELD_OUT, DATA_PARTS };

Dataset *dataset_new(const GenModel *model, const char *folder, bool folder_given);
int dataset_alternative(const Dataset *data);
void dataset_use_alternative(Dataset *data, int alternative);
void dataset_choose_alternative(Dataset *data);       /* the first whose files are there; says so */
void dataset_prefer_files(Dataset *data);
const char *dataset_folder(const Dataset *data);
void dataset_restore(Dataset *data, const CheckpointFile *file);   /* what transforms learned */
void dataset_load(Dataset *data);                     /* reads, transforms, learns */
void dataset_save(Dataset *data, Checkpoint *checkpoint);          /* adds tensors and notes */
int64_t dataset_count(const Dataset *data, int part); /* examples */
void dataset_put_checksums(FILE *to);                 /* the files read, as JSON */

/* Which examples a batch is made of: `rows` from `position` of the endless training stream, or of
 * the held-out examples, which wrap around. */
typedef struct {
    int part;
    int64_t position, rows;
    uint64_t seed;
    bool shuffle;
    int64_t apart; /* between an example and the one that a second input of the same datum takes */
} Batch;
void dataset_fill(Dataset *data, const Batch *batch, const GenRun *run, int n_inputs,
                  const GenInput *inputs);

/* Begins to make the batch that dataset_fill will be asked for next, if something has to be drawn
 * for it; what is filled is the same without. */
void dataset_prepare(Dataset *data, const Batch *batch, const GenRun *run, int n_inputs,
                     const GenInput *inputs);

/* What a sequence is of; pictures, points and plain numbers are told by their shape. */
typedef enum { MEDIA_PLAIN, MEDIA_TEXT, MEDIA_SOUND, MEDIA_VIDEO } Media;

/* The space in which values of a datum live. */
typedef struct {
    int rank;
    int64_t dim[GEN_MAX_RANK];
    double low, high;                                 /* natural range; low >= high: not known */
    double level;                                     /* distance of levels; 0: continuous */
    int64_t classes;                                  /* of colours' numbers; 0: reals */
    bool by_element;                                  /* each element has a scale of its own */
    bool ragged;                                      /* sequences: a first axis, not in dim, is as
                                                         long as each of them is */
    bool tokens;                                      /* classes, of which 0 is padding, 1 the end
                                                         and 2 what is unknown */
    Media media;                                      /* text: characters by their code points */
    double rate;                                      /* of sound, in Hz */
} Space;
enum { TOKEN_PADDING, TOKEN_END, TOKEN_UNKNOWN, RESERVED_TOKENS };
/* The space to show values in, and how many of its examples one of the datum's is (pack). False if
 * there is nothing to undo: it is drawn, not read, or a class. */
bool dataset_shown(const Dataset *data, int datum, Space *space, int64_t *packed);
/* Brings values there, in place: there is room for what dataset_shown said. */
void dataset_undo(const Dataset *data, int datum, real *values, int64_t rows);
/* By datum: log |derivative| of its transforms, of one example. Once the data are loaded. */
const double *dataset_log_volumes(Dataset *data);

/* ---- data/given.c ---- */

/* What a user typed for a datum, as examples of it, in memory of their own: numbers, a file or text,
 * through the datum's own source and transforms. Returns how many; `what` begins its messages. */
int64_t dataset_given(Dataset *data, int datum, const char *value, const char *what,
                      void **examples);
/* The same for what is no data: `size` numbers (or one, for all of them); NULL if it is no number. */
real *given_numbers(const char *text, int64_t size, const char *what);
/* A .npy file: [count, size], or [size]. */
real *given_array(const char *path, int64_t size, int64_t *count, const char *what);
bool given_is_file(const char *value);

/* ---- main.c: the options ---- */

enum { MAX_SET = 32 };

typedef struct {
    const char *data, *out, *from, *output, *name;
    const char *init, *best;                          /* of train */
    int64_t keep, at, patience;                       /* keep, at: -1: not given */
    const char *walk, *grid, *range;                  /* of sample */
    int n_set;
    const char *set[MAX_SET];                         /* "z=0.5" */
    bool nearest, quiz;
    const char *of, *by;                              /* of score: networks */
    int n_rest;
    char **rest;                                      /* and checkpoints */
    double epochs;                                    /* 0: not given */
    int64_t steps;                                    /* -1: not given, as the next ones */
    int64_t seed, every, log_every, n, threads;
    double lr_scale;                                  /* 0: not given */
    bool no_shuffle, resume, quiet, json;
} Options;

/* ---- the commands: each returns the exit status ---- */

typedef int Command(const GenModel *model, const Options *options);
Command trainer_train, trainer_sample, trainer_eval, trainer_info, trainer_gradcheck, trainer_bench,
    trainer_report, trainer_score;

/* ---- means of losses and metrics ---- */

enum { MAX_MEASURES = GEN_MAX_OUTPUTS };

typedef struct {
    int n;
    const char *name[MAX_MEASURES];
    double sum[MAX_MEASURES];
    int64_t count[MAX_MEASURES];
} Measures;

/* ---- session.c: a model with its data and its place in training ---- */

typedef struct {
    const GenModel *model;
    const char *folder;                               /* of the checkpoint it came from, or NULL */
    Dataset *data;
    uint64_t seed;
    double lr_scale;
    bool shuffle;
    int64_t step;                                     /* whole steps done */
    int64_t examples;                                 /* consumed from the training stream */
    int64_t epoch_size;                               /* as the checkpoint says; 0: not known */
    Measures pending;                                 /* losses since the last line of metrics */
} Session;

int64_t session_epoch_size(const Session *s);
double session_epoch(const Session *s);              /* examples consumed over examples there are */
GenRun session_run(const Session *s);
void session_initialise(Session *s);                  /* runs GEN_INIT on the first batch */
void session_save(const Session *s, const char *path);
void session_restore(Session *s, const CheckpointFile *file);
/* A trained model, for sample and eval: --from, or the latest run. */
Session session_open(const GenModel *model, const Options *options, bool wants_data);
/* --init: parameters and state out of another's checkpoint, those whose path and shape fit. */
void session_take_parameters(Session *s, const char *path, bool quiet);
/* Fails if no parameter belongs to it. */
void session_need_network(const Session *s, const char *network);
/* That network's parameters and state, out of another checkpoint. */
void session_take_network(Session *s, const CheckpointFile *file, const char *network);
int64_t session_rows_per_step(const GenModel *model); /* examples a step consumes */

/* ---- step.c: one training step ---- */

/* False: a loss was not finite (said on standard error; not counted). Adds this step's losses. */
bool take_step(Session *s, Measures *losses);

/* ---- evaluate.c: losses and metrics on held-out examples ---- */

typedef struct {
    Measures losses, metrics;
    bool has_objective;                               /* the spec minimizes one thing: */
    double objective;                                 /* that, on held-out data */
} Evaluation;
void measure_add(Measures *m, const char *name, double value);
double measure_mean(const Measures *m, int i);
double output_mean(const GenOutput *output, int64_t rows);   /* over its first rows */
/* Notes for the metrics that break their bound. */
void warn_of_bounds(const Session *s, const Evaluation *e);
Evaluation evaluate_held_out(Session *s, int64_t limit, bool final);
void put_evaluation_json(FILE *to, const Evaluation *e);     /* "losses": {...}, "metrics": {...} */

/* ---- sample.c ---- */

void sample_at_report(Session *s, const char *folder);        /* every program, numbered by step */

/* ---- run_folder.c: runs/<name>/<n>/ ---- */

typedef struct {
    const char *folder;
    int64_t target;                                   /* steps */
    uint64_t seed;
    double lr_scale;
    bool shuffle;
    const char *data;                                 /* --data, as an absolute path; or NULL */
    const char *init;                                 /* --init, likewise */
    int alternative;
    bool spec_changed;                                /* read from a run of another spec */
    int64_t keep, patience;                           /* --keep, --patience; 0: not asked for */
    const char *best;                                 /* --best NAME, or NULL: the objective */
    double seconds;                                   /* of training so far */
    const char *changed;                              /* of -D: what was read differs; or NULL */
    const char *state;                                /* running, finished, interrupted, failed */
    const char *reason;                               /* why it ended so, or NULL */
} RunRecord;

/* One trainer at a time: fails if another holds it. */
void run_folder_lock(const char *folder);
const char *run_folder_new(const GenModel *model, const char *out);
void run_folder_publish(const GenModel *model, const char *folder);   /* as runs/<name>/latest */
const char *run_folder_latest(const GenModel *model, const char *out);   /* NULL: there is none */
void run_record_write(const GenModel *model, const RunRecord *record);
bool run_record_read(const GenModel *model, RunRecord *record);   /* false: no run.json there */
/* Checkpoints kept by their step: checkpoint-<step>.safetensors. */
char *kept_path(const char *folder, int64_t step);
char *kept_list(const char *folder);                  /* "100, 200", allocated */
void kept_prune(const char *folder, int64_t step, int64_t keep);   /* of those up to step, the last */
/* Drops the lines after that step; returns the seconds of the last one left. */
double metrics_cut(const char *folder, int64_t step);
/* Calls the reader for each whole line of metrics.jsonl; for none if there is no such file. */
typedef void MetricsReader(void *context, const Json *json, int64_t step);
void metrics_read(const char *folder, MetricsReader *reader, void *context);

/* ---- report.c ---- */

void report_write(Session *s, const RunRecord *record);       /* report.html in its folder */

/* ---- best.c ---- */

typedef struct {
    bool higher;                                      /* the higher, the better */
    bool found;                                       /* a report had a finite value */
    int64_t step;                                     /* of the best */
    double value;
    int64_t since;                                    /* reports since then */
} Best;

/* A metric that is declared `above` some number is better the higher it is, all else the lower. */
Best best_new(const GenModel *model, const char *name);
bool best_value(const Evaluation *e, const char *name, double *value);
void best_add(Best *best, int64_t step, double value);
/* As metrics.jsonl has it. */
Best best_read(const GenModel *model, const char *folder, const char *name);

/* ---- progress.c ---- */

typedef struct {
    bool terminal, quiet, spoken;                     /* spoken: a line has been said */
    int64_t first_step, target;
    int64_t first_examples;
    double started, last_drawn;
    int n;
    const char *name[MAX_MEASURES];
    double smooth[MAX_MEASURES];
} Progress;

Progress progress_begin(const Session *s, int64_t target, bool quiet);
void progress_step(Progress *p, const Session *s, const Measures *losses, int64_t every);
void progress_clear(const Progress *p);
void progress_report(Progress *p, const Session *s, const Measures *train,
                     const Evaluation *valid, double examples_per_second);

#endif
