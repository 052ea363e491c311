/* score.c: the networks of one checkpoint beside those of another: a metric for each pair of them.
 *
 * What a GAN's losses do not say: does a later generator fool an earlier discriminator? Row i is
 * one network as it was in checkpoint i, column j the other as it was in checkpoint j. */
#include "rt.h"

enum { SCORE_LIMIT = 2000 /* held-out examples */ };

/* A table of a metric, [files, files], row by row. */
typedef struct {
    const Options *options;
    int n;
    CheckpointFile **file;
    double *value;
} Table;

static bool find_measure(const Measures *m, const char *name, double *value) {
    for (int i = 0; i < m->n; i++)
        if (strcmp(m->name[i], name) == 0) return *value = measure_mean(m, i), true;
    return false;
}

static double measured(Session *s, const char *name) {
    Evaluation e = evaluate_held_out(s, SCORE_LIMIT, false);
    double value;
    if (find_measure(&e.metrics, name, &value) || find_measure(&e.losses, name, &value))
        return value;
    fail("this model has no loss or metric '%s'", name);
}

static void check_use(const Options *options) {
    if (options->name == NULL)
        fail("score: which loss or metric? see '%s help score'", program_path);
    if (options->of == NULL || options->by == NULL)
        fail("score: name the two networks, as in --of G --by D");
    if (strcmp(options->of, options->by) == 0)
        fail("score: --of and --by both name '%s'", options->of);
    if (options->n_rest == 0) fail("score: name the checkpoints, as train --keep leaves them");
}

static Table fill(Session *s, const Options *options) {
    Table t = {.options = options, .n = options->n_rest};
    t.file = allocate(t.n, sizeof *t.file);
    t.value = allocate((int64_t)t.n * t.n, sizeof *t.value);
    for (int i = 0; i < t.n; i++) t.file[i] = checkpoint_open(options->rest[i]);
    for (int i = 0; i < t.n; i++) {
        session_restore(s, t.file[i]);
        for (int j = 0; j < t.n; j++) {
            session_take_network(s, t.file[j], options->by);
            t.value[i * t.n + j] = measured(s, options->name);
        }
    }
    return t;
}

static const char *step_of(const CheckpointFile *file) {
    const char *step = checkpoint_note(file, "step");
    return step != NULL ? step : "?";
}

static void print_table(const Table *t) {
    printf("%s: rows are %s after so many steps, columns %s\n%10s", t->options->name,
           t->options->of, t->options->by, "");
    for (int j = 0; j < t->n; j++) printf(" %10s", step_of(t->file[j]));
    for (int i = 0; i < t->n; i++) {
        printf("\n%10s", step_of(t->file[i]));
        for (int j = 0; j < t->n; j++) printf(" %10.4g", t->value[i * t->n + j]);
    }
    putchar('\n');
}

static void print_json(const Table *t) {
    printf("{\"measure\": ");
    json_put_text(stdout, t->options->name);
    printf(", \"of\": ");
    json_put_text(stdout, t->options->of);
    printf(", \"by\": ");
    json_put_text(stdout, t->options->by);
    printf(", \"steps\": [");
    for (int i = 0; i < t->n; i++) printf("%s%s", i > 0 ? ", " : "", step_of(t->file[i]));
    printf("], \"rows\": [");
    for (int i = 0; i < t->n; i++) {
        printf("%s[", i > 0 ? ", " : "");
        for (int j = 0; j < t->n; j++) {
            if (j > 0) printf(", ");
            json_put_number(stdout, t->value[i * t->n + j]);
        }
        printf("]");
    }
    printf("]}\n");
}

int trainer_score(const GenModel *model, const Options *options) {
    check_use(options);
    Options first = *options;
    first.from = options->rest[0];
    Session s = session_open(model, &first, true);
    session_need_network(&s, options->of);
    session_need_network(&s, options->by);
    Table t = fill(&s, options);
    if (options->json) print_json(&t);
    else print_table(&t);
    return 0;
}
