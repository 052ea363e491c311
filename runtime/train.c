/* train.c: the train command: start or resume a run, take steps, report, save. */
#include "rt.h"

#include <signal.h>
#include <time.h>
#include <unistd.h>

enum { VALID_LIMIT = 10000, SAVE_SECONDS = 60, REPORTS = 50 };

typedef struct {
    Session session;
    RunRecord record;
    int64_t every, log_every;      /* steps between reports, between log lines */
    double started, logged, saved; /* seconds; started: as if it had never stopped */
    int64_t examples_logged;
    Progress progress;
    const char *out; /* --out */
    Best best;
} Training;

/* ---- signals: the step is finished, the state written ---- */

static volatile sig_atomic_t signal_caught;
static volatile time_t signal_time;

/* Who asks again after a second does not want to wait: the process ends at once. (At one Ctrl-C a
 * trainer under genc sweep gets two.) */
static void remember_signal(int number) {
    time_t now = time(NULL);
    if (signal_caught == 0) {
        signal_caught = number;
        signal_time = now;
    } else if (now - signal_time > 1) {
        signal(number, SIG_DFL);
        raise(number);
    }
}

static const struct {
    int number;
    const char *name;
} signals[] = {{SIGINT, "SIGINT"}, {SIGTERM, "SIGTERM"}, {SIGHUP, "SIGHUP"}};

/* A hangup that is ignored stays so (nohup). */
static void catch_signals(void) {
    struct sigaction action = {.sa_handler = remember_signal, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        struct sigaction now;
        sigaction(signals[i].number, NULL, &now);
        if (signals[i].number != SIGHUP || now.sa_handler != SIG_IGN)
            sigaction(signals[i].number, &action, NULL);
    }
}

static const char *signal_name(int number) {
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        if (signals[i].number == number) return signals[i].name;
    return "a signal";
}

/* ---- how it ends: run.json says so, for those who come later ---- */

static Training *at_work; /* the run that a failure is of */

static void end_as(Training *t, const char *state, const char *reason) {
    at_work = NULL;
    t->record.state = state;
    t->record.reason = reason;
    t->record.seconds = seconds_now() - t->started;
    run_record_write(t->session.model, &t->record);
}

static void end_as_failed(const char *why) {
    atomic_abandon(); /* what it failed at, before another file is written */
    if (at_work != NULL) end_as(at_work, "failed", why);
}

/* A run that is killed leaves this behind; its lock is gone with it. */
static void begin(Training *t) {
    t->record.state = "running";
    t->record.reason = NULL;
    run_record_write(t->session.model, &t->record);
    at_work = t;
    on_failure(end_as_failed);
}

/* ---- how far to go ---- */

#define MOST_STEPS ((int64_t)1 << 53) /* so that a step's number is exact wherever it goes */

static int64_t steps_of_epochs(const Session *s, double epochs) {
    double examples = epochs * (double)session_epoch_size(s);
    if (examples > (double)MOST_STEPS) fail("%g epochs are more than can be counted", epochs);
    return (int64_t)ceil(examples / (double)session_rows_per_step(s->model));
}

static int64_t steps_to_take(const Session *s, const Options *options) {
    if (options->steps > MOST_STEPS) fail("--steps: at most %" PRId64, MOST_STEPS);
    if (options->steps >= 0) return options->steps;
    if (options->epochs > 0) return steps_of_epochs(s, options->epochs);
    if (s->model->steps > 0) return s->model->steps;
    if (s->model->epochs > 0) return steps_of_epochs(s, s->model->epochs);
    fail("the spec does not say how long to train: give --epochs or --steps");
}

/* ---- starting ---- */

static char *checkpoint_path(const char *folder) {
    return join_path(folder, "checkpoint.safetensors");
}

static char *best_path(const char *folder) {
    return join_path(folder, "best.safetensors");
}

static const char *absolute_path(const char *folder) {
    return folder == NULL ? NULL : realpath(folder, NULL);
}

/* What a run keeps to when it is resumed. */
static void set_record(RunRecord *record, const Options *options) {
    if (options->keep >= 0) record->keep = options->keep;
    if (options->patience > 0) record->patience = options->patience;
    if (options->best != NULL) record->best = options->best;
}

