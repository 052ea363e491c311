#!/bin/bash
# genc emit --library: networks, samples and data as functions for other C programs: the bits of the
# trainer's sample, with weights read or compiled in; transforms undone; no memory of their own; wrong uses
# and wrong checkpoints refused.
cd "$(dirname "$0")/../.." || exit 1
root=$PWD
GENC=${GENC:-$root/genc}
. tests/checks.sh

flags="-std=c11 -O3 -march=native -fopenmp -fno-math-errno -fno-trapping-math -ffp-contract=off"
strict="-Wall -Wextra -Werror"
cd "$work" || exit 1
{
    sed -e '/^let width/s/400/40/' "$root/specs/vae.gen"
    echo 'sample codes { z[zdim] ~ normal(0, 1) return array(z), array(mean(p(z))) }'
    echo 'network noisy(x) { n[4] ~ normal(0, 1) return x[0, 0, :4] + n, y(x) }'
    echo 'network y(x) { return argmax(x |> flatten |> dense(10)) }'
    echo 'network rank(x) { return x - batch_mean(x) }'
    echo 'network warm(x) { return x * step }'
    echo 'metric uses = sum(noisy(x)) + real(y(x)) + sum(rank(x)) + sum(warm(x))'
} | sed -e 's/sum(noisy(x))/sum(first(x))/' >vae.gen
echo 'fn first(x) { a, b = noisy(x)   return a }' >>vae.gen
holds "the trainer" "$GENC" build vae.gen
holds "trains" ./vae train --steps 3 --every 3 --quiet --threads 1 --out run
holds "samples" ./vae sample codes -n 100 --threads 1 --from run/checkpoint.safetensors -o codes.npy >log

holds "emits" "$GENC" emit vae.gen --library p,q,noisy,y -o read
holds "emits with weights" "$GENC" emit vae.gen --library p --embed run/checkpoint.safetensors -o embedded
for cc in gcc clang; do
    command -v $cc >/dev/null || continue
    # shellcheck disable=SC2086  # flags are words
    for folder in read embedded; do holds "$cc: $folder/vae.c" $cc $flags $strict -c $folder/vae.c -o $cc-$folder.o; done
done
holds "without libraries" gcc -std=c11 -O1 $strict -DGENC_MINIMAL -c read/vae.c -o minimal.o
same="$(nm gcc-read.o | awk '$2 ~ /[TDBC]/ { print $3 }' | tr '\n' ' ')"
holds "nothing is seen but the functions: $same" test "$same" = "vae_load vae_noisy vae_p vae_q vae_y "
# shellcheck disable=SC2086  # without relocation, so that tables of texts are constant
gcc $flags -fno-pie -c read/vae.c -o fixed.o
holds "nothing is kept between calls" test -z "$(nm fixed.o | awk '$2 ~ /[dDbBC]/ { print $3 }')"
holds "nothing is allocated" test -z "$(nm gcc-read.o | grep -w 'U \(malloc\|calloc\|realloc\)')"

