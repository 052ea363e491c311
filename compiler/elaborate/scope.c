/* Modules, scopes and names.
 *
 * Does: finds what a name means. Values and callables are looked up apart, so that a variable
 * `mean` and the function `mean` live together; the user's names shadow an import's, and those the
 * library's. Requires: nothing. Leaves: every top-level name bound once, errors for those bound
 * twice. */
#include "elab.h"
#include "../std/std.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Module *module_new(Elab *e, const char *name, Module *outer, bool builtin) {
    Module *m = NEW(e->a, Module);
    m->name = name;
    m->outer = outer;
    m->builtin = builtin;
    return m;
}

static Global *global_find(Module *m, const char *name, bool call) {
    Global *at = call ? m->callables.at : m->values.at;
    int n = call ? m->callables.n : m->values.n;
    for (int i = 0; i < n; i++)
        if (at[i].name == name) return &at[i];
    return NULL;
}

static void add_global(Elab *e, Module *m, const char *name, const Tree *decl, int item, Span span,
                       bool call) {
    Global *before = global_find(m, name, call);
    if (before && before->home == m) {
        elab_error(e, D_BOUND_TWICE, span, name);
        elab_note(e, before->span, "it is bound here");
        return;
    }
    Global global = {name, decl, m, item, span};
    if (before) *before = global; /* shadows what was imported */
    else if (call) LIST_ADD(e->a, &m->callables, global);
    else LIST_ADD(e->a, &m->values, global);
}

static void import_file(Elab *e, Module *m, const Tree *t);

static void add_program(Elab *e, Module *m, const Tree *t) {
    for (int i = 0; i < m->metrics.n + m->samples.n; i++) {
        const Tree *other = i < m->metrics.n ? m->metrics.at[i] : m->samples.at[i - m->metrics.n];
        if (other->name != t->name || other->kind != t->kind) continue;
        elab_error(e, D_BOUND_TWICE, t->name_span, t->name);
        elab_note(e, other->name_span, "it is bound here");
        return;
    }
    if (t->kind == TREE_METRIC) LIST_ADD(e->a, &m->metrics, t);
    else LIST_ADD(e->a, &m->samples, t);
}

/* v of grad(y, v), as it is written: the argument of that name, or the last one. */
const Tree *grad_leaf(const Tree *call) {
    const Tree *list = call->kid[1], *last = NULL;
    for (int i = 0; i < list->list.n; i++) {
        const Tree *t = list->list.at[i];
        bool named = t->kind == TREE_NAMED;
        if (named && strcmp(t->name, "v") == 0) return t->kid[0];
        if (!named) last = t;
    }
    return last;
}

/* Notes the names that must be leaves of their own wherever they are bound: a gradient asks for
 * them. */
static void find_grad_names(Elab *e, const Tree *t) {
    if (!t) return;
    bool is_grad = t->kind == TREE_CALL && t->kid[0]->kind == TREE_NAME &&
                   strcmp(t->kid[0]->name, "grad") == 0;
    const Tree *leaf = is_grad ? grad_leaf(t) : NULL;
    if (leaf && (leaf->kind == TREE_NAME || leaf->kind == TREE_MEMBER))
        LIST_ADD(e->a, &e->grad_names, leaf->name);
    for (int i = 0; i < TREE_MAX_KIDS; i++) find_grad_names(e, t->kid[i]);
    for (int i = 0; i < t->list.n; i++) find_grad_names(e, t->list.at[i]);
}

/* What kind of declaration binds which names. */
static void add_declaration(Elab *e, Module *m, const Tree *t) {
    switch (t->kind) {
    case TREE_FN:
    case TREE_LAYER:
    case TREE_DISTRIBUTION:
    case TREE_OPTIMIZER:
    case TREE_NETWORK:
    case TREE_AUTOREGRESSIVE:
    case TREE_FLOW:
        add_global(e, m, t->name, t, 0, t->name_span, true);
        break;
    case TREE_LET:
    case TREE_DRAW:
    case TREE_PARAM:
    case TREE_LOSS:
        add_global(e, m, t->name, t, 0, t->name_span, false);
        break;
    case TREE_BIND:
    case TREE_DATA:
    case TREE_DATA_DRAW:
        for (int i = 0; i < t->kid[0]->list.n; i++) {
            const Tree *name = t->kid[0]->list.at[i];
            add_global(e, m, name->name, t, i, name->name_span, false);
        }
        break;
    case TREE_IMPORT:
        import_file(e, m, t);
        break;
    case TREE_TRAIN:
        LIST_ADD(e->a, &m->trains, t);
        break;
    case TREE_METRIC:
    case TREE_SAMPLE:
        add_program(e, m, t);
        break;
    default:
        BUG("%s is no declaration", tree_kind_name(t->kind));
    }
}

