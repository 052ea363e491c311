/* Layers of pictures but for convolutions proper, in random shapes, against their definitions written as loops:
 * masked_conv, max_pool, avg_pool, upsample (both ways), pixel_shuffle, instancenorm, groupnorm, spectral_norm.
 *
 *   pooling spec SEED              a spec whose sample `all` gives input, parameters and output of CASES of them
 *   pooling check SEED FILE.npy    whether the outputs in it are right; status 1 and a line for those that are not
 */
#include "layers.h"

enum { CASES = 27, POWER = 12 };

typedef struct Kind Kind;
typedef struct {
    const Kind *kind;
    int axes, channels, filters, parts, groups, size, stride, padding, factor, letter;
    int length[AXES], out[AXES];
} Case;

struct Kind {
    const char *name;
    void (*choose)(Case *c);
    void (*print)(const Case *c, int number); /* the layer's instance, or nothing of a function */
    const char *apply;                        /* x_%d |> ..., with the case's numbers */
    int (*parameters)(const Case *c);         /* elements between input and output */
    bool (*is_right)(const Case *c, const double *x, const double *p, const double *y);
    const char *listed; /* what the sample gives of its parameters */
};

static bool near(double found, double wanted) {
    return fabs(found - wanted) <= 1e-12 * fmax(1, fabs(wanted));
}

/* ---- shapes: axes that are not there have length 1 ---- */

static void choose_places(Case *c, int most_axes, int most) {
    c->axes = 1 + below(most_axes);
    for (int i = 0; i < AXES; i++) c->length[i] = c->out[i] = i < c->axes ? 1 + below(most) : 1;
}

static void choose_masked(Case *c) {
    c->axes = 2;
    c->parts = below(2) ? 3 : 1;
    c->channels = c->parts * (1 + below(2));
    c->filters = c->parts * (1 + below(2));
    c->size = 1 + 2 * below(3);
    c->letter = 'A' + below(2);
    for (int i = 0; i < AXES; i++) c->length[i] = c->out[i] = i < 2 ? 1 + below(7) : 1;
}

static void choose_pool(Case *c) {
    c->axes = 1 + below(3);
    c->channels = c->filters = 1 + below(3);
    c->size = 1 + below(3);
    c->stride = 1 + below(3);
    c->padding = below(c->size);
    for (int i = 0; i < AXES; i++) {
        c->length[i] = c->out[i] = 1;
        for (int room = -1; i < c->axes && (room < 0 || room % c->stride); c->out[i] = room / c->stride + 1) {
            c->length[i] = 1 + below(8);
            room = c->length[i] + 2 * c->padding - c->size;
        }
    }
}

static void scale_out(Case *c) {
    for (int i = 0; i < c->axes; i++) c->out[i] = c->factor * c->length[i];
}

static void choose_upsample(Case *c) {
    choose_places(c, 3, 4);
    c->channels = c->filters = 1 + below(3);
    c->factor = 1 + below(3);
    scale_out(c);
}

static void choose_shuffle(Case *c) {
    choose_places(c, 2, 4);
    c->factor = 1 + below(3);
    c->filters = 1 + below(3);
    c->channels = c->filters * (c->axes == 2 ? c->factor * c->factor : c->factor);
    scale_out(c);
}

static void choose_norm(Case *c) {
    choose_places(c, 3, 5);
    c->length[0] = ++c->out[0]; /* of a single number nothing is left */
    c->groups = 1 + below(3);
    c->channels = c->filters = c->groups * (1 + below(3));
}

static void choose_spectral(Case *c) {
    choose_places(c, 1, 4);
    c->channels = 1 + below(4);
    c->filters = 1 + below(4);
}

/* ---- the spec ---- */

static void print_nothing(const Case *c, int number) {
    (void)c, (void)number;
}
static void print_masked(const Case *c, int number) {
    printf("layer_%d = masked_conv(%d, %d, kind = \"%c\", channels = %d, bias = 0.%d)\n", number, c->filters, c->size,
           c->letter, c->parts, 1 + number);
}
static void print_instancenorm(const Case *c, int number) {
    (void)c;
    printf("layer_%d = instancenorm(eps = 0.01)\n", number);
}
static void print_groupnorm(const Case *c, int number) {
    printf("layer_%d = groupnorm(%d, eps = 0.01)\n", number, c->groups);
}
static void print_spectral(const Case *c, int number) {
    printf("layer_%d = conv(%d, 1, bias = none, norm = largest_first)\n", number, c->filters);
}

