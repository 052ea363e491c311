/* An inversion from the inside: what invert.c and its neighbours for scans and for orders of
 * elements share. */
#ifndef GENC_INVERSION_H
#define GENC_INVERSION_H

#include "causal.h"
#include "invert.h"

/* One step backwards: from a value that is known to one that is not. */
typedef struct Step Step;
struct Step {
    void (*run)(Inversion *v, const Step *s);      /* makes the image of what becomes known; no
                                                      function: another step does */
    Node *(*log_det)(Inversion *v, const Step *s); /* log |derivative| in values of the way there,
                                                      shape []; no function: 0 */
    Node *n;                                       /* the known value */
    int operand;                                   /* which of its operands becomes known */
    const void *own;                               /* a scan's, an order's */
};

/* Of a value whose slices become known one by one. */
typedef struct {
    bool *covered; /* by element */
    int64_t left;  /* elements not covered */
    Node *value;   /* while solving: the sum of the parts known, zero elsewhere */
} Partial;

enum {
    NODE_DEPENDS = 1,    /* on a leaf */
    NODE_KNOWN = 2,      /* has an image, or could have one */
    NODE_COORDINATE = 4, /* is known because it was solved for, or given */
    NODE_SPENT = 8,      /* and has been replaced by what it was solved for */
    NODE_LEAF = 16,
};

struct Inversion {
    Graph *g;
    Arena *a;
    Inversion *outer;    /* of a part: the inversion around it */
    const Scan *body;    /* of a scan's body: nodes less deep are the outer one's */
    Inversion *estimate; /* of a map solved turn by turn: gives scales and shifts */
    Causal *causal;      /* and says which operand stands for an element itself */
    int n_given;
    Node *const *given; /* nodes that count as constants */
    NodeList order;     /* all that leads to y, inputs first */
    int room;           /* ids known here are below this */
    unsigned char *marks;
    Node **image;
    Partial **partial;
    const struct Element **places; /* by id of a move: where its elements come from */
    LIST(Node *) unknown; /* in order, what depends on a leaf and was not known at the last look */
    LIST(Node *) coordinates; /* in the order in which they became known */
    LIST(Step) steps;
    int n_leaves;
    Node *const *leaves;
    bool dirty; /* marks of computed values are behind */
    InvertFailure *failure;
    InvertFailure deeper; /* inside a scan's body that was tried */
    int64_t turns;        /* the most that a part solved turn by turn takes; 0: there is none */
};

bool inversion_marked(const Inversion *v, const Node *n, int mark);
/* Values of roots are given; those of the leaves are looked for. False, and why, if they do not
 * come out. */
bool inversion_plan(Inversion *v, int n_roots, Node *const *roots, int n_leaves,
                    Node *const *leaves);
void inversion_make_known(Inversion *v, Node *n);
void inversion_add_step(Inversion *v, Step step);
/* n's value in terms of what is known; it must be known. */
Node *inversion_image(Inversion *v, Node *n);
void inversion_set_image(Inversion *v, const Node *n, Node *image);
void inversion_run(Inversion *v);
Node *inversion_log_det(Inversion *v); /* over v's values, shape []; NULL: 0 */
Node *inversion_sum(Graph *g, Node *slope, const Node *n);

/* invert_turns.c: one operation, where nothing else advances, whose operands depend on one another
 * position by position; false: there is none. */
bool invert_in_turns(Inversion *v);
/* The operand that, at every element, depends on a later position than each of the others; -1. */
int invert_latest_operand(Inversion *v, Node *n);
/* invert_scan.c: the scan whose result n is, from the results that are known; false: not yet, or
 * never (*reason). */
bool invert_scan(Inversion *v, Node *n, const char **reason);

#endif
