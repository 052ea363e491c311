/* genc check: all compile-time checks of every spec named, with no output on success. */
#include "commands.h"
#include "../compile.h"

typedef struct {
    bool json;
    LIST(const char *) overrides;
} Options;

/* Runs every stage that can find an error in a spec, on each; the worst status of all. */
static int check_files(Arena *a, char *const *paths, int n, const Options *o) {
    const Diag **diags = NEW_ARRAY(a, const Diag *, n);
    int status = STATUS_GOOD;
    for (int i = 0; i < n; i++) {
        Diag *d = diag_new(a);
        diags[i] = d;
        int source = command_read_source(a, d, paths[i]);
        if (source >= 0) compile_spec(a, d, source, o->overrides.n, o->overrides.at);
        int found = source < 0 ? STATUS_USE : diag_errors(d) ? STATUS_SPEC : STATUS_GOOD;
        if (found > status) status = found;
        if (!o->json) command_print_errors(d);
    }
    if (o->json) diag_print_json_all(diags, n, stdout);
    return status;
}

int command_check(int argc, char **argv) {
    static const struct option options[] = {
        {"json", no_argument, NULL, 'j'}, {"define", required_argument, NULL, 'D'}, {0}};
    Arena *a = arena_new();
    Options o = {0};
    int status = STATUS_GOOD;
    for (int option; (option = command_option(argc, argv, "D:", options)) != -1;) {
        if (option == 'D') LIST_ADD(a, &o.overrides, optarg);
        o.json = o.json || option == 'j';
        if (option == '?') status = STATUS_USE;
    }
    if (status == STATUS_GOOD && optind == argc) status = command_misused("check", "no spec is named");
    if (status == STATUS_GOOD) status = check_files(a, argv + optind, argc - optind, &o);
    arena_free(a);
    return status;
}
