/* show.c: what samples give, as files of the fitting kind: pictures, plots, text, sound, video,
 * arrays.
 */
#include "sample.h"

enum { MOST_FRAMES = 24 /* of a strip */, FRAME_DELAY = 120 /* milliseconds */ };

/* ---- pictures and points ---- */

/* One picture up to three outputs: an example's outputs one under the other, examples in rows.
 * From four on, an example is a row. */
static int64_t tile_place(int64_t example, int64_t output, int64_t outputs, int64_t columns) {
    if (outputs > 3) return example * columns + output;
    return (example / columns * outputs + output) * columns + example % columns;
}

/* Nearly a square, its last row full if that can be had. */
static int64_t tile_columns(int64_t n, int64_t outputs) {
    if (outputs > 3) return outputs;
    int64_t square = (int64_t)ceil(sqrt((double)(n * outputs)));
    for (int64_t columns = square; columns <= 2 * square && columns <= n; columns++)
        if (n % columns == 0) return columns;
    return square < n ? square : n;
}

/* In place: from low .. high to 0 .. 1, once. */
static const real *to_unit_range(Shown *shown) {
    real *values = shown->values;
    real low = (real)shown->low, span = (real)(shown->high - shown->low);
    if (low == 0 && span == 1) return values;
    for (int64_t i = 0; i < shown->n * elements_of(&shown->shape); i++)
        values[i] = (values[i] - low) / span;
    shown->low = 0;
    shown->high = 1;
    return values;
}

static void write_picture(const char *path, Shown *const *group, int64_t outputs) {
    int64_t n = 1, size = elements_of(&group[0]->shape);
    for (int64_t j = 0; j < outputs; j++) n = group[j]->n > n ? group[j]->n : n;
    int64_t columns =
        group[0]->columns > 0 && outputs <= 3 ? group[0]->columns : tile_columns(n, outputs);
    int64_t blocks = outputs > 3 ? n : (n + columns - 1) / columns;
    int64_t tiles = outputs > 3 ? blocks * columns : blocks * outputs * columns;
    const real **tile = allocate(tiles, sizeof *tile);
    for (int64_t j = 0; j < outputs; j++) {
        const real *values = to_unit_range(group[j]);
        for (int64_t i = 0; i < group[j]->n; i++)
            tile[tile_place(i, j, outputs, columns)] = values + i * size;
    }
    Picture picture = picture_grid(tile, tiles, columns, &group[0]->shape);
    picture_write(path, &picture);
    picture_free(&picture);
    free(tile);
}

/* Of a point: the last axis of [2] and of [n, 2]; a lone number is a point of one dimension. */
static int64_t point_dims(const GenShape *shape) {
    return shape->rank == 0 ? 1 : shape->dim[shape->rank - 1];
}

static void write_points(const char *path, Shown *const *group, int64_t outputs) {
    PointGroup *points = allocate(outputs, sizeof *points);
    int64_t dims = point_dims(&group[0]->shape);
    for (int64_t j = 0; j < outputs; j++) {
        int64_t n = group[j]->n * elements_of(&group[j]->shape) / dims;
        points[j] = (PointGroup){group[j]->values, n};
    }
    Picture picture = plot_points(points, (int)outputs, (int)dims);
    picture_write(path, &picture);
    picture_free(&picture);
    free(points);
}

/* ---- numbers and arrays ---- */

static void put_value(FILE *to, const Shown *shown, int64_t i) {
    if (shown->shape.kind == GEN_INDEX)
        fprintf(to, "%" PRId32, ((const int32_t *)shown->values)[i]);
    else fprintf(to, "%.9g", (double)((const real *)shown->values)[i]);
}

/* A line an example; its values with spaces, its outputs with tabs between them. */
static void write_numbers(const char *path, Shown *const *group, int64_t outputs) {
    int64_t size = elements_of(&group[0]->shape);
    AtomicFile file = atomic_open(path);
    for (int64_t e = 0; e < group[0]->n; e++) {
        for (int64_t j = 0; j < outputs; j++)
            for (int64_t i = 0; i < size; i++) {
                if (i > 0 || j > 0) fputc(i > 0 ? ' ' : '\t', file.to);
                put_value(file.to, group[j], e * size + i);
            }
        fputc('\n', file.to);
    }
    atomic_close(&file);
}

