/* pca.c: what a linear auto-encoder can reach at best: the principal components' error, by LAPACK.
 *
 *   pca points FILE        writes 512 points in 16 dimensions as .npy
 *   pca error FILE K       prints the mean squared distance of the points from the plane of their K
 *                          leading principal components: sum over i >= K of sigma_i^2 / n (Pearson 1901) */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { POINTS = 512, DIMS = 16, HEADER = 128 };

/* LAPACK's singular values, in Fortran's calling convention. */
void dgesvd_(const char *jobu, const char *jobvt, const int *m, const int *n, double *a, const int *lda,
             double *s, double *u, const int *ldu, double *vt, const int *ldvt, double *work,
             const int *lwork, int *info);

static uint64_t chance_state = 88172645463325252u;

static double chance(void) {                          /* xorshift64 (Marsaglia 2003) */
    chance_state ^= chance_state << 13;
    chance_state ^= chance_state >> 7;
    chance_state ^= chance_state << 17;
    return (double)(chance_state >> 11) * 0x1p-53;
}

static double bell(void) {                            /* nearly Gaussian: the sum of twelve uniforms */
    double sum = -6;
    for (int i = 0; i < 12; i++) sum += chance();
    return sum;
}

/* Directions at random with falling weights, around a mean that is not 0. */
static void make_points(double points[POINTS][DIMS]) {
    double direction[DIMS][DIMS];
    for (int k = 0; k < DIMS; k++)
        for (int i = 0; i < DIMS; i++) direction[k][i] = bell() * pow(0.75, k) / 2;
    for (int e = 0; e < POINTS; e++) {
        for (int i = 0; i < DIMS; i++) points[e][i] = 0.1 * i - 0.5;
        for (int k = 0; k < DIMS; k++) {
            double weight = bell();
            for (int i = 0; i < DIMS; i++) points[e][i] += weight * direction[k][i];
        }
    }
}

static int write_points(const char *path) {
    static double points[POINTS][DIMS];
    char header[HEADER + 1];
    int text = snprintf(header, sizeof header,
                        "%c%s{'descr': '<f8', 'fortran_order': False, 'shape': (%d, %d), }", 0x93,
                        "NUMPY\x01\x01vv", POINTS, DIMS);
    memset(header + text, ' ', (size_t)(HEADER - text - 1));
    header[HEADER - 1] = '\n';
    header[7] = 0;                                    /* version 1.0, and the length of what follows */
    header[8] = HEADER - 10;
    header[9] = 0;
    make_points(points);
    FILE *file = fopen(path, "wb");
    if (file == NULL) return 2;
    fwrite(header, 1, HEADER, file);
    fwrite(points, sizeof points, 1, file);
    return fclose(file) == 0 ? 0 : 2;
}

static int print_error(const char *path, int components) {
    static double points[POINTS][DIMS];
    double singular[DIMS], unused, work[4096], error = 0;
    int rows = DIMS, columns = POINTS, one = 1, room = 4096, info;
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, HEADER, SEEK_SET) != 0 || fread(points, sizeof points, 1, file) != 1)
        return 2;
    fclose(file);
    for (int i = 0; i < DIMS; i++) {                  /* the principal components are about the mean */
        double mean = 0;
        for (int e = 0; e < POINTS; e++) mean += points[e][i] / POINTS;
        for (int e = 0; e < POINTS; e++) points[e][i] -= mean;
    }
    /* row-major [POINTS, DIMS] is column-major [DIMS, POINTS] */
    dgesvd_("N", "N", &rows, &columns, &points[0][0], &rows, singular, &unused, &one, &unused, &one, work,
            &room, &info);
    if (info != 0) return 2;
    for (int i = components; i < DIMS; i++) error += singular[i] * singular[i] / POINTS;
    printf("%.17g\n", error);
    return 0;
}

int main(int argc, char **argv) {
    if (argc == 3 && strcmp(argv[1], "points") == 0) return write_points(argv[2]);
    if (argc == 4 && strcmp(argv[1], "error") == 0) return print_error(argv[2], atoi(argv[3]));
    fprintf(stderr, "usage: pca points FILE | error FILE K\n");
    return 2;
}
