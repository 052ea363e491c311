/* tiny_model.h: a model written by hand as genc would write it, to test the runtime alone: a linear
 * auto-encoder with a noisy code, z = x W + noise / 10, y = z V + c, loss = |y - x|^2 / 2, trained
 * by gradient descent with momentum. */
#ifndef TINY_MODEL_H
#define TINY_MODEL_H

#include "calls.h"
#include "genrt.h"

#include <math.h>
#include <string.h>

enum { TINY_X = 784, TINY_Z = 8, TINY_BATCH = 20, TINY_SIZE = TINY_X * TINY_Z };

static real tiny_w[TINY_SIZE], tiny_v[TINY_SIZE], tiny_c[TINY_X];
static real tiny_slot_w[TINY_SIZE], tiny_slot_v[TINY_SIZE], tiny_slot_c[TINY_X];
static int64_t tiny_updates;

static real tiny_x[TINY_BATCH * TINY_X], tiny_z[TINY_BATCH * TINY_Z], tiny_y[TINY_BATCH * TINY_X];
static real tiny_noise[TINY_BATCH * TINY_Z], tiny_loss[TINY_BATCH], tiny_mean_loss, tiny_activity;
static real tiny_grad_w[TINY_SIZE], tiny_grad_v[TINY_SIZE], tiny_grad_c[TINY_X];
static real tiny_grad_z[TINY_BATCH * TINY_Z];
static int32_t tiny_label[TINY_BATCH];

static int64_t tiny_poison_step = -1; /* at this step the code becomes infinite */

static bool tiny_init(const GenRun *run) {
    gen_gaussian(run, 1, 0, TINY_X, 1, TINY_Z, tiny_w);
    gen_gaussian(run, 2, 0, TINY_Z, 1, TINY_X, tiny_v);
    for (int i = 0; i < TINY_SIZE; i++) tiny_w[i] *= (real)0.03;
    for (int i = 0; i < TINY_SIZE; i++) tiny_v[i] *= (real)0.1;
    memset(tiny_c, 0, sizeof tiny_c);
    memset(tiny_slot_w, 0, sizeof tiny_slot_w);
    memset(tiny_slot_v, 0, sizeof tiny_slot_v);
    memset(tiny_slot_c, 0, sizeof tiny_slot_c);
    tiny_updates = 0;
    return true;
}

static void tiny_decode(void) {
    for (int b = 0; b < TINY_BATCH; b++) memcpy(tiny_y + b * TINY_X, tiny_c, sizeof tiny_c);
    gen_gemm(false, false, TINY_BATCH, TINY_X, TINY_Z, 1, tiny_z, TINY_Z, tiny_v, TINY_X, 1, tiny_y,
             TINY_X);
}

static bool tiny_forward(const GenRun *run) {
    GEN_WATCH(run, "x", tiny_x, TINY_BATCH * TINY_X);
    gen_gemm(false, false, TINY_BATCH, TINY_Z, TINY_X, 1, tiny_x, TINY_X, tiny_w, TINY_Z, 0, tiny_z,
             TINY_Z);
    gen_gaussian(run, 3, 0, TINY_BATCH, 1, TINY_Z, tiny_noise);
    for (int i = 0; i < TINY_BATCH * TINY_Z; i++) tiny_z[i] += (real)0.1 * tiny_noise[i];
    if (run->stream != GEN_HELD_OUT && run->step == tiny_poison_step) tiny_z[5] = INFINITY;
    GEN_WATCH(run, "z", tiny_z, TINY_BATCH * TINY_Z);
    tiny_decode();
    tiny_mean_loss = tiny_activity = 0;
    for (int b = 0; b < TINY_BATCH; b++) {
        real sum = 0;
        for (int i = b * TINY_X; i < (b + 1) * TINY_X; i++)
            sum += (tiny_y[i] - tiny_x[i]) * (tiny_y[i] - tiny_x[i]);
        tiny_loss[b] = sum / 2;
        tiny_mean_loss += tiny_loss[b] / TINY_BATCH;
        tiny_activity += fabs((double)tiny_z[b * TINY_Z]) / TINY_BATCH;
    }
    return isfinite(tiny_mean_loss);
}

