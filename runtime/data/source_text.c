/* source_text.c: text in UTF-8 (RFC 3629), by code points.
 *
 * A line is a sequence, without its end; empty lines are none. Where windows follow, a file is one
 * running sequence, its lines separated by one newline each. */
#include "data.h"

/* A growing sequence of code points, and the lines they belong to. */
typedef struct {
    real *code;
    int64_t n, room;
    int64_t *length;
    Place *place;
    int64_t lines, line_room;
} TextSoFar;

typedef struct {
    const char *path;
    const unsigned char *at, *end;
    int64_t line, byte; /* of what comes next, counted from 1 */
} TextReader;

static void put_code(TextSoFar *text, int32_t code) {
    if (text->n == text->room) {
        text->room = text->room == 0 ? 1 << 12 : 2 * text->room;
        text->code = realloc(text->code, (size_t)text->room * sizeof *text->code);
        if (text->code == NULL) fail("out of memory");
    }
    text->code[text->n++] = (real)code;
}

/* What was put since `first` is a sequence, if it is anything. */
static void end_sequence(TextSoFar *text, int64_t first, Place place) {
    if (text->n == first) return;
    if (text->lines == text->line_room) {
        text->line_room = text->line_room == 0 ? 256 : 2 * text->line_room;
        text->length = realloc(text->length, (size_t)text->line_room * sizeof *text->length);
        text->place = realloc(text->place, (size_t)text->line_room * sizeof *text->place);
        if (text->length == NULL || text->place == NULL) fail("out of memory");
    }
    text->length[text->lines] = text->n - first;
    text->place[text->lines++] = place;
}

/* ---- UTF-8 ---- */

