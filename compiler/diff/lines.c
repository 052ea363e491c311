/* The difference as lines: for each declaration that changed, the statements that did, as they were
 * and as they are, with the places where they differ. */
#include "lines.h"

#include <math.h>
#include <string.h>

const char *change_word(ChangeKind kind) {
    static const char *const words[] = {
        [CHANGE_ADDED] = "added",     [CHANGE_REMOVED] = "removed", [CHANGE_CHANGED] = "changed",
        [CHANGE_RENAMED] = "renamed", [CHANGE_MOVED] = "moved",
    };
    return words[kind];
}

const char *term_word(TermState state) {
    static const char *const words[] = {
        [TERM_SAME] = "same",       [TERM_CHANGED] = "changed", [TERM_ADDED] = "added",
        [TERM_REMOVED] = "removed", [TERM_THROUGH] = "depends",
    };
    return words[state];
}

/* ---- numbers ---- */

const char *diff_grouped(Arena *a, double n) {
    char *digits = arena_printf(a, "%.0f", fabs(n));
    Text t = {.arena = a};
    size_t length = strlen(digits);
    text_put(&t, n < 0 ? "-" : "");
    for (size_t i = 0; i < length; i++) {
        if (i && (length - i) % 3 == 0) text_put(&t, ",");
        text_put_n(&t, digits + i, 1);
    }
    return t.at;
}

const char *diff_scaled(Arena *a, double n) {
    static const char *const units[] = {"", " k", " M", " G", " T", " P"};
    int unit = 0;
    for (; fabs(n) >= 999.5 && unit < 5; unit++) n /= 1000;
    return arena_printf(a, fabs(n) < 99.95 && unit ? "%.1f%s" : "%.0f%s", n, units[unit]);
}

static const char *bytes_words(Arena *a, double n) {
    bool small = fabs(n) < 1 << 20;
    return arena_printf(a, "%.2f %s", n / (small ? 1 << 10 : 1 << 20), small ? "KiB" : "MiB");
}

typedef const char *NumberWords(Arena *a, double n);

static FigureWords figure_words(Arena *a, const DiffFigure *f, NumberWords *words) {
    FigureWords w = {.what = f->what, .old = "-", .new = "-", .difference = "", .percent = ""};
    double by = f->new - f->old;
    if (f->has_old) w.old = words(a, f->old);
    if (f->has_new) w.new = words(a, f->new);
    if (by != 0) w.difference = arena_printf(a, "%s%s", by > 0 ? "+" : "", words(a, by));
    if (by != 0 && f->has_old && f->has_new && f->old > 0)
        w.percent = arena_printf(a, "%+6.1f %%", 100 * by / f->old);
    return w;
}

int diff_figures(const Diff *d, FigureWords **out) {
    Arena *a = d->arena;
    int n = 0;
    *out = NEW_ARRAY(a, FigureWords, d->networks.n + 3);
    (*out)[n++] = figure_words(a, &d->parameters, diff_grouped);
    for (int i = 0; i < d->networks.n; i++) {
        (*out)[n] = figure_words(a, &d->networks.at[i], diff_grouped);
        (*out)[n].what = arena_printf(a, "  %s", (*out)[n].what);
        n++;
    }
    (*out)[n++] = figure_words(a, &d->flops, diff_scaled);
    (*out)[n++] = figure_words(a, &d->memory, bytes_words);
    return n;
}

const char *diff_checkpoint(const Diff *d) {
    Arena *a = d->arena;
    int renamed = 0;
    for (int i = 0; i < d->misfits.n; i++) renamed += d->misfits.at[i].renamed != NULL;
    if (d->resumes) return "fits: training can go on from a checkpoint of the old spec";
    if (d->fitting == d->tensors && !d->misfits.n)
        return "all parameters fit; what the optimizers keep does not";
    if (d->fitting == d->tensors)
        return arena_printf(a, "all %d tensors of the old spec fit; %d are new", d->tensors,
                            d->misfits.n);
    return arena_printf(a, "%d of %d tensors fit%s%s", d->fitting, d->tensors, renamed ? "; " : "",
                        renamed ? arena_printf(a, "%d more under their new names", renamed) : "");
}

/* ---- lines ---- */

