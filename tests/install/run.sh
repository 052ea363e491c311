#!/bin/bash
# make install and uninstall, in temporary folders; the manual page; bash completion.
cd "$(dirname "$0")/../.." || exit 1
root=$PWD
GENC=${GENC:-$root/genc}
BUILD=${BUILD:-$root/build}
. tests/checks.sh
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES

# same WHAT EXPECTED FOUND: words, in any order
# shellcheck disable=SC2086  # words are wanted
same() {
    wanted=$(printf '%s\n' $2 | sort | tr '\n' ' ')
    found=$(printf '%s\n' $3 | sort | tr '\n' ' ')
    if [ "$wanted" = "$found" ]; then passed=$((passed + 1)); else
        failed=$((failed + 1))
        echo "FAILED: $1: wanted $wanted; found $found"
    fi
}

make_it() {
    make -s "$@" GENC="${GENC#"$root"/}" BUILD="${BUILD#"$root"/}" >"$work/log" 2>&1 || { cat "$work/log"; false; }
}

# ---- what is installed, and that it works where the tree is not ----

holds "make install" make_it install PREFIX="$work/first"
installed="bin/genc lib/genc/libgenrt_f32.a lib/genc/libgenrt_f64.a lib/genc/genrt.h lib/genc/gencall.h share/man/man1/genc.1
           share/bash-completion/completions/genc"
for file in $installed; do holds "$file is installed" test -f "$work/first/$file"; done
mv "$work/first" "$work/moved"
PATH=$work/moved/bin:$PATH
mkdir "$work/elsewhere"
cd "$work/elsewhere" || exit 1
holds "an installed genc runs" genc --version >"$work/log"
genc new vae >"$work/log"
if grep -q __asan_init "$GENC"; then # its runtime needs the sanitizer too
    printf '#!/bin/sh\nexec cc -fsanitize=address,undefined "$@"\n' >cc-sanitize
    chmod +x cc-sanitize
    export ASAN_OPTIONS=detect_leaks=0
    set -- --cc ./cc-sanitize
fi
holds "it builds a trainer" genc build vae.gen -D width=8 -D zdim=2 "$@"
holds "which runs" ./vae info >"$work/log"
cd "$root" || exit 1
holds "make uninstall" make_it uninstall PREFIX="$work/moved"
same "nothing is left of it" "" "$(find "$work/moved" -type f)"

# A folder for packagers, with a space in its name.
holds "make install DESTDIR=" make_it install DESTDIR="$work/a stage" PREFIX=/opt/genc
for file in $installed; do holds "DESTDIR: $file" test -f "$work/a stage/opt/genc/$file"; done
same "nothing lies beside it" "opt" "$(ls "$work/a stage")"
echo mine >"$work/a stage/opt/genc/lib/other"
holds "make uninstall DESTDIR=" make_it uninstall DESTDIR="$work/a stage" PREFIX=/opt/genc
same "all of it is gone, what others put there is not" "other" "$(find "$work/a stage" -type f -printf '%f\n')"

# ---- the manual page and the completion know every command ----

commands=$("$GENC" help | sed -n 's/^  \([a-z]*\) .*/\1/p' | grep -vx genc)
for command in $commands; do
    holds "the manual page has $command" grep -q "^\.BR* \"*$command\>" compiler/genc.1
    for option in $("$GENC" help "$command" | grep -o -e '--[a-z][a-z-]*' | sort -u); do
        escaped=$(printf '%s' "$option" | sed 's/-/\\-/g')
        holds "the manual page has $command $option" grep -qF -e "$escaped" compiler/genc.1
    done
done
if command -v groff >/dev/null; then
    holds "the manual page has no mistakes" test -z "$(groff -man -Tutf8 -ww -z compiler/genc.1 2>&1)"
fi

PATH=$(dirname "$GENC"):$PATH
. compiler/genc.bash
cd "$work/elsewhere" || exit 1
mkdir -p pictures

# complete_line WORD...: what is offered for the last one. '=' stands alone, as bash cuts lines.
complete_line() {
    COMP_WORDS=("$@")
    COMP_CWORD=$(($# - 1))
    _genc
    printf '%s\n' "${COMPREPLY[@]}"
}

same "commands" "$commands --help --version" "$(complete_line "$GENC" "")"
same "commands that begin so" "emit explain" "$(complete_line "$GENC" e)"
same "specs, and folders that may hold some" "vae.gen pictures" "$(complete_line "$GENC" check "")"
same "options" "--latex" "$(complete_line "$GENC" explain --)"
same "short options" "-D -o" "$(complete_line "$GENC" build - | grep -v -e --)"
same "values" "f32 f64" "$(complete_line "$GENC" build --real "")"
same "values behind =" "graph" "$(complete_line "$GENC" build --dump = g)"
same "right behind =" "spec graph transformed plan products c" "$(complete_line "$GENC" build --dump =)"
same "constants of the spec" "zdim= width= beta=" "$(complete_line "$GENC" build vae.gen -D "")"
same "constants that begin so" "beta=" "$(complete_line "$GENC" info vae.gen -D b)"
same "no constants once one is chosen" "" "$(complete_line "$GENC" build vae.gen -D beta = 4)"
same "what can be a function" "x q p prior reconstruct codes" "$(complete_line "$GENC" emit vae.gen --library "")"
same "kinds" "pixelrnn" "$(complete_line "$GENC" new p)"
same "commands behind help" "fmt" "$(complete_line "$GENC" help f)"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
