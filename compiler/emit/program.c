/* program.c: one function of the generated C. */
#include "file.h"

#include <inttypes.h>
#include <string.h>

InputArray *file_input(File *f, const Program *p, const Input *in) {
    for (int i = 0; i < f->inputs.n; i++) {
        InputArray *a = &f->inputs.at[i];
        if (strcmp(a->input, in->name) == 0 && a->kind == in->kind && a->batch == p->batch &&
            shape_equal(&a->shape, &in->shape))
            return a;
    }
    InputArray made = {.input = in->name, .kind = in->kind, .batch = p->batch, .shape = in->shape};
    Emitter names = {.arena = f->arena};
    for (int i = 0; i < f->inputs.n; i++) emit_reserve(&names, f->inputs.at[i].name);
    made.name = emit_name(&names, arena_printf(f->arena, "input_%s", in->name));
    LIST_ADD(f->arena, &f->inputs, made);
    return &f->inputs.at[f->inputs.n - 1];
}

/* Of the tensor that holds this element of a storage. */
int file_tensor_around(const File *f, int storage, int64_t offset) {
    for (int i = 0; i < f->model->tensors.n; i++) {
        const Tensor *t = &f->model->tensors.at[i];
        if (t->role != GEN_UPDATES && t->storage == storage && offset >= t->offset &&
            offset < t->offset + shape_size(&t->shape))
            return i;
    }
    BUG("a part of a storage that is no tensor");
}

static const char *library_address(File *f, const char *base, int64_t offset) {
    const char *at = arena_printf(f->arena, "run->memory->%s", base);
    return offset ? arena_printf(f->arena, "%s + %" PRId64, at, offset) : at;
}

const char *file_address(File *f, const Plan *p, const Buffer *b, int64_t skip) {
    const Buffer *root = buffer_root((Buffer *)b);
    const char *base = root->is_index ? "index_arena" : "arena";
    int64_t offset = root->offset + skip;
    if (root->kind == BUFFER_STORAGE) base = f->model->storages.at[root->number].name;
    if (root->kind == BUFFER_INPUT) {
        base = file_input(f, p->program, &p->program->inputs.at[root->number])->name;
        offset = skip;
    }
    if (f->library && root->kind == BUFFER_STORAGE) {
        int tensor = file_tensor_around(f, root->number, offset);
        offset += f->weight[tensor] - f->model->tensors.at[tensor].offset;
        base = "weights";
    }
    if (f->library) return library_address(f, base, offset);
    return offset ? arena_printf(f->arena, "%s + %" PRId64, base, offset) : base;
}

/* ---- one function ---- */

void emit_reserve_all(Emitter *e) {
    const File *f = e->file;
    for (int i = 0; i < f->model->storages.n; i++) emit_reserve(e, f->model->storages.at[i].name);
    for (int i = 0; i < f->inputs.n; i++) emit_reserve(e, f->inputs.at[i].name);
    for (int i = 0; i < f->names.names.n; i++) emit_reserve(e, f->names.names.at[i]);
    for (int i = 0; i < e->plan->regions.n; i++)
        if (e->plan->regions.at[i]->scan) emit_reserve(e, e->plan->regions.at[i]->turn_name);
}

/* "loss[0]" of a shared scalar. */
static const char *scalar_place(Emitter *e, Node *n) {
    Location l;
    if (!location_view(e->plan, n, &l)) BUG("a loss that is not in memory");
    Text t = {.arena = e->arena};
    text_printf(&t, "%s[", emit_buffer_name(e, l.buffer));
    index_print(&t, &l.base);
    text_put(&t, "]");
    return t.at;
}

static void check_finite(Emitter *e) {
    const Plan *p = e->plan;
    Text all = {.arena = e->arena};
    text_put(&all, "");
    for (int i = 0; i < p->program->finite.n; i++) {
        char *test = arena_printf(e->arena, "!isfinite(%s)", scalar_place(e, p->finite[i]));
        if (!strstr(all.at, test)) text_printf(&all, "%s%s", i ? " || " : "", test);
    }
    if (all.n == 0) return;
    emit_line(e, "%s", "");
    emit_declarations(e, p->top);
    emit_line(e, "if (%s)", all.at);
    emit_line(e, "    return false;");
}

