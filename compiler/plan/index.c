/* index.c: symbolic index arithmetic; see index.h.
 *
 * An index is kept as a sum in canonical order, so equality is comparison of terms. Every atom
 * knows its largest value, which is what lets quotients and remainders be taken apart. */
#include "index.h"

#include <inttypes.h>
#include <string.h>

Index index_constant(int64_t value) {
    return (Index){.constant = value};
}

bool index_equal(const Index *a, const Index *b) {
    if (a->constant != b->constant || a->n != b->n) return false;
    for (int i = 0; i < a->n; i++)
        if (a->term[i].factor != b->term[i].factor || a->term[i].atom != b->term[i].atom)
            return false;
    return true;
}

void index_range(const Index *a, int64_t *min, int64_t *max) {
    *min = *max = a->constant;
    for (int i = 0; i < a->n; i++) {
        int64_t reach = a->term[i].factor * a->term[i].atom->max;
        *(reach < 0 ? min : max) += reach;
    }
}

Level index_level(const Index *a) {
    Level level = LEVEL_KERNEL;
    for (int i = 0; i < a->n; i++)
        if (a->term[i].atom->level > level) level = a->term[i].atom->level;
    return level;
}

static bool atom_divides(const Atom *atom, Level level) {
    if (atom->kind == ATOM_WITHIN) return index_divides(atom->of, level);
    return atom->kind != ATOM_VARIABLE && atom->level == level;
}

bool index_divides(const Index *a, Level level) {
    for (int i = 0; i < a->n; i++)
        if (atom_divides(a->term[i].atom, level)) return true;
    return false;
}

static bool atom_equal(const Atom *a, const Atom *b) {
    if (a->kind != b->kind || a->max != b->max || a->level != b->level) return false;
    if (a->kind == ATOM_VARIABLE) return strcmp(a->name, b->name) == 0;
    return a->by == b->by && index_equal(a->of, b->of);
}

static const Atom *intern_atom(IndexPool *pool, Atom atom) {
    for (int i = 0; i < pool->atoms.n; i++)
        if (atom_equal(pool->atoms.at[i], &atom)) return pool->atoms.at[i];
    Atom *made = NEW(pool->arena, Atom);
    *made = atom;
    made->id = pool->atoms.n;
    if (atom.of) {
        Index *of = NEW(pool->arena, Index);
        *of = *atom.of;
        made->of = of;
    }
    LIST_ADD(pool->arena, &pool->atoms, (const Atom *)made);
    return made;
}

static void add_term(Index *a, int64_t factor, const Atom *atom) {
    int i = 0;
    while (i < a->n && a->term[i].atom->id < atom->id) i++;
    if (i < a->n && a->term[i].atom == atom) {
        a->term[i].factor += factor;
        if (a->term[i].factor == 0) {
            memmove(&a->term[i], &a->term[i + 1], sizeof a->term[0] * (size_t)(a->n - i - 1));
            a->n--;
        }
        return;
    }
    if (factor == 0) return;
    if (a->n == INDEX_MAX_TERMS) BUG("an index of more than %d terms", INDEX_MAX_TERMS);
    memmove(&a->term[i + 1], &a->term[i], sizeof a->term[0] * (size_t)(a->n - i));
    a->term[i].factor = factor;
    a->term[i].atom = atom;
    a->n++;
}

static Index of_atom(const Atom *atom) {
    Index a = {0};
    add_term(&a, 1, atom);
    return a;
}

Index index_variable(IndexPool *pool, const char *name, int64_t extent, Level level) {
    if (extent <= 1) return index_constant(0);
    return of_atom(intern_atom(
        pool, (Atom){.kind = ATOM_VARIABLE, .name = name, .level = level, .max = extent - 1}));
}

Index index_scale(const Index *a, int64_t factor) {
    if (factor == 0) return index_constant(0);
    Index out = *a;
    out.constant *= factor;
    for (int i = 0; i < out.n; i++) out.term[i].factor *= factor;
    return out;
}

