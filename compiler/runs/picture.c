/* runs_write_curves: the curves as a picture: a panel for each loss, the runs' names above. It is
 * drawn twice as large and averaged, so that lines are smooth. */
#include "curves.h"

#include <math.h>
#include <png.h>
#include <string.h>

/* All in dots of the large paper. */
enum {
    FINE = 2,
    PICTURE_WIDE = 900 * FINE,
    PANEL_HIGH = 280 * FINE,
    LEGEND_HIGH = 22 * FINE,
    MARGIN = 16 * FINE,
    LEFT = 84 * FINE,
    RIGHT = 28 * FINE,
    TOP = 36 * FINE,
    BOTTOM = 42 * FINE,
    LETTER = 3, /* dots of paper to a dot of a letter */
    LETTER_WIDE = 6 * LETTER,
    LETTER_HIGH = 8 * LETTER,
    THICK = 2 * FINE
};

typedef struct {
    int width, height;
    unsigned char *rgb;
} Paper;

typedef const unsigned char Ink[3];
static Ink inks[CURVES_COLOURS] = {{31, 119, 180}, {255, 127, 14},  {44, 160, 44},
                                   {214, 39, 40},  {148, 103, 189}, {23, 160, 170}};
static Ink black = {40, 40, 40}, gray = {110, 110, 110}, light = {228, 228, 228};

