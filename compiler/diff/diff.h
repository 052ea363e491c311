/* The semantic difference of two specs.
 *
 *   side.c       one of the two: read, compiled, its names in a table
 *   constant.c   compile-time numbers in expressions
 *   similar.c    how much two trees have in common
 *   align.c      two lists, aligned
 *   match.c      do two trees mean the same?
 *   call.c       ... two calls, with defaults in place
 *   walk.c       expressions that do not
 *   statement.c  bodies, statement by statement
 *   body.c       train blocks, distributions
 *   pair.c       files and declarations: paired by name, then by content
 *   declare.c    pairs of declarations, and those of one spec only
 *   effects.c    what follows: shapes, figures, objective, checkpoint
 *   lines.c      the difference as lines; text.c, markdown.c, json.c, plain.c lay them out
 *
 * Everything lies in one arena, so names of both specs are interned together. */
#ifndef GENC_DIFF_H
#define GENC_DIFF_H

#include "../emit/emit.h"

#include <cjson/cJSON.h>

/* One of the two specs. */
typedef struct {
    const char *title; /* how it is called: the file's name, or a run's */
    Diag *diag;
    int source;
    Model *model;
    EmitSize size;
    int n_overrides;
    const char *const *overrides; /* "beta=4" */
    struct Names *names;          /* private: side.c */
} DiffSide;

typedef enum {
    CHANGE_ADDED,
    CHANGE_REMOVED,
    CHANGE_CHANGED,
    CHANGE_RENAMED,
    CHANGE_MOVED,
    CHANGE_REORDERED /* a sum's terms, a product's factors: the same but for rounding */
} ChangeKind;

/* Bytes of an old file, and what stands there in the new one. */
typedef struct {
    Span at;
    const char *text;
} DiffEdit;

typedef struct {
    ChangeKind kind;
    const char *what;      /* "constant", "encoder", "statement", "stage", "argument", ... */
    const char *in;        /* the declaration that it is part of, "encoder q"; NULL: it is one */
    const char *path;      /* "q.h", "train.batch" */
    const Tree *old, *new; /* NULL where there is none */
    const char *old_text, *new_text; /* in canonical form, on one line */
    Span old_at, new_at;             /* NO_SPAN where there is none */
    const Tree *old_line, *new_line; /* the statements or declarations that show it */
    const Tree *old_decl, *new_decl;
    const Tree *old_span,
        *new_span; /* all that the edits replace, where that is more than old and new */
    double order;  /* as the new spec has it */
    int id;        /* as it was found */
    LIST(DiffEdit) edits;
} Change;

/* A shape or constant that follows from other constants. */
typedef struct {
    const char *what;      /* "h in q", "half" */
    const char *old, *new; /* "[400]" */
    const char *cause; /* "width": the one constant that does it alone; NULL: several together */
} DiffShape;

typedef struct {
    const char *what; /* "encoder q" */
    double old, new;
    bool has_old, has_new;
} DiffFigure;

typedef enum { TERM_SAME, TERM_CHANGED, TERM_ADDED, TERM_REMOVED, TERM_THROUGH } TermState;
typedef struct {
    const char *minimize; /* "minimize 1", or a loss's name */
    const char *term;     /* "beta * kl" as the new spec has it, or else the old */
    TermState state;
    const char *through; /* what it depends on and changed: "let beta, decoder p" */
} DiffTerm;

typedef struct {
    const char *path;
    const char *old, *new; /* shapes; NULL: not in that one */
    const char *renamed;   /* the path under which the same tensor is in the new spec */
} DiffTensor;

typedef struct {
    Arena *arena;
    DiffSide *old, *new;
    LIST(Change *) changes;
    LIST(DiffShape) shapes;
    LIST(DiffFigure) networks;
    DiffFigure parameters, flops, memory;
    LIST(DiffTerm) terms;
    LIST(DiffTensor) misfits;
    int tensors, fitting; /* parameters and state of the old spec; those that the new one takes */
    int astray;           /* those that it takes for another's, names having been exchanged */
    bool averages_fit;    /* what `ema` keeps, if either spec has it */
    bool resumes;         /* a checkpoint of the old one goes on in the new one as it is */
} Diff;

/* A side from a source of d that is read already: compiles it. False after errors, which are in d.
 */
bool diff_side(Arena *a, DiffSide *side, Diag *d, int source, const char *title, int n_overrides,
               const char *const *overrides);

/* A side from a model that was compiled with these settings. One that is only declared will do for
 * diff_changes. */
void diff_side_of(Arena *a, DiffSide *side, Model *model, const char *title, int n_overrides,
                  const char *const *overrides);

/* The changes alone. */
Diff *diff_changes(Arena *a, DiffSide *old, DiffSide *new);
Diff *diff_specs(Arena *a, DiffSide *old, DiffSide *new);

typedef struct {
    FILE *out;
    bool colour, all, brief; /* brief: without figures and checkpoint */
} DiffStyle;
void diff_print_text(const Diff *d, const DiffStyle *style);
void diff_print_markdown(const Diff *d, FILE *out);
/* A spec that came, or went, beside an empty one: what it is, then its lines. */
void diff_print_whole(const Diff *d, bool gone, const DiffStyle *style);
/* For git's textconv: a spec without comments, its declarations in one order, and its figures. */
void diff_print_plain(Arena *a, Diag *d, int source, FILE *out);
cJSON *diff_json(const Diff *d);

/* What the faces share. */
const char *change_word(ChangeKind kind);
const char *term_word(TermState state);
/* "encoder q(x)": a declaration without what it holds. */
const char *diff_heading(Arena *a, const Tree *decl);
/* "a.gen -> b.gen"; both are called the same in git. */
const char *diff_title(const Diff *d, const char *arrow);
bool diff_is_callable(const Tree *decl); /* does it bind what is called: fn, layer, network ... */
const char *diff_grouped(Arena *a, double n); /* 652,824 */
const char *diff_scaled(Arena *a, double n);  /* 436 M */

#endif
