/* The tokens as the grammar reads them, and how parsing goes on after a syntax error.
 *
 * After an error the grammar accepts only T_RESYNC, which stands for all that was skipped. What is
 * skipped ends where people begin something new: a keyword that begins a statement, a line that
 * begins with a name or declaration and is not indented as a continuation would be, or the '}' of
 * the body at hand. If a declaration begins while bodies are open, their '}' are supplied. */
#include "parser.h"
#include "parse.h"

static bool has_role(int token, int role) {
    return token_info(token)->roles & role;
}

static Token read_token(Parser *p) {
    Token t = {0};
    if (p->n_pending > 0) return p->pending[--p->n_pending];
    t.token = p->stopped ? T_END : lex_token(&t.value, &t.at, p->scanner);
    if (p->stopped) t.at = p->last.at;
    t.column = t.at.start - p->line_start;
    t.starts_line = p->line_indent < 0;
    if (t.starts_line) p->line_indent = t.column;
    t.indent = p->line_indent;
    return t;
}

/* Keeps count of brackets, and of where statements begin. */
static void watch(Parser *p, const Token *t) {
    bool after_whole = !p->last.token || has_role(p->last.token, ENDS_EXPRESSION) ||
                       p->last.token == '{';
    bool begins = token_is_name(t->token)
                      ? p->brackets == 0 && after_whole
                      : has_role(t->token, STARTS_STATEMENT | STARTS_DECLARATION);
    if (t->starts_line && begins) {
        p->statement_indent = t->column;
        p->brackets = 0;
    }
    if (t->token == '(' || t->token == '[') p->brackets++;
    if ((t->token == ')' || t->token == ']') && p->brackets > 0) p->brackets--;
    if (t->token == '{' || t->token == '}') p->brackets = 0;
    if (p->brackets + p->braces.n > SYNTAX_MAX_DEPTH)
        parser_stop(p, D_NESTED_TOO_DEEP, t->at, SYNTAX_MAX_DEPTH);
}

static void deliver(Parser *p, const Token *t) {
    watch(p, t);
    p->earlier = p->previous;
    p->previous = p->last;
    p->last = *t;
}

/* Does a declaration begin here, whatever stands open before it? */
static bool begins_declaration(const Parser *p, const Token *t) {
    if (t->token == T_END) return true;
    if (!t->starts_line || !has_role(t->token, STARTS_DECLARATION)) return false;
    return t->column <= (p->braces.n ? p->braces.at[0].indent : p->statement_indent);
}

/* Does a statement of the body at hand, or its end, or a declaration begin here? */
static bool begins_something(const Parser *p, const Token *t, int skipped_braces) {
    if (begins_declaration(p, t)) return true;
    if (skipped_braces > 0) return false;
    if (t->token == '}') return p->braces.n > 0;
    bool at_margin = t->starts_line && (t->column <= p->statement_indent || p->brackets == 0);
    if (p->braces.n > 0 && has_role(t->token, STARTS_STATEMENT)) return true;
    return at_margin && (token_is_name(t->token) || t->token == T_PARAM || t->token == T_SCAN ||
                         (p->braces.n == 0 && has_role(t->token, STARTS_DECLARATION)));
}

/* Was `decoder p` read as a name and something wrong, in a body that lacks its '}'? */
bool parser_missed_declaration(const Parser *p) {
    return p->previous.token == T_ROLE && p->last.token == T_NAME &&
           begins_declaration(p, &p->previous);
}

static void put_back(Parser *p, Token t) {
    p->pending[p->n_pending++] = t;
}

/* Skips to where parsing can go on; that token is delivered next. */
static void skip_to_next(Parser *p) {
    Token t = p->last;
    int skipped_braces = 0;
    if (parser_missed_declaration(p)) {
        put_back(p, t);
        t = p->previous;
    }
    bool stuck = t.at.start == p->resumed_at && !begins_declaration(p, &t);
    while (stuck || !begins_something(p, &t, skipped_braces)) {
        stuck = false;
        if (t.token == '{') skipped_braces++;
        if (t.token == '}' && skipped_braces > 0) skipped_braces--;
        t = read_token(p);
        if (t.token == '(' || t.token == '[') p->brackets++;
        if ((t.token == ')' || t.token == ']') && p->brackets > 0) p->brackets--;
    }
    p->missing_closes = begins_declaration(p, &t) ? p->braces.n : 0;
    p->resumed_at = t.at.start;
    p->brackets = 0;
    put_back(p, t);
}

/* The empty place before the token that is delivered next. */
static Span before_next(const Parser *p) {
    int start = p->pending[p->n_pending - 1].at.start;
    return (Span){p->source, start, start};
}

int parser_token(TokenValue *value, Span *at, Parser *p) {
    if (p->recovering) {
        skip_to_next(p);
        p->recovering = false;
        *at = before_next(p);
        return T_RESYNC;
    }
    if (p->missing_closes > 0) {
        p->missing_closes--;
        *at = before_next(p);
        value->word = (Word){intern(p->arena, "}"), *at};
        return '}';
    }
    Token t = read_token(p);
    deliver(p, &t);
    *value = t.value;
    *at = t.at;
    return t.token;
}

void parser_open_brace(Parser *p, Span at) {
    LIST_ADD(p->arena, &p->braces, ((OpenBrace){at, p->last.indent}));
}

void parser_close_brace(Parser *p) {
    if (p->braces.n == 0) BUG("a body closes that was never opened");
    p->braces.n--;
}