static const Atom *single_atom(const Index *a) {
    return a->n == 1 && a->constant == 0 && a->term[0].factor == 1 ? a->term[0].atom : NULL;
}

/* Is q the quotient that belongs to the remainder r? r is x % n; q is x / n, or, where x is itself
 * y / m, q is y / (m n). */
static bool belongs(const Atom *q, const Atom *r) {
    if (q->kind != ATOM_QUOTIENT || r->kind != ATOM_REMAINDER) return false;
    if (q->by == r->by && index_equal(q->of, r->of)) return true;
    const Atom *inner = single_atom(r->of);
    return inner && inner->kind == ATOM_QUOTIENT && q->by == inner->by * r->by &&
           index_equal(q->of, inner->of);
}

/* Replaces one pair f n (x / n) + f (x % n) by f x; false if there is none. */
static bool join_pair(Index *a) {
    for (int i = 0; i < a->n; i++)
        for (int j = 0; j < a->n; j++) {
            const Atom *q = a->term[i].atom, *r = a->term[j].atom;
            int64_t factor = a->term[j].factor;
            if (!belongs(q, r) || a->term[i].factor != factor * r->by) continue;
            Index of = *r->of;
            add_term(a, -factor * r->by, q);
            add_term(a, -factor, r);
            a->constant += factor * of.constant;
            for (int k = 0; k < of.n; k++) add_term(a, factor * of.term[k].factor, of.term[k].atom);
            return true;
        }
    return false;
}

Index index_add(const Index *a, const Index *b) {
    Index out = *a;
    out.constant += b->constant;
    for (int i = 0; i < b->n; i++) add_term(&out, b->term[i].factor, b->term[i].atom);
    while (join_pair(&out))
        ;
    return out;
}

/* a = by * whole + rest, with 0 <= rest; false if the rest could be negative. */
static bool take_apart(const Index *a, int64_t by, Index *whole, Index *rest) {
    *whole = *rest = (Index){0};
    int64_t remainder = (a->constant % by + by) % by;
    rest->constant = remainder;
    whole->constant = (a->constant - remainder) / by;
    for (int i = 0; i < a->n; i++) {
        bool divides = a->term[i].factor % by == 0;
        add_term(divides ? whole : rest, divides ? a->term[i].factor / by : a->term[i].factor,
                 a->term[i].atom);
    }
    int64_t min, max;
    index_range(rest, &min, &max);
    return min >= 0;
}

Index index_quotient(IndexPool *pool, const Index *a, int64_t by) {
    if (by == 1) return *a;
    Index whole, rest;
    if (!take_apart(a, by, &whole, &rest)) {
        whole = index_constant(0);
        rest = *a;
    }
    int64_t min, max;
    index_range(&rest, &min, &max);
    if (max < by && min >= 0) return whole;
    const Atom *inner = single_atom(&rest);
    if (inner && inner->kind == ATOM_QUOTIENT) {
        rest = *inner->of;
        by *= inner->by;
        index_range(&rest, &min, &max);
    }
    Atom atom = {
        .kind = ATOM_QUOTIENT, .of = &rest, .by = by, .level = index_level(&rest), .max = max / by};
    Index quotient = of_atom(intern_atom(pool, atom));
    return index_add(&whole, &quotient);
}

Index index_remainder(IndexPool *pool, const Index *a, int64_t by) {
    if (by == 1) return index_constant(0);
    Index whole, rest;
    if (!take_apart(a, by, &whole, &rest)) rest = *a;
    int64_t min, max;
    index_range(&rest, &min, &max);
    if (max < by && min >= 0) return rest;
    const Atom *inner = single_atom(&rest);
    if (inner && inner->kind == ATOM_REMAINDER && inner->by % by == 0) rest = *inner->of;
    Atom atom = {
        .kind = ATOM_REMAINDER, .of = &rest, .by = by, .level = index_level(&rest), .max = by - 1};
    return of_atom(intern_atom(pool, atom));
}

