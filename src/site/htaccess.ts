import { closedPathsOf, closedUrlsOf, tidied } from './closed-paths.ts';
import { ANY, BEGIN, END, wordsOf } from './closing-words.ts';

/** Which of Apache's modules closes: mod_rewrite, mod_alias, or those of who may come in. */
export type ClosedBy = 'rewrite' | 'alias' | 'access';

/** What a .htaccess keeps from some or all. */
export interface Closing {
  readonly line: number;
  readonly by: ClosedBy;
  /** The words for `closed` in [web] that say the same; undefined where none do, as it is open to some or in another form. */
  readonly paths: readonly string[] | undefined;
  /** Whether it may as well make an address of the application's out of what is not there. */
  readonly isMaybeRoute: boolean;
}

/** More is no text that anybody wrote. */
const MOST_LINES = 5_000;
const MOST_CLOSINGS = 50;
const MOST_LINE = 4_096;

interface Directive {
  readonly line: number;
  readonly name: string;
  readonly args: readonly string[];
}

/** `directory` is that of the file, relative to the document root: empty for the root itself. The time grows with the text. */
export const parseHtaccess = (text: string, directory: string): readonly Closing[] => {
  const directives = directivesIn(text);
  return [...rewrites(directives, directory), ...aliases(directives), ...access(directives, directory)]
    .sort((a, b) => a.line - b.line)
    .slice(0, MOST_CLOSINGS);
};

const directivesIn = (text: string): readonly Directive[] => {
  const directives: Directive[] = [];
  let begun = '';
  for (const [at, written] of text.split('\n', MOST_LINES).entries()) {
    const trimmed = begun + written.trim();
    begun = '';
    if (trimmed.length > MOST_LINE) continue;
    if (trimmed.endsWith('\\')) {
      begun = `${trimmed.slice(0, -1)} `;
      continue;
    }
    const [name = '', ...args] = wordsIn(trimmed.startsWith('<') ? trimmed.replace(/>$/, '') : trimmed);
    if (name !== '' && !name.startsWith('#')) directives.push({ line: at + 1, name: name.toLowerCase(), args });
  }
  return directives;
};

/** Words, and texts in quotes, in which a backslash before a quote is none of the text. */
const wordsIn = (line: string): readonly string[] => {
  const words: string[] = [];
  for (let at = 0; at < line.length; at++) {
    if (line[at] === ' ' || line[at] === '\t') continue;
    const quote = line[at] === '"' || line[at] === "'" ? line[at] : undefined;
    let word = '';
    if (quote !== undefined) at++;
    for (; at < line.length; at++) {
      const letter = line[at] ?? '';
      if (quote === undefined ? letter === ' ' || letter === '\t' : letter === quote) break;
      if (letter === '\\' && line[at + 1] === quote) at++;
      word += line[at];
    }
    words.push(word);
  }
  return words;
};

const FORBIDS = /^(?:f|forbidden|g|gone|r=4\d\d|redirect=4\d\d)$/i;
/** What stands in the place of the script for all that is no file. */
const FRONT = /^\/?index\.php(?:[/?].{0,200})?$/;
/** Conditions about a request, whatever it is for; and one that holds for all that a visitor asks. */
const OF_REQUEST =
  /^%\{(?:QUERY_STRING|HTTP_USER_AGENT|HTTP_REFERER|REQUEST_METHOD|THE_REQUEST|HTTP_HOST|SERVER_PORT)\}/i;
const OF_VISIT = /^%\{ENV:REDIRECT_\w{1,20}\}/i;
const OF_PATH = /^%\{(?:REQUEST_URI|REQUEST_FILENAME|SCRIPT_FILENAME)\}/i;

const rewrites = (directives: readonly Directive[], directory: string): readonly Closing[] => {
  const closings: Closing[] = [];
  let conditions: Directive[] = [];
  for (const directive of directives) {
    if (directive.name === 'rewritecond') conditions.push(directive);
    if (directive.name !== 'rewriterule') continue;
    const closing = rewriteOf(directive, conditions, directory);
    if (closing !== undefined) closings.push(closing);
    conditions = [];
  }
  return closings;
};

