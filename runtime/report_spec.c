/* report_spec.c: a spec as HTML, its comments, texts, numbers and reserved words in colours. */
#include "report.h"

#include <ctype.h>

static const char *const reserved[] = {
    "import",  "let",     "data",      "fn",       "layer", "distribution",   "optimizer",
    "encoder", "decoder", "generator", "flow",     "loss",  "discriminator",  "network",
    "metric",  "train",   "sample",    "param",    "state", "autoregressive", "update",
    "return",  "show",    "yield",     "for",      "if",    "else",           "minimize",
    "scan",    "draws",   "over",      "using",    "on",    "along",          "given",
    "as",      "in",      "or",        "unpaired", "batch", "epochs",         "steps"};

static bool is_reserved(const char *word, size_t n) {
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
        if (strlen(reserved[i]) == n && strncmp(reserved[i], word, n) == 0) return true;
    return false;
}

static bool is_name_part(char c) {
    return isalnum((unsigned char)c) || c == '_' || c == '.';
}

/* How long the piece of text at `at` is, and what it is called in the page's style; "": nothing. */
static size_t piece(const char *at, const char **kind) {
    size_t n = 1;
    *kind = "";
    if (*at == '#') {
        *kind = "comment";
        return strcspn(at, "\n");
    }
    if (*at == '"') {
        *kind = "text";
        while (at[n] != 0 && at[n] != '"') n += at[n] == '\\' && at[n + 1] != 0 ? 2 : 1;
        return at[n] == '"' ? n + 1 : n;
    }
    if (!is_name_part(*at)) return 1;
    while (is_name_part(at[n])) n++;
    if (isdigit((unsigned char)*at)) *kind = "number";
    else if (is_reserved(at, n)) *kind = "word";
    return n;
}

void spec_put(FILE *to, const char *spec) {
    fprintf(to, "<pre class=\"spec\">");
    while (*spec != 0) {
        const char *kind;
        size_t n = piece(spec, &kind);
        if (kind[0] != 0) fprintf(to, "<i class=\"%s\">", kind);
        html_text(to, spec, (int64_t)n);
        if (kind[0] != 0) fprintf(to, "</i>");
        spec += n;
    }
    fprintf(to, "</pre>\n");
}
