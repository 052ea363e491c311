/* rt_test.h: what the runtime's tests share: a scratch folder, and code run in a child process
 * whose words and exit status are looked at. The tests use the runtime's double build. */
#ifndef RT_TEST_H
#define RT_TEST_H

#define _GNU_SOURCE
#define GENC_F64
#include <check.h>
#undef fail /* an old name of Check's; the runtime has its own */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char scratch[] = "/tmp/genc-test-XXXXXX";

static inline void enter_scratch(void) {
    ck_assert_ptr_nonnull(mkdtemp(scratch));
    ck_assert_int_eq(chdir(scratch), 0);
}

static inline void leave_scratch(void) {
    char command[64];
    ck_assert_int_eq(chdir("/"), 0);
    snprintf(command, sizeof command, "rm -rf %s", scratch);
    ck_assert_int_eq(system(command), 0);
    strcpy(scratch, "/tmp/genc-test-XXXXXX");
}

static char said[1 << 14]; /* what the last child wrote to both streams */

typedef int ChildBody(void *argument);

static inline pid_t start_child(ChildBody *body, void *argument) {
    fflush(NULL);
    pid_t pid = fork();
    if (pid != 0) return pid;
    if (freopen("said.txt", "w", stdout) == NULL || dup2(fileno(stdout), STDERR_FILENO) < 0)
        _exit(99);
    exit(body(argument));
}

/* The child's exit status, or 128 and the signal that ended it. */
static inline int end_child(pid_t pid) {
    int status = 0;
    waitpid(pid, &status, 0);
    FILE *file = fopen("said.txt", "r");
    size_t n = file == NULL ? 0 : fread(said, 1, sizeof said - 1, file);
    said[n] = 0;
    if (file != NULL) fclose(file);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static inline int in_child(ChildBody *body, void *argument) {
    return end_child(start_child(body, argument));
}

#define ck_assert_said(text)                                                                       \
    ck_assert_msg(strstr(said, (text)) != NULL, "expected '%s' in: %s", (text), said)

static inline void write_bytes(const char *path, const void *bytes, size_t n) {
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, n, file), n);
    ck_assert_int_eq(fclose(file), 0);
}

static inline bool same_files(const char *a, const char *b) {
    char command[512];
    snprintf(command, sizeof command, "cmp -s %s %s", a, b);
    return system(command) == 0;
}

static inline int run_cases(const char *name, TCase *cases) {
    Suite *suite = suite_create(name);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
