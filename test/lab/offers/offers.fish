# offers.fish LINE...: what fish offers at the end of each line, a word a line, then a blank line.
for line in $argv
    complete -C $line | string replace -r '\t.*' ''
    echo
end