Index index_within(IndexPool *pool, const Index *a, int64_t extent) {
    int64_t min, max;
    index_range(a, &min, &max);
    if (min >= 0 && max < extent) return *a;
    if (extent == 1) return index_constant(0);
    return of_atom(intern_atom(
        pool,
        (Atom){.kind = ATOM_WITHIN, .of = a, .by = 1, .level = index_level(a), .max = extent - 1}));
}

Index index_flatten(int n, const int64_t *dim, const Index *at) {
    Index flat = index_constant(0);
    int64_t stride = 1;
    for (int i = n - 1; i >= 0; i--) {
        Index part = index_scale(&at[i], stride);
        flat = index_add(&flat, &part);
        stride *= dim[i];
    }
    return flat;
}

void index_unflatten(IndexPool *pool, const Index *flat, int n, const int64_t *dim, Index *at) {
    Index rest = *flat;
    for (int i = n - 1; i >= 0; i--) {
        int64_t before = 1;
        for (int j = 0; j < i; j++) before *= dim[j];
        at[i] = before == 1 && dim[i] != 1 ? rest : index_remainder(pool, &rest, dim[i]);
        rest = index_quotient(pool, &rest, dim[i]);
        if (before == 1 && dim[i] != 1) rest = index_constant(0);
    }
}

static void print_atom(Text *out, const Atom *atom) {
    if (atom->kind == ATOM_VARIABLE) {
        text_put(out, atom->name);
        return;
    }
    if (atom->kind == ATOM_WITHIN) {
        text_put(out, "(");
        index_print(out, atom->of);
        text_put(out, ")");
        return;
    }
    bool plain = single_atom(atom->of) && single_atom(atom->of)->kind == ATOM_VARIABLE;
    text_put(out, plain ? "" : "(");
    index_print(out, atom->of);
    text_printf(out, "%s %c %" PRId64, plain ? "" : ")", atom->kind == ATOM_QUOTIENT ? '/' : '%',
                atom->by);
}

static void print_term(Text *out, int64_t factor, const Atom *atom, bool first) {
    text_put(out, first ? (factor < 0 ? "-" : "") : factor < 0 ? " - " : " + ");
    int64_t size = factor < 0 ? -factor : factor;
    bool bare = atom->kind == ATOM_VARIABLE || atom->kind == ATOM_WITHIN;
    if (size != 1) {
        text_printf(out, "%" PRId64 " * ", size);
        text_put(out, bare ? "" : "(");
    }
    print_atom(out, atom);
    text_put(out, size != 1 && !bare ? ")" : "");
}

/* Largest factors first, and a positive one before a negative one: 784 * r + i, 27 - i. */
void index_print(Text *out, const Index *a) {
    bool done[INDEX_MAX_TERMS] = {0}, first = true;
    if (a->constant != 0 && a->n > 0) {
        bool all_negative = true;
        for (int i = 0; i < a->n; i++) all_negative = all_negative && a->term[i].factor < 0;
        if (all_negative && a->constant > 0) {
            text_printf(out, "%" PRId64, a->constant);
            first = false;
        }
    }
    bool constant_printed = !first;
    for (int k = 0; k < a->n; k++) {
        int best = -1;
        for (int i = 0; i < a->n; i++)
            if (!done[i] && (best < 0 || a->term[i].factor > a->term[best].factor)) best = i;
        done[best] = true;
        print_term(out, a->term[best].factor, a->term[best].atom, first);
        first = false;
    }
    if (first) text_printf(out, "%" PRId64, a->constant);
    else if (!constant_printed && a->constant != 0)
        text_printf(out, " %c %" PRId64, a->constant < 0 ? '-' : '+',
                    a->constant < 0 ? -a->constant : a->constant);
}
