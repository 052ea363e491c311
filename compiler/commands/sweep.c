/* genc sweep: builds and trains every combination of some constants, several at a time.
 *
 * Each combination has a run folder named for it. A worker process holds a lock there until its
 * trainer has ended, and a finished one leaves a mark: so a sweep that was killed goes on where it
 * was, each run from its checkpoint, and no run is made twice, even if a trainer of the killed
 * sweep is still on its way out. Ctrl-C stops the trainers, each with a checkpoint. What does not
 * compile or fails has its line in the table at the end, and the others go on. */
#define _GNU_SOURCE
#include "../compile.h"
#include "../emit/emit.h"
#include "../runs/runs.h"
#include "commands.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

typedef LIST(const char *) Strings;
typedef struct {
    const char *name;
    Strings values;
} Axis;

typedef struct {
    const char *spec, *out;
    LIST(Axis) axes;
    Strings train; /* options that go to the trainers */
    Strings build;
    int jobs;
    RunsForm form; /* of the table at the end */
} Options;

typedef struct {
    const char *folder;
    Strings settings;
    const char *made_from; /* what its results depend on, as its folder has to say too */
    pid_t worker;
    const char *failed; /* "does not compile"; NULL: it has not */
} Combination;
typedef LIST(Combination) Combinations;

enum { MOST_COMBINATIONS = 10000 };

/* ---- the command line ---- */

static bool add_axis(Arena *a, Options *o, const char *text) {
    const char *equals = strchr(text, '=');
    if (!equals || equals == text || !equals[1]) return false;
    Axis axis = {.name = arena_strndup(a, text, (size_t)(equals - text))};
    for (int i = 0; i < o->axes.n; i++)
        if (strcmp(o->axes.at[i].name, axis.name) == 0) return false;
    for (const char *at = equals + 1;; at++) {
        size_t n = strcspn(at, ",");
        char *end, *value = arena_strndup(a, at, n);
        strtod(value, &end);
        if (n == 0 || *end) return false;
        LIST_ADD(a, &axis.values, value);
        at += n;
        if (!*at) break;
    }
    LIST_ADD(a, &o->axes, axis);
    return true;
}

static const struct {
    const char *name;
    bool build, result; /* it goes to genc build; the results depend on it */
} passed_on[] = {{"epochs", false, true}, {"steps", false, true},    {"seed", false, true},
                 {"data", false, false},  {"threads", false, false}, {"real", true, true},
                 {"cc", true, false}};
enum { PASSED_ON = sizeof passed_on / sizeof *passed_on };

/* Trainers that run at the same time share the processor. */
static void share_threads(Arena *a, Options *o, int runs) {
    int at_once = o->jobs < runs ? o->jobs : runs;
    for (int i = 0; i < o->train.n; i += 2)
        if (strcmp(o->train.at[i], "--threads") == 0) return;
    if (at_once <= 1) return;
    long each = sysconf(_SC_NPROCESSORS_ONLN) / at_once;
    LIST_ADD(a, &o->train, "--threads");
    LIST_ADD(a, &o->train, arena_printf(a, "%ld", each > 1 ? each : 1));
}

static bool read_jobs(const char *text, int *jobs) {
    char *end;
    long n = strtol(text, &end, 10);
    if (end == text || *end || n < 1 || n > MOST_COMBINATIONS) return false;
    *jobs = (int)n;
    return true;
}

