/* Data: files are read as they are or refused with a reason; transforms do and undo; what is held
 * out does not depend on the seed. */
#include "rt_test.h"

#include "calls.h"
#include "data/data.h"

/* ---- one datum from one pipeline, as generated code describes it ---- */

static GenDatum datum;
static GenSource source;
static GenPipeline pipeline[2];
static GenCall calls[6];
static GenArg source_args[4];
static GenProgram program;
static GenModel model;

static void describe_model(GenShape shape, const char *source_name, int n_args, int n_transforms) {
    datum = (GenDatum){"x", shape, "x, test.gen:1:1"};
    calls[0] = CALL(source_name, n_args, source_args);
    pipeline[0] = (GenPipeline){1 + n_transforms, calls};
    source = (GenSource){0, 1, 1, pipeline, false};
    program = (GenProgram){.batch = 8};
    model = (GenModel){.name = "test",
                       .folder = ".",
                       .n_data = 1,
                       .data = &datum,
                       .n_sources = 1,
                       .sources = &source,
                       .n_programs = 1,
                       .programs = &program,
                       .test_fraction = 0.1};
}

static GenShape real_shape(int rank, int64_t a, int64_t b) {
    return (GenShape){.kind = GEN_REAL, .rank = rank, .dim = {a, b}};
}

static Dataset *loaded(void) {
    Dataset *data = dataset_new(whole_model(&model), NULL, false);
    dataset_choose_alternative(data);
    dataset_load(data);
    return data;
}

static void take_batch(Dataset *data, int part, int64_t position, int64_t rows, uint64_t seed,
                       bool shuffle, void *to) {
    GenInput input = {.name = "x", .datum = 0, .shape = datum.shape, .at = to};
    GenRun run = {.seed = seed, .stream = 3, .first_example = position};
    Batch batch = {part, position, rows, seed, shuffle, 0};
    dataset_fill(data, &batch, &run, 1, &input);
}

/* ---- IDX ---- */

static const unsigned char good_idx[] = {0, 0, 8, 3, 0, 0,   0,  4,  0,  0,  0,  1,
                                         0, 0, 0, 2, 0, 255, 10, 20, 30, 40, 50, 60};

static void use_idx(GenShape shape) {
    source_args[0] = (GenArg){NULL, GEN_TEXT, 0, "pictures"};
    source_args[1] = (GenArg){"test", GEN_TEXT, 0, "pictures"};
    describe_model(shape, "idx", 2, 0);
}

START_TEST(idx_bytes_are_read_in_order) {
    real got[8];
    write_bytes("pictures", good_idx, sizeof good_idx);
    use_idx(real_shape(2, 1, 2));
    Dataset *data = loaded();
    ck_assert_int_eq(dataset_count(data, TRAINING), 4);
    ck_assert_int_eq(dataset_count(data, HELD_OUT), 4);
    take_batch(data, TRAINING, 0, 4, 1, false, got);
    for (int i = 0; i < 8; i++) ck_assert_double_eq(got[i], good_idx[16 + i]);
    Space space;
    int64_t packed;
    ck_assert(dataset_shown(data, 0, &space, &packed));
    ck_assert_double_eq(space.high, 255);
    ck_assert_int_eq(packed, 1);
}
END_TEST

START_TEST(gz_may_be_missing_from_a_name_or_from_a_file) {
    write_bytes("pictures", good_idx, sizeof good_idx);
    ck_assert_int_eq(system("gzip -k pictures && mv pictures other"), 0);
    use_idx(real_shape(2, 1, 2));
    ck_assert_int_eq(dataset_count(loaded(), TRAINING), 4);
    source_args[0].text = source_args[1].text = "other.gz";
    ck_assert_int_eq(dataset_count(loaded(), TRAINING), 4);
}
END_TEST

static const struct {
    unsigned char code, bytes[8];
    int width;
    double value;
} idx_elements[] = {
    {0x08, {200}, 1, 200},
    {0x09, {200}, 1, -56},
    {0x0B, {0xff, 0x38}, 2, -200},
    {0x0C, {0xff, 0xff, 0xff, 0x38}, 4, -200},
    {0x0D, {0x3f, 0xc0, 0, 0}, 4, 1.5},
    {0x0E, {0xbf, 0xf8, 0, 0, 0, 0, 0, 0}, 8, -1.5},
};

