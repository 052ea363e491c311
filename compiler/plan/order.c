/* order.c: what a program has to compute, region by region, in the order of the spec.
 *
 * Nodes keep the order in which elaboration made them, which is the spec's, wherever their inputs
 * allow. A node belongs to the body of the innermost scan whose formals it depends on. */
#include "calls.h"
#include "reads.h"

#include <stdlib.h>

typedef struct {
    Node *node;
    Region *from;
} Wanted;
typedef struct {
    Plan *plan;
    LIST(Wanted) work;
    LIST(struct {
        Region *body;
        Node *node;
    })
    captures; /* node lies outside, body uses it */
} Order;

static Region *new_region(Plan *p, Scan *scan, Region *outer) {
    Region *r = NEW(p->arena, Region);
    r->scan = scan;
    r->outer = outer;
    LIST_ADD(p->arena, &p->regions, r);
    if (!scan) return r;
    int depth = 0;
    for (Region *o = outer; o->scan; o = o->outer) depth++;
    r->turn_name = depth == 0 ? "t" : arena_printf(p->arena, "t%d", depth + 1);
    r->turn = index_variable(&p->pool, r->turn_name, scan->turns, LEVEL_KERNEL);
    return r;
}

static Region *home_of(const Node *n, Region *from) {
    while (from->scan && n->depth < from->scan->depth) from = from->outer;
    return from;
}

static void want(Order *o, Node *n, Region *from) {
    Value *v = plan_value(o->plan, n);
    Region *home = v->reached ? v->region : home_of(n, from);
    for (Region *r = from; r != home; r = r->outer) {
        if (!r) BUG("%s is used outside the scan that it belongs to", op_info[n->op].name);
        LIST_ADD(o->plan->arena, &o->captures, ((__typeof__(*o->captures.at)){r, n}));
    }
    if (v->reached) return;
    v->reached = true;
    v->region = home;
    LIST_ADD(o->plan->arena, &o->work, ((Wanted){n, home}));
}

static void register_formal(Plan *p, Region *body, Node *formal, bool is_turn, bool is_slice,
                            int place) {
    Value *v = plan_value(p, formal);
    v->region = body;
    v->scan = body->scan;
    v->is_turn = is_turn;
    v->is_slice = is_slice;
    v->place = place;
}

/* The region of a scan's body, made at first sight. */
static Region *body_of(Order *o, Scan *s, Region *from) {
    for (int i = 0; i < o->plan->regions.n; i++)
        if (o->plan->regions.at[i]->scan == s) return o->plan->regions.at[i];
    Region *body = new_region(o->plan, s, home_of(s->node, from));
    register_formal(o->plan, body, s->turn, true, false, 0);
    for (int i = 0; i < s->n_slices; i++)
        register_formal(o->plan, body, s->slices[i], false, true, i);
    for (int i = 0; i < s->n_carries; i++)
        register_formal(o->plan, body, s->carries[i], false, false, i);
    return body;
}

static void want_scan(Order *o, Node *n, Region *from) {
    Scan *s = n->scan;
    Region *body = body_of(o, s, from);
    for (int i = 0; i < s->n_carries; i++) {
        want(o, n->in[s->n_slices + i], from);
        want(o, s->next[i], body);
    }
}

static void want_inputs(Order *o, Node *n, Region *from) {
    Value *v = plan_value(o->plan, n);
    if (n->op == OP_SCAN) {
        want_scan(o, n, from);
    } else if (n->op == OP_PICK) {
        Scan *s = n->scan;
        Region *body = body_of(o, s, from);
        want(o, s->node, from);
        if (n->ints[0] >= s->n_carries) want(o, s->yields.at[n->ints[0] - s->n_carries], body);
    } else if (n->op == OP_FORMAL) {
        if (v->is_slice) want(o, v->scan->node->in[v->place], from->outer);
    } else if (call_info[n->op].is_call) {
        for (int i = 0; i < n->n_in; i++) want(o, n->in[i], from);
    } else {
        for (int i = 0; i < read_inputs(o->plan, n); i++) want(o, n->in[i], from);
    }
}

/* ---- in order ---- */

typedef struct {
    Order *order;
    bool *done;
} Sorter;

static void give_out(Sorter *s, Node *n) {
    Plan *p = s->order->plan;
    Value *v = plan_value(p, n);
    if (s->done[n->id]) return;
    s->done[n->id] = true;
    for (int i = 0; i < n->n_in; i++) {
        Value *in = plan_value(p, n->in[i]);
        if (in->reached && in->region == v->region) give_out(s, n->in[i]);
    }
    if (n->op == OP_SCAN)
        for (int i = 0; i < s->order->captures.n; i++) {
            Node *captured = s->order->captures.at[i].node;
            if (s->order->captures.at[i].body->scan == n->scan &&
                plan_value(p, captured)->region == v->region)
                give_out(s, captured);
        }
    LIST_ADD(p->arena, &v->region->nodes, n);
}

static int by_id(const void *a, const void *b) {
    return ((const Wanted *)a)->node->id - ((const Wanted *)b)->node->id;
}

/* Requires: an empty plan with its program. Leaves: regions with their nodes, inputs before users.
 */
void plan_order(Plan *p) {
    Order o = {.plan = p};
    p->top = new_region(p, NULL, NULL);
    Program *program = p->program;
    for (int i = 0; i < program->finite.n; i++) want(&o, program->finite.at[i], p->top);
    for (int i = 0; i < program->outputs.n; i++) want(&o, program->outputs.at[i].value, p->top);
    for (int i = 0; i < program->stores.n; i++) want(&o, program->stores.at[i].value, p->top);
    for (int i = 0; i < o.work.n; i++) {
        Wanted w = o.work.at[i];
        want_inputs(&o, w.node, w.from);
    }
    LIST_SORT(&o.work, by_id);
    Sorter sorter = {&o, NEW_ARRAY(p->arena, bool, p->next_id)};
    for (int i = 0; i < o.work.n; i++) give_out(&sorter, o.work.at[i].node);
}
