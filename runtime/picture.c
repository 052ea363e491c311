/* picture.c: pictures in memory, and tiled grids of them. */
#include "rt.h"

enum { SEPARATOR = 1, SMALL_SIDE = 56, LARGEST_SCALE = 16 };

Picture picture_new(int width, int height, int channels, unsigned char background) {
    Picture picture = {width, height, channels, NULL};
    size_t size = (size_t)width * (size_t)height * (size_t)channels;
    picture.pixel = allocate((int64_t)size, 1);
    memset(picture.pixel, background, size);
    return picture;
}

void picture_free(Picture *picture) {
    free(picture->pixel);
}

/* ---- grids ---- */

typedef struct {
    int channels, height, width;
} TileSize;

static TileSize tile_size(const GenShape *shape) {
    int rank = shape->rank;
    TileSize tile = {1, 1, 1};
    if (rank >= 1) tile.width = (int)shape->dim[rank - 1];
    if (rank >= 2) tile.height = (int)shape->dim[rank - 2];
    if (rank >= 3) tile.channels = (int)shape->dim[rank - 3];
    return tile;
}

static unsigned char grey_level(real value) {
    if (!(value > 0)) return 0; /* NaN is black too */
    return (unsigned char)(value < 1 ? value * 255 + (real)0.5 : 255);
}

static void put_tile(Picture *picture, const real *tile, TileSize size, int left, int top,
                     int scale) {
    for (int y = 0; y < size.height * scale; y++)
        for (int x = 0; x < size.width * scale; x++)
            for (int c = 0; c < picture->channels; c++) {
                int from = (c * size.height + y / scale) * size.width + x / scale;
                int64_t to = (int64_t)(top + y) * picture->width + left + x;
                picture->pixel[to * picture->channels + c] = grey_level(tile[from]);
            }
}

TileLayout picture_layout(const GenShape *shape) {
    TileSize size = tile_size(shape);
    int side = size.width > size.height ? size.width : size.height;
    int scale = (SMALL_SIDE + side - 1) / side; /* small pictures are shown enlarged */
    if (scale > LARGEST_SCALE) scale = LARGEST_SCALE;
    return (TileLayout){scale, SEPARATOR * (scale > 1 ? 2 : 1), size.width * scale,
                        size.height * scale};
}

Picture picture_grid(const real *const *tiles, int64_t n, int64_t columns, const GenShape *shape) {
    TileSize size = tile_size(shape);
    TileLayout layout = picture_layout(shape);
    int scale = layout.scale, gap = layout.gap;
    int across = layout.width + gap, down = layout.height + gap;
    int rows = (int)((n + columns - 1) / columns);
    Picture picture =
        picture_new((int)columns * across + gap, rows * down + gap, size.channels == 3 ? 3 : 1, 96);
    for (int64_t i = 0; i < n; i++)
        if (tiles[i] != NULL)
            put_tile(&picture, tiles[i], size, (int)(i % columns) * across + gap,
                     (int)(i / columns) * down + gap, scale);
    return picture;
}
