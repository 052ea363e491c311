/* parts.c: long runs of kernels as several functions.
 *
 * A C compiler's time grows faster than the length of a function, and so does a reader's. What is
 * written once in one piece shows how many lines each kernel takes. Where a region has more than
 * LONG, its kernels are cut into parts that are called one after another: of the places where a
 * part may end, at the one whose two sides share least of their path, so that networks and
 * statements stay together. Parts need nothing of each other, for all they work on is static
 * memory; of the scans around them they are told the turns. */
#include "file.h"

#include <ctype.h>
#include <limits.h>
#include <string.h>

enum { LONG = 400, PART_LEAST = 100, PART_MOST = 300 /* lines */ };

/* ---- how long ---- */

static int region_lines(const Emitter *e, const Region *r, int from, int to);

/* Of a scan whose body is cut only the calls remain. */
static int kernel_lines(const Emitter *e, const Kernel *k) {
    int lines = e->lines[k->time];
    if (k->kind != KERNEL_SCAN) return lines;
    int inside = region_lines(e, k->body, 0, k->body->kernels.n);
    return inside > LONG ? inside / PART_LEAST + 2 : lines;
}

static int region_lines(const Emitter *e, const Region *r, int from, int to) {
    int lines = 0;
    for (int i = from; i < to; i++) lines += kernel_lines(e, r->kernels.at[i]);
    return lines;
}

/* ---- where to cut ---- */

static const Node *kernel_node(const Kernel *k) {
    if (k->node) return k->node;
    for (int s = 0; s < k->segments.n; s++)
        if (k->segments.at[s].nodes.n) return k->segments.at[s].nodes.at[0];
    return NULL;
}

static const char *kernel_path(Emitter *e, const Kernel *k) {
    const Node *n = kernel_node(k);
    if (!n) return "";
    return emit_is_constant(n) && n->path ? n->path : emit_path(e, n);
}

/* Names that two paths begin with: 2 for q.h.dense.W and q.h.relu. */
static int shared_names(const char *a, const char *b) {
    int shared = 0;
    for (; *a && *a == *b; a++, b++) shared += *a == '.';
    bool whole = (*a == 0 || *a == '.') && (*b == 0 || *b == '.');
    return shared + whole;
}

/* Behind the last kernel of the part that begins with `from`. */
static int part_end(Emitter *e, const Region *r, int from, int to) {
    int lines = 0, best = -1, least = INT_MAX, i = from;
    for (; i < to; i++) {
        lines += kernel_lines(e, r->kernels.at[i]);
        if (i > from && lines > PART_MOST) break;
        if (lines < PART_LEAST || i + 1 == to) continue;
        int shared =
            shared_names(kernel_path(e, r->kernels.at[i]), kernel_path(e, r->kernels.at[i + 1]));
        if (shared > least) continue;
        least = shared;
        best = i + 1;
    }
    return i == to || best < 0 ? i : best;
}

/* ---- one part ---- */

/* Adds to `formals` and `actuals` the turns that the part asks for, of the outermost scan first. */
static void put_turns(Emitter *e, const Region *r, const char *body, Text *formals, Text *actuals) {
    if (!r->scan) return;
    put_turns(e, r->outer, body, formals, actuals);
    if (!emit_mentions(body, r->turn_name)) return;
    text_printf(formals, ", %s %s", e->counter, r->turn_name);
    text_printf(actuals, ", %s", r->turn_name);
}

/* "step_q_h", "step_d_q_h": where it begins, no deeper than two names of the spec. */
static const char *part_name(Emitter *e, const Kernel *first) {
    const char *path = kernel_path(e, first), *end = path;
    int names = strncmp(path, "d.", 2) == 0 ? 3 : 2;
    for (; *end && (*end != '.' || --names > 0);) end++;
    return emit_name(&e->file->names, arena_printf(e->arena, "%s_%.*s", e->plan->program->symbol,
                                                   (int)(end - path), path));
}

static void emit_part(Emitter *e, Region *r, int from, int to) {
    Text body = {.arena = e->arena}, formals = body, actuals = body;
    Emitter part = {.arena = e->arena,
                    .file = e->file,
                    .plan = e->plan,
                    .base = r,
                    .out = &body,
                    .parts = e->parts,
                    .counter = e->counter,
                    .indent = 1,
                    .lines = e->lines};
    text_put(&body, "");
    text_put(&formals, "");
    text_put(&actuals, "");
    emit_reserve_all(&part);
    emit_kernels(&part, r, from, to);
    put_turns(e, r, body.at, &formals, &actuals);
    const char *name = part_name(e, r->kernels.at[from]);
    const char *first = kernel_path(e, r->kernels.at[from]),
               *last = kernel_path(e, r->kernels.at[to - 1]);
    text_printf(e->parts, "\n/* a part of %s: %s to %s */\n", e->plan->program->symbol, first,
                last);
    text_printf(e->parts, "GEN_PART void %s(const GenRun *run%s) {\n", name, formals.at);
    emit_tables_used(&part, body.at, e->parts);
    if (!emit_uses_run(body.at)) text_put(e->parts, "    (void)run;\n");
    text_put(e->parts, body.at + (body.at[0] == '\n')); /* no empty line first */
    text_put(e->parts, "}\n");
    emit_line(e, "%s(run%s);", name, actuals.at);
}

void emit_region(Emitter *e, Region *r, int from, int to) {
    if (e->measure || region_lines(e, r, from, to) <= LONG) {
        emit_kernels(e, r, from, to);
        return;
    }
    for (int end; from < to; from = end) {
        end = part_end(e, r, from, to);
        emit_part(e, r, from, end);
    }
}
