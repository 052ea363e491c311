/* Sequences: text, sound and video are read as they are or refused at a place; they become examples
 * of one length by padding or by windows, and go back to what people read, hear and see. */
#include "rt_test.h"

#include "calls.h"
#include "data/data.h"

/* ---- one source through transforms, as generated code describes it ---- */

enum { MOST_TRANSFORMS = 3 };

static GenDatum datum[2];
static GenSource source;
static GenPipeline pipeline;
static GenCall calls[1 + MOST_TRANSFORMS];
static GenArg source_args[3], transform_args[MOST_TRANSFORMS][3];
static GenProgram program;
static GenModel model;

/* Of index(classes) if there are classes. */
static GenShape shape_of(int64_t classes, int rank, int64_t a, int64_t b, int64_t c) {
    return (GenShape){.kind = classes > 0 ? GEN_INDEX : GEN_REAL,
                      .classes = classes,
                      .rank = rank,
                      .dim = {a, b, c}};
}

static void use_source(const char *name, const char *files, GenShape shape) {
    datum[0] = (GenDatum){"x", shape, "x, test.gen:1:1"};
    source_args[0] = (GenArg){"files", GEN_TEXT, 0, files};
    calls[0] = CALL(name, files != NULL, source_args);
    pipeline = (GenPipeline){1, calls};
    source = (GenSource){0, 1, 1, &pipeline, false};
    program = (GenProgram){.batch = 64};
    model = (GenModel){.name = "test",
                       .folder = ".",
                       .version = "0",
                       .n_data = 1,
                       .data = datum,
                       .n_sources = 1,
                       .sources = &source,
                       .n_programs = 1,
                       .programs = &program,
                       .test_fraction = 0.1};
}

/* The held-out part by a file of its own, so that the training part is all of `files`. */
static void use_test(const char *files) {
    source_args[calls[0].n_args++] = (GenArg){"test", GEN_TEXT, 0, files};
}

static void then(const char *name, int n_args, double a, double b) {
    int i = pipeline.n_calls++ - 1;
    transform_args[i][0] = (GenArg){NULL, GEN_NUMBER, a, NULL};
    transform_args[i][1] = (GenArg){NULL, GEN_NUMBER, b, NULL};
    calls[i + 1] = CALL(name, n_args, transform_args[i]);
}

static void also(const char *name, int64_t classes) {
    datum[1] = (GenDatum){name, shape_of(classes, 0, 0, 0, 0), "y, test.gen:1:9"};
    source.n_datums = model.n_data = 2;
}

static Dataset *loaded(void) {
    Dataset *data = dataset_new(whole_model(&model), NULL, false);
    dataset_choose_alternative(data);
    dataset_load(data);
    return data;
}

static void take(Dataset *data, int of, int part, int64_t rows, void *to) {
    GenInput input = {.name = "x", .datum = of, .shape = datum[of].shape, .at = to};
    GenRun run = {.stream = 3};
    Batch batch = {part, 0, rows, 1, false, 0};
    dataset_fill(data, &batch, &run, 1, &input);
}

static int load_in_child(void *unused) {
    (void)unused;
    loaded();
    return 0;
}

static void ck_assert_refused(const char *message) {
    ck_assert_int_eq(in_child(load_in_child, NULL), 1);
    ck_assert_said(message);
}

static void write_text_file(const char *path, const char *text) {
    write_bytes(path, text, strlen(text));
}

/* The characters of one example, as a sample shows it. */
static char *shown_text(Dataset *data, const int32_t *class, int64_t n) {
    Space space;
    int64_t packed;
    ck_assert(dataset_shown(data, 0, &space, &packed));
    ck_assert_int_eq(space.media, MEDIA_TEXT);
    int64_t room = space_size(&space);
    real *values = allocate(room > n ? room : n, sizeof *values);
    char *text = allocate(4 * room + 1, 1), *to = text;
    for (int64_t i = 0; i < n; i++) values[i] = class[i];
    dataset_undo(data, 0, values, 1);
    for (int64_t i = 0; i < room && values[i] != 0; i++)
        to += values[i] < 128 ? sprintf(to, "%c", (int)values[i])
                              : sprintf(to, "<%x>", (unsigned)values[i]);
    free(values);
    return text;
}

/* ---- text ---- */

START_TEST(a_line_is_a_sequence_with_an_end_and_padding) {
    int32_t got[2][6];
    write_text_file("a.txt", "abba\n\nba\n");
    use_source("text", "a.txt", shape_of(8, 1, 6, 0, 0));
    use_test("a.txt");
    then("chars", 1, 8, 0);
    Dataset *data = loaded();
    ck_assert_int_eq(dataset_count(data, TRAINING), 2);
    take(data, 0, TRAINING, 2, got);
    const int32_t want[2][6] = {{3, 4, 4, 3, 1, 0}, {4, 3, 1, 0, 0, 0}}; /* equal counts: a, b */
    ck_assert_mem_eq(got, want, sizeof want);
    ck_assert_str_eq(shown_text(data, got[0], 6), "abba");
    ck_assert_str_eq(shown_text(data, got[1], 6), "ba");
}
END_TEST

