/* calls.c: the arguments of sources and transforms: all that have a value are there, by name. */
#include "data.h"

static const GenArg *find_argument(const GenCall *call, const char *name) {
    for (int i = 0; i < call->n_args; i++)
        if (strcmp(call->args[i].name, name) == 0) return &call->args[i];
    return NULL;
}

double call_number(const GenCall *call, const char *name) {
    const GenArg *arg = find_argument(call, name);
    if (arg == NULL) BUG("an argument without a value");
    return arg->number;
}

const char *call_text(const GenCall *call, const char *name) {
    const GenArg *arg = find_argument(call, name);
    return arg != NULL ? arg->text : NULL;
}

bool call_has_word(const GenCall *call, const char *word) {
    const GenArg *arg = find_argument(call, word);
    return arg != NULL && arg->type == GEN_WORD;
}

const char *call_next_file(const GenCall *call, int *i) {
    while (*i < call->n_args) {
        const GenArg *arg = &call->args[(*i)++];
        if (arg->type == GEN_FILE) return arg->text;
    }
    return NULL;
}

bool call_names_files(const GenCall *call) {
    int i = 0;
    return call_next_file(call, &i) != NULL;
}
