/* source_cifar10.c: CIFAR-10's binary version (Krizhevsky 2009).
 *
 * A file is a batch of examples of 3073 bytes: the label, 0 to 9, then the red, the green and the
 * blue plane of 32 x 32. A folder holds data_batch_1.bin to data_batch_5.bin and test_batch.bin. */
#include "data.h"

enum { CIFAR_PIXELS = 3 * 32 * 32, CIFAR_RECORD = 1 + CIFAR_PIXELS };

static void cifar_count(const char *path, const Bytes *bytes) {
    if (bytes->size == 0 || bytes->size % CIFAR_RECORD != 0)
        fail("%s: not a whole number of examples of %d bytes: it ends within example %" PRId64
             ", after %" PRId64 " bytes",
             path, CIFAR_RECORD, bytes->size / CIFAR_RECORD, bytes->size);
}

static void cifar_append(SourceTable *table, int part, const char *path, const Bytes *bytes,
                         int64_t n) {
    int64_t before = table->count[part], after = before + n;
    real *picture = realloc(table->values[part][0], (size_t)(after * CIFAR_PIXELS) * sizeof(real));
    real *label = realloc(table->values[part][1], (size_t)after * sizeof(real));
    if (picture == NULL || label == NULL) fail("out of memory");
    for (int64_t i = 0; i < n; i++) {
        const unsigned char *record = bytes->at + i * CIFAR_RECORD;
        if (record[0] > 9)
            fail("%s: %d, the label of example %" PRId64 ", is not one of 0 to 9", path, record[0],
                 i);
        label[before + i] = (real)record[0];
        for (int p = 0; p < CIFAR_PIXELS; p++)
            picture[(before + i) * CIFAR_PIXELS + p] = (real)record[1 + p];
    }
    table->values[part][0] = picture;
    table->values[part][1] = label;
    table->count[part] = after;
}

static bool is_test_batch(const char *path) {
    const char *slash = strrchr(path, '/'), *name = slash == NULL ? path : slash + 1;
    return strncmp(name, "test_batch", 10) == 0;
}

/* Of a folder's batches, those called test_batch are held out, if `test` names no others. */
static void cifar_read(const SourceRequest *request, const char *name, bool only_test,
                       SourceTable *table) {
    char **paths = find_data_files(request->folder, name, ".bin");
    Fingerprint fingerprint = {0, 0};
    bool alone = paths[0] != NULL && paths[1] == NULL;
    for (int i = 0; paths[i] != NULL; i++) {
        int part = only_test || (is_test_batch(paths[i]) && !alone) ? HELD_OUT : TRAINING;
        Bytes bytes = read_data_file(paths[i], &fingerprint);
        cifar_count(paths[i], &bytes);
        cifar_append(table, part, paths[i], &bytes, bytes.size / CIFAR_RECORD);
        free(bytes.at);
    }
    if (paths[0] == NULL)
        fail("%s: there are no .bin files by this name in %s", name,
             request->folder[0] != 0 ? request->folder : ".");
    end_data_files(join_path(request->folder, name), &fingerprint);
    free(paths);
}

void load_cifar10(const SourceRequest *request, SourceTable *table) {
    const char *name = call_text(request->call, "files"), *test = call_text(request->call, "test");
    table->from = join_path(request->folder, name);
    table->space[0] = (Space){.rank = 3, .dim = {3, 32, 32}, .high = 255, .level = 1};
    table->space[1] = (Space){.high = 9, .level = 1};
    cifar_read(request, name, false, table);
    if (test == NULL) return;
    for (int d = 0; d < 2; d++) { /* `test` stands for a test batch found beside the others */
        free(table->values[HELD_OUT][d]);
        table->values[HELD_OUT][d] = NULL;
    }
    table->count[HELD_OUT] = 0;
    cifar_read(request, test, true, table);
}
