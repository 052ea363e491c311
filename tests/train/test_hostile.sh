#!/bin/sh
# What is wrong with a file, a folder or a disk ends in one clear message that names it and in status 1:
# never in a crash (run under sanitizers by check-sanitize), never in a file half written.
cd "$(dirname "$0")" && . ./common.sh
helper mutate
mutate=$program
tries=200
if [ -n "$FULL" ]; then tries=2000; fi

# refuses WHAT PATTERN COMMAND...: status 1, and a message that says so.
refuses() {
    what=$1
    pattern=$2
    shift 2
    ends "$what" 1 "$@"
    if grep -q -e "$pattern" err; then pass; else fail "$what: nothing about '$pattern'"; cat err; fi
}

# ---- checkpoints: damaged in many ways ----

build "$here/specs/stateful.gen" ./stateful
ends "a checkpoint to damage" 0 ./stateful train --out run --steps 3 --quiet
loaded=0
refused=0
number=0
while [ $number -lt $tries ]; do
    "$mutate" run/checkpoint.safetensors damaged.safetensors $number
    ./stateful sample prior -n 1 --from damaged.safetensors -o one.npy >out 2>err
    status=$?
    if [ $status -eq 0 ]; then loaded=$((loaded + 1))
    elif [ $status -eq 1 ] && grep -q '^stateful: damaged.safetensors: ' err; then refused=$((refused + 1))
    else fail "damage $number: status $status"; cat err; fi
    number=$((number + 1))
done
holds "$tries damaged checkpoints: $loaded loaded, $refused refused" test $((loaded + refused)) -eq $tries
holds "most damage is noticed" test $refused -gt $((tries / 2))
holds "numbers that merely differ are loaded" test $loaded -gt 0

refuses "a checkpoint that is not there" "nothing.safetensors" ./stateful eval --from nothing.safetensors
refuses "a folder as checkpoint" "run" ./stateful eval --from run
: >empty.safetensors
refuses "an empty checkpoint" "empty.safetensors" ./stateful eval --from empty.safetensors
cp -r run cut
head -c 2000 run/checkpoint.safetensors >cut/checkpoint.safetensors
refuses "resuming from a checkpoint cut short" "cut/checkpoint.safetensors" ./stateful train --out cut --resume --steps 1
holds "leaves it as it was" test "$(wc -c <cut/checkpoint.safetensors)" -eq 2000
cp -r run torn
head -c 100 run/run.json >torn/run.json
refuses "resuming with a run.json cut short" "torn/run.json" ./stateful train --out torn --resume --steps 1

# ---- IDX files ----

