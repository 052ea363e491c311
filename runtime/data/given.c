/* given.c: what a user types for a datum, as examples of it: numbers, a file, or a text.
 *
 * They take the way that the data took: a file is read by the datum's own source (or by the one
 * that its ending says: a .png for built-in pictures), and all is changed by the datum's own
 * transforms, with what they learned in training. */
#include "data.h"

/* ---- which source reads it ---- */

/* The model's reader for this ending, whatever the datum's source; NULL: it has none. */
static const GenCall *reader_by_ending(const Given *g, const char *path) {
    const char *dot = strrchr(path, '.');
    for (int i = 0; dot != NULL && i < g->model->n_readers; i++)
        if (strcmp(dot, g->model->readers[i].ending) == 0) return &g->model->readers[i].call;
    return NULL;
}

/* A call with this file in the place of its first one, and without what it holds out. What the
 * datum's own source is told besides (a background), its reader is told too. */
static GenCall call_with_file(const GenCall *own, const GenCall *reader, const char *path) {
    const GenCall *from = own->load == reader->load ? own : reader;
    GenCall call = *from;
    GenArg *args = allocate(from->n_args, sizeof *args);
    bool placed = false;
    call.args = args;
    call.n_args = 0;
    for (int i = 0; i < from->n_args; i++) {
        if (from->args[i].type == GEN_FILE && placed) continue;
        args[call.n_args] = from->args[i];
        if (from->args[i].type == GEN_FILE) args[call.n_args].text = path;
        placed = placed || from->args[i].type == GEN_FILE;
        call.n_args++;
    }
    return call;
}

/* ---- colours ---- */

/* A grey picture for data in colour, or the other way round, is no mistake. */
static void fit_channels(const Space *wanted, Space *found, int64_t count, real **values) {
    if (wanted->rank != 3 && !(wanted->rank == 2 && found->rank == 3)) return;
    int64_t channels = wanted->rank == 3 ? wanted->dim[0] : 1;
    if (found->rank != 3 || found->dim[0] == channels || found->dim[0] * channels != 3) return;
    int64_t n = found->dim[1] * found->dim[2];
    real *fitted = allocate(count * channels * n, sizeof *fitted);
    for (int64_t e = 0; e < count; e++)
        for (int64_t i = 0; i < n; i++) {
            const real *from = *values + e * found->dim[0] * n + i;
            if (channels == 1) /* ITU-R BT.601, as `gray` */
                fitted[e * n + i] = (real)floor(0.299 * (double)from[0] + 0.587 * (double)from[n] +
                                                0.114 * (double)from[2 * n] + 0.5);
            else
                for (int64_t c = 0; c < 3; c++) fitted[(e * 3 + c) * n + i] = *from;
        }
    free(*values);
    *values = fitted;
    found->dim[0] = channels;
}

/* ---- numbers ---- */

/* "3" or "0.1, 0.2": how many, or -1 if it is something else. */
static int64_t count_numbers(const char *text) {
    for (int64_t n = 1;; n++) {
        char *end;
        double value = strtod(text, &end);
        if (end == text || !isfinite((real)value)) return -1;
        while (*end == ' ') end++;
        if (*end == 0) return n;
        if (*end != ',') return -1;
        text = end + 1;
    }
}

real *given_numbers(const char *text, int64_t size, const char *what) {
    int64_t n = count_numbers(text);
    if (n < 0) return NULL;
    if (n != size && n != 1)
        fail("%s: %" PRId64 " numbers, but one%s is wanted", what, n,
             size == 1 ? "" : text_of(" or %" PRId64, size));
    real *values = allocate(size, sizeof *values);
    for (int64_t i = 0; i < size; i++) {
        char *end;
        values[i] = (real)strtod(text, &end);
        if (i + 1 < n) text = strchr(end, ',') + 1;
    }
    return values;
}

/* ---- an array for any variable ---- */

real *given_array(const char *path, int64_t size, int64_t *count, const char *what) {
    GenArg file = {"file", GEN_FILE, 0, path};
    GenCall call = {.name = "npy", .load = load_npy, .n_args = 1, .args = &file};
    SourceRequest request = {.call = &call, .folder = ".", .n_datums = 1, .packed = 1};
    SourceTable table = {0};
    call.load(&request, &table);
    int64_t rows = table.count[TRAINING], one = space_size(&table.space[0]);
    if (one != size && rows * one != size)
        fail("%s: %s has %" PRId64 " rows of %" PRId64 " numbers, but an example has %" PRId64,
             what, path, rows, one, size);
    *count = one == size ? rows : 1;
    if (*count < 1) fail("%s: %s holds no examples", what, path);
    return table.values[TRAINING][0];
}

/* ---- an example of a datum ---- */

bool given_is_file(const char *value) {
    if (value[0] == 0) return false;
    char **files = find_data_files("", value, "");
    bool there = files[0] != NULL;
    for (int i = 0; files[i] != NULL; i++) free(files[i]);
    free(files);
    return there;
}

