/* align: two lists, each item of one paired with at most one of the other, in order, so that the
 * sum of their scores is greatest (Needleman & Wunsch 1970).
 *
 * The alignment of b with a is that of a with b turned round: scores are symmetric, and ties are
 * settled by the items' own words and places. */
#include "inside.h"

#include <string.h>

/* A little on top of a score: by what the items say, then by where they stand. */
static double tie(Compare *c, const Tree *old, const Tree *new, int i, int k) {
    const char *x = syntax_print_tree(c->a, old), *y = syntax_print_tree(c->a, new);
    uint64_t h = hash_bytes(HASH_START, x, strlen(x)) ^ hash_bytes(HASH_START, y, strlen(y));
    if (strcmp(x, y) == 0) h = hash_bytes(HASH_START, x, strlen(x));
    return 1e-4 * (double)(h % 9973) / 9973 + 1e-7 / (1 + i + k);
}

typedef struct {
    int n, m;
    double *score, *best;
} Table;

static void fill(Compare *c, Table *t, Tree *const *old, Tree *const *new, AlignScore *score) {
    int w = t->m + 1;
    t->score = NEW_ARRAY(c->a, double, (t->n + 1) * w);
    t->best = NEW_ARRAY(c->a, double, (t->n + 1) * w);
    for (int i = t->n - 1; i >= 0; i--)
        for (int k = t->m - 1; k >= 0; k--) {
            double s = score(c, old[i], new[k]);
            t->score[i * w + k] = s > 0 ? s + tie(c, old[i], new[k], i, k) : 0;
            double best = t->best[(i + 1) * w + k];
            if (t->best[i * w + k + 1] > best) best = t->best[i * w + k + 1];
            double paired = t->score[i * w + k] + t->best[(i + 1) * w + k + 1];
            t->best[i * w + k] = s > 0 && paired > best ? paired : best;
        }
}

/* One way through the table that gives the best sum. */
static int trace(const Table *t, AlignPair *out) {
    int i = 0, k = 0, n = 0, w = t->m + 1;
    while (i < t->n || k < t->m) {
        double s = i < t->n && k < t->m ? t->score[i * w + k] : 0;
        if (s > 0 && t->best[i * w + k] == s + t->best[(i + 1) * w + k + 1])
            out[n++] = (AlignPair){i++, k++, false};
        else if (i < t->n && t->best[i * w + k] == t->best[(i + 1) * w + k])
            out[n++] = (AlignPair){i++, -1, false};
        else out[n++] = (AlignPair){-1, k++, false};
    }
    return n;
}

/* What left one place and came to another unchanged. */
static void find_moved(Compare *c, Tree *const *old, Tree *const *new, AlignPair *p, int n) {
    for (int i = 0; i < n; i++)
        for (int k = 0; k < n && p[i].new < 0 && !p[i].moved; k++)
            if (p[k].old < 0 && !p[k].moved && match(c, old[p[i].old], new[p[k].new], false))
                p[i].moved = p[k].moved = true;
}

/* Takes p[at] over into out[first, n), before the first pair that stands behind it in its list. */
static int insert(AlignPair *out, int first, int n, AlignPair p) {
    int at = first;
    while (at < n) {
        bool behind_new = p.new >= 0 && out[at].new > p.new;
        bool behind_old = p.new < 0 && out[at].old > p.old;
        if (behind_new || behind_old) break;
        at++;
    }
    memmove(out + at + 1, out + at, sizeof *out * (size_t)(n - at));
    out[at] = p;
    return n + 1;
}

/* In p[from, to) nothing is paired: pairs the first with the first, and so on, but for what moved.
 */
static int zip_gap(Tree *const *old, Tree *const *new, const AlignPair *p, int from, int to,
                   bool (*zip)(const Tree *, const Tree *), AlignPair *out, int n) {
    int first = n, i = from, k = from;
    for (;; i++, k++) {
        while (i < to && (p[i].old < 0 || p[i].moved)) i++;
        while (k < to && (p[k].new < 0 || p[k].moved)) k++;
        if (i >= to || k >= to) break;
        if (zip && zip(old[p[i].old], new[p[k].new]))
            out[n++] = (AlignPair){p[i].old, p[k].new, false};
        else n = insert(out, first, n, p[i]), n = insert(out, first, n, p[k]);
    }
    for (int j = from; j < to; j++) {
        bool left = p[j].moved || (p[j].old >= 0 ? j >= i : j >= k);
        if (left) n = insert(out, first, n, p[j]);
    }
    return n;
}

bool any_two(const Tree *old, const Tree *new) {
    (void)old, (void)new;
    return true;
}

int align(Compare *c, Tree *const *old, int n, Tree *const *new, int m, AlignScore *score,
          bool (*zip)(const Tree *old, const Tree *new), AlignPair *out) {
    Table t = {.n = n, .m = m};
    AlignPair *plain = NEW_ARRAY(c->a, AlignPair, n + m + 1);
    fill(c, &t, old, new, score);
    int found = trace(&t, plain), made = 0;
    find_moved(c, old, new, plain, found);
    for (int i = 0; i < found;) {
        int end = i;
        while (end < found && (plain[end].old < 0 || plain[end].new < 0)) end++;
        made = zip_gap(old, new, plain, i, end, zip, out, made);
        if (end < found) out[made++] = plain[end++];
        i = end;
    }
    return made;
}
