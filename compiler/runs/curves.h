/* What there is to draw of some runs: a panel for each loss, a curve in it for each run. */
#ifndef GENC_CURVES_H
#define GENC_CURVES_H

#include "runs.h"

enum { CURVES_COLOURS = 6 };

typedef struct {
    double low, high;
} Range;

typedef struct {
    const char *name;
    bool held_out;
    bool single; /* all there is was measured at one step */
    Range step, value;
} Panel;
typedef LIST(Panel) Panels;

/* Losses that runs share; if they share none, all. */
Panels curves_panels(Arena *a, const Runs *runs);
double range_share(Range r, double value); /* 0 at its low end, 1 at its high one */

#endif
