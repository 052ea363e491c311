/* library.c: networks, samples and data as plain functions, for any C program: see emit.h.
 *
 * A program of the model works on a fixed number of rows, in arrays of its own. Here these are the
 * caller's: `run->memory` points to them, and a function around the program takes any number of
 * rows, that many at a time. What a sample shows `as x` leaves its function as x was in its file,
 * by what the trainer measured of x's transforms: runtime/undo.h. */
#include "emit.h"
#include "file.h"
#include "../../runtime/undo.h"
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
    LIST(WeightTensor) tensors;
    int64_t *undo; /* by datum: where how it is undone lies among the weights; -1: nowhere */
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
        const Tensor *t = &m->tensors.at[i];
        if (f->weight[i] < 0) continue;
        f->weight[i] = l->weights;
        WeightTensor w = {.path = t->path, .rank = t->shape.rank, .to = l->weights};
        for (int k = 0; k < t->shape.rank; k++) w.dim[k] = t->shape.dim[k];
        LIST_ADD(l->arena, &l->tensors, w);
        l->weights += shape_size(&t->shape);
    }
}

/* How many numbers a class stands for. */
static int64_t undo_width(const Datum *d) {
    return d->undo == UNDO_COLOURS ? 3 : 1;
}

static void want_undo(Library *l, int datum) {
    const Datum *d = &l->model->data.at[datum];
    if (d->undo == UNDO_NONE || l->undo[datum] >= 0) return;
    bool reals = d->undo == UNDO_REALS;
    WeightTensor w = {
        .path = arena_printf(l->arena, "data.%s.undo", d->name),
        .rank = 2,
        .dim = {reals ? 2 : d->classes, reals ? shape_size(&d->shape) : undo_width(d)},
        .to = l->weights};
    LIST_ADD(l->arena, &l->tensors, w);
    l->undo[datum] = l->weights;
    l->weights += w.dim[0] * w.dim[1];
}

/* Of the data that are named, and of those whose transforms a sample undoes. */
static void find_undoing(Library *l) {
    const Model *m = l->model;
    l->undo = NEW_ARRAY(l->arena, int64_t, m->data.n + 1);
    for (int i = 0; i < m->data.n; i++) l->undo[i] = -1;
    for (int i = 0; i < m->undone.n; i++) want_undo(l, m->undone.at[i]);
    for (int i = 0; i < m->programs.n; i++)
        for (int k = 0; k < m->programs.at[i]->outputs.n; k++)
            if (m->programs.at[i]->outputs.at[k].datum >= 0)
                want_undo(l, m->programs.at[i]->outputs.at[k].datum);
}

static void put_tensors(const Library *l, Text *out) {
    text_put(out, "static const WeightTensor tensors[] = {\n");
    for (int i = 0; i < l->tensors.n; i++) {
        const WeightTensor *t = &l->tensors.at[i];
        text_printf(out, "    {%s, %d, {", file_string(l->arena, t->path), t->rank);
        for (int k = 0; k < t->rank; k++) text_printf(out, "%s%" PRId64, k ? ", " : "", t->dim[k]);
        text_printf(out, "%s}, %" PRId64 "},\n", t->rank ? "" : "0", t->to);
    }
    text_printf(out, "};\nenum { TENSORS = %d };\n\n", l->tensors.n);
}

