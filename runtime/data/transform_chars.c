/* transform_chars.c: each character of a text becomes a class.
 *
 * 0 is padding, 1 the end, 2 a character that is not in the vocabulary; then the characters of the
 * training data, the most frequent first, those of one frequency by code point. */
#include "data.h"

enum { NO_CHARACTER = 0xfffd /* what Unicode shows for what is none */ };

typedef struct {
    int32_t code, class;
} CharClass;

/* The vocabulary by code point, to be searched. */
typedef struct {
    int64_t n;
    CharClass *at;
} CharTable;

static int by_code(const void *one, const void *other) {
    const CharClass *a = one, *b = other;
    return (a->code > b->code) - (a->code < b->code);
}

bool is_code_point(real value) {
    return value >= 1 && value < (real)CODE_POINTS && value == (real)floor((double)value);
}

static CharTable *char_table(const Transform *t) {
    CharTable *table = allocate(1, sizeof *table);
    table->at = allocate(t->stat_known[0], sizeof *table->at);
    for (int64_t i = RESERVED_TOKENS; i < t->stat_known[0]; i++)
        if (is_code_point(t->stat[0][i]))
            table->at[table->n++] = (CharClass){(int32_t)t->stat[0][i], (int32_t)i};
    qsort(table->at, (size_t)table->n, sizeof *table->at, by_code);
    return table;
}

void describe_tokens(Transform *t, const char *what) {
    int64_t k = (int64_t)call_number(t->call, "k");
    if (t->before.media != MEDIA_TEXT) fail("%s: is for text", t->path);
    if (k <= RESERVED_TOKENS)
        fail("%s: %" PRId64 " classes are too few: padding, end and unknown take %d of them, then "
             "come the %s",
             t->path, k, RESERVED_TOKENS, what);
    t->after.low = 0;
    t->after.high = (double)(k - 1);
    t->after.level = 1;
    t->after.classes = k;
    t->after.tokens = true;
}

static void describe_chars(Transform *t) {
    describe_tokens(t, "characters");
    t->stat_name[0] = "vocabulary"; /* [k]: the code point of each class, 0 of those without */
    t->stat_size[0] = t->after.classes;
    if (t->stat[0] != NULL && t->memo == NULL && t->stat_known[0] == t->stat_size[0])
        t->memo = char_table(t);
}

typedef struct {
    int32_t code;
    int64_t count;
} CharCount;

static int more_frequent_char(const void *one, const void *other) {
    const CharCount *a = one, *b = other;
    if (a->count != b->count) return a->count > b->count ? -1 : 1;
    return (a->code > b->code) - (a->code < b->code);
}

static void learn_chars(Transform *t, const real *values, int64_t rows) {
    CharCount *count = allocate(CODE_POINTS, sizeof *count);
    int64_t n = 0, room = t->after.classes - RESERVED_TOKENS, rare = 0;
    for (int64_t i = 0; i < rows * space_size(&t->before); i++) count[(int32_t)values[i]].count++;
    for (int32_t code = 1; code < CODE_POINTS; code++)
        if (count[code].count > 0) count[n++] = (CharCount){code, count[code].count};
    qsort(count, (size_t)n, sizeof *count, more_frequent_char);
    for (int64_t i = 0; i < n && i < room; i++)
        t->stat[0][RESERVED_TOKENS + i] = (real)count[i].code;
    for (int64_t i = room; i < n; i++) rare += count[i].count;
    if (n > room)
        note("data: %s: %" PRId64 " of %" PRId64 " different characters do not fit in %" PRId64
             " classes: they become 'unknown', %" PRId64 " times",
             t->path, n - room, n, t->after.classes, rare);
    free(count);
}

static int32_t class_of_char(const CharTable *table, real value) {
    CharClass key = {(int32_t)value, 0};
    const CharClass *found = bsearch(&key, table->at, (size_t)table->n, sizeof *table->at, by_code);
    return found != NULL ? found->class : TOKEN_UNKNOWN;
}

static void apply_chars(const Transform *t, const GenRun *run, const real *from, real *to,
                        int64_t rows) {
    (void)run;
    int64_t n = rows * space_size(&t->before);
#pragma omp parallel for if (n > 1 << 14)
    for (int64_t i = 0; i < n; i++) to[i] = (real)class_of_char(t->memo, from[i]);
}

void tokens_undone(Space *now) {
    now->low = now->high = now->level = 0;
    now->classes = 0;
    now->tokens = false;
}

/* What follows the end, or padding, is nothing. */
static void undo_chars(const Transform *t, Space *now, real *values, int64_t rows) {
    int64_t length = now->rank > 0 ? now->dim[now->rank - 1] : 1;
    for (int64_t first = 0; first < rows * space_size(now); first += length) {
        bool ended = false;
        for (int64_t i = first; i < first + length; i++) {
            int64_t class = (int64_t)values[i];
            ended = ended || class < TOKEN_UNKNOWN;
            real code = class < t->stat_known[0] ? t->stat[0][class] : 0;
            values[i] = ended ? 0 : is_code_point(code) ? code : (real)NO_CHARACTER;
        }
    }
    tokens_undone(now);
}

const TransformKind transform_chars = {.name = "chars",
                                       .on = TO_TOKENS,
                                       .describe = describe_chars,
                                       .learn = learn_chars,
                                       .apply = apply_chars,
                                       .undo = undo_chars};
