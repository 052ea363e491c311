#!/bin/sh
# genc diff.
#
#   ../spec/diff/NAME.a.gen, NAME.b.gen (or NAME.a/spec.gen, NAME.b/spec.gen, with what they import)   their difference is NAME.txt for people and NAME.json for programs,
#                                         word for word (arithmetic and memory, which better plans change,
#                                         left out); where NAME.txt is empty they do not differ
#   the command line, and git with it: a real repository, `git diff` and `git log -p`
#
# PROMOTE=1 rewrites the expected files instead. What must hold of any two specs: tests/fuzz/fuzz_diff.c.
cd "$(dirname "$0")" || exit 1
GENC=${GENC:-$PWD/../../genc}
passed=0
failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset NO_COLOR

pass() { passed=$((passed + 1)); }
fail() { failed=$((failed + 1)); echo "FAILED: $1"; }
# same WHAT EXPECTED FOUND
same() { if diff -u "$2" "$3"; then pass; else fail "$1"; fi; }
# holds WHAT CONDITION...
holds() { what=$1; shift; if "$@"; then pass; else fail "$what"; fi; }
says() { grep -q -e "$1" "$2"; }

# What no better plan changes, without a heading that then heads nothing.
steady_text() {
    sed -e '/^    \(flops a step\|planned memory\) /d' -e 's/^\(    [^ ].*[^ ]\)  *\([0-9,-]* -> \)  */\1  \2/' |
        sed -e '/^figures$/{N;/^figures\n$/d;}'
}
steady_json() { sed -e '/"flops_per_step"/,/}/d' -e '/"planned_bytes"/,/}/d'; }

golden() {
    name=$1 old=$1.a$2 new=$1.b$2
    "$GENC" diff "$old" "$new" >"$work/raw" 2>"$work/err"
    status=$?
    steady_text <"$work/raw" >"$work/text"
    "$GENC" diff --json "$old" "$new" 2>>"$work/err" | steady_json >"$work/json"
    if [ -n "$PROMOTE" ]; then cp "$work/text" "$name.txt"; cp "$work/json" "$name.json"; fi
    same "$name.txt" "$name.txt" "$work/text"
    same "$name.json" "$name.json" "$work/json"
    if [ -s "$name.txt" ]; then wanted=1; else wanted=0; fi
    holds "$name: status $status, not $wanted" test "$status" -eq "$wanted"
    holds "$name: silent" test ! -s "$work/err"
}

cd ../spec/diff || exit 1
for spec in *.a.gen; do golden "${spec%.a.gen}" .gen; done
for folder in *.a; do golden "${folder%.a}" /spec.gen; done
holds "forty pairs at least" test "$(ls ./*.a.gen | wc -l)" -ge 40

# ---- the command line ----

vae=$PWD/../../../specs/vae.gen
cd "$work" || exit 1
"$GENC" diff "$vae" -D beta=4 >out
holds "one spec and a -D: they differ" test $? -eq 1
holds "-D is shown as the constant's value" says 'let beta = 1 -> 4' out
"$GENC" diff "$vae" -D beta=4 "$vae" -D beta=4 >out
holds "the same -D on both sides is no difference" test $? -eq 0
"$GENC" diff -D beta=4 "$vae" "$vae" >out
holds "-D in front is for both" test $? -eq 0
"$GENC" diff - "$vae" <"$vae" >out
holds "standard input" test $? -eq 0
"$GENC" diff - - <"$vae" >out 2>err
holds "standard input twice is misuse" test $? -eq 2
"$GENC" diff "$vae" 2>err
holds "one spec is misuse" test $? -eq 2
"$GENC" diff "$vae" "$vae" "$vae" 2>err
holds "three are" test $? -eq 2
"$GENC" diff "$vae" missing.gen 2>err
holds "a missing file: status 2" test $? -eq 2
holds "it is named" says 'missing.gen: No such file' err
printf 'let a = )\n' >wrong.gen
"$GENC" diff wrong.gen "$vae" >out 2>err
holds "a spec with errors: status 2" test $? -eq 2
holds "with the usual message" says '^wrong.gen:1:9: error: ' err
"$GENC" diff --all "$vae" "$vae" >out
holds "--all shows what stayed" says '^    encoder q(x)' out
"$GENC" diff --markdown "$vae" -D width=10 >out
holds "markdown has a table of figures" says '^| parameters | 652,824 | ' out
"$GENC" diff "$vae" -D width=10 >out
holds "no colour in a file" test "$(grep -c "$(printf '\033')" out)" -eq 0
for key in old new differ changes follows figures networks objective checkpoint; do
    "$GENC" diff --json "$vae" -D width=10 >json
    holds "--json has $key" grep -q "^	\"$key\":" json
    holds "$key is documented" grep -q "\`$key\`" "$OLDPWD/../../../compiler/README.md"
