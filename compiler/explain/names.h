/* What the names of a spec denote, for genc explain. */
#ifndef GENC_EXPLAIN_NAMES_H
#define GENC_EXPLAIN_NAMES_H

#include "../syntax/tree.h"

/* Something that can be called: a declaration of the spec, of an import, or of the library. */
typedef struct {
    const Tree *decl;
    bool library;
    const char *letter;   /* a network's parameters: "theta"; NULL: not a network */
    const char *variable; /* what its distribution is of, "z" of z ~ q(x); NULL: not said */
} Callable;

typedef struct {
    Arena *arena;
    const Diag *diag;
    const SyntaxFile *file;
    LIST(Callable) callables; /* the spec's own first: the first of a name counts */
} Spec;

/* The names of one body, or of a call's arguments. */
typedef struct Scope Scope;
struct Scope {
    const Scope *outer;     /* NULL: the declarations of the spec */
    const Tree *formals;    /* TREE_LIST of FORMAL, or NULL */
    const Tree *statements; /* TREE_LIST, or NULL */
    const char *index;      /* every name bound here carries it as subscript: draws; or NULL */
};

Spec *spec_read(Arena *a, Diag *d, int source);

const Callable *spec_callable(const Spec *s, const char *name);
bool spec_is_network(const Callable *c);
/* Whether the spec itself spells a name so anywhere. */
bool spec_uses(const Spec *s, const char *name);

/* The statement or declaration that binds a name; NULL: none. *in is the scope where it is, NULL at
 * the spec's top level; a formal gives its FORMAL. */
const Tree *spec_binding(const Spec *s, const Scope *scope, const char *name, const Scope **in);
/* What a name that was bound alone (d = normal(0, 1)) stands for, or NULL. */
const Tree *spec_bound_value(const Tree *binding);

/* Whether an expression is a distribution. */
bool spec_is_distribution(const Spec *s, const Scope *scope, const Tree *t);
/* Whether what a callable returns is one. */
bool spec_gives_distribution(const Spec *s, const Callable *c);
/* Whether a name is written anywhere in an expression. */
bool spec_mentions(const Spec *s, const Tree *t, const char *name);
/* The first value that a body returns; a body that is an expression returns itself. NULL: none. */
const Tree *body_result(const Tree *body);
/* All it returns: a TREE_LIST, or NULL where it returns itself or nothing. */
const Tree *body_results(const Tree *body);
const Tree *callable_body(const Tree *decl);
const Tree *callable_formals(const Tree *decl);
const Tree *callable_pattern(const Tree *decl); /* behind `on`: PATTERN, TREE_LIST or NULL */

#endif
