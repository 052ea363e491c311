/* tables.c: the generated file's description of itself to the runtime: GenModel and all it points
 * to. */
#include "emit.h"
#include "file.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

static void put_string(Text *t, const char *text, size_t n) {
    text_put(t, "\"");
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == '"' || c == '\\') text_printf(t, "\\%c", c);
        else if (c == '\n') text_put(t, "\\n");
        else if (c == '\t') text_put(t, "\\t");
        else if (c == '?' && i > 0 && text[i - 1] == '?') text_put(t, "\\?");
        else if (c < 32 || c == 127) text_printf(t, "\\%03o", c);
        else text_put_n(t, (const char *)&c, 1);
    }
    text_put(t, "\"");
}

const char *file_string(Arena *a, const char *text) {
    if (!text) return "NULL";
    Text t = {.arena = a};
    put_string(&t, text, strlen(text));
    return t.at;
}

/* A line of C for a line of text. */
static void put_lines(Text *t, const char *text) {
    if (!*text) text_put(t, "    \"\"\n");
    while (*text) {
        const char *end = strchr(text, '\n');
        size_t n = end ? (size_t)(end - text) + 1 : strlen(text);
        text_put(t, "    ");
        put_string(t, text, n);
        text_put(t, "\n");
        text += n;
    }
}

static const char *number(Arena *a, double value) {
    return arena_printf(a, "%.17g", value);
}

/* {GEN_REAL, 0, 2, {784, 400}} */
static const char *shape(Arena *a, Kind kind, int64_t classes, const Shape *s, bool count) {
    Text t = {.arena = a};
    text_printf(&t, "{%s, %" PRId64 ", %d, {",
                count                ? "GEN_COUNT"
                : kind == KIND_INDEX ? "GEN_INDEX"
                                     : "GEN_REAL",
                kind == KIND_INDEX ? classes : 0, s->rank);
    for (int i = 0; i < s->rank; i++) text_printf(&t, "%s%" PRId64, i ? ", " : "", s->dim[i]);
    text_put(&t, s->rank ? "}}" : "0}}");
    return t.at;
}

/* ---- tensors ---- */

static void put_tensors(File *f, Text *out) {
    static const char *const role[] = {"GEN_PARAM", "GEN_STATE", "GEN_SLOT", "GEN_UPDATES",
                                       "GEN_AVERAGE"};
    const Model *m = f->model;
    if (m->tensors.n == 0) return;
    text_put(out, "\nstatic const GenTensor tensors[] = {\n");
    for (int i = 0; i < m->tensors.n; i++) {
        const Tensor *t = &m->tensors.at[i];
        bool count = t->role == GEN_UPDATES;
        const char *at = count ? "updates" : m->storages.at[t->storage].name;
        text_printf(out, "    {%s, %s, %s, %s + %" PRId64 "},\n", file_string(f->arena, t->path),
                    role[t->role], shape(f->arena, KIND_REAL, 0, &t->shape, count), at, t->offset);
    }
    text_put(out, "};\n");
}

/* ---- data ---- */

void file_args(File *f, const DataCall *c, const char *name, Text *out) {
    static const char *const type[] = {"GEN_NUMBER", "GEN_TEXT", "GEN_FILE", "GEN_WORD"};
    text_printf(out, "static const GenArg %s[] = {\n", name);
    for (int i = 0; i < c->n_args; i++)
        text_printf(out, "    {%s, %s, %s, %s},\n", file_string(f->arena, c->args[i].name),
                    type[c->args[i].type], number(f->arena, c->args[i].number),
                    file_string(f->arena, c->args[i].text));
    text_put(out, "};\n");
}

/* {"idx", load_idx, NULL, 2, source0_0_args0} */
const char *file_call(File *f, const DataCall *c, const char *args) {
    const char *does = c->symbol ? arena_printf(f->arena, "%s, NULL", c->symbol)
                                 : arena_printf(f->arena, "NULL, &transform_%s", c->name);
    return arena_printf(f->arena, "{%s, %s, %d, %s}", file_string(f->arena, c->name), does,
                        c->n_args, c->n_args ? args : "NULL");
}