/* From the space to the tilde: five columns each, the lowest bit on top. */
static const unsigned char font[95][5] = {
    {0x00, 0x00, 0x00, 0x00, 0x00}, {0x00, 0x00, 0x5f, 0x00, 0x00}, {0x00, 0x07, 0x00, 0x07, 0x00},
    {0x14, 0x7f, 0x14, 0x7f, 0x14}, {0x24, 0x2a, 0x7f, 0x2a, 0x12}, {0x23, 0x13, 0x08, 0x64, 0x62},
    {0x36, 0x49, 0x56, 0x20, 0x50}, {0x00, 0x08, 0x07, 0x03, 0x00}, {0x00, 0x1c, 0x22, 0x41, 0x00},
    {0x00, 0x41, 0x22, 0x1c, 0x00}, {0x2a, 0x1c, 0x7f, 0x1c, 0x2a}, {0x08, 0x08, 0x3e, 0x08, 0x08},
    {0x00, 0x80, 0x70, 0x30, 0x00}, {0x08, 0x08, 0x08, 0x08, 0x08}, {0x00, 0x00, 0x60, 0x60, 0x00},
    {0x20, 0x10, 0x08, 0x04, 0x02}, {0x3e, 0x51, 0x49, 0x45, 0x3e}, {0x00, 0x42, 0x7f, 0x40, 0x00},
    {0x72, 0x49, 0x49, 0x49, 0x46}, {0x21, 0x41, 0x49, 0x4d, 0x33}, {0x18, 0x14, 0x12, 0x7f, 0x10},
    {0x27, 0x45, 0x45, 0x45, 0x39}, {0x3c, 0x4a, 0x49, 0x49, 0x31}, {0x41, 0x21, 0x11, 0x09, 0x07},
    {0x36, 0x49, 0x49, 0x49, 0x36}, {0x46, 0x49, 0x49, 0x29, 0x1e}, {0x00, 0x00, 0x14, 0x00, 0x00},
    {0x00, 0x40, 0x34, 0x00, 0x00}, {0x00, 0x08, 0x14, 0x22, 0x41}, {0x14, 0x14, 0x14, 0x14, 0x14},
    {0x00, 0x41, 0x22, 0x14, 0x08}, {0x02, 0x01, 0x59, 0x09, 0x06}, {0x3e, 0x41, 0x5d, 0x59, 0x4e},
    {0x7c, 0x12, 0x11, 0x12, 0x7c}, {0x7f, 0x49, 0x49, 0x49, 0x36}, {0x3e, 0x41, 0x41, 0x41, 0x22},
    {0x7f, 0x41, 0x41, 0x41, 0x3e}, {0x7f, 0x49, 0x49, 0x49, 0x41}, {0x7f, 0x09, 0x09, 0x09, 0x01},
    {0x3e, 0x41, 0x41, 0x51, 0x73}, {0x7f, 0x08, 0x08, 0x08, 0x7f}, {0x00, 0x41, 0x7f, 0x41, 0x00},
    {0x20, 0x40, 0x41, 0x3f, 0x01}, {0x7f, 0x08, 0x14, 0x22, 0x41}, {0x7f, 0x40, 0x40, 0x40, 0x40},
    {0x7f, 0x02, 0x1c, 0x02, 0x7f}, {0x7f, 0x04, 0x08, 0x10, 0x7f}, {0x3e, 0x41, 0x41, 0x41, 0x3e},
    {0x7f, 0x09, 0x09, 0x09, 0x06}, {0x3e, 0x41, 0x51, 0x21, 0x5e}, {0x7f, 0x09, 0x19, 0x29, 0x46},
    {0x26, 0x49, 0x49, 0x49, 0x32}, {0x03, 0x01, 0x7f, 0x01, 0x03}, {0x3f, 0x40, 0x40, 0x40, 0x3f},
    {0x1f, 0x20, 0x40, 0x20, 0x1f}, {0x3f, 0x40, 0x38, 0x40, 0x3f}, {0x63, 0x14, 0x08, 0x14, 0x63},
    {0x03, 0x04, 0x78, 0x04, 0x03}, {0x61, 0x59, 0x49, 0x4d, 0x43}, {0x00, 0x7f, 0x41, 0x41, 0x41},
    {0x02, 0x04, 0x08, 0x10, 0x20}, {0x00, 0x41, 0x41, 0x41, 0x7f}, {0x04, 0x02, 0x01, 0x02, 0x04},
    {0x40, 0x40, 0x40, 0x40, 0x40}, {0x00, 0x03, 0x07, 0x08, 0x00}, {0x20, 0x54, 0x54, 0x78, 0x40},
    {0x7f, 0x28, 0x44, 0x44, 0x38}, {0x38, 0x44, 0x44, 0x44, 0x28}, {0x38, 0x44, 0x44, 0x28, 0x7f},
    {0x38, 0x54, 0x54, 0x54, 0x18}, {0x00, 0x08, 0x7e, 0x09, 0x02}, {0x18, 0xa4, 0xa4, 0x9c, 0x78},
    {0x7f, 0x08, 0x04, 0x04, 0x78}, {0x00, 0x44, 0x7d, 0x40, 0x00}, {0x20, 0x40, 0x40, 0x3d, 0x00},
    {0x7f, 0x10, 0x28, 0x44, 0x00}, {0x00, 0x41, 0x7f, 0x40, 0x00}, {0x7c, 0x04, 0x78, 0x04, 0x78},
    {0x7c, 0x08, 0x04, 0x04, 0x78}, {0x38, 0x44, 0x44, 0x44, 0x38}, {0xfc, 0x18, 0x24, 0x24, 0x18},
    {0x18, 0x24, 0x24, 0x18, 0xfc}, {0x7c, 0x08, 0x04, 0x04, 0x08}, {0x48, 0x54, 0x54, 0x54, 0x24},
    {0x04, 0x04, 0x3f, 0x44, 0x24}, {0x3c, 0x40, 0x40, 0x20, 0x7c}, {0x1c, 0x20, 0x40, 0x20, 0x1c},
    {0x3c, 0x40, 0x30, 0x40, 0x3c}, {0x44, 0x28, 0x10, 0x28, 0x44}, {0x4c, 0x90, 0x90, 0x90, 0x7c},
    {0x44, 0x64, 0x54, 0x4c, 0x44}, {0x00, 0x08, 0x36, 0x41, 0x00}, {0x00, 0x00, 0x77, 0x00, 0x00},
    {0x00, 0x41, 0x36, 0x08, 0x00}, {0x02, 0x01, 0x02, 0x04, 0x02},
};

static void dot(Paper *p, int x, int y, Ink ink) {
    if (x < 0 || y < 0 || x >= p->width || y >= p->height) return;
    memcpy(p->rgb + ((size_t)y * (size_t)p->width + (size_t)x) * 3, ink, 3);
}

static void block(Paper *p, int x, int y, int wide, int high, Ink ink) {
    for (int j = 0; j < high; j++)
        for (int i = 0; i < wide; i++) dot(p, x + i, y + j, ink);
}

