/* write.c: a standalone trainer: a comment that says how to build it, the model, and what it needs
 * of the runtime. See standalone.h. */
#include "standalone.h"
#include "../emit/emit.h"

#include <inttypes.h>
#include <string.h>

const char *const trainer_flags[] = {"-std=c11",          "-O3",
                                     "-march=native",     "-fopenmp",
                                     "-fno-math-errno",   "-fno-trapping-math",
                                     "-ffp-contract=off", NULL};

#ifdef __x86_64__
const char *const trainer_large_flag = "-mcmodel=medium";
#else
const char *const trainer_large_flag = "-fPIE";
#endif

bool trainer_is_large(Model *m, bool f64) {
    return emit_size(m, f64 ? 8 : 4).total > (int64_t)1 << 30;
}

/* The headers that generated C includes. */
static const char *const front[] = {"gencall.h", "genrt.h", "genmath.h", "kernels.h"};
enum { FRONT = sizeof front / sizeof *front };

static RuntimeFiles needed_by(Runtime *r, Arena *a, const char *c) {
    CText text = c_text_read(a, c);
    return runtime_needed(r, &text.mentioned);
}

const char *trainer_libraries(Arena *a, const char *c_file) {
    char part[1 << 14];
    Text text = {.arena = a};
    FILE *in = fopen(c_file, "r");
    if (!in) return NULL;
    text_put(&text, "");
    for (size_t n; (n = fread(part, 1, sizeof part, in)) > 0;) text_put_n(&text, part, n);
    fclose(in);
    RuntimeFiles files = needed_by(runtime_new(a), a, text.at);
    return runtime_libraries(a, &files);
}

/* ---- the comment ---- */

typedef struct {
    Model *model;
    Arena *arena;
    Runtime *runtime;
    RuntimeFiles files;
    bool f64;
    const char *path;
} Standalone;

static bool has_file(const Standalone *s, const char *name) {
    for (int i = 0; i < s->files.n; i++)
        if (strcmp(s->files.at[i]->name, name) == 0) return true;
    return false;
}

/* The one line. Without libraries, loops are still vectorised, but in one thread. */
static const char *compile_line(const Standalone *s, bool minimal) {
    const char *slash = strrchr(s->path, '/'), *file = slash ? slash + 1 : s->path;
    Text t = {.arena = s->arena};
    text_put(&t, "cc");
    for (int i = 0; trainer_flags[i]; i++)
        text_printf(&t, " %s%s", trainer_flags[i],
                    minimal && strcmp(trainer_flags[i], "-fopenmp") == 0 ? "-simd" : "");
    if (trainer_is_large(s->model, s->f64)) text_printf(&t, " %s", trainer_large_flag);
    text_printf(&t, "%s %s -o %s %s", minimal ? " -DGENC_MINIMAL" : "", join_quoted(s->arena, file),
                join_quoted(s->arena, s->model->name),
                minimal ? "-lm" : runtime_libraries(s->arena, &s->files));
    return t.at;
}

static void put_lacks(const Standalone *s, Text *out) {
    static const struct {
        const char *file, *lacks;
    } lacking[] = {{"source_png.c", "reads no PNG files"},
                   {"source_wav.c", "reads no WAV files"},
                   {"animation.c", "writes no animations"}};
    text_put(out, "It multiplies matrices by itself, in one thread, and reads no gzipped files");
    for (size_t i = 0; i < sizeof lacking / sizeof *lacking; i++)
        if (has_file(s, lacking[i].file)) text_printf(out, ". It %s", lacking[i].lacks);
    text_put(out, ".\n");
}

static void put_head(const Standalone *s, Text *out) {
    const Model *m = s->model;
    Text about = {.arena = s->arena};
    text_printf(&about, "\nIt needs nothing else of genc. To build it:\n\n    %s\n\n",
                compile_line(s, false));
    text_printf(&about, "or with a C compiler and nothing else:\n\n    %s\n\n",
                compile_line(s, true));
    put_lacks(s, &about);
    text_printf(&about,
                "\nThen ./%s help says what it does. First comes the model, then what it needs of "
                "the runtime.\n\n",
                m->name);
    text_printf(&about, "The spec: %s.gen, hash %s", m->name, emit_spec_hash(m));
    for (int i = 0; i < m->overrides.n; i++)
        text_printf(&about, "%s -D %s", i ? "" : ", built with", m->overrides.at[i]);
    text_printf(&about, "%s. It stands whole below, as `spec`.\n\n",
                s->f64 ? ", in double precision" : "");
    text_put(&about, "What is not made from the spec, the runtime, is under this licence:\n\n");
    text_put(&about, runtime_file(s->runtime, "LICENSE")->file->text);
    text_printf(out,
                "/* %s.c: a trainer for %s.gen in one file, written by genc " GENC_VERSION ".\n",
                m->name, m->name);
    join_put_comment(about.at, out);
    text_put(out, " */\n");
}

/* ---- the parts ---- */

static void put_rule(const char *what, Text *out) {
    text_printf(out, "\n/* ==== %s ", what);
    for (size_t i = strlen(what); i < 86; i++) text_put(out, "=");
    text_put(out, " */\n\n");
}

static bool is_front(const char *name) {
    for (int i = 0; i < FRONT; i++)
        if (strcmp(front[i], name) == 0) return true;
    return false;
}

static void put_first(const Standalone *s, Text *out) {
    text_put(out, "#define _GNU_SOURCE /* of POSIX and the system, what ISO C leaves out */\n");
    if (s->f64) text_put(out, "#define GENC_F64\n");
    join_put_pragmas(out);
}

/* The headers of generated C; it uses some of their functions. */
static void put_front(const Standalone *s, Includes *includes, Text *out) {
    Text headers = {.arena = s->arena};
    text_put(
        &headers,
        "#pragma GCC diagnostic push\n#pragma GCC diagnostic ignored \"-Wunused-function\"\n\n");
    for (int i = 0; i < FRONT; i++) {
        join_file(s->runtime, runtime_file(s->runtime, front[i]), NULL, &headers, includes);
        text_put(&headers, "\n");
    }
    text_put(&headers, "#pragma GCC diagnostic pop\n");
    LIST_ADD(s->arena, includes, ((Include){"", "<string.h>"}));
    join_put_includes(s->arena, includes, 0, out);
    put_rule("what the model and the runtime know of each other", out);
    text_put(out, headers.at);
}

static void put_runtime(const Standalone *s, Includes *includes, Text *out) {
    Text files = {.arena = s->arena};
    int before = includes->n;
    for (int i = 0; i < s->files.n; i++) {
        const RuntimeFile *f = s->files.at[i];
        if (is_front(f->name)) continue;
        put_rule(f->name, &files);
        join_file(s->runtime, f, NULL, &files, includes);
    }
    put_rule("the runtime", out);
    join_put_includes(s->arena, includes, before, out);
    text_put(out, files.at);
}

bool standalone_write(Model *m, bool f64, const char *path, FILE *out) {
    Arena *a = arena_new();
    Standalone s = {.model = m, .arena = a, .runtime = runtime_new(a), .f64 = f64, .path = path};
    const char *body = emit_body(m);
    Includes includes = {0};
    Text text = {.arena = a};
    s.files = needed_by(s.runtime, a, body);
    put_head(&s, &text);
    put_first(&s, &text);
    put_front(&s, &includes, &text);
    put_rule("the model", &text);
    text_put(&text, body);
    put_runtime(&s, &includes, &text);
    fputs(text.at, out);
    arena_free(a);
    return !ferror(out) && fflush(out) == 0;
}
