/* What is heard and what moves: WAV files read back as they were written, a spectrogram shows a
 * tone where its frequency is, an animated PNG holds every frame. */
#include "rt_test.h"

#include <math.h>
#include <zlib.h>

#include "calls.h"
#include "data/data.h"
#include "report.h"

/* ---- sound ---- */

static SourceTable read_wav(const char *path) {
    GenArg file = {"files", GEN_TEXT, 0, path};
    GenCall named = CALL("wav", 1, &file), call = whole_call(&named);
    SourceRequest request = {.call = &call, .folder = ".", .n_datums = 1, .packed = 1};
    SourceTable table = {0};
    call.load(&request, &table);
    return table;
}

START_TEST(what_wav_write_writes_is_read) {
    const real loud[] = {0, 0.5, -0.25, 1, -1, 3, -3}, soft[] = {0.125, 0.125};
    const Sound sounds[] = {{loud, 7}, {soft, 2}};
    wav_write("a.wav", sounds, 2, 8000);
    SourceTable table = read_wav("a.wav");
    const real *got = table.values[TRAINING][0];
    ck_assert_double_eq(table.space[0].rate, 8000);
    ck_assert_int_eq(table.length[TRAINING][0], 7 + 2000 + 2);
    for (int i = 0; i < 7; i++)
        ck_assert_double_eq_tol(got[i], fmin(fmax(loud[i], -1), 1), 1.01 / 32768);
    for (int i = 7; i < 2007; i++) ck_assert_double_eq(got[i], 0);
    ck_assert_double_eq_tol(got[2008], 0.125, 1.0 / 32768);
}
END_TEST

START_TEST(what_is_no_number_is_silent) {
    const real bad[] = {NAN, 0.5};
    const Sound sound = {bad, 2};
    wav_write("a.wav", &sound, 1, 8000);
    ck_assert_double_eq(read_wav("a.wav").values[TRAINING][0][0], 0);
}
END_TEST

enum { TONE = 8000, GAP = 4, WAVE = 48, BANDS = 96 };
static const double frequencies[] = {250, 1000, 2000, 3500};

START_TEST(a_tone_is_bright_at_its_frequency) {
    static real samples[TONE];
    for (int i = 0; i < TONE; i++) samples[i] = 0.5 * sin(2 * M_PI * frequencies[_i] * i / 8000);
    const Sound sound = {samples, TONE};
    Picture picture = picture_of_sounds(&sound, 1, 1, 8000);
    int x = picture.width / 2, brightest = 0, light[BANDS];
    for (int y = 0; y < BANDS; y++) {
        const unsigned char *pixel =
            picture.pixel + ((GAP + WAVE + y) * picture.width + x) * picture.channels;
        light[y] = pixel[0] + pixel[1] + pixel[2];
        if (light[y] > light[brightest]) brightest = y;
    }
    double at = (BANDS - 0.5 - brightest) / BANDS * 4000;
    ck_assert_double_le(fabs(at - frequencies[_i]), 4000.0 / BANDS);
    ck_assert_int_le(light[(brightest + BANDS / 2) % BANDS], 60); /* nothing far from it */
}
END_TEST

/* ---- animations ---- */

enum { FRAMES = 3, WIDE = 5, HIGH = 4 };

