#!/bin/sh
# Every autoregressive spec of specs/: what its derived sampler says at each position is what the whole network, run on
# the finished sequence, says, to 1e-5. A few kinds of state in every run, all specs with FULL=1.
cd "$(dirname "$0")" && . ./common.sh
compile_with -O1

# spec, how much smaller than it is, and whether it is among the few
cat >table <<'END'
pixelrnn        quick  -D width=16
pixelrnn_rgb    full   -D width=16
pixelcnn        full   -D width=8 -D blocks=2
pixelcnn_mnist  quick  -D width=4 -D blocks=2
made            full   -D width=30
nade            full   -D width=8
wavenet         quick  -D length=400 -D residual=4 -D skip=8 -D depth=6
chargpt         quick  -D width=16 -D layers=2 -D context=30
poem_vae        full   -D width=16 -D words=60
audio_rnn       full   -D width=16
row_lstm        quick  -D width=4 -D layers=2
diagonal_bilstm full   -D width=4
END

# without_blocks WORD...: a spec without these declarations
without_blocks() {
    awk -v words=" $* " '
        !skip && index(words, " " $1 " ") { skip = 1; depth = 0 }
        !skip { print; next }
        { depth += gsub(/{/, "{") - gsub(/}/, "}"); if (depth == 0) skip = 0 }'
}

# probe SPEC [OPTION...]: misses none, and would notice
probe() {
    name=$1
    shift
    network=$(sed -n 's/^autoregressive \([a-z]*\)\(([^)]*)\)* on .*/\1\2/p' "$root/specs/$name.gen")
    {
        without_blocks train sample <"$root/specs/$name.gen"
        cat "$here/sampler/probe.gen"
        if grep -q 'return normal(' "$root/specs/$name.gen" && ! grep -q '^encoder' "$root/specs/$name.gen"; then
            cat "$here/sampler/probe_normal.gen"
        fi
        echo "probe ~ $network"
        echo "metric misses over 2  = -log_prob($network, probe)"
        echo "metric noticed over 2 = -log_prob(nudged($network), probe)"
    } >"$name.gen"
    build "$name.gen" "./$name" --real f64 "$@"
    ends "$name: initial values" 0 "./$name" train --steps 0 --out "run_$name" --quiet
    "./$name" eval --from "run_$name/checkpoint.safetensors" >measures 2>/dev/null
    holds "$name misses none" grep -q '^misses  *0$' measures
    holds "$name would notice" awk '$1 == "noticed" && $2 > 0 { ok = 1 } END { exit !ok }' measures
}

grep -l '^autoregressive' "$root"/specs/*.gen | sed 's/.*\/\(.*\)\.gen/\1/' | sort >specs
awk '{ print $1 }' table | sort >rows
holds "every autoregressive spec has its row" cmp specs rows

while read -r name when options; do
    if [ "$when" = full ] && [ -z "$FULL" ]; then continue; fi
    # shellcheck disable=SC2086  # options are words
    probe "$name" $options
done <table
finish
