/* The floor under a training step: the time of its matrix products as bare BLAS calls, one after another,
 * and of the memory traffic of its updates; and the limit, its multiply-adds at the rate of one large product.
 *
 *   genc build --dump=products SPEC | bare NAME      prints one JSON line */
#include <cblas.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

typedef struct { int m, n, k; bool trans_a, trans_b; int64_t times; } Product; /* [m, k] @ [k, n] */

enum { MOST = 4096 };
typedef struct { double traffic; int n; Product products[MOST]; } Workload;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static float *numbers(size_t n) {
    float *at = malloc(n * sizeof *at);
    if (!at) exit(1);
    for (size_t i = 0; i < n; i++) at[i] = (float)(i % 7) - 3.0f;
    return at;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *times, int n) {
    qsort(times, (size_t)n, sizeof *times, ascending);
    return times[n / 2];
}

static void multiply(const Product *p, const float *a, const float *b, float *c) {
    cblas_sgemm(CblasRowMajor, p->trans_a ? CblasTrans : CblasNoTrans, p->trans_b ? CblasTrans : CblasNoTrans, p->m,
                p->n, p->k, 1, a, p->trans_a ? p->m : p->k, b, p->trans_b ? p->k : p->n, 0, c, p->n);
}

static void multiply_all(const Workload *w, float *const *a, float *const *b, float *const *c) {
    for (int i = 0; i < w->n; i++)
        for (int64_t t = 0; t < w->products[i].times; t++) multiply(&w->products[i], a[i], b[i], c[i]);
}

/* Each kind of product has operands of its own. Rounds enough for a second, and 5 at least. */
static double products_seconds(const Workload *w) {
    enum { ROUNDS = 101 };
    static float *a[MOST], *b[MOST], *c[MOST];
    double times[ROUNDS];
    for (int i = 0; i < w->n; i++) {
        const Product *p = &w->products[i];
        a[i] = numbers((size_t)p->m * (size_t)p->k);
        b[i] = numbers((size_t)p->k * (size_t)p->n);
        c[i] = numbers((size_t)p->m * (size_t)p->n);
    }
    double begin = now();
    multiply_all(w, a, b, c);
    double once = now() - begin;
    int rounds = once * ROUNDS < 1 ? ROUNDS : once * 5 > 1 ? 5 : (int)(1 / once);
    for (int r = once < 0.1 ? -5 : 0; r < rounds; r++) {
        double start = now();
        multiply_all(w, a, b, c);
        if (r >= 0) times[r] = now() - start;
    }
    return median(times, rounds);
}

/* Multiply-adds a second of a 2048-cube product. */
static double product_rate(void) {
    const Product cube = {2048, 2048, 2048, false, false, 1};
    float *a = numbers(2048 * 2048), *b = numbers(2048 * 2048), *c = numbers(2048 * 2048);
    double times[7];
    for (int r = -1; r < 7; r++) {
        double start = now();
        multiply(&cube, a, b, c);
        if (r >= 0) times[r] = now() - start;
    }
    free(a), free(b), free(c);
    return 2048.0 * 2048.0 * 2048.0 / median(times, 7);
}

/* Bytes a second of c = a + s * b over arrays far larger than any cache. */
static double memory_rate(void) {
    enum { N = 1 << 25 };
    float *a = numbers(N), *b = numbers(N), *c = numbers(N);
    double times[7];
    for (int r = -1; r < 7; r++) {
        double start = now();
#pragma omp parallel for simd
        for (int i = 0; i < N; i++) c[i] = a[i] + 0.5f * b[i];
        if (r >= 0) times[r] = now() - start;
    }
    double keep = c[N / 2];
    free(a), free(b), free(c);
    return keep > 1e30 ? 0 : 3.0 * sizeof(float) * N / median(times, 7);
}

static void read_workload(Workload *w) {
    char line[256], left, right;
    int64_t traffic;
    while (fgets(line, sizeof line, stdin)) {
        Product p;
        if (sscanf(line, "product %" SCNd64 " %d %d %d %c %c", &p.times, &p.m, &p.n, &p.k, &left, &right) == 6 &&
            w->n < MOST) {
            p.trans_a = left == 't';
            p.trans_b = right == 't';
            w->products[w->n++] = p;
        } else if (sscanf(line, "traffic %" SCNd64, &traffic) == 1) {
            w->traffic = sizeof(float) * (double)traffic;
        } else {
            fprintf(stderr, "bare: not a line of --dump=products: %s", line);
            exit(2);
        }
    }
}

int main(int argc, char **argv) {
    static Workload w;
    read_workload(&w);
    if (argc != 2 || w.traffic == 0) {
        fprintf(stderr, "usage: genc build --dump=products SPEC | bare NAME\n");
        return 2;
    }
    double multiply_adds = 0, rate = product_rate(), memory = memory_rate(), products = products_seconds(&w);
    for (int i = 0; i < w.n; i++) {
        const Product *p = &w.products[i];
        multiply_adds += (double)p->times * p->m * p->n * p->k;
    }
    double updates = w.traffic / memory;
    printf("{\"workload\": \"%s\", \"multiply_adds\": %.0f, \"limit_ms\": %.4f, \"products_ms\": %.4f, "
           "\"updates_ms\": %.4f, \"bare_ms\": %.4f, \"gflops\": %.1f, \"memory_gb\": %.1f}\n",
           argv[1], multiply_adds, 1e3 * multiply_adds / rate, 1e3 * products, 1e3 * updates,
           1e3 * (products + updates), 2e-9 * rate, 1e-9 * memory);
    return 0;
}
