/* library.c: networks as plain functions, for any C program: see emit.h.
 *
 * A program of the model works on a fixed number of rows, in arrays of its own. Here these are the
 * caller's: `run->memory` points to them, and a function around the program takes any number of
 * rows, that many at a time. */
#include "emit.h"
#include "file.h"
#include "../../runtime/weights.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

typedef struct {
    File file;
    Model *model;
    Arena *arena;
    const char *prefix, *upper; /* "vae_", "VAE_" */
    bool f64, embedded;
    int64_t weights;
} Library;

enum { ALIGNMENT = 64 };

static const char *identifier(Arena *a, const char *text, int (*change)(int)) {
    Text t = {.arena = a};
    if (isdigit((unsigned char)*text)) text_put(&t, "_");
    for (; *text; text++)
        text_printf(&t, "%c", isalnum((unsigned char)*text) ? change((unsigned char)*text) : '_');
    text_put(&t, "_");
    return t.at;
}

static int as_it_is(int c) {
    return c;
}

/* ---- the weights ---- */

static void find_tensors(Library *l) {
    Model *m = l->model;
    File *f = &l->file;
    f->weight = NEW_ARRAY(l->arena, int64_t, m->tensors.n + 1);
    for (int i = 0; i < m->tensors.n; i++) f->weight[i] = -1;
    for (int i = 0; i < m->programs.n; i++)
        for (int k = 0; k < f->plans[i]->buffers.n; k++) {
            const Buffer *b = f->plans[i]->buffers.at[k];
            if (b->kind == BUFFER_STORAGE && buffer_root((Buffer *)b) == b)
                f->weight[file_tensor_around(f, b->number, b->offset)] = 0;
        }
    for (int i = 0; i < m->tensors.n; i++) {
        if (f->weight[i] < 0) continue;
        f->weight[i] = l->weights;
        l->weights += shape_size(&m->tensors.at[i].shape);
    }
}

static void put_tensor_table(const Library *l, Text *out) {
    const Model *m = l->model;
    int n = 0;
    text_put(out, "\n/* ---- the weights ---- */\n\nstatic const WeightTensor tensors[] = {\n");
    for (int i = 0; i < m->tensors.n; i++) {
        const Tensor *t = &m->tensors.at[i];
        if (l->file.weight[i] < 0) continue;
        text_printf(out, "    {%s, %d, {", file_string(l->arena, t->path), t->shape.rank);
        for (int k = 0; k < t->shape.rank; k++)
            text_printf(out, "%s%" PRId64, k ? ", " : "", t->shape.dim[k]);
        text_printf(out, "%s}, %" PRId64 "},\n", t->shape.rank ? "" : "0", l->file.weight[i]);
        n++;
    }
    text_printf(
        out,
        "};\nenum { TENSORS = %d };\n\n"
        "bool %sload(%sweights *weights, const char *file, char *why, size_t room) {\n"
        "    WeightPlace places[TENSORS];\n"
        "    return weights_read(file, TENSORS, tensors, places, weights->at, why, room);\n}\n",
        n, l->prefix, l->prefix);
}

/* ---- memory ---- */

/* Pieces of the workspace begin at multiples of 64 bytes: their lengths are rounded up to 16
 * numbers. */
static int64_t rounded_up(int64_t numbers) {
    return (numbers + 15) / 16 * 16;
}

static int64_t input_elements(const InputArray *in) {
    return rounded_up((in->batch > 0 ? in->batch : 1) * shape_size(&in->shape));
}

static int64_t workspace_bytes(const Library *l) {
    int real_bytes = l->f64 ? 8 : 4;
    int64_t bytes = ALIGNMENT + rounded_up(l->file.arena_reals) * real_bytes +
                    rounded_up(l->file.arena_indexes) * 4;
    for (int i = 0; i < l->file.inputs.n; i++) {
        const InputArray *in = &l->file.inputs.at[i];
        bytes += input_elements(in) * (in->kind == KIND_INDEX ? 4 : real_bytes);
    }
    return bytes;
}

