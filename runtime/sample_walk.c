/* sample_walk.c: samples along lines and over planes of one variable's values.
 *
 * --walk z       from one draw of z to the next, in equal steps along a line, and on: each row of
 *                the picture is such a line, and the next row begins where it ends
 * --walk z[3]    along one element, from A to B
 * --grid z[i],z[j]   over two elements: the first from left to right, the second downwards
 *
 * What does not move rests: elements and draws at their mean (where their distribution has one; as
 * they were first drawn, where it has none), data at one example; or all at what --set says. */
#include "sample.h"

enum { LEG_STEPS = 9, LEGS = 5, GRID_STEPS = 9 };
static const double usual_low = -2, usual_high = 2;

/* ---- what the inputs are when nothing moves ---- */

/* Every input's values of the first n examples: data as read, draws as drawn. */
typedef struct {
    int64_t n;
    void **values; /* one for each input: [n, shape] */
} Rest;

static void take_inputs(void *watcher, const GenProgram *program, int64_t first, int64_t rows) {
    Rest *rest = watcher;
    for (int i = 0; i < program->n_inputs; i++) {
        const GenInput *input = &program->inputs[i];
        size_t bytes = (size_t)(elements_of(&input->shape) * kind_bytes(input->shape.kind));
        const void *from = input->value >= 0 ? program->outputs[input->value].at : input->at;
        memcpy((char *)rest->values[i] + (size_t)first * bytes, from, (size_t)rows * bytes);
    }
}

static Rest find_rest(Session *s, const GenProgram *program, const SampleOrder *order, int64_t n) {
    Rest rest = {n, allocate(program->n_inputs + 1, sizeof *rest.values)};
    for (int i = 0; i < program->n_inputs; i++)
        rest.values[i] = allocate(n * elements_of(&program->inputs[i].shape), sizeof(double));
    SampleOrder first = *order;
    sample_check_free(program, order->preset);
    Shown *shown = allocate(MAX_SHOWN, sizeof *shown);
    first.n = n;
    first.watch = take_inputs;
    first.watcher = &rest;
    int outputs = sample_run(s, program, &first, shown);
    for (int i = 0; i < outputs; i++) free(shown[i].values);
    free(shown);
    return rest;
}

/* n rows for every input, row i as in example of[i]: given, but draws that have a mean rest there,
 * except where they are given already. */
static Preset *at_rest(const GenProgram *program, const Preset *given, const Rest *rest, int64_t n,
                       const int64_t *of) {
    Preset *preset = allocate(program->n_inputs + 1, sizeof *preset);
    for (int i = 0; i < program->n_inputs; i++) {
        const GenInput *input = &program->inputs[i];
        int64_t size = elements_of(&input->shape);
        size_t bytes = (size_t)(size * kind_bytes(input->shape.kind));
        Preset *p = &preset[i];
        *p = (Preset){n, allocate(n, bytes), NULL};
        for (int64_t row = 0; row < n; row++)
            memcpy((char *)p->values + (size_t)row * bytes,
                   (char *)rest->values[i] + (size_t)of[row] * bytes, bytes);
        if (input->mode == NULL || !input->has_mean) continue;
        p->mode = allocate(n * size, sizeof *p->mode);
        for (int64_t k = 0; k < n * size; k++) {
            int64_t from = given[i].count > 0 ? of[k / size] % given[i].count * size + k % size : 0;
            bool is_given =
                given[i].count > 0 && (given[i].mode == NULL || given[i].mode[from] == GEN_GIVEN);
            p->mode[k] = is_given ? GEN_GIVEN : GEN_MEAN;
        }
    }
    return preset;
}

static void rest_free(const GenProgram *program, Rest *rest) {
    for (int i = 0; i < program->n_inputs; i++) free(rest->values[i]);
    free(rest->values);
}

static void move_element(Preset *preset, const Variable *v, int64_t row, double value) {
    int64_t at = row * elements_of(&v->input->shape) + (v->element < 0 ? 0 : v->element);
    ((real *)preset[v->number].values)[at] = (real)value;
    if (preset[v->number].mode != NULL) preset[v->number].mode[at] = GEN_GIVEN;
}

/* ---- reading the options ---- */

static void read_range(const char *text, double *low, double *high) {
    char *colon, *end;
    *low = usual_low;
    *high = usual_high;
    if (text == NULL) return;
    *low = strtod(text, &colon);
    if (colon != text && *colon == ':') {
        *high = strtod(colon + 1, &end);
        if (end != colon + 1 && *end == 0 && isfinite(*low) && isfinite(*high)) return;
    }
    fail("--range %s: say A:B, two numbers, as in -3:3", text);
}