static void copy_stores(Emitter *e) {
    Text *out = e->out, copies = {.arena = e->arena};
    text_put(&copies, "");
    e->out = &copies;
    for (int i = 0; i < e->plan->stores.n; i++) {
        const StorePlan *s = &e->plan->stores.at[i];
        Location l;
        if (s->in_place) continue;
        if (!location_view(e->plan, s->value, &l)) BUG("a stored value that is not in memory");
        const char *name = e->file->model->storages.at[s->store->storage].name;
        emit_line(e, "memcpy(%s + %" PRId64 ", %s, sizeof(real) * %" PRId64 ");", name,
                  s->store->offset, emit_pointer(e, &l), s->store->size);
    }
    e->out = out;
    emit_declarations(e, e->plan->top);
    text_put(out, copies.at);
}

static void write_body(Emitter *e) {
    Plan *p = e->plan;
    emit_region(e, p->top, 0, p->finite_after);
    check_finite(e);
    emit_region(e, p->top, p->finite_after, p->top->kernels.n);
    copy_stores(e);
    for (int i = 0; i < p->program->counts.n; i++)
        emit_line(e, "updates[%d]++;", p->program->counts.at[i]);
    emit_line(e, "return true;");
}

/* Of the scans around a body, all together: a draw counts them. */
static double turns_around(const Region *r) {
    double turns = 1;
    for (; r && r->scan; r = r->outer) turns *= (double)r->scan->turns;
    return turns;
}

/* Could an index of this program, a count of turns, or a loop over all that a value is made of,
 * pass INT32_MAX? */
static bool is_wide(Plan *p) {
    for (int i = 0; i < p->buffers.n; i++)
        if (p->buffers.at[i]->size > INT32_MAX) return true;
    for (int r = 0; r < p->regions.n; r++) {
        if (turns_around(p->regions.at[r]) > INT32_MAX) return true;
        for (int i = 0; i < p->regions.at[r]->nodes.n; i++) {
            const Node *n = p->regions.at[r]->nodes.at[i];
            const Value *v = plan_value(p, n);
            bool by_loop = is_reduction(n) && !v->is_product && !v->packed;
            double made_of = by_loop ? (double)reduced_elements(n) : 1;
            if (made_of * (double)node_elements(n) > INT32_MAX) return true;
        }
    }
    return false;
}

static int count_times(const Plan *p) {
    int end = 0;
    for (int i = 0; i < p->top->kernels.n; i++) end = p->top->kernels.at[i]->end_time + 1;
    return end;
}

/* Into e->out and e->parts. */
static void write_program(Emitter *e) {
    e->indent = 1;
    e->base = e->plan->top;
    text_put(e->out, "");
    text_put(e->parts, "");
    emit_reserve_all(e);
    write_body(e);
}

void emit_program(File *f, Plan *p, Text *out) {
    Text trial = {.arena = f->arena}, body = trial, parts = trial;
    Emitter measured = {.arena = f->arena, .file = f, .plan = p, .out = &trial, .parts = &parts};
    measured.counter = is_wide(p) ? "int64_t" : "int";
    measured.lines = NEW_ARRAY(f->arena, int, count_times(p) + 1);
    Emitter e = measured;
    measured.measure = true;
    write_program(&measured);
    e.out = &body;
    write_program(&e);
    const Program *program = p->program;
    const char *about = program->about && *program->about ? program->about : program->symbol;
    text_put(out, parts.at);
    text_printf(out, "\n/* %s", emit_comment(f->arena, about));
    if (program->batch) text_printf(out, ", batch %" PRId64, program->batch);
    text_put(out, " */\n");
    text_printf(out, "static bool %s(const GenRun *run) {\n", program->symbol);
    emit_tables_used(&e, body.at, out);
    if (!emit_uses_run(body.at)) text_put(out, "    (void)run;\n");
    text_put(out, body.at + (body.at[0] == '\n')); /* no empty line first */
    text_put(out, "}\n");
}
