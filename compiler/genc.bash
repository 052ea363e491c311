# bash completion for genc: commands, their options, spec files, kinds of genc new, and behind -D the
# constants of the spec on the line. Commands and options are those that genc itself lists.

# The constants of a spec, each with the '=' that follows it.
_genc_constants() {
    sed -n 's/^[[:space:]]*let[[:space:]]\{1,\}\([A-Za-z_][A-Za-z0-9_]*\)[[:space:]]*=.*/\1=/p' "$1" 2>/dev/null
}

# The networks of a spec.
_genc_functions() {
    sed -n 's/^[[:space:]]*\(data\|encoder\|decoder\|generator\|discriminator\|network\|sample\)[[:space:]]\{1,\}\([A-Za-z_][A-Za-z0-9_]*\).*/\2/p' "$1" 2>/dev/null
}

# The spec on the command line, or else the only one in this folder.
_genc_spec() {
    local word
    for word in "${COMP_WORDS[@]:2}"; do
        case $word in *.gen) printf '%s\n' "$word"; return ;; esac
    done
    set -- *.gen
    if [ $# -eq 1 ] && [ -e "$1" ]; then printf '%s\n' "$1"; fi
}

# Words that begin like the current one.
_genc_words() {
    local IFS=$' \t\n'
    mapfile -t COMPREPLY < <(compgen -W "$1" -- "$current")
}

# Files that match a pattern, and folders.
_genc_files() {
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -X "!$1" -- "$current"; compgen -d -- "$current")
}

_genc_value() {
    case $1 in
        --real) _genc_words "f32 f64" ;;
        --dump) _genc_words "spec graph transformed plan products c" ;;
        --cc) mapfile -t COMPREPLY < <(compgen -c -- "$current") ;;
        -D | --define)
            _genc_words "$(_genc_constants "$(_genc_spec)")"
            compopt -o nospace 2>/dev/null || :
            ;;
        -o | --output | --embed) _genc_files '*' ;;
        --library) _genc_words "$(_genc_functions "$(_genc_spec)")" ;;
        *) return 1 ;;
    esac
}

_genc() {
    local genc=${COMP_WORDS[0]} current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
    COMPREPLY=()
    # '=' is a word of its own: --real = f32
    if [ "$current" = "=" ]; then
        current=
    elif [ "$before" = "=" ]; then
        before=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    if [ "$COMP_CWORD" -eq 1 ]; then
        _genc_words "$("$genc" help 2>/dev/null | sed -n 's/^  \([a-z]\{1,\}\) .*/\1/p' | grep -vx genc) --help --version"
        return
    fi
    _genc_value "$before" && return
    case ${COMP_WORDS[1]}:$current in
        *:-*) _genc_words "$("$genc" help "${COMP_WORDS[1]}" 2>/dev/null |
            grep -o -e '--[a-z][a-z-]*' -e '\[-[a-zA-Z]' | tr -d '[' | sort -u)" ;;
        new:*) if [ "$COMP_CWORD" -eq 2 ]; then
            _genc_words "$("$genc" help new 2>/dev/null | sed -n 's/^  KIND  \([a-z ]*\);.*/\1/p')"
        fi ;;
        runs:* | compare:*) mapfile -t COMPREPLY < <(compgen -d -- "$current"); compopt -o filenames 2>/dev/null ;;
        help:*) _genc_words "$("$genc" help 2>/dev/null | sed -n 's/^  \([a-z]\{1,\}\) .*/\1/p' | grep -vx genc)" ;;
        *) _genc_files '*.gen' ;;
    esac
}

complete -F _genc genc
