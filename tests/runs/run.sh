#!/bin/sh
# genc runs, compare and sweep, on real trainings of a small model.
cd "$(dirname "$0")" || exit 1
GENC=${GENC:-$PWD/../../genc}
. ../checks.sh
spec=$PWD/../spec/diff/same.a.gen
cd "$work" || exit 1
export OMP_NUM_THREADS=1

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

# ---- another spec, or other options, under the same name ----

again() { "$GENC" sweep edited.gen -D lr=1e-3,1e-2 -o edited --threads 1 "$@" >out 2>err; }
cp ring.gen edited.gen
again --steps 20
holds "a sweep of two" test $? -eq 0
cp -r edited kept
sed -i 's/let beta  = 1/let beta  = 4/' edited.gen
again --steps 20
holds "the spec was edited: status 2" test $? -eq 2
holds "it says what was another spec" says '^genc: edited/lr=1e-3 was made when edited.gen was another spec' err
holds "and what to do" says '^help: name another folder with -o' err
cp ring.gen edited.gen
again --steps 30 --real f64
holds "other options: status 2" test $? -eq 2
holds "it says which: steps" says '^note: --steps 20 then, --steps 30 now' err
holds "and real" says '^note: no --real then, --real f64 now' err
holds "nothing was touched" diff -r edited kept
again --steps 20 --threads 2
holds "what no result depends on is free" test $? -eq 0
"$GENC" sweep ring.gen -D lr=1e-2,fast 2>err
holds "a value that is no number: status 2" test $? -eq 2
"$GENC" sweep - -D zdim=1,2 <ring.gen 2>err
holds "standard input: status 2" test $? -eq 2
"$GENC" sweep ring.gen 2>err
holds "nothing varies: status 2" test $? -eq 2
"$GENC" sweep ring.gen -D zdim=1 -D zdim=2 2>err
holds "a name twice: status 2" test $? -eq 2
"$GENC" sweep ring.gen -D zdmi=1,2 -D widht=1,2,3 -o elsewhere 2>err
holds "unknown names: status 2" test $? -eq 2
holds "each is said once" test "$(wc -l <err)" -eq 2
holds "with what there is" says "^genc: -D zdmi: ring.gen has no constant of that name; it has zdim, " err
"$GENC" sweep ring.gen -D zdim=1,2,1.0 -o elsewhere 2>err
holds "a value twice: status 2" test $? -eq 2
holds "it says which" says 'zdim=1,2,1.0: 1.0 is given twice' err
"$GENC" sweep ring.gen -D zdim=0.25,0.5 -o elsewhere 2>err
holds "no combination compiles: status 1" test $? -eq 1
holds "nothing was trained then" test ! -e elsewhere

# ---- what fails has its line, and the others go on ----

"$GENC" sweep ring.gen -D lr=1e-3,1e30 -D zdim=2,0.5 -o mixed --steps 40 --jobs 2 --threads 1 >out 2>err
holds "some fail: status 1" test $? -eq 1
holds "what does not compile" says '^mixed/lr=1e-3,zdim=0.5 .* does not compile ' out
holds "is named before its errors" says '^genc: lr=1e-3 zdim=0.5 does not compile:' err
holds "the same errors are not said again" says '^genc: lr=1e30 zdim=0.5 does not compile, for the same reason$' err
holds "they are not" test "$(grep -c 'mixed.*error:\|ring.gen.*error:' err)" -le 2
holds "nothing ran there" says '^mixed/lr=1e-3,zdim=0.5 .* does not compile  *-  *-  *-  *- ' out
holds "what diverges" says '^mixed/lr=1e30,zdim=2  .* failed ' out
holds "is explained" says "^mixed/lr=1e30,zdim=2: failed: loss '.*' is not finite at step " out
"$GENC" runs mixed >out2
holds "runs knows it later" says "^mixed/lr=1e30,zdim=2  .* failed  *1  0 of 40 " out2
holds "and why" says "^mixed/lr=1e30,zdim=2: failed: loss '.*' is not finite at step " out2
holds "what ended well is finished" says '^mixed/lr=1e-3,zdim=2  .* finished  *1 *40 ' out2
holds "the others are trained" says '^mixed/lr=1e-3,zdim=2  .* 40  ' out
"$GENC" sweep ring.gen -D lr=1e-3,1e30 -D zdim=2,0.5 -o mixed --steps 40 --json >out 2>/dev/null
holds "the table for programs" says '"state":	"does not compile"' out
holds "and nothing else" test "$(head -c 1 out)" = "["

