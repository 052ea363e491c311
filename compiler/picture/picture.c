/* picture_dot: from the tree, and what its names came to, to Graphviz's text.
 *
 * A node is something with a name: what a declaration binds, and inside a network what a statement
 * binds. A pipeline's stages stand as lines in the node of the name that they are bound to. An edge
 * leads from a name to what mentions it. */
#include "picture.h"
#include "../diff/diff.h"

#include <string.h>

typedef struct {
    const char *name; /* as the spec has it */
    const char *id;   /* as the picture has it */
} Local;

typedef struct {
    Arena *a;
    const Model *m;
    Text out, edges;
    int loops;          /* so far */
    LIST(Local) locals; /* names of the network being drawn */
} Picture;

/* Text between quotes. */
static const char *quoted(Arena *a, const char *text) {
    Text t = {.arena = a};
    text_put(&t, "");
    for (; *text; text++) {
        if (*text == '"' || (*text == '\\' && text[1] != 'l' && text[1] != 'n')) text_put(&t, "\\");
        text_put_n(&t, text, 1);
    }
    return t.at;
}

static const char *shape_words(Picture *p, Span at) {
    const Seen *seen = model_seen(p->m, at);
    if (!seen) return "";
    return seen->shaped ? shape_text(p->a, &seen->shape) : seen->words;
}

/* ---- what is on top ---- */

static bool binds_several(const Tree *t) {
    return t->kind == TREE_BIND || t->kind == TREE_DATA || t->kind == TREE_DATA_DRAW;
}

static const Tree *top_value(const Picture *p, const char *name) {
    for (int i = 0; i < p->m->decls->list.n; i++) {
        const Tree *t = p->m->decls->list.at[i];
        bool value = t->kind == TREE_DRAW || t->kind == TREE_PARAM || t->kind == TREE_LOSS;
        if (value && t->name == name) return t;
        for (int k = 0; binds_several(t) && k < t->kid[0]->list.n; k++)
            if (t->kid[0]->list.at[k]->name == name) return t;
    }
    return NULL;
}

static const Tree *network_of(const Picture *p, const char *name) {
    for (int i = 0; i < p->m->decls->list.n; i++) {
        const Tree *t = p->m->decls->list.at[i];
        bool network =
            t->kind == TREE_NETWORK || t->kind == TREE_FLOW || t->kind == TREE_AUTOREGRESSIVE;
        if (network && t->name == name) return t;
    }
    return NULL;
}

static const char *top_id(Picture *p, const Tree *t) {
    return arena_printf(p->a, "top_%s", binds_several(t) ? t->kid[0]->list.at[0]->name : t->name);
}

/* ---- edges ---- */

static void edge(Picture *p, const char *from, const char *to, const char *style) {
    const char *text = arena_printf(
        p->a, *style ? "    \"%s\" -> \"%s\" [%s]\n" : "    \"%s\" -> \"%s\"%s\n", from, to, style);
    if (!p->edges.at || !strstr(p->edges.at, text)) text_put(&p->edges, text);
}

static const char *local_id(const Picture *p, const char *name) {
    for (int i = p->locals.n - 1; i >= 0; i--)
        if (p->locals.at[i].name == name) return p->locals.at[i].id;
    return NULL;
}

/* One use of a name in what belongs to node `to`. */
static void use(Picture *p, const Tree *name, const char *to) {
    const char *from = local_id(p, name->name);
    const Tree *top = from ? NULL : top_value(p, name->name);
    const Tree *network = from || top ? NULL : network_of(p, name->name);
    if (from && strcmp(from, to) != 0) edge(p, from, to, "");
    if (top && strcmp(top_id(p, top), to) != 0) edge(p, top_id(p, top), to, "");
    if (network)
        edge(p, arena_printf(p->a, "%s#out", network->name), to,
             arena_printf(p->a, "ltail=\"cluster_%s\"", network->name));
}

