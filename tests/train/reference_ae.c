/* reference_ae.c: the auto-encoder of specs/ae.gen once more, by hand, in plain C and double
 * precision: an implementation that shares nothing with genc's.
 *
 *   reference_ae pictures FILE COUNT             writes an IDX file of random 28 x 28 pictures
 *   reference_ae losses CHECKPOINT FILE STEPS    trains from a step-0 checkpoint on that file, in
 *                                                its order, and prints "step loss" for every step
 *
 * The model: h = relu(x W1 + b1), c = h W2 + b2, g = relu(c W3 + b3), y = sigmoid(g W4 + b4),
 * loss = sum((y - x)^2), averaged over the batch. Adam as Kingma & Ba 2015, algorithm 1. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define JSMN_STATIC
#include <jsmn.h>

enum { PIXELS = 784, WIDTH = 400, CODE = 20, BATCH = 128, LAYERS = 4, MAX_TOKENS = 4096 };

static const int layer_in[LAYERS] = {PIXELS, WIDTH, CODE, WIDTH};
static const int layer_out[LAYERS] = {WIDTH, CODE, WIDTH, PIXELS};
static const char *const layer_path[LAYERS] = {"encode.out.dense", "encode.out.dense#2",
                                               "decode.out.dense", "decode.out.dense#2"};

static void die(const char *what, const char *which) {
    fprintf(stderr, "reference_ae: %s: %s\n", which, what);
    exit(2);
}

static void *memory(size_t n, size_t size) {
    void *at = calloc(n, size);
    if (at == NULL) die("out of memory", "memory");
    return at;
}

static unsigned char *read_file(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) die("cannot be read", path);
    *size = (size_t)ftell(file);
    rewind(file);
    unsigned char *bytes = memory(*size + 1, 1);
    if (fread(bytes, 1, *size, file) != *size) die("cannot be read", path);
    fclose(file);
    return bytes;
}

/* ---- pictures: two to four soft blobs each, so that there is something to learn ---- */

static uint64_t chance_state = 88172645463325252u;

static double chance(void) {                          /* xorshift64 (Marsaglia 2003) */
    chance_state ^= chance_state << 13;
    chance_state ^= chance_state >> 7;
    chance_state ^= chance_state << 17;
    return (double)(chance_state >> 11) * 0x1p-53;
}

static void draw_picture(unsigned char picture[PIXELS]) {
    double ink[PIXELS] = {0};
    int blobs = 2 + (int)(3 * chance());
    for (int k = 0; k < blobs; k++) {
        double row = 4 + 20 * chance(), column = 4 + 20 * chance(), size = 1.5 + 3 * chance();
        for (int i = 0; i < PIXELS; i++) {
            double down = i / 28 - row, right = i % 28 - column;
            ink[i] += exp(-(down * down + right * right) / (2 * size * size));
        }
    }
    for (int i = 0; i < PIXELS; i++)
        picture[i] = (unsigned char)(255 * fmin(1, ink[i]) + 0.5);
}

static int write_pictures(const char *path, int count) {
    FILE *file = fopen(path, "wb");
    if (file == NULL) die("cannot be written", path);
    unsigned char lead[16] = {0, 0, 8, 3, (unsigned char)(count >> 24), (unsigned char)(count >> 16),
                              (unsigned char)(count >> 8), (unsigned char)count, 0, 0, 0, 28, 0, 0, 0, 28};
    fwrite(lead, 1, sizeof lead, file);
    for (int i = 0; i < count; i++) {
        unsigned char picture[PIXELS];
        draw_picture(picture);
        fwrite(picture, 1, sizeof picture, file);
    }
    return fclose(file) == 0 ? 0 : 2;
}

static double *read_pictures(const char *path, int *count) {
    size_t size;
    unsigned char *bytes = read_file(path, &size);
    if (size < 16 || (size - 16) % PIXELS != 0) die("is not the pictures' file", path);
    *count = (int)((size - 16) / PIXELS);
    double *pictures = memory(size - 16, sizeof *pictures);
    for (size_t i = 0; i < size - 16; i++) pictures[i] = bytes[16 + i] / 255.0;
    free(bytes);
    return pictures;
}

