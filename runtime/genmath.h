/* genmath.h: elementwise functions that a C compiler can vectorise.
 *
 * Branch-free: every function is arithmetic, bit moves and selects, so that gcc turns a
 * `#pragma omp simd` loop over it into vector code (with -O3 -fno-math-errno -fno-trapping-math).
 * At most 2 units in the last place off over the whole range; infinities, NaN, signed zeros and
 * denormal numbers come out as in C's libm.
 *
 * Each function has a float and a double form (gen_exp_f32, gen_exp_f64); gen_exp is the one of
 * this build's `real`. The double build is for checking: its erf, sin, cos and pow are libm's.
 *
 * Polynomials: [C] Cephes (S. Moshier, single/ and double/), [F] fdlibm (Sun, 1993), [J] N. Juffa's
 * erff; the others are plain Taylor series, long enough. */
#ifndef GENMATH_H
#define GENMATH_H

#include <math.h>
#include <stdint.h>

/* Always: whether a loop that calls one of these is vectorised, and so the order of a sum in it, must
 * not depend on what else stands in the file. */
#define GEN_INLINE static inline __attribute__((always_inline))

/* clang does not say that it is fast, but for which processor it compiles. */
#if defined __clang__ && (defined __FMA__ || defined __ARM_FEATURE_FMA)
#define GEN_FAST_FMA
#endif
#if defined __FP_FAST_FMAF || defined GEN_FAST_FMA
#define GEN_FMA_F32(a, b, c) __builtin_fmaf((a), (b), (c))
#else
#define GEN_FMA_F32(a, b, c) ((a) * (b) + (c))
#endif
#if defined __FP_FAST_FMA || defined GEN_FAST_FMA
#define GEN_FMA_F64(a, b, c) __builtin_fma((a), (b), (c))
#else
#define GEN_FMA_F64(a, b, c) ((a) * (b) + (c))
#endif

typedef union { float f; uint32_t u; } GenFloatBits;
typedef union { double f; uint64_t u; } GenDoubleBits;

GEN_INLINE uint32_t gen_bits_f32(float x) { return (GenFloatBits){.f = x}.u; }
GEN_INLINE float gen_from_bits_f32(uint32_t u) { return (GenFloatBits){.u = u}.f; }
GEN_INLINE uint64_t gen_bits_f64(double x) { return (GenDoubleBits){.f = x}.u; }
GEN_INLINE double gen_from_bits_f64(uint64_t u) { return (GenDoubleBits){.u = u}.f; }

/* ---- float ---- */

/* x = n ln 2 + r with |r| <= ln 2 / 2, and e^r - 1 = r + r^2 P(r). Adding 1.5 * 2^23 rounds to an
 * integer and leaves it in the low bits. */
#define GEN_ROUND_F32 0x1.8p23f

GEN_INLINE float gen_reduce_exp_f32(float x, uint32_t *n) {
    float shifted = GEN_FMA_F32(x, 1.44269504f, GEN_ROUND_F32);
    float whole = shifted - GEN_ROUND_F32;
    *n = gen_bits_f32(shifted) - gen_bits_f32(GEN_ROUND_F32);
    float r = GEN_FMA_F32(whole, -0.693359375f, x);
    return GEN_FMA_F32(whole, 2.12194440e-4f, r);
}

GEN_INLINE float gen_expm1_poly_f32(float r) {             /* [C] expf */
    float p = 1.9875691500e-4f;
    p = GEN_FMA_F32(p, r, 1.3981999507e-3f);
    p = GEN_FMA_F32(p, r, 8.3334519073e-3f);
    p = GEN_FMA_F32(p, r, 4.1665795894e-2f);
    p = GEN_FMA_F32(p, r, 1.6666665459e-1f);
    p = GEN_FMA_F32(p, r, 5.0000001201e-1f);
    return GEN_FMA_F32(p, r * r, r);
}

