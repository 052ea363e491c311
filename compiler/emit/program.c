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

const char *file_address(File *f, const Plan *p, const Buffer *b, int64_t skip) {
    const Buffer *root = buffer_root((Buffer *)b);
    const char *base = root->is_index ? "index_arena" : "arena";
    int64_t offset = root->offset + skip;
    if (root->kind == BUFFER_STORAGE) base = f->model->storages.at[root->number].name;
    if (root->kind == BUFFER_INPUT) {
        base = file_input(f, p->program, &p->program->inputs.at[root->number])->name;
        offset = skip;
    }
    return offset ? arena_printf(f->arena, "%s + %" PRId64, base, offset) : base;
}

/* ---- one function ---- */

static void declare(File *f, Emitter *e, Text *out) {
    for (int i = 0; i < e->used.n; i++) {
        const Buffer *b = e->used.at[i];
        bool fixed =
            b->kind == BUFFER_INPUT || (b->kind == BUFFER_STORAGE && b->node->op == OP_TENSOR);
        text_printf(out, "    %s%s *const %s = %s;   /* %s */\n", fixed ? "const " : "",
                    b->is_index ? "int32_t" : "real", b->name, file_address(f, e->plan, b, 0),
                    emit_shape(f->arena, b->node));
    }
}

static void declare_tables(Emitter *e, Text *out) {
    enum { A_LINE = 16 };
    for (int i = 0; i < e->tables.n; i++) {
        const Node *n = e->tables.at[i];
        const int64_t *element = n->ints + 2 + n->shape.rank;
        int64_t size = shape_size(&n->shape);
        text_printf(out, "    static const int32_t %s[%" PRId64 "] = {   /* %s */",
                    e->table_names.at[i], size, emit_shape(e->arena, n));
        for (int64_t k = 0; k < size; k++)
            text_printf(out, "%s%" PRId64 "%s", k % A_LINE ? " " : "\n        ", element[k],
                        k + 1 < size ? "," : "");
        text_put(out, "};\n");
    }
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
    emit_line(e, "if (%s)", all.at);
    emit_line(e, "    return false;");
}

static void copy_stores(File *f, Emitter *e) {
    for (int i = 0; i < e->plan->stores.n; i++) {
        const StorePlan *s = &e->plan->stores.at[i];
        Location l;
        if (s->in_place) continue;
        if (!location_view(e->plan, s->value, &l)) BUG("a stored value that is not in memory");
        const char *name = f->model->storages.at[s->store->storage].name;
        emit_line(e, "memcpy(%s + %" PRId64 ", %s, sizeof(real) * %" PRId64 ");", name,
                  s->store->offset, emit_pointer(e, &l), s->store->size);
    }
}

static void write_body(File *f, Emitter *e) {
    Plan *p = e->plan;
    emit_region(e, p->top, 0, p->finite_after);
    check_finite(e);
    emit_region(e, p->top, p->finite_after, p->top->kernels.n);
    copy_stores(f, e);
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

static bool mentions_run(const char *body) {
    return strstr(body, "(run, ") || strstr(body, "run->");
}

void emit_program(File *f, Plan *p, Text *out) {
    Text body = {.arena = f->arena};
    text_put(&body, "");
    Emitter e = {.arena = f->arena, .plan = p, .out = &body, .indent = 1};
    e.counter = is_wide(p) ? "int64_t" : "int";
    for (int i = 0; i < f->model->storages.n; i++) emit_reserve(&e, f->model->storages.at[i].name);
    for (int i = 0; i < f->inputs.n; i++) emit_reserve(&e, f->inputs.at[i].name);
    for (int i = 0; i < p->regions.n; i++)
        if (p->regions.at[i]->scan) emit_reserve(&e, p->regions.at[i]->turn_name);
    write_body(f, &e);
    const Program *program = p->program;
    const char *about = program->about && *program->about ? program->about : program->symbol;
    text_printf(out, "\n/* %s", about);
    if (program->batch) text_printf(out, ", batch %" PRId64, program->batch);
    text_put(out, " */\n");
    text_printf(out, "static bool %s(const GenRun *run) {\n", program->symbol);
    declare(f, &e, out);
    declare_tables(&e, out);
    if (!mentions_run(body.at)) text_put(out, "    (void)run;\n");
    text_put(out, body.at);
    text_put(out, "}\n");
}
