/* genc info: what a spec comes to: networks, parameters, arithmetic and memory. */
#include "commands.h"
#include "../compile.h"
#include "../emit/emit.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

/* 652824 as "652,824". */
static const char *grouped(Arena *a, int64_t n) {
    char *digits = arena_printf(a, "%lld", (long long)n);
    Text t = {.arena = a};
    size_t length = strlen(digits);
    for (size_t i = 0; i < length; i++) {
        if (i && (length - i) % 3 == 0) text_put(&t, ",");
        text_put_n(&t, digits + i, 1);
    }
    return t.at;
}

static const char *shape_words(Arena *a, const Shape *s) {
    Text t = {.arena = a};
    text_put(&t, "[");
    for (int i = 0; i < s->rank; i++) text_printf(&t, i ? ", %lld" : "%lld", (long long)s->dim[i]);
    text_put(&t, "]");
    return t.at;
}

static int64_t parameter_count(const Model *m) {
    int64_t n = 0;
    for (int i = 0; i < m->tensors.n; i++)
        if (m->tensors.at[i].role == GEN_PARAM) n += shape_size(&m->tensors.at[i].shape);
    return n;
}

static void print_data(Model *m) {
    for (int i = 0; i < m->data.n; i++) {
        const Datum *d = &m->data.at[i];
        printf("data           %s%s", d->name, shape_words(m->arena, &d->shape));
        if (d->kind == KIND_INDEX) printf(" : index(%lld)", (long long)d->classes);
        putchar('\n');
    }
}

static bool under(const char *path, const char *network) {
    size_t n = strlen(network);
    return strncmp(path, network, n) == 0 && path[n] == '.';
}

static void print_tensor(Model *m, const Tensor *t) {
    printf("  %-30s %-16s %12s\n", t->path, shape_words(m->arena, &t->shape),
           grouped(m->arena, shape_size(&t->shape)));
}

static void print_networks(Model *m) {
    for (int i = 0; i < m->networks.n; i++) {
        const Network *net = &m->networks.at[i];
        printf("%-14s %-34s %12s parameters\n", net->role, net->name, grouped(m->arena, net->parameters));
        for (int k = 0; k < m->tensors.n; k++)
            if (m->tensors.at[k].role <= GEN_STATE && under(m->tensors.at[k].path, net->name))
                print_tensor(m, &m->tensors.at[k]);
    }
}

static void print_table(Model *m, const EmitSize *size) {
    print_data(m);
    print_networks(m);
    printf("parameters     %s\n", grouped(m->arena, parameter_count(m)));
    printf("batch          %lld\n", (long long)m->batch);
    printf("flops a step   %.4g\n", size->flops_per_step);
    printf("planned memory %s bytes: parameters, state and moments %s, inputs %s, arena %s\n",
           grouped(m->arena, size->total), grouped(m->arena, size->storages), grouped(m->arena, size->inputs),
           grouped(m->arena, size->arena));
    for (int i = 0; i < m->info.n; i++) puts(m->info.at[i]);
}

static cJSON *tensor_json(const Tensor *t) {
    cJSON *json = cJSON_CreateObject(), *dims = cJSON_AddArrayToObject(json, "shape");
    cJSON_AddStringToObject(json, "path", t->path);
    cJSON_AddBoolToObject(json, "state", t->role == GEN_STATE);
    for (int i = 0; i < t->shape.rank; i++)
        cJSON_AddItemToArray(dims, cJSON_CreateNumber((double)t->shape.dim[i]));
    return json;
}

static void print_json(Model *m, const EmitSize *size) {
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "name", m->name);
    cJSON *networks = cJSON_AddArrayToObject(json, "networks");
    for (int i = 0; i < m->networks.n; i++) {
        cJSON *net = cJSON_CreateObject();
        cJSON_AddStringToObject(net, "role", m->networks.at[i].role);
        cJSON_AddStringToObject(net, "name", m->networks.at[i].name);
        cJSON_AddNumberToObject(net, "parameters", (double)m->networks.at[i].parameters);
        cJSON_AddItemToArray(networks, net);
    }
    cJSON *tensors = cJSON_AddArrayToObject(json, "tensors");
    for (int i = 0; i < m->tensors.n; i++)
        if (m->tensors.at[i].role <= GEN_STATE)
            cJSON_AddItemToArray(tensors, tensor_json(&m->tensors.at[i]));
    cJSON_AddNumberToObject(json, "parameters", (double)parameter_count(m));
    cJSON_AddNumberToObject(json, "batch", (double)m->batch);
    cJSON_AddNumberToObject(json, "flops_per_step", size->flops_per_step);
    cJSON_AddNumberToObject(json, "planned_bytes", (double)size->total);
    cJSON *remarks = cJSON_AddArrayToObject(json, "remarks");
    for (int i = 0; i < m->info.n; i++) cJSON_AddItemToArray(remarks, cJSON_CreateString(m->info.at[i]));
    char *text = cJSON_Print(json);
    puts(text);
    free(text);
    cJSON_Delete(json);
}

int command_info(int argc, char **argv) {
    static const struct option options[] = {{"json", no_argument, NULL, 'j'},
                                            {"define", required_argument, NULL, 'D'}, {0}};
    Arena *a = arena_new();
    LIST(const char *) overrides = {0};
    bool json = false;
    for (int option; (option = command_option(argc, argv, "D:", options)) != -1;) {
        if (option == '?') return arena_free(a), STATUS_USE;
        if (option == 'j') json = true;
        else LIST_ADD(a, &overrides, optarg);
    }
    if (optind != argc - 1) return arena_free(a), command_misused(argv[0], "name one spec");
    Diag *d = diag_new(a);
    int source = command_read_source(a, d, argv[optind]);
    Model *m = source < 0 ? NULL : compile_spec(a, d, source, overrides.n, overrides.at);
    if (source >= 0) command_print_errors(d);
    if (m) {
        EmitSize size = emit_size(m, 4);
        if (json) print_json(m, &size);
        else print_table(m, &size);
    }
    arena_free(a);
    return m ? STATUS_GOOD : source < 0 ? STATUS_USE : STATUS_SPEC;
}