/* The scale 2^n is applied in two halves: n reaches from -150 (denormal results) to 128. */
GEN_INLINE float gen_exp_f32(float x) {
    float clamped = x > 89.0f ? 89.0f : x;
    clamped = clamped < -104.0f ? -104.0f : clamped;
    uint32_t n;
    float r = gen_reduce_exp_f32(clamped, &n);
    uint32_t half = (uint32_t)((int32_t)n >> 1);
    float scale1 = gen_from_bits_f32((half + 127u) << 23);
    float scale2 = gen_from_bits_f32((n - half + 127u) << 23);
    return (1.0f + gen_expm1_poly_f32(r)) * scale1 * scale2;
}

GEN_INLINE float gen_expm1_f32(float x) {
    float clamped = x > 89.0f ? 89.0f : x;
    clamped = clamped < -20.0f ? -20.0f : clamped;
    uint32_t n;
    float q = gen_expm1_poly_f32(gen_reduce_exp_f32(clamped, &n));
    float half_scale = gen_from_bits_f32((n + 126u) << 23);
    float y = 2.0f * GEN_FMA_F32(half_scale, q, half_scale - 0.5f);
    y = n == 0 ? q : y;
    return x == 0.0f ? x : y;
}

/* log(m 2^k) for m = 1 + f in [sqrt(1/2), sqrt(2)), plus a small correction. [C] logf */
GEN_INLINE float gen_log_core_f32(float f, float k, float correction) {
    float z = f * f;
    float p = 7.0376836292e-2f;
    p = GEN_FMA_F32(p, f, -1.1514610310e-1f);
    p = GEN_FMA_F32(p, f, 1.1676998740e-1f);
    p = GEN_FMA_F32(p, f, -1.2420140846e-1f);
    p = GEN_FMA_F32(p, f, 1.4249322787e-1f);
    p = GEN_FMA_F32(p, f, -1.6668057665e-1f);
    p = GEN_FMA_F32(p, f, 2.0000714765e-1f);
    p = GEN_FMA_F32(p, f, -2.4999993993e-1f);
    p = GEN_FMA_F32(p, f, 3.3333331174e-1f);
    float y = GEN_FMA_F32(k, -2.12194440e-4f, correction);
    y = GEN_FMA_F32(p * f, z, y);
    y = GEN_FMA_F32(-0.5f, z, y);
    return GEN_FMA_F32(k, 0.693359375f, f + y);
}

GEN_INLINE float gen_split_log_f32(float x, float *k) {    /* f and k of x > 0, normal */
    uint32_t bits = gen_bits_f32(x) - 0x3f3504f3u;            /* sqrt(1/2) */
    *k = (float)((int32_t)bits >> 23);
    return gen_from_bits_f32((bits & 0x7fffffu) + 0x3f3504f3u) - 1.0f;
}

GEN_INLINE float gen_log_f32(float x) {
    float normal = x < 0x1p-126f ? x * 0x1p23f : x;
    float k;
    float f = gen_split_log_f32(normal, &k);
    k = x < 0x1p-126f ? k - 23.0f : k;
    float y = gen_log_core_f32(f, k, 0.0f);
    y = x < INFINITY ? y : x;
    y = x > 0.0f ? y : NAN;
    return x == 0.0f ? -INFINITY : y;
}

/* 1 + x is rounded to u; the logarithm of what was lost is (1 + x - u) / u. */
GEN_INLINE float gen_log1p_f32(float x) {
    float u = 1.0f + x, k;
    float f = gen_split_log_f32(u, &k);
    float lost = x < 1.0f ? x - (u - 1.0f) : 1.0f - (u - x);
    float y = gen_log_core_f32(f, k, lost / u);
    y = x < INFINITY ? y : x;
    y = x > -1.0f ? y : NAN;
    y = x == -1.0f ? -INFINITY : y;
    return x == 0.0f ? x : y;
}

