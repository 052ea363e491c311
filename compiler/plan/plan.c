/* plan.c: a program from nodes to kernels and memory; see plan.h. */
#include "plan.h"
#include "fuse.h"

Value *plan_value(Plan *p, const Node *n) {
    while (p->values.n <= n->id) LIST_ADD(p->arena, &p->values, (Value *)NULL);
    if (!p->values.at[n->id]) p->values.at[n->id] = NEW(p->arena, Value);
    return p->values.at[n->id];
}

Node *plan_copy(Plan *p, Node *n, const Shape *shape, const Rows *rows) {
    Node *copy = NEW(p->arena, Node);
    *copy = (Node){.op = OP_STOP,
                   .id = p->next_id++,
                   .kind = n->kind,
                   .classes = n->classes,
                   .shape = *shape,
                   .rows = rows,
                   .depth = n->depth,
                   .n_in = 1,
                   .in = NEW(p->arena, Node *),
                   .span = n->span,
                   .path = n->path};
    copy->in[0] = n;
    return copy;
}

Buffer *plan_buffer(Plan *p, BufferKind kind, Node *node, int64_t size) {
    Buffer *b = NEW(p->arena, Buffer);
    *b = (Buffer){.kind = kind,
                  .is_index = node->kind == KIND_INDEX,
                  .size = size,
                  .node = node,
                  .first = -1,
                  .last = -1};
    LIST_ADD(p->arena, &p->buffers, b);
    return b;
}

Buffer *buffer_root(Buffer *b) {
    while (b->same) b = b->same;
    return b;
}

bool buffer_overlap(const Buffer *a, const Buffer *b) {
    if (a->kind != BUFFER_STORAGE || b->kind != BUFFER_STORAGE)
        return buffer_root((Buffer *)a) == buffer_root((Buffer *)b);
    return a->number == b->number && a->offset < b->offset + b->size &&
           b->offset < a->offset + a->size;
}

static double count_flops(const Plan *p) {
    double flops = 0;
    for (int i = 0; i < p->top->nodes.n; i++) flops += graph_flops(p->top->nodes.at[i]);
    return flops;
}

Plan *plan_program(Arena *a, Model *m, Program *program) {
    Plan *p = NEW(a, Plan);
    p->arena = a;
    p->model = m;
    p->program = program;
    p->pool.arena = a;
    p->next_id = program->graph->n_nodes;
    plan_order(p);
    plan_alike(p);
    plan_targets(p);
    fuse(p);
    plan_place(p);
    plan_arena(p);
    p->flops = count_flops(p);
    return p;
}
