/* What the lexer, the grammar, the token stream and the messages share during one parse.
 * Private to compiler/syntax; everyone else reads tree.h. */
#ifndef GENC_PARSER_H
#define GENC_PARSER_H

#include "tree.h"

/* A name, operator or keyword as a token carries it. */
typedef struct { const char *name; Span span; } Word;

typedef union {
    Word word;
    Tree *tree; /* NUMBER and STRING tokens are leaves already */
    int flags;
} TokenValue;

typedef struct {
    int token;        /* its number in the grammar */
    TokenValue value;
    Span at;
    bool starts_line; /* nothing but space stands before it on its line */
    int column;       /* bytes before it on its line */
    int indent;       /* the column of the first token on its line */
} Token;

/* A '{' whose '}' is still to come. */
typedef struct { Span at; int indent; } OpenBrace;

typedef struct {
    Arena *arena;
    Diag *diag;
    int source;
    SyntaxFile *file;
    int nodes;              /* made so far, against SYNTAX_MAX_NODES */
    bool stopped;           /* a limit was passed: end the parse, say nothing more */

    /* the lexer's place */
    void *scanner;
    int offset;             /* bytes read */
    int name_end;           /* offset behind the last name, or turn of a path */
    int line_start;         /* offset of this line's first byte */
    int line_indent;        /* column of this line's first token, -1 before it */
    int open_string_end;    /* end of a string that was not closed: it may hide brackets */

    /* the token stream (recover.c) */
    Token last, previous, earlier; /* the three delivered last */
    bool recovering;        /* after a syntax error, before the place to go on from */
    Token pending[2];       /* to be delivered again, the next one last */
    int n_pending;
    int missing_closes;     /* '}' to deliver that the text lacks */
    int resumed_at;         /* offset of the token that recovery went on from; -1: none */
    int brackets;           /* ( and [ open in this statement */
    int statement_indent;   /* column where the newest statement begins */
    LIST(OpenBrace) braces; /* the bodies that the grammar is inside */
} Parser;

/* ---- tokens.c: what is known about each token ---- */

enum {
    STARTS_DECLARATION = 1, /* and can stand nowhere else */
    STARTS_STATEMENT   = 2, /* in a body, wherever it stands on the line */
    STARTS_EXPRESSION  = 4,
    CONTINUES          = 8, /* an operator: goes on with the expression to its left */
    KEYWORD            = 16,
    ENDS_EXPRESSION    = 32,
    IS_ROLE            = 64, /* encoder, ...: a name too */
};

typedef struct { int token; const char *spelling; int roles; } TokenInfo;

extern const TokenInfo token_table[];
extern const int token_count;
const TokenInfo *token_info(int token);
const TokenInfo *token_by_spelling(const char *spelling);
bool token_is_name(int token);
/* The keyword's token; T_NAME if `word` is none. */
int token_of_word(const char *word);

/* ---- lex.l ---- */

int lex_token(TokenValue *value, Span *at, void *scanner);
void lex_start(Parser *p, const char *text, int length);
void lex_end(Parser *p);

/* ---- recover.c: the grammar reads its tokens here ---- */

int parser_token(TokenValue *value, Span *at, Parser *p);
bool parser_missed_declaration(const Parser *p);
void parser_open_brace(Parser *p, Span at);
void parser_close_brace(Parser *p);

/* ---- messages.c: a syntax error in words; `expected` are spellings of the grammar's tokens ---- */

void parser_unexpected(Parser *p, const char *const *expected, int n);
/* A limit of tree.h is passed: reports it and ends the parse. */
void parser_stop(Parser *p, DiagCode code, Span at, int limit);

/* ---- parse.y ---- */

int parser_run(Parser *p);

/* ---- tree.c: constructors. Kids follow, as many as tree.def says. ---- */

Tree *tree_make(Parser *p, TreeKind kind, Span at, ...);
Tree *tree_make_named(Parser *p, TreeKind kind, Span at, Word name, ...);
Tree *tree_list(Parser *p, Span at);
Tree *tree_list_of(Parser *p, Tree *item);
Tree *tree_add(Parser *p, Tree *list, Tree *item);
Tree *tree_pipe(Parser *p, Span at, Word operator, Tree *value, Tree *callable);
int tree_final(Parser *p, Word word);
/* metric m above 0.3: the setting itself, if it is one of these. */
Tree *tree_bound(Parser *p, Tree *setting);
Tree *tree_add_setting(Parser *p, Tree *items, Tree *setting);

#endif
