/* transform.c: the passes that make a program fast, in their order. (Derivatives, inverses and samplers are
 * made while elaborating, where the spec asks for them.) */
#include "transform.h"
#include "finish.h"
#include "hoist.h"
#include "stream.h"

enum { STREAM_CHUNK = 50 }; /* draws of an example at a time */

static void stream(Graph *g, int n, Node **roots) {
    stream_draws(g, n, roots, STREAM_CHUNK);
}

static void (*const passes[])(Graph *, int n_roots, Node **roots) = {finish_roots, stream, hoist_scans};

/* Inputs that nothing reads any more are dropped; the arguments of a function stay. */
static void prune_inputs(Program *p, int n, Node *const *roots) {
    Arena *a = p->graph->arena;
    int *place = NEW_ARRAY(a, int, p->inputs.n + 1), kept = 0;
    bool *used = NEW_ARRAY(a, bool, p->inputs.n + 1);
    if (p->is_function) return;
    NodeList all = graph_reachable(a, n, roots, NULL);
    for (int i = 0; i < all.n; i++)
        if (all.at[i]->op == OP_INPUT) used[all.at[i]->ints[0]] = true;
    for (int i = 0; i < p->inputs.n; i++) {
        place[i] = used[i] ? kept : -1;
        if (used[i]) p->inputs.at[kept++] = p->inputs.at[i];
    }
    p->inputs.n = kept;
    p->input_places = place;
}

static void transform_program(Program *p) {
    int n = 0;
    Node **roots = NEW_ARRAY(p->graph->arena, Node *, p->outputs.n + p->stores.n + p->finite.n + 1);
    for (int i = 0; i < p->outputs.n; i++) roots[n++] = p->outputs.at[i].value;
    for (int i = 0; i < p->stores.n; i++) roots[n++] = p->stores.at[i].value;
    for (int i = 0; i < p->finite.n; i++) roots[n++] = p->finite.at[i];
    for (size_t i = 0; i < sizeof passes / sizeof *passes; i++) passes[i](p->graph, n, roots);
    prune_inputs(p, n, roots);
    n = 0;
    for (int i = 0; i < p->outputs.n; i++) p->outputs.at[i].value = roots[n++];
    for (int i = 0; i < p->stores.n; i++) p->stores.at[i].value = roots[n++];
    for (int i = 0; i < p->finite.n; i++) p->finite.at[i] = roots[n++];
}

void transform_model(Model *m) {
    for (int i = 0; i < m->programs.n; i++) transform_program(m->programs.at[i]);
}
