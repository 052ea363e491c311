/* The front half of the pipeline in one call: parse, then elaborate. */
#include "compile.h"

#include <string.h>

/* "specs/vae.gen": the folder "specs" and the name "vae". */
static void split_name(Arena *a, const char *path, const char **folder, const char **name) {
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    *folder = slash ? arena_strndup(a, path, slash == path ? 1 : (size_t)(slash - path)) : ".";
    *name = base[0] == '<' ? "spec" : intern(a, path_stem(a, path));
}

static Model *compile(Arena *a, Diag *d, int source, ElaborateOptions options) {
    options.simplify = true;
    split_name(a, diag_source(d, source)->name, &options.folder, &options.name);
    SyntaxFile *file = syntax_parse(a, d, source);
    if (diag_errors(d)) return NULL;
    Model *model = elaborate(a, d, file, &options);
    return diag_errors(d) ? NULL : model;
}

Model *compile_spec(Arena *a, Diag *d, int source, int n_overrides, const char *const *overrides) {
    return compile(a, d, source,
                   (ElaborateOptions){.n_overrides = n_overrides, .overrides = overrides});
}

Model *compile_seen(Arena *a, Diag *d, int source, int n_overrides, const char *const *overrides) {
    return compile(
        a, d, source,
        (ElaborateOptions){.n_overrides = n_overrides, .overrides = overrides, .see = true});
}

Model *compile_declared(Arena *a, Diag *d, int source, int n_overrides,
                        const char *const *overrides) {
    return compile(
        a, d, source,
        (ElaborateOptions){.n_overrides = n_overrides, .overrides = overrides, .declared = true});
}

Model *compile_library(Arena *a, Diag *d, int source, int n_overrides, const char *const *overrides,
                       int n_networks, const char *const *networks) {
    return compile(a, d, source,
                   (ElaborateOptions){.n_overrides = n_overrides,
                                      .overrides = overrides,
                                      .n_library = n_networks,
                                      .library = networks});
}