static int read_options(Arena *a, int argc, char **argv, Options *o) {
    static const struct option options[] = {{"epochs", required_argument, NULL, 256},
                                            {"steps", required_argument, NULL, 257},
                                            {"seed", required_argument, NULL, 258},
                                            {"data", required_argument, NULL, 259},
                                            {"threads", required_argument, NULL, 260},
                                            {"real", required_argument, NULL, 261},
                                            {"cc", required_argument, NULL, 262},
                                            {"define", required_argument, NULL, 'D'},
                                            {"jobs", required_argument, NULL, 'j'},
                                            {"out", required_argument, NULL, 'o'},
                                            {"json", no_argument, NULL, 'J'},
                                            {"markdown", no_argument, NULL, 'M'},
                                            {0}};
    o->jobs = 1;
    for (int option; (option = command_option(argc, argv, "D:j:o:", options)) != -1;) {
        if (option == '?') return STATUS_USE;
        if (option == 'o') o->out = optarg;
        if (option == 'J' || option == 'M') o->form = option == 'J' ? RUNS_JSON : RUNS_MARKDOWN;
        if (option == 'j' && !read_jobs(optarg, &o->jobs))
            return command_misused(argv[0], "--jobs is a number from 1 to %d, not '%s'",
                                   MOST_COMBINATIONS, optarg);
        if (option == 'D' && !add_axis(a, o, optarg))
            return command_misused(
                argv[0],
                "-D gives numbers with commas between, each name once, lr=1e-3,3e-4, not '%s'",
                optarg);
        if (option < 256) continue;
        Strings *to = passed_on[option - 256].build ? &o->build : &o->train;
        LIST_ADD(a, to, arena_printf(a, "--%s", passed_on[option - 256].name));
        LIST_ADD(a, to, optarg);
    }
    if (optind != argc - 1) return command_misused(argv[0], "name one spec");
    if (!o->axes.n) return command_misused(argv[0], "nothing varies: -D lr=1e-3,3e-4");
    double all = 1;
    for (int i = 0; i < o->axes.n; i++) all *= o->axes.at[i].values.n;
    if (all > MOST_COMBINATIONS)
        return command_misused(argv[0], "%.0f combinations: at most %d", all, MOST_COMBINATIONS);
    o->spec = argv[optind];
    return STATUS_GOOD;
}

/* ---- combinations ---- */

static void combine(Arena *a, const Options *o, int axis, const Combination *so_far,
                    Combinations *out) {
    if (axis == o->axes.n) {
        LIST_ADD(a, out, *so_far);
        return;
    }
    for (int i = 0; i < o->axes.at[axis].values.n; i++) {
        const char *setting =
            arena_printf(a, "%s=%s", o->axes.at[axis].name, o->axes.at[axis].values.at[i]);
        Combination next = {
            .folder = arena_printf(a, "%s%s%s", so_far->folder, axis ? "," : "/", setting)};
        for (int k = 0; k < so_far->settings.n; k++)
            LIST_ADD(a, &next.settings, so_far->settings.at[k]);
        LIST_ADD(a, &next.settings, setting);
        combine(a, o, axis + 1, &next, out);
    }
}

static const char *settings_text(Arena *a, const Combination *c) {
    Text t = {.arena = a};
    for (int i = 0; i < c->settings.n; i++)
        text_printf(&t, "%s%s", i ? " " : "", c->settings.at[i]);
    return t.at;
}

/* The last value of an option that is passed on; NULL: it is not said. */
static const char *option_value(const Options *o, int which) {
    const Strings *list = passed_on[which].build ? &o->build : &o->train;
    const char *value = NULL;
    for (int i = 0; i < list->n; i += 2)
        if (strcmp(list->at[i] + 2, passed_on[which].name) == 0) value = list->at[i + 1];
    return value;
}

/* A line for each thing that results depend on, but for the settings, which are in the folder's
 * name: the spec with all that it imports, and options. */
static const char *made_from(Arena *a, const Options *o, const Model *m) {
    Text t = {.arena = a};
    text_printf(&t, "spec %s\n", emit_spec_hash(m));
    for (int i = 0; i < PASSED_ON; i++) {
        const char *value = passed_on[i].result ? option_value(o, i) : NULL;
        if (value) text_printf(&t, "--%s %s\n", passed_on[i].name, value);
    }
    return t.at;
}

