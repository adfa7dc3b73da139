# Completion of cartesia-rs for fish. The program itself knows the candidates.

function __cartesia_rs_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l program $words[1]
    set -e words[1]
    set -l lines ($program __complete fish $words "$current" 2>/dev/null)
    if test "$lines[1]" = files
        __fish_complete_path (string replace -r -- '^--[^=]*=' '' "$current")
        return
    end
    set -e lines[1]
    if set -q lines[1]
        printf '%s\n' $lines
    end
end

complete -c cartesia-rs -f -a '(__cartesia_rs_complete)'
