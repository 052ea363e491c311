/* transform_windows.c: examples cut out of longer sequences. */
#include "data.h"

static void make_windows(const Transform *t, Rows *rows) {
    int64_t length = t->after.dim[0], stride = (int64_t)call_number(t->call, "stride");
    int64_t shared = (int64_t)call_number(t->call, "shared");
    Space ragged = t->before;
    if (!ragged.ragged) { /* all are equally long */
        memmove(ragged.dim, ragged.dim + 1, sizeof(int64_t) * (size_t)--ragged.rank);
        rows->length = allocate(rows->n, sizeof *rows->length);
        for (int64_t i = 0; i < rows->n; i++) rows->length[i] = t->before.dim[0];
    }
    if (stride == 0 || rows->part == HELD_OUT) stride = length - shared;
    cut_windows(&ragged, t->path, length, stride, t->last, rows);
}

/* A value beside the sequence belongs to each of its windows. */
static void repeat_for_windows(const Transform *t, Rows *rows) {
    int64_t n = 0, size = space_size(&t->before);
    for (int64_t i = 0; i < rows->n_sequences; i++) n += rows->cut_into[i];
    real *all = allocate(n * size, sizeof *all), *to = all;
    for (int64_t i = 0; i < rows->n_sequences; i++)
        for (int64_t k = 0; k < rows->cut_into[i]; k++, to += size)
            memcpy(to, rows->values + i * size, (size_t)size * sizeof *to);
    free(rows->values);
    rows->values = all;
    rows->n = n;
}

static void describe_windows(Transform *t) {
    int64_t length = (int64_t)call_number(t->call, "t");
    double shared = call_number(t->call, "shared");
    if (t->every_use) fail("%s: put it before what is drawn at every use", t->path);
    if (shared >= (double)length)
        fail("%s: windows of %" PRId64 " cannot share %g places", t->path, length, shared);
    t->cut = t->follows ? repeat_for_windows : make_windows;
    if (t->follows) return;
    Space *after = &t->after;
    if (t->before.ragged) {
        if (after->rank == GEN_MAX_RANK) fail("%s: %d axes are too many", t->path, after->rank + 1);
        memmove(after->dim + 1, after->dim, sizeof(int64_t) * (size_t)after->rank++);
        after->ragged = false;
    } else {
        if (after->rank == 0) fail("%s: is for sequences, found single numbers", t->path);
        if (t->before.by_element) fail("%s: put it before standardize", t->path);
        if (after->dim[0] < length)
            fail("%s: a window of %" PRId64 " is longer than the sequences, of %" PRId64, t->path,
                 length, after->dim[0]);
    }
    after->dim[0] = length;
}

const TransformKind transform_windows = {
    .name = "windows", .on = CUTS, .describe = describe_windows};
