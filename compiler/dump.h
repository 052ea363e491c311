/* genc build --dump=STAGE: what a stage leaves, as text. */
#ifndef GENC_DUMP_H
#define GENC_DUMP_H

#include "program.h"
#include <stdio.h>

bool dump_knows(const char *stage);
const char *dump_stages(Arena *a);      /* "spec, graph, plan" */
void dump_stage(Model *m, const char *stage, FILE *out);

#endif
