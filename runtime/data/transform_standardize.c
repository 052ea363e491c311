/* transform_standardize.c: each element to mean 0 and deviation 1. */
#include "data.h"

static void describe_standardize(Transform *t) {
    t->stat_name[0] = "mean";
    t->stat_name[1] = "std";
    t->stat_size[0] = t->stat_size[1] = space_size(&t->before);
    t->after.low = t->after.high = t->after.level = 0;
    t->after.by_element = true;
}

/* Adds (value - centre)^power of each element over all rows. */
static void add_powers(const real *values, int64_t rows, int64_t size, const real *centre,
                       int power, double *sum) {
    for (int64_t r = 0; r < rows; r++)
        for (int64_t i = 0; i < size; i++) {
            double off = (double)values[r * size + i] - (centre != NULL ? (double)centre[i] : 0);
            sum[i] += power == 1 ? off : off * off;
        }
}

/* An element that never changes is only centred. */
static void learn_standardize(Transform *t, const real *values, int64_t rows) {
    int64_t size = space_size(&t->before);
    double *sum = allocate(size, sizeof *sum), *squares = allocate(size, sizeof *squares);
    add_powers(values, rows, size, NULL, 1, sum);
    for (int64_t i = 0; i < size; i++) t->stat[0][i] = (real)(sum[i] / (double)rows);
    add_powers(values, rows, size, t->stat[0], 2, squares);
    for (int64_t i = 0; i < size; i++) {
        double std = sqrt(squares[i] / (double)rows), mean = (double)t->stat[0][i];
        t->stat[1][i] = (real)(std > 1e-6 * fabs(mean) && std > 0 ? std : 1);
    }
    free(sum);
    free(squares);
}

static void apply_standardize(const Transform *t, const GenRun *run, const real *from, real *to,
                              int64_t rows) {
    (void)run;
    int64_t size = space_size(&t->before);
    for (int64_t i = 0; i < rows * size; i++)
        to[i] = (from[i] - t->stat[0][i % size]) / t->stat[1][i % size];
}

static double volume_standardize(const Transform *t) {
    double sum = 0;
    for (int64_t i = 0; i < space_size(&t->before); i++) sum -= log((double)t->stat[1][i]);
    return sum;
}

static void undo_standardize(const Transform *t, Space *now, real *values, int64_t rows) {
    int64_t size = space_size(&t->before);
    for (int64_t i = 0; i < rows * space_size(now); i++)
        values[i] = values[i] * t->stat[1][i % size] + t->stat[0][i % size];
    space_take_range(now, &t->before);
    now->by_element = false;
}

const TransformKind transform_standardize = {.name = "standardize",
                                             .on = REALS,
                                             .describe = describe_standardize,
                                             .learn = learn_standardize,
                                             .apply = apply_standardize,
                                             .undo = undo_standardize,
                                             .volume = volume_standardize};
