#!/bin/sh
# Every distribution of the library against other formulas (families.c): how draws are distributed,
# log-probabilities at points, Kullback-Leibler divergences by numerical integration, means.
cd "$(dirname "$0")" && . ./common.sh
helper families -lm
build "$here/specs/families.gen" ./families --real f64
ends "the initial state" 0 ./families train --out run --steps 0 --quiet

# written NAME N: what the sample gives, as NAME.npy
written() { ends "sample $1" 0 ./families sample "$1" -n "$2" --out run -o "$1.npy"; }

for family in normal logistic laplace uniform mixture mvnormal pairs coin die number; do
    written draws_$family 5000
    holds "draws of $family" "$program" draws $family draws_$family.npy
    written density_$family 1
    holds "density of $family" "$program" density $family density_$family.npy
done
for initialiser in he_normal he_uniform fan_in_uniform lecun_normal glorot; do
    written draws_$initialiser 5000
    holds "draws of $initialiser" "$program" draws $initialiser draws_$initialiser.npy
done
written divergences 1
holds "divergences in closed form" "$program" divergences divergences.npy
written estimates 20000
holds "estimates of divergences" "$program" estimates estimates.npy
written means 1
holds "means" "$program" means means.npy
written edges 1
holds "at 0, 1 and -inf" "$program" edges edges.npy
written slopes 1
holds "derivatives at 0, 1 and -inf" "$program" slopes slopes.npy
written largest 1
holds "what top_k keeps" "$program" largest largest.npy
written turned 4000
holds "drawn matrices are orthogonal" "$program" turned turned.npy
finish
