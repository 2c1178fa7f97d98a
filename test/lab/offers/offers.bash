# offers.bash LINE...: what bash offers at the end of each line, a word a line, then a blank line.
# shellcheck disable=SC1091,SC2034
source /usr/share/bash-completion/bash_completion
# The name changed with bash-completion 2.12.
load=$(declare -F _comp_load || echo _completion_loader)
${load##* } php-zd
# It may be called by Readline alone.
compopt() { :; }
for line; do
  read -ra COMP_WORDS <<<"$line"
  [[ $line != *' ' ]] || COMP_WORDS+=('')
  COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
  _php_zd 2>&1
  printf '%s\n' "${COMPREPLY[@]}" ''
done
