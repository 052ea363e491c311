/* The trainer on a model written by hand: resuming, reports, samples, evaluation, failures. */
#include "rt_test.h"

#include "rt.h"
#include "tiny_model.h"

#include <omp.h>
#include <signal.h>

/* ---- counting allocations: none may happen inside a step ---- */

static long allocations;
static bool counting;

#ifndef __SANITIZE_ADDRESS__
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);

void *malloc(size_t size) {
    allocations += counting;
    return __libc_malloc(size);
}

void *calloc(size_t n, size_t size) {
    allocations += counting;
    return __libc_calloc(n, size);
}
#endif

/* ---- running it ---- */

typedef struct {
    const char *arg[16];
} Arguments;

static int train_tiny(void *argument) {
    Arguments *arguments = argument;
    int argc = 1;
    arguments->arg[0] = "tiny";
    while (arguments->arg[argc] != NULL) argc++;
    return gen_main(whole_model(&tiny_model), argc, (char **)arguments->arg);
}

#define TINY(...)       in_child(train_tiny, &(Arguments){{"tiny", __VA_ARGS__, NULL}})
#define START_TINY(...) start_child(train_tiny, &(Arguments){{"tiny", __VA_ARGS__, NULL}})
#define CHECKPOINT      "/checkpoint.safetensors"

START_TEST(training_lowers_the_loss_and_fills_the_run_folder) {
    ck_assert_int_eq(TINY("train", "--epochs", "4"), 0);
    ck_assert_said("using digits() instead");
    ck_assert_said("step 80  epoch 4.00");
    ck_assert_int_eq(TINY("eval", "--json"), 0);
    ck_assert_double_lt(strtod(strstr(said, "\"reconstruction\": ") + 18, NULL), 45);
    ck_assert(strstr(said, "\"metrics\": {\"activity\"") != NULL);
    static const char *const files[] = {"run.json",
                                        "spec.gen",
                                        "metrics.jsonl",
                                        "checkpoint.safetensors",
                                        "samples/prior-0000080.png",
                                        "samples/reconstruct-0000080.png",
                                        "samples/labels-0000080.txt"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[128];
        snprintf(path, sizeof path, "runs/tiny/latest/%s", files[i]);
        ck_assert_msg(access(path, R_OK) == 0, "%s is missing", path);
    }
}
END_TEST

START_TEST(a_run_never_overwrites_another) {
    ck_assert_int_eq(TINY("train", "--steps", "2", "--quiet"), 0);
    ck_assert_int_eq(TINY("train", "--steps", "3", "--quiet"), 0);
    ck_assert(access("runs/tiny/1" CHECKPOINT, R_OK) == 0);
    ck_assert(same_files("runs/tiny/2" CHECKPOINT, "runs/tiny/latest" CHECKPOINT));
    ck_assert_int_eq(TINY("train", "--steps", "2", "--out", "a"), 0);
    ck_assert_int_eq(TINY("train", "--steps", "2", "--out", "a"), 1);
    ck_assert_said("a: holds a run already");
}
END_TEST

START_TEST(resuming_gives_the_bytes_of_one_run) {
    ck_assert_int_eq(TINY("train", "--steps", "150", "--seed", "3", "--out", "a"), 0);
    ck_assert_int_eq(TINY("train", "--steps", "70", "--seed", "3", "--out", "b"), 0);
    ck_assert(!same_files("a" CHECKPOINT, "b" CHECKPOINT));
    ck_assert_int_eq(TINY("train", "--resume", "--steps", "80", "--out", "b"), 0);
    ck_assert(same_files("a" CHECKPOINT, "b" CHECKPOINT));
    ck_assert_int_eq(TINY("train", "--steps", "150", "--seed", "4", "--out", "c"), 0);
    ck_assert(!same_files("a" CHECKPOINT, "c" CHECKPOINT));
}
END_TEST

static bool is_recorded(const char *folder) {
    char path[64];
    snprintf(path, sizeof path, "%s/run.json", folder);
    return access(path, R_OK) == 0;
}

