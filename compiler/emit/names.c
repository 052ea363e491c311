/* names.c: what things are called in the generated C, and the comments beside them. */
#include "file.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

/* C's keywords, what the headers define, and the loop variables. */
static const char *const taken[] = {
    "auto",     "break",       "case",   "char",     "const",    "continue", "default",  "do",
    "double",   "else",        "enum",   "extern",   "float",    "for",      "goto",     "if",
    "inline",   "int",         "long",   "register", "restrict", "return",   "short",    "signed",
    "sizeof",   "static",      "struct", "switch",   "typedef",  "union",    "unsigned", "void",
    "volatile", "while",       "asm",    "bool",     "true",     "false",    "real",     "run",
    "arena",    "index_arena", "model",  "updates",  "main",     "r",        "i",        "j",
    "t",        "end",         "first",  "memcpy",   "memset",   "isfinite", "linux",    "unix",
    "NAN",      "INFINITY",    "NULL",   "errno",    "signbit",  "isnan",    "isinf",    "int32_t",
    "int64_t",  "uint64_t",    "size_t", "I",        "part",     "item",     "typeof",
};

/* What the runtime's own names begin with. */
static bool is_of_runtime(const char *name) {
    return strncmp(name, "gen_", 4) == 0 || strncmp(name, "GEN", 3) == 0;
}

/* ---- names in use ----
 *
 * e->names may be cut back to what it was: an entry counts while the name stands at its place. */

static NameEntry *entry_place(NameEntry *at, size_t size, const char *name) {
    size_t i = hash_bytes(HASH_START, &name, sizeof name) & (size - 1);
    while (at[i].name && at[i].name != name) i = (i + 1) & (size - 1);
    return &at[i];
}

static void grow_entries(Emitter *e) {
    size_t size = e->entries.size ? 2 * e->entries.size : 256;
    NameEntry *larger = NEW_ARRAY(e->arena, NameEntry, size);
    for (size_t i = 0; i < e->entries.size; i++)
        if (e->entries.at[i].name)
            *entry_place(larger, size, e->entries.at[i].name) = e->entries.at[i];
    e->entries.at = larger;
    e->entries.size = size;
}

static NameEntry *entry_of(Emitter *e, const char *name) {
    if (2 * e->entries.n >= e->entries.size) grow_entries(e);
    NameEntry *entry = entry_place(e->entries.at, e->entries.size, name);
    if (!entry->name) {
        *entry = (NameEntry){.name = name, .place = -1, .last = -1};
        e->entries.n++;
    }
    return entry;
}

static bool stands_at(const Emitter *e, const char *name, int place) {
    return place >= 0 && place < e->names.n && e->names.at[place] == name;
}

static bool is_taken(Emitter *e, const char *name) {
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        if (strcmp(taken[i], name) == 0) return true;
    return stands_at(e, name, entry_of(e, name)->place);
}

void emit_reserve(Emitter *e, const char *name) {
    const char *known = intern(e->arena, name);
    entry_of(e, known)->place = e->names.n;
    LIST_ADD(e->arena, &e->names, known);
}

/* A macro of some header may be called like this: FP_NAN, SIZE_MAX. */
static bool is_like_a_macro(const char *name) {
    size_t length = strlen(name);
    for (size_t i = 0; i < length; i++)
        if (islower((unsigned char)name[i])) return strcmp(name, "math_errhandling") == 0;
    return length >= 3;
}

static char *identifier(Arena *a, const char *path) {
    char *name = arena_printf(a, "%s", path);
    for (char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c) || (unsigned char)*c >= 128) *c = '_';
    bool marked = isdigit((unsigned char)name[0]) || name[0] == '_' || is_of_runtime(name) ||
                  is_like_a_macro(name);
    return marked ? arena_printf(a, "the_%s", name) : name;
}

static const char *numbered(Emitter *e, const char *base, int number) {
    return number == 1 ? base : intern(e->arena, arena_printf(e->arena, "%s_%d", base, number));
}

const char *emit_name(Emitter *e, const char *path) {
    const char *base = intern(e->arena, identifier(e->arena, path)), *name = base;
    const NameEntry *before = entry_of(e, base);
    int number = before->last >= 0 && before->last < e->names.n &&
                         e->names.at[before->last] == numbered(e, base, before->number)
                     ? before->number
                     : 1;
    while (is_taken(e, name)) name = numbered(e, base, ++number);
    emit_reserve(e, name);
    NameEntry *entry = entry_of(e, base);
    entry->number = number;
    entry->last = e->names.n - 1;
    return name;
}

static const Node *origin_of(const Node *n) {
    while (op_has(n->op, KEEPS_ELEMENTS) && n->n_in > 0) n = n->in[0];
    return n;
}

/* Equal constants are one node, whoever wrote them first. */
bool emit_is_constant(const Node *n) {
    while (op_has(n->op, KEEPS_ELEMENTS) || n->op == OP_BROADCAST) n = n->in[0];
    return n->op == OP_CONST;
}

