/* rt.h: what the runtime's own files share. Generated code never sees it. */
#ifndef GENC_RT_H
#define GENC_RT_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "genrt.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef GENC_F64
#define real_sqrt sqrt
#define REAL_DTYPE "F64"
#else
#define real_sqrt sqrtf
#define REAL_DTYPE "F32"
#endif

/* ---- random.c ---- */

uint64_t random_mix(uint64_t h, uint64_t value);      /* a 64-bit hash of both */
uint64_t random_path(const char *path);               /* a path's key */
uint64_t random_key(const GenRun *run, uint64_t path);
void random_words(uint64_t key, uint64_t counter, uint32_t words[4]);   /* one Philox block */

#endif
