/* alike.c: values that differ in nothing but their shape are computed once.
 *
 * exp(x) as [30, 64] and as [1920] are two nodes, because what uses them wants the one and the
 * other; in memory they are the same elements in the same order. The second becomes a view of the
 * first. */
#include "reads.h"

typedef struct {
    Plan *plan;
    Node **origin;               /* by id: the first value with these elements */
    LIST(Node *) made[OP_COUNT]; /* of this region, by operation */
} Alike;

static bool keeps_elements(const Node *n) {
    return n->op == OP_RESHAPE || n->op == OP_COLLECT || n->op == OP_SPREAD ||
           ((n->op == OP_STOP || n->op == OP_DRAWN) && n->rows == n->in[0]->rows &&
            shape_equal(&n->shape, &n->in[0]->shape));
}

static Node *origin_of(const Alike *a, Node *n) {
    return a->origin[n->id] ? a->origin[n->id] : n;
}

/* Is every element made of the elements at the same place, or of a number that all share? */
static bool is_plain(Plan *p, const Node *n) {
    if (op_info[n->op].op_class != CLASS_MAP) return false;
    for (int i = 0; i < read_inputs(p, n); i++) {
        int64_t elements = node_elements(n->in[i]);
        if (elements != node_elements(n) && elements != 1) return false;
    }
    return true;
}

static bool same_operation(const Alike *a, const Node *n, const Node *m) {
    if (n->kind != m->kind || n->classes != m->classes || node_elements(n) != node_elements(m))
        return false;
    for (int i = 0; i < read_inputs(a->plan, n); i++)
        if (origin_of(a, n->in[i]) != origin_of(a, m->in[i])) return false;
    return true;
}

static void find_origin(Alike *a, Node *n) {
    if (keeps_elements(n)) {
        a->origin[n->id] = origin_of(a, n->in[0]);
        return;
    }
    if (!is_plain(a->plan, n)) return;
    for (int i = 0; i < a->made[n->op].n; i++) {
        Node *m = a->made[n->op].at[i];
        if (!same_operation(a, n, m)) continue;
        a->origin[n->id] = m;
        plan_value(a->plan, n)->alike = m;
        return;
    }
    LIST_ADD(a->plan->arena, &a->made[n->op], n);
}

/* Requires: regions. Leaves: of values alike in one region, all but the first with `alike` set. */
void plan_alike(Plan *p) {
    Node **origin = NEW_ARRAY(p->arena, Node *, p->next_id);
    for (int r = 0; r < p->regions.n; r++) {
        Alike a = {.plan = p, .origin = origin};
        for (int i = 0; i < p->regions.at[r]->nodes.n; i++)
            find_origin(&a, p->regions.at[r]->nodes.at[i]);
    }
}
