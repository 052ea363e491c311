/* A syntax error in the words of the language.
 *
 * The grammar says which tokens it would have taken. First the common mistakes are tried, each a
 * row of a table; what none of them knows becomes "expected ..., found ...". */
#include "parser.h"
#include "parse.h"

#include <string.h>

enum { MOST_EXPECTED = 128 };

/* What the grammar would have taken, where it stopped. */
typedef struct {
    Parser *p;
    const TokenInfo *expected[MOST_EXPECTED];
    int n;
    Token found, previous;
} Trouble;

static bool is_expected(const Trouble *t, int token) {
    for (int i = 0; i < t->n; i++)
        if (t->expected[i]->token == token) return true;
    return false;
}

static bool has_role(int token, int role) {
    return token && token_info(token)->roles & role;
}

static bool only_name_is_expected(const Trouble *t) {
    return is_expected(t, T_NAME) && !is_expected(t, T_NUMBER);
}

static bool wants_expression(const Trouble *t) {
    return is_expected(t, T_NUMBER);
}

static const char *word_of(const Token *t) {
    bool has_word = t->token != T_END && t->token != T_NUMBER && t->token != T_STRING;
    return has_word && t->value.word.name ? t->value.word.name : "";
}

/* A token as messages name it: 'return', '3', end of file. */
static const char *describe(const Trouble *t, const Token *token) {
    if (token->token == T_END) return "end of file";
    if (token->token == T_STRING) return "a string";
    return arena_printf(t->p->arena, "'%s'", diag_text(t->p->diag, token->at));
}

/* ---- "expected ..." ---- */

typedef struct { const char *phrases[MOST_EXPECTED]; int n; } Phrases;

static void add_phrase(Phrases *phrases, const char *phrase) {
    for (int i = 0; i < phrases->n; i++)
        if (strcmp(phrases->phrases[i], phrase) == 0) return;
    phrases->phrases[phrases->n++] = phrase;
}

/* A set of tokens that goes by one name: it is meant when `sign` is among those expected. */
typedef struct { int sign, roles; bool with_name; const char *phrase; } Group;

static const Group groups[] = {
    {T_LET, STARTS_DECLARATION | STARTS_STATEMENT, true, "a declaration"},
    {T_RETURN, STARTS_STATEMENT | STARTS_EXPRESSION, true, "a statement"},
    {T_MINIMIZE, STARTS_STATEMENT, true, "'minimize', a setting"},
    {T_NUMBER, STARTS_EXPRESSION, true, "an expression"},
};

enum { GROUP_COUNT = sizeof groups / sizeof *groups };

/* The group that speaks for this token; NULL if it speaks for itself. */
static const Group *group_of(const Trouble *t, const TokenInfo *token) {
    bool operators_meant = !wants_expression(t) && token->roles & CONTINUES;
    for (int i = 0; i < GROUP_COUNT; i++)
        if (is_expected(t, groups[i].sign) && token->roles & groups[i].roles && !operators_meant)
            return &groups[i];
    return NULL;
}

/* Operators can follow any expression: they go without saying if something else can too. */
static bool goes_without_saying(const Trouble *t, const TokenInfo *token) {
    if (token->token == T_END) return t->n > 1;
    if (wants_expression(t) || !(token->roles & CONTINUES)) return false;
    for (int i = 0; i < t->n; i++)
        if (!(t->expected[i]->roles & CONTINUES)) return true;
    return false;
}

static const char *phrase_for(const Trouble *t, const TokenInfo *token) {
    if (token_is_name(token->token)) return "a name";
    if (token->token == T_STRING) return "a string";
    if (token->token == T_END) return "end of file";
    return arena_printf(t->p->arena, "'%s'", token->spelling);
}

static const char *join_phrases(Arena *a, const Phrases *phrases) {
    Text text = {.arena = a};
    for (int i = 0; i < phrases->n; i++)
        text_printf(&text, "%s%s", i == 0 ? "" : i == phrases->n - 1 ? " or " : ", ",
                    phrases->phrases[i]);
    return text.at ? text.at : "something else";
}

static const char *describe_expected(const Trouble *t) {
    Phrases phrases = {.n = 0};
    if (is_expected(t, '+') && !is_expected(t, ')') && !is_expected(t, ']'))
        add_phrase(&phrases, "an operator");
    for (int i = 0; i < t->n; i++) {
        const Group *group = group_of(t, t->expected[i]);
        if (group) add_phrase(&phrases, group->phrase);
    }
    for (int i = 0; i < t->n; i++)
        if (!group_of(t, t->expected[i]) && !goes_without_saying(t, t->expected[i]))
            add_phrase(&phrases, phrase_for(t, t->expected[i]));
    return join_phrases(t->p->arena, &phrases);
}

