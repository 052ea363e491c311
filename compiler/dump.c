/* What each stage leaves, as text, for people who look inside. */
#include "dump.h"
#include "emit/emit.h"

#include <string.h>

static void dump_spec(Model *m, FILE *out) { fputs(m->canonical, out); }

static void dump_graph(Model *m, FILE *out) {
    for (int i = 0; i < m->programs.n; i++) {
        const Program *p = m->programs.at[i];
        int n = 0;
        Node **roots = NEW_ARRAY(m->arena, Node *, p->outputs.n + p->stores.n + p->finite.n + 1);
        for (int k = 0; k < p->outputs.n; k++) roots[n++] = p->outputs.at[k].value;
        for (int k = 0; k < p->stores.n; k++) roots[n++] = p->stores.at[k].value;
        for (int k = 0; k < p->finite.n; k++) roots[n++] = p->finite.at[k];
        fprintf(out, "program %s (batch %lld)\n%s\n", p->symbol, (long long)p->batch,
                graph_print(m->arena, n, roots));
    }
}

static void dump_plan(Model *m, FILE *out) { fputs(emit_plan_text(m), out); }

static void dump_products(Model *m, FILE *out) { fputs(emit_products_text(m), out); }

static void dump_c(Model *m, FILE *out) { emit_model(m, out); }

static const struct {
    const char *name;
    DumpTime time;
    void (*dump)(Model *m, FILE *out);
} stages[] = {
    {"spec", DUMP_ELABORATED, dump_spec},        {"graph", DUMP_ELABORATED, dump_graph},
    {"transformed", DUMP_TRANSFORMED, dump_graph}, {"plan", DUMP_TRANSFORMED, dump_plan},
    {"products", DUMP_TRANSFORMED, dump_products}, {"c", DUMP_TRANSFORMED, dump_c},
};

enum { N_STAGES = sizeof stages / sizeof *stages };

bool dump_knows(const char *stage) {
    for (int i = 0; i < N_STAGES; i++)
        if (strcmp(stages[i].name, stage) == 0) return true;
    return false;
}

const char *dump_stages(Arena *a) {
    Text t = {.arena = a};
    for (int i = 0; i < N_STAGES; i++) text_printf(&t, i ? ", %s" : "%s", stages[i].name);
    return t.at;
}

bool dump_stage(Model *m, DumpTime time, const char *stage, FILE *out) {
    for (int i = 0; i < N_STAGES; i++) {
        if (stages[i].time != time || strcmp(stages[i].name, stage) != 0) continue;
        stages[i].dump(m, out);
        return true;
    }
    return false;
}
