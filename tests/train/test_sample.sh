#!/bin/sh
# What a sample is given, and how it is laid out (specs/samples.gen): every number that comes out is
# known from what went in.
cd "$(dirname "$0")" && . ./common.sh
seq 0 40 | awk '{ printf "%g,%g,%d\n", $1 / 4, 10 - $1 * $1 / 160, $1 % 3 }' >rows.csv    # both span 0 .. 10
seq 0 9 | awk '{ printf "%g,%g,%d\n", $1 + 0.3, 9 - $1 * 0.9, $1 % 3 }' >more.csv
build "$here/specs/samples.gen" ./samples
ends "training" 0 ./samples train --data . --out run --quiet

# sampled NAME OPTION...: into out.txt
sampled() { ends "sample $*" 0 ./samples sample "$@" --from run/checkpoint.safetensors -o out.txt; }
# column NUMBER [FILE]
column() { awk -v c="$1" '{ print $c }' "${2:-out.txt}"; }
# to3 FILE: its numbers to three places, without needless zeros
to3() { awk '{ for (i = 1; i <= NF; i++) $i = sprintf("%.3f", $i) + 0; print }' "$1"; }
is() { holds "$1: $(tr '\n' ';' <out.txt)" test "$(to3 out.txt | tr '\n' ';')" = "$2"; }
# refused PATTERN OPTION...: status 1 and a message
refused() {
    pattern=$1
    shift
    ends "$*" 1 ./samples sample "$@" --from run/checkpoint.safetensors -o out.txt
    if grep -q -e "$pattern" err; then pass; else fail "$*: nothing about '$pattern'"; cat err; fi
}

# ---- --set ----

sampled code -n 6
cp out.txt drawn.txt
sampled code -n 2 --set z=1,2,3
is "numbers" "1 2 3;1 2 3;"
sampled code -n 6 --set z=4
holds "one number fills a draw" test "$(sort -u out.txt)" = "4 4 4"
sampled code -n 6 --set z[1]=7 --set z[-1]=8
holds "an element is given" test "$(column 2 | sort -u)" = 7
holds "and one from the end" test "$(column 3 | sort -u)" = 8
column 1 >a && column 1 drawn.txt >b
holds "the others are drawn as before" cmp a b
ends "as an array" 0 ./samples sample code -n 6 --from run/checkpoint.safetensors -o z.npy
sampled code --set z=z.npy
holds "an array gives as many as it has rows" cmp out.txt drawn.txt
sampled code -n 8 --set z=z.npy
holds "and goes round" test "$(tail -n 2 out.txt)" = "$(head -n 2 drawn.txt)"
sampled turns -n 1 --set z=2
is "a draw in a loop, every turn of it" "6;"
sampled pick -n 1 --set c=2 --set z=5
is "a drawn class" "0 0 5 0;"
sampled kind --set y=1
is "a class out of the data" "0 1 0;"
sampled raw --set x=5
is "a number goes through the transforms" "0 0;"
sampled raw --set x=0,7.5
is "several numbers" "-1 0.5;"
sampled same --set x=0,7.5
is "and back" "0 7.5;"
printf '10,10\n0,5\n' >mine.csv
sampled raw --set x=mine.csv
is "a file, by the data's own source" "1 1;-1 0;"
sampled free -n 1 --set v=2.5 --set c=1
is "free arguments" "0 2.5 0;"
sampled pair -n 1 --set x=10 --set z=1
awk 'NR == 1 { printf "1 1 %.3f %.3f\n", $1 / 5 - 1, $2 / 5 - 1 }' FS=, more.csv >wanted
awk '{ printf "%g %g %.3f %.3f\n", $1, $2, $3, $4 }' out.txt >found
holds "one of two examples is given" cmp wanted found

sampled figure
is "what is the same for every example is drawn once" "3 3;"
refused "has no variables" figure --set w=1
refused "there are: z" code --set w=1
refused "VAR=VALUE" code --set z
refused "axis 0 has 3" code --set "z[3]=1"
refused "one element of it as z\[i\]" code --set "z[0,1]=1"
refused "one or 3 is wanted" code --set z=1,2
refused "neither a number nor" code --set z=nothing.npy
refused "has 6 rows of 3 numbers, but an example has 1" pick --set z=z.npy
refused "not one of the classes 0 to 3" pick --set c=4
refused "not one of the classes 0 to 3" pick --set c=0.5
refused "not one of the classes 0 to 2" kind --set y=3
refused "no such file" raw --set x=nothing
refused "found 3" raw --set x=more.csv
refused "needs a value for 'v'" free
refused "needs a value for 'c'" free --set v=1
refused "is not drawn" raw --set "x[0]=1"
printf '1,2\nthree,4\n' >bad.csv
refused "bad.csv:2" raw --set x=bad.csv

# ---- --walk ----

