/* What formulas are written with: symbols, brackets, names, places to break a line. */
#include "formula.h"

#include <ctype.h>
#include <string.h>

Formula formula_new(const Spec *s, bool latex, const Scope *scope) {
    return (Formula){.spec = s, .latex = latex, .out = {.arena = s->arena}, .scope = scope};
}

/* ---- symbols ---- */

void formula_put(Formula *f, const char *text, const char *latex) {
    text_put(&f->out, f->latex ? latex : text);
}

void formula_open(Formula *f, const char *bracket) {
    text_put(&f->out, bracket);
    f->depth++;
}

void formula_close(Formula *f, const char *bracket) {
    f->depth--;
    text_put(&f->out, bracket);
}

static void put_break(Formula *f, int depth) {
    char at[] = {(char)(depth < MAX_BREAK_DEPTH ? depth : MAX_BREAK_DEPTH), 0};
    if (!f->latex) text_put(&f->out, at);
}

void formula_break(Formula *f) {
    put_break(f, 2 * f->depth + 1);
}

void formula_poor_break(Formula *f) {
    put_break(f, 2 * f->depth + 2);
}

void formula_comma(Formula *f) {
    formula_put(f, ",", ",\\allowbreak ");
    formula_break(f);
    formula_put(f, " ", "");
}

static void put_escaped(Formula *f, const char *s) {
    for (; *s; s++) {
        if (f->latex && strchr("_%&#${}", *s)) text_put(&f->out, "\\");
        text_put_n(&f->out, s, 1);
    }
}

void formula_words(Formula *f, const char *words) {
    formula_put(f, "", "\\text{");
    put_escaped(f, words);
    formula_put(f, "", "}");
}

void formula_code(Formula *f, const char *code) {
    static const struct {
        char c;
        const char *latex;
    } escapes[] = {
        {'\\', "\\textbackslash{}"}, {'~', "\\textasciitilde{}"}, {'^', "\\textasciicircum{}"}};
    if (!f->latex) {
        text_put(&f->out, code);
        return;
    }
    text_put(&f->out, "\\texttt{");
    for (; *code; code++) {
        const char *escape = NULL;
        for (size_t i = 0; i < sizeof escapes / sizeof *escapes; i++)
            if (escapes[i].c == *code) escape = escapes[i].latex;
        char one[] = {*code, 0};
        if (escape) text_put(&f->out, escape);
        else put_escaped(f, one);
    }
    text_put(&f->out, "}");
}

/* ---- names and numbers ---- */

/* Names that spell a letter or a constant: {name, in text}; in LaTeX they are \name. */
static const struct {
    const char *name, *text, *latex;
} spelled[] = {
    {"alpha", "α", "\\alpha"},
    {"beta", "β", "\\beta"},
    {"gamma", "γ", "\\gamma"},
    {"delta", "δ", "\\delta"},
    {"epsilon", "ε", "\\varepsilon"},
    {"zeta", "ζ", "\\zeta"},
    {"eta", "η", "\\eta"},
    {"theta", "θ", "\\theta"},
    {"iota", "ι", "\\iota"},
    {"kappa", "κ", "\\kappa"},
    {"lambda", "λ", "\\lambda"},
    {"mu", "μ", "\\mu"},
    {"nu", "ν", "\\nu"},
    {"xi", "ξ", "\\xi"},
    {"pi", "π", "\\pi"},
    {"rho", "ρ", "\\rho"},
    {"sigma", "σ", "\\sigma"},
    {"tau", "τ", "\\tau"},
    {"phi", "φ", "\\varphi"},
    {"chi", "χ", "\\chi"},
    {"psi", "ψ", "\\psi"},
    {"omega", "ω", "\\omega"},
    {"inf", "∞", "\\infty"},
};

static const char *spelling(const Formula *f, const char *name, size_t n) {
    for (size_t i = 0; i < sizeof spelled / sizeof *spelled; i++)
        if (strlen(spelled[i].name) == n && strncmp(spelled[i].name, name, n) == 0)
            return f->latex ? spelled[i].latex : spelled[i].text;
    return NULL;
}

/* A name is a letter (or spells one) with a subscript (x_t, beta1), or a word. */
void formula_name(Formula *f, const char *name) {
    size_t stem = strcspn(name, "_0123456789"), length = strlen(name);
    const char *letter = spelling(f, name, stem), *rest = name + stem + (name[stem] == '_');
    if (!letter && stem == 1) letter = arena_strndup(f->spec->arena, name, 1);
    if (!letter || (stem < length && !*rest)) {
        formula_put(f, "", "\\mathit{");
        put_escaped(f, name);
        formula_put(f, "", "}");
        return;
    }
    text_put(&f->out, letter);
    if (stem == length) return;
    if (f->latex) text_put(&f->out, "_{\\mathit{"), put_escaped(f, rest), text_put(&f->out, "}}");
    else text_put(&f->out, name + stem);
}

void formula_function(Formula *f, const char *name) {
    formula_put(f, "", "\\operatorname{");
    put_escaped(f, name);
    formula_put(f, "", "}");
}

void formula_letter(Formula *f, const Callable *network) {
    formula_name(f, network->letter);
}

/* Digits raised, where Unicode has them. */
void formula_superscript(Formula *f, const char *digits) {
    static const char *const raised[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
    formula_put(f, "", "^{");
    for (; *digits; digits++) {
        if (f->latex) text_put_n(&f->out, digits, 1);
        else text_put(&f->out, isdigit((unsigned char)*digits) ? raised[*digits - '0'] : "⁻");
    }
    formula_put(f, "", "}");
}
