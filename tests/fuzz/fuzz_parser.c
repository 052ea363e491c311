/* Mutates every spec under tests/spec and checks what must hold of any text whatever:
 * parsing ends without a crash; what has no error prints to a text that parses to the same tree and
 * prints to itself, with every comment kept; what has errors says so, also as JSON.
 *
 * Deterministic: the seed is fixed. FULL=1 runs ten times as many. */
#include "syntax/tree.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 4000, MOST_BYTES = 1 << 16, MOST_SEEDS = 400 };

static uint64_t state = 0x9e3779b97f4a7c15u;

/* xorshift64*: a number below n. */
static int below(int n) {
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return n > 0 ? (int)((state * 0x2545f4914f6cdd1du >> 33) % (uint64_t)n) : 0;
}

typedef struct { char text[MOST_BYTES + 1]; int n; bool has_errors; } Buffer;

static Buffer seeds[MOST_SEEDS];
static int seed_count;

static void read_seeds(const char *pattern) {
    glob_t found;
    if (glob(pattern, 0, NULL, &found) != 0) return;
    for (size_t i = 0; i < found.gl_pathc && seed_count < MOST_SEEDS; i++) {
        FILE *in = fopen(found.gl_pathv[i], "rb");
        if (!in) continue;
        Buffer *seed = &seeds[seed_count++];
        seed->n = (int)fread(seed->text, 1, MOST_BYTES / 2, in);
        fclose(in);
    }
    globfree(&found);
}

/* ---- mutations ---- */

static void splice(Buffer *b, int at, int removed, const char *with, int n) {
    if (at + removed > b->n) removed = b->n - at;
    if (b->n - removed + n > MOST_BYTES) return;
    memmove(b->text + at + n, b->text + at + removed, (size_t)(b->n - at - removed));
    memcpy(b->text + at, with, (size_t)n);
    b->n += n - removed;
}

static const char *const words[] = {
    "(", ")", "[", "]", "{", "}", "=", "~", ",", ":", "|>", "..", "...", "+", "-", "*", "/", "^", "@",
    "<", "==", "\n", " ", "# c\n", "\"s\"", "\"", "3", "x", " if ", " else ", " for ", " in ",
    " scan ", " draws ", " return ", " show ", " yield ", " as ", " loss ", " let ", " data ",
    " or ", " fn ", " layer ", " on ", " encoder ", " flow ", " autoregressive ", " along ",
    " param ", " state ", " update ", " train ", " minimize ", " over ", " using ", " metric ",
    " final ", " given ", " sample ", " distribution ", " optimizer ", " import ", " unpaired ", " recompute ",
    ";", "**", "&&", "//", "'q'", "1.", ".5", "\xc3\xa9", "\xff", "\x01",
};

static void insert_word(Buffer *b) {
    const char *word = words[below((int)(sizeof words / sizeof *words))];
    splice(b, below(b->n + 1), 0, word, (int)strlen(word));
}

static void remove_some(Buffer *b) {
    splice(b, below(b->n), 1 + below(12), "", 0);
}

static void change_byte(Buffer *b) {
    if (b->n > 0) b->text[below(b->n)] = (char)(below(8) ? 32 + below(95) : below(256));
}

static void copy_some(Buffer *b) {
    char part[200];
    int from = below(b->n), n = below((int)sizeof part);
    if (from + n > b->n) n = b->n - from;
    memcpy(part, b->text + from, (size_t)n);
    splice(b, below(b->n + 1), 0, part, n);
}

static void take_from_another(Buffer *b) {
    const Buffer *other = &seeds[below(seed_count)];
    int from = below(other->n), n = below(300);
    if (from + n > other->n) n = other->n - from;
    splice(b, below(b->n + 1), 0, other->text + from, n);
}

static void cut_off(Buffer *b) {
    b->n = below(b->n + 1);
}

/* Layout only: these keep a good spec good, so that the printer is tried as well. */
static void change_space(Buffer *b) {
    static const char *const spaces[] = {"\n", "\n\n", " ", "\t", " # c\n", "\n# own\n"};
    for (int tries = 0; tries < 50 && b->n > 0; tries++) {
        int at = below(b->n);
        if (b->text[at] != ' ' && b->text[at] != '\n') continue;
        const char *space = spaces[below(6)];
        splice(b, at, 0, space, (int)strlen(space));
        return;
    }
}