START_TEST(a_line_as_long_as_declared_has_no_end_and_a_longer_one_is_cut) {
    int32_t got[2][3];
    write_text_file("a.txt", "bab\naaaab");
    use_source("text", "a.txt", shape_of(8, 1, 3, 0, 0));
    use_test("a.txt");
    then("chars", 1, 8, 0);
    take(loaded(), 0, TRAINING, 2, got);
    const int32_t want[2][3] = {{4, 3, 4}, {3, 3, 3}};
    ck_assert_mem_eq(got, want, sizeof want);
    ck_assert_int_eq(in_child(load_in_child, NULL), 0);
    ck_assert_said("1 of 2 sequences are longer than 3");
}
END_TEST

START_TEST(rare_characters_are_unknown_and_shown_as_such) {
    int32_t got[4];
    write_text_file("a.txt", "aabbbc\xe5\xa4\xa9\n");
    use_source("text", "a.txt", shape_of(5, 1, 7, 0, 0));
    use_test("a.txt");
    then("chars", 1, 5, 0);
    Dataset *data = loaded();
    int32_t all[7];
    take(data, 0, TRAINING, 1, all);
    const int32_t want[7] = {4, 4, 3, 3, 3, 2, 2};
    ck_assert_mem_eq(all, want, sizeof want);
    memcpy(got, all + 3, sizeof got);
    ck_assert_str_eq(shown_text(data, all, 7), "aabbb<fffd><fffd>");
    ck_assert_int_eq(in_child(load_in_child, NULL), 0);
    ck_assert_said("2 of 4 different characters do not fit in 5 classes");
}
END_TEST

START_TEST(a_byte_order_mark_and_carriage_returns_are_no_characters) {
    int32_t got[2][4];
    write_text_file("a.txt", "\xef\xbb\xbf"
                             "ab\r\nb\r\n");
    use_source("text", "a.txt", shape_of(6, 1, 4, 0, 0));
    use_test("a.txt");
    then("chars", 1, 6, 0);
    take(loaded(), 0, TRAINING, 2, got);
    const int32_t want[2][4] = {{4, 3, 1, 0}, {3, 1, 0, 0}};
    ck_assert_mem_eq(got, want, sizeof want);
}
END_TEST

static const struct {
    const char *bytes;
    const char *message;
} bad_text[] = {
    {"", "a.txt: is empty"},
    {"\n\r\n\n", "a.txt: has nothing but empty lines"},
    {"good\nb\xff\n", "a.txt:2: byte 2 of the line (0xff) is not UTF-8: no character begins so"},
    {"\x80", "a.txt:1: byte 1 of the line (0x80) is not UTF-8: no character begins so"},
    {"a\n\xe5\xa4z",
     "a.txt:2: byte 1 of the line (0xe5) is not UTF-8: the character is not complete"},
    {"aa\xe5\xa4", "byte 3 of the line (0xe5) is not UTF-8: the file ends within the character"},
    {"\xc0\xaf", "(0xc0) is not UTF-8: no character begins so"},
    {"\xe0\x80\xaf", "(0xe0) is not UTF-8: the character is written longer than it is"},
    {"\xed\xa0\x80", "(0xed) is not UTF-8: half of a UTF-16 pair"},
    {"\xf4\x90\x80\x80", "(0xf4) is not UTF-8: beyond the last character"},
    {"\xe5\xa4\xa9"
     "b\xfe",
     "a.txt:1: byte 5 of the line (0xfe) is not UTF-8"},
};

START_TEST(bad_text_is_refused_at_its_line_and_byte) {
    write_text_file("a.txt", bad_text[_i].bytes);
    use_source("text", "a.txt", shape_of(8, 1, 4, 0, 0));
    then("chars", 1, 8, 0);
    ck_assert_refused(bad_text[_i].message);
}
END_TEST

START_TEST(a_zero_byte_is_no_text) {
    write_bytes("a.txt", "ab\0c", 4);
    use_source("text", "a.txt", shape_of(8, 1, 4, 0, 0));
    then("chars", 1, 8, 0);
    ck_assert_refused("a.txt:1: byte 3 of the line is 0: not a text file");
}
END_TEST

START_TEST(a_missing_text_is_named) {
    use_source("text", "none.txt", shape_of(8, 1, 4, 0, 0));
    then("chars", 1, 8, 0);
    ck_assert_refused("none.txt: there are no .txt files by this name");
}
END_TEST

START_TEST(sequences_need_a_declared_length) {
    write_text_file("a.txt", "ab\ncd\n");
    use_source("text", "a.txt", shape_of(8, 0, 0, 0, 0));
    then("chars", 1, 8, 0);
    ck_assert_refused("declare a length");
}
END_TEST

/* ---- words ---- */

