/* Draws digits with the decoder of specs/vae.gen, and writes them as one picture.
 *
 *     ./digits [CHECKPOINT [SEED]]  >digits.pgm
 *
 * Without a checkpoint it takes the one that was compiled in. */
#include "vae.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ACROSS = 10, DOWN = 6, N = ACROSS * DOWN, CODE = 20, SIDE = 28 };

/* All that the decoder works with is ours; nothing is allocated. */
static vae_weights from_file;
static vae_real code[N][CODE], picture[N][SIDE][SIDE];
static unsigned char workspace[VAE_WORKSPACE], page[DOWN * SIDE][ACROSS * SIDE];

static double uniform(void) {
    return (rand() + 0.5) / (RAND_MAX + 1.0);
}

/* Box and Muller (1958). */
static vae_real gaussian(void) {
    return (vae_real)(sqrt(-2 * log(uniform())) * cos(6.283185307179586 * uniform()));
}

static const vae_weights *weights_of(int argc, char **argv) {
    char why[256];
    if (argc < 2) return &vae_trained;
    if (vae_load(&from_file, argv[1], why, sizeof why)) return &from_file;
    fprintf(stderr, "digits: %s\n", why);
    exit(1);
}

int main(int argc, char **argv) {
    const vae_weights *weights = weights_of(argc, argv);
    srand(argc > 2 ? (unsigned)atoi(argv[2]) : 1);
    for (int i = 0; i < N; i++)
        for (int k = 0; k < CODE; k++) code[i][k] = gaussian();
    vae_p(weights, N, &code[0][0], &picture[0][0][0], NULL, NULL, workspace);
    vae_x(weights, N, &picture[0][0][0], &picture[0][0][0]); /* from 0..1 to 0..255, in place */
    for (int i = 0; i < N; i++)
        for (int y = 0; y < SIDE; y++)
            for (int x = 0; x < SIDE; x++)
                page[i / ACROSS * SIDE + y][i % ACROSS * SIDE + x] =
                    (unsigned char)(picture[i][y][x] + 0.5f);
    printf("P5 %d %d 255\n", ACROSS * SIDE, DOWN * SIDE);
    fwrite(page, 1, sizeof page, stdout);
    return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
