/* main.c: a trainer's command line: one table of commands, one of options. */
#include "rt.h"

#include <getopt.h>
#include <unistd.h>
#ifdef _OPENMP
#include <omp.h>
#endif

typedef enum {
    TRAIN = 1,
    SAMPLE = 2,
    EVAL = 4,
    INFO = 8,
    GRADCHECK = 16,
    BENCH = 32,
    REPORT = 64,
    SCORE = 128
} CommandBit;

static const struct {
    const char *name;
    CommandBit bit;
    Command *run;
    const char *summary;
} commands[] = {
    {"train", TRAIN, trainer_train, "train; Ctrl-C writes a checkpoint and stops"},
    {"sample", SAMPLE, trainer_sample, "NAME: generate, into a file"},
    {"eval", EVAL, trainer_eval, "losses and metrics on held-out examples"},
    {"score", SCORE, trainer_score,
     "METRIC CKPT...: one checkpoint's network beside another's, as a table"},
    {"info", INFO, trainer_info, "networks, parameters, memory"},
    {"gradcheck", GRADCHECK, trainer_gradcheck, "gradients against central differences"},
    {"report", REPORT, trainer_report, "[RUN]: write report.html, a page about a run"},
    {"bench", BENCH, trainer_bench, "the time of a training step, as one line of JSON"},
};
enum { COMMANDS = sizeof commands / sizeof *commands };

typedef enum { OPTION_TEXT, OPTION_WHOLE, OPTION_NUMBER, OPTION_FLAG, OPTION_LIST } OptionType;

typedef struct {
    const char *name;
    char letter;       /* of its short form; or 0 */
    const char *value; /* what help calls it */
    OptionType type;
    size_t offset;
    int commands;
    const char *summary;
    double least; /* of a number */
} OptionRow;

#define FIELD(name) offsetof(Options, name)
static const OptionRow option_rows[] = {
    {"data", 0, "DIR", OPTION_TEXT, FIELD(data), TRAIN | SAMPLE | EVAL | SCORE | GRADCHECK | BENCH,
     "where relative data paths begin", 0},
    {"out", 0, "DIR", OPTION_TEXT, FIELD(out), TRAIN | SAMPLE | EVAL, "the run's folder", 0},
    {"epochs", 0, "N", OPTION_NUMBER, FIELD(epochs), TRAIN,
     "how long (with --resume: how much longer)", 0},
    {"steps", 0, "N", OPTION_WHOLE, FIELD(steps), TRAIN | BENCH, "the same in steps", 0},
    {"seed", 0, "N", OPTION_WHOLE, FIELD(seed), TRAIN | SAMPLE, "of all that is random", 0},
    {"threads", 0, "N", OPTION_WHOLE, FIELD(threads), -1, "default: one per core", 1},
    {"lr-scale", 0, "X", OPTION_NUMBER, FIELD(lr_scale), TRAIN, "multiplies every learning rate",
     0},
    {"no-shuffle", 0, NULL, OPTION_FLAG, FIELD(no_shuffle), TRAIN, "data in file order", 0},
    {"resume", 0, NULL, OPTION_FLAG, FIELD(resume), TRAIN,
     "go on with the latest run, or that in --out", 0},
    {"every", 0, "N", OPTION_WHOLE, FIELD(every), TRAIN, "steps between reports", 1},
    {"log-every", 0, "N", OPTION_WHOLE, FIELD(log_every), TRAIN,
     "steps between lines of metrics.jsonl", 1},
    {"quiet", 0, NULL, OPTION_FLAG, FIELD(quiet), TRAIN, "say nothing but errors", 0},
    {"n", 'n', "N", OPTION_WHOLE, FIELD(n), SAMPLE, "how many", 1},
    {"output", 'o', "FILE", OPTION_TEXT, FIELD(output), SAMPLE, ".png .wav .apng .txt .npy", 0},
    {"from", 0, "CKPT", OPTION_TEXT, FIELD(from), SAMPLE | EVAL,
     "a checkpoint; default: the latest run's", 0},
    {"json", 0, NULL, OPTION_FLAG, FIELD(json), EVAL | SCORE | INFO, "for programs", 0},
    {"init", 0, "CKPT", OPTION_TEXT, FIELD(init), TRAIN,
     "begin with another's parameters: those whose path and shape fit", 0},
    {"keep", 0, "N", OPTION_WHOLE, FIELD(keep), TRAIN,
     "also keep the last N reports' checkpoints, by their steps", 0},
    {"at", 0, "STEP", OPTION_WHOLE, FIELD(at), TRAIN, "with --resume: from a kept checkpoint", 0},
    {"patience", 0, "N", OPTION_WHOLE, FIELD(patience), TRAIN,
     "stop after N reports without a lower held-out loss", 1},
    {"best", 0, "NAME", OPTION_TEXT, FIELD(best), TRAIN,
     "the loss or metric that best.safetensors goes by: the lowest is the best,\n"
     "                           or the highest of a metric declared 'above' a number", 0},
    {"of", 0, "NET", OPTION_TEXT, FIELD(of), SCORE, "the network that is scored, by rows", 0},
    {"by", 0, "NET", OPTION_TEXT, FIELD(by), SCORE, "the network that scores, by columns", 0},
    {"set", 0, "VAR=VALUE", OPTION_LIST, FIELD(set), SAMPLE,
     "an argument or a draw: a number, a file, a text; z[3]=1 one element", 0},
    {"walk", 0, "VAR", OPTION_TEXT, FIELD(walk), SAMPLE,
     "from draw to draw of it in equal steps; VAR[i]: along one element", 0},
    {"grid", 0, "VAR[i],VAR[j]", OPTION_TEXT, FIELD(grid), SAMPLE,
     "over two elements, the others at their mean or at --set", 0},
    {"range", 0, "A:B", OPTION_TEXT, FIELD(range), SAMPLE, "of --grid and --walk VAR[i]: -2:2", 0},
    {"nearest", 0, NULL, OPTION_FLAG, FIELD(nearest), SAMPLE,
     "each beside its nearest training example", 0},
    {"quiz", 0, NULL, OPTION_FLAG, FIELD(quiz), SAMPLE,
     "half of them real; the key goes to a second file", 0},
};
enum { OPTION_ROWS = sizeof option_rows / sizeof *option_rows };

