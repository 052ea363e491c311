/* Lines to a page. Text: rows that follow each other are held back until their run ends, then
 * written with their relations in one column; what is too long breaks where the formula allows it,
 * outside of brackets if it can. LaTeX: TeX breaks the lines. */
#include "page.h"

#include "formula.h"

#include <string.h>

enum {
    WIDTH = 100,
    STEP = 4,         /* columns of one indent */
    WIDEST_LEFT = 34, /* a longer left side is not padded to */
};

typedef struct {
    const char *left, *relation, *right;
} Row;

struct Page {
    Text out;
    bool latex;
    int indent; /* of the rows held back */
    LIST(Row) rows;
};

static const char preamble[] =
    "\\documentclass{article}\n"
    "\\usepackage[T1]{fontenc}\n"
    "\\usepackage{amsmath}\n"
    "\\setlength{\\parindent}{0pt}\n"
    "\\setlength{\\parskip}{4pt}\n"
    "\\newcommand{\\row}[2]{{\\raggedright\\leftskip=#1em\\hangindent=2em\\hangafter=1\n"
    "  \\(\\displaystyle #2\\)\\par}}\n"
    "\\newcommand{\\code}[2]{{\\raggedright\\leftskip=#1em\\hangindent=2em\\hangafter=1\n"
    "  \\small\\ttfamily #2\\par}}\n"
    "\\newcommand{\\prose}[2]{{\\leftskip=#1em #2\\par}}\n"
    "\\begin{document}\n";

/* ---- text ---- */

/* Characters, not bytes; marks of breaks take no room. */
static int width(const char *s) {
    int n = 0;
    for (; *s; s++)
        if ((*s & 0xc0) != 0x80 && (unsigned char)*s > MAX_BREAK_DEPTH) n++;
    return n;
}

static void put_unmarked(Text *out, const char *s, size_t n) {
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)s[i] > MAX_BREAK_DEPTH) text_put_n(out, s + i, 1);
}

static void put_spaces(Text *out, int n) {
    for (int i = 0; i < n; i++) text_put(out, " ");
}

/* Where to break s so that at most `room` columns stay: the last of the outermost breaks in the
 * line's later two thirds, or else of the deepest that there are. NULL: nowhere. */
static const char *find_break(const char *s, int room) {
    const char *best = NULL;
    int depth = MAX_BREAK_DEPTH + 1, column = 0;
    for (; *s && column <= room; s++) {
        unsigned char c = (unsigned char)*s;
        if (c <= MAX_BREAK_DEPTH) {
            bool late = column > room / 3;
            if (column && (!best || (late && c <= depth)))
                best = s, depth = late ? c : MAX_BREAK_DEPTH + 1;
        } else if ((c & 0xc0) != 0x80) column++;
    }
    return best;
}

/* Writes s from this column on, going on at column `hang` on further lines. */
static void put_wrapped(Text *out, const char *s, int column, int hang) {
    const char *at;
    while (width(s) > WIDTH - column && (at = find_break(s, WIDTH - column))) {
        put_unmarked(out, s, (size_t)(at - s));
        while (out->n && out->at[out->n - 1] == ' ') out->at[--out->n] = 0;
        text_put(out, "\n");
        put_spaces(out, hang);
        for (s = at + 1; *s == ' ';) s++;
        column = hang;
    }
    put_unmarked(out, s, strlen(s));
    text_put(out, "\n");
}

static void flush_rows(Page *p) {
    int left = 0, start = p->indent * STEP;
    for (int i = 0; i < p->rows.n; i++) {
        int w = *p->rows.at[i].relation ? width(p->rows.at[i].left) : 0;
        if (w > left && w <= WIDEST_LEFT) left = w;
    }
    for (int i = 0; i < p->rows.n; i++) {
        const Row *r = &p->rows.at[i];
        put_spaces(&p->out, start);
        if (!*r->relation) {
            put_wrapped(&p->out, r->left, start, start + STEP);
            continue;
        }
        put_unmarked(&p->out, r->left, strlen(r->left));
        int wide = width(r->left), pad = wide < left ? left - wide : 0;
        put_spaces(&p->out, pad + 1);
        text_printf(&p->out, "%s ", r->relation);
        int column = start + wide + pad + width(r->relation) + 2;
        put_wrapped(&p->out, r->right, column, column < WIDTH / 2 ? column + 2 : start + STEP);
    }
    p->rows.n = 0;
}

