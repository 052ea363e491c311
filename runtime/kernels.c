/* kernels.c: small dense matrices, row by row of a batch; see kernels.h. */
#include "kernels.h"

#include <string.h>

void gen_tri_solve(bool transposed, int64_t n, int64_t m, const real *l, const real *b, real *x) {
    memcpy(x, b, sizeof *x * (size_t)(n * m));
    for (int64_t step = 0; step < n; step++) {
        int64_t i = transposed ? n - 1 - step : step;
        real scale = 1 / l[i * n + i];
        for (int64_t c = 0; c < m; c++) x[i * m + c] *= scale;
        for (int64_t other = 0; other < n; other++) {
            if (transposed ? other >= i : other <= i) continue;
            real factor = transposed ? l[i * n + other] : l[other * n + i];
            for (int64_t c = 0; c < m; c++) x[other * m + c] -= factor * x[i * m + c];
        }
    }
}

static int64_t kernel_pivot(int64_t n, const real *m, int64_t column) {
    int64_t best = column;
    for (int64_t i = column + 1; i < n; i++)
        if (gen_abs(m[i * n + column]) > gen_abs(m[best * n + column])) best = i;
    return best;
}

static void kernel_swap_rows(int64_t n, real *m, int64_t a, int64_t b) {
    for (int64_t i = 0; a != b && i < n; i++) {
        real kept = m[a * n + i];
        m[a * n + i] = m[b * n + i];
        m[b * n + i] = kept;
    }
}

real gen_log_abs_det(int64_t n, const real *m, real *scratch) {
    real sum = 0;
    memcpy(scratch, m, sizeof *m * (size_t)(n * n));
    for (int64_t k = 0; k < n; k++) {
        kernel_swap_rows(n, scratch, k, kernel_pivot(n, scratch, k));
        real diagonal = scratch[k * n + k];
        sum += (real)log(fabs((double)diagonal));
        if (diagonal == 0) return sum;
        for (int64_t i = k + 1; i < n; i++) {
            real factor = scratch[i * n + k] / diagonal;
            for (int64_t j = k + 1; j < n; j++) scratch[i * n + j] -= factor * scratch[k * n + j];
        }
    }
    return sum;
}

/* Gauss-Jordan in place: row exchanges are undone as column exchanges, last first. */
void gen_inverse(int64_t n, const real *m, real *out) {
    int64_t exchanged[n];
    memcpy(out, m, sizeof *m * (size_t)(n * n));
    for (int64_t k = 0; k < n; k++) {
        exchanged[k] = kernel_pivot(n, out, k);
        kernel_swap_rows(n, out, k, exchanged[k]);
        real scale = 1 / out[k * n + k];
        out[k * n + k] = 1;
        for (int64_t j = 0; j < n; j++) out[k * n + j] *= scale;
        for (int64_t i = 0; i < n; i++) {
            if (i == k) continue;
            real factor = out[i * n + k];
            out[i * n + k] = 0;
            for (int64_t j = 0; j < n; j++) out[i * n + j] -= factor * out[k * n + j];
        }
    }
    for (int64_t k = n - 1; k >= 0; k--)
        for (int64_t i = 0; exchanged[k] != k && i < n; i++) {
            real kept = out[i * n + k];
            out[i * n + k] = out[i * n + exchanged[k]];
            out[i * n + exchanged[k]] = kept;
        }
}