static const Tree *called(const Tree *t) {
    return t->kind == TREE_CALL && t->kid[0]->kind == TREE_NAME ? t->kid[0]
           : t->kind == TREE_NAME                               ? t
                                                                : NULL;
}

static void uses(Picture *p, const Tree *t, const char *to);

/* What is fed into a network flows into its cluster. */
static void feed(Picture *p, const Tree *network, const Tree *value) {
    const char *in = arena_printf(p->a, "%s#in", network->name);
    uses(p, value, in);
}

static void uses(Picture *p, const Tree *t, const char *to) {
    if (!t) return;
    const Tree *callee = t->kind == TREE_PIPE   ? called(t->kid[1])
                         : t->kind == TREE_CALL ? called(t)
                                                : NULL;
    const Tree *network = callee && !local_id(p, callee->name) ? network_of(p, callee->name) : NULL;
    if (network) {
        use(p, callee, to);
        if (t->kind == TREE_PIPE) feed(p, network, t->kid[0]);
        const Tree *call = t->kind == TREE_PIPE ? t->kid[1] : t;
        for (int i = 0; call->kind == TREE_CALL && i < call->kid[1]->list.n; i++)
            feed(p, network, call->kid[1]->list.at[i]);
        return;
    }
    if (t->kind == TREE_NAME) use(p, t, to);
    for (int i = 0; i < TREE_MAX_KIDS; i++) uses(p, t->kid[i], to);
    for (int i = 0; i < t->list.n; i++) uses(p, t->list.at[i], to);
}

/* ---- nodes ---- */

enum { LONGEST_LINE = 60 };

static void put_expression(Picture *p, Text *t, const Tree *value);

/* A copy of what is written in which "..." stands for each pipeline; these are drawn first. */
static Tree *without_pipelines(Picture *p, Text *t, const Tree *value) {
    static const bool opened[TREE_COUNT] = {
        [TREE_CALL] = true,  [TREE_NAMED] = true, [TREE_BINARY] = true,
        [TREE_UNARY] = true, [TREE_LIST] = true,  [TREE_INDEX] = true};
    if (!value) return NULL;
    Tree *copy = NEW(p->a, Tree);
    *copy = *value;
    if (value->kind == TREE_PIPE) {
        put_expression(p, t, value);
        *copy = (Tree){.kind = TREE_NAME, .name = "...", .depth = 1};
    }
    if (!opened[value->kind]) return copy;
    for (int i = 0; i < TREE_MAX_KIDS; i++) copy->kid[i] = without_pipelines(p, t, value->kid[i]);
    copy->list.at = NEW_ARRAY(p->a, Tree *, value->list.n + 1);
    for (int i = 0; i < value->list.n; i++)
        copy->list.at[i] = without_pipelines(p, t, value->list.at[i]);
    return copy;
}

/* A pipeline stage by stage, each on its line with its shape, then what it stands in. */
static void put_expression(Picture *p, Text *t, const Tree *value) {
    if (value->kind == TREE_PIPE) {
        put_expression(p, t, value->kid[0]);
        text_printf(t, "  |> %s   %s\\l", syntax_print_tree(p->a, value->kid[1]),
                    shape_words(p, value->span));
        return;
    }
    const char *text = syntax_print_tree(p->a, without_pipelines(p, t, value));
    size_t n = strlen(text), shown = n > LONGEST_LINE ? LONGEST_LINE - 3 : n;
    while (shown < n && ((unsigned char)text[shown] & 0xc0) == 0x80) shown--; /* whole letters */
    text_printf(t, "%.*s%s\\l", (int)shown, text, shown < n ? "..." : "");
}

static void node(Picture *p, const char *indent, const char *id, const char *label,
                 const char *style) {
    text_printf(&p->out, "%s\"%s\" [label=\"%s\", %s]\n", indent, id, quoted(p->a, label), style);
}

static const char *heading(Picture *p, const char *before, const char *name, Span at) {
    const char *shape = shape_words(p, at);
    return arena_printf(p->a, "%s%s%s%s", before, name, *shape ? "  " : "", shape);
}

