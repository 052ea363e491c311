/* A model as one C file. */
#ifndef GENC_EMIT_H
#define GENC_EMIT_H

#include "../program.h"

#include <stdio.h>

/* The trainer's whole C: memory, one function a program, tables, main. False if it could not be
 * written. Requires: roots finished (transform/finish.h). */
bool emit_model(Model *m, FILE *out);

/* The same without the comment and the includes at its head, as text in the model's arena. */
char *emit_body(Model *m);
/* 16 hex digits: of what the spec and its imports say, whatever their layout (syntax/hash.c). */
const char *emit_spec_hash(const Model *m);

/* Networks, samples and data as functions (elaborate/library.c): a .c and a .h of this name, without what the .c needs
 * of the runtime. */
typedef struct {
    const char *header; /* all of it */
    const char *body;   /* of the .c, behind what it includes */
    const char *prefix; /* of all its names: "vae_" */
    int64_t weights;    /* numbers in all tensors that the functions read */
    int n_tensors;
    const struct WeightTensor *tensors;
} EmitLibrary;
EmitLibrary emit_library(Model *m, bool f64, bool embedded);
/* The definition of the weights compiled in. */
char *emit_trained(Model *m, const EmitLibrary *library, const double *weights, bool f64);

/* For genc info: what the trainer will hold in memory, in bytes of its arrays for this width of
 * real (4 or 8), and the flops of one training step. */
typedef struct {
    int64_t storages, inputs, arena, total;
    double flops_per_step;
    int real_bytes;      /* of a number */
    const double *flops; /* of one call of each program of the model */
} EmitSize;
EmitSize emit_size(Model *m, int real_bytes);

/* For --dump=plan and --dump=products. */
char *emit_plan_text(Model *m);
char *emit_products_text(Model *m);

#endif
