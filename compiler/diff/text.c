/* diff_print_text: the difference for people at a terminal. */
#include "lines.h"

#include <string.h>

typedef struct {
    const char *bold, *dim, *red, *green, *strong_red, *strong_green, *off;
} Colours;
static const Colours plain = {"", "", "", "", "", "", ""};
static const Colours coloured = {"\033[1m",      "\033[2m",      "\033[31m", "\033[32m",
                                 "\033[1;4;31m", "\033[1;4;32m", "\033[0m"};

typedef struct {
    const Diff *d;
    FILE *out;
    const DiffStyle *style;
    const Colours *colour;
} Page;

static void put_heading(const Page *p, const char *words) {
    fprintf(p->out, "\n%s%s%s\n", p->colour->bold, words, p->colour->off);
}

static bool differs_at(const DiffLine *line, int at) {
    for (int i = 0; i < line->differs.n; i++)
        if (line->differs.at[i].start <= at && at < line->differs.at[i].end) return true;
    return false;
}

/* Without colour, what differs is underlined in a line of its own. */
static void put_underline(const Page *p, const DiffLine *line) {
    int end = 0;
    for (int i = 0; i < line->differs.n; i++)
        if (line->differs.at[i].end > end) end = line->differs.at[i].end;
    if (!end || p->style->colour) return;
    fputs("    ", p->out);
    for (int i = 0; i < end; i++)
        if (((unsigned char)line->text[i] & 0xc0) != 0x80)
            fputc(differs_at(line, i) ? '~' : ' ', p->out);
    fputc('\n', p->out);
}

static void put_line(const Page *p, const DiffLine *line) {
    const Colours *k = p->colour;
    const char *weak = line->sign == '-' ? k->red : line->sign == '+' ? k->green : "";
    const char *strong = line->sign == '-' ? k->strong_red : k->strong_green;
    fprintf(p->out, "  %s%c ", weak, line->sign);
    bool inside = false;
    for (int i = 0; line->text[i]; i++) {
        bool now = differs_at(line, i);
        if (now != inside) fprintf(p->out, "%s%s", k->off, now ? strong : weak);
        inside = now;
        fputc(line->text[i], p->out);
    }
    fprintf(p->out, "%s\n", *weak || inside ? k->off : "");
    put_underline(p, line);
}

static void put_changes(const Page *p) {
    DiffGroups groups = diff_groups(p->d);
    for (int i = 0; i < groups.n; i++) {
        const DiffGroup *g = &groups.at[i];
        put_heading(p,
                    g->note ? arena_printf(p->d->arena, "%s   (%s)", g->title, g->note) : g->title);
        for (int k = 0; k < g->lines.n; k++) put_line(p, &g->lines.at[k]);
    }
}

static bool is_changed(const Diff *d, const Tree *decl) {
    for (int i = 0; i < d->changes.n; i++)
        if (d->changes.at[i]->new_decl == decl) return true;
    return false;
}

/* --all: what stayed the same. */
static void put_unchanged(const Page *p) {
    bool any = false;
    for (int i = 0; i < p->d->new->names->decls.n; i++) {
        const Tree *t = p->d->new->names->decls.at[i];
        if (is_changed(p->d, t)) continue;
        if (!any) put_heading(p, "unchanged");
        any = true;
        fprintf(p->out, "    %s%s%s\n", p->colour->dim, diff_heading(p->d->arena, t),
                p->colour->off);
    }
}

static void put_following(const Page *p) {
    bool any = false;
    for (int i = 0; i < p->d->shapes.n; i++) {
        const DiffShape *s = &p->d->shapes.at[i];
        if (s->cause) continue;
        if (!any) put_heading(p, "what follows from several constants");
        any = true;
        fprintf(p->out, "    %s: %s -> %s\n", s->what, s->old, s->new);
    }
}

static void put_terms(const Page *p) {
    const Diff *d = p->d;
    const char *last = "";
    int wide = 0;
    bool all_same = true;
    for (int i = 0; i < d->terms.n; i++) {
        if (text_letters(d->terms.at[i].term) > wide) wide = text_letters(d->terms.at[i].term);
        all_same = all_same && d->terms.at[i].state == TERM_SAME;
    }
    if (!d->terms.n || (all_same && !p->style->all)) return;
    if (wide > 44) wide = 44;
    put_heading(p, "what is minimized");
    for (int i = 0; i < d->terms.n; i++) {
        const DiffTerm *t = &d->terms.at[i];
        if (strcmp(last, t->minimize) != 0) fprintf(p->out, "    %s\n", t->minimize);
        last = t->minimize;
        const char *words = t->state == TERM_THROUGH ? "through " : term_word(t->state);
        const char *through = t->state == TERM_THROUGH ? t->through : "";
        fprintf(p->out, "      %s%*s  %s%s\n", t->term,
                wide > text_letters(t->term) ? wide - text_letters(t->term) : 0, "", words,
                through);
    }
}

