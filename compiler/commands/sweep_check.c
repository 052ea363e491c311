/* sweep_check: what is wrong is said before anything is built. */
#define _GNU_SOURCE
#include "../compile.h"
#include "../emit/emit.h"
#include "commands.h"
#include "sweep.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A line for each thing that results depend on, but for the settings, which are in the folder's
 * name: the spec with all that it imports, and options. */
static const char *made_from(Arena *a, const SweepOptions *o, const Model *m) {
    Text t = {.arena = a};
    text_printf(&t, "spec %s\n", emit_spec_hash(m));
    sweep_put_options(&t, o);
    return t.at;
}

/* Every name has to be a constant of the spec: said once, not for each combination. A spec with
 * errors is told of these when it is compiled. */
static int check_names(Arena *a, const SweepOptions *o) {
    Diag *d = diag_new(a);
    int source = command_read_source(a, d, o->spec), wrong = 0;
    if (source < 0) return STATUS_USE;
    const Tree *decls = syntax_parse(a, d, source)->decls;
    if (diag_errors(d)) return STATUS_GOOD;
    for (int i = 0; i < o->axes.n; i++) {
        Text known = {.arena = a};
        bool found = false;
        for (int k = 0; k < decls->list.n; k++) {
            const Tree *t = decls->list.at[k];
            if (t->kind != TREE_LET) continue;
            text_printf(&known, "%s%s", known.n ? ", " : "", t->name);
            found = found || strcmp(t->name, o->axes.at[i].name) == 0;
        }
        if (found) continue;
        wrong++;
        fprintf(stderr, "genc: -D %s: %s has no constant of that name%s%s\n", o->axes.at[i].name,
                o->spec, known.n ? "; it has " : "", known.n ? known.at : "");
    }
    return wrong ? STATUS_USE : STATUS_GOOD;
}

/* All that a compilation said, to be told from another's. */
static const char *all_said(Arena *a, const Diag *d) {
    Text t = {.arena = a};
    DiagSaid said;
    text_put(&t, "");
    for (int i = 0; diag_said(d, i, &said); i++)
        text_printf(&t, "%d %d %s\n", said.at.file, said.at.start, said.message);
    return t.at;
}

static int check_one(Arena *keep, const SweepOptions *o, Combination *c, Strings *errors) {
    Arena *a = arena_new();
    Diag *d = diag_new(a);
    int source = command_read_source(a, d, o->spec), status = STATUS_GOOD;
    const Model *m = source < 0 ? NULL : compile_spec(a, d, source, c->settings.n, c->settings.at);
    if (source < 0) status = STATUS_USE;
    else if (m) c->made_from = made_from(keep, o, m);
    else {
        status = STATUS_SPEC;
        bool known = false;
        const char *all = all_said(keep, d);
        for (int i = 0; i < errors->n; i++) known = known || strcmp(errors->at[i], all) == 0;
        fprintf(stderr, "genc: %s does not compile%s\n", sweep_settings(a, c),
                known ? ", for the same reason" : ":");
        if (!known) command_print_errors(d);
        if (!known) LIST_ADD(keep, errors, all);
    }
    arena_free(a);
    return status;
}

/* Every combination is checked before any is trained. If the first ones have errors until one
 * compiles, those are theirs; if none does, the spec's. */
static int check_all(Arena *a, const SweepOptions *o, Combinations *all) {
    int good = 0;
    Strings errors = {0};
    for (int i = 0; i < all->n; i++) {
        int status = check_one(a, o, &all->at[i], &errors);
        if (status == STATUS_USE) return status;
        if (status == STATUS_SPEC) all->at[i].failed = "does not compile";
        good += status == STATUS_GOOD;
    }
    return good ? STATUS_GOOD : STATUS_SPEC;
}

const char *sweep_settings(Arena *a, const Combination *c) {
    Text t = {.arena = a};
    for (int i = 0; i < c->settings.n; i++)
        text_printf(&t, "%s%s", i ? " " : "", c->settings.at[i]);
    return t.at;
}

bool sweep_has(Arena *a, const Combination *c, const char *file) {
    return access(arena_printf(a, "%s/%s", c->folder, file), F_OK) == 0;
}

/* ---- what a folder's results were made from ---- */

static const char record[] = "made_from";

enum { MOST_BYTES = 1 << 16 };

static const char *recorded(Arena *a, const Combination *c) {
    return read_whole_file(a, arena_printf(a, "%s/%s", c->folder, record), MOST_BYTES);
}

/* The record is there whole or not at all. */
static bool write_record(Arena *a, const Combination *c) {
    const char *path = arena_printf(a, "%s/%s", c->folder, record);
    const char *fresh = arena_printf(a, "%s.new", path);
    FILE *out = fopen(fresh, "w");
    bool good = out && fputs(c->made_from, out) != EOF;
    if (out && fclose(out) != 0) good = false;
    return good && rename(fresh, path) == 0;
}

/* The line of a record that begins with a word; "" if there is none. */
static const char *line_of(Arena *a, const char *lines, const char *word) {
    size_t n = strlen(word);
    for (; *lines; lines += strcspn(lines, "\n"), lines += *lines == '\n')
        if (strncmp(lines, word, n) == 0 && lines[n] == ' ')
            return arena_strndup(a, lines, strcspn(lines, "\n"));
    return "";
}

static void put_difference(Arena *a, const char *then, const char *now, const char *word) {
    const char *before = line_of(a, then, word), *after = line_of(a, now, word);
    if (strcmp(before, after) == 0) return;
    fprintf(stderr, "note: %s%s then, %s%s now\n", *before ? "" : "no ", *before ? before : word,
            *after ? "" : "no ", *after ? after : word);
}

/* Results of another spec, or of other options, are not to be had under this one's name. */
static int check_records(Arena *a, const SweepOptions *o, const Combinations *all) {
    for (int i = 0; i < all->n; i++) {
        const Combination *c = &all->at[i];
        bool made = !c->failed && sweep_has(a, c, "trainer");
        const char *then = made ? recorded(a, c) : NULL;
        if (!then || strcmp(then, c->made_from) == 0) continue;
        bool other = strcmp(line_of(a, then, "spec"), line_of(a, c->made_from, "spec")) != 0;
        fprintf(stderr, "genc: %s was made %s\n", c->folder,
                other ? arena_printf(a, "when %s was another spec", o->spec)
                      : "with other options");
        const char *word;
        for (int k = 0; (word = sweep_option_word(a, k)); k++)
            put_difference(a, then, c->made_from, word);
        fprintf(stderr, "help: name another folder with -o, or remove this one\n");
        return STATUS_USE;
    }
    return STATUS_GOOD;
}

static bool make_folders(Arena *a, const char *path) {
    for (const char *at = path; (at = strchr(at + 1, '/'));)
        if (mkdir(arena_strndup(a, path, (size_t)(at - path)), 0777) != 0 && errno != EEXIST)
            return false;
    return mkdir(path, 0777) == 0 || errno == EEXIST;
}

int sweep_make_folders(Arena *a, const Combinations *all) {
    for (int i = 0; i < all->n; i++) {
        const Combination *c = &all->at[i];
        if (c->failed || (make_folders(a, c->folder) && write_record(a, c))) continue;
        fprintf(stderr, "genc: %s: %s\n", c->folder, strerror(errno));
        return STATUS_USE;
    }
    return STATUS_GOOD;
}

int sweep_check(Arena *a, const SweepOptions *o, Combinations *all) {
    int status = check_names(a, o);
    if (status == STATUS_GOOD) status = check_all(a, o, all);
    return status == STATUS_GOOD ? check_records(a, o, all) : status;
}
