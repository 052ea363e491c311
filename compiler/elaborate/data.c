/* Data declarations.
 *
 * Does: checks sources and transforms against the runtime's own tables (sources.def,
 * transforms.def), so that a wrong name or argument is found before training. Requires: constants.
 * Leaves: m->data and m->sources. */
#include "elab.h"

#include <string.h>

/* ---- the tables ---- */

typedef enum { ROW_CALL, ROW_ARGUMENT } RowType;
typedef enum {
    ARG_FILE,
    ARG_FILES,
    ARG_TEXT,
    ARG_NUMBER,
    ARG_OTHER,
    ARG_COUNT,
    ARG_FRACTION,
    ARG_WORD
} ArgType;
typedef enum {
    ON_REALS,
    ON_PICTURES,
    ON_ANY,
    ON_CUTS,
    ON_TO_INDEX,
    ON_TO_COLOURS,
    ON_TO_TOKENS,
    ON_TO_WORDS,
    ON_KINDS
} TransformOn;
typedef enum {
    PLACE_ANYWHERE,
    PLACE_BEFORE,
    PLACE_AFTER,
    PLACE_UNLESS_DYNAMIC,
    PLACE_WHOLE
} Standing;
typedef struct {
    RowType row;
    const char *name;
    int number;           /* a source's datums, a TransformOn or an ArgType */
    const char *fallback; /* of an argument */
    double standard;      /* the same, if it is a number */
    DataGives gives;      /* of a source */
    const char *ending;   /* of files that it reads whatever the datum's source; or "" */
    const char *symbol;   /* of a source: the function that loads it */
    Standing place;       /* of a transform: where it stands beside windows */
} Row;

enum { REQUIRED = -1, OPTIONAL = -1 }; /* as numbers: there is none */