START_TEST(words_are_runs_of_letters_and_marks_stand_alone) {
    int32_t got[2][8];
    write_text_file("a.txt", "The cat's (big) hat, the hat.\n\xe6\x98\xa5\xe7\x9c\xa0 hat hat\n");
    use_source("text", "a.txt", shape_of(20, 1, 8, 0, 0));
    use_test("a.txt");
    then("words", 1, 20, 0);
    Dataset *data = loaded();
    take(data, 0, TRAINING, 2, got);
    ck_assert_int_eq(got[0][5], 3); /* hat, the most frequent */
    ck_assert_int_eq(got[0][5], got[1][2]);
    ck_assert_int_eq(got[1][4], TOKEN_END);
    ck_assert_int_eq(got[1][5], TOKEN_PADDING);
    ck_assert_str_eq(shown_text(data, got[0], 8), "The cat's (big) hat, the");
    ck_assert_str_eq(shown_text(data, got[1], 8), "<6625><7720>hat hat");
}
END_TEST

START_TEST(a_word_ends_where_its_line_ends) {
    int32_t got[2][3];
    write_text_file("a.txt", "sun\nday\n");
    use_source("text", "a.txt", shape_of(9, 1, 3, 0, 0));
    use_test("a.txt");
    then("words", 1, 9, 0);
    take(loaded(), 0, TRAINING, 2, got);
    const int32_t want[2][3] = {{4, 1, 0}, {3, 1, 0}};
    ck_assert_mem_eq(got, want, sizeof want);
}
END_TEST

/* ---- what was learned comes back from a checkpoint ---- */

static const char *const token_transform[] = {"chars", "words"};

START_TEST(a_vocabulary_is_kept_in_the_checkpoint) {
    int32_t got[2][8], again[2][8];
    write_text_file("a.txt", "b ba c\nbc a b\n");
    use_source("text", "a.txt", shape_of(9, 1, 8, 0, 0));
    use_test("a.txt");
    then(token_transform[_i], 1, 9, 0);
    Dataset *data = loaded();
    take(data, 0, TRAINING, 2, got);
    Checkpoint checkpoint = {0};
    dataset_save(data, &checkpoint);
    checkpoint_write("c.safetensors", &checkpoint);

    write_text_file("a.txt", "c ac b\nbc a c c c\n"); /* other counts, the old vocabulary */
    Dataset *other = dataset_new(whole_model(&model), NULL, false);
    CheckpointFile *file = checkpoint_open("c.safetensors");
    dataset_restore(other, file);
    ck_assert_str_eq(shown_text(other, got[0], 8), "b ba c"); /* without any data */
    dataset_load(other);
    take(other, 0, TRAINING, 2, again);
    ck_assert_int_eq(again[1][0], got[1][0]);
    ck_assert_str_eq(shown_text(other, got[1], 8), "bc a b");
}
END_TEST

/* ---- windows ---- */

static const struct {
    int64_t stride, count, second;
} strides[] = {{0, 4, 4}, {4, 4, 4}, {1, 14, 1}, {3, 5, 3}, {7, 2, 7}};

START_TEST(windows_begin_every_stride_places) {
    int32_t got[14][4];
    write_text_file("a.txt", "abcdefgh\njklmnopq"); /* 17 with the newline */
    use_source("text", "a.txt", shape_of(30, 1, 4, 0, 0));
    use_test("a.txt");
    then("chars", 1, 30, 0);
    then("windows", strides[_i].stride > 0 ? 2 : 1, 4, (double)strides[_i].stride);
    Dataset *data = loaded();
    ck_assert_int_eq(dataset_count(data, TRAINING), strides[_i].count);
    ck_assert_int_eq(dataset_count(data, HELD_OUT), 4); /* these never overlap */
    take(data, 0, TRAINING, strides[_i].count, got);
    char want[5] = {0};
    memcpy(want, "abcdefgh\njklmnopq" + strides[_i].second, 4);
    ck_assert_str_eq(shown_text(data, got[1], 4), want);
}
END_TEST

START_TEST(the_end_of_a_running_text_is_held_out) {
    char text[201] = {0};
    int32_t got[1][10];
    for (int i = 0; i < 200; i++) text[i] = (char)('a' + i / 10);
    write_text_file("a.txt", text);
    use_source("text", "a.txt", shape_of(30, 1, 10, 0, 0));
    then("chars", 1, 30, 0);
    then("windows", 2, 10, 1);
    Dataset *data = loaded();
    ck_assert_int_eq(dataset_count(data, TRAINING), 171);
    ck_assert_int_eq(dataset_count(data, HELD_OUT), 2);
    take(data, 0, HELD_OUT, 1, got);
    ck_assert_int_eq(got[0][0], TOKEN_UNKNOWN); /* these letters were never trained on */
    take(data, 0, TRAINING, 1, got);
    ck_assert_str_eq(shown_text(data, got[0], 10), "aaaaaaaaaa");
}
END_TEST

