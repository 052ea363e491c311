/* genc info --json. */
#include "info.h"

#include "../json.h"

#include <stdio.h>

static void add_shape(cJSON *to, const Shape *shape) {
    cJSON *dims = cJSON_AddArrayToObject(to, "shape");
    for (int i = 0; i < shape->rank; i++)
        cJSON_AddItemToArray(dims, cJSON_CreateNumber((double)shape->dim[i]));
}

/* A new object at the end of an array. */
static cJSON *add_object(cJSON *array) {
    cJSON *json = cJSON_CreateObject();
    cJSON_AddItemToArray(array, json);
    return json;
}

static void add_data(cJSON *to, const Model *m) {
    cJSON *data = cJSON_AddArrayToObject(to, "data");
    for (int i = 0; i < m->data.n; i++) {
        cJSON *json = add_object(data);
        cJSON_AddStringToObject(json, "name", m->data.at[i].name);
        add_shape(json, &m->data.at[i].shape);
        if (m->data.at[i].kind == KIND_INDEX)
            cJSON_AddNumberToObject(json, "classes", (double)m->data.at[i].classes);
    }
}

static void add_networks(cJSON *to, const Model *m) {
    cJSON *networks = cJSON_AddArrayToObject(to, "networks");
    for (int i = 0; i < m->networks.n; i++) {
        cJSON *json = add_object(networks);
        cJSON_AddStringToObject(json, "role", m->networks.at[i].role);
        cJSON_AddStringToObject(json, "name", m->networks.at[i].name);
        cJSON_AddNumberToObject(json, "parameters", (double)m->networks.at[i].parameters);
    }
}

static void add_tensors(cJSON *to, const Model *m) {
    cJSON *tensors = cJSON_AddArrayToObject(to, "tensors");
    for (int i = 0; i < m->tensors.n; i++) {
        const Tensor *t = &m->tensors.at[i];
        if (t->role > GEN_STATE) continue;
        cJSON *json = add_object(tensors);
        cJSON_AddStringToObject(json, "path", t->path);
        cJSON_AddBoolToObject(json, "state", t->role == GEN_STATE);
        add_shape(json, &t->shape);
    }
}

static void add_programs(cJSON *to, const Model *m, const EmitSize *size) {
    cJSON *programs = cJSON_AddArrayToObject(to, "programs");
    for (int i = 0; i < m->programs.n; i++) {
        const Program *p = m->programs.at[i];
        cJSON *json = add_object(programs);
        cJSON_AddStringToObject(json, "role", info_role(p));
        cJSON_AddStringToObject(json, "name", p->name);
        cJSON_AddNumberToObject(json, "batch", (double)p->batch);
        cJSON_AddNumberToObject(json, "times", (double)p->times);
        cJSON_AddNumberToObject(json, "flops", size->flops[i]);
    }
}

static void add_memory(cJSON *to, const EmitSize *size) {
    cJSON *memory = cJSON_AddObjectToObject(to, "memory");
    cJSON_AddNumberToObject(memory, "storages", (double)size->storages);
    cJSON_AddNumberToObject(memory, "inputs", (double)size->inputs);
    cJSON_AddNumberToObject(memory, "arena", (double)size->arena);
}

void info_print_json(const Model *m, const EmitSize *size) {
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "name", m->name);
    add_data(json, m);
    add_networks(json, m);
    add_tensors(json, m);
    add_programs(json, m, size);
    cJSON_AddNumberToObject(json, "parameters", (double)info_parameters(m));
    cJSON_AddNumberToObject(json, "batch", (double)m->batch);
    cJSON_AddNumberToObject(json, "flops_per_step", size->flops_per_step);
    cJSON_AddNumberToObject(json, "planned_bytes", (double)size->total);
    add_memory(json, size);
    cJSON *remarks = cJSON_AddArrayToObject(json, "remarks");
    for (int i = 0; i < m->info.n; i++)
        cJSON_AddItemToArray(remarks, cJSON_CreateString(m->info.at[i]));
    json_print(json, stdout);
}