static void print_applied(const Case *c, char name, int number) {
    printf("(%c_%d |> ", name, number);
    for (const char *at = c->kind->apply; *at; at++)
        switch (*at) {
        case '#': printf("%d", number); break;
        case 'S': printf("%d", c->size); break;
        case 'T': printf("%d", c->stride); break;
        case 'P': printf("%d", c->padding); break;
        case 'F': printf("%d", c->factor); break;
        default: putchar(*at);
        }
    printf(")");
}

static void print_draw(const Case *c, char name, int number) {
    printf("%c_%d[%d", name, number, c->channels);
    for (int i = 0; i < c->axes; i++) printf(", %d", c->length[i]);
    printf("] ~ normal(0, 1)\n");
}

static void print_spec(const Case *cases) {
    printf("data unused[1] ~ normal(0, 1)\nparam moved = 0\n");
    printf("layer largest_first on x[n, k] { return x |> spectral_norm(iterations = %d) }\n", POWER);
    for (int i = 0; i < CASES; i++) {
        cases[i].kind->print(&cases[i], i);
        print_draw(&cases[i], 'x', i);
    }
    printf("loss all = sum(unused) * moved");
    for (int i = 0; i < CASES; i++) {
        printf(" + mean((");
        print_applied(&cases[i], 'x', i);
        printf(" - 0.3)^2)");
    }
    printf("\ntrain { minimize all over moved");
    for (int i = 0; i < CASES; i++)
        if (cases[i].kind->print != print_nothing) printf(", layer_%d", i);
    printf(" using sgd(lr = 0.2)   batch 4   steps 3 }\nsample all {\n");
    for (int i = 0; i < CASES; i++) {
        print_draw(&cases[i], 's', i);
        printf("y_%d = ", i);
        print_applied(&cases[i], 's', i);
        printf("\n");
    }
    printf("return array(concat(");
    for (int i = 0; i < CASES; i++) {
        printf("%sflatten(s_%d)", i ? ", " : "", i);
        for (const char *at = cases[i].kind->listed; *at; at++)
            if (*at == '#') printf("%d", i);
            else putchar(*at);
        printf(", flatten(y_%d)", i);
    }
    printf("))\n}\n");
}

/* ---- the definitions ---- */

static int none(const Case *c) {
    (void)c;
    return 0;
}
static int two_a_channel(const Case *c) {
    return 2 * c->channels;
}
static int matrix(const Case *c) {
    return c->filters * c->channels;
}
static int masked_weights(const Case *c) {
    return c->filters * c->channels * c->size * c->size + c->filters;
}

static int part_of(int channel, int channels, int parts) {
    return channel * parts / channels;
}

/* y[n, i, j] = b[n] + sum of W[n, c, a, b] x[c, i + a - m, j + b - m] over rows above, places to the left, and at the
 * same place the parts before n's own, with B that too. */
static bool is_masked(const Case *c, const double *x, const double *p, const double *y) {
    int h = c->length[0], w = c->length[1], m = c->size / 2, window = c->size * c->size;
    const double *bias = p + c->filters * c->channels * window;
    for (int n = 0; n < c->filters; n++)
        for (int at = 0; at < h * w; at++) {
            double sum = bias[n];
            for (int k = 0; k < c->channels; k++)
                for (int s = 0; s < window; s++) {
                    int i = at / w + s / c->size - m, j = at % w + s % c->size - m;
                    int own = part_of(n, c->filters, c->parts), other = part_of(k, c->channels, c->parts);
                    bool earlier = s < window / 2;
                    bool here = s == window / 2 && (c->letter == 'B' ? other <= own : other < own);
                    if (i < 0 || i >= h || j < 0 || j >= w || (!earlier && !here)) continue;
                    sum += p[(n * c->channels + k) * window + s] * x[k * h * w + i * w + j];
                }
            if (!near(y[n * h * w + at], sum)) return false;
        }
    return true;
}

