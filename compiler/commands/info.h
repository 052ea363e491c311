/* The two faces of genc info. */
#ifndef GENC_INFO_H
#define GENC_INFO_H

#include "../emit/emit.h"

/* For people: networks with their layers in the spec's order, programs, memory, remarks. */
void info_print_table(const Model *m, const EmitSize *size);
/* For programs: one JSON object; compiler/README.md says what is in it. */
void info_print_json(const Model *m, const EmitSize *size);

/* Numbers of a model's parameters. */
int64_t info_parameters(const Model *m);
/* What a program is for: "step", "sample". */
const char *info_role(const Program *p);

#endif
