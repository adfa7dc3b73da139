# Completion of cartesia-rs for bash. The program itself knows the candidates.

_cartesia_rs() {
    local line kind= word
    local quoted=${COMP_WORDS[COMP_CWORD]}
    COMPREPLY=()
    while IFS= read -r line; do
        if [[ -z $kind ]]; then
            kind=$line
            continue
        fi
        word=${line%%$'\t'*}
        # A word in quotes is taken as it is.
        [[ $quoted == [\"\']* ]] || printf -v word '%q' "$word"
        COMPREPLY+=("$word")
    done < <("$1" __complete bash "${COMP_WORDS[@]:1:COMP_CWORD-1}" "$2" 2>/dev/null)
    if [[ $kind == files ]]; then
        compopt -o bashdefault -o default 2>/dev/null ||
            while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$2")
    fi
}

# bash sorts candidates, unless it is 4.4 or newer.
complete -o nosort -F _cartesia_rs cartesia-rs 2>/dev/null ||
    complete -F _cartesia_rs cartesia-rs