/* [n, shape], or [n, outputs, shape] if there are several. */
static void write_array(const char *path, Shown *const *group, int64_t outputs) {
    const GenShape *shape = &group[0]->shape;
    int64_t dim[GEN_MAX_RANK + 2] = {group[0]->n}, size = elements_of(shape), n = group[0]->n;
    int rank = 1;
    if (outputs > 1) dim[rank++] = outputs;
    for (int i = 0; i < shape->rank; i++) dim[rank++] = shape->dim[i];
    size_t bytes = (size_t)(size * kind_bytes(shape->kind));
    char *all = allocate(n * outputs, bytes);
    for (int64_t e = 0; e < n; e++)
        for (int64_t j = 0; j < outputs; j++)
            memcpy(all + (size_t)(e * outputs + j) * bytes,
                   (char *)group[j]->values + (size_t)e * bytes, bytes);
    npy_write(path, shape->kind, rank, dim, all);
    free(all);
}

/* ---- text ---- */

static void put_utf8(FILE *to, uint32_t code) {
    if (code < 0x80) fputc((int)code, to);
    else if (code < 0x800) fprintf(to, "%c%c", (int)(0xc0 | code >> 6), (int)(0x80 | (code & 63)));
    else if (code < 0x10000)
        fprintf(to, "%c%c%c", (int)(0xe0 | code >> 12), (int)(0x80 | (code >> 6 & 63)),
                (int)(0x80 | (code & 63)));
    else
        fprintf(to, "%c%c%c%c", (int)(0xf0 | code >> 18), (int)(0x80 | (code >> 12 & 63)),
                (int)(0x80 | (code >> 6 & 63)), (int)(0x80 | (code & 63)));
}

/* Code points up to the first 0. True if there is an end of line among them. */
static bool put_line(FILE *to, const real *code, int64_t n) {
    bool lines = false;
    for (int64_t i = 0; i < n && code[i] >= 1 && code[i] < 0x110000; i++) {
        lines = lines || code[i] == '\n';
        put_utf8(to, (uint32_t)code[i]);
    }
    fputc('\n', to);
    return lines;
}

/* A text a line. What an example gives stands together, examples apart: by an empty line, by a rule
 * if texts have lines of their own. */
static void put_texts(FILE *to, Shown *const *group, int64_t outputs) {
    int64_t size = elements_of(&group[0]->shape);
    for (int64_t e = 0; e < group[0]->n; e++) {
        bool lines = false;
        for (int64_t j = 0; j < outputs; j++)
            lines = put_line(to, (const real *)group[j]->values + e * size, size) || lines;
        if (e + 1 < group[0]->n && (lines || outputs > 1)) fputs(lines ? "----\n" : "\n", to);
    }
}

static void write_texts(const char *path, Shown *const *group, int64_t outputs) {
    AtomicFile file = atomic_open(path);
    put_texts(file.to, group, outputs);
    atomic_close(&file);
}

/* ---- sound: what an example gives follows each other ---- */

static Sound *sounds_of(Shown *const *group, int64_t outputs, int64_t *n) {
    int64_t size = elements_of(&group[0]->shape);
    *n = group[0]->n * outputs;
    Sound *sounds = allocate(*n, sizeof *sounds);
    for (int64_t j = 0; j < outputs; j++) {
        real *values = group[j]->values;
        real middle = (real)(group[j]->low + group[j]->high) / 2;
        real half = (real)(group[j]->high - group[j]->low) / 2;
        for (int64_t i = 0; i < group[j]->n * size; i++) values[i] = (values[i] - middle) / half;
        group[j]->low = -1;
        group[j]->high = 1;
        for (int64_t e = 0; e < group[j]->n; e++)
            sounds[e * outputs + j] = (Sound){values + e * size, size};
    }
    return sounds;
}

