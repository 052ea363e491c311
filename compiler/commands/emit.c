/* genc emit: a spec to C: the trainer's own part, all of it in one file, or functions for another
 * program. */
#include "emit.h"
#include "../compile.h"
#include "../emit/emit.h"
#include "../standalone/standalone.h"

#include <errno.h>
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

/* Takes back what was half written: a file, never a device or a pipe. */
static void take_back(const char *path) {
    struct stat kind;
    if (lstat(path, &kind) == 0 && S_ISREG(kind.st_mode)) remove(path);
}

int emit_to_file(const char *path, EmitWrite *write, void *what) {
    if (strcmp(path, "-") != 0 && holds_other_work(path)) {
        fprintf(stderr,
                "genc: %s is there and was not written by genc: name another file with -o\n", path);
        return STATUS_USE;
    }
    FILE *out = strcmp(path, "-") == 0 ? stdout : fopen(path, "w");
    bool good = out && write(what, out) && !ferror(out);
    if (out && out != stdout) good = fclose(out) == 0 && good;
    if (good) return STATUS_GOOD;
    fprintf(stderr, "genc: %s: %s\n", path, strerror(errno));
    if (out && out != stdout) take_back(path);
    return STATUS_USE;
}

/* ---- the command ---- */

typedef struct {
    const char *out;
    bool f64, standalone;
    LIST(const char *) overrides;
} Options;

enum { OPTION_REAL = 256, OPTION_STANDALONE };

static const struct option long_options[] = {
    {"output", required_argument, NULL, 'o'},
    {"define", required_argument, NULL, 'D'},
    {"real", required_argument, NULL, OPTION_REAL},
    {"standalone", no_argument, NULL, OPTION_STANDALONE},
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
    default:
        return STATUS_USE;
    }
}

static int read_options(Arena *a, int argc, char **argv, Options *o, const char **spec) {
    for (int option; (option = command_option(argc, argv, "o:D:", long_options)) != -1;) {
        int status = read_option(a, option, argv, o);
        if (status != STATUS_GOOD) return status;
    }
    if (optind != argc - 1)
        return command_misused(argv[0], optind == argc ? "no spec is named" : "one spec at a time");
    *spec = argv[optind];
    return STATUS_GOOD;
}

typedef struct {
    Model *model;
    const Options *options;
    const char *path;
} Emission;

static bool write_trainer(void *what, FILE *out) {
    const Emission *e = what;
    if (e->options->standalone) return standalone_write(e->model, e->options->f64, e->path, out);
    return emit_model(e->model, out);
}

int command_emit(int argc, char **argv) {
    Arena *a = arena_new();
    Options o = {0};
    const char *spec = NULL;
    int status = read_options(a, argc, argv, &o, &spec);
    Model *m = status == STATUS_GOOD ? emit_compile(a, spec, o.overrides.n, o.overrides.at, &status)
                                     : NULL;
    if (m) {
        const char *own = arena_printf(a, "%s.c", m->name);
        Emission e = {m, &o, o.out && strcmp(o.out, "-") != 0 ? o.out : own};
        status = emit_to_file(o.out ? o.out : own, write_trainer, &e);
    }
    arena_free(a);
    return status;
}
