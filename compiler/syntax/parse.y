/* The grammar of a .gen spec. Actions only call constructors (tree.c).
 *
 * Newlines mean nothing: no statement begins with a token that could continue an expression, so
 * an expression ends where the next token cannot go on with it. Precedence is in the rules. */
%require "3.6"
%define api.pure full
%define api.value.type {TokenValue}
%define api.location.type {Span}
%define parse.error custom
%define parse.lac full
%locations
%expect 0
%parse-param {Parser *p}
%lex-param {Parser *p}

%code requires {
#include "parser.h"
}

%code {
#define yylex parser_token
#define YYMAXDEPTH 4000
#define YYLLOC_DEFAULT(all, parts, n) \
    (all) = (n) ? (Span){YYRHSLOC(parts, 1).file, YYRHSLOC(parts, 1).start, YYRHSLOC(parts, n).end} \
                : (Span){YYRHSLOC(parts, 0).file, YYRHSLOC(parts, 0).end, YYRHSLOC(parts, 0).end}

static void yyerror(const Span *at, Parser *p, const char *message);

static Tree *binary(Parser *p, Span at, Tree *left, Word operator, Tree *right) {
    return tree_make_named(p, TREE_BINARY, at, operator, left, right);
}
}

%token T_END 0 "end of file"
%token <word> T_NAME "name"
%token <tree> T_NUMBER "number" T_STRING "string"
%token <word> T_IMPORT "import" T_LET "let" T_DATA "data" T_FN "fn" T_LAYER "layer"
%token <word> T_DISTRIBUTION "distribution" T_OPTIMIZER "optimizer"
%token <word> T_ROLE "encoder"
%token <word> T_AUTOREGRESSIVE "autoregressive" T_FLOW "flow" T_LOSS "loss" T_METRIC "metric"
%token <word> T_TRAIN "train" T_SAMPLE "sample"
%token <word> T_PARAM "param" T_STATE "state" T_UPDATE "update" T_RETURN "return" T_SHOW "show"
%token <word> T_YIELD "yield" T_FOR "for" T_IF "if" T_ELSE "else" T_MINIMIZE "minimize"
%token <word> T_SCAN "scan" T_RECOMPUTE "recompute" T_DRAWS "draws" T_OVER "over" T_USING "using" T_ON "on"
%token <word> T_ALONG "along" T_GIVEN "given" T_OR "or" T_AS "as" T_IN "in" T_UNPAIRED "unpaired"
%token <word> T_PIPE "|>" T_EQUAL "==" T_NOT_EQUAL "!=" T_AT_MOST "<=" T_AT_LEAST ">="
%token <word> T_RANGE ".." T_ELLIPSIS "..."
%token <word> '+' '-' '*' '/' '@' '^' '<' '>' '(' ')' '[' ']' '{' '}' '=' '~' ',' ':' '.'
%token T_RESYNC "skipped text"

%type <tree> declaration data fn layer distribution optimizer network autoregressive flow metric
%type <tree> train sample datums datum fallbacks formals formals_if_any formal_list formal
%type <tree> kind pattern along methods method items minimize setting references reference
%type <tree> optimizer_call body statements statement binding draw
%type <tree> param state for if else names values as dims dims_if_any dim_list dim given over
%type <tree> expression pipe comparison range sum product unary power postfix primary scan
%type <tree> scan_headers scan_header recompute arguments argument_list argument subscripts subscript
%type <word> name compare
%type <flags> unpaired final

%%

file: declarations ;

declarations: %empty
    | declarations declaration      { tree_add(p, p->file->decls, $2); }
    | declarations error T_RESYNC   { yyerrok; }
    ;

/* ---- declarations ---- */

declaration: data | fn | layer | distribution | optimizer | network | autoregressive | flow
    | metric | train | sample | binding | draw | param
    | T_IMPORT T_STRING             { $$ = tree_make(p, TREE_IMPORT, @$);
                                      $$->text = $2->text; $$->name_span = @2; }
    | T_LET name '=' expression   { $$ = tree_make_named(p, TREE_LET, @$, $2, $4); }
    | T_LOSS name '=' expression  { $$ = tree_make_named(p, TREE_LOSS, @$, $2, $4); }
    ;

data: T_DATA datums '=' expression fallbacks unpaired
                                    { $$ = tree_make(p, TREE_DATA, @$, $2, $4, $5);
                                      $$->flags = $6; }
    | T_DATA datums '~' expression unpaired
                                    { $$ = tree_make(p, TREE_DATA_DRAW, @$, $2, $4);
                                      $$->flags = $5; }
    ;

datums: datum                       { $$ = tree_list_of(p, $1); }
    | datums ',' datum              { $$ = tree_add(p, $1, $3); }
    ;

