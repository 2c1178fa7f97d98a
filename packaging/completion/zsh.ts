import type { ArgumentOfVerb, CommandLine, OptionOfVerb, Value, Verb } from '../command-line.ts';

/** What Tab offers in zsh. Nothing of php-zd is started for it: names come from its files. */
export const renderZsh = ({ verbs, options }: CommandLine): string => `#compdef php-zd
# zsh completion for php-zd(8). Made of its command line.

${lookups}
_php_zd_verbs() {
  local -a verbs=(
${verbs.map(({ name, summary }) => `    ${quote(`${name}:${summary}`)}\n`).join('')}  )
  _describe verb verbs
}

_php_zd() {
  local curcontext=$curcontext state line
  typeset -A opt_args
  _arguments -C ${options.map(renderOption).join(' ')} '1: :_php_zd_verbs' '*:: :->verb' && return
  [[ $state == verb ]] || return
  case $words[1] in
${verbs.map(renderVerb).join('')}  esac
}

_php_zd "$@"
`;

const lookups = `_php_zd_sites() {
  local -a sites=(/etc/php-zd/sites/*.ini(N:t:r))
  compadd -a sites
}

# The site that the line names, or the only one there is.
_php_zd_site() {
  local word
  for word in $words[2,-1]; do
    [[ -e /etc/php-zd/sites/$word.ini ]] && REPLY=$word && return
  done
  local -a sites=(/etc/php-zd/sites/*.ini(N:t:r))
  (( $#sites == 1 )) && REPLY=$sites[1]
}

_php_zd_replicas() {
  local REPLY
  _php_zd_site || return
  local -a replicas=(/var/lib/php-zd/$REPLY/slots/*(N:t))
  compadd -a replicas
}

# What lies beside the promoted release, but for the mount. Where none of it is meant, any directory is offered.
_php_zd_releases() {
  local REPLY release
  if _php_zd_site && release=$(readlink /var/lib/php-zd/$REPLY/promoted/release); then
    local -a releases=($release:h/*(N/))
    releases=(\${releases:#*/$REPLY.live})
    compadd -f -a releases && return
  fi
  _directories
}
`;

const renderVerb = ({ name, arguments: all, options }: Verb): string => {
  const specs = [...options.map(renderOption), ...all.map(renderArgument)];
  return `    ${name})\n      _arguments ${specs.join(' \\\n        ')} ;;\n`;
};

const renderArgument = (argument: ArgumentOfVerb, index: number): string =>
  quote(`${argument.isVariadic ? '*' : index + 1}:${argument.name}:${action(argument.value)}`);

const renderOption = ({ long, short, sentence, value }: OptionOfVerb): string => {
  const words = `[${sentence.replace(/[[\]\\]/g, '\\$&')}]`;
  const behind = value === undefined ? '' : `${value.isRequired ? '' : ':'}:${value.name}:${action(value.value)}`;
  const flag = value === undefined ? long : `${long}=`;
  if (short === undefined) return quote(`${flag}${words}${behind}`);
  return `${quote(`(${short} ${long})`)}{${short},${flag}}${quote(`${words}${behind}`)}`;
};

const action = (value: Value): string => (value.kind === 'words' ? `(${value.words.join(' ')})` : actions[value.kind]);

const actions: { readonly [Kind in Exclude<Value['kind'], 'words'>]: string } = {
  site: '_php_zd_sites',
  replica: '_php_zd_replicas',
  release: '_php_zd_releases',
  file: '_files',
  any: ' ',
};

/** A text quoted as one word of zsh. */
const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