/* --patience and --best need something to go by. */
static void check_best(Session *s, const RunRecord *record) {
    if (record->best == NULL && record->patience == 0) return;
    if (dataset_count(s->data, HELD_OUT) == 0)
        fail("--%s: there are no held-out examples", record->patience > 0 ? "patience" : "best");
    Evaluation e = evaluate_held_out(s, 1, false);
    double value;
    if (best_value(&e, record->best, &value)) return;
    char *known = text_of("%s", "");
    for (int i = 0; i < e.losses.n + e.metrics.n; i++)
        known = text_of("%s%s%s", known, i > 0 ? ", " : "",
                        i < e.losses.n ? e.losses.name[i] : e.metrics.name[i - e.losses.n]);
    if (record->best != NULL)
        fail("--best %s: there is no such loss or metric on held-out data; there are: %s",
             record->best, known);
    fail("--patience: this spec minimizes several losses: say by --best NAME which one counts (%s)",
         known);
}

static void start_new(Training *t, const GenModel *model, const Options *options) {
    Session *s = &t->session;
    *s = (Session){.model = model,
                   .seed = options->seed >= 0 ? (uint64_t)options->seed : 1,
                   .lr_scale = options->lr_scale > 0 ? options->lr_scale : 1,
                   .shuffle = !options->no_shuffle};
    s->data = dataset_new(model, options->data, options->data != NULL);
    dataset_choose_alternative(s->data);
    dataset_load(s->data);
    t->record = (RunRecord){.target = steps_to_take(s, options),
                            .seed = s->seed,
                            .lr_scale = s->lr_scale,
                            .shuffle = s->shuffle,
                            .data = absolute_path(options->data),
                            .init = absolute_path(options->init),
                            .alternative = dataset_alternative(s->data)};
    set_record(&t->record, options);
    session_initialise(s);
    if (options->init != NULL) session_take_parameters(s, options->init, options->quiet);
    check_best(s, &t->record);
    t->best = best_new(model, t->record.best);
    t->record.folder = run_folder_new(model, options->out);
    begin(t);
    run_folder_publish(model, t->record.folder);
    char *path = checkpoint_path(t->record.folder);
    session_save(s, path);
    free(path);
}

/* best.safetensors as it was at the step that the run goes on from. One from a step that has yet to
 * come again goes: the run will find it anew. */
static void resume_best(Training *t) {
    Session *s = &t->session;
    char *path = best_path(t->record.folder);
    t->best = best_read(s->model, t->record.folder, t->record.best);
    if (t->best.found && t->best.step == s->step) {
        session_save(s, path);
    } else if (file_exists(path)) {
        CheckpointFile *file = checkpoint_open(path);
        const char *step = checkpoint_note(file, "step");
        bool same = step != NULL && strtoll(step, NULL, 10) == t->best.step;
        checkpoint_close(file);
        if (!same && unlink(path) != 0) fail("%s: cannot be removed: %s", path, strerror(errno));
        if (!same) t->best = best_new(s->model, t->record.best);
    } else t->best = best_new(s->model, t->record.best);
    free(path);
}

/* Back to a checkpoint that --keep kept: it becomes the run's own. */
static void go_back(const char *folder, int64_t step) {
    char *from = kept_path(folder, step), *to = checkpoint_path(folder);
    if (!file_exists(from)) {
        char *kept = kept_list(folder);
        fail("--at %" PRId64 ": there is no %s; %s%s", step, from,
             kept[0] != 0 ? "kept are the steps "
                          : "nothing is kept there (--keep N keeps the last N)",
             kept);
    }
    copy_file(from, to);
    free(from);
    free(to);
}

/* A run that was killed before its first checkpoint begins as it did. */
static void restore_or_begin_again(Session *s, const RunRecord *record, bool quiet) {
    char *path = checkpoint_path(record->folder);
    if (!file_exists(path)) {
        dataset_load(s->data);
        session_initialise(s);
        if (record->init != NULL) session_take_parameters(s, record->init, quiet);
    } else {
        CheckpointFile *file = checkpoint_open(path);
        session_restore(s, file);
        checkpoint_close(file);
        dataset_load(s->data);
    }
    free(path);
}

static void resume(Training *t, const GenModel *model, const Options *options) {
    Session *s = &t->session;
    RunRecord *record = &t->record;
    record->folder = run_folder_latest(model, options->out);
    if (record->folder != NULL) run_folder_lock(record->folder);
    if (record->folder == NULL || !run_record_read(model, record))
        fail("there is no run to resume in %s", options->out != NULL ? options->out : "runs");
    if (record->spec_changed)
        note("the spec has changed since this run began: going on with the new one");
    if (record->changed != NULL) note("this run began %s", record->changed);
    if (options->seed >= 0 && (uint64_t)options->seed != record->seed)
        fail("a run goes on with its own seed, %" PRIu64, record->seed);
    if (options->data != NULL) record->data = absolute_path(options->data);
    if (options->lr_scale > 0) record->lr_scale = options->lr_scale;
    if (options->no_shuffle) record->shuffle = false;
    *s = (Session){.model = model,
                   .seed = record->seed,
                   .lr_scale = record->lr_scale,
                   .shuffle = record->shuffle};
    s->data = dataset_new(model, options->data != NULL ? options->data : record->data,
                          record->data != NULL);
    dataset_use_alternative(s->data, record->alternative);
    set_record(record, options);
    if (options->at >= 0) go_back(record->folder, options->at);
    restore_or_begin_again(s, record, options->quiet);
    check_best(s, record);
    if (options->steps >= 0 || options->epochs > 0)
        record->target = s->step + steps_to_take(s, options);
    begin(t);
    double logged = metrics_cut(record->folder, s->step);
    if (logged > record->seconds || options->at >= 0) record->seconds = logged;
    resume_best(t);
}

