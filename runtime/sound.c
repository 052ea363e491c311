/* sound.c: sound as a WAV file, and as a picture: its waveform above its spectrogram. */
#include "rt.h"

/* ---- WAV: RIFF, whole-number samples of 16 bits ---- */

static void wav_put(FILE *to, uint32_t value, int bytes) {
    for (int i = 0; i < bytes; i++) fputc((int)(value >> 8 * i & 255), to);
}

static uint32_t wav_sample(double value) {
    if (isnan(value)) return 0;
    return (uint32_t)(int32_t)fmin(fmax(floor(value * 32768 + 0.5), -32768), 32767);
}

void wav_write(const char *path, const Sound *sounds, int64_t n, double rate) {
    int64_t gap = (int64_t)(rate / 4), total = 0;
    for (int64_t i = 0; i < n; i++) total += sounds[i].n + (i > 0 ? gap : 0);
    if (total > (INT32_MAX - 64) / 2) fail("%s: %" PRId64 " samples are too many", path, total);
    AtomicFile file = atomic_open(path);
    uint32_t bytes = (uint32_t)(2 * total), hertz = (uint32_t)(rate + 0.5);
    fputs("RIFF", file.to);
    wav_put(file.to, 36 + bytes, 4);
    fputs("WAVEfmt ", file.to);
    wav_put(file.to, 16, 4);
    wav_put(file.to, 1, 2); /* PCM */
    wav_put(file.to, 1, 2); /* channels */
    wav_put(file.to, hertz, 4);
    wav_put(file.to, 2 * hertz, 4);
    wav_put(file.to, 2, 2);
    wav_put(file.to, 16, 2);
    fputs("data", file.to);
    wav_put(file.to, bytes, 4);
    for (int64_t i = 0; i < n; i++) {
        for (int64_t k = 0; i > 0 && k < gap; k++) wav_put(file.to, 0, 2);
        for (int64_t k = 0; k < sounds[i].n; k++)
            wav_put(file.to, wav_sample((double)sounds[i].at[k]), 2);
    }
    atomic_close(&file);
}

/* ---- the spectrum ---- */

/* In place, n a power of 2 (Cooley and Tukey 1965). */
static void fourier(double *re, double *im, int n) {
    for (int i = 1, j = 0; i < n; i++) { /* bits of the index turned round */
        int bit = n >> 1;
        for (; (j & bit) != 0; bit >>= 1) j ^= bit;
        j ^= bit;
        if (i >= j) continue;
        double swap[2] = {re[i], im[i]};
        re[i] = re[j], im[i] = im[j];
        re[j] = swap[0], im[j] = swap[1];
    }
    for (int half = 1; half < n; half *= 2)
        for (int k = 0; k < half; k++) {
            double c = cos(M_PI * k / half), s = -sin(M_PI * k / half);
            for (int i = k; i < n; i += 2 * half) {
                double r = c * re[i + half] - s * im[i + half];
                double m = c * im[i + half] + s * re[i + half];
                re[i + half] = re[i] - r, im[i + half] = im[i] - m;
                re[i] += r, im[i] += m;
            }
        }
}

enum { WAVE_HIGH = 48, SPECTRUM_HIGH = 96, MOST_WIDE = 400, LARGEST_WINDOW = 4096 };

/* About 32 milliseconds: enough to tell a voice's harmonics apart. */
static int window_length(double rate) {
    int n = 64;
    while (n < LARGEST_WINDOW && n < 0.024 * rate) n *= 2;
    return n;
}

/* The power around `middle` in each of SPECTRUM_HIGH bands from 0 to half the rate, in decibels. */
static void spectrum_at(const Sound *sound, int64_t middle, int n, double *re, double *im,
                        double band[SPECTRUM_HIGH]) {
    for (int i = 0; i < n; i++) {
        int64_t k = middle - n / 2 + i;
        double window = 0.5 - 0.5 * cos(2 * M_PI * (i + 0.5) / n); /* Hann */
        re[i] = k >= 0 && k < sound->n ? window * (double)sound->at[k] : 0;
        im[i] = 0;
    }
    fourier(re, im, n);
    for (int b = 0; b < SPECTRUM_HIGH; b++) {
        int first = b * (n / 2) / SPECTRUM_HIGH, last = (b + 1) * (n / 2) / SPECTRUM_HIGH;
        double most = 0;
        for (int i = first; i < (last > first ? last : first + 1); i++)
            most = fmax(most, re[i] * re[i] + im[i] * im[i]);
        band[b] = 10 * log10(most / n / n + 1e-12);
    }
}

