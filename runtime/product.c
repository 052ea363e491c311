/* product.c: the matrix product, by BLAS; with GENC_MINIMAL by a blocked kernel of our own. */
#include "gencall.h"

#include <string.h>

static int64_t at_most(int64_t value, int64_t limit) {
    return value < limit ? value : limit;
}

#ifndef GENC_MINIMAL

#include <cblas.h>

/* BLAS counts in int. What is longer is multiplied in pieces; where rows lie further apart than
 * that, one row at a time, of which no distance matters. */
#ifndef GENC_LONGEST
#define GENC_LONGEST (1 << 30)
#endif

static int64_t blas_piece(bool one_at_a_time) {
    return one_at_a_time ? 1 : GENC_LONGEST;
}

static void blas_product(bool trans_a, bool trans_b, int64_t m, int64_t n, int64_t k, real alpha,
                         const real *a, int64_t lda, const real *b, int64_t ldb, real beta, real *c,
                         int64_t ldc) {
    CBLAS_TRANSPOSE op_a = trans_a ? CblasTrans : CblasNoTrans;
    CBLAS_TRANSPOSE op_b = trans_b ? CblasTrans : CblasNoTrans;
    int stride_a = (int)at_most(lda, GENC_LONGEST), stride_b = (int)at_most(ldb, GENC_LONGEST);
    int stride_c = (int)at_most(ldc, GENC_LONGEST);
#ifdef GENC_F64
    cblas_dgemm(CblasRowMajor, op_a, op_b, (int)m, (int)n, (int)k, alpha, a, stride_a, b, stride_b,
                beta, c, stride_c);
#else
    cblas_sgemm(CblasRowMajor, op_a, op_b, (int)m, (int)n, (int)k, alpha, a, stride_a, b, stride_b,
                beta, c, stride_c);
#endif
}

void gen_gemm(bool trans_a, bool trans_b, int64_t m, int64_t n, int64_t k, real alpha,
              const real *a, int64_t lda, const real *b, int64_t ldb, real beta, real *c,
              int64_t ldc) {
    bool far_a = lda > GENC_LONGEST, far_b = ldb > GENC_LONGEST;
    int64_t rows = blas_piece((far_a && !trans_a) || ldc > GENC_LONGEST);
    int64_t columns = blas_piece(far_b && trans_b);
    int64_t depth = blas_piece((far_a && trans_a) || (far_b && !trans_b));
    for (int64_t i = 0; i < m; i += rows)
        for (int64_t j = 0; j < n; j += columns)
            for (int64_t p = 0; p < k || p == 0; p += depth)
                blas_product(trans_a, trans_b, at_most(m - i, rows), at_most(n - j, columns),
                             at_most(k - p, depth), alpha,
                             a + (trans_a ? p * lda + i : i * lda + p), lda,
                             b + (trans_b ? j * ldb + p : p * ldb + j), ldb, p > 0 ? 1 : beta,
                             c + i * ldc + j, ldc);
}

#else

/* After Goto and van de Geijn (2008). A tile of C of TILE_ROWS x TILE_COLUMNS stays in registers
 * while DEPTH products are added to it. A and B are first copied, a block of each at a time, into
 * the order in which tiles read them: A's block stays in the second cache, B's panel of
 * TILE_COLUMNS in the first. Tiles at the edges are computed whole, beside zeros. Sums have one
 * order, whoever computes which block. */
#if defined __AVX512F__
enum { LANES = 64 / sizeof(real), TILE_ROWS = 12, TILE_COLUMNS = 2 * LANES };
#elif defined __AVX__
enum { LANES = 32 / sizeof(real), TILE_ROWS = 6, TILE_COLUMNS = 2 * LANES };
#else
enum { LANES = 16 / sizeof(real), TILE_ROWS = 4, TILE_COLUMNS = 2 * LANES };
#endif
enum { DEPTH = 256, BLOCK_ROWS = 96, BLOCK_COLUMNS = 128 };

/* LANES numbers side by side: gcc and clang make them the processor's vectors, or several. */
typedef real Lanes __attribute__((vector_size(LANES * sizeof(real)), aligned(sizeof(real))));

typedef struct {
    bool trans;
    const real *at;
    int64_t stride;
} ProductOperand;

typedef struct {
    ProductOperand a, b;
    int64_t m, n, k;
    real alpha, beta, *c;
    int64_t ldc;
} ProductTask;

/* `wide` rows of A from `row` on, or columns of B, of which `there` exist: [depth, wide]. Along
 * `wide` the numbers lie `step` apart in memory, along the depth `next`. */
static void pack_panel(const real *from, int64_t step, int64_t next, int64_t there, int64_t wide,
                       int64_t depth, real *packed) {
    for (int64_t p = 0; p < depth; p++, from += next, packed += wide) {
        if (step == 1) memcpy(packed, from, (size_t)there * sizeof *packed);
        else
            for (int64_t i = 0; i < there; i++) packed[i] = from[i * step];
        for (int64_t i = there; i < wide; i++) packed[i] = 0;
    }
}