GEN_INLINE float gen_tanh_f32(float x) {                   /* [C] tanhf */
    float t = fabsf(x), z = x * x;
    float p = -5.70498872745e-3f;
    p = GEN_FMA_F32(p, z, 2.06390887954e-2f);
    p = GEN_FMA_F32(p, z, -5.37397155531e-2f);
    p = GEN_FMA_F32(p, z, 1.33314422036e-1f);
    p = GEN_FMA_F32(p, z, -3.33332819422e-1f);
    float small = GEN_FMA_F32(p * z, x, x);
    float large = 1.0f - 2.0f / (gen_exp_f32(2.0f * t) + 1.0f);
    small = x == 0.0f ? x : small;                            /* keeps the sign of zero */
    return t < 0.625f ? small : copysignf(large, x);
}

/* 1 / (1 + e^-x) = e^x / (1 + e^x): whichever has the exponential that does not overflow. What
 * 1 + e loses in rounding is put back, with 1 - e/2 near enough to 1 / (1 + e). */
GEN_INLINE float gen_sigmoid_f32(float x) {
    float e = gen_exp_f32(-fabsf(x));
    float d = 1.0f + e, lost = e - (d - 1.0f);
    float y = (x < 0.0f ? e : 1.0f) / d;
    return GEN_FMA_F32(y, lost * (0.5f * e - 1.0f), y);
}

/* log(1 + e^x) = max(x, 0) + log1p(e^-|x|) */
GEN_INLINE float gen_softplus_f32(float x) {
    return (x > 0.0f ? x : 0.0f) + gen_log1p_f32(gen_exp_f32(-fabsf(x)));
}

GEN_INLINE float gen_erf_f32(float x) {                    /* [J] */
    float t = fabsf(x), s = x * x;
    float near = -5.96761703e-4f;
    near = GEN_FMA_F32(near, s, 4.99119423e-3f);
    near = GEN_FMA_F32(near, s, -2.67681349e-2f);
    near = GEN_FMA_F32(near, s, 1.12819925e-1f);
    near = GEN_FMA_F32(near, s, -3.76125336e-1f);
    near = GEN_FMA_F32(near, s, 1.28379166e-1f);
    near = GEN_FMA_F32(near, x, x);
    float capped = t > 4.0f ? 4.0f : t;                       /* erf(4) rounds to 1 */
    float far = GEN_FMA_F32(-1.72853470e-5f, capped, 3.83197126e-4f);
    float u = GEN_FMA_F32(-3.88396438e-3f, capped, 2.42546219e-2f);
    far = GEN_FMA_F32(far, capped * capped, u);
    far = GEN_FMA_F32(far, capped, -1.06777877e-1f);
    far = GEN_FMA_F32(far, capped, -6.34846687e-1f);
    far = GEN_FMA_F32(far, capped, -1.28717512e-1f);
    far = 1.0f - gen_exp_f32(GEN_FMA_F32(far, capped, -capped));
    return t > 0.927734375f ? copysignf(far, x) : near;
}

/* sin and cos on [-pi/4, pi/4]. [C] sinf, cosf */
GEN_INLINE float gen_sin_core_f32(float r) {
    float z = r * r;
    float p = -1.9515295891e-4f;
    p = GEN_FMA_F32(p, z, 8.3321608736e-3f);
    p = GEN_FMA_F32(p, z, -1.6666654611e-1f);
    return GEN_FMA_F32(p * z, r, r);
}

GEN_INLINE float gen_cos_core_f32(float r) {
    float z = r * r;
    float p = 2.443315711809948e-5f;
    p = GEN_FMA_F32(p, z, -1.388731625493765e-3f);
    p = GEN_FMA_F32(p, z, 4.166664568298827e-2f);
    return GEN_FMA_F32(p * z, z, GEN_FMA_F32(-0.5f, z, 1.0f));
}

