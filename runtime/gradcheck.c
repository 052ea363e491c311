/* gradcheck.c: every minimize's gradients against central differences, on a few coordinates each.
 */
#include "rt.h"

enum { COORDINATES = 20, STEP_SIZES = 3 };

#ifdef GENC_F64
#define EPSILON 2.220446049250313e-16
static const double gradcheck_bound = 1e-6, gradcheck_step[STEP_SIZES] = {1e-5, 1e-6, 1e-7};
#else
#define EPSILON 1.1920928955078125e-7
static const double gradcheck_bound = 1e-2, gradcheck_step[STEP_SIZES] = {1e-2, 3e-3, 1e-3};
#endif

/* hold: with what is under `stop` as it was in the last run without, as a derivative sees it. */
static double loss_of(const GenProgram *program, bool hold) {
    GenRun run = {.seed = 1, .lr_scale = 1, .hold = hold};
    program->run(&run);
    return output_mean(&program->outputs[0], program->batch);
}

/* *noise: what the rounding of the two losses may make of it. */
static double central_difference(const GenProgram *program, real *at, double step, double *noise) {
    real kept = *at;
    double h = step * fmax(1, fabs((double)kept));
    *at = (real)((double)kept + h);
    double high = (double)*at, above = loss_of(program, true);
    *at = (real)((double)kept - h);
    double low = (double)*at, below = loss_of(program, true);
    *at = kept;
    *noise = 2 * EPSILON * fmax(fabs(above), fabs(below)) / (high - low);
    return (above - below) / (high - low);
}

/* Over max(1, |analytic|, |numeric|). */
typedef struct {
    double error, noise;
} Distance;

static bool is_good(Distance d) {
    return d.error <= gradcheck_bound;
}

/* No error that can be told from rounding. */
static bool is_lost(Distance d) {
    return !is_good(d) && d.error <= gradcheck_bound + d.noise;
}

/* Wrong is worse than lost in rounding, that is worse than good. */
static bool is_worse(Distance a, Distance b) {
    int rank_a = is_good(a) ? 0 : is_lost(a) ? 1 : 2, rank_b = is_good(b) ? 0 : is_lost(b) ? 1 : 2;
    return rank_a != rank_b ? rank_a > rank_b : !(a.error <= b.error);
}

/* At the step size that suits best: a kink nearby or rounding spoils some. */
static Distance coordinate_error(const GenProgram *program, real *at, double analytic) {
    Distance best = {INFINITY, 0};
    for (int i = 0; i < STEP_SIZES && !is_good(best); i++) {
        double noise, numeric = central_difference(program, at, gradcheck_step[i], &noise);
        double scale = fmax(1, fmax(fabs(analytic), fabs(numeric)));
        Distance d = {fabs(analytic - numeric) / scale, noise / scale};
        if (!is_worse(d, best)) best = d;
    }
    return best;
}

static const GenTensor *tensor_named(const GenModel *model, const char *path) {
    for (int i = 0; i < model->n_tensors; i++)
        if (strcmp(model->tensors[i].path, path) == 0) return &model->tensors[i];
    return NULL;
}

static void print_line(const char *name, int64_t size, int64_t tried, Distance worst) {
    printf("%-40s %10" PRId64 " %6" PRId64 "   %9.2e   %s\n", name, size, tried, worst.error,
           is_good(worst) ? "ok" : is_lost(worst) ? "rounding" : "WRONG");
    fflush(stdout);
}

/* What the model's author states, such as that a function is another's inverse, measured as a
 * distance from it: for every example, 0. */
static Distance check_claim(const GenProgram *program, const GenOutput *claim) {
    int64_t size = elements_of(&claim->shape) * (claim->batched ? program->batch : 1);
    Distance worst = {0};
    loss_of(program, false);
    for (int64_t i = 0; i < size; i++) {
        double off = fabs((double)((const real *)claim->at)[i]);
        if (!(off <= worst.error)) worst.error = off;
    }
    print_line(claim->name, size, size, worst);
    return worst;
}

static Distance check_tensor(const GenTensor *tensor, const GenProgram *program,
                         const GenOutput *gradient) {
    int64_t size = elements_of(&tensor->shape), n = size < COORDINATES ? size : COORDINATES;
    Distance worst = {0};
    real *analytic = allocate(size, sizeof *analytic);
    loss_of(program, false);
    memcpy(analytic, gradient->at, (size_t)size * sizeof *analytic);
    for (int64_t i = 0; i < n; i++) {
        uint32_t word[4];
        random_words(random_path(gradient->name), (uint64_t)i, word);
        int64_t at =
            n == size ? i : (int64_t)(((uint64_t)word[0] << 32 | word[1]) % (uint64_t)size);
        Distance d = coordinate_error(program, (real *)tensor->at + at, (double)analytic[at]);
        if (is_worse(d, worst)) worst = d;
    }
    free(analytic);
    print_line(gradient->name, size, n, worst);
    return worst;
}

static void fill_first_batch(Session *s, const GenProgram *program) {
    GenRun run = session_run(s);
    Batch batch = {TRAINING, 0, program->batch, s->seed, true, 0};
    dataset_fill(s->data, &batch, &run, program->n_inputs, program->inputs);
}

int trainer_gradcheck(const GenModel *model, const Options *options) {
    Session s = {.model = model, .seed = 1, .lr_scale = 1, .shuffle = true};
    s.data = dataset_new(model, options->data, options->data != NULL);
    dataset_choose_alternative(s.data);
    dataset_load(s.data);
    session_initialise(&s);
    if (sizeof(real) == 4)
        printf("this is a build in single precision: the check is only indicative "
               "(bound %g; build with --real f64 for 1e-6)\n",
               gradcheck_bound);
    int checked = 0, claims = 0, wrong = 0, lost = 0;
    for (int i = 0; i < model->n_programs; i++) {
        const GenProgram *program = &model->programs[i];
        if (program->role != GEN_GRAD) continue;
        fill_first_batch(&s, program);
        if (!isfinite(loss_of(program, false)))
            fail("loss '%s' is not finite at the initial values: no difference can be taken",
                 program->outputs[0].name);
        printf("loss %s\n%-40s %10s %6s   %9s\n", program->outputs[0].name, "parameter", "elements",
               "tried", "error");
        for (int k = 1; k < program->n_outputs; k++) {
            const GenOutput *output = &program->outputs[k];
            const GenTensor *tensor = tensor_named(model, output->name);
            checked += tensor != NULL;
            claims += tensor == NULL;
            Distance d = tensor != NULL ? check_tensor(tensor, program, output)
                                        : check_claim(program, output);
            wrong += !is_good(d) && !is_lost(d);
            lost += is_lost(d);
        }
    }
    if (claims > 0) printf("%d gradients and %d inverses, %d wrong", checked, claims, wrong);
    else printf("%d gradients, %d wrong", checked, wrong);
    if (lost > 0) printf(", %d lost in rounding (build with --real f64)", lost);
    putchar('\n');
    return wrong > 0 ? 1 : 0;
}
