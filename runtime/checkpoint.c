/* checkpoint.c: safetensors files, written whole or not at all, and read with full validation.
 *
 * The format: 8 bytes, the header's length N, little-endian; N bytes of JSON,
 *
 *     {"__metadata__": {"key": "text"},
 *      "name": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}
 *
 * and then the tensors' bytes, which the offsets must cover from 0 to the file's end without a
 * hole and without overlapping. Tensors are written in order of their names, the wide ones first,
 * so that the same state always gives the same bytes. */
#include "rt.h"

enum { HEADER_LIMIT = 100000000 };

static const struct {
    const char *name;
    int bytes;
} dtypes[] = {{"F64", 8},  {"F32", 4}, {"I64", 8},  {"I32", 4},     {"F16", 2},
              {"BF16", 2}, {"I16", 2}, {"I8", 1},   {"U64", 8},     {"U32", 4},
              {"U16", 2},  {"U8", 1},  {"BOOL", 1}, {"F8_E4M3", 1}, {"F8_E5M2", 1}};
enum { DTYPE_F64, DTYPE_F32, DTYPE_I64, DTYPE_I32, DTYPE_COUNT = sizeof dtypes / sizeof *dtypes };

static int dtype_of(GenKind kind) {
    static const int of_kind[] = {[GEN_REAL] = sizeof(real) == 8 ? DTYPE_F64 : DTYPE_F32,
                                  [GEN_INDEX] = DTYPE_I32,
                                  [GEN_COUNT] = DTYPE_I64};
    return of_kind[kind];
}

static int64_t tensor_size(const CheckpointTensor *tensor) {
    int64_t size = 1;
    for (int i = 0; i < tensor->rank; i++) size *= tensor->dim[i];
    return size;
}

/* ---- writing ---- */

static int order_of_tensors(const void *a, const void *b) {
    const CheckpointTensor *x = a, *y = b;
    int64_t wide_x = kind_bytes(x->kind), wide_y = kind_bytes(y->kind);
    if (wide_x != wide_y) return wide_x > wide_y ? -1 : 1;
    return strcmp(x->name, y->name);
}

static int order_of_notes(const void *a, const void *b) {
    return strcmp(((const CheckpointNote *)a)->key, ((const CheckpointNote *)b)->key);
}

static void put_notes(FILE *to, const Checkpoint *checkpoint) {
    fputs("{\"__metadata__\":{", to);
    for (int i = 0; i < checkpoint->n_notes; i++) {
        if (i > 0) fputc(',', to);
        json_put_text(to, checkpoint->notes[i].key);
        fputc(':', to);
        json_put_text(to, checkpoint->notes[i].value);
    }
    fputc('}', to);
}

static void put_entry(FILE *to, const CheckpointTensor *tensor, int64_t *offset) {
    fputc(',', to);
    json_put_text(to, tensor->name);
    fprintf(to, ":{\"dtype\":\"%s\",\"shape\":[", dtypes[dtype_of(tensor->kind)].name);
    for (int i = 0; i < tensor->rank; i++)
        fprintf(to, "%s%" PRId64, i > 0 ? "," : "", tensor->dim[i]);
    int64_t end = *offset + tensor_size(tensor) * kind_bytes(tensor->kind);
    fprintf(to, "],\"data_offsets\":[%" PRId64 ",%" PRId64 "]}", *offset, end);
    *offset = end;
}

void checkpoint_write(const char *path, Checkpoint *checkpoint) {
    qsort(checkpoint->tensors, (size_t)checkpoint->n_tensors, sizeof *checkpoint->tensors,
          order_of_tensors);
    qsort(checkpoint->notes, (size_t)checkpoint->n_notes, sizeof *checkpoint->notes,
          order_of_notes);
    char *header;
    size_t length;
    FILE *text = open_memstream(&header, &length);
    if (text == NULL) fail("out of memory");
    put_notes(text, checkpoint);
    int64_t offset = 0;
    for (int i = 0; i < checkpoint->n_tensors; i++)
        put_entry(text, &checkpoint->tensors[i], &offset);
    fputc('}', text);
    while (ftell(text) % 8 != 0) fputc(' ', text); /* so that the tensors are aligned */
    if (fclose(text) != 0) fail("out of memory");

    AtomicFile file = atomic_open(path);
    unsigned char size[8];
    for (int i = 0; i < 8; i++) size[i] = (unsigned char)((uint64_t)length >> (8 * i));
    fwrite(size, 1, 8, file.to);
    fwrite(header, 1, length, file.to);
    free(header);
    for (int i = 0; i < checkpoint->n_tensors; i++) {
        const CheckpointTensor *tensor = &checkpoint->tensors[i];
        fwrite(tensor->at, (size_t)kind_bytes(tensor->kind), (size_t)tensor_size(tensor), file.to);
    }
    atomic_close(&file);
}