static void put_piece(const char *type, const char *name, int64_t n, Text *members, Text *places) {
    text_printf(members, "    %s *%s;\n", type, name);
    text_printf(places, "    memory.%s = (%s *)at;\n    at += %" PRId64 " * sizeof(%s);\n", name,
                type, rounded_up(n), type);
}

static void put_memory(const Library *l, Text *out) {
    Text members = {.arena = l->arena}, places = {.arena = l->arena};
    text_put(&members, "    const real *weights;\n");
    text_put(&places, "");
    if (l->file.arena_reals) put_piece("real", "arena", l->file.arena_reals, &members, &places);
    if (l->file.arena_indexes)
        put_piece("int32_t", "index_arena", l->file.arena_indexes, &members, &places);
    for (int i = 0; i < l->file.inputs.n; i++) {
        const InputArray *in = &l->file.inputs.at[i];
        put_piece(in->kind == KIND_INDEX ? "int32_t" : "real", in->name, input_elements(in),
                  &members, &places);
    }
    text_printf(
        out,
        "\n/* ---- memory: the caller's ---- */\n\nstruct GenMemory {\n%s};\n\n"
        "static struct GenMemory in_workspace(const %sweights *weights, void *workspace) {\n"
        "    struct GenMemory memory = {.weights = weights->at};\n"
        "    char *at = (char *)(((uintptr_t)workspace + 63) / 64 * 64);\n%s    return "
        "memory;\n}\n",
        members.at, l->prefix, places.at);
    if (l->file.inputs.n == 0) return;
    text_put(out,
             "\n/* The first rows of a block; what follows them is 0. */\n"
             "static void take_rows(void *block, const void *rows, size_t bytes, size_t whole) {\n"
             "    memcpy(block, rows, bytes);\n    memset((char *)block + bytes, 0, whole - "
             "bytes);\n}\n");
}

/* ---- functions ---- */

typedef struct {
    const char *name, *type; /* in C */
    int64_t size;            /* of a row */
    const char *at;          /* where the program has it */
    const Shape *shape;
    int64_t classes;
} Parameter;

typedef struct {
    const Library *l;
    const Program *program;
    Plan *plan;
    Emitter names;
    LIST(Parameter) in, out;
    bool draws;
} Function;

static const char *c_type(const Library *l, Kind kind, bool outside) {
    if (kind == KIND_INDEX) return "int32_t";
    return outside ? arena_printf(l->arena, "%sreal", l->prefix) : "real";
}

static bool draws_noise(Plan *p) {
    for (int r = 0; r < p->regions.n; r++)
        for (int i = 0; i < p->regions.at[r]->nodes.n; i++) {
            Op op = p->regions.at[r]->nodes.at[i]->op;
            if (op == OP_UNIFORM || op == OP_GAUSSIAN) return true;
        }
    return false;
}

static Function function_of(Library *l, int number) {
    static const char *const own[] = {"weights", "workspace", "n",     "seed", "run",
                                      "call",    "memory",    "first", "rows"};
    Function fn = {.l = l, .program = l->model->programs.at[number], .plan = l->file.plans[number]};
    fn.names = (Emitter){.arena = l->arena};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) emit_reserve(&fn.names, own[i]);
    fn.draws = draws_noise(fn.plan);
    for (int i = 0; i < fn.program->inputs.n; i++) {
        const Input *in = &fn.program->inputs.at[i];
        const char *at =
            arena_printf(l->arena, "memory.%s", file_input(&l->file, fn.program, in)->name);
        LIST_ADD(l->arena, &fn.in,
                 ((Parameter){emit_name(&fn.names, in->name), c_type(l, in->kind, true),
                              shape_size(&in->shape), at, &in->shape,
                              in->kind == KIND_INDEX ? in->classes : 0}));
    }
    for (int i = 0; i < fn.program->outputs.n; i++) {
        const Output *o = &fn.program->outputs.at[i];
        Location where;
        if (!location_view(fn.plan, fn.plan->outputs[i], &where) || where.base.n > 0)
            BUG("an output without a fixed place");
        LIST_ADD(
            l->arena, &fn.out,
            ((Parameter){emit_name(&fn.names, o->name), c_type(l, o->value->kind, true),
                         shape_size(&o->value->shape),
                         file_address(&l->file, fn.plan, where.buffer, where.base.constant),
                         &o->value->shape, o->value->kind == KIND_INDEX ? o->value->classes : 0}));
    }
    return fn;
}

