/* session.c: a model with its data and its place in training; to and from checkpoints. */
#include "rt.h"

/* A sample that needs no data loads none: then it is what the checkpoint says. */
int64_t session_epoch_size(const Session *s) {
    int64_t loaded = dataset_count(s->data, TRAINING);
    return loaded > 0 ? loaded : s->epoch_size;
}

double session_epoch(const Session *s) {
    int64_t size = session_epoch_size(s);
    return size > 0 ? (double)s->examples / (double)size : 0;
}

GenRun session_run(const Session *s) {
    return (GenRun){.seed = s->seed,
                    .stream = s->step,
                    .step = s->step,
                    .epoch = session_epoch(s),
                    .lr_scale = s->lr_scale,
                    .log_volume = dataset_log_volumes(s->data)};
}

/* A step's first batch is new; so is that of every repetition but a later minimize's first. */
int64_t session_rows_per_step(const GenModel *model) {
    int64_t batches = 0;
    for (int i = 0; i < model->n_programs; i++)
        if (model->programs[i].role == GEN_STEP)
            batches += model->programs[i].times - (batches > 0 ? 1 : 0);
    return batches * model->batch;
}

void session_initialise(Session *s) {
    for (int i = 0; i < s->model->n_programs; i++) {
        const GenProgram *program = &s->model->programs[i];
        if (program->role != GEN_INIT) continue;
        GenRun run = session_run(s);
        Batch batch = {TRAINING, 0, program->batch, s->seed, s->shuffle, 0};
        dataset_fill(s->data, &batch, &run, program->n_inputs, program->inputs);
        if (!program->run(&run)) fail("the initial values are not finite");
    }
}

/* ---- checkpoints ---- */

static Checkpoint model_tensors(const GenModel *model) {
    Checkpoint checkpoint = {.n_tensors = model->n_tensors};
    checkpoint.tensors = allocate(model->n_tensors, sizeof *checkpoint.tensors);
    for (int i = 0; i < model->n_tensors; i++) {
        const GenTensor *from = &model->tensors[i];
        CheckpointTensor *tensor = &checkpoint.tensors[i];
        *tensor = (CheckpointTensor){
            .name = from->path, .kind = from->shape.kind, .rank = from->shape.rank, .at = from->at};
        memcpy(tensor->dim, from->shape.dim, sizeof tensor->dim);
    }
    return checkpoint;
}

/* "reconstruction 1234.5 20", a line each: name, sum, count. */
static char *pending_text(const Measures *m) {
    char *text = text_of("%s", "");
    for (int i = 0; i < m->n; i++) {
        char *longer = text_of("%s%s %.17g %" PRId64 "\n", text, m->name[i], m->sum[i], m->count[i]);
        free(text);
        text = longer;
    }
    return text;
}

static const char *known_loss(const GenModel *model, const char *name) {
    for (int i = 0; i < model->n_programs; i++) {
        const GenProgram *program = &model->programs[i];
        for (int k = 0; program->role == GEN_STEP && k < program->n_outputs; k++)
            if (strcmp(program->outputs[k].name, name) == 0) return program->outputs[k].name;
    }
    return NULL;
}

/* Losses that the spec no longer has are left behind. */
static void restore_pending(Session *s, const CheckpointFile *file) {
    const char *text = checkpoint_note(file, "pending");
    s->pending.n = 0;
    while (text != NULL && *text != 0 && s->pending.n < MAX_MEASURES) {
        char name[256];
        double sum;
        int64_t count;
        int length = 0;
        if (sscanf(text, "%255s %lf %" SCNd64 "\n%n", name, &sum, &count, &length) != 3 || count <= 0)
            fail("%s: 'pending' is damaged", checkpoint_name(file));
        text += length;
        int i = s->pending.n;
        s->pending.name[i] = known_loss(s->model, name);
        if (s->pending.name[i] == NULL) continue;
        s->pending.sum[i] = sum;
        s->pending.count[i] = count;
        s->pending.n++;
    }
}

/* Nothing here depends on time, place or the spec's wording: equal training, equal bytes. */
void session_save(const Session *s, const char *path) {
    Checkpoint checkpoint = model_tensors(s->model);
    dataset_save(s->data, &checkpoint);
    CheckpointNote own[] = {{"format", text_of("genc")},
                            {"genc", text_of("%s", s->model->version)},
                            {"step", text_of("%" PRId64, s->step)},
                            {"examples", text_of("%" PRId64, s->examples)},
                            {"epoch_size", text_of("%" PRId64, session_epoch_size(s))},
                            {"seed", text_of("%" PRIu64, s->seed)},
                            {"pending", pending_text(&s->pending)}};
    int n = sizeof own / sizeof *own, learned = checkpoint.n_notes;
    CheckpointNote *notes = allocate(learned + n, sizeof *notes);
    memcpy(notes, own, sizeof own);
    if (learned > 0) memcpy(notes + n, checkpoint.notes, (size_t)learned * sizeof *notes);
    free(checkpoint.notes);
    checkpoint.notes = notes;
    checkpoint.n_notes = learned + n;
    checkpoint_write(path, &checkpoint);
    for (int i = 0; i < checkpoint.n_notes; i++) free(notes[i].value);
    free(notes);
    free(checkpoint.tensors);
}