/* ---- the checkpoint: safetensors ---- */

typedef struct {
    const char *text;
    const unsigned char *data;
    jsmntok_t token[MAX_TOKENS];
    int n;
} Header;

static int token_is(const Header *h, int i, const char *text) {
    size_t length = (size_t)(h->token[i].end - h->token[i].start);
    return strlen(text) == length && memcmp(h->text + h->token[i].start, text, length) == 0;
}

/* The first token behind token i and all that it holds. */
static int behind(const Header *h, int i) {
    int end = h->token[i].end;
    while (i < h->n && h->token[i].start < end) i++;
    return i;
}

/* The value of a key of the object at token `object`. */
static int value_of(const Header *h, int object, const char *key) {
    for (int i = object + 1; i < h->n && h->token[i].start < h->token[object].end; i = behind(h, i + 1))
        if (token_is(h, i, key)) return i + 1;
    die("is not in the checkpoint", key);
    return 0;
}

static void parse_header(Header *h, const unsigned char *bytes, size_t size) {
    uint64_t length = 0;
    for (int i = 0; i < 8; i++) length |= (uint64_t)bytes[i] << (8 * i);
    if (length > size - 8) die("its header is too long", "checkpoint");
    h->text = (const char *)bytes + 8;
    h->data = bytes + 8 + length;
    jsmn_parser parser;
    jsmn_init(&parser);
    h->n = jsmn_parse(&parser, h->text, length, h->token, MAX_TOKENS);
    if (h->n < 1) die("its header is not JSON", "checkpoint");
}

static void read_tensor(const Header *h, const char *layer, const char *which, int n, double *to) {
    char path[64];
    snprintf(path, sizeof path, "%s.%s", layer, which);
    int tensor = value_of(h, 0, path);
    int is_double = token_is(h, value_of(h, tensor, "dtype"), "F64");
    int offsets = value_of(h, tensor, "data_offsets");
    long begin = strtol(h->text + h->token[offsets + 1].start, NULL, 10);
    long end = strtol(h->text + h->token[offsets + 2].start, NULL, 10);
    if (end - begin != n * (is_double ? 8L : 4L)) die("has another size", path);
    for (int i = 0; i < n; i++) {
        float single;
        memcpy(&single, h->data + begin + 4 * i, 4);
        if (is_double) memcpy(&to[i], h->data + begin + 8 * i, 8);
        else to[i] = single;
    }
}

/* ---- the model ---- */

typedef struct { double *value, *gradient, *m, *v; int n; } Tensor;
typedef struct { Tensor W, b; double *output, *back; } Layer;     /* output, back: [BATCH, out] */

static Tensor tensor_new(int n) {
    return (Tensor){memory((size_t)n, sizeof(double)), memory((size_t)n, sizeof(double)),
                    memory((size_t)n, sizeof(double)), memory((size_t)n, sizeof(double)), n};
}

static void read_layers(Layer layers[LAYERS], const char *path) {
    static Header header;
    size_t size;
    unsigned char *bytes = read_file(path, &size);
    if (size < 8) die("is too short", path);
    parse_header(&header, bytes, size);
    for (int l = 0; l < LAYERS; l++) {
        int in = layer_in[l], out = layer_out[l];
        layers[l] = (Layer){tensor_new(in * out), tensor_new(out),
                            memory((size_t)(BATCH * out), sizeof(double)),
                            memory((size_t)(BATCH * out), sizeof(double))};
        read_tensor(&header, layer_path[l], "W", in * out, layers[l].W.value);
        read_tensor(&header, layer_path[l], "b", out, layers[l].b.value);
    }
    free(bytes);
}

static double activate(int l, double a) {
    if (l == 0 || l == 2) return a > 0 ? a : 0;
    return l == 3 ? 1 / (1 + exp(-a)) : a;
}

/* d activation / d a, from the activation's value. */
static double slope(int l, double y) {
    if (l == 0 || l == 2) return y > 0 ? 1 : 0;
    return l == 3 ? y * (1 - y) : 1;
}

