#compdef cartesia-rs
# Completion of cartesia-rs for zsh. The program itself knows the candidates.

_cartesia_rs() {
    local line word description
    local -a lines found
    lines=("${(@f)$("${(Q)words[1]}" __complete zsh "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
    if [[ ${lines[1]} == files ]]; then
        [[ $PREFIX == --*=* ]] && compset -P 1 '*='
        _files
        return
    fi
    for line in "${(@)lines[2,-1]}"; do
        [[ -n $line ]] || continue
        word=${line%%$'\t'*}
        description=${line#*$'\t'}
        found+=("${word//:/\\:}${description:+:$description}")
    done
    [[ $PREFIX == --*=* ]] && compset -P 1 '*='
    _describe -V cartesia-rs found
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _cartesia_rs "$@"
else
    compdef _cartesia_rs cartesia-rs
fi
