/* The runtime as text: which of its files a C file needs, with what they include and link. The files
 * are embedded in genc when it is built. */
#ifndef GENC_RUNTIME_H
#define GENC_RUNTIME_H

#include "c_text.h"
#include "../std/std.h"

/* A file of the runtime. */
typedef struct {
    const StdFile *file;
    const char *name;     /* "random.c" */
    bool is_header;
    CText names;
} RuntimeFile;

typedef struct { RuntimeFile **at; int n, room; } RuntimeFiles;

typedef struct Runtime Runtime;
Runtime *runtime_new(Arena *a);
const RuntimeFile *runtime_file(const Runtime *r, const char *name); /* or NULL */

/* What a file that mentions these names has to be linked with: the .c files that define them, and
 * what those need, in the table's order; before them the headers that all these include, each after
 * those that it includes itself. */
RuntimeFiles runtime_needed(Runtime *r, const NameList *mentioned);

/* Whether a name stands at the top level of any of its files. */
bool runtime_uses_name(const Runtime *r, const char *name);

/* The libraries behind the headers that these files include: "-lopenblas -lm", by one space each. */
const char *runtime_libraries(Arena *a, const RuntimeFiles *files);

#endif
