/* show.c: what samples give, as files of the fitting kind: by kind and ending. A kind's own files
 * are those that the model names; then numbers of anything. */
#include "sample.h"

static const char *const kind_words[FILE_KINDS] = {
    [AS_PICTURE] = "a picture", [AS_POINTS] = "a plot of points", [AS_TEXT] = "text",
    [AS_NUMBERS] = "numbers",   [AS_ARRAY] = "an array",          [AS_SOUND] = "sound",
    [AS_VIDEO] = "video"};

static bool has_ending(const char *path, const char *ending) {
    size_t n = strlen(path), m = strlen(ending);
    return n > m && strcmp(path + n - m, ending) == 0;
}

_Noreturn static void wrong_ending(const char *path, const Shown *shown) {
    char *known = text_of("%s", "");
    for (int i = 0; i < shown->model->n_forms; i++) {
        const FileForm *form = shown->model->forms[i];
        if (form->kind == shown->kind && strcmp(form->ending, ".npy") != 0 &&
            strcmp(form->ending, ".txt") != 0)
            known = text_of("%s%s, ", known, form->ending);
    }
    fail("%s: '%s' is %s: the ending must be %s.npy or .txt", path, shown->name,
         kind_words[shown->kind], known);
}

static WriteGroup *writer_of_path(const char *path, const Shown *shown) {
    for (int i = 0; i < shown->model->n_forms; i++) {
        const FileForm *form = shown->model->forms[i];
        if (form->kind == shown->kind && has_ending(path, form->ending)) return form->write;
    }
    if (has_ending(path, form_array.ending)) return form_array.write;
    if (has_ending(path, form_numbers.ending)) return form_numbers.write;
    wrong_ending(path, shown);
}

static bool belongs(const Shown *a, const Shown *b) {
    bool same = a->kind == b->kind && a->n == b->n && a->shape.rank == b->shape.rank &&
                a->shape.kind == b->shape.kind && a->rate == b->rate;
    for (int i = 0; same && i < a->shape.rank; i++) same = a->shape.dim[i] == b->shape.dim[i];
    return same;
}

/* a.png, a-2.png, a-3.png ... */
static char *numbered_path(const char *path, int number) {
    if (number == 0) return text_of("%s", path);
    const char *dot = strrchr(path, '.');
    return text_of("%.*s-%d%s", (int)(dot - path), path, number + 1, dot);
}

static void write_file(const char *path, int number, WriteGroup *write, Shown *const *group,
                       int members, bool say_where) {
    char *to = numbered_path(path, number);
    write(to, group, members);
    if (say_where) printf("%s\n", to);
    free(to);
}

/* Under its stem, in all forms of its kind; text is to be read at once. */
static void write_all_forms(const char *stem, int number, Shown *const *group, int members,
                            bool say_where) {
    for (int i = 0; i < group[0]->model->n_forms; i++) {
        const FileForm *form = group[0]->model->forms[i];
        if (form->kind != group[0]->kind) continue;
        char *path = text_of("%s%s", stem, form->ending);
        if (say_where && form->print != NULL) form->print(stdout, group, members);
        write_file(path, number, form->write, group, members, say_where && form->print == NULL);
        if (say_where && form->print != NULL) note("this text is also in %s", path);
        free(path);
    }
}

void shown_write(Shown *shown, int n, const char *path, const char *stem, bool say_where) {
    bool done[MAX_SHOWN] = {false};
    for (int i = 0, number = 0; i < n; i++) {
        Shown *group[MAX_SHOWN];
        int members = 0;
        for (int j = i; j < n; j++)
            if (!done[j] && belongs(&shown[i], &shown[j])) {
                done[j] = true;
                group[members++] = &shown[j];
            }
        if (members == 0) continue;
        if (path == NULL) write_all_forms(stem, number, group, members, say_where);
        else write_file(path, number, writer_of_path(path, &shown[i]), group, members, say_where);
        number++;
    }
    for (int i = 0; i < n; i++) free(shown[i].values);
}
