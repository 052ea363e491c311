/* The elaborator's inside: its state, and what its files offer each other.
 *
 *   elaborate.c         the order of it all: constants, discovery of parameters, then each program
 *   memo.c              top-level values, once a program
 *   scope.c             modules, names and scopes
 *   resolve.c           names in what nothing calls
 *   value.c             values described; numbers and nodes out of values
 *   expr.c              expressions
 *   shape.c             written shapes, patterns and subscripts
 *   body.c              statements
 *   scan.c              scan and draws
 *   call.c              functions, layers, networks
 *   builtin.c           the primitives (builtins.def, builtin.h); by subject:
 *     builtin_math.c    elementwise and reductions
 *     builtin_move.c    what places elements elsewhere
 *     builtin_matrix.c  linear algebra
 *     builtin_window.c  windows of convolutions and pooling
 *     builtin_inverse.c inverses that a spec states
 *     sequence.c        sequences of unequal lengths, and how samples show values
 *   dist.c              distributions
 *     image.c           that of f(z) for a draw z
 *     autoregressive.c  those over sequences
 *   flow.c              invertible networks, in both directions (flow.h)
 *   params.c            parameters and state by path
 *   data.c              data declarations
 *   train.c             the train block (train.h)
 *     gradients.c       what a minimize is over, and its gradients
 *     optimizer.c       an optimizer's body, on a stretch of parameters
 *     minimize.c        one minimize, from loss to stores
 *   programs.c          what the trainer does besides its steps
 *   settable.c          what a sample draws, given from outside
 *   library.c           networks as functions for other programs
 *   see.c               what expressions came to, for editors */
#ifndef GENC_ELAB_H
#define GENC_ELAB_H

#include "value.h"

/* How often each path was used: the second q.h.dense becomes q.h.dense#2. */
typedef struct {
    const char *path;
    int used;
} PathCount;
typedef LIST(PathCount) PathCounts;

/* Where elaboration stands: saved and restored around everything that is nested. */
typedef struct {
    Env *env;
    const char *path;              /* of parameters: "q.h.dense"; "" at top level */
    const char *draw_path;         /* of draws: through the call sites, "code.q.h.dropout" */
    PathCounts *param_counts;      /* of the network being called */
    PathCounts *draw_counts;       /* of the program */
    const Rows *rows;              /* how often a draw happens here */
    int turn_base;                 /* e->turns from here on are the scans around */
    struct Noise *noise;           /* set inside a distribution's draw */
    struct Results *results;       /* where return and yield of the current body go */
    struct Optimizing *optimizing; /* set inside an optimizer's body: see train.c */
    const char *function; /* name of the pure function whose body this is, or NULL: it may have no
                             parameters */
    Span user;            /* the last place in the user's own text */
} Context;

/* What random() and gaussian() need inside a draw. */
typedef struct Noise {
    Shape independent;
    const char *path;
    int used;
} Noise;

/* What a body gave: return's value, yield's values. */
typedef struct Results {
    Value returned;
    bool has_returned, has_yielded;
    LIST(Value) yields;
    enum { BODY_VALUE, BODY_SCAN, BODY_SAMPLE } kind;
} Results;

/* A parameter or state, known by its path from discovery on. */
typedef struct {
    const char *path;
    GenRole role; /* GEN_PARAM or GEN_STATE */
    Shape shape;
    Span span;
    Node *initial; /* in the init program */
    int storage;
    int64_t offset;
    bool updated; /* a state that some `update` names */
} Variable;

/* A top-level value in the program being built. */
typedef struct {
    const Tree *decl;
    int item;
    Value value;
    bool running;
} Memo;

/* Where a declaration's item stands in e->memo, if it is there: memo.c. */
typedef struct {
    const Tree *decl;
    int item, place;
} MemoEntry;

/* A top-level name. item: which of a declaration's names it is (data x, y; a, b = f(c)). */
typedef struct {
    const char *name;
    const Tree *decl;
    Module *home;
    int item;
    Span span;
} Global;

struct Module {
    Module *outer; /* std, then nothing */
    const char *name;
    bool builtin;                                /* part of the standard library */
    LIST(Global) values, callables;              /* by name */
    LIST(const Tree *) trains, metrics, samples; /* metrics and samples by name */
};

typedef struct {
    const char *path;
    Node *now;
} Version;
/* The updates of one state in one minimize: `now` is the last call's, `before` the sum of all
 * earlier calls'. */
