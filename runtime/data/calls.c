/* calls.c: the arguments of sources and transforms, as the tables name them. */
#include "data.h"

/* Both tables as one list of rows: a call, then its arguments. */
typedef struct {
    const char *call, *type, *name;
    double standard;
} CallRow;

static const CallRow call_rows[] = {
#define SOURCE(name, datums, load, summary)                        {#name, NULL, NULL, 0},
#define TRANSFORM(name, on, describe, learn, apply, undo, volume, summary) {#name, NULL, NULL, 0},
#define ARGUMENT(type, name, standard)                             {NULL, #type, #name, standard},
#include "sources.def"
#include "transforms.def"
#undef SOURCE
#undef TRANSFORM
#undef ARGUMENT
    {"", NULL, NULL, 0}};

static const CallRow *rows_of(const char *call) {
    const CallRow *row = call_rows;
    while (row->call == NULL || (row->call[0] != 0 && strcmp(row->call, call) != 0)) row++;
    if (row->call[0] == 0) BUG("a source or transform that is not in the tables");
    return row + 1;
}

static const CallRow *row_named(const char *call, const char *name) {
    const CallRow *row = rows_of(call);
    while (row->call == NULL && strcmp(row->name, name) != 0) row++;
    if (row->call != NULL) BUG("an argument that is not in the tables");
    return row;
}

/* The argument by its name, or by its place among those given without a name. */
static const GenArg *find_argument(const GenCall *call, const char *name) {
    long place = row_named(call->name, name) - rows_of(call->name);
    for (int i = 0, position = 0; i < call->n_args; i++) {
        const GenArg *arg = &call->args[i];
        if (arg->name == NULL ? position++ == place : strcmp(arg->name, name) == 0) return arg;
    }
    return NULL;
}

double call_number(const GenCall *call, const char *name) {
    const GenArg *arg = find_argument(call, name);
    return arg != NULL ? arg->number : row_named(call->name, name)->standard;
}

const char *call_text(const GenCall *call, const char *name) {
    const GenArg *arg = find_argument(call, name);
    return arg != NULL ? arg->text : NULL;
}

bool call_has_word(const GenCall *call, const char *word) {
    for (int i = 0; i < call->n_args; i++)
        if (call->args[i].type == GEN_WORD && strcmp(call->args[i].text, word) == 0) return true;
    return false;
}

static bool is_file_row(const CallRow *row) {
    return strcmp(row->type, "FILE") == 0 || strcmp(row->type, "FILES") == 0;
}

const char *call_next_file(const GenCall *call, int *i) {
    const CallRow *row = rows_of(call->name) + *i;
    for (; row->call == NULL; row++) {
        ++*i;
        const char *text = is_file_row(row) ? call_text(call, row->name) : NULL;
        if (text != NULL) return text;
    }
    return NULL;
}

const char *call_file_argument(const char *source) {
    for (const CallRow *row = rows_of(source); row->call == NULL; row++)
        if (is_file_row(row)) return row->name;
    return NULL;
}

bool call_names_file(const GenCall *call, const GenArg *arg) {
    const CallRow *row = rows_of(call->name);
    if (arg->name != NULL) return is_file_row(row_named(call->name, arg->name));
    for (int i = 0; i < call->n_args && &call->args[i] != arg; i++) row += call->args[i].name == NULL;
    return row->call == NULL && is_file_row(row);
}
