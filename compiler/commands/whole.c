/* Files that appear whole or not at all.
 *
 * Does: writes each text to a new file beside its place, and when all are on the disk renames them.
 * Requires: texts. Leaves: all of the files, or all that was there before. */
#include "whole.h"
#include "commands.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* One file on its way: where its text goes first, and where it belongs. */
typedef struct {
    const char *target; /* links followed */
    char *fresh;        /* "": it is written to as it is */
    FILE *out;
} NewFile;

/* A device or a pipe has nothing that could be lost, and must stay what it is. */
static bool open_as_it_is(const char *path, NewFile *place) {
    struct stat kind;
    bool standard = strcmp(path, "-") == 0;
    if (!standard && (stat(path, &kind) != 0 || S_ISREG(kind.st_mode))) return false;
    *place = (NewFile){.target = path, .fresh = "", .out = standard ? stdout : fopen(path, "w")};
    return true;
}

static mode_t usual_mode(void) {
    mode_t mask = umask(0);
    umask(mask);
    return 0666 & ~mask;
}

/* errno says why, if there is no place->out. */
static void open_beside(Arena *a, const char *path, NewFile *place) {
    struct stat old;
    mode_t mode = usual_mode();
    char *real = realpath(path, NULL);
    *place = (NewFile){.target = real ? arena_strndup(a, real, strlen(real)) : path, .fresh = ""};
    free(real);
    if (stat(place->target, &old) == 0) {
        if (access(place->target, W_OK) != 0) return;
        mode = old.st_mode & 07777;
    }
    char *fresh = arena_printf(a, "%s.XXXXXX", place->target);
    int descriptor = mkstemp(fresh);
    if (descriptor < 0) return;
    place->fresh = fresh;
    if (fchmod(descriptor, mode) == 0) place->out = fdopen(descriptor, "w");
}

static bool write_text(NewFile *place, const char *text) {
    bool to_disk = *place->fresh;
    if (fputs(text, place->out) == EOF || fflush(place->out) != 0) return false;
    return !to_disk || fsync(fileno(place->out)) == 0;
}

static bool close_place(NewFile *place) {
    FILE *out = place->out;
    place->out = NULL;
    return !out || out == stdout || fclose(out) == 0;
}

static int give_up(const char *path, int n, NewFile *new) {
    int status = command_cannot_write(path);
    for (int i = 0; i < n; i++) {
        close_place(&new[i]);
        if (*new[i].fresh) unlink(new[i].fresh);
    }
    return status;
}

int whole_write(Arena *a, int n, const WholeFile *file) {
    NewFile *new = NEW_ARRAY(a, NewFile, n);
    for (int i = 0; i < n; i++) {
        if (!open_as_it_is(file[i].path, &new[i])) open_beside(a, file[i].path, &new[i]);
        if (!new[i].out || !write_text(&new[i], file[i].text) || !close_place(&new[i]))
            return give_up(file[i].path, i + 1, new);
    }
    for (int i = 0; i < n; i++) {
        if (*new[i].fresh && rename(new[i].fresh, new[i].target) != 0)
            return give_up(file[i].path, n, new);
        new[i].fresh = "";
    }
    return STATUS_GOOD;
}