typedef struct {
    const char *path;
    Node *before, *now;
    int calls;
    const Env *call;
} StateUpdate;

/* A draw of a sample's body that can be given from outside. */
typedef struct {
    const char *name;
    Node *value;
} Settable;

/* A network as the spec first calls it: what its arguments are. */
typedef struct {
    const Tree *decl;
    int n;
    Argument *args; /* in the order of its formals, without those that were left out */
} Signature;

/* A with_inverse: its node, and what the inverse is called. */
typedef struct {
    Node *made;
    const char *name;
} StatedInverse;

/* What the trainer's gradcheck must find to be 0 for every example. */
typedef struct {
    const char *name;
    Node *off;
} Claim;

typedef struct Train Train;

struct Elab {
    Arena *a;
    Diag *d;
    Model *m;
    const ElaborateOptions *options;
    Module *std, *user;
    Context at;
    LIST(Node *) turns;  /* FORMAL turns of the scans around, outermost first */
    int depth;           /* of nested calls and expressions, in one top-level value */
    int levels;          /* the same in all that are under way */
    int64_t turns_taken; /* of all `for` loops, unrolled: bounded as operations are */

    /* the program being built */
    Program *program;
    Graph *g;
    bool training, discovering;
    LIST(Memo) memo;
    struct {
        MemoEntry *at;
        size_t size, n;
    } memo_entries;                       /* private to memo.c */
    LIST(Version) versions;               /* parameters and state as they are now */
    LIST(StateUpdate) updates;            /* of state, in this minimize */
    LIST(Settable) settable;              /* draws of this sample */
    int64_t positions; /* of the longest sequence that this program draws by positions */
    bool averaged;                        /* parameters are read from their moving averages */
    LIST(struct FlowUse *) flow_uses;     /* flow.h */
    LIST(struct ImageDraw *) image_draws; /* image.c */
    LIST(StatedInverse) inverses;         /* builtin_inverse.c */

    /* the model */
    LIST(Variable) variables;      /* sorted by path once discovery is over */
    LIST(const Tree *) active;     /* callables at work now, the innermost last */
    LIST(const Tree *) called;     /* callables that some call has elaborated */
    LIST(Signature) signatures;    /* of the networks among them */
    LIST(const Tree *) accused;    /* autoregressive networks that have been found to leak */
    LIST(const char *) grad_names; /* names that stand second in a grad(y, v) */
    Train *train;
    int param_storage, state_storage, average_storage;
    int held_storage; /* what gradcheck holds of stopped values: hold.h */
};

/* Of what an autoregressive or a flow is on: its elements are followed one by one. */
enum { ELAB_MAX_FOLLOWED = 1 << 24 };
/* Levels take stack: main.c has as much as they need. */
enum { ELAB_MAX_DEPTH = 400, ELAB_MAX_LEVELS = 80000 };

/* memo.c */
Memo *memo_find(Elab *e, const Tree *decl, int item); /* NULL: not evaluated yet */
void memo_add(Elab *e, const Tree *decl, int item, Value value, bool running);

/* elaborate.c */
Program *elab_new_program(Elab *e, GenProgramRole role, const char *name, const char *symbol,
                          int64_t batch, Span span);
void elab_end_program(Elab *e);
void elab_forget(Elab *e);

/* errors: at a place in the library, the message goes to the user's call, with a note */
void elab_error(Elab *e, DiagCode code, Span at, ...);
/* Something for `genc info` to say, once. */
void elab_remark(Elab *e, const char *text);
void elab_note(Elab *e, Span at, const char *format, ...) __attribute__((format(printf, 3, 4)));
bool elab_is_library(Elab *e, Span at);

/* see.c: remembers what an expression or name of the spec came to, if that is wanted. path: of its
 * parameters, or NULL. */
void elab_see(Elab *e, Span at, const Value *v, const char *path);

