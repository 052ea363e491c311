#!/bin/sh
# What a GAN's step computes: one forward pass of the generator for both updates, and no gradient of the
# discriminator's weights in the generator's update.
cd "$(dirname "$0")" && . ./common.sh
"$GENC" info --json "$here/specs/frozen.gen" >info.json
holds "genc info" test $? -eq 0

# flops ROLE NAME: of one call, for one example
flops() {
    tr -d '\n\t' <info.json | sed 's/{"role":/\n&/g' |
        sed -n "s/^{\"role\":\"$1\",\"name\":\"$2\",\"batch\":\([0-9]*\),.*\"flops\":\([0-9]*\).*/\1 \2/p" |
        awk '{ printf "%.0f\n", $2 / $1 }'
}

# Forward costs one unit; so does the gradient of the weights, and that of the input. The discriminator scores
# real and generated pictures, learns from both, and passes on what the generator learns from: 8 units.
step=$(flops step "")
generator=$(flops sample made)
discriminator=$(flops sample scored)
echo "step $step, generator $generator, discriminator $discriminator" >units
holds "at most 8 units of D and 3 of G: $(cat units)" \
    awk "BEGIN { exit !($step > 0 && $step <= 8 * $discriminator + 3 * $generator) }"

# weight_gradients SPEC: products that are as large as the weights of D's second layer, 128 x 1024
weight_gradients() {
    "$GENC" emit "$1" -o emitted.c || return 1
    sed -n '/^\(static bool\|GEN_PART void\) step/,/^}/p' emitted.c | grep -c 'gen_gemm([a-z]*, [a-z]*, 128, 1024, '
}
sed '/minimize discriminator/d' "$here/specs/frozen.gen" >generator.gen
holds "D's weights have gradients in its own update" test "$(weight_gradients "$here/specs/frozen.gen")" -eq 2
holds "and none in the generator's" test "$(weight_gradients generator.gen)" -eq 0
finish
