/* emit.c: the generated file from top to bottom. */
#include "emit.h"
#include "file.h"
#include "../standalone/runtime.h"

#include <inttypes.h>
#include <stdlib.h>

/* More than a machine may have: a static array of that size kills the trainer before it can speak.
 */
enum { CLAIMED = 1 << 28 /* reals */ };

void file_plan(File *f) {
    Model *m = f->model;
    f->plans = NEW_ARRAY(f->arena, Plan *, m->programs.n + 1);
    for (int i = 0; i < m->programs.n; i++) {
        Program *program = m->programs.at[i];
        Plan *p = f->plans[i] = plan_program(f->arena, m, program);
        for (int j = 0; j < program->inputs.n; j++) file_input(f, program, &program->inputs.at[j]);
        if (p->arena_reals > f->arena_reals) f->arena_reals = p->arena_reals;
        if (p->arena_indexes > f->arena_indexes) f->arena_indexes = p->arena_indexes;
    }
    f->claimed = f->arena_reals > CLAIMED;
}

static int64_t at_least_one(int64_t n) {
    return n > 0 ? n : 1;
}

static void put_array(Text *out, const char *type, const char *name, int64_t size,
                      const char *what) {
    if (size > 0)
        text_printf(out, "static _Alignas(64) %s %s[%" PRId64 "];%s%s%s\n", type, name, size,
                    *what ? "   /* " : "", emit_comment(out->arena, what), *what ? " */" : "");
}

static void put_memory(File *f, Text *out) {
    const Model *m = f->model;
    text_put(out, "\n/* ---- memory: all there is ---- */\n\n");
    for (int i = 0; i < m->storages.n; i++)
        put_array(out, "real", m->storages.at[i].name, m->storages.at[i].size, "");
    if (m->n_minimizes)
        text_printf(out, "static int64_t updates[%d];   /* made by each minimize */\n",
                    m->n_minimizes);
    for (int i = 0; i < f->inputs.n; i++) {
        const InputArray *in = &f->inputs.at[i];
        int64_t batch = at_least_one(in->batch);
        put_array(out, in->kind == KIND_INDEX ? "int32_t" : "real", in->name,
                  batch * shape_size(&in->shape),
                  arena_printf(f->arena, "%" PRId64 " of %s", batch, in->input));
    }
    const char *what = "what comes and goes within a program";
    if (f->claimed)
        text_printf(out, "static real *arena;   /* [%" PRId64 "], %s: had at the start */\n",
                    f->arena_reals, what);
    else put_array(out, "real", "arena", f->arena_reals, what);
    put_array(out, "int32_t", "index_arena", f->arena_indexes, "");
}

static int by_place(const void *a, const void *b) {
    const Tensor *x = *(const Tensor *const *)a, *y = *(const Tensor *const *)b;
    if (x->storage != y->storage) return x->storage < y->storage ? -1 : 1;
    return x->offset < y->offset ? -1 : x->offset > y->offset;
}

static void sort_tensors(File *f) {
    const Model *m = f->model;
    f->by_place = NEW_ARRAY(f->arena, const Tensor *, m->tensors.n + 1);
    for (int i = 0; i < m->tensors.n; i++) f->by_place[i] = &m->tensors.at[i];
    qsort(f->by_place, (size_t)m->tensors.n, sizeof *f->by_place, by_place);
}

const Tensor *file_tensor(const File *f, int storage, int64_t offset) {
    const Tensor key = {.storage = storage, .offset = offset}, *wanted = &key;
    const Tensor **found =
        bsearch(&wanted, f->by_place, (size_t)f->model->tensors.n, sizeof *f->by_place, by_place);
    return found ? *found : NULL;
}

