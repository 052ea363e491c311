/* The table of operations, from ops.def. */
#include "shapes.h"

const OpInfo op_info[OP_COUNT] = {
#define OP(op, name, arity, class, shape, derivative, flops, code, what)                           \
    [OP_##op] = {name, arity, CLASS_##class, shape, flops, code},
#include "ops.def"
#undef OP
};

bool op_rows_given(Op op) {
    switch (op) {
    case OP_FORMAL:
    case OP_UNIFORM:
    case OP_GAUSSIAN:
    case OP_SUM_ROWS:
    case OP_BROADCAST:
    case OP_SPREAD:
    case OP_CONTRACT:
    case OP_SCATTER:
        return true;
    default:
        return false;
    }
}
