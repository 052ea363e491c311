/* source_frames.c: video: clips as folders of pictures.
 *
 * Each folder inside the one named, or of the pattern's, is a clip; its PNG files are its
 * frames, in the order of their names, in which numbers count as numbers. Pictures without a folder
 * between them are one clip. */
#include "data.h"

static int by_natural_name(const void *a, const void *b) {
    return strverscmp(*(char *const *)a, *(char *const *)b);
}

static int64_t list_length(char *const *list) {
    int64_t n = 0;
    while (list[n] != NULL) n++;
    return n;
}

typedef struct {
    const SourceRequest *request;
    PngSet *pictures;
    Fingerprint fingerprint;
    real *values;
    int64_t n; /* frames so far */
} ClipReader;

/* Appends a clip's frames; returns how many there are. */
static int64_t read_clip(ClipReader *reader, const char *folder) {
    char **frame = find_data_files("", folder, ".png");
    int64_t n = list_length(frame);
    qsort(frame, (size_t)n, sizeof *frame, by_natural_name);
    if (n == 0) fail("%s: has no .png files", folder);
    for (int64_t i = 0; i < n; i++) {
        real *values = png_read(reader->request, frame[i], &reader->fingerprint, reader->pictures);
        int64_t size = space_size(&reader->pictures->space);
        if (reader->values == NULL || i == 0)
            reader->values =
                realloc(reader->values, (size_t)((reader->n + n) * size) * sizeof *reader->values);
        if (reader->values == NULL) fail("out of memory");
        memcpy(reader->values + (reader->n + i) * size, values, (size_t)size * sizeof *values);
        free(values);
        free(frame[i]);
    }
    free(frame);
    reader->n += n;
    return n;
}

static int64_t read_clips(const SourceRequest *request, const char *name, int part,
                          PngSet *pictures, SourceTable *table) {
    char **folder = find_data_folders(request->folder, name);
    char *whole = join_path(request->folder, name);
    char *alone[] = {whole, NULL};
    ClipReader reader = {.request = request, .pictures = pictures};
    char **clip = folder[0] == NULL && folder_exists(whole) ? alone : folder;
    int64_t n = table->count[part] = list_length(clip);
    if (n == 0)
        fail("%s: there are no folders of frames by this name in %s", name,
             request->folder[0] != 0 ? request->folder : ".");
    table->length[part] = allocate(n, sizeof(int64_t));
    table->place[part] = allocate(n, sizeof(Place));
    for (int64_t i = 0; i < n; i++) {
        table->length[part][i] = read_clip(&reader, clip[i]);
        table->place[part][i].file = clip[i];
    }
    end_data_files(whole, &reader.fingerprint);
    table->values[part][0] = reader.values;
    return reader.n;
}

void load_frames(const SourceRequest *request, SourceTable *table) {
    const char *name = call_text(request->call, "files"), *test = call_text(request->call, "test");
    PngSet pictures = {0};
    int64_t n[DATA_PARTS] = {0};
    table->from = join_path(request->folder, name);
    n[TRAINING] = read_clips(request, name, TRAINING, &pictures, table);
    if (test != NULL) n[HELD_OUT] = read_clips(request, test, HELD_OUT, &pictures, table);
    for (int part = 0; part < DATA_PARTS; part++)
        table->space[0] = png_settle(&pictures, table->values[part][0], n[part]);
    table->space[0].ragged = true;
    table->space[0].media = MEDIA_VIDEO;
}
