/* Curves of losses over steps: in the characters of a terminal, and as a picture. */
#include "runs.h"

#include <math.h>
#include <png.h>
#include <string.h>

/* ---- what is drawn ---- */

typedef struct {
    double low, high;
} Range;
typedef struct {
    const char *name;
    Range step, value;
} Panel;
typedef LIST(Panel) Panels;

static void widen(Range *r, double value) {
    if (!isfinite(value)) return;
    if (value < r->low) r->low = value;
    if (value > r->high) r->high = value;
}

static Panel panel_of(const Runs *runs, const char *name) {
    Panel p = {name, {INFINITY, -INFINITY}, {INFINITY, -INFINITY}};
    for (int i = 0; i < runs->n; i++) {
        const RunLoss *loss = run_loss(&runs->at[i], name);
        for (int k = 0; loss && k < loss->curve.n; k++) {
            widen(&p.step, loss->curve.at[k].step);
            /* how it begins would press the rest flat */
            if (k || loss->curve.n < 3) widen(&p.value, loss->curve.at[k].value);
        }
    }
    if (!(p.step.high > p.step.low)) p.step.high = p.step.low + 1;
    if (!(p.value.high > p.value.low)) p.value.low -= 0.5, p.value.high += 0.5;
    return p;
}

/* Losses of the first run that another one has too, or all if it is alone. */
static Panels panels_of(Arena *a, const Runs *runs) {
    Panels panels = {0};
    for (int i = 0; runs->n && i < runs->at[0].losses.n; i++) {
        const RunLoss *loss = &runs->at[0].losses.at[i];
        int shared = 0;
        for (int k = 0; k < runs->n; k++) shared += run_loss(&runs->at[k], loss->name) != NULL;
        if (loss->curve.n && (shared > 1 || runs->n == 1))
            LIST_ADD(a, &panels, panel_of(runs, loss->name));
    }
    return panels;
}

static double share(Range r, double value) {
    double s = (value - r.low) / (r.high - r.low);
    return s < 0 ? 0 : s > 1 ? 1 : s;
}

/* ---- the terminal: dots of Braille, two by four in a character ---- */

enum { WIDE = 60, HIGH = 10, MOST_RUNS = 6 };

typedef struct {
    unsigned char dots[HIGH][WIDE], owner[HIGH][WIDE];
} Screen;

static void set_dot(Screen *s, int x, int y, int run) {
    static const unsigned char bit[4][2] = {{1, 8}, {2, 16}, {4, 32}, {64, 128}};
    if (x < 0 || y < 0 || x >= 2 * WIDE || y >= 4 * HIGH) return;
    s->dots[y / 4][x / 2] |= bit[y % 4][x % 2];
    s->owner[y / 4][x / 2] = (unsigned char)(run + 1);
}

static void line_of_dots(Screen *s, double x0, double y0, double x1, double y1, int run) {
    int n = (int)fmax(fabs(x1 - x0), fabs(y1 - y0)) + 1;
    for (int i = 0; i <= n; i++) {
        double t = (double)i / n;
        set_dot(s, (int)lround(x0 + t * (x1 - x0)), (int)lround(y0 + t * (y1 - y0)), run);
    }
}

static void draw_curve(Screen *s, const Panel *p, const RunLoss *loss, int run) {
    for (int i = 0; i < loss->curve.n; i++) {
        int before = i ? i - 1 : i;
        line_of_dots(s, share(p->step, loss->curve.at[before].step) * (2 * WIDE - 1),
                     (1 - share(p->value, loss->curve.at[before].value)) * (4 * HIGH - 1),
                     share(p->step, loss->curve.at[i].step) * (2 * WIDE - 1),
                     (1 - share(p->value, loss->curve.at[i].value)) * (4 * HIGH - 1), run);
    }
}

static const char *const colours[MOST_RUNS] = {"\033[34m", "\033[33m", "\033[32m",
                                               "\033[31m", "\033[35m", "\033[36m"};

/* The numbers of the runs whose curves end in this row. */
static void put_ends(const Runs *runs, const Panel *p, int row, FILE *out) {
    for (int k = 0; k < runs->n; k++) {
        const RunLoss *loss = run_loss(&runs->at[k], p->name);
        if (!loss || !loss->curve.n) continue;
        double y = (1 - share(p->value, loss->curve.at[loss->curve.n - 1].value)) * (4 * HIGH - 1);
        if ((int)lround(y) / 4 == row) fprintf(out, " %d", k + 1);
    }
}

