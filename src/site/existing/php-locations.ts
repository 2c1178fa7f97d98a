import type { NginxNode } from './nginx-file.ts';
import { childOf } from './nginx-servers.ts';

/** The locations of a server block that pass requests on to PHP-FPM. */
export interface PhpLocations {
  /** The one of all scripts, whose parameters are those of the site. Undefined where the block itself passes on, or nothing does. */
  readonly main: NginxNode | undefined;
  /** Those of some scripts besides. */
  readonly others: readonly NginxNode[];
  /** Those that lead to another pool, each with what it stands in. */
  readonly foreign: readonly Passing[];
  /** The main one and the others, each with what it stands in. */
  readonly own: readonly Passing[];
}

/** `leadsToPool` judges an address of a fastcgi_pass. */
export const phpLocationsOf = (
  children: readonly NginxNode[],
  leadsToPool: (address: string) => boolean,
): PhpLocations => {
  const passing = passingIn(children);
  const isForeign = (node: NginxNode) => !leadsToPool(childOf(node, 'fastcgi_pass')?.args[0] ?? '');
  const own = passing.filter(({ node }) => !isForeign(node));
  const main = (own.find(isOfAll) ?? own.find(isOfFront) ?? own[0])?.node;
  return {
    main,
    others: own.flatMap(({ node }) => (node === main ? [] : [node])),
    foreign: passing.filter(({ node }) => isForeign(node)),
    own,
  };
};

/** The location as one that leads to another pool; undefined where it is none. */
export const foreignIn = ({ foreign }: PhpLocations, node: NginxNode): Passing | undefined =>
  foreign.find(each => each.node === node);

/** A location with a fastcgi_pass. */
export interface Passing {
  readonly node: NginxNode;
  /** The locations that it stands in. */
  readonly within: readonly NginxNode[];
}

const passingIn = (children: readonly NginxNode[], within: readonly NginxNode[] = []): readonly Passing[] =>
  children
    .filter(({ name }) => name === 'location')
    .flatMap(node => [
      ...(childOf(node, 'fastcgi_pass') === undefined ? [] : [{ node, within }]),
      ...passingIn(node.children ?? [], [...within, node]),
    ]);

const isOfAll = ({ node, within }: Passing): boolean =>
  within.every(({ args }) => isWhole(args)) && isPattern(node.args) && isMatch(node.args, '/any/page.php');

export const isWhole = (args: readonly string[]): boolean => args[0] !== '=' && args.at(-1) === '/';

const isOfFront = ({ node: { args } }: Passing): boolean =>
  isWhole(args) || args[0]?.startsWith('@') || isMatch(args, '/index.php');

export const isPattern = ([modifier]: readonly string[]): boolean => modifier === '~' || modifier === '~*';

/** Whether a location of these words takes a path. A pattern that is none here takes none. */
export const isMatch = (args: readonly string[], path: string): boolean => {
  const [modifier = '', text = modifier] = args;
  if (modifier === '=') return path === text;
  return isPattern(args) ? (regularOf(args)?.test(path) ?? false) : path.startsWith(text);
};

/** Whether the words of a location can be tried here: a pattern of PCRE's may have what JavaScript has not. */
export const isReadable = (args: readonly string[]): boolean => !isPattern(args) || regularOf(args) !== undefined;

const regularOf = ([modifier, pattern = '']: readonly string[]): RegExp | undefined => {
  try {
    return new RegExp(pattern, modifier === '~*' ? 'i' : '');
  } catch {
    return undefined;
  }
};

/** Whether a fastcgi_split_path_info parts a path as the snippet's does. */
export const isSnippetSplit = (pattern: string): boolean => {
  const [, script, rest] = regularOf(['~', pattern])?.exec('/any/page.php/and/more') ?? [];
  return script === '/any/page.php' && rest === '/and/more';
};

export const escapedText = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/** A pattern that takes no more than the location does, for a location of one's own. */
export const patternOf = ({ args }: NginxNode): string => {
  const [modifier = '', text = modifier] = args;
  if (isPattern(args)) return `${modifier} "${text}"`;
  if (text.startsWith('@')) return text;
  const escaped = escapedText(text);
  if (modifier === '=') return `~ "^${escaped}$"`;
  return `~ "^${escaped}"`;
};
