#!/bin/sh
# genc runs, compare and sweep, on real trainings of a small model.
cd "$(dirname "$0")" || exit 1
GENC=${GENC:-$PWD/../../genc}
passed=0
failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
spec=$PWD/../spec/diff/same.a.gen
cd "$work" || exit 1
export OMP_NUM_THREADS=1

# holds WHAT CONDITION...
holds() {
    what=$1
    shift
    if "$@"; then passed=$((passed + 1)); else
        failed=$((failed + 1))
        echo "FAILED: $what"
    fi
}
says() { grep -q -e "$1" "$2"; }

sed 's/let beta  = 1/let beta  = 1\nlet lr    = 1e-3/; s/adam(lr = 1e-3)/adam(lr = lr)/' "$spec" >ring.gen

# ---- a sweep killed while it works, and started again ----

sweep() { "$GENC" sweep ring.gen -D lr=1e-2,1e-3 -D zdim=1,2,3 --steps 3000 --jobs 2 --threads 1 --seed 7; }
sweep >out1 2>&1 &
pid=$!
tries=0 # until the first has ended and the next are at work
while ! ls runs/ring/sweep/*/done >/dev/null 2>&1 && [ $tries -lt 1200 ]; do sleep 0.1; tries=$((tries + 1)); done
kill -KILL $pid
wait $pid 2>/dev/null
done_before=$(ls runs/ring/sweep/*/done | wc -l)
ls -l --time-style=full-iso runs/ring/sweep/*/done >before
holds "killed in the middle: $done_before of 6 are done" test "$done_before" -lt 6
sweep >out2 2>&1
holds "started again, it ends well" test $? -eq 0
holds "six runs" test "$(ls -d runs/ring/sweep/lr=*,zdim=* | wc -l)" -eq 6
holds "all done" test "$(ls runs/ring/sweep/*/done | wc -l)" -eq 6
holds "it ends with a table of six" test "$(grep -c '^runs/ring/sweep/lr=.* 3000 ' out2)" -eq 6
while read -r line; do # what was finished is not made again
    name=$(printf '%s\n' "$line" | sed 's/.* //')
    holds "$name is as it was" test "$line" = "$(ls -l --time-style=full-iso "$name")"
done <before
for run in runs/ring/sweep/*/; do
    steps=$(sed -n 's/^{"step": \([0-9]*\),.*"valid".*/\1/p' "$run/metrics.jsonl")
    holds "$run: no step twice" test "$(printf '%s\n' "$steps" | sort -n | uniq -d | wc -l)" -eq 0
    holds "$run: at its end" test "$(printf '%s\n' "$steps" | tail -n 1)" -eq 3000
done
"$GENC" build ring.gen -o straight -D lr=1e-2 -D zdim=3 2>build.err
./straight train --out straight_run --steps 3000 --threads 1 --seed 7 --quiet >/dev/null 2>&1
holds "an interrupted run is the same to the bit" cmp -s straight_run/checkpoint.safetensors \
    "runs/ring/sweep/lr=1e-2,zdim=3/checkpoint.safetensors"
before=$(stat -c %Y runs/ring/sweep/*/checkpoint.safetensors | sort -n | tail -n 1)
sweep >out3 2>&1
holds "a third time there is nothing to do" test "$(stat -c %Y runs/ring/sweep/*/checkpoint.safetensors | sort -n | tail -n 1)" = "$before"
"$GENC" sweep ring.gen -D lr=1e-2,fast 2>err
holds "a value that is no number: status 2" test $? -eq 2
"$GENC" sweep ring.gen 2>err
holds "nothing varies: status 2" test $? -eq 2
"$GENC" sweep ring.gen -D zdim=1,0.5 -o elsewhere 2>err
holds "a combination with an error: status 1" test $? -eq 1
holds "nothing was trained then" test ! -e elsewhere

# ---- runs and compare ----

"$GENC" runs >out
holds "runs lists them" test "$(grep -c '^runs/ring/sweep/lr=' out)" -eq 6
holds "with what was set" says 'lr=1e-2 zdim=3' out
holds "and the losses" says 'reconstruction' out
"$GENC" runs nowhere 2>err
holds "no run: status 2" test $? -eq 2
a=runs/ring/sweep/lr=1e-2,zdim=1 b=runs/ring/sweep/lr=1e-3,zdim=3
"$GENC" compare $a $b -o curves.png >out 2>err
holds "compare: status 0" test $? -eq 0
holds "what was changed" says 'let zdim = 1 -> 3' out
holds "and the other constant" says 'let lr = 1e-2 -> 1e-3' out
holds "what it did" says '^    kl  *[-0-9.e]*  *[-0-9.e]*  [-+][0-9.e]* ([-+][0-9.]* %)$' out
holds "curves in the terminal" says '⣀' out
holds "a picture" test "$(head -c 8 curves.png | od -An -tx1 | tr -d ' \n')" = 89504e470d0a1a0a
last=$(grep '"valid"' $a/metrics.jsonl | tail -n 1 | sed 's/.*"kl": \([-0-9.e]*\).*/\1/')
shown=$(sed -n 's/^    kl  *\([-0-9.e]*\) .*/\1/p' out | head -n 1)
holds "its figure is the run's ($last, $shown)" test "$(printf '%.5g' "$last")" = "$shown"
"$GENC" compare $a 2>err
holds "one run is misuse" test $? -eq 2
"$GENC" compare $a missing 2>err
holds "a missing run: status 2" test $? -eq 2
cp -r $a damaged && printf '{"step": 3' >>damaged/metrics.jsonl && "$GENC" compare $a damaged >out 2>err
holds "a line cut short is left out" test $? -eq 0
printf '{' >damaged/run.json && "$GENC" compare $a damaged >out 2>err
holds "a damaged record: status 2" test $? -eq 2
holds "and says so" says 'damaged: run.json is damaged' err

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
