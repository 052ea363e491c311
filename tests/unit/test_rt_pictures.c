/* Pictures and tables from files: PNG of every type decodes to known pixels, what is broken is
 * refused with file and place, and the transforms of pictures do what they say. */
#include "rt_test.h"

#include <png.h>
#include <sys/stat.h>

#include "calls.h"
#include "data/data.h"

/* ---- data as generated code describes them ---- */

static GenDatum datum[2];
static GenSource source;
static GenPipeline pipeline;
static GenCall calls[6];
static GenArg args[4];
static GenProgram program;
static GenModel model;

static GenArg text_arg(const char *name, const char *text) {
    return (GenArg){name, GEN_TEXT, 0, text};
}

static void describe_model(const char *source_name, int n_args, int n_transforms, GenShape shape) {
    datum[0] = (GenDatum){"x", shape, "x, test.gen:1:1"};
    calls[0] = CALL(source_name, n_args, args);
    pipeline = (GenPipeline){1 + n_transforms, calls};
    source = (GenSource){0, 1, 1, &pipeline, false};
    program = (GenProgram){.batch = 64};
    model = (GenModel){.name = "test",
                       .folder = ".",
                       .n_data = 1,
                       .data = datum,
                       .n_sources = 1,
                       .sources = &source,
                       .n_programs = 1,
                       .programs = &program,
                       .test_fraction = 0.1};
}

static GenShape picture_shape(int64_t c, int64_t h, int64_t w) {
    return (GenShape){.kind = GEN_REAL, .rank = 3, .dim = {c, h, w}};
}

static Dataset *loaded(void) {
    Dataset *data = dataset_new(whole_model(&model), NULL, false);
    dataset_choose_alternative(data);
    dataset_load(data);
    return data;
}

static void take_rows(Dataset *data, int part, int64_t position, int64_t rows, void *to) {
    GenInput input = {.name = "x", .datum = 0, .shape = datum[0].shape, .at = to};
    GenRun run = {.seed = 5, .stream = part == HELD_OUT ? GEN_HELD_OUT : 3};
    Batch batch = {part, position, rows, 5, false, 0};
    dataset_fill(data, &batch, &run, 1, &input);
}

static int load_in_child(void *unused) {
    (void)unused;
    loaded();
    return 0;
}

#define ck_assert_refused(...)                                                                     \
    do {                                                                                           \
        static const char *const parts[] = {__VA_ARGS__};                                          \
        ck_assert_int_eq(in_child(load_in_child, NULL), 1);                                        \
        for (size_t p = 0; p < sizeof parts / sizeof *parts; p++) ck_assert_said(parts[p]);        \
    } while (0)

/* ---- PNG files of every kind, through libpng ---- */

enum { WIDE = 13, TALL = 9 };

typedef struct {
    int type, depth;
    bool interlaced, trns;
} PngKind;

/* The sample of a channel at a place, in 0 .. 2^depth - 1; of a palette, the entry. */
static unsigned sample_at(const PngKind *k, int x, int y, int c) {
    unsigned mixed = (unsigned)(x * 7 + y * 13 + c * 29 + x * y) * 2654435761u >> 7;
    return mixed & ((1u << k->depth) - 1);
}

static void pack_line(const PngKind *k, int y, int channels, unsigned char *line) {
    memset(line, 0, WIDE * 8);
    for (int x = 0; x < WIDE; x++)
        for (int c = 0; c < channels; c++) {
            unsigned sample = sample_at(k, x, y, c);
            int i = x * channels + c, bit = i * k->depth;
            if (k->depth == 16) {
                line[2 * i] = (unsigned char)(sample >> 8);
                line[2 * i + 1] = (unsigned char)sample;
            } else line[bit / 8] |= (unsigned char)(sample << (8 - k->depth - bit % 8));
        }
}

static png_color palette_entry(unsigned i) {
    return (png_color){(png_byte)(i * 37), (png_byte)(255 - i), (png_byte)(i * i)};
}

static png_byte palette_alpha(unsigned i) {
    return (png_byte)(i * 91);
}

static void write_png(const char *path, const PngKind *k) {
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    png_init_io(png, file);
    png_set_IHDR(png, info, WIDE, TALL, k->depth, k->type,
                 k->interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, 0, 0);
    png_color palette[256];
    png_byte alpha[256];
    for (unsigned i = 0; i < 256; i++) {
        palette[i] = palette_entry(i);
        alpha[i] = palette_alpha(i);
    }
    if (k->type == PNG_COLOR_TYPE_PALETTE) png_set_PLTE(png, info, palette, 1 << k->depth);
    png_color_16 key = {.gray = (png_uint_16)sample_at(k, 3, 2, 0),
                        .red = (png_uint_16)sample_at(k, 3, 2, 0),
                        .green = (png_uint_16)sample_at(k, 3, 2, 1),
                        .blue = (png_uint_16)sample_at(k, 3, 2, 2)};
    if (k->trns) png_set_tRNS(png, info, alpha, 1 << k->depth, &key);
    png_write_info(png, info);
    unsigned char line[TALL][WIDE * 8];
    png_bytep rows[TALL];
    for (int y = 0; y < TALL; y++) {
        pack_line(k, y, png_get_channels(png, info), line[y]);
        rows[y] = line[y];
    }
    png_write_image(png, rows);
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    fclose(file);
}

