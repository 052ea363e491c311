/* source_points.c: built-in points in the plane, and the example's own number. */
#include "data.h"

typedef void PointDraw(const GenCall *call, Chance *chance, double point[2]);

static void load_points(const SourceRequest *request, SourceTable *table, PointDraw *draw_point) {
    table->from = request->call->name;
    table->space[0] = (Space){.rank = 1, .dim = {2}};
    for (int part = 0; part < DATA_PARTS; part++) {
        int64_t n = built_in_count(request, part);
        table->count[part] = n;
        table->values[part][0] = allocate(n * 2, sizeof(real));
        for (int64_t i = 0; i < n; i++) {
            Chance chance = chance_new(request->call->name, part, i);
            double point[2];
            draw_point(request->call, &chance, point);
            for (int c = 0; c < 2; c++) table->values[part][0][2 * i + c] = (real)point[c];
        }
    }
}

static void point_near(const GenCall *call, Chance *chance, double x, double y, double point[2]) {
    double std = call_number(call, "std");
    point[0] = x + std * chance_gaussian(chance);
    point[1] = y + std * chance_gaussian(chance);
}

static void ring_point(const GenCall *call, Chance *chance, double point[2]) {
    int k = (int)call_number(call, "k");
    double angle = 2 * M_PI * chance_below(chance, k) / k;
    point_near(call, chance, cos(angle), sin(angle), point);
}

static void grid_point(const GenCall *call, Chance *chance, double point[2]) {
    int k = (int)call_number(call, "k");
    double x = chance_below(chance, k) - (k - 1) / 2.0;
    double y = chance_below(chance, k) - (k - 1) / 2.0;
    point_near(call, chance, x, y, point);
}

static void spiral_point(const GenCall *call, Chance *chance, double point[2]) {
    double radius = sqrt(chance_uniform(chance)); /* evenly along the arm */
    double angle = 4 * M_PI * radius;
    point_near(call, chance, radius * cos(angle), radius * sin(angle), point);
}

static void checkerboard_point(const GenCall *call, Chance *chance, double point[2]) {
    (void)call;
    int column = chance_below(chance, 4), row = 2 * chance_below(chance, 2) + column % 2;
    point[0] = column + chance_uniform(chance) - 2;
    point[1] = row + chance_uniform(chance) - 2;
}

void load_ring(const SourceRequest *request, SourceTable *table) {
    load_points(request, table, ring_point);
}

void load_grid(const SourceRequest *request, SourceTable *table) {
    load_points(request, table, grid_point);
}

void load_spiral(const SourceRequest *request, SourceTable *table) {
    load_points(request, table, spiral_point);
}

void load_checkerboard(const SourceRequest *request, SourceTable *table) {
    load_points(request, table, checkerboard_point);
}

/* Numbers are made when it is known how many examples the other sources have. */
void load_example(const SourceRequest *request, SourceTable *table) {
    table->from = request->call->name;
    table->count[TRAINING] = table->count[HELD_OUT] = -1;
    table->space[0] = (Space){.level = 1};
}