static void write_sound(const char *path, Shown *const *group, int64_t outputs) {
    int64_t n;
    Sound *sounds = sounds_of(group, outputs, &n);
    wav_write(path, sounds, n, group[0]->rate);
    free(sounds);
}

static void write_spectrogram(const char *path, Shown *const *group, int64_t outputs) {
    int64_t n, columns = group[0]->columns;
    Sound *sounds = sounds_of(group, outputs, &n);
    if (columns <= 0) columns = outputs > 1 ? outputs : n > 4 ? 4 : n;
    Picture picture = picture_of_sounds(sounds, n, columns, group[0]->rate);
    picture_write(path, &picture);
    picture_free(&picture);
    free(sounds);
}

/* ---- video ---- */

static GenShape frame_shape(const GenShape *clip) {
    GenShape frame = *clip;
    frame.rank--;
    memmove(frame.dim, clip->dim + 1, sizeof(int64_t) * (size_t)frame.rank);
    return frame;
}

/* A clip a row, what an example gives in rows together; of long clips frames at equal distances. */
static void write_strip(const char *path, Shown *const *group, int64_t outputs) {
    int64_t frames = group[0]->shape.dim[0], n = group[0]->n;
    int64_t columns = frames < MOST_FRAMES ? frames : MOST_FRAMES;
    GenShape frame = frame_shape(&group[0]->shape);
    int64_t size = elements_of(&frame);
    const real **tile = allocate(n * outputs * columns, sizeof *tile);
    for (int64_t j = 0; j < outputs; j++) {
        const real *values = to_unit_range(group[j]);
        for (int64_t e = 0; e < n; e++)
            for (int64_t k = 0; k < columns; k++)
                tile[(e * outputs + j) * columns + k] =
                    values + (e * frames + k * frames / columns) * size;
    }
    Picture picture = picture_grid(tile, n * outputs * columns, columns, &frame);
    picture_write(path, &picture);
    picture_free(&picture);
    free(tile);
}

static Picture moving_frame(Shown *const *group, int64_t outputs, int64_t k, int64_t columns) {
    int64_t frames = group[0]->shape.dim[0], n = group[0]->n;
    GenShape frame = frame_shape(&group[0]->shape);
    int64_t size = elements_of(&frame),
            rows = outputs > 3 ? n : (n + columns - 1) / columns * outputs;
    const real **tile = allocate(rows * columns, sizeof *tile);
    for (int64_t j = 0; j < outputs; j++)
        for (int64_t e = 0; e < n; e++)
            tile[tile_place(e, j, outputs, columns)] =
                (const real *)group[j]->values + (e * frames + k) * size;
    Picture picture = picture_grid(tile, rows * columns, columns, &frame);
    free(tile);
    return picture;
}

static void write_animation(const char *path, Shown *const *group, int64_t outputs) {
    int frames = (int)group[0]->shape.dim[0];
    int64_t columns = tile_columns(group[0]->n, outputs);
    Picture *picture = allocate(frames, sizeof *picture);
    for (int64_t j = 0; j < outputs; j++) to_unit_range(group[j]);
    for (int k = 0; k < frames; k++) picture[k] = moving_frame(group, outputs, k, columns);
    animation_write(path, picture, frames, FRAME_DELAY);
    for (int k = 0; k < frames; k++) picture_free(&picture[k]);
    free(picture);
}

/* ---- which file: by kind and ending. A kind's own files, then numbers of anything ---- */

typedef void WriteGroup(const char *path, Shown *const *group, int64_t outputs);

static const struct {
    FileKind kind;
    const char *ending;
    WriteGroup *write;
} file_forms[] = {{AS_PICTURE, ".png", write_picture},   {AS_POINTS, ".png", write_points},
                  {AS_TEXT, ".txt", write_texts},        {AS_NUMBERS, ".txt", write_numbers},
                  {AS_ARRAY, ".npy", write_array},       {AS_SOUND, ".wav", write_sound},
                  {AS_SOUND, ".png", write_spectrogram}, {AS_VIDEO, ".png", write_strip},
                  {AS_VIDEO, ".apng", write_animation}};
