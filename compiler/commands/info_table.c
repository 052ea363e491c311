/* genc info for people. A layer is the parameters whose paths differ in their last part only. */
#include "info.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 78, FIGURES = 14 }; /* columns of a line, and of the figures at its end */

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

/* 435800000 as "436 M". */
static const char *scaled(Arena *a, double n) {
    static const char *const units[] = {"", " k", " M", " G", " T", " P"};
    int unit = 0;
    for (; n >= 999.5 && unit < 5; unit++) n /= 1000;
    return arena_printf(a, n < 99.95 && unit ? "%.1f%s" : "%.0f%s", n, units[unit]);
}

static const char *shape_words(Arena *a, const Shape *s) {
    return s->rank ? shape_text(a, s) : "";
}

/* A line whose last column ends at the right edge. */
static void print_line(int indent, const char *words, const char *figure) {
    int column = WIDTH - indent - FIGURES;
    if ((int)strlen(words) > column)
        printf("%*s%s\n%*s%*s\n", indent, "", words, WIDTH - FIGURES, "", FIGURES, figure);
    else printf("%*s%-*s%*s\n", indent, "", column, words, FIGURES, figure);
}

static void print_heading(const char *words, const char *figures) {
    putchar('\n');
    print_line(0, words, figures);
}

/* ---- data ---- */

static void print_data(const Model *m) {
    if (m->data.n) printf("\ndata\n");
    for (int i = 0; i < m->data.n; i++) {
        const Datum *d = &m->data.at[i];
        printf("  %s%s", d->name, shape_words(m->arena, &d->shape));
        if (d->kind == KIND_INDEX) printf(" : index(%lld)", (long long)d->classes);
        putchar('\n');
    }
}

/* ---- networks ---- */

/* Paths in the order in which their layers were used: dense, dense#2, ..., dense#10. */
static int compare_paths(const char *a, const char *b) {
    while (*a && *a == *b) a++, b++;
    if (isdigit((unsigned char)*a) && isdigit((unsigned char)*b)) return atoi(a) - atoi(b);
    if (*a == '#' || *b == '#') return *a == '#' ? 1 : -1;
    return (unsigned char)*a - (unsigned char)*b;
}

static int in_order_of_spec(const void *a, const void *b) {
    const Tensor *x = *(const Tensor *const *)a, *y = *(const Tensor *const *)b;
    if (x->span.file != y->span.file) return x->span.file - y->span.file;
    if (x->span.start != y->span.start) return x->span.start - y->span.start;
    return compare_paths(x->path, y->path);
}

typedef LIST(const Tensor *) Tensors;

static bool under(const char *path, const char *network) {
    size_t n = strlen(network);
    return strncmp(path, network, n) == 0 && path[n] == '.';
}

static const Network *owner(const Model *m, const Tensor *t) {
    for (int i = 0; i < m->networks.n; i++)
        if (under(t->path, m->networks.at[i].name)) return &m->networks.at[i];
    return NULL;
}

/* A network's parameters and state; NULL: those of none. */
static Tensors tensors_of(const Model *m, const Network *network) {
    Tensors found = {0};
    for (int i = 0; i < m->tensors.n; i++)
        if (m->tensors.at[i].role <= GEN_STATE && owner(m, &m->tensors.at[i]) == network)
            LIST_ADD(m->arena, &found, &m->tensors.at[i]);
    if (found.n) qsort(found.at, (size_t)found.n, sizeof *found.at, in_order_of_spec);
    return found;
}

/* The length of a path without its last part. */
static size_t layer_length(const char *path) {
    const char *dot = strrchr(path, '.');
    return dot ? (size_t)(dot - path) : 0;
}

static bool same_layer(const Tensor *a, const Tensor *b) {
    size_t n = layer_length(a->path);
    return n && n == layer_length(b->path) && strncmp(a->path, b->path, n) == 0;
}

typedef struct {
    const char *name;
    Text tensors;
    int64_t parameters;
} Layer;
typedef LIST(Layer) Layers;

/* "W[784, 400]  b[400]" and how many numbers that is; state does not count. */
static void add_tensor(Arena *a, Layer *layer, const Tensor *t) {
    const char *name = t->path + layer_length(t->path);
    text_printf(&layer->tensors, "%s%s%s%s", layer->tensors.n ? "  " : "", name + (*name == '.'),
                shape_words(a, &t->shape), t->role == GEN_STATE ? " state" : "");
    if (t->role == GEN_PARAM) layer->parameters += shape_size(&t->shape);
}

