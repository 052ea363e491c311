/* sources.c: the table of sources, finding and reading their files, and chance for built-in ones.
 */
#include "data.h"

#define SOURCE(name, datums, load, summary) SourceLoad load;
#define ARGUMENT(type, name, standard)
#include "sources.def"
#undef SOURCE

static const struct {
    const char *name;
    SourceLoad *load;
} source_table[] = {
#define SOURCE(name, datums, load, summary) {#name, load},
#include "sources.def"
#undef SOURCE
#undef ARGUMENT
};

enum { SOURCE_COUNT = sizeof source_table / sizeof *source_table };

bool is_source(const char *name) {
    for (int i = 0; i < SOURCE_COUNT; i++)
        if (strcmp(source_table[i].name, name) == 0) return true;
    return false;
}

void load_source(const SourceRequest *request, SourceTable *table) {
    for (int i = 0; i < SOURCE_COUNT; i++) {
        if (strcmp(source_table[i].name, request->call->name) != 0) continue;
        source_table[i].load(request, table);
        return;
    }
    BUG("an unknown data source");
}

int64_t space_size(const Space *space) {
    int64_t size = 1;
    for (int i = 0; i < space->rank; i++) size *= space->dim[i];
    return size;
}

/* A built-in source gives n examples for training, and a share of that number held out. */
int64_t built_in_count(const SourceRequest *request, int part) {
    int64_t n = (int64_t)call_number(request->call, "n");
    if (n < 1) fail("%s: n must be at least 1", request->call->name);
    int64_t held_out = (int64_t)((double)n * request->test_fraction + 0.5);
    return part == TRAINING ? n : held_out > 0 ? held_out : 1;
}

/* ---- files ---- */

typedef struct {
    char *path;
    int64_t size;
    uint64_t hash;
} FileSeen;
static FileSeen *files_seen;
static int files_seen_count;

const char *find_data_file(const char *folder, const char *name) {
    char *path = join_path(folder, name);
    if (file_exists(path)) return path;
    size_t length = strlen(path);
    if (length > 3 && strcmp(path + length - 3, ".gz") == 0) path[length - 3] = 0;
    else path = text_of("%s.gz", path);
    return file_exists(path) ? path : NULL;
}

DataFile *open_data_file(const char *folder, const char *name, const char **path) {
    *path = find_data_file(folder, name);
    if (*path == NULL) fail("%s: not found in %s", name, folder[0] != 0 ? folder : ".");
    return data_file_open(*path);
}

/* Its checksum tells later whether a run saw the same data. */
void end_data_file(DataFile *file, const char *path) {
    data_file_end(file);
    FileSeen seen = {.path = text_of("%s", path)};
    seen.hash = data_file_hash(file, &seen.size);
    files_seen = realloc(files_seen, (size_t)(files_seen_count + 1) * sizeof *files_seen);
    if (files_seen == NULL) fail("out of memory");
    files_seen[files_seen_count++] = seen;
    free(file);
}

void read_numbers(DataFile *file, int64_t n, int bytes, ReadNumber *read, real *to) {
    unsigned char block[1 << 14];
    int64_t most = (int64_t)sizeof block / bytes;
    for (int64_t first = 0; first < n; first += most) {
        int64_t here = n - first < most ? n - first : most;
        data_file_read(file, block, here * bytes, "data");
        for (int64_t i = 0; i < here; i++) to[first + i] = (real)read(block + i * bytes);
    }
}

void dataset_put_checksums(FILE *to) {
    fputc('[', to);
    for (int i = 0; i < files_seen_count; i++) {
        fputs(i > 0 ? ", {\"file\": " : "{\"file\": ", to);
        json_put_text(to, files_seen[i].path);
        fprintf(to, ", \"bytes\": %" PRId64 ", \"fnv1a\": \"%016" PRIx64 "\"}", files_seen[i].size,
                files_seen[i].hash);
    }
    fputc(']', to);
}

/* ---- chance ---- */

Chance chance_new(const char *source, int part, int64_t example) {
    uint64_t key = random_mix(random_path(source), (uint64_t)part);
    return (Chance){random_mix(key, (uint64_t)example), 0, {0}, 4};
}

double chance_uniform(Chance *c) {
    if (c->used == 4) {
        random_words(c->key, c->counter++, c->word);
        c->used = 0;
    }
    return ((double)c->word[c->used++] + 0.5) * 0x1p-32;
}

double chance_between(Chance *c, double low, double high) {
    return low + (high - low) * chance_uniform(c);
}

double chance_gaussian(Chance *c) {
    double radius = sqrt(-2 * log(chance_uniform(c)));
    return radius * cos(2 * 3.14159265358979323846 * chance_uniform(c));
}

int chance_below(Chance *c, int n) {
    return (int)(chance_uniform(c) * n);
}
