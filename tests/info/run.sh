#!/bin/sh
# genc info: the table, word for word (FLOPs and working memory, which better plans change, left out), and
# the JSON, whose numbers have to agree with it.
cd "$(dirname "$0")" || exit 1
GENC=${GENC:-$PWD/../../genc}
. ../checks.sh

# What no better plan changes: data, networks, batches, what is kept.
steady() {
    sed -e '/^programs/,/^$/s/  *[0-9.]*\( [kMGTP]\)*$//' -e '/^  \(working memory\|all\|examples\) .*\.[0-9]*$/d'
}

for spec in ../../specs/vae.gen ../explain/everything.gen; do
    name=$(basename "$spec" .gen)
    "$GENC" info "$spec" >"$work/table" 2>"$work/err"
    holds "$name: status 0" test $? -eq 0
    holds "$name: silent" test ! -s "$work/err"
    steady <"$work/table" >"$work/steady"
    if [ -n "$PROMOTE" ]; then cp "$work/steady" "$name.txt"; fi
    holds "$name.txt" diff -u "$name.txt" "$work/steady"
done

# number KEY: the first number of that key in the JSON.
number() { sed -n "s/.*\"$1\":[[:space:]]*\([0-9]*\).*/\1/p" "$work/json" | head -n 1; }

"$GENC" info --json ../../specs/vae.gen >"$work/json"
holds "planned bytes are the sum of their parts" test \
    "$(number planned_bytes)" -eq $(($(number storages) + $(number inputs) + $(number arena)))
# moments of adam: two more of each parameter
holds "what is kept: parameters and two moments each" test \
    "$(number storages)" -eq $((3 * 4 * 652824))
for key in name data networks tensors programs parameters batch flops_per_step planned_bytes memory remarks; do
    holds "--json has $key" grep -q "^	\"$key\":" "$work/json"
    holds "$key is documented" grep -q "\`$key\`" ../../compiler/README.md
done
"$GENC" info -D width=10 ../../specs/vae.gen >"$work/table"
holds "-D changes the sizes" grep -q 'W\[784, 10\]' "$work/table"
"$GENC" info 2>"$work/err"
holds "no spec: status 2" test $? -eq 2

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
