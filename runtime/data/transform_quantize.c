/* transform_quantize.c: pictures of numbers of colours.
 *
 * The palette is the training pictures' own colours where there are at most K; otherwise K centres
 * of a sample of them, by k-means: seeds as Arthur and Vassilvitskii (2007), then Lloyd (1982). All
 * from a fixed seed. Its entries are ordered from dark to light. */
#include "data.h"

enum { MAX_CHANNELS = 3, COLOUR_SAMPLE = 1 << 16, LLOYD_ROUNDS = 24 };

typedef struct {
    real channel[MAX_CHANNELS];
} Colour;

static int64_t channels_before(const Transform *t) {
    return t->before.rank > 2 ? t->before.dim[t->before.rank - 3] : 1;
}

static int64_t pixels_before(const Transform *t) {
    return t->before.dim[t->before.rank - 1] * t->before.dim[t->before.rank - 2];
}

static void describe_quantize(Transform *t) {
    int rank = t->before.rank;
    if (rank < 2) fail("%s: is for pictures, found %d axes", t->path, rank);
    int64_t channels = channels_before(t), k = (int64_t)call_number(t->call, "k");
    if (channels != 1 && channels != 3)
        fail("%s: wants 1 or 3 channels, found %" PRId64, t->path, channels);
    if (rank > 2) { /* the channels' axis goes */
        memmove(t->after.dim + rank - 3, t->after.dim + rank - 2, 2 * sizeof(int64_t));
        t->after.rank--;
    }
    t->after.low = 0;
    t->after.high = (double)(k - 1);
    t->after.level = 1;
    t->after.classes = k;
    t->stat_name[0] = "palette"; /* [k, channels] */
    t->stat_size[0] = k * channels;
}

/* ---- the colours of the training data ---- */

typedef struct {
    const real *values; /* [planes, channels, pixels] */
    int64_t pixels, channels, n;
} ColourList;

static Colour colour_at(const ColourList *list, int64_t i) {
    Colour colour = {{0}};
    const real *at = list->values + i / list->pixels * list->channels * list->pixels;
    for (int64_t c = 0; c < list->channels; c++)
        colour.channel[c] = at[c * list->pixels + i % list->pixels];
    return colour;
}

static real distance2(const Colour *a, const Colour *b) {
    real sum = 0;
    for (int c = 0; c < MAX_CHANNELS; c++)
        sum += (a->channel[c] - b->channel[c]) * (a->channel[c] - b->channel[c]);
    return sum;
}

static int64_t nearest_colour(const Colour *palette, int64_t k, const Colour *colour) {
    int64_t best = 0;
    real least = distance2(&palette[0], colour);
    for (int64_t i = 1; i < k && least > 0; i++) {
        real distance = distance2(&palette[i], colour);
        if (distance < least) {
            least = distance;
            best = i;
        }
    }
    return best;
}

/* All colours there are, if they are at most k; otherwise 0. */
static int64_t distinct_colours(const ColourList *list, Colour *palette, int64_t k) {
    int64_t found = 0, last = 0;
    for (int64_t i = 0; i < list->n; i++) {
        Colour colour = colour_at(list, i);
        if (found > 0 && distance2(&palette[last], &colour) == 0) continue; /* as its neighbour */
        last = found > 0 ? nearest_colour(palette, found, &colour) : 0;
        if (found > 0 && distance2(&palette[last], &colour) == 0) continue;
        if (found == k) return 0;
        palette[last = found++] = colour;
    }
    return found;
}

/* ---- k-means ---- */

static int64_t sample_colours(const ColourList *list, Chance *chance, Colour *sample) {
    int64_t n = list->n < COLOUR_SAMPLE ? list->n : COLOUR_SAMPLE;
    for (int64_t i = 0; i < n; i++) {
        int64_t from =
            (int64_t)(((double)i + chance_uniform(chance)) * (double)list->n / (double)n);
        sample[i] = colour_at(list, n == list->n ? i : from < list->n ? from : list->n - 1);
    }
    return n;
}

/* Each seed is drawn with its squared distance to the nearest seed so far as weight. */
static void choose_seeds(const Colour *sample, int64_t n, Chance *chance, Colour *palette,
                         int64_t k) {
    real *distance = allocate(n, sizeof *distance);
    palette[0] = sample[(int64_t)(chance_uniform(chance) * (double)n)];
    for (int64_t i = 0; i < n; i++) distance[i] = distance2(&sample[i], &palette[0]);
    for (int64_t j = 1; j < k; j++) {
        double sum = 0;
        for (int64_t i = 0; i < n; i++) sum += (double)distance[i];
        double target = chance_uniform(chance) * sum;
        int64_t chosen = 0;
        for (double passed = 0; chosen < n - 1; chosen++)
            if ((passed += (double)distance[chosen]) >= target && distance[chosen] > 0) break;
        palette[j] = sample[chosen];
        for (int64_t i = 0; i < n; i++) {
            real next = distance2(&sample[i], &palette[j]);
            if (next < distance[i]) distance[i] = next;
        }
    }
    free(distance);
}