# ---- Ctrl-C: every trainer ends with a checkpoint, and the sweep can go on ----

"$GENC" sweep ring.gen -D lr=1e-2,1e-3,1e-4 -o stopped --steps 4000000 --jobs 2 --threads 1 >out 2>err &
pid=$!
tries=0
while [ "$(ls stopped/*/metrics.jsonl 2>/dev/null | wc -l)" -lt 2 ] && [ $tries -lt 1200 ]; do sleep 0.1; tries=$((tries + 1)); done
kill -INT $pid
wait $pid
holds "SIGINT: status 130" test $? -eq 130
holds "two were stopped" test "$(grep -c '^stopped/.* interrupted  ' out)" -eq 2
holds "the third had not begun" says '^stopped/lr=1e-4 .* not begun  *-  *-  *-  *-' out
holds "their records say so" test "$(grep -l '"state": "interrupted"' stopped/*/run.json | wc -l)" -eq 2
holds "it says how to go on" says 'interrupted: the same command goes on' err
holds "with their checkpoints" test "$(ls stopped/*/checkpoint.safetensors | wc -l)" -eq 2

timeout -k 60 -s INT 2 "$GENC" sweep ring.gen -D lr=1e-2,1e-3,1e-4 -o stopped --steps 4000000 --threads 1 >out 2>err
holds "what was begun before was interrupted" says '^stopped/lr=1e-3 .* interrupted  .* of 4000000 ' out
lost=0 # whenever it comes: timeout gives 137 where it had to kill
for delay in 0.002 0.005 0.008 0.011 0.014 0.017 0.02 0.03 0.04 0.06; do
    timeout -k 60 -s INT $delay "$GENC" sweep ring.gen -D lr=1e-2,1e-3 -o stopped --steps 4000000 --jobs 2 --threads 1 >out 2>&1
    [ $? -eq 124 ] || lost=$((lost + 1))
done
holds "Ctrl-C at any moment ends it" test $lost -eq 0

# ---- no more processes ----

other="setpriv --reuid 65534 --regid 65534 --clear-groups"
if [ "$(id -u)" -eq 0 ] && $other prlimit --nproc=0 "$GENC" help >out 2>&1; then
    chmod 755 . && mkdir -m 777 alone
    $other prlimit --nproc=0 "$GENC" sweep ring.gen -D lr=1e-2,1e-3 -o alone --steps 20 >out 2>err
    holds "what cannot be started fails: status 1" test $? -eq 1
    holds "both are said" test "$(grep -c '^alone/.* not started ' out)" -eq 2
fi

# ---- runs and compare ----

"$GENC" runs >out
holds "runs lists them" test "$(grep -c '^runs/ring/sweep/lr=' out)" -eq 6
holds "with what was set" says 'lr=1e-2 zdim=3' out
holds "and the losses" says 'reconstruction' out
"$GENC" runs --markdown >out
holds "as markdown" says '^| runs/ring/sweep/lr=1e-2,zdim=1 | lr=1e-2 zdim=1 | finished | 7 | 3000 |' out
"$GENC" runs --json >out
holds "as JSON" says '"best_step":	[0-9]*,' out
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
mkdir -p half/1 half/2 half/3 half/4
cp $a/run.json half/1 && cp $a/run.json half/2 && printf '{"name": 3' >half/3/run.json
{ grep '"valid"' $a/metrics.jsonl; echo '{"step": oops}'; } >half/2/metrics.jsonl
"$GENC" runs half >out 2>err
holds "broken runs do not stop the others" test $? -eq 0 -a "$(grep -c '^half/' out)" -eq 2
holds "a broken record is said" says '^genc: half/3: run.json is damaged' err
holds "a broken line is said" says '^genc: half/2: 1 line of metrics.jsonl cannot be read' err
holds "a run that has measured nothing has dashes" says '^half/1 .* -  ' out
cp -r $a other && sed -i -e 's/"kl":/"divergence":/g' other/metrics.jsonl
"$GENC" compare $a other >out 2>err
holds "a loss of one run only" says '^    divergence  *-  *[-0-9.e]*$' out
holds "and one of the other" says '^    kl  *[-0-9.e]*  *-$' out

for n in 1 2; do
    mkdir -p once/$n && cp $a/spec.gen $a/run.json once/$n && echo '{"step": 30, "split": "valid", "losses": {"kl": 0.'$n'}}' >once/$n/metrics.jsonl