static void put_calls(File *f, const Pipeline *p, const char *name, Text *out) {
    for (int i = 0; i < p->n_calls; i++)
        if (p->calls[i].n_args)
            file_args(f, &p->calls[i], arena_printf(f->arena, "%s_args%d", name, i), out);
    text_printf(out, "static const GenCall %s[] = {\n", name);
    for (int i = 0; i < p->n_calls; i++)
        text_printf(out, "    %s,\n",
                    file_call(f, &p->calls[i], arena_printf(f->arena, "%s_args%d", name, i)));
    text_put(out, "};\n");
}

/* Once for each: what the runtime has of them that this file names. */
static void declare_callee(File *f, const char *format, const char *name, Text *out) {
    const char *line = arena_printf(f->arena, format, name);
    if (!strstr(out->at, line)) text_put(out, line);
}

static void declare_callees(File *f, Text *out) {
    Text lines = {.arena = f->arena};
    text_put(&lines, "");
    for (int i = 0; i < f->model->sources.n; i++)
        for (int k = 0; k < f->model->sources.at[i].n_pipelines; k++) {
            const Pipeline *p = &f->model->sources.at[i].pipelines[k];
            for (int c = 0; c < p->n_calls; c++)
                if (p->calls[c].symbol)
                    declare_callee(f, "GenLoad %s;\n", p->calls[c].symbol, &lines);
                else
                    declare_callee(f, "extern const GenTransform transform_%s;\n", p->calls[c].name,
                                   &lines);
        }
    text_printf(out, lines.n ? "\n%s" : "", lines.at);
}

static void put_source(File *f, int number_of_source, Text *out) {
    const DataSource *s = &f->model->sources.at[number_of_source];
    for (int i = 0; i < s->n_pipelines; i++)
        put_calls(f, &s->pipelines[i], arena_printf(f->arena, "source%d_%d", number_of_source, i),
                  out);
    text_printf(out, "static const GenPipeline source%d[] = {\n", number_of_source);
    for (int i = 0; i < s->n_pipelines; i++)
        text_printf(out, "    {%d, source%d_%d},\n", s->pipelines[i].n_calls, number_of_source, i);
    text_put(out, "};\n");
}

/* "x[1, 28, 28], vae.gen:3:1" */
static const char *datum_where(File *f, const Datum *d) {
    Text t = {.arena = f->arena};
    text_put(&t, d->name);
    for (int i = 0; i < d->shape.rank; i++)
        text_printf(&t, "%s%" PRId64, i ? ", " : "[", d->shape.dim[i]);
    text_put(&t, d->shape.rank ? "]" : "");
    if (f->model->diag && d->span.file >= 0)
        text_printf(&t, ", %s", diag_where(f->model->diag, d->span));
    return t.at;
}

static void put_data(File *f, Text *out) {
    const Model *m = f->model;
    if (m->data.n) text_put(out, "\nstatic const GenDatum data[] = {\n");
    for (int i = 0; i < m->data.n; i++) {
        const Datum *d = &m->data.at[i];
        text_printf(out, "    {%s, %s, %s},\n", file_string(f->arena, d->name),
                    shape(f->arena, d->kind, d->classes, &d->shape, false),
                    file_string(f->arena, datum_where(f, d)));
    }
    text_put(out, m->data.n ? "};\n" : "");
    declare_callees(f, out);
    for (int i = 0; i < m->sources.n; i++) put_source(f, i, out);
    if (m->sources.n == 0) return;
    text_put(out, "static const GenSource sources[] = {\n");
    for (int i = 0; i < m->sources.n; i++) {
        const DataSource *s = &m->sources.at[i];
        text_printf(out, "    {%d, %d, %d, source%d, %s},\n", s->first_datum, s->n_datums,
                    s->n_pipelines, i, s->unpaired ? "true" : "false");
    }
    text_put(out, "};\n");
}

