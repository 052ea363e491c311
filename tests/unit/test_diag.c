/* Diagnostics: places, excerpts, order, limits, suggestions, JSON. */
#include "diag.h"

#include <check.h>
#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

static Arena *arena;
static Diag *d;

static void setup(void) {
    arena = arena_new();
    d = diag_new(arena);
}

static void teardown(void) { arena_free(arena); }

static int add(const char *name, const char *text) {
    return diag_add_source(d, name, text, (int)strlen(text), false);
}

typedef void Writer(const Diag *, FILE *);

static void write_plain(const Diag *diag, FILE *out) { diag_print(diag, out, false); }

static char *written(Writer *write) {
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    write(d, out);
    fclose(out);
    char *copy = arena_strndup(arena, text, n);
    free(text);
    return copy;
}

START_TEST(places_count_lines_and_characters) {
    int file = add("a.gen", "one\ntw\xc3\xb6 three\n");
    Place place = diag_place(d, (Span){file, 9, 14});
    ck_assert_int_eq(place.line, 2);
    ck_assert_int_eq(place.col, 5); /* after the two bytes of one character */
    ck_assert_int_eq(place.end_line, 2);
    ck_assert_int_eq(place.end_col, 10);
    ck_assert_str_eq(diag_where(d, (Span){file, 9, 14}), "a.gen:2:5");
    ck_assert_str_eq(diag_text(d, (Span){file, 9, 14}), "three");
}
END_TEST

START_TEST(an_error_shows_its_line_its_span_its_note_and_its_help) {
    int file = add("a.gen", "let a = 1\n\ty = \xc3\xa4 + skip\n");
    diag_error(d, D_RESERVED_WORD, (Span){file, 15, 24}, "skip");
    diag_note(d, (Span){file, 4, 5}, "'a' is declared");
    diag_note(d, NO_SPAN, "this has no place");
    diag_help(d, "take %d away", 3);
    ck_assert_str_eq(written(write_plain),
                     "a.gen:2:6: error: 'skip' is a reserved word and cannot be a name\n"
                     "    2 | \ty = \xc3\xa4 + skip\n"
                     "      | \t    ^^^^^^^^\n"
                     "note: 'a' is declared at a.gen:1:5\n"
                     "note: this has no place\n"
                     "help: take 3 away\n");
}
END_TEST

START_TEST(a_span_of_several_lines_is_marked_to_the_end_of_its_first) {
    int file = add("a.gen", "ab cd\nef\n");
    diag_error(d, D_TERMINATOR, (Span){file, 3, 8});
    ck_assert_str_eq(written(write_plain), "a.gen:1:4: error: statements need no terminator\n"
                                           "    1 | ab cd\n"
                                           "      |    ^^\n");
}
END_TEST

START_TEST(errors_come_in_order_of_place_and_duplicates_once) {
    int file = add("a.gen", "abcdef\n");
    diag_error(d, D_TERMINATOR, (Span){file, 4, 5});
    diag_error(d, D_TERMINATOR, (Span){file, 1, 2});
    diag_error(d, D_TERMINATOR, (Span){file, 4, 5});
    diag_help(d, "of the duplicate: it is dropped too");
    ck_assert_int_eq(diag_errors(d), 2);
    char *text = written(write_plain);
    char *first = strstr(text, "a.gen:1:2"), *second = strstr(text, "a.gen:1:5");
    ck_assert(first && second && first < second);
    ck_assert_ptr_null(strstr(text, "dropped"));
}
END_TEST

START_TEST(no_more_than_the_limit_is_shown) {
    char line[100];
    memset(line, 'x', sizeof line);
    line[99] = 0;
    int file = add("a.gen", line);
    for (int i = 0; i < 30; i++) diag_error(d, D_TERMINATOR, (Span){file, i, i + 1});
    ck_assert_int_eq(diag_errors(d), 30);
    char *text = written(write_plain);
    int shown = 0;
    for (char *at = text; (at = strstr(at, "error:")); at++) shown++;
    ck_assert_int_eq(shown, DIAG_LIMIT);
    ck_assert_ptr_nonnull(strstr(text, "too many errors: 20 are shown, 10 more are not\n"));
}
END_TEST

START_TEST(an_error_without_a_place_has_none) {
    diag_error(d, D_TERMINATOR, NO_SPAN);
    ck_assert_str_eq(written(write_plain), "genc: error: statements need no terminator\n");
}
END_TEST

