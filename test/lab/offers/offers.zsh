# offers.zsh LINE...: what zsh offers at the end of each line, a word a line, then a blank line. Only a terminal can ask zsh: it
# has one of its own here, in which each match is told rather than drawn.
zmodload zsh/zpty
zpty shell zsh -f -i
until_told() {
  local text
  zpty -r shell text "*<$1>*" && print -r -- $text
}
zpty -w shell 'PROMPT= RPROMPT=; unset zle_bracketed_paste; autoload -Uz compinit; compinit -u
compadd() {
  if [[ ${@[1,(i)(-|--)]} != *-(O|A|D)\ * ]]; then
    local -a offered
    builtin compadd -A offered "$@"
    print -rn -- "<="${^offered}">"
  fi
  builtin compadd "$@"
}
tell() { _main_complete; compstate[insert]= compstate[list]=; print -n "<end>" }
zle -C tell complete-word tell
bindkey "^T" tell
stty -echo
print "<re""ady>"'
until_told ready >/dev/null
for line; do
  # ^U: an empty line again.
  zpty -w -n shell $'\x15'"$line"$'\x14'
  until_told end | grep -ao '<=[^>]*>' | sed 's/^<=//; s/>$//'
  print
done
