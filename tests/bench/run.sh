#!/bin/sh
# make bench: training steps beside their floor, measured in turn in one run.
#
#   limit   the step's multiply-adds at the rate of a 2048-cube product
#   bare    its products as bare BLAS calls, and the memory traffic of its updates (of an Adam 28 bytes a
#           parameter) at memory speed; the compiler itself lists them: genc build --dump=products
#
#   tests/bench/run.sh [NAME...]     some of the workloads only (make bench WORKLOADS="vae cvae")
cd "$(dirname "$0")" || exit 1
GENC=${GENC:-$PWD/../../genc}
CC=${CC:-cc}
ROUNDS=${ROUNDS:-5}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

$CC -O3 -march=native -fopenmp bare.c -o "$work/bare" -lopenblas -lm || exit 1

value() { sed -n "s/.*\"$1\": \([0-9.eE+-]*\).*/\1/p"; }
middle() { sort -n "$1" | awk '{ at[NR] = $1 } END { print at[int((NR + 1) / 2)] }'; }

# bench NAME SPEC [OPTION...]
bench() {
    name=$1
    spec=../../specs/$2.gen
    [ -e "$spec" ] || spec=$2.gen
    shift 2
    "$GENC" build "$spec" "$@" -o "$work/trainer" || exit 1
    "$GENC" build --dump=products "$spec" "$@" >"$work/products" || exit 1
    # about a second of steps a round
    steps=$("$work/trainer" bench --steps 5 | value ms_per_step | awk '{ n = int(1000 / $1); print (n < 5 ? 5 : n > 200 ? 200 : n) }')
    round=0
    while [ $round -lt "$ROUNDS" ]; do
        "$work/trainer" bench --steps "$steps" | value ms_per_step >>"$work/step"
        "$work/bare" "$name" <"$work/products" >"$work/line" || exit 1
        value bare_ms <"$work/line" >>"$work/bare_ms"
        value limit_ms <"$work/line" >>"$work/limit_ms"
        round=$((round + 1))
    done
    echo "$name $(middle "$work/step") $(middle "$work/bare_ms") $(middle "$work/limit_ms")" |
        awk '{ printf "%-12s %9.3f %9.3f %9.3f %11.2f %11.2f\n", $1, $2, $3, $4, $2 / $3, $2 / $4 }'
    rm -f "$work/step" "$work/bare_ms" "$work/limit_ms"
}

chosen=" $* "
printf '%-12s %9s %9s %9s %11s %11s\n' workload "step ms" "bare ms" "limit ms" step/bare step/limit
grep -v '^ *\(#\|$\)' workloads | while read -r name spec options; do
    case "$chosen" in
        "  " | *" $name "*)
            # shellcheck disable=SC2086  # options are words
            bench "$name" "$spec" $options </dev/null || exit 1 ;;
    esac
done
