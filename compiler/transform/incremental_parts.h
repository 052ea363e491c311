/* What the files of the one-position-at-a-time sampler share: incremental.c says what each turn
 * computes, incremental_make.c makes it, incremental_unfold.c takes recurrences apart that are asked
 * for along more axes than their turns'. */
#ifndef GENC_INCREMENTAL_PARTS_H
#define GENC_INCREMENTAL_PARTS_H

#include "causal.h"
#include "incremental.h"
#include "incremental_rules.h"

typedef enum {
    PART_STATIC, /* does not depend on x: computed before the scan */
    PART_VIEW,   /* looked through */
    PART_PLACES, /* at its own places */
    PART_WHOLE,  /* all of it at each turn */
    PART_TURN,   /* of a SCAN: one of its turns at each of ours; of a PICK: its result */
    PART_PAST,   /* what an unfolded carry was at earlier turns */
} PartRole;

/* The next value of an unfolded scan's carry, for all of its turns, as it was when our turn began.
 * past: a HOLE in the unfolded body; next: what it stands for; trace: the same value in the scan as
 * it was; known: what of next x has no part in is computed beforehand. */
typedef struct {
    Node *past, *next, *trace;
    const int *latest; /* of trace, by element */
    bool known;
    LIST(Ask) asks; /* of past, over axes */
    unsigned axes;
} Feedback;

typedef LIST(Feedback) Feedbacks;

/* A value of the network. */
typedef struct {
    PartRole role;
    unsigned axes; /* along which its places are */
    LIST(Ask) asks;
    bool asked_whole, mixed; /* mixed: asked for along different axes */
    Ask own;                 /* the places made at each turn */
    int64_t n_places;
    Node *fresh;  /* those, [taps, block...] */
    Node *kept;   /* all so far, [1 + places + 1, block...]: zeros, places, what is not wanted */
    Node *all;    /* whole */
    Node **image; /* of a SCAN in turns: this turn's yields */
    int *least, *latest; /* of a SCAN: by turn, of all its yields that are read */
    bool running;        /* a running sum: its places come one after another */
    Feedback *feeds;     /* of PAST, and of what it stands for */
    Node *before;        /* of what feeds: all kept at earlier turns */
    int memory;          /* its number, with before */
} Part;

typedef struct {
    Node *formal, *next;
} Memory;

struct Sampler {
    Graph *g;
    Arena *a;
    Node *leaf;
    const Order *order;
    int turns;
    Arena *facts; /* where causal keeps what it finds, for one plan */
    Causal *causal;
    Scan *scan;
    LIST(Part *) parts; /* by id */
    NodeList nodes;     /* of the network, inputs first */
    NodeList whole;
    Feedbacks fed;
    NodeList known; /* by feedback: the memory's rows that are there beforehand, or NULL */
    LIST(Memory) memories;
};

/* ---- incremental.c ---- */

/* What values depend on, with what feeds as leaves. */
Causal *sampler_causal(Sampler *s, Arena *a);

Part *part_of(Sampler *s, const Node *n);
bool part_is_static(Sampler *s, const Node *n);
bool part_same_ask(const Sampler *s, Ask a, Ask b);

/* ---- incremental_make.c ---- */

/* What is computed before the scan, outside of it. */
void make_known(Sampler *s);
/* Opens x's memory and those of what feeds. */
void make_memories(Sampler *s);
/* A parameter at this turn's position. */
Node *make_parameter(Sampler *s, Node *param);
Node *make_result(Sampler *s, Node *drawn);

/* ---- incremental_unfold.c ---- */

/* The values `params` of the network with `scan` taken apart: its body for all turns at once, a
 * carry being the next value moved on by a turn. False if an operation has no form for all turns.
 * known: see Feedback. Adds to s->fed, whose next
 * values are made anew too. */
bool unfold_scan(Sampler *s, Node *scan, bool known, int n, Node **params);

#endif
