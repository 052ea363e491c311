/* source_bouncing.c: built-in video: balls in a box. */
#include "data.h"

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
