/* genc explain: a spec as mathematics, from its tree alone.
 *
 *   names.c       what the spec's names denote; the letters of networks' parameters
 *   symbols.c     names, brackets and places to break, in text and LaTeX
 *   formula.c     expressions as formulas; calls, operators, distributions
 *   notation.c    library words as std/notation.def writes them
 *   statement.c   bodies, line by line
 *   depends.c     the data and draws that a value depends on: what its expectation is over
 *   page.c        lines to a page: columns, wrapping, escapes
 *   explain.c     the sections of the page */
#ifndef GENC_EXPLAIN_H
#define GENC_EXPLAIN_H

#include "../syntax/tree.h"

/* The page for source number `source` of d, which has been checked without an error (so that what
 * it imports, and the library, are sources of d too). Text of at most 100 columns, or LaTeX. */
char *explain_spec(Arena *a, Diag *d, int source, const char *name, bool latex);

#endif
