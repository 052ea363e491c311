/* What names mean while a spec is elaborated.
 *
 * Values live at compile time. Only a VALUE_NODE exists when the trainer runs; distributions,
 * layers and functions are values here too: a declaration with its arguments and the place it was
 * made. */
#ifndef GENC_VALUE_H
#define GENC_VALUE_H

#include "elaborate.h"

typedef struct Elab Elab;
typedef struct Env Env;
typedef struct Module Module;
typedef struct Value Value;
typedef struct Builtin Builtin;
typedef struct Dist Dist;
typedef struct Instance Instance;
typedef struct Argument Argument;

typedef enum {
    VALUE_POISON,   /* an error was reported: silences its consequences */
    VALUE_NUMBER,   /* a compile-time number */
    VALUE_NODE,     /* a value of the running program */
    VALUE_TEXT,     /* "file.gz" */
    VALUE_NONE,     /* the constant `none`: an argument left open */
    VALUE_RANGE,    /* 0..8, perhaps reversed */
    VALUE_TUPLE,    /* several results */
    VALUE_CALLABLE, /* a function, layer, distribution ... as such */
    VALUE_INSTANCE, /* a layer with its arguments, not yet applied, or applied several times */
    VALUE_DIST,     /* a distribution */
    VALUE_SHOWN,    /* image(v), points(v) ...: a value and how to show it */
} ValueKind;

/* Something that can be called: a declaration in its module, or a primitive. */
typedef struct {
    const Tree *decl; /* FN, LAYER, DISTRIBUTION, OPTIMIZER, NETWORK, AUTOREGRESSIVE, FLOW */
    Module *home;
    const Builtin *builtin; /* set exactly if decl is NULL */
} Callable;

struct Value {
    ValueKind kind;
    Span span;          /* where it was bound or computed, for notes */
    double number;      /* NUMBER; RANGE: from; SHOWN: rate */
    double to;          /* RANGE: one past the last */
    bool reverse;       /* RANGE */
    Node *node;         /* NODE, SHOWN */
    Node *padding;      /* NODE: the sequence of classes whose padding is its own too; or NULL */
    const char *text;   /* TEXT */
    GenDisplay display; /* SHOWN */
    int n;
    Value *items;       /* TUPLE */
    Callable callable;  /* CALLABLE */
    Instance *instance; /* INSTANCE */
    Dist *dist;         /* DIST */
};

/* One name in a scope. A lazy one is an expression that is evaluated when it is first asked for:
 * default arguments, which may be defined by each other. */
typedef struct Binding Binding;
struct Binding {
    const char *name;
    Value value;
    bool fixed;       /* may not be rebound: a shape's name, a constant */
    const Tree *lazy; /* not yet evaluated, or NULL */
    bool running;     /* a lazy one being evaluated */
    const char *path; /* of a state */
};

/* A scope: names, and what surrounds it. A barrier (scan, draws, function bodies) keeps outer names
 * from being rebound. */
struct Env {
    Env *outer;
    Module *module; /* where names not found are looked up */
    bool barrier;
    const char *barrier_word; /* "scan", "draws" */
    LIST(Binding) names;
};

/* A distribution: its family, arguments, and where its draws get their name. */
struct Dist {
    const Tree *family; /* NULL if it is derived */
    Module *home;
    Env *env; /* the arguments by name, and the names of their shapes */
    Span span;
    const struct DerivedDist *derived; /* NULL if it is a family's */
    const void *of;                    /* derived: what from, as that kind knows it */
};

/* A kind of distribution that no family states: what it can do follows from something else, as the
 * image of a distribution under an invertible map does. */
typedef struct DerivedDist {
    const char *name; /* for messages */
    /* As dist_draw, dist_log_prob and dist_method. */
    Value (*draw)(Elab *e, const Dist *d, const Shape *wanted, const char *path, Span at);
    Value (*log_prob)(Elab *e, const Dist *d, const Argument *x, bool summed, const Tree *t);
    bool (*has_method)(const Dist *d, const char *name); /* NULL: none */
    Value (*method)(Elab *e, const Dist *d, const char *name, int n, Argument *args, const Tree *t);
} DerivedDist;

/* A layer made without an input: every application shares its parameters. Or a flow with its
 * arguments. */
struct Instance {
    const Tree *layer;
    Module *home;
    int n_args;
    Argument *args;
    const char *path; /* of its parameters */
    Env *env;         /* of its last application: where its parameters are found */
    Span span;
    bool inverse; /* of a flow: backwards */
};

/* An argument of a call, evaluated. */
struct Argument {
    const char *name;
    Value value;
    Span span;
};

Value value_poison(void);
Value value_number(double v, Span span);
Value value_node(Node *n, Span span);
const char *value_describe(Elab *e,
                           const Value *v); /* "a number", "a distribution (normal)", "[20]" */

#endif
