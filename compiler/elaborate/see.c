/* What expressions came to.
 *
 * Does: keeps, for each expression and name of the spec, the value it had where it was met first.
 * Requires: ElaborateOptions.see; otherwise nothing is kept. Leaves: m->seen, found by place. */
#include "elab.h"

#include <string.h>

static bool is_known(const Model *m, Span at) {
    return model_seen(m, at) != NULL;
}

static void begin(Elab *e) {
    int n = diag_source(e->d, e->m->source)->length + 1;
    e->m->seen_at = NEW_ARRAY(e->a, int, n);
    for (int i = 0; i < n; i++) e->m->seen_at[i] = -1;
}

void elab_see(Elab *e, Span at, const Value *v, const char *path) {
    Model *m = e->m;
    if (!e->options->see || at.file != m->source || v->kind == VALUE_POISON) return;
    if (!m->seen_at) begin(e);
    if (is_known(m, at)) return;
    bool shaped = v->kind == VALUE_NODE || v->kind == VALUE_SHOWN;
    Seen seen = {.span = at,
                 .words = value_describe(e, v),
                 .shaped = shaped,
                 .path = path,
                 .next = m->seen_at[at.start]};
    if (shaped) seen.shape = v->node->shape;
    m->seen_at[at.start] = m->seen.n;
    LIST_ADD(e->a, &m->seen, seen);
}

const Seen *model_seen(const Model *m, Span span) {
    if (!m->seen_at || span.file != m->source) return NULL;
    for (int i = m->seen_at[span.start]; i >= 0; i = m->seen.at[i].next)
        if (m->seen.at[i].span.end == span.end) return &m->seen.at[i];
    return NULL;
}