static void (*const mutations[])(Buffer *) = {
    insert_word, remove_some, change_byte, copy_some, take_from_another, cut_off,
    change_space, change_space, change_space, change_space,
};

enum { MUTATIONS = sizeof mutations / sizeof *mutations };

/* Good specs are as often only laid out anew as spoilt. */
static void mutate(Buffer *b) {
    if (!b->has_errors && below(3) > 0)
        for (int n = 1 + below(8); n > 0; n--) change_space(b);
    else
        for (int n = 1 + below(4); n > 0; n--) mutations[below(MUTATIONS)](b);
}

/* ---- what must hold ---- */

static bool same_text(const char *a, const char *b) {
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_tree(const Tree *a, const Tree *b) {
    if (!a || !b) return a == b;
    int flags = TREE_UNPAIRED | TREE_FINAL;
    if (a->kind != b->kind || (a->flags & flags) != (b->flags & flags)) return false;
    if (!same_text(a->name, b->name) || !same_text(a->text, b->text)) return false;
    if (a->list.n != b->list.n) return false;
    for (int i = 0; i < TREE_MAX_KIDS; i++)
        if (!same_tree(a->kid[i], b->kid[i])) return false;
    for (int i = 0; i < a->list.n; i++)
        if (!same_tree(a->list.at[i], b->list.at[i])) return false;
    return true;
}

static FILE *nowhere;

/* NULL, or what does not hold. */
static const char *check_errors(Diag *d) {
    diag_print(d, nowhere, true);
    diag_print_json(d, nowhere);
    return NULL;
}

static const char *check_print(Arena *a, Diag *d, const SyntaxFile *file) {
    const char *once = syntax_print(a, d, file);
    Diag *again = diag_new(a);
    int source = diag_add_source(again, "printed", once, (int)strlen(once), false);
    const SyntaxFile *second = syntax_parse(a, again, source);
    if (diag_errors(again) > 0) return "what was printed has errors";
    if (!same_tree(file->decls, second->decls)) return "what was printed has another tree";
    if (file->comments.n != second->comments.n) return "a comment was lost";
    if (strcmp(once, syntax_print(a, again, second)) != 0) return "printing twice changes something";
    return NULL;
}

static const char *check(Arena *a, Buffer *b) {
    Diag *d = diag_new(a);
    int source = diag_add_source(d, "fuzz.gen", b->text, b->n, false);
    const SyntaxFile *file = syntax_parse(a, d, source);
    b->has_errors = diag_errors(d) > 0;
    return diag_errors(d) > 0 ? check_errors(d) : check_print(a, d, file);
}

int main(void) {
    static Buffer b;
    int rounds = getenv("FULL") ? 10 * ROUNDS : ROUNDS, failed = 0;
    const char *const patterns[] = {"tests/spec/fmt/*.gen", "tests/spec/bad/*.gen",
                                    "tests/spec/good/*.gen", "specs/*.gen", "compiler/std/*.gen"};
    for (int i = 0; i < 5; i++) read_seeds(patterns[i]);
    nowhere = fopen("/dev/null", "w");
    if (seed_count == 0 || !nowhere) {
        printf("no seeds: run this in the repository's root\n0 passed, 1 failed\n");
        return 1;
    }
    for (int i = 0; i < rounds; i++) {
        bool as_it_is = i < seed_count;
        b = seeds[as_it_is ? i : below(seed_count)];
        if (!as_it_is) mutate(&b);
        Arena *a = arena_new();
        const char *wrong = check(a, as_it_is ? &seeds[i] : &b);
        if (wrong && failed++ < 3)
            printf("round %d: %s\n---- text\n%.*s\n----\n", i, wrong, b.n, b.text);
        arena_free(a);
    }
    fclose(nowhere);
    printf("%d passed, %d failed\n", rounds - failed, failed);
    return failed > 0;
}
