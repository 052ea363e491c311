/* What must hold of any two specs whatever: a spec does not differ from itself, however it is laid
 * out; the difference of B and A is that of A and B turned round; and A, edited as the JSON says,
 * does not differ from B.
 *
 * The specs are those of the repository, and random ones: a plan of some forty choices is drawn,
 * written down in some layout, changed in a few choices, and written down again in another. What
 * layout may choose (order, names of arguments, defaults written out, constants by name or by
 * value, brackets, comments) means nothing, so one plan written twice must show no difference.
 *
 * Deterministic: the seed is fixed. FULL=1 runs ten times as many; fuzz_diff 50 as many as that. */
#include "compile.h"
#include "diff/diff.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 500, STAGES = 5, LOSSES = 3 };

/* A spec and what it imports are one text here: a line "@ parts.gen" begins a file, and what stands
 * before the first of them is the spec. */
#define FILE_MARK "\n@ "
#define FOLDER    "tests/spec/good"

static uint64_t state = 0x9e3779b97f4a7c15u;

static int below(int n) {
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return n > 0 ? (int)((state * 0x2545f4914f6cdd1du >> 33) % (uint64_t)n) : 0;
}

/* ---- a random spec ---- */

typedef struct {
    int kind, size, option;
} Stage;

typedef struct {
    int zdim, width, batch, epochs, optimizer, beta1, lr, clip, beta, extra, data, times;
    int encoder, decoder, hidden, naming, losses; /* names */
    int n_encoder, n_decoder;
    Stage in[STAGES], out[STAGES];
    int with_layer, layer_size, with_fn, fn_number, with_sample, with_metric, n_samples;
    int loss_order, second_statement, for_turns, draws;
} Plan;

/* What means nothing. */
typedef struct {
    int order, lets, defaults, named, brackets, comments, width, argument, spread;
    int files; /* where layers and functions stand */
} Layout;

static Stage random_stage(void) {
    return (Stage){below(8), 4 + below(4) * 3, below(3)};
}

static Plan random_plan(void) {
    Plan p = {.zdim = 2 + below(3),
              .width = 8 + below(3) * 4,
              .batch = 32 << below(3),
              .epochs = 1 + below(4),
              .optimizer = below(3),
              .beta1 = below(3),
              .lr = below(3),
              .clip = below(2),
              .beta = 1 + below(3),
              .extra = below(3),
              .data = below(3),
              .times = below(3),
              .encoder = below(2),
              .decoder = below(2),
              .hidden = below(2),
              .naming = below(4),
              .losses = below(2),
              .n_encoder = below(STAGES),
              .n_decoder = below(STAGES),
              .with_layer = below(2),
              .layer_size = 3 + below(3),
              .with_fn = below(2),
              .fn_number = 1 + below(3),
              .with_sample = below(2),
              .with_metric = below(3),
              .loss_order = below(2),
              .second_statement = below(2),
              .for_turns = below(3),
              .draws = below(3)};
    for (int i = 0; i < STAGES; i++) p.in[i] = random_stage(), p.out[i] = random_stage();
    return p;
}

/* Any of the choices, so that the stages of a network may also move. */
static void change_plan(Plan *p) {
    Plan other = random_plan();
    int at = below((int)(sizeof *p / sizeof(int)));
    if (below(4) == 0 && p->n_encoder > 1) {
        Stage s = p->in[0];
        memmove(p->in, p->in + 1, sizeof s * (size_t)(p->n_encoder - 1));
        p->in[p->n_encoder - 1] = s;
    } else if (below(4) == 0 && p->n_encoder < STAGES) {
        int where = below(p->n_encoder + 1);
        memmove(p->in + where + 1, p->in + where, sizeof *p->in * (size_t)(p->n_encoder - where));
        p->in[where] = random_stage();
        p->n_encoder++;
    } else memcpy((int *)p + at, (int *)&other + at, sizeof(int));
}

static Layout random_layout(void) {
    return (Layout){below(1 << 20), below(2), below(2), below(2), below(2),
                    below(2),       below(2), below(2), below(2), below(4)};
}

static const char *number(Arena *a, const Layout *l, int value, const char *let) {
    if (l->lets && let) return let;
    return l->brackets ? arena_printf(a, "(%d*%d)/2", value, 2) : arena_printf(a, "%d", value);
}

