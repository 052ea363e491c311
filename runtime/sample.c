/* sample.c: runs a spec's sample programs and writes what they give as files of the fitting kind.
 */
#include "sample.h"

static const char *const file_ending[FILE_KINDS] = {".png", ".png", ".txt", ".npy"};

enum { USUAL_TILES = 64, USUAL_POINTS = 2000 };

/* ---- what kind of file ---- */

static GenShape shape_of_space(const Space *space) {
    GenShape shape = {.kind = GEN_REAL, .rank = space->rank};
    memcpy(shape.dim, space->dim, sizeof shape.dim);
    return shape;
}

static FileKind kind_of_datum(const GenShape *shape) {
    if (shape->kind != GEN_REAL) return AS_TEXT;
    int64_t size = elements_of(shape), channels = shape->rank == 3 ? shape->dim[0] : 1;
    if (size == 1 || (shape->rank == 1 && size == 2)) return AS_POINTS;
    if (shape->rank == 2 || (shape->rank == 3 && (channels == 1 || channels == 3)))
        return AS_PICTURE;
    return AS_ARRAY;
}

static FileKind kind_of_output(const GenOutput *output, const GenShape *shape) {
    static const FileKind of_display[] = {
        [GEN_AS_ARRAY] = AS_ARRAY, [GEN_AS_IMAGE] = AS_PICTURE, [GEN_AS_POINTS] = AS_POINTS,
        [GEN_AS_AUDIO] = AS_ARRAY, [GEN_AS_VIDEO] = AS_ARRAY,   [GEN_AS_TEXT] = AS_TEXT};
    if (output->display == GEN_AS_DATUM) return kind_of_datum(shape);
    return of_display[output->display];
}

/* Of a point: the last axis of [2] and of [n, 2]; a lone number is a point of one dimension. */
static int64_t point_dims(const GenShape *shape) {
    return shape->rank == 0 ? 1 : shape->dim[shape->rank - 1];
}

/* Where `as x` leads. False if there is nothing to undo. */
static bool space_of_output(const Session *s, const GenOutput *output, Space *space,
                            int64_t *packed) {
    return output->display == GEN_AS_DATUM && dataset_shown(s->data, output->datum, space, packed);
}

Shown shown_new(const Session *s, const GenOutput *output, int64_t n) {
    Shown shown = {.output = output,
                   .name = output->name,
                   .shape = output->shape,
                   .n = output->batched ? n : 1,
                   .high = 1};
    int64_t packed;
    Space space;
    if (space_of_output(s, output, &space, &packed)) {
        shown.shape = shape_of_space(&space);
        shown.low = space.low;
        shown.high = space.high;
    }
    shown.kind = kind_of_output(output, &shown.shape);
    shown.values =
        allocate(shown.n * elements_of(&output->shape), (size_t)kind_bytes(output->shape.kind));
    return shown;
}

/* ---- running ---- */

static void take_rows(Shown *shown, int64_t first, int64_t rows) {
    const GenOutput *output = shown->output;
    size_t bytes = (size_t)(elements_of(&output->shape) * kind_bytes(output->shape.kind));
    if (!output->batched) rows = first == 0 ? 1 : 0;
    memcpy((char *)shown->values + (size_t)first * bytes, output->at, (size_t)rows * bytes);
}

static void find_range(Shown *shown) {
    const real *at = shown->values;
    shown->low = INFINITY;
    shown->high = -INFINITY;
    for (int64_t i = 0; i < shown->n * elements_of(&shown->shape); i++) {
        if (at[i] < shown->low) shown->low = (double)at[i];
        if (at[i] > shown->high) shown->high = (double)at[i];
    }
    if (!(shown->low < shown->high)) shown->high = shown->low + 1;
}