/* What the reader should make of a pixel: the formulas of the standard, written once more. */
static double expected_value(const PngKind *k, int x, int y, int c, double background) {
    double top = (1u << k->depth) - 1, alpha = 1, colour;
    bool grey = (k->type & PNG_COLOR_MASK_COLOR) == 0;
    unsigned first = sample_at(k, x, y, 0);
    if (k->type == PNG_COLOR_TYPE_PALETTE) {
        png_color entry = palette_entry(first);
        colour = (c == 0 ? entry.red : c == 1 ? entry.green : entry.blue) / 255.0;
        if (k->trns) alpha = palette_alpha(first) / 255.0;
        top = 255;
    } else {
        colour = sample_at(k, x, y, grey ? 0 : c) / top;
        if ((k->type & PNG_COLOR_MASK_ALPHA) != 0) alpha = sample_at(k, x, y, grey ? 1 : 3) / top;
        bool key = first == sample_at(k, 3, 2, 0);
        for (int i = 1; i < 3 && !grey; i++)
            key = key && sample_at(k, x, y, i) == sample_at(k, 3, 2, i);
        if (k->trns && key) alpha = 0;
    }
    double steps = k->depth == 16 ? 65535 : 255;
    return floor((alpha * colour + (1 - alpha) * background / 255) * steps + 0.5) * 255 / steps;
}

static const PngKind png_kinds[] = {
    {0, 1, 0, 0},  {0, 2, 0, 0},  {0, 4, 0, 0},  {0, 8, 0, 0}, {0, 16, 0, 0}, {0, 1, 0, 1},
    {0, 4, 1, 1},  {0, 8, 0, 1},  {0, 16, 1, 1}, {2, 8, 0, 0}, {2, 8, 1, 0},  {2, 8, 0, 1},
    {2, 16, 0, 0}, {2, 16, 1, 1}, {3, 1, 0, 0},  {3, 2, 1, 0}, {3, 4, 0, 1},  {3, 8, 0, 0},
    {3, 8, 1, 1},  {4, 8, 0, 0},  {4, 16, 0, 0}, {4, 8, 1, 0}, {6, 8, 0, 0},  {6, 8, 1, 0},
    {6, 16, 0, 0}, {6, 16, 1, 0}, {0, 2, 1, 1},  {3, 1, 1, 1}};

START_TEST(every_kind_of_png_has_the_pixels_of_the_standard) {
    const PngKind *k = &png_kinds[_i];
    int channels = (k->type & PNG_COLOR_MASK_COLOR) != 0 ? 3 : 1;
    static const char *const name[] = {NULL, "black", "#808080"};
    static const double level[] = {255, 0, 128};
    real got[3 * WIDE * TALL];
    write_png("a.png", k);
    for (int b = 0; b < 3; b++) {
        args[0] = text_arg(NULL, "a.png");
        args[1] = text_arg("background", name[b]);
        describe_model("png", b > 0 ? 2 : 1, 0, picture_shape(channels, TALL, WIDE));
        take_rows(loaded(), TRAINING, 0, 1, got);
        for (int c = 0; c < channels; c++)
            for (int y = 0; y < TALL; y++)
                for (int x = 0; x < WIDE; x++)
                    ck_assert_double_eq_tol(got[(c * TALL + y) * WIDE + x],
                                            expected_value(k, x, y, c, level[b]), 1e-9);
    }
}
END_TEST

START_TEST(a_coloured_background_colours_what_is_transparent) {
    real got[3 * WIDE * TALL];
    write_png("a.png", &(PngKind){4, 8, false, false});
    args[0] = text_arg(NULL, "a.png");
    args[1] = text_arg("background", "#ff8000");
    describe_model("png", 2, 0, picture_shape(3, TALL, WIDE));
    take_rows(loaded(), TRAINING, 0, 1, got);
    static const double background[] = {255, 128, 0};
    for (int c = 0; c < 3; c++)
        ck_assert_double_eq(got[c * WIDE * TALL],
                            expected_value(&(PngKind){4, 8, 0, 0}, 0, 0, c, background[c]));
}
END_TEST

START_TEST(a_folder_and_a_pattern_name_pictures_in_their_order) {
    static real one[2 * WIDE * TALL], other[2 * WIDE * TALL];
    ck_assert_int_eq(mkdir("folder", 0777), 0);
    write_png("folder/b.png", &(PngKind){0, 8, false, false});
    write_png("folder/a.PNG", &(PngKind){0, 4, false, false});
    write_bytes("folder/readme.txt", "no", 2);
    args[0] = text_arg(NULL, "folder");
    args[1] = text_arg("test", "folder/[ab].[pP]*");
    describe_model("png", 2, 0, picture_shape(1, TALL, WIDE));
    Dataset *data = loaded();
    ck_assert_int_eq(dataset_count(data, TRAINING), 2);
    ck_assert_int_eq(dataset_count(data, HELD_OUT), 2);
    take_rows(data, TRAINING, 0, 2, one);
    take_rows(data, HELD_OUT, 0, 2, other);
    ck_assert_mem_eq(one, other, sizeof one);
    ck_assert_double_eq(one[1], expected_value(&(PngKind){0, 4, 0, 0}, 1, 0, 0, 255));
}
END_TEST