datum: name dims_if_any kind      { $$ = tree_make_named(p, TREE_DATUM, @$, $1, $2, $3); } ;

fallbacks: %empty                   { $$ = tree_list(p, @$); }
    | fallbacks T_OR expression     { $$ = tree_add(p, $1, $3); }
    ;

unpaired: %empty                    { $$ = 0; }
    | T_UNPAIRED                    { $$ = TREE_UNPAIRED; }
    ;

kind: %empty                        { $$ = NULL; }
    | ':' name                    { $$ = tree_make_named(p, TREE_KIND, @2, $2, NULL); }
    | ':' name '(' expression ')' { $$ = tree_make_named(p, TREE_KIND, span_join(@2, @5), $2, $4); }
    ;

fn: T_FN name formals '=' expression
                                    { $$ = tree_make_named(p, TREE_FN, @$, $2, $3, $5); }
    | T_FN name formals body      { $$ = tree_make_named(p, TREE_FN, @$, $2, $3, $4); }
    ;

formals: '(' ')'                    { $$ = tree_list(p, @$); }
    | '(' formal_list ')'           { $$ = $2; }
    ;

formals_if_any: %empty              { $$ = tree_list(p, @$); }
    | formals
    ;

formal_list: formal                 { $$ = tree_list_of(p, $1); }
    | formal_list ',' formal        { $$ = tree_add(p, $1, $3); }
    ;

formal: name dims_if_any kind     { $$ = tree_make_named(p, TREE_FORMAL, @$, $1, $2, $3, NULL); }
    | name dims_if_any kind '=' expression
                                    { $$ = tree_make_named(p, TREE_FORMAL, @$, $1, $2, $3, $5); }
    ;

layer: T_LAYER name formals_if_any T_ON pattern body
                                    { $$ = tree_make_named(p, TREE_LAYER, @$, $2, $3, $5, $6); }
    ;

pattern: name dims_if_any         { $$ = tree_make_named(p, TREE_PATTERN, @$, $1, $2); } ;

distribution: T_DISTRIBUTION name formals_if_any open methods close
                                    { $$ = tree_make_named(p, TREE_DISTRIBUTION, @$, $2, $3, $5);
                                      $5->name_span = @4; /* its '{' */ }
    ;

methods: %empty                     { $$ = tree_list(p, @$); }
    | methods method                { $$ = tree_add(p, $1, $2); }
    | methods error T_RESYNC        { $$ = $1; yyerrok; }
    ;

method: name '=' expression       { $$ = tree_make_named(p, TREE_METHOD, @$, $1, NULL, $3); }
    | name body                   { $$ = tree_make_named(p, TREE_METHOD, @$, $1, NULL, $2); }
    | name formals '=' expression { $$ = tree_make_named(p, TREE_METHOD, @$, $1, $2, $4); }
    | name formals body           { $$ = tree_make_named(p, TREE_METHOD, @$, $1, $2, $3); }
    ;

optimizer: T_OPTIMIZER name formals_if_any T_ON names body
                                    { $$ = tree_make_named(p, TREE_OPTIMIZER, @$, $2, $3, $5, $6); }
    ;

network: T_ROLE name formals_if_any body
                                    { $$ = tree_make_named(p, TREE_NETWORK, @$, $2, $3, $4);
                                      $$->text = $1.name; }
    ;

autoregressive: T_AUTOREGRESSIVE name formals_if_any T_ON pattern along body
                         { $$ = tree_make_named(p, TREE_AUTOREGRESSIVE, @$, $2, $3, $5, $6, $7); }
    ;

along: %empty                       { $$ = NULL; }
    | T_ALONG names                 { $$ = $2; }
    ;

flow: T_FLOW name formals_if_any T_ON pattern body
                                    { $$ = tree_make_named(p, TREE_FLOW, @$, $2, $3, $5, $6); }
    ;

metric: T_METRIC name over final '=' expression
                                    { $$ = tree_make_named(p, TREE_METRIC, @$, $2, $3, $6, NULL);
                                      $$->flags = $4; }
    | T_METRIC name over setting final '=' expression
                                    { $$ = tree_make_named(p, TREE_METRIC, @$, $2, $3, $7, tree_bound(p, $4));
                                      $$->flags = $5; }
    ;

over: %empty                        { $$ = NULL; }
    | T_OVER expression             { $$ = $2; }
    ;

final: %empty                       { $$ = 0; }
    | name                        { $$ = tree_final(p, $1); }
    ;

train: T_TRAIN open items close     { $$ = tree_make(p, TREE_TRAIN, @$, $3);
                                      $$->name_span = @1; $3->name_span = @2; /* its '{' */ } ;

items: %empty                       { $$ = tree_list(p, @$); }
    | items minimize                { $$ = tree_add(p, $1, $2); }
    | items setting                 { $$ = tree_add_setting(p, $1, $2); }
    | items error T_RESYNC          { $$ = $1; yyerrok; }
    ;