/* A byte of a character that the font has not is a question mark. */
static void letter(Paper *p, int x, int y, unsigned char c, Ink ink) {
    const unsigned char *columns = font[c >= ' ' && c <= '~' ? c - ' ' : '?' - ' '];
    for (int i = 0; i < 5; i++)
        for (int j = 0; j < 8; j++)
            if (columns[i] >> j & 1) block(p, x + i * LETTER, y + j * LETTER, LETTER, LETTER, ink);
}

static int words_wide(const char *words) {
    return (int)strlen(words) * LETTER_WIDE;
}

static void write_words(Paper *p, int x, int y, const char *words, Ink ink) {
    for (; *words; words++, x += LETTER_WIDE) letter(p, x, y, (unsigned char)*words, ink);
}

static void disc(Paper *p, int x, int y, int radius, Ink ink) {
    for (int dy = -radius; dy <= radius; dy++)
        for (int dx = -radius; dx <= radius; dx++)
            if (dx * dx + dy * dy <= radius * radius) dot(p, x + dx, y + dy, ink);
}

/* Points of a line of some thickness, in fractions of a dot. */
static void line(Paper *p, double x0, double y0, double x1, double y1, Ink ink) {
    int n = (int)fmax(fabs(x1 - x0), fabs(y1 - y0)) + 1;
    for (int i = 0; i <= n; i++)
        disc(p, (int)lround(x0 + (x1 - x0) * i / n), (int)lround(y0 + (y1 - y0) * i / n), THICK / 2,
             ink);
}

/* ---- axes ---- */

enum { TICKS = 6 };

/* 1, 2 or 5 times a power of ten: not more than TICKS of them in a range. */
static double spacing(Range r) {
    double least = (r.high - r.low) / TICKS, power = pow(10, floor(log10(least)));
    return least <= power       ? power
           : least <= 2 * power ? 2 * power
           : least <= 5 * power ? 5 * power
                                : 10 * power;
}

/* Ticks lie at multiples of their spacing. They are counted: where the range is narrower than what
 * its numbers can tell apart, adding the spacing to one gives the same number again. */
typedef struct {
    double first, by;
    int n;
} Ticks;

static Ticks ticks_of(Range r) {
    double by = spacing(r), first = ceil(r.low / by) * by, n = floor((r.high - first) / by + 1e-6);
    return (Ticks){first, by, n >= 0 ? (int)fmin(n, TICKS) + 1 : 0};
}

typedef struct {
    int left, top, wide, high;
} Box;

static void draw_axes(Arena *a, Paper *p, const Box *b, const Panel *panel) {
    Ticks up = ticks_of(panel->value), along = ticks_of(panel->step);
    if (panel->single) along = (Ticks){(panel->step.low + panel->step.high) / 2, 1, 1};
    for (int i = 0; i < up.n; i++) {
        double v = up.first + i * up.by;
        int y = b->top + (int)lround((1 - range_share(panel->value, v)) * b->high);
        const char *words = arena_printf(a, "%.5g", fabs(v) < up.by / 1e6 ? 0 : v);
        block(p, b->left, y, b->wide, FINE, light);
        write_words(p, b->left - 6 * FINE - words_wide(words), y - LETTER_HIGH / 2 + LETTER, words,
                    gray);
    }
    for (int i = 0; i < along.n; i++) {
        double s = along.first + i * along.by;
        int x = b->left + (int)lround(range_share(panel->step, s) * b->wide);
        const char *words = arena_printf(a, "%.7g", s);
        block(p, x, b->top + b->high, FINE, 4 * FINE, gray);
        write_words(p, x - words_wide(words) / 2, b->top + b->high + 8 * FINE, words, gray);
    }
    block(p, b->left, b->top + b->high, b->wide, FINE, gray);
    write_words(p, b->left + b->wide - words_wide("steps"),
                b->top + b->high + 10 * FINE + LETTER_HIGH, "steps", gray);
}

/* Where a run was measured once, no line shows it. */
static void draw_mark(Paper *paper, const Box *b, const Panel *p, const RunPoint *at, Ink ink) {
    disc(paper, b->left + (int)lround(range_share(p->step, at->step) * b->wide),
         b->top + (int)lround((1 - range_share(p->value, at->value)) * b->high), 2 * THICK, ink);
}

