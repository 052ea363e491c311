/* What commands share: options, usage, reading specs, printing errors. */
#include "commands.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int command_option(int argc, char **argv, const char *letters, const struct option *options) {
    opterr = 0;
    int at = optind ? optind : 1;
    int option = getopt_long(argc, argv, letters, options, NULL);
    if (option != '?' && option != ':') return option;
    const char *given = at < argc ? argv[at] : "";
    if (option == ':') command_misused(argv[0], "option '%s' needs a value", given);
    else command_misused(argv[0], "wrong option '%s'", given);
    return '?';
}

void command_print_usage(const Command *c, FILE *out) {
    fprintf(out, "usage: genc %s %s\n", c->name, c->arguments);
}

int command_misused(const char *name, const char *format, ...) {
    const Command *c = command_find(name);
    if (!c) BUG("'%s' is no command", name);
    fprintf(stderr, "genc %s: ", name);
    va_list args;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    command_print_usage(c, stderr);
    return STATUS_USE;
}

int command_cannot_write(const char *path) {
    fprintf(stderr, "genc: %s: cannot be written: %s\n", path, strerror(errno));
    return STATUS_USE;
}

const char *command_suggestion(Arena *a, const char *wrong) {
    const char **names = NEW_ARRAY(a, const char *, command_count);
    for (int i = 0; i < command_count; i++) names[i] = commands[i].name;
    const char *near = diag_nearest(wrong, names, command_count);
    return near ? arena_printf(a, "; did you mean '%s'?", near) : "";
}

enum { MOST_BYTES = 1 << 24 }; /* more than a spec may have: the parser reports that */

int command_read_source(Arena *a, Diag *d, const char *path) {
    return command_read_source_as(a, d, path, path);
}

int command_read_source_as(Arena *a, Diag *d, const char *path, const char *called) {
    bool standard_input = strcmp(path, "-") == 0;
    FILE *in = standard_input ? stdin : fopen(path, "rb");
    Text text = {.arena = a};
    bool good = in && text_read(&text, in, MOST_BYTES);
    int reason = errno;
    if (in && !standard_input) fclose(in);
    if (!good) {
        fprintf(stderr, "genc: %s: %s\n", path, strerror(reason));
        return -1;
    }
    const char *name = standard_input ? "<stdin>" : arena_strndup(a, called, strlen(called));
    return diag_add_source(d, name, text.at, (int)text.n, false);
}

bool command_colour(int descriptor) {
    const char *no_colour = getenv("NO_COLOR");
    return isatty(descriptor) && !(no_colour && *no_colour);
}

void command_print_errors(const Diag *d) {
    diag_print(d, stderr, command_colour(STDERR_FILENO));
}
