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
    if (call->transform == NULL) BUG("a source among transforms");
    return call->transform;
}

bool pipeline_makes_index(const GenPipeline *calls, const GenDatum *datum, int d) {
    bool makes = false;
    for (int i = 1; i < calls->n_calls; i++)
        makes = makes || kind_of_call(&calls->calls[i])->on >= TO_INDEX;
    return makes && d == 0 && datum->shape.kind == GEN_INDEX;
}

Pipeline pipeline_new(const GenPipeline *calls, const GenDatum *datum, int d) {
    bool passes_by = datum->shape.kind == GEN_INDEX && !pipeline_makes_index(calls, datum, d);
    Pipeline p = {.packed = pipeline_packed(calls), .datum = datum, .cut = -1, .windows = -1};
    p.transform = allocate(calls->n_calls, sizeof *p.transform);
    for (int i = 1; i < calls->n_calls; i++) {
        const TransformKind *kind = kind_of_call(&calls->calls[i]);
        if (passes_by && kind->on != ANY && kind->on != CUTS) continue;
        Transform *t = &p.transform[p.n++];
        t->call = &calls->calls[i];
        t->kind = kind;
        t->path = transform_path(calls, i, datum->name);
        t->follows = d > 0;
        if (kind->on == CUTS) p.windows = p.n - 1;
    }
    bool touched = false;
    for (int i = p.n - 1; i >= 0; i--) {
        const TransformKind *kind = p.transform[i].kind;
        p.transform[i].last = !touched;
        touched = touched || kind->apply != NULL || transform_packs(&p.transform[i]) > 1;
    }
    return p;
}

/* Whether windows are cut out of its examples. */
bool pipeline_has_windows(const GenPipeline *calls) {
    bool has = false;
    for (int i = 1; i < calls->n_calls; i++)
        has = has || kind_of_call(&calls->calls[i])->on == CUTS;
    return has;
}

const GenCall *pipeline_split(const GenPipeline *calls) {
    for (int i = 1; i < calls->n_calls; i++)
        if (strcmp(calls->calls[i].name, "split") == 0) return &calls->calls[i];
    return NULL;
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
        if (t->stat[i] != NULL && t->stat_size[i] != ANY_SIZE &&
            t->stat_known[i] != t->stat_size[i])
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
    if (i == p->cut) return &p->cut_space;
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

/* Sequences become examples of the declared length before transform i. */
static void cut_before(Pipeline *p, int i) {
    const GenShape *shape = &p->datum->shape;
    Space *space = &p->cut_space;
    *space = *space_before(p, i);
    int64_t size = space_size(space), length = elements_of(shape) / (size > 0 ? size : 1);
    if (shape->rank == 0)
        fail("%s: is declared as one value, but its examples are sequences: declare a length, or "
             "more axes",
             p->datum->where);
    if (space->rank == GEN_MAX_RANK) fail("%s: has too many axes", p->datum->where);
    memmove(space->dim + 1, space->dim, sizeof(int64_t) * (size_t)space->rank++);
    space->dim[0] = length > 0 ? length : shape->dim[0];
    space->ragged = false;
    p->cut = i;
}

void pipeline_describe(Pipeline *p) {
    bool every_use = false;
    p->cut = -1;
    for (int i = 0; i < p->n; i++) {
        Transform *t = &p->transform[i];
        describe(t, space_before(p, i), every_use);
        if (t->before.ragged && t->every_use) { /* it draws for each example */
            cut_before(p, i);
            describe(t, space_before(p, i), every_use);
        }
        every_use = t->every_use;
    }
    if (pipeline_last(p)->ragged) cut_before(p, p->n);
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

static int64_t positions_of(const Rows *rows) {
    int64_t n = 0;
    for (int64_t i = 0; i < rows->n; i++) n += rows->length[i];
    return n;
}

/* How many rows transform i works on. Before windows, rows->n counts what they are cut from. */
static int64_t row_count(const Pipeline *p, int i, const Rows *rows) {
    if (rows->length != NULL) return positions_of(rows);
    return i <= p->windows ? rows->n : rows->n * packed_from(p, i);
}

/* What lies behind the end of a sequence: what the transforms so far make of zeros. */
static real *padding_after(const Pipeline *p, int i) {
    real *padding = allocate(space_size(&p->source), sizeof *padding);
    GenRun run = fixed_run(TRAINING);
    for (int k = 0; k < i; k++)
        if (p->transform[k].cut == NULL) padding = apply_once(&p->transform[k], &run, padding, 1);
    return padding;
}

static void say_cut_off(const Pipeline *p, const Rows *rows) {
    int64_t longer = 0, length = p->cut_space.dim[0];
    for (int64_t i = 0; i < rows->n; i++) longer += rows->length[i] > length;
    if (longer > 0 && !p->restored)
        note("data: %" PRId64 " of %" PRId64 " sequences are longer than %" PRId64
             " (%s): what follows is cut off",
             longer, rows->n, length, p->datum->where);
}

static void cut_all_to_length(const Pipeline *p, int i, Rows rows[DATA_PARTS]) {
    const Space *ragged = i == 0 ? &p->source : &p->transform[i - 1].after;
    real *padding = padding_after(p, i);
    say_cut_off(p, &rows[TRAINING]);
    for (int part = 0; part < DATA_PARTS; part++)
        cut_to_length(ragged, p->cut_space.dim[0], padding, &rows[part]);
    free(padding);
}

static void load_through(const Pipeline *p, int i, Rows *rows) {
    const Transform *t = &p->transform[i];
    GenRun run = fixed_run(rows->part);
    if (t->cut == NULL) rows->values = apply_once(t, &run, rows->values, row_count(p, i, rows));
    else t->cut(t, rows);
    if (i == p->windows) rows->n /= packed_from(p, i);
}

void pipeline_load(Pipeline *p, Rows rows[DATA_PARTS]) {
    pipeline_describe(p);
    int i = 0;
    for (; i < p->n && !p->transform[i].every_use; i++) {
        Transform *t = &p->transform[i];
        t->learns_from = &rows[TRAINING];
        learn(t, rows[TRAINING].values, row_count(p, i, &rows[TRAINING]));
        pipeline_describe(p); /* a learned range changes what follows */
        for (int part = 0; part < DATA_PARTS; part++) load_through(p, i, &rows[part]);
    }
    if (p->cut == i) cut_all_to_length(p, i, rows);
    learn_from_draws(p, i, rows[TRAINING].n, rows[TRAINING].values);
}

bool pipeline_fit(const GenCall *call, const char *file, Space *space, real **values) {
    if (call == NULL) return false;
    Transform t = {.kind = kind_of_call(call), .call = call, .path = file};
    if (!t.kind->fits) return false;
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

double pipeline_log_volume(const Pipeline *p) {
    double sum = 0;
    for (int i = 0; i < p->n; i++)
        if (p->transform[i].kind->volume) sum += p->transform[i].kind->volume(&p->transform[i]);
    return sum;
}