static void must_be_real(const Variable *v, const char *option) {
    if (v->input->shape.kind == GEN_INDEX)
        fail("%s: '%s' is a class: there is nothing between two of them; --set gives one", option,
             v->input->name);
}

/* A free variable that moves needs no --set; what it is elsewhere does not matter. */
static void free_to_move(SampleOrder *order, const Variable *v) {
    Preset *p = &order->preset[v->number];
    if (v->input->datum >= 0 || v->input->mode != NULL || p->count > 0) return;
    if (elements_of(&v->input->shape) > 1)
        fail("'%s' has several elements: give the others by --set", v->input->name);
    *p = (Preset){1, allocate(1, sizeof(real)), NULL};
}

static double between(double low, double high, int64_t i, int64_t n) {
    return n > 1 ? low + (high - low) * (double)i / (double)(n - 1) : (low + high) / 2;
}

/* ---- --walk ---- */

/* Along one element, from low to high. */
static void walk_element(Session *s, const GenProgram *program, const Options *options,
                         const Variable *v, SampleOrder *order) {
    double low, high;
    read_range(options->range, &low, &high);
    free_to_move(order, v);
    int64_t n = options->n > 0 ? options->n : GRID_STEPS, *of = allocate(n, sizeof *of);
    Rest rest = find_rest(s, program, order, 1);
    Preset *preset = at_rest(program, order->preset, &rest, n, of);
    rest_free(program, &rest);
    for (int64_t i = 0; i < n; i++) move_element(preset, v, i, between(low, high, i, n));
    order->preset = preset;
    order->n = order->columns = n;
    free(of);
}

/* From draw to draw: row by row of LEG_STEPS, both ends in it. */
static void walk_draws(Session *s, const GenProgram *program, const Options *options,
                       const Variable *v, SampleOrder *order) {
    int64_t legs = options->n > 0 ? options->n : LEGS, n = legs * LEG_STEPS;
    int64_t size = elements_of(&v->input->shape), *of = allocate(n, sizeof *of);
    if (options->range != NULL)
        fail("--range: name one element, as in --walk %s[0]", v->input->name);
    for (int64_t i = 0; i < n; i++) of[i] = i / LEG_STEPS;
    Rest rest = find_rest(s, program, order, legs + 1);
    Preset *preset = at_rest(program, order->preset, &rest, n, of);
    const real *stop = rest.values[v->number];
    real *to = preset[v->number].values;
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = 0; k < size; k++) {
            double a = (double)stop[of[i] * size + k], b = (double)stop[(of[i] + 1) * size + k];
            to[i * size + k] = (real)between(a, b, i % LEG_STEPS, LEG_STEPS);
        }
    rest_free(program, &rest);
    free(preset[v->number].mode);
    preset[v->number].mode = NULL;
    order->preset = preset;
    order->n = n;
    order->columns = LEG_STEPS;
    free(of);
}

void sample_walk(Session *s, const GenProgram *program, const Options *options,
                 SampleOrder *order) {
    const char *text = options->walk;
    Variable v = variable_read(program, text, text + strlen(text), "--walk");
    must_be_real(&v, "--walk");
    bool is_free = v.input->datum < 0 && v.input->mode == NULL;
    if (is_free || v.element >= 0 || (options->range != NULL && elements_of(&v.input->shape) == 1))
        walk_element(s, program, options, &v, order);
    else walk_draws(s, program, options, &v, order);
}

/* ---- --grid ---- */

/* "z[0],z[1]": the comma between the two, outside brackets. */
static const char *comma_between(const char *text) {
    int depth = 0;
    for (; *text != 0; text++) {
        depth += *text == '[' ? 1 : *text == ']' ? -1 : 0;
        if (*text == ',' && depth == 0) return text;
    }
    return NULL;
}

static Variable read_axis(const GenProgram *program, const char *text, const char *end) {
    while (*text == ' ') text++;
    Variable v = variable_read(program, text, end, "--grid");
    must_be_real(&v, "--grid");
    if (v.element < 0 && elements_of(&v.input->shape) > 1)
        fail("--grid: '%s' has the shape [%s]: name one element of it, as in %s[%s]", v.input->name,
             dims_text(v.input->shape.rank, v.input->shape.dim, ", "), v.input->name,
             v.input->shape.rank == 1 ? "0" : "0,0");
    if (v.element < 0) v.element = 0;
    return v;
}

