/* The primitives of the language: the table builtins.def, arguments put in place, and those of no
 * other file.
 *
 * Does: finds a primitive by its name, matches its arguments with its formals, calls its rule. */
#include "builtin.h"
#include "flow.h"
#include "../transform/grad.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

Node *elab_fill(Elab *e, Node *x, Shape shape, const Rows *rows) {
    if (shape_equal(&x->shape, &shape) && rows_join(x->rows, rows) == x->rows) return x;
    return graph_broadcast(e->g, x, shape, rows_join(x->rows, rows));
}

Value b_iota(Elab *e, Call *c) {
    int64_t n;
    if (!elab_integer(e, &c->arg[0], c->where[0], &n)) return value_poison();
    if (n < 1 || n > INT32_MAX) {
        elab_error(e, D_BAD_LENGTH, c->where[0], (long long)n);
        return value_poison();
    }
    return value_node(graph_iota(e->g, n), c->at);
}

Value b_one_hot(Elab *e, Call *c) {
    Node *y;
    if (!elab_node(e, &c->arg[0], c->where[0], &y)) return value_poison();
    if (y->kind != KIND_INDEX || y->shape.rank == GRAPH_MAX_RANK) {
        elab_error(e, D_NOT_AN_INDEX, c->where[0], value_describe(e, &c->arg[0]));
        return value_poison();
    }
    Shape s = y->shape;
    s.dim[s.rank++] = y->classes;
    if (!elab_check_shape(e, &s, c->at)) return value_poison();
    Node *places = graph_iota(e->g, y->classes);
    Node *same = graph_map2(e->g, OP_EQ, elab_expand(e, y, y->shape.rank), places);
    return value_node(graph_map1(e->g, OP_REAL, same), c->at);
}

/* size(x): its elements; dim(x, axis): a length; batch_size(x): the examples that batch_mean(x) is over;
 * classes(y): K of index(K); is_index(y). All known now. */
Value b_size(Elab *e, Call *c) {
    Node *x;
    int axis;
    if (!elab_node(e, &c->arg[0], c->where[0], &x)) return value_poison();
    if (c->builtin->op == OP_EQ) return value_number(x->kind == KIND_INDEX, c->at);
    if (c->builtin->op == OP_CONST) return value_number((double)shape_size(&x->shape), c->at);
    if (c->builtin->op == OP_SUM_ROWS) return value_number((double)rows_count(x->rows), c->at);
    if (c->builtin->op == OP_RESHAPE)
        return elab_axis(e, &c->arg[1], x->shape.rank, c->where[1], &axis)
                   ? value_number((double)x->shape.dim[axis], c->at)
                   : value_poison();
    if (x->kind == KIND_INDEX) return value_number((double)x->classes, c->at);
    elab_error(e, D_NOT_AN_INDEX, c->where[0], value_describe(e, &c->arg[0]));
    return value_poison();
}

/* grad(y, v): the derivative of the batch sum of y with v as a leaf. */
Value b_grad(Elab *e, Call *c) {
    Node *y, *v, *out;
    GradFailure failure = {0};
    const Tree *leaf = c->tree->kind == TREE_CALL ? grad_leaf(c->tree) : NULL;
    if (!leaf || (leaf->kind != TREE_NAME && leaf->kind != TREE_MEMBER)) {
        elab_error(e, D_GRAD_LEAF, c->where[1], diag_text(e->d, c->where[1]));
        diag_help(e->d, "bind it to a name, compute from that name, and ask for its gradient");
        return value_poison();
    }
    if (!elab_real(e, &c->arg[0], c->where[0], &y) || !elab_real(e, &c->arg[1], c->where[1], &v))
        return value_poison();
    if (shape_size(&y->shape) != 1) {
        elab_error(e, D_GRAD_SHAPE, c->where[0], value_describe(e, &c->arg[0]));
        return value_poison();
    }
    if (!grad(e->g, graph_reshape(e->g, y, (Shape){0}), 1, &v, &out, &failure)) {
        elab_error(e, D_NOT_REPARAMETERISED, c->where[0], failure.drawn->text);
        diag_help(e->d, "put the draw under stop, or draw from a family that is reparameterised");
        return value_poison();
    }
    if (!out) {
        elab_error(e, D_GRAD_INDEPENDENT, c->at, diag_text(e->d, c->where[0]),
                   diag_text(e->d, c->where[1]));
        return value_poison();
    }
    return value_node(out, c->at);
}

Value b_noise(Elab *e, Call *c) {
    return dist_noise(e, (Op)c->builtin->op, c->n_rest, c->rest, c->at);
}

Value b_log_prob(Elab *e, Call *c) {
    Argument args[2] = {{NULL, c->arg[0], c->where[0]}, {NULL, c->arg[1], c->where[1]}};
    return dist_log_prob(e, 2, args, c->builtin->op == OP_SUM, c->tree);
}

Value b_kl(Elab *e, Call *c) {
    Argument args[2] = {{NULL, c->arg[0], c->where[0]}, {NULL, c->arg[1], c->where[1]}};
    return dist_kl(e, 2, args, c->builtin->op == OP_SUM, c->tree);
}

/* ---- the table, and putting arguments in place ---- */