/* ---- PNG files that must be refused ---- */

static void use_png(const char *files) {
    args[0] = text_arg(NULL, files);
    describe_model("png", 1, 0, picture_shape(3, TALL, WIDE));
}

static size_t read_file(const char *path, unsigned char *bytes, size_t room) {
    FILE *file = fopen(path, "rb");
    size_t n = fread(bytes, 1, room, file);
    fclose(file);
    return n;
}

START_TEST(a_png_cut_off_anywhere_is_refused) {
    unsigned char bytes[4096];
    write_png("whole.png", &(PngKind){2, 8, true, false});
    size_t n = read_file("whole.png", bytes, sizeof bytes);
    use_png("a.png");
    for (size_t cut = 1; cut < n; cut += 1 + n / 23) {
        write_bytes("a.png", bytes, cut);
        ck_assert_int_eq(in_child(load_in_child, NULL), 1);
        ck_assert_said("a.png: ");
    }
    write_bytes("a.png", bytes, n - 1);
    ck_assert_refused("a.png: truncated: it ends after ");
    write_bytes("a.png", bytes, 20);
    ck_assert_refused("a.png: truncated: it ends within its header, after 20 bytes");
    write_bytes("a.png", bytes, 0);
    ck_assert_refused("a.png: is empty");
}
END_TEST

START_TEST(a_corrupt_png_is_refused_with_its_place) {
    unsigned char bytes[4096];
    write_png("a.png", &(PngKind){2, 8, false, false});
    size_t n = read_file("a.png", bytes, sizeof bytes);
    use_png("a.png");
    bytes[n / 2] ^= 0x55;
    write_bytes("a.png", bytes, n);
    ck_assert_refused("a.png: corrupt, before byte ");
    write_bytes("a.png", "GIF89a, not PNG at all", 22);
    ck_assert_refused("a.png: not a PNG file");
}
END_TEST

START_TEST(a_png_without_pixels_is_refused) {
    unsigned char bytes[4096];
    write_png("a.png", &(PngKind){2, 8, false, false});
    size_t n = read_file("a.png", bytes, sizeof bytes);
    use_png("a.png");
    memset(bytes + 16, 0, 4);
    write_bytes("a.png", bytes, n);
    ck_assert_refused("a.png: has no pixels: its header says 0 x 9");
    memset(bytes + 16, 0x7f, 8);
    write_bytes("a.png", bytes, n);
    ck_assert_refused("a.png: ", "pixels are too many");
}
END_TEST

START_TEST(pictures_of_several_sizes_are_refused_unless_they_are_made_equal) {
    static const GenArg to_size[] = {{NULL, GEN_NUMBER, 6, NULL}, {NULL, GEN_NUMBER, 4, NULL}};
    Picture picture = picture_new(7, 5, 3, 40);
    static real got[2 * 3 * 4 * 6];
    ck_assert_int_eq(mkdir("folder", 0777), 0);
    write_png("folder/a.png", &(PngKind){2, 8, false, false});
    picture_write("folder/b.png", &picture);
    picture_free(&picture);
    use_png("folder");
    ck_assert_refused("folder/b.png: is 7 x 5, but ", "folder/a.png is 13 x 9", "resize(w, h)");
    for (int i = 0; i < 2; i++) {
        describe_model("png", 1, 1, picture_shape(3, 4, 6));
        calls[1] = CALL(i == 0 ? "resize" : "crop", 2, to_size);
        Dataset *data = loaded();
        take_rows(data, TRAINING, 0, 1, got);
        ck_assert_int_eq(dataset_count(data, TRAINING) + dataset_count(data, HELD_OUT), 2);
    }
    describe_model("png", 1, 1, picture_shape(3, 9, 13));
    static const GenArg large[] = {{NULL, GEN_NUMBER, 13, NULL}, {NULL, GEN_NUMBER, 9, NULL}};
    calls[1] = CALL("crop", 2, large);
    ck_assert_refused("folder/b.png: 13 x 9 is more than there is: the picture is 7 x 5");
}
END_TEST

START_TEST(an_empty_or_missing_folder_is_named) {
    ck_assert_int_eq(mkdir("folder", 0777), 0);
    use_png("folder");
    ck_assert_refused("folder: there are no .png files by this name in .");
    use_png("nowhere/*.png");
    ck_assert_refused("nowhere/*.png: there are no .png files");
}
END_TEST

/* ---- transforms of pictures ---- */

