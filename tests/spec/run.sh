#!/bin/sh
# Golden tests of what genc says.
#
#   bad/NAME.gen   `genc check` gives exactly NAME.err, and status 1
#   good/NAME.gen  `genc check` is silent, status 0
#   fmt/NAME.gen   `genc fmt` gives NAME.out, whose own canonical form is itself
#   every spec without syntax errors: fmt is idempotent and keeps every comment
#   and every spec that compiles: the graph after fmt is the graph before
#   every error of compiler/diag.def is shown by some bad spec
#
# PROMOTE=1 rewrites the expected files instead, for review in the diff. Some specs are also checked and
# emitted under valgrind; with FULL=1 all are.
cd "$(dirname "$0")" || exit 1
GENC=${GENC:-$PWD/../../genc}
"$GENC" --version >/dev/null || { echo "no compiler at $GENC"; echo "0 passed, 1 failed"; exit 1; }
passed=0
failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

pass() { passed=$((passed + 1)); }
fail() { failed=$((failed + 1)); echo "FAILED: $1"; }

# same WHAT EXPECTED FOUND
same() {
    if diff -u "$2" "$3"; then pass; else fail "$1"; fi
}

check_bad() {
    (cd bad && "$GENC" check "$1.gen") >"$work/out" 2>"$work/err"
    status=$?
    if [ $status -ne 1 ]; then fail "bad/$1: status $status, not 1"; cat "$work/err"; return; fi
    if [ -n "$PROMOTE" ]; then cp "$work/err" "bad/$1.err"; fi
    same "bad/$1" "bad/$1.err" "$work/err"
}

check_good() {
    "$GENC" check "$1" >"$work/err" 2>&1
    status=$?
    if [ $status -eq 0 ] && [ ! -s "$work/err" ]; then pass; else fail "$1: status $status"; cat "$work/err"; fi
}

check_fmt() {
    "$GENC" fmt - <"fmt/$1.gen" >"$work/out" 2>"$work/err" || { fail "fmt/$1"; cat "$work/err"; return; }
    if [ -n "$PROMOTE" ]; then cp "$work/out" "fmt/$1.out"; fi
    same "fmt/$1" "fmt/$1.out" "$work/out"
}

# The comments of a spec, one a line, without the space around them.
comments() { grep -o '#.*' "$1" | sed 's/[ \t\r]*$//' | sort; }

check_idempotent() {
    "$GENC" fmt - <"$1" >"$work/once" 2>/dev/null || return
    "$GENC" fmt - <"$work/once" >"$work/twice" 2>&1
    same "$1: fmt twice" "$work/once" "$work/twice"
    comments "$1" >"$work/comments"
    comments "$work/once" >"$work/kept"
    same "$1: comments" "$work/comments" "$work/kept"
}

# What a spec means is what it comes to: the graph of every program.
check_meaning() {
    (cd "$(dirname "$1")" && "$GENC" build --dump=graph "$(basename "$1")") >"$work/before" 2>&1 || return
    "$GENC" fmt - <"$1" >"$work/$(basename "$1")"
    cp -r "$(dirname "$1")"/parts "$work" 2>/dev/null
    (cd "$work" && "$GENC" build --dump=graph "$(basename "$1")") >"$work/after" 2>&1
    same "$1: the graph after fmt" "$work/before" "$work/after"
}

# check_memory SPEC COMMAND...: genc's command on the spec, under valgrind
check_memory() {
    spec=$1
    shift
    valgrind -q --error-exitcode=99 --leak-check=full "$GENC" "$@" "$spec" >"$work/out" 2>"$work/err"
    if [ $? -ne 99 ]; then pass; else fail "$1 $spec: valgrind"; cat "$work/err"; fi
}

# Errors of files too large to keep here (tests/unit/test_syntax.c) and of the command line.
shown_elsewhere="file_too_long too_many_nodes override_unknown override_value"

check_every_error_is_shown() {
    (cd bad && "$GENC" check --json ./*.gen) 2>/dev/null >"$work/json"
    for code in $(sed -n 's/^DIAG(\([A-Z0-9_]*\),.*/\1/p' ../../compiler/diag.def | tr '[:upper:]' '[:lower:]'); do
        case " $shown_elsewhere " in *" $code "*) continue ;; esac
        if grep -q "\"code\":[^,]*\"$code\"" "$work/json"; then pass; else fail "no bad spec shows $code"; fi
    done
}

check_every_error_is_shown
for spec in bad/*.gen; do check_bad "$(basename "$spec" .gen)"; done
for spec in good/*.gen; do [ -e "$spec" ] && check_good "$spec"; done
for spec in fmt/*.gen; do check_fmt "$(basename "$spec" .gen)"; done
for spec in bad/*.gen good/*.gen fmt/*.gen fmt/*.out ../../specs/*.gen ../../compiler/std/*.gen; do
    [ -e "$spec" ] && check_idempotent "$spec"
done
for spec in fmt/*.gen good/*.gen ../../specs/*.gen diff/*.gen; do check_meaning "$spec"; done
if command -v valgrind >/dev/null && ! grep -q __asan_init "$GENC"; then
    checked="bad/unknown*.gen" emitted=../../specs/vae.gen
    if [ -n "$FULL" ]; then
        checked="bad/*.gen good/*.gen ../../specs/*.gen"
        emitted="../../specs/*.gen ../train/specs/*.gen ../train/gradcheck/*.gen"
    fi
    for spec in $checked; do [ -e "$spec" ] && check_memory "$spec" check; done
    for spec in $emitted; do check_memory "$spec" emit -o -; done
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
