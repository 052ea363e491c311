#!/bin/sh
# Flows as trainers compute them: there and back in both precisions, densities that integrate to 1, and Real NVP and
# an autoregressive flow trained on a Gaussian whose entropy is known.
cd "$(dirname "$0")" && . ./common.sh
if ! $sanitized; then compile_with -O1; fi

# below LIMIT METRIC: what eval said of it, without its sign
below() {
    awk -v limit="$1" -v name="$2" '$1 == name { v = $2 < 0 ? -$2 : $2; ok = v < limit } END { exit !ok }' out
}

# near METRIC WANTED LIMIT
near() {
    awk -v name="$1" -v wanted="$2" -v limit="$3" '$1 == name { d = $2 - wanted; ok = d * d < limit * limit }
                                                   END { exit !ok }' out
}

for real in f32 f64; do
    case $real in f32) limit=1e-4 ;; *) limit=1e-10 ;; esac
    build "$here/specs/flows.gen" ./flows --real $real
    ends "a flow's state" 0 ./flows train --steps 0 --out "$real"
    ends "a flow's metrics" 0 ./flows eval --from "$real/checkpoint.safetensors"
    holds "$real: inverse(f)(f(x)) is x" below $limit there_and_back
    holds "$real: f(inverse(f)(x)) is x" below $limit back_and_there
    holds "$real: the determinants are opposite" below $limit determinants
    for mass in flow logistic lognormal; do
        holds "$real: the density of $mass integrates to 1" near mass_of_$mass 1 1e-3
    done
done

# Every number of nats above the entropy is one that the flow has not learned.
for layer in 'coupling(32)' 'maf(32) |> reverse'; do
    sed "s/LAYER/$layer/" "$here/specs/gaussian_flow.gen" >gaussian.gen
    build gaussian.gen ./gaussian
    ends "$layer trains" 0 ./gaussian train --out run --steps 1500
    ends "$layer is measured" 0 ./gaussian eval --from run/checkpoint.safetensors
    holds "$layer reaches the entropy" near excess 0 0.01
    rm -rf run
done
# In the units of the source: by hand.
build "$here/specs/bits.gen" ./bits
ends "the bits' state" 0 ./bits train --steps 0 --out bits_of
ends "the bits" 0 ./bits eval --from bits_of/checkpoint.safetensors
holds "bytes with noise, scaled: 8 bits of a uniform density" near bx 8 1e-4
holds "standardized: the mean of log2 of the deviations" near by 3.97932 1e-4
holds "as they are: log 2 is one bit" near bv 1 1e-5
finish