static const char *prototype(const Function *fn) {
    const Library *l = fn->l;
    Text t = {.arena = l->arena};
    text_printf(&t, "void %s%s(const %sweights *weights, int64_t n", l->prefix, fn->program->name,
                l->prefix);
    for (int i = 0; i < fn->in.n; i++)
        text_printf(&t, ", const %s *%s", fn->in.at[i].type, fn->in.at[i].name);
    if (fn->draws) text_put(&t, ", uint64_t seed");
    for (int i = 0; i < fn->out.n; i++)
        text_printf(&t, ", %s *%s", fn->out.at[i].type, fn->out.at[i].name);
    text_put(&t, ", void *workspace)");
    return t.at;
}

static void put_function(const Function *fn, Text *out) {
    const Library *l = fn->l;
    int64_t batch = fn->program->batch;
    text_printf(out, "\n%s {\n", prototype(fn));
    text_put(out, "    struct GenMemory memory = in_workspace(weights, workspace);\n");
    text_printf(out,
                "    GenRun call = {.seed = %s, .stream = GEN_HELD_OUT, .lr_scale = 1, .memory = "
                "&memory};\n",
                fn->draws ? "seed" : "0");
    text_put(out, "    const GenRun *run = &call;\n");
    text_printf(out, "    for (int64_t first = 0; first < n; first += %" PRId64 ") {\n", batch);
    text_printf(out, "        int64_t rows = n - first < %" PRId64 " ? n - first : %" PRId64 ";\n",
                batch, batch);
    text_put(out, "        call.first_example = first;\n");
    for (int i = 0; i < fn->in.n; i++) {
        const Parameter *p = &fn->in.at[i];
        text_printf(out,
                    "        take_rows(%s, %s + first * %" PRId64
                    ", sizeof *%s * (size_t)(rows * %" PRId64 "), sizeof *%s * %" PRId64 ");\n",
                    p->at, p->name, p->size, p->name, p->size, p->name, p->size * batch);
    }
    text_printf(out, "        %s(run);\n", fn->program->symbol);
    for (int i = 0; i < fn->out.n; i++) {
        const Parameter *p = &fn->out.at[i];
        text_printf(out,
                    "        if (%s) memcpy(%s + first * %" PRId64
                    ", %s, sizeof *%s * (size_t)(rows * %" PRId64 "));\n",
                    p->name, p->name, p->size, p->at, p->name, p->size);
    }
    text_put(out, "    }\n}\n");
    (void)l;
}

/* ---- the header ---- */

static void put_shape(const Parameter *p, Text *out) {
    text_printf(out, "%s[n]", p->name);
    for (int i = 0; i < p->shape->rank; i++) text_printf(out, "[%" PRId64 "]", p->shape->dim[i]);
    if (p->classes) text_printf(out, ", classes 0 to %" PRId64, p->classes - 1);
}

static void put_declaration(const Function *fn, Text *out) {
    text_printf(out, "\n/* %s: from ", fn->program->about);
    for (int i = 0; i < fn->in.n; i++) {
        text_put(out, i ? ", " : "");
        put_shape(&fn->in.at[i], out);
    }
    text_put(out, fn->in.n ? "\n * to " : "nothing\n * to ");
    for (int i = 0; i < fn->out.n; i++) {
        text_put(out, i ? ", " : "");
        put_shape(&fn->out.at[i], out);
    }
    text_printf(out, "%s. */\n%s;\n",
                fn->draws ? ";\n * what it draws depends on seed and row alone" : "",
                prototype(fn));
}

