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
    note("loss %s%s%s is not finite at step %" PRId64 "%s%s", loss != NULL ? "'" : "",
         loss != NULL ? loss : "", loss != NULL ? "'" : "", s->step,
         value != NULL ? "; the first value that went bad: " : "", value != NULL ? value : "");
}

/* One call of a minimize, somewhere in training. */
typedef struct {
    int64_t step;
    int program;
    int64_t turn;       /* of its `times` */
    int64_t repetition; /* counts the step's batches */
    Batch batch;
} StepCall;

static int next_minimize(const GenModel *model, int program) {
    while (program < model->n_programs && model->programs[program].role != GEN_STEP) program++;
    return program;
}

static StepCall first_call(const Session *s) {
    return (StepCall){.step = s->step,
                      .program = next_minimize(s->model, 0),
                      .batch = {TRAINING, s->examples, s->model->batch, s->seed, s->shuffle, 0}};
}

/* A repetition takes a new batch, so does a step; the next minimize keeps the last. */
static StepCall call_after(const Session *s, StepCall call) {
    if (++call.turn < s->model->programs[call.program].times) {
        call.batch.position += call.batch.rows;
        call.repetition++;
        return call;
    }
    call.turn = 0;
    call.program = next_minimize(s->model, call.program + 1);
    if (call.program < s->model->n_programs) return call;
    call.step++;
    call.program = next_minimize(s->model, 0);
    call.repetition = 0;
    call.batch.position += call.batch.rows;
    return call;
}

static GenRun run_of_call(const Session *s, const StepCall *call) {
    GenRun run = session_run(s);
    run.stream = run.step = call->step;
    run.repetition = call->repetition;
    return run;
}

static void prepare(const Session *s, const StepCall *call) {
    const GenProgram *program = &s->model->programs[call->program];
    GenRun run = run_of_call(s, call);
    dataset_prepare(s->data, &call->batch, &run, program->n_inputs, program->inputs);
}

static bool run_minimize(const Session *s, const StepCall *call, const StepCall *next,
                         Measures *losses) {
    const GenProgram *program = &s->model->programs[call->program];
    GenRun run = run_of_call(s, call);
    dataset_fill(s->data, &call->batch, &run, program->n_inputs, program->inputs);
    prepare(s, next);
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
    StepCall call = first_call(s);
    while (call.step == s->step) {
        StepCall next = call_after(s, call);
        if (!run_minimize(s, &call, &next, losses)) return false;
        call = next;
    }
    s->examples = call.batch.position;
    s->step = call.step;
    return true;
}