static Rows read_given(const Given *g, const char *path, const char *typed, const GenCall *reader,
                       Space *space) {
    GenCall call = call_with_file(&g->calls->calls[0], reader, path);
    SourceRequest request = {.call = &call,
                             .first = g->calls->n_calls > 1 ? &g->calls->calls[1] : NULL,
                             .folder = "",
                             .n_datums = 1,
                             .datum = g->datum,
                             .packed = g->pipeline->packed,
                             .running = pipeline_has_windows(g->calls),
                             .typed = typed};
    SourceTable table = {0};
    call.load(&request, &table);
    *space = table.space[0];
    Rows rows = {.n = table.count[TRAINING],
                 .values = table.values[TRAINING][0],
                 .length = table.length[TRAINING],
                 .place = table.place[TRAINING]};
    if (!space->ragged) fit_channels(&g->pipeline->source, space, rows.n, &rows.values);
    if (!request.running) rows.n /= g->pipeline->packed;
    return rows;
}

/* Windows as copies. */
static real *rows_in_order(const Rows *rows, int64_t size) {
    if (rows->start == NULL) return rows->values;
    real *all = allocate(rows->n * size, sizeof *all);
    for (int64_t i = 0; i < rows->n; i++)
        memcpy(all + i * size, rows->values + rows->start[i], (size_t)size * sizeof *all);
    return all;
}

/* Through all transforms, those that act at every use too, as on held-out data. */
static real *transform_given(const Given *g, const Space *space, const Rows *given,
                             int64_t *count) {
    Pipeline *p = g->pipeline;
    Space own = p->source;
    Rows parts[DATA_PARTS] = {*given, {.part = HELD_OUT}};
    p->source = *space;
    p->restored = false; /* what is cut off is said */
    pipeline_load(p, parts);
    p->restored = true;
    *count = parts[TRAINING].n;
    if (space_size(pipeline_last(p)) != elements_of(&g->datum->shape))
        fail("%s: expected %s (%s), found %s", g->what,
             axes_text(g->datum->shape.rank, g->datum->shape.dim), g->datum->where,
             axes_text(pipeline_last(p)->rank, pipeline_last(p)->dim));
    real *result = rows_in_order(&parts[TRAINING], pipeline_stored_size(p));
    if (pipeline_draws(p)) {
        real *buffer[2] = {allocate(*count * p->room, sizeof(real)),
                           allocate(*count * p->room, sizeof(real))};
        memcpy(buffer[0], result, (size_t)(*count * pipeline_stored_size(p)) * sizeof(real));
        GenRun run = {.stream = GEN_HELD_OUT};
        result = pipeline_use(p, &run, buffer[0], buffer[1], *count);
    }
    p->source = own;
    pipeline_describe(p);
    return result;
}

static void *as_classes(const Given *g, const real *values, int64_t n) {
    int32_t *classes = allocate(n, sizeof *classes);
    for (int64_t i = 0; i < n; i++) {
        double value = (double)values[i];
        if (!(value >= 0 && value < (double)g->datum->shape.classes) || value != floor(value))
            fail("%s: %g is not one of the classes 0 to %" PRId64, g->what, value,
                 g->datum->shape.classes - 1);
        classes[i] = (int32_t)value;
    }
    return classes;
}

/* The source that reads a file or, for a typed text, reads it; fails if there is none. */
static const GenCall *reader_for(const Given *g, const char *value, bool is_file) {
    const GenCall *own = &g->calls->calls[0], *reader = NULL;
    if (is_file) {
        reader = call_names_files(own) && g->nth == 0 ? own : NULL;
        const GenCall *by_ending = reader_by_ending(g, value);
        if (by_ending != NULL) reader = by_ending;
    } else if (g->pipeline->source.media == MEDIA_TEXT) reader = reader_by_ending(g, ".txt");
    if (reader == NULL && is_file)
        fail("%s: a file of this kind cannot be read as this data", g->what);
    if (reader == NULL && g->pipeline->source.ragged) fail("%s: there is no such file", g->what);
    if (reader == NULL) fail("%s: there is no such file, and it is not a number", g->what);
    return reader;
}

int64_t given_examples(const Given *g, const char *value, void **examples) {
    int64_t count = 1, size = elements_of(&g->datum->shape);
    bool classes = g->datum->shape.kind == GEN_INDEX, is_file = given_is_file(value);
    bool sequence = g->pipeline->source.ragged && g->nth == 0; /* of which a number is no example */
    if (classes && !sequence && !is_file && count_numbers(value) > 0) {
        *examples = as_classes(g, given_numbers(value, size, g->what), size);
        return 1;
    }
    Space space = g->pipeline->source;
    Rows rows = {.n = 1};
    if (!is_file && !sequence)
        rows.values = given_numbers(value, space_size(&space) * g->pipeline->packed, g->what);
    if (rows.values == NULL)
        rows = read_given(g, is_file ? value : "typed", is_file ? NULL : value,
                          reader_for(g, value, is_file), &space);
    if (rows.n < 1) fail("%s: holds no examples", g->what);
    real *values = transform_given(g, &space, &rows, &count);
    *examples = classes ? as_classes(g, values, count * size) : (void *)values;
    return count;
}
