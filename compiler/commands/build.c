/* genc build: a spec to C, and the C to a trainer. */
#include "emit.h"
#include "../compile.h"
#include "../dump.h"
#include "../emit/emit.h"
#include "../paths.h"
#include "../standalone/standalone.h"
#include "../transform/transform.h"

#include <errno.h>
#include <spawn.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

typedef struct {
    const char *out, *compiler, *dump;
    bool f64;
    LIST(const char *) overrides;
} Options;

enum { OPTION_REAL = 256, OPTION_CC, OPTION_DUMP };

static const struct option long_options[] = {
    {"output", required_argument, NULL, 'o'},
    {"define", required_argument, NULL, 'D'},
    {"real", required_argument, NULL, OPTION_REAL},
    {"cc", required_argument, NULL, OPTION_CC},
    {"dump", required_argument, NULL, OPTION_DUMP},
    {0},
};

static int read_option(Arena *a, int option, char **argv, Options *o) {
    switch (option) {
    case 'o': o->out = optarg; return STATUS_GOOD;
    case 'D': LIST_ADD(a, &o->overrides, optarg); return STATUS_GOOD;
    case OPTION_CC: o->compiler = optarg; return STATUS_GOOD;
    case OPTION_DUMP:
        o->dump = optarg;
        if (dump_knows(optarg)) return STATUS_GOOD;
        return command_misused(argv[0], "--dump: no stage '%s' (%s)", optarg, dump_stages(a));
    case OPTION_REAL: return emit_read_real(argv[0], optarg, &o->f64);
    default: return STATUS_USE;
    }
}

/* Reads the options and the spec's name; prints what is wrong. */
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

enum { MOST_ARGUMENTS = 64 };

/* Runs the C compiler on `c`, giving `out`. */
static int run_compiler(Arena *a, Model *m, const Options *o, const char *c, const char *out) {
    const char *include = genc_include_dir(), *libraries = genc_runtime_dir();
    if (!include || !libraries) {
        fprintf(stderr, "genc: the runtime is not beside genc: run make, or make install\n");
        return STATUS_USE;
    }
    const char *cc = o->compiler ? o->compiler : "cc";
    char *library = arena_printf(a, "%s/libgenrt_%s.a", libraries, o->f64 ? "f64" : "f32");
    const char *args[MOST_ARGUMENTS];
    int n = 0;
    args[n++] = cc;
    for (int i = 0; trainer_flags[i]; i++) args[n++] = trainer_flags[i];
    if (trainer_is_large(m, o->f64)) args[n++] = trainer_large_flag;
    const char *const rest[] = {"-Wall", "-Wextra", o->f64 ? "-DGENC_F64" : "-UGENC_F64", "-I", include, "-o", out, c, library};
    for (size_t i = 0; i < sizeof rest / sizeof *rest; i++) args[n++] = rest[i];
    const char *found = trainer_libraries(a, c);
    char *libraries_used = arena_printf(a, "%s", found ? found : "");
    for (char *flag = strtok(libraries_used, " "); flag; flag = strtok(NULL, " ")) args[n++] = flag;
    args[n] = NULL;
    pid_t child;
    int status = 0, failed = posix_spawnp(&child, cc, NULL, NULL, (char *const *)args, environ);
    if (failed) {
        fprintf(stderr, "genc: %s: %s\n", cc, strerror(failed));
        return STATUS_USE;
    }
    if (waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return STATUS_GOOD;
    fprintf(stderr, "genc: %s could not compile %s\n", cc, c);
    return STATUS_USE;
}

/* Whether `path` is there and is no program: the spec itself, a text. */
static bool is_no_program(const char *path) {
    char start[4] = "";
    FILE *in = fopen(path, "rb");
    if (!in) return false;
    size_t n = fread(start, 1, sizeof start, in);
    fclose(in);
    bool program = n == sizeof start && (memcmp(start, "\177ELF", 4) == 0 || memcmp(start, "\317\372\355\376", 4) == 0);
    return n > 0 && !program;
}

static bool write_model(void *model, FILE *out) {
    return emit_model(model, out);
}

static int build(Arena *a, Model *m, const Options *o) {
    if (o->dump && dump_stage(m, DUMP_ELABORATED, o->dump, stdout)) return STATUS_GOOD;
    transform_model(m);
    if (o->dump && dump_stage(m, DUMP_TRANSFORMED, o->dump, stdout)) return STATUS_GOOD;
    const char *out = o->out ? o->out : arena_printf(a, "./%s", m->name);
    const char *c = arena_printf(a, "%s.c", out);
    struct stat st;
    if (stat(out, &st) == 0 && S_ISDIR(st.st_mode)) {
        fprintf(stderr, "genc: %s is a folder: -o names the trainer\n", out);
        return STATUS_USE;
    }
    if (is_no_program(out)) {
        fprintf(stderr, "genc: %s is there and is no program: -o names the trainer\n", out);
        return STATUS_USE;
    }
    int status = emit_to_files(a, 1, &(EmitFile){c, write_model, m});
    return status == STATUS_GOOD ? run_compiler(a, m, o, c, out) : status;
}

int command_build(int argc, char **argv) {
    Arena *a = arena_new();
    Options o = {0};
    const char *spec = NULL;
    int status = read_options(a, argc, argv, &o, &spec);
    Model *m = status == STATUS_GOOD ? emit_compile(a, spec, o.overrides.n, o.overrides.at, &status) : NULL;
    if (m) status = build(a, m, &o);
    arena_free(a);
    return status;
}
