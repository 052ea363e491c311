#!/bin/sh
# Every flow in specs/, after some steps of training: there and back in both precisions, and log_det against a
# Jacobian by differences, in few dimensions. FULL=1: in those of the spec, too.
cd "$(dirname "$0")" && . ./common.sh
if ! $sanitized; then compile_with -O1; fi

# SPEC FLOW VARIABLE; then a sed script that leaves 12 dimensions or fewer (of 3 channels at three scales: 192)
rows='nice           f    x s/digits()/digits(300) |> resize(4, 3)/; s/784/12/g
realnvp        f    x s/0\.\.16/0..6/
realnvp_digits f    x s/digits() |> resize(8, 8)/digits(300) |> resize(4, 3)/; s/\[64\]/[12]/; s/256/32/
glow           f    x s/sprites(size = 32)/sprites(300) |> resize(8, 8)/; s/32/8/g; s/= 64/= 16/; s/steps  *= 8/steps = 2/
maf            f    x s/0\.\.16/0..5/
spline_flow    f    x
iaf_vae        warp z s/zdim *= 20/zdim = 12/; s/digits()/digits(300)/; s/width *= 400/width = 50/'

# below LIMIT METRIC
below() {
    awk -v limit="$1" -v name="$2" '$1 == name { ok = $2 < limit } END { exit !ok }' out
}

# probed SPEC FLOW VARIABLE SCRIPT [PROBE...]: the spec, changed by the script, with what is probed, as probed.gen
probed() {
    sed "$4" "$root/specs/$1.gen" >probed.gen
    flow=$2
    variable=$3
    shift 4
    for probe in probe_flow "$@"; do
        sed "s/\\bF\\b/$flow/g; s/\\bV\\b/$variable/g" "$here/specs/$probe.gen" >>probed.gen
    done
}

# undone WHAT REAL: builds probed.gen, trains it for a little while and asks what it found.
undone() {
    case $2 in f32) limit=1e-4 ;; *) limit=1e-10 ;; esac
    build probed.gen ./probed --real "$2"
    ends "$1 $2 trains" 0 ./probed train --steps 30 --lr-scale 3 --out run --quiet
    ends "$1 $2 is measured" 0 ./probed eval --from run/checkpoint.safetensors
    rm -rf run
    holds "$1 $2: inverse(f)(f(x)) is x" below $limit there_and_back
}

# undone_both_ways WHAT REAL
undone_both_ways() {
    undone "$1" "$2"
    holds "$1 $2: f(inverse(f)(x)) is x" below $limit back_and_there
    holds "$1 $2: the determinants are opposite" below $limit determinants
}

while read -r model flow variable script; do
    probed "$model" "$flow" "$variable" "$script" probe_jacobian
    undone "$model" f64
    holds "$model: log_det is that of the Jacobian" below 1e-6 jacobian
    probed "$model" "$flow" "$variable" "$script"
    undone "$model" f32
    if [ -z "$FULL" ]; then continue; fi
    for real in f64 f32; do
        probed "$model" "$flow" "$variable" '' probe_more
        undone_both_ways "$model, as it is," $real
    done
done <<END
$rows
END

# None is left out.
echo "$rows" >rows
for spec in "$root"/specs/*.gen; do
    name=$(basename "$spec" .gen)
    if grep -q '^flow ' "$spec"; then holds "$name is tested here" says "^$name " rows; fi
done
finish