/* scope.c */
bool module_has_value(Module *m, const char *name);
bool module_has_constant(Module *m, const char *name); /* of a let */
/* Does any family in reach state it? */
bool module_states(Module *m, const char *method);
Module *module_new(Elab *e, const char *name, Module *outer, bool builtin);
void module_add(Elab *e, Module *m, const SyntaxFile *file);
bool module_callable(Module *m, const char *name, Callable *out);
/* v of the call grad(y, v), as it is written; NULL if it has none of its own. */
const Tree *grad_leaf(const Tree *call);
Env *env_new(Elab *e, Env *outer, Module *module);
Binding *env_find(Env *env, const char *name);
Binding *env_find_own(Env *env, const char *name);
/* The innermost scope that binds it, or NULL. */
Env *env_holding(Env *env, const char *name);
/* Binds in this very scope. */
Binding *env_set(Elab *e, Env *env, const char *name, Value v);
void env_set_fixed(Elab *e, Env *env, const char *name, Value v);
void env_set_lazy(Elab *e, Env *env, const char *name, const Tree *expr);
/* Rebinds, or binds anew here. */
void env_assign(Elab *e, const char *name, Value v, Span at);
/* Looked up in this very scope. */
bool env_value(Elab *e, Env *env, const char *name, Span at, Value *out);
/* A name in value position. */
Value elab_name(Elab *e, const Tree *name);
/* A name in call position, no error. */
bool elab_callable(Elab *e, const char *name, Callable *out);
/* A layer bound at top level. */
bool elab_top_instance(Elab *e, const char *name, Value *out);
/* Reports it, with a suggestion. */
void elab_unknown(Elab *e, const Tree *name, bool call);
/* A top-level value in this program. */
Value elab_top(Elab *e, const Tree *decl, int item);
void elab_load_std(Elab *e);
void elab_load_user(Elab *e, const SyntaxFile *file);

/* resolve.c */
void resolve_uncalled(Elab *e);

/* paths */
const char *path_join(Elab *e, const char *path, const char *name);
const char *path_unique(Elab *e, PathCounts *counts, const char *path);

/* value.c */
/* A number or node as node; else an error. */
bool elab_node(Elab *e, const Value *v, Span at, Node **out);
/* ... of kind real: booleans are converted, indices an error. */
bool elab_real(Elab *e, const Value *v, Span at, Node **out);
/* A compile-time number. */
bool elab_number(Elab *e, const Value *v, Span at, double *out);
bool elab_finite(Elab *e, const Value *v, Span at, double *out); /* neither infinite nor nan */
bool elab_integer(Elab *e, const Value *v, Span at, int64_t *out);
/* The user's text, shortened. */
const char *tree_text(Elab *e, const Tree *t);
Kind value_kind(const Value *v);

/* shape.c */
/* [1, 28, 2*n]; NULL dims: []. */
bool elab_dims(Elab *e, const Tree *dims, Shape *out);
bool elab_match(Elab *e, const Tree *dims, const Shape *shape, Env *into, const char *what,
                Span at);
bool elab_check_shape(Elab *e, const Shape *shape, Span at);
bool elab_check_rank(Elab *e, int rank, Span at);
/* K of index(K); 0 where none is said. */
bool elab_classes(Elab *e, const Tree *kind, int64_t *out);
Value elab_subscript(Elab *e, const Tree *t);
bool elab_axis(Elab *e, const Value *v, int rank, Span at, int *axis);
/* A new axis of length 1. */
Node *elab_expand(Elab *e, Node *x, int axis);

/* expr.c */
Value elab_expr(Elab *e, const Tree *t);
/* Reports e->g->too_large. */
void elab_too_large(Elab *e, Span at);
Value elab_binary(Elab *e, const char *op, Value a, Value b, const Tree *t);

/* builtin.c */
const Builtin *builtin_find(const char *name);
Value builtin_call(Elab *e, const Builtin *b, int n, Argument *args, const Tree *call);
int builtin_names(const char **out, int room);
bool builtin_constant(Elab *e, const char *name, Value *out);
/* Broadcast, if it is not that already. */
Node *elab_fill(Elab *e, Node *x, Shape shape, const Rows *rows);

/* call.c */
Value elab_call(Elab *e, const Tree *t, const Value *piped, Span piped_at);
Value call_callable(Elab *e, Callable c, int n, Argument *args, const Value *input, const Tree *t);
bool bind_formals(Elab *e, const Tree *formals, int n, Argument *args, Env *env, Span call,
                  const char *what);
const Tree *formal_named(const Tree *formals, const char *name);
int elab_arguments(Elab *e, const Tree *list, const Value *first, Span first_at, Argument **out);

/* dist.c */
Value dist_make(Elab *e, Callable c, int n, Argument *args, const Tree *t);
Value dist_method(Elab *e, const Value *dist, const char *method, int n, Argument *args,
                  const Tree *t);
