/* Random draws: any draw can be made again anywhere. And the matrix product, ours and BLAS's. */
#include "rt_test.h"

#include "rt.h"
#include <math.h>

#define GENC_MINIMAL
#define gen_gemm minimal_gemm
#include "../../runtime/product.c"
#undef gen_gemm
#undef GENC_MINIMAL
#define GENC_LONGEST 10 /* as if BLAS could count no further */
#define gen_gemm pieced_gemm
#define at_most at_most_in_pieces
#include "../../runtime/product.c"
#undef at_most
#undef gen_gemm
void gen_gemm(bool, bool, int64_t, int64_t, int64_t, real, const real *, int64_t, const real *,
              int64_t, real, real *, int64_t);

START_TEST(philox_gives_the_published_words) { /* Random123's known answers */
    uint32_t word[4];
    random_words(0, 0, word);
    ck_assert_uint_eq(word[0], 0x6627e8d5);
    ck_assert_uint_eq(word[1], 0xe169c58d);
    ck_assert_uint_eq(word[2], 0xbc57ac4c);
    ck_assert_uint_eq(word[3], 0x9b00dbd8);
}
END_TEST

enum { ROWS = 300, LONG = 1001 };
static real whole[ROWS * LONG], part[ROWS * LONG];

typedef void Draw(const GenRun *, uint64_t, int64_t, int64_t, int64_t, int64_t, real *);
static Draw *const draws[] = {gen_uniform, gen_gaussian};

START_TEST(a_row_depends_on_its_example_alone) {
    GenRun run = {.seed = 5, .stream = 7};
    draws[_i](&run, 9, 0, ROWS, 1, LONG, whole);
    run.first_example = 123;
    draws[_i](&run, 9, 0, 20, 1, LONG, part);
    ck_assert_mem_eq(part, whole + 123 * LONG, 20 * LONG * sizeof(real));
}
END_TEST

START_TEST(a_turn_is_the_same_inside_draws_and_alone) {
    GenRun run = {.seed = 5, .stream = 7};
    draws[_i](&run, 9, 2, 30, 3, 7, whole); /* turns 6, 7, 8 of 10 examples */
    draws[_i](&run, 9, 7, 10, 1, 7, part);
    for (int example = 0; example < 10; example++)
        ck_assert_mem_eq(part + example * 7, whole + (example * 3 + 1) * 7, 7 * sizeof(real));
}
END_TEST

START_TEST(keys_draw_differently) {
    GenRun run = {.seed = 5, .stream = 7}, other[] = {run, run, run};
    other[0].seed++;
    other[1].stream++;
    other[2].repetition++;
    draws[_i](&run, 9, 0, 1, 1, 4, whole);
    for (int k = 0; k < 3; k++) {
        draws[_i](&other[k], 9, 0, 1, 1, 4, part);
        ck_assert_mem_ne(part, whole, 4 * sizeof(real));
    }
    draws[_i](&run, 10, 0, 1, 1, 4, part);
    ck_assert_mem_ne(part, whole, 4 * sizeof(real));
    int64_t turns[] = {1, (int64_t)1 << 32, (int64_t)3 << 40};
    for (int k = 0; k < 3; k++) {
        draws[_i](&run, 9, turns[k], 1, 1, 4, part);
        ck_assert_mem_ne(part, whole, 4 * sizeof(real));
    }
}
END_TEST

static double moment(int power) {
    double sum = 0;
    for (int i = 0; i < ROWS * LONG; i++) sum += pow(whole[i], power);
    return sum / (ROWS * LONG);
}

START_TEST(moments_are_those_of_the_distribution) { /* within five standard errors */
    GenRun run = {.seed = 1};
    gen_uniform(&run, 1, 0, ROWS, 1, LONG, whole);
    ck_assert_double_eq_tol(moment(1), 0.5, 0.0027);
    ck_assert_double_eq_tol(moment(2), 1.0 / 3, 0.0028);
    for (int i = 0; i < ROWS * LONG; i++) ck_assert(whole[i] > 0 && whole[i] < 1);
    gen_gaussian(&run, 1, 0, ROWS, 1, LONG, whole);
    ck_assert_double_eq_tol(moment(1), 0, 0.0092);
    ck_assert_double_eq_tol(moment(2), 1, 0.013);
    ck_assert_double_eq_tol(moment(4), 3, 0.09);
}
END_TEST

typedef void Gemm(bool, bool, int64_t, int64_t, int64_t, real, const real *, int64_t, const real *,
                  int64_t, real, real *, int64_t);
static Gemm *const products[] = {gen_gemm, minimal_gemm, pieced_gemm};

static void check_product(Gemm *gemm, bool trans_a, bool trans_b, int m, int n, int k, real beta) {
    static real a[40000], b[40000], c[40000];
    GenRun run = {.seed = 1};
    int lda = (trans_a ? m : k) + 3, ldb = (trans_b ? k : n) + 1, ldc = n + 2;
    gen_uniform(&run, 1, 0, 1, 1, 40000, a);
    gen_uniform(&run, 2, 0, 1, 1, 40000, b);
    for (int i = 0; i < 40000; i++) c[i] = beta == 0 ? NAN : 1;
    gemm(trans_a, trans_b, m, n, k, 2, a, lda, b, ldb, beta, c, ldc);
    for (int i = 0; i < m; i++)
        for (int j = 0; j < n; j++) {
            real sum = 0;
            for (int p = 0; p < k; p++)
                sum += (trans_a ? a[p * lda + i] : a[i * lda + p]) *
                       (trans_b ? b[j * ldb + p] : b[p * ldb + j]);
            ck_assert_double_eq_tol(c[i * ldc + j], 2 * sum + beta, 1e-10);
        }
}

START_TEST(products_agree_with_the_sum_of_products) {
    static const int size[][3] = {{1, 1, 1}, {5, 3, 2}, {7, 33, 300}, {100, 64, 17}, {6, 32, 256}};
    for (int s = 0; s < 5; s++)
        for (int flags = 0; flags < 8; flags++)
            check_product(products[_i], flags & 1, flags & 2, size[s][0], size[s][1], size[s][2],
                          (flags & 4) != 0);
}
END_TEST

int main(void) {
    TCase *cases = tcase_create("random");
    tcase_add_test(cases, philox_gives_the_published_words);
    tcase_add_loop_test(cases, a_row_depends_on_its_example_alone, 0, 2);
    tcase_add_loop_test(cases, a_turn_is_the_same_inside_draws_and_alone, 0, 2);
    tcase_add_loop_test(cases, keys_draw_differently, 0, 2);
    tcase_add_test(cases, moments_are_those_of_the_distribution);
    tcase_add_loop_test(cases, products_agree_with_the_sum_of_products, 0, 3);
    return run_cases("runtime random and product", cases);
}