static void pack_rows(ProductOperand a, int64_t row, int64_t rows, int64_t first, int64_t depth,
                      real *packed) {
    int64_t step = a.trans ? 1 : a.stride, next = a.trans ? a.stride : 1;
    for (int64_t i = 0; i < rows; i += TILE_ROWS, packed += TILE_ROWS * depth)
        pack_panel(a.at + (row + i) * step + first * next, step, next, at_most(rows - i, TILE_ROWS),
                   TILE_ROWS, depth, packed);
}

static void pack_columns(ProductOperand b, int64_t column, int64_t columns, int64_t first,
                         int64_t depth, real *packed) {
    int64_t step = b.trans ? b.stride : 1, next = b.trans ? 1 : b.stride;
    for (int64_t j = 0; j < columns; j += TILE_COLUMNS, packed += TILE_COLUMNS * depth)
        pack_panel(b.at + (column + j) * step + first * next, step, next,
                   at_most(columns - j, TILE_COLUMNS), TILE_COLUMNS, depth, packed);
}

/* Here, and only here, a product and a sum may become one operation, as in any BLAS. */
#ifndef __clang__
__attribute__((optimize("fp-contract=fast")))
#endif
static void
tile_product(int64_t depth, const real *a, const real *b, Lanes tile[TILE_ROWS][2]) {
#ifdef __clang__
#pragma STDC FP_CONTRACT ON
#endif
    Lanes sum[TILE_ROWS][2] = {0};
    for (int64_t p = 0; p < depth; p++, a += TILE_ROWS, b += TILE_COLUMNS) {
        Lanes left = *(const Lanes *)b, right = *(const Lanes *)(b + LANES);
#pragma GCC unroll 12
        for (int i = 0; i < TILE_ROWS; i++) {
            sum[i][0] += a[i] * left;
            sum[i][1] += a[i] * right;
        }
    }
    memcpy(tile, sum, sizeof sum);
}

/* C = alpha * tile + beta * C, where that is inside of C. */
static void put_product(const ProductTask *t, const Lanes tile[TILE_ROWS][2], int64_t row,
                        int64_t column, int64_t last_row, int64_t last_column, real beta) {
    int64_t rows = at_most(last_row - row, TILE_ROWS);
    int64_t columns = at_most(last_column - column, TILE_COLUMNS);
    for (int64_t i = 0; i < rows; i++) {
        real line[TILE_COLUMNS], *c = t->c + (row + i) * t->ldc + column;
        memcpy(line, tile[i], sizeof line);
        for (int64_t j = 0; j < columns; j++)
            c[j] = t->alpha * line[j] + (beta == 0 ? 0 : beta * c[j]);
    }
}

/* One block of C, of BLOCK_ROWS x BLOCK_COLUMNS. */
static void product_block(const ProductTask *t, int64_t row, int64_t column) {
    _Alignas(64) real a[BLOCK_ROWS * DEPTH], b[BLOCK_COLUMNS * DEPTH];
    int64_t last_row = at_most(row + BLOCK_ROWS, t->m);
    int64_t last_column = at_most(column + BLOCK_COLUMNS, t->n);
    Lanes tile[TILE_ROWS][2];
    for (int64_t first = 0; first < t->k; first += DEPTH) {
        int64_t depth = at_most(t->k - first, DEPTH);
        pack_rows(t->a, row, last_row - row, first, depth, a);
        pack_columns(t->b, column, last_column - column, first, depth, b);
        for (int64_t j = column; j < last_column; j += TILE_COLUMNS)
            for (int64_t i = row; i < last_row; i += TILE_ROWS) {
                tile_product(depth, a + (i - row) * depth, b + (j - column) * depth, tile);
                put_product(t, tile, i, j, last_row, last_column, first > 0 ? 1 : t->beta);
            }
    }
}

void gen_gemm(bool trans_a, bool trans_b, int64_t m, int64_t n, int64_t k, real alpha,
              const real *a, int64_t lda, const real *b, int64_t ldb, real beta, real *c,
              int64_t ldc) {
    ProductTask task = {{trans_a, a, lda}, {trans_b, b, ldb}, m, n, k, alpha, beta, c, ldc};
    int64_t across = (n + BLOCK_COLUMNS - 1) / BLOCK_COLUMNS;
    int64_t blocks = across * ((m + BLOCK_ROWS - 1) / BLOCK_ROWS);
#pragma omp parallel for if (m * n * k > 1 << 20)
    for (int64_t i = 0; i < blocks; i++)
        product_block(&task, i / across * BLOCK_ROWS, i % across * BLOCK_COLUMNS);
    for (int64_t i = 0; k == 0 && i < m; i++)
        for (int64_t j = 0; j < n; j++) c[i * ldc + j] = beta == 0 ? 0 : beta * c[i * ldc + j];
}

#endif
