# Prints the candidates for $LINE: calls the function as readline does, with the words as bash breaks
# them.
source "$SCRIPT"
specification=$(complete -p cartesia-rs) || exit 1
function=${specification##*-F }
function=${function%% *}
compopt() { files=1; }
read -ra COMP_WORDS <<< "$LINE"
[[ $LINE == *' ' ]] && COMP_WORDS+=('')
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
"$function" cartesia-rs "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
[[ $files ]] && compgen -f -- "${COMP_WORDS[COMP_CWORD]}"
printf '%s\n' "${COMPREPLY[@]}"