static void layer_forward(Layer *layer, int l, const double *input) {
    int in = layer_in[l], out = layer_out[l];
    for (int e = 0; e < BATCH; e++) {
        double *y = layer->output + e * out;
        memcpy(y, layer->b.value, (size_t)out * sizeof *y);
        for (int i = 0; i < in; i++)
            for (int o = 0; o < out; o++) y[o] += input[e * in + i] * layer->W.value[i * out + o];
        for (int o = 0; o < out; o++) y[o] = activate(l, y[o]);
    }
}

/* From d loss / d output in layer->back: the gradients, and d loss / d input unless NULL. */
static void layer_backward(Layer *layer, int l, const double *input, double *input_back) {
    int in = layer_in[l], out = layer_out[l];
    memset(layer->W.gradient, 0, (size_t)layer->W.n * sizeof(double));
    memset(layer->b.gradient, 0, (size_t)layer->b.n * sizeof(double));
    for (int e = 0; e < BATCH; e++) {
        double *back = layer->back + e * out;
        for (int o = 0; o < out; o++) {
            back[o] *= slope(l, layer->output[e * out + o]);
            layer->b.gradient[o] += back[o];
        }
        for (int i = 0; i < in; i++) {
            double sum = 0;
            for (int o = 0; o < out; o++) {
                layer->W.gradient[i * out + o] += input[e * in + i] * back[o];
                sum += layer->W.value[i * out + o] * back[o];
            }
            if (input_back != NULL) input_back[e * in + i] = sum;
        }
    }
}

static double loss_and_gradient(Layer layers[LAYERS], const double *x) {
    const double *input = x;
    for (int l = 0; l < LAYERS; input = layers[l++].output) layer_forward(&layers[l], l, input);
    Layer *last = &layers[LAYERS - 1];
    double loss = 0;
    for (int i = 0; i < BATCH * PIXELS; i++) {
        double error = last->output[i] - x[i];
        loss += error * error / BATCH;
        last->back[i] = 2 * error / BATCH;
    }
    for (int l = LAYERS - 1; l >= 0; l--)
        layer_backward(&layers[l], l, l > 0 ? layers[l - 1].output : x, l > 0 ? layers[l - 1].back : NULL);
    return loss;
}

static void adam(Tensor *p, int t) {
    const double rate = 1e-3, beta1 = 0.9, beta2 = 0.999, eps = 1e-8;
    for (int i = 0; i < p->n; i++) {
        double g = p->gradient[i];
        p->m[i] = beta1 * p->m[i] + (1 - beta1) * g;
        p->v[i] = beta2 * p->v[i] + (1 - beta2) * g * g;
        double m_hat = p->m[i] / (1 - pow(beta1, t)), v_hat = p->v[i] / (1 - pow(beta2, t));
        p->value[i] -= rate * m_hat / (sqrt(v_hat) + eps);
    }
}

/* The stream of examples does not stop at an epoch's end: batches wrap around. */
static void fill_batch(const double *pictures, int count, int step, double *x) {
    for (int e = 0; e < BATCH; e++) {
        int example = (int)(((long)step * BATCH + e) % count);
        memcpy(x + e * PIXELS, pictures + (size_t)example * PIXELS, PIXELS * sizeof *x);
    }
}

static int print_losses(const char *checkpoint, const char *file, int steps) {
    static Layer layers[LAYERS];
    static double x[BATCH * PIXELS];
    int count;
    read_layers(layers, checkpoint);
    double *pictures = read_pictures(file, &count);
    for (int step = 0; step < steps; step++) {
        fill_batch(pictures, count, step, x);
        printf("%d %.17g\n", step + 1, loss_and_gradient(layers, x));
        for (int l = 0; l < LAYERS; l++) {
            adam(&layers[l].W, step + 1);
            adam(&layers[l].b, step + 1);
        }
    }
    return 0;
}

int main(int argc, char **argv) {
    if (argc == 4 && strcmp(argv[1], "pictures") == 0) return write_pictures(argv[2], atoi(argv[3]));
    if (argc == 5 && strcmp(argv[1], "losses") == 0)
        return print_losses(argv[2], argv[3], atoi(argv[4]));
    fprintf(stderr, "usage: reference_ae pictures FILE COUNT | losses CHECKPOINT FILE STEPS\n");
    return 2;
}
