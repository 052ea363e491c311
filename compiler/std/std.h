/* The standard library: the .gen files of this folder, embedded in the binary at build time. */
#ifndef GENC_STD_H
#define GENC_STD_H

typedef struct {
    const char *name; /* "std/nn.gen" */
    const char *text;
} StdFile;

extern const StdFile std_files[];
extern const int std_file_count;

#endif
