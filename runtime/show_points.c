/* show_points.c: what samples give, as a plot of points. */
#include "sample.h"

/* Of a point: the last axis of [2] and of [n, 2]; a lone number is a point of one dimension. */
static int64_t point_dims(const GenShape *shape) {
    return shape->rank == 0 ? 1 : shape->dim[shape->rank - 1];
}

static void write_points(const char *path, Shown *const *group, int64_t outputs) {
    PointGroup *points = allocate(outputs, sizeof *points);
    int64_t dims = point_dims(&group[0]->shape);
    for (int64_t j = 0; j < outputs; j++) {
        int64_t n = group[j]->n * elements_of(&group[j]->shape) / dims;
        points[j] = (PointGroup){group[j]->values, n};
    }
    Picture picture = plot_points(points, (int)outputs, (int)dims);
    picture_write(path, &picture);
    picture_free(&picture);
    free(points);
}

const FileForm form_points = {.kind = AS_POINTS, .ending = ".png", .write = write_points};