/* ---- common mistakes: each function reports and returns true, or returns false ---- */

/* A body is open and a declaration, or the end of the file, comes. */
static bool body_not_closed(Trouble *t) {
    const Parser *p = t->p;
    if (p->braces.n == 0) return false;
    OpenBrace open = p->braces.at[p->braces.n - 1];
    const Token *next = parser_missed_declaration(p) ? &t->previous : &t->found;
    bool new_declaration = has_role(next->token, STARTS_DECLARATION) && next->starts_line &&
                           next->column <= p->braces.at[0].indent;
    if (next->token != T_END && !new_declaration) return false;
    diag_error(p->diag, D_BODY_NOT_CLOSED, next->at, describe(t, next));
    diag_note(p->diag, open.at, "the '{' without its '}' is");
    return true;
}

static bool nothing_to_close(Trouble *t) {
    bool closes = t->found.token == ')' || t->found.token == ']' ||
                  (t->found.token == '}' && t->p->braces.n == 0);
    if (!closes || wants_expression(t) || t->p->brackets > 0 || !is_expected(t, T_NAME)) return false;
    diag_error(t->p->diag, D_NOTHING_TO_CLOSE, t->found.at, word_of(&t->found));
    return true;
}

static bool declaration_inside(Trouble *t) {
    if (t->p->braces.n == 0 || !has_role(t->found.token, STARTS_DECLARATION)) return false;
    if (!is_expected(t, T_RETURN) || !t->found.starts_line) return false;
    diag_error(t->p->diag, D_DECLARATION_INSIDE, t->found.at, word_of(&t->found));
    diag_note(t->p->diag, NO_SPAN, "'%s' is a reserved word: it cannot be a name either",
              word_of(&t->found));
    return true;
}

static bool statement_outside(Trouble *t) {
    if (t->p->braces.n > 0 || !is_expected(t, T_LET)) return false;
    if (!has_role(t->found.token, STARTS_STATEMENT) && t->found.token != T_SCAN) return false;
    diag_error(t->p->diag, D_STATEMENT_OUTSIDE, t->found.at, word_of(&t->found));
    return true;
}

static bool equal_for_comparison(Trouble *t) {
    if (t->found.token != '=' || !is_expected(t, T_EQUAL)) return false;
    diag_error(t->p->diag, D_EQUAL_FOR_COMPARISON, t->found.at);
    diag_help(t->p->diag, "write '==' to compare");
    return true;
}

static bool comparison_for_equal(Trouble *t) {
    if (t->found.token != T_EQUAL || !is_expected(t, '=')) return false;
    diag_error(t->p->diag, D_COMPARISON_FOR_EQUAL, t->found.at);
    diag_help(t->p->diag, "write '='");
    return true;
}

static bool comparison_chain(Trouble *t) {
    static const int comparisons[] = {'<', '>', T_AT_MOST, T_AT_LEAST, T_EQUAL, T_NOT_EQUAL};
    if (!is_expected(t, T_PIPE)) return false;
    for (size_t i = 0; i < sizeof comparisons / sizeof *comparisons; i++) {
        if (t->found.token != comparisons[i]) continue;
        diag_error(t->p->diag, D_COMPARISON_CHAIN, t->found.at);
        diag_note(t->p->diag, NO_SPAN, "a < b < c is two conditions: (a < b) * (b < c)");
        return true;
    }
    return false;
}

/* `loss = 3`, `f(x, loss)`, `fn data(x)`: a reserved word where a name should be. */
static bool reserved_word(Trouble *t) {
    const Token *word = NULL;
    if (has_role(t->found.token, KEYWORD) && only_name_is_expected(t) &&
        !is_expected(t, T_RETURN) && !is_expected(t, T_LET) && !is_expected(t, T_MINIMIZE))
        word = &t->found;
    bool used_as_name = t->found.token == '=' || t->found.token == '~' || t->found.token == ',' ||
                        t->found.token == ')' || has_role(t->found.token, CONTINUES);
    if (has_role(t->previous.token, KEYWORD) && used_as_name && is_expected(t, T_NAME) &&
        !has_role(t->found.token, STARTS_EXPRESSION))
        word = &t->previous;
    if (has_role(t->found.token, KEYWORD) && wants_expression(t) && !t->found.starts_line)
        word = &t->found;
    if (!word) return false;
    diag_error(t->p->diag, D_RESERVED_WORD, word->at, word_of(word));
    return true;
}