START_TEST(every_idx_element_type_is_read) {
    unsigned char bytes[16] = {0, 0, idx_elements[_i].code, 1, 0, 0, 0, 1};
    real got;
    memcpy(bytes + 8, idx_elements[_i].bytes, 8);
    write_bytes("pictures", bytes, 8 + (size_t)idx_elements[_i].width);
    use_idx(real_shape(0, 0, 0));
    take_batch(loaded(), TRAINING, 0, 1, 1, false, &got);
    ck_assert_double_eq(got, idx_elements[_i].value);
}
END_TEST

/* ---- files that must be refused ---- */

static int load_in_child(void *unused) {
    (void)unused;
    loaded();
    return 0;
}

static const struct {
    unsigned char lead[28];
    size_t n;
    const char *message;
} bad_idx[] = {
    {{0}, 0, "truncated: it ends within its header"},
    {{1, 0, 8, 1}, 4, "not an IDX file: it does not begin with two zero bytes"},
    {{0, 0, 7, 1}, 4, "element type 0x07 does not exist"},
    {{0, 0, 8, 0}, 4, "has 0 axes"},
    {{0, 0, 8, 12}, 4, "has 12 axes"},
    {{0, 0, 8, 2, 0, 0}, 6, "truncated: it ends within its header"},
    {{0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 2, 9, 9, 9}, 15, "truncated: it ends within its data"},
    {{0, 0, 8, 2, 0, 0, 0, 1, 0, 0, 0, 2, 9, 9, 9}, 15, "too long: more follows"},
    {{0, 0, 8, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255},
     16,
     "impossibly many"},
    {{0, 0, 8, 2, 0, 0, 0, 0, 0, 0, 0, 2}, 12, "holds no examples"},
    {{0, 0, 13, 2, 0, 0, 0, 1, 0, 0, 0, 2, 63, 128, 0, 0, 255, 128, 0, 0},
     20,
     "row 0 holds -inf (its element 1): every number must be finite"},
    {{0, 0, 14, 2, 0, 0, 0, 1, 0, 0, 0, 2, 127, 248, 0, 0, 0, 0, 0, 0}, 28, "row 0 holds nan"},
    {{0, 0, 8, 2, 0, 0, 0, 1, 0, 0, 0, 3, 9, 9, 9}, 15, "expected 2 (x, test.gen:1:1), found 3"},
    /* said by the header alone, whatever is behind it */
    {{0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 3, 232, 0, 0, 234, 96}, 16, "found 1000 x 60000"},
};

START_TEST(a_bad_idx_file_is_refused_with_its_name) {
    write_bytes("pictures", bad_idx[_i].lead, bad_idx[_i].n);
    use_idx(real_shape(2, 1, 2));
    ck_assert_int_eq(in_child(load_in_child, NULL), 1);
    ck_assert_said("pictures: ");
    ck_assert_said(bad_idx[_i].message);
}
END_TEST

START_TEST(a_truncated_gzip_file_is_refused) {
    write_bytes("pictures", good_idx, sizeof good_idx);
    ck_assert_int_eq(
        system("gzip pictures && head -c 30 pictures.gz >short && mv short pictures.gz"), 0);
    use_idx(real_shape(2, 1, 2));
    ck_assert_int_eq(in_child(load_in_child, NULL), 1);
    ck_assert_said("pictures.gz: truncated: the gzip stream ends too early");
}
END_TEST

START_TEST(a_corrupt_gzip_file_is_refused) {
    write_bytes("pictures", good_idx, sizeof good_idx);
    ck_assert_int_eq(system("gzip pictures"), 0);
    FILE *file = fopen("pictures.gz", "r+b");
    fseek(file, -6, SEEK_END); /* in the checksum */
    fputc(0xa5, file);
    fputc(0x5a, file);
    fclose(file);
    use_idx(real_shape(2, 1, 2));
    ck_assert_int_eq(in_child(load_in_child, NULL), 1);
    ck_assert_said("pictures.gz: ");
}
END_TEST

START_TEST(a_missing_file_is_named) {
    use_idx(real_shape(2, 1, 2));
    ck_assert_int_eq(in_child(load_in_child, NULL), 1);
    ck_assert_said("pictures: not found in .");
}
END_TEST

START_TEST(a_class_out_of_range_is_refused) {
    write_bytes("pictures", "\0\0\x08\x01\0\0\0\x02\x03\x0b", 10);
    use_idx((GenShape){.kind = GEN_INDEX, .classes = 10});
    ck_assert_int_eq(in_child(load_in_child, NULL), 1);
    ck_assert_said("11 is not one of the classes 0 to 9");
}
END_TEST

