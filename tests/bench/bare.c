/* The floor under a training step: the time of its matrix products as bare BLAS calls, one after another,
 * and of the optimiser's memory traffic; and the limit, its multiply-adds at the rate of one large product.
 *
 *   bare WORKLOAD      prints one JSON line
 *
 * A workload is a list of products [m, k] @ [k, n] with their transposes, exactly those of a step, and its
 * number of parameters. Sizes are those of the specs named. */
#include <cblas.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct { int m, n, k; bool trans_a, trans_b; int times; } Product;
typedef struct { const char *name; double parameters; Product products[24]; } Workload;

/* specs/vae.gen: 784-400-(20, 20)-400-784, batch 128. Forward x @ W, then for each layer the gradient of its
 * weights x^T @ g and, but for the first, of its input g @ W^T. */
static const Workload workloads[] = {
    {"vae", 652824, {
        {128, 400, 784, false, false, 1}, {128, 20, 400, false, false, 2},
        {128, 400, 20, false, false, 1},  {128, 784, 400, false, false, 1},
        {400, 784, 128, true, false, 1},  {128, 400, 784, false, true, 1},
        {20, 400, 128, true, false, 1},   {128, 20, 400, false, true, 1},
        {400, 20, 128, true, false, 2},   {128, 400, 20, false, true, 2},
        {784, 400, 128, true, false, 1}}},
};

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

/* Each product of the step has operands of its own, as it has there. */
static double products_seconds(const Workload *w) {
    enum { ROUNDS = 101, MOST = 24 };
    float *a[MOST] = {0}, *b[MOST] = {0}, *c[MOST] = {0};
    double times[ROUNDS];
    for (int i = 0; i < MOST && w->products[i].m; i++) {
        const Product *p = &w->products[i];
        a[i] = numbers((size_t)p->m * (size_t)p->k);
        b[i] = numbers((size_t)p->k * (size_t)p->n);
        c[i] = numbers((size_t)p->m * (size_t)p->n);
    }
    for (int r = -10; r < ROUNDS; r++) {
        double start = now();
        for (int i = 0; i < MOST && w->products[i].m; i++)
            for (int t = 0; t < w->products[i].times; t++) multiply(&w->products[i], a[i], b[i], c[i]);
        if (r >= 0) times[r] = now() - start;
    }
    for (int i = 0; i < MOST; i++) free(a[i]), free(b[i]), free(c[i]);
    return median(times, ROUNDS);
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

int main(int argc, char **argv) {
    const Workload *w = NULL;
    for (size_t i = 0; i < sizeof workloads / sizeof *workloads; i++)
        if (argc == 2 && strcmp(argv[1], workloads[i].name) == 0) w = &workloads[i];
    if (!w) {
        fprintf(stderr, "usage: bare vae\n");
        return 2;
    }
    double multiply_adds = 0, rate = product_rate(), memory = memory_rate(), products = products_seconds(w);
    for (const Product *p = w->products; p->m; p++) multiply_adds += (double)p->times * p->m * p->n * p->k;
    double optimiser = 28 * w->parameters / memory;
    printf("{\"workload\": \"%s\", \"multiply_adds\": %.0f, \"limit_ms\": %.4f, \"products_ms\": %.4f, "
           "\"optimiser_ms\": %.4f, \"bare_ms\": %.4f, \"gflops\": %.1f, \"memory_gb\": %.1f}\n",
           w->name, multiply_adds, 1e3 * multiply_adds / rate, 1e3 * products, 1e3 * optimiser,
           1e3 * (products + optimiser), 2e-9 * rate, 1e-9 * memory);
    return 0;
}
