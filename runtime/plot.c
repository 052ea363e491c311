/* plot.c: points in one or two dimensions as a picture: a scatter plot, or a histogram. */
#include "rt.h"

enum { PLOT_SIDE = 480, MARGIN = 36, INK_STEPS = 5, BARS = 80, GLYPH_HIGH = 7, GLYPH_WIDE = 5 };

typedef struct {
    double low, high;
} Range;

static const unsigned char group_colour[][3] = {
    {31, 119, 180}, {255, 127, 14}, {44, 160, 44}, {214, 39, 40}, {148, 103, 189}};
enum { COLOURS = sizeof group_colour / sizeof *group_colour };

/* ---- axes ---- */

/* Numbers are written with a font of 5 x 7 dots; bit 4 of each row is its left dot. */
/* clang-format off */
static const struct { char letter; unsigned char row[GLYPH_HIGH]; } font[] = {
    {'0', {14, 17, 19, 21, 25, 17, 14}}, {'1', {4, 12, 4, 4, 4, 4, 14}},
    {'2', {14, 17, 1, 2, 4, 8, 31}},     {'3', {31, 2, 4, 2, 1, 17, 14}},
    {'4', {2, 6, 10, 18, 31, 2, 2}},     {'5', {31, 16, 30, 1, 1, 17, 14}},
    {'6', {6, 8, 16, 30, 17, 17, 14}},   {'7', {31, 1, 2, 4, 8, 8, 8}},
    {'8', {14, 17, 17, 14, 17, 17, 14}}, {'9', {14, 17, 17, 15, 1, 2, 12}},
    {'-', {0, 0, 0, 31, 0, 0, 0}},       {'.', {0, 0, 0, 0, 0, 12, 12}},
    {'+', {0, 4, 4, 31, 4, 4, 0}},       {'e', {0, 0, 14, 17, 31, 16, 14}}};

/* clang-format on */

static void plot_dot(Picture *p, int x, int y, const unsigned char colour[3], double opacity) {
    if (x < 0 || y < 0 || x >= p->width || y >= p->height) return;
    unsigned char *pixel = p->pixel + ((size_t)y * (size_t)p->width + (size_t)x) * 3;
    for (int c = 0; c < 3; c++)
        pixel[c] = (unsigned char)(pixel[c] + (colour[c] - pixel[c]) * opacity + 0.5);
}

static void plot_box(Picture *p, int left, int top, int right, int bottom,
                     const unsigned char colour[3], double opacity) {
    for (int y = top; y < bottom; y++)
        for (int x = left; x < right; x++) plot_dot(p, x, y, colour, opacity);
}

static void plot_letter(Picture *p, int left, int top, char letter) {
    static const unsigned char ink[3] = {80, 80, 80};
    for (size_t g = 0; g < sizeof font / sizeof *font; g++)
        for (int i = 0; font[g].letter == letter && i < GLYPH_HIGH * GLYPH_WIDE; i++)
            if ((font[g].row[i / GLYPH_WIDE] >> (GLYPH_WIDE - 1 - i % GLYPH_WIDE) & 1) != 0)
                plot_dot(p, left + i % GLYPH_WIDE, top + i / GLYPH_WIDE, ink, 1);
}

/* Ends (align 1) or is centred (0) at x. */
static void plot_number(Picture *p, int x, int y, double value, int align) {
    char text[32];
    int n = snprintf(text, sizeof text, "%.4g", fabs(value) < 1e-12 ? 0 : value);
    int wide = n * (GLYPH_WIDE + 1);
    for (int i = 0; i < n; i++)
        plot_letter(p, x - (align != 0 ? wide : wide / 2) + i * (GLYPH_WIDE + 1),
                    y - GLYPH_HIGH / 2, text[i]);
}

static int plot_place(double value, Range range) { /* pixels from the plot's low end */
    double share = (value - range.low) / (range.high - range.low);
    return (int)(share * (PLOT_SIDE - 1) + 0.5);
}

/* 1, 2 or 5 times a power of ten, for about six marks. */
static double tick_distance(Range range) {
    double rough = (range.high - range.low) / 6, power = pow(10, floor(log10(rough)));
    double lead = rough / power;
    return power * (lead < 1.5 ? 1 : lead < 3.5 ? 2 : lead < 7.5 ? 5 : 10);
}

static void plot_axis(Picture *p, Range range, bool across, bool numbers) {
    static const unsigned char grid[3] = {232, 232, 232};
    double step = tick_distance(range);
    double first = ceil(range.low / step), last = floor(range.high / step);
    for (int i = 0; i <= last - first; i++) {
        double tick = (first + i) * step;
        int at = plot_place(tick, range), x = MARGIN + at, y = MARGIN + PLOT_SIDE - 1 - at;
        if (across) plot_box(p, x, MARGIN, x + 1, MARGIN + PLOT_SIDE, grid, 1);
        else plot_box(p, MARGIN, y, MARGIN + PLOT_SIDE, y + 1, grid, 1);
        if (across && numbers) plot_number(p, x, MARGIN + PLOT_SIDE + 10, tick, 0);
        if (!across && numbers) plot_number(p, MARGIN - 3, y, tick, 1);
    }
}

