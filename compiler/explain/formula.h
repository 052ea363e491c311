/* Formulas, in text or LaTeX, for genc explain. */
#ifndef GENC_EXPLAIN_FORMULA_H
#define GENC_EXPLAIN_FORMULA_H

#include "names.h"

/* In text, a byte 1 .. MAX_BREAK_DEPTH is a place where a line may break: the smaller, the better.
 */
enum { MAX_BREAK_DEPTH = 8 };

/* A draws or scan expression in a formula, whose body has to be said beside it. index: of what a
 * draws binds; NULL: a scan. */
typedef struct {
    const Tree *of;
    const Scope *scope;
    const char *index;
} Indexed;

typedef struct {
    const Spec *spec;
    bool latex;
    Text out;
    int depth; /* of brackets around what is written now */
    const Scope *scope;
    bool expand; /* write a loss's name as what it stands for */
    LIST(Indexed) indexed;
} Formula;

/* How tightly what is written binds. */
typedef enum {
    BINDS_PIPE = 1,
    BINDS_COMPARISON,
    BINDS_RANGE,
    BINDS_SUM,
    BINDS_PREFIX, /* log a */
    BINDS_PRODUCT,
    BINDS_UNARY,
    BINDS_POWER,
    BINDS_POSTFIX,
    BINDS_PRIMARY
} Tightness;

/* ---- what formulas are written with (symbols.c) ---- */

Formula formula_new(const Spec *s, bool latex, const Scope *scope);

void formula_put(Formula *f, const char *text, const char *latex);
void formula_words(Formula *f, const char *words); /* prose inside a formula, spaces kept */
void formula_code(Formula *f, const char *code);   /* as the spec spells it */
void formula_name(Formula *f, const char *name);
void formula_function(Formula *f, const char *name); /* upright */
void formula_open(Formula *f, const char *bracket);
void formula_close(Formula *f, const char *bracket);
void formula_superscript(Formula *f, const char *digits); /* may begin with '-' */
void formula_break(Formula *f);
void formula_poor_break(Formula *f); /* inside a product: any in the sum around it is better */
void formula_comma(Formula *f);
void formula_letter(Formula *f, const Callable *network); /* θ */

/* ---- expressions (formula.c) ---- */

void formula_expression(Formula *f, const Tree *t);
void formula_at(Formula *f, const Tree *t, Tightness least);
/* A comparison as a condition. Anywhere else it is a number: [a = b], in Iverson's brackets. */
void formula_condition(Formula *f, const Tree *t);
/* The density of a distribution at a value; value NULL: the distribution itself. */
void formula_distribution(Formula *f, const Tree *t, const Tree *value);
/* What a value is drawn from: a network's density at it, otherwise the family alone. */
void formula_draw(Formula *f, const Tree *t, const Tree *drawn);
void formula_arguments(Formula *f, const Tree *const *args, int n);
void formula_list(Formula *f, const Tree *list); /* a, b */
const char *formula_index(Formula *f);           /* a letter that nothing else has */
void formula_range(Formula *f, const char *index, const Tree *count); /* _{i=1..k} */
void formula_space(Formula *f, const Tree *dims, const Tree *kind); /* ∈ ℝ^(1×28), or nothing */
/* G_θ(z); of a network that gives a distribution q_φ(z | x), the density at value (NULL: at the
 * variable that it usually has). */
void formula_network(Formula *f, const Callable *network, const Tree *const *args, int n,
                     const Tree *value);

/* ---- words with a notation (notation.c) ---- */

/* False: the word has none for these arguments. */
bool notation_write(Formula *f, const char *word, const Callable *family, const Tree *const *args,
                    int n, const Tree *value);
Tightness notation_binding(const Formula *f, const char *word, const Callable *family,
                           const Tree *const *args, int n);

#endif