build "$here/specs/from_idx.gen" ./from_idx
# idx NAME MAGIC COUNT ROWS COLUMNS BYTES; labels MAGIC COUNT BYTE...: numbers in octal
idx() { { printf '\0\0\'"$2"'\003\0\0\0\'"$3"'\0\0\0\'"$4"'\0\0\0\'"$5"; yes abcde | head -c "$6"; } >"$1"; }
labels() { { printf '\0\0\010\001\0\0\0\'"$2"; yes "$3" | tr -d '\n' | tr '012' '\0\1\2' | head -c "$4"; } >"$1"; }
good_files() {
    rm -f pictures* labels* test_*
    idx pictures 010 20 04 04 256          # 16 examples
    labels labels 20 012 16
    idx test_pictures 010 10 04 04 128
    labels test_labels 10 210 8
}
try() { rm -rf tried; ./from_idx train --data . --out tried --quiet; }
good_files
ends "good files" 0 try
holds "are trained on" test -s tried/checkpoint.safetensors
gzip -k pictures && rm pictures
ends "a file gzipped in the meantime" 0 try
head -c $(($(wc -c <pictures.gz) / 2)) pictures.gz >short && mv short pictures.gz
refuses "a gzipped file cut short" "pictures.gz" try
holds "leaves no run behind" test ! -e tried/checkpoint.safetensors
printf '\037\213nonsense' >pictures.gz
refuses "a gzipped file that is none" "pictures.gz" try
good_files; idx pictures 007 20 04 04 256
refuses "a wrong magic number" "pictures: not an IDX file" try
good_files; printf 'GIF89a' >pictures
refuses "another kind of file" "pictures: not an IDX file" try
good_files; idx pictures 010 20 04 04 255
refuses "a body that is too short" "pictures" try
good_files; idx pictures 010 20 04 04 257
refuses "a body that is too long" "pictures" try
good_files; idx pictures 010 20 04 10 512; idx test_pictures 010 10 04 10 256
refuses "pictures of another size" "x\[1, 4, 4\], .*:2:.*4 x 8" try
good_files; labels labels 17 012 15
refuses "fewer labels than pictures" "labels: has 15 examples" try
good_files; yes 3 | tr -d '\n' | tr 3 '\3' | head -c 16 >three; { head -c 8 labels; cat three; } >more && mv more labels
refuses "a label that is no class" "labels\|y" try
good_files; idx test_pictures 010 10 05 04 160
refuses "held-out pictures of another size" "test_pictures" try
good_files; printf '\0\0\010\003\377\377\377\377\377\377\377\377\377\377\377\377' >pictures
refuses "a header that says impossibly much" "pictures" try
good_files; rm labels
refuses "a missing file" "labels" try
sed 's/test = "test_pictures", //' "$here/specs/from_idx.gen" >half.gen
build half.gen ./half
good_files
refuses "held-out labels without pictures" "test needs test_labels as well" ./half train --data . --out tried --quiet
good_files; : >pictures
refuses "an empty file" "pictures" try
good_files; rm pictures && mkdir pictures
refuses "a folder" "pictures" try
rmdir pictures; mkfifo pictures
refuses "a pipe that nobody writes to" "pictures: is no ordinary file" timeout 60 ./from_idx train --data . --out tried --quiet
rm pictures
refuses "a data folder that is not there" "nowhere" ./from_idx train --data nowhere --out tried

# ---- NumPy files ----

build "$here/specs/from_npy.gen" ./from_npy
# npy DESCR ORDER SHAPE BYTES: a header of 128 bytes, and a body
npy() {
    printf '\223NUMPY\001\000v\000' >rows.npy
    printf "%-117s\\n" "{'descr': '$1', 'fortran_order': $2, 'shape': $3, }" >>rows.npy
    yes '@Ax@bc?' | head -c "$4" >>rows.npy
}
try() { rm -rf tried; ./from_npy train --data . --out tried --quiet; }
npy '<f4' False '(64, 3)' 768
ends "a good array" 0 try
npy '<f4' False '(64, 4)' 1024
refuses "rows of another length" "rows.npy.*4" try
npy '<f4' False '(64, 3)' 767
refuses "an array cut short" "rows.npy" try
npy '<f4' True '(64, 3)' 768
refuses "Fortran order" "rows.npy.*Fortran" try
npy '<c8' False '(64, 3)' 1536
refuses "complex numbers" "rows.npy.*c8" try
npy '|O' False '(64, 3)' 768
refuses "Python objects" "rows.npy" try
npy '<f4' False '(-1, 3)' 768
refuses "a negative length" "rows.npy" try
npy '<f4' False '(4611686018427387904, 4611686018427387904)' 768
refuses "a size past 64 bits" "rows.npy" try
npy '<f4' False '(64, 3)' 768
printf '\000\000\300\177' | dd of=rows.npy bs=1 seek=$((128 + 4 * 7)) conv=notrunc 2>/dev/null
refuses "a number that is none" "rows.npy: row 2 holds .*nan.*element 1" try
npy '<f4' False '(0, 3)' 0
refuses "no rows at all" "rows.npy\|x" try
npy '<f4' False '()' 4
refuses "a single number" "rows.npy" try
npy '<f4' False '(64, 3' 768
refuses "a header that does not end" "rows.npy" try
number=0
npy '<f4' False '(64, 3)' 768
cp rows.npy whole.npy
good=0
while [ $number -lt $((tries / 4)) ]; do
    "$mutate" whole.npy rows.npy $number
    try >out 2>err
    status=$?
    if [ $status -le 1 ]; then good=$((good + 1)); else fail "damaged array $number: status $status"; cat err; fi
    number=$((number + 1))
done
holds "$((tries / 4)) damaged arrays: read or refused" test $good -eq $((tries / 4))
cp whole.npy rows.npy

# ---- folders and disks ----

: >file
refuses "an output folder inside a file" "file" ./from_npy train --data . --out file/run
refuses "a picture in a folder that is not there" "nowhere" ./stateful sample prior --from run/checkpoint.safetensors -o nowhere/p.png
refuses "a picture of no known kind" "p.gif" ./stateful sample prior --from run/checkpoint.safetensors -o p.gif
if [ -c /dev/full ]; then
    mkdir full
    ln -s /dev/full full/metrics.jsonl
    refuses "metrics on a full disk" "full/metrics.jsonl" ./stateful train --out full --steps 3 --quiet
    ln -s /dev/full full/prior.png.tmp
    refuses "a picture on a full disk" "full/prior.png: cannot be written: No space left on device" \
        ./stateful sample prior -n 100 --from run/checkpoint.safetensors -o full/prior.png
    holds "in one line" test "$(wc -l <err)" -eq 1
    refuses "standard output on a full disk" "standard output" sh -c './from_npy info --json >/dev/full'
fi

# A limit on the size of files is a full disk for whoever ignores the signal.
limited() { sh -c 'trap "" XFSZ; ulimit -f 200; exec "$@"' - "$@"; }
cp -r run narrow
refuses "a checkpoint that does not fit the disk" "narrow/checkpoint.safetensors" limited ./stateful train --out narrow --resume --steps 3 --quiet
holds "the last good one is kept" cmp run/checkpoint.safetensors narrow/checkpoint.safetensors
holds "and nothing half written" test -z "$(find narrow -name '*.tmp*' -o -name '*.part*')"
rm -rf fresh
refuses "a first checkpoint that does not fit" "fresh/checkpoint.safetensors" limited ./stateful train --out fresh --steps 3 --quiet

# ---- losses that are not finite ----

build "$here/specs/from_npy.gen" ./wild -D rate=1e20
refuses "a loss that overflows" "loss 'error' is not finite at step [0-9]" ./wild train --data . --out wild-run --quiet
holds "the first bad value is named" says "the first value that went bad: " err
ends "the last good checkpoint is kept" 0 ./wild eval --data . --from wild-run/checkpoint.safetensors
cat >below.gen <<'EOF'
data x[2] = ring(8)
encoder q(x) {
    h = x |> dense(3)
    below = h - h - 1
    return log(below) + h
}
loss l = sum(q(x) ^ 2)
train { minimize l over q using sgd(0.1)   batch 10   steps 1 }
EOF
build below.gen ./below
refuses "a logarithm that a loop computes on the way" "went bad: l, by way of .*q.below.* (not a number" ./below train --quiet

# ---- another model's checkpoint ----

refuses "a checkpoint of another model" "run/checkpoint.safetensors" ./from_npy eval --data . --from run/checkpoint.safetensors
finish
