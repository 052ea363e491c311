/* The table of commands, in the order in which help shows them. */
#include "commands.h"

#include <string.h>

#define BUILD_OPTIONS \
    "  -o FILE            where to put the result\n" \
    "  -D NAME=VALUE      another number for a 'let' of the spec\n" \
    "  --real f32|f64     single precision (the default) or double\n"

const Command commands[] = {
    {"build", "SPEC [-o FILE] [-D NAME=VALUE]... [--real f32|f64] [--cc CC] [--dump=STAGE]",
     "compile to C, and that to a trainer",
     BUILD_OPTIONS "  --cc CC            the C compiler, cc if not said\n"
     "  --dump=STAGE       print what a stage leaves instead: spec, graph,\n"
     "                     transformed, plan, products or c\n", command_build},
    {"emit", "SPEC [-o FILE.c] [-D NAME=VALUE]... [--real f32|f64] [--standalone]\n"
     "       genc emit SPEC --library NAME,... [--embed CKPT] -o DIR",
     "the C only; -o - writes it to standard output",
     BUILD_OPTIONS "  --standalone       one file with all that it needs: the line at its head builds it on a\n"
     "                     machine without genc, or with -DGENC_MINIMAL without any library\n"
     "  --library NAME,... networks, samples and data (their transforms undone) as functions for\n"
     "                     another C program, a .c and a .h in the folder that -o names; weights\n"
     "                     come from a checkpoint\n"
     "  --embed CKPT       ... or are compiled in, out of this one\n",
     command_emit},
    {"check", "SPEC... [--json] [-D NAME=VALUE]...", "all compile-time checks; no output on success",
     "  --json          print the errors as a JSON array on standard output\n"
     "  -D NAME=VALUE   another number for a 'let' of the spec\n", command_check},
    {"fmt", "SPEC... [--check]", "canonical layout, comments kept; '-' reads standard input",
     "  --check  change nothing; exit status 1 if a file is not canonical\n", command_fmt},
    {"info", "SPEC [--json] [-D NAME=VALUE]...", "networks, shapes, parameters, arithmetic, planned memory",
     "  --json             the same as a JSON object\n"
     "  -D NAME=VALUE      another number for a 'let' of the spec\n", command_info},
    {"explain", "SPEC [--latex] [-o FILE]", "the model and its objectives as mathematics",
     "  --latex  a LaTeX document instead of text\n"
     "  -o FILE  where to put it instead of standard output\n", command_explain},
    {"graph", "SPEC [-o FILE.dot|FILE.svg] [-D NAME=VALUE]...", "the model as a picture",
     "  -o FILE         a .dot for Graphviz (standard output if not said), or an .svg drawn by it\n"
     "  -D NAME=VALUE   another number for a 'let' of the spec\n", command_graph},
    {"diff", "A [-D NAME=VALUE]... B [-D NAME=VALUE]... [--json|--markdown] [--all]",
     "the semantic difference of two specs, and what follows from it",
     "  -D NAME=VALUE   another number for a 'let' of the spec before it; with one spec only, it is\n"
     "                  compared with itself under these\n"
     "  --json          the same as a JSON object\n"
     "  --markdown      the same for a pull request\n"
     "  --all           what stayed the same too\n"
     "  --git           with the seven arguments that git gives to an external diff\n"
     "  --textconv      one spec as plain text without comments and layout, for git's textconv\n"
     "'-' is standard input. Exit status: 0 no difference, 1 they differ, 2 an error.\n", command_diff},
    {"runs", "[DIR] [--json|--markdown]", "the runs in a folder: what was set, how they ended, losses",
     "  DIR         runs/ if not said\n"
     "  --json      for programs\n"
     "  --markdown  a table for a report\n", command_runs},
    {"compare", "RUN RUN... [-o FILE.png]", "what was changed between runs, and what it did",
     "  -o FILE.png  the curves of their losses as a picture\n", command_compare},
    {"sweep", "SPEC -D NAME=VALUE,VALUE... [-D ...]... [--epochs N] [--jobs N]",
     "train every combination of some constants, 10,000 at most",
     "  -D NAME=VALUE,VALUE   numbers for a 'let' of the spec\n"
     "  --jobs N              so many at a time, 1 if not said\n"
     "  --epochs N, --steps N, --seed N, --data DIR, --threads N   go to the trainers; if not\n"
     "                        said, those at work share the processor's cores\n"
     "  --real f32|f64, --cc CC   go to genc build\n"
     "  --json, --markdown    the table at the end for programs, for a report\n"
     "  -o, --out DIR         where the runs go, runs/NAME/sweep if not said\n"
     "A sweep that was interrupted goes on where it was when it is started again.\n", command_sweep},
    {"lsp", "", "a language server for editors, on standard input and output", "", command_lsp},
    {"new", "KIND [FILE]", "a commented starting spec",
     "  KIND  ae vae cvae gan dcgan pixelrnn flow text audio; 'genc new' says what each is\n"
     "  FILE  KIND.gen if not said; '-' is standard output; a file that exists is left alone\n", command_new},
    {"help", "[COMMAND]", "this, or how one command is used", "", command_help},
};

const int command_count = (int)(sizeof commands / sizeof *commands);

const Command *command_find(const char *name) {
    for (int i = 0; i < command_count; i++)
        if (strcmp(commands[i].name, name) == 0) return &commands[i];
    return NULL;
}