static int by_name(const void *a, const void *b) {
    return strcmp(((const Global *)a)->name, ((const Global *)b)->name);
}

static int by_tree_name(const void *a, const void *b) {
    return strcmp((*(const Tree *const *)a)->name, (*(const Tree *const *)b)->name);
}

/* So that the order of declarations has no part in anything. */
static void sort_names(Module *m) {
    if (m->values.n) qsort(m->values.at, (size_t)m->values.n, sizeof *m->values.at, by_name);
    if (m->callables.n)
        qsort(m->callables.at, (size_t)m->callables.n, sizeof *m->callables.at, by_name);
    if (m->metrics.n)
        qsort(m->metrics.at, (size_t)m->metrics.n, sizeof *m->metrics.at, by_tree_name);
    if (m->samples.n)
        qsort(m->samples.at, (size_t)m->samples.n, sizeof *m->samples.at, by_tree_name);
}

/* Both are reported and averaged under their names. */
static void check_measures(Elab *e, Module *m) {
    for (int i = 0; i < m->metrics.n; i++) {
        const Tree *metric = m->metrics.at[i];
        const Global *loss = global_find(m, metric->name, false);
        if (!loss || loss->decl->kind != TREE_LOSS) continue;
        elab_error(e, D_BOUND_TWICE, metric->name_span, metric->name);
        elab_note(e, loss->span, "it is a loss here, which is measured on held-out data too");
    }
}

void module_add(Elab *e, Module *m, const SyntaxFile *file) {
    find_grad_names(e, file->decls);
    for (int i = 0; i < file->decls->list.n; i++)
        if (file->decls->list.at[i]->kind == TREE_IMPORT)
            add_declaration(e, m, file->decls->list.at[i]);
    for (int i = 0; i < file->decls->list.n; i++)
        if (file->decls->list.at[i]->kind != TREE_IMPORT)
            add_declaration(e, m, file->decls->list.at[i]);
    check_measures(e, m);
    sort_names(m);
}

static char *read_whole(Elab *e, const char *path, int *length) {
    FILE *f = fopen(path, "rb");
    if (!f) return NULL;
    Text text = {.arena = e->a};
    char piece[4096];
    size_t n;
    while ((n = fread(piece, 1, sizeof piece, f)) > 0 && text.n <= SYNTAX_MAX_BYTES)
        text_put_n(&text, piece, n);
    bool failed = ferror(f) != 0;
    fclose(f);
    *length = (int)text.n;
    return failed ? NULL : text.at ? text.at : arena_printf(e->a, "%s", "");
}

/* The source that a file is; -1: it cannot be read. A text that an editor holds open is known before. */
static int read_source(Elab *e, const char *path, const char *on_disk) {
    int length = 0, known = diag_find_source(e->d, path);
    if (known >= 0) return known;
    char *text = read_whole(e, on_disk, &length);
    return text ? diag_add_source(e->d, path, text, length, false) : -1;
}

static const char *path_below(Arena *a, const char *folder, const char *name) {
    return name[0] == '/' ? name : arena_printf(a, "%s/%s", folder, name);
}

const char *import_path(Arena *a, const char *folder, const char *name) {
    return path_plain(a, path_below(a, folder, name));
}

/* Where a run's folder has a copy: all in one folder there, no two under one name. */
static const char *kept_name(Elab *e, const char *path) {
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    const char *name = intern(e->a, arena_printf(e->a, "imports/%s", base));
    for (int i = 0, number = 2; i < e->m->imports.n; i++)
        if (e->m->imports.at[i].kept == name) {
            name = intern(e->a, arena_printf(e->a, "imports/%d-%s", number++, base));
            i = -1;
        }
    return name;
}

/* The callables of another file, under their own names; nothing else may be in it. */
static void import_file(Elab *e, Module *m, const Tree *t) {
    const char *path = import_path(e->a, e->options->folder, t->text);
    const char *on_disk = path_below(e->a, e->options->folder, t->text); /* ".." behind a link */
    int source = read_source(e, path, on_disk), errors = diag_errors(e->d);
    if (source < 0) {
        elab_error(e, D_CANNOT_IMPORT, t->span, t->text);
        return;
    }
    SyntaxFile *file = syntax_parse(e->a, e->d, source);
    LIST_ADD(e->a, &e->m->imports, ((Import){t->text, kept_name(e, t->text), file->source, file->decls}));
    if (diag_errors(e->d) > errors) return;
    find_grad_names(e, file->decls);
    Module *imported = module_new(e, t->text, e->std, false);
    for (int i = 0; i < file->decls->list.n; i++) {
        const Tree *decl = file->decls->list.at[i];
        if (decl->kind == TREE_FN || decl->kind == TREE_LAYER || decl->kind == TREE_DISTRIBUTION ||
            decl->kind == TREE_OPTIMIZER)
            add_declaration(e, imported, decl);
        else elab_error(e, D_NOT_IMPORTABLE, decl->span);
    }
    for (int i = 0; i < imported->callables.n; i++) {
        const Global *g = &imported->callables.at[i], *before = global_find(m, g->name, true);
        if (!before) {
            LIST_ADD(e->a, &m->callables, *g);
            continue;
        }
        elab_error(e, D_BOUND_TWICE, t->span, g->name);
        elab_note(e, before->span, "imported before from here");
    }
}