static void use_array(int64_t n, int64_t c, int64_t h, int64_t w, int n_transforms,
                      GenShape shape) {
    int64_t size = n * c * h * w;
    unsigned char *bytes = malloc((size_t)size + 256);
    char header[128];
    for (int64_t i = 0; i < size; i++) bytes[128 + i] = (unsigned char)(i * 37 % 251);
    int length = snprintf(header, sizeof header,
                          "{'descr': '|u1', 'fortran_order': False, 'shape': (%d, %d, %d, %d), }",
                          (int)n, (int)c, (int)h, (int)w);
    memset(bytes, ' ', 128);
    memcpy(bytes, "\x93NUMPY\1\0\x76\0", 10);
    memcpy(bytes + 10, header, (size_t)length);
    write_bytes("a.npy", bytes, (size_t)(128 + size));
    free(bytes);
    args[0] = text_arg(NULL, "a.npy");
    args[1] = text_arg("test", "a.npy");
    describe_model("npy", 2, n_transforms, shape);
}

static double array_value(int64_t i) {
    return (double)(unsigned char)(i * 37 % 251);
}

static GenArg numbers[4];

static GenCall call_of(const char *name, int n, double a, double b) {
    static int used;
    GenArg *at = &numbers[used++ % 2 * 2];
    at[0] = (GenArg){NULL, GEN_NUMBER, a, NULL};
    at[1] = (GenArg){NULL, GEN_NUMBER, b, NULL};
    return CALL(name, n, at);
}

START_TEST(resize_averages_areas_down_and_interpolates_up) {
    real down[4], up[32];
    use_array(1, 1, 4, 6, 1, picture_shape(1, 2, 2));
    calls[1] = call_of("resize", 2, 2, 2);
    take_rows(loaded(), TRAINING, 0, 1, down);
    double sum = 0;
    for (int y = 0; y < 2; y++)
        for (int x = 0; x < 3; x++) sum += array_value(y * 6 + x);
    ck_assert_double_eq(down[0], floor(sum / 6 + 0.5));
    use_array(1, 1, 1, 4, 1, picture_shape(1, 1, 8));
    calls[1] = call_of("resize", 2, 8, 1);
    take_rows(loaded(), TRAINING, 0, 1, up);
    ck_assert_double_eq(up[0], array_value(0));
    for (int i = 0; i < 3; i++) {
        double a = array_value(i), b = array_value(i + 1);
        ck_assert_double_eq(up[2 * i + 1], floor(0.75 * a + 0.25 * b + 0.5));
        ck_assert_double_eq(up[2 * i + 2], floor(0.25 * a + 0.75 * b + 0.5));
    }
}
END_TEST

START_TEST(resize_by_a_fraction_weighs_what_a_cell_covers) {
    real got[2];
    use_array(1, 1, 1, 3, 1, picture_shape(1, 1, 2));
    calls[1] = call_of("resize", 2, 2, 1);
    take_rows(loaded(), TRAINING, 0, 1, got);
    ck_assert_double_eq(got[0], floor((array_value(0) + array_value(1) / 2) / 1.5 + 0.5));
    ck_assert_double_eq(got[1], floor((array_value(1) / 2 + array_value(2)) / 1.5 + 0.5));
}
END_TEST

START_TEST(resize_may_keep_the_number_of_pixels) {
    real got[12];
    use_array(1, 1, 2, 6, 1, picture_shape(1, 4, 3));
    calls[1] = call_of("resize", 2, 3, 4);
    take_rows(loaded(), TRAINING, 0, 1, got);
    for (int x = 0; x < 3; x++)
        ck_assert_double_eq(got[x], floor((array_value(2 * x) + array_value(2 * x + 1)) / 2 + 0.5));
}
END_TEST

START_TEST(crop_takes_the_middle) {
    real got[2 * 2 * 3];
    use_array(1, 2, 6, 7, 1, picture_shape(2, 2, 3));
    calls[1] = call_of("crop", 2, 3, 2);
    take_rows(loaded(), TRAINING, 0, 1, got);
    for (int c = 0; c < 2; c++)
        for (int y = 0; y < 2; y++)
            for (int x = 0; x < 3; x++)
                ck_assert_double_eq(got[(c * 2 + y) * 3 + x],
                                    array_value((c * 6 + y + 2) * 7 + x + 2));
}
END_TEST

START_TEST(gray_weighs_red_green_and_blue) {
    real got[4];
    use_array(1, 3, 2, 2, 1, picture_shape(1, 2, 2));
    calls[1] = CALL("gray", 0, NULL);
    take_rows(loaded(), TRAINING, 0, 1, got);
    for (int i = 0; i < 4; i++)
        ck_assert_double_eq(got[i], floor(0.299 * array_value(i) + 0.587 * array_value(4 + i) +
                                          0.114 * array_value(8 + i) + 0.5));
}
END_TEST

