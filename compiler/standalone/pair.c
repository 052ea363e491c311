/* pair.c: the .c of a library: what it needs of the runtime, as functions of its own, then its
 * functions. See standalone.h; these and the .h are written by emit/library.c. */
#define GENC_F64 /* weights are read in double precision, whatever they are written in */
#include "standalone.h"
#include "../../runtime/weights.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

/* ---- what cannot be a function ---- */

static const Network *network_named(const Model *m, const char *name) {
    for (int i = 0; i < m->networks.n; i++)
        if (strcmp(m->networks.at[i].name, name) == 0) return &m->networks.at[i];
    return NULL;
}

static const Datum *datum_named(const Model *m, const char *name) {
    for (int i = 0; i < m->data.n; i++)
        if (strcmp(m->data.at[i].name, name) == 0) return &m->data.at[i];
    return NULL;
}

/* All that can be named, and samples. */
static NameList known_names(Model *m) {
    NameList names = {0};
    for (int i = 0; i < m->networks.n; i++) LIST_ADD(m->arena, &names, m->networks.at[i].name);
    for (int i = 0; i < m->decls->list.n; i++)
        if (m->decls->list.at[i]->kind == TREE_SAMPLE)
            LIST_ADD(m->arena, &names, m->decls->list.at[i]->name);
    for (int i = 0; i < m->data.n; i++) LIST_ADD(m->arena, &names, m->data.at[i].name);
    return names;
}

static const char *unknown(Model *m, const char *name) {
    NameList names = known_names(m);
    Text known = {.arena = m->arena};
    text_put(&known, names.n ? "" : "none");
    for (int i = 0; i < names.n; i++) text_printf(&known, "%s%s", i ? ", " : "", names.at[i]);
    const char *near = diag_nearest(name, names.at, names.n);
    return arena_printf(m->arena,
                        near ? "there is no network, sample or data '%s'; did you mean '%s'?"
                             : "there is no network, sample or data '%s'; there are: %s",
                        name, near ? near : known.at);
}

static const Program *program_named(const Model *m, const char *name) {
    for (int i = 0; i < m->programs.n; i++)
        if (strcmp(m->programs.at[i]->name, name) == 0) return m->programs.at[i];
    return NULL;
}

/* What a row would depend on besides itself. */
static const char *dependence(Model *m, const Program *p) {
    Node **roots = NEW_ARRAY(m->arena, Node *, p->outputs.n + 1);
    for (int i = 0; i < p->outputs.n; i++) roots[i] = p->outputs.at[i].value;
    NodeList all = graph_reachable(m->arena, p->outputs.n, roots, NULL);
    for (int i = 0; i < all.n; i++) {
        const Node *n = all.at[i];
        if (n->op == OP_SCALAR)
            return strcmp(n->text, "log_volume") == 0
                       ? "how much the data's transforms stretch ('bits_per_dim')"
                       : "how far training has come ('step' or 'epoch')";
        for (int k = 0; k < n->n_in && !n->rows; k++)
            if (n->in[k]->rows) return "the other examples of a batch";
    }
    return NULL;
}

static const char *word_refusal(Model *m, const Datum *d) {
    if (d->undo != UNDO_WORDS) return NULL;
    return arena_printf(m->arena,
                        "the classes of '%s' stand for whole words, which a library cannot write: "
                        "name the network that gives the classes",
                        d->name);
}

/* What its transforms cannot be undone for. */
static const char *undo_refusal(Model *m, const Datum *d) {
    if (d->undo == UNDO_COLOURS && d->shape.rank == GEN_MAX_RANK)
        return arena_printf(m->arena, "'%s' has %d axes: there is none left for its colours",
                            d->name, GEN_MAX_RANK);
    return word_refusal(m, d);
}

static const char *datum_refusal(Model *m, const Datum *d) {
    if (d->undo != UNDO_NONE) return undo_refusal(m, d);
    return arena_printf(m->arena, "'%s' has no transforms: its classes are as they were read",
                        d->name);
}

static const char *program_refusal(Model *m, const Program *p) {
    for (int i = 0; i < p->outputs.n; i++) {
        int datum = p->outputs.at[i].datum;
        const char *why = datum < 0 ? NULL : undo_refusal(m, &m->data.at[datum]);
        if (why) return why;
    }
    const char *on = dependence(m, p);
    if (!on) return NULL;
    return arena_printf(m->arena,
                        "what '%s' gives depends on %s, so it is no function of its arguments",
                        p->name, on);
}

static const char *network_refusal(Model *m, const Network *net, const Program *p) {
    if (strcmp(net->role, "autoregressive") == 0 || strcmp(net->role, "flow") == 0)
        return arena_printf(m->arena,
                            "'%s' is declared '%s': only encoders, decoders, generators, "
                            "discriminators and networks can be functions, and samples",
                            net->name, net->role);
    if (!p)
        return arena_printf(
            m->arena,
            "nothing in the spec calls '%s' with plain values, so its arguments have no shapes",
            net->name);
    if (p->outputs.n == 0)
        return arena_printf(
            m->arena, "'%s' returns a distribution that has no mean and no parameters", net->name);
    return program_refusal(m, p);
}

/* The library's own functions and types. */
static bool is_own(const char *name) {
    static const char *const own[] = {"load", "real", "weights", "trained"};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (strcmp(own[i], name) == 0) return true;
    return false;
}

static bool is_sample(const Model *m, const char *name) {
    for (int i = 0; i < m->decls->list.n; i++)
        if (m->decls->list.at[i]->kind == TREE_SAMPLE &&
            strcmp(m->decls->list.at[i]->name, name) == 0)
            return true;
    return false;
}

