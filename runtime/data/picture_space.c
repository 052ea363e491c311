/* picture_space.c: what the transforms of pictures share. What they do is not undone: a generated
 * picture is shown in the size and the colours that the model knows. */
#include "data.h"

PlaneSize plane_size(const Space *space) {
    int64_t height = space->dim[space->rank - 2], width = space->dim[space->rank - 1];
    return (PlaneSize){space_size(space) / (height * width), height, width};
}

void must_be_picture(const Transform *t) {
    if (t->before.rank < 2)
        fail("%s: is for pictures, of [height, width] or [channels, height, width]", t->path);
    if (space_size(&t->before) == 0) fail("%s: these pictures have no pixels", t->path);
}

/* After standardize, each element has its own mean: one of another place cannot stand for it. */
void must_not_be_standardized(const Transform *t) {
    if (t->before.by_element) fail("%s: put it before standardize", t->path);
}

/* Where values have levels, as bytes have, they keep them. */
void round_to_levels(const Space *space, real *values, int64_t n) {
    if (space->level <= 0) return;
    for (int64_t i = 0; i < n; i++) {
        double steps = floor(((double)values[i] - space->low) / space->level + 0.5);
        values[i] = (real)(space->low + steps * space->level);
    }
}
