import { Allowance } from './allowance.ts';
import { ANY, BEGIN, END } from './closing-words.ts';
import { closedPathProblem } from './value-types.ts';

/** More is no text that anybody wrote. */
const MOST_PATHS = 256;
const MOST_PATH = 200;

/** Where words were found: in a directory below the document root, empty for that itself; with what may be made of them. */
export interface Below {
  readonly directory: string;
  readonly allowance: Allowance;
}

/** What a path costs besides the letters of its word and its directory: it is judged, and looked for. */
const EACH = 8;

/**
 * The words for `closed`, of what is found in a path below the directory that begins without a slash. Undefined too where they are more
 * than the allowance has.
 */
export const closedPathsOf = (
  words: readonly string[] | undefined,
  { directory, allowance }: Below,
): readonly string[] | undefined => {
  if (words === undefined || !allowance.takes(words.length * (directory.length + EACH))) return undefined;
  const paths = words.map(word => closedPathOf(word, directory));
  return paths.some(path => path === undefined) ? undefined : tidied(paths.filter(path => path !== undefined));
};

const closedPathOf = (word: string, directory: string): string | undefined => {
  const isBegun = word.startsWith(BEGIN);
  const isEnded = word.endsWith(END);
  const inside = word.slice(isBegun ? 1 : 0, isEnded ? -1 : undefined);
  if (inside.includes(BEGIN) || inside.includes(END)) return undefined;
  const open = isEnded || inside.endsWith('/') ? inside : inside + ANY;
  const path = (isBegun ? open.replace(/^\//, '') : ANY + open).replace(/\*{2,9}/g, ANY).replace(/\/\*?$/, '');
  if (path === ANY || path === '') return directory === '' ? undefined : directory;
  return joined(directory, path);
};

/** None for too many, or for one that no site file could have. */
export const tidied = (paths: readonly string[]): readonly string[] | undefined => {
  const all = [...new Set(paths)];
  const isUnfit = (path: string) => path.length > MOST_PATH || closedPathProblem(path) !== undefined;
  return all.length > MOST_PATHS || all.some(isUnfit) ? undefined : all;
};

/** As `closedPathsOf`, of what is found in a URL's path, which begins with a slash. */
export const closedUrlsOf = (
  words: readonly string[] | undefined,
  allowance: Allowance = new Allowance(Number.POSITIVE_INFINITY),
): readonly string[] | undefined =>
  closedPathsOf(
    words?.flatMap(word => (word.startsWith('/') ? [`${BEGIN}${word}`, word] : [word])),
    { directory: '', allowance },
  );

/** Of names that are found, those of scripts with one of these endings. */
export const scriptNames = (names: readonly string[], endings: readonly string[]): readonly string[] =>
  names.flatMap(name => endings.flatMap(ending => scriptName(name, ending)));

const scriptName = (name: string, ending: string): readonly string[] => {
  const isEnded = name.endsWith(END);
  const inside = isEnded ? name.slice(0, -1) : name;
  if (isEnded && !inside.endsWith(ANY)) return inside.endsWith(ending) ? [name] : [];
  const begin = inside.endsWith(ANY) ? inside.slice(0, -1) : inside;
  const rests = [...ending, ''].map((_, at) => ending.slice(at));
  const rest = rests.reverse().find(each => begin.endsWith(ending.slice(0, ending.length - each.length))) ?? ending;
  const whole = `${begin}${rest}${END}`;
  return rest === '' ? [whole] : [...(rest === ending ? [] : [whole]), `${begin}${ANY}${ending}${END}`];
};

const joined = (directory: string, path: string): string => (directory === '' ? path : `${directory}/${path}`);