START_TEST(windows_held_out_can_share_places) {
    int32_t got[8][3];
    write_text_file("a.txt", "abcdefghijklmnopq");
    use_source("text", "a.txt", shape_of(30, 1, 3, 0, 0));
    use_test("a.txt");
    then("chars", 1, 30, 0);
    then("windows", 3, 3, 1);
    transform_args[1][2] = (GenArg){"shared", GEN_NUMBER, 1, NULL};
    Dataset *data = loaded();
    ck_assert_int_eq(dataset_count(data, TRAINING), 15);
    ck_assert_int_eq(dataset_count(data, HELD_OUT), 8);
    take(data, 0, HELD_OUT, 8, got);
    for (int i = 0; i < 8;
         i++) { /* each but the first of all is once not the first of its window */
        const char want[] = {(char)('a' + 2 * i), (char)('b' + 2 * i), (char)('c' + 2 * i), 0};
        ck_assert_str_eq(shown_text(data, got[i], 3), want);
    }
    transform_args[1][2].number = 3;
    ck_assert_refused("windows of 3 cannot share 3 places");
}
END_TEST

START_TEST(the_last_examples_can_be_held_out) {
    real numbers[10], got[10];
    for (int i = 0; i < 10; i++) numbers[i] = i;
    npy_write("a.npy", GEN_REAL, 1, (int64_t[]){10}, numbers);
    use_source("npy", "a.npy", shape_of(0, 0, 0, 0, 0));
    source_args[0].name = "file";
    then("split", 2, 0.3, 0);
    transform_args[0][1] = (GenArg){"last", GEN_WORD, 0, "last"};
    Dataset *data = loaded();
    ck_assert_int_eq(dataset_count(data, TRAINING), 7);
    ck_assert_int_eq(dataset_count(data, HELD_OUT), 3);
    take(data, 0, TRAINING, 7, got);
    take(data, 0, HELD_OUT, 3, got + 7);
    ck_assert_mem_eq(got, numbers, sizeof got);
}
END_TEST

START_TEST(data_read_in_step_hold_out_the_same_examples) {
    static GenSource sources[2];
    static GenPipeline other;
    real numbers[10] = {0};
    npy_write("a.npy", GEN_REAL, 1, (int64_t[]){10}, numbers);
    use_source("npy", "a.npy", shape_of(0, 0, 0, 0, 0));
    source_args[0].name = "file";
    then("split", 2, 0.3, 0);
    transform_args[0][1] = (GenArg){"last", GEN_WORD, 0, "last"};
    other = (GenPipeline){1, calls};
    datum[1] = datum[0];
    sources[0] = source;
    sources[1] = (GenSource){1, 1, 1, &other, false};
    model.n_data = model.n_sources = 2;
    model.sources = sources;
    ck_assert_refused("a.npy: holds out by a shuffle, the data before it their last examples");
}
END_TEST

START_TEST(a_sequence_shorter_than_its_window_is_refused) {
    write_text_file("a.txt", "abc");
    use_source("text", "a.txt", shape_of(9, 1, 4, 0, 0));
    use_test("a.txt");
    then("chars", 1, 9, 0);
    then("windows", 1, 4, 0);
    ck_assert_refused("a.txt: ends after 3 characters, within its first window of 4");
}
END_TEST

START_TEST(windows_are_cut_out_of_arrays_too) {
    real numbers[2][6], got[6][2];
    for (int i = 0; i < 12; i++) numbers[i / 6][i % 6] = i;
    npy_write("a.npy", GEN_REAL, 2, (int64_t[]){2, 6}, numbers);
    use_source("npy", "a.npy", shape_of(0, 1, 2, 0, 0));
    source_args[0].name = "file";
    use_test("a.npy");
    then("windows", 2, 2, 2);
    then("scale", 2, 0, 11); /* copies: something follows */
    Dataset *data = loaded();
    ck_assert_int_eq(dataset_count(data, TRAINING), 6);
    take(data, 0, TRAINING, 6, got);
    for (int i = 0; i < 12; i++) ck_assert_double_eq_tol(got[i / 2][i % 2], i, 1e-12);
}
END_TEST

/* ---- sound ---- */

/* A WAV file; `format` 1 is PCM, 3 float, 0xfffe extensible (with format 1 inside). */
static void write_wav(const char *path, int format, int channels, int rate, int bits,
                      const void *samples, uint32_t bytes, uint32_t said_bytes) {
    unsigned char head[68] = "RIFF....WAVEfmt ";
    uint32_t format_bytes = format == 0xfffe ? 40 : 16, n = 20 + format_bytes;
    uint16_t words[] = {(uint16_t)format, (uint16_t)channels};
    uint32_t rates[] = {(uint32_t)rate, (uint32_t)(rate * channels * bits / 8)};
    uint16_t block[] = {(uint16_t)(channels * bits / 8), (uint16_t)bits}, pcm = 1;
    static const unsigned char rest[] = {0, 0, 0, 0, 16, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71};
    uint32_t riff = n + bytes;
    memcpy(head + 4, &riff, 4);
    memcpy(head + 16, &format_bytes, 4);
    memcpy(head + 20, words, 4);
    memcpy(head + 24, rates, 8);
    memcpy(head + 32, block, 4);
    if (format == 0xfffe) {
        head[36] = 22;
        head[38] = (unsigned char)bits;
        memcpy(head + 44, &pcm, 2);
        memcpy(head + 46, rest, sizeof rest);
    }
    memcpy(head + n, "data", 4);
    memcpy(head + n + 4, &said_bytes, 4);
    FILE *file = fopen(path, "wb");
    fwrite(head, 1, n + 8, file);
    fwrite(samples, 1, bytes, file);
    fclose(file);
}

