/* transform_words.c: each word of a text becomes a class.
 *
 * A word is a run of letters, digits and apostrophes; any other character that is no white space
 * stands alone, and so does the end of a line in running text. Han characters, kana and the like
 * stand alone too: their words are not told apart by spaces. The classes are as those of chars. */
#include "data.h"

enum { NEWLINE = '\n' };

/* ---- words in a text ---- */

static bool code_between(int32_t code, const int32_t (*range)[2], int n) {
    bool inside = false;
    for (int i = 0; i < n; i++) inside = inside || (code >= range[i][0] && code <= range[i][1]);
    return inside;
}

static bool is_space_code(int32_t c) {
    static const int32_t spaces[][2] = {{9, 9},           {11, 13},         {32, 32},
                                        {0x85, 0x85},     {0xa0, 0xa0},     {0x1680, 0x1680},
                                        {0x2000, 0x200b}, {0x2028, 0x202f}, {0x205f, 0x205f},
                                        {0x3000, 0x3000}, {0xfeff, 0xfeff}};
    return code_between(c, spaces, sizeof spaces / sizeof *spaces);
}

/* Of Unicode's blocks: punctuation, symbols, and scripts written without spaces. */
static bool stands_alone(int32_t c) {
    static const int32_t alone[][2] = {
        {0, 0x26},        {0x28, 0x2f},     {0x3a, 0x40},     {0x5b, 0x60},      {0x7b, 0xbf},
        {0xd7, 0xd7},     {0xf7, 0xf7},     {0x2010, 0x2018}, {0x201a, 0x2bff},  {0x2e00, 0xa4cf},
        {0xf900, 0xfaff}, {0xfe10, 0xfe6f}, {0xff00, 0xffef}, {0x1f000, 0x3ffff}};
    return code_between(c, alone, sizeof alone / sizeof *alone);
}

/* The next word of at[0 .. n-1] from *i on: its length, and *i where it begins; 0 at the end. */
static int64_t next_word(const real *at, int64_t n, int64_t *i) {
    while (*i < n && is_space_code((int32_t)at[*i])) ++*i;
    if (*i == n) return 0;
    int64_t end = *i + 1;
    if (stands_alone((int32_t)at[*i])) return 1;
    while (end < n && !is_space_code((int32_t)at[end]) && !stands_alone((int32_t)at[end])) end++;
    return end - *i;
}

/* ---- a table of words ---- */

typedef struct {
    const real *at;
    int64_t length, count;
    int32_t class;
} Word;

typedef struct {
    int64_t n, room; /* room: a power of 2, at least twice n */
    Word *slot;      /* length 0: free */
} WordTable;

static WordTable word_table_new(int64_t room) {
    return (WordTable){0, room, allocate(room, sizeof(Word))};
}

static Word *word_slot(const WordTable *table, const real *at, int64_t length) {
    uint64_t h = 0xcbf29ce484222325u; /* FNV-1a */
    for (int64_t i = 0; i < length; i++) h = (h ^ (uint64_t)at[i]) * 0x100000001b3u;
    uint64_t place = random_mix(h, (uint64_t)length);
    for (;; place++) {
        Word *slot = &table->slot[place & (uint64_t)(table->room - 1)];
        if (slot->length == 0) return slot;
        if (slot->length == length && memcmp(slot->at, at, (size_t)length * sizeof *at) == 0)
            return slot;
    }
}

static void word_table_grow(WordTable *table) {
    WordTable larger = word_table_new(table->room * 2);
    for (int64_t i = 0; i < table->room; i++)
        if (table->slot[i].length > 0)
            *word_slot(&larger, table->slot[i].at, table->slot[i].length) = table->slot[i];
    larger.n = table->n;
    free(table->slot);
    *table = larger;
}

/* The word's slot, taken if it was free. */
static Word *word_add(WordTable *table, const real *at, int64_t length) {
    if (2 * (table->n + 1) > table->room) word_table_grow(table);
    Word *word = word_slot(table, at, length);
    if (word->length == 0) {
        *word = (Word){at, length, 0, 0};
        table->n++;
    }
    return word;
}

/* ---- the vocabulary: a list of words, each with a 0 behind it ---- */

typedef struct {
    int64_t n;       /* words */
    const real **at; /* by class, from RESERVED_TOKENS on */
    int64_t *length;
    int64_t longest;
    WordTable table;
} Vocabulary;

static bool is_word(const real *at, int64_t length) {
    bool good = length > 0;
    for (int64_t i = 0; i < length; i++) good = good && is_code_point(at[i]);
    return good;
}

static Vocabulary *vocabulary_of(const Transform *t) {
    Vocabulary *v = allocate(1, sizeof *v);
    const real *text = t->stat[0];
    v->table = word_table_new(16);
    v->at = allocate(t->after.classes, sizeof *v->at);
    v->length = allocate(t->after.classes, sizeof *v->length);
    v->longest = 1;
    for (int64_t i = 0, first = 0; i < t->stat_known[0]; i++) {
        if (text[i] != 0) continue;
        int64_t length = i - first;
        if (is_word(text + first, length) && v->n < t->after.classes - RESERVED_TOKENS) {
            v->at[v->n] = text + first;
            v->length[v->n] = length;
            word_add(&v->table, text + first, length)->class = (int32_t)(RESERVED_TOKENS + v->n);
            if (length > v->longest) v->longest = length;
            v->n++;
        }
        first = i + 1;
    }
    return v;
}

