/* transform_gray.c: brightness for colours. */
#include "data.h"

static void describe_gray(Transform *t) {
    must_be_picture(t);
    must_not_be_standardized(t);
    if (t->before.rank == 2) return;
    int64_t *channels = &t->after.dim[t->after.rank - 3];
    if (*channels != 1 && *channels != 3)
        fail("%s: wants 1 or 3 channels, found %" PRId64, t->path, *channels);
    *channels = 1;
}

/* ITU-R BT.601. */
static void apply_gray(const Transform *t, const GenRun *run, const real *from, real *to,
                       int64_t rows) {
    (void)run;
    PlaneSize size = plane_size(&t->before);
    int64_t n = size.height * size.width;
    if (from == to) return; /* grey already */
    for (int64_t r = 0; r < rows * size.planes / 3; r++, from += 3 * n, to += n) {
        for (int64_t i = 0; i < n; i++)
            to[i] = (real)(0.299 * (double)from[i] + 0.587 * (double)from[n + i] +
                           0.114 * (double)from[2 * n + i]);
        round_to_levels(&t->before, to, n);
    }
}

const TransformKind transform_gray = {
    .name = "gray", .on = REALS, .describe = describe_gray, .apply = apply_gray};
