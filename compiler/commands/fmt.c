/* genc fmt: specs in canonical layout, in place; standard input to standard output. */
#include "commands.h"
#include "whole.h"
#include "../syntax/tree.h"

#include <string.h>

static int deliver(Arena *a, const char *path, const char *canonical, bool changes, bool check) {
    if (check && changes) fprintf(stderr, "genc: %s: not in canonical layout\n", path);
    if (check) return changes ? STATUS_SPEC : STATUS_GOOD;
    bool in_place = strcmp(path, "-") != 0;
    return in_place && !changes ? STATUS_GOOD : whole_write(a, 1, &(WholeFile){path, canonical});
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
