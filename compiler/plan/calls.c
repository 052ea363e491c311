/* calls.c: see calls.h. */
#include "calls.h"
#include "access.h"

/* LU factors of every row's matrix. */
static int64_t scratch_matrices(const Node *n) {
    return node_elements(n->in[0]);
}

const CallInfo call_info[OP_COUNT] = {
#define OP(...)
#define CALL(op, name, arity, class, rows, shape, derivative, work, read, takes, gives, scratch,   \
             ...)                                                                                  \
    [OP_##op] = {true, takes, gives, scratch},
#include "../graph/ops.def"
};
