#!/bin/sh
# What a draw is (specs/draws.gen): each `~` reached by its own way draws for itself, a bound name is
# one draw. Mean squared distances of draws say it: 0 for the same draw, twice the variance for two.
cd "$(dirname "$0")" && . ./common.sh
build "$here/specs/draws.gen" ./draws
ends "training" 0 ./draws train --out run --quiet
ends "evaluation" 0 ./draws eval --out run --json

# is NAME VALUE: what eval measured, within the noise of 1,000 examples
is() { holds "$1: $(measure "$1" out), not $2" close "$(measure "$1" out)" "$2" 0.1; }
is one_name 0
is same_distribution 0
is spread 0.75           # three numbers of variance 1/4
is mean_of_ten 0.075     # a tenth of it
is two_draws 1.5         # twice the variance
is two_encodings 1.5
is two_calls 6           # three numbers of variance 1, twice
is two_jitters 2         # three of variance 1/3, twice
is two_turns 6
is two_nested 18
finish
