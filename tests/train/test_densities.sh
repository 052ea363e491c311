#!/bin/sh
# What a trained density weighs: over a stretch of the line, or a square of the plane, that holds all of it, 1.
cd "$(dirname "$0")" && . ./common.sh
if ! $sanitized; then compile_with -O1; fi

# one METRIC: eval said of it that it is 1.
one() { awk -v name="$1" '$1 == name { d = $2 - 1; ok = d * d < 1e-6 } END { exit !ok }' out; }

# weighed WHAT SPEC METRIC...: trained, each metric is 1.
weighed() {
    weighed=$1
    build "$2" ./weighed
    shift 2
    ends "$weighed trains" 0 ./weighed train --out run --quiet
    ends "$weighed is weighed" 0 ./weighed eval --from run/checkpoint.safetensors
    for metric in "$@"; do holds "$weighed integrates to 1: $(grep "^$metric " out)" one "$metric"; done
    rm -rf run
}

weighed "a density of one number" "$here/specs/densities.gen" lognormal_mass positive_mass mixture_mass

# SPEC SPAN CELLS; the density; a sed script that makes the training short
while read -r model span cells density script; do
    sed "$script; s/steps  *[0-9][0-9]*/steps 400/" "$root/specs/$model.gen" >weighed.gen
    sed "s/SPAN/$span/g; s/CELLS/$cells/g; s/\\bD\\b/$density/" "$here/specs/probe_mass.gen" >>weighed.gen
    weighed "$model" weighed.gen mass
done <<END
realnvp     3 900 inverse(f)(normal(0,1)) s/0\.\.16/0..6/
maf         6 600 inverse(f)(normal(0,1)) s/0\.\.16/0..6/
spline_flow 6 600 inverse(f)(normal(0,1))
gmm         6 600 model
END

# Every flow in the plane takes the points of examples/flows.
for points in spiral crescents board; do
    for model in realnvp maf spline_flow; do
        sed -f "$root/examples/flows/$points.sed" "$root/specs/$model.gen" >points.gen
        ends "$model with $points" 0 "$GENC" check points.gen
        holds "$model with $points is silent" test ! -s err
    done
done
finish
