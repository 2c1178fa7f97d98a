import { type Below, scriptNames } from './closed-paths.ts';
import { type Closing, closingsOf, type Judged } from './htaccess-closings.ts';
import type { Directive, Section } from './htaccess-sections.ts';

/**
 * What is kept from PHP, as Apache would send it as text or refuse it. Which of these lines has an effect depends on how the virtual host
 * brings PHP in (facts.md N125): whoever wrote any of them wants no scripts there. `extensions` are those of scripts.
 */
export const handlers = (
  sections: readonly Section[],
  { extensions, ...below }: Below & { readonly extensions: readonly string[] },
): readonly Closing[] => {
  const cgiOfWhole = sections.slice(0, 1).map(cgiOf)[0];
  const judge = (section: Section): Judged | undefined => {
    const cgi = cgiOf(section) ?? cgiOfWhole;
    const verdicts = section.directives.flatMap(directive => verdictOf(directive, cgi) ?? []);
    if (verdicts.length === 0) return undefined;
    const { names } = section;
    const saidOf = (runs: boolean) => (extension: string) =>
      verdicts.some(verdict => verdict.runs === runs && (verdict.of === 'all' || verdict.of.includes(extension)));
    const opened = extensions.filter(saidOf(true));
    const closed = extensions.filter(extension => saidOf(false)(extension) && !opened.includes(extension));
    const first = verdicts.find(({ runs, of }) => !runs && (of === 'all' || closed.some(each => of.includes(each))));
    const found = { closed: names && scriptNames(names, closed), opened: scriptsIn(names, opened) };
    return { ...found, line: closed.length === 0 || found.closed?.length === 0 ? undefined : first?.line };
  };
  return closingsOf(sections, below, 'handler', judge).filter(closing => !isOfAll(closing, extensions));
};

const scriptsIn = (names: readonly string[] | undefined, extensions: readonly string[]) =>
  extensions.length === 0 ? [] : names && scriptNames(names, extensions);

/** A site of PHP has some: the line that says so of all has no effect. */
export const isOfAll = ({ paths }: Closing, extensions: readonly string[]): boolean =>
  extensions.some(extension => paths?.includes(`*${extension}`) === true);

/** Whether PHP runs scripts, by what is said of all or of some extensions. */
interface Verdict {
  readonly line: number;
  readonly runs: boolean;
  readonly of: 'all' | readonly string[];
}

type Cgi = 'on' | 'off' | undefined;

const OFF: readonly string[] = ['off', '0', 'no', 'false', 'none', ''];

const verdictOf = ({ line, name, args }: Directive, cgi: Cgi): Verdict | undefined => {
  const [first = '', ...rest] = args.map(arg => arg.toLowerCase());
  const dotted = (words: readonly string[]) => words.map(word => (word.startsWith('.') ? word : `.${word}`));
  switch (name) {
    case 'sethandler':
      return { line, runs: isPhp(first, cgi), of: 'all' };
    case 'forcetype':
      return first === 'none' ? undefined : { line, runs: isPhp(first, cgi), of: 'all' };
    case 'addhandler':
    case 'addtype':
      return { line, runs: isPhp(first, cgi), of: dotted(rest) };
    case 'removehandler':
    case 'removetype':
      return { line, runs: false, of: dotted([first, ...rest]) };
    case 'php_flag':
    case 'php_value':
      return first === 'engine' ? { line, runs: !OFF.includes(rest[0] ?? ''), of: 'all' } : undefined;
    default:
      return undefined;
  }
};

/** Whether a handler or a type, which people name as they like, is one of PHP's. */
export const isPhp = (handler: string, cgi?: Cgi): boolean => {
  if (handler === 'cgi-script') return cgi === 'on';
  if (/^(?:fcgid|fastcgi)-script$/.test(handler)) return cgi !== 'off';
  return /php|^proxy:/.test(handler) && !/^no|source$|off$|disabled?$/.test(handler);
};

/** Whether programs may run, by the last Options that says so. Without signs it names all that is on. */
const cgiOf = ({ directives }: Section): Cgi => {
  let cgi: Cgi;
  for (const { args } of directives.filter(({ name }) => name === 'options')) {
    const words = args.map(arg => arg.toLowerCase());
    if (words.some(word => /^(?:\+?execcgi|all)$/.test(word))) cgi = 'on';
    else if (words.some(word => word === '-execcgi' || !/^[+-]/.test(word))) cgi = 'off';
  }
  return cgi;
};
