/* source_wav.c: sound in WAV files of whole-number samples (RIFF, format 1), through libsndfile.
 *
 * A file is a sequence of samples between -1 and 1; several channels are mixed into one. What else
 * an example is may stand in the file's name: its parts between underscores are the values after
 * the sound. A part that is a number in every name is itself; otherwise the names are numbered in
 * alphabetical order. Both are as they were in training: the checkpoint keeps the words. */
#include "data.h"

#ifndef GENC_MINIMAL
#include <sndfile.h>
#endif

/* ---- what the header says ---- */

enum { FORMAT_PCM = 1, FORMAT_FLOAT = 3, FORMAT_EXTENSIBLE = 0xfffe };

typedef struct {
    int64_t rate, channels, bits, frames;
    int64_t rate_at; /* where in the file the rate stands */
} WavHead;

typedef struct {
    const char *path;
    const Bytes *bytes;
    int64_t format_at, data_at, data_size; /* chunks' contents; 0: not found */
} WavFile;

static int64_t wav_u16(const Bytes *bytes, int64_t at) {
    return bytes->at[at] | bytes->at[at + 1] << 8;
}

static int64_t wav_u32(const Bytes *bytes, int64_t at) {
    return wav_u16(bytes, at) | wav_u16(bytes, at + 2) << 16;
}

/* Walks the chunks up to the data: each has a name, a size and, of odd sizes, a byte of padding. */
static void wav_find_chunks(WavFile *file) {
    const Bytes *bytes = file->bytes;
    if (bytes->size == 0) fail("%s: is empty", file->path);
    if (bytes->size < 12 || memcmp(bytes->at, "RIFF", 4) != 0 ||
        memcmp(bytes->at + 8, "WAVE", 4) != 0)
        fail("%s: not a WAV file: it does not begin with RIFF and WAVE", file->path);
    for (int64_t at = 12; file->data_at == 0;) {
        if (at + 8 > bytes->size)
            fail("%s: truncated: it ends after %" PRId64 " bytes, before its samples", file->path,
                 bytes->size);
        int64_t size = wav_u32(bytes, at + 4), here = at + 8;
        if (memcmp(bytes->at + at, "data", 4) == 0) {
            file->data_at = here;
            file->data_size = size;
        } else if (here + size > bytes->size)
            fail("%s: truncated: it ends after %" PRId64 " bytes, within the chunk that begins at "
                 "byte %" PRId64,
                 file->path, bytes->size, at);
        if (memcmp(bytes->at + at, "fmt ", 4) == 0) {
            if (size < 16)
                fail("%s: corrupt: its format chunk has %" PRId64 " bytes", file->path, size);
            file->format_at = here;
            if (wav_u16(bytes, here) == FORMAT_EXTENSIBLE && size < 40)
                fail("%s: corrupt: its format chunk has %" PRId64 " bytes", file->path, size);
        }
        at = here + size + size % 2;
    }
    if (file->format_at == 0) fail("%s: corrupt: its samples come before their format", file->path);
}

static void wav_check_format(const WavFile *file, int64_t format, int64_t at, int64_t bits) {
    if (format == FORMAT_FLOAT)
        fail("%s: has float samples (format 3 of %" PRId64 " bits, at byte %" PRId64
             "): convert it to whole numbers of 16 bits",
             file->path, bits, at);
    if (format != FORMAT_PCM)
        fail("%s: has compressed samples (format %" PRId64 ", at byte %" PRId64
             "): convert it to PCM of 16 bits",
             file->path, format, at);
}

static WavHead wav_head(const WavFile *file) {
    const Bytes *bytes = file->bytes;
    int64_t at = file->format_at, format = wav_u16(bytes, at), format_at = at;
    if (format == FORMAT_EXTENSIBLE) format = wav_u16(bytes, format_at = at + 24);
    WavHead head = {.channels = wav_u16(bytes, at + 2),
                    .rate = wav_u32(bytes, at + 4),
                    .rate_at = at + 4,
                    .bits = wav_u16(bytes, at + 14)};
    wav_check_format(file, format, format_at, head.bits);
    if (head.channels == 0 || head.rate == 0 || head.bits == 0 || head.bits % 8 != 0 ||
        head.bits > 32)
        fail("%s: corrupt: its header says %" PRId64 " channels of %" PRId64 " bits at %" PRId64
             " Hz",
             file->path, head.channels, head.bits, head.rate);
    int64_t frame = head.channels * head.bits / 8, there = bytes->size - file->data_at;
    head.frames = file->data_size / frame;
    if (file->data_size > there)
        fail("%s: truncated: its header says %" PRId64
             " samples, and it ends within sample %" PRId64 ", after %" PRId64 " bytes",
             file->path, head.frames, there / frame, bytes->size);
    if (head.frames == 0) fail("%s: has no samples", file->path);
    return head;
}

