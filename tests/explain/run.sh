#!/bin/sh
# genc explain: the mathematics of a spec, word for word.
#
#   every spec of specs/, and everything.gen   text is NAME.txt, of at most 100 columns
#   vae and everything                         LaTeX is NAME.tex
#   every spec                                 its LaTeX compiles, where there is a pdflatex
#
# PROMOTE=1 rewrites the expected files instead, for review in the diff.
cd "$(dirname "$0")" || exit 1
GENC=${GENC:-$PWD/../../genc}
passed=0
failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

pass() { passed=$((passed + 1)); }
fail() { failed=$((failed + 1)); echo "FAILED: $1"; }

# same WHAT EXPECTED FOUND
same() {
    if [ -n "$PROMOTE" ]; then cp "$3" "$2"; fi
    if diff -u "$2" "$3"; then pass; else fail "$1"; fi
}

# explain SPEC FILE OPTION...: runs it; silence and success are wanted.
explain() {
    spec=$1
    out=$2
    shift 2
    "$GENC" explain "$@" "$spec" >"$out" 2>"$work/err"
    status=$?
    if [ $status -eq 0 ] && [ ! -s "$work/err" ]; then pass; else
        fail "$spec $*: status $status"
        cat "$work/err"
    fi
}

# The longest line, in characters: bytes that begin none are not counted.
check_width() {
    wide=$(LC_ALL=C tr -d '\200-\277' <"$2" | LC_ALL=C awk 'length($0) > 100' | head -n 1)
    if [ -z "$wide" ]; then pass; else fail "$1: wider than 100 columns: $wide"; fi
}

check_latex_compiles() {
    command -v pdflatex >/dev/null || return
    (cd "$work" && pdflatex -interaction=nonstopmode -halt-on-error page.tex) >"$work/log" 2>&1
    if [ $? -eq 0 ] && [ -s "$work/page.pdf" ]; then pass; else
        fail "$1: LaTeX"
        grep -A 3 '^!' "$work/log"
    fi
}

for spec in ../../specs/*.gen everything.gen; do
    name=$(basename "$spec" .gen)
    explain "$spec" "$work/page.txt"
    same "$name.txt" "$name.txt" "$work/page.txt"
    check_width "$name" "$work/page.txt"
    explain "$spec" "$work/page.tex" --latex
    case $name in vae | everything) same "$name.tex" "$name.tex" "$work/page.tex" ;; esac
    check_latex_compiles "$name"
done

# holds WHAT CONDITION...
holds() {
    what=$1
    shift
    if "$@"; then pass; else fail "$what"; fi
}

"$GENC" explain ../../specs/vae.gen -o "$work/vae.txt" >"$work/out"
holds "-o writes the file" cmp -s "$work/vae.txt" vae.txt
holds "and nothing else" test ! -s "$work/out"
printf 'let a = b\n' >"$work/wrong.gen"
"$GENC" explain "$work/wrong.gen" >"$work/out" 2>"$work/err"
holds "a spec with an error: status 1" test $? -eq 1
holds "its place is shown" grep -q 'wrong.gen:1:9: error: ' "$work/err"
holds "and no page" test ! -s "$work/out"
"$GENC" explain ../../specs/vae.gen -o "$work/missing/page" 2>"$work/err"
holds "a file that cannot be written: status 2" test $? -eq 2
"$GENC" explain 2>"$work/err"
holds "no spec: status 2" test $? -eq 2

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
