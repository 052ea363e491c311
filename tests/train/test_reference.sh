#!/bin/sh
# Ten steps of specs/ae.gen agree in every loss with an auto-encoder written by hand (reference_ae.c)
# from the same checkpoint, on the same pictures in file order: to 1e-9 in double precision, 1e-4 in
# single. 1,000 pictures and ten batches of 128: the stream crosses an epoch's end.
cd "$(dirname "$0")" && . ./common.sh
helper reference_ae -lm
reference=$program
"$reference" pictures train-images-idx3-ubyte 1000
"$reference" pictures t10k-images-idx3-ubyte 200

# agrees TOLERANCE: every loss of metrics.jsonl with the reference's
agrees() {
    "$reference" losses step0.safetensors train-images-idx3-ubyte 10 >expected
    losses "$run/metrics.jsonl" | sed 's/ error / /' >found
    paste -d ' ' expected found | awk -v t="$1" '
        { d = ($2 - $4) / $2; if (d < 0) d = -d; if (!(d <= t) || $1 != $3) { print "step", $0; bad = 1 } }
        END { exit bad || NR != 10 }'
}

for real in f64 f32; do
    run=run-$real
    build "$root/specs/ae.gen" ./ae --real $real
    ends "$real: writing the initial state" 0 ./ae train --data . --out $run --no-shuffle --steps 0 --quiet
    cp $run/checkpoint.safetensors step0.safetensors
    ends "$real: ten steps" 0 ./ae train --out $run --resume --no-shuffle --steps 10 --log-every 1 --quiet
    if [ $real = f64 ]; then tolerance=1e-9; else tolerance=1e-4; fi
    holds "$real: losses within $tolerance" agrees $tolerance
done
finish