static const char *refusal(Model *m, const char *name) {
    const Network *net = network_named(m, name);
    const Program *p = program_named(m, name);
    const Datum *d = datum_named(m, name);
    if (is_own(name))
        return arena_printf(m->arena,
                            "'%s' is what the library calls something of its own: rename it", name);
    if (is_sample(m, name) && (net || d))
        return arena_printf(
            m->arena, "'%s' is a sample and %s too: a function can be of one only, so rename one",
            name, net ? "a network" : "data");
    if (net) return network_refusal(m, net, p);
    if (p) return program_refusal(m, p);
    return d ? datum_refusal(m, d) : unknown(m, name);
}

const char *pair_refusal(Model *m, int n, const char *const *names) {
    for (int i = 0; i < n; i++) {
        const char *why = refusal(m, names[i]);
        if (why) return why;
    }
    return NULL;
}

/* ---- weights ---- */

double *pair_weights(Arena *a, const EmitLibrary *library, const char *checkpoint,
                     const char **why) {
    enum { ROOM = 512 };
    char *reason = arena_alloc(a, ROOM);
    double *weights = NEW_ARRAY(a, double, library->weights + 1);
    WeightPlace *places = NEW_ARRAY(a, WeightPlace, library->n_tensors + 1);
    *why = reason;
    if (!weights_read(checkpoint, library->n_tensors, library->tensors, places, weights, reason,
                      ROOM))
        return NULL;
    for (int64_t i = 0; i < library->weights; i++) {
        if (isfinite(weights[i])) continue;
        *why = arena_printf(a, "%s: has a weight that is not finite", checkpoint);
        return NULL;
    }
    return weights;
}

/* ---- the file ---- */

static NameList own_names(Arena *a, const RuntimeFiles *files) {
    NameList own = {0};
    for (int i = 0; i < files->n; i++)
        for (int k = 0; !files->at[i]->is_header && k < files->at[i]->names.defined.n; k++)
            LIST_ADD(a, &own, files->at[i]->names.defined.at[k]);
    return own;
}

static bool is_called(const char *name, const char *text) {
    size_t n = strlen(name);
    for (const char *at = text; (at = strstr(at, name)); at += n)
        if (at[n] == '(' && (at == text || (at[-1] != '_' && !isalnum((unsigned char)at[-1]))))
            return true;
    return false;
}

/* What the body calls of the runtime. A variable may have the name of something there. */
static NameList called_names(Arena *a, const Runtime *r, const char *body) {
    CText names = c_text_read(a, body);
    NameList called = {0};
    for (int i = 0; i < names.mentioned.n; i++)
        if (runtime_uses_name(r, names.mentioned.at[i]) && is_called(names.mentioned.at[i], body))
            LIST_ADD(a, &called, names.mentioned.at[i]);
    return called;
}

static void put_pair_head(Model *m, Runtime *r, const char *libraries, Text *out) {
    Text about = {.arena = out->arena};
    text_put(&about, "\nCompiled with a program of yours, which is then linked with ");
    text_printf(&about, "%s:\n\n    cc", libraries);
    for (int i = 0; trainer_flags[i]; i++) text_printf(&about, " %s", trainer_flags[i]);
    text_printf(&about, " -c %s\n\nor, with -DGENC_MINIMAL, with -lm alone.\n\n",
                join_quoted(out->arena, arena_printf(out->arena, "%s.c", m->name)));
    text_put(&about, "What is not made from the spec is under this licence:\n\n");
    text_put(&about, runtime_file(r, "LICENSE")->file->text);
    text_printf(out, "/* %s.c: parts of %s.gen as functions, written by genc " GENC_VERSION ".\n",
                m->name, m->name);
    join_put_comment(about.at, out);
    text_put(out, " */\n");
}

/* The headers that the networks are written for. */
static const char *const front[] = {"gencall.h", "genmath.h", "kernels.h", "weights.h", "undo.h"};
enum { FRONT = sizeof front / sizeof *front };

static bool is_front(const char *name) {
    for (int i = 0; i < FRONT; i++)
        if (strcmp(front[i], name) == 0) return true;
    return false;
}

static void put_part(Runtime *r, const RuntimeFile *f, const NameList *own, Text *out,
                     Includes *includes) {
    join_file(r, f, own, out, includes);
    text_put(out, "\n");
}

bool pair_write_c(Model *m, const EmitLibrary *library, const double *trained, bool f64,
                  FILE *out) {
    Arena *a = arena_new();
    Runtime *r = runtime_new(a);
    NameList called = called_names(a, r, library->body);
    RuntimeFiles files = runtime_needed(r, &called);
    NameList own = own_names(a, &files);
    Includes includes = {0};
    Text parts = {.arena = a}, text = {.arena = a};
    for (int i = 0; i < FRONT; i++) put_part(r, runtime_file(r, front[i]), &own, &parts, &includes);
    for (int i = 0; i < files.n; i++)
        if (!is_front(files.at[i]->name)) put_part(r, files.at[i], &own, &parts, &includes);
    put_pair_head(m, r, runtime_libraries(a, &files), &text);
    if (f64) text_put(&text, "#define GENC_F64\n");
    join_put_pragmas(&text);
    text_printf(&text, "#include \"%s.h\"\n\n", m->name);
    join_put_includes(a, &includes, 0, &text);
    text_put(&text, "\n/* ---- what the networks need of genc's runtime ---- */\n\n#pragma GCC "
                    "diagnostic push\n"
                    "#pragma GCC diagnostic ignored \"-Wunused-function\"\n\n");
    text_put(&text, parts.at);
    text_put(&text, "#pragma GCC diagnostic pop\n");
    text_put(&text, library->body);
    if (trained) text_put(&text, emit_trained(m, library, trained, f64));
    fputs(text.at, out);
    arena_free(a);
    return !ferror(out) && fflush(out) == 0;
}
