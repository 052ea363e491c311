/* families.c: the distributions of specs/families.gen by other formulas: densities written out, integrals
 * on grids. Compares what a trainer wrote as .npy with them; exit status 1 and a line if they differ.
 *
 *   families draws NAME FILE        Kolmogorov's test, or chi squared for discrete families
 *   families density NAME FILE      log densities at the spec's points
 *   families divergences FILE       Kullback-Leibler divergences in closed form
 *   families estimates FILE         their one-sample estimates, on average
 *   families means FILE
 *   families edges FILE             at probabilities of 0 and 1, and logits of -inf
 *   families slopes FILE            the derivatives there
 *   families largest FILE           what top_k keeps
 *   families turned FILE            how far from orthogonal matrices are */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_DIMS = 2 };
static const double pi = 3.14159265358979323846;

static void die(const char *what, const char *which) {
    fprintf(stderr, "families: %s: %s\n", which, what);
    exit(2);
}

/* ---- .npy, as double ---- */

typedef struct { double *at; long n; } Numbers;

static Numbers read_npy(const char *path) {
    FILE *file = fopen(path, "rb");
    unsigned char lead[10];
    char header[4096] = {0};
    if (file == NULL || fread(lead, 1, 10, file) != 10) die("cannot be read", path);
    size_t length = lead[8] | (size_t)lead[9] << 8;
    if (length >= sizeof header || fread(header, 1, length, file) != length || !strstr(header, "<f8"))
        die("is not an array of doubles", path);
    Numbers numbers = {malloc(1 << 26), 0};
    if (numbers.at == NULL) die("out of memory", path);
    numbers.n = (long)fread(numbers.at, sizeof(double), (1 << 26) / sizeof(double), file);
    fclose(file);
    return numbers;
}

static bool agree(const char *what, long i, double found, double expected, double tolerance) {
    bool both_nothing = isinf(expected) && found == expected;
    if (both_nothing || fabs(found - expected) <= tolerance) return true;
    printf("%s, number %ld: %.12g, expected %.12g\n", what, i, found, expected);
    return false;
}

/* ---- one dimension: density and distribution function ---- */

static double bell(double x, double mean, double std) {
    double apart = (x - mean) / std;
    return exp(-apart * apart / 2) / (std * sqrt(2 * pi));
}
static double bell_below(double x, double mean, double std) { return erfc((mean - x) / (std * sqrt(2))) / 2; }

static double normal_a(double x) { return bell(x, 1.5, 0.7); }
static double normal_a_below(double x) { return bell_below(x, 1.5, 0.7); }
static double normal_b(double x) { return bell(x, -0.5, 1.6); }
static double logistic_a(double x) {
    double c = cosh((x + 1) / 1.6);
    return 1 / (3.2 * c * c);
}
static double logistic_a_below(double x) { return (1 + tanh((x + 1) / 1.6)) / 2; }
static double laplace(double x, double mean, double scale) { return exp(-fabs(x - mean) / scale) / (2 * scale); }
static double laplace_a(double x) { return laplace(x, 0.5, 1.3); }
static double laplace_a_below(double x) {
    return x < 0.5 ? exp((x - 0.5) / 1.3) / 2 : 1 - exp((0.5 - x) / 1.3) / 2;
}
static double laplace_b(double x) { return laplace(x, -0.7, 0.9); }
static double uniform_a(double x) { return x > -1.03 && x < 2.03 ? 1 / 3.06 : 0; }
static double uniform_a_below(double x) { return fmin(1, fmax(0, (x + 1.03) / 3.06)); }
static double uniform_b(double x) { return x > -2.03 && x < 3.03 ? 1 / 5.06 : 0; }
static double mixture_a(double x) { return 0.2 * bell(x, -2, 0.5) + 0.3 * bell(x, 0.5, 1) + 0.5 * bell(x, 3, 0.8); }
static double mixture_a_below(double x) {
    return 0.2 * bell_below(x, -2, 0.5) + 0.3 * bell_below(x, 0.5, 1) + 0.5 * bell_below(x, 3, 0.8);
}

/* Initialisers: He et al.'s variance is 2 / inputs, LeCun's 1 / inputs, Glorot's 2 / (inputs + outputs); that
 * of a uniform one within +-a is a^2 / 3. */
