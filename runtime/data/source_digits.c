/* source_digits.c: digits drawn with a pen, as 28 x 28 grey pictures, with their labels.
 *
 * A digit is a few strokes, a stroke a smooth curve (Catmull-Rom) through some points. Each example
 * moves the points a little, bends the whole by a random affine map, and takes a pen of its own
 * width; a pixel's grey is how much of it the pen covers. */
#include "data.h"

enum { DIGIT_SIDE = 28, MAX_POINTS = 12, MAX_STROKES = 3, CURVE_STEPS = 6 };

typedef struct {
    double x, y;
} Point;
typedef struct {
    int n;
    Point point[MAX_POINTS];
} Stroke;
typedef struct {
    int digit, n;
    Stroke stroke[MAX_STROKES];
} Glyph;

/* In a box of 1 x 1, y downwards. Some digits are written in more than one way. */
/* clang-format off */
static const Glyph glyphs[] = {
    {0, 1, {{9, {{.55, .02}, {.25, .12}, {.08, .45}, {.18, .85}, {.48, .98}, {.80, .82}, {.92, .45},
                 {.78, .12}, {.50, .02}}}}},
    {0, 1, {{9, {{.62, .06}, {.32, .05}, {.12, .35}, {.14, .75}, {.42, .98}, {.74, .85}, {.88, .50},
                 {.76, .15}, {.46, .08}}}}},
    {1, 1, {{3, {{.52, .02}, {.50, .50}, {.48, .98}}}}},
    {1, 1, {{3, {{.62, .02}, {.50, .50}, {.38, .98}}}}},
    {1, 2, {{3, {{.28, .24}, {.42, .14}, {.54, .02}}}, {3, {{.54, .02}, {.53, .50}, {.52, .98}}}}},
    {2, 1, {{9, {{.12, .24}, {.32, .04}, {.66, .04}, {.82, .26}, {.68, .52}, {.38, .76}, {.12, .96},
                 {.50, .93}, {.90, .95}}}}},
    {2, 1, {{10, {{.14, .20}, {.40, .02}, {.74, .10}, {.78, .38}, {.52, .70}, {.22, .94},
                  {.12, .82}, {.28, .76}, {.56, .92}, {.92, .88}}}}},
    {3, 1, {{9, {{.14, .12}, {.45, .02}, {.76, .16}, {.66, .40}, {.38, .48}, {.74, .56}, {.84, .80},
                 {.52, .98}, {.12, .88}}}}},
    {3, 1, {{10, {{.18, .06}, {.52, .05}, {.80, .06}, {.60, .26}, {.42, .42}, {.74, .50},
                  {.86, .72}, {.68, .94}, {.38, .98}, {.12, .84}}}}},
    {4, 2, {{5, {{.28, .04}, {.20, .30}, {.12, .56}, {.50, .56}, {.92, .54}}},
            {3, {{.70, .10}, {.68, .55}, {.64, .98}}}}},
    {4, 2, {{5, {{.66, .02}, {.40, .30}, {.10, .62}, {.50, .63}, {.92, .62}}},
            {3, {{.66, .02}, {.66, .50}, {.65, .98}}}}},
    {5, 2, {{8, {{.24, .06}, {.22, .26}, {.20, .46}, {.48, .40}, {.80, .56}, {.80, .82}, {.48, .98},
                 {.12, .90}}},
            {3, {{.24, .06}, {.54, .06}, {.84, .04}}}}},
    {5, 1, {{10, {{.86, .06}, {.58, .05}, {.32, .07}, {.27, .26}, {.24, .44}, {.52, .42},
                  {.78, .62}, {.70, .88}, {.42, .98}, {.12, .88}}}}},
    {6, 1, {{10, {{.70, .03}, {.42, .18}, {.20, .48}, {.16, .76}, {.40, .97}, {.72, .88},
                  {.80, .66}, {.58, .50}, {.32, .58}, {.20, .78}}}}},
    {6, 1, {{9, {{.56, .02}, {.32, .30}, {.18, .66}, {.34, .95}, {.66, .94}, {.80, .72}, {.60, .55},
                 {.36, .62}, {.22, .80}}}}},
    {7, 1, {{6, {{.10, .10}, {.45, .07}, {.86, .06}, {.70, .36}, {.54, .66}, {.42, .98}}}}},
    {7, 2, {{6, {{.10, .08}, {.48, .06}, {.88, .08}, {.68, .40}, {.50, .70}, {.40, .98}}},
            {3, {{.30, .52}, {.52, .50}, {.76, .49}}}}},
    {8, 1, {{11, {{.74, .16}, {.48, .02}, {.22, .16}, {.34, .38}, {.66, .58}, {.80, .82},
                  {.50, .98}, {.20, .82}, {.34, .58}, {.66, .36}, {.76, .14}}}}},
    {8, 2, {{7, {{.50, .02}, {.24, .14}, {.30, .40}, {.52, .47}, {.74, .36}, {.76, .12},
                 {.48, .02}}},
            {7, {{.50, .47}, {.22, .62}, {.20, .88}, {.50, .98}, {.80, .86}, {.76, .60},
                 {.48, .47}}}}},
    {9, 1, {{10, {{.78, .22}, {.56, .04}, {.26, .12}, {.20, .36}, {.42, .52}, {.70, .40},
                  {.80, .20}, {.78, .46}, {.70, .74}, {.60, .98}}}}},
    {9, 1, {{11, {{.76, .18}, {.50, .03}, {.24, .18}, {.26, .42}, {.54, .48}, {.74, .30},
                  {.78, .14}, {.80, .46}, {.76, .78}, {.54, .97}, {.24, .92}}}}},
};
/* clang-format on */
enum { GLYPH_COUNT = sizeof glyphs / sizeof *glyphs };