static void value_node(Picture *p, const char *indent, const char *id, const char *head,
                       const Tree *value, const char *style) {
    Text t = {.arena = p->a};
    text_printf(&t, "%s\\l", head);
    if (value) put_expression(p, &t, value);
    node(p, indent, id, t.at, style);
}

/* ---- networks ---- */

static void bind_local(Picture *p, const char *name, const char *id) {
    LIST_ADD(p->a, &p->locals, ((Local){name, id}));
}

/* x, then x', then x'': a name that is bound again is another node. */
static const char *fresh_id(Picture *p, const char *network, const char *name) {
    int before = 0;
    for (int i = 0; i < p->locals.n; i++) before += p->locals.at[i].name == name;
    return before ? arena_printf(p->a, "%s.%s.%d", network, name, before + 1)
                  : arena_printf(p->a, "%s.%s", network, name);
}

static void draw_statements(Picture *p, const char *network, const Tree *list);

/* for i in 0..8 { ... }: a frame around one turn. */
static void draw_loop(Picture *p, const char *network, const Tree *t) {
    text_printf(&p->out, "        subgraph \"cluster_%s.for.%d\" {\n", network, p->loops++);
    text_printf(&p->out,
                "        label=\"for %s in %s\"\n        style=\"rounded,dashed\"\n"
                "        fontsize=10\n        labeljust=l\n",
                t->name, quoted(p->a, syntax_print_tree(p->a, t->kid[0])));
    draw_statements(p, network, t->kid[1]->kid[0]);
    text_put(&p->out, "        }\n");
}

/* "a, b": the names that a statement binds. */
static const char *bound_names(Picture *p, const Tree *t) {
    Text names = {.arena = p->a};
    for (int i = 0; i < t->kid[0]->list.n; i++)
        text_printf(&names, "%s%s", i ? ", " : "", t->kid[0]->list.at[i]->name);
    return names.at;
}

static void draw_if(Picture *p, const char *network, const Tree *t) {
    draw_statements(p, network, t->kid[1]->kid[0]);
    if (t->kid[2] && t->kid[2]->kind == TREE_IF) draw_if(p, network, t->kid[2]);
    else if (t->kid[2]) draw_statements(p, network, t->kid[2]->kid[0]);
}

static void draw_return(Picture *p, const char *network, const Tree *t) {
    const char *out = arena_printf(p->a, "%s#out", network);
    Text label = {.arena = p->a};
    for (int i = 0; i < t->kid[0]->list.n; i++) put_expression(p, &label, t->kid[0]->list.at[i]);
    node(p, "        ", out, label.at, "shape=box, style=filled, fillcolor=white");
    uses(p, t->kid[0], out);
}

static void put_statement(Picture *p, const char *id, const char *name, Span at,
                          const Tree *value) {
    value_node(p, "        ", id, heading(p, "", name, at), value,
               "shape=box, style=\"rounded,filled\", fillcolor=white");
    uses(p, value, id);
}

static void draw_bind(Picture *p, const char *network, const Tree *t) {
    const Tree *first = t->kid[0]->list.at[0];
    const char *id = fresh_id(p, network, first->name);
    put_statement(p, id, bound_names(p, t), first->name_span, t->kid[1]);
    for (int i = 0; i < t->kid[0]->list.n; i++) bind_local(p, t->kid[0]->list.at[i]->name, id);
}

static void draw_draw(Picture *p, const char *network, const Tree *t) {
    const char *id = fresh_id(p, network, t->name);
    put_statement(p, id, arena_printf(p->a, "%s ~", t->name), t->name_span, t->kid[2]);
    uses(p, t->kid[3], id); /* given */
    bind_local(p, t->name, id);
}

