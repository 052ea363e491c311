/* The table of tokens: how each is spelled and where it can stand. The lexer finds reserved words
 * here, the token stream the places to go on from after an error, the messages their words. */
#include "parser.h"
#include "parse.h"

#include <string.h>

enum {
    DECLARATION = KEYWORD | STARTS_DECLARATION,
    STATEMENT = KEYWORD | STARTS_STATEMENT,
    ROLE = IS_ROLE | STARTS_DECLARATION | STARTS_EXPRESSION | ENDS_EXPRESSION,
};

const TokenInfo token_table[] = {
    {T_END, "end of file", 0},
    {T_NAME, "name", STARTS_EXPRESSION | ENDS_EXPRESSION},
    {T_NUMBER, "number", STARTS_EXPRESSION | ENDS_EXPRESSION},
    {T_STRING, "string", STARTS_EXPRESSION | ENDS_EXPRESSION},

    {T_IMPORT, "import", DECLARATION},
    {T_LET, "let", DECLARATION},
    {T_DATA, "data", DECLARATION},
    {T_FN, "fn", DECLARATION},
    {T_LAYER, "layer", DECLARATION},
    {T_DISTRIBUTION, "distribution", DECLARATION},
    {T_OPTIMIZER, "optimizer", DECLARATION},
    {T_ROLE, "encoder", ROLE},
    {T_ROLE, "decoder", ROLE},
    {T_ROLE, "generator", ROLE},
    {T_ROLE, "discriminator", ROLE},
    {T_ROLE, "network", ROLE},
    {T_AUTOREGRESSIVE, "autoregressive", DECLARATION},
    {T_FLOW, "flow", DECLARATION},
    {T_LOSS, "loss", DECLARATION},
    {T_METRIC, "metric", DECLARATION},
    {T_TRAIN, "train", DECLARATION},
    {T_SAMPLE, "sample", DECLARATION},

    {T_PARAM, "param", STATEMENT},
    {T_STATE, "state", STATEMENT},
    {T_UPDATE, "update", STATEMENT},
    {T_RETURN, "return", STATEMENT},
    {T_SHOW, "show", STATEMENT},
    {T_YIELD, "yield", STATEMENT},
    {T_FOR, "for", STATEMENT},
    {T_IF, "if", STATEMENT},
    {T_MINIMIZE, "minimize", STATEMENT},

    {T_SCAN, "scan", KEYWORD | STARTS_EXPRESSION},
    {T_RECOMPUTE, "recompute", KEYWORD},
    {T_DRAWS, "draws", KEYWORD | STARTS_EXPRESSION},
    {T_ELSE, "else", KEYWORD},
    {T_OVER, "over", KEYWORD},
    {T_USING, "using", KEYWORD},
    {T_ON, "on", KEYWORD},
    {T_ALONG, "along", KEYWORD},
    {T_GIVEN, "given", KEYWORD},
    {T_OR, "or", KEYWORD},
    {T_AS, "as", KEYWORD},
    {T_IN, "in", KEYWORD},
    {T_UNPAIRED, "unpaired", KEYWORD},

    {T_PIPE, "|>", CONTINUES},
    {T_EQUAL, "==", CONTINUES},
    {T_NOT_EQUAL, "!=", CONTINUES},
    {T_AT_MOST, "<=", CONTINUES},
    {T_AT_LEAST, ">=", CONTINUES},
    {'<', "<", CONTINUES},
    {'>', ">", CONTINUES},
    {T_RANGE, "..", CONTINUES},
    {'+', "+", CONTINUES},
    {'-', "-", CONTINUES | STARTS_EXPRESSION},
    {'*', "*", CONTINUES},
    {'/', "/", CONTINUES},
    {'@', "@", CONTINUES},
    {'^', "^", CONTINUES},
    {'(', "(", CONTINUES | STARTS_EXPRESSION},
    {'[', "[", CONTINUES},
    {'.', ".", CONTINUES},
    {')', ")", ENDS_EXPRESSION},
    {']', "]", ENDS_EXPRESSION},
    {'{', "{", 0},
    {'}', "}", ENDS_EXPRESSION},
    {'=', "=", 0},
    {'~', "~", 0},
    {',', ",", 0},
    {':', ":", 0},
    {T_ELLIPSIS, "...", 0},
};

const int token_count = (int)(sizeof token_table / sizeof *token_table);

const TokenInfo *token_info(int token) {
    for (int i = 0; i < token_count; i++)
        if (token_table[i].token == token) return &token_table[i];
    BUG("token %d is not in the table", token);
}

bool token_is_name(int token) {
    return token == T_NAME || token == T_ROLE;
}

/* bison writes single characters in quotes: '(' */
const TokenInfo *token_by_spelling(const char *spelling) {
    bool quoted = spelling[0] == '\'';
    for (int i = 0; i < token_count; i++) {
        const char *own = token_table[i].spelling;
        if (quoted ? own[0] == spelling[1] && !own[1] : strcmp(own, spelling) == 0)
            return &token_table[i];
    }
    BUG("token '%s' is not in the table", spelling);
}

int token_of_word(const char *word) {
    for (int i = 0; i < token_count; i++)
        if (token_table[i].roles & (KEYWORD | IS_ROLE) && strcmp(token_table[i].spelling, word) == 0)
            return token_table[i].token;
    return T_NAME;
}

const char *syntax_word(int i) {
    for (int at = 0; at < token_count; at++)
        if (token_table[at].roles & KEYWORD && i-- == 0) return token_table[at].spelling;
    return NULL;
}
