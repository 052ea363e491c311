/* runs_print: runs of the same spec under each other. */
#include "runs.h"
#include "../json.h"

#include <math.h>
#include <string.h>

const char *run_overrides(Arena *a, const Run *run) {
    Text t = {.arena = a};
    text_put(&t, run->overrides.n ? "" : "-");
    for (int i = 0; i < run->overrides.n; i++)
        text_printf(&t, "%s%s", i ? " " : "", run->overrides.at[i]);
    return t.at;
}

/* What a damaged record says may be more than a number of seconds can be. */
#define MOST_SECONDS 1e15

const char *run_time(Arena *a, double seconds) {
    long whole = (long)(fmin(fmax(seconds, 0), MOST_SECONDS) + 0.5);
    if (whole >= 3600)
        return arena_printf(a, "%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60, whole % 60);
    return arena_printf(a, "%ld:%02ld", whole / 60, whole % 60);
}

typedef LIST(const char *) Row;
typedef LIST(Row) Rows;

/* ---- losses ---- */

RunLosses runs_losses(Arena *a, const Runs *runs) {
    RunLosses list = {0};
    for (int metrics = 0; metrics < 2; metrics++)
        for (int i = 0; i < runs->n; i++)
            for (int k = 0; k < runs->at[i].losses.n; k++) {
                const RunLoss *loss = &runs->at[i].losses.at[k];
                bool known = loss->is_metric != (metrics == 1);
                for (int j = 0; j < list.n && !known; j++)
                    known = strcmp(list.at[j]->name, loss->name) == 0;
                if (!known) LIST_ADD(a, &list, loss);
            }
    return list;
}

/* ---- rows ---- */

static Row heading(Arena *a, const RunLosses *losses) {
    static const char *const words[] = {"run", "set", "state", "seed", "steps", "epoch", "time"};
    Row row = {0};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) LIST_ADD(a, &row, words[i]);
    for (int i = 0; i < losses->n; i++) {
        LIST_ADD(a, &row, losses->at[i]->name);
        if (!losses->at[i]->is_metric)
            LIST_ADD(a, &row, losses->at[i]->held_out ? "best" : "best*");
    }
    return row;
}

static const char *steps_of(Arena *a, const Run *run) {
    if (run->step >= run->target) return arena_printf(a, "%.0f", run->step);
    return arena_printf(a, "%.0f of %.0f", run->step, run->target);
}

static Row row_of(Arena *a, const Run *run, const RunLosses *losses) {
    Row row = {0};
    LIST_ADD(a, &row, run->folder);
    LIST_ADD(a, &row, run_overrides(a, run));
    LIST_ADD(a, &row, run->state ? run->state : "-");
    LIST_ADD(a, &row, run->begun ? arena_printf(a, "%.0f", run->seed) : "-");
    LIST_ADD(a, &row, run->begun ? steps_of(a, run) : "-");
    LIST_ADD(a, &row, run->step > 0 ? arena_printf(a, "%.1f", run->epoch) : "-");
    LIST_ADD(a, &row, run->step > 0 ? run_time(a, run->seconds) : "-");
    for (int i = 0; i < losses->n; i++) {
        const RunLoss *loss = run_loss(run, losses->at[i]->name);
        bool known = loss && loss->curve.n;
        LIST_ADD(a, &row, known ? arena_printf(a, "%.5g", loss->last) : "-");
        if (losses->at[i]->is_metric) continue;
        LIST_ADD(a, &row, known ? arena_printf(a, "%.5g", loss->best) : "-");
    }
    return row;
}

/* "runs/vae/3: failed: loss 'kl' is not finite at step 20", where there is more to say than one
 * word.
 */
static const char *reason_of(Arena *a, const Run *run) {
    bool told = !run->reason || !run->state || strcmp(run->state, "interrupted") == 0;
    return told ? NULL : arena_printf(a, "%s: %s: %s", run->folder, run->state, run->reason);
}

/* ---- a table for each spec ---- */

enum { WORDS = 3 }; /* columns of words; the others are of numbers */

typedef struct {
    const char *name;
    Rows rows; /* the heading first */
    Row reasons;
    bool training;
} Table;
typedef LIST(Table) Tables;

static Table table_of(Arena *a, const Runs *runs, const char *name) {
    Runs own = {0};
    Table t = {.name = name};
    for (int i = 0; i < runs->n; i++)
        if (strcmp(runs->at[i].name, name) == 0) LIST_ADD(a, &own, runs->at[i]);
    RunLosses losses = runs_losses(a, &own);
    LIST_ADD(a, &t.rows, heading(a, &losses));
    for (int i = 0; i < own.n; i++) LIST_ADD(a, &t.rows, row_of(a, &own.at[i], &losses));
    for (int i = 0; i < own.n; i++)
        if (reason_of(a, &own.at[i])) LIST_ADD(a, &t.reasons, reason_of(a, &own.at[i]));
    for (int i = 0; i < losses.n; i++)
        t.training = t.training || (!losses.at[i]->held_out && !losses.at[i]->is_metric);
    return t;
}