static void put_screen(const Runs *runs, const Screen *s, const Panel *p, FILE *out, bool colour) {
    for (int y = 0; y < HIGH; y++) {
        if (y == 0) fprintf(out, "%10.4g |", p->value.high);
        else if (y == HIGH - 1) fprintf(out, "%10.4g |", p->value.low);
        else fprintf(out, "%10s |", "");
        for (int x = 0; x < WIDE; x++) {
            unsigned char d = s->dots[y][x];
            if (!d) fputc(' ', out);
            else
                fprintf(out, "%s%c%c%c%s", colour ? colours[(s->owner[y][x] - 1) % MOST_RUNS] : "",
                        0xe2, 0xa0 | d >> 6, 0x80 | (d & 63), colour ? "\033[0m" : "");
        }
        put_ends(runs, p, y, out);
        fputc('\n', out);
    }
    fprintf(out, "%10s +%.*s\n%12.0f%*.0f steps\n", "", WIDE,
            "------------------------------------------------------------------------", p->step.low,
            WIDE - 1, p->step.high);
}

void runs_print_curves(Arena *a, const Runs *runs, FILE *out, bool colour) {
    Panels panels = panels_of(a, runs);
    for (int i = 0; i < panels.n; i++) {
        Screen s = {0};
        for (int k = 0; k < runs->n; k++) {
            const RunLoss *loss = run_loss(&runs->at[k], panels.at[i].name);
            if (loss) draw_curve(&s, &panels.at[i], loss, k);
        }
        fprintf(out, "\n%12s%s\n", "", panels.at[i].name);
        put_screen(runs, &s, &panels.at[i], out, colour);
    }
    for (int k = 0; panels.n && k < runs->n; k++)
        fprintf(out, "%12s%s%d%s %s\n", "", colour ? colours[k % MOST_RUNS] : "", k + 1,
                colour ? "\033[0m" : "", runs->at[k].folder);
}

/* ---- the picture ---- */

enum {
    PICTURE_WIDE = 640,
    PANEL_HIGH = 240,
    LEFT = 70,
    TOP = 26,
    BOTTOM = 24,
    RIGHT = 16,
    GLYPH = 6
};

typedef struct {
    int width, height;
    unsigned char *rgb;
} Paper;

static const unsigned char ink[MOST_RUNS][3] = {{31, 119, 180}, {255, 127, 14},  {44, 160, 44},
                                                {214, 39, 40},  {148, 103, 189}, {23, 160, 170}};
static const unsigned char gray[3] = {90, 90, 90}, light[3] = {225, 225, 225};

/* Letters of 3 x 5 dots, a row in each octal digit, drawn twice as large. */
static const struct {
    char letter;
    unsigned rows;
} font[] = {
    {'0', 075557}, {'1', 026227}, {'2', 071747}, {'3', 071717}, {'4', 055711}, {'5', 074717},
    {'6', 074757}, {'7', 071122}, {'8', 075757}, {'9', 075717}, {'a', 075755}, {'b', 065656},
    {'c', 074447}, {'d', 065556}, {'e', 074647}, {'f', 074644}, {'g', 074557}, {'h', 055755},
    {'i', 072227}, {'j', 011157}, {'k', 055655}, {'l', 044447}, {'m', 057755}, {'n', 065555},
    {'o', 075557}, {'p', 075744}, {'q', 075571}, {'r', 065655}, {'s', 074717}, {'t', 072222},
    {'u', 055557}, {'v', 055552}, {'w', 055775}, {'x', 055255}, {'y', 055222}, {'z', 071247},
    {'.', 000002}, {'-', 000700}, {'+', 002720}, {'_', 000007}, {'/', 011244}, {'=', 007070},
    {',', 000024}, {'#', 057575}, {':', 002020},
};

static void dot(Paper *p, int x, int y, const unsigned char colour[3]) {
    if (x < 0 || y < 0 || x >= p->width || y >= p->height) return;
    memcpy(p->rgb + ((size_t)y * (size_t)p->width + (size_t)x) * 3, colour, 3);
}

