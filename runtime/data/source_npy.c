/* source_npy.c: NumPy's .npy format, versions 1 to 3, in C order.
 *
 * "\x93NUMPY", two version bytes, the header's length (2 bytes, from version 2 on 4), the header: a
 * Python dictionary in text, {'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }; the data.
 */
#include "data.h"

typedef struct {
    char kind;
    int bytes;
    ReadNumber *read;
} NpyType; /* kind: f i u b */

/* The text after 'key': in the header. */
static const char *npy_field(const char *path, const char *header, const char *key) {
    const char *at = strstr(header, key);
    if (at == NULL) fail("%s: its header does not say %s", path, key);
    at += strlen(key);
    while (*at == ' ' || *at == ':') at++;
    return at;
}

static int64_t npy_shape(const char *path, const char *header, int64_t *count, Space *space) {
    const char *at = npy_field(path, header, "'shape'");
    int64_t size = 1;
    int axes = 0;
    if (*at++ != '(') fail("%s: its header has no shape", path);
    while (*at != ')') {
        char *end;
        errno = 0;
        int64_t dim = strtoll(at, &end, 10);
        if (end == at || dim < 0 || errno != 0) fail("%s: its header has no shape", path);
        if (axes == GEN_MAX_RANK + 1) fail("%s: has more than %d axes", path, GEN_MAX_RANK + 1);
        if (axes == 0) *count = dim;
        else space->dim[axes - 1] = dim;
        axes++;
        if (__builtin_mul_overflow(size, dim, &size) || size > (int64_t)1 << 40)
            fail("%s: its header says impossibly many elements", path);
        for (at = end; *at == ',' || *at == ' '; at++) {
        }
    }
    if (axes == 0) fail("%s: holds a single number, not an example a row", path);
    space->rank = axes - 1;
    return size;
}

/* Readers by kind and width, each for little and for big ends. */
#define NPY_READERS(name, Type)                                                                    \
    static double npy_##name(const unsigned char *at) {                                            \
        Type value;                                                                                \
        memcpy(&value, at, sizeof value);                                                          \
        return (double)value;                                                                      \
    }                                                                                              \
    static double npy_##name##_swapped(const unsigned char *at) {                                  \
        unsigned char turned[sizeof(Type)];                                                        \
        for (size_t i = 0; i < sizeof(Type); i++) turned[i] = at[sizeof(Type) - 1 - i];            \
        return npy_##name(turned);                                                                 \
    }
NPY_READERS(f4, float)
NPY_READERS(f8, double)
NPY_READERS(i1, int8_t)
NPY_READERS(i2, int16_t)
NPY_READERS(i4, int32_t)
NPY_READERS(i8, int64_t)
NPY_READERS(u1, uint8_t)
NPY_READERS(u2, uint16_t)
NPY_READERS(u4, uint32_t)
NPY_READERS(u8, uint64_t)

#define NPY_TYPE(kind, width, name)                                                                \
    { kind, width, npy_##name, npy_##name##_swapped }
static const struct {
    char kind;
    int bytes;
    ReadNumber *read, *read_swapped;
} npy_types[] = {NPY_TYPE('f', 4, f4), NPY_TYPE('f', 8, f8), NPY_TYPE('i', 1, i1),
                 NPY_TYPE('i', 2, i2), NPY_TYPE('i', 4, i4), NPY_TYPE('i', 8, i8),
                 NPY_TYPE('u', 1, u1), NPY_TYPE('u', 2, u2), NPY_TYPE('u', 4, u4),
                 NPY_TYPE('u', 8, u8), NPY_TYPE('b', 1, u1)};

static NpyType npy_type(const char *path, const char *header) {
    const char *at = npy_field(path, header, "'descr'");
    bool said = *at == '\'' && at[1] != 0 && strchr("<>|=", at[1]) != NULL && at[2] != 0;
    for (size_t i = 0; said && i < sizeof npy_types / sizeof *npy_types; i++)
        if (npy_types[i].kind == at[2] && npy_types[i].bytes == atoi(at + 3)) {
            ReadNumber *read = at[1] == '>' ? npy_types[i].read_swapped : npy_types[i].read;
            return (NpyType){at[2], npy_types[i].bytes, read};
        }
    fail("%s: its element type %.*s is not one of f4 f8 i1 i2 i4 i8 u1 u2 u4 u8 b1", path,
         (int)strcspn(at, ",}"), at);
}

static char *npy_header(DataFile *file, const char *path) {
    unsigned char lead[8], length[4] = {0};
    data_file_read(file, lead, 8, "header");
    if (memcmp(lead, "\x93NUMPY", 6) != 0)
        fail("%s: not a .npy file: it does not begin with \\x93NUMPY", path);
    if (lead[6] < 1 || lead[6] > 3) fail("%s: .npy version %d is not known", path, lead[6]);
    data_file_read(file, length, lead[6] == 1 ? 2 : 4, "header");
    int64_t n = length[0] | length[1] << 8 | length[2] << 16 | (int64_t)length[3] << 24;
    if (n > 1 << 20) fail("%s: its header is impossibly long", path);
    char *header = allocate(n + 1, 1);
    data_file_read(file, header, n, "header");
    return header;
}

static real *npy_read(const char *folder, const char *name, int64_t *count, Space *space,
                      const char **path) {
    DataFile *file = open_data_file(folder, name, path);
    char *header = npy_header(file, *path);
    NpyType type = npy_type(*path, header);
    if (strncmp(npy_field(*path, header, "'fortran_order'"), "False", 5) != 0)
        fail("%s: is in Fortran order: save it with numpy.ascontiguousarray", *path);
    *space = (Space){.level = type.kind == 'f' ? 0 : 1};
    if (type.kind == 'u' && type.bytes == 1) space->high = 255;
    if (type.kind == 'b') space->high = 1;
    int64_t size = npy_shape(*path, header, count, space);
    real *values = allocate(size, sizeof *values);
    read_numbers(file, size, type.bytes, type.read, values);
    end_data_file(file, *path);
    must_be_finite(*path, values, size, *count);
    free(header);
    return values;
}

void load_npy(const SourceRequest *request, SourceTable *table) {
    const char *test = call_text(request->call, "test"), *path;
    table->values[TRAINING][0] = npy_read(request->folder, call_text(request->call, "file"),
                                          &table->count[TRAINING], &table->space[0], &table->from);
    if (test == NULL) return;
    Space space;
    table->values[HELD_OUT][0] =
        npy_read(request->folder, test, &table->count[HELD_OUT], &space, &path);
    bool same = space.rank == table->space[0].rank;
    for (int i = 0; same && i < space.rank; i++) same = space.dim[i] == table->space[0].dim[i];
    if (!same)
        fail("%s: its examples are %s, those of the training file %s", path,
             axes_text(space.rank, space.dim),
             axes_text(table->space[0].rank, table->space[0].dim));
}
