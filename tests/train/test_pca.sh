#!/bin/sh
# A linear auto-encoder converges to the error of the principal components, as LAPACK's singular values
# give it (pca.c), within 1 %; and never below it.
cd "$(dirname "$0")" && . ./common.sh
helper pca -lm -lopenblas
"$program" points points.npy
best=$("$program" error points.npy 3)
build "$here/specs/linear_ae.gen" ./linear
ends "training" 0 ./linear train --data . --out run --quiet
ends "evaluation" 0 ./linear eval --data . --from run/checkpoint.safetensors --json
reached=$(measure error out)
holds "error $reached within 1 % of $best" close "$reached" "$best" 0.01
holds "error $reached not below $best" below "$best" "$(awk -v a="$reached" 'BEGIN { print a * 1.00001 }')"
finish
