/* The commands of genc. One row of the table (table.c) and one file adds a command. */
#ifndef GENC_COMMANDS_H
#define GENC_COMMANDS_H

#include "../base.h"
#include "../diag.h"

#include <getopt.h>

typedef struct {
    const char *name;
    const char *arguments; /* "SPEC... [--json]" */
    const char *about;     /* what it does, in a line */
    const char *options;   /* a line for each option, or "" */
    int (*run)(int argc, char **argv); /* argv[0] is the command's name; NULL: not supported yet */
} Command;

extern const Command commands[];
extern const int command_count;
const Command *command_find(const char *name);

enum {
    STATUS_GOOD = 0,
    STATUS_SPEC = 1, /* the spec has errors; fmt --check: it would change */
    STATUS_USE  = 2, /* wrong use; a file that cannot be read or written */
};

int command_build(int argc, char **argv);
int command_emit(int argc, char **argv);
int command_check(int argc, char **argv);
int command_fmt(int argc, char **argv);
int command_info(int argc, char **argv);
int command_diff(int argc, char **argv);
int command_graph(int argc, char **argv);
int command_runs(int argc, char **argv);
int command_compare(int argc, char **argv);
int command_sweep(int argc, char **argv);
int command_lsp(int argc, char **argv);
int command_explain(int argc, char **argv);
int command_new(int argc, char **argv);
int command_help(int argc, char **argv);

/* ---- what commands share (common.c) ---- */

/* The next option as getopt_long gives it; -1 at the end; '?' after a message if it is wrong. */
int command_option(int argc, char **argv, const char *letters, const struct option *options);
/* Says what is wrong with the command line, then how the command is used. Gives STATUS_USE. */
int command_misused(const char *name, const char *format, ...) __attribute__((format(printf, 2, 3)));
void command_print_usage(const Command *c, FILE *out);
/* Says why, as errno has it. Gives STATUS_USE. */
int command_cannot_write(const char *path);
/* "; did you mean 'check'?" or "". */
const char *command_suggestion(Arena *a, const char *wrong);

/* Reads a spec ("-": standard input) into d; its number, or -1 after a message. */
int command_read_source(Arena *a, Diag *d, const char *path);
/* The same, calling it `name` in messages; what it imports is looked for beside that. */
int command_read_source_as(Arena *a, Diag *d, const char *path, const char *name);
/* Whether to write in colour: a terminal, and no NO_COLOR. */
bool command_colour(int descriptor);
/* Diagnostics to standard error, in colour where that is wanted. */
void command_print_errors(const Diag *d);

#endif
