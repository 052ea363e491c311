#!/bin/sh
# End to end: specs become trainers, and what these do is compared with what is known independently.
# Every test_*.sh says at its head what it proves; this driver runs them, two at a time, and adds up.
#
#   tests/train/run.sh [test_NAME.sh...]
#
# From the environment: GENC (the compiler), BUILD (its build folder), FULL=1 (the long versions).
cd "$(dirname "$0")" || exit 1
GENC=${GENC:-$PWD/../../genc}
BUILD=${BUILD:-$PWD/../../build}
export GENC BUILD
"$GENC" --version >/dev/null || { echo "no compiler at $GENC"; echo "0 passed, 1 failed"; exit 1; }
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT

export logs
if [ $# -eq 0 ]; then set -- test_*.sh; fi
# shellcheck disable=SC2016  # the inner shell expands it
printf '%s\n' "$@" | xargs -P 2 -I '{}' sh -c './"$1" >"$logs/$1" 2>&1; echo $? >"$logs/$1.status"' - '{}'

passed=0
failed=0
for test in "$@"; do
    numbers=$(sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p' "$logs/$test" | tail -n 1)
    good=${numbers% *}
    bad=${numbers#* }
    if [ -z "$numbers" ]; then good=0; bad=1; fi
    if [ "$(cat "$logs/$test.status")" -ne 0 ] && [ "$bad" -eq 0 ]; then bad=1; fi
    if [ "$bad" -gt 0 ]; then
        echo "-- $test"
        cat "$logs/$test"
    fi
    passed=$((passed + good))
    failed=$((failed + bad))
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
