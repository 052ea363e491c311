/* run_folder.c: the folder of a run: runs/<name>/<n>/ with spec.gen, run.json and metrics.jsonl. */
#include "rt.h"

#include <limits.h>

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

/* ---- finding and making ---- */

static int64_t highest_run(const char *runs) {
    int64_t highest = 0;
    DIR *folder = opendir(runs);
    if (folder == NULL) return 0;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        char *end;
        int64_t n = strtoll(entry->d_name, &end, 10);
        if (*end == 0 && n > highest) highest = n;
    }
    closedir(folder);
    return highest;
}

/* runs/<name>/latest points to this run: once it can be resumed, and replaced as a whole. */
void run_folder_publish(const GenModel *model, const char *folder) {
    char *runs = text_of("runs/%s/", model->name);
    size_t length = strlen(runs);
    if (strncmp(folder, runs, length) == 0) {
        char *link = join_path(runs, "latest"), *fresh = join_path(runs, "latest.tmp");
        unlink(fresh);
        if (symlink(folder + length, fresh) != 0 || rename(fresh, link) != 0)
            note("%s: cannot be made: %s", link, strerror(errno));
        free(link);
        free(fresh);
    }
    free(runs);
}

static const char *numbered_folder(const char *runs) {
    make_folders(runs);
    for (int64_t n = highest_run(runs) + 1;; n++) {
        char *folder = text_of("%s/%" PRId64, runs, n);
        if (mkdir(folder, 0777) == 0) return folder; /* another run may take the number first */
        if (errno != EEXIST) fail("%s: cannot make this folder: %s", folder, strerror(errno));
        free(folder);
    }
}

enum { LOCK_TRIES = 100, LOCK_PAUSE = 50 * 1000 * 1000 /* ns: five seconds in all */ };

/* Held until this process ends, however it ends. One that has just been killed holds its lock until
 * the system has cleared it away, so this waits a little before it gives up. A file system that
 * knows no locks does without. */
