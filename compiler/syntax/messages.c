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
    Token found, previous, earlier; /* the token that stopped it, and the two before it */
} Trouble;

static bool is_expected(const Trouble *t, int token) {
    for (int i = 0; i < t->n; i++)
        if (t->expected[i]->token == token) return true;
    return false;
}

static bool has_role(int token, int role) {
    return token && token_info(token)->roles & role;
}

static bool wants_expression(const Trouble *t) {
    return is_expected(t, T_NUMBER);
}

/* Could a declaration, a statement, or an item of train begin here? */
static bool wants_beginning(const Trouble *t) {
    return is_expected(t, T_LET) || is_expected(t, T_RETURN) || is_expected(t, T_MINIMIZE);
}

static bool wants_name(const Trouble *t) {
    return is_expected(t, T_NAME) && !wants_expression(t) && !wants_beginning(t);
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

typedef struct {
    const char *phrases[MOST_EXPECTED];
    int n;
} Phrases;

static void add_phrase(Phrases *phrases, const char *phrase) {
    for (int i = 0; i < phrases->n; i++)
        if (strcmp(phrases->phrases[i], phrase) == 0) return;
    phrases->phrases[phrases->n++] = phrase;
}

/* A set of tokens that goes by one name: it is meant when `sign` is among those expected. */
typedef struct {
    int sign, roles;
    const char *phrase;
} Group;

static const Group groups[] = {
    {T_LET, STARTS_DECLARATION | STARTS_STATEMENT, "a declaration"},
    {T_RETURN, STARTS_STATEMENT | STARTS_EXPRESSION, "a statement"},
    {T_MINIMIZE, STARTS_STATEMENT, "'minimize', a setting"},
    {T_NUMBER, STARTS_EXPRESSION, "an expression"},
};

enum { GROUP_COUNT = sizeof groups / sizeof *groups };

/* The group that speaks for this token; NULL if it speaks for itself. */
static const Group *group_of(const Trouble *t, const TokenInfo *token) {
    if (!wants_expression(t) && token->roles & CONTINUES) return NULL;
    for (int i = 0; i < GROUP_COUNT; i++) {
        bool speaks = token->roles & groups[i].roles || token_is_name(token->token);
        if (is_expected(t, groups[i].sign) && speaks) return &groups[i];
    }
    return NULL;
}

/* Operators can follow any expression: they go without saying if something else can too. So does
 * all that could still come between brackets but another item or their end. */
static bool goes_without_saying(const Trouble *t, const TokenInfo *token) {
    if (token->token == T_END) return t->n > 1;
    bool in_brackets = is_expected(t, ',') && (is_expected(t, ')') || is_expected(t, ']'));
    if (in_brackets && !wants_expression(t))
        return token->token != ',' && token->token != ')' && token->token != ']';
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
        text_printf(&text, "%s%s",
                    i == 0                ? ""
                    : i == phrases->n - 1 ? " or "
                                          : ", ",
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
    if (!closes || wants_expression(t) || t->p->brackets > 0 || !is_expected(t, T_NAME))
        return false;
    diag_error(t->p->diag, D_NOTHING_TO_CLOSE, t->found.at, word_of(&t->found));
    return true;
}

static bool declaration_inside(Trouble *t) {
    if (t->p->braces.n == 0 || !has_role(t->found.token, STARTS_DECLARATION)) return false;
    if (!is_expected(t, T_RETURN)) return false;
    diag_error(t->p->diag, D_DECLARATION_INSIDE, t->found.at, word_of(&t->found));
    if (t->found.token == T_LET) diag_help(t->p->diag, "in a body a value is named without 'let'");
    else
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
    if (t->found.token != '=' || !is_expected(t, T_EQUAL) || is_expected(t, ']')) return false;
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

/* Only a setting is a name with its value right behind it. */
static bool setting_equal(Trouble *t) {
    if (t->found.token != '=' || !token_is_name(t->previous.token) || !wants_expression(t))
        return false;
    diag_error(t->p->diag, D_SETTING_EQUAL, t->found.at, word_of(&t->previous));
    diag_help(t->p->diag, "take the '=' away");
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
    enum { LIKE_A_NAME = STARTS_DECLARATION | STARTS_STATEMENT | STARTS_EXPRESSION };
    const Token *word = NULL;
    bool found_word = has_role(t->found.token, KEYWORD) && has_role(t->found.token, LIKE_A_NAME);
    if (found_word && (wants_name(t) || (wants_expression(t) && !t->found.starts_line)))
        word = &t->found;
    bool used_as_name = t->found.token == '=' || t->found.token == '~' || t->found.token == ',' ||
                        t->found.token == ')';
    if (has_role(t->previous.token, LIKE_A_NAME) && has_role(t->previous.token, KEYWORD) &&
        t->previous.token != T_LET && used_as_name && !wants_expression(t))
        word = &t->previous;
    if (!word) return false;
    diag_error(t->p->diag, D_RESERVED_WORD, word->at, word_of(word));
    if (word->token == T_LOSS || word->token == T_METRIC)
        diag_help(t->p->diag, "a %s has a name of its own: %s l = ...", word_of(word),
                  word_of(word));
    return true;
}

/* Words of other languages. Some begin a statement here, as a name: what stops the grammar is the
 * token after them; some stand between operands. */
static const struct {
    const char *word;
    bool between;
    const char *help;
} foreign_words[] = {
    {"and", true, "two conditions hold together where their product is 1: (a) * (b)"},
    {"or", true, NULL},
    {"not", false, NULL},
    {"def", false, "a function is declared with 'fn'"},
    {"func", false, "a function is declared with 'fn'"},
    {"function", false, "a function is declared with 'fn'"},
    {"const", false, "a constant is declared with 'let'"},
    {"var", false, "write the name and '='"},
    {"class", false, "a block with parameters is declared with 'layer'"},
    {"model", false, "a network is declared with 'network'"},
    {"elif", false, "write 'else if'"},
    {"elseif", false, "write 'else if'"},
    {"while", false, "the only loops are 'for' over constants and 'scan'"},
};

static bool foreign_word(Trouble *t) {
    for (size_t i = 0; i < sizeof foreign_words / sizeof *foreign_words; i++) {
        const char *word = foreign_words[i].word;
        const Token *at = NULL;
        if (foreign_words[i].between && is_expected(t, '+') &&
            strcmp(word_of(&t->found), word) == 0)
            at = &t->found;
        else if (t->previous.token == T_NAME && strcmp(word_of(&t->previous), word) == 0)
            at = &t->previous;
        if (!at) continue;
        diag_error(t->p->diag, D_FOREIGN_WORD, at->at, word);
        if (foreign_words[i].help) diag_help(t->p->diag, "%s", foreign_words[i].help);
        return true;
    }
    return false;
}

static const char *nearest_keyword(const char *word) {
    const char *keywords[MOST_EXPECTED];
    int n = 0;
    for (int i = 0; i < token_count; i++)
        if (token_table[i].roles & (STARTS_DECLARATION | STARTS_STATEMENT))
            keywords[n++] = token_table[i].spelling;
    return diag_nearest(word, keywords, n);
}

/* `retrun x`, `encodr q(x)`: a name that is nearly a keyword, and what could follow that. */
static bool misspelled_keyword(Trouble *t) {
    bool head =
        token_is_name(t->found.token) || t->found.token == T_NUMBER || t->found.token == T_STRING;
    const Token *word = t->found.token == T_OVER && is_expected(t, T_MINIMIZE) ? &t->earlier
                        : head && is_expected(t, '=')                          ? &t->previous
                                                                               : NULL;
    if (!word || word->token != T_NAME) return false;
    const char *near = nearest_keyword(word_of(word));
    if (!near) return false;
    diag_error(t->p->diag, D_UNKNOWN_KEYWORD, word->at, word_of(word));
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
    body_not_closed, nothing_to_close,     declaration_inside,   statement_outside,
    setting_equal,   equal_for_comparison, comparison_for_equal, comparison_chain,
    foreign_word,    misspelled_keyword,   expression_alone,     draw_names,
    reserved_word,
};

/* The line before ends too early: what is missing is missing there. */
static bool is_unfinished(const Trouble *t) {
    bool begins = t->found.token == T_END || (t->found.starts_line && t->found.token != T_NUMBER);
    return begins && t->previous.token && !wants_beginning(t);
}

static void report_plainly(Trouble *t) {
    Diag *d = t->p->diag;
    if (is_unfinished(t))
        diag_error(d, D_UNFINISHED, t->previous.at, describe_expected(t),
                   describe(t, &t->previous));
    else diag_error(d, D_UNEXPECTED, t->found.at, describe_expected(t), describe(t, &t->found));
    if (has_role(t->found.token, KEYWORD) && wants_name(t))
        diag_note(d, NO_SPAN, "'%s' is a reserved word", word_of(&t->found));
}

void parser_unexpected(Parser *p, const char *const *expected, int n) {
    bool told = p->missing_closes > 0 || p->last.at.start == p->resumed_at ||
                p->previous.at.end == p->open_string_end;
    if (p->stopped || told) return;
    Trouble t = {.p = p, .found = p->last, .previous = p->previous, .earlier = p->earlier};
    for (int i = 0; i < n && t.n < MOST_EXPECTED; i++)
        t.expected[t.n++] = token_by_spelling(expected[i]);
    if (t.found.token == T_END && t.previous.token)
        t.found.at.start = t.found.at.end = t.previous.at.end;
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++)
        if (mistakes[i](&t)) return;
    report_plainly(&t);
}

void parser_stop(Parser *p, DiagCode code, Span at, int limit) {
    if (!p->stopped) diag_error(p->diag, code, at, limit);
    p->stopped = true;
}

static void unexpected_after_metric(Parser *p, const char *name, Span span) {
    diag_error(p->diag, D_UNEXPECTED, span, "'above', 'below', 'final' or '='",
               arena_printf(p->arena, "'%s'", name));
}

int tree_final(Parser *p, Word word) {
    if (strcmp(word.name, "final") == 0) return TREE_FINAL;
    unexpected_after_metric(p, word.name, word.span);
    return 0;
}

Tree *tree_bound(Parser *p, Tree *setting) {
    if (strcmp(setting->name, "above") != 0 && strcmp(setting->name, "below") != 0)
        unexpected_after_metric(p, setting->name, setting->name_span);
    return setting;
}
