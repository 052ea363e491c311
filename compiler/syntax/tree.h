/* The syntax tree: what the parser makes of a spec, comments and places kept.
 *
 * There is one node type. A kind has a fixed number of kids, listed beside it in tree.def; a
 * missing optional part is NULL, and wherever there may be several there is a TREE_LIST. */
#ifndef GENC_TREE_H
#define GENC_TREE_H

#include "../base.h"
#include "../diag.h"

typedef enum {
#define TREE(kind, kids, what) TREE_##kind,
#include "tree.def"
#undef TREE
    TREE_COUNT
} TreeKind;

enum {
    TREE_BRACKETED = 1, /* an expression that stood in brackets */
    TREE_UNPAIRED  = 2, /* data ... unpaired */
    TREE_FINAL     = 4, /* metric ... final */
};

enum { TREE_MAX_KIDS = 6 };

typedef struct Tree Tree;
struct Tree {
    TreeKind kind;
    int flags;
    int depth;              /* the longest way down from here: at most SYNTAX_MAX_DEPTH */
    Span span;              /* all of it */
    Span name_span;         /* its name or operator alone */
    const char *name;       /* interned: identifier, operator, role */
    const char *text;       /* a string's contents; a number as it was written */
    double number;
    Tree *kid[TREE_MAX_KIDS];
    struct { Tree **at; int n, room; } list; /* TREE_LIST only */
};

/* A comment: its text without the '#', and whether it stood alone on its line. */
typedef struct { Span span; const char *text; bool own_line; } Comment;

typedef struct {
    int source;             /* its number in Diag */
    Tree *decls;            /* TREE_LIST of declarations */
    struct { Comment *at; int n, room; } comments;  /* in order of place */
} SyntaxFile;

/* Limits; each is an error, never an overflow. */
enum { SYNTAX_MAX_BYTES = 1 << 20, SYNTAX_MAX_DEPTH = 200, SYNTAX_MAX_NODES = 200000 };

/* Parses source number `source` of d. Every syntax error is reported to d; what could be
 * recovered is returned (never NULL). */
SyntaxFile *syntax_parse(Arena *a, Diag *d, int source);

/* The canonical form: fmt's output, the run folder's spec.gen. Comments are kept. */
char *syntax_print(Arena *a, const Diag *d, const SyntaxFile *file);
/* One expression or statement in canonical form, on one line, without comments. */
char *syntax_print_tree(Arena *a, const Tree *t);

/* The same, saying where some of its parts come to stand: bytes [start, end), or -1. */
typedef struct { const Tree *tree; int start, end; } SyntaxMark;
char *syntax_print_marked(Arena *a, const Tree *t, SyntaxMark *marks, int n);

/* What a list of declarations says, whatever its layout and order: hash.c. */
uint64_t syntax_hash(const Tree *decls);

const char *tree_kind_name(TreeKind kind);
/* The reserved words; NULL behind the last. */
const char *syntax_word(int i);

#endif
