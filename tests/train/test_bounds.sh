#!/bin/sh
# A metric that leaves its bound is warned of at each report, with the place in the spec; one that keeps it is not.
cd "$(dirname "$0")" && . ./common.sh
cat >bounds.gen <<'SPEC'
data x[2] = ring()
param centre[2] = 0
loss far = sum((x - centre)^2)
metric spread over 100 above 50 = sum(batch_var(x))
metric small over 100 below 50 final = 100 + sum(centre^2)
metric kept over 100 below 50 = sum(batch_var(x))
train { minimize far over centre using sgd(lr = 0.1)   batch 10   steps 4 }
SPEC
build bounds.gen ./bounds
ends "train" 0 ./bounds train --every 2 --out run
holds "a metric under its bound is named" says "warning: 'spread' is [0-9.]* at step 2; it should stay above 50 (bounds.gen:4:24)" err
holds "at each report" says "at step 4" err
holds "what is not computed, or keeps its bound, is not" test "$(grep -c warning err)" -eq 2

# One batch, however many are held out: no mean over batches.
cat >final.gen <<'SPEC'
data x[2] = ring()
param centre[2] = 0
loss far = sum((x - centre)^2)
metric first over 7        = batch_mean(x[0])
metric again over 7 final  = batch_mean(x[0])
metric all final           = x[0]
train { minimize far over centre using sgd(lr = 0.1)   batch 10   steps 4 }
SPEC
build final.gen ./final
ends "train" 0 ./final train --out run2 --quiet
ends "eval of what is final" 0 ./final eval --from run2/checkpoint.safetensors --json
holds "over 7 final is over the same 7" close "$(measure again out)" "$(measure first out)" 0
if close "$(measure again out)" "$(measure all out)" 1e-3; then fail "over 7 final is over all"; else pass; fi
finish
