/* genc: finds the command and runs it. The commands are in commands/table.c. */
#include "commands/commands.h"

#include <pthread.h>
#include <string.h>

/* A spec may be a chain of many thousand values, and a graph as deep: both are walked by recursion.
 */
enum { STACK_BYTES = 240 << 20 };

static int is_one_of(const char *word, const char *a, const char *b) {
    return strcmp(word, a) == 0 || strcmp(word, b) == 0;
}

static int unknown_command(const char *name) {
    Arena *a = arena_new();
    fprintf(stderr, "genc: unknown command '%s'%s\n", name, command_suggestion(a, name));
    fprintf(stderr, "'genc help' lists the commands\n");
    arena_free(a);
    return STATUS_USE;
}

static int run(const Command *c, int argc, char **argv) {
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (is_one_of(argv[i], "--help", "-h"))
            return command_help(2, (char *[]){"help", (char *)c->name, NULL});
    if (c->run) return c->run(argc, argv);
    fprintf(stderr, "genc %s: not supported yet\n", c->name);
    return STATUS_USE;
}

typedef struct {
    const Command *command;
    int argc, status;
    char **argv;
} Job;

static void *do_job(void *at) {
    Job *job = at;
    job->status = run(job->command, job->argc, job->argv);
    return NULL;
}

/* On a stack that is deep enough; only what is used of it takes memory. */
static int run_deep(const Command *c, int argc, char **argv) {
    Job job = {.command = c, .argc = argc, .argv = argv};
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    if (pthread_create(&thread, &attributes, do_job, &job) == 0) pthread_join(thread, NULL);
    else do_job(&job);
    pthread_attr_destroy(&attributes);
    return job.status;
}

/* Output that could not be written is a failure, whatever the command made of it. */
static int finish(int status) {
    if (fflush(stdout) == 0 && !ferror(stdout)) return status;
    fprintf(stderr, "genc: standard output cannot be written\n");
    return STATUS_USE;
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fprintf(stderr, "genc: no command; 'genc help' lists them\n");
        return STATUS_USE;
    }
    if (is_one_of(argv[1], "--help", "-h")) return finish(command_help(1, argv));
    if (is_one_of(argv[1], "--version", "-V")) {
        printf("genc %s\n", GENC_VERSION);
        return finish(STATUS_GOOD);
    }
    const Command *c = command_find(argv[1]);
    return c ? finish(run_deep(c, argc - 1, argv + 1)) : unknown_command(argv[1]);
}