const char *emit_path(Emitter *e, const Node *n) {
    const Node *from = origin_of(n);
    if (from->op == OP_INPUT || from->op == OP_TENSOR) n = from; /* x |> flatten is still x */
    if (emit_is_constant(n)) return "constant";
    if (n->op == OP_TENSOR || n->op == OP_SCALAR) return n->text;
    if (n->op == OP_INPUT) return e->plan->program->inputs.at[program_input(e->plan->program, n)].name;
    if (n->op == OP_UNIFORM || n->op == OP_GAUSSIAN)
        return arena_printf(e->arena, "%s.noise", n->text);
    return n->path && n->path[0] ? n->path : op_info[n->op].name;
}

/* What a buffer is in the spec: an input, a tensor of a storage, or the binding whose value it
 * holds. */
static const char *buffer_path(Emitter *e, const Buffer *b) {
    const Model *m = e->plan->model;
    if (b->kind != BUFFER_STORAGE) return emit_path(e, b->node);
    const Tensor *t = file_tensor(e->file, b->number, b->offset);
    if (t && shape_size(&t->shape) == b->size) return t->path;
    const char *storage = m->storages.at[b->number].name;
    if (b->node->op != OP_TENSOR) return arena_printf(e->arena, "new.%s", storage);
    return b->size == m->storages.at[b->number].size ? arena_printf(e->arena, "all.%s", storage)
                                                     : b->node->text;
}

const char *emit_buffer_name(Emitter *e, Buffer *b) {
    if (b->used < e->used.n && e->used.at[b->used].buffer == b) return b->name;
    b->used = e->used.n;
    LIST_ADD(e->arena, &e->used, ((Used){b, false}));
    b->name = emit_name(e, buffer_path(e, b));
    return b->name;
}

char *emit_shape(Arena *a, const Node *n) {
    int64_t dim[DOMAIN_MAX];
    int count = node_domain(n, dim);
    Text t = {.arena = a};
    text_put(&t, "[");
    for (int i = 0; i < count; i++) text_printf(&t, "%s%" PRId64, i ? ", " : "", dim[i]);
    text_put(&t, "]");
    return t.at;
}

void emit_line(Emitter *e, const char *format, ...) {
    va_list args;
    va_start(args, format);
    char *line = arena_vprintf(e->arena, format, args);
    va_end(args);
    text_printf(e->out, "%*s%s\n", line[0] ? 4 * e->indent : 0, "", line);
}

void emit_text(Emitter *e, const Text *t) {
    text_put_n(e->out, t->at, t->n);
}

void emit_open_loop(Emitter *e, const char *variable, int64_t extent) {
    emit_line(e, "for (%s %s = 0; %s < %" PRId64 "; %s++) {", e->counter, variable, variable,
              extent, variable);
    e->indent++;
}

void emit_close_loop(Emitter *e) {
    e->indent--;
    emit_line(e, "}");
}

char *emit_comment(Arena *a, const char *text) {
    char *comment = arena_printf(a, "%s", text);
    for (char *c = comment; *c; c++)
        if ((c[0] == '*' && c[1] == '/') || (c[0] == '/' && c[1] == '*'))
            c[0] = c[0] == '*' ? '*' : ' ', c[1] = ' ';
    return comment;
}

/* ---- the spec's lines ---- */

enum { MAX_ORIGINS = 3 };

static char *origin(Emitter *e, Span span) {
    Diag *d = e->plan->model->diag;
    if (!d || span.file < 0) return NULL;
    const Source *s = diag_source(d, span.file);
    int start = span.start, end = span.start;
    while (start > 0 && s->text[start - 1] != '\n') start--;
    while (end < s->length && s->text[end] != '\n' && s->text[end] != '#') end++;
    while (start < end && isspace((unsigned char)s->text[start])) start++;
    while (end > start && isspace((unsigned char)s->text[end - 1])) end--;
    const char *name = strrchr(s->name, '/');
    char *line = arena_printf(e->arena, "%s:%d  %.*s", name && !s->builtin ? name + 1 : s->name,
                              diag_place(d, span).line, end - start, s->text + start);
    return emit_comment(e->arena, line);
}

typedef struct {
    Emitter *e;
    int n;
    const char *at[MAX_ORIGINS];
} Origins;

static void add_origin(Origins *o, const Node *n) {
    const char *line = emit_is_constant(n) ? NULL : origin(o->e, n->span);
    if (!line || o->n == MAX_ORIGINS) return;
    for (int i = 0; i < o->n; i++)
        if (strcmp(o->at[i], line) == 0) return;
    o->at[o->n++] = line;
}

void emit_origin(Emitter *e, const Kernel *k) {
    Origins o = {.e = e};
    for (int s = 0; s < k->segments.n; s++)
        for (int i = 0; i < k->segments.at[s].nodes.n; i++)
            add_origin(&o, k->segments.at[s].nodes.at[i]);
    if (k->node) add_origin(&o, k->node);
    emit_line(e, "%s", "");
    for (int i = 0; i < o.n; i++) emit_line(e, "/* %s */", o.at[i]);
}

const char *emit_table_name(Emitter *e, const Node *table) {
    for (int i = 0; i < e->tables.n; i++)
        if (e->tables.at[i] == table) return e->table_names.at[i];
    LIST_ADD(e->arena, &e->tables, table);
    /* names of a kernel are given up behind it, those of tables are not: so they are numbered */
    LIST_ADD(e->arena, &e->table_names,
             emit_name(e, arena_printf(e->arena, "places_%d", e->tables.n)));
    return e->table_names.at[e->tables.n - 1];
}
