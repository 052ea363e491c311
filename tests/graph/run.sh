#!/bin/sh
# genc graph: the picture's text word for word for one spec (PROMOTE=1 rewrites it); for all specs that
# every edge joins nodes that are there, and that Graphviz draws it, where it is installed.
cd "$(dirname "$0")" || exit 1
GENC=${GENC:-$PWD/../../genc}
. ../checks.sh

"$GENC" graph ../spec/diff/same.a.gen >"$work/ring.dot" 2>"$work/err"
holds "status 0" test $? -eq 0
if [ -n "$PROMOTE" ]; then cp "$work/ring.dot" ring.dot; fi
holds "ring.dot" diff -u ring.dot "$work/ring.dot"

for spec in ../../specs/*.gen ../spec/good/*.gen; do
    "$GENC" graph "$spec" -o "$work/out.dot" 2>"$work/err"
    holds "$spec: status 0, silent" test $? -eq 0 -a ! -s "$work/err"
    holds "$spec: no node twice" test -z "$(sed -n 's/^ *\("[^"]*"\) \[.*/\1/p' "$work/out.dot" | sort | uniq -d)"
    holds "$spec: edges join nodes" awk -F'"' '
        / \[label=/ && !/ -> / { node[$2] = 1 }
        / -> / { from[$2] = 1; to[$4] = 1 }
        END { for (n in from) if (!node[n]) { print "no node " n; bad = 1 }
              for (n in to) if (!node[n]) { print "no node " n; bad = 1 }
              exit bad }' "$work/out.dot"
    if command -v dot >/dev/null; then
        "$GENC" graph "$spec" -o "$work/out.svg" 2>"$work/err"
        holds "$spec: drawn by Graphviz" test $? -eq 0 -a ! -s "$work/err"
        holds "$spec: an svg" grep -q '</svg>' "$work/out.svg"
        holds "$spec: nothing left beside it" test ! -e "$work/out.svg.dot"
    fi
done
"$GENC" graph -o - - >"$work/two.dot" <<'END'
data x[2] = ring(8)
encoder q(x) { h = x |> dense(4)   return normal(h |> dense(2), exp((h |> dense(3) |> dense(2)) / 2)) }
loss l = -log_prob(q(x), x)
train { minimize l over q using adam(lr = 1e-3) }
END
holds "each pipeline of an expression is drawn" grep -q 'h.l  |> dense(2)   \[2\].lh.l  |> dense(3)   \[3\].l  |> dense(2)   \[2\].lnormal(..., exp(... / 2)).l' "$work/two.dot"
mkdir "$work/empty"
genc=$(command -v "$GENC")
PATH="$work/empty" "$genc" graph ../../specs/vae.gen -o "$work/none.svg" 2>"$work/err"
holds "without Graphviz: status 2" test $? -eq 2
holds "and a clear message" grep -q "drawn by Graphviz, whose program 'dot' is not installed" "$work/err"
"$GENC" graph ../../specs/vae.gen -o "$work/x.png" 2>"$work/err"
holds "another ending is misuse" test $? -eq 2
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
