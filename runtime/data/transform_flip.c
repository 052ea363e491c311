/* transform_flip.c: pictures mirrored, or not. */
#include "data.h"

static void describe_flip(Transform *t) {
    must_be_picture(t);
    t->every_use = true;
    t->work_size = NOISE_ROWS;
}

static void mirror_line(real *line, int64_t n) {
    for (int64_t i = 0; i < n / 2; i++) {
        real other = line[i];
        line[i] = line[n - 1 - i];
        line[n - 1 - i] = other;
    }
}

static void flip_some(const Transform *t, real *values, const real *uniform, int64_t rows) {
    PlaneSize size = plane_size(&t->before);
    int64_t lines = size.planes * size.height;
    for (int64_t r = 0; r < rows; r++)
        for (int64_t y = 0; uniform[r] < (real)0.5 && y < lines; y++)
            mirror_line(values + (r * lines + y) * size.width, size.width);
}

static void apply_flip(const Transform *t, const GenRun *run, const real *from, real *to,
                       int64_t rows) {
    (void)from;
    if (run->stream != GEN_HELD_OUT) transform_with_noise(t, run, 1, to, rows, flip_some);
}

const TransformKind transform_flip = {
    .name = "flip", .on = PICTURES, .describe = describe_flip, .apply = apply_flip};