/* ---- help ---- */

static void print_options(int bit) {
    for (int i = 0; i < OPTION_ROWS; i++) {
        const OptionRow *row = &option_rows[i];
        if ((row->commands & bit) == 0) continue;
        char *shorter = row->letter != 0 ? text_of("-%c", row->letter) : text_of("%s", "");
        bool both = row->letter != 0 && row->name[1] != 0;
        char *longer = row->name[1] != 0 ? text_of("--%s", row->name) : text_of("%s", "");
        char *left = text_of("%s%s%s %s", shorter, both ? ", " : "", longer,
                             row->value != NULL ? row->value : "");
        free(shorter);
        free(longer);
        printf("    %-24s %s\n", left, row->summary);
        free(left);
    }
}

/* `only`: the one command asked about, or NULL for all. */
static int print_help(const GenModel *model, const char *only) {
    printf("%s: a generative model, made by genc %s\n\n", model->name, model->version);
    for (int i = 0; i < COMMANDS; i++) {
        if (only != NULL && strcmp(only, commands[i].name) != 0) continue;
        printf("  %s %-10s %s\n", program_name, commands[i].name, commands[i].summary);
        print_options((int)commands[i].bit);
    }
    printf("\nA run's files are in runs/%s/<n>/, runs/%s/latest is the newest.\n", model->name,
           model->name);
    return 0;
}

/* ---- reading the command line ---- */

