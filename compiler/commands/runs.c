/* genc runs: the runs of a folder. genc compare: what was changed between runs, and what it did. */
#include "../diff/diff.h"
#include "../runs/runs.h"
#include "commands.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

int command_runs(int argc, char **argv) {
    static const struct option options[] = {
        {"json", no_argument, NULL, 'j'}, {"markdown", no_argument, NULL, 'm'}, {0}};
    RunsForm form = RUNS_TEXT;
    for (int option; (option = command_option(argc, argv, "", options)) != -1;) {
        if (option == '?') return STATUS_USE;
        form = option == 'j' ? RUNS_JSON : RUNS_MARKDOWN;
    }
    if (argc - optind > 1) return command_misused(argv[0], "one folder at a time");
    const char *folder = optind < argc ? argv[optind] : "runs";
    Arena *a = arena_new();
    Runs runs = runs_below(a, folder);
    if (runs.n) runs_print(a, &runs, form, stdout);
    else fprintf(stderr, "genc: no run in %s: a trainer makes one, ./vae train\n", folder);
    int status = runs.n ? STATUS_GOOD : STATUS_USE;
    arena_free(a);
    return status;
}

/* ---- compare ---- */

/* The spec as a run trained it; false after a note that says why it cannot be compared. */
static bool load(Arena *a, DiffSide *side, const Run *run) {
    Diag *d = diag_new(a);
    int source = command_read_source(a, d, arena_printf(a, "%s/spec.gen", run->folder));
    if (source < 0) return false;
    if (diff_side(a, side, d, source, run->folder, run->overrides.n, run->overrides.at))
        return true;
    command_print_errors(d);
    fprintf(stderr, "genc: the spec of %s does not compile here: only results are compared\n",
            run->folder);
    return false;
}

static void print_changes(Arena *a, const Run *first, const Run *other) {
    DiffSide x, y;
    if (!load(a, &x, first) || !load(a, &y, other)) return;
    const Diff *d = diff_specs(a, &x, &y);
    DiffStyle style = {.out = stdout, .colour = command_colour(STDOUT_FILENO), .brief = true};
    if (d->changes.n) diff_print_text(d, &style);
    else
        printf("%s -> %s\n\nno difference between the specs%s\n", first->folder, other->folder,
               first->seed != other->seed ? "; the seeds differ" : "");
    putchar('\n');
}

static const char *difference(Arena *a, double from, double to) {
    double percent = 100 * (to - from) / fabs(from);
    if (from == 0 || !isfinite(percent)) return arena_printf(a, "%+.4g", to - from);
    return arena_printf(a, "%+.4g (%+.1f %%)", to - from, percent);
}

static double last_of(const RunLoss *loss) {
    return loss->last;
}

static double best_of(const RunLoss *loss) {
    return loss->best;
}

static void print_row(Arena *a, const Runs *runs, const char *name, int name_wide, int wide,
                      double (*value)(const RunLoss *)) {
    const RunLoss *first = run_loss(&runs->at[0], name),
                  *last = run_loss(&runs->at[runs->n - 1], name), *any = NULL;
    bool best = value == best_of;
    printf("    %-*s", name_wide, best ? "  best" : name);
    for (int i = 0; i < runs->n; i++) {
        const RunLoss *l = run_loss(&runs->at[i], name);
        bool known = l && l->curve.n;
        if (known) any = l;
        printf("  %*s", wide, known ? arena_printf(a, "%.5g", value(l)) : "-");
    }
    bool both = runs->n == 2 && first && last && first->curve.n && last->curve.n;
    printf("%s%s%s\n", both ? "  " : "", both ? difference(a, value(first), value(last)) : "",
           !any || any->held_out || best ? "" : "  (in training)");
}

/* Is the lowest value of a loss another one than its last, in some run? */
static bool has_been_better(const Runs *runs, const char *name) {
    for (int i = 0; i < runs->n; i++) {
        const RunLoss *l = run_loss(&runs->at[i], name);
        if (l && l->curve.n && l->best < l->last) return true;
    }
    return false;
}

/* Results of runs that did not end as they should are to be taken with care. */
static void print_ends(const Runs *runs, int name_wide, int wide) {
    bool all_well = true;
    for (int i = 0; i < runs->n; i++) {
        const char *state = runs->at[i].state;
        all_well = all_well && (!state || strcmp(state, "finished") == 0);
    }
    if (all_well) return;
    printf("    %-*s", name_wide, "ended");
    for (int i = 0; i < runs->n; i++)
        printf("  %*s", wide, runs->at[i].state ? runs->at[i].state : "-");
    putchar('\n');
}

static void print_results(Arena *a, const Runs *runs) {
    int name = 6, wide = 12;
    RunLosses losses = runs_losses(a, runs);
    for (int i = 0; i < runs->n; i++)
        if ((int)strlen(runs->at[i].folder) > wide) wide = (int)strlen(runs->at[i].folder);
    for (int i = 0; i < losses.n; i++)
        if ((int)strlen(losses.at[i]->name) > name) name = (int)strlen(losses.at[i]->name);
    printf("what it did\n    %-*s", name, "");
    for (int i = 0; i < runs->n; i++) printf("  %*s", wide, runs->at[i].folder);
    printf("%s\n", runs->n == 2 ? "  difference" : "");
    for (int i = 0; i < losses.n; i++) {
        print_row(a, runs, losses.at[i]->name, name, wide, last_of);
        if (!losses.at[i]->is_metric && has_been_better(runs, losses.at[i]->name))
            print_row(a, runs, losses.at[i]->name, name, wide, best_of);
    }
    printf("    %-*s", name, "steps");
    for (int i = 0; i < runs->n; i++) printf("  %*.0f", wide, runs->at[i].step);
    printf("\n    %-*s", name, "time");
    for (int i = 0; i < runs->n; i++) printf("  %*s", wide, run_time(a, runs->at[i].seconds));
    putchar('\n');
    print_ends(runs, name, wide);
}

int command_compare(int argc, char **argv) {
    static const struct option options[] = {{"output", required_argument, NULL, 'o'}, {0}};
    Arena *a = arena_new();
    Runs runs = {0};
    const char *picture = NULL, *why;
    int status = STATUS_GOOD;
    for (int option; (option = command_option(argc, argv, "o:", options)) != -1;) {
        if (option == '?') return arena_free(a), STATUS_USE;
        picture = optarg;
    }
    if (argc - optind < 2) return arena_free(a), command_misused(argv[0], "name two runs or more");
    for (int i = optind; i < argc; i++) {
        Run run;
        if (run_read(a, argv[i], &run, &why)) {
            LIST_ADD(a, &runs, run);
            continue;
        }
        fprintf(stderr, "genc: %s: %s\n", argv[i], why);
        status = STATUS_USE;
    }
    if (status == STATUS_GOOD) {
        for (int i = 1; i < runs.n; i++) print_changes(a, &runs.at[0], &runs.at[i]);
        print_results(a, &runs);
        runs_print_curves(a, &runs, stdout, command_colour(STDOUT_FILENO));
        if (picture && !runs_write_curves(a, &runs, picture)) {
            fprintf(stderr, "genc: %s cannot be written\n", picture);
            status = STATUS_USE;
        }
    }
    arena_free(a);
    return status;
}