static bool is_pooled(const Case *c, const double *x, const double *y, bool largest) {
    int places = product(c->length), outs = product(c->out), size[AXES];
    for (int i = 0; i < AXES; i++) size[i] = i < c->axes ? c->size : 1;
    for (int n = 0; n < c->channels; n++)
        for (int o = 0; o < outs; o++) {
            int from[AXES], s[AXES], at[AXES];
            double best = -INFINITY, sum = 0;
            unflatten(o, c->out, from);
            for (int k = 0; k < product(size); k++) {
                bool inside = true;
                unflatten(k, size, s);
                for (int i = 0; i < AXES; i++) {
                    at[i] = i < c->axes ? from[i] * c->stride + s[i] - c->padding : 0;
                    inside = inside && at[i] >= 0 && at[i] < c->length[i];
                }
                if (!inside) continue;
                best = fmax(best, x[n * places + place(c->length, at)]);
                sum += x[n * places + place(c->length, at)];
            }
            if (!near(y[n * outs + o], largest ? best : sum / product(size))) return false;
        }
    return true;
}
static bool is_max_pool(const Case *c, const double *x, const double *p, const double *y) {
    (void)p;
    return is_pooled(c, x, y, true);
}
static bool is_avg_pool(const Case *c, const double *x, const double *p, const double *y) {
    (void)p;
    return is_pooled(c, x, y, false);
}

static bool is_nearest(const Case *c, const double *x, const double *p, const double *y) {
    (void)p;
    for (int n = 0; n < c->channels; n++)
        for (int o = 0; o < product(c->out); o++) {
            int at[AXES];
            unflatten(o, c->out, at);
            for (int i = 0; i < c->axes; i++) at[i] /= c->factor;
            if (y[n * product(c->out) + o] != x[n * product(c->length) + place(c->length, at)]) return false;
        }
    return true;
}

/* Between the two places nearest along every axis, by what is left of the distance to each; the ends go on. */
static double between(const Case *c, const double *x, const int *out, int axis, int *at) {
    if (axis == c->axes) return x[place(c->length, at)];
    double where = fmin(fmax((out[axis] + 0.5) / c->factor - 0.5, 0), c->length[axis] - 1);
    int low = (int)floor(where), high = low + 1 < c->length[axis] ? low + 1 : low;
    at[axis] = low;
    double first = between(c, x, out, axis + 1, at);
    at[axis] = high;
    double second = between(c, x, out, axis + 1, at);
    return first + (where - low) * (second - first);
}
static bool is_bilinear(const Case *c, const double *x, const double *p, const double *y) {
    (void)p;
    for (int n = 0; n < c->channels; n++)
        for (int o = 0; o < product(c->out); o++) {
            int out[AXES], at[AXES] = {0};
            unflatten(o, c->out, out);
            if (!near(y[n * product(c->out) + o], between(c, x + n * product(c->length), out, 0, at))) return false;
        }
    return true;
}

/* y[n, i f + a, j f + b] = x[n f^2 + a f + b, i, j] */
static bool is_shuffled(const Case *c, const double *x, const double *p, const double *y) {
    (void)p;
    int block = c->channels / c->filters;
    for (int n = 0; n < c->filters; n++)
        for (int o = 0; o < product(c->out); o++) {
            int at[AXES], inside = 0;
            unflatten(o, c->out, at);
            for (int i = 0; i < c->axes; i++) {
                inside = inside * c->factor + at[i] % c->factor;
                at[i] /= c->factor;
            }
            double wanted = x[(n * block + inside) * product(c->length) + place(c->length, at)];
            if (y[n * product(c->out) + o] != wanted) return false;
        }
    return true;
}

/* Each group's numbers less their mean, over sqrt(variance + eps); scaled and shifted by channel. */
static bool is_normal(const Case *c, const double *x, const double *p, const double *y, int groups) {
    int places = product(c->length), size = c->channels / groups * places;
    for (int g = 0; g < groups; g++) {
        double mean = 0, variance = 0;
        for (int i = 0; i < size; i++) mean += x[g * size + i] / size;
        for (int i = 0; i < size; i++) variance += pow(x[g * size + i] - mean, 2) / size;
        for (int i = g * size; i < (g + 1) * size; i++) {
            int n = i / places;
            double z = (x[i] - mean) / sqrt(variance + 0.01);
            if (!near(y[i], z * p[n] + p[c->channels + n])) return false;
        }
    }
    return true;
}
static bool is_instancenorm(const Case *c, const double *x, const double *p, const double *y) {
    return is_normal(c, x, p, y, c->channels);
}
static bool is_groupnorm(const Case *c, const double *x, const double *p, const double *y) {
    return is_normal(c, x, p, y, c->groups);
}

