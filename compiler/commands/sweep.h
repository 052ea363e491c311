/* What the files of genc sweep share. */
#ifndef GENC_SWEEP_H
#define GENC_SWEEP_H

#include "../runs/runs.h"

#include <sys/types.h>

typedef LIST(const char *) Strings;

/* A constant that varies. */
typedef struct {
    const char *name;
    Strings values;
} Axis;

typedef struct {
    const char *spec, *out;
    LIST(Axis) axes;
    Strings train; /* options that go to the trainers, each with its value */
    Strings build;
    int jobs;
    RunsForm form; /* of the table at the end */
} SweepOptions;

typedef struct {
    const char *folder;
    Strings settings;
    const char *made_from; /* what its results depend on, as its folder has to say too */
    pid_t worker;
    const char *failed; /* "does not compile"; NULL: it has not */
} Combination;
typedef LIST(Combination) Combinations;

enum { MOST_COMBINATIONS = 10000 };

/* sweep_options.c: the command line. */
int sweep_read_options(Arena *a, int argc, char **argv, SweepOptions *o);
/* Trainers that run at the same time share the processor. */
void sweep_share_threads(Arena *a, SweepOptions *o, int runs);
/* A line for each option that results depend on. */
void sweep_put_options(Text *t, const SweepOptions *o);
/* The words of the i-th option that results may depend on, "--steps"; NULL behind the last. */
const char *sweep_option_word(Arena *a, int i);

/* sweep_check.c: before any is trained. Which of them compile; whether the folders that are there
 * hold results of the same spec and options, which each has to say from now on. */
int sweep_check(Arena *a, const SweepOptions *o, Combinations *all);
int sweep_make_folders(Arena *a, const Combinations *all);

/* "beta=4 zdim=2" */
const char *sweep_settings(Arena *a, const Combination *c);
bool sweep_has(Arena *a, const Combination *c, const char *file);

#endif
