/* The counts of work that ops.def names: flops of one evaluation, all rows. */
#ifndef GENC_WORK_H
#define GENC_WORK_H

#include "graph.h"

double work_contract(const Node *n);
double work_tri_solve(const Node *n);
double work_log_abs_det(const Node *n);
double work_inverse(const Node *n);
double work_scan(const Node *n);

#endif