static int check_one(Arena *keep, const Options *o, Combination *c) {
    Arena *a = arena_new();
    Diag *d = diag_new(a);
    int source = command_read_source(a, d, o->spec), status = STATUS_GOOD;
    const Model *m = source < 0 ? NULL : compile_spec(a, d, source, c->settings.n, c->settings.at);
    if (source < 0) status = STATUS_USE;
    else if (m) c->made_from = made_from(keep, o, m);
    else {
        status = STATUS_SPEC;
        fprintf(stderr, "genc: %s does not compile:\n", settings_text(a, c));
        command_print_errors(d);
    }
    arena_free(a);
    return status;
}

/* Every combination is checked before any is trained. If the first ones have errors until one
 * compiles, those are theirs; if none does, the spec's. */
static int check_all(Arena *a, const Options *o, Combinations *all) {
    int good = 0;
    for (int i = 0; i < all->n; i++) {
        int status = check_one(a, o, &all->at[i]);
        if (status == STATUS_USE) return status;
        if (status == STATUS_SPEC) all->at[i].failed = "does not compile";
        good += status == STATUS_GOOD;
    }
    return good ? STATUS_GOOD : STATUS_SPEC;
}

static bool make_folders(Arena *a, const char *path) {
    for (const char *at = path; (at = strchr(at + 1, '/'));)
        if (mkdir(arena_strndup(a, path, (size_t)(at - path)), 0777) != 0 && errno != EEXIST)
            return false;
    return mkdir(path, 0777) == 0 || errno == EEXIST;
}

static bool exists(Arena *a, const char *folder, const char *file) {
    return access(arena_printf(a, "%s/%s", folder, file), F_OK) == 0;
}

/* ---- what a folder's results were made from ---- */

static const char record[] = "made_from";

static const char *recorded(Arena *a, const Combination *c) {
    FILE *in = fopen(arena_printf(a, "%s/%s", c->folder, record), "r");
    Text t = {.arena = a};
    char part[1024];
    size_t n;
    text_put(&t, "");
    while (in && (n = fread(part, 1, sizeof part, in)) > 0) text_put_n(&t, part, n);
    if (in) fclose(in);
    return in ? t.at : NULL;
}

/* The record is there whole or not at all. */
static bool write_record(Arena *a, const Combination *c) {
    const char *path = arena_printf(a, "%s/%s", c->folder, record);
    const char *fresh = arena_printf(a, "%s.new", path);
    FILE *out = fopen(fresh, "w");
    bool good = out && fputs(c->made_from, out) != EOF;
    if (out && fclose(out) != 0) good = false;
    return good && rename(fresh, path) == 0;
}

/* The line of a record that begins with a word; "" if there is none. */
static const char *line_of(Arena *a, const char *lines, const char *word) {
    size_t n = strlen(word);
    for (; *lines; lines += strcspn(lines, "\n"), lines += *lines == '\n')
        if (strncmp(lines, word, n) == 0 && lines[n] == ' ')
            return arena_strndup(a, lines, strcspn(lines, "\n"));
    return "";
}

static void put_difference(Arena *a, const char *then, const char *now, const char *word) {
    const char *before = line_of(a, then, word), *after = line_of(a, now, word);
    if (strcmp(before, after) == 0) return;
    fprintf(stderr, "note: %s%s then, %s%s now\n", *before ? "" : "no ", *before ? before : word,
            *after ? "" : "no ", *after ? after : word);
}

/* Results of another spec, or of other options, are not to be had under this one's name. */
static int check_records(Arena *a, const Options *o, const Combinations *all) {
    for (int i = 0; i < all->n; i++) {
        const Combination *c = &all->at[i];
        bool made = !c->failed && exists(a, c->folder, "trainer");
        const char *then = made ? recorded(a, c) : NULL;
        if (!then || strcmp(then, c->made_from) == 0) continue;
        bool other = strcmp(line_of(a, then, "spec"), line_of(a, c->made_from, "spec")) != 0;
        fprintf(stderr, "genc: %s was made %s\n", c->folder,
                other ? arena_printf(a, "when %s was another spec", o->spec)
                      : "with other options");
        for (int k = 0; k < PASSED_ON; k++)
            if (passed_on[k].result)
                put_difference(a, then, c->made_from, arena_printf(a, "--%s", passed_on[k].name));
        fprintf(stderr, "help: name another folder with -o, or remove this one\n");
        return STATUS_USE;
    }
    return STATUS_GOOD;
}

