/* The starting specs of genc new: the .gen files of this folder, embedded in the binary at build
 * time. */
#ifndef GENC_TEMPLATES_H
#define GENC_TEMPLATES_H

#include "../std/std.h"

extern const StdFile template_files[]; /* named "templates/vae.gen" */
extern const int template_file_count;

#endif
