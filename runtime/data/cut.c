/* cut.c: sequences of unequal lengths become examples of one length.
 *
 * Either each sequence is one example: what is longer is cut off, what is shorter is padded, text
 * with an end mark before the padding. Or windows are cut out of each; those that overlap are not
 * copied but lie where the sequence is. */
#include "data.h"

char *place_text(Place place) {
    if (place.line == 0) return text_of("%s", place.file);
    return text_of("%s:%" PRId64, place.file, place.line);
}

const char *positions_word(Media media) {
    static const char *const word[] = {[MEDIA_PLAIN] = "positions",
                                       [MEDIA_TEXT] = "characters",
                                       [MEDIA_SOUND] = "samples",
                                       [MEDIA_VIDEO] = "frames"};
    return word[media];
}

static char *sequence_text(const Rows *rows, int64_t i) {
    if (rows->place != NULL) return place_text(rows->place[i]);
    return text_of("example %" PRId64, i);
}

static void become_examples(Rows *rows, int64_t n, int64_t *cut_into) {
    free(rows->length);
    rows->length = NULL;
    rows->place = NULL;
    rows->n_sequences = rows->n;
    rows->cut_into = cut_into;
    rows->n = n;
}

/* ---- one example each ---- */

/* Nobody pads a film: what should follow its last picture? */
static void check_video(const Space *ragged, int64_t length, const Rows *rows) {
    for (int64_t i = 0; ragged->media == MEDIA_VIDEO && i < rows->n; i++)
        if (rows->length[i] != length)
            fail("%s: has %" PRId64 " frames, expected %" PRId64
                 ": for clips of several lengths, cut them with windows(t)",
                 sequence_text(rows, i), rows->length[i], length);
}

void cut_to_length(const Space *ragged, int64_t length, const real *padding, Rows *rows) {
    int64_t size = space_size(ragged), *cut_into = allocate(rows->n, sizeof *cut_into);
    real *all = allocate(rows->n * length * size, sizeof *all), *to = all;
    const real *from = rows->values;
    check_video(ragged, length, rows);
    for (int64_t i = 0; i < rows->n; i++) {
        int64_t here = rows->length[i] < length ? rows->length[i] : length;
        memcpy(to, from, (size_t)(here * size) * sizeof *to);
        for (int64_t k = here; k < length; k++)
            for (int64_t e = 0; e < size; e++)
                to[k * size + e] = !ragged->tokens ? padding[e]
                                   : k == here     ? TOKEN_END
                                                   : TOKEN_PADDING;
        from += rows->length[i] * size;
        to += length * size;
        cut_into[i] = 1;
    }
    free(rows->values);
    rows->values = all;
    become_examples(rows, rows->n, cut_into);
}

/* ---- windows ---- */

static int64_t windows_in(const Rows *rows, int64_t i, int64_t length, int64_t stride) {
    return (rows->length[i] - length) / stride + 1;
}

static void check_windows(const Space *ragged, const char *path, int64_t length, const Rows *rows) {
    for (int64_t i = 0; i < rows->n; i++)
        if (rows->length[i] < length)
            fail("%s: ends after %" PRId64 " %s, within its first window of %" PRId64 " (%s)",
                 sequence_text(rows, i), rows->length[i], positions_word(ragged->media), length,
                 path);
}

static void copy_windows(Rows *rows, int64_t n, int64_t size) {
    real *all = allocate(n * size, sizeof *all);
    for (int64_t i = 0; i < n; i++)
        memcpy(all + i * size, rows->values + rows->start[i], (size_t)size * sizeof *all);
    free(rows->values);
    free(rows->start);
    rows->values = all;
    rows->start = NULL;
}

void cut_windows(const Space *ragged, const char *path, int64_t length, int64_t stride, bool view,
                 Rows *rows) {
    int64_t size = space_size(ragged), n = 0, first = 0;
    int64_t *cut_into = allocate(rows->n, sizeof *cut_into);
    check_windows(ragged, path, length, rows);
    for (int64_t i = 0; i < rows->n; i++) n += cut_into[i] = windows_in(rows, i, length, stride);
    rows->start = allocate(n, sizeof *rows->start);
    n = 0;
    for (int64_t i = 0; i < rows->n; first += rows->length[i++])
        for (int64_t k = 0; k < cut_into[i]; k++) rows->start[n++] = (first + k * stride) * size;
    rows->stored = first * size;
    if (!view) copy_windows(rows, n, length * size);
    become_examples(rows, n, cut_into);
}
