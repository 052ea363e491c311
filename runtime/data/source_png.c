/* source_png.c: PNG pictures (ISO/IEC 15948), every colour type and depth, interlaced or not.
 *
 * A folder whose files are all of grey types gives [1, height, width], otherwise all are [3,
 * height, width]. Values are 0 to 255, of files with 16 bits in steps of 1/257. What is
 * transparent, by an alpha channel or a tRNS chunk, is laid over the background: white, or the one
 * named. */
#include "data.h"

#ifndef GENC_MINIMAL
#include <png.h>
#endif

typedef struct {
    double channel[3]; /* 0 to 255 */
} Background;

static Background read_background(const SourceRequest *request) {
    static const struct {
        const char *name;
        Background is;
    } named[] = {{"white", {{255, 255, 255}}}, {"black", {{0, 0, 0}}}, {"gray", {{128, 128, 128}}}};
    const char *text = call_text(request->call, "background");
    Background background = named[0].is;
    if (text == NULL) return background;
    for (size_t i = 0; i < sizeof named / sizeof *named; i++)
        if (strcmp(named[i].name, text) == 0) return named[i].is;
    bool good =
        text[0] == '#' && strlen(text) == 7 && strspn(text + 1, "0123456789abcdefABCDEF") == 6;
    if (!good)
        fail("png: background \"%s\" is not \"white\", \"black\", \"gray\" or \"#rrggbb\"", text);
    unsigned long all = strtoul(text + 1, NULL, 16);
    for (int c = 0; c < 3; c++) background.channel[c] = (double)(all >> (16 - 8 * c) & 255);
    return background;
}

static bool is_grey(const Background *b) {
    return b->channel[0] == b->channel[1] && b->channel[1] == b->channel[2];
}

/* A picture as libpng leaves it: red, green, blue and alpha of each pixel, in 1 or 2 bytes each. */
typedef struct {
    int64_t width, height;
    int depth; /* 8 or 16 */
    bool coloured, transparent;
    unsigned char *samples;
} DecodedPng;

#ifndef GENC_MINIMAL

enum { PNG_HEAD = 8 + 4 + 4 + 13 };
static const int64_t most_pixels = (int64_t)1 << 28;

typedef struct {
    const char *path;
    const unsigned char *at;
    int64_t n, read;
    char warning[120];
} PngInput;

static void png_take(png_structp png, png_bytep to, png_size_t n) {
    PngInput *input = png_get_io_ptr(png);
    if ((int64_t)n > input->n - input->read)
        fail("%s: truncated: it ends after %" PRId64 " bytes, within a chunk that goes on",
             input->path, input->n);
    memcpy(to, input->at + input->read, n);
    input->read += (int64_t)n;
}

static void png_warned(png_structp png, png_const_charp text) {
    PngInput *input = png_get_error_ptr(png);
    snprintf(input->warning, sizeof input->warning, " (%s)", text);
}

static void png_failed(png_structp png, png_const_charp text) {
    PngInput *input = png_get_error_ptr(png);
    fail("%s: corrupt, before byte %" PRId64 ": %s%s", input->path, input->read, text,
         input->warning);
}

/* What libpng would say less plainly. */
static void png_check_head(const PngInput *input) {
    if (input->n == 0) fail("%s: is empty", input->path);
    if (input->n < 8 || memcmp(input->at, "\x89PNG\r\n\x1a\n", 8) != 0)
        fail("%s: not a PNG file: it does not begin with \\x89PNG", input->path);
    if (input->n < PNG_HEAD)
        fail("%s: truncated: it ends within its header, after %" PRId64 " bytes", input->path,
             input->n);
    int64_t width = png_get_uint_32(input->at + 16), height = png_get_uint_32(input->at + 20);
    if (width == 0 || height == 0)
        fail("%s: has no pixels: its header says %" PRId64 " x %" PRId64, input->path, width,
             height);
    if (height > most_pixels / width)
        fail("%s: %" PRId64 " x %" PRId64 " pixels are too many", input->path, width, height);
}

/* Everything becomes red, green, blue and alpha; palettes and depths below 8 are spread out. */
static void png_ask_for_rgba(png_structp png, png_infop info, DecodedPng *picture) {
    int type = png_get_color_type(png, info);
    picture->coloured = type != PNG_COLOR_TYPE_GRAY && type != PNG_COLOR_TYPE_GRAY_ALPHA;
    picture->transparent =
        (type & PNG_COLOR_MASK_ALPHA) != 0 || png_get_valid(png, info, PNG_INFO_tRNS) != 0;
    picture->depth = png_get_bit_depth(png, info) == 16 ? 16 : 8;
    picture->width = png_get_image_width(png, info);
    picture->height = png_get_image_height(png, info);
    png_set_expand(png);
    png_set_gray_to_rgb(png);
    png_set_add_alpha(png, 0xffff, PNG_FILLER_AFTER);
    png_set_interlace_handling(png);
    png_read_update_info(png, info);
}

static void png_fetch_rows(png_structp png, DecodedPng *picture) {
    size_t line = (size_t)picture->width * 4 * (size_t)(picture->depth / 8);
    png_bytep *rows = allocate(picture->height, sizeof *rows);
    picture->samples = allocate(picture->height, line);
    for (int64_t y = 0; y < picture->height; y++) rows[y] = picture->samples + (size_t)y * line;
    png_read_image(png, rows);
    free(rows);
}

