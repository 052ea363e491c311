/* The parser's trees, places and limits. What it says is tested in tests/spec/bad, what is printed
 * in tests/spec/fmt. */
#include "syntax/tree.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static Arena *arena;
static Diag *d;
static const char *source_text;

static void setup(void) {
    arena = arena_new();
    d = diag_new(arena);
}

static void teardown(void) { arena_free(arena); }

static SyntaxFile *parse(const char *text) {
    source_text = text;
    return syntax_parse(arena, d, diag_add_source(d, "a.gen", text, (int)strlen(text), false));
}

/* The only declaration of a text without errors. */
static Tree *declaration(const char *text) {
    SyntaxFile *file = parse(text);
    if (diag_errors(d)) diag_print(d, stderr, false);
    ck_assert_int_eq(diag_errors(d), 0);
    ck_assert_int_eq(file->decls->list.n, 1);
    return file->decls->list.at[0];
}

/* The value of `let v = text`, fully bracketed: how it was read. */
static void bracket(Text *out, const Tree *t) {
    if (t->kind != TREE_BINARY && t->kind != TREE_UNARY && t->kind != TREE_PIPE) {
        text_put(out, syntax_print_tree(arena, t));
        return;
    }
    text_put(out, "(");
    if (t->kind != TREE_UNARY) bracket(out, t->kid[0]);
    text_put(out, t->name);
    bracket(out, t->kid[t->kind != TREE_UNARY]);
    text_put(out, ")");
}

static const char *reading(const char *expression) {
    Text out = {.arena = arena};
    bracket(&out, declaration(arena_printf(arena, "let v = %s", expression))->kid[0]);
    return out.at;
}

START_TEST(operators_bind_as_documented) {
    ck_assert_str_eq(reading("a + b * c - d"), "((a+(b*c))-d)");
    ck_assert_str_eq(reading("a @ b * c / d"), "(((a@b)*c)/d)");
    ck_assert_str_eq(reading("-a^b^c"), "(-(a^(b^c)))");
    ck_assert_str_eq(reading("2^-a * b"), "((2^(-a))*b)");
    ck_assert_str_eq(reading("-a * b"), "((-a)*b)");
    ck_assert_str_eq(reading("a - -b"), "(a-(-b))");
    ck_assert_str_eq(reading("0..n + 1 < m"), "((0..(n+1))<m)");
    ck_assert_str_eq(reading("x |> f(1) |> g.h"), "((x|>f(1))|>g.h)");
}
END_TEST

START_TEST(numbers_and_ranges) {
    ck_assert_str_eq(reading("0..8"), "(0..8)");
    Tree *number = declaration("let v = 1.5e-3")->kid[0];
    ck_assert_int_eq(number->kind, TREE_NUMBER);
    ck_assert_double_eq(number->number, 1.5e-3);
    ck_assert_str_eq(number->text, "1.5e-3");
}
END_TEST

START_TEST(strings_are_unescaped) {
    Tree *data = declaration("data x[2] = npy(\"a\\\"b\\\\c\\n\")");
    ck_assert_str_eq(data->kid[1]->kid[1]->list.at[0]->text, "a\"b\\c\n");
}
END_TEST

START_TEST(places_are_the_text_of_each_part) {
    Tree *loss = declaration("loss kl = a + f(b)  # c");
    ck_assert_str_eq(diag_text(d, loss->span), "loss kl = a + f(b)");
    ck_assert_str_eq(diag_text(d, loss->name_span), "kl");
    ck_assert_str_eq(diag_text(d, loss->kid[0]->span), "a + f(b)");
    ck_assert_str_eq(diag_text(d, loss->kid[0]->name_span), "+");
    ck_assert_str_eq(diag_text(d, loss->kid[0]->kid[1]->kid[1]->span), "b");
}
END_TEST

