/* source_tones.c: built-in sound: single notes of a major scale, plucked or blown.
 *
 * A note is a few harmonics under an envelope; its second value is its degree of the scale. */
#include "data.h"

enum { TONE_RATE = 8000, TONE_BITS = 16, HARMONICS = 6, DEGREES = 8 };

Space sound_space(double rate, int bits) {
    return (Space){.low = -1,
                   .high = 1,
                   .level = ldexp(1, 1 - bits),
                   .ragged = true,
                   .media = MEDIA_SOUND,
                   .rate = rate};
}

typedef struct {
    double frequency, amplitude[HARMONICS], phase[HARMONICS];
    double attack, decay; /* seconds to rise; to fall to a third: 0, not at all */
    double loudness;
} Tone;

static Tone tone_drawn(Chance *chance, int degree) {
    static const int semitone[DEGREES] = {0, 2, 4, 5, 7, 9, 11, 12};
    Tone tone = {.frequency = 220 * exp2(semitone[degree] / 12.0)};
    bool plucked = chance_below(chance, 2) == 0;
    double sum = 0, darkness = chance_between(chance, 1, 2);
    tone.attack = plucked ? 0.004 : chance_between(chance, 0.03, 0.08);
    tone.decay = plucked ? chance_between(chance, 0.1, 0.3) : 0;
    for (int h = 0; h < HARMONICS; h++) {
        tone.amplitude[h] = chance_uniform(chance) / pow(h + 1, darkness);
        if (h == 0) tone.amplitude[h] = 1;
        tone.phase[h] = chance_between(chance, 0, 2 * M_PI);
        sum += tone.amplitude[h];
    }
    tone.loudness = chance_between(chance, 0.5, 0.9) / sum;
    return tone;
}

/* `seconds` after its beginning, `left` before its end. */
static double tone_at(const Tone *tone, double seconds, double left) {
    double envelope = fmin(1, seconds / tone->attack) * fmin(1, left / 0.02), sum = 0;
    if (tone->decay > 0) envelope *= exp(-seconds / tone->decay);
    for (int h = 0; h < HARMONICS; h++)
        sum += tone->amplitude[h] *
               sin(2 * M_PI * (h + 1) * tone->frequency * seconds + tone->phase[h]);
    return tone->loudness * envelope * sum;
}

static void draw_tone(int part, int64_t i, int64_t length, real *samples, real *degree) {
    Chance chance = chance_new("tones", part, i);
    int note_number = chance_below(&chance, DEGREES);
    Tone tone = tone_drawn(&chance, note_number);
    double steps = ldexp(1, TONE_BITS - 1);
    for (int64_t k = 0; k < length; k++)
        samples[k] =
            (real)(floor(tone_at(&tone, (double)k / TONE_RATE, (double)(length - k) / TONE_RATE) *
                             steps +
                         0.5) /
                   steps);
    *degree = (real)note_number;
}

void load_tones(const SourceRequest *request, SourceTable *table) {
    int64_t length = (int64_t)call_number(request->call, "length");
    table->from = "tones";
    table->space[0] = sound_space(TONE_RATE, TONE_BITS);
    table->space[1] = (Space){.high = DEGREES - 1, .level = 1};
    for (int part = 0; part < DATA_PARTS; part++) {
        int64_t n = table->count[part] = built_in_count(request, part);
        real *samples = table->values[part][0] = allocate(n * length, sizeof *samples);
        real *degree = table->values[part][1] = allocate(n, sizeof *degree);
        table->length[part] = allocate(n, sizeof(int64_t));
        table->place[part] = allocate(n, sizeof(Place));
#pragma omp parallel for
        for (int64_t i = 0; i < n; i++) {
            draw_tone(part, i, length, samples + i * length, degree + i);
            table->length[part][i] = length;
            table->place[part][i].file = "tones";
        }
    }
}