sampled code --walk z -n 3
holds "three lines of nine" test "$(wc -l <out.txt)" -eq 27
for line in 1 2 3; do
    holds "line $line begins at its draw" test "$(sed -n "$((9 * line - 8))p" out.txt)" = "$(sed -n "${line}p" drawn.txt)"
    holds "and ends at the next" test "$(sed -n "$((9 * line))p" out.txt)" = "$(sed -n "$((line + 1))p" drawn.txt)"
done
awk 'NR == 1 || NR == 2 { a[NR] = $1 } END { printf "%.4f\n", (a[1] + a[2]) / 2 }' drawn.txt >wanted
awk 'NR == 5 { printf "%.4f\n", $1 }' out.txt >found
holds "half way is half way" cmp wanted found
sampled code --walk "z[1]" --range 0:8
is "along one element, the others at their mean" "5 0 5;5 1 5;5 2 5;5 3 5;5 4 5;5 5 5;5 6 5;5 7 5;5 8 5;"
sampled free --walk v --range 0:4 -n 3 --set c=2
is "along a free variable" "0 0 0;0 0 2;0 0 4;"
sampled pick --walk z --range 0:2 -n 3 --set c=0
is "along a draw of one number" "0 0 0 0;1 0 0 0;2 0 0 0;"
sampled beside --walk z --range 0:2 -n 3 --set x=10
is "what does not move is left out" "0 0;1 1;2 2;"
sampled same --walk x -n 1
to3 out.txt | head -n 1 | tr ' ' , >found
holds "from one example of the data" test "$(cat found)" = "$(head -n 1 more.csv | cut -d, -f1,2)"
refused "is a class" pick --walk c
refused "name one element" code --walk z --range 0:1
refused "two numbers" code --walk "z[0]" --range 0
refused "not both" code --walk z --grid "z[0],z[1]"
refused "needs a value for 'c'" free --walk v

# ---- --grid ----

sampled code --grid "z[0],z[2]" --range 0:1 -n 2 --set "z[1]=9"
is "over two elements, the third given" "0 9 0;1 9 0;0 9 1;1 9 1;"
sampled code --grid "z[2],z[0]" -n 3
is "the usual range, the third at its mean" "-2 5 -2;-2 5 0;-2 5 2;0 5 -2;0 5 0;0 5 2;2 5 -2;2 5 0;2 5 2;"
sampled chain --grid "h[0],h[1]" --range 0:1 -n 2
is "what depends on them rests at its own mean" "0 0 0 0;1 0 10 0;0 1 0 10;1 1 10 10;"
sampled chain --grid "h[0],z[1]" --range 0:1 -n 2 --set "h[1]=3"
is "elements of two variables" "0 3 0 0;1 3 10 0;0 3 0 1;1 3 10 1;"
refused "both are the same" code --grid "z[1],z[1]"
refused "say two" code --grid "z[1]"
refused "name one element" code --grid "z,z"
refused "is a class" pick --grid c,z
refused "belongs to" code --range 0:1

# ---- --nearest: against a search of our own ----

sampled same -n 10 --nearest
tr '\t' ' ' <out.txt >found
awk -F, 'NR == FNR { x[NR] = $1; y[NR] = $2; n = NR; next }
         { best = 1e9
           for (i = 1; i <= n; i++) {
               d = (x[i] - $1)^2 + (y[i] - $2)^2
               if (d < best) { best = d; at = i } }
           print $1, $2, x[at], y[at] }' rows.csv more.csv >all
to3 all >wanted
to3 found >rounded
holds "the nearest training example" cmp wanted rounded
refused "nothing 'as' data" code --nearest

# ---- --quiz ----

sampled corner -n 12 --quiz
holds "the key is beside it" test -s out-key.txt
holds "half is real" test "$(grep -c 'real$' out-key.txt)" -eq 6
tail -n +2 out-key.txt | paste -d' ' out.txt - | awk '$NF == "generated" { print $1, $2 }' | sort -u >found
holds "what is said to be generated is" test "$(cat found)" = "10 10"
tail -n +2 out-key.txt | paste -d' ' out.txt - | awk '$NF == "real" { printf "%.3f,%.3f\n", $1, $2 }' | sort >real
awk -F, '{ printf "%.3f,%.3f\n", $1, $2 }' more.csv | sort >held_out
holds "what is said to be real is, each once" test "$(comm -12 real held_out | wc -l)" -eq 6
cp out-key.txt first-key.txt
sampled corner -n 12 --quiz
holds "the same quiz again" cmp out-key.txt first-key.txt
sampled corner -n 12 --quiz --seed 2
holds "another quiz by another seed" sh -c '! cmp -s out-key.txt first-key.txt'
ends "as a picture" 0 ./samples sample corner -n 12 --quiz --from run/checkpoint.safetensors
refused "stands alone" corner --quiz --nearest

ends "an option that is no more" 2 ./samples sample code --sot z=1
ends "help" 0 ./samples help sample
holds "help says what can be set" says "--set VAR=VALUE" out
finish