/* ---- reports ---- */

static void put_line_start(FILE *to, const Training *t, const char *split) {
    const Session *s = &t->session;
    fprintf(to, "{\"step\": %" PRId64 ", \"epoch\": %.6g, \"split\": \"%s\", \"seconds\": %.3f, ",
            s->step, session_epoch(s), split, seconds_now() - t->started);
}

static FILE *open_metrics(const Training *t) {
    char *path = join_path(t->record.folder, "metrics.jsonl");
    FILE *to = fopen(path, "a");
    if (to == NULL) fail("%s: cannot be written: %s", path, strerror(errno));
    free(path);
    return to;
}

static void close_metrics(const Training *t, FILE *to) {
    if (fclose(to) != 0)
        fail("%s/metrics.jsonl: cannot be written: %s", t->record.folder, strerror(errno));
}

/* Training losses, averaged since the last line. Returns the examples per second since then. */
static double log_training(Training *t) {
    double now = seconds_now(), passed = now - t->logged;
    double rate = (double)(t->session.examples - t->examples_logged) / (passed > 0 ? passed : 1);
    Evaluation e = {.losses = t->session.pending};
    FILE *to = open_metrics(t);
    put_line_start(to, t, "train");
    put_evaluation_json(to, &e);
    fprintf(to, ", \"examples_per_second\": %.6g}\n", rate);
    close_metrics(t, to);
    t->session.pending.n = 0;
    t->logged = seconds_now();
    t->examples_logged = t->session.examples;
    return rate;
}

static void log_valid(const Training *t, const Evaluation *valid) {
    if (valid->losses.n + valid->metrics.n == 0) return;
    FILE *to = open_metrics(t);
    put_line_start(to, t, "valid");
    put_evaluation_json(to, valid);
    fputs("}\n", to);
    close_metrics(t, to);
}

/* A gradient that is not finite shows only in what it was added to. */
static void check_tensors(const Training *t) {
    const GenModel *model = t->session.model;
    for (int i = 0; i < model->n_tensors; i++) {
        const GenTensor *tensor = &model->tensors[i];
        int64_t n = tensor->shape.kind == GEN_REAL ? elements_of(&tensor->shape) : 0;
        const real *at = tensor->at;
        for (int64_t k = 0; k < n; k++)
            if (!isfinite(at[k]))
                fail("'%s' is not finite after step %" PRId64
                     "; the last good checkpoint is kept: %s",
                     tensor->path, t->session.step, t->record.folder);
    }
}

static void save(Training *t) {
    check_tensors(t);
    char *path = checkpoint_path(t->record.folder);
    session_save(&t->session, path);
    free(path);
    t->saved = seconds_now();
}

/* --keep N: this checkpoint too under its step, and of those up to it the last N. */
static void keep_checkpoint(const Training *t) {
    const char *folder = t->record.folder;
    if (t->record.keep == 0) return;
    char *path = kept_path(folder, t->session.step);
    session_save(&t->session, path);
    free(path);
    kept_prune(folder, t->session.step, t->record.keep);
}

static void keep_best(Training *t, const Evaluation *valid) {
    double value;
    if (!best_value(valid, t->record.best, &value)) return;
    best_add(&t->best, t->session.step, value);
    if (t->best.step != t->session.step || t->best.since > 0) return;
    char *path = best_path(t->record.folder);
    session_save(&t->session, path);
    free(path);
}

/* --patience N: N reports in a row without a better value on held-out data. */
static bool is_out_of_patience(const Training *t) {
    return t->record.patience > 0 && t->best.found && t->best.since >= t->record.patience;
}

