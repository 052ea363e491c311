/* kernels.h: what generated loops call beside genmath.h: the small selections, and matrices. */
#ifndef GENC_KERNELS_H
#define GENC_KERNELS_H

#include "gencall.h"

#include <math.h>

#ifdef __clang__
#pragma clang diagnostic ignored "-Wpass-failed" /* a loop that stays scalar is slow, not wrong */
#endif

/* A part of a long program, which is not to be put into its caller again. */
#ifdef __GNUC__
#define GEN_PART static __attribute__((noinline))
#else
#define GEN_PART static
#endif

#ifdef GENC_F64
static inline real gen_abs(real x) {
    return fabs(x);
}
static inline real gen_sqrt(real x) {
    return sqrt(x);
}
static inline real gen_floor(real x) {
    return floor(x);
}
#else
static inline real gen_abs(real x) {
    return fabsf(x);
}
static inline real gen_sqrt(real x) {
    return sqrtf(x);
}
static inline real gen_floor(real x) {
    return floorf(x);
}
#endif

static inline real gen_max(real x, real y) {
    return x > y ? x : y;
}
static inline real gen_min(real x, real y) {
    return x < y ? x : y;
}
static inline real gen_sign(real x) {
    return (real)((x > 0) - (x < 0));
}

/* floor(x), held to 0 .. classes-1; what is no number is 0. */
static inline int32_t gen_to_index(real x, int32_t classes) {
    return x >= (real)classes ? classes - 1 : x >= 0 ? (int32_t)x : 0;
}

/* x [n, m] with l x = b, or l^T x = b if transposed; l [n, n] is lower triangular and what lies
 * above its diagonal is ignored. x may not be b. */
void gen_tri_solve(bool transposed, int64_t n, int64_t m, const real *l, const real *b, real *x);

/* log |det m| of [n, n], by LU factors in scratch [n, n]; -inf if m is singular. */
real gen_log_abs_det(int64_t n, const real *m, real *scratch);

/* out = the inverse of m [n, n], by elimination with row pivots; not finite if m is singular. */
void gen_inverse(int64_t n, const real *m, real *out);

#endif
