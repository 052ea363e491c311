/* One declaration or statement in canonical form, from its first token to its last. */
#include "print.h"

enum { LONG_START = 36 }; /* after so much text a pipeline that must be broken gets a new line */

/* Does the value go to a line of its own? One that fits there in one piece does; so does one that
 * must be broken and would begin far to the right. */
static bool value_moves_down(const Printer *p, const Tree *value) {
    if (p->flat || p->one_line || print_holds_tall_body(p, value)) return false;
    int width = print_flat_width(p, value), below = p->indent + PRINT_INDENT;
    if (print_fits(p, width + 3)) return false;
    if (p->column - p->indent > LONG_START) return true;
    return value->kind != TREE_PIPE && below + width <= PRINT_WIDTH;
}

/* " = value", on the next line where that is the better break; the column where it begins. */
static int print_value(Printer *p, const Tree *owner, const Tree *value) {
    print_align(p, owner, '=');
    print_put(p, " =");
    if (value_moves_down(p, value)) print_break(p, p->indent + PRINT_INDENT);
    else print_put(p, " ");
    int start = p->column;
    print_expression(p, value);
    return start;
}

static void print_distribution_of(Printer *p, const Tree *distribution) {
    print_put(p, " ~ ");
    print_expression(p, distribution);
}

/* `word name` */
static void print_head(Printer *p, const char *word, const Tree *t) {
    print_put(p, word);
    print_put(p, " ");
    print_put(p, t->name);
}

/* (a, b), or nothing if there are none. */
static void print_formals(Printer *p, const Tree *formals) {
    if (!formals || formals->list.n == 0) return;
    print_put(p, "(");
    print_list(p, formals);
    print_put(p, ")");
}

static void print_on(Printer *p, const Tree *on) {
    print_put(p, " on ");
    print_expression(p, on);
}

static void print_own_body(Printer *p, const Tree *t, const Tree *body) {
    print_align(p, t, '{');
    print_put(p, " ");
    print_body(p, body);
}

/* = expression, or a body */
static void print_definition(Printer *p, const Tree *t, const Tree *definition) {
    if (definition->kind == TREE_BODY) print_own_body(p, t, definition);
    else print_value(p, t, definition);
}

/* ---- declarations ---- */

static void print_import(Printer *p, const Tree *t) {
    Tree string = {.kind = TREE_STRING, .text = t->text};
    print_put(p, "import ");
    print_expression(p, &string);
}

static void print_let(Printer *p, const Tree *t) {
    print_head(p, "let", t);
    print_value(p, t, t->kid[0]);
}

static void print_data(Printer *p, const Tree *t) {
    print_put(p, "data ");
    print_list(p, t->kid[0]);
    int start = print_value(p, t, t->kid[1]);
    const Tree *fallbacks = t->kid[2];
    for (int i = 0; i < fallbacks->list.n; i++) {
        const Tree *fallback = fallbacks->list.at[i];
        print_trailing_comment(p, i ? fallbacks->list.at[i - 1]->span.end : t->kid[1]->span.end,
                               fallback->span.start);
        print_comment_lines(p, fallback->span.start, start);
        if (p->flat || p->one_line) print_put(p, " ");
        else print_break(p, start);
        print_put(p, "or ");
        print_expression(p, fallback);
    }
    if (t->flags & TREE_UNPAIRED) print_put(p, " unpaired");
}

static void print_data_draw(Printer *p, const Tree *t) {
    print_put(p, "data ");
    print_list(p, t->kid[0]);
    print_distribution_of(p, t->kid[1]);
    if (t->flags & TREE_UNPAIRED) print_put(p, " unpaired");
}

static void print_fn(Printer *p, const Tree *t) {
    print_head(p, "fn", t);
    print_put(p, "(");
    print_list(p, t->kid[0]);
    print_put(p, ")");
    print_definition(p, t, t->kid[1]);
}