static void write_words(Paper *p, int x, int y, const char *words, const unsigned char colour[3]) {
    for (; *words; words++, x += GLYPH + 2) {
        char c = *words >= 'A' && *words <= 'Z' ? (char)(*words + 32) : *words;
        for (size_t g = 0; g < sizeof font / sizeof *font; g++)
            for (int i = 0; font[g].letter == c && i < 60; i++)
                if (font[g].rows >> (14 - (i / 6 / 2 * 3 + i % 6 / 2)) & 1)
                    dot(p, x + i % 6, y + i / 6, colour);
    }
}

static void line(Paper *p, double x0, double y0, double x1, double y1,
                 const unsigned char colour[3]) {
    int n = (int)fmax(fabs(x1 - x0), fabs(y1 - y0)) + 1;
    for (int i = 0; i <= n; i++) {
        int x = (int)lround(x0 + (x1 - x0) * i / n), y = (int)lround(y0 + (y1 - y0) * i / n);
        dot(p, x, y, colour);
        dot(p, x, y + 1, colour);
    }
}

static void draw_panel(Arena *a, Paper *paper, int top, const Panel *p, const Runs *runs) {
    int wide = PICTURE_WIDE - LEFT - RIGHT, high = PANEL_HIGH - TOP - BOTTOM;
    write_words(paper, LEFT, top + 8, p->name, gray);
    for (int i = 0; i <= 4; i++) {
        double value = p->value.high + (p->value.low - p->value.high) * i / 4;
        int y = top + TOP + high * i / 4;
        const char *words = arena_printf(a, "%.4g", value);
        for (int x = LEFT; x < LEFT + wide; x++) dot(paper, x, y, light);
        write_words(paper, LEFT - 6 - (int)strlen(words) * (GLYPH + 2), y - 5, words, gray);
        const char *step =
            arena_printf(a, "%.0f", p->step.low + (p->step.high - p->step.low) * i / 4);
        int x = LEFT + wide * i / 4 - (int)strlen(step) * (GLYPH + 2) * i / 4;
        write_words(paper, x, top + TOP + high + 8, step, gray);
    }
    for (int k = 0; k < runs->n; k++) {
        const RunLoss *loss = run_loss(&runs->at[k], p->name);
        for (int i = 1; loss && i < loss->curve.n; i++) {
            const RunPoint *from = &loss->curve.at[i - 1], *to = &loss->curve.at[i];
            line(paper, LEFT + share(p->step, from->step) * wide,
                 top + TOP + (1 - share(p->value, from->value)) * high,
                 LEFT + share(p->step, to->step) * wide,
                 top + TOP + (1 - share(p->value, to->value)) * high, ink[k % MOST_RUNS]);
        }
    }
}

bool runs_write_curves(Arena *a, const Runs *runs, const char *path) {
    Panels panels = panels_of(a, runs);
    Paper p = {.width = PICTURE_WIDE,
               .height = PANEL_HIGH * (panels.n ? panels.n : 1) + 18 * runs->n + 10};
    p.rgb = arena_alloc(a, (size_t)p.width * (size_t)p.height * 3);
    memset(p.rgb, 255, (size_t)p.width * (size_t)p.height * 3);
    for (int i = 0; i < panels.n; i++) draw_panel(a, &p, i * PANEL_HIGH, &panels.at[i], runs);
    for (int k = 0; k < runs->n; k++) {
        int y = PANEL_HIGH * panels.n + 4 + 18 * k;
        line(&p, LEFT, y + 5, LEFT + 24, y + 5, ink[k % MOST_RUNS]);
        const char *set = runs->at[k].overrides.n ? arena_printf(a, "%s  %s", runs->at[k].folder,
                                                                 run_overrides(a, &runs->at[k]))
                                                  : runs->at[k].folder;
        write_words(&p, LEFT + 34, y, set, gray);
    }
    png_image image = {.version = PNG_IMAGE_VERSION,
                       .width = (png_uint_32)p.width,
                       .height = (png_uint_32)p.height,
                       .format = PNG_FORMAT_RGB};
    return png_image_write_to_file(&image, path, 0, p.rgb, 0, NULL) != 0;
}
