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

# In single precision a loss of thousands drowns differences in its rounding, which is not an error of the gradient.
cat >large.gen <<'END'
data x[3, 20, 20] = sprites(size = 20) |> scale(0, 1)
network f(x) { return x |> flatten |> dense(30) |> tanh |> dense(1200) |> reshape(3, 20, 20) }
loss l = sum((f(x) - x)^2) * 1000
train { minimize l over f using sgd(1e-3)   batch 16   steps 1 }
END
build large.gen ./large
ends "gradcheck of a large loss in single precision" 0 ./large gradcheck
holds "says what it cannot tell" grep -q '^4 gradients, 0 wrong, [1-4] lost in rounding (build with --real f64)$' out
right large.gen ./large
sed 's/1000$/1e38/' large.gen >infinite.gen
build infinite.gen ./infinite
ends "gradcheck of an infinite loss" 1 ./infinite gradcheck
holds "says so" says "loss 'l' is not finite at the initial values" err
finish
