/* sample.c: runs a spec's sample programs and writes what they give as files of the fitting kind.
 */
#include "sample.h"

enum { USUAL_TILES = 64, USUAL_POINTS = 2000, USUAL_SEQUENCES = 8 };

/* ---- what kind of file ---- */

static GenShape shape_of_space(const Space *space) {
    GenShape shape = {.kind = GEN_REAL, .rank = space->rank};
    memcpy(shape.dim, space->dim, sizeof shape.dim);
    return shape;
}

/* [t, h, w], [t, 1, h, w] or [t, 3, h, w] that is no picture of 1 or 3 channels. */
static bool is_video(const GenShape *shape) {
    if (shape->rank == 3) return shape->dim[0] != 1 && shape->dim[0] != 3;
    return shape->rank == 4 && (shape->dim[1] == 1 || shape->dim[1] == 3);
}

static FileKind kind_of_shape(const GenShape *shape) {
    int64_t size = elements_of(shape);
    if (shape->kind != GEN_REAL) return AS_NUMBERS;
    if (size == 1 || (shape->rank == 1 && size == 2)) return AS_POINTS;
    if (is_video(shape)) return AS_VIDEO;
    return shape->rank == 2 || shape->rank == 3 ? AS_PICTURE : AS_ARRAY;
}

static FileKind kind_of_datum(const GenShape *shape, Media media) {
    static const FileKind of_media[] = {
        [MEDIA_TEXT] = AS_TEXT, [MEDIA_SOUND] = AS_SOUND, [MEDIA_VIDEO] = AS_VIDEO};
    return media == MEDIA_PLAIN ? kind_of_shape(shape) : of_media[media];
}

static FileKind kind_of_display(GenDisplay display) {
    static const FileKind of_display[] = {
        [GEN_AS_ARRAY] = AS_ARRAY, [GEN_AS_IMAGE] = AS_PICTURE, [GEN_AS_POINTS] = AS_POINTS,
        [GEN_AS_AUDIO] = AS_SOUND, [GEN_AS_VIDEO] = AS_VIDEO,   [GEN_AS_TEXT] = AS_NUMBERS};
    return of_display[display];
}

/* Where `as x` leads. False if there is nothing to undo. */
static bool space_of_output(const Session *s, const GenOutput *output, Space *space,
                            int64_t *packed) {
    return output->display == GEN_AS_DATUM && dataset_shown(s->data, output->datum, space, packed);
}

static bool has_form(const GenModel *model, FileKind kind) {
    for (int i = 0; i < model->n_forms; i++)
        if (model->forms[i]->kind == kind) return true;
    return false;
}

Shown shown_new(const Session *s, const GenOutput *output, int64_t n) {
    Shown shown = {.model = s->model,
                   .output = output,
                   .name = output->name,
                   .shape = output->shape,
                   .n = output->batched ? n : 1,
                   .rate = output->rate,
                   .high = 1};
    int64_t packed;
    Space space = {0};
    if (space_of_output(s, output, &space, &packed)) {
        shown.shape = shape_of_space(&space);
        shown.low = space.low;
        shown.high = space.high;
        shown.rate = space.rate;
    }
    shown.kind = output->display == GEN_AS_DATUM ? kind_of_datum(&shown.shape, space.media)
                                                 : kind_of_display(output->display);
    if (output->display == GEN_AS_AUDIO) shown.low = -1;
    if (!has_form(s->model, shown.kind)) shown.kind = AS_ARRAY;
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

static bool has_range(FileKind kind) {
    return kind == AS_PICTURE || kind == AS_VIDEO || kind == AS_SOUND;
}

void shown_undo(const Session *s, Shown *shown) {
    Space space;
    int64_t packed;
    if (space_of_output(s, shown->output, &space, &packed)) {
        make_room(shown, packed);
        dataset_undo(s->data, shown->output->datum, shown->values, shown->n);
        shown->n *= packed;
    }
    if (has_range(shown->kind) && shown->low >= shown->high) find_range(shown);
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

/* ---- the command, and the pictures of a report ---- */

/* Read line by line, or heard one after another. */
static bool is_sequence(FileKind kind) {
    return kind == AS_TEXT || kind == AS_SOUND || kind == AS_VIDEO;
}

static int64_t usual_count(const Session *s, const GenProgram *program) {
    int64_t n = USUAL_TILES;
    int outputs = sample_shown(program);
    if (outputs > 3) n = outputs < 13 ? 2 * USUAL_TILES / outputs : 8;
    for (int i = 0; i < outputs; i++) {
        Shown shown = shown_new(s, &program->outputs[i], 1);
        if (shown.kind == AS_POINTS) n = USUAL_POINTS;
        if (is_sequence(shown.kind)) n = outputs > 3 ? 3 : USUAL_SEQUENCES;
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

static bool varies(const Shown *shown) {
    size_t bytes = (size_t)(elements_of(&shown->shape) * kind_bytes(shown->shape.kind));
    for (int64_t i = 1; i < shown->n; i++)
        if (memcmp(shown->values, (const char *)shown->values + (size_t)i * bytes, bytes) != 0)
            return true;
    return false;
}

/* While something moves, what is the same all the way (a picture that a code was made of) is left
 * out, if that leaves anything. */
static int drop_still(Shown *shown, int n) {
    int moving = 0, kept = 0;
    for (int i = 0; i < n; i++) moving += varies(&shown[i]);
    for (int i = 0; i < n && moving > 0; i++) {
        if (varies(&shown[i])) shown[kept++] = shown[i];
        else free(shown[i].values);
    }
    return moving > 0 ? kept : n;
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
    if (options->walk != NULL || options->grid != NULL) n = drop_still(shown, n);
    char *stem = join_path(s.folder, program->name);
    if (options->nearest) n = sample_nearest(&s, shown, n);
    if (options->quiz) n = sample_quiz(&s, shown, n, order.seed, options->output, stem);
    shown_write(shown, n, options->output, stem, true);
    free(stem);
    return 0;
}