static int stop_by_patience(Training *t) {
    const char *of = t->record.best != NULL ? t->record.best : "loss";
    const char *why = text_of("no %s held-out %s for %" PRId64 " report%s",
                              t->best.higher ? "higher" : "lower", of, t->best.since,
                              t->best.since == 1 ? "" : "s");
    end_as(t, "finished", why);
    if (!t->progress.quiet)
        printf("stopped at step %" PRId64 ": %s; the best, %.6g at step %" PRId64
               ", is in %s/best.safetensors\n",
               t->session.step, why, t->best.value, t->best.step, t->record.folder);
    return 0;
}

/* Lines and pictures come before the checkpoint: after a kill in between they are made again, not
 * missed. */
static void report(Training *t) {
    Measures train = t->session.pending;
    double rate = train.n > 0 ? log_training(t) : 0;
    Evaluation valid = evaluate_held_out(&t->session, VALID_LIMIT, false);
    log_valid(t, &valid);
    sample_at_report(&t->session, t->record.folder);
    save(t);
    keep_checkpoint(t);
    keep_best(t, &valid);
    report_write(&t->session, &t->record);
    progress_report(&t->progress, &t->session, &train, &valid, rate);
    warn_of_bounds(&t->session, &valid);
    t->logged = seconds_now();
}

/* Losses since the last line stay in the checkpoint, for the line that a run never stopped has. */
static int stop_by_signal(Training *t) {
    save(t);
    report_write(&t->session, &t->record);
    end_as(t, "interrupted", signal_name(signal_caught));
    progress_clear(&t->progress);
    note("stopped at step %" PRId64 " of %" PRId64 "; '%s train --resume%s%s' goes on",
         t->session.step, t->record.target, program_path, t->out != NULL ? " --out " : "",
         t->out != NULL ? t->out : "");
    return 128 + signal_caught;
}

/* ---- the loop ---- */

static int train(Training *t) {
    Session *s = &t->session;
    while (s->step < t->record.target) {
        if (is_out_of_patience(t)) return stop_by_patience(t);
        Measures losses = {0};
        if (!take_step(s, &losses)) {
            end_as(t, "failed", last_message());
            note("the last good checkpoint is kept: %s/checkpoint.safetensors", t->record.folder);
            return 1;
        }
        for (int i = 0; i < losses.n; i++)
            measure_add(&s->pending, losses.name[i], measure_mean(&losses, i));
        progress_step(&t->progress, s, &losses, t->every);
        if (s->step % t->every == 0 || s->step == t->record.target) report(t);
        else if (t->log_every > 0 && s->step % t->log_every == 0) log_training(t);
        if (signal_caught != 0 && s->step < t->record.target) return stop_by_signal(t);
        if (seconds_now() - t->saved > SAVE_SECONDS) save(t);
    }
    end_as(t, "finished", NULL);
    return 0;
}

/* A report an epoch, but not more than REPORTS in a run. */
static int64_t usual_interval(const Training *t) {
    int64_t epoch = steps_of_epochs(&t->session, 1);
    int64_t share = (t->record.target + REPORTS - 1) / REPORTS;
    int64_t every = epoch > share ? epoch : share;
    return every > 0 ? every : 1;
}

static bool has_steps(const GenModel *model) {
    for (int i = 0; i < model->n_programs; i++)
        if (model->programs[i].role == GEN_STEP) return true;
    return false;
}

int trainer_train(const GenModel *model, const Options *options) {
    Training t = {.out = options->out};
    if (!has_steps(model) && options->steps != 0)
        fail(
            "this spec minimizes nothing: it has no 'train' (--steps 0 writes its initial values)");
    if (options->at >= 0 && !options->resume) fail("--at belongs to --resume");
    if (options->init != NULL && options->resume)
        fail("--init begins a new run, --resume goes on with an old one: give one of them");
    t.started = seconds_now();
    if (options->resume) resume(&t, model, options);
    else start_new(&t, model, options);
    if (t.session.model->n_sources > 0 && model->batch > dataset_count(t.session.data, TRAINING))
        note("a batch of %" PRId64 " goes round the examples, of which there are fewer",
             model->batch);
    if (!options->quiet)
        printf("%s: %" PRId64 " examples, %" PRId64 " held out; steps %" PRId64 " to %" PRId64
               "; in %s\n",
               model->name, dataset_count(t.session.data, TRAINING),
               dataset_count(t.session.data, HELD_OUT), t.session.step, t.record.target,
               t.record.folder);
    t.every = options->every > 0 ? options->every : usual_interval(&t);
    t.log_every = options->log_every;
    t.logged = t.saved = seconds_now();
    t.started = t.logged - t.record.seconds;
    t.examples_logged = t.session.examples;
    t.progress = progress_begin(&t.session, t.record.target, options->quiet);
    catch_signals();
    return train(&t);
}
