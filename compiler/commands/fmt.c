/* genc fmt: specs in canonical layout, in place; standard input to standard output. */
#include "commands.h"
#include "../syntax/tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The new text takes the file's place whole or not at all; links are followed, the mode is kept. */
static int write_file(Arena *a, const char *path, const char *text) {
    struct stat old;
    char *real = realpath(path, NULL);
    if (!real || stat(real, &old) != 0 || access(real, W_OK) != 0) {
        free(real);
        return command_cannot_write(path);
    }
    char *target = arena_strndup(a, real, strlen(real));
    free(real);
    char *temporary = arena_printf(a, "%s.XXXXXX", target);
    int descriptor = mkstemp(temporary);
    if (descriptor < 0) return command_cannot_write(path);
    FILE *out = fdopen(descriptor, "wb");
    bool good = out && fputs(text, out) != EOF && fchmod(descriptor, old.st_mode & 07777) == 0;
    if (out && fclose(out) != 0) good = false;
    if (!good || rename(temporary, target) != 0) return unlink(temporary), command_cannot_write(path);
    return STATUS_GOOD;
}

static int deliver(Arena *a, const char *path, const char *canonical, bool changes, bool check) {
    if (check && changes) fprintf(stderr, "genc: %s: not in canonical layout\n", path);
    if (check) return changes ? STATUS_SPEC : STATUS_GOOD;
    if (strcmp(path, "-") != 0) return changes ? write_file(a, path, canonical) : STATUS_GOOD;
    return fputs(canonical, stdout) == EOF || fflush(stdout) != 0 ? command_cannot_write(path)
                                                                  : STATUS_GOOD;
}

static int format_file(Arena *a, const char *path, bool check) {
    Diag *d = diag_new(a);
    int source = command_read_source(a, d, path);
    if (source < 0) return STATUS_USE;
    SyntaxFile *file = syntax_parse(a, d, source);
    if (diag_errors(d) > 0) {
        command_print_errors(d);
        return STATUS_SPEC;
    }
    const Source *old = diag_source(d, source);
    const char *canonical = syntax_print(a, d, file);
    bool changes = strlen(canonical) != (size_t)old->length || strcmp(canonical, old->text) != 0;
    return deliver(a, path, canonical, changes, check);
}

int command_fmt(int argc, char **argv) {
    static const struct option options[] = {{"check", no_argument, NULL, 'c'}, {0}};
    bool check = false;
    for (int option; (option = command_option(argc, argv, "", options)) != -1;) {
        if (option == '?') return STATUS_USE;
        if (option == 'c') check = true;
    }
    if (optind == argc) return command_misused("fmt", "no spec is named");
    int status = STATUS_GOOD;
    for (int i = optind; i < argc; i++) {
        Arena *a = arena_new();
        int found = format_file(a, argv[i], check);
        if (found > status) status = found;
        arena_free(a);
    }
    return status;
}
