/* A naive evaluator of graphs in double precision: what every other way of computing is checked
 * against.
 *
 * A value lies in memory as in the trainer: [rows..., shape...], row-major; indices and booleans
 * are numbers too. Leaves have the values they are given; a draw's come from a hash of its path,
 * example, turn and place, so that equal draws are equal however they are computed. */
#ifndef GENC_INTERPRET_H
#define GENC_INTERPRET_H

#include "../../compiler/graph/graph.h"

typedef struct Interpreter Interpreter;

Interpreter *interpret_new(Graph *g);
/* n's values from now on, whatever it is made of; copied. */
void interpret_set(Interpreter *in, const Node *n, const double *values);
/* From now on every operation's result is rounded to single precision. */
void interpret_in_float(Interpreter *in);
/* Computes the roots anew. */
void interpret_run(Interpreter *in, int n_roots, Node *const *roots);
const double *interpret_value(const Interpreter *in, const Node *n);
int64_t interpret_size(const Node *n); /* elements, all rows */

#endif
