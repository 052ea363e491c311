#!/bin/sh
# genc lsp: recorded exchanges with an editor. exchange*.txt is what the editor sends, malformed messages among
# it; answers*.txt what comes back, a line a message. PROMOTE=1 rewrites the latter. What is half typed:
# tests/fuzz/fuzz_lsp.c.
cd "$(dirname "$0")" || exit 1
GENC=${GENC:-$PWD/../../genc}
. ../checks.sh
export XDG_CACHE_HOME="$work"

# Lines to messages with their headers; messages to lines.
frame() {
    LC_ALL=C awk '/^#/ { next }
        /^raw:/ { s = substr($0, 5); gsub(/\\r/, "\r", s); gsub(/\\n/, "\n", s); printf "%s", s; next }
        { printf "Content-Length: %d\r\n\r\n%s", length($0), $0 }'
}
unframe() { tr -d '\r' | sed -e 's/Content-Length: [0-9]*$//' -e '/^$/d'; echo; }

for exchange in exchange*.txt; do
    answers=answers${exchange#exchange}
    frame <"$exchange" | "$GENC" lsp >"$work/raw" 2>"$work/err"
    holds "$exchange: it ends well after shutdown and exit" test $? -eq 0
    holds "$exchange: it says nothing else" test ! -s "$work/err"
    unframe <"$work/raw" | sed "s|file://$work|file://CACHE|g" >"$work/answers"
    if [ -n "$PROMOTE" ]; then cp "$work/answers" "$answers"; fi
    holds "$answers" diff -u "$answers" "$work/answers"
done

# What changes with the library: completion, and places in it.
open=$(grep '"textDocument/didOpen"' exchange.txt | head -n 1)
ask() {
    { grep '"initialize"' exchange.txt; printf '%s\n' "$open"; printf '%s\n' "$1"; } | frame | "$GENC" lsp 2>/dev/null | unframe | tail -n 2
}
ask '{"id": 3, "method": "textDocument/completion", "params": {"textDocument": {"uri": "file:///specs/ring%20model.gen"}, "position": {"line": 8, "character": 20}}}' >"$work/out"
holds "completion knows the spec's names" says '"label":"width","kind":6,"detail":"the number 16"' "$work/out"
holds "names of the body" says '"label":"h","kind":6,"detail":"\[16\]"' "$work/out"
holds "the library's layers" says '"label":"dense","kind":3,"detail":"layer dense(n' "$work/out"
holds "primitives" says '"label":"logsumexp"' "$work/out"
holds "reserved words" says '"label":"minimize","kind":14' "$work/out"
holds "and not what comes later in the body" test "$(grep -c '"label":"logvar"' "$work/out")" -eq 0
ask '{"id": 3, "method": "textDocument/definition", "params": {"textDocument": {"uri": "file:///specs/ring%20model.gen"}, "position": {"line": 7, "character": 20}}}' >"$work/out"
copy=$(sed -n '$s|.*"uri":"file://\([^"]*\)".*|\1|p' "$work/out")
line=$(sed -n '$s|.*"start":{"line":\([0-9]*\).*|\1|p' "$work/out")
holds "a definition in the library is shown in a copy" test -s "$copy"
holds "at its line" test "$(sed -n "$((line + 1))p" "$copy" | cut -c1-12)" = "layer dense("

touch -d 2001-01-01 "$copy"
ask '{"id": 3, "method": "textDocument/definition", "params": {"textDocument": {"uri": "file:///specs/ring%20model.gen"}, "position": {"line": 7, "character": 20}}}' >"$work/out"
holds "a copy that is good stays" test "$(stat -c %Y "$copy")" -lt 1000000000
echo '# of another version' >>"$copy"
ask '{"id": 3, "method": "textDocument/definition", "params": {"textDocument": {"uri": "file:///specs/ring%20model.gen"}, "position": {"line": 7, "character": 20}}}' >"$work/out"
holds "one that holds something else is written anew" test "$(grep -c 'another version' "$copy")" -eq 0
name=$(basename "$copy")
rm "$copy" && mkdir "$copy" && : >"$copy/full"
ask '{"id": 3, "method": "textDocument/definition", "params": {"textDocument": {"uri": "file:///specs/ring%20model.gen"}, "position": {"line": 7, "character": 20}}}' >"$work/out"
holds "no copy can be written: null" says '"id":3,"result":null' "$work/out"
holds "and nothing is left" test "$(ls "$(dirname "$copy")" | grep -c "^$name\\.")" -eq 0
( unset HOME XDG_CACHE_HOME
ask '{"id": 3, "method": "textDocument/definition", "params": {"textDocument": {"uri": "file:///specs/ring%20model.gen"}, "position": {"line": 7, "character": 20}}}' ) >"$work/out"
holds "no folder of the user's: no copy" says '"id":3,"result":null' "$work/out"

# Memory does not grow with what is typed: a letter comes and goes, and is asked about.
edits() {
    doc='"textDocument": {"uri": "file:///specs/ring%20model.gen"}'
    { grep '"initialize"' exchange.txt; printf '%s\n' "$open"
    for _ in $(seq "$1"); do
        printf '{"method": "textDocument/didChange", "params": {%s, "contentChanges": [{"range": {"start": {"line": 9, "character": 4}, "end": {"line": 9, "character": 4}}, "text": "z"}]}}\n' "$doc"
        printf '{"id": 5, "method": "textDocument/definition", "params": {%s, "position": {"line": 7, "character": 20}}}\n' "$doc"
        printf '{"method": "textDocument/didChange", "params": {%s, "contentChanges": [{"range": {"start": {"line": 9, "character": 4}, "end": {"line": 9, "character": 5}}, "text": ""}]}}\n' "$doc"
    done
    echo '{"id": 6, "method": "shutdown"}'; echo '{"method": "exit"}'; } | frame >"$work/edits"
    /usr/bin/time -f %M "$GENC" lsp <"$work/edits" 2>&1 >/dev/null | tail -n 1
}
if [ -x /usr/bin/time ] && ! grep -q __asan_init "$GENC"; then # a sanitizer keeps what is freed for a while
    few=$(edits 20)
    many=$(edits 220)
    holds "400 edits more take no more memory ($few, then $many KiB)" test "$many" -lt $((few + 400))
fi

# The editors' files know every word of the language.
for word in $(sed -n 's/.*{T_[A-Z_]*, "\([a-z]*\)", .*\(DECLARATION\|STATEMENT\|KEYWORD\|ROLE\).*/\1/p' ../../compiler/syntax/tokens.c); do
    holds "Vim knows $word" grep -qw "$word" ../../examples/editors/vim/syntax/gen.vim
    holds "VS Code knows $word" grep -qw "$word" ../../examples/editors/vscode/syntaxes/gen.tmLanguage.json
done

# Ends of the input anywhere, and bytes changed anywhere, never kill it.
frame <exchange.txt >"$work/input"
size=$(wc -c <"$work/input")
for part in 1 2 3 4 5 6 7 8 9; do
    head -c $((size * part / 10)) "$work/input" | "$GENC" lsp >/dev/null 2>"$work/err"
    holds "cut at $part tenths: status 1, without a word" test $? -eq 1 -a ! -s "$work/err"
done
for seed in 1 2 3 4 5 6 7 8; do
    LC_ALL=C awk -v seed=$seed 'BEGIN { RS = "^$" ; srand(seed) } { n = length($0)
        for (i = 0; i < 60; i++) { at = int(rand() * n) + 1
            $0 = substr($0, 1, at - 1) sprintf("%c", 32 + int(rand() * 95)) substr($0, at + 1) }
        printf "%s", $0 }' "$work/input" | "$GENC" lsp >/dev/null 2>"$work/err"
    holds "damaged ($seed)" test $? -le 1 -a ! -s "$work/err"
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
