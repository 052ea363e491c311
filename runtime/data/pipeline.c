/* pipeline.c: a datum's transforms, in order.
 *
 * Up to the first transform that draws afresh at every use, all are applied once, at the start;
 * from there on all are applied to each batch. */
#include "data.h"

static const char *transform_path(const GenPipeline *calls, int i, const char *datum) {
    int before = 0;
    for (int k = 1; k < i; k++) before += strcmp(calls->calls[k].name, calls->calls[i].name) == 0;
    if (before == 0) return text_of("data.%s.%s", datum, calls->calls[i].name);
    return text_of("data.%s.%s#%d", datum, calls->calls[i].name, before + 1);
}

static const TransformKind *kind_of_call(const GenCall *call) {
    const TransformKind *kind = transform_find(call->name);
    if (kind == NULL) BUG("an unknown transform");
    return kind;
}

bool pipeline_makes_index(const GenPipeline *calls, const GenDatum *datum, int d) {
    bool makes = false;
    for (int i = 1; i < calls->n_calls; i++)
        makes = makes || kind_of_call(&calls->calls[i])->on == TO_INDEX;
    return makes && d == 0 && datum->shape.kind == GEN_INDEX;
}

Pipeline pipeline_new(const GenPipeline *calls, const GenDatum *datum, int d) {
    bool passes_by = datum->shape.kind == GEN_INDEX && !pipeline_makes_index(calls, datum, d);
    Pipeline p = {.packed = pipeline_packed(calls)};
    p.transform = allocate(calls->n_calls, sizeof *p.transform);
    for (int i = 1; i < calls->n_calls; i++) {
        const TransformKind *kind = kind_of_call(&calls->calls[i]);
        if (passes_by && kind->on != ANY) continue;
        Transform *t = &p.transform[p.n++];
        t->call = &calls->calls[i];
        t->kind = kind;
        t->path = transform_path(calls, i, datum->name);
    }
    return p;
}

double pipeline_held_out(const GenPipeline *calls, double otherwise) {
    for (int i = 1; i < calls->n_calls; i++)
        if (strcmp(calls->calls[i].name, "split") == 0)
            return call_number(&calls->calls[i], "test");
    return otherwise;
}

int64_t pipeline_packed(const GenPipeline *calls) {
    int64_t packed = 1;
    for (int i = 1; i < calls->n_calls; i++) {
        Transform t = {.call = &calls->calls[i], .kind = kind_of_call(&calls->calls[i])};
        if (__builtin_mul_overflow(packed, transform_packs(&t), &packed))
            fail("%s: packs too many examples", t.call->name);
    }
    return packed;
}

/* ---- the spaces on the way ---- */

static void describe(Transform *t, const Space *before, bool every_use) {
    int64_t worked_with = t->work == NULL ? 0 : t->work_size;
    t->before = t->after = *before;
    t->every_use = every_use;
    t->kind->describe(t);
    if (t->work_size > worked_with) {
        free(t->work);
        t->work = allocate(t->work_size, sizeof(real));
    }
    for (int i = 0; i < MAX_STATS; i++)
        if (t->stat[i] != NULL && t->stat_known[i] != t->stat_size[i])
            fail("%s.%s: has %" PRId64 " numbers in the checkpoint, these data need %" PRId64,
                 t->path, t->stat_name[i], t->stat_known[i], t->stat_size[i]);
}

static int first_use(const Pipeline *p) {
    int i = 0;
    while (i < p->n && !p->transform[i].every_use) i++;
    return i;
}

/* How many rows before transform i make one of ours. */
static int64_t packed_from(const Pipeline *p, int i) {
    int64_t packed = 1;
    for (; i < p->n; i++) packed *= transform_packs(&p->transform[i]);
    return packed;
}

static const Space *space_before(const Pipeline *p, int i) {
    return i == 0 ? &p->source : &p->transform[i - 1].after;
}

const Space *pipeline_last(const Pipeline *p) {
    return space_before(p, p->n);
}

int64_t pipeline_stored_size(const Pipeline *p) {
    int i = first_use(p);
    return space_size(space_before(p, i)) * packed_from(p, i);
}

bool pipeline_draws(const Pipeline *p) {
    return first_use(p) < p->n;
}

void pipeline_describe(Pipeline *p) {
    bool every_use = false;
    for (int i = 0; i < p->n; i++) {
        describe(&p->transform[i], space_before(p, i), every_use);
        every_use = p->transform[i].every_use;
    }
    p->room = 0;
    for (int i = first_use(p); i <= p->n; i++) {
        int64_t size = space_size(space_before(p, i)) * packed_from(p, i);
        if (size > p->room) p->room = size;
    }
}

