/* step.c: one training step: every minimize in order, as often as it says. */
#include "rt.h"

static bool finite_outputs(const GenProgram *program) {
    for (int i = 0; i < program->n_outputs; i++)
        if (!isfinite(output_mean(&program->outputs[i], program->batch))) return false;
    return true;
}

static const char *first_bad_loss(const GenProgram *program) {
    for (int i = 0; i < program->n_outputs; i++)
        if (!isfinite(output_mean(&program->outputs[i], program->batch)))
            return program->outputs[i].name;
    return NULL;
}

/* Runs the program again on the same inputs, watching every value. */
static void explain_failure(const Session *s, const GenProgram *program, const GenRun *run) {
    const char *loss = first_bad_loss(program);
    GenRun watched = *run;
    watched.watch = true;
    watch_begin();
    program->run(&watched);
    const char *value = watch_found();
    note("loss %s%s%s is not finite at step %" PRId64, loss != NULL ? "'" : "",
         loss != NULL ? loss : "", loss != NULL ? "'" : "", s->step);
    if (value != NULL) note("the first value that went bad: %s", value);
}

static bool run_minimize(const Session *s, const GenProgram *program, const Batch *batch,
                         int64_t repetition, Measures *losses) {
    GenRun run = session_run(s);
    run.repetition = repetition;
    dataset_fill(s->data, batch, &run, program->n_inputs, program->inputs);
    if (!program->run(&run) || !finite_outputs(program)) {
        explain_failure(s, program, &run);
        return false;
    }
    for (int i = 0; i < program->n_outputs; i++)
        measure_add(losses, program->outputs[i].name,
                    output_mean(&program->outputs[i], program->batch));
    return true;
}

bool take_step(Session *s, Measures *losses) {
    Batch batch = {TRAINING, s->examples, s->model->batch, s->seed, s->shuffle, 0};
    int64_t repetition = 0; /* counts the step's batches */
    for (int i = 0; i < s->model->n_programs; i++) {
        const GenProgram *program = &s->model->programs[i];
        if (program->role != GEN_STEP) continue;
        for (int64_t turn = 0; turn < program->times; turn++) {
            if (turn > 0) {
                batch.position += batch.rows;
                repetition++;
            }
            if (!run_minimize(s, program, &batch, repetition, losses)) return false;
        }
    }
    s->examples = batch.position + batch.rows;
    s->step++;
    return true;
}
