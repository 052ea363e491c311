/* genc lsp: the language server, on standard input and output. */
#include "../lsp/lsp.h"
#include "commands.h"

int command_lsp(int argc, char **argv) {
    static const struct option options[] = {{"stdio", no_argument, NULL, 's'}, {0}};
    for (int option; (option = command_option(argc, argv, "", options)) != -1;)
        if (option == '?') return STATUS_USE;
    if (optind != argc) return command_misused(argv[0], "it takes no file: an editor sends them");
    return lsp_serve(stdin, stdout);
}