static uint32_t big(const unsigned char *at) {
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static Picture frame_of(int k, int channels) {
    Picture picture = picture_new(WIDE, HIGH, channels, 0);
    for (int i = 0; i < WIDE * HIGH * channels; i++)
        picture.pixel[i] = (unsigned char)(i * 7 + k * 50);
    return picture;
}

/* One frame's data, without compression and the filters' numbers. */
static void ck_assert_frame(const unsigned char *data, uint32_t n, const Picture *frame) {
    unsigned char lines[(WIDE * 3 + 1) * HIGH];
    uLongf size = sizeof lines;
    int line = frame->width * frame->channels;
    ck_assert_int_eq(uncompress(lines, &size, data, n), Z_OK);
    ck_assert_uint_eq(size, (size_t)(line + 1) * HIGH);
    for (int y = 0; y < HIGH; y++) {
        ck_assert_int_eq(lines[y * (line + 1)], 0);
        ck_assert_mem_eq(lines + y * (line + 1) + 1, frame->pixel + y * line, (size_t)line);
    }
}

START_TEST(an_animation_holds_every_frame) {
    Picture frame[FRAMES];
    int channels = _i == 0 ? 1 : 3, frames = 0;
    for (int k = 0; k < FRAMES; k++) frame[k] = frame_of(k, channels);
    animation_write("a.apng", frame, FRAMES, 120);
    Bytes bytes;
    ck_assert_ptr_null(read_bytes("a.apng", &bytes));
    uint32_t order = 0;
    for (int64_t at = 8; at < bytes.size;) {
        const unsigned char *chunk = bytes.at + at, *data = chunk + 8;
        uint32_t n = big(chunk);
        ck_assert_uint_eq(big(data + n), crc32(0, chunk + 4, n + 4));
        if (memcmp(chunk + 4, "acTL", 4) == 0) ck_assert_uint_eq(big(data), FRAMES);
        if (memcmp(chunk + 4, "fcTL", 4) == 0) {
            ck_assert_uint_eq(big(data), order++);
            ck_assert_int_eq(data[20] << 8 | data[21], 120);
        }
        if (memcmp(chunk + 4, "IDAT", 4) == 0) ck_assert_frame(data, n, &frame[frames++]);
        if (memcmp(chunk + 4, "fdAT", 4) == 0) {
            ck_assert_uint_eq(big(data), order++);
            ck_assert_frame(data + 4, n - 4, &frame[frames++]);
        }
        at += 12 + n;
    }
    ck_assert_int_eq(frames, FRAMES);
    ck_assert_mem_eq(bytes.at + bytes.size - 8, "IEND", 4);
}
END_TEST

/* ---- points ---- */

static int coloured_dots(const Picture *picture) {
    int n = 0;
    for (int i = 0; i < picture->width * picture->height; i++) {
        const unsigned char *pixel = picture->pixel + 3 * i;
        n += pixel[0] != pixel[1] || pixel[1] != pixel[2];
    }
    return n;
}

/* Four numbers, four points on a line or two in a plane, of which the first are shown. */
static const real far_points[][4] = {{3e15, 3e15, 3e15, 3e15},
                                     {-1e299, -1e299, -1e299, -1e299},
                                     {1e17, 1e17, 1e17 + 16, 1e17 + 16},
                                     {1e-320, 1e-320, 0, 0},
                                     {-1e299, 1e299, 1, 2},
                                     {0, 1, 1e308, -1e308},
                                     {5, 5, INFINITY, NAN}};

START_TEST(points_are_shown_wherever_they_lie) {
    const PointGroup line = {far_points[_i], 4}, plane = {far_points[_i], 2};
    Picture one = plot_points(&line, 1, 1), two = plot_points(&plane, 1, 2);
    ck_assert_int_gt(coloured_dots(&one), 100);
    ck_assert_int_ge(coloured_dots(&two), 21);
}
END_TEST

/* ---- curves ---- */

START_TEST(a_curve_that_moves_by_a_last_digit_has_its_axes) {
    FILE *metrics = fopen("metrics.jsonl", "w"), *page = fopen("page.svg", "w");
    for (int step = 1; step <= 3; step++)
        fprintf(metrics, "{\"step\": %d, \"split\": \"train\", \"losses\": {\"l\": %.17g}}\n", step,
                step == 2 ? 1 + 0x1p-52 : 1);
    fclose(metrics);
    Curves curves = curves_read(".");
    ck_assert_int_eq(curves.n, 1);
    curves_put(page, &curves);
    fclose(page);
    Bytes bytes;
    ck_assert_ptr_null(read_bytes("page.svg", &bytes));
    ck_assert_int_lt(bytes.size, 4000);
    ck_assert_int_gt(bytes.size, 400);
}
END_TEST

int main(void) {
    TCase *cases = tcase_create("show");
    tcase_add_checked_fixture(cases, enter_scratch, leave_scratch);
    tcase_add_test(cases, what_wav_write_writes_is_read);
    tcase_add_test(cases, what_is_no_number_is_silent);
    tcase_add_loop_test(cases, a_tone_is_bright_at_its_frequency, 0, 4);
    tcase_add_loop_test(cases, an_animation_holds_every_frame, 0, 2);
    tcase_add_test(cases, a_curve_that_moves_by_a_last_digit_has_its_axes);
    tcase_add_loop_test(cases, points_are_shown_wherever_they_lie, 0,
                        sizeof far_points / sizeof *far_points);
    return run_cases("runtime show", cases);
}