/* Words of other languages that would begin a statement here as a name: found is what follows. */
static const struct { const char *word, *help; } foreign_words[] = {
    {"and", "two conditions hold together where their product is 1: (a) * (b)"},
    {"not", NULL},
    {"xor", NULL},
    {"def", "a function is declared with 'fn'"},
    {"func", "a function is declared with 'fn'"},
    {"function", "a function is declared with 'fn'"},
    {"const", "a constant is declared with 'let'"},
    {"var", "write the name and '='"},
    {"class", "a block with parameters is declared with 'layer'"},
    {"model", "a network is declared with 'network'"},
    {"elif", "write 'else if'"},
    {"elseif", "write 'else if'"},
    {"while", "the only loops are 'for' over constants and 'scan'"},
};

static bool foreign_word(Trouble *t) {
    if (t->previous.token != T_NAME || !is_expected(t, '=')) return false;
    for (size_t i = 0; i < sizeof foreign_words / sizeof *foreign_words; i++) {
        if (strcmp(word_of(&t->previous), foreign_words[i].word) != 0) continue;
        diag_error(t->p->diag, D_FOREIGN_WORD, t->previous.at, foreign_words[i].word);
        if (foreign_words[i].help) diag_help(t->p->diag, "%s", foreign_words[i].help);
        return true;
    }
    return false;
}

/* `retrun x`, `encodr q(x)`: two names in a row, the first nearly a keyword. */
static bool misspelled_keyword(Trouble *t) {
    bool head = token_is_name(t->found.token) || t->found.token == T_NUMBER || t->found.token == T_STRING;
    if (t->previous.token != T_NAME || !head || !is_expected(t, '=')) return false;
    const char *keywords[MOST_EXPECTED];
    int n = 0;
    for (int i = 0; i < token_count; i++)
        if (token_table[i].roles & (STARTS_DECLARATION | STARTS_STATEMENT))
            keywords[n++] = token_table[i].spelling;
    const char *near = diag_nearest(word_of(&t->previous), keywords, n);
    if (!near) return false;
    diag_error(t->p->diag, D_UNKNOWN_KEYWORD, t->previous.at, word_of(&t->previous));
    diag_help(t->p->diag, "did you mean '%s'?", near);
    return true;
}

/* `f(x)` as a statement. */
static bool expression_alone(Trouble *t) {
    bool goes_on = t->found.token == '(' || t->found.token == '.' || t->found.token == T_PIPE;
    if (t->previous.token != T_NAME || !goes_on) return false;
    if (!is_expected(t, '=') || !is_expected(t, '~')) return false;
    diag_error(t->p->diag, D_EXPRESSION_ALONE, span_join(t->previous.at, t->found.at));
    diag_note(t->p->diag, NO_SPAN, "a value needs a name: v = ...");
    return true;
}

static bool draw_names(Trouble *t) {
    if (t->found.token != '~' || !is_expected(t, '=') || !is_expected(t, ',') ||
        is_expected(t, '['))
        return false;
    diag_error(t->p->diag, D_DRAW_NAMES, t->found.at);
    diag_note(t->p->diag, NO_SPAN, "write one draw for each name");
    return true;
}

static bool (*const mistakes[])(Trouble *) = {
    body_not_closed,      nothing_to_close, declaration_inside, statement_outside,
    equal_for_comparison, comparison_for_equal, comparison_chain, foreign_word,
    misspelled_keyword,   expression_alone, draw_names,         reserved_word,
};

void parser_unexpected(Parser *p, const char *const *expected, int n) {
    if (p->stopped || p->missing_closes > 0 || p->last.at.start == p->resumed_at) return;
    Trouble t = {.p = p, .found = p->last, .previous = p->previous};
    for (int i = 0; i < n && t.n < MOST_EXPECTED; i++)
        t.expected[t.n++] = token_by_spelling(expected[i]);
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++)
        if (mistakes[i](&t)) return;
    diag_error(p->diag, D_UNEXPECTED, p->last.at, describe_expected(&t), describe(&t, &p->last));
}

void parser_stop(Parser *p, DiagCode code, Span at, int limit) {
    if (!p->stopped) diag_error(p->diag, code, at, limit);
    p->stopped = true;
}

int tree_final(Parser *p, Word word) {
    if (strcmp(word.name, "final") == 0) return TREE_FINAL;
    diag_error(p->diag, D_UNEXPECTED, word.span, "'final' or '='",
               arena_printf(p->arena, "'%s'", word.name));
    return 0;
}
