/* genc graph: the model as a picture, in the language of Graphviz, or drawn by it. */
#include "../compile.h"
#include "../picture/picture.h"
#include "commands.h"
#include "whole.h"

#include <errno.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static bool ends_with(const char *text, const char *end) {
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

static int write_dot(Arena *a, const Model *m, const char *path) {
    return whole_write(a, 1, &(WholeFile){path, picture_dot(a, m)});
}

/* Graphviz reads the picture from a file beside the result. */
static int write_svg(Arena *a, const Model *m, const char *path) {
    const char *dot = arena_printf(a, "%s.dot", path);
    int status = write_dot(a, m, dot);
    if (status != STATUS_GOOD) return status;
    const char *const args[] = {"dot", "-Tsvg", "-o", path, dot, NULL};
    pid_t child;
    int failed = posix_spawnp(&child, "dot", NULL, NULL, (char *const *)args, environ), ended = 0;
    bool good = !failed && waitpid(child, &ended, 0) == child && WIFEXITED(ended);
    if (failed == ENOENT || (good && WEXITSTATUS(ended) == 127))
        fprintf(stderr, "genc: an .svg is drawn by Graphviz, whose program 'dot' is not installed; "
                        "name a .dot file instead, or install graphviz\n");
    else if (failed || !good || WEXITSTATUS(ended) != 0)
        fprintf(stderr, "genc: dot could not draw %s\n", path);
    remove(dot);
    return !failed && good && WEXITSTATUS(ended) == 0 ? STATUS_GOOD : STATUS_USE;
}

int command_graph(int argc, char **argv) {
    static const struct option options[] = {
        {"output", required_argument, NULL, 'o'}, {"define", required_argument, NULL, 'D'}, {0}};
    Arena *a = arena_new();
    LIST(const char *) overrides = {0};
    const char *path = "-";
    for (int option; (option = command_option(argc, argv, "o:D:", options)) != -1;) {
        if (option == '?') return arena_free(a), STATUS_USE;
        if (option == 'o') path = optarg;
        else LIST_ADD(a, &overrides, optarg);
    }
    if (optind != argc - 1) return arena_free(a), command_misused(argv[0], "name one spec");
    if (strcmp(path, "-") != 0 && !ends_with(path, ".dot") && !ends_with(path, ".svg"))
        return arena_free(a),
               command_misused(argv[0], "the picture is a .dot or an .svg, not '%s'", path);
    Diag *d = diag_new(a);
    int source = command_read_source(a, d, argv[optind]);
    Model *m = source < 0 ? NULL : compile_seen(a, d, source, overrides.n, overrides.at);
    if (source >= 0) command_print_errors(d);
    int status = source < 0 ? STATUS_USE : STATUS_SPEC;
    if (m) status = ends_with(path, ".svg") ? write_svg(a, m, path) : write_dot(a, m, path);
    arena_free(a);
    return status;
}
