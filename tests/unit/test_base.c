/* Arena, interned strings, lists, text. */
#include "base.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static Arena *arena;

static void setup(void) { arena = arena_new(); }
static void teardown(void) { arena_free(arena); }

START_TEST(memory_is_zeroed_and_aligned) {
    for (size_t size = 0; size < 300000; size = 3 * size + 1) {
        unsigned char *at = arena_alloc(arena, size);
        ck_assert_uint_eq((uintptr_t)at % 16, 0);
        for (size_t i = 0; i < size; i++) ck_assert_int_eq(at[i], 0);
        memset(at, 0xff, size);
    }
}
END_TEST

START_TEST(equal_strings_are_interned_once) {
    const char *names[2000];
    for (int i = 0; i < 2000; i++) names[i] = intern(arena, arena_printf(arena, "name%d", i));
    for (int i = 0; i < 2000; i++)
        ck_assert_ptr_eq(names[i], intern(arena, arena_printf(arena, "name%d", i)));
    ck_assert_ptr_eq(intern_n(arena, "names", 4), intern(arena, "name"));
    ck_assert_ptr_ne(intern(arena, "name"), intern(arena, "names"));
    ck_assert_ptr_eq(intern(arena, ""), intern_n(arena, "x", 0));
}
END_TEST

START_TEST(lists_grow) {
    LIST(int) list = {0};
    for (int i = 0; i < 1000; i++) LIST_ADD(arena, &list, i * i);
    ck_assert_int_eq(list.n, 1000);
    for (int i = 0; i < 1000; i++) ck_assert_int_eq(list.at[i], i * i);
}
END_TEST

START_TEST(text_grows_and_stays_terminated) {
    Text text = {.arena = arena};
    for (int i = 0; i < 500; i++) {
        text_printf(&text, "%d,", i);
        ck_assert_uint_eq(strlen(text.at), text.n);
    }
    char *longer = arena_alloc(arena, 5001);
    memset(longer, 'x', 5000);
    text_printf(&text, "<%s>", longer);
    ck_assert_uint_eq(strlen(text.at), text.n);
    ck_assert_int_eq(text.at[text.n - 1], '>');
    ck_assert_int_eq(strncmp(text.at, "0,1,2,", 6), 0);
}
END_TEST

START_TEST(hash_is_fnv_1a) {
    ck_assert_uint_eq(hash_bytes(HASH_START, "", 0), 0xcbf29ce484222325u);
    ck_assert_uint_eq(hash_bytes(HASH_START, "a", 1), 0xaf63dc4c8601ec8cu);
    ck_assert_uint_eq(hash_bytes(HASH_START, "foobar", 6), 0x85944171f73967e8u);
}
END_TEST

START_TEST(divisors_on_both_sides) {
    for (int64_t n = 1; n <= 360; n++)
        for (int64_t k = 1; k <= n; k++) {
            int64_t below, above, lower = k, higher = k;
            while (n % lower != 0) lower--;
            while (n % higher != 0) higher++;
            divisors_around(n, k, &below, &above);
            ck_assert_int_eq(below, lower);
            ck_assert_int_eq(above, higher);
        }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("base");
    TCase *tests = tcase_create("base");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, memory_is_zeroed_and_aligned);
    tcase_add_test(tests, equal_strings_are_interned_once);
    tcase_add_test(tests, lists_grow);
    tcase_add_test(tests, text_grows_and_stays_terminated);
    tcase_add_test(tests, hash_is_fnv_1a);
    tcase_add_test(tests, divisors_on_both_sides);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
