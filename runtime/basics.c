/* basics.c: messages, memory and other small things. */
#include "rt.h"

#include <time.h>
#ifdef _OPENMP
#include <omp.h>
#endif

const char *program_name = "trainer";
const char *program_path = "./trainer";

#ifdef __SANITIZE_ADDRESS__
/* What a trainer allocates at its start it keeps until it ends. */
const char *__lsan_default_options(void);
const char *__lsan_default_options(void) {
    return "detect_leaks=0";
}
#endif

static char said[1024];
static void (*failing)(const char *why);

static void say(const char *format, va_list args) {
    va_list again;
    va_copy(again, args);
    vsnprintf(said, sizeof said, format, again);
    va_end(again);
    fflush(stdout);
    fprintf(stderr, "%s: ", program_name);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
}

/* What the user did wrong, or the machine: one line on standard error, exit 1. */
void fail(const char *format, ...) {
    va_list args;
    va_start(args, format);
    say(format, args);
    va_end(args);
    void (*tell)(const char *) = failing;
    failing = NULL; /* telling may fail, too */
    if (tell != NULL) tell(said);
    exit(1);
}

void note(const char *format, ...) {
    va_list args;
    va_start(args, format);
    say(format, args);
    va_end(args);
}

const char *last_message(void) {
    return said;
}

void on_failure(void (*tell)(const char *why)) {
    failing = tell;
}

void *allocate(int64_t count, size_t size) {
    void *at = calloc(count > 0 ? (size_t)count : 1, size);
    if (at == NULL) fail("out of memory: %" PRId64 " x %zu bytes", count, size);
    return at;
}

char *text_of(const char *format, ...) {
    va_list args;
    char *text;
    va_start(args, format);
    int length = vasprintf(&text, format, args);
    va_end(args);
    if (length < 0) fail("out of memory");
    return text;
}

double seconds_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

int thread_count(void) {
#ifdef _OPENMP
    return omp_get_max_threads();
#else
    return 1;
#endif
}

int64_t elements_of(const GenShape *shape) {
    int64_t size = 1;
    for (int i = 0; i < shape->rank; i++) size *= shape->dim[i];
    return size;
}

int64_t kind_bytes(GenKind kind) {
    static const int64_t bytes[] = {
        [GEN_REAL] = sizeof(real), [GEN_INDEX] = sizeof(int32_t), [GEN_COUNT] = sizeof(int64_t)};
    return bytes[kind];
}

char *dims_text(int rank, const int64_t *dim, const char *between) {
    char *text = text_of("%s", "");
    for (int i = 0; i < rank; i++) {
        char *longer = text_of("%s%s%" PRId64, text, i > 0 ? between : "", dim[i]);
        free(text);
        text = longer;
    }
    return text;
}

char *axes_text(int rank, const int64_t *dim) {
    while (rank > 1 && dim[0] == 1) {
        rank--;
        dim++;
    }
    return rank == 0 ? text_of("single numbers") : dims_text(rank, dim, " x ");
}
