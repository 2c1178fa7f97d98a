import { printable } from '../base/printable.ts';
import type { PhpIniFile } from './host.ts';
import { extensionOf } from './lost-extensions.ts';
import { readPhpIni } from './php-ini.ts';
import type { Position, Problem } from './problem.ts';

/** What PHP-FPM says as it starts and goes on: it ends a test of its configuration with 0 all the same (facts.md N118). */
export interface PhpStart {
  /** Lines of php.ini, or of a file beside it, that PHP cannot read: it passes over what follows them in that file. */
  readonly unread: readonly Problem[];
  /** Extensions that it does not come to load. */
  readonly unloaded: readonly Unloaded[];
  /** What else it warns of. */
  readonly warnings: readonly Problem[];
}

export interface Unloaded extends Position {
  readonly name: string;
  /** The file, where that is there and PHP may not read it. */
  readonly closed?: string;
}

/** What to do of one of these. */
export type HowToLoad = (unloaded: Unloaded) => string;

export const howToInstall: HowToLoad = () => 'install it, or take the line away';

export const unloadedExtension = (unloaded: Unloaded, howTo: HowToLoad): Problem => {
  const { file, line, name } = unloaded;
  return { file, line, message: `PHP cannot load the extension '${name}', and goes on without it: ${howTo(unloaded)}` };
};

/** What replicas would lack that have it, or that php.ini gives them; `loaded` are the extensions of those that run. A roll is refused for it. */
export const lostAtStart = (
  { unread, unloaded }: PhpStart,
  loaded: ReadonlySet<string>,
  howTo: HowToLoad,
): readonly Problem[] => [
  ...unread,
  ...unloaded.filter(({ name }) => loaded.has(name)).map(each => lostExtension(each, howTo)),
];

const lostExtension = (unloaded: Unloaded, howTo: HowToLoad): Problem => {
  const { file, line, name } = unloaded;
  const message = `PHP cannot load the extension '${name}', which the replicas that run have: ${howTo(unloaded)}`;
  return { file, line, message };
};

/** Has PHP say all that it warns of, whatever php.ini has it log, and where to. */
export const HEARD = ['-d', 'log_errors=1', '-d', 'error_log='];

/** A site's code may say any line too, in its preloading. */
const MOST_LINES = 1_000;
const MOST_SAID = 300;

export const readPhpStart = (said: string, files: readonly PhpIniFile[]): PhpStart => {
  const lines = said.split('\n', MOST_LINES);
  const warned = [...new Set(lines.flatMap(warningIn))];
  const found = warned.map(text => ({
    ...placeOf(text, files),
    ...unloadedIn(text, files),
    text: printable(text, MOST_SAID),
  }));
  return {
    unread: lines.flatMap(syntaxErrorIn),
    unloaded: found.flatMap(({ file, line, name, closed }) =>
      name === undefined ? [] : [{ file, line, name, ...(closed !== undefined && { closed }) }],
    ),
    warnings: found.flatMap(({ file, line, name, text }) =>
      name === undefined && !text.startsWith(TOLD_AT_ITS_LINE)
        ? [{ file, line, message: `PHP warns as it starts: ${text}` }]
        : [],
    ),
  };
};

/** By src/site/php-values.ts, of what php.ini and the site file say together. */
const TOLD_AT_ITS_LINE = 'Invalid date.timezone value ';

const SYNTAX = 'syntax error, ';

/** `PHP:  syntax error, unexpected ... in FILE on line N` */
const syntaxErrorIn = (said: string): readonly Problem[] => {
  const text = said.startsWith('PHP:') ? said.slice('PHP:'.length).trim() : '';
  const [at, on] = [text.lastIndexOf(' in /'), text.lastIndexOf(' on line ')];
  const line = Number(text.slice(on + ' on line '.length));
  if (!text.startsWith(SYNTAX) || at < 0 || on < at || !Number.isSafeInteger(line)) return [];
  const file = printable(text.slice(at + ' in '.length, on), MOST_SAID);
  const message = `PHP cannot read this line, and passes over what follows: ${printable(text.slice(0, at), MOST_SAID)}`;
  return [{ file, line, message }];
};

const NOWHERE = ' in Unknown on line 0';

/** `PHP Warning:  PHP Startup: ... in Unknown on line 0`, behind what PHP-FPM's log begins a line with. */
const warningIn = (said: string): readonly string[] => {
  // Of a zend_extension that is named by its path, and then nothing more of it.
  if (said.startsWith('Failed loading /')) return [said];
  const begin = said.indexOf('Warning: ');
  const end = said.indexOf(NOWHERE);
  if (begin < 0 || end < begin) return [];
  return [
    said
      .slice(begin + 'Warning: '.length, end)
      .trim()
      .replace('PHP Startup: ', ''),
  ];
};

const UNLOADED =
  /^(?:Unable to load dynamic library '|Failed loading Zend extension '|Failed loading (?=\/))([^':\n]{1,200})[':]/;
const CLOSED = /(?:\(|: {2})(\/[^():\n]{1,200}): cannot open shared object file: Permission denied/;
const OF_PACKAGES = /^\/usr\/lib\/php\/\d{8}\/([\w.-]{1,99})\.so$/;

const unloadedIn = (text: string, files: readonly PhpIniFile[]): Partial<Pick<Unloaded, 'name' | 'closed'>> => {
  const value = UNLOADED.exec(text)?.[1];
  if (value === undefined) return {};
  const name = extensionOf(value);
  const closed = CLOSED.exec(text)?.[1];
  // A site's code may say this too, and root is to open that file.
  const isPlace = closed !== undefined && (OF_PACKAGES.exec(closed)?.[1] === name || isWritten(files, closed));
  return { name: printable(name, MOST_SAID), ...(isPlace && { closed }) };
};

const isWritten = (files: readonly PhpIniFile[], path: string): boolean =>
  readPhpIni(files).some(({ name, value }) => /^(?:zend_)?extension$/.test(name) && value === path);

/** Where what PHP puts between quotes first stands in the host's files; else the first of them. */
const placeOf = (text: string, files: readonly PhpIniFile[]): Position => {
  const named = /['"]([^'"\n]{1,200})['"]/.exec(text)?.[1];
  const isNamed = (value: string) => value === named || extensionOf(value) === named;
  const setting = readPhpIni(files).find(({ name, value }) => name === named || isNamed(value));
  return setting?.at ?? { file: files[0]?.file ?? 'php.ini', line: 1 };
};
