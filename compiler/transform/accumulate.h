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
    unsigned char *searched; /* by id: for find_blind_draw */
    NodeList order;          /* those that lead to a leaf, inputs before users */
    NodeList picks;          /* of scans, whose adjoints are known; for d_scan */
    GradFailure *failure;
};

/* Prepares the derivative of what will be seeded with respect to leaves. Only seeds' ancestors are
 * looked at. */
void accumulate_begin(Grad *grad, Graph *g, Arena *scratch, int least_depth, int n_seeds,
                      Node *const *seeds, int n_leaves, Node *const *leaves, GradFailure *failure);
/* Adds to the adjoint of one of the seeds. */
void accumulate_seed(Grad *grad, Node *seed, Node *adjoint);
/* Carries the adjoints back from the seeds to the leaves. */
void accumulate_run(Grad *grad);
Node *accumulate_adjoint(const Grad *grad, const Node *n); /* NULL if none arrived */
bool accumulate_leads(const Grad *grad, const Node *n);

/* No gradient passes from n to its input i. */
bool edge_is_blind(const Node *n, int i);

/* A draw without reparameterised gradient that n's blind edges hide, or NULL (reparameterised.c).
 */
Node *find_blind_draw(const Grad *grad, Node *n);
bool draw_is_blind(const Grad *grad, Node *drawn);

#endif