static double half_bell_below(double x) { return bell_below(x, 0, 0.5); }
static double within_half_below(double x) { return fmin(1, fmax(0, x + 0.5)); }
static double within_quarter_below(double x) { return fmin(1, fmax(0, 2 * x + 0.5)); }

/* ---- two dimensions ---- */

/* A Gaussian by its covariance, the inverse of which is written out. */
static double bell2(double x, double y, const double mean[2], const double cov[3]) {
    double det = cov[0] * cov[2] - cov[1] * cov[1], dx = x - mean[0], dy = y - mean[1];
    double square = (cov[2] * dx * dx - 2 * cov[1] * dx * dy + cov[0] * dy * dy) / det;
    return exp(-square / 2) / (2 * pi * sqrt(det));
}

static const double mean_a[2] = {1, -1}, cov_a[3] = {1.44, -0.6, 0.61};          /* L L', xx xy yy */
static const double mean_b[2] = {0.5, 0.2}, cov_b[3] = {0.64, 0.24, 1.3};
static const double pair_mean[3][2] = {{-2, 1}, {0.5, 0}, {3, -1}}, weight[3] = {0.2, 0.3, 0.5};

static double mvnormal_a(double x, double y) { return bell2(x, y, mean_a, cov_a); }
static double mvnormal_b(double x, double y) { return bell2(x, y, mean_b, cov_b); }
static double pairs(double x, double y) {
    double sum = 0;
    for (int k = 0; k < 3; k++)
        sum += weight[k] * bell(x, pair_mean[k][0], 0.8) * bell(y, pair_mean[k][1], 0.8);
    return sum;
}

/* What a x + b y is below v with. */
static double mvnormal_a_below(double v, double a, double b) {
    double variance = a * a * cov_a[0] + 2 * a * b * cov_a[1] + b * b * cov_a[2];
    return bell_below(v, a * mean_a[0] + b * mean_a[1], sqrt(variance));
}
static double pairs_below(double v, double a, double b) {
    double sum = 0;
    for (int k = 0; k < 3; k++)
        sum += weight[k] * bell_below(v, a * pair_mean[k][0] + b * pair_mean[k][1], 0.8 * sqrt(a * a + b * b));
    return sum;
}

/* ---- the families ---- */

typedef struct {
    const char *name;
    double (*density)(double), (*below)(double);
    double (*density2)(double, double), (*below2)(double, double, double);
    int classes;                                      /* of a discrete one */
    double probability[4];
} Family;

#define DIE_SUM (1.64872127070012814685 + 0.36787944117144232160 + 1 + 3.32011692273654749)   /* of exp(logits) */
static const Family families[] = {
    {.name = "normal", .density = normal_a, .below = normal_a_below},
    {.name = "logistic", .density = logistic_a, .below = logistic_a_below},
    {.name = "laplace", .density = laplace_a, .below = laplace_a_below},
    {.name = "uniform", .density = uniform_a, .below = uniform_a_below},
    {.name = "mixture", .density = mixture_a, .below = mixture_a_below},
    {.name = "mvnormal", .density2 = mvnormal_a, .below2 = mvnormal_a_below},
    {.name = "pairs", .density2 = pairs, .below2 = pairs_below},
    {.name = "coin", .classes = 2, .probability = {0.7, 0.3}},
    {.name = "die", .classes = 4, .probability = {1.64872127070012814685 / DIE_SUM, 0.36787944117144232160 / DIE_SUM,
                                                  1 / DIE_SUM, 3.32011692273654749 / DIE_SUM}},
    {.name = "he_normal", .below = half_bell_below},
    {.name = "he_uniform", .below = within_half_below},
    {.name = "fan_in_uniform", .below = within_quarter_below},
    {.name = "lecun_normal", .below = half_bell_below},
    {.name = "glorot", .below = within_half_below},
    {.name = "number", .classes = 4, .probability = {0.25, 0.25, 0.25, 0.25}},
};

static const Family *family_named(const char *name) {
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        if (strcmp(families[i].name, name) == 0) return &families[i];
    die("is no family", name);
    return NULL;
}

/* ---- draws ---- */

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* Kolmogorov's statistic sqrt(n) sup |F_n - F| passes 2.0 with probability 0.0007. */
static bool kolmogorov(const char *name, double *v, long n, const Family *f, double a, double b) {
    double worst = 0;
    qsort(v, (size_t)n, sizeof *v, by_size);
    for (long i = 0; i < n; i++) {
        double below = f->below != NULL ? f->below(v[i]) : f->below2(v[i], a, b);
        worst = fmax(worst, fmax(fabs((double)(i + 1) / (double)n - below), fabs((double)i / (double)n - below)));
    }
    if (worst * sqrt((double)n) < 2) return true;
    printf("draws of %s: the distribution is %.4g apart\n", name, worst);
    return false;
}

