/* The printer's own page: lines under construction, and who prints what. Private to print*.c.
 *
 * print.c lays out statements, bodies, comments and blank lines, and aligns; print_statement.c
 * writes one declaration or statement; print_expression.c writes expressions. */
#ifndef GENC_PRINT_H
#define GENC_PRINT_H

#include "tree.h"

enum { PRINT_WIDTH = 100, PRINT_INDENT = 4 };

/* A finished line. In a run of neighbours with the same key, what stands at align_at is padded to
 * one column. */
typedef struct {
    const char *text;
    const char *comment; /* after the text; NULL: none */
    int align_at;        /* bytes */
    int align_key;       /* 0: nothing to align */
    bool blank_before;
} PrintLine;

typedef struct {
    Arena *arena;
    const SyntaxFile *file; /* NULL when a tree is printed alone, on one line */
    const char *source;     /* its text */
    bool flat;              /* all on one line, without comments */
    bool measuring;         /* only columns are wanted, not text */
    bool one_line;          /* the statement at hand fits on its line */
    int in_braces;          /* bodies open on this line */
    int in_brackets;        /* brackets that are still to be closed on it */
    bool alone;             /* the next expression fills its place between brackets or commas */
    LIST(PrintLine) lines;
    Text line;              /* the line under construction */
    int column;             /* characters in it */
    const char *comment;    /* at its end */
    int indent;             /* of the statement at hand */
    int align_at, align_key;
    bool blank_before;
    int next_comment;       /* the first not printed yet */
    SyntaxMark *marks;      /* expressions whose places in the line are wanted */
    int n_marks;
} Printer;

/* print.c */
void print_put(Printer *p, const char *text);
void print_break(Printer *p, int indent);          /* goes on in a new line */
bool print_fits(const Printer *p, int width);      /* in what is left of the line */
int print_flat_width(const Printer *p, const Tree *t);
void print_body(Printer *p, const Tree *body);       /* of a declaration or statement */
void print_inner_body(Printer *p, const Tree *body); /* of a scan or draws in an expression */
/* { ... } around a list that has no BODY of its own, and '}' before offset `end`. */
void print_braces(Printer *p, const Tree *items, int end);
/* Is there a body in `t` that stood on several lines? */
bool print_holds_tall_body(const Printer *p, const Tree *t);
/* Here begins what neighbours of the same kind align. */
void print_align(Printer *p, const Tree *t, char separator);
bool print_has_comment_before(const Printer *p, int offset);
void print_trailing_comment(Printer *p, int offset, int limit);
void print_comment_lines(Printer *p, int offset, int indent);

/* print_statement.c */
void print_statement(Printer *p, const Tree *t);

/* print_expression.c */
void print_expression(Printer *p, const Tree *t);
void print_list(Printer *p, const Tree *list);     /* a, b, c */
void print_dims(Printer *p, const Tree *dims);     /* [a, b], nothing for NULL */
void print_kind(Printer *p, const Tree *kind);     /* " : index(10)", nothing for NULL */

#endif
