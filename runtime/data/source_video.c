/* source_video.c: clips as folders of pictures, and built-in balls that bounce.
 *
 * frames: each folder inside the one named, or of the pattern's, is a clip; its PNG files are its
 * frames, in the order of their names, in which numbers count as numbers. Pictures without a folder
 * between them are one clip. */
#include "data.h"

static int by_natural_name(const void *a, const void *b) {
    return strverscmp(*(char *const *)a, *(char *const *)b);
}

static int64_t list_length(char *const *list) {
    int64_t n = 0;
    while (list[n] != NULL) n++;
    return n;
}

typedef struct {
    const SourceRequest *request;
    PngSet *pictures;
    Fingerprint fingerprint;
    real *values;
    int64_t n; /* frames so far */
} ClipReader;

/* Appends a clip's frames; returns how many there are. */
static int64_t read_clip(ClipReader *reader, const char *folder) {
    char **frame = find_data_files("", folder, ".png");
    int64_t n = list_length(frame);
    qsort(frame, (size_t)n, sizeof *frame, by_natural_name);
    if (n == 0) fail("%s: has no .png files", folder);
    for (int64_t i = 0; i < n; i++) {
        real *values = png_read(reader->request, frame[i], &reader->fingerprint, reader->pictures);
        int64_t size = space_size(&reader->pictures->space);
        if (reader->values == NULL || i == 0)
            reader->values =
                realloc(reader->values, (size_t)((reader->n + n) * size) * sizeof *reader->values);
        if (reader->values == NULL) fail("out of memory");
        memcpy(reader->values + (reader->n + i) * size, values, (size_t)size * sizeof *values);
        free(values);
        free(frame[i]);
    }
    free(frame);
    reader->n += n;
    return n;
}

static int64_t read_clips(const SourceRequest *request, const char *name, int part,
                          PngSet *pictures, SourceTable *table) {
    char **folder = find_data_folders(request->folder, name);
    char *whole = join_path(request->folder, name);
    char *alone[] = {whole, NULL};
    ClipReader reader = {.request = request, .pictures = pictures};
    char **clip = folder[0] == NULL && folder_exists(whole) ? alone : folder;
    int64_t n = table->count[part] = list_length(clip);
    if (n == 0)
        fail("%s: there are no folders of frames by this name in %s", name,
             request->folder[0] != 0 ? request->folder : ".");
    table->length[part] = allocate(n, sizeof(int64_t));
    table->place[part] = allocate(n, sizeof(Place));
    for (int64_t i = 0; i < n; i++) {
        table->length[part][i] = read_clip(&reader, clip[i]);
        table->place[part][i].file = clip[i];
    }
    end_data_files(whole, &reader.fingerprint);
    table->values[part][0] = reader.values;
    return reader.n;
}

void load_frames(const SourceRequest *request, SourceTable *table) {
    const char *name = call_text(request->call, "files"), *test = call_text(request->call, "test");
    PngSet pictures = {0};
    int64_t n[DATA_PARTS] = {0};
    table->from = join_path(request->folder, name);
    n[TRAINING] = read_clips(request, name, TRAINING, &pictures, table);
    if (test != NULL) n[HELD_OUT] = read_clips(request, test, HELD_OUT, &pictures, table);
    for (int part = 0; part < DATA_PARTS; part++)
        table->space[0] = png_settle(&pictures, table->values[part][0], n[part]);
    table->space[0].ragged = true;
    table->space[0].media = MEDIA_VIDEO;
}

/* ---- balls in a box ---- */

enum { MOST_BALLS = 16 };

typedef struct {
    double x, y, vx, vy;
} Ball;

/* Where a point comes to that goes `way` between two walls at `low` and `high`. */
static double bounced(double way, double low, double high) {
    double span = high - low, place = fmod(way - low, 2 * span);
    if (place < 0) place += 2 * span;
    return low + (place <= span ? place : 2 * span - place);
}

static double ball_light(const Ball *ball, double time, double x, double y, double radius,
                         double size) {
    double dx = bounced(ball->x + time * ball->vx, radius, size - radius) - x;
    double dy = bounced(ball->y + time * ball->vy, radius, size - radius) - y;
    return fmin(fmax(radius + 0.5 - sqrt(dx * dx + dy * dy), 0), 1);
}

static void draw_bouncing(int part, int64_t example, int64_t frames, int64_t size, int balls,
                          real *to) {
    Chance chance = chance_new("bouncing", part, example);
    double side = (double)size, radius = side / 8;
    Ball ball[MOST_BALLS];
    for (int b = 0; b < balls; b++) {
        double speed = side * chance_between(&chance, 0.06, 0.12);
        double angle = chance_between(&chance, 0, 2 * M_PI);
        ball[b] = (Ball){chance_between(&chance, radius, side - radius),
                         chance_between(&chance, radius, side - radius), speed * cos(angle),
                         speed * sin(angle)};
    }
    for (int64_t i = 0; i < frames * size * size; i++) {
        double light = 0;
        for (int b = 0; b < balls; b++)
            light = fmax(light,
                         ball_light(&ball[b], (double)(i / (size * size)), (double)(i % size) + 0.5,
                                    (double)(i / size % size) + 0.5, radius, side));
        to[i] = (real)floor(255 * light + 0.5);
    }
}

void load_bouncing(const SourceRequest *request, SourceTable *table) {
    int64_t frames = (int64_t)call_number(request->call, "frames");
    int64_t size = (int64_t)call_number(request->call, "size");
    int64_t balls = (int64_t)call_number(request->call, "balls");
    if (balls > MOST_BALLS) fail("bouncing: %d balls are the most there can be", MOST_BALLS);
    table->from = "bouncing";
    table->space[0] = (Space){.rank = 2,
                              .dim = {size, size},
                              .high = 255,
                              .level = 1,
                              .ragged = true,
                              .media = MEDIA_VIDEO};
    for (int part = 0; part < DATA_PARTS; part++) {
        int64_t n = table->count[part] = built_in_count(request, part), all = frames * size * size;
        real *values = table->values[part][0] = allocate(n * all, sizeof *values);
        table->length[part] = allocate(n, sizeof(int64_t));
        table->place[part] = allocate(n, sizeof(Place));
#pragma omp parallel for
        for (int64_t i = 0; i < n; i++) {
            draw_bouncing(part, i, frames, size, (int)balls, values + i * all);
            table->length[part][i] = frames;
            table->place[part][i].file = "bouncing";
        }
    }
}
