/* weights.c: safetensors, read without memory of its own.
 *
 * The format: 8 bytes, the header's length N, little-endian; N bytes of JSON,
 *     {"__metadata__": {"key": "text"}, "name": {"dtype": "F32", "shape": [2], "data_offsets": [0,
 * 8]}} and then the tensors' bytes. They must follow each other in the header's order, from 0 to
 * the file's end, as every writer has them: so a hole or an overlap is seen without remembering
 * them all. */
#include "weights.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { LONGEST_NAME = 512, DEEPEST_RANK = 8 };
static const uint64_t longest_header = 100000000;

typedef struct {
    FILE *file;
    const char *path;
    int64_t left; /* bytes of the header */
    int next;     /* the byte that comes; -1: the header's end */
    int64_t end;  /* of the tensors so far, from the end of the header */
    bool failed;
    char *why;
    size_t room;
} WeightsFile;

/* One entry of the header. */
typedef struct {
    char name[LONGEST_NAME], dtype[16];
    int rank;
    int64_t dim[DEEPEST_RANK], begin, end;
    bool has_shape, has_offsets;
} WeightEntry;

__attribute__((format(printf, 2, 3))) static bool weights_refuse(WeightsFile *f, const char *format,
                                                                 ...) {
    va_list args;
    if (f->failed) return false;
    f->failed = true;
    int n = snprintf(f->why, f->room, "%s: ", f->path);
    va_start(args, format);
    if (n >= 0 && (size_t)n < f->room) vsnprintf(f->why + n, f->room - (size_t)n, format, args);
    va_end(args);
    return false;
}

/* ---- JSON ---- */

static void header_step(WeightsFile *f) {
    f->next = f->left > 0 ? fgetc(f->file) : -1;
    f->left--;
}

static int header_peek(WeightsFile *f) {
    while (f->next == ' ' || f->next == '\t' || f->next == '\n' || f->next == '\r') header_step(f);
    return f->next;
}

static bool header_expect(WeightsFile *f, char wanted) {
    if (header_peek(f) != wanted) return weights_refuse(f, "its header is not valid JSON");
    header_step(f);
    return true;
}

/* A text; what does not fit is cut off. What is written as \u is in no name of ours. */
static bool header_text(WeightsFile *f, char *to, size_t room) {
    size_t n = 0;
    if (!header_expect(f, '"')) return false;
    for (; f->next != '"'; header_step(f)) {
        if (f->next < ' ') return weights_refuse(f, "its header is not valid JSON");
        if (f->next == '\\') header_step(f);
        if (n + 1 < room) to[n++] = (char)f->next;
    }
    to[n] = 0;
    header_step(f);
    return true;
}

static bool header_number(WeightsFile *f, int64_t *value) {
    if (header_peek(f) < '0' || f->next > '9')
        return weights_refuse(f, "its header has no whole number where one must be");
    for (*value = 0; f->next >= '0' && f->next <= '9'; header_step(f)) {
        if (*value > (INT64_MAX - 9) / 10)
            return weights_refuse(f, "its header has a number that is impossibly large");
        *value = 10 * *value + f->next - '0';
    }
    return true;
}

/* [1, 2]: how many, at most `most`; -1 if it is wrong. */
static int header_list(WeightsFile *f, int64_t *values, int most) {
    int n = 0;
    if (!header_expect(f, '[')) return -1;
    while (header_peek(f) != ']') {
        if (n == most || (n > 0 && !header_expect(f, ',')) || !header_number(f, &values[n++])) {
            weights_refuse(f, "its header has a list of more than %d numbers", most);
            return -1;
        }
    }
    header_step(f);
    return n;
}

/* Whether another item of an object follows; `first`: none was read yet. */
static bool header_item(WeightsFile *f, bool first) {
    if (header_peek(f) == '}') {
        header_step(f);
        return false;
    }
    return first || header_expect(f, ',');
}

