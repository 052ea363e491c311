/* calls.h: data as a test writes them down, by the names of sources and transforms and arguments in
 * their order, made into what generated code says: functions, and all arguments that have a value. */
#ifndef CALLS_H
#define CALLS_H

#include "data/data.h"
#include "sample.h"

#define CALL(named, n, list) ((GenCall){.name = (named), .n_args = (n), .args = (list)})

#define SOURCE(name, datums, gives, ending, load, summary) GenLoad load;
#define TRANSFORM(name, on, place, summary) extern const GenTransform transform_##name;
#define ARGUMENT(type, name, standard)
#include "data/sources.def"
#include "data/transforms.def"
#undef SOURCE
#undef TRANSFORM
#undef ARGUMENT
#define FORM(name, kind, ending) extern const GenForm form_##name;
#include "forms.def"
#undef FORM

static const GenForm *const every_form[] = {
#define FORM(name, kind, ending) &form_##name,
#include "forms.def"
#undef FORM
};

enum { REQUIRED = -1, OPTIONAL = -1 };

/* A call, then its arguments. */
typedef struct {
    const char *call, *ending;
    GenLoad *load;
    const GenTransform *transform;
    const char *type, *argument;
    double standard;
} CallRow;

static const CallRow call_rows[] = {
#define SOURCE(name, datums, gives, ending, load, summary) {#name, ending, load, NULL, NULL, NULL, 0},
#define TRANSFORM(name, on, place, summary) {#name, "", NULL, &transform_##name, NULL, NULL, 0},
#define ARGUMENT(type, name, standard) {NULL, "", NULL, NULL, #type, #name, standard},
#include "data/sources.def"
#include "data/transforms.def"
#undef SOURCE
#undef TRANSFORM
#undef ARGUMENT
};
enum { CALL_ROWS = sizeof call_rows / sizeof *call_rows };

static inline GenArgType type_of_row(const CallRow *row) {
    if (strncmp(row->type, "FILE", 4) == 0) return GEN_FILE;
    if (strcmp(row->type, "TEXT") == 0) return GEN_TEXT;
    return strcmp(row->type, "WORD") == 0 ? GEN_WORD : GEN_NUMBER;
}

/* The argument by its name, or by its place among those without one; NULL: it is not given. */
static inline const GenArg *arg_given(const GenCall *call, const char *name, int place) {
    for (int i = 0, position = 0; i < call->n_args; i++) {
        const GenArg *arg = &call->args[i];
        if (arg->name == NULL ? position++ == place : strcmp(arg->name, name) == 0) return arg;
    }
    return NULL;
}

static inline GenCall whole_call(const GenCall *call) {
    const CallRow *row = call_rows;
    while (row < call_rows + CALL_ROWS && (row->call == NULL || strcmp(row->call, call->name) != 0)) row++;
    ck_assert_ptr_ne(row, call_rows + CALL_ROWS);
    GenArg *args = calloc(16, sizeof *args);
    GenCall whole = {row->call, row->load, row->transform, 0, args};
    for (int i = 0; row + 1 + i < call_rows + CALL_ROWS && row[1 + i].call == NULL; i++) {
        const CallRow *argument = &row[1 + i];
        const GenArg *given = arg_given(call, argument->argument, i);
        GenArg arg = {argument->argument, type_of_row(argument), argument->standard, NULL};
        if (given != NULL) arg.number = given->number, arg.text = given->text;
        if (given != NULL || arg.type == GEN_NUMBER) args[whole.n_args++] = arg;
    }
    return whole;
}

static inline GenPipeline whole_pipeline(const GenPipeline *pipeline) {
    GenCall *calls = calloc((size_t)pipeline->n_calls, sizeof *calls);
    for (int i = 0; i < pipeline->n_calls; i++) calls[i] = whole_call(&pipeline->calls[i]);
    return (GenPipeline){pipeline->n_calls, calls};
}

/* Every reader that there is. */
static inline void add_readers(GenModel *model) {
    GenReader *readers = calloc(CALL_ROWS, sizeof *readers);
    static const GenArg any_file = {NULL, GEN_FILE, 0, NULL};
    for (int i = 0; i < CALL_ROWS; i++) {
        if (call_rows[i].call == NULL || call_rows[i].ending[0] == 0) continue;
        GenCall call = {.name = call_rows[i].call, .n_args = 1, .args = &any_file};
        readers[model->n_readers++] = (GenReader){call_rows[i].ending, whole_call(&call)};
    }
    model->readers = readers;
}

/* The model as generated code would have it, with all files that the runtime can write and read. */
static inline const GenModel *whole_model(GenModel *model) {
    GenModel *whole = malloc(sizeof *whole);
    *whole = *model;
    GenSource *sources = calloc((size_t)model->n_sources + 1, sizeof *sources);
    for (int s = 0; s < model->n_sources; s++) {
        sources[s] = model->sources[s];
        GenPipeline *pipelines = calloc((size_t)sources[s].n_pipelines, sizeof *pipelines);
        for (int i = 0; i < sources[s].n_pipelines; i++)
            pipelines[i] = whole_pipeline(&model->sources[s].pipelines[i]);
        sources[s].pipelines = pipelines;
    }
    whole->sources = sources;
    whole->n_readers = 0;
    add_readers(whole);
    whole->forms = every_form;
    whole->n_forms = sizeof every_form / sizeof *every_form;
    return whole;
}

#endif
