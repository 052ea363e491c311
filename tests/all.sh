#!/bin/sh
# Runs every test and ends with one line, "N passed, N failed"; exit status 1 if any failed.
#
# A unit test (tests/unit/*.c) is a program of the Check library and prints its summary. Every
# tests/*/run.sh, and every program under tests/fuzz, ends with its own "N passed, N failed".
# All run in the repository's root. From the environment: GENC (the compiler), BUILD (its build folder), FULL=1 (the long tests too).
cd "$(dirname "$0")/.." || exit 1
passed=0
failed=0
log=$(mktemp)
tools=$(mktemp -d)
trap 'rm -rf "$log" "$tools"' EXIT

# count NAME STATUS: adds the numbers at the end of the log; shows the log if something failed.
count() {
    numbers=$(sed -n -e 's/^.*Checks: \([0-9]*\), Failures: \([0-9]*\), Errors: \([0-9]*\).*$/\1 \2 \3/p' \
                     -e 's/^\([0-9]*\) passed, \([0-9]*\) failed$/- \1 \2/p' "$log" | tail -n 1)
    # shellcheck disable=SC2086  # three words or none are wanted
    set -- "$1" "$2" $numbers
    case ${3-none} in
        none) good=0; bad=1 ;;
        -) good=$4; bad=$5 ;;
        *) bad=$(($4 + $5)); good=$(($3 - bad)) ;;
    esac
    if [ "$2" -ne 0 ] && [ "$bad" -eq 0 ]; then bad=1; fi
    passed=$((passed + good))
    failed=$((failed + bad))
    if [ "$bad" -gt 0 ]; then
        echo "---- $1 (status $2)"
        cat "$log"
    else
        echo "$1: $good passed"
    fi
}

for test in tests/unit/*.c tests/fuzz/*.c; do
    [ -e "$test" ] || continue
    "$BUILD/${test%.c}" >"$log" 2>&1
    count "$test" $?
done
# A runtime built with sanitizers has to be linked with them: by the `cc` that genc build finds.
if grep -q __asan_init "$GENC"; then
    printf '#!/bin/sh\nexec %s "$@" -fsanitize=address,undefined\n' "$(command -v cc)" >"$tools/cc"
    chmod +x "$tools/cc"
    PATH=$tools:$PATH
    export ASAN_OPTIONS="${ASAN_OPTIONS:-detect_leaks=0:exitcode=99}"
    export UBSAN_OPTIONS="${UBSAN_OPTIONS:-halt_on_error=1:exitcode=99}"
fi
for test in tests/*/run.sh; do
    [ -e "$test" ] || continue
    [ "$test" = tests/bench/run.sh ] && continue
    "./$test" >"$log" 2>&1
    count "$test" $?
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
