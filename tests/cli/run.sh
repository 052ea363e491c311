#!/bin/sh
# The command line: what each command prints, changes and returns.
cd "$(dirname "$0")" || exit 1
GENC=${GENC:-$PWD/../../genc}
. ../checks.sh
specs=$(cd ../../specs && pwd)
cd "$work" || exit 1
unset NO_COLOR

# expect WHAT STATUS COMMAND...: runs it; its output is in out and err.
expect() {
    what=$1
    wanted=$2
    shift 2
    "$@" >out 2>err
    status=$?
    if [ $status -eq "$wanted" ]; then passed=$((passed + 1)); else
        failed=$((failed + 1))
        echo "FAILED: $what: status $status, not $wanted"
        cat out err
    fi
}

printf 'let a=1\nlet bcd = 2\n' >ugly.gen
printf 'let a   = 1\nlet bcd = 2\n' >pretty.gen
printf 'let a = )\n' >wrong.gen

expect "no command" 2 "$GENC"
expect "an unknown command" 2 "$GENC" chek ugly.gen
holds "a near miss is suggested" says "did you mean 'check'?" err
expect "--version" 0 "$GENC" --version
holds "the version is printed" says '^genc [0-9]' out
expect "--help" 0 "$GENC" --help
holds "help lists the commands" says '^  check ' out
expect "help of one command" 0 "$GENC" help fmt
holds "help shows how it is used" says '^usage: genc fmt' out
expect "--help after a command" 0 "$GENC" fmt --help
expect "help of an unknown command" 2 "$GENC" help nonsense
expect "a wrong option" 2 "$GENC" check --nonsense ugly.gen
holds "the wrong option is named" says "wrong option '--nonsense'" err
expect "check without a spec" 2 "$GENC" check
expect "help into a full disk" 2 sh -c "\"$GENC\" help >/dev/full"

expect "a missing file" 2 "$GENC" check missing.gen
holds "it is named" says '^genc: missing.gen: No such file' err
expect "a folder" 2 "$GENC" check .
expect "a spec with an error" 1 "$GENC" check wrong.gen
holds "its place is shown" says '^wrong.gen:1:9: error: ' err
holds "no colour in a file" test "$(grep -c "$(printf '\033')" err)" -eq 0
expect "all files are checked, the worst status counts" 2 "$GENC" check missing.gen wrong.gen
holds "the others are reported" says '^wrong.gen:1:9' err
expect "check --json" 1 "$GENC" check --json wrong.gen wrong.gen
holds "one array on standard output" test "$(grep -c '"line"' out)" -eq 2
holds "nothing on standard error" test ! -s err

printf 'let beta = 1\ndata x[2] = ring()\n' >let.gen
expect "-D gives a let another number" 0 "$GENC" check -D beta=-2.5e-3 let.gen
for value in nan inf -inf 1e999 x 1x ""; do
    expect "-D beta=$value" 1 "$GENC" check -D "beta=$value" let.gen
    holds "it must be a finite number" says "^genc: error: -D beta=$value: the value must be a finite number" err
done
expect "-D of a name that is no let" 1 "$GENC" check -D betta=1 let.gen
holds "a near one is suggested" says "did you mean 'beta'?" err

expect "a sweep of too many combinations" 2 "$GENC" sweep let.gen -D beta="$(seq -s, 101)" -D gamma="$(seq -s, 100)"
holds "says how many" says "10100 combinations: at most 10000" err
for jobs in 0 2x 4294967297; do
    expect "--jobs $jobs" 2 "$GENC" sweep let.gen -D beta=1,2 --jobs $jobs
    holds "--jobs is a number" says "--jobs is a number from 1 to 10000, not '$jobs'" err
done

expect "fmt --check of what is canonical" 0 "$GENC" fmt --check pretty.gen
expect "fmt --check of what is not" 1 "$GENC" fmt --check ugly.gen
holds "fmt --check changes nothing" grep -q 'let a=1' ugly.gen
chmod 640 ugly.gen
ln -s ugly.gen link.gen
expect "fmt through a link" 0 "$GENC" fmt link.gen pretty.gen
holds "the file is canonical now" cmp -s ugly.gen pretty.gen
holds "its mode is kept" test "$(stat -c %a ugly.gen)" = 640
holds "the link is still one" test -L link.gen
expect "fmt of standard input" 0 sh -c "printf 'let a=1' | \"$GENC\" fmt -"
holds "goes to standard output" grep -q '^let a = 1$' out
expect "fmt of a spec with errors" 1 "$GENC" fmt wrong.gen
holds "leaves it alone" test "$(cat wrong.gen)" = 'let a = )'
expect "fmt of a missing file" 2 "$GENC" fmt missing.gen

# A chain of values as long as a file may be, the last first: no stack ends before that.
awk 'BEGIN {
    print "data x ~ normal(0, 1)\nparam w ~ normal(0, 1)\nloss l = v5000^2\nv0 = x * w"
    for (i = 1; i <= 5000; i++) printf "v%d = v%d + x\n", i, i - 1
    print "train { minimize l over w using sgd(lr = 0.1) steps 1 }"
}' >chain.gen
expect "a chain of 5,000 values" 0 "$GENC" check chain.gen
holds "is right, in silence" test ! -s err

