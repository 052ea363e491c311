#!/bin/sh
# Convolutions of more than 200 random shapes (one to three axes, stride, dilation, padding, groups, odd lengths)
# against the sums that define them (convolutions.c), in double precision.
cd "$(dirname "$0")" && . ./common.sh
if [ -z "$FULL" ] && ! $sanitized; then compile_with -O1; fi
helper convolutions -lm

seeds="1 2 3 4 5 6 7 8 9"
if [ -n "$FULL" ]; then seeds="$seeds $(seq 10 60)"; fi
for seed in $seeds; do
    "$program" spec "$seed" >layers.gen
    build layers.gen ./layers --real f64
    ends "seed $seed: the initial state" 0 ./layers train --out "run$seed" --steps 0 --seed "$seed" --quiet
    ends "seed $seed: a sample" 0 ./layers sample all -n 3 --out "run$seed" -o all.npy
    ends "seed $seed: 24 layers as their sums say" 0 "$program" check "$seed" all.npy
done
finish
