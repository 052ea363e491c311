/* Batch normalisation of random shapes against its definition (Ioffe & Szegedy 2015, algorithm 1), through one step
 * of gradient descent: scale and shift move by what training made of the data, and a sample then uses the running
 * averages that training left.
 *
 *   batchnorm data SEED FILE.npy     the data
 *   batchnorm spec SEED              a spec of CASES layers that reads x.npy; its sample `all` gives every output
 *   batchnorm check SEED FILE.npy    whether the outputs in it are right; prints how many are
 */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CASES = 20, ROWS = 7, MOST = 4, ROOM = 20000 };
static const double rate = 0.5;

typedef struct {
    int rank, dim[MOST], axis; /* axis: the channels', the first or the last */
    int momentum, eps;         /* in hundredths, in thousandths */
} Case;

static uint64_t state;
static Case cases[CASES];
static double data[ROWS][ROOM];

static int below(int n) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (int)((state >> 33) % (uint64_t)n);
}

static int elements(const Case *c) {
    int n = 1;
    for (int i = 0; i < c->rank; i++) n *= c->dim[i];
    return n;
}

static int channel_of(const Case *c, int element) {
    int inner = 1;
    for (int i = c->axis + 1; i < c->rank; i++) inner *= c->dim[i];
    return element / inner % c->dim[c->axis];
}

/* Returns how many numbers an example has. */
static int choose(uint64_t seed) {
    int total = 0;
    state = seed * 7919 + 1;
    for (int i = 0; i < CASES; i++) {
        Case *c = &cases[i];
        *c = (Case){.rank = 1 + below(MOST), .momentum = 1 + below(99), .eps = 1 + below(50)};
        for (int k = 0; k < c->rank; k++) c->dim[k] = 1 + below(5);
        c->axis = below(2) ? 0 : c->rank - 1;
        total += elements(c);
    }
    for (int r = 0; r < ROWS; r++)
        for (int i = 0; i < total; i++) data[r][i] = below(10000) * 1e-3 - 3 + i % 3;
    return total;
}

static void write_data(const char *path, int total) {
    char header[118];
    FILE *f = fopen(path, "wb");
    if (!f) exit(1);
    int n = snprintf(header, sizeof header, "{'descr': '<f8', 'fortran_order': False, 'shape': (%d, %d), }", ROWS, total);
    memset(header + n, ' ', sizeof header - (size_t)n);
    header[sizeof header - 1] = '\n';
    fwrite("\x93NUMPY\x01\x00\x76\x00", 1, 10, f);
    fwrite(header, 1, sizeof header, f);
    for (int r = 0; r < ROWS; r++) fwrite(data[r], sizeof **data, (size_t)total, f);
    fclose(f);
}

static void print_part(const Case *c, int start) {
    printf("reshape(x[%d:%d]", start, start + elements(c));
    for (int i = 0; i < c->rank; i++) printf(", %d", c->dim[i]);
    printf(")");
}

static void print_spec(int total) {
    printf("data x[%d] = npy(\"x.npy\", test = \"x.npy\")\n", total);
    for (int i = 0; i < CASES; i++)
        printf("norm_%d = batchnorm(axis = %d, momentum = %d / 100, eps = %d / 1000)\n", i, cases[i].axis ? -1 : 0,
               cases[i].momentum, cases[i].eps);
    printf("loss l = 0");
    for (int i = 0, start = 0; i < CASES; start += elements(&cases[i++])) {
        printf(" + sum(sin(real(iota(%d))) * flatten(", elements(&cases[i]));
        print_part(&cases[i], start);
        printf(" |> norm_%d))", i);
    }
    printf("\ntrain { minimize l over norm_0");
    for (int i = 1; i < CASES; i++) printf(", norm_%d", i);
    printf(" using sgd(lr = %g)   batch %d   steps 1 }\nsample all(x) { return array(concat(", rate, ROWS);
    for (int i = 0, start = 0; i < CASES; start += elements(&cases[i++])) {
        printf(i ? ", flatten(" : "flatten(");
        print_part(&cases[i], start);
        printf(" |> norm_%d)", i);
    }
    printf(")) }\n");
}

/* What becomes of one channel: its data's mean and variance, and the latter without bias; then scale and shift
 * after the step. */
typedef struct {
    double mean, variance, unbiased, scale, shift;
} Channel;

static Channel follow(const Case *c, int start, int channel) {
    Channel k = {0};
    int n = elements(c), count = 0;
    for (int r = 0; r < ROWS; r++)
        for (int i = 0; i < n; i++)
            if (channel_of(c, i) == channel) k.mean += data[r][start + i], count++;
    k.mean /= count;
    for (int r = 0; r < ROWS; r++)
        for (int i = 0; i < n; i++)
            if (channel_of(c, i) == channel) k.variance += pow(data[r][start + i] - k.mean, 2) / count;
    k.unbiased = k.variance * count / (count - 1);
    k.scale = 1;
    for (int r = 0; r < ROWS; r++)
        for (int i = 0; i < n; i++) {
            if (channel_of(c, i) != channel) continue;
            double normal = (data[r][start + i] - k.mean) / sqrt(k.variance + c->eps / 1000.0);
            k.scale -= rate * sin(i) * normal / ROWS;
            k.shift -= rate * sin(i) / ROWS;
        }
    return k;
}

static bool is_right(const Case *c, int start, const double *out, int columns) {
    double worst = 0, momentum = c->momentum / 100.0;
    for (int i = 0; i < elements(c); i++) {
        Channel k = follow(c, start, channel_of(c, i));
        double mean = momentum * k.mean, variance = 1 - momentum + momentum * k.unbiased;
        for (int r = 0; r < ROWS; r++) {
            double y = (data[r][start + i] - mean) / sqrt(variance + c->eps / 1000.0) * k.scale + k.shift;
            worst = fmax(worst, fabs(y - out[r * columns + start + i]) / fmax(1, fabs(y)));
        }
    }
    return worst <= 1e-11;
}

static int check(const char *path, int total) {
    static double out[ROWS * ROOM];
    char head[10], text[4096] = "";
    int rows = 0, columns = 0, right = 0, start = 0;
    FILE *f = fopen(path, "rb");
    if (!f || fread(head, 1, 10, f) != 10) return 1;
    size_t length = (unsigned char)head[8] + 256 * (size_t)(unsigned char)head[9];
    if (length >= sizeof text || fread(text, 1, length, f) != length || !strstr(text, "<f8")) return 1;
    if (sscanf(strchr(text, '('), "(%d, %d", &rows, &columns) != 2 || rows != ROWS || columns != total) return 1;
    if (fread(out, sizeof *out, (size_t)(ROWS * total), f) != (size_t)(ROWS * total)) return 1;
    fclose(f);
    for (int i = 0; i < CASES; start += elements(&cases[i++])) {
        bool ok = is_right(&cases[i], start, out, columns);
        if (!ok) printf("case %d is wrong\n", i);
        right += ok;
    }
    printf("%d of %d\n", right, CASES);
    return right == CASES ? 0 : 1;
}

int main(int argc, char **argv) {
    if (argc < 3) return 2;
    int total = choose(strtoull(argv[2], NULL, 10));
    if (strcmp(argv[1], "spec") == 0) {
        print_spec(total);
        return 0;
    }
    if (argc != 4) return 2;
    if (strcmp(argv[1], "check") == 0) return check(argv[3], total);
    write_data(argv[3], total);
    return 0;
}
