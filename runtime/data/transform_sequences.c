/* transform_sequences.c: mulaw, and windows out of longer sequences. */
#include "data.h"

/* ---- mulaw: the companding of ITU-T G.711 as WaveNet (van den Oord et al. 2016) has it ----
 *
 * f(x) = sign(x) ln(1 + mu |x|) / ln(1 + mu), for x in -1 .. 1 and mu = K - 1; then K even steps.
 */

void describe_mulaw(Transform *t) {
    double k = call_number(t->call, "k");
    if (k < 2) fail("%s: needs at least 2 classes", t->path);
    if (t->before.low >= t->before.high)
        fail("%s: is for sound, or for data between known bounds: put scale(-1, 1) before it",
             t->path);
    t->after.low = 0;
    t->after.high = k - 1;
    t->after.level = 1;
    t->after.classes = (int64_t)k;
}

void apply_mulaw(const Transform *t, const GenRun *run, const real *from, real *to, int64_t rows) {
    (void)run;
    double mu = (double)(t->after.classes - 1), unit = 1 / log1p(mu);
    double middle = (t->before.low + t->before.high) / 2;
    double half = (t->before.high - t->before.low) / 2;
    int64_t n = rows * space_size(&t->before);
#pragma omp parallel for if (n > 1 << 16)
    for (int64_t i = 0; i < n; i++) {
        double x = fmin(fmax(((double)from[i] - middle) / half, -1), 1);
        double f = copysign(log1p(mu * fabs(x)) * unit, x);
        to[i] = (real)floor((f + 1) / 2 * mu + 0.5);
    }
}

void undo_mulaw(const Transform *t, Space *now, real *values, int64_t rows) {
    double mu = (double)(t->after.classes - 1);
    double middle = (t->before.low + t->before.high) / 2;
    double half = (t->before.high - t->before.low) / 2;
    for (int64_t i = 0; i < rows * space_size(now); i++) {
        double f = 2 * (double)values[i] / mu - 1;
        values[i] = (real)(middle + half * copysign(expm1(fabs(f) * log1p(mu)) / mu, f));
    }
    now->low = t->before.low;
    now->high = t->before.high;
    now->level = 0;
    now->classes = 0;
}

/* ---- windows ---- */

static void make_windows(const Transform *t, Rows *rows) {
    int64_t length = t->after.dim[0], stride = (int64_t)call_number(t->call, "stride");
    Space ragged = t->before;
    if (!ragged.ragged) { /* all are equally long */
        memmove(ragged.dim, ragged.dim + 1, sizeof(int64_t) * (size_t)--ragged.rank);
        rows->length = allocate(rows->n, sizeof *rows->length);
        for (int64_t i = 0; i < rows->n; i++) rows->length[i] = t->before.dim[0];
    }
    if (stride == 0 || rows->part == HELD_OUT) stride = length;
    cut_windows(&ragged, t->path, length, stride, t->last, rows);
}

/* A value beside the sequence belongs to each of its windows. */
static void repeat_for_windows(const Transform *t, Rows *rows) {
    int64_t n = 0, size = space_size(&t->before);
    for (int64_t i = 0; i < rows->n_sequences; i++) n += rows->cut_into[i];
    real *all = allocate(n * size, sizeof *all), *to = all;
    for (int64_t i = 0; i < rows->n_sequences; i++)
        for (int64_t k = 0; k < rows->cut_into[i]; k++, to += size)
            memcpy(to, rows->values + i * size, (size_t)size * sizeof *to);
    free(rows->values);
    rows->values = all;
    rows->n = n;
}

void describe_windows(Transform *t) {
    int64_t length = (int64_t)call_number(t->call, "t");
    if (t->every_use) fail("%s: put it before what is drawn at every use", t->path);
    t->cut = t->follows ? repeat_for_windows : make_windows;
    if (t->follows) return;
    Space *after = &t->after;
    if (t->before.ragged) {
        if (after->rank == GEN_MAX_RANK) fail("%s: %d axes are too many", t->path, after->rank + 1);
        memmove(after->dim + 1, after->dim, sizeof(int64_t) * (size_t)after->rank++);
        after->ragged = false;
    } else {
        if (after->rank == 0) fail("%s: is for sequences, found single numbers", t->path);
        if (t->before.by_element) fail("%s: put it before standardize", t->path);
        if (after->dim[0] < length)
            fail("%s: a window of %" PRId64 " is longer than the sequences, of %" PRId64, t->path,
                 length, after->dim[0]);
    }
    after->dim[0] = length;
}