/* ---- reading ---- */

typedef struct {
    char *name;
    int dtype;
    int rank;
    int64_t dim[GEN_MAX_RANK];
    int64_t size;       /* elements */
    int64_t begin, end; /* bytes, from the end of the header */
} StoredTensor;

struct CheckpointFile {
    const char *path;
    Bytes bytes;
    Json *json;
    int notes;      /* the object __metadata__, or -1 */
    int64_t header; /* where the tensors' bytes begin */
    int n;
    StoredTensor *tensors;
};

static void read_shape(CheckpointFile *file, int at, StoredTensor *tensor) {
    int list = json_get(file->json, at, "shape");
    if (!json_is_array(file->json, list))
        fail("%s: tensor '%s' has no shape", file->path, tensor->name);
    tensor->size = 1;
    for (int i = json_first(file->json, list); i >= 0; i = json_next(file->json, i)) {
        int64_t dim;
        if (!json_integer(file->json, i, &dim) || dim < 0)
            fail("%s: tensor '%s' has a length that is not a whole number", file->path,
                 tensor->name);
        if (tensor->rank == GEN_MAX_RANK)
            fail("%s: tensor '%s' has more than %d axes", file->path, tensor->name, GEN_MAX_RANK);
        tensor->dim[tensor->rank++] = dim;
        if (__builtin_mul_overflow(tensor->size, dim, &tensor->size))
            fail("%s: tensor '%s' is impossibly large", file->path, tensor->name);
    }
}

static void read_dtype(CheckpointFile *file, int at, StoredTensor *tensor) {
    int value = json_get(file->json, at, "dtype");
    if (!json_is_string(file->json, value))
        fail("%s: tensor '%s' has no dtype", file->path, tensor->name);
    char *name = json_text(file->json, value);
    while (tensor->dtype < DTYPE_COUNT && strcmp(name, dtypes[tensor->dtype].name) != 0)
        tensor->dtype++;
    if (tensor->dtype == DTYPE_COUNT)
        fail("%s: tensor '%s' has the unknown dtype '%s'", file->path, tensor->name, name);
    free(name);
}

static void read_offsets(CheckpointFile *file, int at, StoredTensor *tensor) {
    int list = json_get(file->json, at, "data_offsets");
    int first = json_is_array(file->json, list) ? json_first(file->json, list) : -1;
    int second = first >= 0 ? json_next(file->json, first) : -1;
    if (second < 0 || json_next(file->json, second) >= 0 ||
        !json_integer(file->json, first, &tensor->begin) ||
        !json_integer(file->json, second, &tensor->end))
        fail("%s: tensor '%s' has no pair of data_offsets", file->path, tensor->name);
    int64_t bytes;
    if (__builtin_mul_overflow(tensor->size, (int64_t)dtypes[tensor->dtype].bytes, &bytes) ||
        tensor->begin < 0 || tensor->end < tensor->begin || tensor->end - tensor->begin != bytes)
        fail("%s: tensor '%s' does not fill its data_offsets", file->path, tensor->name);
}

static int order_by_offset(const void *a, const void *b) {
    const StoredTensor *x = a, *y = b;
    if (x->begin != y->begin) return x->begin < y->begin ? -1 : 1;
    return x->end < y->end ? -1 : x->end > y->end;
}

static int order_by_name(const void *a, const void *b) {
    return strcmp(((const StoredTensor *)a)->name, ((const StoredTensor *)b)->name);
}

