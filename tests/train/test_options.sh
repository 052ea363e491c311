#!/bin/sh
# What train can be asked for beside a target: --keep, --at, --patience, --best, --init; and report.html.
cd "$(dirname "$0")" && . ./common.sh

# 48 rows of 8 numbers, drawn by awk.
printf '\223NUMPY\001\000v\000' >rows.npy
printf "%-117s\\n" "{'descr': '|u1', 'fortran_order': False, 'shape': (48, 8), }" >>rows.npy
awk 'BEGIN { srand(4); for (i = 0; i < 384; i++) printf "%c", 48 + int(8 * rand()) }' | tr 0-7 '\000-\007' >>rows.npy

build "$here/specs/overfit.gen" ./model
trained() { what=$1; shift; ends "$what" 0 ./model train --data . --every 10 --quiet "$@"; }
kept() { for file in "$1"/checkpoint-*.safetensors; do basename "$file" .safetensors; done | sed 's/checkpoint-//' | sort -n | tr '\n' ' '; }
same() { cmp "$1/checkpoint.safetensors" "$2/checkpoint.safetensors"; }
# objectives RUN: "step value" of every held-out report
objectives() { sed -n 's/^{"step": \([0-9]*\),.*"objective": \([^,}]*\).*/\1 \2/p' "$1/metrics.jsonl"; }

trained "a whole run" --out whole
objectives whole >values
holds "a held-out objective at each report" test "$(wc -l <values)" -eq 40
losses whole/metrics.jsonl valid | awk '{ printf "%.5g\n", $3 + $5 }' >sums
awk '{ printf "%.5g\n", $2 }' values >rounded
holds "it is what is minimized" cmp sums rounded

ends "more threads than there can be" 2 ./model train --data . --out none --threads 4294967297
holds "says so" says "at most 4096, not 4294967297" err

# ---- --best ----

best=$(sort -g -k2 values | head -n 1 | cut -d' ' -f1)
lowest=$(sort -g -k2 values | head -n 1 | cut -d' ' -f2)
holds "the best is not the last ($best)" test "$best" -lt 400
ends "evaluating the best" 0 ./model eval --data . --from whole/best.safetensors --json
holds "it is the lowest there was" close "$(measure objective out)" "$lowest" 1e-6
holds "of its own step" test "$(measure step out)" -eq "$best"
trained "the best by one loss" --out other --best weight
weight=$(losses other/metrics.jsonl valid | sort -g -k5 | head -n 1 | cut -d' ' -f1)
ends "evaluating that" 0 ./model eval --data . --from other/best.safetensors --json
holds "is the step where that was lowest" test "$(measure step out)" -eq "$weight"
ends "the best by nothing" 1 ./model train --data . --out none --best wait --quiet
holds "says what there is" says "there are: error, weight" err

# ---- --patience ----

stop=$(awk 'NR == 1 || $2 < low { low = $2; at = NR } NR - at >= 5 { print $1; exit }' values)
trained "with patience" --out patient --patience 5
holds "stops in time, at $stop" test "$(objectives patient | tail -n 1 | cut -d' ' -f1)" -eq "$stop"
ends "saying so" 0 ./model train --data . --every 10 --out patient2 --patience 5
holds "and which was the best" says "at step $best, is in patient2/best.safetensors" out
trained "a run cut in two" --out halves --patience 5 --steps $((stop - 20))
trained "and gone on with" --out halves --resume --steps 400
holds "ends as the whole one" same patient halves
holds "with the same best" cmp patient/best.safetensors halves/best.safetensors
build "$here/specs/stateful.gen" ./several
ends "patience with several losses" 1 ./several train --out none --patience 3 --quiet
holds "asks for a name" says "say by --best NAME.*reconstruction" err

