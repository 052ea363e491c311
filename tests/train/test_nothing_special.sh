#!/bin/sh
# The compiler knows no layer, distribution, optimizer or initializer: a spec with its own copies of the
# library's trains bit for bit as the one without. Nor does the order of declarations matter, or what
# a constant is called. The seed does. With the same number of threads, the bytes are the same each time.
cd "$(dirname "$0")" && . ./common.sh
vae=$root/specs/vae.gen
std=$root/compiler/std

# trained SPEC NAME [OPTION...]: a short run of the spec; NAME.safetensors is its checkpoint.
trained() {
    "$GENC" check "$1" || return 1
    build "$1" "./$2" -D width=100
    name=$2
    shift 2
    "./$name" train --out "run-$name" --steps 20 --quiet "$@" >out 2>&1 || { cat out; return 1; }
    mv "run-$name/checkpoint.safetensors" "$name.safetensors"
}
same() { cmp "$1.safetensors" "$2.safetensors"; }
differ() { ! cmp -s "$1.safetensors" "$2.safetensors"; }

holds "vae.gen trains" trained "$vae" vae

# ---- its own definitions ----

{
    for name in dense relu fan_in_uniform uniform normal bernoulli adam flatten; do
        cat "$std"/*.gen | awk -v name=$name -f "$here/definition.awk"
    done
    cat "$vae"
} >own.gen
holds "all eight are defined" test "$(grep -c -E '^(fn|layer|distribution|optimizer) ' own.gen)" -eq 8
holds "a spec with definitions of its own trains" trained own.gen own
holds "to the same bytes" same vae own

# ... and these definitions are the ones that count.
sed 's/eps = 1e-8/eps = 1e-4/' own.gen >own_adam.gen
sed 's/x \* logits - softplus(logits)/x * logits - softplus(1.5 * logits)/' own.gen >own_bernoulli.gen
sed 's/^fn relu(x) *= .*/fn relu(x) = max(x, 0.1 * x)/' own.gen >own_relu.gen
sed 's/return x @ W + b/return x @ W - b/' own.gen >own_dense.gen
for changed in own_adam own_bernoulli own_relu own_dense; do
    holds "$changed.gen is another spec" sh -c "! cmp -s own.gen $changed.gen"
    holds "$changed.gen trains" trained $changed.gen $changed
    holds "a definition that differs makes a difference ($changed)" differ vae $changed
done

# ---- order and names ----

# The same declarations from the last to the first.
awk '/^[a-z]/ && !/^    / { n++ } { part[n] = part[n] $0 "\n" } END { for (i = n; i > 0; i--) printf "%s\n", part[i] }' \
    "$vae" >backwards.gen
holds "backwards.gen begins with a sample" sh -c "head -n 1 backwards.gen | grep -q '^sample'"
holds "declarations in another order train" trained backwards.gen backwards
holds "to the same bytes" same vae backwards

sed 's/zdim/code_length/g' "$vae" >renamed.gen
holds "another name for a constant trains" trained renamed.gen renamed
holds "to the same bytes" same vae renamed

# ---- the seed ----

holds "the same seed again" trained "$vae" again --seed 1
holds "gives the same bytes" same vae again
holds "another seed" trained "$vae" other --seed 2
holds "gives others" differ vae other

# ---- threads ----

holds "two threads" trained "$vae" two --threads 2
holds "two threads again" trained "$vae" twice --threads 2
holds "give the same bytes, whoever was first" same two twice
finish
