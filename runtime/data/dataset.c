/* dataset.c: all data of a model, in memory, and the batches made of them.
 *
 * Data of one spec are read in step: example i of all of them belongs together, and one shuffle
 * serves them all. A source that is `unpaired` has a count and a shuffle of its own. */
#include "data.h"

typedef struct {
    const GenDatum *datum;
    Pipeline pipeline;
    int stream;                 /* which order its examples are read in */
    int64_t size;               /* elements of an example */
    void *values[DATA_PARTS];   /* [count, size as stored], real or int32_t */
    int64_t *start[DATA_PARTS]; /* where in them each example begins; NULL: one after another */
    real *buffer[2];            /* a batch on its way, if transforms act at every use */
    real *undoing;              /* for checkpoints; NULL: not yet asked for, or there is none */
    int64_t undoing_rows, undoing_columns;
    const char *words; /* what its classes are words for, or NULL: see SourceTable */
} Column;

typedef struct {
    const char *name; /* of the first datum read in this order */
    int64_t count[DATA_PARTS];
    bool is_split, split_last; /* examples are held out: the last, or by a shuffle */
    Shuffle shuffle;
} Stream;

struct Dataset {
    const GenModel *model;
    const char *folder;
    bool folder_given;
    int alternative;
    Column *column; /* one for each of the model's data */
    int n_streams;
    Stream *stream; /* the first: all data that are read in step */
    int64_t *rows;  /* of the batch being gathered */
    int64_t largest_batch;
    Ahead *ahead;       /* NULL: nothing is drawn for a batch */
    double *log_volume; /* by datum; NULL: not yet asked for */
};

enum { ENDLESS_EPOCH = 10000, ENDLESS_HELD_OUT = 1000 };

/* ---- where the data are ---- */

Dataset *dataset_new(const GenModel *model, const char *folder, bool folder_given) {
    Dataset *data = allocate(1, sizeof *data);
    data->model = model;
    data->folder_given = folder_given;
    if (folder_given && !folder_exists(folder)) fail("--data %s: there is no such folder", folder);
    if (folder == NULL && model->folder != NULL && folder_exists(model->folder))
        folder = model->folder;
    data->folder = folder != NULL ? folder : ".";
    data->column = allocate(model->n_data, sizeof *data->column);
    data->stream = allocate(model->n_sources + 1, sizeof *data->stream);
    for (int i = 0; i < model->n_programs; i++)
        if (model->programs[i].batch > data->largest_batch)
            data->largest_batch = model->programs[i].batch;
    data->rows = allocate(data->largest_batch, sizeof *data->rows);
    dataset_use_alternative(data, 0);
    return data;
}

static const GenPipeline *pipeline_of(const Dataset *data, const GenSource *source) {
    int last = source->n_pipelines - 1;
    return &source->pipelines[data->alternative < last ? data->alternative : last];
}

static bool is_there(const Dataset *data, const char *name) {
    char **files = find_data_files(data->folder, name, "");
    char **folders = find_data_folders(data->folder, name);
    bool there = files[0] != NULL || folders[0] != NULL;
    free(files);
    free(folders);
    return there;
}

/* The first file of this alternative that is not there, or NULL. */
static const char *missing_file(const Dataset *data, int alternative) {
    for (int s = 0; s < data->model->n_sources; s++) {
        const GenSource *source = &data->model->sources[s];
        int last = source->n_pipelines - 1;
        const GenCall *call = source->pipelines[alternative < last ? alternative : last].calls;
        int i = 0;
        for (const char *name; (name = call_next_file(call, &i)) != NULL;)
            if (!is_there(data, name)) return name;
    }
    return NULL;
}

static int alternative_count(const Dataset *data) {
    int n = 1;
    for (int s = 0; s < data->model->n_sources; s++)
        if (data->model->sources[s].n_pipelines > n) n = data->model->sources[s].n_pipelines;
    return n;
}

static const char *source_in_use(const Dataset *data) {
    const GenSource *source = data->model->sources;
    while (source->n_pipelines <= 1) source++;
    return pipeline_of(data, source)->calls[0].name;
}