START_TEST(a_missing_file_takes_the_fallback) {
    use_idx(real_shape(2, 28, 28));
    static const GenArg n = {"n", GEN_NUMBER, 20, NULL};
    calls[1] = CALL("moons", 1, &n);
    pipeline[0].n_calls = 1;
    pipeline[1] = (GenPipeline){1, &calls[1]};
    source.n_pipelines = 2;
    ck_assert_int_eq(in_child(load_in_child, NULL), 0);
    ck_assert_said("data: pictures not found in .; using moons() instead");
}
END_TEST

/* ---- NumPy ---- */

static size_t npy_bytes(unsigned char *to, int version, const char *header, const void *data,
                        size_t n) {
    size_t length = strlen(header), lead = version == 1 ? 10 : 12;
    memcpy(to, "\x93NUMPY", 6);
    to[6] = (unsigned char)version;
    to[7] = 0;
    memset(to + 8, 0, 4);
    to[8] = (unsigned char)length;
    memcpy(to + lead, header, length);
    memcpy(to + lead + length, data, n);
    return lead + length + n;
}

static void use_npy(GenShape shape) {
    source_args[0] = (GenArg){NULL, GEN_TEXT, 0, "a.npy"};
    source_args[1] = (GenArg){"test", GEN_TEXT, 0, "a.npy"};
    describe_model(shape, "npy", 2, 0);
}

static const struct {
    int version;
    const char *header;
    unsigned char data[8];
    size_t n;
    double value;
} npy_elements[] = {
    {1, "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", {0, 0, 0xc0, 0x3f}, 4, 1.5},
    {2, "{'descr': '>f4', 'fortran_order': False, 'shape': (1,), }", {0x3f, 0xc0, 0, 0}, 4, 1.5},
    {3,
     "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }",
     {0, 0, 0, 0, 0, 0, 0xf8, 0xbf},
     8,
     -1.5},
    {1, "{'descr': '|u1', 'fortran_order': False, 'shape': (1,), }", {200}, 1, 200},
    {1, "{'descr': '|i1', 'fortran_order': False, 'shape': (1,), }", {200}, 1, -56},
    {1, "{'descr': '>i2', 'fortran_order': False, 'shape': (1,), }", {0xff, 0x38}, 2, -200},
    {1,
     "{'descr': '<i8', 'fortran_order': False, 'shape': (1,), }",
     {0xfe, 255, 255, 255, 255, 255, 255, 255},
     8,
     -2},
    {1, "{'descr': '|b1', 'fortran_order': False, 'shape': (1,), }", {1}, 1, 1},
};

START_TEST(every_npy_element_type_is_read) {
    unsigned char bytes[256];
    real got;
    size_t n = npy_bytes(bytes, npy_elements[_i].version, npy_elements[_i].header,
                         npy_elements[_i].data, npy_elements[_i].n);
    write_bytes("a.npy", bytes, n);
    use_npy(real_shape(0, 0, 0));
    take_batch(loaded(), TRAINING, 0, 1, 1, false, &got);
    ck_assert_double_eq(got, npy_elements[_i].value);
}
END_TEST

static const struct {
    const char *header;
    size_t n;
    const char *message;
} bad_npy[] = {
    {"{'fortran_order': False, 'shape': (1,), }", 4, "its header does not say 'descr'"},
    {"{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }", 8,
     "its element type '<c8' is not one of"},
    {"{'descr': '<f4', 'fortran_order': True, 'shape': (1,), }", 4, "is in Fortran order"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (), }", 4, "holds a single number"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (x,), }", 4, "its header has no shape"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", 4,
     "truncated: it ends within its data"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", 8, "too long"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (1099511627776, 2), }", 8,
     "impossibly many"},
};

START_TEST(a_bad_npy_file_is_refused_with_its_name) {
    unsigned char bytes[256];
    size_t n = npy_bytes(bytes, 1, bad_npy[_i].header, "\0\0\0\0\0\0\0\0", bad_npy[_i].n);
    write_bytes("a.npy", bytes, n);
    use_npy(real_shape(0, 0, 0));
    ck_assert_int_eq(in_child(load_in_child, NULL), 1);
    ck_assert_said("a.npy: ");
    ck_assert_said(bad_npy[_i].message);
}
END_TEST

