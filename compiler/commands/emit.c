/* genc emit: a spec to C: the trainer's own part, all of it in one file, or functions for another
 * program. */
#include "emit.h"
#include "whole.h"
#include "../compile.h"
#include "../emit/emit.h"
#include "../standalone/standalone.h"
#include "../transform/transform.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- what build uses too ---- */

int emit_read_real(const char *command, const char *text, bool *f64) {
    *f64 = strcmp(text, "f64") == 0;
    if (*f64 || strcmp(text, "f32") == 0) return STATUS_GOOD;
    return command_misused(command, "--real is f32 or f64, not '%s'", text);
}

Model *emit_compile(Arena *a, const char *spec, int n_overrides, const char *const *overrides,
                    int *status) {
    Diag *d = diag_new(a);
    int source = command_read_source(a, d, spec);
    *status = STATUS_USE;
    if (source < 0) return NULL;
    Model *m = compile_spec(a, d, source, n_overrides, overrides);
    command_print_errors(d);
    *status = m ? STATUS_GOOD : STATUS_SPEC;
    return m;
}

/* Whether `path` holds something else than C that genc wrote, which must not be lost. */
static bool holds_other_work(const char *path) {
    char line[256] = "";
    FILE *in = fopen(path, "r");
    if (!in) return false;
    bool empty = !fgets(line, sizeof line, in);
    fclose(in);
    return !empty && !strstr(line, "written by genc");
}

static int refuse_other_work(const char *path) {
    if (strcmp(path, "-") == 0 || !holds_other_work(path)) return STATUS_GOOD;
    fprintf(stderr, "genc: %s is there and was not written by genc: name another file with -o\n",
            path);
    return STATUS_USE;
}

/* What a writer writes, as a text of the caller's; NULL after a message. */
static char *text_written(EmitWrite *write, void *what) {
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    bool good = out && write(what, out);
    if (out && fclose(out) != 0) good = false;
    if (good) return text;
    fprintf(stderr, "genc: %s\n", strerror(errno));
    free(text);
    return NULL;
}

int emit_to_files(Arena *a, int n, const EmitFile *file) {
    WholeFile *whole = NEW_ARRAY(a, WholeFile, n);
    char **text = NEW_ARRAY(a, char *, n);
    int status = STATUS_GOOD;
    for (int i = 0; i < n && status == STATUS_GOOD; i++) status = refuse_other_work(file[i].path);
    for (int i = 0; i < n && status == STATUS_GOOD; i++) {
        text[i] = text_written(file[i].write, file[i].what);
        whole[i] = (WholeFile){file[i].path, text[i]};
        if (!text[i]) status = STATUS_USE;
    }
    if (status == STATUS_GOOD) status = whole_write(a, n, whole);
    for (int i = 0; i < n; i++) free(text[i]);
    return status;
}

/* ---- the command ---- */

typedef struct {
    const char *out, *library, *embed;
    bool f64, standalone;
    LIST(const char *) overrides, networks;
} Options;

enum { OPTION_REAL = 256, OPTION_STANDALONE, OPTION_LIBRARY, OPTION_EMBED };

static const struct option long_options[] = {
    {"output", required_argument, NULL, 'o'},
    {"define", required_argument, NULL, 'D'},
    {"real", required_argument, NULL, OPTION_REAL},
    {"standalone", no_argument, NULL, OPTION_STANDALONE},
    {"library", required_argument, NULL, OPTION_LIBRARY},
    {"embed", required_argument, NULL, OPTION_EMBED},
    {0},
};

static int read_option(Arena *a, int option, char **argv, Options *o) {
    switch (option) {
    case 'o':
        o->out = optarg;
        return STATUS_GOOD;
    case 'D':
        LIST_ADD(a, &o->overrides, optarg);
        return STATUS_GOOD;
    case OPTION_REAL:
        return emit_read_real(argv[0], optarg, &o->f64);
    case OPTION_STANDALONE:
        o->standalone = true;
        return STATUS_GOOD;
    case OPTION_LIBRARY:
        o->library = optarg;
        return STATUS_GOOD;
    case OPTION_EMBED:
        o->embed = optarg;
        return STATUS_GOOD;
    default:
        return STATUS_USE;
    }
}

