/* genc info: what a spec comes to: networks, parameters, arithmetic and memory. */
#include "info.h"

#include "../compile.h"
#include "../transform/transform.h"
#include "commands.h"

int64_t info_parameters(const Model *m) {
    int64_t n = 0;
    for (int i = 0; i < m->tensors.n; i++)
        if (m->tensors.at[i].role == GEN_PARAM) n += shape_size(&m->tensors.at[i].shape);
    return n;
}

const char *info_role(const Program *p) {
    static const char *const roles[] = {
        [GEN_INIT] = "initialise", [GEN_STEP] = "step",      [GEN_EVAL] = "eval",
        [GEN_METRIC] = "metric",   [GEN_FINAL] = "final",    [GEN_FINAL_METRIC] = "final",
        [GEN_SAMPLE] = "sample",   [GEN_GRAD] = "gradcheck",
    };
    return roles[p->role];
}

int command_info(int argc, char **argv) {
    static const struct option options[] = {
        {"json", no_argument, NULL, 'j'}, {"define", required_argument, NULL, 'D'}, {0}};
    Arena *a = arena_new();
    LIST(const char *) overrides = {0};
    bool json = false;
    for (int option; (option = command_option(argc, argv, "D:", options)) != -1;) {
        if (option == '?') return arena_free(a), STATUS_USE;
        if (option == 'j') json = true;
        else LIST_ADD(a, &overrides, optarg);
    }
    if (optind != argc - 1) return arena_free(a), command_misused(argv[0], "name one spec");
    Diag *d = diag_new(a);
    int source = command_read_source(a, d, argv[optind]);
    Model *m = source < 0 ? NULL : compile_spec(a, d, source, overrides.n, overrides.at);
    if (source >= 0) command_print_errors(d);
    if (m) {
        transform_model(m);
        EmitSize size = emit_size(m, 4);
        (json ? info_print_json : info_print_table)(m, &size);
    }
    arena_free(a);
    return m ? STATUS_GOOD : source < 0 ? STATUS_USE : STATUS_SPEC;
}
