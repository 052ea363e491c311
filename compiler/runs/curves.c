/* Curves of losses over steps, in the characters of a terminal; what there is to draw, picture.c
 * draws too. */
#include "curves.h"

#include <math.h>
#include <string.h>

/* ---- what is drawn ---- */

static void widen(Range *r, double value) {
    if (!isfinite(value)) return;
    if (value < r->low) r->low = value;
    if (value > r->high) r->high = value;
}

/* A range with its one value in the middle. */
static void around(Range *r) {
    double by = r->low != 0 ? fabs(r->low) / 10 : 1;
    r->low -= by;
    r->high += by;
}

static Panel panel_of(const Runs *runs, const RunLoss *of) {
    const char *name = of->name;
    Panel p = {name, of->held_out, false, {INFINITY, -INFINITY}, {INFINITY, -INFINITY}};
    for (int i = 0; i < runs->n; i++) {
        const RunLoss *loss = run_loss(&runs->at[i], name);
        for (int k = 0; loss && k < loss->curve.n; k++) {
            widen(&p.step, loss->curve.at[k].step);
            /* how it begins would press the rest flat */
            if (k || loss->curve.n < 3) widen(&p.value, loss->curve.at[k].value);
        }
    }
    p.single = !(p.step.high > p.step.low);
    if (p.single) around(&p.step);
    if (!(p.value.high > p.value.low)) around(&p.value);
    return p;
}

Panels curves_panels(Arena *a, const Runs *runs) {
    Panels shared = {0}, all = {0};
    RunLosses losses = runs_losses(a, runs);
    for (int i = 0; i < losses.n; i++) {
        int n = 0;
        for (int k = 0; k < runs->n; k++) {
            const RunLoss *loss = run_loss(&runs->at[k], losses.at[i]->name);
            n += loss && loss->curve.n;
        }
        Panel p = panel_of(runs, losses.at[i]);
        if (n > 1) LIST_ADD(a, &shared, p);
        if (n > 0) LIST_ADD(a, &all, p);
    }
    return shared.n ? shared : all;
}

double range_share(Range r, double value) {
    double s = (value - r.low) / (r.high - r.low);
    return s >= 1 ? 1 : s > 0 ? s : 0; /* no number, of a range beyond all numbers: 0 */
}

/* ---- the terminal: dots of Braille, two by four in a character ---- */

enum { WIDE = 60, HIGH = 10 };

typedef struct {
    unsigned char dots[HIGH][WIDE];
    int owner[HIGH][WIDE]; /* the run whose dot came last */
} Screen;

static void set_dot(Screen *s, int x, int y, int run) {
    static const unsigned char bit[4][2] = {{1, 8}, {2, 16}, {4, 32}, {64, 128}};
    if (x < 0 || y < 0 || x >= 2 * WIDE || y >= 4 * HIGH) return;
    s->dots[y / 4][x / 2] |= bit[y % 4][x % 2];
    s->owner[y / 4][x / 2] = run;
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
        line_of_dots(s, range_share(p->step, loss->curve.at[before].step) * (2 * WIDE - 1),
                     (1 - range_share(p->value, loss->curve.at[before].value)) * (4 * HIGH - 1),
                     range_share(p->step, loss->curve.at[i].step) * (2 * WIDE - 1),
                     (1 - range_share(p->value, loss->curve.at[i].value)) * (4 * HIGH - 1), run);
    }
}

static const char *const colours[CURVES_COLOURS] = {"\033[34m", "\033[33m", "\033[32m",
                                                    "\033[31m", "\033[35m", "\033[36m"};

/* The numbers of the runs whose curves end in this row. */
static void put_ends(const Runs *runs, const Panel *p, int row, FILE *out) {
    for (int k = 0; k < runs->n; k++) {
        const RunLoss *loss = run_loss(&runs->at[k], p->name);
        if (!loss || !loss->curve.n) continue;
        double y =
            (1 - range_share(p->value, loss->curve.at[loss->curve.n - 1].value)) * (4 * HIGH - 1);
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
                fprintf(out, "%s%c%c%c%s", colour ? colours[s->owner[y][x] % CURVES_COLOURS] : "",
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
    Panels panels = curves_panels(a, runs);
    int drawn = 0;
    for (int i = 0; i < panels.n; i++) {
        if (panels.at[i].single) continue; /* the table says all that there is */
        drawn++;
        Screen s = {0};
        for (int k = 0; k < runs->n; k++) {
            const RunLoss *loss = run_loss(&runs->at[k], panels.at[i].name);
            if (loss) draw_curve(&s, &panels.at[i], loss, k);
        }
        fprintf(out, "\n%12s%s%s\n", "", panels.at[i].name,
                panels.at[i].held_out ? ", held out" : ", in training");
        put_screen(runs, &s, &panels.at[i], out, colour);
    }
    for (int k = 0; drawn && k < runs->n; k++)
        fprintf(out, "%12s%s%d%s %s\n", "", colour ? colours[k % CURVES_COLOURS] : "", k + 1,
                colour ? "\033[0m" : "", runs->at[k].folder);
}
