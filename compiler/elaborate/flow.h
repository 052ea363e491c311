/* Flows: invertible networks, in both directions. */
#ifndef GENC_FLOW_H
#define GENC_FLOW_H

#include "elab.h"
#include "../transform/invert.h"

/* A flow applied to a value, in one of its directions: the same for all who ask in a program until
 * parameters change. */
typedef struct FlowUse {
    const Instance *flow;
    Node *given; /* what it was applied to */
    Node *result;
    Node *log_det;     /* log |det of the derivative of result in given|, once asked for */
    Node *from, *to;   /* the body as it was elaborated: its input and its value */
    Inversion *solved; /* backwards: the way to `from` */
} FlowUse;

/* A flow by its name, or with arguments; an error otherwise. */
bool flow_of(Elab *e, const Value *v, Span at, Instance **out);
/* flow f(args) on x: what a call of it gives. input: what was piped in. */
Value flow_call(Elab *e, Callable c, int n, Argument *args, const Value *input, Span at);
/* Applied to a value or a distribution. */
Value flow_apply(Elab *e, const Instance *flow, const Value *input, Span at);
/* inverse(f) */
Value flow_inverse(Elab *e, const Instance *flow, Span at);
/* Applied to a node; NULL after an error. */
FlowUse *flow_use(Elab *e, const Instance *flow, Node *x, Span at);
/* The same with its log-determinant. */
Node *flow_log_det(Elab *e, FlowUse *use, Span at);
/* The shape of what inverse(f) gives, or f takes; false: it is not said. */
bool flow_shape(Elab *e, const Instance *flow, Shape *out);
/* The shape that a draw must have so that the flow, applied to it, gives `wanted`, or what is said
 * after `on` if that is NULL. */
bool flow_draw_shape(Elab *e, const Instance *flow, const Shape *wanted, Span at, Shape *out);
/* Nodes that count as constants when a computation is inverted: parameters and state. */
int flow_given(Elab *e, Node ***out);
/* Reports where a computation cannot be inverted. */
void flow_not_invertible(Elab *e, const char *name, const InvertFailure *failure, Span at);

/* image.c: the distribution of f(z) for a draw z. */
Value image_under_flow(Elab *e, const Value *dist, const Instance *flow, Span at);
/* The same under a primitive or an operator, of which `place` is the distribution's argument. */
Value image_under_builtin(Elab *e, const Builtin *b, int n, Argument *args, int place,
                          const Tree *t);
Value image_under_operator(Elab *e, const char *op, Value a, Value b, const Tree *t);

#endif
