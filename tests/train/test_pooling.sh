#!/bin/sh
# Masked convolutions, pooling, upsampling, pixel shuffles, instance, group and spectral normalisation in more than 200
# random shapes against their definitions (pooling.c), in double precision, after some steps of training.
cd "$(dirname "$0")" && . ./common.sh
if [ -z "$FULL" ] && ! $sanitized; then compile_with -O1; fi
helper pooling -lm

seeds="1 2 3 4 5 6 7 8"
if [ -n "$FULL" ]; then seeds="$seeds $(seq 9 60)"; fi
for seed in $seeds; do
    "$program" spec "$seed" >layers.gen
    build layers.gen ./layers --real f64
    ends "seed $seed: trains" 0 ./layers train --out "run$seed" --seed "$seed" --quiet
    ends "seed $seed: a sample" 0 ./layers sample all -n 3 --out "run$seed" -o all.npy
    ends "seed $seed: 27 layers as they are defined" 0 "$program" check "$seed" all.npy
done
finish
