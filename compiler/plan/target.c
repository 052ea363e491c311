/* target.c: values made right where they are wanted.
 *
 * A part of a concatenation is computed in its place in the whole, a scan's yield at its turn in
 * the stack; what cannot be (it lies elsewhere already, or is wanted twice) is copied there. Values
 * that a call needs in memory (a matrix product's operands) or the runtime reads are marked here
 * too. */
#include "calls.h"
#include "packed.h"

static bool is_computed(const Node *n) {
    if (op_info[n->op].op_class == CLASS_LEAF) return call_info[n->op].is_call;
    return n->op != OP_SCAN && n->op != OP_PICK;
}

/* ---- what lies in memory from the start ---- */

static void set_location(Value *v, Location l) {
    v->has_location = true;
    v->location = l;
}

static void make_leaf(Plan *p, Node *n, Buffer *b) {
    Value *v = plan_value(p, n);
    v->role = VALUE_LEAF;
    set_location(v, location_contiguous(b, n));
}

static void leaf(Plan *p, Node *n) {
    if (n->op == OP_TENSOR) {
        Buffer *b = plan_buffer(p, BUFFER_STORAGE, n, node_elements(n));
        b->number = (int)n->ints[0];
        b->offset = n->ints[1];
        make_leaf(p, n, b);
    } else if (n->op == OP_INPUT) {
        Buffer *b = plan_buffer(p, BUFFER_INPUT, n, node_elements(n));
        b->number = program_input(p->program, n);
        make_leaf(p, n, b);
    }
}

/* ---- anchors and copies ---- */

static void make_anchor(Value *v) {
    v->role = VALUE_ANCHOR;
    v->in_memory = true;
}

/* The value that n only reshapes; memory in the same order. */
static Node *reshaped(Plan *p, Node *n) {
    Node *in;
    while ((op_has(n->op, KEEPS_ELEMENTS) || plan_value(p, n)->alike) &&
           access_steps_down(p, n, &in) && plan_value(p, in)->region == plan_value(p, n)->region)
        n = in;
    return n;
}

/* Can n's value be computed straight to where `view`, a reshape of it, is wanted? */
static bool can_be_made_at(Plan *p, Region *r, Node *n, const Node *view, Location *l) {
    const Value *v = plan_value(p, n);
    if (!is_computed(n) || v->has_location || v->region != r) return false;
    int64_t from[DOMAIN_MAX], to[DOMAIN_MAX];
    int n_from = node_domain(view, from), n_to = node_domain(n, to);
    if (!location_reshape(l, n_from, from, n_to, to)) return false;
    if (v->handed_whole && !location_is_contiguous(l, n)) return false;
    return call_info[n->op].gives != WHOLE || location_is_contiguous(l, n);
}

/* Makes `value` come out at l, which has the extents of a value with this shape and rows. Returns
 * the copy that has to be made for that, or NULL. */
static Node *place_value(Plan *p, Region *r, Node *value, const Shape *shape, const Rows *rows,
                         Location l) {
    Node *made = reshaped(p, value);
    Location at = l;
    bool same_rows = value->rows == rows && shape_equal(&value->shape, shape);
    if (same_rows && can_be_made_at(p, r, made, value, &at)) {
        make_anchor(plan_value(p, made));
        set_location(plan_value(p, made), at);
        return NULL;
    }
    Node *copy = plan_copy(p, value, shape, rows);
    Value *v = plan_value(p, copy);
    v->region = r;
    make_anchor(v);
    set_location(v, l);
    return copy;
}

static void place_parts(Plan *p, Region *r, Node *concat) {
    Value *v = plan_value(p, concat);
    make_anchor(v);
    if (!v->has_location)
        set_location(v, location_contiguous(
                            plan_buffer(p, BUFFER_ARENA, concat, node_elements(concat)), concat));
    int axis = (int)concat->ints[0];
    int64_t start = 0;
    for (int i = 0; i < concat->n_in; i++) {
        Node *part = concat->in[i];
        Location l = location_part(&v->location, concat, start);
        Node *copy = place_value(p, r, part, &part->shape, concat->rows, l);
        if (copy) LIST_ADD(p->arena, &v->before, copy);
        start += part->shape.dim[axis];
    }
}

