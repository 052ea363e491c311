#!/bin/sh
# grad(y, v) takes v for a leaf (specs/leaves.gen): whatever else is computed from the same value, and
# however the name v is bound.
cd "$(dirname "$0")" && . ./common.sh
build "$here/specs/leaves.gen" ./leaves --real f64
ends "training" 0 ./leaves train --out run --quiet
ends "evaluation" 0 ./leaves eval --out run --json
for way in argument default named piped import layer on network family carry binding a_draw draws loss; do
    error=$(measure of_$way out)
    holds "grad by way of $way: off by $error" below "$error" 1e-12
done
finish
