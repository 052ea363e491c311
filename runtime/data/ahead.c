/* ahead.c: the next batch, made in a thread while the model computes.
 *
 * What a batch holds is a function of its place and its keys, never of who makes it or when, so
 * training gives the same bits without this. One batch is made ahead, in memory of its own. */
#include "data.h"

#include <pthread.h>
#include <signal.h>
#ifdef _OPENMP
#include <omp.h>
#endif

typedef enum { NOTHING_AHEAD, ASKED_AHEAD, MADE_AHEAD } AheadState;

struct Ahead {
    Dataset *data;
    AheadFill *fill;
    bool started;
    pthread_mutex_t lock; /* held by whoever fills */
    pthread_cond_t asked, made_it;
    AheadState state;
    Batch batch; /* what is asked for */
    GenRun run;
    int n;
    const GenInput *inputs;
    GenInput *made; /* the same, in our own memory */
};

Ahead *ahead_new(Dataset *data, AheadFill *fill, const GenModel *model) {
    Ahead *ahead = allocate(1, sizeof *ahead);
    int most = 0;
    for (int i = 0; i < model->n_programs; i++)
        if (model->programs[i].role == GEN_STEP && model->programs[i].n_inputs > most)
            most = model->programs[i].n_inputs;
    *ahead = (Ahead){.data = data, .fill = fill, .made = allocate(most, sizeof(GenInput))};
    for (int k = 0; k < most; k++) {
        int64_t bytes = 0;
        for (int i = 0; i < model->n_programs; i++) {
            const GenProgram *program = &model->programs[i];
            if (program->role != GEN_STEP || k >= program->n_inputs) continue;
            const GenShape *shape = &program->inputs[k].shape;
            int64_t here = program->batch * elements_of(shape) * kind_bytes(shape->kind);
            if (here > bytes) bytes = here;
        }
        ahead->made[k].at = allocate(bytes, 1);
    }
    pthread_mutex_init(&ahead->lock, NULL);
    pthread_cond_init(&ahead->asked, NULL);
    pthread_cond_init(&ahead->made_it, NULL);
    return ahead;
}

/* One core is enough to fetch; the others belong to the model. */
static void *make_ahead(void *argument) {
    Ahead *ahead = argument;
#ifdef _OPENMP
    omp_set_num_threads(1);
#endif
    pthread_mutex_lock(&ahead->lock);
    while (true) {
        while (ahead->state != ASKED_AHEAD) pthread_cond_wait(&ahead->asked, &ahead->lock);
        ahead->fill(ahead->data, &ahead->batch, &ahead->run, ahead->n, ahead->made);
        ahead->state = MADE_AHEAD;
        pthread_cond_signal(&ahead->made_it);
    }
    return NULL;
}

/* Signals are for the thread that trains. If no thread can be had, nothing is made ahead. */
static bool start_thread(Ahead *ahead) {
    sigset_t all, old;
    pthread_t thread;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    bool started = pthread_create(&thread, NULL, make_ahead, ahead) == 0;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (started) pthread_detach(thread);
    return started;
}

void ahead_ask(Ahead *ahead, const Batch *batch, const GenRun *run, int n_inputs,
               const GenInput *inputs) {
    bool first = !ahead->started;
    if (first && !start_thread(ahead)) return;
    ahead->started = true;
    pthread_mutex_lock(&ahead->lock);
    ahead->batch = *batch;
    ahead->run = *run;
    ahead->n = n_inputs;
    ahead->inputs = inputs;
    for (int k = 0; k < n_inputs; k++) {
        void *at = ahead->made[k].at;
        ahead->made[k] = inputs[k];
        ahead->made[k].at = at;
    }
    ahead->state = ASKED_AHEAD;
    pthread_cond_signal(&ahead->asked);
    while (first && ahead->state == ASKED_AHEAD) /* what a thread allocates, it does at first */
        pthread_cond_wait(&ahead->made_it, &ahead->lock);
    pthread_mutex_unlock(&ahead->lock);
}

/* Whether the batch is the one asked for: its place, and all that keys what is drawn for it. */
static bool is_asked(const Ahead *ahead, const Batch *batch, const GenRun *run, int n_inputs,
                     const GenInput *inputs) {
    const Batch *b = &ahead->batch;
    const GenRun *r = &ahead->run;
    return b->part == batch->part && b->position == batch->position && b->rows == batch->rows &&
           b->seed == batch->seed && b->shuffle == batch->shuffle && b->apart == batch->apart &&
           r->seed == run->seed && r->stream == run->stream &&
           r->first_example == run->first_example && r->repetition == run->repetition &&
           ahead->n == n_inputs && ahead->inputs == inputs;
}

static void copy_made(const Ahead *ahead, int64_t rows) {
    for (int k = 0; k < ahead->n; k++) {
        const GenShape *shape = &ahead->inputs[k].shape;
        size_t bytes = (size_t)(rows * elements_of(shape) * kind_bytes(shape->kind));
        if (ahead->inputs[k].datum >= 0) memcpy(ahead->inputs[k].at, ahead->made[k].at, bytes);
    }
}

void ahead_take(Ahead *ahead, const Batch *batch, const GenRun *run, int n_inputs,
                const GenInput *inputs) {
    pthread_mutex_lock(&ahead->lock);
    bool asked = is_asked(ahead, batch, run, n_inputs, inputs);
    if (asked && ahead->state == MADE_AHEAD) copy_made(ahead, batch->rows);
    else ahead->fill(ahead->data, batch, run, n_inputs, inputs);
    if (asked) ahead->state = NOTHING_AHEAD; /* perhaps before the thread began */
    pthread_mutex_unlock(&ahead->lock);
}
