/* best.c: which report had the lowest held-out loss, and how many there were since.
 *
 * Known from metrics.jsonl alone, so that a run that was killed and resumed ends as one that was
 * not. */
#include "rt.h"

/* The objective on held-out data; or, with --best NAME, that loss or metric. False: there is none.
 */
bool best_value(const Evaluation *e, const char *name, double *value) {
    if (name == NULL) {
        *value = e->objective;
        return e->has_objective;
    }
    for (int i = 0; i < e->losses.n + e->metrics.n; i++) {
        bool is_loss = i < e->losses.n;
        const Measures *m = is_loss ? &e->losses : &e->metrics;
        int k = is_loss ? i : i - e->losses.n;
        if (strcmp(m->name[k], name) != 0) continue;
        *value = measure_mean(m, k);
        return true;
    }
    return false;
}

void best_add(Best *best, int64_t step, double value) {
    if (best->reports > 0 && !(value < best->value)) {
        best->since++;
    } else if (isfinite(value)) {
        best->value = value;
        best->step = step;
        best->since = 0;
    }
    best->reports++;
}

static bool value_in_line(const Json *json, const char *name, double *value) {
    if (name == NULL) return json_number(json, json_get(json, 0, "objective"), value);
    int losses = json_get(json, 0, "losses"), metrics = json_get(json, 0, "metrics");
    return (losses >= 0 && json_number(json, json_get(json, losses, name), value)) ||
           (metrics >= 0 && json_number(json, json_get(json, metrics, name), value));
}

typedef struct {
    Best best;
    const char *name;
} Search;

static void add_line(void *context, const Json *json, int64_t step) {
    Search *search = context;
    double value;
    if (!value_in_line(json, search->name, &value)) return;
    int split = json_get(json, 0, "split");
    char *text = json_is_string(json, split) ? json_text(json, split) : NULL;
    if (text != NULL && strcmp(text, "valid") == 0) best_add(&search->best, step, value);
    free(text);
}

Best best_read(const char *folder, const char *name) {
    Search search = {.name = name};
    metrics_read(folder, add_line, &search);
    return search.best;
}
