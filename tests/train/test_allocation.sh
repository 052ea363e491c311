#!/bin/sh
# No memory is allocated inside a training step: a run of 100 steps asks for memory exactly as often as
# one of 10, counting the C library's calls and mmap, with one thread and with two. Not counted is what
# the threads' libraries do for themselves: OpenMP's makes and drops a record of every parallel region,
# OpenBLAS a table of jobs for every product that it splits.
cd "$(dirname "$0")" && . ./common.sh
if $sanitized; then finish; fi         # the sanitizer's allocator cannot be counted this way
helper count_allocations -shared -fPIC -ldl
counter=$program

# allocations TRAINER STEPS THREADS
allocations() {
    rm -rf run
    COUNT_FILE=$work/count OMP_NUM_THREADS=$3 LD_PRELOAD=$counter \
        "$1" train --out run --steps "$2" --every 1000 --quiet >out 2>&1 || { cat out; return 1; }
    cut -d ' ' -f 2 count
}

# steady SPEC THREADS [OPTION...]
steady() {
    name=$(basename "$1" .gen)
    spec=$1
    threads=$2
    shift 2
    build "$spec" ./model "$@"
    few=$(allocations ./model 10 "$threads")
    many=$(allocations ./model 100 "$threads")
    holds "$name, $threads threads: the counter counts ($few)" test "$few" -gt 100
    holds "$name, $threads threads: 10 steps ask $few times, 100 steps $many times" test "$few" -eq "$many"
}

steady "$root/specs/vae.gen" 2 -D width=100
steady "$root/specs/toy_gan.gen" 1
steady "$here/specs/stateful.gen" 1
if [ -n "$FULL" ]; then
    steady "$root/specs/iwae.gen" 1 -D k=5
    steady "$root/specs/iwae.gen" 2 -D k=5
    steady "$here/specs/stateful.gen" 2
fi
finish
