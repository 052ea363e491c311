/* transform_scale.c: one range onto another. */
#include "data.h"

static void describe_scale(Transform *t) {
    double a = call_number(t->call, "a"), b = call_number(t->call, "b");
    if (t->before.low >= t->before.high) {
        t->stat_name[0] = "range";
        t->stat_size[0] = 2;
        if (t->stat[0] != NULL) {
            t->before.low = t->stat[0][0];
            t->before.high = t->stat[0][1];
        }
    }
    t->after.low = a;
    t->after.high = b;
    double span = t->before.high - t->before.low;
    t->after.level = span > 0 ? t->before.level * (b - a) / span : 0;
}

static void learn_scale(Transform *t, const real *values, int64_t rows) {
    real low = values[0], high = values[0];
    for (int64_t i = 0; i < rows * space_size(&t->before); i++) {
        if (values[i] < low) low = values[i];
        if (values[i] > high) high = values[i];
    }
    t->stat[0][0] = low;
    t->stat[0][1] = high > low ? high : low + 1;
}

static void apply_scale(const Transform *t, const GenRun *run, const real *from, real *to,
                        int64_t rows) {
    (void)run, (void)from;
    space_map(to, rows * space_size(&t->before), &t->before, &t->after);
}

static double volume_scale(const Transform *t) {
    double factor = (t->after.high - t->after.low) / (t->before.high - t->before.low);
    return (double)space_size(&t->after) * log(fabs(factor));
}

static void undo_scale(const Transform *t, Space *now, real *values, int64_t rows) {
    space_map(values, rows * space_size(now), &t->after, &t->before);
    space_take_range(now, &t->before);
}

const TransformKind transform_scale = {.name = "scale",
                                       .on = REALS,
                                       .describe = describe_scale,
                                       .learn = learn_scale,
                                       .apply = apply_scale,
                                       .undo = undo_scale,
                                       .volume = volume_scale};
