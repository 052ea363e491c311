/* transforms.c: what several transforms need. Each has a file, or one with its like; at its end
 * stands its row. */
#include "data.h"

void space_map(real *values, int64_t n, const Space *from, const Space *to) {
    real factor = (real)((to->high - to->low) / (from->high - from->low));
    real low = (real)from->low, base = (real)to->low;
    for (int64_t i = 0; i < n; i++) values[i] = base + (values[i] - low) * factor;
}

void space_take_range(Space *space, const Space *from) {
    space->low = from->low;
    space->high = from->high;
    space->level = from->level;
}

void sequence_must_be_whole(const Transform *t) {
    if (t->before.ragged)
        fail("%s: its examples are sequences of any length: cut them first, with windows(t)",
             t->path);
}

int64_t transform_packs(const Transform *t) {
    return strcmp(t->kind->name, "pack") == 0 ? (int64_t)call_number(t->call, "m") : 1;
}

void transform_with_noise(const Transform *t, const GenRun *run, int64_t n, real *values,
                          int64_t rows, NoiseUse *use) {
    uint64_t path = random_path(t->path);
    for (int64_t first = 0; first < rows; first += NOISE_ROWS) {
        int64_t here = rows - first < NOISE_ROWS ? rows - first : NOISE_ROWS;
        GenRun block = *run;
        block.first_example += first;
        gen_uniform(&block, path, 0, here, 1, n, t->work);
        use(t, values + first * space_size(&t->before), t->work, here);
    }
}
