/* product.c: the matrix product, by BLAS; with GENC_MINIMAL by a blocked kernel of our own. */
#include "rt.h"

#ifndef GENC_MINIMAL

#include <cblas.h>

void gen_gemm(bool trans_a, bool trans_b, int64_t m, int64_t n, int64_t k, real alpha,
              const real *a, int64_t lda, const real *b, int64_t ldb, real beta, real *c,
              int64_t ldc) {
    CBLAS_TRANSPOSE op_a = trans_a ? CblasTrans : CblasNoTrans;
    CBLAS_TRANSPOSE op_b = trans_b ? CblasTrans : CblasNoTrans;
#ifdef GENC_F64
    cblas_dgemm(CblasRowMajor, op_a, op_b, (int)m, (int)n, (int)k, alpha, a, (int)lda, b, (int)ldb,
                beta, c, (int)ldc);
#else
    cblas_sgemm(CblasRowMajor, op_a, op_b, (int)m, (int)n, (int)k, alpha, a, (int)lda, b, (int)ldb,
                beta, c, (int)ldc);
#endif
}

#else

/* C is cut into tiles of TILE_ROWS x TILE_COLUMNS that stay in registers while k runs; A and B are
 * first copied, a panel of DEPTH at a time, into the order in which the tile reads them. */
enum { TILE_ROWS = 6, TILE_COLUMNS = 32, DEPTH = 256, PANEL_ROWS = 96 };

typedef struct {
    bool trans;
    const real *at;
    int64_t stride;
} ProductOperand;

static real product_element(ProductOperand o, int64_t row, int64_t column) {
    return o.trans ? o.at[column * o.stride + row] : o.at[row * o.stride + column];
}

static void pack_rows(ProductOperand a, int64_t row, int64_t rows, int64_t first, int64_t depth,
                      real *packed) {
    for (int64_t tile = 0; tile < rows; tile += TILE_ROWS)
        for (int64_t p = 0; p < depth; p++)
            for (int64_t i = tile; i < tile + TILE_ROWS; i++)
                *packed++ = i < rows ? product_element(a, row + i, first + p) : 0;
}

static void pack_columns(ProductOperand b, int64_t column, int64_t columns, int64_t first,
                         int64_t depth, real *packed) {
    for (int64_t p = 0; p < depth; p++)
        for (int64_t j = 0; j < TILE_COLUMNS; j++)
            *packed++ = j < columns ? product_element(b, first + p, column + j) : 0;
}

static void tile_product(int64_t depth, const real *a, const real *b,
                         real tile[TILE_ROWS][TILE_COLUMNS]) {
    for (int i = 0; i < TILE_ROWS; i++)
        for (int j = 0; j < TILE_COLUMNS; j++) tile[i][j] = 0;
    for (int64_t p = 0; p < depth; p++, a += TILE_ROWS, b += TILE_COLUMNS)
        for (int i = 0; i < TILE_ROWS; i++)
#pragma omp simd
            for (int j = 0; j < TILE_COLUMNS; j++) tile[i][j] += a[i] * b[j];
}

static void add_tile(real tile[TILE_ROWS][TILE_COLUMNS], int64_t rows, int64_t columns, real alpha,
                     real *c, int64_t ldc) {
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < columns; j++) c[i * ldc + j] += alpha * tile[i][j];
}

static int64_t at_most(int64_t value, int64_t limit) {
    return value < limit ? value : limit;
}

static void column_block(ProductOperand a, ProductOperand b, int64_t m, int64_t n, int64_t k,
                         real alpha, int64_t column, real *c, int64_t ldc) {
    real packed_a[PANEL_ROWS * DEPTH], packed_b[DEPTH * TILE_COLUMNS];
    real tile[TILE_ROWS][TILE_COLUMNS];
    int64_t columns = at_most(n - column, TILE_COLUMNS);
    for (int64_t first = 0; first < k; first += DEPTH) {
        int64_t depth = at_most(k - first, DEPTH);
        pack_columns(b, column, columns, first, depth, packed_b);
        for (int64_t row = 0; row < m; row += PANEL_ROWS) {
            int64_t rows = at_most(m - row, PANEL_ROWS);
            pack_rows(a, row, rows, first, depth, packed_a);
            for (int64_t i = 0; i < rows; i += TILE_ROWS) {
                tile_product(depth, packed_a + i * depth, packed_b, tile);
                add_tile(tile, at_most(rows - i, TILE_ROWS), columns, alpha,
                         c + (row + i) * ldc + column, ldc);
            }
        }
    }
}

void gen_gemm(bool trans_a, bool trans_b, int64_t m, int64_t n, int64_t k, real alpha,
              const real *a, int64_t lda, const real *b, int64_t ldb, real beta, real *c,
              int64_t ldc) {
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < n; j++) c[i * ldc + j] = beta == 0 ? 0 : beta * c[i * ldc + j];
    ProductOperand left = {trans_a, a, lda}, right = {trans_b, b, ldb};
#pragma omp parallel for if (m * n * k > 1 << 20)
    for (int64_t column = 0; column < n; column += TILE_COLUMNS)
        column_block(left, right, m, n, k, alpha, column, c, ldc);
}

#endif