static void put_figures(const Page *p) {
    FigureWords *f;
    int n = diff_figures(p->d, &f), width[4] = {0};
    bool any = p->style->all;
    for (int i = 0; i < n; i++) {
        const char *const words[] = {f[i].what, f[i].old, f[i].new, f[i].difference};
        any = any || *f[i].difference;
        for (int k = 0; k < 4; k++)
            if (text_letters(words[k]) > width[k]) width[k] = text_letters(words[k]);
    }
    if (!any) return;
    put_heading(p, "figures");
    for (int i = 0; i < n; i++) {
        bool same = !*f[i].difference;
        if (same && !p->style->all) continue;
        fprintf(p->out, "    %s%*s  %*s", f[i].what, width[0] - text_letters(f[i].what), "",
                width[1], f[i].old);
        if (same) fprintf(p->out, "%s\n", "");
        else
            fprintf(p->out, " -> %*s  %*s%s%s\n", width[2], f[i].new, width[3], f[i].difference,
                    *f[i].percent ? "  " : "", f[i].percent);
    }
}

enum { MOST_TENSORS = 12 };

static void put_checkpoint(const Page *p) {
    const Diff *d = p->d;
    int wide = 0, shown = p->style->all ? d->misfits.n : MOST_TENSORS;
    if (shown > d->misfits.n || d->misfits.n == MOST_TENSORS + 1) shown = d->misfits.n;
    put_heading(p, "checkpoint");
    fprintf(p->out, "    %s\n", diff_checkpoint(d));
    for (int i = 0; i < shown; i++)
        if (text_letters(d->misfits.at[i].path) > wide) wide = text_letters(d->misfits.at[i].path);
    for (int i = 0; i < shown; i++) {
        const DiffTensor *t = &d->misfits.at[i];
        fprintf(p->out, "    %-*s  ", wide, t->path);
        if (t->renamed) fprintf(p->out, "%s is now %s\n", t->old, t->renamed);
        else if (!t->old) fprintf(p->out, "%s is new\n", t->new);
        else if (!t->new) fprintf(p->out, "%s is no more\n", t->old);
        else fprintf(p->out, "%s -> %s\n", t->old, t->new);
    }
    if (shown < d->misfits.n)
        fprintf(p->out, "    and %d more: --all lists them\n", d->misfits.n - shown);
}

/* ---- a whole spec ---- */

static void put_networks(const Page *p) {
    int wide = 0, n = p->d->networks.n;
    if (n) put_heading(p, "networks");
    for (int i = 0; i < n; i++)
        if (text_letters(p->d->networks.at[i].what) > wide)
            wide = text_letters(p->d->networks.at[i].what);
    for (int i = 0; i < n; i++) {
        const DiffFigure *f = &p->d->networks.at[i];
        fprintf(p->out, "    %-*s  %11s parameters\n", wide, f->what,
                diff_grouped(p->d->arena, f->has_new ? f->new : f->old));
    }
}

static void put_objective(const Page *p) {
    const Diff *d = p->d;
    const char *last = "";
    if (d->terms.n) put_heading(p, "what is minimized");
    for (int i = 0; i < d->terms.n; i++) {
        const DiffTerm *t = &d->terms.at[i];
        if (strcmp(last, t->minimize) != 0) fprintf(p->out, "    %s\n", t->minimize);
        last = t->minimize;
        fprintf(p->out, "      %s\n", t->term);
    }
}

/* The spec as it is written, comments too. */
static void put_source(const Page *p, const DiffSide *side, char sign) {
    const char *at = diag_source(side->diag, side->source)->text,
               *colour = sign == '-' ? p->colour->red : p->colour->green;
    if (*at) put_heading(p, "the spec");
    while (*at) {
        size_t n = strcspn(at, "\n");
        fprintf(p->out, "  %s%c%s%.*s%s\n", colour, sign, n ? " " : "", (int)n, at, p->colour->off);
        at += n + (at[n] == '\n');
    }
}

void diff_print_whole(const Diff *d, bool gone, const DiffStyle *style) {
    Page p = {d, style->out, style, style->colour ? &coloured : &plain};
    const DiffSide *side = gone ? d->old : d->new;
    fprintf(p.out, "%s%s: a spec that is %s%s\n", p.colour->bold, side->title,
            gone ? "removed" : "new", p.colour->off);
    put_networks(&p);
    put_objective(&p);
    put_source(&p, side, gone ? '-' : '+');
}

void diff_print_text(const Diff *d, const DiffStyle *style) {
    Page p = {d, style->out, style, style->colour ? &coloured : &plain};
    if (!d->changes.n && !style->all) return;
    fprintf(p.out, "%s%s%s\n", p.colour->bold, diff_title(d, "->"), p.colour->off);
    if (!d->changes.n) fprintf(p.out, "\nno difference\n");
    put_changes(&p);
    put_following(&p);
    if (style->all) put_unchanged(&p);
    put_terms(&p);
    if (style->brief) return;
    put_figures(&p);
    put_checkpoint(&p);
}
