/* diff_print_markdown: the difference for a pull request. */
#include "lines.h"

#include <string.h>

static void put_changes(const Diff *d, FILE *out) {
    DiffGroups groups = diff_groups(d);
    for (int i = 0; i < groups.n; i++) {
        const DiffGroup *g = &groups.at[i];
        fprintf(out, "\n**`%s`**%s%s\n", g->title, g->note ? " " : "", g->note ? g->note : "");
        if (!g->lines.n) continue;
        fprintf(out, "\n```diff\n");
        for (int k = 0; k < g->lines.n; k++)
            fprintf(out, "%c %s\n", g->lines.at[k].sign, g->lines.at[k].text);
        fprintf(out, "```\n");
    }
}

static void put_figures(const Diff *d, FILE *out) {
    FigureWords *f;
    int n = diff_figures(d, &f);
    fprintf(out, "\n| | old | new | |\n| --- | ---: | ---: | ---: |\n");
    for (int i = 0; i < n; i++)
        fprintf(out, "| %s | %s | %s | %s%s%s |\n", f[i].what + strspn(f[i].what, " "), f[i].old,
                f[i].new, f[i].difference, *f[i].percent ? ", " : "", f[i].percent);
}

static void put_terms(const Diff *d, FILE *out) {
    if (!d->terms.n) return;
    fprintf(out, "\n| minimized | term | |\n| --- | --- | --- |\n");
    for (int i = 0; i < d->terms.n; i++) {
        const DiffTerm *t = &d->terms.at[i];
        bool through = t->state == TERM_THROUGH;
        fprintf(out, "| %s | `%s` | %s%s |\n", t->minimize, text_cell(d->arena, t->term),
                through ? "through " : term_word(t->state), through ? t->through : "");
    }
}

static void put_checkpoint(const Diff *d, FILE *out) {
    fprintf(out, "\nCheckpoint: %s.\n", diff_checkpoint(d));
    if (!d->misfits.n) return;
    fprintf(out, "\n<details><summary>tensors that do not fit</summary>\n\n| | old | new |\n| --- "
                 "| --- | --- |\n");
    for (int i = 0; i < d->misfits.n; i++) {
        const DiffTensor *t = &d->misfits.at[i];
        fprintf(out, "| `%s` | %s | %s%s%s |\n", t->path, t->old ? t->old : "",
                t->new ? t->new : "", t->renamed ? ", now " : "", t->renamed ? t->renamed : "");
    }
    fprintf(out, "\n</details>\n");
}

void diff_print_markdown(const Diff *d, FILE *out) {
    fprintf(out, "### %s\n", diff_title(d, "→"));
    if (!d->changes.n) {
        fprintf(out, "\nNo difference.\n");
        return;
    }
    put_changes(d, out);
    for (int i = 0, any = 0; i < d->shapes.n; i++)
        if (!d->shapes.at[i].cause) {
            if (!any++) fprintf(out, "\nFrom several constants together:\n\n");
            fprintf(out, "- `%s`: %s → %s\n", d->shapes.at[i].what, d->shapes.at[i].old,
                    d->shapes.at[i].new);
        }
    put_terms(d, out);
    put_figures(d, out);
    put_checkpoint(d, out);
}