bool dist_has_method(const Dist *dist, const char *method);
const char *dist_name(const Dist *dist); /* for messages */
/* Wanted: NULL if not said. */
Value dist_draw(Elab *e, const Value *dist, const Shape *wanted, const char *path, Span at);
/* An expression that must be a distribution; a family's bare name is one. */
bool dist_of(Elab *e, const Tree *t, Value *out);
Value dist_noise(Elab *e, Op op, int n, Argument *args, Span at);
Value dist_log_prob(Elab *e, int n, Argument *args, bool summed, const Tree *t);
Value dist_kl(Elab *e, int n, Argument *args, bool summed, const Tree *t);
Value dist_member(Elab *e, const Value *dist, const char *name, Span at);

bool dist_event(Elab *e, const Dist *dist, Shape *out); /* the shape of one event */
bool dist_is_joint(const Dist *dist); /* a value is one event, whatever its shape */

/* autoregressive.c */
extern const struct DerivedDist sequence_dist;
Value sequence_make(Elab *e, Callable c, int n, Argument *args, Span at);
/* dist with its first positions given. */
Value sequence_given(Elab *e, const Value *dist, const Value *prefix, Span at);

/* body.c */
/* Of a function's body: an expression, or what a BODY returns. */
Value elab_result(Elab *e, const Tree *body, Span at);
void elab_statements(Elab *e, const Tree *body);
Value elab_draw(Elab *e, const Tree *t);
void elab_bind(Elab *e, const Tree *t);
/* A leaf for grad(y, name), where someone asks for it. */
Value elab_marked(Elab *e, const char *name, Value v);

/* scan.c */
Value elab_scan(Elab *e, const Tree *t);
Value elab_draws(Elab *e, const Tree *t);

/* params.c */
Value elab_param(Elab *e, const Tree *t);
Value elab_state(Elab *e, const Tree *t);
void elab_update(Elab *e, const Tree *t);
Node *variable_now(Elab *e, const Variable *v);
void variable_set(Elab *e, const char *path, Node *now);
Variable *variable_find(Elab *e, const char *path);
void params_layout(Elab *e);
void params_averages(Elab *e);

/* sequence.c */
/* A value computed from `from` is padded where that is, if it has the same places. */
Value sequence_follow(const Value *from, Value v);
/* family: whose events they are, for messages. */
Node *sequence_mask(Elab *e, Node *logs, const Value *x, int axes, const char *family,
                    const Tree *t);

/* data.c */
void elab_data_declarations(Elab *e);
Value elab_datum(Elab *e, const Tree *decl, int item);
/* An example of a datum, under the name of data or of a sample's argument. */
Value elab_datum_input(Elab *e, const char *name, int datum, Span at);
Node *elab_input(Elab *e, const char *name, int datum, Kind kind, int64_t classes, Shape shape);
int elab_find_datum(Elab *e, const char *name);
/* Is it data, but drawn: data x[2] ~ dist? */
bool elab_is_drawn(Elab *e, const char *name);

/* settable.c */
/* A draw of a sample's body, as it is when the trainer's user may give it. */
Value settable_draw(Elab *e, const Tree *t, const Value *dist, Value v);
/* The sample's hidden outputs, after all that it shows. */
void settable_outputs(Elab *e);

/* train.c, programs.c */
Value optimizer_state(Elab *e, const Tree *t);
void optimizer_update(Elab *e, const Tree *t);
/* In an optimiser's body, whose p and g are flat: the rank of the parameters themselves. False: x is
 * not as they are. */
bool optimizer_rank(Elab *e, const Node *x, int *rank);
void train_read(Elab *e);
void train_steps(Elab *e);
bool train_averages(const Elab *e);
/* What minimize i minimises; NULL after the last. */
const Tree *train_loss(const Elab *e, int i);
/* The losses that training logs, in the order of its minimizes; NULL after the last. None before
 * the steps are made. */
const char *train_logged(const Elab *e, int i);
bool train_logs(const Elab *e, const char *name);
void programs_init(Elab *e);
void programs_eval(Elab *e);
void programs_samples(Elab *e);
void programs_sample(Elab *e, const Tree *t); /* one of them */
/* library.c: the networks that options name, each as a program; in place of all others. */
void programs_library(Elab *e);
/* Show and return inside a sample. */
void programs_show(Elab *e, const Tree *t);

#endif