void dataset_choose_alternative(Dataset *data) {
    int n = alternative_count(data), k = 0;
    const char *missing = missing_file(data, 0);
    if (missing == NULL || n == 1) {
        dataset_use_alternative(data, 0);
        return;
    }
    for (k = 1; k < n - 1 && missing_file(data, k) != NULL; k++) {
    }
    dataset_use_alternative(data, k);
    note("data: %s not found in %s; using %s() instead", missing, data->folder,
         source_in_use(data));
}

/* For a model that was trained on a fallback, when the user names a folder that has the files. */
void dataset_prefer_files(Dataset *data) {
    if (data->alternative == 0 || missing_file(data, 0) != NULL) return;
    note("data: using the files in %s; the model was trained on %s()", data->folder,
         source_in_use(data));
    dataset_use_alternative(data, 0);
}

static void take_pipeline(Dataset *data, const GenSource *source) {
    for (int d = 0; d < source->n_datums; d++) {
        Column *column = &data->column[source->first_datum + d];
        column->datum = &data->model->data[source->first_datum + d];
        column->size = elements_of(&column->datum->shape);
        column->pipeline = pipeline_new(pipeline_of(data, source), column->datum, d);
    }
}

void dataset_use_alternative(Dataset *data, int alternative) {
    if (alternative < 0 || (alternative > 0 && alternative >= alternative_count(data)))
        fail("the spec's data have no alternative %d, which the run was trained on", alternative);
    data->alternative = alternative;
    for (int s = 0; s < data->model->n_sources; s++) take_pipeline(data, &data->model->sources[s]);
}

int dataset_alternative(const Dataset *data) {
    return data->alternative;
}
const char *dataset_folder(const Dataset *data) {
    return data->folder;
}

/* ---- loading ---- */

static void same_shape_or_fail(const GenDatum *datum, const Space *space, const char *from) {
    const GenShape *shape = &datum->shape;
    int i = 0, j = 0;
    bool same = true;
    while (same && (i < shape->rank || j < space->rank)) { /* axes of length 1 do not count */
        if (i < shape->rank && shape->dim[i] == 1) i++;
        else if (j < space->rank && space->dim[j] == 1) j++;
        else same = i < shape->rank && j < space->rank && shape->dim[i++] == space->dim[j++];
    }
    if (!same)
        fail("%s: expected %s (%s), found %s", from, axes_text(shape->rank, shape->dim),
             datum->where, axes_text(space->rank, space->dim));
}

void source_fits(const SourceRequest *request, int d, const Space *space, const char *from) {
    if (request->calls == NULL) return;
    Pipeline trial = pipeline_new(request->calls, &request->datum[d], d);
    trial.source = *space;
    pipeline_describe(&trial);
    same_shape_or_fail(&request->datum[d], pipeline_last(&trial), from);
    for (int i = 0; i < trial.n; i++) free(trial.transform[i].work);
    free(trial.transform);
}

/* Classes as they are in the file: later, nobody knows where a wrong one came from. */
static void check_classes(const GenDatum *datum, const SourceTable *table, int d) {
    int64_t limit = datum->shape.classes, size = space_size(&table->space[d]);
    for (int part = 0; part < DATA_PARTS; part++)
        for (int64_t i = 0; i < table->count[part] * size; i++) {
            double value = (double)table->values[part][d][i];
            if (value >= 0 && value < (double)limit && value == floor(value)) continue;
            char *element = size > 1 ? text_of(", element %" PRId64, i % size) : text_of("%s", "");
            fail("%s: example %" PRId64 "%s%s: %g is not one of the classes 0 to %" PRId64 " (%s)",
                 table->from, i / size, element, part == HELD_OUT ? " of the test file" : "", value,
                 limit - 1, datum->where);
        }
}

static int32_t *to_classes(const Column *column, real *values, int64_t n, const char *from) {
    int32_t *classes = allocate(n, sizeof *classes);
    int64_t limit = column->datum->shape.classes;
    for (int64_t i = 0; i < n; i++) {
        double value = (double)values[i];
        if (!(value >= 0 && value < (double)limit) || value != floor(value))
            fail("%s: %g is not one of the classes 0 to %" PRId64 " (%s)", from, value, limit - 1,
                 column->datum->where);
        classes[i] = (int32_t)value;
    }
    free(values);
    return classes;
}