#define ARGUMENT(type, argument, value)                                                            \
    {ROW_ARGUMENT, #argument, ARG_##type, .fallback = #value, .standard = value},
static const Row source_rows[] = {
#define SOURCE(source, datums, what, end, load, summary)                                           \
    {ROW_CALL, #source, datums, .gives = GIVES_##what, .ending = end, .symbol = #load},
#include "../../runtime/data/sources.def"
#undef SOURCE
};
static const Row transform_rows[] = {
#define TRANSFORM(transform, on, where, summary)                                                   \
    {ROW_CALL, #transform, ON_##on, .place = PLACE_##where},
#include "../../runtime/data/transforms.def"
#undef TRANSFORM
};
#undef ARGUMENT

typedef struct {
    const Row *rows;
    int n;
    const char *word;
} Table;
static const Table sources = {source_rows, sizeof source_rows / sizeof *source_rows, "source"};
static const Table transforms = {transform_rows, sizeof transform_rows / sizeof *transform_rows,
                                 "transform"};

static const Row *find_call(const Table *t, const char *name) {
    for (int i = 0; i < t->n; i++)
        if (t->rows[i].row == ROW_CALL && strcmp(t->rows[i].name, name) == 0) return &t->rows[i];
    return NULL;
}

static int arguments_of(const Table *t, const Row *call) {
    int n = 0;
    while (call + 1 + n < t->rows + t->n && call[1 + n].row == ROW_ARGUMENT) n++;
    return n;
}

static void unknown_call(Elab *e, const Table *t, const Tree *name) {
    const char *names[64];
    int n = 0;
    for (int i = 0; i < t->n && n < 64; i++)
        if (t->rows[i].row == ROW_CALL) names[n++] = t->rows[i].name;
    elab_error(e, D_UNKNOWN_DATA_CALL, name->span, t->word, name->name);
    diag_suggest(e->d, name->name, names, n);
}

/* ---- one call ---- */

static const Row *argument_row(Elab *e, const Row *call, int n, int place, const Tree *t) {
    if (t->kind != TREE_NAMED) {
        if (place >= n) {
            elab_error(e, D_TOO_MANY_ARGUMENTS, t->span, call->name, n);
            return NULL;
        }
        return &call[1 + place];
    }
    const char *names[16];
    for (int i = 0; i < n; i++) {
        names[i] = call[1 + i].name;
        if (strcmp(names[i], t->name) == 0) return &call[1 + i];
    }
    elab_error(e, D_UNKNOWN_ARGUMENT, t->span, call->name, t->name);
    diag_suggest(e->d, t->name, names, n);
    return NULL;
}

static bool read_count(Elab *e, const Value *v, const Tree *expr, const Row *row, double *out) {
    int64_t count = 0;
    if (!elab_integer(e, v, expr->span, &count)) return false;
    if (count < 1 || count > INT32_MAX) {
        elab_error(e, D_DATA_COUNT, expr->span, row->name, (long long)count);
        return false;
    }
    *out = (double)count;
    return true;
}

static bool read_fraction(Elab *e, const Value *v, const Tree *expr, const Row *row, double *out) {
    if (!elab_number(e, v, expr->span, out)) return false;
    if (*out > 0 && *out < 1) return true;
    elab_error(e, D_DATA_FRACTION, expr->span, row->name, *out);
    return false;
}

static bool is_number(const Row *row) {
    return row->number >= ARG_NUMBER && row->number <= ARG_FRACTION;
}

static bool is_file(const Row *row) {
    return row->number == ARG_FILE || row->number == ARG_FILES;
}

static bool read_argument(Elab *e, const Row *row, const Tree *t, GenArg *out) {
    const Tree *expr = t->kind == TREE_NAMED ? t->kid[0] : t;
    *out = (GenArg){.name = row->name};
    if (row->number == ARG_WORD) {
        out->type = GEN_WORD;
        out->text = expr->kind == TREE_NAME ? expr->name : NULL;
        if (out->text && strcmp(out->text, row->name) == 0) return true;
        elab_error(e, D_DATA_WORD, expr->span, row->name);
        return false;
    }
    Value v = elab_expr(e, expr);
    out->type = is_number(row) ? GEN_NUMBER : is_file(row) ? GEN_FILE : GEN_TEXT;
    if (row->number == ARG_FRACTION) return read_fraction(e, &v, expr, row, &out->number);
    if (row->number == ARG_COUNT) return read_count(e, &v, expr, row, &out->number);
    if (out->type == GEN_NUMBER) return elab_finite(e, &v, expr->span, &out->number);
    if (v.kind != VALUE_TEXT && v.kind != VALUE_POISON)
        elab_error(e, D_WANTS_TEXT, expr->span, row->name, value_describe(e, &v));
    out->text = v.text;
    return v.kind == VALUE_TEXT;
}

static bool is_given(const DataCall *c, const char *argument) {
    for (int i = 0; i < c->n_args; i++)
        if (strcmp(c->args[i].name, argument) == 0) return true;
    return false;
}

static bool needed_arguments(Elab *e, const Row *call, int n, const DataCall *c, const Tree *t) {
    for (int i = 0; i < n; i++) {
        if (strcmp(call[1 + i].fallback, "REQUIRED") == 0 && !is_given(c, call[1 + i].name)) {
            elab_error(e, D_ARGUMENT_NEEDED, t->span, call->name, call[1 + i].name);
            return false;
        }
    }
    return true;
}

/* The numbers that are not said. There is room for them. */
static void add_standards(const Row *call, int n, DataCall *c) {
    for (int i = 1; i <= n; i++)
        if (is_number(&call[i]) && !is_given(c, call[i].name))
            c->args[c->n_args++] =
                (GenArg){.name = call[i].name, .type = GEN_NUMBER, .number = call[i].standard};
}

static double number_of(const DataCall *c, const char *argument) {
    int i = 0;
    while (strcmp(c->args[i].name, argument) != 0) i++;
    return c->args[i].number;
}

/* Requires all numbers, those not said too. */
static bool others_differ(Elab *e, const Row *call, int n, const DataCall *c, const Tree *t) {
    for (int i = 2; i <= n; i++) {
        const Row *row = &call[i], *before = row - 1;
        if (row->number != ARG_OTHER || number_of(c, row->name) != number_of(c, before->name))
            continue;
        elab_error(e, D_DATA_SAME, t->span, row->name, before->name, number_of(c, row->name));
        return false;
    }
    return true;
}

/* The sources that read a file by its ending. */
static void add_readers(Elab *e) {
    for (const Row *row = sources.rows; row < sources.rows + sources.n; row++) {
        if (row->row != ROW_CALL || !*row->ending) continue;
        int n = arguments_of(&sources, row);
        FileReader r = {row->ending,
                        {.name = row->name, .symbol = row->symbol, .gives = row->gives}};
        r.call.args = NEW_ARRAY(e->a, GenArg, n + 1);
        r.call.args[r.call.n_args++] = (GenArg){.name = row[1].name, .type = GEN_FILE};
        add_standards(row, n, &r.call);
        LIST_ADD(e->a, &e->m->readers, r);
    }
}

static bool read_call(Elab *e, const Table *table, const Tree *t, DataCall *out, const Row **row) {
    const Tree *name = t->kind == TREE_CALL ? t->kid[0] : t;
    const Tree *args = t->kind == TREE_CALL ? t->kid[1] : NULL;
    if (name->kind != TREE_NAME) {
        elab_error(e, D_NOT_A_DATA_CALL, t->span, table->word);
        return false;
    }
    *row = find_call(table, name->name);
    if (!*row) {
        unknown_call(e, table, name);
        return false;
    }
    int n = arguments_of(table, *row), given = args ? args->list.n : 0;
    *out = (DataCall){.name = name->name, .symbol = (*row)->symbol, .gives = (*row)->gives};
    out->keeps_axes = (*row)->number == ON_REALS || (*row)->number == ON_PICTURES;
    out->args = NEW_ARRAY(e->a, GenArg, given + n + 1);
    for (int i = 0; i < given; i++) {
        const Row *argument = argument_row(e, *row, n, i, args->list.at[i]);
        if (!argument || !read_argument(e, argument, args->list.at[i], &out->args[out->n_args]))
            return false;
        out->n_args++;
    }
    if (!needed_arguments(e, *row, n, out, t)) return false;
    add_standards(*row, n, out);
    return others_differ(e, *row, n, out, t);
}

/* ---- a declaration ---- */

/* A TO_INDEX transform and the kind declared for the source's first value must agree. */
static bool fits_kind(Elab *e, const Tree *t, const DataCall *call, const Datum *first) {
    int64_t classes = (int64_t)call->args[0].number;
    if (first->kind == KIND_INDEX && first->classes == classes) return true;
    elab_error(e, D_DATA_INDEX, t->span, call->name, (long long)classes);
    diag_note(e->d, first->span, "'%s' is declared here", first->name);
    if (first->kind == KIND_INDEX)
        diag_help(e->d, "declare '%s' as index(%lld)", first->name, (long long)classes);
    return false;
}

/* What becomes an index on the way is one from there on. `t` is the pipeline's tree, its last call
 * first. */
static bool check_kinds(Elab *e, const Tree *t, const DataCall *calls, int n, const Datum *first) {
    if (!first) return true; /* its own error is said */
    const char *maker = NULL;
    const Tree **at = NEW_ARRAY(e->a, const Tree *, n);
    for (int i = n - 1; i > 0; i--, t = t->kid[0]) at[i] = t->kid[1];
    for (int i = 1; i < n; i++) {
        int on = find_call(&transforms, calls[i].name)->number;
        bool to_index = on >= ON_TO_INDEX;
        if (maker && (on == ON_REALS || to_index)) {
            elab_error(e, D_DATA_AFTER_INDEX, at[i]->span, calls[i].name, maker);
            diag_help(e->d, "put it before %s", maker);
            return false;
        }
        if (to_index) {
            if (!fits_kind(e, at[i], &calls[i], first)) return false;
            maker = calls[i].name;
        }
    }
    return true;
}

/* Are its sequences of any length? */
static bool is_ragged(const DataCall *source) {
    return source->gives == GIVES_TEXT || source->gives == GIVES_SOUND ||
           source->gives == GIVES_VIDEO;
}

static bool stands_after(const DataCall *call, Standing place, bool ragged) {
    bool dynamic = false;
    for (int i = 0; i < call->n_args; i++) dynamic = dynamic || call->args[i].type == GEN_WORD;
    return place == PLACE_AFTER || (place == PLACE_WHOLE && ragged) ||
           (place == PLACE_UNLESS_DYNAMIC && dynamic);
}

/* What makes other places comes before windows are cut, what each window has of its own after. */
static bool check_places(Elab *e, const Tree *t, const DataCall *calls, int n) {
    const Tree **at = NEW_ARRAY(e->a, const Tree *, n);
    const char *cut = NULL, *late = NULL;
    for (int i = n - 1; i > 0; i--, t = t->kid[0]) at[i] = t->kid[1];
    for (int i = 1; i < n; i++) {
        const Row *row = find_call(&transforms, calls[i].name);
        bool cuts = row->number == ON_CUTS, is_late = false;
        if (cut && row->place == PLACE_BEFORE) {
            elab_error(e, D_DATA_PLACE, at[i]->span, row->name, "before", cut);
            return false;
        }
        if (late && cuts) {
            elab_error(e, D_DATA_PLACE, at[i]->span, late, "after", row->name);
            return false;
        }
        is_late = stands_after(&calls[i], row->place, is_ragged(&calls[0]));
        if (is_late && !late) late = row->name;
        if (is_late && row->place == PLACE_WHOLE && !cut) {
            elab_error(e, D_DATA_RAGGED, at[i]->span, row->name, calls[0].name);
            diag_help(e->d, "cut them first: |> windows(t)");
            return false;
        }
        if (cuts) cut = row->name;
    }
    return true;
}

static bool read_pipeline(Elab *e, const Tree *whole, int n_datums, const Datum *first,
                          Pipeline *out) {
    const Tree *t = whole;
    int n = 1;
    const Row *row;
    for (const Tree *p = t; p->kind == TREE_PIPE; p = p->kid[0]) n++;
    *out = (Pipeline){NEW_ARRAY(e->a, DataCall, n), n};
    for (int i = n - 1; i > 0; i--, t = t->kid[0])
        if (!read_call(e, &transforms, t->kid[1], &out->calls[i], &row)) return false;
    if (!read_call(e, &sources, t, &out->calls[0], &row)) return false;
    if (n_datums > row->number) {
        elab_error(e, D_TOO_MANY_DATUMS, t->span, row->name, row->number, n_datums);
        return false;
    }
    return check_places(e, whole, out->calls, n) && check_kinds(e, whole, out->calls, n, first);
}

/* Whether its first value is text of unequal lengths: classes of text that no windows were cut of.
 */
static bool pads(const Pipeline *p) {
    bool tokens = false, cut = false;
    for (int i = 1; i < p->n_calls; i++) {
        int on = find_call(&transforms, p->calls[i].name)->number;
        tokens = tokens || on >= ON_TO_TOKENS;
        cut = cut || on == ON_CUTS;
    }
    return tokens && !cut;
}

/* What its first value is undone to. */
static Undo undone(const Pipeline *p) {
    static const Undo of[ON_KINDS] = {[ON_TO_INDEX] = UNDO_LEVELS,
                                      [ON_TO_COLOURS] = UNDO_COLOURS,
                                      [ON_TO_TOKENS] = UNDO_TEXT,
                                      [ON_TO_WORDS] = UNDO_WORDS};
    Undo undo = UNDO_NONE;
    for (int i = 1; i < p->n_calls; i++) {
        Undo one = of[find_call(&transforms, p->calls[i].name)->number];
        if (one) undo = one;
    }
    return undo;
}

static bool read_datum(Elab *e, const Tree *t, Datum *out) {
    *out = (Datum){.name = t->name, .kind = KIND_REAL, .undo = UNDO_REALS, .span = t->span};
    if (!elab_dims(e, t->kid[0], &out->shape)) return false;
    const Tree *kind = t->kid[1];
    if (!kind) return true;
    if (!elab_classes(e, kind, &out->classes)) return false;
    bool index = strcmp(kind->name, "index") == 0;
    if (index && !kind->kid[0])
        elab_error(e, D_UNKNOWN_KIND, kind->span, "index without a number of classes");
    out->kind = index ? KIND_INDEX : KIND_REAL;
    if (index) out->undo = UNDO_NONE;
    return !index || kind->kid[0];
}

static void declare(Elab *e, const Tree *t) {
    const Tree *datums = t->kid[0], *fallbacks = t->kid[2];
    DataSource source = {.first_datum = e->m->data.n,
                         .n_datums = datums->list.n,
                         .n_pipelines = 1 + fallbacks->list.n,
                         .unpaired = t->flags & TREE_UNPAIRED};
    bool ok = true;
    for (int i = 0; i < datums->list.n; i++) {
        Datum datum;
        ok = read_datum(e, datums->list.at[i], &datum) && ok;
        LIST_ADD(e->a, &e->m->data, datum);
    }
    const Datum *first = ok ? &e->m->data.at[source.first_datum] : NULL;
    source.pipelines = NEW_ARRAY(e->a, Pipeline, source.n_pipelines);
    for (int i = 0; i < source.n_pipelines; i++)
        ok = read_pipeline(e, i ? fallbacks->list.at[i - 1] : t->kid[1], source.n_datums, first,
                           &source.pipelines[i]) &&
             ok;
    for (int i = 0; ok && i < source.n_pipelines; i++) {
        Datum *of = &e->m->data.at[source.first_datum];
        of->padded |= pads(&source.pipelines[i]);
        if (undone(&source.pipelines[i])) of->undo = undone(&source.pipelines[i]);
    }
    if (ok) LIST_ADD(e->a, &e->m->sources, source);
}

/* In the order of their names, so that moving a declaration changes nothing. */
void elab_data_declarations(Elab *e) {
    LIST(const Tree *) decls = {0};
    for (int i = 0; i < e->user->values.n; i++) {
        const Global *g = &e->user->values.at[i];
        if (g->decl->kind == TREE_DATA && g->item == 0) LIST_ADD(e->a, &decls, g->decl);
    }
    for (int i = 1; i < decls.n; i++)
        for (int j = i; j > 0 && strcmp(decls.at[j]->kid[0]->list.at[0]->name,
                                        decls.at[j - 1]->kid[0]->list.at[0]->name) < 0;
             j--) {
            const Tree *swap = decls.at[j];
            decls.at[j] = decls.at[j - 1];
            decls.at[j - 1] = swap;
        }
    for (int i = 0; i < decls.n; i++) declare(e, decls.at[i]);
    add_readers(e);
}

bool elab_is_drawn(Elab *e, const char *name) {
    for (int i = 0; i < e->user->values.n; i++)
        if (e->user->values.at[i].name == name)
            return e->user->values.at[i].decl->kind == TREE_DATA_DRAW;
    return false;
}

int elab_find_datum(Elab *e, const char *name) {
    for (int i = 0; i < e->m->data.n; i++)
        if (e->m->data.at[i].name == name) return i;
    return -1;
}

/* An input of the program being built: made once for each name. */
Node *elab_input(Elab *e, const char *name, int datum, Kind kind, int64_t classes, Shape shape) {
    int n = e->program->inputs.n;
    for (int i = 0; i < n; i++)
        if (e->program->inputs.at[i].name == name)
            return graph_input(e->g, i, kind, classes, shape);
    LIST_ADD(e->a, &e->program->inputs, ((Input){name, datum, kind, classes, shape, false}));
    return graph_input(e->g, n, kind, classes, shape);
}

Value elab_datum(Elab *e, const Tree *decl, int item) {
    const Tree *t = decl->kid[0]->list.at[item];
    int i = elab_find_datum(e, t->name);
    if (i < 0) return value_poison();
    Value v = elab_datum_input(e, t->name, i, t->span);
    elab_see(e, t->name_span, &v, NULL);
    return v;
}

Value elab_datum_input(Elab *e, const char *name, int datum, Span at) {
    const Datum *d = &e->m->data.at[datum];
    Value v = value_node(elab_input(e, name, datum, d->kind, d->classes, d->shape), at);
    if (d->padded && d->shape.rank > 0) v.padding = v.node;
    return v;
}

const char *data_argument(const char *name, int i, const char **fallback) {
    const Table *const tables[] = {&sources, &transforms};
    for (int t = 0; t < 2; t++) {
        const Row *call = find_call(tables[t], name);
        if (!call || i >= arguments_of(tables[t], call)) continue;
        *fallback = call[1 + i].fallback;
        return call[1 + i].name;
    }
    return NULL;
}
