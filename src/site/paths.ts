import { posix } from 'node:path';

/**
 * Why a text is no absolute path that every rendered file can hold, as the end of a sentence; undefined when it is such a path.
 */
export const absolutePathProblem = (text: string): string | undefined => {
  if (!text.startsWith('/')) return `must be an absolute path, not '${text}'`;
  return dotsProblem(text) ?? characterProblem(text);
};

/** Why a text is no relative path that every rendered file can hold; undefined when it is such a path. */
export const relativePathProblem = (text: string): string | undefined => {
  if (text.startsWith('/')) return `must be a path relative to the release, not '${text}'`;
  return dotsProblem(text) ?? characterProblem(text);
};

/** The path without doubled slashes and without a slash at the end. */
export const normalizePath = (path: string): string => posix.normalize(path).replace(/(?<=.)\/$/, '');

/**
 * A normal path in a directory, whose own path is normal too. posix.join() looks at each character of both, which takes longer than to ask
 * the kernel for the file (facts.md N107).
 */
export const below = (directory: string, path: string): string => {
  if (path === '.') return directory;
  if (directory === '.') return path;
  return directory === '/' ? `/${path}` : `${directory}/${path}`;
};

export const isAtOrBelow = (path: string, directory: string): boolean =>
  path === directory || path.startsWith(directory === '/' ? '/' : `${directory}/`);

/** How many directories lie between the path and the root: 0 for `/`. */
export const depthOf = (path: string): number => path.split('/').filter(segment => segment !== '').length;

/** a, a/b and a/b/c of a/b/c. */
export const prefixesOf = (path: string): readonly string[] =>
  path.split('/').map((_, index, parts) => parts.slice(0, index + 1).join('/'));

/** The directories above an absolute path, the nearest first, / last. */
export const directoriesAbove = (path: string): readonly string[] => {
  const above = posix.dirname(path);
  return above === path ? [] : [above, ...directoriesAbove(above)];
};

const dotsProblem = (text: string): string | undefined =>
  text.split('/').some(segment => segment === '.' || segment === '..')
    ? `must be written without '.' and '..', not '${text}'`
    : undefined;

/**
 * Paths go into systemd units (where ':', '%', quotes, backslashes, '$' and white space mean something), into haproxy.cfg ('#',
 * ',', '$') and into php-fpm.conf (';', quotes, '$'). Rather than escaped for each of these, a path may only have characters
 * that mean nothing in any of them.
 */
const characterProblem = (text: string): string | undefined => {
  const [character] = /[^\p{L}\p{M}\p{N}/._@+=~-]/u.exec(text) ?? [];
  return character === undefined
    ? undefined
    : `must not contain '${character}': in a path only letters, digits and . _ - + = @ ~ are safe in a systemd unit`;
};
