/* genc help: all commands, or how one is used. */
#include "commands.h"

#include <string.h>

static void print_all(void) {
    printf("genc compiles a .gen spec, a generative model, to a C trainer.\n\n"
           "usage: genc COMMAND ...\n\n");
    for (int i = 0; i < command_count; i++)
        printf("  %-8s %s%s\n", commands[i].name, commands[i].about,
               commands[i].run ? "" : " (not supported yet)");
    printf("\n  genc help COMMAND   how one is used\n"
           "  genc --version      the version\n\n"
           "Exit status: 0 success; 1 the spec has errors; 2 wrong use, or a file that cannot be read\n"
           "or written.\n");
}

int command_help(int argc, char **argv) {
    if (argc < 2) {
        print_all();
        return STATUS_GOOD;
    }
    const Command *c = command_find(argv[1]);
    if (!c) {
        Arena *a = arena_new();
        int status = command_misused("help", "unknown command '%s'%s", argv[1],
                                     command_suggestion(a, argv[1]));
        arena_free(a);
        return status;
    }
    command_print_usage(c, stdout);
    printf("\n%s%s\n%s%s", c->about, c->run ? "" : " (not supported yet)", *c->options ? "\n" : "",
           c->options);
    return STATUS_GOOD;
}
