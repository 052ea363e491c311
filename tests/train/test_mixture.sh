#!/bin/sh
# specs/gmm_em.gen is EM: after as many rounds from the same centres it is where EM written by hand
# (examples/mixture/em.c) is, and no round makes what it fits less likely.
cd "$(dirname "$0")" && . ./common.sh
points='s/= ring(.*/= csv("points.csv") |> split(test = 0.2, last)/'
sed -e "$points" -e 's/let count = 4000/let count = 800/' "$root/specs/gmm_em.gen" >mixture.gen
$CC -std=c11 -O1 -Wall -Wextra -Werror "$root/examples/mixture/em.c" -o em -lm || exit 1
./em points 1000 1 >points.csv
build mixture.gen ./mixture --real f64
ends "the start" 0 ./mixture train --steps 0 --quiet --out start
ends "its centres" 0 ./mixture sample centres -n 1 --from start/checkpoint.safetensors -o centres.npy
for rounds in 1 2 30; do
    ends "training" 0 ./mixture train --steps $rounds --every 1 --quiet --out "run$rounds"
    ends "evaluation" 0 ./mixture eval --from "run$rounds/checkpoint.safetensors" --json
    found=$(measure nll out)
    wanted=$(./em fit points.csv 800 centres.npy $rounds | awk 'END { print $NF }')
    holds "$rounds rounds: $found, by hand $wanted" close "$found" "$wanted" 1e-6
done
rises=$(sed -n 's/.*"split": "train".*"nll": \([-0-9.e]*\).*/\1/p' run30/metrics.jsonl |
    awk 'NR > 1 && $1 > before + 1e-9 { n++ } { before = $1 } END { print n + 0, NR }')
holds "$rises: rises, rounds" test "$rises" = "0 30"
finish
