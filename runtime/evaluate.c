/* evaluate.c: losses and metrics on held-out examples, summed in double, always in the same order.
 */
#include "rt.h"

void measure_add(Measures *m, const char *name, double value) {
    int i = 0;
    while (i < m->n && strcmp(m->name[i], name) != 0) i++;
    if (i == MAX_MEASURES) BUG("too many losses and metrics");
    if (i == m->n) {
        m->name[m->n++] = name;
        m->sum[i] = 0;
        m->count[i] = 0;
    }
    m->sum[i] += value;
    m->count[i]++;
}

double measure_mean(const Measures *m, int i) {
    return m->sum[i] / (double)m->count[i];
}

double output_mean(const GenOutput *output, int64_t rows) {
    int64_t n = elements_of(&output->shape) * (output->batched ? rows : 1);
    const real *at = output->at;
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += at[i];
    return sum / (double)n;
}

/* A loss is what some minimize logs; what only evaluation computes is a metric. */
static bool is_loss(const GenModel *model, const char *name) {
    for (int i = 0; i < model->n_programs; i++) {
        const GenProgram *program = &model->programs[i];
        for (int k = 0; program->role == GEN_STEP && k < program->n_outputs; k++)
            if (strcmp(program->outputs[k].name, name) == 0) return true;
    }
    return false;
}

/* Rows count: of a per-example value each real row once, of a value of a whole batch each batch. */
static void add_outputs(const GenProgram *program, int64_t rows, double *sum, double *weight) {
    for (int i = 0; i < program->n_outputs; i++) {
        const GenOutput *output = &program->outputs[i];
        double share = output->batched ? (double)rows : 1;
        sum[i] += output_mean(output, rows) * share;
        weight[i] += share;
    }
}

static void evaluate_program(Session *s, const GenProgram *program, int64_t examples,
                             Evaluation *result) {
    double sum[MAX_MEASURES + 1] = {0}, weight[MAX_MEASURES + 1] = {0}; /* and the objective */
    if (program->n_outputs > MAX_MEASURES + 1) BUG("too many losses and metrics");
    for (int64_t first = 0; first < examples; first += program->batch) {
        int64_t rows = examples - first < program->batch ? examples - first : program->batch;
        GenRun run = session_run(s);
        run.stream = GEN_HELD_OUT;
        run.first_example = first;
        Batch batch = {HELD_OUT, first, program->batch, s->seed, false, 0};
        dataset_fill(s->data, &batch, &run, program->n_inputs, program->inputs);
        program->run(&run);
        add_outputs(program, rows, sum, weight);
    }
    for (int i = 0; i < program->n_outputs; i++) {
        const char *name = program->outputs[i].name;
        if (program->outputs[i].display == GEN_HIDDEN) {
            result->has_objective = true;
            result->objective = sum[i] / weight[i];
            continue;
        }
        Measures *into = is_loss(s->model, name) ? &result->losses : &result->metrics;
        measure_add(into, name, sum[i] / weight[i]);
    }
}

/* On at most `limit` held-out examples. A metric `over n` takes one batch of n; `final` ones are
 * computed only if asked for. */
Evaluation evaluate_held_out(Session *s, int64_t limit, bool final) {
    Evaluation result = {0};
    int64_t examples = dataset_count(s->data, HELD_OUT);
    if (examples > limit) examples = limit;
    for (int i = 0; i < s->model->n_programs && examples > 0; i++) {
        const GenProgram *program = &s->model->programs[i];
        if (program->role == GEN_EVAL || (program->role == GEN_FINAL && final))
            evaluate_program(s, program, examples, &result);
        if (program->role == GEN_METRIC || (program->role == GEN_FINAL_METRIC && final))
            evaluate_program(s, program, program->batch, &result);
    }
    return result;
}

static const GenBound *broken_bound(const GenModel *model, const Measures *m, int i) {
    double value = measure_mean(m, i);
    for (int k = 0; k < model->n_bounds; k++) {
        const GenBound *bound = &model->bounds[k];
        bool holds = value > bound->low && value < bound->high;
        if (strcmp(bound->metric, m->name[i]) == 0 && !holds) return bound;
    }
    return NULL;
}

/* Says which metrics are not where the spec wants them (`metric m above 0.3`). */
void warn_of_bounds(const Session *s, const Evaluation *e) {
    for (int i = 0; i < e->metrics.n; i++) {
        const GenBound *bound = broken_bound(s->model, &e->metrics, i);
        if (bound == NULL) continue;
        bool low = !isinf(bound->low);
        note("warning: '%s' is %.4g at step %" PRId64 "; it should stay %s %g (%s)", bound->metric,
             measure_mean(&e->metrics, i), s->step, low ? "above" : "below",
             low ? bound->low : bound->high, bound->where);
    }
}

static void put_measures_json(FILE *to, const Measures *m) {
    fputc('{', to);
    for (int i = 0; i < m->n; i++) {
        if (i > 0) fputs(", ", to);
        json_put_text(to, m->name[i]);
        fputs(": ", to);
        json_put_number(to, measure_mean(m, i));
    }
    fputc('}', to);
}

void put_evaluation_json(FILE *to, const Evaluation *e) {
    fputs("\"losses\": ", to);
    put_measures_json(to, &e->losses);
    fputs(", \"metrics\": ", to);
    put_measures_json(to, &e->metrics);
    if (e->has_objective) {
        fputs(", \"objective\": ", to);
        json_put_number(to, e->objective);
    }
}

static void print_measures(const Measures *m) {
    for (int i = 0; i < m->n; i++) printf("%-24s %.6g\n", m->name[i], measure_mean(m, i));
}

int trainer_eval(const GenModel *model, const Options *options) {
    Session s = session_open(model, options, true);
    Evaluation result = evaluate_held_out(&s, INT64_MAX, true);
    if (dataset_count(s.data, HELD_OUT) == 0) fail("there are no held-out examples");
    if (options->json) {
        printf("{\"step\": %" PRId64 ", \"examples\": %" PRId64 ", ", s.step,
               dataset_count(s.data, HELD_OUT));
        put_evaluation_json(stdout, &result);
        printf("}\n");
        return 0;
    }
    printf("%" PRId64 " held-out examples, after %" PRId64 " steps\n",
           dataset_count(s.data, HELD_OUT), s.step);
    print_measures(&result.losses);
    print_measures(&result.metrics);
    return 0;
}
