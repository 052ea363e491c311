/* transform_shape.c: flatten, pack and split: the values stay where they are. */
#include "data.h"

static void describe_flatten(Transform *t) {
    sequence_must_be_whole(t);
    t->after.rank = 1;
    t->after.dim[0] = space_size(&t->before);
}

static void undo_flatten(const Transform *t, Space *now, real *values, int64_t rows) {
    (void)values, (void)rows;
    now->rank = t->before.rank;
    memcpy(now->dim, t->before.dim, sizeof now->dim);
}

const TransformKind transform_flatten = {
    .name = "flatten", .on = ANY, .describe = describe_flatten, .undo = undo_flatten};

static void describe_pack(Transform *t) {
    sequence_must_be_whole(t);
    if (t->before.rank == GEN_MAX_RANK) fail("%s: %d axes are too many", t->path, GEN_MAX_RANK + 1);
    memmove(t->after.dim + 1, t->before.dim, sizeof(int64_t) * (size_t)t->before.rank);
    t->after.dim[0] = transform_packs(t);
    t->after.rank++;
}

static void undo_pack(const Transform *t, Space *now, real *values, int64_t rows) {
    (void)t, (void)values, (void)rows;
    memmove(now->dim, now->dim + 1, sizeof(int64_t) * (size_t)--now->rank);
}

const TransformKind transform_pack = {
    .name = "pack", .on = ANY, .describe = describe_pack, .undo = undo_pack};

/* dataset.c does it, before anything is learned. */
static void describe_split(Transform *t) {
    (void)t;
}

const TransformKind transform_split = {.name = "split", .on = ANY, .describe = describe_split};
