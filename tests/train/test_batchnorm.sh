#!/bin/sh
# Batch normalisation of 200 random shapes (one to four axes, channels first or last) against its definition
# (batchnorm.c): what training makes of a batch, the running averages it leaves, and what a sample makes of them.
cd "$(dirname "$0")" && . ./common.sh
if [ -z "$FULL" ] && ! $sanitized; then compile_with -O1; fi
helper batchnorm -lm

for seed in 1 2 3 4 5 6 7 8 9 10; do
    "$program" spec "$seed" >layers.gen
    "$program" data "$seed" x.npy
    build layers.gen ./layers --real f64
    ends "seed $seed: a step" 0 ./layers train --out "run$seed" --steps 1 --quiet
    ends "seed $seed: a sample" 0 ./layers sample all -n 7 --out "run$seed" -o all.npy
    ends "seed $seed: 20 layers as defined" 0 "$program" check "$seed" all.npy
done
finish
