/* runtime.c: which files of the runtime are needed. See runtime.h. */
#include "runtime.h"

#include <string.h>

struct Runtime {
    Arena *arena;
    RuntimeFiles files;
    RuntimeFile **owner; /* by a hash of the name: the file that defines it */
    const char **owned;
    size_t room;
};

extern const StdFile runtime_files[];
extern const int runtime_file_count;

/* ---- who defines what ---- */

static size_t place_of(const Runtime *r, const char *name) {
    size_t i = hash_bytes(HASH_START, &name, sizeof name) & (r->room - 1);
    while (r->owned[i] && r->owned[i] != name) i = (i + 1) & (r->room - 1);
    return i;
}

static void own_names(Runtime *r, RuntimeFile *f) {
    for (int k = 0; k < f->names.defined.n; k++) {
        size_t i = place_of(r, f->names.defined.at[k]);
        r->owned[i] = f->names.defined.at[k];
        r->owner[i] = f;
    }
}

static bool ends_with(const char *text, const char *ending) {
    size_t n = strlen(text), m = strlen(ending);
    return n >= m && strcmp(text + n - m, ending) == 0;
}

Runtime *runtime_new(Arena *a) {
    Runtime *r = NEW(a, Runtime);
    *r = (Runtime){.arena = a, .room = 1 << 13};
    r->owned = NEW_ARRAY(a, const char *, r->room);
    r->owner = NEW_ARRAY(a, RuntimeFile *, r->room);
    for (int i = 0; i < runtime_file_count; i++) {
        RuntimeFile *f = NEW(a, RuntimeFile);
        *f = (RuntimeFile){.file = &runtime_files[i],
                           .name = strrchr(runtime_files[i].name, '/') + 1};
        f->is_header = ends_with(f->name, ".h");
        if (f->is_header || ends_with(f->name, ".c")) f->names = c_text_read(a, f->file->text);
        LIST_ADD(a, &r->files, f);
        if (!f->is_header) own_names(r, f);
    }
    return r;
}

const RuntimeFile *runtime_file(const Runtime *r, const char *name) {
    for (int i = 0; i < r->files.n; i++)
        if (strcmp(r->files.at[i]->name, name) == 0) return r->files.at[i];
    return NULL;
}

bool runtime_uses_name(const Runtime *r, const char *name) {
    const char *interned = intern(r->arena, name);
    for (int i = 0; i < r->files.n; i++)
        if (c_text_has(&r->files.at[i]->names.top, interned)) return true;
    return false;
}

/* ---- what is needed ---- */

static bool is_among(const RuntimeFiles *files, const RuntimeFile *f) {
    for (int i = 0; i < files->n; i++)
        if (files->at[i] == f) return true;
    return false;
}

static void add_definers(Runtime *r, const NameList *mentioned, RuntimeFiles *files) {
    for (int i = 0; i < mentioned->n; i++) {
        RuntimeFile *f = r->owner[place_of(r, mentioned->at[i])];
        if (f && !is_among(files, f)) LIST_ADD(r->arena, files, f);
    }
}

/* The header's text before the one that includes it. */
static void add_headers(Runtime *r, const RuntimeFile *of, RuntimeFiles *headers) {
    for (const char *at = of->file->text; (at = strstr(at, "#include \"")); at++) {
        const char *name = at + strlen("#include \"");
        const char *header = intern_n(r->arena, name, strcspn(name, "\""));
        for (int i = 0; i < r->files.n; i++) {
            RuntimeFile *f = r->files.at[i];
            if (strcmp(f->name, header) != 0 || is_among(headers, f)) continue;
            add_headers(r, f, headers);
            LIST_ADD(r->arena, headers, f);
        }
    }
}

RuntimeFiles runtime_needed(Runtime *r, const NameList *mentioned) {
    RuntimeFiles found = {0}, all = {0};
    add_definers(r, mentioned, &found);
    for (int i = 0; i < found.n; i++) add_definers(r, &found.at[i]->names.mentioned, &found);
    for (int i = 0; i < r->files.n; i++)
        if (is_among(&found, r->files.at[i])) add_headers(r, r->files.at[i], &all);
    for (int i = 0; i < r->files.n; i++)
        if (is_among(&found, r->files.at[i])) LIST_ADD(r->arena, &all, r->files.at[i]);
    return all;
}

static const struct {
    const char *header, *flag;
} libraries[] = {{"cblas.h", "-lopenblas"},
                 {"png.h", "-lpng"},
                 {"sndfile.h", "-lsndfile"},
                 {"zlib.h", "-lz"},
                 {"math.h", "-lm"}};

const char *runtime_libraries(Arena *a, const RuntimeFiles *files) {
    Text flags = {.arena = a};
    for (size_t k = 0; k < sizeof libraries / sizeof *libraries; k++) {
        const char *line = arena_printf(a, "#include <%s>", libraries[k].header);
        bool included = false;
        for (int i = 0; i < files->n; i++)
            included = included || strstr(files->at[i]->file->text, line);
        if (included) text_printf(&flags, "%s%s", flags.n ? " " : "", libraries[k].flag);
    }
    return flags.at;
}
