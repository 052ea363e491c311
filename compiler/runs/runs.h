/* What training left: the run folders of trainers (runtime/run_folder.c), read for genc runs,
 * compare and sweep. */
#ifndef GENC_RUNS_H
#define GENC_RUNS_H

#include "../base.h"

#include <stdio.h>

typedef struct {
    double step, value;
} RunPoint;

/* A loss or metric: on held-out data where it is measured there, otherwise in training. */
typedef struct {
    const char *name;
    bool held_out, is_metric;
    double best, best_step, last;
    LIST(RunPoint) curve;
} RunLoss;

typedef struct {
    const char *folder, *name; /* "runs/vae/1", "vae" */
    bool begun;                /* it has a run.json */
    const char *state;         /* "finished", "failed", "does not compile"; NULL: not known */
    const char *reason;        /* why it ended so; NULL: there is no more to say */
    int damaged;               /* lines of metrics.jsonl that cannot be read */
    LIST(const char *) overrides;
    double seed, target, step, epoch, seconds;
    LIST(RunLoss) losses;
} Run;
typedef LIST(Run) Runs;

/* Reads a run's folder; false if it is none, or damaged, and why. */
bool run_read(Arena *a, const char *folder, Run *out, const char **why);
/* All runs in and below a folder, in the order of their paths. */
Runs runs_below(Arena *a, const char *folder);
const RunLoss *run_loss(const Run *run, const char *name);

/* "beta=4 zdim=2" or "-" */
const char *run_overrides(Arena *a, const Run *run);
const char *run_time(Arena *a, double seconds); /* 1:02:03 */
/* A line a run: what was set, how it ended, how far it came, last and best of each loss, last of
 * each metric (of which only the spec's reader knows whether more is better). */
typedef enum { RUNS_TEXT, RUNS_MARKDOWN, RUNS_JSON } RunsForm;
void runs_print(Arena *a, const Runs *runs, RunsForm form, FILE *out);
/* All losses and metrics that some run has: those of the first run first. */
typedef LIST(const RunLoss *) RunLosses;
RunLosses runs_losses(Arena *a, const Runs *runs);

/* Curves of the losses that runs share, or of all if they share none: in characters, and as a PNG
 * file. */
void runs_print_curves(Arena *a, const Runs *runs, FILE *out, bool colour);
bool runs_write_curves(Arena *a, const Runs *runs, const char *path);

#endif