START_TEST(data_keeps_all_its_alternatives) {
    Tree *data = declaration("data x[2], y : index(3) = a() |> f or b() or c() |> g unpaired");
    ck_assert_int_eq(data->kind, TREE_DATA);
    ck_assert_int_eq(data->kid[0]->list.n, 2);
    ck_assert_int_eq(data->kid[1]->kind, TREE_PIPE);
    ck_assert_int_eq(data->kid[2]->list.n, 2);
    ck_assert_int_eq(data->flags, TREE_UNPAIRED);
    const Tree *y = data->kid[0]->list.at[1];
    ck_assert_ptr_null(y->kid[0]);
    ck_assert_str_eq(y->kid[1]->name, "index");
}
END_TEST

START_TEST(settings_after_using_belong_to_the_minimize) {
    Tree *train = declaration("train { minimize a over q using adam(lr = 1) times 5 clip 1\n"
                              "batch 3 clip 2 minimize b over p using sgd times 2 }");
    const Tree *items = train->kid[0];
    ck_assert_int_eq(items->list.n, 4);
    ck_assert_int_eq(items->list.at[0]->kid[3]->list.n, 2);
    ck_assert_str_eq(items->list.at[1]->name, "batch");
    ck_assert_str_eq(items->list.at[2]->name, "clip");
    ck_assert_int_eq(items->list.at[3]->kid[3]->list.n, 1);
    ck_assert_str_eq(diag_text(d, items->list.at[0]->span),
                     "minimize a over q using adam(lr = 1) times 5 clip 1");
}
END_TEST

START_TEST(roles_are_names_where_no_network_is_declared) {
    Tree *loss = declaration("loss generator = -decoder(encoder) + network");
    ck_assert_str_eq(loss->name, "generator");
    Tree *network = parse("generator generator(z) { return z }")->decls->list.at[0];
    ck_assert_int_eq(network->kind, TREE_NETWORK);
    ck_assert_str_eq(network->text, "generator");
    ck_assert_int_eq(diag_errors(d), 0);
}
END_TEST

START_TEST(methods_with_and_without_arguments_differ) {
    Tree *family = declaration("distribution d { mean = 1 mode() = 2 draw { return 3 } }");
    const Tree *methods = family->kid[1];
    ck_assert_int_eq(methods->list.n, 3);
    ck_assert_ptr_null(methods->list.at[0]->kid[0]);
    ck_assert_ptr_nonnull(methods->list.at[1]->kid[0]);
    ck_assert_int_eq(methods->list.at[2]->kid[1]->kind, TREE_BODY);
}
END_TEST

START_TEST(scan_stands_as_value_and_as_statement) {
    Tree *layer = declaration("layer l on x { a = scan u in x, h[2] = 0 { yield h }\n"
                              "scan u in x, h = 0 { h = h + u } return h }");
    const Tree *statements = layer->kid[2]->kid[0];
    ck_assert_int_eq(statements->list.at[0]->kid[1]->kind, TREE_SCAN);
    ck_assert_int_eq(statements->list.at[1]->kind, TREE_EXPR);
    ck_assert_int_eq(statements->list.at[1]->kid[0]->kid[0]->list.n, 2);
}
END_TEST

START_TEST(comments_keep_place_and_kind) {
    SyntaxFile *file = parse("# one\nlet a = 1 #two \n  #three");
    ck_assert_int_eq(file->comments.n, 3);
    ck_assert_str_eq(file->comments.at[0].text, " one");
    ck_assert_str_eq(file->comments.at[1].text, "two");
    ck_assert(file->comments.at[0].own_line && !file->comments.at[1].own_line);
    ck_assert(file->comments.at[2].own_line);
    ck_assert_str_eq(diag_text(d, file->comments.at[1].span), "#two");
}
END_TEST

START_TEST(declarations_around_an_error_are_kept) {
    SyntaxFile *file = parse("let a = 1\nlet b = )\nlet c = 2\nencoder q(x) { h = ) return h }\n"
                             "let e = 3\n");
    ck_assert_int_eq(diag_errors(d), 2);
    ck_assert_int_eq(file->decls->list.n, 4);
    ck_assert_str_eq(file->decls->list.at[3]->name, "e");
}
END_TEST