/* The largest two eigenvalues of W W', by as many turns as it takes: Jacobi's rotations. */
static void singular(const double *w, int n, int k, double *first, double *second) {
    double m[4][4] = {{0}};
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            for (int l = 0; l < k; l++) m[i][j] += w[i * k + l] * w[j * k + l];
    for (int turn = 0; turn < 60; turn++)
        for (int a = 0; a < n; a++)
            for (int b = a + 1; b < n; b++) {
                double angle = atan2(2 * m[a][b], m[b][b] - m[a][a]) / 2, s = sin(angle), t = cos(angle);
                for (int i = 0; i < n; i++) {
                    double u = m[a][i], v = m[b][i];
                    m[a][i] = t * u - s * v;
                    m[b][i] = s * u + t * v;
                }
                for (int i = 0; i < n; i++) {
                    double u = m[i][a], v = m[i][b];
                    m[i][a] = t * u - s * v;
                    m[i][b] = s * u + t * v;
                }
            }
    *first = *second = 0;
    for (int i = 0; i < n; i++) {
        double value = sqrt(fmax(m[i][i], 0));
        if (value > *first) *second = *first, *first = value;
        else if (value > *second) *second = value;
    }
}

/* W over its largest singular value, to what the power method reaches in so many turns. */
static bool is_spectral(const Case *c, const double *x, const double *p, const double *y) {
    double first, second;
    singular(p, c->filters, c->channels, &first, &second);
    double tolerance = 1e-9 + 1e4 * pow(second / first, 2 * POWER);
    for (int n = 0; n < c->filters; n++)
        for (int at = 0; at < product(c->length); at++) {
            double sum = 0;
            for (int k = 0; k < c->channels; k++)
                sum += p[n * c->channels + k] / first * x[k * product(c->length) + at];
            if (!(fabs(y[n * product(c->length) + at] - sum) <= tolerance * fmax(1, fabs(sum)))) return false;
        }
    return true;
}

static const char weights[] = ", flatten(layer_#.W), layer_#.b", scales[] = ", layer_#.scale, layer_#.shift";
static const Kind kinds[] = {
    {"masked_conv", choose_masked, print_masked, "layer_#", masked_weights, is_masked, weights},
    {"max_pool", choose_pool, print_nothing, "max_pool(S, stride = T, padding = P)", none, is_max_pool, ""},
    {"avg_pool", choose_pool, print_nothing, "avg_pool(S, stride = T, padding = P)", none, is_avg_pool, ""},
    {"upsample", choose_upsample, print_nothing, "upsample(F)", none, is_nearest, ""},
    {"bilinear", choose_upsample, print_nothing, "upsample(F, mode = \"bilinear\")", none, is_bilinear, ""},
    {"pixel_shuffle", choose_shuffle, print_nothing, "pixel_shuffle(F)", none, is_shuffled, ""},
    {"instancenorm", choose_norm, print_instancenorm, "layer_#", two_a_channel, is_instancenorm, scales},
    {"groupnorm", choose_norm, print_groupnorm, "layer_#", two_a_channel, is_groupnorm, scales},
    {"spectral_norm", choose_spectral, print_spectral, "layer_#", matrix, is_spectral, ", flatten(layer_#.W)"},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

/* ---- the check ---- */

int main(int argc, char **argv) {
    if (argc < 3) return 2;
    Case cases[CASES];
    state = strtoull(argv[2], NULL, 10) * 7919 + 1;
    for (int i = 0; i < CASES; i++) {
        cases[i] = (Case){.kind = &kinds[i % KINDS]};
        cases[i].kind->choose(&cases[i]);
    }
    if (strcmp(argv[1], "spec") == 0) {
        print_spec(cases);
        return 0;
    }
    int columns = 0, wrong = 0;
    double *all = argc == 4 ? load(argv[3], &columns) : NULL;
    if (!all) return 1;
    const double *at = all;
    for (int row = 0; row < ROWS; row++)
        for (int i = 0; i < CASES; i++) {
            const Case *c = &cases[i];
            const double *p = at + c->channels * product(c->length), *y = p + c->kind->parameters(c);
            if (!c->kind->is_right(c, at, p, y)) {
                printf("row %d, case %d, %s: wrong\n", row, i, c->kind->name);
                wrong++;
            }
            at = y + c->filters * product(c->out);
        }
    return wrong > 0 || at != all + (size_t)ROWS * (size_t)columns;
}
