import type { CommandLine, OptionOfVerb, Value, Verb } from '../command-line.ts';

/** What Tab offers in bash. Nothing of php-zd is started for it: names come from its files. */
export const renderBash = ({
  verbs,
  options,
}: CommandLine): string => `# bash completion for php-zd(8). Made of its command line.

${lookups}
# Sets what may stand behind a verb: its options, what each option takes, and what its arguments are.
_php_zd_describe() {
  options='--help' values='' arguments=() rest=''
  case $1 in
${verbs.map(describe).join('')}  esac
}

# Offers what there is of a kind: _php_zd_offer KIND [WORD...]
_php_zd_offer() {
  local IFS=$'\\n'
  case $1 in
    site) COMPREPLY=($(compgen -W "$(_php_zd_sites)" -- "$cur")) ;;
    replica) COMPREPLY=($(compgen -W "$(_php_zd_replicas)" -- "$cur")) ;;
    release)
      compopt -o filenames
      COMPREPLY=($(compgen -W "$(_php_zd_releases)" -- "$cur"))
      ((\${#COMPREPLY[@]})) || COMPREPLY=($(compgen -d -- "$cur"))
      ;;
    file)
      compopt -o filenames
      COMPREPLY=($(compgen -f -- "$cur"))
      ;;
    words) COMPREPLY=($(compgen -W "\${*:2}" -- "$cur")) ;;
  esac
}

# What the option of $1 takes, as in "--replica:replica".
_php_zd_value_of() {
  local value
  for value in $values; do [[ $value != "$1:"* ]] || { echo "\${value#*:}"; return; }; done
  return 1
}

_php_zd() {
  local cur=\${COMP_WORDS[COMP_CWORD]} verb='' options='' values='' rest='' kind i
  local -a arguments=() given=()
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    if [[ \${COMP_WORDS[i]} == -* ]]; then
      # Readline makes words of "--option" and "=" too.
      if [[ $(_php_zd_value_of "\${COMP_WORDS[i]}") ]]; then
        [[ \${COMP_WORDS[i + 1]} != = ]] || ((i++))
        ((++i < COMP_CWORD)) || break
      fi
    elif [[ ! $verb ]]; then
      verb=\${COMP_WORDS[i]}
      _php_zd_describe "$verb"
    else
      given+=("\${COMP_WORDS[i]}")
    fi
  done

  local option=\${COMP_WORDS[COMP_CWORD - 1]}
  [[ $option != = ]] || option=\${COMP_WORDS[COMP_CWORD - 2]}
  [[ $cur != = ]] || { option=\${COMP_WORDS[COMP_CWORD - 1]} cur=''; }
  if [[ ! $verb ]]; then
    COMPREPLY=($(compgen -W '${[...verbs.map(({ name }) => name), ...options.flatMap(flagsOf)].join(' ')}' -- "$cur"))
  elif kind=$(_php_zd_value_of "$option"); then
    _php_zd_offer \${kind//,/ }
  elif [[ $cur == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$cur"))
  else
    kind=\${arguments[\${#given[@]}]:-$rest}
    _php_zd_offer \${kind//,/ }
  fi
}

complete -F _php_zd php-zd
`;

const lookups = `_php_zd_sites() {
  local file
  for file in /etc/php-zd/sites/*.ini; do
    file=\${file##*/}
    [[ $file == '*.ini' ]] || echo "\${file%.ini}"
  done
}

# The site that the line names, or the only one there is.
_php_zd_site() {
  local word sites
  for word in "\${COMP_WORDS[@]:2}"; do
    [[ $word && -e /etc/php-zd/sites/$word.ini ]] && echo "$word" && return
  done
  sites=$(_php_zd_sites)
  [[ $sites == *$'\\n'* ]] || echo "$sites"
}

_php_zd_replicas() {
  local pin
  for pin in /var/lib/php-zd/"$(_php_zd_site)"/slots/*; do
    [[ ! -L $pin ]] || echo "\${pin##*/}"
  done
}

# What lies beside the promoted release, but for the mount. Where none of it is meant, any directory is offered.
_php_zd_releases() {
  local site release directory
  site=$(_php_zd_site)
  release=$(readlink "/var/lib/php-zd/$site/promoted/release") || return
  for directory in "\${release%/*}"/*/; do
    [[ $directory == */"$site.live/" ]] || echo "\${directory%/}"
  done
}
`;

const describe = ({ name, arguments: all, options }: Verb): string => {
  const single = all.filter(({ isVariadic }) => !isVariadic).map(({ value }) => word(value));
  const rest = all.find(({ isVariadic }) => isVariadic);
  const values = options.flatMap(option =>
    option.value === undefined ? [] : flagsOf(option).map(flag => `${flag}:${word(option.value?.value ?? ANY)}`),
  );
  return [
    `    ${name})`,
    `options='${options.flatMap(flagsOf).join(' ')}'`,
    `values='${values.join(' ')}'`,
    `arguments=(${single.join(' ')})`,
    `rest='${rest === undefined ? '' : word(rest.value)}'`,
    ';;\n',
  ].join(' ');
};

const ANY: Value = { kind: 'any' };

const flagsOf = ({ long, short }: OptionOfVerb): readonly string[] => [long, ...(short === undefined ? [] : [short])];

/** A value as one word of the script: its kind, and the words that may stand there. */
const word = (value: Value): string => (value.kind === 'words' ? ['words', ...value.words].join(',') : value.kind);