/* Moves every centre to the mean of the colours nearest to it. False if none of those changed. */
static bool lloyd_round(const Colour *sample, int64_t n, Colour *palette, int64_t k, int32_t *of) {
    bool changed = false;
#pragma omp parallel for reduction(|| : changed)
    for (int64_t i = 0; i < n; i++) {
        int32_t nearest = (int32_t)nearest_colour(palette, k, &sample[i]);
        changed = changed || nearest != of[i];
        of[i] = nearest;
    }
    double(*sum)[MAX_CHANNELS + 1] = allocate(k, sizeof *sum); /* the last one counts */
    for (int64_t i = 0; i < n; i++) {
        for (int c = 0; c < MAX_CHANNELS; c++) sum[of[i]][c] += (double)sample[i].channel[c];
        sum[of[i]][MAX_CHANNELS]++;
    }
    for (int64_t j = 0; j < k; j++)
        for (int c = 0; c < MAX_CHANNELS && sum[j][MAX_CHANNELS] > 0; c++)
            palette[j].channel[c] = (real)(sum[j][c] / sum[j][MAX_CHANNELS]);
    free(sum);
    return changed;
}

static void cluster_colours(const ColourList *list, Colour *palette, int64_t k) {
    Chance chance = chance_new("quantize", TRAINING, 0);
    Colour *sample = allocate(COLOUR_SAMPLE, sizeof *sample);
    int64_t n = sample_colours(list, &chance, sample);
    int32_t *of = allocate(n, sizeof *of);
    choose_seeds(sample, n, &chance, palette, k);
    for (int round = 0; round < LLOYD_ROUNDS && lloyd_round(sample, n, palette, k, of); round++) {
    }
    free(sample);
    free(of);
}

static double brightness(const Colour *c) {
    return 0.299 * (double)c->channel[0] + 0.587 * (double)c->channel[1] +
           0.114 * (double)c->channel[2];
}

static int darker_first(const void *one, const void *other) {
    const Colour *a = one, *b = other;
    double difference = brightness(a) - brightness(b);
    for (int c = 0; c < MAX_CHANNELS && difference == 0; c++)
        difference = (double)(a->channel[c] - b->channel[c]);
    return difference < 0 ? -1 : difference > 0;
}

static void learn_quantize(Transform *t, const real *values, int64_t rows) {
    int64_t channels = channels_before(t), pixels = pixels_before(t), k = t->after.classes;
    ColourList list = {values, pixels, channels, rows * space_size(&t->before) / channels};
    Colour *palette = allocate(k, sizeof *palette);
    int64_t found = distinct_colours(&list, palette, k);
    if (found == 0) cluster_colours(&list, palette, found = k);
    qsort(palette, (size_t)found, sizeof *palette, darker_first);
    for (int64_t i = 0; i < k; i++) /* entries that no colour needs repeat the last */
        for (int64_t c = 0; c < channels; c++)
            t->stat[0][i * channels + c] = palette[i < found ? i : found - 1].channel[c];
    free(palette);
}

/* ---- to numbers, and back to colours ---- */

static int64_t nearest_entry(const real *palette, int64_t k, int64_t channels, const real *pixel,
                             int64_t pixels) {
    int64_t best = 0;
    real least = INFINITY;
    for (int64_t i = 0; i < k && least > 0; i++) {
        real distance = 0;
        for (int64_t c = 0; c < channels; c++) {
            real off = palette[i * channels + c] - pixel[c * pixels];
            distance += off * off;
        }
        if (distance < least) {
            least = distance;
            best = i;
        }
    }
    return best;
}

static void apply_quantize(const Transform *t, const GenRun *run, const real *from, real *to,
                           int64_t rows) {
    (void)run;
    int64_t channels = channels_before(t), pixels = pixels_before(t), k = t->after.classes;
    int64_t pictures = rows * space_size(&t->after) / pixels;
#pragma omp parallel for if (pictures > 16)
    for (int64_t p = 0; p < pictures; p++)
        for (int64_t i = 0; i < pixels; i++)
            to[p * pixels + i] = (real)nearest_entry(t->stat[0], k, channels,
                                                     from + p * channels * pixels + i, pixels);
}

/* Last plane first: a picture's colours lie where its numbers and those after it were. */
static void undo_quantize(const Transform *t, Space *now, real *values, int64_t rows) {
    int64_t channels = channels_before(t), last = now->rank - 1;
    int64_t pixels = now->dim[last] * now->dim[last - 1];
    int64_t pictures = rows * space_size(now) / pixels;
    for (int64_t p = pictures - 1; p >= 0; p--)
        for (int64_t c = channels - 1; c >= 0; c--)
            for (int64_t i = 0; i < pixels; i++) {
                int64_t entry = (int64_t)values[p * pixels + i];
                values[(p * channels + c) * pixels + i] = t->stat[0][entry * channels + c];
            }
    if (t->before.rank > 2) {
        memmove(now->dim + last, now->dim + last - 1, 2 * sizeof(int64_t));
        now->dim[last - 1] = channels;
        now->rank++;
    }
    now->low = t->before.low;
    now->high = t->before.high;
    now->level = t->before.level;
    now->classes = 0;
}

const TransformKind transform_quantize = {.name = "quantize",
                                          .on = TO_COLOURS,
                                          .describe = describe_quantize,
                                          .learn = learn_quantize,
                                          .apply = apply_quantize,
                                          .undo = undo_quantize};
