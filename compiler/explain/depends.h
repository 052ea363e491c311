/* What a value depends on: the data and draws that an expectation of it is over. */
#ifndef GENC_EXPLAIN_DEPENDS_H
#define GENC_EXPLAIN_DEPENDS_H

#include "names.h"

/* A random name of the spec's top level, and the DATA, DATA_DRAW or DRAW that binds it. */
typedef struct {
    const Tree *binding;
    const char *name;
} RandomName;
typedef struct {
    RandomName *at;
    int n, room;
} RandomNames;

/* All random names that an expression at the spec's top level depends on, through other names and
 * through what it calls: each after those that it depends on itself. */
RandomNames depends_on(const Spec *s, const Tree *t);

#endif
