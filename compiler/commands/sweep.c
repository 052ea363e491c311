/* genc sweep: builds and trains every combination of some constants, several at a time
 * (sweep_options.c: the command line; sweep_check.c: what is looked at before any is trained).
 *
 * Each combination has a run folder named for it. A worker process holds a lock there until its
 * trainer has ended, and a finished one leaves a mark: so a sweep that was killed goes on where it
 * was, each run from its checkpoint, and no run is made twice, even if a trainer of the killed
 * sweep is still on its way out. Ctrl-C stops the trainers, each with a checkpoint. What does not
 * compile or fails has its line in the table at the end, and the others go on. */
#define _GNU_SOURCE
#include "commands.h"
#include "sweep.h"

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

/* ---- combinations ---- */

static void combine(Arena *a, const SweepOptions *o, int axis, const Combination *so_far,
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
static bool build(Arena *a, const SweepOptions *o, const Combination *c, const char *trainer) {
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

static _Noreturn void work(Arena *a, const SweepOptions *o, const Combination *c) {
    const char *trainer = arena_printf(a, "%s/trainer", c->folder);
    catch_stop();
    int lock = open(arena_printf(a, "%s/lock", c->folder), O_RDWR | O_CREAT, 0666);
    if (lock < 0 || flock(lock, LOCK_EX) != 0) _exit(1); /* held until the trainer has ended */
    if (sweep_has(a, c, "done")) _exit(0);
    redirect(a, c->folder);
    if (access(trainer, X_OK) != 0 && !build(a, o, c, trainer)) _exit(NOT_BUILT);
    Strings args = {0};
    const char *program = strchr(trainer, '/') ? trainer : arena_printf(a, "./%s", trainer);
    LIST_ADD(a, &args, program);
    LIST_ADD(a, &args, "train");
    LIST_ADD(a, &args, "--out");
    LIST_ADD(a, &args, c->folder);
    bool begun = sweep_has(a, c, "run.json");
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
static bool start(Arena *a, const SweepOptions *o, Combination *c, int number) {
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

static void has_ended(Arena *a, const SweepOptions *o, const Combination *c,
                      const Combinations *all, int finished) {
    fprintf(o->form == RUNS_TEXT ? stdout : stderr, "%d of %d: %s%s%s\n", finished, all->n,
            sweep_settings(a, c), c->failed ? ": " : "", c->failed ? c->failed : "");
    fflush(stdout);
}

static void wait_for_one(Arena *a, const SweepOptions *o, Combinations *all, int *finished) {
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

static int train_all(Arena *a, const SweepOptions *o, Combinations *all) {
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
    fprintf(stderr, "genc: %s %s: %s ends with\n", sweep_settings(a, c), c->failed, path);
    for (int i = n > LAST_LINES ? n - LAST_LINES : 0; i < n; i++)
        fprintf(stderr, "    %s\n", last[i % LAST_LINES]);
}

static void print_table(Arena *a, const SweepOptions *o, const Combinations *all) {
    Runs runs = {0};
    const char *why;
    bool *explained = NEW_ARRAY(a, bool, all->n);
    for (int i = 0; i < all->n; i++) {
        const Combination *c = &all->at[i];
        Run run;
        if (!run_read(a, c->folder, &run, &why)) {
            run = (Run){.folder = c->folder, .name = path_stem(a, o->spec)};
            for (int k = 0; k < c->settings.n; k++) LIST_ADD(a, &run.overrides, c->settings.at[k]);
        }
        if (c->failed && (!run.state || strcmp(run.state, c->failed) != 0)) {
            run.state = c->failed;
            run.reason = NULL;
        }
        if (!run.begun && !run.state) run.state = "not begun";
        explained[i] = run.reason != NULL;
        LIST_ADD(a, &runs, run);
    }
    if (o->form == RUNS_TEXT) putchar('\n');
    runs_print(a, &runs, o->form, stdout);
    fflush(stdout);
    for (int i = 0; i < all->n && !stopped_by; i++)
        if (all->at[i].failed && !explained[i]) print_reason(a, &all->at[i]);
}

int command_sweep(int argc, char **argv) {
    Arena *a = arena_new();
    SweepOptions o = {0};
    Combinations all = {0};
    int status = sweep_read_options(a, argc, argv, &o);
    if (status == STATUS_GOOD) {
        Combination none = {
            .folder = o.out ? o.out : arena_printf(a, "runs/%s/sweep", path_stem(a, o.spec))};
        combine(a, &o, 0, &none, &all);
        sweep_share_threads(a, &o, all.n);
        status = sweep_check(a, &o, &all);
    }
    if (status == STATUS_GOOD) status = sweep_make_folders(a, &all);
    if (status == STATUS_GOOD) {
        status = train_all(a, &o, &all);
        print_table(a, &o, &all);
    }
    arena_free(a);
    return status;
}
