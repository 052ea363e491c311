/* sweep_read_options: what varies, and what is passed on to genc build and to the trainers. */
#define _GNU_SOURCE
#include "commands.h"
#include "sweep.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What is wrong with a value of an axis; NULL: nothing, and it is added. 1 and 1.0 are one. */
static const char *add_value(Arena *a, Axis *axis, const char *value) {
    char *end;
    double number = strtod(value, &end);
    if (end == value || *end) return arena_printf(a, "'%s' is no number", value);
    for (int i = 0; i < axis->values.n; i++)
        if (strtod(axis->values.at[i], NULL) == number)
            return arena_printf(a, "%s is given twice", value);
    LIST_ADD(a, &axis->values, value);
    return NULL;
}

/* What is wrong with lr=1e-3,3e-4; NULL: nothing. */
static const char *add_axis(Arena *a, SweepOptions *o, const char *text) {
    const char *equals = strchr(text, '=');
    if (!equals || equals == text) return "a name, '=', and numbers with commas between";
    Axis axis = {.name = arena_strndup(a, text, (size_t)(equals - text))};
    for (int i = 0; i < o->axes.n; i++)
        if (strcmp(o->axes.at[i].name, axis.name) == 0) return "this name has its values already";
    for (const char *at = equals + 1, *wrong;; at++) {
        size_t n = strcspn(at, ",");
        if ((wrong = add_value(a, &axis, arena_strndup(a, at, n)))) return wrong;
        at += n;
        if (!*at) break;
    }
    LIST_ADD(a, &o->axes, axis);
    return NULL;
}

static const struct {
    const char *name;
    bool build, result; /* it goes to genc build; the results depend on it */
} passed_on[] = {{"epochs", false, true}, {"steps", false, true},    {"seed", false, true},
                 {"data", false, false},  {"threads", false, false}, {"real", true, true},
                 {"cc", true, false}};
enum { PASSED_ON = sizeof passed_on / sizeof *passed_on };

void sweep_share_threads(Arena *a, SweepOptions *o, int runs) {
    int at_once = o->jobs < runs ? o->jobs : runs;
    for (int i = 0; i < o->train.n; i += 2)
        if (strcmp(o->train.at[i], "--threads") == 0) return;
    if (at_once <= 1) return;
    long each = sysconf(_SC_NPROCESSORS_ONLN) / at_once;
    LIST_ADD(a, &o->train, "--threads");
    LIST_ADD(a, &o->train, arena_printf(a, "%ld", each > 1 ? each : 1));
}

static bool read_jobs(const char *text, int *jobs) {
    char *end;
    long n = strtol(text, &end, 10);
    if (end == text || *end || n < 1 || n > MOST_COMBINATIONS) return false;
    *jobs = (int)n;
    return true;
}

enum { FIRST_PASSED_ON = 256, OWN_OPTIONS = 5 };

static void list_options(struct option *out) {
    static const struct option own[OWN_OPTIONS] = {{"define", required_argument, NULL, 'D'},
                                                   {"jobs", required_argument, NULL, 'j'},
                                                   {"out", required_argument, NULL, 'o'},
                                                   {"json", no_argument, NULL, 'J'},
                                                   {"markdown", no_argument, NULL, 'M'}};
    for (int i = 0; i < OWN_OPTIONS; i++) *out++ = own[i];
    for (int i = 0; i < PASSED_ON; i++)
        *out++ = (struct option){passed_on[i].name, required_argument, NULL, FIRST_PASSED_ON + i};
    *out = (struct option){0};
}

static void pass_on(Arena *a, SweepOptions *o, int which, const char *value) {
    Strings *to = passed_on[which].build ? &o->build : &o->train;
    LIST_ADD(a, to, arena_printf(a, "--%s", passed_on[which].name));
    LIST_ADD(a, to, value);
}

static int read_option(Arena *a, const char *command, int option, SweepOptions *o) {
    const char *wrong = option == 'D' ? add_axis(a, o, optarg) : NULL;
    if (wrong) return command_misused(command, "-D %s: %s", optarg, wrong);
    if (option == 'j' && !read_jobs(optarg, &o->jobs))
        return command_misused(command, "--jobs is a number from 1 to %d, not '%s'",
                               MOST_COMBINATIONS, optarg);
    if (option == 'o') o->out = optarg;
    if (option == 'J') o->form = RUNS_JSON;
    if (option == 'M') o->form = RUNS_MARKDOWN;
    if (option >= FIRST_PASSED_ON) pass_on(a, o, option - FIRST_PASSED_ON, optarg);
    return STATUS_GOOD;
}

int sweep_read_options(Arena *a, int argc, char **argv, SweepOptions *o) {
    struct option options[OWN_OPTIONS + PASSED_ON + 1];
    list_options(options);
    o->jobs = 1;
    for (int option; (option = command_option(argc, argv, "D:j:o:", options)) != -1;) {
        if (option == '?') return STATUS_USE;
        if (read_option(a, argv[0], option, o) != STATUS_GOOD) return STATUS_USE;
    }
    if (optind != argc - 1) return command_misused(argv[0], "name one spec");
    if (strcmp(argv[optind], "-") == 0)
        return command_misused(argv[0], "the spec is read more than once: name a file");
    if (!o->axes.n) return command_misused(argv[0], "nothing varies: -D lr=1e-3,3e-4");
    double all = 1;
    for (int i = 0; i < o->axes.n; i++) all *= o->axes.at[i].values.n;
    if (all > MOST_COMBINATIONS)
        return command_misused(argv[0], "%.0f combinations: at most %d", all, MOST_COMBINATIONS);
    o->spec = argv[optind];
    return STATUS_GOOD;
}

/* ---- what results depend on ---- */

/* The last value of an option that is passed on; NULL: it is not said. */
static const char *option_value(const SweepOptions *o, int which) {
    const Strings *list = passed_on[which].build ? &o->build : &o->train;
    const char *value = NULL;
    for (int i = 0; i < list->n; i += 2)
        if (strcmp(list->at[i] + 2, passed_on[which].name) == 0) value = list->at[i + 1];
    return value;
}

void sweep_put_options(Text *t, const SweepOptions *o) {
    for (int i = 0; i < PASSED_ON; i++) {
        const char *value = passed_on[i].result ? option_value(o, i) : NULL;
        if (value) text_printf(t, "--%s %s\n", passed_on[i].name, value);
    }
}

const char *sweep_option_word(Arena *a, int i) {
    for (int k = 0; k < PASSED_ON; k++)
        if (passed_on[k].result && i-- == 0) return arena_printf(a, "--%s", passed_on[k].name);
    return NULL;
}