static void write_short_wav(const char *path, int rate, const int16_t *samples, uint32_t n) {
    write_wav(path, 1, 1, rate, 16, samples, 2 * n, 2 * n);
}

static const unsigned char sound_bytes[] = {0, 128, 255, 64, 0, 0, 0, 192, 255, 127, 0, 0};

static const struct {
    int format, channels, bits;
    double want[3];
} sounds[] = {
    {1, 1, 8, {-1, 0, 127.0 / 128}},
    {1, 1, 16, {-32768.0 / 32768, 16639.0 / 32768, 0}},
    {1, 1, 24, {-32768.0 / 8388608, 64.0 / 8388608, -16384.0 / 8388608}},
    {1, 1, 32, {1090486272.0 / 2147483648.0, -1073741824.0 / 2147483648.0, 32767.0 / 2147483648}},
    {1, 2, 16, {(-32768.0 + 16639) / 65536, -16384.0 / 65536, 32767.0 / 65536}},
    {0xfffe, 1, 16, {-32768.0 / 32768, 16639.0 / 32768, 0}},
};

START_TEST(whole_number_samples_of_every_width_are_read) {
    real got[3];
    write_wav("a.wav", sounds[_i].format, sounds[_i].channels, 8000, sounds[_i].bits, sound_bytes,
              12, 12);
    use_source("wav", "a.wav", shape_of(0, 1, 3, 0, 0));
    use_test("a.wav");
    Dataset *data = loaded();
    take(data, 0, TRAINING, 1, got);
    for (int i = 0; i < 3; i++) ck_assert_double_eq_tol(got[i], sounds[_i].want[i], 1e-12);
    Space space;
    int64_t packed;
    ck_assert(dataset_shown(data, 0, &space, &packed));
    ck_assert_int_eq(space.media, MEDIA_SOUND);
    ck_assert_double_eq(space.rate, 8000);
}
END_TEST

START_TEST(a_short_sound_is_followed_by_silence) {
    real got[4];
    write_short_wav("a.wav", 8000, (int16_t[]){16384, -16384}, 2);
    use_source("wav", "a.wav", shape_of(0, 1, 4, 0, 0));
    use_test("a.wav");
    then("scale", 2, 1, 3);
    take(loaded(), 0, TRAINING, 1, got);
    const real want[] = {2.5, 1.5, 2, 2};
    for (int i = 0; i < 4; i++) ck_assert_double_eq_tol(got[i], want[i], 1e-12);
}
END_TEST

static const struct {
    int format, channels, rate, bits;
    uint32_t bytes, said;
    const char *message;
} bad_sounds[] = {
    {1, 1, 16000, 16, 4, 4, "b.wav: has 16000 samples a second (at byte 24), but ./a.wav has 8000"},
    {3, 1, 8000, 32, 8, 8, "b.wav: has float samples (format 3 of 32 bits, at byte 20)"},
    {7, 1, 8000, 8, 8, 8, "b.wav: has compressed samples (format 7, at byte 20)"},
    {1, 1, 8000, 16, 6, 10,
     "b.wav: truncated: its header says 5 samples, and it ends within sample 3, "
     "after 50 bytes"},
    {1, 1, 8000, 16, 0, 0, "b.wav: has no samples"},
    {1, 0, 8000, 16, 4, 4, "b.wav: corrupt: its header says 0 channels"},
    {1, 1, 0, 16, 4, 4, "b.wav: corrupt: its header says 1 channels of 16 bits at 0 Hz"},
    {1, 1, 8000, 12, 4, 4, "b.wav: corrupt: its header says 1 channels of 12 bits"},
};

START_TEST(a_bad_sound_is_refused_with_its_name_and_place) {
    write_short_wav("a.wav", 8000, (int16_t[]){1, 2}, 2);
    write_wav("b.wav", bad_sounds[_i].format, bad_sounds[_i].channels, bad_sounds[_i].rate,
              bad_sounds[_i].bits, sound_bytes, bad_sounds[_i].bytes, bad_sounds[_i].said);
    use_source("wav", "*.wav", shape_of(0, 1, 3, 0, 0));
    ck_assert_refused(bad_sounds[_i].message);
}
END_TEST