cat >try.c <<'C'
#include "vae.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
enum { ROWS = 100, HEAD = 128 };
static float z[ROWS][20], wanted[ROWS][784], mean[ROWS][784], other[ROWS][784];
static unsigned char workspace[VAE_WORKSPACE + 1];
static vae_weights weights;
static void read_rows(const char *path, void *to, size_t bytes) {
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, HEAD, SEEK_SET) != 0 || fread(to, 1, bytes, file) != bytes) exit(2);
    fclose(file);
}
int main(int argc, char **argv) {
    char why[200];
    const vae_weights *from = &weights;
    read_rows("codes.npy", z, sizeof z);
    read_rows("codes-2.npy", wanted, sizeof wanted);
#ifdef EMBEDDED
    from = &vae_trained;
#endif
    if (argc > 1 && !vae_load(&weights, argv[1], why, sizeof why)) return printf("%s\n", why), 1;
    memset(workspace, 0xff, sizeof workspace); /* whatever is there */
    vae_p(from, ROWS, &z[0][0], &mean[0][0], NULL, NULL, workspace + 1);
    for (int i = 0; i < ROWS * 784; i++)
        if ((&mean[0][0])[i] - (&wanted[0][0])[i] > LIMIT || (&wanted[0][0])[i] - (&mean[0][0])[i] > LIMIT)
            return printf("row %d differs\n", i / 784), 3;
    vae_p(from, 7, &z[0][0], &other[0][0], NULL, NULL, workspace);
    if (memcmp(mean, other, 7 * sizeof *other) != 0) return printf("7 rows are not the first of 100\n"), 4;
#ifndef EMBEDDED
    static float x[ROWS][784], a[ROWS][4], b[ROWS][4];
    int32_t class[ROWS], again[ROWS];
    for (int i = 0; i < ROWS * 784; i++) (&x[0][0])[i] = (float)(i % 29) / 28;
    vae_noisy(from, ROWS, &x[0][0], 5, &a[0][0], class, workspace);
    vae_noisy(from, ROWS, &x[0][0], 5, &b[0][0], again, workspace);
    if (memcmp(a, b, sizeof a) != 0 || memcmp(class, again, sizeof class) != 0) return 5;
    vae_noisy(from, ROWS, &x[0][0], 6, &b[0][0], NULL, workspace);
    if (memcmp(a, b, sizeof a) == 0) return printf("another seed gives the same\n"), 6;
    vae_y(from, ROWS, &x[0][0], again, workspace);
    if (memcmp(class, again, sizeof class) != 0) return 7;
#endif
    return 0;
}
C
# shellcheck disable=SC2086
holds "a program with weights read" gcc $flags $strict -DLIMIT=0 -Iread try.c gcc-read.o -o try -lopenblas -lm
holds "gives the bits of sample" env OMP_NUM_THREADS=1 ./try run/checkpoint.safetensors
# shellcheck disable=SC2086
holds "a program with weights compiled in" gcc $flags $strict -DLIMIT=0 -DEMBEDDED -Iembedded try.c gcc-embedded.o -o try-in -lopenblas -lm
holds "gives them too" env OMP_NUM_THREADS=1 ./try-in
# shellcheck disable=SC2086
holds "a program without libraries" gcc -O1 $strict -DLIMIT=1e-5 -Iread try.c minimal.o -o try-plain -lm
holds "is right to rounding" ./try-plain run/checkpoint.safetensors

# ---- samples, and transforms undone: each kind as the trainer's own sample writes it ----

cat >reals.gen <<'G'
data x[12, 16] = sprites() |> gray |> resize(16, 12) |> flip |> scale(-1, 1) |> standardize
decoder p(z) { return normal(z |> dense(12*16) |> reshape(12, 16), 1) }
z[3] ~ normal(0, 1)
loss l = -log_prob(p(z), x)
train { minimize l over p using adam(lr = 1e-2) batch 32 steps 5 }
sample prior { z[3] ~ normal(0, 1)  show mean(p(z)) as x  show array(z) }
sample moved(x, by : real) { return x + by as x }
G
cat >colours.gen <<'G'
data x[5, 7] : index(6) = sprites() |> resize(7, 5) |> quantize(6)
decoder p(z) { return categorical(z |> dense(5*7*6) |> reshape(5, 7, 6)) }
z[3] ~ normal(0, 1)
loss l = -log_prob(p(z), x)
train { minimize l over p using adam(lr = 1e-2) batch 32 steps 5 }
sample prior { z[3] ~ normal(0, 1)  w ~ p(z)  return w as x }
G
cat >sounds.gen <<'G'
data x[60] : index(32) = tones() |> mulaw(32) |> windows(60)
autoregressive p on x { return categorical(x |> shift |> embed(4) |> gru(6) |> dense(32)) }
loss l = -log_prob(p, x)
train { minimize l over p using adam(lr = 1e-2) batch 8 steps 5 }
sample prior { w ~ p  return w as x }
G
printf 'zw\303\266lf Boxk\303\244mpfer\njagen Eva\n\342\202\254 und \360\235\204\236\n\n' >lines.txt
for i in 1 2 3 4 5; do cat lines.txt lines.txt >more.txt && cat more.txt >>lines.txt; done
cat >texts.gen <<'G'
data x[11] : index(40) = text("lines.txt") |> chars(40)
autoregressive p on x { return categorical(x |> shift |> embed(4) |> gru(12) |> dense(40)) }
loss l = -log_prob(p, x)
train { minimize l over p using adam(lr = 1e-2) batch 16 steps 80 }
sample prior { w ~ p  return w as x }
G
sed -e 's/chars/words/' texts.gen >words.gen
for name in reals colours sounds texts; do
    holds "$name: the trainer" "$GENC" build $name.gen
    holds "$name: trains" ./$name train --quiet --threads 1 --out $name-run 2>log
    holds "$name: emits" "$GENC" emit $name.gen --library prior,x$(test $name = reals && echo ,moved) \
        --embed $name-run/checkpoint.safetensors -o $name-c
    # shellcheck disable=SC2086
    holds "$name: compiles" gcc $flags $strict -c $name-c/$name.c -o $name.o
    ./$name sample prior -n 70 --seed 5 --threads 1 --from $name-run/checkpoint.safetensors \
        -o $name.$(test $name = texts && echo txt || echo npy) >log
