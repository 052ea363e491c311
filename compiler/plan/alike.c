/* alike.c: values that differ in nothing but their shape are computed once.
 *
 * exp(x) as [30, 64] and as [1920] are two nodes, because what uses them wants the one and the
 * other; in memory they are the same elements in the same order. The second becomes a view of the
 * first. */
#include "reads.h"

typedef struct {
    Plan *plan;
    Node **origin; /* by id: the first value with these elements */
    Node **made;   /* of this region, by what they compute: open addressing */
    size_t room;   /* a power of two, more than twice the region's nodes */
} Alike;

static bool keeps_elements(const Node *n) {
    return op_has(n->op, KEEPS_ELEMENTS) && node_elements(n) == node_elements(n->in[0]);
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
    if (n->op != m->op || n->kind != m->kind || n->classes != m->classes ||
        node_elements(n) != node_elements(m))
        return false;
    for (int i = 0; i < read_inputs(a->plan, n); i++)
        if (origin_of(a, n->in[i]) != origin_of(a, m->in[i])) return false;
    return true;
}

static uint64_t hash_operation(const Alike *a, const Node *n) {
    uint64_t h = hash_bytes(HASH_START, &n->op, sizeof n->op);
    for (int i = 0; i < read_inputs(a->plan, n); i++) {
        int id = origin_of(a, n->in[i])->id;
        h = hash_bytes(h, &id, sizeof id);
    }
    return h;
}

static void find_origin(Alike *a, Node *n) {
    if (keeps_elements(n)) {
        a->origin[n->id] = origin_of(a, n->in[0]);
        return;
    }
    if (!is_plain(a->plan, n)) return;
    Node **place = &a->made[hash_operation(a, n) & (a->room - 1)];
    while (*place && !same_operation(a, n, *place))
        if (++place == a->made + a->room) place = a->made;
    if (*place) {
        a->origin[n->id] = *place;
        plan_value(a->plan, n)->alike = *place;
    } else {
        *place = n;
    }
}

static void find_origins(Alike *a, const Region *r) {
    for (a->room = 16; a->room <= 2 * (size_t)r->nodes.n;) a->room *= 2;
    a->made = NEW_ARRAY(a->plan->arena, Node *, a->room);
    for (int i = 0; i < r->nodes.n; i++) find_origin(a, r->nodes.at[i]);
}

/* Requires: regions. Leaves: of values alike in one region, all but the first with `alike` set. */
void plan_alike(Plan *p) {
    Node **origin = NEW_ARRAY(p->arena, Node *, p->next_id);
    for (int r = 0; r < p->regions.n; r++) {
        Alike a = {.plan = p, .origin = origin};
        find_origins(&a, p->regions.at[r]);
    }
}