static void check_layout(CheckpointFile *file) {
    qsort(file->tensors, (size_t)file->n, sizeof *file->tensors, order_by_offset);
    int64_t end = 0, have = file->bytes.size - file->header;
    for (int i = 0; i < file->n; i++) {
        const StoredTensor *tensor = &file->tensors[i];
        if (tensor->begin != end)
            fail("%s: tensor '%s' %s", file->path, tensor->name,
                 tensor->begin > end ? "leaves a hole before it" : "overlaps the one before it");
        end = tensor->end;
    }
    if (end > have)
        fail("%s: truncated: its tensors take %" PRId64 " bytes, the file has %" PRId64, file->path,
             end, have);
    if (end < have) fail("%s: has %" PRId64 " bytes too many at its end", file->path, have - end);
    qsort(file->tensors, (size_t)file->n, sizeof *file->tensors, order_by_name);
    for (int i = 1; i < file->n; i++)
        if (strcmp(file->tensors[i - 1].name, file->tensors[i].name) == 0)
            fail("%s: tensor '%s' is there twice", file->path, file->tensors[i].name);
}

static void read_entries(CheckpointFile *file) {
    int room = 0;
    for (int key = json_first(file->json, 0); key >= 0; key = json_next(file->json, key)) room++;
    file->tensors = allocate(room, sizeof *file->tensors);
    for (int key = json_first(file->json, 0); key >= 0; key = json_next(file->json, key)) {
        char *name = json_text(file->json, key);
        int value = json_value(file->json, key);
        if (!json_is_object(file->json, value))
            fail("%s: '%s' in its header is not an object", file->path, name);
        if (strcmp(name, "__metadata__") == 0) {
            if (file->notes >= 0) fail("%s: '__metadata__' is there twice", file->path);
            file->notes = value;
            free(name);
            continue;
        }
        StoredTensor *tensor = &file->tensors[file->n++];
        tensor->name = name;
        read_dtype(file, value, tensor);
        read_shape(file, value, tensor);
        read_offsets(file, value, tensor);
    }
}

static void check_notes(const CheckpointFile *file) {
    if (file->notes < 0) return;
    for (int key = json_first(file->json, file->notes); key >= 0; key = json_next(file->json, key))
        if (!json_is_string(file->json, json_value(file->json, key)))
            fail("%s: '__metadata__' holds something that is not a text", file->path);
}

CheckpointFile *checkpoint_open(const char *path) {
    CheckpointFile *file = allocate(1, sizeof *file);
    file->path = text_of("%s", path);
    file->notes = -1;
    char *why = read_bytes(path, &file->bytes);
    if (why != NULL) fail("%s: %s", path, why);
    if (file->bytes.size < 8) fail("%s: too short to be a safetensors file", path);
    uint64_t length = 0;
    for (int i = 0; i < 8; i++) length |= (uint64_t)file->bytes.at[i] << (8 * i);
    if (length > HEADER_LIMIT)
        fail("%s: not a safetensors file: its header would be longer than %d bytes", path,
             HEADER_LIMIT);
    if ((int64_t)length > file->bytes.size - 8)
        fail("%s: truncated: its header takes %" PRIu64 " bytes, the file has %" PRId64, path,
             length, file->bytes.size - 8);
    const char *error;
    file->header = 8 + (int64_t)length;
    file->json = json_parse((const char *)file->bytes.at + 8, (int64_t)length, &error);
    if (file->json == NULL) fail("%s: its header is wrong: %s", path, error);
    if (!json_is_object(file->json, 0)) fail("%s: its header is not a JSON object", path);
    read_entries(file);
    check_notes(file);
    check_layout(file);
    return file;
}

void checkpoint_close(CheckpointFile *file) {
    for (int i = 0; i < file->n; i++) free(file->tensors[i].name);
    free(file->tensors);
    free(file->bytes.at);
    json_free(file->json);
    free((char *)file->path);
    free(file);
}

const char *checkpoint_name(const CheckpointFile *file) { return file->path; }

const char *checkpoint_note(const CheckpointFile *file, const char *key) {
    int at = file->notes < 0 ? -1 : json_get(file->json, file->notes, key);
    return at < 0 ? NULL : json_text(file->json, at);
}