/* The values as reals, in memory that has room for what they become. */
static void make_room(Shown *shown, int64_t packed) {
    int64_t n = shown->n * elements_of(&shown->output->shape);
    int64_t room = shown->n * packed * elements_of(&shown->shape);
    real *values = allocate(room > n ? room : n, sizeof *values);
    if (shown->output->shape.kind == GEN_INDEX)
        for (int64_t i = 0; i < n; i++) values[i] = (real)((const int32_t *)shown->values)[i];
    else memcpy(values, shown->values, (size_t)n * sizeof *values);
    free(shown->values);
    shown->values = values;
}

void shown_undo(const Session *s, Shown *shown) {
    Space space;
    int64_t packed;
    if (space_of_output(s, shown->output, &space, &packed)) {
        make_room(shown, packed);
        dataset_undo(s->data, shown->output->datum, shown->values, shown->n);
        shown->n *= packed;
    }
    if (shown->kind == AS_PICTURE && shown->low >= shown->high) find_range(shown);
}

int sample_shown(const GenProgram *program) {
    int n = 0;
    while (n < program->n_outputs && program->outputs[n].display != GEN_HIDDEN) n++;
    return n;
}

/* One call: its inputs from the data, then what is preset in their stead. */
static void run_rows(Session *s, const GenProgram *program, const SampleOrder *order,
                     int64_t first) {
    GenRun run = session_run(s);
    run.seed = order->seed;
    run.stream = GEN_HELD_OUT;
    run.first_example = first;
    Batch batch = {HELD_OUT, first, program->batch, order->seed, false, order->n};
    dataset_fill(s->data, &batch, &run, order->n_read, order->read);
    for (int i = 0; i < program->n_inputs; i++)
        preset_put(&program->inputs[i], order->preset == NULL ? NULL : &order->preset[i], first,
                   program->batch);
    program->run(&run);
}

static SampleOrder complete(const GenProgram *program, const SampleOrder *order) {
    SampleOrder whole = *order;
    GenInput *read = allocate(program->n_inputs, sizeof *read);
    whole.n_read = 0;
    for (int i = 0; i < program->n_inputs; i++)
        if (program->inputs[i].datum >= 0 && (order->preset == NULL || order->preset[i].count == 0))
            read[whole.n_read++] = program->inputs[i];
    whole.read = read;
    return whole;
}

int sample_run(Session *s, const GenProgram *program, const SampleOrder *order, Shown *shown) {
    int outputs = sample_shown(program);
    SampleOrder whole = complete(program, order);
    if (outputs > MAX_SHOWN) BUG("a sample with too many outputs");
    for (int i = 0; i < outputs; i++) {
        shown[i] = shown_new(s, &program->outputs[i], order->n);
        shown[i].columns = order->columns;
    }
    for (int64_t first = 0; first < order->n; first += program->batch) {
        int64_t rows = order->n - first < program->batch ? order->n - first : program->batch;
        run_rows(s, program, &whole, first);
        for (int i = 0; i < outputs; i++) take_rows(&shown[i], first, rows);
        if (order->watch != NULL) order->watch(order->watcher, program, first, rows);
    }
    for (int i = 0; i < outputs; i++) shown_undo(s, &shown[i]);
    free((void *)whole.read);
    return outputs;
}

/* ---- writing ---- */

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