static const Builtin builtins[] = {
#define BUILTIN(name, formals, rule, op) {name, formals, rule, (int)op},
#include "builtins.def"
#undef BUILTIN
};
enum { N_BUILTINS = sizeof builtins / sizeof *builtins };

const Builtin *builtin_find(const char *name) {
    for (int i = 0; i < N_BUILTINS; i++)
        if (strcmp(builtins[i].name, name) == 0) return &builtins[i];
    return NULL;
}

int builtin_names(const char **out, int room) {
    int n = 0;
    for (; n < N_BUILTINS && n < room; n++) out[n] = builtins[n].name;
    return n;
}

bool builtin_constant(Elab *e, const char *name, Value *out) {
    static const struct {
        const char *name;
        double value;
    } constants[] = {
        {"pi", 3.14159265358979323846},
        {"inf", INFINITY},
        {"true", 1},
        {"false", 0},
    };
    static const char *const scalars[] = {"step", "epoch"};
    for (size_t i = 0; i < sizeof constants / sizeof *constants; i++)
        if (strcmp(name, constants[i].name) == 0)
            return *out = value_number(constants[i].value, e->at.user), true;
    for (size_t i = 0; i < sizeof scalars / sizeof *scalars; i++)
        if (strcmp(name, scalars[i]) == 0)
            return *out = value_node(graph_scalar(e->g, name), e->at.user), true;
    if (strcmp(name, "training") == 0) return *out = value_number(e->training, e->at.user), true;
    if (strcmp(name, "none") == 0)
        return *out = (Value){.kind = VALUE_NONE, .span = e->at.user}, true;
    return false;
}

/* One formal of "x, axis?, ...": its name and what it may be. */
typedef struct {
    char name[24];
    bool optional, rest;
} Formal;

static int read_formals(const char *text, Formal *out) {
    int n = 0;
    while (*text) {
        size_t length = strcspn(text, ",");
        Formal *f = &out[n++];
        *f = (Formal){0};
        f->rest = strncmp(text, "...", 3) == 0;
        f->optional = length && text[length - 1] == '?';
        snprintf(f->name, sizeof f->name, "%.*s", (int)(length - f->optional), text);
        text += length;
        text += strspn(text, ", ");
    }
    return n;
}

const char *primitive_name(int i) {
    return i < (int)(sizeof builtins / sizeof *builtins) ? builtins[i].name : NULL;
}

const char *primitive_argument(Arena *a, const char *name, int i) {
    const Builtin *b = builtin_find(name);
    const char *text = b ? b->formals : "";
    for (; i > 0 && *text; i--) {
        text += strcspn(text, ",");
        text += strspn(text, ", ");
    }
    return *text ? intern_n(a, text, strcspn(text, ",")) : NULL;
}

static bool place_named(Elab *e, Call *c, const Formal *formals, int n, const Argument *a) {
    const char *names[MAX_ARGUMENTS];
    for (int i = 0; i < n; i++) {
        names[i] = formals[i].name;
        if (strcmp(formals[i].name, a->name) == 0 && !formals[i].rest) {
            if (c->arg[i].kind != VALUE_NONE) {
                elab_error(e, D_ARGUMENT_TWICE, a->span, a->name);
                return false;
            }
            c->arg[i] = a->value;
            c->where[i] = a->span;
            return true;
        }
    }
    elab_error(e, D_UNKNOWN_ARGUMENT, a->span, c->builtin->name, a->name);
    diag_suggest(e->d, a->name, names, n);
    return false;
}

Value builtin_call(Elab *e, const Builtin *b, int n, Argument *args, const Tree *tree) {
    Call c = {
        .builtin = b, .tree = tree, .at = tree->span, .rest = NEW_ARRAY(e->a, Argument, n + 1)};
    Formal formals[MAX_ARGUMENTS];
    int n_formals = read_formals(b->formals, formals), next = 0;
    for (int i = 0; i < MAX_ARGUMENTS; i++) {
        c.arg[i] = (Value){.kind = VALUE_NONE};
        c.where[i] = tree->span;
    }
    for (int i = 0; i < n; i++) {
        if (args[i].value.kind == VALUE_POISON) return value_poison();
        if (args[i].name) {
            if (!place_named(e, &c, formals, n_formals, &args[i])) return value_poison();
        } else if (next < n_formals && formals[next].rest) {
            c.rest[c.n_rest++] = args[i];
        } else if (next < n_formals) {
            c.where[next] = args[i].span;
            c.arg[next++] = args[i].value;
        } else {
            elab_error(e, D_TOO_MANY_ARGUMENTS, args[i].span, b->name, n_formals);
            return value_poison();
        }
    }
    for (int i = 0; i < n_formals; i++)
        if (!formals[i].optional && !formals[i].rest && c.arg[i].kind == VALUE_NONE) {
            elab_error(e, D_ARGUMENT_NEEDED, tree->span, b->name, formals[i].name);
            return value_poison();
        }
    if ((b->rule == b_map || b->rule == b_with_inverse) && c.arg[0].kind == VALUE_DIST)
        return image_under_builtin(e, b, n, args, 0, tree);
    return b->rule(e, &c);
}
