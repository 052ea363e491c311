/* sample_compare.c: samples beside what they may have been copied from, or among what they imitate.
 *
 * Distances are Euclidean, in the data's own space (transforms undone); between texts and
 * sequences of classes, the places where they differ are counted. */
#include "sample.h"

/* ---- examples of the data, as they are shown ---- */

static int64_t largest_batch(const GenModel *model) {
    int64_t largest = 1;
    for (int i = 0; i < model->n_programs; i++)
        if (model->programs[i].batch > largest) largest = model->programs[i].batch;
    return largest;
}

/* `rows` examples of a part, from `position` on in file order, with the transforms undone. */
static Shown real_examples(Session *s, const GenOutput *like, int part, int64_t position,
                           int64_t rows) {
    Shown real_ones = shown_new(s, like, rows);
    GenInput input = {.datum = like->datum, .shape = like->shape, .at = real_ones.values};
    Batch batch = {part, position, rows, s->seed, false, 0};
    GenRun run = session_run(s);
    run.stream = GEN_HELD_OUT;
    run.first_example = position;
    dataset_fill(s->data, &batch, &run, 1, &input);
    shown_undo(s, &real_ones);
    return real_ones;
}

static size_t example_bytes(const Shown *shown) {
    return (size_t)(elements_of(&shown->shape) * kind_bytes(shown->shape.kind));
}

/* ---- --nearest ---- */

static real distance_of_reals(const real *a, const real *b, int64_t n) {
    real sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < n; i++) sum += (a[i] - b[i]) * (a[i] - b[i]);
    return sum;
}

static real distance_of_classes(const int32_t *a, const int32_t *b, int64_t n) {
    int64_t sum = 0;
    for (int64_t i = 0; i < n; i++) sum += a[i] != b[i];
    return (real)sum;
}

static real distance_of_texts(const real *a, const real *b, int64_t n) {
    int64_t sum = 0;
    for (int64_t i = 0; i < n; i++) sum += a[i] != b[i];
    return (real)sum;
}

/* Keeps, for each of `shown`, the nearer of what it had and these. */
static void keep_nearer(const Shown *shown, const Shown *these, real *distance, Shown *nearest) {
    int64_t size = elements_of(&shown->shape);
    size_t bytes = example_bytes(shown);
    bool classes = shown->shape.kind == GEN_INDEX, text = shown->kind == AS_TEXT;
#pragma omp parallel for
    for (int64_t i = 0; i < shown->n; i++) {
        const char *mine = (const char *)shown->values + (size_t)i * bytes;
        for (int64_t k = 0; k < these->n; k++) {
            const char *other = (const char *)these->values + (size_t)k * bytes;
            real d = text ? distance_of_texts((const real *)mine, (const real *)other, size)
                     : classes
                         ? distance_of_classes((const int32_t *)mine, (const int32_t *)other, size)
                         : distance_of_reals((const real *)mine, (const real *)other, size);
            if (!(d < distance[i])) continue;
            distance[i] = d;
            memcpy((char *)nearest->values + (size_t)i * bytes, other, bytes);
        }
    }
}

static Shown nearest_of(Session *s, const Shown *shown) {
    int64_t count = dataset_count(s->data, TRAINING), chunk = largest_batch(s->model);
    Shown nearest = *shown;
    nearest.name = text_of("nearest to %s", shown->name);
    nearest.values = allocate(shown->n, example_bytes(shown));
    real *distance = allocate(shown->n, sizeof *distance);
    for (int64_t i = 0; i < shown->n; i++) distance[i] = INFINITY;
    for (int64_t first = 0; first < count; first += chunk) {
        int64_t rows = count - first < chunk ? count - first : chunk;
        Shown these = real_examples(s, shown->output, TRAINING, first, rows);
        keep_nearer(shown, &these, distance, &nearest);
        free(these.values);
    }
    free(distance);
    return nearest;
}

static bool shows_data(const Shown *shown) {
    return shown->output->display == GEN_AS_DATUM;
}

static void must_show_data(const Shown *shown, int n, const char *option) {
    for (int i = 0; i < n; i++)
        if (shows_data(&shown[i])) return;
    fail("%s: this sample gives nothing 'as' data that were read", option);
}

