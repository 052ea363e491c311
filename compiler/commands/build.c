/* genc build and genc emit: a spec to C, and the C to a trainer. */
#include "commands.h"
#include "../compile.h"
#include "../dump.h"
#include "../emit/emit.h"
#include "../paths.h"

#include <errno.h>
#include <spawn.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

#ifdef __x86_64__
#define LARGE_MODEL "-mcmodel=medium"
#else
#define LARGE_MODEL "-fPIE"
#endif

typedef struct {
    const char *out, *compiler, *dump;
    bool f64;
    LIST(const char *) overrides;
} Options;

enum { OPTION_REAL = 256, OPTION_CC, OPTION_DUMP, OPTION_NOT_YET };

static const struct option long_options[] = {
    {"output", required_argument, NULL, 'o'},
    {"define", required_argument, NULL, 'D'},
    {"real", required_argument, NULL, OPTION_REAL},
    {"cc", required_argument, NULL, OPTION_CC},
    {"dump", required_argument, NULL, OPTION_DUMP},
    {"standalone", no_argument, NULL, OPTION_NOT_YET},
    {"library", required_argument, NULL, OPTION_NOT_YET},
    {"embed", required_argument, NULL, OPTION_NOT_YET},
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
    case OPTION_REAL:
        o->f64 = strcmp(optarg, "f64") == 0;
        if (o->f64 || strcmp(optarg, "f32") == 0) return STATUS_GOOD;
        return command_misused(argv[0], "--real is f32 or f64, not '%s'", optarg);
    case OPTION_NOT_YET:
        fprintf(stderr, "genc %s: this option is not supported yet\n", argv[0]);
        return STATUS_USE;
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

static int write_c(Model *m, const char *path) {
    if (strcmp(path, "-") != 0 && holds_other_work(path)) {
        fprintf(stderr, "genc: %s is there and was not written by genc: name another file with -o\n", path);
        return STATUS_USE;
    }
    FILE *out = strcmp(path, "-") == 0 ? stdout : fopen(path, "w");
    bool good = out && emit_model(m, out) && !ferror(out);
    if (out && out != stdout) good = fclose(out) == 0 && good;
    if (good) return STATUS_GOOD;
    fprintf(stderr, "genc: %s: %s\n", path, strerror(errno));
    if (out && out != stdout) take_back(path);
    return STATUS_USE;
}

/* Runs the C compiler on `c`, giving `out`. */
static int run_compiler(Arena *a, Model *m, const Options *o, const char *c, const char *out) {
    const char *include = genc_include_dir(), *libraries = genc_runtime_dir();
    if (!include || !libraries) {
        fprintf(stderr, "genc: the runtime is not beside genc: run make, or make install\n");
        return STATUS_USE;
    }
    const char *cc = o->compiler ? o->compiler : "cc";
    char *library = arena_printf(a, "%s/libgenrt_%s.a", libraries, o->f64 ? "f64" : "f32");
    /* x86-64 reaches static arrays past 2 GiB only in another code model */
    bool large = emit_size(m, o->f64 ? 8 : 4).total > (int64_t)1 << 30;
    const char *const args[] = {
        cc, "-std=c11", "-O3", "-march=native", "-fopenmp", "-fno-math-errno", "-fno-trapping-math",
        "-Wall", "-Wextra", large ? LARGE_MODEL : "-fPIE", o->f64 ? "-DGENC_F64" : "-UGENC_F64", "-I", include, "-o", out, c, library,
        "-lopenblas", "-lpng", "-lsndfile", "-lz", "-lm", NULL};
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

/* Compiles the spec named on the command line; NULL and *status after anything wrong. */
static Model *compile_named(Arena *a, const char *spec, const Options *o, int *status) {
    Diag *d = diag_new(a);
    int source = command_read_source(a, d, spec);
    *status = STATUS_USE;
    if (source < 0) return NULL;
    Model *m = compile_spec(a, d, source, o->overrides.n, o->overrides.at);
    command_print_errors(d);
    *status = m ? STATUS_GOOD : STATUS_SPEC;
    return m;
}

int command_emit(int argc, char **argv) {
    Arena *a = arena_new();
    Options o = {0};
    const char *spec;
    int status = read_options(a, argc, argv, &o, &spec);
    Model *m = status == STATUS_GOOD ? compile_named(a, spec, &o, &status) : NULL;
    if (m) status = write_c(m, o.out ? o.out : arena_printf(a, "%s.c", m->name));
    arena_free(a);
    return status;
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

static int build(Arena *a, Model *m, const Options *o) {
    if (o->dump) {
        dump_stage(m, o->dump, stdout);
        return STATUS_GOOD;
    }
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
    int status = write_c(m, c);
    return status == STATUS_GOOD ? run_compiler(a, m, o, c, out) : status;
}

int command_build(int argc, char **argv) {
    Arena *a = arena_new();
    Options o = {0};
    const char *spec;
    int status = read_options(a, argc, argv, &o, &spec);
    Model *m = status == STATUS_GOOD ? compile_named(a, spec, &o, &status) : NULL;
    if (m) status = build(a, m, &o);
    arena_free(a);
    return status;
}
