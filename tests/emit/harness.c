/* Runs every program of a generated file (GENERATED) on given values and writes what comes out.
 *
 * Standard input: for each program, records of numbers: kind (0 storage, 1 input, 2 end), number,
 * offset, count, values. Standard output: for each program, whether it ran, its outputs' elements,
 * then all storages'. Products and draws are naive ones of its own, so that nothing but the
 * generated C is on trial. HAS_ARENA, HAS_INDEX_ARENA: what memory it has, to be filled with
 * nonsense before every program. */
#define main generated_main
#include GENERATED
#undef main

#include <stdio.h>
#include <stdlib.h>

void gen_gemm(bool trans_a, bool trans_b, int64_t m, int64_t n, int64_t k, real alpha,
              const real *a, int64_t lda, const real *b, int64_t ldb, real beta, real *c,
              int64_t ldc) {
    if (lda < (trans_a ? m : k) || ldb < (trans_b ? k : n) || ldc < n) abort();
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < n; j++) {
            real sum = 0;
            for (int64_t p = 0; p < k; p++)
                sum += (trans_a ? a[p * lda + i] : a[i * lda + p]) *
                       (trans_b ? b[j * ldb + p] : b[p * ldb + j]);
            c[i * ldc + j] = alpha * sum + (beta == 0 ? 0 : beta * c[i * ldc + j]);
        }
}

/* As tests/grad/interpret.c draws: FNV-1a goes on from the path's hash over example, turn and
 * place. */
static double drawn(uint64_t path, int64_t example, int64_t turn, int64_t place, bool gaussian) {
    int64_t key[] = {example, turn, place};
    uint64_t h = path;
    for (size_t i = 0; i < sizeof key; i++)
        h = (h ^ ((const unsigned char *)key)[i]) * 0x100000001b3u;
    double u = ((double)(h >> 12) + 0.5) / 0x1p52;
    return gaussian ? sqrt(12.0) * (u - 0.5) * 1.2 + sin(40 * u) : u;
}

static void draw(uint64_t path, int64_t turn, int64_t rows, int64_t times, int64_t n, real *out,
                 bool gaussian) {
    for (int64_t r = 0; r < rows; r++)
        for (int64_t i = 0; i < n; i++)
            out[r * n + i] = drawn(path, r / times, turn * times + r % times, i, gaussian);
}

void gen_uniform(const GenRun *run, uint64_t path, int64_t turn, int64_t rows, int64_t times,
                 int64_t n, real *out) {
    (void)run;
    draw(path, turn, rows, times, n, out, false);
}

void gen_gaussian(const GenRun *run, uint64_t path, int64_t turn, int64_t rows, int64_t times,
                  int64_t n, real *out) {
    (void)run;
    draw(path, turn, rows, times, n, out, true);
}

void gen_watch(const GenRun *run, const char *name, const real *at, int64_t n) {
    (void)run, (void)name, (void)at, (void)n;
}

static int64_t elements(const GenShape *s) {
    int64_t n = 1;
    for (int i = 0; i < s->rank; i++) n *= s->dim[i];
    return n;
}

static double next_number(void) {
    double x;
    if (fread(&x, sizeof x, 1, stdin) != 1) abort();
    return x;
}

static void put_number(double x) {
    if (fwrite(&x, sizeof x, 1, stdout) != 1) abort();
}

static void read_values(const GenModel *m, const GenProgram *p) {
    for (int kind; (kind = (int)next_number()) != 2;) {
        int number = (int)next_number();
        int64_t offset = (int64_t)next_number(), count = (int64_t)next_number();
        for (int64_t i = offset; i < offset + count; i++) {
            double x = next_number();
            if (kind == 0) ((real *)m->tensors[number].at)[i] = x;
            else if (p->inputs[number].shape.kind == GEN_INDEX)
                ((int32_t *)p->inputs[number].at)[i] = (int32_t)x;
            else ((real *)p->inputs[number].at)[i] = x;
        }
    }
}

static void write_values(const GenModel *m, const GenProgram *p) {
    for (int i = 0; i < p->n_outputs; i++) {
        const GenOutput *o = &p->outputs[i];
        int64_t n = elements(&o->shape) * (o->batched ? p->batch : 1);
        for (int64_t j = 0; j < n; j++)
            put_number(o->shape.kind == GEN_INDEX ? ((int32_t *)o->at)[j] : ((real *)o->at)[j]);
    }
    for (int i = 0; i < m->n_tensors; i++)
        for (int64_t j = 0; j < elements(&m->tensors[i].shape); j++)
            put_number(((real *)m->tensors[i].at)[j]);
}

/* Named by the tables of a program that shows an array; nothing is written here. */
struct FileForm {
    int nothing;
};
const GenForm form_array = {0}, form_numbers = {0};

int gen_main(const GenModel *m, int argc, char **argv) {
    (void)argc, (void)argv;
    static const GenRun run = {.step = 3, .epoch = 0.5, .lr_scale = 1, .watch = true};
    for (int i = 0; i < m->n_programs; i++) {
#ifdef HAS_ARENA
        for (size_t j = 0; j < sizeof arena / sizeof *arena; j++) arena[j] = NAN;
#endif
#ifdef HAS_INDEX_ARENA
        for (size_t j = 0; j < sizeof index_arena / sizeof *index_arena; j++)
            index_arena[j] = -1000000;
#endif
        for (int j = 0; j < m->n_tensors; j++)
            memset(m->tensors[j].at, 0, sizeof(real) * (size_t)elements(&m->tensors[j].shape));
        read_values(m, &m->programs[i]);
        put_number(m->programs[i].run(&run));
        write_values(m, &m->programs[i]);
    }
    return 0;
}

int main(int argc, char **argv) {
    return generated_main(argc, argv);
}