void elab_load_std(Elab *e) {
    e->std = module_new(e, "std", NULL, true);
    for (int i = 0; i < std_file_count; i++) {
        const char *text = std_files[i].text;
        int source = diag_add_source(e->d, std_files[i].name, text, (int)strlen(text), true);
        module_add(e, e->std, syntax_parse(e->a, e->d, source));
    }
}

void elab_load_user(Elab *e, const SyntaxFile *file) {
    e->user = module_new(e, e->options->name, e->std, false);
    module_add(e, e->user, file);
}

bool module_callable(Module *m, const char *name, Callable *out) {
    for (; m; m = m->outer) {
        Global *g = global_find(m, name, true);
        if (g) {
            *out = (Callable){g->decl, g->home, NULL};
            return true;
        }
    }
    const Builtin *b = builtin_find(name);
    *out = (Callable){NULL, NULL, b};
    return b != NULL;
}

bool module_has_value(Module *m, const char *name) {
    for (; m; m = m->outer)
        if (global_find(m, name, false)) return true;
    return false;
}

bool module_has_constant(Module *m, const char *name) {
    for (; m; m = m->outer) {
        Global *g = global_find(m, name, false);
        if (g) return g->decl->kind == TREE_LET;
    }
    return false;
}

bool module_states(Module *m, const char *method) {
    for (; m; m = m->outer)
        for (int i = 0; i < m->callables.n; i++) {
            const Tree *t = m->callables.at[i].decl;
            for (int k = 0; t->kind == TREE_DISTRIBUTION && k < t->kid[1]->list.n; k++)
                if (t->kid[1]->list.at[k]->name == method) return true;
        }
    return false;
}

/* ---- scopes ---- */

Env *env_new(Elab *e, Env *outer, Module *module) {
    Env *env = NEW(e->a, Env);
    env->outer = outer;
    env->module = module;
    return env;
}

Binding *env_find_own(Env *env, const char *name) {
    for (int i = env->names.n - 1; i >= 0; i--)
        if (env->names.at[i].name == name) return &env->names.at[i];
    return NULL;
}

Env *env_holding(Env *env, const char *name) {
    while (env && !env_find_own(env, name)) env = env->outer;
    return env;
}

Binding *env_find(Env *env, const char *name) {
    Env *holder = env_holding(env, name);
    return holder ? env_find_own(holder, name) : NULL;
}

Binding *env_set(Elab *e, Env *env, const char *name, Value v) {
    Binding *b = env_find_own(env, name);
    if (!b) {
        LIST_ADD(e->a, &env->names, ((Binding){.name = name}));
        b = &env->names.at[env->names.n - 1];
    }
    b->value = v;
    b->lazy = NULL;
    return b;
}

void env_set_fixed(Elab *e, Env *env, const char *name, Value v) {
    env_set(e, env, name, v)->fixed = true;
}

void env_set_lazy(Elab *e, Env *env, const char *name, const Tree *expr) {
    env_set(e, env, name, value_poison())->lazy = expr;
}

void env_assign(Elab *e, const char *name, Value v, Span at) {
    const char *crossed = NULL;
    for (Env *env = e->at.env; env; env = env->outer) {
        Binding *b = env_find_own(env, name);
        if (b && b->fixed) {
            elab_error(e, D_READ_ONLY, at, name);
            return;
        }
        if (b && crossed) {
            elab_error(e, D_REBOUND_IN_SCOPE, at, name, crossed);
            diag_help(e->d, "bind a new name, or make '%s' a carry: scan ..., %s = ... { }", name,
                      name);
            return;
        }
        if (b) {
            b->value = v;
            b->lazy = NULL;
            return;
        }
        if (env->barrier_word) crossed = env->barrier_word;
        if (env->barrier) break;
    }
    env_set(e, e->at.env, name, v);
}