done
cat >undone.h <<'C'
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
enum { ROWS = 70, HEAD = 128 };
static inline void read_rows(const char *path, void *to, size_t bytes) {
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, HEAD, SEEK_SET) != 0 || fread(to, 1, bytes, file) != bytes) exit(2);
    fclose(file);
}
/* Undoing is one multiplication here and several steps there: right to the last bits. */
static inline void same(const char *what, float found, float wanted) {
    if (fabsf(found - wanted) <= 1e-6f * (255 + fabsf(wanted))) return;
    printf("%s: %g, wanted %g\n", what, found, wanted);
    exit(3);
}
C
cat >reals-try.c <<'C'
#include "reals.h"
#include "undone.h"
static float shown[ROWS][12 * 16], z[ROWS][3], wanted[ROWS][12 * 16], codes[ROWS][3], mean[ROWS][12 * 16];
static float moved[ROWS][12 * 16], by[ROWS], ones[ROWS][12 * 16], one[ROWS][12 * 16];
static unsigned char workspace[REALS_WORKSPACE];
int main(void) {
    read_rows("reals.npy", wanted, sizeof wanted);
    read_rows("reals-2.npy", codes, sizeof codes);
    reals_prior(&reals_trained, ROWS, 5, &shown[0][0], &z[0][0], workspace);
    if (memcmp(z, codes, sizeof z) != 0) return printf("other draws\n"), 4;
    double sum = 0;
    for (int i = 0; i < ROWS * 12 * 16; i++) {
        same("prior", (&shown[0][0])[i], (&wanted[0][0])[i]);
        sum += (&shown[0][0])[i];
    }
    if (!(sum > ROWS * 12 * 16 * 5.0)) return printf("not in the range of bytes\n"), 5;
    for (int i = 0; i < ROWS; i++) by[i] = 1; /* x = 0 moved by 1 is x = 1, both undone */
    for (int i = 0; i < ROWS * 12 * 16; i++) (&ones[0][0])[i] = 1;
    reals_moved(&reals_trained, ROWS, &mean[0][0], by, &moved[0][0], workspace);
    reals_x(&reals_trained, ROWS, &ones[0][0], &one[0][0]);
    for (int i = 0; i < ROWS * 12 * 16; i++) same("moved", (&moved[0][0])[i], (&one[0][0])[i]);
    return 0;
}
C
cat >colours-try.c <<'C'
#include "colours.h"
#include "undone.h"
static float shown[ROWS][5 * 7][3], wanted[ROWS][3][5 * 7];
static unsigned char workspace[COLOURS_WORKSPACE];
int main(void) {
    read_rows("colours.npy", wanted, sizeof wanted);
    colours_prior(&colours_trained, ROWS, 5, &shown[0][0][0], workspace);
    for (int r = 0; r < ROWS; r++)
        for (int i = 0; i < 5 * 7; i++)
            for (int c = 0; c < 3; c++) same("prior", shown[r][i][c], wanted[r][c][i]);
    int32_t wild[2] = {-3, 1000};
    float of[2][35][3];
    int32_t all[2][35] = {{wild[0]}, {wild[1]}};
    colours_x(&colours_trained, 2, &all[0][0], &of[0][0][0]); /* stays within the palette */
    return 0;
}
C
cat >sounds-try.c <<'C'
#include "sounds.h"
#include "undone.h"
static float shown[ROWS][60], wanted[ROWS][60];
static unsigned char workspace[SOUNDS_WORKSPACE];
int main(void) {
    read_rows("sounds.npy", wanted, sizeof wanted);
    sounds_prior(&sounds_trained, ROWS, 5, &shown[0][0], workspace);
    for (int i = 0; i < ROWS * 60; i++) same("prior", (&shown[0][0])[i], (&wanted[0][0])[i]);
    return 0;
}
C
cat >texts-try.c <<'C'
#include "texts.h"
#include "undone.h"
static char shown[ROWS][4 * 11 + 1];
static unsigned char workspace[TEXTS_WORKSPACE];
int main(void) {
    texts_prior(&texts_trained, ROWS, 5, &shown[0][0], workspace);
    for (int i = 0; i < ROWS; i++) puts(shown[i]);
    return 0;
}
C
for name in reals colours sounds texts; do
    # shellcheck disable=SC2086
    holds "$name: a program" gcc $flags $strict -I$name-c -I. $name-try.c $name.o -o $name-try -lopenblas -lm
