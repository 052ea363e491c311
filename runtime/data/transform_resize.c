/* transform_resize.c: resize and crop: pictures of a size of their own. */
#include "data.h"

static void set_plane(Transform *t) {
    t->after.dim[t->after.rank - 2] = (int64_t)call_number(t->call, "h");
    t->after.dim[t->after.rank - 1] = (int64_t)call_number(t->call, "w");
}

/* ---- resize: one axis after the other ---- */

static void describe_resize(Transform *t) {
    must_be_picture(t);
    must_not_be_standardized(t);
    set_plane(t);
    PlaneSize from = plane_size(&t->before);
    t->work_size = from.planes * from.height * plane_size(&t->after).width;
}

/* How much of place k of n goes into place j of m. Fewer places: the share of k in the stretch that
 * j covers. More: linear between the two centres next to that of j. */
static double resize_weight(int64_t n, int64_t m, int64_t j, int64_t k) {
    double ratio = (double)n / (double)m;
    if (n > m) {
        double first = fmax((double)j * ratio, (double)k);
        double last = fmin((double)(j + 1) * ratio, (double)(k + 1));
        return last > first ? (last - first) / ratio : 0;
    }
    double centre = fmin(fmax(((double)j + 0.5) * ratio - 0.5, 0), (double)(n - 1));
    return fmax(0, 1 - fabs(centre - (double)k));
}

/* From [outer, n, inner] to [outer, m, inner]. */
static void resize_axis(const real *from, real *to, int64_t outer, int64_t n, int64_t m,
                        int64_t inner) {
    memset(to, 0, (size_t)(outer * m * inner) * sizeof *to);
    for (int64_t j = 0; j < m; j++) {
        int64_t middle = (int64_t)((double)j * (double)n / (double)m);
        int64_t reach = (n + m - 1) / m + 1;
        for (int64_t k = middle > 1 ? middle - 1 : 0; k < n && k <= middle + reach; k++) {
            real weight = (real)resize_weight(n, m, j, k);
            if (weight == 0) continue;
            for (int64_t o = 0; o < outer; o++)
                for (int64_t i = 0; i < inner; i++)
                    to[(o * m + j) * inner + i] += weight * from[(o * n + k) * inner + i];
        }
    }
}

static void apply_resize(const Transform *t, const GenRun *run, const real *from, real *to,
                         int64_t rows) {
    (void)run;
    PlaneSize old = plane_size(&t->before), new = plane_size(&t->after);
    int64_t from_size = space_size(&t->before), to_size = space_size(&t->after);
    if (old.height == new.height && old.width == new.width) return;
    for (int64_t r = 0; r < rows; r++) {
        resize_axis(from + r * from_size, t->work, old.planes * old.height, old.width, new.width,
                    1);
        resize_axis(t->work, to + r * to_size, old.planes, old.height, new.height, new.width);
        round_to_levels(&t->before, to + r * to_size, to_size);
    }
}

const TransformKind transform_resize = {.name = "resize",
                                        .on = REALS,
                                        .describe = describe_resize,
                                        .apply = apply_resize,
                                        .fits = true};

/* ---- crop ---- */

static void describe_crop(Transform *t) {
    must_be_picture(t);
    must_not_be_standardized(t);
    set_plane(t);
    PlaneSize from = plane_size(&t->before), to = plane_size(&t->after);
    if (to.height > from.height || to.width > from.width)
        fail("%s: %" PRId64 " x %" PRId64 " is more than there is: the picture is %" PRId64
             " x %" PRId64,
             t->path, to.width, to.height, from.width, from.height);
}

static void apply_crop(const Transform *t, const GenRun *run, const real *from, real *to,
                       int64_t rows) {
    (void)run;
    PlaneSize old = plane_size(&t->before), new = plane_size(&t->after);
    int64_t top = (old.height - new.height) / 2, left = (old.width - new.width) / 2;
    if (from == to) return; /* nothing is cut off */
    for (int64_t p = 0; p < rows * old.planes; p++)
        for (int64_t y = 0; y < new.height; y++)
            memcpy(to + (p * new.height + y) * new.width,
                   from + (p * old.height + top + y) * old.width + left,
                   (size_t) new.width * sizeof *to);
}

const TransformKind transform_crop = {
    .name = "crop", .on = PICTURES, .describe = describe_crop, .apply = apply_crop, .fits = true};
