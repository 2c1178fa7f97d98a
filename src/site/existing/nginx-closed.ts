import type { NginxNode } from './nginx-file.ts';

/** What a location lets nobody have, or only some. */
export type Closing =
  /** Paths below the document root, and whether the location closes them in deeper directories too. */
  | { readonly kind: 'paths'; readonly paths: readonly string[]; readonly isAnywhere: boolean }
  /** Hidden files, which the snippet closes. */
  | { readonly kind: 'hidden' }
  /** All scripts but some. */
  | { readonly kind: 'scripts' }
  /** Scripts of a directory. */
  | { readonly kind: 'scripts-below' }
  | { readonly kind: 'pattern' }
  | { readonly kind: 'visitors' };

/** Undefined for a location that is open to everybody. */
export const closingOf = ({ args, children = [] }: NginxNode): Closing | undefined => {
  if (children.some(isForSome)) return { kind: 'visitors' };
  if (!children.some(isForNobody)) return undefined;
  const [modifier = '', pattern = modifier] = args;
  if (modifier !== '~' && modifier !== '~*') {
    const path = pattern.replace(/^\/+|\/+$/g, '');
    return path === '' || !isName(path) ? { kind: 'pattern' } : { kind: 'paths', paths: [path], isAnywhere: false };
  }
  if (/^(?:\^?\(\?:\^\|\/\)|\^?\(\^\|\/\)|\^?\/?)\\\./.test(pattern) && pattern.includes('/'))
    return { kind: 'hidden' };
  if (/^\\\.php\$?$|^\[\^\/\]\\\.php/.test(pattern)) return { kind: 'scripts' };
  if (/\\\.\(?(?:\?:)?php/.test(pattern)) return { kind: 'scripts-below' };
  return pathsOf(pattern) ?? { kind: 'pattern' };
};

const isForNobody = ({ name, args: [first = ''] }: NginxNode): boolean =>
  (name === 'deny' && first === 'all') || (name === 'return' && /^(?:40[0-9]|410|444)$/.test(first));

const isForSome = ({ name, args: [first = ''] }: NginxNode): boolean =>
  ['auth_request', 'auth_jwt', 'satisfy'].includes(name) ||
  (name === 'auth_basic' && first !== 'off') ||
  (name === 'allow' && first !== 'all');

/** Whether nobody but some may have what a block of this directive has. */
export const isAccess = (node: NginxNode): boolean =>
  isForSome(node) || ['deny', 'ssl_verify_client'].includes(node.name);

/** The paths that such a pattern names: ^/(a|b/c)/ or /a/, with nothing in it that stands for several texts. */
const pathsOf = (pattern: string): Closing | undefined => {
  const [, anchor, group, alone = '', ending] =
    /^(\^?)\/(?:\((?:\?:)?([^()[\]*+?{}^$]+)\)|([^()[\]*+?{}^$|]+?))(\/(?:\.\*)?\$?|\((?:\?:)?(?:\$\|\/|\/\|\$)\)|\$)$/.exec(
      pattern,
    ) ?? [];
  if (ending === undefined) return undefined;
  const paths = (group ?? alone).split('|').map(path => path.replaceAll('\\', '').replace(/^\/+|\/+$/g, ''));
  return paths.every(isName) ? { kind: 'paths', paths, isAnywhere: anchor === '' } : undefined;
};

const isName = (path: string): boolean => /^[\w@+-][\w.@+/-]*$/.test(path);