done
for name in reals colours sounds; do
    holds "$name: sample's draws, in the data's space" env OMP_NUM_THREADS=1 ./$name-try
done
OMP_NUM_THREADS=1 ./texts-try >texts-found.txt
holds "texts: what sample writes" cmp texts.txt texts-found.txt
holds "texts: not all of ASCII" grep -q "$(printf '\303\266')" texts-found.txt
sed -e 's/data x\[12, 16\] = sprites()/data x[12, 16], y : index(10) = digits()/' -e 's/gray |> //' reals.gen >labels.gen
refused 2 "'y' has no transforms: its classes are as they were read" "$GENC" emit labels.gen --library y -o no
refused 2 "the classes of 'x' stand for whole words" "$GENC" emit words.gen --library x -o no
refused 2 "the classes of 'x' stand for whole words" "$GENC" emit words.gen --library prior -o no
sed -e 's/sample moved/sample walk/' -e 's/, by : real/, note : real/' -e 's/x + by/x + note/' reals.gen >names.gen
holds "names that the runtime has" "$GENC" emit names.gen --library walk -o names-c
# shellcheck disable=SC2086
holds "bring nothing of it along" gcc $flags $strict -O0 -c names-c/names.c -o names.o
cat >"two words.gen" <<'G'
data x[1, 1, 1, 1, 1, 1, 4, 4] : index(4) = sprites(size = 8) |> resize(4, 4) |> quantize(4)
network half(a) { return a / 2 }
network double(a, unread) { return 2 * a }
decoder p(z) { return z |> dense(3) }
z[2] ~ normal(0, 1)
loss l = sum(p(z)^2) + half(z[0]) + double(z[0], z)
train { minimize l over p using sgd(lr = 0.1) batch 4 steps 2 }
sample p { v[2] ~ normal(0, 1)   return array(p(v)) }
G
holds "without parameters" "$GENC" emit "two words.gen" --library half,double -o "two words"
# shellcheck disable=SC2086
holds "it is ISO C" gcc $flags $strict -pedantic-errors -c "two words/two words.c" -o words.o
holds "an argument that is not read is one" grep -q "real \*a, const .*real \*unread," "two words/two words.h"
holds "its command line is quoted" grep -q -e "-c 'two words.c'" "two words/two words.c"
refused 2 "'p' is a sample and a network too" "$GENC" emit "two words.gen" --library p -o no
refused 2 "'x' has 8 axes: there is none left for its colours" "$GENC" emit "two words.gen" --library x -o no
holds "data alone" "$GENC" emit reals.gen --library x -o reals-c
# shellcheck disable=SC2086
holds "are ISO C" gcc $flags $strict -pedantic-errors -c reals-c/reals.c -o reals.o
sed -e 's/sample moved/sample load/' reals.gen >taken.gen
refused 2 "'load' is what the library calls something of its own" "$GENC" emit taken.gen --library load -o no

