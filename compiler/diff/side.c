/* diff_side: one of the two specs, compiled, with its names in a table.
 * Requires: a source of d. Leaves: constants given by -D written into the tree, so that what
 * follows sees one text. */
#include "inside.h"
#include "../compile.h"

#include <stdlib.h>
#include <string.h>

/* let beta = 1 under -D beta=4 is let beta = 4. */
static void override(Arena *a, DiffSide *side, Tree *let) {
    for (int i = 0; i < side->n_overrides; i++) {
        const char *text = side->overrides[i], *equals = strchr(text, '=');
        if (!equals || (size_t)(equals - text) != strlen(let->name) ||
            strncmp(text, let->name, strlen(let->name)) != 0)
            continue;
        Tree *number = NEW(a, Tree);
        *number = (Tree){.kind = TREE_NUMBER,
                         .depth = 1,
                         .span = let->kid[0]->span,
                         .name_span = let->kid[0]->span,
                         .text = equals + 1,
                         .number = strtod(equals + 1, NULL)};
        let->kid[0] = number;
    }
}

static void add_names(Arena *a, Names *names, const Tree *decl) {
    LIST_ADD(a, &names->decls, decl);
    for (int i = 0; i < decl_items(decl); i++) {
        Entry *entry = NEW(a, Entry);
        *entry =
            (Entry){.name = decl_name(decl, i), .decl = decl, .item = i, .space = space_of(decl)};
        LIST_ADD(a, &names->entries, entry);
    }
}

bool diff_side(Arena *a, DiffSide *side, Diag *d, int source, const char *title, int n_overrides,
               const char *const *overrides) {
    *side = (DiffSide){.title = title,
                       .diag = d,
                       .source = source,
                       .n_overrides = n_overrides,
                       .overrides = overrides};
    side->model = compile_seen(a, d, source, n_overrides, overrides);
    if (!side->model) return false;
    side->names = NEW(a, Names);
    const Tree *decls = side->model->decls;
    for (int i = 0; i < decls->list.n; i++) {
        if (decls->list.at[i]->kind == TREE_LET) override(a, side, decls->list.at[i]);
        add_names(a, side->names, decls->list.at[i]);
    }
    return true;
}

Entry *names_find(const DiffSide *side, Space space, const char *name) {
    for (int i = 0; i < side->names->entries.n; i++) {
        Entry *e = side->names->entries.at[i];
        if (e->space == space && e->name == name) return e;
    }
    return NULL;
}

const Tree *side_callable(const DiffSide *side, const char *name) {
    for (int i = 0; i < side->model->callables.n; i++)
        if (side->model->callables.at[i]->name == name) return side->model->callables.at[i];
    return NULL;
}

bool side_constant(const DiffSide *side, const char *name, double *value) {
    for (int i = 0; i < side->model->constants.n; i++)
        if (side->model->constants.at[i].name == name)
            return *value = side->model->constants.at[i].value, true;
    return false;
}

const char *side_text(Compare *c, const DiffSide *side, int start, int end) {
    return start < end ? diag_text(side->diag, (Span){side->source, start, end})
                       : arena_strndup(c->a, "", 0);
}
