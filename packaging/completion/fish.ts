import type { ArgumentOfVerb, CommandLine, OptionOfVerb, Value, Verb } from '../command-line.ts';

/** What Tab offers in fish. Nothing of php-zd is started for it: names come from its files. */
export const renderFish = ({
  verbs,
  options,
}: CommandLine): string => `# fish completion for php-zd(8). Made of its command line.

${lookups}
# The options that take a value, as a second word.
set -g __php_zd_values ${valueFlags(verbs).join(' ')}

# The words behind php-zd that are no options, nor values of options: the verb and its arguments.
function __php_zd_words
    set -l is_value no
    for word in (commandline -opc)[2..]
        if test $is_value = yes
            set is_value no
        else if string match -q -- '-*' $word
            contains -- $word $__php_zd_values; and set is_value yes
        else
            echo $word
        end
    end
end

function __php_zd_has_no_verb
    test (count (__php_zd_words)) -eq 0
end

# Whether this is the verb, and, when a number is given, whether that is the number of the argument that comes now.
function __php_zd_at -a verb number
    set -l words (__php_zd_words)
    test "$words[1]" = $verb; and begin
        test -z "$number"; or test (count $words) -eq "$number"
    end
end

complete -c php-zd -f
${options.map(option => line('-n __php_zd_has_no_verb', ...optionWords(option))).join('')}${verbs
  .map(({ name, summary }) => line('-n __php_zd_has_no_verb', `-a ${name}`, `-d ${quote(summary)}`))
  .join('')}${verbs.map(renderVerb).join('')}`;

const lookups = `function __php_zd_sites
    for file in /etc/php-zd/sites/*.ini
        string replace -r '.*/(.*)\\.ini$' '$1' $file
    end
end

# The site that the line names, or the only one there is.
function __php_zd_site
    for word in (commandline -opc)[2..]
        if test -e /etc/php-zd/sites/$word.ini
            echo $word
            return
        end
    end
    set -l sites (__php_zd_sites)
    test (count $sites) -eq 1; and echo $sites
end

function __php_zd_replicas
    for pin in /var/lib/php-zd/(__php_zd_site)/slots/*
        string replace -r '.*/' '' $pin
    end
end

# What lies beside the promoted release, but for the mount. Where none of it is meant, any directory is offered.
function __php_zd_releases
    set -l site (__php_zd_site)
    set -l release (readlink /var/lib/php-zd/$site/promoted/release)
    set -l releases (string replace -r '/[^/]*$' '' $release)/*/
    set -l meant (string trim -r -c / $releases | string match -v "*/$site.live" | string match -- (commandline -ct)'*')
    string join \\n $meant; or __fish_complete_directories
end
`;

const renderVerb = (verb: Verb): string =>
  [
    ...verb.options.map(option => line(`-n '__php_zd_at ${verb.name}'`, ...optionWords(option))),
    ...verb.arguments.flatMap((argument, index) => argumentLine(verb, argument, index)),
  ].join('');

const argumentLine = ({ name }: Verb, { value, isVariadic }: ArgumentOfVerb, index: number): readonly string[] => {
  const offer = offerOf(value);
  if (offer === undefined) return [];
  return [line(`-n '__php_zd_at ${name}${isVariadic ? '' : ` ${index + 1}`}'`, ...offer)];
};

const optionWords = ({ long, short, sentence, value }: OptionOfVerb): readonly string[] => [
  `-l ${long.slice(2)}`,
  ...(short === undefined ? [] : [`-s ${short.slice(1)}`]),
  // With -x, which is -r and no files, fish 3.6 refuses -F.
  ...(value?.isRequired ? [value.value.kind === 'file' ? '-r' : '-x'] : []),
  ...(value === undefined ? [] : (offerOf(value.value) ?? [])),
  `-d ${quote(sentence)}`,
];

const offerOf = (value: Value): readonly string[] | undefined => {
  switch (value.kind) {
    case 'site':
    case 'replica':
    case 'release':
      return [`-a '(__php_zd_${value.kind}s)'`];
    case 'words':
      return [`-a ${quote(value.words.join(' '))}`];
    case 'file':
      return ['-F'];
    default:
      return undefined;
  }
};

const valueFlags = (verbs: readonly Verb[]): readonly string[] => {
  const taking = verbs.flatMap(({ options }) => options).filter(({ value }) => value?.isRequired);
  return [...new Set(taking.flatMap(({ long, short }) => (short === undefined ? [long] : [long, short])))];
};

const line = (...words: readonly string[]): string => `complete -c php-zd ${words.join(' ')}\n`;

/** A text quoted as one word of fish. */
const quote = (text: string): string => `'${text.replace(/['\\]/g, '\\$&')}'`;