static const char *stage(Arena *a, const Plan *p, const Layout *l, const Stage *s) {
    const char *size = arena_printf(a, "%d", s->size);
    switch (s->kind) {
    case 0:
        return "relu";
    case 1:
        return "tanh";
    case 2:
        return arena_printf(a, "dropout(%s0.%d)", l->named ? "rate = " : "", 1 + s->option);
    case 3:
        return l->defaults ? "layernorm(1e-5)" : "layernorm";
    case 4:
        return arena_printf(a, "dense(%s%s%s)", l->named ? "n = " : "", size,
                            s->option == 1 ? ", init = glorot"
                            : l->defaults  ? ", init = fan_in_uniform"
                                           : "");
    case 5:
        return p->with_layer ? arena_printf(a, "gate(%s)", size) : "sigmoid";
    case 6:
        return p->with_fn ? arena_printf(a, "squash(%d)", s->option + 1) : "softplus";
    default:
        return arena_printf(a, "dense(%s)", number(a, l, p->width, "width"));
    }
}

static void pipeline(Arena *a, Text *t, const Plan *p, const Layout *l, const char *from,
                     const Stage *stages, int n, const char *last) {
    text_put(t, from);
    for (int i = 0; i < n; i++)
        text_printf(t, "%s|> %s", l->spread ? "\n        " : " ", stage(a, p, l, &stages[i]));
    text_printf(t, " |> %s", last);
}

static const char *optimizer(Arena *a, const Plan *p, const Layout *l) {
    static const char *const rates[] = {"1e-3", "0.002", "3e-4"};
    const char *rate = l->brackets && p->lr == 0 ? "0.001" : rates[p->lr];
    if (p->optimizer == 0) return arena_printf(a, "sgd(%s%s)", l->named ? "lr = " : "", rate);
    if (p->optimizer == 1)
        return arena_printf(a, "momentum(lr = %s%s)", rate, l->defaults ? ", beta = 0.9" : "");
    const char *beta = p->beta1 == 1   ? ", beta1 = 0.5"
                       : p->beta1 == 2 ? ", beta2 = 0.99"
                       : l->defaults   ? ", beta1 = 0.9, eps = 1e-8"
                                       : "";
    return arena_printf(a, "adam(%s%s%s)", l->named ? "lr = " : "", rate, beta);
}

typedef LIST(const char *) Parts;

static void put(Arena *a, Parts *parts, const Layout *l, const char *text) {
    LIST_ADD(a, parts,
             l->comments && below(2) ? arena_printf(a, "# about this\n%s  # and more", text)
                                     : text);
}

/* Names may also be exchanged, or passed on: then the decoder has the encoder's. */
static const char *network_name(const Plan *p, bool decoder) {
    static const char *const encoders[] = {"q", "enc"}, *const decoders[] = {"p", "dec"};
    if (p->naming == 2 && !decoder) return "first";
    bool encoders_own = p->naming == 1 || p->naming == 2 ? decoder : !decoder;
    return encoders_own ? encoders[p->encoder] : decoders[p->decoder];
}

static const char *loss_name(const Plan *p, bool kl) {
    return kl == !p->losses ? "kl" : "rec";
}