/* x = n pi/2 + r. Below 2^20 in double precision; above, the fraction of x * 2/pi from the bits of
 * 2/pi that matter (M. Payne and R. Hanek, 1983): word k holds its bits 8k-7 .. 8k+24. */
GEN_INLINE float gen_reduce_angle_f32(float x, uint32_t *n) {
    static const uint32_t two_over_pi[24] = {
        0x00a2f983u, 0xa2f9836eu, 0xf9836e4eu, 0x836e4e44u, 0x6e4e4415u, 0x4e441529u,
        0x441529fcu, 0x1529fc27u, 0x29fc2757u, 0xfc2757d1u, 0x2757d1f5u, 0x57d1f534u,
        0xd1f534ddu, 0xf534ddc0u, 0x34ddc0dbu, 0xddc0db62u, 0xc0db6295u, 0xdb629599u,
        0x6295993cu, 0x95993c43u, 0x993c4390u, 0x3c439041u, 0x439041feu, 0x9041fe51u};
    double shifted = (double)x * 0.63661977236758134 + 0x1.8p52;
    double whole = shifted - 0x1.8p52;
    double near = (double)x - whole * 1.57079632673412561417e+00;
    near -= whole * 6.07710050650619224932e-11;
    uint32_t near_n = (uint32_t)gen_bits_f64(shifted);

    uint32_t bits = gen_bits_f32(x);
    int32_t place = (int32_t)((bits >> 23) & 255u) - 144;     /* |x| = m 2^(place - 6) */
    place = place < 0 ? 0 : place > 110 ? 110 : place;
    uint64_t m = (uint64_t)((bits & 0x7fffffu) | 0x800000u) << (place & 7);
    int32_t word = place >> 3;
    uint64_t product = (m * two_over_pi[word] << 32) + m * two_over_pi[word + 4] +
                       (m * two_over_pi[word + 8] >> 32);
    uint32_t far_n = (uint32_t)((product + ((uint64_t)1 << 61)) >> 62);
    uint64_t fraction = product - ((uint64_t)far_n << 62);
    double high = (double)(int32_t)(uint32_t)(fraction >> 32);
    double low = (double)(int32_t)((uint32_t)fraction >> 1);
    double far = (high * 0x1p-30 + low * 0x1p-61) * 1.57079632679489661923;
    far = x < 0.0f ? -far : far;
    far_n = x < 0.0f ? 0u - far_n : far_n;

    float t = fabsf(x);
    *n = t < 0x1p20f ? near_n : far_n;
    double r = t < 0x1p20f ? near : far;
    return t < INFINITY ? (float)r : NAN;
}

GEN_INLINE float gen_sin_f32(float x) {
    uint32_t n;
    float r = gen_reduce_angle_f32(x, &n);
    float y = (n & 1u) != 0 ? gen_cos_core_f32(r) : gen_sin_core_f32(r);
    y = (n & 2u) != 0 ? -y : y;
    return x == 0.0f ? x : y;
}

GEN_INLINE float gen_cos_f32(float x) {
    uint32_t n;
    float r = gen_reduce_angle_f32(x, &n);
    float y = (n & 1u) != 0 ? gen_sin_core_f32(r) : gen_cos_core_f32(r);
    return ((n + 1u) & 2u) != 0 ? -y : y;
}

/* x^y = 2^(y log2 |x|), in double so that y log2 |x| keeps its fraction. */
GEN_INLINE double gen_log2_of_float(float x) {             /* x >= 0 */
    uint64_t bits = gen_bits_f64((double)x) - 0x3fe6a09e667f3bcdu;
    double k = gen_from_bits_f64(((bits + ((uint64_t)1024 << 52)) >> 52) | 0x4330000000000000u);
    double m = gen_from_bits_f64((bits & 0xfffffffffffffu) + 0x3fe6a09e667f3bcdu);
    double s = (m - 1.0) / (m + 1.0), z = s * s;              /* log m = 2 atanh s */
    double p = 1.0 / 15;
    p = p * z + 1.0 / 13;
    p = p * z + 1.0 / 11;
    p = p * z + 1.0 / 9;
    p = p * z + 1.0 / 7;
    p = p * z + 1.0 / 5;
    p = p * z + 1.0 / 3;
    p = p * z + 1.0;
    double y = (k - (0x1p52 + 1024.0)) + 2.8853900817779268 * s * p;
    y = x < INFINITY ? y : (double)x;
    return x == 0.0f ? -(double)INFINITY : y;
}

