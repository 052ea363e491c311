#!/bin/sh
# The gradient of every loss of every spec, and of specs written for it (gradcheck/: every layer, activation,
# distribution, move and reduction; scans, draws, derivatives of derivatives), agrees with central
# differences in double precision to 1e-6. FULL=1 lets the C compiler optimise as usual, which takes longer.
cd "$(dirname "$0")" && . ./common.sh
if [ -z "$FULL" ] && ! $sanitized; then compile_with -O1; fi

# right SPEC [OPTION...]
right() {
    name=$(basename "$1" .gen)
    build "$@" --real f64
    ends "gradcheck $name" 0 "./$name" gradcheck
    holds "$name: every gradient is right" grep -q '^[1-9][0-9]* gradients\( and [1-9][0-9]* inverses*\)*, 0 wrong$' out
    grep WRONG out
}

# Smaller networks than the specs' own: a difference takes two runs of the whole program.
for spec in ae vae vae_lecture cvae toy_gan; do right "$root/specs/$spec.gen" "./$spec" -D width=30; done
right "$root/specs/iwae.gen" ./iwae -D width=20 -D zdim=5 -D k=4
for spec in "$here"/gradcheck/*.gen; do right "$spec" "./$(basename "$spec" .gen)"; done

# Straight through the choice of a word: right only if what is under stop is held.
right "$root/specs/vqvae.gen" ./vqvae -D width=30 -D length=4

# What people may write. One of the good specs cannot be checked so: it starts where floor jumps.
good="attention gaussian_mixture vector_quantised"
if [ -n "$FULL" ]; then good="$good adversarial_autoencoder boltzmann diffusion"; fi
for spec in $good; do right "$root/tests/spec/good/$spec.gen" "./$spec"; done
finish