/* ---- the samples ---- */

#ifndef GENC_MINIMAL

typedef struct {
    const Bytes *bytes;
    sf_count_t at;
} WavInput;

static sf_count_t wav_size(void *input) {
    return ((WavInput *)input)->bytes->size;
}

static sf_count_t wav_seek(sf_count_t offset, int whence, void *user) {
    WavInput *input = user;
    sf_count_t from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? input->at : wav_size(user);
    if (from + offset >= 0 && from + offset <= wav_size(user)) input->at = from + offset;
    return input->at;
}

static sf_count_t wav_read(void *to, sf_count_t n, void *user) {
    WavInput *input = user;
    if (n > wav_size(user) - input->at) n = wav_size(user) - input->at;
    memcpy(to, input->bytes->at + input->at, (size_t)n);
    input->at += n;
    return n;
}

static sf_count_t wav_no_write(const void *from, sf_count_t n, void *user) {
    (void)from, (void)n, (void)user;
    return 0;
}

static sf_count_t wav_tell(void *user) {
    return ((WavInput *)user)->at;
}

/* Mixes the channels: their mean. */
static void wav_samples(const WavFile *file, const WavHead *head, real *to) {
    SF_VIRTUAL_IO io = {wav_size, wav_seek, wav_read, wav_no_write, wav_tell};
    WavInput input = {file->bytes, 0};
    SF_INFO info = {0};
    SNDFILE *sound = sf_open_virtual(&io, SFM_READ, &info, &input);
    if (sound == NULL) fail("%s: corrupt: %s", file->path, sf_strerror(NULL));
    if (info.channels != head->channels) BUG("libsndfile sees other channels");
    double *frame = allocate(head->channels, sizeof *frame);
    for (int64_t i = 0; i < head->frames; i++) {
        if (sf_readf_double(sound, frame, 1) != 1)
            fail("%s: corrupt, in sample %" PRId64 ": %s", file->path, i, sf_strerror(sound));
        double sum = 0;
        for (int64_t c = 0; c < head->channels; c++) sum += frame[c];
        to[i] = (real)(sum / (double)head->channels);
    }
    free(frame);
    sf_close(sound);
}

#else

static void wav_samples(const WavFile *file, const WavHead *head, real *to) {
    (void)head, (void)to;
    fail("%s: this trainer was built without libsndfile (GENC_MINIMAL): it cannot read WAV",
         file->path);
}

#endif

/* ---- all files of a part ---- */

typedef struct {
    const char *first; /* the path of the first file */
    int64_t rate, bits;
    char **path[DATA_PARTS];
} WavSet;

static void wav_same_rate(WavSet *set, const char *path, const WavHead *head) {
    if (set->first == NULL) {
        set->first = path;
        set->rate = head->rate;
    }
    if (head->bits > set->bits) set->bits = head->bits;
    if (head->rate != set->rate)
        fail("%s: has %" PRId64 " samples a second (at byte %" PRId64 "), but %s has %" PRId64
             ": sound is not resampled; bring the files to one rate first",
             path, head->rate, head->rate_at, set->first, set->rate);
}

/* Appends a file's samples to all[*n]. */
static int64_t wav_append(WavSet *set, const char *path, Fingerprint *fingerprint, real **all,
                          int64_t n) {
    Bytes bytes = read_data_file(path, fingerprint);
    WavFile file = {.path = path, .bytes = &bytes};
    wav_find_chunks(&file);
    WavHead head = wav_head(&file);
    wav_same_rate(set, path, &head);
    *all = realloc(*all, (size_t)(n + head.frames) * sizeof **all);
    if (*all == NULL) fail("out of memory");
    wav_samples(&file, &head, *all + n);
    free(bytes.at);
    return head.frames;
}

static void wav_read_all(const SourceRequest *request, const char *name, int part, WavSet *set,
                         SourceTable *table) {
    char **paths = set->path[part] = find_data_files(request->folder, name, ".wav");
    Fingerprint fingerprint = {0, 0};
    int64_t n = 0, samples = 0;
    while (paths[n] != NULL) n++;
    if (n == 0)
        fail("%s: there are no .wav files by this name in %s", name,
             request->folder[0] != 0 ? request->folder : ".");
    table->length[part] = allocate(n, sizeof(int64_t));
    table->place[part] = allocate(n, sizeof(Place));
    table->count[part] = n;
    for (int64_t i = 0; i < n; i++) {
        int64_t here = wav_append(set, paths[i], &fingerprint, &table->values[part][0], samples);
        samples += table->length[part][i] = here;
        table->place[part][i].file = paths[i];
    }
    end_data_files(join_path(request->folder, name), &fingerprint);
}

