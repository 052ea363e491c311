/* sample_set.c: a sample's variables, given from outside.
 *
 * A variable is an argument of the sample (data, or free), or what its body draws: `z ~ ...` can be
 * given as a whole or element by element; what is not given is drawn, or rests at its mean. */
#include "sample.h"

/* ---- names and places ---- */

static const GenInput *find_variable(const GenProgram *program, const char *name, size_t length) {
    for (int i = 0; i < program->n_inputs; i++)
        if (strlen(program->inputs[i].name) == length &&
            strncmp(program->inputs[i].name, name, length) == 0)
            return &program->inputs[i];
    return NULL;
}

_Noreturn static void no_variable(const GenProgram *program, const char *name, size_t length,
                                  const char *option) {
    char *known = text_of("%s", "");
    for (int i = 0; i < program->n_inputs; i++)
        known = text_of("%s%s%s", known, i > 0 ? ", " : "", program->inputs[i].name);
    if (known[0] == 0) fail("%s: sample %s has no variables", option, program->name);
    fail("%s: sample %s has no variable '%.*s'; there are: %s", option, program->name, (int)length,
         name, known);
}

/* "[3]" or "[0, 2]", an index an axis, negative ones from the end: which element. */
static int64_t read_place(const GenInput *input, const char *at, const char *end,
                          const char *option) {
    const GenShape *shape = &input->shape;
    int64_t element = 0;
    int axis = 0;
    for (at++; at < end; at++, axis++) {
        char *stop;
        int64_t index = strtoll(at, &stop, 10);
        if (stop == at || axis == shape->rank) break;
        if (index < -shape->dim[axis] || index >= shape->dim[axis])
            fail("%s: %" PRId64 " is no place in %s[%s], whose axis %d has %" PRId64, option, index,
                 input->name, dims_text(shape->rank, shape->dim, ", "), axis, shape->dim[axis]);
        element = element * shape->dim[axis] + (index < 0 ? index + shape->dim[axis] : index);
        at = stop;
        if (*at == ']' && at + 1 == end && axis + 1 == shape->rank) return element;
        if (*at != ',') break;
    }
    fail("%s: '%s' has the shape [%s]: name one element of it as %s[%s]", option, input->name,
         dims_text(shape->rank, shape->dim, ", "), input->name,
         shape->rank == 1   ? "i"
         : shape->rank == 2 ? "i,j"
                            : "i,j,k");
}

Variable variable_read(const GenProgram *program, const char *text, const char *end,
                       const char *option) {
    const char *bracket = memchr(text, '[', (size_t)(end - text));
    size_t length = (size_t)((bracket != NULL ? bracket : end) - text);
    const GenInput *input = find_variable(program, text, length);
    if (input == NULL) no_variable(program, text, length, option);
    Variable v = {input, (int)(input - program->inputs), -1};
    if (bracket != NULL) v.element = read_place(input, bracket, end, option);
    return v;
}

/* ---- values ---- */

static void *to_kind(const GenInput *input, real *values, int64_t n, const char *what) {
    if (input->shape.kind != GEN_INDEX) return values;
    int32_t *classes = allocate(n, sizeof *classes);
    for (int64_t i = 0; i < n; i++) {
        double value = (double)values[i];
        if (!(value >= 0 && value < (double)input->shape.classes) || value != floor(value))
            fail("%s: %g is not one of the classes 0 to %" PRId64, what, value,
                 input->shape.classes - 1);
        classes[i] = (int32_t)value;
    }
    free(values);
    return classes;
}

/* Of a draw or a free variable: numbers, or an array. */
static Preset read_numbers_or_array(const GenInput *input, const char *value, const char *what) {
    int64_t size = elements_of(&input->shape);
    Preset preset = {.count = 1};
    real *values = given_numbers(value, size, what);
    if (values == NULL && !given_is_file(value))
        fail("%s: '%s' is neither a number nor a .npy file that is there", what, value);
    if (values == NULL) values = given_array(value, size, &preset.count, what);
    preset.values = to_kind(input, values, preset.count * size, what);
    return preset;
}

static size_t input_bytes(const GenInput *input) {
    return (size_t)(elements_of(&input->shape) * kind_bytes(input->shape.kind));
}

/* One element more of a variable that was not given as a whole: the others stay as they were. */
static void preset_element(Preset *preset, const Variable *v, const char *value, const char *what) {
    int64_t size = elements_of(&v->input->shape);
    if (v->input->mode == NULL) fail("%s: '%s' is not drawn: give all of it", what, v->input->name);
    if (preset->count == 0) {
        preset->count = 1;
        preset->values = allocate(1, input_bytes(v->input));
        preset->mode = allocate(size, sizeof *preset->mode);
    }
    real *number = given_numbers(value, 1, what);
    if (number == NULL) fail("%s: '%s' is not a number", what, value);
    void *one = to_kind(v->input, number, 1, what);
    size_t bytes = (size_t)kind_bytes(v->input->shape.kind);
    for (int64_t row = 0; row < preset->count; row++)
        memcpy((char *)preset->values + (size_t)(row * size + v->element) * bytes, one, bytes);
    if (preset->mode != NULL) preset->mode[v->element] = GEN_GIVEN;
    free(one);
}

Preset *preset_read(Session *s, const GenProgram *program, const Options *options) {
    Preset *preset = allocate(program->n_inputs + 1, sizeof *preset);
    for (int i = 0; i < options->n_set; i++) {
        const char *text = options->set[i], *equals = strchr(text, '=');
        if (equals == NULL || equals == text) fail("--set %s: say VAR=VALUE", text);
        char *what = text_of("--set %s", text);
        Variable v = variable_read(program, text, equals, what);
        if (v.element >= 0) preset_element(&preset[v.number], &v, equals + 1, what);
        else if (v.input->datum < 0)
            preset[v.number] = read_numbers_or_array(v.input, equals + 1, what);
        else {
            Preset *p = &preset[v.number];
            p->count = dataset_given(s->data, v.input->datum, equals + 1, what, &p->values);
        }
        free(what);
    }
    return preset;
}

int64_t preset_examples(const GenProgram *program, const Preset *preset) {
    int64_t most = 0;
    for (int i = 0; i < program->n_inputs; i++)
        if ((program->inputs[i].datum >= 0 || preset[i].count > 1) && preset[i].count > most)
            most = preset[i].count;
    return most;
}

/* ---- into the program ---- */

void preset_put(const GenInput *input, const Preset *preset, int64_t first, int64_t rows) {
    int64_t size = elements_of(&input->shape);
    size_t bytes = input_bytes(input);
    bool given = preset != NULL && preset->count > 0;
    for (int64_t row = 0; row < rows; row++) {
        int64_t from = given ? (first + row) % preset->count : 0;
        real *mode = input->mode == NULL ? NULL : input->mode + row * size;
        if (given)
            memcpy((char *)input->at + (size_t)row * bytes,
                   (char *)preset->values + (size_t)from * bytes, bytes);
        for (int64_t i = 0; mode != NULL && i < size; i++)
            mode[i] = !given                 ? GEN_DRAWN
                      : preset->mode == NULL ? GEN_GIVEN
                                             : preset->mode[from * size + i];
    }
}
