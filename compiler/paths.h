/* Where genc finds what belongs to it. */
#ifndef GENC_PATHS_H
#define GENC_PATHS_H

/* The folder of libgenrt_f32.a, libgenrt_f64.a and the runtime's headers' parent: build/ beside the
 * binary, or PREFIX/lib/genc of an installed one. NULL if neither is there. Static memory. */
const char *genc_runtime_dir(void);
/* The folder of genrt.h: runtime/ beside the binary, or PREFIX/lib/genc. NULL if not there. */
const char *genc_include_dir(void);

#endif
