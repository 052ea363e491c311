#!/bin/bash
# genc emit --standalone: one file that compiles without a warning in an empty folder, by the line in
# its own comment, with gcc and with clang, and trains to the same bits as what genc build makes. With
# GENC_MINIMAL it needs no library, and is right to rounding; cross-compiled for aarch64 it trains.
# A few specs; FULL=1: all of them.
cd "$(dirname "$0")/../.." || exit 1
root=$PWD
GENC=${GENC:-$root/genc}
. tests/checks.sh
ulimit -s unlimited 2>/dev/null

# compiles all|minimal FILE CC [FLAG...]: by the file's own line (minimal: its second), without a warning.
compiles() {
    line_for=$1 file=$2 cc=$3 which=1
    shift 3
    if [ "$line_for" = minimal ]; then which=2; fi
    line=$(sed -n 's/^ \*     cc //p' "$file" | sed -n "${which}p")
    # shellcheck disable=SC2086  # the line is words
    $cc -Wall -Wextra "$@" $line >"$work/log" 2>&1 && [ ! -s "$work/log" ] || { head -20 "$work/log"; false; }
}

# What training said, without the times.
figures() { sed -e 's/"seconds": [^,]*, //' -e 's/, "examples_per_second": [^}]*//' "$1/metrics.jsonl"; }

# same_bits WHAT FOLDER FOLDER
same_bits() {
    figures "$2" >"$work/one"
    figures "$3" >"$work/two"
    holds "$1: the same losses" cmp -s "$work/one" "$work/two"
    holds "$1: the same parameters" cmp "$2/checkpoint.safetensors" "$3/checkpoint.safetensors"
}

# train FOLDER COMMAND...
train() {
    folder=$1
    shift
    "$@" train --steps 2 --every 2 --quiet --threads 1 --out "$folder"
}

# try_spec COMPILERS NAME [-D NAME=VALUE]...
try_spec() {
    compilers=$1 name=$2
    shift 2
    for cc in $compilers; do
        command -v $cc >/dev/null || continue
        mkdir -p "$work/$name-$cc/alone" "$work/$name-$cc/built"
        cd "$work/$name-$cc/alone" || exit 1
        holds "$name: emitted" "$GENC" emit "$root/specs/$name.gen" --standalone "$@"
        holds "$name: $cc compiles it" compiles all "$name.c" $cc
        cd ../built || exit 1
        # its spec lies where the standalone file looks for data: nowhere
        cp "$root/specs/$name.gen" .
        holds "$name: genc build --cc $cc" "$GENC" build "$name.gen" --cc $cc "$@"
        cd .. || exit 1
        holds "$name, $cc: trains alone" train one alone/"$name"
        holds "$name, $cc: trains" train two built/"$name"
        same_bits "$name, $cc" one two
        cd "$root" || exit 1
        rm -rf "${work:?}/$name-$cc"
    done
}

