/* The runtime's elementwise functions against long double libm: at most 2 units in the last place.
 */
#include "rt_test.h"

#include "genmath.h"

static uint64_t random_bits(uint64_t i) { /* splitmix64 */
    uint64_t z = (i + 1) * 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static long double exact_sigmoid(long double x) {
    return x < 0 ? expl(x) / (1 + expl(x)) : 1 / (1 + expl(-x));
}

static long double exact_softplus(long double x) {
    return (x > 0 ? x : 0) + log1pl(expl(-fabsl(x)));
}

typedef long double Exact(long double x);
static const struct {
    const char *name;
    float (*single)(float);
    double (*wide)(double);
    Exact *exact;
} functions[] = {
    {"exp", gen_exp_f32, gen_exp_f64, expl},
    {"expm1", gen_expm1_f32, gen_expm1_f64, expm1l},
    {"log", gen_log_f32, gen_log_f64, logl},
    {"log1p", gen_log1p_f32, gen_log1p_f64, log1pl},
    {"tanh", gen_tanh_f32, gen_tanh_f64, tanhl},
    {"sigmoid", gen_sigmoid_f32, gen_sigmoid_f64, exact_sigmoid},
    {"softplus", gen_softplus_f32, gen_softplus_f64, exact_softplus},
    {"erf", gen_erf_f32, gen_erf_f64, erfl},
    {"sin", gen_sin_f32, gen_sin_f64, sinl},
    {"cos", gen_cos_f32, gen_cos_f64, cosl},
};
enum { FUNCTIONS = sizeof functions / sizeof *functions, POINTS = 300000 };

/* Units in the last place of a format with `digits` bits whose smallest step is 2^lowest. Results
 * that are not finite, or beyond the format, must agree exactly. */
static double units_off(double got, long double exact, int digits, int lowest, double largest) {
    if (isnan(exact)) return isnan(got) ? 0 : INFINITY;
    if (fabsl(exact) > largest)
        return got == (exact > 0 ? INFINITY : -INFINITY) || fabs(got) == largest ? 0 : INFINITY;
    if (exact == 0) return got == 0 && !signbit(got) == !signbit(exact) ? 0 : INFINITY;
    int power;
    frexpl(exact, &power);
    int unit = power - digits < lowest ? lowest : power - digits;
    return (double)(fabsl((long double)got - exact) / ldexpl(1, unit));
}

static double off_single(float got, long double exact) {
    return units_off((double)got, exact, 24, -149, 0x1.fffffep127);
}

static double off_double(double got, long double exact) {
    return units_off(got, exact, 53, -1074, 0x1.fffffffffffffp1023);
}

static const double special[] = {0.0,
                                 -0.0,
                                 1,
                                 -1,
                                 0.5,
                                 -0.5,
                                 INFINITY,
                                 -INFINITY,
                                 NAN,
                                 0x1p-149,
                                 -0x1p-149,
                                 0x1p-130,
                                 0x1p-126,
                                 0x1.fffffep127,
                                 -0x1.fffffep127,
                                 88.72,
                                 88.73,
                                 -87.3,
                                 -103.9,
                                 -104,
                                 709.7,
                                 710,
                                 -745,
                                 -746,
                                 0x1p20,
                                 0x1p23,
                                 1e15,
                                 1e22,
                                 0.6931,
                                 0.625,
                                 0.92773437,
                                 4,
                                 -4,
                                 20,
                                 -20,
                                 1e-8,
                                 -1e-8};

START_TEST(floats_are_within_two_units) {
    for (uint64_t i = 0; i < POINTS; i++) {
        uint64_t bits = random_bits(i);
        float x = i % 3 == 0   ? (float)((double)(int64_t)bits * 0x1p-63 * 30)
                  : i % 3 == 1 ? (float)((double)(int64_t)bits * 0x1p-63 * 2)
                               : gen_from_bits_f32((uint32_t)bits);
        double off = off_single(functions[_i].single(x), functions[_i].exact((long double)x));
        ck_assert_msg(off <= 2, "%s(%a): %g units off", functions[_i].name, (double)x, off);
    }
}
END_TEST

START_TEST(doubles_are_within_two_units) {
    for (uint64_t i = 0; i < POINTS; i++) {
        uint64_t bits = random_bits(i);
        double x = i % 3 == 0   ? (double)(int64_t)bits * 0x1p-63 * 100
                   : i % 3 == 1 ? (double)(int64_t)bits * 0x1p-63 * 2
                                : gen_from_bits_f64(bits);
        double off = off_double(functions[_i].wide(x), functions[_i].exact((long double)x));
        ck_assert_msg(off <= 2, "%s(%a): %g units off", functions[_i].name, x, off);
    }
}
END_TEST

START_TEST(special_values_come_out_as_in_libm) {
    for (size_t i = 0; i < sizeof special / sizeof *special; i++) {
        float x = (float)special[i];
        double off = off_single(functions[_i].single(x), functions[_i].exact((long double)x));
        ck_assert_msg(off <= 2, "%s_f32(%a): %g units off", functions[_i].name, (double)x, off);
        off = off_double(functions[_i].wide(special[i]),
                         functions[_i].exact((long double)special[i]));
        ck_assert_msg(off <= 2, "%s_f64(%a): %g units off", functions[_i].name, special[i], off);
    }
}
END_TEST

START_TEST(powers_are_within_two_units) {
    int n = sizeof special / sizeof *special;
    for (uint64_t i = 0; i < 10 * POINTS; i++) {
        uint64_t bits = random_bits(i);
        float x = gen_from_bits_f32((uint32_t)bits), y = (float)((int32_t)(bits >> 32) * 0x1p-27);
        if (i % 2 == 0) x = (float)((uint32_t)bits * 0x1p-28);
        if (i < (uint64_t)(n * n)) {
            x = (float)special[i / (uint64_t)n];
            y = (float)special[i % (uint64_t)n];
        }
        double off = off_single(gen_pow_f32(x, y), powl((long double)x, (long double)y));
        ck_assert_msg(off <= 2, "pow(%a, %a): %g units off", (double)x, (double)y, off);
    }
}
END_TEST

START_TEST(negative_bases_take_whole_powers) {
    ck_assert_float_eq(gen_pow_f32(-2, 3), -8);
    ck_assert_float_eq(gen_pow_f32(-2, -2), 0.25f);
    ck_assert(isnan(gen_pow_f32(-2, 0.5f)));
    ck_assert_float_eq(gen_pow_f32(-1, INFINITY), 1);
    ck_assert_float_eq(gen_pow_f32(0, 0), 1);
}
END_TEST

int main(void) {
    TCase *cases = tcase_create("maths");
    tcase_add_loop_test(cases, floats_are_within_two_units, 0, FUNCTIONS);
    tcase_add_loop_test(cases, doubles_are_within_two_units, 0, FUNCTIONS);
    tcase_add_loop_test(cases, special_values_come_out_as_in_libm, 0, FUNCTIONS);
    tcase_add_test(cases, powers_are_within_two_units);
    tcase_add_test(cases, negative_bases_take_whole_powers);
    tcase_set_timeout(cases, 60);
    return run_cases("runtime maths", cases);
}
