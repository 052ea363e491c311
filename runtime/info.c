/* info.c: what this trainer is: its networks, parameters, programs and memory. */
#include "rt.h"

static int64_t count_role(const GenModel *model, GenRole role) {
    int64_t elements = 0;
    for (int i = 0; i < model->n_tensors; i++)
        if (model->tensors[i].role == role) elements += elements_of(&model->tensors[i].shape);
    return elements;
}

static void print_tensors(const GenModel *model) {
    printf("\nparameters\n");
    for (int i = 0; i < model->n_tensors; i++) {
        const GenTensor *tensor = &model->tensors[i];
        if (tensor->role != GEN_PARAM) continue;
        printf("  %-36s [", tensor->path);
        for (int k = 0; k < tensor->shape.rank; k++)
            printf("%s%" PRId64, k > 0 ? ", " : "", tensor->shape.dim[k]);
        printf("]\n");
    }
}

static void info_as_json(const GenModel *model) {
    printf("{\"name\": ");
    json_put_text(stdout, model->name);
    printf(", \"genc\": ");
    json_put_text(stdout, model->version);
    printf(", \"spec_hash\": ");
    json_put_text(stdout, model->spec_hash);
    printf(", \"real\": \"%s\", \"parameters\": %" PRId64 ", \"batch\": %" PRId64
           ", \"planned_bytes\": %" PRId64 ", \"flops_per_step\": %.9g, \"tensors\": [",
           sizeof(real) == 8 ? "f64" : "f32", count_role(model, GEN_PARAM), model->batch,
           model->planned_bytes, model->flops_per_step);
    for (int i = 0; i < model->n_tensors; i++) {
        const GenTensor *tensor = &model->tensors[i];
        printf("%s{\"path\": ", i > 0 ? ", " : "");
        json_put_text(stdout, tensor->path);
        printf(", \"shape\": [");
        for (int k = 0; k < tensor->shape.rank; k++)
            printf("%s%" PRId64, k > 0 ? ", " : "", tensor->shape.dim[k]);
        printf("]}");
    }
    printf("], \"samples\": [");
    for (int i = 0, n = 0; i < model->n_programs; i++) {
        if (model->programs[i].role != GEN_SAMPLE) continue;
        if (n++ > 0) printf(", ");
        json_put_text(stdout, model->programs[i].name);
    }
    printf("]}\n");
}

int trainer_info(const GenModel *model, const Options *options) {
    if (options->json) {
        info_as_json(model);
        return 0;
    }
    printf("%s: genc %s, %s, spec %s\n", model->name, model->version,
           sizeof(real) == 8 ? "double precision" : "single precision", model->spec_hash);
    for (int i = 0; i < model->n_overrides; i++) printf("  -D %s\n", model->overrides[i]);
    for (int i = 0; i < model->n_info; i++) printf("%s\n", model->info[i]);
    print_tensors(model);
    printf("\n%" PRId64 " parameters; batch %" PRId64 "; %.4g MFLOP a step; %.4g MB planned\n",
           count_role(model, GEN_PARAM), model->batch, model->flops_per_step * 1e-6,
           (double)model->planned_bytes * 1e-6);
    return 0;
}