/* ---- scans ---- */

static void place_targets(Plan *p, Region *r);

static void place_carry(Plan *p, Region *body, Node *scan, int i) {
    Scan *s = scan->scan;
    Node *formal = s->carries[i], *init = scan->in[s->n_slices + i];
    Buffer *carry = plan_buffer(p, BUFFER_ARENA, formal, node_elements(formal));
    make_leaf(p, formal, carry);
    Node *copy = plan_copy(p, init, &formal->shape, formal->rows);
    Value *v = plan_value(p, copy);
    v->region = body->outer;
    make_anchor(v);
    set_location(v, location_contiguous(carry, copy));
    LIST_ADD(p->arena, &plan_value(p, scan)->before, copy);

    Node *next = s->next[i];
    Buffer *from = plan_buffer(p, BUFFER_ARENA, next, node_elements(formal));
    Location l = location_contiguous(from, formal);
    Node *made = place_value(p, body, next, &formal->shape, formal->rows, l);
    if (made) LIST_ADD(p->arena, &body->tail, made);
    CarryUpdate update = {.next = made ? made : next, .from = from, .carry = carry};
    LIST_ADD(p->arena, &body->updates, update);
}

static Buffer *yields_buffer(Plan *p, Region *outer, Scan *s, int which, Node **pick) {
    for (int i = 0; i < outer->nodes.n; i++) {
        Node *n = outer->nodes.at[i];
        if (n->op == OP_PICK && n->scan == s && n->ints[0] == which) {
            *pick = n;
            return plan_buffer(p, BUFFER_ARENA, n, node_elements(n));
        }
    }
    return NULL;
}

static void place_scan(Plan *p, Region *outer, Node *scan) {
    Scan *s = scan->scan;
    Region *body = plan_value(p, s->turn)->region;
    for (int i = 0; i < s->n_carries; i++) place_carry(p, body, scan, i);
    for (int i = 0; i < s->yields.n; i++) {
        Node *pick = NULL, *yield = s->yields.at[i];
        Buffer *b = yields_buffer(p, outer, s, s->n_carries + i, &pick);
        if (!b) continue;
        make_leaf(p, pick, b);
        set_location(plan_value(p, pick), location_stacked(b, pick));
        Location l = location_turn(&plan_value(p, pick)->location, body, yield);
        Node *copy = place_value(p, body, yield, &yield->shape, yield->rows, l);
        if (copy) LIST_ADD(p->arena, &body->tail, copy);
    }
    for (int i = 0; i < outer->nodes.n; i++) {
        Node *n = outer->nodes.at[i];
        if (n->op == OP_PICK && n->scan == s && n->ints[0] < s->n_carries)
            make_leaf(p, n, plan_value(p, s->carries[n->ints[0]])->location.buffer);
    }
    place_targets(p, body);
}

static void place_targets(Plan *p, Region *r) {
    for (int i = r->nodes.n - 1; i >= 0; i--) {
        Node *n = r->nodes.at[i];
        if (n->op == OP_CONCAT) place_parts(p, r, n);
        else if (n->op == OP_SCAN) place_scan(p, r, n);
        else leaf(p, n);
    }
}

/* ---- what must be in memory ---- */

static void need_memory(Plan *p, Node *n) {
    Node *at = n, *in;
    while (access_steps_down(p, at, &in)) at = in;
    Value *v = plan_value(p, at);
    if (v->role != VALUE_LEAF) make_anchor(v);
    Location l;
    if (!location_view(p, n, &l)) make_anchor(plan_value(p, n));
}