static bool header_notes(WeightsFile *f) {
    char ignored[2];
    if (!header_expect(f, '{')) return false;
    for (bool first = true; header_item(f, first) && !f->failed; first = false)
        if (!header_text(f, ignored, sizeof ignored) || !header_expect(f, ':') ||
            !header_text(f, ignored, sizeof ignored))
            return false;
    return !f->failed;
}

static bool header_field(WeightsFile *f, WeightEntry *e) {
    char key[16];
    int64_t offsets[2] = {0, 0};
    if (!header_text(f, key, sizeof key) || !header_expect(f, ':')) return false;
    if (strcmp(key, "dtype") == 0) return header_text(f, e->dtype, sizeof e->dtype);
    if (strcmp(key, "shape") == 0) {
        e->rank = header_list(f, e->dim, DEEPEST_RANK);
        e->has_shape = true;
        return e->rank >= 0;
    }
    if (strcmp(key, "data_offsets") != 0)
        return weights_refuse(f, "tensor '%s' has the unknown property '%s'", e->name, key);
    e->has_offsets = header_list(f, offsets, 2) == 2;
    e->begin = offsets[0];
    e->end = offsets[1];
    return e->has_offsets || weights_refuse(f, "tensor '%s' has no pair of data_offsets", e->name);
}

/* ---- entries ---- */

/* Bytes of a number of this type; 0: unknown. */
static int weights_bytes(const char *name) {
    static const struct {
        const char *name;
        int bytes;
    } known[] = {{"F64", 8},  {"F32", 4}, {"I64", 8}, {"I32", 4}, {"F16", 2},
                 {"BF16", 2}, {"I16", 2}, {"I8", 1},  {"U64", 8}, {"U32", 4},
                 {"U16", 2},  {"U8", 1},  {"BOOL", 1}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i].name, name) == 0) return known[i].bytes;
    return 0;
}

static bool weights_check(WeightsFile *f, const WeightEntry *e) {
    int64_t bytes = weights_bytes(e->dtype);
    if (bytes == 0)
        return weights_refuse(f, "tensor '%s' has the unknown dtype '%s'", e->name, e->dtype);
    if (!e->has_shape || !e->has_offsets)
        return weights_refuse(f, "tensor '%s' lacks its shape or its data_offsets", e->name);
    for (int i = 0; i < e->rank; i++)
        if (__builtin_mul_overflow(bytes, e->dim[i], &bytes))
            return weights_refuse(f, "tensor '%s' is impossibly large", e->name);
    if (e->end < e->begin || e->end - e->begin != bytes)
        return weights_refuse(f, "tensor '%s' does not fill its data_offsets", e->name);
    if (e->begin != f->end)
        return weights_refuse(f, "tensor '%s' %s", e->name,
                              e->begin > f->end ? "leaves a hole before it"
                                                : "overlaps the one before it");
    f->end = e->end;
    return true;
}

static bool weights_take(WeightsFile *f, const WeightEntry *e, int n, const WeightTensor *tensors,
                         WeightPlace *places) {
    for (int i = 0; i < n; i++) {
        if (strcmp(tensors[i].path, e->name) != 0) continue;
        bool same = e->rank == tensors[i].rank;
        for (int k = 0; same && k < e->rank; k++) same = e->dim[k] == tensors[i].dim[k];
        if (!same) return weights_refuse(f, "'%s' has another shape than the network's", e->name);
        if (e->dtype[0] != 'F' || weights_bytes(e->dtype) < 4)
            return weights_refuse(f, "'%s' has dtype %s", e->name, e->dtype);
        if (places[i].bytes != 0) return weights_refuse(f, "tensor '%s' is there twice", e->name);
        places[i] = (WeightPlace){e->begin, weights_bytes(e->dtype)};
    }
    return true;
}