START_TEST(a_killed_run_ends_with_the_same_bytes) {
    ck_assert_int_eq(TINY("train", "--steps", "600", "--out", "a"), 0);
    pid_t pid = START_TINY("train", "--steps", "600", "--out", "b", "--every", "11");
    for (int kills = 0; kills < 20; kills++) {
        usleep((useconds_t)(20000 + 7919 * kills % 60000));
        kill(pid, SIGKILL);
        if (end_child(pid) == 0 && is_recorded("b")) break;
        pid = is_recorded("b")
                  ? START_TINY("train", "--resume", "--out", "b", "--every", "11")
                  : START_TINY("train", "--steps", "600", "--out", "b", "--every", "11");
    }
    end_child(pid);
    ck_assert_int_eq(TINY("train", "--resume", "--out", "b"), 0);
    ck_assert(same_files("a" CHECKPOINT, "b" CHECKPOINT));
}
END_TEST

START_TEST(a_signal_finishes_the_step_and_saves) {
    static const int signals[] = {SIGINT, SIGTERM};
    for (int i = 0; i < 2; i++) {
        char out[2] = {(char)('a' + i), 0};
        pid_t pid =
            START_TINY("train", "--steps", "100000000", "--every", "100000000", "--out", out);
        while (!is_recorded(out)) usleep(10000);
        usleep(200000);
        kill(pid, signals[i]);
        ck_assert_int_eq(end_child(pid), 128 + signals[i]);
        ck_assert_said("train --resume --out ");
    }
}
END_TEST

static int poisoned(void *argument) {
    tiny_poison_step = 25;
    return train_tiny(argument);
}

START_TEST(a_loss_that_is_not_finite_is_explained_and_never_saved) {
    Arguments arguments = {{"tiny", "train", "--every", "10", "--steps", "40", "--out", "a"}};
    ck_assert_int_eq(TINY("train", "--steps", "20", "--out", "b"), 0);
    ck_assert_int_eq(in_child(poisoned, &arguments), 1);
    ck_assert_said("loss 'reconstruction' is not finite at step 25");
    ck_assert_said("the first value that went bad: z (infinite, element 5 of 160)");
    ck_assert_said("the last good checkpoint is kept: a/checkpoint.safetensors");
    ck_assert(same_files("a" CHECKPOINT, "b" CHECKPOINT));
}
END_TEST

START_TEST(metrics_are_cut_back_to_the_checkpoint) {
    ck_assert_int_eq(TINY("train", "--steps", "20", "--every", "10", "--out", "a"), 0);
    FILE *file = fopen("a/metrics.jsonl", "a");
    fputs("{\"step\": 25, \"split\": \"train\"}\n{\"step\": 3", file);
    fclose(file);
    ck_assert_int_eq(TINY("train", "--resume", "--steps", "10", "--every", "10", "--out", "a"), 0);
    ck_assert_int_eq(
        system("test $(wc -l <a/metrics.jsonl) = 6 && ! grep -q 'step.: 25' a/metrics.jsonl"), 0);
}
END_TEST

START_TEST(zero_steps_write_the_initial_state) {
    ck_assert_int_eq(TINY("train", "--steps", "0", "--out", "a"), 0);
    CheckpointFile *file = checkpoint_open("a" CHECKPOINT);
    ck_assert_str_eq(checkpoint_note(file, "step"), "0");
    checkpoint_close(file);
}
END_TEST

START_TEST(samples_are_the_same_for_the_same_seed) {
    ck_assert_int_eq(TINY("train", "--steps", "20", "--out", "a"), 0);
    ck_assert_int_eq(TINY("sample", "prior", "--out", "a", "-n", "30", "-o", "x.npy"), 0);
    ck_assert_int_eq(TINY("sample", "prior", "--out", "a", "-n", "30", "-o", "y.npy"), 0);
    ck_assert_int_eq(
        TINY("sample", "prior", "--out", "a", "-n", "30", "--seed", "9", "-o", "z.npy"), 0);
    ck_assert(same_files("x.npy", "y.npy"));
    ck_assert(!same_files("x.npy", "z.npy"));
    ck_assert_int_eq(TINY("sample", "labels", "--out", "a", "-o", "l.png"), 1);
    ck_assert_said("'y' is numbers: the ending must be .npy or .txt");
    ck_assert_int_eq(TINY("sample", "nothing", "--out", "a"), 1);
    ck_assert_said("there is no sample 'nothing'; there are: prior, reconstruct, labels");
}
END_TEST

