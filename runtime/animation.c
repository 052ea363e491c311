/* animation.c: pictures one after another as an animated PNG (ISO/IEC 15948:2023, acTL fcTL fdAT):
 * lossless, and shown by every browser; what does not know it shows the first picture. */
#include "rt.h"

#ifndef GENC_MINIMAL
#include <zlib.h>
#endif

#ifndef GENC_MINIMAL

typedef struct {
    unsigned char *at;
    size_t n;
} ChunkBytes;

static void chunk_put(ChunkBytes *to, const void *bytes, size_t n) {
    memcpy(to->at + to->n, bytes, n);
    to->n += n;
}

static void chunk_put_number(ChunkBytes *to, uint32_t value, int bytes) {
    for (int i = bytes - 1; i >= 0; i--) to->at[to->n++] = (unsigned char)(value >> 8 * i);
}

static void chunk_write(FILE *to, const char *type, const ChunkBytes *data) {
    unsigned char frame[4];
    ChunkBytes number = {frame, 0};
    uLong crc = crc32(0, (const Bytef *)type, 4);
    if (data->n > 0) crc = crc32(crc, data->at, (uInt)data->n);
    chunk_put_number(&number, (uint32_t)data->n, 4);
    fwrite(frame, 1, 4, to);
    fwrite(type, 1, 4, to);
    if (data->n > 0) fwrite(data->at, 1, data->n, to);
    number.n = 0;
    chunk_put_number(&number, (uint32_t)crc, 4);
    fwrite(frame, 1, 4, to);
}

/* A picture's lines, each behind the number of its filter (0: none), after `skip` bytes. */
static ChunkBytes compressed(const char *path, const Picture *picture, size_t skip) {
    size_t line = (size_t)picture->width * (size_t)picture->channels;
    size_t size = (line + 1) * (size_t)picture->height;
    unsigned char *lines = allocate((int64_t)size, 1);
    for (int y = 0; y < picture->height; y++)
        memcpy(lines + (size_t)y * (line + 1) + 1, picture->pixel + (size_t)y * line, line);
    uLongf n = compressBound(size);
    ChunkBytes data = {allocate((int64_t)(skip + n), 1), 0};
    if (compress2(data.at + skip, &n, lines, size, 9) != Z_OK)
        fail("%s: cannot be compressed", path);
    data.n = skip + n;
    free(lines);
    return data;
}

/* Every picture's place in the sequence, its size and how long it is shown. */
static void write_frame_control(FILE *to, const Picture *frame, uint32_t number, int delay) {
    unsigned char bytes[26];
    ChunkBytes data = {bytes, 0};
    chunk_put_number(&data, number, 4);
    chunk_put_number(&data, (uint32_t)frame->width, 4);
    chunk_put_number(&data, (uint32_t)frame->height, 4);
    chunk_put_number(&data, 0, 4); /* left */
    chunk_put_number(&data, 0, 4); /* top */
    chunk_put_number(&data, (uint32_t)delay, 2);
    chunk_put_number(&data, 1000, 2); /* the delay's unit: a second's thousandth */
    chunk_put_number(&data, 0, 2);    /* left as it is, then written over */
    chunk_write(to, "fcTL", &data);
}

static void write_header(FILE *to, const Picture *frame, int n) {
    unsigned char bytes[16];
    ChunkBytes data = {bytes, 0};
    fwrite("\x89PNG\r\n\x1a\n", 1, 8, to);
    chunk_put_number(&data, (uint32_t)frame->width, 4);
    chunk_put_number(&data, (uint32_t)frame->height, 4);
    chunk_put(&data, frame->channels == 3 ? "\x08\x02\0\0" : "\x08\0\0\0", 5);
    chunk_write(to, "IHDR", &data);
    data.n = 0;
    chunk_put_number(&data, (uint32_t)n, 4);
    chunk_put_number(&data, 0, 4); /* for ever */
    chunk_write(to, "acTL", &data);
}

void animation_write(const char *path, const Picture *frames, int n, int delay) {
    AtomicFile file = atomic_open(path);
    ChunkBytes none = {NULL, 0};
    write_header(file.to, &frames[0], n);
    for (int i = 0; i < n; i++) {
        uint32_t number = i == 0 ? 0 : (uint32_t)(2 * i - 1); /* fcTL and fdAT count together */
        write_frame_control(file.to, &frames[i], number, delay);
        ChunkBytes data = compressed(path, &frames[i], i == 0 ? 0 : 4);
        ChunkBytes lead = {data.at, 0};
        if (i > 0) chunk_put_number(&lead, number + 1, 4);
        chunk_write(file.to, i == 0 ? "IDAT" : "fdAT", &data);
        free(data.at);
    }
    chunk_write(file.to, "IEND", &none);
    atomic_close(&file);
}

#else

void animation_write(const char *path, const Picture *frames, int n, int delay) {
    (void)frames, (void)n, (void)delay;
    fail("%s: this trainer was built without zlib (GENC_MINIMAL): it writes video as .png, a strip "
         "of frames, or .npy",
         path);
}

#endif
