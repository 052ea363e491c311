/* The table of operations, from ops.def. */
#include "shapes.h"
#include "work.h"

#define EACH(elements_flops) .flops = elements_flops
#define BY(function)         .work = function
enum { FOLLOW = false, GIVEN = true };

const OpInfo op_info[OP_COUNT] = {
#define OP(op_, name_, arity_, class_, rows_, shape_, derivative, work_, read, view, kernel,       \
           code_, what)                                                                            \
    [OP_##op_] = {.name = name_,                                                                   \
                  .arity = arity_,                                                                 \
                  .op_class = CLASS_##class_,                                                      \
                  .rows_given = rows_,                                                             \
                  .shape = shape_,                                                                 \
                  .code = code_,                                                                   \
                  work_},
#include "ops.def"
};

static const unsigned char traits[OP_COUNT] = {
#define OP(...)
#define TRAITS(op, traits) [OP_##op] = traits,
#include "ops.def"
};

bool op_has(Op op, OpTrait trait) {
    return traits[op] & trait;
}

bool graph_is_marker(const Node *n) {
    return n->op == OP_DRAWN || n->op == OP_UNDONE;
}

int graph_operands(const Node *n) {
    return graph_is_marker(n) ? 1 : n->n_in;
}