/* Kinds of statements without a function bind nothing that is drawn. */
static void (*const statements[TREE_COUNT])(Picture *, const char *network, const Tree *) = {
    [TREE_FOR] = draw_loop,  [TREE_IF] = draw_if,     [TREE_RETURN] = draw_return,
    [TREE_BIND] = draw_bind, [TREE_DRAW] = draw_draw,
};

static void draw_statements(Picture *p, const char *network, const Tree *list) {
    for (int i = 0; i < list->list.n; i++)
        if (statements[list->list.at[i]->kind])
            statements[list->list.at[i]->kind](p, network, list->list.at[i]);
}

static int64_t parameters_of(const Model *m, const char *name) {
    for (int i = 0; i < m->networks.n; i++)
        if (strcmp(m->networks.at[i].name, name) == 0) return m->networks.at[i].parameters;
    return 0;
}

#define INPUT_STYLE                                                                                \
    "shape=box, style=\"rounded,filled\", fillcolor=\"#d6e3f5\", color=\"#7d9bc8\", height=0.3"

static void draw_network(Picture *p, const Tree *t) {
    const Tree *formals = t->kid[0], *on = t->kind == TREE_NETWORK ? NULL : t->kid[1];
    const Tree *body = t->kid[t->kind == TREE_AUTOREGRESSIVE ? 3 : on ? 2 : 1];
    const char *role = t->kind == TREE_NETWORK ? t->text
                       : t->kind == TREE_FLOW  ? "flow"
                                               : "autoregressive";
    const char *in = arena_printf(p->a, "%s#in", t->name);
    text_printf(&p->out, "    subgraph \"cluster_%s\" {\n        label=\"%s %s\\n%s parameters\"\n",
                t->name, role, t->name, diff_grouped(p->a, (double)parameters_of(p->m, t->name)));
    text_put(&p->out, "        style=filled\n        fillcolor=\"#eef3fb\"\n"
                      "        color=\"#7d9bc8\"\n        fontsize=12\n        margin=12\n");
    p->locals.n = 0;
    Text label = {.arena = p->a};
    text_put(&label, "");
    for (int i = 0; formals && i < formals->list.n; i++) {
        const Tree *f = formals->list.at[i];
        text_printf(&label, "%s%s", label.n ? ", " : "", heading(p, "", f->name, f->name_span));
        bind_local(p, f->name, in);
    }
    if (on) {
        text_printf(&label, "%s%s", label.n ? ", on " : "on ", on->name);
        const Tree *data = top_value(p, on->name);
        if (data) edge(p, top_id(p, data), in, "");
        bind_local(p, on->name, in);
    }
    node(p, "        ", in, label.n ? label.at : "no input", INPUT_STYLE);
    draw_statements(p, t->name, body->kid[0]);
    text_put(&p->out, "    }\n");
    p->locals.n = 0;
}

/* ---- declarations ---- */

static void draw_data(Picture *p, const Tree *t) {
    Text label = {.arena = p->a};
    for (int i = 0; i < t->kid[0]->list.n; i++)
        text_printf(&label, "%s%s", i ? ", " : "data ",
                    syntax_print_tree(p->a, t->kid[0]->list.at[i]));
    text_put(&label, "\\l");
    if (t->kind == TREE_DATA) put_expression(p, &label, t->kid[1]);
    else text_printf(&label, "~ %s\\l", syntax_print_tree(p->a, t->kid[1]));
    node(p, "    ", top_id(p, t), label.at, "shape=cylinder, style=filled, fillcolor=\"#f4efe0\"");
}

static void draw_value(Picture *p, const Tree *t) {
    bool bind = t->kind == TREE_BIND, draw = t->kind == TREE_DRAW;
    const char *name = bind ? t->kid[0]->list.at[0]->name : t->name;
    Span at = bind ? t->kid[0]->list.at[0]->name_span : t->name_span;
    const Tree *value = bind ? t->kid[1] : draw ? t->kid[2] : t->kid[1] ? t->kid[1] : t->kid[2];
    const char *style = draw ? "shape=ellipse, style=filled, fillcolor=\"#f6e3f0\""
                             : "shape=box, style=\"rounded,filled\", fillcolor=white";
    const char *before = t->kind == TREE_PARAM ? "param " : "";
    value_node(p, "    ", top_id(p, t),
               heading(p, before,
                       draw   ? arena_printf(p->a, "%s ~", name)
                       : bind ? bound_names(p, t)
                              : name,
                       at),
               value, style);
    uses(p, value, top_id(p, t));
    if (draw) uses(p, t->kid[3], top_id(p, t));
}