static void put_networks(Arena *a, Parts *parts, const Plan *p, const Layout *l) {
    const char *q = network_name(p, false), *d = network_name(p, true);
    const char *h = p->hidden ? "hidden" : "h";
    const char *x = l->argument ? "v" : "x", *z = l->argument ? "code" : "z";
    Text t = {.arena = a};
    text_printf(&t, "encoder %s(%s) {\n    %s = ", q, x, h);
    pipeline(a, &t, p, l, x, p->in, p->n_encoder,
             arena_printf(a, "dense(%s)", number(a, l, p->width, "width")));
    const char *zdim = number(a, l, p->zdim, "zdim");
    const char *mean = arena_printf(a, "mean = %s |> dense(%s)", h, zdim);
    const char *spread =
        arena_printf(a, "spread = %s |> dense(%s%s)", h, zdim, l->defaults ? ", bias = 0" : "");
    bool turned = l->order & 1;
    if (p->for_turns)
        text_printf(&t, "\n    for %s in 0..%d { %s = %s |> dense(%s) |> tanh }",
                    l->argument ? "turn" : "i", p->for_turns, h, h,
                    number(a, l, p->width, "width"));
    text_printf(&t, "\n    %s\n    %s", turned ? spread : mean, turned ? mean : spread);
    if (p->second_statement) text_printf(&t, "\n    mean = mean * 0.5");
    text_printf(&t, "\n    return normal(mean, exp(spread%s))\n}", l->brackets ? " / (2)" : " / 2");
    put(a, parts, l, t.at);
    Text u = {.arena = a};
    text_printf(&u, "decoder %s(%s) {\n    return normal(", d, z);
    pipeline(a, &u, p, l, z, p->out, p->n_decoder, "dense(2)");
    text_printf(&u, ", 0.1)\n}");
    put(a, parts, l, u.at);
    put(a, parts, l, arena_printf(a, "code = %s(x)", q));
    put(a, parts, l, "z ~ code");
    put(a, parts, l, arena_printf(a, "loss %s = -log_prob(%s(z), x)", loss_name(p, false), d));
    if (p->with_sample)
        put(a, parts, l,
            arena_printf(a, "sample prior { z[%s] ~ normal(0, 1)   return mean(%s(z)) as x }", zdim,
                         d));
}

static void put_train(Arena *a, Parts *parts, const Plan *p, const Layout *l) {
    const char *beta = number(a, l, p->beta, "beta");
    const char *terms[] = {loss_name(p, false),
                           arena_printf(a, "%s * %s", beta, loss_name(p, true)), "extra"};
    bool decoder_first = l->order >> 1 & 1;
    Text t = {.arena = a};
    text_printf(&t, "train {\n    minimize %s + %s%s over %s, %s using %s", terms[p->loss_order],
                terms[!p->loss_order], p->extra ? " + extra" : "", network_name(p, decoder_first),
                network_name(p, !decoder_first), optimizer(a, p, l));
    const char *clip = p->clip && p->times ? arena_printf(a, " clip %d", p->times) : "";
    if (*clip) text_put(&t, l->spread ? "" : clip);
    else if (p->times == 0 && l->defaults) text_put(&t, " times 1");
    const char *batch = p->batch == 64 && !l->defaults ? "" : arena_printf(a, "batch %d", p->batch);
    const char *epochs = arena_printf(a, "epochs %d", p->epochs);
    text_printf(&t, "\n    %s\n    %s\n   %s\n}", l->order & 1 ? batch : epochs,
                l->order & 1 ? epochs : batch, l->spread ? clip : "");
    put(a, parts, l, t.at);
}

/* The plan as a spec. */
static const char *write_plan(Arena *a, const Plan *p, const Layout *l) {
    static const char *const data[] = {"ring()", "grid(5)", "spiral(0.02) |> standardize"};
    static const char *const same[] = {"ring(8, n = 10000)", "grid(k = 5)",
                                       "spiral() |> standardize"};
    Parts parts = {0};
    if (l->lets) {
        put(a, &parts, l, arena_printf(a, "let zdim = %d", p->zdim));
        put(a, &parts, l, arena_printf(a, "let width = %d * 2 / 2", p->width));
        put(a, &parts, l, arena_printf(a, "let beta = %d", p->beta));
    }
    put(a, &parts, l, arena_printf(a, "data x[2] = %s", (l->defaults ? same : data)[p->data]));
    put_networks(a, &parts, p, l);
    put(a, &parts, l, arena_printf(a, "loss %s = kl(code, normal(0, 1))", loss_name(p, true)));
    if (p->extra)
        put(a, &parts, l,
            arena_printf(a, "loss extra = sum(%s^%d)", p->draws ? "z" : "mean(code)",
                         p->extra * 2));
    Parts imported[2] = {{0}, {0}};
    if (p->with_layer)
        put(a, l->files ? &imported[0] : &parts, l,
            arena_printf(a,
                         "layer gate(n, share = %d) on %s[..., k] {\n    param W[k, n] ~ "
                         "he_uniform(k, n)\n    return sigmoid(%s @ W) * share\n}",
                         p->layer_size, l->argument ? "v" : "x", l->argument ? "v" : "x"));
    if (p->with_fn)
        put(a, l->files ? &imported[l->files == 2] : &parts, l,
            arena_printf(a,
                         l->argument ? "fn squash(v, by) = tanh(v / by) * %d"
                                     : "fn squash(x, by) = tanh(x / by) * %d",
                         p->fn_number));
    if (p->with_metric)
        put(a, &parts, l,
            p->with_metric == 2 ? "metric size above 0.4 = norm(z)" : "metric size = norm(z)");
    static const char *const names[] = {"parts.gen", "functions.gen", "of/parts.gen"};
    for (int i = 0; i < 2; i++)
        if (imported[i].n)
            put(a, &parts, l, arena_printf(a, "import \"%s\"", names[l->files == 3 ? 2 : i]));
    put_train(a, &parts, p, l);
    uint64_t saved = state;
    state ^= (uint64_t)l->order << 20 | 1;
    for (int i = parts.n - 1; i > 0 && l->order & 4; i--) {
        int k = below(i + 1);
        const char *other = parts.at[i];
        parts.at[i] = parts.at[k];
        parts.at[k] = other;
    }
    state = saved;
    Text t = {.arena = a};
    for (int i = 0; i < parts.n; i++) text_printf(&t, "%s\n\n", parts.at[i]);
    for (int i = 0; i < 2; i++) {
        if (imported[i].n) text_printf(&t, FILE_MARK "%s\n", names[l->files == 3 ? 2 : i]);
        for (int k = 0; k < imported[i].n; k++) text_printf(&t, "%s\n", imported[i].at[k]);
    }
    return t.at;
}

