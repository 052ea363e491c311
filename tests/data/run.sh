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
# ---- sequences ----

# Padding counts nothing: with equal logits each real place costs log 40, and `last` of the classes is
# the end mark, which is 1, unless a rhyme is as long as can be.
cat >"$work/rhymes.gen" <<'SPEC'
data x[26] : index(40) = rhymes(2000) |> chars(40)
param c[26, 40] = 0
loss nll    = -log_prob(categorical(c), x)
loss places = length(x) * log(40)
loss apart  = sum(log_probs(categorical(c), x)) + places
loss final  = (last(real(x)) - 1)^2
train { minimize nll over c using sgd(lr = 0.1)   batch 64   epochs 1 }
sample all(x)           { return x as x }
sample pair(a : x, b : x) { return a, b as x }
SPEC

measures() {
    "$work/rhymes" train --steps 0 --quiet --out "$work/r" &&
        "$work/rhymes" eval --json --from "$work/r/checkpoint.safetensors" >"$work/measured" &&
        awk -F'[:,}]' '{
            for (i = 1; i < NF; i++) {
                gsub(/[" {]/, "", $i)
                value[$i] = $(i + 1)
            }
            small = value["apart"] ^ 2 < 1e-6 && value["final"] == 0
            exit !(small && value["nll"] > 60 && (value["nll"] - value["places"]) ^ 2 < 1e-4)
        }' "$work/measured" || { cat "$work/measured"; return 1; }
}

# prints WHAT PATTERN: the sample's lines, every one.
sample_text() {
    "$work/rhymes" sample "$@" --from "$work/r/checkpoint.safetensors" >"$work/text"
}

all_lines_rhyme() {
    sample_text all -n 50 && [ "$(grep -c -E '^(a|the|one) [a-z ]*$' "$work/text")" -eq 50 ] &&
        cmp "$work/text" "$work/r/all.txt"
}

typed_text_comes_back() {
    printf 'the slug on a rug\n' >"$work/b.txt"
    sample_text pair --set 'a=a cat in a hat' --set "b=$work/b.txt" &&
        printf 'a cat in a hat\nthe slug on a rug\n' | cmp - "$work/text"
}

expect "genc build rhymes.gen" "$GENC" build "$work/rhymes.gen" -o "$work/rhymes"
expect "padding counts nothing" measures
expect "text is sampled as text" all_lines_rhyme
expect "a typed text and a file become examples" typed_text_comes_back

# Sound and video: each kind of file, and no other.
cat >"$work/media.gen" <<'SPEC'
data x[400] : index(64), y : index(8) = tones(20, length = 400) |> mulaw(64) unpaired
data v[4, 6, 6] = bouncing(20, frames = 4, size = 6) |> scale(0, 1) unpaired
param c = 0
loss error = sum((v - c)^2) + 0 * sum(real(x))
train { minimize error over c using sgd(lr = 0.001)   batch 8   steps 1 }
sample sound(x) { return x as x }
sample video(v) { return v as v }
sample heard    { return audio(sin(real(iota(100))), 8000) }
sample seen(v)  { return video(1 - v) }
SPEC

written() {
    rm -rf "$work/m" && "$work/media" train --quiet --out "$work/m" &&
        for file in sound.wav sound.png heard.wav heard.png video.png video.apng seen.apng; do
            name=${file%.*}
            [ -s "$work/m/samples/$name-0000001.${file#*.}" ] || return 1
        done
}

wrong_ending() {
    "$work/media" sample sound -o "$work/x.apng" --from "$work/m/checkpoint.safetensors" \
        2>"$work/said" && return 1
    grep -q "'x' is sound: the ending must be .wav, .png, .npy or .txt" "$work/said"
}

expect "genc build media.gen" "$GENC" build "$work/media.gen" -o "$work/media"
expect "a report has sound and video" written
expect "sound does not move" wrong_ending

if [ -d "$data/fsdd" ]; then
    cat >"$work/digits.gen" <<'SPEC'
data x[1024] : index(256), digit : index(10), speaker : index(6) =
    wav("fsdd") |> mulaw(256) |> windows(1024, stride = 512)
param c[256] = 0
loss nll = -log_prob(categorical(c), x)
train { minimize nll over c using sgd(lr = 0.1)   batch 8   steps 1 }
sample which(x, digit, speaker) { return real(digit) * 10 + real(speaker) }
SPEC
    expect "genc build digits.gen" "$GENC" build "$work/digits.gen" -o "$work/digits"
    expect "2,000 spoken digits are read" "$work/digits" train --data "$data" --quiet --out "$work/d"
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
