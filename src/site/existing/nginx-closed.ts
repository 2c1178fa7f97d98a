import { closedUrlsOf, tidied } from '../closed-paths.ts';
import { wordsOf } from '../closing-words.ts';
import { fitsGlob } from './glob.ts';
import type { NginxNode } from './nginx-file.ts';

/** What a location lets nobody have, or only some. */
export type Closing =
  /** The words for `closed` in [web]. */
  | { readonly kind: 'paths'; readonly paths: readonly string[] }
  /** Hidden files, which the snippet closes. */
  | { readonly kind: 'hidden' }
  /** All scripts but some. */
  | { readonly kind: 'scripts' }
  | { readonly kind: 'pattern' }
  | { readonly kind: 'visitors' };

/** Undefined for a location that is open to everybody. */
export const closingOf = (node: NginxNode): Closing | undefined => {
  const { args, children = [] } = node;
  if (children.some(isForSome)) return { kind: 'visitors' };
  if (!isClosed(node)) return undefined;
  const pattern = args.at(-1) ?? '';
  if (!isRegex(node)) return closingOfPaths(pathsOf(node));
  // A lookahead leaves out of what is closed what `pathsOf` has in it.
  const isLess = /\(\?[=!]/.test(pattern);
  const closing = closingOfPaths(pathsOf(node));
  if (closing.kind === 'hidden' || (closing.kind === 'scripts' && !isLess)) return closing;
  if (/^\[\^\/\]\\\.php/.test(pattern)) return { kind: 'scripts' };
  return isLess ? { kind: 'pattern' } : closing;
};

const closingOfPaths = (paths: readonly string[] | undefined): Closing => {
  if (paths === undefined) return { kind: 'pattern' };
  const open = paths.filter(path => !/(?:^|\/)\.(?!well-known)/.test(path));
  if (open.length === 0) return { kind: 'hidden' };
  const scripts = open.filter(path => /^\*\.ph(?:p\d?|tml|ar|\*)\*?$/.test(path));
  if (scripts.length > 0) return { kind: scripts.length === open.length ? 'scripts' : 'pattern' };
  return { kind: 'paths', paths: open };
};

/** Whether a block answers nobody. */
export const isClosed = (node: NginxNode): boolean => (node.children ?? []).some(isForNobody) || isForPhpAlone(node);

/**
 * Whether a block has nothing of its own but that only what PHP or nginx itself sends comes from there. A page for errors is one of an exact
 * path.
 */
export const isForPhpAlone = ({ args, children = [] }: NginxNode): boolean =>
  args[0] !== '=' &&
  !args[0]?.startsWith('@') &&
  children.some(({ name }) => name === 'internal') &&
  children.every(({ name }) => ofFilesAlone.has(name));

const ofFilesAlone: ReadonlySet<string> = new Set(['internal', 'access_log', 'add_header', 'expires', 'log_not_found']);

/**
 * Whether part of what a location closes is another one's, in which it is open: nginx takes an exact path or one of ^~ before all patterns,
 * and of these the first; and the longest path before shorter ones. What patterns have of a path without ^~ is not asked: who closes
 * that means all of it.
 */
export const isOpenBeside = (node: NginxNode, paths: readonly string[], siblings: readonly NginxNode[]): boolean => {
  const isBeforePattern = (other: NginxNode) =>
    ['=', '^~'].includes(other.args[0] ?? '') || (isRegex(other) && siblings.indexOf(other) < siblings.indexOf(node));
  const isLonger = (other: NginxNode) => other !== node && !isRegex(other) && textOf(other).startsWith(textOf(node));
  const isBefore = isRegex(node) ? isBeforePattern : isLonger;
  const open = siblings.filter(other => other.name === 'location' && !isClosed(other) && isBefore(other));
  return open.flatMap(other => pathsOf(other) ?? []).some(path => paths.some(closed => overlap(path, closed)));
};

const textOf = ({ args }: NginxNode): string => args.at(-1) ?? '';

const overlap = (one: string, other: string): boolean => has(one, other) || has(other, one);

const has = (path: string, other: string): boolean =>
  samplesOf(other).some(sample => fitsGlob(path, sample) || fitsGlob(`${path}/*`, sample));

/** Paths for which words of `closed` stand: an asterisk is any text, and none. */
export const samplesOf = (path: string): readonly string[] => ['', 'x', 'x/y'].map(text => path.replaceAll('*', text));

export const isRegex = ({ args: [modifier = ''] }: NginxNode): boolean => modifier === '~' || modifier === '~*';

/** What a location is for, in the words of `closed`. */
export const pathsOf = (node: NginxNode): readonly string[] | undefined => {
  const text = node.args.at(-1) ?? '';
  if (isRegex(node)) return closedUrlsOf(wordsOf(text));
  const path = text.replace(/^\/{1,9}|\/{1,9}$/g, '');
  const isOne = node.args[0] === '=';
  const isDirectory = text.endsWith('/');
  // Of a directory alone `closed` has no word.
  if (path === '' || path.includes('*') || (isOne && isDirectory)) return undefined;
  return tidied([isOne || isDirectory ? path : `${path}*`]);
};

const isForNobody = ({ name, args: [first = ''] }: NginxNode): boolean =>
  (name === 'deny' && first === 'all') || (name === 'return' && /^4\d\d$/.test(first));

const isForSome = ({ name, args: [first = ''] }: NginxNode): boolean =>
  ['auth_request', 'auth_jwt', 'satisfy'].includes(name) ||
  (name === 'auth_basic' && first !== 'off') ||
  (name === 'allow' && first !== 'all');

/** Whether nobody but some may have what a block of this directive has. */
export const isAccess = (node: NginxNode): boolean =>
  isForSome(node) || ['deny', 'ssl_verify_client'].includes(node.name);
