#!/bin/sh
# genc new: starting specs, each of which genc checks without a word and leaves as it is laid out.
cd "$(dirname "$0")" || exit 1
GENC=${GENC:-$PWD/../../genc}
templates=$PWD/../../compiler/templates
. ../checks.sh
cd "$work" || exit 1

# gives STATUS COMMAND...: runs it; its output is in out and err.
gives() {
    wanted=$1
    shift
    "$@" >out 2>err
    holds "$*: status $wanted" test $? -eq "$wanted"
}

check_template() {
    kind=$1
    gives 0 "$GENC" new "$kind"
    holds "$kind: says where" grep -qx "$kind.gen" out
    holds "$kind: is the template" cmp -s "$kind.gen" "$templates/$kind.gen"
    gives 0 "$GENC" check "$kind.gen"
    holds "$kind: checks silently" test ! -s out -a ! -s err
    gives 0 "$GENC" fmt --check "$kind.gen"
    gives 0 "$GENC" explain "$kind.gen"
    holds "$kind: has comments" test "$(grep -c '^ *#' "$kind.gen")" -ge 6
}

check_planned() {
    gives 2 "$GENC" new "$1"
    holds "$1: says that it is not supported yet" grep -q "'$1' is not supported yet: it needs [a-z]" err
    holds "$1: writes nothing" test ! -e "$1.gen"
}

for kind in ae vae cvae gan dcgan pixelrnn flow text audio; do
    if [ -e "$templates/$kind.gen" ]; then check_template $kind; else check_planned $kind; fi
done

echo mine >taken.gen
gives 2 "$GENC" new vae taken.gen
holds "a file that exists is left alone" grep -qx mine taken.gen
holds "and named" grep -q '^genc: taken.gen: exists already' err
ln -s nowhere dangling.gen
gives 2 "$GENC" new vae dangling.gen
holds "so is a link to nothing" test ! -e nowhere
gives 0 "$GENC" new vae other.gen
holds "another name" cmp -s other.gen "$templates/vae.gen"
gives 0 "$GENC" new vae -
holds "- prints" cmp -s out "$templates/vae.gen"
gives 2 "$GENC" new vae missing/vae.gen
holds "a folder that is not there is named" grep -q '^genc: missing/vae.gen: No such file' err
gives 2 "$GENC" new
holds "no kind: all are listed" grep -q '^  cvae ' err
gives 2 "$GENC" new gam
holds "a near miss is suggested" grep -q "did you mean 'gan'?" err
gives 2 "$GENC" new vae a.gen b.gen
gives 2 "$GENC" new --force vae
if test -c /dev/full; then gives 2 sh -c "\"$GENC\" new vae - >/dev/full"; fi

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