/* The programs' own names come first; parts of them find others. */
static void name_functions(File *f) {
    f->names = (Emitter){.arena = f->arena};
    for (int i = 0; i < f->model->programs.n; i++) {
        const char *symbol = f->model->programs.at[i]->symbol;
        emit_reserve(&f->names, symbol);
        emit_reserve(&f->names, arena_printf(f->arena, "%s_inputs", symbol)); /* its tables */
        emit_reserve(&f->names, arena_printf(f->arena, "%s_outputs", symbol));
    }
    for (int i = 0; i < f->model->storages.n; i++)
        emit_reserve(&f->names, f->model->storages.at[i].name);
    for (int i = 0; i < f->inputs.n; i++) emit_reserve(&f->names, f->inputs.at[i].name);
}

void file_begin(File *f) {
    sort_tensors(f);
    name_functions(f);
}

/* A sample called `walk` is sample_walk, which the runtime has too: in one file both would meet. */
static void avoid_runtime(Arena *a, const Runtime *r, const char **name) {
    while (runtime_uses_name(r, *name)) *name = arena_printf(a, "%s_", *name);
}

void file_avoid_runtime(File *f) {
    const Runtime *r = runtime_new(f->arena);
    Model *m = f->model;
    for (int i = 0; i < m->programs.n; i++) avoid_runtime(f->arena, r, &m->programs.at[i]->symbol);
    for (int i = 0; i < m->storages.n; i++) avoid_runtime(f->arena, r, &m->storages.at[i].name);
    for (int i = 0; i < f->inputs.n; i++) avoid_runtime(f->arena, r, &f->inputs.at[i].name);
}

char *emit_body(Model *m) {
    File f = {.arena = m->arena, .model = m};
    Text text = {.arena = m->arena};
    file_plan(&f);
    file_avoid_runtime(&f);
    put_memory(&f, &text);
    file_begin(&f);
    for (int i = 0; i < m->programs.n; i++) emit_program(&f, f.plans[i], &text);
    emit_tables(&f, &text);
    return text.at;
}

bool emit_model(Model *m, FILE *out) {
    fprintf(out, "/* %s.c: a trainer for %s.gen, written by genc " GENC_VERSION ".\n", m->name,
            m->name);
    fputs(" * One function per program, in the order of the spec; then the tables that describe "
          "them. */\n"
          "#include \"genrt.h\"\n#include \"genmath.h\"\n#include \"kernels.h\"\n\n"
          "#include <math.h>\n#include <string.h>\n",
          out);
    fputs(emit_body(m), out);
    return !ferror(out) && fflush(out) == 0;
}

EmitSize emit_size(Model *m, int real_bytes) {
    File f = {.arena = arena_new(), .model = m};
    double *flops = NEW_ARRAY(m->arena, double, m->programs.n);
    EmitSize size = {.real_bytes = real_bytes, .flops = flops};
    file_plan(&f);
    for (int i = 0; i < m->storages.n; i++) size.storages += real_bytes * m->storages.at[i].size;
    for (int i = 0; i < f.inputs.n; i++)
        size.inputs += (f.inputs.at[i].kind == KIND_INDEX ? 4 : real_bytes) *
                       at_least_one(f.inputs.at[i].batch) * shape_size(&f.inputs.at[i].shape);
    size.arena = real_bytes * f.arena_reals + 4 * f.arena_indexes;
    size.total = size.storages + size.inputs + size.arena;
    for (int i = 0; i < m->programs.n; i++) {
        flops[i] = f.plans[i]->flops;
        if (m->programs.at[i]->role == GEN_STEP)
            size.flops_per_step += flops[i] * (double)m->programs.at[i]->times;
    }
    arena_free(f.arena);
    return size;
}

char *emit_products_text(Model *m) {
    File f = {.arena = m->arena, .model = m};
    file_plan(&f);
    return plan_floor(m->arena, m, m->programs.n, f.plans);
}

char *emit_plan_text(Model *m) {
    File f = {.arena = m->arena, .model = m};
    Text text = {.arena = m->arena};
    file_plan(&f);
    text_put(&text, "");
    for (int i = 0; i < m->programs.n; i++)
        text_printf(&text, "%s%s:\n%s", i ? "\n" : "", m->programs.at[i]->symbol,
                    plan_print(f.plans[i]));
    return text.at;
}