done
"$GENC" compare once/1 once/2 -o once.png >out 2>err
holds "runs that were measured once have no curve" test "$(grep -c 'steps$' out)" -eq 0
holds "but their values" says '^    kl  *0.1  *0.2  +0.1 (+100.0 %)$' out
holds "and marks in a picture" test -s once.png

# ---- how a run ended ----

./straight train --out ended --steps 400 --seed 3 --threads 1 --quiet --patience 1 --best kl --every 1 >/dev/null 2>&1
"$GENC" runs ended >out
holds "by patience" says '^ended: finished: no lower held-out kl for 1 report' out
./straight train --out dead --steps 400000000 --threads 1 --quiet >/dev/null 2>&1 &
pid=$!
tries=0
while [ ! -e dead/checkpoint.safetensors ] && [ $tries -lt 1200 ]; do sleep 0.1; tries=$((tries + 1)); done
"$GENC" runs dead >out
holds "one at work" says '^dead .* running ' out
kill -KILL $pid
wait $pid 2>/dev/null
"$GENC" runs dead >out
holds "one that was killed" says '^dead .* killed ' out
./straight train --out dead --resume --steps 0 --quiet >/dev/null 2>&1
"$GENC" runs --json dead >out
holds "and one resumed" says '"state":	"finished"' out
mkdir full && ./straight train --out full/run --steps 2 --threads 1 --quiet >/dev/null 2>&1
mv full/run/metrics.jsonl full/kept && mkdir full/run/metrics.jsonl
./straight train --out full/run --resume --steps 2 --threads 1 --quiet >/dev/null 2>&1
rmdir full/run/metrics.jsonl
"$GENC" runs full >out
"$GENC" compare $a full/run >out2 2>&1
holds "compare says how they ended" says '^    ended  *finished  *failed$' out2
holds "what cannot be written is why it failed" says '^full/run: failed: .*metrics.jsonl.*directory' out
sed -i -e '/"state"/d' -e '/"reason"/d' ended/run.json
"$GENC" runs ended >out
holds "a record of old that does not say" says '^ended  .*zdim=3  *-  *3 ' out

# ---- records that are extreme ----

# record FOLDER FIRST LAST: a run whose kl goes from one to the other
record() {
    mkdir -p "$1"
    cp $a/run.json $a/spec.gen "$1"
    printf '{"step": 1, "split": "valid", "losses": {"kl": %s}}\n{"step": 2, "split": "valid", "losses": {"kl": %s}}\n' "$2" "$3" >"$1/metrics.jsonl"
}
number=0
for pair in "0.69314718055994529 0.69314718055994540" "1e17 100000000000000016" "-1.7e308 1.7e308" "1e999 -1e999" "0 5e-324"; do
    number=$((number + 1))
    # shellcheck disable=SC2086
    record extreme/$number $pair
    timeout -s KILL 60 "$GENC" compare extreme/1 extreme/$number -o extreme.png >out 2>err
    holds "a picture of $pair" test $? -eq 0 -a -s extreme.png
done
sed -i 's/"step": 1,/"step": 1e17,/; s/"step": 2,/"step": 100000000000000016,/' extreme/1/metrics.jsonl
timeout -s KILL 60 "$GENC" compare extreme/1 extreme/1 -o extreme.png >out 2>err
holds "steps that are as near as numbers can be" test $? -eq 0
record late 1 2 && sed -i 's/"step": 2,/"step": 2, "seconds": 1e300,/' late/metrics.jsonl
"$GENC" runs late >out 2>err
holds "more seconds than a number can count" says ' 277777777777:46:40 ' out
record large 1 2 && truncate -s 300M large/metrics.jsonl
"$GENC" compare large late >out 2>err
holds "a file that is too large: status 2" test $? -eq 2
holds "and says so" says 'large: metrics.jsonl: File too large' err
record 'bar|s' 1 2
"$GENC" runs --markdown 'bar|s' >out
holds "a bar is no cell of a table" says '^| bar\\|s | ' out
many=
number=0
while [ $number -lt 260 ]; do number=$((number + 1)) && record many/$number 1 $number && many="$many many/$number"; done
if script -qec true /dev/null >/dev/null 2>&1; then
    TERM=xterm script -qec "'$GENC' compare $many" /dev/null >out 2>&1
    holds "260 runs have their colours in a terminal" test $? -eq 0 -a "$(grep -c "\[3[1-6]m260" out)" -eq 1
fi

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