GEN_INLINE float gen_exp2_to_float(double t) {
    double clamped = t > 160.0 ? 160.0 : t;
    clamped = clamped < -160.0 ? -160.0 : clamped;
    double shifted = clamped + 0x1.8p52;
    double f = (clamped - (shifted - 0x1.8p52)) * 0.69314718055994531;
    double p = 1.0 / 362880;
    p = p * f + 1.0 / 40320;
    p = p * f + 1.0 / 5040;
    p = p * f + 1.0 / 720;
    p = p * f + 1.0 / 120;
    p = p * f + 1.0 / 24;
    p = p * f + 1.0 / 6;
    p = p * f + 0.5;
    p = p * f + 1.0;
    p = p * f + 1.0;
    uint64_t n = gen_bits_f64(shifted) - gen_bits_f64(0x1.8p52);
    return (float)(p * gen_from_bits_f64((n + 1023u) << 52));
}

GEN_INLINE float gen_pow_f32(float x, float y) {
    float t = fabsf(x);
    float magnitude = gen_exp2_to_float((double)y * gen_log2_of_float(t));
    int whole = floorf(y) == y;
    int odd = whole & (floorf(0.5f * y) != 0.5f * y);
    float result = odd ? copysignf(magnitude, x) : magnitude;
    int no_root = (x < 0.0f) & (x > -INFINITY) & !whole;
    result = no_root ? NAN : result;
    int minus_one_to_infinity = (x == -1.0f) & (fabsf(y) == INFINITY);
    return (x == 1.0f) | (y == 0.0f) | minus_one_to_infinity ? 1.0f : result;
}

/* ---- double ---- */

#define GEN_ROUND_F64 0x1.8p52

GEN_INLINE double gen_reduce_exp_f64(double x, uint64_t *n) {
    double shifted = GEN_FMA_F64(x, 1.44269504088896338700, GEN_ROUND_F64);
    double whole = shifted - GEN_ROUND_F64;
    *n = gen_bits_f64(shifted) - gen_bits_f64(GEN_ROUND_F64);
    double r = GEN_FMA_F64(whole, -6.93147180369123816490e-01, x);
    return GEN_FMA_F64(whole, -1.90821492927058770002e-10, r);
}

GEN_INLINE double gen_expm1_poly_f64(double r) {           /* Taylor: 0.347^14 / 14! < 2^-57 */
    double p = 1.0 / 6227020800.0;
    p = GEN_FMA_F64(p, r, 1.0 / 479001600);
    p = GEN_FMA_F64(p, r, 1.0 / 39916800);
    p = GEN_FMA_F64(p, r, 1.0 / 3628800);
    p = GEN_FMA_F64(p, r, 1.0 / 362880);
    p = GEN_FMA_F64(p, r, 1.0 / 40320);
    p = GEN_FMA_F64(p, r, 1.0 / 5040);
    p = GEN_FMA_F64(p, r, 1.0 / 720);
    p = GEN_FMA_F64(p, r, 1.0 / 120);
    p = GEN_FMA_F64(p, r, 1.0 / 24);
    p = GEN_FMA_F64(p, r, 1.0 / 6);
    p = GEN_FMA_F64(p, r, 0.5);
    return GEN_FMA_F64(p, r * r, r);
}