/* ---- programs ---- */

/* Where a draw that can be given is told that it is. */
static const char *mode_of(File *f, const Program *p, const Input *draw) {
    if (draw->datum != INPUT_DRAW) return "NULL";
    const char *name = arena_printf(f->arena, "%s.mode", draw->name);
    for (int i = 0; i < p->inputs.n; i++)
        if (strcmp(p->inputs.at[i].name, name) == 0)
            return file_input(f, p, &p->inputs.at[i])->name;
    BUG("a draw without its mode");
}

/* Which output is its value. */
static int drawn_output(const Program *p, const Input *draw) {
    for (int i = 0; draw->datum == INPUT_DRAW && i < p->outputs.n; i++)
        if (p->outputs.at[i].display == GEN_HIDDEN && p->outputs.at[i].name == draw->name) return i;
    return -1;
}

static int inputs_told(const Program *p) {
    int n = 0;
    for (int i = 0; i < p->inputs.n; i++) n += p->inputs.at[i].datum != INPUT_MODE;
    return n;
}

static void put_inputs(File *f, Plan *p, Text *out) {
    const Program *program = p->program;
    if (program->inputs.n == 0) return;
    text_printf(out, "\nstatic const GenInput %s_inputs[] = {\n", program->symbol);
    for (int i = 0; i < program->inputs.n; i++) {
        const Input *in = &program->inputs.at[i];
        if (in->datum == INPUT_MODE) continue;
        text_printf(out, "    {%s, %d, %s, %s, %s, %d, %s},\n", file_string(f->arena, in->name),
                    in->datum < 0 ? -1 : in->datum,
                    shape(f->arena, in->kind, in->classes, &in->shape, false),
                    file_input(f, program, in)->name, mode_of(f, program, in),
                    drawn_output(program, in), in->has_mean ? "true" : "false");
    }
    text_put(out, "};\n");
}

/* Is its place known only when the arena has been had? */
static bool is_claimed(const File *f, Buffer *b) {
    const Buffer *root = buffer_root(b);
    return f->claimed && root->kind == BUFFER_ARENA && !root->is_index;
}

static void put_outputs(File *f, Plan *p, Text *out) {
    static const char *const display[] = {"GEN_AS_ARRAY", "GEN_AS_IMAGE", "GEN_AS_POINTS",
                                          "GEN_AS_AUDIO", "GEN_AS_VIDEO", "GEN_AS_TEXT",
                                          "GEN_AS_DATUM", "GEN_HIDDEN"};
    const Program *program = p->program;
    if (program->outputs.n == 0) return;
    text_printf(out, "\nstatic %sGenOutput %s_outputs[] = {\n", f->claimed ? "" : "const ",
                program->symbol);
    for (int i = 0; i < program->outputs.n; i++) {
        const Output *o = &program->outputs.at[i];
        Location l;
        if (!location_view(p, p->outputs[i], &l) || l.base.n > 0)
            BUG("an output without a fixed place");
        text_printf(out, "    {%s, %s, %s, %s, %s, %d, %s},\n", file_string(f->arena, o->name),
                    shape(f->arena, o->value->kind, o->value->classes, &o->value->shape, false),
                    o->value->rows ? "true" : "false",
                    is_claimed(f, l.buffer) ? "NULL"
                                            : file_address(f, p, l.buffer, l.base.constant),
                    display[o->display], o->datum, number(f->arena, o->rate));
    }
    text_put(out, "};\n");
}

static const char *bound(Arena *a, double value) {
    return isinf(value) ? value < 0 ? "-INFINITY" : "INFINITY" : number(a, value);
}

static void put_bounds(File *f, Text *out) {
    const Model *m = f->model;
    if (m->bounds.n) text_put(out, "\nstatic const GenBound bounds[] = {\n");
    for (int i = 0; i < m->bounds.n; i++) {
        const Bound *b = &m->bounds.at[i];
        text_printf(out, "    {%s, %s, %s, %s},\n", file_string(f->arena, b->metric),
                    bound(f->arena, b->low), bound(f->arena, b->high),
                    file_string(f->arena, m->diag ? diag_where(m->diag, b->span) : ""));
    }
    if (m->bounds.n) text_put(out, "};\n");
}

