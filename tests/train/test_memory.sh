#!/bin/sh
# Training takes what was planned: the most memory that `train` has resident, the data set aside, is at most
# 1.2 times the planned bytes and 16 MiB for the C library, BLAS and the rest.
cd "$(dirname "$0")" && . ./common.sh
if $sanitized; then finish; fi         # shadow memory would be measured
helper peak
examples=1000

# planned SPEC BYTES [OPTION...]: BYTES: of one example's values in memory
planned() {
    name=$(basename "$1" .gen)
    bytes=$2
    sed "s/digits()/digits(n = $examples)/" "$1" >"$name.gen"
    shift 2
    build "$name.gen" "./$name" "$@"
    rm -rf "run-$name"
    ends "info $name" 0 "./$name" info --json
    plan=$(measure planned_bytes out)
    ends "train $name" 0 "$program" "./$name" train --out "run-$name" --steps 30 --quiet
    peak=$(tail -n 1 out)
    data=$((examples * 11 / 10 * bytes))       # a tenth more is held out
    holds "$name: $peak bytes resident, $plan planned, $data of data" \
        test "$peak" -le $((plan * 12 / 10 + 16 * 1048576 + data))
}

planned "$root/specs/vae.gen" $((784 * 4))
planned "$root/specs/cvae.gen" $((784 * 4 + 4))
planned "$root/specs/iwae.gen" $((784 * 4)) -D k=5
planned "$root/specs/vae.gen" $((784 * 4)) -D width=2000

# 1.2 GB for what comes and goes, on a machine that gives 1 GB: said before anything is done, and nothing
# is left behind. What needs no such memory works.
cat >big.gen <<'END'
data x[4] ~ normal(0, 1)
network f(x) { return x |> dense(30000) |> tanh |> dense(1) }
loss l = sum(f(x)^2)
train { minimize l over f using sgd(lr = 0.1)   batch 5000   steps 1 }
END
build big.gen ./big
in_1_gb() { (ulimit -v 1000000 && "$@"); }
ends "more memory than there is" 1 in_1_gb ./big train --out run-big
holds "is said" says '^big: 1.2 GB of memory .* a batch of 5000 examples' err
holds "leaves nothing" test ! -e run-big
ends "info all the same" 0 in_1_gb ./big info
ends "with enough of it" 0 ./big train --out run-big --steps 0 --quiet
ends "a report, which draws" 0 ./big report run-big
finish
