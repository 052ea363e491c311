/* show_video.c: what samples give, as video: a strip of frames, and an animation. */
#include "sample.h"

enum { FRAMES_IN_STRIP = 24 /* of a strip */, FRAME_DELAY = 120 /* milliseconds */ };

static GenShape frame_shape(const GenShape *clip) {
    GenShape frame = *clip;
    frame.rank--;
    memmove(frame.dim, clip->dim + 1, sizeof(int64_t) * (size_t)frame.rank);
    return frame;
}

/* A clip a row, what an example gives in rows together; of long clips frames at equal distances. */
static void write_strip(const char *path, Shown *const *group, int64_t outputs) {
    int64_t frames = group[0]->shape.dim[0], n = group[0]->n;
    int64_t columns = frames < FRAMES_IN_STRIP ? frames : FRAMES_IN_STRIP;
    GenShape frame = frame_shape(&group[0]->shape);
    int64_t size = elements_of(&frame);
    const real **tile = allocate(n * outputs * columns, sizeof *tile);
    for (int64_t j = 0; j < outputs; j++) {
        const real *values = to_unit_range(group[j]);
        for (int64_t e = 0; e < n; e++)
            for (int64_t k = 0; k < columns; k++)
                tile[(e * outputs + j) * columns + k] =
                    values + (e * frames + k * frames / columns) * size;
    }
    Picture picture = picture_grid(tile, n * outputs * columns, columns, &frame);
    picture_write(path, &picture);
    picture_free(&picture);
    free(tile);
}

const FileForm form_strip = {.kind = AS_VIDEO, .ending = ".png", .write = write_strip};

static Picture moving_frame(Shown *const *group, int64_t outputs, int64_t k, int64_t columns) {
    int64_t frames = group[0]->shape.dim[0], n = group[0]->n;
    GenShape frame = frame_shape(&group[0]->shape);
    int64_t size = elements_of(&frame),
            rows = outputs > 3 ? n : (n + columns - 1) / columns * outputs;
    const real **tile = allocate(rows * columns, sizeof *tile);
    for (int64_t j = 0; j < outputs; j++)
        for (int64_t e = 0; e < n; e++)
            tile[tile_place(e, j, outputs, columns)] =
                (const real *)group[j]->values + (e * frames + k) * size;
    Picture picture = picture_grid(tile, rows * columns, columns, &frame);
    free(tile);
    return picture;
}

static void write_animation(const char *path, Shown *const *group, int64_t outputs) {
    int frames = (int)group[0]->shape.dim[0];
    int64_t columns = tile_columns(group[0]->n, outputs);
    Picture *picture = allocate(frames, sizeof *picture);
    for (int64_t j = 0; j < outputs; j++) to_unit_range(group[j]);
    for (int k = 0; k < frames; k++) picture[k] = moving_frame(group, outputs, k, columns);
    animation_write(path, picture, frames, FRAME_DELAY);
    for (int k = 0; k < frames; k++) picture_free(&picture[k]);
    free(picture);
}

const FileForm form_animation = {.kind = AS_VIDEO, .ending = ".apng", .write = write_animation};
