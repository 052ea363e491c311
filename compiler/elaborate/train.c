/* The train block: minimizes, optimisers, schedules' settings.
 *
 * Does: builds the step's programs. One graph holds all minimizes that follow each other without
 * repetition: a later one reads the parameters as the earlier one left them, and what no update in
 * between has changed is the same node, so it is computed once. Requires: parameters laid out.
 * Leaves: GEN_STEP and GEN_GRAD programs. */
#include "train.h"
#include "builtin.h"
#include "../transform/hold.h"

#include <math.h>
#include <string.h>

/* What a setting of `train`, or of one minimize, is called and may be. */
static const struct {
    const char *name;
    bool whole, of_train, of_minimize;
    double least, most;
    double otherwise; /* what it is if it is not given; NAN: no number says so */
    const char *about;
} settings[SET_COUNT] = {
    [SET_BATCH] = {"batch", true, true, false, 1, 1 << 20, 64,
                   "examples of a step"},
    [SET_EPOCHS] = {"epochs", false, true, false, 0, 1e9, 0,
                    "how long to train, in passes over the examples"},
    [SET_STEPS] = {"steps", true, true, false, 0, 1e12, 0,
                   "how long to train, in steps"},
    [SET_TIMES] = {"times", true, true, true, 1, 1e6, 1,
                   "how often a minimize is repeated in a step, with new batches and draws"},
    [SET_CLIP] = {"clip", false, true, true, 0, 1e30, NAN,
                  "the most that a gradient's norm may be"},
    [SET_CLIP_WEIGHTS] = {"clip_weights", false, true, true, 0, 1e30, NAN,
                          "parameters are kept between -this and this after every update"},
    [SET_EMA] = {"ema", false, true, false, 0, 1, NAN,
                 "samples and eval use a moving average of the parameters, which keeps this share of itself at a step"},
};

const char *setting_name(int i, bool *of_minimize) {
    if (i >= SET_COUNT) return NULL;
    *of_minimize = settings[i].of_minimize;
    return settings[i].name;
}

bool setting_default(const char *name, double *value) {
    for (int i = 0; i < SET_COUNT; i++)
        if (strcmp(settings[i].name, name) == 0 && !isnan(settings[i].otherwise))
            return *value = settings[i].otherwise, true;
    return false;
}

const char *setting_about(const char *name) {
    for (int i = 0; i < SET_COUNT; i++)
        if (strcmp(settings[i].name, name) == 0) return settings[i].about;
    return NULL;
}

/* ---- reading ---- */

static void read_setting(Elab *e, const Tree *t, Settings *out, bool minimize) {
    const char *names[SET_COUNT];
    double value;
    for (int i = 0; i < SET_COUNT; i++) {
        names[i] = settings[i].name;
        if (strcmp(names[i], t->name) != 0 ||
            !(minimize ? settings[i].of_minimize : settings[i].of_train))
            continue;
        Value v = t->kid[0] ? elab_expr(e, t->kid[0]) : value_number(NAN, t->span);
        if (!elab_number(e, &v, t->span, &value)) return;
        if (!(value >= settings[i].least && value <= settings[i].most) ||
            (settings[i].whole && floor(value) != value))
            elab_error(e, D_BAD_SETTING, t->span, t->name,
                       settings[i].whole ? "a whole number" : "a number", settings[i].least,
                       settings[i].most);
        if (out->given[i]) elab_error(e, D_ARGUMENT_TWICE, t->name_span, t->name);
        out->value[i] = value;
        out->given[i] = true;
        return;
    }
    elab_error(e, D_UNKNOWN_SETTING, t->name_span, t->name);
    diag_suggest(e->d, t->name, names, SET_COUNT);
}

static void read_minimize(Elab *e, const Tree *t) {
    Minimize m = {.tree = t, .number = e->train->minimizes.n};
    for (int i = 0; i < t->kid[3]->list.n; i++)
        read_setting(e, t->kid[3]->list.at[i], &m.set, true);
    const Tree *name = t->kid[2]->kind == TREE_CALL ? t->kid[2]->kid[0] : t->kid[2];
    bool found = name->kind == TREE_NAME && elab_callable(e, name->name, &m.optimizer);
    if (!found && name->kind == TREE_NAME) elab_unknown(e, name, true);
    else if (!found || !m.optimizer.decl || m.optimizer.decl->kind != TREE_OPTIMIZER)
        elab_error(e, D_NOT_AN_OPTIMIZER, name->span, diag_text(e->d, name->span));
    LIST_ADD(e->a, &e->train->minimizes, m);
}

double train_setting(const Settings *own, const Settings *all, Setting s, double otherwise) {
    return own && own->given[s] ? own->value[s] : all->given[s] ? all->value[s] : otherwise;
}

void train_read(Elab *e) {
    Train *train = e->train = NEW(e->a, Train);
    for (int i = 0; i < e->user->trains.n; i++) {
        const Tree *t = e->user->trains.at[i];
        if (train->tree) {
            elab_error(e, D_TRAIN_TWICE, t->span);
            elab_note(e, train->tree->span, "the first one");
            return;
        }
        train->tree = t;
        for (int k = 0; k < t->kid[0]->list.n; k++) {
            const Tree *item = t->kid[0]->list.at[k];
            if (item->kind == TREE_MINIMIZE) read_minimize(e, item);
            else read_setting(e, item, &train->set, false);
        }
        if (train->minimizes.n == 0) elab_error(e, D_NOTHING_MINIMIZED, t->span);
    }
    e->m->batch =
        (int64_t)train_setting(NULL, &train->set, SET_BATCH, settings[SET_BATCH].otherwise);
    e->m->epochs = train_setting(NULL, &train->set, SET_EPOCHS, 0);
    e->m->steps = (int64_t)train_setting(NULL, &train->set, SET_STEPS, 0);
    e->m->n_minimizes = train->minimizes.n;
}

