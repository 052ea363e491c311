#!/bin/sh
# Every optimizer, schedule, clip, repetition and the moving average: twenty steps down a bowl agree in every
# loss with formulas written again in optimizers.awk, to 1e-10.
cd "$(dirname "$0")" && . ./common.sh
build "$here/specs/optimizers.gen" ./optimizers --real f64
ends "training" 0 ./optimizers train --out run --log-every 1 --every 20 --quiet
awk -f "$here/optimizers.awk" | LC_ALL=C sort >expected
{
    losses run/metrics.jsonl
    losses run/metrics.jsonl valid | sed 's/^\([0-9]*\) .*\(averaged [^ ]*\).*/\1 \2/'
} | awk '{ for (i = 2; i < NF; i += 2) print $1, $i, $(i + 1) }' | LC_ALL=C sort >found
for name in $(cut -d ' ' -f 2 expected | sort -u); do
    grep " $name " expected >one
    grep " $name " found >two
    holds "$name" sh -c "paste -d ' ' one two | awk '
        { d = \$3 - \$6; if (d < 0) d = -d; m = \$3 > 1 ? \$3 : 1; if (\$1 != \$4 || !(d <= 1e-10 * m)) { print; bad = 1 } }
        END { exit bad || NR == 0 }'"
done
finish
