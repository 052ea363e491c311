/* png.c: a picture as a PNG file, by libpng; with GENC_MINIMAL by hand, uncompressed. */
#include "rt.h"

#ifndef GENC_MINIMAL

#include <png.h>

/* In place of libpng's own, which knows neither the file's name nor why the disk refuses. */
static void png_put(png_structp png, png_bytep bytes, png_size_t n) {
    const AtomicFile *file = png_get_io_ptr(png);
    if (fwrite(bytes, 1, n, file->to) != n)
        fail("%s: cannot be written: %s", file->path, strerror(errno));
}

static void png_put_all(png_structp png) {
    const AtomicFile *file = png_get_io_ptr(png);
    if (fflush(file->to) != 0) fail("%s: cannot be written: %s", file->path, strerror(errno));
}

static void png_refused(png_structp png, png_const_charp why) {
    fail("%s: cannot be written as PNG: %s", (const char *)png_get_error_ptr(png), why);
}

void picture_write(const char *path, const Picture *picture) {
    AtomicFile file = atomic_open(path);
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, file.path, png_refused, NULL);
    png_infop info = png == NULL ? NULL : png_create_info_struct(png);
    if (info == NULL) fail("%s: cannot be written as PNG: out of memory", path);
    png_set_write_fn(png, &file, png_put, png_put_all);
    png_set_IHDR(png, info, (png_uint_32)picture->width, (png_uint_32)picture->height, 8,
                 picture->channels == 3 ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_GRAY,
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
    size_t stride = (size_t)picture->width * (size_t)picture->channels;
    for (int y = 0; y < picture->height; y++)
        png_write_row(png, picture->pixel + (size_t)y * stride);
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    atomic_close(&file);
}

#else

/* By hand, without compression: deflate's stored blocks. ISO/IEC 15948 and RFC 1950, 1951. */
typedef struct {
    unsigned char *at;
    size_t n;
} PngBytes;

static void png_put(PngBytes *to, const void *bytes, size_t n) {
    memcpy(to->at + to->n, bytes, n);
    to->n += n;
}

static void png_put_u32(PngBytes *to, uint32_t value) {
    unsigned char big[4] = {(unsigned char)(value >> 24), (unsigned char)(value >> 16),
                            (unsigned char)(value >> 8), (unsigned char)value};
    png_put(to, big, 4);
}

static uint32_t png_crc(const unsigned char *at, size_t n) {
    uint32_t crc = 0xffffffffu;
    for (size_t i = 0; i < n; i++) {
        crc ^= at[i];
        for (int bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? crc >> 1 ^ 0xedb88320u : crc >> 1;
    }
    return ~crc;
}

static void png_chunk(FILE *to, const char *type, const PngBytes *data) {
    PngBytes chunk = {allocate((int64_t)data->n + 12, 1), 0};
    png_put_u32(&chunk, (uint32_t)data->n);
    png_put(&chunk, type, 4);
    png_put(&chunk, data->at, data->n);
    png_put_u32(&chunk, png_crc(chunk.at + 4, data->n + 4));
    fwrite(chunk.at, 1, chunk.n, to);
    free(chunk.at);
}

/* zlib's wrapping of stored blocks of one scan line each, the filter byte first. */
static PngBytes png_stored(const Picture *picture) {
    size_t stride = (size_t)picture->width * (size_t)picture->channels, line = stride + 1;
    PngBytes data = {allocate((int64_t)((line + 5) * (size_t)picture->height + 6), 1), 0};
    uint32_t a = 1, b = 0;
    png_put(&data, "\x78\x01", 2);
    for (int y = 0; y < picture->height; y++) {
        unsigned char head[6] = {y == picture->height - 1,    (unsigned char)line,
                                 (unsigned char)(line >> 8),  (unsigned char)~line,
                                 (unsigned char)(~line >> 8), 0};
        png_put(&data, head, 6);
        png_put(&data, picture->pixel + (size_t)y * stride, stride);
        const unsigned char *bytes = data.at + data.n - line;
        for (size_t i = 0; i < line; i++) {
            a = (a + bytes[i]) % 65521;
            b = (b + a) % 65521;
        }
    }
    png_put_u32(&data, b << 16 | a);
    return data;
}

void picture_write(const char *path, const Picture *picture) {
    if (picture->width * picture->channels >= 65535) fail("%s: too wide to be written", path);
    AtomicFile file = atomic_open(path);
    fwrite("\x89PNG\r\n\x1a\n", 1, 8, file.to);
    unsigned char head_bytes[13];
    PngBytes head = {head_bytes, 0}, none = {head_bytes, 0};
    png_put_u32(&head, (uint32_t)picture->width);
    png_put_u32(&head, (uint32_t)picture->height);
    png_put(&head, picture->channels == 3 ? "\x08\x02\0\0" : "\x08\0\0\0", 4);
    png_put(&head, "", 1);
    png_chunk(file.to, "IHDR", &head);
    PngBytes data = png_stored(picture);
    png_chunk(file.to, "IDAT", &data);
    png_chunk(file.to, "IEND", &none);
    free(data.at);
    atomic_close(&file);
}

#endif
