/* Scans that are the same are one. */
#ifndef GENC_SHARE_H
#define GENC_SHARE_H

#include "../graph/graph.h"

/* A finished scan, of those from number `from` on, that computes what s does: the same turns of the
 * same sequences, from the same carries by the same body. NULL if there is none. Requires: s is
 * open, is the last one opened, and has all its next values. If there is one, s is given up, and
 * values of its body become those of the other. */
Scan *share_scan(Graph *g, Scan *s, int from, int n_values, Node **values);

#endif
