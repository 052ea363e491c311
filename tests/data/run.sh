#!/bin/sh
# Real data through a whole trainer: every picture of ../shared/data/sprites, where that is there, has
# the pixels that Pillow gives it (where python3 has Pillow); a folder that cannot be read is refused.
cd "$(dirname "$0")/../.." || exit 1
GENC=${GENC:-$PWD/genc}
PYTHON=${PYTHON:-python3}
here=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

# expect WHAT COMMAND...
expect() {
    what=$1
    shift
    if "$@" >"$work/log" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED: $what"
        cat "$work/log"
    fi
}

# A trainer whose held-out pictures can be sampled as numbers, in the order of their names.
cat >"$work/pictures.gen" <<'SPEC'
data x[3, 32, 32] = png("sprites", test = "sprites/*.png")
param c[3, 32, 32] = 0
loss error = sum((x - c)^2)
train { minimize error over c using sgd(lr = 0.1)   batch 64   epochs 1 }
sample all(x) { return array(x) }
SPEC

all_pictures() {
    "$work/pictures" train --data "$1" --steps 0 --quiet --out "$work/run" &&
        "$work/pictures" sample all -n "$2" --from "$work/run/checkpoint.safetensors" \
            -o "$work/all.npy"
}

refuses() {
    if "$work/pictures" train --data "$work" --steps 0 --quiet --out "$work/no" 2>"$work/said"; then
        return 1
    fi
    cat "$work/said"
    grep -q "$1" "$work/said"
}

expect "genc build pictures.gen" "$GENC" build "$work/pictures.gen" -o "$work/pictures"
expect "no folder is refused" refuses "sprites: there are no .png files"
mkdir "$work/sprites"
printf 'not a picture' >"$work/sprites/a.png"
expect "a file that is no PNG is refused" refuses "sprites/a.png: not a PNG file"

data=$here/../shared/data
if [ -d "$data/sprites" ] && "$PYTHON" -c "import PIL" 2>/dev/null; then
    count=$(find "$data/sprites" -name '*.png' | wc -l)
    expect "all sprites are read" all_pictures "$data" "$count"
    expect "all sprites have Pillow's pixels" "$PYTHON" tests/data/compare.py "$work/all.npy" \
        "$data/sprites"
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