static DecodedPng png_decode(const char *path, const Bytes *bytes) {
    PngInput input = {.path = path, .at = bytes->at, .n = bytes->size};
    DecodedPng picture = {0};
    png_check_head(&input);
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &input, png_failed, png_warned);
    png_infop info = png == NULL ? NULL : png_create_info_struct(png);
    if (info == NULL) fail("%s: libpng cannot be used", path);
    png_set_read_fn(png, &input, png_take);
    png_read_info(png, info);
    png_ask_for_rgba(png, info, &picture);
    png_fetch_rows(png, &picture);
    png_read_end(png, info);
    png_destroy_read_struct(&png, &info, NULL);
    return picture;
}

#else

static DecodedPng png_decode(const char *path, const Bytes *bytes) {
    (void)bytes;
    fail("%s: this trainer was built without libpng (GENC_MINIMAL): it cannot read PNG", path);
}

#endif

/* ---- pixels to values ---- */

/* The sample's value in 0 to 1, exact in double. */
static double png_sample(const DecodedPng *picture, int64_t i) {
    const unsigned char *at = picture->samples + i * (picture->depth / 8);
    return picture->depth == 16 ? (double)(at[0] << 8 | at[1]) / 65535 : (double)at[0] / 255;
}

/* [3, height, width], laid over the background. Rounded to the file's own levels. */
static real *png_values(const DecodedPng *picture, const Background *background) {
    int64_t n = picture->width * picture->height;
    double levels = picture->depth == 16 ? 65535 : 255;
    real *values = allocate(3 * n, sizeof *values);
    for (int64_t i = 0; i < n; i++)
        for (int c = 0; c < 3; c++) {
            double alpha = png_sample(picture, 4 * i + 3), colour = png_sample(picture, 4 * i + c);
            double seen = alpha * colour + (1 - alpha) * background->channel[c] / 255;
            values[c * n + i] = (real)(floor(seen * levels + 0.5) * (255 / levels));
        }
    return values;
}

/* ---- all pictures of a part ---- */

static void png_same_size(const PngSet *set, const char *path, const Space *space) {
    if (space->dim[1] == set->space.dim[1] && space->dim[2] == set->space.dim[2]) return;
    fail("%s: is %" PRId64 " x %" PRId64 ", but %s is %" PRId64 " x %" PRId64
         ": for pictures of several sizes, begin the transforms with resize(w, h) or crop(w, h)",
         path, space->dim[2], space->dim[1], set->first, set->space.dim[2], set->space.dim[1]);
}

real *png_read(const SourceRequest *request, const char *path, Fingerprint *add_to, PngSet *set) {
    Background background = read_background(request);
    Bytes bytes = read_data_file(path, add_to);
    DecodedPng picture = png_decode(path, &bytes);
    real *values = png_values(&picture, &background);
    Space space = {.rank = 3,
                   .dim = {3, picture.height, picture.width},
                   .high = 255,
                   .level = picture.depth == 16 ? 1.0 / 257 : 1};
    set->coloured =
        set->coloured || picture.coloured || (picture.transparent && !is_grey(&background));
    set->deep = set->deep || picture.depth == 16;
    free(bytes.at);
    free(picture.samples);
    pipeline_fit(request->first, path, &space, &values);
    if (set->first == NULL) {
        set->first = text_of("%s", path);
        set->space = space;
    }
    png_same_size(set, path, &space);
    return values;
}

static void png_read_all(const SourceRequest *request, const char *name, int part, PngSet *set,
                         SourceTable *table) {
    char **paths = find_data_files(request->folder, name, ".png");
    Fingerprint fingerprint = {0, 0};
    int64_t n = 0;
    while (paths[n] != NULL) n++;
    if (n == 0)
        fail("%s: there are no .png files by this name in %s", name,
             request->folder[0] != 0 ? request->folder : ".");
    real *all = NULL;
    for (int64_t i = 0; i < n; i++) {
        real *values = png_read(request, paths[i], &fingerprint, set);
        int64_t size = space_size(&set->space);
        if (all == NULL) all = allocate(n * size, sizeof *all);
        memcpy(all + i * size, values, (size_t)size * sizeof *all);
        free(values);
        free(paths[i]);
    }
    free(paths);
    end_data_files(join_path(request->folder, name), &fingerprint);
    table->values[part][0] = all;
    table->count[part] = n;
}

Space png_settle(PngSet *set, real *values, int64_t pictures) {
    int64_t n = set->space.dim[1] * set->space.dim[2];
    Space space = set->space;
    space.level = set->deep ? 1.0 / 257 : 1;
    if (set->coloured) return space;
    for (int64_t i = 0; i < pictures; i++)
        memmove(values + i * n, values + 3 * i * n, (size_t)n * sizeof(real));
    space.dim[0] = 1;
    return space;
}

void load_png(const SourceRequest *request, SourceTable *table) {
    const char *name = call_text(request->call, "files"), *test = call_text(request->call, "test");
    PngSet set = {0};
    table->from = join_path(request->folder, name);
    png_read_all(request, name, TRAINING, &set, table);
    if (test != NULL) png_read_all(request, test, HELD_OUT, &set, table);
    for (int part = 0; part < DATA_PARTS; part++)
        table->space[0] = png_settle(&set, table->values[part][0], table->count[part]);
}