GEN_INLINE double gen_exp_f64(double x) {
    double clamped = x > 710.0 ? 710.0 : x;
    clamped = clamped < -746.0 ? -746.0 : clamped;
    uint64_t n;
    double r = gen_reduce_exp_f64(clamped, &n);
    uint64_t half = ((n + 4096u) >> 1) - 2048u;               /* n / 2, rounded down */
    double scale1 = gen_from_bits_f64((half + 1023u) << 52);
    double scale2 = gen_from_bits_f64((n - half + 1023u) << 52);
    return (1.0 + gen_expm1_poly_f64(r)) * scale1 * scale2;
}

GEN_INLINE double gen_expm1_f64(double x) {
    double clamped = x > 710.0 ? 710.0 : x;
    clamped = clamped < -40.0 ? -40.0 : clamped;
    uint64_t n;
    double q = gen_expm1_poly_f64(gen_reduce_exp_f64(clamped, &n));
    double half_scale = gen_from_bits_f64((n + 1022u) << 52);
    double y = 2.0 * GEN_FMA_F64(half_scale, q, half_scale - 0.5);
    y = n == 0 ? q : y;
    return x == 0.0 ? x : y;
}

GEN_INLINE double gen_log_core_f64(double f, double k, double correction) {   /* [F] e_log */
    double s = f / (2.0 + f), z = s * s;
    double p = 1.479819860511658591e-01;
    p = GEN_FMA_F64(p, z, 1.531383769920937332e-01);
    p = GEN_FMA_F64(p, z, 1.818357216161805012e-01);
    p = GEN_FMA_F64(p, z, 2.222219843214978396e-01);
    p = GEN_FMA_F64(p, z, 2.857142874366239149e-01);
    p = GEN_FMA_F64(p, z, 3.999999999940941908e-01);
    p = GEN_FMA_F64(p, z, 6.666666666666735130e-01);
    double half_square = 0.5 * f * f;
    double y = GEN_FMA_F64(k, 1.90821492927058770002e-10, correction);
    y = GEN_FMA_F64(s, GEN_FMA_F64(p, z, half_square), y);
    return GEN_FMA_F64(k, 6.93147180369123816490e-01, f - (half_square - y));
}

GEN_INLINE double gen_split_log_f64(double x, double *k) {
    uint64_t bits = gen_bits_f64(x) - 0x3fe6a09e667f3bcdu;    /* sqrt(1/2) */
    uint64_t biased = (bits + ((uint64_t)1024 << 52)) >> 52;
    *k = gen_from_bits_f64(biased | 0x4330000000000000u) - (0x1p52 + 1024.0);
    return gen_from_bits_f64((bits & 0xfffffffffffffu) + 0x3fe6a09e667f3bcdu) - 1.0;
}

GEN_INLINE double gen_log_f64(double x) {
    double normal = x < 0x1p-1022 ? x * 0x1p54 : x;
    double k;
    double f = gen_split_log_f64(normal, &k);
    k = x < 0x1p-1022 ? k - 54.0 : k;
    double y = gen_log_core_f64(f, k, 0.0);
    y = x < (double)INFINITY ? y : x;
    y = x > 0.0 ? y : (double)NAN;
    return x == 0.0 ? -(double)INFINITY : y;
}

GEN_INLINE double gen_log1p_f64(double x) {
    double u = 1.0 + x, k;
    double f = gen_split_log_f64(u, &k);
    double lost = x < 1.0 ? x - (u - 1.0) : 1.0 - (u - x);
    double y = gen_log_core_f64(f, k, lost / u);
    y = x < (double)INFINITY ? y : x;
    y = x > -1.0 ? y : (double)NAN;
    y = x == -1.0 ? -(double)INFINITY : y;
    return x == 0.0 ? x : y;
}