START_TEST(what_npy_write_writes_is_read) {
    static const real values[] = {1, 2, 3, 4, 5, 6};
    real got[6];
    npy_write("a.npy", GEN_REAL, 2, (int64_t[]){3, 2}, values);
    use_npy(real_shape(1, 2, 0));
    take_batch(loaded(), TRAINING, 0, 3, 1, false, got);
    ck_assert_mem_eq(got, values, sizeof values);
}
END_TEST

/* ---- transforms ---- */

static const GenArg one_number[] = {{NULL, GEN_NUMBER, -1, NULL}, {NULL, GEN_NUMBER, 1, NULL}};
static const GenArg dynamic[] = {{NULL, GEN_WORD, 0, "dynamic"}};
static const GenArg two_hundred[] = {{"n", GEN_NUMBER, 200, NULL}};
enum { MOON = 28 * 28 };

static void use_moons(int rank, int n_transforms, GenCall first, GenCall second) {
    source_args[0] = two_hundred[0];
    describe_model(real_shape(rank, rank == 1 ? MOON : 28, 28), "moons", 1, n_transforms);
    calls[1] = first;
    calls[2] = second;
}

START_TEST(scale_maps_the_range_and_back) {
    real raw[MOON], scaled[MOON];
    use_moons(1, 1, CALL("flatten", 0, NULL), (GenCall){0});
    take_batch(loaded(), HELD_OUT, 0, 1, 1, false, raw);
    use_moons(1, 2, CALL("scale", 2, one_number), CALL("flatten", 0, NULL));
    Dataset *data = loaded();
    take_batch(data, HELD_OUT, 0, 1, 1, false, scaled);
    for (int i = 0; i < MOON; i++) ck_assert_double_eq_tol(scaled[i], raw[i] / 127.5 - 1, 1e-12);
    dataset_undo(data, 0, scaled, 1);
    for (int i = 0; i < MOON; i++) ck_assert_double_eq_tol(scaled[i], raw[i], 1e-10);
}
END_TEST

START_TEST(standardize_gives_mean_0_and_deviation_1_and_back) {
    static real values[200 * 2], undone[200 * 2];
    double sum = 0, squares = 0;
    source_args[0] = two_hundred[0];
    describe_model(real_shape(1, 2, 0), "ring", 1, 1);
    calls[1] = CALL("standardize", 0, NULL);
    program.batch = 200;
    Dataset *data = loaded();
    take_batch(data, TRAINING, 0, 200, 1, false, values);
    for (int i = 0; i < 200; i++) {
        sum += values[2 * i];
        squares += values[2 * i] * values[2 * i];
    }
    ck_assert_double_eq_tol(sum / 200, 0, 1e-10);
    ck_assert_double_eq_tol(squares / 200, 1, 1e-10);
    memcpy(undone, values, sizeof values);
    dataset_undo(data, 0, undone, 200);
    for (int i = 0; i < 200; i++) /* on the unit circle again */
        ck_assert_double_eq_tol(hypot(undone[2 * i], undone[2 * i + 1]), 1, 0.4);
}
END_TEST

START_TEST(binarize_draws_once_and_dynamic_at_every_use) {
    static real a[MOON], b[MOON];
    for (int is_dynamic = 0; is_dynamic < 2; is_dynamic++) {
        use_moons(1, 2, CALL("flatten", 0, NULL), CALL("binarize", is_dynamic, dynamic));
        Dataset *data = loaded();
        take_batch(data, TRAINING, 0, 1, 1, false, a);
        take_batch(data, TRAINING, 0, 1, 2, false, b);
        for (int i = 0; i < MOON; i++) ck_assert(a[i] == 0 || a[i] == 1);
        ck_assert_int_eq(memcmp(a, b, sizeof a) != 0, is_dynamic);
    }
}
END_TEST

START_TEST(threshold_cuts_and_dequantize_stays_within_a_level) {
    static real raw[MOON], noisy[MOON], cut[MOON];
    use_moons(1, 1, CALL("flatten", 0, NULL), (GenCall){0});
    take_batch(loaded(), TRAINING, 0, 1, 1, false, raw);
    use_moons(1, 2, CALL("dequantize", 0, NULL), CALL("flatten", 0, NULL));
    take_batch(loaded(), TRAINING, 0, 1, 1, false, noisy);
    use_moons(1, 2, CALL("threshold", 0, NULL), CALL("flatten", 0, NULL));
    take_batch(loaded(), TRAINING, 0, 1, 1, false, cut);
    for (int i = 0; i < MOON; i++) {
        ck_assert(noisy[i] > raw[i] && noisy[i] < raw[i] + 1);
        ck_assert_double_eq(cut[i], raw[i] > 0.5);
    }
}
END_TEST