/* Marks the spaces as places to break: the best are those before `mark`. */
static const char *breakable(Arena *a, const char *words, const char *mark) {
    Text t = {.arena = a};
    text_put(&t, "");
    for (; *words; words++) {
        if (*words == ' ') text_put(&t, strncmp(words + 1, mark, strlen(mark)) == 0 ? "\1" : "\2");
        text_put_n(&t, words, 1);
    }
    return t.at;
}

/* ---- LaTeX ---- */

static const struct {
    char c;
    const char *latex;
} escapes[] = {
    {'\\', "\\textbackslash{}"},
    {'~', "\\textasciitilde{}"},
    {'^', "\\textasciicircum{}"},
    {'_', "\\_"},
    {'%', "\\%"},
    {'&', "\\&"},
    {'#', "\\#"},
    {'$', "\\$"},
    {'{', "\\{"},
    {'}', "\\}"},
    {'<', "\\textless{}"},
    {'>', "\\textgreater{}"},
    {'|', "\\textbar{}"},
};

/* The character at *s, which moves on; 0xfffd for what is no UTF-8. */
static unsigned next_character(const char **s) {
    const unsigned char *c = (const unsigned char *)*s;
    int more = c[0] < 0x80 ? 0 : c[0] >= 0xf0 ? 3 : c[0] >= 0xe0 ? 2 : c[0] >= 0xc0 ? 1 : -1;
    unsigned value = more == 0 ? c[0] : more < 0 ? 0xfffd : c[0] & (0x3fu >> more);
    int i = 1;
    for (; i <= more && (c[i] & 0xc0) == 0x80; i++) value = value << 6 | (c[i] & 0x3fu);
    *s += i;
    return i <= more ? 0xfffd : value;
}

/* LaTeX knows Latin letters; any other character is given by its number. */
static void put_latex(Text *out, const char *words) {
    while (*words) {
        const char *start = words, *escape = NULL;
        unsigned value = next_character(&words);
        for (size_t i = 0; i < sizeof escapes / sizeof *escapes; i++)
            if (value == (unsigned char)escapes[i].c) escape = escapes[i].latex;
        if (escape) text_put(out, escape);
        else if (value < 0x7f || (value >= 0xa0 && value < 0x180))
            text_put_n(out, start, (size_t)(words - start));
        else text_printf(out, "[U+%04X]", value);
    }
}

/* ---- both ---- */

Page *page_new(Arena *a, bool latex, const char *title) {
    Page *p = NEW(a, Page);
    p->out.arena = a;
    p->latex = latex;
    if (latex)
        text_put(&p->out, preamble), text_put(&p->out, "\\section*{"), put_latex(&p->out, title),
            text_put(&p->out, "}\n");
    else text_put(&p->out, title), text_put(&p->out, "\n");
    return p;
}

void page_gap(Page *p) {
    flush_rows(p);
}

void page_heading(Page *p, const char *words) {
    flush_rows(p);
    text_printf(&p->out, p->latex ? "\n\\subsection*{%s}\n" : "\n%s\n", words);
}

/* Words behind a LaTeX command. */
static void put_paragraph(Page *p, const char *command, int indent, const char *words) {
    text_printf(&p->out, "\\%s{%d}{", command, 2 * indent);
    put_latex(&p->out, words);
    text_put(&p->out, "}\n");
}

void page_prose(Page *p, int indent, const char *words) {
    flush_rows(p);
    if (p->latex) {
        put_paragraph(p, "prose", indent, words);
        return;
    }
    put_spaces(&p->out, indent * STEP);
    put_wrapped(&p->out, breakable(p->out.arena, words, ""), indent * STEP, indent * STEP);
}

void page_code(Page *p, int indent, const char *code) {
    flush_rows(p);
    if (p->latex) {
        put_paragraph(p, "code", indent, code);
        return;
    }
    put_spaces(&p->out, indent * STEP);
    put_wrapped(&p->out, breakable(p->out.arena, code, "|>"), indent * STEP, (indent + 1) * STEP);
}

void page_row(Page *p, int indent, const char *left, const char *relation, const char *right) {
    if (p->latex) {
        text_printf(&p->out, "\\row{%d}{%s", 2 * indent, left);
        if (*relation) text_printf(&p->out, " %s %s", relation, right);
        text_put(&p->out, "}\n");
        return;
    }
    if (indent != p->indent) flush_rows(p);
    p->indent = indent;
    LIST_ADD(p->out.arena, &p->rows, ((Row){left, relation, right}));
}

char *page_finish(Page *p) {
    flush_rows(p);
    if (p->latex) text_put(&p->out, "\\end{document}\n");
    return p->out.at;
}