int sample_nearest(Session *s, Shown *shown, int n) {
    Shown *before = allocate(n, sizeof *before);
    int count = 0;
    must_show_data(shown, n, "--nearest");
    memcpy(before, shown, (size_t)n * sizeof *before);
    for (int i = 0; i < n; i++) {
        shown[count++] = before[i];
        if (!shows_data(&before[i])) continue;
        shown[count] = nearest_of(s, &before[i]);
        count++;
    }
    free(before);
    return count;
}

/* ---- --quiz ---- */

/* 0 .. n-1 in an order of chance (Fisher & Yates). */
static int64_t *chance_order(int64_t n, uint64_t key) {
    int64_t *order = allocate(n, sizeof *order);
    for (int64_t i = 0; i < n; i++) order[i] = i;
    for (int64_t i = n - 1; i > 0; i--) {
        uint32_t word[4];
        random_words(key, (uint64_t)i, word);
        int64_t other = (int64_t)(((uint64_t)word[0] << 32 | word[1]) % (uint64_t)(i + 1));
        int64_t kept = order[i];
        order[i] = order[other];
        order[other] = kept;
    }
    return order;
}

/* The file of the answers: beside the questions. */
static char *key_path(const char *output, const char *stem) {
    if (output == NULL) return text_of("%s-key.txt", stem);
    const char *dot = strrchr(output, '.'), *slash = strrchr(output, '/');
    int length =
        dot != NULL && (slash == NULL || dot > slash) ? (int)(dot - output) : (int)strlen(output);
    return text_of("%.*s-key.txt", length, output);
}

static void write_key(const char *path, const Shown *quiz, const bool *is_real) {
    AtomicFile file = atomic_open(path);
    bool placed = quiz->kind == AS_PICTURE;
    fprintf(file.to, placed ? "number\trow\tcolumn\twhat\n" : "number\twhat\n");
    for (int64_t i = 0; i < quiz->n; i++) {
        fprintf(file.to, "%" PRId64 "\t", i + 1);
        if (placed)
            fprintf(file.to, "%" PRId64 "\t%" PRId64 "\t", i / quiz->columns + 1,
                    i % quiz->columns + 1);
        fprintf(file.to, "%s\n", is_real[i] ? "real" : "generated");
    }
    atomic_close(&file);
}

/* Half of the generated ones, chosen by chance, make room for held-out examples. */
static bool *mix_in(Session *s, Shown *quiz, uint64_t seed) {
    int64_t held_out = dataset_count(s->data, HELD_OUT), n = quiz->n, at = 0;
    if (held_out == 0) fail("--quiz: there are no held-out examples");
    uint64_t key = random_mix(random_path("quiz"), seed);
    int64_t *place = chance_order(n, key), *which = chance_order(held_out, key + 1);
    bool *is_real = allocate(n, sizeof *is_real);
    size_t bytes = example_bytes(quiz);
    for (int64_t k = 0; at < n / 2; k++) {
        Shown one = real_examples(s, quiz->output, HELD_OUT, which[k % held_out], 1);
        for (int64_t i = 0; i < one.n && at < n / 2; i++, at++) {
            memcpy((char *)quiz->values + (size_t)place[at] * bytes,
                   (char *)one.values + (size_t)i * bytes, bytes);
            is_real[place[at]] = true;
        }
        free(one.values);
    }
    free(place);
    free(which);
    return is_real;
}

int sample_quiz(Session *s, Shown *shown, int n, uint64_t seed, const char *output,
                const char *stem) {
    must_show_data(shown, n, "--quiz");
    int kept = 0;
    while (!shows_data(&shown[kept])) kept++;
    Shown quiz = shown[kept];
    for (int i = 0; i < n; i++)
        if (i != kept) free(shown[i].values);
    int64_t side = (int64_t)ceil(sqrt((double)quiz.n));
    quiz.columns = side;
    bool *is_real = mix_in(s, &quiz, seed);
    char *path = key_path(output, stem);
    write_key(path, &quiz, is_real);
    printf("%s\n", path);
    free(path);
    free(is_real);
    shown[0] = quiz;
    return 1;
}
