/* What the files of training share: train.c reads and makes programs, gradients.c derives,
 * optimizer.c runs an optimiser's body, minimize.c is one minimize from loss to stores. */
#ifndef GENC_TRAIN_H
#define GENC_TRAIN_H

#include "elab.h"

/* What a setting of `train`, or of one minimize, is called and may be: the table in train.c. */
typedef enum {
    SET_BATCH,
    SET_EPOCHS,
    SET_STEPS,
    SET_TIMES,
    SET_CLIP,
    SET_CLIP_WEIGHTS,
    SET_EMA,
    SET_COUNT
} Setting;

typedef struct {
    double value[SET_COUNT];
    bool given[SET_COUNT];
} Settings;

/* A stretch of parameter storage, all of it minimised over. */
typedef struct {
    int64_t offset, size;
    int first, n; /* of e->variables */
} Range;
typedef struct {
    const char *name;
    int storage;
} Slot;

typedef struct {
    const Tree *tree;
    int number;
    Settings set;
    Callable optimizer;
    LIST(Range) ranges;
    LIST(Slot) slots; /* the optimiser's states, each a storage as large as all ranges together */
    int64_t size;
} Minimize;

struct Train {
    const Tree *tree;
    Settings set;
    LIST(Minimize) minimizes;
    LIST(Range) updated; /* in the program being built */
    LIST(const char *) logged;
};

/* What the optimiser's body works on. */
typedef struct Optimizing {
    Minimize *m;
    const char *p; /* the name of its parameter */
    Node *new_p;
    int64_t offset, size; /* of this range in the slots */
    int rank;             /* of every parameter in it; -1: they differ */
    bool asked_rank;      /* rank(p) occurs */
} Optimizing;

/* The minimize's own setting, or train's, or `otherwise`. own may be NULL. */
double train_setting(const Settings *own, const Settings *all, Setting s, double otherwise);

/* ---- gradients.c ---- */

/* Is this parameter or state minimised over? */
bool over_holds(Elab *e, const Minimize *m, const char *path);
/* Whether every item of `over` names parameters; reports those that do not. */
bool over_check(Elab *e, const Minimize *m);
/* Fills m->ranges. */
void over_ranges(Elab *e, Minimize *m);
/* The rank of all parameters in r, or -1. */
int range_rank(const Elab *e, const Range *r);
/* Cuts m's ranges so that each holds parameters of one rank. */
void over_cut_by_rank(Elab *e, Minimize *m);
/* Over the batch; x itself if it is the same for every example. */
Node *minimize_mean(Elab *e, Node *x);
/* The loss, averaged; NULL after an error. */
Node *minimize_loss(Elab *e, const Minimize *m);
/* One for each parameter in m's ranges, in order; NULL after an error. */
Node **minimize_gradients(Elab *e, const Minimize *m, Node *loss);

/* ---- optimizer.c ---- */

/* What a range's parameters p, flat, become along g; NULL after an error. offset: of the range in
 * m's slots. */
Node *optimizer_run(Elab *e, Minimize *m, const Range *range, Node *p, Node *g, int64_t offset);
/* Whether the optimiser asks for rank(p): its ranges must then hold parameters of one rank each. */
bool optimizer_asks_rank(Elab *e, Minimize *m, Node *p);

/* ---- minimize.c ---- */

void minimize_build(Elab *e, Minimize *m);
void minimize_averages(Elab *e);

#endif
