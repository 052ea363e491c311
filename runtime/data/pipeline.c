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

Pipeline pipeline_new(const GenPipeline *calls, const char *datum) {
    Pipeline p = {.n = calls->n_calls - 1};
    p.transform = allocate(p.n, sizeof *p.transform);
    for (int i = 0; i < p.n; i++) {
        Transform *t = &p.transform[i];
        t->call = &calls->calls[i + 1];
        t->kind = transform_find(t->call->name);
        if (t->kind == NULL) BUG("an unknown transform");
        t->path = transform_path(calls, i + 1, datum);
    }
    return p;
}

double pipeline_held_out(const GenPipeline *calls, double otherwise) {
    for (int i = 1; i < calls->n_calls; i++)
        if (strcmp(calls->calls[i].name, "split") == 0)
            return call_number(&calls->calls[i], "test");
    return otherwise;
}

static void describe(Transform *t, const Space *before, bool every_use) {
    t->before = t->after = *before;
    t->every_use = every_use;
    t->kind->describe(t);
    if (t->kind->apply != NULL && t->noise == NULL)
        t->noise = allocate(NOISE_ROWS * space_size(&t->before), sizeof(real));
}

void pipeline_describe(Pipeline *p) {
    Space space = p->source;
    bool every_use = false;
    for (int i = 0; i < p->n; i++) {
        describe(&p->transform[i], &space, every_use);
        every_use = p->transform[i].every_use;
        space = p->transform[i].after;
    }
}

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
        if (t->stat_size[i] > 0) t->stat[i] = allocate(t->stat_size[i], sizeof(real));
    t->kind->learn(t, values, rows);
}

static void apply(const Transform *t, const GenRun *run, real *values, int64_t rows) {
    if (t->kind->apply != NULL) t->kind->apply(t, run, values, rows);
}

/* Transforms that act at every use learn from one drawing of the training data, thrown away. */
static void learn_from_draws(Pipeline *p, int first, int64_t rows, const real *values) {
    bool learns = false;
    for (int i = first; i < p->n; i++) learns = learns || p->transform[i].kind->learn != NULL;
    if (!learns || first == p->n) return;
    size_t bytes = (size_t)(rows * space_size(&p->source)) * sizeof(real);
    real *drawn = allocate(1, bytes);
    memcpy(drawn, values, bytes);
    GenRun run = fixed_run(TRAINING);
    for (int i = first; i < p->n; i++) {
        learn(&p->transform[i], drawn, rows);
        pipeline_describe(p);
        apply(&p->transform[i], &run, drawn, rows);
    }
    free(drawn);
}

void pipeline_load(Pipeline *p, const int64_t count[DATA_PARTS], real *values[DATA_PARTS]) {
    pipeline_describe(p);
    int i = 0;
    for (; i < p->n && !p->transform[i].every_use; i++) {
        learn(&p->transform[i], values[TRAINING], count[TRAINING]);
        pipeline_describe(p); /* a learned range changes what follows */
        for (int part = 0; part < DATA_PARTS; part++) {
            GenRun run = fixed_run(part);
            apply(&p->transform[i], &run, values[part], count[part]);
        }
    }
    learn_from_draws(p, i, count[TRAINING], values[TRAINING]);
}

void pipeline_use(const Pipeline *p, const GenRun *run, real *values, int64_t rows) {
    for (int i = 0; i < p->n; i++)
        if (p->transform[i].every_use) apply(&p->transform[i], run, values, rows);
}

void pipeline_undo(const Pipeline *p, real *values, int64_t rows) {
    for (int i = p->n - 1; i >= 0; i--)
        if (p->transform[i].kind->undo != NULL)
            p->transform[i].kind->undo(&p->transform[i], values, rows);
}