START_TEST(dequantize_then_scale_fills_the_range_at_every_use) {
    static real values[MOON];
    use_moons(2, 2, CALL("dequantize", 0, NULL), CALL("scale", 0, NULL));
    take_batch(loaded(), TRAINING, 0, 1, 1, false, values);
    for (int i = 0; i < MOON; i++) ck_assert(values[i] > 0 && values[i] < 1);
}
END_TEST

/* ---- order ---- */

static void use_numbers(int n) {
    static real number[1000];
    for (int i = 0; i < n; i++) number[i] = i;
    npy_write("a.npy", GEN_REAL, 1, (int64_t[]){n}, number);
    use_npy(real_shape(0, 0, 0));
    calls[0].n_args = 1; /* without test */
    program.batch = 1000;
}

START_TEST(every_epoch_has_each_example_once_in_an_order_of_its_own) {
    real order[2][90];
    use_numbers(100);
    Dataset *data = loaded();
    ck_assert_int_eq(dataset_count(data, TRAINING), 90);
    take_batch(data, TRAINING, 0, 90, 1, true, order[0]);
    take_batch(data, TRAINING, 90, 90, 1, true, order[1]);
    ck_assert_mem_ne(order[0], order[1], sizeof order[0]);
    for (int epoch = 0; epoch < 2; epoch++) {
        int seen[100] = {0};
        for (int i = 0; i < 90; i++) ck_assert_int_eq(seen[(int)order[epoch][i]]++, 0);
    }
}
END_TEST

START_TEST(a_batch_may_straddle_two_epochs) {
    real whole[180], middle[20];
    use_numbers(100);
    Dataset *data = loaded();
    take_batch(data, TRAINING, 0, 180, 1, true, whole);
    take_batch(data, TRAINING, 80, 20, 1, true, middle);
    ck_assert_mem_eq(middle, whole + 80, sizeof middle);
}
END_TEST

START_TEST(what_is_held_out_is_kept_in_file_order_and_never_trained_on) {
    real training[90], held_out[10];
    use_numbers(100);
    Dataset *data = loaded();
    take_batch(data, TRAINING, 0, 90, 1, false, training);
    take_batch(data, HELD_OUT, 0, 10, 1, false, held_out);
    int seen[100] = {0};
    for (int i = 0; i < 90; i++) seen[(int)training[i]]++;
    for (int i = 0; i < 10; i++) seen[(int)held_out[i]]++;
    for (int i = 0; i < 100; i++) ck_assert_int_eq(seen[i], 1);
    for (int i = 1; i < 90; i++) ck_assert(training[i] > training[i - 1]);
}
END_TEST

/* ---- several sources ---- */

static GenDatum data_pair[2];
static GenSource source_pair[2];
static GenPipeline pipeline_pair[2];
static GenCall call_pair[2];
static const GenArg ring_args[] = {{"n", GEN_NUMBER, 100, NULL}};
static const GenArg grid_args[] = {{"n", GEN_NUMBER, 300, NULL}};

static void describe_pair(const char *second, GenShape shape, const GenArg *args, bool unpaired) {
    data_pair[0] = (GenDatum){"x", real_shape(1, 2, 0), "x, test.gen:1:1"};
    data_pair[1] = (GenDatum){"y", shape, "y, test.gen:2:1"};
    call_pair[0] = CALL("ring", 1, ring_args);
    call_pair[1] = CALL(second, args != NULL, args);
    for (int i = 0; i < 2; i++) {
        pipeline_pair[i] = (GenPipeline){1, &call_pair[i]};
        source_pair[i] = (GenSource){i, 1, 1, &pipeline_pair[i], i == 1 && unpaired};
    }
    describe_model(real_shape(0, 0, 0), "ring", 0, 0);
    model.n_data = model.n_sources = 2;
    model.data = data_pair;
    model.sources = source_pair;
}

START_TEST(data_read_in_step_must_have_as_many_examples) {
    describe_pair("grid", real_shape(1, 2, 0), grid_args, false);
    ck_assert_int_eq(in_child(load_in_child, NULL), 1);
    ck_assert_said("grid: has 300 training examples, the data before it 100");
}
END_TEST

