/* The difference as lines: for each declaration that changed, the statements that did, as they were
 * and as they are, with the places where they differ. */
#include "lines.h"

#include <math.h>
#include <string.h>

const char *change_word(ChangeKind kind) {
    static const char *const words[] = {
        [CHANGE_ADDED] = "added",     [CHANGE_REMOVED] = "removed",
        [CHANGE_CHANGED] = "changed", [CHANGE_RENAMED] = "renamed",
        [CHANGE_MOVED] = "moved",     [CHANGE_REORDERED] = "reordered",
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

const char *diff_title(const Diff *d, const char *arrow) {
    if (strcmp(d->old->title, d->new->title) == 0) return d->new->title;
    return arena_printf(d->arena, "%s %s %s", d->old->title, arrow, d->new->title);
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
    if (by != 0 && strcmp(w.old, w.new) == 0) { /* too near each other for these units */
        w.old = diff_grouped(a, f->old);
        w.new = diff_grouped(a, f->new);
    }
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
        return d->averages_fit ? "all parameters fit; what the optimizers keep does not"
                               : "all parameters fit; the averages that are kept of them do not";
    if (d->fitting == d->tensors)
        return arena_printf(a, "all %d tensors of the old spec fit; %d are new", d->tensors,
                            d->misfits.n);
    const char *words = arena_printf(a, "%d of %d tensors fit", d->fitting, d->tensors);
    if (renamed) words = arena_printf(a, "%s; %d more under their new names", words, renamed);
    if (d->astray)
        words =
            arena_printf(a, "%s; %d would load into what has their names now", words, d->astray);
    return words;
}

/* ---- lines ---- */

/* "for i in 0..8 { ... }": the part before a body, with its braces closed. */
static char *without_bodies(Arena *a, const Tree *t, char *text) {
    static const bool holds_body[TREE_COUNT] = {
        [TREE_FOR] = true,          [TREE_IF] = true,      [TREE_FN] = true,
        [TREE_LAYER] = true,        [TREE_NETWORK] = true, [TREE_SAMPLE] = true,
        [TREE_OPTIMIZER] = true,    [TREE_FLOW] = true,    [TREE_AUTOREGRESSIVE] = true,
        [TREE_DISTRIBUTION] = true, [TREE_TRAIN] = true};
    bool expression = t->kind == TREE_FN && t->kid[1]->kind != TREE_BODY;
    char *brace = holds_body[t->kind] && !expression ? strstr(text, " {") : NULL;
    return brace ? arena_printf(a, "%.*s { ... }", (int)(brace - text), text) : text;
}

/* Before the first brace; of fn f(x) = ..., before what it is. */
const char *diff_heading(Arena *a, const Tree *decl) {
    bool headed = diff_is_callable(decl) || decl->kind == TREE_SAMPLE;
    if (!headed) return decl_title(a, decl);
    char *text = syntax_print_tree(a, decl);
    bool expression = decl->kind == TREE_FN && decl->kid[1]->kind != TREE_BODY;
    char *end = strstr(text, expression ? ") = " : " {");
    return end ? arena_strndup(a, text, (size_t)(end + expression - text)) : text;
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
    bool statement = t->kind == TREE_FOR || t->kind == TREE_IF, whole = false;
    for (int i = 0; i < marks->n; i++) whole = whole || marks->at[i].tree == t;
    line.text = statement && whole ? text : without_bodies(a, t, text); /* a branch came or went */
    int length = (int)strlen(line.text);
    for (int i = 0; i < marks->n; i++)
        if (marks->at[i].start >= 0 && marks->at[i].end <= length && marks->at[i].tree != t)
            LIST_ADD(a, &line.differs, ((Stretch){marks->at[i].start, marks->at[i].end}));
    return shortened(a, line);
}

static const char *file_of(const DiffSide *side, const Tree *decl) {
    return decl ? home_of(side, decl->span.file)->name : NULL;
}

/* "in parts.gen": where a declaration stands if that is not the spec itself. */
static const char *place_note(const Diff *d, const Change *change) {
    const char *old = file_of(d->old, change->old_decl), *new = file_of(d->new, change->new_decl);
    if (change->kind == CHANGE_MOVED && !change->in)
        return arena_printf(d->arena, "moved from %s to %s", old ? old : "the spec",
                            new ? new : "the spec");
    if (!old && !new) return NULL;
    if (old && new &&strcmp(old, new) != 0)
        return arena_printf(d->arena, "in %s, now %s", old, new);
    return arena_printf(d->arena, "in %s", new ? new : old);
}

static DiffGroup *group_of(const Diff *d, DiffGroups *groups, const Change *change) {
    const Tree *decl = change->new_decl ? change->new_decl : change->old_decl;
    const char *title = decl->kind == TREE_LET ? "constants" : diff_heading(d->arena, decl);
    const Tree *at = decl->kind == TREE_LET ? NULL : decl;
    for (int i = 0; i < groups->n; i++)
        if (groups->at[i].decl == at) return &groups->at[i];
    LIST_ADD(d->arena, groups,
             ((DiffGroup){.title = title, .decl = at, .note = place_note(d, change)}));
    return &groups->at[groups->n - 1];
}

/* Of a declaration as a whole: it is called otherwise, or stands in another file. */
static bool is_only_named(const Change *change) {
    return change->kind == CHANGE_RENAMED || (change->kind == CHANGE_MOVED && !change->in);
}

static bool shown_before(const Diff *d, int at) {
    const Change *x = d->changes.at[at];
    for (int i = 0; i < at; i++)
        if (!is_only_named(d->changes.at[i]) && d->changes.at[i]->old_line == x->old_line &&
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

/* let width  400 -> 512, with its value where that is not what is written: in as many digits as
 * tell it from the other one. */
static const char *constant_words(const Diff *d, const DiffSide *side, const Tree *let,
                                  int digits) {
    double value;
    const char *text = syntax_print_tree(d->arena, let->kid[0]);
    if (let->kid[0]->kind == TREE_NUMBER || !side_constant(side, let->name, &value)) return text;
    return arena_printf(d->arena, "%s (%.*g)", text, digits, value);
}

/* Two numbers that differ in the last of their digits only. */
static int digits_to_tell(const Diff *d, const Tree *old, const Tree *new) {
    double x, y;
    if (!side_constant(d->old, old->name, &x) || !side_constant(d->new, new->name, &y)) return 10;
    return x != y && fabs(x - y) < 1e-8 * fabs(x) ? 17 : 10;
}

static void add_constant(const Diff *d, DiffGroup *group, const Change *change) {
    const Tree *x = change->old_decl, *y = change->new_decl;
    if (!x || !y) {
        add_whole(d, group, y ? '+' : '-', y ? d->new : d->old, y ? y : x);
        return;
    }
    int digits = digits_to_tell(d, x, y);
    char *text =
        arena_printf(d->arena, "let %s = %s -> %s", y->name, constant_words(d, d->old, x, digits),
                     constant_words(d, d->new, y, digits));
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
    bool only_reordered = true;
    for (int i = at; i < d->changes.n; i++) {
        const Change *y = d->changes.at[i];
        if (y->old_line != x->old_line || y->new_line != x->new_line) continue;
        only_reordered = only_reordered && y->kind == CHANGE_REORDERED;
        mark(d->arena, &old, y->old);
        mark(d->arena, &new, y->new);
    }
    if (x->old_line) LIST_ADD(d->arena, &group->lines, line_of(d->arena, '-', x->old_line, &old));
    if (x->new_line) LIST_ADD(d->arena, &group->lines, line_of(d->arena, '+', x->new_line, &new));
    if (only_reordered)
        LIST_ADD(
            d->arena, &group->lines,
            ((DiffLine){.sign = ' ', .text = "    in another order: the same but for rounding"}));
}

/* An import that came or went, and what comes and goes with it. */
static void add_import(const Diff *d, DiffGroup *group, char sign, const DiffSide *side,
                       const Tree *import) {
    add_whole(d, group, sign, side, import);
    for (int i = 1; i < side->names->homes.n; i++) {
        const Home *home = side->names->homes.at[i];
        if (strcmp(home->name, import->text) != 0) continue;
        for (int k = 0; k < home->decls->list.n; k++)
            LIST_ADD(d->arena, &group->lines,
                     ((DiffLine){
                         .sign = ' ',
                         .text = arena_printf(d->arena, "    %s",
                                              diff_heading(d->arena, home->decls->list.at[k]))}));
    }
}

static void add_rename(const Diff *d, DiffGroup *group, const Change *change) {
    if (!change->in) {
        group->note = arena_printf(d->arena, "%s%srenamed from %s", group->note ? group->note : "",
                                   group->note ? ", " : "", change->old_text);
        return;
    }
    LIST_ADD(d->arena, &group->lines,
             ((DiffLine){.sign = ' ',
                         .text = arena_printf(d->arena, "%s renamed to %s", change->old_text,
                                              change->new_text)}));
}

static void add_change_lines(const Diff *d, DiffGroup *group, int at) {
    const Change *change = d->changes.at[at];
    const Tree *decl = change->new_decl ? change->new_decl : change->old_decl;
    const DiffSide *side = change->new_decl ? d->new : d->old;
    bool whole = !change->old_decl || !change->new_decl;
    char sign = change->new_decl ? '+' : '-';
    if (change->kind == CHANGE_RENAMED) add_rename(d, group, change);
    else if (shown_before(d, at)) return;
    else if (decl->kind == TREE_LET) add_constant(d, group, change);
    else if (decl->kind == TREE_IMPORT) add_import(d, group, sign, side, decl);
    else if (whole) add_whole(d, group, sign, side, decl);
    else if (!is_only_named(change)) add_statement(d, group, at);
}

DiffGroups diff_groups(const Diff *d) {
    DiffGroups groups = {0};
    for (int i = 0; i < d->changes.n; i++)
        add_change_lines(d, group_of(d, &groups, d->changes.at[i]), i);
    return groups;
}