static Layers layers_of(Arena *a, const Tensors *tensors, size_t prefix) {
    Layers layers = {0};
    for (int i = 0; i < tensors->n; i++) {
        const Tensor *t = tensors->at[i];
        if (!i || !same_layer(t, tensors->at[i - 1])) {
            size_t n = layer_length(t->path);
            const char *name = n > prefix ? arena_strndup(a, t->path + prefix, n - prefix) : "";
            LIST_ADD(a, &layers, ((Layer){.name = name, .tensors = {.arena = a}}));
        }
        add_tensor(a, &layers.at[layers.n - 1], t);
    }
    return layers;
}

static void print_layers(Arena *a, const Tensors *tensors, size_t prefix) {
    Layers layers = layers_of(a, tensors, prefix);
    int wide = 0;
    for (int i = 0; i < layers.n; i++)
        if ((int)strlen(layers.at[i].name) > wide) wide = (int)strlen(layers.at[i].name);
    for (int i = 0; i < layers.n; i++) {
        const Layer *l = &layers.at[i];
        const char *words =
            arena_printf(a, "%-*s%s%s", wide, l->name, wide ? "  " : "", l->tensors.at);
        print_line(4, words, grouped(a, l->parameters));
    }
}

static int by_place(const void *a, const void *b) {
    const Network *x = *(const Network *const *)a, *y = *(const Network *const *)b;
    return x->span.start - y->span.start;
}

static void print_networks(const Model *m) {
    Arena *a = m->arena;
    Tensors loose = tensors_of(m, NULL);
    const Network **networks = NEW_ARRAY(a, const Network *, m->networks.n + 1);
    for (int i = 0; i < m->networks.n; i++) networks[i] = &m->networks.at[i];
    qsort(networks, (size_t)m->networks.n, sizeof *networks, by_place);
    print_heading("networks", "parameters");
    for (int i = 0; i < m->networks.n; i++) {
        const Network *network = networks[i];
        Tensors tensors = tensors_of(m, network);
        print_line(2, arena_printf(a, "%s %s", network->role, network->name),
                   grouped(a, network->parameters));
        print_layers(a, &tensors, strlen(network->name) + 1);
    }
    if (loose.n) {
        printf("  outside networks\n");
        print_layers(a, &loose, 0);
    }
    print_line(2, "all", grouped(a, info_parameters(m)));
}

/* ---- programs ---- */

static const char *program_words(const Model *m, const Program *p) {
    if (p->role == GEN_STEP && p->about) return p->about;
    return *p->name ? arena_printf(m->arena, "%s %s", info_role(p), p->name) : info_role(p);
}

static void print_programs(const Model *m, const EmitSize *size) {
    Arena *a = m->arena;
    print_heading("programs                                        batch", "flops");
    for (int i = 0; i < m->programs.n; i++) {
        const Program *p = m->programs.at[i];
        const char *batch = p->batch ? grouped(a, p->batch) : "";
        const char *words = program_words(m, p), *flops = scaled(a, size->flops[i]);
        if (strlen(words) > 40) printf("  %s\n", words), words = "";
        print_line(2, arena_printf(a, "%-40s  %9s", words, batch), flops);
    }
    print_line(2, "a training step", scaled(a, size->flops_per_step));
}

/* ---- memory ---- */

static void print_bytes(const Model *m, const char *words, int64_t bytes, double unit) {
    print_line(2, words, arena_printf(m->arena, "%.2f", (double)bytes / unit));
}

/* In MiB, or KiB if all of it is less than one. The first lines are arrays of the generated C. */
static void print_memory(const Model *m, const EmitSize *size) {
    bool small = size->total < 1 << 20;
    double unit = small ? 1 << 10 : 1 << 20;
    print_heading("memory of the trainer, planned", small ? "KiB" : "MiB");
    for (int i = 0; i < m->storages.n; i++)
        if (m->storages.at[i].size)
            print_bytes(m, m->storages.at[i].name, m->storages.at[i].size * size->real_bytes, unit);
    print_bytes(m, "examples", size->inputs, unit);
    print_bytes(m, "working memory", size->arena, unit);
    print_bytes(m, "all", size->total, unit);
}

void info_print_table(const Model *m, const EmitSize *size) {
    printf("%s\n", m->name);
    print_data(m);
    print_networks(m);
    print_programs(m, size);
    print_memory(m, size);
    if (m->info.n) printf("\nremarks\n");
    for (int i = 0; i < m->info.n; i++) printf("  %s\n", m->info.at[i]);
}
