/* What the two programs share that compare layers of random shapes with their definitions: random numbers, places in
 * a picture of up to three axes, and what a trainer's sample wrote. */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { AXES = 3, ROWS = 3 };

static uint64_t state;

static int below(int n) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (int)((state >> 33) % (uint64_t)n);
}

static int product(const int *at) {
    return at[0] * at[1] * at[2];
}

static int place(const int *length, const int *at) {
    return (at[0] * length[1] + at[1]) * length[2] + at[2];
}

static void unflatten(int flat, const int *length, int *at) {
    for (int i = AXES - 1; i >= 0; i--) {
        at[i] = flat % length[i];
        flat /= length[i];
    }
}

/* The numbers of a .npy file of ROWS rows, in double precision; NULL: it is none. */
static double *load(const char *path, int *columns) {
    FILE *f = fopen(path, "rb");
    char head[10], text[4096] = "";
    int rows = 0;
    if (!f || fread(head, 1, 10, f) != 10) return NULL;
    size_t length = (unsigned char)head[8] + 256 * (size_t)(unsigned char)head[9];
    if (length >= sizeof text || fread(text, 1, length, f) != length) return NULL;
    const char *shape = strstr(text, "(");
    if (!strstr(text, "<f8") || !shape || sscanf(shape, "(%d, %d", &rows, columns) != 2 || rows != ROWS) return NULL;
    double *at = malloc(sizeof *at * (size_t)rows * (size_t)*columns);
    bool whole = fread(at, sizeof *at, (size_t)(rows * *columns), f) == (size_t)(rows * *columns);
    fclose(f);
    return whole ? at : NULL;
}
