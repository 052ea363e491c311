/* run_read, runs_below: run.json and metrics.jsonl of run folders. */
#define _GNU_SOURCE
#include "runs.h"

#include <cjson/cJSON.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_BYTES = 1 << 28, MOST_LEVELS = 8 };

static double number(const cJSON *json, const char *key) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(json, key);
    return cJSON_IsNumber(item) ? item->valuedouble : 0;
}

static const char *text(Arena *a, const cJSON *json, const char *key) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(json, key);
    return cJSON_IsString(item) ? arena_strndup(a, item->valuestring, strlen(item->valuestring))
                                : NULL;
}

/* A trainer holds a lock on its folder for as long as it lives (runtime/run_folder.c). */
static bool is_at_work(const char *folder) {
    int at = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool held = at >= 0 && flock(at, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    if (at >= 0) close(at);
    return held;
}

static void read_state(Arena *a, Run *run, const cJSON *json) {
    run->begun = true;
    run->state = text(a, json, "state");
    run->reason = text(a, json, "reason");
    if (run->state && strcmp(run->state, "running") == 0 && !is_at_work(run->folder))
        run->state = "killed"; /* it had no time to say so */
}

static bool read_record(Arena *a, Run *run, const char **why) {
    const char *path = arena_printf(a, "%s/run.json", run->folder);
    char *words = read_whole_file(a, path, MOST_BYTES);
    cJSON *json = words ? cJSON_Parse(words) : NULL;
    *why = !words ? strerror(errno) : !cJSON_IsObject(json) ? "run.json is damaged" : NULL;
    if (!*why) {
        const cJSON *item;
        run->name = text(a, json, "name");
        read_state(a, run, json);
        run->seed = number(json, "seed");
        run->target = number(json, "target_steps");
        cJSON_ArrayForEach(
            item, cJSON_GetObjectItemCaseSensitive(json, "overrides")) if (cJSON_IsString(item))
            LIST_ADD(a, &run->overrides,
                     arena_strndup(a, item->valuestring, strlen(item->valuestring)));
        if (!run->name) *why = "run.json names no spec";
    }
    cJSON_Delete(json);
    return !*why;
}

static RunLoss *loss_of(Arena *a, Run *run, const char *name, bool is_metric) {
    for (int i = 0; i < run->losses.n; i++)
        if (strcmp(run->losses.at[i].name, name) == 0 && run->losses.at[i].is_metric == is_metric)
            return &run->losses.at[i];
    LIST_ADD(a, &run->losses,
             ((RunLoss){.name = arena_strndup(a, name, strlen(name)), .is_metric = is_metric}));
    return &run->losses.at[run->losses.n - 1];
}

/* What is measured on held-out data takes the place of what training says. */
static void add_measures(Arena *a, Run *run, const cJSON *measures, double step, bool held_out,
                         bool metrics) {
    const cJSON *item;
    cJSON_ArrayForEach(item, measures) {
        if (!cJSON_IsNumber(item)) continue;
        RunLoss *loss = loss_of(a, run, item->string, metrics);
        if (loss->held_out && !held_out) continue;
        if (held_out && !loss->held_out) loss->curve.n = 0;
        loss->held_out = held_out;
        if (!loss->curve.n || item->valuedouble < loss->best)
            loss->best = item->valuedouble, loss->best_step = step;
        loss->last = item->valuedouble;
        LIST_ADD(a, &loss->curve, ((RunPoint){step, item->valuedouble}));
    }
}

/* A last line that is not whole yet is left out in silence, and so is a file that is not there yet.
 */
static bool read_metrics(Arena *a, Run *run, const char **why) {
    char *at = read_whole_file(a, arena_printf(a, "%s/metrics.jsonl", run->folder), MOST_BYTES),
         *end;
    if (!at && errno != ENOENT) {
        *why = arena_printf(a, "metrics.jsonl: %s", strerror(errno));
        return false;
    }
    for (; at && (end = strchr(at, '\n')); at = end + 1) {
        *end = 0;
        cJSON *json = cJSON_Parse(at);
        if (!cJSON_IsObject(json)) run->damaged++;
        const char *split = json ? text(a, json, "split") : NULL;
        if (split) {
            bool held_out = strcmp(split, "valid") == 0;
            run->step = number(json, "step");
            run->epoch = number(json, "epoch");
            if (number(json, "seconds") > run->seconds) run->seconds = number(json, "seconds");
            add_measures(a, run, cJSON_GetObjectItemCaseSensitive(json, "losses"), run->step,
                         held_out, false);
            add_measures(a, run, cJSON_GetObjectItemCaseSensitive(json, "metrics"), run->step,
                         held_out, true);
        }
        cJSON_Delete(json);
    }
    return true;
}

bool run_read(Arena *a, const char *folder, Run *out, const char **why) {
    *out = (Run){.folder = arena_strndup(a, folder, strlen(folder))};
    return read_record(a, out, why) && read_metrics(a, out, why);
}

const RunLoss *run_loss(const Run *run, const char *name) {
    for (int i = 0; i < run->losses.n; i++)
        if (strcmp(run->losses.at[i].name, name) == 0) return &run->losses.at[i];
    return NULL;
}

static void find_below(Arena *a, const char *folder, int level, Runs *runs) {
    struct stat st;
    const char *why;
    Run run;
    if (stat(arena_printf(a, "%s/run.json", folder), &st) == 0) {
        if (run_read(a, folder, &run, &why)) LIST_ADD(a, runs, run);
        else fprintf(stderr, "genc: %s: %s\n", folder, why);
        if (run.damaged)
            fprintf(stderr, "genc: %s: %d line%s of metrics.jsonl cannot be read\n", folder,
                    run.damaged, run.damaged == 1 ? "" : "s");
        return;
    }
    DIR *open = level < MOST_LEVELS ? opendir(folder) : NULL;
    for (struct dirent *entry; open && (entry = readdir(open));) {
        const char *path = arena_printf(a, "%s/%s", folder, entry->d_name);
        if (entry->d_name[0] != '.' && lstat(path, &st) == 0 && S_ISDIR(st.st_mode))
            find_below(a, path, level + 1, runs);
    }
    if (open) closedir(open);
}

/* Paths with their numbers in order: runs/vae/2 before runs/vae/10. */
static int by_path(const void *x, const void *y) {
    return strverscmp(((const Run *)x)->folder, ((const Run *)y)->folder);
}

Runs runs_below(Arena *a, const char *folder) {
    Runs runs = {0};
    find_below(a, folder, 0, &runs);
    LIST_SORT(&runs, by_path);
    return runs;
}
