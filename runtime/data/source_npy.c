/* source_npy.c: NumPy's .npy format, versions 1 to 3, in C order.
 *
 * "\x93NUMPY", two version bytes, the header's length (2 bytes, from version 2 on 4), the header: a
 * Python dictionary in text, {'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }; the data. */
#include "data.h"

typedef struct { char kind; int bytes; bool big; } NpyType;     /* kind: f i u b */

/* The text after 'key': in the header. */
static const char *npy_field(const char *path, const char *header, const char *key) {
    const char *at = strstr(header, key);
    if (at == NULL) fail("%s: its header does not say %s", path, key);
    at += strlen(key);
    while (*at == ' ' || *at == ':') at++;
    return at;
}

static NpyType npy_type(const char *path, const char *header) {
    const char *at = npy_field(path, header, "'descr'");
    NpyType type = {0, 0, false};
    if (*at == '\'' && strchr("<>|=", at[1]) != NULL) {
        type = (NpyType){at[2], atoi(at + 3), at[1] == '>'};
    }
    bool known = (type.kind == 'f' && (type.bytes == 4 || type.bytes == 8)) ||
                 ((type.kind == 'i' || type.kind == 'u') &&
                  (type.bytes == 1 || type.bytes == 2 || type.bytes == 4 || type.bytes == 8)) ||
                 (type.kind == 'b' && type.bytes == 1);
    if (!known)
        fail("%s: its element type %.*s is not one of f4 f8 i1 i2 i4 i8 u1 u2 u4 u8 b1", path,
             (int)strcspn(at, ",}"), at);
    return type;
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
        if (axes > GEN_MAX_RANK) fail("%s: has more than %d axes", path, GEN_MAX_RANK);
        if (axes == 0) *count = dim;
        else space->dim[axes - 1] = dim;
        axes++;
        if (__builtin_mul_overflow(size, dim, &size) || size > (int64_t)1 << 40)
            fail("%s: its header says impossibly many elements", path);
        for (at = end; *at == ',' || *at == ' '; at++) {}
    }
    if (axes == 0) fail("%s: holds a single number, not an example a row", path);
    space->rank = axes - 1;
    return size;
}

static double npy_value(const unsigned char *at, NpyType type) {
    union { uint64_t bits; unsigned char byte[8]; } v = {0};
    for (int i = 0; i < type.bytes; i++)
        v.bits |= (uint64_t)at[type.big ? type.bytes - 1 - i : i] << (8 * i);
    if (type.kind == 'f') {
        float single;
        double wide;
        uint32_t low = (uint32_t)v.bits;
        memcpy(&single, &low, 4);
        memcpy(&wide, &v.bits, 8);
        return type.bytes == 4 ? (double)single : wide;
    }
    if (type.kind != 'i') return (double)v.bits;
    int unused = 64 - 8 * type.bytes;
    return (double)((int64_t)(v.bits << unused) >> unused);
}

static real *npy_read(const char *folder, const char *name, int64_t *count, Space *space,
                      const char **path) {
    Bytes file;
    read_data_file(folder, name, path, &file);
    if (file.size < 10 || memcmp(file.at, "\x93NUMPY", 6) != 0)
        fail("%s: not a .npy file: it does not begin with \\x93NUMPY", *path);
    if (file.at[6] < 1 || file.at[6] > 3)
        fail("%s: .npy version %d is not known", *path, file.at[6]);
    int64_t lead = file.at[6] == 1 ? 10 : 12;
    int64_t length = file.at[8] | file.at[9] << 8;
    if (lead == 12 && file.size >= 12)
        length |= (int64_t)file.at[10] << 16 | (int64_t)file.at[11] << 24;
    if (file.size < lead + length) fail("%s: truncated within its header", *path);
    char *header = text_of("%.*s", (int)length, (const char *)file.at + lead);
    NpyType type = npy_type(*path, header);
    if (strncmp(npy_field(*path, header, "'fortran_order'"), "False", 5) != 0)
        fail("%s: is in Fortran order: save it with numpy.ascontiguousarray", *path);
    *space = (Space){.level = type.kind == 'f' ? 0 : 1};
    if (type.kind == 'u' && type.bytes == 1) space->high = 255;
    if (type.kind == 'b') space->high = 1;
    int64_t size = npy_shape(*path, header, count, space), have = file.size - lead - length;
    if (have != size * type.bytes)
        fail("%s: %s: its header says %" PRId64 " bytes of data, it has %" PRId64, *path,
             have < size * type.bytes ? "truncated" : "too long", size * type.bytes, have);
    real *values = allocate(size, sizeof *values);
    for (int64_t i = 0; i < size; i++)
        values[i] = (real)npy_value(file.at + lead + length + i * type.bytes, type);
    free(header);
    free(file.at);
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
             shape_text(space.rank, space.dim),
             shape_text(table->space[0].rank, table->space[0].dim));
}
