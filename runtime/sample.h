/* sample.h: what the files of the sample command share.
 *
 *   sample.c          runs a spec's sample programs
 *   show.c            what they give, as files
 *   show_*.c          each kind of file
 *   sample_set.c      --set: variables given from outside
 *   sample_walk.c     --walk and --grid: variables that move
 *   sample_compare.c  --nearest and --quiz: beside the training examples, among real ones */
#ifndef GENC_SAMPLE_H
#define GENC_SAMPLE_H

#include "rt.h"

typedef enum {
    AS_PICTURE, AS_POINTS, AS_TEXT, AS_NUMBERS, AS_ARRAY, AS_SOUND, AS_VIDEO, FILE_KINDS
} FileKind;

/* One output of a sample program, for all examples. */
typedef struct {
    const GenModel *model;
    const GenOutput *output;
    const char *name;
    FileKind kind;
    GenShape shape;   /* as shown: of the source, for `as x` */
    int64_t n;        /* examples: 1 if it is not batched */
    int64_t columns;  /* of a picture's tiles; 0: as it fits best */
    void *values;     /* [n, shape] */
    double low, high; /* black and white; of sound, the extremes */
    double rate;      /* of sound, in Hz */
} Shown;

/* Outputs of one kind and shape go to one file. */
typedef void WriteGroup(const char *path, Shown *const *group, int64_t outputs);

typedef struct FileForm {
    FileKind kind;
    const char *ending;
    WriteGroup *write;
    void (*print)(FILE *to, Shown *const *group, int64_t outputs);   /* what is read at once; or NULL */
} FileForm;
extern const FileForm form_array, form_numbers;       /* of anything */

enum { MAX_SHOWN = 2 * GEN_MAX_OUTPUTS /* each may have a neighbour */ };

/* What an input is instead of what data or chance would give: row i takes row i % count. */
typedef struct {
    int64_t count; /* 0: nothing is preset */
    void *values;  /* [count, shape], of the input's kind */
    real *mode;    /* [count, shape] of GenDrawMode; NULL: all given */
} Preset;

/* Called after each call of the program: its memory then holds `rows` examples from `first` on. */
typedef void SampleWatch(void *watcher, const GenProgram *program, int64_t first, int64_t rows);

typedef struct {
    int64_t n;
    uint64_t seed;
    int64_t columns;        /* as in Shown */
    Preset *preset;         /* one for each input of the program; or NULL */
    SampleWatch *watch;     /* or NULL */
    void *watcher;
    int n_read;             /* for sample_run: the inputs that data are read for */
    const GenInput *read;
} SampleOrder;

/* ---- sample.c ---- */

int sample_shown(const GenProgram *program);          /* outputs that are shown */
/* Fills shown[] (as many as its result says) with n examples. */
int sample_run(Session *s, const GenProgram *program, const SampleOrder *order, Shown *shown);
/* Fails if an argument that only --set gives has not been given. */
void sample_check_free(const GenProgram *program, const Preset *preset);
Shown shown_new(const Session *s, const GenOutput *output, int64_t n);   /* with room for values */
void shown_undo(const Session *s, Shown *shown);      /* values go back through the transforms */
/* ---- show.c ---- */

/* Outputs of one kind and shape go into one file together; frees their values. With a path, its
 * ending says how; with a stem, all of the kind's files are written. Exactly one is given. */
void shown_write(Shown *shown, int n, const char *path, const char *stem, bool say_where);

/* ---- show_picture.c ---- */

/* In place: from low .. high to 0 .. 1, once. */
const real *to_unit_range(Shown *shown);
/* Columns: nearly a square, its last row full if that can be had. Up to three outputs an example's
 * are one under the other, examples in rows; from four on, an example is a row. */
int64_t tile_columns(int64_t n, int64_t outputs);
int64_t tile_place(int64_t example, int64_t output, int64_t outputs, int64_t columns);

/* ---- sample_set.c ---- */

/* A variable, or one element of it: z, z[3], m[0, 2]. */
typedef struct {
    const GenInput *input;
    int number;             /* of the program's inputs */
    int64_t element;        /* in memory order; -1: all of it */
} Variable;

Preset *preset_read(Session *s, const GenProgram *program, const Options *options);
/* The most examples that --set gives for data; 0 if it gives none. */
int64_t preset_examples(const GenProgram *program, const Preset *preset);
/* Into the program's memory: `rows` rows of what is preset, from example `first` on. */
void preset_put(const GenInput *input, const Preset *preset, int64_t first, int64_t rows);
/* Reads `text` up to `end`; `option` is for messages. */
Variable variable_read(const GenProgram *program, const char *text, const char *end,
                       const char *option);

/* ---- sample_walk.c ---- */

void sample_walk(Session *s, const GenProgram *program, const Options *options, SampleOrder *order);
void sample_grid(Session *s, const GenProgram *program, const Options *options, SampleOrder *order);

/* A picture in which each row of tiles moves one element of a draw, all else at rest. */
typedef struct {
    const GenProgram *program;
    const GenInput *input;  /* the draw */
    int64_t elements;       /* rows */
    double low, high;       /* of the steps across */
    TileLayout tile;
} Sliders;
/* Of the first sample that draws a code and shows a picture; false if there is none. */
bool sample_sliders(Session *s, const char *path, int64_t most, int64_t steps, Sliders *sliders);

/* ---- sample_compare.c ---- */

/* Puts behind each output its nearest training examples; returns how many there are then. */
int sample_nearest(Session *s, Shown *shown, int n);
/* Makes of the first output one in which real examples are mixed; writes the key. */
int sample_quiz(Session *s, Shown *shown, int n, uint64_t seed, const char *output,
                const char *stem);

#endif