GEN_INLINE double gen_tanh_f64(double x) {                 /* [C] tanh */
    double t = fabs(x), z = x * x;
    double p = -9.64399179425052238628e-1;
    p = GEN_FMA_F64(p, z, -9.92877231001918586564e1);
    p = GEN_FMA_F64(p, z, -1.61468768441708447952e3);
    double q = z + 1.12811678491632931402e2;
    q = GEN_FMA_F64(q, z, 2.23548839060100448583e3);
    q = GEN_FMA_F64(q, z, 4.84406305325125486048e3);
    double small = GEN_FMA_F64(z * (p / q), x, x);
    double large = 1.0 - 2.0 / (gen_exp_f64(2.0 * t) + 1.0);
    small = x == 0.0 ? x : small;
    return t < 0.625 ? small : copysign(large, x);
}

GEN_INLINE double gen_sigmoid_f64(double x) {
    double e = gen_exp_f64(-fabs(x));
    double d = 1.0 + e, lost = e - (d - 1.0);
    double y = (x < 0.0 ? e : 1.0) / d;
    return GEN_FMA_F64(y, lost * (0.5 * e - 1.0), y);
}

GEN_INLINE double gen_softplus_f64(double x) {
    return (x > 0.0 ? x : 0.0) + gen_log1p_f64(gen_exp_f64(-fabs(x)));
}

GEN_INLINE double gen_erf_f64(double x) { return erf(x); }
GEN_INLINE double gen_sin_f64(double x) { return sin(x); }
GEN_INLINE double gen_cos_f64(double x) { return cos(x); }
GEN_INLINE double gen_pow_f64(double x, double y) { return pow(x, y); }

GEN_INLINE double gen_sin_core_f64(double r) {             /* [F] k_sin: |r| <= pi/4 */
    double z = r * r;
    double p = 1.58969099521155010221e-10;
    p = GEN_FMA_F64(p, z, -2.50507602534068634195e-08);
    p = GEN_FMA_F64(p, z, 2.75573137070700676789e-06);
    p = GEN_FMA_F64(p, z, -1.98412698298579493134e-04);
    p = GEN_FMA_F64(p, z, 8.33333333332248946124e-03);
    p = GEN_FMA_F64(p, z, -1.66666666666666324348e-01);
    return GEN_FMA_F64(p * z, r, r);
}

GEN_INLINE double gen_cos_core_f64(double r) {             /* [F] k_cos: |r| <= pi/4 */
    double z = r * r;
    double p = -1.13596475577881948265e-11;
    p = GEN_FMA_F64(p, z, 2.08757232129817482790e-09);
    p = GEN_FMA_F64(p, z, -2.75573143513906633035e-07);
    p = GEN_FMA_F64(p, z, 2.48015872894767294178e-05);
    p = GEN_FMA_F64(p, z, -1.38888888888741095749e-03);
    p = GEN_FMA_F64(p, z, 4.16666666666666019037e-02);
    return GEN_FMA_F64(p * z, z, GEN_FMA_F64(-0.5, z, 1.0));
}

/* ---- this build's ---- */

#ifdef GENC_F64
#define GEN_MATH(name) name##_f64
#else
#define GEN_MATH(name) name##_f32
#endif
#define gen_exp GEN_MATH(gen_exp)
#define gen_expm1 GEN_MATH(gen_expm1)
#define gen_log GEN_MATH(gen_log)
#define gen_log1p GEN_MATH(gen_log1p)
#define gen_tanh GEN_MATH(gen_tanh)
#define gen_sigmoid GEN_MATH(gen_sigmoid)
#define gen_softplus GEN_MATH(gen_softplus)
#define gen_erf GEN_MATH(gen_erf)
#define gen_sin GEN_MATH(gen_sin)
#define gen_cos GEN_MATH(gen_cos)
#define gen_pow GEN_MATH(gen_pow)
#define gen_log_core GEN_MATH(gen_log_core)
#define gen_split_log GEN_MATH(gen_split_log)
#define gen_sin_core GEN_MATH(gen_sin_core)
#define gen_cos_core GEN_MATH(gen_cos_core)

#endif
