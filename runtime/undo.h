/* undo.h: for a library: data's transforms undone, by what the trainer has measured of them and left
 * in the checkpoint as data.x.undo (data/undoing.c). */
#ifndef GENC_UNDO_H
#define GENC_UNDO_H

#include "gencall.h"

enum { UNDO_UTF8 = 4 /* bytes of the longest character */ };

/* measured[2][size]: what 0 becomes, what every 1 adds. x[rows][size] to shown[rows][size]. */
void undo_reals(const real *measured, int64_t size, int64_t rows, const real *x, real *shown);
/* measured[classes][width]: what a class stands for. x[n] to shown[n][width]. */
void undo_classes(const real *measured, int64_t classes, int64_t width, int64_t n, const int32_t *x,
                  real *shown);
/* measured[classes]: code points, 0 of what is behind the end. x[rows][length] to texts in UTF-8,
 * shown[rows][UNDO_UTF8 * length + 1]. */
void undo_text(const real *measured, int64_t classes, int64_t length, int64_t rows, const int32_t *x,
               char *shown);

#endif