static void wrong_use(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

static void wrong_use(const char *format, ...) {
    va_list args;
    va_start(args, format);
    fprintf(stderr, "%s: ", program_name);
    vfprintf(stderr, format, args);
    fprintf(stderr, " (see '%s help')\n", program_name);
    va_end(args);
    exit(2);
}

static const char *dashes(const OptionRow *row) {
    return row->name[1] != 0 ? "--" : "-";
}

static void set_option(Options *options, const OptionRow *row, const char *text) {
    void *field = (char *)options + row->offset;
    char *end = NULL;
    if (row->type == OPTION_TEXT) *(const char **)field = text;
    if (row->type == OPTION_FLAG) *(bool *)field = true;
    if (row->type == OPTION_LIST) {
        if (options->n_set == MAX_SET) wrong_use("--%s: at most %d times", row->name, MAX_SET);
        ((const char **)field)[options->n_set++] = text;
    }
    if (row->type != OPTION_WHOLE && row->type != OPTION_NUMBER) return;
    errno = 0;
    double number = strtod(text, &end);
    int64_t whole = row->type == OPTION_WHOLE ? strtoll(text, &end, 10) : 0;
    const char *kind = row->type == OPTION_WHOLE ? "whole number" : "number above 0";
    bool good = errno == 0 && end != text && *end == 0 && number >= row->least &&
                (row->type == OPTION_WHOLE || number > 0) && isfinite(number);
    if (!good && row->least > 0)
        wrong_use("%s%s: '%s' is not a %s from %g on", dashes(row), row->name, text, kind,
                  row->least);
    if (!good) wrong_use("%s%s: '%s' is not a %s", dashes(row), row->name, text, kind);
    if (row->type == OPTION_WHOLE) *(int64_t *)field = whole;
    else *(double *)field = number;
}

static const OptionRow *row_of_letter(int letter) {
    for (int i = 0; i < OPTION_ROWS; i++)
        if (option_rows[i].letter == letter) return &option_rows[i];
    BUG("an option letter that is not in the table");
    return NULL;
}

enum { LONG_OPTION = 1000 }; /* beyond every letter */

static void read_options(Options *options, const char *command, CommandBit bit, int argc,
                         char **argv) {
    struct option longs[OPTION_ROWS + 1] = {0};
    for (int i = 0; i < OPTION_ROWS; i++)
        longs[i] = (struct option){option_rows[i].name,
                                   option_rows[i].value != NULL ? required_argument : no_argument,
                                   NULL, LONG_OPTION + i};
    opterr = 0;
    optind = 1;
    for (int c; (c = getopt_long(argc, argv, ":n:o:", longs, NULL)) != -1;) {
        const char *given = argv[optind - 1];
        if (c == ':') wrong_use("%s needs a value", given);
        if (c == '?') wrong_use("%s has no option %s", command, given);
        const OptionRow *row = c < LONG_OPTION ? row_of_letter(c) : &option_rows[c - LONG_OPTION];
        if ((row->commands & (int)bit) == 0)
            wrong_use("%s has no option %s%s", command, dashes(row), row->name);
        set_option(options, row, optarg);
    }
    if (optind < argc && (bit == SAMPLE || bit == REPORT || bit == SCORE))
        options->name = argv[optind++];
    if (bit == SCORE) {
        options->rest = argv + optind;
        options->n_rest = argc - optind;
        optind = argc;
    }
    if (optind < argc) wrong_use("%s: what is '%s'?", command, argv[optind]);
    if (options->epochs > 0 && options->steps >= 0) wrong_use("give --epochs or --steps, not both");
}

static void use_threads(int64_t threads) {
    enum { MOST_THREADS = 4096 };
    if (threads > MOST_THREADS)
        wrong_use("--threads: at most %d, not %" PRId64, MOST_THREADS, threads);
#ifdef _OPENMP
    if (threads > 0) omp_set_num_threads((int)threads);
#endif
}

static bool is_command(const char *word) {
    for (int i = 0; i < COMMANDS; i++)
        if (strcmp(word, commands[i].name) == 0) return true;
    return false;
}

static bool is_help(const char *word) {
    return strcmp(word, "help") == 0 || strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

/* libgomp's threads spin between parallel loops, by default for so long that a second busy process
 * brings both to a crawl. It reads how long before main runs, so the program starts once more with
 * a shorter time said. */
static void spin_briefly(char **argv) {
#if defined _OPENMP && defined __linux__
    if (getenv("GOMP_SPINCOUNT") != NULL || getenv("OMP_WAIT_POLICY") != NULL) return;
    char self[4096]; /* its own path, so that it keeps its name in lists of processes */
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n <= 0 || setenv("GOMP_SPINCOUNT", "20000", 0) != 0) return;
    self[n] = 0;
    execv(self, argv);
#else
    (void)argv;
#endif
}

/* What a command printed has arrived; otherwise it has failed. */
static int after_printing(int status) {
    if (fflush(stdout) == 0 && !ferror(stdout)) return status;
    note("standard output cannot be written: %s", strerror(errno));
    return status != 0 ? status : 1;
}

/* Had before anything else is done: an arena too large to be static. */
static void claim_arena(const GenModel *model) {
    void *at = aligned_alloc(64, (model->arena_bytes + 63) / 64 * 64);
    if (at == NULL)
        fail("%.1f GB of memory are needed for what is computed from a batch of %" PRId64
             " examples, and cannot be had; a smaller 'batch' needs less",
             (double)model->arena_bytes / 1e9, model->batch);
    model->place(at);
}

int gen_main(const GenModel *model, int argc, char **argv) {
    spin_briefly(argv);
    program_name = model->name;
    program_path = argv[0];
    if (argc < 2)
        wrong_use("say what to do: train, sample, eval, score, info, gradcheck, report or bench");
    if (is_help(argv[1]))
        return print_help(model, argc > 2 && is_command(argv[2]) ? argv[2] : NULL);
    for (int i = 2; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0)
            return print_help(model, is_command(argv[1]) ? argv[1] : NULL);
    if (strcmp(argv[1], "--version") == 0) {
        printf("%s, made by genc %s\n", model->name, model->version);
        return 0;
    }
    for (int i = 0; i < COMMANDS; i++) {
        if (strcmp(argv[1], commands[i].name) != 0) continue;
        Options options = {.steps = -1, .seed = -1, .keep = -1, .at = -1};
        read_options(&options, argv[1], commands[i].bit, argc - 1, argv + 1);
        use_threads(options.threads);
        if (model->place && !(commands[i].bit & INFO)) claim_arena(model);
        return after_printing(commands[i].run(model, &options));
    }
    wrong_use("there is no command '%s'", argv[1]);
}