static Picture plot_paper(Range x, Range y, bool y_numbers) {
    static const unsigned char ink[3] = {150, 150, 150};
    int side = PLOT_SIDE + 2 * MARGIN, end = MARGIN + PLOT_SIDE;
    Picture p = picture_new(side, side, 3, 255);
    plot_axis(&p, x, true, true);
    plot_axis(&p, y, false, y_numbers);
    plot_box(&p, MARGIN - 1, MARGIN - 1, end + 1, MARGIN, ink, 1);
    plot_box(&p, MARGIN - 1, end, end + 1, end + 1, ink, 1);
    plot_box(&p, MARGIN - 1, MARGIN, MARGIN, end, ink, 1);
    plot_box(&p, end, MARGIN, end + 1, end, ink, 1);
    return p;
}

/* ---- points ---- */

/* What is larger has no distance from its like that is a number. */
static bool has_place(double value) {
    return fabs(value) < 1e300;
}

static Range range_of(const PointGroup *groups, int n_groups, int dims, int dim) {
    Range range = {INFINITY, -INFINITY};
    for (int g = 0; g < n_groups; g++)
        for (int64_t i = 0; i < groups[g].n; i++) {
            double value = (double)groups[g].at[i * dims + dim];
            if (!has_place(value)) continue;
            if (value < range.low) range.low = value;
            if (value > range.high) range.high = value;
        }
    if (range.low > range.high) range = (Range){0, 1};
    double span = range.high - range.low, largest = fmax(fabs(range.low), fabs(range.high));
    double room = fmax(span * 0.05, largest * 1e-12); /* which a double that large can hold */
    if (span == 0) room = fmax(0.5, largest * 1e-3);
    return (Range){range.low - room, range.high + room};
}

static Range widened(Range range, double span) {
    double middle = (range.low + range.high) / 2;
    return (Range){middle - span / 2, middle + span / 2};
}

static void plot_point(Picture *p, int x, int y, const unsigned char colour[3]) {
    static const double ink[INK_STEPS][INK_STEPS] = {{0, .15, .3, .15, 0},
                                                     {.15, .5, .6, .5, .15},
                                                     {.3, .6, .7, .6, .3},
                                                     {.15, .5, .6, .5, .15},
                                                     {0, .15, .3, .15, 0}};
    for (int i = 0; i < INK_STEPS * INK_STEPS; i++)
        plot_dot(p, x + i % INK_STEPS - 2, y + i / INK_STEPS - 2, colour,
                 ink[i / INK_STEPS][i % INK_STEPS]);
}

static Picture scatter(const PointGroup *groups, int n_groups) {
    Range x = range_of(groups, n_groups, 2, 0), y = range_of(groups, n_groups, 2, 1);
    double span = fmax(x.high - x.low, y.high - y.low); /* one scale for both axes */
    x = widened(x, span);
    y = widened(y, span);
    Picture p = plot_paper(x, y, true);
    for (int g = 0; g < n_groups; g++)
        for (int64_t i = 0; i < groups[g].n; i++) {
            double px = (double)groups[g].at[2 * i], py = (double)groups[g].at[2 * i + 1];
            if (has_place(px) && has_place(py))
                plot_point(&p, MARGIN + plot_place(px, x),
                           MARGIN + PLOT_SIDE - 1 - plot_place(py, y), group_colour[g % COLOURS]);
        }
    return p;
}

/* The share of a group's points in each bar. */
static void bar_shares(const PointGroup *group, Range x, double share[BARS + 1]) {
    for (int64_t i = 0; i < group->n; i++) {
        double place = ((double)group->at[i] - x.low) / (x.high - x.low);
        if (place >= 0 && place <= 1) share[(int)(place * BARS)] += 1 / (double)group->n;
    }
}

static Picture histogram(const PointGroup *groups, int n_groups) {
    Range x = range_of(groups, n_groups, 1, 0);
    Picture p = plot_paper(x, (Range){0, 1}, false);
    double(*share)[BARS + 1] = allocate(n_groups, sizeof *share), most = 0;
    for (int g = 0; g < n_groups; g++) {
        bar_shares(&groups[g], x, share[g]);
        for (int b = 0; b < BARS; b++) most = fmax(most, share[g][b]);
    }
    for (int g = 0; g < n_groups; g++)
        for (int b = 0; b < BARS && most > 0; b++) {
            int high = (int)(share[g][b] / most * PLOT_SIDE * 0.92);
            plot_box(&p, MARGIN + b * PLOT_SIDE / BARS, MARGIN + PLOT_SIDE - high,
                     MARGIN + (b + 1) * PLOT_SIDE / BARS - 1, MARGIN + PLOT_SIDE,
                     group_colour[g % COLOURS], 0.6);
        }
    free(share);
    return p;
}

Picture plot_points(const PointGroup *groups, int n_groups, int dims) {
    return dims == 1 ? histogram(groups, n_groups) : scatter(groups, n_groups);
}