/* "for i in 0..8 { ... }": the part before a body, with its braces closed. */
static char *without_bodies(Arena *a, const Tree *t, char *text) {
    static const bool holds_body[TREE_COUNT] = {
        [TREE_FOR] = true,          [TREE_IF] = true,      [TREE_FN] = true,
        [TREE_LAYER] = true,        [TREE_NETWORK] = true, [TREE_SAMPLE] = true,
        [TREE_OPTIMIZER] = true,    [TREE_FLOW] = true,    [TREE_AUTOREGRESSIVE] = true,
        [TREE_DISTRIBUTION] = true, [TREE_TRAIN] = true};
    char *brace = holds_body[t->kind] ? strstr(text, " {") : NULL;
    return brace ? arena_printf(a, "%.*s { ... }", (int)(brace - text), text) : text;
}

const char *diff_heading(Arena *a, const Tree *decl) {
    char *text = syntax_print_tree(a, decl);
    char *brace = strstr(text, " {");
    if (decl->kind == TREE_TRAIN) return "train";
    if (brace && decl->kind != TREE_BIND) return arena_strndup(a, text, (size_t)(brace - text));
    return decl_title(a, decl);
}

typedef LIST(SyntaxMark) Marks;

static void mark(Arena *a, Marks *marks, const Tree *t) {
    if (t) LIST_ADD(a, marks, ((SyntaxMark){t, -1, -1}));
}

enum { LONG_LINE = 120, AROUND = 32, LEAST_LEFT_OUT = 16 };

/* Is byte `at` of a long line shown: near its ends, or near what differs? */
static bool is_shown(const DiffLine *line, int at, int length) {
    if (at < AROUND || at >= length - AROUND) return true;
    for (int i = 0; i < line->differs.n; i++)
        if (at >= line->differs.at[i].start - AROUND && at < line->differs.at[i].end + AROUND)
            return true;
    return false;
}

/* Of a long line what stays the same is left out between spaces: x |> ... |> relu. */
static DiffLine shortened(Arena *a, DiffLine line) {
    int length = (int)strlen(line.text), *moved = NEW_ARRAY(a, int, length + 1);
    Text t = {.arena = a};
    if (length <= LONG_LINE || !line.differs.n) return line;
    for (int i = 0; i < length; i++) {
        int from = i, end = i;
        while (end < length && !is_shown(&line, end, length)) end++;
        while (from < end && line.text[from] != ' ') from++;
        while (end > from && line.text[end - 1] != ' ') end--;
        for (; i < from; i++) moved[i] = (int)t.n, text_put_n(&t, line.text + i, 1);
        if (end - from >= LEAST_LEFT_OUT) {
            text_put(&t, " ... ");
            i = end;
        }
        moved[i] = (int)t.n;
        text_put_n(&t, line.text + i, 1);
    }
    moved[length] = (int)t.n;
    for (int i = 0; i < line.differs.n; i++) {
        Stretch *s = &line.differs.at[i];
        *s = (Stretch){moved[s->start], moved[s->end]};
    }
    line.text = t.at;
    return line;
}

/* One line of a statement, with what differs in it. */
static DiffLine line_of(Arena *a, char sign, const Tree *t, Marks *marks) {
    DiffLine line = {.sign = sign};
    char *text = syntax_print_marked(a, t, marks->at, marks->n);
    line.text = without_bodies(a, t, text);
    int length = (int)strlen(line.text);
    for (int i = 0; i < marks->n; i++)
        if (marks->at[i].start >= 0 && marks->at[i].end <= length && marks->at[i].tree != t)
            LIST_ADD(a, &line.differs, ((Stretch){marks->at[i].start, marks->at[i].end}));
    return shortened(a, line);
}

static DiffGroup *group_of(const Diff *d, DiffGroups *groups, const Tree *decl) {
    bool constant = decl->kind == TREE_LET;
    const char *title = constant ? "constants" : diff_heading(d->arena, decl);
    for (int i = 0; i < groups->n; i++)
        if (strcmp(groups->at[i].title, title) == 0) return &groups->at[i];
    LIST_ADD(d->arena, groups, ((DiffGroup){.title = title}));
    return &groups->at[groups->n - 1];
}

static bool shown_before(const Diff *d, int at) {
    const Change *x = d->changes.at[at];
    for (int i = 0; i < at; i++)
        if (d->changes.at[i]->kind != CHANGE_RENAMED && d->changes.at[i]->old_line == x->old_line &&
            d->changes.at[i]->new_line == x->new_line)
            return true;
    return false;
}