START_TEST(gradients_written_by_hand_pass) {
    ck_assert_int_eq(TINY("gradcheck"), 0);
    ck_assert_said("3 gradients, 0 wrong");
}
END_TEST

START_TEST(bench_prints_one_line_of_json) {
    ck_assert_int_eq(TINY("bench", "--steps", "20"), 0);
    ck_assert_said("{\"ms_per_step\": ");
    ck_assert_said("\"peak_rss_bytes\": ");
}
END_TEST

START_TEST(wrong_use_is_said_and_exits_2) {
    ck_assert_int_eq(TINY("tain"), 2);
    ck_assert_said("there is no command 'tain'");
    ck_assert_int_eq(TINY("train", "--stepz", "3"), 2);
    ck_assert_said("train has no option --stepz");
    ck_assert_int_eq(TINY("train", "--steps", "many"), 2);
    ck_assert_said("--steps: 'many' is not a whole number");
    ck_assert_int_eq(TINY("train", "--keep", "few"), 2);
    ck_assert_said("--keep: 'few' is not a whole number");
    ck_assert_int_eq(TINY("train", "--at", "3"), 1);
    ck_assert_said("--at belongs to --resume");
    ck_assert_int_eq(TINY("train", "--resume", "--out", "nowhere"), 1);
    ck_assert_said("there is no run to resume");
    ck_assert_int_eq(TINY("eval"), 1);
    ck_assert_said("there is no trained model yet");
    ck_assert_int_eq(TINY("train", "--data", "nowhere"), 1);
    ck_assert_said("--data nowhere: there is no such folder");
}
END_TEST

/* The same model with one more, untrained loss in every evaluation: the mean of the labels. */
static real label_loss[TINY_BATCH];

static bool run_label_loss(const GenRun *run) {
    (void)run;
    for (int i = 0; i < TINY_BATCH; i++) label_loss[i] = (real)tiny_label[i];
    return true;
}

static int eval_labels(void *unused) {
    (void)unused;
    static const GenOutput output = {
        .name = "label", .shape = TINY_REAL(.rank = 0), .batched = true, .at = label_loss};
    GenProgram program = {"", GEN_EVAL, TINY_BATCH,     1, 2, tiny_echo_inputs,
                          1,  &output,  run_label_loss, 0};
    GenModel model = tiny_model;
    model.n_programs = 1;
    model.programs = &program;
    Session s = {.model = &model, .data = dataset_new(whole_model(&model), NULL, false)};
    dataset_choose_alternative(s.data);
    dataset_load(s.data);
    Evaluation some = evaluate_held_out(&s, 33, true); /* 33 is no multiple of the batch, 20 */
    double sum = 0;
    for (int i = 0; i < 33; i++) {
        GenRun run = session_run(&s);
        Batch one = {HELD_OUT, i, 1, 1, false, 0};
        dataset_fill(s.data, &one, &run, 2, tiny_echo_inputs);
        sum += tiny_label[0];
    }
    return fabs(measure_mean(&some.metrics, 0) - sum / 33) < 1e-9 ? 0 : 1;
}

START_TEST(a_last_partial_batch_counts_each_example_once) {
    ck_assert_int_eq(in_child(eval_labels, NULL), 0);
}
END_TEST

/* ---- a step with repetitions: min(critic) times 3, then min(generator) ---- */

typedef struct {
    int program;
    int64_t repetition, label;
} Call;
static Call call_log[16];
static int calls_made;

static bool log_call(int program, const GenRun *run) {
    call_log[calls_made++] = (Call){program, run->repetition, tiny_label[0]};
    return true;
}

static bool first_minimize(const GenRun *run) {
    return log_call(0, run);
}
static bool second_minimize(const GenRun *run) {
    return log_call(1, run);
}