static void draw_panel(Arena *a, Paper *paper, int top, const Panel *p, const Runs *runs) {
    Box b = {LEFT, top + TOP, PICTURE_WIDE - LEFT - RIGHT, PANEL_HIGH - TOP - BOTTOM};
    write_words(paper, LEFT, top + 8 * FINE, p->name, black);
    write_words(paper, LEFT + words_wide(p->name) + LETTER_WIDE, top + 8 * FINE,
                p->held_out ? "held out" : "in training", gray);
    draw_axes(a, paper, &b, p);
    for (int k = 0; k < runs->n; k++) {
        const RunLoss *loss = run_loss(&runs->at[k], p->name);
        if (loss && loss->curve.n == 1)
            draw_mark(paper, &b, p, &loss->curve.at[0], inks[k % CURVES_COLOURS]);
        for (int i = 1; loss && i < loss->curve.n; i++) {
            const RunPoint *from = &loss->curve.at[i - 1], *to = &loss->curve.at[i];
            line(paper, b.left + range_share(p->step, from->step) * b.wide,
                 b.top + (1 - range_share(p->value, from->value)) * b.high,
                 b.left + range_share(p->step, to->step) * b.wide,
                 b.top + (1 - range_share(p->value, to->value)) * b.high, inks[k % CURVES_COLOURS]);
        }
    }
}

static void draw_legend(Arena *a, Paper *p, const Runs *runs) {
    for (int k = 0; k < runs->n; k++) {
        const Run *run = &runs->at[k];
        int y = MARGIN + LEGEND_HIGH * k;
        line(p, LEFT, y + LETTER_HIGH / 2, LEFT + 28 * FINE, y + LETTER_HIGH / 2,
             inks[k % CURVES_COLOURS]);
        write_words(p, LEFT + 40 * FINE, y, run->folder, black);
        if (run->overrides.n)
            write_words(p, LEFT + 40 * FINE + words_wide(run->folder) + 2 * LETTER_WIDE, y,
                        run_overrides(a, run), gray);
    }
}

/* ---- the file ---- */

/* Each dot of the picture is the mean of FINE x FINE. */
static Paper averaged(Arena *a, const Paper *fine) {
    Paper p = {.width = fine->width / FINE, .height = fine->height / FINE};
    p.rgb = arena_alloc(a, (size_t)p.width * (size_t)p.height * 3);
    for (int y = 0; y < p.height; y++)
        for (int x = 0; x < p.width * 3; x++) {
            int sum = 0;
            for (int j = 0; j < FINE; j++)
                for (int i = 0; i < FINE; i++)
                    sum += fine->rgb[((size_t)(y * FINE + j) * (size_t)fine->width +
                                      (size_t)(x / 3 * FINE + i)) *
                                         3 +
                                     (size_t)(x % 3)];
            p.rgb[(size_t)y * (size_t)p.width * 3 + (size_t)x] =
                (unsigned char)(sum / (FINE * FINE));
        }
    return p;
}

bool runs_write_curves(Arena *a, const Runs *runs, const char *path) {
    Panels panels = curves_panels(a, runs);
    int legend = 2 * MARGIN + LEGEND_HIGH * runs->n;
    Paper fine = {.width = PICTURE_WIDE, .height = legend + PANEL_HIGH * (panels.n ? panels.n : 1)};
    size_t size = (size_t)fine.width * (size_t)fine.height * 3;
    fine.rgb = arena_alloc(a, size);
    memset(fine.rgb, 255, size);
    draw_legend(a, &fine, runs);
    for (int i = 0; i < panels.n; i++)
        draw_panel(a, &fine, legend + i * PANEL_HIGH, &panels.at[i], runs);
    Paper p = averaged(a, &fine);
    png_image image = {.version = PNG_IMAGE_VERSION,
                       .width = (png_uint_32)p.width,
                       .height = (png_uint_32)p.height,
                       .format = PNG_FORMAT_RGB};
    return png_image_write_to_file(&image, path, 0, p.rgb, 0, NULL) != 0;
}