static void print_layer(Printer *p, const Tree *t) {
    print_head(p, "layer", t);
    print_formals(p, t->kid[0]);
    print_on(p, t->kid[1]);
    print_own_body(p, t, t->kid[2]);
}

static void print_distribution(Printer *p, const Tree *t) {
    print_head(p, "distribution", t);
    print_formals(p, t->kid[0]);
    print_align(p, t, '{');
    print_put(p, " ");
    print_braces(p, t->kid[1], t->span.end);
}

static void print_method(Printer *p, const Tree *t) {
    print_put(p, t->name);
    if (t->kid[0]) {
        print_put(p, "(");
        print_list(p, t->kid[0]);
        print_put(p, ")");
    }
    print_definition(p, t, t->kid[1]);
}

static void print_optimizer(Printer *p, const Tree *t) {
    print_head(p, "optimizer", t);
    print_formals(p, t->kid[0]);
    print_on(p, t->kid[1]);
    print_own_body(p, t, t->kid[2]);
}

static void print_network(Printer *p, const Tree *t) {
    print_head(p, t->text, t);
    print_formals(p, t->kid[0]);
    print_own_body(p, t, t->kid[1]);
}

static void print_autoregressive(Printer *p, const Tree *t) {
    print_head(p, "autoregressive", t);
    print_formals(p, t->kid[0]);
    print_on(p, t->kid[1]);
    if (t->kid[2]) {
        print_put(p, " along ");
        print_list(p, t->kid[2]);
    }
    print_own_body(p, t, t->kid[3]);
}

static void print_flow(Printer *p, const Tree *t) {
    print_head(p, "flow", t);
    print_formals(p, t->kid[0]);
    print_on(p, t->kid[1]);
    print_own_body(p, t, t->kid[2]);
}

static void print_loss(Printer *p, const Tree *t) {
    print_head(p, "loss", t);
    print_value(p, t, t->kid[0]);
}

static void print_metric(Printer *p, const Tree *t) {
    print_head(p, "metric", t);
    if (t->kid[0]) {
        print_put(p, " over ");
        print_expression(p, t->kid[0]);
    }
    if (t->kid[2]) {
        print_put(p, arena_printf(p->arena, " %s ", t->kid[2]->name));
        print_expression(p, t->kid[2]->kid[0]);
    }
    if (t->flags & TREE_FINAL) print_put(p, " final");
    print_value(p, t, t->kid[1]);
}

static void print_train(Printer *p, const Tree *t) {
    print_put(p, "train ");
    print_braces(p, t->kid[0], t->span.end);
}

static void print_minimize(Printer *p, const Tree *t) {
    bool breaks = !p->flat && !print_fits(p, print_flat_width(p, t));
    print_put(p, "minimize ");
    print_expression(p, t->kid[0]);
    if (breaks) print_break(p, p->indent + PRINT_INDENT);
    else print_align(p, t, 'o');
    print_put(p, breaks ? "over " : " over ");
    print_list(p, t->kid[1]);
    print_put(p, " using ");
    print_expression(p, t->kid[2]);
    for (int i = 0; i < t->kid[3]->list.n; i++) {
        const Tree *setting = t->kid[3]->list.at[i];
        print_put(p, " ");
        print_put(p, setting->name);
        print_put(p, " ");
        print_expression(p, setting->kid[0]);
    }
}

static void print_setting(Printer *p, const Tree *t) {
    print_put(p, t->name);
    print_align(p, t, ' ');
    print_put(p, " ");
    print_expression(p, t->kid[0]);
}

static void print_sample(Printer *p, const Tree *t) {
    print_head(p, "sample", t);
    print_formals(p, t->kid[0]);
    print_own_body(p, t, t->kid[1]);
}

/* ---- statements ---- */

static void print_bind(Printer *p, const Tree *t) {
    print_list(p, t->kid[0]);
    print_value(p, t, t->kid[1]);
}