minimize: T_MINIMIZE expression T_OVER references T_USING optimizer_call
                                    { $$ = tree_make(p, TREE_MINIMIZE, @$, $2, $4, $6, tree_list(p, @6));
                                      $$->name_span = @1; }
    ;

references: reference               { $$ = tree_list_of(p, $1); }
    | references ',' reference      { $$ = tree_add(p, $1, $3); }
    ;

reference: name                   { $$ = tree_make_named(p, TREE_NAME, @$, $1); }
    | reference '.' name          { $$ = tree_make_named(p, TREE_MEMBER, @$, $3, $1); }
    ;

optimizer_call: reference
    | reference '(' arguments ')'   { $$ = tree_make(p, TREE_CALL, @$, $1, $3); }
    ;

setting: name expression          { $$ = tree_make_named(p, TREE_SETTING, @$, $1, $2); } ;

sample: T_SAMPLE name formals_if_any body
                                    { $$ = tree_make_named(p, TREE_SAMPLE, @$, $2, $3, $4); }
    ;

/* ---- statements ---- */

open: '{'                           { parser_open_brace(p, @1); } ;
close: '}'                          { parser_close_brace(p); } ;

body: open statements close         { $$ = tree_make(p, TREE_BODY, @$, $2); } ;

statements: %empty                  { $$ = tree_list(p, @$); }
    | statements statement          { $$ = tree_add(p, $1, $2); }
    | statements error T_RESYNC     { $$ = $1; yyerrok; }
    ;

statement: binding | draw | param | state | for | if
    | T_UPDATE name '=' expression { $$ = tree_make_named(p, TREE_UPDATE, @$, $2, $4); }
    | T_RETURN values as            { $$ = tree_make(p, TREE_RETURN, @$, $2, $3); }
    | T_SHOW values as              { $$ = tree_make(p, TREE_SHOW, @$, $2, $3); }
    | T_YIELD values                { $$ = tree_make(p, TREE_YIELD, @$, $2); }
    | scan                          { $$ = tree_make(p, TREE_EXPR, @$, $1); }
    ;

binding: names '=' expression       { $$ = tree_make(p, TREE_BIND, @$, $1, $3);
                                      $$->name_span = @1; } ;

names: name                       { $$ = tree_list_of(p, tree_make_named(p, TREE_NAME, @1, $1)); }
    | names ',' name              { $$ = tree_add(p, $1, tree_make_named(p, TREE_NAME, @3, $3)); }
    ;

draw: name dims_if_any kind '~' expression given
                                    { $$ = tree_make_named(p, TREE_DRAW, @$, $1, $2, $3, $5, $6); }
    ;

given: %empty                       { $$ = NULL; }
    | T_GIVEN expression            { $$ = $2; }
    ;

param: T_PARAM name dims_if_any '~' expression
                                    { $$ = tree_make_named(p, TREE_PARAM, @$, $2, $3, $5, NULL); }
    | T_PARAM name dims_if_any '=' expression
                                    { $$ = tree_make_named(p, TREE_PARAM, @$, $2, $3, NULL, $5); }
    ;

state: T_STATE name dims_if_any '~' expression
                                    { $$ = tree_make_named(p, TREE_STATE, @$, $2, $3, $5, NULL); }
    | T_STATE name dims_if_any '=' expression
                                    { $$ = tree_make_named(p, TREE_STATE, @$, $2, $3, NULL, $5); }
    ;

for: T_FOR name T_IN expression body
                                    { $$ = tree_make_named(p, TREE_FOR, @$, $2, $4, $5); }
    ;

if: T_IF expression body else       { $$ = tree_make(p, TREE_IF, @$, $2, $3, $4);
                                      $$->name_span = @1; } ;

else: %empty                        { $$ = NULL; }
    | T_ELSE body                   { $$ = $2; }
    | T_ELSE if                     { $$ = $2; }
    ;

values: expression                  { $$ = tree_list_of(p, $1); }
    | values ',' expression         { $$ = tree_add(p, $1, $3); }
    ;

as: %empty                          { $$ = NULL; }
    | T_AS name                   { $$ = tree_make_named(p, TREE_NAME, @2, $2); }
    ;

dims_if_any: %empty                 { $$ = NULL; }
    | dims
    ;

dims: '[' ']'                       { $$ = tree_list(p, @$); }
    | '[' dim_list ']'              { $$ = $2; }
    ;

dim_list: dim                       { $$ = tree_list_of(p, $1); }
    | dim_list ',' dim              { $$ = tree_add(p, $1, $3); }
    ;

dim: expression
    | T_ELLIPSIS                    { $$ = tree_make_named(p, TREE_ELLIPSIS, @$, $1); }
    ;