static bool tiny_gradients(const GenRun *run) {
    if (!tiny_forward(run)) return false;
    for (int i = 0; i < TINY_BATCH * TINY_X; i++) tiny_y[i] = (tiny_y[i] - tiny_x[i]) / TINY_BATCH;
    memset(tiny_grad_c, 0, sizeof tiny_grad_c);
    for (int i = 0; i < TINY_BATCH * TINY_X; i++) tiny_grad_c[i % TINY_X] += tiny_y[i];
    gen_gemm(true, false, TINY_Z, TINY_X, TINY_BATCH, 1, tiny_z, TINY_Z, tiny_y, TINY_X, 0,
             tiny_grad_v, TINY_X);
    gen_gemm(false, true, TINY_BATCH, TINY_Z, TINY_X, 1, tiny_y, TINY_X, tiny_v, TINY_X, 0,
             tiny_grad_z, TINY_Z);
    gen_gemm(true, false, TINY_X, TINY_Z, TINY_BATCH, 1, tiny_x, TINY_X, tiny_grad_z, TINY_Z, 0,
             tiny_grad_w, TINY_Z);
    return true;
}

static void tiny_move(real *p, real *slot, const real *gradient, int n, real rate) {
    for (int i = 0; i < n; i++) {
        slot[i] = (real)0.9 * slot[i] + gradient[i];
        p[i] -= rate * slot[i];
    }
}

static bool tiny_step(const GenRun *run) {
    if (!tiny_gradients(run)) return false;
    real rate = (real)(0.002 * run->lr_scale);
    tiny_move(tiny_w, tiny_slot_w, tiny_grad_w, TINY_SIZE, rate);
    tiny_move(tiny_v, tiny_slot_v, tiny_grad_v, TINY_SIZE, rate);
    tiny_move(tiny_c, tiny_slot_c, tiny_grad_c, TINY_X, rate);
    tiny_updates++;
    return true;
}

static bool tiny_prior(const GenRun *run) {
    gen_gaussian(run, 4, 0, TINY_BATCH, 1, TINY_Z, tiny_z);
    tiny_decode();
    return true;
}

static bool tiny_echo(const GenRun *run) {
    (void)run;
    return true;
}

/* ---- its tables ---- */

#define TINY_REAL(...)                                                                             \
    { .kind = GEN_REAL, __VA_ARGS__ }
#define TINY_PICTURE TINY_REAL(.rank = 1, .dim = {TINY_X})

static const GenTensor tiny_tensors[] = {
    {"minimize.0.t", GEN_UPDATES, {.kind = GEN_COUNT}, &tiny_updates},
    {"w", GEN_PARAM, TINY_REAL(.rank = 2, .dim = {TINY_X, TINY_Z}), tiny_w},
    {"v", GEN_PARAM, TINY_REAL(.rank = 2, .dim = {TINY_Z, TINY_X}), tiny_v},
    {"c", GEN_PARAM, TINY_REAL(.rank = 1, .dim = {TINY_X}), tiny_c},
    {"minimize.0.m.w", GEN_SLOT, TINY_REAL(.rank = 2, .dim = {TINY_X, TINY_Z}), tiny_slot_w},
    {"minimize.0.m.v", GEN_SLOT, TINY_REAL(.rank = 2, .dim = {TINY_Z, TINY_X}), tiny_slot_v},
    {"minimize.0.m.c", GEN_SLOT, TINY_REAL(.rank = 1, .dim = {TINY_X}), tiny_slot_c},
};

static const GenDatum tiny_data[] = {
    {"x", TINY_PICTURE, "x[784], tiny.gen:1:1"},
    {"y", {.kind = GEN_INDEX, .classes = 10}, "y : index(10), tiny.gen:1:8"},
};

static const GenArg tiny_idx_args[] = {{NULL, GEN_TEXT, 0, "images"},
                                       {NULL, GEN_TEXT, 0, "labels"}};
static const GenArg tiny_n[] = {{"n", GEN_NUMBER, 400, NULL}};
static const GenArg tiny_dynamic[] = {{NULL, GEN_WORD, 0, "dynamic"}};
static const GenCall tiny_from_files[] = {
    CALL("idx", 2, tiny_idx_args), CALL("scale", 0, NULL), CALL("flatten", 0, NULL)};
static const GenCall tiny_built_in[] = {
    CALL("digits", 1, tiny_n), CALL("scale", 0, NULL), CALL("flatten", 0, NULL),
    CALL("binarize", 1, tiny_dynamic)};
