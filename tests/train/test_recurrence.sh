#!/bin/sh
# Recurrences: `recompute` changes the memory of a step and not a bit of what is trained, whatever the
# length of its pieces; a hand-written cell trains to the bytes of the library's.
cd "$(dirname "$0")" && . ./common.sh

# trained NAME [OPTION...]: a short run of NAME.gen; NAME.safetensors is its checkpoint.
trained() {
    name=$1
    shift
    build "$name.gen" "./$name" "$@"
    "./$name" train --out "run-$name" --steps 3 --quiet >out 2>&1 || { cat out; return 1; }
    mv "run-$name/checkpoint.safetensors" "$name.safetensors"
}
same() { cmp "$1.safetensors" "$2.safetensors"; }
working() { "$GENC" info --json "$1" | sed -n '/"arena"/s/[^0-9]*\([0-9]*\).*/\1/p'; }

# ---- recompute ----

again=$here/gradcheck/recompute.gen
sed 's/ recompute [0-9]*//' "$again" >kept.gen
sed 's/ recompute [0-9]*/ recompute 1/' "$again" >short.gen
sed 's/ recompute [0-9]*/ recompute 1000/' "$again" >whole.gen
cp "$again" again.gen
for spec in again kept short whole; do holds "$spec trains" trained $spec; done
for spec in again short whole; do holds "$spec.gen: the same bytes as kept.gen" same $spec kept; done
holds "pieces take less than half the memory" test "$(($(working again.gen) * 2))" -lt "$(working kept.gen)"
holds "pieces longer than the whole are the whole" test "$(working whole.gen)" -eq "$(working kept.gen)"

# ---- a cell of one's own ----

cat >library.gen <<'END'
data x[12] : index(9) ~ uniform_index(9)

network p(x) { return x |> embed(6) |> lstm(16) |> gru(16) |> dense(9) }

loss nll = -log_prob(categorical(p(x)), x)

train { minimize nll over p using adam(lr = 0.01)   batch 32   steps 10 }
END
{
    for name in lstm gru; do awk -v name=$name -f "$here/definition.awk" "$root/compiler/std/recurrent.gen"; done
    cat library.gen
} >own.gen
holds "both cells are defined" test "$(grep -c '^layer' own.gen)" -eq 2
for spec in library own; do holds "$spec trains" trained $spec; done
holds "cells of one's own train to the same bytes" same own library
"$GENC" emit library.gen -o library.c && "$GENC" emit own.gen -o own.c
arithmetic() { grep -v -e '^ *\/\*' -e '^"' -e 'own.gen' -e 'library.gen' "$1"; }
arithmetic library.c | grep -c gen_gemm >products
arithmetic own.c | grep -c gen_gemm >own_products
holds "and compute the same products" cmp products own_products

# ---- what is inside a turn ----

sed 's/gru(16) |> //' library.gen >one.gen
"$GENC" emit one.gen -o one.c
awk '/^static bool step/ { on = 1 } on && /for \(int t = / { inside = 1 } inside && /gen_gemm/ { n++ }
     /^    }/ { inside = 0 } /^}/ { on = 0 } END { print n + 0 }' one.c >inside
holds "a turn of the LSTM is one product forward and one back" test "$(cat inside)" -eq 2

# ---- what a place of a picture sees ----

# sees LAYER: place (1, 2) of what it makes depends on no place after it, row by row, and on places before it.
sees() {
    cat >sees.gen <<END
data x[2, 4, 5] ~ normal(0, 1)

network f(x) { return x |> $1 }

place  = reshape(real(iota(20)), 1, 4, 5)
moving = grad(sum(f(x)[:, 1, 2]), x)^2
loss later   = sum(where(place > 7, moving, 0))
loss itself  = sum(where(place == 7, moving, 0))
loss earlier = min(sum(where(place == 6, moving, 0)), sum(where(place == 2, moving, 0)))

train { minimize later + itself + earlier over f using sgd(lr = 0)   batch 4   steps 1 }
END
    build sees.gen ./sees && ./sees train --out run-sees --quiet >out 2>&1 || cat out
    losses run-sees/metrics.jsonl | head -n 1 >seen
    rm -r run-sees
}
nothing() { grep -q " $1 0\($\| \)" seen; }
for layer in 'row_lstm(3)' 'row_lstm(3, kind = "A")' 'diagonal_bilstm(3)'; do
    sees "$layer"
    holds "$layer sees nothing later" nothing later
    holds "$layer sees what is left of it and above it" sh -c '! grep -q " earlier 0\( \|$\)" seen'
    case $layer in *A*) holds "$layer does not see itself" nothing itself ;;
    *) holds "$layer sees itself" sh -c '! grep -q " itself 0\( \|$\)" seen' ;; esac
done
sees 'diagonal_lstm(3)'
holds "diagonal_lstm(3) sees nothing later" nothing later
finish
