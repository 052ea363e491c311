/* show_text.c: what samples give, as text. */
#include "sample.h"

static void put_utf8(FILE *to, uint32_t code) {
    if (code < 0x80) fputc((int)code, to);
    else if (code < 0x800) fprintf(to, "%c%c", (int)(0xc0 | code >> 6), (int)(0x80 | (code & 63)));
    else if (code < 0x10000)
        fprintf(to, "%c%c%c", (int)(0xe0 | code >> 12), (int)(0x80 | (code >> 6 & 63)),
                (int)(0x80 | (code & 63)));
    else
        fprintf(to, "%c%c%c%c", (int)(0xf0 | code >> 18), (int)(0x80 | (code >> 12 & 63)),
                (int)(0x80 | (code >> 6 & 63)), (int)(0x80 | (code & 63)));
}

/* Code points up to the first 0. True if there is an end of line among them. */
static bool put_text_line(FILE *to, const real *code, int64_t n) {
    bool lines = false;
    for (int64_t i = 0; i < n && code[i] >= 1 && code[i] < 0x110000; i++) {
        lines = lines || code[i] == '\n';
        put_utf8(to, (uint32_t)code[i]);
    }
    fputc('\n', to);
    return lines;
}

/* A text a line. What an example gives stands together, examples apart: by an empty line, by a rule
 * if texts have lines of their own. */
static void put_texts(FILE *to, Shown *const *group, int64_t outputs) {
    int64_t size = elements_of(&group[0]->shape);
    for (int64_t e = 0; e < group[0]->n; e++) {
        bool lines = false;
        for (int64_t j = 0; j < outputs; j++)
            lines = put_text_line(to, (const real *)group[j]->values + e * size, size) || lines;
        if (e + 1 < group[0]->n && (lines || outputs > 1)) fputs(lines ? "----\n" : "\n", to);
    }
}

static void write_texts(const char *path, Shown *const *group, int64_t outputs) {
    AtomicFile file = atomic_open(path);
    put_texts(file.to, group, outputs);
    atomic_close(&file);
}

const FileForm form_text = {
    .kind = AS_TEXT, .ending = ".txt", .write = write_texts, .print = put_texts};