static const GenPipeline tiny_pipelines[] = {{3, tiny_from_files}, {4, tiny_built_in}};
static const GenSource tiny_sources[] = {{0, 2, 2, tiny_pipelines, false}};

static const GenInput tiny_inputs[] = {
    {.name = "x", .datum = 0, .shape = TINY_PICTURE, .at = tiny_x}};
static const GenInput tiny_echo_inputs[] = {
    {.name = "x", .datum = 0, .shape = TINY_PICTURE, .at = tiny_x},
    {.name = "y", .datum = 1, .shape = {.kind = GEN_INDEX, .classes = 10}, .at = tiny_label}};
static const GenOutput tiny_step_outputs[] = {
    {.name = "reconstruction", .shape = TINY_REAL(.rank = 0), .batched = true, .at = tiny_loss}};
static const GenOutput tiny_eval_outputs[] = {
    {.name = "reconstruction", .shape = TINY_REAL(.rank = 0), .batched = true, .at = tiny_loss},
    {.name = "activity", .shape = TINY_REAL(.rank = 0), .at = &tiny_activity}};
static const GenOutput tiny_grad_outputs[] = {
    {.name = "reconstruction", .shape = TINY_REAL(.rank = 0), .at = &tiny_mean_loss},
    {.name = "w", .shape = TINY_REAL(.rank = 2, .dim = {TINY_X, TINY_Z}), .at = tiny_grad_w},
    {.name = "v", .shape = TINY_REAL(.rank = 2, .dim = {TINY_Z, TINY_X}), .at = tiny_grad_v},
    {.name = "c", .shape = TINY_REAL(.rank = 1, .dim = {TINY_X}), .at = tiny_grad_c}};
static const GenOutput tiny_prior_outputs[] = {
    {.name = "y", .shape = TINY_PICTURE, .batched = true, .at = tiny_y, .display = GEN_AS_DATUM}};
static const GenOutput tiny_reconstruct_outputs[] = {
    {.name = "x", .shape = TINY_PICTURE, .batched = true, .at = tiny_x, .display = GEN_AS_DATUM},
    {.name = "y", .shape = TINY_PICTURE, .batched = true, .at = tiny_y, .display = GEN_AS_DATUM}};
static const GenOutput tiny_echo_outputs[] = {{.name = "y",
                                               .shape = {.kind = GEN_INDEX, .classes = 10},
                                               .batched = true,
                                               .at = tiny_label,
                                               .display = GEN_AS_DATUM,
                                               .datum = 1}};

static const GenProgram tiny_programs[] = {
    {"", GEN_INIT, TINY_BATCH, 1, 0, NULL, 0, NULL, tiny_init, 0},
    {"", GEN_STEP, TINY_BATCH, 1, 1, tiny_inputs, 1, tiny_step_outputs, tiny_step, 0},
    {"", GEN_EVAL, TINY_BATCH, 1, 1, tiny_inputs, 2, tiny_eval_outputs, tiny_forward, 0},
    {"prior", GEN_SAMPLE, TINY_BATCH, 1, 0, NULL, 1, tiny_prior_outputs, tiny_prior, 0},
    {"reconstruct", GEN_SAMPLE, TINY_BATCH, 1, 1, tiny_inputs, 2, tiny_reconstruct_outputs,
     tiny_forward, 0},
    {"labels", GEN_SAMPLE, TINY_BATCH, 1, 2, tiny_echo_inputs, 1, tiny_echo_outputs, tiny_echo, 0},
    {"", GEN_GRAD, TINY_BATCH, 1, 1, tiny_inputs, 4, tiny_grad_outputs, tiny_gradients, 0},
};

#define TINY_COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

static GenModel tiny_model = {.name = "tiny",
                              .spec = "# tiny\n",
                              .folder = ".",
                              .spec_hash = "0123456789abcdef",
                              .version = "0.0",
                              .n_tensors = TINY_COUNT(tiny_tensors),
                              .tensors = tiny_tensors,
                              .n_data = TINY_COUNT(tiny_data),
                              .data = tiny_data,
                              .n_sources = TINY_COUNT(tiny_sources),
                              .sources = tiny_sources,
                              .n_programs = TINY_COUNT(tiny_programs),
                              .programs = tiny_programs,
                              .batch = TINY_BATCH,
                              .epochs = 3,
                              .test_fraction = 0.1,
                              .flops_per_step = 4e6,
                              .planned_bytes = 1 << 20};

#endif
