/* Substitution: nodes made again on other inputs, scans with their bodies. */
#ifndef GENC_REWRITE_H
#define GENC_REWRITE_H

#include "../graph/graph.h"

typedef struct {
    Graph *g;
    Arena *scratch;  /* freed by rewrite */
    int least_depth; /* nodes less deep stay as they are; 0: none do */
    bool strip;      /* leave out STOP and DRAWN; all scans are made anew */
    /* What becomes of a STOP, its input being `image` by now, in the scans that are open; then,
     * too, all scans are made anew. NULL: a STOP of that. */
    Node *(*stopped)(void *context, const Node *stop, Node *image);
    void *context;
    int first; /* how many scans were finished when this began */
    const Rows *rows,
        *rows_image;    /* what has these rows, or rows inside them, gets those; NULL: none */
    Node *turn;         /* the further turn that keys the draws in those rows */
    LIST(Node *) image; /* by id: what a node becomes; NULL: not known yet */
    LIST(bool) live;    /* by id: some root needs it */
    LIST(struct ScanUse *) uses; /* by the SCAN node's id */
} Rewrite;

Rewrite *rewrite_new(Graph *g, int least_depth);
/* What `old` is to become; its own inputs are not looked at any more. */
void rewrite_set(Rewrite *r, Node *old, Node *image);
/* Replaces each root by its image. Of scans only the results, carries and slices that a root needs
 * are made again; a scan that nothing changes is left as it is unless strip is on. Call once: r is
 * gone then. */
void rewrite(Rewrite *r, int n, Node **roots);

#endif