/* ---- what must hold ---- */

typedef struct {
    const char *name, *text; /* name: NULL of the spec */
} File;
typedef LIST(File) Files;

static Files files_of(Arena *a, const char *text) {
    Files list = {0};
    const char *name = NULL;
    while (text) {
        const char *mark = strstr(text, FILE_MARK), *end = mark ? mark + 1 : text + strlen(text);
        LIST_ADD(a, &list, ((File){name, arena_strndup(a, text, (size_t)(end - text))}));
        text = mark;
        if (!text) break;
        text += strlen(FILE_MARK);
        name = arena_strndup(a, text, strcspn(text, "\n"));
        text += strcspn(text, "\n");
    }
    return list;
}

static const char *joined(Arena *a, const Files *files) {
    Text t = {.arena = a};
    for (int i = 0; i < files->n; i++) {
        if (files->at[i].name) text_printf(&t, FILE_MARK "%s\n", files->at[i].name);
        text_put(&t, files->at[i].text);
    }
    return t.at;
}

/* Compiled as a whole, or read as far as its declarations: enough to compare what was compiled
 * once. */
typedef Model *Compile(Arena *a, Diag *d, int source, int n, const char *const *overrides);

static bool load(Arena *a, DiffSide *side, const char *text, Compile *compile) {
    Diag *d = diag_new(a);
    Files files = files_of(a, text);
    for (int i = 1; i < files.n; i++)
        diag_add_source(d, arena_printf(a, FOLDER "/%s", files.at[i].name), files.at[i].text,
                        (int)strlen(files.at[i].text), false);
    int source = diag_add_source(d, FOLDER "/fuzz.gen", files.at[0].text,
                                 (int)strlen(files.at[0].text), false);
    Model *model = compile(a, d, source, 0, NULL);
    if (model) diff_side_of(a, side, model, "fuzz.gen", 0, NULL);
    return model != NULL;
}

static const char *formatted(Arena *a, const char *text) {
    Files files = files_of(a, text);
    for (int i = 0; i < files.n; i++) {
        Diag *d = diag_new(a);
        const char *own = files.at[i].text;
        int source = diag_add_source(d, "fuzz.gen", own, (int)strlen(own), false);
        files.at[i].text = syntax_print(a, d, syntax_parse(a, d, source));
    }
    return joined(a, &files);
}

static const char *describe(Arena *a, const Change *c, bool turned) {
    static const ChangeKind back[] = {
        [CHANGE_ADDED] = CHANGE_REMOVED,   [CHANGE_REMOVED] = CHANGE_ADDED,
        [CHANGE_CHANGED] = CHANGE_CHANGED, [CHANGE_RENAMED] = CHANGE_RENAMED,
        [CHANGE_MOVED] = CHANGE_MOVED,     [CHANGE_REORDERED] = CHANGE_REORDERED};
    const char *old = turned ? c->new_text : c->old_text, *new = turned ? c->old_text : c->new_text;
    return arena_printf(a, "%s %s | %s | %s", change_word(turned ? back[c->kind] : c->kind),
                        c->what, old ? old : "-", new ? new : "-");
}

