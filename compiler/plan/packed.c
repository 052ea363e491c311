/* packed.c: which products are packed, and how their values lie in scratch; see packed.h.
 *
 * The outermost rows (the examples) are rows or columns of the product, or what it sums. Each value
 * that has them is laid out with the rows right before the first of its axes that plays the same
 * part, so that rows and these axes together are one side of a matrix: columns [c, kh, kw] by
 * [example, y, x]. A block is as few examples as make that side long enough for the product to be
 * fast; so scratch memory stays small, and warm. */
#include "packed.h"

enum { ALIGN = 16 /* elements of scratch memory */ };

PackedLimits packed_limits = {.least_work = 4096, .side = 256};

static bool has_rows(const Node *n) {
    return n->rows != NULL;
}

/* Which labels or levels of rows play the part of the outermost rows: in those of left, right and
 * result that have these rows, and in no other. */
static bool plays_same_part(const Node *n, int64_t label) {
    int at = 0;
    for (int which = 0; which < 3; which++) {
        const Node *value = which < 2 ? n->in[which] : n;
        bool found = false;
        for (int i = 0; i < value->shape.rank; i++) found |= n->ints[at++] == label;
        if (found != has_rows(value)) return false;
    }
    return true;
}

static int64_t label_at(const Node *n, int which, int axis) {
    for (int i = 0; i < which; i++) axis += n->in[i]->shape.rank;
    return n->ints[axis];
}

/* Orders the extents of a value and gives them strides. */
static void lay_out(const Node *n, int which, int64_t rows, PackedValue *v) {
    const Node *value = which < 2 ? n->in[which] : n;
    int64_t dim[DOMAIN_MAX];
    int levels = rows_depth(value->rows), count = node_domain(value, dim), axis = levels;
    v->moves = has_rows(value);
    if (v->moves) dim[0] = rows;
    v->n = 0;
    while (axis < count && v->moves && !plays_same_part(n, label_at(n, which, axis - levels)))
        axis++;
    if (axis == count || !v->moves) axis = levels; /* no such axis: rows come first */
    for (int i = levels; i < axis; i++) v->order[v->n++] = i;
    for (int i = 0; i < levels; i++) v->order[v->n++] = i;
    for (int i = axis; i < count; i++) v->order[v->n++] = i;
    int64_t stride = 1;
    for (int i = count - 1; i >= 0; i--) {
        v->stride[v->order[i]] = stride;
        stride *= dim[v->order[i]];
    }
    v->size = stride;
    int kept = 0;
    for (int i = 0; i < v->n; i++)
        if (dim[v->order[i]] > 1) v->order[kept++] = v->order[i];
    v->n = kept;
}

static Location location_of(const PackedValue *v, Buffer *scratch) {
    Location l = {.buffer = scratch, .base = index_constant(v->offset)};
    for (int i = 0; i < DOMAIN_MAX; i++) l.stride[i] = v->stride[i];
    return l;
}

/* Where this block of a value that is not copied lies. */
static bool find_block(Plan *p, Node *value, const PackedValue *v, const Index *block,
                       Location *out) {
    if (!location_view(p, value, out)) return false;
    if (!v->moves) return true;
    Index before = index_scale(block, out->stride[0]);
    out->base = index_add(&out->base, &before);
    return true;
}

bool packed_lower(Plan *p, Node *n, const Packed *packed, Buffer *scratch, const Index *block,
                  Product *out) {
    Location where[3];
    for (int i = 0; i < 3; i++) {
        const PackedValue *v = &packed->value[i];
        if (v->copied) where[i] = location_of(v, scratch);
        else if (!find_block(p, i < 2 ? n->in[i] : n, v, block, &where[i])) return false;
    }
    if (!product_lower_at(n, where, packed->rows, out)) return false;
    for (int i = 0; i < out->n_loops; i++) /* only over what both inputs and the result have */
        if (out->loop[i].sums || out->loop[i].step[0] == 0 || out->loop[i].step[1] == 0)
            return false;
    return true;
}

/* Copies as little as it can: false if no choice gives one product for each block. */
static bool choose_copies(Plan *p, Node *n, Packed *packed, bool result_copied) {
    int64_t least = -1;
    int best = 0;
    Product product;
    const Index first = index_constant(0);
    for (int copies = 1; copies < 8; copies++) {
        int64_t copied = 0;
        for (int i = 0; i < 3; i++) {
            packed->value[i].copied = copies >> i & 1;
            copied += packed->value[i].copied ? packed->value[i].size : 0;
        }
        if (result_copied && !packed->value[PACKED_OUT].copied) continue;
        if (least >= 0 && copied >= least) continue;
        if (!packed_lower(p, n, packed, NULL, &first, &product)) continue;
        least = copied;
        best = copies;
    }
    for (int i = 0; i < 3; i++) packed->value[i].copied = best >> i & 1;
    return best != 0;
}

/* How many elements of a row lie on the side of the matrices that the rows lie on. */
static int64_t side_of_row(const Node *n) {
    int64_t side = 1;
    int which = has_rows(n->in[0]) ? 0 : 1;
    const Node *value = n->in[which];
    for (const Rows *r = value->rows; r && r->outer; r = r->outer) side *= r->times;
    for (int i = 0; i < value->shape.rank; i++)
        if (plays_same_part(n, label_at(n, which, i))) side *= value->shape.dim[i];
    return side;
}

static int64_t outermost(const Rows *rows) {
    while (rows->outer) rows = rows->outer;
    return rows->times;
}

