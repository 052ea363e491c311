/* hold_out.c: a fixed share of a source's training examples becomes the held-out part. */
#include "data.h"

/* How many numbers row i of a table has: those packed as one are one, and so is a sequence. */
static int64_t row_size_of(const SourceTable *table, int d, int64_t i, int64_t packed) {
    const Space *space = &table->space[d];
    return space_size(space) * (space->ragged ? table->length[TRAINING][i] : packed);
}

/* Moves the held-out rows into memory of their own; the others close ranks where they are. */
static void part_rows(SourceTable *table, int d, const bool *is_held_out, int64_t n,
                      int64_t packed) {
    int64_t held_out = 0;
    for (int64_t i = 0; i < n; i++)
        held_out += is_held_out[i] ? row_size_of(table, d, i, packed) : 0;
    real *rows = table->values[TRAINING][d], *kept = rows;
    real *taken = allocate(held_out, sizeof(real)), *to = taken;
    for (int64_t i = 0; i < n; i++) {
        int64_t size = row_size_of(table, d, i, packed);
        real **next = is_held_out[i] ? &to : &kept;
        if (*next != rows) memmove(*next, rows, (size_t)size * sizeof(real));
        *next += size;
        rows += size;
    }
    free(table->values[HELD_OUT][d]);
    table->values[HELD_OUT][d] = taken;
}

/* What is known of each sequence goes where the sequence goes. */
static void part_sequences(SourceTable *table, const bool *is_held_out, int64_t n) {
    int64_t *length = table->length[TRAINING], kept = 0, taken = 0;
    Place *place = table->place[TRAINING];
    free(table->length[HELD_OUT]);
    free(table->place[HELD_OUT]);
    table->length[HELD_OUT] = allocate(n, sizeof *length);
    table->place[HELD_OUT] = allocate(n, sizeof *place);
    for (int64_t i = 0; i < n; i++) {
        int part = is_held_out[i] ? HELD_OUT : TRAINING;
        int64_t to = is_held_out[i] ? taken++ : kept++;
        table->length[part][to] = length[i];
        table->place[part][to] = place[i];
    }
}

/* Of a single sequence, the end is held out; what belongs to it belongs to both. */
static void hold_out_end(SourceTable *table, int n_datums, double fraction) {
    int64_t n = table->length[TRAINING][0], size = space_size(&table->space[0]);
    int64_t end = (int64_t)((double)n * fraction + 0.5);
    if (end < 1 || end >= n) return;
    for (int d = 0; d < n_datums; d++) {
        int64_t count = d == 0 ? end * size : space_size(&table->space[d]);
        const real *from = table->values[TRAINING][d] + (d == 0 ? (n - end) * size : 0);
        table->values[HELD_OUT][d] = allocate(count, sizeof(real));
        memcpy(table->values[HELD_OUT][d], from, (size_t)count * sizeof(real));
    }
    table->length[HELD_OUT] = allocate(1, sizeof(int64_t));
    table->place[HELD_OUT] = allocate(1, sizeof(Place));
    table->length[HELD_OUT][0] = end;
    table->length[TRAINING][0] = n - end;
    table->place[HELD_OUT][0].file =
        text_of("%s, its held-out end", table->place[TRAINING][0].file);
    table->count[HELD_OUT] = 1;
}

void hold_out(SourceTable *table, int n_datums, int64_t packed, double fraction, bool last) {
    bool sequences = table->space[0].ragged;
    if (sequences) packed = 1;
    int64_t n = table->count[TRAINING] / packed, held_out = (int64_t)((double)n * fraction + 0.5);
    if (sequences && n == 1) {
        hold_out_end(table, n_datums, fraction);
        return;
    }
    if (held_out >= n) held_out = n - 1;
    if (held_out < 1) held_out = n > 1 ? 1 : 0;
    bool *is_held_out = allocate(n, sizeof *is_held_out);
    if (!last) shuffle_hold_out(n, held_out, is_held_out);
    for (int64_t i = last ? n - held_out : n; i < n; i++) is_held_out[i] = true;
    for (int d = 0; d < n_datums; d++) part_rows(table, d, is_held_out, n, packed);
    if (sequences) part_sequences(table, is_held_out, n);
    table->count[TRAINING] = (n - held_out) * packed;
    table->count[HELD_OUT] = held_out * packed;
    free(is_held_out);
}