static int by_text(const void *x, const void *y) {
    return strcmp(*(const char *const *)x, *(const char *const *)y);
}

static const char *all_changes(Arena *a, const Diff *d, bool turned) {
    Parts list = {0};
    for (int i = 0; i < d->changes.n; i++)
        LIST_ADD(a, &list, describe(a, d->changes.at[i], turned));
    LIST_SORT(&list, by_text);
    Text t = {.arena = a};
    text_put(&t, "");
    for (int i = 0; i < list.n; i++) text_printf(&t, "%s\n", list.at[i]);
    return t.at;
}

typedef struct {
    int start, end, order;
    const char *text;
} Edit;

static int by_place(const void *x, const void *y) {
    const Edit *a = x, *b = y;
    if (a->start != b->start) return a->start - b->start;
    if ((a->end == a->start) != (b->end == b->start)) return a->end == a->start ? -1 : 1;
    return a->order - b->order;
}

static bool is_word(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '.';
}

static void put_apart(Text *t, const char *text, size_t n) {
    if (n && t->n && is_word(t->at[t->n - 1]) && is_word(text[0])) text_put(t, " ");
    text_put_n(t, text, n);
}

typedef LIST(Edit) Edits;

static Edits edits_of(Arena *a, const cJSON *json, const char *file) {
    Edits list = {0};
    const cJSON *change, *edit;
    cJSON_ArrayForEach(change, cJSON_GetObjectItem(json, "changes"))
        cJSON_ArrayForEach(edit, cJSON_GetObjectItem(change, "edits")) {
        const char *name = cJSON_GetObjectItem(edit, "file")->valuestring;
        if (!name != !file || (name && strcmp(name, file) != 0)) continue;
        LIST_ADD(a, &list,
                 ((Edit){cJSON_GetObjectItem(edit, "start")->valueint,
                         cJSON_GetObjectItem(edit, "end")->valueint, list.n,
                         cJSON_GetObjectItem(edit, "text")->valuestring}));
    }
    LIST_SORT(&list, by_place);
    return list;
}

/* A file as the JSON says it becomes; NULL if two edits overlap. */
static const char *edited(Arena *a, const char *old, const Edits *edits) {
    Text t = {.arena = a};
    text_put(&t, "");
    int at = 0;
    for (int i = 0; i < edits->n; i++) {
        const Edit *e = &edits->at[i], *before = e - 1;
        if (i && e->start == before->start && e->end == before->end && e->end > e->start &&
            strcmp(e->text, before->text) == 0)
            continue; /* one constant's place, of use to two */
        if (e->start < at) return NULL;
        put_apart(&t, old + at, (size_t)(e->start - at));
        put_apart(&t, e->text, strlen(e->text));
        at = e->end;
    }
    put_apart(&t, old + at, strlen(old + at));
    return t.at;
}

/* A as the JSON says it becomes B, beside the files that only B has. */
static const char *apply(Arena *a, const char *old, const char *new, const cJSON *json) {
    Files files = files_of(a, old), others = files_of(a, new);
    for (int i = 0; i < files.n; i++) {
        Edits edits = edits_of(a, json, files.at[i].name);
        files.at[i].text = edited(a, files.at[i].text, &edits);
        if (!files.at[i].text) return NULL;
    }
    for (int i = 1; i < others.n; i++) {
        bool known = false;
        for (int k = 1; k < files.n; k++)
            known = known || strcmp(files.at[k].name, others.at[i].name) == 0;
        if (!known) LIST_ADD(a, &files, others.at[i]);
    }
    return joined(a, &files);
}

/* What `a` is told; all else is in memory that is given back. */
static const char *kept(Arena *a, Arena *working, const char *words) {
    const char *own = words ? arena_strndup(a, words, strlen(words)) : NULL;
    arena_free(working);
    return own;
}

