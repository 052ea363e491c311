#!/bin/sh
# A run that was interrupted ends with the same bytes in its checkpoint as one that never was: after
# SIGKILL at random moments, after SIGINT and SIGTERM, and when it goes on past its first target; and
# metrics.jsonl has every line once. The spec has all that a checkpoint must carry.
cd "$(dirname "$0")" && . ./common.sh
build "$here/specs/stateful.gen" ./model
kills=8
steps=4000
if [ -n "$FULL" ]; then kills=50; steps=40000; fi

same_checkpoint() { cmp "$1/checkpoint.safetensors" "$2/checkpoint.safetensors"; }

# Lines without what depends on the clock.
timeless() { sed 's/, "seconds": [^,]*//; s/, "examples_per_second": [^}]*//' "$1/metrics.jsonl"; }
same_metrics() { timeless "$1" >one && timeless "$2" >two && cmp one two; }

ends "a run never stopped" 0 ./model train --out whole --steps $steps --every 50 --quiet
holds "has a line for every report" test "$(losses whole/metrics.jsonl | wc -l)" -eq $((steps / 50))

# names FILE: of the tensors in a checkpoint's header, one a line
names() { grep -a -o '"[^"]*":{"dtype"' "$1" | sort; }
holds "names every tensor" test "$(names whole/checkpoint.safetensors | wc -l)" -gt 40
holds "has no name twice" test -z "$(names whole/checkpoint.safetensors | uniq -d)"

# ---- one at a time ----

./model train --out shared --steps 100000000 --quiet 2>/dev/null &
other=$!
while [ ! -e shared/checkpoint.safetensors ]; do sleep 0.01; done
ends "resuming a run that is going on" 1 ./model train --out shared --resume --quiet
holds "says why not" says "shared: another trainer is at work in this folder" err
ends "a new run there" 1 ./model train --out shared --quiet
kill -KILL $other
wait $other 2>/dev/null
ends "once it has ended" 0 ./model train --out shared --resume --steps 3 --quiet

# ---- SIGKILL ----

# The first try ends once there is something to resume, the others after 0.02 to 0.5 seconds.
./model train --out killed --steps $steps --every 50 --quiet 2>/dev/null &
first=$!
while [ ! -e killed/run.json ]; do sleep 0.01; done
kill -KILL $first
wait $first 2>/dev/null
moments=$(awk -v n="$kills" 'BEGIN { srand(2); for (i = 0; i < n; i++) printf "%.3f ", 0.02 + 0.48 * rand() }')
killed=0
for moment in $moments; do
    timeout -s KILL "$moment" ./model train --out killed --resume --every 50 --quiet >out 2>&1
    status=$?
    case $status in
        137) killed=$((killed + 1)) ;;
        0) ;;
        *) fail "resuming after a kill: status $status"; cat out ;;
    esac
done
holds "at least half of $kills runs were killed on their way ($killed)" test $killed -ge $((kills / 2))
ends "the last one goes on to the end" 0 ./model train --out killed --resume --every 50 --quiet
holds "killed $killed times: the same checkpoint" same_checkpoint whole killed
holds "the same lines of metrics" same_metrics whole killed
holds "no file half written is left" test -z "$(find killed -name '*.tmp*')"

# Killed before its first checkpoint, a run begins again from its seed.
mkdir early
cp killed/run.json killed/spec.gen early
ends "resuming without a checkpoint" 0 ./model train --out early --resume --every 50 --quiet
holds "is the same run" same_checkpoint whole early

ends "begun with another's parameters" 0 ./model train --out init --init whole/checkpoint.safetensors --steps 60 --quiet
mkdir again
cp init/run.json init/spec.gen again
ends "killed before its first checkpoint, it goes on" 0 ./model train --out again --resume --quiet
holds "from the same parameters" same_checkpoint init again

# ---- further than first planned ----

ends "1500 steps" 0 ./model train --out long --steps 1500 --quiet
ends "700 steps" 0 ./model train --out parts --steps 700 --quiet
ends "and 800 more" 0 ./model train --out parts --resume --steps 800 --quiet
holds "are 1500" same_checkpoint long parts
ends "resuming a finished run" 0 ./model train --out parts --resume --quiet
holds "changes nothing" same_checkpoint long parts

# ---- signals that ask ----

# interrupted SIGNAL STATUS: stopped by a signal, the run ends with that status and goes on later.
interrupted() {
    ./model train --out "$1" --steps $steps --every 50 --quiet 2>/dev/null &
    running=$!
    while [ ! -e "$1/metrics.jsonl" ]; do sleep 0.01; done
    kill -s "$1" $running
    wait $running
    status=$?
    holds "SIG$1 ends with $2, not $status" test $status -eq "$2"
    ends "SIG$1 leaves a checkpoint that can be used" 0 ./model eval --from "$1/checkpoint.safetensors"
    ends "after SIG$1 the run goes on" 0 ./model train --out "$1" --resume --every 50 --quiet
    holds "SIG$1 changes nothing in the end" same_checkpoint whole "$1"
    holds "SIG$1: every report once" test "$(losses "$1/metrics.jsonl" valid | cut -d ' ' -f 1 | sort | uniq -c |
        awk '$1 == 1' | wc -l)" -eq $((steps / 50))
    holds "SIG$1: no step twice" test -z "$(losses "$1/metrics.jsonl" | cut -d ' ' -f 1 | sort | uniq -d)"
}
interrupted INT 130
interrupted TERM 143

# ---- a signal in a step with a report ----

build "$here/specs/slow.gen" ./slow
ends "three slow steps" 0 ./slow train --out steady --every 1 --quiet

# signalled FOLDER SIGNAL OPTION...: a run that gets a signal in its first step; leaves its status.
signalled() {
    folder=$1
    signal=$2
    shift 2
    ./slow train --out "$folder" --quiet "$@" 2>err &
    running=$!
    while [ ! -e "$folder/run.json" ]; do sleep 0.01; done
    sleep 0.05
    kill -s "$signal" $running
    wait $running
    status=$?
}
signalled cut TERM --every 1
holds "stopped after it: $status" test $status -eq 143
holds "with its report" test "$(losses cut/metrics.jsonl valid | wc -l)" -eq 1
ends "the run goes on" 0 ./slow train --out cut --resume --every 1 --quiet
holds "to the same lines" same_metrics steady cut
holds "the same pages of samples and the same checkpoint" same_checkpoint steady cut
signalled last INT --steps 1
holds "in the last step the run is complete: $status" test $status -eq 0
holds "with its report" test "$(losses last/metrics.jsonl valid | wc -l)" -eq 1
holds "and says so" says '"state": "finished"' last/run.json
signalled far HUP
holds "before the first report: $status" test $status -eq 129
ends "the run goes on" 0 ./slow train --out far --resume --quiet
ends "a run never stopped" 0 ./slow train --out near --quiet
holds "the losses of all steps are in its line" same_metrics near far
holds "its seconds are those of both parts" test "$(sed -n 's/^.*"seconds": \([0-9]*\).*/\1/p' far/run.json)" -ge 0
finish