/* ---- the picture ---- */

/* From black over violet and orange to pale yellow: as dark as it is soft. */
static void heat_colour(double share, unsigned char colour[3]) {
    static const double stop[][3] = {
        {0, 0, 4}, {80, 18, 123}, {182, 54, 121}, {251, 135, 97}, {252, 253, 191}};
    double place = fmin(fmax(share, 0), 1) * 4;
    int i = place < 4 ? (int)place : 3;
    for (int c = 0; c < 3; c++)
        colour[c] = (unsigned char)(stop[i][c] + (stop[i + 1][c] - stop[i][c]) * (place - i) + 0.5);
}

static unsigned char *sound_pixel(Picture *p, int x, int y) {
    return p->pixel + ((size_t)y * (size_t)p->width + (size_t)x) * 3;
}

/* A column from the lowest to the highest sample that it stands for. */
static void draw_wave(Picture *p, int left, int top, int wide, const Sound *sound) {
    static const unsigned char ink[3] = {31, 119, 180}, line[3] = {210, 210, 210};
    for (int x = 0; x < wide; x++) {
        int64_t first = x * sound->n / wide, last = (x + 1) * sound->n / wide;
        double low = 1, high = -1;
        for (int64_t i = first; i < (last > first ? last : first + 1) && i < sound->n; i++) {
            low = fmin(low, (double)sound->at[i]);
            high = fmax(high, (double)sound->at[i]);
        }
        for (int y = 0; y < WAVE_HIGH; y++) {
            double value = 1 - 2 * (y + 0.5) / WAVE_HIGH, half = 1.0 / WAVE_HIGH;
            bool inside = value + half >= fmax(low, -1) && value - half <= fmin(high, 1);
            memcpy(sound_pixel(p, left + x, top + y),
                   inside               ? ink
                   : y == WAVE_HIGH / 2 ? line
                                        : (const unsigned char[]){255, 255, 255},
                   3);
        }
    }
}

/* The loudest place of this sound is brightest, what is 70 decibels below it is black. */
static void draw_spectrogram(Picture *p, int left, int top, int wide, const Sound *sound,
                             double rate) {
    int n = window_length(rate);
    double *re = allocate(2 * n, sizeof *re), most = -120;
    double(*band)[SPECTRUM_HIGH] = allocate(wide, sizeof *band);
    for (int x = 0; x < wide; x++) {
        spectrum_at(sound, (2 * x + 1) * sound->n / (2 * wide), n, re, re + n, band[x]);
        for (int b = 0; b < SPECTRUM_HIGH; b++) most = fmax(most, band[x][b]);
    }
    for (int x = 0; x < wide; x++)
        for (int b = 0; b < SPECTRUM_HIGH; b++)
            heat_colour(1 + (band[x][b] - most) / 70,
                        sound_pixel(p, left + x, top + SPECTRUM_HIGH - 1 - b));
    free(re);
    free(band);
}

Picture picture_of_sounds(const Sound *sounds, int64_t n, int64_t columns, double rate) {
    int64_t longest = 1;
    for (int64_t i = 0; i < n; i++) longest = sounds[i].n > longest ? sounds[i].n : longest;
    int wide = longest < 2 * MOST_WIDE ? (int)(longest + 1) / 2 : MOST_WIDE, gap = 4;
    int across = wide + gap, down = WAVE_HIGH + SPECTRUM_HIGH + gap;
    int rows = (int)((n + columns - 1) / columns);
    Picture picture = picture_new((int)columns * across + gap, rows * down + gap, 3, 160);
    for (int64_t i = 0; i < n; i++) {
        int left = (int)(i % columns) * across + gap, top = (int)(i / columns) * down + gap;
        int here = (int)(sounds[i].n * wide / longest);
        if (here < 1) continue;
        draw_wave(&picture, left, top, here, &sounds[i]);
        draw_spectrogram(&picture, left, top + WAVE_HIGH, here, &sounds[i], rate);
    }
    return picture;
}