/* ---- expressions, loosest first ---- */

expression: pipe ;

pipe: comparison
    | pipe T_PIPE comparison        { $$ = tree_pipe(p, @$, $2, $1, $3); }
    ;

comparison: range
    | range compare range           { $$ = binary(p, @$, $1, $2, $3); }
    ;

compare: '<' | '>' | T_AT_MOST | T_AT_LEAST | T_EQUAL | T_NOT_EQUAL ;

range: sum
    | sum T_RANGE sum               { $$ = binary(p, @$, $1, $2, $3); }
    ;

sum: product
    | sum '+' product               { $$ = binary(p, @$, $1, $2, $3); }
    | sum '-' product               { $$ = binary(p, @$, $1, $2, $3); }
    ;

product: unary
    | product '*' unary             { $$ = binary(p, @$, $1, $2, $3); }
    | product '/' unary             { $$ = binary(p, @$, $1, $2, $3); }
    | product '@' unary             { $$ = binary(p, @$, $1, $2, $3); }
    ;

unary: power
    | '-' unary                     { $$ = tree_make_named(p, TREE_UNARY, @$, $1, $2); }
    ;

power: postfix
    | postfix '^' unary             { $$ = binary(p, @$, $1, $2, $3); }
    ;

postfix: primary
    | postfix '(' arguments ')'     { $$ = tree_make(p, TREE_CALL, @$, $1, $3); }
    | postfix '[' subscripts ']'    { $$ = tree_make(p, TREE_INDEX, @$, $1, $3); }
    | postfix '.' name            { $$ = tree_make_named(p, TREE_MEMBER, @$, $3, $1); }
    ;

/* The words for a network's role are names too where no network is declared: loss generator = ... */
name: T_NAME | T_ROLE ;

primary: T_NUMBER | T_STRING | scan
    | name                        { $$ = tree_make_named(p, TREE_NAME, @$, $1); }
    | '(' expression ')'            { $$ = $2; $$->flags |= TREE_BRACKETED; $$->span = @$; }
    | T_DRAWS expression body       { $$ = tree_make(p, TREE_DRAWS, @$, $2, $3); }
    ;

scan: T_SCAN scan_headers recompute body
                                    { $$ = tree_make(p, TREE_SCAN, @$, $2, $4, $3); } ;

recompute: %empty                   { $$ = NULL; }
    | T_RECOMPUTE expression        { $$ = $2; }
    ;

scan_headers: scan_header           { $$ = tree_list_of(p, $1); }
    | scan_headers ',' scan_header  { $$ = tree_add(p, $1, $3); }
    ;

scan_header: name T_IN expression { $$ = tree_make_named(p, TREE_SCAN_IN, @$, $1, $3); }
    | name dims_if_any '=' expression
                                    { $$ = tree_make_named(p, TREE_CARRY, @$, $1, $2, $4); }
    ;

arguments: %empty                   { $$ = tree_list(p, @$); }
    | argument_list
    ;

argument_list: argument             { $$ = tree_list_of(p, $1); }
    | argument_list ',' argument    { $$ = tree_add(p, $1, $3); }
    ;

argument: expression
    | name '=' expression         { $$ = tree_make_named(p, TREE_NAMED, @$, $1, $3); }
    ;

subscripts: subscript               { $$ = tree_list_of(p, $1); }
    | subscripts ',' subscript      { $$ = tree_add(p, $1, $3); }
    ;

subscript: dim
    | ':'                           { $$ = tree_make(p, TREE_SLICE, @$, NULL, NULL); }
    | expression ':'                { $$ = tree_make(p, TREE_SLICE, @$, $1, NULL); }
    | ':' expression                { $$ = tree_make(p, TREE_SLICE, @$, NULL, $2); }
    | expression ':' expression     { $$ = tree_make(p, TREE_SLICE, @$, $1, $3); }
    ;

%%

/* Only bison's own stack running out comes here; syntax errors go to the function below. */
static void yyerror(const Span *at, Parser *p, const char *message) {
    (void)message;
    parser_stop(p, D_NESTED_TOO_DEEP, *at, SYNTAX_MAX_DEPTH);
}

static int yyreport_syntax_error(const yypcontext_t *context, Parser *p) {
    yysymbol_kind_t expected[YYNTOKENS];
    const char *spellings[YYNTOKENS];
    int n = yypcontext_expected_tokens(context, expected, YYNTOKENS), kept = 0;
    for (int i = 0; i < n; i++)
        if (expected[i] != YYSYMBOL_T_RESYNC) spellings[kept++] = yysymbol_name(expected[i]);
    parser_unexpected(p, spellings, kept);
    p->recovering = true;
    return 0;
}

int parser_run(Parser *p) {
    return yyparse(p);
}
