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

typedef struct {
    const char *path;
    DataFile *file;
    const IdxType *type;
    int64_t count, size; /* examples; elements of all */
    Space space;
} IdxFile;

static IdxFile idx_open(const char *folder, const char *name) {
    IdxFile idx = {0};
    unsigned char lead[4], lengths[4 * (GEN_MAX_RANK + 1)];
    idx.file = open_data_file(folder, name, &idx.path);
    data_file_read(idx.file, lead, 4, "header");
    idx.type = idx_type(idx.path, lead);
    int axes = lead[3];
    if (axes < 1 || axes > GEN_MAX_RANK + 1)
        fail("%s: has %d axes; between 1 and %d are possible", idx.path, axes, GEN_MAX_RANK + 1);
    data_file_read(idx.file, lengths, 4 * axes, "header");
    idx.space = (Space){.rank = axes - 1,
                        .low = idx.type->low,
                        .high = idx.type->high,
                        .level = idx.type->level};
    idx.size = idx.count = idx_u32(lengths);
    for (int i = 1; i < axes; i++) {
        int64_t dim = idx.space.dim[i - 1] = idx_u32(lengths + 4 * i);
        if (__builtin_mul_overflow(idx.size, dim, &idx.size) || idx.size > (int64_t)1 << 40)
            fail("%s: its header says impossibly many elements", idx.path);
    }
    return idx;
}

static real *idx_elements(const IdxFile *idx) {
    real *values = allocate(idx->size, sizeof *values);
    read_numbers(idx->file, idx->size, idx->type->bytes, idx->type->read, values);
    end_data_file(idx->file, idx->path);
    must_be_finite(idx->path, values, idx->size, idx->count);
    return values;
}

static void same_space(const char *path, const Space *a, const Space *b) {
    bool same = a->rank == b->rank;
    for (int i = 0; same && i < a->rank; i++) same = a->dim[i] == b->dim[i];
    if (!same)
        fail("%s: its examples are %s, those of the training file %s", path,
             axes_text(b->rank, b->dim), axes_text(a->rank, a->dim));
}

/* [part][datum] */
static const char *const idx_argument[DATA_PARTS][2] = {{"file", "labels"}, {"test", "test_labels"}};

static void idx_check_arguments(const SourceRequest *request) {
    const GenCall *call = request->call;
    if (request->n_datums != 2) return;
    if (call_text(call, "labels") == NULL)
        fail("idx(\"%s\"): give the labels' file as second argument", call_text(call, "file"));
    if ((call_text(call, "test") == NULL) != (call_text(call, "test_labels") == NULL))
        fail("idx(\"%s\"): test needs test_labels as well, and the other way round",
             call_text(call, "file"));
}

/* What a header says is looked at before what is behind it is read: a small gzipped file may unpack
 * to more than there is memory. */
static void idx_load_part(const SourceRequest *request, SourceTable *table, int part, int d) {
    const char *first = call_text(request->call, idx_argument[part][0]);
    const char *name = call_text(request->call, idx_argument[part][d]);
    if (name == NULL) return;
    IdxFile idx = idx_open(request->folder, name);
    if (d > 0 && idx.count != table->count[part])
        fail("%s: has %" PRId64 " examples, %s has %" PRId64, idx.path, idx.count, first,
             table->count[part]);
    if (part == TRAINING) source_fits(request, d, &idx.space, idx.path);
    else same_space(idx.path, &table->space[d], &idx.space);
    table->count[part] = idx.count;
    if (part == TRAINING) table->space[d] = idx.space;
    if (part == TRAINING && d == 0) table->from = idx.path;
    table->values[part][d] = idx_elements(&idx);
}

void load_idx(const SourceRequest *request, SourceTable *table) {
    idx_check_arguments(request);
    for (int part = 0; part < DATA_PARTS; part++)
        for (int d = 0; d < request->n_datums; d++) idx_load_part(request, table, part, d);
}
