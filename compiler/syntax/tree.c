/* Building the syntax tree: every node is made here, and the limits on nodes and depth hold here. */
#include "parser.h"

#include <string.h>

static const struct { const char *name; int kids; } kinds[TREE_COUNT] = {
#define TREE(kind, kid_count, what) [TREE_##kind] = {#kind, kid_count},
#include "tree.def"
#undef TREE
};

const char *tree_kind_name(TreeKind kind) {
    return kinds[kind].name;
}

/* `t` lies below `parent` from now on. */
static void put_below(Parser *p, Tree *parent, const Tree *t) {
    if (t->depth < parent->depth) return;
    parent->depth = t->depth + 1;
    if (parent->depth > SYNTAX_MAX_DEPTH)
        parser_stop(p, D_NESTED_TOO_DEEP, parent->span, SYNTAX_MAX_DEPTH);
}

static Tree *new_node(Parser *p, TreeKind kind, Span at) {
    if (++p->nodes > SYNTAX_MAX_NODES) parser_stop(p, D_TOO_MANY_NODES, at, SYNTAX_MAX_NODES);
    Tree *t = NEW(p->arena, Tree);
    t->kind = kind;
    t->span = t->name_span = at;
    t->depth = 1;
    return t;
}

static void take_kids(Parser *p, Tree *t, va_list kids) {
    for (int i = 0; i < kinds[t->kind].kids; i++) {
        t->kid[i] = va_arg(kids, Tree *);
        if (t->kid[i]) put_below(p, t, t->kid[i]);
    }
}

Tree *tree_make(Parser *p, TreeKind kind, Span at, ...) {
    Tree *t = new_node(p, kind, at);
    va_list kids;
    va_start(kids, at);
    take_kids(p, t, kids);
    va_end(kids);
    return t;
}

Tree *tree_make_named(Parser *p, TreeKind kind, Span at, Word name, ...) {
    Tree *t = new_node(p, kind, at);
    t->name = name.name;
    t->name_span = name.span;
    va_list kids;
    va_start(kids, name);
    take_kids(p, t, kids);
    va_end(kids);
    return t;
}

Tree *tree_list(Parser *p, Span at) {
    return new_node(p, TREE_LIST, (Span){at.file, at.start, at.start});
}

Tree *tree_list_of(Parser *p, Tree *item) {
    return tree_add(p, tree_list(p, item->span), item);
}

Tree *tree_add(Parser *p, Tree *list, Tree *item) {
    list->span = list->list.n ? span_join(list->span, item->span) : item->span;
    list->name_span = list->span;
    LIST_ADD(p->arena, &list->list, item);
    put_below(p, list, item);
    return list;
}

/* Would a reader take `t |> f` for feeding in only the right part of t? */
static bool looks_torn(const Tree *t) {
    if (t->flags & TREE_BRACKETED) return false;
    if (t->kind == TREE_UNARY) return looks_torn(t->kid[0]);
    return t->kind == TREE_BINARY && strcmp(t->name, "^") != 0;
}

/* What can stand to the right of |>: a name, a member, or a call of these. */
static bool is_callable(const Tree *t) {
    while (t->kind == TREE_CALL) t = t->kid[0];
    return t->kind == TREE_NAME || t->kind == TREE_MEMBER;
}

Tree *tree_pipe(Parser *p, Span at, Word operator, Tree *value, Tree *callable) {
    if (looks_torn(value)) {
        const char *text = syntax_print_tree(p->arena, value);
        diag_error(p->diag, D_PIPE_LEFT, value->span, text);
        diag_help(p->diag, "write (%s) |> %s", text, syntax_print_tree(p->arena, callable));
    }
    if (!is_callable(callable)) {
        const char *text = syntax_print_tree(p->arena, callable);
        diag_error(p->diag, D_PIPE_RIGHT, callable->span,
                   arena_printf(p->arena, "'%s'", text));
        if (callable->kind == TREE_BINARY && is_callable(callable->kid[0]))
            diag_help(p->diag, "write (%s |> %s) %s %s", syntax_print_tree(p->arena, value),
                      syntax_print_tree(p->arena, callable->kid[0]), callable->name,
                      syntax_print_tree(p->arena, callable->kid[1]));
    }
    return tree_make_named(p, TREE_PIPE, at, operator, value, callable);
}

/* The settings that belong to a minimize if they follow its `using ...`. */
static const char *const minimize_settings[] = {"times", "clip", "clip_weights"};

static bool is_minimize_setting(const char *name) {
    for (size_t i = 0; i < sizeof minimize_settings / sizeof *minimize_settings; i++)
        if (strcmp(name, minimize_settings[i]) == 0) return true;
    return false;
}

/* Adds a setting to a train's items, or to the minimize that it directly follows. */
Tree *tree_add_setting(Parser *p, Tree *items, Tree *setting) {
    Tree *before = items->list.n ? items->list.at[items->list.n - 1] : NULL;
    if (!before || before->kind != TREE_MINIMIZE || !is_minimize_setting(setting->name))
        return tree_add(p, items, setting);
    tree_add(p, before->kid[3], setting);
    put_below(p, before, before->kid[3]);
    put_below(p, items, before);
    before->span = span_join(before->span, setting->span);
    items->span = span_join(items->span, setting->span);
    return items;
}
