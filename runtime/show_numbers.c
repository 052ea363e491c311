/* show_numbers.c: anything that samples give, as numbers: in a text, or in an array. */
#include "sample.h"

static void put_value(FILE *to, const Shown *shown, int64_t i) {
    if (shown->shape.kind == GEN_INDEX)
        fprintf(to, "%" PRId32, ((const int32_t *)shown->values)[i]);
    else fprintf(to, "%.9g", (double)((const real *)shown->values)[i]);
}

/* A line an example; its values with spaces, its outputs with tabs between them. */
static void write_numbers(const char *path, Shown *const *group, int64_t outputs) {
    int64_t size = elements_of(&group[0]->shape);
    AtomicFile file = atomic_open(path);
    for (int64_t e = 0; e < group[0]->n; e++) {
        for (int64_t j = 0; j < outputs; j++)
            for (int64_t i = 0; i < size; i++) {
                if (i > 0 || j > 0) fputc(i > 0 ? ' ' : '\t', file.to);
                put_value(file.to, group[j], e * size + i);
            }
        fputc('\n', file.to);
    }
    atomic_close(&file);
}

/* [n, shape], or [n, outputs, shape] if there are several. */
static void write_array(const char *path, Shown *const *group, int64_t outputs) {
    const GenShape *shape = &group[0]->shape;
    int64_t dim[GEN_MAX_RANK + 2] = {group[0]->n}, size = elements_of(shape), n = group[0]->n;
    int rank = 1;
    if (outputs > 1) dim[rank++] = outputs;
    for (int i = 0; i < shape->rank; i++) dim[rank++] = shape->dim[i];
    size_t bytes = (size_t)(size * kind_bytes(shape->kind));
    char *all = allocate(n * outputs, bytes);
    for (int64_t e = 0; e < n; e++)
        for (int64_t j = 0; j < outputs; j++)
            memcpy(all + (size_t)(e * outputs + j) * bytes,
                   (char *)group[j]->values + (size_t)e * bytes, bytes);
    npy_write(path, shape->kind, rank, dim, all);
    free(all);
}

const FileForm form_numbers = {.kind = AS_NUMBERS, .ending = ".txt", .write = write_numbers};
const FileForm form_array = {.kind = AS_ARRAY, .ending = ".npy", .write = write_array};