START_TEST(flip_mirrors_about_half_and_never_what_is_held_out) {
    static real got[64 * 6];
    use_array(64, 1, 2, 3, 1, picture_shape(1, 2, 3));
    calls[1] = CALL("flip", 0, NULL);
    Dataset *data = loaded();
    int flipped = 0;
    take_rows(data, TRAINING, 0, 64, got);
    for (int i = 0; i < 64; i++) {
        bool mirrored = got[i * 6] == array_value(i * 6 + 2);
        flipped += mirrored;
        for (int x = 0; x < 6; x++)
            ck_assert_double_eq(got[i * 6 + x],
                                array_value(i * 6 + (mirrored ? x / 3 * 3 + 2 - x % 3 : x)));
    }
    ck_assert(flipped > 16 && flipped < 48);
    take_rows(data, HELD_OUT, 0, 64, got);
    for (int i = 0; i < 64 * 6; i++) ck_assert_double_eq(got[i], array_value(i));
}
END_TEST

static GenShape index_shape(int64_t classes, int64_t h, int64_t w) {
    return (GenShape){.kind = GEN_INDEX, .classes = classes, .rank = 2, .dim = {h, w}};
}

START_TEST(quantize_keeps_colours_exactly_where_there_are_few) {
    static const GenArg one_hundred[] = {{"n", GEN_NUMBER, 50, NULL}};
    static int32_t entry[400];
    static real colour[1200], raw[1200];
    args[0] = one_hundred[0];
    describe_model("sprites", 1, 0, picture_shape(3, 20, 20));
    take_rows(loaded(), TRAINING, 7, 1, raw);
    describe_model("sprites", 1, 1, index_shape(64, 20, 20));
    calls[1] = call_of("quantize", 1, 64, 0);
    Dataset *data = loaded();
    take_rows(data, TRAINING, 7, 1, entry);
    for (int i = 0; i < 400; i++) colour[i] = entry[i];
    dataset_undo(data, 0, colour, 1);
    ck_assert_mem_eq(colour, raw, sizeof raw);
    Space space;
    int64_t packed;
    ck_assert(dataset_shown(data, 0, &space, &packed));
    ck_assert_int_eq(space.rank, 3);
    ck_assert_int_eq(space.dim[0], 3);
    ck_assert_double_eq(space.high, 255);
}
END_TEST

START_TEST(quantize_finds_a_palette_that_is_near_to_all_colours) {
    static int32_t entry[256];
    static real colour[3 * 256];
    use_array(1, 3, 16, 16, 2, index_shape(32, 256, 1));
    calls[1] = call_of("quantize", 1, 32, 0);
    calls[2] = CALL("flatten", 0, NULL);
    Dataset *data = loaded();
    take_rows(data, TRAINING, 0, 1, entry);
    double error = 0;
    for (int i = 0; i < 256; i++) colour[i] = entry[i];
    dataset_undo(data, 0, colour, 1);
    for (int i = 0; i < 3 * 256; i++) error += fabs(colour[i] - array_value(i));
    ck_assert(error / (3 * 256) < 12);
    for (int i = 0; i < 256; i++) ck_assert(entry[i] >= 0 && entry[i] < 32);
}
END_TEST

START_TEST(a_palette_goes_to_the_checkpoint_and_back) {
    static real before[3 * 16], after[3 * 16];
    use_array(1, 3, 4, 4, 1, index_shape(5, 4, 4));
    calls[1] = call_of("quantize", 1, 5, 0);
    Dataset *data = loaded();
    Checkpoint checkpoint = {0};
    dataset_save(data, &checkpoint);
    checkpoint_write("a.safetensors", &checkpoint);
    Dataset *again = dataset_new(whole_model(&model), NULL, false);
    dataset_restore(again, checkpoint_open("a.safetensors"));
    for (int i = 0; i < 16; i++) before[i] = after[i] = i % 5;
    dataset_undo(data, 0, before, 1);
    dataset_undo(again, 0, after, 1);
    ck_assert_mem_eq(before, after, sizeof before);
}
END_TEST

START_TEST(a_flip_before_quantize_draws_at_every_use) {
    static int32_t plain[64 * 6], drawn[64 * 6];
    use_array(64, 1, 2, 3, 1, index_shape(256, 2, 3));
    calls[1] = call_of("quantize", 1, 256, 0);
    take_rows(loaded(), TRAINING, 0, 64, plain);
    pipeline.n_calls = 3;
    calls[2] = calls[1];
    calls[1] = CALL("flip", 0, NULL);
    take_rows(loaded(), TRAINING, 0, 64, drawn);
    int mirrored = 0;
    for (int i = 0; i < 64; i++) {
        mirrored += drawn[i * 6] == plain[i * 6 + 2];
        ck_assert(drawn[i * 6] == plain[i * 6 + 2] || drawn[i * 6] == plain[i * 6]);
    }
    ck_assert(mirrored > 16 && mirrored < 48);
}
END_TEST