/* What transforms still turn into classes, they do at every use. */
static bool stores_classes(const Column *column) {
    return column->datum->shape.kind == GEN_INDEX && !pipeline_draws(&column->pipeline);
}

static void finish_column(Dataset *data, Column *column, const Space *space, const char *from,
                          Rows rows[DATA_PARTS]) {
    Pipeline *p = &column->pipeline;
    p->source = *space;
    pipeline_describe(p);
    same_shape_or_fail(column->datum, pipeline_last(p), from);
    pipeline_load(p, rows);
    for (int part = 0; part < DATA_PARTS; part++) {
        Rows *r = &rows[part];
        int64_t n = r->start != NULL ? r->stored : r->n * column->size;
        column->start[part] = r->start;
        column->values[part] =
            stores_classes(column) ? to_classes(column, r->values, n, from) : (void *)r->values;
    }
    for (int i = 0; i < 2 && pipeline_draws(p); i++)
        column->buffer[i] = allocate(data->largest_batch * p->room, sizeof(real));
}

static void number_examples(SourceTable *table, const Stream *stream, int64_t packed) {
    for (int part = 0; part < DATA_PARTS; part++) {
        int64_t n = stream->count[part] * packed;
        table->count[part] = stream->count[part];
        table->values[part][0] = allocate(n, sizeof(real));
        for (int64_t i = 0; i < n; i++) table->values[part][0][i] = (real)i;
    }
}

static Stream *stream_for(Dataset *data, const GenSource *source) {
    if (!source->unpaired) return &data->stream[0];
    Stream *stream = &data->stream[data->n_streams++];
    stream->name = data->model->data[source->first_datum].name;
    return stream;
}

/* Of data that are read in step, the same examples are held out. */
static void split_alike(Stream *stream, bool last, const char *from) {
    if (stream->is_split && stream->split_last != last)
        fail("%s: holds out %s, the data before it %s: data are read in step (or say 'unpaired')",
             from, last ? "its last examples" : "by a shuffle",
             last ? "by a shuffle" : "their last examples");
    stream->is_split = true;
    stream->split_last = last;
}

static void join_stream(Stream *stream, const Rows rows[DATA_PARTS], const char *from) {
    static const char *const part_name[] = {"training", "held-out"};
    for (int part = 0; part < DATA_PARTS; part++) {
        if (stream->count[part] != 0 && stream->count[part] != rows[part].n)
            fail("%s: has %" PRId64 " %s examples, the data before it %" PRId64
                 ": data are read in step (or say 'unpaired')",
                 from, rows[part].n, part_name[part], stream->count[part]);
        stream->count[part] = rows[part].n;
    }
}

static Rows rows_of_table(const SourceTable *table, int d, int part, const Rows *first) {
    bool ragged = table->space[d].ragged;
    return (Rows){.part = part,
                  .n = table->count[part],
                  .values = table->values[part][d],
                  .length = ragged ? table->length[part] : NULL,
                  .place = ragged ? table->place[part] : NULL,
                  .n_sequences = first != NULL ? first->n_sequences : 0,
                  .cut_into = first != NULL ? first->cut_into : NULL};
}

/* The first of a source's data may be cut into several examples; the others follow it. */
static void finish_source(Dataset *data, const GenSource *source, Stream *stream,
                          const SourceTable *table) {
    Rows first[DATA_PARTS], other[DATA_PARTS];
    for (int d = 0; d < source->n_datums; d++) {
        Column *column = &data->column[source->first_datum + d];
        Rows *rows = d == 0 ? first : other;
        for (int part = 0; part < DATA_PARTS; part++)
            rows[part] = rows_of_table(table, d, part, d == 0 ? NULL : &first[part]);
        column->stream = (int)(stream - data->stream);
        column->words = table->words[d];
        finish_column(data, column, &table->space[d], table->from, rows);
        if (d == 0) join_stream(stream, rows, table->from);
    }
    for (int part = 0; part < DATA_PARTS; part++) free(first[part].cut_into);
}

/* From here on `count` counts what pack makes of the source's examples. */
static void count_packed(SourceTable *table, int64_t packed) {
    if (table->count[TRAINING] < packed)
        fail("%s: %" PRId64 " examples are too few to pack %" PRId64, table->from,
             table->count[TRAINING], packed);
    for (int part = 0; part < DATA_PARTS; part++) table->count[part] /= packed;
}