done

# ---- git ----

if command -v git >/dev/null; then
    HOME=$work GIT_CONFIG_NOSYSTEM=1 GIT_PAGER=cat
    export HOME GIT_CONFIG_NOSYSTEM GIT_PAGER
    PATH=$(dirname "$GENC"):$PATH
    "$GENC" diff --textconv "$vae" >plain1
    sed -e 's/^encoder q(x) {/# a comment\n\n\n\nencoder q(x) {\n\n/' -e 's/^sample prior .*/sample prior {\n z[zdim] ~ normal(0, 1)\n\n return mean(p(z)) as x }/' \
        -e 's/^let beta  = 1/let beta = 1\n/' "$vae" >laid_out.gen
    "$GENC" diff --textconv laid_out.gen >plain2
    holds "layout leaves no trace in textconv" cmp plain1 plain2
    mkdir repository && cd repository || exit 1
    git init -q . && git config user.name t && git config user.email t@localhost
    printf '*.gen diff=genc\n' >.gitattributes
    git config diff.genc.command 'genc diff --git'
    git config diff.genc.textconv 'genc diff --textconv'
    mkdir models && cp "$vae" models/vae.gen
    git add . && git commit -q -m first
    sed -i -e 's/width = 400/width = 512/' -e 's/^# Auto/# Our auto/' models/vae.gen
    git diff >../out 2>../err
    holds "git diff: status 0" test $? -eq 0
    holds "git diff says what changed" says 'let width = 400 -> 512' ../out
    holds "git diff shows no comment" test "$(grep -c 'Our auto' ../out)" -eq 0
    git commit -q -a -m second
    git log -p -1 >../out
    holds "git log -p shows the constant" says '^+let width = 512' ../out
    holds "git log -p shows the parameters" says '^+# encoder q: 422,440 parameters' ../out
    holds "git log -p shows no comment" test "$(grep -c 'Our auto' ../out)" -eq 0
    sed -i 's/^# Our/# Their/' models/vae.gen
    git diff >../out
    holds "a comment alone is no difference" test ! -s ../out
    git commit -q -a -m third
    git log -p -1 --format= >../out
    holds "nor in the log" test "$(grep -c '^[-+][^-+]' ../out)" -eq 0
    printf 'layer twice(n) on x[..., k] { return x |> dense(n) |> dense(n) }\n' >models/parts.gen
    sed -i -e '2i import "parts.gen"' -e 's/dense(width) |> relu$/twice(width) |> relu/' models/vae.gen
    git add . && git diff --cached models/vae.gen >../out 2>../err
    holds "imports are found beside the file" says 'import "parts.gen"' ../out
    sed -i 's/dense(n) |> dense(n)/dense(n) |> relu |> dense(n)/' models/parts.gen
    git diff >../out 2>../err
    holds "a file of layers alone is a spec, too" says '^  + return x |> dense(n) |> relu |> dense(n)' ../out
    cp models/vae.gen ../kept.gen && printf 'broken {\n' >>models/vae.gen && git diff models/vae.gen >../out 2>../err
    holds "a spec with errors is compared by lines" says '^+broken {' ../out
    holds "with the error beside" says 'models/vae.gen:[0-9]*:[0-9]*: error: ' ../err
    cp ../kept.gen models/vae.gen
    git checkout -q models && sed -i 's/width = 512/width = 400/' models/vae.gen && git diff >../out
    holds "of two equal names one is shown" says '^models/vae.gen$' ../out
    git checkout -q models && git rm -q -f models/vae.gen && git diff --cached >../out 2>../err
    holds "a removed spec" says 'models/vae.gen: a spec that is removed' ../out
    holds "its networks" says '^    encoder q  *422,440 parameters' ../out
    holds "its objective" says '^      beta \* kl$' ../out
    holds "its lines" test "$(grep -c '^  -' ../out)" -eq "$(git show HEAD:models/vae.gen | wc -l)"
    git reset -q && git checkout -q models && git mv models/vae.gen 'models/a new one.gen' && git diff --cached --no-renames >../out 2>../err
    holds "a new spec" says '^models/a new one.gen: a spec that is new' ../out
    holds "its lines, comments too" says '^  + # Their auto' ../out
    holds "nothing else is said" test ! -s ../err
    printf 'broken {\n' >models/new.gen && git add models && git diff --cached models/new.gen >../out 2>../err
    holds "a new spec with errors is shown by lines" says '^+broken {' ../out
    cd ..
fi

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
