import { ownValue } from '../base/own.ts';
import { type Below, closedPathsOf, closedUrlsOf, scriptNames, tidied } from './closed-paths.ts';
import { ANY, BEGIN, END, wordsOf } from './closing-words.ts';
import { type Closing, closingsOf, type Judged } from './htaccess-closings.ts';
import { handlers, isOfAll, isPhp } from './htaccess-handlers.ts';
import { type Directive, directivesIn, type Section, sectionsOf } from './htaccess-sections.ts';

/** More is no text that anybody wrote. */
const MOST_CLOSINGS = 50;

/** The directory of the file, the extensions of scripts, and what may be made of this file and of others of the site. */
interface Where extends Below {
  readonly extensions: readonly string[];
}

/** The time grows with the text and with what is taken of the allowance. Where that is spent the file was not looked at whole. */
export const parseHtaccess = (text: string, where: Where): readonly Closing[] => {
  const { directory, extensions, allowance } = where;
  const directives = directivesIn(text);
  const sections = sectionsOf(directives, allowance);
  const byAccess = closingsOf(sections, where, 'access', accessOf);
  const isShut = byAccess.some(({ paths }) => paths?.includes(directory) === true);
  const all = [
    ...rewrites(directives, where),
    ...aliases(directives, where),
    ...byAccess,
    ...(isShut ? [] : handlers(sections, where)),
  ];
  return all
    .filter(({ paths }) => paths?.length !== 0)
    .map(closing => (isOfAll(closing, extensions) ? { ...closing, paths: undefined } : closing))
    .sort((a, b) => a.line - b.line)
    .slice(0, MOST_CLOSINGS);
};

/**
 * The first directive that sets a variable of PHP's, or a header of answers, and its line. That the header Authorization comes to PHP is the
 * snippet's work.
 */
export const settingIn = (text: string): { readonly line: number; readonly directive: string } | undefined => {
  const isOfLogin = (words: readonly string[]) => /^\^?authorization\b/i.test(words[0] ?? '');
  const found = directivesIn(text).find(({ name, args }) => ownValue(SETS, name) !== undefined && !isOfLogin(args));
  return found && { line: found.line, directive: ownValue(SETS, found.name) ?? '' };
};

const SETS: { readonly [Name in string]?: string } = {
  setenv: 'SetEnv',
  setenvif: 'SetEnvIf',
  setenvifnocase: 'SetEnvIfNoCase',
  header: 'Header',
};

const FORBIDS = /^(?:f|forbidden|g|gone|r=4\d\d|redirect=4\d\d)$/i;
/** What stands in the place of the script for all that is no file. */
const FRONT = /^\/?index\.php(?:[/?].{0,200})?$/;
/** Conditions about a request, whatever it is for; and one that holds for all that a visitor asks. */
const OF_REQUEST =
  /^%\{(?:QUERY_STRING|HTTP_USER_AGENT|HTTP_REFERER|REQUEST_METHOD|THE_REQUEST|HTTP_HOST|SERVER_PORT)\}/i;
const OF_VISIT = /^%\{ENV:REDIRECT_\w{1,20}\}/i;
const OF_PATH = /^%\{(?:REQUEST_URI|REQUEST_FILENAME|SCRIPT_FILENAME)\}/i;

const rewrites = (directives: readonly Directive[], where: Where): readonly Closing[] => {
  const closings: Closing[] = [];
  let conditions: Directive[] = [];
  for (const directive of directives) {
    if (directive.name === 'rewritecond') conditions.push(directive);
    if (directive.name !== 'rewriterule') continue;
    const closing = rewriteOf(directive, conditions, where);
    if (closing !== undefined) closings.push(closing);
    conditions = [];
  }
  return closings;
};