/* A matrix product's operands, where its strides let BLAS read them. */
static void need_product(Plan *p, Node *n) {
    Product product;
    for (int i = 0; i < 2; i++) need_memory(p, n->in[i]);
    if (product_lower(p, n, &product)) return;
    for (int i = 0; i < 2; i++)
        if (plan_value(p, n->in[i])->role == VALUE_INLINE) make_anchor(plan_value(p, n->in[i]));
}

/* What is handed over whole. */
static void need_contiguous(Plan *p, Node *n) {
    Location l;
    need_memory(p, n);
    if (!location_view(p, n, &l) || !location_is_contiguous(&l, n)) make_anchor(plan_value(p, n));
}

static void need_operands(Plan *p, Node *n) {
    Value *v = plan_value(p, n);
    const CallInfo *call = &call_info[n->op];
    if (call->is_call) make_anchor(v);
    if (n->op == OP_CONTRACT && !v->packed && (v->is_product || product_fits(p, n))) {
        v->is_product = true;
        make_anchor(v);
        need_product(p, n);
    }
    for (int i = 0; call->takes == WHOLE && i < n->n_in; i++) need_contiguous(p, n->in[i]);
}

static int count_anchors(const Plan *p) {
    int count = 0;
    for (int i = 0; i < p->values.n; i++)
        count += p->values.at[i] && p->values.at[i]->role == VALUE_ANCHOR;
    return count;
}

/* A value that the runtime reads, or that ends in a storage: its elements in memory order. */
static Node *need_whole(Plan *p, Node *n, bool stays) {
    Node *made = reshaped(p, n);
    Value *v = plan_value(p, made);
    bool taken =
        v->role == VALUE_LEAF ? made->op == OP_TENSOR || made->op == OP_FORMAL : !is_computed(made);
    if (!taken && v->role != VALUE_LEAF) make_anchor(v);
    if (!taken && v->has_location)
        taken = !location_is_contiguous(&v->location, made) ||
                (stays && v->location.buffer->size != node_elements(made));
    if (!taken) return n;
    Node *copy = plan_copy(p, n, &n->shape, n->rows);
    plan_value(p, copy)->region = p->top;
    make_anchor(plan_value(p, copy));
    LIST_ADD(p->arena, &p->top->tail, copy);
    return copy;
}

static void need_results(Plan *p) {
    Program *program = p->program;
    p->outputs = NEW_ARRAY(p->arena, Node *, program->outputs.n);
    p->finite = NEW_ARRAY(p->arena, Node *, program->finite.n);
    for (int i = 0; i < program->finite.n; i++)
        p->finite[i] = need_whole(p, program->finite.at[i], false);
    for (int i = 0; i < program->stores.n; i++) {
        const Store *s = &program->stores.at[i];
        LIST_ADD(p->arena, &p->stores, ((StorePlan){s, need_whole(p, s->value, false), false}));
    }
    for (int i = 0; i < program->outputs.n; i++)
        p->outputs[i] = need_whole(p, program->outputs.at[i].value, true);
}

/* What calls read whole must not be made in a part of something larger. */
static void mark_handed_whole(Plan *p) {
    for (int r = 0; r < p->regions.n; r++)
        for (int i = 0; i < p->regions.at[r]->nodes.n; i++) {
            Node *n = p->regions.at[r]->nodes.at[i];
            for (int k = 0; call_info[n->op].takes == WHOLE && k < n->n_in; k++)
                plan_value(p, reshaped(p, n->in[k]))->handed_whole = true;
        }
}

/* Requires: regions. Leaves: leaves and what has a fixed place located; what must be in memory
 * anchored. */
void plan_targets(Plan *p) {
    mark_handed_whole(p);
    place_targets(p, p->top);
    need_results(p);
    plan_packed(p);
    for (int before = -1, now = count_anchors(p); before != now; now = count_anchors(p)) {
        before = now;
        for (int r = 0; r < p->regions.n; r++)
            for (int i = 0; i < p->regions.at[r]->nodes.n; i++)
                need_operands(p, p->regions.at[r]->nodes.at[i]);
    }
}
