/* report_samples.c: what a run's samples became over time, and what each element of a code does.
 *
 * Files lie in the page itself, in base64: it needs nothing beside it. */
#include "report.h"
#include "sample.h"

#include <dirent.h>

enum { MOST_FRAMES = 12, MOST_SLIDERS = 24, SLIDER_STEPS = 11, TEXT_LINES = 16 };
#define MOST_BYTES ((int64_t)2 << 20) /* of one sample's files in the page */

/* ---- files in the page ---- */

/* n bytes, three at a time: whole threes but at the end. */
static void put_base64(FILE *to, const unsigned char *at, size_t n) {
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < n; i += 3) {
        uint32_t bits = (uint32_t)at[i] << 16;
        if (i + 1 < n) bits |= (uint32_t)at[i + 1] << 8;
        if (i + 2 < n) bits |= at[i + 2];
        fputc(digit[bits >> 18], to);
        fputc(digit[bits >> 12 & 63], to);
        fputc(i + 1 < n ? digit[bits >> 6 & 63] : '=', to);
        fputc(i + 2 < n ? digit[bits & 63] : '=', to);
    }
}

/* A file that cannot be read is an empty one: it may have been removed in the meantime. */
static void put_data_uri(FILE *to, const char *path, const char *mime) {
    unsigned char block[3 << 10];
    FILE *file = fopen(path, "rb");
    fprintf(to, "data:%s;base64,", mime);
    for (size_t n; file != NULL && (n = fread(block, 1, sizeof block, file)) > 0;)
        put_base64(to, block, n);
    if (file != NULL) fclose(file);
}

/* ---- the samples folder ---- */

typedef struct {
    char *path;
    char *name; /* "prior", or "prior-2": the sample, and its second file */
    int64_t step;
    int ending; /* a row of endings */
} SampleFile;

typedef enum { FRAME_PICTURE, FRAME_TEXT, FRAME_SOUND } FrameKind;
static const struct {
    const char *ending, *mime;
    FrameKind kind;
} endings[] = {{".png", "image/png", FRAME_PICTURE},
               {".apng", "image/apng", FRAME_PICTURE},
               {".txt", "text/plain", FRAME_TEXT},
               {".wav", "audio/wav", FRAME_SOUND}};

/* "prior-0000400.png", "prior-0000400-2.png": name, step, ending. */
static bool parse_name(const char *file, SampleFile *out) {
    const char *dot = strrchr(file, '.');
    size_t row = 0, rows = sizeof endings / sizeof *endings;
    while (dot != NULL && row < rows && strcmp(dot, endings[row].ending) != 0) row++;
    if (dot == NULL || row == rows) return false;
    for (const char *at = file; (at = strchr(at, '-')) != NULL; at++) {
        char *end;
        if (strspn(at + 1, "0123456789") < 7) continue;
        out->step = strtoll(at + 1, &end, 10);
        out->name = text_of("%.*s%.*s", (int)(at - file), file, (int)(dot - end), end);
        out->ending = (int)row;
        return true;
    }
    return false;
}

static int by_name_and_step(const void *a, const void *b) {
    const SampleFile *x = a, *y = b;
    int order = strcmp(x->name, y->name);
    if (order == 0) order = x->ending - y->ending;
    return order != 0 ? order : x->step < y->step ? -1 : x->step > y->step;
}

static SampleFile *list_samples(const char *samples, int64_t *n) {
    SampleFile *list = NULL;
    int64_t room = 0;
    DIR *folder = opendir(samples);
    *n = 0;
    for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;) {
        SampleFile file;
        if (!parse_name(entry->d_name, &file)) continue;
        file.path = join_path(samples, entry->d_name);
        if (*n == room) {
            room = room > 0 ? 2 * room : 64;
            list = realloc(list, (size_t)room * sizeof *list);
            if (list == NULL) fail("out of memory");
        }
        list[(*n)++] = file;
    }
    if (folder != NULL) closedir(folder);
    if (*n > 0) qsort(list, (size_t)*n, sizeof *list, by_name_and_step);
    return list;
}

/* ---- one sample over time ---- */

static int64_t file_bytes(const char *path) {
    FILE *file = fopen(path, "rb");
    int64_t bytes = file != NULL && fseek(file, 0, SEEK_END) == 0 ? ftell(file) : 0;
    if (file != NULL) fclose(file);
    return bytes;
}

static void put_text_file(FILE *to, const char *path) {
    FILE *file = fopen(path, "rb");
    int lines = 0;
    for (int c; file != NULL && lines < TEXT_LINES && (c = fgetc(file)) != EOF; lines += c == '\n')
        html_text(to, &(char){(char)c}, 1);
    if (file != NULL) fclose(file);
}