static void write_picture(const char *path, Shown *const *group, int64_t outputs) {
    int64_t n = 1, size = elements_of(&group[0]->shape);
    for (int64_t j = 0; j < outputs; j++) n = group[j]->n > n ? group[j]->n : n;
    int64_t columns =
        group[0]->columns > 0 && outputs <= 3 ? group[0]->columns : tile_columns(n, outputs);
    int64_t blocks = outputs > 3 ? n : (n + columns - 1) / columns;
    int64_t tiles = outputs > 3 ? blocks * columns : blocks * outputs * columns;
    const real **tile = allocate(tiles, sizeof *tile);
    for (int64_t j = 0; j < outputs; j++) {
        real *values = group[j]->values;
        real low = (real)group[j]->low, span = (real)(group[j]->high - group[j]->low);
        for (int64_t i = 0; i < group[j]->n * size; i++) values[i] = (values[i] - low) / span;
        for (int64_t i = 0; i < group[j]->n; i++)
            tile[tile_place(i, j, outputs, columns)] = values + i * size;
    }
    Picture picture = picture_grid(tile, tiles, columns, &group[0]->shape);
    picture_write(path, &picture);
    picture_free(&picture);
    free(tile);
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

static void put_value(FILE *to, const Shown *shown, int64_t i) {
    if (shown->shape.kind == GEN_INDEX)
        fprintf(to, "%" PRId32, ((const int32_t *)shown->values)[i]);
    else fprintf(to, "%.9g", (double)((const real *)shown->values)[i]);
}

/* A line an example; its values with spaces, its outputs with tabs between them. */
static void write_text(const char *path, Shown *const *group, int64_t outputs) {
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

typedef void WriteGroup(const char *path, Shown *const *group, int64_t outputs);
static WriteGroup *const write_kind[FILE_KINDS] = {[AS_PICTURE] = write_picture,
                                                   [AS_POINTS] = write_points,
                                                   [AS_TEXT] = write_text,
                                                   [AS_ARRAY] = write_array};

static bool belongs(const Shown *a, const Shown *b) {
    bool same = a->kind == b->kind && a->n == b->n && a->shape.rank == b->shape.rank &&
                a->shape.kind == b->shape.kind;
    for (int i = 0; same && i < a->shape.rank; i++) same = a->shape.dim[i] == b->shape.dim[i];
    return same;
}

static bool has_ending(const char *path, const char *ending) {
    size_t n = strlen(path), m = strlen(ending);
    return n > m && strcmp(path + n - m, ending) == 0;
}

/* By the ending of -o: pictures can be had as numbers, numbers not as pictures. */
static FileKind kind_of_path(const char *path, const Shown *shown) {
    if (has_ending(path, ".npy")) return AS_ARRAY;
    if (has_ending(path, ".txt")) return AS_TEXT;
    if (!has_ending(path, ".png")) fail("%s: the ending must be .png, .npy or .txt", path);
    if (shown->kind != AS_PICTURE && shown->kind != AS_POINTS)
        fail("%s: '%s' is not a picture: use .npy or .txt", path, shown->name);
    return shown->kind;
}

static char *path_of_group(const char *path, int number) {
    if (number == 0) return text_of("%s", path);
    const char *dot = strrchr(path, '.');
    return text_of("%.*s-%d%s", (int)(dot - path), path, number + 1, dot);
}

/* Outputs of one kind and shape go into one file together. Exactly one of path (with its ending)
 * and stem (without) is given. */
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
        FileKind kind = path != NULL ? kind_of_path(path, &shown[i]) : shown[i].kind;
        char *whole = path != NULL ? text_of("%s", path) : text_of("%s%s", stem, file_ending[kind]);
        char *to = path_of_group(whole, number++);
        write_kind[kind](to, group, members);
        if (say_where) printf("%s\n", to);
        free(whole);
        free(to);
    }
    for (int i = 0; i < n; i++) free(shown[i].values);
}

/* ---- the command, and the pictures of a report ---- */

static int64_t usual_count(const Session *s, const GenProgram *program) {
    int64_t n = USUAL_TILES;
    int outputs = sample_shown(program);
    if (outputs > 3) n = outputs < 13 ? 2 * USUAL_TILES / outputs : 8;
    for (int i = 0; i < outputs; i++) {
        Shown shown = shown_new(s, &program->outputs[i], 1);
        if (shown.kind == AS_POINTS) n = USUAL_POINTS;
        free(shown.values);
    }
    return n;
}

/* The first input that only --set gives, if it has not. */
static const char *free_variable(const GenProgram *program, const Preset *preset) {
    for (int i = 0; i < program->n_inputs; i++) {
        const GenInput *input = &program->inputs[i];
        if (input->datum < 0 && input->mode == NULL && (preset == NULL || preset[i].count == 0))
            return input->name;
    }
    return NULL;
}