/* Chi squared with at most three degrees of freedom passes 17 with probability 0.0007. */
static bool chi_squared(const Family *f, const Numbers *v) {
    double count[4] = {0}, sum = 0;
    for (long i = 0; i < v->n; i++) {
        int which = (int)v->at[i];
        if (which < 0 || which >= f->classes || which != v->at[i]) return agree(f->name, i, v->at[i], 0, 0);
        count[which]++;
    }
    for (int k = 0; k < f->classes; k++) {
        double expected = f->probability[k] * (double)v->n;
        sum += (count[k] - expected) * (count[k] - expected) / expected;
    }
    if (sum < 17) return true;
    printf("draws of %s: chi squared is %.4g\n", f->name, sum);
    return false;
}

static bool check_draws(const Family *f, const Numbers *v) {
    static const double along[4][2] = {{1, 0}, {0, 1}, {1, 1}, {1, -2}};
    if (f->classes > 0) return chi_squared(f, v);
    if (f->below != NULL) return kolmogorov(f->name, v->at, v->n, f, 0, 0);
    double *projected = malloc((size_t)v->n / 2 * sizeof *projected);
    bool good = projected != NULL;
    for (int k = 0; k < 4 && good; k++) {
        for (long i = 0; i < v->n / 2; i++)
            projected[i] = along[k][0] * v->at[2 * i] + along[k][1] * v->at[2 * i + 1];
        good = kolmogorov(f->name, projected, v->n / 2, f, along[k][0], along[k][1]);
    }
    free(projected);
    return good;
}

/* ---- densities ---- */

static bool check_density(const Family *f, const Numbers *v) {
    long points = f->classes > 0 ? f->classes : 800;
    bool good = v->n == points;
    for (long i = 0; i < points && good; i++) {
        double t = ((double)i + 0.5) * 16 / 800 - 8;
        double p = f->classes > 0 ? f->probability[i] : f->density != NULL ? f->density(t) : f->density2(t, t / 2 - 1);
        good = agree(f->name, i, v->at[i], log(p), 1e-9 * fmax(1, fabs(log(p))));
    }
    if (v->n != points) printf("%s: %ld numbers, expected %ld\n", f->name, v->n, points);
    return good;
}

/* ---- divergences: integrals by the midpoint rule ---- */

typedef double Density(double);

static double divergence(Density *p, Density *q, double low, double high) {
    const long n = 4000000;
    double sum = 0, h = (high - low) / (double)n;
    for (long i = 0; i < n; i++) {
        double x = low + ((double)i + 0.5) * h, a = p(x);
        if (a > 0) sum += a * log(a / q(x)) * h;
    }
    return sum;
}

static double divergence2(void) {
    const double low = -9, high = 9, h = 0.02;
    double sum = 0;
    for (double x = low; x < high; x += h)
        for (double y = low; y < high; y += h) {
            double a = mvnormal_a(x, y), b = mvnormal_b(x, y);
            if (a > 1e-290 && b > 1e-290) sum += a * log(a / b) * h * h;
        }
    return sum;
}

static double divergence_of_classes(int n, const double *p, const double *q) {
    double sum = 0;
    for (int i = 0; i < n; i++) sum += p[i] * log(p[i] / q[i]);
    return sum;
}

static bool check_divergences(const Numbers *v) {
    const double heads = 1 / (1 + exp(-0.4)), coin_b[2] = {1 - heads, heads}, die_b[4] = {0.1, 0.2, 0.3, 0.4};
    const double expected[6] = {divergence(normal_a, normal_b, -12, 15), divergence(laplace_a, laplace_b, -50, 50),
                                divergence(uniform_a, uniform_b, -1.03, 2.03),
                                divergence_of_classes(2, family_named("coin")->probability, coin_b),
                                divergence_of_classes(4, family_named("die")->probability, die_b), divergence2()};
    bool good = v->n % 6 == 0 && v->n > 0;
    for (long i = 0; i < 6 && good; i++) good = agree("divergences", i, v->at[i], expected[i], 1e-6);
    return good;
}