static void put_frame(FILE *to, const SampleFile *file, bool last) {
    const char *mime = endings[file->ending].mime;
    fprintf(to, "<div class=\"frame\"%s data-step=\"%" PRId64 "\">", last ? "" : " hidden",
            file->step);
    switch (endings[file->ending].kind) {
    case FRAME_PICTURE:
        fprintf(to, "<img alt=\"\" src=\"");
        put_data_uri(to, file->path, mime);
        fprintf(to, "\">");
        break;
    case FRAME_TEXT:
        fprintf(to, "<pre>");
        put_text_file(to, file->path);
        fprintf(to, "</pre>");
        break;
    case FRAME_SOUND:
        fprintf(to, "<audio controls src=\"");
        put_data_uri(to, file->path, mime);
        fprintf(to, "\"></audio>");
        break;
    }
    fprintf(to, "</div>");
}

/* The latest, and some before it, as far apart as their sizes ask for. */
static void put_series(FILE *to, const SampleFile *file, int64_t n) {
    int64_t fit = MOST_BYTES / (file_bytes(file[n - 1].path) + 1);
    int64_t frames = fit < 1 ? 1 : fit < MOST_FRAMES ? fit : MOST_FRAMES;
    if (frames > n) frames = n;
    fprintf(to, "<figure class=\"sample\"><figcaption><strong>");
    html_text(to, file->name, -1);
    fprintf(to, "</strong><span class=\"when\">step <b>%" PRId64 "</b></span></figcaption>",
            file[n - 1].step);
    for (int64_t i = 0; i < frames; i++) {
        int64_t at = frames > 1 ? i * (n - 1) / (frames - 1) : n - 1;
        put_frame(to, &file[at], i == frames - 1);
    }
    if (frames > 1)
        fprintf(to,
                "<input type=\"range\" class=\"time\" min=\"0\" max=\"%" PRId64
                "\" value=\"%" PRId64 "\" aria-label=\"time\">",
                frames - 1, frames - 1);
    fprintf(to, "</figure>\n");
}

void samples_put(FILE *to, const char *folder) {
    char *samples = join_path(folder, "samples");
    int64_t n;
    SampleFile *list = list_samples(samples, &n);
    if (n > 0) fprintf(to, "<h2>Samples</h2>\n<div class=\"samples\">\n");
    for (int64_t first = 0, end; first < n; first = end) {
        for (end = first + 1; end < n && strcmp(list[end].name, list[first].name) == 0 &&
                              list[end].ending == list[first].ending;)
            end++;
        put_series(to, list + first, end - first);
    }
    if (n > 0) fprintf(to, "</div>\n");
    for (int64_t i = 0; i < n; i++) {
        free(list[i].path);
        free(list[i].name);
    }
    free(list);
    free(samples);
}

/* ---- sliders ---- */

static void put_tile_at(FILE *to, const char *kind, int step) {
    fprintf(to, "<span class=\"tile %s\" style=\"--at:%d\"></span>", kind, step);
}

static void put_sliders(FILE *to, const char *path, const Sliders *sliders) {
    const GenInput *input = sliders->input;
    fprintf(to, "<h2>Sliders</h2>\n<p class=\"note\">Sample <strong>");
    html_text(to, sliders->program->name, -1);
    fprintf(to,
            "</strong>: one element of %s moves from %g to %g, the others rest at their mean.</p>\n"
            "<div class=\"sliders\" style=\"--sheet:url(",
            input->name, sliders->low, sliders->high);
    put_data_uri(to, path, "image/png");
    fprintf(to, ");--wide:%dpx;--high:%dpx;--across:%dpx;--down:%dpx;--gap:%dpx\">\n",
            sliders->tile.width, sliders->tile.height, sliders->tile.width + sliders->tile.gap,
            sliders->tile.height + sliders->tile.gap, sliders->tile.gap);
    for (int64_t i = 0; i < sliders->elements; i++) {
        fprintf(to, "<label class=\"slider\" style=\"--row:%" PRId64 "\">", i);
        put_tile_at(to, "end", 0);
        put_tile_at(to, "moves", SLIDER_STEPS / 2);
        put_tile_at(to, "end", SLIDER_STEPS - 1);
        fprintf(to,
                "<input type=\"range\" min=\"0\" max=\"%d\" value=\"%d\"><span>%s[%" PRId64
                "]</span></label>\n",
                SLIDER_STEPS - 1, SLIDER_STEPS / 2, input->name, i);
    }
    fprintf(to, "</div>\n");
}

void sliders_put(FILE *to, Session *s, const char *folder) {
    Sliders sliders;
    char *samples = join_path(folder, "samples"), *path = join_path(samples, "sliders.png");
    make_folders(samples); /* there may have been no report yet */
    if (sample_sliders(s, path, MOST_SLIDERS, SLIDER_STEPS, &sliders))
        put_sliders(to, path, &sliders);
    free(path);
    free(samples);
}