START_TEST(pack_makes_one_of_several_and_as_x_shows_each) {
    static real got[3 * 4 * 6], raw[12 * 6];
    GenShape shape = {.kind = GEN_REAL, .rank = 4, .dim = {4, 1, 2, 3}};
    use_array(14, 1, 2, 3, 2, shape);
    calls[1] = call_of("scale", 2, 0, 1);
    calls[2] = call_of("pack", 1, 4, 0);
    Dataset *data = loaded();
    ck_assert_int_eq(dataset_count(data, TRAINING), 3); /* two examples are left over */
    take_rows(data, TRAINING, 0, 3, got);
    for (int i = 0; i < 72; i++) ck_assert_double_eq_tol(got[i], array_value(i) / 255, 1e-12);
    Space space;
    int64_t packed;
    ck_assert(dataset_shown(data, 0, &space, &packed));
    ck_assert_int_eq(packed, 4);
    ck_assert_int_eq(space_size(&space), 6);
    memcpy(raw, got, sizeof got);
    dataset_undo(data, 0, raw, 3);
    for (int i = 0; i < 72; i++) ck_assert_double_eq_tol(raw[i], array_value(i), 1e-9);
}
END_TEST

START_TEST(pack_and_what_is_drawn_before_it_go_together) {
    static real got[2 * 4 * 6];
    GenShape shape = {.kind = GEN_REAL, .rank = 4, .dim = {4, 1, 2, 3}};
    use_array(16, 1, 2, 3, 2, shape);
    calls[1] = CALL("dequantize", 0, NULL);
    calls[2] = call_of("pack", 1, 4, 0);
    take_rows(loaded(), TRAINING, 0, 2, got);
    for (int i = 0; i < 48; i++) ck_assert(got[i] > array_value(i) && got[i] < array_value(i) + 1);
}
END_TEST

START_TEST(a_size_changed_after_scale_is_shown_in_the_new_size) {
    static real got[4];
    use_array(1, 1, 4, 4, 2, picture_shape(1, 2, 2));
    calls[1] = call_of("scale", 2, -1, 1);
    calls[2] = call_of("crop", 2, 2, 2);
    Dataset *data = loaded();
    take_rows(data, TRAINING, 0, 1, got);
    dataset_undo(data, 0, got, 1);
    for (int i = 0; i < 4; i++)
        ck_assert_double_eq_tol(got[i], array_value((1 + i / 2) * 4 + 1 + i % 2), 1e-9);
}
END_TEST

START_TEST(what_cannot_be_undone_is_refused) {
    use_array(4, 1, 4, 4, 2, picture_shape(1, 2, 2));
    calls[1] = CALL("standardize", 0, NULL);
    calls[2] = call_of("crop", 2, 2, 2);
    ck_assert_refused("data.x.crop: put it before standardize");
}
END_TEST

/* ---- the next batch, made ahead ---- */

static void fill_steps(Dataset *data, bool ahead, real *to) {
    static real batch_at[8 * 6];
    GenInput input = {.name = "x", .datum = 0, .shape = datum[0].shape, .at = batch_at};
    for (int step = 0; step < 30; step++) {
        GenRun run = {.seed = 2, .stream = step}, next_run = {.seed = 2, .stream = step + 1};
        Batch batch = {TRAINING, step * 8, 8, 2, true, 0},
              next = {TRAINING, step * 8 + 8, 8, 2, true, 0};
        dataset_fill(data, &batch, &run, 1, &input);
        if (ahead) dataset_prepare(data, &next, &next_run, 1, &input);
        memcpy(to + step * 48, batch_at, sizeof batch_at);
        if (step % 7 == 0) { /* something else in between */
            GenRun other = {.seed = 9, .stream = GEN_HELD_OUT};
            Batch held_out = {HELD_OUT, 0, 8, 2, false, 0};
            dataset_fill(data, &held_out, &other, 1, &input);
        }
    }
}

START_TEST(batches_made_ahead_are_the_same) {
    static real with[30 * 48], without[30 * 48];
    static GenInput inputs[1];
    use_array(64, 1, 2, 3, 2, picture_shape(1, 2, 3));
    calls[1] = CALL("flip", 0, NULL);
    calls[2] = CALL("dequantize", 0, NULL);
    inputs[0] = (GenInput){.name = "x", .datum = 0, .shape = datum[0].shape, .at = NULL};
    program.role = GEN_STEP;
    program.n_inputs = 1;
    program.inputs = inputs;
    fill_steps(loaded(), true, with);
    fill_steps(loaded(), false, without);
    ck_assert_mem_eq(with, without, sizeof with);
}
END_TEST

/* ---- CSV ---- */

static void use_csv(const char *text, int64_t columns) {
    write_bytes("a.csv", text, strlen(text));
    args[0] = text_arg(NULL, "a.csv");
    args[1] = text_arg("test", "a.csv");
    describe_model("csv", 2, 0, (GenShape){.kind = GEN_REAL, .rank = 1, .dim = {columns}});
}

static const char *const good_csv[] = {
    "1,2,3\n4,5,6\n",
    "a,b,c\n1,2,3\n4,5,6",
    "\xef\xbb\xbf\"a\",\"b \"\"q\"\"\",c\r\n1, 2 ,\"3\"\r\n\r\n4,5,6\r\n",
    "1;2;3\n4;5;6\n",
    "a\tb\tc\n1\t2\t3e0\n4.0\t+5\t.6e1\n",
    /* numbers longer than any buffer of one size */
    "1,0.000000000000000000000000000000000000000000000000000000000000000002e66,3\n"
    "4,\"500000000000000000000000000000000000000000000000000000000000000000000e-68\",6\n",
};