# Which is the best of a metric: the highest where the spec wants it above a number, and never one that is none.
build "$here/specs/judged.gen" ./judged
ends "the best by a metric that should be high" 0 ./judged train --out high --best near --every 10 --quiet
high=$(sed -n 's/^{"step": \([0-9]*\),.*"near": \([^,}]*\).*/\2 \1/p' high/metrics.jsonl | sort -g | tail -n 1 | cut -d' ' -f2)
ends "evaluating that" 0 ./judged eval --from high/best.safetensors --json
holds "is the step where it was highest, $high" test "$(measure step out)" -eq "$high"
ends "the best by a metric that begins infinite" 0 ./judged train --out odd --best odd --every 10 --patience 3 --quiet
low=$(sed -n 's/^{"step": \([0-9]*\),.*"odd": \([0-9.e-]*\)[,}].*/\2 \1/p' odd/metrics.jsonl | sort -g | head -n 1 | cut -d' ' -f2)
holds "a first value that is none does not count" test "$low" -gt 10
ends "evaluating that" 0 ./judged eval --from odd/best.safetensors --json
holds "is the step where it was lowest, $low" test "$(measure step out)" -eq "$low"
ends "a sample that reads no data" 0 ./judged sample when -n 1 -o when.npy --from high/checkpoint.safetensors
holds "knows the epoch" close "$(tail -c 4 when.npy | od -An -t f4)" "$(sed -n 's/^.*"epoch": \([0-9.]*\).*/\1/p' high/metrics.jsonl | tail -n 1)" 1e-3
build "$here/specs/judged.gen" ./judged -D goal=2
ends "going on with another -D" 0 ./judged train --resume --out high --steps 1 --quiet
holds "says so" says "this run began with no -D; going on with -D goal=2" err

# ---- --keep and --at ----

trained "keeping three" --out kept --keep 3
holds "the last three are there: $(kept kept)" test "$(kept kept)" = "380 390 400 "
holds "the last as the run's own" cmp kept/checkpoint.safetensors kept/checkpoint-400.safetensors
holds "keeping changes nothing" same whole kept
trained "going back" --out kept --resume --at 380
holds "ends the same" same whole kept
holds "with every line once" test "$(objectives kept | wc -l)" -eq 40
holds "and the same best" cmp whole/best.safetensors kept/best.safetensors
trained "going back for a little" --out kept --resume --at 390 --steps 3
holds "from there" test "$(tail -n 1 kept/metrics.jsonl | sed 's/^{"step": \([0-9]*\).*/\1/')" -eq 393
ends "back to what was not kept" 1 ./model train --data . --out kept --resume --at 100
holds "says what was" says "kept are the steps 380, 390, 393, 400" err
ends "--at alone" 1 ./model train --data . --out none --at 100
ends "back in a run that kept nothing" 1 ./model train --data . --out whole --resume --at 100
holds "says how to" says "keep N" err

# ---- --init ----

build "$here/specs/overfit.gen" ./wide -D width=32
ends "another's parameters" 0 ./wide train --data . --out from --steps 0 --init whole/checkpoint.safetensors
holds "those that fit are named" says '^init: p.out.dense#2.b$' out
holds "and those that do not" says '^init: q.out.dense.W has shape \[8, 64\] in the file and \[8, 32\] in the model: begins anew$' out
ends "all of them" 0 ./model train --data . --out again --steps 0 --init whole/checkpoint.safetensors --seed 9
holds "16 of 16" says '^init: 16 of 16 tensors' out
ends "evaluated" 0 ./model eval --data . --from whole/checkpoint.safetensors --json
mv out first
ends "and the new one" 0 ./model eval --data . --from again/checkpoint.safetensors --json
holds "they are the same model" test "$(measure objective first)" = "$(measure objective out)"
printf '1,2,0\n3,4,1\n' >rows.csv
cp rows.csv more.csv
build "$here/specs/samples.gen" ./samples
ends "--init of what has nothing in common" 1 ./samples train --data . --out none --init whole/checkpoint.safetensors
holds "is refused" says "none of its tensors fits" err
ends "--init with --resume" 1 ./model train --data . --out whole --resume --init whole/checkpoint.safetensors

# ---- report.html ----

page=whole/report.html
holds "a page at every report" test -s $page
holds "with a curve for each loss" test "$(grep -c '<svg' $page)" -eq 2
holds "the spec" says 'Far more parameters than examples' $page
holds "nothing from outside" sh -c "! grep -E 'src=\"(http|//|/)|href=|@import|url\\((http|/)' $page"
grep -o 'data:image/png;base64,[A-Za-z0-9+/=]*' $page | sed 's/.*,//' >pictures
tail -n 2 pictures | head -n 1 | base64 -d >latest.png
holds "the latest sample is in it, byte by byte" cmp latest.png whole/samples/prior-0000400.png
tail -n 1 pictures | base64 -d >sliders.png
holds "and the sliders" cmp sliders.png whole/samples/sliders.png
cp $page before.html
ends "the report of a run" 0 ./model report whole
holds "is the same page" cmp before.html $page
ends "the report of no run" 1 ./model report nowhere
finish
