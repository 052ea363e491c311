/* The language server with what is half typed: prefixes of every spec, and specs with pieces
 * missing, doubled or replaced. Everything an editor asks is asked of each; nothing may stop the
 * server, and each answer takes a bounded time.
 *
 * Deterministic: the seed is fixed. FULL=1 takes every prefix, byte by byte. */
#include "lsp/lsp.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { STEP = 13, DAMAGED = 4, MOST_SECONDS = 20 };

static uint64_t state = 0x9e3779b97f4a7c15u;
static int passed, failed;
static double longest;

static int below(int n) {
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return n > 0 ? (int)((state * 0x2545f4914f6cdd1du >> 33) % (uint64_t)n) : 0;
}

static char *read_file(Arena *a, const char *path) {
    FILE *in = fopen(path, "rb");
    Text t = {.arena = a};
    char part[4096];
    size_t n;
    text_put(&t, "");
    while (in && (n = fread(part, 1, sizeof part, in)) > 0) text_put_n(&t, part, n);
    if (in) fclose(in);
    return t.at;
}

/* Every place that an answer names must lie in the text. */
static bool lies_within(const cJSON *json, int lines) {
    const cJSON *part, *line = cJSON_GetObjectItem(json, "line");
    if (cJSON_IsNumber(line) && (line->valueint < 0 || line->valueint > lines)) return false;
    cJSON_ArrayForEach(part, json) if (!lies_within(part, lines)) return false;
    return true;
}

static void ask(const Documents *all, const Analysis *x, const char *path, int offset, int lines) {
    const char *why;
    cJSON *answers[] = {lsp_diagnostics(x),
                        lsp_hover(x, offset),
                        lsp_definition(x, "file:///x.gen", offset),
                        lsp_completion(x, offset),
                        lsp_formatting(x),
                        below(8) ? NULL : lsp_rename(all, x, offset, "other", &why)};
    bool good = answers[0] && answers[3];
    for (int i = 0; i < 2; i++) good = good && (!answers[i] || lies_within(answers[i], lines));
    if (good) passed++;
    else if (failed++ < 3) printf("FAILED: %s at byte %d\n%s\n", path, offset, x->text);
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) cJSON_Delete(answers[i]);
}

static void check(Documents *all, const char *path, const char *text) {
    clock_t start = clock();
    const Document *d = documents_keep(all, "file:///tests/spec/good/fuzz.gen", text);
    const Analysis *x = documents_analysis(all, d);
    int length = (int)strlen(text), lines = 0, line, character;
    for (const char *c = text; *c; c++) lines += *c == '\n';
    ask(all, x, path, length, lines);
    ask(all, x, path, below(length + 1), lines);
    for (Units units = UNITS_UTF16; units <= UNITS_UTF32; units++) { /* there and back */
        position_of(text, units, length, &line, &character);
        if (offset_of(text, units, line, character) != length && length && text[length - 1] != '\r')
            failed++;
    }
    double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    if (seconds > longest) longest = seconds;
    if (seconds > MOST_SECONDS && failed++ < 3) printf("FAILED: %s: %.1f s\n", path, seconds);
}

static const char *damaged(Arena *a, const char *text) {
    static const char *const pieces[] = {"",  " ",     "|>",    "(",  ")",    "{",        "}",
                                         "~", "= ",    "\"",    "[",  "]",    "\xf0\x9f", "\n#",
                                         ",", "dense", "let x", "..", "\xff", "scan t in"};
    int length = (int)strlen(text), from = below(length + 1), to = from + below(12);
    if (to > length) to = length;
    const char *piece = pieces[below((int)(sizeof pieces / sizeof *pieces))];
    return arena_printf(a, "%.*s%s%s", from, text, piece, text + to);
}

static void check_files(Documents *all, const char *pattern, int step) {
    glob_t found;
    if (glob(pattern, 0, NULL, &found) != 0) return;
    for (size_t i = 0; i < found.gl_pathc; i++) {
        Arena *a = arena_new();
        const char *path = found.gl_pathv[i], *text = read_file(a, path);
        int length = (int)strlen(text);
        for (int n = below(step); n < length; n += step)
            check(all, path, arena_strndup(a, text, (size_t)n));
        for (int k = 0; k < DAMAGED; k++) check(all, path, damaged(a, text));
        arena_free(a);
    }
    globfree(&found);
}

int main(void) {
    Documents all = {0};
    setenv("XDG_CACHE_HOME", "/dev/null", 1); /* no copies of the library */
    int step = getenv("FULL") ? 1 : STEP;
    documents_keep(&all, "file:///tests/spec/good/parts.gen", "fn half(x) = x / 2\n");
    check_files(&all, "specs/*.gen", 4 * step - 3);
    check_files(&all, "tests/spec/bad/*.gen", 2 * step - 1);
    check_files(&all, "tests/spec/fmt/*.gen", step);
    check_files(&all, "compiler/std/*.gen", 4 * step - 3);
    documents_free(&all);
    fprintf(stderr, "longest: %.2f s\n", longest);
    printf("%d passed, %d failed\n", passed, failed);
    return failed > 0;
}
