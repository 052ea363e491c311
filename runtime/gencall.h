/* gencall.h: what generated arithmetic calls, and what it is told; in a trainer and in a library. */
#ifndef GENCALL_H
#define GENCALL_H

#include <stdbool.h>
#include <stdint.h>

#ifdef GENC_F64
typedef double real;
#else
typedef float real;
#endif

struct GenMemory;

/* What one call of a program is told. All draws are keyed by (seed, path, stream, repetition, turn,
 * example), so that a run can be repeated, resumed and split over threads. */
typedef struct {
    uint64_t seed;
    int64_t stream;                 /* the key of its draws: the step, or GEN_HELD_OUT */
    int64_t first_example;          /* the number of row 0, for the draws' keys */
    int64_t step;                   /* the spec's `step`: whole steps before this one */
    double epoch;                   /* the spec's `epoch`: examples consumed / examples */
    int64_t repetition;             /* counts the step's batches: a repetition draws anew, the next
                                       minimize keeps the last batch and its draws */
    double lr_scale;                /* --lr-scale */
    const double *log_volume;       /* by data value: log |derivative| of its transforms, of one
                                       example; NULL: all 0 */
    bool watch;                     /* check every value: see GEN_WATCH */
    bool hold;                      /* GEN_GRAD: stopped values are those of the last run */
    struct GenMemory *memory;       /* of a library's function: its caller's arrays; else NULL */
} GenRun;

static inline real gen_log_volume(const GenRun *run, int datum) {
    return run->log_volume ? (real)run->log_volume[datum] : 0;
}

enum { GEN_HELD_OUT = -1 };

/* ---- What generated arithmetic calls ---- */

/* Philox4x32-10 draws. Row r of `out` [rows, n] belongs to example run->first_example + r / times
 * and turn `turn * times + r % times` (times > 1 inside `draws`). Uniforms lie strictly between 0
 * and 1. */
void gen_uniform(const GenRun *run, uint64_t path, int64_t turn, int64_t rows, int64_t times,
                 int64_t n, real *out);
void gen_gaussian(const GenRun *run, uint64_t path, int64_t turn, int64_t rows, int64_t times,
                  int64_t n, real *out);

/* C[m,n] = alpha * op(A) op(B) + beta * C, row-major; ld* are row strides in elements. BLAS, or the
 * runtime's own product with GENC_MINIMAL. */
void gen_gemm(bool trans_a, bool trans_b, int64_t m, int64_t n, int64_t k, real alpha,
              const real *a, int64_t lda, const real *b, int64_t ldb, real beta,
              real *c, int64_t ldc);

/* With run->watch: the first value that is not finite is reported by the name of what holds it. */
#define GEN_WATCH(run, name, at, n) \
    do { if ((run)->watch) gen_watch((run), (name), (at), (n)); } while (0)
void gen_watch(const GenRun *run, const char *name, const real *at, int64_t n);

#endif
