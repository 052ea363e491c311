/* What is done to every program between elaboration and plan. */
#ifndef GENC_TRANSFORM_H
#define GENC_TRANSFORM_H

#include "../program.h"

/* Does: runs the passes listed in transform.c on each program, in their order; drops the inputs that
 * nothing reads any more. Requires: elaborated without errors; once for a model.
 * Leaves: outputs, stores and conditions of equal value, ready to be planned. */
void transform_model(Model *m);

#endif