static const Glyph *choose_glyph(int digit, Chance *chance) {
    int ways = 0;
    for (int i = 0; i < GLYPH_COUNT; i++) ways += glyphs[i].digit == digit;
    int wanted = chance_below(chance, ways);
    for (int i = 0;; i++)
        if (glyphs[i].digit == digit && wanted-- == 0) return &glyphs[i];
}

/* ---- the hand ---- */

typedef struct {
    double xx, xy, yx, yy, x, y;
} Affine;

static Affine random_affine(Chance *chance) {
    double turn = 0.13 * chance_gaussian(chance), slant = 0.18 * chance_gaussian(chance) + 0.08;
    double wide = chance_between(chance, 11.5, 17), tall = chance_between(chance, 17.5, 20.5);
    Affine a = {wide * cos(turn),
                -tall * (sin(turn) + slant * cos(turn)),
                wide * sin(turn),
                tall * (cos(turn) - slant * sin(turn)),
                DIGIT_SIDE / 2.0 + 0.7 * chance_gaussian(chance),
                DIGIT_SIDE / 2.0 + 0.7 * chance_gaussian(chance)};
    return a;
}

static Point through(const Affine *a, Point p) {
    double x = p.x - 0.5, y = p.y - 0.5;
    return (Point){a->xx * x + a->xy * y + a->x, a->yx * x + a->yy * y + a->y};
}

static Stroke by_hand(const Stroke *stroke, const Affine *affine, Chance *chance) {
    Stroke moved = {stroke->n, {{0, 0}}};
    for (int i = 0; i < stroke->n; i++) {
        Point p = stroke->point[i];
        p.x += 0.028 * chance_gaussian(chance);
        p.y += 0.022 * chance_gaussian(chance);
        moved.point[i] = through(affine, p);
    }
    return moved;
}

/* ---- the pen ---- */

typedef struct {
    double nearest[DIGIT_SIDE * DIGIT_SIDE];
} Page; /* distance to the pen's path */