static int repeat_minimizes(void *unused) {
    (void)unused;
    GenProgram programs[] = {
        {"", GEN_STEP, TINY_BATCH, 3, 2, tiny_echo_inputs, 0, NULL, first_minimize, 0},
        {"", GEN_STEP, TINY_BATCH, 2, 2, tiny_echo_inputs, 0, NULL, second_minimize, 0}};
    GenModel model = tiny_model;
    model.n_programs = 2;
    model.programs = programs;
    Session s = {.model = &model, .data = dataset_new(whole_model(&model), NULL, false), .seed = 1};
    dataset_choose_alternative(s.data);
    dataset_load(s.data);
    int64_t label[4]; /* the first of each batch, in file order */
    for (int i = 0; i < 4; i++) {
        GenRun run = session_run(&s);
        Batch batch = {TRAINING, i * TINY_BATCH, TINY_BATCH, 1, false, 0};
        dataset_fill(s.data, &batch, &run, 2, tiny_echo_inputs);
        label[i] = tiny_label[0];
    }
    Measures losses = {0};
    if (!take_step(&s, &losses) || calls_made != 5) return 1;
    static const int program[] = {0, 0, 0, 1, 1}, batch[] = {0, 1, 2, 2, 3};
    for (int i = 0; i < 5; i++)
        if (call_log[i].program != program[i] || call_log[i].repetition != batch[i] ||
            call_log[i].label != label[batch[i]])
            return 2;
    return s.examples == 4 * TINY_BATCH && session_rows_per_step(&model) == 4 * TINY_BATCH ? 0 : 3;
}

START_TEST(a_repetition_takes_a_new_batch_and_the_next_minimize_keeps_the_last) {
    ck_assert_int_eq(in_child(repeat_minimizes, NULL), 0);
}
END_TEST

static bool counting_step(const GenRun *run) {
    counting = run->step >= 5;
    return tiny_step(run);
}

static int count_allocations(void *unused) {
    (void)unused;
    GenProgram programs[sizeof tiny_programs / sizeof *tiny_programs];
    memcpy(programs, tiny_programs, sizeof programs);
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++)
        if (programs[i].role == GEN_STEP) programs[i].run = counting_step;
    GenModel model = tiny_model;
    model.programs = programs;
    Session s = {.model = &model, .seed = 1, .lr_scale = 1, .shuffle = true};
    s.data = dataset_new(whole_model(&model), NULL, false);
    dataset_choose_alternative(s.data);
    dataset_load(s.data);
    session_initialise(&s);
    for (int i = 0; i < 100; i++) { /* over several epochs */
        Measures losses = {0};
        if (!take_step(&s, &losses)) return 1;
    }
    counting = false;
    printf("%ld allocations\n", allocations);
    return allocations == 0 ? 0 : 1;
}

START_TEST(nothing_is_allocated_inside_a_step) {
    ck_assert_msg(in_child(count_allocations, NULL) == 0, "%s", said);
}
END_TEST

int main(void) {
    setenv("GOMP_SPINCOUNT", "20000", 0); /* as a trainer would: so that gen_main does not start itself again */
    omp_set_num_threads(1); /* small work: threads would only wait */
    TCase *cases = tcase_create("train");
    tcase_add_checked_fixture(cases, enter_scratch, leave_scratch);
    tcase_add_test(cases, training_lowers_the_loss_and_fills_the_run_folder);
    tcase_add_test(cases, a_run_never_overwrites_another);
    tcase_add_test(cases, resuming_gives_the_bytes_of_one_run);
    tcase_add_test(cases, a_killed_run_ends_with_the_same_bytes);
    tcase_add_test(cases, a_signal_finishes_the_step_and_saves);
    tcase_add_test(cases, a_loss_that_is_not_finite_is_explained_and_never_saved);
    tcase_add_test(cases, metrics_are_cut_back_to_the_checkpoint);
    tcase_add_test(cases, zero_steps_write_the_initial_state);
    tcase_add_test(cases, samples_are_the_same_for_the_same_seed);
    tcase_add_test(cases, gradients_written_by_hand_pass);
    tcase_add_test(cases, bench_prints_one_line_of_json);
    tcase_add_test(cases, wrong_use_is_said_and_exits_2);
    tcase_add_test(cases, a_last_partial_batch_counts_each_example_once);
    tcase_add_test(cases, a_repetition_takes_a_new_batch_and_the_next_minimize_keeps_the_last);
    tcase_add_test(cases, nothing_is_allocated_inside_a_step);
    tcase_set_timeout(cases, 120);
    return run_cases("runtime training", cases);
}