/* `open` n times, "a", `close` n times */
static char *nested(const char *open, const char *close, int n) {
    Text text = {.arena = arena};
    text_put(&text, "let v = ");
    for (int i = 0; i < n; i++) text_put(&text, open);
    text_put(&text, "a");
    for (int i = 0; i < n; i++) text_put(&text, close);
    return text.at;
}

START_TEST(depth_is_limited_however_it_comes_about) {
    static const struct { const char *open, *close; } ways[] = {
        {"(", ")"}, {"-", ""}, {"f(", ")"}, {"2^", ""}, {"", "+1"}, {"", " |> f"}, {"", ".m"},
        {"", "[0]"}, {"", "(2)"}, {"draws ", " { return 1 }"}, {"x[", "]"}, {"scan h = ", " { }"},
    };
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        teardown();
        setup();
        SyntaxFile *file = parse(nested(ways[i].open, ways[i].close, 20000));
        ck_assert_int_eq(diag_errors(d), 1);
        ck_assert_ptr_nonnull(file);
    }
}
END_TEST

START_TEST(depth_below_the_limit_is_fine) {
    parse(nested("(", ")", SYNTAX_MAX_DEPTH - 1));
    parse(nested("-", "", SYNTAX_MAX_DEPTH - 10));
    parse(nested("", " + 1", SYNTAX_MAX_DEPTH - 10));
    ck_assert_int_eq(diag_errors(d), 0);
}
END_TEST

START_TEST(bodies_nest_to_the_limit_only) {
    Text text = {.arena = arena};
    text_put(&text, "encoder q(x) {");
    for (int i = 0; i < 5000; i++) text_put(&text, " if a {");
    parse(text.at);
    ck_assert_int_eq(diag_errors(d), 1);
}
END_TEST

START_TEST(size_is_limited) {
    Text text = {.arena = arena};
    while (text.n <= SYNTAX_MAX_BYTES) text_put(&text, "let a = 1\n");
    parse(text.at);
    ck_assert_int_eq(diag_errors(d), 1);
}
END_TEST

START_TEST(the_number_of_nodes_is_limited) {
    Text text = {.arena = arena};
    text_put(&text, "data x = f(");
    for (int i = 0; i < SYNTAX_MAX_NODES + 10; i++) text_put(&text, i ? ",1" : "1");
    text_put(&text, ")\n");
    parse(text.at);
    ck_assert_int_eq(diag_errors(d), 1);
}
END_TEST

START_TEST(a_tree_prints_on_one_line) {
    Tree *network = declaration("encoder q(x) {\n  h = x |> f  # c\n\n  return h\n}");
    ck_assert_str_eq(syntax_print_tree(arena, network), "encoder q(x) { h = x |> f   return h }");
    Tree number = {.kind = TREE_NUMBER, .number = 0.5};
    ck_assert_str_eq(syntax_print_tree(arena, &number), "0.5");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("syntax");
    TCase *tests = tcase_create("syntax");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, operators_bind_as_documented);
    tcase_add_test(tests, numbers_and_ranges);
    tcase_add_test(tests, strings_are_unescaped);
    tcase_add_test(tests, places_are_the_text_of_each_part);
    tcase_add_test(tests, data_keeps_all_its_alternatives);
    tcase_add_test(tests, settings_after_using_belong_to_the_minimize);
    tcase_add_test(tests, roles_are_names_where_no_network_is_declared);
    tcase_add_test(tests, methods_with_and_without_arguments_differ);
    tcase_add_test(tests, scan_stands_as_value_and_as_statement);
    tcase_add_test(tests, comments_keep_place_and_kind);
    tcase_add_test(tests, declarations_around_an_error_are_kept);
    tcase_add_test(tests, depth_is_limited_however_it_comes_about);
    tcase_add_test(tests, depth_below_the_limit_is_fine);
    tcase_add_test(tests, bodies_nest_to_the_limit_only);
    tcase_add_test(tests, size_is_limited);
    tcase_add_test(tests, the_number_of_nodes_is_limited);
    tcase_add_test(tests, a_tree_prints_on_one_line);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
