# Prints the candidates for $LINE: a second zsh in a terminal of its own gets the line and a tab. Its
# compadd, which is what a completion ends in, also writes down what it is given.
zmodload zsh/zpty
zpty z "zsh -f -i"
() {
    zpty -w z 'PROMPT= RPROMPT=; autoload -Uz compinit; compinit -u -d $HOME/.zcompdump; source $SCRIPT'
    zpty -w z 'compadd() { if [[ " $* " == *" -"(O|A|D)" "* ]]; then builtin compadd "$@"; return; fi; local -a hits; builtin compadd -A hits "$@"; print -rl -- "${hits[@]}" >> $HOME/hits; builtin compadd "$@" }'
    zpty -w z ': > $HOME/ready'
}
integer tries=0
while [[ ! -e $HOME/ready ]] && (( tries++ < 400 )); do zpty -r -t z x; sleep 0.05; done
: > $HOME/hits
zpty -w -n z "$LINE"$'\t'
zpty -w z $'\C-u: > $HOME/done'
tries=0
while [[ ! -e $HOME/done ]] && (( tries++ < 400 )); do zpty -r -t z x; sleep 0.05; done
zpty -d z
rm -f $HOME/ready $HOME/done
cat $HOME/hits
