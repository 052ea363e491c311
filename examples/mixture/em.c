/* EM for a mixture of K Gaussians in the plane with full covariances, by hand: what
 * specs/gmm_em.gen is held to.
 *
 *     ./em points N SEED  >points.csv                     N points around a circle
 *     ./em fit points.csv TRAINING centres.npy ROUNDS     the first TRAINING points are fitted, the
 *                                                         others held out; starts from these
 * centres
 *
 * Says after 0, 1, 2, 5, 10, 20, 50 ... rounds the mean of -log P(x) over both parts. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { K = 8, MOST = 100000 };
static const double tau = 6.283185307179586;

typedef struct {
    double weight, centre[2], covariance[3]; /* xx, xy, yy */
} Component;

static double point[MOST][2], answer[MOST][K];

static double uniform(void) {
    return (rand() + 0.5) / (RAND_MAX + 1.0);
}

static double gaussian(void) {
    return sqrt(-2 * log(uniform())) * cos(tau * uniform());
}

static int make_points(int n, unsigned seed) {
    srand(seed);
    for (int i = 0; i < n; i++) {
        double angle = tau * (int)(K * uniform()) / K;
        double x = cos(angle) + 0.1 * gaussian(), y = sin(angle) + 0.1 * gaussian();
        printf("%.9g,%.9g\n", x, y);
    }
    return 0;
}

/* log(weight N(x; centre, covariance)) */
static double log_joint(const Component *c, const double *x) {
    double dx = x[0] - c->centre[0], dy = x[1] - c->centre[1];
    const double *s = c->covariance;
    double det = s[0] * s[2] - s[1] * s[1];
    double far = (s[2] * dx * dx - 2 * s[1] * dx * dy + s[0] * dy * dy) / det;
    return log(c->weight) - far / 2 - log(det) / 2 - log(tau);
}

/* log P(x); and how much of x each component answers for. */
static double log_prob(const Component *c, const double *x, double *part) {
    double most = -INFINITY, sum = 0;
    for (int k = 0; k < K; k++) most = fmax(most, part[k] = log_joint(&c[k], x));
    for (int k = 0; k < K; k++) sum += part[k] = exp(part[k] - most);
    for (int k = 0; k < K; k++) part[k] /= sum;
    return most + log(sum);
}

static double expect(const Component *c, int from, int to) {
    double sum = 0;
    for (int i = from; i < to; i++) sum -= log_prob(c, point[i], answer[i]);
    return sum / (to - from);
}

static void maximise(Component *c, int n) {
    for (int k = 0; k < K; k++) {
        double total = 0, sum[2] = {0}, square[3] = {0};
        for (int i = 0; i < n; i++) {
            total += answer[i][k];
            for (int d = 0; d < 2; d++) sum[d] += answer[i][k] * point[i][d];
        }
        for (int d = 0; d < 2; d++) c[k].centre[d] = sum[d] / total;
        for (int i = 0; i < n; i++) {
            double dx = point[i][0] - c[k].centre[0], dy = point[i][1] - c[k].centre[1];
            square[0] += answer[i][k] * dx * dx;
            square[1] += answer[i][k] * dx * dy;
            square[2] += answer[i][k] * dy * dy;
        }
        for (int d = 0; d < 3; d++) c[k].covariance[d] = square[d] / total + (d != 1 ? 1e-6 : 0);
        c[k].weight = total / n;
    }
}

static _Noreturn void refuse(const char *path) {
    fprintf(stderr, "em: %s: cannot be read, or is not what it should be\n", path);
    exit(1);
}

static int read_points(const char *path) {
    int n = 0;
    FILE *in = fopen(path, "r");
    if (in == NULL) refuse(path);
    while (n < MOST && fscanf(in, "%lf,%lf", &point[n][0], &point[n][1]) == 2) n++;
    fclose(in);
    return n;
}

/* An array [1, K, 2] of doubles as genc's samples write it: 128 bytes, then the numbers. */
static void read_centres(const char *path, Component *c) {
    double centre[K][2];
    char head[128];
    FILE *in = fopen(path, "rb");
    if (in == NULL || fread(head, 1, sizeof head, in) != sizeof head ||
        strstr(head + 10, "<f8") == NULL || fread(centre, 1, sizeof centre, in) != sizeof centre)
        refuse(path);
    fclose(in);
    for (int k = 0; k < K; k++)
        c[k] = (Component){1.0 / K, {centre[k][0], centre[k][1]}, {0.09, 0, 0.09}};
}

static int is_round_number(int i) {
    while (i >= 10 && i % 10 == 0) i /= 10;
    return i < 3 || i == 5;
}

static int fit(const char *points, int training, const char *centres, int rounds) {
    Component c[K];
    int n = read_points(points);
    if (training < 1 || training >= n) refuse(points);
    read_centres(centres, c);
    for (int i = 0; i <= rounds; i++) {
        double held_out = expect(c, training, n), fitted = expect(c, 0, training);
        if (is_round_number(i) || i == rounds)
            printf("%6d rounds  %.9g  held out  %.9g\n", i, fitted, held_out);
        maximise(c, training);
    }
    return 0;
}

int main(int argc, char **argv) {
    if (argc == 4 && strcmp(argv[1], "points") == 0)
        return make_points(atoi(argv[2]), (unsigned)atoi(argv[3]));
    if (argc == 6 && strcmp(argv[1], "fit") == 0)
        return fit(argv[2], atoi(argv[3]), argv[4], atoi(argv[5]));
    fprintf(stderr, "usage: em points N SEED | em fit POINTS TRAINING CENTRES ROUNDS\n");
    return 2;
}