static const char *differs(Arena *a, const char *old, const char *new) {
    Arena *b = arena_new();
    DiffSide x, y;
    if (!load(b, &x, old, compile_declared)) return kept(a, b, "the first cannot be read");
    if (!load(b, &y, new, compile_declared)) return kept(a, b, "the second cannot be read");
    const Diff *d = diff_changes(b, &x, &y);
    return kept(a, b, d->changes.n ? all_changes(b, d, false) : NULL);
}

static FILE *nowhere;

/* The changes from old to new, and old as it is after them; false if one of them does not compile.
 */
static bool there(Arena *a, const char *old, const char *new, const char **changes,
                  const char **applied) {
    Arena *b = arena_new();
    DiffSide x, y;
    bool good = load(b, &x, old, compile_seen) && load(b, &y, new, compile_seen);
    if (good) {
        const Diff *d = diff_specs(b, &x, &y);
        diff_print_text(d, &(DiffStyle){.out = nowhere, .all = true});
        diff_print_markdown(d, nowhere);
        cJSON *json = diff_json(d);
        *applied = apply(a, old, new, json);
        cJSON_Delete(json);
        *changes = all_changes(b, d, false);
        *changes = arena_strndup(a, *changes, strlen(*changes));
    }
    arena_free(b);
    return good;
}

static const char *back(Arena *a, const char *old, const char *new) {
    Arena *b = arena_new();
    DiffSide x, y;
    if (!load(b, &x, new, compile_declared) || !load(b, &y, old, compile_declared))
        return kept(a, b, "they cannot be read");
    return kept(a, b, all_changes(b, diff_changes(b, &x, &y), true));
}

static const char *check_pair(Arena *a, const char *old, const char *new) {
    const char *one, *applied;
    if (!there(a, old, new, &one, &applied)) return NULL;
    const char *other = back(a, old, new);
    if (strcmp(one, other) != 0) return arena_printf(a, "not mirrored:\n%s----\n%s", one, other);
    if (!applied) return arena_printf(a, "edits overlap:\n%s", one);
    const char *left = differs(a, applied, new);
    return left ? arena_printf(a, "after the edits: %s\n---- the changes were\n%s---- applied\n%s",
                               left, one, applied)
                : NULL;
}

/* No spec here has a '#' in a string. */
static int comments_in(const char *text) {
    int n = 0;
    for (; *text; text++) n += *text == '#';
    return n;
}

static const char *check_alone(Arena *a, const char *text) {
    const char *once = formatted(a, text), *twice = formatted(a, once);
    if (strcmp(once, twice) != 0) return arena_printf(a, "fmt is not idempotent:\n%s", twice);
    if (comments_in(once) != comments_in(text))
        return arena_printf(a, "fmt lost a comment: %s", once);
    const char *left = differs(a, text, text);
    if (!left) left = differs(a, text, once);
    if (!left) left = differs(a, once, twice);
    return left;
}

/* ---- the specs of the repository, with numbers and names changed here and there ---- */

static char *read_file(Arena *a, const char *path) {
    FILE *in = fopen(path, "rb");
    Text t = {.arena = a};
    char part[4096];
    size_t n;
    text_put(&t, "");
    while (in && (n = fread(part, 1, sizeof part, in)) > 0) text_put_n(&t, part, n);
    if (in) fclose(in);
    return t.at;
}

/* A spec, and what it imports. */
static const char *read_spec(Arena *a, const char *path) {
    static const char word[] = "import \"";
    Text t = {.arena = a};
    const char *text = read_file(a, path), *slash = strrchr(path, '/');
    text_put(&t, text);
    for (const char *at = strstr(text, word); at; at = strstr(at + 1, word)) {
        if (at > text && at[-1] != '\n') continue;
        const char *name = at + strlen(word);
        name = arena_strndup(a, name, strcspn(name, "\""));
        const char *file = arena_printf(a, "%.*s/%s", (int)(slash - path), path, name);
        text_printf(&t, FILE_MARK "%s\n%s", name, read_file(a, file));
    }
    return t.at;
}