/* "p,q": each once. */
static int read_networks(Arena *a, const char *command, Options *o) {
    for (const char *at = o->library; *at; at += *at == ',') {
        size_t n = strcspn(at, ",");
        const char *name = intern_n(a, at, n);
        if (n == 0)
            return command_misused(command, "--library: a name is missing in '%s'", o->library);
        for (int i = 0; i < o->networks.n; i++)
            if (o->networks.at[i] == name)
                return command_misused(command, "--library: '%s' is named twice", name);
        LIST_ADD(a, &o->networks, name);
        at += n;
    }
    if (o->networks.n == 0) return command_misused(command, "--library: no network is named");
    if (!o->out || strcmp(o->out, "-") == 0)
        return command_misused(command, "--library: -o names the folder for the .c and the .h");
    return STATUS_GOOD;
}

/* Only of such a name does a C compiler know what is in it. */
static bool ends_in_c(const char *path) {
    size_t n = strlen(path);
    return n > 2 && strcmp(path + n - 2, ".c") == 0 && path[n - 3] != '/';
}

static int read_options(Arena *a, int argc, char **argv, Options *o, const char **spec) {
    for (int option; (option = command_option(argc, argv, "o:D:", long_options)) != -1;) {
        int status = read_option(a, option, argv, o);
        if (status != STATUS_GOOD) return status;
    }
    if (optind != argc - 1)
        return command_misused(argv[0], optind == argc ? "no spec is named" : "one spec at a time");
    if (o->library && o->standalone)
        return command_misused(argv[0], "--library or --standalone, not both");
    if (o->embed && !o->library) return command_misused(argv[0], "--embed belongs to --library");
    if (o->standalone && o->out && strcmp(o->out, "-") != 0 && !ends_in_c(o->out))
        return command_misused(argv[0], "--standalone: -o names the C file: %s.c", o->out);
    *spec = argv[optind];
    return o->library ? read_networks(a, argv[0], o) : STATUS_GOOD;
}

/* ---- a trainer ---- */

typedef struct {
    Model *model;
    const Options *options;
    const char *path;
    const EmitLibrary *library;
    const double *trained;
} Emission;

static bool write_trainer(void *what, FILE *out) {
    const Emission *e = what;
    if (e->options->standalone) return standalone_write(e->model, e->options->f64, e->path, out);
    return emit_model(e->model, out);
}

static int emit_trainer(Arena *a, const char *spec, const Options *o) {
    int status;
    Model *m = emit_compile(a, spec, o->overrides.n, o->overrides.at, &status);
    if (!m) return status;
    transform_model(m);
    const char *own = arena_printf(a, "%s.c", m->name);
    Emission e = {
        .model = m, .options = o, .path = o->out && strcmp(o->out, "-") != 0 ? o->out : own};
    return emit_to_files(a, 1, &(EmitFile){o->out ? o->out : own, write_trainer, &e});
}

/* ---- networks as functions ---- */

static bool write_header(void *what, FILE *out) {
    const Emission *e = what;
    fputs(e->library->header, out);
    return !ferror(out) && fflush(out) == 0;
}

static bool write_functions(void *what, FILE *out) {
    const Emission *e = what;
    return pair_write_c(e->model, e->library, e->trained, e->options->f64, out);
}

static int fail_library(const char *why) {
    fprintf(stderr, "genc: %s\n", why);
    return STATUS_USE;
}

static int write_pair(Arena *a, Emission *e) {
    const char *folder = e->options->out, *name = e->model->name;
    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        return fail_library(arena_printf(a, "%s: %s", folder, strerror(errno)));
    const EmitFile pair[] = {{arena_printf(a, "%s/%s.h", folder, name), write_header, e},
                             {arena_printf(a, "%s/%s.c", folder, name), write_functions, e}};
    return emit_to_files(a, 2, pair);
}

static int emit_functions(Arena *a, const char *spec, const Options *o) {
    Diag *d = diag_new(a);
    int source = command_read_source(a, d, spec);
    if (source < 0) return STATUS_USE;
    Model *m = compile_library(a, d, source, o->overrides.n, o->overrides.at, o->networks.n,
                               o->networks.at);
    command_print_errors(d);
    if (!m) return STATUS_SPEC;
    const char *why = pair_refusal(m, o->networks.n, o->networks.at);
    if (why) return fail_library(why);
    transform_model(m);
    EmitLibrary library = emit_library(m, o->f64, o->embed != NULL);
    Emission e = {.model = m, .options = o, .library = &library};
    if (o->embed && !(e.trained = pair_weights(a, &library, o->embed, &why)))
        return fail_library(why);
    return write_pair(a, &e);
}

int command_emit(int argc, char **argv) {
    Arena *a = arena_new();
    Options o = {0};
    const char *spec = NULL;
    int status = read_options(a, argc, argv, &o, &spec);
    if (status == STATUS_GOOD)
        status = o.library ? emit_functions(a, spec, &o) : emit_trainer(a, spec, &o);
    arena_free(a);
    return status;
}
