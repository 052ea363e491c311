/* What the primitives of the language share: a call with its arguments in place. */
#ifndef GENC_BUILTIN_H
#define GENC_BUILTIN_H

#include "elab.h"

enum { MAX_ARGUMENTS = 8 };

/* A call of a primitive with its arguments put in place. */
typedef struct {
    const Builtin *builtin;
    const Tree *tree;
    Span at;
    Value arg[MAX_ARGUMENTS]; /* NONE where left out */
    Span where[MAX_ARGUMENTS];
    int n_rest;
    Argument *rest; /* what `...` took */
} Call;

typedef Value BuiltinRule(Elab *e, Call *c);

struct Builtin {
    const char *name, *formals;
    BuiltinRule *rule;
    int op; /* which of the operations that its rule serves */
};

/* x[..., from : from + size * by : by, ...] along one axis. */
Node *builtin_slice(Elab *e, Node *x, int axis, int64_t from, int64_t size, int64_t by);

/* builtin_math.c */
BuiltinRule b_map, b_stop, b_real, b_index, b_where, b_reduce, b_extreme, b_argmax, b_cumsum,
    b_batch_mean;
/* builtin_move.c */
BuiltinRule b_reshape, b_broadcast, b_like, b_transpose, b_reverse, b_expand, b_pad, b_concat,
    b_stack, b_split;
/* builtin.c */
BuiltinRule b_iota, b_one_hot, b_size, b_grad, b_noise, b_log_prob, b_kl;
/* builtin_window.c */
BuiltinRule b_windows, b_fold, b_mix, b_repeat, b_rank, b_part, b_each, b_volume, b_is_none, b_one_of;
/* sequence.c */
BuiltinRule b_length, b_is_padded, b_show, b_audio;
/* builtin_inverse.c */
BuiltinRule b_with_inverse;
int inverse_claims(Elab *e, Claim **out); /* that the program's stated inverses are right */
/* builtin_matrix.c */
BuiltinRule b_tri_solve, b_square, b_log_det, b_bits_per_dim;

#endif
