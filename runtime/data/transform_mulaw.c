/* transform_mulaw.c: the companding of ITU-T G.711 as WaveNet (van den Oord et al. 2016) has it:
 *
 * f(x) = sign(x) ln(1 + mu |x|) / ln(1 + mu), for x in -1 .. 1 and mu = K - 1; then K even steps.
 */
#include "data.h"

static void describe_mulaw(Transform *t) {
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

static void apply_mulaw(const Transform *t, const GenRun *run, const real *from, real *to,
                        int64_t rows) {
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

static void undo_mulaw(const Transform *t, Space *now, real *values, int64_t rows) {
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

const TransformKind transform_mulaw = {.name = "mulaw",
                                       .on = TO_INDEX,
                                       .describe = describe_mulaw,
                                       .apply = apply_mulaw,
                                       .undo = undo_mulaw};
