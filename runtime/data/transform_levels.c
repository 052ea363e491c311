/* transform_levels.c: threshold, binarize and dequantize: two levels out of many, none out of many.
 */
#include "data.h"

/* ---- threshold and binarize ---- */

static void describe_two_levels(Transform *t) {
    t->after.low = 0;
    t->after.high = t->after.level = 1;
}

static void undo_two_levels(const Transform *t, Space *now, real *values, int64_t rows) {
    if (t->before.low < t->before.high)
        space_map(values, rows * space_size(now), &t->after, &t->before);
    space_take_range(now, &t->before);
}

static void describe_threshold(Transform *t) {
    describe_two_levels(t);
}

static void apply_threshold(const Transform *t, const GenRun *run, const real *from, real *to,
                            int64_t rows) {
    (void)run;
    real limit = (real)call_number(t->call, "t");
    for (int64_t i = 0; i < rows * space_size(&t->before); i++) to[i] = from[i] > limit;
}

const TransformKind transform_threshold = {.name = "threshold",
                                           .on = REALS,
                                           .describe = describe_threshold,
                                           .apply = apply_threshold,
                                           .undo = undo_two_levels};

static void describe_binarize(Transform *t) {
    describe_two_levels(t);
    t->every_use = t->every_use || call_has_word(t->call, "dynamic");
    t->work_size = NOISE_ROWS * space_size(&t->before);
}

static void draw_bits(const Transform *t, real *values, const real *uniform, int64_t rows) {
    bool ranged = t->before.low < t->before.high;
    real low = ranged ? (real)t->before.low : 0;
    real span = ranged ? (real)(t->before.high - t->before.low) : 1;
    int64_t n = rows * space_size(&t->before);
#pragma omp simd
    for (int64_t i = 0; i < n; i++) values[i] = uniform[i] * span < values[i] - low ? 1 : 0;
}

static void apply_binarize(const Transform *t, const GenRun *run, const real *from, real *to,
                           int64_t rows) {
    (void)from;
    transform_with_noise(t, run, space_size(&t->before), to, rows, draw_bits);
}

const TransformKind transform_binarize = {.name = "binarize",
                                          .on = REALS,
                                          .describe = describe_binarize,
                                          .apply = apply_binarize,
                                          .undo = undo_two_levels};

/* ---- dequantize ---- */

static void describe_dequantize(Transform *t) {
    if (t->before.level <= 0)
        fail("%s: these data have no levels: dequantize is for whole numbers", t->path);
    t->every_use = true;
    t->work_size = NOISE_ROWS * space_size(&t->before);
    t->after.high = t->before.high + t->before.level;
    t->after.level = 0;
}

static void add_noise(const Transform *t, real *values, const real *uniform, int64_t rows) {
    real level = (real)t->before.level;
    for (int64_t i = 0; i < rows * space_size(&t->before); i++) values[i] += uniform[i] * level;
}

static void apply_dequantize(const Transform *t, const GenRun *run, const real *from, real *to,
                             int64_t rows) {
    (void)from;
    transform_with_noise(t, run, space_size(&t->before), to, rows, add_noise);
}

/* Values pass; those within the last level are shown as the highest. */
static void undo_dequantize(const Transform *t, Space *now, real *values, int64_t rows) {
    (void)values, (void)rows;
    space_take_range(now, &t->before);
}

const TransformKind transform_dequantize = {.name = "dequantize",
                                            .on = REALS,
                                            .describe = describe_dequantize,
                                            .apply = apply_dequantize,
                                            .undo = undo_dequantize};
