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

char *path_join(const char *folder, const char *name) {
    if (name[0] == '/' || folder == NULL || folder[0] == 0) return text_of("%s", name);
    return text_of("%s/%s", folder, name);
}

void make_folders(const char *path) {
    char *part = text_of("%s", path);
    for (char *slash = part + 1; ; slash++) {
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

/* ---- reading ---- */

static void bytes_grow(Bytes *bytes, int64_t *room) {
    *room = *room == 0 ? 1 << 16 : *room * 2;
    bytes->at = realloc(bytes->at, (size_t)*room + 1);
    if (bytes->at == NULL) fail("out of memory: %" PRId64 " bytes", *room);
}

#ifdef GENC_MINIMAL

char *read_bytes(const char *path, Bytes *bytes) {
    *bytes = (Bytes){NULL, 0};
    FILE *file = fopen(path, "rb");
    if (file == NULL) return text_of("%s", strerror(errno));
    int64_t room = 0;
    for (;;) {
        if (bytes->size == room) bytes_grow(bytes, &room);
        size_t n = fread(bytes->at + bytes->size, 1, (size_t)(room - bytes->size), file);
        if (n == 0) break;
        bytes->size += (int64_t)n;
    }
    bool bad = ferror(file) != 0;
    fclose(file);
    if (bad) return text_of("%s", strerror(EIO));
    if (bytes->size >= 2 && bytes->at[0] == 0x1f && bytes->at[1] == 0x8b)
        return text_of("is gzipped, and this trainer was built without zlib: gunzip it first");
    return NULL;
}

#else

char *read_bytes(const char *path, Bytes *bytes) {
    *bytes = (Bytes){NULL, 0};
    gzFile file = gzopen(path, "rb");                 /* reads files that are not gzipped as well */
    if (file == NULL) return text_of("%s", strerror(errno));
    int64_t room = 0;
    int n;
    do {
        if (bytes->size == room) bytes_grow(bytes, &room);
        int64_t wanted = room - bytes->size < 1 << 24 ? room - bytes->size : 1 << 24;
        n = gzread(file, bytes->at + bytes->size, (unsigned)wanted);
        if (n > 0) bytes->size += n;
    } while (n > 0);
    int code;
    const char *why = gzerror(file, &code);
    char *error = NULL;
    if (code == Z_BUF_ERROR) error = text_of("is truncated: the gzip stream ends too early");
    else if (code == Z_ERRNO) error = text_of("%s", strerror(errno));
    else if (code < 0) error = text_of("is corrupt: %s", why);
    gzclose(file);
    return error;
}

#endif

/* ---- writing ---- */

/* The file that is being written: if anything fails, it must not stay. */
static char *file_in_progress;

static void remove_in_progress(void) {
    if (file_in_progress != NULL) unlink(file_in_progress);
}

AtomicFile atomic_open(const char *path) {
    static bool registered;
    if (!registered) atexit(remove_in_progress);
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
        fsync(handle);                                /* some file systems refuse: nothing is lost */
        close(handle);
    }
    free(folder);
}

void atomic_close(AtomicFile *file) {
    errno = 0;
    bool good = ferror(file->to) == 0 && fflush(file->to) == 0 && fsync(fileno(file->to)) == 0;
    int why = errno;
    if (fclose(file->to) != 0 && good) { good = false; why = errno; }
    if (!good) fail("%s: cannot be written: %s", file->path, strerror(why != 0 ? why : EIO));
    if (rename(file->temporary, file->path) != 0)
        fail("%s: cannot be written: %s", file->path, strerror(errno));
    file_in_progress = NULL;
    sync_folder_of(file->path);
    free(file->path);
    free(file->temporary);
}
