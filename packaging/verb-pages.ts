import type { CommandLine, OptionOfVerb, Verb } from './command-line.ts';

interface VerbPage {
  /** The verb. */
  readonly name: string;
  /** mdoc(7). */
  readonly text: string;
}

/** A page for each verb, of what php-zd(8) says of it: `man php-zd-reload`, and what `php-zd help reload` opens. */
export const renderVerbPages = (manual: string, { verbs }: CommandLine): readonly VerbPage[] => {
  const items = itemsOf(sectionOf(manual, 'VERBS'));
  return verbs.map(verb => {
    const item = items.find(({ heading }) => heading.split(' ')[0] === verb.name);
    if (item === undefined) throw new Error(`php-zd(8) has no item for the verb ${verb.name}`);
    return { name: verb.name, text: renderPage(manual, verb, item) };
  });
};

/** An item of the list of verbs. */
interface Item {
  /** The verb, its arguments and options, as mdoc's macros have them. */
  readonly heading: string;
  readonly body: string;
}

const renderPage = (manual: string, verb: Verb, { heading, body }: Item): string => {
  const examples = examplesOf(manual, verb.name);
  return [
    `.\\" Made of php-zd(8) and the program.\n`,
    /^\.Dd .*\n/.exec(manual)?.[0] ?? '',
    `.Dt PHP-ZD-${verb.name.toUpperCase()} 8\n.Os\n`,
    `.Sh NAME\n.Nm php-zd-${verb.name}\n.Nd ${verb.summary}\n`,
    `.Sh SYNOPSIS\n.Nm php-zd\n.Cm ${heading}\n`,
    `.Sh DESCRIPTION\n${fromManual(body)}`,
    `.Sh OPTIONS\n.Bl -tag -width Ds\n${verb.options.map(renderOption).join('')}.El\n`,
    `.Sh EXIT STATUS\n${fromManual(sectionOf(manual, 'EXIT STATUS'))}`,
    examples === '' ? '' : `.Sh EXAMPLES\n${examples}`,
    '.Sh SEE ALSO\n.Xr php-zd.ini 5 ,\n.Xr php-zd-rolling 7 ,\n.Xr php-zd 8\n',
  ].join('');
};

const renderOption = ({ long, short, sentence, value }: OptionOfVerb): string => {
  const flags = [short, long].flatMap(flag => (flag === undefined ? [] : [`Fl ${flag.slice(1)}`]));
  const behind = value === undefined ? '' : value.isRequired ? ` Ar ${value.name}` : ` Op Ar ${value.name}`;
  return `.It ${flags.join(' , ')}${behind}\n${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.\n`;
};

const sectionOf = (manual: string, heading: string): string =>
  manual
    .split(/^\.Sh /m)
    .find(section => section.startsWith(`${heading}\n`))
    ?.slice(heading.length + 1) ?? '';

/** The items of the section's first list, with the lists in them. */
const itemsOf = (section: string): readonly Item[] => {
  const items: { heading: string; body: string }[] = [];
  let depth = 0;
  for (const line of section.split('\n')) {
    if (line.startsWith('.El')) depth -= 1;
    const heading = depth === 1 ? /^\.It Cm (.*)$/.exec(line)?.[1] : undefined;
    if (heading !== undefined) items.push({ heading, body: '' });
    else if (depth > 0) append(items, line);
    else if (items.length > 0) break;
    if (line.startsWith('.Bl')) depth += 1;
  }
  return items;
};

const append = (items: { body: string }[], line: string): void => {
  const last = items.at(-1);
  if (last !== undefined) last.body += `${line}\n`;
};

/** The paragraphs of EXAMPLES that type the verb. */
const examplesOf = (manual: string, verb: string): string =>
  sectionOf(manual, 'EXAMPLES')
    .split(/^\.Pp\n/m)
    .filter(paragraph => new RegExp(`\\bphp-zd ${verb}\\b(?!-)`).test(paragraph))
    .join('.Pp\n');

/** What is a section there lies on another page here. */
const fromManual = (text: string): string =>
  text.replace(/^\.Sx ("?[A-Z].*?"?)( [.,;:])?$/gm, '.Sx $1\nof\n.Xr php-zd 8$2');