static const char *const words[][2] = {{"relu", "tanh"},
                                       {"tanh", "relu |> tanh"},
                                       {"dense(", "dense(1 + "},
                                       {" + ", " + 2 * "},
                                       {"h ", "g "},
                                       {"|> relu", ""},
                                       {"0", "0.5"},
                                       {"1", "2"},
                                       {"2", "3"},
                                       {"adam(", "sgd("},
                                       {", ", ", "},
                                       {"mean", "middle"},
                                       {"exp(", "2 * exp("},
                                       {"batch ", "batch 1"},
                                       {"q(", "encode("},
                                       {"loss kl", "loss other"},
                                       {"train {", "train { clip 1"},
                                       {"batch", "clip 2 batch"},
                                       {"for i in 0..", "for turn in 0.."},
                                       {"a, b", "b, a"},
                                       {"encoder", "network"},
                                       {"metric ", "loss "},
                                       {" final", " above 1 final"},
                                       {"return ", "return 2 * "},
                                       {" over ", " over 7 "},
                                       {"~ normal(0, 1)", "~ uniform(0, 1)"}};

static const char *mutate(Arena *a, const char *text) {
    for (int tries = 0; tries < 40; tries++) {
        int word = below((int)(sizeof words / sizeof *words)), skip = below(6);
        const char *from = words[word][0], *to = words[word][1], *at = text;
        for (at = strstr(at, from); at && skip-- > 0; at = strstr(at + 1, from)) {
        }
        if (!at) continue;
        return arena_printf(a, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    }
    return text;
}

/* ---- all ---- */

static int passed, failed;

static void count(const char *what, const char *wrong, const char *old, const char *new) {
    if (!wrong) {
        passed++;
        return;
    }
    if (failed++ < 3)
        printf("FAILED: %s: %s\n---- old\n%s\n---- new\n%s\n----\n", what, wrong, old, new);
}

static void check_files(const char *pattern, int rounds) {
    glob_t found;
    if (glob(pattern, 0, NULL, &found) != 0) return;
    for (size_t i = 0; i < found.gl_pathc; i++) {
        Arena *a = arena_new();
        const char *text = read_spec(a, found.gl_pathv[i]);
        count(found.gl_pathv[i], check_alone(a, text), text, "");
        for (int k = 0; k < rounds; k++) {
            Arena *b = arena_new();
            const char *changed = mutate(b, below(2) ? text : mutate(b, text));
            count(found.gl_pathv[i], check_pair(b, text, changed), text, changed);
            arena_free(b);
        }
        arena_free(a);
    }
    globfree(&found);
}

/* The golden pairs, there and back. */
static void check_pairs(const char *pattern, const char *ending) {
    glob_t found;
    if (glob(pattern, 0, NULL, &found) != 0) return;
    for (size_t i = 0; i < found.gl_pathc; i++) {
        Arena *a = arena_new();
        const char *path = found.gl_pathv[i];
        int stem = (int)(strlen(path) - strlen(ending) - 1);
        const char *old = read_spec(a, path);
        const char *new = read_spec(a, arena_printf(a, "%.*sb%s", stem, path, ending));
        count(path, check_pair(a, old, new), old, new);
        count(path, check_pair(a, new, old), new, old);
        arena_free(a);
    }
    globfree(&found);
}

static void check_random(void) {
    Arena *a = arena_new();
    Plan p = random_plan(), q = p;
    for (int n = 1 + below(3); n > 0; n--) change_plan(&q);
    Layout one = random_layout(), two = random_layout();
    const char *old = write_plan(a, &p, &one), *same = write_plan(a, &p, &two),
               *new = write_plan(a, &q, &two);
    count("one plan, laid out twice", differs(a, old, same), old, same);
    count("random pair", check_pair(a, old, new), old, new);
    count("random spec", check_alone(a, new), new, "");
    arena_free(a);
}

int main(int argc, char **argv) {
    int rounds = argc > 1 ? atoi(argv[1]) : getenv("FULL") ? 10 * ROUNDS : ROUNDS;
    nowhere = fopen("/dev/null", "w");
    check_files("specs/*.gen", rounds / 250);
    check_files("tests/spec/good/*.gen", rounds / 125);
    check_files("tests/train/specs/*.gen", 2);
    check_files("tests/train/gradcheck/*.gen", 2);
    check_files("compiler/templates/*.gen", rounds / 125);
    check_pairs("tests/spec/diff/*.a.gen", ".gen");
    check_pairs("tests/spec/diff/*.a/spec.gen", "/spec.gen");
    for (int i = 0; i < rounds; i++) check_random();
    fclose(nowhere);
    printf("%d passed, %d failed\n", passed, failed);
    return failed > 0;
}