# ---- checkpoints that are none ----

refused 1 "nowhere: cannot be opened" ./try nowhere
head -c 5 run/checkpoint.safetensors >bad
refused 1 "bad: too short" ./try bad
head -c 3000 run/checkpoint.safetensors >bad
refused 1 "bad: truncated" ./try bad
{ cat run/checkpoint.safetensors; echo; } >bad
refused 1 "bad: its tensors take" ./try bad
sed -e 's/"p.out.dense.W"/"p.out.dense.V"/' run/checkpoint.safetensors >bad
refused 1 "bad: has no tensor 'p.out.dense.W'" ./try bad
sed -e '0,/"dtype":"F32"/s//"dtype":"F31"/' run/checkpoint.safetensors >bad
refused 1 "bad: tensor .* has the unknown dtype 'F31'" ./try bad
"$GENC" build vae.gen -D zdim=10 -o other >log && ./other train --steps 0 --quiet --out other-run
refused 1 "other-run/checkpoint.safetensors: '.*' has another shape" ./try other-run/checkpoint.safetensors
refused 2 "'.*' has another shape" "$GENC" emit vae.gen --library p --embed other-run/checkpoint.safetensors -o no
refused 2 "no such file\|cannot be opened" "$GENC" emit vae.gen --library p --embed nowhere -o no
holds "nothing is left of what was refused" test ! -e no

# ---- wrong uses ----

refused 2 "there is no network, sample or data 'nosy'; did you mean 'noisy'?" "$GENC" emit vae.gen --library nosy -o no
refused 2 "there is no network, sample or data 'nothing'; there are: .*q.*y.*codes.*x" "$GENC" emit vae.gen --library nothing -o no
refused 2 "-o names the folder" "$GENC" emit vae.gen --library p
refused 2 "named twice" "$GENC" emit vae.gen --library p,p -o no
refused 2 "a name is missing" "$GENC" emit vae.gen --library p,,q -o no
refused 2 "embed belongs to --library" "$GENC" emit vae.gen --embed run/checkpoint.safetensors
refused 2 "not both" "$GENC" emit vae.gen --library p --standalone -o no
refused 2 "depends on the other examples" "$GENC" emit vae.gen --library rank -o no
refused 2 "depends on how far training" "$GENC" emit vae.gen --library warm -o no
refused 2 "is declared 'autoregressive'" "$GENC" emit "$root/specs/wavenet.gen" --library p -o no
refused 2 "vae.c is there and was not written by genc" sh -c "mkdir mine; echo mine >mine/vae.c; '$GENC' emit vae.gen --library p -o mine"

# ---- the example ----

if [ -n "${FULL:-}" ]; then
    cp -r "$root/examples/decoder-in-c" example && cd example || exit 1
    sed -i 's/--epochs 5/--steps 20/' Makefile
    holds "examples/decoder-in-c" make -s GENC="$GENC" SPEC="$root/specs/vae.gen" >../log 2>&1
else
    mkdir example && cd example || exit 1
    "$GENC" emit ../vae.gen --library p,x --embed ../run/checkpoint.safetensors -o network
    cp "$root/examples/decoder-in-c/main.c" .
    # shellcheck disable=SC2086
    holds "examples/decoder-in-c" gcc -std=c11 -O1 $strict -DGENC_MINIMAL -Inetwork main.c network/vae.c -o digits -lm
    ./digits >digits.pgm
fi
holds "its picture" test "$(head -c 15 digits.pgm | tr '\n' ' ')" = "P5 280 168 255 "
holds "is whole" test "$(wc -c <digits.pgm)" -eq $((15 + 280 * 168))

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
