/* A page of text (at most 100 columns) or LaTeX, for genc explain. */
#ifndef GENC_EXPLAIN_PAGE_H
#define GENC_EXPLAIN_PAGE_H

#include "../base.h"

typedef struct Page Page;

Page *page_new(Arena *a, bool latex, const char *title);
void page_heading(Page *p, const char *words);
void page_prose(Page *p, int indent, const char *words);
/* A line as the spec spells it; it breaks at spaces. */
void page_code(Page *p, int indent, const char *code);
/* A formula (see formula.h): left, relation, right. Rows that follow each other at one indent have
 * their relations below each other. relation and right may be "". */
void page_row(Page *p, int indent, const char *left, const char *relation, const char *right);
/* Ends a run of rows. */
void page_gap(Page *p);
char *page_finish(Page *p);

#endif
