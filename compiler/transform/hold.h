/* Stopped values that stay where they are while what they come from is moved. */
#ifndef GENC_HOLD_H
#define GENC_HOLD_H

#include "../graph/graph.h"

/* A STOP's value as it is to be kept from one run for the next: `size` elements of a storage. */
typedef struct {
    int64_t offset, size;
    Node *value; /* in memory order */
} Held;

typedef struct {
    int storage;                                      /* where they are kept */
    bool (*moves)(void *context, const Node *tensor); /* is this one moved between two runs? */
    void *context;
    LIST(Held) all;
    int64_t size; /* of all together */
} Hold;

/* A difference quotient sees through a STOP that a derivative does not. Does: every STOP that
 * depends on a tensor that moves becomes where(hold, what the storage holds, its value), with the
 * run-time scalar `hold`; in a scan one value for each turn is held. Requires: all gradients have
 * been taken. Leaves: roots of equal value while `hold` is 0; in h->all, what is to be stored. */
void hold_stops(Graph *g, Hold *h, int n, Node **roots);

#endif
