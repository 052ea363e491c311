/* genc new: writes a commented starting spec of some kind (templates/). */
#include "commands.h"
#include "../templates/templates.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static const struct {
    const char *name, *about, *waits_for;
} kinds[] = {
#define KIND(name, about, waits_for) {#name, about, waits_for},
#include "../templates/templates.def"
#undef KIND
};

enum { N_KINDS = sizeof kinds / sizeof *kinds };

static void list_kinds(FILE *out) {
    fprintf(out, "kinds:\n");
    for (int i = 0; i < N_KINDS; i++)
        fprintf(out, "  %-10s %s%s\n", kinds[i].name, kinds[i].about,
                *kinds[i].waits_for ? " (not supported yet)" : "");
}

static int find_kind(const char *name) {
    for (int i = 0; i < N_KINDS; i++)
        if (strcmp(kinds[i].name, name) == 0) return i;
    return -1;
}

static int unknown_kind(const char *name) {
    const char *names[N_KINDS];
    for (int i = 0; i < N_KINDS; i++) names[i] = kinds[i].name;
    const char *near = diag_nearest(name, names, N_KINDS);
    if (near) fprintf(stderr, "genc new: unknown kind '%s'; did you mean '%s'?\n", name, near);
    else fprintf(stderr, "genc new: unknown kind '%s'\n", name);
    list_kinds(stderr);
    return STATUS_USE;
}

static const char *template_text(const char *kind) {
    Arena *a = arena_new();
    const char *name = arena_printf(a, "templates/%s.gen", kind), *text = NULL;
    for (int i = 0; i < template_file_count; i++)
        if (strcmp(template_files[i].name, name) == 0) text = template_files[i].text;
    arena_free(a);
    if (!text) BUG("no template for '%s'", kind);
    return text;
}

/* Never overwrites: the file is made here, or not at all. */
static int write_new(const char *path, const char *text) {
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL, 0666);
    FILE *out = file < 0 ? NULL : fdopen(file, "w");
    bool good = out && fputs(text, out) >= 0;
    int reason = errno;
    if (out && fclose(out) != 0 && good) good = false, reason = errno;
    if (good) {
        printf("%s\n", path);
        return STATUS_GOOD;
    }
    fprintf(stderr, "genc: %s: %s\n", path,
            reason == EEXIST ? "exists already; nothing is written" : strerror(reason));
    if (out) remove(path);
    return STATUS_USE;
}

int command_new(int argc, char **argv) {
    static const struct option options[] = {{0}};
    if (command_option(argc, argv, "", options) != -1) return STATUS_USE;
    if (optind == argc) {
        int status = command_misused(argv[0], "name a kind");
        return list_kinds(stderr), status;
    }
    if (argc - optind > 2) return command_misused(argv[0], "one kind and one file at a time");
    int kind = find_kind(argv[optind]);
    if (kind < 0) return unknown_kind(argv[optind]);
    if (*kinds[kind].waits_for) {
        fprintf(stderr, "genc new: '%s' is not supported yet: it needs %s\n", kinds[kind].name,
                kinds[kind].waits_for);
        return STATUS_USE;
    }
    const char *text = template_text(kinds[kind].name);
    const char *path = optind + 1 < argc ? argv[optind + 1] : NULL;
    if (path && strcmp(path, "-") == 0) return fputs(text, stdout) < 0 ? STATUS_USE : STATUS_GOOD;
    char own[32];
    snprintf(own, sizeof own, "%s.gen", kinds[kind].name);
    return write_new(path ? path : own, text);
}
