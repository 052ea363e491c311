/* report_curves.c: metrics.jsonl as small plots, in SVG. */
#include "report.h"

enum { WIDE = 340, HIGH = 190, LEFT = 46, RIGHT = 20, TOP = 12, BOTTOM = 24, MOST_POINTS = 300 };

/* ---- reading ---- */

static Curve *curve_named(Curves *curves, const char *name) {
    for (int i = 0; i < curves->n; i++)
        if (strcmp(curves->curve[i].name, name) == 0) return &curves->curve[i];
    if (curves->n == MAX_CURVES) return NULL;
    Curve *curve = &curves->curve[curves->n++];
    *curve = (Curve){.name = text_of("%s", name)};
    return curve;
}

static void curve_add(CurvePoints *points, double step, double value) {
    if (points->n == points->room) {
        points->room = points->room > 0 ? 2 * points->room : 256;
        points->at = realloc(points->at, (size_t)points->room * sizeof *points->at);
        if (points->at == NULL) fail("out of memory");
    }
    points->at[points->n++] = (CurvePoint){step, value};
}

static void add_measures(Curves *curves, const Json *json, int object, CurveSplit split,
                         double step) {
    for (int key = object < 0 ? -1 : json_first(json, object); key >= 0;
         key = json_next(json, key)) {
        double value;
        char *name = json_text(json, key);
        Curve *curve =
            json_number(json, json_value(json, key), &value) ? curve_named(curves, name) : NULL;
        if (curve != NULL) curve_add(&curve->points[split], step, value);
        free(name);
    }
}

static void add_metrics_line(void *context, const Json *json, int64_t step) {
    Curves *curves = context;
    int split = json_get(json, 0, "split");
    char *text = json_is_string(json, split) ? json_text(json, split) : text_of("%s", "");
    CurveSplit which = strcmp(text, "valid") == 0 ? CURVE_HELD_OUT : CURVE_TRAINING;
    free(text);
    add_measures(curves, json, json_get(json, 0, "losses"), which, (double)step);
    add_measures(curves, json, json_get(json, 0, "metrics"), which, (double)step);
    double seconds, epoch;
    if (json_number(json, json_get(json, 0, "epoch"), &epoch)) curves->epoch = epoch;
    if (!json_number(json, json_get(json, 0, "seconds"), &seconds)) return;
    if (seconds < curves->last_seconds) curves->earlier_seconds += curves->last_seconds;
    curves->last_seconds = seconds;
}

Curves curves_read(const char *folder) {
    Curves curves = {0};
    metrics_read(folder, add_metrics_line, &curves);
    return curves;
}

void curves_free(Curves *curves) {
    for (int i = 0; i < curves->n; i++) {
        free((char *)curves->curve[i].name);
        for (int split = 0; split < CURVE_SPLITS; split++) free(curves->curve[i].points[split].at);
    }
}

/* ---- the frame ---- */

typedef struct {
    double x_low, x_high, y_low, y_high;
} Frame;

/* The first tenth of a run may leave the frame: what comes later would be a flat line under it. */
static Frame frame_of(const Curve *curve) {
    Frame f = {INFINITY, -INFINITY, INFINITY, -INFINITY};
    for (int split = 0; split < CURVE_SPLITS; split++) {
        const CurvePoints *p = &curve->points[split];
        for (int64_t i = 0; i < p->n; i++) {
            f.x_low = fmin(f.x_low, p->at[i].step);
            f.x_high = fmax(f.x_high, p->at[i].step);
        }
    }
    for (int split = 0; split < CURVE_SPLITS; split++) {
        const CurvePoints *p = &curve->points[split];
        for (int64_t i = 0; i < p->n; i++) {
            bool late = p->at[i].step >= f.x_low + (f.x_high - f.x_low) * 0.1;
            if (!late && p->n > 4) continue;
            f.y_low = fmin(f.y_low, p->at[i].value);
            f.y_high = fmax(f.y_high, p->at[i].value);
        }
    }
    double span = f.y_high - f.y_low, largest = fmax(fabs(f.y_low), fabs(f.y_high));
    double room = fmax(span * 0.06, largest * 1e-12); /* which a double that large can hold */
    if (!(span > 0)) room = largest * 0.05 + 1e-9;
    f.y_low -= room;
    f.y_high += room;
    if (!(f.x_low < f.x_high)) f.x_high = f.x_low + 1;
    return f;
}

static double across(const Frame *f, double step) {
    return LEFT + (step - f->x_low) / (f->x_high - f->x_low) * (WIDE - LEFT - RIGHT);
}

