/* npy.c: writing NumPy's .npy format, version 1.0 (reading: data/source_npy.c). */
#include "rt.h"

void npy_write(const char *path, GenKind kind, int rank, const int64_t *dim, const void *values) {
    static const char *const descr[] = {
        [GEN_REAL] = sizeof(real) == 8 ? "<f8" : "<f4", [GEN_INDEX] = "<i4", [GEN_COUNT] = "<i8"};
    char header[512];
    int n = snprintf(header, sizeof header, "{'descr': '%s', 'fortran_order': False, 'shape': (",
                     descr[kind]);
    int64_t size = 1;
    for (int i = 0; i < rank; i++) {
        n += snprintf(header + n, sizeof header - (size_t)n, "%" PRId64 ",%s", dim[i],
                      i + 1 < rank ? " " : "");
        size *= dim[i];
    }
    n += snprintf(header + n, sizeof header - (size_t)n, "), }");
    while ((n + 11) % 64 != 0) header[n++] = ' '; /* 10 bytes before it, a newline after it */
    header[n++] = '\n';
    AtomicFile file = atomic_open(path);
    unsigned char lead[10] = {
        0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, (unsigned char)n, (unsigned char)(n >> 8)};
    fwrite(lead, 1, sizeof lead, file.to);
    fwrite(header, 1, (size_t)n, file.to);
    fwrite(values, (size_t)kind_bytes(kind), (size_t)size, file.to);
    atomic_close(&file);
}