START_TEST(a_long_line_is_shown_in_part) {
    char *line = arena_alloc(arena, 5001);
    memset(line, 'x', 5000);
    int file = add("a.gen", line);
    diag_error(d, D_TERMINATOR, (Span){file, 2500, 2501});
    ck_assert_uint_lt(strlen(written(write_plain)), 500);
}
END_TEST

START_TEST(control_characters_do_not_reach_the_terminal) {
    int file = add("a.gen", "a\033[31mb\n");
    diag_error(d, D_TERMINATOR, (Span){file, 6, 7});
    ck_assert_ptr_null(strchr(written(write_plain), '\033'));
}
END_TEST

START_TEST(the_nearest_name_is_at_most_two_edits_away) {
    const char *const names[] = {"relu", "leaky_relu", "sigmoid", "x"};
    ck_assert_str_eq(diag_nearest("leaky_rleu", names, 4), "leaky_relu");
    ck_assert_str_eq(diag_nearest("rellu", names, 4), "relu");
    ck_assert_str_eq(diag_nearest("sgmod", names, 4), "sigmoid");
    ck_assert_ptr_null(diag_nearest("tanh", names, 4));
    ck_assert_ptr_null(diag_nearest("y", names, 4)); /* half its length is less than one edit */
    ck_assert_ptr_null(diag_nearest("", names, 4));
}
END_TEST

START_TEST(json_has_every_field_of_the_contract) {
    int file = add("a.gen", "let a = 1\n");
    diag_error(d, D_RESERVED_WORD, (Span){file, 4, 5}, "a\"b");
    diag_note(d, (Span){file, 8, 9}, "here");
    diag_help(d, "take it away");
    cJSON *array = cJSON_Parse(written(diag_print_json));
    ck_assert_int_eq(cJSON_GetArraySize(array), 1);
    const cJSON *e = cJSON_GetArrayItem(array, 0);
    ck_assert_str_eq(cJSON_GetObjectItem(e, "file")->valuestring, "a.gen");
    ck_assert_int_eq(cJSON_GetObjectItem(e, "line")->valueint, 1);
    ck_assert_int_eq(cJSON_GetObjectItem(e, "col")->valueint, 5);
    ck_assert_int_eq(cJSON_GetObjectItem(e, "end_line")->valueint, 1);
    ck_assert_int_eq(cJSON_GetObjectItem(e, "end_col")->valueint, 6);
    ck_assert_str_eq(cJSON_GetObjectItem(e, "severity")->valuestring, "error");
    ck_assert_str_eq(cJSON_GetObjectItem(e, "code")->valuestring, "reserved_word");
    ck_assert_str_eq(cJSON_GetObjectItem(e, "message")->valuestring,
                     "'a\"b' is a reserved word and cannot be a name");
    ck_assert_str_eq(cJSON_GetObjectItem(e, "help")->valuestring, "take it away");
    const cJSON *note = cJSON_GetArrayItem(cJSON_GetObjectItem(e, "notes"), 0);
    ck_assert_str_eq(cJSON_GetObjectItem(note, "message")->valuestring, "here");
    ck_assert_int_eq(cJSON_GetObjectItem(note, "col")->valueint, 9);
    cJSON_Delete(array);
}
END_TEST

START_TEST(no_errors_are_an_empty_array) {
    ck_assert_str_eq(written(diag_print_json), "[]\n");
    ck_assert_str_eq(written(write_plain), "");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("diag");
    TCase *tests = tcase_create("diag");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, places_count_lines_and_characters);
    tcase_add_test(tests, an_error_shows_its_line_its_span_its_note_and_its_help);
    tcase_add_test(tests, a_span_of_several_lines_is_marked_to_the_end_of_its_first);
    tcase_add_test(tests, errors_come_in_order_of_place_and_duplicates_once);
    tcase_add_test(tests, no_more_than_the_limit_is_shown);
    tcase_add_test(tests, an_error_without_a_place_has_none);
    tcase_add_test(tests, a_long_line_is_shown_in_part);
    tcase_add_test(tests, control_characters_do_not_reach_the_terminal);
    tcase_add_test(tests, the_nearest_name_is_at_most_two_edits_away);
    tcase_add_test(tests, json_has_every_field_of_the_contract);
    tcase_add_test(tests, no_errors_are_an_empty_array);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
