/* report.h: what the files of the report share.
 *
 *   report.c          the page, and the command
 *   report_curves.c   losses and metrics over time
 *   report_samples.c  pictures, texts and sounds over time; sliders
 *   report_spec.c     the spec, coloured */
#ifndef GENC_REPORT_H
#define GENC_REPORT_H

#include "rt.h"

/* Escaped for HTML; length -1: up to its end. */
void html_text(FILE *to, const char *text, int64_t length);

/* ---- report_curves.c ---- */

enum { MAX_CURVES = 2 * GEN_MAX_OUTPUTS };
typedef enum { CURVE_TRAINING, CURVE_HELD_OUT, CURVE_SPLITS } CurveSplit;
typedef struct { double step, value; } CurvePoint;
typedef struct { CurvePoint *at; int64_t n, room; } CurvePoints;
typedef struct { const char *name; CurvePoints points[CURVE_SPLITS]; } Curve;
typedef struct {
    int n;
    Curve curve[MAX_CURVES];
    double epoch;                                     /* of the last line */
    double earlier_seconds, last_seconds;             /* trained before the last resume; since */
} Curves;

Curves curves_read(const char *folder);
void curves_put(FILE *to, const Curves *curves);
void curves_free(Curves *curves);

/* ---- report_samples.c ---- */

void samples_put(FILE *to, const char *folder);       /* what lies in its samples/ */
void sliders_put(FILE *to, Session *s, const char *folder);

/* ---- report_spec.c ---- */

void spec_put(FILE *to, const char *spec);

#endif
