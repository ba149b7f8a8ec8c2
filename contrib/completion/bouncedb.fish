# fish completion for bouncedb. What it offers comes from the program itself.

function __bouncedb_complete
    set -l words (commandline -opc) (commandline -ct)
    for candidate in (bouncedb __complete $words[2..-1] 2>/dev/null)
        if test "$candidate" = :files
            # In "--output=file", each name follows the option
            set -l option (string match -r '^--[^=]*=' -- $words[-1]; or echo)
            printf '%s\n' $option(__fish_complete_path (string replace -r '^--[^=]*=' '' -- $words[-1]))
        else
            echo $candidate
        end
    end
end

complete -c bouncedb -f -a '(__bouncedb_complete)'
