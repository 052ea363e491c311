/* genc diff: what changed in meaning between two specs, and what follows from it. */
#include "../diff/diff.h"
#include "../json.h"
#include "commands.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

typedef LIST(const char *) Settings;

/* One spec on the command line, and the -D behind it. */
typedef struct {
    const char *path, *name;
    Settings settings;
} Named;

enum { MOST_NAMED = 9 };

typedef struct {
    bool json, markdown, all, git, textconv;
    Named spec[MOST_NAMED];
    int n;
    Settings before; /* -D in front of all specs: for both */
} Options;

static void set(Arena *a, Options *o, const char *setting) {
    if (o->n) LIST_ADD(a, &o->spec[o->n - 1].settings, setting);
    else LIST_ADD(a, &o->before, setting);
}

static int add_spec(Options *o, const char *path) {
    if (o->n == MOST_NAMED || (o->n == 2 && !o->git))
        return command_misused("diff", "more than two specs");
    o->spec[o->n++] = (Named){.path = path, .name = path};
    return STATUS_GOOD;
}

static int read_options(Arena *a, int argc, char **argv, Options *o) {
    static const struct option options[] = {{"json", no_argument, NULL, 'j'},
                                            {"markdown", no_argument, NULL, 'm'},
                                            {"all", no_argument, NULL, 'a'},
                                            {"git", no_argument, NULL, 'g'},
                                            {"textconv", no_argument, NULL, 't'},
                                            {"define", required_argument, NULL, 'D'},
                                            {0}};
    for (int option; (option = command_option(argc, argv, "-D:", options)) != -1;) {
        if (option == '?') return STATUS_USE;
        if (option == 'j') o->json = true;
        if (option == 'm') o->markdown = true;
        if (option == 'a') o->all = true;
        if (option == 'g') o->git = true;
        if (option == 't') o->textconv = true;
        if (option == 'D') set(a, o, optarg);
        if (option == 1 && add_spec(o, optarg) != STATUS_GOOD) return STATUS_USE;
    }
    return STATUS_GOOD;
}

/* git gives: path old-file old-hex old-mode new-file new-hex new-mode, and of a renamed file its
 * new path and a line about that. Imports are looked for beside the path. */
static int take_git(Options *o) {
    if (o->n != 7 && o->n != 9)
        return command_misused("diff", "--git is for git, which gives seven arguments or nine");
    Named old = {.path = o->spec[1].path, .name = o->spec[0].path};
    Named new = {.path = o->spec[4].path, .name = o->n == 9 ? o->spec[7].path : o->spec[0].path};
    o->spec[0] = old;
    o->spec[1] = new;
    o->n = 2;
    return STATUS_GOOD;
}

/* One spec with -D is compared with itself. */
static int complete(Arena *a, Options *o) {
    if (o->git) return take_git(o);
    if (o->n == 1 && o->spec[0].settings.n) {
        o->spec[1] = o->spec[0];
        o->spec[0].settings.n = 0;
        o->n = 2;
    }
    if (o->n != 2) return command_misused("diff", "name two specs, or one and a -D");
    if (strcmp(o->spec[0].path, "-") == 0 && strcmp(o->spec[1].path, "-") == 0)
        return command_misused("diff", "standard input can be one of the two only");
    for (int i = 0; i < 2; i++) {
        Settings own = o->spec[i].settings, all = {0};
        for (int k = 0; k < o->before.n; k++) LIST_ADD(a, &all, o->before.at[k]);
        for (int k = 0; k < own.n; k++) LIST_ADD(a, &all, own.at[k]);
        o->spec[i].settings = all;
    }
    return STATUS_GOOD;
}

/* "vae.gen -D beta=4" */
static const char *title_of(Arena *a, const Named *spec) {
    Text t = {.arena = a};
    text_put(&t, strcmp(spec->name, "-") == 0 ? "standard input" : spec->name);
    for (int i = 0; i < spec->settings.n; i++) text_printf(&t, " -D %s", spec->settings.at[i]);
    return t.at;
}

static bool load(Arena *a, DiffSide *side, const Named *spec) {
    Diag *d = diag_new(a);
    int source = command_read_source_as(a, d, spec->path, spec->name);
    if (source < 0) return false;
    bool good =
        diff_side(a, side, d, source, title_of(a, spec), spec->settings.n, spec->settings.at);
    if (!good) command_print_errors(d);
    return good;
}

/* A file that git says has come or gone. */
static bool is_nothing(const Named *spec) {
    return strcmp(spec->path, "/dev/null") == 0;
}

static void print(const Diff *d, const Options *o) {
    if (o->markdown) {
        diff_print_markdown(d, stdout);
        return;
    }
    if (o->json) {
        json_print(diff_json(d), stdout);
        return;
    }
    DiffStyle style = {.out = stdout, .colour = command_colour(STDOUT_FILENO), .all = o->all};
    bool came = is_nothing(&o->spec[0]), gone = is_nothing(&o->spec[1]);
    if (o->git && came != gone) diff_print_whole(d, gone, &style);
    else diff_print_text(d, &style);
}

/* What git would have shown: while one edits, a spec has errors. */
static void print_lines(Arena *a, const Options *o) {
    const char *old = arena_printf(a, "a/%s", o->spec[0].name);
    const char *new = arena_printf(a, "b/%s", o->spec[1].name);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        execlp("diff", "diff", "-u", "--label", old, "--label", new, o->spec[0].path,
               o->spec[1].path, (char *)NULL);
        _exit(127);
    }
    if (child > 0) waitpid(child, NULL, 0);
}

static int compare(Arena *a, const Options *o) {
    DiffSide side[2];
    bool good = load(a, &side[0], &o->spec[0]);
    good = load(a, &side[1], &o->spec[1]) && good;
    if (!good && o->git) print_lines(a, o);
    if (!good) return o->git ? STATUS_GOOD : STATUS_USE; /* git would stop at anything but 0 */
    Diff *d = diff_specs(a, &side[0], &side[1]);
    print(d, o);
    if (o->git) return STATUS_GOOD;
    return d->changes.n ? STATUS_SPEC : STATUS_GOOD;
}

/* For git's textconv: the spec as text in which only what means something can differ. */
static int convert(Arena *a, const Options *o) {
    if (o->n != 1) return command_misused("diff", "--textconv takes one spec");
    Diag *d = diag_new(a);
    int source = command_read_source(a, d, o->spec[0].path);
    if (source < 0) return STATUS_USE;
    diff_print_plain(a, d, source, stdout);
    return STATUS_GOOD;
}

int command_diff(int argc, char **argv) {
    Arena *a = arena_new();
    Options o = {0};
    int status = read_options(a, argc, argv, &o);
    if (status == STATUS_GOOD && o.textconv) status = convert(a, &o);
    else if (status == STATUS_GOOD && (status = complete(a, &o)) == STATUS_GOOD)
        status = compare(a, &o);
    arena_free(a);
    return status;
}