/* A default argument, evaluated where it was declared, when first asked for. */
static Value force(Elab *e, Env *env, Binding *b, Span at) {
    if (!b->lazy) return b->value;
    if (b->running) {
        elab_error(e, D_MISSING_ARGUMENT, at, b->name);
        return value_poison();
    }
    const Tree *expr = b->lazy;
    const char *name = b->name;
    b->running = true;
    Context saved = e->at;
    e->at.env = env;
    Value v = elab_expr(e, expr);
    e->at = saved;
    b = env_find_own(env, name); /* the list may have moved */
    b->running = false;
    b->lazy = NULL;
    return b->value = elab_marked(e, name, v);
}

bool env_value(Elab *e, Env *env, const char *name, Span at, Value *out) {
    Binding *b = env_find_own(env, name);
    if (b) *out = force(e, env, b, at);
    return b != NULL;
}

static bool find_value(Elab *e, const Tree *name, Value *out) {
    Module *module = NULL;
    for (Env *env = e->at.env; env; env = env->outer) {
        module = env->module ? env->module : module;
        Binding *b = env_find_own(env, name->name);
        if (b) {
            *out = force(e, env, b, name->span);
            return true;
        }
    }
    for (Module *m = module ? module : e->user; m; m = m->outer) {
        Global *g = global_find(m, name->name, false);
        if (g) {
            *out = elab_top(e, g->decl, g->item);
            return true;
        }
    }
    return builtin_constant(e, name->name, out);
}

static Module *current_module(Elab *e) {
    for (Env *env = e->at.env; env; env = env->outer)
        if (env->module) return env->module;
    return e->user;
}

Value elab_name(Elab *e, const Tree *name) {
    Value v = value_poison();
    if (find_value(e, name, &v)) return v;
    Callable c;
    bool found = module_callable(current_module(e), name->name, &c);
    if (found && c.decl && c.decl->kind == TREE_AUTOREGRESSIVE && c.decl->kid[0]->list.n == 0)
        return call_callable(e, c, 0, NULL, NULL, name);
    if (found)
        return (Value){
            .kind = VALUE_CALLABLE, .callable = c, .span = name->span, .text = name->name};
    elab_unknown(e, name, false);
    return v;
}

bool elab_callable(Elab *e, const char *name, Callable *out) {
    for (Env *env = e->at.env; env; env = env->outer) {
        Binding *b = env_find_own(env, name);
        if (!b) continue;
        Value v = force(e, env, b, e->at.user);
        if (v.kind == VALUE_CALLABLE) {
            *out = v.callable;
            return true;
        }
    }
    return module_callable(current_module(e), name, out);
}

bool elab_top_instance(Elab *e, const char *name, Value *out) {
    Global *g = global_find(current_module(e), name, false);
    if (!g || g->decl->kind != TREE_BIND) return false;
    *out = elab_top(e, g->decl, g->item);
    return out->kind == VALUE_INSTANCE;
}

/* All names in reach, for suggestions. */
static int names_in_reach(Elab *e, bool call, const char **out, int room) {
    int n = 0;
    if (!call)
        for (Env *env = e->at.env; env; env = env->outer)
            for (int i = 0; i < env->names.n && n < room; i++)
                if (env->names.at[i].name) /* a loop's number that is over has none */
                    out[n++] = env->names.at[i].name;
    for (Module *m = current_module(e); m; m = m->outer) {
        for (int i = 0; call && i < m->callables.n && n < room; i++)
            out[n++] = m->callables.at[i].name;
        for (int i = 0; !call && i < m->values.n && n < room; i++) out[n++] = m->values.at[i].name;
    }
    return call ? n + builtin_names(out + n, room - n) : n;
}

void elab_unknown(Elab *e, const Tree *name, bool call) {
    const char *names[1024];
    int n = names_in_reach(e, call, names, 1024);
    elab_error(e, call ? D_UNKNOWN_FUNCTION : D_UNKNOWN_NAME, name->span, name->name);
    for (int i = 0; !call && i < e->user->metrics.n; i++)
        if (e->user->metrics.at[i]->name == name->name) {
            diag_help(
                e->d,
                "a metric is no value: bind its expression to a name first, and use that in both");
            return;
        }
    diag_suggest(e->d, name->name, names, n);
}

/* ---- paths ---- */

const char *path_join(Elab *e, const char *path, const char *name) {
    return intern(e->a, path[0] ? arena_printf(e->a, "%s.%s", path, name) : name);
}

const char *path_unique(Elab *e, PathCounts *counts, const char *path) {
    for (int i = 0; i < counts->n; i++)
        if (counts->at[i].path == path)
            return intern(e->a, arena_printf(e->a, "%s#%d", path, ++counts->at[i].used));
    LIST_ADD(e->a, counts, ((PathCount){path, 1}));
    return path;
}