/* How many bytes the character that begins with `lead` has; 0: none begins so. */
static int utf8_length(unsigned char lead) {
    if (lead < 0x80) return 1;
    if (lead < 0xc2 || lead > 0xf4) return 0;
    return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

_Noreturn static void not_utf8(const TextReader *r, const char *why) {
    fail("%s:%" PRId64 ": byte %" PRId64 " of the line (0x%02x) is not UTF-8: %s", r->path, r->line,
         r->byte, *r->at, why);
}

static int32_t next_code(TextReader *r) {
    int n = utf8_length(*r->at);
    if (n == 0) not_utf8(r, "no character begins so");
    if (n > r->end - r->at) not_utf8(r, "the file ends within the character");
    int32_t code = n == 1 ? *r->at : *r->at & (0x7f >> n);
    for (int i = 1; i < n; i++) {
        if ((r->at[i] & 0xc0) != 0x80) not_utf8(r, "the character is not complete");
        code = code << 6 | (r->at[i] & 0x3f);
    }
    static const int32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (code < least[n]) not_utf8(r, "the character is written longer than it is");
    if (code >= 0xd800 && code < 0xe000) not_utf8(r, "half of a UTF-16 pair");
    if (code >= CODE_POINTS) not_utf8(r, "beyond the last character");
    if (code == 0)
        fail("%s:%" PRId64 ": byte %" PRId64 " of the line is 0: not a text file", r->path, r->line,
             r->byte);
    r->at += n;
    r->byte += n;
    return code;
}

/* ---- files ---- */

/* A carriage return before a newline belongs to it. */
static bool is_line_end(const TextReader *r, int32_t code) {
    return code == '\n' || (code == '\r' && r->at < r->end && *r->at == '\n');
}

static void read_text(TextReader *r, bool running, TextSoFar *text) {
    int64_t first = text->n;
    if (r->end - r->at >= 3 && memcmp(r->at, "\xef\xbb\xbf", 3) == 0) r->at += 3; /* byte order */
    while (r->at < r->end) {
        int32_t code = next_code(r);
        if (!is_line_end(r, code)) {
            put_code(text, code);
            continue;
        }
        if (code == '\r') r->at++;
        if (running) put_code(text, '\n');
        else {
            end_sequence(text, first, (Place){r->path, r->line});
            first = text->n;
        }
        r->line++;
        r->byte = 1;
    }
    end_sequence(text, first, (Place){r->path, running ? 0 : r->line});
}

static void add_text(const char *path, const Bytes *bytes, bool running, TextSoFar *text) {
    int64_t lines = text->lines;
    TextReader reader = {path, bytes->at, bytes->at + bytes->size, 1, 1};
    if (bytes->size == 0) fail("%s: is empty", path);
    read_text(&reader, running, text);
    if (text->lines == lines) fail("%s: has nothing but empty lines", path);
}

static void read_texts(const SourceRequest *request, const char *name, TextSoFar *text) {
    char **paths = find_data_files(request->folder, name, ".txt");
    Fingerprint fingerprint = {0, 0};
    if (paths[0] == NULL)
        fail("%s: there are no .txt files by this name in %s", name,
             request->folder[0] != 0 ? request->folder : ".");
    for (int i = 0; paths[i] != NULL; i++) {
        Bytes bytes = read_data_file(paths[i], &fingerprint);
        add_text(paths[i], &bytes, request->running, text);
        free(bytes.at);
    }
    end_data_files(join_path(request->folder, name), &fingerprint);
    free(paths); /* the names stay: sequences are known by them */
}

static void give_text(SourceTable *table, int part, const TextSoFar *text) {
    table->values[part][0] = text->code;
    table->length[part] = text->length;
    table->place[part] = text->place;
    table->count[part] = text->lines;
}

static void read_typed(const SourceRequest *request, TextSoFar *text) {
    Bytes bytes = {(unsigned char *)request->typed, (int64_t)strlen(request->typed)};
    add_text(call_text(request->call, "files"), &bytes, request->running, text);
}

void load_text(const SourceRequest *request, SourceTable *table) {
    const char *name = call_text(request->call, "files"), *test = call_text(request->call, "test");
    TextSoFar training = {0}, held_out = {0};
    table->from = join_path(request->folder, name);
    table->space[0] = text_space();
    if (request->typed != NULL) read_typed(request, &training);
    else read_texts(request, name, &training);
    give_text(table, TRAINING, &training);
    if (test == NULL) return;
    read_texts(request, test, &held_out);
    give_text(table, HELD_OUT, &held_out);
}

/* ---- built in ---- */

Space text_space(void) {
    return (Space){.ragged = true, .media = MEDIA_TEXT};
}

enum { LONGEST_RHYME = 24 };

/* Words that rhyme: beings first, then places. */
static const struct {
    const char *being[4], *place[4];
} rhyme_family[] = {{{"cat", "rat", "bat", NULL}, {"mat", "hat", "flat", NULL}},
                    {{"fox", "ox", NULL}, {"box", "rocks", NULL}},
                    {{"dog", "frog", "hog", NULL}, {"log", "bog", "fog", NULL}},
                    {{"bee", "flea", NULL}, {"tree", "sea", "key", NULL}},
                    {{"hen", "wren", NULL}, {"pen", "den", NULL}},
                    {{"mouse", "louse", NULL}, {"house", NULL}},
                    {{"goat", "stoat", NULL}, {"boat", "coat", "moat", NULL}},
                    {{"bear", "hare", "mare", NULL}, {"chair", "stair", "fair", NULL}},
                    {{"snail", "whale", "quail", NULL}, {"pail", "sail", "trail", NULL}},
                    {{"bug", "slug", "pug", NULL}, {"rug", "mug", "jug", NULL}}};

static const char *const rhyme_form[] = {"a %s %s %s a %s", "the %s %s %s the %s",
                                         "one %s %s %s my %s", "a %s %s %s the %s"};
static const char *const rhyme_kind[] = {"red", "old", "sad", "big", "wet", "shy", "sly", "wee"};
static const char *const rhyme_where[] = {"in", "on", "by"};

#define ANY_OF(list) (list)[chance_below(chance, (int)(sizeof(list) / sizeof *(list)))]

static const char *one_of(Chance *chance, const char *const list[4]) {
    int n = 0;
    while (n < 4 && list[n] != NULL) n++;
    return list[chance_below(chance, n)];
}

/* "a sly fox by the box": what is too long is said with a shorter form. */
static int make_rhyme(Chance *chance, char line[64]) {
    int family = chance_below(chance, sizeof rhyme_family / sizeof *rhyme_family);
    const char *form = ANY_OF(rhyme_form), *kind = ANY_OF(rhyme_kind), *where = ANY_OF(rhyme_where);
    const char *being = one_of(chance, rhyme_family[family].being);
    const char *place = one_of(chance, rhyme_family[family].place);
    int n = snprintf(line, 64, form, kind, being, where, place);
    if (n > LONGEST_RHYME) n = snprintf(line, 64, "a %s %s a %s", being, where, place);
    return n;
}

void load_rhymes(const SourceRequest *request, SourceTable *table) {
    table->from = "rhymes";
    table->space[0] = text_space();
    for (int part = 0; part < DATA_PARTS; part++) {
        TextSoFar text = {0};
        int64_t n = built_in_count(request, part), first = 0;
        for (int64_t i = 0; i < n; i++) {
            char line[64];
            Chance chance = chance_new("rhymes", part, i);
            int length = make_rhyme(&chance, line);
            for (int k = 0; k < length; k++) put_code(&text, line[k]);
            if (request->running) put_code(&text, '\n');
            if (request->running && i + 1 < n) continue;
            end_sequence(&text, first, (Place){"rhymes", 0});
            first = text.n;
        }
        give_text(table, part, &text);
    }
}
