#!/bin/sh
# A run's folder holds what its spec imports, so that spec.gen can be built there: the same program, by its
# parameters and losses to the bit. Two files of one name are kept apart, from wherever they come.
cd "$(dirname "$0")" && . ./common.sh
mkdir -p specs/deep lib
echo 'fn twice(x) = 2 * x' >specs/deep/parts.gen
echo 'layer line(n) on x[k] { param W[k, n] ~ he_normal(k, n)   return x @ W }' >lib/parts.gen
cat >specs/model.gen <<END
import "deep/parts.gen"
import "../lib/parts.gen" # the other one
data x[4] ~ normal(0, 1)
network f(x) { return x |> line(3) |> twice }
loss l = sum((f(x) - 1)^2)
train { minimize l over f using sgd(lr = 0.01)   batch 8   steps 5 }
END
build specs/model.gen ./model
ends "a run" 0 ./model train --out run
holds "the first import" cmp -s specs/deep/parts.gen run/imports/parts.gen
holds "the second" cmp -s lib/parts.gen run/imports/2-parts.gen
holds "spec.gen says so" grep -q '^import "imports/2-parts.gen"  # the other one$' run/spec.gen
rm -r specs lib
build run/spec.gen ./again
ends "the same again" 0 ./again train --out run2
holds "the same bytes" cmp -s run/checkpoint.safetensors run2/checkpoint.safetensors
holds "the same spec" cmp -s run/spec.gen run2/spec.gen
ends "no difference" 0 "$GENC" diff run/spec.gen run2/spec.gen
ends "their curves and specs" 0 "$GENC" compare run run2
holds "both specs compile" test ! -s err
ends "going on" 0 ./model train --out run --resume --steps 2
ends "runs lists both" 0 "$GENC" runs .
finish