static void draw_loss(Picture *p, const Tree *t) {
    value_node(p, "    ", top_id(p, t), arena_printf(p->a, "loss %s", t->name), t->kid[0],
               "shape=box, style=filled, fillcolor=\"#fbe3dc\"");
    uses(p, t->kid[0], top_id(p, t));
}

#define UPDATES                                                                                    \
    "label=\" updates\", style=dashed, constraint=false, color=\"#5a9048\", fontcolor=\"#5a9048\""

static void draw_minimize(Picture *p, const Tree *t, int number) {
    const char *id = arena_printf(p->a, "minimize_%d", number);
    Text label = {.arena = p->a};
    text_printf(&label, "minimize %s\\lusing %s\\l", syntax_print_tree(p->a, t->kid[0]),
                syntax_print_tree(p->a, t->kid[2]));
    node(p, "    ", id, label.at, "shape=octagon, style=filled, fillcolor=\"#e2f0dd\"");
    uses(p, t->kid[0], id);
    for (int i = 0; i < t->kid[1]->list.n; i++) {
        const Tree *over = t->kid[1]->list.at[i];
        while (over->kind == TREE_MEMBER) over = over->kid[0];
        const Tree *network = over->kind == TREE_NAME ? network_of(p, over->name) : NULL;
        const Tree *value = over->kind == TREE_NAME ? top_value(p, over->name) : NULL;
        if (network)
            edge(p, id, arena_printf(p->a, "%s#in", network->name),
                 arena_printf(p->a, UPDATES ", lhead=\"cluster_%s\"", network->name));
        else if (value) edge(p, id, top_id(p, value), UPDATES);
    }
}

static void draw_train(Picture *p, const Tree *t) {
    for (int i = 0, n = 0; i < t->kid[0]->list.n; i++)
        if (t->kid[0]->list.at[i]->kind == TREE_MINIMIZE)
            draw_minimize(p, t->kid[0]->list.at[i], n++);
}

static void (*const declarations[TREE_COUNT])(Picture *, const Tree *) = {
    [TREE_DATA] = draw_data,
    [TREE_DATA_DRAW] = draw_data,
    [TREE_BIND] = draw_value,
    [TREE_DRAW] = draw_value,
    [TREE_PARAM] = draw_value,
    [TREE_LOSS] = draw_loss,
    [TREE_NETWORK] = draw_network,
    [TREE_FLOW] = draw_network,
    [TREE_AUTOREGRESSIVE] = draw_network,
    [TREE_TRAIN] = draw_train,
};

const char *picture_dot(Arena *a, const Model *m) {
    Picture p = {.a = a, .m = m, .out = {.arena = a}, .edges = {.arena = a}};
    text_printf(&p.out, "digraph \"%s\" {\n    compound=true\n    rankdir=TB\n",
                quoted(a, m->name));
    text_put(&p.out, "    node [fontname=\"Helvetica\", fontsize=10, color=\"#555555\"]\n"
                     "    edge [fontname=\"Helvetica\", fontsize=9, color=\"#555555\"]\n"
                     "    fontname=\"Helvetica\"\n");
    for (int i = 0; i < m->decls->list.n; i++)
        if (declarations[m->decls->list.at[i]->kind])
            declarations[m->decls->list.at[i]->kind](&p, m->decls->list.at[i]);
    text_put(&p.out, p.edges.at ? p.edges.at : "");
    text_put(&p.out, "}\n");
    return p.out.at;
}
