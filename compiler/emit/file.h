/* What the parts of the generated file share. */
#ifndef GENC_FILE_H
#define GENC_FILE_H

#include "emitter.h"

/* An array that the runtime fills; programs with an input of the same name, shape and batch share
 * it. */
typedef struct {
    const char *name; /* in C */
    const char *input;
    Kind kind;
    int64_t batch;
    Shape shape;
} InputArray;

struct File {
    Arena *arena;
    Model *model;
    Plan **plans; /* of model->programs */
    LIST(InputArray) inputs;
    int64_t arena_reals, arena_indexes;
    bool claimed; /* so large an arena that it is asked for at the start, with a message if in vain */
    Emitter names;           /* of functions */
    const Tensor **by_place; /* the model's tensors, by storage and offset */
    int n_readers, n_forms;  /* of the tables that are written */
    bool library;            /* arrays are their caller's: run->memory */
    int64_t *weight;         /* of a library: where each of the model's tensors lies among the weights;
                                -1: it is not among them */
};

/* emit.c: plans all programs; sorts tensors and reserves names, once inputs and symbols are known */
void file_plan(File *f);
void file_begin(File *f);
/* Between the two, for what will be in one file with the runtime: other names for what is called as
 * something of it. */
void file_avoid_runtime(File *f);

/* program.c */
InputArray *file_input(File *f, const Program *p, const Input *in);
void emit_program(File *f, Plan *p, Text *out);
/* Where a buffer lies, as a constant expression: "arena + 4096". */
const char *file_address(File *f, const Plan *p, const Buffer *b, int64_t skip);

/* The tensor that begins there, or NULL. */
const Tensor *file_tensor(const File *f, int storage, int64_t offset);
/* The tensor of the model that holds this element of a storage. */
int file_tensor_around(const File *f, int storage, int64_t offset);

/* files.c: which kinds of files the trainer writes and reads */
void emit_files(File *f, Text *out);

/* tables.c */
void emit_tables(File *f, Text *out);
void file_args(File *f, const DataCall *c, const char *name, Text *out);
const char *file_call(File *f, const DataCall *c, const char *args); /* a row of GenCall */
const char *file_string(Arena *a, const char *text); /* as a C literal; NULL as NULL */

#endif
