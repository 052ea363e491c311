/* genc check: all compile-time checks of every spec named, with no output on success. */
#include "commands.h"
#include "../compile.h"

/* Runs every stage that can find an error in the spec. */
static void check_source(Arena *a, Diag *d, int source) {
    compile_spec(a, d, source, 0, NULL);
}

static int check_files(Arena *a, char *const *paths, int n, bool json) {
    const Diag **diags = NEW_ARRAY(a, const Diag *, n);
    int status = STATUS_GOOD;
    for (int i = 0; i < n; i++) {
        Diag *d = diag_new(a);
        diags[i] = d;
        int source = command_read_source(a, d, paths[i]);
        if (source >= 0) check_source(a, d, source);
        int found = source < 0 ? STATUS_USE : diag_errors(d) ? STATUS_SPEC : STATUS_GOOD;
        if (found > status) status = found;
        if (!json) command_print_errors(d);
    }
    if (json) diag_print_json_all(diags, n, stdout);
    return status;
}

int command_check(int argc, char **argv) {
    static const struct option options[] = {{"json", no_argument, NULL, 'j'}, {0}};
    bool json = false;
    for (int option; (option = command_option(argc, argv, "", options)) != -1;) {
        if (option == '?') return STATUS_USE;
        json = true;
    }
    if (optind == argc) return command_misused("check", "no spec is named");
    Arena *a = arena_new();
    int status = check_files(a, argv + optind, argc - optind, json);
    arena_free(a);
    return status;
}