static int make_all(Arena *a, const Combinations *all) {
    for (int i = 0; i < all->n; i++) {
        const Combination *c = &all->at[i];
        if (c->failed || (make_folders(a, c->folder) && write_record(a, c))) continue;
        fprintf(stderr, "genc: %s: %s\n", c->folder, strerror(errno));
        return STATUS_USE;
    }
    return STATUS_GOOD;
}

/* ---- one run, in a process of its own ---- */

static const char *own_program(Arena *a) {
    char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
    return n > 0 ? arena_strndup(a, path, (size_t)n) : "genc";
}

static volatile sig_atomic_t told; /* to stop */
static volatile pid_t at_work;     /* the group of the worker's child; 0: none */

static void hand_on(int number) {
    told = 1;
    if (at_work > 0) kill(-at_work, number);
}

static void catch_stop(void) {
    struct sigaction action = {.sa_handler = hand_on};
    sigemptyset(&action.sa_mask);
    sigaction(SIGTERM, &action, NULL);
}

static _Noreturn void become(const Strings *args, const sigset_t *mask) {
    setpgid(0, 0);
    signal(SIGTERM, SIG_DFL);
    sigprocmask(SIG_SETMASK, mask, NULL);
#ifdef __linux__
    prctl(PR_SET_PDEATHSIG, SIGTERM); /* a trainer finishes its step and writes a checkpoint */
#endif
    execvp(args->at[0], (char *const *)args->at);
    _exit(127);
}

/* The child is a group of its own, to which SIGTERM is handed on: once, and whenever it comes.
 * While it is not known to whom, it is kept back. */
