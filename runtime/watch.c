/* watch.c: which value first was not finite. A step that failed is run once more with watch = true;
 * the generated code then offers every value it makes, in order. */
#include "rt.h"

static char watch_text[256];

void watch_begin(void) {
    watch_text[0] = 0;
}

const char *watch_found(void) {
    return watch_text[0] != 0 ? watch_text : NULL;
}

void gen_watch(const GenRun *run, const char *name, const real *at, int64_t n) {
    if (!run->watch || watch_text[0] != 0) return;
    for (int64_t i = 0; i < n; i++) {
        if (isfinite(at[i])) continue;
        snprintf(watch_text, sizeof watch_text, "%s (%s, element %" PRId64 " of %" PRId64 ")", name,
                 isnan(at[i]) ? "not a number" : "infinite", i, n);
        return;
    }
}