static const StoredTensor *find_stored(const CheckpointFile *file, const char *name) {
    StoredTensor wanted = {.name = (char *)name};
    return bsearch(&wanted, file->tensors, (size_t)file->n, sizeof wanted, order_by_name);
}

/* A real may have been written by a build of the other width. */
static void convert_reals(const CheckpointFile *file, const StoredTensor *tensor, real *to) {
    const unsigned char *from = file->bytes.at + file->header + tensor->begin;
    for (int64_t i = 0; i < tensor->size; i++) {
        if (tensor->dtype == DTYPE_F64) {
            double value;
            memcpy(&value, from + 8 * i, 8);
            to[i] = (real)value;
        } else {
            float value;
            memcpy(&value, from + 4 * i, 4);
            to[i] = value;
        }
    }
}

static bool is_real(const StoredTensor *tensor) {
    return tensor->dtype == DTYPE_F32 || tensor->dtype == DTYPE_F64;
}

static bool same_shape(const StoredTensor *stored, const CheckpointTensor *tensor) {
    bool same = stored->rank == tensor->rank;
    for (int i = 0; same && i < stored->rank; i++) same = stored->dim[i] == tensor->dim[i];
    return same;
}

/* What keeps a stored tensor from being the wanted one, or NULL. */
static char *misfit(const StoredTensor *stored, const CheckpointTensor *tensor) {
    if (stored == NULL) return text_of("is not in the file");
    if (!same_shape(stored, tensor))
        return text_of("has shape [%s] in the file and [%s] in the model",
                       dims_text(stored->rank, stored->dim, ", "),
                       dims_text(tensor->rank, tensor->dim, ", "));
    bool fits =
        tensor->kind == GEN_REAL ? is_real(stored) : stored->dtype == dtype_of(tensor->kind);
    return fits ? NULL : text_of("has dtype %s in the file", dtypes[stored->dtype].name);
}

static bool is_wanted(const char *name, const Checkpoint *into) {
    for (int i = 0; i < into->n_tensors; i++)
        if (strcmp(into->tensors[i].name, name) == 0) return true;
    return strncmp(name, "data.", 5) == 0; /* the data's own: dataset_restore */
}

static void check_fit(const CheckpointFile *file, const Checkpoint *into) {
    int wrong = 0;
    for (int i = 0; i < into->n_tensors; i++) {
        const char *name = into->tensors[i].name;
        char *why = misfit(find_stored(file, name), &into->tensors[i]);
        if (why != NULL && wrong++ < 20) note("%s: '%s' %s", file->path, name, why);
        free(why);
    }
    for (int i = 0; i < file->n; i++)
        if (!is_wanted(file->tensors[i].name, into) && wrong++ < 20)
            note("%s: '%s' is not in the model", file->path, file->tensors[i].name);
    if (wrong > 0) fail("%s: does not belong to this model", file->path);
}

static void copy_stored(const CheckpointFile *file, const StoredTensor *stored,
                        const CheckpointTensor *to) {
    if (to->kind == GEN_REAL) convert_reals(file, stored, to->at);
    else
        memcpy(to->at, file->bytes.at + file->header + stored->begin,
               (size_t)(stored->end - stored->begin));
}

char *checkpoint_take(const CheckpointFile *file, const char *name, const CheckpointTensor *into) {
    const StoredTensor *stored = find_stored(file, name);
    char *why = misfit(stored, into);
    if (why == NULL) copy_stored(file, stored, into);
    return why;
}

/* Fails with a list if any tensor is missing, superfluous or of another shape; else copies all. */
void checkpoint_read(const CheckpointFile *file, const Checkpoint *into) {
    check_fit(file, into);
    for (int i = 0; i < into->n_tensors; i++) {
        const CheckpointTensor *tensor = &into->tensors[i];
        copy_stored(file, find_stored(file, tensor->name), tensor);
    }
}

real *checkpoint_reals(const CheckpointFile *file, const char *name, int64_t *n) {
    const StoredTensor *stored = find_stored(file, name);
    if (stored == NULL || !is_real(stored)) return NULL;
    real *values = allocate(stored->size, sizeof *values);
    convert_reals(file, stored, values);
    *n = stored->size;
    return values;
}
