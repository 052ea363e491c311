/* undo.c: see undo.h. */
#include "undo.h"

void undo_reals(const real *measured, int64_t size, int64_t rows, const real *x, real *shown) {
    const real *zero = measured, *one = measured + size;
    for (int64_t r = 0; r < rows; r++)
        for (int64_t i = 0; i < size; i++) shown[r * size + i] = zero[i] + x[r * size + i] * one[i];
}

/* Of a class that is none, whatever the caller passes: the last there is. */
static int64_t undo_class(int32_t class, int64_t classes) {
    return class < 0 ? 0 : class < classes ? class : classes - 1;
}

void undo_classes(const real *measured, int64_t classes, int64_t width, int64_t n, const int32_t *x,
                  real *shown) {
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = 0; k < width; k++)
            shown[i * width + k] = measured[undo_class(x[i], classes) * width + k];
}

/* Appends a code point; returns the place behind it. RFC 3629. */
static char *undo_put_utf8(uint32_t code, char *to) {
    int more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const unsigned char first[] = {0, 0xc0, 0xe0, 0xf0};
    *to++ = (char)(first[more] | code >> 6 * more);
    while (more-- > 0) *to++ = (char)(0x80 | (code >> 6 * more & 0x3f));
    return to;
}

void undo_text(const real *measured, int64_t classes, int64_t length, int64_t rows,
               const int32_t *x, char *shown) {
    for (int64_t r = 0; r < rows; r++) {
        char *to = shown + r * (UNDO_UTF8 * length + 1);
        for (int64_t i = 0; i < length; i++) {
            real code = measured[undo_class(x[r * length + i], classes)];
            if (!(code >= 1 && code < 0x110000)) break;
            to = undo_put_utf8((uint32_t)code, to);
        }
        *to = 0;
    }
}