const rewriteOf = (
  { line, args: [pattern = '', substitution = '', flags = ''] }: Directive,
  conditions: readonly Directive[],
  where: Where,
): Closing | undefined => {
  const { extensions, allowance } = where;
  const all = flags.replace(/^\[|\]$/g, '').split(',');
  const forbids = all.some(flag => FORBIDS.test(flag.trim()));
  const isKeptFromPhp = !forbids && all.some(keepsFromPhp);
  if (!forbids && !isKeptFromPhp && !FRONT.test(substitution)) return undefined;
  const rest = conditions.filter(({ args: [of = ''] }) => !OF_VISIT.test(of));
  const testOf = ({ args: [, test = ''] }: Directive) => test;
  if (rest.some(each => OF_REQUEST.test(each.args[0] ?? '') || /^!-[fdls]$/i.test(testOf(each)))) return undefined;
  const further = rest.filter(each => !/^-[fdls]$/i.test(testOf(each)));
  const words = pattern.startsWith('!') ? undefined : wordsOf(pattern === '.' ? '.*' : pattern, allowance);
  const isAll = words?.every(word => [ANY, BEGIN, `${BEGIN}${ANY}`, `${BEGIN}${ANY}${END}`].includes(word)) === true;
  if (!forbids && !isKeptFromPhp) {
    if (isAll || further.length > 0 || words === undefined) return undefined;
    const paths = closedPathsOf(words, where);
    return paths && { line, by: 'rewrite', paths, isMaybeRoute: true };
  }
  const closing = { line, by: 'rewrite', isMaybeRoute: false } as const;
  const closedOf: WordsOf = found => (isKeptFromPhp ? found && scriptNames(found, extensions) : found);
  if (further.length === 0) return { ...closing, paths: closedPathsOf(closedOf(words), where) };
  return { ...closing, paths: isAll ? conditionPaths(further, closedOf, where) : undefined };
};

type WordsOf = (words: readonly string[] | undefined) => readonly string[] | undefined;

/** A flag that gives files to another handler, or another type. */
const keepsFromPhp = (flag: string): boolean => {
  const [, handler] = /^\s?(?:h|handler|t|type)=(.{1,200})$/i.exec(flag) ?? [];
  return handler !== undefined && !isPhp(handler.toLowerCase());
};

/** Of conditions of which one is enough, about what is asked for. */
const conditionPaths = (
  conditions: readonly Directive[],
  closedOf: WordsOf,
  { allowance }: Where,
): readonly string[] | undefined => {
  const isEither = conditions.every(({ args: [of = '', test = '', flags = ''] }, at) => {
    const isLast = at === conditions.length - 1;
    return OF_PATH.test(of) && !test.startsWith('!') && (isLast || /\bOR\b/i.test(flags));
  });
  if (!isEither) return undefined;
  const all = conditions.map(({ args: [, test = ''] }) => closedUrlsOf(closedOf(wordsOf(test, allowance)), allowance));
  return all.some(paths => paths === undefined) ? undefined : tidied(all.flatMap(paths => paths ?? []));
};

const aliases = (directives: readonly Directive[], { allowance }: Where): readonly Closing[] =>
  directives.flatMap(({ line, name, args: [status = '', path = ''] }) => {
    if (!/^(?:gone|4\d\d)$/i.test(status)) return [];
    const closing = { line, by: 'alias', isMaybeRoute: false } as const;
    if (name === 'redirectmatch') return [{ ...closing, paths: closedUrlsOf(wordsOf(path, allowance), allowance) }];
    const plain = path.replace(/^\//, '').replace(/\/$/, '');
    return name === 'redirect' ? [{ ...closing, paths: plain === '' ? undefined : tidied([plain]) }] : [];
  });

/** Who may come in, by a section. */
const accessOf = (section: Section): Judged | undefined => {
  const said = new Set<Access>();
  let first: number | undefined;
  for (const { line, name, args } of section.directives) {
    const all = accessBy([name, ...args.map(arg => arg.toLowerCase())]);
    if (all.includes('denied')) first ??= line;
    for (const each of all) said.add(each);
  }
  if (said.size === 0) return undefined;
  const { names } = section;
  const isForSome = said.has('for some');
  const line = said.has('open') ? undefined : first;
  return { line, closed: isForSome ? undefined : names, opened: isForSome || said.has('open') ? names : [] };
};

type Access = 'denied' | 'for some' | 'open';

const accessBy = ([name, first = '', second = '']: readonly string[]): readonly Access[] => {
  if (name === 'require' && first === 'all') {
    if (second === 'denied') return ['denied'];
    return second === 'granted' ? ['open'] : [];
  }
  if (name === 'require' && first !== 'not') return ['denied', 'for some'];
  if (name === 'deny' && second === 'all') return ['denied'];
  if (name !== 'allow') return [];
  return second === 'all' ? ['open'] : ['for some'];
};
