/* runs_print_table: runs of the same spec under each other. */
#include "runs.h"

#include <string.h>

const char *run_overrides(Arena *a, const Run *run) {
    Text t = {.arena = a};
    text_put(&t, run->overrides.n ? "" : "-");
    for (int i = 0; i < run->overrides.n; i++)
        text_printf(&t, "%s%s", i ? " " : "", run->overrides.at[i]);
    return t.at;
}

const char *run_time(Arena *a, double seconds) {
    long whole = (long)(seconds + 0.5);
    if (whole >= 3600)
        return arena_printf(a, "%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60, whole % 60);
    return arena_printf(a, "%ld:%02ld", whole / 60, whole % 60);
}

typedef LIST(const char *) Row;
typedef LIST(Row) Rows;

static void put_rows(const Rows *rows, FILE *out) {
    int width[64] = {0};
    for (int i = 0; i < rows->n; i++)
        for (int k = 0; k < rows->at[i].n && k < 64; k++)
            if ((int)strlen(rows->at[i].at[k]) > width[k])
                width[k] = (int)strlen(rows->at[i].at[k]);
    for (int i = 0; i < rows->n; i++) {
        for (int k = 0; k < rows->at[i].n && k < 64; k++) {
            bool last = k == rows->at[i].n - 1;
            if (k < 2)
                fprintf(out, "%-*s%s", last ? 0 : width[k], rows->at[i].at[k], last ? "" : "  ");
            else fprintf(out, "%*s%s", width[k], rows->at[i].at[k], last ? "" : "  ");
        }
        fputc('\n', out);
    }
}

static Row heading(Arena *a, const Run *first) {
    static const char *const words[] = {"run", "set", "seed", "steps", "epoch", "time"};
    Row row = {0};
    for (int i = 0; i < 6; i++) LIST_ADD(a, &row, words[i]);
    for (int i = 0; i < first->losses.n; i++) {
        LIST_ADD(a, &row, first->losses.at[i].name);
        LIST_ADD(a, &row, first->losses.at[i].held_out ? "best" : "best*");
    }
    return row;
}

static Row row_of(Arena *a, const Run *run, const Run *first) {
    Row row = {0};
    LIST_ADD(a, &row, run->folder);
    LIST_ADD(a, &row, run_overrides(a, run));
    LIST_ADD(a, &row, arena_printf(a, "%.0f", run->seed));
    LIST_ADD(a, &row,
             run->step < run->target ? arena_printf(a, "%.0f of %.0f", run->step, run->target)
                                     : arena_printf(a, "%.0f", run->step));
    LIST_ADD(a, &row, arena_printf(a, "%.1f", run->epoch));
    LIST_ADD(a, &row, run_time(a, run->seconds));
    for (int i = 0; i < first->losses.n; i++) {
        const RunLoss *loss = run_loss(run, first->losses.at[i].name);
        bool known = loss && loss->curve.n;
        LIST_ADD(a, &row, known ? arena_printf(a, "%.5g", loss->last) : "-");
        LIST_ADD(a, &row, known ? arena_printf(a, "%.5g", loss->best) : "-");
    }
    return row;
}

void runs_print_table(Arena *a, const Runs *runs, FILE *out) {
    bool *shown = NEW_ARRAY(a, bool, runs->n + 1), training = false;
    for (int i = 0; i < runs->n; i++) {
        const Run *first = &runs->at[i];
        Rows rows = {0};
        if (shown[i]) continue;
        for (int k = i; k < runs->n; k++) /* the one with most losses names the columns */
            if (strcmp(runs->at[k].name, first->name) == 0 &&
                runs->at[k].losses.n > first->losses.n)
                first = &runs->at[k];
        LIST_ADD(a, &rows, heading(a, first));
        for (int k = i; k < runs->n; k++) {
            if (strcmp(runs->at[k].name, first->name) != 0) continue;
            shown[k] = true;
            LIST_ADD(a, &rows, row_of(a, &runs->at[k], first));
        }
        fprintf(out, "%s%s\n", i ? "\n" : "", first->name);
        put_rows(&rows, out);
        for (int k = 0; k < first->losses.n; k++)
            training = training || !first->losses.at[k].held_out;
    }
    if (training) fprintf(out, "* in training: it is not measured on held-out data\n");
}
