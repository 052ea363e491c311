/* transforms.c: what each transform does to values, and how it is undone. */
#include "data.h"

static int64_t row_size(const Transform *t) {
    return space_size(&t->before);
}

/* ---- scale ---- */

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
    for (int64_t i = 0; i < rows * row_size(t); i++) {
        if (values[i] < low) low = values[i];
        if (values[i] > high) high = values[i];
    }
    t->stat[0][0] = low;
    t->stat[0][1] = high > low ? high : low + 1;
}

static void map_range(real *values, int64_t n, const Space *from, const Space *to) {
    real factor = (real)((to->high - to->low) / (from->high - from->low));
    real low = (real)from->low, base = (real)to->low;
    for (int64_t i = 0; i < n; i++) values[i] = base + (values[i] - low) * factor;
}

static void take_range(Space *space, const Space *from) {
    space->low = from->low;
    space->high = from->high;
    space->level = from->level;
}

static void apply_scale(const Transform *t, const GenRun *run, const real *from, real *to,
                        int64_t rows) {
    (void)run, (void)from;
    map_range(to, rows * row_size(t), &t->before, &t->after);
}

static double volume_scale(const Transform *t) {
    double factor = (t->after.high - t->after.low) / (t->before.high - t->before.low);
    return (double)space_size(&t->after) * log(fabs(factor));
}

static void undo_scale(const Transform *t, Space *now, real *values, int64_t rows) {
    map_range(values, rows * space_size(now), &t->after, &t->before);
    take_range(now, &t->before);
}

/* ---- flatten and pack: the values stay where they are ---- */

void sequence_must_be_whole(const Transform *t) {
    if (t->before.ragged)
        fail("%s: its examples are sequences of any length: cut them first, with windows(t)",
             t->path);
}

static void describe_flatten(Transform *t) {
    sequence_must_be_whole(t);
    t->after.rank = 1;
    t->after.dim[0] = space_size(&t->before);
}

static void undo_flatten(const Transform *t, Space *now, real *values, int64_t rows) {
    (void)values, (void)rows;
    now->rank = t->before.rank;
    memcpy(now->dim, t->before.dim, sizeof now->dim);
}

int64_t transform_packs(const Transform *t) {
    return strcmp(t->kind->name, "pack") == 0 ? (int64_t)call_number(t->call, "m") : 1;
}

static void describe_pack(Transform *t) {
    sequence_must_be_whole(t);
    if (t->before.rank == GEN_MAX_RANK) fail("%s: %d axes are too many", t->path, GEN_MAX_RANK + 1);
    memmove(t->after.dim + 1, t->before.dim, sizeof(int64_t) * (size_t)t->before.rank);
    t->after.dim[0] = transform_packs(t);
    t->after.rank++;
}

static void undo_pack(const Transform *t, Space *now, real *values, int64_t rows) {
    (void)t, (void)values, (void)rows;
    memmove(now->dim, now->dim + 1, sizeof(int64_t) * (size_t)--now->rank);
}

/* ---- threshold and binarize ---- */

static void describe_two_levels(Transform *t) {
    t->after.low = 0;
    t->after.high = t->after.level = 1;
}

static void undo_two_levels(const Transform *t, Space *now, real *values, int64_t rows) {
    if (t->before.low < t->before.high)
        map_range(values, rows * space_size(now), &t->after, &t->before);
    take_range(now, &t->before);
}

static void describe_threshold(Transform *t) {
    describe_two_levels(t);
}

static void apply_threshold(const Transform *t, const GenRun *run, const real *from, real *to,
                            int64_t rows) {
    (void)run;
    real limit = (real)call_number(t->call, "t");
    for (int64_t i = 0; i < rows * row_size(t); i++) to[i] = from[i] > limit;
}

static void describe_binarize(Transform *t) {
    describe_two_levels(t);
    t->every_use = t->every_use || call_has_word(t->call, "dynamic");
    t->work_size = NOISE_ROWS * row_size(t);
}

