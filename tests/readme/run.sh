#!/bin/sh
# The examples of the Markdown files do what the text says.
#
#   ```gen                        `genc check` is silent about the block, and its layout is canonical
#   <!-- gen ... -->              hidden lines before a block complete it: `...` stands for the block
#   <!-- same as FILE -->         the next block is that file
#   <!-- wrong FILE EDIT -->      the next block is what `genc check` says of FILE after `sed EDIT`
#   <!-- says ARGUMENTS -->       the next block begins what `genc ARGUMENTS` prints
#
# And the reference leaves nothing out: every word of the language and of its library is in it. Nor does
# a header that is a map of its folder.
cd "$(dirname "$0")/../.." || exit 1
GENC=${GENC:-$PWD/genc}
"$GENC" --version >/dev/null || { echo "no compiler at $GENC"; echo "0 passed, 1 failed"; exit 1; }
passed=0
failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# extract FILE.md FOLDER: a folder for each example, named for its line. In it are the block, the
# whole spec, and what the comment before it said: `same` the file, `wrong` and `edit`.
extract() {
    awk -v folder="$2" '
        function put(text, name) { print text >(made "/" name) }
        function begin() {
            made = sprintf("%s/%05d", folder, NR)
            system("mkdir -p " made)
            if (same) put(same, "same")
            if (says) put(says, "says")
            if (wrong) { put(wrong, "wrong"); put(edit, "edit") }
        }
        function finish() {
            if (!hidden) frame[++hidden] = "..."
            for (i = 1; i <= hidden; i++)
                if (frame[i] != "...") put(frame[i], "spec.gen")
                else for (k = 1; k <= lines; k++) put(block[k], "spec.gen")
            for (k = 1; k <= lines; k++) put(block[k], "block")
            in_block = hidden = lines = same = wrong = says = 0
        }
        /^<!-- same as / { same = $4; next }
        /^<!-- wrong / { wrong = $3; edit = $0; sub(/^<!-- wrong [^ ]* /, "", edit); sub(/ -->$/, "", edit); next }
        /^<!-- says / { says = $0; sub(/^<!-- says /, "", says); sub(/ -->$/, "", says); next }
        /^<!-- gen *$/ { in_frame = 1; next }
        in_frame && /^-->/ { in_frame = 0; next }
        in_frame { frame[++hidden] = $0; next }
        /^```/ && in_block == 2 { finish(); next }
        /^```/ && in_block { in_block = 0; next }
        /^```gen *$/ || (/^```/ && (wrong || says)) { begin(); in_block = 2; next }
        /^```/ { in_block = 1; next }
        in_block == 2 { block[++lines] = $0 }
    ' "$1"
}

pass() { passed=$((passed + 1)); }
fail() { failed=$((failed + 1)); echo "FAILED: $1"; }

check_wrong() {
    name=$(basename "$(cat "$1/wrong")")
    sed -e "$(cat "$1/edit")" "$(cat "$1/wrong")" >"$1/$name"
    (cd "$1" && "$GENC" check "$name") >"$work/said" 2>&1
    status=$?
    if [ $status -eq 1 ] && diff -u "$1/block" "$work/said"; then pass; else
        fail "$2: the message, status $status"
    fi
}

check_says() {
    # shellcheck disable=SC2046  # arguments are words
    "$GENC" $(cat "$1/says") 2>&1 | head -n "$(wc -l <"$1/block")" >"$work/said"
    if diff -u "$1/block" "$work/said"; then pass; else fail "$2: what genc $(cat "$1/says") says"; fi
}

check_example() {
    if (cd "$1" && "$GENC" check spec.gen) >"$work/said" 2>&1 && [ ! -s "$work/said" ]; then pass; else
        fail "$2"
        cat "$work/said"
    fi
    if [ -e "$1/same" ]; then cp "$(cat "$1/same")" "$work/wanted"; else
        "$GENC" fmt - <"$1/block" >"$work/wanted" 2>/dev/null || return # not whole declarations
    fi
    if diff -u "$work/wanted" "$1/block"; then pass; else fail "$2: not as it should be written"; fi
}

# The words of the language: built in, from the library, of data and settings.
words() {
    sed -n 's/^BUILTIN("\([a-z0-9_]*\)".*/\1/p' compiler/elaborate/builtins.def
    sed -En 's/^(SOURCE|TRANSFORM)\(([a-z0-9_]*),.*/\2/p' runtime/data/*.def
    sed -En 's/^(fn|layer|distribution|optimizer) ([a-z0-9_]*).*/\2/p' compiler/std/*.gen
    sed -n 's/^ *\[SET_[A-Z_]*\] = {"\([a-z_]*\)".*/\1/p' compiler/elaborate/train.c
    sed -En 's/^ *\{T_[A-Z_]*, "([a-z]*)", (DECLARATION|STATEMENT|KEYWORD|ROLE).*/\1/p' compiler/syntax/tokens.c
}

# Layers, optimizers and schedules as they are called: `adam(lr, beta1 = 0.9)`.
calls() {
    sed -En 's/^layer (.*) on [a-z].*/\1/p; s/^optimizer (.*) on p, g.*/\1/p' compiler/std/*.gen
    sed -En 's/^fn ([a-z_]*\([^)]*\)) =.*/\1/p' compiler/std/schedules.gen
}

for word in $(words | sort -u); do
    if grep -qw -- "$word" specs/README.md; then pass; else fail "specs/README.md: no word of '$word'"; fi
done
calls >"$work/calls"
while read -r call; do
    if grep -qF -- "\`$call\`" specs/README.md; then pass; else fail "specs/README.md: no '$call'"; fi
done <"$work/calls"

# A header that says which file of its folder does what leaves none out.
for header in elaborate/elab.h diff/diff.h explain/explain.h; do
    awk '/\*\// { print; exit } { print }' "compiler/$header" >"$work/map"
    for file in compiler/"$(dirname $header)"/*.c; do
        name=$(basename "$file")
        if grep -qw -- "$name" "$work/map"; then pass; else fail "compiler/$header: nothing of $name"; fi
    done
done

for text in README.md */README.md */*/README.md; do
    [ -e "$text" ] || continue
    extract "$text" "$work/$text"
    for example in "$work/$text"/*/; do
        [ -e "$example/block" ] || continue
        line=$(basename "$example" | sed 's/^0*//')
        if [ -e "$example/wrong" ]; then check_wrong "$example" "$text:$line"; elif [ -e "$example/says" ]; then
            check_says "$example" "$text:$line"; else
            check_example "$example" "$text:$line"
        fi
    done
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