START_TEST(columns_are_a_vector) {
    real got[6];
    use_csv(good_csv[_i], 3);
    Dataset *data = loaded();
    ck_assert_int_eq(dataset_count(data, TRAINING), 2);
    take_rows(data, TRAINING, 0, 2, got);
    for (int i = 0; i < 6; i++) ck_assert_double_eq(got[i], i + 1);
}
END_TEST

START_TEST(several_values_share_the_columns) {
    real x[4];
    int32_t y[2];
    use_csv("1,2,0\n3,4,2\n", 2);
    datum[1] = (GenDatum){"y", {.kind = GEN_INDEX, .classes = 3}, "y, test.gen:1:5"};
    model.n_data = source.n_datums = 2;
    GenInput inputs[] = {{.name = "x", .datum = 0, .shape = datum[0].shape, .at = x},
                         {.name = "y", .datum = 1, .shape = datum[1].shape, .at = y}};
    GenRun run = {0};
    Batch batch = {TRAINING, 0, 2, 1, false, 0};
    dataset_fill(loaded(), &batch, &run, 2, inputs);
    ck_assert_double_eq(x[2], 3);
    ck_assert_int_eq(y[1], 2);
}
END_TEST

static const struct {
    const char *text, *message;
} bad_csv[] = {
    {"1,2,3\n4,5\n", "a.csv:2:4: 2 fields in this line, 3 in those before it"},
    {"1,2,3\n4,5,6,7\n", "a.csv:2:7: 4 fields in this line, 3 in those before it"},
    {"a,b,c\n1,2,3\n4,five,6\n", "a.csv:3:3: 'five' is not a number"},
    {"1,b,3\n4,5,6\n", "a.csv:1:3: 'b' is not a number"},
    {"1,2,3\n4,,6\n", "a.csv:2:3: this field is empty"},
    {"1,2,3\n4,nan,6\n", "a.csv:2:3: 'nan' is not a number"},
    {"1,2,3\n4,-inf,6\n", "a.csv:2:3: '-inf' is not a number"},
    {"1,2,3\n4,1e309,6\n", "a.csv:2:3: '1e309' is too large a number"},
    {"1,2,3\n4,\"5,6\n", "a.csv:2:3: a quote is not closed"},
    {"1,2,3\n4,\"5\"x,6\n", "a.csv:2:6: more follows in the field after its quote"},
    {"a,b,c\n", "a.csv: holds no examples"},
    {"", "a.csv: holds no examples"},
    {"1,2\n3,4\n", "a.csv: expected 3 (x, test.gen:1:1), found 2"},
};

START_TEST(a_bad_csv_file_is_refused_with_its_place) {
    use_csv(bad_csv[_i].text, 3);
    ck_assert_int_eq(in_child(load_in_child, NULL), 1);
    ck_assert_said(bad_csv[_i].message);
}
END_TEST

/* ---- CIFAR-10 ---- */

enum { RECORD = 3073 };

static void write_batch(const char *path, int n, int first_label) {
    unsigned char *bytes = malloc((size_t)n * RECORD);
    for (int i = 0; i < n * RECORD; i++)
        bytes[i] = (unsigned char)(i % RECORD == 0 ? first_label + i / RECORD : i * 7);
    write_bytes(path, bytes, (size_t)n * RECORD);
    free(bytes);
}

static void use_cifar(void) {
    args[0] = text_arg(NULL, "cifar");
    describe_model("cifar10", 1, 0, picture_shape(3, 32, 32));
    datum[1] = (GenDatum){"y", {.kind = GEN_INDEX, .classes = 10}, "y, test.gen:1:5"};
    model.n_data = source.n_datums = 2;
}

START_TEST(batches_are_read_in_order_and_the_test_batch_is_held_out) {
    static real x[3 * 3072];
    int32_t y[3];
    ck_assert_int_eq(mkdir("cifar", 0777), 0);
    write_batch("cifar/data_batch_2.bin", 1, 7);
    write_batch("cifar/data_batch_1.bin", 2, 3);
    write_batch("cifar/test_batch.bin", 1, 9);
    write_bytes("cifar/batches.meta.txt", "airplane", 8);
    use_cifar();
    GenInput inputs[] = {{.name = "x", .datum = 0, .shape = datum[0].shape, .at = x},
                         {.name = "y", .datum = 1, .shape = datum[1].shape, .at = y}};
    GenRun run = {0};
    Batch batch = {TRAINING, 0, 3, 1, false, 0};
    Dataset *data = loaded();
    ck_assert_int_eq(dataset_count(data, TRAINING), 3);
    ck_assert_int_eq(dataset_count(data, HELD_OUT), 1);
    dataset_fill(data, &batch, &run, 2, inputs);
    ck_assert_int_eq(y[0], 3);
    ck_assert_int_eq(y[1], 4);
    ck_assert_int_eq(y[2], 7);
    for (int i = 0; i < 3072; i++)
        ck_assert_double_eq(x[3072 + i], (unsigned char)((RECORD + 1 + i) * 7));
}
END_TEST

