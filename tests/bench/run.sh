#!/bin/sh
# make bench: a training step beside its floor, measured in turn in one run.
#
#   limit   the step's multiply-adds at the rate of a 2048-cube product
#   bare    its products as bare BLAS calls, and 28 bytes a parameter of optimiser traffic at memory speed
cd "$(dirname "$0")" || exit 1
GENC=${GENC:-$PWD/../../genc}
CC=${CC:-cc}
ROUNDS=${ROUNDS:-5}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

$CC -O3 -march=native -fopenmp bare.c -o "$work/bare" -lopenblas -lm || exit 1

value() { sed -n "s/.*\"$1\": \([0-9.eE+-]*\).*/\1/p"; }
middle() { sort -n "$1" | awk '{ at[NR] = $1 } END { print at[int((NR + 1) / 2)] }'; }

bench() {
    "$GENC" build "../../specs/$1.gen" -o "$work/$1" || exit 1
    round=0
    while [ $round -lt "$ROUNDS" ]; do
        "$work/$1" bench --steps 200 | value ms_per_step >>"$work/step"
        "$work/bare" "$1" >"$work/line"
        value bare_ms <"$work/line" >>"$work/bare_ms"
        value limit_ms <"$work/line" >>"$work/limit_ms"
        round=$((round + 1))
    done
    echo "$1 $(middle "$work/step") $(middle "$work/bare_ms") $(middle "$work/limit_ms")" |
        awk '{ printf "%-8s %9.3f %9.3f %9.3f %11.2f %11.2f\n", $1, $2, $3, $4, $2 / $3, $2 / $4 }'
    rm -f "$work/step" "$work/bare_ms" "$work/limit_ms"
}

printf '%-8s %9s %9s %9s %11s %11s\n' workload "step ms" "bare ms" "limit ms" step/bare step/limit
bench vae