enum { FILE_FORMS = sizeof file_forms / sizeof *file_forms };

static const char *const kind_words[FILE_KINDS] = {
    [AS_PICTURE] = "a picture", [AS_POINTS] = "a plot of points", [AS_TEXT] = "text",
    [AS_NUMBERS] = "numbers",   [AS_ARRAY] = "an array",          [AS_SOUND] = "sound",
    [AS_VIDEO] = "video"};

static bool has_ending(const char *path, const char *ending) {
    size_t n = strlen(path), m = strlen(ending);
    return n > m && strcmp(path + n - m, ending) == 0;
}

_Noreturn static void wrong_ending(const char *path, const Shown *shown) {
    char *known = text_of("%s", "");
    for (int i = 0; i < FILE_FORMS; i++)
        if (file_forms[i].kind == shown->kind && strcmp(file_forms[i].ending, ".npy") != 0 &&
            strcmp(file_forms[i].ending, ".txt") != 0)
            known = text_of("%s%s, ", known, file_forms[i].ending);
    fail("%s: '%s' is %s: the ending must be %s.npy or .txt", path, shown->name,
         kind_words[shown->kind], known);
}

static WriteGroup *writer_of_path(const char *path, const Shown *shown) {
    for (int i = 0; i < FILE_FORMS; i++)
        if (file_forms[i].kind == shown->kind && has_ending(path, file_forms[i].ending))
            return file_forms[i].write;
    if (has_ending(path, ".npy")) return write_array;
    if (has_ending(path, ".txt")) return write_numbers;
    wrong_ending(path, shown);
}

static bool belongs(const Shown *a, const Shown *b) {
    bool same = a->kind == b->kind && a->n == b->n && a->shape.rank == b->shape.rank &&
                a->shape.kind == b->shape.kind && a->rate == b->rate;
    for (int i = 0; same && i < a->shape.rank; i++) same = a->shape.dim[i] == b->shape.dim[i];
    return same;
}

/* a.png, a-2.png, a-3.png ... */
static char *numbered_path(const char *path, int number) {
    if (number == 0) return text_of("%s", path);
    const char *dot = strrchr(path, '.');
    return text_of("%.*s-%d%s", (int)(dot - path), path, number + 1, dot);
}

static void write_file(const char *path, int number, WriteGroup *write, Shown *const *group,
                       int members, bool say_where) {
    char *to = numbered_path(path, number);
    write(to, group, members);
    if (say_where) printf("%s\n", to);
    free(to);
}

/* Under its stem, in all forms of its kind; text is to be read at once. */
static void write_all_forms(const char *stem, int number, Shown *const *group, int members,
                            bool say_where) {
    if (say_where && group[0]->kind == AS_TEXT) put_texts(stdout, group, members);
    for (int i = 0; i < FILE_FORMS; i++) {
        if (file_forms[i].kind != group[0]->kind) continue;
        char *path = text_of("%s%s", stem, file_forms[i].ending);
        bool is_text = group[0]->kind == AS_TEXT;
        write_file(path, number, file_forms[i].write, group, members, say_where && !is_text);
        if (say_where && is_text) note("this text is also in %s", path);
        free(path);
    }
}

void shown_write(Shown *shown, int n, const char *path, const char *stem, bool say_where) {
    bool done[MAX_SHOWN] = {false};
    for (int i = 0, number = 0; i < n; i++) {
        Shown *group[MAX_SHOWN];
        int members = 0;
        for (int j = i; j < n; j++)
            if (!done[j] && belongs(&shown[i], &shown[j])) {
                done[j] = true;
                group[members++] = &shown[j];
            }
        if (members == 0) continue;
        if (path == NULL) write_all_forms(stem, number, group, members, say_where);
        else write_file(path, number, writer_of_path(path, &shown[i]), group, members, say_where);
        number++;
    }
    for (int i = 0; i < n; i++) free(shown[i].values);
}