static bool weights_header(WeightsFile *f, int n, const WeightTensor *tensors,
                           WeightPlace *places) {
    if (!header_expect(f, '{')) return false;
    for (bool first = true; header_item(f, first) && !f->failed; first = false) {
        WeightEntry e = {.rank = 0};
        if (!header_text(f, e.name, sizeof e.name) || !header_expect(f, ':')) return false;
        if (strcmp(e.name, "__metadata__") == 0) {
            if (!header_notes(f)) return false;
            continue;
        }
        if (!header_expect(f, '{')) return false;
        for (bool one = true; header_item(f, one) && !f->failed; one = false)
            if (!header_field(f, &e)) return false;
        if (f->failed || !weights_check(f, &e) || !weights_take(f, &e, n, tensors, places))
            return false;
    }
    if (!f->failed && header_peek(f) != -1)
        return weights_refuse(f, "its header is not valid JSON");
    return !f->failed;
}

/* ---- the file ---- */

static bool weights_length(WeightsFile *f, int64_t *size) {
    unsigned char bytes[8];
    uint64_t length = 0;
    if (fseek(f->file, 0, SEEK_END) != 0 || (*size = ftell(f->file)) < 0)
        return weights_refuse(f, "cannot be read");
    rewind(f->file);
    if (fread(bytes, 1, 8, f->file) != 8)
        return weights_refuse(f, "too short to be a safetensors file");
    for (int i = 0; i < 8; i++) length |= (uint64_t)bytes[i] << (8 * i);
    if (length > longest_header) return weights_refuse(f, "not a safetensors file");
    if ((int64_t)length > *size - 8)
        return weights_refuse(f, "truncated: it ends within its header");
    f->left = (int64_t)length;
    header_step(f);
    return true;
}

static bool weights_tensor(WeightsFile *f, const WeightTensor *t, const WeightPlace *place,
                           int64_t header, real *weights) {
    int64_t n = 1;
    for (int i = 0; i < t->rank; i++) n *= t->dim[i];
    if (fseek(f->file, (long)(header + place->begin), SEEK_SET) != 0)
        return weights_refuse(f, "cannot be read");
    for (int64_t i = 0; i < n; i++) {
        double wide;
        float narrow;
        bool read = place->bytes == 8 ? fread(&wide, 8, 1, f->file) == 1
                                      : fread(&narrow, 4, 1, f->file) == 1;
        if (!read) return weights_refuse(f, "truncated: it ends within '%s'", t->path);
        weights[t->to + i] = place->bytes == 8 ? (real)wide : (real)narrow;
    }
    return true;
}

static bool weights_all(WeightsFile *f, int n, const WeightTensor *tensors, WeightPlace *places,
                        real *weights) {
    int64_t size = 0, header;
    if (!weights_length(f, &size)) return false;
    header = 9 + f->left;
    if (!weights_header(f, n, tensors, places)) return false;
    if (f->end != size - header)
        return weights_refuse(f,
                              f->end > size - header
                                  ? "truncated: its tensors take %" PRId64 " bytes, it has %" PRId64
                                  : "its tensors take %" PRId64 " bytes, but it has %" PRId64,
                              f->end, size - header);
    for (int i = 0; i < n; i++)
        if (places[i].bytes == 0) return weights_refuse(f, "has no tensor '%s'", tensors[i].path);
    for (int i = 0; i < n; i++)
        if (!weights_tensor(f, &tensors[i], &places[i], header, weights)) return false;
    return true;
}

bool weights_read(const char *file, int n, const WeightTensor *tensors, WeightPlace *places,
                  real *weights, char *why, size_t room) {
    WeightsFile f = {.file = fopen(file, "rb"), .path = file, .why = why, .room = room};
    for (int i = 0; i < n; i++) places[i] = (WeightPlace){0, 0};
    if (f.file == NULL) return weights_refuse(&f, "cannot be opened");
    bool good = weights_all(&f, n, tensors, places, weights);
    fclose(f.file);
    return good;
}