static double distance_to(Point p, Point a, Point b) {
    double dx = b.x - a.x, dy = b.y - a.y, square = dx * dx + dy * dy;
    double t = square > 0 ? ((p.x - a.x) * dx + (p.y - a.y) * dy) / square : 0;
    t = t < 0 ? 0 : t > 1 ? 1 : t;
    return hypot(a.x + t * dx - p.x, a.y + t * dy - p.y);
}

static int clip_to_page(double x) {
    return x < 0 ? 0 : x > DIGIT_SIDE - 1 ? DIGIT_SIDE - 1 : (int)x;
}

static void draw_segment(Page *page, Point a, Point b) {
    const double reach = 3.5; /* wider than any pen */
    for (int y = clip_to_page(fmin(a.y, b.y) - reach); y <= clip_to_page(fmax(a.y, b.y) + reach);
         y++)
        for (int x = clip_to_page(fmin(a.x, b.x) - reach);
             x <= clip_to_page(fmax(a.x, b.x) + reach); x++) {
            double distance = distance_to((Point){x + 0.5, y + 0.5}, a, b);
            double *nearest = &page->nearest[y * DIGIT_SIDE + x];
            if (distance < *nearest) *nearest = distance;
        }
}

static double catmull_rom(double a, double b, double c, double d, double t) {
    return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
}

static void draw_stroke(Page *page, const Stroke *s) {
    Point last = s->point[0];
    for (int i = 0; i + 1 < s->n; i++) {
        Point a = s->point[i > 0 ? i - 1 : 0], b = s->point[i], c = s->point[i + 1];
        Point d = s->point[i + 2 < s->n ? i + 2 : i + 1];
        for (int step = 1; step <= CURVE_STEPS; step++) {
            double t = (double)step / CURVE_STEPS;
            Point next = {catmull_rom(a.x, b.x, c.x, d.x, t), catmull_rom(a.y, b.y, c.y, d.y, t)};
            draw_segment(page, last, next);
            last = next;
        }
    }
}

static int draw_digit(int part, int64_t example, real *picture) {
    Chance chance = chance_new("digits", part, example);
    int digit = chance_below(&chance, 10);
    const Glyph *glyph = choose_glyph(digit, &chance);
    Affine affine = random_affine(&chance);
    if (digit == 1) affine.xx *= 0.7;
    double half_width = chance_between(&chance, 0.75, 1.75), soft = chance_between(&chance, 1, 1.5);
    Page page;
    for (int i = 0; i < DIGIT_SIDE * DIGIT_SIDE; i++) page.nearest[i] = DIGIT_SIDE;
    for (int i = 0; i < glyph->n; i++) {
        Stroke stroke = by_hand(&glyph->stroke[i], &affine, &chance);
        draw_stroke(&page, &stroke);
    }
    for (int i = 0; i < DIGIT_SIDE * DIGIT_SIDE; i++) {
        double ink = 0.5 + (half_width - page.nearest[i]) / soft;
        picture[i] = (real)floor(255 * (ink < 0 ? 0 : ink > 1 ? 1 : ink) + 0.5);
    }
    return digit;
}

void load_digits(const SourceRequest *request, SourceTable *table) {
    table->from = "digits";
    table->space[0] = (Space){.rank = 2, .dim = {DIGIT_SIDE, DIGIT_SIDE}, .high = 255, .level = 1};
    table->space[1] = (Space){.high = 9, .level = 1};
    for (int part = 0; part < DATA_PARTS; part++) {
        int64_t n = built_in_count(request, part);
        table->count[part] = n;
        real *picture = table->values[part][0] =
            allocate(n * DIGIT_SIDE * DIGIT_SIDE, sizeof(real));
        real *label = table->values[part][1] = allocate(n, sizeof(real));
#pragma omp parallel for
        for (int64_t i = 0; i < n; i++)
            label[i] = (real)draw_digit(part, i, picture + i * DIGIT_SIDE * DIGIT_SIDE);
    }
}