/* ---- loading ---- */

/* What is drawn once is drawn under a fixed seed. */
static GenRun fixed_run(int part) {
    return (GenRun){.stream = part == HELD_OUT ? GEN_HELD_OUT : 0};
}

static void learn(Transform *t, const real *values, int64_t rows) {
    bool known = true;
    for (int i = 0; i < MAX_STATS; i++)
        known = known && (t->stat_size[i] == 0 || t->stat[i] != NULL);
    if (known || t->kind->learn == NULL) return;
    for (int i = 0; i < MAX_STATS; i++)
        if (t->stat_size[i] > 0) {
            t->stat[i] = allocate(t->stat_size[i], sizeof(real));
            t->stat_known[i] = t->stat_size[i];
        }
    t->kind->learn(t, values, rows);
}

/* In memory of their own: the values come back, or others in their stead. */
static real *apply_once(const Transform *t, const GenRun *run, real *values, int64_t rows) {
    int64_t before = space_size(&t->before), after = space_size(&t->after);
    if (t->kind->apply == NULL) return values;
    real *to = before == after ? values : allocate(rows * after, sizeof *to);
    t->kind->apply(t, run, values, to, rows);
    if (to != values) free(values);
    return to;
}

/* Transforms that act at every use learn from one drawing of the training data, thrown away. */
static void learn_from_draws(Pipeline *p, int first, int64_t count, const real *values) {
    bool learns = false;
    for (int i = first; i < p->n; i++) learns = learns || p->transform[i].kind->learn != NULL;
    if (!learns) return;
    int64_t n = count * pipeline_stored_size(p);
    real *drawn = allocate(n, sizeof *drawn);
    memcpy(drawn, values, (size_t)n * sizeof *drawn);
    GenRun run = fixed_run(TRAINING);
    for (int i = first; i < p->n; i++) {
        int64_t rows = count * packed_from(p, i);
        learn(&p->transform[i], drawn, rows);
        pipeline_describe(p);
        drawn = apply_once(&p->transform[i], &run, drawn, rows);
    }
    free(drawn);
}

void pipeline_load(Pipeline *p, const int64_t count[DATA_PARTS], real *values[DATA_PARTS]) {
    pipeline_describe(p);
    int i = 0;
    for (; i < p->n && !p->transform[i].every_use; i++) {
        int64_t packed = packed_from(p, i);
        learn(&p->transform[i], values[TRAINING], count[TRAINING] * packed);
        pipeline_describe(p); /* a learned range changes what follows */
        for (int part = 0; part < DATA_PARTS; part++) {
            GenRun run = fixed_run(part);
            values[part] = apply_once(&p->transform[i], &run, values[part], count[part] * packed);
        }
    }
    learn_from_draws(p, i, count[TRAINING], values[TRAINING]);
}

bool pipeline_fit(const GenCall *call, const char *file, Space *space, real **values) {
    if (call == NULL) return false;
    Transform t = {.kind = kind_of_call(call), .call = call, .path = file};
    if (t.kind->apply != apply_resize && t.kind->apply != apply_crop) return false;
    describe(&t, space, false);
    GenRun run = fixed_run(TRAINING);
    *values = apply_once(&t, &run, *values, 1);
    *space = t.after;
    free(t.work);
    return true;
}

/* ---- each batch, and back ---- */

real *pipeline_use(const Pipeline *p, const GenRun *run, real *from, real *other, int64_t rows) {
    for (int i = first_use(p); i < p->n; i++) {
        const Transform *t = &p->transform[i];
        if (t->kind->apply == NULL) continue;
        bool moves = space_size(&t->before) != space_size(&t->after);
        real *to = moves ? other : from;
        int64_t packed = packed_from(p, i);
        GenRun own = *run;
        own.first_example *= packed;
        t->kind->apply(t, &own, from, to, rows * packed);
        if (moves) other = from;
        from = to;
    }
    return from;
}

static void undo_all(const Pipeline *p, Space *now, real *values, int64_t rows) {
    *now = *pipeline_last(p);
    for (int i = p->n - 1; i >= 0; i--) {
        const Transform *t = &p->transform[i];
        if (t->kind->undo != NULL) t->kind->undo(t, now, values, rows);
        rows *= transform_packs(t);
    }
}

Space pipeline_shown(const Pipeline *p) {
    Space now;
    undo_all(p, &now, NULL, 0);
    return now;
}

void pipeline_undo(const Pipeline *p, real *values, int64_t rows) {
    Space now;
    undo_all(p, &now, values, rows);
}