static const char *header(Library *l, int n, const Function *functions) {
    const Model *m = l->model;
    const char *p = l->prefix;
    Text t = {.arena = l->arena};
    text_printf(&t,
                "/* %s.h: networks of %s.gen as functions, written by genc " GENC_VERSION ".\n *\n",
                m->name, m->name);
    text_printf(&t,
                " * The spec's hash is %s. Each function takes n rows, one behind the other in "
                "row-major order, and\n"
                " * gives n; what it would give and is NULL, it does not. Values are as the spec "
                "has them: what data\n"
                " * went through on their way in is not undone.\n *\n",
                emit_spec_hash(m));
    text_put(&t, " * Nothing is allocated and nothing kept: weights and workspace are the "
                 "caller's. Threads may call at the\n"
                 " * same time, each with a workspace of its own. */\n");
    text_printf(&t,
                "#ifndef %sH\n#define %sH\n\n#include <stdbool.h>\n#include <stddef.h>\n#include "
                "<stdint.h>\n\n",
                l->upper, l->upper);
    text_printf(&t, "typedef %s %sreal;\n\n", l->f64 ? "double" : "float", p);
    text_printf(&t,
                "enum { %sWORKSPACE = %" PRId64
                " }; /* bytes that a call needs to work with, wherever they begin */\n\n",
                l->upper, workspace_bytes(l));
    text_printf(&t,
                "/* What the networks have learned. */\ntypedef struct {\n    %sreal at[%" PRId64
                "];\n} %sweights;\n\n",
                p, l->weights ? l->weights : 1, p);
    text_printf(&t,
                "/* Out of a checkpoint of the spec's trainer. False if it cannot be read or does "
                "not fit, and in `why`,\n"
                " * of `room` bytes, the reason. */\n"
                "bool %sload(%sweights *weights, const char *file, char *why, size_t room);\n",
                p, p);
    if (l->embedded)
        text_printf(
            &t, "\n/* The checkpoint that was compiled in. */\nextern const %sweights %strained;\n",
            p, p);
    for (int i = 0; i < n; i++) put_declaration(&functions[i], &t);
    text_put(&t, "\n#endif\n");
    return t.at;
}

/* ---- all ---- */

static void add_weight_tensors(Library *l, EmitLibrary *result) {
    const Model *m = l->model;
    WeightTensor *tensors = NEW_ARRAY(l->arena, WeightTensor, m->tensors.n + 1);
    for (int i = 0; i < m->tensors.n; i++) {
        const Tensor *t = &m->tensors.at[i];
        if (l->file.weight[i] < 0) continue;
        WeightTensor *w = &tensors[result->n_tensors++];
        *w = (WeightTensor){.path = t->path, .rank = t->shape.rank, .to = l->file.weight[i]};
        for (int k = 0; k < t->shape.rank; k++) w->dim[k] = t->shape.dim[k];
    }
    result->tensors = tensors;
}

EmitLibrary emit_library(Model *m, bool f64, bool embedded) {
    Arena *a = m->arena;
    Library l = {.file = {.arena = a, .model = m, .library = true},
                 .model = m,
                 .arena = a,
                 .f64 = f64,
                 .embedded = embedded};
    Text body = {.arena = a};
    l.prefix = identifier(a, m->name, as_it_is);
    l.upper = identifier(a, m->name, toupper);
    file_plan(&l.file);
    find_tensors(&l);
    file_begin(&l.file);
    put_tensor_table(&l, &body);
    put_memory(&l, &body);
    Function *functions = NEW_ARRAY(a, Function, m->programs.n + 1);
    for (int i = 0; i < m->programs.n; i++) {
        functions[i] = function_of(&l, i);
        emit_program(&l.file, l.file.plans[i], &body);
        put_function(&functions[i], &body);
    }
    EmitLibrary result = {.header = header(&l, m->programs.n, functions),
                          .body = body.at,
                          .prefix = l.prefix,
                          .weights = l.weights};
    add_weight_tensors(&l, &result);
    return result;
}

char *emit_trained(Model *m, const EmitLibrary *library, const double *weights, bool f64) {
    enum { A_LINE = 8 };
    Text t = {.arena = m->arena};
    text_printf(
        &t,
        "\n/* ---- the checkpoint that was compiled in ---- */\n\nconst %sweights %strained = {{",
        library->prefix, library->prefix);
    for (int64_t i = 0; i < library->weights; i++)
        text_printf(&t, f64 ? "%s%.17g," : "%s%.9g,", i % A_LINE ? " " : "\n    ", weights[i]);
    text_put(&t, "\n}};\n");
    return t.at;
}
