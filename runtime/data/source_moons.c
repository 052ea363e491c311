/* source_moons.c: the moon's phases, from full moon to crescent, as 28 x 28 grey pictures.
 *
 * A sphere lit from one side: a point of its face shines if it turns towards the light, which
 * stands at the phase's angle from the viewer (0: behind the viewer, a full moon). */
#include "data.h"

enum { MOON_SIDE = 28, MOON_SAMPLES = 4 };

typedef struct {
    double x, y, radius, phase, tilt;
} Moon;

static double moon_light(const Moon *moon, double x, double y) {
    double dx = (x - moon->x) / moon->radius, dy = (y - moon->y) / moon->radius;
    double square = dx * dx + dy * dy;
    if (square >= 1) return 0;
    double across = dx * cos(moon->tilt) + dy * sin(moon->tilt);
    double towards = sqrt(1 - square); /* the face's height, to the viewer */
    double lit = across * sin(moon->phase) + towards * cos(moon->phase);
    return lit > 0 ? 0.75 + 0.25 * sqrt(lit) : 0;
}

static void draw_moon(const SourceRequest *request, int part, int64_t example, real *picture) {
    Chance chance = chance_new("moons", part, example);
    Moon moon = {MOON_SIDE / 2.0 + chance_between(&chance, -1.5, 1.5),
                 MOON_SIDE / 2.0 + chance_between(&chance, -1.5, 1.5),
                 chance_between(&chance, 9, 11.5), 0, chance_between(&chance, -0.35, 0.35)};
    moon.phase = chance_between(&chance, 0, 0.8 * M_PI) * (chance_below(&chance, 2) == 0 ? 1 : -1);
    double noise = call_number(request->call, "noise");
    for (int i = 0; i < MOON_SIDE * MOON_SIDE; i++) {
        double sum = 0;
        for (int s = 0; s < MOON_SAMPLES * MOON_SAMPLES; s++)
            sum += moon_light(&moon, i % MOON_SIDE + (s % MOON_SAMPLES + 0.5) / MOON_SAMPLES,
                              i / MOON_SIDE + (s / MOON_SAMPLES + 0.5) / MOON_SAMPLES);
        double grey = sum / (MOON_SAMPLES * MOON_SAMPLES);
        if (noise > 0) grey += noise * chance_gaussian(&chance);
        picture[i] = (real)floor(255 * (grey < 0 ? 0 : grey > 1 ? 1 : grey) + 0.5);
    }
}

void load_moons(const SourceRequest *request, SourceTable *table) {
    table->from = "moons";
    table->space[0] = (Space){.rank = 2, .dim = {MOON_SIDE, MOON_SIDE}, .high = 255, .level = 1};
    for (int part = 0; part < DATA_PARTS; part++) {
        int64_t n = built_in_count(request, part);
        table->count[part] = n;
        table->values[part][0] = allocate(n * MOON_SIDE * MOON_SIDE, sizeof(real));
#pragma omp parallel for
        for (int64_t i = 0; i < n; i++)
            draw_moon(request, part, i, table->values[part][0] + i * MOON_SIDE * MOON_SIDE);
    }
}
