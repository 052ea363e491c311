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

static Home *add_home(Arena *a, Names *names, const char *name, int source, const Tree *decls) {
    Home *home = NEW(a, Home);
    *home = (Home){.name = name, .source = source, .decls = decls};
    LIST_ADD(a, &names->homes, home);
    return home;
}

static void add_names(Arena *a, Names *names, Home *home, const Tree *decl) {
    LIST_ADD(a, &names->decls, decl);
    for (int i = 0; i < decl_items(decl); i++) {
        Entry *entry = NEW(a, Entry);
        *entry = (Entry){.name = decl_name(decl, i),
                         .decl = decl,
                         .home = home,
                         .item = i,
                         .space = space_of(decl)};
        LIST_ADD(a, &names->entries, entry);
    }
}

/* What a file imports stands where it says so. */
static void add_import(Arena *a, DiffSide *side, const Tree *import) {
    for (int i = 0; i < side->model->imports.n; i++) {
        const Import *file = &side->model->imports.at[i];
        if (strcmp(file->name, import->text) != 0) continue;
        Home *home = add_home(a, side->names, file->name, file->source, file->decls);
        for (int k = 0; k < file->decls->list.n; k++)
            add_names(a, side->names, home, file->decls->list.at[k]);
    }
}

void diff_side_of(Arena *a, DiffSide *side, Model *model, const char *title, int n_overrides,
                  const char *const *overrides) {
    *side = (DiffSide){.title = title,
                       .diag = model->diag,
                       .source = model->source,
                       .model = model,
                       .n_overrides = n_overrides,
                       .overrides = overrides,
                       .names = NEW(a, Names)};
    const Tree *decls = model->decls;
    Home *spec = add_home(a, side->names, NULL, model->source, decls);
    for (int i = 0; i < decls->list.n; i++) {
        Tree *decl = decls->list.at[i];
        if (decl->kind == TREE_LET) override(a, side, decl);
        add_names(a, side->names, spec, decl);
        if (decl->kind == TREE_IMPORT) add_import(a, side, decl);
    }
}

bool diff_side(Arena *a, DiffSide *side, Diag *d, int source, const char *title, int n_overrides,
               const char *const *overrides) {
    Model *model = compile_seen(a, d, source, n_overrides, overrides);
    if (model) diff_side_of(a, side, model, title, n_overrides, overrides);
    return model != NULL;
}

Home *home_of(const DiffSide *side, int file) {
    for (int i = 0; i < side->names->homes.n; i++)
        if (side->names->homes.at[i]->source == file) return side->names->homes.at[i];
    return NULL;
}

Entry *entry_of(const DiffSide *side, const Tree *decl, int item) {
    for (int i = 0; i < side->names->entries.n; i++)
        if (side->names->entries.at[i]->decl == decl && side->names->entries.at[i]->item == item)
            return side->names->entries.at[i];
    BUG("a declaration has no entry");
}

static Entry *find_in(const DiffSide *side, const Home *home, Space space, const char *name) {
    for (int i = 0; i < side->names->entries.n; i++) {
        Entry *e = side->names->entries.at[i];
        if (e->home == home && e->space == space && e->name == name) return e;
    }
    return NULL;
}

Entry *names_find(const DiffSide *side, Space space, const Tree *name) {
    Home *home = home_of(side, name->span.file), *spec = side->names->homes.at[0];
    Entry *found = home ? find_in(side, home, space, name->name) : NULL;
    for (int i = 1; !found && home == spec && i < side->names->homes.n; i++)
        found = find_in(side, side->names->homes.at[i], space, name->name);
    return found;
}

const Tree *side_callable(const DiffSide *side, const Tree *name) {
    const Entry *own = names_find(side, SPACE_CALLABLE, name);
    if (own || name->kind != TREE_NAME) return own ? own->decl : NULL;
    for (int i = 0; i < side->model->callables.n; i++) {
        const Tree *t = side->model->callables.at[i];
        if (t->name == name->name && !home_of(side, t->span.file)) return t;
    }
    return NULL;
}

const Tree *side_train(const DiffSide *side) {
    for (int i = 0; i < side->names->decls.n; i++)
        if (side->names->decls.at[i]->kind == TREE_TRAIN) return side->names->decls.at[i]->kid[0];
    return NULL;
}

bool side_constant(const DiffSide *side, const char *name, double *value) {
    for (int i = 0; i < side->model->constants.n; i++)
        if (side->model->constants.at[i].name == name)
            return *value = side->model->constants.at[i].value, true;
    return false;
}

const char *side_text(Compare *c, const DiffSide *side, Span at) {
    return at.start < at.end ? diag_text(side->diag, at) : arena_strndup(c->a, "", 0);
}