static SourceRequest source_request(const Dataset *data, const GenSource *source) {
    const GenPipeline *calls = pipeline_of(data, source);
    const GenCall *split = pipeline_split(calls);
    double fraction = split != NULL ? call_number(split, "test") : data->model->test_fraction;
    SourceRequest request = {.call = calls->calls,
                             .first = calls->n_calls > 1 ? &calls->calls[1] : NULL,
                             .folder = data->folder,
                             .n_datums = source->n_datums,
                             .datum = data->model->data + source->first_datum,
                             .packed = pipeline_packed(calls),
                             .running = pipeline_has_windows(calls),
                             .test_fraction = fraction,
                             .calls = calls};
    for (int d = 0; d < source->n_datums; d++)
        request.words[d] = data->column[source->first_datum + d].words;
    return request;
}

static void check_source(const GenSource *source, const GenPipeline *calls,
                         const SourceRequest *request, const SourceTable *table) {
    if (table->count[TRAINING] < 1) fail("%s: holds no examples", table->from);
    for (int d = 0; d < source->n_datums; d++)
        if (request->datum[d].shape.kind == GEN_INDEX &&
            !pipeline_makes_index(calls, &request->datum[d], d))
            check_classes(&request->datum[d], table, d);
}

/* True if it gives as many examples as the others: then it must wait for them. */
static bool load_own(Dataset *data, const GenSource *source) {
    const GenPipeline *calls = pipeline_of(data, source);
    SourceRequest request = source_request(data, source);
    SourceTable table = {0};
    request.call->load(&request, &table);
    if (table.count[TRAINING] < 0) return true;
    check_source(source, calls, &request, &table);
    const GenCall *split = pipeline_split(calls);
    Stream *stream = stream_for(data, source);
    if (table.count[HELD_OUT] == 0 || split != NULL) {
        bool last = split != NULL && call_has_word(split, "last");
        split_alike(stream, last, table.from);
        hold_out(&table, source->n_datums, request.packed, request.test_fraction, last);
    }
    if (request.packed > 1 && !request.running) count_packed(&table, request.packed);
    finish_source(data, source, stream, &table);
    return false;
}

static void load_numbers(Dataset *data, const GenSource *source) {
    SourceTable table = {.from = "example()", .space = {{.level = 1}}};
    if (data->stream[0].count[TRAINING] == 0) fail("example() needs other data to number");
    number_examples(&table, &data->stream[0], pipeline_packed(pipeline_of(data, source)));
    finish_source(data, source, &data->stream[0], &table);
}

static bool draws_for_batches(const Dataset *data) {
    bool draws = false;
    for (int d = 0; d < data->model->n_data; d++)
        draws =
            draws || (data->column[d].datum != NULL && pipeline_draws(&data->column[d].pipeline));
    return draws;
}

static AheadFill fill_inputs;

void dataset_load(Dataset *data) {
    const GenModel *model = data->model;
    bool *waits = allocate(model->n_sources, sizeof *waits);
    data->n_streams = 1;
    data->stream[0].name = "data";
    for (int s = 0; s < model->n_sources; s++) waits[s] = load_own(data, &model->sources[s]);
    if (data->stream[0].count[TRAINING] == 0 && data->n_streams > 1) /* all are unpaired */
        memcpy(data->stream[0].count, data->stream[1].count, sizeof data->stream[0].count);
    for (int s = 0; s < model->n_sources; s++)
        if (waits[s]) load_numbers(data, &model->sources[s]);
    for (int i = 0; i < data->n_streams; i++)
        data->stream[i].shuffle =
            shuffle_new(data->stream[i].name, data->stream[i].count[TRAINING]);
    if (draws_for_batches(data)) data->ahead = ahead_new(data, fill_inputs, model);
    free(waits);
}

int64_t dataset_count(const Dataset *data, int part) {
    if (data->model->n_sources == 0) return part == TRAINING ? ENDLESS_EPOCH : ENDLESS_HELD_OUT;
    return data->stream[0].count[part];
}

/* ---- batches ---- */