/* Does it read held-out examples? */
static bool reads_data(const GenProgram *program, const Preset *preset) {
    for (int i = 0; i < program->n_inputs; i++)
        if (program->inputs[i].datum >= 0 && (preset == NULL || preset[i].count == 0)) return true;
    return false;
}

void sample_at_report(Session *s, const char *folder) {
    char *samples = join_path(folder, "samples");
    make_folders(samples);
    for (int i = 0; i < s->model->n_programs; i++) {
        const GenProgram *program = &s->model->programs[i];
        if (program->role != GEN_SAMPLE || free_variable(program, NULL) != NULL) continue;
        if (reads_data(program, NULL) && dataset_count(s->data, HELD_OUT) == 0) continue;
        Shown shown[MAX_SHOWN];
        SampleOrder order = {.n = usual_count(s, program), .seed = s->seed};
        char *stem = text_of("%s/%s-%07" PRId64, samples, program->name, s->step);
        int n = sample_run(s, program, &order, shown);
        shown_write(shown, n, NULL, stem, false);
        free(stem);
    }
    free(samples);
}

static const GenProgram *find_sample(const GenModel *model, const char *name) {
    char *known = text_of("%s", "");
    for (int i = 0; i < model->n_programs; i++) {
        const GenProgram *program = &model->programs[i];
        if (program->role != GEN_SAMPLE) continue;
        if (name != NULL && strcmp(program->name, name) == 0) return program;
        known = text_of("%s%s%s", known, known[0] != 0 ? ", " : "", program->name);
    }
    if (known[0] == 0) fail("this spec has no samples");
    if (name == NULL) fail("sample what? give one of: %s", known);
    fail("there is no sample '%s'; there are: %s", name, known);
}

void sample_check_free(const GenProgram *program, const Preset *preset) {
    const char *variable = free_variable(program, preset);
    if (variable != NULL)
        fail("sample %s needs a value for '%s': --set %s=...", program->name, variable, variable);
}

/* Which of --walk, --grid or neither is asked for; fills the order's rows and what is preset. */
static void lay_out(Session *s, const GenProgram *program, const Options *options,
                    SampleOrder *order) {
    int64_t given = preset_examples(program, order->preset);
    bool moves = options->walk != NULL || options->grid != NULL;
    if (options->range != NULL && !moves) fail("--range belongs to --grid or --walk");
    if (options->walk != NULL) sample_walk(s, program, options, order);
    else if (options->grid != NULL) sample_grid(s, program, options, order);
    else order->n = options->n > 0 ? options->n : given > 0 ? given : usual_count(s, program);
    sample_check_free(program, order->preset);
}

int trainer_sample(const GenModel *model, const Options *options) {
    const GenProgram *program = find_sample(model, options->name);
    if (options->walk != NULL && options->grid != NULL) fail("give --walk or --grid, not both");
    if (options->quiz && (options->nearest || options->walk != NULL || options->grid != NULL))
        fail("--quiz stands alone: without --walk, --grid and --nearest");
    bool compares = options->nearest || options->quiz;
    Session s = session_open(model, options, compares || reads_data(program, NULL));
    Shown shown[MAX_SHOWN];
    SampleOrder order = {.seed = options->seed >= 0 ? (uint64_t)options->seed : s.seed,
                         .preset = preset_read(&s, program, options)};
    lay_out(&s, program, options, &order);
    int n = sample_run(&s, program, &order, shown);
    char *stem = join_path(s.folder, program->name);
    if (options->nearest) n = sample_nearest(&s, shown, n);
    if (options->quiz) n = sample_quiz(&s, shown, n, order.seed, options->output, stem);
    shown_write(shown, n, options->output, stem, true);
    free(stem);
    return 0;
}
