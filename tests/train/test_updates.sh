#!/bin/sh
# A step's later minimize takes what the earlier ones changed as constants: the derivative does not run through the
# optimizer that made them. So a stop around them changes nothing, to the bit.
cd "$(dirname "$0")" && . ./common.sh

# spec NAME Q: two networks, each with the other in its loss; Q is how the second loss looks at the first network.
spec() {
    cat >"$1.gen" <<SPEC
data x[3] ~ normal(1, 1)
network q(x) { return x |> dense(4) |> batchnorm |> tanh |> dense(1) }
network p(z) { return z |> dense(4) |> tanh |> dense(1) }
loss near = (p(q(x)) - sum(x))^2 + q(x)^2
loss far  = (p($2) + mean(x))^2
train {
    minimize near over q using adam(lr = 0.01)
    minimize far  over p using adam(lr = 0.01)
    batch 8
    steps 20
}
SPEC
    build "$1.gen" "./$1" --real f64
    ends "$1 trains" 0 "./$1" train --out "run_$1"
}
spec plain 'q(x)'
spec stopped 'stop(q(x))'
holds "both end alike" cmp run_plain/checkpoint.safetensors run_stopped/checkpoint.safetensors
finish
