#!/bin/sh
# specs/vae.gen learns: on the built-in digits, 300 steps bring reconstruction + KL on held-out pictures below
# 145 nats (an untrained one has about 550), close to the training pictures' own; its samples are pictures
# of the size that the grid gives, and come out the same from the same seed. With FULL=1 and MNIST at
# hand, one epoch on that: below 132.
cd "$(dirname "$0")" && . ./common.sh
helper picture -lpng
build "$root/specs/vae.gen" ./vae

# total FILE: reconstruction + kl of an evaluation
total() { awk -v a="$(measure reconstruction "$1")" -v b="$(measure kl "$1")" 'BEGIN { print a + b }'; }

mkdir nothing
ends "training" 0 ./vae train --data nothing --out run --steps 300 --log-every 20 --every 150 --seed 1
holds "the built-in data are announced" says "digits()" err
ends "evaluation" 0 ./vae eval --out run --json
held_out=$(total out)
holds "held out: $held_out nats, below 145" below "$held_out" 145
losses run/metrics.jsonl | tail -n 1 | awk '{ for (i = 2; i < NF; i += 2) sum += $(i + 1); print sum }' >trained
holds "training: $(cat trained) nats, within 5 %" close "$(cat trained)" "$held_out" 0.05
losses run/metrics.jsonl valid | awk '{ for (i = 2; i < NF; i += 2) sum[NR] += $(i + 1) } END { exit !(NR == 2 && sum[2] < sum[1]) }'
holds "both reports have held-out losses, falling" test $? -eq 0

# Eight rows of eight digits at twice their size, a line of 2 between and around them.
is_grid() { "$program" "$1" >size && awk -v w="$2" -v h="$3" '{ exit !($1 == w && $2 == h && $3 == 1 && $5 > 150 && $6 > 15 && $6 < 90) }' size; }
for step in 0000150 0000300; do
    holds "samples/prior-$step.png" is_grid run/samples/prior-$step.png 466 466
    holds "samples/reconstruct-$step.png" is_grid run/samples/reconstruct-$step.png 930 466
done
ends "sample prior" 0 ./vae sample prior --out run -n 20 -o prior.png
holds "five by four digits" is_grid prior.png 292 234
ends "the same again" 0 ./vae sample prior --out run -n 20 -o again.png
holds "is the same picture" cmp prior.png again.png
ends "another seed" 0 ./vae sample prior --out run -n 20 --seed 5 -o other.png
holds "is another" sh -c "! cmp -s prior.png other.png"
ends "as numbers" 0 ./vae sample prior --out run -n 20 -o prior.npy
holds "20 pictures of 784 floats" test "$(wc -c <prior.npy)" -eq $((20 * 784 * 4 + 128))

mnist=$root/../shared/data/mnist
if [ -n "$FULL" ] && [ -e "$mnist/train-images-idx3-ubyte.gz" ]; then
    ends "an epoch of MNIST" 0 ./vae train --data "$mnist" --out mnist --epochs 1 --seed 1 --quiet
    ends "evaluation" 0 ./vae eval --out mnist --json
    holds "MNIST: $(total out) nats, below 132" below "$(total out)" 132
fi
finish
