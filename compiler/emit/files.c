/* files.c: which files a trainer writes and reads: its samples, by their kind, and what a user
 * names for a datum. What is not named here, the runtime does not bring. */
#include "file.h"

#include <string.h>

/* ---- what samples become ---- */

typedef enum {
    KIND_PICTURE = 1,
    KIND_POINTS = 2,
    KIND_TEXT = 4,
    KIND_NUMBERS = 8,
    KIND_ARRAY = 16,
    KIND_SOUND = 32,
    KIND_VIDEO = 64,
} FileKinds;

static const struct {
    const char *name;
    FileKinds kind;
} forms[] = {
#define FORM(name, kind, ending) {#name, KIND_##kind},
#include "../../runtime/forms.def"
#undef FORM
};
enum { N_FORMS = sizeof forms / sizeof *forms };

static const FileKinds of_display[] = {[GEN_AS_ARRAY] = KIND_ARRAY,
                                       [GEN_AS_IMAGE] = KIND_PICTURE,
                                       [GEN_AS_POINTS] = KIND_POINTS,
                                       [GEN_AS_AUDIO] = KIND_SOUND,
                                       [GEN_AS_VIDEO] = KIND_VIDEO,
                                       [GEN_AS_TEXT] = KIND_NUMBERS,
                                       [GEN_AS_DATUM] = 0,
                                       [GEN_HIDDEN] = 0};

static const FileKinds of_source[] = {
    [GIVES_PICTURES] = KIND_PICTURE, [GIVES_POINTS] = KIND_POINTS,
    [GIVES_TEXT] = KIND_TEXT,        [GIVES_SOUND] = KIND_SOUND,
    [GIVES_VIDEO] = KIND_VIDEO,      [GIVES_ANYTHING] = KIND_PICTURE | KIND_POINTS | KIND_VIDEO};

/* The source that a datum is the nth value of; NULL if it is drawn. */
static const DataSource *source_of(const Model *m, int datum) {
    for (int i = 0; i < m->sources.n; i++) {
        const DataSource *s = &m->sources.at[i];
        if (datum >= s->first_datum && datum < s->first_datum + s->n_datums) return s;
    }
    return NULL;
}

/* What values of anything are shown as goes by their shape, as in the runtime's sample.c. It is the
 * declared one, but for axes of length 1, if the transforms keep the axes. */
static FileKinds kinds_of_shape(const Pipeline *p, const Shape *declared) {
    int axes = 0;
    int64_t first = 0;
    for (int i = 1; i < p->n_calls; i++)
        if (!p->calls[i].keeps_axes) return of_source[GIVES_ANYTHING];
    for (int i = declared->rank - 1; i >= 0; i--) {
        if (declared->dim[i] == 1) continue;
        first = declared->dim[i];
        axes++;
    }
    if (axes == 2 || (axes == 3 && first == 3)) return KIND_PICTURE;
    return axes == 3 || axes == 4 ? KIND_VIDEO : axes == 0 ? KIND_POINTS : 0;
}

/* Of a source's later values only the shape is known. One or two numbers are points. */
static FileKinds kinds_of_datum(const Model *m, int datum) {
    const DataSource *s = source_of(m, datum);
    const Datum *d = &m->data.at[datum];
    FileKinds kinds = d->kind == KIND_INDEX ? KIND_NUMBERS : 0;
    if (shape_size(&d->shape) <= 2) kinds |= KIND_POINTS;
    for (int i = 0; s && i < s->n_pipelines; i++) {
        DataGives gives = datum == s->first_datum ? s->pipelines[i].calls[0].gives : GIVES_ANYTHING;
        kinds |= gives == GIVES_ANYTHING ? kinds_of_shape(&s->pipelines[i], &d->shape)
                                         : of_source[gives];
    }
    return kinds;
}

static FileKinds kinds_shown(const Model *m) {
    FileKinds kinds = 0;
    for (int i = 0; i < m->programs.n; i++)
        for (int k = 0; m->programs.at[i]->role == GEN_SAMPLE && k < m->programs.at[i]->outputs.n;
             k++) {
            const Output *o = &m->programs.at[i]->outputs.at[k];
            kinds |=
                o->display == GEN_AS_DATUM ? kinds_of_datum(m, o->datum) : of_display[o->display];
            if (o->value->kind == KIND_INDEX) kinds |= KIND_NUMBERS;
        }
    return kinds ? kinds | KIND_ARRAY : 0;
}

static void put_forms(File *f, Text *out) {
    FileKinds kinds = kinds_shown(f->model);
    Text rows = {.arena = f->arena};
    for (int i = 0; i < N_FORMS; i++) {
        if (!(forms[i].kind & kinds)) continue;
        text_printf(out, "%sextern const GenForm form_%s;\n", f->n_forms++ ? "" : "\n",
                    forms[i].name);
        text_printf(&rows, "%s&form_%s", rows.n ? ", " : "", forms[i].name);
    }
    if (f->n_forms) text_printf(out, "static const GenForm *const forms[] = {%s};\n", rows.at);
}

/* ---- what a user may name ---- */

static bool is_argument(const Model *m, int datum) {
    for (int i = 0; i < m->programs.n; i++)
        for (int k = 0; m->programs.at[i]->role == GEN_SAMPLE && k < m->programs.at[i]->inputs.n;
             k++)
            if (m->programs.at[i]->inputs.at[k].datum == datum) return true;
    return false;
}

/* Arrays are for anything. A picture is for pictures, and for what may be some. */
static bool reads(DataGives reader, DataGives source) {
    bool picture = reader == GIVES_PICTURES && source == GIVES_ANYTHING;
    return reader == GIVES_ANYTHING || reader == source || picture;
}

static bool is_wanted(const Model *m, const FileReader *r) {
    for (int i = 0; i < m->sources.n; i++) {
        const DataSource *s = &m->sources.at[i];
        for (int d = 0; d < s->n_datums; d++)
            for (int k = 0; k < s->n_pipelines; k++)
                if (reads(r->call.gives, s->pipelines[k].calls[0].gives) &&
                    is_argument(m, s->first_datum + d))
                    return true;
    }
    return false;
}

static void put_readers(File *f, Text *out) {
    const Model *m = f->model;
    Text rows = {.arena = f->arena};
    for (int i = 0; i < m->readers.n; i++) {
        const FileReader *r = &m->readers.at[i];
        if (!is_wanted(m, r)) continue;
        const char *args = arena_printf(f->arena, "reader%d_args", f->n_readers++);
        const char *declaration = arena_printf(f->arena, "GenLoad %s;\n", r->call.symbol);
        text_printf(out, "\n%s", strstr(out->at, declaration) ? "" : declaration);
        file_args(f, &r->call, args, out);
        text_printf(&rows, "    {%s, %s},\n", file_string(f->arena, r->ending),
                    file_call(f, &r->call, args));
    }
    if (f->n_readers) text_printf(out, "\nstatic const GenReader readers[] = {\n%s};\n", rows.at);
}

void emit_files(File *f, Text *out) {
    put_readers(f, out);
    put_forms(f, out);
}
