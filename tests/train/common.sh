# What the tests of trainers share: `. ./common.sh` first, `finish` last. A test runs in a folder of
# its own, $work; $here is tests/train, $root the repository.
# shellcheck shell=sh
here=$PWD
root=$(cd ../.. && pwd)
GENC=${GENC:-$root/genc}
BUILD=${BUILD:-$root/build}
CC=${CC:-cc}
work=$(mktemp -d)
passed=0
failed=0
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

# One thread each: tests run side by side, and threads that wait for each other while spinning on a busy
# core are slow beyond all measure.
export OMP_NUM_THREADS="${OMP_NUM_THREADS:-1}"

# A compiler built with sanitizers builds trainers with them: its runtime needs them.
sanitized=false
trainer_cc=$CC

# compile_with FLAG...: trainers are built with these on top of genc's own.
compile_with() {
    trainer_cc=$work/cc
    printf '#!/bin/sh\nexec %s "$@" %s\n' "$CC" "$*" >"$trainer_cc"
    chmod +x "$trainer_cc"
}

if grep -q __asan_init "$GENC"; then
    sanitized=true
    compile_with -O1 -fsanitize=address,undefined
    # 99: told apart from the 1 of a message to the user
    export ASAN_OPTIONS="${ASAN_OPTIONS:-detect_leaks=0:exitcode=99}"
    export UBSAN_OPTIONS="${UBSAN_OPTIONS:-halt_on_error=1:exitcode=99}"
fi

pass() { passed=$((passed + 1)); }
fail() { failed=$((failed + 1)); echo "FAILED: $*"; }

# holds WHAT COMMAND...: the command succeeds.
holds() {
    what=$1
    shift
    if "$@"; then pass; else fail "$what"; fi
}

# ends WHAT STATUS COMMAND...: the command ends with that status; what it says is in out and err.
ends() {
    what=$1
    wanted=$2
    shift 2
    "$@" >out 2>err
    status=$?
    if [ $status -eq "$wanted" ]; then pass; else
        fail "$what: status $status, not $wanted"
        tail -n 20 out err
    fi
}

says() { grep -q -e "$1" "$2"; }

# build SPEC TRAINER [OPTION...]: a trainer out of a spec; without it there is nothing to test.
build() {
    spec=$1
    trainer=$2
    shift 2
    if "$GENC" build "$spec" -o "$trainer" --cc "$trainer_cc" "$@" >build.log 2>&1; then
        pass
    else
        fail "genc build $spec $*"
        cat build.log
        finish
    fi
}

# helper NAME [LIBRARY...]: a C program or library of tests/train/ (NAME.c), built once; sets $program.
helper() {
    program=$BUILD/tests/train/$1
    source=$here/$1.c
    shift
    newest=$(ls -t "$source" "$here"/common.sh "$here"/*.h | head -n 1)
    if [ "$program" -nt "$newest" ]; then return; fi
    mkdir -p "$BUILD/tests/train"
    # shellcheck disable=SC2086  # flags are words
    if ! $CC -std=gnu11 -Wall -Wextra -Wshadow -Werror -O2 -o "$program.$$" "$source" "$@" >helper.log 2>&1; then
        fail "$source does not compile"
        cat helper.log
        finish
    fi
    mv "$program.$$" "$program"
}

# losses FILE [SPLIT]: "step name value ..." of every line of a metrics.jsonl, losses and metrics.
losses() {
    sed -n 's/^{"step": \([0-9]*\),.*"split": "'"${2:-train}"'".*"losses": {\([^}]*\)}, "metrics": {\([^}]*\)}.*/\1 \2 \3/p' "$1" |
        tr -d '",:'
}

# measure NAME FILE: one number out of what `eval --json` printed.
measure() { sed -n 's/.*"'"$1"'": \([^,}]*\).*/\1/p' "$2"; }

# close A B TOLERANCE: two numbers agree, relative to the larger.
close() {
    awk -v a="$1" -v b="$2" -v t="$3" 'BEGIN {
        d = a - b; if (d < 0) d = -d
        m = a < 0 ? -a : a; n = b < 0 ? -b : b; if (n > m) m = n
        exit !(a != "" && b != "" && d <= t * m) }'
}

below() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a != "" && a + 0 < b + 0) }'; }

finish() {
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
    exit
}