static int64_t row_of(Stream *stream, const Batch *batch, int64_t i) {
    int64_t position = batch->position + i, n = stream->count[batch->part];
    if (batch->part == HELD_OUT || !batch->shuffle) return position % n;
    return shuffle_row(&stream->shuffle, batch->seed, position);
}

/* Each example has `size` elements of `bytes`. */
static void gather_rows(const Dataset *data, const Column *column, int part, int64_t size,
                        size_t bytes, int64_t rows, char *to) {
    const char *from = column->values[part];
    const int64_t *start = column->start[part];
    size_t whole = (size_t)size * bytes;
#pragma omp parallel for if ((size_t)rows * whole > 1 << 16)
    for (int64_t i = 0; i < rows; i++) {
        int64_t first = start != NULL ? start[data->rows[i]] : data->rows[i] * size;
        memcpy(to + (size_t)i * whole, from + (size_t)first * bytes, whole);
    }
}

/* Through the transforms that act at every use. */
static void fill_drawn(const Dataset *data, const Column *column, const Batch *batch,
                       const GenRun *run, void *to) {
    int64_t n = batch->rows * column->size;
    gather_rows(data, column, batch->part, pipeline_stored_size(&column->pipeline), sizeof(real),
                batch->rows, (char *)column->buffer[0]);
    const real *values =
        pipeline_use(&column->pipeline, run, column->buffer[0], column->buffer[1], batch->rows);
    if (column->datum->shape.kind == GEN_INDEX)
        for (int64_t i = 0; i < n; i++) ((int32_t *)to)[i] = (int32_t)values[i];
    else memcpy(to, values, (size_t)n * sizeof *values);
}

static void fill_input(Dataset *data, const Batch *batch, const GenRun *run, const GenInput *input,
                       int64_t offset) {
    const Column *column = &data->column[input->datum];
    Stream *stream = &data->stream[column->stream];
    if (stream->count[batch->part] == 0) fail("there are no held-out examples");
    for (int64_t i = 0; i < batch->rows; i++) data->rows[i] = row_of(stream, batch, offset + i);
    if (pipeline_draws(&column->pipeline)) {
        fill_drawn(data, column, batch, run, input->at);
        return;
    }
    gather_rows(data, column, batch->part, column->size,
                (size_t)kind_bytes(column->datum->shape.kind), batch->rows, input->at);
}

/* sample between(a : x, b : x): b is another example than a. */
static int uses_before(const GenInput *inputs, int k) {
    int uses = 0;
    for (int i = 0; i < k; i++) uses += inputs[i].datum == inputs[k].datum;
    return uses;
}

static void fill_inputs(Dataset *data, const Batch *batch, const GenRun *run, int n_inputs,
                        const GenInput *inputs) {
    for (int k = 0; k < n_inputs; k++)
        if (inputs[k].datum >= 0)
            fill_input(data, batch, run, &inputs[k], uses_before(inputs, k) * batch->apart);
}

void dataset_fill(Dataset *data, const Batch *batch, const GenRun *run, int n_inputs,
                  const GenInput *inputs) {
    if (data->ahead != NULL) ahead_take(data->ahead, batch, run, n_inputs, inputs);
    else fill_inputs(data, batch, run, n_inputs, inputs);
}

void dataset_prepare(Dataset *data, const Batch *batch, const GenRun *run, int n_inputs,
                     const GenInput *inputs) {
    if (data->ahead != NULL) ahead_ask(data->ahead, batch, run, n_inputs, inputs);
}

/* ---- showing values in the data's own space ---- */

bool dataset_shown(const Dataset *data, int datum, Space *space, int64_t *packed) {
    const Column *column = &data->column[datum];
    if (column->datum == NULL) return false;
    bool is_index = column->datum->shape.kind == GEN_INDEX;
    if (is_index && pipeline_last(&column->pipeline)->classes == 0) return false;
    *space = pipeline_shown(&column->pipeline);
    *packed = column->pipeline.packed;
    return true;
}

void dataset_undo(const Dataset *data, int datum, real *values, int64_t rows) {
    pipeline_undo(&data->column[datum].pipeline, values, rows);
}

