/* transform_pictures.c: transforms of pictures, whose last two axes are height and width and whose
 * third to last, if they have one, are the channels. What they do is not undone: a generated
 * picture is shown in the size and the colours that the model knows. */
#include "data.h"

typedef struct {
    int64_t planes, height, width; /* planes: all axes before the last two */
} PlaneSize;

static PlaneSize plane_size(const Space *space) {
    int64_t height = space->dim[space->rank - 2], width = space->dim[space->rank - 1];
    return (PlaneSize){space_size(space) / (height * width), height, width};
}

static void must_be_picture(const Transform *t) {
    if (t->before.rank < 2)
        fail("%s: is for pictures, of [height, width] or [channels, height, width]", t->path);
    if (space_size(&t->before) == 0) fail("%s: these pictures have no pixels", t->path);
}

/* After standardize, each element has its own mean: one of another place cannot stand for it. */
static void must_not_be_standardized(const Transform *t) {
    if (t->before.by_element) fail("%s: put it before standardize", t->path);
}

static void set_plane(Transform *t) {
    t->after.dim[t->after.rank - 2] = (int64_t)call_number(t->call, "h");
    t->after.dim[t->after.rank - 1] = (int64_t)call_number(t->call, "w");
}

/* Where values have levels, as bytes have, they keep them. */
static void round_to_levels(const Space *space, real *values, int64_t n) {
    if (space->level <= 0) return;
    for (int64_t i = 0; i < n; i++) {
        double steps = floor(((double)values[i] - space->low) / space->level + 0.5);
        values[i] = (real)(space->low + steps * space->level);
    }
}

/* ---- resize: one axis after the other ---- */

void describe_resize(Transform *t) {
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

void apply_resize(const Transform *t, const GenRun *run, const real *from, real *to, int64_t rows) {
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

/* ---- crop ---- */

void describe_crop(Transform *t) {
    must_be_picture(t);
    must_not_be_standardized(t);
    set_plane(t);
    PlaneSize from = plane_size(&t->before), to = plane_size(&t->after);
    if (to.height > from.height || to.width > from.width)
        fail("%s: %" PRId64 " x %" PRId64 " is more than there is: the picture is %" PRId64
             " x %" PRId64,
             t->path, to.width, to.height, from.width, from.height);
}

void apply_crop(const Transform *t, const GenRun *run, const real *from, real *to, int64_t rows) {
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

/* ---- flip ---- */

void describe_flip(Transform *t) {
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

void apply_flip(const Transform *t, const GenRun *run, const real *from, real *to, int64_t rows) {
    (void)from;
    if (run->stream != GEN_HELD_OUT) transform_with_noise(t, run, 1, to, rows, flip_some);
}

/* ---- gray ---- */

void describe_gray(Transform *t) {
    must_be_picture(t);
    must_not_be_standardized(t);
    if (t->before.rank == 2) return;
    int64_t *channels = &t->after.dim[t->after.rank - 3];
    if (*channels != 1 && *channels != 3)
        fail("%s: wants 1 or 3 channels, found %" PRId64, t->path, *channels);
    *channels = 1;
}

/* ITU-R BT.601. */
void apply_gray(const Transform *t, const GenRun *run, const real *from, real *to, int64_t rows) {
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