START_TEST(every_truncation_of_a_sound_is_refused) {
    write_short_wav("whole.wav", 8000, (int16_t[]){1, 2, 3}, 3);
    unsigned char whole[50];
    FILE *file = fopen("whole.wav", "rb");
    ck_assert_uint_eq(fread(whole, 1, 50, file), 50);
    fclose(file);
    use_source("wav", "a.wav", shape_of(0, 1, 3, 0, 0));
    for (size_t n = 0; n < 50; n++) {
        write_bytes("a.wav", whole, n);
        ck_assert_int_eq(in_child(load_in_child, NULL), 1);
        ck_assert_said("a.wav: ");
    }
}
END_TEST

START_TEST(the_parts_of_a_name_are_values) {
    real sound[2];
    int32_t class[4];
    static const char *const names[] = {"3_ann_0.wav", "1_zoe_0.wav", "3_bob_7.wav", "0_ann_1.wav"};
    for (int i = 0; i < 4; i++) write_short_wav(names[i], 8000, (int16_t[]){1, 2}, 2);
    (void)sound;
    use_source("wav", "*.wav", shape_of(0, 1, 2, 0, 0));
    use_test("*.wav");
    also("y", 4);
    take(loaded(), 1, TRAINING, 4, class);
    const int32_t digit[] = {0, 1, 3, 3};
    ck_assert_mem_eq(class, digit, sizeof digit);
    datum[1].shape.classes = 3;
    ck_assert_refused("*.wav: example 2: 3 is not one of the classes 0 to 2 (y, test.gen:1:9)");
}
END_TEST

START_TEST(names_are_numbered_in_alphabetical_order) {
    int32_t class[3];
    static const char *const names[] = {"zoe.wav", "ann.wav", "bob.wav"};
    for (int i = 0; i < 3; i++) write_short_wav(names[i], 8000, (int16_t[]){1, 2}, 2);
    use_source("wav", "*.wav", shape_of(0, 1, 2, 0, 0));
    use_test("zoe.wav");
    also("y", 3);
    Dataset *data = loaded();
    take(data, 1, TRAINING, 3, class);
    for (int i = 0; i < 3; i++) ck_assert_int_eq(class[i], i);
    take(data, 1, HELD_OUT, 1, class);
    ck_assert_int_eq(class[0], 2);
}
END_TEST

static void train_on_names(const char *const *names, int n) {
    for (int i = 0; i < n; i++) write_short_wav(names[i], 8000, (int16_t[]){1, 2}, 2);
    use_source("wav", "*.wav", shape_of(0, 1, 2, 0, 0));
    use_test("*.wav");
    also("y", 10);
    Checkpoint checkpoint = {0};
    dataset_save(loaded(), &checkpoint);
    checkpoint_write("c.safetensors", &checkpoint);
    for (int i = 0; i < n; i++) ck_assert_int_eq(remove(names[i]), 0);
}

static Dataset *loaded_after_training(void) {
    Dataset *data = dataset_new(whole_model(&model), NULL, false);
    dataset_restore(data, checkpoint_open("c.safetensors"));
    dataset_load(data);
    return data;
}

static int load_after_training(void *unused) {
    (void)unused;
    loaded_after_training();
    return 0;
}

START_TEST(names_mean_what_they_meant_in_training) {
    int32_t class[2];
    static const char *const names[] = {"zoe.wav", "ann.wav", "bo b.wav"};
    train_on_names(names, 3);
    write_short_wav("zoe.wav", 8000, (int16_t[]){1, 2}, 2);
    take(loaded_after_training(), 1, TRAINING, 1, class);
    ck_assert_int_eq(class[0], 2);
    write_short_wav("zo.wav", 8000, (int16_t[]){1, 2}, 2);
    ck_assert_int_eq(in_child(load_after_training, NULL), 1);
    ck_assert_said("zo.wav: 'zo' is none of the words of training: ann bo b zoe (y, test.gen:1:9)");
}
END_TEST

START_TEST(names_that_were_numbers_stay_numbers) {
    int32_t class[1];
    static const char *const names[] = {"3.wav", "9.wav"};
    train_on_names(names, 2);
    write_short_wav("7.wav", 8000, (int16_t[]){1, 2}, 2);
    take(loaded_after_training(), 1, TRAINING, 1, class);
    ck_assert_int_eq(class[0], 7);
    write_short_wav("x.wav", 8000, (int16_t[]){1, 2}, 2);
    ck_assert_int_eq(in_child(load_after_training, NULL), 1);
    ck_assert_said("x.wav: 'x' is no number, and in training all were (y, test.gen:1:9)");
}
END_TEST

