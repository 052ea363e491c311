# Read by drivers (. checks.sh): a folder for what they make, in $work, and checks that are counted.
# A driver ends with  echo "$passed passed, $failed failed"  and  [ "$failed" -eq 0 ].
passed=0
failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# holds WHAT CONDITION...
holds() {
    what=$1
    shift
    if "$@"; then passed=$((passed + 1)); else
        failed=$((failed + 1))
        echo "FAILED: $what"
    fi
}

# says PATTERN FILE
says() { grep -q -e "$1" "$2"; }

# refused STATUS PATTERN COMMAND...: it ends with that status and says that.
refused() {
    wanted=$1 pattern=$2
    shift 2
    "$@" >"$work/log" 2>&1
    found=$?
    if [ "$found" -eq "$wanted" ] && grep -q -e "$pattern" "$work/log"; then passed=$((passed + 1)); else
        failed=$((failed + 1))
        echo "FAILED: $*: status $found, wanted $wanted and '$pattern'"
        cat "$work/log"
    fi
}
