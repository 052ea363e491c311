/* show_picture.c: what samples give, as tiles of one picture. */
#include "sample.h"

int64_t tile_place(int64_t example, int64_t output, int64_t outputs, int64_t columns) {
    if (outputs > 3) return example * columns + output;
    return (example / columns * outputs + output) * columns + example % columns;
}

int64_t tile_columns(int64_t n, int64_t outputs) {
    if (outputs > 3) return outputs;
    int64_t square = (int64_t)ceil(sqrt((double)(n * outputs)));
    for (int64_t columns = square; columns <= 2 * square && columns <= n; columns++)
        if (n % columns == 0) return columns;
    return square < n ? square : n;
}

const real *to_unit_range(Shown *shown) {
    real *values = shown->values;
    real low = (real)shown->low, span = (real)(shown->high - shown->low);
    if (low == 0 && span == 1) return values;
    for (int64_t i = 0; i < shown->n * elements_of(&shown->shape); i++)
        values[i] = (values[i] - low) / span;
    shown->low = 0;
    shown->high = 1;
    return values;
}

static void write_picture(const char *path, Shown *const *group, int64_t outputs) {
    int64_t n = 1, size = elements_of(&group[0]->shape);
    for (int64_t j = 0; j < outputs; j++) n = group[j]->n > n ? group[j]->n : n;
    int64_t columns =
        group[0]->columns > 0 && outputs <= 3 ? group[0]->columns : tile_columns(n, outputs);
    int64_t blocks = outputs > 3 ? n : (n + columns - 1) / columns;
    int64_t tiles = outputs > 3 ? blocks * columns : blocks * outputs * columns;
    const real **tile = allocate(tiles, sizeof *tile);
    for (int64_t j = 0; j < outputs; j++) {
        const real *values = to_unit_range(group[j]);
        for (int64_t i = 0; i < group[j]->n; i++)
            tile[tile_place(i, j, outputs, columns)] = values + i * size;
    }
    Picture picture = picture_grid(tile, tiles, columns, &group[0]->shape);
    picture_write(path, &picture);
    picture_free(&picture);
    free(tile);
}

const FileForm form_picture = {.kind = AS_PICTURE, .ending = ".png", .write = write_picture};