static const char *table(File *f, const Program *p, int n, const char *what) {
    return n ? arena_printf(f->arena, "%s_%s", p->symbol, what) : "NULL";
}

static void put_programs(File *f, Text *out) {
    static const char *const role[] = {
        "GEN_INIT",  "GEN_STEP",         "GEN_EVAL",   "GEN_METRIC",
        "GEN_FINAL", "GEN_FINAL_METRIC", "GEN_SAMPLE", "GEN_GRAD",
    };
    const Model *m = f->model;
    for (int i = 0; i < m->programs.n; i++) {
        put_inputs(f, f->plans[i], out);
        put_outputs(f, f->plans[i], out);
    }
    text_put(out, "\nstatic const GenProgram programs[] = {\n");
    for (int i = 0; i < m->programs.n; i++) {
        const Program *p = m->programs.at[i];
        text_printf(out, "    {%s, %s, %" PRId64 ", %" PRId64 ", %d, %s, %d, %s, %s, %s},\n",
                    file_string(f->arena, p->name ? p->name : ""), role[p->role], p->batch,
                    p->times, inputs_told(p), table(f, p, p->inputs.n, "inputs"), p->outputs.n,
                    table(f, p, p->outputs.n, "outputs"), p->symbol,
                    number(f->arena, f->plans[i]->flops));
    }
    text_put(out, "};\n");
}

/* ---- the model ---- */

static void put_texts(File *f, const char *name, int n, const char *const *at, Text *out) {
    if (n == 0) return;
    text_printf(out, "\nstatic const char *const %s[] = {\n", name);
    for (int i = 0; i < n; i++) text_printf(out, "    %s,\n", file_string(f->arena, at[i]));
    text_put(out, "};\n");
}

/* The files that the spec imports, for the run's folder. */
static void put_imports(File *f, Text *out) {
    const Model *m = f->model;
    if (m->imports.n == 0) return;
    text_put(out, "\nstatic const GenImport imports[] = {\n");
    for (int i = 0; i < m->imports.n; i++) {
        text_printf(out, "    {%s,\n", file_string(f->arena, m->imports.at[i].kept));
        put_lines(out, diag_source(m->diag, m->imports.at[i].source)->text);
        text_put(out, "    },\n");
    }
    text_put(out, "};\n");
}

static double flops_per_step(const File *f) {
    double flops = 0;
    for (int i = 0; i < f->model->programs.n; i++) {
        const Program *p = f->model->programs.at[i];
        if (p->role == GEN_STEP) flops += f->plans[i]->flops * (double)p->times;
    }
    return flops;
}

static void add_size(Text *t, const char *name, int64_t size) {
    if (size > 0) text_printf(t, "%ssizeof %s", t->n ? " + " : "", name);
}

static const char *planned_bytes(const File *f) {
    Text t = {.arena = f->arena};
    text_put(&t, "");
    if (f->claimed) text_printf(&t, "sizeof(real) * %" PRId64, f->arena_reals);
    else add_size(&t, "arena", f->arena_reals);
    add_size(&t, "index_arena", f->arena_indexes);
    for (int i = 0; i < f->model->storages.n; i++)
        add_size(&t, f->model->storages.at[i].name, f->model->storages.at[i].size);
    for (int i = 0; i < f->inputs.n; i++)
        add_size(&t, f->inputs.at[i].name, shape_size(&f->inputs.at[i].shape));
    return t.n ? t.at : "0";
}

/* Imports may stand in any order. */
const char *emit_spec_hash(const Model *m) {
    uint64_t imported = 0, hash = syntax_hash(m->decls);
    for (int i = 0; i < m->imports.n; i++) imported += syntax_hash(m->imports.at[i].decls);
    return arena_printf(m->arena, "%016" PRIx64, hash_bytes(hash, &imported, sizeof imported));
}