const double *dataset_log_volumes(Dataset *data) {
    if (data->log_volume != NULL || data->model->n_data == 0) return data->log_volume;
    data->log_volume = allocate(data->model->n_data, sizeof *data->log_volume);
    for (int d = 0; d < data->model->n_data; d++)
        if (data->column[d].datum != NULL)
            data->log_volume[d] = pipeline_log_volume(&data->column[d].pipeline);
    return data->log_volume;
}

int64_t dataset_given(Dataset *data, int datum, const char *value, const char *what,
                      void **examples) {
    Column *column = &data->column[datum];
    const GenSource *source = data->model->sources;
    while (datum >= source->first_datum + source->n_datums) source++;
    Given given = {data->model,   pipeline_of(data, source),   &column->pipeline,
                   column->datum, datum - source->first_datum, what};
    return given_examples(&given, value, examples);
}

/* ---- in checkpoints ---- */

static void add_note(Checkpoint *checkpoint, char *key, char *value) {
    checkpoint->notes =
        realloc(checkpoint->notes, (size_t)(checkpoint->n_notes + 1) * sizeof *checkpoint->notes);
    if (checkpoint->notes == NULL) fail("out of memory");
    checkpoint->notes[checkpoint->n_notes++] = (CheckpointNote){key, value};
}

static void add_tensor(Checkpoint *checkpoint, CheckpointTensor tensor) {
    checkpoint->tensors = realloc(checkpoint->tensors, (size_t)(checkpoint->n_tensors + 1) *
                                                           sizeof *checkpoint->tensors);
    if (checkpoint->tensors == NULL) fail("out of memory");
    checkpoint->tensors[checkpoint->n_tensors++] = tensor;
}

static void add_stat(Checkpoint *checkpoint, const Transform *t, int i) {
    add_tensor(checkpoint, (CheckpointTensor){.name = text_of("%s.%s", t->path, t->stat_name[i]),
                                              .kind = GEN_REAL,
                                              .rank = 1,
                                              .dim = {t->stat_known[i]},
                                              .at = t->stat[i]});
}

static const char *const media_name[] = {[MEDIA_PLAIN] = "plain",
                                         [MEDIA_TEXT] = "text",
                                         [MEDIA_SOUND] = "sound",
                                         [MEDIA_VIDEO] = "video"};

/* "data.x.undo": how it is undone, as numbers. */
static void add_undoing(Checkpoint *checkpoint, Column *column) {
    if (column->undoing == NULL)
        column->undoing =
            pipeline_undoing(&column->pipeline, &column->undoing_rows, &column->undoing_columns);
    if (column->undoing == NULL) return;
    add_tensor(checkpoint,
               (CheckpointTensor){.name = text_of("data.%s.undo", column->datum->name),
                                  .kind = GEN_REAL,
                                  .rank = 2,
                                  .dim = {column->undoing_rows, column->undoing_columns},
                                  .at = column->undoing});
}

/* "data.x.source": the space as three numbers and the axes, "0 255 1 28 28"; "data.x.media" of
 * sequences: "sound 1 8000", of unequal lengths and with 8000 samples a second; "data.y.words" of
 * classes that are words. */
void dataset_save(Dataset *data, Checkpoint *checkpoint) {
    add_note(checkpoint, text_of("data.alternative"), text_of("%d", data->alternative));
    if (data->model->n_sources == 0) return;
    for (int d = 0; d < data->model->n_data; d++) {
        const Pipeline *p = &data->column[d].pipeline;
        if (data->column[d].datum == NULL) continue;
        char *text = text_of("%.17g %.17g %.17g", p->source.low, p->source.high, p->source.level);
        for (int i = 0; i < p->source.rank; i++) {
            char *longer = text_of("%s %" PRId64, text, p->source.dim[i]);
            free(text);
            text = longer;
        }
        add_note(checkpoint, text_of("data.%s.source", data->column[d].datum->name), text);
        if (p->source.media != MEDIA_PLAIN || p->source.ragged)
            add_note(checkpoint, text_of("data.%s.media", data->column[d].datum->name),
                     text_of("%s %d %.17g", media_name[p->source.media], p->source.ragged,
                             p->source.rate));
        if (data->column[d].words != NULL)
            add_note(checkpoint, text_of("data.%s.words", data->column[d].datum->name),
                     text_of("%s", data->column[d].words));
        for (int i = 0; i < p->n; i++)
            for (int k = 0; k < MAX_STATS; k++)
                if (p->transform[i].stat_size[k] != 0) add_stat(checkpoint, &p->transform[i], k);
        add_undoing(checkpoint, &data->column[d]);
    }
}