void sample_grid(Session *s, const GenProgram *program, const Options *options,
                 SampleOrder *order) {
    const char *text = options->grid, *comma = comma_between(text);
    double low, high;
    if (comma == NULL) fail("--grid %s: say two, as in z[0],z[1]; --walk moves one", text);
    Variable across = read_axis(program, text, comma);
    Variable down = read_axis(program, comma + 1, text + strlen(text));
    if (across.number == down.number && across.element == down.element)
        fail("--grid %s: both are the same", text);
    read_range(options->range, &low, &high);
    free_to_move(order, &across);
    free_to_move(order, &down);
    int64_t side = options->n > 0 ? options->n : GRID_STEPS, n = side * side;
    int64_t *of = allocate(n, sizeof *of);
    Rest rest = find_rest(s, program, order, 1);
    Preset *preset = at_rest(program, order->preset, &rest, n, of);
    rest_free(program, &rest);
    for (int64_t i = 0; i < n; i++) {
        move_element(preset, &across, i, between(low, high, i % side, side));
        move_element(preset, &down, i, between(low, high, i / side, side));
    }
    order->preset = preset;
    order->n = n;
    order->columns = side;
    free(of);
}

/* ---- sliders, for the report ---- */

#define MOST_SLIDER_FLOPS 2e10 /* about a second: sliders are an extra */

/* The draw of this sample to move: real, with a mean. */
static const GenInput *slider_input(const GenProgram *program) {
    for (int i = 0; i < program->n_inputs; i++) {
        const GenInput *input = &program->inputs[i];
        if (input->mode != NULL && input->has_mean && input->shape.kind == GEN_REAL) return input;
    }
    return NULL;
}

static bool reads_inputs(const GenProgram *program) {
    for (int i = 0; i < program->n_inputs; i++)
        if (program->inputs[i].mode == NULL) return true;
    return false;
}

static const GenProgram *slider_program(const Session *s, int64_t rows) {
    for (int i = 0; i < s->model->n_programs; i++) {
        const GenProgram *program = &s->model->programs[i];
        double calls = (double)((rows + program->batch - 1) / program->batch);
        if (program->role == GEN_SAMPLE && slider_input(program) != NULL &&
            !reads_inputs(program) && program->flops * calls < MOST_SLIDER_FLOPS)
            return program;
    }
    return NULL;
}

/* The last picture among them; the others are freed. */
static bool last_picture(Shown *shown, int n, Shown *picture) {
    int which = -1;
    for (int i = 0; i < n; i++)
        if (shown[i].kind == AS_PICTURE && shown[i].output->batched) which = i;
    for (int i = 0; i < n; i++)
        if (i != which) free(shown[i].values);
    if (which >= 0) *picture = shown[which];
    return which >= 0;
}

bool sample_sliders(Session *s, const char *path, int64_t most, int64_t steps, Sliders *sliders) {
    const GenProgram *program = slider_program(s, most * steps);
    if (program == NULL) return false;
    const GenInput *input = slider_input(program);
    int64_t size = elements_of(&input->shape), elements = size < most ? size : most;
    int64_t n = elements * steps, *of = allocate(n, sizeof *of);
    SampleOrder order = {.n = n, .seed = s->seed, .columns = steps};
    order.preset = allocate(program->n_inputs + 1, sizeof *order.preset);
    Rest rest = find_rest(s, program, &order, 1);
    Preset *none = order.preset;
    order.preset = at_rest(program, none, &rest, n, of);
    rest_free(program, &rest);
    free(none);
    for (int64_t i = 0; i < n; i++) {
        Variable v = {input, (int)(input - program->inputs), i / steps};
        move_element(order.preset, &v, i, between(usual_low, usual_high, i % steps, steps));
    }
    Shown *shown = allocate(MAX_SHOWN, sizeof *shown), picture;
    bool found = last_picture(shown, sample_run(s, program, &order, shown), &picture);
    if (found) {
        *sliders = (Sliders){program,   input,      elements,
                             usual_low, usual_high, picture_layout(&picture.shape)};
        shown_write(&picture, 1, path, NULL, false);
    }
    for (int i = 0; i < program->n_inputs; i++) {
        free(order.preset[i].values);
        free(order.preset[i].mode);
    }
    free(order.preset);
    free(shown);
    free(of);
    return found;
}