static void put_model(File *f, Text *out) {
    const Model *m = f->model;
    Arena *a = f->arena;
    text_put(out, "\nstatic const GenModel model = {\n");
    text_printf(out, "    .name = %s, .folder = %s,\n", file_string(a, m->name),
                file_string(a, m->folder));
    text_printf(out, "    .spec = spec, .spec_hash = \"%s\", .version = \"%s\",\n",
                emit_spec_hash(m), GENC_VERSION);
    if (m->imports.n) text_printf(out, "    .n_imports = %d, .imports = imports,\n", m->imports.n);
    text_printf(out, "    .n_overrides = %d, .overrides = %s,\n", m->overrides.n,
                m->overrides.n ? "overrides" : "NULL");
    text_printf(out, "    .n_tensors = %d, .tensors = %s,\n", m->tensors.n,
                m->tensors.n ? "tensors" : "NULL");
    text_printf(out, "    .n_data = %d, .data = %s,\n", m->data.n, m->data.n ? "data" : "NULL");
    text_printf(out, "    .n_sources = %d, .sources = %s,\n", m->sources.n,
                m->sources.n ? "sources" : "NULL");
    text_printf(out, "    .n_readers = %d, .readers = %s,\n", f->n_readers,
                f->n_readers ? "readers" : "NULL");
    text_printf(out, "    .n_forms = %d, .forms = %s,\n", f->n_forms,
                f->n_forms ? "forms" : "NULL");
    text_printf(out, "    .n_programs = %d, .programs = programs,\n", m->programs.n);
    text_printf(out, "    .n_bounds = %d, .bounds = %s,\n", m->bounds.n,
                m->bounds.n ? "bounds" : "NULL");
    text_printf(out, "    .n_info = %d, .info = %s,\n", m->info.n, m->info.n ? "info" : "NULL");
    text_printf(
        out, "    .batch = %" PRId64 ", .epochs = %s, .steps = %" PRId64 ", .test_fraction = %s,\n",
        m->batch, number(a, m->epochs), m->steps, number(a, m->test_fraction));
    if (f->claimed)
        text_printf(out, "    .arena_bytes = sizeof(real) * %" PRId64 ", .place = place_arena,\n",
                    f->arena_reals);
    text_printf(out, "    .planned_bytes = %s,\n    .flops_per_step = %s,\n};\n", planned_bytes(f),
                number(a, flops_per_step(f)));
}

/* The places of what lies in an arena that is had at the start. */
static void put_places(File *f, Text *out) {
    text_put(out, "\nstatic void place_arena(void *at) {\n    arena = at;\n");
    for (int i = 0; i < f->model->programs.n; i++) {
        Plan *p = f->plans[i];
        for (int k = 0; k < p->program->outputs.n; k++) {
            Location l;
            if (location_view(p, p->outputs[k], &l) && is_claimed(f, l.buffer))
                text_printf(out, "    %s_outputs[%d].at = %s;\n", p->program->symbol, k,
                            file_address(f, p, l.buffer, l.base.constant));
        }
    }
    text_put(out, "}\n");
}

void emit_tables(File *f, Text *out) {
    const Model *m = f->model;
    text_put(out, "\n/* ---- what the runtime is told ---- */\n");
    put_tensors(f, out);
    put_data(f, out);
    emit_files(f, out);
    put_programs(f, out);
    put_bounds(f, out);
    put_texts(f, "overrides", m->overrides.n, m->overrides.at, out);
    put_texts(f, "info", m->info.n, m->info.at, out);
    text_put(out, "\nstatic const char spec[] =\n");
    put_lines(out, m->kept ? m->kept : m->canonical);
    text_put(out, "    ;\n");
    put_imports(f, out);
    if (f->claimed) put_places(f, out);
    put_model(f, out);
    text_put(out,
             "\nint main(int argc, char **argv) {\n    return gen_main(&model, argc, argv);\n}\n");
}