START_TEST(unpaired_data_have_a_count_of_their_own) {
    describe_pair("grid", real_shape(1, 2, 0), grid_args, true);
    ck_assert_int_eq(dataset_count(loaded(), TRAINING), 100);
}
END_TEST

START_TEST(example_numbers_follow_the_shuffle) {
    int32_t number[20];
    real point[40], in_order[200];
    describe_pair("example", (GenShape){.kind = GEN_INDEX, .classes = 100}, NULL, false);
    program.batch = 100;
    Dataset *data = loaded();
    GenInput inputs[] = {{.name = "x", .datum = 0, .shape = data_pair[0].shape, .at = in_order},
                         {.name = "y", .datum = 1, .shape = data_pair[1].shape, .at = number}};
    GenRun run = {0};
    Batch batch = {TRAINING, 0, 100, 1, false, 0};
    dataset_fill(data, &batch, &run, 1, inputs);
    inputs[0].at = point;
    batch = (Batch){TRAINING, 0, 20, 1, true, 0};
    dataset_fill(data, &batch, &run, 2, inputs);
    for (int i = 0; i < 20; i++)
        ck_assert_mem_eq(point + 2 * i, in_order + 2 * number[i], 2 * sizeof(real));
}
END_TEST

START_TEST(built_in_sources_have_their_shape) {
    static const struct {
        const char *name;
        GenShape shape;
    } built_in[] = {
        {"digits", {.rank = 2, .dim = {28, 28}}}, {"moons", {.rank = 2, .dim = {28, 28}}},
        {"ring", {.rank = 1, .dim = {2}}},        {"grid", {.rank = 1, .dim = {2}}},
        {"spiral", {.rank = 1, .dim = {2}}},      {"checkerboard", {.rank = 1, .dim = {2}}}};
    for (size_t i = 0; i < sizeof built_in / sizeof *built_in; i++) {
        source_args[0] = two_hundred[0];
        describe_model(built_in[i].shape, built_in[i].name, 1, 0);
        Dataset *data = loaded();
        ck_assert_int_eq(dataset_count(data, TRAINING), 200);
        ck_assert_int_eq(dataset_count(data, HELD_OUT), 20);
    }
}
END_TEST

int main(void) {
    TCase *cases = tcase_create("data");
    tcase_add_checked_fixture(cases, enter_scratch, leave_scratch);
    tcase_add_test(cases, idx_bytes_are_read_in_order);
    tcase_add_test(cases, gz_may_be_missing_from_a_name_or_from_a_file);
    tcase_add_loop_test(cases, every_idx_element_type_is_read, 0, 6);
    tcase_add_loop_test(cases, a_bad_idx_file_is_refused_with_its_name, 0,
                        sizeof bad_idx / sizeof *bad_idx);
    tcase_add_test(cases, a_truncated_gzip_file_is_refused);
    tcase_add_test(cases, a_corrupt_gzip_file_is_refused);
    tcase_add_test(cases, a_missing_file_is_named);
    tcase_add_test(cases, a_class_out_of_range_is_refused);
    tcase_add_test(cases, a_missing_file_takes_the_fallback);
    tcase_add_loop_test(cases, every_npy_element_type_is_read, 0,
                        sizeof npy_elements / sizeof *npy_elements);
    tcase_add_loop_test(cases, a_bad_npy_file_is_refused_with_its_name, 0,
                        sizeof bad_npy / sizeof *bad_npy);
    tcase_add_test(cases, what_npy_write_writes_is_read);
    tcase_add_test(cases, scale_maps_the_range_and_back);
    tcase_add_test(cases, standardize_gives_mean_0_and_deviation_1_and_back);
    tcase_add_test(cases, binarize_draws_once_and_dynamic_at_every_use);
    tcase_add_test(cases, threshold_cuts_and_dequantize_stays_within_a_level);
    tcase_add_test(cases, dequantize_then_scale_fills_the_range_at_every_use);
    tcase_add_test(cases, every_epoch_has_each_example_once_in_an_order_of_its_own);
    tcase_add_test(cases, a_batch_may_straddle_two_epochs);
    tcase_add_test(cases, what_is_held_out_is_kept_in_file_order_and_never_trained_on);
    tcase_add_test(cases, data_read_in_step_must_have_as_many_examples);
    tcase_add_test(cases, unpaired_data_have_a_count_of_their_own);
    tcase_add_test(cases, example_numbers_follow_the_shuffle);
    tcase_add_test(cases, built_in_sources_have_their_shape);
    return run_cases("runtime data", cases);
}