/* Of a file without any of its tensors, whether it is one is still said. */
static void put_load(const Library *l, Text *out) {
    bool any = l->tensors.n > 0;
    text_put(out, "\n/* ---- the weights ---- */\n\n");
    if (any) put_tensors(l, out);
    text_printf(out,
                "bool %sload(%sweights *weights, const char *file, char *why, size_t room) {\n",
                l->prefix, l->prefix);
    if (any) text_put(out, "    WeightPlace places[TENSORS];\n");
    text_printf(out, "    return weights_read(file, %s, weights->at, why, room);\n}\n",
                any ? "TENSORS, tensors, places" : "0, NULL, NULL");
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
    if (l->model->programs.n == 0) return;
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
    Shape shape;             /* of a row, as the caller has it */
    const char *at;          /* where the program has it */
    int64_t classes;
    int datum; /* whose transforms are undone on the way out; -1 */
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

/* ---- what is undone ---- */

/* The last axis of texts. */
static int64_t text_length(const Datum *d) {
    return d->shape.rank ? d->shape.dim[d->shape.rank - 1] : 1;
}

/* A row of what a datum is undone to: colours and bytes are a last axis. */
static Shape undone_shape(const Datum *d) {
    Shape s = d->shape;
    if (d->undo == UNDO_COLOURS) s.dim[s.rank++] = undo_width(d);
    if (d->undo == UNDO_TEXT) {
        s.rank = s.rank ? s.rank : 1;
        s.dim[s.rank - 1] = UNDO_UTF8 * text_length(d) + 1;
    }
    return s;
}

static const char *undone_type(const Library *l, const Datum *d) {
    return d->undo == UNDO_TEXT ? "char" : c_type(l, KIND_REAL, true);
}

/* The call that undoes `rows` rows, by what lies at `weights`. */
static const char *undo_call(const Library *l, int datum, const char *weights, const char *rows,
                             const char *from, const char *to) {
    const Datum *d = &l->model->data.at[datum];
    int64_t size = shape_size(&d->shape), length = text_length(d);
    const char *measured = arena_printf(l->arena, "%s + %" PRId64, weights, l->undo[datum]);
    switch (d->undo) {
    case UNDO_REALS:
        return arena_printf(l->arena, "undo_reals(%s, %" PRId64 ", %s, %s, %s)", measured, size,
                            rows, from, to);
    case UNDO_LEVELS:
    case UNDO_COLOURS:
        return arena_printf(l->arena,
                            "undo_classes(%s, %" PRId64 ", %" PRId64 ", %s * %" PRId64 ", %s, %s)",
                            measured, d->classes, undo_width(d), rows, size, from, to);
    case UNDO_TEXT:
        return arena_printf(l->arena,
                            "undo_text(%s, %" PRId64 ", %" PRId64 ", %s * %" PRId64 ", %s, %s)",
                            measured, d->classes, length, rows, size / length, from, to);
    default:
        BUG("nothing to undo");
    }
}

static Parameter undone_parameter(const Library *l, int datum, const char *name, const char *at) {
    const Datum *d = &l->model->data.at[datum];
    return (Parameter){name, undone_type(l, d), undone_shape(d), at, 0, datum};
}

/* ---- functions of programs ---- */

static Function function_of(Library *l, int number) {
    static const char *const own[] = {"weights",    "workspace",    "n",         "seed",
                                      "run",        "call",         "memory",    "first",
                                      "rows",       "memcpy",       "take_rows", "in_workspace",
                                      "undo_reals", "undo_classes", "undo_text"};
    Function fn = {.l = l, .program = l->model->programs.at[number], .plan = l->file.plans[number]};
    fn.names = (Emitter){.arena = l->arena};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) emit_reserve(&fn.names, own[i]);
    fn.draws = draws_noise(fn.plan);
    for (int i = 0; i < fn.program->inputs.n; i++) {
        const Input *in = &fn.program->inputs.at[i];
        const char *at =
            arena_printf(l->arena, "memory.%s", file_input(&l->file, fn.program, in)->name);
        LIST_ADD(l->arena, &fn.in,
                 ((Parameter){emit_name(&fn.names, in->name), c_type(l, in->kind, true), in->shape,
                              at, in->kind == KIND_INDEX ? in->classes : 0, -1}));
    }
    for (int i = 0; i < fn.program->outputs.n; i++) {
        const Output *o = &fn.program->outputs.at[i];
        Location where;
        if (!location_view(fn.plan, fn.plan->outputs[i], &where) || where.base.n > 0)
            BUG("an output without a fixed place");
        const char *name = emit_name(&fn.names, o->name);
        const char *at = file_address(&l->file, fn.plan, where.buffer, where.base.constant);
        Parameter plain = {name,
                           c_type(l, o->value->kind, true),
                           o->value->shape,
                           at,
                           o->value->kind == KIND_INDEX ? o->value->classes : 0,
                           -1};
        bool undone = o->datum >= 0 && l->undo[o->datum] >= 0;
        LIST_ADD(l->arena, &fn.out, undone ? undone_parameter(l, o->datum, name, at) : plain);
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

static void put_row_in(const Parameter *p, int64_t batch, Text *out) {
    int64_t size = shape_size(&p->shape);
    text_printf(out,
                "        take_rows(%s, %s + first * %" PRId64
                ", sizeof *%s * (size_t)(rows * %" PRId64 "), sizeof *%s * %" PRId64 ");\n",
                p->at, p->name, size, p->name, size, p->name, size * batch);
}

static void put_row_out(const Library *l, const Parameter *p, Text *out) {
    int64_t size = shape_size(&p->shape);
    const char *to = arena_printf(l->arena, "%s + first * %" PRId64, p->name, size);
    const char *call =
        p->datum >= 0
            ? undo_call(l, p->datum, "memory.weights", "rows", p->at, to)
            : arena_printf(l->arena, "memcpy(%s, %s, sizeof *%s * (size_t)(rows * %" PRId64 "))",
                           to, p->at, p->name, size);
    text_printf(out, "        if (%s) %s;\n", p->name, call);
}

static void put_function(const Function *fn, Text *out) {
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
    for (int i = 0; i < fn->in.n; i++) put_row_in(&fn->in.at[i], batch, out);
    text_printf(out, "        %s(run);\n", fn->program->symbol);
    for (int i = 0; i < fn->out.n; i++) put_row_out(fn->l, &fn->out.at[i], out);
    text_put(out, "    }\n}\n");
}

/* ---- functions of data ---- */

static const char *undo_prototype(const Library *l, int datum) {
    const Datum *d = &l->model->data.at[datum];
    return arena_printf(
        l->arena, "void %s%s(const %sweights *weights, int64_t n, const %s *%s, %s *shown)",
        l->prefix, d->name, l->prefix, c_type(l, d->kind, true), "values", undone_type(l, d));
}

static void put_undo_function(const Library *l, int datum, Text *out) {
    text_printf(out, "\n%s {\n    %s;\n}\n", undo_prototype(l, datum),
                undo_call(l, datum, "weights->at", "n", "values", "shown"));
}

/* ---- the header ---- */

static void put_shape(const Parameter *p, Text *out) {
    text_printf(out, "%s[n]", p->name);
    for (int i = 0; i < p->shape.rank; i++) text_printf(out, "[%" PRId64 "]", p->shape.dim[i]);
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

static void put_undo_declaration(const Library *l, int datum, Text *out) {
    static const char *const what[] = {[UNDO_REALS] = "",
                                       [UNDO_LEVELS] = "",
                                       [UNDO_COLOURS] = ": red, green and blue",
                                       [UNDO_TEXT] = ": texts in UTF-8, each with a 0 behind it"};
    const Datum *d = &l->model->data.at[datum];
    Parameter shown = undone_parameter(l, datum, "shown", NULL);
    Parameter values = {"values", "", d->shape, NULL, d->kind == KIND_INDEX ? d->classes : 0, -1};
    text_printf(out, "\n/* data %s, its transforms undone: from ", d->name);
    put_shape(&values, out);
    text_put(out, "\n * to ");
    put_shape(&shown, out);
    text_printf(out, "%s. */\n%s;\n", what[d->undo], undo_prototype(l, datum));
}

static const char *header(Library *l, int n, const Function *functions) {
    const Model *m = l->model;
    const char *p = l->prefix;
    Text t = {.arena = l->arena};
    text_printf(&t,
                "/* %s.h: parts of %s.gen as functions, written by genc " GENC_VERSION ".\n *\n",
                m->name, m->name);
    text_printf(&t,
                " * The spec's hash is %s. Each function takes n rows, one behind the other in "
                "row-major order, and\n"
                " * gives n; what it would give and is NULL, it does not. Values are as the spec "
                "has them, except where\n"
                " * transforms are undone: by the functions of data, and of what a sample shows as "
                "data.\n *\n",
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
                "/* Bytes that a call needs to work with, wherever they begin. */\n"
                "#define %sWORKSPACE %" PRId64 "\n\n",
                l->upper, workspace_bytes(l));
    text_printf(&t,
                "/* What the networks have learned. */\ntypedef struct {\n    %sreal at[%" PRId64
                "];\n} %sweights;\n\n",
                p, l->weights ? l->weights : 1, p);
    text_printf(
        &t,
        "/* Out of a checkpoint of the spec's trainer. False if it cannot be read or does "
        "not fit, and in `why`,\n"
        " * of `room` bytes, the reason. Its tensors must lie in the order in which its header "
        "names them, as the\n"
        " * trainer writes them. */\n"
        "bool %sload(%sweights *weights, const char *file, char *why, size_t room);\n",
        p, p);
    if (l->embedded)
        text_printf(
            &t, "\n/* The checkpoint that was compiled in. */\nextern const %sweights %strained;\n",
            p, p);
    for (int i = 0; i < n; i++) put_declaration(&functions[i], &t);
    for (int i = 0; i < m->undone.n; i++) put_undo_declaration(l, m->undone.at[i], &t);
    text_put(&t, "\n#endif\n");
    return t.at;
}

/* ---- all ---- */

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
    find_undoing(&l);
    file_avoid_runtime(&l.file);
    file_begin(&l.file);
    put_load(&l, &body);
    put_memory(&l, &body);
    Function *functions = NEW_ARRAY(a, Function, m->programs.n + 1);
    for (int i = 0; i < m->programs.n; i++) {
        functions[i] = function_of(&l, i);
        emit_program(&l.file, l.file.plans[i], &body);
        put_function(&functions[i], &body);
    }
    for (int i = 0; i < m->undone.n; i++) put_undo_function(&l, m->undone.at[i], &body);
    return (EmitLibrary){.header = header(&l, m->programs.n, functions),
                         .body = body.at,
                         .prefix = l.prefix,
                         .weights = l.weights,
                         .n_tensors = l.tensors.n,
                         .tensors = l.tensors.at};
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
