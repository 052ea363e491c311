/* diff_print_plain: a spec as text in which layout, comments and the order of declarations leave no
 * trace, so that a comparison by lines shows what changed in meaning. */
#include "inside.h"
#include "../compile.h"
#include "../transform/transform.h"

#include <stdlib.h>
#include <string.h>

static int by_kind_and_name(const void *a, const void *b) {
    const Tree *x = *(Tree *const *)a, *y = *(Tree *const *)b;
    bool x_last = x->kind == TREE_TRAIN || x->kind == TREE_SAMPLE;
    bool y_last = y->kind == TREE_TRAIN || y->kind == TREE_SAMPLE;
    if (x_last != y_last) return x_last - y_last;
    if (space_of(x) != space_of(y)) return (int)space_of(x) - (int)space_of(y);
    if (x->kind != y->kind) return (int)x->kind - (int)y->kind;
    return strcmp(decl_name(x, 0), decl_name(y, 0));
}

/* The declarations in one order, each on a line: in that text nothing is left of how they were laid
 * out, so what is canonical of it depends on the tree alone. */
static const char *without_layout(Arena *a, Diag *d, const SyntaxFile *file) {
    Tree *decls = file->decls;
    Text t = {.arena = a};
    text_put(&t, "");
    LIST_SORT(&decls->list, by_kind_and_name);
    for (int i = 0; i < decls->list.n; i++)
        text_printf(&t, "%s\n\n", syntax_print_tree(a, decls->list.at[i]));
    int source = diag_add_source(d, "plain", t.at, (int)t.n, false);
    return syntax_print(a, d, syntax_parse(a, d, source));
}

void diff_print_plain(Arena *a, Diag *d, int source, FILE *out) {
    SyntaxFile *file = syntax_parse(a, d, source);
    if (diag_errors(d)) { /* no spec: as it is */
        fwrite(diag_source(d, source)->text, 1, (size_t)diag_source(d, source)->length, out);
        return;
    }
    fputs(without_layout(a, d, file), out);
    DiffSide side;
    Diag *quiet = diag_new(a);
    const Source *text = diag_source(d, source);
    int again = diag_add_source(quiet, text->name, text->text, text->length, false);
    if (!diff_side(a, &side, quiet, again, text->name, 0, NULL)) return;
    for (int i = 0; i < side.model->networks.n; i++) {
        const Network *n = &side.model->networks.at[i];
        fprintf(out, "# %s %s: %s parameters\n", n->role, n->name,
                diff_grouped(a, (double)n->parameters));
    }
    transform_model(side.model);
    side.size = emit_size(side.model, 4);
    fprintf(out, "# flops a step: %s\n", diff_scaled(a, side.size.flops_per_step));
}