/* A whole declaration that came or went, as fmt would write it. */
static void add_whole(const Diff *d, DiffGroup *group, char sign, const DiffSide *side,
                      const Tree *t) {
    Tree list = {.kind = TREE_LIST, .span = t->span};
    Tree *items[] = {(Tree *)t};
    list.list.at = items;
    list.list.n = 1;
    SyntaxFile file = {.source = side->source, .decls = &list};
    const char *at = syntax_print(d->arena, side->diag, &file);
    while (*at) {
        size_t n = strcspn(at, "\n");
        LIST_ADD(d->arena, &group->lines,
                 ((DiffLine){.sign = sign, .text = arena_strndup(d->arena, at, n)}));
        at += n + (at[n] == '\n');
    }
}

/* let width  400 -> 512, with its value where that is not what is written. */
static const char *constant_words(const Diff *d, const DiffSide *side, const Tree *let) {
    double value;
    const char *text = syntax_print_tree(d->arena, let->kid[0]);
    if (let->kid[0]->kind == TREE_NUMBER || !side_constant(side, let->name, &value)) return text;
    return arena_printf(d->arena, "%s (%.10g)", text, value);
}

static void add_constant(const Diff *d, DiffGroup *group, const Change *change) {
    const Tree *x = change->old_decl, *y = change->new_decl;
    if (change->kind != CHANGE_CHANGED) {
        add_whole(d, group, y ? '+' : '-', y ? d->new : d->old, y ? y : x);
        return;
    }
    char *text = arena_printf(d->arena, "let %s = %s -> %s", y->name, constant_words(d, d->old, x),
                              constant_words(d, d->new, y));
    LIST_ADD(d->arena, &group->lines, ((DiffLine){.sign = ' ', .text = text}));
    for (int i = 0; i < d->shapes.n; i++)
        if (d->shapes.at[i].cause == x->name)
            LIST_ADD(
                d->arena, &group->lines,
                ((DiffLine){.sign = ' ',
                            .text = arena_printf(d->arena, "    %s: %s -> %s", d->shapes.at[i].what,
                                                 d->shapes.at[i].old, d->shapes.at[i].new)}));
}

/* Both versions of the statement that change `at` stands in, with all that differs in it marked. */
static void add_statement(const Diff *d, DiffGroup *group, int at) {
    const Change *x = d->changes.at[at];
    Marks old = {0}, new = {0};
    for (int i = at; i < d->changes.n; i++) {
        const Change *y = d->changes.at[i];
        if (y->old_line != x->old_line || y->new_line != x->new_line) continue;
        mark(d->arena, &old, y->old);
        mark(d->arena, &new, y->new);
    }
    if (x->old_line) LIST_ADD(d->arena, &group->lines, line_of(d->arena, '-', x->old_line, &old));
    if (x->new_line) LIST_ADD(d->arena, &group->lines, line_of(d->arena, '+', x->new_line, &new));
}

static void add_rename(const Diff *d, DiffGroup *group, const Change *change) {
    if (!change->in) {
        group->note = arena_printf(d->arena, "renamed from %s", change->old_text);
        return;
    }
    LIST_ADD(d->arena, &group->lines,
             ((DiffLine){.sign = ' ',
                         .text = arena_printf(d->arena, "%s renamed to %s", change->old_text,
                                              change->new_text)}));
}

DiffGroups diff_groups(const Diff *d, int width) {
    DiffGroups groups = {0};
    (void)width;
    for (int i = 0; i < d->changes.n; i++) {
        const Change *change = d->changes.at[i];
        const Tree *decl = change->new_decl ? change->new_decl : change->old_decl;
        DiffGroup *group = group_of(d, &groups, decl);
        bool whole = !change->old_decl || !change->new_decl;
        if (change->kind == CHANGE_RENAMED) add_rename(d, group, change);
        else if (shown_before(d, i)) continue;
        else if (decl->kind == TREE_LET) add_constant(d, group, change);
        else if (whole)
            add_whole(d, group, change->new_decl ? '+' : '-', change->new_decl ? d->new : d->old,
                      decl);
        else add_statement(d, group, i);
    }
    return groups;
}