static bool good_space(const Space *space) {
    double size = 1;
    for (int i = 0; i < space->rank; i++) {
        if (space->dim[i] < 1) return false;
        size *= (double)space->dim[i];
    }
    return size <= (double)((int64_t)1 << 40) && isfinite(space->low) && isfinite(space->high) &&
           isfinite(space->level);
}

static void restore_media(const CheckpointFile *file, const char *name, Space *space) {
    char *key = text_of("data.%s.media", name), word[8] = "";
    const char *text = checkpoint_note(file, key);
    int ragged = 0, known = -1;
    free(key);
    if (text == NULL) return;
    if (sscanf(text, "%7s %d %lf", word, &ragged, &space->rate) == 3)
        for (int i = 0; i < (int)(sizeof media_name / sizeof *media_name); i++)
            if (strcmp(media_name[i], word) == 0) known = i;
    if (known < 0 || (ragged != 0 && ragged != 1) || !(space->rate >= 0 && space->rate < 1e9))
        fail("%s: 'data.%s.media' is '%s'", checkpoint_name(file), name, text);
    space->media = (Media)known;
    space->ragged = ragged == 1;
}

/* The space in which the data were, if the checkpoint says it. */
static bool restore_space(const CheckpointFile *file, const char *name, Space *space) {
    char *key = text_of("data.%s.source", name), *end;
    const char *text = checkpoint_note(file, key);
    free(key);
    if (text == NULL) return false;
    *space = (Space){.low = strtod(text, &end)};
    space->high = strtod(end, &end);
    space->level = strtod(end, &end);
    while (*end == ' ' && space->rank < GEN_MAX_RANK)
        space->dim[space->rank++] = strtoll(end, &end, 10);
    restore_media(file, name, space);
    if (!good_space(space))
        fail("%s: 'data.%s.source' is no space of data", checkpoint_name(file), name);
    return true;
}

/* NULL: it keeps none. */
static const char *restore_words(const CheckpointFile *file, const char *name) {
    char *key = text_of("data.%s.words", name);
    const char *words = checkpoint_note(file, key);
    free(key);
    size_t n = words == NULL ? 0 : strlen(words);
    if (n > 0 && words[n - 1] != '/')
        fail("%s: 'data.%s.words' is no list of words", checkpoint_name(file), name);
    return words == NULL ? NULL : text_of("%s", words);
}

static void restore_stats(const CheckpointFile *file, Transform *t) {
    for (int k = 0; k < MAX_STATS; k++) {
        if (t->stat_size[k] == 0) continue;
        char *name = text_of("%s.%s", t->path, t->stat_name[k]);
        int64_t n = 0;
        t->stat[k] = checkpoint_reals(file, name, &n);
        t->stat_known[k] = n;
        if (t->stat[k] == NULL || (t->stat_size[k] != ANY_SIZE && n != t->stat_size[k]))
            fail("%s: lacks '%s', or has it with another size", checkpoint_name(file), name);
        free(name);
    }
}

void dataset_restore(Dataset *data, const CheckpointFile *file) {
    const char *alternative = checkpoint_note(file, "data.alternative");
    if (alternative != NULL) dataset_use_alternative(data, atoi(alternative));
    for (int d = 0; d < data->model->n_data; d++) {
        Column *column = &data->column[d];
        if (column->datum == NULL) continue;
        bool known = restore_space(file, column->datum->name, &column->pipeline.source);
        column->words = restore_words(file, column->datum->name);
        column->pipeline.restored = true;
        for (int i = 0; i < column->pipeline.n; i++) {
            pipeline_describe(&column->pipeline);
            restore_stats(file, &column->pipeline.transform[i]);
        }
        pipeline_describe(&column->pipeline);
        if (known)
            same_shape_or_fail(column->datum, pipeline_last(&column->pipeline), checkpoint_name(file));
    }
}