static double down(const Frame *f, double value) {
    double share = (value - f->y_low) / (f->y_high - f->y_low);
    share = share < -0.02 ? -0.02 : share > 1.06 ? 1.06 : share;
    return HIGH - BOTTOM - share * (HIGH - TOP - BOTTOM);
}

/* 1, 2 or 5 times a power of ten, for about `marks` marks. */
static double mark_distance(double low, double high, int marks) {
    double rough = (high - low) / marks, power = pow(10, floor(log10(rough))), lead = rough / power;
    return power * (lead < 1.5 ? 1 : lead < 3.5 ? 2 : lead < 7.5 ? 5 : 10);
}

static void put_step_number(FILE *to, double step) {
    if (step >= 1e6) fprintf(to, "%gM", step / 1e6);
    else if (step >= 1e4) fprintf(to, "%gk", step / 1e3);
    else fprintf(to, "%g", step);
}

/* Marks are counted: added up, a distance under a number's last digit would lead nowhere. */
static void put_axes(FILE *to, const Frame *f) {
    double step = mark_distance(f->y_low, f->y_high, 4);
    double first = ceil(f->y_low / step), last = floor(f->y_high / step);
    for (int i = 0; i <= last - first; i++) {
        double y = (first + i) * step;
        fprintf(to,
                "<path class=\"grid\" d=\"M%d %.1fH%d\"/><text x=\"%d\" y=\"%.1f\" class=\"y\">%.5g"
                "</text>",
                LEFT, down(f, y), WIDE - RIGHT, LEFT - 6, down(f, y) + 3.5,
                fabs(y) < step * 1e-6 ? 0 : y);
    }
    step = mark_distance(f->x_low, f->x_high, 5);
    for (double x = ceil(f->x_low / step) * step; x <= f->x_high; x += step) {
        fprintf(to, "<text x=\"%.1f\" y=\"%d\" class=\"x\">", across(f, x), HIGH - 6);
        put_step_number(to, x);
        fprintf(to, "</text>");
    }
}

/* Many points are thinned: each place on the line is the mean of those near it. */
static void put_line(FILE *to, const Frame *f, const CurvePoints *p, const char *kind) {
    int64_t share = (p->n + MOST_POINTS - 1) / MOST_POINTS;
    if (p->n == 0) return;
    fprintf(to, "<polyline class=\"%s\" points=\"", kind);
    for (int64_t first = 0; first < p->n; first += share) {
        int64_t n = p->n - first < share ? p->n - first : share;
        double step = 0, value = 0;
        for (int64_t i = first; i < first + n; i++) {
            step += p->at[i].step / (double)n;
            value += p->at[i].value / (double)n;
        }
        fprintf(to, "%.1f,%.1f ", across(f, step), down(f, value));
    }
    const CurvePoint *last = &p->at[p->n - 1];
    fprintf(to, "\"/><circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"2.6\"/>", kind,
            across(f, last->step), down(f, last->value));
}

static void put_last(FILE *to, const char *kind, const CurvePoints *p) {
    if (p->n == 0) return;
    fprintf(to, "<span class=\"%s\">%s <b>%.5g</b></span>", kind,
            strcmp(kind, "train") == 0 ? "training" : "held out", p->at[p->n - 1].value);
}

void curves_put(FILE *to, const Curves *curves) {
    for (int i = 0; i < curves->n; i++) {
        const Curve *c = &curves->curve[i];
        Frame f = frame_of(c);
        fprintf(to, "<figure class=\"curve\"><figcaption><strong>");
        html_text(to, c->name, -1);
        fprintf(to, "</strong>");
        put_last(to, "train", &c->points[CURVE_TRAINING]);
        put_last(to, "valid", &c->points[CURVE_HELD_OUT]);
        fprintf(to,
                "</figcaption><svg viewBox=\"0 0 %d %d\" role=\"img\"><clipPath id=\"c%d\"><rect "
                "x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/></clipPath>",
                WIDE, HIGH, i, LEFT - 4, TOP - 4, WIDE - LEFT - RIGHT + 8, HIGH - TOP - BOTTOM + 8);
        put_axes(to, &f);
        fprintf(to, "<g clip-path=\"url(#c%d)\">", i);
        put_line(to, &f, &c->points[CURVE_TRAINING], "train");
        put_line(to, &f, &c->points[CURVE_HELD_OUT], "valid");
        fprintf(to, "</g></svg></figure>\n");
    }
}