void run_folder_lock(const char *folder) {
    int held = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (int i = 0; held >= 0 && flock(held, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK; i++) {
        if (i == LOCK_TRIES) fail("%s: another trainer is at work in this folder", folder);
        nanosleep(&(struct timespec){.tv_nsec = LOCK_PAUSE}, NULL);
    }
}

const char *run_folder_new(const GenModel *model, const char *out) {
    if (out == NULL) {
        char *runs = text_of("runs/%s", model->name);
        const char *numbered = numbered_folder(runs);
        run_folder_lock(numbered);
        return numbered;
    }
    make_folders(out);
    run_folder_lock(out);
    char *old = join_path(out, "checkpoint.safetensors");
    if (file_exists(old))
        fail("%s: holds a run already: go on with it by --resume, or name another folder", out);
    free(old);
    return out;
}

const char *run_folder_latest(const GenModel *model, const char *out) {
    if (out != NULL) return folder_exists(out) ? out : NULL;
    char *folder = text_of("runs/%s/latest", model->name);
    if (folder_exists(folder)) {
        char *whole = realpath(folder, NULL); /* a later run may move the link */
        return whole != NULL ? whole : folder;
    }
    return NULL;
}

/* ---- checkpoints kept by their step ---- */

char *kept_path(const char *folder, int64_t step) {
    return text_of("%s/checkpoint-%" PRId64 ".safetensors", folder, step);
}

static int step_order(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

/* Their steps, in order; allocated. */
static int64_t *kept_steps(const char *path, int *n) {
    int64_t *steps = NULL;
    int room = 0;
    DIR *folder = opendir(path);
    *n = 0;
    for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;) {
        int64_t step;
        int length = 0;
        if (sscanf(entry->d_name, "checkpoint-%" SCNd64 ".safetensors%n", &step, &length) != 1 ||
            length == 0 || entry->d_name[length] != 0 || step < 0)
            continue;
        if (*n == room) {
            room = room > 0 ? 2 * room : 16;
            steps = realloc(steps, (size_t)room * sizeof *steps);
            if (steps == NULL) fail("out of memory");
        }
        steps[(*n)++] = step;
    }
    if (folder != NULL) closedir(folder);
    if (*n > 0) qsort(steps, (size_t)*n, sizeof *steps, step_order);
    return steps;
}

char *kept_list(const char *folder) {
    int n;
    int64_t *steps = kept_steps(folder, &n);
    char *list = text_of("%s", "");
    for (int i = 0; i < n; i++) list = text_of("%s%s%" PRId64, list, i > 0 ? ", " : "", steps[i]);
    free(steps);
    return list;
}

void kept_prune(const char *folder, int64_t step, int64_t keep) {
    int n, upto = 0;
    int64_t *steps = kept_steps(folder, &n);
    while (upto < n && steps[upto] <= step) upto++;
    for (int i = 0; i < upto - keep; i++) {
        char *path = kept_path(folder, steps[i]);
        if (unlink(path) != 0) note("%s: cannot be removed: %s", path, strerror(errno));
        free(path);
    }
    free(steps);
}

/* ---- run.json ---- */

static void put_machine(FILE *to) {
    struct utsname system = {0};
    uname(&system);
    fprintf(to, "{\"system\": \"%s %s\", \"processor\": \"%s\", \"cores\": %ld}", system.sysname,
            system.release, system.machine, sysconf(_SC_NPROCESSORS_ONLN));
}

/* What an array of texts says that these do not: "with -D beta=1"; NULL: the same. */
static const char *changed_overrides(const Json *json, int array, const GenModel *model) {
    char *was = text_of("%s", ""), *is = text_of("%s", "");
    for (int i = json_first(json, array); i >= 0; i = json_next(json, i))
        if (json_is_string(json, i)) was = text_of("%s -D %s", was, json_text(json, i));
    for (int i = 0; i < model->n_overrides; i++) is = text_of("%s -D %s", is, model->overrides[i]);
    if (strcmp(was, is) == 0) return NULL;
    return text_of("with%s; going on with%s", *was != 0 ? was : " no -D", *is != 0 ? is : " no -D");
}

static void put_overrides(FILE *to, const GenModel *model) {
    fputc('[', to);
    for (int i = 0; i < model->n_overrides; i++) {
        if (i > 0) fputs(", ", to);
        json_put_text(to, model->overrides[i]);
    }
    fputc(']', to);
}

static void write_text(const char *folder, const char *name, const char *text) {
    char *path = join_path(folder, name);
    AtomicFile file = atomic_open(path);
    fputs(text, file.to);
    atomic_close(&file);
    free(path);
}

/* spec.gen, and beside it what it imports: it can be built there. */
static void write_spec(const GenModel *model, const char *folder) {
    write_text(folder, "spec.gen", model->spec);
    if (model->n_imports == 0) return;
    char *imports = join_path(folder, "imports");
    make_folders(imports);
    free(imports);
    for (int i = 0; i < model->n_imports; i++)
        write_text(folder, model->imports[i].path, model->imports[i].text);
}

static void put_text_or_null(FILE *to, const char *text) {
    if (text != NULL) json_put_text(to, text);
    else fputs("null", to);
}

void run_record_write(const GenModel *model, const RunRecord *record) {
    char *path = join_path(record->folder, "run.json");
    AtomicFile file = atomic_open(path);
    fprintf(file.to, "{\n  \"name\": ");
    json_put_text(file.to, model->name);
    fprintf(file.to, ",\n  \"genc\": ");
    json_put_text(file.to, model->version);
    fprintf(file.to, ",\n  \"state\": ");
    put_text_or_null(file.to, record->state);
    fprintf(file.to, ",\n  \"reason\": ");
    put_text_or_null(file.to, record->reason);
    fprintf(file.to, ",\n  \"spec_hash\": ");
    json_put_text(file.to, model->spec_hash);
    fprintf(file.to, ",\n  \"overrides\": ");
    put_overrides(file.to, model);
    fprintf(file.to, ",\n  \"real\": \"%s\"", sizeof(real) == 8 ? "f64" : "f32");
    fprintf(file.to, ",\n  \"seed\": %" PRIu64, record->seed);
    fprintf(file.to, ",\n  \"threads\": %d", thread_count());
    fprintf(file.to, ",\n  \"target_steps\": %" PRId64, record->target);
    fprintf(file.to, ",\n  \"seconds\": %.3f", record->seconds);
    fprintf(file.to, ",\n  \"lr_scale\": %.17g", record->lr_scale);
    fprintf(file.to, ",\n  \"shuffle\": %s", record->shuffle ? "true" : "false");
    fprintf(file.to, ",\n  \"keep\": %" PRId64 ",\n  \"patience\": %" PRId64, record->keep,
            record->patience);
    fprintf(file.to, ",\n  \"best\": ");
    put_text_or_null(file.to, record->best);
    fprintf(file.to, ",\n  \"data\": ");
    put_text_or_null(file.to, record->data);
    fprintf(file.to, ",\n  \"init\": ");
    put_text_or_null(file.to, record->init);
    fprintf(file.to, ",\n  \"data_alternative\": %d", record->alternative);
    fprintf(file.to, ",\n  \"data_files\": ");
    dataset_put_checksums(file.to);
    fprintf(file.to, ",\n  \"machine\": ");
    put_machine(file.to);
    fprintf(file.to, "\n}\n");
    atomic_close(&file);
    free(path);
    write_spec(model, record->folder);
}

static int64_t whole_of(const Json *json, const char *key, const char *path) {
    int64_t value;
    if (!json_integer(json, json_get(json, 0, key), &value))
        fail("%s: has no whole number '%s'", path, key);
    return value;
}

bool run_record_read(const GenModel *model, RunRecord *record) {
    char *path = join_path(record->folder, "run.json");
    if (!file_exists(path)) return false;
    Bytes bytes;
    char *why = read_bytes(path, &bytes);
    if (why != NULL) fail("%s: %s", path, why);
    const char *error;
    Json *json = json_parse((const char *)bytes.at, bytes.size, &error);
    if (json == NULL) fail("%s: %s", path, error);
    record->target = whole_of(json, "target_steps", path);
    record->seed = (uint64_t)whole_of(json, "seed", path);
    int64_t alternative = whole_of(json, "data_alternative", path);
    if (record->target < 0 || alternative < 0 || alternative > INT_MAX)
        fail("%s: 'target_steps' or 'data_alternative' is out of range", path);
    record->alternative = (int)alternative;
    if (!json_number(json, json_get(json, 0, "lr_scale"), &record->lr_scale) ||
        !(isfinite(record->lr_scale) && record->lr_scale > 0))
        fail("%s: has no number 'lr_scale' above 0", path);
    int best = json_get(json, 0, "best");
    if (!json_integer(json, json_get(json, 0, "keep"), &record->keep)) record->keep = 0;
    if (!json_integer(json, json_get(json, 0, "patience"), &record->patience)) record->patience = 0;
    record->best = json_is_string(json, best) ? json_text(json, best) : NULL;
    if (!json_number(json, json_get(json, 0, "seconds"), &record->seconds)) record->seconds = 0;
    record->changed = changed_overrides(json, json_get(json, 0, "overrides"), model);
    int hash = json_get(json, 0, "spec_hash");
    record->spec_changed =
        json_is_string(json, hash) && strcmp(json_text(json, hash), model->spec_hash) != 0;
    int shuffle = json_get(json, 0, "shuffle"), data = json_get(json, 0, "data");
    int init = json_get(json, 0, "init");
    record->init = json_is_string(json, init) ? json_text(json, init) : NULL;
    record->shuffle = !json_is_false(json, shuffle);
    record->data = json_is_string(json, data) ? json_text(json, data) : NULL;
    json_free(json);
    free(bytes.at);
    free(path);
    return true;
}

/* ---- metrics.jsonl ---- */

static bool line_until(const char *line, int64_t length, int64_t step, double *seconds) {
    const char *error;
    Json *json = json_parse(line, length, &error);
    int64_t at;
    bool keep = json != NULL && json_integer(json, json_get(json, 0, "step"), &at) && at <= step;
    if (keep) json_number(json, json_get(json, 0, "seconds"), seconds);
    json_free(json);
    return keep;
}

double metrics_cut(const char *folder, int64_t step) {
    double seconds = 0;
    char *path = join_path(folder, "metrics.jsonl");
    Bytes bytes;
    char *why = file_exists(path) ? read_bytes(path, &bytes) : NULL;
    if (why != NULL) fail("%s: %s", path, why);
    if (file_exists(path)) {
        AtomicFile file = atomic_open(path);
        const char *at = (const char *)bytes.at, *end = at + bytes.size;
        while (at < end) {
            const char *stop = memchr(at, '\n', (size_t)(end - at));
            if (stop == NULL) break; /* a line cut short by a kill */
            if (line_until(at, stop - at, step, &seconds)) fwrite(at, 1, (size_t)(stop - at) + 1, file.to);
            at = stop + 1;
        }
        atomic_close(&file);
        free(bytes.at);
    }
    free(path);
    return seconds;
}

static void read_line(const char *line, int64_t length, MetricsReader *reader, void *context) {
    const char *error;
    int64_t step;
    Json *json = json_parse(line, length, &error);
    if (json != NULL && json_is_object(json, 0) &&
        json_integer(json, json_get(json, 0, "step"), &step))
        reader(context, json, step);
    json_free(json);
}

void metrics_read(const char *folder, MetricsReader *reader, void *context) {
    Bytes bytes;
    char *path = join_path(folder, "metrics.jsonl");
    char *why = file_exists(path) ? read_bytes(path, &bytes) : text_of("%s", "");
    bool readable = why == NULL;
    free(path);
    free(why);
    if (!readable) return;
    const char *at = (const char *)bytes.at, *end = at + bytes.size;
    for (const char *stop; at < end && (stop = memchr(at, '\n', (size_t)(end - at))) != NULL;
         at = stop + 1)
        read_line(at, stop - at, reader, context);
    free(bytes.at);
}