static int run_and_wait(const Strings *args) {
    sigset_t term, before;
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    sigprocmask(SIG_BLOCK, &term, &before);
    pid_t child = told ? -1 : fork(), ended = -1;
    int status = 0;
    if (child == 0) become(args, &before);
    if (child > 0) setpgid(child, child);
    at_work = child > 0 ? child : 0;
    sigprocmask(SIG_SETMASK, &before, NULL);
    while (child > 0 && (ended = waitpid(child, &status, 0)) < 0 && errno == EINTR) {
    }
    at_work = 0;
    return child > 0 && ended == child && WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

/* The trainer is there whole or not at all. */
static bool build(Arena *a, const Options *o, const Combination *c, const char *trainer) {
    Strings args = {0};
    const char *fresh = arena_printf(a, "%s.new", trainer);
    LIST_ADD(a, &args, own_program(a));
    LIST_ADD(a, &args, "build");
    LIST_ADD(a, &args, o->spec);
    LIST_ADD(a, &args, "-o");
    LIST_ADD(a, &args, fresh);
    for (int i = 0; i < o->build.n; i++) LIST_ADD(a, &args, o->build.at[i]);
    for (int i = 0; i < c->settings.n; i++) {
        LIST_ADD(a, &args, "-D");
        LIST_ADD(a, &args, c->settings.at[i]);
    }
    LIST_ADD(a, &args, NULL);
    return run_and_wait(&args) == 0 && rename(fresh, trainer) == 0;
}

/* What the trainer says goes to a file beside its results. */
static void redirect(Arena *a, const char *folder) {
    int log = open(arena_printf(a, "%s/log.txt", folder), O_WRONLY | O_CREAT | O_APPEND, 0666);
    if (log < 0) return;
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    close(log);
}

enum { NOT_BUILT = 99 };

static _Noreturn void work(Arena *a, const Options *o, const Combination *c) {
    const char *trainer = arena_printf(a, "%s/trainer", c->folder);
    catch_stop();
    int lock = open(arena_printf(a, "%s/lock", c->folder), O_RDWR | O_CREAT, 0666);
    if (lock < 0 || flock(lock, LOCK_EX) != 0) _exit(1); /* held until the trainer has ended */
    if (exists(a, c->folder, "done")) _exit(0);
    redirect(a, c->folder);
    if (access(trainer, X_OK) != 0 && !build(a, o, c, trainer)) _exit(NOT_BUILT);
    Strings args = {0};
    const char *program = strchr(trainer, '/') ? trainer : arena_printf(a, "./%s", trainer);
    LIST_ADD(a, &args, program);
    LIST_ADD(a, &args, "train");
    LIST_ADD(a, &args, "--out");
    LIST_ADD(a, &args, c->folder);
    bool begun = exists(a, c->folder, "run.json");
    if (begun) LIST_ADD(a, &args, "--resume");
    for (int i = 0; i < o->train.n; i += 2) {
        const char *option = o->train.at[i];
        bool first = strcmp(option, "--threads") != 0 && strcmp(option, "--data") != 0;
        if (begun && first) continue; /* the run knows them */
        LIST_ADD(a, &args, option);
        LIST_ADD(a, &args, o->train.at[i + 1]);
    }
    LIST_ADD(a, &args, NULL);
    int status = run_and_wait(&args);
    FILE *mark = status == 0 ? fopen(arena_printf(a, "%s/done", c->folder), "w") : NULL;
    if (mark && fclose(mark) != 0) status = 1;
    _exit(status);
}

/* ---- at work, and stopped ---- */

static volatile sig_atomic_t stopped_by;
static volatile pid_t *working; /* groups of processes; 0: none */
static int n_working;

static void stop_all(int number) {
    stopped_by = number;
    for (int i = 0; i < n_working; i++)
        if (working[i] > 0) kill(-working[i], SIGTERM);
}

static void catch_signals(Arena *a, int n) {
    struct sigaction action = {.sa_handler = stop_all};
    working = NEW_ARRAY(a, pid_t, n);
    n_working = n;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

/* A worker and its trainer are a group of their own, so that Ctrl-C reaches them through here. */
static bool start(Arena *a, const Options *o, Combination *c, int number) {
    pid_t parent = getpid();
    sigset_t both, before;
    sigemptyset(&both);
    sigaddset(&both, SIGINT);
    sigaddset(&both, SIGTERM);
    sigprocmask(SIG_BLOCK, &both, &before); /* until it is known whom to stop */
    fflush(NULL);
    c->worker = fork();
    if (c->worker != 0) {
        bool started = c->worker > 0;
        if (started) setpgid(c->worker, c->worker);
        else c->failed = "not started"; /* there may be no more processes */
        working[number] = started ? c->worker : 0;
        sigprocmask(SIG_SETMASK, &before, NULL);
        return started;
    }
    setpgid(0, 0);
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    sigprocmask(SIG_SETMASK, &before, NULL);
#ifdef __linux__
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);
#else
    (void)parent;
#endif
    work(a, o, c);
}

/* ---- all ---- */

static const char *outcome(int status) {
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return NULL;
    if (stopped_by) return "interrupted";
    return WIFEXITED(status) && WEXITSTATUS(status) == NOT_BUILT ? "not built" : "failed";
}

static void has_ended(Arena *a, const Options *o, const Combination *c, const Combinations *all,
                      int finished) {
    fprintf(o->form == RUNS_TEXT ? stdout : stderr, "%d of %d: %s%s%s\n", finished, all->n,
            settings_text(a, c), c->failed ? ": " : "", c->failed ? c->failed : "");
    fflush(stdout);
}

static void wait_for_one(Arena *a, const Options *o, Combinations *all, int *finished) {
    int status;
    pid_t ended;
    while ((ended = wait(&status)) < 0 && errno == EINTR) {
    }
    for (int i = 0; i < all->n; i++) {
        Combination *c = &all->at[i];
        if (ended <= 0 || c->worker != ended) continue;
        c->worker = working[i] = 0;
        c->failed = outcome(status);
        has_ended(a, o, c, all, ++*finished);
    }
}

static int train_all(Arena *a, const Options *o, Combinations *all) {
    int running = 0, finished = 0, failed = 0;
    catch_signals(a, all->n);
    for (int i = 0; (i < all->n && !stopped_by) || running > 0;) {
        if (i < all->n && running < o->jobs && !stopped_by) {
            Combination *c = &all->at[i];
            if (!c->failed && start(a, o, c, i)) running++;
            else has_ended(a, o, c, all, ++finished);
            i++;
            continue;
        }
        if (running) wait_for_one(a, o, all, &finished), running--;
    }
    for (int i = 0; i < all->n; i++) failed += all->at[i].failed != NULL;
    if (stopped_by) fprintf(stderr, "genc: interrupted: the same command goes on\n");
    return stopped_by ? 128 + stopped_by : failed ? STATUS_SPEC : STATUS_GOOD;
}

enum { LAST_LINES = 3 };

/* What the trainer or the compiler said last: why there is no more. */
static void print_reason(Arena *a, const Combination *c) {
    const char *path = arena_printf(a, "%s/log.txt", c->folder), *last[LAST_LINES] = {0};
    FILE *in = fopen(path, "r");
    char line[400];
    int n = 0;
    while (in && fgets(line, sizeof line, in))
        if (line[strspn(line, " \n")])
            last[n++ % LAST_LINES] = arena_strndup(a, line, strcspn(line, "\n"));
    if (!in) return;
    fclose(in);
    fprintf(stderr, "genc: %s %s: %s ends with\n", settings_text(a, c), c->failed, path);
    for (int i = n > LAST_LINES ? n - LAST_LINES : 0; i < n; i++)
        fprintf(stderr, "    %s\n", last[i % LAST_LINES]);
}

static void print_table(Arena *a, const Options *o, const Combinations *all) {
    Runs runs = {0};
    const char *why;
    for (int i = 0; i < all->n; i++) {
        const Combination *c = &all->at[i];
        Run run;
        if (!run_read(a, c->folder, &run, &why)) {
            const char *slash = strrchr(o->spec, '/'), *name = slash ? slash + 1 : o->spec;
            const char *dot = strrchr(name, '.');
            run = (Run){.folder = c->folder,
                        .name = arena_strndup(
                            a, name, dot && dot != name ? (size_t)(dot - name) : strlen(name))};
            for (int k = 0; k < c->settings.n; k++) LIST_ADD(a, &run.overrides, c->settings.at[k]);
        }
        run.state = c->failed;
        if (!run.state && !exists(a, c->folder, "done"))
            run.state = exists(a, c->folder, "run.json") ? "not finished" : "not begun";
        LIST_ADD(a, &runs, run);
    }
    if (o->form == RUNS_TEXT) putchar('\n');
    runs_print(a, &runs, o->form, stdout);
    fflush(stdout);
    for (int i = 0; i < all->n && !stopped_by; i++)
        if (all->at[i].failed) print_reason(a, &all->at[i]);
}

/* "specs/vae.gen": runs/vae/sweep */
static const char *default_folder(Arena *a, const char *spec) {
    const char *slash = strrchr(spec, '/'), *name = slash ? slash + 1 : spec,
               *dot = strrchr(name, '.');
    return arena_printf(a, "runs/%.*s/sweep",
                        (int)(dot && dot != name ? (size_t)(dot - name) : strlen(name)), name);
}

int command_sweep(int argc, char **argv) {
    Arena *a = arena_new();
    Options o = {0};
    Combinations all = {0};
    int status = read_options(a, argc, argv, &o);
    if (status == STATUS_GOOD) {
        Combination none = {.folder = o.out ? o.out : default_folder(a, o.spec)};
        combine(a, &o, 0, &none, &all);
        share_threads(a, &o, all.n);
        status = check_all(a, &o, &all);
    }
    if (status == STATUS_GOOD) status = check_records(a, &o, &all);
    if (status == STATUS_GOOD) status = make_all(a, &all);
    if (status == STATUS_GOOD) {
        status = train_all(a, &o, &all);
        print_table(a, &o, &all);
    }
    arena_free(a);
    return status;
}