if [ -n "${FULL:-}" ]; then
    for spec in specs/*.gen; do try_spec "gcc clang" "$(basename "$spec" .gen)"; done
else
    try_spec "gcc clang" vae -D width=50
    try_spec gcc gmm
    try_spec gcc audio_rnn
fi

# ---- what a file is made of ----

cd "$work" || exit 1
"$GENC" emit "$root/specs/vae.gen" --standalone -D width=30 -D beta=2 -o vae.c
holds "the head names spec, hash, version and what was set" \
    grep -q 'The spec: vae.gen, hash [0-9a-f]\{16\}, built with -D width=30 -D beta=2' vae.c
holds "the head has the version" grep -q "written by genc $("$GENC" --version | sed 's/.* //')" vae.c
holds "the licence stands in it" grep -q 'Permission is hereby granted' vae.c
holds "no header of its own is included" test -z "$(grep '#include "' vae.c)"
holds "pictures need libpng" grep -q -e '-lopenblas -lpng -lz -lm$' vae.c
for absent in sndfile.h load_wav source_text transform_mulaw show_video; do
    holds "no $absent in it" test -z "$(grep "$absent" vae.c)"
done
"$GENC" emit "$root/specs/poem_vae.gen" --standalone -o poem.c
holds "text needs no libpng" test -z "$(grep -e '-lpng\|png\.h' poem.c)"
"$GENC" emit "$root/specs/audio_rnn.gen" --standalone -o audio.c
holds "sound files need libsndfile" grep -q -e '-lsndfile' audio.c
printf 'data x[2] = ring(8)\nsample walk(x) { return x as x }\nsample run(x) { return x as x }\n' >names.gen
printf 'network f(x) { return x |> dense(2) }\nloss l = sum((f(x) - x)^2)\n' >>names.gen
printf 'train { minimize l over f using sgd(lr = 0.1) batch 8 steps 2 }\n' >>names.gen
holds "names that the runtime has" "$GENC" emit names.gen --standalone
holds "do not meet" compiles all names.c gcc -O0

# ---- without any library ----

cd "$work" && mkdir -p plain && cd plain || exit 1
"$GENC" emit "$root/specs/vae.gen" --standalone -D width=50
for cc in gcc clang; do
    command -v $cc >/dev/null && holds "minimal: $cc" compiles minimal vae.c $cc
done
holds "without OpenMP" gcc -std=c11 -Wall -Wextra -Werror -O1 -DGENC_MINIMAL vae.c -o serial -lm
holds "needs libc and libm alone" test -z "$(ldd ./vae | grep -v 'libc\.\|libm\.\|linux-vdso\|ld-linux')"
holds "minimal: trains" train plain ./vae
"$GENC" build "$root/specs/vae.gen" -D width=50 -o built >/dev/null
holds "with OpenBLAS" train blas ./built
figures plain >one
figures blas >two
close() {
    paste -d '\n' one two | tr -c '0-9.e\n-' ' ' | awk '{ for (i = 1; i <= NF; i++) v[NR % 2, i] = $i; n = NF }
        NR % 2 == 0 { for (i = 1; i <= n; i++) { d = v[1, i] - v[0, i]; s = v[0, i]
                      if (d * d > 1e-10 * (1 + s * s)) { print v[1, i], v[0, i]; bad = 1 } } } END { exit bad }'
}
holds "right to rounding" close
holds "samples are written" ./vae sample prior --from plain/checkpoint.safetensors -o prior.png
holds "as PNG" test "$(head -c 8 prior.png | od -An -tx1 | tr -d ' \n')" = 89504e470d0a1a0a
printf '\037\213\010\000' | tee t10k-images-idx3-ubyte.gz >train-images-idx3-ubyte.gz
refused 1 "train-images-idx3-ubyte.gz: .*gzip" ./vae train --data . --steps 1 --out no

# ---- another machine ----

cross=aarch64-linux-gnu-gcc
if command -v $cross >/dev/null && command -v qemu-aarch64 >/dev/null; then
    holds "aarch64: compiled" $cross -std=c11 -Wall -Wextra -Werror -O2 -fopenmp-simd -DGENC_MINIMAL -static vae.c -o arm -lm
    holds "aarch64: trains" train arm-run qemu-aarch64 ./arm
    figures arm-run >two
    holds "aarch64: to the same losses" close
else
    echo "no $cross or qemu-aarch64 here: not tried"
fi

# ---- wrong uses ----

cd "$work" || exit 1
echo mine >other.c
refused 2 "was not written by genc" "$GENC" emit "$root/specs/vae.gen" --standalone -o other.c
refused 2 "-o names the C file: alone.c" "$GENC" emit "$root/specs/vae.gen" --standalone -o alone
refused 2 "/nowhere/vae.c: cannot be written: No such file" "$GENC" emit "$root/specs/vae.gen" --standalone -o /nowhere/vae.c
refused 2 "no spec is named" "$GENC" emit --standalone

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
