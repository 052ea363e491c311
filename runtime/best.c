/* best.c: which report was the best on held-out data, and how many there were since.
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

Best best_new(const GenModel *model, const char *name) {
    Best best = {0};
    for (int i = 0; i < model->n_bounds && name != NULL; i++) {
        const GenBound *bound = &model->bounds[i];
        if (strcmp(bound->metric, name) == 0)
            best.higher = isfinite(bound->low) && !isfinite(bound->high);
    }
    return best;
}

void best_add(Best *best, int64_t step, double value) {
    bool beats = best->higher ? value > best->value : value < best->value;
    if (!isfinite(value) || (best->found && !beats)) {
        best->since++;
        return;
    }
    best->found = true;
    best->value = value;
    best->step = step;
    best->since = 0;
}

/* A value that was not finite stands there as null. */
static bool number_or_null(const Json *json, int at, double *value) {
    if (at < 0) return false;
    if (!json_number(json, at, value)) *value = NAN;
    return true;
}

static bool value_in_line(const Json *json, const char *name, double *value) {
    if (name == NULL) return number_or_null(json, json_get(json, 0, "objective"), value);
    int losses = json_get(json, 0, "losses"), metrics = json_get(json, 0, "metrics");
    return (losses >= 0 && number_or_null(json, json_get(json, losses, name), value)) ||
           (metrics >= 0 && number_or_null(json, json_get(json, metrics, name), value));
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

Best best_read(const GenModel *model, const char *folder, const char *name) {
    Search search = {.best = best_new(model, name), .name = name};
    metrics_read(folder, add_line, &search);
    return search.best;
}
