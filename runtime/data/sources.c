/* sources.c: finding and reading the files of sources, and chance for built-in ones. */
#include "data.h"

#include <dirent.h>
#include <glob.h>
#include <strings.h>

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

/* Checksums tell later whether a run saw the same data. */
static void remember(FileSeen seen) {
    files_seen = realloc(files_seen, (size_t)(files_seen_count + 1) * sizeof *files_seen);
    if (files_seen == NULL) fail("out of memory");
    files_seen[files_seen_count++] = seen;
}

void end_data_file(DataFile *file, const char *path) {
    data_file_end(file);
    FileSeen seen = {.path = text_of("%s", path)};
    seen.hash = data_file_hash(file, &seen.size);
    remember(seen);
    free(file);
}

Bytes read_data_file(const char *path, Fingerprint *add_to) {
    Bytes bytes;
    refuse_gzipped(path);
    char *error = read_bytes(path, &bytes);
    if (error != NULL) fail("%s: %s", path, error);
    if (add_to->bytes == 0) add_to->hash = 0xcbf29ce484222325u; /* FNV-1a */
    for (int64_t i = 0; i < bytes.size; i++)
        add_to->hash = (add_to->hash ^ bytes.at[i]) * 0x100000001b3u;
    add_to->bytes += bytes.size;
    return bytes;
}

void end_data_files(const char *path, const Fingerprint *of) {
    remember((FileSeen){text_of("%s", path), of->bytes, of->hash});
}

/* ---- several files by one name ---- */

typedef struct {
    char **path;
    int n;
} PathList;

static void path_add(PathList *list, char *path) {
    list->path = realloc(list->path, (size_t)(list->n + 2) * sizeof *list->path);
    if (list->path == NULL) fail("out of memory");
    if (path != NULL) list->path[list->n++] = path;
    list->path[list->n] = NULL;
}

static int by_name(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool ends_in(const char *name, const char *ending) {
    size_t n = strlen(name), m = strlen(ending);
    return n >= m && strcasecmp(name + n - m, ending) == 0;
}

static void add_folder(PathList *list, const char *path, const char *ending) {
    DIR *folder = opendir(path);
    if (folder == NULL) fail("%s: %s", path, strerror(errno));
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        char *file = join_path(path, entry->d_name);
        if (entry->d_name[0] != '.' && ends_in(entry->d_name, ending) && file_exists(file))
            path_add(list, file);
        else free(file);
    }
    closedir(folder);
}

/* The folder's own name is no pattern. */
static char *pattern_in(const char *folder, const char *name) {
    if (name[0] == '/') return text_of("%s", name);
    char *escaped = allocate((int64_t)(2 * strlen(folder) + strlen(name) + 2), 1), *to = escaped;
    for (; *folder != 0; *to++ = *folder++)
        if (strchr("*?[]\\", *folder) != NULL) *to++ = '\\';
    if (to > escaped) *to++ = '/';
    strcpy(to, name);
    return escaped;
}

static void add_pattern(PathList *list, const char *folder, const char *name) {
    char *pattern = pattern_in(folder, name);
    glob_t found;
    if (glob(pattern, GLOB_NOSORT, NULL, &found) == 0) {
        for (size_t i = 0; i < found.gl_pathc; i++)
            if (file_exists(found.gl_pathv[i])) path_add(list, text_of("%s", found.gl_pathv[i]));
        globfree(&found);
    }
    free(pattern);
}

char **find_data_files(const char *folder, const char *name, const char *ending) {
    PathList list = {NULL, 0};
    char *path = join_path(folder, name);
    const char *one = find_data_file(folder, name);
    path_add(&list, NULL);
    if (one != NULL) path_add(&list, text_of("%s", one));
    else if (folder_exists(path)) add_folder(&list, path, ending);
    else add_pattern(&list, folder, name);
    qsort(list.path, (size_t)list.n, sizeof *list.path, by_name);
    free(path);
    return list.path;
}

static void add_subfolders(PathList *list, const char *path) {
    DIR *folder = opendir(path);
    if (folder == NULL) fail("%s: %s", path, strerror(errno));
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        char *inner = join_path(path, entry->d_name);
        if (entry->d_name[0] != '.' && folder_exists(inner)) path_add(list, inner);
        else free(inner);
    }
    closedir(folder);
}

char **find_data_folders(const char *folder, const char *name) {
    PathList list = {NULL, 0};
    char *path = join_path(folder, name), *pattern = pattern_in(folder, name);
    glob_t found;
    path_add(&list, NULL);
    if (folder_exists(path)) add_subfolders(&list, path);
    else if (glob(pattern, GLOB_NOSORT, NULL, &found) == 0) {
        for (size_t i = 0; i < found.gl_pathc; i++)
            if (folder_exists(found.gl_pathv[i])) path_add(&list, text_of("%s", found.gl_pathv[i]));
        globfree(&found);
    }
    qsort(list.path, (size_t)list.n, sizeof *list.path, by_name);
    free(path);
    free(pattern);
    return list.path;
}

/* ---- numbers ---- */

void read_numbers(DataFile *file, int64_t n, int bytes, ReadNumber *read, real *to) {
    unsigned char block[1 << 14];
    int64_t most = (int64_t)sizeof block / bytes;
    for (int64_t first = 0; first < n; first += most) {
        int64_t here = n - first < most ? n - first : most;
        data_file_read(file, block, here * bytes, "data");
        for (int64_t i = 0; i < here; i++) to[first + i] = (real)read(block + i * bytes);
    }
}

void must_be_finite(const char *path, const real *values, int64_t size, int64_t rows) {
    for (int64_t i = 0; i < size; i++)
        if (!isfinite(values[i]))
            fail("%s: row %" PRId64 " holds %g (its element %" PRId64 "): every number must be finite",
                 path, i / (size / rows), (double)values[i], i % (size / rows));
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
