/* Bodies, line by line, for genc explain. */
#ifndef GENC_EXPLAIN_STATEMENT_H
#define GENC_EXPLAIN_STATEMENT_H

#include "formula.h"
#include "page.h"

typedef struct {
    Page *page;
    const Spec *spec;
    bool latex;
    const Scope *scope;
} Lines;

Formula lines_formula(const Lines *l);
/* A row, and below it what its formulas counted over (draws, scans). relation is in text. */
void lines_row(Lines *l, int indent, Formula *left, const char *relation, Formula *right);
void lines_statement(Lines *l, int indent, const Tree *t);
/* All statements of a body but its returns. */
void lines_where(Lines *l, int indent, const Tree *body);
/* All of them. */
void lines_body(Lines *l, int indent, const Tree *body);
/* Something that can be called: its head, and what its body says below it. */
void lines_definition(Lines *l, int indent, const Callable *c);

#endif