static int more_frequent_word(const void *one, const void *other) {
    const Word *a = one, *b = other;
    if (a->count != b->count) return a->count > b->count ? -1 : 1;
    for (int64_t i = 0; i < a->length && i < b->length; i++)
        if (a->at[i] != b->at[i]) return a->at[i] < b->at[i] ? -1 : 1;
    return (a->length > b->length) - (a->length < b->length);
}

static WordTable count_words(const Rows *rows) {
    WordTable table = word_table_new(1 << 12);
    const real *at = rows->values;
    for (int64_t s = 0; s < rows->n; at += rows->length[s++])
        for (int64_t i = 0, length; (length = next_word(at, rows->length[s], &i)) > 0; i += length)
            word_add(&table, at + i, length)->count++;
    return table;
}

static void keep_words(Transform *t, const Word *word, int64_t n) {
    int64_t size = 0;
    for (int64_t i = 0; i < n; i++) size += word[i].length + 1;
    real *to = t->stat[0] = allocate(size, sizeof *to);
    t->stat_known[0] = size;
    for (int64_t i = 0; i < n; i++, *to++ = 0)
        for (int64_t k = 0; k < word[i].length; k++) *to++ = word[i].at[k];
}

static void learn_words(Transform *t, const real *values, int64_t rows) {
    (void)values, (void)rows;
    WordTable table = count_words(t->learns_from);
    int64_t n = 0, room = t->after.classes - RESERVED_TOKENS, rare = 0;
    for (int64_t i = 0; i < table.room; i++)
        if (table.slot[i].length > 0) table.slot[n++] = table.slot[i];
    qsort(table.slot, (size_t)n, sizeof *table.slot, more_frequent_word);
    for (int64_t i = room; i < n; i++) rare += table.slot[i].count;
    keep_words(t, table.slot, n < room ? n : room);
    if (n > room)
        note("data: %s: %" PRId64 " of %" PRId64 " different words do not fit in %" PRId64
             " classes: they become 'unknown', %" PRId64 " times",
             t->path, n - room, n, t->after.classes, rare);
    free(table.slot);
}

/* ---- there and back ---- */

static void cut_words(const Transform *t, Rows *rows) {
    const Vocabulary *v = t->memo;
    real *from = rows->values, *to = rows->values;
    for (int64_t s = 0; s < rows->n; s++) {
        real *first = to;
        int64_t n = rows->length[s];
        for (int64_t i = 0, length; (length = next_word(from, n, &i)) > 0; i += length) {
            const Word *word = word_slot(&v->table, from + i, length);
            *to++ = (real)(word->length > 0 ? word->class : TOKEN_UNKNOWN); /* never overtakes i */
        }
        from += n;
        rows->length[s] = to - first;
    }
}

static void describe_words(Transform *t) {
    describe_tokens(t, "words");
    if (!t->before.ragged) fail("%s: put it before windows", t->path);
    t->cut = cut_words;
    t->stat_name[0] = "vocabulary";
    t->stat_size[0] = ANY_SIZE;
    if (t->stat[0] != NULL && t->memo == NULL) t->memo = vocabulary_of(t);
}

/* Punctuation follows a word without a space; what opens is followed without one. */
static bool space_between(int32_t last, int32_t next) {
    static const char closes[] = ".,;:!?)]}%", opens[] = "([{";
    static const int32_t wide[][2] = {{0x2e80, 0xa4cf}, {0xf900, 0xfaff}, {0xff00, 0xffef}};
    int n = sizeof wide / sizeof *wide;
    if (last == 0 || last == NEWLINE || next == NEWLINE) return false;
    if (code_between(last, wide, n) || code_between(next, wide, n)) return false;
    if (next < 128 && strchr(closes, next) != NULL) return false;
    return last >= 128 || strchr(opens, last) == NULL;
}

/* One sequence's words as text, in to[room]; behind it zeros. */
static void words_to_text(const Vocabulary *v, const real *class, int64_t n, real *to,
                          int64_t room) {
    static const real no_word[1] = {0xfffd};
    int64_t used = 0;
    for (int64_t i = 0; i < n && class[i] >= TOKEN_UNKNOWN; i++) {
        int64_t w = (int64_t) class[i] - RESERVED_TOKENS;
        const real *word = w >= 0 && w < v->n ? v->at[w] : no_word;
        int64_t length = w >= 0 && w < v->n ? v->length[w] : 1;
        if (used > 0 && space_between((int32_t)to[used - 1], (int32_t)word[0])) to[used++] = ' ';
        memcpy(to + used, word, (size_t)length * sizeof *to);
        used += length;
    }
    while (used < room) to[used++] = 0;
}

/* A text has more characters than words: sequences move up, the last one first. */
static void undo_words(const Transform *t, Space *now, real *values, int64_t rows) {
    static const Vocabulary none = {.longest = 1};
    const Vocabulary *v = t->memo != NULL ? t->memo : &none;
    int64_t *last = &now->dim[now->rank - 1], n = *last, sequences = rows * space_size(now) / n;
    int64_t room = n * (v->longest + 1);
    real *class = allocate(n, sizeof *class);
    for (int64_t s = sequences - 1; s >= 0; s--) {
        memcpy(class, values + s * n, (size_t)n * sizeof *class);
        words_to_text(v, class, n, values + s * room, room);
    }
    free(class);
    *last = room;
    tokens_undone(now);
}

const TransformKind transform_words = {.name = "words",
                                       .on = TO_WORDS,
                                       .describe = describe_words,
                                       .learn = learn_words,
                                       .undo = undo_words};
