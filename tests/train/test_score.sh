#!/bin/sh
# score: the generator of one checkpoint before the discriminator of another. On the diagonal both are of the same
# one, and eval says the same.
cd "$(dirname "$0")" && . ./common.sh
cat >g.gen <<'SPEC'
data x[2] = ring(8, n = 2000)
generator G(z) { return z |> dense(16) |> batchnorm |> relu |> dense(2) }
discriminator D(x) { return x |> dense(16) |> leaky |> dense(1) }
z[4] ~ normal(0, 1)
fake = G(z)
loss discriminate = softplus(-D(x)) + softplus(D(stop(fake)))
loss generate     = softplus(-D(fake))
metric fake_score = sigmoid(D(fake))
train {
    minimize discriminate over D using adam(lr = 1e-2)
    minimize generate     over G using adam(lr = 1e-2)
    batch 50
    steps 60
    ema   0.9
}
SPEC
build g.gen ./g
ends "train" 0 ./g train --every 20 --keep 3 --out run
set -- run/checkpoint-20.safetensors run/checkpoint-40.safetensors run/checkpoint-60.safetensors
ends "score" 0 ./g score fake_score --of G --by D "$@"
holds "a row for each" test "$(wc -l <out)" -eq 5
ends "score --json" 0 ./g score fake_score --of G --by D --json "$@"
cp out table
place=1
for step in 20 40 60; do
    ends "eval of $step" 0 ./g eval --json --from "run/checkpoint-$step.safetensors"
    alone=$(sed -n 's/.*"fake_score": \([0-9.e-]*\).*/\1/p' out)
    beside=$(sed 's/.*"rows": //' table | tr -d '[] }' | cut -d , -f $place)
    holds "the diagonal at $step is what eval says: $alone, $beside" test "$alone" = "$beside"
    place=$((place + 4))
done
holds "others differ" test "$(sed 's/.*"rows": //' table | tr -d '[] }' | tr , '\n' | sort -u | wc -l)" -eq 9

ends "no such metric" 1 ./g score nothing --of G --by D "$@"
holds "is named" says "no loss or metric 'nothing'" err
ends "no such network" 1 ./g score fake_score --of G --by E "$@"
holds "is named" says "no network 'E'" err
ends "networks not said" 1 ./g score fake_score --of G "$@"
holds "how to say them" says "--of G --by D" err
ends "no checkpoint" 1 ./g score fake_score --of G --by D missing.safetensors
holds "is named" says "missing.safetensors" err
finish
