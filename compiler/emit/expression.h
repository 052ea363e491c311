/* Elements of values as C expressions, and the locals that they need. */
#ifndef GENC_EXPRESSION_H
#define GENC_EXPRESSION_H

#include "emitter.h"

typedef enum { TYPE_REAL, TYPE_INTEGER /* a literal */, TYPE_INDEX, TYPE_BOOL } ExprType;

typedef struct {
    const char *text;
    int precedence; /* of its outermost operator */
    Level level;    /* the innermost loop that it changes in */
    ExprType type;
    bool simple; /* a name or a literal */
} Expr;

typedef struct Cell Cell;

/* The loop nest being written: an expression that occurs twice, or does not change in the inner
 * loop, becomes a local at the level where it changes. First everything is counted, then written.
 */
typedef struct {
    Emitter *e;
    Kernel *kernel;
    int segment;
    bool row_loop, element_loop;
    int64_t block; /* of the row's elements that the innermost loop goes through; 0: all */
    bool counting;
    bool conditional; /* under a pad's condition: nothing may be computed before it */
    bool divides;     /* an index divides in the inner loop */
    bool force_name;
    LIST(const Buffer *) written; /* by the stores of this segment */
    Text *text[3];                /* where the statements of each level go */
    int indent[3];
    LIST(Cell *) cells;
    LIST(const Atom *) printed; /* in indices, while counting */
    LIST(const Node *) ignored; /* gathers whose index makes no difference */
} Loop;

/* Element `at` of n. */
Expr loop_element(Loop *l, Node *n, const Index *at);
/* What element `at` of n (a reduction: at `reduced`) adds to it. */
Expr loop_term(Loop *l, Node *n, const Index *at, const Index *reduced);
/* The row of a table of this length that element `at` of an index chooses. */
Index loop_chosen(Loop *l, Node *index, const Index *at, int64_t length);
/* From now on element `at` of n is this. */
void loop_known(Loop *l, Node *n, const Index *at, Expr value);
/* Forget what changes in the inner loop; or all that has only been counted. */
void loop_forget(Loop *l);
void loop_drop(Loop *l);

/* "name[offset]" of an element in memory. */
const char *loop_place(Loop *l, const Location *where, int n, const Index *at);
const char *loop_type(const Node *n); /* "real" */
void loop_statement(Loop *l, Level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
const char *loop_combine(Loop *l, const Node *n, const char *sum, Expr term); /* "s += x;" */
const char *loop_neutral(const Node *n); /* 0, or -INFINITY of a maximum */

#endif
