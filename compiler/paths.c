/* Where genc finds what belongs to it: relative to its own binary, so that a tree or an
 * installation can be moved as a whole. */
#include "paths.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The folder of the running binary, in `folder`; false if the system does not say. */
static bool own_folder(char *folder, size_t room) {
    ssize_t n = readlink("/proc/self/exe", folder, room - 1);
    if (n <= 0) return false;
    folder[n] = 0;
    char *slash = strrchr(folder, '/');
    if (!slash) return false;
    *slash = 0;
    return true;
}

/* The first of `places` that holds `file`. A place beginning with '/' is taken as it is, any other
 * is relative to the binary's folder. */
static const char *find_folder(const char *const *places, int n, const char *file, char *found) {
    char own[PATH_MAX], path[2 * PATH_MAX], folder[PATH_MAX];
    bool known = own_folder(own, sizeof own);
    for (int i = 0; i < n; i++) {
        bool absolute = places[i][0] == '/';
        if (!absolute && !known) continue;
        int length = absolute ? snprintf(folder, sizeof folder, "%s", places[i])
                              : snprintf(folder, sizeof folder, "%s/%s", own, places[i]);
        if (length >= PATH_MAX) continue;
        snprintf(path, sizeof path, "%s/%s", folder, file);
        if (access(path, R_OK) == 0 && realpath(folder, found)) return found;
    }
    return NULL;
}

const char *genc_runtime_dir(void) {
    static char found[PATH_MAX];
    static const char *const places[] = {".", "build", "../lib/genc", GENC_PREFIX "/lib/genc"};
    return find_folder(places, sizeof places / sizeof *places, "libgenrt_f32.a", found);
}

const char *genc_include_dir(void) {
    static char found[PATH_MAX];
    static const char *const places[] = {"runtime", "../runtime", "../lib/genc",
                                         GENC_PREFIX "/lib/genc"};
    return find_folder(places, sizeof places / sizeof *places, "genrt.h", found);
}
