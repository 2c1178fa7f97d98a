import type { CommandLine, OptionOfVerb, Verb } from './command-line.ts';

interface VerbPage {
  /** The verb. */
  readonly name: string;
  /** mdoc(7). */
  readonly text: string;
}

/** A page for each verb, of what php-zd(8) says of it: `man php-zd-reload`, and what `php-zd help reload` opens. */
export const renderVerbPages = (manual: string, { verbs }: CommandLine): readonly VerbPage[] => {
  const items = itemsOf(sectionOf(manual, 'Sh', 'VERBS'), 'Cm');
  return verbs.map(verb => {
    const item = items.find(({ heading }) => heading.split(' ')[0] === verb.name);
    if (item === undefined) throw new Error(`php-zd(8) has no item for the verb ${verb.name}`);
    return { name: verb.name, text: renderPage(manual, verb, item) };
  });
};

/** An item of a list: what stands behind its `.It` and the macro, and what follows. */
interface Item {
  readonly heading: string;
  readonly body: string;
}

const renderPage = (manual: string, verb: Verb, { heading, body }: Item): string => {
  const [description = '', ownOptions = ''] = body.split(/^(?=\.Bl .*\n\.It Fl )/m);
  const progress = verb.options.some(({ long }) => long === '--no-block') ? sectionOf(manual, 'Ss', 'Progress') : '';
  const examples = examplesOf(manual, verb.name);
  return [
    `.\\" Made of php-zd(8) and the program.\n`,
    /^\.Dd .*\n/.exec(manual)?.[0] ?? '',
    `.Dt PHP-ZD-${verb.name.toUpperCase()} 8\n.Os\n`,
    `.Sh NAME\n.Nm php-zd-${verb.name}\n.Nd ${verb.summary}\n`,
    `.Sh SYNOPSIS\n.Nm php-zd\n.Cm ${heading}\n`,
    `.Sh DESCRIPTION\n${fromManual(description)}`,
    progress === '' ? '' : `.Ss Progress\n${fromManual(progress)}`,
    `.Sh OPTIONS\n.Bl -tag -width Ds\n${renderOptions(manual, verb, fromManual(ownOptions))}.El\n`,
    `.Sh EXIT STATUS\n${fromManual(sectionOf(manual, 'Sh', 'EXIT STATUS'))}`,
    examples === '' ? '' : `.Sh EXAMPLES\n${examples}`,
    '.Sh SEE ALSO\n.Xr php-zd.ini 5 ,\n.Xr php-zd-rolling 7 ,\n.Xr php-zd 8\n',
  ].join('');
};

/** The verb's own options, then those that it has in common with other verbs. */
const renderOptions = (manual: string, { options }: Verb, ownOptions: string): string => {
  const own = itemsOf(ownOptions, 'Fl');
  const common = itemsOf(sectionOf(manual, 'Ss', 'Common options'), 'Fl').filter(
    item => options.some(option => isAbout(item, option)) && !own.some(({ heading }) => heading === item.heading),
  );
  return [...own, ...common].map(({ heading, body }) => `.It Fl ${heading}\n${body}`).join('');
};

const isAbout = ({ heading }: Item, { long }: OptionOfVerb): boolean =>
  ` ${heading} `.replaceAll('Fl ', '').includes(` ${long.slice(1)} `);

/** The text between a heading and the next heading of the same kind or a higher one. */
const sectionOf = (manual: string, kind: 'Sh' | 'Ss', heading: string): string => {
  const ends = kind === 'Sh' ? 'Sh' : 'S[hs]';
  return new RegExp(`^\\.${kind} ${heading}\\n((?:(?!\\.${ends} ).*\\n)*)`, 'm').exec(manual)?.[1] ?? '';
};

/** The items of the outermost lists, with the lists in them. */
const itemsOf = (text: string, macro: 'Cm' | 'Fl'): readonly Item[] => {
  const items: { heading: string; body: string }[] = [];
  let current: { body: string } | undefined;
  let depth = 0;
  for (const line of text.split('\n')) {
    if (line.startsWith('.El')) depth -= 1;
    if (depth === 0) current = undefined;
    if (depth === 1 && line.startsWith(`.It ${macro} `)) {
      const item = { heading: line.slice('.It XX '.length), body: '' };
      items.push(item);
      current = item;
    } else if (current !== undefined) current.body += `${line}\n`;
    if (line.startsWith('.Bl')) depth += 1;
  }
  return items;
};

/** The paragraphs of EXAMPLES that type the verb. */
const examplesOf = (manual: string, verb: string): string =>
  sectionOf(manual, 'Sh', 'EXAMPLES')
    .split(/^\.Pp\n/m)
    .filter(paragraph => new RegExp(`\\bphp-zd ${verb}(?![\\w-])`).test(paragraph))
    .join('.Pp\n');

/**
 * A text of php-zd(8) for a page of a verb: a reference to a section becomes one to that section of php-zd(8), and the page's
 * own name is spelled out.
 */
const fromManual = (text: string): string =>
  text
    .replace(/^\.Sx ("?[A-Z].*?"?)( [.,;:])?$/gm, '.Sx $1\nof\n.Xr php-zd 8$2')
    .replace(/^\.Nm(?= Ns| [.,;:)]|$)/gm, '.Nm php-zd');