/* One-sample estimates: their mean, within five of its standard errors. */
static bool check_estimates(const Numbers *v) {
    const double expected[4] = {divergence(normal_a, logistic_a, -12, 15), divergence(logistic_a, normal_b, -45, 43),
                                divergence(laplace_a, normal_b, -45, 46), divergence(normal_a, mixture_a, -5, 9)};
    long n = v->n / 4;
    bool good = n > 1000;
    for (int k = 0; k < 4; k++) {
        double sum = 0, squares = 0;
        for (long i = 0; i < n; i++) {
            sum += v->at[4 * i + k];
            squares += v->at[4 * i + k] * v->at[4 * i + k];
        }
        double mean = sum / (double)n, error = sqrt((squares / (double)n - mean * mean) / (double)n);
        good = agree("estimates", k, mean, expected[k], 5 * error) && good;
    }
    return good;
}

static bool check_means(const Numbers *v) {
    const double expected[10] = {1.5, -1, 0.5, 0.5, 0.2 * -2 + 0.3 * 0.5 + 0.5 * 3, 0.3, 1, -1,
                                 0.2 * -2 + 0.3 * 0.5 + 0.5 * 3, 0.2 * 1 + 0.5 * -1};
    bool good = v->n >= 10;
    for (long i = 0; i < 10 && good; i++) good = agree("means", i, v->at[i], expected[i], 1e-12);
    return good;
}

static bool check_list(const char *what, const Numbers *v, const double *expected, long n) {
    bool good = v->n == n;
    if (!good) printf("%s: %ld numbers, expected %ld\n", what, v->n, n);
    for (long i = 0; i < n && good; i++) good = agree(what, i, v->at[i], expected[i], 1e-12);
    return good;
}

/* 0 log 0 = 0, as in PyTorch's kl_divergence; the log of a sum of nothing is -inf. */
static bool check_edges(const Numbers *v) {
    const double expected[] = {0, 0, log(2), log(2), 0, -INFINITY, log(2), INFINITY, -log(1 + exp(-1)), 0,
                               -INFINITY, 1, INFINITY, -INFINITY};
    return check_list("edges", v, expected, sizeof expected / sizeof *expected);
}

/* With l the logits, p their softmax: of log p_c by l it is [i = c] - p_i, of a divergence from the uniform
 * one p_i (log p_i + H), to a masked one p_i - 1/3; what has no part in them has the slope 0. */
static bool check_slopes(const Numbers *v) {
    const double p = 1 / (1 + exp(1)), q = 1 - p, entropy = -p * log(p) - q * log(q);
    const double expected[] = {0, 0, 0, 0, -1, 0, 0, -p, p, 0, p * (log(p) + entropy), q * (log(q) + entropy),
                               0, 0, -1. / 3, p - 1. / 3, q - 1. / 3};
    return check_list("slopes", v, expected, sizeof expected / sizeof *expected);
}

/* As many as asked for, of equal ones the first. */
static bool check_largest(const Numbers *v) {
    const double expected[] = {0, 0, -1, -1, 0, 0, 0, -2, 0, 0, 0, -2, -1, 4, -1, -1, -1, 4, 2, 3};
    return check_list("largest", v, expected, sizeof expected / sizeof *expected);
}

static bool check_turned(const Numbers *v) {
    bool good = v->n >= 4000;
    for (long i = 0; i < v->n && good; i++) good = agree("turned", i, v->at[i], 0, 1e-9);
    return good;
}

int main(int argc, char **argv) {
    if (argc == 4) {
        const Family *f = family_named(argv[2]);
        Numbers v = read_npy(argv[3]);
        return !(strcmp(argv[1], "draws") == 0 ? check_draws(f, &v) : check_density(f, &v));
    }
    if (argc != 3) die("draws|density NAME FILE, or divergences|estimates|means|edges|slopes|largest|turned FILE", "usage");
    Numbers v = read_npy(argv[2]);
    static const struct { const char *name; bool (*check)(const Numbers *); } checks[] = {
        {"divergences", check_divergences}, {"estimates", check_estimates}, {"means", check_means},
        {"edges", check_edges},             {"slopes", check_slopes},       {"largest", check_largest},
        {"turned", check_turned}};
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
        if (strcmp(checks[i].name, argv[1]) == 0) return !checks[i].check(&v);
    die("is no check", argv[1]);
    return 2;
}