static Tables tables_of(Arena *a, const Runs *runs) {
    Tables list = {0};
    for (int i = 0; i < runs->n; i++) {
        bool known = false;
        for (int k = 0; k < i; k++)
            known = known || strcmp(runs->at[k].name, runs->at[i].name) == 0;
        if (!known) LIST_ADD(a, &list, table_of(a, runs, runs->at[i].name));
    }
    return list;
}

static const char footnote[] = "* in training: it is not measured on held-out data\n";

static void put_rows(Arena *a, const Rows *rows, FILE *out) {
    int n = rows->at[0].n, *width = NEW_ARRAY(a, int, n);
    for (int i = 0; i < rows->n; i++)
        for (int k = 0; k < n; k++)
            if ((int)strlen(rows->at[i].at[k]) > width[k])
                width[k] = (int)strlen(rows->at[i].at[k]);
    for (int i = 0; i < rows->n; i++)
        for (int k = 0; k < n; k++) {
            const char *between = k == n - 1 ? "\n" : "  ";
            if (k < WORDS) fprintf(out, "%-*s%s", width[k], rows->at[i].at[k], between);
            else fprintf(out, "%*s%s", width[k], rows->at[i].at[k], between);
        }
}

static void print_table(Arena *a, const Runs *runs, FILE *out) {
    Tables tables = tables_of(a, runs);
    bool training = false;
    for (int i = 0; i < tables.n; i++) {
        fprintf(out, "%s%s\n", i ? "\n" : "", tables.at[i].name);
        put_rows(a, &tables.at[i].rows, out);
        for (int k = 0; k < tables.at[i].reasons.n; k++)
            fprintf(out, "%s\n", tables.at[i].reasons.at[k]);
        training = training || tables.at[i].training;
    }
    if (training) fputs(footnote, out);
}

static void put_markdown_row(Arena *a, const Row *row, FILE *out) {
    for (int i = 0; i < row->n; i++) fprintf(out, "| %s ", text_cell(a, row->at[i]));
    fprintf(out, "|\n");
}

static void print_markdown(Arena *a, const Runs *runs, FILE *out) {
    Tables tables = tables_of(a, runs);
    bool training = false;
    for (int i = 0; i < tables.n; i++) {
        const Rows *rows = &tables.at[i].rows;
        fprintf(out, "%s### %s\n\n", i ? "\n" : "", tables.at[i].name);
        put_markdown_row(a, &rows->at[0], out);
        for (int k = 0; k < rows->at[0].n; k++) fputs(k < WORDS ? "| --- " : "| ---: ", out);
        fprintf(out, "|\n");
        for (int k = 1; k < rows->n; k++) put_markdown_row(a, &rows->at[k], out);
        for (int k = 0; k < tables.at[i].reasons.n; k++)
            fprintf(out, "%s- %s\n", k ? "" : "\n", text_cell(a, tables.at[i].reasons.at[k]));
        training = training || tables.at[i].training;
    }
    if (training) fprintf(out, "\n\\%s", footnote);
}

/* ---- for programs ---- */

static void add_losses(cJSON *to, const Run *run, const char *key, bool metrics) {
    cJSON *all = cJSON_AddObjectToObject(to, key);
    for (int i = 0; i < run->losses.n; i++) {
        const RunLoss *loss = &run->losses.at[i];
        if (loss->is_metric != metrics || !loss->curve.n) continue;
        cJSON *json = cJSON_AddObjectToObject(all, loss->name);
        cJSON_AddNumberToObject(json, "last", loss->last);
        if (!metrics) cJSON_AddNumberToObject(json, "best", loss->best);
        if (!metrics) cJSON_AddNumberToObject(json, "best_step", loss->best_step);
        cJSON_AddBoolToObject(json, "held_out", loss->held_out);
    }
}

static void print_json(const Runs *runs, FILE *out) {
    cJSON *list = cJSON_CreateArray();
    for (int i = 0; i < runs->n; i++) {
        const Run *run = &runs->at[i];
        cJSON *json = cJSON_CreateObject(), *set = cJSON_CreateArray();
        cJSON_AddItemToArray(list, json);
        cJSON_AddStringToObject(json, "run", run->folder);
        cJSON_AddStringToObject(json, "spec", run->name);
        for (int k = 0; k < run->overrides.n; k++)
            cJSON_AddItemToArray(set, cJSON_CreateString(run->overrides.at[k]));
        cJSON_AddItemToObject(json, "set", set);
        json_add_text(json, "state", run->state);
        json_add_text(json, "reason", run->reason);
        cJSON_AddNumberToObject(json, "seed", run->seed);
        cJSON_AddNumberToObject(json, "steps", run->step);
        cJSON_AddNumberToObject(json, "target", run->target);
        cJSON_AddNumberToObject(json, "epoch", run->epoch);
        cJSON_AddNumberToObject(json, "seconds", run->seconds);
        add_losses(json, run, "losses", false);
        add_losses(json, run, "metrics", true);
    }
    json_print(list, out);
}

void runs_print(Arena *a, const Runs *runs, RunsForm form, FILE *out) {
    if (form == RUNS_JSON) print_json(runs, out);
    else if (form == RUNS_MARKDOWN) print_markdown(a, runs, out);
    else print_table(a, runs, out);
}
