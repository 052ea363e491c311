/* A reverse accumulation: over a whole graph, or over the body of one scan. */
#ifndef GENC_ACCUMULATE_H
#define GENC_ACCUMULATE_H

#include "derivatives.h"

typedef enum { LEADS_UNKNOWN, LEADS_NOWHERE, LEADS_TO_WRT } Leads;

struct Grad {
    Graph *g;
    Arena *scratch;       /* for what is not needed afterwards */
    int least_depth;      /* nodes outside scans this deep are taken as constants, or as leaves */
    int room;             /* nodes there were at the start; only these have adjoints */
    Node **adjoint;       /* by id: the sum so far, or NULL */
    unsigned char *leads; /* by id: Leads; a leaf leads to itself */
    NodeList order;       /* those that lead to a leaf, inputs before users */
    NodeList picks;       /* of scans, whose adjoints are known; for d_scan */
};

/* Prepares the derivative of what will be seeded with respect to leaves. Only seeds' ancestors are
 * looked at. */
void accumulate_begin(Grad *grad, Graph *g, Arena *scratch, int least_depth, int n_seeds,
                      Node *const *seeds, int n_leaves, Node *const *leaves);
/* Adds to the adjoint of one of the seeds. */
void accumulate_seed(Grad *grad, Node *seed, Node *adjoint);
/* Carries the adjoints back from the seeds to the leaves. */
void accumulate_run(Grad *grad);
Node *accumulate_adjoint(const Grad *grad, const Node *n); /* NULL if none arrived */
bool accumulate_leads(const Grad *grad, const Node *n);

/* A draw between y and a wrt that has no reparameterised gradient, or NULL (reparameterised.c). */
Node *find_blind_draw(Graph *g, Arena *scratch, Node *y, int n, Node *const *wrt);

#endif