/* As few rows as make the side long enough; a divisor of their number. */
static int64_t rows_of_block(const Node *n, int64_t all) {
    int64_t side = side_of_row(n);
    if (has_rows(n->in[0]) && has_rows(n->in[1]) && has_rows(n)) return 1;
    for (int64_t rows = 1; rows < all; rows++)
        if (all % rows == 0 && rows * side >= packed_limits.side) return rows;
    return all;
}

static Packed *pack(Plan *p, Node *n, bool result_copied) {
    const Rows *rows = rows_join(n->in[0]->rows, n->in[1]->rows);
    int64_t all = rows ? outermost(rows) : 1;
    Packed *packed = NEW(p->arena, Packed);
    packed->sums = rows && !n->rows;
    packed->rows = rows ? rows_of_block(n, all) : 1;
    packed->blocks = all / packed->rows;
    for (int i = 0; i < 3; i++) lay_out(n, i, packed->rows, &packed->value[i]);
    if (!choose_copies(p, n, packed, result_copied)) return NULL;
    for (int i = 0; i < 3; i++) {
        if (!packed->value[i].copied) continue;
        packed->value[i].offset = packed->scratch;
        packed->scratch += (packed->value[i].size + ALIGN - 1) / ALIGN * ALIGN;
    }
    return packed;
}

/* ---- which products ---- */

static bool is_large(const Node *n) {
    return graph_flops(n) / 2 >= (double)packed_limits.least_work;
}

/* Is it moved in a way that strides cannot say, windows above all? */
static bool is_scattered(Plan *p, Node *n) {
    Location l;
    bool moved = false;
    if (location_view(p, n, &l)) return false;
    for (; plan_value(p, n)->role == VALUE_INLINE && n->n_in == 1; n = n->in[0]) {
        if (op_info[n->op].op_class != CLASS_MOVE || n->op == OP_BROADCAST) break;
        moved = moved || n->op == OP_WINDOW || n->op == OP_TRANSPOSE || n->op == OP_PAD;
    }
    return moved;
}

static void keep_operands(Plan *p, Node *n, const Packed *packed) {
    for (int i = 0; i < 2; i++) {
        Node *at = n->in[i], *in;
        if (packed->value[i].copied) continue;
        while (access_steps_down(p, at, &in)) at = in;
        Value *v = plan_value(p, at);
        if (v->role == VALUE_INLINE) v->role = VALUE_ANCHOR;
        if (v->role == VALUE_ANCHOR) v->in_memory = true;
    }
}

static void pack_product(Plan *p, Node *n) {
    Value *v = plan_value(p, n);
    if (v->packed || !is_large(n)) return;
    if (!is_scattered(p, n->in[0]) && !is_scattered(p, n->in[1])) return;
    ValueRole was = v->role;
    v->role = VALUE_ANCHOR; /* it will be in memory: so its place can be asked for */
    v->packed = pack(p, n, false);
    if (!v->packed) {
        v->role = was;
        return;
    }
    v->in_memory = true;
    keep_operands(p, n, v->packed);
}

/* The product that a fold folds, if nothing else wants it. */
static Node *folded_product(Plan *p, const Node *fold, const int *uses) {
    Node *n = fold->in[0], *in;
    while (uses[n->id] == 1 && n->op != OP_CONTRACT && access_steps_down(p, n, &in)) n = in;
    const Value *v = plan_value(p, n);
    bool alone = uses[n->id] == 1 && v->role == VALUE_INLINE;
    bool here = v->region == plan_value(p, fold)->region;
    return n->op == OP_CONTRACT && alone && here && is_large(n) ? n : NULL;
}

static void pack_folded(Plan *p, Node *fold, const int *uses) {
    Node *n = folded_product(p, fold, uses);
    Packed *packed = n ? pack(p, n, true) : NULL;
    if (!packed || packed->sums) return;
    plan_value(p, fold)->packed = packed;
    plan_value(p, fold)->folded = n;
    plan_value(p, n)->packed = packed;
    plan_value(p, n)->absorbed = true;
    keep_operands(p, n, packed);
}

static int *count_uses(Plan *p) {
    int *uses = NEW_ARRAY(p->arena, int, p->next_id);
    for (int r = 0; r < p->regions.n; r++) {
        const Region *region = p->regions.at[r];
        for (int i = 0; i < region->nodes.n; i++)
            for (int j = 0; j < region->nodes.at[i]->n_in; j++)
                uses[region->nodes.at[i]->in[j]->id]++;
        for (int i = 0; i < region->tail.n; i++) uses[region->tail.at[i]->in[0]->id]++;
        for (int i = 0; i < region->updates.n; i++) uses[region->updates.at[i].next->id]++;
    }
    for (int i = 0; i < p->program->outputs.n; i++) uses[p->program->outputs.at[i].value->id]++;
    for (int i = 0; i < p->program->stores.n; i++) uses[p->program->stores.at[i].value->id]++;
    for (int i = 0; i < p->program->finite.n; i++) uses[p->program->finite.at[i]->id]++;
    return uses;
}

void plan_packed(Plan *p) {
    int *uses = count_uses(p);
    for (int r = 0; r < p->regions.n; r++) {
        const Region *region = p->regions.at[r];
        for (int i = 0; i < region->nodes.n; i++)
            if (region->nodes.at[i]->op == OP_FOLD) pack_folded(p, region->nodes.at[i], uses);
        for (int i = 0; i < region->nodes.n; i++)
            if (region->nodes.at[i]->op == OP_CONTRACT) pack_product(p, region->nodes.at[i]);
    }
}
