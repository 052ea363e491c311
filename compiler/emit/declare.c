/* declare.c: what a function works on, each declared where it is first mentioned. */
#include "file.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

/* Does r hold all that can mention the buffer? */
static bool holds(const Emitter *e, const Region *r, const Buffer *b) {
    if (r == e->base) return true;
    const Region *home = b->home;
    while (home && home != r) home = home->outer;
    return home == r;
}

static void declare(Emitter *e, const Buffer *b) {
    bool fixed = b->kind == BUFFER_INPUT || (b->kind == BUFFER_STORAGE && b->node->op == OP_TENSOR);
    emit_line(e, "%s%s *const %s = %s;   /* %s */", fixed ? "const " : "",
              b->is_index ? "int32_t" : "real", b->name, file_address(e->file, e->plan, b, 0),
              emit_shape(e->arena, b->node));
}

void emit_declarations(Emitter *e, const Region *r) {
    bool all = true;
    for (int i = e->all_declared; i < e->used.n; i++) {
        Used *u = &e->used.at[i];
        if (u->buffer && !u->declared && holds(e, r, u->buffer)) {
            declare(e, u->buffer);
            u->declared = true;
        }
        all = all && (u->declared || !u->buffer);
        if (all) e->all_declared = i + 1;
    }
}

void emit_forget_declared(Emitter *e, int before) {
    for (int i = before; i < e->used.n; i++)
        if (e->used.at[i].declared) e->used.at[i].buffer = NULL;
}

bool emit_mentions(const char *text, const char *name) {
    size_t n = strlen(name);
    for (const char *at = text; (at = strstr(at, name)); at += n) {
        bool begins = at == text || (!isalnum((unsigned char)at[-1]) && at[-1] != '_');
        if (begins && !isalnum((unsigned char)at[n]) && at[n] != '_') return true;
    }
    return false;
}

/* A comment may say "run", too. */
bool emit_uses_run(const char *body) {
    return strstr(body, "(run") || strstr(body, "run->");
}

void emit_tables_used(Emitter *e, const char *body, Text *out) {
    enum { A_LINE = 16 };
    for (int i = 0; i < e->tables.n; i++) {
        if (!emit_mentions(body, e->table_names.at[i])) continue;
        const Node *n = e->tables.at[i];
        const int64_t *element = n->ints + 2 + n->shape.rank;
        int64_t size = shape_size(&n->shape);
        text_printf(out, "    static const int32_t %s[%" PRId64 "] = {   /* %s */",
                    e->table_names.at[i], size, emit_shape(e->arena, n));
        for (int64_t k = 0; k < size; k++)
            text_printf(out, "%s%" PRId64 "%s", k % A_LINE ? " " : "\n        ", element[k],
                        k + 1 < size ? "," : "");
        text_put(out, "};\n");
    }
}