START_TEST(each_window_of_a_sound_has_its_values) {
    int32_t class[5];
    int16_t samples[7] = {0};
    write_short_wav("2_a.wav", 8000, samples, 7);
    write_short_wav("1_a.wav", 8000, samples, 4);
    use_source("wav", "*.wav", shape_of(16, 1, 2, 0, 0));
    use_test("2_a.wav");
    also("y", 3);
    then("mulaw", 1, 16, 0);
    then("windows", 1, 2, 0);
    Dataset *data = loaded();
    ck_assert_int_eq(dataset_count(data, TRAINING), 5);
    take(data, 1, TRAINING, 5, class);
    const int32_t want[] = {1, 1, 2, 2, 2};
    ck_assert_mem_eq(class, want, sizeof want);
}
END_TEST

START_TEST(mulaw_is_finest_where_it_is_soft_and_is_undone) {
    enum { N = 2001 };
    int16_t samples[N];
    int32_t class[N];
    for (int i = 0; i < N; i++) samples[i] = (int16_t)((i - N / 2) * 32);
    write_short_wav("a.wav", 8000, samples, N);
    use_source("wav", "a.wav", shape_of(256, 1, N, 0, 0));
    use_test("a.wav");
    then("mulaw", 1, 256, 0);
    Dataset *data = loaded();
    take(data, 0, TRAINING, 1, class);
    real back[N];
    for (int i = 0; i < N; i++) back[i] = class[i];
    dataset_undo(data, 0, back, 1);
    for (int i = 0; i < N; i++) {
        double x = samples[i] / 32768.0;
        ck_assert_double_le(fabs(back[i] - x), 0.022 * (fabs(x) + 1.0 / 255)); /* half a step */
        if (i > 0) ck_assert_int_ge(class[i], class[i - 1]);
    }
    /* formula of the paper, at 1/4: (1 + ln(1 + 255/4) / ln 256) / 2 * 255 = 223.3 */
    ck_assert_int_eq(class[N / 2 + 256], 223);
}
END_TEST

/* ---- video ---- */

static void write_frame(const char *path, unsigned char grey) {
    Picture picture = picture_new(2, 1, 1, grey);
    picture_write(path, &picture);
    picture_free(&picture);
}

static void write_clip(const char *folder, int frames, unsigned char first) {
    char path[64];
    make_folders(folder);
    for (int i = 0; i < frames; i++) {
        snprintf(path, sizeof path, "%s/f%d.png", folder, i);
        write_frame(path, (unsigned char)(first + i));
    }
}

START_TEST(a_folder_of_folders_is_clips_and_frames_go_by_their_numbers) {
    real got[2][12][2];
    write_clip("clips/b", 12, 100);
    write_clip("clips/a", 12, 0);
    use_source("frames", "clips", shape_of(0, 3, 12, 1, 2));
    use_test("clips");
    Dataset *data = loaded();
    take(data, 0, TRAINING, 2, got);
    for (int i = 0; i < 24; i++) ck_assert_double_eq(got[i / 12][i % 12][1], i / 12 * 100 + i % 12);
    Space space;
    int64_t packed;
    ck_assert(dataset_shown(data, 0, &space, &packed));
    ck_assert_int_eq(space.media, MEDIA_VIDEO);
}
END_TEST

START_TEST(clips_of_several_lengths_need_windows) {
    real got[3][2][2];
    write_clip("clips/a", 4, 0);
    write_clip("clips/b", 3, 50);
    use_source("frames", "clips", shape_of(0, 3, 2, 1, 2));
    use_test("clips");
    ck_assert_refused("clips/a: has 4 frames, expected 2");
    then("windows", 1, 2, 0);
    Dataset *data = loaded();
    ck_assert_int_eq(dataset_count(data, TRAINING), 3);
    take(data, 0, TRAINING, 3, got);
    ck_assert_double_eq(got[1][1][0], 3);
    ck_assert_double_eq(got[2][0][0], 50);
    pipeline.n_calls = 1;
    then("windows", 1, 4, 0);
    datum[0].shape.dim[0] = 4;
    ck_assert_refused("clips/b: ends after 3 frames, within its first window of 4");
}
END_TEST

START_TEST(an_empty_clip_is_refused) {
    write_clip("clips/a", 2, 0);
    make_folders("clips/b");
    use_source("frames", "clips", shape_of(0, 3, 2, 1, 2));
    ck_assert_refused("clips/b: has no .png files");
}
END_TEST

/* ---- arrays ---- */

START_TEST(a_class_out_of_range_is_named_by_example_and_element) {
    real numbers[3][2] = {{0, 1}, {2, 1}, {1, 3}};
    npy_write("a.npy", GEN_REAL, 2, (int64_t[]){3, 2}, numbers);
    use_source("npy", "a.npy", shape_of(3, 1, 2, 0, 0));
    source_args[0].name = "file";
    ck_assert_refused("a.npy: example 2, element 1: 3 is not one of the classes 0 to 2");
}
END_TEST

/* ---- built in ---- */