/* ---- programs ---- */

static const char *about(Elab *e, const Minimize *m) {
    return syntax_print_tree(e->a, m->tree);
}

/* After a minimize that is repeated: the averages move once a step all the same. */
static void averages_program(Elab *e, Span span) {
    if (!train_averages(e)) return;
    elab_end_program(e);
    Program *p = elab_new_program(e, GEN_STEP, "", "step_averages", e->m->batch, span);
    p->about = "moving averages of the parameters";
    e->train->updated.n = 0;
    minimize_averages(e);
}

static void step_programs(Elab *e) {
    Train *train = e->train;
    for (int i = 0; i < train->minimizes.n && diag_errors(e->d) == 0;) {
        Minimize *m = &train->minimizes.at[i];
        int64_t times = (int64_t)train_setting(&m->set, &train->set, SET_TIMES, 1);
        const char *symbol = i == 0 ? "step" : arena_printf(e->a, "step_%d", i);
        Program *p = elab_new_program(e, GEN_STEP, "", symbol, e->m->batch, m->tree->span);
        p->times = times;
        p->about = about(e, m);
        e->training = true;
        train->updated.n = 0;
        do {
            minimize_build(e, &train->minimizes.at[i]);
            i++;
        } while (times == 1 && i < train->minimizes.n && diag_errors(e->d) == 0 &&
                 train_setting(&train->minimizes.at[i].set, &train->set, SET_TIMES, 1) == 1);
        if (i == train->minimizes.n && times > 1) averages_program(e, m->tree->span);
        else if (i == train->minimizes.n) minimize_averages(e);
        elab_end_program(e);
    }
}

typedef struct {
    Elab *e;
    const Minimize *m;
} Moving;

static bool is_minimised_over(void *context, const Node *tensor) {
    const Moving *of = context;
    return over_holds(of->e, of->m, tensor->text);
}

/* The program's stopped values can be held while gradcheck moves parameters. */
static void hold_stopped(Elab *e, const Minimize *m, Program *p) {
    int n = p->outputs.n;
    Node **roots = NEW_ARRAY(e->a, Node *, n + 1);
    Moving of = {e, m};
    Hold h = {.storage = e->held_storage, .moves = is_minimised_over, .context = &of};
    for (int i = 0; i < n; i++) roots[i] = p->outputs.at[i].value;
    hold_stops(p->graph, &h, n, roots);
    for (int i = 0; i < n; i++) p->outputs.at[i].value = roots[i];
    for (int i = 0; i < h.all.n; i++) {
        const Held *x = &h.all.at[i];
        LIST_ADD(e->a, &p->stores, ((Store){h.storage, x->offset, x->size, x->value}));
    }
    Storage *storage = &e->m->storages.at[h.storage];
    if (storage->size < h.size) storage->size = h.size;
}

static void grad_program(Elab *e, Minimize *m) {
    const char *symbol = arena_printf(e->a, "gradients_%d", m->number);
    Program *p = elab_new_program(e, GEN_GRAD, arena_printf(e->a, "minimize.%d", m->number), symbol,
                                  e->m->batch, m->tree->span);
    p->about = about(e, m);
    e->training = true;
    Node *loss = minimize_loss(e, m);
    Node **gradient = loss ? minimize_gradients(e, m, loss) : NULL;
    if (gradient)
        LIST_ADD(e->a, &p->outputs,
                 ((Output){.name = syntax_print_tree(e->a, m->tree->kid[0]),
                           .value = loss,
                           .datum = -1}));
    for (int r = 0, at = 0; gradient && r < m->ranges.n; r++)
        for (int k = 0; k < m->ranges.at[r].n; k++, at++) {
            const char *path = e->variables.at[m->ranges.at[r].first + k].path;
            LIST_ADD(e->a, &p->outputs,
                     ((Output){.name = path, .value = gradient[at], .datum = -1}));
        }
    Claim *claim;
    for (int i = 0, n = gradient ? inverse_claims(e, &claim) : 0; i < n; i++)
        LIST_ADD(e->a, &p->outputs,
                 ((Output){.name = claim[i].name, .value = claim[i].off, .datum = -1}));
    hold_stopped(e, m, p);
    elab_end_program(e);
}

static void count_tensors(Elab *e) {
    for (int i = 0; i < e->train->minimizes.n; i++) {
        Tensor t = {arena_printf(e->a, "minimize.%d.t", i), GEN_UPDATES, {0}, -1, i,
                    e->train->minimizes.at[i].tree->span};
        LIST_ADD(e->a, &e->m->tensors, t);
    }
}

void train_steps(Elab *e) {
    for (int i = 0; i < e->train->minimizes.n; i++) {
        if (!over_check(e, &e->train->minimizes.at[i])) return;
        over_ranges(e, &e->train->minimizes.at[i]);
    }
    count_tensors(e);
    step_programs(e);
    for (int i = 0; i < e->train->minimizes.n && diag_errors(e->d) == 0; i++)
        grad_program(e, &e->train->minimizes.at[i]);
}

bool train_averages(const Elab *e) {
    return e->train->set.given[SET_EMA];
}

const Tree *train_loss(const Elab *e, int i) {
    return i < e->train->minimizes.n ? e->train->minimizes.at[i].tree->kid[0] : NULL;
}

const char *train_logged(const Elab *e, int i) {
    return i < e->train->logged.n ? e->train->logged.at[i] : NULL;
}

bool train_logs(const Elab *e, const char *name) {
    for (int i = 0; i < e->train->logged.n; i++)
        if (e->train->logged.at[i] == name) return true;
    return false;
}
