/* source_idx.c: the IDX format of MNIST and its family.
 *
 * Two zero bytes, the element type, the number of axes; then each axis's length, 32 bits
 * big-endian; then the elements, big-endian. The first axis counts the examples. */
#include "data.h"

typedef struct {
    unsigned char code;
    int bytes;
    double low, high, level; /* natural range, if the type implies one */
    ReadNumber *read;
} IdxType;

static uint32_t idx_u32(const unsigned char *at) {
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static double idx_byte(const unsigned char *at) {
    return at[0];
}
static double idx_signed_byte(const unsigned char *at) {
    return (int8_t)at[0];
}
static double idx_short(const unsigned char *at) {
    return (int16_t)(at[0] << 8 | at[1]);
}
static double idx_int(const unsigned char *at) {
    return (int32_t)idx_u32(at);
}

static double idx_float(const unsigned char *at) {
    uint32_t bits = idx_u32(at);
    float value;
    memcpy(&value, &bits, 4);
    return value;
}

static double idx_double(const unsigned char *at) {
    uint64_t bits = (uint64_t)idx_u32(at) << 32 | idx_u32(at + 4);
    double value;
    memcpy(&value, &bits, 8);
    return value;
}

static const IdxType idx_types[] = {
    {0x08, 1, 0, 255, 1, idx_byte}, {0x09, 1, 0, 0, 1, idx_signed_byte},
    {0x0B, 2, 0, 0, 1, idx_short},  {0x0C, 4, 0, 0, 1, idx_int},
    {0x0D, 4, 0, 0, 0, idx_float},  {0x0E, 8, 0, 0, 0, idx_double}};

static const IdxType *idx_type(const char *path, const unsigned char lead[4]) {
    if (lead[0] != 0 || lead[1] != 0)
        fail("%s: not an IDX file: it does not begin with two zero bytes", path);
    for (size_t i = 0; i < sizeof idx_types / sizeof *idx_types; i++)
        if (idx_types[i].code == lead[2]) return &idx_types[i];
    fail("%s: not an IDX file: element type 0x%02x does not exist", path, lead[2]);
}

static real *idx_read(const char *folder, const char *name, int64_t *count, Space *space,
                      const char **path) {
    DataFile *file = open_data_file(folder, name, path);
    unsigned char lead[4], lengths[4 * (GEN_MAX_RANK + 1)];
    data_file_read(file, lead, 4, "header");
    const IdxType *type = idx_type(*path, lead);
    int axes = lead[3];
    if (axes < 1 || axes > GEN_MAX_RANK + 1)
        fail("%s: has %d axes; between 1 and %d are possible", *path, axes, GEN_MAX_RANK + 1);
    data_file_read(file, lengths, 4 * axes, "header");
    *space = (Space){.rank = axes - 1, .low = type->low, .high = type->high, .level = type->level};
    *count = idx_u32(lengths);
    int64_t size = *count;
    for (int i = 1; i < axes; i++) {
        int64_t dim = space->dim[i - 1] = idx_u32(lengths + 4 * i);
        if (__builtin_mul_overflow(size, dim, &size) || size > (int64_t)1 << 40)
            fail("%s: its header says impossibly many elements", *path);
    }
    real *values = allocate(size, sizeof *values);
    read_numbers(file, size, type->bytes, type->read, values);
    end_data_file(file, *path);
    must_be_finite(*path, values, size, *count);
    return values;
}

static void same_space(const char *path, const Space *a, const Space *b) {
    bool same = a->rank == b->rank;
    for (int i = 0; same && i < a->rank; i++) same = a->dim[i] == b->dim[i];
    if (!same)
        fail("%s: its examples are %s, those of the training file %s", path,
             axes_text(b->rank, b->dim), axes_text(a->rank, a->dim));
}

void load_idx(const SourceRequest *request, SourceTable *table) {
    static const char *const argument[DATA_PARTS][2] = {{"file", "labels"},
                                                        {"test", "test_labels"}};
    for (int part = 0; part < DATA_PARTS; part++)
        for (int d = 0; d < request->n_datums; d++) {
            const char *name = call_text(request->call, argument[part][d]), *path;
            if (name == NULL && part == HELD_OUT) continue;
            if (name == NULL)
                fail("idx(\"%s\"): give the labels' file as second argument",
                     call_text(request->call, "file"));
            Space space;
            int64_t count = 0;
            table->values[part][d] = idx_read(request->folder, name, &count, &space, &path);
            if (d > 0 && count != table->count[part])
                fail("%s: has %" PRId64 " examples, %s has %" PRId64, path, count,
                     call_text(request->call, argument[part][0]), table->count[part]);
            table->count[part] = count;
            if (part == TRAINING) table->space[d] = space;
            else same_space(path, &table->space[d], &space);
            if (part == TRAINING && d == 0) table->from = path;
        }
    bool halves = request->n_datums == 2 && table->count[HELD_OUT] > 0 &&
                  (table->values[HELD_OUT][0] == NULL) != (table->values[HELD_OUT][1] == NULL);
    if (halves)
        fail("idx(\"%s\"): test needs test_labels as well, and the other way round",
             call_text(request->call, "file"));
}