START_TEST(built_in_sequences_have_their_lengths) {
    int32_t note_number[4];
    real tone[4][100], clip[2][4 * 9];
    static const GenArg four = {"n", GEN_NUMBER, 4, NULL};
    use_source("tones", NULL, shape_of(0, 1, 100, 0, 0));
    source_args[calls[0].n_args++] = four;
    source_args[calls[0].n_args++] = (GenArg){"length", GEN_NUMBER, 100, NULL};
    also("y", 8);
    Dataset *data = loaded();
    take(data, 0, TRAINING, 4, tone);
    take(data, 1, TRAINING, 4, note_number);
    for (int i = 0; i < 400; i++) ck_assert(fabs(tone[i / 100][i % 100]) <= 1);
    use_source("bouncing", NULL, shape_of(0, 3, 4, 3, 3));
    source_args[calls[0].n_args++] = four;
    source_args[calls[0].n_args++] = (GenArg){"frames", GEN_NUMBER, 4, NULL};
    source_args[calls[0].n_args++] = (GenArg){"size", GEN_NUMBER, 3, NULL};
    take(loaded(), 0, TRAINING, 2, clip);
    use_source("rhymes", NULL, shape_of(40, 1, 24, 0, 0));
    then("chars", 1, 40, 0);
    int32_t line[8][24];
    data = loaded();
    ck_assert_int_eq(dataset_count(data, TRAINING), 5000);
    take(data, 0, TRAINING, 8, line);
    for (int i = 0; i < 8; i++) ck_assert_uint_ge(strlen(shown_text(data, line[i], 24)), 10);
}
END_TEST

START_TEST(no_rhyme_is_longer_than_24_characters) {
    use_source("rhymes", NULL, shape_of(40, 1, 24, 0, 0));
    then("chars", 1, 40, 0);
    ck_assert_int_eq(in_child(load_in_child, NULL), 0);
    ck_assert_msg(strstr(said, "longer") == NULL, "a rhyme is cut: %s", said);
}
END_TEST

int main(void) {
    TCase *cases = tcase_create("sequences");
    tcase_set_timeout(cases, 60);
    tcase_add_checked_fixture(cases, enter_scratch, leave_scratch);
    tcase_add_test(cases, a_line_is_a_sequence_with_an_end_and_padding);
    tcase_add_test(cases, a_line_as_long_as_declared_has_no_end_and_a_longer_one_is_cut);
    tcase_add_test(cases, rare_characters_are_unknown_and_shown_as_such);
    tcase_add_test(cases, a_byte_order_mark_and_carriage_returns_are_no_characters);
    tcase_add_loop_test(cases, bad_text_is_refused_at_its_line_and_byte, 0,
                        sizeof bad_text / sizeof *bad_text);
    tcase_add_test(cases, a_zero_byte_is_no_text);
    tcase_add_test(cases, a_missing_text_is_named);
    tcase_add_test(cases, sequences_need_a_declared_length);
    tcase_add_test(cases, words_are_runs_of_letters_and_marks_stand_alone);
    tcase_add_test(cases, a_word_ends_where_its_line_ends);
    tcase_add_loop_test(cases, a_vocabulary_is_kept_in_the_checkpoint, 0, 2);
    tcase_add_loop_test(cases, windows_begin_every_stride_places, 0,
                        sizeof strides / sizeof *strides);
    tcase_add_test(cases, the_end_of_a_running_text_is_held_out);
    tcase_add_test(cases, a_sequence_shorter_than_its_window_is_refused);
    tcase_add_test(cases, windows_held_out_can_share_places);
    tcase_add_test(cases, the_last_examples_can_be_held_out);
    tcase_add_test(cases, data_read_in_step_hold_out_the_same_examples);
    tcase_add_test(cases, windows_are_cut_out_of_arrays_too);
    tcase_add_loop_test(cases, whole_number_samples_of_every_width_are_read, 0,
                        sizeof sounds / sizeof *sounds);
    tcase_add_test(cases, a_short_sound_is_followed_by_silence);
    tcase_add_loop_test(cases, a_bad_sound_is_refused_with_its_name_and_place, 0,
                        sizeof bad_sounds / sizeof *bad_sounds);
    tcase_add_test(cases, every_truncation_of_a_sound_is_refused);
    tcase_add_test(cases, the_parts_of_a_name_are_values);
    tcase_add_test(cases, names_are_numbered_in_alphabetical_order);
    tcase_add_test(cases, names_mean_what_they_meant_in_training);
    tcase_add_test(cases, names_that_were_numbers_stay_numbers);
    tcase_add_test(cases, each_window_of_a_sound_has_its_values);
    tcase_add_test(cases, mulaw_is_finest_where_it_is_soft_and_is_undone);
    tcase_add_test(cases, a_folder_of_folders_is_clips_and_frames_go_by_their_numbers);
    tcase_add_test(cases, clips_of_several_lengths_need_windows);
    tcase_add_test(cases, an_empty_clip_is_refused);
    tcase_add_test(cases, a_class_out_of_range_is_named_by_example_and_element);
    tcase_add_test(cases, built_in_sequences_have_their_lengths);
    tcase_add_test(cases, no_rhyme_is_longer_than_24_characters);
    return run_cases("runtime sequences", cases);
}
