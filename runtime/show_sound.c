/* show_sound.c: what samples give, as sound: what an example gives follows each other. */
#include "sample.h"

static Sound *sounds_of(Shown *const *group, int64_t outputs, int64_t *n) {
    int64_t size = elements_of(&group[0]->shape);
    *n = group[0]->n * outputs;
    Sound *sounds = allocate(*n, sizeof *sounds);
    for (int64_t j = 0; j < outputs; j++) {
        real *values = group[j]->values;
        real middle = (real)(group[j]->low + group[j]->high) / 2;
        real half = (real)(group[j]->high - group[j]->low) / 2;
        for (int64_t i = 0; i < group[j]->n * size; i++) values[i] = (values[i] - middle) / half;
        group[j]->low = -1;
        group[j]->high = 1;
        for (int64_t e = 0; e < group[j]->n; e++)
            sounds[e * outputs + j] = (Sound){values + e * size, size};
    }
    return sounds;
}

static void write_sound(const char *path, Shown *const *group, int64_t outputs) {
    int64_t n;
    Sound *sounds = sounds_of(group, outputs, &n);
    wav_write(path, sounds, n, group[0]->rate);
    free(sounds);
}

const FileForm form_sound = {.kind = AS_SOUND, .ending = ".wav", .write = write_sound};

static void write_spectrogram(const char *path, Shown *const *group, int64_t outputs) {
    int64_t n, columns = group[0]->columns;
    Sound *sounds = sounds_of(group, outputs, &n);
    if (columns <= 0) columns = outputs > 1 ? outputs : n > 4 ? 4 : n;
    Picture picture = picture_of_sounds(sounds, n, columns, group[0]->rate);
    picture_write(path, &picture);
    picture_free(&picture);
    free(sounds);
}

const FileForm form_spectrogram = {.kind = AS_SOUND, .ending = ".png", .write = write_spectrogram};
