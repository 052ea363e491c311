/* genc explain: the model and its objectives as mathematics. */
#include "commands.h"
#include "whole.h"
#include "../compile.h"
#include "../explain/explain.h"

static int explain(Arena *a, const char *spec, bool latex, const char *out) {
    Diag *d = diag_new(a);
    int source = command_read_source(a, d, spec);
    if (source < 0) return STATUS_USE;
    Model *m = compile_spec(a, d, source, 0, NULL);
    command_print_errors(d);
    if (!m) return STATUS_SPEC;
    return whole_write(a, 1, &(WholeFile){out, explain_spec(a, d, source, m->name, latex)});
}

int command_explain(int argc, char **argv) {
    static const struct option options[] = {
        {"latex", no_argument, NULL, 'l'}, {"output", required_argument, NULL, 'o'}, {0}};
    const char *out = "-";
    bool latex = false;
    for (int option; (option = command_option(argc, argv, "o:", options)) != -1;) {
        if (option == '?') return STATUS_USE;
        if (option == 'l') latex = true;
        else out = optarg;
    }
    if (optind != argc - 1)
        return command_misused(argv[0], optind == argc ? "no spec is named" : "one spec at a time");
    Arena *a = arena_new();
    int status = explain(a, argv[optind], latex, out);
    arena_free(a);
    return status;
}