const rewriteOf = (
  { line, args: [pattern = '', substitution = '', flags = ''] }: Directive,
  conditions: readonly Directive[],
  directory: string,
): Closing | undefined => {
  const forbids = flags
    .replace(/^\[|\]$/g, '')
    .split(',')
    .some(flag => FORBIDS.test(flag.trim()));
  if (!forbids && !FRONT.test(substitution)) return undefined;
  const rest = conditions.filter(({ args: [of = ''] }) => !OF_VISIT.test(of));
  const testOf = ({ args: [, test = ''] }: Directive) => test;
  if (rest.some(each => OF_REQUEST.test(each.args[0] ?? '') || /^!-[fdls]$/i.test(testOf(each)))) return undefined;
  const further = rest.filter(each => !/^-[fdls]$/i.test(testOf(each)));
  const words = pattern.startsWith('!') ? undefined : wordsOf(pattern === '.' ? '.*' : pattern);
  const isAll = words?.every(word => [ANY, BEGIN, `${BEGIN}${ANY}`, `${BEGIN}${ANY}${END}`].includes(word)) === true;
  if (!forbids) {
    if (isAll || further.length > 0 || words === undefined) return undefined;
    const paths = closedPathsOf(words, directory);
    return paths && { line, by: 'rewrite', paths, isMaybeRoute: true };
  }
  const closing = { line, by: 'rewrite', isMaybeRoute: false } as const;
  if (further.length === 0) return { ...closing, paths: closedPathsOf(words, directory) };
  return { ...closing, paths: isAll ? conditionPaths(further) : undefined };
};

/** Of conditions of which one is enough, about what is asked for. */
const conditionPaths = (conditions: readonly Directive[]): readonly string[] | undefined => {
  const isEither = conditions.every(({ args: [of = '', test = '', flags = ''] }, at) => {
    const isLast = at === conditions.length - 1;
    return OF_PATH.test(of) && !test.startsWith('!') && (isLast || /\bOR\b/i.test(flags));
  });
  if (!isEither) return undefined;
  const all = conditions.map(({ args: [, test = ''] }) => closedUrlsOf(wordsOf(test)));
  return all.some(paths => paths === undefined) ? undefined : tidied(all.flatMap(paths => paths ?? []));
};

const aliases = (directives: readonly Directive[]): readonly Closing[] =>
  directives.flatMap(({ line, name, args: [status = '', path = ''] }) => {
    if (!/^(?:gone|4\d\d)$/i.test(status)) return [];
    const closing = { line, by: 'alias', isMaybeRoute: false } as const;
    if (name === 'redirectmatch') return [{ ...closing, paths: closedUrlsOf(wordsOf(path)) }];
    const plain = path.replace(/^\//, '').replace(/\/$/, '');
    return name === 'redirect' ? [{ ...closing, paths: plain === '' ? undefined : tidied([plain]) }] : [];
  });

/** What a section, or the file outside of any, says of who may come in. */
interface Section {
  /** The words for `closed`; undefined where they cannot say which files it is about. */
  readonly paths: readonly string[] | undefined;
  /** The line of the first that closes. */
  deniedAt?: number;
  isForSome?: boolean;
  isOpen?: boolean;
}

const SCOPES: readonly string[] = ['<files', '<filesmatch', '<if', '<limit', '<limitexcept', '<else', '<elseif'];

const access = (directives: readonly Directive[], directory: string): readonly Closing[] => {
  const whole: Section = { paths: directory === '' ? undefined : tidied([directory]) };
  const all: Section[] = [whole];
  const within: Section[] = [whole];
  for (const { line, name, args } of directives) {
    if (SCOPES.includes(name)) {
      const section: Section = { paths: name.startsWith('<files') ? filesOf(name, args, directory) : undefined };
      within.push(section);
      if (!name.startsWith('<limit')) all.push(section);
    } else if (name.startsWith('</') && SCOPES.includes(name.replace('/', ''))) {
      if (within.length > 1) within.pop();
    } else judge(within.at(-1) ?? whole, line, [name, ...args.map(arg => arg.toLowerCase())]);
  }
  return all.flatMap(({ paths, deniedAt, isForSome, isOpen }) =>
    deniedAt === undefined || isOpen === true
      ? []
      : [{ line: deniedAt, by: 'access', paths: isForSome === true ? undefined : paths, isMaybeRoute: false } as const],
  );
};

const judge = (section: Section, line: number, [name, first = '', second = '']: readonly string[]): void => {
  if (name === 'require' && first === 'all') {
    if (second === 'denied') section.deniedAt ??= line;
    if (second === 'granted') section.isOpen = true;
  } else if (name === 'require' && first !== 'not') {
    section.deniedAt ??= line;
    section.isForSome = true;
  } else if (name === 'deny' && second === 'all') section.deniedAt ??= line;
  else if (name === 'allow' && second === 'all') section.isOpen = true;
  else if (name === 'allow') section.isForSome = true;
};

/** What files of a name are, in the directory and deeper. */
const filesOf = (name: string, args: readonly string[], directory: string): readonly string[] | undefined => {
  const [first = '', second = ''] = args;
  const isPattern = name === '<filesmatch' || first === '~';
  const found = isPattern ? wordsOf(first === '~' ? second : first) : [`${BEGIN}${first}${END}`];
  if (found === undefined || (!isPattern && /[?[\]^$]/.test(first))) return undefined;
  const words = found.flatMap(word => (word.startsWith(BEGIN) ? [word, `/${word.slice(1)}`] : [word]));
  return closedPathsOf(words, directory);
};