/* ---- values in the names ---- */

/* Part k of "7_theo_12.wav": where it begins, and its length; -1: there is none. */
static int name_part(const char *path, int k, const char **at) {
    const char *slash = strrchr(path, '/'), *name = slash == NULL ? path : slash + 1;
    for (; k > 0 && name != NULL; k--) {
        name = strchr(name, '_');
        if (name != NULL) name++;
    }
    *at = name;
    return name == NULL ? -1 : (int)strcspn(name, "_.");
}

static char *name_word(const SourceRequest *request, const char *path, int d) {
    const char *at;
    int n = name_part(path, d - 1, &at);
    if (n < 1)
        fail("%s: its name has no part number %d between underscores, which %s is to be", path, d,
             request->datum[d].where);
    return text_of("%.*s", n, at);
}

static int word_order(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Every different word, in alphabetical order. */
static int64_t sort_words(char **word, int64_t n) {
    int64_t kept = 0;
    qsort(word, (size_t)n, sizeof *word, word_order);
    for (int64_t i = 0; i < n; i++)
        if (kept == 0 || strcmp(word[kept - 1], word[i]) != 0) word[kept++] = word[i];
    return kept;
}

static bool all_numbers(char *const *word, int64_t n) {
    bool numbers = true;
    for (int64_t i = 0; i < n; i++)
        numbers =
            numbers && strspn(word[i], "0123456789") == strlen(word[i]) && strlen(word[i]) < 10;
    return numbers;
}

/* "ann/bob/": no file's name has a slash. "" if all are numbers. */
static char *wav_learn_words(char *const *word, int64_t n) {
    char **sorted = allocate(n, sizeof *sorted), *words = text_of("%s", "");
    memcpy(sorted, word, (size_t)n * sizeof *sorted);
    int64_t different = all_numbers(word, n) ? 0 : sort_words(sorted, n);
    for (int64_t i = 0; i < different; i++) {
        char *longer = text_of("%s%s/", words, sorted[i]);
        free(words);
        words = longer;
    }
    free(sorted);
    return words;
}

/* The class of a word among those learned; -1: it is not one of them. */
static int64_t wav_word_class(const char *words, char *word) {
    size_t n = strlen(word);
    int64_t class = 0;
    if (words[0] == 0) return all_numbers(&word, 1) ? atoi(word) : -1;
    for (const char *at = words; *at != 0; at += strcspn(at, "/") + 1, class++)
        if (strcspn(at, "/") == n && memcmp(at, word, n) == 0) return class;
    return -1;
}

static _Noreturn void wav_refuse_word(const char *path, const char *word, const char *where,
                                      const char *words) {
    if (words[0] == 0)
        fail("%s: '%s' is no number, and in training all were (%s)", path, word, where);
    char *list = text_of("%.*s", (int)strlen(words) - 1, words);
    for (char *slash = list; (slash = strchr(slash, '/')) != NULL;) *slash = ' ';
    fail("%s: '%s' is none of the words of training: %s (%s)", path, word, list, where);
}

static void values_from_names(const SourceRequest *request, const WavSet *set, int d,
                              SourceTable *table) {
    int64_t all = table->count[TRAINING] + table->count[HELD_OUT], n = 0;
    char **word = allocate(all, sizeof *word);
    for (int part = 0; part < DATA_PARTS; part++)
        for (int64_t i = 0; i < table->count[part]; i++)
            word[n++] = name_word(request, set->path[part][i], d);
    table->words[d] = request->words[d] != NULL ? request->words[d] : wav_learn_words(word, n);
    n = 0;
    for (int part = 0; part < DATA_PARTS; part++) {
        real *to = table->values[part][d] = allocate(table->count[part], sizeof *to);
        for (int64_t i = 0; i < table->count[part]; i++, n++) {
            int64_t class = wav_word_class(table->words[d], word[n]);
            if (class < 0)
                wav_refuse_word(set->path[part][i], word[n], request->datum[d].where, table->words[d]);
            to[i] = (real)class;
            free(word[n]);
        }
    }
    table->space[d] = (Space){.level = 1};
    free(word);
}

void load_wav(const SourceRequest *request, SourceTable *table) {
    const char *name = call_text(request->call, "files"), *test = call_text(request->call, "test");
    WavSet set = {0};
    table->from = join_path(request->folder, name);
    wav_read_all(request, name, TRAINING, &set, table);
    if (test != NULL) wav_read_all(request, test, HELD_OUT, &set, table);
    table->space[0] = sound_space((double)set.rate, (int)set.bits);
    for (int d = 1; d < request->n_datums; d++) values_from_names(request, &set, d, table);
}
