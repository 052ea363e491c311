#!/bin/sh
# The derived samplers: what is drawn one position at a time is what the whole network, run on the finished
# sequence, says: to 1e-12 in double precision for sequences of numbers, exactly for those of classes.
cd "$(dirname "$0")" && . ./common.sh

# largest NAME...: the largest absolute value of these measures is at most LIMIT
at_most() {
    limit=$1
    shift
    for name in "$@"; do
        value=$(awk -v name="$name" '$1 == name { print $2 }' measures)
        if [ -n "$value" ] && awk -v v="$value" -v l="$limit" 'BEGIN { exit !(v + 0 <= l + 0 && v + 0 >= 0) }'
        then pass; else fail "$name is '$value', at most $limit"; fi
    done
}

build "$here/sampler/sequences.gen" ./sequences --real f64
ends "sequences: a step" 0 ./sequences train --out run --quiet
./sequences eval --from run/checkpoint.safetensors >measures 2>/dev/null
at_most 1e-12 gap_recurrent gap_attentive gap_heads gap_dilated gap_ahead gap_opposite gap_strided gap_sums \
    gap_strict gap_first gap_nested gap_mixed
if awk '$1 == "size" && $2 > 0.1 { ok = 1 } END { exit !ok }' measures; then pass; else fail "nothing is drawn"; fi

build "$here/sampler/pictures.gen" ./pictures
ends "pictures: some steps" 0 ./pictures train --out seen --quiet
./pictures eval --from seen/checkpoint.safetensors >measures 2>/dev/null
at_most 0 conv made nade rnn attention colour

build "$here/sampler/sharpen.gen" ./sharpen
ends "sharpen: some steps" 0 ./sharpen train --out sharp --quiet
./sharpen eval --from sharp/checkpoint.safetensors >measures 2>/dev/null
at_most 1e-6 top_1 top_2 mass_70 mass_90 mass_60 cooled greedy_is_top_1
ends "a prefix is given" 0 ./sharpen sample again -n 20 --from sharp/checkpoint.safetensors -o again.npy
if [ "$(tail -c 800 again.npy | tr -d '\000' | wc -c)" -eq 0 ]; then pass; else fail "the prefix is not kept"; fi

# only the networks that no rule takes apart are computed whole
for spec in sequences:2 pictures:0; do
    whole=$("$GENC" info "$here/sampler/${spec%:*}.gen" | grep -c "whole for each position")
    if [ "$whole" -eq "${spec#*:}" ]; then pass; else fail "${spec%:*}: $whole are computed whole"; fi
done
finish
