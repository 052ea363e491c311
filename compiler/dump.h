/* genc build --dump=STAGE: what a stage leaves, as text. */
#ifndef GENC_DUMP_H
#define GENC_DUMP_H

#include "program.h"
#include <stdio.h>

bool dump_knows(const char *stage);
const char *dump_stages(Arena *a);      /* "spec, graph, plan" */

/* How far the model has come. */
typedef enum { DUMP_ELABORATED, DUMP_TRANSFORMED } DumpTime;
/* Prints `stage` if it is one to be shown of a model that has come so far. */
bool dump_stage(Model *m, DumpTime time, const char *stage, FILE *out);

#endif