/* A count kept as text: 0 if there is none. */
static int64_t whole_note(const CheckpointFile *file, const char *key, int64_t most) {
    const char *text = checkpoint_note(file, key);
    if (text == NULL) return 0;
    char *end = NULL;
    errno = 0;
    int64_t value = strtoll(text, &end, 10);
    if (errno != 0 || end == text || *end != 0 || value < 0 || value > most)
        fail("%s: '%s' is '%s', not a count", checkpoint_name(file), key, text);
    return value;
}

void session_restore(Session *s, const CheckpointFile *file) {
    Checkpoint checkpoint = model_tensors(s->model);
    checkpoint_read(file, &checkpoint);
    free(checkpoint.tensors);
    dataset_restore(s->data, file);
    s->step = whole_note(file, "step", (int64_t)1 << 53);
    s->examples = whole_note(file, "examples", (int64_t)1 << 53);
    s->epoch_size = whole_note(file, "epoch_size", (int64_t)1 << 53);
    s->seed = (uint64_t)whole_note(file, "seed", INT64_MAX);
    restore_pending(s, file);
}

/* Of a parameter, its state or its average: the path in the spec. */
static const char *spec_path(const GenTensor *tensor) {
    bool average = tensor->role == GEN_AVERAGE;
    return average ? tensor->path + strlen(GEN_AVERAGE_PREFIX) : tensor->path;
}

/* A model without moving averages gives its parameters for both. */
static char *take_tensor(const CheckpointFile *file, const GenTensor *to,
                         const CheckpointTensor *into) {
    char *why = checkpoint_take(file, to->path, into);
    if (why == NULL || to->role != GEN_AVERAGE) return why;
    free(why);
    return checkpoint_take(file, spec_path(to), into);
}

void session_take_parameters(Session *s, const char *path, bool quiet) {
    CheckpointFile *file = checkpoint_open(path);
    Checkpoint checkpoint = model_tensors(s->model);
    int taken = 0, wanted = 0;
    for (int i = 0; i < s->model->n_tensors; i++) {
        const GenTensor *tensor = &s->model->tensors[i];
        if (tensor->role == GEN_SLOT || tensor->role == GEN_UPDATES) continue;
        char *why = take_tensor(file, tensor, &checkpoint.tensors[i]);
        wanted++;
        taken += why == NULL;
        if (!quiet && why == NULL) printf("init: %s\n", tensor->path);
        if (!quiet && why != NULL) printf("init: %s %s: begins anew\n", tensor->path, why);
        free(why);
    }
    if (taken == 0) fail("--init %s: none of its tensors fits this model", path);
    if (!quiet) printf("init: %d of %d tensors from %s\n", taken, wanted, path);
    free(checkpoint.tensors);
    checkpoint_close(file);
}

/* Is it the network's, or its moving average? */
static bool of_network(const GenTensor *tensor, const char *network) {
    const char *path = spec_path(tensor);
    size_t n = strlen(network);
    bool weighs = tensor->role != GEN_SLOT && tensor->role != GEN_UPDATES;
    return weighs && strncmp(path, network, n) == 0 && path[n] == '.';
}

void session_need_network(const Session *s, const char *network) {
    for (int i = 0; i < s->model->n_tensors; i++)
        if (of_network(&s->model->tensors[i], network)) return;
    fail("no network '%s' with parameters; see '%s info'", network, program_path);
}

void session_take_network(Session *s, const CheckpointFile *file, const char *network) {
    Checkpoint checkpoint = model_tensors(s->model);
    for (int i = 0; i < s->model->n_tensors; i++) {
        const GenTensor *tensor = &s->model->tensors[i];
        char *why = NULL;
        if (of_network(tensor, network)) why = take_tensor(file, tensor, &checkpoint.tensors[i]);
        if (why != NULL) fail("%s: '%s' %s", checkpoint_name(file), tensor->path, why);
    }
    free(checkpoint.tensors);
}

static const char *trained_checkpoint(const GenModel *model, const Options *options) {
    if (options->from != NULL) return options->from;
    const char *folder = run_folder_latest(model, options->out);
    char *path = folder == NULL ? NULL : join_path(folder, "checkpoint.safetensors");
    if (path == NULL || !file_exists(path))
        fail(
            "there is no trained model yet: run '%s train' first, or name a checkpoint with --from",
            program_path);
    return path;
}

/* The folder of a path, as text of its own. */
static char *folder_of(const char *path) {
    char *folder = text_of("%s", path), *slash = strrchr(folder, '/');
    if (slash == NULL) return text_of(".");
    *(slash == folder ? slash + 1 : slash) = 0;
    return folder;
}

Session session_open(const GenModel *model, const Options *options, bool wants_data) {
    const char *path = trained_checkpoint(model, options);
    RunRecord record = {.folder = folder_of(path)};
    bool recorded = run_record_read(model, &record);
    const char *folder = options->data != NULL ? options->data : recorded ? record.data : NULL;
    Session s = {.model = model, .folder = record.folder, .lr_scale = 1, .shuffle = true};
    s.data = dataset_new(model, folder, options->data != NULL);
    CheckpointFile *file = checkpoint_open(path);
    session_restore(&s, file);
    checkpoint_close(file);
    if (options->data != NULL) dataset_prefer_files(s.data);
    if (wants_data) dataset_load(s.data);
    return s;
}
