/* files.c: reading whole files, and writing files that appear whole or not at all. */
#include "rt.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#ifndef GENC_MINIMAL
#include <zlib.h>
#endif

bool file_exists(const char *path) {
    struct stat status;
    return stat(path, &status) == 0 && !S_ISDIR(status.st_mode);
}

bool folder_exists(const char *path) {
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

char *join_path(const char *folder, const char *name) {
    if (name[0] == '/' || folder == NULL || folder[0] == 0) return text_of("%s", name);
    return text_of("%s/%s", folder, name);
}

void make_folders(const char *path) {
    char *part = text_of("%s", path);
    for (char *slash = part + 1;; slash++) {
        if (*slash != '/' && *slash != 0) continue;
        char end = *slash;
        *slash = 0;
        if (mkdir(part, 0777) != 0 && (errno != EEXIST || !folder_exists(part)))
            fail("%s: cannot make this folder: %s", part, strerror(errno));
        if (end == 0) break;
        *slash = end;
    }
    free(part);
}

/* ---- reading: with zlib, which passes through what is not gzipped; else with stdio ---- */

#ifndef GENC_MINIMAL

typedef gzFile InputFile;

static InputFile input_open(const char *path) {
    return gzopen(path, "rb");
}
static void input_close(InputFile file) {
    gzclose(file);
}

static int64_t input_read(InputFile file, void *to, int64_t bytes) {
    return gzread(file, to, (unsigned)(bytes < 1 << 24 ? bytes : 1 << 24));
}

/* What went wrong at the end of the input, or NULL. */
static char *input_error(InputFile file) {
    int code;
    const char *why = gzerror(file, &code);
    if (code == Z_BUF_ERROR) return text_of("truncated: the gzip stream ends too early");
    if (code == Z_ERRNO) return text_of("%s", strerror(errno));
    return code < 0 ? text_of("corrupt: %s", why) : NULL;
}

#else

typedef FILE *InputFile;

static InputFile input_open(const char *path) {
    return fopen(path, "rb");
}
static void input_close(InputFile file) {
    fclose(file);
}

static int64_t input_read(InputFile file, void *to, int64_t bytes) {
    return (int64_t)fread(to, 1, (size_t)bytes, file);
}

static char *input_error(InputFile file) {
    return ferror(file) != 0 ? text_of("%s", strerror(EIO)) : NULL;
}

#endif

/* Devices and pipes might never end, and to open one may be to wait for ever. */
static const char *why_no_file(const char *path) {
    struct stat status;
    if (stat(path, &status) != 0 || S_ISREG(status.st_mode)) return NULL;
    return S_ISDIR(status.st_mode) ? "is a folder" : "is no ordinary file";
}

void refuse_gzipped(const char *path) {
#ifdef GENC_MINIMAL
    static const unsigned char magic[3] = {0x1f, 0x8b, 8}; /* RFC 1952 */
    unsigned char begins[3] = {0};
    FILE *file = why_no_file(path) == NULL ? fopen(path, "rb") : NULL;
    size_t n = file ? fread(begins, 1, sizeof begins, file) : 0;
    if (file) fclose(file);
    if (n == sizeof magic && memcmp(begins, magic, sizeof magic) == 0)
        fail("%s: is gzipped, which a build with -DGENC_MINIMAL cannot read: unpack it first "
             "(gunzip -k)",
             path);
#else
    (void)path;
#endif
}

static void bytes_grow(Bytes *bytes, int64_t *room) {
    *room = *room == 0 ? 1 << 16 : *room * 2;
    bytes->at = realloc(bytes->at, (size_t)*room + 1);
    if (bytes->at == NULL) fail("out of memory: %" PRId64 " bytes", *room);
}

char *read_bytes(const char *path, Bytes *bytes) {
    *bytes = (Bytes){NULL, 0};
    if (why_no_file(path) != NULL) return text_of("%s", why_no_file(path));
    InputFile file = input_open(path);
    if (file == NULL) return text_of("%s", strerror(errno));
    int64_t room = 0, n;
    do {
        if (bytes->size == room) bytes_grow(bytes, &room);
        n = input_read(file, bytes->at + bytes->size, room - bytes->size);
        if (n > 0) bytes->size += n;
    } while (n > 0);
    char *error = input_error(file);
    input_close(file);
    return error;
}

struct DataFile {
    const char *path;
    InputFile input;
    int64_t bytes;
    uint64_t hash; /* FNV-1a, of the unpacked contents */
};

DataFile *data_file_open(const char *path) {
    if (why_no_file(path) != NULL) fail("%s: %s", path, why_no_file(path));
    refuse_gzipped(path);
    DataFile *file = allocate(1, sizeof *file);
    *file = (DataFile){path, input_open(path), 0, 0xcbf29ce484222325u};
    if (file->input == NULL) fail("%s: %s", path, strerror(errno));
    return file;
}

static int64_t data_file_some(DataFile *file, unsigned char *to, int64_t bytes) {
    int64_t n, have = 0;
    while (have < bytes && (n = input_read(file->input, to + have, bytes - have)) > 0) have += n;
    char *error = input_error(file->input);
    if (error != NULL) fail("%s: %s", file->path, error);
    for (int64_t i = 0; i < have; i++) file->hash = (file->hash ^ to[i]) * 0x100000001b3u;
    file->bytes += have;
    return have;
}

void data_file_read(DataFile *file, void *to, int64_t bytes, const char *what) {
    if (data_file_some(file, to, bytes) < bytes)
        fail("%s: truncated: it ends within its %s, after %" PRId64 " bytes", file->path, what,
             file->bytes);
}

void data_file_end(DataFile *file) {
    unsigned char more;
    if (data_file_some(file, &more, 1) == 1)
        fail("%s: too long: more follows after the %" PRId64 " bytes its header speaks of",
             file->path, file->bytes - 1);
    input_close(file->input);
}

uint64_t data_file_hash(const DataFile *file, int64_t *bytes) {
    *bytes = file->bytes;
    return file->hash;
}

/* ---- writing ---- */

/* The file that is being written: if anything fails, it must not stay. */
static char *file_in_progress;

void atomic_abandon(void) {
    if (file_in_progress != NULL) unlink(file_in_progress);
    file_in_progress = NULL;
}

AtomicFile atomic_open(const char *path) {
    static bool registered;
    if (!registered) atexit(atomic_abandon);
    registered = true;
    AtomicFile file = {text_of("%s", path), text_of("%s.tmp", path), NULL};
    file.to = fopen(file.temporary, "wb");
    if (file.to == NULL) fail("%s: cannot be written: %s", path, strerror(errno));
    file_in_progress = file.temporary;
    return file;
}

static void sync_folder_of(const char *path) {
    char *folder = text_of("%s", path);
    char *slash = strrchr(folder, '/');
    if (slash != NULL) *slash = 0;
    int handle = open(slash == NULL ? "." : slash == folder ? "/" : folder, O_RDONLY | O_DIRECTORY);
    if (handle >= 0) {
        fsync(handle); /* some file systems refuse: nothing is lost */
        close(handle);
    }
    free(folder);
}

void atomic_close(AtomicFile *file) {
    int why = ferror(file->to) != 0 ? errno : 0; /* of the write that failed */
    bool good = ferror(file->to) == 0;
    if (good && (fflush(file->to) != 0 || fsync(fileno(file->to)) != 0)) {
        good = false;
        why = errno;
    }
    if (fclose(file->to) != 0 && good) {
        good = false;
        why = errno;
    }
    if (!good) fail("%s: cannot be written: %s", file->path, strerror(why != 0 ? why : EIO));
    if (rename(file->temporary, file->path) != 0)
        fail("%s: cannot be written: %s", file->path, strerror(errno));
    file_in_progress = NULL;
    sync_folder_of(file->path);
    free(file->path);
    free(file->temporary);
}

void copy_file(const char *from, const char *to) {
    Bytes bytes;
    char *why = read_bytes(from, &bytes);
    if (why != NULL) fail("%s: %s", from, why);
    AtomicFile file = atomic_open(to);
    fwrite(bytes.at, 1, (size_t)bytes.size, file.to);
    atomic_close(&file);
    free(bytes.at);
}
