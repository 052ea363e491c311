/* undoing.c: how a pipeline is undone, as numbers, for programs that have no pipeline: networks as
 * functions of another program (undo.h) find them in the checkpoint.
 *
 * They are measured, not derived: what a value becomes by undoing is seen, so a transform needs
 * nothing of its own for it. Reals go back by one line each, y = y0 + x (y1 - y0), so two points of
 * it are all; of a class there is what it stands for. */
#include "data.h"

enum {
    FAR_OUT = 1024, /* the second point: far out, so that y1 - y0 keeps its digits beside a large y0 */
    COLOUR_CHANNELS = 3
};

/* What an example whose elements all are `value` becomes. */
static void undo_constant(const Pipeline *p, real value, real *values) {
    for (int64_t i = 0; i < elements_of(&p->datum->shape); i++) values[i] = value;
    pipeline_undo(p, values, 1);
}

/* What 0 becomes, and what every 1 adds to that. */
static void measure_reals(const Pipeline *p, int64_t n, real *to) {
    undo_constant(p, 0, to);
    undo_constant(p, FAR_OUT, to + n);
    for (int64_t i = 0; i < n; i++) to[n + i] = (to[n + i] - to[i]) / FAR_OUT;
}

/* Of each class `columns` numbers; a picture's channels lie a plane apart. */
static void measure_classes(const Pipeline *p, const Space *shown, int64_t classes, int64_t columns,
                            real *to) {
    int64_t n = elements_of(&p->datum->shape), made = p->packed * space_size(shown), plane = 0;
    if (made > n) plane = shown->dim[shown->rank - 1] * shown->dim[shown->rank - 2];
    real *values = allocate(made > n ? made : n, sizeof *values);
    for (int64_t k = 0; k < classes; k++) {
        undo_constant(p, (real)k, values);
        for (int64_t c = 0; c < columns; c++) to[k * columns + c] = values[c * plane];
    }
    free(values);
}

/* How many numbers a class of this pipeline stands for; 0: it stands for none, or for a word. */
static int64_t class_columns(const Pipeline *p) {
    static const int64_t columns[] = {
        [TO_INDEX] = 1, [TO_COLOURS] = COLOUR_CHANNELS, [TO_TOKENS] = 1, [TO_WORDS] = 0};
    for (int i = 0; i < p->n; i++)
        if (p->transform[i].kind->on >= TO_INDEX) return columns[p->transform[i].kind->on];
    return 0;
}

real *pipeline_undoing(const Pipeline *p, int64_t *rows, int64_t *columns) {
    const GenShape *shape = &p->datum->shape;
    bool is_index = shape->kind == GEN_INDEX;
    *rows = is_index ? shape->classes : 2;
    *columns = is_index ? class_columns(p) : elements_of(shape);
    if (*columns == 0) return NULL;
    Space shown = pipeline_shown(p);
    real *to = allocate(*rows * *columns, sizeof *to);
    if (is_index) measure_classes(p, &shown, *rows, *columns, to);
    else measure_reals(p, *columns, to);
    return to;
}