# A run's trainer asks by a hash whether the spec has changed: of what it says, not of how.
hash_of() { "$GENC" emit -o - "$1" | sed -n 's/.*spec_hash = "\([0-9a-f]*\)".*/\1/p'; }
known=$(hash_of "$specs/vae.gen")
holds "a spec has a hash" test "${#known}" -eq 16
{ sed -n '/^train/,$p' "$specs/vae.gen"; echo '# elsewhere'; sed '/^train/,$d' "$specs/vae.gen"; } |
    sed -e 's/over q, p/over p, q/' -e 's/batch  128//' -e 's/epochs 20/epochs 20 batch (128)/' -e 's/1e-3/0.001/' >vae.gen
holds "order, comments and layout are not in it" test "$(hash_of vae.gen)" = "$known"
sed 's/let beta  = 1/let beta = 2/' "$specs/vae.gen" >vae.gen
holds "a constant is" test "$(hash_of vae.gen)" != "$known"
sed 's/let zdim  = 20/let other = 20/;s/zdim/other/' "$specs/vae.gen" >vae.gen
holds "a name is" test "$(hash_of vae.gen)" != "$known"
sed 's/mean, exp(logvar \/ 2)/exp(logvar \/ 2), mean/' "$specs/vae.gen" >vae.gen
holds "the order of arguments is" test "$(hash_of vae.gen)" != "$known"
rm -f vae.gen

# What a spec says stays inside the comments of the generated C.
cat >comments.gen <<'END'
# comment with */ and /* in it
data x[2] = ring(8)
layer foo(kind = "A */ int x; /*") on x[n] { return x * 2 }     # */
network p(x) { return x |> foo(kind = "*/ oops") |> dense(1) }  # a /* b */ c \
loss l = sum(p(x)^2)                                            # */ \
metric m over 10 = sum(p(x |> foo(kind = "*/ more \\")))
metric n over 10 = sum(p(x |> foo(kind = "*/ __attribute__((constructor)) static void f(void) {} /*")))
train { minimize l over p using sgd(lr = 0.1)   batch 4   steps 2 }
sample s(x) { return p(x |> foo(kind = "*/ \" \\ ??/")) }
END
expect "texts with the signs of comments" 0 "$GENC" emit -o comments.c comments.gen
expect "the C compiles" 0 cc -std=c11 -Wall -Wextra -Werror -fopenmp-simd -fsyntax-only -I "$specs/../runtime" comments.c
cc -std=c11 -E -P -I "$specs/../runtime" comments.c | sed -E 's/"([^"\\]|\\.)*"//g' >code
holds "and has none of them in its code" test "$(grep -c -e constructor -e oops code)" -eq 0

# A file that cannot be written leaves what was there: files are at most 8 kB here, and genc ignores the signal.
cp "$specs/vae.gen" .
small() { (trap '' XFSZ; ulimit -f 16; "$@"); }
expect "C" 0 "$GENC" emit -o keep.c vae.gen
expect "C and its header" 0 "$GENC" emit --library p -o pair vae.gen
cp keep.c kept
cp -r pair kept-pair
sed -i 's/400/500/' vae.gen
expect "C that does not fit" 2 small "$GENC" emit -o keep.c vae.gen
holds "says why" says '^genc: keep.c: cannot be written: File too large$' err
holds "and leaves the C that was there" cmp keep.c kept
expect "a pair that does not fit" 2 small "$GENC" emit --library p -o pair vae.gen
holds "leaves both that were there" diff -r pair kept-pair
expect "a page that does not fit" 2 sh -c "\"$GENC\" explain vae.gen -o /dev/full"
holds "says so" says 'No space left on device' err
ln -s keep.c link.c
chmod 640 keep.c
expect "C behind a link" 0 "$GENC" emit -o link.c vae.gen
holds "goes where the link leads" grep -q 500 keep.c
holds "the link stays" test -h link.c
holds "and the mode" test "$(stat -c %a keep.c)" = 640
holds "nothing is left beside" test "$(echo keep.c?* link.c?* pair/*)" = "keep.c?* link.c?* pair/vae.c pair/vae.h"
rm -rf vae.gen keep.c kept pair kept-pair link.c

# The VAE's step by hand: three products a layer but for the first layer's input, 209,920,000 multiply-adds,
# and 7 elements of Adam's for each of its 652,824 parameters.
expect "the products of a step" 0 "$GENC" build --dump=products "$specs/vae.gen"
holds "are those of the VAE" test "$(awk '/^product/ { sum += $2 * $3 * $4 * $5 } END { print sum }' out)" = 209920000
holds "with their updates" grep -q '^traffic 4569768$' out
expect "a stage that is not there" 2 "$GENC" build --dump=nothing "$specs/vae.gen"
holds "lists those there are" says 'spec, graph, transformed, plan, products, c' err

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
