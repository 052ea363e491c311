/* Convolutions of random shapes against the sums that define them, written as loops.
 *
 *   convolutions spec SEED              a spec whose sample `all` gives, of CASES layers, one after another,
 *                                       input, weights, bias and output
 *   convolutions check SEED FILE.npy    whether the outputs in it are right; prints how many are
 */
#include "layers.h"

enum { CASES = 24 };

typedef struct {
    bool transposed;
    int axes, channels, filters, groups, extra;
    int length[AXES], size[AXES], stride[AXES], dilation[AXES], padding[AXES], out[AXES];
} Case;

/* Lengths that come out even and leave something; axes that are not there have length 1. */
static bool choose_axis(Case *c, int i) {
    c->length[i] = 1 + below(9);
    c->size[i] = 1 + below(4);
    c->stride[i] = 1 + below(3);
    c->dilation[i] = 1 + below(3);
    c->padding[i] = below(3);
    int span = (c->size[i] - 1) * c->dilation[i] + 1;
    if (c->transposed) {
        c->out[i] = (c->length[i] - 1) * c->stride[i] + span - 2 * c->padding[i] + c->extra;
        return c->out[i] >= 1;
    }
    int room = c->length[i] + 2 * c->padding[i] - span;
    c->out[i] = room / c->stride[i] + 1;
    return room >= 0 && room % c->stride[i] == 0;
}

static Case choose(void) {
    Case c = {.transposed = below(3) == 0, .axes = 1 + below(3), .groups = 1 + below(3)};
    c.extra = c.transposed ? below(2) : 0;
    c.channels = c.groups * (1 + below(3));
    c.filters = c.groups * (1 + below(3));
    for (int i = 0; i < AXES; i++) {
        c.length[i] = c.size[i] = c.stride[i] = c.dilation[i] = c.out[i] = 1;
        while (i < c.axes && !choose_axis(&c, i))
            ;
    }
    return c;
}

/* ---- the spec ---- */

static void print_each(const char *name, const Case *c, const int *at) {
    printf(", %s = each(", name);
    for (int i = 0; i < c->axes; i++) printf(i ? ", %d" : "%d", at[i]);
    printf(")");
}

static void print_layer(const Case *c, int number) {
    printf("layer_%d = %s(%d, each(", number, c->transposed ? "conv_transpose" : "conv", c->filters);
    for (int i = 0; i < c->axes; i++) printf(i ? ", %d" : "%d", c->size[i]);
    printf(")");
    print_each("stride", c, c->stride);
    print_each("dilation", c, c->dilation);
    print_each("padding", c, c->padding);
    printf(", groups = %d, bias = 0.%d", c->groups, 1 + number);
    if (c->transposed) printf(", extra = %d", c->extra);
    printf(")\n");
}

static void print_draw(const Case *c, const char *name, int number) {
    printf("%s_%d[%d", name, number, c->channels);
    for (int i = 0; i < c->axes; i++) printf(", %d", c->length[i]);
    printf("] ~ normal(0, 1)\n");
}

static void print_spec(const Case *cases) {
    printf("data unused[1] ~ normal(0, 1)\n");
    for (int i = 0; i < CASES; i++) {
        print_layer(&cases[i], i);
        print_draw(&cases[i], "x", i);
    }
    printf("loss all = sum(unused)");
    for (int i = 0; i < CASES; i++) printf(" + sum(x_%d |> layer_%d)", i, i);
    printf("\ntrain { minimize all over layer_0 using sgd(lr = 0.1)   batch 4   steps 1 }\nsample all {\n");
    for (int i = 0; i < CASES; i++) {
        print_draw(&cases[i], "s", i);
        printf("y_%d = s_%d |> layer_%d\n", i, i, i);
    }
    printf("return array(concat(");
    for (int i = 0; i < CASES; i++)
        printf("%sflatten(s_%d), flatten(layer_%d.W), layer_%d.b, flatten(y_%d)", i ? ", " : "", i, i, i, i);
    printf("))\n}\n");
}

/* ---- the reference ---- */

/* Where the window at `start` has its element s of an axis; is that on it? */
static bool reach(const Case *c, const int *start, const int *s, const int *length, int *at) {
    for (int i = 0; i < AXES; i++) {
        at[i] = start[i] * c->stride[i] + s[i] * c->dilation[i] - c->padding[i];
        if (at[i] < 0 || at[i] >= length[i]) return false;
    }
    return true;
}

/* y[n, p] = b[n] + sum of W[n, c, s] x[c, p stride + s dilation - padding]; transposed, x[c, p] W[n, s, c] goes to
 * y[n, p stride + s dilation - padding]. */
static void reference(const Case *c, const double *x, const double *w, const double *b, double *y) {
    int window = product(c->size), places = product(c->length), outs = product(c->out);
    int inputs = c->channels / c->groups, outputs = c->filters / c->groups;
    const int *from = c->transposed ? c->length : c->out, *to = c->transposed ? c->out : c->length;
    for (int n = 0; n < c->filters; n++)
        for (int p = 0; p < outs; p++) y[n * outs + p] = b[n];
    for (int n = 0; n < c->filters; n++)
        for (int k = 0; k < inputs; k++)
            for (int p = 0; p < product(from); p++)
                for (int s = 0; s < window; s++) {
                    int start[AXES], element[AXES], at[AXES];
                    int channel = n / outputs * inputs + k;
                    unflatten(p, from, start);
                    unflatten(s, c->size, element);
                    if (!reach(c, start, element, to, at)) continue;
                    if (c->transposed)
                        y[n * outs + place(to, at)] += w[(n * window + s) * inputs + k] * x[channel * places + p];
                    else y[n * outs + p] += w[(n * inputs + k) * window + s] * x[channel * places + place(to, at)];
                }
}

/* Moves *at behind the case's numbers. */
static bool is_right(const Case *c, const double **at) {
    int n_x = c->channels * product(c->length), n_y = c->filters * product(c->out);
    int n_w = c->filters * (c->channels / c->groups) * product(c->size);
    const double *x = *at, *w = x + n_x, *b = w + n_w, *y = b + c->filters;
    double *own = malloc(sizeof *own * (size_t)n_y), worst = 0;
    reference(c, x, w, b, own);
    for (int i = 0; i < n_y; i++) worst = fmax(worst, fabs(own[i] - y[i]) / fmax(1, fabs(own[i])));
    free(own);
    *at = y + n_y;
    return worst <= 1e-12;
}

int main(int argc, char **argv) {
    if (argc < 3) return 2;
    Case cases[CASES];
    state = strtoull(argv[2], NULL, 10) * 7919 + 1;
    for (int i = 0; i < CASES; i++) cases[i] = choose();
    if (strcmp(argv[1], "spec") == 0) {
        print_spec(cases);
        return 0;
    }
    int columns = 0, right = 0;
    double *all = argc == 4 ? load(argv[3], &columns) : NULL;
    if (!all) return 1;
    for (int row = 0; row < ROWS; row++) {
        const double *at = all + (size_t)row * (size_t)columns;
        for (int i = 0; i < CASES; i++) {
            bool ok = is_right(&cases[i], &at);
            if (!ok) printf("row %d, case %d is wrong\n", row, i);
            right += ok;
        }
        if (at != all + (size_t)(row + 1) * (size_t)columns) return 1;
    }
    free(all);
    printf("%d of %d\n", right, ROWS * CASES);
    return right == ROWS * CASES ? 0 : 1;
}
