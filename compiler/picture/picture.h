/* The model as a picture: its declarations as a graph in the language of Graphviz. */
#ifndef GENC_PICTURE_H
#define GENC_PICTURE_H

#include "../program.h"

/* Data, draws and values are nodes, networks clusters of their statements, losses and updates stand
 * at the end; an edge is a use of a name. Requires: a model that kept
 * what its expressions came to (compile_seen). */
const char *picture_dot(Arena *a, const Model *m);

#endif