void transform_with_noise(const Transform *t, const GenRun *run, int64_t n, real *values,
                          int64_t rows, NoiseUse *use) {
    uint64_t path = random_path(t->path);
    for (int64_t first = 0; first < rows; first += NOISE_ROWS) {
        int64_t here = rows - first < NOISE_ROWS ? rows - first : NOISE_ROWS;
        GenRun block = *run;
        block.first_example += first;
        gen_uniform(&block, path, 0, here, 1, n, t->work);
        use(t, values + first * row_size(t), t->work, here);
    }
}

static void draw_bits(const Transform *t, real *values, const real *uniform, int64_t rows) {
    bool ranged = t->before.low < t->before.high;
    real low = ranged ? (real)t->before.low : 0;
    real span = ranged ? (real)(t->before.high - t->before.low) : 1;
    int64_t n = rows * row_size(t);
#pragma omp simd
    for (int64_t i = 0; i < n; i++) values[i] = uniform[i] * span < values[i] - low ? 1 : 0;
}

static void apply_binarize(const Transform *t, const GenRun *run, const real *from, real *to,
                           int64_t rows) {
    (void)from;
    transform_with_noise(t, run, row_size(t), to, rows, draw_bits);
}

/* ---- dequantize ---- */

static void describe_dequantize(Transform *t) {
    if (t->before.level <= 0)
        fail("%s: these data have no levels: dequantize is for whole numbers", t->path);
    t->every_use = true;
    t->work_size = NOISE_ROWS * row_size(t);
    t->after.high = t->before.high + t->before.level;
    t->after.level = 0;
}

static void add_noise(const Transform *t, real *values, const real *uniform, int64_t rows) {
    real level = (real)t->before.level;
    for (int64_t i = 0; i < rows * row_size(t); i++) values[i] += uniform[i] * level;
}

static void apply_dequantize(const Transform *t, const GenRun *run, const real *from, real *to,
                             int64_t rows) {
    (void)from;
    transform_with_noise(t, run, row_size(t), to, rows, add_noise);
}

/* Values pass; those within the last level are shown as the highest. */
static void undo_dequantize(const Transform *t, Space *now, real *values, int64_t rows) {
    (void)values, (void)rows;
    take_range(now, &t->before);
}

/* ---- standardize ---- */

static void describe_standardize(Transform *t) {
    t->stat_name[0] = "mean";
    t->stat_name[1] = "std";
    t->stat_size[0] = t->stat_size[1] = row_size(t);
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
    int64_t size = row_size(t);
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
    int64_t size = row_size(t);
    for (int64_t i = 0; i < rows * size; i++)
        to[i] = (from[i] - t->stat[0][i % size]) / t->stat[1][i % size];
}

static double volume_standardize(const Transform *t) {
    double sum = 0;
    for (int64_t i = 0; i < row_size(t); i++) sum -= log((double)t->stat[1][i]);
    return sum;
}

static void undo_standardize(const Transform *t, Space *now, real *values, int64_t rows) {
    int64_t size = row_size(t);
    for (int64_t i = 0; i < rows * space_size(now); i++)
        values[i] = values[i] * t->stat[1][i % size] + t->stat[0][i % size];
    take_range(now, &t->before);
    now->by_element = false;
}

/* ---- split: dataset.c does it, before anything is learned ---- */

static void describe_split(Transform *t) {
    (void)t;
}

/* ---- the table ---- */

static const TransformKind transform_table[] = {
#define TRANSFORM(name, on, describe, learn, apply, undo, volume, summary)                                 \
    {#name, on, describe, learn, apply, undo, volume},
#define ARGUMENT(type, name, standard)
#include "transforms.def"
#undef TRANSFORM
#undef ARGUMENT
};

const TransformKind *transform_find(const char *name) {
    for (size_t i = 0; i < sizeof transform_table / sizeof *transform_table; i++)
        if (strcmp(transform_table[i].name, name) == 0) return &transform_table[i];
    return NULL;
}