START_TEST(a_bad_cifar_batch_is_refused_with_its_place) {
    ck_assert_int_eq(mkdir("cifar", 0777), 0);
    use_cifar();
    write_batch("cifar/data_batch_1.bin", 3, 8);
    ck_assert_refused("cifar/data_batch_1.bin: 10, the label of example 2, is not one of 0 to 9");
    write_bytes("cifar/data_batch_1.bin", good_csv, sizeof good_csv);
    ck_assert_refused("cifar/data_batch_1.bin: not a whole number of examples of 3073 bytes");
}
END_TEST

/* ---- the creatures ---- */

START_TEST(creatures_are_symmetric_varied_and_of_few_colours) {
    static const GenArg creature_args[] = {{NULL, GEN_NUMBER, 64, NULL},
                                           {NULL, GEN_NUMBER, 32, NULL}};
    enum { SIDE = 32, SIZE = 3 * SIDE * SIDE };
    static real got[64 * SIZE];
    memcpy(args, creature_args, sizeof creature_args);
    describe_model("sprites", 2, 0, picture_shape(3, SIDE, SIDE));
    take_rows(loaded(), TRAINING, 0, 64, got);
    for (int i = 0; i < 64; i++) {
        int inked = 0;
        for (int p = 0; p < SIZE; p++) {
            ck_assert_double_eq(got[i * SIZE + p],
                                got[i * SIZE + p / SIDE * SIDE + SIDE - 1 - p % SIDE]);
            inked += got[i * SIZE + p] < 255;
        }
        ck_assert(inked > SIZE / 10);
        if (i > 0) ck_assert_mem_ne(got, got + i * SIZE, SIZE * sizeof *got);
    }
}
END_TEST

#define ADD_LOOP(cases, test, array)                                                               \
    tcase_add_loop_test(cases, test, 0, sizeof(array) / sizeof *(array))

static void add_png(TCase *cases) {
    ADD_LOOP(cases, every_kind_of_png_has_the_pixels_of_the_standard, png_kinds);
    tcase_add_test(cases, a_coloured_background_colours_what_is_transparent);
    tcase_add_test(cases, a_folder_and_a_pattern_name_pictures_in_their_order);
    tcase_add_test(cases, a_png_cut_off_anywhere_is_refused);
    tcase_add_test(cases, a_corrupt_png_is_refused_with_its_place);
    tcase_add_test(cases, a_png_without_pixels_is_refused);
    tcase_add_test(cases, pictures_of_several_sizes_are_refused_unless_they_are_made_equal);
    tcase_add_test(cases, an_empty_or_missing_folder_is_named);
}

static void add_transforms(TCase *cases) {
    tcase_add_test(cases, resize_averages_areas_down_and_interpolates_up);
    tcase_add_test(cases, resize_by_a_fraction_weighs_what_a_cell_covers);
    tcase_add_test(cases, resize_may_keep_the_number_of_pixels);
    tcase_add_test(cases, crop_takes_the_middle);
    tcase_add_test(cases, gray_weighs_red_green_and_blue);
    tcase_add_test(cases, flip_mirrors_about_half_and_never_what_is_held_out);
    tcase_add_test(cases, quantize_keeps_colours_exactly_where_there_are_few);
    tcase_add_test(cases, quantize_finds_a_palette_that_is_near_to_all_colours);
    tcase_add_test(cases, a_palette_goes_to_the_checkpoint_and_back);
    tcase_add_test(cases, a_flip_before_quantize_draws_at_every_use);
    tcase_add_test(cases, pack_makes_one_of_several_and_as_x_shows_each);
    tcase_add_test(cases, pack_and_what_is_drawn_before_it_go_together);
    tcase_add_test(cases, a_size_changed_after_scale_is_shown_in_the_new_size);
    tcase_add_test(cases, what_cannot_be_undone_is_refused);
    tcase_add_test(cases, batches_made_ahead_are_the_same);
}

int main(void) {
    TCase *cases = tcase_create("pictures");
    tcase_add_checked_fixture(cases, enter_scratch, leave_scratch);
    tcase_set_timeout(cases, 60);
    add_png(cases);
    add_transforms(cases);
    ADD_LOOP(cases, columns_are_a_vector, good_csv);
    tcase_add_test(cases, several_values_share_the_columns);
    ADD_LOOP(cases, a_bad_csv_file_is_refused_with_its_place, bad_csv);
    tcase_add_test(cases, batches_are_read_in_order_and_the_test_batch_is_held_out);
    tcase_add_test(cases, a_bad_cifar_batch_is_refused_with_its_place);
    tcase_add_test(cases, creatures_are_symmetric_varied_and_of_few_colours);
    return run_cases("runtime pictures", cases);
}
