/* progress.c: what training says while it runs: one live line on a terminal, else a line a report.
 */
#include "rt.h"

#include <unistd.h>

enum { SILENT_SECONDS = 10 };

Progress progress_begin(const Session *s, int64_t target, bool quiet) {
    return (Progress){.terminal = isatty(STDOUT_FILENO) != 0,
                      .quiet = quiet,
                      .first_step = s->step,
                      .target = target,
                      .first_examples = s->examples,
                      .started = seconds_now()};
}

static void smooth_losses(Progress *p, const Measures *losses) {
    p->n = losses->n;
    for (int i = 0; i < losses->n; i++) {
        double value = measure_mean(losses, i);
        bool known = p->name[i] == losses->name[i];
        p->smooth[i] = known ? 0.98 * p->smooth[i] + 0.02 * value : value;
        p->name[i] = losses->name[i];
    }
}

static void print_time(double seconds) {
    long whole = (long)(seconds + 0.5);
    if (whole >= 3600) printf("%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60, whole % 60);
    else printf("%ld:%02ld", whole / 60, whole % 60);
}

static void draw_bar(double done) {
    enum { BAR = 24 };
    int full = (int)(done * BAR);
    putchar('[');
    for (int i = 0; i < BAR; i++) putchar(i < full ? '=' : i == full ? '>' : ' ');
    putchar(']');
}

/* In a log: once, where the first report is long in coming. */
static void say_how_long(Progress *p, const Session *s, int64_t every) {
    double passed = seconds_now() - p->started;
    int64_t steps = s->step - p->first_step, next = s->step / every * every + every;
    if (p->quiet || p->spoken || passed < SILENT_SECONDS || steps == 0) return;
    double of_step = passed / (double)steps;
    if (next > p->target) next = p->target;
    p->spoken = true;
    printf("step %" PRId64 ", %.3g seconds a step; the first report comes at step %" PRId64 ", in ",
           s->step, of_step, next);
    print_time(of_step * (double)(next - s->step));
    putchar('\n');
    fflush(stdout);
}

void progress_step(Progress *p, const Session *s, const Measures *losses, int64_t every) {
    if (!p->terminal) say_how_long(p, s, every);
    if (!p->terminal || p->quiet) return;
    smooth_losses(p, losses);
    double now = seconds_now(), passed = now - p->started;
    if (now - p->last_drawn < 0.1 && s->step < p->target) return;
    p->last_drawn = now;
    int64_t steps = s->step - p->first_step, all = p->target - p->first_step;
    double done = all > 0 ? (double)steps / (double)all : 1;
    printf("\r\033[K");
    draw_bar(done);
    printf(" %3.0f%%", 100 * done);
    for (int i = 0; i < p->n; i++) printf("  %s %.4g", p->name[i], p->smooth[i]);
    printf("  %.0f/s  ", (double)(s->examples - p->first_examples) / (passed > 0 ? passed : 1));
    print_time(steps > 0 ? passed * (1 - done) / done : 0);
    printf(" left");
    fflush(stdout);
}

void progress_clear(const Progress *p) {
    if (!p->terminal || p->quiet) return;
    printf("\r\033[K");
    fflush(stdout);
}

static void print_named(const Measures *m) {
    for (int i = 0; i < m->n; i++) printf("  %s %.5g", m->name[i], measure_mean(m, i));
}

void progress_report(Progress *p, const Session *s, const Measures *train,
                     const Evaluation *valid, double examples_per_second) {
    if (p->quiet) return;
    p->spoken = true;
    progress_clear(p);
    printf("step %" PRId64 "  epoch %.2f", s->step, session_epoch(s));
    print_named(train);
    if (valid->losses.n + valid->metrics.n > 0) printf("  | held out");
    print_named(&valid->losses);
    print_named(&valid->metrics);
    if (examples_per_second > 0) printf("  | %.0f examples/s", examples_per_second);
    putchar('\n');
    fflush(stdout);
}
