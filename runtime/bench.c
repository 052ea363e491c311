/* bench.c: the time of a training step on data in memory. */
#include "rt.h"

#include <sys/resource.h>

enum { WARM_UP = 10, USUAL_STEPS = 200 };

static int compare_doubles(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static void fill_all(Session *s) {
    for (int i = 0; i < s->model->n_programs; i++) {
        const GenProgram *program = &s->model->programs[i];
        if (program->role != GEN_STEP) continue;
        GenRun run = session_run(s);
        Batch batch = {TRAINING, 0, program->batch, s->seed, true, 0};
        dataset_fill(s->data, &batch, &run, program->n_inputs, program->inputs);
    }
}

static double time_step(Session *s) {
    double begin = seconds_now();
    int64_t repetition = 0;
    for (int i = 0; i < s->model->n_programs; i++) {
        const GenProgram *program = &s->model->programs[i];
        if (program->role != GEN_STEP) continue;
        for (int64_t turn = 0; turn < program->times; turn++) {
            GenRun run = session_run(s);
            run.repetition = turn > 0 ? ++repetition : repetition;
            if (!program->run(&run)) fail("a loss is not finite at step %" PRId64, s->step);
        }
    }
    s->step++;
    return seconds_now() - begin;
}

int trainer_bench(const GenModel *model, const Options *options) {
    Session s = {.model = model, .seed = 1, .lr_scale = 1, .shuffle = true};
    s.data = dataset_new(model, options->data, options->data != NULL);
    dataset_choose_alternative(s.data);
    dataset_load(s.data);
    session_initialise(&s);
    fill_all(&s);
    int64_t steps = options->steps > 0 ? options->steps : USUAL_STEPS;
    double *seconds = allocate(steps, sizeof *seconds);
    for (int i = 0; i < WARM_UP; i++) time_step(&s);
    for (int64_t i = 0; i < steps; i++) seconds[i] = time_step(&s);
    qsort(seconds, (size_t)steps, sizeof *seconds, compare_doubles);
    double median = seconds[steps / 2];
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("{\"ms_per_step\": %.6g, \"flops_per_step\": %.6g, \"gflops\": %.6g, "
           "\"planned_bytes\": %" PRId64 ", \"peak_rss_bytes\": %ld}\n",
           1e3 * median, model->flops_per_step, model->flops_per_step / median * 1e-9,
           model->planned_bytes, usage.ru_maxrss * 1024L);
    free(seconds);
    return 0;
}