static void print_draw(Printer *p, const Tree *t) {
    print_put(p, t->name);
    print_dims(p, t->kid[0]);
    print_kind(p, t->kid[1]);
    print_distribution_of(p, t->kid[2]);
    if (!t->kid[3]) return;
    print_put(p, " given ");
    print_expression(p, t->kid[3]);
}

/* param and state */
static void print_stored(Printer *p, const char *word, const Tree *t) {
    print_head(p, word, t);
    print_dims(p, t->kid[0]);
    if (t->kid[1]) print_distribution_of(p, t->kid[1]);
    else print_value(p, t, t->kid[2]);
}

static void print_param(Printer *p, const Tree *t) {
    print_stored(p, "param", t);
}

static void print_state(Printer *p, const Tree *t) {
    print_stored(p, "state", t);
}

static void print_update(Printer *p, const Tree *t) {
    print_head(p, "update", t);
    print_value(p, t, t->kid[0]);
}

static void print_values(Printer *p, const char *word, const Tree *values, const Tree *as) {
    print_put(p, word);
    print_put(p, " ");
    print_list(p, values);
    if (!as) return;
    print_put(p, " as ");
    print_expression(p, as);
}

static void print_return(Printer *p, const Tree *t) {
    print_values(p, "return", t->kid[0], t->kid[1]);
}

static void print_show(Printer *p, const Tree *t) {
    print_values(p, "show", t->kid[0], t->kid[1]);
}

static void print_yield(Printer *p, const Tree *t) {
    print_values(p, "yield", t->kid[0], NULL);
}

static void print_for(Printer *p, const Tree *t) {
    print_head(p, "for", t);
    print_put(p, " in ");
    print_expression(p, t->kid[0]);
    print_put(p, " ");
    print_body(p, t->kid[1]);
}

static void print_if(Printer *p, const Tree *t) {
    print_put(p, "if ");
    print_expression(p, t->kid[0]);
    print_put(p, " ");
    print_body(p, t->kid[1]);
    if (!t->kid[2]) return;
    print_put(p, " else ");
    if (t->kid[2]->kind == TREE_IF) print_if(p, t->kid[2]);
    else print_body(p, t->kid[2]);
}

static void print_expr(Printer *p, const Tree *t) {
    print_expression(p, t->kid[0]);
}

static void (*const printers[TREE_COUNT])(Printer *, const Tree *) = {
    [TREE_IMPORT] = print_import,
    [TREE_LET] = print_let,
    [TREE_DATA] = print_data,
    [TREE_DATA_DRAW] = print_data_draw,
    [TREE_FN] = print_fn,
    [TREE_LAYER] = print_layer,
    [TREE_DISTRIBUTION] = print_distribution,
    [TREE_METHOD] = print_method,
    [TREE_OPTIMIZER] = print_optimizer,
    [TREE_NETWORK] = print_network,
    [TREE_AUTOREGRESSIVE] = print_autoregressive,
    [TREE_FLOW] = print_flow,
    [TREE_LOSS] = print_loss,
    [TREE_METRIC] = print_metric,
    [TREE_TRAIN] = print_train,
    [TREE_MINIMIZE] = print_minimize,
    [TREE_SETTING] = print_setting,
    [TREE_SAMPLE] = print_sample,
    [TREE_BODY] = print_body,
    [TREE_BIND] = print_bind,
    [TREE_DRAW] = print_draw,
    [TREE_PARAM] = print_param,
    [TREE_STATE] = print_state,
    [TREE_UPDATE] = print_update,
    [TREE_RETURN] = print_return,
    [TREE_SHOW] = print_show,
    [TREE_YIELD] = print_yield,
    [TREE_FOR] = print_for,
    [TREE_IF] = print_if,
    [TREE_EXPR] = print_expr,
};

void print_statement(Printer *p, const Tree *t) {
    if (!printers[t->kind]) BUG("%s cannot be printed", tree_kind_name(t->kind));
    printers[t->kind](p, t);
}
